"""The results of every study of the repository fit the schema, and the schema describes nothing that is not there."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pandas as pd
import people_study
import pytest
from conftest import FILES, open_demo, write_study
from test_breakdowns import START
from test_dated import dated_rows
from test_mode import mode_rows

import evaltools as ev
from evaltools.authoring import coding
from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import load_key
from evaltools.results import schema
from evaltools.results.records import COLUMNS
from evaltools.study import loader

ROOT = Path(__file__).parent.parent
# a rate for a target, and pairs enough near the upper end of an item for the caution
RATE = 'targets = [{ id = "placed", name = "Placed", measure = "employed", value = 0.5 }, '
PEOPLE = range(6)
# a change that matters, and a scale that is counted of persons who left a question blank
# an indicator of each kind of number
INDICATORS = """indicators = [
    { id = "people", name = "People", numerator = { measure = "participants" }, baseline = 1, targets = { T1 = 3 } },
    { id = "done", name = "Done", numerator = { measure = "completed" } },
    { id = "placed", name = "Placed", numerator = { measure = "employed" } },
    { id = "better", name = "Better", numerator = { measure = "net_change", item = "q1" } },
    { id = "money", name = "Money", numerator = { measure = "spent" } },
    { id = "events", name = "Events", numerator = { measure = "events" } },
    { id = "plan", name = "Plan", numerator = { measure = "actions_done" } },
    { id = "cost", name = "Cost", numerator = { measure = "spent" }, denominator = { measure = "participants" } },
]
"""
THEMES = """themes = [{ id = "word", name = "Word", words = ["word"] }]
privacy = { names = "names.txt" }
"""
DECLARED = """no_relevant_change = 0.1
scales = [{ id = "sum", name = "Sum", items = ["skill", "hope"], fewest = 1 }]"""


# what a survey asks besides its items
CALM = '    { id = "calm", table = "start_survey", kind = "flag", name = "Calm" },\n'


def asked(start: str) -> str:
    first, *lines = start.splitlines()
    return "\n".join([f"{first};calm", *(f"{line};{i % 2}" for i, line in enumerate(lines)), ""])


def small(folder: Path) -> pd.DataFrame:
    files = {
        "raw/T1/people.csv": FILES["raw/T1/people.csv"]
        + "".join(f"x{i};2001-01-01;Man;091;basic;cafe;no;1\n" for i in PEOPLE),
        "raw/T1/before.csv": asked(FILES["raw/T1/before.csv"] + "".join(f"x{i};2021-02-02;5;1;\n" for i in PEOPLE)),
        "raw/T2/before.csv": asked(FILES["raw/T2/before.csv"]),
        "raw/T2/after.csv": FILES["raw/T2/after.csv"] + "".join(f"x{i};2021-10-02;{5 - i % 2};1;5;\n" for i in PEOPLE),
    }
    files["names.txt"] = "Matti\n"
    edits = {"targets = [": INDICATORS + THEMES + RATE, "variables = [\n": f"variables = [\n{CALM}"}
    edits[START] = START.replace(" }", ', calm = "calm" }')
    study = write_study(folder / "small", edits, files)
    coded_by_people(study)
    return ev.open_study(study).term("T2", "en", "internal").results


def coded_by_people(folder: Path) -> None:
    """Every comment coded alike by two people."""
    study = loader.load(folder)
    answers = tidy.open_answers(study, reading.read(study, "T2"), load_key())
    for term, of in answers.groupby("term"):
        marks = dict.fromkeys(of["id"], frozenset({"word"}))
        coding.keep(study, str(term), coding.Coded({"A": marks, "B": marks}, {}, []))


def examples(folder: Path) -> list[pd.DataFrame]:
    for study in ("jobs-ii", "nsw"):
        (folder / study).mkdir(parents=True)
        shutil.copy(ROOT / "data" / study / "study.toml", folder / study)
    nsw = folder / "nsw" / "study.toml"  # as if all who were assigned had taken part, for an effect on a number
    nsw.write_text(nsw.read_text().replace('arm = "treat"', 'arm = "treat"\ntook_part = "treat"'))
    spec = importlib.util.spec_from_file_location("write_examples", ROOT / "data" / "write_examples.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(folder)
    return [
        ev.open_study(folder / study).term(language="en", edition="internal").results for study in ("jobs-ii", "nsw")
    ]


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> pd.DataFrame:
    folder = tmp_path_factory.mktemp("schema")
    demo = [open_demo("2023K", "internal").results, open_demo("2021S", "public").results]
    # a role of its own for who works and studies, so that all students are counted at later follow-ups, too
    roles = people_study.STUDY.replace(
        '    { id = "none"', '    { id = "both", name = "Both", role = "employed_student" },\n    { id = "none"'
    )
    roles = roles.replace("[survey]\n", f"[survey]\n{DECLARED}\n")
    written = people_study.write(folder / "people", roles + people_study.SOURCES + people_study.WAVES)
    people = ev.open_study(written).term("T3", "en", "internal").results
    arms = ev.open_study(people_study.write_arms(folder / "arms")).term("T3", "en", "internal")
    own = [arms.rows(topic) for topic in ("survey", "placement")]
    alone = ev.open_study(people_study.write_surveys(folder / "alone")).term("T3", "en", "internal").rows("survey")
    every = [
        *demo,
        *examples(folder / "data"),
        small(folder),
        people,
        *own,
        alone,
        dated_rows(),
        mode_rows(folder / "mode"),
    ]
    return pd.concat(every, ignore_index=True)


def test_no_row_is_outside_the_schema(results):
    assert schema.outside(results) == []


def test_no_entry_of_the_schema_is_unused(results):
    assert [(e.topic, e.table, e.names, e.kind, e.unit) for e in schema.unused(results)] == []


def test_every_column_is_described():
    assert list(schema.columns()) and set(schema.columns()) == set(COLUMNS)


def test_a_row_of_another_table_measure_unit_or_key_is_outside(results):
    row = results[(results["table"] == "placement") & (results["by"] == "gender")].iloc[[0]]
    assert schema.outside(row) == []
    for column, other in {"table": "mine", "measure": "mine", "kind": "amount", "unit": "EUR", "item": "x"}.items():
        assert len(schema.outside(row.assign(**{column: other}))) == 1, column


def test_the_description_for_readers_is_that_of_the_schema():
    assert (ROOT / "docs" / "results.md").read_text(encoding="utf-8") == schema.document()
