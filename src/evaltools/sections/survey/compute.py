"""What the surveys give: rows of answers, attrition, paired items, scales, feedback and arms."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.arms import CHANGE
from evaltools.counts.breakdowns import ALL, TOTAL, of_register
from evaltools.results.records import ResultSet, pick
from evaltools.sections import arm_effects, clustered, dated
from evaltools.sections.material import Material, as_int, flow_rows, is_disclosed, within
from evaltools.sections.numbers import number_rows
from evaltools.sections.survey import advice, equivalence, published
from evaltools.sections.survey.for_whom import group_rows
from evaltools.sections.survey.mode import mode_rows
from evaltools.sections.survey.published import NOT_TOLD
from evaltools.sections.survey.single import single_rows
from evaltools.sections.survey.waves import wave_rows
from evaltools.statistics import (
    attrition,
    attrition_change,
    clusters,
    comparison,
    effect_sizes,
    marginal_tests,
    multiplicity,
    net_change,
    paired_means,
    paired_proportions,
    paired_tables,
    power,
    regression_to_mean,
    reliability,
    signed_rank,
)
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import CONFIDENCE, Estimate, Test
from evaltools.study.model import Study
from evaltools.study.survey_model import Item, agrees_from

NEEDS = ("start_survey", "end_survey")
ANSWERED = ("both", "start_only", "end_only", "neither")
FEWEST = 5  # pairs; below it an item is described and not tested
SMALL = 20  # pairs; below it a caution is printed
MOST_VALUES = 101  # distinct answers up to which the whole table of pairs is built
LEVEL = net_change.LEVEL
FLOW = ("participants", "start", "both")
DIRECTIONS = ("improved", "worse", "unclear", NOT_TOLD, "not_judged")


@dataclass(frozen=True)
class _Asked:
    """An item or scale asked at both times: its ends, and 1 where higher is better, -1 where lower is."""

    id: str
    kind: str
    low: float
    high: float
    sign: int
    primary: bool


@dataclass(frozen=True)
class _Pairs:
    """The pairs of answers to one item: distinct (pre, post) and how many persons gave each."""

    pre: np.ndarray
    post: np.ndarray
    count: np.ndarray

    @property
    def n(self) -> int:
        return int(self.count.sum())

    @property
    def moments(self) -> tuple[int, float, float, float, float, float]:
        pre, post = self.pre, self.post
        a, b, aa, bb, ab = (float(self.count @ each) for each in (pre, post, pre * pre, post * post, pre * post))
        return self.n, a, b, aa, bb, ab


def rows(material: Material) -> pd.DataFrame:
    """Participation, attrition, every item and scale paired, feedback, reliability, cautions and study arms."""
    results = material.result_set("survey")
    _responses(material, results)
    _respondents(material, results)
    _attrition(material, results)
    number_rows(material, results)
    if "answers" in material.exact:
        asked = _asked_twice(material.study)
        _items(material, results, asked)
        _transitions(material, results, asked)
        _summary(results, asked)
        single_rows(material, results)
        wave_rows(material, results)
        primary = [q for q in asked if q.primary] or asked
        group_rows(material, results, [(q.id, q.sign) for q in primary])
        _feedback(material, results)
        _reliability(material, results)
        _arms(material, results, asked)
        mode_rows(material, results)
    return results.frame()


def _asked_twice(study: Study) -> list[_Asked]:
    """The items asked at both times, then the scales of such items, where the study has both surveys."""
    if not all(study.has(table) for table in NEEDS):
        return []
    items = {item.id: item for item in study.survey.items if {"start", "end"} <= set(item.surveys)}
    asked = [
        _Asked(i.id, i.kind, i.min, i.max, 1 if i.direction == "higher" else -1, i.primary) for i in items.values()
    ]
    for scale in study.survey.scales:
        if all(i in items for i in scale.items):
            parts = [items[i] for i in scale.items]
            kind = "scale" if all(i.kind == "likert" for i in parts) and not scale.fills else "score"
            low, high = sum(i.min for i in parts), sum(i.max for i in parts)
            asked.append(_Asked(scale.id, kind, low, high, 1, scale.primary))
    return asked


def _responses(material: Material, results: ResultSet) -> None:
    for row in material.counts.get("responses", pd.DataFrame()).itertuples():
        near = within(row, "count", "total")
        results.count("responses", row.step, as_int(row.count), as_int(row.total), near, scope=row.scope)
    if "responses" in material.counts:
        steps = pick(material.counts["responses"], scope=ALL).set_index("step")
        of_steps = {step: within(steps.loc[step], "count")[0] for step in FLOW}
        flow_rows(results, [(step, as_int(steps.loc[step, "count"])) for step in FLOW], of_steps)


def _respondents(material: Material, results: ResultSet) -> None:
    """Who answered, by what they said of themselves, where there is no register to say it."""
    for row in material.counts.get("respondents", pd.DataFrame()).itertuples():
        of, columns = (None, ("count",)) if row.by == TOTAL else (row.total, ("count", "total"))
        near = within(row, *columns)
        results.count("respondents", "persons", row.count, of, near, by=row.by, group=row.group)


def _attrition(material: Material, results: ResultSet) -> None:
    """Who answered what, by register variables, all of it from counts as the edition shows them."""
    counts = material.counts.get("attrition")
    if counts is None:
        return
    everybody = pick(counts, by=TOTAL).iloc[0]
    for row in counts.itertuples():
        of = sum(as_int(getattr(row, name)) for name in ANSWERED)
        for name in ANSWERED:
            results.count("attrition", name, as_int(getattr(row, name)), of, by=row.by, group=row.group)
        if row.by != TOTAL and not results.protected:
            _standardised(results, row, as_int(everybody["both"]), as_int(everybody["start_only"]))
    if not results.protected:
        _attrition_tests(counts, results, [breakdown.by for breakdown in of_register(material.study)])


def _standardised(results: ResultSet, row, both: int, start_only: int) -> None:
    """A group's share among those who answered both surveys against those who answered the first only.

    Rests on the group's own members.
    """
    d = attrition.standardised_difference(int(row.both), both, int(row.start_only), start_only)
    d = replace(d, n=int(row.both) + int(row.start_only))
    results.statistic("attrition", "standardised_difference", d, by=row.by, group=row.group)


def _attrition_tests(counts: pd.DataFrame, results: ResultSet, variables: list[str]) -> None:
    """Those who answered both against those who did not, over the categories of each variable that has no overlaps."""
    variables = [by for by in variables if (counts["by"] == by).any()]
    variables = [by for by in variables if pick(counts, by=by)[list(ANSWERED)].notna().all(axis=None)]
    tables = []
    for by in variables:
        chosen = pick(counts, by=by)
        rest = chosen["start_only"] + chosen["end_only"] + chosen["neither"]
        tables.append(list(zip(chosen["both"].astype(int), rest.astype(int), strict=True)))
    tests = [attrition.attrition_test(table) for table in tables]
    adjusted = multiplicity.adjust([test.p for test in tests], "bh")
    for by, table, test, p_adjusted in zip(variables, tables, tests, adjusted, strict=True):
        size = attrition.cramers_v(table)
        results.statistic(
            "attrition",
            "attrition_test",
            size,
            by=by,
            statistic=test.statistic,
            df=test.df,
            p=test.p,
            p_adjusted=p_adjusted,
            method=f"{test.method}; Benjamini-Hochberg",
            note=test.note or size.note,
            **_effect(size, "cramers_v"),
        )


def _effect(estimate: Estimate, measure: str) -> dict[str, Any]:
    return {
        "effect": estimate.estimate,
        "effect_lower": estimate.lower,
        "effect_upper": estimate.upper,
        "effect_measure": measure,
    }


# --- rows: paired items ---


def _pairs(transitions: pd.DataFrame, **where: str) -> _Pairs:
    chosen = pick(transitions, **where)
    return _Pairs(*(chosen[c].to_numpy(dtype=t) for c, t in (("pre", float), ("post", float), ("count", "int64"))))


def _items(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    """Every question and scale: pairs, who moved which way, the net change; where exact, what goes with it."""
    if results.protected:
        _items_published(material, results, asked)
    else:
        _items_exact(material, results, asked)
    _answered_once(material, results, asked)
    _against_margin(material, results, asked)


def _against_margin(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    """Whether changes are surely smaller than matters, and how many answers it takes to tell: of published counts."""
    moved = {q.id: counts for q in asked if (counts := _moved_as_published(material, q)) is not None}
    judged = [q for q in asked if q.id in moved]
    designs = {} if results.protected else {q.id: clustered.of_changes(material, ALL, q.id) for q in asked}

    def family(p: Sequence[float | None], judge: Callable) -> list[float | None]:
        return _of_families(judged, p, judge)

    if not (results.protected and material.study.has_clusters):
        margin = material.study.survey.no_relevant_change
        equivalence.rows(results, list(moved.items()), FEWEST, family, margin, designs)
    family_of = [q.id for q in asked if q.primary] or [q.id for q in asked]
    advice.rows(material, results, family_of, moved, designs)


def _items_published(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    for scope in material.scopes:
        for q in asked:
            n = material.count("items", measure="paired", scope=scope, item=q.id)
            results.count("item", "paired", n, scope=scope, item=q.id)
            if scope == ALL:
                _directions(material, results, q, n)
    named = [(q.id, counts) for q in asked if (counts := _moved_as_published(material, q)) is not None]
    judged = [q for q in asked if q.id in dict(named)]

    def family(p: Sequence[float | None], judge: Callable) -> list[float | None]:
        return _of_families(judged, p, judge)

    published.rows(results, named, FEWEST, family, {}, judged=not material.study.has_clusters)
    for q in asked:
        dated.change(material, results, q.id, _ways(q))


def _ways(q: _Asked) -> tuple[str, ...]:
    """The measures of those who changed for the better, stayed and changed for the worse."""
    return ("higher", "same", "lower") if q.sign > 0 else ("lower", "same", "higher")


def _moved_as_published(material: Material, q: _Asked) -> published.Counts | None:
    """What the published counts of better, same and worse can be; None where one is withheld."""
    ways = _ways(q)
    counts = [material.count("items", measure=way, scope=ALL, item=q.id) for way in ways]
    if not is_disclosed(*counts):
        return None
    better, same, worse = (material.span("items", measure=way, scope=ALL, item=q.id) for way in ways)
    return better, same, worse


def _items_exact(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    invited = {ALL: _could_answer(material)}
    for scope in material.scopes:
        pairs = [_pairs(material.exact["transitions"], scope=scope, item=q.id) for q in asked]
        designs = [clustered.of_changes(material, scope, q.id) for q in asked]
        moved = [clusters.net_change(*_moved(q, those), of) for q, those, of in zip(asked, pairs, designs, strict=True)]
        families = _families(asked, [change.p if change.n >= FEWEST else None for change in moved])
        for q, those, change, family, design in zip(asked, pairs, moved, families, designs, strict=True):
            n = material.count("items", measure="paired", scope=scope, item=q.id)
            where = {"scope": scope, "item": q.id, "invited": invited.get(scope), "answered": n}
            results.count("item", "paired", n, scope=scope, item=q.id)
            result = paired_means.paired_t(*those.moments)
            _mean_change(results, "item", result, where, clustered.of_means(material, scope, q.id))
            _net_change(results, q, those, change, family, where, design)
            if scope == ALL:
                _directions(material, results, q, n)
                _means(results, "item", result, where)
                level = _strictest(asked, q, moved)
                wider = None if design is None else design.confidence(1 - level)
                _cautions(results, q, result, n, change, level if wider is None else 1 - wider)
                _companions(results, q, those, where)
                _not_answered_again(material, results, q, those, result, design)
    clustered.change_rows(material, results, [q.id for q in asked])


def _strictest(asked: Sequence[_Asked], q: _Asked, moved: Sequence[net_change.NetChange]) -> float:
    """The level that is surely enough in the family of a question: what its smallest p is held against."""
    tested = sum(other.primary is q.primary and m.n >= FEWEST for other, m in zip(asked, moved, strict=True))
    return LEVEL / max(tested, 1)


def _could_answer(material: Material) -> int | None:
    responses = material.counts.get("responses")
    return None if responses is None else as_int(pick(responses, scope=ALL, step="asked_at_end")["count"].iloc[0])


def _moved(q: _Asked, pairs: _Pairs) -> tuple[int, int, int]:
    """How many pairs changed for the better, stayed and changed for the worse."""
    way = q.sign * np.sign(np.round(pairs.post - pairs.pre, 9))
    better, same, worse = (int(pairs.count[way == side].sum()) for side in (1, 0, -1))
    return better, same, worse


@dataclass(frozen=True)
class _Decision:
    """What the family makes of one test: its adjusted p, and the confidence at which it was decided."""

    p_adjusted: float | None
    confidence: float | None


def _families(asked: Sequence[_Asked], p: Sequence[float | None]) -> list[_Decision]:
    """Holm over the declared primary items and scales, Benjamini-Hochberg over the rest; without p: no test."""
    adjusted, confidence = (_of_families(asked, p, judge) for judge in (multiplicity.adjust, net_change.decided))
    return [_Decision(*both) for both in zip(adjusted, confidence, strict=True)]


def _of_families(
    asked: Sequence[_Asked], p: Sequence[float | None], judge: Callable[[list[float | None], str], list[float | None]]
) -> list[float | None]:
    result: list[float | None] = [None] * len(p)
    for primary, method in ((True, "holm"), (False, "bh")):
        places = [i for i, q in enumerate(asked) if q.primary is primary]
        for place, judged in zip(places, judge([p[i] for i in places], method), strict=True):
            result[place] = judged
    return result


def _described(estimate: Estimate) -> Estimate:
    """Without its interval where there are too few pairs for one."""
    if estimate.n >= FEWEST:
        return estimate
    note = estimate.note or "too_few_pairs"
    return Estimate(estimate.estimate, None, None, estimate.n, estimate.method, note=note)


def _mean_change(
    results: ResultSet, table: str, result: paired_means.PairedT, where: dict, design: Design | None = None
) -> None:
    tested = {"p": result.p, "statistic": result.t, "df": result.df, **_effect(result.d_z, "d_z")}
    change = result.change
    if design is not None and change.estimate is not None and result.sd_change is not None:
        change, tested = clusters.mean(result.n, change.estimate, result.sd_change, design), {}
    results.statistic(table, "mean_change", _described(change), **where, **(tested if result.n >= FEWEST else {}))


def _means(results: ResultSet, table: str, result: paired_means.PairedT, where: dict) -> None:
    start = comparison.one_mean(result.n, result.mean_before, result.sd_before)
    end = comparison.one_mean(result.n, result.mean_after, result.sd_after)
    results.statistic(table, "mean_start", _described(start), **where)
    results.statistic(table, "mean_end", _described(end), **where)


def _net_change(
    results: ResultSet,
    q: _Asked,
    pairs: _Pairs,
    change: net_change.NetChange,
    family: _Decision,
    where: dict,
    design: Design | None,
) -> None:
    """The deciding row: ``lower`` and ``upper`` go with p, ``effect_lower`` and ``effect_upper`` with adjusted p."""
    estimate = _described(change.estimate)
    tested: dict[str, Any] = {}
    if family.confidence is not None:
        wide = clusters.net_change(*_moved(q, pairs), design, family.confidence).estimate
        adjusted = "Holm" if q.primary else "Benjamini-Hochberg"
        tested = {"p": change.p, "p_adjusted": family.p_adjusted, "method": f"{estimate.method}; {adjusted}"}
        tested |= _effect(wide, "net_change")
    results.statistic("item", "net_change", estimate, unit="share", **where, **tested)


def _cautions(
    results: ResultSet,
    q: _Asked,
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


def _not_answered_again(
    material: Material,
    results: ResultSet,
    q: _Asked,
    pairs: _Pairs,
    result: paired_means.PairedT,
    design: Design | None,
) -> None:
    """The change weighted to all who answered at the start, its worst and best case, and the tipping point.

    All of it is of exact answers, so a protected edition has none.
    """
    if results.protected:
        return
    missing = material.count("items", measure="start_alone", item=q.id)
    if result.change.estimate is not None and is_disclosed(missing) and missing:
        room = _room(material, q, pairs)
        tip = attrition_change.tipping_point(q.sign * result.change.estimate, result.n, int(missing), room)
        point = Estimate(tip, None, None, result.n, "tipping point")
        results.statistic("item", "tipping_point", point, answered=missing, item=q.id)
    starts = _starts(material, q, pairs)
    ends = attrition_change.extremes(starts) if starts else None
    if ends is None or sum(s.all for s in starts) <= pairs.n:
        return
    confidence = CONFIDENCE if design is None else design.confidence()
    weighted = attrition_change.weighted_net_change(starts, confidence)
    everyone = sum(s.all for s in starts)
    where: dict[str, Any] = {
        "item": q.id,
        "unit": "share",
        "invited": everyone,
        "bound_lower": ends[0],
        "bound_upper": ends[1],
    }
    found = _described(weighted.estimate)
    if material.study.survey.weight_by:
        found = replace(found, method=", ".join([found.method, *material.study.survey.weight_by]))
    results.statistic("item", "net_change_weighted", found, **where)
    results.amount("item", "weighted_effective", float(round(weighted.effective)), item=q.id)
    results.amount("item", "weighted_smallest", float(weighted.smallest), item=q.id)


def _room(material: Material, q: _Asked, pairs: _Pairs) -> tuple[float, float]:
    """How far those who answered an item at the start only may get worse and better on average; boundless of a scale,
    of which no answers are counted by value."""
    given = pick(material.exact["answers"], scope=ALL, survey="start", item=q.id).dropna(subset=["value"])
    before = pd.Series(pairs.count, dtype="float64").groupby(np.round(pairs.pre, 9)).sum()
    alone = given.groupby(given["value"].astype(float).round(9))["count"].sum().sub(before, fill_value=0.0)
    if given.empty or not alone.sum() > 0:
        return math.inf, math.inf
    mean = float((alone * alone.index).sum() / alone.sum())
    down, up = mean - q.low, q.high - mean
    return (down, up) if q.sign > 0 else (up, down)


def _starts(material: Material, q: _Asked, pairs: _Pairs) -> list[attrition_change.Start]:
    """Those who gave each answer at the start, and how they moved if they answered again; items only."""
    if "start_cells" in material.exact:
        return _starts_by_cell(pick(material.exact["start_cells"], item=q.id), q)
    given = pick(material.exact["answers"], scope=ALL, survey="start", item=q.id).dropna(subset=["value"])
    counts = given.groupby(given["value"].astype(float).round(9))["count"].sum()
    before, way = np.round(pairs.pre, 9), q.sign * np.sign(np.round(pairs.post - pairs.pre, 9))
    best, worst = (q.high, q.low) if q.sign > 0 else (q.low, q.high)

    def moved(value: float, side: int) -> int:
        return int(pairs.count[(before == value) & (way == side)].sum())

    return [
        attrition_change.Start(
            int(count), *(moved(value, 1), moved(value, 0), moved(value, -1)), value != best, value != worst
        )
        for value, count in counts.items()
    ]


def _starts_by_cell(cells: pd.DataFrame, q: _Asked) -> list[attrition_change.Start]:
    """The same by response cell within an answer, so that thin cells are joined within it first."""
    ways = ["higher", "same", "lower"] if q.sign > 0 else ["lower", "same", "higher"]
    best, worst = (q.high, q.low) if q.sign > 0 else (q.low, q.high)
    rows = cells.sort_values(["value", "cell"], kind="stable")[["value", "all", *ways]]
    return [
        attrition_change.Start(int(everyone), int(better), int(same), int(worse), value != best, value != worst)
        for value, everyone, better, same, worse in rows.itertuples(index=False, name=None)
    ]


def _directions(material: Material, results: ResultSet, q: _Asked, n: int) -> None:
    better, worse = ("higher", "lower") if q.sign > 0 else ("lower", "higher")
    for measure, way in (("improved", better), ("same", "same"), ("worse", worse)):
        results.count("item", measure, material.count("items", measure=way, scope=ALL, item=q.id), n, item=q.id)
    for measure in ("agree_start", "agree_end"):
        if len(pick(material.counts["items"], measure=measure, scope=ALL, item=q.id)):
            results.count("item", measure, material.count("items", measure=measure, scope=ALL, item=q.id), n, item=q.id)


def _companions(results: ResultSet, q: _Asked, pairs: _Pairs, where: dict) -> None:
    """What stands beside the main test: superiority, pseudo-median, marginal homogeneity, share who agree."""
    if q.kind != "likert":
        moved = bool((pairs.post != pairs.pre).any())
        none = Estimate(None, None, None, pairs.n, "signed-rank inversion", note="all_unchanged")
        shift = signed_rank.hodges_lehmann(pairs.post - pairs.pre, pairs.count) if moved or not pairs.n else none
        results.statistic("item", "hodges_lehmann", _described(shift), **where)
    difference = q.sign * (pairs.post - pairs.pre)
    ranks = _described(effect_sizes.rank_biserial(difference, pairs.count))
    test = signed_rank.signed_rank(difference, pairs.count)
    ranked = {
        "statistic": test.z,
        "p": test.p,
        "method": f"Wilcoxon-Pratt {test.method}",
        **_effect(ranks, "rank_biserial"),
    }
    results.statistic("item", "rank_biserial", ranks, **where, **(ranked if test.n >= FEWEST else {}))
    table = _table(q, pairs)
    if table is None:
        return
    better = effect_sizes.marginal_superiority(table if q.sign > 0 else table[::-1, ::-1])
    results.statistic("item", "superiority", _described(better), **where)
    if q.kind == "likert" and pairs.n >= FEWEST:
        margins = marginal_tests.stuart_maxwell(table)
        alike = {"statistic": margins.statistic, "df": margins.df, "p": margins.p, **_effect(better, "superiority")}
        empty = Estimate(None, None, None, pairs.n, margins.method, note=margins.note)
        results.statistic("item", "marginal_homogeneity", empty, **where, **alike)
    if q.kind == "likert" and agrees_from(q.low, q.high) is not None:
        _agree_change(results, table, where)


def _table(q: _Asked, pairs: _Pairs) -> np.ndarray | None:
    """Pairs as a square table over every answer of the scale (those given, for scores); None with too many answers."""
    given = np.unique(np.round(np.concatenate([pairs.pre, pairs.post]), 9))
    values = given if q.kind == "score" else np.arange(q.low, q.high + 1)
    if not 0 < len(values) <= MOST_VALUES:
        return None
    table = np.zeros((len(values), len(values)), dtype="int64")
    places = [np.searchsorted(values, np.round(side, 9)) for side in (pairs.pre, pairs.post)]
    np.add.at(table, tuple(places), pairs.count)
    return table


def _agree_change(results: ResultSet, table: np.ndarray, where: dict) -> None:
    a, b, c, d = paired_tables.dichotomise(table, len(table) - 1)
    change = _described(paired_proportions.paired_difference(a, b, c, d))
    test = paired_proportions.mcnemar(b, c)
    tested = {"p": test.p, "method": f"Newcombe; McNemar {test.method}", **_effect(change, "paired_difference")}
    enough = change.n >= FEWEST
    results.statistic("item", "agree_change", change, unit="share", **where, **(tested if enough else {}))


def _answered_once(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    """Those who answered an item at one time only, and those who could not say."""
    for q in asked:
        for survey in ("start", "end"):
            alone = material.count("items", measure=f"{survey}_alone", item=q.id)
            results.count("item", f"{survey}_only", alone, item=q.id)
            if q.kind != "scale":
                _cannot_say(material, results, "item", survey, q.id)


def _cannot_say(material: Material, results: ResultSet, table: str, survey: str, item: str) -> None:
    if len(pick(material.counts["items"], measure=f"{survey}_asked", item=item)):
        unsure, everyone = (
            material.count("items", measure=f"{survey}_{what}", item=item) for what in ("cannot_say", "asked")
        )
        results.count(table, f"cannot_say_{survey}", unsure, everyone, item=item)
        if not results.protected:  # what three rounded counts leave is no count
            given = material.count("items", measure=f"{survey}_given", item=item)
            results.count(table, f"blank_{survey}", everyone - given - unsure, everyone, item=item)


def _transitions(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    shown = material.counts["item_pairs"].set_index(["item", "pre", "post"])["count"].map(as_int).to_dict()
    for q in asked:
        table = _table(q, _pairs(material.exact["transitions"], scope=ALL, item=q.id)) if q.kind == "likert" else None
        if table is None:
            continue
        for i, j in np.ndindex(table.shape):
            where: dict[str, Any] = {"by": "pre", "group": _code(q.low + i), "by2": "post", "group2": _code(q.low + j)}
            results.count("transition", "pairs", shown.get((q.id, q.low + i, q.low + j), 0), item=q.id, **where)


def _code(answer: float) -> str:
    return f"{answer:g}"


def _summary(results: ResultSet, asked: list[_Asked]) -> None:
    """How many primary items and scales improved, worsened or neither, after Holm, and how many cannot be judged."""
    primary = {q.id for q in asked if q.primary}
    net = [r for r in results.rows if r["table"] == "item" and r["measure"] == "net_change"]
    tested = [r for r in net if r["scope"] == ALL and r["item"] in primary]
    found = [direction_of(r) for r in tested]
    for direction in DIRECTIONS:
        results.amount("summary", f"primary_{direction}", found.count(direction), "items")
    results.amount("summary", "primary", len(found), "items")


def direction_of(row: Mapping[str, Any]) -> str:
    """What may be concluded of an item by the row of its net change; ``not_told`` where published counts leave it open.

    Where the net change is known to lie between two numbers, it is tested only if both are on one side.
    """
    if row.get("note") == NOT_TOLD:
        return NOT_TOLD
    found = [row.get(name) for name in ("estimate", "possible_lower", "lower")]
    effect = next((float(number) for number in found if number is not None and pd.notna(number)), None)
    p = row.get("p_adjusted")
    return concluded(effect, None if p is None or pd.isna(p) else float(p))


def concluded(effect: float | None, p_adjusted: float | None) -> str:
    """What may be concluded of an item: improved, worse, unclear, or not_judged where it was not tested."""
    if effect is None or p_adjusted is None or math.isnan(p_adjusted):
        return "not_judged"
    return "unclear" if p_adjusted >= LEVEL else "improved" if effect > 0 else "worse"


# --- rows: feedback, reliability, cautions, arms ---


def _feedback(material: Material, results: ResultSet) -> None:
    """Items asked at the end only: distribution, mean, share who agree."""
    if not material.study.has("end_survey"):
        return
    for item in (i for i in material.study.survey.items if i.surveys == ["end"]):
        answers = pick(material.exact["answers"], scope=ALL, survey="end", item=item.id)
        given = answers.dropna(subset=["value"])
        counts = dict(zip(given["value"].astype(float), given["count"].astype(int), strict=True))
        n = material.count("items", measure="end_given", item=item.id)
        invited = _could_answer(material)
        if not results.protected:
            results.statistic("feedback", "mean_end", _mean_of(counts), invited=invited, answered=n, item=item.id)
        _cannot_say(material, results, "feedback", "end", item.id)
        if item.kind == "likert":
            given_ = pick(material.counts["item_answers"], item=item.id)
            shown = dict(zip(given_["value"].astype(float), given_["count"].map(as_int), strict=True))
            for answer, count in shown.items():
                where: dict[str, Any] = {"item": item.id, "by": "answer", "group": _code(answer)}
                results.count("feedback", "answers", count, n, **where)
            _agree_rate(material, results, item, shown)


def _mean_of(counts: dict[float, int]) -> Estimate:
    n = sum(counts.values())
    if n == 0:
        return comparison.one_mean(0, None, None)
    mean = sum(v * c for v, c in counts.items()) / n
    spread = sum(c * (v - mean) ** 2 for v, c in counts.items())
    return comparison.one_mean(n, mean, math.sqrt(spread / (n - 1)) if n > 1 else None)


def _agree_rate(material: Material, results: ResultSet, item: Item, counts: dict[float, int]) -> None:
    least = agrees_from(item.min, item.max)
    if least is None:
        return
    n = sum(counts.values())
    agree = sum(c for v, c in counts.items() if v >= least)
    invited = _could_answer(material)
    near = results.within or 0
    summed = near * sum(v >= least for v in counts)  # each answer's count is rounded by itself
    results.rate(
        "feedback", "agree", agree, n, n if invited is None else invited, within=(summed, near, near), item=item.id
    )
    if invited is None:  # nobody knows how many were asked
        for column in ("response_rate", "bound_lower", "bound_upper"):
            results.rows[-1].pop(column, None)


def _reliability(material: Material, results: ResultSet) -> None:
    """How well the items of each scale hang together at the start, and what one person's change must exceed."""
    if results.protected:
        return
    moments = pick(material.exact["scale_items"], survey="start")
    for scale in material.study.survey.scales:
        entries = pick(moments, scale=scale.id)
        if entries.empty:
            continue
        n = int(entries["count"].iloc[0])
        where: dict[str, Any] = {"item": scale.id, "answered": n}
        wide = entries.pivot(index="item", columns="item2", values="covariance")
        covariance = wide.loc[list(scale.items), list(scale.items)].to_numpy()
        alpha = reliability.cronbach_alpha(n, covariance)
        sd = math.sqrt(max(float(covariance.sum()), 0.0))
        error = reliability.standard_error_of_measurement(sd, alpha.estimate)
        change = reliability.minimal_detectable_change(sd, alpha.estimate)
        results.statistic("scale_reliability", "alpha", alpha, **where)
        results.statistic("scale_reliability", "omega", reliability.omega_total(n, covariance), **where)
        for measure, estimate in (("standard_error", error), ("detectable_change", change)):
            result = Estimate(estimate, None, None, n, "alpha at the start", note=alpha.note)
            results.statistic("scale_reliability", measure, result, **where)
    _filled(material, results)


