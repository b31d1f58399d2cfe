"""A run: all notebooks of a term, in order, into one folder of reports that appears whole or not at all.

Everything is made in a hidden folder beside the destination and renamed into place at the end. Whatever goes wrong
before that, the earlier reports stay as they were and nothing of the failed run is left.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode

from evaltools import (
    api,
    disclosure,
    execution,
    index,
    ledger,
    provenance,
    pseudonyms,
    publication,
    publish,
    results,
    screening,
    staging,
    text,
)
from evaltools.job import PARAMETERS, Job, Progress, RunError, default_notebooks
from evaltools.model import LANGUAGES, Study
from evaltools.study import project_root


@dataclass(frozen=True, slots=True)
class Outcome:
    """One finished term: where its reports are and how long it took."""

    about: publish.Edition
    folder: Path
    index: Path
    seconds: float


# --- what is asked -------------------------------------------------------------------------------------------------


def run(
    study_folder: str | Path,
    term_ids: Sequence[str],
    *,
    language: str = "fi",
    edition: str = "public",
    only: Sequence[str] = (),
    notebooks: str | Path | None = None,
    outputs: str | Path | None = None,
    timeout: int = 600,
    new_key: bool = False,
    progress: Progress | None = None,
) -> list[Outcome]:
    """Make the reports of one study for the given terms.

    All that is asked, and all raw data, are checked before the first notebook starts.

    Parameters
    ----------
    study_folder : folder with ``study.toml``
    term_ids : ids of terms, made in this order
    language, edition : of the reports; one of ``model.LANGUAGES``, ``model.EDITIONS``
    only : numbers or names of notebooks (``"04"``); with any, the result is a draft and not a release
    notebooks : folder of the notebooks; by default ``notebooks`` beside ``data``
    outputs : folder for the outputs; by default ``outputs`` beside ``data``
    timeout : longest time of one cell, seconds
    new_key : go on with another pseudonym key than earlier outputs were made with
    progress : called as ``progress(study, term, done, total, notebook)`` before each notebook

    Returns
    -------
    list of Outcome, one a term

    Raises
    ------
    model.StudyError, ingest.DataError
        Faulty study file, unknown term, language or edition, faulty data.
    RunError
        Unknown notebook, a place that outputs may not go to, another pseudonym key than before, another run of the
        same term under way, a personal identity code in what was to be published, or a cell that failed
        (``04_survey.ipynb, cell 3: ValueError: ...``; code cells count from 1).
    pseudonyms.KeyFileError
        A key file that others can read or that holds no key.
    gate.ReleaseError, ledger.LedgerError
        A small count of persons could be worked out from what was to be published, or it cannot be known whether.

    Examples
    --------
    >>> run("data/uusi-alku", ["2023K"], language="en")[0].index  # doctest: +SKIP
    PosixPath('outputs/uusi-alku/2023K/public-en/index.html')
    """
    opened = api.open_study(study_folder)
    study = opened.study
    asked = [opened.term(term_id, language, edition) for term_id in dict.fromkeys(term_ids)]
    if not asked:
        raise RunError("no_terms", 2, known=study.term_ids)
    chosen = _chosen(Path(notebooks) if notebooks else default_notebooks(study.folder), only)
    place = _outputs(study, outputs)
    if not new_key:
        _check_key(study.id, place / study.id)
    # tables are cumulative: what the last term reads holds all that the earlier ones read
    max(asked, key=lambda each: each.term.start).check()
    if any(disclosure.active(study.disclosure, each.edition) for each in asked):
        ledger.load(place / study.id / ledger.LEDGER)
    jobs = []
    for each in asked:
        about = publish.Edition(study, each.term, language, edition, draft=bool(only))
        jobs.append(Job(about, chosen, place / study.id / each.term.id, timeout, progress))
    return [_run_term(job) for job in jobs]


def _chosen(folder: Path, only: Sequence[str]) -> list[Path]:
    """The notebooks to run, in order of their names; each must take the four parameters."""
    found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    if not found:
        raise RunError("no_notebooks", 2, folder=folder.name)
    for wanted in only:
        if not any(_is_named(path, wanted) for path in found):
            known = ", ".join(path.stem for path in found)
            raise RunError("unknown_notebook", 2, notebook=wanted, known=known)
    chosen = [p for p in found if not only or any(_is_named(p, wanted) for wanted in only)]
    for path in chosen:
        _check_parameters(path)
    return chosen


def _is_named(path: Path, wanted: str) -> bool:
    return wanted in (path.stem, path.name, path.stem.split("_")[0])


def _check_parameters(path: Path) -> None:
    """papermill only warns about a parameter that the notebook does not have: here it is an error."""
    try:
        declared = papermill.inspect_notebook(str(path))
    except Exception as error:
        raise RunError("unreadable", 2, notebook=path.name, error=execution.one_line(error)) from error
    missing = [name for name in PARAMETERS if name not in declared]
    if missing:
        raise RunError("parameters", 2, notebook=path.name, missing=", ".join(missing), known=", ".join(PARAMETERS))


def _outputs(study: Study, outputs: str | Path | None) -> Path:
    if outputs is None:
        return project_root(study.folder) / "outputs"
    if "://" in str(outputs):
        raise RunError("outputs_url", 2, outputs=outputs)
    place = Path(outputs).resolve()
    # what lies in the study's folder, or would come to lie there under the study's name
    if any(each.is_relative_to(study.folder) for each in (place, (place / study.id).resolve())):
        raise RunError("outputs_inside", 2, outputs=outputs)
    return place


def _check_key(study_id: str, home: Path) -> None:
    """Refuse another key than the one that the study's last outputs were made with: persons would not link."""
    before = _last_key(home)
    if before is None:
        return
    path = pseudonyms.key_path()
    if not path.exists():
        raise RunError("key_lost", 2, study=study_id, path=path, before=before)
    now = pseudonyms.load_key(path).id
    if now != before:
        raise RunError("key_changed", 2, study=study_id, path=path, before=before, now=now)


