"""What a reader of one file format gives, and what a format is."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from evaltools.study import dates
from evaltools.study.source_model import Source

Row = tuple[int, list[str]]
MOST_LETTERS = 18_278  # columns that three letters can name


class RefusedError(Exception):
    """Why a file cannot be read: a catalogue key below ``problem``, the place, and the words."""

    def __init__(self, what: str, line: int | None = None, column: str = "", **words: str):
        self.what, self.line, self.column, self.words = what, line, column, words
        super().__init__(what, line, column)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that cannot be read for what it is: it matters where its column is one that the source reads."""

    line: int
    at: int  # its column, counted from 0
    what: str  # a catalogue key below ``problem``
    expected: str = ""  # its words: of merged cells their range, said once

    @property
    def column(self) -> str:
        return letters(self.at)


Columns = tuple[dict[int, pa.ChunkedArray], np.ndarray]  # by place, and the line of each row


@dataclass(frozen=True)
class Opened:
    """A file's rows as text with the line each starts on, the heading among them.

    ``flaws`` are cells that will not do. ``at_once`` gives (heading's last line, width, places) the columns at some
    places, or None where only ``rows`` can say what stands there. ``notes`` are kinds of what to look at, with lines;
    ``hidden`` the places of columns that are not seen when the file is opened.
    """

    rows: Iterator[Row]
    flaws: Sequence[Flaw] = ()
    at_once: Callable[[int, int, Sequence[int]], Columns | None] | None = None
    lettered: bool = False  # its columns have letters for names, as a spreadsheet's
    unfinished: int | None = None  # the last line of a text, where it has no line end
    notes: Sequence[tuple[str, int | None]] = ()
    hidden: Collection[int] = ()
    lone_marks: Sequence[int] = ()  # lines with a lone quotation mark, known when the rows have been read


@dataclass(frozen=True)
class Format:
    """A file format: what its files begin with and end in, and how they are opened.

    ``open`` takes the file and its source and raises RefusedError where it cannot be read whole. ``sheets`` names the
    sheets of a file, where the format has such.
    """

    name: str
    open: Callable[[Path, Source], Opened]
    signs: tuple[bytes, ...] = ()
    within: tuple[int, bytes] = (0, b"")  # what else stands near the beginning, where others have the same sign
    endings: tuple[str, ...] = ()
    sheets: Callable[[Path], list[str]] | None = field(default=None)


def letters(at: int) -> str:
    """A column's letters, as spreadsheets name it; nothing beyond the third letter."""
    from xlsxwriter.utility import xl_col_to_name  # heavy, and only faults name a column

    return xl_col_to_name(at) if 0 <= at < MOST_LETTERS else ""


def filled(cells: list[str]) -> int:
    """How many cells a row has up to the last that holds something."""
    return max((i for i, text in enumerate(cells, start=1) if text.strip()), default=0)


def widths(rows: Sequence[Row], skip: int = 0, headings: int = 1) -> Iterator[Row]:
    """Rows of a sheet cut or filled to the heading's last cell; what stands beyond it stays, to be refused."""
    header = [cells for line, cells in rows if line > skip][:headings]
    width = max(map(filled, header), default=0)
    for line, cells in rows:
        here = filled(cells)
        yield line, [*cells[:here], *[""] * (width - here)]


class Day(str):
    """The text of a cell that holds a day as a day, not as a text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Sayer:
    """Typed values as text: nothing is rounded, no type is guessed from text.

    A date is written as the source writes dates; with a time of day that the format cannot hold, as ISO does.
    """

    date_format: str
    decimal: str

    @classmethod
    def of(cls, source: Source) -> Sayer:
        return cls(dates.written(source.date_format), source.decimal)

    def __call__(self, value: object) -> str:
        match value:
            case bool():
                return "true" if value else "false"
            case dt.datetime():
                return Day(self._moment(value))
            case dt.date():
                return Day(value.strftime(self.date_format))
            case float() if value.is_integer():
                return str(int(value))
            case float():
                return _in_full(repr(value)).replace(".", self.decimal)
            case _:
                return str(value)

    def _moment(self, value: dt.datetime) -> str:
        written = value.strftime(self.date_format)
        try:
            whole = dt.datetime.strptime(written, self.date_format) == value
        except (ValueError, TypeError):  # years before 1000; aware against naive
            whole = False
        return written if whole else value.isoformat()


def _in_full(number: str) -> str:
    """A number so written that its decimals cannot be taken for thousands: 2.385 as 2.3850."""
    return f"{number}0" if re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", number) else number
