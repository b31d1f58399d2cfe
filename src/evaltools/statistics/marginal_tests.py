"""Marginal homogeneity of a k x k transition table: Stuart-Maxwell."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaltools.statistics.exact import Counts
from evaltools.statistics.paired_tables import square
from evaltools.statistics.types import Test


def _linked(cells: Counts) -> int:
    """Number of groups of categories between which nobody moved (an unused category is a group)."""
    group = list(range(len(cells)))
    for i, j in zip(*np.nonzero(cells), strict=True):
        old, new = group[i], group[j]
        group = [new if g == old else g for g in group]
    return len(set(group))


def _homogeneity(table: ArrayLike) -> tuple[float | None, int, int, str]:
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
    statistic, df, n, note = _homogeneity(table)
    if statistic is None:
        return Test(None, 1.0 if n else None, n, "Stuart-Maxwell", df=None, note=note)
    return Test(statistic, float(scipy.stats.chi2.sf(statistic, df)), n, "Stuart-Maxwell", df=df, note=note)
