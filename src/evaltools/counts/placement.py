"""Counts of the follow-up and of outreach, and the moments of two arms."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import GROUPS, TOTAL, breakdowns
from evaltools.counts.surveys import answer_pairs, scale_sums
from evaltools.counts.tally import by_measure, in_scope, stacked, tally
from evaltools.ingest.tidy import UNKNOWN, Tables
from evaltools.study.model import Study

LEFT = ("completed", "dropped")
# which follow-up roles count towards a measure: working students are inside employed, and shown apart
PLACEMENT_MEASURES: dict[str, tuple[str, ...]] = {
    "employed": ("employed", "employed_student"),
    "employed_student": ("employed_student",),
    "student_full_time": ("student",),
    "student_any": ("student", "employed_student"),
    "unemployed": ("unemployed",),
    "other": ("other",),
}


def with_those_not_reached(study: Study, tables: Tables) -> Tables:
    """The tables with a row of the follow-up for all who left, where the study file says that they were to be asked."""
    persons, followup = tables.get("persons"), tables.get("followup")
    declared = study.followup is not None and study.followup.invited == "left"
    if not declared or persons is None or followup is None or "outcome" not in persons:
        return tables
    silent = persons[persons["outcome"].isin(LEFT) & ~persons["person"].isin(followup["person"])]
    added = silent[["person", "term"]].reindex(columns=followup.columns).astype(followup.dtypes.to_dict())
    return {**tables, "followup": pd.concat([followup, added], ignore_index=True)}


def placement(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """Follow-up: (scope, by, group, measure, count, answered, invited); a term's scope is that of its follow-up."""
    values = _placed(tables["followup"])
    same = [b.by for b in breakdowns(study) if not b.known_before("followup")]
    members = members[~members["by"].isin(same)]
    return by_measure(tally(study, members, values, scopes), list(PLACEMENT_MEASURES))


def _placed(followup: pd.DataFrame) -> pd.DataFrame:
    """One row a person asked: invited, answered, and whether each measure holds."""
    values = followup[["person", "term"]].assign(answered=followup["role"].notna().astype("int64"), invited=1)
    for measure, roles in PLACEMENT_MEASURES.items():
        values[measure] = followup["role"].isin(roles).astype("int64")
    return values


def placement_cells(study: Study, tables: Tables, members: pd.DataFrame) -> pd.DataFrame:
    """Response cells of the weighted estimates: (by, group, cell, measure, count, answered, invited)."""
    persons = tables["persons"]
    weight_by = list(study.followup.weight_by)  # type: ignore[union-attr]
    words = persons[weight_by].astype("object").where(persons[weight_by].notna(), UNKNOWN).astype("str")
    cells = persons[["person"]].assign(cell=words.agg(" | ".join, axis=1))
    members = members[members["by"].isin([TOTAL, GROUPS])]
    joined = members.merge(_placed(tables["followup"]), on="person", validate="m:1").merge(cells, on="person")
    columns = [*PLACEMENT_MEASURES, "answered", "invited"]
    sums = joined.groupby(["by", "group", "cell"], sort=False)[columns].sum().reset_index()
    return by_measure(sums, list(PLACEMENT_MEASURES))


def outreach(tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """The outreach funnel: (scope, channel, reached, applicants, enrolled, events)."""
    frames = []
    for scope in scopes:
        log = in_scope(tables["outreach"], scope)
        funnel = log.groupby("channel").agg(
            reached=("reached", "sum"), applicants=("applicants", "sum"), events=("date", "size")
        )
        if "persons" in tables and "channel" in tables["persons"]:
            channel = in_scope(tables["persons"], scope)["channel"].astype("object")
            enrolled = channel.where(channel.notna(), UNKNOWN).value_counts()
            funnel = funnel.join(enrolled.rename("enrolled"), how="outer")
            funnel.index.name = "channel"
        frames.append(funnel.fillna(0).astype("int64").reset_index().assign(scope=scope))
    columns = [c for c in ("reached", "applicants", "enrolled", "events") if c in frames[0]]
    return stacked(frames, ["scope", "channel", *columns])


def arms(study: Study, tables: Tables) -> Tables:
    """``arm_transitions`` (arm, item, pre, post, count), ``arm_outcomes`` and ``arm_covariates`` (moments)."""
    persons = tables["persons"]
    arm = persons.set_index("person")["arm"]
    covariates = _arm_moments(study, persons.assign(_arm=persons["arm"]), "participants")
    result: dict[str, pd.DataFrame] = {"arm_covariates": covariates}
    if "answers" in tables:
        pairs = answer_pairs(pd.concat([tables["answers"], scale_sums(study, tables["answers"])], ignore_index=True))
        pairs["arm"] = pairs["person"].map(arm)
        grouped = pairs.groupby(["arm", "item", "pre", "post"]).size().rename("count")
        result["arm_transitions"] = grouped.reset_index()
    if "followup" in tables:
        followup = tables["followup"].assign(_arm=tables["followup"]["person"].map(arm))
        result["arm_outcomes"] = _arm_moments(study, followup, "followup")
    return result


def _arm_moments(study: Study, frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Numeric variables by arm as moments: (arm, variable, count, mean, sd with n - 1)."""
    numeric = [v.id for v in study.variables if v.table == table and v.kind == "number" and v.id in frame]
    numeric += ["age"] if table == "participants" and "age" in frame else []
    rows = []
    for arm, part in frame.groupby("_arm"):
        for variable in numeric:
            values = part[variable].dropna().astype("float64")
            rows.append((arm, variable, len(values), values.mean(), values.std(ddof=1)))
    return pd.DataFrame(rows, columns=["arm", "variable", "count", "mean", "sd"])
