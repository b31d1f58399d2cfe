"""The deciding quantity of a paired change: test and interval are one, and hold their level."""

import itertools
import math
from functools import cache

import numpy as np
import pytest
from scipy.stats import binom

from evaltools.statistics import multiplicity
from evaltools.statistics import net_change as module
from evaltools.statistics.net_change import decided

net_change = cache(module.net_change)  # several tests look at every outcome
EVERY = [(up, n - up - down, down) for n in range(1, 31) for up in range(n + 1) for down in range(n + 1 - up)]


@pytest.mark.no_cover
@pytest.mark.parametrize("confidence", [0.95])
def test_p_effect_and_interval_never_contradict_each_other(confidence):
    """All outcomes of up to 30 pairs: the interval leaves zero out where, and only where, the test rejects."""
    for up, same, down in EVERY:
        found = net_change(up, same, down, confidence)
        low, high, net = found.estimate.lower, found.estimate.upper, found.estimate.estimate
        clear = found.p < 1 - confidence
        assert clear == (low > 0 or high < 0), (up, same, down)
        assert -1 <= low <= net <= high <= 1 and (not clear or math.copysign(1, net) == math.copysign(1, low + high))


def test_the_issue_case_has_one_conclusion():
    """Nine better, none worse, fifteen the same: not p = .002 beside r = 1.00 (-.45 to 1.00)."""
    found = net_change(9, 15, 0)
    assert found.p < 0.05 and found.estimate.lower > 0


def likelihood(up, same, down, d, fall):
    rise, stay = fall + d, 1 - 2 * fall - d
    return sum(k * math.log(max(p, 1e-300)) for k, p in ((up, rise), (same, stay), (down, fall)) if k)


def brute_tail(up, same, down, d):
    """P(up - down at least as seen) by enumerating every outcome, with the likeliest probabilities found by search."""
    n, lower, upper = up + same + down, max(0.0, -d), (1 - d) / 2
    for _ in range(60):  # golden section: the likelihood is concave
        a, b = upper - 0.618034 * (upper - lower), lower + 0.618034 * (upper - lower)
        lower, upper = (lower, b) if likelihood(up, same, down, d, a) > likelihood(up, same, down, d, b) else (a, upper)
    fall = (lower + upper) / 2
    rise, stay = fall + d, 1 - 2 * fall - d
    ways = ((u, f) for u in range(n + 1) for f in range(n + 1 - u) if u - f >= up - down)
    return sum(
        math.comb(n, u) * math.comb(n - u, f) * rise**u * max(fall, 0.0) ** f * max(stay, 0.0) ** (n - u - f)
        for u, f in ways
    )


@pytest.mark.parametrize("counts", [(9, 15, 0), (5, 0, 0), (3, 2, 1), (0, 7, 0), (6, 4, 6), (2, 20, 9), (12, 1, 2)])
def test_against_brute_force(counts):
    up, same, down = counts
    found = net_change(*counts)
    smaller = min(brute_tail(up, same, down, 0.0), brute_tail(down, same, up, 0.0))
    assert found.p == pytest.approx(min(1.0, 2 * smaller), abs=1e-7)
    for limit, (u, f) in ((found.estimate.lower, (up, down)), (-found.estimate.upper, (down, up))):
        if limit > -1 + 1e-9:
            assert brute_tail(u, same, f, limit) == pytest.approx(0.025, abs=1e-5)


def test_the_sign_test_where_every_pair_changed():
    assert net_change(7, 0, 1).p == pytest.approx(2 * 9 / 256)


@pytest.mark.no_cover
@pytest.mark.parametrize("n", [5, 8, 13, 20, 30])
def test_size_and_coverage_enumerated_near_the_boundary_and_away(n):
    known = {outcome: net_change(*outcome) for outcome in EVERY if sum(outcome) == n}
    for changed, lean in itertools.product((0.02, 0.1, 0.35, 0.7, 0.97, 1.0), (0.0, 0.5, 0.9, 1.0)):
        rise, fall = changed * (1 + lean) / 2, changed * (1 - lean) / 2
        weight = np.array([binom.pmf(u + f, n, changed) * binom.pmf(u, u + f, rise / changed) for u, _, f in known])
        held = [e.estimate.lower - 1e-9 <= rise - fall <= e.estimate.upper + 1e-9 for e in known.values()]
        assert weight @ held >= 0.94
        if lean == 0:
            assert weight @ [e.p < 0.05 for e in known.values()] <= 0.055


@pytest.mark.no_cover
@pytest.mark.parametrize("method", ["holm", "bh"])
def test_the_interval_at_the_confidence_of_the_family_says_what_the_adjusted_p_says(method):
    random = np.random.default_rng(4)
    for _ in range(400):
        outcomes = [tuple(random.multinomial(40, random.dirichlet((1, 2, 1)))) for _ in range(random.integers(1, 9))]
        p = [net_change(*o).p for o in outcomes]
        for outcome, adjusted, confidence in zip(
            outcomes, multiplicity.adjust(p, method), decided(p, method), strict=True
        ):
            e = net_change(*outcome, confidence=confidence).estimate
            assert (adjusted < 0.05) == (e.lower > 0 or e.upper < 0)


def test_more_that_rise_never_lower_the_limits():
    """What a rounded count allows is then found at its ends."""
    for n in (7, 19, 30):
        for down in range(n // 2):
            ends = [net_change(up, n - up - down, down).estimate for up in range(n + 1 - down)]
            assert all(a.lower <= b.lower + 1e-9 and a.upper <= b.upper + 1e-9 for a, b in itertools.pairwise(ends))


def test_nobody_and_everybody():
    assert net_change(0, 0, 0).p is None and net_change(0, 0, 0).estimate.note == "no_pairs"
    alike = net_change(0, 12, 0)
    assert alike.p == 1 and alike.estimate.lower < 0 < alike.estimate.upper
    many = net_change(30_000, 60_000, 29_000)
    few = net_change(3_000, 6_000, 2_900)
    assert many.p < few.p and many.estimate.lower > few.estimate.lower
