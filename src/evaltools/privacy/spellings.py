"""Other spellings of what names or reaches a person: letters for digits, digits and "at" in words, street addresses.

Patterns for a text in one spelling (``free_text.plain``). Each is bounded in length, so that no text takes long. What
these do not find either: codes told in a sentence, addresses without a number, names that are common words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# letters of other alphabets that look like ours, and letters that are typed for digits; one for one, so places stay
LOOK_ALIKE = str.maketrans("АВСЕНКМОРТХУаеорсухіЅѕІΑΒΕΖΗΙΚΜΝΟΡΤΥΧο٫", "ABCEHKMOPTXYaeopcyxiSsIABEZHIKMNOPTYXo.")
TYPED = str.maketrans("OoQIl|", "000111")
BETWEEN = r"[ ./_\\·-]{0,3}"
SIGN = r"[-+/_ABCDEFUVWXYabcdefuvwxy]|viiva|dash|minus"


def _spaced(between: str) -> re.Pattern[str]:
    """Any signs between the digits; whether it is an identity code, its check character says."""
    return re.compile(
        rf"(?<![\w])(?P<day>[0-3]{between}\d){between}(?P<month>[01]{between}\d){between}(?:1\s?9|2\s?0)?{between}"
        rf"(?P<year>\d{between}\d)[ ]{{0,3}}(?P<sign>{SIGN})[ ]{{0,3}}"
        rf"(?P<number>\d{between}\d{between}\d){between}(?P<check>[0-9A-Ya-y])(?!\w)"
    )


SPACED = _spaced(BETWEEN)
LISTED = _spaced(BETWEEN.replace("[", "[,'"))  # in prose; a comma between numbers of a table is none
DIGIT_WORDS = (
    *("nolla", "yksi", "yks", "kaksi", "kaks", "kolme", "kolm", "neljä", "nelj", "viisi", "viis", "kuusi", "kuus"),
    *("seitsemän", "seittemän", "seiska", "kahdeksan", "kaheksan", "kasi", "yhdeksän", "yheksän", "ysi"),
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "viiva", "plus", "dash"),
)
WORDED = re.compile(rf"\b(?:(?:{'|'.join(DIGIT_WORDS)}|\d)\b[ ,.-]{{0,3}}){{6,24}}(?:[A-Za-z]\b)?", re.I)
WORDS_IN_IT = re.compile(r"[^\W\d_]{3,}")
AT = r"(?:[ ]?@[ ]?|[ ]?[(\[{<][ ]?(?:at|ät|a|ä|miukumauku)[ ]?[)\]}>][ ]?|[ ](?:at|ät|miukumauku)[ ])"
DOT = r"(?:\.|[ ]?[(\[{<][ ]?(?:dot|piste|punkt|\.)[ ]?[)\]}>][ ]?|[ ](?:dot|piste|punkt)[ ])"
EMAIL = re.compile(rf"[\w.+%'-]{{1,64}}{AT}(?:[\w-]{{1,63}}{DOT}){{1,8}}[a-z]{{2,12}}\b", re.I)
NETWORKS = "instagram|insta|ig|facebook|fb|tiktok|snapchat|snap|linkedin|telegram|discord|twitter|whatsapp|skype"
PROFILE = re.compile(
    r"\b(?:https?://|www\.)\S{3,200}"
    rf"|\b(?:{NETWORKS}|x|youtube|t)\.(?:com|me|fi|net)/\S{{2,200}}"
    rf"|\b(?:{NETWORKS})\w{{0,6}}[ ]?[:=(][ ]?@?[\w.-]{{3,40}}"
    rf"|\b(?:{NETWORKS})\w{{0,6}}[ ](?:on|is|nimellä|tunnus)?[ ]?@[\w.-]{{3,40}}",
    re.I,
)
STREETS = (
    "katu|kadu|tie|tiellä|tien|kuja|kujalla|kujan|polku|polun|väylä|raitti|rinne|kaari|tori|aukio|penger|bulevardi"
)
HOUSE = r"[ ]\d{1,4}(?:[ ]?[a-z](?![^\W\d_])(?:[ ]?\d{1,3})?)?\b"
STREET = re.compile(
    rf"\b[a-zåäöA-ZÅÄÖ-]{{2,40}}(?:{STREETS})(?:lla|llä|n)?{HOUSE}|\b[\w-]{{3,40}}(?:gatan|vägen|gränden){HOUSE}"
    r"|\b\d{1,4}[ ][A-Za-z]{3,30}[ ](?:street|road|avenue|lane|st|rd)\b",
    re.I,
)
# a name before what only persons do, at the beginning of a sentence: "Ritva auttoi", "Ritvan kanssa", "Ritva was"
DID = (
    "on|oli|ei|auttoi|neuvoi|opetti|sanoi|kertoi|antoi|teki|kannusti|ohjasi|tuki|vastasi|osasi|jaksoi|kuunteli|selitti|"
    "kanssa|ja|niminen|opettajana|opettaja|ohjaajana|ohjaaja|helped|was|is|taught|said|told|gave|made|and|has|had"
)
FIRST = re.compile(rf"(?:^|(?<=[.!?] ))[A-ZÅÄÖŠŽ][^\W\d_]{{2,30}}(?=[ ](?:{DID})\b)")
# words that begin such sentences and name nobody, folded
WORDS = """
    kurssi opetus opettaja opettajat ohjaaja ohjaajat ohjaus ryhma ryhmat koulu koulutus aika tila tilat
    ilmapiiri kaikki kukaan mikaan mika mita han hanen tama tata tuo nama ne niita se sen siella taalla joku
    jokin joskus nyt mina sina me te he itse oma omat koko moni monet muut muu asia asiat paikka paivat paiva
    viikko lukukausi matka tyo harjoittelu tehtavat tehtava materiaali palaute kieli suomi englanti matematiikka
    kanssa apu tuki hyva hyvaa paras parasta huono ihan todella liian vaikea vaikeaa helppo helppoa tarkeinta
    sisalto tunnelma aikataulu tahti the this that these those there everything everyone nobody nothing
    something course courses teacher teachers teaching school group groups time place what who which how when
    where all some most many much our your his her they she you it one pace room atmosphere learning language
    homework studying support counsellor everybody
"""
NOBODY = frozenset((*WORDS.split(), *NETWORKS.split("|")))


def similar(text: str) -> str:
    """The text with letters that look like ours as ours; as long as it was."""
    return text if text.isascii() else text.translate(LOOK_ALIKE)


def identity_codes(text: str, rule: re.Pattern[str] = LISTED) -> Iterator[tuple[re.Match[str], str]]:
    """Stretches that may be a personal identity code with signs between its digits, and the bare code of each."""
    for spelled in dict.fromkeys((text, text.translate(TYPED))):
        for match in rule.finditer(spelled):
            day, month, year, number = (re.sub(r"\D", "", match[name]) for name in ("day", "month", "year", "number"))
            sign = match["sign"].upper()
            century = sign if len(sign) == 1 and sign.isalpha() else "-"
            yield match, f"{day}{month}{year}{century}{number}{match['check']}"


def in_words(text: str) -> Iterator[re.Match[str]]:
    """Runs of six digits or more of which most are words."""
    return (m for m in WORDED.finditer(text) if len(WORDS_IN_IT.findall(m[0])) >= 4)
