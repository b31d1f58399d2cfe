"""Open answers coded by two people: a workbook of masked answers that they fill, and what is read back of it.

Each coder has a sheet and marks the themes of every answer, or that it touches none; the word list only suggests. Where
they differ, a third sheet asks both to settle it. What they agreed goes to ``coding.csv`` beside the study file, which
the reports count. Answers are known by ids of their own (`ingest.coding`); no text leaves the workbook.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaltools import i18n, paths
from evaltools.errors import CatalogueError
from evaltools.ingest import coding, reading, tidy
from evaltools.ingest.formats import xlsx
from evaltools.ingest.formats.types import RefusedError, letters
from evaltools.ingest.tidy import Tables
from evaltools.privacy import free_text
from evaltools.privacy.pseudonyms import Key
from evaltools.report.render import spreadsheet
from evaltools.sections.comments import in_words
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Problem
from evaltools.study.schema import NO_THEME

CODERS = ("A", "B")
SETTLED = "A+B"  # the sheet of what they differed on
MARKS = {"x", "1"}
GIVEN = 4  # columns that nobody fills: id, survey, answer, and the word list's suggestion or what the two had marked
WIDTHS = (20, 14, 70, 30)
Marks = dict[str, frozenset[str]]  # the themes of each answer, by id; `none` where it touches none


class CodingError(CatalogueError):
    """Why there is nothing to code."""

    below = "coding.error"


@dataclass(frozen=True)
class Coded:
    """What a workbook holds: the marks of each coder, those they settled on, and the answers they differ on."""

    coders: Mapping[str, Marks]
    settled: Marks
    differing: Sequence[str]

    @property
    def open(self) -> bool:
        """Whether they differ on answers that they have not settled."""
        return set(self.differing) != set(self.settled)

    @property
    def agreed(self) -> Marks:
        """The themes of each answer that both marked alike or settled on."""
        return {id: self.settled.get(id, marks) for id, marks in self.coders[CODERS[0]].items()}

    def counts(self, theme: str) -> tuple[int, int, int]:
        """Answers that both coders, one or neither gave the theme."""
        first, second = ({id for id, themes in self.coders[c].items() if theme in themes} for c in CODERS)
        return len(first & second), len(first ^ second), len(self.coders[CODERS[0]]) - len(first | second)


@dataclass(frozen=True)
class Workbook:
    """The answers of one term to be coded, and how they stand in a workbook of one language."""

    study: Study
    answers: pd.DataFrame  # id, survey, text
    language: str
    file: str
    problems: list[Problem] = field(default_factory=list)

    @property
    def themes(self) -> list[str]:
        return [theme.id for theme in self.study.themes]

    def say(self, key: str, **words: object) -> str:
        return i18n.say(key, self.language, **words)

    def names(self, themes: Iterator[str] | Sequence[str] | frozenset[str]) -> str:
        """Names of themes in the order of the study file; nothing where there is none."""
        named = {theme.id: theme.name(self.language) for theme in self.study.themes} | {NO_THEME: self._none}
        return ", ".join(name for id, name in named.items() if id in themes)

    @property
    def _none(self) -> str:
        return self.say("comments.none")

    @property
    def headings(self) -> list[str]:
        """Of a coder's sheet."""
        given = [self.say(f"coding.{key}") for key in ("id", "survey", "answer", "suggested")]
        return [*given, *(theme.name(self.language) for theme in self.study.themes), self._none]

    @property
    def settling(self) -> list[str]:
        """The headings of the sheet of what the coders differ on."""
        return [*self.headings[: GIVEN - 1], self.say("coding.both"), *self.headings[GIVEN:]]

    def rows(self, fourth: Mapping[str, str]) -> dict[str, list[str]]:
        """What stands in the columns that nobody fills, of the answers for which the fourth is given."""
        shown = self.answers[self.answers["id"].isin(list(fourth))]
        surveys = shown["survey"].map(lambda survey: self.say(f"comments.{survey}"))
        texts = shown["text"].map(lambda text: in_words(text, self.language)[: spreadsheet.LONGEST])
        found = zip(shown["id"], surveys, texts, strict=True)
        return {id: [id, survey, text, fourth[id]] for id, survey, text in found}

    @property
    def suggested(self) -> dict[str, str]:
        """What the word list finds in each answer."""
        texts = zip(self.answers["id"], self.answers["text"], strict=True)
        return {id: self.names(free_text.themes_of(text, self.study.themes)) for id, text in texts}

    def compared(self, coded: Coded) -> dict[str, str]:
        """What each coder marked where they differ."""
        marked = {c: coded.coders[c] for c in CODERS}
        return {id: "; ".join(f"{c}: {self.names(marked[c][id])}" for c in CODERS) for id in coded.differing}


