"""Stage 01: what was read, what could be linked, and what is missing."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.ingest.tidy import Tables
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import pick, value
from evaltools.sections.material import Material, Reader, number
from evaltools.study.problems import capped, notes_of

NEEDS = ()
# tidy tables with one row (or more) a person: their sizes are counts of persons
OF_PERSONS = ("persons", "enrolments", "responses", "followup")
OTHERS = (
    "outreach",
    "actions",
    "contacts",
    "budget",
    "population",
    "employment",
    "barometer",
    "training_needs",
    "benchmark",
)
VARIABLES = ("age", "gender", "region", "language", "education", "activity", "channel", "arm")


def rows(material: Material) -> pd.DataFrame:
    """Rows read by table and term, late answers, and how often each background variable is not known."""
    book = material.book("ingestion")
    tables = material.tables
    for table in (t for t in OF_PERSONS if t in tables):
        for scope in material.scopes:
            book.count("rows", "rows", _rows_of(material, table, scope), item=table, scope=scope)
    for table in (t for t in OTHERS if t in tables):
        book.amount("rows", "rows", len(tables[table]), "rows", item=table)
    if "persons" in tables:
        total = _rows_of(material, "persons", ALL)
        for variable in (v for v in VARIABLES if v in tables["persons"]):
            by = "age_group" if variable == "age" else variable
            book.count("missing", "missing", material.count("records", record="missing", by=by), total, item=variable)
    if "late" in tables.get("responses", ()):
        late = material.count("records", record="late")
        book.count("late", "late", late, _rows_of(material, "responses", ALL))
    return book.frame()


def _rows_of(material: Material, table: str, scope: str) -> int:
    if table == "persons":
        return material.count("composition", by=TOTAL, scope=scope)
    return material.count("records", record=table, scope=scope)


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """What was read; what is missing."""
    cumulative = pick(rows, table="rows", scope=ALL)
    columns = [
        (Column(reader.say("ingestion.table")), lambda row: reader.say(f"table.{row['item']}")),
        (Column(reader.say("ingestion.rows"), "integer"), _size),
    ]
    sentences = [reader.say("ingestion.checked"), reader.say("ingestion.pseudonyms")]
    late = value(rows, "count", table="late")
    if late is not None:
        total = reader.number(value(rows, "answered", table="late"))
        sentences.append(reader.say("ingestion.late", late=reader.number(late), total=total))
    read = reader.table("read", reader.say("ingestion.read"), cumulative, columns)
    result = [Part("read", reader.say("ingestion.read_heading"), sentences, [read])]
    missing = pick(rows, table="missing")
    if len(missing):
        of = [
            (
                Column(reader.say("ingestion.variable")),
                lambda row: reader.by("age_group" if row["item"] == "age" else row["item"]),
            ),
            (Column(reader.say("column.persons"), "integer"), number("count")),
            (Column(reader.say("column.share"), "percent"), number("estimate")),
        ]
        table = reader.table(
            "missing", reader.say("ingestion.missing"), missing, of, source=reader.source("participants")
        )
        result.append(Part("missing", reader.say("ingestion.missing_heading"), [], [table]))
    return [*result, Part("sources", reader.say("ingestion.sources_heading"), [], [_sources(reader)])]


def _sources(reader: Reader) -> Table:
    columns = [Column(reader.say("table.source")), Column(reader.say("report.file"))]
    lines = [[s.name(reader.language), s.file] for s in reader.study.sources]
    return Table("sources", reader.say("ingestion.sources"), columns, lines, reader.language)


def noted(reader: Reader, tables: Tables) -> list[Part]:
    """What ingestion left out or found odd, counted and listed: in the internal edition only."""
    if reader.edition != "internal" or "notes" not in tables:
        return []
    frame = tables["notes"]
    heading = reader.say("notes.heading")
    if frame.empty:
        return [Part("notes", heading, [reader.say("notes.none")])]
    # a note on a column counts its rows, a note on a row counts one
    counted = frame.groupby(["kind", "table", "term"], sort=False).size().reset_index(name="count")
    lines = [
        [reader.say(f"notes.kind.{kind}"), reader.say(f"table.{table}"), term, int(count)]
        for kind, table, term, count in counted.itertuples(index=False)
    ]
    columns = [
        Column(reader.say("notes.note")),
        Column(reader.say("ingestion.table")),
        Column(reader.say("comments.term")),
        Column(reader.say("notes.number"), "integer"),
    ]
    said = capped([(n.file or n.term, n.kind, n.say(reader.language)) for n in notes_of(frame)], reader.language)
    counts = Table("notes", reader.say("notes.counts"), columns, lines, reader.language)
    listed = Table(
        "notes-list",
        reader.say("notes.list"),
        [Column(reader.say("notes.note"))],
        [[line] for line in said],
        reader.language,
    )
    return [Part("notes", heading, [reader.say("notes.explain")], [counts, listed])]


def _size(row: pd.Series) -> float | None:
    return number("count")(row) if row["kind"] == "count" else number("estimate")(row)
