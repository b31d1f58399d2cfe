"""The change allowing for those who answered at the start only: weighted, worst and best case, tipping point."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Material, is_disclosed
from evaltools.sections.survey.compute.asked import Asked, Pairs, described
from evaltools.statistics import attrition_change, paired_means
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import CONFIDENCE, Estimate


def unanswered_rows(
    material: Material,
    results: ResultSet,
    q: Asked,
    pairs: Pairs,
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
    found = described(weighted.estimate)
    if material.study.survey.weight_by:
        found = replace(found, method=", ".join([found.method, *material.study.survey.weight_by]))
    results.statistic("item", "net_change_weighted", found, **where)
    results.amount("item", "weighted_effective", float(round(weighted.effective)), item=q.id)
    results.amount("item", "weighted_smallest", float(weighted.smallest), item=q.id)


def _room(material: Material, q: Asked, pairs: Pairs) -> tuple[float, float]:
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


def _starts(material: Material, q: Asked, pairs: Pairs) -> list[attrition_change.Start]:
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


def _starts_by_cell(cells: pd.DataFrame, q: Asked) -> list[attrition_change.Start]:
    """The same by response cell within an answer, so that thin cells are joined within it first."""
    ways = ["higher", "same", "lower"] if q.sign > 0 else ["lower", "same", "higher"]
    best, worst = (q.high, q.low) if q.sign > 0 else (q.low, q.high)
    rows = cells.sort_values(["value", "cell"], kind="stable")[["value", "all", *ways]]
    return [
        attrition_change.Start(int(everyone), int(better), int(same), int(worse), value != best, value != worst)
        for value, everyone, better, same, worse in rows.itertuples(index=False, name=None)
    ]
