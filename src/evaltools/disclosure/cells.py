"""What is published about persons, cell by cell, and what a reader knows to hold between the cells.

A cell is one quantity, however often it is printed: the total of a share and the size of the group are the same cell.
Relations are what anybody can work out without seeing a single number: groups of a partition add up to the total,
terms to the whole, a part is no larger than its whole, a target group defined by education is the sum of its levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from evaltools.counts.breakdowns import ALL, GROUPS, OF_STUDIES, TOTAL, overlapping
from evaltools.counts.roles import OUTCOMES
from evaltools.disclosure.definitions import ITEM, Definition, Place, of_both
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN, Tables
from evaltools.study.schema import NO_THEME
from evaltools.study.survey_model import agrees_from

ARM = "arm"
SURVEY = "survey"


class Cell(NamedTuple):
    """One quantity: what is counted, in which scope, of which group (and of which second group at once)."""

    measure: str
    scope: str = ALL
    by: str = TOTAL
    group: str = TOTAL
    by2: str = ""
    group2: str = ""


class Relation(NamedTuple):
    """``sum(factor * cell)`` is zero (``equal``) or not below zero."""

    parts: tuple[tuple[Cell, int], ...]
    equal: bool

    def total(self, values: Mapping[Cell, int]) -> int:
        return sum(factor * values[cell] for cell, factor in self.parts)

    def holds(self, values: Mapping[Cell, int]) -> bool:
        total = self.total(values)
        return total == 0 if self.equal else total >= 0


@dataclass(frozen=True)
class Rows:
    """Relations over cells as a matrix; each row times the cells is zero (``equal``) or not below."""

    matrix: scipy.sparse.csr_array
    equal: np.ndarray

    def limits(self, constant: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bounds on ``matrix @ x`` where the cells are ``constant + x``."""
        lower = -(self.matrix @ constant)
        return lower, np.where(self.equal, lower, np.inf)


def rows_of(cells: Sequence[Cell], relations: Sequence[Relation]) -> Rows:
    """Relations as a matrix over these cells, in their order."""
    place = {cell: i for i, cell in enumerate(cells)}
    entries = [(row, place[cell], factor) for row, r in enumerate(relations) for cell, factor in r.parts]
    at, columns, factors = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = scipy.sparse.csr_array((np.array(factors, float), (at, columns)), shape=(len(relations), len(cells)))
    return Rows(matrix, np.array([relation.equal for relation in relations], dtype=bool))


# --- tables to cells ---------------------------------------------------------------------------------------------

# of which measures another is the sum; a part never exceeds its sum
SUMS: dict[str, tuple[str, ...]] = {
    "persons": ("once", "again"),
    "known": OUTCOMES,
    "answered": ("employed", "student_full_time", "unemployed", "other"),
    "student_any": ("student_full_time", "employed_student"),
    "asked_at_end": ("both", "start_only", "end_only", "neither"),
    "end": ("both", "end_only"),
    "enrolments": ("rights_completed", "rights_dropped", "rights_ongoing"),
    "paired": ("higher", "same", "lower"),
    "start_given": ("paired", "start_alone"),
    "end_given": ("paired", "end_alone"),
}
# (part, whole): of the same persons
WITHIN: tuple[tuple[str, str], ...] = (
    *(("known", "persons"), ("asked_at_end", "persons"), ("start", "persons"), ("invited", "persons")),
    *(("answered", "invited"), ("employed_student", "employed"), ("end", "asked_at_end"), ("both", "start")),
    *(("leavers", "asked_at_end"), ("missing", "persons"), ("persons", "enrolments"), ("invited", "followup")),
    *((m, f"rights_{m}") for m in OUTCOMES),
    *(("late", "responses"), ("paired", "start_asked"), ("end_given", "end_asked"), ("applicants", "reached")),
)
# measures of which a larger group has no fewer: whole measures and what is left of one without others
NESTED: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((m, ()) for m in ("persons", "reached", "applicants", *OUTCOMES)),
    *((m, ()) for m in ("employed_student", "student_full_time", "unemployed", "other")),
    *((m, ()) for m in ("both", "start_only", "end_only", "neither")),
    ("paired", ()),
    *(("employed", ("employed_student",)), ("invited", ("answered",)), ("persons", ("invited",))),
    *(("persons", ("known",)), ("persons", ("asked_at_end",)), ("asked_at_end", ("dropped",))),
)
# of a field or kind of study these are of the study rights in it: no smaller and no larger than those of the persons
STANDING = {*OUTCOMES, "known"}
STEPS = {"participants": "persons"}


