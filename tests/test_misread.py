"""What was once read wrong in silence: each is right now, or refused or noted with file, line and column.

The inputs are of the kinds that survey tools, spreadsheets and damaged files really hold; one small study serves all.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from evaltools import session
from evaltools.cli import main
from evaltools.ingest import reading
from evaltools.ingest.reading import DataError
from evaltools.pipeline import fingerprint
from evaltools.study import loader
from evaltools.study.faults import StudyError

HEAD = """\
targets = [{ id = "people", name = "People", measure = "participants", value = 4 }]
age_groups = [{ id = "young", min = 15, max = 29 }, { id = "mid", min = 30, max = 54 }, { id = "old", min = 55 }]

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


def study(folder: Path, files: dict[str, str | bytes], more: dict[str, str] | None = None) -> Path:
    """A study of the sources whose files are given (``reg.csv``: of T1, ``T2/reg.csv``); ``more``: other sources."""
    names = {name.rpartition("/")[2] for name in files}
    text = HEAD
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


def test_a_lone_quotation_mark_is_noted_where_its_cell_is_not_quoted(tmp_path):
    said = START.replace("p1;2023-03-01;2;3;2;", 'p1;2023-03-01;2;3;2;a 5" screen')
    said = said.replace("p2;2023-03-02;3;3;2;", 'p2;2023-03-02;3;3;2;"a 5"" screen"')
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": said}))
    assert read["start_survey"]["comment"].tolist()[:2] == ['a 5" screen'] * 2
    assert notes(read, "lone_mark") == [("T1/start.csv", 2, "")]


def test_a_file_without_a_line_end_at_its_end_is_noted_where_its_last_column_is_read(tmp_path):
    read = tables(study(tmp_path / "a", {"reg.csv": REG[:-1], "start.csv": START}))
    assert notes(read, "unfinished") == [("T1/reg.csv", 7, "sex")]
    extra = REG.replace("\n", ";unread\n")[:-3]
    assert notes(tables(study(tmp_path / "b", {"reg.csv": extra})), "unfinished") == []


def test_ids_that_lost_their_zeros_are_noted(tmp_path):
    ids = [f"{20 + 29 * i:03d}-{i:04d}" for i in range(30)]
    rights = "right;id;from;to;state\n" + "".join(f"{id_};p{i % 6 + 1};2023-02-01;;on\n" for i, id_ in enumerate(ids))
    for name, content in (("a", rights), ("b", re.sub(r"(?m)^0+(?=[0-9])", "", rights))):
        read = tables(study(tmp_path / name, {"reg.csv": REG, "rights.csv": content}), "T1")
        lost = [line for line, id_ in enumerate(ids, start=2) if id_.startswith("0")]
        expected = [] if name == "a" else [("T1/rights.csv", line, "right") for line in lost]
        assert notes(read, "odd_id") == expected


@pytest.mark.parametrize("odd", ["IV", "2O", "~7", "TEST 1", "7'"])
def test_an_odd_id_of_answers_is_noted_where_no_register_knows_them(tmp_path, odd):
    answers = "id;when;q1;q2;q3;note\n" + "".join(f"{i};2023-03-02;{i % 5 + 1};3;2;\n" for i in range(1, 40))
    read = tables(study(tmp_path / "a", {"start.csv": f"{answers}{odd};2023-03-02;4;4;2;\n"}))
    assert notes(read, "odd_id") == [("T1/start.csv", 41, "id")]


def answers(*forms: str, first: int = 100) -> str:
    """Answers of forty persons, whose ids have these forms in turn."""
    ids = (forms[i % len(forms)].format(first + i) for i in range(40))
    return "id;when;q1;q2;q3;note\n" + "".join(f"{id_};2023-03-02;4;3;2;\n" for id_ in ids)


@pytest.mark.parametrize("affixed", ["ID {}", "{}@koulu.fi", "2023-{}", "{} (1)", "p{}"])
def test_ids_of_answers_that_are_others_with_an_affix_are_noted(tmp_path, affixed):
    for name, end, expected in (("a", ["{}"], []), ("b", ["{}", affixed], [3, 5])):
        read = tables(study(tmp_path / name, {"start.csv": answers("{}"), "end.csv": answers(*end)}))
        assert notes(read, "alike_but_affix")[:2] == [("T1/end.csv", line, "id") for line in expected]
        assert set(read["notes"].query("kind == 'alike_but_affix'")["table"]) == ({"end_survey"} if expected else set())


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("A{}", ["A{}"], []),
        ("A{}", ["B{}"], [("T1/end.csv", 2, "id")]),
        ("A{}", ["A{}", "B-{}"], [("T1/end.csv", 3, "id")]),
    ],
)
def test_answers_that_no_other_table_knows_are_noted_where_there_is_no_register(tmp_path, start, end, expected):
    files = {"start.csv": answers(start), "end.csv": answers(*end)}
    assert notes(tables(study(tmp_path / "a", files)), "unlinked") == expected


def test_people_who_have_only_begun_are_not_noted_as_unlinked(tmp_path):
    files = {"start.csv": answers("A{}"), "end.csv": answers("A{}"), "T2/start.csv": answers("A{}", first=500)}
    assert notes(tables(study(tmp_path / "a", files)), "unlinked") == []


def test_a_row_that_no_source_keeps_is_noted_where_its_word_is_rare(tmp_path):
    waves = {"start_survey": "start", "end_survey": "end"}
    keys = {
        table: source(table, "start.csv", f'keep = {{ wave = ["{word}"] }}', ASKED) for table, word in waves.items()
    }
    words = ["start"] * 12 + ["end"] * 12 + ["visit"] * 3 + ["”end”"]
    rows = "".join(f"p{i % 12};2023-0{3 + i // 12}-01;{i % 5 + 1};3;2;{word}\n" for i, word in enumerate(words))
    read = tables(study(tmp_path / "a", {"start.csv": "id;when;q1;q2;q3;wave\n" + rows}, keys))
    assert [len(read[table]) for table in waves] == [12, 12]
    assert notes(read, "not_kept") == [("T1/start.csv", 29, "wave")]


def test_a_file_whose_ids_have_another_form_than_before_is_noted(tmp_path):
    def rights(term: int, before: str) -> str:
        rows = (f"{before}{term}-{i:04d};p{i % 6 + 1};2023-02-01;;on\n" for i in range(24))
        return "right;id;from;to;state\n" + "".join(rows)

    for before, expected in (("", []), ("ID ", [("T2/rights.csv", 2, "right")])):
        files = {"reg.csv": REG, "rights.csv": rights(9, ""), "T2/rights.csv": rights(10, before)}
        read = tables(study(tmp_path / f"s{len(before)}", files))
        assert notes(read, "other_ids") == expected


