"""The Wilcoxon signed-rank test with Pratt's zeros, exact from counts, and the Hodges-Lehmann pseudo-median.

The cost does not grow with the number of persons: everything is a function of the distinct differences and how often
each occurs. Notes used here: ``no_pairs``, ``all_unchanged``, ``all_changed_alike``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.exact import Counts, tails
from evaltools.statistics.paired_tables import TIE, collapse, join, quantile
from evaltools.statistics.types import CONFIDENCE, Estimate


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon signed-rank test of no change; see ``signed_rank``.

    ``w_plus`` and ``w_minus`` are rank sums of the increases and decreases (R's V is ``w_plus`` with zero
    method ``wilcox``), ``z`` is (w_plus - w_minus) / (2 sd) without continuity correction. All p are two-sided
    except ``p_exact_greater`` = P(W+ >= w_plus). ``p`` is the one to report: exact mid-p, or the asymptotic
    one where ``method`` says so.
    """

    n: int
    n_zero: int
    improved: int
    worse: int
    w_plus: float
    w_minus: float
    z: float | None
    p: float | None
    p_exact: float | None
    p_mid: float | None
    p_exact_greater: float | None
    p_asymptotic: float | None
    p_asymptotic_cc: float | None
    log10_p_exact: float | None
    log10_p_asymptotic: float | None
    method: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Absolute differences in ascending groups: doubled midranks, group sizes, increases per group."""

    score: Counts
    size: Counts
    up: Counts
    n_zero: int


def ranked(d: ArrayLike, count: ArrayLike | None, zero_method: str) -> _Ranked:
    """Rank ``|d|``; ``pratt`` ranks the zeros too (lowest) and then leaves them out, ``wilcox`` drops them first.

    Raises ValueError for another ``zero_method``.
    """
    if zero_method not in ("pratt", "wilcox"):
        raise ValueError(f"zero_method must be 'pratt' or 'wilcox', not {zero_method!r}")
    values, counts = collapse(d) if count is None else join(d, count)
    n_zero = int(counts[values == 0].sum())
    values, counts = values[values != 0], counts[values != 0]
    # sorted by |d|: near-ties of opposite sign are joined here, those of one sign already were
    order = np.argsort(np.abs(values), kind="stable")
    absolute, counts, positive = np.abs(values)[order], counts[order], values[order] > 0
    if absolute.size == 0:
        none = np.array([], dtype=np.int64)
        return _Ranked(none, none, none, n_zero)
    tolerance = 0 if absolute.dtype.kind == "i" else TIE * float(absolute.max())
    starts = np.flatnonzero(np.concatenate(([True], np.diff(absolute) > tolerance)))
    size = np.add.reduceat(counts, starts)
    before = np.cumsum(size) - size + (n_zero if zero_method == "pratt" else 0)
    return _Ranked(2 * before + size + 1, size, np.add.reduceat(counts * positive, starts), n_zero)


def _probability(log_p: float, coins: int) -> float:
    """exp(log_p), which for few coins is a whole number of their 2^coins outcomes."""
    p = math.exp(log_p)
    return round(p * 2**coins) / 2**coins if coins <= 40 else p


def _two_sided(ranks: _Ranked) -> tuple[float, float, float, float, str] | None:
    """Exact p, mid-p, one-sided p (greater), log10 of exact p, method; None where too costly."""
    down = ranks.size - ranks.up
    balance = int(np.dot(ranks.score, ranks.up - down))
    found = tails(ranks.score, ranks.size, ranks.up if balance >= 0 else down)
    if found is None:
        return None
    log_at_least, log_more, method = found
    at_least, more = (_probability(log_p, int(ranks.size.sum())) for log_p in (log_at_least, log_more))
    if balance == 0:
        return 1.0, 0.5 + more, at_least, 0.0, method
    log10 = min(0.0, (log_at_least + math.log(2)) / math.log(10))
    return min(1.0, 2 * at_least), at_least + more, at_least if balance > 0 else 1 - more, log10, method


def _normal(balance: float, sd: float, correction: float) -> tuple[float, float]:
    """Two-sided normal p of a signed-rank balance (W+ - W-) / 2 and its log10."""
    z = max(abs(balance) - correction, 0.0) / sd
    log_p = min(0.0, math.log(2) + float(scipy.stats.norm.logsf(z)))
    return math.exp(log_p), log_p / math.log(10)


def signed_rank(d: ArrayLike, count: ArrayLike | None = None, zero_method: str = "pratt") -> SignedRank:
    r"""Wilcoxon signed-rank test with its exact null distribution, ties and zeros included.

    W+ is the sum of the midranks of \|d\| over the increases. Given the ranks, each sign is a fair coin, so a
    group of m tied ranks r adds r * Binomial(m, 1/2). The two-sided p is P(\|S\| >= \|s\|) for S = W+ - W-, the
    mid-p P(\|S\| > \|s\|) + P(\|S\| = \|s\|) / 2. Both come from that distribution at any n: by meeting in the middle
    over the groups, or, where the partial sums are too many, by inverting the tilted characteristic function.
    Asymptotic only with tens of thousands of distinct values of \|d\|, and then ``method`` says so and the exact
    values are None. The variance of the asymptotic test is sum(r^2) / 4 (Cureton 1967).

    Parameters
    ----------
    d : differences after - before, distinct (with ``count``) or one per pair (without)
    count : how often each occurs
    zero_method : ``pratt`` ranks the zeros and then leaves them out; ``wilcox`` drops them before ranking

    Returns
    -------
    SignedRank; with no pair every p is None (``no_pairs``), with every pair unchanged 1 (``all_unchanged``)

    Raises
    ------
    ValueError : negative or fractional counts, unequal lengths, differences that are not finite

    References
    ----------
    Pratt (1959) JASA 54:655; Cureton (1967) JASA 62:1068; Hothorn, Hornik (2002) on conditional inference.

    Examples
    --------
    >>> result = signed_rank([-1, 0, 1, 2], [2, 3, 6, 2])
    >>> result.p_exact
    0.076171875
    """
    ranks = ranked(d, count, zero_method)
    improved, changed = int(ranks.up.sum()), int(ranks.size.sum())
    shape: dict[str, Any] = {"n": changed + ranks.n_zero, "n_zero": ranks.n_zero, "improved": improved}
    shape["worse"] = changed - improved
    if changed == 0:
        p = 1.0 if ranks.n_zero else None
        log10 = 0.0 if ranks.n_zero else None
        note = "all_unchanged" if ranks.n_zero else "no_pairs"
        return SignedRank(**shape, w_plus=0.0, w_minus=0.0, z=None, p=p, p_exact=p, p_mid=p, p_exact_greater=p,
                          p_asymptotic=p, p_asymptotic_cc=p, log10_p_exact=log10, log10_p_asymptotic=log10,
                          method="exact mid-p", note=note)  # fmt: skip
    w_plus = int(np.dot(ranks.score, ranks.up)) / 2
    w_minus = int(np.dot(ranks.score, ranks.size - ranks.up)) / 2
    sd = math.sqrt(float(np.sum(ranks.size * ranks.score.astype(float) ** 2))) / 4
    balance = (w_plus - w_minus) / 2
    p_normal, log10_normal = _normal(balance, sd, 0.0)
    exact = _two_sided(ranks)
    p_exact, p_mid, greater, log10, how = exact or (None, None, None, None, "")
    return SignedRank(
        **shape,
        w_plus=w_plus,
        w_minus=w_minus,
        z=balance / sd,
        p=p_normal if p_mid is None else p_mid,
        p_exact=p_exact,
        p_mid=p_mid,
        p_exact_greater=greater,
        p_asymptotic=p_normal,
        p_asymptotic_cc=_normal(balance, sd, 0.5)[0],
        log10_p_exact=log10,
        log10_p_asymptotic=log10_normal,
        method=how.replace("exact", "exact mid-p", 1)
        if how
        else "asymptotic (exact distribution beyond the work bound)",
    )


def _untied_quantile(tail: float, n: int) -> int:
    """Smallest w with P(W+ <= w) >= tail for n untied pairs, at least 1; exact for n <= 200."""
    if n > 200:
        sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return max(1, math.ceil(n * (n + 1) / 4 + sd * float(scipy.stats.norm.ppf(tail)) - 0.5))
    p = np.zeros(n * (n + 1) // 2 + 1)
    p[0] = 1.0
    for rank in range(1, n + 1):
        p[rank:] = (p[rank:] + p[:-rank]) / 2
        p[:rank] /= 2
    return max(1, int(np.searchsorted(np.cumsum(p), tail * (1 - 1e-12))))


def _walsh_at(values: NDArray[Any], counts: Counts, place: int) -> float:
    """The Walsh average (v_i + v_j) / 2, i <= j, at a place (1 = smallest), by bisection on how many lie below."""
    reached = np.concatenate(([0], np.cumsum(counts)))
    scale = float(np.abs(values).max())
    low, high = float(values[0]) - scale, float(values[-1])
    while high - low > 1e-12 * scale:
        middle = (low + high) / 2
        ordered = int(np.dot(counts, reached[np.searchsorted(values, 2 * middle - values, side="right")]))
        same = int(reached[np.searchsorted(values, middle, side="right")])
        low, high = (low, middle) if (ordered + same) // 2 >= place else (middle, high)
    partner = np.append(values.astype(float), math.inf)[np.searchsorted(values, 2 * low - values, side="right")]
    return float((values + partner).min()) / 2


def hodges_lehmann(
    d: ArrayLike, count: ArrayLike | None = None, confidence: float = CONFIDENCE, zeros: str = "keep"
) -> Estimate:
    """Hodges-Lehmann pseudo-median of the change: the median of the Walsh averages (d_i + d_j) / 2, i <= j.

    The interval runs between the c-th smallest and c-th largest Walsh average, c from the untied signed-rank
    distribution; with ties it is conservative. Unchanged pairs count as differences of 0 (``keep``) or are
    dropped, as R's wilcox.test does (``drop``).

    Returns
    -------
    Estimate with n = the pairs used; None with ``no_pairs`` (or ``all_unchanged`` where all were dropped). Without an
    interval for one pair (``one_pair``) or where all kept differences are zero (``all_unchanged``)

    Raises
    ------
    ValueError : another ``zeros``, a confidence outside (0, 1), or counts and differences that do not fit

    References
    ----------
    Hodges, Lehmann (1963) Ann Math Stat 34:598; Hollander, Wolfe, Chicken (2014), 3.2-3.3.

    Examples
    --------
    >>> hodges_lehmann([-1, 0, 1, 2], [2, 3, 6, 2]).estimate
    0.5
    """
    if zeros not in ("keep", "drop"):
        raise ValueError(f"zeros must be 'keep' or 'drop', not {zeros!r}")
    quantile(confidence)
    values, counts = collapse(d) if count is None else join(d, count)
    note = "all_unchanged" if len(values) else "no_pairs"
    if zeros == "drop":
        values, counts = values[values != 0], counts[values != 0]
    n, method = int(counts.sum()), "signed-rank inversion"
    if n == 0:
        return Estimate(None, None, None, 0, method, note=note)
    if n == 1 or not values.any():  # nothing to judge the variation by
        return Estimate(float(values[0]), None, None, n, method, note="one_pair" if n == 1 else "all_unchanged")
    pairs, first = n * (n + 1) // 2, _untied_quantile((1 - confidence) / 2, n)
    places = (first, (pairs + 1) // 2, pairs // 2 + 1, pairs + 1 - first)
    low, left, right, high = (_walsh_at(values, counts, place) for place in places)
    return Estimate((left + right) / 2, low, high, n, method)
