"""Guarded reading of XLSX: what could harm or mislead is refused before openpyxl opens the file.

``read(path, sheet, date_format, decimal)`` gives the rows of a sheet as text, with the row each stands on. A workbook
is a zip of XML that another program wrote: it is looked at from outside first (size, members), then as raw XML
(declarations, extent, formulas), and only then read.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from evaltools.ingest.formats import packed
from evaltools.ingest.formats.sheets import LONGEST_NUMBER, MOST_COLUMNS, Area, check_place, merged, unseen
from evaltools.ingest.formats.types import Flaw, Format, Opened, RefusedError, Row, Sayer, letters, widths
from evaltools.study.source_model import Source

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

MACROS = re.compile(r"vbaproject|macrosheets/|activex/|embeddings/", re.I)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # how Open XML writes what XML cannot hold: _x000D_
EXTERNAL = re.compile(r"externallinks/|connections\.xml|querytables/", re.I)
TRUE = ("1", "true")
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def read(
    path: Path, sheet: str = "", date_format: str = "%Y-%m-%d", decimal: str = "."
) -> tuple[list[Row], list[Flaw]]:
    """The rows of one sheet as text, with all cells that will not do.

    Parameters
    ----------
    path : an .xlsx file
    sheet : its name; empty for the first that is not hidden
    date_format : how dates are written out, as the rest of the source has them
    decimal : the decimal mark of numbers that are not whole

    Returns
    -------
    rows : (row number in the sheet from 1, cells as text; empty cells are ""), rows without any value left out
    flaws : formulas without a stored value, error values, and numbers of more digits than a spreadsheet keeps

    Raises
    ------
    RefusedError
        A file that is no workbook, old or encrypted, too large or too far spread, or holding macros, links to other
        files, or a document type declaration; and a sheet that is not there.

    Examples
    --------
    >>> rows, flaws = read(Path("kysely.xlsx"))  # doctest: +SKIP
    """
    with _opened(path) as (book, seen):
        chosen = _chosen(book, sheet)
        return _rows(chosen, Sayer(date_format, decimal), seen[_member(chosen)].flaws)


def opened(path: Path, source: Source) -> Opened:
    """The rows of a source's sheet, each as wide as the heading; that other sheets hold something, or that rows or
    columns are hidden, is noted."""
    with _opened(path) as (book, seen):
        chosen = _chosen(book, source.sheet)
        rows, flaws = _rows(chosen, Sayer.of(source), seen[_member(chosen)].flaws)
        others = [sheet for sheet in _visible(book) if sheet is not chosen and seen[_member(sheet)].cells > 1]
        looked = seen[_member(chosen)]
        flaws += merged(rows, [_area(ref) for ref in looked.merged], source)
        return Opened(
            widths(rows, source.rows_above, source.header_rows),
            flaws,
            lettered=True,
            notes=unseen(rows, bool(others), looked.hidden_rows, source),
            hidden=looked.hidden_columns,
        )


def sheets(path: Path) -> list[str]:
    """The names of a workbook's sheets that are not hidden, in order; raises RefusedError as ``read`` does."""
    with _opened(path) as (book, _):
        return [sheet.title for sheet in _visible(book)]


def _visible(book: Workbook) -> list[ReadOnlyWorksheet]:
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _chosen(book: Workbook, name: str) -> ReadOnlyWorksheet:
    """The sheet of that name, hidden or not, or the first that is not hidden."""
    found = [sheet for sheet in book.worksheets if sheet.title == name] if name else _visible(book)
    if not found:
        raise RefusedError("no_sheet", expected=name)
    return found[0]


def _member(sheet: ReadOnlyWorksheet) -> str:
    return sheet._worksheet_path.lstrip("/")


@dataclass
class Looked:
    """What the raw XML of a sheet shows: cells that will not do, ranges of merged cells, how many cells there are,
    rows that are hidden, by hand or by a filter, and the places of hidden columns."""

    flaws: list[Flaw] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    cells: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)


def _area(reference: str) -> Area:
    first, _, last = reference.partition(":")
    return _place(first, (0, 0)), _place(last or first, (0, 0))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Workbook, dict[str, Looked]]]:
    """A workbook that did not prove harmful, and what each of its members looks like."""
    from openpyxl import load_workbook  # heavy, and many studies have no workbook

    packed.check_file(path, "not_xlsx")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            seen = {name: _check_xml(archive, name) for name in archive.namelist()}
        with warnings.catch_warnings():  # of styles and extensions that are not kept
            warnings.simplefilter("ignore")
            content = io.BytesIO(_readable(path))
            with closing(load_workbook(content, read_only=True, data_only=True, keep_links=False)) as book:
                yield book, seen
    except RefusedError:
        raise
    except Exception:  # zipfile, zlib, expat and openpyxl raise whatever a broken file leads them to
        raise RefusedError("not_xlsx") from None


STRICT = b"http://purl.oclc.org/ooxml/"  # namespaces of strict Open XML, each with a transitional twin
TWINS = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (STRICT + b"officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (STRICT + b"drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
)
EMPTY_FILL = re.compile(rb"<((?:\w+:)?fill)\s*(?:/>|>\s*</\1>)")


def _readable(path: Path) -> bytes:
    """The workbook as openpyxl can open it: what strict Open XML calls by other names, and empty fills, which it
    stumbles over, are written as it expects them. Only names and looks differ, no value."""
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        strict = "_rels/.rels" in names and STRICT in archive.read("_rels/.rels")
        for name in names:
            if name.lower().endswith("styles.xml"):
                changed[name] = EMPTY_FILL.sub(rb"<\1><patternFill/></\1>", archive.read(name))
            if strict and name.lower().endswith((".xml", ".rels")):
                content = changed.get(name) or archive.read(name)
                for theirs, twin in TWINS:
                    content = content.replace(theirs, twin)
                changed[name] = content
        if all(archive.read(name) == content for name, content in changed.items()):
            return path.read_bytes()
        return packed.with_members(archive, changed)


