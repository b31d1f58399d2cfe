"""Marginal homogeneity and symmetry of a k x k transition table: Stuart-Maxwell, Bhapkar, Bowker, ordinal scores."""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaltools.statistics.exact import Counts
from evaltools.statistics.paired_tables import differences, square
from evaltools.statistics.types import Test


def _linked(cells: Counts) -> int:
    """Number of groups of categories between which nobody moved (an unused category is a group)."""
    group = list(range(len(cells)))
    for i, j in zip(*np.nonzero(cells), strict=True):
        old, new = group[i], group[j]
        group = [new if g == old else g for g in group]
    return len(set(group))


def _homogeneity(table: ArrayLike, method: str) -> tuple[float | None, int, int, str]:
    """Stuart's statistic d' V^- d with V the covariance of the margins' difference, its df, n, note."""
    cells = square(table)
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

    ``d' V^- d``, with d the difference of the margins and V its covariance under homogeneity: ``n_i. + n_.i`` on the
    diagonal, less ``n_ij + n_ji``. Categories nobody uses or moves to or from are dropped: df is the rank of V, the
    number of categories less the number of groups between which nobody moved.

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
    cells = square(table)
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
