"""Controlled rounding: every count to a multiple of a step next to it, so that all tables still add up.

The rounded counts are themselves counts that could have been: they meet every relation that the true ones meet, and
none of them lies between 0 and the step. So nobody can conclude that a true count does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import scipy

from evaltools.disclosure import solver
from evaltools.disclosure.cells import Cell, Relation, Rows, rows_of

STANDS = 2  # a value published before stands while the count is nearer to it than so many steps
CHANGED = 4.0  # what giving up a value published before costs, in steps
FARTHER = 8.0  # what each step beyond the next multiple costs, in steps
NODES = 5000  # of the search; a number of nodes, not a time, so that every run finds the same
GAP = 0.005


class Rounded(NamedTuple):
    """Values by cell; ``farther`` are the cells whose value is not next to the truth."""

    values: dict[Cell, int]
    farther: list[Cell]


class _Try(NamedTuple):
    """How many steps beyond the next multiples, and whether what was published before binds."""

    wider: int
    bound: bool = True


TRIES = (_Try(0), _Try(1), _Try(3), _Try(10**6), _Try(10**6, bound=False))


def controlled(
    truth: Mapping[Cell, int],
    relations: Sequence[Relation],
    step: int,
    *,
    kept: Mapping[Cell, int] | None = None,
    wanted: Mapping[Cell, int] | None = None,
    least: Mapping[Cell, int] | None = None,
    most: Mapping[Cell, int] | None = None,
    hidden: Collection[Cell] = (),
) -> Rounded:
    """Round all cells to multiples of ``step``, with the least sum of absolute deviations that keeps the relations.

    One integer programme over all cells: each goes to one of the two multiples next to it, a multiple stays. Where
    that has no solution, cells may go one step farther, then three, then any, at a price. Tables add up always.

    Parameters
    ----------
    truth : counts by cell, not negative
    relations : what holds between the cells (``cells.relations``)
    step : the rounding base
    kept : values published before that stand, as long as the count is near them
    wanted : values published before that are preferred, where they are still next to the count
    least, most : no value is below or above these, where they are next to the count
    hidden : cells that nobody publishes but that must be possible: not below zero, not rounded

    Returns
    -------
    Rounded : the same for the same counts, in whatever order they come

    Raises
    ------
    ValueError : a negative count
    RuntimeError : no rounding found within the nodes of the search

    References
    ----------
    Cox (1987), A constructive procedure for unbiased controlled rounding, JASA 82, 520-524.

    Examples
    --------
    >>> whole, women, men = Cell("persons"), *(Cell("persons", by="gender", group=g) for g in "fm")
    >>> adds_up = Relation(((whole, 1), (women, -1), (men, -1)), True)
    >>> controlled({whole: 5, women: 1, men: 4}, [adds_up], 5).values[men]
    5
    """
    if min(truth.values(), default=0) < 0:
        raise ValueError("a count is negative")
    cells = sorted(truth)
    seen = np.array([cell not in set(hidden) for cell in cells], dtype=bool)
    rows = rows_of(cells, sorted(_tight(relation, truth) for relation in relations))
    counts = np.array([truth[cell] for cell in cells], dtype=float)
    before = [_earlier(cells, values, step) for values in (kept, wanted, least, most)]
    for way in TRIES:
        steps = _programme(counts / step, seen, before, rows, way)
        if steps is not None:
            break
    else:
        raise RuntimeError("no rounding found within the nodes of the search")
    values = {cell: round(value * step) for cell, value in zip(cells, steps, strict=True)}
    farther = [c for c, s in zip(cells, seen, strict=True) if s and abs(values[c] - truth[c]) >= step]
    return Rounded(values, farther)


def fits(
    values: Mapping[Cell, int], truth: Mapping[Cell, int], relations: Sequence[Relation], step: int, within: int
) -> bool:
    """Whether values are multiples no farther than ``within`` from these counts and keep every relation."""
    near = all(value % step == 0 and abs(value - truth[cell]) <= within for cell, value in values.items())
    return near and all(_tight(relation, truth).holds(values) for relation in relations)


def _tight(relation: Relation, truth: Mapping[Cell, int]) -> Relation:
    """A part that is the whole of its whole stays so: what lies between them is nobody, and is known to be."""
    return relation._replace(equal=True) if len(relation.parts) == 2 and relation.total(truth) == 0 else relation


def _earlier(cells: list[Cell], values: Mapping[Cell, int] | None, step: int) -> np.ndarray:
    values = values or {}
    return np.array([values[cell] / step if cell in values else np.nan for cell in cells])


def _programme(
    counts: np.ndarray, seen: np.ndarray, before: list[np.ndarray], rows: Rows, way: _Try
) -> np.ndarray | None:
    """The values, all in steps; None where there is no solution.

    A cell is its lower multiple, plus one or not (``up``), and where it may go farther plus and minus whole steps.
    """
    n = len(counts)
    first = np.where(seen, np.floor(counts), 0.0)
    rest = counts - first
    low, high, cost, stands = _up(first, rest, seen, before, way)
    blocks = [(rows.matrix, low, high, cost, seen)]
    if way.wider:
        far = np.where(seen & ~stands, way.wider, 0.0)
        dear, zero = np.full(n, FARTHER), np.zeros(n)
        blocks.append((rows.matrix, zero, far, dear, seen))
        blocks.append((-rows.matrix, zero, np.minimum(far, first), dear, seen))
    matrices, lows, highs, costs, whole = zip(*blocks, strict=True)
    found = solver.minimised(
        np.concatenate(costs),
        (np.concatenate(lows), np.concatenate(highs)),
        (scipy.sparse.hstack(matrices, format="csr"), *rows.limits(first)),
        np.concatenate(whole).astype(int),
        node_limit=NODES,
        mip_rel_gap=GAP,
        presolve=False,  # it does not come to an end, or crashes, on some of these that have no solution
    )
    if found.x is None:
        return None
    solution: np.ndarray = found.x
    x = solution[:n] + (solution[n : 2 * n] - solution[2 * n : 3 * n] if way.wider else 0)
    steps: np.ndarray = first + np.where(seen, np.round(x), x)
    return steps


def _up(
    first: np.ndarray, rest: np.ndarray, seen: np.ndarray, before: list[np.ndarray], way: _Try
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bounds and cost of the step up, and which cells keep what was published before whatever it costs."""
    low, high = np.zeros(len(first)), np.where(rest > 0, 1.0, 0.0)
    cost = 1 - 2 * rest
    kept, wanted, least, most = (values - first for values in before)
    can = (wanted >= 0) & (wanted <= high)
    cost[can] += CHANGED * (1 - 2 * wanted[can])
    stands = (np.abs(kept - rest) < STANDS) & way.bound
    if way.bound:
        low = np.maximum(low, np.where((least > 0) & (least <= high), 1.0, low))
        high = np.minimum(high, np.where((most >= low) & (most < 1), 0.0, high))
        low[stands] = high[stands] = kept[stands]
    low[~seen], high[~seen], cost[~seen] = 0.0, np.inf, 0.0
    return low, high, cost, stands
