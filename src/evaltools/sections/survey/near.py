"""What links by codes that differ in one part change: every paired item with and without them.

The numbers are for the internal edition alone: the difference of two exact tables shows the few persons linked so.
The public edition says how persons are linked.
"""

from __future__ import annotations

import pandas as pd

from evaltools.counts.surveys import near_pairs
from evaltools.ingest.tidy import Tables
from evaltools.report.document import Column, Part, Table, Value
from evaltools.results.records import pick
from evaltools.sections.material import Labels
from evaltools.statistics.paired_means import PairedT, paired_t


def parts(labels: Labels, tables: Tables) -> list[Part]:
    """A table of the mean change of each item and scale with and without near links, and how many links there are."""
    if not any(source.match == "near" for source in labels.study.sources):
        return []
    heading, rule = labels.say("survey.near.heading"), labels.say("survey.near.rule")
    responses = tables.get("responses", pd.DataFrame())
    if labels.edition != "internal" or "near" not in responses or not responses["near"].any():
        return [Part("survey-near", heading, [rule])]
    counted = near_pairs(labels.study, tables)
    lines = [_line(labels, counted, item) for item in counted["item"].unique()]
    interval = labels.say("column.interval")
    columns = [Column(labels.say("survey.near.item"))]
    for name in ("with", "without"):
        columns += [
            Column(labels.say("survey.near.n"), "integer", span=labels.say(f"survey.near.{name}")),
            Column(labels.say("survey.near.change"), "decimal", 2),
            Column(f"{interval}: {labels.say('column.lower')}", "decimal", 2),
            Column(f"{interval}: {labels.say('column.upper')}", "decimal", 2),
        ]
    links = int(responses.drop_duplicates("person")["near"].sum())
    sentences = [rule, labels.say("survey.near.links", n=links), *_false(labels, tables)]
    caption = labels.say("survey.near.table")
    table = Table("survey-near", caption, columns, lines, labels.language)
    return [Part("survey-near", heading, sentences, [table])]


def _false(labels: Labels, tables: Tables) -> list[str]:
    notes = tables.get("notes", pd.DataFrame(columns=["kind", "count"]))
    expected = notes.loc[notes["kind"] == "near_false", "count"].sum()
    return [labels.say("survey.near.false", n=int(expected))]


def _line(labels: Labels, counted: pd.DataFrame, item: str) -> list[Value]:
    line: list[Value] = [labels.question(item)]
    for name in ("with", "without"):
        found = _change(pick(counted, links=name, item=item))
        line += [found.n, found.change.estimate, found.change.lower, found.change.upper]
    return line


def _change(pairs: pd.DataFrame) -> PairedT:
    pre, post, count = (pairs[c].to_numpy(dtype=float) for c in ("pre", "post", "count"))
    moments = (pre, post, pre * pre, post * post, pre * post)
    return paired_t(int(count.sum()), *(float((count * each).sum()) for each in moments))