def _of_rows(frame: pd.DataFrame, make: Callable[..., Cell], *columns: str) -> list[Cell]:
    return [make(*row) for row in frame[list(columns)].itertuples(index=False, name=None)]


def _whole(frame: pd.DataFrame, measure: str = "persons") -> list[Cell]:
    scopes = frame["scope"].tolist() if "scope" in frame else [ALL] * len(frame)
    return [Cell(measure, scope) for scope in scopes]


def _by_group(frame: pd.DataFrame, measure: str) -> list[Cell]:
    frame = frame if "scope" in frame else frame.assign(scope=ALL)
    return _of_rows(frame, lambda *place: Cell(measure, *place), "scope", "by", "group")


def _composition(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _by_group(frame, "persons"), "total": _whole(frame)}


def _registrations(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame, Cell, "group"), "total": _whole(frame)}


def _cross(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    counts = _of_rows(frame, lambda g, by, group: _crossed(by, group, g), "target_group", "by", "group")
    return {"count": counts, "total": _of_rows(frame, lambda g: Cell("persons", ALL, GROUPS, g), "target_group")}


def _crossed(by: str, group: str, target_group: str) -> Cell:
    return Cell("persons", ALL, by, group, GROUPS, target_group)


def _overlap(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {
        "count": _of_rows(frame, _both_groups, "group", "group2"),
        "total": _of_rows(frame, lambda g: Cell("persons", ALL, GROUPS, g), "group"),
    }


def _both_groups(one: str, other: str) -> Cell:
    first, second = sorted((one, other))
    return Cell("persons", ALL, GROUPS, one) if one == other else _crossed(GROUPS, first, second)


def _measured(frame: pd.DataFrame) -> list[Cell]:
    return _of_rows(frame, Cell, "measure", "scope", "by", "group")


def _completion(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    known = _by_group(frame, "known")
    return {"count": _measured(frame), "answered": known, "invited": known}


def _placement(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _measured(frame), "answered": _by_group(frame, "answered"), "invited": _by_group(frame, "invited")}


def _responses(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    asked = frame["step"].isin(("end", "both"))
    return {
        "count": _of_rows(frame.assign(step=frame["step"].replace(STEPS)), Cell, "step", "scope"),
        "total": [
            Cell("asked_at_end" if end else "persons", scope)
            for end, scope in zip(asked, frame["scope"].tolist(), strict=True)
        ],
    }


def _attrition(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {measure: _by_group(frame, measure) for measure in SUMS["asked_at_end"]}


def _outreach(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    frame = frame.assign(by="channel", group=frame["channel"])
    measures = {"reached": "reached", "applicants": "applicants", "enrolled": "persons"}
    return {column: _by_group(frame, m) for column, m in measures.items() if column in frame}


def _records(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame, Cell, "record", "scope", "by", "group")}


def _items(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame.assign(by=ITEM), Cell, "measure", "scope", "by", "item")}


def _item_pairs(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    pair = _of_rows(frame, lambda q, pre, post: Cell("paired", ALL, ITEM, q, "pre>post", f"{pre:g}>{post:g}"), *PAIR)
    return {"count": pair}


PAIR = ("item", "pre", "post")


def _item_answers(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    columns = ("survey", "item", "value")
    answer = _of_rows(frame, lambda s, q, v: Cell(f"{s}_given", ALL, ITEM, q, "answer", f"{v:g}"), *columns)
    return {"count": answer}


def _arm_items(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame, lambda arm, q: Cell("paired", ALL, ITEM, q, "arm", arm), "arm", "item")}


def _comments(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    of = _of_rows(frame, lambda scope, survey: Cell("comments", scope, SURVEY, survey), "scope", "survey")
    how = ["coded_theme" if coded else "theme" for coded in frame["coded"]]  # of the same comments, other counts
    parts = zip(of, how, frame["theme"], strict=True)
    return {"count": [cell._replace(by2=by, group2=theme) for cell, by, theme in parts], "total": of}


# Count tables of persons: which cell each number of each column is.
TABLES: dict[str, Callable[[pd.DataFrame], dict[str, list[Cell]]]] = {
    "composition": _composition,
    "respondents": _composition,
    "registrations": _registrations,
    "cross": _cross,
    "overlap": _overlap,
    "completion": _completion,
    "responses": _responses,
    "attrition": _attrition,
    "placement": _placement,
    "outreach": _outreach,
    "records": _records,
    "items": _items,
    "item_pairs": _item_pairs,
    "item_answers": _item_answers,
    "arm_items": _arm_items,
    "comments": _comments,
}


def cells(counts: Tables) -> dict[Cell, int]:
    """Every cell of the count tables with its count, and the sums that reports make of them.

    Raises ValueError where two tables give one cell two counts, KeyError for an undeclared table.
    """
    found: dict[Cell, int] = {}
    for name, frame in counts.items():
        for column, places in TABLES[name](frame).items():
            for cell, count in zip(places, frame[column].tolist(), strict=True):
                if found.setdefault(cell, count) != count:
                    raise ValueError(f"two counts of one thing: {cell}")
    return found | {cell: int(count) for cell, count in sums(found).items()}


def sums(found: Mapping[Cell, float]) -> dict[Cell, float]:
    """Sums that are printed though no table holds them: so far, all channels, all who were asked at the end.

    A sum of which a part is withheld (NaN) is withheld.
    """
    made: dict[Cell, float] = defaultdict(int)
    for by, group in ((TOTAL, TOTAL), (GROUPS, ANY_GROUP)):
        so_far: float = 0
        for scope in scopes(found):
            so_far += found.get(Cell("persons", scope, by, group), 0)
            made[Cell("so_far", scope, by, group)] = so_far
    for cell, count in found.items():
        if cell.measure in ("reached", "applicants"):
            made[Cell(cell.measure, cell.scope)] += count
        if cell.measure in SUMS["asked_at_end"] and cell.scope == ALL and cell.by != TOTAL:
            made[cell._replace(measure="asked_at_end")] += count
    return made


def scopes(values: Iterable[Cell]) -> list[str]:
    """The terms that cells are of, in the order in which they come."""
    return list(dict.fromkeys(cell.scope for cell in values if cell.scope != ALL))


# --- what holds between cells ----------------------------------------------------------------------------------------


class _Index:
    """Cells by what they have in common, for the makers of relations."""

    def __init__(
        self,
        values: Mapping[Cell, int | None],
        overlaps: Collection[str] = overlapping(),
        defined: Mapping[Place, Definition] | None = None,
    ):
        self.values = values
        self.overlaps = overlaps
        self.defined = defined or {}
        self.scopes = scopes(values)
        self.groups: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)  # of a measure, scope and breakdown
        self.crossed: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)  # a second group, by a breakdown
        self.within: dict[tuple[Cell, str], list[Cell]] = defaultdict(list)  # a cell's own parts, by what divides it
        self.terms: dict[Cell, list[Cell]] = defaultdict(list)
        for cell in values:
            if cell.by2:
                self.crossed[cell.by, cell.by2, cell.group2].append(cell)
                self.within[cell._replace(by2="", group2=""), cell.by2].append(cell)
            else:
                self.groups[cell.measure, cell.scope, cell.by].append(cell)
            if cell.scope != ALL:
                self.terms[cell._replace(scope=ALL)].append(cell)

    def parts(self, by: str) -> bool:
        """Whether each person is in one group of it."""
        return by not in (TOTAL, GROUPS, ITEM, SURVEY, *self.overlaps)

    def atom(self, measure: str, less: Sequence[str], scope: str, by: str, group: str) -> dict[Cell, int] | None:
        """A measure less others of the same persons; None where one is not published."""
        made = {Cell(measure, scope, by, group): 1} | {Cell(m, scope, by, group): -1 for m in less}
        return made if all(cell in self.values for cell in made) else None


def relations(
    values: Mapping[Cell, int],
    overlaps: Collection[str] = overlapping(),
    defined: Mapping[Place, Definition] | None = None,
) -> list[Relation]:
    """All that holds between these cells by what they mean; what the counts themselves contradict is left out.

    An equality that the counts do not meet (persons of no term, for instance) is kept as far as they do. ``overlaps``
    are the breakdowns of which a person can be in several groups (``breakdowns.overlapping``), ``defined`` what the
    study file says groups are (``definitions.definitions``).
    """
    index = _Index(values, overlaps, defined)
    of_persons = (_partitions, _terms, _measures, _parts, _survey, _left, _nested, _overlaps, _defined, _contained)
    makers = (*of_persons, _so_far, _of_items, _asked, _of_comments, _treated)
    found = (as_far_as_true(relation, values) for make in makers for relation in make(index))
    return list(dict.fromkeys(relation for relation in found if relation is not None))


def as_far_as_true(relation: Relation, values: Mapping[Cell, int | None]) -> Relation | None:
    """The relation as far as these values meet it; where one of them is withheld it is taken to hold."""
    parts = tuple(sorted((cell, factor) for cell, factor in relation.parts if factor))
    if not parts:
        return None
    known = {cell: value for cell, _ in parts if (value := values[cell]) is not None}
    if len(known) < len(parts):
        return Relation(parts, relation.equal)
    total = Relation(parts, relation.equal).total(known)
    return Relation(parts, relation.equal and total == 0) if total >= 0 else None


def _less(whole: Mapping[Cell, int], *parts: Mapping[Cell, int], equal: bool = False) -> Relation:
    """The whole less its parts: zero, or not below."""
    sums: dict[Cell, int] = defaultdict(int, whole)
    for part in parts:
        for cell, factor in part.items():
            sums[cell] -= factor
    return Relation(tuple(sums.items()), equal)


def _adds_up(whole: Cell, parts: Iterable[Cell], index: _Index) -> Iterator[Relation]:
    parts = list(parts)
    if parts and whole in index.values and all(part in index.values for part in parts):
        yield _less({whole: 1}, *({part: 1} for part in parts), equal=True)


def _partitions(index: _Index) -> Iterator[Relation]:
    """Groups add up to the whole; where a person can be in several they are at least the whole."""
    places = [(Cell(m, scope), by, groups) for (m, scope, by), groups in index.groups.items()]
    places += [(Cell("persons", ALL, by2, g2), by, groups) for (by, by2, g2), groups in index.crossed.items()]
    for whole, by, groups in places:
        if index.parts(by):
            yield from _adds_up(whole, groups, index)
        elif by in index.overlaps and whole in index.values:
            yield Relation((*((cell, 1) for cell in groups), (whole, -1)), False)
            unknown = [{cell: 1} for cell in groups if cell.group == UNKNOWN]
            yield from (_less({whole: 1}, *unknown, {cell: 1}) for cell in groups if unknown and cell.group != UNKNOWN)


def _terms(index: _Index) -> Iterator[Relation]:
    """Terms add up to the whole project."""
    for whole, terms in index.terms.items():
        if whole.measure != "so_far":
            yield from _adds_up(whole, terms, index)


def _measures(index: _Index) -> Iterator[Relation]:
    """Measures that are sums of others, of the same persons."""
    for cell in index.values:
        if cell.measure in SUMS and not cell.by2:
            yield from _adds_up(cell, (cell._replace(measure=m) for m in SUMS[cell.measure]), index)


def _parts(index: _Index) -> Iterator[Relation]:
    """Of the same persons, a part is no larger than its whole. Those asked afterwards in a term began in any."""
    wholes = defaultdict(list)
    for part, whole in WITHIN:
        wholes[part].append(whole)
    for cell in index.values:
        if not cell.by2:
            others = {"persons"} if cell.measure == "invited" and cell.scope != ALL else set()
            larger = (cell._replace(measure=m) for m in wholes.get(cell.measure, ()) if m not in others)
            yield from (_less({whole: 1}, {cell: 1}) for whole in larger if whole in index.values)


def _survey(index: _Index) -> Iterator[Relation]:
    """Steps of the two surveys: what two parts share is no less than it must be."""
    for scope in (ALL, *index.scopes):
        start, end, both, everyone = (Cell(m, scope) for m in ("start", "end", "both", "persons"))
        yield from _if_all(index, _less({everyone: 1, both: 1}, {start: 1}, {end: 1}))
    yield from _if_all(index, _less({Cell("start"): 1}, {Cell("both"): 1}, {Cell("start_only"): 1}))
    yield from _if_all(index, _less({Cell("responses"): 1}, {Cell("start"): 1}, {Cell("end"): 1}))


def one_right_each(values: Mapping[Cell, int | None]) -> bool:
    """Whether nobody has two study rights, and so goes on with another when one is completed."""
    return values.get(Cell("enrolments"), -1) == values.get(Cell("persons"))


def _left(index: _Index) -> Iterator[Relation]:
    """Asked at the end is whoever has left or answered then: of each group, and of what it leaves of a larger one. Who
    has completed has left, where nobody has another study right to go on with."""
    one_each = one_right_each(index.values)
    for cell in [c for c in index.values if c.measure == "asked_at_end" and not c.by2]:
        asked, completed, dropped, neither, start_only = (
            cell._replace(measure=m) for m in ("asked_at_end", "completed", "dropped", "neither", "start_only")
        )
        if cell.by not in OF_STUDIES:
            ended = {completed: 1, dropped: 1} if one_each else {dropped: 1}
            yield from _if_all(index, _less({asked: 1}, ended))
            yield from _if_all(index, _less({completed: 1, dropped: 1}, {neither: 1}, {start_only: 1}))
    leavers, completed, dropped = (Cell(m) for m in ("leavers", "completed", "dropped"))
    yield from _if_all(index, _less({leavers: 1}, {dropped: 1}))  # who has completed one right may go on with another
    yield from _if_all(index, _less({completed: 1, dropped: 1}, {leavers: 1}))


def _treated(index: _Index) -> Iterator[Relation]:
    """With a comparison group the project's persons are those of one arm: of each measure it holds as many."""
    of_arms: dict[str, list[Cell]] = defaultdict(list)
    for (_, _, by), cells_ in index.groups.items():
        for cell in cells_ if by == ARM else ():
            of_arms[cell.group].append(cell)
    for cells_ in of_arms.values():
        wholes = [cell._replace(by=TOTAL, group=TOTAL) for cell in cells_]
        if any(index.values[cell] for cell in cells_) and all(
            index.values.get(whole, index.values[cell]) == index.values[cell]
            for whole, cell in zip(wholes, cells_, strict=True)
        ):
            yield from (
                _less({whole: 1}, {cell: 1}, equal=True)
                for whole, cell in zip(wholes, cells_, strict=True)
                if whole in index.values
            )
    yield from _treated_items(index)


def _treated_items(index: _Index) -> Iterator[Relation]:
    """Pairs of answers to an item of the treated arm are all its pairs."""
    arms: dict[str, list[tuple[Cell, Cell]]] = defaultdict(list)
    for (whole, by2), parts in index.within.items():
        for part in parts if by2 == ARM and whole in index.values else ():
            arms[part.group2].append((whole, part))
    for pairs in arms.values():
        if all(index.values[whole] == index.values[part] for whole, part in pairs):
            yield from (_less({whole: 1}, {part: 1}, equal=True) for whole, part in pairs)


def _if_all(index: _Index, relation: Relation) -> Iterator[Relation]:
    if all(cell in index.values for cell, _ in relation.parts):
        yield relation


def _nested(index: _Index) -> Iterator[Relation]:
    """A larger group has no fewer of anything: target groups within their union, everything within the whole."""
    for measure, less in NESTED:
        for scope in (ALL, *index.scopes):
            whole = index.atom(measure, less, scope, TOTAL, TOTAL)
            union = index.atom(measure, less, scope, GROUPS, ANY_GROUP)
            if whole is None:
                continue
            for by in (by for by in (GROUPS, *sorted(index.overlaps), ITEM) if _comparable(measure, less, by)):
                named = [c.group for c in index.groups.get((measure, scope, by), ())]
                atoms = {g: index.atom(measure, less, scope, by, g) for g in named}
                known = {g: atom for g, atom in atoms.items() if atom is not None}
                larger = union if by == GROUPS and union is not None else whole
                yield from (_less(whole if g == ANY_GROUP else larger, atom) for g, atom in known.items())
                if by == GROUPS and union is not None and len(known) == len(named):
                    yield _none_missing(union, [atom for g, atom in known.items() if g != ANY_GROUP])


def _comparable(measure: str, less: Sequence[str], *bys: str, inside: bool = False) -> bool:
    """Whether a measure means the same of these breakdowns; whoever completed in a field has completed, though."""
    if not {measure, *less} & STANDING or not set(bys) & set(OF_STUDIES):
        return True
    return not inside and measure == "completed" and not less


def _none_missing(union: Mapping[Cell, int], single: list[dict[Cell, int]]) -> Relation:
    """The groups of a union hold together at least as many as the union."""
    relation = _less(union, *single)
    return Relation(tuple((cell, -factor) for cell, factor in relation.parts), False)


def _overlaps(index: _Index) -> Iterator[Relation]:
    """Persons in two groups at once are in each; two and three groups lie within their union."""
    for (by, by2, group2), cells_ in index.crossed.items():
        union = Cell("persons", ALL, GROUPS, ANY_GROUP) if by == by2 == GROUPS else Cell("persons")
        for cell in (c for c in cells_ if c.measure == "persons"):
            one, other = cell._replace(by2="", group2=""), Cell("persons", ALL, by2, group2)
            for whole in (one, other):
                yield from _if_all(index, _less({whole: 1}, {cell: 1}))
            yield from _if_all(index, _less({union: 1, cell: 1}, {one: 1}, {other: 1}))
    yield from _triples(index)


def _triples(index: _Index) -> Iterator[Relation]:
    groups = sorted(c.group for c in index.groups.get(("persons", ALL, GROUPS), ()) if c.group != ANY_GROUP)
    union = Cell("persons", ALL, GROUPS, ANY_GROUP)
    for three in combinations(groups, 3):
        pairs = {_both_groups(a, b): 1 for a, b in combinations(three, 2)}
        single = [{Cell("persons", ALL, GROUPS, g): 1} for g in three]
        yield from _if_all(index, _less({union: 1} | pairs, *single))
        for i, one in enumerate(three):
            b, c = three[:i] + three[i + 1 :]
            disjoint = {Cell("persons", ALL, GROUPS, one): 1, _both_groups(b, c): 1}
            yield from _if_all(index, _less(disjoint, {_both_groups(one, b): 1}, {_both_groups(one, c): 1}))


def _defined(index: _Index) -> Iterator[Relation]:
    """Target groups that are made of whole groups, lie within one or contain one: then so for every measure."""
    for (by, by2, target), crossed in index.crossed.items():
        size = index.values.get(Cell("persons", ALL, GROUPS, target))
        if by2 != GROUPS or by == GROUPS or size is None:
            continue
        whole = [c for c in crossed if index.values[c] == index.values.get(Cell("persons", ALL, by, c.group))]
        if index.parts(by) and sum(index.values[c] or 0 for c in whole) == size:
            yield from _made_of(index, target, by, {c.group for c in whole})
            continue
        around = [c.group for c in crossed if index.values[c] == size]
        yield from _inside(index, [((GROUPS, target), (by, group)) for group in around])
        yield from _inside(index, [((by, c.group), (GROUPS, target)) for c in whole])


def _contained(index: _Index) -> Iterator[Relation]:
    """By their definitions, persons of a cell are among those of another; both ways, they are the same. Of whom there
    can be none there are none."""
    single = [c for c in index.values if c[:2] == ("persons", ALL) and not c.by2]
    crossed = [c for cells_ in index.crossed.values() for c in cells_ if c[:2] == ("persons", ALL)]
    meant: dict[Cell, Definition] = {}
    scales = index.groups.get(("paired", ALL, ITEM), ())
    for cell in [*single, *crossed, *scales]:
        places = [place for place in ((cell.by, cell.group), (cell.by2, cell.group2)) if place[0]]
        of = of_both(index.defined, places)
        if of is not None and of.empty:
            yield Relation(((cell, 1),), True)
        elif of is not None:
            meant[cell] = of
    among: dict[frozenset[tuple[str, bool]], list[tuple[Cell, Definition]]] = {}
    for cell, of in meant.items():
        if of.columns not in among:
            among[of.columns] = [(larger, other) for larger, other in meant.items() if other.columns <= of.columns]
        for larger, other in among[of.columns]:
            if cell is not larger and of <= other:
                yield _less({larger: 1}, {cell: 1}, equal=other <= of)
                if not (cell.by2 or larger.by2):
                    yield from _inside(index, [((cell.by, cell.group), (larger.by, larger.group))])


def _made_of(index: _Index, target: str, by: str, groups: set[str]) -> Iterator[Relation]:
    for (measure, scope, kind), places in index.groups.items():
        cell = Cell(measure, scope, GROUPS, target)
        if kind == by and cell in index.values:
            yield _less({cell: 1}, *({c: 1} for c in places if c.group in groups), equal=True)


def _inside(index: _Index, pairs: list[tuple[tuple[str, str], tuple[str, str]]]) -> Iterator[Relation]:
    for small, large in pairs:
        for measure, less in (n for n in NESTED if _comparable(*n, small[0], large[0], inside=True)):
            for scope in (ALL, *index.scopes):
                inner, outer = (index.atom(measure, less, scope, *place) for place in (small, large))
                if inner is not None and outer is not None:
                    yield _less(outer, inner)


def _so_far(index: _Index) -> Iterator[Relation]:
    """So many by the end of each term: those of the term and of all before."""
    for by, group in ((TOTAL, TOTAL), (GROUPS, ANY_GROUP)):
        before: list[Cell] = []
        for scope in index.scopes:
            so_far = Cell("so_far", scope, by, group)
            yield from _adds_up(so_far, [Cell("persons", scope, by, group), *before], index)
            before = [so_far]
        yield from _adds_up(Cell("persons", ALL, by, group), before, index)


def _of_items(index: _Index) -> Iterator[Relation]:
    """Pairs of answers add up to those who answered twice, and to those who went up, stayed and went down."""
    for (cell, _), parts in index.within.items():
        if cell.by == ITEM:
            yield from _adds_up(cell, parts, index)
    for cell in index.groups.get(("paired", ALL, ITEM), ()):
        yield from _if_all(index, _less({Cell("both"): 1}, {cell: 1}))
        yield from _of_all_questions(cell, index)
        for survey in ("start", "end"):
            asked, given, unsure = (
                cell._replace(measure=f"{survey}_{what}") for what in ("asked", "given", "cannot_say")
            )
            yield from _if_all(index, _less({asked: 1}, {given: 1}, {unsure: 1}))
        pairs = {c: c.group2.split(">") for c in index.within.get((cell, "pre>post"), ())}
        for measure, way in (("higher", 1), ("lower", -1)):
            those = (c for c, (pre, post) in pairs.items() if (float(post) - float(pre)) * way > 0)
            yield from _adds_up(cell._replace(measure=measure), those, index)
        yield from _agreeing(cell, pairs, index)


def _asked(index: _Index) -> Iterator[Relation]:
    """Who answered a survey was asked its questions, and answered each in both surveys, in this one alone, or not."""
    for survey in ("start", "end"):
        for asked in index.groups.get((f"{survey}_asked", ALL, ITEM), ()):
            yield from _if_all(index, _less({Cell(survey): 1}, {asked: 1}, equal=True))
        for alone in index.groups.get((f"{survey}_alone", ALL, ITEM), ()):
            paired = alone._replace(measure="paired")
            yield from _if_all(index, _less({Cell(survey): 1}, {alone: 1}))
            yield from _if_all(index, _less({Cell(survey): 1}, {alone: 1}, {paired: 1}))


def _of_all_questions(scale: Cell, index: _Index) -> Iterator[Relation]:
    """Whoever answered all questions of a scale has it: as many at least as the questions' pairs leave no room for."""
    of = index.defined.get((ITEM, scale.group), Definition())
    questions = [g for by, g in index.defined if by == ITEM and of < index.defined[by, g]]
    if questions:
        room = {scale: 1, Cell("both"): len(questions) - 1}
        yield from _if_all(index, _less(room, *({scale._replace(group=each): 1} for each in questions)))


def _agreeing(cell: Cell, pairs: Mapping[Cell, list[str]], index: _Index) -> Iterator[Relation]:
    """Pairs of answers add up to those who agreed at the start, and at the end."""
    given = [float(answer) for pair in pairs.values() for answer in pair]
    least = agrees_from(min(given), max(given)) if given else None
    if least is None:
        return
    for place, measure in enumerate(("agree_start", "agree_end")):
        those = [c for c, pair in pairs.items() if float(pair[place]) >= least]
        yield from _adds_up(cell._replace(measure=measure), those, index)


def _of_comments(index: _Index) -> Iterator[Relation]:
    """Those whose comment touches a theme, and those whose touches none, are the ones who left a comment."""
    for (whole, _), parts in index.within.items():
        if whole.measure == "comments" and whole in index.values:
            yield _none_missing({whole: 1}, [{part: 1} for part in parts])
            none = {part: 1 for part in parts if part.group2 == NO_THEME}
            yield from (_less({whole: 1}, none, {part: 1}) for part in parts if part not in none)
    for survey in ("start", "end"):
        yield from _if_all(index, _less({Cell("responses"): 1}, {Cell("comments", ALL, SURVEY, survey): 1}))
        yield from _if_all(index, _less({Cell(survey): 1}, {Cell("comments", ALL, SURVEY, survey): 1}))


def over_terms(values: Mapping[Cell, int | None]) -> list[Relation]:
    """What holds between the terms of one release and its whole, as far as these values do."""
    index = _Index(values)
    found = (as_far_as_true(relation, values) for make in (_terms, _so_far) for relation in make(index))
    return [relation for relation in found if relation is not None]
