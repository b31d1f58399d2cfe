"""Text files with a delimiter: their encoding, their delimiter, their rows, and fast, their columns."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from evaltools.ingest.formats.types import Columns, Format, Opened, RefusedError, Row
from evaltools.study.source_model import Source

DELIMITERS = (";", ",", "\t", "|")
TOP = 40  # rows among which a heading is looked for
MOST_BYTES = 1_000_000_000
MOST_FIELD = csv.field_size_limit()  # characters of one cell
CODE_PAGES = ("mac_roman", "cp850", "cp1251", "cp1257", "cp1250", "cp1252")  # of equals the first
WESTERN = "åäöÅÄÖéÉüÜõÕæøÆØß’‘“”„–—…€§°½«»\N{NO-BREAK SPACE}"
LETTERS = {  # of each code page those that others do not have
    "cp1252": "àâçèêëíîïñóôùûáúÀÇÈÊšŠžŽ",
    "cp1257": "āčēģīķļņšūžąęėįųĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲ",
    "cp1250": "áčďéěíňóřšťúůýžąćęłńśźżŁŚŻČŘŠŽ",
    "cp1251": "".join(map(chr, range(0x410, 0x450))) + "ёЁіїєІЇЄ",
}
# bytes that are the same in cp1252 and cp1257, letters of Finnish, Swedish and Estonian among them; the rest of the
# pattern is what only another code page writes: Mac letters for marks, a capital or a mark within a word
SAME = bytes(b for b in range(0xA0, 256) if bytes([b]).decode("cp1252") == bytes([b]).decode("cp1257", "replace"))
LETTER = rb"[A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\xff]"
DOUBTFUL = re.compile(
    rb"[^\x00-\x7f\x80\x84\x85\x91-\x97" + re.escape(SAME.replace(b"\xa4", b"")) + rb"]"
    rb"|(?<=" + LETTER + rb")\x80|\x80(?=" + LETTER + rb")|\x85(?=" + LETTER + rb")"
    rb"|(?<=[a-z\xdf-\xff])[\xc0-\xd6\xd8-\xde]|(?<=" + LETTER + rb")[\x84\x93\x94](?=" + LETTER + rb")"
)
QUOTE = re.compile(rb"[\x84\x93\x94]")
QUOTED_LINE = re.compile(rb"[^\r\n]*[\x84\x93\x94][^\r\n]*")
MIXED_SCRIPTS = re.compile(r"[A-Za-z][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-z]")
UTF7 = re.compile(rb"\+A[A-Za-z0-9/]{2,}-")
HIGH = bytes(range(0xA0, 256))
CONTROLS = re.compile(rb"\xc2[\x80-\x84\x86-\x9f]")  # in UTF-8, but for the line end of mainframes
LINE_END = re.compile(r"\r\n|\r|\n")
UTF8 = ("utf-8", "utf-8-sig")
UTF16 = (b"\xff\xfe", b"\xfe\xff")
SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace())  # what str.strip takes off


def squeezed(heading: str) -> str:
    """A heading with every run of white space as one space: exports break long questions over lines."""
    return " ".join(heading.split())


def text_of(path: Path, encoding: str) -> tuple[bytes, str]:
    """A file's text in UTF-8 without its byte order mark, and its encoding; ``auto`` finds it by mark and validity.

    Raises RefusedError with the line of the first byte that does not fit, and of NUL characters.
    """
    if path.stat().st_size > MOST_BYTES:
        raise RefusedError("file_too_large")
    raw = path.read_bytes()
    if encoding == "auto":
        encoding = guess_encoding(raw)
    try:
        content = raw.decode(encoding)
        # what is UTF-8 already is kept as it stands
        encoded = raw if codecs.lookup(encoding).name in UTF8 else content.encode("utf-8")
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        line = raw[:start].count(b"\n") + 1
        if _is_utf8(raw):
            raise RefusedError("unclear_encoding", line, encoding="utf-8") from None
        raise RefusedError("not_encoded", line, encoding=encoding) from None
    encoded = encoded.removeprefix(codecs.BOM_UTF8)
    _told_otherwise(raw, encoded, encoding)
    if b"\0" in encoded:
        raise RefusedError("not_csv", encoded[: encoded.index(b"\0")].count(b"\n") + 1)
    return encoded, encoding


def _told_otherwise(raw: bytes, encoded: bytes, encoding: str) -> None:
    """Refuse a text whose bytes show that it has another encoding than its source says: valid UTF-8 read by a code
    page, control characters for letters, letters written in UTF-7."""
    name = codecs.lookup(encoding).name
    letters = HIGH.decode(encoding, "replace")
    if not raw.isascii() and len(letters) == len(HIGH) and letters.count("\ufffd") < len(HIGH) // 2:  # a byte a letter
        other = "utf-8" if _is_utf8(raw) else "cp1252" if CONTROLS.search(encoded) else ""
        if other:
            first = next(at for at, byte in enumerate(raw) if byte > 127)
            raise RefusedError("unclear_encoding", _line(raw, first), encoding=other)
    if b"+A" in encoded and name != "utf-7":
        found = next((m for m in UTF7.finditer(encoded) if _letters_of_utf7(m[0])), None)
        if found:
            raise RefusedError("unclear_encoding", _line(encoded, found.start()), encoding="utf-7")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _letters_of_utf7(found: bytes) -> bool:
    """Whether what looks like UTF-7 stands for letters beyond ASCII."""
    try:
        return all(c.isalpha() and not c.isascii() for c in found.decode("utf-7"))
    except UnicodeDecodeError:
        return False


def guess_encoding(raw: bytes) -> str:
    """utf-16 by its mark, utf-8 where all bytes are valid, else cp1252 where the letters can be nothing else.

    Raises RefusedError where bytes of both stand in one file, since what either would make of the other's letters is
    wrong; and where another code page (of a Mac, of DOS, Baltic) would read other letters: it names the likeliest.
    """
    if raw.startswith(UTF16):
        return "utf-16"
    try:
        raw.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        line = _line(raw, error.start)
    if raw.startswith(codecs.BOM_UTF8) or _holds_utf8(raw):
        raise RefusedError("mixed_encodings", line)
    doubtful = _doubtful(raw)
    if doubtful is not None:
        raise RefusedError("unclear_encoding", _line(raw, doubtful), encoding=_likeliest(raw))
    return "cp1252"


def _line(raw: bytes, at: int) -> int:
    """The line of a byte, as editors count: by line feeds, in a file of a Mac by carriage returns."""
    return raw[:at].count(b"\n" if b"\n" in raw else b"\r") + 1


def _doubtful(raw: bytes) -> int | None:
    """Where a byte stands that cp1252 would read as another letter than the writer may have meant; None if nowhere."""
    found = DOUBTFUL.search(raw)
    if found:
        return found.start()
    for line in QUOTED_LINE.finditer(raw):
        marks = list(QUOTE.finditer(line[0]))
        # a DOS code page has letters where cp1252 has quotation marks: those of a text come in pairs
        if len(marks) % 2 or line[0][marks[0].start() - 1 : marks[0].start()].isalpha():
            return line.start() + marks[0].start()
    return None


def _likeliest(raw: bytes) -> str:
    """The code page under which most of the letters are such as its languages have."""

    def fit(encoding: str) -> int:
        text = raw.decode(encoding, "replace")
        special = [c for c in text if not c.isascii()]
        if MIXED_SCRIPTS.search(text):
            return -len(special)
        return sum(c in WESTERN + LETTERS.get(encoding, "") for c in special) - text.count("\ufffd")

    return max(CODE_PAGES, key=fit)


def _holds_utf8(raw: bytes) -> bool:
    """Whether letters of UTF-8 stand among bytes that are not (ä as two bytes, where cp1252 has one)."""
    for line in raw.split(b"\n"):
        if not line.isascii():
            try:
                line.decode("utf-8")
                return True
            except UnicodeDecodeError:
                continue
    return False


def guess_delimiter(content: bytes, wanted: Iterable[str] = ()) -> str:
    """The delimiter under which a row near the top holds most of the wanted headings, then most rows are as wide."""
    wanted = {squeezed(heading) for heading in wanted}

    def fit(delimiter: str) -> tuple[int, int, int]:
        rows: list[list[str]] = []
        try:
            rows.extend(cells for _, cells in islice(csv_rows(content, delimiter), TOP))
        except RefusedError:
            if not rows:
                return (-1, 0, 0)
        widths = Counter(len(cells) for cells in rows if len(cells) > 1)
        width, many = max(widths.items(), key=lambda pair: pair[::-1], default=(0, 0))
        return (max((len(wanted & set(map(squeezed, cells))) for cells in rows), default=0), many, width)

    return max(DELIMITERS, key=fit)


def csv_rows(content: bytes, delimiter: str, lone: list[int] | None = None) -> Iterator[Row]:
    """Rows of a text in UTF-8 with the line each starts on, those without any value left out.

    ``lone`` gets the lines of rows with a lone quotation mark in a cell that is not quoted. Raises RefusedError where
    the text is not CSV, and where a quotation mark has swallowed the rows below it.
    """
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    read: list[str] = []  # the lines of the row
    marked = lone is not None and b'"' in content
    reader = csv.reader(_kept(lines, read) if marked else lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                if reader.line_num > start and _swallows(row, delimiter):
                    raise RefusedError("swallowed_rows", start, last=str(reader.line_num))
                if lone is not None and marked and _has_lone_mark(row, "".join(read)):
                    lone.append(start)
                yield start, row
            start = reader.line_num + 1
            read.clear()
    except csv.Error:
        raise RefusedError("not_csv", start) from None


def _kept(lines: Iterable[str], read: list[str]) -> Iterator[str]:
    for line in lines:
        read.append(line)
        yield line


def _has_lone_mark(row: list[str], written: str) -> bool:
    """Whether some cell holds an odd number of quotation marks and is not itself written in such marks."""
    odd = [cell for cell in row if cell.count('"') % 2]
    return any(f'"{cell.replace(chr(34), chr(34) * 2)}"' not in written for cell in odd)


def _swallows(row: list[str], delimiter: str) -> bool:
    """Whether a cell over several lines holds just as many delimiters as the rows would have that it swallowed.

    Those of prose are followed by a space and do not count as such.
    """
    each = len(row) - 1
    bare = re.compile(re.escape(delimiter) + r"(?![\s()])")
    for cell in row:
        _, *others = LINE_END.split(cell)
        if not others or not each:
            continue
        ends = 1 + sum(map(bool, map(str.strip, others[:-1])))  # blank lines are no rows
        if cell.count(delimiter) == ends * each and bare.search(cell):
            return True
    return False


def unfinished(content: bytes) -> int | None:
    """The last line of a text that does not end with a line end, as where a file was cut off; None of others."""
    if not content or content.endswith((b"\n", b"\r")):
        return None
    return _line(content, len(content))


# --- columns at once -----------------------------------------------------------------------------------------------


def columns(content: bytes, delimiter: str, after: int, width: int, places: Iterable[int]) -> Columns | None:
    """The columns at some places of a text without quotation marks, white space around cells taken off, and the line
    of each row; blank lines are left out.

    Parameters
    ----------
    content : the text in UTF-8
    delimiter : one character
    after : the line of the heading; rows begin below it
    width : of the heading; places : counted from 0

    Returns
    -------
    None where only ``csv_rows`` can say what stands there: with quotation marks, lone carriage returns, cells too
    long, rows of another width or without any value.
    """
    if b'"' in content or content.count(b"\r") != content.count(b"\r\n") or len(delimiter.encode()) > 1:
        return None
    raw = np.frombuffer(content, dtype=np.uint8)
    starts, lines, longest = _lines(raw)
    first = int(np.searchsorted(lines, after, side="right"))
    if longest > MOST_FIELD or len(starts) <= first or _has_blanks(content, delimiter):
        return None
    names = [str(place) for place in range(width)]
    wanted = [str(place) for place in places]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(raw[starts[first] :]),
            read_options=arrow_csv.ReadOptions(column_names=names),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, quote_char=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False, include_columns=wanted
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(starts) - first:
        return None
    return {int(name): pc.utf8_trim(table[name], characters=SPACES) for name in wanted}, lines[first:]


def _has_blanks(content: bytes, delimiter: str) -> bool:
    """Whether some line holds nothing but delimiters."""
    if not any(b"\n" + first in content for first in (delimiter.encode(), b" ", b"\t")):
        return False  # told at once of most files
    mark = re.escape(delimiter.encode())
    return re.search(rb"^[ \t]*%b(?:[ \t]|%b)*\r?$" % (mark, mark), content, re.M) is not None


def _lines(raw: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """Where every line that is not blank starts, its number from 1, and the length of the longest."""
    ends = np.flatnonzero(raw == ord("\n"))
    starts = np.concatenate(([0], ends + 1))
    lengths = np.append(ends, len(raw)) - starts
    returns = raw[np.clip(starts + lengths - 1, 0, len(raw) - 1)] == ord("\r")
    held = lengths - (returns & (lengths > 0))
    full = held > 0
    return starts[full], np.flatnonzero(full) + 1, int(held.max(initial=0))


# --- the format ------------------------------------------------------------------------------------------------------


def opened(path: Path, source: Source) -> Opened:
    """A text with a delimiter, its columns read at once where it is plain."""
    content, _ = text_of(path, source.encoding)
    delimiter = source.delimiter
    if delimiter == "auto":
        choices = [*source.columns.values(), *(h for codes in source.options.values() for h in codes.values())]
        delimiter = guess_delimiter(content, [heading for choice in (*choices, *source.key) for heading in choice])
    lone: list[int] = []
    return Opened(
        csv_rows(content, delimiter, lone),
        unfinished=unfinished(content),
        at_once=lambda last, width, places: columns(content, delimiter, last, width, places),
        lone_marks=lone,
    )


FORMAT = Format(name="csv", open=opened, endings=(".csv", ".tsv", ".txt"))
