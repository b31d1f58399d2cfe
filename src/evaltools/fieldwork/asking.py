"""Who is to be asked when, and who has not answered: by the days of the study file and the exports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evaltools.counts.breakdowns import breakdowns
from evaltools.counts.roles import LEFT
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import UNKNOWN, Tables
from evaltools.study.delays import AT_ONCE, Span
from evaltools.study.model import Study

NEW, SILENT = "new", "silent"


@dataclass(frozen=True)
class Asking:
    """A time of asking: its table, and from which day of a person on, and for how long, it is asked."""

    table: str
    since: Literal["start", "end"]
    after: Span
    within: Span | None


def askings(study: Study) -> list[Asking]:
    """The times of asking whose days are known and whose answers can be told apart by person.

    The start survey is asked from the start of studies on, the end survey from their end on; other waves and follow-ups
    ``after`` the days that the study file says.
    """
    within = study.survey.within
    found = [
        Asking("start_survey", "start", AT_ONCE, within.get("start")),
        Asking("end_survey", "end", AT_ONCE, within.get("end")),
    ]
    for wave in study.survey.waves:
        if wave.after is not None:
            found.append(Asking(study.wave_surveys[wave.id], wave.counted_from, wave.after, wave.within))
    if study.followup is not None:
        named = [("followup", study.followup)]
        named += [(study.wave_followups[wave.id], wave) for wave in study.followup.waves]  # type: ignore[misc]
        found += [Asking(table, "end", each.after, each.within) for table, each in named if each.after is not None]
    return [asking for asking in found if _linked(study, asking.table)]


def undated(study: Study) -> list[str]:
    """The tables of waves and follow-ups that the study has, but no ``after``: whom to ask is not known."""
    known = {asking.table for asking in askings(study)}
    return [
        table for table in study.of_persons if table != "enrolments" and _linked(study, table) and table not in known
    ]


def _linked(study: Study, table: str) -> bool:
    """Whether a study has a table whose every row says whose it is."""
    sources = [source for source in study.sources if source.table == table]
    return bool(sources) and not any(source.each_row_a_person for source in sources)


def turns(study: Study, tables: Tables, day: dt.date) -> pd.DataFrame:
    """Every person whose turn has come by a day, at each time of asking.

    Returns
    -------
    DataFrame with ``person``, ``table``, ``due`` (the day of the turn), ``closes`` (the last day of asking, missing
        where it has none), ``answered`` (by that day), ``listed`` (by that day in an export of that time of asking,
        with an answer or without)
    """
    persons = _spells(study, tables["persons"])
    parts = []
    for asking in askings(study):
        due = persons[asking.since].map(asking.after.after, na_action="ignore")
        closes = due.map(asking.within.after, na_action="ignore") if asking.within else None
        found = persons[["person"]].assign(table=asking.table, due=due, closes=closes)
        if asking.table == "start_survey":  # who has left cannot be asked how it was to start
            found["closes"] = _earlier(found["closes"], persons["end"])
        answers = _answers(study, tables, asking.table)
        by_then = answers[answers["day"].isna() | (answers["day"] <= pd.Timestamp(day))]
        found["answered"] = among(found["person"], by_then.loc[by_then["given"], "person"])
        found["listed"] = among(found["person"], by_then["person"])
        parts.append(found[due.map(lambda at: at <= day, na_action="ignore").fillna(False).astype(bool)])
    columns = ["person", "table", "due", "closes", "answered", "listed"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def silent(turn: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """The turns of those to be asked on a day: not answered, and asking still goes on."""
    goes_on = turn["closes"].isna() | turn["closes"].map(lambda last: last >= day, na_action="ignore").eq(True)
    return turn[~turn["answered"].astype(bool) & goes_on]


def known_groups(study: Study, members: pd.DataFrame, table: str) -> pd.DataFrame:
    """The memberships of groups that are known of a person before that time of asking."""
    later = [b.by for b in breakdowns(study) if not b.known_before(study.base(table))]
    return members[~members["by"].isin(later) & (members["group"] != UNKNOWN)]


def _spells(study: Study, persons: pd.DataFrame) -> pd.DataFrame:
    """First start and last end as days; those of the person's term where the register does not say."""
    terms = {term.id: term for term in study.terms}
    start = persons["term"].map(lambda term: terms[term].start)
    end = persons["term"].map(lambda term: terms[term].end)
    if "start" in persons:
        start = persons["start"].dt.date.where(persons["start"].notna(), start)
    if "outcome" in persons:
        told = persons["end"].dt.date.where(persons["end"].notna(), end) if "end" in persons else end
        end = told.where(persons["outcome"].isin(LEFT))
    return persons[["person", "term"]].assign(start=start, end=end)


def _earlier(first: pd.Series, second: pd.Series) -> pd.Series:
    pairs = zip(first, second, strict=True)
    days = [min([day for day in pair if not pd.isna(day)], default=None) for pair in pairs]
    return pd.Series(days, index=first.index, dtype="object")


def _answers(study: Study, tables: Tables, table: str) -> pd.DataFrame:
    """Who stands in the exports of a time of asking: (person, day, given)."""
    every = list(_given(study, tables, table))
    columns = {"person": "object", "day": "datetime64[us]", "given": "bool"}
    return pd.concat(every, ignore_index=True) if every else pd.DataFrame(columns=[*columns]).astype(columns)


def _given(study: Study, tables: Tables, table: str) -> Iterator[pd.DataFrame]:
    surveys = {name: wave for wave, name in study.surveys.items()}
    followups = {name: wave for wave, name in study.wave_followups.items()}
    if table == "followup" and "followup" in tables:
        yield _of_followup(tables["followup"])
    elif table in followups and "wave_followups" in tables:
        frame = tables["wave_followups"]
        yield _of_followup(frame[frame["wave"] == followups[table]])
    elif table in study.wave_surveys.values() and "wave_answers" in tables:
        frame = tables["wave_answers"]
        people = frame.loc[frame["survey"] == surveys[table], ["person"]].drop_duplicates()
        yield people.assign(day=pd.NaT, given=True)  # tidy answers of such waves have no day
    elif "responses" in tables:
        frame = tables["responses"]
        frame = frame[frame["survey"] == surveys.get(table)]
        yield frame[["person"]].assign(day=frame.get("answered", pd.NaT), given=True)


def _of_followup(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["person"]].assign(day=frame.get("date", pd.NaT), given=frame["role"].notna())


def by_week(study: Study, tables: Tables, table: str, day: dt.date, weeks: int) -> list[tuple[dt.date, int]]:
    """How many answered in each of the last weeks, the week of ``day`` last: its Monday, and answers."""
    answers = _answers(study, tables, table)
    given = answers.loc[answers["given"] & answers["day"].notna() & (answers["day"] <= pd.Timestamp(day)), "day"]
    monday = day - dt.timedelta(days=day.weekday())
    mondays = [monday - dt.timedelta(weeks=back) for back in reversed(range(weeks))]
    of = given.dt.date.map(lambda at: at - dt.timedelta(days=at.weekday()))
    return [(each, int((of == each).sum())) for each in mondays]
