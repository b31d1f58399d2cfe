"""What a next round of asking can promise, from how many answered this time and how many changed.

What is not known, a share, has the beta distribution that its count and half an answer of either kind (Jeffreys) leave
it; what it will come to among the next n is beta-binomial. A promise holds with its ``assurance`` over both.
"""

from __future__ import annotations

import bisect
import math

import numpy as np
import scipy
from numpy.typing import NDArray

from evaltools.statistics import net_change
from evaltools.statistics.power import ALPHA, POWER, pairs_needed

ASSURANCE = 0.9
STEPS = 40  # quantiles over which a power is averaged
MOST = 10**6  # persons above which no plan goes


def pairs_to_find(change: float, moved: int, n: int, power: float = POWER, alpha: float = ALPHA) -> int:
    """Pairs at which a net change is found with the given power, on average over what the share who change may be.

    The mean over the share q, D at least, of McNemar's power ``Phi((D sqrt(N) - z sqrt(q)) / sqrt(q - D²))``, z the
    quantile of 1 - alpha/2; a share that is known for sure gives `power.pairs_needed`.

    Parameters
    ----------
    change : net change D that is to be found, in (0, 1)
    moved, n : pairs that changed either way so far, of how many
    power, alpha : wanted power and level of the two-sided test

    Raises
    ------
    ValueError : a change or counts that cannot be

    References
    ----------
    Connor (1987) Biometrics 43:207; O'Hagan, Stevens & Campbell (2005) Pharm Stat 4:187 (assurance).

    Examples
    --------
    >>> pairs_to_find(0.1, 500_000, 1_000_000), pairs_to_find(0.1, 20, 40)
    (391, 389)
    """
    if not 0 <= moved <= n:
        raise ValueError(f"{moved} of {n} pairs cannot have changed")
    places = (np.arange(STEPS) + 0.5) / STEPS
    shares = np.maximum(scipy.special.betaincinv(moved + 0.5, n - moved + 0.5, places), change)
    spread = np.sqrt(np.maximum(shares - change**2, 1e-12))
    critical = float(scipy.special.ndtri(1 - alpha / 2)) * np.sqrt(shares)

    def found(pairs: int) -> bool:
        return bool(scipy.special.ndtr((change * math.sqrt(pairs) - critical) / spread).mean() >= power)

    most = 2 * pairs_needed(change, 1.0, power, alpha)
    return bisect.bisect_left(range(1, most), True, key=found) + 1


def invitations(wanted: int, answered: int, asked: int, assurance: float = ASSURANCE) -> int | None:
    """How many to ask so that at least so many answer, with the given assurance; None where that is above ``MOST``.

    Parameters
    ----------
    wanted : answers
    answered, asked : of this time

    Examples
    --------
    >>> invitations(100, 200, 400), invitations(0, 200, 400), invitations(100, 0, 10_000) is None
    (223, 0, True)
    """
    if not 0 <= answered <= asked:
        raise ValueError(f"{answered} of {asked} cannot have answered")
    if wanted <= 0:
        return 0

    def enough(n: int) -> bool:
        return bool(_chances(n, answered, asked)[:wanted].sum() <= 1 - assurance)

    high = wanted
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    return bisect.bisect_left(range(high), True, key=enough)


def width(pairs: int, moved: int, n: int, assurance: float = ASSURANCE) -> float | None:
    """How wide the interval of a net change will be at most, with the given assurance: that of as many changed pairs as
    there are likely to be at most, half of them up and half down, which makes it widest.

    Parameters
    ----------
    pairs : that there will be
    moved, n : pairs that changed so far, of how many

    Returns
    -------
    float, None without pairs

    Examples
    --------
    >>> round(width(400, 50, 100), 3), width(0, 50, 100)
    (0.15, None)
    """
    if pairs < 1:
        return None
    most = int(np.searchsorted(_chances(pairs, moved, n).cumsum(), assurance))
    found = net_change.net_change(most - most // 2, pairs - most, most // 2).estimate
    return None if found.lower is None or found.upper is None else float(found.upper - found.lower)


def answers_to_decide(
    target: float, count: int, answered: int, silent: int, asked: int, assurance: float = ASSURANCE
) -> int | None:
    """How many of those asked next time must answer for the bounds to decide a target, with the given assurance.

    The bounds decide where the rate of all who were ever asked reaches the target whatever the silent are, or misses it
    whatever they are. Those who answer next time are taken to be as those who did; of the silent nothing is assumed.

    Parameters
    ----------
    target : rate, above 0, at most 1
    count, answered, silent : who counts of those who answered so far, and who did not answer
    asked : next time

    Returns
    -------
    int, None where not even answers of all are enough

    References
    ----------
    Manski (1989) J Hum Resour 24:343.

    Examples
    --------
    >>> answers_to_decide(0.5, 140, 200, 0, 100), answers_to_decide(0.7, 140, 200, 100, 50) is None
    (18, True)
    """
    if not 0 <= count <= answered or silent < 0 or not 0 < target <= 1:
        raise ValueError(f"{count} of {answered} cannot be, or {silent} silent, or a target of {target}")
    needed = math.ceil(target * (answered + silent + asked) - 1e-9) - count
    for k in range(asked + 1):
        chances = _chances(k, count, answered)
        reached, missed = chances[max(needed, 0) :], chances[: max(needed - silent - (asked - k), 0)]
        if reached.sum() + missed.sum() >= assurance:
            return k
    return None


def _chances(n: int, count: int, of: int) -> NDArray[np.float64]:
    """The probabilities of 0 to n among the next n: beta-binomial, from a count of so many."""
    k = np.arange(n + 1)
    a, b = count + 0.5, of - count + 0.5
    ways = scipy.special.gammaln(n + 1) - scipy.special.gammaln(k + 1) - scipy.special.gammaln(n - k + 1)
    chances: NDArray[np.float64] = np.exp(ways + scipy.special.betaln(k + a, n - k + b) - scipy.special.betaln(a, b))
    return chances