def _filled(material: Material, results: ResultSet) -> None:
    """How many sums of each scale hold filled answers, of those counted, where its rule lets them."""
    for scale in (s for s in material.study.survey.scales if s.fills):
        for survey in ("start", "end"):
            entries = pick(material.exact["scale_items"], survey=survey, scale=scale.id)
            if len(entries):
                whole, enough = int(entries["count"].iloc[0]), int(entries["enough"].iloc[0])
                results.count("scale_reliability", f"filled_{survey}", enough - whole, enough, item=scale.id)


def _arms(material: Material, results: ResultSet, asked: list[_Asked]) -> None:
    """Mean change in each arm and the difference of the changes, where the study names a comparison group."""
    compared, transitions = material.study.comparison, material.exact.get("arm_transitions")
    if compared is None or transitions is None:
        return
    names = (compared.treated, compared.control)
    for q in asked:
        for arm in names:
            n = material.count("arm_items", arm=arm, item=q.id)
            results.count("arms", "paired", n, item=q.id, by="arm", group=arm)
    if results.protected:
        return
    arms = [[_pairs(transitions, arm=arm, item=q.id) for arm in names] for q in asked]
    changes = [[paired_means.paired_t(*pairs.moments) for pairs in both] for both in arms]
    grouped = [clustered.of_arms(material, f"{CHANGE}{q.id}") for q in asked]
    tests = [
        _compared(both, of)[1] if min(both[0].n, both[1].n) >= FEWEST else None
        for both, of in zip(changes, grouped, strict=True)
    ]
    families = _families(asked, [test.p if test else None for test in tests])
    for q, pairs, both, of, test, family in zip(asked, arms, changes, grouped, tests, families, strict=True):
        for arm, result, own in zip(names, both, of or (None, None), strict=True):
            where: dict[str, Any] = {"item": q.id, "by": "arm", "group": arm}
            _means(results, "arms", result, where)
            _mean_change(results, "arms", result, where, own.design if own else None)
        _between_arms(
            material, results, q, pairs, _compared(both, of, family.confidence or CONFIDENCE)[0], both, test, family
        )
    outcomes = [arm_effects.Outcome(f"{CHANGE}{q.id}", "change", item=q.id) for q in asked]
    arm_effects.rows(material, results, outcomes)


