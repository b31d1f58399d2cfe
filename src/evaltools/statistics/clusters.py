"""Persons who came in groups - a course, a class, a teacher - answer alike: what that does to intervals and tests.

Counts by group are enough. The variance of a mean over groups is estimated from the groups' own deviations with the
correction for few groups of Bell and McCaffrey (CR2), its degrees of freedom are Satterthwaite's, and an interval is
never narrower than without groups: where these differ less than chance would have it, chance is the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaltools.statistics import net_change as paired
from evaltools.statistics.types import CONFIDENCE, Estimate, Test

METHOD = "cluster-robust, CR2 with Satterthwaite df"
SMALLEST = 3  # groups below which no variance between them is estimated
LARGEST_Z = 6.0  # normal quantile beyond which an exact method has no digits left


@dataclass(frozen=True, slots=True)
class Design:
    """What groups do to a mean of ``n`` persons.

    Attributes
    ----------
    groups : how many there are
    icc : share of the variance that lies between groups (analysis of variance; it may be negative)
    effect : the variance over that of as many persons without groups, at least 1
    df : degrees of freedom of the variance
    few : what the variance is multiplied by besides, since one that rests on few groups is often too small
    """

    n: int
    groups: int
    icc: float | None
    effect: float
    df: float
    few: float = 1.0

    @property
    def is_known(self) -> bool:
        return self.groups >= SMALLEST

    def quantile(self, confidence: float = CONFIDENCE) -> float:
        """By how many standard errors of persons without groups an interval reaches out on each side."""
        return self._wider * float(scipy.stats.t.ppf((1 + confidence) / 2, self.df))

    def confidence(self, confidence: float = CONFIDENCE) -> float | None:
        """The confidence at which a method without groups gives the interval with groups; None with too few groups."""
        return float(2 * scipy.special.ndtr(min(self.quantile(confidence), LARGEST_Z)) - 1) if self.is_known else None

    def p(self, p: float | None) -> float | None:
        """A two-sided p with groups, of one without: below ``1 - c`` where, and only where, p is below
        ``1 - confidence(c)``. None where there are too few groups."""
        if p is None or not self.is_known:
            return None
        z = min(-float(scipy.special.ndtri(p / 2)), LARGEST_Z)
        return float(2 * scipy.stats.t.sf(z / self._wider, self.df))

    def widened(self, found: Estimate) -> Estimate:
        """An estimate whose 95% interval does not allow for groups, with one that does; none with too few groups."""
        if found.estimate is None or found.lower is None or found.upper is None or not self.is_known:
            return replace(found, lower=None, upper=None, note=found.note or "too_few_groups")
        ratio = self.quantile() / float(scipy.special.ndtri((1 + CONFIDENCE) / 2))
        lower, upper = (found.estimate + (end - found.estimate) * ratio for end in (found.lower, found.upper))
        return replace(found, lower=lower, upper=upper, method=f"{found.method}; {METHOD}")

    @property
    def _wider(self) -> float:
        return math.sqrt(self.effect * self.few)


def design(sizes: ArrayLike, sums: ArrayLike, squares: ArrayLike, moved: int | None = None) -> Design:
    r"""Intraclass correlation, design effect and degrees of freedom of a mean of persons in groups.

    With N persons, n_g of them in group g whose sum is s_g, and the mean m = sum s_g / N, the variance of m is

    .. math:: V = \frac{1}{N^2} \sum_g \frac{(s_g - n_g m)^2}{1 - n_g / N},

    what CR2 is for a mean; the effect is V over the variance without groups. ``few`` is ``1 + 2 / moved``: it keeps
    the intervals of rates near 0 and 1 that a few groups decide (docs/coverage.md). The degrees of freedom are
    Satterthwaite's, of persons alike and independent.

    Parameters
    ----------
    sizes, sums, squares : by group: persons, the sum of their values, the sum of the squares
    moved : groups that hold another value than the commonest; all of them where not given

    Returns
    -------
    Design; with fewer than ``SMALLEST`` groups ``is_known`` is false

    Raises
    ------
    ValueError : a group without persons, or arrays of different lengths

    References
    ----------
    Bell & McCaffrey (2002) Surv Methodol 28:169; Pustejovsky & Tipton (2018) J Bus Econ Stat 36:672; Donner & Klar
    (2000) Design and Analysis of Cluster Randomization Trials, 1.3.

    Examples
    --------
    >>> found = design([10, 10, 10, 10], [8, 2, 7, 3], [8, 2, 7, 3])
    >>> round(found.icc, 2), round(found.df, 1)
    (0.24, 3.0)
    """
    n, s, q = (np.asarray(each, dtype=float) for each in (sizes, sums, squares))
    if not n.shape == s.shape == q.shape or (n <= 0).any():
        raise ValueError("groups need one size, sum and sum of squares each, and at least one person")
    total, groups = float(n.sum()), len(n)
    if groups < SMALLEST:
        return Design(int(total), groups, None, 1.0, math.nan)
    mean = s.sum() / total
    spread = max(float(q.sum() - total * mean**2), 0.0)
    share = n / total
    between = float(((s - n * mean) ** 2 / (1 - share)).sum()) / total**2
    alone = spread / (total * (total - 1)) if total > 1 else 0.0
    effect = between / alone if alone > 1e-15 else 1.0
    few = 1 + 2 / max(groups if moved is None else moved, 1)
    return Design(int(total), groups, _icc(n, s, q), max(effect, 1.0), _degrees(share), few)


def _icc(n: np.ndarray, s: np.ndarray, q: np.ndarray) -> float | None:
    """By analysis of variance; None where no group has two persons, or all answer alike."""
    total, groups = n.sum(), len(n)
    if total <= groups:
        return None
    within = max(float((q - s**2 / n).sum()), 0.0) / (total - groups)
    between = float((n * (s / n - s.sum() / total) ** 2).sum()) / (groups - 1)
    size = (total - (n**2).sum() / total) / (groups - 1)
    whole = between + (size - 1) * within
    return float((between - within) / whole) if whole > 1e-15 else None


def _degrees(share: np.ndarray) -> float:
    """Satterthwaite's: (trace B)^2 / trace B^2 of the quadratic form in persons that V is."""
    form = _form(share)
    return float(np.trace(form) ** 2 / (form**2).sum())


