"""What stands in the table of results: every table with its keys, measures, kinds and units, from ``schema.toml``.

The description for readers, ``docs/results.md``, is made from the same file, and a test holds the results of every
study of the repository to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import pandas as pd

from evaltools import i18n
from evaltools.results.records import COLUMNS, PLACE, WITHHELD

KEYS = tuple(column for column in PLACE if column not in ("table", "measure"))


class Entry(NamedTuple):
    """Measures of one table that are of one kind and unit. ``keys`` say what a column of the place may hold."""

    topic: str
    table: str
    names: tuple[str, ...]
    kind: str
    unit: str
    keys: Mapping[str, str]
    what: str

    def fits(self, row: Mapping[str, object]) -> bool:
        """Whether a result row is one of these; a number that is withheld has no unit."""
        where = (row["topic"], row["table"], row["kind"]) == (self.topic, self.table, self.kind)
        named = row["measure"] in self.names or self.names[0].startswith("<")
        unit = row["unit"] == self.unit or row["status"] == WITHHELD
        return where and named and unit and all(_allowed(self.keys.get(key, ""), row[key], key) for key in KEYS)


def _allowed(words: str, value: object, key: str) -> bool:
    """Whether a key may hold that: one of the words, any id where the words are ``<...>``, or nothing."""
    nothing = value == ("all" if key == "scope" else "")
    return nothing or words.startswith("<") or value in words.split("|")


@cache
def _file() -> dict[str, dict[str, Any]]:
    return tomllib.loads(resources.files(__package__).joinpath("schema.toml").read_text(encoding="utf-8"))


def columns(language: str = "en") -> dict[str, str]:
    """What each column of a result row holds."""
    return {name: i18n.say(f"result.{name}", language) for name in COLUMNS}


def tables() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Topic, table and entry of the file, in its order."""
    for topic, of_topic in _file().items():
        yield from ((topic, table, entry) for table, entry in of_topic.items())


@cache
def entries() -> tuple[Entry, ...]:
    """Every entry of the schema."""
    return tuple(
        Entry(topic, table, tuple(m["names"]), m["kind"], m.get("unit", ""), entry.get("keys", {}), m["what"])
        for topic, table, entry in tables()
        for m in entry["measures"]
    )


def outside(frame: pd.DataFrame) -> list[dict[str, str]]:
    """The kinds of rows that no entry describes: topic, table, measure, kind, unit and keys."""
    present = frame[["topic", "table", "measure", "kind", "unit", "status", *KEYS]].drop_duplicates().to_dict("records")
    return [row for row in present if not any(entry.fits(row) for entry in entries())]


def unused(frame: pd.DataFrame) -> list[Entry]:
    """The entries that describe no row, and those whose names are not all there."""
    present = frame[["topic", "table", "measure", "kind", "unit", "status", *KEYS]].drop_duplicates().to_dict("records")
    found = [{row["measure"] for row in present if entry.fits(row)} for entry in entries()]
    return [
        entry
        for entry, measures in zip(entries(), found, strict=True)
        if not measures or not (entry.names[0].startswith("<") or set(entry.names) <= measures)
    ]


def document() -> str:
    """``docs/results.md``: the description of ``results.csv``."""
    parts = [HEAD, "| column | holds |\n| --- | --- |", *(f"| `{name}` | {said} |" for name, said in columns().items())]
    topic = ""
    for of, table, entry in tables():
        parts += [f"\n## {of}"] if of != topic else []
        topic = of
        keys = ", ".join(f"`{key}` {_words(words)}" for key, words in entry.get("keys", {}).items())
        parts += [f"\n### {table}\n{entry['what']}.\n" + (f"\nKeys: {keys}.\n" if keys else "")]
        parts += ["| measure | kind | unit | is |\n| --- | --- | --- | --- |"]
        for m in entry["measures"]:
            parts.append(f"| {', '.join(map(_words, m['names']))} | {m['kind']} | {m.get('unit', '')} | {m['what']} |")
    return "\n".join(parts) + "\n"


def _words(words: str) -> str:
    """Ids of a kind in words, names as code."""
    return f"*{words.strip('<>')}*" if words.startswith("<") else " / ".join(f"`{word}`" for word in words.split("|"))


HEAD = """# The table of results

Written by `python docs/write_results.py` from `src/evaltools/results/schema.toml`; do not edit.

`results.csv` (UTF-8, comma, decimal point) and `results.parquet` of an edition hold every number of its reports, one
row each. A number that is missing or withheld is an empty cell, never a word. Rows are found by topic, table, measure
and their keys: `scope`, `item`, `by`, `group`, `by2` and `group2`, of which a table uses those it names. A key that is
not named is empty (`scope`: `all`).
"""
