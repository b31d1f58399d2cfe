"""Indicators of the study file: the numbers of the reports, against a computation of the test's own."""

from __future__ import annotations

import math
from typing import get_args

import pandas as pd
import pytest
from conftest import FILES, write_study
from hypothesis import given
from hypothesis import strategies as st

import evaltools as ev
from evaltools import i18n
from evaltools.results.records import ResultSet, pick
from evaltools.sections.final import indicators
from evaltools.statistics.proportions import clopper_pearson
from evaltools.study import loader
from evaltools.study.evaluation_model import Counted, Disclosure
from evaltools.study.faults import StudyError

# id -> (study file, the number by hand)
LOGFRAME = {
    "people": ('numerator = { measure = "participants" }\ntargets = { T1 = 2, T2 = 5 }\nbaseline = 1', 5),
    "men": ('numerator = { measure = "participants", group = { gender = "m" } }\ntargets = { T2 = 2 }', 3),
    "low": (
        'numerator = { measure = "participants", group = { target_group = "low" } }\n'
        'denominator = { measure = "participants" }\ntargets = { T1 = 0.5 }',
        2 / 5,
    ),
    "finished": ('numerator = { measure = "completed" }\ntargets = { T2 = 0.9 }', 4 / 5),
    "left_early": ('numerator = { measure = "dropped" }\ntargets = { T2 = 0.1 }\nbetter = "lower"', 0.0),
    "work": ('numerator = { measure = "employed" }\ntargets = { T2 = 0.05 }', 2 / 3),
    "men_work": ('numerator = { measure = "employed", group = { gender = "m" } }\ntargets = { T2 = 0.9 }', 1 / 2),
    "followed": ('numerator = { measure = "followed_up" }\ndenominator = { measure = "participants" }', 3 / 5),
    "events": ('numerator = { measure = "events" }\ntargets = { T2 = 4 }', 3),
    "calls": ('numerator = { measure = "contacts" }\ntargets = { T2 = 1 }', 1),
    "plan": ('numerator = { measure = "actions_done" }\ndenominator = { measure = "actions" }', 1 / 3),
    "cost": (
        'numerator = { measure = "spent" }\ndenominator = { measure = "completed" }\nunit = "EUR"\n'
        'targets = { T2 = 150 }\nbetter = "lower"',
        400 / 4,
    ),
    "salaries": ('numerator = { measure = "spent", group = { budget_category = "pay" } }', 350.5),
    "autumn": ('numerator = { measure = "spent" }\nperiod = "term"', 50),
}
STANDINGS = {
    **dict.fromkeys(("people", "men", "left_early", "calls", "cost"), "sure"),
    **dict.fromkeys(("low", "finished", "events"), "surely_short"),
    "work": "sure",
    "men_work": "open",
    **dict.fromkeys(("followed", "plan", "salaries", "autumn"), "no_target"),
}


def block(id: str, keys: str) -> str:
    return f'\n[[indicators]]\nid = "{id}"\nname = "Indicator {id}"\n{keys}\n'


