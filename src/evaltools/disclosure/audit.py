"""An attacker on what is published: can a small count of persons be worked out?

The attacker knows every published number, how far from the truth it can be, that counts are whole and not negative,
and every relation between them, in this release and in all before it. Each count of persons, and each rest that a
published part leaves of its whole, is bounded; the attack succeeds where one must lie in ``1 .. k - 1``.

A count is safe as soon as one set of counts is found that fits all that is known and puts it elsewhere: a world. So
first the published numbers themselves are tried as such a set, then narrowing of bounds, then integer programmes. The
worlds prove what was found: whoever has them can check it by adding up (``proves``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import scipy

from evaltools.disclosure import solver
from evaltools.disclosure.cells import Cell, Relation, Rows, rows_of

SECONDS = 180.0
PASSES = 50  # of the narrowing of bounds; it stops earlier where nothing changes
EPSILON = 1e-6
# to which side targets are pushed, one world after the other, and within how many relations of them cells may move
WAYS = (("up", 2), ("down", 2), ("up", 3), ("down", 3), ("up", 0), ("down", 0))
LONGEST = 30.0  # seconds for one world
NEAR = 0.01  # what it costs that a count is away from where it could be, against a target that stays small
MISSED = 1000.0  # what it costs that a target stays small, against changing other cells


class Finding(NamedTuple):
    """What an attack found about one cell, or about the rest of a whole without it (``whole`` is then given).

    ``kind`` is ``exact`` (the count is known), ``within`` (known to be small, perhaps exactly), ``timeout`` (not
    decided in time) or ``contradiction`` (no counts at all fit what is published).
    """

    kind: str
    cell: Cell | None = None
    whole: Cell | None = None


class Tried(NamedTuple):
    """What an attack found, and worlds that fit all that is known and show that nothing else can be worked out."""

    findings: list[Finding]
    worlds: list[np.ndarray]


Tell = Callable[[int, int], None]  # how many counts and rests are known to be safe, of how many


@dataclass(frozen=True)
class Release:
    """What an attacker holds: cells with the published value (None where withheld), and what holds between the cells.

    ``within`` is how far a true count may be from the published one, for all cells or by cell. A cell that stands
    only in a relation is known to exist and nothing else.
    """

    published: Mapping[Cell, int | None]
    relations: Sequence[Relation]
    within: int | Mapping[Cell, int]
    exact: Mapping[Cell, int] = field(default_factory=dict)  # what was printed as it is, beside the published value

    @cached_property
    def cells(self) -> list[Cell]:
        named = dict.fromkeys(self.published) | dict.fromkeys(c for r in self.relations for c, _ in r.parts)
        return list(named)

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the greatest true count of each cell by its own published value."""
        by_cell = self.within if isinstance(self.within, Mapping) else dict.fromkeys(self.cells, self.within)
        within = np.array([by_cell.get(cell, 0) for cell in self.cells], dtype=float)
        least = np.maximum(np.nan_to_num(self.values - within, nan=0.0), 0.0)
        most = np.nan_to_num(self.values + within, nan=np.inf)
        exact = np.array([self.exact.get(cell, np.nan) for cell in self.cells], dtype=float)
        return np.where(np.isfinite(exact), exact, least), np.where(np.isfinite(exact), exact, most)

    @cached_property
    def values(self) -> np.ndarray:
        """Published values by cell; NaN where there is none."""
        values = (self.published.get(cell) for cell in self.cells)
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    @cached_property
    def rows(self) -> Rows:
        return rows_of(self.cells, self.relations)

    @cached_property
    def targets(self) -> list[tuple[int, int]]:
        """Places of what is attacked: (cell, -1), or (cell, whole) for what the cell leaves of that whole."""
        place = {cell: i for i, cell in enumerate(self.cells)}
        single = [(place[cell], -1) for cell in self.published]
        rests = {
            (place[cell], place[whole])
            for relation in self.relations
            for whole, one in relation.parts
            for cell, other in relation.parts
            if one == 1 and other == -1 and sum(f == 1 for _, f in relation.parts) == 1
            if cell in self.published and whole in self.published
        }
        return single + sorted(rests)


