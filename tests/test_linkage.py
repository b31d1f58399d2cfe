"""Rows to persons by a weak key, repeats, and what the notes tell of both."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evaltools.ingest import linkage, reading
from evaltools.ingest.ids import among
from evaltools.ingest.reading import DataError
from evaltools.study import loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import notes_of

HEAD = """\
[study]
name = "Trial"
title = "Trial"
organisation = "School"
funder = "Nobody"
start = 2021-01-01
end = 2021-12-31

[[terms]]
id = "T1"
name = "Spring"
start = 2021-01-01
end = 2021-07-31

[[terms]]
id = "T2"
name = "Autumn"
start = 2021-08-01
end = 2021-12-31

[survey]
items = [{ id = "q1", text = "One" }, { id = "q2", text = "Two" }]
"""
REGISTER = """
[[sources]]
table = "participants"
name = "Register"
file = "people.csv"
key = ["mail"]
columns = { person = "id" }
"""
START = """
[[sources]]
table = "start_survey"
name = "Start"
file = "before.csv"
RULES
key = ["E-mail"]
columns = { q1 = "Q1", q2 = "Q2" }
"""
FILES = {
    "T1/people.csv": "id;mail\n1;Anna.A@x.fi\n2;bo@x.fi\n3;same@x.fi\n4;same@x.fi\n5;\n",
    "T2/people.csv": "id;mail\n6;late@x.fi\n1;anna@new.fi\n",
    "T1/before.csv": "E-mail;Q1;Q2\nanna.a@X.fi ;1;2\nbo@x.fi;3;4\nsame@x.fi;5;5\nlate@x.fi;1;1\n;2;2\n",
    "T2/before.csv": "E-mail;Q1;Q2\nlate@x.fi;4;4\nanna@new.fi;2;3\nNOBODY@x.fi;1;1\n",
}


def written(tmp_path: Path, text: str, files: dict[str, str] = FILES) -> Path:
    folder = tmp_path / "trial"
    for name, content in files.items():
        path = folder / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (folder / "study.toml").write_text(HEAD + text, encoding="utf-8")
    return folder


def test_a_key_that_does_not_fit_is_a_problem_unless_declared(tmp_path):
    folder = written(tmp_path, REGISTER + START.replace("RULES", 'match = "case"'))
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T2")
    assert [(p.file, p.line, p.what) for p in error.value.problems] == [
        ("raw/T1/before.csv", 4, "ambiguous_key"),
        ("raw/T1/before.csv", 5, "unmatched_key"),  # registered in the next term only
        ("raw/T1/before.csv", 6, "missing_value"),
        ("raw/T2/before.csv", 4, "unmatched_key"),
    ]
    assert "NOBODY" not in str(error.value)


def test_what_is_left_out_is_noted_row_by_row(tmp_path):
    rules = 'match = "case"\nunmatched = "leave_out"\nambiguous = "leave_out"'
    tables = reading.read(loader.load(written(tmp_path, REGISTER + START.replace("RULES", rules))), "T2")
    answers = tables["start_survey"]
    assert answers[["term", "person", "q1"]].to_numpy().tolist() == [
        ["T1", "1", 1.0],
        ["T1", "2", 3.0],
        ["T2", "6", 4.0],
        ["T2", "1", 2.0],
    ]
    assert "key" not in tables["participants"]
    notes = [(n.kind, n.file, n.line) for n in notes_of(tables["notes"])]
    assert sorted(notes) == [
        ("ambiguous_key", "raw/T1/before.csv", 4),
        ("no_key", "raw/T1/before.csv", 6),
        ("unmatched_key", "raw/T1/before.csv", 5),
        ("unmatched_key", "raw/T2/before.csv", 4),
    ]


def test_without_a_register_the_key_itself_stands_for_the_person(tmp_path):
    """Start and end surveys alone, joined by a code of two questions that people write in their own way."""
    both = START.replace("RULES", 'match = "loose"').replace('["E-mail"]', '["Letters", "Day"]')
    end = both.replace("start_survey", "end_survey").replace("before.csv", "after.csv").replace('"Start"', '"End"')
    files = {
        "T1/before.csv": "Letters;Day;Q1;Q2\nAB;12;1;2\nÅö;1;3;4\n",
        "T1/after.csv": "Letters;Day;Q1;Q2\n a-b ;12.;2;2\nåÖ;01;1;1\n",
        "T2/before.csv": "Letters;Day;Q1;Q2\n",
        "T2/after.csv": "Letters;Day;Q1;Q2\n",
    }
    tables = reading.read(loader.load(written(tmp_path, both + end, files)), "T2")
    assert tables["start_survey"]["person"].tolist() == ["ab12", "åö1"]
    assert tables["end_survey"]["person"].tolist() == ["ab12", "åö01"]


@pytest.mark.parametrize(
    ("rule", "kept"), [("first", [1.0, None]), ("last", [4.0, None]), ("most_complete", [2.0, 3.0])]
)
def test_of_repeats_the_declared_one_is_kept_and_the_rest_noted(tmp_path, rule, kept):
    text = START.replace("RULES", f'duplicates = "{rule}"').replace(
        'key = ["E-mail"]\ncolumns = {', "columns = { person = 'id',"
    )
    files = {"T1/before.csv": "id;Q1;Q2\na;1;\na;2;3\na;4;\nb;5;5\n"}
    read = reading.read(loader.load(written(tmp_path, text, files)), "T1")
    row = read["start_survey"].set_index("person").loc["a", ["q1", "q2"]]
    assert [None if value != value else value for value in row] == kept
    notes = notes_of(read["notes"])
    assert [n.kind for n in notes] == [f"repeat_{rule}"] * 2
    assert {n.line for n in notes} == {2, 3, 4} - {{"first": 2, "most_complete": 3, "last": 4}[rule]}


def test_a_repeat_is_told_under_the_heading_of_its_own_file(tmp_path):
    """Answers on paper, typed into a file with headings of their own, beside those of the web form."""
    web = START.replace("RULES", 'duplicates = "last"').replace(
        'key = ["E-mail"]\ncolumns = {', "columns = { person = 'id',"
    )
    paper = (
        web.replace("before.csv", "paper.csv").replace("'id'", "'Nro'").replace('"Q1"', '"K1"').replace('"Q2"', '"K2"')
    )
    files = {"T1/before.csv": "id;Q1;Q2\na;1;1\n", "T1/paper.csv": "Nro;K1;K2\na;2;2\na;3;3\nb;4;4\n"}
    read = reading.read(loader.load(written(tmp_path, web + paper, files)), "T1")
    assert read["start_survey"]["q1"].tolist() == [3, 4]
    assert [(n.file, n.line, n.column) for n in notes_of(read["notes"])] == [
        ("raw/T1/before.csv", 2, "id"),
        ("raw/T1/paper.csv", 2, "Nro"),
    ]
    strict = (web + paper).replace('duplicates = "last"', "")
    with pytest.raises(DataError) as error:
        reading.read(loader.load(written(tmp_path / "strict", strict, files)), "T1")
    assert {p.place for p in error.value.problems} == {"raw/T1/paper.csv:2:Nro", "raw/T1/paper.csv:3:Nro"}


def test_rows_with_a_declared_word_are_left_out_and_noted(tmp_path):
    """Totals below the rows, tries of the form, and those who do not consent."""
    rules = 'leave_out = { id = ["Yhteensä", ""], "Suostun" = ["ei", "En suostu"] }'
    text = START.replace("RULES", rules).replace('key = ["E-mail"]\ncolumns = {', "columns = { person = 'id',")
    rows = ["id;Suostun;Q1;Q2", "a;Kyllä;1;1", "b;EI ;9;9", "c;En suostu.;;", "d;;2;2", "yhteensä;;3,5;x", ";;;4,1"]
    files = {"T1/before.csv": "\n".join(rows) + "\n"}
    read = reading.read(loader.load(written(tmp_path, text, files)), "T1")
    assert read["start_survey"][["person", "q1"]].to_numpy().tolist() == [["a", 1.0], ["d", 2.0]]
    assert sorted((n.kind, n.line, n.column) for n in notes_of(read["notes"])) == [
        ("left_out", 3, "Suostun"),
        ("left_out", 4, "Suostun"),
        ("left_out", 6, "id"),
        ("left_out", 7, "id"),
    ]
    files = {"T1/before.csv": files["T1/before.csv"].replace("Suostun", "Suostumus")}
    with pytest.raises(DataError, match=r"before\.csv:1:Suostun: the column is missing"):
        reading.read(loader.load(written(tmp_path / "gone", text, files)), "T1")


def test_hidden_files_and_marks_of_an_open_workbook_are_no_exports(tmp_path):
    text = START.replace("RULES", "").replace('key = ["E-mail"]\ncolumns = {', "columns = { person = 'id',")
    files = {"T1/before.csv": "id;Q1;Q2\na;1;1\n", "T1/~$before.csv": "x", "T1/._before.csv": "x"}
    read = reading.read(loader.load(written(tmp_path, text.replace("before.csv", "*before.csv"), files)), "T1")
    assert read["start_survey"]["person"].tolist() == ["a"]


def test_a_key_needs_a_register_with_one(tmp_path):
    register = REGISTER.replace('key = ["mail"]\n', "")
    with pytest.raises(StudyError, match="participants has no key"):
        loader.load(written(tmp_path, register + START.replace("RULES", "")))


@pytest.mark.parametrize(("match", "expected"), [("exact", " Åb-1 "), ("case", "åb-1"), ("loose", "åb1")])
def test_how_keys_are_compared(match, expected):
    assert linkage.normal(" Åb-1 ", match) == expected


def test_several_sources_of_one_table_by_term(tmp_path):
    """Another survey tool from the second term on: other headings, other numbers, one item fewer."""
    text = START.replace("RULES", 'terms = ["T1"]').replace(
        'key = ["E-mail"]\ncolumns = {', "columns = { person = 'id',"
    )
    second = text.replace('["T1"]', '["T2"]').replace('q1 = "Q1", q2 = "Q2"', "q1 = 'Question'")
    files = {"T1/before.csv": "id;Q1;Q2\na;1;5\n", "T2/before.csv": "id;Question\nb;4\n"}
    read = reading.read(loader.load(written(tmp_path, text + second, files)), "T2")["start_survey"]
    assert read["q1"].tolist() == [1.0, 4.0]
    assert read["q2"].isna().tolist() == [False, True]
    assert read["q2:cannot_say"].tolist() == [False, False]
    with pytest.raises(StudyError, match="different rules"):
        loader.load(written(tmp_path, text + second.replace("terms =", 'duplicates = "last"\nterms ='), files))


def test_a_fault_names_the_heading_that_its_file_has(tmp_path):
    register = 'table = "participants"\nname = "Register"\nfile = "people.csv"\ncolumns.person = "id"'
    start = (
        'table = "start_survey"\nname = "Start"\nfile = "before.csv"\n'
        'columns = { person = ["Student ID", "Number"], q1 = ["Q1", "First"], q2 = ["Q2", "Second"] }'
    )
    files = {
        "T1/people.csv": "id\n01\n02\n",
        "T1/before.csv": "Number;First;Q2\n1;5;1\n02;9;1\n",
        "T2/people.csv": "id\n01\n",
        "T2/before.csv": "Student ID;Q1;Second\n01;9;1\n",
    }
    folder = written(tmp_path, f"[[sources]]\n{register}\n[[sources]]\n{start}\n", files)
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T2")
    assert [(p.file, p.line, p.column) for p in error.value.problems] == [
        ("raw/T1/before.csv", 2, "Number"),  # 01, in another form
        ("raw/T1/before.csv", 3, "First"),  # 9 is no answer
        ("raw/T2/before.csv", 2, "Q1"),
    ]


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_ids_among_others_are_those_of_isin(dtype):
    ids = pd.Series(["a", None, "b", "a", "c"], index=[3, 1, 4, 5, 9], dtype=dtype)
    for others in ([], ["a"], ["c", "d", None], ["x"]):
        found = among(ids, pd.Series(others, dtype="str"))
        assert found.tolist() == ids.astype("str").isin(others).tolist() and found.index.equals(ids.index)
