"""Counts of the follow-up and of outreach."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import GROUPS, TOTAL, breakdowns
from evaltools.counts.roles import LEFT, PLACEMENT_MEASURES
from evaltools.counts.tally import by_measure, in_scope, stacked, tally
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import UNKNOWN, Tables
from evaltools.study.model import Study

MAKEUP = ("gender", "age_group", "education")  # what a benchmark's table may be divided by


def with_those_not_reached(study: Study, tables: Tables) -> Tables:
    """The tables with a row of the follow-up for all who left, where the study file says that they were to be asked."""
    persons, followup = tables.get("persons"), tables.get("followup")
    declared = study.followup is not None and study.followup.invited == "left"
    if not declared or persons is None or followup is None or "outcome" not in persons:
        return tables
    silent = persons[persons["outcome"].isin(LEFT) & ~among(persons["person"], followup["person"])]
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
    cells = cells_of(tables["persons"], list(study.followup.weight_by))  # type: ignore[union-attr]
    members = members[members["by"].isin([TOTAL, GROUPS])]
    joined = members.merge(_placed(tables["followup"]), on="person", validate="m:1").merge(cells, on="person")
    columns = [*PLACEMENT_MEASURES, "answered", "invited"]
    sums = joined.groupby(["by", "group", "cell"], sort=False)[columns].sum().reset_index()
    return by_measure(sums, list(PLACEMENT_MEASURES))


def cells_of(persons: pd.DataFrame, weight_by: list[str]) -> pd.DataFrame:
    """The response cell of each person: the words of these variables together."""
    words = persons[weight_by].astype("object").where(persons[weight_by].notna(), UNKNOWN).astype("str")
    return persons[["person"]].assign(cell=words.agg(" | ".join, axis=1))


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


def benchmark_totals(table: pd.DataFrame) -> pd.DataFrame:
    """The benchmark's rates of all (benchmark, measure, count, total): rows of the whole, else the sum of its cells."""
    told = table.dropna(subset=["count", "total"])
    parted = told[[c for c in MAKEUP if c in told]].notna().any(axis=1)
    keys = ["benchmark", "measure"]
    whole, cells = told[~parted], told[parted]
    listed = pd.MultiIndex.from_frame(whole[keys])
    summed = cells.groupby(keys, sort=False)[["count", "total"]].sum().reset_index()
    missing = ~pd.MultiIndex.from_frame(summed[keys]).isin(listed)
    return pd.concat([whole[[*keys, "count", "total"]], summed[missing]], ignore_index=True)


def benchmark_cells(study: Study, tables: Tables) -> pd.DataFrame:
    """Those who answered beside each cell of the benchmark's table: (benchmark, item, by, cell, count, answered, rate).

    ``by`` names the columns by which the table is divided, joined by ``|``; persons whose cell it has not are left out.
    """
    table = tables["benchmark"].dropna(subset=["count", "total"])
    roles = {code.id: code.role for code in study.codes.get("benchmark_measure", [])}
    placed = _placed(tables["followup"])
    placed = placed[placed["answered"] == 1].drop(columns="term").merge(tables["persons"], on="person", validate="1:1")
    found = []
    for (benchmark, item), of in table.groupby(["benchmark", "measure"], sort=False):
        by = [c for c in MAKEUP if c in of and of[c].notna().any() and c in placed]
        measure = roles.get(item)
        if not by or measure not in PLACEMENT_MEASURES:
            continue
        cells = of.dropna(subset=by).groupby(by)[["count", "total"]].sum().query("total > 0").reset_index()
        cells = cells.assign(rate=cells["count"] / cells["total"]).drop(columns=["count", "total"])
        ours = placed.dropna(subset=by).groupby(by)[[measure, "answered"]].sum().reset_index()
        both = cells.merge(ours, on=by).rename(columns={measure: "count"})
        both["cell"] = both[by].astype("str").agg(" | ".join, axis=1) if len(both) else ""
        found.append(both.assign(benchmark=benchmark, item=item, by="|".join(by)))
    columns = ["benchmark", "item", "by", "cell", "count", "answered", "rate"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)
