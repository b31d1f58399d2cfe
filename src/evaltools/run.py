"""A run: all notebooks of a term, in order, into one folder of reports that appears whole or not at all.

Everything is made in a hidden folder beside the destination and renamed into place at the end. Whatever goes wrong
before that, the earlier reports stay as they were and nothing of the failed run is left.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import papermill
from filelock import FileLock, Timeout
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from evaltools import api, ingest, pseudonyms, publish, results, screening, text
from evaltools.model import LANGUAGES, Study

PARAMETERS = ("study", "term", "language", "edition")
WORKSPACE = "EVALTOOLS_WORKSPACE"  # tells a notebook's kernel where to put tidy data, results and tables
NEW = ".new."  # prefix of the folder in which a run is made
EARLIER = ".earlier."  # prefix of the release that is moved aside while the new one takes its place
PACKAGES = ("evaltools", "pandas", "numpy", "scipy", "statsmodels", "matplotlib")

Progress = Callable[[str, str, int, int, str], None]

# Failures reach the caller as exceptions; papermill's log would repeat them, and all that cells print, in full.
logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)


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
class Outcome:
    """One finished term: where its reports are and how long it took."""

    about: publish.Edition
    folder: Path
    index: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class _Job:
    about: publish.Edition
    notebooks: list[Path]
    home: Path  # outputs/<study>/<term>
    timeout: int
    progress: Progress | None

    @property
    def root(self) -> Path:
        return project_root(self.about.study.folder)

    @property
    def parameters(self) -> dict[str, str]:
        about = self.about
        path = about.study.folder.relative_to(self.root).as_posix()
        return dict(zip(PARAMETERS, (path, about.term.id, about.language, about.edition), strict=True))


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
    jobs = []
    for each in asked:
        about = publish.Edition(study, each.term, language, edition, draft=bool(only))
        jobs.append(_Job(about, chosen, place / study.id / each.term.id, timeout, progress))
    return [_run_term(job) for job in jobs]


def project_root(study_folder: Path) -> Path:
    """The folder that holds ``data/<study>``, or just the study where it does not lie in ``data``."""
    above = study_folder.parent
    return above.parent if above.name == "data" else above


def default_notebooks(study_folder: Path) -> Path:
    """``notebooks`` beside the study's ``data``, else beside this package's source."""
    beside = project_root(study_folder) / "notebooks"
    return beside if beside.is_dir() else Path(__file__).parents[2] / "notebooks"


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
        raise RunError("unreadable", 2, notebook=path.name, error=_one_line(error)) from error
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


def _run_term(job: _Job) -> Outcome:
    about = job.about
    with _locked(job), _staging(job) as staging:
        started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
        inputs = _inputs(about)
        workspace, edition = staging / "workspace", staging / "edition"
        (edition / "notebooks").mkdir(parents=True)
        workspace.mkdir()
        seconds = _run_notebooks(job, staging)
        _gather(workspace, edition)
        _mark(edition, about.edition)
        _check_unchanged(inputs, _inputs(about))
        record = _record(job, inputs, seconds, started, workspace)
        (edition / "run.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
        _check_silence(edition, workspace / "tidy")
        _flush(edition)
        moves = [(edition, job.home / about.name)]
        if (workspace / "tidy").is_dir() and not about.draft:
            _warn_about_microdata(workspace / "tidy")
            moves.append((workspace / "tidy", job.home / "tidy"))
        move_into_place(moves)
    folder = job.home / about.name
    index = folder / publish.marked("index.html", about.edition)
    return Outcome(about, folder, index, time.perf_counter() - clock)


def _run_notebooks(job: _Job, staging: Path) -> dict[str, float]:
    """Execute every notebook and publish them; the seconds each took."""
    about, executed, seconds = job.about, {}, {}
    for done, source in enumerate(job.notebooks):
        if job.progress is not None:
            job.progress(about.study.id, about.term.id, done, len(job.notebooks), source.stem)
        clock = time.perf_counter()
        notebook = _execute(source, job, staging)
        if about.edition == "public":
            publish.keep_parts(notebook)
        executed[source.stem] = _without_traces(notebook, _places(job, staging))
        seconds[source.stem] = round(time.perf_counter() - clock, 3)
        nbformat.write(executed[source.stem], staging / "edition" / "notebooks" / source.name)
    publish.write(about, executed, staging / "edition")
    return seconds


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


# --- one notebook --------------------------------------------------------------------------------------------------


def _execute(source: Path, job: _Job, staging: Path) -> NotebookNode:
    """The executed notebook; ``RunError`` with the cell where it failed, timed out or its kernel died."""
    started: list[NotebookNode] = []

    def note(cell: NotebookNode, cell_index: int) -> None:
        if publish.counts(cell):
            started.append(cell)

    try:
        notebook = papermill.execute_notebook(
            str(source),
            None,
            parameters=job.parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=job.timeout,
            kernel_manager_class=_kernel(staging),
            resources={"metadata": {"path": str(job.root)}},
            on_cell_start=note,
        )
        publish.check_complete(notebook)
    except PapermillExecutionError as error:
        why = _said(error.ename, error.evalue, job)
        raise RunError("cell", notebook=source.name, cell=len(started), **why) from None
    except publish.NotRunError as error:
        kind, _, message = (error.error or "").partition(": ")
        why = _said(kind, message, job) if kind else {"why": "not_run"}
        raise RunError("cell", notebook=source.name, cell=error.cell, **why) from None
    except CellTimeoutError:
        words = {"why": "timeout", "seconds": job.timeout}
        raise RunError("cell", notebook=source.name, cell=len(started), **words) from None
    except DeadKernelError:
        raise RunError("cell", notebook=source.name, cell=len(started), why="died") from None
    return notebook


def _said(kind: str, message: str, job: _Job) -> dict[str, str]:
    """What an error of a cell says, on one line, if no word of it can be a person's."""
    try:
        raw = ingest.read(job.about.study, job.about.term.id)
        shown = screening.may_show(message, screening.private_words(job.about.study, raw))
    except Exception:  # whatever it is, it is not what went wrong here
        shown = False
    if not shown:
        return {"why": "withheld", "kind": kind}
    return {"error": _one_line(f"{kind}: {message}" if message else kind)}


