"""Stage 07: the final report. Reads result rows only: a summary, what changed since the last term, and the main parts.

Nothing is computed from data here. The parts are those of the other stages, made again from their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import pandas as pd

from evaltools import html
from evaltools.counts import ALL, TOTAL
from evaltools.model import Study, Term
from evaltools.present import Column, Part, Table
from evaltools.results import Book, pick, value
from evaltools.stages.base import Reader

NEEDS = ()
# the parts of each stage that the final report repeats, in its order
CHAPTERS = {
    "monitoring": ("scorecard",),
    "participants": ("target-groups", "represented", "standing"),
    "survey": ("survey-answered", "survey-results", "survey-feedback", "survey-arms"),
    "placement": ("placement-rates", "placement-target-groups", "placement-benchmark", "placement-arms"),
}
AFTER = {
    "monitoring": ("outreach", "actions", "contacts", "budget"),
    "survey": ("survey-cautions",),
    "placement": ("placement-limits",),
}
# the parts whose summaries make that of the report, in this order
SUMMARY = (
    ("monitoring", "scorecard"),
    ("participants", "target-groups"),
    ("survey", "survey-results"),
    ("placement", "placement-rates"),
    ("placement", "placement-arms"),
    ("monitoring", "outreach"),
    ("monitoring", "budget"),
)


@dataclass(frozen=True)
class _Key:
    """A number that is followed from term to term: where it stands and how it is read."""

    topic: str
    table: str
    measure: str
    by: str = TOTAL
    column: str = "estimate"
    kind: str = "percent"
    item: str = ""


KEYS = (
    _Key("participants", "composition", "persons", column="count", kind="integer"),
    _Key("participants", "completion", "completed"),
    _Key("participants", "completion", "dropped"),
    _Key("survey", "responses", "both", by=""),
    _Key("placement", "followup", "answered", by=""),
    _Key("placement", "placement", "employed"),
    _Key("placement", "placement", "student_full_time"),
    _Key("placement", "placement", "student_any"),
    _Key("monitoring", "budget", "spent_share", by=""),
)


# --- rows ---


def rows(study: Study, term: Term, edition: str, now: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """The followed numbers now, at the end of the term before, and their difference; nothing for the first term."""
    book = Book(study.id, term.id, edition, "report", study.disclosure)
    if before is not None:
        for key in _keys(study):
            _follow(book, key, now, before)
    return book.frame()


def _keys(study: Study) -> list[_Key]:
    targets = [_target_key(t.id, t.measure) for t in study.targets]
    primary = [i.id for i in study.survey.items if i.primary] + [s.id for s in study.survey.scales if s.primary]
    items = [_Key("survey", "item", "rank_biserial", by="", kind="decimal", item=item) for item in primary]
    return [*targets, *KEYS, *items]


def _target_key(target: str, measure: str) -> _Key:
    counted = measure in ("target_group_students", "participants")
    column, kind = ("count", "integer") if counted else ("estimate", "percent")
    return _Key("monitoring", "targets", "actual", by="", column=column, kind=kind, item=target)


def _follow(book: Book, key: _Key, now: pd.DataFrame, before: pd.DataFrame) -> None:
    where = {"topic": key.topic, "table": key.table, "measure": key.measure, "scope": ALL, "by": key.by}
    here, there = (pick(rows, **where, item=key.item) for rows in (now, before))
    new, old = value(here, key.column), value(there, key.column)
    if new is None or old is None:
        return
    place = {"item": key.item, "by": key.topic, "group": key.table}
    moved = "moved" if _moved(here, there, new, old) else ""
    for which, number in (("now", new), ("before", old), ("difference", new - old)):
        note = moved if which == "difference" else ""
        book.amount("change", key.measure, number, key.kind, group2=which, note=note, **place)


def _moved(here: pd.DataFrame, there: pd.DataFrame, new: float, old: float) -> bool:
    """Whether each estimate lies outside the interval of the other; False where they have no intervals."""
    ends = [value(rows, column) for rows in (here, there) for column in ("lower", "upper")]
    if any(end is None for end in ends):
        return False
    lower, upper, old_lower, old_upper = ends
    return not (lower <= old <= upper) and not (old_lower <= new <= old_upper)  # type: ignore[operator]


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """Summary, what changed, then the main parts of every stage, and what cannot be concluded."""
    stages = {
        topic: _stage_parts(rows, reader, topic) for topic in ("participants", "survey", "placement", "monitoring")
    }
    result = [_summary(stages, reader), _changes(rows, reader)]
    for chapters in (CHAPTERS, AFTER):
        for topic, ids in chapters.items():
            result += [stages[topic][i] for i in ids if i in stages[topic]]
    return [*result, _method(reader)]


def _stage_parts(rows: pd.DataFrame, reader: Reader, topic: str) -> dict[str, Part]:
    module = import_module(f"evaltools.stages.{topic}")
    return {part.id: part for part in module.parts(pick(rows, topic=topic), reader)}


def _summary(stages: dict[str, dict[str, Part]], reader: Reader) -> Part:
    sentences = [s for topic, part in SUMMARY if part in stages[topic] for s in stages[topic][part].summary]
    return Part("summary", reader.say("report.summary_heading"), sentences)


def _changes(rows: pd.DataFrame, reader: Reader) -> Part:
    heading = reader.say("report.changes_heading")
    changes = pick(rows, topic="report", table="change")
    if changes.empty:
        return Part("changes", heading, [reader.say("report.no_earlier")])
    earlier = max(reader.study.terms_to(reader.term.id)[:-1], key=lambda t: t.start)
    differences = pick(changes, group2="difference")
    lines, moved = [], []
    for _, row in differences.iterrows():
        place = {"measure": row["measure"], "item": row["item"], "by": row["by"], "group": row["group"]}
        was, now = (value(changes, group2=which, **place) for which in ("before", "now"))
        label = _label(row, reader)
        gap = "points" if row["unit"] == "percent" else row["unit"]
        lines.append(
            [label, *(_show(row["unit"], number, reader) for number in (was, now)), _show(gap, row["estimate"], reader)]
        )
        if row["note"] == "moved":
            moved.append(label)
    columns = [
        Column(reader.say("report.measure")),
        Column(earlier.name(reader.language), "range"),
        Column(reader.term.name(reader.language), "range"),
        Column(reader.say("report.difference"), "range"),
    ]
    key = "report.moved" if moved else "report.none_moved"
    sentences = [reader.say(key, what="; ".join(moved)), reader.say("report.changes_how")]
    caption = reader.say("report.changes", before=earlier.name(reader.language))
    return Part("changes", heading, sentences, [Table("changes", caption, columns, lines, reader.language)])


def _label(row: pd.Series, reader: Reader) -> str:
    if row["group"] == "targets":
        return next(t.name(reader.language) for t in reader.study.targets if t.id == row["item"])
    label = reader.say(f"report.key.{row['by']}_{row['group']}_{row['measure']}")
    return f"{label}: {reader.question(row['item'])}" if row["item"] else label


def _show(unit: str, number: float | None, reader: Reader) -> str:
    """One column holds counts, shares and effects, so each is written out in its own unit."""
    return html.cell(number, Column("", unit), reader.language)  # type: ignore[arg-type]


def _method(reader: Reader) -> Part:
    """How the numbers were made and protected, in words."""
    settings = reader.study.disclosure
    notes = [
        reader.say("report.method_intervals"),
        reader.say("report.method_coverage"),
        reader.say("report.method_nonresponse"),
        reader.say("report.method_tests"),
    ]
    if reader.edition == "internal":
        notes.append(reader.say("report.method_internal"))
    elif settings.method == "rounding":
        notes.append(reader.say("report.method_rounding", base=settings.base, least=2 * settings.base))
    else:
        notes.append(reader.say("report.method_open", reason=settings.reason))
    return Part("method", reader.say("report.method_heading"), notes)
