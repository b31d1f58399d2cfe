"""Small faults put into the code, one at a time: is each noticed by a test?

    python benchmarks/mutation.py 100 --seed 1    # a seeded sample, modules by their share of lines

A mutant is one change of the syntax tree: a comparison, a sign, a constant, a condition, a returned value, a call left
out. It is written to a copy of ``src``, and the test files nearest to its module run against the copy until one fails.
The table at the end has killed and surviving mutants by room; each is printed with its line, before and after. What
survives the nearest files is tried with more of them (``--files``) before it counts.
"""

from __future__ import annotations

import argparse
import ast
import copy
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
STATES = ("killed", "survived", "timeout")
ROOMS = ("statistics", "disclosure", "ingest", "counts", "results", "sections", "pipeline")
SECONDS = 1200  # for one test file
PRELOADED = (
    "pytest",
    "hypothesis",
    "nbformat",
    "openpyxl",
    "pandas",
    "pyarrow.parquet",
    "pydantic",
    "scipy.stats",
    "scipy.optimize",
)
SLOW = (
    *("test_accessibility.py", "test_browser.py", "test_canary.py", "test_demo_reports.py", "test_examples.py"),
    *("test_faults_of_runs.py", "test_fleet.py", "test_fresh.py", "test_install.py", "test_recover_truth.py"),
)

COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
COMPARISONS |= {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
COMPARISONS |= {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
LOGIC = {ast.And: ast.Or, ast.Or: ast.And}


@dataclass(frozen=True)
class Mutant:
    """One change: the module, the line, the source before and after, and the whole mutated module."""

    module: str
    line: int
    before: str
    after: str
    source: str


# --- mutants ------------------------------------------------------------------------------------------------------


def changed(node: ast.AST) -> ast.AST | None:
    """What could stand in the place of this node; None where it is left alone."""
    new = copy.deepcopy(node)
    match new:
        case ast.Compare(ops=[op, *_]) if type(op) in COMPARISONS:
            new.ops[0] = COMPARISONS[type(op)]()
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            new.op = ARITHMETIC[type(op)]()
        case ast.BoolOp(op=op):
            new.op = LOGIC[type(op)]()
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return operand
        case ast.Constant(value=bool() | int() | float() as value):
            return ast.Constant(not value if isinstance(value, bool) else value + 1 if value != 0.5 else 0.75)
        case ast.If(test=test) | ast.IfExp(test=test):
            new.test = ast.UnaryOp(ast.Not(), test)
        case _:
            return _replaced(node)
    return new


def _replaced(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.Return) and not isinstance(node.value, ast.Constant | None):
        return ast.Return(ast.Constant(None))
    return ast.Pass() if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None


def sites(tree: ast.Module) -> list[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every place where a mutant can be made: parent, field, place in it, node. Annotations are left alone."""
    found = []
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            nodes = enumerate(value) if isinstance(value, list) else [(None, value)]
            kept = ((place, node) for place, node in nodes if isinstance(node, ast.AST))
            found += [(parent, name, place, node) for place, node in kept if changed(node) is not None]
    return found


def mutant(path: Path, number: int) -> Mutant:
    """The mutant at one of a module's sites."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parent, name, place, node = sites(tree)[number]
    before, new = ast.unparse(node), changed(node)
    ast.copy_location(new, node)
    if place is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[place] = new
    source = ast.unparse(ast.fix_missing_locations(tree))
    module, after = path.relative_to(SRC).as_posix(), ast.unparse(new)
    return Mutant(module, node.lineno, before.splitlines()[0], after.splitlines()[0], source)


def sample(count: int, seed: int) -> list[Mutant]:
    """So many mutants, each room by its share of the lines of code."""
    chance = random.Random(seed)
    texts = {
        room: {path: path.read_text(encoding="utf-8") for path in sorted((SRC / "evaltools" / room).rglob("*.py"))}
        for room in ROOMS
    }
    sizes = {room: sum(text.count("\n") for text in texts[room].values()) for room in ROOMS}
    chosen: list[Mutant] = []
    for room in ROOMS:
        share = round(count * sizes[room] / sum(sizes.values()))
        every = [(path, n) for path, text in texts[room].items() for n in range(len(sites(ast.parse(text))))]
        chosen += [mutant(path, n) for path, n in chance.sample(every, min(share, len(every)))]
    return chosen


# --- tests --------------------------------------------------------------------------------------------------------


def imported(path: Path) -> set[str]:
    """The names of the package's modules that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evaltools"):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def named(path: Path) -> str:
    return ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")


@cache
def importers() -> dict[str, set[str]]:
    """Of each module, the modules and the test files that import it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (SRC / "evaltools").rglob("*.py"):
        for module in imported(path):
            found[module].add(named(path))
    for path in (ROOT / "tests").glob("test_*.py"):
        for module in imported(path):
            found[module].add(f"tests/{path.name}")
    return found


def reaching(module: str, most: int) -> list[str]:
    """The test files nearest to a module: those that import it, then those that import what imports it, and so on.

    Of equally near ones those that import least come first: they are about it. Those that take minutes are left out.
    """
    layer, seen, files = {named(SRC / module)}, set[str](), list[str]()
    while layer and len(files) < most:
        seen |= layer
        near = {each for name in layer for each in importers()[name]} - seen
        tests = {each for each in near if each.startswith("tests/")} - set(files) - {f"tests/{name}" for name in SLOW}
        about = {Path(module).stem, *Path(module).parent.parts} - {"evaltools"}
        files += sorted(tests, key=lambda file: (not any(word in file for word in about), len(imported(ROOT / file))))
        layer = {each for each in near if not each.startswith("tests/")}
    return files[:most]


def killed(mutant: Mutant, home: Path, most: int) -> str:
    """``killed``, ``survived``, or ``timeout`` where the tests did not end."""
    target = home / "src" / mutant.module
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    try:
        codes = (tried(file, home) for file in reaching(mutant.module, most))
        code = next((code for code in codes if code != 0), 0)
        return "survived" if code == 0 else "timeout" if code is None else "killed"
    finally:
        target.write_text(original, encoding="utf-8")


def tried(file: str, home: Path) -> int | None:
    """The exit code of a test file in a process forked from this one; None where it did not end in time."""
    process = multiprocessing.get_context("fork").Process(target=_try, args=(file, home))
    process.start()
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None
    return process.exitcode


def _try(file: str, home: Path) -> None:
    os.chdir(home)
    sys.path.insert(0, str(home / "src"))
    sys.dont_write_bytecode = True
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    import pytest

    sys.exit(int(pytest.main(["-x", "-q", "-n0", "-p", "no:cacheprovider", file])))


def run(count: int, seed: int, most: int) -> None:
    results: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "project"
        skipped = shutil.ignore_patterns(".git", ".venv", "outputs", "site", "__pycache__")
        shutil.copytree(ROOT, home, ignore=skipped, symlinks=True)
        (home / "outputs").mkdir()
        for name in PRELOADED:  # once, not in each process
            import_module(name)
        for number, mutant in enumerate(sample(count, seed), 1):
            state = killed(mutant, home, most)
            results[mutant.module.split("/")[1], state] += 1
            print(f"{number} {state}: {mutant.module}:{mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
    print(f"\n| room | {' | '.join(STATES)} |\n| --- | ---: | ---: | ---: |")
    for room in ROOMS:
        print(f"| {room} | {' | '.join(str(results[room, state]) for state in STATES)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=4, help="how many test files may try a mutant")
    asked = parser.parse_args()
    run(asked.count, asked.seed, asked.files)


if __name__ == "__main__":
    main()