# --- writing ---------------------------------------------------------------------------------------------------------


def answers(study: Study, raw: Tables, key: Key, term: str) -> pd.DataFrame:
    """The masked answers of a term that are to be coded, by id. Raises CodingError where there is nothing to code."""
    if not study.themes:
        raise CodingError("no_themes")
    if not free_text.has_roster(study):
        raise CodingError("no_roster")
    found = tidy.open_answers(study, raw, key)
    found = found[found["term"].eq(term)].reset_index(drop=True)
    if found.empty:
        raise CodingError("no_answers", term=term)
    return found


def workbook(book: Workbook, marks: Mapping[str, Marks], coded: Coded | None = None) -> bytes:
    """A workbook to fill: how to, a sheet a coder, and where ``coded`` is given one of what they differ on; with the
    marks that stand already."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as file:
        file.set_properties({"author": "evaltools", "created": spreadsheet.SAVED})
        formats = [file.add_format(look) for look in (spreadsheet.HEAD, spreadsheet.WRAPPED)]
        guide = file.add_worksheet(book.say("coding.guide"))
        guide.set_column(0, 0, 100)
        for line, said in enumerate([book.say(f"coding.how.{step}") for step in ("mark", "none", "alone", "settle")]):
            guide.write_string(line, 0, said, formats[1])
        for coder in CODERS:
            sheet = file.add_worksheet(coder)
            _fill(sheet, book.headings, book.rows(book.suggested), book.themes, marks.get(coder, {}), formats)
        if coded is not None:
            sheet = file.add_worksheet(SETTLED)
            _fill(sheet, book.settling, book.rows(book.compared(coded)), book.themes, coded.settled, formats)
            sheet.activate()
    return out.getvalue()


def _fill(
    sheet: Worksheet,
    headings: Sequence[str],
    rows: Mapping[str, list[str]],
    themes: Sequence[str],
    marks: Marks,
    formats: Sequence[Format],
) -> None:
    head, wrapped = formats
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, head)
    for line, (id, cells) in enumerate(rows.items(), start=1):
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, wrapped)
        for place, theme in enumerate([*themes, NO_THEME], start=GIVEN):
            if theme in marks.get(id, ()):
                sheet.write_string(line, place, "x", wrapped)
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    sheet.set_column(GIVEN, len(headings) - 1, 16)
    sheet.freeze_panes(1, 1)
    sheet.data_validation(1, GIVEN, max(len(rows), 1), len(headings) - 1, {"validate": "list", "source": ["x"]})


# --- reading ---------------------------------------------------------------------------------------------------------


def read(path: Path, study: Study, answers: pd.DataFrame, language: str) -> Coded:
    """What two coders marked in a workbook of these answers.

    Raises
    ------
    DataError
        Each cell that is not filled as it should be, or that is not as it was written, by sheet, row and column.
    """
    heads = next((cells for _, cells in _rows(path, CODERS[0], [])), [])
    languages = dict.fromkeys([language, *i18n.LANGUAGES])
    books = [Workbook(study, answers, each, path.name) for each in languages]
    book = max(books, key=lambda book: len({*_padded(heads, book.headings)} & {*book.headings}))
    coders = {coder: _marks(book, path, coder, book.headings, book.rows(book.suggested)) for coder in CODERS}
    if book.problems:
        raise DataError(book.problems)
    first, second = coders.values()
    differing = [id for id in answers["id"] if first[id] != second[id]]
    coded = Coded(coders, {}, differing)
    if not differing or SETTLED not in xlsx.sheets(path):
        return coded
    settled = _marks(book, path, SETTLED, book.settling, book.rows(book.compared(coded)))
    if book.problems:
        raise DataError(book.problems)
    return Coded(coders, settled, differing)


def _rows(path: Path, sheet: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """The rows of a sheet as text, faulty cells among the problems; raises DataError for a file that cannot be read."""
    try:
        rows, flaws = xlsx.read(path, sheet)
    except RefusedError as refusal:
        words = dict(refusal.words)
        raise DataError([Problem(path.name, refusal.line, refusal.column, refusal.what, words)]) from None
    problems += [Problem(_place(path.name, sheet), f.line, f.column, f.what, {"expected": f.expected}) for f in flaws]
    return rows


def _place(file: str, sheet: str) -> str:
    return f"{file} [{sheet}]"


def _padded(cells: list[str], headings: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells] + [""] * (len(headings) - len(cells))


def _marks(book: Workbook, path: Path, sheet: str, headings: list[str], expected: Mapping[str, list[str]]) -> Marks:
    """The themes that a sheet gives each answer; what is wrong is added to the book's problems."""
    rows = [(line, _padded(cells, headings)) for line, cells in _rows(path, sheet, book.problems)]
    marks: Marks = {}

    def wrong(line: int | None, at: int, what: str) -> None:
        column = letters(at) if line else ""
        book.problems.append(Problem(_place(book.file, sheet), line, column, f"coding_{what}", {}))

    _, head = rows.pop(0) if rows else (1, [""] * len(headings))
    for at in [at for at, heading in enumerate(headings) if head[at] != heading] + [*range(len(headings), len(head))]:
        wrong(1, at, "edited")
    for line, cells in rows:
        given, marked = cells[:GIVEN], cells[GIVEN:]
        if given[0] not in expected or given[0] in marks:
            wrong(line, 0, "twice" if given[0] in marks else "unknown")
            continue
        for at in [at for at, cell in enumerate(expected[given[0]]) if cell.split() != given[at].split()]:
            wrong(line, at, "edited")
        for at, mark in enumerate(marked, start=GIVEN):
            if mark and (mark.lower() not in MARKS or at >= len(headings)):
                wrong(line, at, "mark")
        chosen = frozenset(theme for theme, mark in zip([*book.themes, NO_THEME], marked, strict=False) if mark)
        if not chosen or (NO_THEME in chosen and len(chosen) > 1):
            wrong(line, len(headings) - 1 if chosen else GIVEN, "both" if chosen else "blank")
        marks[given[0]] = chosen
    if expected.keys() - marks.keys():
        wrong(None, 0, "gone")
    return marks


