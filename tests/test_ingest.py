"""Strict reading, as an evaluator with broken files meets it: each fault told once, in its place, and no value told."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from conftest import DATA, FILES, PEOPLE, write_study

from evaltools import i18n
from evaltools.ingest import reading
from evaltools.ingest.reading import DataError
from evaltools.study import loader

SECRET = "Salainen-Virtanen"
TERM = "2021K"
RAW = f"raw/{TERM}"


def read(folder: Path, term: str = "T2") -> dict[str, pd.DataFrame]:
    return reading.read(loader.load(folder), term)


def problems(folder: Path, term: str = "T2") -> list[tuple[str, int | None, str, str]]:
    """Where and what, in the order they are told; no message holds a planted secret, in either language."""
    with pytest.raises(DataError) as error:
        read(folder, term)
    for language in ("fi", "en"):
        lines = error.value.lines(language)
        assert SECRET not in "\n".join(lines)
        assert all(": " in line for line in lines)
    return [(p.file, p.line, p.column, p.what) for p in error.value.problems]


UNUSED = ("actions", "contacts", "population", "employment", "barometer")


@pytest.fixture
def make_study(tmp_path):
    """The small study without the sources that no test here looks at, for speed."""
    return lambda edits=None, files=None, name="small": write_study(tmp_path / name, edits, files, UNUSED)


# --- a copy of the demo with faults planted ----------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path) -> Path:
    """One term of Uusi alku, to break."""
    folder = tmp_path / "uusi-alku"
    for part in ("study.toml", "corrections.csv", "background", RAW):
        source = DATA / "uusi-alku" / part
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    return folder


def cell(path: Path, line: int, heading: str, value: str) -> None:
    """Write a value into a cell, by physical line and heading."""
    lines = path.read_text(encoding="utf-8-sig").split("\n")
    row = lines[line - 1].split(";")
    row[lines[0].split(";").index(heading)] = value
    lines[line - 1] = ";".join(row)
    path.write_text("\n".join(lines), encoding="utf-8")


def append(path: Path, *, copy_of: int, **cells: str) -> int:
    """Append a copy of a line with other cells; the new line's number."""
    lines = path.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    path.write_text("\n".join([*lines, lines[copy_of - 1]]) + "\n", encoding="utf-8")
    for heading, value in cells.items():
        cell(path, len(lines) + 1, heading, value)
    return len(lines) + 1


def in_line(content: bytes, line: int, before: bytes) -> bytes:
    """The content with some bytes put at the start of a line."""
    lines = content.split(b"\n")
    return b"\n".join([*lines[: line - 1], before + lines[line - 1], *lines[line:]])


# file, line, heading, planted value, kind of problem
PLANTED = [
    ("osallistujat", 5, "Syntymäaika", SECRET, "bad_date"),
    ("osallistujat", 7, "Sukupuoli", SECRET, "unknown_code"),
    ("osallistujat", 9, "Syntymäaika", "01.01.2051", "date_in_future"),
    ("osallistujat", 11, "Kotikunta", "999", "unknown_code"),
    ("osallistujat", 12, "Syntymäaika", "31.02.1970", "bad_date"),
    ("opinto-oikeudet", 5, "Alkamispäivä", "2021-02-01", "bad_date"),
    ("opinto-oikeudet", 7, "Opiskeluoikeuden tila", "", "missing_value"),
    ("opinto-oikeudet", 2, "Päättymispäivä", "01.01.2020", "end_before_start"),
    ("opinto-oikeudet", 12, "Henkilötunniste", SECRET, "unknown_person"),
    ("alkukysely", 4, "1. Osaan suunnitella opiskeluani", "6", "out_of_range"),
    ("alkukysely", 6, "2. Pystyn keskittymään oppimiseen", SECRET, "unknown_answer"),
    ("alkukysely", 8, "3. Tiedän, millä tavoin opin parhaiten", "3,5", "out_of_range"),
    ("alkukysely", 9, "4. Opiskelu tuntuu minusta liian vaikealta", "9" * 400, "out_of_range"),
    ("loppukysely", 3, "Vastaajatunnus", SECRET, "unknown_person"),
    ("loppukysely", 5, "13. Opetus oli laadukasta", "0", "out_of_range"),
    ("sijoittumisseuranta", 3, "Henkilötunniste", SECRET, "unknown_person"),
    ("sijoittumisseuranta", 4, "Tilanne", SECRET, "unknown_code"),
    ("hakeva-toiminta", 3, "Tavoitettuja", "-5", "too_small"),
    ("hakeva-toiminta", 4, "Hakijoita", "3,5", "bad_integer"),
    ("hakeva-toiminta", 5, "Hakijoita", "9" * 30, "bad_integer"),
    ("hakeva-toiminta", 6, "Hakijoita", "٣", "bad_integer"),
    ("talous", 3, "Euroa", "12.50", "bad_number"),
    ("talous", 5, "Euroa", "1e5", "bad_number"),
    ("talous", 6, "Euroa", "nan", "bad_number"),
    ("talous", 7, "Euroa", "9" * 400, "bad_number"),
    ("toimenpiteet", 4, "Tila", SECRET, "unknown_code"),
    ("yhteydet", 3, "Päivä", "", "missing_value"),
]


