"""Whether a difference or a change is the same in several groups: one test of all of them, before any is named; and
best guesses for groups of which each knows little."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaltools.statistics.types import CONFIDENCE, Estimate, Test

METHOD = "Welch test of equal effects"
SPREAD = "Q-profile"
MEAN_SCORES = "mean score test"
SHRUNKEN = "empirical Bayes, Paule-Mandel"


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


def mean_score_test(groups: Sequence[tuple[int, int, int]]) -> Test:
    r"""Whether the net change is the same in all groups: the Cochran-Mantel-Haenszel test of mean scores.

    With scores 1, 0 and -1 of better, same and worse, mean m and divisor n - 1 variance s2 of all, it is
    :math:`\sum_g n_g (m_g - m)^2 / s^2`, chi-square with one degree of freedom fewer than there are groups.

    Parameters
    ----------
    groups : (better, same, worse) by group

    Returns
    -------
    Test; p None with ``one_group`` or ``all_alike`` where there is nothing to tell apart

    References
    ----------
    Landis, Heyman & Koch (1978) Int Stat Rev 46:237; Agresti (2013) Categorical Data Analysis, 8.4.

    Examples
    --------
    >>> round(mean_score_test([(10, 5, 5), (4, 8, 8)]).p, 4)
    0.0871
    """
    counts = np.array([group for group in groups if sum(group)], dtype=float).reshape(-1, 3)
    n, scores = counts.sum(axis=1), counts[:, 0] - counts[:, 2]
    total = float(n.sum())
    if len(counts) < 2:
        return Test(None, None, int(total), MEAN_SCORES, note="one_group")
    mean = scores.sum() / total
    spread = float((counts[:, 0] + counts[:, 2]).sum()) - total * mean**2
    if spread < 1e-12:
        return Test(None, None, int(total), MEAN_SCORES, note="all_alike")
    q = float((scores**2 / n).sum() - total * mean**2) * (total - 1) / spread
    df = len(counts) - 1
    return Test(q, float(scipy.stats.chi2.sf(q, df)), int(total), MEAN_SCORES, df=df)


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Estimates of groups drawn towards their mean: ``tau`` is the standard deviation between groups."""

    mean: float
    tau: float
    estimates: tuple[float, ...]


def shrunken(estimates: ArrayLike, variances: ArrayLike) -> Shrunken:
    r"""Best guesses for groups of few persons: empirical Bayes with Paule and Mandel's variance between groups.

    tau2 solves :math:`\sum w_g (y_g - m)^2 = k - 1` with :math:`w_g = 1 / (v_g + \tau^2)` and m their weighted mean (0
    where the groups differ no more than chance would have it); a group's estimate is
    :math:`m + (y_g - m) \tau^2 / (\tau^2 + v_g)`.

    Parameters
    ----------
    estimates, variances : one each a group; variances above 0

    Raises
    ------
    ValueError : no group, arrays of different lengths, or a variance that is not above 0

    References
    ----------
    Paule & Mandel (1982) J Res Natl Bur Stand 87:377; Morris (1983) JASA 78:47. As metafor's ``blup``.

    Examples
    --------
    >>> found = shrunken([0.1, 0.3, 0.8], [0.04, 0.02, 0.05])
    >>> round(found.tau, 3), [round(each, 3) for each in found.estimates]
    (0.291, [0.191, 0.316, 0.646])
    """
    y, v = (np.asarray(each, dtype=float) for each in (estimates, variances))
    if not len(y) or y.shape != v.shape or (v <= 0).any():
        raise ValueError("each group needs an estimate and a variance above 0")

    tau2 = _variance_at(y, v, len(y) - 1)
    mean = float((y / (v + tau2)).sum() / (1 / (v + tau2)).sum())
    kept = tau2 / (tau2 + v)
    return Shrunken(mean, math.sqrt(tau2), tuple(float(each) for each in mean + (y - mean) * kept))


def shrunken_changes(groups: Sequence[tuple[int, int, int]]) -> Shrunken:
    """`shrunken` net changes of groups (better, same, worse).

    Variances have half a person added to each way, so that a group in which all moved alike has one.
    """
    counts = np.array(groups, dtype=float).reshape(-1, 3)
    n, padded = counts.sum(axis=1), counts + 0.5
    m = padded.sum(axis=1)
    mean = (padded[:, 0] - padded[:, 2]) / m
    variance = ((padded[:, 0] + padded[:, 2]) / m - mean**2) / n
    return shrunken((counts[:, 0] - counts[:, 2]) / n, variance)


def shrunken_rates(groups: Sequence[tuple[int, int]]) -> Shrunken:
    """`shrunken` rates of groups (answered, counted), as log odds with half a person added to each side."""
    counts = np.array(groups, dtype=float).reshape(-1, 2)
    yes, no = counts[:, 1] + 0.5, counts[:, 0] - counts[:, 1] + 0.5
    found = shrunken(np.log(yes / no), 1 / yes + 1 / no)
    return Shrunken(
        float(scipy.special.expit(found.mean)), found.tau, tuple(map(float, scipy.special.expit(found.estimates)))
    )
