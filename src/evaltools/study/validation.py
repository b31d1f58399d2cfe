"""Structural faults of a study file: all of them at once, what is faulty cut out so that the rest is read too."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from evaltools.study.faults import Fault
from evaltools.study.model import Study

# What stands in for a required section that had to be cut out whole, so that the rest of the file can be read.
STAND_INS: dict[str, Any] = {
    "study": dict.fromkeys(("name", "title", "organisation", "funder"), "-")
    | dict.fromkeys(("start", "end"), dt.date(2000, 1, 1)),
    "terms": [{"id": "0", "name": "-", "start": dt.date(2000, 1, 1), "end": dt.date(2000, 1, 1)}],
    "sources": [{"table": "participants", "name": "-", "file": "-", "columns": {"person": "-"}}],
}


WHOLE = re.compile(r"-?[0-9]{1,9}")


KeyPath = tuple[int | str, ...]


def validate(raw: dict[str, Any]) -> tuple[Study, list[Fault], set[KeyPath]]:
    """The model, all structural faults, and what was cut out for them.

    What is faulty is cut out and the rest read again, so that the references of the rest are checked too.
    """
    try:
        return Study.model_validate(raw), [], set()
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults = [Fault(".".join(map(str, e["loc"])), *_say(e)) for e in found]
    unknown = {e["loc"] for e in found if e["type"] == "extra_forbidden"}
    cuts = {_cut_point(raw, e["loc"]) for e in found if e["type"] != "extra_forbidden"}
    for path in sorted(unknown | cuts, key=_order, reverse=True):
        _remove(raw, path)
    for section, stand_in in STAND_INS.items():
        if not raw.get(section):
            raw[section] = stand_in
            cuts.add((section,))
    return Study.model_validate(raw), faults, cuts


def excused(faults: list[Fault], cuts: set[KeyPath]) -> list[Fault]:
    """Faults of references under the key paths of the file as written, less those that a cut may have made.

    A cut excuses what refers into its section; a section cut out whole excuses all that is said of its stand-in.
    """
    pruned = {str(path[0]) for path in cuts}
    gone = {path[0] for path in cuts if len(path) == 1}
    return [
        Fault(_as_written(fault.path, cuts), fault.what, fault.words)
        for fault in faults
        if not pruned & set(fault.words.get("in", "").split()) and fault.path.split(".")[0] not in gone
    ]


def _as_written(path: str, cuts: set[KeyPath]) -> str:
    """A key path of what is left, with the places of its list counted as before the cuts."""
    keys = path.split(".")
    at = next((i for i, key in enumerate(keys) if key.isdigit()), None)
    if at is None:
        return path
    place = int(keys[at])
    for gone in sorted(int(cut[-1]) for cut in cuts if list(cut[:-1]) == keys[:at]):
        place += gone <= place
    return ".".join([*keys[:at], str(place), *keys[at + 1 :]])


def _say(error: Any) -> tuple[str, dict[str, str]]:
    if error["type"] == "extra_forbidden":
        return "unknown_key", {}
    if error["type"] == "missing":
        return "missing_key", {}
    return "bad_value", {"detail": error["msg"]}


def _order(path: KeyPath) -> list[tuple[str, int]]:
    return [("", key) if isinstance(key, int) else (key, 0) for key in path]


def _cut_point(raw: Any, path: KeyPath) -> KeyPath:
    """What to take out for a fault: the entry of the first list on its way, else the whole section."""
    at = raw
    for depth, key in enumerate(path):
        if isinstance(at, list) and isinstance(key, int):
            return path[: depth + 1]
        if not (isinstance(at, dict) and key in at):
            break
        at = at[key]
    return path[:1]


def _remove(raw: Any, path: Sequence[Any]) -> None:
    *above, last = path
    for key in above:
        raw = raw[key]
    if isinstance(raw, list) or last in raw:
        del raw[last]
