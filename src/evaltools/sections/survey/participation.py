"""Who answered the surveys and who did not: tables and figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL, breakdowns
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import ROUNDED, pick, value
from evaltools.sections.material import Labels, flow_steps, number
from evaltools.sections.survey.compute.decisions import LEVEL
from evaltools.sections.survey.compute.participation import ANSWERED
from evaltools.sections.survey.paired_items import LARGE

STEPS = ("participants", "start", "asked_at_end", "end", "both")


NOTABLE = 0.1  # standardised difference that is commonly called an imbalance


def answered_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    responses = pick(rows, table="responses")
    if responses.empty:
        return None
    here = pick(responses, scope=ALL).set_index("measure")
    words = {step: labels.number(here.loc[step, "count"]) for step in STEPS}
    words |= {f"{step}_share": labels.share(here.loc[step]) for step in ("start", "end", "both")}
    asked, everybody = (value(responses, "count", scope=ALL, measure=step) for step in ("asked_at_end", "participants"))
    end = "everyone" if asked is not None and asked == everybody else "end"
    said = ("start", end, "pairs") if labels.study.has("participants") else ("no_register", "pairs")
    untold = f" ({i18n.NOTHING})"  # a share that is not shown is left out
    sentences = [labels.say(f"survey.answered.{key}", **words).replace(untold, "") for key in said]
    first = "participants" if labels.study.has("participants") else "either"
    steps = flow_steps(rows, lambda step: labels.say(f"survey.step.{first if step == 'participants' else step}"))
    caption = labels.say("survey.answered.flow")
    source = labels.source("participants", "start_survey", "end_survey")
    both = here.loc["both", "count"]
    finding = "" if pd.isna(both) else labels.say("survey.answered.found", n=int(both))
    drawn = charts.flow("survey-flow", caption, steps, language=labels.language, source=source)
    blocks: list[Table | Figure] = [replace(drawn, finding=finding)]
    if responses["scope"].nunique() > 1:
        blocks.append(_responses_by_term(responses, labels, source))
    return Part("survey-answered", labels.say("survey.heading.answered"), sentences, blocks)


def respondents_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Who answered, by what they said of themselves, where there is no register to say it."""
    found, blocks = pick(rows, table="respondents"), []
    for breakdown in breakdowns(labels.study):
        by = breakdown.by
        columns = [
            (Column(labels.by(by)), lambda row: labels.group(row["by"], row["group"])),
            (Column(labels.say("column.persons"), "integer"), number("count")),
            (Column(labels.say("column.share"), "percent"), labels.share_of),
        ]
        caption, source = labels.say("survey.respondents.by", per=labels.per(by)), labels.source(breakdown.table)
        notes = [labels.say("participants.several_answers")] if breakdown.overlaps else []
        blocks.append(
            labels.table(f"respondents-{by}", caption, pick(found, by=by), columns, source=source, notes=notes)
        )
    blocks = [block for block in blocks if block.rows]
    if not blocks:
        return None
    how = labels.say("survey.respondents.how")
    return Part("survey-respondents", labels.say("survey.heading.respondents"), [how], blocks)


