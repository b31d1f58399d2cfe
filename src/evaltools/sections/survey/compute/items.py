"""Every question and scale asked twice: who moved which way, the net change and what goes with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evaltools.counts.breakdowns import ALL
from evaltools.results.records import ResultSet, pick
from evaltools.sections import clustered, dated
from evaltools.sections.material import Material, as_int, is_disclosed
from evaltools.sections.survey import advice, equivalence, published
from evaltools.sections.survey.compute.asked import (
    FEWEST,
    Asked,
    Pairs,
    answer_code,
    cannot_say_rows,
    could_answer,
    described,
    direction_counts,
    effect_columns,
    mean_change_row,
    mean_rows,
    pairs_of,
    square_table,
    ways_of,
)
from evaltools.sections.survey.compute.decisions import (
    DIRECTIONS,
    Decision,
    by_family,
    decisions,
    direction_of,
    strictest_level,
)
from evaltools.sections.survey.compute.unanswered import unanswered_rows
from evaltools.statistics import (
    clusters,
    comparison,
    effect_sizes,
    marginal_tests,
    net_change,
    paired_means,
    paired_proportions,
    paired_tables,
    power,
    regression_to_mean,
    signed_rank,
)
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import Estimate
from evaltools.study.survey_model import agrees_from

SMALL = 20  # pairs; below it a caution is printed


def item_rows(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    """Every question and scale: pairs, who moved which way, the net change; where exact, what goes with it."""
    if results.protected:
        _items_published(material, results, asked)
    else:
        _items_exact(material, results, asked)
    _answered_once(material, results, asked)
    _against_margin(material, results, asked)


def _against_margin(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    """Whether changes are surely smaller than matters, and how many answers it takes to tell: of published counts."""
    moved = {q.id: counts for q in asked if (counts := _moved_as_published(material, q)) is not None}
    judged = [q for q in asked if q.id in moved]
    designs = {} if results.protected else {q.id: clustered.of_changes(material, ALL, q.id) for q in asked}

    def family(p: Sequence[float | None], judge: Callable) -> list[float | None]:
        return by_family(judged, p, judge)

    if not (results.protected and material.study.has_clusters):
        margin = material.study.survey.no_relevant_change
        equivalence.rows(results, list(moved.items()), FEWEST, family, margin, designs)
    family_of = [q.id for q in asked if q.primary] or [q.id for q in asked]
    advice.rows(material, results, family_of, moved, designs)


def _items_published(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    for scope in material.scopes:
        for q in asked:
            n = material.count("items", measure="paired", scope=scope, item=q.id)
            results.count("item", "paired", n, scope=scope, item=q.id)
            if scope == ALL:
                _directions(material, results, q, n)
    named = [(q.id, counts) for q in asked if (counts := _moved_as_published(material, q)) is not None]
    judged = [q for q in asked if q.id in dict(named)]

    def family(p: Sequence[float | None], judge: Callable) -> list[float | None]:
        return by_family(judged, p, judge)

    published.rows(results, named, FEWEST, family, {}, judged=not material.study.has_clusters)
    for q in asked:
        dated.change(material, results, q.id, ways_of(q))


def _moved_as_published(material: Material, q: Asked) -> published.Counts | None:
    """What the published counts of better, same and worse can be; None where one is withheld."""
    ways = ways_of(q)
    counts = [material.count("items", measure=way, scope=ALL, item=q.id) for way in ways]
    if not is_disclosed(*counts):
        return None
    better, same, worse = (material.span("items", measure=way, scope=ALL, item=q.id) for way in ways)
    return better, same, worse


def _items_exact(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    invited = {ALL: could_answer(material)}
    for scope in material.scopes:
        pairs = [pairs_of(material.exact["transitions"], scope=scope, item=q.id) for q in asked]
        designs = [clustered.of_changes(material, scope, q.id) for q in asked]
        moved = [
            clusters.net_change(*direction_counts(q, those), of)
            for q, those, of in zip(asked, pairs, designs, strict=True)
        ]
        families = decisions(asked, [change.p if change.n >= FEWEST else None for change in moved])
        for q, those, change, family, design in zip(asked, pairs, moved, families, designs, strict=True):
            n = material.count("items", measure="paired", scope=scope, item=q.id)
            where = {"scope": scope, "item": q.id, "invited": invited.get(scope), "answered": n}
            results.count("item", "paired", n, scope=scope, item=q.id)
            result = paired_means.paired_t(*those.moments)
            mean_change_row(results, "item", result, where, clustered.of_means(material, scope, q.id))
            _net_change(results, q, those, change, family, where, design)
            if scope == ALL:
                _directions(material, results, q, n)
                mean_rows(results, "item", result, where)
                level = strictest_level(asked, q, moved)
                wider = None if design is None else design.confidence(1 - level)
                _cautions(results, q, result, n, change, level if wider is None else 1 - wider)
                _companions(results, q, those, where)
                unanswered_rows(material, results, q, those, result, design)
    clustered.change_rows(material, results, [q.id for q in asked])


def _net_change(
    results: ResultSet,
    q: Asked,
    pairs: Pairs,
    change: net_change.NetChange,
    family: Decision,
    where: dict,
    design: Design | None,
) -> None:
    """The deciding row: ``lower`` and ``upper`` go with p, ``effect_lower`` and ``effect_upper`` with adjusted p."""
    estimate = described(change.estimate)
    tested: dict[str, Any] = {}
    if family.confidence is not None:
        wide = clusters.net_change(*direction_counts(q, pairs), design, family.confidence).estimate
        adjusted = "Holm" if q.primary else "Benjamini-Hochberg"
        tested = {"p": change.p, "p_adjusted": family.p_adjusted, "method": f"{estimate.method}; {adjusted}"}
        tested |= effect_columns(wide, "net_change")
    results.statistic("item", "net_change", estimate, unit="share", **where, **tested)


def _cautions(
    results: ResultSet,
    q: Asked,
    result: paired_means.PairedT,
    n: int,
    change: net_change.NetChange,
    level: float,
) -> None:
    """A start mean near an end of the scale, the smallest net change that would have been found, few pairs."""
    near = regression_to_mean.regression_to_mean(result.mean_before, result.sd_before, q.low, q.high).near
    if near and result.n >= FEWEST:
        start = comparison.one_mean(result.n, result.mean_before, result.sd_before)
        results.statistic("caution", "regression_to_mean", start, answered=n, item=q.id, note=f"near_{near}")
    if change.n >= FEWEST:
        moved = change.discordant / change.n
        detectable = power.minimum_detectable_discordance(change.n, moved, alpha=level)
        results.statistic("caution", "detectable_change", detectable, answered=n, item=q.id, unit="share")
    if n < SMALL:
        results.count("caution", "few_pairs", n, item=q.id)


def _directions(material: Material, results: ResultSet, q: Asked, n: int) -> None:
    better, worse = ("higher", "lower") if q.sign > 0 else ("lower", "higher")
    for measure, way in (("improved", better), ("same", "same"), ("worse", worse)):
        results.count("item", measure, material.count("items", measure=way, scope=ALL, item=q.id), n, item=q.id)
    for measure in ("agree_start", "agree_end"):
        if len(pick(material.counts["items"], measure=measure, scope=ALL, item=q.id)):
            results.count("item", measure, material.count("items", measure=measure, scope=ALL, item=q.id), n, item=q.id)


def _companions(results: ResultSet, q: Asked, pairs: Pairs, where: dict) -> None:
    """What stands beside the main test: superiority, pseudo-median, marginal homogeneity, share who agree."""
    if q.kind != "likert":
        moved = bool((pairs.post != pairs.pre).any())
        none = Estimate(None, None, None, pairs.n, "signed-rank inversion", note="all_unchanged")
        shift = signed_rank.hodges_lehmann(pairs.post - pairs.pre, pairs.count) if moved or not pairs.n else none
        results.statistic("item", "hodges_lehmann", described(shift), **where)
    difference = q.sign * (pairs.post - pairs.pre)
    ranks = described(effect_sizes.rank_biserial(difference, pairs.count))
    test = signed_rank.signed_rank(difference, pairs.count)
    ranked = {
        "statistic": test.z,
        "p": test.p,
        "method": f"Wilcoxon-Pratt {test.method}",
        **effect_columns(ranks, "rank_biserial"),
    }
    results.statistic("item", "rank_biserial", ranks, **where, **(ranked if test.n >= FEWEST else {}))
    table = square_table(q, pairs)
    if table is None:
        return
    better = effect_sizes.marginal_superiority(table if q.sign > 0 else table[::-1, ::-1])
    results.statistic("item", "superiority", described(better), **where)
    if q.kind == "likert" and pairs.n >= FEWEST:
        margins = marginal_tests.stuart_maxwell(table)
        alike = {
            "statistic": margins.statistic,
            "df": margins.df,
            "p": margins.p,
            **effect_columns(better, "superiority"),
        }
        empty = Estimate(None, None, None, pairs.n, margins.method, note=margins.note)
        results.statistic("item", "marginal_homogeneity", empty, **where, **alike)
    if q.kind == "likert" and agrees_from(q.low, q.high) is not None:
        _agree_change(results, table, where)


def _agree_change(results: ResultSet, table: np.ndarray, where: dict) -> None:
    a, b, c, d = paired_tables.dichotomise(table, len(table) - 1)
    change = described(paired_proportions.paired_difference(a, b, c, d))
    test = paired_proportions.mcnemar(b, c)
    tested = {"p": test.p, "method": f"Newcombe; McNemar {test.method}", **effect_columns(change, "paired_difference")}
    enough = change.n >= FEWEST
    results.statistic("item", "agree_change", change, unit="share", **where, **(tested if enough else {}))


def _answered_once(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    """Those who answered an item at one time only, and those who could not say."""
    for q in asked:
        for survey in ("start", "end"):
            alone = material.count("items", measure=f"{survey}_alone", item=q.id)
            results.count("item", f"{survey}_only", alone, item=q.id)
            if q.kind != "scale":
                cannot_say_rows(material, results, "item", survey, q.id)


def transition_rows(material: Material, results: ResultSet, asked: list[Asked]) -> None:
    shown = material.counts["item_pairs"].set_index(["item", "pre", "post"])["count"].map(as_int).to_dict()
    for q in asked:
        table = (
            square_table(q, pairs_of(material.exact["transitions"], scope=ALL, item=q.id))
            if q.kind == "likert"
            else None
        )
        if table is None:
            continue
        for i, j in np.ndindex(table.shape):
            where: dict[str, Any] = {
                "by": "pre",
                "group": answer_code(q.low + i),
                "by2": "post",
                "group2": answer_code(q.low + j),
            }
            results.count("transition", "pairs", shown.get((q.id, q.low + i, q.low + j), 0), item=q.id, **where)


def summary_rows(results: ResultSet, asked: list[Asked]) -> None:
    """How many primary items and scales improved, worsened or neither, after Holm, and how many cannot be judged."""
    primary = {q.id for q in asked if q.primary}
    net = [r for r in results.rows if r["table"] == "item" and r["measure"] == "net_change"]
    tested = [r for r in net if r["scope"] == ALL and r["item"] in primary]
    found = [direction_of(r) for r in tested]
    for direction in DIRECTIONS:
        results.amount("summary", f"primary_{direction}", found.count(direction), "items")
    results.amount("summary", "primary", len(found), "items")
