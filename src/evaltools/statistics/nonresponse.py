"""What the rates say about those who did not answer: bounds, weighted rates and attrition.

Counts only: ``invited`` persons, of whom ``answered`` answered, of whom ``x`` succeeded. Bounds assume nothing
about the silent; weighting assumes that within a cell (or given the margins) those who answered stand for those
who did not.

Notes: ``nobody_answered``; ``cells_without_answers`` (cells nobody answered from were merged into the rest);
``wilson_effective`` (the linearised variance is 0, so the interval is Wilson's at the effective number of answers);
``wilson_at_end`` (the same for Imbens-Manski, at the number invited); ``no_variation``; ``one_category``;
``small_expected`` (a chi-square approximation on small counts).
"""

from __future__ import annotations

import math

import scipy

from evaltools.statistics.proportions import clopper_pearson, critical, wilson_limits
from evaltools.statistics.types import CONFIDENCE, Estimate
from evaltools.statistics.weighting import checked_answers


def manski(x: int, answered: int, invited: int) -> Estimate:
    """Worst- and best-case bounds of a rate: every silent person failed, or every one succeeded.

    ``[x / invited, (x + invited - answered) / invited]``; the estimate is the rate among those who answered. The
    bounds hold the rate of the invited for certain; they carry no sampling error.

    Parameters: ``x`` of ``answered`` persons, of ``invited``. Returns: n is ``answered``. Nobody answered: estimate
    None, bounds (0, 1). Raises: ValueError unless 0 <= x <= answered <= invited.
    Reference: Manski (1989) J Hum Resour 24:343.

    >>> manski(151, 255, 500).upper
    0.792
    """
    x, answered, invited = checked_answers(x, answered, invited)
    lower, upper = _bounds(x, answered, invited)
    rate, note = _complete_case(x, answered)
    return Estimate(rate, lower, upper, answered, "Manski bounds", note=note)


def imbens_manski(x: int, answered: int, invited: int, confidence: float = CONFIDENCE) -> Estimate:
    """Imbens-Manski interval: covers the rate itself, wherever between its bounds, at the given confidence.

    ``[l - C s_l / sqrt(N), u + C s_u / sqrt(N)]`` with l and u the Manski bounds, N the number invited,
    ``s^2 = b (1 - b)`` at each bound and C the root of ``Phi(C + sqrt(N) (u - l) / max(s_l, s_u)) - Phi(-C) =
    confidence``; kept in [0, 1]. When everybody answered alike the standard errors are 0 and the interval is Wilson's.
    The normal limits undercover near 0 and 1 and at few invited (88 % at 10, 92 % at 500 for a rate of 97 %): show
    `worst_to_best` in a report.

    Parameters, returns and errors as in `manski`. Reference: Imbens & Manski (2004) Econometrica 72:1845, eq. 6-7.

    >>> round(imbens_manski(151, 255, 500).lower, 4)
    0.2682
    """
    x, answered, invited = checked_answers(x, answered, invited)
    critical(confidence)
    rate, note = _complete_case(x, answered)
    label = "Imbens-Manski"
    if answered == 0:
        return Estimate(rate, 0.0, 1.0, answered, label, note=note)
    low, high = _bounds(x, answered, invited)
    se_low, se_high = (math.sqrt(b * (1 - b) / invited) for b in (low, high))
    if low == high and low in (0, 1):
        ends = wilson_limits(x, invited, critical(confidence))
        return Estimate(rate, *ends, answered, label, note="wilson_at_end")
    c = _imbens_manski_critical(high - low, max(se_low, se_high), confidence)
    return Estimate(rate, max(low - c * se_low, 0.0), min(high + c * se_high, 1.0), answered, label, note=note)


def worst_to_best(x: int, answered: int, invited: int, confidence: float = CONFIDENCE) -> Estimate:
    """Envelope: from the lower Clopper-Pearson limit of the worst case to the upper limit of the best case.

    Both cases are rates among all the invited. Parameters, returns and errors as in `manski`.
    References: Manski (1989) J Hum Resour 24:343; Clopper & Pearson (1934) Biometrika 26:404.

    >>> round(worst_to_best(151, 255, 500).lower, 4)
    0.2623
    """
    x, answered, invited = checked_answers(x, answered, invited)
    rate, note = _complete_case(x, answered)
    lower = clopper_pearson(x, invited, confidence).lower
    upper = clopper_pearson(x + invited - answered, invited, confidence).upper
    return Estimate(rate, lower, upper, answered, "worst-to-best envelope", note=note)


def _bounds(x: int, answered: int, invited: int) -> tuple[float, float]:
    return (0.0, 1.0) if invited == 0 else (x / invited, (x + invited - answered) / invited)


def _complete_case(x: int, answered: int) -> tuple[float | None, str]:
    return (None, "nobody_answered") if answered == 0 else (x / answered, "")


def _imbens_manski_critical(width: float, largest_se: float, confidence: float) -> float:
    ratio = width / largest_se
    low, high = (
        float(scipy.special.ndtri(confidence)) - 1,
        critical(confidence) + 1,
    )  # the limits for ratio = infinity and 0
    return float(
        scipy.optimize.brentq(
            lambda c: scipy.special.ndtr(c + ratio) - scipy.special.ndtr(-c) - confidence, low, high, xtol=1e-14
        )
    )
