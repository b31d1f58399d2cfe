"""Change by groups of persons and by the term in which they started; placement by that term. Exact, for inner use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import breakdowns
from evaltools.counts.placement import cells_of
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.counts.surveys import answer_pairs, scale_sums
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study

STARTED = "start_term"  # the breakdown by the term in which a person started


def groups(study: Study, tables: Tables, members: pd.DataFrame) -> Tables:
    """``group_changes`` (by, group, item, higher, same, lower) over the breakdowns that are known before the end survey
    and the terms of starting, and ``start_term_placement`` (group, measure, count, answered)."""
    later = [b.by for b in breakdowns(study) if not b.known_before("end_survey")]
    started = tables["persons"][["person", "term"]].rename(columns={"term": "group"}).assign(by=STARTED)
    made: dict[str, pd.DataFrame] = {}
    if "answers" in tables:
        every = pd.concat([members[~members["by"].isin(later)], started], ignore_index=True)
        made["group_changes"] = _changes(study, tables["answers"], every)
        if study.survey.weight_by:
            made["start_cells"] = _start_cells(study, tables)
    if "followup" in tables:
        made["start_term_placement"] = _placed(tables["followup"], started)
    return made


def _changes(study: Study, answers: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    pairs = answer_pairs(pd.concat([answers, scale_sums(study, answers)], ignore_index=True))
    way = np.sign((pairs["post"] - pairs["pre"]).astype("float64").round(9))
    ways = pairs[["person", "item"]].assign(higher=way > 0, same=way == 0, lower=way < 0)
    columns = ["higher", "same", "lower"]
    sums = members.merge(ways, on="person").groupby(["by", "group", "item"], sort=False)[columns].sum()
    return sums.astype("int64").reset_index()


def _start_cells(study: Study, tables: Tables) -> pd.DataFrame:
    """Who gave each answer at the start, by response cell, and how they moved if they answered again: (item, value,
    cell, all, higher, same, lower)."""
    answers = tables["answers"].dropna(subset=["value"])
    given = answers.loc[answers["survey"] == "start", ["person", "item", "value"]]
    pairs = answer_pairs(answers)
    way = np.sign((pairs["post"] - pairs["pre"]).astype("float64").round(9))
    ways = pairs[["person", "item"]].assign(higher=way > 0, same=way == 0, lower=way < 0)
    columns = ["higher", "same", "lower"]
    every = given.merge(ways, on=["person", "item"], how="left")
    every[columns] = every[columns].fillna(False).astype("int64")
    every = every.merge(cells_of(tables["persons"], study.survey.weight_by), on="person").assign(all=1)
    every["value"] = every["value"].astype("float64").round(9)
    return every.groupby(["item", "value", "cell"])[["all", *columns]].sum().reset_index()


def _placed(followup: pd.DataFrame, started: pd.DataFrame) -> pd.DataFrame:
    known = followup.loc[followup["role"].notna(), ["person", "role"]].merge(started, on="person")
    frames = [
        known.assign(measure=measure, count=known["role"].isin(roles), answered=1)
        for measure, roles in PLACEMENT_MEASURES.items()
    ]
    sums = pd.concat(frames).groupby(["group", "measure"], sort=False)[["count", "answered"]].sum()
    return sums.astype("int64").reset_index()
