"""Median and quartiles of numbers, from how often each value was given."""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import ArrayLike

from evaltools.statistics.types import CONFIDENCE, Estimate

METHOD = "order statistics"


def quantile(values: ArrayLike, counts: ArrayLike, share: float) -> float | None:
    """The value below which that share of the numbers lies, between neighbours in a straight line (R's type 7).

    Parameters
    ----------
    values, counts : distinct values and how many persons gave each
    share : from 0 to 1

    References
    ----------
    Hyndman & Fan (1996) Am Stat 50:361.

    Examples
    --------
    >>> quantile([10, 20, 40], [1, 2, 1], 0.75)
    25.0
    """
    every = _every(values, counts)
    return float(np.quantile(every, share)) if len(every) else None


def median(values: ArrayLike, counts: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """The median with its interval between two of the numbers, which holds whatever their distribution.

    The j-th smallest and the j-th largest, j the largest number that a binomial count of n halves is below with at most
    (1 - confidence) / 2; None with ``too_few`` where there are none such (five numbers or fewer at 95%).

    References
    ----------
    Conover (1999) Practical Nonparametric Statistics, 3.2.

    Examples
    --------
    >>> found = median(range(1, 11), [1] * 10)
    >>> found.estimate, found.lower, found.upper
    (5.5, 2.0, 9.0)
    """
    every = _every(values, counts)
    n = len(every)
    if not n:
        return Estimate(None, None, None, 0, METHOD, note="nobody_answered")
    j = int(scipy.stats.binom.ppf((1 - confidence) / 2, n, 0.5))
    middle = float(np.median(every))
    if j < 1:
        return Estimate(middle, None, None, n, METHOD, note="too_few")
    return Estimate(middle, float(every[j - 1]), float(every[n - j]), n, METHOD)


def _every(values: ArrayLike, counts: ArrayLike) -> np.ndarray:
    return np.sort(np.repeat(np.asarray(values, dtype=float), np.asarray(counts, dtype=int)))
