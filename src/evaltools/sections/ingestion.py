"""Stage 01: what was read, what could be linked, and what is missing."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL, breakdowns
from evaltools.ingest.tidy import Tables
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import pick, value
from evaltools.sections.material import Labels, Material, as_int, number
from evaltools.study.problems import capped, notes_of
from evaltools.study.schema import BACKGROUND_TABLES

NEEDS = ()
# tidy tables with one row (or more) a person: their sizes are counts of persons
OF_PERSONS = ("persons", "enrolments", "responses", "followup")
OTHERS = ("outreach", "actions", "contacts", "budget", *BACKGROUND_TABLES)


def rows(material: Material) -> pd.DataFrame:
    """Rows read by table and term, late answers, and how often each background variable is not known."""
    results = material.result_set("ingestion")
    tables = material.tables
    for table in (t for t in OF_PERSONS if t in tables):
        for scope in material.scopes:
            results.count("rows", "rows", _rows_of(material, table, scope), item=table, scope=scope)
    for table in (t for t in OTHERS if t in tables):
        results.amount("rows", "rows", len(tables[table]), "rows", item=table)
    if "persons" in tables:
        total = _rows_of(material, "persons", ALL)
        counted = pick(material.counts["records"], record="missing")
        for breakdown in sorted(breakdowns(material.study), key=lambda b: b.column != "age"):
            of = pick(counted, by=breakdown.by)["count"]
            if len(of):
                item = "age" if breakdown.column == "age" else breakdown.by
                results.count("missing", "missing", as_int(of.iloc[0]), total, item=item)
    if "late" in tables.get("responses", ()):
        late = material.count("records", record="late")
        results.count("late", "late", late, _rows_of(material, "responses", ALL))
    return results.frame()


def _rows_of(material: Material, table: str, scope: str) -> int:
    if table == "persons":
        return material.count("composition", by=TOTAL, scope=scope)
    return material.count("records", record=table, scope=scope)


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """What was read; what is missing."""
    cumulative = pick(rows, table="rows", scope=ALL)
    columns = [
        (Column(labels.say("ingestion.table")), lambda row: labels.say(f"table.{row['item']}")),
        (Column(labels.say("ingestion.rows"), "integer"), _size),
    ]
    sentences = [labels.say("ingestion.checked"), labels.say("ingestion.pseudonyms")]
    late = value(rows, "count", table="late")
    if late is not None:
        total = labels.number(value(rows, "answered", table="late"))
        key = "ingestion.late" if late else "ingestion.answers"
        sentences.append(labels.say(key, late=labels.number(late), total=total))
    read = labels.table("read", labels.say("ingestion.read"), cumulative, columns)
    result = [Part("read", labels.say("ingestion.read_heading"), sentences, [read])]
    missing = pick(rows, table="missing")
    if len(missing):
        of = [
            (
                Column(labels.say("ingestion.variable")),
                lambda row: labels.by("age_group" if row["item"] == "age" else row["item"]),
            ),
            (Column(labels.say("column.persons"), "integer"), number("count")),
            (Column(labels.say("column.share"), "percent"), labels.share_of),
        ]
        table = labels.table(
            "missing", labels.say("ingestion.missing"), missing, of, source=labels.source("participants")
        )
        result.append(Part("missing", labels.say("ingestion.missing_heading"), [], [table]))
    return [*result, Part("sources", labels.say("ingestion.sources_heading"), [], [_sources(labels)])]


def _sources(labels: Labels) -> Table:
    columns = [Column(labels.say("table.source")), Column(labels.say("report.file"))]
    lines = [[s.name(labels.language), s.file] for s in labels.study.sources]
    return Table("sources", labels.say("ingestion.sources"), columns, lines, labels.language)


def noted(labels: Labels, tables: Tables) -> list[Part]:
    """What ingestion left out or found odd, counted and listed: in the internal edition only."""
    if labels.edition != "internal" or "notes" not in tables:
        return []
    frame = tables["notes"]
    heading = labels.say("notes.heading")
    if frame.empty:
        return [Part("notes", heading, [labels.say("notes.none")])]
    # a note on a column counts its rows, a note on a row counts one
    counted = frame.groupby(["kind", "table", "term"], sort=False).size().reset_index(name="count")
    lines = [
        [labels.say(f"notes.kind.{kind}"), labels.table_name(table), term, int(count)]
        for kind, table, term, count in counted.itertuples(index=False)
    ]
    columns = [
        Column(labels.say("notes.note")),
        Column(labels.say("ingestion.table")),
        Column(labels.say("comments.term")),
        Column(labels.say("notes.number"), "integer"),
    ]
    said = capped([(n.file or n.term, n.kind, n.say(labels.language)) for n in notes_of(frame)], labels.language)
    counts = Table("notes", labels.say("notes.counts"), columns, lines, labels.language)
    listed = Table(
        "notes-list",
        labels.say("notes.list"),
        [Column(labels.say("notes.note"))],
        [[line] for line in said],
        labels.language,
    )
    return [Part("notes", heading, [labels.say("notes.explain")], [counts, listed])]


def _size(row: pd.Series) -> float | None:
    return number("count")(row) if row["kind"] == "count" else number("estimate")(row)
