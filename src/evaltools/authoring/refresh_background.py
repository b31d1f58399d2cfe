"""Background tables from their publishers: PxWeb tables fetched, compared with the frozen copy, and kept when told.

A run reads frozen copies only: ``data/<study>/background/<file>`` with, beside it, ``<file>.source.json`` that tells
the query, the address, the day, the publisher and the licence. ``refresh`` fetches anew through the API: the table's
metadata first, since codes are of each table alone, then the cells, then it tells what differs.

Sources: PxWeb API v1 (Statistics Sweden), JSON-stat 2.0. Statistics Finland's tables (StatFin) are CC BY 4.0.
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
from itertools import product
from pathlib import Path
from typing import Any

import requests

from evaltools import i18n
from evaltools.errors import EvaltoolsError
from evaltools.study.model import Study
from evaltools.study.source_model import Background

TIMEOUT = 60  # seconds
ATTEMPTS = 4  # of one request that the server asks to repeat later
LONGEST_WAIT = 60.0  # seconds; the limit is counted by the minute
MOST_BYTES = 100_000_000
MARKERS = ("...", "..", ".", "-")  # confidential, not available, not applicable, nil
VALUE = "value"
CHANGES_SHOWN = 20


class BackgroundError(EvaltoolsError):
    """Why a table was not fetched: a catalogue key below ``background.error``, and its words. Nothing was changed."""

    status = 1

    def __init__(self, what: str, **words: object):
        self.what, self.words = what, words
        super().__init__(what, words)

    def lines(self, language: str) -> list[str]:
        return [i18n.say(f"background.error.{self.what}", language, **self.words)]

    def __str__(self) -> str:
        return self.lines("en")[0]


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

    Raises BackgroundError where there is no network, the server refuses, an answer is broken, or codes of the query
    are no longer in the table; nothing is changed then.
    """
    fetched = [fetch(study, table, wait) for table in study.background]
    if replace:
        for each in fetched:
            _write(study.folder / "background" / each.file, each)
    return fetched


def fetch(study: Study, table: Background, wait: Callable[[float], None] = time.sleep) -> Fetched:
    """One table anew, beside its frozen copy."""
    with requests.Session() as session:
        metadata = _get_json(session, "GET", table.url, None, wait)
        query = _query(table, metadata)
        answer = _get_json(session, "POST", table.url, query, wait)
    rows = table_of(answer, table)
    about = {
        "title": answer.get("label", metadata.get("title", "")),
        "url": table.url,
        "query": query,
        "publisher": answer.get("source") or table.publisher,
        "updated": answer.get("updated", ""),
        "retrieved": dt.datetime.now(dt.UTC).date().isoformat(),
        "licence": table.licence,
    }
    before = _frozen(study.folder / "background" / table.file)
    return Fetched(table.file, rows, about, *_differences(before, rows))


# --- the server ----------------------------------------------------------------------------------------------------


def _get_json(
    session: requests.Session, method: str, url: str, body: dict[str, Any] | None, wait: Callable[[float], None]
) -> dict[str, Any]:
    """The JSON a server answers with. Where it asks for patience (429, 503) it is asked again, a few times."""
    for attempt in range(ATTEMPTS):
        try:
            response = session.request(method, url, json=body, timeout=TIMEOUT)
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise BackgroundError("truncated", url=url) from None
        except requests.exceptions.RequestException as error:
            raise BackgroundError("no_network", url=url, error=type(error).__name__) from None
        if response.status_code in (429, 503) and attempt + 1 < ATTEMPTS:
            wait(_patience(response, attempt))
            continue
        break
    if response.status_code != 200:
        known = f"status_{response.status_code}"
        what = known if known in ("status_400", "status_403", "status_404", "status_429") else "status"
        raise BackgroundError(what, url=url, status=response.status_code)
    return _json(response, url)


