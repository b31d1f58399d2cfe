"""Formats that people have and that are not read: each is known by its first bytes, so that a message can name it."""

from __future__ import annotations

import re
from pathlib import Path

HEAD = 4096
TAIL = 65_536
SIGNS: dict[bytes, str] = {
    b"%PDF": "PDF",
    b"$FL3": "SPSS .zsav",
    b"RDX3\n": "R .RData",
    b"RDX2\n": "R .RData",
    b"SQLite format 3": "SQLite",
    b"\x1f\x8b": "gzip (.gz, .rds)",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"HEADER RECORD*******LIBRARY": "SAS .xpt",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"{\\rtf": "RTF",
    b"\x09\x08": "Excel 5",
    b"\x09\x04": "Excel 4",
    b"ARROW1\0\0": "Arrow / Feather",
}
SAS = b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11"  # at 12
TEXTS = (  # of text without white space and byte order mark at its beginning
    (re.compile(rb'\{\s*["}]|\[\s*[\[{"\]]'), "JSON"),
    (re.compile(rb"<(!doctype\s+html|html|head|body|table|meta)\b", re.I), "HTML"),
    (re.compile(rb"<\?xml|<[a-z]+[ :>]", re.I), "XML"),
)
MEMBERS = {  # what a zip of the kind holds
    b"xl/workbook.bin": "Excel .xlsb",
    b"word/document.xml": "Word .docx",
    b"ppt/presentation.xml": "PowerPoint .pptx",
    b"Index/Document.iwa": "Numbers",
    b"mimetypeapplication/vnd.oasis.opendocument.text": "OpenDocument .odt",
}
PORTABLE = b"ASCII SPSS PORT FILE"


def name(path: Path) -> str:
    """What a file is that is not read; empty where it is nothing of the kind."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(max(0, path.stat().st_size - TAIL))
        tail = file.read()
    if head.startswith(b"PK"):
        return next((name for sign, name in MEMBERS.items() if sign in tail or sign in head), "")
    found = next((name for sign, name in SIGNS.items() if head.startswith(sign)), "")
    if found or SAS in head[:40]:
        return found or "SAS .sas7bdat"
    if PORTABLE in head:
        return "SPSS .por"
    text = head.decode("utf-16", "replace").encode() if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head
    text = text.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((name for pattern, name in TEXTS if pattern.match(text)), "")
