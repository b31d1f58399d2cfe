"""Figures of a public edition that rounding keeps from being exact now: how they were last printed, and of which term.

Each stands as a row of its own (``dated``), whose ``date`` is the id of that term, beside the range of today's figure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.disclosure.cells import ITEM, Cell
from evaltools.report.document import Column, Value
from evaltools.results.records import EXACT, ResultSet, pick
from evaltools.sections.material import Labels, Material
from evaltools.statistics import net_change
from evaltools.statistics.ranges import Span
from evaltools.statistics.types import Estimate

TABLE = "dated"


def rate(material: Material, results: ResultSet, table: str, measure: str, by: str, group: str) -> None:
    """A rate of the whole project so far, where its row of ``table`` is not exact."""
    cells = (Cell(name, ALL, by, group) for name in (measure, "answered", "invited"))
    if (last := _last(material, results, cells, table, measure, by=by, group=group)) is not None:
        term, (counted, answered, invited) = last
        results.rate(TABLE, measure, counted, answered, invited, within=0, date=term, by=by, group=group)


def count(material: Material, results: ResultSet, table: str, measure: str, by: str, group: str, of: str = "") -> None:
    """A count of persons, with its share of another, where its row of ``table`` is not exact."""
    cells = (Cell(name, ALL, by, group) for name in ((measure, of) if of else (measure,)))
    if (last := _last(material, results, cells, table, measure, by=by, group=group)) is not None:
        term, (counted, *whole) = last
        results.count(TABLE, measure, counted, whole[0] if whole else None, within=0, date=term, by=by, group=group)


def change(material: Material, results: ResultSet, item: str, ways: Sequence[str]) -> None:
    """The net change of a question, where its row is not exact; ``ways`` are the measures of better, same and worse."""
    cells = (Cell(way, ALL, ITEM, item) for way in ways)
    if (last := _last(material, results, cells, "item", "net_change", item=item)) is not None:
        term, counts = last
        spans = [Span(n, n) for n in counts]
        results.derived(TABLE, "net_change", _net, *spans, unit="share", answered=sum(counts), date=term, item=item)


def _net(*moved: int) -> Estimate:
    return net_change.net_change(*moved).estimate


def _last(
    material: Material, results: ResultSet, cells: Iterable[Cell], table: str, measure: str, **where: str
) -> tuple[str, list[int]] | None:
    """The last exact counts of these cells with their term, if the row that stands there now is not exact."""
    last = material.last_exact(*cells)
    if last is None:
        return None
    place = {"table": table, "measure": measure, "scope": ALL} | where
    here = next((row for row in results.rows if all(row[k] == v for k, v in place.items())), None)
    return None if here is None or here["status"] == EXACT else last


def said(rows: pd.DataFrame, labels: Labels, measure: str, **where: str) -> str | None:
    """How a figure was last printed exactly, with its term: ``62% (spring 2022)``; None where there is none."""
    found = pick(rows, table=TABLE, measure=measure, **where)
    if found.empty:
        return None
    row = found.iloc[0]
    if row["kind"] == "count":
        figure = labels.number(row["count"])
    else:
        figure = (labels.points if row["kind"] == "statistic" else labels.percent)(row["estimate"])
    return labels.say("label.of_term", figure=figure, term=labels.term_inside(row["date"]))


def sentences(rows: pd.DataFrame, labels: Labels, measure: str, **where: str) -> list[str]:
    """The same as a sentence, where there is one to say."""
    found = said(rows, labels, measure, **where)
    return [] if found is None else [labels.say("label.last_exact", figure=found)]


def column(rows: pd.DataFrame, labels: Labels, chosen: pd.DataFrame) -> list[tuple[Column, Callable[..., Value]]]:
    """A column of them for a table of these rows; none where no row has one."""
    dated = pick(rows, table=TABLE)
    keys = ["measure", "by", "group", "item"]
    if dated.empty or chosen.merge(dated[keys], on=keys).empty:
        return []
    heading = Column(labels.say("column.last_exact"))
    return [(heading, lambda row: said(dated, labels, row["measure"], **{k: row[k] for k in keys[1:]}))]
