"""What a study file says of its exports, so that nobody edits them: made columns, dated ones, rows chosen and cut."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from test_linkage import HEAD
from test_security import refused

import evaltools as ev
from evaltools.cli.main import main
from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import DataError, notes_of

CODES = """
[codes]
arm = [{ id = "pilot", name = "Pilot" }, { id = "other", name = "Other" }]
gender = [{ id = "f", name = "Woman" }, { id = "none", name = "Not told" }]
"""
START = """
[[sources]]
table = "start_survey"
name = "Start"
file = "before.csv"
columns = { person = "id", q1 = "Q1", q2 = "Q2" }
"""
REGISTER = """
[[sources]]
table = "participants"
name = "Register"
file = "people.csv"
"""


def study(folder: Path, sources: str, files: dict[str, str], head: str = HEAD):
    (folder / "study.toml").write_text(head + CODES + sources, encoding="utf-8")
    for name, content in files.items():
        (folder / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "raw" / name).write_text(content, encoding="utf-8")
    return loader.load(folder)


def read(
    folder: Path, sources: str, files: dict[str, str], term: str = "T1", head: str = HEAD
) -> dict[str, pd.DataFrame]:
    return reading.read(study(folder, sources, files, head), term)


def faults(folder: Path, sources: str) -> str:
    with pytest.raises(StudyError) as error:
        study(folder, sources, {})
    return str(error.value)


def test_a_value_is_made_of_several_columns(tmp_path):
    people = "id;d;m;y;web;paper\n1;6;3;1990;Woman;\n2;16;12;1955;;Not told\n3;;;;Woman;Woman\n"
    keys = """columns = { person = "id" }
date_format = "%d.%m.%Y"
combine.birth_date = { of = ["d", "m", "y"], with = "." }
combine.gender = { of = ["web", "paper"] }
"""
    frame = read(tmp_path, REGISTER + keys, {"T1/people.csv": people})["participants"]
    assert [str(day.date()) if day == day else "None" for day in frame["birth_date"]] == [
        "1990-03-06",
        "1955-12-16",
        "None",
    ]
    assert frame["gender"].tolist() == ["f", "none", "f"]
    people = "id;d;m;y;web;paper\n1;6;;1990;Woman;Not told\n"
    found = study(tmp_path, REGISTER + keys, {"T1/people.csv": people})
    said = refused(lambda: reading.read(found, "T1"), DataError)
    assert [line.split(": ")[0] for line in said] == ["raw/T1/people.csv:2:d + m + y", "raw/T1/people.csv:2:paper"]


def test_a_file_has_a_constant_and_may_lack_a_column(tmp_path):
    keys = """columns = { person = "id", gender = "sex" }
optional = ["gender"]
constants = { arm = "Pilot" }
"""
    files = {"T1/people.csv": "id\n1\n", "T2/people.csv": "id;sex\n2;f\n"}
    frame = read(tmp_path, REGISTER + keys, files, "T2")["participants"]
    assert frame["arm"].tolist() == ["pilot", "pilot"]
    assert frame["gender"].isna().tolist() == [True, False]
    assert "refers to Pilt" in faults(tmp_path, REGISTER + keys.replace("Pilot", "Pilt"))
    assert "needs the column person" in faults(tmp_path, REGISTER + keys.replace('["gender"]', '["person"]'))


@pytest.mark.parametrize("of_item", [True, False])
def test_an_item_is_asked_from_a_term_on(tmp_path, of_item):
    head = HEAD.replace('text = "Two"', 'text = "Two", since = "T2"') if of_item else HEAD
    keys = "" if of_item else 'since = { q2 = "T2" }\n'
    files = {"T1/before.csv": "id;Q1\n1;3\n", "T2/before.csv": "id;Q1;Q2\n2;4;5\n"}
    frame = read(tmp_path, START + keys, files, "T2", head)["start_survey"]
    assert frame["q2"].isna().tolist() == [True, False]
    tidy = ev.open_study(tmp_path).term("T2", "en", "internal").tidy["answers"]
    assert tidy.groupby("item").size().to_dict() == {"q1": 2, "q2": 1}
    assert len(ev.open_study(tmp_path).term("T1", "en", "internal").section("survey").rows)
    files["T2/before.csv"] = "id;Q1\n2;4\n"
    found = study(tmp_path, START + keys, files, head)
    assert "raw/T2/before.csv:1:Q2: the column is missing" in refused(lambda: reading.read(found, "T2"), DataError)[0]
    assert "refers to T9" in faults(tmp_path, START + 'until = { q2 = "T9" }\n')


def test_a_dated_column_is_not_read_in_another_term(tmp_path):
    files = {"T1/before.csv": "id;Q1;Q2\n1;3;5\n", "T2/before.csv": "id;Q1;Q2\n2;4;5\n"}
    frame = read(tmp_path, START + 'until = { q2 = "T1" }\n', files, "T2")["start_survey"]
    assert frame["q2"].isna().tolist() == [False, True]


def test_keys_and_skipped_rows_have_alternatives(tmp_path):
    keys = """key = ["Code", ["Day", "Päivä"]]
