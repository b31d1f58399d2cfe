"""Targets, outreach, plan, contacts and money: standings and sentences that turn with the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import FILES, sentences, write_study

import evaltools as ev
from evaltools.results import records
from evaltools.sections import monitoring
from evaltools.sections.material import Labels
from evaltools.study import loader
from evaltools.study.evaluation_model import Disclosure, Target

BACKGROUND = ("population", "employment", "barometer", "training_needs", "start_survey", "end_survey")
STANDINGS = {"met.", "on track", "behind", "was not met", "cannot be shown"}


@pytest.fixture(scope="module")
def open_term(tmp_path_factory):
    """The small study opened at a term; read once."""
    opened = ev.open_study(write_study(tmp_path_factory.mktemp("monitoring") / "small", without=BACKGROUND))
    known = {}
    return lambda *how: known.setdefault(how, opened.term(*how))


def rows_and_parts(study, term="T2", language="en", edition="internal", target=None, without=()):
    """Rows and parts of a study's folder or an opened term, with another target and without some counts if need be."""
    opened = ev.open_study(study).term(term, language, edition) if isinstance(study, Path) else study
    material, reader = opened.material, opened.labels
    if target is not None:
        measure, value = target
        targets = [Target.model_validate({"id": "x", "name": "X", "measure": measure, "value": value})]
        changed = material.study.model_copy(update={"targets": targets})
        left = {name: frame for name, frame in material.counts.items() if name not in without}
        material, reader = replace(material, study=changed, counts=left), replace(reader, study=changed)
    rows = monitoring.rows(material)
    records.check(rows)
    return rows, monitoring.parts(rows, reader)


def standing(parts) -> set[str]:
    words = sentences([p for p in parts if p.id == "scorecard"])
    said = {s for s in STANDINGS if s in words}
    return said - {"met."} if "was not met" in said else said


@pytest.mark.parametrize(
    ("term", "wanted", "said"),
    [
        ("T2", 5, "met."),
        ("T2", 6, "was not met"),
        ("T1", 3, "met."),
        ("T1", 5, "on track"),  # 3 of 5 when 212 of 365 days have passed
        ("T1", 6, "on track"),  # half when 58 % of the time has passed: one tolerance for targets and money
        ("T1", 7, "behind"),
    ],
)
def test_where_a_target_stands(open_term, no_pictures, term, wanted, said):
    rows, parts = rows_and_parts(open_term(term, "en", "internal"), target=("participants", wanted))
    assert standing(parts) == {said}
    assert records.value(rows, table="targets", measure="time_elapsed") == (1 if term == "T2" else 212 / 365)


@pytest.mark.parametrize(("wanted", "said"), [(0.6, "met."), (0.7, "was not met")])
def test_a_target_that_is_a_rate(open_term, no_pictures, wanted, said):
    rows, parts = rows_and_parts(open_term("T2", "en", "internal"), target=("employed", wanted))
    assert standing(parts) == {said}
    assert records.value(rows, "count", table="targets", measure="actual") == 2
    # of three who answered nothing is shown in public, neither the rate nor its share of the target
    rows, parts = rows_and_parts(open_term("T2", "en", "public"), target=("employed", wanted))
    assert standing(parts) == {"cannot be shown"}
    assert records.value(rows, table="targets", measure="reached_share") is None


@pytest.mark.parametrize(
    ("printed", "within", "said"),
    [(499, 0, "missed"), (500, 0, "reached"), (500, 4, "close"), (505, 4, "reached"), (495, 4, "missed")],
)
def test_499_of_500_is_not_met_and_500_that_was_rounded_is_not_said_to_be(printed, within, said):
    target = Target.model_validate({"id": "x", "name": "X", "measure": "participants", "value": 500})
    results = records.ResultSet("s", "T1", "public", "monitoring", Disclosure())
    results.amount("targets", "time_elapsed", 1.0, "share", item="x")
    results.count("targets", "actual", printed, within=within, item="x")
    assert monitoring.standing_of(results.frame(), target) == said


@pytest.mark.parametrize(("within", "said"), [(0, "505"), (4, "about 505")])
def test_an_actual_that_was_rounded_is_said_to_be_about_that(within, said, make_study):
    target = Target.model_validate({"id": "x", "name": "X", "measure": "participants", "value": 500})
    results = records.ResultSet("s", "T1", "public", "monitoring", Disclosure())
    results.count("targets", "actual", 505, within=within, item="x")
    study = loader.load(make_study())
    labels = Labels(study, study.last_term, "en", "public")
    assert monitoring.target_words(results.frame(), target, labels)["actual"] == said


def test_a_target_without_a_source_cannot_be_shown(open_term, no_pictures):
    opened = open_term("T2", "en", "internal")
    _, parts = rows_and_parts(opened, target=("employed", 0.5), without=("placement",))
    assert standing(parts) == {"cannot be shown"}


