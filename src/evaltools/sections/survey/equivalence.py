"""No relevant change: whether a net change is surely smaller than what the study file declares to matter.

Of published counts in both editions: where these are rounded, it is said only if it holds whatever the counts are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.results.records import ResultSet, value
from evaltools.sections.material import Labels
from evaltools.sections.survey.published import NOT_TOLD, Counts, Family
from evaltools.sections.survey.wording import points_in_size
from evaltools.statistics import clusters, multiplicity, net_change
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import Estimate

METHOD = "two one-sided tests"
MEASURE = "no_relevant_change"
CHANGED = ("improved", "worse")


def rows(
    results: ResultSet,
    named: Sequence[tuple[str, Counts]],
    fewest: int,
    family: Family,
    margin: float | None,
    designs: Mapping[str, Design | None],
) -> None:
    """The net change of each question with the interval that lies within the margin where, and only where, the
    adjusted p is below the level; nothing where no margin is declared."""
    if margin is None:
        return
    ends = [_p(counts, fewest, margin, designs.get(item)) for item, counts in named]
    least, most = (family([p[end] for p in ends], multiplicity.adjust) for end in (0, 1))
    confidence = family([p[1] for p in ends], net_change.decided)
    for (item, counts), p, low, high, level in zip(named, ends, least, most, confidence, strict=True):
        if low is None or high is None or level is None:
            continue

        def change(*moved: int, item: str = item, level: float = level) -> Estimate:
            better, same, worse = moved
            return clusters.net_change(better, same, worse, designs.get(item), 2 * level - 1).estimate

        told = high < net_change.LEVEL or low >= net_change.LEVEL
        row: dict[str, Any] = {"p_adjusted": high} if told else {"note": NOT_TOLD}
        if all(span.exact for span in counts):
            wide = change(*(span.low for span in counts))
            row |= {"p": p[1], "effect": wide.estimate, "effect_measure": "net_change"}
            row |= dict(zip(("effect_lower", "effect_upper"), results.limits(wide.lower, wide.upper), strict=True))
        results.derived("item", MEASURE, change, *counts, item=item, unit="share", method=METHOD, **row)


def _p(counts: Counts, fewest: int, margin: float, design: Design | None) -> tuple[float | None, float | None]:
    """The least and the greatest p of a relevant change; None where there are too few pairs, or groups, to test."""
    if sum(span.low for span in counts) < fewest:
        return None, None
    corners = product(*(dict.fromkeys((span.low, span.high)) for span in counts))
    found = [_allowed(net_change.irrelevant(up, same, down, margin), design) for up, same, down in corners]
    told = [p for p in found if p is not None]
    return (min(told), max(told)) if len(told) == len(found) else (None, None)


def _allowed(p: float | None, design: Design | None) -> float | None:
    """A one-sided p that allows for groups of people."""
    if design is None or p is None:
        return p
    both = design.p(min(2 * p, 1.0))
    return None if both is None else max(both / 2, p)


def sentences(rows: pd.DataFrame, found: Mapping[str, str], labels: Labels) -> list[str]:
    """Which of the questions show no relevant change, which changed by less than matters, and where neither is shown.

    ``found`` is what was concluded of each question (`compute.direction_of`).
    """
    margin = labels.study.survey.no_relevant_change
    if margin is None:
        return []
    places: dict[str, list[str]] = {"none": [], "small": [], "open": []}
    for item, direction in found.items():
        p = value(rows, "p_adjusted", table="item", measure=MEASURE, item=item, scope=ALL)
        if p is None or direction not in ("unclear", *CHANGED):
            continue
        ruled_out = p < net_change.LEVEL
        key = ("small" if ruled_out else "") if direction in CHANGED else "none" if ruled_out else "open"
        if key:
            places[key].append(labels.say("survey.quoted", question=labels.question(item)))
    words = {"margin": points_in_size(labels, margin)}
    return [
        labels.say(f"survey.margin.{key}", items=i18n.listing(items, labels.language), n=len(items), **words)
        for key, items in places.items()
        if items
    ]
