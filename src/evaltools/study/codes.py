"""Code tables of official classifications: small CSV files with a source and a date, chosen by name in a study file.

They are part of the package (``code_tables/index.toml`` says what each is, from where and of when); a study may keep
tables of its own in ``<study>/codes``, or beside it for several studies. In a study file
``codes.municipality = "municipality-2021"`` is a whole table, and ``codes.municipality = "municipality"`` every table
of that series in force during the study, as the index says.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any

from evaltools.i18n import WRITING
from evaltools.paths import PACKAGE

INDEX = "index.toml"
OFFICIAL = PACKAGE / "study" / "code_tables"
MANY = {"also", "fields"}  # columns of several values, joined with |
YEAR = re.compile(r"-[0-9]{4}$")  # at the end of the name of a table of a series
ALWAYS = (dt.date.min, dt.date.max)


def folders(study: Path) -> list[Path]:
    """Where code tables are looked for, in this order: the study's own, beside the study, the official ones."""
    return [study / "codes", study.parent / "codes", OFFICIAL]


def find(name: str, study: Path) -> Path | None:
    """The file of a code table; None where there is none of that name."""
    known = {path.stem: path for folder in reversed(folders(study)) for path in folder.glob("*.csv")}
    return known.get(name)


def names(study: Path) -> list[str]:
    """Every code table that study can name."""
    return sorted({path.stem for folder in folders(study) for path in folder.glob("*.csv")})


def series(study: Path) -> list[str]:
    """The names of tables without their years."""
    return sorted({YEAR.sub("", name) for name in names(study) if YEAR.search(name)})


def in_force(name: str, study: Path, start: dt.date, end: dt.date) -> list[Path]:
    """The tables of a series that were in force some day of a period, in order of time.

    A person may be recorded with a code that has ceased since (a municipality that merged), so all of them are needed.
    """
    found = []
    for each in names(study):
        described = about(each, study)
        first = _day(described.get("valid_from"), dt.date.min)
        last = _day(described.get("valid_to"), dt.date.max)
        path = find(each, study)
        if path and YEAR.search(each) and YEAR.sub("", each) == name and first <= end and last >= start:
            found.append((first, path))
    return [path for _, path in sorted(found)]


def _day(text: str | None, otherwise: dt.date) -> dt.date:
    return dt.date.fromisoformat(text) if text else otherwise


def rows(path: Path) -> list[dict[str, object]]:
    """The codes of a table as the study file writes them: id, name in fi, en and sv, and the rest of the columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_code(row) for row in csv.DictReader(file, delimiter=";", strict=True)]


def _code(row: dict[str, str]) -> dict[str, Any]:
    name = {language: row[language] for language in WRITING if row.get(language)}
    rest = {key: value for key, value in row.items() if value and key not in ("id", *WRITING)}
    return {"id": row["id"], "name": name} | {k: v.split("|") if k in MANY else v for k, v in rest.items()}


def about(name: str, study: Path) -> dict[str, str]:
    """What a table is, who publishes it, where, of which date, under which licence; empty where no index says."""
    for folder in folders(study):
        index = folder / INDEX
        if (folder / f"{name}.csv").is_file() and index.is_file():
            return tomllib.loads(index.read_text(encoding="utf-8")).get(name, {})
    return {}


def filled(raw: dict, study: Path) -> tuple[dict, list[tuple[str, str]], list[Path]]:
    """A study file's content with every named table in place; key paths and names of unknown ones; the files read."""
    unknown: list[tuple[str, str]] = []
    files: list[Path] = []
    period = _period(raw)

    def fill(section: object, path: str) -> object:
        if not isinstance(section, dict):
            return section
        return {key: table(value, f"{path}.{key}") for key, value in section.items()}

    def table(value: object, path: str) -> object:
        if not isinstance(value, str):
            return value
        file = find(value, study)
        found = [file] if file else in_force(value, study, *period)
        if not found:
            unknown.append((path, value))
        files.extend(found)
        codes: dict[object, dict[str, object]] = {}
        for row in (row for each in found for row in rows(each)):
            codes[row["id"]] = codes.get(row["id"], {}) | row  # the latest table says what a code is
        return list(codes.values())

    raw = {**raw, "codes": fill(raw["codes"], "codes")} if "codes" in raw else dict(raw)
    survey = raw.get("survey")
    if isinstance(survey, dict) and "labels" in survey:
        raw["survey"] = {**survey, "labels": fill(survey["labels"], "survey.labels")}
    return raw, unknown, files


def _period(raw: dict) -> tuple[dt.date, dt.date]:
    """The days of a study file's ``[study]``; where they are not given, or no days, all time."""
    section = raw.get("study")
    days = [section.get(key) if isinstance(section, dict) else None for key in ("start", "end")]
    start, end = (d if type(d) is dt.date else other for d, other in zip(days, ALWAYS, strict=True))
    return start, end
