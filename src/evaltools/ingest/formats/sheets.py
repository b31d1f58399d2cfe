"""What spreadsheets of every kind have in common: how far they may spread, and which sheet is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from evaltools.ingest.formats.types import Flaw, Opened, RefusedError, Row, letters, widths
from evaltools.study.source_model import Source

MOST_ROWS, MOST_COLUMNS = 200_000, 200
MOST_CELLS = 5_000_000
LONGEST_NUMBER = 10**15  # spreadsheets keep fifteen digits


@dataclass
class Sheet:
    """One sheet as it was read: its rows, its flaws, and whether the file hides it."""

    name: str
    hidden: bool
    rows: list[Row] = field(default_factory=list)  # those with some value
    flaws: list[Flaw] = field(default_factory=list)
    merged: list[tuple[int, str, str]] = field(default_factory=list)  # line, first and last cell


def check_place(row: int, column: int, seen: int = 0) -> None:
    """Refuse what is spread further, or holds more cells, than any export does."""
    if row > MOST_ROWS or column > MOST_COLUMNS or seen > MOST_CELLS:
        raise RefusedError("xlsx_far", row, letters(column - 1), expected=f"{MOST_ROWS} × {MOST_COLUMNS}")


def opener(read: Callable[[Path, str, str], list[Sheet]]) -> Callable[[Path, Source], Opened]:
    """How a source's sheet is opened, by a reader of all sheets: the one named, else the first that is visible."""

    def opened(path: Path, source: Source) -> Opened:
        sheet = chosen(read(path, source.date_format[0], source.decimal), source.sheet)
        rows = widths(sheet.rows, source.skip_rows, source.header_rows)
        return Opened(rows, sorted(sheet.flaws, key=lambda flaw: (flaw.line, flaw.at)), lettered=True)

    return opened


def chosen(sheets: list[Sheet], name: str) -> Sheet:
    """The sheet of that name; where none is named, the first that is visible."""
    fitting = [sheet for sheet in sheets if (sheet.name == name if name else not sheet.hidden)]
    if not fitting:
        raise RefusedError("no_sheet", expected=name)
    return fitting[0]


def lister(read: Callable[..., list[Sheet]]) -> Callable[[Path], list[str]]:
    """How the names of a file's sheets are listed, by a reader of all sheets."""
    return lambda path: [sheet.name for sheet in read(path)]