def _form(share: np.ndarray) -> np.ndarray:
    """That quadratic form by groups, n times."""
    root = np.sqrt(1 - share)
    return np.diag(share / (1 - share)) - np.outer(share / root, share / root)


def of_rates(groups: Sequence[tuple[int, int]]) -> Design:
    """`design` of a rate: by group how many answered and how many of them count."""
    n, x = (np.array(each) for each in zip(*groups, strict=True)) if groups else (np.zeros(0), np.zeros(0))
    return design(n, x, x, min(int((x > 0).sum()), int((x < n).sum())))


def of_changes(groups: Sequence[tuple[int, int, int]]) -> Design:
    """`design` of a net change: by group how many got better, stayed and got worse."""
    ways = np.array(groups).reshape(-1, 3)
    n, moved = ways.sum(axis=1), ways[:, 0] + ways[:, 2]
    commonest = int(ways.sum(axis=0).argmax()) if len(ways) else 0
    return design(n, ways[:, 0] - ways[:, 2], moved, int((ways[:, commonest] < n).sum()))


def rate(groups: Sequence[tuple[int, int]], confidence: float = CONFIDENCE) -> Estimate:
    """A rate of persons in groups with its interval: Clopper and Pearson's at the effective number of answers.

    Parameters
    ----------
    groups : (answered, of whom counted) by group

    Returns
    -------
    Estimate; with fewer than ``SMALLEST`` groups as if each were one person (``too_few_groups``)

    References
    ----------
    Korn & Graubard (1998) Surv Methodol 24:193, with the degrees of freedom of `design`.

    Examples
    --------
    >>> found = rate([(15, 9), (15, 12), (15, 5), (15, 8), (15, 10)])
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3)
    (0.587, 0.308, 0.829)
    """
    answered, x = (sum(group[i] for group in groups) for i in (0, 1))
    method = f"Clopper-Pearson; {METHOD}"
    if not answered:
        return Estimate(None, None, None, 0, method, note="nobody_answered")
    found = of_rates([group for group in groups if group[0]])
    z = float(scipy.special.ndtri((1 + confidence) / 2))
    n = answered * (z / found.quantile(confidence)) ** 2 if found.is_known else float(found.groups)
    yes, tail = x / answered * n, (1 - confidence) / 2
    lower = float(scipy.special.betaincinv(yes, n - yes + 1, tail)) if x else 0.0
    upper = float(scipy.special.betaincinv(yes + 1, n - yes, 1 - tail)) if x < answered else 1.0
    return Estimate(x / answered, lower, upper, answered, method, note="" if found.is_known else "too_few_groups")


