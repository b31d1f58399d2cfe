"""Where things lie: a study's project, its notebooks, and the files of an edition. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

STUDY = "study.toml"
RECORD = "run.json"
RECORDS = "records"  # folder of the whole records of public editions, which are not for publication
LEDGER = "ledger.json"  # what was published of a study before, beside its terms
INDEX_MARKS = ".index.json"  # hashes of the pages of all terms, as they were written
TEXTS = "texts"  # folder of a study: what people write beside the sections of its final report
FUNDERS = "funders"  # folder of a study: the forms of its funders
NUMBERS = ".numbers.json"  # ends the name of what stood around a term's texts when they were written
DOCUMENTS = ("word", "pdf", "pictures")  # what the final report can be made into besides a page
PACKAGE = Path(__file__).parent
TIDY = "tidy"  # folder beside a term's editions
NOTEBOOKS = "notebooks"  # folder of a project's notebooks, and of a study's own


WHILE_IT_RUNS = "00_term.ipynb"


def study_name(folder: str | Path) -> str:
    """A study's id: the name of its folder, however the path says it (``.``, a link, ``..``)."""
    return Path(folder).resolve().name


def project_root(folder: Path) -> Path:
    """The folder that holds ``data/<study>``, or just the study where it does not lie in ``data``."""
    return folder.parent.parent if folder.parent.name == "data" else folder.parent


def default_notebooks(study_folder: Path) -> Path:
    """The project's ``notebooks`` where it has numbered ones, else those of this package."""
    beside = project_root(study_folder) / NOTEBOOKS
    return beside if notebooks(beside) else package_notebooks()


def package_notebooks() -> Path:
    """The installed package holds its notebooks itself; in a checkout they stand at the top of the repository."""
    own = PACKAGE / NOTEBOOKS
    return own if own.is_dir() else PACKAGE.parents[1] / NOTEBOOKS


def notebooks(folder: Path) -> list[Path]:
    """The notebooks of a run, in order; that for the time a term runs is none."""
    return sorted(path for path in folder.glob("[0-9][0-9]_*.ipynb") if path.name != WHILE_IT_RUNS)


def own_texts(study_folder: Path) -> list[Path]:
    """The files of texts that people wrote for a study's reports, of every term."""
    return sorted(path for path in (study_folder / TEXTS).glob("*") if not path.name.startswith("."))


def digest(path: Path) -> str:
    """The SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk, so that what is renamed next is whole after a power cut."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, content: str | bytes, encoding: str = "utf-8", mode: int = 0o666) -> None:
    """Write a file whole or not at all, and have it on the disk; ``mode`` is who may read it."""
    beside = path.with_name(f".new.{path.name}")
    beside.unlink(missing_ok=True)  # of a run that was killed, with whatever mode
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode(encoding))
    flush(beside)
    os.replace(beside, path)
    flush(path.parent)


def edition(kind: str, language: str, draft: bool = False) -> str:
    """The name of an edition's folder: ``public-fi``, ``draft-internal-en``."""
    return f"{'draft-' if draft else ''}{kind}-{language}"


def whole_record(edition: Path) -> Path:
    """Where the whole record of a public edition lies, beside the editions."""
    return edition.parent / RECORDS / f"{edition.name}.{RECORD}"


def proof(edition: Path) -> Path:
    """Where lies what the gate has proved of a public edition (`disclosure.proof`)."""
    return edition.parent / RECORDS / f"{edition.name}.worlds.json.gz"


def marked(file: str, edition: str) -> str:
    """A file's name in an edition: in the internal one it says so (``04_survey.internal.html``)."""
    stem, dot, suffix = file.rpartition(".")
    return f"{stem}.{edition}{dot}{suffix}" if edition == "internal" else file