@pytest.mark.parametrize("other", ["\u04402", "p2\u0301", "p2\ufe0f", "'p2", "p2.0", "\uff502"])
def test_an_id_that_only_looks_like_another_is_refused(tmp_path, other):
    found = problems(study(tmp_path / "s", {"reg.csv": f"{REG}{other};1962-01-11;f\n"}))
    assert found == [("T1/reg.csv", 8, "id", "alike_ids")]


def test_ids_that_differ_in_zeros_only_are_noted(tmp_path):
    read = tables(
        study(tmp_path / "s", {"reg.csv": REG + "p02;1962-01-11;f\np20;1962-01-11;f\n", "rights.csv": RIGHTS})
    )
    assert notes(read, "alike_but_zeros") == [("T1/reg.csv", 8, "id")]


def test_a_study_right_under_another_id_is_noted(tmp_path):
    rights = RIGHTS + "r3;p1;2023-02-01;2023-06-01;done\nr4;p1;2023-02-02;2023-06-01;done\n"
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "rights.csv": rights}))
    assert notes(read, "right_again") == [("T1/rights.csv", 4, "right")]


def test_a_dash_for_a_comment_is_no_answer(tmp_path):
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": START + "p1;2023-03-08;;;;-\n"}))
    assert notes(read, "no_answer") == [("T1/start.csv", 8, "")] and len(read["start_survey"]) == 6


def test_a_follow_up_without_any_situation_is_noted(tmp_path):
    later = "id;day;status\n" + "".join(f"p{i};2023-06-0{i};\n" for i in range(1, 7))
    read = tables(study(tmp_path / "a", {"reg.csv": REG, "later.csv": later}), "T1")
    assert ("T1/later.csv", None, "status") in notes(read, "missing_share")
    read = tables(study(tmp_path / "b", {"reg.csv": REG, "later.csv": later.replace("-01;", "-01;work")}), "T1")
    assert ("T1/later.csv", None, "status") not in notes(read, "missing_share")


ACTIONS = """\
action = [{ id = "a1", name = "A" }, { id = "a2", name = "B" }, { id = "a3", name = "C" }]
action_status = [{ id = "open", name = "Open", role = "open" }, { id = "done", name = "Done", role = "done" }]
[survey]
"""


@pytest.mark.parametrize(("done", "noted"), [("2023-02-11", []), ("", [("T1/act.csv", None, "done")])])
def test_actions_of_which_none_is_done_are_noted(tmp_path, monkeypatch, done, noted):
    monkeypatch.setitem(globals(), "HEAD", HEAD.replace("[survey]\n", ACTIONS))
    columns = 'action = "what"\nplanned = "plan"\nstatus = "how"\ndone = "done"\n'
    more = {"actions": f'[[sources]]\ntable = "actions"\nname = "x"\nfile = "act.csv"\n[sources.columns]\n{columns}'}
    rows = "what;plan;how;done\n" + "".join(f"a{i};2023-02-0{i};open;{done}\n" for i in (1, 2, 3))
    folder = study(tmp_path / "s", {"reg.csv": REG, "act.csv": rows}, more)
    assert [note for note in notes(tables(folder, "T1"), "missing_share") if "act" in note[0]] == noted


def test_a_heading_without_rows_is_noted(tmp_path):
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "b.csv": "Date;Cat;Fund;Eur\n"}))
    assert notes(read, "no_rows") == [("T1/b.csv", 1, "")]


# --- workbooks ---------------------------------------------------------------------------------------------


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


def test_hidden_rows_are_read_and_noted(tmp_path):
    book(tmp_path / "x.xlsx", {"Now": START})
    made = openpyxl.load_workbook(tmp_path / "x.xlsx")
    for row in (4, 5):
        made.active.row_dimensions[row].hidden = True
    made.save(tmp_path / "x.xlsx")
    read = tables(study(tmp_path / "a", {"reg.csv": REG, "start.xlsx": (tmp_path / "x.xlsx").read_bytes()}))
    assert len(read["start_survey"]) == 6
    assert notes(read, "hidden_rows") == [("T1/start.xlsx", 4, "")]


def test_an_id_that_a_spreadsheet_has_shortened_is_no_id(tmp_path):
    spoilt = {"reg.csv": REG.replace("p3", "1,05E+11"), "start.csv": START.replace("p3", "1,05E+11")}
    assert problems(study(tmp_path / "a", spoilt)) == [
        ("T1/reg.csv", 4, "id", "not_an_id"),
        ("T1/start.csv", 4, "id", "not_an_id"),
    ]


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


def test_merged_cells_are_filled_where_the_study_file_says_so(tmp_path):
    fill = {"participants": source("participants", "reg.xlsx", 'merged = "fill"')}
    content = merged(tmp_path / "x.xlsx", "C3:C5", "B6:B7")
    read = tables(study(tmp_path / "a", {"reg.xlsx": content, "start.csv": START}, fill))["participants"]
    assert read["gender"].tolist() == ["m", "f", "f", "f", "m", "f"]
    assert read["birth_date"].dt.year.tolist() == [1961, 1962, 1963, 1964, 1965, 1965]
    heading = merged(tmp_path / "y.xlsx", "B1:C1")
    assert problems(study(tmp_path / "b", {"reg.xlsx": heading, "start.csv": START}, fill))[0][3] == "xlsx_merged"


def test_merged_cells_of_titles_and_of_columns_that_no_one_reads_do_no_harm(tmp_path):
    content = merged(tmp_path / "x.xlsx", "A1:C1", "E3:F5", titles=1)
    keys = {"participants": source("participants", "reg.xlsx", "skip_rows = 1")}
    assert len(tables(study(tmp_path / "s", {"reg.xlsx": content}, keys))["participants"]) == 6


def test_a_merged_heading_hides_no_column_that_is_read(tmp_path):
    folder = study(tmp_path / "s", {"reg.xlsx": merged(tmp_path / "x.xlsx", "B1:C1")})
    assert problems(folder) == [("T1/reg.xlsx", 1, "C", "xlsx_merged")]


# --- encodings ---------------------------------------------------------------------------------------------

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


