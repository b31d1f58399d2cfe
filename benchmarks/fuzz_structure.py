"""Damage as exports really have it, done to each file of the demo, as text and as a workbook: what is made of it?

    python benchmarks/fuzz_structure.py [files] [seed]

Each damaged file is read, and what was read is held, cell by cell, to what the sound file gives. It may be the same,
refused at the damaged line of the damaged file, or noted there. A change without a word is *silent*; a refusal or a
note elsewhere is *astray*. What no reader can know (a digit that became another) is not among the kinds of damage.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pandas as pd
from damage import ANYWHERE, BOOK, GRID, OF_BYTES, TEXT, Damaged, Grid, book, kind, saved, text

from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.problems import DataError

DEMO = Path(__file__).resolve().parents[1] / "data" / "uusi-alku"
TERM = "2021K"
PERSONS = "osallistujat.csv"
# the files that must lie beside a damaged one, so that what links them is looked at too
BESIDE = {
    PERSONS: ("opinto-oikeudet.csv", "sijoittumisseuranta.csv"),
    "opinto-oikeudet.csv": (PERSONS,),
    "alkukysely.csv": (PERSONS,),
    "loppukysely.csv": (PERSONS,),
    "sijoittumisseuranta.csv": (PERSONS,),
    "hakeva-toiminta.csv": (),
    "toimenpiteet.csv": (),
    "yhteydet.csv": (),
    "talous.csv": (),
}
OTHER_TERM = "2021S"

# --- files in the place of others ------------------------------------------------------------------------------------


def _grid(text: str) -> Grid:
    return list(csv.reader(io.StringIO(text), delimiter=";"))


def _of_demo(file: str, term: str = TERM) -> Grid:
    return _grid((DEMO / "raw" / term / file).read_text(encoding="utf-8-sig"))


@kind(GRID)
def of_another_term(grid: Grid, rng: random.Random) -> Damaged:
    file = next(file for file in BESIDE if _of_demo(file)[0] == grid[0])
    return Damaged(_of_demo(file, OTHER_TERM), ANYWHERE)


@kind(GRID)
def of_another_table(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged(_of_demo(rng.choice([file for file in BESIDE if _of_demo(file)[0] != grid[0]])), ANYWHERE)


@kind(GRID)
def rows_of_another_term_below(grid: Grid, rng: random.Random) -> Damaged:
    more = of_another_term(grid, rng).grid
    return Damaged([*grid, *more[1:]], set(range(len(grid) + 1, len(grid) + len(more))))


# --- what is made of it ----------------------------------------------------------------------------------------------

OUTCOMES = ("same", "refused", "noted", "astray", "silent", "crash")


def prepared(demo: loader.Study, folder: Path, file: str, suffix: str) -> tuple[loader.Study, Path]:
    """The demo's study with one file, in one format, and those beside it; where that file is to be put."""
    raw = folder / "raw" / TERM
    raw.mkdir(parents=True)
    for name in BESIDE[file]:
        shutil.copy(DEMO / "raw" / TERM / name, raw / name)
    path = raw / f"{Path(file).stem}{suffix}"
    kept = [s.model_copy(update={"file": path.name}) if s.file == file else s for s in demo.sources]
    kept = [source for source in kept if source.file in (path.name, *BESIDE[file])]
    return demo.model_copy(update={"folder": folder, "sources": kept}), path


def read(study: loader.Study) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """What a study's files hold, without their places and in one order, and the notes."""
    tables = reading.read(study, TERM)
    notes = tables.pop("notes")
    gone = ["file", "line", "term"]
    return {
        name: frame.drop(columns=gone, errors="ignore").pipe(lambda f: f.sort_values(list(f), ignore_index=True))
        for name, frame in tables.items()
    }, notes


Notes = set[tuple[str, int | None, str]]


def placed(notes: pd.DataFrame) -> Notes:
    lines = [None if pd.isna(line) else int(line) for line in notes["line"]]
    return set(zip(notes["file"], lines, notes["kind"], strict=True))


