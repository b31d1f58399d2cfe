"""What was once read wrong in silence: each is right now, or refused or noted with file, line and column.

The inputs are of the kinds that survey tools, spreadsheets and damaged files really hold; one small study serves all.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from evaltools.ingest import reading
from evaltools.ingest.reading import DataError
from evaltools.study import loader

HEAD = """\
targets = [{ id = "people", name = "People", measure = "participants", value = 4 }]
age_groups = [{ id = "young", min = 15, max = 29 }, { id = "mid", min = 30, max = 54 }, { id = "old", min = 55 }]
VARIABLES
[study]
name = "Trial"
title = "Evaluation of a trial"
organisation = "School"
funder = "Nobody"
start = 2021-01-01
end = 2023-12-31
[[terms]]
id = "T1"
name = "Spring"
start = 2023-01-01
end = 2023-07-31
[[terms]]
id = "T2"
name = "Autumn"
start = 2023-08-01
end = 2023-12-31
[codes]
gender = [{ id = "f", name = "Woman" }, { id = "m", name = "Man" }]
education = [{ id = "basic", name = "Basic" }, { id = "unknown", name = "Foreign" }]
state = [
    { id = "on", name = "On", role = "ongoing" },
    { id = "done", name = "Done", role = "completed" },
    { id = "left", name = "Left", role = "dropped" },
]
placement = [
    { id = "work", name = "Work", role = "employed" },
    { id = "study", name = "Study", role = "student" },
    { id = "none", name = "None", role = "unemployed" },
]
budget_category = [{ id = "pay", name = "Pay" }]
funding = [{ id = "grant", name = "Grant", role = "grant" }, { id = "own", name = "Own", role = "own" }]
channel = [{ id = "cafe", name = "Café" }, { id = "fair", name = "Fair" }]
partner_kind = [{ id = "firm", name = "Firm" }]
contact_kind = [{ id = "call", name = "Call", role = "contact" }, { id = "net", name = "Net", role = "network" }]
tools = [{ id = "1", name = "Phone" }, { id = "2", name = "PC" }]
benchmark_measure = [{ id = "emp", name = "Employed", role = "employed" }]
[survey]
cannot_say = ["EOS"]
items = [{ id = "q1", text = "I can" }, { id = "q2", text = "I know" }, { id = "q3", text = "It is hard" }]
"""
ASKED = 'person = "id"\nanswered = "when"\nq1 = "q1"\nq2 = "q2"\nq3 = "q3"'
SOURCES = {
    "participants": ("reg.csv", 'person = "id"\nbirth_date = "born"\ngender = "sex"'),
    "enrolments": ("rights.csv", 'enrolment = "right"\nperson = "id"\nstart = "from"\nend = "to"\nstate = "state"'),
    "start_survey": (
        "start.csv",
        'person = "id"\nanswered = "when"\nq1 = "q1"\nq2 = "q2"\nq3 = "q3"\ncomment = "note"',
    ),
    "end_survey": ("end.csv", 'person = "id"\nanswered = "when"\nq1 = "q1"\nq2 = "q2"\nq3 = "q3"'),
    "followup": ("later.csv", 'person = "id"\ndate = "day"\nstatus = "status"'),
    "budget": ("b.csv", 'date = "Date"\ncategory = "Cat"\nfunding = "Fund"\namount = "Eur"'),
    "outreach": ("out.csv", 'date = "Date"\nchannel = "Chan"\nreached = "Reached"\napplicants = "Applied"'),
    "contacts": ("con.csv", 'date = "Date"\npartner_kind = "Sort"\nkind = "Kind"'),
    "benchmark": ("bench.csv", 'measure = "measure"\ncount = "count"\ntotal = "total"'),
}
REG = "id;born;sex\n" + "".join(f"p{i};196{i}-01-11;{'fm'[i % 2]}\n" for i in range(1, 7))
START = "id;when;q1;q2;q3;note\n" + "".join(f"p{i};2023-03-0{i};{i % 5 + 1};3;2;\n" for i in range(1, 7))


def study(folder: Path, files: dict[str, str | bytes], more: dict[str, str] | None = None, variables: str = "") -> Path:
    """A study of the sources whose files are given (``reg.csv``: of T1, ``T2/reg.csv``); ``more``: other sources."""
    names = {name.rpartition("/")[2] for name in files}
    text = HEAD.replace("VARIABLES", variables)
    for table, (file, columns) in SOURCES.items():
        if names & {file, file.replace(".csv", ".xlsx")} and table not in (more or {}):
            found = file if file in names else file.replace(".csv", ".xlsx")
            text += f'[[sources]]\ntable = "{table}"\nname = "x"\nfile = "{found}"\nrequired = false\n'
            text += f"[sources.columns]\n{columns}\n"
    text += "".join((more or {}).values())
    folder.mkdir()
    (folder / "study.toml").write_text(text, encoding="utf-8")
    for term in ("T1", "T2", "background"):
        (folder / ("" if term == "background" else "raw") / term).mkdir(parents=True)
    for name, content in files.items():
        place = "background" if name == "bench.csv" else name if "/" in name else f"T1/{name}"
        path = folder / place if place == "background" else folder / "raw" / place
        path = path / name if place == "background" else path
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def source(table: str, file: str = "", keys: str = "", columns: str = "") -> str:
    own, given = SOURCES[table]
    return (
        f'[[sources]]\ntable = "{table}"\nname = "x"\nfile = "{file or own}"\nrequired = false\n{keys}\n'
        f"[sources.columns]\n{columns or given}\n"
    )


def tables(folder: Path, term: str = "T2") -> dict[str, pd.DataFrame]:
    return reading.read(loader.load(folder), term)


def problems(folder: Path, term: str = "T2") -> list[tuple[str, int | None, str, str]]:
    with pytest.raises(DataError) as error:
        tables(folder, term)
    assert all(line for language in ("fi", "en") for line in error.value.lines(language))
    return [(p.file.removeprefix("raw/"), p.line, p.column, p.what) for p in error.value.problems]


def notes(read: dict[str, pd.DataFrame], *kinds: str) -> list[tuple[str, int | None, str]]:
    found = read["notes"]
    found = found[found["kind"].isin(kinds)]
    lines = [None if pd.isna(line) else int(line) for line in found["line"]]
    return list(zip([file.removeprefix("raw/") for file in found["file"]], lines, found["column"], strict=True))


# --- rows that have moved, merged or been cut -----------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("column", range(5))
def test_a_delimiter_too_many_is_refused_in_its_row(tmp_path, delimiter, column):
    lines = START.splitlines()
    cells = lines[2].split(";")
    cells[column] += ";"
    content = "\n".join([*lines[:2], ";".join(cells), *lines[3:], ""]).replace(";", delimiter)
    keys = {"start_survey": source("start_survey", keys=f"delimiter = {delimiter!r}".replace("'", '"'))}
    found = problems(study(tmp_path / "s", {"reg.csv": REG, "start.csv": content}, keys))
    assert found == [("T1/start.csv", 3, "", "ragged_row")]


def test_a_delimiter_too_many_in_the_only_row_or_in_the_heading_is_refused(tmp_path):
    one = "\n".join(START.splitlines()[:2]).replace(";3;", ";3;4;") + "\n"
    assert problems(study(tmp_path / "a", {"reg.csv": REG, "start.csv": one})) == [
        ("T1/start.csv", 2, "", "ragged_row")
    ]
    wide = START.replace("q1;q2", "q1;;q2")
    assert problems(study(tmp_path / "b", {"reg.csv": REG, "start.csv": wide})) == [
        ("T1/start.csv", 1, "", "ragged_heading")
    ]


def test_rows_that_all_end_with_one_delimiter_more_are_read_and_noted(tmp_path):
    content = START.replace(";\n", ";;\n")
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": content}))
    assert len(read["start_survey"]) == 6
    assert notes(read, "wider_rows") == [("T1/start.csv", 2, "")]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ('p2;2023-03-02;5;1;2;"Thanks', 'p5;2023-03-05;4;4;1;good"'),  # the last column
        ('p2;2023-03-02;5;"1;2;', 'p3;2023-03-03;4;4";1;good'),  # one in the middle, of one row
        ('p2;"2023-03-02;5;1;2;', 'p4;2023-03-04";4;4;1;'),
        ('p2;2023-03-02;5;1;2;"said ""so', 'p4;2023-03-04;4;4;1;or ""not"""'),  # with doubled marks
        ('"p2;2023-03-02;5;1;2;', 'p4";2023-03-04;4;4;1;'),
    ],
)
def test_rows_that_a_quotation_mark_swallowed_are_refused_where_it_opens(tmp_path, first, last):
    lines = START.splitlines()
    lines[2] = first
    lines[int(last.strip('"')[1])] = last
    found = problems(study(tmp_path / "s", {"reg.csv": REG, "start.csv": "\r\n".join([*lines, ""])}))
    assert found == [("T1/start.csv", 3, "", "swallowed_rows")]


