"""A hundred spellings of what names or reaches a person: how many the mask and the last look find."""

from __future__ import annotations

import time

import pytest
from stdnum.fi import hetu

from evaltools.privacy import free_text
from evaltools.study import loader, toml_text, wording
from evaltools.study.faults import StudyError

BORN, NUMBER = "131052", "308"
CHECK = hetu._calc_checksum(BORN + NUMBER)
CODE = f"{BORN}-{NUMBER}{CHECK}"
WORDS = {"0": "nolla", "1": "yksi", "2": "kaksi", "3": "kolme", "5": "viisi", "8": "kahdeksan"}
ENGLISH = {"0": "zero", "1": "one", "2": "two", "3": "three", "5": "five", "8": "eight"}


def told(words: dict[str, str], between: str = " ") -> str:
    return between.join(words[digit] for digit in BORN + NUMBER)


# of each kind spellings of a code, all of them valid
CODES = [
    *(
        CODE,
        f"{BORN} - {NUMBER} {CHECK}",
        " ".join(CODE),
        " ".join(f"{BORN}-{NUMBER}") + CHECK,
        f"13 10 52 - 308 {CHECK}",
    ),
    *(
        f"13/10/52-308{CHECK}",
        f"131052/308{CHECK}",
        f"13.10.52 - 308{CHECK}",
        f"13-10-52-308{CHECK}",
        f"13_10_52_308{CHECK}",
    ),
    *(
        f"13.10.1952-308{CHECK}",
        f"13 10 1952 - 308{CHECK}",
        f"1 3 . 1 0 . 5 2 - 3 0 8 {CHECK}",
        f"13, 10, 52-308{CHECK}",
    ),
    *(
        f"131052\u2013308{CHECK}",
        f"131052\u2212308{CHECK}",
        f"131O52-3O8{CHECK}",
        f"l3l052-308{CHECK}",
        f"I3I052-308{CHECK}",
    ),
    *(
        f"131052Y308{CHECK}",
        f"131052 Y 308{CHECK}",
        f"131052\u04ae308{CHECK}"[:6] + f"-308{CHECK}",
        f"13\\10\\52-308{CHECK}",
    ),
    *(f"131052 viiva 308{CHECK}", f"131052 dash 308{CHECK}", f"131052-3 0 8-{CHECK}", f"131052-308 {CHECK.lower()}"),
    *(f"hetu{chr(58)} 131052-308{CHECK}", f"131052-<b>308</b>{CHECK}", "\u200b".join(CODE), f"131052&#45;308{CHECK}"),
]
IN_WORDS = [
    *(told(WORDS), told(WORDS, ", "), told(WORDS, "-"), told(ENGLISH), told(ENGLISH, ", "), told(WORDS).upper()),
    *("nolla neljä nolla yksi kaksi kolme", "viis kuus seittemän kasi ysi nolla"),
]
MAILS = [
    *(
        "etu.suku@firma.fi",
        "etu.suku (at) firma.fi",
        "etu.suku{at}firma.fi",
        "etu.suku {ät} firma.fi",
        "etu.suku[at]firma[dot]fi",
    ),
    *("etu.suku at firma.fi", "etu.suku ät firma piste fi", "etu.suku at firma dot fi"),
    *("etu.suku miukumauku firma.fi", "etu.suku(a)firma.fi", "etu.suku @ firma . fi", "ETU.SUKU{AT}FIRMA{DOT}FI"),
    *("etu.suku\uff20firma.fi", "etu.suku(at)firma(piste)fi", "etu&#64;firma.fi"),
]
PROFILES = [
    *("facebook.com/etu.suku", "https://www.linkedin.com/in/etu-suku", "www.etusuku.fi/minusta", "instagram: etusuku"),
    *(
        "insta @etusuku",
        "ig: etu_suku",
        "tiktok.com/@etusuku",
        "snap: etusuku99",
        "t.me/etusuku",
        "fb.com/etu.suku",
        "Telegram @etusuku",
    ),
    *("discord: etusuku", "x.com/etusuku", "instagramissa @etusuku", "twitter.com/etusuku", "http://etusuku.net"),
]
STREETS = [
    *(
        "kirkkokatu 5 a 12",
        "Kirkkokatu 5",
        "mannerheimintie 10",
        "Mannerheimintiellä 10 B",
        "koivukuja 3",
        "rantapolku 7 as 2",
    ),
    *(
        "hämeenkadulla 12",
        "kauppatori 1",
        "storgatan 4",
        "Strandvägen 12 b",
        "12 Main Street",
        "koulutie 4b",
        "mäkirinne 8",
    ),
]
FIRST = [
    *(
        "Ritva auttoi minua.",
        "Hyvä ryhmä. Korhonen oli paras.",
        "Ahmed neuvoi aina.",
        "Ritva ja minä opimme.",
        "Ljudmila kertoi kaiken.",
    ),
    *(
        "Jarmo kanssa oli helppo puhua.",
        "Ritva was great.",
        "Ahmed helped me a lot.",
        "Nguyen teki kaikkensa.",
        "Svetlana opetti hyvin.",
    ),
]
# what stays, as the report says beside the comments: names in lower case, alone, before no verb that only persons have
NOT_FOUND = ["ritva auttoi minua", "Ritvalta sai apua.", "Toiseksi paras oli se joka istui ikkunan vieressä", "Ritva!"]
KINDS = {"identity_code": CODES, "phone": IN_WORDS, "email": MAILS, "address": [*PROFILES, *STREETS]}
SPELLINGS = [(kind, spelling) for kind, of in KINDS.items() for spelling in of]
HARMLESS = [
    *(
        "Kurssi oli hyvä.",
        "Opettaja auttoi paljon.",
        "Ryhmä ja opettaja olivat hyviä.",
        "Ohjaus on tärkeää.",
        "The teacher was kind.",
    ),
    *(
        "Kaksi tai kolme kertaa viikossa.",
        "yksi, kaksi, kolme ja menoksi",
        "Tie työhön aukesi.",
        "Aika ja paikka sopivat.",
    ),
    *("13.10.2021 - 30.8.2022", "10-12 / 2021", "meet at work", "look at it", "Insta on kiva", "koulu 4 päivää"),
    *(
        "ryhmässä 5 - 8 henkilöä",
        "It was fun.",
        "Everyone helped.",
        "sivu 10 - 12, 52 s.",
        "Harjoittelu on paras tapa 2 kertaa",
    ),
]