def attack(
    release: Release, k: int, seconds: float = SECONDS, truth: Mapping[Cell, int] | None = None
) -> list[Finding]:
    """What can be worked out: counts and rests that must lie in ``1 .. k - 1``.

    Parameters
    ----------
    release : what is published
    k : the least count that is not small; with 1 or less nothing is
    seconds : time for the whole attack; what is not decided by then is a finding
    truth : counts that the attacker does not know but that show, since they fit, what need not be tried

    Returns
    -------
    list of Finding : empty where the attack fails

    Examples
    --------
    >>> whole, part, rest = Cell("persons"), *(Cell("persons", by="gender", group=g) for g in "fm")
    >>> adds_up = Relation(((whole, 1), (part, -1), (rest, -1)), True)
    >>> [(found.kind, found.cell.by) for found in attack(Release({whole: 5, part: 0, rest: 0}, [adds_up], 2), k=5)][:1]
    [('within', 'total')]
    """
    return tried(release, k, seconds, truth).findings


class _Open:
    """The counts and rests that no world has yet shown to be safe, and the worlds that have shown it of others."""

    def __init__(self, release: Release, k: int, tell: Tell):
        self.release, self.k, self._tell = release, k, tell
        self.targets = np.array(release.targets, dtype=int).reshape(-1, 2)
        self.worlds: list[np.ndarray] = []
        self._all = len(self.targets)

    def strike(self, world: np.ndarray) -> bool:
        """Strike off what a world shows to be safe; whether it was any. A world that does not fit shows nothing."""
        small = _small(self.targets, world, self.k)
        if small.all() or not fits(self.release, world):
            return False
        self.worlds.append(world)
        self.targets = self.targets[small]
        self._tell(self._all - len(self.targets), self._all)
        return True


def tried(
    release: Release,
    k: int,
    seconds: float = SECONDS,
    truth: Mapping[Cell, int] | None = None,
    known: Sequence[np.ndarray] = (),
    tell: Tell = lambda done, of: None,
) -> Tried:
    """As `attack`, with the worlds that prove it. ``known`` are worlds of an earlier attempt, which come first."""
    until = time.monotonic() + seconds
    left = _Open(release, k, tell)
    for world in known:
        left.strike(world)
    if known and not len(left.targets):
        return Tried([], left.worlds)
    found = worlds(release, k, until, left.strike) if release.exact else []
    if not found:
        point = _point(release, truth or {}, until)
        if isinstance(point, str):
            return Tried([Finding(point)], [])
        left.strike(point)
    while None in release.published.values() and len(left.targets):
        grown = large(release, left.targets, k, release.bounds, until - time.monotonic())
        if grown is None or not left.strike(grown):
            break
    findings = []
    bounds = narrowed(release) if len(left.targets) else release.bounds
    while len(left.targets):
        target = left.targets[0]
        kind, points = _decide(release, target, bounds, k, until)
        for other in points:
            left.strike(other)
        if len(left.targets) and (left.targets[0] == target).all():
            cell, whole = (release.cells[i] if i >= 0 else None for i in target)
            findings.append(Finding(kind or "timeout", cell, whole))
            left.targets = left.targets[1:]
    return Tried(findings, left.worlds)


def proves(release: Release, worlds: Sequence[np.ndarray], k: int) -> bool:
    """Whether these worlds all fit what is known and between them put every count and rest outside ``1 .. k - 1``.

    Nothing is searched for: this is adding up.
    """
    left = np.array(release.targets, dtype=int).reshape(-1, 2)
    for world in worlds:
        if not fits(release, world):
            return False
        left = left[_small(left, world, k)]
    return not len(left)


def fits(release: Release, world: np.ndarray) -> bool:
    """Whether whole counts lie where the published ones let them and keep every relation."""
    low, high = release.bounds
    if len(world) != len(low) or not (np.round(world) == world).all():
        return False
    return bool((world >= low).all() and (world <= high).all()) and _fits(release.rows, world)


def bounds(release: Release, cell: Cell, seconds: float = SECONDS) -> tuple[int | None, int | None]:
    """The least and the greatest count a cell can have, by integer programmes alone; None where time ran out."""
    until = time.monotonic() + seconds
    cost = np.zeros(len(release.cells))
    place = release.cells.index(cell)
    ends = []
    for sign in (1.0, -1.0):
        cost[place] = sign
        status, point = _optimum(release.rows, cost, release.bounds, until)
        ends.append(round(point[place]) if status == 0 and point is not None else None)
    return ends[0], ends[1]


def attacked(release: Release) -> int:
    """How many counts and rests an attack tries."""
    return len(release.targets)


