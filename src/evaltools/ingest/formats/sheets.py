"""What spreadsheets of every kind have in common: how far they may spread, and which sheet is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from evaltools.ingest.formats.types import Flaw, Opened, RefusedError, Row, Sayer, letters, widths
from evaltools.study.dates import ISO_DAY
from evaltools.study.source_model import Source

MOST_ROWS, MOST_COLUMNS = 200_000, 200
MOST_CELLS = 5_000_000
Place = tuple[int, int]  # row and column, counted from 1
Area = tuple[Place, Place]  # first and last cell of a range
LONGEST_NUMBER = 10**15  # spreadsheets keep fifteen digits


@dataclass
class Sheet:
    """One sheet as it was read: its rows, its flaws, and what the file hides: all of it, rows, or columns, from 1."""

    name: str
    hidden: bool
    rows: list[Row] = field(default_factory=list)  # those with some value
    flaws: list[Flaw] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)  # by hand or by a filter
    hidden_columns: set[int] = field(default_factory=set)


def check_place(row: int, column: int, seen: int = 0) -> None:
    """Refuse what is spread further, or holds more cells, than any export does."""
    if row > MOST_ROWS or column > MOST_COLUMNS or seen > MOST_CELLS:
        raise RefusedError("xlsx_far", row, letters(column - 1), expected=f"{MOST_ROWS} × {MOST_COLUMNS}")


def opener(read: Callable[[Path, Sayer], list[Sheet]]) -> Callable[[Path, Source], Opened]:
    """How a source's sheet is opened, by a reader of all sheets: the one named, else the first that is visible."""

    def opened(path: Path, source: Source) -> Opened:
        found = read(path, Sayer.of(source))
        sheet = chosen(found, source.sheet)
        others = [other for other in found if other is not sheet and not other.hidden and len(other.rows) > 1]
        flaws = sheet.flaws + merged(sheet.rows, sheet.merged, source)
        return Opened(
            widths(sheet.rows, source.rows_above, source.header_rows),
            sorted(flaws, key=lambda flaw: (flaw.line, flaw.at)),
            lettered=True,
            notes=unseen(sheet.rows, bool(others), sheet.hidden_rows, source),
            hidden=[column - 1 for column in sheet.hidden_columns],
        )

    return opened


def unseen(rows: list[Row], others: bool, hidden: set[int], source: Source) -> list[tuple[str, int | None]]:
    """What is noted of a sheet: that other sheets hold something while none is named, and its first hidden row."""
    notes: list[tuple[str, int | None]] = [("other_sheets", None)] if others and not source.sheet else []
    return notes + [("hidden_rows", line) for line, _ in rows if line in hidden and line > source.rows_above][:1]


def chosen(sheets: list[Sheet], name: str) -> Sheet:
    """The sheet of that name, hidden or not; where none is named, the first that is visible."""
    fitting = [sheet for sheet in sheets if (sheet.name == name if name else not sheet.hidden)]
    if not fitting:
        raise RefusedError("no_sheet", expected=name)
    return fitting[0]


def merged(rows: list[Row], areas: list[Area], source: Source) -> list[Flaw]:
    """The cells of merged ranges that hold no value, as only the first of a range does; below the heading they get
    that value instead where the source says so."""
    header = [line for line, _ in rows if line > source.rows_above][: source.header_rows]
    filled = [area for area in areas if source.merged == "fill" and header and area[0][0] > header[-1]]
    at = dict(rows)
    for (top, left), (bottom, right) in filled:
        check_place(bottom, right)
        value = "".join(at.get(top, [])[left - 1 : left])
        for cells in (at[line] for line in range(top, bottom + 1) if line in at):
            cells += [""] * (right - len(cells))
            cells[left - 1 : right] = [value] * (right - left + 1)
    return [flaw for area in areas if area not in filled for flaw in _empty(*area)]


def _empty(first: Place, last: Place) -> Iterator[Flaw]:
    """A flaw for each cell of a merged range but its first."""
    check_place(*last)
    area = f"{letters(first[1] - 1)}{first[0]}:{letters(last[1] - 1)}{last[0]}"
    for line in range(first[0], last[0] + 1):
        for column in range(first[1], last[1] + 1):
            if (line, column) != first:
                yield Flaw(line, column - 1, "xlsx_merged", area)


def lister(read: Callable[[Path, Sayer], list[Sheet]]) -> Callable[[Path], list[str]]:
    """How the names of a file's sheets are listed, by a reader of all sheets."""
    return lambda path: [sheet.name for sheet in read(path, Sayer(ISO_DAY, ".")) if not sheet.hidden]
