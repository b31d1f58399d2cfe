"""What the rates say about those who did not answer: bounds, weighted rates and attrition.

Counts only: ``invited`` persons, of whom ``answered`` answered, of whom ``x`` succeeded. Bounds assume nothing
about the silent; weighting assumes that within a cell (or given the margins) those who answered stand for those
who did not.

Notes: ``nobody_answered``; ``cells_without_answers`` (cells nobody answered from were merged into the rest);
``wilson_effective`` (the linearised variance is 0, so the interval is Wilson's at the effective number of answers);
``wilson_at_end`` (the same for Imbens-Manski, at the number invited); ``no_variation``; ``one_category``;
``small_expected`` (a chi-square approximation on small counts).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from evaltools.statistics.proportions import Limits, checked_counts, critical, wilson, wilson_limits
from evaltools.statistics.types import CONFIDENCE, Estimate, Test

Cell = tuple[int, int, int]  # invited, answered, x


# --- bounds ---------------------------------------------------------------------------------------------------


def manski(x: int, answered: int, invited: int) -> Estimate:
    """Worst- and best-case bounds of a rate: every silent person failed, or every one succeeded.

    ``[x / invited, (x + invited - answered) / invited]``; the estimate is the rate among those who answered. The
    bounds hold the rate of the invited for certain; they carry no sampling error.

    Parameters: ``x`` of ``answered`` persons, of ``invited``. Returns: n is ``answered``. Nobody answered: estimate
    None, bounds (0, 1). Raises: ValueError unless 0 <= x <= answered <= invited.
    Reference: Manski (1989) J Hum Resour 24:343.

    >>> manski(151, 255, 500).upper
    0.792
    """
    x, answered, invited = _checked(x, answered, invited)
    lower, upper = _bounds(x, answered, invited)
    rate, note = _complete_case(x, answered)
    return Estimate(rate, lower, upper, answered, "Manski bounds", note=note)


def imbens_manski(x: int, answered: int, invited: int, confidence: float = CONFIDENCE) -> Estimate:
    """Imbens-Manski interval: covers the rate itself, wherever between its bounds, at the given confidence.

    ``[l - C s_l / sqrt(N), u + C s_u / sqrt(N)]`` with l and u the Manski bounds, N the number invited,
    ``s^2 = b (1 - b)`` at each bound and C the root of ``Phi(C + sqrt(N) (u - l) / max(s_l, s_u)) - Phi(-C) =
    confidence``; kept in [0, 1]. When everybody answered alike the standard errors are 0 and the interval is Wilson's.
    The normal limits undercover near 0 and 1 and at few invited (88 % at 10, 92 % at 500 for a rate of 97 %): show
    `worst_to_best` in a report.

    Parameters, returns and errors as in `manski`. Reference: Imbens & Manski (2004) Econometrica 72:1845, eq. 6-7.

    >>> round(imbens_manski(151, 255, 500).lower, 4)
    0.2682
    """
    x, answered, invited = _checked(x, answered, invited)
    critical(confidence)
    rate, note = _complete_case(x, answered)
    label = "Imbens-Manski"
    if answered == 0:
        return Estimate(rate, 0.0, 1.0, answered, label, note=note)
    low, high = _bounds(x, answered, invited)
    se_low, se_high = (math.sqrt(b * (1 - b) / invited) for b in (low, high))
    if low == high and low in (0, 1):
        ends = wilson_limits(x, invited, critical(confidence))
        return Estimate(rate, *ends, answered, label, note="wilson_at_end")
    c = _imbens_manski_critical(high - low, max(se_low, se_high), confidence)
    return Estimate(rate, max(low - c * se_low, 0.0), min(high + c * se_high, 1.0), answered, label, note=note)


def worst_to_best(x: int, answered: int, invited: int, confidence: float = CONFIDENCE) -> Estimate:
    """Envelope: from the lower Wilson limit of the worst case to the upper Wilson limit of the best case.

    Both cases are rates among all the invited. Parameters, returns and errors as in `manski`.
    References: Manski (1989) J Hum Resour 24:343; Wilson (1927) JASA 22:209.

    >>> round(worst_to_best(151, 255, 500).lower, 4)
    0.2634
    """
    x, answered, invited = _checked(x, answered, invited)
    rate, note = _complete_case(x, answered)
    lower = wilson(x, invited, confidence).lower
    upper = wilson(x + invited - answered, invited, confidence).upper
    return Estimate(rate, lower, upper, answered, "worst-to-best Wilson envelope", note=note)


# --- weighted rates -------------------------------------------------------------------------------------------


def poststratified(
    cells: Sequence[Cell],
    confidence: float = CONFIDENCE,
    variance: str = "post-stratified",
    interval: str = "wilson",
) -> Estimate:
    """Post-stratified rate: each cell's rate weighted by how many of it were invited.

    ``p = sum N_h p_h / N`` with N_h invited and m_h answers in cell h, N and m in all.

    ``variance`` is linearised. ``post-stratified`` and ``weighted``: ``m / (m - 1) sum_i (w_i e_i)^2 / N^2`` with
    ``w = N_h / m_h``, respondents as drawn with replacement; ``e = y - p_h`` or, the weights taken as given,
    ``e = y - p``; df = m - 1. ``stratified``: ``sum (N_h/N)^2 (1 - m_h/N_h) p_h (1 - p_h) / (m_h - 1)``, the answers
    of a cell a simple random sample of it, with the finite correction; df = m less the cells; a cell with one
    answer borrows p (1 - p).

    ``interval``, with t on df and ``m* = p (1 - p) / variance``: ``wilson`` at min(m, m*) answers, the default,
    which holds its level at few answers and near 0 and 1 where the others do not; ``logit``; ``arcsine``; ``beta``
    (Korn-Graubard); ``wald``.

    Guards: a variance of 0 would make the interval a point; it is then Wilson's at the effective number of answers
    ``(sum w)^2 / sum w^2``, noted ``wilson_effective`` (a point only with ``stratified`` when all have answered).
    Cells nobody answered from are merged into the rest: their invited are spread over the other cells in proportion,
    noted ``cells_without_answers``.

    Parameters: ``cells`` of (invited, answered, x), in any order. Returns: n is the number of answers; nobody
    answered: estimate None, interval (0, 1). Raises: ValueError for impossible counts, no cells, an unknown choice.
    References: Holt & Smith (1979) JRSS A 142:33; Lumley (2010) Complex Surveys, chapters 2 and 7; Korn & Graubard
    (1998) Survey Methodology 24:193; Dean & Pagano (2015) J Surv Stat Methodol 3:484, for Wilson at m*.

    >>> round(poststratified([(200, 150, 105), (180, 81, 40), (120, 24, 6)]).estimate, 4)
    0.5178
    """
    _checked_choice(variance, ("post-stratified", "weighted", "stratified"))
    _checked_choice(interval, _INTERVAL)
    checked = [_checked(x, answered, invited) for invited, answered, x in cells]
    if not checked:
        raise ValueError("no cells")
    label = f"post-stratified, {variance} variance, {interval}"
    used = np.array(sorted(c for c in checked if c[1] > 0), dtype=float).reshape(-1, 3)
    if not len(used):
        return Estimate(None, 0.0, 1.0, 0, label, note="nobody_answered")
    x, answered, invited = used.T
    invited = invited * (sum(c[2] for c in checked) / float(invited.sum()))
    weight = invited / answered
    rate = float(weight @ x / invited.sum())
    m, fpc = int(answered.sum()), 1.0
    if variance == "stratified":
        spread, df, fpc = _stratified_variance(rate, x, answered, invited), m - len(used), 1 - m / float(invited.sum())
    else:
        centre = x / answered if variance == "post-stratified" else np.full(len(used), rate)
        spread, df = _residual_variance(weight, answered, x, centre), m - 1
    note = "cells_without_answers" if any(c[1] == 0 < c[2] for c in checked) else ""
    return _weighted(_Linear(rate, spread, m, df, _kish(weight, answered), fpc), interval, confidence, label, note)


def raked(
    answered: np.ndarray,
    x: np.ndarray,
    margins: Sequence[Sequence[float]],
    confidence: float = CONFIDENCE,
    interval: str = "wilson",
) -> Estimate:
    """Raked rate: respondents weighted so that their margins equal those of all the invited.

    The weights of the cells are fitted by iterative proportional fitting to each margin in turn. The linearised
    variance is that of `poststratified` with ``e`` the residuals of the outcome on the margins (least squares over
    respondents), as in R's ``survey::rake``; intervals and guard as there. A category of a margin nobody
    answered from is left out and the margin scaled to the common total; the note says ``cells_without_answers``.

    Parameters: ``answered`` and ``x``, arrays of one shape with an axis for each margin; ``margins``, for each axis
    the numbers invited. Returns: n is the number of answers; nobody answered: None, (0, 1); estimate None with
    ``raking_failed`` when no weights meet the margins. Raises: ValueError for impossible counts or shapes.
    References: Deming & Stephan (1940) Ann Math Stat 11:427; Deville, Särndal & Sautory (1993) JASA 88:1013.

    >>> round(raked([[10, 20], [20, 10]], [[5, 10], [10, 5]], [[50, 50], [60, 40]]).estimate, 4)
    0.5
    """
    _checked_choice(interval, _INTERVAL)
    answered, x, margins = _checked_joint(answered, x, margins)
    label = f"raked, {interval}"
    if answered.sum() == 0:
        return Estimate(None, 0.0, 1.0, 0, label, note="nobody_answered")
    targets, left_out = _reachable_margins(answered, margins)
    fitted = _fit_margins(answered, targets)
    if fitted is None:
        return Estimate(None, None, None, int(answered.sum()), label, note="raking_failed")
    full = answered > 0
    n, y, weight = answered[full], x[full], fitted[full] / answered[full]
    rate = float(weight @ y / (weight @ n))
    centre = _margin_means(full, n, y)
    spread = _residual_variance(weight, n, y, centre)
    note = "cells_without_answers" if left_out else ""
    m = int(n.sum())
    return _weighted(_Linear(rate, spread, m, m - 1, _kish(weight, n)), interval, confidence, label, note)


# --- attrition ------------------------------------------------------------------------------------------------


def standardised_difference(x1: int, n1: int, x2: int, n2: int, confidence: float = CONFIDENCE) -> Estimate:
    """Standardised difference of two rates: those who stayed against those who did not, on one category.

    ``d = (p1 - p2) / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2)``, with the large-sample interval ``d ± z se``,
    ``se^2 = (n1 + n2) / (n1 n2) + d^2 / (2 (n1 + n2))``. Above 0.1 in size is commonly called an imbalance.

    Parameters: ``x1`` of ``n1``, ``x2`` of ``n2`` persons. Returns: n is n1 + n2; all None with the note
    ``nobody_answered`` when a group is empty and ``no_variation`` when each rate is 0 or 1.
    Raises: ValueError for impossible counts. References: Austin (2009) Stat Med 28:3083; Hedges & Olkin (1985)
    Statistical Methods for Meta-Analysis, chapter 5, for se.

    >>> round(standardised_difference(30, 100, 20, 100).estimate, 4)
    0.2325
    """
    x1, n1 = checked_counts(x1, n1)
    x2, n2 = checked_counts(x2, n2)
    if n1 == 0 or n2 == 0:
        return _standardised(None, 0.0, n1, n2, confidence)
    p1, p2 = x1 / n1, x2 / n2
    return _standardised(p1 - p2, (p1 * (1 - p1) + p2 * (1 - p2)) / 2, n1, n2, confidence)


def standardised_mean_difference(
    mean1: float,
    sd1: float,
    n1: int,
    mean2: float,
    sd2: float,
    n2: int,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Standardised difference of two means from their moments (age, months of unemployment).

    ``d = (mean1 - mean2) / sqrt((sd1^2 + sd2^2) / 2)``; interval, returns, errors and references as in
    `standardised_difference`. The sd are sample standard deviations (n - 1), not negative.

    >>> round(standardised_mean_difference(42, 10, 50, 38, 12, 60).estimate, 4)
    0.3621
    """
    n1, n2 = checked_counts(0, n1)[1], checked_counts(0, n2)[1]
    if n1 == 0 or n2 == 0:
        return _standardised(None, 0.0, n1, n2, confidence)
    if sd1 < 0 or sd2 < 0:
        raise ValueError(f"a standard deviation cannot be negative: {sd1!r}, {sd2!r}")
    return _standardised(mean1 - mean2, (sd1 * sd1 + sd2 * sd2) / 2, n1, n2, confidence)


