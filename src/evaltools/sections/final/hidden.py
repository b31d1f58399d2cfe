"""What the edition does not show, and why: counted from the results themselves."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaltools.disclosure import policy
from evaltools.report.document import Column, Part
from evaltools.results.records import ROUNDED, WITHHELD, Book, pick, value
from evaltools.sections.material import Reader, number


def rows(book: Book, now: pd.DataFrame) -> None:
    """How many results there are, how many of them are withheld and how many rest on rounded counts, by report."""
    for topic, some in [("", now), *now.groupby("topic", sort=False)]:
        where = {"by": "topic" if topic else "", "group": topic}
        book.amount("hidden", "results", len(some), "results", **where)
        for measure, status in (("withheld", WITHHELD), ("rounded", ROUNDED)):
            book.amount("hidden", measure, int((some["status"] == status).sum()), "results", **where)


def part(rows: pd.DataFrame, reader: Reader, _: Mapping) -> Part:
    """What is withheld, rounded and left out, with the reason for each."""
    found = pick(rows, topic="report", table="hidden")
    whole = {measure: value(found, measure=measure, by="") for measure in ("results", "withheld", "rounded")}
    heading = reader.say("report.hidden_heading")
    settings = reader.study.disclosure
    if reader.edition == "internal":
        return Part("hidden", heading, [reader.say("report.hidden_internal"), reader.say("report.hidden_persons")])
    if settings.method == "none":
        reason = reader.say("report.method_open", reason=settings.reason)
        return Part("hidden", heading, [reason, reader.say("report.hidden_persons")])
    step, minimum = policy.step(settings), settings.minimum
    words = {"results": reader.number(whole["results"]), "least": reader.number(policy.least(settings))}
    if settings.method == "suppression":
        kept = reader.say("report.hidden_suppressed", minimum=minimum)
    else:
        rounded = reader.number(whole["rounded"])
        kept = reader.say("report.hidden_rounded", rounded=rounded, base=step, minimum=minimum, **words)
    few = "report.hidden_withheld" if whole["withheld"] else "report.hidden_none"
    sentences = [reader.say(few, n=whole["withheld"], **words), kept]
    sentences += [reader.say("report.hidden_digits"), reader.say("report.hidden_persons")]
    columns = [
        (Column(reader.say("report.topic")), lambda row: reader.say(f"report.topics.{row['group']}")),
        (Column(reader.say("report.results"), "integer"), number("estimate")),
        *((Column(reader.say(f"report.{m}"), "integer"), _same_topic(found, m)) for m in ("withheld", "rounded")),
    ]
    caption = reader.say("report.hidden_table")
    table = reader.table("hidden", caption, pick(found, measure="results", by="topic"), columns)
    return Part("hidden", heading, sentences, [table])


def _same_topic(found: pd.DataFrame, measure: str):
    return lambda row: value(found, measure=measure, by="topic", group=row["group"])
