"""The arms beside each other at other times than start, end and first follow-up: rows, sentences and a table.

Of exact counts, so a protected edition has none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaltools.counts.breakdowns import TOTAL
from evaltools.report.document import Column, Table
from evaltools.results.records import ResultSet, pick
from evaltools.sections import arm_effects, clustered
from evaltools.sections.material import Labels, Material, number
from evaltools.statistics import clusters, comparison, multiplicity, net_change, proportions
from evaltools.statistics.types import CONFIDENCE, Estimate, finite

FEWEST = arm_effects.FEWEST


class Outcome(NamedTuple):
    """An outcome at a later time: its name in the counts, how its row is placed, its unit, and its family of tests."""

    id: str
    measure: str
    when: str
    unit: str = ""
    item: str = ""
    primary: bool = True


def rows(material: Material, results: ResultSet, outcomes: Sequence[Outcome]) -> None:
    """The treated arm less the control at each later time; Holm for primary outcomes, Benjamini-Hochberg for others."""
    if material.study.comparison is None or results.protected:
        return
    asked = [o for o in outcomes if min(_answered(material, o.id)) >= FEWEST]
    for primary, method in ((True, "holm"), (False, "bh")):
        mine = [o for o in asked if o.primary is primary]
        p = [_difference(material, o)[1] for o in mine]
        decided = zip(mine, p, multiplicity.adjust(p, method), net_change.decided(p, method), strict=True)
        for outcome, raw, adjusted, confidence in decided:
            found, _ = _difference(material, outcome, confidence or CONFIDENCE)
            named = "Holm" if primary else "Benjamini-Hochberg"
            tested: dict[str, Any] = {"method": f"{found.method}; {named}"}
            if found.lower is not None:
                tested |= {"p": raw, "p_adjusted": adjusted, "effect_measure": "difference"}
                tested |= {"effect": found.estimate, "effect_lower": found.lower, "effect_upper": found.upper}
            place: dict[str, Any] = {"by": "wave", "group": outcome.when, "item": outcome.item, "unit": outcome.unit}
            results.statistic("wave_arms", outcome.measure, found, **place, **tested)


def _moments(material: Material, id: str) -> pd.DataFrame:
    return pick(material.exact["arm_groups"], outcome=id, by=TOTAL).set_index("arm")


def _answered(material: Material, id: str) -> list[int]:
    pair, of = material.study.comparison, _moments(material, id)["count"]
    return [int(of.get(arm, 0)) for arm in (pair.treated, pair.control)]  # type: ignore[union-attr]


def _difference(material: Material, outcome: Outcome, confidence: float = CONFIDENCE) -> tuple[Estimate, float | None]:
    """The difference between the arms and its p value, which allow for the groups that persons were in."""
    pair, share = material.study.comparison, outcome.unit == "share"
    if material.study.has_clusters:
        if share:
            rates = clustered.rates_of_arms(material, outcome.id) or ([], [])
            return clusters.rate_difference(*rates, confidence), clusters.rate_difference_p(*rates)
        one, other = clustered.of_arms(material, outcome.id)  # type: ignore[misc]
        found, test = clusters.mean_difference(one, other, confidence)
        return found, test.p
    of = _moments(material, outcome.id).loc[[pair.treated, pair.control]]  # type: ignore[union-attr]
    if share:
        x1, n1, x2, n2 = (c for n, m in zip(of["count"], of["mean"], strict=True) for c in (round(n * m), int(n)))
        found = proportions.difference(x1, n1, x2, n2, confidence=confidence, method="miettinen-nurminen")
        return found, proportions.difference_test(x1, n1, x2, n2).p
    n1, n2 = map(int, of["count"])
    m1, m2 = map(float, of["mean"])
    sd1, sd2 = (finite(float(variance) ** 0.5) for variance in of["variance"])
    found = comparison.mean_difference(n1, m1, sd1, n2, m2, sd2, confidence)
    return found, comparison.mean_difference_test(n1, m1, sd1, n2, m2, sd2).p


Named = Callable[[pd.Series], str]


def said(rows: pd.DataFrame, labels: Labels, kind: str, name: Named, when: Named) -> list[str]:
    """A sentence a difference; ``kind`` is ``change`` or ``level``, ``name`` and ``when`` say of what and when."""
    found, pair = pick(rows, table="wave_arms"), labels.study.comparison
    if found.empty or pair is None:
        return []
    arms = {"treated": labels.group("arm", pair.treated), "control": labels.group("arm", pair.control)}

    def sentence(row: pd.Series) -> str:
        words: dict[str, Any] = {"outcome": name(row), "when": when(row), "n": int(row["answered"])} | arms
        words["difference"] = arm_effects.amount(row, row["estimate"], labels)
        if pd.isna(row["lower"]) or pd.isna(row["p_adjusted"]):
            return labels.say("waves.arms_untold", **words)
        clear = "clear" if row["p_adjusted"] < net_change.LEVEL else "unclear"
        words |= {"interval": arm_effects.amount_range(row, labels), "p": labels.p(row["p_adjusted"])}
        return labels.say(f"waves.arms_{kind}_{clear}", **words)

    return [sentence(row) for _, row in found.iterrows()]


def table(rows: pd.DataFrame, labels: Labels, id: str, name: Named, when: Named, source: str) -> list[Table]:
    """Every difference with its interval and adjusted p; no table where there is none."""
    found = pick(rows, table="wave_arms")
    if found.empty:
        return []
    columns = [
        (Column(labels.say("comparison.column.outcome")), name),
        (Column(labels.say("waves.change")), when),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("comparison.column.difference"), "range"), arm_effects.number_of("estimate")),
        (
            Column(labels.say("column.lower"), "range", span=labels.say("column.interval")),
            arm_effects.number_of("lower"),
        ),
        (Column(labels.say("column.upper"), "range"), arm_effects.number_of("upper")),
        (Column(labels.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    return [labels.table(id, labels.say("waves.arms_table"), found, columns, source=source)]
