"""How a cumulative number changed since the term before: through new persons, changed answers, and answers that went.

Reports are cumulative, so the later term holds the persons of the earlier one. What moved is taken apart:
the new persons move a rate by their share times the difference of the new and the old, which are independent;
answers that changed move it in the same persons; answers withdrawn move it as new ones do. The intervals of the parts
are joined by the method of variance estimates recovery (Zou and Donner 2008, Stat Med 27:1693).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from evaltools.statistics.net_change import net_change
from evaltools.statistics.proportions import clopper_pearson
from evaltools.statistics.types import Estimate

METHOD = "change over terms, recovered variances"
Part = tuple[float, float, float]  # what a part moved the number by, and its limits


@dataclass(frozen=True, slots=True)
class RateChange:
    """Counts behind a change of a rate between two cumulative terms.

    ``kept`` answered in both terms, ``kept_x`` of them yes in the later one; ``rose`` changed from no to yes and
    ``fell`` from yes to no. ``new`` answered in the later term only, ``gone`` in the earlier only, of them yes ``_x``.
    """

    kept: int
    kept_x: int
    rose: int
    fell: int
    new: int
    new_x: int
    gone: int = 0
    gone_x: int = 0

    @property
    def before(self) -> tuple[int, int]:
        """Yes, and answers, of the earlier term."""
        return self.kept_x - self.rose + self.fell + self.gone_x, self.kept + self.gone

    @property
    def now(self) -> tuple[int, int]:
        return self.kept_x + self.new_x, self.kept + self.new


def rate_change(counts: RateChange) -> Estimate:
    """Rate of the later term less that of the earlier, with its interval.

    Returns
    -------
    Estimate of n = answers of the later term; None with ``nobody_answered`` where a term has none; without interval
    and with ``nothing_new`` where the same persons gave the same answers

    Examples
    --------
    >>> found = rate_change(RateChange(kept=160, kept_x=8, rose=0, fell=0, new=40, new_x=20))
    >>> round(found.estimate, 3), round(found.lower, 3), round(found.upper, 3)
    (0.09, 0.056, 0.123)
    """
    (x0, n0), (x1, n1) = counts.before, counts.now
    if not n0 or not n1:
        return Estimate(None, None, None, n1, METHOD, note="nobody_answered")
    moved = x1 / n1 - x0 / n0
    if not (counts.new or counts.gone or counts.rose or counts.fell):
        return Estimate(moved, None, None, n1, METHOD, note="nothing_new")
    if not counts.kept:
        return _joined(moved, _difference_parts(1.0, (x1, n1), (x0, n0)), n1)
    parts: list[Part] = []
    if counts.new:
        parts += _difference_parts(counts.new / n1, (counts.new_x, counts.new), (counts.kept_x, counts.kept))
    if counts.rose or counts.fell:
        same = counts.kept - counts.rose - counts.fell
        parts.append(_scaled(1.0, net_change(counts.rose, same, counts.fell).estimate))
    if counts.gone:
        was = counts.kept_x - counts.rose + counts.fell
        parts += _difference_parts(counts.gone / n0, (was, counts.kept), (counts.gone_x, counts.gone))
    return _joined(moved, parts, n1)


def net_change_over_terms(old: tuple[int, int, int], new: tuple[int, int, int]) -> Estimate:
    """Change of a cumulative net change: of the earlier pairs and the new ones, each as (better, same, worse).

    Examples
    --------
    >>> round(net_change_over_terms((30, 20, 10), (2, 10, 8)).estimate, 4)
    -0.1583
    """
    before, added, n = net_change(*old), net_change(*new), sum(old) + sum(new)
    if before.p is None:
        return Estimate(None, None, None, n, METHOD, note="nobody_answered")
    if added.p is None:
        return Estimate(0.0, None, None, n, METHOD, note="nothing_new")
    share = added.n / n
    first, second = (_scaled(share, each.estimate) for each in (added, before))
    return _joined(first[0] - second[0], [first, (-second[0], -second[2], -second[1])], n)


def _difference_parts(share: float, one: tuple[int, int], other: tuple[int, int]) -> list[Part]:
    """A share of the difference of two rates, as two parts with exact limits: few new persons leave Wilson's short."""
    first, second = (_scaled(share, clopper_pearson(*each)) for each in (one, other))
    return [first, (-second[0], -second[2], -second[1])]


def _scaled(share: float, estimate: Estimate) -> Part:
    ends = (estimate.estimate, estimate.lower, estimate.upper)
    return tuple(share * end for end in ends)  # type: ignore[operator, return-value]


def _joined(moved: float, parts: list[Part], n: int) -> Estimate:
    """The sum of independent parts: distances to their limits are added as squares."""
    down = math.sqrt(sum((value - lower) ** 2 for value, lower, _ in parts))
    up = math.sqrt(sum((upper - value) ** 2 for value, _, upper in parts))
    return Estimate(moved, moved - down, moved + up, n, METHOD)
