"""A study of one's own from its exports: the study file, in the study's language, with the exports in their folder.

What the files say by themselves is written down; what only people know stands as a comment.
"""

from __future__ import annotations

import calendar
import datetime as dt
import os
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from evaltools.authoring import columns, export, linking, new_study, one_row, proposal, situations, study_draft
from evaltools.authoring.profiles import redcap
from evaltools.authoring.proposal import END, ENDING, FOLLOWUP, START, Proposal
from evaltools.errors import CatalogueError
from evaltools.study.schema import TABLES

WEEKS_AFTER = dt.timedelta(weeks=3)  # after studies ended, for answers to be no end survey's


class NewError(CatalogueError):
    """Why no study was made of the files. Nothing was written."""

    below = "new.error"


def new(
    folder: Path, files: Sequence[Path], dates: str = "", today: dt.date | None = None, language: str = ""
) -> tuple[list[Path], list[Proposal]]:
    """Make a study folder from exports: ``study.toml``, and the files themselves in ``raw/<term>/``.

    What the files do not tell, such as a column that a table must have, is for ``check`` to name.

    Parameters
    ----------
    folder : the study's folder, new or empty
    files : exports; a data dictionary of REDCap explains the others
    dates : ``day-first`` or ``month-first``, where no file tells
    language : of the study; that of the headings where none is given

    Raises
    ------
    DataError
        Where a file cannot be read, or is no table with headings.
    NewError
        Where no study can be made of the files.
    StudyError
        Where the folder holds something already: nothing is written over.
    """
    names = [path.name for path in files]
    for name in (n for n in names if names.count(n) > 1):
        raise NewError("same_name", file=name)
    proposals = _proposals(files, dates)
    term, start, end = _term(proposals, today or dt.date.today())
    text = study_draft.text(Path(os.path.abspath(folder)).name, proposals, term, start, end, language)

    def fill(there: Path) -> list[Path]:
        (there / "raw" / term).mkdir(parents=True)
        (there / "background").mkdir()
        (there / ".gitignore").write_text(new_study.IGNORED, encoding="utf-8")
        (there / "study.toml").write_text(text, encoding="utf-8")
        copies = [Path(shutil.copyfile(path, there / "raw" / term / path.name)) for path in files]
        return [there / "study.toml", *copies]

    return new_study.placed(folder, fill), proposals


def _proposals(files: Sequence[Path], dates: str) -> list[Proposal]:
    read = [export.read(path) for path in files]
    dictionary = next((each.frame for each in read if each.profile is redcap.DICTIONARY), None)
    exports = [each for each in read if each.profile is not redcap.DICTIONARY]
    found = [wave for each in exports for p in proposal.of(each, dictionary) for wave in one_row.parted(p)]
    if not found:
        raise NewError("no_answers")
    for each in found:
        if each.no_answers:
            raise NewError(each.no_answers, file=each.export.path.name)
        _decide(each, dates)
    found = _after_leaving(found, dictionary, dates)
    _waves([p for p in found if p.is_survey])
    _asked_again(found)
    registers = [p for p in found if p.table == "participants"]
    for each in sorted(registers, key=lambda p: len(p.questions) + len(p.columns), reverse=True)[1:]:
        found.remove(each)  # the same persons in a second list
    return found


def _decide(found: Proposal, dates: str) -> None:
    """Choose the format of days where the files cannot tell, as the caller says."""
    if not found.undecided:
        return
    wanted = {"day-first": "%d", "month-first": "%m"}.get(dates)
    chosen = [formats for formats in found.undecided if wanted and re.findall(r"%[dm]", formats[0])[:1] == [wanted]]
    if not chosen:
        formats = ", ".join(dict.fromkeys(each[0] for each in found.undecided))
        raise NewError("dates", file=found.export.path.name, formats=formats)
    found.dates = list(dict.fromkeys([*found.dates, *(f for formats in chosen for f in formats)]))


