"""Lists of whom to ask on a day, one a time of asking, in the order in which answers tell most.

Everything here is by pseudonyms of this process alone; `recipients` puts the register's ids in their place when a list
is written.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from evaltools.counts.breakdowns import memberships, of_project
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.fieldwork import asking, order
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study

WEEKS = 8  # of which it is told how many answered


@dataclass(frozen=True)
class Due:
    """Whom to ask at one time of asking.

    ``people`` are the persons in order: person, due, closes, days (since they were due), state (``new``, or ``silent``
    where an export lists them without an answer), narrows (by how much the answer narrows the mean width of the bounds
    of all groups, a share). ``asked`` and ``answered`` are all whose turn has come and those of them who answered;
    ``decides`` names targets that are not settled yet, each with the fewest answers that can settle it; ``weeks`` are
    the answers of the last weeks by Monday.
    """

    table: str
    people: pd.DataFrame
    asked: int
    answered: int
    decides: dict[str, int]
    weeks: list[tuple[dt.date, int]]


def lists(study: Study, tables: Tables, day: dt.date) -> list[Due]:
    """A list for each time of asking whose days are known; first those of which answers can settle a target.

    Parameters
    ----------
    tables : tidy tables with ``persons``
    """
    turns = asking.turns(study, tables, day)
    members = memberships(study, tables)
    found = [
        _due(study, tables, members, turns[turns["table"] == each.table], each.table, day)
        for each in asking.askings(study)
    ]
    return sorted(found, key=lambda due: min(due.decides.values(), default=len(turns) + 1))


def _due(study: Study, tables: Tables, members: pd.DataFrame, turns: pd.DataFrame, table: str, day: dt.date) -> Due:
    worth = order.narrowing(asking.known_groups(study, members, table), turns["person"], study.disclosure.minimum)
    decides = _decides(study, tables, turns) if table == "followup" else {}
    project = of_project(study, tables)["persons"]["person"]
    people = asking.silent(turns, day)
    people = people.assign(
        days=[(day - due).days for due in people["due"]],
        state=people["listed"].map({True: asking.SILENT, False: asking.NEW}),
        narrows=people["person"].map(worth).fillna(0.0),
        first=among(people["person"], project) & bool(decides),
    ).sort_values(["first", "narrows", "days"], ascending=[False, False, True], kind="stable", ignore_index=True)
    columns = ["person", "due", "closes", "days", "state", "narrows"]
    weeks = asking.by_week(study, tables, table, day, WEEKS)
    return Due(table, people[columns], len(turns), int(turns["answered"].sum()), decides, weeks)


def _decides(study: Study, tables: Tables, turns: pd.DataFrame) -> dict[str, int]:
    """The targets of placement that the first follow-up has not settled, each with the fewest answers that can."""
    project = of_project(study, tables)
    turns = turns[among(turns["person"], project["persons"]["person"])]
    given = turns.loc[turns["answered"].astype(bool), "person"]
    roles = project["followup"].set_index("person")["role"].reindex(given)
    found: dict[str, int] = {}
    for target in study.targets:
        if target.measure in PLACEMENT_MEASURES:
            count = int(roles.isin(PLACEMENT_MEASURES[target.measure]).sum())
            fewest = order.fewest_to_decide(count, len(turns) - len(given), len(turns), target.value)
            found |= {target.id: fewest} if fewest is not None else {}
    return found
