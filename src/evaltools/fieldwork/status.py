"""A term at a glance: what is in and what is missing, answers against what is needed, targets, actions, money, days.

All of it is exact, of the exports as they lie there, and for the evaluator alone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from evaltools.counts import surveys
from evaltools.counts.breakdowns import ALL, of_project
from evaltools.counts.placement import with_those_not_reached
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.fieldwork import plan, so_far
from evaltools.ingest import reading
from evaltools.ingest.tidy import ANY_GROUP, Tables, role_map
from evaltools.sections.monitoring import time_elapsed
from evaltools.sections.survey import advice
from evaltools.statistics.ranges import Span
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study
from evaltools.study.problems import Problem
from evaltools.study.schema import BACKGROUND_TABLES
from evaltools.study.source_model import Source

SOON = 30  # days within which an action of the plan is told of before it is due


@dataclass(frozen=True)
class Files:
    """A source's files in the term, and how many rows of it are of the term (None where that could not be read)."""

    source: Source
    found: int
    rows: int | None

    @property
    def missing(self) -> bool:
        return self.found == 0 and self.source.required


@dataclass(frozen=True)
class Answers:
    """Of one time of asking: answers that came in the term and in all, and how many were asked (None: not known)."""

    table: str
    of_term: int
    answered: int
    asked: int | None


@dataclass(frozen=True)
class Action:
    """An action of the plan that is not done: its day, and by how many days it is late (below 0: still to come)."""

    action: str
    owner: str
    planned: dt.date
    late: int


@dataclass(frozen=True)
class Reached:
    """A target, what is there, and of how many it is a share (None: it is a number of persons)."""

    name: str
    wanted: float
    actual: int
    of: int | None


@dataclass(frozen=True)
class Status:
    """How a term stands on a day. What the study has no source for is empty or None."""

    study: Study
    term: Term
    day: dt.date
    files: list[Files]
    problems: list[Problem]
    answers: list[Answers]
    pairs: tuple[int, int] | None  # who answered both surveys, and how many are needed for the main questions
    targets: list[Reached]
    actions: list[Action]
    money: tuple[float, float] | None  # spent, planned, in EUR
    report: dt.date | None

    @property
    def elapsed(self) -> float:
        """Share of the project's time that has passed."""
        return time_elapsed(self.study, self.day)


def of(study: Study, day: dt.date, term_id: str = "") -> Status:
    """How a term of a study stands on a day; where none is named, the one that the day is in, or the last before it.

    Raises StudyError for a term that the study has not.
    """
    term = study.term(term_id) if term_id else term_of(study, day)
    found = so_far.read(study, term.id)
    tables = _of_project(study, found.tables)
    publisher = study.publisher
    return Status(
        study,
        term,
        day,
        [_files(study, source, term, found) for source in study.sources],
        found.problems,
        list(_answers(study, tables, term)),
        _pairs(study, tables),
        list(_targets(study, tables)),
        open_actions(study, tables, day),
        _money(study, tables, day),
        term.released or (publisher.next_release if publisher else None),
    )


def against_needed(study: Study, tables: Tables) -> tuple[tuple[int, int] | None, list[Reached]]:
    """Who answered both surveys and how many are needed, and how far the targets are."""
    tables = _of_project(study, tables)
    return _pairs(study, tables), list(_targets(study, tables))


def _of_project(study: Study, tables: Tables) -> Tables:
    return of_project(study, with_those_not_reached(study, tables))


def term_of(study: Study, day: dt.date) -> Term:
    """The last term that has begun by a day; the first where none has."""
    begun = [term for term in study.terms if term.start <= day]
    return max(begun, key=lambda t: t.start) if begun else min(study.terms, key=lambda t: t.start)


def _files(study: Study, source: Source, term: Term, found: so_far.SoFar) -> Files:
    files = len(reading.source_files(study, source, term))
    frame = found.raw.get(source.table)
    if frame is None or source.table in BACKGROUND_TABLES:
        return Files(source, files, None)
    names = {path.relative_to(study.folder).as_posix() for path in reading.source_files(study, source, term)}
    return Files(source, files, int((frame["file"].isin(names) & (frame["term"] == term.id)).sum()))