# --- what they agreed ------------------------------------------------------------------------------------------------


def known(raw: Tables) -> dict[str, Marks]:
    """The marks of each coder that stand in ``coding.csv``: an answer that is there still need not be marked again."""
    frame = raw.get(coding.TABLE, pd.DataFrame(columns=list(coding.COLUMNS)))
    columns = zip(CODERS, coding.CODERS, strict=True)
    return {c: dict(zip(frame["id"], frame[column].map(_split), strict=True)) for c, column in columns}


def _split(cell: str) -> frozenset[str]:
    return frozenset(cell.split(coding.BETWEEN))


def keep(study: Study, term: str, coded: Coded) -> Path:
    """Put what two coders agreed of a term's answers into ``coding.csv``; those of other terms stay. The file."""
    problems: list[Problem] = []
    before = reading.own_file(study, coding.FILE, coding.COLUMNS, problems)
    if problems:
        raise DataError(problems)
    offered = [theme.id for theme in study.themes]
    marks = [*(coded.coders[c] for c in CODERS), coded.agreed]
    rows = [
        (term, id, *(coding.BETWEEN.join(t for t in [*offered, NO_THEME] if t in each) for each in (offered, *own)))
        for id, *own in ((id, *(m[id] for m in marks)) for id in coded.agreed)
    ]
    made = pd.DataFrame(rows, columns=list(coding.COLUMNS))
    others = before.loc[before["term"] != term, list(coding.COLUMNS)] if before is not None else made.iloc[:0]
    file = study.folder / coding.FILE
    whole = pd.concat([others, made]).sort_values(["term", "id"])
    paths.replace(file, whole.to_csv(sep=";", index=False, lineterminator="\n"))
    return file
