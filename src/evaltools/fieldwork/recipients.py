"""Lists of whom to ask, as files that survey tools take as recipients: on the evaluator's machine, for nobody else.

A list holds the register's ids and, where the study file names them (``recipients``), addresses from its exports. It is
written as `private_files` writes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

import pandas as pd

from evaltools.fieldwork.due import Due
from evaltools.ingest import readers, reading
from evaltools.ingest.tidy import Tables
from evaltools.report.inert import inert
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem

OURS = ("id", "due", "days", "state")  # columns of every list


def files(due: list[Due], ids: Mapping[str, str], contacts: pd.DataFrame) -> dict[str, str]:
    """A CSV file of each list, by name.

    Parameters
    ----------
    ids : the register's id of each person
    contacts : addresses by the register's id, as `contacts` reads them
    """
    return {f"{each.table}.csv": _csv(each, ids, contacts) for each in due}


def _csv(due: Due, ids: Mapping[str, str], contacts: pd.DataFrame) -> str:
    """Recipients in order: the study file's own columns, then the day, how many days ago it was, and the state."""
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow([OURS[0], *contacts.columns, *OURS[1:]])
    people = due.people
    for person, day, days, state in zip(people["person"], people["due"], people["days"], people["state"], strict=True):
        own = contacts.loc[ids[person]] if ids[person] in contacts.index else [""] * len(contacts.columns)
        lines.writerow([*map(inert, [ids[person], *own]), day.isoformat(), days, state])
    return out.getvalue()


def contacts(study: Study, raw: Tables, term_id: str) -> pd.DataFrame:
    """What the study file calls ``recipients``, from the register's exports: a column each, by the register's id.

    Of several registrations the last that says something holds. Nothing else reads these columns.

    Raises DataError where an export of the register lacks one.
    """
    problems: list[Problem] = []
    found = []
    columns = study.recipients
    for source in (s for s in study.sources if s.table == "participants" and columns):
        shape = {"columns": columns, "options": {}, "combine": {}, "constants": {}, "key": [], "optional": []}
        only = source.model_copy(
            update={**shape, "leave_out": {}, "keep": {}, "frequency": "", "each_row_a_person": False}
        )
        for term in study.terms_to(term_id):
            for path in reading.source_files(study, source, term):
                name = path.relative_to(study.folder).as_posix()
                frame = readers.read(path, name, only, problems)
                found += [frame.assign(file=name)] if frame is not None else []
    if problems:
        raise DataError(problems)
    if not found:
        return pd.DataFrame(columns=list(columns))
    people = raw["participants"][["person", "file", "line"]]
    every = people.merge(pd.concat(found, ignore_index=True), on=["file", "line"])[["person", *columns]]
    return every.replace("", pd.NA).groupby("person").last().fillna("").astype("str")
