"""What a release was made from: inputs with their hashes, versions, the commit, and when it was made."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evaltools import paths
from evaltools.ingest import reading
from evaltools.pipeline import cache, fingerprint
from evaltools.pipeline.job import Done, Job, RunError
from evaltools.privacy import pseudonyms
from evaltools.report import pages

PACKAGES = ("evaltools", "pandas", "numpy", "scipy", "statsmodels", "matplotlib")


def inputs(about: pages.Edition) -> list[dict[str, Any]]:
    """Every file read, relative to the study's folder or within the package, with its size and SHA-256."""
    files: list[dict[str, Any]] = []
    for path in sorted(reading.input_files(about.study, about.term.id)):
        content = path.read_bytes()
        # an official code table has one name, wherever the package lies
        within = path.is_relative_to(paths.PACKAGE)
        relative = path.relative_to(paths.PACKAGE.parent) if within else os.path.relpath(path, about.study.folder)
        name = Path(relative).as_posix()
        files.append({"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
    return files


class Record:
    """What ``run.json`` holds. The clock stands there and nowhere else in an edition.

    It is written as ``failed`` before anything else, so that no folder without its end can pass for a release.
    """

    def __init__(self, job: Job, made: Mapping[str, Any]):
        self._job = job
        self._inputs = inputs(job.about)
        about = job.about
        self._values: dict[str, Any] = {
            "study": about.study.id,
            "term": about.term.id,
            "language": about.language,
            "edition": about.edition,
            "run": about.run_id,
            "state": "failed",
            "started": _now(),
            "parameters": job.parameters,
            "inputs": self._inputs,
            "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
            "git_commit": _git_commit(job.root),
            "made_from": made,
        }

    def write(self, edition: Path, state: str) -> None:
        """Write the record beside the edition's files: whole, or of a public edition what is for publication."""
        self._values |= {"state": state}
        (edition / paths.RECORD).write_text(_as_text(fingerprint.sealed(self._values)), "utf-8")

    def keep_whole(self, edition: Path) -> None:
        """Write the whole record of a public edition where only its owner can read it."""
        if self._job.about.edition != "public":
            return
        file = paths.whole_record(edition)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        paths.replace(file, _as_text(self._values), mode=0o600)

    def check_unchanged(self) -> None:
        """Raise RunError naming the inputs that are not what they were when the run began."""
        before, after = self._inputs, inputs(self._job.about)
        changed = {file["file"] for file in [*before, *after] if file not in before or file not in after}
        if changed:
            raise RunError("inputs_changed", files=", ".join(sorted(changed)))

    def complete(self, workspace: Path, edition: Path, done: Sequence[Done]) -> None:
        """Write the whole record: the notebooks with what each read, and the hash of every file."""
        draft, key_id = self._job.about.draft, workspace / "key_id"
        key = key_id.read_text(encoding="utf-8").strip() if key_id.is_file() else None
        self._values |= {
            "ended": _now(),
            "notebooks": [_entry(each, workspace) for each in done],
            "key_id": key,
            "ledger": fingerprint.ledger_mark(workspace / paths.LEDGER),
            "outputs": fingerprint.outputs(edition),
            "tidy": None if draft else fingerprint.outputs(workspace / paths.TIDY),
        }
        self.write(edition, "draft" if draft else "complete")


def _as_text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def run_id(about: pages.Edition, inputs: list[dict[str, Any]]) -> str:
    """A name for what an edition was made from: the same inputs, programme, key and edition give the same one.

    Keyed, since a plain hash of exact data can be tried against guesses.
    """
    made_from = [about.study.id, about.term.id, about.language, about.edition, version("evaltools"), inputs]
    key = pseudonyms.load_key().secret
    return pseudonyms.lettered(hmac.new(key, json.dumps(made_from).encode(), "sha256").hexdigest()[:12])


def _entry(done: Done, workspace: Path) -> dict[str, Any]:
    sections = cache.sections(done.source, workspace)
    read, said = cache.reads(done.source, workspace), cache.says(done.source, workspace)
    how = {"seconds": done.seconds, "kept": done.kept}
    return {"notebook": done.name, **how, "sections": sections, "reads": read, "says": said}


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")


def _git_commit(folder: Path) -> str | None:
    """The commit checked out there, ``-dirty`` where files differ from it; None outside a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
