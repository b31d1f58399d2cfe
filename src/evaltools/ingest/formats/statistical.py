"""SPSS (.sav) and Stata (.dta) files: their values as text, with the labels that the files give them.

A labelled value becomes its label (or its number, with ``value_labels = false`` in the source). A value that the file
declares missing but names all the same is kept as it was given, so that "cannot say" does not fall together with no
answer. The library that reads these files ends its process on some that are damaged: it runs in a process of its own
(``statistical_process``), with limits of memory and time.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaltools.ingest.formats.sheets import LONGEST_NUMBER, MOST_CELLS
from evaltools.ingest.formats.types import Flaw, Format, Opened, RefusedError, Sayer
from evaltools.study.source_model import Source

MOST_BYTES = 500_000_000
MOST_SECONDS = 120
PROCESS = Path(__file__).with_name("statistical_process.py")
TOO_MUCH = 3  # the exit code of a process that refuses what it read as too large
TYPED = {"day": dt.date.fromisoformat, "moment": dt.datetime.fromisoformat}


@dataclass(frozen=True)
class Table:
    """A file's variables: their names, what the file says each asks, the labels of values, and the values."""

    names: list[str]
    wording: dict[str, str]
    labels: dict[str, dict[Any, str]]
    columns: list[list[Any]]

    def texts(self, say: Sayer, labelled: bool) -> tuple[list[list[str]], list[Flaw]]:
        """The rows as text, missing values empty, and numbers of more digits than the file can keep."""
        columns, flaws = [], []
        for at, (name, values) in enumerate(zip(self.names, self.columns, strict=True)):
            labels = self.labels.get(name, {})
            long = {v for v in values if isinstance(v, float) and abs(v) >= LONGEST_NUMBER} - set(labels)
            known = {v: "" if v in long else say(v) for v in dict.fromkeys(values) if v is not None}
            known |= labels if labelled else {}
            columns.append([known.get(value, "") for value in values])
            flaws += [Flaw(line, at, "xlsx_long_number") for line, v in enumerate(values, start=2) if v in long]
        return [list(row) for row in zip(*columns, strict=True)], flaws


def _typed(value: Any) -> Any:
    return TYPED[value[0]](value[1]) if isinstance(value, list) else value


def read(path: Path, kind: str) -> Table:
    """An SPSS (``kind`` sav) or Stata (dta) file; system-missing values are None.

    Raises RefusedError where it is too large, or no sound file of its kind.
    """
    if path.stat().st_size > MOST_BYTES:
        raise RefusedError("file_too_large")
    command = [sys.executable, "-P", str(PROCESS), str(path.resolve()), kind, str(MOST_CELLS)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise RefusedError("file_too_large") from None
    if done.returncode == TOO_MUCH:
        raise RefusedError("file_too_large")
    if done.returncode != 0:  # below zero: the process was ended by a signal
        raise RefusedError(f"not_{kind}")
    try:
        said = json.loads(done.stdout)
        labels = {name: {value: label for value, label in pairs} for name, pairs in said["labels"].items()}
        columns = [list(map(_typed, values)) for values in said["columns"]]
    except (ValueError, KeyError, TypeError):  # the file made something else of the process
        raise RefusedError(f"not_{kind}") from None
    if len({len(values) for values in columns}) > 1 or len(columns) != len(said["names"]):
        raise RefusedError(f"not_{kind}")
    return Table(said["names"], said["wording"], labels, columns)


def _opener(kind: str) -> Callable[[Path, Source], Opened]:
    def opened(path: Path, source: Source) -> Opened:
        table = read(path, kind)
        rows, flaws = table.texts(Sayer.of(source), source.value_labels)
        return Opened(enumerate([table.names, *rows], start=1), flaws)

    return opened


SAV = Format(name="sav", open=_opener("sav"), signs=(b"$FL2",), endings=(".sav",))
DTA = Format(
    name="dta",
    open=_opener("dta"),
    signs=(b"<stata_dta>", b"\x72\x01\x01", b"\x72\x02\x01", b"\x73\x01\x01", b"\x73\x02\x01"),
    endings=(".dta",),
)
