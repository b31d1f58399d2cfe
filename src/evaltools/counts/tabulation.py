"""Microdata to counts: the only place that looks at persons. Everything after it works on the small tables made here.

``collect(study, tables, term)`` gives every count table by name. All are long: dimension columns, then whole numbers.
``scope`` is ``all`` (cumulative to the end of the term) or the id of a term. In the dimension columns ``unknown``
stands where the register does not say, so that the parts of a whole add up.
"""

from __future__ import annotations

import pandas as pd

from evaltools.counts.arms import arms
from evaltools.counts.breakdowns import ALL, TOTAL, breakdowns, memberships, of_project
from evaltools.counts.clusters import clusters
from evaltools.counts.groups import groups
from evaltools.counts.modes import modes
from evaltools.counts.numbers import numbers, wave_words
from evaltools.counts.participants import composition, participants, standings
from evaltools.counts.placement import benchmark_cells, outreach, placement, placement_cells, with_those_not_reached
from evaltools.counts.roles import LEFT, OUTCOMES
from evaltools.counts.surveys import items, surveys
from evaltools.counts.tally import in_scope
from evaltools.counts.waves import waves
from evaltools.ingest.tidy import UNKNOWN, Tables
from evaltools.study.model import Study

RECORDS = ("enrolments", "responses", "followup")  # tidy tables with one row (or more) a person


def collect(study: Study, tables: Tables, term_id: str) -> Tables:
    """Every count table of a study up to a term; tables without a source are absent."""
    scopes = [ALL, *(term.id for term in study.terms_to(term_id))] if len(study.terms_to(term_id)) > 1 else [ALL]
    counts: dict[str, pd.DataFrame] = {}
    tables = with_those_not_reached(study, tables)
    project = of_project(study, tables)
    members = memberships(study, project) if "persons" in tables else pd.DataFrame()
    if "persons" in tables:
        counts |= participants(study, project, members, scopes)
    elif "responses" in tables:
        counts |= _without_register(study, tables)
    if "answers" in tables:
        counts |= surveys(study, project, members, scopes)
    if "followup" in tables and "persons" in tables:
        counts |= _followed_up(study, tables, project, members, scopes)
    counts |= _of_people(study, project, members, scopes)
    if "outreach" in tables:
        counts["outreach"] = outreach(project, scopes)
    if study.comparison is not None:
        counts |= arms(study, tables, memberships(study, tables))
    sizes = records(study, project, scopes)
    if len(sizes) or "persons" in tables:  # of whom a list may say nothing but who they are
        counts["records"] = sizes
    if "answers" in counts:
        counts |= items(study, counts)
    return counts


def _without_register(study: Study, tables: Tables) -> dict[str, pd.DataFrame]:
    """``respondents``: who answered either survey, by what they said of themselves; and change by what they said at the
    start."""
    place = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda term: term.start))}
    first = tables["responses"].sort_values("term", key=lambda terms: terms.map(place), kind="stable")
    persons = first.drop_duplicates("person")[["person", "term"]].reset_index(drop=True)
    people = {**tables, "persons": persons}
    members = memberships(study.model_copy(update={"target_groups": []}), people)
    return {"respondents": composition(study, persons, members, [ALL]), **groups(study, people, members)}


def _followed_up(
    study: Study, tables: Tables, project: Tables, members: pd.DataFrame, scopes: list[str]
) -> dict[str, pd.DataFrame]:
    """Placement by group and term, and the cells that it is weighted and compared with a benchmark in."""
    counts = {"placement": placement(study, tables, _with_arms(study, tables, members), scopes)}
    if study.followup and study.followup.weight_by:
        counts["placement_cells"] = placement_cells(study, project, members)
    if "benchmark" in tables:
        counts["benchmark_cells"] = benchmark_cells(study, project)
    return counts


def _of_people(study: Study, project: Tables, members: pd.DataFrame, scopes: list[str]) -> dict[str, pd.DataFrame]:
    """What only statistics of exact counts use: waves, groups of persons, terms of starting, courses and classes."""
    counts = {**waves(study, project), **numbers(study, project), **wave_words(study, project), **modes(project)}
    if "persons" in project:
        counts |= groups(study, project, members)
    if study.has_clusters:
        counts |= clusters(study, project, members, scopes)
    return counts


def _with_arms(study: Study, tables: Tables, members: pd.DataFrame) -> pd.DataFrame:
    """Memberships of the project's persons, and of both arms where they are compared."""
    if study.comparison is None:
        return members
    arms = memberships(study, tables).loc[lambda every: every["by"] == "arm"]
    return pd.concat([members[members["by"] != "arm"], arms], ignore_index=True)


def records(study: Study, tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """Sizes: rows of tables of persons, those who have left, late answers, persons of whom the register does not say.

    (record, scope, by, group, count); ``missing`` by background variable, the others of the whole.
    """
    rows = [
        (name, scope, TOTAL, TOTAL, len(in_scope(tables[name], scope)))
        for name in RECORDS
        if name in tables
        for scope in (scopes if "term" in tables[name] else [ALL])
    ]
    if "late" in tables.get("responses", ()):
        rows.append(("late", ALL, TOTAL, TOTAL, int(tables["responses"]["late"].sum())))
    if "enrolments" in tables:
        rights = standings(study, tables["enrolments"])["standing"]
        rows += [(f"rights_{m}", ALL, TOTAL, TOTAL, int((rights == m).sum())) for m in OUTCOMES]
    if "persons" in tables:
        persons = tables["persons"]
        rows += [
            ("missing", ALL, b.by, UNKNOWN, int(persons[b.column].isna().sum()))
            for b in breakdowns(study)
            if b.table == "participants" and b.column in persons
        ]
        if "outcome" in persons:
            known = scopes if "end" in persons else [ALL]
            rows += [("leavers", scope, TOTAL, TOTAL, _leavers(study, persons, scope)) for scope in known]
    return pd.DataFrame(rows, columns=["record", "scope", "by", "group", "count"])


def _leavers(study: Study, persons: pd.DataFrame, scope: str) -> int:
    """How many have left their studies, so far or in the term."""
    left = persons[persons["outcome"].isin(LEFT)]
    if scope == ALL:
        return len(left)
    term = study.term(scope)
    return int(left["end"].between(pd.Timestamp(term.start), pd.Timestamp(term.end)).sum())
