"""The package goes one way: a room imports only rooms below it, and no modules import each other in a circle."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import evaltools

PACKAGE = Path(evaltools.__file__).parent
README = Path(__file__).parent.parent / "README.md"
MODULES = {
    ".".join(("evaltools", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}


def rooms() -> list[str]:
    """Modules and packages as the README lists them, the topmost first."""
    listed = README.read_text(encoding="utf-8").split("src/evaltools/ ")[1].split("\ntests/")[0]
    return re.findall(r"^    (\w+)", listed, flags=re.MULTILINE)


def imported(path: Path) -> Iterator[str]:
    """The modules of the package that a module imports, those inside of functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "evaltools":
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (name if name in MODULES else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)


def test_the_readme_lists_every_room():
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert sorted(rooms()) == sorted(there - {"__init__", "__main__"})


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"evaltools", "evaltools.__main__"}))
def test_a_module_imports_only_from_its_own_room_and_those_below(module):
    below = rooms()
    own = module.split(".")[1]
    used = {name.split(".")[1] for name in imported(MODULES[module]) if "." in name}
    assert sorted(room for room in used if below.index(room) < below.index(own)) == []


def test_no_modules_import_each_other_in_a_circle():
    graph = {name: set(imported(path)) - {name} for name, path in MODULES.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