@pytest.mark.parametrize(
    ("declared", "written", "likely"),
    [
        ("cp1252", "utf-8", "utf-8"),
        ("mac_roman", "utf-8", "utf-8"),
        ("latin-1", "cp1252", "cp1252"),
        ("auto", "utf-7", "utf-7"),
        ("utf-8-sig", "utf-7", "utf-7"),
        ("cp1252", "utf-7", "utf-7"),
    ],
)
def test_an_encoding_that_the_bytes_disprove_is_refused(tmp_path, declared, written, likely):
    content = START.replace("2;\n", f"2;{SPOKEN}\n").encode(written)
    for encoding in (declared, written):
        keys = {"start_survey": source("start_survey", keys=f'encoding = "{encoding}"')}
        folder = study(tmp_path / encoding, {"reg.csv": REG, "start.csv": content}, keys)
        if encoding == written:
            assert set(tables(folder)["start_survey"]["comment"]) == {SPOKEN}
            continue
        with pytest.raises(DataError) as error:
            tables(folder)
        (problem,) = error.value.problems
        assert (problem.line, problem.what, problem.words["encoding"]) == (2, "unclear_encoding", likely)


def test_telephone_numbers_and_sums_are_no_utf_7(tmp_path):
    said = START.replace("2;\n", "2;+358-40 A+ABC-D +A1-\n")
    assert len(tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": said}))["start_survey"]) == 6


@pytest.mark.parametrize("text", [SPOKEN, "”sanoi”", "Åbo Örn äiti Õunapuu José", "5 € – 10 €…", "it’s", "12½ m³ § 3"])
def test_western_text_is_read_as_cp1252(tmp_path, text):
    keys = {"start_survey": source("start_survey", keys='encoding = "auto"')}
    content = START.replace("2;\n", f"2;{text}\n").encode("cp1252")
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": content}, keys))
    assert set(read["start_survey"]["comment"]) == {text}


# --- values ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["today", "now", "Today", "NOW", "tänään", "nyt", "idag", "NaT", "nan"])
def test_a_word_is_no_day(tmp_path, word):
    ledger = f"Date;Cat;Fund;Eur\n2023-03-01;pay;grant;12\n{word};pay;grant;12,50\n"
    assert problems(study(tmp_path / "s", {"b.csv": ledger})) == [("T1/b.csv", 3, "Date", "bad_date")]


def days_in_a_workbook(path: Path, real: Callable[[int, dt.date], bool], *, exchanged: bool = False) -> bytes:
    """A register of 24 persons whose days are dates in some cells and texts in others."""
    made = openpyxl.Workbook()
    made.active.append(["id", "born", "sex"])
    for i in range(24):
        day = dt.date(1960 + i, 1 + i % 12, 1 + 7 * i % 28)
        held = dt.date(day.year, day.day, day.month) if exchanged and day.day <= 12 else day
        made.active.append([f"p{i:02}", held if real(i, day) else day.strftime("%d.%m.%Y"), "fm"[i % 2]])
    made.save(path)
    return path.read_bytes()


WRITTEN = {"participants": source("participants", "reg.xlsx", 'date_format = "%d.%m.%Y"')}


@pytest.mark.parametrize(
    ("real", "lines"),
    [(lambda i, _: i == 5, [7]), (lambda i, _: i != 5, [7]), (lambda i, _: i % 2, []), (lambda *_: True, [])],
)
def test_a_date_among_texts_is_noted(tmp_path, real, lines):
    content = days_in_a_workbook(tmp_path / "x.xlsx", real)
    read = tables(study(tmp_path / "s", {"reg.xlsx": content}, WRITTEN))
    assert notes(read, "mixed_days") == [("T1/reg.xlsx", line, "born") for line in lines]


def test_days_that_a_spreadsheet_exchanged_with_months_are_refused(tmp_path):
    content = days_in_a_workbook(tmp_path / "x.xlsx", lambda _, day: day.day <= 12, exchanged=True)
    found = problems(study(tmp_path / "s", {"reg.xlsx": content}, WRITTEN))
    assert found == [("T1/reg.xlsx", 2, "born", "days_exchanged")]


@pytest.mark.parametrize("amount", ["2,385", "-12,500", "999,000"])
def test_three_decimals_may_be_thousands(tmp_path, amount):
    ledger = f"Date;Cat;Fund;Eur\n2023-03-01;pay;grant;{amount}\n2023-03-02;pay;grant;13,25\n"
    assert problems(study(tmp_path / "a", {"b.csv": ledger})) == [("T1/b.csv", 2, "Eur", "maybe_thousands")]
    keys = {"budget": source("budget", keys='decimal = "."')}
    found = problems(study(tmp_path / "b", {"b.csv": ledger.replace(",", ".")}, keys))
    assert found == [("T1/b.csv", 2, "Eur", "maybe_thousands")]


@pytest.mark.parametrize("count", ["2,385", "2.385", "1 234", "1\N{NO-BREAK SPACE}234"])
def test_a_count_with_a_mark_is_refused(tmp_path, count):
    log = f"Date;Chan;Reached;Applied\n2023-03-01;cafe;{count};3\n"
    assert problems(study(tmp_path / "s", {"out.csv": log})) == [("T1/out.csv", 2, "Reached", "bad_integer")]


def test_three_decimals_of_a_number_in_a_workbook_are_decimals(tmp_path):
    made = openpyxl.Workbook()
    for row in (
        ["Date", "Cat", "Fund", "Eur"],
        ["2023-03-01", "pay", "grant", 2.385],
        ["2023-03-02", "pay", "own", 0.125],
    ):
        made.active.append(row)
    made.save(tmp_path / "x.xlsx")
    read = tables(study(tmp_path / "s", {"b.xlsx": (tmp_path / "x.xlsx").read_bytes()}))
    assert read["budget"]["amount"].tolist() == [2.385, 0.125]


# --- rows that are no record -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Yhteensä", "SUMMA", "Total", "Kaikki", "Totalt", "Yhteensä:", "grand total"])
def test_a_total_in_a_table_of_persons_is_refused(tmp_path, word):
    found = problems(study(tmp_path / "s", {"reg.csv": REG + f"{word};;\n"}))
    assert found == [("T1/reg.csv", 8, "id", "total_row")]


@pytest.mark.parametrize("row", ["Yhteensä;;;25,25", ";Summa;;25,25", "Total;;;", "2023-03-31;Kaikki;grant;25,25"])
def test_a_total_in_a_ledger_is_told_once(tmp_path, row):
    ledger = f"Date;Cat;Fund;Eur\n2023-03-01;pay;grant;12\n2023-03-02;pay;grant;13,25\n{row}\n"
    assert problems(study(tmp_path / "s", {"b.csv": ledger}))[0][1::2] == (4, "total_row")
    assert len(problems(tmp_path / "s")) == 1


def test_a_total_under_any_label_is_noted(tmp_path):
    """A row of the register with an id only; a last row that is the sum of the others."""
    log = "Date;Chan;Reached;Applied\n" + "2023-03-01;cafe;5;1\n2023-03-02;fair;6;0\n2023-03-03;fair;7;2\n"
    ledger = "Date;Cat;Fund;Eur\n2023-03-01;pay;grant;1,5\n2023-03-02;pay;own;2\n2023-03-03;pay;own;3\n"
    files = {"reg.csv": REG + "6 persons;;\n", "out.csv": log + "2023-03-31;fair;18;3\n"}
    read = tables(study(tmp_path / "s", {**files, "b.csv": ledger + "2023-03-31;pay;grant;6,5\n"}))
    assert notes(read, "id_only") == [("T1/reg.csv", 8, "")]
    assert sorted(notes(read, "sum_of_others")) == [("T1/b.csv", 5, "Eur"), ("T1/out.csv", 5, "Reached")]


def test_a_code_may_be_called_total(tmp_path):
    keys = {"budget": source("budget") + '[sources.values.category]\nKaikki = "pay"\n'}
    ledger = "Date;Cat;Fund;Eur\n2023-03-01;Kaikki;grant;12\n"
    assert len(tables(study(tmp_path / "s", {"b.csv": ledger}, keys))["budget"]) == 1


def test_forms_that_nobody_answered_are_no_answers(tmp_path):
    start = START.replace("p4;2023-03-04;5;3;2;", "p4;2023-03-04;;;;").replace("p5;2023-03-05;1;3;2;", "p5;;;;;")
    later = "id;when;q1;q2;q3;note\np1;2023-09-01;;;;\np4;2023-09-01;;EOS;;\n"
    keys = {"start_survey": source("start_survey", keys='duplicates = "last"')}
    folder = study(tmp_path / "s", {"reg.csv": REG, "start.csv": start, "T2/start.csv": later}, keys)
    read = tables(folder)
    assert notes(read, "no_answer") == [("T1/start.csv", 5, ""), ("T1/start.csv", 6, ""), ("T2/start.csv", 2, "")]
    assert read["start_survey"]["person"].tolist() == ["p1", "p2", "p3", "p6", "p4"]


def test_an_empty_row_does_not_take_the_place_of_an_answer_in_one_term(tmp_path):
    keys = {"start_survey": source("start_survey", keys='duplicates = "last"')}
    folder = study(tmp_path / "s", {"reg.csv": REG, "start.csv": START + "p1;2023-03-09;;;;\n"}, keys)
    read = tables(folder)
    assert len(read["start_survey"]) == 6 and read["start_survey"]["q1"].notna().all()


WIDE = "id;when;pre1;pre2;pre3;post1;post2;post3\n" + "".join(
    f"p{i};2023-03-0{i};2;2;3;{'4;3;3' if i < 5 else ';;'}\n" for i in range(1, 7)
)


def test_drop_outs_in_one_wide_file_answered_the_start_only(tmp_path):
    columns = 'person = "id"\nanswered = "when"\n' + "\n".join(f'q{i} = "AT{i}"' for i in (1, 2, 3))
    keys = {
        table: source(table, "all.csv", columns=columns.replace("AT", at))
        for table, at in (("start_survey", "pre"), ("end_survey", "post"))
    }
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "all.csv": WIDE}, keys))
    assert (len(read["start_survey"]), len(read["end_survey"])) == (6, 4)
    assert notes(read, "no_answer") == [("T1/all.csv", 6, ""), ("T1/all.csv", 7, "")]


