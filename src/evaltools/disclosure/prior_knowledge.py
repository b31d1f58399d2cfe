"""What a reader holds once a release is out: its cells, those of all releases before, and what ties them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaltools.counts.breakdowns import ALL, overlapping
from evaltools.disclosure import audit, cells
from evaltools.disclosure.cells import GROUPS, Cell, Relation, one_right_each
from evaltools.disclosure.release_log import ENDED, LATER, SETTLED, Published

# Counts of the whole project so far that only grow.
GROWING = (*SETTLED, *LATER, "paired")


def is_settled(cell: Cell, one_each: bool) -> bool:
    """Whether it is a count of one term that stays once the term is over (``SETTLED``): not of groups that persons may
    join by another study right, which nobody has where ``one_each`` holds."""
    joined = {*overlapping()} if one_each else {GROUPS, *overlapping()}
    return cell.scope != ALL and cell.measure in SETTLED and not {cell.by, cell.by2} & joined


def grows(cell: Cell) -> bool:
    """Whether it is a count of the whole project so far, or of one term, that only grows from term to term."""
    return cell.measure in (GROWING if cell.scope == ALL else LATER)


def known_cells(
    truth: Mapping[Cell, int], relations: Sequence[Relation], now: Published, earlier: Sequence[Published] = ()
) -> audit.Release:
    """What an attacker knows once ``now`` is published beside ``earlier``.

    Counts of a term that is over stay, or only grow, as do those of the whole project so far.

    Of the truth it is used only whether a count is still near what was published before: of one that was corrected
    since, an attacker who takes it for the same would learn what is not so.
    """
    relations = list(relations)
    alike = [r for r in relations if len({cell.scope for cell, _ in r.parts}) == 1]
    cells: dict[Cell, int | None] = dict(now.cells)
    within = dict.fromkeys(cells, now.within)
    exact = dict(now.exact)
    for number, past in enumerate(earlier, start=1):
        names = {cell: cell._replace(scope=f"{cell.scope} ({past.term}, {number})") for cell in past.cells}
        cells |= {names[cell]: value for cell, value in past.cells.items()}
        within |= dict.fromkeys(names.values(), past.within)
        exact |= {names[cell]: value for cell, value in past.exact.items()}
        relations += [_renamed(relation, names) for relation in _relations_then(alike, past)]
        relations += _same(past, now, truth, names)
        relations += _grown(past, now, truth, names)
    return audit.Release(cells, list(dict.fromkeys(relations)), within, exact)


def _same(past: Published, now: Published, truth: Mapping[Cell, int], names: Mapping[Cell, Cell]) -> Iterator[Relation]:
    """Counts that are what they were: of a term that is over, and all of a term released again."""
    one_each = one_right_each(truth)
    for cell, value in past.disclosed.items():
        later = now.named_here(past.named_later(cell))
        again = past.term == now.term and now.cells.get(cell) == value
        settled = is_settled(past.named_later(cell), one_each)
        still = past.exact[cell] == truth.get(later) if cell in past.exact else True
        if (settled or again) and still and later in truth and abs(truth[later] - value) <= past.within:
            yield Relation(((later, 1), (names[cell], -1)), True)


def _relations_then(relations: Sequence[Relation], past: Published) -> Iterator[Relation]:
    """Relations of an earlier release: its terms add up, and what holds now within a scope held then."""
    yield from cells.over_terms(past.cells)
    for relation in relations:
        if all(cell in past.cells for cell, _ in relation.parts):
            yield from filter(None, [cells.as_far_as_true(relation, past.cells)])


def _renamed(relation: Relation, names: Mapping[Cell, Cell]) -> Relation:
    return relation._replace(parts=tuple((names[cell], factor) for cell, factor in relation.parts))


def _grown(
    past: Published, now: Published, truth: Mapping[Cell, int], names: Mapping[Cell, Cell]
) -> Iterator[Relation]:
    """Counts that grow are no less than by an earlier term and no more than by a later one."""
    for cell, here in grown_cells(past, now, one_right_each(truth)):
        if here not in truth:
            continue
        least, most = (past.exact.get(cell, past.disclosed[cell] + sign * past.within) for sign in (-1, 1))
        if past.scopes < now.scopes and truth[here] >= least:
            yield Relation(((here, 1), (names[cell], -1)), False)
        if past.scopes > now.scopes and truth[here] <= most:
            yield Relation(((names[cell], 1), (here, -1)), False)


def grown_cells(past: Published, now: Published, one_each: bool) -> Iterator[tuple[Cell, Cell]]:
    """Cells that a release disclosed and that only grow, with what this release calls them; ``one_each``: nobody has
    two study rights."""
    for cell in past.disclosed if one_each else (c for c in past.disclosed if c.measure not in ENDED):
        later = now.named_here(past.named_later(cell))
        yield from ((cell, here) for here in dict.fromkeys((cell, later)) if grows(here))