def value(targets: np.ndarray, point: np.ndarray) -> np.ndarray:
    """What targets (rows of cell, whole or -1) are at a point: the cell, or the whole less the cell."""
    cell, whole = targets[..., 0], targets[..., 1]
    values: np.ndarray = np.where(whole >= 0, point[whole] - point[cell], point[cell])
    return values


def _small(targets: np.ndarray, point: np.ndarray, k: int) -> np.ndarray:
    count = np.round(value(targets, point))
    small: np.ndarray = (count >= 1) & (count <= k - 1)
    return small


def _point(release: Release, truth: Mapping[Cell, int], until: float) -> np.ndarray | str:
    """Counts that fit all that is known, the published ones where they do; what went wrong where there are none."""
    known: np.ndarray = np.nan_to_num(release.values, nan=0.0)
    if np.isfinite(release.values).all() and not release.exact and _fits(release.rows, known):
        return known
    low, high = release.bounds
    tries = [_kept(release, values) for values in (truth, release.published) if values] + [(low, high)]
    for bounds in tries:
        status, point = _optimum(release.rows, np.zeros(len(low)), bounds, until)
        if point is not None:
            return point
    return "timeout" if status == 1 else "contradiction"


def _kept(release: Release, values: Mapping[Cell, int | None]) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that hold cells at these values, where these may be."""
    low, high = release.bounds
    given = (values.get(cell) for cell in release.cells)
    at = np.array([np.nan if value is None else value for value in given], dtype=float)
    kept = np.isfinite(at) & (at >= low) & (at <= high)
    return np.where(kept, at, low), np.where(kept, at, high)


def large(
    release: Release,
    targets: np.ndarray,
    k: int,
    bounds: tuple[np.ndarray, np.ndarray],
    seconds: float,
    *,
    home: np.ndarray | None = None,
    price: np.ndarray | None = None,
    whole: bool = True,
) -> np.ndarray | None:
    """Counts that keep the relations, with as many of the targets at ``k`` or more as can be.

    With ``price``, the least priced distance from ``home`` besides (where that is a number). With ``whole`` false the
    counts may be fractions. None where no counts keep the relations or time runs out.
    """
    n, m = len(release.cells), len(targets)
    rises = _sums(targets, n)
    far = (
        np.flatnonzero(np.isfinite(home) & (price > 0)) if home is not None and price is not None else np.array([], int)
    )
    unit = scipy.sparse.csr_array((np.ones(len(far)), (np.arange(len(far)), far)), shape=(len(far), n))
    away = scipy.sparse.eye_array(len(far))
    matrix = scipy.sparse.block_array(
        [
            [release.rows.matrix, scipy.sparse.csr_array((len(release.rows.equal), m)), None],
            [rises, scipy.sparse.eye_array(m), None],
            [unit, None, -away],
            [unit, None, away],
        ]
        if len(far)
        else [
            [release.rows.matrix, scipy.sparse.csr_array((len(release.rows.equal), m))],
            [rises, scipy.sparse.eye_array(m)],
        ],
        format="csr",
    )
    low, high = release.rows.limits(np.zeros(n))
    here = home[far] if home is not None else np.array([])
    endless = np.full(len(far), np.inf)
    lower = np.concatenate([low, np.full(m, float(k)), -endless, here])
    upper = np.concatenate([high, np.full(m, np.inf), here, endless])
    cost = np.concatenate([np.zeros(n), np.full(m, MISSED), price[far] if price is not None else here])
    lowest, highest = np.zeros(m + len(far)), np.concatenate([np.full(m, float(k)), endless])
    found = solver.minimised(
        cost,
        (np.concatenate([bounds[0], lowest]), np.concatenate([bounds[1], highest])),
        (matrix, lower, upper),
        np.full(n + m + len(far), float(whole)),
        time_limit=max(seconds, 0.0),
        mip_rel_gap=0.02,
        presolve=not whole,
    )
    if found.x is None:
        return None
    counts: np.ndarray = found.x[:n]
    return np.round(counts) if whole else counts


def worlds(
    release: Release, k: int, until: float, each: Callable[[np.ndarray], object] = lambda world: None
) -> list[np.ndarray]:
    """Sets of counts that fit all that is known and between them put as many targets outside ``1 .. k - 1`` as can be.

    Whoever has them can check by adding up, without any search, that no target they put outside can be concluded to be
    small. The first lies near the published numbers, each further one near the first. ``each`` is told of every one.
    """
    bounds = narrowed(release)
    left = np.array(release.targets, dtype=int).reshape(-1, 2)
    first = _first(release, bounds, left, k, until)
    found: list[np.ndarray] = []
    if first is not None:
        found.append(first)
        each(first)
        left = left[_small(left, first, k)]
    for side, steps in WAYS:
        if not len(left):
            break
        around = _around(release, _named(release, left), found[0], bounds, steps) if found and steps else bounds
        world = _pushed(release, around, left, k, side, found[:1], until)
        if world is not None:
            found.append(world)
            each(world)
            left = left[_small(left, world, k)]
    return found


def _first(
    release: Release, bounds: tuple[np.ndarray, np.ndarray], targets: np.ndarray, k: int, until: float
) -> np.ndarray | None:
    """A world near the published numbers: these themselves but around what was printed exactly; else from anywhere."""
    published = release.values
    if np.isfinite(published).all():
        apart = (published < bounds[0]) | (published > bounds[1])
        around = _around(release, apart, published, bounds, 2)
        world = _pushed(release, around, targets, k, "published", [], until, possible=False)
        if world is not None:
            return world
    return _pushed(release, bounds, targets, k, "published", [], until)


def _named(release: Release, targets: np.ndarray) -> np.ndarray:
    """Which cells stand in these targets."""
    named = np.zeros(len(release.cells), dtype=bool)
    named[targets[targets >= 0]] = True
    return named


def _around(
    release: Release, cells: np.ndarray, home: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds that hold every cell at home but those within so many relations of these."""
    matrix, near = abs(release.rows.matrix), cells
    for _ in range(steps):
        near = (matrix.T @ (matrix @ near.astype(float))) > 0
    free = near | cells | (home < bounds[0]) | (home > bounds[1])
    return np.where(free, bounds[0], home), np.where(free, bounds[1], home)