TOOLS = '[[variables]]\nid = "tools"\ntable = "start_survey"\nkind = "multi"\ncodes = "tools"\nname = "Tools"\n'


@pytest.mark.parametrize("no", ["0", "false", "FALSE", ""])
def test_boxes_of_a_form_that_nobody_filled_are_no_answer(tmp_path, no):
    start = (
        "id;when;q1;q2;q3;t1;t2\n" + f"p1;2023-03-01;2;4;3;1;{no}\np3;2023-03-03;4;4;3;{no};{no}\np6;;;;;{no};{no}\n"
    )
    keys = {
        "start_survey": source("start_survey", columns=ASKED) + '[sources.options.tools]\n1 = "t1"\n2 = "t2"\n',
    }
    read = tables(_with_tools(tmp_path / "s", start, keys))
    assert read["start_survey"]["person"].tolist() == ["p1", "p3"]
    assert notes(read, "no_answer") == [("T1/start.csv", 4, "")]


def _with_tools(folder: Path, start: str, keys: dict[str, str]) -> Path:
    made = study(folder, {"reg.csv": REG, "start.csv": start}, keys)
    text = (made / "study.toml").read_text(encoding="utf-8")
    (made / "study.toml").write_text(text + TOOLS, encoding="utf-8")
    return made


def test_an_unanswered_follow_up_does_not_take_the_place_of_an_answer(tmp_path):
    later = "id;day;status\np1;2023-06-01;work\np1;2023-06-09;\np2;2023-06-01;\n"
    keys = {"followup": source("followup", keys='duplicates = "last"')}
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "later.csv": later}, keys))
    assert notes(read, "no_answer") == [("T1/later.csv", 3, "")]
    assert read["followup"]["status"].fillna("-").tolist() == ["work", "-"]


def test_a_constant_of_the_file_makes_no_person_of_an_id(tmp_path, monkeypatch):
    monkeypatch.setitem(
        globals(),
        "HEAD",
        HEAD.replace("gender =", 'arm = [{ id = "a", name = "A" }, { id = "b", name = "B" }]\ngender =', 1),
    )
    keys = {"participants": source("participants", keys='constants = { arm = "a" }')}
    read = tables(study(tmp_path / "s", {"reg.csv": REG + "p9;;\n", "start.csv": START}, keys))
    assert notes(read, "id_only") == [("T1/reg.csv", 8, "")]


def test_a_row_with_an_id_only_does_not_stand_for_a_person_who_has_another(tmp_path):
    folder = study(tmp_path / "s", {"reg.csv": REG + "p9;;\n", "T2/reg.csv": "id;born;sex\np9;1990-01-01;f\n"})
    read = tables(folder)
    assert notes(read, "id_only_again") == [("T1/reg.csv", 8, "")]
    assert read["participants"]["person"].tolist().count("p9") == 1