def attrition_table(categories: Mapping[str, tuple[int, int]], confidence: float = CONFIDENCE) -> dict[str, Estimate]:
    """Standardised difference of each category between those who answered both surveys and those who answered one.

    Parameters: ``categories``, category -> (persons who answered both, persons who answered one only). Returns: by
    category, in the order given, the `standardised_difference` of its shares of the two groups.
    Raises: ValueError for impossible counts. Reference: as in `standardised_difference`.

    >>> round(attrition_table({"under 55": (70, 80), "over 55": (30, 20)})["over 55"].estimate, 4)
    0.2325
    """
    both, one = (sum(counts[k] for counts in categories.values()) for k in (0, 1))
    return {
        name: standardised_difference(stayed, both, left, one, confidence)
        for name, (stayed, left) in categories.items()
    }


def cramers_v(table: Sequence[Sequence[int]], confidence: float = CONFIDENCE) -> Estimate:
    """Cramer's V of a table of counts: how much the composition of its columns differs, 0 to 1.

    ``V = sqrt(X2 / (N (min(r, c) - 1)))``, X2 Pearson's chi-square, over the rows and columns anybody is in. The
    limits come from the noncentral chi-square whose 1 - alpha/2 and alpha/2 quantiles are X2, by the same formula.
    They are widened where they would leave V out (V of small tables is biased upwards), and the upper one is never
    below that of X2 = df, its mean when nothing differs, so that an even table does not give a point.

    Parameters: ``table`` r x c counts. Returns: n is the total; all None with ``one_category`` when fewer than two
    rows or columns are used, ``nobody_answered`` for an empty table. Raises: ValueError for impossible counts.
    References: Cramér (1946) Mathematical Methods of Statistics, 21.9; Smithson (2003) Confidence Intervals.

    >>> round(cramers_v([[30, 20], [20, 30]]).estimate, 4)
    0.2
    """
    counts = _used_table(table)
    critical(confidence)
    n = int(counts.sum())
    if min(counts.shape) < 2:
        note = "nobody_answered" if n == 0 else "one_category"
        return Estimate(None, None, None, n, "Cramer's V", note=note)
    statistic, df, _ = _chi_square(counts)
    scale = n * (min(counts.shape) - 1)
    value = math.sqrt(statistic / scale)
    tail = (1 - confidence) / 2
    low = math.sqrt(_noncentrality(statistic, df, 1 - tail) / scale)
    high = math.sqrt(_noncentrality(max(statistic, df), df, tail) / scale)
    return Estimate(value, min(low, value), min(max(high, value), 1.0), n, "Cramer's V, noncentral chi-square")