def outcome(
    study: loader.Study, path: Path, lines: set[int] | None, sound: dict[str, pd.DataFrame], known: Notes
) -> str:
    """What reading comes to, beside what the sound file gives."""
    here = path.relative_to(study.folder).as_posix()

    def right(places: set[tuple[str, int | None]]) -> bool:
        at = [line for file, line in places if file == here]
        return bool(at) and (lines is ANYWHERE or any(line is None or line in lines for line in at))

    try:
        tables, notes = read(study)
    except DataError as error:
        assert all(error.lines(language) for language in ("fi", "en"))
        places = {(p.file, p.line) for p in error.problems}
        return "refused" if right(places) and all(file == here for file, _ in places) else "astray"
    except Exception:
        traceback.print_exc()
        return "crash"
    if all(sound[name].equals(tables[name]) for name in sound):
        return "same"
    new = {(file, line) for file, line, _ in placed(notes) - known}
    return "noted" if right(new) else "astray" if new else "silent"


def fuzz(files: int, seed: int, shown: Callable[[str], None] = lambda _: None) -> Counter[tuple[str, str]]:
    """How often each kind of damage came to each outcome; what is astray, silent or a crash is told."""
    rng = random.Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    demo = loader.load(DEMO)
    plans = [(name, damage, ".csv") for name, damage in {**GRID, **TEXT}.items()]
    plans += [(name, damage, ".xlsx") for name, damage in {**GRID, **BOOK}.items()]
    rng.shuffle(plans)  # a short run has a sample of the kinds
    with tempfile.TemporaryDirectory() as place:
        ready = {}
        for file in BESIDE:
            grid = _of_demo(file)
            for suffix in (".csv", ".xlsx"):
                study, path = prepared(demo, Path(place).resolve() / f"{file}{suffix}", file, suffix)
                _write(path, grid, None)
                tables, notes = read(study)
                ready[file, suffix] = study, path, grid, tables, placed(notes)
        names = list(BESIDE)
        done = 0
        while counts.total() < files:
            name, damage, suffix = plans[done % len(plans)]
            study, path, grid, sound, known = ready[rng.choice(names), suffix]
            lines = _damage(path, [list(cells) for cells in grid], name, damage, rng)
            done += 1
            if lines is False:
                continue
            came = outcome(study, path, lines, sound, known)
            counts[name, came] += 1
            if came in ("astray", "silent", "crash"):
                shown(f"{came}: {name} {path.name} lines {sorted(lines) if lines else 'any'} (number {done - 1})")
    return counts


def _damage(path: Path, grid: Grid, name: str, damage: Callable, rng: random.Random) -> set[int] | bool | None:
    """Write the damaged file; the lines at fault, or False where this kind does not fit this file."""
    if name in BOOK:
        made = book(grid)
        lines = damage(made, rng)
        content = saved(made)
        path.write_bytes(OF_BYTES[name](content, rng) if name in OF_BYTES else content)
        return lines
    found = damage(grid, rng)
    if found is None:
        return False
    _write(path, found.grid, found.content)
    return found.lines


def _write(path: Path, grid: Grid, content: bytes | None) -> None:
    if path.suffix == ".xlsx":
        book(grid).save(path)
    else:
        path.write_bytes(text(grid).encode("utf-8-sig") if content is None else content)


def main() -> None:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    start = time.perf_counter()
    counts = fuzz(files, seed, print)
    kinds = {name for name, _ in counts}
    seconds = time.perf_counter() - start
    print(f"{sum(counts.values()):,} files, {len(kinds)} kinds of damage, seed {seed}, {seconds:.0f} s")
    for came in OUTCOMES:
        print(f"{came:8} {sum(n for (_, o), n in counts.items() if o == came):>7,}")
    raise SystemExit(any(came in ("astray", "silent", "crash") for _, came in counts))


if __name__ == "__main__":
    main()
