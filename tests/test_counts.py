"""Counts against a count by hand: small random populations, every table, every scope, person by person."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import write_study

from evaltools.counts import tabulation
from evaltools.counts.arms import arms
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.counts.roles import OUTCOMES, PLACEMENT_MEASURES
from evaltools.disclosure import cells, policy
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN
from evaltools.study import loader

GROUPS = ("low", "men_in_care", "aged_or_needing")
BY = {"gender": ("f", "m"), "age_group": ("young", "old"), "region": ("r1", "r2"), "channel": ("cafe", "fair")}
ROLES = ("employed", "employed_student", "student", "unemployed", "other", None)
SEEDS = range(6)


STATES = {"on": "ongoing", "done": "completed", "left": "dropped"}


def draw(seed: int) -> list[dict]:
    """A population, a dictionary a person; of all seeds the first is empty and the second one person."""
    rng = np.random.default_rng(seed)

    def one(*values):
        return values[int(rng.integers(len(values)))]

    def answers(*items: str) -> dict | None:
        return {i: one(None, "cannot", *map(float, range(1, 6))) for i in items} if one(0, 1, 1) else None

    people = []
    for number in range(seed if seed < 2 else int(rng.integers(3, 40))):
        person = {"id": f"p{number}", "term": one("T1", "T2"), "registrations": one(1, 1, 2)}
        person |= {by: one(None, *groups) for by, groups in BY.items()}
        person |= {g: bool(one(0, 1)) for g in GROUPS}
        person["studies"] = [
            {"field": one("care", "tech", None), "kind": one("whole", "part"), "state": one(*STATES)}
            for _ in range(one(0, 1, 1, 2, 3))
        ]
        states = [STATES[study_right["state"]] for study_right in person["studies"]]
        person["outcome"] = "ongoing" if "ongoing" in states else states[-1] if states else None
        person["start"], person["end"] = answers("q1", "q2"), answers("q1", "q2", "fb")
        person["end_term"] = one("T1", "T2")
        person["followup"] = {"term": one("T1", "T2"), "role": one(*ROLES)} if one(0, 1, 1) else None
        people.append(person)
    return people


def tables_of(people: list[dict]) -> dict[str, pd.DataFrame]:
    """The tidy tables of a population."""
    columns = ["person", "term", "registrations", *BY, *(f"tg_{g}" for g in GROUPS), f"tg_{ANY_GROUP}", "outcome"]
    persons = [
        (p["id"], p["term"], p["registrations"], *(p[b] for b in BY), *(p[g] for g in GROUPS), in_any(p), p["outcome"])
        for p in people
    ]
    rights = [(p["id"], e["field"], e["kind"], e["state"]) for p in people for e in p["studies"]]
    surveys = [(p, s, p["term"] if s == "start" else p["end_term"]) for s in ("start", "end") for p in people if p[s]]
    answers = [
        (p["id"], term, s, item, None if given == "cannot" else given, given == "cannot")
        for p, s, term in surveys
        for item, given in p[s].items()
    ]
    asked = [(p["id"], p["followup"]["term"], p["followup"]["role"]) for p in people if p["followup"]]
    log = [("T1", "cafe", 30, 3), ("T1", "cafe", 5, 0), ("T2", "fair", 8, 2)]
    frames = {
        "persons": pd.DataFrame(persons, columns=columns).astype(
            {f"tg_{g}": bool for g in (*GROUPS, ANY_GROUP)} | {"registrations": "int64"}
        ),
        "enrolments": pd.DataFrame(rights, columns=["person", "field", "kind", "state"]),
        "responses": pd.DataFrame([(p["id"], t, s) for p, s, t in surveys], columns=["person", "term", "survey"]),
        "answers": pd.DataFrame(answers, columns=["person", "term", "survey", "item", "value", "cannot_say"]).astype(
            {"value": "float64", "cannot_say": bool}
        ),
        "followup": pd.DataFrame(asked, columns=["person", "term", "role"]),
        "outreach": pd.DataFrame(log, columns=["term", "channel", "reached", "applicants"]).assign(date="x"),
    }
    words = ["person", "term", "survey", "item", "role", "field", "kind", "state", "outcome", *BY]
    return {n: f.astype({c: "str" for c in words if c in f}) for n, f in frames.items()}


def in_any(person: dict) -> bool:
    return any(person[g] for g in GROUPS)


def belongs(person: dict, by: str, group: str) -> bool:
    """Whether a person is in a group of a breakdown, straight from the words of the definition."""
    if by == TOTAL:
        return True
    if by == "target_group":
        return in_any(person) if group == ANY_GROUP else person[group]
    if by in ("field", "kind"):
        return any(study_right[by] == group for study_right in person["studies"])
    return (person[by] or UNKNOWN) == group


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return loader.load(write_study(tmp_path_factory.mktemp("counts") / "small"))


@pytest.fixture(scope="module", params=SEEDS)
def case(request, small):
    people = draw(request.param)
    return SimpleNamespace(people=people, study=small, counts=tabulation.collect(small, tables_of(people), "T2"))


def started(people: list[dict], scope: str) -> list[dict]:
    return [p for p in people if scope in (ALL, p["term"])]


def rows(frame: pd.DataFrame, *keys: str) -> dict:
    """Rows by key, each key once."""
    assert not frame.duplicated(list(keys)).any()
    return {tuple(row[k] for k in keys): SimpleNamespace(**row) for row in frame.to_dict("records")}


def places(people: list[dict]) -> list[tuple[str, str]]:
    """Every group somebody might be in."""
    found = [(TOTAL, TOTAL), *(("target_group", g) for g in (*GROUPS, ANY_GROUP))]
    found += [(by, g) for by, groups in BY.items() for g in (*groups, UNKNOWN)]
    return [*found, ("field", "care"), ("field", "tech"), ("kind", "whole"), ("kind", "part")]


# --- participants ------------------------------------------------------------------------------------------------


def test_composition(case):
    table = rows(case.counts["composition"], "scope", "by", "group")
    for scope, (by, group) in product((ALL, "T1", "T2"), places(case.people)):
        here = started(case.people, scope)
        expected = sum(belongs(p, by, group) for p in here)
        row = table.pop((scope, by, group), None)
        assert (row.count if row else 0) == expected, (scope, by, group)
        if by in (TOTAL, "target_group"):
            assert row is not None
        if row:
            assert row.total == len(here)
    assert not table


def test_parts_add_up_to_the_whole(case):
    table = case.counts["composition"]
    for scope, by in product((ALL, "T1", "T2"), BY):
        chosen = table[(table["scope"] == scope) & (table["by"] == by)]
        assert chosen["count"].sum() == len(started(case.people, scope))
    by_term = table[(table["by"] == TOTAL) & (table["scope"] != ALL)]["count"].sum()
    assert by_term == len(case.people)


def test_overlap_cross_and_registrations(case):
    for (a, b), row in rows(case.counts["overlap"], "group", "group2").items():
        assert row.count == sum(p[a] and p[b] for p in case.people)
        assert row.total == sum(p[a] for p in case.people)
    assert len(case.counts["overlap"]) == 9
    table = rows(case.counts["cross"], "target_group", "by", "group")
    for group, (by, value) in product(GROUPS, places(case.people)[5:]):
        row = table.pop((group, by, value), None)
        assert (row.count if row else 0) == sum(p[group] and belongs(p, by, value) for p in case.people)
        if row:
            assert row.total == sum(p[group] for p in case.people)
    assert not table
    again = rows(case.counts["registrations"], "group")[("again",)]
    assert (again.count, again.total) == (sum(p["registrations"] > 1 for p in case.people), len(case.people))


def test_completion(case):
    table = rows(case.counts["completion"], "scope", "by", "group", "measure")
    wanted = [p for p in places(case.people) if p[0] in (TOTAL, "target_group", "field", "kind")]
    for scope, (by, group), measure in product((ALL, "T1", "T2"), wanted, OUTCOMES):
        here = [p for p in started(case.people, scope) if p["studies"] and belongs(p, by, group)]
        row = table.pop((scope, by, group, measure), None)
        found = (row.count, row.answered, row.invited) if row else (0, 0, 0)
        assert found == (sum(standing(p, by, group) == measure for p in here), len(here), len(here))
    assert not table


def standing(person: dict, by: str, group: str) -> str:
    """Completed where any study right is, else ongoing where any is; of a field or kind by the rights in it."""
    own = [e for e in person["studies"] if by not in ("field", "kind") or e[by] == group]
    states = {STATES[e["state"]] for e in own}
    return next(state for state in ("completed", "ongoing", "dropped") if state in states)


def test_study_rights_are_counted_by_how_they_stand(case):
    table = rows(case.counts["records"], "record", "scope", "by", "group")
    for state, measure in STATES.items():
        count = sum(e["state"] == state for p in case.people for e in p["studies"])
        assert table[f"rights_{measure}", ALL, TOTAL, TOTAL].count == count


def test_what_a_reader_knows_of_completion_holds_for_every_population(case):
    """No relation between published cells is contradicted: whoever completed one right may go on with another."""
    values = cells.cells({n: t for n, t in case.counts.items() if n in cells.TABLES})
    index = cells._Index(values)
    for make in (cells._left, cells._nested, cells._parts, cells._measures):
        assert all(r.holds(values) for r in make(index) if any(c.measure in cells.STANDING for c, _ in r.parts))


# --- surveys -----------------------------------------------------------------------------------------------------


def given(person: dict, survey: str, item: str) -> float | None:
    """A person's answer to an item, or the scale's sum with the second item turned; None where there is none."""
    answers = person[survey] or {}
    if item == "s":
        one, two = given(person, survey, "q1"), given(person, survey, "q2")
        return None if one is None or two is None else one + (6 - two)
    return None if answers.get(item) == "cannot" else answers.get(item)


def test_transitions_of_items_and_of_scales_with_a_turned_item(case):
    table = rows(case.counts["transitions"], "scope", "item", "pre", "post")
    for scope, item in product((ALL, "T1", "T2"), ("q1", "q2", "s")):
        pairs = [(given(p, "start", item), given(p, "end", item)) for p in case.people if scope in (ALL, p["end_term"])]
        for pre, post in set(pairs):
            if pre is not None and post is not None:
                assert table.pop((scope, item, pre, post)).count == pairs.count((pre, post))
    assert not table


def test_all_answers_are_counted_blanks_and_cannot_say_included(case):
    table = case.counts["answers"]
    for survey, item in (("start", "q1"), ("start", "q2"), ("end", "q1"), ("end", "fb")):
        terms = {"start": "term", "end": "end_term"}[survey]
        for scope in (ALL, "T1", "T2"):
            here = [p[survey][item] for p in case.people if p[survey] and scope in (ALL, p[terms])]
            chosen = table[(table["scope"] == scope) & (table["survey"] == survey) & (table["item"] == item)]
            assert chosen["count"].sum() == len(here)
            assert chosen.loc[chosen["cannot_say"], "count"].sum() == here.count("cannot")
            for value in range(1, 6):
                assert chosen.loc[chosen["value"] == value, "count"].sum() == here.count(value)


def test_covariances_of_a_scale(case):
    table = rows(case.counts["scale_items"], "scale", "survey", "item", "item2")
    for survey in ("start", "end"):
        whole = [p for p in case.people if given(p, survey, "s") is not None]
        values = np.array([[given(p, survey, "q1"), 6 - given(p, survey, "q2")] for p in whole]).reshape(-1, 2)
        for (i, a), (j, b) in product(enumerate(("q1", "q2")), repeat=2):
            row = table.get(("s", survey, a, b))
            assert (row.count if row else 0) == len(whole)
            expected = np.cov(values.T, ddof=1)[i, j] if len(whole) > 1 else 0.0
            assert (row.covariance if row else 0.0) == pytest.approx(expected, abs=1e-12)


def left(person: dict) -> bool:
    return person["outcome"] in ("completed", "dropped")


def test_steps_of_participation(case):
    table = rows(case.counts["responses"], "scope", "step")
    for scope in (ALL, "T1", "T2"):
        here = started(case.people, scope)
        asked = sum(left(p) or p["end"] is not None for p in here)
        expected = {
            "participants": (len(here), len(here)),
            "start": (sum(p["start"] is not None for p in here), len(here)),
            "asked_at_end": (asked, len(here)),
            "end": (sum(p["end"] is not None for p in here), asked),
            "both": (sum(p["start"] is not None and p["end"] is not None for p in here), asked),
        }
        assert {step: (row.count, row.total) for (s, step), row in table.items() if s == scope} == expected


def test_attrition(case):
    table = rows(case.counts["attrition"], "by", "group")
    kinds = {"both": (True, True), "start_only": (True, False), "end_only": (False, True), "neither": (False, False)}
    for by, group in places(case.people):
        could = [p for p in case.people if belongs(p, by, group) and (left(p) or p["end"] is not None)]
        row = table.pop((by, group), None)
        for name, which in kinds.items():
            expected = sum((p["start"] is not None, p["end"] is not None) == which for p in could)
            assert (getattr(row, name) if row else 0) == expected
    assert not table


# --- placement and outreach --------------------------------------------------------------------------------------


def placed(people: list[dict], scope: str) -> list[dict]:
    return [p for p in people if p["followup"] and scope in (ALL, p["followup"]["term"])]


def test_placement_with_working_students_inside_the_employed(case):
    table = rows(case.counts["placement"], "scope", "by", "group", "measure")
    for scope, (by, group) in product((ALL, "T1", "T2"), places(case.people)):
        here = [p["followup"]["role"] for p in placed(case.people, scope) if belongs(p, by, group)]
        answered = [role for role in here if role]
        expected = {
            "employed": answered.count("employed") + answered.count("employed_student"),
            "employed_student": answered.count("employed_student"),
            "student_full_time": answered.count("student"),
            "student_any": answered.count("student") + answered.count("employed_student"),
            "unemployed": answered.count("unemployed"),
            "other": answered.count("other"),
        }
        assert set(expected) == set(PLACEMENT_MEASURES)
        for measure, count in expected.items():
            row = table.pop((scope, by, group, measure), None)
            found = (row.count, row.answered, row.invited) if row else (0, 0, 0)
            assert found == (count, len(answered), len(here))
        # everybody who answered is in exactly one of these
        assert sum(expected[m] for m in ("employed", "student_full_time", "unemployed", "other")) == len(answered)
    assert not table


def test_response_cells(case):
    table = rows(case.counts["placement_cells"], "by", "group", "cell", "measure")
    wanted = [p for p in places(case.people) if p[0] in (TOTAL, "target_group")]
    for (by, group), cell in product(wanted, ("f", "m", UNKNOWN)):
        here = [p for p in placed(case.people, ALL) if belongs(p, by, group) and belongs(p, "gender", cell)]
        roles = [p["followup"]["role"] for p in here if p["followup"]["role"]]
        for measure, those in PLACEMENT_MEASURES.items():
            row = table.pop((by, group, cell, measure), None)
            found = (row.count, row.answered, row.invited) if row else (0, 0, 0)
            assert found == (sum(role in those for role in roles), len(roles), len(here))
    assert not table


def test_the_outreach_funnel_holds_everybody_who_started(case):
    table = rows(case.counts["outreach"], "scope", "channel")
    reached = {
        (ALL, "cafe"): (35, 3, 2),
        ("T1", "cafe"): (35, 3, 2),
        (ALL, "fair"): (8, 2, 1),
        ("T2", "fair"): (8, 2, 1),
    }
    for scope, channel in product((ALL, "T1", "T2"), ("cafe", "fair", UNKNOWN)):
        row = table.pop((scope, channel), None)
        found = (row.reached, row.applicants, row.events, row.enrolled) if row else (0, 0, 0, 0)
        enrolled = sum(belongs(p, "channel", channel) for p in started(case.people, scope))
        assert found == (*reached.get((scope, channel), (0, 0, 0)), enrolled)
    assert not table


# --- scopes and what is absent -----------------------------------------------------------------------------------


def test_one_term_is_one_scope(small):
    first = [p | {"term": "T1"} for p in draw(4)]
    table = tabulation.collect(small, tables_of(first), "T1")["composition"]
    assert set(table["scope"]) == {ALL}


def test_tables_without_a_source_are_absent(small):
    tables = tables_of(draw(4))
    only = tabulation.collect(small, {n: tables[n] for n in ("persons", "enrolments")}, "T2")
    assert set(only) == {"composition", "registrations", "cross", "overlap", "completion", "records"}
    assert tabulation.collect(small, {}, "T2") == {}


def test_every_count_is_a_whole_number_and_every_table_has_a_rule_of_disclosure(case):
    for name, frame in case.counts.items():
        assert name in policy.PERSON_COUNTS or name in policy.INNER
        for column in policy.PERSON_COUNTS.get(name, ()):
            assert str(frame[column].dtype) == "int64", (name, column)
            assert (frame[column] >= 0).all()


# --- arms --------------------------------------------------------------------------------------------------------


def test_moments_and_transitions_by_arm(small):
    people = [p | {"arm": "ab"[i % 2]} for i, p in enumerate(draw(7))]
    tables = tables_of(people)
    rng = np.random.default_rng(1)
    points = rng.normal(size=len(people))
    tables["persons"] = tables["persons"].assign(arm=[p["arm"] for p in people], points=points)
    found = arms(small, tables, tabulation.memberships(small, tables))
    for arm in "ab":
        row = rows(found["arm_covariates"], "arm", "variable")[(arm, "points")]
        mine = [x for x, p in zip(points, people, strict=True) if p["arm"] == arm]
        assert (row.count, row.mean, row.sd) == pytest.approx((len(mine), np.mean(mine), np.std(mine, ddof=1)))
        table = rows(found["arm_transitions"], "arm", "item", "pre", "post")
        pairs = [(given(p, "start", "s"), given(p, "end", "s")) for p in people if p["arm"] == arm]
        whole = [pair for pair in pairs if None not in pair]
        assert {k[2:]: r.count for k, r in table.items() if k[:2] == (arm, "s")} == {
            pair: whole.count(pair) for pair in whole
        }