def _pushed(
    release: Release,
    bounds: tuple[np.ndarray, np.ndarray],
    targets: np.ndarray,
    k: int,
    side: str,
    home: Sequence[np.ndarray],
    until: float,
    possible: bool = True,
) -> np.ndarray | None:
    """A world: counts that fit all that is known, with as many targets as can be pushed out of ``1 .. k - 1``.

    Each target goes to the side of its published value, or all go down to 0 or up to ``k``; other counts stay as near
    ``home`` as can be, if there is one. Cells whose bounds leave one value are no part of the programme. None where
    no world was found in time, or there is none between the bounds (``possible`` says whether there is surely one).
    """
    free = np.flatnonzero(bounds[0] < bounds[1])
    fixed = np.where(bounds[0] < bounds[1], 0.0, bounds[0])
    known, (low, high) = release.rows.matrix.tocsc()[:, free].tocsr(), release.rows.limits(fixed)
    tied = np.diff(known.indptr) > 0
    if (low[~tied] > EPSILON).any() or (high[~tied] < -EPSILON).any():
        return None
    push = _sums(targets, len(fixed))
    moved = np.flatnonzero(np.diff(push.tocsc()[:, free].tocsr().indptr) > 0)
    push, targets = push[moved], targets[moved]
    n, m, far = len(free), len(moved), len(free) if home else 0
    here = value(targets, np.nan_to_num(release.values, nan=float(k)))
    up = here * 2 > k if side == "published" else np.full(m, side == "up")
    given = push @ fixed
    slack, unit = scipy.sparse.diags_array(np.where(up, 1.0, -1.0)), scipy.sparse.eye_array(n)
    blocks = [[known[tied], None, None], [push.tocsc()[:, free], slack, None]]
    lows, highs = [low[tied], np.where(up, k - given, -np.inf)], [high[tied], np.where(up, np.inf, -given)]
    if home:
        blocks += [[unit, None, -unit], [unit, None, unit]]
        lows, highs = [*lows, np.full(n, -np.inf), home[0][free]], [*highs, home[0][free], np.full(n, np.inf)]
    else:
        blocks = [row[:2] for row in blocks]
    if not n:
        return fixed
    found = solver.minimised(
        np.concatenate([np.zeros(n), np.ones(m), np.full(far, NEAR)]),
        (
            np.concatenate([bounds[0][free], np.zeros(m + far)]),
            np.concatenate([bounds[1][free], np.full(m + far, np.inf)]),
        ),
        (scipy.sparse.block_array(blocks, format="csr"), np.concatenate(lows), np.concatenate(highs)),
        np.concatenate([np.ones(n), np.zeros(m + far)]),
        presolve=possible,  # it may not come to an end where there is no solution (rounding)
        time_limit=min(max(until - time.monotonic(), 0.0), LONGEST),
        mip_rel_gap=0.5,  # half the best will do
    )
    if found.x is None:
        return None
    world: np.ndarray = fixed.copy()
    world[free] = np.round(found.x[:n])
    return world


