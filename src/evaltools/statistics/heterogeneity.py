"""Whether a difference is the same in several groups: one test of all of them, before any is named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate, Test

METHOD = "Welch test of equal effects"
SPREAD = "Q-profile"


class GroupEffect(NamedTuple):
    """The difference between two arms in one group, its variance, and the degrees of freedom of that variance."""

    difference: float
    variance: float
    df: float


def of_rates(x1: float, n1: int, x2: float, n2: int) -> GroupEffect:
    """Of two rates, by Agresti and Caffo: one added to each count of placed and not placed in each arm.

    >>> of_rates(8, 10, 5, 10).difference
    0.25
    """
    p1, p2 = (x1 + 1) / (n1 + 2), (x2 + 1) / (n2 + 2)
    return GroupEffect(p1 - p2, p1 * (1 - p1) / (n1 + 2) + p2 * (1 - p2) / (n2 + 2), n1 + n2 - 2)


def of_means(n1: int, mean1: float, variance1: float, n2: int, mean2: float, variance2: float) -> GroupEffect:
    """Of two means, their variances (n - 1) unequal; Satterthwaite's degrees of freedom.

    >>> of_means(10, 3.0, 1.0, 10, 2.0, 1.0)
    GroupEffect(difference=1.0, variance=0.2, df=18.0)
    """
    one, two = variance1 / n1, variance2 / n2
    whole = one + two
    df = whole**2 / (one**2 / (n1 - 1) + two**2 / (n2 - 1)) if whole else n1 + n2 - 2
    return GroupEffect(mean1 - mean2, whole, df)


def equal_effects(groups: Sequence[GroupEffect]) -> Test:
    """Whether the difference between the arms is the same in all groups, their variances unequal.

    Welch's heteroscedastic analysis of variance, its groups the differences: with ``w = 1 / variance`` the weighted
    sum of squares over k - 1, corrected for variances that are estimated, against F.

    Returns
    -------
    Test : p None with the note "one_group" (fewer than two groups) or "no_variance" (a group's difference has none)

    References
    ----------
    Welch (1951) Biometrika 38:330; James (1951) Biometrika 38:324. With one arm per group it is R ``oneway.test``.

    Examples
    --------
    >>> round(equal_effects([of_rates(30, 50, 20, 50), of_rates(20, 50, 30, 50)]).p, 4)
    0.0052
    """
    k, n = len(groups), round(sum(group.df for group in groups))
    if k < 2:
        return Test(None, None, n, METHOD, note="one_group")
    if any(group.variance <= 0 for group in groups):
        return Test(None, None, n, METHOD, note="no_variance")
    difference, variance, df = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    weight = 1 / variance
    share = weight / weight.sum()
    spread = float((weight * (difference - (share * difference).sum()) ** 2).sum()) / (k - 1)
    lost = float(((1 - share) ** 2 / df).sum())
    f = spread / (1 + 2 * (k - 2) / (k**2 - 1) * lost)
    return Test(f, float(scipy.stats.f.sf(f, k - 1, (k**2 - 1) / (3 * lost))), n, METHOD, df=k - 1)


def spread(groups: Sequence[GroupEffect], confidence: float = CONFIDENCE) -> Estimate:
    """How much the difference varies between groups beyond chance: its standard deviation, with the Q-profile interval.

    With ``Q(t) = sum (difference - weighted mean)² / (variance + t)`` the estimate is the root of the t at which Q is
    its expectation k - 1 (Paule-Mandel), the limits those at which it is a quantile of chi-square with k - 1 degrees of
    freedom; 0 where Q is below already at t = 0.

    Returns
    -------
    Estimate : in units of the difference; None with the notes of :func:`equal_effects`

    References
    ----------
    Paule & Mandel (1982) J Res NBS 87:377; Viechtbauer (2007) Stat Med 26:37.

    Examples
    --------
    >>> found = spread([of_rates(45, 50, 10, 50), of_rates(25, 50, 25, 50), of_rates(10, 50, 45, 50)])
    >>> round(found.estimate, 2), round(found.lower, 2), round(found.upper, 1)
    (0.67, 0.34, 4.2)
    """
    test = equal_effects(groups)
    if test.p is None:
        return Estimate(None, None, None, test.n, SPREAD, note=test.note)
    difference, variance, _ = (np.array(column, dtype=float) for column in zip(*groups, strict=True))
    tail, df = (1 - confidence) / 2, len(groups) - 1
    at = [
        _variance_at(difference, variance, q)
        for q in (df, scipy.stats.chi2.isf(tail, df), scipy.stats.chi2.ppf(tail, df))
    ]
    estimate, lower, upper = (math.sqrt(t) for t in at)
    return Estimate(estimate, lower, upper, test.n, SPREAD)


def _variance_at(difference: np.ndarray, variance: np.ndarray, wanted: float) -> float:
    """The variance between groups at which Q is ``wanted``; 0 where Q without any is no greater."""

    def excess(between: float) -> float:
        weight = 1 / (variance + between)
        mean = (weight * difference).sum() / weight.sum()
        return float((weight * (difference - mean) ** 2).sum()) - wanted

    if excess(0.0) <= 0:
        return 0.0
    top = float(((difference - difference.mean()) ** 2).sum()) / wanted  # Q there is at most what is wanted
    return float(scipy.optimize.brentq(excess, 0.0, top))
