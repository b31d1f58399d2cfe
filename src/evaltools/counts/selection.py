"""Another group, another definition, other items: what is counted where it is not what the study file says.

A ``Selection`` turns a study and its tidy tables into others; everything after it counts and estimates as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evaltools.errors import UnknownNameError
from evaltools.ingest import coding
from evaltools.ingest.tidy import ANY_GROUP, Tables, role_map
from evaltools.study.model import Study
from evaltools.study.schema import ROLES

Wanted = Any  # a value, a list of values, or a pair (least, most) of numbers, either end None
PERSON = "person"
OF_NOBODY = ("comments", coding.TABLE)  # of persons, but in no person's order: there is no way to choose among them


@dataclass(frozen=True)
class Selection:
    """Whom, what and how to count, where it is not as the study file says.

    Attributes
    ----------
    where : conditions on columns of ``tidy["persons"]``, all of which hold: ``{"gender": "f"}``,
        ``{"region": ["r1", "r2"]}``, ``{"age": (55, None)}``; ``target_group`` names target groups, one of which holds
    roles : how answers to the follow-up count: ids of the code list ``placement`` to roles (``schema.ROLES``)
    items : ids of survey items; empty for all. A scale stays where all its items do
    """

    where: Mapping[str, Wanted] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    items: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Whether anything is not as the study file says."""
        return bool(self.said)

    @property
    def said(self) -> str:
        """What is not as the study file says, in the words of the call; empty where nothing is."""
        chosen = {"where": self.where, "roles": self.roles, "items": list(self.items)}
        return "; ".join(f"{name} = {value}" for name, value in chosen.items() if value)

    def study(self, study: Study) -> Study:
        """The study with these definitions. Raises UnknownNameError for a code, role or item that it has not."""
        codes, survey = dict(study.codes), study.survey
        if self.roles:
            _check("placement_code", self.roles, [code.id for code in codes.get("placement", [])])
            _check("role", self.roles.values(), ROLES["placement"])
            new = [code.model_copy(update={"role": self.roles.get(code.id, code.role)}) for code in codes["placement"]]
            codes["placement"] = new
        if self.items:
            _check("item", self.items, [item.id for item in survey.items])
            scales = [scale for scale in survey.scales if set(scale.items) <= set(self.items)]
            survey = survey.model_copy(
                update={"items": [i for i in survey.items if i.id in self.items], "scales": scales}
            )
        return study.model_copy(update={"codes": codes, "survey": survey})

    def tables(self, study: Study, tables: Mapping[str, pd.DataFrame]) -> Tables:
        """The tidy tables of these persons, answers counted as said. Raises UnknownNameError for an unknown column
        or code."""
        chosen = dict(tables.items())
        if self.where:
            persons = chosen.get("persons", pd.DataFrame(columns=[PERSON]))
            kept = set(persons.loc[self._fits(study, persons), PERSON])
            chosen = {name: _of(frame, kept) for name, frame in chosen.items() if name not in OF_NOBODY}
        if self.items and "answers" in chosen:
            chosen["answers"] = chosen["answers"][chosen["answers"]["item"].isin(self.items)].reset_index(drop=True)
        if self.roles and "followup" in chosen:
            roles = role_map(self.study(study).codes["placement"])
            followup = chosen["followup"]
            chosen["followup"] = followup.assign(role=followup["status"].map(roles).astype(followup["role"].dtype))
        return chosen

    def _fits(self, study: Study, persons: pd.DataFrame) -> pd.Series:
        fits = pd.Series(True, index=persons.index)
        for column, wanted in self.where.items():
            fits &= _within(study, persons, column, wanted)
        return fits


def _of(frame: pd.DataFrame, kept: set[str]) -> pd.DataFrame:
    return frame[frame[PERSON].isin(kept)].reset_index(drop=True) if PERSON in frame else frame


def _within(study: Study, persons: pd.DataFrame, column: str, wanted: Wanted) -> pd.Series:
    """Whether each person fits one condition."""
    if column == "target_group":
        groups = [wanted] if isinstance(wanted, str) else list(wanted)
        _check("target_group", groups, [*(group.id for group in study.target_groups), ANY_GROUP])
        return persons[[f"tg_{group}" for group in groups]].any(axis=1)
    _check("person_column", [column], ["target_group", *persons.columns.drop(PERSON)])
    if isinstance(wanted, tuple):
        least, most = (float(end) if end is not None else None for end in wanted)
        numbers = pd.to_numeric(persons[column])
        return numbers.between(-float("inf") if least is None else least, float("inf") if most is None else most)
    values = [wanted] if isinstance(wanted, str | bool | int | float) else list(wanted)
    codes = _codes(study, column)
    if codes:
        _check("code", values, codes)
    return persons[column].isin(values)


def _codes(study: Study, column: str) -> list[str]:
    """The codes a column can hold; none where it holds something else."""
    if column == "age_group":
        return [group.id for group in study.age_groups]
    own = next((variable.codes for variable in study.variables if variable.id == column), "")
    return [code.id for code in study.codes.get(own or column, [])]


def _check(what: str, names: Any, known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownNameError(what, name, known)
