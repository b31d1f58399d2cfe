"""Change between two answers of the same person, from counts.

Every function takes counts - a k x k transition table (rows = before, columns = after), distinct differences
with how often each occurs, the four cells of a paired yes/no table, or sums - so its cost does not grow with
the number of persons. A positive value always means that the answer after is the higher one.

Notes used here: ``no_pairs``, ``one_pair``, ``all_unchanged``, ``all_changed_alike``, ``no_discordant_pairs``,
``zero_variance``, ``one_category``, ``separation``, ``few_pairs``, ``empty_cell_pairs``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.exact import Counts, tails
from evaltools.statistics.types import CONFIDENCE, Estimate, Test

TIE = 1e-10
"""Two float differences are the same value when they differ by less than this share of the largest one."""

FEW_PAIRS = 50
"""Fewer pairs than this and the proportional-odds estimate carries the note ``few_pairs``."""


# --- counts in -----------------------------------------------------------------------------------------------


def _counts(values: ArrayLike, what: str) -> Counts:
    """Non-negative whole numbers as an int64 array."""
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{what} must be numbers, not {array.dtype}")
    if not np.all(np.isfinite(array)) or np.any(array < 0) or np.any(array != np.floor(array)):
        raise ValueError(f"{what} must be whole numbers of at least 0")
    return array.astype(np.int64)


def _square(table: ArrayLike) -> Counts:
    """A k x k count table."""
    array = _counts(table, "the table")
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"the table must be square (rows = before, columns = after), not {array.shape}")
    return array


def _scores(k: int, scores: ArrayLike | None) -> NDArray:
    """Category scores, 1..k unless given."""
    array = np.arange(1, k + 1) if scores is None else np.asarray(scores)
    if array.shape != (k,):
        raise ValueError(f"{k} categories need {k} scores, not {array.shape}")
    if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
        raise ValueError("scores must be finite numbers")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def _quantile(confidence: float) -> float:
    """The two-sided normal quantile of a confidence level."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return float(-scipy.special.ndtri((1 - confidence) / 2))


def collapse(values: ArrayLike) -> tuple[NDArray, Counts]:
    """Distinct values, ascending, and how often each occurs.

    Whole numbers are compared exactly. Floats closer to each other than ``TIE`` times the largest absolute
    value count as one value (0.1 + 0.2 and 0.3), and so do floats that close to zero.

    Parameters
    ----------
    values : array of shape (n,), differences after - before

    Returns
    -------
    d, count : arrays of equal length

    Examples
    --------
    >>> collapse([2, 0, 1, 1])
    (array([0, 1, 2]), array([1, 2, 1]))
    """
    array = np.asarray(values)
    return _join(array, np.ones(array.shape, dtype=np.int64))


def _join(d: ArrayLike, count: ArrayLike) -> tuple[NDArray, Counts]:
    """Distinct values of d with their counts added; float near-ties joined; zero counts left out."""
    values, weights = np.asarray(d), _counts(count, "counts")
    values, weights = np.broadcast_arrays(np.atleast_1d(values), np.atleast_1d(weights))
    if values.ndim != 1:
        raise ValueError("differences and counts must be one-dimensional and of equal length")
    if values.size and values.dtype.kind not in "iufb":
        raise ValueError(f"differences must be numbers, not {values.dtype}")
    values = values.astype(np.float64 if values.dtype.kind == "f" else np.int64)
    if not np.all(np.isfinite(values)):
        raise ValueError("differences must be finite; leave incomplete pairs out before")
    values, weights = values[weights > 0], weights[weights > 0]
    if values.size == 0:
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    tolerance = 0 if values.dtype.kind == "i" else TIE * float(np.abs(values).max())
    starts = np.flatnonzero(np.concatenate(([True], np.diff(values) > tolerance)))
    distinct = values[starts]
    return np.where(np.abs(distinct) <= tolerance, 0, distinct), np.add.reduceat(weights, starts)


def differences(table: ArrayLike, scores: ArrayLike | None = None) -> tuple[NDArray, Counts]:
    """Distinct differences after - before of a transition table, and how often each occurs.

    Parameters
    ----------
    table : k x k counts, rows = before, columns = after
    scores : k numbers, default 1..k

    Examples
    --------
    >>> differences([[3, 2], [1, 4]])
    (array([-1,  0,  1]), array([1, 7, 2]))
    """
    cells = _square(table)
    values = _scores(len(cells), scores)
    return _join(np.subtract.outer(values, values).T.ravel(), cells.ravel())


