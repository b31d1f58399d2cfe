"""Cell suppression: counts stay exact, and so many are withheld that no small one can be worked out.

Withheld are the small counts themselves and, beside them, as few other cells as an integer programme finds needed: it
looks for another world, with the same published numbers, in which every small count is large. A reader cannot tell that
world from the true one, not even one who knows to be among the few.

References
----------
Fischetti & Salazar (2001), Solving the cell suppression problem on tabular data with linear constraints, Management
Science 47, 1008-1027 (attacker's programmes and complementary cells; here one world serves all small counts at once).
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np

from evaltools.counts.breakdowns import TOTAL
from evaltools.counts.roles import OUTCOMES, PLACEMENT_MEASURES
from evaltools.disclosure import audit
from evaltools.disclosure.cells import Cell

# of these nobody and everybody tell of each single person, so 0 and the whole are small, too
TELLING = (*OUTCOMES, *PLACEMENT_MEASURES)
# what it costs to withhold a count of everybody and one of a group, against one of two groups at once
OF_THE_WHOLE, OF_A_GROUP = 1000.0, 5.0
SECONDS = 40.0  # for the whole; what is not decided by then is withheld
ONE = 10.0  # for one programme


def withheld(known: audit.Release, truth: Mapping[Cell, int], k: int, seconds: float = SECONDS) -> set[Cell]:
    """The cells of a release to withhold.

    Parameters
    ----------
    known : what a reader would hold if every cell of ``truth`` were published, earlier releases included
    truth : counts by cell
    k : the least count that is not small
    seconds : for the whole search

    Returns
    -------
    set of Cell : small counts, and those without which these could be worked out. Where time runs out, the
        counts of every group. Where even that does not do, the gate finds it.
    """
    until = time.monotonic() + seconds
    targets = [target for target in known.targets if _is_small(known, target, truth, k)]
    hidden = {known.cells[cell] for cell, whole in targets if whole < 0}
    left = np.array(targets, dtype=int).reshape(-1, 2)
    home = np.array([truth.get(cell, np.nan) for cell in known.cells])
    together = len(left)
    while len(left):
        # as many at once as one world can make large; at last one by one those that no joint world could
        if time.monotonic() > until:
            return hidden | _all_but_the_whole(known, left, truth)
        tried = left[:together]
        world = _world(known, tried, home, hidden, k, until - time.monotonic())
        if world is not None:
            hidden |= {c for c, here, there in zip(known.cells, home, world, strict=True) if abs(here - there) > 1e-6}
        small = np.ones(len(left), dtype=bool) if world is None else audit.value(left, world) < k - 1e-6
        if small[:together].all():
            small[:1] = together > 1
            together = max(together // 2, 1)
        left = left[small]
    return hidden


def _all_but_the_whole(known: audit.Release, targets: np.ndarray, truth: Mapping[Cell, int]) -> set[Cell]:
    """What is withheld where no time is left: every count of a group, and those of the whole that targets are of."""
    named = {known.cells[place] for target in targets for place in target if place >= 0}
    return {cell for cell in truth if cell.by != TOTAL or cell in named}


def _is_small(known: audit.Release, target: tuple[int, int], truth: Mapping[Cell, int], k: int) -> bool:
    cell, whole = known.cells[target[0]], known.cells[target[1]] if target[1] >= 0 else None
    if cell not in truth or (whole is not None and whole not in truth):
        return False
    count = truth[cell] if whole is None else truth[whole] - truth[cell]
    return (0 if cell.measure in TELLING else 1) <= count < k


def _world(
    known: audit.Release, targets: np.ndarray, home: np.ndarray, hidden: set[Cell], k: int, seconds: float
) -> np.ndarray | None:
    """Counts that fit all that is known, with as many targets large as can be, and the fewest others changed.

    Fractions will do: whether whole counts do, the gate tries.
    """
    low, high = known.bounds
    # a group that is listed has somebody in it
    own = np.isfinite(home)
    free_low, free_high = np.where(own, np.minimum(np.nan_to_num(home), 1.0), low), np.where(own, home + 4 * k, high)
    price = np.where(own, 1.0 + np.log1p(np.nan_to_num(home)), 0.0)
    price *= np.array([_price(cell) for cell in known.cells])
    price[[cell in hidden for cell in known.cells]] = 0.0
    within = min(seconds, ONE)
    return audit.large(known, targets, k, (free_low, free_high), within, home=home, price=price, whole=False)


def _price(cell: Cell) -> float:
    if cell.by2:
        return 1.0
    return OF_THE_WHOLE if cell.by == TOTAL else OF_A_GROUP