def _last_key(home: Path) -> str | None:
    """The key id of the study's latest run that has one, from its ``run.json``."""
    runs = []
    for path in home.glob("*/*/run.json"):
        with suppress(OSError, ValueError, KeyError, TypeError):
            record = json.loads(path.read_text(encoding="utf-8"))
            if re.fullmatch("[0-9a-f]{8}", record["key_id"]):
                runs.append((record["ended"], record["key_id"]))
    return max(runs)[1] if runs else None


# --- one term ------------------------------------------------------------------------------------------------------


def _run_term(job: Job) -> Outcome:
    about = job.about
    with staging.locked(job), staging.folder(job) as place:
        started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
        inputs = provenance.inputs(about)
        about = dataclasses.replace(about, run_id=provenance.run_id(about, inputs))
        job = dataclasses.replace(job, about=about)
        workspace, edition = place / "workspace", place / "edition"
        (edition / "notebooks").mkdir(parents=True)
        workspace.mkdir()
        published_before = publication.copied(job, workspace)
        executed, seconds = _run_notebooks(job, place)
        _gather(workspace, edition)
        publish.write(about, executed, edition)
        _mark(edition, about.edition)
        provenance.check_unchanged(inputs, provenance.inputs(about))
        record = provenance.record(job, inputs, seconds, started, workspace)
        (edition / "run.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
        _check_silence(edition, workspace / "tidy")
        publication.check(job, workspace)
        staging.flush(edition)
        moves = [(edition, job.home / about.name)]
        if (workspace / "tidy").is_dir() and not about.draft:
            _warn_about_microdata(workspace / "tidy")
            moves.append((workspace / "tidy", job.home / "tidy"))
        with publication.entered(job, workspace, published_before):
            staging.move_into_place(moves)
    index.refresh(about.study, job.home.parent)
    folder = job.home / about.name
    first = folder / publish.marked("index.html", about.edition)
    return Outcome(about, folder, first, time.perf_counter() - clock)


def _run_notebooks(job: Job, place: Path) -> tuple[dict[str, NotebookNode], dict[str, float]]:
    """Execute every notebook; the executed ones by name, and the seconds each took."""
    about, executed, seconds = job.about, {}, {}
    for done, source in enumerate(job.notebooks):
        if job.progress is not None:
            job.progress(about.study.id, about.term.id, done, len(job.notebooks), source.stem)
        clock = time.perf_counter()
        notebook = execution.execute(source, job, place)
        if about.edition == "public":
            publish.keep_parts(notebook)
        executed[source.stem] = execution.without_traces(notebook, execution.places(job, place))
        seconds[source.stem] = round(time.perf_counter() - clock, 3)
        nbformat.write(executed[source.stem], place / "edition" / "notebooks" / source.name)
    return executed, seconds


def _check_silence(*folders: Path) -> None:
    """Nothing that is to stay may hold a personal identity code; the files are named, the code is not."""
    found = [name for folder in folders for name in screening.unfit(folder)]
    if found:
        raise RunError("gives_away", files=", ".join(found))


def _gather(workspace: Path, edition: Path) -> None:
    """Take from the workspace what may lie in an edition: the tables and the joined results. Nothing else."""
    if (workspace / "tables").is_dir():
        (workspace / "tables").rename(edition / "tables")
    results.write(results.join(workspace / "results"), edition, "results")


def _mark(folder: Path, edition: str) -> None:
    """Mark the name of every file of the internal edition; the pages are written under marked names already."""
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if f".{edition}." not in path.name:
            path.rename(path.with_name(publish.marked(path.name, edition)))


def _warn_about_microdata(folder: Path) -> None:
    words = [text.say("run.readme.tidy", language) for language in LANGUAGES]
    (folder / "README.txt").write_text("\n\n".join(words) + "\n", encoding="utf-8", newline="\n")
