"""Rates from counts: intervals, tests, differences and ratios that hold at 0 %, at 100 % and at any n.

Every function takes counts (``x`` persons out of ``n``) and returns an ``Estimate`` or a ``Test``. Nobody asked or
nobody answered is an undefined estimate with a note, not an error; impossible counts raise ``ValueError``.

Notes: ``nobody_answered`` (n = 0), ``group_empty`` (one of two groups has n = 0), ``no_events`` and
``no_events_in_second`` (a ratio without a denominator), ``all_the_same`` (a test with nothing to compare),
``benchmark_at_end`` (a benchmark of exactly 0 or 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate, Test

_RELATIVE = 4 * np.finfo(float).eps  # the finest relative tolerance brentq takes
_TIE = 1 + 1e-7  # probabilities this close count as equal, as in R's exact tests

Limits = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RateTest:
    """A rate tested against a fixed benchmark in three ways; every p is two-sided and None at n = 0."""

    rate: float | None
    benchmark: float
    n: int
    z: float | None
    p_exact: float | None
    p_score: float | None
    p_mid: float | None
    note: str = ""


# --- one rate ---------------------------------------------------------------------------------------------


def wilson(x: int, n: int, confidence: float = CONFIDENCE, cohort: int | None = None) -> Estimate:
    """Wilson score interval of a rate, with a finite-cohort correction on request.

    The limits solve ``(x/n - p)^2 = f z^2 p (1 - p) / n``. Without a cohort ``f = 1``. With a cohort of N persons,
    of whom n answered, ``f = (N - n) / (N - 1)``, the variance ratio of sampling without replacement, and the
    limits are kept inside ``[x / N, (x + N - n) / N]``, the rates the cohort can still have. When everybody
    answered the interval is the rate itself.

    Parameters: ``x`` of ``n`` persons; ``confidence`` in (0, 1); ``cohort`` is N, at least n, or None.
    Returns: the estimate ``x / n``. With n = 0 the estimate is None and the interval (0, 1).
    Raises: ValueError for counts that are negative or not whole, x > n, n > cohort, confidence outside (0, 1).
    References: Wilson (1927) JASA 22:209; Newcombe (1998) Stat Med 17:857, method 3; Cochran (1977) Sampling
    Techniques, section 3.2, for f.

    >>> round(wilson(81, 263).lower, 4), wilson(5, 5, cohort=5).lower
    (0.2553, 1.0)
    """
    x, n = checked_counts(x, n)
    z = critical(confidence)
    if cohort is None:
        return _single(x, n, "Wilson", *wilson_limits(x, n, z))
    cohort = checked_counts(n, cohort)[1]
    if n == 0:
        return _single(x, n, "Wilson, finite cohort", 0.0, 1.0)
    fraction = (cohort - n) / (cohort - 1) if cohort > 1 else 0.0
    lower, upper = wilson_limits(x, n, z * math.sqrt(fraction))
    lower = min(max(lower, x / cohort), x / n)  # the outer min and max take up rounding when all have answered
    upper = max(min(upper, (x + cohort - n) / cohort), x / n)
    return _single(x, n, "Wilson, finite cohort", lower, upper)


def clopper_pearson(x: int, n: int, confidence: float = CONFIDENCE) -> Estimate:
    """Clopper-Pearson ("exact") interval of a rate: each binomial tail at the limits is at most alpha / 2.

    ``lower = B(alpha/2; x, n-x+1)`` and ``upper = B(1-alpha/2; x+1, n-x)``, B the beta quantile.
    Parameters, errors and n = 0 as in `wilson`. Reference: Clopper & Pearson (1934) Biometrika 26:404.

    >>> round(clopper_pearson(0, 10).upper, 4)
    0.3085
    """
    x, n = checked_counts(x, n)
    tail = _tail(confidence)
    return _single(x, n, "Clopper-Pearson", *_mirrored(lambda k: _exact_lower(k, n, tail), x, n))


def mid_p(x: int, n: int, confidence: float = CONFIDENCE) -> Estimate:
    """Mid-p interval of a rate: like Clopper-Pearson with half the probability of x itself in each tail.

    The lower limit solves ``P(X > x; p) + P(X = x; p) / 2 = alpha / 2``, the upper the mirror image.
    Parameters, errors and n = 0 as in `wilson`. Reference: Lancaster (1961) JASA 56:223; Berry & Armitage (1995)
    The Statistician 44:417.

    >>> round(mid_p(0, 1).upper, 4)
    0.95
    """
    x, n = checked_counts(x, n)
    tail = _tail(confidence)
    return _single(x, n, "mid-p", *_mirrored(lambda k: _mid_p_lower(k, n, tail), x, n))


def agresti_coull(x: int, n: int, confidence: float = CONFIDENCE, *, clip: bool = True) -> Estimate:
    """Agresti-Coull interval of a rate: Wald around the Wilson midpoint.

    ``m ± z sqrt(m (1 - m) / (n + z^2))`` with ``m = (x + z^2/2) / (n + z^2)``; ``clip`` keeps it in [0, 1].
    Parameters, errors and n = 0 as in `wilson`. Reference: Agresti & Coull (1998) Am Stat 52:119.

    >>> round(agresti_coull(15, 148).lower, 4)
    0.0614
    """
    x, n = checked_counts(x, n)
    z = critical(confidence)
    if n == 0:
        return _single(x, n, "Agresti-Coull", 0.0, 1.0)
    middle = (x + z * z / 2) / (n + z * z)
    half = z * math.sqrt(middle * (1 - middle) / (n + z * z))
    lower, upper = middle - half, middle + half
    if clip:
        lower, upper = max(lower, 0.0), min(upper, 1.0)
    return _single(x, n, "Agresti-Coull", lower, upper)


def jeffreys(x: int, n: int, confidence: float = CONFIDENCE) -> Estimate:
    """Jeffreys interval of a rate: equal-tailed, beta(1/2, 1/2) prior, lower = 0 at x = 0 and upper = 1 at x = n.

    ``B(alpha/2; x+1/2, n-x+1/2)`` to ``B(1-alpha/2; x+1/2, n-x+1/2)``, B the beta quantile.
    Parameters, errors and n = 0 as in `wilson`. Reference: Brown, Cai & DasGupta (2001) Stat Sci 16:101,
    section 3.1.1.

    >>> round(jeffreys(0, 10).upper, 4)
    0.2172
    """
    x, n = checked_counts(x, n)
    tail = _tail(confidence)
    limits = _mirrored(lambda k: float(scipy.special.betaincinv(k + 0.5, n - k + 0.5, tail)), x, n)
    return _single(x, n, "Jeffreys", *limits)


def rate_test(x: int, n: int, p0: float) -> RateTest:
    """A rate against a fixed benchmark ``p0`` that has no sampling error.

    ``p_exact`` sums the binomial probabilities not above that of x; ``p_score`` is two-sided normal with
    ``z = (x - n p0) / sqrt(n p0 (1 - p0))``; ``p_mid`` is twice the smaller tail less the probability of x.

    Parameters: ``x`` of ``n`` persons, ``p0`` in [0, 1]. Returns: `RateTest`; all None at n = 0. At p0 of 0 or 1
    the outcome is certain: p is 1 when it came, else 0, z is None and the note says so.
    Raises: ValueError for impossible counts or p0. Reference: Fagerland, Lydersen & Laake (2017) Statistical
    Analysis of Contingency Tables, chapter 2.

    >>> round(rate_test(3, 20, 0.4).p_exact, 4)
    0.0224
    """
    x, n = checked_counts(x, n)
    p0 = checked_share(p0, "benchmark")
    if n == 0:
        return RateTest(None, p0, n, None, None, None, None, "nobody_answered")
    if p0 in (0.0, 1.0):
        p = 1.0 if x == n * p0 else 0.0
        return RateTest(x / n, p0, n, None, p, p, p, "benchmark_at_end")
    z = (x - n * p0) / math.sqrt(n * p0 * (1 - p0))
    exact = float(scipy.stats.binomtest(x, n, p0).pvalue)
    central = 2 * min(_mid_p_upper_tail(x, n, p0), _mid_p_upper_tail(n - x, n, 1 - p0))
    return RateTest(x / n, p0, n, z, min(exact, 1.0), two_sided(z), min(central, 1.0))


# --- two rates --------------------------------------------------------------------------------------------


def difference(
    x1: int, n1: int, x2: int, n2: int, confidence: float = CONFIDENCE, method: str = "newcombe"
) -> Estimate:
    """Difference of two independent rates, ``x1/n1 - x2/n2``, with an interval valid at 0 % and 100 %.

    Methods: ``newcombe`` (square-and-add of the two Wilson intervals, method 10); ``miettinen-nurminen`` (the
    differences not rejected by the score test, variance at the constrained maximum likelihood times N/(N-1));
    ``mee`` (the same without N/(N-1)); ``agresti-caffo`` (Wald after one more of each outcome in each group, kept
    in [-1, 1]).

    Parameters: ``x1`` of ``n1`` and ``x2`` of ``n2`` persons. Returns: n is n1 + n2; all None with the note
    ``group_empty`` when a group has nobody. Raises: ValueError for impossible counts or an unknown method.
    References: Newcombe (1998) Stat Med 17:873; Miettinen & Nurminen (1985) Stat Med 4:213; Mee (1984) Biometrics
    40:1175; Agresti & Caffo (2000) Am Stat 54:280.

    >>> round(difference(56, 70, 48, 80).lower, 4)
    0.0524
    """
    x1, n1 = checked_counts(x1, n1)
    x2, n2 = checked_counts(x2, n2)
    if method not in _DIFFERENCE:
        raise ValueError(f"unknown method {method!r}; one of {', '.join(_DIFFERENCE)}")
    label, limits = _DIFFERENCE[method]
    z = critical(confidence)
    if n1 == 0 or n2 == 0:
        return Estimate(None, None, None, n1 + n2, label, note="group_empty")
    estimate = x1 / n1 - x2 / n2
    lower, upper = limits(x1, n1, x2, n2, z)
    return Estimate(estimate, lower, upper, n1 + n2, label)


def difference_test(x1: int, n1: int, x2: int, n2: int, method: str = "score") -> Test:
    """Test that two independent rates are equal.

    ``score``: ``z = (p1 - p2) / sqrt(p (1 - p) (1/n1 + 1/n2) N/(N-1))`` with p the pooled rate; rejects exactly
    when the Miettinen-Nurminen interval leaves out 0. ``fisher mid-p``: the two-sided Fisher p (tables not more
    probable than the observed) less half the probability of the observed table; its statistic is x1.

    Parameters and errors as in `difference`. Returns: p = 1 with the note ``all_the_same`` when everybody or
    nobody succeeded; None with ``group_empty`` when a group has nobody. References: Miettinen & Nurminen (1985);
    Fagerland, Lydersen & Laake (2017), section 4.4.

    >>> round(difference_test(9, 10, 3, 10).p, 4)
    0.0076
    """
    x1, n1 = checked_counts(x1, n1)
    x2, n2 = checked_counts(x2, n2)
    if method not in ("score", "fisher mid-p"):
        raise ValueError(f"unknown method {method!r}; one of score, fisher mid-p")
    label = "score test (Miettinen-Nurminen)" if method == "score" else "Fisher mid-p"
    n, x = n1 + n2, x1 + x2
    if n1 == 0 or n2 == 0:
        return Test(None, None, n, label, note="group_empty")
    if x in (0, n):
        return Test(0.0 if method == "score" else float(x1), 1.0, n, label, note="all_the_same")
    if method == "fisher mid-p":
        return Test(float(x1), _fisher_mid_p(x1, n1, x2, n2), n, label)
    variance = (x / n) * ((n - x) / n) * (1 / n1 + 1 / n2) * n / (n - 1)
    z = (x1 / n1 - x2 / n2) / math.sqrt(variance)
    return Test(z, two_sided(z), n, label)


def ratio(
    x1: int, n1: int, x2: int, n2: int, confidence: float = CONFIDENCE, method: str = "miettinen-nurminen"
) -> Estimate:
    """Ratio of two independent rates, ``(x1/n1) / (x2/n2)``, with a score interval valid at zeros.

    The interval holds the ratios r not rejected by ``(p1 - r p2)^2 / (v1 + r^2 v2)``, with v at the maximum
    likelihood under ``p1 = r p2``; ``miettinen-nurminen`` multiplies the variance by N/(N-1), ``koopman`` does not.

    Parameters and errors as in `difference`. Returns: with x2 = 0 the estimate is None (``no_events_in_second``,
    or ``no_events`` when x1 = 0 too) and the upper limit ``math.inf``; all None with ``group_empty``.
    References: Koopman (1984) Biometrics 40:513; Miettinen & Nurminen (1985) Stat Med 4:213.

    >>> round(ratio(56, 70, 48, 80).estimate, 4)
    1.3333
    """
    x1, n1 = checked_counts(x1, n1)
    x2, n2 = checked_counts(x2, n2)
    if method not in _RATIO:
        raise ValueError(f"unknown method {method!r}; one of {', '.join(_RATIO)}")
    label, inflate = _RATIO[method]
    z = critical(confidence)
    if n1 == 0 or n2 == 0:
        return Estimate(None, None, None, n1 + n2, label, note="group_empty")
    spread = z * z * (_inflation(n1, n2) if inflate else 1.0)
    lower = _ratio_lower(x1, n1, x2, n2, spread)
    inverse = _ratio_lower(x2, n2, x1, n1, spread)
    upper = 1 / inverse if inverse > 0 else math.inf
    if x2 == 0:
        note = "no_events" if x1 == 0 else "no_events_in_second"
        return Estimate(None, lower, upper, n1 + n2, label, note=note)
    return Estimate((x1 * n2) / (x2 * n1), lower, upper, n1 + n2, label)


def against_benchmark(
    x: int, n: int, benchmark: float, benchmark_n: float | None = None, confidence: float = CONFIDENCE
) -> Estimate:
    """Difference of a rate from a benchmark rate, ``x/n - benchmark``.

    Without ``benchmark_n`` the benchmark is a constant and the Clopper-Pearson interval is shifted by it; with it the
    benchmark is itself a rate among ``benchmark_n`` persons and the interval is Newcombe's (method 10).

    Parameters: ``x`` of ``n`` persons; ``benchmark`` in [0, 1] (it may be rounded, so its count need not be
    whole); ``benchmark_n`` > 0 or None. Returns: n is ours alone; estimate and interval None, ``nobody_answered``,
    at n = 0. Raises: ValueError for impossible counts or benchmark. Reference: Newcombe (1998) Stat Med 17:873.

    >>> round(against_benchmark(321, 500, 0.6).estimate, 4)
    0.042
    """
    x, n = checked_counts(x, n)
    benchmark = checked_share(benchmark, "benchmark")
    z = critical(confidence)
    if benchmark_n is not None and not (math.isfinite(benchmark_n) and benchmark_n > 0):
        raise ValueError(f"benchmark_n must be above 0 or None, not {benchmark_n!r}")
    label = "Clopper-Pearson less fixed benchmark" if benchmark_n is None else "Newcombe difference"
    if n == 0:
        return Estimate(None, None, None, n, label, note="nobody_answered")
    if benchmark_n is None:
        shifted = clopper_pearson(x, n, confidence)
        lower, upper = shifted.lower - benchmark, shifted.upper - benchmark  # type: ignore[operator]
    else:
        lower, upper = _newcombe_limits(x, n, benchmark * benchmark_n, benchmark_n, z)
    return Estimate(x / n - benchmark, lower, upper, n, label)


def representation_ratio(x: int, n: int, population_share: float, confidence: float = CONFIDENCE) -> Estimate:
    """How many times its population share a group has among the students: ``(x/n) / population_share``.

    The population is known without sampling error (a register), so the Clopper-Pearson limits are divided by its share;
    1 means in proportion, below 1 under-represented. For a share from a sample use `ratio`.

    Parameters: ``x`` of the group among ``n`` students; ``population_share`` in (0, 1]. Returns: with n = 0 the
    estimate is None and the interval 0 to 1/share. Raises: ValueError for impossible counts or share.
    Reference: Clopper & Pearson (1934) Biometrika 26:404.

    >>> round(representation_ratio(30, 100, 0.2).estimate, 4)
    1.5
    """
    x, n = checked_counts(x, n)
    share = checked_share(population_share, "population share")
    if share == 0:
        raise ValueError("a population share of 0 has no ratio to it")
    rate = clopper_pearson(x, n, confidence)
    value = None if n == 0 else x / n / share
    note = "nobody_answered" if n == 0 else ""
    lower, upper = rate.lower / share, rate.upper / share  # type: ignore[operator]
    return Estimate(value, lower, upper, n, "Clopper-Pearson over population share", note=note)


# --- shared with nonresponse ------------------------------------------------------------------------------


def checked_counts(x: int, n: int) -> tuple[int, int]:
    """``x`` and ``n`` as whole numbers; ValueError unless both are whole and 0 <= x <= n."""
    whole = []
    for name, value in (("x", x), ("n", n)):
        if not math.isfinite(value) or value != int(value):
            raise ValueError(f"{name} must be a whole number, not {value!r}")
        whole.append(int(value))
    if not 0 <= whole[0] <= whole[1]:
        raise ValueError(f"impossible counts: {whole[0]} of {whole[1]}")
    return whole[0], whole[1]


def checked_share(value: float, name: str) -> float:
    """``value`` as a float; ValueError unless it lies in [0, 1]."""
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be between 0 and 1, not {value!r}")
    return float(value)


def critical(confidence: float) -> float:
    """Two-sided standard normal critical value, 1.96 at 0.95; ValueError unless 0 < confidence < 1."""
    return -float(scipy.special.ndtri(_tail(confidence)))


def two_sided(z: float) -> float:
    """Two-sided standard normal p of z."""
    return 2 * float(scipy.special.ndtr(-abs(z)))


def _tail(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence!r}")
    return (1 - confidence) / 2


# --- limits -----------------------------------------------------------------------------------------------


def _single(x: int, n: int, method: str, lower: float, upper: float) -> Estimate:
    if n == 0:
        return Estimate(None, 0.0, 1.0, n, method, note="nobody_answered")
    return Estimate(x / n, lower, upper, n, method)


def _mirrored(lower: Callable[[int], float], x: int, n: int) -> Limits:
    """Limits from the lower one: the upper limit of x is one less the lower limit of n - x."""
    if n == 0:
        return 0.0, 1.0
    return (0.0 if x == 0 else lower(x)), (1.0 if x == n else 1 - lower(n - x))


def wilson_limits(x: float, n: float, z: float) -> Limits:
    """Wilson limits of x of n, which need not be whole, at the normal critical value z; (0, 1) at n = 0."""
    if n == 0:
        return 0.0, 1.0
    middle, root = 2 * x + z * z, z * math.sqrt(z * z + 4 * x * (n - x) / n)
    lower = 0.0 if x == 0 else 2 * x * (x / n) / (middle + root)  # the smaller root, free of cancellation
    return lower, 1.0 if x == n else (middle + root) / (2 * (n + z * z))


def _exact_lower(x: int, n: int, tail: float) -> float:
    return float(scipy.special.betaincinv(x, n - x + 1, tail))


def _mid_p_upper_tail(x: int, n: int, p: float) -> float:
    """P(X > x) + P(X = x) / 2 for X binomial(n, p), 0 < p < 1."""
    at_least = 1.0 if x == 0 else float(scipy.special.betainc(x, n - x + 1, p))
    above = 0.0 if x == n else float(scipy.special.betainc(x + 1, n - x, p))
    return (at_least + above) / 2


def _mid_p_lower(x: int, n: int, tail: float) -> float:
    if x == n:
        return float((2 * tail) ** (1 / n))
    low, high = _exact_lower(x, n, tail), _exact_lower(x + 1, n, tail)
    return float(
        scipy.optimize.brentq(lambda p: _mid_p_upper_tail(x, n, p) - tail, low, high, xtol=1e-300, rtol=_RELATIVE)
    )


def _newcombe_limits(x1: float, n1: float, x2: float, n2: float, z: float) -> Limits:
    p1, p2 = x1 / n1, x2 / n2
    low1, high1 = wilson_limits(x1, n1, z)
    low2, high2 = wilson_limits(x2, n2, z)
    estimate = p1 - p2
    return estimate - math.hypot(p1 - low1, high2 - p2), estimate + math.hypot(high1 - p1, p2 - low2)


def _agresti_caffo_limits(x1: int, n1: int, x2: int, n2: int, z: float) -> Limits:
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    half = z * math.sqrt(p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2))
    return max(p1 - p2 - half, -1.0), min(p1 - p2 + half, 1.0)


def _mee_limits(x1: int, n1: int, x2: int, n2: int, z: float) -> Limits:
    return _score_limits(x1, n1, x2, n2, z * z)


def _miettinen_nurminen_limits(x1: int, n1: int, x2: int, n2: int, z: float) -> Limits:
    return _score_limits(x1, n1, x2, n2, z * z * _inflation(n1, n2))


_DIFFERENCE = {
    "newcombe": ("Newcombe difference", _newcombe_limits),
    "miettinen-nurminen": ("Miettinen-Nurminen difference", _miettinen_nurminen_limits),
    "mee": ("Mee difference", _mee_limits),
    "agresti-caffo": ("Agresti-Caffo difference", _agresti_caffo_limits),
}
_RATIO = {"miettinen-nurminen": ("Miettinen-Nurminen ratio", True), "koopman": ("Koopman ratio", False)}


def _inflation(n1: int, n2: int) -> float:
    return (n1 + n2) / (n1 + n2 - 1)


def _score_limits(x1: int, n1: int, x2: int, n2: int, spread: float) -> Limits:
    """Score limits of a difference; the upper one is the lower one of the groups exchanged."""
    return _score_lower(x1, n1, x2, n2, spread), -_score_lower(x2, n2, x1, n1, spread)


def _score_lower(x1: int, n1: int, x2: int, n2: int, spread: float) -> float:
    estimate = x1 / n1 - x2 / n2

    def excess(delta: float) -> float:
        p2 = _constrained_rate(x1, n1, x2, n2, delta)
        p1 = p2 + delta
        return (estimate - delta) ** 2 - spread * (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)

    return _crossing(excess, -1.0, estimate)


def _constrained_rate(x1: int, n1: int, x2: int, n2: int, delta: float) -> float:
    """Maximum-likelihood p2 under p1 = p2 + delta: the log-likelihood is concave, so its slope is bisected."""
    low, high = max(0.0, -delta), min(1.0, 1.0 - delta)
    y1, y2 = n1 - x1, n2 - x2
    for _ in range(60):
        p2 = (low + high) / 2
        p1 = p2 + delta
        if not (low < p2 < high and 0 < p1 < 1):
            break
        if x1 / p1 + x2 / p2 > y1 / (1 - p1) + y2 / (1 - p2):
            low = p2
        else:
            high = p2
    return (low + high) / 2


def _crossing(excess: Callable[[float], float], outside: float, inside: float) -> float:
    """Where ``excess`` falls to 0 between ``outside`` (> 0) and ``inside`` (<= 0, and 0 there is no root)."""
    for _ in range(200):
        if excess(inside) < 0:
            return float(scipy.optimize.brentq(excess, outside, inside, xtol=1e-15, rtol=_RELATIVE))
        middle = (outside + inside) / 2
        if excess(middle) > 0:
            outside = middle
        else:
            inside = middle
    return inside


def _ratio_lower(x1: int, n1: int, x2: int, n2: int, spread: float) -> float:
    """Lower limit of p1 / p2, searched on t = r / (1 + r), which keeps r = infinity in reach."""
    if x1 == 0:
        return 0.0
    p1, p2, events, persons = x1 / n1, x2 / n2, x1 + x2, n1 + n2

    def excess(t: float) -> float:
        u = 1 - t
        middle = (n1 + x2) * t + (n2 + x1) * u
        scale = 2 * events / (middle + math.sqrt(max(middle * middle - 4 * persons * events * t * u, 0.0)))
        m1, m2 = min(scale * t, 1.0), min(scale * u, 1.0)
        return (p1 * u - p2 * t) ** 2 - spread * (u * u * m1 * (1 - m1) / n1 + t * t * m2 * (1 - m2) / n2)

    t = _crossing(excess, 0.0, p1 / (p1 + p2))
    return t / (1 - t)


def _fisher_mid_p(x1: int, n1: int, x2: int, n2: int) -> float:
    events = x1 + x2
    possible = np.arange(max(0, events - n2), min(events, n1) + 1)
    probability = scipy.stats.hypergeom.pmf(possible, n1 + n2, events, n1)
    observed = probability[x1 - possible[0]]
    return float(min(probability[probability <= observed * _TIE].sum() - observed / 2, 1.0))
