"""Whether a release still stands: all it was made from, and every file of it, is what its ``run.json`` says.

What is compared are hashes of contents, never times of files. Imports nothing heavy: to find that nothing changed must
cost next to nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaltools import paths
from evaltools.privacy import pseudonyms
from evaltools.sections import registry
from evaltools.study import codes, toml_text

log = logging.getLogger(__name__)


def made_from(
    study_folder: Path, term_id: str, notebooks: Sequence[Path], documents: Sequence[str] = ()
) -> dict[str, Any]:
    """Fingerprints of all that decides what a run of a term gives.

    ``files`` covers every file of the study's folder but those of later terms: one that appears counts as a change.
    """
    return {
        "files": digest_of(_study_files(study_folder, term_id), study_folder),
        "settings": _study_and_codes(study_folder),
        "code": digest_of(_code(), paths.PACKAGE),
        "texts": digest_of(_texts(), paths.PACKAGE),
        "environment": _environment(),
        "notebooks": {path.stem: paths.digest(path) for path in notebooks},
        "key": _key_id(),
        "documents": list(documents),
    }


def release_stands(folder: Path, parameters: Mapping[str, str], made: Mapping[str, Any]) -> bool:
    """Whether the edition in this folder was made from just this, and is whole and as it was made."""
    record = read_record(folder)
    if record is None or record["state"] != "complete":
        return False
    before = record["made_from"] if isinstance(record["made_from"], dict) else {}
    differ = sorted(what for what in {*made, *before} if before.get(what) != made.get(what))
    differ += ["parameters"] if record["parameters"] != parameters else []
    if not differ:
        stands = {"outputs": outputs_stand(folder, record), "tidy tables": _tidy_stands(folder.parent)}
        differ = [what for what, same in (stands | {"ledger": _ledger_stands(folder, record)}).items() if not same]
    if differ:
        log.info("%s %s: not as released: %s", folder.parent.name, folder.name, ", ".join(differ))
    return not differ


def read_record(folder: Path) -> dict[str, Any] | None:
    """What an edition's ``run.json`` holds; None where there is none, or none that this version can use."""
    try:
        beside = json.loads((folder / paths.RECORD).read_text(encoding="utf-8"))
        record = {name: value for name, value in beside.items() if name != "seal"}
        if beside.get("edition") == "public":  # the whole one lies with the private files
            record = json.loads(paths.whole_record(folder).read_text(encoding="utf-8"))
        if sealed(record) != beside:
            return None
        whole = {"state", "parameters", "made_from", "outputs", "notebooks"} <= set(record)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, pseudonyms.KeyFileError):
        return None
    return record if whole else None


def says_complete(folder: Path) -> bool:
    """Whether a ``run.json`` that ``read_record`` refuses says that it is of a whole release, made with this key."""
    try:
        record = json.loads((folder / paths.RECORD).read_text(encoding="utf-8"))
        there = record["edition"] != "public" or paths.whole_record(folder).is_file()
        return there and record["state"] != "failed" and record.get("key_id") in (None, _key_id())
    except (OSError, ValueError, TypeError, KeyError, pseudonyms.KeyFileError):
        return False


# of a public edition's record: nothing of it is a size, a name or a plain hash of what is not published itself
PUBLISHED = (
    *("study", "term", "language", "edition", "run", "state", "started", "ended", "parameters", "versions"),
    *("git_commit", "key_id", "outputs"),
)


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it lies in an edition: sealed, and of a public one only what is for publication."""
    values = dict(record)
    if record["edition"] == "public":
        values = {name: record[name] for name in PUBLISHED if name in record}
        values["notebooks"] = [{"notebook": each["notebook"]} for each in record.get("notebooks", [])]
    return values | {"seal": seal(record)}


def seal(record: Mapping[str, Any]) -> str:
    """The one hash of a whole record: keyed, so that nobody can try guesses against it, or change it and seal it."""
    key = pseudonyms.load_key().secret
    return hmac.new(key, json.dumps(record, sort_keys=True).encode(), "sha256").hexdigest()


def outputs(folder: Path) -> dict[str, str]:
    """The hash of every file of an edition but its record, by the file's name in it.

    What a run never writes, a link or an empty folder, stands with what it is in place of a hash.
    """
    entries = sorted(path for path in folder.rglob("*") if path != folder / paths.RECORD)
    marks = {path.relative_to(folder).as_posix(): _mark(path) for path in entries}
    return {name: mark for name, mark in marks.items() if mark}


def _mark(path: Path) -> str:
    """A file's hash; the kind of anything else that is not a folder with something in it."""
    if path.is_symlink():
        return "link"
    if path.is_dir():
        return "" if any(path.iterdir()) else "empty folder"
    return paths.digest(path) if path.is_file() else "special file"


