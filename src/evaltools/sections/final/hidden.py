"""What the edition does not show, and why: counted from the results themselves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.disclosure import policy
from evaltools.report.document import Column, Part
from evaltools.results.records import ROUNDED, WITHHELD, ResultSet, pick, value
from evaltools.sections.material import Labels, number


def rows(results: ResultSet, now: pd.DataFrame) -> None:
    """How many results there are, how many of them are withheld and how many rest on rounded counts, by report."""
    for topic, some in [("", now), *now.groupby("topic", sort=False)]:
        where = {"by": "topic" if topic else "", "group": topic}
        results.amount("hidden", "results", len(some), "results", **where)
        for measure, status in (("withheld", WITHHELD), ("rounded", ROUNDED)):
            results.amount("hidden", measure, int((some["status"] == status).sum()), "results", **where)


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part:
    """What is withheld, rounded and left out, with the reason for each."""
    found = pick(rows, topic="report", table="hidden")
    whole = {measure: value(found, measure=measure, by="") for measure in ("results", "withheld", "rounded")}
    heading = labels.say("report.hidden_heading")
    settings = labels.study.disclosure
    if labels.edition == "internal":
        return Part("hidden", heading, [labels.say("report.hidden_internal"), labels.say("report.hidden_persons")])
    if settings.method == "none":
        reason = labels.say("report.method_open", reason=settings.reason)
        return Part("hidden", heading, [reason, labels.say("report.hidden_persons")])
    step, minimum = policy.step(settings), settings.minimum
    words = {"results": labels.number(whole["results"]), "least": labels.number(policy.least(settings))}
    if settings.method == "suppression":
        kept = labels.say("report.hidden_suppressed", minimum=minimum)
    else:
        rounded = labels.number(whole["rounded"])
        kept = labels.say("report.hidden_rounded", rounded=rounded, base=step, minimum=minimum, **words)
    few = "report.hidden_withheld" if whole["withheld"] else "report.hidden_none"
    sentences = [labels.say(few, n=whole["withheld"], **words), kept]
    sentences += [labels.say("report.hidden_digits"), labels.say("report.hidden_persons")]
    columns = [
        (Column(labels.say("report.topic")), lambda row: labels.say(f"report.topics.{row['group']}")),
        (Column(labels.say("report.results"), "integer"), number("estimate")),
        *((Column(labels.say(f"report.{m}"), "integer"), _same_topic(found, m)) for m in ("withheld", "rounded")),
    ]
    caption = labels.say("report.hidden_table")
    table = labels.table("hidden", caption, pick(found, measure="results", by="topic"), columns)
    return Part("hidden", heading, sentences, [table])


def _same_topic(found: pd.DataFrame, measure: str):
    return lambda row: value(found, measure=measure, by="topic", group=row["group"])