def _responses_by_term(responses: pd.DataFrame, labels: Labels, source: str) -> Table:
    def step(measure: str, column: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(responses, column, scope=row["scope"], measure=measure)

    def share(measure: str) -> tuple[Column, Callable[[pd.Series], Value]]:
        label = labels.say("survey.column.share", step=labels.say(f"survey.step.{measure}"))
        shares = pick(responses, measure=measure).set_index("scope")
        return Column(label, "percent"), lambda row: labels.share_of(shares.loc[row["scope"]])

    columns: list[tuple[Column, Callable[[pd.Series], Value]]]
    columns = [(Column(labels.by("term")), lambda row: labels.scope(row["scope"]))]
    for measure in STEPS:
        columns.append((Column(labels.say(f"survey.step.{measure}"), "integer"), step(measure, "count")))
        columns += [share(measure)] if measure in ("start", "end", "both") else []
    lines = pick(responses, measure="participants")
    caption = labels.say("survey.answered.by_term")
    notes = [labels.say("survey.answered.shares")]
    return labels.table("survey-responses", caption, lines, columns, source=source, notes=notes)


def attrition_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    attrition = pick(rows, table="attrition")
    if attrition.empty:
        return None
    heading = labels.say("survey.heading.attrition")
    if value(attrition, by=TOTAL, measure="both") == 1:
        return Part("survey-attrition", heading, [labels.say("survey.attrition.nobody")])
    if not value(attrition, "count", by=TOTAL, measure="both"):
        return Part("survey-attrition", heading, [labels.say("survey.attrition.cannot_judge")])
    differences = pick(attrition, measure="standardised_difference")
    clear = differences[(differences["lower"] > 0) | (differences["upper"] < 0)]
    clear = clear[(clear["estimate"].abs() >= NOTABLE) & (clear["answered"] >= LARGE)].sort_values(
        "estimate", kind="stable"
    )
    tests = pick(attrition, measure="attrition_test").set_index("by")["p_adjusted"]
    untold = tests.index[tests >= LEVEL]  # no group is named after a look: the test of its background comes first
    clear = clear[~clear["by"].isin(untold)]
    missing, present = clear[clear["estimate"] < 0], clear[clear["estimate"] > 0].iloc[::-1]
    sentences = [
        labels.say(f"survey.attrition.{key}", groups="; ".join(_groups(labels, some)))
        for key, some in (("missing", missing), ("present", present))
        if len(some)
    ]
    if len(differences):
        sentences = sentences or [labels.say("survey.attrition.alike")]
        how = labels.say("survey.attrition.how", limit=labels.decimal(NOTABLE, 1), n=labels.number(LARGE))
        sentences += [*([labels.say("survey.attrition.selected")] if len(clear) else []), how]
    groups = pick(attrition, measure="both")
    blocks = [_attrition_table(attrition, groups[groups["by"] != TOTAL], differences, labels)]
    tests = pick(attrition, measure="attrition_test")
    if len(tests):
        blocks.append(_attrition_test_table(tests, labels))
    return Part("survey-attrition", heading, sentences, blocks)


def _groups(labels: Labels, rows: pd.DataFrame) -> list[str]:
    """The groups with what they are groups of; one that stands in several breakdowns by the same name is named once."""
    named: dict[str, str] = {}
    for _, row in rows.iterrows():
        group = labels.inside(labels.group(row["by"], row["group"]))
        words = {"by": labels.inside(labels.by(row["by"])), "group": group}
        named.setdefault(group, labels.say("survey.attrition.difference", **words))
    return list(named.values())


def _attrition_table(attrition: pd.DataFrame, groups: pd.DataFrame, differences: pd.DataFrame, labels: Labels) -> Table:
    def gap(column: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(differences, column, by=row["by"], group=row["group"])

    def count(measure: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(attrition, "count", by=row["by"], group=row["group"], measure=measure)

    columns = [
        (Column(labels.say("survey.column.background")), lambda row: labels.by(row["by"])),
        (Column(labels.say("column.group")), lambda row: labels.group(row["by"], row["group"])),
        *((Column(labels.say(f"survey.who.{measure}"), "integer"), count(measure)) for measure in ANSWERED),
    ]
    if len(differences):
        columns += [
            (Column(labels.say("survey.column.d"), "decimal", 2), gap("estimate")),
            (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), gap("lower")),
            (Column(labels.say("column.upper"), "decimal", 2), gap("upper")),
        ]
    caption = labels.say("survey.attrition.table")
    source = labels.source("participants", "start_survey", "end_survey")
    rounded = (attrition["status"] == ROUNDED).any()
    notes = [labels.say("survey.attrition.rounded")] if rounded and len(differences) else []
    return labels.table("survey-attrition-table", caption, groups, columns, source=source, notes=notes)


def _attrition_test_table(tests: pd.DataFrame, labels: Labels) -> Table:
    columns = [
        (Column(labels.say("survey.column.background")), lambda row: labels.by(row["by"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.v"), "decimal", 2), number("effect")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("effect_lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("effect_upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    caption = labels.say("survey.attrition.tests")
    notes = [labels.say("survey.attrition.tests_how")]
    return labels.table("survey-attrition-tests", caption, tests, columns, notes=notes)