def test_the_demo_is_without_fault(demo):
    assert set(read(demo, TERM)) == {s.table for s in loader.load(demo).sources} | {"notes"}


def test_every_fault_of_every_file_is_told_once_in_its_place(demo):
    raw = demo / RAW
    expected = Counter()
    for file, line, heading, value, what in PLANTED:
        cell(raw / f"{file}.csv", line, heading, value)
        expected[(f"{RAW}/{file}.csv", line, heading, what)] += 1
    twice = append(raw / "osallistujat.csv", copy_of=15)
    taken = append(raw / "opinto-oikeudet.csv", copy_of=15, Henkilötunniste="042900")
    cell(demo / "background" / "sijoittuminen.csv", 2, "Henkilöitä", "999999999")
    expected[(f"{RAW}/osallistujat.csv", twice, "Henkilötunniste", "duplicate_person")] += 1
    expected[(f"{RAW}/opinto-oikeudet.csv", taken, "Opinto-oikeuden tunniste", "two_people_one_enrolment")] += 1
    expected[("background/sijoittuminen.csv", 2, "Henkilöitä", "count_above_total")] += 1
    found = problems(demo, TERM)
    assert Counter(found) == expected
    assert found == sorted(found, key=lambda p: (p[0], p[1] or 0, p[2]))


def test_files_that_cannot_be_read_are_one_line_each_and_bring_no_others(demo):
    raw = demo / RAW

    def edit(name: str, change) -> None:
        path = raw / f"{name}.csv"
        path.write_bytes(change(path.read_bytes()))

    edit("osallistujat", lambda b: b.replace(b"Sukupuoli", SECRET.encode(), 1))
    edit("opinto-oikeudet", lambda b: in_line(b, 4, f"{SECRET};".encode()))
    edit("alkukysely", lambda b: in_line(b, 3, b"\xe4"))
    edit("loppukysely", lambda b: in_line(b, 6, f'"{SECRET};'.encode()))
    edit("sijoittumisseuranta", lambda b: b.replace(b"Tilanne", b"Seurantap\xc3\xa4iv\xc3\xa4", 1))
    edit("hakeva-toiminta", lambda b: in_line(b, 5, b"\x00"))
    edit("talous", lambda b: b"")
    (raw / "toimenpiteet.csv").unlink()
    found = problems(demo, TERM)
    assert found == [
        (RAW, None, "", "missing_file"),
        (f"{RAW}/alkukysely.csv", 3, "", "not_encoded"),
        (f"{RAW}/hakeva-toiminta.csv", 5, "", "not_csv"),
        (f"{RAW}/loppukysely.csv", 6, "", "not_csv"),
        (f"{RAW}/opinto-oikeudet.csv", 4, "", "ragged_row"),
        (f"{RAW}/osallistujat.csv", 1, "Sukupuoli", "missing_column"),
        (f"{RAW}/sijoittumisseuranta.csv", 1, "Seurantapäivä", "repeated_header"),
        (f"{RAW}/sijoittumisseuranta.csv", 1, "Tilanne", "missing_column"),
        (f"{RAW}/talous.csv", 1, "", "no_header"),
    ]


