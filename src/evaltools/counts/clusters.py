"""Counts by the group - course, class, teacher - that persons were in: what intervals that allow for it are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaltools.counts import waves
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.counts.surveys import answer_pairs
from evaltools.counts.tally import in_scope, stacked
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study

TOLD_BY = ("persons", "enrolments", "responses", "followup")  # tables that tell a person's group, the first one first


def clusters(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> Tables:
    """``cluster_changes`` (scope, item, cluster, persons, higher, same, lower, sum, squares) of pairs of answers, and
    ``cluster_placement`` (scope, by, group, measure, cluster, answered, count)."""
    groups = of_persons(study, tables)
    made: dict[str, pd.DataFrame] = {}
    if "answers" in tables:
        made["cluster_changes"] = _changes(study, tables, groups, scopes)
    if "followup" in tables and "persons" in tables:
        made["cluster_placement"] = _placed(tables["followup"], groups, members, scopes)
    return made


def of_persons(study: Study, tables: Tables) -> pd.Series:
    """Group by person, from the first table that tells it. Whoever is in none is a group of one."""
    told = [tables[name] for name in TOLD_BY if name in tables and study.cluster in tables[name]]
    every = pd.concat([frame[["person", study.cluster]] for frame in told]).dropna()
    return every.drop_duplicates("person").set_index("person")[study.cluster].astype("str")


def grouped(persons: pd.Series, groups: pd.Series) -> pd.Series:
    """The group of each person; one of their own for whoever is in none."""
    return persons.map(groups).fillna(":" + persons.astype("str"))


def _changes(study: Study, tables: Tables, groups: pd.Series, scopes: list[str]) -> pd.DataFrame:
    """Of a change between waves of the study's own, the scope is the change (``waves.named``)."""
    answers = waves.answers(study, tables)
    frames = [_moved(answer_pairs(answers), groups, scopes)]
    for first, last in study.wave_changes:
        frames.append(_moved(answer_pairs(answers, first, last), groups, [ALL]).assign(scope=waves.named(first, last)))
    return pd.concat(frames, ignore_index=True)


def _moved(pairs: pd.DataFrame, groups: pd.Series, scopes: list[str]) -> pd.DataFrame:
    change = (pairs["post"] - pairs["pre"]).astype("float64").round(9)
    way = np.sign(change)
    values = {"persons": 1, "higher": way > 0, "same": way == 0, "lower": way < 0}
    values |= {"sum": change, "squares": change**2, "cluster": grouped(pairs["person"], groups)}
    pairs = pairs[["term", "item"]].assign(**values)
    numbers = ["persons", "higher", "same", "lower", "sum", "squares"]
    sums = [
        in_scope(pairs, s).groupby(["item", "cluster"])[numbers].sum().reset_index().assign(scope=s) for s in scopes
    ]
    return stacked(sums, ["scope", "item", "cluster", *numbers])


def _placed(followup: pd.DataFrame, groups: pd.Series, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    known = followup.loc[followup["role"].notna(), ["person", "term", "role"]]
    known = known.assign(cluster=grouped(known["person"], groups))
    joined = members.merge(known, on="person")
    of_term = joined[joined["by"] == TOTAL]
    frames = []
    for scope in scopes:
        here = joined if scope == scopes[0] else in_scope(of_term, scope)
        for measure, roles in PLACEMENT_MEASURES.items():
            placed = here.assign(measure=measure, count=here["role"].isin(roles), answered=1)
            sums = placed.groupby(["by", "group", "measure", "cluster"], sort=False)[["answered", "count"]].sum()
            frames.append(sums.reset_index().assign(scope=scope))
    return stacked(frames, ["scope", "by", "group", "measure", "cluster", "answered", "count"])