LEDGER = "Date;Cat;Fund;Eur\n2023-03-01;pay;grant;120,50\n2023-03-02;pay;grant;12\n2023-03-03;pay;own;13,25\n"
TWICE = {
    "b.csv": LEDGER,
    "out.csv": "Date;Chan;Reached;Applied\n2023-03-01;cafe;5;1\n2023-03-02;fair;6;0\n2023-03-03;fair;7;2\n",
    "con.csv": "Date;Sort;Kind\n2023-03-01;firm;call\n2023-03-02;firm;net\n2023-03-03;firm;call\n",
}


@pytest.mark.parametrize("file", list(TWICE))
def test_rows_pasted_twice_are_refused_or_kept_once_where_declared(tmp_path, file):
    table = next(table for table, (name, _) in SOURCES.items() if name == file)
    rows = TWICE[file].partition("\n")[2]
    folder = study(tmp_path / "a", {file: TWICE[file] + rows})
    assert problems(folder) == [(f"T1/{file}", 5, "", "rows_twice")]
    folder = study(tmp_path / "b", {file: TWICE[file], f"T2/{file}": TWICE[file]})  # or in the next term's export
    assert problems(folder) == [(f"T2/{file}", 2, "", "rows_twice")]
    keys = {table: source(table, keys='duplicates = "first"')}
    read = tables(study(tmp_path / "c", {file: TWICE[file] + rows}, keys))
    assert len(read[table]) == 3 and len(notes(read, "repeat_first")) == 3


def test_a_single_row_that_stands_twice_is_noted(tmp_path):
    again = LEDGER.splitlines()[2]
    read = tables(study(tmp_path / "a", {"b.csv": f"{LEDGER}{again}\n"}))
    assert notes(read, "same_row") == [("T1/b.csv", 5, "")] and len(read["budget"]) == 4
    receipts = LEDGER.replace("Eur", "Eur;No").replace("0\n", "0;1\n").replace("2\n", "2;2\n").replace("5\n", "5;3\n")
    differing = receipts + f"{again};4\n"  # another receipt, in a column that no one reads
    assert notes(tables(study(tmp_path / "b", {"b.csv": differing})), "same_row") == []


ANONYMOUS = source("start_survey", keys="each_row_a_person = true", columns=ASKED.partition("\n")[2])


def test_answers_of_nobody_known_pasted_twice_are_refused(tmp_path):
    keys = {"start_survey": ANONYMOUS}
    folder = study(tmp_path / "a", {"start.csv": START + START.partition("\n")[2]}, keys)
    assert problems(folder) == [("T1/start.csv", 8, "", "rows_twice")]
    folder = study(tmp_path / "b", {"start.csv": START, "T2/start.csv": START}, keys)
    assert problems(folder) == [("T2/start.csv", 2, "", "rows_twice")]
    alike = "id;when;q1;q2;q3;note\n" + "".join(f";2023-03-01;{i * i % 7 % 5 + 1};{i % 3 + 1};2;\n" for i in range(60))
    assert len(tables(study(tmp_path / "c", {"start.csv": alike}, keys))["start_survey"]) == 60  # people answer alike


def test_answers_of_nobody_known_are_told_twice_in_any_order_where_the_tool_numbers_them(tmp_path):
    rows = [f"{i};2023-03-01;{i * i % 5 + 1};{i % 3 + 1};2;\n" for i in range(1, 13)]
    numbered = "id;when;q1;q2;q3;note\n" + "".join(rows + rows[9:4:-2])
    read = tables(study(tmp_path / "a", {"start.csv": numbered}, {"start_survey": ANONYMOUS}))
    assert notes(read, "same_row") == [("T1/start.csv", line, "") for line in (14, 15, 16)]


def test_a_total_below_answers_of_nobody_known_is_refused(tmp_path):
    folder = study(tmp_path / "s", {"start.csv": START + "Yhteensä;;5;4;3;\n"}, {"start_survey": ANONYMOUS})
    assert problems(folder) == [("T1/start.csv", 8, "", "total_row")]


def test_one_export_under_two_names_is_refused(tmp_path):
    keys = {"budget": source("budget", "b.*")}
    content = book(tmp_path / "x.xlsx", {"Now": LEDGER})
    assert problems(study(tmp_path / "a", {"b.csv": LEDGER, "b.xlsx": content}, keys))[0] == (
        "T1/b.xlsx",
        None,
        "",
        "file_twice",
    )
    keys = {"budget": source("budget", "b*.csv")}
    found = problems(study(tmp_path / "b", {"b.csv": LEDGER, "b (1).csv": LEDGER}, keys))
    assert ("T1/b.csv", None, "", "file_twice") in found


# --- what cannot be ---------------------------------------------------------------------------------------------


def test_ids_that_look_the_same_are_the_same(tmp_path):
    hidden = REG.replace("p2", "p2\N{ZERO WIDTH SPACE}").replace("p3", "\N{LEFT-TO-RIGHT MARK}p3")
    start = START.replace("p4", "p4\N{SOFT HYPHEN}")
    read = tables(study(tmp_path / "a", {"reg.csv": hidden, "start.csv": start}))
    assert set(read["start_survey"]["person"]) == set(read["participants"]["person"]) == {f"p{i}" for i in range(1, 7)}
    twice = REG + "p2\N{WORD JOINER};1962-01-11;f\n"
    assert problems(study(tmp_path / "b", {"reg.csv": twice})) == [("T1/reg.csv", 8, "id", "duplicate_person")]


@pytest.mark.parametrize("other", ["P2", "ｐ2", "p２"])
def test_ids_that_differ_in_case_or_width_are_refused_unless_declared(tmp_path, other):
    twice = REG + f"{other};1990-01-11;f\n"
    assert problems(study(tmp_path / "a", {"reg.csv": twice})) == [("T1/reg.csv", 8, "id", "alike_ids")]
    keys = {"participants": source("participants", keys='match = "exact"')}
    assert len(tables(study(tmp_path / "b", {"reg.csv": twice}, keys))["participants"]) == 7


@pytest.mark.parametrize(
    ("born", "what"),
    [("2020-01-11", "impossible_age"), ("1901-01-11", "impossible_age"), ("2023-08-11", "date_in_future")],
)
def test_ages_that_no_participant_has_are_refused(tmp_path, born, what):
    found = problems(study(tmp_path / "s", {"reg.csv": REG.replace("1962-01-11", born)}))
    assert found == [("T1/reg.csv", 3, "born", what)]


