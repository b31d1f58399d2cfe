"""Those who answered against those who did not: standardised differences and tests of attrition."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import scipy

from evaltools.statistics.proportions import checked_counts, critical
from evaltools.statistics.types import CONFIDENCE, Estimate, Test


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


def _standardised(gap: float | None, variance: float, n1: int, n2: int, confidence: float) -> Estimate:
    z, n = critical(confidence), n1 + n2
    if gap is None or variance == 0:
        note = "nobody_answered" if gap is None else "no_variation"
        return Estimate(None, None, None, n, "standardised difference", note=note)
    d = gap / math.sqrt(variance)
    se = math.sqrt(n / (n1 * n2) + d * d / (2 * n))
    return Estimate(d, d - z * se, d + z * se, n, "standardised difference", se=se)


def _used_table(table: Sequence[Sequence[int]]) -> np.ndarray:
    counts: np.ndarray = np.asarray(table, dtype=float)
    if counts.ndim != 2 or (counts < 0).any() or (counts % 1).any():
        raise ValueError("the table must be two-dimensional, of whole numbers that are not negative")
    used: np.ndarray = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    return used


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
    logs: np.ndarray = scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1)
    return logs
