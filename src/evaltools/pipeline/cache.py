"""Notebooks that need not run again: what they read is, by its content, what they read for the release that stands.

While a notebook runs, the tables of the workspace that it looks at are noted, and the texts that it asks the catalogue
for. In a later run, when the first notebook has written the tables anew, a notebook that would see and say the same is
not executed: its outputs, tables and result rows are taken from the release, of which every file is first held to its
hash.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
from nbformat import NotebookNode

from evaltools import i18n, paths
from evaltools.paths import marked
from evaltools.pipeline import fingerprint
from evaltools.pipeline.job import Job
from evaltools.sections import registry
from evaltools.workspace import READS, SAYS, note, note_texts

log = logging.getLogger(__name__)

SAME = ("settings", "code", "environment", "key")  # what must not have changed for any notebook to stand


def reads(source: Path, workspace: Path) -> dict[str, str | None] | None:
    """The files that a notebook's section looked at with their hashes (a ``*`` stands for the names in a folder);
    None where the notebook has no section that left word: one of the study's own runs again whenever anything does."""
    left = _left(source, workspace)
    if left is None:
        return None
    return {name: _digest(workspace, name) for name in json.loads(left.read_text(encoding="utf-8"))}


def says(source: Path, workspace: Path) -> dict[str, Any] | None:
    """The keys of the texts that a notebook asked for, and one hash of what they say; None where it left no word."""
    left = workspace / SAYS / f"{source.stem}.json"
    if not left.is_file():
        return None
    keys = json.loads(left.read_text(encoding="utf-8"))
    return {"keys": keys, "sha256": i18n.digest(keys)}


def _says_the_same(said: Mapping[str, Any] | None) -> bool:
    return said is not None and i18n.digest(said["keys"]) == said["sha256"]


def _left(source: Path, workspace: Path) -> Path | None:
    """The word that a notebook's section left; None where there is none."""
    section = registry.of_notebook(source)
    left = workspace / READS / f"{section.folder}.json" if section else None
    return left if left is not None and left.is_file() else None


def _digest(workspace: Path, name: str) -> str | None:
    path = workspace / name
    if path.name == "*":
        return " ".join(sorted(each.name for each in path.parent.glob("*.parquet")))
    return paths.digest(path) if path.is_file() else None


class Kept:
    """The release that stands, for what of it can be taken over."""

    def __init__(self, job: Job, made: Mapping[str, Any]):
        self._folder, self._edition, self._made = job.home / job.about.name, job.about.edition, made
        record = None if job.options.force else fingerprint.read_record(self._folder)
        usable = (
            record is not None
            and record["state"] == "complete"
            and record["parameters"] == job.parameters
            and all(record["made_from"].get(what) == made[what] for what in SAME)
            and fingerprint.outputs_stand(self._folder, record)
        )
        self._entries = {entry["notebook"]: entry for entry in record["notebooks"]} if record and usable else {}
        self._before = record["made_from"]["notebooks"] if record and usable else {}

    def take(self, source: Path, workspace: Path) -> NotebookNode | None:
        """The executed notebook, its tables and rows put in the workspace; None where it has to run."""
        entry = self._entries.get(source.stem, {})
        read = entry.get("reads")
        if read is None or self._before.get(source.stem) != self._made["notebooks"][source.stem]:
            return None
        changed = [name for name, digest in read.items() if _digest(workspace, name) != digest]
        if not _says_the_same(entry.get("says")):
            changed.append("texts")
        if changed:
            log.info("%s: has to run, these differ: %s", source.stem, ", ".join(changed))
            return None
        note_texts(workspace, source.stem, entry["says"]["keys"])
        for section in entry["sections"]:
            self._restore(section, workspace)
            note(workspace, section, set(read))
        return nbformat.read(self._folder / "notebooks" / marked(source.name, self._edition), 4)

    def _restore(self, section: str, workspace: Path) -> None:
        rows = pd.read_parquet(self._folder / marked("results.parquet", self._edition))
        rows = rows[rows["topic"] == section.split("_", 1)[1]].reset_index(drop=True)
        (workspace / "results").mkdir(exist_ok=True)
        rows.to_parquet(workspace / "results" / f"{section}.parquet", index=False)
        if (self._folder / "tables" / section).is_dir():
            shutil.copytree(self._folder / "tables" / section, workspace / "tables" / section)


def sections(source: Path, workspace: Path) -> list[str]:
    """The section that a notebook recorded, by its name: ``04_survey``."""
    left = _left(source, workspace)
    return [left.stem] if left else []
