"""Which figures of a release are printed exactly beside tables that are rounded: a rule, whose answer tells nothing.

A funder asks for the number. The main figures of a report - how many took part, completed their studies and are
employed, of all and of each target group, and how many answered better, the same and worse - are printed as they are
where every part of a figure, every rest that it leaves of the whole, and every change since it was last printed exactly
is at least the minimum. Everything else stays rounded; that a figure is not exact says only that some part is small,
some rest, or some change.

References
----------
Hundepool et al. (2012), Statistical Disclosure Control, sections 5.2 and 5.4 (primary rules, linked tables); the rule
is tried by the attacker of ``audit`` with all that was published before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure.cells import GROUPS, ITEM, WITHIN, Cell, Relation, scopes
from evaltools.disclosure.release_log import Published
from evaltools.ingest.tidy import ANY_GROUP

FEWEST = 2  # times the minimum: what a figure rests on at least
# measures of which the first counts some of those whom the second counts
INSIDE = {
    *WITHIN,
    *(("known", "persons"), ("completed", "known"), ("completed", "persons"), ("invited", "persons")),
    *(("answered", "invited"), ("answered", "persons"), ("employed", "answered"), ("employed", "invited")),
    *(("employed", "persons"), ("student_any", "answered"), ("student_full_time", "answered")),
    ("student_full_time", "student_any"),
}


class Figure(NamedTuple):
    """Cells that are printed exactly together, and what follows from them: sums of cells less others.

    ``rests_on`` are main cells of others, without which it is not printed: the same figure of everybody, of which a
    group's leaves a rest, and how many persons there are, which a reader takes those with a study right for.
    """

    cells: tuple[Cell, ...]
    parts: tuple[tuple[tuple[Cell, ...], tuple[Cell, ...]], ...]
    rests_on: tuple[Cell, ...] = ()


def figures(values: Mapping[Cell, int], first: Collection[str] = ()) -> list[Figure]:
    """The figures whose cells are there, in the order in which they are tried: the whole, questions, then groups.

    ``first`` are the questions that come before others: where two cannot both be exact, these are.
    """
    groups = [c.group for c in values if c[:3] == ("persons", ALL, GROUPS) and not c.by2 and c.group != ANY_GROUP]
    found = [*_of_place(TOTAL, TOTAL), *_changes(values, first)]
    for group in [*dict.fromkeys(groups), ANY_GROUP]:
        found += _of_place(GROUPS, group)
    return [figure for figure in found if all(cell in values for cell in figure.cells)]


def _of_place(by: str, group: str) -> Iterator[Figure]:
    persons, known, completed, invited, answered, employed = (
        Cell(m, ALL, by, group) for m in ("persons", "known", "completed", "invited", "answered", "employed")
    )
    yield _figure(persons, ((persons,), ()))
    ended = _figure(completed, ((completed,), ()), ((known,), (completed,)), more=(known,))
    yield ended._replace(rests_on=(*ended.rests_on, persons))
    silent = ((invited,), (answered,))
    yield _figure(employed, ((employed,), ()), ((answered,), (employed,)), silent, more=(answered, invited))
    if by == TOTAL:
        study, any_study, both = (Cell(m) for m in ("student_full_time", "student_any", "employed_student"))
        rest = ((answered,), (employed, study))
        yield _figure(study, ((study,), ()), rest, silent, more=(answered, invited))
        more = ((any_study,), (study,)), ((employed,), (both,)), rest, silent
        yield _figure(any_study, *more, more=(answered, invited))


def _figure(main: Cell, *parts: tuple[tuple[Cell, ...], tuple[Cell, ...]], more: tuple[Cell, ...] = ()) -> Figure:
    """A figure of a place; of a group also what each part leaves of the whole project's."""
    if main.by == TOTAL:
        return Figure((main, *more), parts)
    rests = [((*map(_of_all, plus), *minus), (*plus, *map(_of_all, minus))) for plus, minus in parts]
    return Figure((main, *more), (*parts, *rests), (_of_all(main),))


def _of_all(cell: Cell) -> Cell:
    return cell._replace(by=TOTAL, group=TOTAL)


def _changes(values: Mapping[Cell, int], first: Collection[str]) -> Iterator[Figure]:
    """How many answered a question better, the same and worse; then the questions most answered first."""
    every = (c for c in values if c[:3] == ("paired", ALL, ITEM) and not c.by2)
    for paired in sorted(every, key=lambda cell: (cell.group not in first, -values[cell])):
        ways = [paired._replace(measure=way) for way in ("higher", "same", "lower")]
        yield Figure((ways[0], ways[1], ways[2], paired), tuple(((way,), ()) for way in ways))


def chosen(
    values: Mapping[Cell, int],
    earlier: Sequence[Published],
    minimum: int,
    refused: Collection[Cell] = (),
    first: Collection[str] = (),
) -> tuple[dict[Cell, int], dict[Cell, int]]:
    """Cells that are printed exactly with their counts, and the most that the rounding may give to small parts.

    Parameters
    ----------
    values : counts by cell
    earlier : releases before this one, with what they printed exactly
    minimum : the least count that is not small
    refused : main cells of figures that the gate has taken back
    first : questions that come before others

    Returns
    -------
    exact : counts by cell
    most : cells that alone keep a figure from being printed exactly, to be rounded down to 0: rounded up, they would be
        known to be what keeps it
    """
    exact: dict[Cell, int] = {}
    most: dict[Cell, int] = {}
    printed = [past.exact for past in earlier if past.exact]
    for figure in figures(values, first):
        if figure.cells[0] in refused or not all(cell in exact for cell in figure.rests_on):
            continue
        small = [part for part in figure.parts if _value(part, values) < minimum]
        if len(small) == 1 and len(small[0][0]) == 1 and not small[0][1]:
            most[small[0][0][0]] = 0
        enough = max(values[cell] for cell in figure.cells) >= FEWEST * minimum
        if (
            not small
            and enough
            and _moved(figure, values, printed, minimum)
            and _is_separate(figure, values, exact, minimum)
        ):
            exact |= {cell: values[cell] for cell in figure.cells}
    return exact, most


