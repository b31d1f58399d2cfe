"""Objectives one by one: the actions of the plan that serve each, and the concrete results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.report.document import Column, Number, Part, Table
from evaltools.results.records import Book, pick, value
from evaltools.sections import survey
from evaltools.sections.material import Reader, number
from evaltools.study.model import Objective, Study

COUNTED = ("actions", "done", "late")


def rows(book: Book, study: Study, now: pd.DataFrame) -> None:
    """Of each objective with actions: how many there are, how many are done, how many are open past their day."""
    plan = pick(now, topic="monitoring", table="action")
    for objective in study.objectives:
        planned = pick(plan, measure="planned")
        planned = planned[planned["item"].isin(objective.actions)]
        delays = pick(plan, measure="delay").set_index("item")["estimate"]
        late = [i for i in pick(planned, note="open")["item"] if pd.notna(delays[i]) and delays[i] > 0]
        counts = (len(planned), int((planned["note"] == "done").sum()), len(late))
        for measure, count in zip(COUNTED, counts, strict=True):
            book.amount("objective", measure, count, "actions", item=objective.id)


def parts(rows: pd.DataFrame, reader: Reader, stages: Mapping[str, Mapping[str, Part]]) -> list[Part]:
    """A table of all objectives, then a section for each."""
    heading = reader.say("report.objectives_heading")
    if not reader.study.objectives:
        return [Part("objectives", heading, [reader.say("report.objectives_none")])]
    found = pick(rows, topic="report", table="objective")
    lines = [
        [each.name(reader.language), *(value(found, measure=m, item=each.id) for m in COUNTED)]
        for each in reader.study.objectives
    ]
    columns = [Column(reader.say("report.objective"))]
    columns += [Column(reader.say(f"report.objective_{m}"), "integer") for m in COUNTED]
    caption, source = reader.say("report.objectives_table"), reader.source("actions")
    table = Table("objectives", caption, columns, lines, reader.language, [], source)
    first = Part("objectives", heading, [reader.say("report.objectives_how")], [table])
    return [first, *(_objective(each, rows, reader) for each in reader.study.objectives)]


def _objective(objective: Objective, rows: pd.DataFrame, reader: Reader) -> Part:
    sentences = list(_results(objective, rows, reader)) or [reader.say("report.objective_no_results")]
    actions = _actions(objective, rows, reader)
    return Part(f"objectives.{objective.id}", objective.name(reader.language), sentences, actions)


def _actions(objective: Objective, rows: pd.DataFrame, reader: Reader) -> list[Table]:
    plan = pick(rows, topic="monitoring", table="action")
    planned = pick(plan, measure="planned")
    planned = planned[planned["item"].isin(objective.actions)]
    if planned.empty:
        return []
    done = pick(plan, measure="done").set_index("item")["date"]
    columns = [
        (
            Column(reader.say("monitoring.action")),
            lambda row: reader.study.code_name("action", row["item"], reader.language),
        ),
        (Column(reader.say("monitoring.planned"), "date"), lambda row: row["date"]),
        (Column(reader.say("monitoring.status")), lambda row: reader.say(f"monitoring.action_{row['note']}")),
        (Column(reader.say("monitoring.done"), "date"), lambda row: done[row["item"]] or None),
    ]
    caption = reader.say("report.objective_plan", name=objective.name(reader.language))
    return [reader.table(f"objective-{objective.id}", caption, planned, columns, source=reader.source("actions"))]


# --- the concrete results ---


def _results(objective: Objective, rows: pd.DataFrame, reader: Reader) -> Iterator[str]:
    for target in objective.targets:
        yield from _target(target, rows, reader)
    for group in objective.target_groups:
        yield from _group(group, rows, reader)
    for item in objective.items:
        yield from _item(item, rows, reader)
    for measure in objective.placement:
        yield from _placed(measure, rows, reader)
    for kind in objective.contacts:
        count = value(rows, topic="monitoring", table="contacts", measure=kind, by="", scope=ALL)
        if count is not None:
            yield reader.say(f"report.objective_{kind}", n=count)


def _target(target: str, rows: pd.DataFrame, reader: Reader) -> Iterator[str]:
    here = pick(rows, topic="monitoring", table="targets", item=target)
    actual = pick(here, measure="actual")
    if actual.empty:
        return
    kind = "integer" if (actual["kind"] == "count").any() else "percent"
    found = Number(number("count" if kind == "integer" else "estimate")(actual.iloc[0]), kind)
    wanted = Number(value(here, measure="target"), kind)
    name = next(t.name(reader.language) for t in reader.study.targets if t.id == target)
    yield reader.say("report.objective_target", name=name, actual=reader.shown(found), target=reader.shown(wanted))


def _group(group: str, rows: pd.DataFrame, reader: Reader) -> Iterator[str]:
    here = pick(rows, topic="participants", table="composition", by="target_group", group=group, scope=ALL)
    for _, row in here.iterrows():
        words = {"group": reader.target_group(group), "n": row["count"]}
        share = number("estimate")(row)
        yield reader.say("report.objective_group", share=reader.percent(share), **words)


def _item(item: str, rows: pd.DataFrame, reader: Reader) -> Iterator[str]:
    """The change of a question asked twice; agreement with one asked at the end."""
    question = reader.question(item)
    change = pick(rows, topic="survey", table="item", measure="rank_biserial", item=item, scope=ALL)
    for _, row in change.iterrows():
        if pd.isna(row["p_adjusted"]) or pd.isna(row["lower"]):
            yield reader.say("survey.results.too_few", question=reader.say("survey.quoted", question=question))
            continue
        direction = survey.concluded(float(row["estimate"]), float(row["p_adjusted"]))
        interval = i18n.interval(reader.decimal(row["lower"]), reader.decimal(row["upper"]))
        words = {"effect": reader.decimal(row["estimate"]), "interval": interval, "n": row["answered"]}
        yield reader.say(f"report.objective_{direction}", question=question, **words)
    agree = pick(rows, topic="survey", table="feedback", measure="agree", item=item).dropna(subset=["estimate"])
    for _, row in agree.iterrows():
        words = {"count": reader.number(row["count"]), "answered": reader.number(row["answered"])}
        yield reader.say("report.objective_agree", question=question, share=reader.percent(row["estimate"]), **words)


def _placed(measure: str, rows: pd.DataFrame, reader: Reader) -> Iterator[str]:
    here = pick(rows, topic="placement", table="placement", measure=measure, by=TOTAL, scope=ALL)
    for _, row in here.dropna(subset=["estimate"]).iterrows():
        words = {"share": reader.percent(row["estimate"]), "n": row["answered"], "count": reader.number(row["count"])}
        words["interval"] = i18n.interval(
            reader.decimal(row["bound_lower"] * 100, 1), reader.percent(row["bound_upper"])
        )
        yield reader.say("report.objective_placed", measure=reader.say(f"placement.share.{measure}"), **words)