# --- from outside ----------------------------------------------------------------------------------------------------


def _check_members(archive: zipfile.ZipFile) -> None:
    names = packed.check_members(archive, {"[content_types].xml"}, "not_xlsx")
    if any(MACROS.search(name) for name in names) or b"macroenabled" in _declared_types(archive):
        raise RefusedError("xlsx_macro")
    if any(EXTERNAL.search(name) for name in names):
        raise RefusedError("xlsx_external")


def _declared_types(archive: zipfile.ZipFile) -> bytes:
    with archive.open("[Content_Types].xml") as file:
        return file.read(packed.RATIO_FROM).lower()


# --- raw XML ---------------------------------------------------------------------------------------------------------


def _check_xml(archive: zipfile.ZipFile, name: str) -> Looked:
    """Refuse a document type in any XML member; of a sheet, wherever it lies, also look at extent and formulas."""
    parser, roots, looked = expat.ParserCreate(), list[str](), Looked()

    def root(tag: str, attributes: dict[str, str]) -> None:
        roots.append(tag.rpartition(":")[2])
        parser.StartElementHandler = None
        if roots[0] == "worksheet":
            _watch_cells(parser, looked)

    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = root
    try:
        with archive.open(name) as file:
            # a document type can stand before the first element only
            while (chunk := file.read(packed.CHUNK)) and roots in ([], ["worksheet"]):
                parser.Parse(chunk)
    except expat.ExpatError:
        if roots or name.lower().endswith((".xml", ".rels")):
            raise
    return looked


def _refuse_doctype(*_: object) -> None:
    raise RefusedError("xlsx_doctype")


def _watch_cells(parser: expat.XMLParserType, looked: Looked) -> None:
    """Have the parser refuse cells too far out, too many or out of order, and note formulas with no value stored."""
    place, inside, held = (0, 0), "", set[str]()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal place, inside
        inside = tag = tag.rpartition(":")[2]
        if tag == "row":
            above, place = place, (int(attributes.get("r", place[0] + 1)), 0)
            _check_order(above[0] < place[0], place)
            looked.hidden_rows.update({place[0]} if attributes.get("hidden") in TRUE else ())
        elif tag == "c":
            before, place = place, _place(attributes.get("r", ""), place)
            _check_order(before[0] == place[0] and before[1] < place[1], place)
            looked.cells += 1
            held.clear()
            held.update({"value"} if attributes.get("t") == "str" else ())  # a stored text may be empty
            check_place(*place, looked.cells)
        elif tag == "f":
            held.add("formula")
        else:
            _note_layout(tag, attributes, looked)

    def words(_: str) -> None:
        held.update({"value"} if inside == "v" else ())

    def end(tag: str) -> None:
        nonlocal inside
        inside, tag = "", tag.rpartition(":")[2]
        if tag == "row":
            check_place(*place)
        if tag == "c" and held == {"formula"}:
            looked.flaws.append(Flaw(place[0], place[1] - 1, "xlsx_formula"))

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, words


def _note_layout(tag: str, attributes: dict[str, str], looked: Looked) -> None:
    if tag == "mergeCell":
        looked.merged.append(attributes.get("ref", ""))
    elif tag == "col" and attributes.get("hidden") in TRUE:
        looked.hidden_columns.update(range(int(attributes["min"]) - 1, min(int(attributes["max"]), MOST_COLUMNS)))


def _place(reference: str, before: tuple[int, int]) -> tuple[int, int]:
    """Row and column of a cell; one without a reference stands after the one before."""
    if not reference:
        return before[0], before[1] + 1
    found = REFERENCE.fullmatch(reference)
    if not found:
        raise RefusedError("not_xlsx")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]), column


def _check_order(right: bool, place: tuple[int, int]) -> None:
    """Rows and cells must stand in order: one that does not is passed over by readers, in silence."""
    if not right:
        raise RefusedError("xlsx_order", place[0], letters(place[1] - 1))


# --- cells -----------------------------------------------------------------------------------------------------------


def _rows(chosen: ReadOnlyWorksheet, say: Sayer, formulas: list[Flaw]) -> tuple[list[Row], list[Flaw]]:
    chosen.reset_dimensions()
    flaws = list(formulas)
    rows: list[Row] = []
    for cells in chosen.iter_rows():
        texts = [_text(cell, say, flaws) for cell in cells]
        if any(map(str.strip, texts)):
            rows.append((next(cell.row for cell in cells if cell.value is not None), texts))
    return rows, sorted(flaws, key=lambda flaw: (flaw.line, flaw.at))


def _text(cell: object, say: Callable[[object], str], flaws: list[Flaw]) -> str:
    value = cell.value  # type: ignore[attr-defined]
    if value is None:
        return ""
    what = ""
    if cell.data_type == "e":  # type: ignore[attr-defined]
        what = "xlsx_error"
    elif isinstance(value, int | float) and abs(value) >= LONGEST_NUMBER:
        what = "xlsx_long_number"
    if what:
        flaws.append(Flaw(cell.row, cell.column - 1, what))  # type: ignore[attr-defined]
        return ""
    return ESCAPED.sub(_unescaped, value) if isinstance(value, str) else say(value)


def _unescaped(found: re.Match[str]) -> str:
    """The character that an escape stands for; what no text may hold stays as it is written."""
    character = chr(int(found[1], 16))
    return character if character.isprintable() or character.isspace() else found[0]


FORMAT = Format(name="xlsx", open=opened, signs=(packed.SIGN,), endings=(".xlsx",), sheets=sheets)