@pytest.mark.parametrize(("kind", "spelling"), SPELLINGS)
def test_another_spelling_is_masked_and_nothing_of_it_is_left(kind, spelling):
    text = f"minulle voi sanoa {spelling} niin tiedän"
    left = free_text.sanitise(text)
    assert f"[{kind.replace('_', ' ')}]" in left, left
    assert left.startswith("minulle voi sanoa") and left.endswith("tiedän")
    assert not any(part in left for part in ("308", "etusuku", "firma", "131"))


@pytest.mark.parametrize("text", FIRST)
def test_a_name_at_the_start_of_a_sentence_is_masked_before_what_only_persons_do(text):
    assert "[name]" in free_text.sanitise(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_plain_sentences_stay_as_they_are(text):
    assert free_text.sanitise(text) == text


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_is_not_found_is_said_beside_the_comments(text):
    """If one of these is found some day, the sentence beside the comments is to say less."""
    assert free_text.sanitise(text) == text


@pytest.mark.parametrize("spelling", [code for code in CODES if "," not in code])
def test_the_last_look_knows_the_spellings_of_a_code(spelling):
    assert free_text.identity_code(free_text.plain(f"koodi {spelling}."))
    other = spelling.replace(CHECK, "A").replace(CHECK.lower(), "A")
    assert not free_text.identity_code(free_text.plain(f"koodi {other}."))


@pytest.mark.parametrize(
    "text",
    [
        "a" + "̣́" * 20000,
        "̣́" * 20000,
        "1 " * 40000,
        "yksi " * 20000,
        "a@" * 40000,
        "1-" * 40000,
        "Katu " * 20000,
        "www." * 20000,
        "A. " * 30000,
        "instagram " * 10000,
        "(at)" * 20000,
        "13.10.52 - " * 8000,
    ],
    ids=range(12),
)
def test_no_text_takes_long(text):
    started = time.process_time()
    free_text.sanitise(text)
    free_text.identity_code(text)
    assert time.process_time() - started < 4.0


def test_a_study_file_takes_its_time_and_no_more(tmp_path):
    """A dotted key of 40 kilobytes would keep the parser for minutes, lists within lists end it."""
    for text, said in ((f"x = 1\n{'a.' * 20_000}a = 1\n", "line 2"), (f"x = {'[' * 20_000}", "within one another")):
        (tmp_path / "study.toml").write_text(text, encoding="utf-8")
        started = time.process_time()
        with pytest.raises(StudyError, match=said):
            loader.load(tmp_path)
        assert time.process_time() - started < 4.0
    assert toml_text.parsed("a.b.c.'d.e'.\"f\" = 1\n[g.h]\n") == {"a": {"b": {"c": {"d.e": {"f": 1}}}}, "g": {"h": {}}}


def test_letters_with_thousands_of_accents_are_read_in_time():
    text = "e" + "\u0301\u0323" * 20_000
    started = time.process_time()
    assert [len(f(text)) for f in (wording.visible, wording.folded, free_text.fold)][2] == 1
    assert time.process_time() - started < 4.0
    assert wording.few_marks("a\u0301bc\u0323") == "a\u0301bc\u0323"
