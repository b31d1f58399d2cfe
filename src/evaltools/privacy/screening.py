"""The last look before anything leaves: files about to be published, and what an error message says.

Nothing here should ever find anything; it is there for the day when something upstream is wrong.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd

from evaltools.privacy import free_text
from evaltools.study.model import Study
from evaltools.study.schema import TABLES

PRIVATE_KINDS = ("id", "name", "text")
# drawing instructions in SVG, and pictures as text: what means nothing to a reader
DRAWING = re.compile(r"\b(?:d|points|transform|viewBox)=\\?\"[^\"]*\"|\bdata:image/[a-z+]+;base64,[A-Za-z0-9+/=]*")
TAG = re.compile(r"<[^>]*>")
PARAGRAPH_END = re.compile(r"</w:p>|</dc:|</cp:|/>")
HASH = re.compile(r"\b[0-9a-f]{64}\b")  # of a file, in a record: by chance it ends like an identity code
OWN = re.compile(r"\b[bcdfghjkmnpqrstv]{16}\b")  # a pseudonym
ESCAPED = re.compile(r"\\x([0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})")


def unfit(folder: Path) -> list[str]:
    """Files below a folder that hold a valid personal identity code, in any spelling; names relative to it.

    Workbooks, documents, Parquet and JSON are read as what they are, everything else as text.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path.relative_to(folder).as_posix() for path in files if any(map(_gives_away, texts(path)))]


def _gives_away(text: str) -> bool:
    """Whether a text holds an identity code; hashes of files and pseudonyms are our own, and known."""
    return free_text.identity_code(free_text.spelled(OWN.sub("", HASH.sub("", text))))


def texts(path: Path) -> Iterator[str]:
    """Every piece of text in a file, as a reader of it would see it."""
    match path.suffix:
        case ".parquet":
            frame = pd.read_parquet(path)
            yield from map(str, frame.columns)
            for column in frame.select_dtypes(exclude=["number", "bool", "datetime"]):
                yield from frame[column].dropna().astype("str").unique()
        case ".xlsx":
            with zipfile.ZipFile(path) as book:
                for name in book.namelist():
                    yield unescape(TAG.sub("\n", book.read(name).decode("utf-8", "replace")))
        case ".docx":
            with zipfile.ZipFile(path) as document:
                for name in (name for name in document.namelist() if name.endswith((".xml", ".rels"))):
                    text = PARAGRAPH_END.sub("\n", document.read(name).decode("utf-8", "replace"))
                    yield unescape(TAG.sub("", text))  # a word may be parted among runs
        case ".pdf" | ".png":  # their text is looked at before it is set, and in the SVG beside (`report.documents`)
            yield ""
        case ".ipynb" | ".json":
            yield from map(_read, _strings(json.loads(path.read_text(encoding="utf-8"))))
        case _:
            yield _read(path.read_bytes().decode("utf-8", "replace"))


def _read(markup: str) -> str:
    return unescape(DRAWING.sub("", markup))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        if value and all(isinstance(inner, str) for inner in value):
            yield "".join(value)  # a notebook keeps text as a list of lines
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str):
        yield value


# --- error messages --------------------------------------------------------------------------------------------------


def private_words(study: Study, raw: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Every word of the ids, names and texts in the typed exports, folded; ids without leading zeros too."""
    words: set[str] = set()
    for table, frame in raw.items():
        for column, spec in study.schema(table).items() if table in TABLES else ():
            if column in frame and spec.kind in PRIVATE_KINDS:
                for value in frame[column].dropna().unique():
                    found = _words(str(value))
                    words |= found | {word.lstrip("0") for word in found}
    return frozenset(words - {""})


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", free_text.fold(text)))


def may_show(message: str, private: frozenset[str]) -> bool:
    """Whether a message of an unforeseen error holds no word of the private ones and nothing the scanner finds."""
    whole = ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)), message)
    return not _words(whole) & private and not free_text.scan(whole)
