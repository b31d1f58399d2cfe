"""Counts of participants: composition, target groups by every breakdown, overlaps, how studies stand."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import GROUPS, OF_STUDIES, TOTAL, breakdowns
from evaltools.counts.roles import OUTCOMES
from evaltools.counts.tally import by_measure, tally
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import Tables, role_map
from evaltools.study.model import Study


def participants(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> Tables:
    """``composition`` (scope, by, group, count, total), ``cross``, ``overlap``, ``completion``, ``registrations``."""
    persons = tables["persons"]
    result = {
        "composition": composition(study, persons, members, scopes),
        "registrations": _registrations(persons),
    }
    if study.target_groups:
        result["cross"] = _cross(study, persons, members)
        result["overlap"] = _overlap(study, persons)
    if "enrolments" in tables:
        result["completion"] = _completion(study, tables, members, scopes)
    return result


def composition(study: Study, persons: pd.DataFrame, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How many persons are in each group, and in all: (scope, by, group, count, total)."""
    found = tally(study, members, persons[["person", "term"]].assign(count=1), scopes)
    total = found[found["by"] == TOTAL].set_index("scope")["count"]
    return found.assign(total=found["scope"].map(total))


def _registrations(persons: pd.DataFrame) -> pd.DataFrame:
    """How many persons were registered once, and how many in more than one term."""
    again = int((persons["registrations"] > 1).sum())
    rows = [("once", len(persons) - again, len(persons)), ("again", again, len(persons))]
    return pd.DataFrame(rows, columns=["group", "count", "total"])


def _cross(study: Study, persons: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Each target group by every other breakdown: (target_group, by, group, count, total)."""
    known = [b.by for b in breakdowns(study) if b.known_before("end_survey") and b.by != "arm"]
    others = members[members["by"].isin(known)]
    flags = {g.id: persons.set_index("person")[f"tg_{g.id}"].astype("int64") for g in study.target_groups}
    counted = others.assign(**{name: others["person"].map(flag) for name, flag in flags.items()})
    sums = counted.groupby(["by", "group"], sort=False)[list(flags)].sum()
    long = sums.reset_index().melt(["by", "group"], var_name="target_group", value_name="count")
    long["total"] = long["target_group"].map({name: int(flag.sum()) for name, flag in flags.items()})
    return long[["target_group", "by", "group", "count", "total"]].astype({"count": "int64", "total": "int64"})


def _overlap(study: Study, persons: pd.DataFrame) -> pd.DataFrame:
    """For each pair of target groups how many persons are in both; ``total`` is the size of the first."""
    flags = {g.id: persons[f"tg_{g.id}"] for g in study.target_groups}
    rows = [(a, b, int((flags[a] & flags[b]).sum()), int(flags[a].sum())) for a in flags for b in flags]
    return pd.DataFrame(rows, columns=["group", "group2", "count", "total"])


def _completion(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How studies stand: (scope, by, group, measure, count, answered, invited); the register knows all who started.

    Of everyone and of target groups by all study rights of a person; of a field or kind by those that are in it.
    """
    persons, rights = tables["persons"][["person", "term"]], standings(study, tables["enrolments"])
    parts = [_standing_counts(study, persons, members[members["by"].isin([TOTAL, GROUPS])], rights, scopes)]
    for by in (by for by in OF_STUDIES if by in rights):
        # a person stands once in each field: a key of both
        each = members[members["by"] == by].assign(own=lambda m: m["person"] + "|" + m["group"].astype("str"))
        own = rights.dropna(subset=[by]).assign(own=lambda r, by=by: r["person"] + "|" + r[by].astype("str"))
        those = each.merge(persons, on="person")[["own", "term"]].rename(columns={"own": "person"})
        each, own = (frame.drop(columns="person").rename(columns={"own": "person"}) for frame in (each, own))
        counted = _standing_counts(study, those.drop_duplicates(), each, own, scopes)
        parts.append(counted[counted["by"] == by])
    whole = pd.concat(parts, ignore_index=True)
    order = {scope: place for place, scope in enumerate(scopes)}
    return whole.sort_values("scope", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def standings(study: Study, enrolments: pd.DataFrame) -> pd.DataFrame:
    """The study rights whose state is known, with it (``standing``: completed, dropped or ongoing)."""
    known = enrolments.assign(standing=enrolments["state"].map(role_map(study.codes["state"])))
    return known.dropna(subset=["standing"])


def _standing_counts(
    study: Study, persons: pd.DataFrame, members: pd.DataFrame, rights: pd.DataFrame, scopes: list[str]
) -> pd.DataFrame:
    """Completed where any study right is; else ongoing while any is; else dropped."""
    known = persons[among(persons["person"], rights["person"])]
    completed, ongoing = (
        among(known["person"], rights.loc[rights["standing"] == measure, "person"])
        for measure in ("completed", "ongoing")
    )
    flags = {"completed": completed, "dropped": ~completed & ~ongoing, "ongoing": ~completed & ongoing}
    values = known.assign(answered=1, invited=1, **{m: flags[m].astype("int64") for m in OUTCOMES})
    return by_measure(tally(study, members, values, scopes), list(OUTCOMES))