def _sums(targets: np.ndarray, n: int) -> scipy.sparse.csr_array:
    """What each target sums of ``n`` cells: the cell, or the whole less the cell."""
    at, rest = np.arange(len(targets)), targets[:, 1] >= 0
    factors = np.concatenate([np.where(rest, -1.0, 1.0), np.ones(rest.sum())])
    rows, columns = np.concatenate([at, at[rest]]), np.concatenate([targets[:, 0], targets[rest, 1]])
    return scipy.sparse.coo_array((factors, (rows, columns)), shape=(len(targets), n)).tocsr()


def _fits(rows: Rows, point: np.ndarray) -> bool:
    sums = rows.matrix @ point
    return bool((sums >= -EPSILON).all() and (np.abs(sums[rows.equal]) <= EPSILON).all())


def _optimum(
    rows: Rows, cost: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], until: float
) -> tuple[int, np.ndarray | None]:
    """The least cost over whole counts: HiGHS's status (0 found, 1 out of time, 2 impossible) and the counts."""
    left = until - time.monotonic()
    if left <= 0:
        return 1, None
    found = solver.minimised(
        cost,
        bounds,
        (rows.matrix, *rows.limits(np.zeros(len(cost)))) if len(rows.equal) else None,
        np.ones(len(cost)),
        time_limit=left,
        presolve=False,  # it may not come to an end (rounding)
    )
    return found.status, None if found.x is None else np.round(found.x)


def _decide(
    release: Release, target: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], k: int, until: float
) -> tuple[str, list[np.ndarray]]:
    """Whether a target must be small, and the points found on the way."""
    low, high = bounds
    ends = [float(value(target, low)), float(value(target, high))]
    if target[1] >= 0:
        ends = [low[target[1]] - high[target[0]], high[target[1]] - low[target[0]]]
    if ends[0] >= 1 and ends[1] <= k - 1:
        return "exact" if ends[0] == ends[1] else "within", []
    cost = np.zeros(len(low))
    cost[target[0]] = 1.0
    if target[1] >= 0:
        cost[target] = (-1.0, 1.0)
    reached: list[int] = []
    points: list[np.ndarray] = []
    for sign in (1, -1):
        status, point = _optimum(release.rows, sign * cost, bounds, until)
        if point is None:
            return "timeout", points
        points.append(point)
        reached.append(round(float(value(target, point))))
        if not 1 <= reached[-1] <= k - 1:
            return "", points
        if status == 1:
            return "timeout", points
    return "exact" if reached[0] == reached[1] else "within", points


def narrowed(release: Release) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of every cell after each relation has been used on each of its cells, until nothing changes."""
    low, high = (bound.copy() for bound in release.bounds)
    matrix = release.rows.matrix.tocoo()
    row, cell, factor = matrix.coords[0], matrix.coords[1], matrix.data
    equal = release.rows.equal[row]
    for _ in range(PASSES):
        before = low.copy(), high.copy()
        for sign, use in ((1.0, np.ones(len(row), dtype=bool)), (-1.0, equal)):
            _narrow(low, high, row[use], cell[use], sign * factor[use], len(release.relations))
        if np.array_equal(before[0], low) and np.array_equal(before[1], high):
            break
    return low, high


def _narrow(low: np.ndarray, high: np.ndarray, row: np.ndarray, cell: np.ndarray, factor: np.ndarray, n: int) -> None:
    """Use ``sum(factor * cell) >= 0``: a cell makes up for the most that the others of its row can give."""
    most = np.where(factor > 0, factor * high[cell], factor * low[cell])
    endless = ~np.isfinite(most)
    finite = np.where(endless, 0.0, most)
    total, unbounded = np.bincount(row, finite, n), np.bincount(row, endless, n)
    others = np.where(unbounded[row] - endless > 0, np.inf, total[row] - finite)
    needed = -others / factor
    up, down = factor > 0, factor < 0
    np.maximum.at(low, cell[up], np.ceil(needed[up] - EPSILON))
    np.minimum.at(high, cell[down], np.floor(needed[down] + EPSILON))
