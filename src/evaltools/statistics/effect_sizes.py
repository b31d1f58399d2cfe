"""Effect sizes of paired ordinal answers: matched-pairs rank-biserial correlation and marginal superiority."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.paired_tables import quantile, square
from evaltools.statistics.signed_rank import ranked
from evaltools.statistics.types import CONFIDENCE, Estimate


def clip(value: float, low: float, high: float) -> float:
    """The value, or the end of the range that it lies beyond."""
    return min(max(value, low), high)


def rank_biserial(d: ArrayLike, count: ArrayLike | None = None, confidence: float = CONFIDENCE) -> Estimate:
    r"""Matched-pairs rank-biserial correlation r = (W+ - W-) / (W+ + W-), unchanged pairs dropped.

    1 when every change is an increase, -1 when every one is a decrease. The interval is symmetric on the
    atanh scale, from the delta-method variance of r after half a pseudo-count is added, a quarter to the
    increases and a quarter to the decreases, spread over the sizes of change as observed; its quantile is
    Student's t with as many degrees of freedom as pairs changed. It always contains r.

    Parameters
    ----------
    d, count : differences after - before and how often each occurs (``count`` None: one per pair)

    Returns
    -------
    Estimate with n = all pairs; None with note ``all_unchanged`` or ``no_pairs`` where there is no change

    References
    ----------
    Kerby (2014) Comprehensive Psychology 3:11.IT.3.1; Cureton (1956) Psychometrika 21:287.

    Examples
    --------
    >>> round(rank_biserial([-1, 0, 1, 2], [2, 3, 6, 2]).estimate, 4)
    0.6727
    """
    quantile(confidence)
    ranks = ranked(d, count, "wilcox")
    changed = int(ranks.size.sum())
    n, method = changed + ranks.n_zero, "atanh delta, half pseudo-count"
    if changed == 0:
        return Estimate(None, None, None, n, method, note="all_unchanged" if n else "no_pairs")
    up, down = int(np.dot(ranks.score, ranks.up)), int(np.dot(ranks.score, ranks.size - ranks.up))
    r = (up - down) / (up + down)
    quarter = ranks.size / changed / 4
    plus, minus = ranks.up + quarter, ranks.size - ranks.up + quarter
    centre, se = _biserial_moments(plus, minus)
    reach = float(-scipy.special.stdtrit(changed, (1 - confidence) / 2)) * se / (1 - centre**2)
    low, high = (math.tanh(math.atanh(centre) + sign * reach) for sign in (-1, 1))
    return Estimate(r, min(low, r), max(high, r), n, method, se=se)


def _biserial_moments(plus: NDArray[Any], minus: NDArray[Any]) -> tuple[float, float]:
    """r and its delta-method standard error from the weights of increases and decreases by size of change."""
    weight = plus + minus
    total = float(weight.sum())
    share = weight / total
    below = np.cumsum(share) - share / 2  # mid-distribution of |d|
    lean = (plus - minus) / total
    r = 2 * float(np.dot(lean, below))
    above = lean.sum() - np.cumsum(lean) + lean / 2  # expected sign of the changes at least as large
    influence = 2 * (np.stack((below, -below)) + above) - 2 * r
    variance = float(np.sum(np.stack((plus, minus)) * influence**2)) / total**2
    return r, math.sqrt(variance)


def _superiority(cells: NDArray[Any]) -> tuple[float, float, float]:
    """alpha = P(after > before) + P(equal) / 2 over independent draws, its paired standard error (delta
    method), and the one Fagerland et al. print, which takes the ridits of the other margin."""
    n = float(cells.sum())
    before, after = cells.sum(axis=1) / n, cells.sum(axis=0) / n
    ridit_before, ridit_after = np.cumsum(before) - before / 2, np.cumsum(after) - after / 2
    alpha = float(np.dot(after, ridit_before))

    def error(influence: NDArray[Any]) -> float:
        centred = influence - float(np.sum(cells * influence)) / n
        return math.sqrt(float(np.sum(cells * centred**2))) / n

    return (
        alpha,
        error(ridit_before[None, :] - ridit_after[:, None]),
        error(ridit_after[None, :] - ridit_before[:, None]),
    )


def _logit_interval(centre: float, se: float, quantile: float) -> tuple[float, float]:
    """Symmetric for log(p / (1 - p)); (0, 1) at a centre of 0 or 1, where that is not defined."""
    if not 0 < centre < 1:
        return 0.0, 1.0
    odds, reach = math.log(centre / (1 - centre)), quantile * se / (centre * (1 - centre))
    return float(scipy.special.expit(odds - reach)), float(scipy.special.expit(odds + reach))


def marginal_superiority(table: ArrayLike, confidence: float = CONFIDENCE, method: str = "adjusted") -> Estimate:
    """Probability that a random answer after beats a random answer before, ties counting half.

    ``alpha = sum_{i<j} p_i. p_.j + sum_i p_i. p_.i / 2``; 1/2 means no shift. Its standard error takes the pairing
    into account.

    Parameters
    ----------
    table : k x k counts, rows = before, columns = after, every category of the scale included
    method : ``adjusted`` - delta method on the logit scale after one pair is spread evenly over the k^2
        cells, Student's t with n - 1 degrees of freedom: covers from n = 5 on, and has a width where nobody
        moved. ``logit`` and ``wald`` - as Fagerland et al. print them and their R package contingencytables
        computes them: their variance takes the ridits of the other margin, so it is the delta-method one
        only where the margins agree, and they cover less in small samples; (0, 1) for ``logit`` at alpha 0 or 1.

    Returns
    -------
    Estimate (the estimate itself is never adjusted); None with ``no_pairs``, note ``all_unchanged`` where
    nobody moved

    Raises
    ------
    ValueError : a table that is not square or holds other than whole numbers of at least 0, or an unknown method

    References
    ----------
    Agresti (2010) Analysis of Ordinal Categorical Data, 2.1, 8.1; Fagerland, Lydersen, Laake (2017), ch. 9.

    Examples
    --------
    >>> round(marginal_superiority([[35, 5, 0], [15, 20, 5], [10, 5, 5]]).estimate, 4)
    0.39
    """
    if method not in ("adjusted", "logit", "wald"):
        raise ValueError(f"method must be 'adjusted', 'logit' or 'wald', not {method!r}")
    z, cells = quantile(confidence), square(table)
    n = int(cells.sum())
    if n == 0:
        return Estimate(None, None, None, 0, method, note="no_pairs")
    alpha, se, printed = _superiority(cells)
    if method == "wald":
        se, low, high = printed, max(0.0, alpha - z * printed), min(1.0, alpha + z * printed)
    elif method == "logit":
        se, (low, high) = printed, _logit_interval(alpha, printed, z)
    else:
        t = float(-scipy.special.stdtrit(max(n - 1, 1), (1 - confidence) / 2))
        centre, se, _ = _superiority(cells + 1 / cells.size)
        low, high = _logit_interval(centre, se, t)
    note = "all_unchanged" if n == np.trace(cells) else ""
    return Estimate(alpha, min(low, alpha), max(high, alpha), n, method, se=se, note=note)
