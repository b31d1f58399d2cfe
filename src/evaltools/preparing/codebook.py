"""The data dictionary of the tidy tables: what each column is, from where, and how much of it is missing.

Written as HTML to read, as CSV to filter, and as ``datapackage.json`` (Data Package v1, Frictionless Data) for tools.
It tells of counts of persons and belongs to the evaluator: it is written beside the tidy tables, not published.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pandas as pd

from evaltools import text
from evaltools.pages import tables as csv_tables
from evaltools.study.model import SURVEYS, TABLES, Study
from evaltools.tidy import Tables

COLUMNS = ("table", "column", "name_fi", "name_en", "type", "codes", "source", "rows", "missing", "missing_share")
KINDS = {"boolean": "boolean", "bool": "boolean", "Int64": "integer", "int64": "integer", "float64": "number"}
# tidy tables and the tables of the study file that their columns come from
FROM = {"persons": ("participants", "enrolments"), "responses": tuple(SURVEYS.values()), "answers": ()}


def describe(study: Study, tables: Tables) -> pd.DataFrame:
    """One row a column of the tidy tables, with the columns of ``COLUMNS``; codes as ``id = name``."""
    rows = [_row(study, table, frame, column) for table, frame in tables.items() for column in frame.columns]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(study: Study, table: str, frame: pd.DataFrame, column: str) -> tuple[object, ...]:
    missing = int(frame[column].isna().sum())
    names = {language: _name(study, table, column, language) for language in text.LANGUAGES}
    codes = "; ".join(f"{code.id} = {code.name.fi}" for code in study.codes.get(_code_list(study, table, column), []))
    share = round(missing / len(frame), 4) if len(frame) else None
    kind = _type(frame[column])
    source = _source(study, table, column)
    return (table, column, names["fi"], names["en"], kind, codes, source, len(frame), missing, share)


def _name(study: Study, table: str, column: str, language: str) -> str:
    """The label of a column: a target group's, a variable's, an option's, else the catalogue's or its own name."""
    if column.startswith("tg_"):
        group = next((g for g in study.target_groups if f"tg_{g.id}" == column), None)
        return group.name(language) if group else text.say("label.any_target_group", language)
    for variable in study.variables:
        if variable.id == column:
            return variable.name(language)
        for code in study.codes.get(variable.codes, []):
            if variable.kind == "multi" and column == f"{variable.id}_{code.id}":
                return f"{variable.name(language)}: {code.name(language)}"
    for key in (f"codebook.column.{column}", f"by.{column}"):
        if key in text.catalogue():
            return text.say(key, language)
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
    return {"name": study.id.lower(), "title": study.study.title.en, "profile": "data-package", "resources": resources}


def _field(study: Study, row: dict[str, object]) -> dict[str, object]:
    field: dict[str, object] = {"name": row["column"], "type": row["type"], "title": row["name_en"]}
    codes = study.codes.get(_code_list(study, str(row["table"]), str(row["column"])), [])
    if codes:
        field["constraints"] = {"enum": [code.id for code in codes]}
    if row["source"]:
        field["description"] = row["source"]
    return field


def _html(study: Study, book: pd.DataFrame, language: str) -> str:
    """One page, a table of columns for every tidy table."""
    title = text.say("codebook.title", language, name=study.study.name(language))
    heads = [text.say(f"codebook.head.{head}", language) for head in ("column", "name", "type", "codes", "source")]
    heads.append(text.say("codebook.head.missing", language))
    parts = []
    for table, rows in book.groupby("table", sort=False):
        size = text.say("codebook.rows", language, n=int(rows["rows"].iloc[0]))
        body = "".join(_html_row(row, language) for row in rows.to_dict("records"))
        header = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
        caption = f"<caption>{escape(str(table))}: {escape(size)}</caption>"
        parts.append(f"<table>{caption}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>")
    style = "body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    style += (
        "table{border-collapse:collapse;margin:2rem 0;width:100%}td,th{border-bottom:1px solid #999;padding:.3rem .6rem"
    )
    style += ";text-align:left;vertical-align:top}caption{font-weight:bold;text-align:left}"
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>\n"
    )


def _html_row(row: dict[str, object], language: str) -> str:
    share = None if pd.isna(row["missing_share"]) else float(str(row["missing_share"]))
    cells = [row[f"name_{language}"], row["type"], row["codes"], row["source"], text.percent(share, language)]
    shown = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(str(row["column"]))}</th>{shown}</tr>'
