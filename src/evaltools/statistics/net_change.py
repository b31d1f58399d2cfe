"""What a paired change is decided by: the share who moved up less the share who moved down, its test and its interval.

Only how many moved up, stayed and moved down is needed. The interval is the inversion of the test, unchanged pairs
included, so that p, effect and interval cannot contradict each other at any level: the interval leaves zero out where,
and only where, the test rejects no net change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy
from numpy.typing import NDArray

from evaltools.statistics.multiplicity import adjust
from evaltools.statistics.paired_proportions import whole_counts
from evaltools.statistics.paired_tables import quantile
from evaltools.statistics.types import CONFIDENCE, Estimate

LEVEL = 1 - CONFIDENCE
METHOD = "net change, exact given the share who change"
LARGEST = 20_000  # pairs up to which the distribution is computed; above it the paired score test with its inversion


@dataclass(frozen=True, slots=True)
class NetChange:
    """Net change of ``n`` pairs, ``discordant`` of which moved: the estimate, and the two-sided p of no net change."""

    n: int
    discordant: int
    estimate: Estimate
    p: float | None


def net_change(up: int, same: int, down: int, confidence: float = CONFIDENCE) -> NetChange:
    r"""Share who moved up less share who moved down, (up - down) / n, from -1 to 1.

    The test of a net change d looks at S = up - down. Its distribution is that of a sum of n draws from
    {1, 0, -1} with probabilities that fit d and are as likely as can be otherwise (restricted maximum likelihood, as
    in Tango's score interval); it is computed exactly. The two-sided p is twice the smaller tail of S at d = 0, where
    it is the exact sign test if every pair changed. The limits are the d at which a tail is (1 - confidence) / 2.

    Parameters
    ----------
    up, same, down : numbers of pairs

    Returns
    -------
    NetChange; with no pair everything is None (``no_pairs``); ``all_unchanged`` where nobody moved, with p = 1

    References
    ----------
    Tango (1998) Stat Med 17:891; Lloyd (2008) Biometrics 64:1146 (estimated p values); Agresti (2010) Analysis of
    Ordinal Categorical Data, 8.1.

    Examples
    --------
    >>> found = net_change(9, 15, 0)
    >>> round(found.estimate.estimate, 3), round(found.estimate.lower, 3), round(found.p, 4)
    (0.375, 0.146, 0.0046)
    """
    quantile(confidence)
    up, same, down = whole_counts(up, same, down)
    n = up + same + down
    if n == 0:
        return NetChange(0, 0, Estimate(None, None, None, 0, METHOD, note="no_pairs"), None)
    lower, upper = _limit(up, same, down, confidence), -_limit(down, same, up, confidence)
    p = min(1.0, 2 * _tail(max(up, down), same, min(up, down), 0.0))
    if p >= 1 - confidence:  # p and limits are found apart: what lies at zero to the last digit is on one side
        lower, upper = min(lower, 0.0), max(upper, 0.0)
    note = "" if up or down else "all_unchanged"
    net = (up - down) / n
    return NetChange(n, up + down, Estimate(net, min(lower, net), max(upper, net), n, METHOD, note=note), p)


def irrelevant(up: int, same: int, down: int, margin: float) -> float | None:
    """p of "the net change is ``margin`` or more in size": small where every change that matters is ruled out.

    Two one-sided tests, each the exact one of `net_change` at its end of the margin; the larger p decides. It is below
    a level where, and only where, the interval at confidence 1 - 2 level lies within the margin.

    Parameters
    ----------
    up, same, down : numbers of pairs
    margin : the least net change that matters, as a share, above 0 and below 1

    Returns
    -------
    float; None with no pair

    References
    ----------
    Schuirmann (1987) J Pharmacokinet Biopharm 15:657; Liu et al. (2002) Stat Med 21:231.

    Examples
    --------
    >>> round(irrelevant(20, 160, 18, 0.1), 4), round(irrelevant(5, 30, 3, 0.1), 4)
    (0.0037, 0.3268)
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin must lie between 0 and 1, not {margin}")
    up, same, down = whole_counts(up, same, down)
    if up + same + down == 0:
        return None
    return max(_tail(up, same, down, -margin), _tail(down, same, up, -margin))


def decided(p: Sequence[float | None], method: str) -> list[float | None]:
    """The confidence at which each test of a family was decided, so that its interval says what adjusted p says.

    ``holm``: the i-th smallest p was held against level / (m - i + 1), and those after the first that failed against
    the same. ``bh``: with k rejected each was held against k level / m (Benjamini and Yekutieli's intervals for what
    was selected). An interval at that confidence leaves zero out where, and only where, the adjusted p is below level.

    Examples
    --------
    >>> [round(c, 4) for c in decided([0.001, 0.2, 0.02], "holm")]
    [0.9833, 0.975, 0.975]
    """
    tested = sorted((value, i) for i, value in enumerate(p) if value is not None)
    adjusted = [a for a in adjust([value for value, _ in tested], method) if a is not None]
    rejected, m = sum(a < LEVEL for a in adjusted), len(tested)
    result: list[float | None] = [None] * len(p)
    for rank, (_, i) in enumerate(tested):
        share = 1 / (m - min(rank, rejected)) if method == "holm" else max(rejected, 1) / m
        result[i] = 1 - LEVEL * share
    return result


def _limit(up: int, same: int, down: int, confidence: float) -> float:
    """The lower limit: where P(S >= observed) reaches half of what the confidence leaves."""
    half = (1 - confidence) / 2
    n = up + same + down
    if n > LARGEST:
        return _score_limit(up, down, n, half)
    if down == n:
        return -1.0

    def excess(d: float) -> float:
        return _tail(up, same, down, d) - half

    return float(scipy.optimize.brentq(excess, -1.0, (up - down) / n, xtol=1e-12, rtol=1e-12))


def _score_limit(up: int, down: int, n: int, half: float) -> float:
    def excess(d: float) -> float:
        return _normal_tail(up, down, n, d) - half

    return float(scipy.optimize.brentq(excess, -1.0, (up - down) / n, xtol=1e-12, rtol=1e-12))


def _tail(up: int, same: int, down: int, d: float) -> float:
    """P(S >= up - down) where the net change is d."""
    n = up + same + down
    if n > LARGEST:
        return _normal_tail(up, down, n, d)
    rise, fall = _restricted(up, down, n, d)
    return min(1.0, float(_distribution(n, rise, fall)[n + up - down :].sum()))  # a sum of all is 1 but for rounding


def _normal_tail(up: int, down: int, n: int, d: float) -> float:
    rise, fall = _restricted(up, down, n, d)
    variance = n * max(rise + fall - d * d, 0.0)
    gap = up - down - n * d
    return float(scipy.special.ndtr(-gap / math.sqrt(variance))) if variance > 0 else float(gap <= 0)


def _restricted(up: int, down: int, n: int, d: float) -> tuple[float, float]:
    """The likeliest probabilities of moving up and down whose difference is d."""
    middle = -up - down + (2 * n - up + down) * d
    root = math.sqrt(max(middle * middle + 8 * n * down * d * (1 - d), 0.0))
    fall = min(max((root - middle) / (4 * n), 0.0, -d), (1 - d) / 2)
    return min(fall + d, 1 - fall), fall


@lru_cache(maxsize=4096)
def _distribution(n: int, rise: float, fall: float) -> NDArray[np.float64]:
    """P(S = -n ... n) of n draws of 1, 0 and -1, by inverting the characteristic function."""
    size = 2 * n + 1
    back, forth = _turns(n)
    one = (1 - rise - fall) + rise * back + fall * forth
    density = np.fft.irfft(one**n, size)
    return np.maximum(np.concatenate((density[size - n :], density[: size - n])), 0.0)


@lru_cache(maxsize=64)
def _turns(n: int) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """The characteristic functions of -1 and of 1 where that of n draws is asked for."""
    size = 2 * n + 1
    angle = 2 * math.pi * np.arange(size // 2 + 1) / size
    return np.exp(-1j * angle), np.exp(1j * angle)
