"""Sums and counts over persons by scope and group: what every table of counts is made with."""

from __future__ import annotations

import pandas as pd

from evaltools.counts import engines
from evaltools.counts.breakdowns import ALL, GROUPS, TOTAL
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.study.model import Study


def in_scope(frame: pd.DataFrame, scope: str) -> pd.DataFrame:
    return frame if scope == ALL else frame[frame["term"] == scope]


def tally(study: Study, members: pd.DataFrame, values: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """Sums of ``values`` over the members of every group: ``(scope, by, group, *columns)``.

    ``values`` has one row a person: ``person``, ``term`` and whole-number columns. Persons without a row are left out.
    Target groups and the total stand in every scope, with zeros where nobody is; other groups where somebody is.
    """
    columns = [c for c in values if c not in ("person", "term")]
    joined = members.merge(values.assign(_rows=1), on="person", validate="m:1")
    places = members[["by", "group"]].drop_duplicates().itertuples(index=False, name=None)
    always = [(TOTAL, TOTAL)] + [(GROUPS, g.id) for g in study.target_groups]
    always += [(GROUPS, ANY_GROUP)] if study.target_groups else []
    order = list(dict.fromkeys([*always, *places]))
    numbers, frames = [*columns, "_rows"], []
    lazy = engines.hold(joined[["term", "by", "group", *numbers]], engines.chosen(study.engine, len(joined)))
    of_terms = engines.sums(lazy, ["term", "by", "group"], numbers)
    for scope in scopes:
        sums = in_scope(of_terms, scope).groupby(["by", "group"], sort=False)[numbers].sum()
        wanted = [place for place in order if place in sums.index or place in always]
        whole = sums.reindex(pd.MultiIndex.from_tuples(wanted, names=["by", "group"]), fill_value=0)
        frames.append(whole[columns].astype("int64").reset_index().assign(scope=scope))
    return stacked(frames, ["scope", "by", "group", *columns])


def count_rows(study: Study, frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How many rows there are of each combination, on the study's engine, in the types of the frame."""
    lazy = engines.hold(frame[by], engines.chosen(study.engine, len(frame)))
    return engines.count(lazy, by).astype(frame[by].dtypes.to_dict())


def by_measure(frame: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Columns of measures to rows: (..., measure, count), the measures of a group together."""
    keys = [c for c in frame if c not in measures]
    long = frame.reset_index(names="_place").melt(["_place", *keys], measures, "measure", "count")
    order = {measure: i for i, measure in enumerate(measures)}
    long = long.sort_values(["_place", "measure"], key=lambda c: c.map(order) if c.name == "measure" else c)
    first = [k for k in keys if k not in ("answered", "invited")]
    return long[[*first, "measure", "count", "answered", "invited"]].reset_index(drop=True)


def stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)[columns]
