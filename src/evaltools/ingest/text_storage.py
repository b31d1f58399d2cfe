"""How pandas keeps columns of text: as Python's own strings in small tables, in Arrow's memory in large ones.

Most of what a run does, it does to tables of some hundred rows, where each step into Arrow and back costs more than the
work. What the columns hold, and all that comes of them, is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

MANY = 100_000  # rows from which on Arrow is faster, and takes less memory


@contextmanager
def of_rows(rows: int = 0) -> Iterator[None]:
    """Text made or read meanwhile is kept as suits tables of so many rows; the user's own setting comes back."""
    with pd.option_context("mode.string_storage", "python" if rows < MANY else "auto"):
        yield


def most(tables: Iterable[pd.DataFrame]) -> int:
    """The rows of the longest table."""
    return max(map(len, tables), default=0)


def read(file: Path) -> pd.DataFrame:
    """A table of a Parquet file."""
    with of_rows(pq.read_metadata(file).num_rows):
        return pd.read_parquet(file)
