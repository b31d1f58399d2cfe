"""A study of one's own from each tool's exports: how many edits until it checks, whether it runs, whether it is true.

    python benchmarks/profiles.py [--run] [tool ...]

Each export is written plain and messy, ``evaltools new --from`` makes a study of it, ``check`` and (with ``--run``)
``run`` follow, and what is read is held to what was written. ``EDITS`` are the changes of the study file that a person
would make.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from more_exports import MORE
from tool_exports import TOOLS, VARIANTS, Truth, Written

from evaltools.cli.main import OK, main
from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.model import Study
from evaltools.study.wording import plain

ALL = TOOLS | VARIANTS | MORE
# edits of the study file by export: what stands there, what is written instead
EDITS: dict[str, list[tuple[str, str]]] = {}


def command(*arguments: str) -> tuple[int, str]:
    """A command's exit code and what it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(list(arguments))
    return code, said.getvalue()


def read(study: Study, truth: Truth) -> tuple[list[list[int]], list[set[str]]]:
    """The answers to the items in their order, and the options chosen where one question has several."""
    table = reading.read(study, study.terms[-1].id)[truth.table]
    if not truth.items:
        return [[] for _ in range(len(table))], []
    items = {plain(item.text("en")): item.id for item in study.survey.items}
    table = table[table[list(items.values())].notna().any(axis=1)]
    answers = table[[items[plain(text)] for text in truth.items]].fillna(0).astype(int).to_numpy().tolist()
    several = [v for v in study.variables if v.kind == "multi" and v.table == truth.table]
    if len(several) != 1 or not truth.heard:
        return answers, []
    names = {f"{several[0].id}_{code.id}": code.name("en") for code in study.codes[several[0].codes]}
    chosen = table[list(names)].fillna(False).astype(bool).to_dict("records")
    return answers, [{names[column] for column, picked in row.items() if picked} for row in chosen]


def differing(study: Study, written: Written) -> str:
    """What differs from what was written, in a few words; nothing where all is as written."""
    for truth in written.truths:
        try:
            answers, heard = read(study, truth)
        except KeyError as error:
            return f"{truth.table}: no {error}"
        if answers != truth.answers:
            return f"{truth.table}: {len(answers)} rows of {truth.rows}" if len(answers) != truth.rows else truth.table
        if any(truth.heard) and heard and heard != truth.heard:
            return f"{truth.table}: options"
        if any(truth.heard) and not heard:
            return f"{truth.table}: no options"
    return ""


def trial(name: str, write: Callable[[Path, bool], Written], messy: bool, run: bool, place: Path) -> tuple[str, ...]:
    """One export made a study: edits, what check said, what run said, what differs, seconds."""
    start = time.perf_counter()
    exports, folder = place / "exports", place / "mine"
    exports.mkdir(parents=True)
    written = write(exports, messy)
    code, said = command("new", str(folder), "--from", *map(str, written.files), "--language", "en")
    if code != OK:
        return "-", "new: " + said.strip().splitlines()[-1], "-", "-", ""
    text = (folder / "study.toml").read_text(encoding="utf-8")
    edits = EDITS.get(name, [])
    for old, new in edits:
        assert old in text, (name, old)
        text = text.replace(old, new, 1)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    code, said = command("check", str(folder), "--language", "en")
    checked = "OK" if code == OK else said.strip().splitlines()[0]
    ran = "-"
    if run and code == OK:
        code, said = command("run", str(folder), "--language", "en", "--edition", "internal")
        ran = "OK" if code == OK else said.strip().splitlines()[-1]
    different = differing(loader.load(folder), written) if checked == "OK" else "-"
    return str(len(edits)), checked, ran, different or "as written", f"{time.perf_counter() - start:.0f} s"


def trials(names: list[str], run: bool) -> bool:
    """All exports of these tools, a line each; whether all of them came out right."""
    right = True
    print("| export | | edits | check | run | answers | time |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name in names:
        for messy in (False, True):
            with tempfile.TemporaryDirectory() as place:
                told = trial(name, ALL[name], messy, run, Path(place).resolve())
            right &= told[1] == "OK" and told[2] in ("OK", "-") and told[3] == "as written"
            print(f"| {name} | {'messy' if messy else 'plain'} | {' | '.join(told)} |", flush=True)
    return right


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    chosen = [name for name in ALL if not given or any(part.casefold() in name.casefold() for part in given)]
    raise SystemExit(not trials(chosen, "--run" in sys.argv))
