"""Persons of two cumulative terms to counts: who answered in both, in the later only and in the earlier only.

``between(study, before, now)`` takes the tidy tables of both terms. Its rows stand where the followed number stands
(topic, table, measure, item, by, group); what changed since the term before is judged from them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import GROUPS, TOTAL, memberships, of_project
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study
from evaltools.study.survey_model import Item

PLACE = ("topic", "table", "measure", "item", "by", "group")
RATE = ("kept", "kept_x", "rose", "fell", "new", "new_x", "gone", "gone_x")
PAIRS = ("old_better", "old_same", "old_worse", "new_better", "new_same", "new_worse", "revised")
COLUMNS = (*PLACE, *RATE, *PAIRS)


def between(study: Study, before: Tables, now: Tables) -> pd.DataFrame:
    """Counts of what moved between two terms, one row a followed number, with ``COLUMNS``; whole numbers."""
    before, now = of_project(study, before), of_project(study, now)
    rows = [*_placement(study, before, now), *_feedback(study, before, now), *_items(study, before, now)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.fillna(dict.fromkeys((*RATE, *PAIRS), 0)).astype(dict.fromkeys((*RATE, *PAIRS), "int64"))


def _moved(before: pd.Series, now: pd.Series) -> dict[str, int]:
    """Counts of a rate from yes (1) and no (0) by person, those who answered only."""
    both = pd.concat([before.rename("before"), now.rename("now")], axis=1)
    was, is_now = both["before"], both["now"]
    kept, new, gone = (was.notna() & is_now.notna(), was.isna(), is_now.isna())
    of_kept = (kept, kept & (is_now == 1), kept & (was < is_now), kept & (was > is_now))
    flags = (*of_kept, new, new & (is_now == 1), gone, gone & (was == 1))
    return {name: int(flag.sum()) for name, flag in zip(RATE, flags, strict=True)}


def _placement(study: Study, before: Tables, now: Tables) -> Iterator[dict[str, object]]:
    if not all("followup" in tables and "persons" in tables for tables in (before, now)):
        return
    members = memberships(study, now)
    for measure, roles in PLACEMENT_MEASURES.items():
        answers = [_placed(tables["followup"], roles) for tables in (before, now)]
        for (by, group), part in members[members["by"].isin([TOTAL, GROUPS])].groupby(["by", "group"]):
            mine = [those[those.index.isin(part["person"])] for those in answers]
            place = {"topic": "placement", "table": "placement", "measure": measure, "by": by, "group": group}
            yield {"item": "", **place, **_moved(*mine)}


def _placed(followup: pd.DataFrame, roles: tuple[str, ...]) -> pd.Series:
    known = followup[followup["role"].notna()].set_index("person")["role"]
    return known.isin(roles).astype("float64")


def _answers(tables: Tables, item: str, survey: str) -> pd.Series:
    answers = tables["answers"]
    those = answers[(answers["item"] == item) & (answers["survey"] == survey)].dropna(subset=["value"])
    return those.set_index("person")["value"].astype("float64")


def _feedback(study: Study, before: Tables, now: Tables) -> Iterator[dict[str, object]]:
    if not all("answers" in tables for tables in (before, now)):
        return
    for item in study.survey.items:
        if item.surveys == ["end"] and item.kind == "likert" and item.max - item.min == 4:
            agree = [(_answers(tables, item.id, "end") >= item.max - 1).astype("float64") for tables in (before, now)]
            place = {"topic": "survey", "table": "feedback", "measure": "agree", "item": item.id, "by": "", "group": ""}
            yield {**place, **_moved(*agree)}


def _items(study: Study, before: Tables, now: Tables) -> Iterator[dict[str, object]]:
    if not all("answers" in tables for tables in (before, now)):
        return
    for item in study.survey.items:
        if {"start", "end"} <= set(item.surveys):
            was, is_now = (_way(tables, item) for tables in (before, now))
            kept = was.index.intersection(is_now.index)
            old, new = is_now[is_now.index.isin(kept)], is_now[~is_now.index.isin(kept)]
            sides = [int((those == side).sum()) for those in (old, new) for side in (1, 0, -1)]
            revised = int((was[kept] != is_now[kept]).sum()) + len(was) - len(kept)
            place = {"topic": "survey", "table": "item", "measure": "net_change", "by": "", "group": ""}
            yield {"item": item.id, **place, **dict(zip(PAIRS, (*sides, revised), strict=True))}


def _way(tables: Tables, item: Item) -> pd.Series:
    """Which way each person's answer moved: 1 better, 0 the same, -1 worse."""
    moved = (_answers(tables, item.id, "end") - _answers(tables, item.id, "start")).dropna().round(9)
    return np.sign(moved) * (1 if item.direction == "higher" else -1)
