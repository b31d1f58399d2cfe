"""The paired t test and standardised mean differences, from sums and sums of squares.

Notes used here: ``no_pairs``, ``one_pair``, ``all_unchanged``, ``all_changed_alike``, ``zero_variance``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.paired_proportions import whole_counts
from evaltools.statistics.paired_tables import quantile
from evaltools.statistics.types import CONFIDENCE, Estimate


@dataclass(frozen=True, slots=True)
class PairedT:
    """Paired t test with its effect sizes; see ``paired_t``. ``change`` is the mean after less the mean before."""

    n: int
    mean_before: float | None
    mean_after: float | None
    sd_before: float | None
    sd_after: float | None
    sd_change: float | None
    correlation: float | None
    change: Estimate
    t: float | None
    df: int | None
    p: float | None
    d_z: Estimate
    d_av: Estimate
    note: str = ""


def _numbers(values: ArrayLike) -> NDArray[Any]:
    """Numbers as int64 or float64, so that squares do not overflow."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iufb":
        raise ValueError(f"values must be numbers, not {array.dtype}")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def moments(pre: ArrayLike, post: ArrayLike) -> tuple[int, float, float, float, float, float]:
    """n and the sums of pre, post, pre^2, post^2 and pre * post: what ``paired_t`` takes.

    Whole numbers give exact integer sums. Raises ValueError for lengths that differ and for values that are not finite.

    Examples
    --------
    >>> moments([1, 2], [2, 4])
    (2, 3, 6, 5, 20, 10)
    """
    before, after = _numbers(pre), _numbers(post)
    if before.shape != after.shape or before.ndim != 1:
        raise ValueError("pre and post must be one-dimensional and of equal length")
    if before.size and not (np.all(np.isfinite(before)) and np.all(np.isfinite(after))):
        raise ValueError("pre and post must be finite; leave incomplete pairs out before")
    sums = (before, after, before * before, after * after, before * after)
    return len(before), *(values.sum().item() for values in sums)


@cache
def _legendre() -> tuple[NDArray[Any], NDArray[Any]]:
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(200)


def _noncentral_cdf(t: float, df: int, nc: float) -> float:
    """P(T <= t) of the noncentral t, by Gauss-Legendre over its normal or its chi part, whichever is smoother."""
    if t < 0:
        return 1.0 - _noncentral_cdf(-t, df, -nc)
    if t * t > 2 * df:
        nodes, weights = _legendre()
        low = max(-nc, -9.0)
        reach = (max(low, 9.0) - low) / 2
        z, w = low + reach * (1 + nodes), weights * reach
        inside = scipy.special.chdtrc(df, df * ((z + nc) / t) ** 2) * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        return float(scipy.special.ndtr(low) + w @ inside)
    s, density = _chi_part(df)
    return float(density @ scipy.special.ndtr(t * s - nc))


