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
C1 = frozenset(map(chr, range(0x80, 0xA0)))  # control characters that no export writes
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
        raise RefusedError("not_encoded", line, encoding=encoding) from None
    encoded = encoded.removeprefix(codecs.BOM_UTF8)
    if b"\0" in encoded:
        raise RefusedError("not_csv", encoded[: encoded.index(b"\0")].count(b"\n") + 1)
    return encoded, encoding


def guess_encoding(raw: bytes) -> str:
    """utf-16 by its mark, utf-8 where all bytes are valid, else cp1252 where that leaves no control characters.

    Raises RefusedError where bytes of both stand in one file: what either would make of the other's letters is wrong.
    """
    if raw.startswith(UTF16):
        return "utf-16"
    try:
        raw.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
    try:
        content = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        raise RefusedError("not_encoded", raw[: error.start].count(b"\n") + 1, encoding="utf-8 / cp1252") from None
    if raw.startswith(b"\xef\xbb\xbf") or _holds_utf8(raw) or C1 & set(content):
        raise RefusedError("mixed_encodings", line)
    return "cp1252"


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


def csv_rows(content: bytes, delimiter: str) -> Iterator[Row]:
    """Rows of a text in UTF-8 with the line each starts on, those without any value left out.

    Raises RefusedError where the text is not CSV.
    """
    lines = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield start, row
            start = reader.line_num + 1
    except csv.Error:
        raise RefusedError("not_csv", start) from None


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
        delimiter = guess_delimiter(content, [heading for choice in choices for heading in choice] + source.key)
    return Opened(
        csv_rows(content, delimiter),
        at_once=lambda last, width, places: columns(content, delimiter, last, width, places),
    )


FORMAT = Format(name="csv", open=opened, endings=(".csv", ".tsv", ".txt"))