def attrition_test(table: Sequence[Sequence[int]]) -> Test:
    """Test that those who answered both surveys and those who answered one are alike on a category variable.

    Rows are categories, columns the groups. Pearson's chi-square where at least 80 % of the expected counts are 5 or
    more and none is below 1 (Cochran's rule); otherwise the Fisher-Freeman-Halton exact test (the tables with these
    margins not more probable than the observed) when there are two columns and at most 2 million partial tables;
    otherwise chi-square with the note ``small_expected``. Rows and columns nobody is in are left out.

    Parameters: ``table`` r x c counts. Returns: statistic X2, n the total; p = 1 with ``one_category`` when only one
    row or column is used; None with ``nobody_answered`` for an empty table. Raises: ValueError for impossible counts.
    References: Cochran (1954) Biometrics 10:417; Freeman & Halton (1951) Biometrika 38:141.

    >>> round(attrition_test([[8, 2], [1, 5]]).p, 4)
    0.035
    """
    counts = _used_table(table)
    n = int(counts.sum())
    if n == 0:
        return Test(None, None, n, "chi-square", note="nobody_answered")
    if min(counts.shape) < 2:
        return Test(0.0, 1.0, n, "chi-square", note="one_category")
    statistic, df, expected = _chi_square(counts)
    approximate = float(scipy.stats.chi2.sf(statistic, df))
    if expected.min() >= 1 and (expected >= 5).mean() >= 0.8:
        return Test(statistic, approximate, n, "chi-square", df=df)
    exact = _exact_two_columns(counts if counts.shape[1] == 2 else counts.T)
    if exact is None:
        return Test(statistic, approximate, n, "chi-square", df=df, note="small_expected")
    return Test(statistic, exact, n, "Fisher-Freeman-Halton exact")


