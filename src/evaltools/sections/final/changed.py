"""What changed since the last term: the rows of ``changes.compare``, told in order of how much they matter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import TOTAL
from evaltools.disclosure import policy
from evaltools.report.document import Column, Number, Part, Table
from evaltools.report.render import html
from evaltools.results import changes
from evaltools.results.records import Book, pick, value
from evaltools.sections.material import Reader, number
from evaltools.study.model import Study

MOST = 8  # changes told in sentences; the table has them all


def rows(book: Book, study: Study, now: pd.DataFrame, before: pd.DataFrame | None) -> None:
    """Each followed number now, before, and the difference with its interval; nothing for the first term."""
    if before is None:
        return
    base = policy.step(study.disclosure) if book.protected else 0
    found = changes.compare(now, before, {t.id: t.value for t in study.targets}, base)
    for change in found.to_dict("records"):
        place = {"item": change["item"], "by": change["by"], "group": change["group"]}
        place["by2"] = f"{change['topic']}.{change['table']}"
        ends = {end: _known(change[end]) for end in ("lower", "upper")}
        for which, rest in (("before", {}), ("now", {}), ("difference", {**ends, "note": change["why"]})):
            book.amount(
                "change", change["measure"], _known(change[which]), change["kind"], group2=which, **place, **rest
            )


def _known(number: float | None) -> float | None:
    return None if pd.isna(number) else number


def part(rows: pd.DataFrame, reader: Reader, _: Mapping) -> Part:
    """The weightiest changes in sentences, then every followed number in their order."""
    heading = reader.say("report.changes_heading")
    found = pick(rows, topic="report", table="change")
    earlier = [term for term in reader.study.terms_to(reader.term.id) if term.id != reader.term.id]
    if found.empty or not earlier:
        return Part("changes", heading, [reader.say("report.no_earlier")])
    before = max(earlier, key=lambda term: term.start).name(reader.language)
    differences = pick(found, group2="difference")
    weighty = differences[differences["note"].isin(changes.MATTERS)]
    sentences = [_sentence(found, row, reader) for _, row in weighty.iloc[:MOST].iterrows()]
    opening = reader.say(
        "report.changes_count", changed=reader.number(len(weighty)), all=reader.number(len(differences)), before=before
    )
    sentences = [opening, *sentences] if sentences else [reader.say("report.none_moved")]
    table = _table(found, differences, before, len(weighty), reader)
    return Part("changes", heading, [*sentences, reader.say("report.changes_how")], [table])


def _sentence(found: pd.DataFrame, row: pd.Series, reader: Reader) -> str:
    was, now = (html.cell(_of(found, row, which), Column(""), reader.language) for which in ("before", "now"))
    words = {"label": label(row, reader), "before": was, "now": now}
    words["difference"] = html.cell(_difference(row, "estimate"), Column(""), reader.language)
    ends = (html.cell(_difference(row, end), Column(""), reader.language) for end in ("lower", "upper"))
    return reader.say(f"report.why.{row['note']}", interval=i18n.interval(*ends), **words)


def _of(found: pd.DataFrame, row: pd.Series, which: str) -> Number:
    place = {key: row[key] for key in ("measure", "item", "by", "group", "by2")}
    return Number(value(found, group2=which, **place), row["unit"])


def _difference(row: pd.Series, column: str) -> Number:
    """A difference of shares is in percentage points."""
    return Number(number(column)(row), "points" if row["unit"] == "percent" else row["unit"])


def label(row: pd.Series, reader: Reader) -> str:
    """What a followed number is called: its measure, and the group, question or target it is of."""
    topic, table = row["by2"].split(".")
    if table == "targets":
        return next(t.name(reader.language) for t in reader.study.targets if t.id == row["item"])
    of = "_group" if row["by"] not in ("", TOTAL) else ""
    name = reader.say(f"report.key.{topic}_{table}_{row['measure']}{of}")
    if table == "missing":
        return f"{name}: {reader.by('age_group' if row['item'] == 'age' else row['item']).lower()}"
    if table in ("item", "feedback"):
        return f"{name}: {reader.say('survey.quoted', question=reader.question(row['item']))}"
    if of:
        return f"{name}: {reader.group(row['by'], row['group'])}"
    return name


def _table(found: pd.DataFrame, differences: pd.DataFrame, before: str, weighty: int, reader: Reader) -> Table:
    """Every followed number; the weighty ones, which stand first, are shown at once."""
    lines = [
        [
            label(row, reader),
            *(_of(found, row, which) for which in ("before", "now")),
            *(_difference(row, column) for column in ("estimate", "lower", "upper")),
            reader.say(f"report.kind.{row['note']}"),
        ]
        for _, row in differences.iterrows()
    ]
    columns = [
        Column(reader.say("report.measure")),
        Column(before, "range"),
        Column(reader.term.name(reader.language), "range"),
        Column(reader.say("report.difference"), "range"),
        Column(reader.say("column.lower"), "range", span=reader.say("column.interval")),
        Column(reader.say("column.upper"), "range"),
        Column(reader.say("report.meaning")),
    ]
    caption = reader.say("report.changes", before=before)
    return Table("changes", caption, columns, lines, reader.language, first=weighty)
