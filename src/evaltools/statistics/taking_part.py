"""Assigned and took part: the effect of taking part, where not all who were assigned did.

The effect of assignment (intention to treat) is the plain difference between the arms. Divided by how many more took
part in the treated arm it is the effect of taking part on those who do so because they are assigned (compliers), if
assignment works through taking part only and keeps nobody from it. Moments are enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate

METHOD = "Wald ratio, Anderson-Rubin"


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm by its moments: persons, mean outcome, share who took part; variances and covariance (n - 1)."""

    n: int
    outcome: float
    took_part: float
    outcome_variance: float
    took_part_variance: float
    covariance: float


def complier_effect(treated: Arm, control: Arm, confidence: float = CONFIDENCE) -> Estimate:
    """Effect of taking part on those who take part because they are assigned, with an interval safe for low take-up.

    Difference in outcome over difference in take-up. The interval holds every effect b for which the arms do not
    differ in ``outcome - b took_part`` by Welch's statistic, its variance that of both arms at b (Anderson & Rubin;
    Fieller): it keeps its level however little assignment changes take-up, and is unbounded where that change is not
    clear itself. Then it has no limits and the note says so.

    Parameters
    ----------
    treated, control : moments of the two arms
    confidence : level of the interval

    Returns
    -------
    Estimate : in units of the outcome; estimate None with the note "too_few" (fewer than two persons in an arm) or
        "same_take_up" (no difference); interval None with the note "weak_take_up" where it is unbounded

    References
    ----------
    Anderson & Rubin (1949) Ann Math Stat 20:46; Fieller (1954) JRSS B 16:175; Angrist, Imbens & Rubin (1996) JASA
    91:444; Andrews, Stock & Sun (2019) Annu Rev Econ 11:727.

    Examples
    --------
    >>> half = Arm(100, 0.6, 0.5, 0.24, 0.25, 0.05)
    >>> none = Arm(100, 0.5, 0.0, 0.25, 0.0, 0.0)
    >>> found = complier_effect(half, none)
    >>> round(found.estimate, 2), round(found.lower, 2), round(found.upper, 2)
    (0.2, -0.08, 0.48)
    """
    n = treated.n + control.n
    if min(treated.n, control.n) < 2:
        return Estimate(None, None, None, n, METHOD, note="too_few")
    rise, uptake = treated.outcome - control.outcome, treated.took_part - control.took_part
    if uptake == 0:
        return Estimate(None, None, None, n, METHOD, note="same_take_up")
    outcome, took, both = (
        getattr(treated, name) / treated.n + getattr(control, name) / control.n
        for name in ("outcome_variance", "took_part_variance", "covariance")
    )
    reach = float(scipy.stats.t.isf((1 - confidence) / 2, n - 2)) ** 2
    limits = _roots(uptake**2 - reach * took, rise * uptake - reach * both, rise**2 - reach * outcome)
    if limits is None:
        return Estimate(rise / uptake, None, None, n, METHOD, note="weak_take_up")
    return Estimate(rise / uptake, *limits, n, METHOD)


def _roots(a: float, b: float, c: float) -> tuple[float, float] | None:
    """Between what ``a x² - 2 b x + c <= 0``; None where that is not an interval."""
    if a <= 0:
        return None
    half = math.sqrt(max(b * b - a * c, 0.0))
    return (b - half) / a, (b + half) / a
