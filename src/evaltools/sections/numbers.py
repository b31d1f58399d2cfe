"""Numbers of the study's own - wages, hours, points: how many gave one, mean, median and quartiles.

They are of exact answers, so a protected edition has none and says so.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Labels, Material, number
from evaltools.statistics import comparison, quantiles
from evaltools.statistics.types import Estimate
from evaltools.study.model import Study
from evaltools.study.survey_model import Variable

TOPICS = {"participants": "participants", "start_survey": "survey", "end_survey": "survey", "followup": "placement"}
ANSWERS = "words"  # the table of how often each answer to a question of a later wave was given
QUARTILES = {"lower_quartile": 0.25, "upper_quartile": 0.75}


def number_rows(material: Material, results: ResultSet) -> None:
    """Mean, median and quartiles of every number that belongs to the topic of these results."""
    if not results.protected:
        _words(material, results)
    counts = material.exact.get("numbers")
    if counts is None or results.protected:
        return
    for variable in _of_topic(material.study, results.topic):
        here = pick(counts, table=variable.table, variable=variable.id)
        if here.empty:
            continue
        values, given = here["value"].to_numpy(float), here["count"].to_numpy(int)
        where: dict[str, Any] = {"item": variable.id}
        every = values.repeat(given)
        sd = float(every.std(ddof=1)) if len(every) > 1 else None
        results.statistic("number", "mean", comparison.one_mean(len(every), float(every.mean()), sd), **where)
        results.statistic("number", "median", quantiles.median(values, given), **where)
        for measure, share in QUARTILES.items():
            point = Estimate(quantiles.quantile(values, given, share), None, None, len(every), quantiles.METHOD)
            results.statistic("number", measure, point, **where)


def _words(material: Material, results: ResultSet) -> None:
    """How often each answer was given to the coded questions of later waves that belong to the topic."""
    counts = material.exact.get("wave_words")
    for row in counts.itertuples() if counts is not None else ():
        if TOPICS[material.study.base(row.table)] == results.topic:
            where: dict[str, Any] = {"item": row.variable, "by": "answer", "group": row.group}
            results.count(ANSWERS, "answers", int(row.count), int(row.answered), **where)


def _of_topic(study: Study, topic: str) -> list[Variable]:
    numbers = [v for v in study.variables if v.kind in ("number", "integer")]
    return [v for v in numbers if TOPICS[study.base(v.table)] == topic]


def words_tables(rows: pd.DataFrame, labels: Labels, topic: str) -> list[Table]:
    """How often each answer was given to the coded questions of later waves."""
    found, own = pick(rows, table=ANSWERS), {v.id: v for v in labels.study.variables}
    columns = [
        (Column(labels.say("survey.column.answer")), lambda row: labels.group(row["item"], row["group"])),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("column.share"), "percent"), number("estimate")),
    ]
    return [
        labels.table(
            f"{topic}-words-{item}",
            f"{own[item].name(labels.language)}, {labels.wave(_wave(labels.study, own[item].table))}",
            of,
            columns,
            source=labels.source(own[item].table),
        )
        for item, of in found.groupby("item", sort=False)
    ]


def _wave(study: Study, table: str) -> str:
    return next(w for w, t in {**study.wave_surveys, **study.wave_followups}.items() if t == table)


def number_part(rows: pd.DataFrame, labels: Labels, topic: str) -> Part | None:
    """The numbers of a topic in a table."""
    if not _of_topic(labels.study, topic):
        return None
    heading, means = labels.say("numbers.heading"), pick(rows, table="number", measure="mean")
    if means.empty:
        hidden = bool((rows["edition"] == "public").any())
        return Part(f"{topic}-numbers", heading, [labels.say("numbers.withheld")]) if hidden else None
    own = {v.id: v for v in labels.study.variables}
    found = {m: pick(rows, table="number", measure=m).set_index("item") for m in ("median", *QUARTILES)}

    columns = [
        (Column(labels.say("numbers.number")), lambda row: own[row["item"]].with_unit(labels.language)),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("numbers.median"), "decimal", 1), lambda row: _of(found["median"], row, "estimate")),
        (
            Column(labels.say("column.lower"), "decimal", 1, span=labels.say("column.interval")),
            lambda row: _of(found["median"], row, "lower"),
        ),
        (Column(labels.say("column.upper"), "decimal", 1), lambda row: _of(found["median"], row, "upper")),
        *(
            (Column(labels.say(f"numbers.{m}"), "decimal", 1), lambda row, m=m: _of(found[m], row, "estimate"))
            for m in QUARTILES
        ),
        (Column(labels.say("numbers.mean"), "decimal", 1), number("estimate")),
    ]
    tables = sorted({own[item].table for item in means["item"]})
    caption, notes = labels.say("numbers.table"), [labels.say("numbers.how")]
    table = labels.table(f"{topic}-numbers-table", caption, means, columns, source=labels.source(*tables), notes=notes)
    return Part(f"{topic}-numbers", heading, [], [table])


def _of(found: pd.DataFrame, row: pd.Series, column: str) -> float | None:
    value = found.loc[row["item"], column]
    return None if pd.isna(value) else float(value)