def test_progress_adds_up_term_by_term(open_term, no_pictures):
    rows, _ = rows_and_parts(open_term("T2", "en", "internal"))
    progress = records.pick(rows, table="progress")
    assert dict(zip(progress["scope"], progress["count"], strict=True)) == {"T1": 3, "T2": 5}


def test_numbers_of_the_small_study(open_term):
    rows, parts = rows_and_parts(open_term("T2", "en", "internal"))
    words = sentences(parts)
    assert [p.id for p in parts] == ["scorecard", "outreach", "actions", "contacts", "budget"]
    assert "The number of applicants was 6, and 5 started their studies." in words
    assert "The channel that brought the most students: Cafés, 3 people." in words
    assert "The plan has 3 actions: 1 completed (1 of them late), 1 open" in words
    assert "Late actions were 10 days late on average" in words
    assert "Contacts with partners: 1. Entries about networks: 1. Negotiations held: 1." in words
    assert "Recorded without a result: networks 1, negotiations 0." in words
    assert (
        "The project has cost €400, which is 36.4% of the budget (€1,100). Own funding used is €50 of a planned €100."
        in words
    )
    assert "€80 per participant" in words
    spent = {"table": "budget", "measure": "spent", "scope": "all"}
    assert records.value(rows, **spent, by="funding", group="grant") == 350.5
    assert records.value(rows, **spent, by="") == records.value(rows, **spent, by="budget_category", group="pay") + 49.5


def test_the_best_channel_is_the_one_with_most_students(make_study, no_pictures):
    files = {f"raw/{t}/people.csv": FILES[f"raw/{t}/people.csv"].replace("cafe", "fair") for t in ("T1", "T2")}
    words = sentences(rows_and_parts(make_study(None, files, without=BACKGROUND))[1])
    assert "The channel that brought the most students: Fairs, 4 people." in words


def test_nobody_through_any_known_channel_names_none(make_study, no_pictures):
    files = {
        f"raw/{t}/people.csv": FILES[f"raw/{t}/people.csv"].replace("cafe", "").replace("fair", "")
        for t in ("T1", "T2")
    }
    rows, parts = rows_and_parts(make_study(None, files, without=BACKGROUND))
    assert "most students" not in sentences(parts)
    assert "5 started their studies" in sentences(parts)
    assert records.value(rows, "count", table="outreach", measure="enrolled", scope="all", group=":unknown") == 5


def test_channels_without_activity_are_named(make_study, no_pictures):
    channels = 'channel = [{ id = "cafe", name = "Cafés" }'
    folder = make_study({channels: channels + ', { id = "youth", name = "Youth spaces" }'}, without=BACKGROUND)
    assert "Channels without any activity: Youth spaces." in sentences(rows_and_parts(folder)[1])


def test_an_open_action_is_late_only_past_its_day(open_term, make_study, no_pictures):
    rows, _ = rows_and_parts(open_term("T1", "en", "internal"))
    delay = {"table": "action", "measure": "delay"}
    assert records.value(rows, **delay, item="a2") == 60  # 1 June to 31 July
    assert records.value(rows, table="actions", measure="open_late") == 2
    plan = {"raw/T1/plan.csv": FILES["raw/T1/plan.csv"].replace("2021-06-01", "2021-08-01")}
    rows, _ = rows_and_parts(make_study(None, plan, name="later", without=BACKGROUND), "T1")
    assert records.value(rows, **delay, item="a2") is None
    assert records.value(rows, table="actions", measure="open_late") == 0


def test_a_log_without_a_register_of_persons(make_study, no_pictures):
    """An outreach log alone: nothing is known of those who started, and the sentence says so."""
    folder = make_study(without=(*BACKGROUND, "participants", "enrolments", "followup"))
    path = folder / "study.toml"
    content = path.read_text()
    for first, last in (("[[target_groups]]", "[codes]"), ("[[representation]]", "[budget]")):
        content = content[: content.index(first)] + content[content.index(last) :]
    path.write_text(content)
    rows, parts = rows_and_parts(folder)
    assert [p.id for p in parts] == ["outreach", "actions", "contacts", "budget"]
    assert "The number of people met in outreach was 47;" in sentences(parts)
    assert "started" not in sentences(parts)
    assert "cost_per_person" not in set(rows["measure"])


@pytest.mark.parametrize("edition", ["public", "internal"])
def test_nothing_in_any_file(make_study, edition):
    empty = {name: content.splitlines()[0] + "\n" for name, content in FILES.items()}
    rows, parts = rows_and_parts(make_study(None, empty, without=BACKGROUND), language="fi", edition=edition)
    assert records.value(rows, "count", table="targets", measure="actual") == 0
    assert "outreach" not in [p.id for p in parts]


def test_no_sources_no_parts(make_study):
    tables = ("outreach", "actions", "contacts", "budget")
    folder = make_study(
        {'targets = [{ id = "people", name = "People", measure = "participants", value = 4 }]\n': ""},
        without=(*BACKGROUND, *tables),
    )
    rows, parts = rows_and_parts(folder)
    assert rows.empty and parts == []
