"""Two real data sets through notebooks and command: their published figures, read from the recorded results."""

import importlib.util
import shutil
from pathlib import Path

import pandas as pd
import pytest
from test_checklists import assert_facts_are_true

from evaltools import session
from evaltools.pipeline import run
from evaltools.results import records
from evaltools.results.records import pick, value
from evaltools.sections import checklists

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The results that ``evaltools run`` records of JOBS II and NSW, from files written out of their packages."""
    home = tmp_path_factory.mktemp("examples")
    for study in ("jobs-ii", "nsw"):
        (home / "data" / study).mkdir(parents=True)
        shutil.copy(ROOT / "data" / study / "study.toml", home / "data" / study)
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    spec = importlib.util.spec_from_file_location("write_examples", ROOT / "data" / "write_examples.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.write(home / "data")
    found = {}
    for study, notebooks in {"jobs-ii": ["03", "04", "05"], "nsw": ["05"]}.items():
        last = session.open_study(home / "data" / study).term().term.id
        outcome = run.run(home / "data" / study, [last], language="en", edition="public", only=notebooks)[0]
        found[study] = pd.read_parquet(outcome.folder / "results.parquet")
    return found


def test_jobs_ii_counts_the_treated_and_leads_with_the_difference_of_the_arms(recorded):
    """Of 899 persons 299 are controls: no participants, and their change is not that of the programme."""
    rows = recorded["jobs-ii"]
    assert value(rows, "count", topic="participants", table="composition", by="total") == 600
    depression = {"topic": "survey", "item": "depression"}
    change = pick(rows, table="item", measure="mean_change", **depression).iloc[0]
    assert (change["answered"], change["df"]) == (600, 599)
    row = pick(rows, table="arms", measure="difference_of_changes", **depression).iloc[0]
    assert (row["estimate"], row["p"]) == pytest.approx((-0.0337, 0.467), abs=5e-4)
    assert row["answered"] == 899 and row["lower"] < 0 < row["upper"]
    overall = value(rows, "answered", topic="placement", table="placement", measure="employed", by="total", scope="all")
    assert overall == 600


PLACED = {
    "jobs-ii": ((207, 600), (86, 299), 0.0573746, (-0.0078433, 0.1194459)),
    "nsw": ((140, 185), (168, 260), 0.1106029, (0.0238108, 0.1927079)),
}


@pytest.mark.parametrize("study", PLACED)
def test_placed_with_and_without_the_programme(recorded, study):
    rows = pick(recorded[study], topic="placement")
    treated, control, difference, interval = PLACED[study]
    arms = pick(rows, table="placement", measure="employed", by="arm", scope="all")
    assert set(zip(arms["count"], arms["answered"], strict=True)) == {treated, control}
    row = pick(rows, table="arm_difference", measure="employed", item="newcombe").iloc[0]
    assert row["estimate"] == pytest.approx(difference, abs=5e-8)
    assert (row["lower"], row["upper"]) == pytest.approx(interval, abs=5e-8)


def test_nsw_earnings(recorded):
    rows = pick(recorded["nsw"], topic="placement", table="arm_mean_difference", measure="earnings")
    assert len(rows) == 1
    assert rows["estimate"].iloc[0] == pytest.approx(1794.342, abs=5e-4)


@pytest.mark.parametrize("study", PLACED)
def test_reporting_checklists_say_what_the_results_say(recorded, study):
    labels = session.open_study(ROOT / "data" / study).term("", "en").labels
    told = assert_facts_are_true(records.as_blocks(recorded[study]), labels)
    assert {"arms", "arm_flow", "arm_rates", "arm_ratio", "balance"} <= set(told)
    [flow] = [part for part in checklists.parts(recorded[study], labels, lambda fact: ("", "")) if part.blocks]
    treated, control = (found[1] for found in PLACED[study][:2])
    boxes = [(line[0], line[2]) for line in flow.tables[0].rows]
    assert {number for _, number in boxes} == {str(treated), str(control)}
