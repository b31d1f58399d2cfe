"""Whether placement differs between groups: one test first, adjusted for all that are made, then names; else none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import GROUPS, of_register
from evaltools.counts.groups import STARTED
from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.report.document import Value
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material
from evaltools.statistics import attrition, heterogeneity, multiplicity, net_change, proportions, trend
from evaltools.statistics.types import Estimate, Test

LEVEL = net_change.LEVEL
FEWEST = 5  # answers of a group, or of the others; below it a group is not compared
TERM = "term"
TREND_HOLDS = 50  # answers below which the interval of a trend keeps less than it says (docs/coverage.md)


def heterogeneity_rows(material: Material, results: ResultSet, placement: pd.DataFrame, measures: list[str]) -> None:
    """Each target group against all others, and each breakdown that parts the persons, terms included; exact only."""
    if results.protected:
        return
    for measure in measures:
        of = pick(placement, measure=measure)
        _against_others(results, measure, pick(of, scope=ALL))
        _breakdowns(material, results, measure, of)
        _shrunken(material, results, measure, pick(of, scope=ALL))
    _start_terms(material, results, measures)


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


def _shrunken(material: Material, results: ResultSet, measure: str, of: pd.DataFrame) -> None:
    """Each group's rate where it borrows from the other groups of its breakdown."""
    for by in [b.by for b in of_register(material.study) if b.by != "arm"] + [GROUPS]:
        told = pick(of, by=by)
        told = told[(told["answered"] > 0) & (told["group"] != ANY_GROUP)]
        if len(told) < 2:
            continue
        counts = [(int(n), int(x)) for n, x in zip(told["answered"], told["count"], strict=True)]
        drawn = heterogeneity.shrunken_rates(counts)
        for group, (answered, _), estimate in zip(told["group"], counts, drawn.estimates, strict=True):
            point = Estimate(estimate, None, None, answered, heterogeneity.SHRUNKEN)
            where: dict[str, Any] = {"by": by, "group": group, "unit": "share"}
            results.statistic("group_rate", measure, point, **where)


def _start_terms(material: Material, results: ResultSet, measures: list[str]) -> None:
    """Whether a rate rises or falls with the term in which persons started, one test a measure, and its rates."""
    counts = material.exact.get("start_term_placement")
    if counts is None or results.protected:
        return
    order = [term.id for term in sorted(material.study.terms, key=lambda t: t.start)]
    found = {}
    for measure in measures:
        here = pick(counts, measure=measure).set_index("group")[["answered", "count"]]
        terms = [(int(here["answered"].get(term, 0)), int(here["count"].get(term, 0))) for term in order]
        found[measure] = trend.rate_trend(terms)
        for term, (answered, count) in zip(order, terms, strict=True):
            if answered:
                results.rate("start_term", measure, count, answered, answered, by=STARTED, group=term)
    trend_rows(results, {m: each for m, each in found.items() if each[0].estimate is not None})


def trend_rows(results: ResultSet, found: dict[str, tuple[Estimate, Test]], item: bool = False) -> None:
    """Slopes a term of starting with their tests, adjusted by Holm: of measures, or of the net change of items."""
    adjusted = multiplicity.adjust([test.p for _, test in found.values()], "holm")
    for (name, (slope, test)), p in zip(found.items(), adjusted, strict=True):
        row: dict[str, Any] = {"by": STARTED, "unit": "share", "method": f"{slope.method}; Holm", "p": test.p}
        row |= {"statistic": test.statistic, "df": test.df, "p_adjusted": p, "effect_measure": "slope"}
        row |= {"effect": slope.estimate, "effect_lower": slope.lower, "effect_upper": slope.upper}
        results.statistic("trend", "net_change" if item else name, slope, item=name if item else "", **row)


def trend_sentence(row: pd.Series, what: str, labels: Labels) -> str:
    """Whether it rises or falls with the term of starting, by how much a term."""
    words = {"what": what, "points": labels.points(row["estimate"])}
    words["interval"] = labels.points_interval(row["lower"], row["upper"])
    clear = pd.notna(row["p_adjusted"]) and row["p_adjusted"] < LEVEL
    key = "none" if not clear else "rises" if row["estimate"] > 0 else "falls"
    said = labels.say(f"groups.trend_{key}", **words)
    few = pd.notna(row["answered"]) and row["answered"] < TREND_HOLDS
    return f"{said} {labels.say('groups.trend_few', n=TREND_HOLDS)}" if few else said


def trend_sentences(rows: pd.DataFrame, measure: str, labels: Labels) -> list[str]:
    """The same of a placement rate."""
    slopes = pick(rows, table="trend", measure=measure)
    return [trend_sentence(row, labels.say(f"placement.share.{measure}"), labels) for _, row in slopes.iterrows()]


def smoothed(rows: pd.DataFrame, measure: str) -> Callable[[pd.Series], Value]:
    """A reader of the rate that a group has where it borrows from the others."""
    drawn = pick(rows, table="group_rate", measure=measure)
    return lambda row: value(drawn, by=row["by"], group=row["group"])


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
        of = {"group": labels.inside(labels.target_group(row["group"])), "points": labels.points(row["estimate"])}
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
    names = i18n.listing([labels.inside(labels.by(b)) for b in clear["by"]], labels.language)
    return [labels.say(f"placement.groups.{key}", share=share, names=names, n=len(tested))]