def _answers(study: Study, tables: Tables, term: Term) -> Iterator[Answers]:
    if "responses" in tables:
        given = tables["responses"]
        counted = surveys.responses(tables, [ALL]) if "persons" in tables else surveys.responses_alone(given)
        steps = counted.set_index("step")
        for survey in given["survey"].unique():
            here = given[given["survey"] == survey]
            asked = int(steps.loc[survey, "total"]) if "persons" in tables else None
            yield Answers(study.surveys[survey], int((here["term"] == term.id).sum()), len(here), asked)
    if "wave_answers" in tables:
        for wave, part in tables["wave_answers"].groupby("survey", sort=False):
            people = part.drop_duplicates("person")
            yield Answers(study.surveys[str(wave)], int((people["term"] == term.id).sum()), len(people), None)
    for table, frame in _followups(study, tables):
        answered = frame["role"].notna()
        yield Answers(table, int((answered & (frame["term"] == term.id)).sum()), int(answered.sum()), len(frame))


def _followups(study: Study, tables: Tables) -> Iterator[tuple[str, pd.DataFrame]]:
    if "followup" in tables:
        yield "followup", tables["followup"]
    if "wave_followups" in tables:
        for wave, part in tables["wave_followups"].groupby("wave", sort=False):
            yield study.wave_followups[str(wave)], part


def _pairs(study: Study, tables: Tables) -> tuple[int, int] | None:
    """Who answered both surveys, and the pairs that the main question which takes most of them needs.

    The needed are those of the report's advice; where groups of people were taught together it has its own.
    """
    moves = plan.moves_by_question(study, tables)
    if not moves:
        return None
    change, family = study.survey.no_relevant_change or advice.SOUGHT, len(moves)
    needed = max(
        math.ceil(advice.pairs_needed((Span(up, up), Span(same, same), Span(down, down)), change, family).high)
        for up, same, down in moves.values()
    )
    both = surveys.responses_alone(tables["responses"]).set_index("step").loc["both", "count"]
    return int(both), needed


def _targets(study: Study, tables: Tables) -> Iterator[Reached]:
    persons, followup = tables.get("persons"), tables.get("followup")
    for target in study.targets:
        name, measure = target.id, target.measure
        if persons is not None and measure == "participants":
            yield Reached(name, target.value, len(persons), None)
        elif persons is not None and measure == "target_group_students" and f"tg_{ANY_GROUP}" in persons:
            yield Reached(name, target.value, int(persons[f"tg_{ANY_GROUP}"].sum()), None)
        elif followup is not None and measure in PLACEMENT_MEASURES:
            known = followup["role"].dropna()
            yield Reached(name, target.value, int(known.isin(PLACEMENT_MEASURES[measure]).sum()), len(known))


def open_actions(study: Study, tables: Tables, day: dt.date) -> list[Action]:
    """Open actions that are late or due within ``SOON`` days, the latest first."""
    if "actions" not in tables:
        return []
    actions = tables["actions"]
    still = actions[actions["status"].map(role_map(study.codes["action_status"])) == "open"]
    owners = still["owner"] if "owner" in still else pd.Series("", still.index)
    found = [
        Action(action, "" if pd.isna(owner) else owner, planned.date(), (day - planned.date()).days)
        for action, owner, planned in zip(still["action"], owners, still["planned"], strict=True)
    ]
    return sorted((each for each in found if each.late >= -SOON), key=lambda each: -each.late)


def _money(study: Study, tables: Tables, day: dt.date) -> tuple[float, float] | None:
    if "budget" not in tables or study.budget is None:
        return None
    ledger = tables["budget"]
    spent = ledger.loc[ledger["date"] <= pd.Timestamp(day), "amount"].sum()
    return round(float(spent), 2), study.budget.grant + study.budget.own
