"""What a paired change says of those who answered at the start only: weighted, worst and best case, tipping point.

Counts only, by answer at the start: how many gave it in all, and how many of those who answered again moved for the
better, stayed and moved for the worse. Weighting assumes that within an answer at the start those who answered
again stand for those who did not; the worst and best case assume nothing; the tipping point says how those who did not
answer would have to have changed for there to be no change at all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evaltools.statistics.net_change import net_change
from evaltools.statistics.types import CONFIDENCE, Estimate

FEWEST = 5  # answers of a cell; thinner ones are joined with the next
HEAVIEST = 5.0  # most that one answer may weigh against the mean weight
METHOD = "weighted net change, by the answer at the start"


@dataclass(frozen=True, slots=True)
class Start:
    """Those who gave one answer at the start: in all, and by how they moved if they answered again."""

    all: int
    better: int
    same: int
    worse: int
    can_improve: bool = True
    can_worsen: bool = True

    @property
    def again(self) -> int:
        return self.better + self.same + self.worse


@dataclass(frozen=True, slots=True)
class Weighted:
    """A weighted estimate, the effective number of answers (Kish), the smallest cell and the number of cells."""

    estimate: Estimate
    effective: float
    smallest: int
    cells: int


def weighted_net_change(starts: Sequence[Start], confidence: float | None = CONFIDENCE) -> Weighted:
    """Net change of all who answered at the start, those who answered again weighted by their answer there.

    ``starts`` in the order of the scale: cells of fewer than ``FEWEST`` answers are joined with the next ones, and
    weights are cut at ``HEAVIEST`` times their mean. The interval keeps the exact one's distances, widened for the
    weights by the root of answers over effective answers; there is none where ``confidence`` is None.

    Returns
    -------
    Weighted; estimate None with ``no_pairs`` where nobody answered again

    References
    ----------
    Kish (1965) Survey Sampling, 11.7; Little, Rubin (2019) Statistical Analysis with Missing Data, 3.3.

    Examples
    --------
    >>> found = weighted_net_change([Start(60, 10, 10, 0), Start(40, 10, 20, 10)])
    >>> round(found.estimate.estimate, 3), round(found.effective, 1)
    (0.3, 45.5)
    """
    cells = _joined(starts)
    n, everyone = sum(c.again for c in cells), sum(c.all for c in cells)
    if not n:
        return Weighted(Estimate(None, None, None, 0, METHOD, note="no_pairs"), 0.0, 0, 0)
    cap = HEAVIEST * everyone / n
    weight = [min(c.all / c.again, cap) for c in cells]
    total = sum(w * c.again for w, c in zip(weight, cells, strict=True))
    net = sum(w * (c.better - c.worse) for w, c in zip(weight, cells, strict=True)) / total
    effective = total**2 / sum(w * w * c.again for w, c in zip(weight, cells, strict=True))
    if confidence is None:
        point = Estimate(net, None, None, n, METHOD, note="too_few_groups")
        return Weighted(point, effective, min(c.again for c in cells), len(cells))
    moved = (sum(getattr(c, way) for c in cells) for way in ("better", "same", "worse"))
    up, same, down = moved
    unweighted = net_change(up, same, down, confidence).estimate
    wider = math.sqrt(n / effective)
    lower, upper = (net + (end - unweighted.estimate) * wider for end in (unweighted.lower, unweighted.upper))  # type: ignore[operator]
    estimate = Estimate(net, max(lower, -1.0), min(upper, 1.0), n, METHOD)
    return Weighted(estimate, effective, min(c.again for c in cells), len(cells))


def _joined(starts: Sequence[Start]) -> list[Start]:
    """Cells in order, thin ones joined with the next, a thin last one with the one before."""
    cells: list[Start] = []
    for start in starts:
        if cells and cells[-1].again < FEWEST:
            cells[-1] = _sum(cells[-1], start)
        elif start.all:
            cells.append(start)
    if len(cells) > 1 and cells[-1].again < FEWEST:
        cells[-2:] = [_sum(*cells[-2:])]
    return cells


def _sum(one: Start, other: Start) -> Start:
    return Start(*(getattr(one, f) + getattr(other, f) for f in ("all", "better", "same", "worse")))


def extremes(starts: Sequence[Start]) -> tuple[float, float] | None:
    """Net change of all who answered at the start if all who did not answer again got worse, or all better.

    Those whose answer was at an end of the scale cannot move beyond it. None where nobody answered at the start.

    >>> extremes([Start(10, 2, 3, 0, can_worsen=False), Start(10, 0, 5, 0, can_improve=False)])
    (-0.15, 0.35)
    """
    everyone = sum(s.all for s in starts)
    if not everyone:
        return None
    net = sum(s.better - s.worse for s in starts)
    worst = net - sum(s.all - s.again for s in starts if s.can_worsen)
    best = net + sum(s.all - s.again for s in starts if s.can_improve)
    return worst / everyone, best / everyone


def tipping_point(
    mean_change: float | None, answered: int, missing: int, room: tuple[float, float] = (math.inf, math.inf)
) -> float | None:
    """Mean change of those who did not answer again at which the mean change of all would be zero.

    ``room`` is how far their start answers let them fall and rise on average. None without a change, where nobody is
    missing, or where no change within that room would do.

    >>> tipping_point(0.42, 100, 50)
    -0.84
    >>> tipping_point(0.42, 100, 50, (0.8, 3.2))
    """
    if mean_change is None or not missing or not answered:
        return None
    needed = -mean_change * answered / missing
    return needed if -room[0] <= needed <= room[1] else None
