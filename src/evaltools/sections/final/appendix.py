"""The appendix: every table with its file, and every method with what it is and how many results rest on it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels

# how a method's name in the results begins, and the key of its explanation; the first that fits holds
METHODS = (
    ("Wilson over population share", "representation"),
    ("net change", "net_change"),
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


def rows(results: ResultSet, now: pd.DataFrame) -> None:
    """How many results rest on each method; one that has no explanation stands under its own name."""
    used = now[(now["method"] != "") & now["estimate"].notna()]["method"].map(kind_of).value_counts()
    known = [kind for kind in dict.fromkeys(kind for _, kind in METHODS) if kind in used.index]
    for kind in [*known, *sorted(set(used.index) - set(known))]:
        results.amount("methods", kind, int(used[kind]), "results")


def part(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """Two tables: the tables of all reports, and the methods of all results."""
    blocks = [_tables(labels, stages)]
    methods = _methods(rows, labels)
    blocks += [methods] if methods.rows else []
    return Part("appendix", labels.say("report.appendix_heading"), [labels.say("report.appendix_how")], blocks)


def _tables(labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Table:
    lines = [
        [labels.say(f"report.topics.{topic}"), table.caption, table.id]
        for topic, found in stages.items()
        for part in found.values()
        for table in part.tables
    ]
    columns = [Column(labels.say(f"report.{key}")) for key in ("topic", "table", "file")]
    return Table("appendix-tables", labels.say("report.appendix_tables"), columns, lines, labels.language)


def _methods(rows: pd.DataFrame, labels: Labels) -> Table:
    used = pick(rows, topic="report", table="methods")
    lines = [[*_explained(kind, labels), value(used, measure=kind)] for kind in used["measure"]]
    columns = [Column(labels.say("report.method")), Column(labels.say("report.what"))]
    columns.append(Column(labels.say("report.results"), "integer"))
    return Table("appendix-methods", labels.say("report.appendix_methods"), columns, lines, labels.language)


def _explained(kind: str, labels: Labels) -> tuple[str, str | None]:
    if kind not in (known for _, known in METHODS):
        return kind, None
    return labels.say(f"method.{kind}.name"), labels.say(f"method.{kind}.what")


def kind_of(method: str) -> str:
    """Which of the explained methods a result's method is; its own name where none of them."""
    return next((kind for start, kind in METHODS if method.startswith(start)), method)
