"""The appendix: every table with its file, and every method with what it is and how many results rest on it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels
from evaltools.sections.registry import SECTIONS
from evaltools.statistics import methods


def rows(results: ResultSet, now: pd.DataFrame) -> None:
    """How many results rest on each method."""
    named = now[(now["method"] != "") & (now["estimate"].notna() | now["possible_lower"].notna())]["method_id"]
    used = named.str.split(methods.BETWEEN).explode().value_counts()
    for id in (id for id in methods.BY_ID if id in used.index):
        results.amount("methods", id, int(used[id]), "results")


def part(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """Two tables: the tables of all reports, and the methods of all results."""
    blocks = [table for table in (_tables(labels, stages), _methods(rows, labels)) if table.rows]
    return Part("appendix", labels.say("report.appendix_heading"), [labels.say("report.appendix_how")], blocks)


def _tables(labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Table:
    lines = [
        [labels.say(f"report.topics.{topic}"), table.caption, f"{SECTIONS[topic].folder}/{table.id}"]
        for topic, found in stages.items()
        for part in found.values()
        for table in part.tables
    ]
    columns = [Column(labels.say(f"report.{key}")) for key in ("topic", "table", "file")]
    return Table("appendix-tables", labels.say("report.appendix_tables"), columns, lines, labels.language, first=0)


def _methods(rows: pd.DataFrame, labels: Labels) -> Table:
    used = pick(rows, topic="report", table="methods")
    lines = [
        [
            labels.say(f"method.{id}.name"),
            labels.say(f"method.{id}.what"),
            methods.BY_ID[id].reference,
            value(used, measure=id),
        ]
        for id in used["measure"]
    ]
    columns = [Column(labels.say(f"report.{key}")) for key in ("method", "what", "reference")]
    columns.append(Column(labels.say("report.results"), "integer"))
    return Table("appendix-methods", labels.say("report.appendix_methods"), columns, lines, labels.language, first=0)