# --- places: physical lines --------------------------------------------------------------------------------------


def test_lines_are_counted_as_an_editor_counts_them(make_study):
    """After blank lines, after cells of several lines, with a byte order mark, and with any line ends."""
    header = "id;day;Q1;Q2;free"
    body = f'{header}\n\n091;2021-02-02;9;4;"two\nlines; {SECRET}"\n\n\nNA;2021-02-03;3;0;\n1E5;late;1;1;\n'
    expected = [
        ("raw/T1/before.csv", 3, "Q1", "out_of_range"),
        ("raw/T1/before.csv", 7, "Q2", "out_of_range"),
        ("raw/T1/before.csv", 8, "day", "bad_date"),
    ]
    for name, content in {
        "plain": body.encode(),
        "mark": b"\xef\xbb\xbf" + body.encode(),
        "windows": body.replace("\n", "\r\n").encode(),
    }.items():
        assert problems(make_study(None, {"raw/T1/before.csv": content}, name)) == expected


def test_a_heading_after_blank_lines_is_told_on_its_own_line(make_study):
    folder = make_study(None, {"raw/T1/later.csv": "\n\nid;day\n091;2021-07-01\n"})
    assert problems(folder) == [("raw/T1/later.csv", 3, "status", "missing_column")]


def test_a_file_without_a_heading_gives_no_person_away(make_study):
    """The first row of persons is taken for the heading: its cells are values."""
    folder = make_study(None, {"raw/T1/later.csv": f"091;2021-07-01;{SECRET}\nNA;2021-07-01;work\n"})
    assert [p[2:] for p in problems(folder)] == [(c, "missing_column") for c in ("day", "id", "status")]
    with pytest.raises(DataError) as error:
        read(folder)
    assert "2021-07-01" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b'id;day;status\n091;2021-07-01;"work\n1E5;2021-07-01;none\n', 2, "not_csv"),
        (b'id;day;status\n091;2021-07-01;"wo"rk\n', 2, "not_csv"),
        (b"id;day;status\n091;2021-07-01;work\n1E5;2021-07-01;no\x00ne\n", 3, "not_csv"),
        (b"id;day;status\n091;2021-07-01;" + b"x" * 200_000 + b"\n", 2, "not_csv"),
        (b"id;day;status\n091;2021-07-01\n", 2, "ragged_row"),
        (b"id;day;status\n091;2021-07-01;work;x\n", 2, "ragged_row"),
        (b"id;day;status\n091;2021-07-01;work\n1E5;2021-07-01;\xe4\n", 3, "not_encoded"),
        ("id;day;status\n".encode("utf-16"), 1, "not_encoded"),
        (b"", 1, "no_header"),
        (b"\n\n", 1, "no_header"),
        (b"\xef\xbb\xbf", 1, "no_header"),
    ],
)
def test_a_file_that_is_no_csv(make_study, content, line, what):
    found = problems(make_study(None, {"raw/T1/later.csv": content}))
    assert found == [("raw/T1/later.csv", line, "", what)]


def test_other_encodings_with_and_without_a_mark(make_study):
    ledger = FILES["raw/T1/ledger.csv"]
    for encoding in ("latin-1", "utf-16", "utf-8"):
        edits = {'file = "ledger.csv"': f'file = "ledger.csv"\nencoding = "{encoding}"'}
        files = {f"raw/{t}/ledger.csv": FILES[f"raw/{t}/ledger.csv"].encode(encoding) for t in ("T1", "T2")}
        assert len(read(make_study(edits, files, encoding))["budget"]) == 4
    marked = b"\xef\xbb\xbf" + ledger.encode()
    edits = {'file = "ledger.csv"': 'file = "ledger.csv"\nencoding = "utf-8"'}
    assert len(read(make_study(edits, {"raw/T1/ledger.csv": marked}, "marked"))["budget"]) == 4


# --- what is missing ---------------------------------------------------------------------------------------------