def dichotomise(table: ArrayLike, cut: int) -> tuple[int, int, int, int]:
    """The four cells (a, b, c, d) of a transition table cut in two: yes = category ``cut`` or higher.

    a = yes before and after, b = yes before only, c = yes after only, d = neither; categories are 1..k.

    Examples
    --------
    >>> dichotomise([[5, 2, 1], [0, 3, 4], [1, 0, 6]], cut=3)
    (6, 1, 5, 10)
    """
    cells = _square(table)
    if not 2 <= cut <= len(cells):
        raise ValueError(f"cut must lie between 2 and {len(cells)}, not {cut}")
    low, high = slice(None, cut - 1), slice(cut - 1, None)
    return tuple(int(cells[r, c].sum()) for r, c in ((high, high), (high, low), (low, high), (low, low)))


# --- Wilcoxon signed-rank ------------------------------------------------------------------------------------


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


def _ranked(d: ArrayLike, count: ArrayLike | None, zero_method: str) -> _Ranked:
    """Rank |d|; ``pratt`` ranks the zeros too (lowest) and then leaves them out, ``wilcox`` drops them first."""
    if zero_method not in ("pratt", "wilcox"):
        raise ValueError(f"zero_method must be 'pratt' or 'wilcox', not {zero_method!r}")
    values, counts = collapse(d) if count is None else _join(d, count)
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


def _two_sided(ranked: _Ranked) -> tuple[float, float, float, float, str] | None:
    """Exact p, mid-p, one-sided p (greater), log10 of exact p, method; None where too costly."""
    down = ranked.size - ranked.up
    balance = int(np.dot(ranked.score, ranked.up - down))
    found = tails(ranked.score, ranked.size, ranked.up if balance >= 0 else down)
    if found is None:
        return None
    log_at_least, log_more, method = found
    at_least, more = (_probability(log_p, int(ranked.size.sum())) for log_p in (log_at_least, log_more))
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
    ranked = _ranked(d, count, zero_method)
    improved, changed = int(ranked.up.sum()), int(ranked.size.sum())
    shape = {"n": changed + ranked.n_zero, "n_zero": ranked.n_zero, "improved": improved}
    shape["worse"] = changed - improved
    if changed == 0:
        p = 1.0 if ranked.n_zero else None
        log10 = 0.0 if ranked.n_zero else None
        note = "all_unchanged" if ranked.n_zero else "no_pairs"
        return SignedRank(**shape, w_plus=0.0, w_minus=0.0, z=None, p=p, p_exact=p, p_mid=p, p_exact_greater=p,
                          p_asymptotic=p, p_asymptotic_cc=p, log10_p_exact=log10, log10_p_asymptotic=log10,
                          method="exact mid-p", note=note)  # fmt: skip
    w_plus = int(np.dot(ranked.score, ranked.up)) / 2
    w_minus = int(np.dot(ranked.score, ranked.size - ranked.up)) / 2
    sd = math.sqrt(float(np.sum(ranked.size * ranked.score.astype(float) ** 2))) / 4
    balance = (w_plus - w_minus) / 2
    p_normal, log10_normal = _normal(balance, sd, 0.0)
    exact = _two_sided(ranked)
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


def _clip(value: float, low: float, high: float) -> float:
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
    _quantile(confidence)
    ranked = _ranked(d, count, "wilcox")
    changed = int(ranked.size.sum())
    n, method = changed + ranked.n_zero, "atanh delta, half pseudo-count"
    if changed == 0:
        return Estimate(None, None, None, n, method, note="all_unchanged" if n else "no_pairs")
    up, down = int(np.dot(ranked.score, ranked.up)), int(np.dot(ranked.score, ranked.size - ranked.up))
    r = (up - down) / (up + down)
    quarter = ranked.size / changed / 4
    plus, minus = ranked.up + quarter, ranked.size - ranked.up + quarter
    centre, se = _biserial_moments(plus, minus)
    reach = float(-scipy.special.stdtrit(changed, (1 - confidence) / 2)) * se / (1 - centre**2)
    low, high = (math.tanh(math.atanh(centre) + sign * reach) for sign in (-1, 1))
    return Estimate(r, min(low, r), max(high, r), n, method, se=se)


