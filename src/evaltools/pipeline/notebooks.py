"""The notebooks of a run: which they are, what each says of itself, and in which order they run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import nbformat
import papermill

from evaltools import i18n, paths
from evaltools.pipeline import execution
from evaltools.pipeline.job import PARAMETERS, Done, RunError
from evaltools.pipeline.options import PACKAGE, PROJECT
from evaltools.report import pages
from evaltools.sections import registry
from evaltools.study.model import Study

FILES, TIDY, RESULTS = get_args(registry.Reads)  # what a notebook can say it reads (``evaltools.reads``)
RUNS = {FILES: 0, RESULTS: 2}  # what runs first and last; all else in between, in the order of the pages
STUDY_LINE = re.compile(r'^study: str = "[^"\\\n]*"(?=\s*(?:#.*)?$)', re.M)  # of a copy, which names its own study
NAME = re.compile(r"[0-9]{2}_[A-Za-z0-9_-]+")


def chosen(study: Study, folder: Path, only: Sequence[str]) -> list[Path]:
    """The notebooks to run, in the order of their pages; each must take the four parameters.

    Raises RunError for a notebook that is not there, that cannot be read or that does not say what it must.
    """
    try:
        found = registry.notebooks(folder, study.folder, study.report.sections)
    except KeyError as error:
        known = ", ".join(path.stem for path in paths.notebooks(folder))
        raise RunError("unknown_notebook", 2, notebook=error.args[0], known=known) from None
    if not found:
        raise RunError("no_notebooks", 2, folder=folder.name)
    for wanted in only:
        if not any(_is_named(path, wanted) for path in found):
            known = ", ".join(path.stem for path in found)
            raise RunError("unknown_notebook", 2, notebook=wanted, known=known)
    named = [p for p in found if not only or any(_is_named(p, wanted) for wanted in only)]
    for path in named:
        _check_parameters(path)
        _check_metadata(path, own=path.parent.parent == study.folder)
    return named


def not_the_packages(study: Study, notebooks: Sequence[Path]) -> list[Path]:
    """Those that run other code than a notebook of the package of the same name: the study's own, changed copies."""
    folder = paths.package_notebooks()
    return [path for path in notebooks if path.parent != folder and _code(path) != _code(folder / path.name)]


def check_trusted(study: Study, notebooks: Sequence[Path], trusted: str) -> None:
    """Refuse notebooks that came with a project or study and are not trusted: a notebook is a program.

    ``trusted`` says whose may run: the ``package``'s own alone, those of the ``study``'s folder, too, or all of the
    ``project``. Raises RunError naming those that may not.
    """
    foreign = not_the_packages(study, notebooks) if trusted != PROJECT else []
    refused = [path for path in foreign if trusted == PACKAGE or path.parent.parent != study.folder]
    if refused:
        named = ", ".join(relative_to(paths.project_root(study.folder), path) for path in refused)
        raise RunError("foreign_notebooks", 2, study=study.id, notebooks=named)


def relative_to(root: Path, path: Path) -> str:
    """A notebook's path within its project; where it lies elsewhere, its whole path."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _code(path: Path) -> list[str] | None:
    """The code of a notebook, cell by cell, with no study named in it; None where there is no such file."""
    if not path.is_file():
        return None
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] != "markdown"]
    except (KeyError, TypeError, ValueError):
        return []
    return [STUDY_LINE.sub('study: str = ""', each) for each in code]


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


def _check_metadata(path: Path, own: bool) -> None:
    """What a notebook reads is one of three; one of the study's own has a name of its own and a title."""
    said = _metadata(path)
    if said.get("reads", TIDY) not in RUNS.keys() | {TIDY}:
        expected = ", ".join((FILES, TIDY, RESULTS))
        raise RunError("metadata", 2, notebook=path.name, key="reads", expected=expected)
    if not own:
        return
    if not NAME.fullmatch(path.stem) or registry.of_notebook(path):
        raise RunError("name", 2, notebook=path.name)
    for key, needed in (("title", True), ("about", False)):
        if (needed or key in said) and not _is_text(said.get(key)):
            expected = f'"…" / {{ {", ".join(f"{language} = …" for language in i18n.COMPLETE)} }}'
            raise RunError("metadata", 2, notebook=path.name, key=key, expected=expected)


def _is_text(value: Any) -> bool:
    """Whether it is a text, or one in each language that every text is in."""
    texts = [value.get(language) for language in i18n.COMPLETE] if isinstance(value, dict) else [value]
    return all(isinstance(text, str) and text.strip() for text in texts)


def _metadata(path: Path) -> dict[str, Any]:
    """What a notebook says of itself (``evaltools`` in its metadata)."""
    said = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("evaltools", {})
    return said if isinstance(said, dict) else {}


def reads(path: Path) -> str:
    """What a notebook says it reads: the exports, ``tidy`` data, the ``results`` of the others; nothing where it
    does not say."""
    return _metadata(path).get("reads", "")


def waves(notebooks: Sequence[Path]) -> list[list[Path]]:
    """The notebooks as they run: first what reads the exports, last what reads results, whatever the order of pages.

    Those that read what the first has written stand together: they may run side by side.
    """
    ordered = sorted(notebooks, key=lambda path: RUNS.get(reads(path), 1))
    result: list[list[Path]] = []
    for path in ordered:
        together = result and reads(ordered[0]) == FILES and reads(path) == reads(result[-1][0]) == TIDY
        if together:
            result[-1].append(path)
        else:
            result.append([path])
    return result


def page(done: Done, language: str) -> pages.Page:
    """A finished notebook as a page of the reports: its title is the section's, else what its metadata say."""
    section = registry.of_notebook(done.source)
    if section is not None:
        title, about = i18n.say(section.title, language), i18n.say(section.about, language)
        lead = section.id == registry.FINAL
        return pages.Page(done.name, title, about, done.notebook, section.folder, lead, people=section.people)
    said = _metadata(done.source)
    title, about = (_in_language(said.get(key, ""), language) for key in ("title", "about"))
    return pages.Page(done.name, title or done.name, about, done.notebook, own=True)


def _in_language(text: Any, language: str) -> str:
    if not isinstance(text, dict):
        return str(text)
    of = i18n.spoken(text, language)
    return str(text[of]) if of == language else i18n.Foreign(text[of], of)


def check_protected(source: Path, notebook: nbformat.NotebookNode) -> None:
    """Refuse a notebook of a public edition that shows anything which has not passed disclosure control.

    Raises RunError naming the notebook, the cell and what kind of output it is.
    """
    found = pages.unprotected(notebook)
    if found is not None:
        cell, output = found
        raise RunError("not_protected", notebook=source.name, cell=cell, output=output)
