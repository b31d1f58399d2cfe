"""Many studies and terms at once, on any ``concurrent.futures.Executor``: processes here, or a cluster's workers.

A task is one study, its terms one after another: each release is held to those before it. What a task gives back is
plain rows, so it can come from another process or machine. Where a task fails, its row says why and the others go on.

>>> from dask.distributed import Client                                                    # doctest: +SKIP
>>> client = Client("scheduler:8786")                                                      # doctest: +SKIP
>>> list(batch.run(["data/a", "data/b"], client.get_executor(pure=False, retries=2)))      # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from evaltools import errors, i18n, paths
from evaltools.pipeline.options import Options

ALL_TERMS = "*"
MADE, UNCHANGED, FAILED = "made", "unchanged", "failed"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one term of one study. ``status`` is the exit code it would have by itself."""

    study: str
    term: str
    state: str
    seconds: float = 0.0
    index: str = ""
    status: int = 0
    lines: list[str] = field(default_factory=list)


def run(
    studies: Sequence[str | Path],
    executor: Executor,
    term: str = ALL_TERMS,
    options: Options | None = None,
    **chosen: Any,
) -> Iterator[list[Row]]:
    """Run the terms of every study; the rows of a study as soon as it is done.

    ``term`` is an id, ``ALL_TERMS``, or empty for each study's last; ``options`` and ``chosen`` are those of
    ``run.run``. An executor that loses a worker may run a task again: what was released stands then, and is not made
    twice.
    """
    options = replace(options or Options(), **chosen)
    tasks = {executor.submit(run_study, str(study), term, options): str(study) for study in studies}
    for finished in as_completed(tasks):
        error = finished.exception()
        study = paths.study_name(tasks[finished])
        yield finished.result() if error is None else [_failed(study, "", error, _spoken(tasks[finished], options))]


def run_study(folder: str, term: str, options: Options) -> list[Row]:
    """The terms of one study, in order; a row each. Nothing is raised but what ends the process."""
    from evaltools.pipeline import run
    from evaltools.study.loader import load

    name, options = paths.study_name(folder), _spoken(folder, options)
    try:
        study = load(folder)
        ordered = sorted(study.terms, key=lambda each: each.start)
        terms = [each.id for each in ordered] if term == ALL_TERMS else [term or ordered[-1].id]
        jobs = run.prepare(study.folder, terms, options)
    except Exception as error:
        return [_failed(name, "" if term == ALL_TERMS else term, error, options)]
    return [_row(partial(run.run_term, job), study.id, job.about.term.id, options) for job in jobs]


def _spoken(folder: str, options: Options) -> Options:
    """The options with the study's own language where none is asked for."""
    return replace(options, language=options.language or i18n.of_study(folder))


def _row(make: Callable[[], Any], study: str, term: str, options: Options) -> Row:
    try:
        outcome = make()
    except Exception as error:
        return _failed(study, term, error, options)
    state = UNCHANGED if outcome.unchanged else MADE
    return Row(study, term, state, round(outcome.seconds, 3), str(outcome.index))


def _failed(study: str, term: str, error: BaseException, options: Options) -> Row:
    status, lines = errors.explain(error, options.language)
    return Row(study, term, FAILED, status=status, lines=lines)
