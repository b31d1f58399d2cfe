"""An export as it lies there: how it is written, its heading and its cells as text. What is no table is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import dropwhile, islice, zip_longest
from pathlib import Path

import pandas as pd

from evaltools.authoring import columns, profiles
from evaltools.authoring.profiles.types import Profile
from evaltools.ingest import formats, readers
from evaltools.ingest.formats import delimited
from evaltools.ingest.formats.delimited import TOP
from evaltools.ingest.formats.types import Format, RefusedError, Row
from evaltools.study.problems import DataError, Problem
from evaltools.study.schema import SURVEYS
from evaltools.study.source_model import Source

LIKE_NUMBER = re.compile(r"[0-9.,:/ -]+")
# what no heading looks like: an address, a number of an identity, a day, a number
PERSONAL = re.compile(
    r"(?P<address>[^@\s]+@[^@\s]+\.\w+)|(?P<identity>[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])|"
    r"(?P<day>[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}\b.*)|(?P<number>\+?[0-9 .,-]*[0-9])"
)


@dataclass(frozen=True)
class Export:
    """One file: ``how`` are the keys of a source that say how it is written, ``frame`` its cells under its headings."""

    path: Path
    how: dict[str, str | int]
    frame: pd.DataFrame
    profile: Profile

    @property
    def is_text(self) -> bool:
        return "delimiter" in self.how


def read(path: Path) -> Export:
    """A file with its headings and cells.

    Raises DataError with the place where it cannot be read whole, where it is no table, and where its first row looks
    like data: then nothing of it is repeated.
    """
    if not path.is_file():
        files = sorted(each.name for each in path.glob("*") if each.is_file())
        if path.is_dir():
            raise DataError([Problem(path.name, None, "", "is_a_folder", {"known": ", ".join(files[:12]) or "–"})])
        raise DataError([Problem(path.name, None, "", "missing_file", {"pattern": path.name})])
    try:
        how, rows = _top(path)
    except RefusedError as error:
        raise DataError([Problem(path.name, error.line, error.column, error.what, error.words)]) from None
    base = {"table": SURVEYS["start"], "name": "-", "file": path.name, "columns": {}}
    source = Source.model_validate(base | how)
    below = dropwhile(lambda row: row[0] <= source.rows_above, iter(rows))
    line, last, header = readers.heading(below, source)
    names = _named(header)
    columns = {f"c{i}": name for i, name in enumerate(names) if name}
    if _looks_like_data(header, rows, last):
        raise DataError([Problem(path.name, line, "", "no_heading")])
    problems: list[Problem] = []
    frame = readers.read(path, path.name, Source.model_validate(base | how | {"columns": columns}), problems)
    if frame is None or problems:
        raise DataError(problems)
    frame = frame[list(columns)].rename(columns=columns)
    return Export(path, how, frame, profiles.of(frame.columns, "delimiter" in how))


def _top(path: Path) -> tuple[dict[str, str | int], list[Row]]:
    """How the file is written, and its first rows."""
    base = {"table": SURVEYS["start"], "name": "-", "file": path.name, "columns": {}}
    source = Source.model_validate(base)
    found = formats.of(path, source)
    how: dict[str, str | int] = {"format": found.name}
    if found is delimited.FORMAT:
        content, encoding = delimited.text_of(path, "auto")
        how = {"encoding": encoding, "delimiter": delimited.guess_delimiter(content)}
        rows = list(islice(delimited.csv_rows(content, str(how["delimiter"])), TOP))
    elif found.sheets is not None:
        rows, sheet = _fullest_sheet(path, found, source)
        how |= {"sheet": sheet} if sheet else {}
    else:
        rows = list(islice(found.open(path, source).rows, TOP))
    if not rows:
        raise RefusedError("no_header", 1)
    return how | _above(rows), rows


def _fullest_sheet(path: Path, found: Format, source: Source) -> tuple[list[Row], str]:
    """The rows of the sheet with most of them, and its name where it is not the first."""
    names = found.sheets(path) if found.sheets is not None else []
    rows = [list(found.open(path, source.model_copy(update={"sheet": name})).rows) for name in names]
    at = max(range(len(rows)), key=lambda i: len(rows[i]))
    return rows[at], names[at] if at else ""


def _above(rows: list[Row]) -> dict[str, str | int]:
    """Rows of a title above the heading, and how many rows the heading takes: see ``skip_rows``, ``header_rows``."""
    filled = [sum(map(bool, map(str.strip, cells))) for _, cells in rows[:TOP]]
    enough = max(filled, default=0) * 0.3
    at = next((i for i, n in enumerate(filled) if n > 1 and n > enough), 0)
    above: dict[str, str | int] = {"skip_rows": rows[at][0] - 1} if rows[at][0] > 1 and at else {}
    cells = [cells for _, cells in rows[at : at + 3]]
    headings = profiles.heading_rows(cells) or (2 if _is_double(*cells[:2]) else 1)
    return above | ({"header_rows": headings} if headings > 1 else {})


def _is_double(*rows: list[str]) -> bool:
    """Whether the second of two rows has words wherever the first has nothing, and no number anywhere."""
    if len(rows) < 2:
        return False
    cells = list(zip_longest(*rows, fillvalue=""))
    under = [below.strip() for above, below in cells if not above.strip()]
    return len(under) > 1 and all(under) and not any(LIKE_NUMBER.fullmatch(below.strip()) for _, below in cells)


def _named(header: Iterable[str]) -> list[str]:
    """Headings with a number behind the second and further of equal ones."""
    counts: Counter[str] = Counter()
    names = []
    for heading in header:
        counts[heading] += 1
        names.append(heading if counts[heading] == 1 or not heading else f"{heading} [{counts[heading]}]")
    return names


def _looks_like_data(header: list[str], rows: list[Row], last: int) -> bool:
    """Whether the first row is a person's: an address stands in it, a word that its column has among others, or days,
    numbers and answers in a third of it, and such below them."""
    cells = [cell for cell in header if cell]
    if any("@" in cell and PERSONAL.fullmatch(cell) for cell in cells):
        return True
    below = [row for at, row in rows if at > last and set(filter(None, row)) - set(cells)]
    if any(_is_of_column(cell, [row[i].strip() for row in below if i < len(row)]) for i, cell in enumerate(header)):
        return True
    alike = sum(_is_kin(cell, [row[i].strip() for row in below if i < len(row)]) for i, cell in enumerate(header))
    return alike > 1 and 3 * alike >= len(cells)


def _is_kin(heading: str, cells: list[str]) -> bool:
    """Whether a heading is a day, a number or an answer, and so are cells below it, if there are any."""
    given = set(filter(None, cells))
    return _kind(heading) != "" and (not given or _kind(heading) in map(_kind, given))


def _kind(cell: str) -> str:
    found = PERSONAL.fullmatch(cell)
    return str(found.lastgroup) if found else "answer" if columns.is_answer(cell) else ""


def _is_of_column(heading: str, cells: list[str]) -> bool:
    """Whether a heading stands among the cells below it, which hold others, too; of an option it would be alone."""
    return heading in cells and heading != "" and len(set(filter(None, cells))) > 1
