"""Whether placement differs between groups: one test first, adjusted for all that are made, then names; else none."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import of_register
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.results.records import ResultSet, pick
from evaltools.sections import rate_tables
from evaltools.sections.material import Labels, Material
from evaltools.statistics import attrition, multiplicity, net_change, proportions

LEVEL = net_change.LEVEL
FEWEST = 5  # answers of a group, or of the others; below it a group is not compared
TERM = "term"


def heterogeneity_rows(material: Material, results: ResultSet, placement: pd.DataFrame, measures: list[str]) -> None:
    """Each target group against all others, and each breakdown that parts the persons, terms included; exact only."""
    if results.protected:
        return
    for measure in measures:
        of = pick(placement, measure=measure)
        _against_others(results, measure, pick(of, scope=ALL))
        _breakdowns(material, results, measure, of)


def _against_others(results: ResultSet, measure: str, of: pd.DataFrame) -> None:
    whole = pick(of, by=TOTAL).iloc[0]
    groups = pick(of, by="target_group")
    everyone = int(whole["count"]), int(whole["answered"])
    counts = {
        row.group: (int(row.count), int(row.answered), everyone[0] - int(row.count), everyone[1] - int(row.answered))
        for row in groups[groups["group"] != ANY_GROUP].itertuples()
        if min(row.answered, everyone[1] - row.answered) >= FEWEST
    }
    tests = [proportions.difference_test(*four) for four in counts.values()]
    p = [test.p for test in tests]
    families = zip(multiplicity.adjust(p, "holm"), net_change.decided(p, "holm"), strict=True)
    for (group, four), test, (adjusted, confidence) in zip(counts.items(), tests, families, strict=True):
        gap = proportions.difference(*four, confidence or 0.95, "miettinen-nurminen")
        row: dict[str, Any] = {"by": "target_group", "group": group, "unit": "share", "method": f"{gap.method}; Holm"}
        row |= {"p": test.p, "p_adjusted": adjusted, "effect_measure": "risk difference"}
        row |= {"effect": gap.estimate, "effect_lower": gap.lower, "effect_upper": gap.upper}
        results.statistic("group_difference", measure, gap, **row)


def _breakdowns(material: Material, results: ResultSet, measure: str, of: pd.DataFrame) -> None:
    """One test a breakdown of whether the rate is the same in all its groups, adjusted together."""
    here = pick(of, scope=ALL)
    tables = {b.by: pick(here, by=b.by) for b in of_register(material.study) if b.by != "arm"}
    tables[TERM] = pick(of[of["scope"] != ALL], by=TOTAL)
    counts = {by: _cells(frame) for by, frame in tables.items()}
    counts = {by: cells for by, cells in counts.items() if len(cells) > 1}
    tests = {by: attrition.attrition_test(cells) for by, cells in counts.items()}
    adjusted = multiplicity.adjust([test.p for test in tests.values()], "bh")
    for (by, test), p_adjusted in zip(tests.items(), adjusted, strict=True):
        size = attrition.cramers_v(counts[by])
        row: dict[str, Any] = {"by": by, "method": f"{test.method}; Benjamini-Hochberg", "note": test.note or size.note}
        row |= {"statistic": test.statistic, "df": test.df, "p": test.p, "p_adjusted": p_adjusted}
        row |= {"effect": size.estimate, "effect_lower": size.lower, "effect_upper": size.upper}
        results.statistic("heterogeneity", measure, size, effect_measure="cramers_v", **row)


def _cells(frame: pd.DataFrame) -> list[tuple[int, int]]:
    return [(int(r.count), int(r.answered - r.count)) for r in frame.itertuples() if r.answered]


def target_group_sentences(rows: pd.DataFrame, measure: str, labels: Labels) -> list[str]:
    """The groups whose rate differs from that of all others, allowing for how many were compared; or that none does."""
    tested = pick(rows, table="group_difference", measure=measure)
    if tested.empty:
        return []
    words = {"share": labels.say(f"placement.share.{measure}"), "n": len(tested)}
    clear = tested[tested["p_adjusted"] < LEVEL].sort_values("estimate", kind="stable")
    if clear.empty:
        return [labels.say("placement.groups.none", **words)]
    named = []
    for _, row in clear.iterrows():
        of = {"group": labels.target_group(row["group"]), "points": rate_tables.points(row["estimate"], labels)}
        named.append(labels.say("placement.groups.one", **of))
    return [labels.say("placement.groups.differ", groups="; ".join(named), **words)]


def breakdown_sentences(rows: pd.DataFrame, measure: str, labels: Labels, by: str = "") -> list[str]:
    """By which backgrounds the rate differs, one test each; ``by`` looks at that one only."""
    tested = pick(rows, table="heterogeneity", measure=measure)
    tested = tested[(tested["by"] == by) if by else (tested["by"] != TERM)]
    if tested.empty:
        return []
    share = labels.say(f"placement.share.{measure}")
    clear = tested[(tested["p_adjusted"] < LEVEL).fillna(False)]
    key = f"{'terms' if by else 'background'}_{'none' if clear.empty else 'differ'}"
    names = i18n.listing([labels.by(b).lower() for b in clear["by"]], labels.language)
    return [labels.say(f"placement.groups.{key}", share=share, names=names, n=len(tested))]
