"""Small faults put into the code, one at a time: is each noticed by a test?

    python benchmarks/mutation.py map                 # once: which tests reach which line (all tests, slow)
    python benchmarks/mutation.py run 100 --seed 1    # a seeded sample, modules by their share of lines

A mutant is one change of the syntax tree: a comparison, a sign, a constant, a condition, a returned value, a call left
out. It is written to a copy of ``src``, and the tests that reach its line run against the copy until one fails. The
table at the end has killed and surviving mutants by room; survivors are printed with their line, before and after.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SRC = ROOT / "src"
ROOMS = ("statistics", "disclosure", "ingest", "counts", "results", "sections", "pipeline")
MAP = ROOT / ".mutation" / "coverage"
MOST_TESTS = 40  # of those that reach a line
SECONDS = 300  # for the tests of one mutant; longer is killed: it does not end

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
    if isinstance(node, ast.Return) and node.value is not None:
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


def make_map() -> None:
    """Run every test once and keep which of them reach which line."""
    MAP.parent.mkdir(exist_ok=True)
    settings = MAP.with_name("settings")
    settings.write_text(f"[run]\ndynamic_context = test_function\nsource = {SRC / 'evaltools'}\ndata_file = {MAP}\n")
    command = [sys.executable, "-m", "pytest", "-q", f"--cov-config={settings}", "--cov", "--cov-context=test"]
    subprocess.run([*command, "--cov-report="], cwd=ROOT, check=False)


def reaching(mutant: Mutant) -> list[str]:
    """The tests that reach a mutant's line, at most ``MOST_TESTS``; those of the same room first."""
    from coverage.numbits import num_in_numbits

    base = sqlite3.connect(MAP)
    asked = "SELECT context.context, numbits FROM line_bits JOIN file ON file.id = file_id "
    asked += "JOIN context ON context.id = context_id WHERE file.path LIKE ?"
    rows = base.execute(asked, [f"%src/{mutant.module}"]).fetchall()
    names = {context.split("|")[0] for context, bits in rows if context and num_in_numbits(mutant.line, bits)}
    stem = Path(mutant.module).stem
    return sorted(names, key=lambda name: (stem not in name, name))[:MOST_TESTS]


def killed(mutant: Mutant, home: Path) -> str:
    """``killed``, ``survived``, or ``unreached`` where no test reaches the line."""
    tests = reaching(mutant)
    if not tests:
        return "unreached"
    target = home / "src" / mutant.module
    original = target.read_text(encoding="utf-8")
    target.write_text(mutant.source, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(home / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n0", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=home, env=environment, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        return "survived" if done.returncode == 0 else "killed"
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        target.write_text(original, encoding="utf-8")


def run(count: int, seed: int) -> None:
    results: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "project"
        skipped = shutil.ignore_patterns(".git", ".venv", "outputs", "site", ".mutation", "__pycache__")
        shutil.copytree(ROOT, home, ignore=skipped, symlinks=True)
        (home / "outputs").mkdir()
        for number, mutant in enumerate(sample(count, seed), 1):
            state = killed(mutant, home)
            results[mutant.module.split("/")[1], state] += 1
            print(f"{number} {state}: {mutant.module}:{mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
    print("\n| room | killed | survived | unreached |\n| --- | ---: | ---: | ---: |")
    for room in ROOMS:
        numbers = " | ".join(str(results[room, state]) for state in ("killed", "survived", "unreached"))
        print(f"| {room} | {numbers} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("map")
    ran = commands.add_parser("run")
    ran.add_argument("count", type=int)
    ran.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.command == "map":
        make_map()
    else:
        run(asked.count, asked.seed)


if __name__ == "__main__":
    main()
