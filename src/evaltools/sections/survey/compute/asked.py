"""Questions and scales asked at both times, their pairs of answers, and the rows that are made of them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Material, as_int
from evaltools.statistics import clusters, comparison, paired_means
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import Estimate
from evaltools.study.model import Study

NEEDS = ("start_survey", "end_survey")
FEWEST = 5  # pairs; below it an item is described and not tested
MOST_VALUES = 101  # distinct answers up to which the whole table of pairs is built


@dataclass(frozen=True)
class Asked:
    """An item or scale asked at both times: its ends, and 1 where higher is better, -1 where lower is."""

    id: str
    kind: str
    low: float
    high: float
    sign: int
    primary: bool


def asked_twice(study: Study) -> list[Asked]:
    """The items asked at both times, then the scales of such items, where the study has both surveys."""
    if not all(study.has(table) for table in NEEDS):
        return []
    items = {item.id: item for item in study.survey.items if {"start", "end"} <= set(item.surveys)}
    asked = [Asked(i.id, i.kind, i.min, i.max, 1 if i.direction == "higher" else -1, i.primary) for i in items.values()]
    for scale in study.survey.scales:
        if all(i in items for i in scale.items):
            parts = [items[i] for i in scale.items]
            kind = "scale" if all(i.kind == "likert" for i in parts) and not scale.fills else "score"
            low, high = sum(i.min for i in parts), sum(i.max for i in parts)
            asked.append(Asked(scale.id, kind, low, high, 1, scale.primary))
    return asked


@dataclass(frozen=True)
class Pairs:
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


def pairs_of(transitions: pd.DataFrame, **where: str) -> Pairs:
    chosen = pick(transitions, **where)
    return Pairs(*(chosen[c].to_numpy(dtype=t) for c, t in (("pre", float), ("post", float), ("count", "int64"))))


def ways_of(q: Asked) -> tuple[str, ...]:
    """The measures of those who changed for the better, stayed and changed for the worse."""
    return ("higher", "same", "lower") if q.sign > 0 else ("lower", "same", "higher")


def direction_counts(q: Asked, pairs: Pairs) -> tuple[int, int, int]:
    """How many pairs changed for the better, stayed and changed for the worse."""
    way = q.sign * np.sign(np.round(pairs.post - pairs.pre, 9))
    better, same, worse = (int(pairs.count[way == side].sum()) for side in (1, 0, -1))
    return better, same, worse


def square_table(q: Asked, pairs: Pairs) -> np.ndarray | None:
    """Pairs as a square table over every answer of the scale (those given, for scores); None with too many answers."""
    given = np.unique(np.round(np.concatenate([pairs.pre, pairs.post]), 9))
    values = given if q.kind == "score" else np.arange(q.low, q.high + 1)
    if not 0 < len(values) <= MOST_VALUES:
        return None
    table = np.zeros((len(values), len(values)), dtype="int64")
    places = [np.searchsorted(values, np.round(side, 9)) for side in (pairs.pre, pairs.post)]
    np.add.at(table, tuple(places), pairs.count)
    return table


def answer_code(answer: float) -> str:
    return f"{answer:g}"


def could_answer(material: Material) -> int | None:
    responses = material.counts.get("responses")
    return None if responses is None else as_int(pick(responses, scope=ALL, step="asked_at_end")["count"].iloc[0])


def cannot_say_rows(material: Material, results: ResultSet, table: str, survey: str, item: str) -> None:
    if len(pick(material.counts["items"], measure=f"{survey}_asked", item=item)):
        unsure, everyone = (
            material.count("items", measure=f"{survey}_{what}", item=item) for what in ("cannot_say", "asked")
        )
        results.count(table, f"cannot_say_{survey}", unsure, everyone, item=item)
        if not results.protected:  # what three rounded counts leave is no count
            given = material.count("items", measure=f"{survey}_given", item=item)
            results.count(table, f"blank_{survey}", everyone - given - unsure, everyone, item=item)


def described(estimate: Estimate) -> Estimate:
    """Without its interval where there are too few pairs for one."""
    if estimate.n >= FEWEST:
        return estimate
    note = estimate.note or "too_few_pairs"
    return Estimate(estimate.estimate, None, None, estimate.n, estimate.method, note=note)


def effect_columns(estimate: Estimate, measure: str) -> dict[str, Any]:
    return {
        "effect": estimate.estimate,
        "effect_lower": estimate.lower,
        "effect_upper": estimate.upper,
        "effect_measure": measure,
    }


def mean_change_row(
    results: ResultSet, table: str, result: paired_means.PairedT, where: dict, design: Design | None = None
) -> None:
    tested = {"p": result.p, "statistic": result.t, "df": result.df, **effect_columns(result.d_z, "d_z")}
    change = result.change
    if design is not None and change.estimate is not None and result.sd_change is not None:
        change, tested = clusters.mean(result.n, change.estimate, result.sd_change, design), {}
    results.statistic(table, "mean_change", described(change), **where, **(tested if result.n >= FEWEST else {}))


def mean_rows(results: ResultSet, table: str, result: paired_means.PairedT, where: dict) -> None:
    start = comparison.one_mean(result.n, result.mean_before, result.sd_before)
    end = comparison.one_mean(result.n, result.mean_after, result.sd_after)
    results.statistic(table, "mean_start", described(start), **where)
    results.statistic(table, "mean_end", described(end), **where)