def test_a_comment_of_several_lines_with_delimiters_is_a_comment(tmp_path):
    lines = START.splitlines()
    lines[2] = 'p2;2023-03-02;5;1;2;"Thanks; all\nwas well; even the\n\nfood; and the rest; yes"'
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": "\n".join([*lines, ""])}))
    assert len(read["start_survey"]) == 6


def test_a_file_without_a_line_end_at_its_end_is_noted_where_its_last_column_is_read(tmp_path):
    read = tables(study(tmp_path / "a", {"reg.csv": REG[:-1], "start.csv": START}))
    assert notes(read, "unfinished") == [("T1/reg.csv", 7, "sex")]
    extra = REG.replace("\n", ";unread\n")[:-3]
    assert notes(tables(study(tmp_path / "b", {"reg.csv": extra})), "unfinished") == []


def test_a_heading_without_rows_is_noted(tmp_path):
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "b.csv": "Date;Cat;Fund;Eur\n"}))
    assert notes(read, "no_rows") == [("T1/b.csv", 1, "")]


# --- workbooks ------------------------------------------------------------------------------------------------


def book(path: Path, sheets: dict[str, str], **states: str) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, content in sheets.items():
        sheet = made.create_sheet(name)
        for line in content.splitlines():
            sheet.append([int(cell) if cell.isdigit() else cell or None for cell in line.split(";")])
        sheet.sheet_state = states.get(name, "visible")
    made.save(path)
    return path.read_bytes()


