"""OpenDocument spreadsheets (.ods), read with expat alone behind the guards of the workbook reader.

Libraries expand what a file only says to repeat: a file of one kilobyte then takes gigabytes. Here repeated rows and
cells are counted before they are made.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from pathlib import Path
from xml.parsers import expat

from evaltools.ingest.formats import packed
from evaltools.ingest.formats.sheets import LONGEST_NUMBER, MOST_COLUMNS, Sheet, check_place, lister, opener
from evaltools.ingest.formats.types import Flaw, Format, RefusedError, Sayer

MIME = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"  # at byte 30 of the zip
CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
MACROS = re.compile(r"^(basic|scripts)/", re.I)
ERROR = re.compile(r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|Err:[0-9]+")
DURATION = re.compile(r"(-?)PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?")
LINKED = {"table:table-source", "table:cell-range-source", "office:dde-source"}
NOT_THE_CELL = {"office:annotation", "text:note", "text:ruby-text", "draw:frame", "draw:custom-shape", "draw:g"}


def sheets(path: Path, say: Sayer) -> list[Sheet]:
    """Every sheet of an .ods file, its cells as text.

    Numbers, days and truth values are written as the source writes them, like those of XLSX; a percentage is its
    number (25 % is 0.25). Comments and drawings inside a cell are left out.

    Raises
    ------
    RefusedError
        A file that is no such spreadsheet, encrypted, too large or too far spread, or that holds macros, links to
        other files or a document type declaration.
    """
    packed.check_file(path, "not_ods")
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive)
            reader = _Reader(say)
            with archive.open(CONTENT) as file:
                while chunk := file.read(packed.CHUNK):
                    reader.parser.Parse(chunk)
                reader.parser.Parse(b"", True)
    except RefusedError:
        raise
    except Exception:  # zipfile, zlib and expat raise whatever a broken file leads them to
        raise RefusedError("not_ods") from None
    if not reader.sheets:
        raise RefusedError("not_ods")
    return reader.sheets


def _check(archive: zipfile.ZipFile) -> None:
    names = packed.check_members(archive, {CONTENT, MANIFEST.lower()}, "not_ods")
    with archive.open(MANIFEST) as file:
        if b"encryption-data" in file.read(packed.RATIO_FROM):
            raise RefusedError("encrypted")
    if any(MACROS.match(name) for name in names):
        raise RefusedError("xlsx_macro")


class _Reader:
    """Handlers of the parser: one sheet after another, cells counted before they are made."""

    def __init__(self, say: Sayer):
        self.say = say
        self.sheets: list[Sheet] = []
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.line = self.seen = self.aside = 0
        self.column = 0  # of those that are described before the rows
        self.row: list[str] = []
        self.unseen = False  # the row
        self.many = self.pending = 0  # how often the row stands; empty cells not yet made
        self.cell: dict[str, str] | None = None
        self.words: list[str] = []
        self.paragraphs = 0
        self.inside = False  # a paragraph of the cell
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse_doctype(self, *_: object) -> None:
        raise RefusedError("xlsx_doctype")

    def _start(self, tag: str, said: dict[str, str]) -> None:
        if self.aside or (self.cell is not None and tag in NOT_THE_CELL):
            self.aside += 1
        elif tag in LINKED:
            raise RefusedError("xlsx_external")
        elif tag == "style:style":
            self.style = said.get("style:name", "")
        elif tag == "style:table-properties" and said.get("table:display") == "false":
            self.hidden_styles.add(self.style)
        elif tag == "table:table":
            self._start_sheet(said)
        elif tag == "table:table-column":
            self._describe_column(said)
        elif tag == "table:table-row":
            self.row, self.pending = [], 0
            self.unseen = _is_unseen(said)
            self.many = _repeated(said, "table:number-rows-repeated")
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.cell, self.words, self.paragraphs = said, [], 0
        elif self.cell is not None:
            self._start_words(tag, said)

    def _start_sheet(self, said: dict[str, str]) -> None:
        if self.cell is not None:  # a table inside a cell
            raise RefusedError("not_ods")
        self.sheets.append(Sheet(said.get("table:name", ""), said.get("table:style-name") in self.hidden_styles))
        self.line = self.column = 0

    def _describe_column(self, said: dict[str, str]) -> None:
        first, self.column = self.column + 1, self.column + _repeated(said, "table:number-columns-repeated")
        if self.sheets and _is_unseen(said):
            self.sheets[-1].hidden_columns |= set(range(first, min(self.column, MOST_COLUMNS) + 1))

    def _start_words(self, tag: str, said: dict[str, str]) -> None:
        if tag in ("text:p", "text:h"):
            self.words += ["\n"] if self.paragraphs else []
            self.paragraphs += 1
            self.inside = True
        elif tag == "text:s":
            self.words.append(" " * min(_repeated(said, "text:c"), 1000))
        elif tag in ("text:tab", "text:line-break"):
            self.words.append("\t" if tag == "text:tab" else "\n")

    def _text(self, words: str) -> None:
        if self.cell is not None and self.inside and not self.aside:
            self.words.append(words)

    def _end(self, tag: str) -> None:
        if self.aside:
            self.aside -= 1
        elif tag in ("text:p", "text:h"):
            self.inside = False
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self._end_cell()
        elif tag == "table:table-row":
            self._end_row()

    def _end_cell(self) -> None:
        said, self.cell = self.cell, None
        if said is None or not self.sheets:
            raise RefusedError("not_ods")
        many = _repeated(said, "table:number-columns-repeated")
        place = self.line + 1, len(self.row) + self.pending + 1
        text = self._value(said, "".join(self.words), place)
        if not text:
            self.pending += many
            return
        self._count(place[0], place[1] + many - 1, many)
        self.row += [""] * self.pending + [text] * many
        self.pending = 0

    def _count(self, line: int, column: int, cells: int) -> None:
        self.seen += cells
        check_place(line, column, self.seen)

    def _end_row(self) -> None:
        if self.row:
            self._count(self.line + self.many, len(self.row), len(self.row) * (self.many - 1))
            lines = range(self.line + 1, self.line + self.many + 1)
            self.sheets[-1].rows += [(line, list(self.row)) for line in lines]
            self.sheets[-1].hidden_rows |= set(lines) if self.unseen else set()
        self.line += self.many

    def _value(self, said: dict[str, str], words: str, place: tuple[int, int]) -> str:
        """A cell as text; what cannot be read for what it is, is a flaw of its sheet."""
        kind, formula = said.get("office:value-type", ""), "table:formula" in said
        self._note_merged(said, place)
        if said.get("calcext:value-type") == "error" or (formula and ERROR.fullmatch(words)):
            return self._flaw(place, "xlsx_error")
        if formula and not kind:
            return self._flaw(place, "xlsx_formula")
        match kind:
            case "float" | "percentage" | "currency":
                number = float(said["office:value"])
                if abs(number) >= LONGEST_NUMBER:
                    return self._flaw(place, "xlsx_long_number")
                return self.say(number)
            case "date":
                return self.say(_moment(said["office:date-value"]))
            case "time":
                return _time(said["office:time-value"])
            case "boolean":
                return self.say(said["office:boolean-value"] == "true")
            case _:
                return said.get("office:string-value", words)

    def _flaw(self, place: tuple[int, int], what: str) -> str:
        self.sheets[-1].flaws.append(Flaw(place[0], place[1] - 1, what))
        return ""

    def _note_merged(self, said: dict[str, str], place: tuple[int, int]) -> None:
        wide, high = (_repeated(said, f"table:number-{of}-spanned") for of in ("columns", "rows"))
        if wide > 1 or high > 1:
            self.sheets[-1].merged.append((place, (place[0] + high - 1, place[1] + wide - 1)))


def _is_unseen(said: dict[str, str]) -> bool:
    """Whether a row or column is hidden, by hand or by a filter."""
    return said.get("table:visibility", "visible") != "visible"


def _repeated(said: dict[str, str], name: str) -> int:
    return max(1, int(said.get(name, "1")))


def _moment(text: str) -> dt.date | dt.datetime:
    return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)


def _time(text: str) -> str:
    """A time of day or a duration as XLSX gives it: 13:04:00."""
    found = DURATION.fullmatch(text)
    if not found:
        raise ValueError("no duration")
    sign, *parts = found.groups(default="0")
    hours, minutes, seconds = map(int, parts[:3])
    return f"{sign.strip('0')}{hours:02d}:{minutes:02d}:{seconds:02d}"


FORMAT = Format(
    name="ods", open=opener(sheets), signs=(packed.SIGN,), within=(30, MIME), endings=(".ods",), sheets=lister(sheets)
)