def _after_leaving(found: list[Proposal], dictionary: pd.DataFrame | None, dates: str) -> list[Proposal]:
    """The files, those of answers as surveys or follow-up as their days tell: a file that tells what people do is the
    follow-up where it was answered weeks after studies (else the survey before it) had ended, and none before that."""
    ends = [day for p in found if p.table == "enrolments" for day in _days(p, ("end",))]
    surveys = sorted((days for p in found if p.is_survey and (days := _days(p))), key=_middle)
    ends = ends or (surveys[-2] if len(surveys) > 2 else [])
    if not ends:
        return found
    end, told = _middle(ends), any(p.table == FOLLOWUP for p in found)
    tables = [_by_days(each, end, told) if _stands_alone(each, found) else each.table for each in found]
    return [_taken_for(table, each, dictionary, dates) for table, each in zip(tables, found, strict=True)]


def _stands_alone(each: Proposal, found: list[Proposal]) -> bool:
    return sum(other.export is each.export for other in found) == 1


def _by_days(each: Proposal, end: dt.date, told: bool) -> str:
    """The table of a file by its days, where it tells what people do; ``told``: another file is the follow-up."""
    answered = _days(each, ("answered", "date")) if each.situation else []
    if not answered:
        return each.table
    if each.table == FOLLOWUP and not situations.LATER.search(each.export.path.stem) and answered[-1] < end:
        return START
    if each.is_survey and not told and answered[len(answered) // 10] >= end + WEEKS_AFTER:
        return FOLLOWUP
    return each.table


def _taken_for(table: str, each: Proposal, dictionary: pd.DataFrame | None, dates: str) -> Proposal:
    if table == each.table:
        return each
    other = proposal.taken_for(table, each, dictionary)
    _decide(other, dates)
    return other


def _waves(surveys: list[Proposal]) -> None:
    """Which survey is the one at the end: by the file's name; of two without such a name the later."""
    if any(p.table == END for p in surveys):
        return
    named = [p for p in surveys if re.search(ENDING, p.export.path.stem, re.IGNORECASE)]
    if not named and len(surveys) > 1:
        named = [max(surveys, key=_median_day)]
    for each in named:
        each.table = END


def _asked_again(found: list[Proposal]) -> None:
    """Of several files of a table that the same people answered the first is that table, each other a wave of the
    study's own; those of other people are of one time of asking."""
    for table in (START, END, FOLLOWUP):
        before: list[Proposal] = []
        for each in sorted((p for p in found if p.table == table), key=lambda p: (_median_day(p), _number(p.called))):
            if any(linking.same_people(other, each) for other in before):
                each.wave = f"wave_{2 + sum(bool(p.wave) for p in found)}"
            before.append(each)


def _number(words: str) -> int:
    number = re.search("[0-9]+", words)
    return int(number[0]) if number else 0


def _median_day(found: Proposal) -> str:
    days = _days(found)
    return str(_middle(days)) if days else ""


def _middle(days: list[dt.date]) -> dt.date:
    return days[len(days) // 2]


def _days(found: Proposal, of: Collection[str] = ()) -> list[dt.date]:
    """The days in the columns of a file that tell when something was (those given; else all but births), in order."""
    days = []
    for column, heading in found.columns.items():
        if TABLES[found.table][column].kind == "date" and (column in of if of else column != "birth_date"):
            for text in found.frame[heading].unique():
                days += columns.days(text, [*found.dates, *columns.TYPED])
    return sorted(days)


def _term(proposals: Sequence[Proposal], today: dt.date) -> tuple[str, dt.date, dt.date]:
    """One term that holds every answer and end of studies: from the first of a month to the last of one."""
    found = [day for p in proposals if p.is_survey for day in _days(p)] or [d for p in proposals for d in _days(p)]
    found += [day for p in proposals if p.table == FOLLOWUP for day in _days(p)]
    found += [day for p in proposals if p.table == "enrolments" for day in _days(p, ("end",)) if day <= today]
    first, last = (min(found), max(found)) if found else (today, today)
    end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return (str(first.year) if first.year == end.year else f"{first.year}-{end.year}"), first.replace(day=1), end
