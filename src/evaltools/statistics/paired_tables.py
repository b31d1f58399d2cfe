"""Count tables of pairs of answers: checked, collapsed, joined, and turned to differences.

A k x k transition table has the answer before in its rows and the answer after in its columns; a positive difference
always means that the answer after is the higher one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.exact import Counts

TIE = 1e-10
"""Two float differences are the same value when they differ by less than this share of the largest one."""


def counts(values: ArrayLike, what: str) -> Counts:
    """Non-negative whole numbers as an int64 array; ValueError, which names ``what`` they are, for any other."""
    array = np.asarray(values)
    if array.size == 0:
        return array.astype(np.int64)
    if array.dtype.kind not in "iufb":
        raise ValueError(f"{what} must be numbers, not {array.dtype}")
    if not np.all(np.isfinite(array)) or np.any(array < 0) or np.any(array != np.floor(array)):
        raise ValueError(f"{what} must be whole numbers of at least 0")
    return array.astype(np.int64)


def square(table: ArrayLike) -> Counts:
    """A k x k count table, rows = before, columns = after; ValueError for another shape or other than counts."""
    array = counts(table, "the table")
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise ValueError(f"the table must be square (rows = before, columns = after), not {array.shape}")
    return array


def _scores(k: int, scores: ArrayLike | None) -> NDArray[Any]:
    """Category scores, 1..k unless given."""
    array = np.arange(1, k + 1) if scores is None else np.asarray(scores)
    if array.shape != (k,):
        raise ValueError(f"{k} categories need {k} scores, not {array.shape}")
    if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
        raise ValueError("scores must be finite numbers")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def quantile(confidence: float) -> float:
    """The two-sided normal quantile of a confidence level; ValueError unless 0 < confidence < 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return float(-scipy.special.ndtri((1 - confidence) / 2))


def collapse(values: ArrayLike) -> tuple[NDArray[Any], Counts]:
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
    return join(array, np.ones(array.shape, dtype=np.int64))


def join(d: ArrayLike, count: ArrayLike) -> tuple[NDArray[Any], Counts]:
    """Distinct values of d with their counts added; float near-ties joined; zero counts left out.

    Raises ValueError for lengths that differ, differences that are not finite numbers and counts that are none.
    """
    values, weights = np.asarray(d), counts(count, "counts")
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


def differences(table: ArrayLike, scores: ArrayLike | None = None) -> tuple[NDArray[Any], Counts]:
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
    cells = square(table)
    values = _scores(len(cells), scores)
    return join(np.subtract.outer(values, values).T.ravel(), cells.ravel())


def dichotomise(table: ArrayLike, cut: int) -> tuple[int, int, int, int]:
    """The four cells (a, b, c, d) of a transition table cut in two: yes = category ``cut`` or higher.

    a = yes before and after, b = yes before only, c = yes after only, d = neither; categories are 1..k.
    Raises ValueError unless 2 <= cut <= k.

    Examples
    --------
    >>> dichotomise([[5, 2, 1], [0, 3, 4], [1, 0, 6]], cut=3)
    (6, 1, 5, 10)
    """
    cells = square(table)
    if not 2 <= cut <= len(cells):
        raise ValueError(f"cut must lie between 2 and {len(cells)}, not {cut}")
    low, high = slice(None, cut - 1), slice(cut - 1, None)
    both, lost, won, neither = (int(cells[r, c].sum()) for r, c in ((high, high), (high, low), (low, high), (low, low)))
    return both, lost, won, neither
