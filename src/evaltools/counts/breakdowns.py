"""Breakdowns: how a study groups its persons. Built-in ones, and every coded variable of the study's own.

The one list of them. Participants, surveys, placement, disclosure control and texts follow it, so that a variable that
the study file declares stands in every report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaltools.ingest.ids import among
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN, Tables
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS

ALL = "all"
TOTAL = "total"
GROUPS = "target_group"
# in the order in which they are learnt of a person
FLAG_WORDS = {True: "true", False: "false"}  # groups of a yes-or-no variable
OF_PERSONS = ("participants", "enrolments", "start_survey", "end_survey", "followup")


@dataclass(frozen=True)
class Breakdown:
    """One way to group persons.

    Attributes
    ----------
    by : its name in count tables and result rows
    table : the table of the study file that tells it
    overlaps : whether a person can be in several groups; otherwise the groups add up to all persons
    columns : tidy columns of true and false by group, where the groups are several answers
    own : whether it is a variable of the study's own
    """

    by: str
    table: str = "participants"
    overlaps: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    own: bool = False

    @property
    def column(self) -> str:
        """The tidy column that says whether a person's group is known at all."""
        return "age" if self.by == "age_group" else self.columns[0][0] if self.columns else self.by

    def known_before(self, table: str) -> bool:
        """Whether it is known of a person before that table is."""
        return OF_PERSONS.index(self.table) < OF_PERSONS.index(table)


OF_STUDIES = ("field", "kind")  # breakdowns of study rights: a person is in each that one of theirs is of
# in the order in which reports show them
BUILT_IN = (
    *(Breakdown(by) for by in ("gender", "age_group", "region", "language", "education", "activity")),
    *(Breakdown(by, "enrolments", overlaps=True) for by in OF_STUDIES),
    *(Breakdown(by) for by in ("channel", "arm")),
)


def breakdowns(study: Study) -> list[Breakdown]:
    """Every breakdown a study can have: the built-in ones, then its own coded, yes-or-no and multi-answer variables."""
    coded = [v for v in study.variables if v.kind in ("code", "flag", "multi") and v.table in OF_PERSONS]
    own = [
        Breakdown(
            v.id,
            v.table,
            v.kind == "multi",
            tuple((c, c.removeprefix(f"{v.id}_")) for c in study.columns_of(v)) if v.kind == "multi" else (),
            own=True,
        )
        for v in coded
    ]
    return [*BUILT_IN, *own]


def overlapping(study: Study | None = None) -> frozenset[str]:
    """The breakdowns of which a person can be in several groups, target groups aside."""
    return frozenset(b.by for b in (BUILT_IN if study is None else breakdowns(study)) if b.overlaps)


def of_register(study: Study) -> list[Breakdown]:
    """The breakdowns that part the persons, each in one group, by what the register says of them."""
    return [b for b in breakdowns(study) if b.table == "participants" and not b.overlaps]


def of_start(study: Study) -> list[Breakdown]:
    """The breakdowns that part persons by what was known of them at the start: the register's, or without a register
    what they said in the start survey."""
    if study.has("participants"):
        return of_register(study)
    return [b for b in breakdowns(study) if b.table == "start_survey" and not b.overlaps]


def covariates(study: Study) -> list[str]:
    """What differences between the arms are adjusted for: the study file's list, else all the register knew before.

    The latter is age, background and the study's own variables of the register, neither how a person was reached nor
    whether they took part, which may follow from the arm.
    """
    if study.comparison is not None and study.comparison.covariates:
        return study.comparison.covariates
    background = [b.by for b in BUILT_IN if b.table == "participants" and b.by not in ("age_group", "channel", "arm")]
    own = [v.id for v in study.variables if v.table == "participants" and v.kind != "multi"]
    return ["age", *background, *own]


def subgroups(study: Study) -> list[str]:
    """Over which breakdowns the difference between the arms is compared: the study file's list, else the register's."""
    if study.comparison is not None and study.comparison.subgroups:
        return study.comparison.subgroups
    return [b.by for b in of_register(study) if b.by not in ("channel", "arm")]


