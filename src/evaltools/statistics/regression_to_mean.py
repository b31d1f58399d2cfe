"""How near the ends of a scale a mean stands, and what regression to the mean may then pass for a change."""

from __future__ import annotations

from dataclasses import dataclass

NEAR_END = 0.2  # share of a scale's range that counts as near its end


@dataclass(frozen=True, slots=True)
class RegressionToMean:
    """Whether a change may be no more than regression to the mean.

    ``expected_shift`` is the change of the mean (post - pre) to expect with no real change; None where the
    correlation is unknown. ``near`` is "low", "high" or "" for the end of the scale the start mean lies near; ``note``
    is "regression_to_mean" where a caution should be printed.
    """

    expected_shift: float | None
    near: str
    note: str


def regression_to_mean(
    mean_pre: float | None,
    sd_pre: float | None,
    low: float,
    high: float,
    correlation: float | None = None,
    reference: float | None = None,
) -> RegressionToMean:
    """Shift to expect from regression to the mean, and a caution where the start mean lies near an end.

    ``expected_shift = (1 - correlation) (reference - mean_pre)``: what a group that starts away from the mean of the
    population it comes from moves back by. The rule of caution: the start mean lies within a fifth of the scale's
    range of an end, or nearer to it than one standard deviation, so that answers can move little but one way.

    Parameters
    ----------
    mean_pre, sd_pre : mean and standard deviation at the start; None where nobody answered
    low, high : ends of the scale
    correlation : reliability, or pre-post correlation without a project; taken as between 0 and 1
    reference : mean of the population; the middle of the scale if not given, which is a guess and to be called so

    Returns
    -------
    RegressionToMean

    Raises
    ------
    ValueError : ends in the wrong order, mean outside them, or negative sd

    References
    ----------
    Davis (1976) Am J Epidemiol 104:493; Barnett, van der Pols & Dobson (2005) Int J Epidemiol 34:215.

    Examples
    --------
    >>> regression_to_mean(4.5, 0.6, 1, 5, correlation=0.8)
    RegressionToMean(expected_shift=-0.29999999999999993, near='high', note='regression_to_mean')
    """
    if low >= high or (sd_pre is not None and sd_pre < 0):
        raise ValueError(f"low must be below high and sd not negative, got {low}, {high} and {sd_pre}")
    if mean_pre is None:
        return RegressionToMean(None, "", "nobody_answered")
    if not low <= mean_pre <= high:
        raise ValueError(f"mean {mean_pre} lies outside the scale {low} to {high}")
    middle = (low + high) / 2
    margin = max(NEAR_END * (high - low), sd_pre or 0.0)
    distance = min(mean_pre - low, high - mean_pre)
    near = "" if distance >= margin or mean_pre == middle else ("low" if mean_pre < middle else "high")
    shift = None
    if correlation is not None:
        target = middle if reference is None else reference
        shift = (1 - min(max(correlation, 0.0), 1.0)) * (target - mean_pre)
    return RegressionToMean(shift, near, "regression_to_mean" if near else "")
