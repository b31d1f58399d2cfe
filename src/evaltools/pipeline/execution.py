"""One notebook from its source to its outputs, in a kernel of its own; whatever goes wrong names the cell."""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import load_notebook_node

from evaltools.i18n import LANGUAGES
from evaltools.ingest import reading
from evaltools.pipeline import kernels
from evaltools.pipeline.job import Job, RunError
from evaltools.privacy import screening
from evaltools.report import pages
from evaltools.session import ChangedSelectionError

# Failures reach the caller as exceptions; papermill's log would repeat them, and all that cells print, in full.
logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)


def execute(source: Path, job: Job, started: kernels.Kernels) -> NotebookNode:
    """The executed notebook; ``RunError`` with the cell where it failed, timed out or its kernel died."""
    cells: list[NotebookNode] = []
    whole = load_notebook_node(str(source))
    whole.cells.append(_noting_texts(source))

    def note(cell: NotebookNode, cell_index: int) -> None:
        if pages.counts(cell):
            cells.append(cell)

    try:
        notebook = _run(whole, job, started, on_cell_start=note)
        notebook.cells.pop()
        pages.check_complete(notebook)
    except PapermillExecutionError as error:
        why = _said(error.ename, error.evalue, job)
        raise RunError("cell", 1, notebook=source.name, cell=len(cells), **why) from None
    except pages.NotRunError as error:
        kind, _, message = (error.error or "").partition(": ")
        why = _said(kind, message, job) if kind else {"why": "not_run"}
        raise RunError("cell", 1, notebook=source.name, cell=error.cell, **why) from None
    except CellTimeoutError:
        words = {"notebook": source.name, "cell": len(cells), "seconds": job.options.timeout}
        raise RunError("cell", 1, why="timeout", **words) from None
    except DeadKernelError:
        raise RunError("cell", notebook=source.name, cell=len(cells), why="died") from None
    except RuntimeError as error:
        if cells:
            raise
        # jupyter_client's way to say that a kernel was gone before it was ready
        raise RunError("notebook", notebook=source.name, why="died") from error
    return notebook


def _noting_texts(source: Path) -> NotebookNode:
    """A last cell, which the release has not, that leaves word of the texts that the notebook asked for.

    A kernel that has not imported the package asked for none, and need not import it for this.
    """
    code = "import sys\nif 'evaltools.workspace' in sys.modules:\n    from evaltools import i18n, settings, workspace\n"
    code += f"    workspace.note_texts(settings.workspace(), {source.stem!r}, i18n.said())"
    return nbformat.v4.new_code_cell(code)


def prepare_previous(job: Job, started: kernels.Kernels) -> None:
    """Have the results of the term before made beside the other notebooks, for the final report.

    A failure is not told here: the final report then makes them itself, and names its cell.
    """
    first = nbformat.v4.new_code_cell("\n".join(f"{name} = ''" for name in job.parameters))
    first.metadata["tags"] = ["parameters"]
    code = "import evaltools as ev\nev.open_study(study).term(term, language, edition).record_previous()"
    notebook = nbformat.v4.new_notebook(cells=[first, nbformat.v4.new_code_cell(code)])
    with suppress(PapermillExecutionError, CellTimeoutError, RuntimeError):
        _run(notebook, job, started)


def _run(notebook: str | NotebookNode, job: Job, started: kernels.Kernels, **options: Any) -> NotebookNode:
    return papermill.execute_notebook(
        notebook,
        None,
        parameters=job.parameters,
        kernel_name="python3",
        language="python",
        progress_bar=False,
        execution_timeout=job.options.timeout,
        kernel_manager_class=started.manager,
        resources={"metadata": {"path": str(job.root)}},
        **options,
    )


def _said(kind: str, message: str, job: Job) -> dict[str, str]:
    """What an error of a cell says, on one line, if no word of it can be a person's."""
    if kind == ChangedSelectionError.__name__:
        return {"why": "changed_in_public"}
    system = _system_error(message)
    if system:
        return {"error": f"{kind}: {system}"}
    try:
        raw = reading.read(job.about.study, job.about.term.id)
        shown = screening.may_show(message, screening.private_words(job.about.study, raw))
    except Exception:  # whatever it is, it is not what went wrong here
        shown = False
    if not shown:
        return {"why": "withheld", "kind": kind}
    return {"error": one_line(f"{kind}: {message}" if message else kind)}


def _system_error(message: str) -> str:
    """What the system could not do (disk full, too many files), in its own words and without the file's name."""
    number = re.search(r"\[errno (\d+)\]", message, re.IGNORECASE)
    return f"[Errno {number[1]}] {os.strerror(int(number[1]))}" if number else ""


def one_line(error: object, most: int = 500) -> str:
    said = " ".join(f"{type(error).__name__}: {error}".split() if isinstance(error, Exception) else str(error).split())
    return said if len(said) <= most else said[: most - 1] + "…"


def without_traces(notebook: NotebookNode, places: dict[str, str], language: str) -> NotebookNode:
    """The notebook without clock times, warnings, guides in other languages and names of this machine's folders."""
    others = {f"{pages.GUIDE}-{each}" for each in LANGUAGES if each != language}
    notebook.cells = [cell for cell in notebook.cells if not others & set(cell.metadata.get("tags", []))]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if pages.injected(cell):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    return nbformat.from_dict(_replaced(notebook, places))


def places(job: Job, staging: Path) -> dict[str, str]:
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
            value = re.sub(rf"(?<![\w.~-]){re.escape(path)}(?![\w-])", name, value)
    return value