def _biserial_moments(plus: NDArray, minus: NDArray) -> tuple[float, float]:
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


# --- Hodges-Lehmann ------------------------------------------------------------------------------------------


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


def _walsh_at(values: NDArray, counts: Counts, place: int) -> float:
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
    _quantile(confidence)
    values, counts = collapse(d) if count is None else _join(d, count)
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


# --- tests of marginal homogeneity ---------------------------------------------------------------------------


def _linked(cells: Counts) -> int:
    """Number of groups of categories between which nobody moved (an unused category is a group)."""
    group = list(range(len(cells)))
    for i, j in zip(*np.nonzero(cells), strict=True):
        old, new = group[i], group[j]
        group = [new if g == old else g for g in group]
    return len(set(group))


def _homogeneity(table: ArrayLike, method: str) -> tuple[float | None, int, int, str]:
    """Stuart's statistic d' V^- d with V the covariance of the margins' difference, its df, n, note."""
    cells = _square(table)
    n, df = int(cells.sum()), len(cells) - _linked(cells)
    if n == 0:
        return None, 0, 0, "no_pairs"
    if df == 0:
        return None, 0, n, "all_unchanged"
    moved = cells + cells.T
    gap = (cells.sum(axis=0) - cells.sum(axis=1)).astype(float)
    covariance = (np.diag(moved.sum(axis=1)) - moved).astype(float)
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[-df:], vectors[:, -df:]  # the others are zero: df is the rank
    return float(np.sum((vectors.T @ gap) ** 2 / values)), df, n, ""


def _chi2(statistic: float | None, df: int, n: int, method: str, note: str) -> Test:
    if statistic is None:
        return Test(None, 1.0 if n else None, n, method, df=None, note=note)
    return Test(statistic, float(scipy.stats.chi2.sf(statistic, df)), n, method, df=df, note=note)


def stuart_maxwell(table: ArrayLike) -> Test:
    """Stuart-Maxwell test that the answers before and after have the same distribution.

    d' V^- d, with d the difference of the margins and V its covariance under homogeneity (V = diag(n_i. + n_.i)
    - n_ij - n_ji). Categories nobody uses or moves to or from are dropped: df is the rank of V, the number of
    categories less the number of groups between which nobody moved.

    Returns
    -------
    Test; p = 1 with note ``all_unchanged`` where nobody moved, None with ``no_pairs``

    References
    ----------
    Stuart (1955) Biometrika 42:412; Maxwell (1970) Br J Psychiatry 116:651.

    Examples
    --------
    >>> round(stuart_maxwell([[20, 10, 5], [3, 30, 15], [0, 5, 40]]).statistic, 4)
    13.7647
    """
    statistic, df, n, note = _homogeneity(table, "Stuart-Maxwell")
    return _chi2(statistic, df, n, "Stuart-Maxwell", note)


def bhapkar(table: ArrayLike) -> Test:
    """Bhapkar's Wald test of marginal homogeneity: Q / (1 - Q / n), Q the Stuart-Maxwell statistic.

    Undefined (None, ``all_changed_alike``) where Q = n, which happens when everybody made the same move.

    References
    ----------
    Bhapkar (1966) JASA 61:228; Ireland, Ku, Kullback (1969) JASA 64:1323.

    Examples
    --------
    >>> round(bhapkar([[20, 10, 5], [3, 30, 15], [0, 5, 40]]).statistic, 4)
    15.4233
    """
    q, df, n, note = _homogeneity(table, "Bhapkar")
    if q is not None and q >= n * (1 - 1e-12):
        return Test(None, None, n, "Bhapkar", df=df, note="all_changed_alike")
    return _chi2(None if q is None else q / (1 - q / n), df, n, "Bhapkar", note)