def test_a_missing_file_is_told_by_its_folder(make_study):
    folder = make_study(None, {"raw/T2/people.csv": None, "background/needs.csv": None})
    assert problems(folder) == [("background", None, "", "missing_file"), ("raw/T2", None, "", "missing_file")]
    with pytest.raises(DataError, match=r"raw/T2: no such file; expected people\*\.csv"):
        read(folder)


def test_a_file_that_may_be_missing_may_be(make_study):
    edits = {'file = "ledger.csv"': 'file = "ledger.csv"\nrequired = false'}
    folder = make_study(edits, {"raw/T1/ledger.csv": None, "raw/T2/ledger.csv": None})
    assert read(folder)["budget"].empty


def test_headings_without_rows_are_an_empty_table(make_study):
    empty = {name: content.splitlines()[0] + "\n" for name, content in FILES.items()}
    tables = read(make_study(None, empty))
    noted = tables.pop("notes")
    assert {name: len(frame) for name, frame in tables.items() if len(frame)} == {}
    assert set(noted["kind"]) == {"no_rows"} and ("raw/T1/rights.csv", 1) in set(
        zip(noted["file"], noted["line"], strict=True)
    )


def test_columns_of_blanks_keep_their_kind(make_study):
    """A value map, a number and an answer of nothing but blanks."""
    files = {
        "raw/T1/people.csv": f"{PEOPLE}\n091;;;;;;;\nNA;;;;;;;\n1E5;;;;;;;\n",
        "raw/T2/people.csv": f"{PEOPLE}\nNone;;;;;;;\nnan;;;;;;;\n",
        "raw/T1/after.csv": "id;day;Q1;Q2;FB;free\n091;;;;;\n",
        "raw/T2/after.csv": "id;day;Q1;Q2;FB;free\n",
    }
    tables = read(make_study(None, files))
    assert tables["participants"].drop(columns=["person", "term", "file", "line"]).isna().all(axis=None)
    assert str(tables["participants"]["needs"].dtype) == "boolean"
    assert str(tables["end_survey"]["fb"].dtype) == "float64"


@pytest.mark.parametrize("file", ["people", "rights", "later"])
def test_a_missing_person_is_one_line(make_study, file):
    content = FILES[f"raw/T1/{file}.csv"]
    folder = make_study(None, {f"raw/T1/{file}.csv": content.replace("1E5;", ";", 1)})
    assert problems(folder) == [(f"raw/T1/{file}.csv", 3 if file == "later" else 4, "id", "missing_value")]


# --- between rows, files and terms -------------------------------------------------------------------------------


def test_a_person_registered_only_later_is_not_known_yet(make_study):
    folder = make_study(None, {"raw/T1/later.csv": "id;day;status\nnan;2021-07-01;work\n"})
    assert problems(folder) == [("raw/T1/later.csv", 2, "id", "unknown_person")]


def test_a_repeat_in_another_file_of_the_term_is_told_with_that_file(make_study):
    folder = make_study(None, {"raw/T1/people2.csv": f"{PEOPLE}\n091;2000-03-01;Woman;091;basic;cafe;yes;1\n"})
    assert problems(folder) == [("raw/T1/people2.csv", 2, "id", "duplicate_person")]
    with pytest.raises(DataError, match=r"people2\.csv:2:id: .* on line raw/T1/people\.csv:2\."):
        read(folder)


def test_one_study_right_of_two_persons_in_two_terms(make_study):
    content = FILES["raw/T2/rights.csv"].replace("\n2;NA;", "\n2;nan;")
    folder = make_study(None, {"raw/T2/rights.csv": content})
    assert problems(folder) == [("raw/T2/rights.csv", 2, "right", "two_people_one_enrolment")]
    with pytest.raises(DataError, match=r"on line raw/T1/rights\.csv:3\."):
        read(folder)


def test_a_study_right_that_stands_twice(make_study):
    content = FILES["raw/T1/rights.csv"]
    folder = make_study(None, {"raw/T1/rights.csv": content + content.splitlines()[2] + "\n"})
    assert problems(folder) == [("raw/T1/rights.csv", 5, "right", "duplicate_row")]


