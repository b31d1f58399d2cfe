"""The appendix: every table with its file, and every method with what it is and how many results rest on it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.report.document import Column, Part, Table
from evaltools.results.records import Book, pick, value
from evaltools.sections.material import Reader

# how a method's name in the results begins, and the key of its explanation; the first that fits holds
METHODS = (
    ("Wilson over population share", "representation"),
    ("Wilcoxon-Pratt", "signed_rank"),
    ("Stuart-Maxwell", "stuart_maxwell"),
    ("Wilson less fixed benchmark", "newcombe"),
    ("Newcombe; McNemar", "mcnemar"),
    ("Newcombe", "newcombe"),
    ("Wilson", "wilson"),
    ("Miettinen-Nurminen", "score"),
    ("Koopman", "score"),
    ("Imbens-Manski", "imbens_manski"),
    ("post-stratified", "weights"),
    ("paired t", "paired_t"),
    ("power", "power"),
    ("Welch", "welch"),
    ("adjusted", "superiority"),
    ("signed-rank inversion", "hodges_lehmann"),
    ("standardised difference", "standardised"),
    ("chi-square", "chi_square"),
    ("Fisher-Freeman-Halton", "chi_square"),
    ("one-factor", "omega"),
    ("Feldt", "alpha"),
    ("alpha", "measurement"),
    ("OLS", "regression"),
    ("t", "mean"),
)


def rows(book: Book, now: pd.DataFrame) -> None:
    """How many results rest on each method; one that has no explanation stands under its own name."""
    used = now[(now["method"] != "") & now["estimate"].notna()]["method"].map(kind_of).value_counts()
    known = [kind for kind in dict.fromkeys(kind for _, kind in METHODS) if kind in used.index]
    for kind in [*known, *sorted(set(used.index) - set(known))]:
        book.amount("methods", kind, int(used[kind]), "results")


def part(rows: pd.DataFrame, reader: Reader, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """Two tables: the tables of all reports, and the methods of all results."""
    blocks = [_tables(reader, stages)]
    methods = _methods(rows, reader)
    blocks += [methods] if methods.rows else []
    return Part("appendix", reader.say("report.appendix_heading"), [reader.say("report.appendix_how")], blocks)


def _tables(reader: Reader, stages: Mapping[str, Mapping[str, Part]]) -> Table:
    lines = [
        [reader.say(f"report.topics.{topic}"), table.caption, table.id]
        for topic, found in stages.items()
        for part in found.values()
        for table in part.tables
    ]
    columns = [Column(reader.say(f"report.{key}")) for key in ("topic", "table", "file")]
    return Table("appendix-tables", reader.say("report.appendix_tables"), columns, lines, reader.language)


def _methods(rows: pd.DataFrame, reader: Reader) -> Table:
    used = pick(rows, topic="report", table="methods")
    lines = [[*_explained(kind, reader), value(used, measure=kind)] for kind in used["measure"]]
    columns = [Column(reader.say("report.method")), Column(reader.say("report.what"))]
    columns.append(Column(reader.say("report.results"), "integer"))
    return Table("appendix-methods", reader.say("report.appendix_methods"), columns, lines, reader.language)


def _explained(kind: str, reader: Reader) -> tuple[str, str | None]:
    if kind not in (known for _, known in METHODS):
        return kind, None
    return reader.say(f"method.{kind}.name"), reader.say(f"method.{kind}.what")


def kind_of(method: str) -> str:
    """Which of the explained methods a result's method is; its own name where none of them."""
    return next((kind for start, kind in METHODS if method.startswith(start)), method)
