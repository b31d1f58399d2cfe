"""Twenty faults of twelve kinds in one file: exactly twenty located messages, in Finnish and English, in one run."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from test_readers import HEAD

from evaltools.cli.main import FAULTY, main
from evaltools.ingest import reading
from evaltools.ingest.reading import DataError
from evaltools.study import loader
from evaltools.study.problems import SHOWN_OF_A_KIND

BLOCK = """
encoding = "auto"
markers = {}
[sources.columns]
person = "id"
answered = "day"
plan = "Q1"
hard = "Q2"
able = "Q3"
hours = "H"
years = "age"
town = "town"
euro = "euro"
works = "works"
heard = "heard"
[sources.options.used]
cafe = "used cafe"
"""
MORE = """
[[variables]]
id = "town"
table = "start_survey"
kind = "code"
codes = "municipality"
name = "Town"
[[variables]]
id = "euro"
table = "start_survey"
kind = "number"
name = "Euro"
[[variables]]
id = "years"
table = "start_survey"
kind = "integer"
name = "Age"
[[variables]]
id = "works"
table = "start_survey"
kind = "flag"
name = "Works"
[[variables]]
id = "used"
table = "start_survey"
kind = "multi"
codes = "channel"
name = "Used"

[codes]
municipality = "municipality-2021"
region = "region-2021"
"""
HEADINGS = ["id", "day", "Q1", "Q2", "Q3", "H", "age", "town", "euro", "works", "heard", "used cafe"]
GOOD = ["{i}", "2021-02-03", "4", "Täysin eri mieltä", "En osaa sanoa", "7,5", "33", "091", "10,5", "1", "Kahvila", "1"]
# row, heading, what stands there, kind
FAULTS = [
    (1, "day", "3.2.2021", "bad_date"),
    (2, "day", "2021-02-30", "bad_date"),
    (3, "Q1", "6", "out_of_range"),
    (3, "Q2", "Täysin sama mieltä", "unknown_answer"),
    (4, "Q3", "EOS", "unknown_answer"),
    (5, "H", "101", "out_of_range"),
    (6, "age", "33,5", "bad_integer"),
    (7, "age", "kolme", "bad_integer"),
    (8, "town", "91", "unknown_code"),
    (9, "town", "Atlantis", "unknown_code"),
    (10, "euro", "10.5", "bad_number"),
    (11, "euro", "1e5", "bad_number"),
    (12, "works", "ehkä", "bad_flag"),
    (13, "works", "2", "bad_flag"),
    (14, "heard", '"Kahvila;Kirjasto"', "unknown_option"),
    (15, "used cafe", "kyllä?", "bad_option"),
    (16, "id", "", "missing_value"),
    (18, "id", "17", "duplicate_person"),
]


def broken(folder: Path, times: int = 1) -> Path:
    raw = folder / "raw" / "T1"
    raw.mkdir(parents=True)
    rows = [[cell.format(i=i) for cell in GOOD] for i in range(1, 25 * times)]
    for row, heading, value, _ in FAULTS:
        rows[row - 1][HEADINGS.index(heading)] = value
    lines = [";".join(row) for row in [HEADINGS, *rows]]
    lines[19] += ";one too many"
    lines[20] = lines[20].replace("\n", "")
    lines[20] = lines[20].rsplit(";", 1)[0]
    (raw / "before.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    head = HEAD.replace("[codes]\n", MORE, 1)
    (folder / "study.toml").write_text(head + BLOCK, encoding="utf-8")
    return folder


EXPECTED = [(row + 1, heading, what) for row, heading, _, what in FAULTS]
EXPECTED += [(20, "", "ragged_row"), (21, "", "ragged_row")]


def test_twenty_faults_of_twelve_kinds_are_twenty_located_messages(tmp_path):
    folder = broken(tmp_path / "trial")
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T1")
    found = [(p.line, p.column, p.what) for p in error.value.problems]
    assert Counter(found) == Counter(EXPECTED)
    assert len(found) == 20 and len({what for _, _, what in found}) == 12
    for language in ("fi", "en"):
        lines = error.value.lines(language)
        assert len(lines) == 20
        for line, (at, column, _) in zip(lines, sorted(EXPECTED), strict=True):
            assert line.startswith(f"raw/T1/before.csv:{at}:{column}" if column else f"raw/T1/before.csv:{at}: ")
            # what is wrong, and what to do: two sentences, neither with a value of the file
            assert re.search(r": .+\. .+\.$", line)
        assert not any(value and value in "\n".join(lines) for _, _, value, _ in FAULTS if len(value) > 3)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_command_tells_them_all_and_writes_them_as_csv(tmp_path, capsys, language):
    folder = broken(tmp_path / "trial")
    table = tmp_path / "problems.csv"
    assert main(["check", str(folder), "--language", language, "--csv", str(table)]) == FAULTY
    assert len(capsys.readouterr().err.splitlines()) == 20
    frame = pd.read_csv(table, sep=";", keep_default_na=False)
    assert list(frame) == ["file", "line", "column", "what", "message"]
    assert Counter(zip(frame["line"], frame["column"], frame["what"], strict=True)) == Counter(EXPECTED)


def test_of_a_kind_twenty_are_shown_with_how_many_more(tmp_path):
    folder = broken(tmp_path / "trial", times=2)
    path = folder / "raw" / "T1" / "before.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(";2021-02-03;", ";3.2.2021;"), encoding="utf-8")
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T1")
    dates = [p for p in error.value.problems if p.what == "bad_date"]
    lines = error.value.lines("en")
    assert len(dates) == 47  # every row but the two of another width
    assert sum("not a valid date" in line for line in lines) == SHOWN_OF_A_KIND
    assert lines[-1] == "raw/T1/before.csv: … and 27 more of the same kind"
    assert len(error.value.frame("en")) == len(error.value.problems)
