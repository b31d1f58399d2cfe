"""What names a person in a text is found and masked however it is spelled; themes are read from stems."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from conftest import DATA, write_study
from stdnum.fi import hetu

from evaltools.counts.comments import comments
from evaltools.ingest import reading, tidy
from evaltools.ingest.reading import DataError
from evaltools.privacy import free_text, screening
from evaltools.privacy.pseudonyms import Key
from evaltools.study import loader
from evaltools.study.faults import StudyError
from evaltools.study.survey_model import Theme

BORN, NUMBER = "010190", "900"  # 900 and above are numbers that no person has
CHECK = hetu._calc_checksum(BORN + NUMBER)
SPELLINGS = {
    "as issued": f"{BORN}-{NUMBER}{CHECK}",
    "small letters": f"{BORN}-{NUMBER}{CHECK}".lower(),
    "new separator": f"{BORN}Y{NUMBER}{CHECK}",
    "born after 1999": f"{BORN}A{NUMBER}{CHECK}",
    "en dash": f"{BORN}\u2013{NUMBER}{CHECK}",
    "non-breaking hyphen": f"{BORN}\u2011{NUMBER}{CHECK}",
    "minus sign": f"{BORN}\u2212{NUMBER}{CHECK}",
    "no separator": f"{BORN}{NUMBER}{CHECK}",
    "spaces": f"{BORN} - {NUMBER}{CHECK}",
    "space only": f"{BORN} {NUMBER}{CHECK}",
    "points": f"01.01.90-{NUMBER}{CHECK}",
    "whole year": f"01.01.1990-{NUMBER}{CHECK}",
    "two hyphens": f"{BORN}-{NUMBER}-{CHECK}",
    "wide characters": f"{BORN}-{NUMBER}{CHECK}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789-"}),
    "zero-width spaces": "\u200b".join(f"{BORN}-{NUMBER}{CHECK}"),
    "markup": f"{BORN}-<b>{NUMBER}</b>{CHECK}",
    "entities": f"{BORN}&#45;{NUMBER}{CHECK}",
}
PHONES = [
    *("040 123 4567", "040-1234567", "0401234567", "040.123.4567", "+358 40 123 4567", "+358-40-1234567"),
    *("00358401234567", "(09) 123 456", "+46 70-123 45 67", "puh.040 1234567", "FI21 1234 5600 0007 85"),
]
EMAILS = [
    "etu.suku@example.com",
    "ETU@EXAMPLE.FI",
    "etu (at) example.com",
    "etu@sub.example.co.uk",
    "etu&#64;example.fi",
]
HARMLESS = [
    *("vuosina 2021-2023", "1.2.2021", "01.02.2021", "100 000 euroa", "klo 10.15–11.45", "2 000 000", "3,5 op, 4.12"),
    *("tammi-helmikuu", "50 % ajasta", "A1-A2", "noin 5-6 kertaa", "@ryhmä", "0,010190900"),
]
ROSTER = free_text.stems(["Matti Virtanen", "Pekka Lahti-Koski", "Tuomas Rautio", "Aino Mäki", "Li Bo", "O'Brien"])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_identity_code_is_found_and_masked_in_every_spelling(spelling):
    code = SPELLINGS[spelling]
    for text in (code, f"Koodini on {code}.", f"({code})", f"hetu:{code},"):
        assert free_text.scan(text) == ["identity_code"]
        masked = free_text.sanitise(text)
        assert "[identity code]" in masked and "900" not in masked
        assert free_text.scan(masked) == []


def test_a_valid_code_is_told_from_what_looks_like_one():
    wrong = f"{BORN}-{NUMBER}{'B' if CHECK == 'A' else 'A'}"
    assert free_text.identity_code(SPELLINGS["as issued"])
    assert not free_text.identity_code(wrong)
    assert not free_text.identity_code(f"310290-{NUMBER}{hetu._calc_checksum('310290' + NUMBER)}")
    # a mistyped code gives a person away as well: masked all the same
    assert free_text.scan(wrong) == ["identity_code"]


@pytest.mark.parametrize(("kind", "text"), [("phone", p) for p in PHONES] + [("email", e) for e in EMAILS])
def test_addresses_and_numbers_are_found_and_masked(kind, text):
    assert free_text.scan(f"Ota yhteys: {text}!") == [kind]
    masked = free_text.sanitise(f"ota yhteys: {text} kiitos")
    assert masked.removeprefix("ota yhteys: ").removeprefix("puh.") == f"[{kind}] kiitos"


@pytest.mark.parametrize("text", HARMLESS)
def test_dates_and_amounts_are_left_alone(text):
    assert free_text.scan(text) == []
    assert free_text.sanitise(text) == text


FORMS = """Matti matti MATTI Matin Matille Mattia Virtanen Virtasen Virtaselle virtaseltakin Pekan Pekkaa Lahden
Lahdessa Kosken Koskella Tuomaksen Tuomakselle Raution Aino Ainon Mäen Mäki Maki Mäelle Li Brien Brienin"""
OTHERS = "matto matossa virta lahja kosketus li bo pekoni ainainen mäkihyppy tuoda"


@pytest.mark.parametrize("word", FORMS.split())
def test_a_name_of_the_roster_is_masked_in_its_case_forms(word):
    assert free_text.scan(f"kiitos {word}", ROSTER) == ["name"]
    assert word not in free_text.sanitise(f"kiitos {word}", ROSTER)


@pytest.mark.parametrize("word", OTHERS.split())
def test_other_words_are_not_names(word):
    assert free_text.scan(f"kiitos {word}", ROSTER) == []


def test_capitals_inside_a_sentence_are_taken_for_names_in_comments_but_not_in_quotes():
    text = "Kiitos Ritva Korhoselle. Ryhmä oli hyvä, A. Kokkonen auttoi."
    assert free_text.sanitise(text) == "Kiitos [name] [name]. Ryhmä oli hyvä, [name]. [name] auttoi." or (
        free_text.sanitise(text) == "Kiitos [name] [name]. Ryhmä oli hyvä, A. [name] auttoi."
    )
    assert free_text.scan(text) == []


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("<script>alert(1)</script>hyvä", "hyvä"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;hyvä", "hyvä"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt;hyvä", "hyvä"),
        ('<img src="x" onerror="alert(1)">hyvä', "hyvä"),
        ("3 < 5 & 7 > 2", "3 < 5 & 7 > 2"),
        ("rivi\r\n\ttoinen\x00\x1b[31m", "rivi toinen [31m"),
        ("sala\u202etus\u200b", "salatus"),
    ],
)
def test_markup_and_controls_do_not_survive(given, left):
    assert free_text.plain(given) == left


def test_a_long_text_is_masked_in_time():
    clock = time.perf_counter()
    for part in ("a@", "0 ", "1-", "a.", "matti", "040 ", "<b>", "a@a.", "01", "A "):
        free_text.sanitise(part * 20_000, ROSTER)
    assert time.perf_counter() - clock < 20


# --- themes ----------------------------------------------------------------------------------------------------------

THEMES = [
    Theme(id="pace", name="Pace", words=["tahti", "liian vähän"]),
    Theme(id="work", name="Work", words=["työ"]),
    Theme(id="family", name="Family", words=["Lapsi", "perhe"]),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tahti oli kova", ["pace"]),
        ("TAHDISSA oli vaikea pysyä", ["pace"]),
        ("aikaa oli liian vähän työssäoppimiseen", ["pace", "work"]),
        ("etätyö sujui", []),
        ("etä-työ sujui", ["work"]),
        ("lapsen kanssa, perheen arki", ["family"]),
        ("mahtia", []),
        ("", []),
    ],
)
def test_themes_are_read_at_the_start_of_words(text, found):
    assert free_text.themes_of(text, THEMES) == found


THEME_LIST = """
themes = [
    { id = "pace", name = "Pace", words = ["tahti", "kiire"] },
    { id = "work", name = { fi = "Työ", en = "Work" }, words = ["työ"] },
]
privacy = { names = "names.txt" }
"""
EDITS = {"targets = [{": THEME_LIST + "targets = [{"}
SAID = {
    "091": f"Tahti oli kova, t. Matti Virtanen {SPELLINGS['as issued']}",
    "NA": "työ ja kiire; soita 040 123 4567",
    "nan": "ei mitään",
}


def themed(make_study, **options):
    end = {
        "raw/T2/after.csv": "id;day;Q1;Q2;FB;free\n" + "".join(f'{i};2021-10-30;5;3;8;"{t}"\n' for i, t in SAID.items())
    }
    return make_study(
        EDITS | options.get("edits", {}), end | {"names.txt": "Matti Virtanen\n"} | options.get("files", {})
    )


def built(folder, comments=True):
    read = loader.load(folder)
    return read, tidy.build(read, reading.read(read, "T2"), Key(bytes(range(32))), comments)


def test_themes_are_counted_by_person_survey_and_scope(make_study):
    read, tables = built(themed(make_study))
    counted = comments(read, tables, "T2")["comments"]
    end = counted[counted["survey"] == "end"]
    whole = end[end["scope"] == "all"].set_index("theme")[["count", "total"]]
    assert whole.to_dict("index") == {
        "pace": {"count": 2, "total": 3},
        "work": {"count": 1, "total": 3},
        "none": {"count": 1, "total": 3},
    }
    start = counted[(counted["survey"] == "start") & (counted["scope"] == "all")]
    assert start.set_index("theme")["count"].to_dict() == {"pace": 0, "work": 0, "none": 1}
    assert end.loc[end["scope"] == "T1", "total"].unique().tolist() == [0]


def test_comments_are_kept_masked_without_person_and_only_where_asked(make_study):
    read, tables = built(themed(make_study))
    kept = tables["comments"]
    assert list(kept.columns) == ["survey", "term", "text"]
    assert kept["text"].tolist() == sorted(kept["text"][:1]) + sorted(kept["text"][1:])
    said = " ".join(kept["text"])
    assert "Tahti oli kova, t. [name] [name] [identity code]" in said
    assert "työ ja kiire; soita [phone]" in said
    assert "comments" not in built(read.folder, comments=False)[1]
    assert not any("comment" in frame for frame in tables.values())


def test_without_a_roster_no_text_is_kept(make_study):
    folder = themed(make_study, edits={}, files={})
    path = folder / "study.toml"
    path.write_text(path.read_text("utf-8").replace('privacy = { names = "names.txt" }', ""), encoding="utf-8")
    assert "comments" not in built(folder)[1]


def test_a_column_of_names_masks_and_goes_no_further(make_study):
    people = {
        "raw/T2/people.csv": "id;born;sex;town;edu;chan;needs;points;called\nnan;1999-01-01;Man;;;;;;Kova Tahti\n"
    }
    people["raw/T1/people.csv"] = "id;born;sex;town;edu;chan;needs;points;called\n" + "".join(
        f"{i};1999-01-01;Man;;;;;;Jussi\n" for i in ("091", "NA", "1E5", "None")
    )
    edits = {'columns.birth_date = "born"': 'columns.birth_date = "born"\ncolumns.name = "called"'}
    folder = themed(make_study, edits=edits, files=people | {"raw/T2/rights.csv": None, "raw/T2/before.csv": None})
    path = folder / "study.toml"
    path.write_text(
        path.read_text("utf-8")
        .replace('file = "rights.csv"', 'file = "rights.csv"\nrequired = false')
        .replace('file = "before.csv"', 'file = "before.csv"\nrequired = false')
    )
    _, tables = built(folder)
    assert not any("name" in frame for frame in tables.values())
    assert any(text.startswith("[name] oli [name], t. ") for text in tables["comments"]["text"])


# --- quotes ----------------------------------------------------------------------------------------------------------

QUOTE = "term;theme;text;approved_by;date"


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("T1;pace;Tahti oli hyvä.;coordinator;2021-08-01", []),
        ("T9;pace;Tahti oli hyvä.;coordinator;2021-08-01", [("term", "bad_quote")]),
        ("T1;none;Tahti oli hyvä.;coordinator;2021-08-01", [("theme", "bad_quote")]),
        ("T1;pace;;coordinator;2021-08-01", [("text", "bad_quote")]),
        ("T1;pace;Tahti oli hyvä.;;2021-08-01", [("approved_by", "bad_quote")]),
        ("T1;pace;Tahti oli hyvä.;coordinator;1.8.2021", [("date", "bad_quote")]),
        ("T1;pace;Kiitos Matille;coordinator;2021-08-01", [("text", "quote_name")]),
        ("T1;pace;040 123 4567;coordinator;2021-08-01", [("text", "quote_phone")]),
        ("T1;pace;etu@example.com;coordinator;2021-08-01", [("text", "quote_email")]),
        (f"T1;pace;{SPELLINGS['no separator']};coordinator;2021-08-01", [("text", "quote_identity_code")]),
    ],
)
def test_a_quote_must_be_approved_placed_and_name_nobody(make_study, row, found):
    folder = themed(make_study, files={"approved_quotes.csv": f"{QUOTE}\n{row}\n"})
    read = loader.load(folder)
    if not found:
        assert reading.read(read, "T2")["quotes"]["text"].tolist() == ["Tahti oli hyvä."]
        assert folder / "approved_quotes.csv" in reading.input_files(read, "T2")
        return
    with pytest.raises(DataError) as error:
        reading.read(read, "T2")
    assert [(p.column, p.what) for p in error.value.problems] == found
    assert {p.line for p in error.value.problems} == {2}
    shown = "\n".join(error.value.lines("fi") + error.value.lines("en"))
    assert "Matille" not in shown and "example" not in shown and NUMBER not in shown


def test_the_roster_must_be_there_and_in_the_study(make_study):
    with pytest.raises(DataError) as error:
        reading.read(loader.load(themed(make_study, files={"names.txt": None})), "T2")
    assert [p.what for p in error.value.problems] == ["missing_file"]
    for outside in ("../names.txt", "/etc/passwd", "*.txt"):
        folder = themed(make_study)
        path = folder / "study.toml"
        path.write_text(path.read_text("utf-8").replace('"names.txt"', f'"{outside}"'), encoding="utf-8")
        with pytest.raises(StudyError) as refused:
            loader.load(folder)
        assert [f.path for f in refused.value.faults] == ["privacy.names"]


def test_themes_need_comments_and_ids_of_their_own(tmp_path):
    folder = write_study(tmp_path / "s", EDITS | {'"pace"': '"none"'}, without=("start_survey", "end_survey"))
    with pytest.raises(StudyError) as refused:
        loader.load(folder)
    assert {f.path for f in refused.value.faults} >= {"themes", "themes.0.id"}


def test_themes_of_the_demo_catch_its_sentences():
    read = loader.load(DATA / "uusi-alku")
    script = (DATA / "uusi-alku" / "make_demo.py").read_text(encoding="utf-8")
    sentences = [line.strip().strip('",') for line in script.split("COMMENTS = [")[1].split("]")[0].splitlines()]
    missed = [s for s in sentences if s and not free_text.themes_of(s, read.themes)]
    assert missed == []
    assert len({t for s in sentences for t in free_text.themes_of(s, read.themes)}) == len(read.themes)


# --- the last look ---------------------------------------------------------------------------------------------------


def test_files_that_hold_a_code_are_named(tmp_path):
    from openpyxl import Workbook

    code = SPELLINGS["en dash"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.html").write_text(f"<p>{BORN}&ndash;{NUMBER}{CHECK}</p>", encoding="utf-8")
    (tmp_path / "b.csv").write_text(f"a;b\n1;{code}\n", encoding="utf-8")
    (tmp_path / "c.json").write_text('{"a": ["x\\n", "' + code.replace("\u2013", "\\u2013") + '"]}', encoding="utf-8")
    pd.DataFrame({"n": [1], "t": [code]}).to_parquet(tmp_path / "d.parquet")
    book = Workbook()
    book.active.append(["x", code])
    book.save(tmp_path / "e.xlsx")
    (tmp_path / "f.ipynb").write_text('{"cells": [{"outputs": [{"text": ["a", "' + code + '"]}]}]}', encoding="utf-8")
    names = ["b.csv", "c.json", "d.parquet", "deep/a.html", "e.xlsx", "f.ipynb"]
    assert screening.unfit(tmp_path) == names
    for name in names:
        (tmp_path / name).unlink()
    harmless = f'<svg viewBox="0 0 9 9"><path d="M {BORN} -{NUMBER}{CHECK}"/></svg> 0.{BORN}{NUMBER}{CHECK}'
    (tmp_path / "g.html").write_text(harmless, encoding="utf-8")
    assert screening.unfit(tmp_path) == []
    assert screening.unfit(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("no such column", True),
        ("could not convert 'Tahti'", False),
        ("M\\xe4kinen", False),
        ("KeyError: 1E5", False),
        ("row 91", False),
        ("row 92", True),
        ("call 0401234567", False),
        ("", True),
    ],
)
def test_an_error_message_is_shown_if_no_word_of_it_is_in_the_data(make_study, message, shown):
    extra = {"raw/T1/before.csv": "id;day;Q1;Q2;free\nNA;2021-02-03;3;EOS;Mäkinen\n"}
    read = loader.load(themed(make_study, files=extra))
    private = screening.private_words(read, reading.read(read, "T2"))
    assert screening.may_show(message, private) is shown