def test_rows_of_background_tables_do_not_repeat(make_study):
    content = FILES["background/needs.csv"] + "digital;31;100\n"
    assert problems(make_study(None, {"background/needs.csv": content})) == [
        ("background/needs.csv", 4, "need", "duplicate_row")
    ]


@pytest.mark.parametrize(("keep", "kept"), [("first", 2.0), ("last", 5.0)])
def test_repeats_that_are_declared_keep_the_first_or_last(make_study, keep, kept):
    content = FILES["raw/T1/before.csv"] + "091;2021-02-04;5;1;\n"
    edits = {'duplicates = "first"': f'duplicates = "{keep}"'}
    answers = read(make_study(edits, {"raw/T1/before.csv": content}))["start_survey"]
    assert answers.loc[(answers["person"] == "091") & (answers["term"] == "T1"), "q1"].tolist() == [kept]


# --- values ------------------------------------------------------------------------------------------------------


def test_ids_are_text_and_nothing_is_taken_for_missing(make_study):
    tables = read(make_study())
    assert tables["participants"]["person"].tolist() == ["091", "NA", "1E5", "091", "None", "nan"]
    assert tables["enrolments"]["enrolment"].tolist()[:2] == ["TRUE", "2"]
    assert tables["participants"]["municipality"].tolist()[:3] == ["091", "698", "092"]


def test_values_in_their_kinds(make_study):
    tables = read(make_study())
    people = tables["participants"]
    assert people["points"].tolist()[:2] == [1.5, 2.0]
    assert people["points"].isna().tolist() == [False, False, True, False, False, False]
    assert people["needs"].tolist()[:2] == [True, False] and people["needs"].isna().sum() == 1
    assert people["gender"].tolist() == ["f", "m", "m", "f", "f", "m"]
    survey = tables["start_survey"]
    assert survey["q2"].isna().tolist() == [False, True, True, False, False]
    assert survey["q2:cannot_say"].tolist() == [False, True, False, False, False]
    assert tables["budget"]["amount"].tolist() == [300.5, 49.5, 100.0, -50.0]
    assert tables["outreach"]["reached"].tolist() == [30, 7, 10]
    assert people["line"].tolist() == [2, 3, 4, 2, 3, 4]


@pytest.mark.parametrize("day", ["2021-02-30", "20210201", "2021-02", "1.2.2021", "2021-02-01 10:00", "0021-02-01"])
def test_days_are_read_in_one_way_only(make_study, day):
    content = FILES["raw/T1/later.csv"].replace("2021-07-01", day, 1)
    assert problems(make_study(None, {"raw/T1/later.csv": content})) == [("raw/T1/later.csv", 2, "day", "bad_date")]


def test_a_flag_is_one_or_nothing(make_study):
    content = FILES["raw/T1/people.csv"].replace(";yes;", f";{SECRET};")
    assert problems(make_study(None, {"raw/T1/people.csv": content})) == [("raw/T1/people.csv", 2, "needs", "bad_flag")]


def test_spaces_around_cells_and_headings_do_no_harm(make_study):
    content = FILES["raw/T1/later.csv"].replace(";", " ; ")
    assert read(make_study(None, {"raw/T1/later.csv": content}))["followup"]["status"].tolist()[0] == "work"


# --- how much is said --------------------------------------------------------------------------------------------


def test_twenty_of_a_kind_are_shown_and_then_how_many_more(make_study):
    rows = "".join(f"2021-01-{i + 1:02d};{SECRET};;1;1\n" for i in range(27))
    folder = make_study(None, {"raw/T1/outreach.csv": f"day;chan;place;reached;applied\n{rows}2021-01-01;cafe;;-1;1\n"})
    with pytest.raises(DataError) as error:
        read(folder)
    assert len(error.value.problems) == 28
    for language, more in (("en", "… and 7 more of the same kind"), ("fi", "… ja 7 muuta samanlaista")):
        lines = error.value.lines(language)
        assert len(lines) == 22
        assert lines[-1] == f"raw/T1/outreach.csv: {more}"
        assert sum("reached" in line for line in lines) == 1
    shown = [f"raw/T1/outreach.csv:{line}:chan: " for line in range(2, 22)]
    assert [line.split("unknown")[0] for line in error.value.lines("en")[:20]] == shown


