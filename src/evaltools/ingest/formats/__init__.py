"""The registry of file formats: one module and one line each. Text with a delimiter is what fits no other's signs."""

from __future__ import annotations

from pathlib import Path

from evaltools.ingest.formats import delimited, parquet, xlsx
from evaltools.ingest.formats.types import Format
from evaltools.study.faults import Fault, StudyError, listed
from evaltools.study.model import Study
from evaltools.study.source_model import Source

FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        xlsx.FORMAT,
        parquet.FORMAT,
        delimited.FORMAT,  # the last: its files have no sign
    )
}
MOST_SIGN = max(len(sign) for each in FORMATS.values() for sign in each.signs)


def of(path: Path, source: Source) -> Format:
    """The format of a file: as its source says, else by the file's first bytes."""
    if source.format != "auto":
        return FORMATS[source.format]
    with path.open("rb") as file:
        head = file.read(MOST_SIGN)
    return next((each for each in FORMATS.values() if head.startswith(each.signs)), delimited.FORMAT)


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
