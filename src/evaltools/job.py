"""What a run is asked to do for one term, and how it says why it could not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from evaltools import publish, text
from evaltools.ledger import LEDGER
from evaltools.study import project_root

PARAMETERS = ("study", "term", "language", "edition")

Progress = Callable[[str, str, int, int, str], None]


class RunError(Exception):
    """What stopped a run: a catalogue key below ``run.error``, its words, and the exit code of the command."""

    def __init__(self, what: str, status: int = 1, **words: object):
        self.what = what
        self.status = status
        self.words = words
        super().__init__(what, words)

    def lines(self, language: str) -> list[str]:
        words = dict(self.words)
        if "why" in words:
            words["error"] = text.say(f"run.why.{words.pop('why')}", language, **words)
        return [text.say(f"run.error.{self.what}", language, **words)]

    def __str__(self) -> str:
        return self.lines("en")[0]


@dataclass(frozen=True, slots=True)
class Job:
    about: publish.Edition
    notebooks: list[Path]
    home: Path  # outputs/<study>/<term>
    timeout: int
    progress: Progress | None

    @property
    def root(self) -> Path:
        return project_root(self.about.study.folder)

    @property
    def ledger(self) -> Path:
        """What was published of the study before."""
        return self.home.parent / LEDGER

    @property
    def parameters(self) -> dict[str, str]:
        about = self.about
        path = about.study.folder.relative_to(self.root).as_posix()
        return dict(zip(PARAMETERS, (path, about.term.id, about.language, about.edition), strict=True))


def default_notebooks(study_folder: Path) -> Path:
    """``notebooks`` beside the study's ``data``, else beside this package's source."""
    beside = project_root(study_folder) / "notebooks"
    return beside if beside.is_dir() else Path(__file__).parents[2] / "notebooks"
