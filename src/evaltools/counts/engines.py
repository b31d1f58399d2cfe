"""Counting rows on whatever holds them: pandas here, DuckDB over Parquet, Dask on a cluster. One small layer.

Written in narwhals' expressions, which each engine runs natively: the same code, the same counts to the last digit.
Only what every engine does alike is used: filter, cast, group, length and sum of whole numbers, and the sorting
afterwards in pandas. (Not: distinct counts a group, which add up wrongly over Dask's partitions; sums of small
integers, which wrap; means, which differ in what they make of missing values.) What comes back is small.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

PANDAS, DUCKDB, DASK, AUTO = "pandas", "duckdb", "dask", "auto"
MANY = 5_000_000  # rows from which on ``auto`` leaves pandas for DuckDB


def chosen(engine: str, rows: int) -> str:
    """The engine that counts a table of so many rows; ``auto`` is pandas while the data are small."""
    if engine != AUTO:
        return engine
    return DUCKDB if rows >= MANY else PANDAS


def scan(path: str | Path, engine: str, columns: Sequence[str]) -> nw.LazyFrame[Any]:
    """These columns of a Parquet file (or, with ``*``, of several), read when they are counted.

    Raises ModuleNotFoundError where the engine is not installed, ValueError for an unknown one.
    """
    if engine == PANDAS:
        return nw.from_native(pd.read_parquet(path, columns=list(columns))).lazy()
    if engine == DUCKDB:
        import duckdb

        return nw.from_native(duckdb.read_parquet(str(path))).select(*columns)
    if engine == DASK:
        import dask.dataframe as dd

        return nw.from_native(dd.read_parquet(str(path), columns=list(columns)))
    raise ValueError(f"no engine {engine}; known are {PANDAS}, {DUCKDB}, {DASK}")


def hold(frame: pd.DataFrame, engine: str) -> nw.LazyFrame[Any]:
    """A table in memory, as the engine wants it."""
    if engine == DUCKDB:
        import duckdb
        import pyarrow as pa

        return nw.from_native(duckdb.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)))
    if engine == DASK:
        import dask.dataframe as dd

        return nw.from_native(dd.from_pandas(frame, npartitions=2))
    return nw.from_native(frame).lazy()


def count(frame: nw.LazyFrame[Any], by: Sequence[str], present: Sequence[str] = ()) -> pd.DataFrame:
    """How many rows there are of each combination: ``(*by, count)``, sorted; none where ``present`` is missing."""
    kept = frame.select(*dict.fromkeys([*by, *present]))
    if present:
        kept = kept.drop_nulls(subset=list(present))
    return _sorted(kept.group_by(*by).agg(nw.len().alias("count")), by, ["count"])


def sums(frame: nw.LazyFrame[Any], by: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Sums of whole-number columns by combination: ``(*by, *columns)``, sorted."""
    wide = frame.select(*by, *(nw.col(name).cast(nw.Int64) for name in columns))
    return _sorted(wide.group_by(*by).agg(*(nw.col(name).sum() for name in columns)), by, columns)


def _sorted(grouped: nw.LazyFrame[Any], by: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    table = grouped.collect(backend="pandas").to_native()
    table = table[[*by, *numbers]].astype(dict.fromkeys(numbers, "int64"))
    return table.sort_values(list(by), ignore_index=True)
