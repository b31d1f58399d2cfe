"""The registry of file formats: one module and one line each. Text with a delimiter is what fits no other's signs."""

from __future__ import annotations

from pathlib import Path

from evaltools.ingest.formats import delimited, excel97, opendocument, parquet, statistical, unread, xlsx
from evaltools.ingest.formats.types import Format, RefusedError
from evaltools.study.faults import Fault, StudyError, listed
from evaltools.study.model import Study
from evaltools.study.source_model import Source

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        xlsx.FORMAT,
        opendocument.FORMAT,
        excel97.FORMAT,
        statistical.SAV,
        statistical.DTA,
        parquet.FORMAT,
        delimited.FORMAT,  # the last: its files have no sign
    )
}
HEAD = 128


def of(path: Path, source: Source) -> Format:
    """The format of a file: as its source says, else by the file's first bytes, and where two begin alike its name.

    Raises RefusedError, naming the format, where it is one that is not read.
    """
    named = unread.name(path)
    if named:
        raise RefusedError("format_unread", found=named)
    if source.format != "auto":
        return FORMATS[source.format]
    with path.open("rb") as file:
        head = file.read(HEAD)
    fitting = [each for each in FORMATS.values() if head.startswith(each.signs)]
    return max(fitting, key=lambda each: _sureness(each, head, path), default=delimited.FORMAT)


def _sureness(each: Format, head: bytes, path: Path) -> tuple[bool, bool]:
    at, sign = each.within
    return bool(sign) and head[at:].startswith(sign), path.suffix.lower() in each.endings


def check(study: Study) -> None:
    """Raise StudyError where a source names a format that is not read."""
    known = listed(["auto", *FORMATS])
    faults = [
        Fault(f"sources.{i}.format", "unknown_reference", {"id": source.format, "known": known})
        for i, source in enumerate(study.sources)
        if source.format not in ("auto", *FORMATS)
    ]
    if faults:
        raise StudyError(f"{study.id}/study.toml", faults)
