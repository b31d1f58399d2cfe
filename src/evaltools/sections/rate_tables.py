"""What every report of rates is made of: a forest and a table of result rows, and intervals and points in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import pandas as pd

from evaltools import i18n
from evaltools.disclosure import policy
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Kind, Table, Value
from evaltools.results.records import Book, pick
from evaltools.sections.material import Reader, number, plain

MAIN = ("employed", "student_full_time", "student_any")


def told(rows: pd.DataFrame) -> list[str]:
    """The main measures the rows have; further study is told once where nobody can be seen to work and study."""
    present = set(pick(rows, table="placement")["measure"])
    return [m for m in MAIN if m in present and (m != "student_any" or "employed_student" in present)]


def source(reader: Reader) -> str:
    return reader.source("participants", "followup")


def enough(book: Book, answered: int) -> bool:
    """Whether a rate on so many answers may be shown: what is computed from it follows the same rule."""
    return not book.protected or answered >= 2 * policy.step(book.settings)


def forest(
    id: str, caption: str, labels: list[str], chosen: pd.DataFrame, reader: Reader, counted: bool = True
) -> Figure:
    """Rates with interval and worst/best case; ``counted`` prints how many answered."""
    ends = zip(plain(chosen["bound_lower"]), plain(chosen["bound_upper"]), strict=True)
    return charts.forest(
        id,
        caption,
        labels,
        *(plain(chosen[c]) for c in ("estimate", "lower", "upper")),
        n=[None if n is None else int(n) for n in plain(chosen["answered"])] if counted else None,
        bounds=list(ends) if (chosen["bound_lower"] < chosen["bound_upper"]).any() else None,
        unit=reader.say("figure.unit.known"),
        total=None if counted else chosen["answered"].max(),
        language=reader.language,
        source=source(reader),
    )


def rate_table(id: str, caption: str, labels: list[str], heading: str, chosen: pd.DataFrame, reader: Reader) -> Table:
    """Rates with all that belongs to them, one line a group."""
    named = iter(labels)
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(heading), lambda row: next(named)),
        (Column(reader.say("placement.column.invited"), "integer"), number("invited")),
        (Column(reader.say("placement.column.answered"), "integer"), number("answered")),
        (Column(reader.say("placement.column.response"), "percent"), number("response_rate")),
        (Column(reader.say("placement.column.count"), "integer"), number("count")),
        (Column(reader.say("column.share"), "percent"), number("estimate")),
        *ends(reader, "percent"),
    ]
    if chosen["weighted"].notna().any():
        columns.append((Column(reader.say("placement.column.weighted"), "percent"), number("weighted")))
    if (chosen["bound_lower"] < chosen["bound_upper"]).any():
        lower = Column(reader.say("column.bound_lower"), "percent", span=reader.say("column.bounds"))
        columns += [(lower, number("bound_lower"))]
        columns += [(Column(reader.say("column.bound_upper"), "percent"), number("bound_upper"))]
    notes = [reader.say("placement.explain.columns")]
    return reader.table(id, caption, chosen, columns, source=source(reader), notes=notes)


def within(table: Table, heading: str, groups: Sequence[str]) -> Table:
    """The table with a first column that says which group each row is in: on a page, headings between the rows."""
    lines = [[group, *line] for group, line in zip(groups, table.rows, strict=True)]
    return dataclasses.replace(table, columns=[Column(heading), *table.columns], rows=lines)


def ends(reader: Reader, kind: Kind) -> list[tuple[Column, Callable[[pd.Series], Value]]]:
    lower = Column(reader.say("column.lower"), kind, span=reader.say("column.interval"))
    return [(lower, number("lower")), (Column(reader.say("column.upper"), kind), number("upper"))]


def share_range(lower: float, upper: float, reader: Reader) -> str:
    """An interval of shares, the per cent sign once."""
    return i18n.interval(reader.decimal(lower * 100, 1), reader.percent(upper))


def side(row: pd.Series) -> str:
    """Where the interval lies: above zero, below it, or on both sides."""
    return "above" if row["lower"] > 0 else "below" if row["upper"] < 0 else "even"


def points(share: float, reader: Reader) -> str:
    return reader.say("html.points_said", number=_signed(share, reader))


def _signed(share: float, reader: Reader) -> str:
    shown = reader.decimal(share * 100, 1)
    return "+" + shown if share > 0 and any(c in "123456789" for c in shown) else shown


def points_range(lower: float, upper: float, reader: Reader) -> str:
    return i18n.interval(_signed(lower, reader), points(upper, reader))
