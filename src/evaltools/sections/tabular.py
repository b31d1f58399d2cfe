"""Count tables and result rows in words, for a notebook that shows what was counted and what was estimated."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.report.document import Column, Kind, Number, Table, Value
from evaltools.results.records import WITHHELD
from evaltools.sections.material import Labels, number
from evaltools.study.schema import BACKGROUND_TABLES, TABLES

FIRST = 10  # rows of such a table that a notebook shows at once
MEASURES = ("measure", "placement.measure", "placement.step", "survey.who")  # where the catalogue names measures
GROUPS = {"group": "by", "group2": "by2"}  # a column of groups, and the column of their breakdown
NUMBERS: dict[str, Kind] = {"estimate": "decimal", "lower": "decimal", "upper": "decimal"}


def card(labels: Labels, protected: bool) -> Table:
    """What was opened: study, term, edition, and the sources."""
    study, language = labels.study, labels.language
    span = i18n.interval(i18n.date(labels.term.start, language), i18n.date(labels.term.end, language), language)
    lines: list[list[Value]] = [
        [labels.say("run.fact.term"), f"{labels.term.name(language)} ({span})"],
        [labels.say("run.fact.organisation"), study.study.organisation(language)],
        [labels.say("session.edition"), labels.say(f"run.edition.{labels.edition}")],
    ]
    lines += [[labels.say("table.source"), source.name(language)] for source in study.sources]
    columns = [Column(""), Column(study.study.name(language))]
    caption = f"{study.study.name(language)}, {labels.term.name(language)}"
    return Table("opened", caption, columns, lines, language, protected=protected)


def overview(frames: Mapping[str, pd.DataFrame], labels: Labels, protected: bool) -> Table:
    """Which tables there are, how many rows each has and what it tells apart."""
    lines: list[list[Value]] = [
        [_named(f"session.table.{name}", labels) or name, name, len(frame), ", ".join(map(str, frame.columns))]
        for name, frame in frames.items()
    ]
    heads: tuple[tuple[str, Kind], ...] = (
        ("table", "text"),
        ("name", "text"),
        ("rows", "integer"),
        ("columns", "text"),
    )
    columns = [Column(labels.say(f"session.head.{key}"), kind) for key, kind in heads]
    return Table("counted", labels.say("session.counted"), columns, lines, labels.language, protected=protected)


def estimates(rows: pd.DataFrame, labels: Labels, protected: bool) -> Table:
    """Result rows: measure, whom it is about, how many answered, count, estimate and its interval."""
    columns = [
        (Column(_heading("measure", labels)), lambda row: _measure(row["measure"], labels)),
        (Column(labels.say("column.group")), lambda row: _about(row, labels)),
        (Column(labels.say("column.answered"), "integer"), number("answered")),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        *((Column(_heading(name, labels), "range"), _estimate(name)) for name in NUMBERS),
    ]
    notes = [labels.say("note.withheld")] if (rows["status"] == WITHHELD).any() else []
    lines = [[read(row) for _, read in columns] for _, row in rows.iterrows()]
    caption = labels.say("session.estimates", n=len(rows))
    head = [column for column, _ in columns]
    return Table("estimates", caption, head, lines, labels.language, notes, first=FIRST, protected=protected)


def counts(name: str, frame: pd.DataFrame, labels: Labels, protected: bool) -> Table:
    """A count table, its codes in words; a count that is withheld is missing."""
    frame = frame.drop(columns="term") if name in BACKGROUND_TABLES and "term" in frame else frame
    numeric = [column for column in frame if pd.api.types.is_numeric_dtype(frame[column])]
    words = [column for column in frame if column not in numeric]
    columns = [Column(_heading(column, labels)) for column in words]
    columns += [Column(_heading(column, labels), "integer") for column in numeric]
    lines: list[list[Value]] = [
        [*(_word(name, column, row, labels) for column in words), *(number(column)(row) for column in numeric)]
        for _, row in frame.iterrows()
    ]
    caption = labels.say("session.counts", table=_named(f"session.table.{name}", labels) or name)
    return Table(f"counts-{name}", caption, columns, lines, labels.language, first=FIRST, protected=protected)


def _heading(column: str, labels: Labels) -> str:
    return _named(f"session.column.{column}", labels) or _breakdown(column, labels)


def _breakdown(by: str, labels: Labels) -> str:
    own = any(variable.id == by for variable in labels.study.variables)
    return labels.by(by) if own else _named(f"by.{by}", labels) or by


def _named(key: str, labels: Labels) -> str:
    return labels.say(key) if i18n.has(key) else ""


def _measure(measure: str, labels: Labels) -> str:
    return next((found for place in MEASURES if (found := _named(f"{place}.{measure}", labels))), measure)


def _word(table: str, column: str, row: pd.Series, labels: Labels) -> str:
    """One entry of a column of codes in words; the code itself where the study has no word for it."""
    code = row[column]
    if code is None or pd.isna(code):
        return i18n.NOTHING
    if column in GROUPS and GROUPS[column] in row:
        return labels.group(row[GROUPS[column]], code)
    if isinstance(code, pd.Timestamp):
        return i18n.date(code.date(), labels.language)
    known: dict[str, Callable[[str], str]] = {
        "scope": labels.scope,
        "measure": lambda c: _measure(c, labels),
        "step": lambda c: _measure(c, labels),
        "by": lambda c: _breakdown(c, labels),
        "target_group": labels.target_group,
        "item": lambda c: _question(c, labels),
    }
    if column in known:
        return known[column](code)
    if column in GROUPS and table == "overlap":
        return labels.target_group(code)
    codes = TABLES.get(table, {}).get(column)
    return labels.group(codes.codes if codes and codes.codes else column, str(code))


def _question(item: str, labels: Labels) -> str:
    known = {question.id for question in labels.study.survey.questions}
    return labels.question(item) if item in known else item


def _about(row: pd.Series, labels: Labels) -> str:
    """Whom a result is about: question, term, groups; everybody where none is named."""
    named = [_question(row["item"], labels)] if row["item"] else []
    named += [labels.scope(row["scope"])] if row["scope"] not in ("", ALL) else []
    named += [labels.group(row[by], row[group]) for group, by in GROUPS.items() if row[group] and row[by] != TOTAL]
    return ", ".join(named) or labels.say("label.total")


def _estimate(column: str) -> Callable[[pd.Series], Value]:
    """A number of a result row that prints as its unit does."""

    def read(row: pd.Series) -> Value:
        share = row["kind"] in ("rate", "share") or row["unit"] == "share"
        kind: Kind = "percent" if share else "euro" if row["unit"] == "euro" else NUMBERS[column]
        return Number(number(column)(row), kind)

    return read
