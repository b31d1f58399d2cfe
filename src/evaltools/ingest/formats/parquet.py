"""Parquet files, their values as text."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from evaltools.ingest.formats.types import Format, Opened, RefusedError, Row, Sayer

if TYPE_CHECKING:
    import pyarrow.parquet as pq

CHUNK = 20_000  # rows read at a time
MOST_BYTES = 2_000_000_000  # of a file when unpacked, as it declares them


def rows(path: Path, say: Sayer) -> Iterator[Row]:
    """Rows of a Parquet file as text, its column names first, as line 1.

    Raises RefusedError where the file is broken or too large, and where a column holds lists or other nested values.
    """
    import pyarrow.parquet as pq  # with file systems and ssl, which studies without such a file need not wait for

    try:
        words = [field.name for field in pq.read_schema(path) if pa.types.is_string(field.type)]
        with pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=words) as file:
            meta = file.metadata
            unpacked = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
            if max(unpacked, _said(file, words)) > MOST_BYTES:
                raise RefusedError("file_too_large")
            schema = file.schema_arrow
            for field in schema:
                if pa.types.is_nested(field.type) or _is_bytes(field.type):
                    raise RefusedError("parquet_nested", 1, field.name)
            yield 1, list(schema.names)
            line = 2
            for batch in file.iter_batches(batch_size=CHUNK):
                columns = [_texts(column, say) for column in batch.columns]
                for row in zip(*columns, strict=True):
                    yield line, list(row)
                    line += 1
    except (pa.ArrowException, OSError, ValueError, UnicodeError, MemoryError):
        raise RefusedError("not_parquet") from None


def _is_bytes(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _said(file: pq.ParquetFile, words: list[str]) -> int:
    """Bytes of all words once each stands where it is said: a file holds a word once and repeats its number."""
    batches = file.iter_batches(batch_size=CHUNK, columns=words) if words else ()
    return sum(
        pc.sum(pc.take(pc.binary_length(column.dictionary).cast("int64"), column.indices)).as_py() or 0
        for batch in batches
        for column in batch.columns
    )


def _texts(column: pa.Array, say: Sayer) -> list[str]:
    if isinstance(column, pa.DictionaryArray):  # each word once, however often it is said
        used = pc.unique(column.indices)
        words = zip(used.to_pylist(), _texts(pc.take(column.dictionary, used), say), strict=True)
        return list(map(dict(words).__getitem__, column.indices.to_pylist()))
    return ["" if value is None else _text(value, say) for value in column.to_pylist()]


def _text(value: object, say: Sayer) -> str:
    """A value as text: a decimal number in full, a duration or time of day as ISO writes it."""
    if isinstance(value, decimal.Decimal):
        return f"{value:f}".replace(".", say.decimal)
    if isinstance(value, dt.time | dt.timedelta):
        return str(value)
    return say(value)


FORMAT = Format(
    name="parquet",
    open=lambda path, source: Opened(rows(path, Sayer.of(source))),
    signs=(b"PAR1",),
    endings=(".parquet",),
)
