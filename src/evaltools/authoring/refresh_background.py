"""Background tables from their publishers: PxWeb tables fetched, compared with the frozen copy, and kept when told.

A run reads frozen copies only: ``data/<study>/background/<file>`` with, beside it, ``<file>.source.json`` that tells
the query, the address, the day, the publisher and the licence. ``refresh`` fetches anew through the interface
(``pxweb``) and tells what differs. Statistics Finland's tables (StatFin) are CC BY 4.0.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaltools.authoring import pxweb
from evaltools.authoring.download import BackgroundError, Client
from evaltools.authoring.pxweb import VALUE, Catalogue
from evaltools.study.model import Study
from evaltools.study.source_model import Background

__all__ = ["BackgroundError", "Fetched", "fetch", "refresh"]

CHANGES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fetched:
    """A table as fetched: header and rows as text, the metadata of its file, and how it differs from the frozen one."""

    file: str
    rows: list[list[str]]
    about: dict[str, Any]
    changes: list[str]  # first of them
    changed: int
    added: int
    gone: int

    @property
    def same(self) -> bool:
        return not (self.changed or self.added or self.gone)


def refresh(study: Study, replace: bool = False, wait: Callable[[float], None] = time.sleep) -> list[Fetched]:
    """Fetch every table of ``[[background]]``, all before any is written; with ``replace`` the new copies are kept.

    Raises BackgroundError where there is no network, the server refuses, an answer is broken, or the address, the
    variables or the codes of a query are no longer those of the table; nothing is changed then.
    """
    catalogue = Catalogue.of(study.folder)
    fetched = [fetch(study, table, catalogue, wait) for table in study.background]
    if replace:
        for each in fetched:
            _write(study.folder / "background" / each.file, each)
    return fetched


def fetch(study: Study, table: Background, catalogue: Catalogue, wait: Callable[[float], None] = time.sleep) -> Fetched:
    """One table anew, beside its frozen copy."""
    with Client(wait) as client:
        cells, query = pxweb.fetch(client, table, catalogue)
    rows = pxweb.table_of(cells, table)
    about = {
        "title": cells.label,
        "url": table.url,
        "query": query,
        "publisher": cells.source or table.publisher,
        "updated": cells.updated,
        "retrieved": dt.datetime.now(dt.UTC).date().isoformat(),
        "licence": table.licence,
    }
    before = _frozen(study.folder / "background" / table.file)
    return Fetched(table.file, rows, about, *_differences(before, rows))


# --- the frozen copy -----------------------------------------------------------------------------------------------


def _frozen(path: Path) -> list[list[str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def _differences(before: list[list[str]], after: list[list[str]]) -> tuple[list[str], int, int, int]:
    """The first cells that differ, and how many did, came, and went."""
    old, new = _cells(before), _cells(after)
    changed = [place for place in new if place in old and old[place] != new[place]]
    shown = [f"{' / '.join(place)}: {old[place]} → {new[place]}" for place in changed[:CHANGES_SHOWN]]
    return shown, len(changed), len(set(new) - set(old)), len(set(old) - set(new))


def _cells(rows: list[list[str]]) -> dict[tuple[str, ...], str]:
    """Every figure by what it is of: the texts of its row that are no figures, and its heading."""
    if not rows:
        return {}
    header, *body = rows
    figures = [i for i in range(len(header)) if i >= _first_figure(header, body)]
    first = figures[0] if figures else len(header)
    return {(*row[:first], header[i]): row[i] for row in body for i in figures if i < len(row)}


def _first_figure(header: list[str], body: list[list[str]]) -> int:
    if VALUE in header:
        return header.index(VALUE)
    keys = 1
    while keys < len(header) and len({tuple(row[:keys]) for row in body}) < len(body):
        keys += 1
    return keys


def _write(path: Path, fetched: Fetched) -> None:
    """The table and what it is, each whole or not at all."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(fetched.rows)
    about = json.dumps(fetched.about, indent=2, ensure_ascii=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    for target, content in ((path, out.getvalue()), (path.with_name(path.name + ".source.json"), about)):
        temporary = target.with_name(f".{target.name}.new")
        temporary.write_text(content, encoding="utf-8")
        os.replace(temporary, target)