def net_change(up: int, same: int, down: int, found: Design | None, confidence: float = CONFIDENCE) -> paired.NetChange:
    """`net_change.net_change` of persons in groups: the exact test and its inversion at the design's confidence.

    p and interval say the same at every confidence, as they do without groups (``found`` None). With too few groups
    there is neither (``too_few_groups``).
    """
    alone = paired.net_change(up, same, down, confidence)
    if found is None or not alone.n:
        return alone
    method = f"{paired.METHOD}; {METHOD}"
    wider = found.confidence(confidence)
    if wider is None:
        point = Estimate(alone.estimate.estimate, None, None, alone.n, method, note="too_few_groups")
        return replace(alone, estimate=point, p=None)
    estimate = paired.net_change(up, same, down, wider).estimate
    if found.quantile(confidence) > LARGEST_Z:
        estimate = replace(estimate, lower=-1.0, upper=1.0)
    return replace(alone, estimate=replace(estimate, method=method), p=found.p(alone.p))


def mean(n: int, value: float, sd: float, found: Design, confidence: float = CONFIDENCE) -> Estimate:
    """A mean of persons in groups with its t interval; none where there are too few groups."""
    if not found.is_known or n < 2:
        return Estimate(value, None, None, n, METHOD, note="too_few_groups")
    half = found.quantile(confidence) * sd / math.sqrt(n)
    return Estimate(value, value - half, value + half, n, METHOD)


def rate_difference(
    one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]], confidence: float = CONFIDENCE
) -> Estimate:
    """Difference of two rates of persons in groups: the limits of `rate` for each, joined by square-and-add.

    Groups in which both are, such as a region with persons of both arms, are taken as apart: where they are alike the
    interval is too wide, never too narrow.

    Parameters
    ----------
    one, other : (answered, of whom counted) by group

    Returns
    -------
    Estimate; without an interval where either has fewer than ``SMALLEST`` groups (``too_few_groups``)

    References
    ----------
    Zou & Donner (2008) Stat Med 27:1693.

    Examples
    --------
    >>> found = rate_difference([(15, 9), (15, 12), (15, 11), (15, 10)], [(15, 5), (15, 8), (15, 6), (15, 7)])
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3)
    (0.267, -0.125, 0.584)
    """
    a, b = rate(one, confidence), rate(other, confidence)
    method = f"Clopper-Pearson; {METHOD}"
    if a.estimate is None or b.estimate is None:
        return Estimate(None, None, None, a.n + b.n, method, note="group_empty")
    gap = a.estimate - b.estimate
    if a.note or b.note:
        return Estimate(gap, None, None, a.n + b.n, method, note="too_few_groups")
    lower = gap - math.hypot(a.estimate - a.lower, b.upper - b.estimate)  # type: ignore[operator]
    upper = gap + math.hypot(a.upper - a.estimate, b.estimate - b.lower)  # type: ignore[operator]
    return Estimate(gap, max(lower, -1.0), min(upper, 1.0), a.n + b.n, method)


