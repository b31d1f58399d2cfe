"""Whether answers differ by how people were asked: told where they do, since a change could come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pandas as pd

from evaltools.report.document import Column, Part, Value
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material, number
from evaltools.sections.survey.single import SURVEYS, Moments, moments
from evaltools.sections.survey.wording import range, signed, source, worded
from evaltools.statistics import comparison, multiplicity

FEWEST = 5  # answers in each mode; fewer are not compared
# few whole-number answers make Welch's p a little too small far out: at 0.05 something is told of 5 to 7 in 100
# projects without an effect, at 0.03 of 3 to 4 (benchmarks/mode.py)
LEVEL = 0.03


def mode_rows(material: Material, results: ResultSet) -> None:
    """How many answered in each mode, and each question's mean in a mode less that in the usual one (Welch), Holm over
    all of them. Of exact counts, so no protected edition has a row."""
    counts = material.exact.get("modes")
    if counts is None or results.protected or counts["mode"].nunique() < 2:
        return
    for survey, of in counts.groupby("survey", sort=False):
        for row in of.itertuples():
            place: dict[str, Any] = {"by": "survey", "group": str(survey), "by2": "mode", "group2": str(row.mode)}
            results.count("mode", "answered", int(row.count), int(of["count"].sum()), **place)
    usual, *others = counts.groupby("mode")["count"].sum().sort_values(ascending=False, kind="stable").index
    answers = material.exact["mode_answers"]
    compared: list[tuple[dict[str, str], Moments, Moments]] = []
    for item, survey, mode in product([item.id for item in material.study.survey.items], SURVEYS, others):
        here, there = (moments(pick(answers, item=item, survey=survey, mode=each)) for each in (mode, usual))
        if min(here[0], there[0]) >= FEWEST:
            where = {"item": item, "by": "survey", "group": survey, "by2": "mode", "group2": mode}
            compared.append((where, here, there))
    # people of one class may have been asked alike, and their answers are alike for other reasons
    tested = not material.study.has_clusters
    p = [comparison.mean_difference_test(*here, *there).p if tested else None for _, here, there in compared]
    for (where, here, there), adjusted in zip(compared, multiplicity.adjust(p), strict=True):
        _difference(results, where, here, there, adjusted)


def _difference(
    results: ResultSet, where: Mapping[str, str], here: Moments, there: Moments, adjusted: float | None
) -> None:
    """One difference, tested where the adjusted p is known."""
    difference = comparison.mean_difference(*here, *there)
    told: dict[str, Any] = {**where}
    if adjusted is not None:
        size, test = comparison.hedges_g(*here, *there), comparison.mean_difference_test(*here, *there)
        told |= {"p": test.p, "p_adjusted": adjusted, "statistic": test.statistic, "df": test.df}
        told |= {"effect": size.estimate, "effect_lower": size.lower, "effect_upper": size.upper}
        told |= {"method": f"{difference.method}; Holm", "effect_measure": "Hedges g"}
    results.statistic("mode", "difference", difference, **told)


def mode_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """The questions whose answers differ by how people were asked, where any do, and who was asked how."""
    found = differing(rows)
    if found.empty:
        return None
    answered = pick(rows, table="mode", measure="answered")
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(labels.say("survey.column.survey")), lambda row: labels.say(f"survey.single.{row['group']}")),
        (Column(labels.say("survey.mode.mode")), lambda row: labels.group("mode", row["group2"])),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("column.share"), "percent"), number("estimate")),
    ]
    who = labels.table("survey-modes", labels.say("survey.mode.who"), answered, columns, source=source(labels))
    compared = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        *columns[:2],
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.mode.difference"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    every = pick(rows, table="mode", measure="difference")
    caption = labels.say("survey.mode.caption", usual=labels.group("mode", usual_mode(answered)))
    table = labels.table("survey-mode-differences", caption, every, compared, source=source(labels))
    return Part("survey-mode", labels.say("survey.heading.mode"), said(rows, labels), [table, who])


def differing(rows: pd.DataFrame) -> pd.DataFrame:
    """The differences between modes that are told: those that all the tests together leave."""
    found = pick(rows, table="mode", measure="difference")
    return found[(found["p_adjusted"] < LEVEL).fillna(False).astype(bool)]


def usual_mode(answered: pd.DataFrame) -> str:
    """The mode in which most answers were given."""
    return str(answered.groupby("group2", sort=False)["count"].sum().idxmax())


def said(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """A sentence a question whose answers differ by mode, and what that means for the change; nothing where none do."""
    found = differing(rows)
    if found.empty:
        return []
    answered = pick(rows, table="mode", measure="answered")
    usual = labels.group("mode", usual_mode(answered))
    sentences = [
        labels.say(
            f"survey.mode.differs_{row['group']}",
            question=labels.say("survey.quoted", question=labels.question(row["item"])),
            mode=labels.group("mode", row["group2"]),
            usual=usual,
            difference=signed(labels, row["estimate"]),
            interval=range(labels, row),
        )
        for _, row in found.iterrows()
    ]
    shares = {
        mode: [value(answered, group=survey, group2=mode) or 0.0 for survey in SURVEYS] for mode in answered["group2"]
    }
    moved = [mode for mode in dict.fromkeys(found["group2"]) if shares[mode][0] != shares[mode][1]]
    for mode in moved:
        start, end = (labels.percent(share) for share in shares[mode])
        sentences.append(labels.say("survey.mode.moved", mode=labels.group("mode", mode), start=start, end=end))
    return [*sentences, labels.say("survey.mode.limits")]
