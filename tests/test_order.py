"""The package goes one way: a module imports only what stands before it in the order of the flow."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import evaltools

PACKAGE = Path(evaltools.__file__).parent
README = Path(__file__).parent.parent / "README.md"


def order() -> list[str]:
    """Names of modules and packages as the README lists them."""
    listed = README.read_text(encoding="utf-8").split("src/evaltools/ ")[1].split("\ntests/")[0]
    names = re.findall(r"^    (\S[\w/, ]*?)(?:  |$)", listed, flags=re.MULTILINE)
    return [name for line in names for name in re.findall(r"\w+", line) if name != "texts"]


def imported(path: Path) -> Iterator[str]:
    """What a module imports of the package, by the first name: ``counts`` of ``evaltools.counts.engines``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "evaltools":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evaltools."):
            yield node.module.split(".")[1]


def test_the_readme_lists_all():
    there = {path.stem for path in PACKAGE.iterdir() if path.name not in ("texts", "__pycache__")}
    assert set(order()) == there - {"__init__", "__main__"}


def test_a_module_imports_only_what_stands_before_it():
    names = order()
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in names:
            continue
        later = {name for name in imported(path) if name in names and names.index(name) > names.index(own)}
        wrong += [f"{path.relative_to(PACKAGE).as_posix()}: {name}" for name in sorted(later)]
    assert not wrong
