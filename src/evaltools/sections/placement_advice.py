"""Advice for the next term: how many must answer the follow-up for what is to be told of placement.

All of it is a function of published counts; the share that most answers are needed for, one half, is assumed.
"""

from __future__ import annotations

import math
import statistics

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Part
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material, as_int
from evaltools.sections.survey.wording import points_in_size
from evaltools.statistics import clusters, power

SOUGHT = 0.1  # difference of rates that is to be found


def rows(material: Material, results: ResultSet, placement: pd.DataFrame) -> None:
    """Answers needed to tell a rate from the benchmark, or the arms from each other, ten points apart."""
    arms = material.study.comparison is not None
    if not arms and "benchmark_cells" not in material.counts:
        return  # nothing to tell it from
    wider = _wider(material)
    if wider is None:
        return
    needed = math.ceil(power.answers_needed(SOUGHT, each=arms) * wider)
    what = "arms" if arms else "benchmark"
    results.amount("advice", "answers_needed", float(needed), item=what, method="power, rates")


def _wider(material: Material) -> float | None:
    """By how much groups of persons widen an interval; None where that is not told."""
    if not material.study.has_clusters:
        return 1.0
    counts = material.exact.get("cluster_placement")
    if counts is None or material.edition == "public":
        return None
    here = pick(counts, scope=ALL, by=TOTAL, measure="employed")
    found = clusters.of_rates([(as_int(n), as_int(x)) for n, x in here[["answered", "count"]].itertuples(index=False)])
    return found.effect if found.is_known else None


def part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Whether enough have answered, and how many more it takes."""
    advice = pick(rows, table="advice", measure="answers_needed")
    if advice.empty:
        return None
    of, needed = advice["item"].iloc[0], float(advice["estimate"].iloc[0])
    now = _now(rows, labels, of)
    if not now:
        return None
    key = f"{of}_{'enough' if statistics.harmonic_mean(now) >= needed else 'needed'}"
    words = {"change": points_in_size(labels, SOUGHT), "power": labels.percent(power.POWER, 0)}
    words |= {"needed": labels.number(needed), "now": "; ".join(labels.number(n) for n in now)}
    sentences = [labels.say(f"placement.advice.{key}", **words)]
    return Part(
        "placement-advice", labels.say("placement.advice.heading"), sentences, [], [labels.say("placement.advice.how")]
    )


def _now(rows: pd.DataFrame, labels: Labels, of: str) -> list[float]:
    """How many have answered, in each arm where two are compared; nothing where it is not shown."""
    if of == "benchmark":
        found = [value(rows, "count", table="followup", measure="answered", scope=ALL)]
    else:
        pair = labels.study.comparison
        found = [
            value(rows, "answered", table="placement", measure="employed", scope=ALL, by="arm", group=arm)
            for arm in (pair.treated, pair.control)  # type: ignore[union-attr]
        ]
    return [n for n in found if n is not None] if None not in found else []
