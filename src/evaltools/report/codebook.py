"""The data dictionary of the tidy tables: what each column is, from where, and how much of it is missing.

Written as HTML to read, as CSV to filter, and as ``datapackage.json`` (Data Package v1, Frictionless Data) for tools.
It tells of counts of persons and belongs to the evaluator: it is written beside the tidy tables, not published.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from evaltools import i18n
from evaltools.ingest.tidy import Tables
from evaltools.report.document import Column, Kind, Part, Table, Value
from evaltools.report.render import html
from evaltools.report.render import spreadsheet as csv_tables
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS, TABLES

COLUMNS = (
    "table",
    "column",
    *(f"name_{language}" for language in i18n.LANGUAGES),
    "type",
    "codes",
    "source",
    "rows",
    "missing",
    "missing_share",
)
KINDS = {"boolean": "boolean", "bool": "boolean", "Int64": "integer", "int64": "integer", "float64": "number"}
# tidy tables and the tables of the study file that their columns come from
FROM = {"persons": ("participants", "enrolments"), "responses": tuple(SURVEYS.values()), "answers": ()}


def describe(study: Study, tables: Tables) -> pd.DataFrame:
    """One row a column of the tidy tables, with the columns of ``COLUMNS``; codes as ``id = name``."""
    rows = [_row(study, table, frame, column) for table, frame in tables.items() for column in frame.columns]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(study: Study, table: str, frame: pd.DataFrame, column: str) -> tuple[object, ...]:
    missing = int(frame[column].isna().sum())
    names = [_name(study, table, column, language) for language in i18n.LANGUAGES]
    codes = "; ".join(
        f"{code.id} = {code.name(i18n.LANGUAGES[0])}" for code in study.codes.get(_code_list(study, table, column), [])
    )
    share = round(missing / len(frame), 4) if len(frame) else None
    kind = _type(frame[column])
    source = _source(study, table, column)
    return (table, column, *names, kind, codes, source, len(frame), missing, share)


def _name(study: Study, table: str, column: str, language: str) -> str:
    """The label of a column: a target group's, a variable's, an option's, else the catalogue's or its own name."""
    if column.startswith("tg_"):
        group = next((g for g in study.target_groups if f"tg_{g.id}" == column), None)
        return group.name(language) if group else i18n.say("label.any_target_group", language)
    for variable in study.variables:
        if variable.id == column:
            return variable.name(language)
        for code in study.codes.get(variable.codes, []):
            if variable.kind == "multi" and column == f"{variable.id}_{code.id}":
                return f"{variable.name(language)}: {code.name(language)}"
    for key in (f"codebook.column.{column}", f"by.{column}"):
        if i18n.has(key):
            return i18n.say(key, language)
    return column


def _code_list(study: Study, table: str, column: str) -> str:
    for source in FROM.get(table, (table,)):
        spec = study.schema(source).get(column) if source in TABLES else None
        if spec is not None:
            return spec.codes
    return ""


def _type(values: pd.Series) -> str:
    kind = str(values.dtype)
    return "date" if kind.startswith("datetime") else KINDS.get(kind, "string")


def _source(study: Study, table: str, column: str) -> str:
    """File and heading that a column comes from; empty for what is computed."""
    found = [
        f"{source.file}: {source.heading(column)}"
        for source in study.sources
        if source.table in FROM.get(table, (table,)) and column in source.given
    ]
    return "; ".join(dict.fromkeys(found))


# --- files ---------------------------------------------------------------------------------------------------------


def write(study: Study, tables: Tables, folder: Path, language: str = "fi") -> list[Path]:
    """``codebook.csv``, ``codebook.html`` and ``datapackage.json`` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    book = describe(study, tables)
    files = {
        "codebook.csv": csv_tables.defused(book).to_csv(index=False),
        "codebook.html": _html(study, book, language),
        "datapackage.json": json.dumps(package(study, tables, book), indent=2, ensure_ascii=False) + "\n",
    }
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in files]


def package(study: Study, tables: Tables, book: pd.DataFrame) -> dict[str, object]:
    """The Data Package descriptor: one resource a table, with its Table Schema."""
    resources = []
    for table in tables:
        fields = [_field(study, row) for row in book[book["table"] == table].to_dict("records")]
        resources.append(
            {
                "name": table.replace("_", "-"),
                "path": f"{table}.parquet",
                "format": "parquet",
                "profile": "tabular-data-resource",
                "schema": {"fields": fields},
            }
        )
    return {
        "name": study.id.lower(),
        "title": study.study.title("en"),
        "profile": "data-package",
        "resources": resources,
    }


def _field(study: Study, row: dict[str, object]) -> dict[str, object]:
    field: dict[str, object] = {"name": row["column"], "type": row["type"], "title": row["name_en"]}
    codes = study.codes.get(_code_list(study, str(row["table"]), str(row["column"])), [])
    if codes:
        field["constraints"] = {"enum": [code.id for code in codes]}
    if row["source"]:
        field["description"] = row["source"]
    return field


def _html(study: Study, book: pd.DataFrame, language: str) -> str:
    """One page, a section with a table of columns for every tidy table."""
    title = i18n.say("codebook.title", language, name=study.study.name(language))
    shown = [
        html.part(Part(str(name), str(name), [], [_table(str(name), rows, language)]))
        for name, rows in book.groupby("table", sort=False)
    ]
    return html.page(title, shown, language=language, heading=title)


def _table(name: str, rows: pd.DataFrame, language: str) -> Table:
    heads = ("column", "name", "type", "codes", "source", "missing")
    kinds: dict[str, Kind] = {"missing": "percent"}
    columns = [Column(i18n.say(f"codebook.head.{head}", language), kinds.get(head, "text")) for head in heads]
    shown = rows[["column", f"name_{language}", "type", "codes", "source", "missing_share"]]
    lines: list[list[Value]] = [
        [*map(str, words), None if pd.isna(share) else float(share)] for *words, share in shown.itertuples(index=False)
    ]
    caption = f"{name}: {i18n.say('codebook.rows', language, n=int(rows['rows'].iloc[0]))}"
    return Table(f"{name}-columns", caption, columns, lines, language)
