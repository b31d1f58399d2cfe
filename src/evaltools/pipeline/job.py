"""What a run is asked to do for one term, and how it says why it could not."""

from __future__ import annotations

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Job:
    """One term to run: what its reports are about, the notebooks, and where and how."""

    about: pages.Edition
    notebooks: list[Path]
    home: Path  # outputs/<study>/<term>
    options: Options
    _begun: list[str] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return project_root(self.about.study.folder)

    @property
    def release(self) -> Path:
        """Where the edition lies once it is whole."""
        return self.home / self.about.name

    @property
    def ledger(self) -> Path:
        """What was published of the study before."""
        return self.home.parent / LEDGER

    @property
    def documents(self) -> list[str]:
        """What the final report is made into besides a page."""
        return sorted({*self.options.documents} or {*self.about.study.report.documents})

    @property
    def parameters(self) -> dict[str, str]:
        about = self.about
        path = about.study.folder.relative_to(self.root).as_posix()
        return dict(zip(PARAMETERS, (path, about.term.id, about.language, about.edition), strict=True))

    def tell(self, notebook: Path) -> None:
        """Say that a notebook begins."""
        self._begun.append(notebook.stem)
        self._say(notebook.stem)

    def tell_gate(self, done: int, of: int) -> None:
        """Say how many counts and rests the gate knows to be safe, of how many."""
        language = self.about.language
        numbers = {name: i18n.integer(n, language) for name, n in (("done", done), ("of", of))}
        self._say(i18n.say("run.say.protecting", language, **numbers))

    def _say(self, what: str) -> None:
        if self.options.progress is not None:
            begun = max(len(self._begun) - 1, 0)
            self.options.progress(self.about.study.id, self.about.term.id, begun, len(self.notebooks), what)


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