def _change(result: paired_means.PairedT) -> tuple[int, float | None, float | None]:
    return result.n, result.change.estimate, result.sd_change


def _compared(
    both: list[paired_means.PairedT], of: tuple[clusters.Arm, clusters.Arm] | None, confidence: float = CONFIDENCE
) -> tuple[Estimate, Test]:
    """The difference of two mean changes with its test; ``of`` are the changes by group of persons, if any."""
    treated, control = (_change(each) for each in both)
    if of is not None:
        return clusters.mean_difference(*of, confidence)
    found = comparison.difference_of_changes(*treated, *control, confidence=confidence)
    return found, comparison.mean_difference_test(*treated, *control)


def _between_arms(
    material: Material,
    results: ResultSet,
    q: _Asked,
    pairs: list[_Pairs],
    difference: Estimate,
    both: list[paired_means.PairedT],
    test: Test | None,
    family: _Decision,
) -> None:
    """Difference of the changes, and of the end means at equal start values; positive where the first arm rose more.

    The interval of the difference is at the confidence at which it was decided, so that it says what adjusted p says.
    """
    treated, control = both
    size, named = comparison.hedges_g(*_change(treated), *_change(control)), "hedges_g"
    if material.study.has_clusters:  # its interval would not allow for groups
        size, named = difference, "difference"
    tested: dict[str, Any] = {}
    if test is not None:
        tested = {"p": test.p, "p_adjusted": family.p_adjusted, "statistic": test.statistic, "df": test.df}
        tested |= {"method": f"{difference.method}; {'Holm' if q.primary else 'Benjamini-Hochberg'}"}
        tested |= _effect(size, named) if difference.lower is not None else {}
    else:
        difference = Estimate(difference.estimate, None, None, difference.n, difference.method, note="too_few_pairs")
    results.statistic("arms", "difference_of_changes", difference, item=q.id, **tested)
    if test is not None:
        found, its = _adjusted_for_start(*pairs)
        adjusted = clustered.without_interval(found, material)
        row: dict[str, Any] = {}
        if adjusted.lower is not None:
            row = {"p": its.p, "statistic": its.statistic, "df": its.df, **_effect(adjusted, "adjusted difference")}
        results.statistic("arms", "adjusted_difference", adjusted, item=q.id, **row)


def _adjusted_for_start(treated: _Pairs, control: _Pairs) -> tuple[Estimate, Test]:
    def every(side: str) -> np.ndarray:
        return np.concatenate([np.repeat(getattr(arm, side), arm.count) for arm in (treated, control)])

    arm = [True] * treated.n + [False] * control.n
    return comparison.adjusted_difference_tested(every("post").tolist(), arm, pd.DataFrame({"start": every("pre")}))
