"""What a family of tests makes of each: adjusted p, the confidence at which it was decided, the conclusion."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaltools.sections.survey.compute.asked import FEWEST, Asked
from evaltools.sections.survey.published import NOT_TOLD
from evaltools.statistics import multiplicity, net_change

LEVEL = net_change.LEVEL
DIRECTIONS = ("improved", "worse", "unclear", NOT_TOLD, "not_judged")


@dataclass(frozen=True)
class Decision:
    """What the family makes of one test: its adjusted p, and the confidence at which it was decided."""

    p_adjusted: float | None
    confidence: float | None


def decisions(asked: Sequence[Asked], p: Sequence[float | None]) -> list[Decision]:
    """Holm over the declared primary items and scales, Benjamini-Hochberg over the rest; without p: no test."""
    adjusted, confidence = (by_family(asked, p, judge) for judge in (multiplicity.adjust, net_change.decided))
    return [Decision(*both) for both in zip(adjusted, confidence, strict=True)]


def by_family(
    asked: Sequence[Asked], p: Sequence[float | None], judge: Callable[[list[float | None], str], list[float | None]]
) -> list[float | None]:
    result: list[float | None] = [None] * len(p)
    for primary, method in ((True, "holm"), (False, "bh")):
        places = [i for i, q in enumerate(asked) if q.primary is primary]
        for place, judged in zip(places, judge([p[i] for i in places], method), strict=True):
            result[place] = judged
    return result


def strictest_level(asked: Sequence[Asked], q: Asked, moved: Sequence[net_change.NetChange]) -> float:
    """The level that is surely enough in the family of a question: what its smallest p is held against."""
    tested = sum(other.primary is q.primary and m.n >= FEWEST for other, m in zip(asked, moved, strict=True))
    return LEVEL / max(tested, 1)


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