def outputs_stand(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether the edition holds the files it was released with, and no others."""
    return outputs(folder) == record["outputs"]


def edited(folder: Path, ending: str) -> str:
    """The first file of that ending of a release that a person has edited where it lies; empty where none is."""
    record = read_record(folder)
    if record is None or record["state"] != "complete":
        return ""
    there = ((name, folder / name) for name in record["outputs"] if name.endswith(ending))
    return next((name for name, path in there if path.is_file() and paths.digest(path) != record["outputs"][name]), "")


def index_stands(home: Path) -> bool:
    """Whether the pages of all terms are as they were written."""
    try:
        marks = json.loads((home / paths.INDEX_MARKS).read_text(encoding="utf-8"))
        return all(paths.digest(home / name) == mark for name, mark in marks.items())
    except (OSError, ValueError, AttributeError):
        return False


def ledger_mark(ledger: Path, releases: int | None = None) -> dict[str, Any] | None:
    """How many releases a ledger holds and their hash (of the first so many); None where there is no ledger."""
    try:
        held = json.loads(ledger.read_text(encoding="utf-8"))["releases"]
    except FileNotFoundError:
        return None
    held = held[:releases]
    return {"releases": len(held), "sha256": hashlib.sha256(json.dumps(held).encode()).hexdigest()}


def _ledger_stands(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether the ledger still holds what it held when this was released; later releases may have come since."""
    mark = record.get("ledger")
    try:
        return mark is None or ledger_mark(folder.parents[1] / paths.LEDGER, mark["releases"]) == mark
    except (KeyError, TypeError, ValueError):
        return False


def _tidy_stands(home: Path) -> bool:
    """Whether a term's tidy tables are those of one of its editions: the last run of any wrote them."""
    now = outputs(home / paths.TIDY)
    records = (read_record(path.parent) for path in home.glob(f"*/{paths.RECORD}"))
    return any(record is not None and record.get("tidy") == now for record in records)


# --- fingerprints ----------------------------------------------------------------------------------------------------


def digest_of(files: Iterable[Path], root: Path) -> str:
    """One hash of files' names and contents."""
    whole = hashlib.sha256()
    for path in sorted(files):
        whole.update(f"{path.relative_to(root).as_posix()}\0{paths.digest(path)}\n".encode())
    return whole.hexdigest()


def _study_files(folder: Path, term_id: str) -> list[Path]:
    later = {folder / "raw" / term for term in later_terms(folder, term_id)}
    return [path for path in folder.rglob("*") if path.is_file() and not later & set(path.parents)]


def _study_and_codes(folder: Path) -> str:
    """One hash of the study file and of every code table that it names, wherever that lies."""
    _, _, tables = codes.filled(_settings(folder), folder)
    whole = hashlib.sha256(paths.digest(folder / "study.toml").encode())
    for path in tables:
        whole.update(f"{path.name}\0{paths.digest(path)}\n".encode())
    return whole.hexdigest()


def _terms(folder: Path) -> dict[str, Any]:
    """Ids of a study's terms with their starts, straight from its file."""
    return {term["id"]: term["start"] for term in _settings(folder)["terms"]}


def _settings(folder: Path) -> dict[str, Any]:
    return _parsed((folder / "study.toml").read_text(encoding="utf-8"))


_parsed = lru_cache(maxsize=8)(toml_text.parsed)  # most of what it takes to find that nothing changed


def later_terms(folder: Path, term_id: str) -> list[str]:
    starts = _terms(folder)
    return [term for term, start in starts.items() if start > starts[term_id]]


def _code() -> list[Path]:
    """The files of the package but its texts, of which notebooks say only some."""
    files, texts = paths.PACKAGE.rglob("*"), set(_texts())
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts and path not in texts]


def _texts() -> list[Path]:
    return list((paths.PACKAGE / "i18n" / "texts").glob("*.toml"))


def _environment() -> str:
    """The interpreter and every package installed beside it, with its version."""
    folders = [place for place in sys.path if os.path.isdir(place)]
    packages = {name for place in folders for name in os.listdir(place) if name.endswith(".dist-info")}
    said = "\n".join([platform.python_version(), sys.platform, platform.machine(), *sorted(packages)])
    return hashlib.sha256(said.encode()).hexdigest()


def _key_id() -> str | None:
    path = pseudonyms.key_path()
    return pseudonyms.load_key(path).id if path.exists() else None


# --- what the command asks -------------------------------------------------------------------------------------------


def up_to_date(
    study: str,
    term: str | None,
    all_terms: bool,
    language: str,
    edition: str,
    outputs: str | None,
    documents: Sequence[str] = (),
) -> list[Path] | None:
    """The index pages of the releases asked for, where every one of them stands; else None, whatever the reason."""
    try:
        folder = Path(study).resolve(strict=True)
        starts = _terms(folder)
        terms = list(starts) if all_terms else [term or max(starts, key=lambda each: starts[each])]
        root = paths.project_root(folder)
        home = (Path(outputs).resolve() if outputs else root / "outputs") / folder.name
        report = _settings(folder).get("report", {})
        found = registry.notebooks(paths.default_notebooks(folder), folder, report.get("sections", []))
        documents = sorted({*documents} or {*report.get("documents", [])})
        if not index_stands(home):
            return None
        pages = []
        for each in terms:
            place = home / each / paths.edition(edition, language)
            if not (place / paths.RECORD).is_file():
                return None
            values = (folder.relative_to(root).as_posix(), each, language, edition)
            parameters = dict(zip(("study", "term", "language", "edition"), values, strict=True))
            if not release_stands(place, parameters, made_from(folder, each, found, documents)):
                return None
            pages.append(place / paths.marked("index.html", edition))
    except Exception:  # what is wrong is said by the run, which looks at everything anew
        return None
    return pages
