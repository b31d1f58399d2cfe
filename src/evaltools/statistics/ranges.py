"""What a number can be where its counts are known only to lie in a range: nothing here sees the counts themselves.

A published count that was rounded stands for every whole number near it. A rate, an interval, a bound or a verdict made
of such counts must hold for all of them: ranges are widened to the least and the greatest value that any of the counts
gives, and intervals to the union of the intervals of all. A union contains the interval of the true counts, so it
covers at least as often, and a verdict that holds for it cannot contradict the verdict of the true counts.

References: Moore (1966) Interval Analysis, for corners; Clopper & Pearson (1934) Biometrika 26:404; Manski (1989) J Hum
Resour 24:343.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from evaltools.statistics.proportions import Limits, clopper_pearson
from evaltools.statistics.types import CONFIDENCE, Estimate

DIGITS = 12  # what is rounded outward is first freed of noise in the last digits


class Exactly(int):
    """A published count that is the true one, beside others that are rounded."""


@dataclass(frozen=True, slots=True)
class Span:
    """The whole numbers that a count can be, both ends among them; ValueError unless 0 <= low <= high."""

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.high:
            raise ValueError(f"a count cannot lie between {self.low} and {self.high}")

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def __contains__(self, count: int) -> bool:
        return self.low <= count <= self.high


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an estimate can have, the union of its intervals, and the method; None where undefined."""

    low: float | None
    high: float | None
    lower: float | None
    upper: float | None
    method: str

    @property
    def width(self) -> float:
        return math.inf if self.low is None or self.high is None else self.high - self.low


def around(published: int, within: int) -> Span:
    """Counts no further than ``within`` from a published one.

    >>> around(5, 4), around(40, 0)
    (Span(low=1, high=9), Span(low=40, high=40))
    """
    return Span(max(published - within, 0), published + within)


def rest(whole: Span, part: Span) -> Span:
    """What a part leaves of its whole.

    >>> rest(Span(36, 44), Span(31, 39))
    Span(low=0, high=13)
    """
    return Span(max(whole.low - part.high, 0), max(whole.high - part.low, 0))


def rate(x: Span, n: Span, confidence: float = CONFIDENCE) -> Range:
    """``x`` of ``n`` persons: the least and greatest rate, and the union of the Clopper-Pearson intervals.

    Both limits rise with x and, at a given x, fall with n; so the corners hold the extremes.

    >>> rate(Span(60, 60), Span(100, 100)).low, round(rate(Span(56, 64), Span(96, 104)).low, 3)
    (0.6, 0.538)
    """
    if n.high == 0:
        return Range(None, None, 0.0, 1.0, "Clopper-Pearson")
    least, lower = x.low / n.high, clopper_pearson(x.low, n.high, confidence).lower
    if x.high < n.low:
        return Range(least, x.high / n.low, lower, clopper_pearson(x.high, n.low, confidence).upper, "Clopper-Pearson")
    return Range(least, 1.0, lower, 1.0, "Clopper-Pearson")


def bounds(x: Span, answered: Span, invited: Span) -> Limits:
    """Worst and best case over those who did not answer, whatever the counts are.

    >>> bounds(Span(10, 10), Span(20, 20), Span(40, 40))
    (0.25, 0.75)
    """
    if invited.high == 0:
        return 0.0, 1.0
    failed = rest(answered, x)
    worst = x.low / max(invited.high, x.low)
    best = 1 - failed.low / max(invited.high, failed.low, 1)
    return worst, best


def over(function: Callable[..., Estimate], *spans: Span) -> Range:
    """A function of counts over all that these can be: exact where it is monotone in each count.

    Parameters
    ----------
    function : takes one count for each span; returns an Estimate, or raises ValueError for counts that cannot be
        together (a part larger than its whole), which are left out
    spans : the counts

    Returns
    -------
    Range : of the estimate and of its limits over the corners; None where one is undefined at any corner
    """
    found = []
    for corner in product(*(dict.fromkeys((s.low, s.high)) for s in spans)):
        try:
            found.append(function(*corner))
        except ValueError:
            continue
    if not found:
        return Range(None, None, None, None, "")
    estimates = [each.estimate for each in found]
    lower, upper = _extreme(min, [each.lower for each in found]), _extreme(max, [each.upper for each in found])
    return Range(_extreme(min, estimates), _extreme(max, estimates), lower, upper, found[0].method)


def _extreme(end: Callable[[list[float]], float], values: Sequence[float | None]) -> float | None:
    """The least or the greatest of the values; None where one is undefined."""
    defined = [value for value in values if value is not None and math.isfinite(value)]
    return end(defined) if len(defined) == len(values) else None


def outward(lower: float, upper: float, step: float = 0.01) -> Limits:
    """Limits moved outward to multiples of a step, so that what is printed still holds what is meant.

    >>> outward(0.6312, 0.68)
    (0.63, 0.68)
    """
    low, high = math.floor(round(lower / step, DIGITS)), math.ceil(round(upper / step, DIGITS))
    return round(low * step, DIGITS), round(high * step, DIGITS)


def met(low: float | None, high: float | None, target: float) -> bool | None:
    """Whether a target is met whatever the counts are; None where that cannot be told.

    >>> met(499, 507, 500), met(500, 500, 500), met(480, 488, 500)
    (None, True, False)
    """
    if low is None or high is None:
        return None
    return True if low >= target else False if high < target else None