def bowker(table: ArrayLike) -> Test:
    """Bowker's test of symmetry: the sum over i < j of (n_ij - n_ji)^2 / (n_ij + n_ji).

    df = k (k - 1) / 2 over the k categories used; pairs of used categories between which nobody moved are counted in
    df, as Bowker did (conservative; note ``empty_cell_pairs``).

    References
    ----------
    Bowker (1948) JASA 43:572.

    Examples
    --------
    >>> bowker([[35, 5, 0], [15, 20, 5], [10, 5, 5]]).statistic
    15.0
    """
    cells = _square(table)
    used = cells.sum(axis=0) + cells.sum(axis=1) > 0
    cells = cells[used][:, used]
    upper = np.triu_indices(len(cells), 1)
    there, back = cells[upper], cells.T[upper]
    n, moved = int(cells.sum()), there + back > 0
    if not moved.any():
        return _chi2(None, 0, n, "Bowker", "all_unchanged" if n else "no_pairs")
    statistic = float(np.sum((there[moved] - back[moved]).astype(float) ** 2 / (there[moved] + back[moved])))
    return _chi2(statistic, len(moved), n, "Bowker", "" if moved.all() else "empty_cell_pairs")


def marginal_homogeneity_ordinal(table: ArrayLike, scores: ArrayLike | None = None) -> Test:
    """Marginal homogeneity against a shift of the mean score: z = sum(d) / sqrt(sum(d^2)) over the pairs.

    d is the score after less the score before; the statistic is z (positive: higher after), without df.

    References
    ----------
    Agresti (2013) Categorical Data Analysis, 11.3.1; coin::mh_test with scores.

    Examples
    --------
    >>> round(marginal_homogeneity_ordinal([[20, 10, 5], [3, 30, 15], [0, 5, 40]]).statistic, 4)
    3.7087
    """
    d, count = differences(table, scores)
    n, square = int(count.sum()), float(np.sum(count * d.astype(float) ** 2))
    method = "marginal homogeneity, ordinal scores"
    if square == 0:
        return Test(None, 1.0 if n else None, n, method, note="all_unchanged" if n else "no_pairs")
    z = float(np.sum(count * d)) / math.sqrt(square)
    return Test(z, float(2 * scipy.stats.norm.sf(abs(z))), n, method)


# --- marginal superiority ------------------------------------------------------------------------------------


def _superiority(cells: NDArray) -> tuple[float, float, float]:
    """alpha = P(after > before) + P(equal) / 2 over independent draws, its paired standard error (delta
    method), and the one Fagerland et al. print, which takes the ridits of the other margin."""
    n = float(cells.sum())
    before, after = cells.sum(axis=1) / n, cells.sum(axis=0) / n
    ridit_before, ridit_after = np.cumsum(before) - before / 2, np.cumsum(after) - after / 2
    alpha = float(np.dot(after, ridit_before))

    def error(influence: NDArray) -> float:
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

    alpha = sum_{i<j} p_i. p_.j + sum_i p_i. p_.i / 2; 1/2 means no shift. Its standard error takes the pairing
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
    z, cells = _quantile(confidence), _square(table)
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


# --- paired yes / no -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test; see ``mcnemar``. ``p`` is the one to report, the mid-p."""

    b: int
    c: int
    p: float
    p_exact: float
    p_mid: float
    chi2: float | None
    p_chi2: float
    p_chi2_cc: float
    method: str = "exact conditional mid-p"
    note: str = ""


def mcnemar(b: int, c: int) -> McNemar:
    """McNemar's test of equal paired proportions from the two discordant counts.

    Given b + c, b is Binomial(b + c, 1/2): exact p = P(|X - m| >= |b - m|) with m = (b + c) / 2, mid-p with
    half the weight on equality; chi2 = (b - c)^2 / (b + c), and with continuity correction |b - c| - 1 (0 where b = c).
    With b = c = 0 every p is 1 and chi2 None (``no_discordant_pairs``).

    References
    ----------
    McNemar (1947) Psychometrika 12:153; Fagerland, Lydersen, Laake (2013) BMC Med Res Methodol 13:91.

    Examples
    --------
    >>> mcnemar(1, 7).p_mid
    0.0390625
    """
    b, c = _cells(b, c)
    total, gap = b + c, abs(b - c)
    if total == 0:
        return McNemar(0, 0, 1.0, 1.0, 1.0, None, 1.0, 1.0, note="no_discordant_pairs")
    at_most = float(scipy.stats.binom.cdf(min(b, c), total, 0.5))
    fewer = float(scipy.stats.binom.cdf(min(b, c) - 1, total, 0.5))
    p_exact, p_mid = (1.0, 0.5 + fewer) if gap == 0 else (2 * at_most, at_most + fewer)
    chi2 = gap**2 / total
    corrected = max(gap - 1, 0) ** 2 / total
    p_chi2, p_cc = (float(scipy.stats.chi2.sf(value, 1)) for value in (chi2, corrected))
    return McNemar(b, c, p_mid, p_exact, p_mid, chi2, p_chi2, p_cc)