def _patience(response: requests.Response, attempt: int) -> float:
    """Seconds to wait: as the server says, else longer each time."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), LONGEST_WAIT) if said.isdigit() else min(5.0 * 3**attempt, LONGEST_WAIT)


def _json(response: requests.Response, url: str) -> dict[str, Any]:
    promised = response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "")
    short = promised.isdigit() and not encoded and len(response.content) < int(promised)
    if short or len(response.content) > MOST_BYTES:
        raise BackgroundError("truncated", url=url)
    try:
        answer = json.loads(response.content.decode("utf-8-sig"))
    except ValueError:
        raise BackgroundError("truncated", url=url) from None
    if not isinstance(answer, dict):
        raise BackgroundError("not_jsonstat", url=url)
    return answer


# --- the query -----------------------------------------------------------------------------------------------------


def _query(table: Background, metadata: dict[str, Any]) -> dict[str, Any]:
    """What to ask for: the selected codes of each variable, held to the table's own metadata.

    ``*`` takes every code; a number such as ``top 12`` the last so many.
    """
    try:
        known = {v["code"]: list(map(str, v["values"])) for v in metadata["variables"]}
        optional = {v["code"] for v in metadata["variables"] if v.get("elimination")}
    except (KeyError, TypeError):
        raise BackgroundError("not_jsonstat", url=table.url) from None
    strange = set(table.query) - set(known)
    if strange:
        words = {"codes": ", ".join(sorted(strange)), "known": ", ".join(known)}
        raise BackgroundError("changed_variables", url=table.url, **words)
    chosen = []
    for code, values in known.items():
        if code in table.query:
            chosen.append(_selection(table, code, values))
        elif code not in optional:
            raise BackgroundError("variable_needed", url=table.url, variable=code)
    return {"query": chosen, "response": {"format": "json-stat2"}}


def _selection(table: Background, code: str, values: list[str]) -> dict[str, Any]:
    wanted = table.query[code]
    if wanted == ["*"]:
        picked = values
    elif len(wanted) == 1 and wanted[0].startswith("top "):
        picked = values[-int(wanted[0].removeprefix("top ")) :]
    else:
        gone = [value for value in wanted if value not in values]
        if gone:
            words = {"variable": code, "codes": ", ".join(gone[:12]), "known": ", ".join(values[:12])}
            raise BackgroundError("changed_codes", url=table.url, **words)
        picked = wanted
    return {"code": code, "selection": {"filter": "item", "values": picked}}


# --- the answer ----------------------------------------------------------------------------------------------------


def table_of(answer: dict[str, Any], table: Background) -> list[list[str]]:
    """A JSON-stat 2.0 data set as rows of text: a column a dimension (its codes), then the value or its marker.

    ``wide`` names a dimension whose codes become columns. Raises BackgroundError where sizes do not fit.
    """
    try:
        ids, sizes, values = answer["id"], answer["size"], answer["value"]
        codes = [_codes(answer["dimension"][dimension]) for dimension in ids]
        status = answer.get("status") or {}
        cells = [_cell(_at(values, i), _at(status, i)) for i in range(len(values) if isinstance(values, list) else 0)]
        if isinstance(values, dict):
            cells = [_cell(values.get(str(i)), _at(status, i)) for i in range(_product(sizes))]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        raise BackgroundError("not_jsonstat", url=table.url) from None
    if [len(c) for c in codes] != list(sizes) or len(cells) != _product(sizes):
        raise BackgroundError("not_jsonstat", url=table.url)
    if table.wide:
        return _wide(ids, codes, cells, table)
    return [[*ids, VALUE], *([*place, cell] for place, cell in zip(product(*codes), cells, strict=True))]


def _wide(ids: list[str], codes: list[list[str]], cells: list[str], table: Background) -> list[list[str]]:
    if table.wide not in ids:
        raise BackgroundError("changed_variables", url=table.url, codes=table.wide, known=", ".join(ids))
    at = ids.index(table.wide)
    rows: dict[tuple[str, ...], list[str]] = {}
    for place, cell in zip(product(*codes), cells, strict=True):
        rows.setdefault(place[:at] + place[at + 1 :], []).append(cell)
    return [[*ids[:at], *ids[at + 1 :], *codes[at]], *([*place, *row] for place, row in rows.items())]


def _codes(dimension: dict[str, Any]) -> list[str]:
    """The codes of a dimension in order: its index is a list, or gives each code its place."""
    index = dimension["category"].get("index")
    if index is None:
        return list(dimension["category"]["label"])
    return list(index) if isinstance(index, list) else sorted(index, key=index.__getitem__)


def _at(values: Any, place: int) -> Any:
    if isinstance(values, list):
        return values[place] if place < len(values) else None
    return values.get(str(place)) if isinstance(values, dict) else values


def _cell(value: Any, status: Any) -> str:
    """A number as text, or the marker that stands in its place. A gap without a marker is "not available"."""
    if value is None:
        return str(status) if status in MARKERS else MARKERS[1]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number")
    return str(int(value)) if float(value).is_integer() else repr(float(value)).replace(".", ",")


def _product(sizes: list[int]) -> int:
    whole = 1
    for size in sizes:
        whole *= size
    return whole


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
