"""Lists of whom to ask, as files that survey tools take as recipients: on the evaluator's machine, for nobody else.

A list holds the register's ids and, where the study file names them (``recipients``), addresses from its exports. It is
written with mode 0600 into a folder of its own, never where a public edition lies or others may write.
"""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evaltools import paths
from evaltools.errors import CatalogueError
from evaltools.fieldwork.due import Due
from evaltools.ingest import readers, reading
from evaltools.ingest.tidy import Tables
from evaltools.report.inert import inert
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem

FOLDER = "due"  # beside a study's outputs
OWNER_ONLY, OWNERS_FILE = 0o700, 0o600
OURS = ("id", "due", "days", "state")  # columns of every list
PUBLIC = re.compile(r"(draft-)?public(-[a-z]{2})?|public_html|www|htdocs", re.IGNORECASE)
RELEASED = (paths.RECORD, "CONTENTS.txt")  # what an edition, and a copy for the web, hold


class PlaceError(CatalogueError):
    """A list of persons was to be written where others could read it."""

    below = "due.error"


def default_folder(study: Study) -> Path:
    return paths.project_root(study.folder) / "outputs" / study.id / FOLDER


def write(study: Study, due: list[Due], ids: Mapping[str, str], contacts: pd.DataFrame, folder: Path) -> list[Path]:
    """A CSV file of each list, in place of the one that was there; the files.

    Parameters
    ----------
    ids : the register's id of each person
    contacts : addresses by the register's id, as `contacts` reads them
    folder : made where it is not there, for its owner alone

    Raises
    ------
    PlaceError
        The folder is public, lies in an edition or a term's outputs, or others may write there.
    """
    folder = private_folder(study, folder)
    written = []
    for each in due:
        path = folder / f"{each.table}.csv"
        paths.replace(path, _csv(each, ids, contacts), mode=OWNERS_FILE)
        written.append(path)
    return written


def private_folder(study: Study, folder: Path) -> Path:
    """The folder, made for its owner alone where it is not there. Raises PlaceError where others could read it."""
    folder = folder.expanduser().resolve()
    check_private(study, folder)
    for place in (*reversed(folder.parents), folder):
        place.mkdir(mode=OWNER_ONLY, exist_ok=True)
    paths.replace(folder / ".gitignore", "*\n")
    return folder


def check_private(study: Study, folder: Path) -> None:
    """Raise PlaceError where a list must not lie."""
    for each in (folder, *folder.parents):
        if PUBLIC.fullmatch(each.name) or any((each / file).exists() for file in RELEASED):
            raise PlaceError("public", folder=folder)
    home = (paths.project_root(study.folder) / "outputs" / study.id).resolve()
    terms = {home / term.id for term in study.terms}
    if terms & {folder, *folder.parents} or any(PUBLIC.fullmatch(path.name) for path in _inside(folder)):
        raise PlaceError("outputs", folder=folder)
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir() or there.stat().st_mode & stat.S_IWOTH:
        raise PlaceError("writable", folder=folder)


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


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