# --- parts ----------------------------------------------------------------------------------------------------


def _checked(x: int, answered: int, invited: int) -> tuple[int, int, int]:
    answered, invited = checked_counts(answered, invited)
    return checked_counts(x, answered)[0], answered, invited


def _bounds(x: int, answered: int, invited: int) -> tuple[float, float]:
    return (0.0, 1.0) if invited == 0 else (x / invited, (x + invited - answered) / invited)


def _complete_case(x: int, answered: int) -> tuple[float | None, str]:
    return (None, "nobody_answered") if answered == 0 else (x / answered, "")


def _imbens_manski_critical(width: float, largest_se: float, confidence: float) -> float:
    ratio = width / largest_se
    low, high = (
        float(scipy.special.ndtri(confidence)) - 1,
        critical(confidence) + 1,
    )  # the limits for ratio = infinity and 0
    return float(
        scipy.optimize.brentq(
            lambda c: scipy.special.ndtr(c + ratio) - scipy.special.ndtr(-c) - confidence, low, high, xtol=1e-14
        )
    )


def _residual_variance(weight: np.ndarray, answered: np.ndarray, x: np.ndarray, centre: np.ndarray) -> float:
    """Linearised variance of the weighted total over its squared size, respondents drawn with replacement."""
    m = int(answered.sum())
    squares = float(weight**2 @ (x * (1 - centre) ** 2 + (answered - x) * centre**2))
    drift = float(weight @ (x - answered * centre))
    if m < 2:
        return 0.0
    return max(squares - drift**2 / m, 0.0) * float(m / (m - 1)) / float(weight @ answered) ** 2


