"""Questions of the end survey alone, and how well the items of a scale hang together."""

from __future__ import annotations

import math
from typing import Any

from evaltools.counts.breakdowns import ALL
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Material, as_int
from evaltools.sections.survey.compute.asked import answer_code, cannot_say_rows, could_answer
from evaltools.statistics import comparison, reliability
from evaltools.statistics.types import Estimate
from evaltools.study.survey_model import Item, agrees_from


def feedback_rows(material: Material, results: ResultSet) -> None:
    """Items asked at the end only: distribution, mean, share who agree."""
    if not material.study.has("end_survey"):
        return
    for item in (i for i in material.study.survey.items if i.surveys == ["end"]):
        answers = pick(material.exact["answers"], scope=ALL, survey="end", item=item.id)
        given = answers.dropna(subset=["value"])
        counts = dict(zip(given["value"].astype(float), given["count"].astype(int), strict=True))
        n = material.count("items", measure="end_given", item=item.id)
        invited = could_answer(material)
        if not results.protected:
            results.statistic("feedback", "mean_end", _mean_of(counts), invited=invited, answered=n, item=item.id)
        cannot_say_rows(material, results, "feedback", "end", item.id)
        if item.kind == "likert":
            given_ = pick(material.counts["item_answers"], item=item.id)
            shown = dict(zip(given_["value"].astype(float), given_["count"].map(as_int), strict=True))
            for answer, count in shown.items():
                where: dict[str, Any] = {"item": item.id, "by": "answer", "group": answer_code(answer)}
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
    invited = could_answer(material)
    near = results.within or 0
    summed = near * sum(v >= least for v in counts)  # each answer's count is rounded by itself
    results.rate(
        "feedback", "agree", agree, n, n if invited is None else invited, within=(summed, near, near), item=item.id
    )
    if invited is None:  # nobody knows how many were asked
        for column in ("response_rate", "bound_lower", "bound_upper"):
            results.rows[-1].pop(column, None)


def reliability_rows(material: Material, results: ResultSet) -> None:
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