skip_rows = [0, 2]
columns = { q1 = "Q1", q2 = "Q2" }
"""
    source = START.replace('columns = { person = "id", q1 = "Q1", q2 = "Q2" }\n', "") + keys
    files = {"T1/before.csv": "Code;Day;Q1;Q2\na;1;2;3\n", "T2/before.csv": "A title\n\nCode;Päivä;Q1;Q2\nb;2;4;5\n"}
    frame = read(tmp_path, source, files, "T2")["start_survey"]
    assert frame["person"].tolist() == ["a\x1f1", "b\x1f2"]
    assert frame["line"].tolist() == [2, 4]
    files["T2/before.csv"] = "Code;Q1;Q2\nb;4;5\n"
    found = study(tmp_path, source, files)
    assert refused(lambda: reading.read(found, "T2"), DataError)[0].startswith("raw/T2/before.csv:1:Day: the column is")


def test_rows_are_kept_by_a_word_without_a_note(tmp_path):
    files = {"T1/before.csv": "id;Event;Q1;Q2\n1;baseline;2;3\n1;month 6;4;4\n2;Baseline.;5;5\n"}
    tables = read(tmp_path, START + 'keep = { "Event" = ["baseline"] }\n', files)
    assert tables["start_survey"]["line"].tolist() == [2, 4]
    assert notes_of(tables["notes"]) == []
    missing = study(tmp_path, START + 'keep = { "Visit" = ["baseline"] }\n', files)
    assert ":1:Visit: the column is missing" in refused(lambda: reading.read(missing, "T1"), DataError)[0]


def test_an_empty_cell_may_be_an_answer(tmp_path):
    keys = 'columns = { person = "id", gender = "sex" }\nvalues.gender = { "" = "none" }\n'
    frame = read(tmp_path, REGISTER + keys, {"T1/people.csv": "id;sex\n1;\n2;Woman\n"})["participants"]
    assert frame["gender"].tolist() == ["none", "f"]
    keys = START + 'values.q1 = { "" = "1" }\n'
    frame = read(tmp_path, keys, {"T1/before.csv": "id;Q1;Q2\n1;;2\n2;4;\n"})["start_survey"]
    assert frame["q1"].tolist() == [1, 4] and frame["q2"].isna().tolist() == [False, True]


ALONE = START.replace('person = "id", ', "") + "each_row_a_person = true\n"


def test_rows_that_nothing_links_are_persons_and_nobody_is_paired(tmp_path):
    end = ALONE.replace("start_survey", "end_survey").replace("before", "after")
    files = {"T1/before.csv": "Q1;Q2\n1;2\n1;2\n3;4\n", "T1/after.csv": "Q1;Q2\n5;5\n4;4\n"}
    study(tmp_path, ALONE + end, files)
    term = ev.open_study(tmp_path).term("T1", "en", "internal")
    assert len(term.tidy["responses"]) == 5 and term.tidy["responses"]["person"].is_unique
    rows = term.section("survey").rows
    assert len(rows) and not set(rows["table"]) & {"responses", "attrition"}
    assert "each_row_a_person is for" in faults(tmp_path, START + "each_row_a_person = true\n")


def test_a_row_stands_for_as_many_as_its_frequency_says(tmp_path):
    frame = read(tmp_path, ALONE + 'frequency = "n"\n', {"T1/before.csv": "n;Q1;Q2\n3;1;2\n0;5;5\n2;4;\n"})[
        "start_survey"
    ]
    assert frame["q1"].tolist() == [1, 1, 1, 4, 4] and frame["person"].is_unique
    found = study(tmp_path, ALONE + 'frequency = "n"\n', {"T1/before.csv": "n;Q1;Q2\n1.7;1;2\n"})
    said = refused(lambda: reading.read(found, "T1"), DataError)[0]
    assert "raw/T1/before.csv:2:n: expected a whole number: how many" in said
    assert "needs each_row_a_person" in faults(tmp_path, START + 'frequency = "n"\n')


def test_one_file_is_cut_into_terms_by_a_day(tmp_path):
    keys = START.replace('"id", ', '"id", answered = "when", ') + 'term_by = "answered"\n'
    rows = "id;when;Q1;Q2\n1;2021-02-01;1;1\n2;2021-09-01;2;2\n"
    frame = read(tmp_path, keys, {"before.csv": rows})["start_survey"]
    assert frame[["person", "term", "file"]].to_numpy().tolist() == [["1", "T1", "raw/before.csv"]]
    frame = read(tmp_path, keys, {"before.csv": rows}, "T2")["start_survey"]
    assert frame["term"].tolist() == ["T1", "T2"]
    found = study(tmp_path, keys, {"before.csv": rows + "3;2020-01-01;1;1\n4;;1;1\n"})
    said = refused(lambda: reading.read(found, "T1"), DataError)
    assert [line.split(" the date")[0] for line in said] == ["raw/before.csv:4:when:", "raw/before.csv:5:when:"]
    assert "there is no column q1" in faults(tmp_path, START + 'term_by = "q1"\n')


def test_a_row_is_answered_by_what_the_source_names_and_never_by_a_constant(tmp_path):
    head = HEAD + '[[variables]]\nid = "site"\ntable = "start_survey"\nkind = "number"\nname = "Site"\n'
    rows = {"T1/before.csv": "id;Q1;Q2\n1;;2\n2;4;\n3;;\n"}
    frame = read(tmp_path, START + 'constants = { site = "1" }\n', rows, head=head)["start_survey"]
    assert frame["person"].tolist() == ["1", "2"]
    tables = read(tmp_path, START + 'answered_if = ["q1"]\n', rows)
    assert tables["start_survey"]["person"].tolist() == ["2"]
    assert [(note.kind, note.line) for note in notes_of(tables["notes"])] == [("no_answer", 2), ("no_answer", 4)]
    assert "no column q9" in faults(tmp_path, START + 'answered_if = ["q9"]\n')


def test_of_anonymous_rows_beside_a_register_nobody_is_said_not_to_have_answered(tmp_path):
    people = {"T1/people.csv": "id;sex\n" + "".join(f"{i};Woman\n" for i in range(10))}
    register = REGISTER + 'columns = { person = "id", gender = "sex" }\n'
    study(tmp_path, register + ALONE, people | {"T1/before.csv": "Q1;Q2\n" + "3;4\n" * 8})
    term = ev.open_study(tmp_path).term("T1", "en", "public")
    rows = term.section("survey").rows
    assert not set(rows["table"]) & {"responses", "attrition"}
    assert main(["audit", str(tmp_path), "--term", "T1"]) == 0
