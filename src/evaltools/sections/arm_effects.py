"""What an arm's difference from the comparison group is made of: the effect of taking part, and subgroups.

Rows from moments of the arms, for any outcome of any stage; exact data only, so no protected edition has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import TOTAL
from evaltools.report.document import Column, Figure, Number, Part, Table, Value
from evaltools.results.records import ResultSet, pick
from evaltools.sections import clustered, rate_tables
from evaltools.sections.material import Labels, Material, number
from evaltools.statistics import comparison, heterogeneity, multiplicity, net_change, proportions, taking_part
from evaltools.statistics.types import Estimate, finite

LEVEL = net_change.LEVEL
FEWEST = 10  # persons of a group in each arm; below it the group is not compared


class Outcome(NamedTuple):
    """An outcome: its name in the counts, how its rows are placed, and its unit (``share`` or none)."""

    id: str
    measure: str
    unit: str = ""
    item: str = ""


# --- rows ---


def rows(material: Material, results: ResultSet, outcomes: Sequence[Outcome]) -> None:
    """Take-up, the effect of taking part, each group's difference, and one test of whether the groups' differ."""
    pair = material.study.comparison
    if pair is None or results.protected:
        return
    arms = (pair.treated, pair.control)
    if "arm_take_up" in material.exact:
        _took_part(material, results, arms)
        for outcome in outcomes:
            _effect_of_taking_part(material, results, outcome, arms)
    for outcome in outcomes if not material.study.has_clusters else ():  # their tests do not allow for groups
        _groups(material, results, outcome, arms)


def _took_part(material: Material, results: ResultSet, arms: tuple[str, str]) -> None:
    """Who of each arm took part, of those of whom it is known."""
    persons = material.tables["persons"].dropna(subset=["took_part"])
    for arm in arms:
        of = persons.loc[persons["arm"] == arm, "took_part"].astype(bool)
        rate = clustered.without_interval(proportions.clopper_pearson(int(of.sum()), len(of)), material)
        results.statistic("arm_take_up", "took_part", rate, count=int(of.sum()), unit="share", by="arm", group=arm)


def _effect_of_taking_part(material: Material, results: ResultSet, outcome: Outcome, arms: tuple[str, str]) -> None:
    moments = pick(material.exact["arm_take_up"], outcome=outcome.id).set_index("arm")
    if not all(arm in moments.index and moments.loc[arm, "count"] >= FEWEST for arm in arms):
        return
    columns = ("mean", "took_part", "variance", "took_part_variance", "covariance")
    treated, control = (
        taking_part.Arm(int(moments.loc[arm, "count"]), *(float(moments.loc[arm, c]) for c in columns)) for arm in arms
    )
    found = clustered.without_interval(taking_part.complier_effect(treated, control), material)
    results.statistic(
        "arm_taking_part", outcome.measure, found, by="arm", unit=outcome.unit, item=outcome.item, note=found.note
    )


def _groups(material: Material, results: ResultSet, outcome: Outcome, arms: tuple[str, str]) -> None:
    """Each group's difference between the arms, and one test a breakdown, adjusted (Holm) for all breakdowns."""
    moments = pick(material.exact["arm_groups"], outcome=outcome.id)
    moments = moments[moments["by"] != TOTAL]
    tested = {}
    for by, part in moments.groupby("by", sort=False):
        both = {group: of.set_index("arm") for group, of in part.groupby("group", sort=False)}
        large = {g: of for g, of in both.items() if all(a in of.index and of.loc[a, "count"] >= FEWEST for a in arms)}
        if len(large) > 1:
            tested[by] = large
    effects = [[_group_effect(of, outcome, arms) for of in large.values()] for large in tested.values()]
    tests = [heterogeneity.equal_effects(groups) for groups in effects]
    adjusted = multiplicity.adjust([test.p for test in tests], "holm")
    for by, groups, test, p_adjusted in zip(tested, effects, tests, adjusted, strict=True):
        place: dict[str, Any] = {"by": by, "item": outcome.item, "unit": outcome.unit}
        for group, of in tested[by].items():
            results.statistic("arm_group", outcome.measure, _difference(of, outcome, arms), group=group, **place)
        sd = heterogeneity.spread(groups)
        row: dict[str, Any] = {
            "statistic": test.statistic,
            "df": test.df,
            "p": test.p,
            "p_adjusted": p_adjusted,
            "note": test.note,
        }
        row |= {"effect": sd.estimate, "effect_lower": sd.lower, "effect_upper": sd.upper, "effect_measure": "sd"}
        row |= {"answered": round(sum(of["count"].sum() for of in tested[by].values()))}
        method = f"{sd.method}; {test.method}; Holm"
        results.statistic("arm_heterogeneity", outcome.measure, sd, **place, **row, method=method)


