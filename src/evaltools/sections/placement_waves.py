"""Later follow-ups beside the first: the rate at each, and the change in those known at both; of exact counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaltools.counts.arms import at_wave
from evaltools.report.document import Column, Part
from evaltools.results.records import ResultSet, pick
from evaltools.sections import arm_waves, rate_tables
from evaltools.sections.material import Labels, Material, number
from evaltools.sections.numbers import words_tables
from evaltools.sections.rate_tables import MAIN
from evaltools.statistics import multiplicity, net_change
from evaltools.statistics.types import side
from evaltools.study.model import Study


def wave_rows(material: Material, results: ResultSet, measures: list[str]) -> None:
    """Each follow-up's rates, and the net change from the first to each later one; one family of tests."""
    if "wave_placement" not in material.exact or results.protected:
        return
    counts = material.exact["wave_placement"]
    for row in counts[counts["measure"].isin(measures)].itertuples():
        where: dict[str, Any] = {"by": "wave", "group": str(row.wave)}
        results.rate("wave", str(row.measure), int(row.count), int(row.answered), int(row.invited), **where)
    moves = material.exact["wave_moves"]
    main = [m for m in measures if m in MAIN and (m != "student_any" or "employed_student" in measures)]
    moves = moves[moves["measure"].isin(main)]
    ways = [(int(r.higher), int(r.same), int(r.lower)) for r in moves.itertuples()]
    p = [net_change.net_change(*each).p for each in ways]
    families = zip(multiplicity.adjust(p, "holm"), net_change.decided(p, "holm"), strict=True)
    for row, each, raw, (adjusted, confidence) in zip(moves.itertuples(), ways, p, families, strict=True):
        found = net_change.net_change(*each).estimate
        tested: dict[str, Any] = {
            "unit": "share",
            "p": raw,
            "p_adjusted": adjusted,
            "method": f"{found.method}; Holm",
        }
        if confidence is not None:
            wide = net_change.net_change(*each, confidence=confidence).estimate
            tested |= {"effect": wide.estimate, "effect_lower": wide.lower, "effect_upper": wide.upper}
            tested["effect_measure"] = "net_change"
        results.statistic("wave_change", str(row.measure), found, by="wave", group=str(row.change), **tested)
    arm_waves.rows(material, results, _outcomes(material.study, main))


def _outcomes(study: Study, main: list[str]) -> list[arm_waves.Outcome]:
    """The main rates and the numbers of each later follow-up."""
    return [
        arm_waves.Outcome(at_wave(wave, measure), measure, wave, unit)
        for wave, table in study.wave_followups.items()
        for measure, unit in (
            *((m, "share") for m in main),
            *((v.id, "") for v in study.variables if v.table == table and v.kind == "number"),
        )
    ]


def waves_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """The rate at each follow-up, and whether it rose or fell in the same persons."""
    if labels.study.followup is None or not labels.study.followup.waves:
        return None
    rates = pick(rows, table="wave")
    heading = labels.say("waves.placement_heading")
    if rates.empty:
        hidden = (rows["edition"] == "public").any()
        return Part("placement-waves", heading, [labels.say("waves.withheld_placement" if hidden else "waves.nobody")])
    chosen = rates[rates["measure"].isin(rate_tables.headline_measures(rows))]
    row_labels = [
        f"{labels.say(f'placement.measure.{m}')}, {labels.wave(g)}"
        for m, g in zip(chosen["measure"], chosen["group"], strict=True)
    ]
    caption = labels.say("waves.rates")
    heads = labels.say("placement.column.measure")
    blocks = [rate_tables.rate_table("placement-waves-rates", caption, row_labels, heads, chosen, labels)]
    changes = pick(rows, table="wave_change").dropna(subset=["estimate"])
    columns = [
        (Column(heads), lambda row: labels.say(f"placement.measure.{row['measure']}")),
        (Column(labels.say("waves.change")), lambda row: labels.wave_change(row["group"])),
        (Column(labels.say("waves.known_both"), "integer"), number("answered")),
        (Column(labels.say("survey.column.net"), "points"), number("estimate")),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), number("effect_lower")),
        (Column(labels.say("column.upper"), "points"), number("effect_upper")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    table = labels.table("placement-waves-changes", labels.say("waves.moved"), changes, columns)
    sentences = [_said(labels, row) for _, row in changes.iterrows()]
    if labels.study.comparison is not None:
        name, when = _of_difference(labels)
        differ = arm_waves.said(rows, labels, "level", name, when)
        arm = labels.group("arm", labels.study.comparison.treated)
        sentences = [*differ, labels.say("survey.results.of_treated", arm=arm), *sentences]
        blocks = [
            *arm_waves.table(rows, labels, "placement-waves-arms", name, when, rate_tables.source(labels)),
            *blocks,
        ]
    return Part("placement-waves", heading, sentences, [*blocks, table, *words_tables(rows, labels, "placement")])


def _of_difference(labels: Labels) -> tuple[arm_waves.Named, arm_waves.Named]:
    """What a difference between the arms is of, and at which follow-up."""
    own = {v.id: v for v in labels.study.variables}

    def name(row: pd.Series) -> str:
        if row["unit"] == "share":
            return labels.say(f"placement.share.{row['measure']}")
        return own[row["measure"]].with_unit(labels.language)

    return name, lambda row: labels.wave(row["group"])


def _said(labels: Labels, row: pd.Series) -> str:
    words = {"share": labels.say(f"placement.share.{row['measure']}"), "change": labels.wave_change(row["group"])}
    n = int(row["answered"])
    words |= {"points": labels.points(row["estimate"])}
    words["interval"] = labels.points_interval(row["effect_lower"], row["effect_upper"])
    return labels.say(f"waves.placement_{side(row['effect_lower'], row['effect_upper'])}", n=n, **words)