def study_with(blocks: str) -> dict[str, str]:
    return {"[budget]\ngrant": f"{blocks}\n[budget]\ngrant"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The small study with its logframe, without surveys and published tables: these take the time."""
    blocks = "".join(block(id, keys) for id, (keys, _) in LOGFRAME.items())
    without = ("population", "employment", "barometer", "training_needs", "start_survey", "end_survey")
    representation = {'[[representation]]\ntarget_group = "low"\npart = { education = ["basic"] }\n': ""}
    questions = {'scales = [{ id = "s", name = "Sum", items = ["q1", "q2"] }]': ""}
    edits = study_with(blocks) | representation | questions
    folder = write_study(tmp_path_factory.mktemp("indicators") / "s", edits, {}, without)
    study = (folder / "study.toml").read_text(encoding="utf-8")
    head, rest = study.split("items = [\n")
    (folder / "study.toml").write_text(head + rest.split("]\n", 1)[1], encoding="utf-8")
    return ev.open_study(folder)


def stages_and_indicators(opened, edition: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of the sections that the logframe points to, and those of the indicators."""
    term = opened.term("T2", "en", edition)
    now = pd.concat([term.rows(topic) for topic in ("participants", "placement", "monitoring")], ignore_index=True)
    results = ResultSet("s", "T2", edition, "report", opened.study.disclosure, term.material._within)
    indicators.rows(results, opened.study, term.term, now)
    return now, results.frame()


@pytest.fixture(scope="module")
def internal(opened) -> tuple[pd.DataFrame, pd.DataFrame]:
    return stages_and_indicators(opened, "internal")


def test_every_indicator_is_what_the_files_say(internal):
    found = pick(internal[1], table="indicator", measure="actual").set_index("item")
    assert list(found.index) == list(LOGFRAME)
    numbers = found["estimate"].where(found["kind"] != "count", found["count"])
    assert {id: float(number) for id, number in numbers.items()} == {
        id: pytest.approx(number) for id, (_, number) in LOGFRAME.items()
    }
    assert len(FILES["raw/T2/ledger.csv"].splitlines()) == 3  # 100 and -50 in the second term


def test_intervals_and_bounds_are_those_of_the_rate(internal):
    row = pick(internal[1], table="indicator", measure="actual", item="work").iloc[0]
    expected = clopper_pearson(2, 3)
    assert (row["lower"], row["upper"]) == (pytest.approx(expected.lower), pytest.approx(expected.upper))
    assert (row["answered"], row["invited"]) == (3, 3) and row["bound_lower"] == pytest.approx(2 / 3)
    there = pick(internal[0], topic="placement", table="placement", measure="employed", by="total", scope="all").iloc[0]
    same = ["estimate", "lower", "upper", "bound_lower", "bound_upper", "response_rate", "method_id", "status"]
    assert row[same].to_list() == there[same].to_list()


def test_targets_gaps_and_standings(internal, opened):
    rows = internal[1]
    study = opened.study
    for each in study.indicators:
        here = pick(rows, table="indicator", item=each.id)
        actual = pick(here, measure="actual").iloc[0].to_dict()
        target = indicators.target_of(study, each, study.term("T2"))
        complete = indicators.is_complete(each)
        assert indicators.standing(actual, target, each.better, complete) == STANDINGS[each.id], each.id
        if target is not None:
            gap = float(pick(here, measure="gap")["estimate"].iloc[0])
            assert gap == pytest.approx(LOGFRAME[each.id][1] - target)
    assert indicators.target_of(study, study.indicators[0], study.term("T1")) == 2


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_table_of_the_report(internal, opened, language):
    part = indicators.part(internal[1], opened.term("T2", language, "internal").labels, {})
    [table] = part.tables
    assert [line[0] for line in table.rows][-3:-1] == ["Indicator cost (EUR)", "Indicator salaries"]
    assert part.sentences == [i18n.say("report.indicators.summary", language, n=10, reached="6", short="3", open="1")]
    assert table.rows[0][-1] == i18n.say("report.indicators.is_sure", language)


def test_a_study_without_indicators_has_no_part(opened):
    labels = opened.term("T2", "en", "internal").labels
    bare = labels.study.model_copy(update={"indicators": []})
    assert indicators.part(pd.DataFrame(), type(labels)(bare, labels.term, "en", "internal"), {}) is None


def test_measures_of_the_study_file_and_places_are_the_same():
    assert sorted(get_args(Counted.model_fields["measure"].annotation)) == sorted(indicators.PLACES)


# --- the public edition ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reach", [4, 9])
@given(count=st.integers(1, 60), move=st.integers(-9, 9))
def test_a_rounded_count_can_be_all_that_the_edition_says(reach, count, move):
    """How far counts are off is a matter of the release: it may be more than one step."""
    results = ResultSet("s", "T", "public", "report", Disclosure())
    rounded = max(0, 5 * round((count + max(-reach, min(reach, move)) * 0.5) / 5))
    now = pd.DataFrame({"kind": ["count"], "status": ["rounded"], "count": [50.0], "possible_upper": [50.0 + reach]})
    row = pd.Series({"kind": "share", "count": float(rounded), "status": "rounded"})
    low, high = indicators._ends(results, row, now)
    assert (low, high) == (max(0, rounded - reach), rounded + reach) and low <= count <= high
    assert indicators._ends(results, row, now.iloc[:0]) is None
    assert indicators._ends(results, row.replace("rounded", "exact"), now) == (rounded, rounded)


def test_every_number_of_a_public_edition_follows_from_the_other_rows(opened):
    """An indicator's row says no more than the row it tells again: a reader could have made it."""
    now, rows = stages_and_indicators(opened, "public")
    actual = pick(rows, table="indicator", measure="actual")
    assert "exact" not in set(pick(actual, kind="count")["status"]) | set(pick(actual, kind="rate")["status"])
    for each in opened.study.indicators:
        here = pick(actual, item=each.id)
        if here.empty or (each.denominator is not None and each.id != "low"):
            continue
        there = indicators._row(now, each.numerator, here["scope"].iloc[0])
        for column in ("count", "estimate", "lower", "upper", "possible_lower", "possible_upper", "answered"):
            told, known = here[column].iloc[0], there[column]
            if not pd.isna(told) and here["kind"].iloc[0] == there["kind"] and each.id != "events":
                assert told == known, (each.id, column)


ROUNDED = {"kind": "count", "count": 40, "possible_lower": 36, "possible_upper": 44}
RATE = {"kind": "rate", "estimate": 0.6, "lower": 0.5, "upper": 0.7, "bound_lower": 0.3, "bound_upper": 0.8}


@pytest.mark.parametrize(
    ("row", "target", "better", "expected"),
    [
        (ROUNDED, 40, "higher", "open"),
        (ROUNDED, 36, "higher", "sure"),
        (ROUNDED, 45, "higher", "surely_short"),
        (RATE, 0.6, "higher", "open"),
        (RATE, 0.4, "higher", "reached"),
        (RATE, 0.75, "higher", "short"),
        (RATE, 0.3, "higher", "sure"),
        (RATE, 0.9, "lower", "sure"),
        ({"kind": "rate", "estimate": 0.6, "lower": math.nan, "upper": math.nan}, 0.4, "higher", "open"),
        ({"kind": "rate", "estimate": math.nan}, 0.9, "lower", "no_number"),
        ({}, 0.9, "lower", "no_number"),
        (RATE, None, "higher", "no_target"),
    ],
)
def test_what_the_numbers_say_of_a_target(row, target, better, expected):
    assert indicators.standing(row, target, better, complete=row.get("kind") == "count") == expected


def test_shares_of_those_who_answered_both_have_an_interval_and_what_the_others_leave_open():
    results = ResultSet("s", "T", "internal", "report", Disclosure())
    step = {"topic": "survey", "table": "responses", "measure": "asked_at_end", "scope": "all", "count": 100.0}
    row = pd.Series({"kind": "share", "count": 40.0, "answered": 50.0, "estimate": 0.8, "status": "exact"})
    indicators._rate(results, row, pd.DataFrame([step | {"kind": "share", "status": "exact"}]), {"item": "x"})
    made = results.rows[0]
    assert (made["lower"], made["upper"]) == pytest.approx(
        (clopper_pearson(40, 50).lower, clopper_pearson(40, 50).upper)
    )
    assert (made["bound_lower"], made["bound_upper"]) == (0.4, 0.9)
    assert indicators.standing(made, 0.6, "higher", complete=False) == "reached"
    assert indicators.standing(made, 0.3, "higher", complete=False) == "sure"
    # a quotient of what is known of those only who answered says nothing of a target
    assert indicators.standing({"kind": "amount", "estimate": 0.8}, 0.6, "higher", complete=False) == "open"


# --- faults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        ('numerator = { measure = "employed" }\ntargets = { T9 = 1 }', "indicators.0.targets", "T9"),
        ('numerator = { measure = "happy" }', "indicators.0.numerator.measure", ""),
        ('numerator = { measure = "improved" }', "indicators.0.numerator.item", "q1"),
        ('numerator = { measure = "improved", item = "q9" }', "indicators.0.numerator.item", "q9"),
        ('numerator = { measure = "spent", item = "q1" }', "indicators.0.numerator.item", "q1"),
        ('numerator = { measure = "employed", wave = "year" }', "indicators.0.numerator.wave", "year"),
        ('numerator = { measure = "employed", group = { shoes = "big" } }', "indicators.0.numerator.group", "shoes"),
        ('numerator = { measure = "employed", group = { gender = "x" } }', "indicators.0.numerator.group.gender", "f"),
        ('numerator = { measure = "agree_end", item = "q1" }\nperiod = "term"', "indicators.0.period", "agree_end"),
        ('numerator = { measure = "completed", group = { gender = "f" } }', "indicators.0.numerator.group", "field"),
        (
            'numerator = { measure = "spent" }\ndenominator = { measure = "completed", group = { gender = "f" } }',
            "indicators.0.denominator.group",
            "gender",
        ),
    ],
)
def test_faults_are_located(tmp_path, keys, where, what):
    with pytest.raises(StudyError) as failure:
        loader.load(write_study(tmp_path / "s", study_with(block("x", keys))))
    assert any(f": {where}: " in line and what in line for line in failure.value.lines("en"))
