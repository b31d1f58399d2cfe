"""Ids that other files use and the register lacks: where the register is at fault, it is told there, and once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

import pandas as pd

from evaltools.ingest.ids import among
from evaltools.ingest.linkage import PLACES, SOURCE
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem

Tables = dict[str, pd.DataFrame]
USUAL = 0.8  # of the register's ids, from which their shape is the usual one
MOST = 0.5  # of a file's rows, from which it is of other persons than the register
MANY = 3  # persons of several files from which the register is at fault, not each of the files
DOUBTED = ("unfinished", "other_sheets")  # notes of a register that may not be all there
ALIKE = 0.7  # how alike an id of the register that nobody uses must be to one that it lacks


def tell(study: Study, tables: Tables, broken: set[str], problems: list[Problem], notes: list[Note]) -> None:
    """Take ids that the register spoilt or lacks out of the tables of persons, with a problem of the register's file.

    Where no id of a file is in the register, they are ids of another kind, told once: of the register where that holds
    of all files.

    An id in the usual shape that is missing while one of another shape stands there, used by nobody, was spoilt in the
    register; so was one missing from several files that resembles one used by nobody; else its row is gone. An id of
    another shape than the register's, or in one file only, is that file's own fault and stays for linkage.
    """
    people = tables.get("participants")
    if people is None or "participants" in broken or people["person"].isna().any():
        return
    used = _used(study, tables)
    lost = used[~among(used["person"], people["person"])]
    if lost.empty:
        return
    usual = usual_shape(people["person"])
    fitting = set(lost["person"][lost["person"].map(shape) == usual]) if usual else set()
    if 0 < len(fitting) <= _overwritten(study, people):  # told as repeats
        _leave(study, tables, fitting)
        lost = lost[~lost["person"].isin(fitting)]
    foreign, other = _of_another_kind(study, used, lost, problems)
    gone = set(lost["person"]) if other else set(lost.loc[lost["file"].isin(foreign), "person"])
    lost = lost[~lost["person"].isin(gone)] if other else lost[~lost["file"].isin(foreign)]
    unused = people[~among(people["person"], used["person"])]
    told = {(problem.file, problem.line) for problem in problems}
    faulty = sum(place in told for place in unused[["file", "line"]].itertuples(index=False, name=None))
    if MANY <= lost["person"].nunique() <= faulty:  # rows that have moved, and are told already
        gone |= set(lost["person"])
        lost = lost.iloc[:0]
    fits = lost[lost["person"].map(shape) == usual] if usual else lost
    odd = unused[unused["person"].map(shape) != usual] if usual else unused.iloc[:0]
    doubted = any(note.table == "participants" and note.kind in DOUBTED for note in notes)
    spoilt = set(odd.index) if len(fits) else set()
    if len(odd):
        gone |= set(fits["person"])
    elif len(fits) and (doubted or (fits["person"].nunique() >= MANY and fits["file"].nunique() > 1)):
        gone |= set(fits["person"])
        problems.append(_missing(study, fits))
    else:
        for person, rows in fits.groupby("person", sort=False):
            if rows["file"].nunique() > 1:
                close = difflib.get_close_matches(person, unused["person"], n=1, cutoff=ALIKE)
                spoilt |= set(unused.index[unused["person"].isin(close)])
                problems += [] if close else [_missing(study, rows)]
                gone.add(person)
    problems += [p for p in _used_nowhere(study, people.loc[sorted(spoilt)]) if (p.file, p.line) not in told]
    _leave(study, tables, gone)


def _leave(study: Study, tables: Tables, persons: set[str]) -> None:
    """Take persons out of the tables that name them."""
    for table in (t for t in study.of_persons if t in tables and persons):
        tables[table] = tables[table][~tables[table]["person"].isin(persons)].reset_index(drop=True)


def _overwritten(study: Study, people: pd.DataFrame) -> int:
    """How many rows of the register hold the id of another row, and may have lost one of their own."""
    return int(people.duplicated(["term", "person"]).sum()) if study.source("participants").duplicates == "error" else 0


def _used_nowhere(study: Study, rows: pd.DataFrame) -> Iterator[Problem]:
    for file, line, source in rows[["file", "line", SOURCE]].itertuples(index=False):
        yield Problem(file, int(line), study.sources[source].heading("person"), "id_used_nowhere")


def _used(study: Study, tables: Tables) -> pd.DataFrame:
    """Rows of other files that name persons of the register by its ids, and must find them there."""
    strict = [i for i, s in enumerate(study.sources) if s.unmatched == "error" and not (s.key or s.each_row_a_person)]
    given = [tables[name] for name in study.of_persons if name in tables]
    frames = [t.loc[t[SOURCE].isin(strict), ["person", *PLACES]] for t in given]
    whole = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["person", *PLACES])
    return whole.dropna(subset="person")


def _of_another_kind(
    study: Study, used: pd.DataFrame, lost: pd.DataFrame, problems: list[Problem]
) -> tuple[list[str], bool]:
    """Files of several persons none of whom is in the register; and whether it is told to be of others, since most
    persons of the other files are not in it either."""
    all_lost = (
        used.assign(lost=among(used["person"], lost["person"]))
        .groupby("file")
        .agg(lost=("lost", "all"), share=("lost", "mean"), persons=("person", "nunique"))
    )
    foreign = all_lost.index[all_lost["lost"] & (all_lost["persons"] >= MANY)].tolist()
    source = study.source("participants")
    other = bool(foreign) and (all_lost.drop(foreign)["share"] > MOST).any()
    if other:
        problems.append(_missing(study, lost))
    elif len(foreign) > 1 and len(foreign) == len(all_lost):
        term = used["term"].iloc[0]
        words = {"first": foreign[0]}
        problems.append(
            Problem(f"raw/{term}/{source.file}", None, source.heading("person"), "register_of_others", words)
        )
    else:
        heads = used.groupby("file")[SOURCE].first().map(lambda i: study.sources[i].heading("person"))
        problems += [Problem(file, None, heads[file], "nobody_known") for file in foreign]
    return foreign, bool(other)


def _missing(study: Study, rows: pd.DataFrame) -> Problem:
    """Persons of several files who are not in the register of their term."""
    first = rows.sort_values(["file", "line"]).iloc[0]
    source = study.source("participants")
    words = {"first": f"{first['file']}:{first['line']}", "found": str(rows["person"].nunique())}
    return Problem(f"raw/{first['term']}/{source.file}", None, source.heading("person"), "person_missing", words)


def shape(text: str) -> str:
    """An id with every digit as 9 and every letter as a."""
    return re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "9", text))


def usual_shape(ids: pd.Series) -> str:
    """The shape that most ids have; nothing where there is none such."""
    shares = ids.map(shape).value_counts(normalize=True)
    return str(shares.index[0]) if len(shares) and shares.iloc[0] >= USUAL else ""