OLD_START = "\n".join(START.splitlines()[:2]) + "\n"


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_not_read_unless_it_is_named(tmp_path, state):
    content = book(tmp_path / "x.xlsx", {"Old": OLD_START, "Now": START}, Old=state)
    read = tables(study(tmp_path / "a", {"reg.csv": REG, "start.xlsx": content}))
    assert len(read["start_survey"]) == 6 and notes(read, "other_sheets") == []
    named = {"start_survey": source("start_survey", "start.xlsx", 'sheet = "Old"')}
    assert len(tables(study(tmp_path / "b", {"reg.csv": REG, "start.xlsx": content}, named))["start_survey"]) == 1


def test_several_visible_sheets_with_values_are_noted(tmp_path):
    content = book(tmp_path / "x.xlsx", {"Now": START, "Old": OLD_START, "Empty": ""})
    read = tables(study(tmp_path / "a", {"reg.csv": REG, "start.xlsx": content}))
    assert len(read["start_survey"]) == 6
    assert notes(read, "other_sheets") == [("T1/start.xlsx", None, "")]
    named = {"start_survey": source("start_survey", "start.xlsx", 'sheet = "Now"')}
    read = tables(study(tmp_path / "b", {"reg.csv": REG, "start.xlsx": content}, named))
    assert notes(read, "other_sheets") == []


