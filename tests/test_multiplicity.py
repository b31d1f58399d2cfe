"""Adjusted p values: against R, against brute force, and what must hold of any family."""

import itertools
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaltools.statistics.multiplicity import METHODS, adjust

REFERENCE = Path(__file__).parent / "reference"
CASES = json.loads((REFERENCE / "reference_cases.json").read_text())
R = json.loads((REFERENCE / "scales_r.json").read_text())

probabilities = st.floats(0, 1)
families = st.lists(probabilities, max_size=8)
families_with_gaps = st.lists(st.none() | probabilities, max_size=10)


def close(got, expected):
    return len(got) == len(expected) and all(
        (a is None and b is None) or (a is not None and b is not None and math.isclose(a, b, rel_tol=1e-12))
        for a, b in zip(got, expected, strict=True)
    )


def test_benjamini_hochberg_1995():
    case = next(c for c in CASES if c["id"] == "p_adjust_bh1995")
    for method, expected in case["expected"].items():
        assert adjust(case["input"]["p"], method) == pytest.approx(expected, abs=case["tolerance"])


@pytest.mark.parametrize("case", R["adjust"], ids=lambda c: f"m{len(c['p'])}")
def test_same_as_r(case):
    assert set(case["adjusted"]) == {"holm", "hochberg", "hommel", "bonferroni", "BH", "BY"}
    for method, expected in case["adjusted"].items():
        assert close(adjust(case["p"], method), expected), method


def closed_test(p, local):
    """Adjusted p of each hypothesis: the largest local p over all intersections that hold it."""
    members = range(len(p))
    subsets = [s for r in range(1, len(p) + 1) for s in itertools.combinations(members, r)]
    return [max(local([p[j] for j in s]) for s in subsets if i in s) for i in members]


@given(st.lists(probabilities, min_size=1, max_size=6))
def test_holm_closes_bonferroni_and_hommel_closes_simes(p):
    simes = closed_test(p, lambda q: min(len(q) * v / (i + 1) for i, v in enumerate(sorted(q))))
    bonferroni = closed_test(p, lambda q: min(1.0, len(q) * min(q)))
    assert adjust(p, "hommel") == pytest.approx(simes, rel=1e-12)
    assert adjust(p, "holm") == pytest.approx(bonferroni, rel=1e-12)


@given(families_with_gaps, st.sampled_from(METHODS))
def test_missing_values_are_left_out_of_the_family(p, method):
    got = adjust(p, method)
    assert [v is None for v in got] == [v is None for v in p]
    assert [v for v in got if v is not None] == adjust([v for v in p if v is not None], method)
    assert adjust([math.nan if v is None else v for v in p], method) == got


@given(families, st.sampled_from(METHODS), st.randoms())
def test_order_of_the_family_does_not_matter(p, method, random):
    order = list(range(len(p)))
    random.shuffle(order)
    got = adjust(p, method)
    assert adjust([p[i] for i in order], method) == [got[i] for i in order]


@given(families, st.sampled_from(METHODS))
def test_never_below_the_raw_value_and_keeps_the_ranking(p, method):
    got = adjust(p, method)
    assert all(raw * (1 - 1e-12) <= value <= 1 for raw, value in zip(p, got, strict=True))
    ranked = [value for _, value in sorted(zip(p, got, strict=True))]
    assert ranked == sorted(ranked)


@given(families)
def test_methods_are_ordered_by_how_much_they_ask(p):
    for low, high in itertools.pairwise(["bh", "hochberg", "holm", "bonferroni"]):
        pairs = zip(adjust(p, low), adjust(p, high), strict=True)
        assert all(a <= b * (1 + 1e-12) for a, b in pairs), (low, high)


def test_nothing_tested_and_one_tested():
    assert adjust([]) == []
    assert adjust([None, None]) == [None, None]
    assert adjust([None, 0.03, None], "bh") == [None, 0.03, None]


@pytest.mark.parametrize(("p", "method"), [([1.2], "holm"), ([-0.1, 0.5], "bh"), ([0.5], "sidak")])
def test_misuse_is_named(p, method):
    with pytest.raises(ValueError, match=r"must"):
        adjust(p, method)
