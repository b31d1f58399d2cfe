"""The change in each arm, and the difference between the arms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.arms import CHANGE
from evaltools.results.records import ResultSet
from evaltools.sections import arm_effects, clustered
from evaltools.sections.material import Material
from evaltools.sections.survey.compute.asked import (
    FEWEST,
    Asked,
    Pairs,
    effect_columns,
    mean_change_row,
    mean_rows,
    pairs_of,
)
from evaltools.sections.survey.compute.decisions import Decision, decisions
from evaltools.statistics import clusters, comparison, paired_means
from evaltools.statistics.types import CONFIDENCE, Estimate, Test


def arm_rows(material: Material, results: ResultSet, asked: list[Asked]) -> None:
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
    arms = [[pairs_of(transitions, arm=arm, item=q.id) for arm in names] for q in asked]
    changes = [[paired_means.paired_t(*pairs.moments) for pairs in both] for both in arms]
    grouped = [clustered.of_arms(material, f"{CHANGE}{q.id}") for q in asked]
    tests = [
        _compared(both, of)[1] if min(both[0].n, both[1].n) >= FEWEST else None
        for both, of in zip(changes, grouped, strict=True)
    ]
    families = decisions(asked, [test.p if test else None for test in tests])
    for q, pairs, both, of, test, family in zip(asked, arms, changes, grouped, tests, families, strict=True):
        for arm, result, own in zip(names, both, of or (None, None), strict=True):
            where: dict[str, Any] = {"item": q.id, "by": "arm", "group": arm}
            mean_rows(results, "arms", result, where)
            mean_change_row(results, "arms", result, where, own.design if own else None)
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
    q: Asked,
    pairs: list[Pairs],
    difference: Estimate,
    both: list[paired_means.PairedT],
    test: Test | None,
    family: Decision,
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
        tested |= effect_columns(size, named) if difference.lower is not None else {}
    else:
        difference = Estimate(difference.estimate, None, None, difference.n, difference.method, note="too_few_pairs")
    results.statistic("arms", "difference_of_changes", difference, item=q.id, **tested)
    if test is not None:
        found, its = _adjusted_for_start(*pairs)
        adjusted = clustered.without_interval(found, material)
        row: dict[str, Any] = {}
        if adjusted.lower is not None:
            row = {
                "p": its.p,
                "statistic": its.statistic,
                "df": its.df,
                **effect_columns(adjusted, "adjusted difference"),
            }
        results.statistic("arms", "adjusted_difference", adjusted, item=q.id, **row)


def _adjusted_for_start(treated: Pairs, control: Pairs) -> tuple[Estimate, Test]:
    def every(side: str) -> np.ndarray:
        return np.concatenate([np.repeat(getattr(arm, side), arm.count) for arm in (treated, control)])

    arm = [True] * treated.n + [False] * control.n
    return comparison.adjusted_difference_tested(every("post").tolist(), arm, pd.DataFrame({"start": every("pre")}))
