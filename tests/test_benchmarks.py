"""Benchmarks are a list: a second one is an entry and its file, and two tables are never added up."""

from __future__ import annotations

import pytest
from conftest import sentences, write_study

import evaltools as ev
from evaltools.ingest import reading
from evaltools.results import changes
from evaltools.results.records import pick, value
from evaltools.study import loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import DataError

LAST = 'columns = { need = "need", count = "count", total = "total" }\n'
SOURCE = """
[[sources]]
table = "benchmark"
name = "Placement tables"
file = "placed*.csv"
columns = { measure = "what", count = "count", total = "total" }
values.measure = { Employed = "work" }
"""
CODES = '[codes]\nbenchmark_measure = [{ id = "work", name = "Work", role = "employed" }]\n'


def entry(id: str, file: str) -> str:
    return f'\n[[benchmarks]]\nid = "{id}"\nname = "Table {id}"\nsource = "Office"\nretrieved = 2022-01-02\n{file}'


def study(folder, *entries: str, **files: str):
    edits = {LAST: LAST + SOURCE + "".join(entries), "[codes]\n": CODES}
    written = {f"background/{name}.csv": f"what;count;total\n{lines}\n" for name, lines in files.items()}
    return write_study(folder / "small", edits, written)


TWO = (entry("one", 'file = "placed1.csv"\n'), entry("two", 'file = "placed2.csv"\n'))
FILES = {"placed1": "Employed;40;100", "placed2": "Employed;900;1000"}


def test_each_benchmark_is_compared_by_itself(tmp_path):
    term = ev.open_study(study(tmp_path, *TWO, **FILES)).term("T2", "en", "internal")
    section = term.section("placement")
    theirs = pick(section.rows, table="benchmark", group="benchmark")
    assert dict(zip(theirs["group2"], theirs["estimate"], strict=True)) == {"one": 0.4, "two": 0.9}
    ours = value(section.rows, table="placement", measure="employed", by="total", scope="all")
    gaps = pick(section.rows, table="benchmark", group="difference")
    assert dict(zip(gaps["group2"], gaps["estimate"], strict=True)) == pytest.approx(
        {"one": ours - 0.4, "two": ours - 0.9}
    )
    part = section.parts["placement-benchmark"]
    said = sentences([part])
    assert "Table one: " in said and "Table two: " in said and said.count("Office") == 2
    assert [line[0] for line in part.tables[0].rows] == ["Table one", "Table two"]
    concluded = sentences(list(term.section("report").parts.values()))
    assert "Table one: " in concluded and "Table two: " in concluded
    # each is followed from term to term
    followed = changes.compare(section.rows, section.rows, {})
    assert set(followed.loc[followed["table"] == "benchmark", "group"]) == {"one", "two"}


def test_a_second_benchmark_leaves_the_first_as_it_is(tmp_path):
    folder = study(tmp_path, entry("one", ""), entry("two", 'file = "placed2.csv"\n'), **FILES)
    read = reading.read(loader.load(folder), "T2")["benchmark"]
    assert dict(zip(read["benchmark"], read["count"], strict=True)) == {"one": 40, "two": 900}


def test_one_benchmark_is_not_named_in_every_sentence(tmp_path):
    term = ev.open_study(study(tmp_path, entry("one", ""), placed="Employed;40;100")).term("T2", "en", "internal")
    assert "Table one: " not in sentences([term.section("placement").parts["placement-benchmark"]])


def problems(folder) -> list[str]:
    with pytest.raises(DataError) as caught:
        reading.read(loader.load(folder), "T2")
    return caught.value.lines("en")


@pytest.mark.parametrize("entries", [(), (entry("one", ""),)])
def test_two_tables_of_one_measure_are_never_added_up(tmp_path, entries):
    (line,) = problems(study(tmp_path, *entries, **FILES))
    assert line.startswith("background/placed2.csv:2:what") and "placed1.csv" in line
    (line,) = problems(study(tmp_path / "again", *entries, placed="Employed;40;100\nEmployed;30;100"))
    assert line.startswith("background/placed.csv:3:what")


def test_a_file_of_no_benchmark_and_a_benchmark_of_no_file_are_named(tmp_path):
    found = problems(study(tmp_path, *TWO, placed1="Employed;40;100", placed3="Employed;1;2"))
    assert len(found) == 2, found
    assert any(line.startswith("background/placed3.csv") and "placed1.csv, placed2.csv" in line for line in found)
    assert any("placed2.csv" in line and line.startswith("background:") for line in found)


@pytest.mark.parametrize(
    ("entries", "path"),
    [
        ((entry("one", ""), entry("two", "")), "benchmarks.1.file"),
        ((entry("one", 'file = "b.csv"\n'), entry("two", 'file = "b.csv"\n')), "benchmarks.1.file"),
        ((entry("one", 'file = "a.csv"\n'), entry("one", 'file = "b.csv"\n')), "benchmarks"),
    ],
)
def test_faults_of_the_list_have_their_place(tmp_path, entries, path):
    with pytest.raises(StudyError) as caught:
        loader.load(study(tmp_path, *entries))
    assert [fault.path for fault in caught.value.faults] == [path]


def test_the_table_of_one_benchmark_is_still_read(tmp_path):
    old = entry("x", "").replace('[[benchmarks]]\nid = "x"', "[benchmark]")
    loaded = loader.load(study(tmp_path, old))
    assert [(b.id, b.name.en) for b in loaded.benchmarks] == [("benchmark", "Table x")]
