"""Excel 97 to 2003 (.xls), read by xlrd behind limits of size, extent, macros and links."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING

from evaltools.ingest.formats.sheets import LONGEST_NUMBER, Sheet, check_place, lister, opener
from evaltools.ingest.formats.types import Flaw, Format, RefusedError, Sayer

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Cell
    from xlrd.sheet import Sheet as Found

SIGN = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # also of an encrypted XLSX
MOST_BYTES = 30_000_000
MACROS = ("_VBA_PROJECT_CUR", "_VBA_PROJECT")
ENCRYPTED = "EncryptedPackage"  # an XLSX with a password is kept in the same container
LINKS = (2, 4)  # what xlrd calls a book of other files, and a link to another programme


def sheets(path: Path, say: Sayer) -> list[Sheet]:
    """Every sheet of an .xls file, its cells as text, written as those of XLSX are.

    Raises
    ------
    RefusedError
        A file that is no such workbook, encrypted, too large or too far spread, or that holds macros or links to
        other files.
    """
    content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    if not content:
        raise RefusedError("file_too_large")
    if ENCRYPTED.encode("utf-16-le") in content:
        raise RefusedError("encrypted")
    if any(name.encode("utf-16-le") in content for name in MACROS):
        raise RefusedError("xlsx_macro")
    try:
        return _read(content, say)
    except RefusedError:
        raise
    except Exception as error:  # xlrd raises whatever a broken file leads it to
        raise RefusedError("encrypted" if "encrypted" in str(error) else "not_xls") from None


def _read(content: bytes, say: Sayer) -> list[Sheet]:
    import xlrd

    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), formatting_info=True)
    if set(LINKS) & set(book._supbook_types):
        raise RefusedError("xlsx_external")
    found, seen = [], 0
    for sheet in book.sheets():
        seen += sheet.nrows * sheet.ncols
        check_place(sheet.nrows, sheet.ncols, seen)
        found.append(_sheet(sheet, book, say))
    return found


def _sheet(found: Found, book: Book, say: Sayer) -> Sheet:
    sheet = Sheet(found.name, found.visibility != 0)
    for at in range(found.nrows):
        cells = [_text(cell, at + 1, column, book, say, sheet) for column, cell in enumerate(found.row(at))]
        if any(map(str.strip, cells)):
            sheet.rows.append((at + 1, cells))
    sheet.hidden_rows |= {at + 1 for at, row in found.rowinfo_map.items() if row.hidden}
    sheet.hidden_columns |= {at + 1 for at, column in found.colinfo_map.items() if column.hidden}
    for low, high, left, right in found.merged_cells:  # counted from 0, the ends one beyond
        sheet.merged.append(((low + 1, left + 1), (high, right)))
    return sheet


def _text(cell: Cell, line: int, column: int, book: Book, say: Sayer, sheet: Sheet) -> str:
    """A cell as text; what cannot be read for what it is, is a flaw of its sheet."""
    import xlrd

    what = ""
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return cell.value
        case xlrd.XL_CELL_BOOLEAN:
            return say(bool(cell.value))
        case xlrd.XL_CELL_DATE:
            return _day(cell.value, book.datemode, say)
        case xlrd.XL_CELL_NUMBER if abs(cell.value) < LONGEST_NUMBER:
            return say(cell.value)
        case xlrd.XL_CELL_NUMBER:
            what = "xlsx_long_number"
        case xlrd.XL_CELL_ERROR:
            what = "xlsx_error"
    if what:
        sheet.flaws.append(Flaw(line, column, what))
    return ""


def _day(value: float, mode: int, say: Sayer) -> str:
    """A day or a moment; a number below one is a time of day alone."""
    import xlrd

    year, month, day, *time = xlrd.xldate_as_tuple(value, mode)
    return say(dt.datetime(year, month, day, *time)) if year else say(dt.time(*time))


FORMAT = Format(name="xls", open=opener(sheets), signs=(SIGN,), endings=(".xls",), sheets=lister(sheets))
