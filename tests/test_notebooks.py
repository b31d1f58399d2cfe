"""The notebooks: load, count, estimate, show - with nothing of the reports left out, and nothing but code in git."""

import gc
import re
from pathlib import Path

import nbformat
import pytest
from conftest import write_study

import evaltools as ev
from evaltools import paths
from evaltools.cli import in_cell, main
from evaltools.i18n import LANGUAGES
from evaltools.sections import registry

ROOT = Path(__file__).parent.parent
NOTEBOOKS = paths.notebooks(ROOT / "notebooks")
TERM = ROOT / "notebooks" / paths.WHILE_IT_RUNS
TOPIC = {path.stem: registry.TOPICS[i] for i, path in enumerate(NOTEBOOKS)}
PARAMETERS = ["study", "term", "language", "edition"]


def code(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def cells(path: Path, tag: str) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if tag in c.metadata.get("tags", [])]


def test_there_is_a_notebook_a_topic_in_the_order_of_the_flow():
    assert [path.stem.split("_")[0] for path in NOTEBOOKS] == [f"{i:02d}" for i in range(1, 8)]
    for path in NOTEBOOKS:
        asked = "section" if registry.of_notebook(path).reads == "results" else "count"
        assert f'.{asked}("{TOPIC[path.stem]}"' in "\n".join(code(path))


@pytest.mark.parametrize("path", [TERM, *NOTEBOOKS], ids=lambda path: path.stem)
def test_a_notebook_is_short_stripped_and_without_definitions(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    lines = [line for source in code(path) for line in source.splitlines() if line.strip()]
    assert len(lines) <= 80
    assert not any(line.lstrip().startswith(("def ", "class ")) for line in lines)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
        else:
            assert set(cell.metadata.tags) & {f"guide-{language}" for language in LANGUAGES}
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", [TERM, *NOTEBOOKS], ids=lambda path: path.stem)
def test_guides_say_the_same_steps_in_every_language(path):
    said = {language: [c.source for c in cells(path, f"guide-{language}")] for language in LANGUAGES}
    assert len({len(texts) for texts in said.values()}) == 1
    for texts in zip(*said.values(), strict=True):
        assert len({re.match(r"#+ \d*", text)[0] for text in texts}) == 1 and len(set(texts)) == len(LANGUAGES)
    steps = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"][1:]
    assert len(steps) == len(said["en"]) - 1 >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_every_part_of_its_section_and_its_steps_before(path):
    section = registry.of_notebook(path)
    shown = [part for source in code(path) for part in re.findall(r'"([\w.-]+)"', source) if "section.show(" in source]
    assert sorted(shown) == sorted(section.parts)
    assert [c.id for c in cells(path, "step")][-1] == "estimate"
    assert len(cells(path, "choice")) == 1
    assert not any("step" in c.metadata.get("tags", []) for c in cells(path, "parameters"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_are_the_four_that_a_run_sets(path):
    (cell,) = [c for c in nbformat.read(path, as_version=4).cells if "parameters" in c.metadata.get("tags", [])]
    assert [line.split(":")[0] for line in cell.source.splitlines()] == PARAMETERS


# --- while a term runs ------------------------------------------------------------------------------------------------


def test_the_notebook_of_a_running_term_is_no_part_of_a_run_and_gives_commands(monkeypatch):
    assert TERM.is_file() and TERM not in NOTEBOOKS
    parameters, *steps = code(TERM)
    names: dict[str, object] = {}
    exec(parameters, names)
    given: list[list[str]] = []
    monkeypatch.setattr(in_cell, "main", given.append)
    for chosen in ({}, {"term": "T2", "date": "2021-12-30", "language": "en"}):
        names |= chosen
        for step in steps:
            exec(step.replace('new_term = ""', 'new_term = "T3"'), names)
    assert [words[0] for words in given] == 2 * ["status", "due", "watch", "plan", "next"]
    for words in given:
        asked = main.parser().parse_args(words)
        assert asked.studies == ["data/uusi-alku"]
    assert given[2] == ["watch", "data/uusi-alku"]
    assert given[7] == ["watch", "data/uusi-alku", "T2", "--date", "2021-12-30", "--language", "en"]


def test_a_command_in_a_cell_that_fails_says_why(tmp_path, capsys):
    folder = write_study(tmp_path / "s")
    ev.command("status", str(folder), term="T9", language="en")
    said = capsys.readouterr()
    assert "there is no term T9" in said.out and said.err == ""


def test_a_command_in_a_cell_leaves_the_collector_as_it_was(monkeypatch):
    seen: list[bool] = []
    monkeypatch.setattr("evaltools.cli.status.each_study", lambda *_: seen.append(gc.isenabled()) or 0)
    ev.command("status", "data/uusi-alku")
    assert seen == [False] and gc.isenabled()
