"""Reading a study file: every fault of it at once, each with its key path (``terms.1.start``)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from evaltools import paths
from evaltools.study import codes, questions, toml_text
from evaltools.study.faults import Fault, StudyError, listed
from evaltools.study.model import Study
from evaltools.study.references import check_references
from evaltools.study.schema import SURVEYS
from evaltools.study.validation import excused, validate


def load(folder: str | Path) -> Study:
    """Read and check ``<folder>/study.toml``.

    Raises ``StudyError`` with every fault: unreadable TOML, unknown or missing keys, wrong types, and references
    that lead nowhere.
    """
    folder = find(folder)
    try:
        text = (folder / paths.STUDY).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_toml(folder, error) from None
    return read(folder, text)


def read(folder: Path, text: str) -> Study:
    """The study of a folder by the text of its study file, whether or not that is what stands there; see ``load``."""
    try:
        raw = toml_text.parsed(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(folder, error) from None
    if isinstance(raw.get("benchmark"), dict) and "benchmarks" not in raw:  # as study files said it when one was all
        raw["benchmarks"] = [{"id": "benchmark", **raw.pop("benchmark")}]
    _place_headings(raw)
    _place_codes(raw)
    _place_labels(raw, codes.names(folder))
    raw, unknown, files = codes.filled(raw, folder)
    ours = {"id": folder.name, "folder": folder, "code_files": files}
    foreign = [Fault(key, "unknown_key", {}) for key in ours if key in raw]
    known = listed([*codes.series(folder), *codes.names(folder)])
    foreign += [Fault(path, "unknown_code_table", {"id": name, "known": known}) for path, name in unknown]
    study, faults, cuts = validate({**raw, **ours})
    faults = foreign + faults + excused(check_references(study), cuts)
    if faults:
        raise StudyError(_label(folder), faults)
    for source in (source for source in study.sources if source.table in questions.tables(study)):
        source.forms.update(questions.exports(study, source))
    return study


def _label(folder: Path) -> str:
    return f"{folder.name}/{paths.STUDY}"


def _not_toml(folder: Path, error: Exception) -> StudyError:
    return StudyError(_label(folder), [Fault("file", "not_toml", {"detail": str(error)})])


def _place_headings(raw: dict[str, Any]) -> None:
    """An item or variable that says its own heading has it in every source of its tables that says no other."""
    survey, sources = raw.get("survey"), raw.get("sources")
    items = survey.get("items", []) if isinstance(survey, dict) else []
    own = [str(wave.get("id")) for wave in _entries(survey.get("waves"))] if isinstance(survey, dict) else []
    waves = SURVEYS | {wave: f"{wave}_survey" for wave in own}
    asked: list[tuple[list[Any], dict[str, Any]]] = [
        ([t for w, t in waves.items() if w in _listed(i.get("surveys", list(waves)))], i) for i in _entries(items)
    ]
    asked += [([v.get("table")], v) for v in _entries(raw.get("variables"))]
    for tables, entry in asked:
        heading = entry.get("heading")
        named = bool(heading) and isinstance(heading, str | list) and isinstance(entry.get("id"), str)
        for source in _entries(sources) if named else []:
            if source.get("table") in tables and isinstance(source.setdefault("columns", {}), dict):
                source["columns"].setdefault(entry["id"], heading)


def _place_codes(raw: dict[str, Any]) -> None:
    """The codes that a variable lists itself are the code list of its name; a variable that lists codes is coded."""
    lists = raw.setdefault("codes", {})
    for variable in _entries(raw.get("variables")) if isinstance(lists, dict) else []:
        name = variable.get("id")
        if isinstance(variable.get("codes"), list) and isinstance(name, str):
            variable.setdefault("kind", "code")
            if name not in lists:
                lists[name] = variable.pop("codes")


def _place_labels(raw: dict[str, Any], tables: Collection[str]) -> None:
    """An item may name an official table of labels itself."""
    survey = raw.get("survey")
    labels = survey.setdefault("labels", {}) if isinstance(survey, dict) else None
    if not isinstance(survey, dict) or not isinstance(labels, dict):
        return
    for item in _entries(survey.get("items")):
        name = item.get("labels")
        if isinstance(name, str) and name in tables:
            labels.setdefault(name, name)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _entries(section: object) -> list[dict[str, Any]]:
    """The tables of a list; what is none is a fault that the model names."""
    return [entry for entry in _listed(section) if isinstance(entry, dict)]


def find(folder: str | Path) -> Path:
    """The study's folder, looked for from here upwards, so that a notebook's own folder will do as a start."""
    folder = Path(folder)
    starts = [Path()] if folder.is_absolute() else [Path.cwd(), *Path.cwd().parents]
    bare = len(folder.parts) == 1  # a study's name stands for its folder in data
    places = [start / under / folder for start in starts for under in (("", "data") if bare else ("",))]
    for candidate in (place.resolve() for place in places):
        if (candidate / paths.STUDY).is_file():
            return candidate
    parents = [s / under / folder.parent for s in starts for under in (("", "data") if bare else ("",))]
    known = next((names for each in parents if (names := sorted(p.parent.name for p in each.glob("*/study.toml")))), [])
    raise StudyError(str(folder), [Fault("study", "unknown_study", {"known": ", ".join(known) or "-"})])
