"""Guards of files that are zips of XML: they are looked at from outside before anything in them is unpacked."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

from evaltools.ingest.formats.types import RefusedError

SIGN = b"PK\x03\x04"
MOST_BYTES = 100_000_000  # of the file
MOST_EXPANDED = 200_000_000  # bytes of all members together
MOST_RATIO = 200  # expanded to packed, of members above RATIO_FROM bytes
RATIO_FROM = 1_000_000
MOST_MEMBERS = 2_000
MOST_DIRECTORY = 1_000_000  # bytes of the zip's table of contents
CHUNK = 65_536


def check_file(path: Path, broken: str) -> None:
    """The size, the first bytes, and the end record of the zip, which says how long its table of contents is.

    Raises RefusedError: ``broken`` where it is no sound zip.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise RefusedError("xlsx_too_large")
    with path.open("rb") as file:
        head = file.read(len(SIGN))
        file.seek(max(0, size - CHUNK - 22))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if head != SIGN or at < 0 or len(tail) < at + 22 or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        raise RefusedError(broken)
    members, directory = struct.unpack_from("<HI", tail, at + 10)
    if members > MOST_MEMBERS or directory > MOST_DIRECTORY:
        raise RefusedError("xlsx_too_large")


def check_members(archive: zipfile.ZipFile, needed: set[str], broken: str) -> list[str]:
    """The names of the members in small letters, of a zip that does not expand too far.

    Raises RefusedError: ``broken`` where a needed member is missing or a name stands twice.
    """
    members = archive.infolist()
    names = [member.filename.lower() for member in members]
    if len(set(names)) < len(names) or not needed <= set(names):
        raise RefusedError(broken)
    if any(member.flag_bits & 1 for member in members):
        raise RefusedError("encrypted")
    too_tight = any(m.file_size > max(RATIO_FROM, MOST_RATIO * m.compress_size) for m in members)
    if too_tight or len(members) > MOST_MEMBERS or sum(m.file_size for m in members) > MOST_EXPANDED:
        raise RefusedError("xlsx_too_large")
    return names


def with_members(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> bytes:
    """The zip with some members changed, unpacked."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as target:
        for name in archive.namelist():
            target.writestr(name, changed.get(name) or archive.read(name))
    return written.getvalue()