def _group_effect(of: pd.DataFrame, outcome: Outcome, arms: tuple[str, str]) -> heterogeneity.GroupEffect:
    if outcome.unit == "share":
        return heterogeneity.of_rates(*_successes(of, arms))
    one, two = ((int(of.loc[a, "count"]), float(of.loc[a, "mean"]), float(of.loc[a, "variance"])) for a in arms)
    return heterogeneity.of_means(*one, *two)


def _difference(of: pd.DataFrame, outcome: Outcome, arms: tuple[str, str]) -> Estimate:
    if outcome.unit == "share":
        return proportions.difference(*_successes(of, arms))
    moments = [(int(of.loc[a, "count"]), finite(of.loc[a, "mean"]), finite(of.loc[a, "variance"] ** 0.5)) for a in arms]
    return comparison.mean_difference(*moments[0], *moments[1])


def _successes(of: pd.DataFrame, arms: tuple[str, str]) -> tuple[int, int, int, int]:
    (n1, p1), (n2, p2) = ((int(of.loc[a, "count"]), float(of.loc[a, "mean"])) for a in arms)
    return round(p1 * n1), n1, round(p2 * n2), n2


# --- parts ---

Named = Callable[[pd.Series], str]


def taking_part_part(rows: pd.DataFrame, labels: Labels, name: Named) -> Part | None:
    """Who of the assigned took part, and what taking part did; ``name`` says what a row's outcome is called."""
    effects, took = pick(rows, table="arm_taking_part"), pick(rows, table="arm_take_up")
    if effects.empty or took.empty:
        return None
    sentences = [
        _take_up_sentence(took, labels),
        *(_effect_sentence(row, name(row), labels) for _, row in effects.iterrows()),
    ]
    sentences.append(labels.say("comparison.explain.taking_part"))
    columns = [
        (Column(labels.say("comparison.column.outcome")), name),
        (Column(labels.say("comparison.column.effect"), "range"), number_of("estimate")),
        (Column(labels.say("column.lower"), "range", span=labels.say("column.interval")), number_of("lower")),
        (Column(labels.say("column.upper"), "range"), number_of("upper")),
    ]
    topic, caption = effects["topic"].iloc[0], labels.say("comparison.taking_part_table")
    table = labels.table(f"{topic}-taking-part", caption, effects, columns, source=labels.source("participants"))
    heading = labels.say("comparison.taking_part_heading")
    return Part(f"{topic}-taking-part", heading, sentences, [table], level=3)


def _take_up_sentence(took: pd.DataFrame, labels: Labels) -> str:
    arms = [
        {"arm": labels.group("arm", row["group"]), "share": labels.percent(row["estimate"])}
        | {"count": labels.number(row["count"]), "n": labels.number(row["answered"])}
        for _, row in took.iterrows()
    ]
    told = "; ".join(labels.say("comparison.take_up_of_arm", **words) for words in arms)
    return labels.say("comparison.take_up", arms=told)