@lru_cache(maxsize=256)
def _chi_part(df: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Values of chi / sqrt(df) and their probabilities, between the two ends beyond which 1e-16 lie."""
    nodes, weights = _legendre()
    low, high = (math.sqrt(value / df) for value in scipy.stats.chi2.ppf([1e-16, 1 - 1e-16], df))
    s = (low + high) / 2 + (high - low) / 2 * nodes
    log_density = df * np.log(s) - np.log(s) - df * s * s / 2
    density = weights * np.exp(log_density - log_density.max())
    return s, density / density.sum()


def _d_z(t: float, n: int, confidence: float) -> Estimate:
    """Mean change in standard deviations of the change; its limits put t at the two tails of the noncentral t."""
    tail, root, df = (1 - confidence) / 2, math.sqrt(n), n - 1
    spread = 12 * (1 + abs(t) / math.sqrt(2 * df))

    def solve(target: float) -> float:
        return float(
            scipy.optimize.brentq(lambda nc: _noncentral_cdf(t, df, nc) - target, t - spread, t + spread, xtol=1e-10)
        )

    return Estimate(t / root, solve(1 - tail) / root, solve(tail) / root, n, "noncentral t")


def _d_av(change: float, n: int, sd: tuple[float, float, float], rho: float, confidence: float) -> Estimate:
    """Mean change in mean standard deviations of before and after, delta-method interval."""
    before, after, of_change = sd
    unit, df = (before + after) / 2, n - 1
    d_av = change / unit
    of_unit = (before**2 + after**2 + 2 * rho**2 * before * after) / (8 * df * unit**2)
    se = math.sqrt(of_change**2 / (n * unit**2) + d_av**2 * of_unit)
    reach = float(scipy.stats.t.isf((1 - confidence) / 2, df)) * se
    return Estimate(d_av, d_av - reach, d_av + reach, n, "delta method", se=se)


def _squares(n: int, x: float, y: float, xy: float) -> float:
    """sum((x - mean)(y - mean)), exact until the last step; float cancellation is cut to zero."""
    value = Fraction(xy) - Fraction(x) * Fraction(y) / n
    whole = all(float(part).is_integer() for part in (x, y, xy))
    return 0.0 if not whole and abs(value) <= 1e-13 * n * abs(Fraction(xy)) else float(value)


def paired_t(
    n: int, sum_pre: float, sum_post: float, sum_pre2: float, sum_post2: float, sum_prepost: float,
    confidence: float = CONFIDENCE,
) -> PairedT:  # fmt: skip
    """Paired t test of a scale, with d_z and d_av, from n and five sums (see ``moments``).

    t = mean change / (s_D / sqrt(n)), df = n - 1. d_z = mean change / s_D, interval from the noncentral t;
    d_av = mean change / ((s_before + s_after) / 2), delta-method interval.

    Returns
    -------
    PairedT; what is undefined is None: notes ``no_pairs``, ``one_pair``, ``zero_variance`` (every change the
    same; ``all_unchanged`` with p = 1 where it is 0)

    Raises
    ------
    ValueError : sums that no data can have (a negative variance)

    References
    ----------
    Lakens (2013) Front Psychol 4:863; Cumming, Finch (2001) Educ Psychol Meas 61:532; Bonett (2015) Br J
    Math Stat Psychol 68:188.

    Examples
    --------
    >>> round(paired_t(*moments([1, 2, 3, 4], [2, 2, 5, 5])).t, 4)
    2.4495
    """
    quantile(confidence)
    (n,) = whole_counts(n)
    if n == 0:
        return _without_spread(0, None, None, None, "no_pairs")
    before, after = sum_pre / n, sum_post / n
    mean = float((Fraction(sum_post) - Fraction(sum_pre)) / n)
    if n == 1:
        return _without_spread(1, before, after, mean, "one_pair")
    ss = [_squares(n, sum_pre, sum_pre, sum_pre2), _squares(n, sum_post, sum_post, sum_post2)]
    shared = _squares(n, sum_pre, sum_post, sum_prepost)
    change = Fraction(sum_post) - Fraction(sum_pre)
    change_2 = Fraction(sum_pre2) + Fraction(sum_post2) - 2 * Fraction(sum_prepost)
    of_change = float(change_2 - change**2 / n)
    if of_change <= 1e-13 * n * float(sum_pre2 + sum_post2) and not _whole(sum_pre2, sum_post2, sum_prepost):
        of_change = 0.0
    if min(*ss, of_change) < 0:
        raise ValueError("the sums give a negative variance: no data have them")
    sd_pre, sd_post, sd_change = (math.sqrt(value / (n - 1)) for value in (*ss, of_change))
    rho = shared / math.sqrt(ss[0] * ss[1]) if ss[0] > 0 and ss[1] > 0 else None
    if of_change == 0:
        note = "zero_variance" if mean else "all_unchanged"
        return _without_spread(n, before, after, mean, note, sd_pre, sd_post, rho)
    se = sd_change / math.sqrt(n)
    t, reach = mean / se, float(scipy.stats.t.isf((1 - confidence) / 2, n - 1)) * se
    return PairedT(
        n, before, after, sd_pre, sd_post, sd_change, rho,
        Estimate(mean, mean - reach, mean + reach, n, "paired t", se=se),
        t, n - 1, float(2 * scipy.stats.t.sf(abs(t), n - 1)), _d_z(t, n, confidence),
        _d_av(mean, n, (sd_pre, sd_post, sd_change), rho or 0.0, confidence),
    )  # fmt: skip


def _whole(*values: float) -> bool:
    return all(float(value).is_integer() for value in values)


def _without_spread(
    n: int, before: float | None, after: float | None, mean: float | None, note: str,
    sd_before: float | None = None, sd_after: float | None = None, rho: float | None = None,
) -> PairedT:  # fmt: skip
    """The result where the change has no spread to test it against."""
    none = Estimate(None, None, None, n, "undefined", note=note)
    return PairedT(
        n, before, after, sd_before, sd_after, 0.0 if n > 1 else None, rho,
        Estimate(mean, None, None, n, "paired t", note=note), None, n - 1 if n > 1 else None,
        1.0 if note == "all_unchanged" else None, none, none, note,
    )  # fmt: skip
