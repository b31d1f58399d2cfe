"""The plan's logic as a picture: from actions to outputs, outcomes and the objective, with a mark on each arrow.

An arrow is marked by what the results say of the step it leads to, not of what caused it. Every mark is a result row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import pandas as pd

from evaltools.report import charts
from evaltools.report.charts.boxes import Box, Chain, Link
from evaltools.report.document import Part
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections import monitoring
from evaltools.sections.final import objectives
from evaltools.sections.final.objectives import YES, Vote
from evaltools.sections.material import Labels
from evaltools.study.evaluation_model import Objective
from evaltools.study.model import Study

Mark = Literal["supported", "open", "contradicted", "no_data", "never_tested"]
MARKS: tuple[Mark, ...] = get_args(Mark)
BY_VERDICT: dict[str, Mark] = {"reached": "supported", "partly": "open", "open": "open", "not": "contradicted"}
SHOWN = ("supported", "contradicted")  # marks of arrows that are drawn as full lines
OUTPUTS, OUTCOMES, OBJECTIVE = "outputs", "outcomes", "objective"
OF_OUTPUTS = {
    *monitoring.FROM_COMPOSITION,
    "completed",
}  # measures of targets that say who was reached, not what changed


class Step(NamedTuple):
    """A step of the plan: whether the study file names anything for it, anything that can be judged, and the votes."""

    name: str
    is_named: bool
    is_tested: bool
    votes: list[Vote]


def mark(is_tested: bool, votes: Sequence[Vote]) -> Mark:
    """What the results say of a step: never tested where nothing is named to judge it by, no data where that has no
    result, else by the verdict that its results leave whatever the exact numbers are."""
    if not is_tested:
        return "never_tested"
    return BY_VERDICT[objectives.judged(votes, [])[0]] if votes else "no_data"


def steps(objective: Objective, study: Study, votes: Sequence[Vote]) -> list[Step]:
    """The steps from the actions on that the study file names for an objective, the objective itself the last."""
    measures = {target.id: target.measure for target in study.targets if target.id in objective.targets}
    reached = [id for id, measure in measures.items() if measure in OF_OUTPUTS]
    changed = [id for id in measures if id not in reached]
    read = {
        OUTPUTS: {("target", id) for id in reached} | {("group", id) for id in objective.target_groups},
        OUTCOMES: {("target", id) for id in changed}
        | {("item", id) for id in objective.items}
        | {("placement", id) for id in objective.placement},
    }
    found = [Step(name, bool(of), bool(of), [vote for vote in votes if vote.of in of]) for name, of in read.items()]
    if objective.contacts:  # they are counted, and nothing says how many are enough
        found[0] = found[0]._replace(is_named=True)
    tested = any(step.is_tested for step in found)
    return [*(step for step in found if step.is_named), Step(OBJECTIVE, True, tested, list(votes))]


def rows(results: ResultSet, study: Study, now: pd.DataFrame) -> None:
    """Of each arrow its mark, of the step it leads to how many results there are and how many speak for the objective;
    and how many arrows bear each mark."""
    marks = []
    for objective in study.objectives:
        votes = [*objectives.read_votes(objective, study, now, results.protected)]
        for step in steps(objective, study, votes):
            where = {"item": objective.id, "by": "step", "group": step.name}
            marks.append(mark(step.is_tested, step.votes))
            results.amount("theory", "arrow", None, note=marks[-1], **where)
            for measure, count in (("results", len(step.votes)), ("for", sum(v.said == {YES} for v in step.votes))):
                results.amount("theory", measure, count, "results", **where)
    for each in MARKS if marks else ():
        results.amount("theory", "arrows", marks.count(each), "arrows", by="mark", group=each)


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part | None:
    """How many arrows bear each mark, and the picture: a row of boxes an objective."""
    found = pick(rows, topic="report", table="theory")
    if found.empty:
        return None
    counts = {each: labels.number(value(found, measure="arrows", group=each)) for each in MARKS}
    summary = labels.say("report.theory.summary", **counts)
    chains = [_chain(each, pick(found, item=each.id), rows, labels) for each in labels.study.objectives]
    counted = labels.say("figure.mark.n", n=labels.number(len(pick(found, measure="arrow"))))
    caption, unit = labels.say("report.theory.caption"), labels.say("report.theory.unit", counted=counted)
    source = labels.source("actions")
    figure = charts.chains(
        "theory", caption, chains, language=labels.language, unit=unit, source=source, said=[summary]
    )
    sentences = [summary, labels.say("report.theory.how")]
    return Part("theory", labels.say("report.theory.heading"), sentences, [figure])


def _chain(objective: Objective, found: pd.DataFrame, rows: pd.DataFrame, labels: Labels) -> Chain:
    plan = pick(rows, topic="report", table="objective", item=objective.id)
    done, planned = (value(plan, measure=measure) for measure in ("done", "actions"))
    boxes = [Box(labels.say("report.theory.step.actions"), _of(done, planned, labels))]
    arrows = pick(found, measure="arrow")
    for name in arrows["group"]:
        if name == OBJECTIVE:
            said = labels.say(f"report.verdict.{objectives.verdict_of(plan, objective)}")
        else:
            speaking, results = (value(found, measure=measure, group=name) for measure in ("for", "results"))
            said = _of(speaking, results, labels)
        boxes.append(Box(labels.say(f"report.theory.step.{name}"), said))
    links = [Link(labels.say(f"report.theory.mark.{each}"), each in SHOWN) for each in arrows["note"]]
    return Chain(objective.name(labels.language), boxes, links)


def _of(part: float | None, whole: float | None, labels: Labels) -> str:
    """So many of so many; nothing where there are none."""
    return f"{labels.number(part)}/{labels.number(whole)}" if whole else ""