def of_project(study: Study, tables: Tables) -> Tables:
    """The tables of those in the project: where it has a comparison group, the rows of the treated arm's persons.

    Controls are no participants: what the project reached, changed and led to is counted of the treated.
    """
    persons = tables.get("persons")
    if study.comparison is None or persons is None or "arm" not in persons:
        return tables
    treated = persons.loc[persons["arm"] == study.comparison.treated, "person"]
    names = [name for name in tables if "person" in tables[name]]
    return {**tables, **{name: tables[name][among(tables[name]["person"], treated)] for name in names}}


def memberships(study: Study, tables: Tables) -> pd.DataFrame:
    """Which person belongs to which group of which breakdown: (person, by, group), in the order of the study file.

    Everybody belongs to the total; of target groups and overlapping breakdowns a person can belong to several.
    """
    persons = tables["persons"]
    parts = [_belonging(persons["person"], TOTAL, TOTAL)]
    for group in study.target_groups:
        parts.append(_belonging(persons.loc[persons[f"tg_{group.id}"], "person"], GROUPS, group.id))
    if study.target_groups:
        parts.append(_belonging(persons.loc[persons[f"tg_{ANY_GROUP}"], "person"], GROUPS, ANY_GROUP))
    for breakdown in sorted(breakdowns(study), key=lambda b: OF_PERSONS.index(b.table)):
        reported = _reported(tables, breakdown)
        if reported is not None:
            parts.append(_sorted(study, breakdown, pd.concat(list(_members(breakdown, reported, persons["person"])))))
    return pd.concat(parts, ignore_index=True)[["person", "by", "group"]].astype({"group": "object"})


def _belonging(persons: pd.Series, by: str, group: str | pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"person": persons, "by": by, "group": group})


def _reported(tables: Tables, breakdown: Breakdown) -> pd.DataFrame | None:
    """The rows of persons that tell a breakdown; None where the study has no such column."""
    survey = next((name for name, table in SURVEYS.items() if table == breakdown.table), None)
    found = tables.get({"participants": "persons"}.get(breakdown.table, "responses" if survey else breakdown.table))
    columns = [column for column, _ in breakdown.columns] or [breakdown.by]
    if found is None or not set(columns) <= set(found):
        return None
    return found.loc[found["survey"] == survey if survey else slice(None), ["person", *columns]]


def _members(breakdown: Breakdown, reported: pd.DataFrame, persons: pd.Series) -> Iterator[pd.DataFrame]:
    """Persons with their groups; of whom nothing is known is ``unknown``, but for studies, which not everybody has."""
    told = reported[reported.columns[1:]].notna().any(axis=1)
    known = reported[told & among(reported["person"], persons)]
    if breakdown.columns:
        for column, group in breakdown.columns:
            yield _belonging(known.loc[known[column].fillna(False).astype(bool), "person"], breakdown.by, group)
    else:
        words = known[breakdown.by].astype("object")
        words = words.map(FLAG_WORDS) if words.isin(FLAG_WORDS).all() else words
        belonging = _belonging(known["person"], breakdown.by, words)
        yield belonging.drop_duplicates() if breakdown.table == "enrolments" else belonging
    if breakdown.table != "enrolments":
        yield _belonging(persons[~among(persons, known["person"])], breakdown.by, UNKNOWN)


def groups(study: Study, breakdown: Breakdown) -> list[str]:
    """The ids of its groups as the study file lists them; empty where the study has no code list for it."""
    if breakdown.by == "age_group":
        return [group.id for group in study.age_groups]
    variable = next((v for v in study.variables if v.id == breakdown.by), None)
    if variable is not None and variable.kind == "flag":
        return list(FLAG_WORDS.values())
    return [code.id for code in study.codes.get(variable.codes if variable else breakdown.by, [])]


def _sorted(study: Study, breakdown: Breakdown, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the study file's list, ``unknown`` last."""
    place = {code: i for i, code in enumerate([*groups(study, breakdown), UNKNOWN])}
    return frame.iloc[np.argsort(frame["group"].map(place).to_numpy(dtype="float64"), kind="stable")]
