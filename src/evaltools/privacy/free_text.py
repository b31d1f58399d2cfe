"""Free text: what in it names a person, the text without that, and which themes it touches.

``scan`` tells what it finds, ``sanitise`` gives plain text with the finds masked, ``themes_of`` the themes of a study
file that a comment touches. Names are known from the study's own roster; nobody else's name can be known for sure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from html import unescape
from typing import NamedTuple

import nh3
import pandas as pd
from stdnum.fi import hetu

from evaltools.privacy import spellings
from evaltools.study.model import Study
from evaltools.study.survey_model import Theme
from evaltools.study.wording import few_marks

Names = frozenset[str]
NOBODY: Names = frozenset()
FLAG = "theme_"  # prefix of the columns of theme flags
MASKS = {
    "identity_code": "[identity code]",
    "email": "[email]",
    "phone": "[phone]",
    "address": "[address]",
    "name": "[name]",
}

ALONE = r"(?<!\d)(?<!\d[.,])"  # not inside a longer number
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
CENTURY = f"{DASHES}+/_ABCDEFUVWXYabcdefuvwxy"
# ddmmyy, a sign for the century (or none), three digits and a check character, however people space them
IDENTITY = re.compile(
    rf"{ALONE}(?P<day>[0-3]\d)(?P<gap>[ .]?)(?P<month>[01]\d)(?P=gap)(?:18|19|20)?(?P<year>\d\d)"
    rf"\s?(?P<sign>[{CENTURY}]?)\s?(?P<number>\d{{3}})[{DASHES} ]?(?P<check>[0-9A-Ya-y])(?!\w)"
)
# lengths are bounded, so that no text takes long
EMAIL = re.compile(
    r"[\w.+%'-]{1,64}\s?(?:@|[(\[]\s?(?:at|ät)\s?[)\]])"
    r"\s?[\w-]{1,63}(?:\s?(?:\.|[(\[]dot[)\]])\s?[\w-]{1,63}){1,8}",
    re.I,
)
DATE = r"(?!\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)\b)"
ABROAD = rf"(?:\+|00)[1-9](?:[{DASHES} ./()]{{0,3}}\d){{6,13}}"
AT_HOME = rf"\(?0[1-9]\)?(?:[{DASHES} ./()]{{0,2}}\d){{5,10}}"
ACCOUNT = r"(?:[A-Z]{2})?\d{2}(?: ?\d{4}){3,7}(?: ?\d{1,3})?"
PHONE = re.compile(rf"{ALONE}{DATE}(?:{ABROAD}|{AT_HOME}|{ACCOUNT}|\d{{7,}})(?!\w)")
RULES = (
    *(("email", EMAIL), ("email", spellings.EMAIL), ("address", spellings.PROFILE), ("address", spellings.STREET)),
    ("phone", PHONE),
)
LONGEST_WORD = 60
NO_CONTROL = dict.fromkeys([*range(32), 127], " ")
WORD = re.compile(r"[^\W\d_]+")
INNER_CAPITAL = re.compile(r"(?:(?<=[\w,;:] )|(?<=\b[A-ZÅÄÖ]\. ))[^\W\d_a-zåäöõšž][^\W\d_]+(?:-[^\W\d_]+)*")
CASES = "a|aa|ta|tta|n|an|en|in|on|un|yn|on|ien|jen|iden|itten|ten|ssa|sta|lla|lta|lle|na|ksi|tta|seen|siin|hin|hen"
CLITICS = "ni|si|nsa|mme|nne|kin|kaan|ko|han|pa|s"
ENDING = re.compile(rf"(?:i|e)?(?:{CASES}|t|i|ia)?(?:{CLITICS}){{0,2}}")
# consonants that weaken before a closed syllable (Pekka: Pekan, Lahti: Lahden), as written in folded words
WEAKER = (
    *(("kk", "k"), ("pp", "p"), ("tt", "t"), ("nk", "ng"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("mp", "mm")),
    *(("t", "d"), ("p", "v"), ("k", "")),
)


class Find(NamedTuple):
    """A stretch of text that names or reaches a person."""

    start: int
    end: int
    kind: str


# --- plain text ------------------------------------------------------------------------------------------------------


def plain(text: str) -> str:
    """Text without markup, control or invisible characters, spaces as one; entities are read, compositions joined.

    >>> plain("Hyvä <b>kurssi</b><script>x()</script>")
    'Hyvä kurssi'
    """
    for _ in range(8):  # what was escaped once more may hide markup
        bare = unescape(nh3.clean(text, tags=set()))
        if bare == text:
            break
        text = bare
    return " ".join(spelled(text).split())


def spelled(text: str) -> str:
    """Text in one spelling: compositions joined, wide forms narrow, no invisible or control characters."""
    if text.isascii():
        return text.translate(NO_CONTROL)
    text = unicodedata.normalize("NFKC", few_marks(text))
    for character in set(text):  # few differ, however long the text
        match unicodedata.category(character):
            case "Cf" | "Co" | "Cs":
                text = text.replace(character, "")
            case "Cc":
                text = text.replace(character, " ")
    return text


def fold(text: str) -> str:
    """Lower case without accents: as people type a name."""
    return "".join(c for c in unicodedata.normalize("NFKD", few_marks(text).casefold()) if not unicodedata.combining(c))


# --- names -----------------------------------------------------------------------------------------------------------


def roster(study: Study, participants: pd.DataFrame | None) -> Names:
    """The stems of every name the study declares: the file of ``[privacy] names`` and a ``name`` column."""
    given: list[str] = []
    if study.privacy.names:
        given += (study.folder / study.privacy.names).read_text(encoding="utf-8-sig").splitlines()
    if participants is not None and "name" in participants:
        given += participants["name"].dropna().tolist()
    return stems(given)


def has_roster(study: Study) -> bool:
    """Whether the study says whose names are to be masked; without that no text is kept."""
    return bool(study.privacy.names) or study.gives("participants", "name")


def stems(names: Iterable[str]) -> Names:
    """What the words of these names begin with in any case form (``Virtanen``: virtanen, virtase)."""
    words = {fold(word) for name in names for word in WORD.findall(name) if len(word) > 1}
    return frozenset(form for word in words for form in (forms(word) if len(word) > 2 else [word]))


def forms(word: str) -> Iterator[str]:
    """A folded word as given and as Finnish inflection changes its end.

    >>> sorted(forms("lahti"))
    ['lahde', 'lahdi', 'lahte', 'lahti']
    """
    if word.endswith("nen"):
        yield from (word, word[:-3] + "se", word[:-3] + "s")
        return
    ends = {word}
    if word.endswith("s"):
        ends |= {word[:-1] + end for end in ("kse", "ks", "de", "ht", "a", "e")}
    if word.endswith("i"):
        ends.add(word[:-1] + "e")
    for end in tuple(ends):
        ends.update(end[:-1].removesuffix(strong) + weak + end[-1] for strong, weak in _weakening(end))
    yield from (end for end in ends if len(end) > 2)


def _weakening(word: str) -> list[tuple[str, str]]:
    if len(word) < 4 or word[-1] not in "aeiouy":
        return []
    return [pair for pair in WEAKER if word[:-1].endswith(pair[0])][:1]


def is_name(word: str, names: Names) -> bool:
    """Whether a word is one of the names in some case form. Names of two letters only as they stand, capitalised."""
    folded = fold(word)
    if len(word) < 3:
        return word[:1].isupper() and folded in names
    cuts = range(3, len(folded) + 1) if len(folded) <= LONGEST_WORD else ()
    return any(folded[:cut] in names and ENDING.fullmatch(folded[cut:]) for cut in cuts)


# --- finding ---------------------------------------------------------------------------------------------------------


def scan(text: str, names: Names = NOBODY) -> list[str]:
    """The kinds of what names or reaches a person in a text, each once: see ``MASKS``.

    >>> scan("Soita 040 123 4567 tai kirjoita: etu.suku@example.com")
    ['email', 'phone']
    """
    return sorted({found.kind for found in finds(plain(text), names)})


def finds(text: str, names: Names = NOBODY) -> list[Find]:
    """Where a plain text names or reaches a person; the first kind holds where two overlap."""
    # ten digits in a row are a telephone number as easily
    text = spellings.similar(text)
    codes = (m for m in IDENTITY.finditer(text) if m["sign"] or not m[0].isdigit() or _valid(m))
    found = [Find(*m.span(), "identity_code") for m in codes]
    found += [Find(*m.span(), "identity_code") for m, code in spellings.identity_codes(text) if _is_code(code)]
    found += [Find(*m.span(), kind) for kind, rule in RULES for m in rule.finditer(text)]
    found += [Find(*m.span(), "phone") for m in spellings.in_words(text)]
    if names:
        found += [Find(*m.span(), "name") for m in WORD.finditer(text) if is_name(m[0], names)]
    return _apart(found)


def _apart(found: Sequence[Find]) -> list[Find]:
    """The finds that overlap no earlier one, by place."""
    taken = bytearray(max((one.end for one in found), default=0))
    kept = []
    for one in found:
        if not any(taken[one.start : one.end]):
            taken[one.start : one.end] = b"\1" * (one.end - one.start)
            kept.append(one)
    return sorted(kept)


def sanitise(text: str, names: Names = NOBODY) -> str:
    """Plain text with every find masked, and with capitalised words inside a sentence masked as names.

    So is a sentence's first word before what only persons do. This catches most names that no roster holds, at the
    price of some places and products.

    >>> sanitise("Kiitos Matti! t. 040 123 4567", stems(["Matti Meikäläinen"]))
    'Kiitos [name]! t. [phone]'
    """
    text = plain(text)
    first = (m for m in spellings.FIRST.finditer(text) if fold(m[0]) not in spellings.NOBODY)
    guessed = [Find(*m.span(), "name") for m in (*INNER_CAPITAL.finditer(text), *first)]
    pieces, at = [], 0
    for found in _apart([*finds(text, names), *guessed]):
        pieces += [text[at : found.start], MASKS[found.kind]]
        at = found.end
    return "".join([*pieces, text[at:]])


def identity_code(text: str) -> bool:
    """Whether a text holds a personal identity code that is valid, check character and date included."""
    text = spellings.similar(text)
    spaced = (code for _, code in spellings.identity_codes(text, spellings.SPACED))
    return any(map(_valid, IDENTITY.finditer(text))) or any(map(_is_code, spaced))


def _valid(match: re.Match[str]) -> bool:
    born, sign = "".join(match.group("day", "month", "year")), match["sign"].upper()
    century = sign if sign.isalpha() or sign == "+" else "-"
    return _is_code(f"{born}{century}{match['number']}{match['check']}")


def _is_code(code: str) -> bool:
    return bool(hetu.is_valid(code.upper(), allow_temporary=True))


# --- themes ----------------------------------------------------------------------------------------------------------


def themes_of(text: str, themes: Sequence[Theme]) -> list[str]:
    """Ids of the themes that a text touches: a word of it begins with a word of the theme, in any case form."""
    folded = fold(plain(text))
    return [theme.id for theme in themes if _pattern(tuple(theme.words)).search(folded)]


@cache
def _pattern(stems: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted({form for word in stems for form in (fold(word), *_inflected(fold(word)))})
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})")


def _inflected(word: str) -> Iterator[str]:
    """Forms of a whole word of the list; a stem that ends in a consonant stands for itself."""
    return (form for form in forms(word) if len(form) >= max(3, len(word) - 2)) if len(word) > 3 else iter(())


def flags(comments: pd.Series, themes: Sequence[Theme]) -> pd.DataFrame:
    """One column a theme (``theme_<id>``): whether the comment touches it; without a comment it does not."""
    touched = comments.map(lambda text: themes_of(text, themes), na_action="ignore")
    sets = [set(found) if isinstance(found, list) else set() for found in touched]
    return pd.DataFrame({FLAG + t.id: [t.id in found for found in sets] for t in themes}, index=comments.index)