def test_an_age_outside_all_age_groups_is_noted(tmp_path):
    read = tables(study(tmp_path / "s", {"reg.csv": REG.replace("1962-01-11", "2011-01-11")}))
    assert notes(read, "outside_age_groups") == [("T1/reg.csv", 3, "born")]


RIGHTS = "right;id;from;to;state\nr1;p1;2023-02-01;2023-06-01;done\nr2;p2;2023-02-01;;on\n"


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("r1;p1;2023", "r1;p1;1961", ("begun_before_birth", "from")),
        ("2023-06-01", "2023-01-01", ("end_before_start", "to")),
    ],
)
def test_days_of_study_that_cannot_be_are_refused(tmp_path, old, new, found):
    rights = RIGHTS.replace(old, new)
    what, column = found
    assert problems(study(tmp_path / "s", {"reg.csv": REG, "rights.csv": rights})) == [
        ("T1/rights.csv", 2, column, what)
    ]


@pytest.mark.parametrize(
    ("old", "new", "kind", "place"),
    [
        ("2023-06-01", "2023-08-15", "ends_later", ("T1/rights.csv", 2, "to")),
        ("2023-06-01", "", "no_end", ("T1/rights.csv", 2, "to")),
        ("r2;p2;2023", "r2;p2;2032", "date_outside_term", ("T1/rights.csv", 3, "from")),
        ("r2;p2;2023", "r2;p2;2003", "date_outside_term", ("T1/rights.csv", 3, "from")),
    ],
)
def test_days_of_study_that_are_odd_are_noted(tmp_path, old, new, kind, place):
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "rights.csv": RIGHTS.replace(old, new)}))
    assert notes(read, kind) == [place]


def test_persons_of_the_register_without_a_study_right_are_counted(tmp_path):
    rights = "".join(RIGHTS.splitlines(keepends=True)[:-1])
    read = tables(study(tmp_path / "a", {"reg.csv": REG, "rights.csv": RIGHTS}))["notes"]
    whole = read.loc[read["kind"] == "no_right", "count"].sum()
    read = tables(study(tmp_path / "b", {"reg.csv": REG, "rights.csv": rights}))["notes"]
    found = read[read["kind"] == "no_right"]
    assert found["count"].tolist() == [whole + 1] and found["file"].tolist() == ["raw/T1/rights.csv"]


def test_more_applicants_than_reached_are_noted(tmp_path):
    read = tables(study(tmp_path / "s", {"out.csv": "Date;Chan;Reached;Applied\n2023-03-01;cafe;5;6\n"}))
    assert notes(read, "more_applicants") == [("T1/out.csv", 2, "Applied")]


def test_a_follow_up_before_the_studies_is_noted(tmp_path):
    later = "id;day;status\np1;2023-02-02;work\np2;2023-01-01;none\n"
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "rights.csv": RIGHTS, "later.csv": later}))
    assert notes(read, "followup_early") == [("T1/later.csv", 3, "day")]


def test_a_later_wave_before_the_start_is_noted(tmp_path, monkeypatch):
    monkeypatch.setitem(
        globals(), "HEAD", HEAD.replace("[survey]", '[survey]\nwaves = [{ id = "half", name = "Half" }]')
    )
    more = {"half": f'[[sources]]\ntable = "half_survey"\nname = "x"\nfile = "half.csv"\n[sources.columns]\n{ASKED}\n'}
    half = "id;when;q1;q2;q3\np1;2023-03-01;4;4;4\np2;2023-03-01;4;4;4\n"
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": START, "half.csv": half}, more), "T1")
    assert notes(read, "wave_early") == [("T1/half.csv", 3, "when")]


@pytest.mark.parametrize("days", [("2023-05-01", "2023-04-30"), ("2023-03-02", "2023-03-01")])
def test_a_start_form_after_the_end_form_is_no_start(tmp_path, days):
    start = START.replace("2023-03-02", days[0])
    end = f"id;when;q1;q2;q3\np1;2023-03-01;4;4;4\np2;{days[1]};4;4;4\np3;;4;4;4\n"
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": start, "end.csv": end}))
    assert notes(read, "start_after_end") == [("T1/start.csv", 3, "when")]
    assert "p2" not in set(read["start_survey"]["person"]) and "p2" in set(read["end_survey"]["person"])
    assert {"p1", "p3"} <= set(read["start_survey"]["person"])


def test_a_second_start_form_after_the_first_end_form_does_no_harm(tmp_path):
    end = "id;when;q1;q2;q3\np2;2023-06-01;4;4;4\n"
    second = "id;when;q1;q2;q3;note\np2;2023-09-01;1;1;1;\n"
    folder = study(tmp_path / "s", {"reg.csv": REG, "start.csv": START, "end.csv": end, "T2/start.csv": second})
    assert notes(tables(folder), "start_after_end") == []


def test_an_id_that_is_used_again_is_refused_or_noted(tmp_path):
    again = "id;born;sex\np1;1961-01-11;m\np2;1990-01-11;f\np3;1963-01-11;f\n"
    keys = {"participants": source("participants", columns=SOURCES["participants"][1] + '\nname = "sex"')}
    folder = study(tmp_path / "a", {"reg.csv": REG, "T2/reg.csv": again})
    assert problems(folder) == [("T2/reg.csv", 3, "born", "another_person")]
    again = again.replace("1990", "1962").replace("p3;1963-01-11;f", "p3;1963-01-11;m")
    read = tables(study(tmp_path / "b", {"reg.csv": REG, "T2/reg.csv": again}, keys))
    assert notes(read, "another_gender") == notes(read, "another_name")
    assert ("T2/reg.csv", 4, "sex") not in notes(read, "another_gender")
    keys = {"participants": source("participants", keys='duplicates = "first"')}
    folder = study(tmp_path / "c", {"reg.csv": REG + "p2;1990-01-11;f\n"}, keys)
    assert problems(folder) == [("T1/reg.csv", 8, "born", "another_person")]


