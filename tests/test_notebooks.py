"""The notebooks: load, one call, show - with nothing of the reports left out, and nothing but code in git."""

from pathlib import Path

import nbformat
import pytest

from evaltools.sections import registry

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TOPIC = {path.stem: registry.TOPICS[i] for i, path in enumerate(NOTEBOOKS)}
PARAMETERS = ["study", "term", "language", "edition"]


def code(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_there_is_a_notebook_a_topic_in_the_order_of_the_flow():
    assert [path.stem.split("_")[0] for path in NOTEBOOKS] == [f"{i:02d}" for i in range(1, 8)]
    for path in NOTEBOOKS:
        assert f'.section("{TOPIC[path.stem]}")' in "\n".join(code(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_stripped_and_without_definitions(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    lines = [line for source in code(path) for line in source.splitlines() if line.strip()]
    assert len(lines) <= 60
    assert not any(line.lstrip().startswith(("def ", "class ")) for line in lines)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs and cell.execution_count is None
        else:
            assert "guide" in cell.metadata.tags
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_parameters_are_the_four_that_a_run_sets(path):
    (cell,) = [c for c in nbformat.read(path, as_version=4).cells if "parameters" in c.metadata.get("tags", [])]
    assert [line.split(":")[0] for line in cell.source.splitlines()] == PARAMETERS


def test_parts_that_only_a_comparison_group_has_are_shown_too():
    files = [path for like in ("placement*.py", "survey/*.py") for path in (ROOT / "src/evaltools/sections").glob(like)]
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    shown = "\n".join(source for path in NOTEBOOKS for source in code(path))
    for part in ("placement-arms", "placement-arm-means", "placement-balance", "survey-arms"):
        assert f'"{part}"' in source and f'"{part}"' in shown