def _stratified_variance(rate: float, x: np.ndarray, answered: np.ndarray, invited: np.ndarray) -> float:
    p = x / answered
    single = answered == 1
    per_answer = np.where(single, rate * (1 - rate), p * (1 - p) / np.where(single, 1, answered - 1))
    return float((invited / invited.sum()) ** 2 * (1 - answered / invited) @ per_answer)


def _kish(weight: np.ndarray, answered: np.ndarray) -> float:
    return float(weight @ answered) ** 2 / float(weight**2 @ answered)


@dataclass(frozen=True, slots=True)
class _Linear:
    """A weighted rate, its linearised variance, and what an interval needs besides."""

    rate: float
    variance: float
    answers: int
    df: int
    kish: float
    fpc: float = 1.0

    @property
    def effective(self) -> float:
        return self.rate * (1 - self.rate) / self.variance


def _weighted(linear: _Linear, interval: str, confidence: float, method: str, note: str) -> Estimate:
    """The interval asked for; Wilson at Kish's effective number of answers where the variance is 0 or has no df."""
    z = critical(confidence)
    rate, m = linear.rate, linear.answers
    if linear.df < 1 or linear.variance < 1e-24 or not 0 < rate < 1:
        lower, upper = wilson_limits(rate * linear.kish, linear.kish, z * math.sqrt(linear.fpc))
        return Estimate(rate, min(lower, rate), max(upper, rate), m, method, note=note or "wilson_effective")
    lower, upper = _INTERVAL[interval](linear, float(scipy.stats.t.ppf((1 + confidence) / 2, linear.df)), confidence)
    return Estimate(rate, max(lower, 0.0), min(upper, 1.0), m, method, se=math.sqrt(linear.variance), note=note)


