"""What is published about persons, cell by cell, and what a reader knows to hold between the cells.

A cell is one quantity, however often it is printed: the total of a share and the size of the group are the same cell.
Relations are what anybody can work out without seeing a single number: groups of a partition add up to the total,
terms to the whole, a part is no larger than its whole, a target group defined by education is the sum of its levels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import NamedTuple

import pandas as pd

from evaltools.counts import ALL, BACKGROUND, OF_ENROLMENT, OUTCOMES, TOTAL
from evaltools.tidy import ANY_GROUP, UNKNOWN, Tables

GROUPS = "target_group"
ITEM = "item"


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


# --- tables to cells ---------------------------------------------------------------------------------------------

# of which measures another is the sum; a part never exceeds its sum
SUMS: dict[str, tuple[str, ...]] = {
    "persons": ("once", "again"),
    "known": OUTCOMES,
    "answered": ("employed", "student_full_time", "unemployed", "other"),
    "student_any": ("student_full_time", "employed_student"),
    "asked_at_end": ("both", "start_only", "end_only", "neither"),
    "end": ("both", "end_only"),
    "leavers": ("completed", "dropped"),
    "paired": ("higher", "same", "lower"),
    "end_given": ("paired", "end_alone"),
}
# (part, whole): of the same persons
WITHIN: tuple[tuple[str, str], ...] = (
    *(("known", "persons"), ("asked_at_end", "persons"), ("start", "persons"), ("invited", "persons")),
    *(("answered", "invited"), ("employed_student", "employed"), ("end", "asked_at_end"), ("both", "start")),
    *(("leavers", "asked_at_end"), ("missing", "persons"), ("persons", "enrolments"), ("invited", "followup")),
    *(("late", "responses"), ("paired", "start_asked"), ("end_given", "end_asked"), ("applicants", "reached")),
)
# measures of which a larger group has no fewer: whole measures and what is left of one without another
NESTED: tuple[tuple[str, str], ...] = (
    *((m, "") for m in ("persons", "reached", "applicants", *OUTCOMES)),
    *((m, "") for m in ("employed_student", "student_full_time", "unemployed", "other")),
    *((m, "") for m in ("both", "start_only", "end_only", "neither")),
    *(("employed", "employed_student"), ("invited", "answered"), ("persons", "invited")),
    *(("persons", "known"), ("persons", "asked_at_end")),
)
STEPS = {"participants": "persons"}


def _of_rows(frame: pd.DataFrame, make: Callable[..., Cell], *columns: str) -> list[Cell]:
    return [make(*row) for row in frame[list(columns)].itertuples(index=False, name=None)]


def _whole(frame: pd.DataFrame, measure: str = "persons") -> list[Cell]:
    scopes = frame["scope"] if "scope" in frame else [ALL] * len(frame)
    return [Cell(measure, scope) for scope in scopes]


def _by_group(frame: pd.DataFrame, measure: str) -> list[Cell]:
    frame = frame if "scope" in frame else frame.assign(scope=ALL)
    return _of_rows(frame, lambda *place: Cell(measure, *place), "scope", "by", "group")


def _composition(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _by_group(frame, "persons"), "total": _whole(frame)}


def _registrations(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame, Cell, "group"), "total": _whole(frame)}


def _cross(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    counts = _of_rows(frame, lambda g, *place: _crossed(*place, g), "target_group", "by", "group")
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
        "count": _of_rows(frame, lambda step, scope: Cell(STEPS.get(step, step), scope), "step", "scope"),
        "total": [
            Cell("asked_at_end" if end else "persons", scope) for end, scope in zip(asked, frame["scope"], strict=True)
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
    answer = _of_rows(frame, lambda q, v: Cell("end_given", ALL, ITEM, q, "answer", f"{v:g}"), "item", "value")
    return {"count": answer}


def _arm_items(frame: pd.DataFrame) -> dict[str, list[Cell]]:
    return {"count": _of_rows(frame, lambda arm, q: Cell("paired", ALL, ITEM, q, "arm", arm), "arm", "item")}


# Count tables of persons: which cell each number of each column is.
TABLES: dict[str, Callable[[pd.DataFrame], dict[str, list[Cell]]]] = {
    "composition": _composition,
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
}


def cells(counts: Tables) -> dict[Cell, int]:
    """Every cell of the count tables with its count, in a fixed order, and the sums that reports make of them.

    Raises ValueError where two tables give one cell two counts, KeyError for an undeclared table.
    """
    found: dict[Cell, int] = {}
    for name, frame in counts.items():
        for column, places in TABLES[name](frame).items():
            for cell, count in zip(places, frame[column].tolist(), strict=True):
                if found.setdefault(cell, count) != count:
                    raise ValueError(f"two counts of one thing: {cell}")
    return dict(sorted((found | _sums(found)).items()))


def _sums(found: Mapping[Cell, int]) -> dict[Cell, int]:
    """Sums that are printed though no table holds them: so far, all channels, all who were asked at the end."""
    sums: dict[Cell, int] = defaultdict(int)
    for by, group in ((TOTAL, TOTAL), (GROUPS, ANY_GROUP)):
        so_far = 0
        for scope in scopes(found):
            so_far += found.get(Cell("persons", scope, by, group), 0)
            sums[Cell("so_far", scope, by, group)] = so_far
    for cell, count in found.items():
        if cell.measure in ("reached", "applicants"):
            sums[Cell(cell.measure, cell.scope)] += count
        if cell.measure in SUMS["asked_at_end"] and cell.scope == ALL and cell.by != TOTAL:
            sums[cell._replace(measure="asked_at_end")] += count
    return sums


def scopes(values: Iterable[Cell]) -> list[str]:
    """The terms that cells are of, in order: their ids as the tables list them (the ids sort by time)."""
    return sorted({cell.scope for cell in values if cell.scope != ALL})
