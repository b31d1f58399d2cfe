"""Change in the study arms, one against the other: tables and sentences."""

from __future__ import annotations

import pandas as pd

from evaltools.report.document import Column, Part, Table, Value
from evaltools.results.records import pick, value
from evaltools.sections import arm_effects
from evaltools.sections.material import Labels, number
from evaltools.sections.survey.compute.decisions import LEVEL
from evaltools.sections.survey.wording import change, is_primary, of, range, signed, source, worded


def arms_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    arms = pick(rows, table="arms")
    compared = labels.study.comparison
    if arms.empty or compared is None:
        return None
    differences = pick(arms, measure="difference_of_changes")
    names = {arm: labels.group("arm", arm) for arm in (compared.treated, compared.control)}
    sentences = [_arm_sentence(labels, arms, row, names) for _, row in differences.iterrows()]
    whose = {"treated": names[compared.treated], "control": names[compared.control]}
    sentences.append(labels.say("survey.arms.estimand", **whose))
    if labels.study.has_clusters:
        sentences.append(labels.say("comparison.in_groups"))
    changes = pick(arms, measure="mean_change")
    change_columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.by("arm")), lambda row: names[row["group"]]),
        (Column("n", "integer"), number("answered")),
        (
            Column(labels.say("survey.column.start"), "decimal", 2),
            lambda row: value(arms, measure="mean_start", item=row["item"], group=row["group"]),
        ),
        (
            Column(labels.say("survey.column.end"), "decimal", 2),
            lambda row: value(arms, measure="mean_end", item=row["item"], group=row["group"]),
        ),
        (Column(labels.say("survey.column.change"), "decimal", 2), change(arms)),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
    ]
    by_arm = labels.table(
        "survey-arm-changes", labels.say("survey.arms.changes"), changes, change_columns, source=source(labels)
    )
    blocks = [by_arm, _difference_table(arms, differences, labels)]
    return Part(
        "survey-arms", labels.say("survey.heading.arms"), sentences, blocks, [labels.say("survey.arms.caution")]
    )


def taking_part_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """What taking part did to the change of the primary questions, or of all where none is primary."""
    return arm_effects.taking_part_part(_chosen(rows, labels), labels, lambda row: worded(labels, row["item"]))


def groups_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Whether the difference of the changes varies between groups, for the same questions."""
    return arm_effects.groups_part(_chosen(rows, labels), labels, lambda row: worded(labels, row["item"]))


def _chosen(rows: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    of_items = rows[rows["item"] != ""]
    primary = [item for item in of_items["item"].unique() if is_primary(labels, item)]
    return rows[rows["item"].isin(["", *(primary or of_items["item"])])]


def lead(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Whether the changes of the arms differ, in brief, by primary question, or by each where none is primary."""
    arms, compared = pick(rows, table="arms"), labels.study.comparison
    if arms.empty or compared is None:
        return []
    differences = pick(arms, measure="difference_of_changes")
    primary = differences[[is_primary(labels, item) for item in differences["item"]]]
    names = {arm: labels.group("arm", arm) for arm in (compared.treated, compared.control)}
    chosen = differences if primary.empty else primary
    return [_arm_sentence(labels, arms, row, names, brief=True) for _, row in chosen.iterrows()]


def _arm_sentence(
    labels: Labels, arms: pd.DataFrame, row: pd.Series, names: dict[str, str], brief: bool = False
) -> str:
    question, (treated, control) = worded(labels, row["item"]), names
    if row["note"] == "too_few_groups":
        words = {"treated": names[treated], "control": names[control], "difference": signed(labels, row["estimate"])}
        return labels.say("survey.arms.few_groups", question=question, **words)
    if pd.isna(row["lower"]) or pd.isna(row["p_adjusted"]):
        return labels.say("survey.arms.too_few", question=question)
    changes = pick(arms, measure="mean_change", item=row["item"])
    changed = {each["group"]: change(arms)(each) for _, each in changes.iterrows()}
    kind = "clear" if row["p_adjusted"] < LEVEL else "unclear"
    return labels.say(
        f"survey.arms.{'brief_' if brief else ''}{kind}",
        question=question,
        treated=names[treated],
        control=names[control],
        change1=signed(labels, changed[treated]),
        change2=signed(labels, changed[control]),
        difference=signed(labels, row["estimate"]),
        interval=range(labels, row),
        p=labels.p(row["p_adjusted"]),
    )


def _size(row: pd.Series) -> Value:
    return number("effect")(row) if row["effect_measure"] == "hedges_g" else None


def _difference_table(arms: pd.DataFrame, differences: pd.DataFrame, labels: Labels) -> Table:
    adjusted = {c: of(arms, c, measure="adjusted_difference") for c in ("estimate", "lower", "upper", "p")}
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.say("survey.column.difference"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), number("p")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
        (Column(labels.say("survey.column.g"), "decimal", 2), _size),
        (Column(labels.say("survey.column.adjusted"), "decimal", 2), adjusted["estimate"]),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), adjusted["lower"]),
        (Column(labels.say("column.upper"), "decimal", 2), adjusted["upper"]),
        (Column(labels.say("survey.column.adjusted_p"), "p"), adjusted["p"]),
    ]
    caption = labels.say("survey.arms.differences")
    return labels.table(
        "survey-arm-differences",
        caption,
        differences,
        columns,
        source=source(labels),
        notes=[labels.say("survey.items.families")],
    )
