"""What every report of rates is made of: a forest and a table of result rows, and intervals and points in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Kind, Table, Value
from evaltools.results.records import EXACT, pick
from evaltools.sections import dated
from evaltools.sections.material import Labels, floats, number
from evaltools.statistics import types

MAIN = ("employed", "student_full_time", "student_any")
EValues = tuple[float | None, float | None]  # of an estimate, and of the limit of its interval
UNTOLD: EValues = (None, None)


def headline_measures(rows: pd.DataFrame) -> list[str]:
    """The main measures the rows have; further study stands once where nobody can be seen to work and study."""
    present = set(pick(rows, table="placement")["measure"])
    return [m for m in MAIN if m in present and (m != "student_any" or "employed_student" in present)]


def source(labels: Labels) -> str:
    return labels.source("participants", "followup")


def with_e_values(said: Sequence[tuple[str, EValues]], labels: Labels) -> list[str]:
    """Each sentence with its E-values, if it has any; what they are is told with the first."""
    sentences, key = [], "comparison.unseen"
    for sentence, (point, limit) in said:
        if point is not None and limit is not None:
            sentence += " " + labels.say(key, point=labels.decimal(point), limit=labels.decimal(limit))
            key = "comparison.unseen_too"
        sentences.append(sentence)
    return sentences


def forest(
    id: str, caption: str, row_labels: list[str], chosen: pd.DataFrame, labels: Labels, counted: bool = True
) -> Figure:
    """Rates with interval and worst/best case; ``counted`` prints how many answered."""
    ends = zip(floats(chosen["bound_lower"]), floats(chosen["bound_upper"]), strict=True)
    return charts.forest(
        id,
        caption,
        row_labels,
        *(floats(chosen[c]) for c in ("estimate", "lower", "upper")),
        n=[None if n is None else int(n) for n in floats(chosen["answered"])] if counted else None,
        bounds=list(ends) if (chosen["bound_lower"] < chosen["bound_upper"]).any() else None,
        unit=labels.say("figure.unit.known"),
        total=None if counted else chosen["answered"].max(),
        language=labels.language,
        source=source(labels),
    )


def rate_table(
    id: str,
    caption: str,
    row_labels: list[str],
    heading: str,
    chosen: pd.DataFrame,
    labels: Labels,
    rows: pd.DataFrame | None = None,
) -> Table:
    """Rates with all that belongs to them, one line a group; ``rows`` may hold how they were last printed exactly.

    The rate comes first: it is what a narrow screen shows beside the name.
    """
    named = iter(row_labels)
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(heading), lambda row: next(named)),
        (Column(labels.say("column.share"), "percent"), labels.share_of),
        *ends(labels, "percent"),
        (Column(labels.say("placement.column.count"), "integer"), number("count")),
        (Column(labels.say("placement.column.answered"), "integer"), number("answered")),
    ]
    declared = labels.study.followup and labels.study.followup.invited
    if declared or (chosen["invited"] != chosen["answered"]).any():
        columns.append((Column(labels.say("placement.column.invited"), "integer"), number("invited")))
        if chosen["response_rate"].notna().any():
            columns.append((Column(labels.say("placement.column.response"), "percent"), number("response_rate")))
    if chosen["weighted"].notna().any():
        columns.append((Column(labels.say("placement.column.weighted"), "percent"), number("weighted")))
    if (chosen["bound_lower"] < chosen["bound_upper"]).any():
        lower = Column(labels.say("column.bound_lower"), "percent", span=labels.say("column.bounds"))
        columns += [(lower, number("bound_lower"))]
        columns += [(Column(labels.say("column.bound_upper"), "percent"), number("bound_upper"))]
    columns += [] if rows is None else dated.column(rows, labels, chosen)
    notes = [labels.say("placement.explain.columns")]
    return labels.table(id, caption, chosen, columns, source=source(labels), notes=notes)


def within(table: Table, heading: str, groups: Sequence[str]) -> Table:
    """The table with a first column that says which group each row is in: on a page, headings between the rows."""
    lines = [[group, *line] for group, line in zip(groups, table.rows, strict=True)]
    return dataclasses.replace(table, columns=[Column(heading), *table.columns], rows=lines)


def ends(labels: Labels, kind: Kind) -> list[tuple[Column, Callable[[pd.Series], Value]]]:
    lower = Column(labels.say("column.lower"), kind, span=labels.say("column.interval"))
    return [(lower, number("lower")), (Column(labels.say("column.upper"), kind), number("upper"))]


def how_many_asked(rows: pd.DataFrame, labels: Labels) -> Literal["declared", "undeclared", "not_told"]:
    """Whether it is known how many were to answer the follow-up.

    It is where the study file says so, where some rows have no answer, and where all who left have a row. Rounded
    counts tell it only where some answer is missing whatever the exact counts are; else it is ``not_told``.
    """
    if labels.study.followup is not None and labels.study.followup.invited:
        return "declared"
    here = pick(rows, table="followup", scope=ALL)
    if (here["status"] == EXACT).all():
        count = {row["measure"]: row["count"] for _, row in here.iterrows()}
        known = count.get("unknown", 0) or count.get("leavers") == count.get("invited")
        return "declared" if known else "undeclared"
    most = pick(here, measure="answered")[["estimate", "possible_upper"]].bfill(axis=1).iloc[:, 0]
    return "declared" if (most < 1).any() else "not_told"


def side(row: pd.Series, reference: float = 0.0) -> str:
    """Where the interval of a row lies: above the reference, below it, or undecided (``types.side``).

    ``not_told`` where it is the union of the intervals of all counts that fit rounded ones, and lies on both sides; and
    where a limit that was moved outward lies on the reference, since the limit itself may not.
    """
    lower, upper = number("lower")(row), number("upper")(row)
    found = types.side(lower, upper, reference)
    outward = row["edition"] == "public" and reference in (lower, upper)
    return "not_told" if found == "unclear" and (row["status"] != EXACT or outward) else found


def points_of(row: pd.Series, labels: Labels) -> str:
    """A difference of shares for a sentence: a number, or between what it lies."""
    if pd.notna(row["estimate"]) or pd.isna(row["possible_lower"]):
        return labels.points(row["estimate"])
    return labels.points_interval(row["possible_lower"], row["possible_upper"])
