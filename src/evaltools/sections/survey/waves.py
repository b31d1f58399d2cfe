"""Change between waves that the study file declares besides start and end: rows and their part.

The pairs of answers are exact, so a protected edition has none of it and says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.arms import CHANGE, at_wave
from evaltools.counts.tabulation import ALL
from evaltools.counts.waves import named
from evaltools.report.document import Column, Part
from evaltools.results.records import ResultSet, pick
from evaltools.sections import arm_waves, clustered
from evaltools.sections.material import Labels, Material, number
from evaltools.sections.numbers import words_tables
from evaltools.sections.survey.wording import is_primary, source, worded
from evaltools.statistics import clusters, multiplicity, net_change
from evaltools.study.schema import SURVEYS
from evaltools.study.survey_model import Item, Scale

FEWEST = 5  # pairs; below it a change is described and not tested


def wave_rows(material: Material, results: ResultSet) -> None:
    """Net change of every question and scale between each declared pair of waves, one family of tests for all."""
    counts = material.exact.get("wave_transitions")
    if counts is None or results.protected:
        return
    survey = material.study.survey
    asked: list[Item | Scale] = [*survey.items, *survey.scales]
    places = [(named(*change), q) for change in material.study.wave_changes for q in asked]
    moved = {(change, q.id): _moved(pick(counts, change=change, item=q.id), q) for change, q in places}
    places = [(change, q) for change, q in places if sum(moved[change, q.id])]
    designs = [clustered.of_changes(material, change, q.id) for change, q in places]
    found = [clusters.net_change(*moved[change, q.id], of) for (change, q), of in zip(places, designs, strict=True)]
    adjusted: list[float | None] = [None] * len(places)
    confidence: list[float | None] = [None] * len(places)
    for primary, method in ((True, "holm"), (False, "bh")):
        mine = [i for i, (_, q) in enumerate(places) if q.primary is primary]
        tested = [found[i].p if found[i].n >= FEWEST else None for i in mine]
        for i, a, c in zip(mine, multiplicity.adjust(tested, method), net_change.decided(tested, method), strict=True):
            adjusted[i], confidence[i] = a, c
    for i, (change, q) in enumerate(places):
        ways = moved[change, q.id]
        where: dict[str, Any] = {"item": q.id, "by": "wave", "group": change}
        n = sum(ways)
        results.count("wave", "paired", n, **where)
        for measure, count in zip(("improved", "same", "worse"), ways, strict=True):
            results.count("wave", measure, count, n, **where)
        at = confidence[i]
        tests: dict[str, Any] = {}
        if at is not None:
            wide = clusters.net_change(*ways, designs[i], at).estimate
            name = "Holm" if q.primary else "Benjamini-Hochberg"
            tests = {"p": found[i].p, "p_adjusted": adjusted[i], "method": f"{found[i].estimate.method}; {name}"}
            tests |= {"effect": wide.estimate, "effect_lower": wide.lower, "effect_upper": wide.upper}
            tests["effect_measure"] = "net_change"
        results.statistic("wave", "net_change", found[i].estimate, unit="share", **where, **tests)
    arm_waves.rows(material, results, [_of_arms(change, q) for change, q in places if change != named(*SURVEYS)])


def _of_arms(change: str, q: Item | Scale) -> arm_waves.Outcome:
    id = at_wave(change, f"{CHANGE}{q.id}")
    return arm_waves.Outcome(id, "difference_of_changes", change, item=q.id, primary=q.primary)


def _moved(pairs: pd.DataFrame, q: Item | Scale) -> tuple[int, int, int]:
    """How many changed for the better, stayed and changed for the worse; a scale is turned already."""
    sign = -1 if isinstance(q, Item) and q.direction == "lower" else 1
    way = sign * np.sign((pairs["post"].astype(float) - pairs["pre"].astype(float)).round(9))
    better, same, worse = (int(pairs["count"][way == side].sum()) for side in (1, 0, -1))
    return better, same, worse


def waves_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Which questions changed between which waves, and a table of all."""
    if not (labels.study.survey.waves or labels.study.survey.changes):
        return None
    heading = labels.say("waves.heading")
    net = pick(rows, table="wave", measure="net_change", scope=ALL)
    if net.empty:
        hidden = (rows["edition"] == "public").any()
        return Part("survey-waves", heading, [labels.say("waves.withheld" if hidden else "waves.nobody")])
    sentences = [said for _, row in net.iterrows() if is_primary(labels, row["item"]) for said in _said(labels, row)]
    columns = [
        (Column(labels.say("waves.change")), lambda row: labels.wave_change(row["group"])),
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.net"), "points"), number("estimate")),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), number("effect_lower")),
        (Column(labels.say("column.upper"), "points"), number("effect_upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    table = labels.table("survey-waves-table", labels.say("waves.table"), net, columns, source=source(labels))
    tables = [table]
    if labels.study.comparison is not None:
        arm = labels.group("arm", labels.study.comparison.treated)
        primary = rows[rows["item"].isin([q.id for q in labels.study.survey.questions if is_primary(labels, q.id)])]
        differ = arm_waves.said(primary, labels, "change", *_of_difference(labels))
        sentences = [*differ, labels.say("survey.results.of_treated", arm=arm), *sentences]
        tables = [*arm_waves.table(rows, labels, "survey-waves-arms", *_of_difference(labels), source(labels)), table]
    tables += words_tables(rows, labels, "survey")
    return Part("survey-waves", heading, [labels.say("waves.how"), *sentences], tables)


def _of_difference(labels: Labels) -> tuple[arm_waves.Named, arm_waves.Named]:
    """What a difference between the arms is of, and between which waves."""
    return lambda row: worded(labels, row["item"]), lambda row: labels.wave_change(row["group"])


def _said(labels: Labels, row: pd.Series) -> list[str]:
    words = {"question": labels.question(row["item"]), "change": labels.wave_change(row["group"])}
    if pd.isna(row["p_adjusted"]) or pd.isna(row["effect_lower"]):
        return [labels.say("waves.too_few", **words)]
    words |= {"net": labels.points(row["estimate"]), "p": labels.p(row["p_adjusted"])}
    words["interval"] = labels.points_interval(row["effect_lower"], row["effect_upper"])
    key = "unclear" if row["p_adjusted"] >= net_change.LEVEL else "improved" if row["estimate"] > 0 else "worse"
    return [labels.say(f"waves.{key}", n=int(row["answered"]), **words)]
