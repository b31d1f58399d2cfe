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
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pandas as pd

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
IDS = ("Henkilötunniste", "Vastaajatunnus", "Opinto-oikeuden tunniste", "Tunnus")
FREE = ("18. Avoin palaute", "Paikka", "Kumppani")  # what stands there is read for names and themes only
Grid = list[list[str]]
ANYWHERE = None  # a refusal may name the file only, or any line of it


@dataclass
class Damaged:
    """What became of a file: its grid or its bytes, and the lines at which a refusal or a note is right."""

    grid: Grid
    lines: set[int] | None
    content: bytes | None = None


Damage = Callable[[Grid, random.Random], Damaged | None]
GRID: dict[str, Damage] = {}  # of rows and cells: a text and a workbook can have it
TEXT: dict[str, Damage] = {}  # of a text with a delimiter
BOOK: dict[str, Callable[[openpyxl.Workbook, random.Random], set[int] | None]] = {}


def kind(family: dict) -> Callable:
    def add(function: Callable) -> Callable:
        family[function.__name__] = function
        return function

    return add


def row(grid: Grid, rng: random.Random) -> int:
    return rng.randrange(1, len(grid))


def filled(grid: Grid, rng: random.Random, wanted: Callable[[str, str], bool]) -> tuple[int, int] | None:
    """A cell that holds something, in a column that is read for what it says, which fits."""
    places = [
        (i, j)
        for i, cells in enumerate(grid[1:], start=1)
        for j, cell in enumerate(cells)
        if cell and grid[0][j] not in FREE and wanted(grid[0][j], cell)
    ]
    return rng.choice(places) if places else None


def put(grid: Grid, place: tuple[int, int] | None, change: Callable[[str], str]) -> Damaged | None:
    if place is None:
        return None
    i, j = place
    grid[i][j] = change(grid[i][j])
    return Damaged(grid, {i + 1})


def is_id(heading: str, cell: str) -> bool:
    return heading in IDS


def is_code(heading: str, cell: str) -> bool:
    return not re.search(r"[0-9]", cell) and heading not in IDS