def test_every_kind_of_problem_reads_well_in_both_languages():
    names = ("pattern", "encoding", "known", "found", "expected", "first", "last", "path", "error", "detail")
    words = {name: name for name in names} | {"n": 3}
    for key in i18n.catalogue():
        if key.startswith("problem."):
            for language in ("fi", "en"):
                said = i18n.say(key, language, **words)
                assert "{" not in said and said.strip()


# --- corrections -------------------------------------------------------------------------------------------------

HEAD = "date;term;table;key;column;old;new;reason"
GOOD = "2021-08-01;T1;participants;NA;birth_date;1990-02-01;1991-02-01;checked"


def test_a_correction_changes_the_raw_text_and_nothing_else(make_study):
    tables = read(make_study(None, {"corrections.csv": f"{HEAD}\n{GOOD}\n"}))
    plain = read(make_study(name="plain"))
    changed = tables["participants"].compare(plain["participants"])
    assert changed.to_numpy().tolist() == [[pd.Timestamp("1991-02-01"), pd.Timestamp("1990-02-01")]]


def test_a_correction_mends_a_fault_and_may_fill_a_blank(make_study):
    files = {
        "raw/T1/people.csv": FILES["raw/T1/people.csv"].replace("1990-02-01", "1990-02-31"),
        "corrections.csv": f"{HEAD}\n2021-08-01;T1;participants;NA;birth_date;1990-02-31;1990-02-28;typo\n"
        "2021-08-01;T1;participants;1E5;points;;7,5;asked\n",
    }
    people = read(make_study(None, files))["participants"].set_index(["person", "term"])
    assert people.loc[("NA", "T1"), "birth_date"] == pd.Timestamp("1990-02-28")
    assert people.loc[("1E5", "T1"), "points"] == 7.5


def test_a_correction_of_a_later_term_waits(make_study):
    later = GOOD.replace(";T1;", ";T2;")
    folder = make_study(None, {"corrections.csv": f"{HEAD}\n{later}\n"})
    read(folder, "T1")
    assert problems(folder) == [("corrections.csv", 2, "", "stale_correction")]


@pytest.mark.parametrize(
    ("old", "new", "column", "what"),
    [
        ("1990-02-01", SECRET, "", "stale_correction"),
        (";NA;", f";{SECRET};", "", "stale_correction"),
        ("2021-08-01", "1.8.2021", "date", "bad_correction"),
        ("2021-08-01", "", "date", "bad_correction"),
        (";T1;", ";T9;", "term", "bad_correction"),
        (";participants;", ";outreach;", "table", "bad_correction"),
        (";participants;", f";{SECRET};", "table", "bad_correction"),
        (";birth_date;", ";born;", "column", "bad_correction"),
        (";birth_date;", ";line;", "column", "bad_correction"),
        (";birth_date;", ";term;", "column", "bad_correction"),
        (";checked", ";", "reason", "bad_correction"),
        (";checked", "; ", "reason", "bad_correction"),
        (";checked", "", "", "ragged_row"),
    ],
)
def test_a_correction_that_will_not_do(make_study, old, new, column, what):
    folder = make_study(None, {"corrections.csv": f"{HEAD}\n{GOOD}\n{GOOD.replace(old, new, 1)}\n"})
    assert problems(folder) == [("corrections.csv", 3, column, what)]


def test_a_correction_is_stale_once_it_has_been_made_in_the_export(make_study):
    files = {"corrections.csv": f"{HEAD}\n{GOOD}\n"}
    files["raw/T1/people.csv"] = FILES["raw/T1/people.csv"].replace("1990-02-01", "1991-02-01")
    assert problems(make_study(None, files)) == [("corrections.csv", 2, "", "stale_correction")]


def test_a_correction_of_a_file_that_cannot_be_read_is_not_called_stale(make_study):
    files = {"corrections.csv": f"{HEAD}\n{GOOD}\n", "raw/T1/people.csv": b"\xff"}
    assert problems(make_study(None, files)) == [("raw/T1/people.csv", 1, "", "not_encoded")]
