"""What a release was made from: inputs with their hashes, versions, the commit, and when it was made."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from evaltools import ingest, publish
from evaltools.job import Job, RunError

PACKAGES = ("evaltools", "pandas", "numpy", "scipy", "statsmodels", "matplotlib")


def inputs(about: publish.Edition) -> list[dict[str, str | int]]:
    """Every file read, relative to the study's folder, with its size and SHA-256."""
    files = []
    for path in sorted(ingest.input_files(about.study, about.term.id)):
        content = path.read_bytes()
        name = Path(os.path.relpath(path, about.study.folder)).as_posix()  # code tables stand beside the study
        files.append({"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
    return files


def check_unchanged(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    changed = {file["file"] for file in [*before, *after] if file not in before or file not in after}
    if changed:
        raise RunError("inputs_changed", files=", ".join(sorted(changed)))


def run_id(about: publish.Edition, inputs: list[dict[str, Any]]) -> str:
    """A name for what an edition was made from: the same inputs, programme and edition give the same one."""
    made_from = [about.study.id, about.term.id, about.language, about.edition, version("evaltools"), inputs]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()[:12]


def record(
    job: Job, inputs: list[dict[str, Any]], seconds: dict[str, float], started: dt.datetime, workspace: Path
) -> dict:
    """What ``run.json`` holds. The clock stands here and nowhere else in an edition."""
    about, key_id = job.about, workspace / "key_id"
    return {
        "study": about.study.id,
        "term": about.term.id,
        "language": about.language,
        "edition": about.edition,
        "run": about.run_id,
        "state": "draft" if about.draft else "complete",
        "started": started.isoformat(timespec="seconds"),
        "ended": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "notebooks": [{"notebook": name, "seconds": took} for name, took in seconds.items()],
        "inputs": inputs,
        "parameters": job.parameters,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in PACKAGES},
        "git_commit": _git_commit(job.root),
        "key_id": key_id.read_text(encoding="utf-8").strip() if key_id.is_file() else None,
    }


def _git_commit(folder: Path) -> str | None:
    """The commit checked out there, ``-dirty`` where files differ from it; None outside a repository."""
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
