"""Ranges of numbers whose counts are rounded: every number that the counts allow lies within."""

from __future__ import annotations

from itertools import product

import pytest

from evaltools.statistics import nonresponse, proportions, ranges
from evaltools.statistics.ranges import Span, around

NEAR = [(around(x, 2), around(n, 2)) for x, n in ((0, 10), (5, 10), (10, 10), (3, 4), (20, 40))]


def counts(x: Span, n: Span):
    return [(a, b) for a in range(x.low, x.high + 1) for b in range(max(n.low, 1), n.high + 1) if a <= b]


@pytest.mark.parametrize(("x", "n"), NEAR, ids=str)
def test_a_rate_and_its_interval_hold_for_every_count_and_are_no_wider(x, n):
    found = ranges.rate(x, n)
    rates = [a / b for a, b in counts(x, n)]
    exact = [proportions.clopper_pearson(a, b) for a, b in counts(x, n)]
    assert (found.low, found.high) == (min(rates), max(rates))
    assert found.lower == pytest.approx(min(e.lower for e in exact), abs=1e-12)
    assert found.upper == pytest.approx(max(e.upper for e in exact), abs=1e-12)


@pytest.mark.parametrize("known", [False, True])
def test_bounds_over_the_silent_hold_for_every_count(known):
    x, n, invited = (Span(6, 6), Span(9, 9), Span(15, 15)) if known else (around(6, 2), around(9, 2), around(15, 2))
    worst, best = ranges.bounds(x, n, invited)
    every = product(*(range(s.low, s.high + 1) for s in (x, n, invited)))
    exact = [nonresponse.manski(*each) for each in every if each[0] <= each[1] <= each[2]]
    assert worst <= min(e.lower for e in exact) and max(e.upper for e in exact) <= best
    if known:
        assert (worst, best) == (exact[0].lower, pytest.approx(exact[0].upper))


@pytest.mark.parametrize(
    "spans", [((8, 12), (20, 24), (3, 7), (18, 22)), ((0, 3), (10, 12), (9, 12), (10, 12))], ids=str
)
def test_a_difference_and_a_ratio_hold_for_every_count(spans):
    spans = [Span(*ends) for ends in spans]
    found = ranges.over(proportions.difference, *spans)
    every = product(*(range(s.low, s.high + 1) for s in spans))
    exact = [proportions.difference(*e) for e in every if e[0] <= e[1] and e[2] <= e[3]]
    assert found.low <= min(e.estimate for e in exact) and max(e.estimate for e in exact) <= found.high
    assert found.lower <= min(e.lower for e in exact) + 1e-9 and max(e.upper for e in exact) - 1e-9 <= found.upper


@pytest.mark.parametrize("n", [17, 22, 58, 100, 275])
def test_the_interval_of_a_rate_covers_at_every_rate(n):
    """Exact coverage, no simulation: of Clopper-Pearson, which both editions show; Wilson's falls to .909 at n = 17."""
    ends = [proportions.clopper_pearson(x, n) for x in range(n + 1)]
    from scipy.stats import binom

    for percent in range(2, 99):
        p = percent / 100
        inside = [x for x, e in enumerate(ends) if e.lower <= p <= e.upper]
        assert binom.pmf(inside, n, p).sum() >= 0.95 - 1e-9


def test_499_of_500_is_not_met():
    assert ranges.met(496, 504, 500) is None
    assert ranges.met(499, 499, 500) is False and ranges.met(500, 500, 500) is True


def test_limits_go_outward():
    assert ranges.outward(0.6312, 0.6888) == (0.63, 0.69)
    assert ranges.outward(0.29, 0.57) == (0.29, 0.57)  # floating point is no reason to widen


def test_impossible_spans_are_refused():
    with pytest.raises(ValueError, match="cannot lie"):
        Span(3, 2)
    with pytest.raises(ValueError, match="cannot lie"):
        Span(-1, 2)


def test_of_nobody_there_is_no_rate_and_every_rate_is_possible():
    nobody = ranges.rate(Span(0, 0), Span(0, 0))
    assert nobody == ranges.Range(None, None, 0.0, 1.0, "Clopper-Pearson")
    assert nobody.width == float("inf")
