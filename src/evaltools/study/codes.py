"""Code tables of official classifications: small CSV files with a source and a date, chosen by name in a study file.

They stand in ``data/codes`` (``index.toml`` says what each is, from where and of when); a study may keep tables of its
own in ``<study>/codes``. In a study file ``codes.municipality = "municipality-2021"`` takes a whole table.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

INDEX = "index.toml"
BESIDE = Path(__file__).resolve().parents[3] / "data" / "codes"  # of a checked-out project
MANY = {"also", "fields"}  # columns of several values, joined with |


def folders(study: Path) -> list[Path]:
    """Where code tables are looked for, in this order: the study's own, beside the study, the project's."""
    return [study / "codes", study.parent / "codes", BESIDE]


def find(name: str, study: Path) -> Path | None:
    """The file of a code table; None where there is none of that name."""
    known = {path.stem: path for folder in reversed(folders(study)) for path in folder.glob("*.csv")}
    return known.get(name)


def names(study: Path) -> list[str]:
    """Every code table that study can name."""
    return sorted({path.stem for folder in folders(study) for path in folder.glob("*.csv")})


def rows(path: Path) -> list[dict[str, object]]:
    """The codes of a table as the study file writes them: id, name in fi, en and sv, and the rest of the columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_code(row) for row in csv.DictReader(file, delimiter=";", strict=True)]


def _code(row: dict[str, str]) -> dict[str, object]:
    name = {language: row[language] for language in ("fi", "en", "sv") if row.get(language)}
    rest = {key: value for key, value in row.items() if value and key not in ("id", "fi", "en", "sv")}
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

    def fill(section: object, path: str) -> object:
        if not isinstance(section, dict):
            return section
        return {key: _table(value, f"{path}.{key}", study, unknown, files) for key, value in section.items()}

    raw = {**raw, "codes": fill(raw["codes"], "codes")} if "codes" in raw else dict(raw)
    survey = raw.get("survey")
    if isinstance(survey, dict) and "labels" in survey:
        raw["survey"] = {**survey, "labels": fill(survey["labels"], "survey.labels")}
    return raw, unknown, files


def _table(value: object, path: str, study: Path, unknown: list[tuple[str, str]], files: list[Path]) -> object:
    if not isinstance(value, str):
        return value
    file = find(value, study)
    if file is None:
        unknown.append((path, value))
        return []
    files.append(file)
    return rows(file)
