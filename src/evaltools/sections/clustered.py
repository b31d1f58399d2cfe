"""Persons in courses, classes or with one teacher: what that does to the intervals of rates and changes, and when.

The figures are of exact counts by group, so a protected edition has none of them; it says so, and judges nothing whose
interval would need them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Column, Part, Value
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material, number
from evaltools.statistics import clusters
from evaltools.statistics.clusters import Arm, Design
from evaltools.statistics.types import Estimate

MATTERS = 1.25  # design effect from which on the report says that groups matter
IGNORED = "groups_ignored"  # why a companion figure has no interval
MEASURES = ("icc", "design_effect", "df")


def of_changes(material: Material, scope: str, item: str) -> Design | None:
    """The design of an item's net change; None where the study names no groups."""
    groups = _changes(material, scope, item)
    return None if groups is None else clusters.of_changes(groups[["higher", "same", "lower"]].to_numpy())


def of_means(material: Material, scope: str, item: str) -> Design | None:
    """The design of an item's mean change."""
    groups = _changes(material, scope, item)
    return None if groups is None else clusters.design(groups["persons"], groups["sum"], groups["squares"])


def _changes(material: Material, scope: str, item: str) -> pd.DataFrame | None:
    counts = material.exact.get("cluster_changes")
    return None if counts is None else pick(counts, scope=scope, item=item)


def rate(material: Material, scope: str, by: str, group: str, measure: str) -> Estimate | None:
    """A placement rate with its interval; None where the study names no groups."""
    if by == "arm":  # of both arms, while the other counts are of the project's own
        counts = material.exact.get("arm_clusters")
        return None if counts is None or scope != ALL else clusters.rate(_successes(counts, measure, group))
    counts = material.exact.get("cluster_placement")
    if counts is None:
        return None
    here = pick(counts, scope=scope, by=by, group=group, measure=measure)
    return clusters.rate(list(here[["answered", "count"]].itertuples(index=False, name=None)))


def rates_of_arms(material: Material, measure: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
    """By group how many of each arm answered, and how many of them count; None where the study names no groups."""
    counts, pair = material.exact.get("arm_clusters"), material.study.comparison
    if counts is None or pair is None:
        return None
    return _successes(counts, measure, pair.treated), _successes(counts, measure, pair.control)


def _successes(counts: pd.DataFrame, measure: str, arm: str) -> list[tuple[int, int]]:
    here = pick(counts, outcome=measure, arm=arm)
    return [(int(n), round(x)) for n, x in here[["count", "sum"]].itertuples(index=False, name=None)]


def of_arms(material: Material, outcome: str) -> tuple[Arm, Arm] | None:
    """An outcome of the arms, the project's first, by the groups that persons were in; None without groups."""
    counts, pair = material.exact.get("arm_clusters"), material.study.comparison
    if counts is None or pair is None:
        return None
    here = pick(counts, outcome=outcome)
    every = here["cluster"].unique()

    def of(arm: str) -> Arm:
        sums = pick(here, arm=arm).set_index("cluster")[["count", "sum", "squares"]].reindex(every, fill_value=0)
        return Arm(*(sums[column].to_numpy(float) for column in sums))

    return of(pair.treated), of(pair.control)


def without_interval(found: Estimate, material: Material) -> Estimate:
    """A figure whose interval does not allow for groups: without it where persons were in groups."""
    if not material.study.has_clusters or found.lower is None:
        return found
    return replace(found, lower=None, upper=None, note=found.note or IGNORED)


def change_rows(material: Material, results: ResultSet, items: list[str]) -> None:
    """How many groups, how alike persons of one group changed, and what that does to the variance, by question."""
    for item in items if "cluster_changes" in material.exact else ():
        found = of_changes(material, ALL, item)
        if found is not None and found.n:
            _rows(results, found, item)


def rate_rows(material: Material, results: ResultSet, measures: list[str]) -> None:
    """The same of placement rates, by measure."""
    counts = material.exact.get("cluster_placement")
    for measure in measures if counts is not None else ():
        here = pick(counts, scope=ALL, by=TOTAL, measure=measure)
        if len(here):
            groups = list(here[["answered", "count"]].itertuples(index=False, name=None))
            _rows(results, clusters.of_rates(groups), measure)


def _rows(results: ResultSet, found: Design, item: str) -> None:
    if results.protected:
        return
    results.amount("cluster", "groups", float(found.groups), "groups", item=item)
    known = {"icc": found.icc, "design_effect": found.effect, "df": found.df} if found.is_known else {}
    for measure in MEASURES:
        note = "" if found.is_known else "too_few_groups"
        point = Estimate(known.get(measure), None, None, found.n, clusters.METHOD, note=note)
        results.statistic("cluster", measure, point, item=item)


def part(rows: pd.DataFrame, labels: Labels, topic: str) -> Part | None:
    """Whether it matters that persons came in groups, and the figures behind it."""
    if not labels.study.has_clusters:
        return None
    heading = labels.say("clusters.heading")
    here = pick(rows, table="cluster")
    if here.empty:
        return Part(f"{topic}-clusters", heading, [labels.say("clusters.withheld")]) if _hidden(rows) else None
    effects = pick(here, measure="design_effect")
    read = {m: _of(here, m) for m in ("groups", *MEASURES)}
    columns = [
        (Column(labels.say(f"clusters.{topic}")), lambda row: _named(labels, topic, row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("clusters.groups"), "integer"), read["groups"]),
        (Column(labels.say("clusters.icc"), "decimal", 2), read["icc"]),
        (Column(labels.say("clusters.effect"), "decimal", 2), number("estimate")),
        (Column(labels.say("clusters.df"), "decimal", 1), read["df"]),
    ]
    source = labels.source("start_survey", "end_survey") if topic == "survey" else labels.source("followup")
    caption, notes = labels.say("clusters.caption"), [labels.say(f"clusters.companions_{topic}")]
    table = labels.table(f"{topic}-clusters-table", caption, effects, columns, source=source, notes=notes)
    return Part(f"{topic}-clusters", heading, [labels.say("clusters.how"), *said(rows, labels, topic)], [table])


def _hidden(rows: pd.DataFrame) -> bool:
    return bool((rows["edition"] == "public").any())


def _of(here: pd.DataFrame, measure: str) -> Callable[[pd.Series], Value]:
    return lambda row: value(here, measure=measure, item=row["item"])


def _named(labels: Labels, topic: str, item: str) -> str:
    return labels.question(item) if topic == "survey" else labels.say(f"placement.measure.{item}")


def said(rows: pd.DataFrame, labels: Labels, topic: str) -> list[str]:
    """One sentence: that groups matter, and to what most; that they hardly do; that there are too few; or withheld."""
    if not labels.study.has_clusters:
        return []
    here = pick(rows, table="cluster")
    if here.empty:
        return [labels.say("clusters.withheld")] if _hidden(rows) else []
    effects = pick(here, measure="design_effect").dropna(subset=["estimate"])
    groups = pick(here, measure="groups")["estimate"].max()
    words: dict[str, object] = {"groups": labels.number(groups)}
    if effects.empty:
        return [labels.say("clusters.too_few", n=int(groups))]
    most = effects.loc[effects["estimate"].idxmax()]
    key = "matters" if most["estimate"] >= MATTERS else "hardly"
    words |= {"name": _named(labels, topic, most["item"]), "effect": labels.decimal(most["estimate"])}
    words["icc"] = labels.decimal(value(here, measure="icc", item=most["item"]))
    return [labels.say(f"clusters.{key}", **words)]
