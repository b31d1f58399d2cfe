"""How a run is made: the options of ``run``, declared once for the pipeline, the batch and the command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE, OF_STUDY, PROJECT = "package", "study", "project"  # whose notebooks may run
Progress = Callable[[str, str, int, int, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What can be chosen about a run. It holds nothing but plain values, so that it can go to another process.

    Attributes
    ----------
    language, edition : of the reports, one of ``i18n.LANGUAGES`` (the study's own where empty) and of
        ``evaluation_model.EDITIONS``
    only : numbers or names of notebooks (``"04"``); with any, the result is a draft and not a release
    notebooks : folder of the notebooks; by default ``notebooks`` beside ``data``
    documents : what the final report is made into besides a page (``paths.DOCUMENTS``); by default what the
        study file says
    outputs : folder for the outputs; by default ``outputs`` beside ``data``
    timeout : longest time of one cell, seconds
    workers : how many notebooks may run side by side; by default as many as there are processors
    new_key : go on with another pseudonym key than earlier outputs were made with
    force : run every notebook, whatever has stayed the same
    proved : let a public release pass only by what the gate has proved of it before, without any search (`verify`)
    trusted : whose notebooks may run: all of the ``project``, those of the ``study``'s folder beside the package's, or
        the ``package``'s own alone (`notebooks.check_trusted`)
    progress : called as ``progress(study, term, done, total, notebook)`` before each notebook
    """

    language: str = ""
    edition: str = "public"
    only: Sequence[str] = ()
    notebooks: str | Path | None = None
    documents: Sequence[str] = ()
    outputs: str | Path | None = None
    timeout: int = 600
    workers: int = 0
    new_key: bool = False
    force: bool = False
    proved: bool = False
    trusted: str = PROJECT
    progress: Progress | None = None
