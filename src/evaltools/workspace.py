"""What the first notebook of a run hands on to the others: tables, read and noted when they are looked at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

READS = "reads"  # folder of the workspace: which of its files each section looked at


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


def note(workspace: Path, section: str, noted: set[str]) -> None:
    """Leave word of which files of the workspace a section looked at."""
    (workspace / READS).mkdir(exist_ok=True)
    (workspace / READS / f"{section}.json").write_text(json.dumps(sorted(noted)), encoding="utf-8")
