"""What the notebooks of one run hand on to each other: tables, read and noted when they are looked at; result rows.

``$EVALTOOLS_WORKSPACE`` names the folder. All that is written in a run is written here; a session only computes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pandas as pd

from evaltools import settings
from evaltools.disclosure import release_log
from evaltools.disclosure.release_log import Published
from evaltools.ingest import tidy
from evaltools.report.document import Table
from evaltools.report.render import spreadsheet

READS = "reads"  # folder: which files of the workspace each section looked at
SAYS = "says"  # folder: of which keys of the catalogue each notebook asked the text
TIDY, EXACT, SHOWN = "tidy", "counts/exact", "counts/shown"  # tables, and counts before and after protection
TABLES_OF = "tidy_of"  # of which study and term the tables and counts are; written last
FILES = "files"  # stands for the exports, where it is noted what a section read
PREVIOUS = "previous"  # folder: the same of the term before
RESULTS = "results"  # folder: the rows of each section
BETWEEN = "between"  # beside those of the term before: who answered in which of the two terms
KEY_ID = "key_id"


class Tables(Mapping[str, pd.DataFrame]):
    """Tables that an earlier notebook left in a folder, each read and noted when it is looked at.

    To ask whether a table is there, or which there are, is noted as well.
    """

    def __init__(self, workspace: Path, folder: str, noted: set[str]):
        self._folder, self._name, self._noted = workspace / folder, folder, noted
        self._read: dict[str, pd.DataFrame] = {}

    def _file(self, table: object) -> Path:
        self._noted.add(f"{self._name}/{table}.parquet")
        return self._folder / f"{table}.parquet"

    def __getitem__(self, table: str) -> pd.DataFrame:
        file = self._file(table)
        if table not in self._read:
            if not file.is_file():
                raise KeyError(table)
            self._read[table] = pd.read_parquet(file)
        return self._read[table]

    def __contains__(self, table: object) -> bool:
        return self._file(table).is_file()

    def __iter__(self) -> Iterator[str]:
        self._noted.add(f"{self._name}/*")
        return iter(sorted(path.stem for path in self._folder.glob("*.parquet")))

    def __len__(self) -> int:
        return len(list(iter(self)))


@dataclass(frozen=True)
class Workspace:
    """The folder of one run, and which of its files were looked at from here."""

    folder: Path
    noted: set[str] = field(default_factory=set)

    @property
    def ledger(self) -> Path:
        """The run's own copy of the ledger, so that its notebooks agree on what was published."""
        return self.folder / release_log.LEDGER

    def tables(self, of: str, name: str, previous: bool = False) -> Tables | None:
        """The tables of that name that the first notebook left; None where it has left none of this study and term.

        ``of`` names both; ``previous`` asks for those of the term before.
        """
        place = PREVIOUS if previous else ""
        mark = self.folder / place / TABLES_OF
        if not (mark.is_file() and mark.read_text(encoding="utf-8") == of):
            return None
        return Tables(self.folder, (Path(place) / name).as_posix(), self.noted)

    def hand_on(self, of: str, tables: Mapping[str, Mapping[str, pd.DataFrame]], previous: bool = False) -> None:
        """Leave tables and counts (by ``TIDY``, ``EXACT``, ``SHOWN``) to the other notebooks; the mark comes last."""
        folder = self.folder / PREVIOUS if previous else self.folder
        for name, frames in tables.items():
            tidy.write(dict(frames.items()), folder / name)
        (folder / TABLES_OF).write_text(of, encoding="utf-8")

    def publish(self, releases: Sequence[Published]) -> None:
        """Note releases in the run's own copy of the ledger."""
        release_log.append(self.ledger, releases)

    def note_key(self, key_id: str) -> None:
        (self.folder / KEY_ID).write_text(key_id, encoding="utf-8")

    def record(
        self,
        section: str,
        rows: pd.DataFrame,
        tables: list[Table],
        notes: list[str],
        whole: list[Table] | None = None,
    ) -> None:
        """Leave a section's rows and tables, and which files it looked at. What stands already is left as it is:
        a notebook of the study's own may show the same section at the same time."""
        with_tables = self._beside("tables", section)
        spreadsheet.write(tables, with_tables, notes, whole)
        _enter(with_tables, self.folder / "tables" / section)
        self._write_rows(rows, RESULTS, section)
        if FILES not in self.noted:
            note(self.folder, section, self.noted)

    def recorded(self, sections: Sequence[str]) -> pd.DataFrame | None:
        """The rows of these sections in their order; None where one of them has not been recorded."""
        files = [self.folder / RESULTS / f"{section}.parquet" for section in sections]
        if not all(file.is_file() for file in files):
            return None
        self.noted.update(f"{RESULTS}/{file.name}" for file in files)
        return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)

    def record_previous(self, rows: pd.DataFrame, between: pd.DataFrame | None = None) -> None:
        """Leave the results of the term before, and counts of what moved since, to the final report."""
        if between is not None:
            self._write_rows(between, PREVIOUS, BETWEEN)
        self._write_rows(rows, PREVIOUS, RESULTS)

    def previous(self) -> pd.DataFrame | None:
        """The results of the term before, where they were left."""
        return self._left(RESULTS)

    def between(self) -> pd.DataFrame | None:
        """Counts of who answered in which of the two terms, where they were left."""
        return self._left(BETWEEN)

    def _left(self, name: str) -> pd.DataFrame | None:
        file = self.folder / PREVIOUS / f"{name}.parquet"
        if not file.is_file():
            return None
        self.noted.add(f"{PREVIOUS}/{file.name}")
        return pd.read_parquet(file)

    def _beside(self, folder: str, name: str) -> Path:
        """A place in a folder of the workspace for what is to appear there whole."""
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        return self.folder / folder / f".new.{uuid4().hex}.{name}"

    def _write_rows(self, rows: pd.DataFrame, folder: str, name: str) -> None:
        new = self._beside(folder, name)
        rows.to_parquet(new, index=False)
        new.replace(self.folder / folder / f"{name}.parquet")


def _enter(new: Path, destination: Path) -> None:
    """Rename a folder to its destination unless that stands already."""
    try:
        new.rename(destination)
    except OSError:
        for path in [*new.iterdir()]:
            path.unlink()
        new.rmdir()


def of_run() -> Workspace | None:
    """The workspace of the run that this process belongs to; None outside one."""
    folder = settings.workspace()
    return Workspace(folder) if folder else None


def note(workspace: Path, section: str, noted: set[str]) -> None:
    """Leave word of which files of the workspace a section looked at."""
    (workspace / READS).mkdir(exist_ok=True)
    (workspace / READS / f"{section}.json").write_text(json.dumps(sorted(noted)), encoding="utf-8")


def note_texts(workspace: Path, notebook: str, keys: Sequence[str]) -> None:
    """Leave word of which texts a notebook asked the catalogue for, by their keys."""
    (workspace / SAYS).mkdir(exist_ok=True)
    (workspace / SAYS / f"{notebook}.json").write_text(json.dumps(keys), encoding="utf-8")