def test_an_id_of_two_persons_in_one_term_is_split_by_a_correction_of_one_row(tmp_path):
    folder = study(tmp_path / "a", {"reg.csv": REG + "p2;1980-05-05;m\n", "start.csv": START})
    assert problems(folder) == [("T1/reg.csv", 8, "born", "another_person")]
    head = "date;term;table;key;column;old;new;reason;row\n"
    corrections = folder / "corrections.csv"
    corrections.write_text(f"{head}2026-01-02;T1;participants;p2;person;p2;p2b;used again;8\n", encoding="utf-8")
    people = tables(folder)["participants"]
    assert dict(zip(people["person"], people["line"], strict=True))["p2b"] == 8 and len(people) == 7
    corrections.write_text(f"{head}2026-01-02;T1;participants;p2;person;p2;p2b;used again;x\n", encoding="utf-8")
    assert ("corrections.csv", 2, "row", "bad_correction") in problems(folder)


def test_two_published_rows_of_one_measure_are_refused(tmp_path):
    bench = "measure;count;total\nemp;50;100\nEmployed;60;100\n"
    (found,) = problems(study(tmp_path / "s", {"reg.csv": REG, "bench.csv": bench}))
    assert found[1::2] == (3, "duplicate_row")


# --- between the files and the report ---------------------------------------------------------------------------


NEW = HEAD.replace('text = "It is hard" }]', 'text = "It is hard" }, { id = "q4", text = "New" }]')


def test_a_question_of_a_later_term_runs_in_both(tmp_path):
    """In the first term nobody was asked; in the second it is shown."""
    files = {"reg.csv": REG, "start.csv": START}
    later = "id;when;q1;q2;q3;note;q4\n" + "".join(f"p{i};2023-09-0{i};3;3;2;;{i % 5 + 1}\n" for i in range(1, 7))
    keys = {
        "start_survey": source("start_survey", keys='terms = ["T1"]\nduplicates = "last"')
        + source("start_survey", keys='terms = ["T2"]\nduplicates = "last"', columns=f'{ASKED}\nq4 = "q4"')
    }
    folder = study(tmp_path / "s", {**files, "T2/start.csv": later}, keys)
    text = (folder / "study.toml").read_text(encoding="utf-8").replace(HEAD, NEW)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    first, second = (session.open_study(folder).term(term, "en", "internal") for term in ("T1", "T2"))
    assert first.results is not None and len(second.results)
    assert first.raw["start_survey"]["q4"].isna().all()
    assert second.raw["start_survey"]["q4"].notna().sum() == 6
    for term in (first, second):
        assert term.section("survey").parts and term.section("ingestion").parts


def test_a_new_question_with_several_answers_in_a_later_term_is_read_in_both(tmp_path):
    later = START.replace("note", "note;t1;t2").replace("2;\n", "2;;1;0\n")
    columns = f"{SOURCES['start_survey'][1]}\n[sources.options.tools]\n1 = 't1'\n2 = 't2'"
    keys = {"start_survey": source("start_survey", keys='since = { tools = "T2" }', columns=columns)}
    folder = _with_tools(tmp_path / "s", "id;when;q1;q2;q3;note\np6;2023-03-01;4;3;2;\n", keys)
    assert tables(folder, "T1")["start_survey"]["tools_1"].isna().all()
    (folder / "raw" / "T2" / "start.csv").write_text(later, encoding="utf-8")
    assert tables(folder)["start_survey"]["tools_1"].tolist()[-5:] == [True] * 5


def test_a_term_is_not_called_as_the_whole_project(tmp_path):
    with pytest.raises(StudyError):
        loader.load(_edited(study(tmp_path / "s", {"reg.csv": REG}), 'id = "T2"', 'id = "all"'))


def test_a_code_of_the_study_called_unknown_is_not_the_unknown(tmp_path):
    register = REG.replace("sex", "sex;edu").replace(";f\n", ";f;unknown\n").replace(";m\n", ";m;\n")
    keys = {"participants": source("participants", columns=SOURCES["participants"][1] + '\neducation = "edu"')}
    term = session.open_study(study(tmp_path / "s", {"reg.csv": register}, keys)).term("T2", "en", "internal")
    groups = term.results[lambda r: (r["table"] == "composition") & (r["by"] == "education") & (r["scope"] == "all")]
    assert dict(zip(groups["group"], groups["count"], strict=True)) == {"unknown": 3, ":unknown": 3}
    assert term.labels.group("education", "unknown") == "Foreign"
    with pytest.raises(StudyError):
        loader.load(_edited(tmp_path / "s", '"unknown", name = "Foreign"', '":unknown", name = "Foreign"'))


def test_an_edited_code_table_is_a_change(tmp_path):
    folder = study(tmp_path / "s", {"reg.csv": REG})
    (tmp_path / "codes").mkdir()
    table = tmp_path / "codes" / "sexes.csv"  # beside the study, not in it
    table.write_text("id;fi;en\nf;Nainen;Woman\nm;Mies;Man\n", encoding="utf-8")
    _edited(folder, 'gender = [{ id = "f", name = "Woman" }, { id = "m", name = "Man" }]', 'gender = "sexes"')
    before = fingerprint.made_from(folder, "T2", [])
    assert fingerprint.made_from(folder, "T2", []) == before
    table.write_text("id;fi;en\nf;Naiset;Women\nm;Mies;Man\n", encoding="utf-8")
    after = fingerprint.made_from(folder, "T2", [])
    assert {what for what in before if before[what] != after[what]} == {"settings"}


def _edited(folder: Path, old: str, new: str) -> Path:
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


# --- messages ---------------------------------------------------------------------------------------------------------


def message(folder: Path, language: str) -> str:
    with pytest.raises(DataError) as error:
        tables(folder)
    (line,) = error.value.lines(language)
    return line


def test_an_answer_with_decimals_is_said_to_be_one(tmp_path):
    folder = study(tmp_path / "a", {"reg.csv": REG, "start.csv": START.replace(";4;3;2", ";4.0;3;2")})
    assert problems(folder) == [("T1/start.csv", 4, "q1", "decimal_answer")]


def test_labels_are_told_in_the_language_asked(tmp_path):
    folder = study(tmp_path / "a", {"reg.csv": REG, "start.csv": START.replace(";4;3;2", ";ehkä;3;2")})
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('{ id = "q1", text = "I can" }', '{ id = "q1", text = "I can", labels = "agreement" }')
    text = text.replace("[survey]\n", '[survey]\nlabels.agreement = "agreement-5"\n')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert "samaa mieltä" in message(folder, "fi") and "samaa mieltä" not in message(folder, "en")
    assert "agree" in message(folder, "en").lower()