def rate_difference_p(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> float | None:
    """The p value that goes with `rate_difference`: one less the confidence at which its interval reaches zero."""
    gap = rate_difference(one, other)
    if gap.estimate is None or gap.lower is None:
        return None

    def beyond(confidence: float) -> float:
        found = rate_difference(one, other, confidence)
        return float(found.lower if gap.estimate > 0 else -found.upper)  # type: ignore[operator, arg-type]

    least, most = 1e-6, 1 - 1e-9
    if gap.estimate == 0 or beyond(least) <= 0:
        return 1.0
    return float(1 - scipy.optimize.brentq(beyond, least, most)) if beyond(most) < 0 else 1 - most


@dataclass(frozen=True, slots=True)
class Arm:
    """Persons of one arm by group: how many, the sum of their values, the sum of the squares; none where n is 0."""

    sizes: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    @property
    def design(self) -> Design:
        here = self.sizes > 0
        return design(self.sizes[here], self.sums[here], self.squares[here])

    @property
    def n(self) -> int:
        return int(self.sizes.sum())

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.n)

    @property
    def variance(self) -> float:
        """Of the mean, as if nobody were in a group."""
        spread = max(float(self.squares.sum()) - self.n * self.mean**2, 0.0)
        return spread / (self.n * (self.n - 1))

    @property
    def scores(self) -> np.ndarray:
        """What each group adds to the mean's deviation, corrected as CR2 does."""
        return np.asarray((self.sums - self.sizes * self.mean) / (self.n * np.sqrt(1 - self.sizes / self.n)))


def mean_difference(one: Arm, other: Arm, confidence: float = CONFIDENCE) -> tuple[Estimate, Test]:
    r"""Difference of two means of persons in groups, with its t interval and test; the arms list the same groups.

    .. math:: V = V_1 + V_2 - 2 \sum_g u_{1g} u_{2g},

    V_1 and V_2 the variances of `design`, u_g what group g adds to the deviation of each mean: nothing is subtracted
    where a group holds persons of one arm only. V is never taken to be smaller than without groups. Degrees of freedom
    are Welch's of the two, where arms share groups at most CR2's.

    Returns
    -------
    Estimate, Test; neither interval nor p where either arm has fewer than ``SMALLEST`` groups (``too_few_groups``), or
    where nothing varies (``no_variance``)

    References
    ----------
    Bell & McCaffrey (2002) Surv Methodol 28:169; Welch (1947) Biometrika 34:28.

    Examples
    --------
    >>> size = np.array([10, 10, 10, 10, 0, 0, 0, 0])
    >>> one, other = Arm(size, size * 0.6, size * 0.6), Arm(size[::-1], size[::-1] * 0.5, size[::-1] * 0.5)
    >>> found, test = mean_difference(one, other)
    >>> round(found.estimate, 1), round(found.lower, 2)
    (0.1, -0.24)
    """
    n = one.n + other.n

    def untested(gap: float | None, note: str) -> tuple[Estimate, Test]:
        return Estimate(gap, None, None, n, METHOD, note=note), Test(None, None, n, METHOD, note=note)

    if not one.n or not other.n:
        return untested(None, "nobody_answered")
    gap, designs = one.mean - other.mean, (one.design, other.design)
    if not all(each.is_known for each in designs):
        return untested(gap, "too_few_groups")
    alone = np.array([one.variance, other.variance])
    each = alone * [found.effect for found in designs]
    if not each.sum() > 0:
        return untested(gap, "no_variance")
    shared = float(one.scores @ other.scores)
    few = float(each @ [found.few for found in designs] / each.sum())
    se = math.sqrt(max(each.sum() - 2 * shared, alone.sum()) * few)
    df = _welch(each, designs, one, other)
    half, t = float(scipy.stats.t.ppf((1 + confidence) / 2, df)) * se, gap / se
    p = float(2 * scipy.stats.t.sf(abs(t), df))
    return Estimate(gap, gap - half, gap + half, n, METHOD, se=se), Test(t, p, n, METHOD, df=df)


def _welch(each: np.ndarray, designs: Sequence[Design], one: Arm, other: Arm) -> float:
    """Satterthwaite's degrees of freedom of two variances; where arms share groups no more than those of CR2."""
    df = float(each.sum() ** 2 / sum(v**2 / found.df for v, found in zip(each, designs, strict=True)))
    if not ((one.sizes > 0) & (other.sizes > 0)).any():
        return df
    form = np.sum([_form(arm.sizes / arm.n) / arm.n for arm in (one, other)], axis=0)
    return min(df, float(np.trace(form) ** 2 / (form**2).sum()))