def merged(path: Path, *areas: str, titles: int = 0) -> bytes:
    made = openpyxl.Workbook()
    for _ in range(titles):
        made.active.append(["Title"])
    for line in REG.splitlines():
        made.active.append(line.split(";"))
    for area in areas:
        made.active.merge_cells(area)
    made.save(path)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("areas", "found"),
    [
        (["C2:C4"], [(3, "C")]),
        (["C2:C4", "C5:C7"], [(3, "C"), (6, "C")]),
        (["B3:C3"], [(3, "C")]),
        (["B3:C5"], [(3, "C")]),
        (["A6:A7"], [(7, "A")]),
    ],
)
def test_merged_cells_are_refused_with_their_range(tmp_path, areas, found):
    folder = study(tmp_path / "s", {"reg.xlsx": merged(tmp_path / "x.xlsx", *areas)})
    assert problems(folder) == [("T1/reg.xlsx", line, column, "xlsx_merged") for line, column in found]
    with pytest.raises(DataError) as error:
        tables(folder)
    assert all(area in line for area, line in zip(areas, error.value.lines("en"), strict=True))


def test_merged_cells_of_titles_and_of_columns_that_no_one_reads_do_no_harm(tmp_path):
    content = merged(tmp_path / "x.xlsx", "A1:C1", "E3:F5", titles=1)
    keys = {"participants": source("participants", "reg.xlsx", "skip_rows = 1")}
    assert len(tables(study(tmp_path / "s", {"reg.xlsx": content}, keys))["participants"]) == 6


def test_a_merged_heading_hides_no_column_that_is_read(tmp_path):
    folder = study(tmp_path / "s", {"reg.xlsx": merged(tmp_path / "x.xlsx", "B1:C1")})
    assert problems(folder) == [("T1/reg.xlsx", 1, "C", "xlsx_merged")]


# --- encodings ------------------------------------------------------------------------------------------------

SPOKEN = "Hän sanoi “hyvää” – kiitos, työ öljyä"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SPOKEN, "mac_roman"),
        ("Örebro", "mac_roman"),
        ("don’t", "mac_roman"),
        ("hyvä työ", "cp850"),
        ("työ", "cp437"),
        ("Åbo", "cp850"),
        ("Jānis Bērziņš", "cp1257"),
        ("Привет", "cp1251"),
        ("Łódź", "cp1250"),
    ],
)
def test_other_code_pages_are_not_read_as_cp1252(tmp_path, text, encoding):
    content = START.replace("2;\n", f"2;{text}\n").replace("\n", "\r\n").encode(encoding)
    keys = {"start_survey": source("start_survey", keys='encoding = "auto"')}
    folder = study(tmp_path / "s", {"reg.csv": REG, "start.csv": content}, keys)
    with pytest.raises(DataError) as error:
        tables(folder)
    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.what) == ("raw/T1/start.csv", 2, "unclear_encoding")
    if encoding not in ("cp437", "cp850"):
        assert problem.words["encoding"] == encoding


@pytest.mark.parametrize("text", [SPOKEN, "”sanoi”", "Åbo Örn äiti Õunapuu José", "5 € – 10 €…", "it’s", "12½ m³ § 3"])
def test_western_text_is_read_as_cp1252(tmp_path, text):
    keys = {"start_survey": source("start_survey", keys='encoding = "auto"')}
    content = START.replace("2;\n", f"2;{text}\n").encode("cp1252")
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": content}, keys))
    assert set(read["start_survey"]["comment"]) == {text}


# --- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["today", "now", "Today", "NOW", "tänään", "nyt", "idag", "NaT", "nan"])
def test_a_word_is_no_day(tmp_path, word):
    ledger = f"Date;Cat;Fund;Eur\n2023-03-01;pay;grant;12\n{word};pay;grant;12,50\n"
    assert problems(study(tmp_path / "s", {"b.csv": ledger})) == [("T1/b.csv", 3, "Date", "bad_date")]