def _wilson_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    n = min(linear.effective, linear.answers)
    return wilson_limits(linear.rate * n, n, quantile)


def _logit_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    p = linear.rate
    half = quantile * math.sqrt(linear.variance) / (p * (1 - p))
    return float(scipy.special.expit(scipy.special.logit(p) - half)), float(
        scipy.special.expit(scipy.special.logit(p) + half)
    )


def _arcsine_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    angle = math.asin(math.sqrt(linear.rate))
    half = quantile / (2 * math.sqrt(linear.effective))
    return math.sin(max(angle - half, 0.0)) ** 2, math.sin(min(angle + half, math.pi / 2)) ** 2


def _beta_interval(linear: _Linear, quantile: float, confidence: float) -> Limits:
    tail = (1 - confidence) / 2
    n = linear.effective * (float(scipy.stats.t.ppf(1 - tail, linear.answers - 1)) / quantile) ** 2
    p = linear.rate
    lower = scipy.special.betaincinv(n * p, n * (1 - p) + 1, tail)
    return float(lower), float(scipy.special.betaincinv(n * p + 1, n * (1 - p), 1 - tail))


def _wald_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    half = quantile * math.sqrt(linear.variance)
    return linear.rate - half, linear.rate + half


_INTERVAL: dict[str, Callable[[_Linear, float, float], Limits]] = {
    "wilson": _wilson_interval,
    "logit": _logit_interval,
    "arcsine": _arcsine_interval,
    "beta": _beta_interval,
    "wald": _wald_interval,
}


