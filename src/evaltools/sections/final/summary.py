"""What stands in the appendix: whom the project is for, and how many the numbers are of."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Part
from evaltools.results.records import pick, surely_greatest, value
from evaltools.sections import rate_tables
from evaltools.sections.material import Labels


def background(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """Who the project is for, how many took part, and the labour market around it."""
    about, language = labels.study.study, labels.language
    words = {"organisation": about.organisation(language), "funder": about.funder(language)}
    sentences = [labels.say("report.background", name=about.name(language), **words)]
    groups = [labels.inside(group.name(language)) for group in labels.study.target_groups]
    if groups:
        sentences.append(labels.say("report.background_groups", groups="; ".join(groups)))
    persons = value(rows, "count", topic="participants", table="composition", by=TOTAL, scope=ALL)
    if persons is not None:
        sentences.append(labels.say("participants.total", n=persons))
    environment = stages["background"].get("employment")
    sentences += environment.sentences if environment else []
    return Part("background", labels.say("report.background_heading"), sentences)


def _share(rows: pd.DataFrame, labels: Labels, topic: str, table: str, measure: str) -> str:
    found = pick(rows, topic=topic, table=table, measure=measure, scope=ALL)
    return labels.share(found.iloc[0]) if len(found) else labels.percent(None)


def data(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """How many stand behind the numbers: persons, start survey, both surveys, follow-up."""
    at = {"both_share": ("survey", "responses", "both"), "answered_share": ("placement", "followup", "answered")}
    shares = {key: _share(rows, labels, *place) for key, place in at.items()}
    of = {
        "persons": value(rows, "count", topic="participants", table="composition", by=TOTAL, scope=ALL),
        "both": value(rows, "count", topic="survey", table="responses", measure="both", scope=ALL),
        "answered": value(rows, "count", topic="placement", table="followup", measure="answered", scope=ALL),
    }
    words = {k: labels.number(v) for k, v in of.items()} | shares
    key = "report.data_both" if labels.study.has("participants") else "report.data_both_alone"
    told = of["both"] is not None and shares["both_share"] != i18n.NOTHING
    sentences = [labels.say(key, **words)] if told else []
    asked = rate_tables.how_many_asked(pick(rows, topic="placement"), labels)
    sentences += [labels.say(f"report.data_followup_{asked}", **words)] if of["answered"] is not None else []
    read = stages["ingestion"].get("read")
    sentences += read.sentences if read else []
    for _, row in surely_greatest(pick(rows, topic="ingestion", table="missing")).iterrows():
        variable = labels.inside(labels.by("age_group" if row["item"] == "age" else row["item"]))
        if row["estimate"] != 0:
            sentences.append(labels.say("report.data_missing", variable=variable, share=labels.share(row)))
    return Part("data", labels.say("report.data_heading"), sentences)
