"""Notebooks to open and change: copies of the package's own, beside a study."""

from __future__ import annotations

import json
from pathlib import Path

from evaltools import paths
from evaltools.authoring import new_study
from evaltools.study.model import Study

EXAMPLE = json.dumps('study: str = "data/uusi-alku"')[1:-1]  # as a notebook file writes the line


def copy(study: Study) -> list[Path]:
    """Copy the package's notebooks to ``notebooks`` of the study's project, with the study as their parameter.

    From then on runs of the project take these. Returns the copies, in order. Raises StudyError where that folder holds
    something already: nothing is written over.
    """
    root = paths.project_root(study.folder)
    line = f'study: str = "{study.folder.relative_to(root).as_posix()}"'

    def fill(there: Path) -> list[Path]:
        there.mkdir(parents=True)
        copies = []
        package = paths.package_notebooks()
        for source in [package / paths.WHILE_IT_RUNS, *paths.notebooks(package)]:
            text = source.read_text(encoding="utf-8").replace(EXAMPLE, json.dumps(line, ensure_ascii=False)[1:-1])
            (there / source.name).write_text(text, encoding="utf-8", newline="\n")
            copies.append(there / source.name)
        return copies

    return new_study.placed(root / paths.NOTEBOOKS, fill)