def _effect_sentence(row: pd.Series, outcome: str, labels: Labels) -> str:
    if pd.isna(row["lower"]) and row["note"] != clustered.IGNORED:
        return labels.say("comparison.taking_part_open", outcome=outcome)
    words = {"outcome": outcome, "effect": amount(row, row["estimate"], labels)}
    if pd.isna(row["lower"]):
        return labels.say("comparison.taking_part_alone", **words)
    return labels.say("comparison.taking_part", interval=amount_range(row, labels), **words)


def amount(row: pd.Series, number: float, labels: Labels) -> str:
    """A difference in words: percentage points of a share, else a number, large ones without decimals."""
    if row["unit"] == "share":
        return labels.points(number)
    return labels.decimal(number, 0 if abs(number) >= 100 else 2)


def amount_range(row: pd.Series, labels: Labels) -> str:
    if row["unit"] == "share":
        return labels.points_interval(row["lower"], row["upper"])
    lower, upper = (amount(row, row[end], labels) for end in ("lower", "upper"))
    return i18n.interval(lower, upper, labels.language)


def number_of(column: str) -> Callable[[pd.Series], Value]:
    """Points of a share, else a plain number."""
    return lambda row: Number(number(column)(row), "points" if row["unit"] == "share" else "decimal")


def groups_part(rows: pd.DataFrame, labels: Labels, name: Named) -> Part | None:
    """Whether the difference between the arms differs between groups: the test first, then each group's difference."""
    tests, groups = pick(rows, table="arm_heterogeneity"), pick(rows, table="arm_group")
    if tests.empty or groups.empty:
        return None
    sentences = [_tested_sentence(of, name, labels) for _, of in tests.groupby(["measure", "item"], sort=False)]
    sentences.append(labels.say("comparison.explain.groups"))
    topic, source = tests["topic"].iloc[0], labels.source("participants")
    test_columns = [
        (Column(labels.say("comparison.column.outcome")), name),
        (Column(labels.say("comparison.column.by")), lambda row: labels.by(row["by"])),
        (Column(labels.say("comparison.column.spread"), "range"), number_of("estimate")),
        (Column(labels.say("column.lower"), "range", span=labels.say("column.interval")), number_of("lower")),
        (Column(labels.say("column.upper"), "range"), number_of("upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("comparison.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    blocks: list[Table | Figure] = [
        labels.table(f"{topic}-arm-tests", labels.say("comparison.tests_table"), tests, test_columns, source=source)
    ]
    columns = [
        (Column(labels.say("comparison.column.group")), lambda row: _group(row, labels)),
        (Column(labels.say("comparison.column.n"), "integer"), number("answered")),
        (Column(labels.say("comparison.column.difference"), "range"), number_of("estimate")),
        (Column(labels.say("column.lower"), "range", span=labels.say("column.interval")), number_of("lower")),
        (Column(labels.say("column.upper"), "range"), number_of("upper")),
    ]
    table = labels.table(f"{topic}-arm-groups", labels.say("comparison.groups_table"), groups, columns, source=source)
    blocks.append(
        rate_tables.within(table, labels.say("comparison.column.outcome"), [name(r) for _, r in groups.iterrows()])
    )
    heading = labels.say("comparison.groups_heading")
    return Part(f"{topic}-arm-groups", heading, sentences, blocks, level=3)


def _group(row: pd.Series, labels: Labels) -> str:
    words = {"by": labels.by(row["by"]), "group": labels.group(row["by"], row["group"])}
    return labels.say("comparison.group", **words)


def _tested_sentence(of: pd.DataFrame, name: Named, labels: Labels) -> str:
    clear = of[(of["p_adjusted"] < LEVEL).fillna(False)]
    words = {"outcome": name(of.iloc[0]), "n": len(of)}
    if clear.empty:
        return labels.say("comparison.groups_none", **words)
    names = i18n.listing([labels.inside(labels.by(by)) for by in clear["by"]], labels.language)
    return labels.say("comparison.groups_differ", names=names, **words)
