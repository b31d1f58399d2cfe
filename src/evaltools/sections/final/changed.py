"""What changed since the last term: the rows of ``changes.compare``, in order of how much they matter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import TOTAL
from evaltools.disclosure import policy
from evaltools.report.document import Column, Number, Part, Table, Value
from evaltools.report.render import html
from evaltools.results import changes
from evaltools.results.records import ROUNDED, ResultSet, as_blocks, pick, value
from evaltools.sections.material import Labels, number
from evaltools.statistics import ranges
from evaltools.study.model import Study

COUNTED = ("participants.composition", "participants.completion")  # facts of the register, reported whatever they are
MOST = 8  # changes said in sentences; the table has them all


def rows(
    results: ResultSet, study: Study, now: pd.DataFrame, before: pd.DataFrame | None, between: pd.DataFrame | None
) -> None:
    """Each followed number now, before, and the difference with its interval; nothing for the first term."""
    if before is None:
        return
    now, before = as_blocks(now), as_blocks(before)
    found = changes.compare(now, before, {t.id: t.value for t in study.targets}, between)
    for change in found.to_dict("records"):
        place = {"item": change["item"], "by": change["by"], "group": change["group"]}
        place["by2"] = f"{change['topic']}.{change['table']}"
        ends = {end: _finite(change[end]) for end in ("lower", "upper")}
        for which, rest in (("before", {}), ("now", {}), ("difference", {**ends, "note": change["why"]})):
            results.amount(
                "change", change["measure"], _finite(change[which]), change["kind"], group2=which, **place, **rest
            )
    least = 2 * policy.step(study.disclosure) if results.protected else 0
    for line in changes.revised(now, before, least).to_dict("records"):
        place = {"scope": line["scope"], "by": line["topic"], "note": line["why"]}
        for which in ("before", "now"):
            near = _near(line[which], results)
            results.amount("revised", line["measure"], line[which], "integer", group=which, **place, **near)


def _near(count: float, results: ResultSet) -> dict[str, Any]:
    """What a published count can be, where it is rounded."""
    if not results.within or pd.isna(count):
        return {}
    span = ranges.around(int(count), results.within)
    return {"status": ROUNDED, "possible_lower": span.low, "possible_upper": span.high}


def _finite(number: float | None) -> float | None:
    return None if pd.isna(number) else number


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part:
    """The weightiest changes in sentences, then every followed number in their order."""
    heading = labels.say("report.changes_heading")
    found = pick(rows, topic="report", table="change")
    earlier = [term for term in labels.study.terms_to(labels.term.id) if term.id != labels.term.id]
    if found.empty or not earlier:
        return Part("changes", heading, [labels.say("report.no_earlier")])
    term_before = max(earlier, key=lambda term: term.start).name(labels.language)
    before = labels.inside(term_before)
    differences = pick(found, group2="difference")
    weighty = differences[differences["note"].isin(changes.MATTERS)]
    sentences = [_sentence(found, row, labels) for _, row in weighty.iloc[:MOST].iterrows()]
    counts = {"changed": labels.number(len(weighty)), "all": labels.number(len(differences))}
    opening = labels.say("report.changes_count", before=before, **counts)
    sentences = [opening, *sentences] if sentences else [labels.say("report.none_moved")]
    untold = int((differences["note"] == "unjudged").sum())
    sentences += [labels.say("report.changes_untold", n=untold)] if untold else []
    counted = differences[(differences["note"] == "register") & (differences["by"] == TOTAL)]
    counted = counted[counted["by2"].isin(COUNTED)]
    sentences += [_sentence(found, row, labels) for _, row in counted.iterrows()]
    table = _table(found, differences, term_before, len(weighty), labels)
    revised = _revised(rows, labels, term_before)
    return Part("changes", heading, [*sentences, labels.say("report.changes_how")], [table, *revised])


def _revised(rows: pd.DataFrame, labels: Labels, before: str) -> list[Table]:
    """Numbers of earlier terms that are another now, and why they may be."""
    revised = pick(rows, topic="report", table="revised")
    if revised.empty:
        return []
    columns = [
        (Column(labels.say("report.measure")), lambda row: labels.say(f"report.revised.{row['by']}_{row['measure']}")),
        (Column(labels.by("term")), lambda row: labels.scope(row["scope"])),
        (Column(before, "integer"), number("estimate")),
        (Column(labels.term.name(labels.language), "integer"), _now(revised)),
        (Column(labels.say("report.why_revised")), lambda row: labels.say(f"report.revised.{row['note']}")),
    ]
    caption = labels.say("report.revised_table", before=labels.inside(before))
    return [labels.table("revised", caption, pick(revised, group="before"), columns)]


def _now(revised: pd.DataFrame) -> Callable[[pd.Series], Value]:
    def read(row: pd.Series) -> Value:
        return value(revised, measure=row["measure"], scope=row["scope"], by=row["by"], group="now")

    return read


def _sentence(found: pd.DataFrame, row: pd.Series, labels: Labels) -> str:
    was, now = (html.cell(_of(found, row, which), Column(""), labels.language) for which in ("before", "now"))
    words = {"label": label(row, labels), "before": was, "now": now}
    words["difference"] = html.cell(_difference(row, "estimate"), Column(""), labels.language)
    lower, upper = (html.cell(_difference(row, end), Column(""), labels.language) for end in ("lower", "upper"))
    return labels.say(f"report.why.{row['note']}", interval=i18n.interval(lower, upper, labels.language), **words)


def _of(found: pd.DataFrame, row: pd.Series, which: str) -> Number:
    place = {key: row[key] for key in ("measure", "item", "by", "group", "by2")}
    return Number(value(found, group2=which, **place), row["unit"])


def _difference(row: pd.Series, column: str) -> Number:
    """A difference of shares is in percentage points."""
    return Number(number(column)(row), "points" if row["unit"] == "percent" else row["unit"])


def label(row: pd.Series, labels: Labels) -> str:
    """What a followed number is called: its measure, and the group, question or target it is of."""
    topic, table = row["by2"].split(".")
    if table == "targets":
        return next(t.name(labels.language) for t in labels.study.targets if t.id == row["item"])
    of = "_group" if row["by"] not in ("", TOTAL, "benchmark") else ""
    name = labels.say(f"report.key.{topic}_{table}_{row['measure']}{of}")
    if table == "missing":
        return f"{name}: {labels.inside(labels.by('age_group' if row['item'] == 'age' else row['item']))}"
    if table in ("item", "feedback"):
        return f"{name}: {labels.say('survey.quoted', question=labels.question(row['item']))}"
    if of or (table == "benchmark" and len(labels.study.benchmarks) > 1):
        return f"{name}: {labels.group(row['by'], row['group'])}"
    return name


def _table(found: pd.DataFrame, differences: pd.DataFrame, before: str, weighty: int, labels: Labels) -> Table:
    """Every followed number; the weighty ones, which stand first, are shown at once."""
    lines: list[list[Value]] = [
        [
            label(row, labels),
            *(_of(found, row, which) for which in ("before", "now")),
            *(_difference(row, column) for column in ("estimate", "lower", "upper")),
            labels.say(f"report.kind.{row['note']}"),
        ]
        for _, row in differences.iterrows()
    ]
    columns = [
        Column(labels.say("report.measure")),
        Column(before, "range"),
        Column(labels.term.name(labels.language), "range"),
        Column(labels.say("report.difference"), "range"),
        Column(labels.say("column.lower"), "range", span=labels.say("column.interval")),
        Column(labels.say("column.upper"), "range"),
        Column(labels.say("report.meaning")),
    ]
    caption = labels.say("report.changes", before=labels.inside(before))
    return Table("changes", caption, columns, lines, labels.language, first=weighty)