def _kernel(staging: Path) -> type[AsyncKernelManager]:
    """A manager that starts this very interpreter: an installed ``python3`` kernel may be another Python.

    The kernel learns its workspace from its environment, and reads nobody's IPython profile.
    """
    places = {WORKSPACE: staging / "workspace", "IPYTHONDIR": staging / "ipython"}
    environment = {name: str(place).replace("$", "$$") for name, place in places.items()}
    spec = KernelSpec(
        argv=[sys.executable, "-m", "ipykernel_launcher", "--log-level=CRITICAL", "-f", "{connection_file}"],
        display_name="Python 3",
        language="python",
        env={**environment, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        metadata={"supported_encryption": ["curve"]},
    )

    class OwnSpec(KernelSpecManager):
        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            return spec

    class OwnKernel(AsyncKernelManager):
        async def start_kernel(self, **options: Any) -> None:
            """Start it with nowhere to write to but its cells: what a dying kernel says may hold anything."""
            await super().start_kernel(**{**options, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL})

        def _kernel_spec_manager_default(self) -> KernelSpecManager:
            return OwnSpec()

    return OwnKernel


def _one_line(error: object, most: int = 500) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split() if isinstance(error, Exception) else str(error).split())
    return said if len(said) <= most else said[: most - 1] + "…"


def _without_traces(notebook: NotebookNode, places: dict[str, str]) -> NotebookNode:
    """The notebook without clock times, warnings and names of this machine's folders."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if publish.injected(cell):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    return nbformat.from_dict(_replaced(notebook, places))


def _places(job: _Job, staging: Path) -> dict[str, str]:
    """Folders of this machine with what stands for them in an executed notebook, the longest first."""
    named = {
        staging / "workspace": "workspace",
        staging: "staging",
        job.home.parents[1]: "outputs",
        job.root: ".",
        Path(sys.prefix): "python",
        Path(sys.base_prefix): "python",
        Path(tempfile.gettempdir()): "temporary",
        Path.home(): "~",
    }
    long_enough = {str(path): name for path, name in named.items() if len(path.parts) > 1}
    return dict(sorted(long_enough.items(), key=lambda pair: -len(pair[0])))


def _replaced(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(v, places) for key, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, places) for v in value]
    if isinstance(value, str):
        for path, name in places.items():
            value = re.sub(rf"(?<![\w.~-]){re.escape(path)}(?![\w-])", lambda _, name=name: name, value)
    return value


# --- what it was made from -----------------------------------------------------------------------------------------


def _inputs(about: publish.Edition) -> list[dict[str, str | int]]:
    """Every file read, relative to the study's folder, with its size and SHA-256."""
    files = []
    for path in sorted(ingest.input_files(about.study, about.term.id)):
        content = path.read_bytes()
        name = path.relative_to(about.study.folder).as_posix()
        files.append({"file": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
    return files


def _check_unchanged(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    changed = {file["file"] for file in [*before, *after] if file not in before or file not in after}
    if changed:
        raise RunError("inputs_changed", files=", ".join(sorted(changed)))


def _record(job: _Job, inputs: list, seconds: dict[str, float], started: dt.datetime, workspace: Path) -> dict:
    """What ``run.json`` holds. The clock stands here and nowhere else in an edition."""
    about, key_id = job.about, workspace / "key_id"
    return {
        "study": about.study.id,
        "term": about.term.id,
        "language": about.language,
        "edition": about.edition,
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


# --- whole or not at all -------------------------------------------------------------------------------------------


@contextmanager
def _locked(job: _Job) -> Iterator[None]:
    """One run at a time for a study's term, in whatever language or edition: they share the tidy data."""
    study_home, term = job.home.parent, job.about.term.id
    study_home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(study_home / f".{term}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RunError("locked", study=job.about.study.id, term=term) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _staging(job: _Job) -> Iterator[Path]:
    """A hidden folder beside the destination, gone afterwards whatever happens."""
    job.home.mkdir(exist_ok=True)
    _recover(job.home)
    folder = Path(tempfile.mkdtemp(prefix=f"{NEW}{job.about.name}.", dir=job.home))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if not any(job.home.iterdir()):
            job.home.rmdir()


def _recover(home: Path) -> None:
    """Clear up after a run that was killed. The lock is ours, so no other run is at work here."""
    for path in home.glob(f"{NEW}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in home.glob(f"{EARLIER}*"):
        destination = home / path.name.removeprefix(EARLIER)
        if destination.exists():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.rename(destination)


def move_into_place(moves: Sequence[tuple[Path, Path]]) -> None:
    """Rename each new folder to its destination; if one fails, all are as before."""
    begun: list[tuple[Path, Path, Path]] = []
    try:
        for new, destination in moves:
            earlier = destination.with_name(EARLIER + destination.name)
            begun.append((new, destination, earlier))
            if destination.exists():
                destination.rename(earlier)
            new.rename(destination)
    except BaseException:
        for new, destination, earlier in reversed(begun):
            if not new.exists() and destination.exists():
                destination.rename(new)
            if earlier.exists():
                earlier.rename(destination)
        raise
    for _, _, earlier in begun:
        shutil.rmtree(earlier, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have everything in the folder on the disk before it is renamed."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
