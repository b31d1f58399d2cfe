"""Counts of waves besides start and end: pairs of answers between any two, and later follow-ups beside the first.

A wave has tables of its own, so that nothing counted of start, end and first follow-up depends on it.
"""

from __future__ import annotations

import pandas as pd

from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.counts.surveys import answer_pairs, scale_sums
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study

FIRST = "first"  # what the first follow-up is called beside later ones


def named(first: str, last: str) -> str:
    """A change between two waves by one word."""
    return f"{first}>{last}"


def answers(study: Study, tables: Tables) -> pd.DataFrame:
    """The answers of every wave, scales as sums."""
    every = [tables[name] for name in ("answers", "wave_answers") if name in tables]
    given = pd.concat(every, ignore_index=True)
    return pd.concat([given, scale_sums(study, given)], ignore_index=True)


def waves(study: Study, tables: Tables) -> Tables:
    """``wave_transitions`` (change, item, pre, post, count); of follow-ups ``wave_placement`` (wave, measure, count,
    answered, invited) and ``wave_moves`` (change, measure, higher, same, lower), the first against each later one."""
    made: dict[str, pd.DataFrame] = {}
    if "wave_answers" in tables or ("answers" in tables and study.survey.changes):
        made["wave_transitions"] = _transitions(study, tables)
    if "wave_followups" in tables and "followup" in tables:
        first = tables["followup"].assign(wave=FIRST)
        every = pd.concat([first, tables["wave_followups"]], ignore_index=True)
        made["wave_placement"] = pd.DataFrame(
            [row for wave, part in every.groupby("wave", sort=False) for row in _placed(str(wave), part)],
            columns=["wave", "measure", "count", "answered", "invited"],
        )
        made["wave_moves"] = pd.DataFrame(
            [row for wave, part in tables["wave_followups"].groupby("wave", sort=False) for row in _moves(first, part)],
            columns=["change", "measure", "higher", "same", "lower"],
        )
    return made


def _transitions(study: Study, tables: Tables) -> pd.DataFrame:
    given = answers(study, tables)
    frames = []
    for first, last in study.wave_changes:
        pairs = answer_pairs(given, first, last)
        counted = pairs.groupby(["item", "pre", "post"]).size().rename("count").reset_index()
        frames.append(counted.assign(change=named(first, last)))
    return pd.concat(frames, ignore_index=True)[["change", "item", "pre", "post", "count"]]


def _placed(wave: str, followup: pd.DataFrame) -> list[tuple[str, str, int, int, int]]:
    answered = int(followup["role"].notna().sum())
    return [
        (wave, measure, int(followup["role"].isin(roles).sum()), answered, len(followup))
        for measure, roles in PLACEMENT_MEASURES.items()
    ]


def _moves(first: pd.DataFrame, later: pd.DataFrame) -> list[tuple[str, str, int, int, int]]:
    """Who came into a situation, stayed in or out of it, and left it, of those known at both follow-ups."""
    both = (
        first[["person", "role"]].merge(later[["person", "role", "wave"]], on="person", suffixes=("_was", "")).dropna()
    )
    change = named(FIRST, str(later["wave"].iloc[0]))
    rows = []
    for measure, roles in PLACEMENT_MEASURES.items():
        way = both["role"].isin(roles).astype(int) - both["role_was"].isin(roles).astype(int)
        rows.append((change, measure, int((way > 0).sum()), int((way == 0).sum()), int((way < 0).sum())))
    return rows
