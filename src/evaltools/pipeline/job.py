"""What a run is asked to do for one term, and how it says why it could not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from nbformat import NotebookNode

from evaltools import i18n
from evaltools.disclosure.release_log import LEDGER
from evaltools.errors import EvaltoolsError
from evaltools.paths import project_root
from evaltools.pipeline.options import Options
from evaltools.report import pages

PARAMETERS = ("study", "term", "language", "edition")


class RunError(EvaltoolsError):
    """What stopped a run: a catalogue key below ``run.error``, its words, and the exit code of the command."""

    def __init__(self, what: str, status: int = 1, **words: object):
        self.what = what
        self.status = status
        self.words = words
        super().__init__(what, words)

    def lines(self, language: str) -> list[str]:
        words = dict(self.words)
        if "why" in words:
            words["error"] = i18n.say(f"run.why.{words.pop('why')}", language, **words)
        return [i18n.say(f"run.error.{self.what}", language, **words)]

    def __str__(self) -> str:
        return self.lines("en")[0]


@dataclass(frozen=True, slots=True)
class Job:
    """One term to run: what its reports are about, the notebooks, and where and how."""

    about: pages.Edition
    notebooks: list[Path]
    home: Path  # outputs/<study>/<term>
    options: Options
    _begun: Iterator[int] = field(default_factory=count)

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

    def tell(self, notebook: Path) -> None:
        """Say that a notebook begins."""
        begun = next(self._begun)
        if self.options.progress is not None:
            self.options.progress(self.about.study.id, self.about.term.id, begun, len(self.notebooks), notebook.stem)


@dataclass(frozen=True, slots=True)
class Done:
    """One notebook of a run: executed now, or kept from the release before."""

    source: Path
    notebook: NotebookNode
    seconds: float
    kept: bool

    @property
    def name(self) -> str:
        return self.source.stem