def to_take_back(
    found: Collection[Cell], values: Mapping[Cell, int], exact: Mapping[Cell, int], earlier: Sequence[Published]
) -> list[Cell]:
    """Main cells of the figures that the gate takes back where it cannot let these cells pass.

    Those that name one of the cells, or stand at its place; where there is none, all. A figure that an earlier release
    has printed with the same numbers is known anyhow. Empty where nothing is left to be taken back.
    """
    known = [past.exact for past in earlier]
    young = [
        figure
        for figure in figures(values)
        if all(cell in exact for cell in figure.cells)
        and not any(all(before.get(cell) == exact[cell] for cell in figure.cells) for before in known)
    ]
    places = {(cell.by, cell.group) for cell in found}
    named = [figure for figure in young if (figure.cells[0].by, figure.cells[0].group) in places]
    return [figure.cells[0] for figure in named or young]


def _value(part: tuple[tuple[Cell, ...], tuple[Cell, ...]], values: Mapping[Cell, int]) -> int:
    plus, minus = part
    return sum(values[cell] for cell in plus) - sum(values[cell] for cell in minus)


def _moved(figure: Figure, values: Mapping[Cell, int], printed: Sequence[Mapping[Cell, int]], minimum: int) -> bool:
    """Whether, since each time it was printed exactly, all of it changed by enough or nothing did."""
    cells = {cell for plus, minus in figure.parts for cell in (*plus, *minus)} | set(figure.cells)
    for before in printed:
        if not all(cell in before for cell in figure.cells):
            continue
        if all(before.get(cell, values[cell]) == values[cell] for cell in cells):
            continue
        parts = [part for part in figure.parts if all(cell in before for cell in (*part[0], *part[1]))]
        parts += [((cell,), ()) for cell in figure.cells]
        if any(abs(_value(part, values) - _value(part, before)) < minimum for part in parts):
            return False
    return True


def _is_separate(figure: Figure, values: Mapping[Cell, int], exact: Mapping[Cell, int], minimum: int) -> bool:
    """Whether no exact number contains another that is smaller by a small count."""
    return not any(
        0 < abs(values[cell] - count) < minimum
        for cell in figure.cells
        for other, count in exact.items()
        if _among(cell, other, values) or _among(other, cell, values)
    )


def least_who_answered_both(exact: Mapping[Cell, int]) -> dict[Cell, int]:
    """The least that the rounding may give to those who answered both surveys: the most pairs printed exactly.

    Rounded below that, it would say how few left out a question that fewer answered.
    """
    pairs = [count for cell, count in exact.items() if cell.measure == "paired" and cell.by == ITEM]
    return {Cell("both"): max(pairs)} if pairs else {}


def most_with_all_answers(exact: Mapping[Cell, int], relations: Collection[Relation]) -> dict[Cell, int]:
    """The most that the rounding may give to those who have a scale: fewer than answered one of its questions, where
    exact numbers say that more did so than answered another. Rounded above that, it would say how few left it out.
    """
    counts: dict[Cell, set[int]] = defaultdict(set)
    for relation in relations:
        if len(relation.parts) == 2 and all(cell[:3] == ("paired", ALL, ITEM) for cell, _ in relation.parts):
            (scale, _), (question, _) = sorted(relation.parts, key=lambda part: part[1])
            counts[scale] |= {exact[question]} if question in exact else set()
    return {scale: sorted(of)[1] - 1 for scale, of in counts.items() if len(of) > 1 and scale not in exact}


def _among(one: Cell, other: Cell, values: Mapping[Cell, int]) -> bool:
    """Whether the persons of one cell are among those of the other."""
    if ITEM in (one.by, other.by):
        # a scale's pairs are within those of each of its questions; only questions can be left unsure
        scale = [c._replace(measure="start_asked") not in values for c in (one, other) if c.by == ITEM]
        return one.by == other.by == ITEM and one.measure == other.measure == "paired" and any(scale)
    nested = one.by == other.by == GROUPS and other.group == ANY_GROUP
    inside = other.by == TOTAL or nested or one[1:4] == other[1:4]
    return inside and (one.measure == other.measure or (one.measure, other.measure) in INSIDE)


def repeated(
    values: Mapping[Cell, int], exact: Mapping[Cell, int], earlier: Sequence[Published]
) -> dict[Cell, tuple[int, str]]:
    """The last exact count of the cells of figures that are not exact now, with the term it is of: published already.

    Only terms up to this one count: ``values`` name them.
    """
    terms = set(scopes(values))
    past = [each for each in reversed(earlier) if each.exact and each.scopes <= terms]
    found: dict[Cell, tuple[int, str]] = {}
    for figure in figures(values):
        last = next((each for each in past if all(cell in each.exact for cell in figure.cells)), None)
        if figure.cells[0] not in exact and last is not None:
            found |= {cell: (last.exact[cell], last.term) for cell in figure.cells}
    return found