def is_day(heading: str, cell: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{2}\.[0-9]{2}\.[0-9]{4}", cell))


def is_likert(heading: str, cell: str) -> bool:
    return bool(re.match(r"[0-9]+\. ", heading)) and cell.isdigit()


def is_amount(heading: str, cell: str) -> bool:
    return heading in ("Euroa", "Tavoitettuja", "Hakijoita")


def anything(heading: str, cell: str) -> bool:
    return True


def cells(name: str, wanted: Callable[[str, str], bool], *changes: Callable[[str], str] | str) -> None:
    """A kind of damage for each change of a cell."""
    for n, change in enumerate(changes):
        how = change if callable(change) else (lambda _, to=change: to)
        GRID[f"{name}_{n}"] = lambda grid, rng, how=how: put(grid, filled(grid, rng, wanted), how)


cells("id_unseen", is_id, lambda c: c + "\u200b", lambda c: "\u2060" + c, lambda c: f"\u00a0{c} ")
cells("id_spoilt", is_id, lambda c: c + ".0", lambda c: "'" + c, lambda c: c + "x", "")
cells("day_word", is_day, "today", "now", "tänään", "NaT")
cells(
    "day_other", is_day, lambda c: "-".join(c.split(".")[::-1]), lambda c: c.replace(".", "/"), lambda c: c[:6] + c[8:]
)
cells("day_never", is_day, "31.02.2021", "00.00.0000", lambda c: c[:6] + "2121", lambda c: c[:6] + "1021", "44567")
cells("likert_off", is_likert, "6", "0", "-1", "99", "4.0", "4,0", "3,4", "3/4", "ehkä", "1E0", "٣", "4 5")
cells("amount_mark", is_amount, "1.234", "2,385", "1 234", "1\u00a0234,50", "12.50", "€ 12", "1E3", "(12)")
cells(
    "code_off", is_code, lambda c: c + "x", "?", "-", "yhteensä", lambda c: c.replace("ä", "Ã¤").replace("i", "\ufffd")
)
cells(
    "code_spelt",
    is_code,
    str.upper,
    lambda c: f"  {c}\u00a0",
    lambda c: c.replace("ä", "a\u0308"),
    lambda c: c + "\u200b",
)
cells("cell_error", anything, "#N/A", "#REF!", "=1+1")


@kind(GRID)
def row_again(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    grid.insert(i + 1, list(grid[i]))
    return Damaged(grid, {i + 1, i + 2})


@kind(GRID)
def row_again_at_the_end(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    grid.append(list(grid[i]))
    return Damaged(grid, {i + 1, len(grid)})


@kind(GRID)
def body_twice(grid: Grid, rng: random.Random) -> Damaged:
    n = len(grid)
    return Damaged(grid + [list(cells) for cells in grid[1:]], set(range(n + 1, 2 * n)))


@kind(GRID)
def part_twice(grid: Grid, rng: random.Random) -> Damaged:
    n, take = len(grid), rng.randrange(3, 7)
    start = rng.randrange(1, max(2, n - take))
    return Damaged(grid + [list(cells) for cells in grid[start : start + take]], set(range(n + 1, n + take + 1)))


@kind(GRID)
def heading_in_the_body(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    grid.insert(i, list(grid[0]))
    return Damaged(grid, {i + 1})


@kind(GRID)
def blank_rows(grid: Grid, rng: random.Random) -> Damaged:
    for _ in range(rng.randrange(1, 4)):
        grid.insert(row(grid, rng), [""] * len(grid[0]))
    return Damaged(grid, ANYWHERE)


@kind(GRID)
def total_row(grid: Grid, rng: random.Random) -> Damaged:
    word = rng.choice(["Yhteensä", "Summa", "Total", "Kaikki", "Totalt"])
    grid.append([word, *[""] * (len(grid[0]) - 1)])
    return Damaged(grid, {len(grid)})


@kind(GRID)
def total_row_with_sums(grid: Grid, rng: random.Random) -> Damaged | None:
    if not {"Euroa", "Tavoitettuja"} & set(grid[0]):
        return None
    j = grid[0].index("Euroa" if "Euroa" in grid[0] else "Tavoitettuja")
    total = sum(float(cells[j].replace(",", ".")) for cells in grid[1:])
    last = list(grid[-1])
    last[j] = f"{total:.2f}".replace(".", ",") if grid[0][j] == "Euroa" else f"{total:.0f}"
    return Damaged([*grid, last], {len(grid) + 1})


@kind(GRID)
def only_the_id(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    keep = [j for j, heading in enumerate(grid[0]) if heading in IDS] or [0]
    grid[i] = [cell if j in keep else "" for j, cell in enumerate(grid[i])]
    return Damaged(grid, {i + 1})


@kind(GRID)
def answers_gone(grid: Grid, rng: random.Random) -> Damaged | None:
    if not any(re.match(r"[0-9]+\. ", heading) for heading in grid[0]):
        return None
    i = row(grid, rng)
    grid[i] = [*grid[i][:2], *[""] * (len(grid[0]) - 2)]
    return Damaged(grid, {i + 1})


@kind(GRID)
def shifted_left(grid: Grid, rng: random.Random) -> Damaged | None:
    place = filled(grid, rng, lambda heading, cell: heading in IDS or is_day(heading, cell))
    if place is None:
        return None
    i, j = place
    if not any(grid[i][j + 1 :]):
        return None  # an empty cell more
    grid[i] = [*grid[i][:j], *grid[i][j + 1 :], ""]
    return Damaged(grid, {i + 1})


@kind(GRID)
def turned_round(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    grid[i] = [grid[i][-1], *grid[i][:-1]]
    return Damaged(grid, {i + 1})


@kind(GRID)
def beyond_the_heading(grid: Grid, rng: random.Random) -> Damaged:
    i = row(grid, rng)
    grid[i] = [*grid[i], "x"]
    return Damaged(grid, {i + 1})


@kind(GRID)
def heading_renamed(grid: Grid, rng: random.Random) -> Damaged:
    grid[0][rng.randrange(len(grid[0]))] += "x"
    return Damaged(grid, {1})


@kind(GRID)
def heading_blank(grid: Grid, rng: random.Random) -> Damaged:
    grid[0][rng.randrange(len(grid[0]))] = ""
    return Damaged(grid, {1})


@kind(GRID)
def heading_twice(grid: Grid, rng: random.Random) -> Damaged:
    a, b = rng.sample(range(len(grid[0])), 2)
    grid[0][a] = grid[0][b]
    return Damaged(grid, {1})


@kind(GRID)
def heading_gone(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged(grid[1:], {1})


@kind(GRID)
def title_above(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([["Raportti", *[""] * (len(grid[0]) - 1)], *grid], {1, 2})


@kind(GRID)
def heading_only(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged(grid[:1], {1})


@kind(GRID)
def columns_moved(grid: Grid, rng: random.Random) -> Damaged:
    order = list(range(len(grid[0])))
    rng.shuffle(order)
    return Damaged([[cells[j] for j in order] for cells in grid], ANYWHERE)


@kind(GRID)
def column_more(grid: Grid, rng: random.Random) -> Damaged:
    at = rng.randrange(len(grid[0]) + 1)
    return Damaged([[*c[:at], "Lisätieto" if not i else "9", *c[at:]] for i, c in enumerate(grid)], ANYWHERE)


@kind(GRID)
def column_gone(grid: Grid, rng: random.Random) -> Damaged:
    at = rng.randrange(len(grid[0]))
    return Damaged([[*c[:at], *c[at + 1 :]] for c in grid], {1})


@kind(GRID)
def person_too_young_or_old(grid: Grid, rng: random.Random) -> Damaged | None:
    year = rng.choice(["2018", "1905", "2021"])
    return put(grid, filled(grid, rng, lambda h, c: h == "Syntymäaika"), lambda c: "02.01." + year)


@kind(GRID)
def ends_before_it_starts(grid: Grid, rng: random.Random) -> Damaged | None:
    return put(grid, filled(grid, rng, lambda h, c: h == "Päättymispäivä"), lambda c: c[:6] + "2019")


@kind(GRID)
def more_applicants(grid: Grid, rng: random.Random) -> Damaged | None:
    return put(grid, filled(grid, rng, lambda h, c: h == "Hakijoita"), lambda c: "9876")


# --- texts ------------------------------------------------------------------------------------------------


def text(grid: Grid) -> str:
    return "".join(";".join(f'"{c}"' if re.search(r'[;"\n\r]', c) else c for c in cells) + "\n" for cells in grid)


def line_damage(name: str, change: Callable[[str, random.Random], str]) -> None:
    def damage(grid: Grid, rng: random.Random) -> Damaged | None:
        lines = text(grid).split("\n")
        i = rng.randrange(1, len(grid))
        if '"' in lines[i]:
            return None
        lines[i] = change(lines[i], rng)
        return Damaged(grid, {i + 1, i + 2}, ("\ufeff" + "\n".join(lines)).encode())

    TEXT[name] = damage


def at_a(mark: str, line: str, rng: random.Random) -> int:
    return rng.choice([m.start() for m in re.finditer(re.escape(mark), line)])


def inside(line: str, rng: random.Random) -> int:
    return rng.randrange(1, len(line))


def with_(line: str, at: int, new: str, old: int = 0) -> str:
    return line[:at] + new + line[at + old :]


line_damage("delimiter_more", lambda line, rng: with_(line, inside(line, rng), ";"))
line_damage("delimiter_at_the_end", lambda line, rng: line + ";")
line_damage("delimiters_at_the_end", lambda line, rng: line + ";;;")
line_damage("delimiter_first", lambda line, rng: ";" + line)
line_damage("delimiter_gone", lambda line, rng: with_(line, at_a(";", line, rng), "", 1))
line_damage("delimiter_comma", lambda line, rng: with_(line, at_a(";", line, rng), ",", 1))
line_damage("delimiter_tab", lambda line, rng: with_(line, at_a(";", line, rng), "\t", 1))
line_damage("line_end_inside", lambda line, rng: with_(line, inside(line, rng), "\n"))
line_damage("line_end_for_delimiter", lambda line, rng: with_(line, at_a(";", line, rng), "\n", 1))
line_damage("quote_opens", lambda line, rng: with_(line, at_a(";", line, rng) + 1, '"'))
line_damage("quote_opens_the_row", lambda line, rng: '"' + line)
line_damage("quoted_pair", lambda line, rng: with_(line, at_a(";", line, rng) + 1, '"x"'))
line_damage("null_byte", lambda line, rng: with_(line, inside(line, rng), "\0"))
line_damage("carriage_return_inside", lambda line, rng: with_(line, inside(line, rng), "\r"))


def whole(name: str, lines: set[int] | None) -> Callable:
    def add(change: Callable[[str, random.Random], bytes | None]) -> Callable:
        def damage(grid: Grid, rng: random.Random) -> Damaged | None:
            content = change(text(grid), rng)
            return None if content is None else Damaged(grid, lines, content)

        TEXT[name] = damage
        return change

    return add


whole("line_ends_of_windows", ANYWHERE)(lambda text, rng: text.replace("\n", "\r\n").encode("utf-8-sig"))
whole("line_ends_of_a_mac", ANYWHERE)(lambda text, rng: text.replace("\n", "\r").encode())
whole("every_cell_quoted", ANYWHERE)(
    lambda text, rng: None if '"' in text else re.sub(r"[^;\n]+", lambda m: f'"{m[0]}"', text).encode()
)
whole("cp1252", ANYWHERE)(lambda text, rng: text.encode("cp1252", "replace"))
whole("mac_roman", ANYWHERE)(lambda text, rng: text.encode("mac_roman", "replace"))
whole("cp850", ANYWHERE)(lambda text, rng: text.encode("cp850", "replace"))
whole("utf16", ANYWHERE)(lambda text, rng: text.encode("utf-16"))
whole("cut_off", ANYWHERE)(lambda text, rng: text[: rng.randrange(len(text) // 2, len(text) - 1)].encode())
whole("cut_in_the_last_row", ANYWHERE)(
    lambda text, rng: text[: -rng.randrange(1, len(text.split("\n")[-2]) + 1)].encode()
)
whole("last_line_end_gone", ANYWHERE)(lambda text, rng: text[:-1].encode())
whole("empty", ANYWHERE)(lambda text, rng: b"")
whole("html", ANYWHERE)(lambda text, rng: f"<html><table><tr><td>{text}</td></tr></table></html>".encode())
whole("json", ANYWHERE)(lambda text, rng: b'[{"Henkil\xc3\xb6tunniste": "1"}]')
whole("ends_with_delimiters", ANYWHERE)(lambda text, rng: text.replace("\n", ";\n").encode())
whole("ends_with_delimiters_below", ANYWHERE)(
    lambda text, rng: with_(text.replace("\n", ";\n"), text.index("\n"), "", 1).encode()
)
whole("delimiters_are_commas", ANYWHERE)(lambda text, rng: text.replace(";", ",").encode())


@kind(TEXT)
def quote_swallows(grid: Grid, rng: random.Random) -> Damaged | None:
    """A mark opens in a row, and closes in the same column some rows below."""
    lines = text(grid).split("\n")
    if '"' in "".join(lines) or len(grid) < 6:
        return None
    i, j = rng.randrange(1, len(grid) - 4), rng.randrange(len(grid[0]))
    end = i + rng.randrange(1, 4)
    first, last = lines[i].split(";"), lines[end].split(";")
    first[j], last[j] = '"' + first[j], last[j] + '"'
    lines[i], lines[end] = ";".join(first), ";".join(last)
    return Damaged(grid, {i + 1}, "\n".join(lines).encode())


@kind(TEXT)
def another_encoding_in_one_line(grid: Grid, rng: random.Random) -> Damaged | None:
    lines = text(grid).encode().split(b"\n")
    at = [i for i, line in enumerate(lines) if i and not line.isascii()]
    if not at:
        return None
    i = rng.choice(at)
    lines[i] = lines[i].decode().encode("cp1252", "replace")
    return Damaged(grid, {i + 1}, b"\n".join(lines))


# --- workbooks ------------------------------------------------------------------------------------------------


def book(grid: Grid) -> openpyxl.Workbook:
    """A workbook as people have them: whole numbers of the scale and amounts as numbers, the rest as text."""
    made = openpyxl.Workbook()
    sheet = made.active
    for i, line in enumerate(grid):
        for j, cell in enumerate(line):
            number = i and cell.isdigit() and j < len(grid[0]) and is_likert(grid[0][j], cell)
            if cell:
                place = sheet.cell(i + 1, j + 1)
                place.value = int(cell) if number else cell
                if isinstance(place.value, str):
                    place.data_type = "s"  # a text that begins with = is a text
    return made


@kind(BOOK)
def hidden_sheet_first(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    old = made.copy_worksheet(made.active)
    old.delete_rows(2, rng.randrange(1, 4))
    made.move_sheet(old, -1)
    old.sheet_state = rng.choice(["hidden", "veryHidden"])
    made.active = 1
    return ANYWHERE


@kind(BOOK)
def another_sheet_first(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    old = made.copy_worksheet(made.active)
    old.delete_rows(2, rng.randrange(1, 4))
    made.move_sheet(old, -1)
    return ANYWHERE


@kind(BOOK)
def another_sheet_last(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.create_sheet("Muistio")["A1"] = "x"
    return ANYWHERE


def _merge(made: openpyxl.Workbook, rng: random.Random, down: int, across: int) -> set[int]:
    sheet = made.active
    line, column = rng.randrange(2, max(3, sheet.max_row - down)), rng.randrange(1, max(2, sheet.max_column - across))
    sheet.merge_cells(start_row=line, end_row=line + down, start_column=column, end_column=column + across)
    return set(range(line, line + down + 1))


@kind(BOOK)
def merged_down(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    return _merge(made, rng, rng.randrange(1, 4), 0)


@kind(BOOK)
def merged_across(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    return _merge(made, rng, 0, 1)


@kind(BOOK)
def formula_without_value(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    line = rng.randrange(2, made.active.max_row + 1)
    made.active.cell(line, rng.randrange(1, made.active.max_column + 1)).value = "=SUM(A1:A2)"
    return {line}


@kind(BOOK)
def error_value(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    line = rng.randrange(2, made.active.max_row + 1)
    place = made.active.cell(line, rng.randrange(1, made.active.max_column + 1))
    place.value, place.data_type = "#N/A", "e"
    return {line}


@kind(BOOK)
def error_value_in_an_unread_column(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    column = made.active.max_column + 1
    made.active.cell(1, column).value = "Tarkistus"
    place = made.active.cell(rng.randrange(2, made.active.max_row + 1), column)
    place.value, place.data_type = "#REF!", "e"
    return ANYWHERE


@kind(BOOK)
def number_too_long(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    line = rng.randrange(2, made.active.max_row + 1)
    made.active.cell(line, rng.randrange(1, made.active.max_column + 1)).value = 12345678901234567890
    return {line}


@kind(BOOK)
def rows_hidden(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.active.row_dimensions[rng.randrange(2, made.active.max_row + 1)].hidden = True
    return ANYWHERE


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
    with tempfile.TemporaryDirectory() as place:
        ready = {}
        for file in BESIDE:
            grid = _grid((DEMO / "raw" / TERM / file).read_text(encoding="utf-8-sig"))
            for suffix in (".csv", ".xlsx"):
                study, path = prepared(demo, Path(place).resolve() / f"{file}{suffix}", file, suffix)
                _write(path, grid, None)
                tables, notes = read(study)
                ready[file, suffix] = study, path, grid, tables, placed(notes)
        names = list(BESIDE)
        done = 0
        while done < files:
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
        made.save(path)
        return lines
    found = damage(grid, rng)
    if found is None:
        return False
    _write(path, found.grid, found.content)
    return found.lines


def _grid(text: str) -> Grid:
    return list(csv.reader(io.StringIO(text), delimiter=";"))


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