def _cells(*cells: int) -> list[int]:
    return [int(cell) for cell in _counts(cells, "cells")]


def _wilson(x: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a proportion."""
    centre, reach = x + z * z / 2, z * math.sqrt(x * (n - x) / n + z * z / 4)
    return (centre - reach) / (n + z * z), (centre + reach) / (n + z * z)


def _newcombe(a: int, b: int, c: int, d: int, z: float) -> tuple[float, float]:
    """Newcombe's method 10 for (c - b) / n: squared-and-added Wilson limits, with their correlation."""
    n = a + b + c + d
    before, after = (a + b) / n, (a + c) / n
    (low_1, high_1), (low_2, high_2) = _wilson(a + b, n, z), _wilson(a + c, n, z)
    product = math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    excess = a * d - b * c
    excess = max(excess - n / 2, 0.0) if excess > 0 else excess
    phi = excess / product if product else 0.0

    def root(x: float, y: float) -> float:
        return math.sqrt(max(x * x - 2 * phi * x * y + y * y, 0.0))

    gap = after - before
    return gap - root(after - low_2, high_1 - before), gap + root(high_2 - after, before - low_1)


def _tango(b: int, c: int, n: int, z: float) -> tuple[float, float]:
    """Tango's score limits for (c - b) / n."""

    def score(delta: float) -> float:
        middle = -b - c + (2 * n - c + b) * delta
        root = math.sqrt(max(middle**2 + 8 * n * b * delta * (1 - delta), 0.0))
        share = max((root - middle) / (4 * n), 0.0)
        variance = max(n * (2 * share + delta * (1 - delta)), 0.0)
        gap = c - b - n * delta
        return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0

    def solve(target: float, end: float) -> float:
        start = (c - b) / n
        if start == end:
            return end
        inner = end * (1 - 1e-15)
        if (score(inner) - target) * (score(start) - target) > 0:
            return end
        return float(scipy.optimize.brentq(lambda delta: score(delta) - target, start, inner, xtol=1e-14))

    return solve(z, -1.0), solve(-z, 1.0)


def paired_difference(
    a: int, b: int, c: int, d: int, confidence: float = CONFIDENCE, method: str = "newcombe",
    direction: str = "after-before",
) -> Estimate:  # fmt: skip
    """Change of a paired proportion: share of yes after less share of yes before, (c - b) / n.

    The cells are those of ``dichotomise``: a yes both times, b yes before only, c yes after only, d neither.
    ``direction="before-after"`` gives (b - c) / n and the mirrored interval, the sign of most textbooks.

    Parameters
    ----------
    method : ``newcombe`` (square-and-add, method 10), ``tango`` (score), ``bonett-price`` (adjusted Wald)

    Returns
    -------
    Estimate with n = a + b + c + d; None with ``no_pairs``, and interval -1 to 1

    References
    ----------
    Newcombe (1998) Stat Med 17:2635; Tango (1998) Stat Med 17:891; Bonett, Price (2012) JEBS 37:479.

    Examples
    --------
    >>> round(paired_difference(20, 2, 12, 16).estimate, 3)
    0.2
    """
    if direction not in ("after-before", "before-after"):
        raise ValueError(f"direction must be 'after-before' or 'before-after', not {direction!r}")
    if method not in ("newcombe", "tango", "bonett-price"):
        raise ValueError(f"method must be 'newcombe', 'tango' or 'bonett-price', not {method!r}")
    z = _quantile(confidence)
    a, b, c, d = _cells(a, b, c, d)
    if direction == "before-after":
        b, c = c, b
    n = a + b + c + d
    if n == 0:
        return Estimate(None, -1.0, 1.0, 0, method, note="no_pairs")
    if method == "newcombe":
        low, high = _newcombe(a, b, c, d, z)
    elif method == "tango":
        low, high = _tango(b, c, n, z)
    else:
        down, up = (b + 1) / (n + 2), (c + 1) / (n + 2)
        reach = z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
        low, high = up - down - reach, up - down + reach
    note = "no_discordant_pairs" if b + c == 0 else ""
    return Estimate((c - b) / n, _clip(low, -1.0, 1.0), _clip(high, -1.0, 1.0), n, method, note=note)


# --- scales: paired t ----------------------------------------------------------------------------------------


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


def _numbers(values: ArrayLike) -> NDArray:
    """Numbers as int64 or float64, so that squares do not overflow."""
    array = np.asarray(values)
    if array.size and array.dtype.kind not in "iufb":
        raise ValueError(f"values must be numbers, not {array.dtype}")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def moments(pre: ArrayLike, post: ArrayLike) -> tuple[int, float, float, float, float, float]:
    """n and the sums of pre, post, pre^2, post^2 and pre * post: what ``paired_t`` takes.

    Whole numbers give exact integer sums.

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
def _legendre() -> tuple[NDArray, NDArray]:
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
def _chi_part(df: int) -> tuple[NDArray, NDArray]:
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
    _quantile(confidence)
    (n,) = _cells(n)
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
    sd = [math.sqrt(value / (n - 1)) for value in (*ss, of_change)]
    rho = shared / math.sqrt(ss[0] * ss[1]) if ss[0] > 0 and ss[1] > 0 else None
    if of_change == 0:
        note = "zero_variance" if mean else "all_unchanged"
        return _without_spread(n, before, after, mean, note, sd[0], sd[1], rho)
    se = sd[2] / math.sqrt(n)
    t, reach = mean / se, float(scipy.stats.t.isf((1 - confidence) / 2, n - 1)) * se
    return PairedT(
        n, before, after, *sd, rho, Estimate(mean, mean - reach, mean + reach, n, "paired t", se=se),
        t, n - 1, float(2 * scipy.stats.t.sf(abs(t), n - 1)), _d_z(t, n, confidence),
        _d_av(mean, n, (sd[0], sd[1], sd[2]), rho or 0.0, confidence),
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


# --- proportional odds ---------------------------------------------------------------------------------------


def _fit_cumulative(tables: list[NDArray], design: list[NDArray]) -> tuple[NDArray, NDArray] | None:
    """Cumulative logit logit P(Y <= j) = cut_j - x beta of both answers, pairing ignored in the fit.

    ``design`` holds for each table the x of the answers before (row 0) and after (row 1). Returns beta and its
    cluster-robust covariance (HC0, a person is a cluster); None where the likelihood has no maximum.
    """
    k, extra = len(tables[0]), design[0].shape[1]
    margins = [margin for t in tables for margin in (t.sum(axis=1), t.sum(axis=0))]
    rows = [x for pair in design for x in pair]
    share = np.cumsum(np.sum(margins, axis=0))[:-1] / np.sum(margins)
    theta = np.concatenate((np.log(share / (1 - share)), np.zeros(extra)))
    value, gradient, hessian, _ = _likelihood(theta, margins, rows)
    for _ in range(100):
        try:
            step = np.linalg.solve(hessian, -gradient)
        except np.linalg.LinAlgError:
            return None
        if -float(gradient @ step) > -1e-18 * np.sum(margins) and np.abs(step).max() < 1e-9:
            break
        scale = 1.0
        while (new := _likelihood(theta + scale * step, margins, rows))[0] < value and scale > 1e-10:
            scale /= 2
        theta = theta + scale * step
        value, gradient, hessian, _ = new
        if np.abs(theta[k - 1 :]).max() > 25 or not np.all(np.isfinite(theta)):
            return None
    scores = _likelihood(theta, margins, rows)[3]
    meat = np.zeros_like(hessian)
    for index, table in enumerate(tables):
        both = scores[2 * index][:, None, :] + scores[2 * index + 1][None, :, :]
        meat += np.einsum("ij,ijp,ijq->pq", table, both, both)
    bread = np.linalg.inv(hessian)
    return theta[k - 1 :], (bread @ meat @ bread)[k - 1 :, k - 1 :]


def _likelihood(theta: NDArray, margins: list[NDArray], rows: list[NDArray]) -> tuple:
    """Log-likelihood, gradient, Hessian and the score of every (row, category)."""
    size, k = len(theta), len(margins[0])
    value, gradient, hessian = 0.0, np.zeros(size), np.zeros((size, size))
    scores = []
    for count, x in zip(margins, rows, strict=True):
        jacobian = np.zeros((k + 1, size))  # of the edges cut_0 = -inf .. cut_k = inf
        jacobian[1:k, : k - 1] = np.eye(k - 1)
        jacobian[1:k, k - 1 :] = -x
        edge = jacobian[1:k] @ theta
        with np.errstate(over="ignore"):
            reached = np.concatenate(([0.0], 1 / (1 + np.exp(-edge)), [1.0]))
        p = np.diff(reached)
        if np.any(p <= 0):
            return -math.inf, gradient, hessian, scores
        density = reached * (1 - reached)
        slope = density * (1 - 2 * reached)
        value += float(count @ np.log(p))
        score = (density[1:, None] * jacobian[1:] - density[:-1, None] * jacobian[:-1]) / p[:, None]
        scores.append(score)
        gradient += count @ score
        bend = np.zeros(k + 1)
        bend[1:] += slope[1:] * count / p
        bend[:-1] -= slope[:-1] * count / p
        hessian += jacobian.T @ (bend[:, None] * jacobian) - score.T @ (count[:, None] * score)
    return value, gradient, hessian, scores


def _log_odds(tables: list[Counts], design: list[NDArray], confidence: float) -> list[Estimate]:
    """One estimate per column of the design, with notes where it is undefined."""
    z, columns = _quantile(confidence), design[0].shape[1]
    used = sum(t.sum(axis=0) + t.sum(axis=1) for t in tables) > 0
    n, method = int(sum(t.sum() for t in tables)), "marginal cumulative logit, cluster-robust"

    def undefined(note: str) -> list[Estimate]:
        return [Estimate(None, None, None, n, method, note=note)] * columns

    if min(int(t.sum()) for t in tables) == 0:
        return undefined("no_pairs")
    if used.sum() < 2:
        return undefined("one_category")
    fit = _fit_cumulative([t[used][:, used].astype(float) for t in tables], design)
    if fit is None:
        return undefined("separation")
    out = []
    for beta, variance in zip(fit[0], np.diag(fit[1]), strict=True):
        se, note = math.sqrt(max(float(variance), 0.0)), "few_pairs" if n < FEW_PAIRS else ""
        if se < 1e-10:
            out.append(Estimate(float(beta), None, None, n, method, note="all_unchanged"))
        else:
            out.append(Estimate(float(beta), float(beta - z * se), float(beta + z * se), n, method, se, note))
    return out


def proportional_odds(table: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """Log cumulative odds ratio of a higher answer, after against before.

    Marginal model logit P(Y > j) = -cut_j + beta * after for all j, fitted to the two margins under working
    independence; the standard error is cluster-robust (HC0, a person is a cluster). exp(beta) is the odds
    ratio. Unused categories are dropped.

    Returns
    -------
    Estimate of beta, with note ``few_pairs`` below 50 pairs; None with ``no_pairs``, ``one_category`` or
    ``separation`` (every answer after lies above, or below, every one before)

    References
    ----------
    Agresti (2013) Categorical Data Analysis, 12.3; Liang, Zeger (1986) Biometrika 73:13.

    Examples
    --------
    >>> insomnia = [[7, 4, 1, 0], [11, 5, 2, 2], [13, 23, 3, 1], [9, 17, 13, 8]]
    >>> round(proportional_odds(insomnia).estimate, 3)
    -1.89
    """
    return _log_odds([_square(table)], [np.array([[0.0], [1.0]])], confidence)[0]


def proportional_odds_arms(
    control: ArrayLike, treated: ArrayLike, confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """The same model for two groups: ``time`` (change in the control group), ``arm``, ``time:arm``.

    ``time:arm`` is the difference of the two changes, on the log odds scale. Both tables share the categories.

    Examples
    --------
    >>> same = [[5, 3], [3, 5]]
    >>> abs(proportional_odds_arms(same, same)["time:arm"].estimate) < 1e-9
    True
    """
    tables = [_square(control), _square(treated)]
    if tables[0].shape != tables[1].shape:
        raise ValueError("the two tables must have the same categories")
    design = [np.array([[0.0, arm, 0.0], [1.0, arm, arm]]) for arm in (0.0, 1.0)]
    return dict(zip(("time", "arm", "time:arm"), _log_odds(tables, design, confidence), strict=True))