@pytest.mark.parametrize(("word", "noted"), [("Agree", True), ("4", True), ("Jokseenkin samaa mieltä", False)])
def test_two_words_for_one_point_of_a_scale_are_noted(tmp_path, monkeypatch, word, noted):
    """Seven points read with the labels of five; not a form in two languages."""
    labelled = '[survey]\nlabels.agreement = "agreement-5"\n'
    text = HEAD.replace("[survey]\n", labelled).replace('"I can" }', '"I can", labels = "agreement" }')
    monkeypatch.setitem(globals(), "HEAD", text)
    start = START.replace(";4;3;2", ";Somewhat agree;3;2").replace(";5;3;2", f";{word};3;2")
    read = tables(study(tmp_path / "s", {"reg.csv": REG, "start.csv": start}))
    assert notes(read, "merged_labels") == ([("T1/start.csv", None, "q1")] if noted else [])


def test_a_cell_beyond_the_heading_of_a_workbook_is_told_by_its_column(tmp_path):
    content = book(tmp_path / "x.xlsx", {"Now": REG.replace("p3;1963-01-11;m", "p3;1963-01-11;m;;x")})
    folder = study(tmp_path / "a", {"reg.xlsx": content})
    assert problems(folder) == [("T1/reg.xlsx", 4, "E", "beyond_heading")]
    assert "separator" not in message(folder, "en")


@pytest.mark.parametrize("spoilt", ["=1+1", "p20x", "Uusi ammatti"])
def test_an_id_spoilt_in_the_register_is_told_there_and_once(tmp_path, spoilt):
    files = {"reg.csv": REG.replace("p2", spoilt), "start.csv": START, "rights.csv": RIGHTS}
    what = "not_an_id" if spoilt.startswith("=") else "id_used_nowhere"
    assert problems(study(tmp_path / "a", files)) == [("T1/reg.csv", 3, "id", what)]


def test_a_row_refused_in_the_register_brings_no_other_messages(tmp_path):
    register = REG.replace("p2;1962-01-11;f", "p2;1962-01-11;total")
    assert problems(study(tmp_path / "a", {"reg.csv": register, "start.csv": START})) == [
        ("T1/reg.csv", 3, "sex", "total_row")
    ]


def test_a_person_missing_from_the_register_is_told_once(tmp_path):
    gone = "".join(line for line in REG.splitlines(keepends=True) if not line.startswith("p2"))
    everyone = "id;day;status\n" + "".join(f"p{i};2023-06-01;work\n" for i in range(1, 7))
    folder = study(tmp_path / "a", {"reg.csv": gone, "start.csv": START, "later.csv": everyone})
    assert problems(folder) == [("T1/reg.csv", None, "id", "person_missing")]
    spoilt = {"reg.csv": REG, "start.csv": START.replace("p2", "p22"), "later.csv": everyone}
    assert problems(study(tmp_path / "b", spoilt)) == [("T1/start.csv", 3, "id", "unknown_person")]


def test_a_row_pasted_over_another_in_the_register_is_told_once(tmp_path):
    folder = study(tmp_path / "s", {"reg.csv": REG.replace("p3;1963-01-11;m", "p2;1962-01-11;f"), "start.csv": START})
    assert problems(folder) == [("T1/reg.csv", 4, "id", "duplicate_person")]


def test_a_register_of_others_is_told_once(tmp_path):
    """None of one file's persons is in it, and few of another's."""
    register = REG.replace("p", "x").replace("x1", "p1")
    later = "id;day;status\n" + "".join(f"p{i};2023-06-01;work\n" for i in range(2, 7))
    found = problems(study(tmp_path / "s", {"reg.csv": register, "start.csv": START, "later.csv": later}))
    assert found == [("T1/reg.csv", None, "id", "person_missing")]


def test_persons_missing_from_a_register_that_was_cut_off_are_told_there(tmp_path):
    cut = "".join(REG.splitlines(keepends=True)[:4]).rstrip("\n")
    folder = study(tmp_path / "a", {"reg.csv": cut, "start.csv": START})
    assert problems(folder) == [("T1/reg.csv", None, "id", "person_missing")]


def test_rows_of_a_register_that_have_moved_are_told_there_only(tmp_path):
    moved = "".join(f"196{i}-01-11;p{i};{'fm'[i % 2]}\n" if i > 2 else line for i, line in _lines(REG))
    found = problems(study(tmp_path / "a", {"reg.csv": moved, "start.csv": START}))
    assert {(file, column, what) for file, _, column, what in found} == {("T1/reg.csv", "born", "bad_date")}
    assert [line for _, line, _, _ in found] == [4, 5, 6, 7]


def _lines(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines(keepends=True)))


def test_ids_of_another_kind_are_told_once(tmp_path):
    """No id of a file is in the register: of the file, or of the register where no file's ids are."""
    other = START.replace("\np", "\n00")
    assert problems(study(tmp_path / "a", {"reg.csv": REG, "start.csv": other})) == [
        ("T1/start.csv", None, "id", "nobody_known")
    ]
    later = "id;day;status\n" + "".join(f"00{i};2023-06-01;work\n" for i in range(1, 7))
    assert problems(study(tmp_path / "b", {"reg.csv": REG, "start.csv": other, "later.csv": later})) == [
        ("T1/reg.csv", None, "id", "register_of_others")
    ]


def test_a_column_without_any_value_is_noted_in_its_file(tmp_path):
    empty = re.sub(r";[fm]\n", ";\n", REG)
    read = tables(study(tmp_path / "a", {"reg.csv": empty, "start.csv": START}), "T1")
    assert ("T1/reg.csv", None, "sex") in notes(read, "missing_share")


def test_what_is_no_study_is_passed_over_and_a_bare_name_is_found(tmp_path, monkeypatch, capsys):
    (tmp_path / "data").mkdir()
    study(tmp_path / "data" / "ours", {"reg.csv": REG})
    (tmp_path / "data" / "codes").mkdir()
    (tmp_path / "data" / "README.md").write_text("words", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main.main(["check", "data/codes", "data/README.md", "data/ours", "--language", "en"]) == 0
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "data/codes: not a study (there is no study.toml), so it is skipped.",
        "data/README.md: not a study (there is no study.toml), so it is skipped.",
    ]
    assert main.main(["check", "ours", "--language", "en"]) == 0
    assert main.main(["check", "other", "--language", "en"]) == 2
    assert "ours" in capsys.readouterr().err
    assert main.main(["describe", "data/ours/raw/T1", "--language", "en"]) == 2
    assert "reg.csv" in capsys.readouterr().err