def _checked_choice(value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValueError(f"unknown choice {value!r}; one of {', '.join(choices)}")


def _checked_joint(
    answered: np.ndarray, x: np.ndarray, margins: Sequence[Sequence[float]]
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    answered, x = np.asarray(answered, dtype=float), np.asarray(x, dtype=float)
    margins = [np.asarray(m, dtype=float) for m in margins]
    if answered.shape != x.shape or answered.shape != tuple(len(m) for m in margins):
        raise ValueError("answered and x need one shape, with one axis for each margin")
    if (x < 0).any() or (x > answered).any() or (answered % 1).any() or (x % 1).any():
        raise ValueError("answered and x must be whole numbers with 0 <= x <= answered")
    totals = [m.sum() for m in margins]
    if max(totals) - min(totals) > 1e-9 * max(totals):
        raise ValueError(f"the margins have different totals: {totals}")
    for axis, margin in enumerate(margins):
        if (margin < _along(answered, axis)).any():
            raise ValueError(f"margin {axis}: fewer invited than answered in a category")
    return answered, x, margins


def _along(table: np.ndarray, axis: int) -> np.ndarray:
    return table.sum(axis=tuple(k for k in range(table.ndim) if k != axis))


def _reachable_margins(answered: np.ndarray, margins: list[np.ndarray]) -> tuple[list[np.ndarray], bool]:
    """Margins with the categories nobody answered from set to 0, scaled to one common total."""
    kept = [np.where(_along(answered, axis) > 0, margin, 0.0) for axis, margin in enumerate(margins)]
    left_out = any((k != m).any() for k, m in zip(kept, margins, strict=True))
    total = margins[0].sum()
    return [k * (total / k.sum()) for k in kept], left_out


def _fit_margins(start: np.ndarray, targets: list[np.ndarray], rounds: int = 10_000) -> np.ndarray | None:
    """Iterative proportional fitting; None when the margins cannot be met from these cells."""
    fitted = start.astype(float)
    for _ in range(rounds):
        gap = 0.0
        for axis, target in enumerate(targets):
            current = _along(fitted, axis)
            gap = max(gap, float(np.abs(current - target).max()))
            factor = np.divide(target, current, out=np.zeros_like(target), where=current > 0)
            shape = [-1 if k == axis else 1 for k in range(fitted.ndim)]
            fitted = fitted * factor.reshape(shape)
        if gap <= 1e-12 * targets[0].sum():
            return fitted
    return None


def _margin_means(full: np.ndarray, n: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Fitted rate of each used cell, least squares over respondents on the indicators of every margin."""
    columns = [index[:, None] == np.arange(size) for index, size in zip(np.nonzero(full), full.shape, strict=True)]
    design = np.hstack(columns).astype(float)
    root = np.sqrt(n)
    solution = np.linalg.lstsq(design * root[:, None], y / root, rcond=None)[0]
    return design @ solution


def _standardised(gap: float | None, variance: float, n1: int, n2: int, confidence: float) -> Estimate:
    z, n = critical(confidence), n1 + n2
    if gap is None or variance == 0:
        note = "nobody_answered" if gap is None else "no_variation"
        return Estimate(None, None, None, n, "standardised difference", note=note)
    d = gap / math.sqrt(variance)
    se = math.sqrt(n / (n1 * n2) + d * d / (2 * n))
    return Estimate(d, d - z * se, d + z * se, n, "standardised difference", se=se)


def _used_table(table: Sequence[Sequence[int]]) -> np.ndarray:
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or (counts < 0).any() or (counts % 1).any():
        raise ValueError("the table must be two-dimensional, of whole numbers that are not negative")
    return counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]


def _chi_square(counts: np.ndarray) -> tuple[float, int, np.ndarray]:
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return float(((counts - expected) ** 2 / expected).sum()), df, expected


def _noncentrality(statistic: float, df: int, probability: float) -> float:
    """The noncentrality at which ``statistic`` is the given quantile, 0 where there is none."""
    if scipy.stats.chi2.cdf(statistic, df) <= probability:
        return 0.0
    high = statistic + df
    while scipy.stats.ncx2.cdf(statistic, df, high) > probability:
        high *= 2
    return float(scipy.optimize.brentq(lambda nc: _ncx2_cdf(statistic, df, nc) - probability, 0.0, high, xtol=1e-12))


def _ncx2_cdf(statistic: float, df: int, noncentrality: float) -> float:
    return float(
        scipy.stats.chi2.cdf(statistic, df)
        if noncentrality == 0
        else scipy.stats.ncx2.cdf(statistic, df, noncentrality)
    )


def _exact_two_columns(counts: np.ndarray, limit: int = 2_000_000) -> float | None:
    """Fisher-Freeman-Halton p by listing the first columns with these margins; None if not 2 columns or too many."""
    rows = counts.sum(axis=1).astype(int)
    if counts.shape[1] != 2 or math.prod(int(r) + 1 for r in sorted(rows)[:-1]) > limit:
        return None
    last, total = int(rows.argmax()), int(counts[:, 0].sum())
    sums, logs = np.zeros(1, dtype=int), np.zeros(1)
    for row in np.delete(rows, last):
        k = np.arange(row + 1)
        sums = (sums[:, None] + k).ravel()
        logs = (logs[:, None] + _log_choose(row, k)).ravel()
    rest = total - sums
    possible = (rest >= 0) & (rest <= rows[last])
    logs = logs[possible] + _log_choose(rows[last], rest[possible])
    observed = float(_log_choose(rows, counts[:, 0]).sum())
    probability = np.exp(logs - logs.max())
    return float(min(probability[logs <= observed + 1e-7].sum() / probability.sum(), 1.0))


def _log_choose(n: np.ndarray | int, k: np.ndarray) -> np.ndarray:
    return scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1)
