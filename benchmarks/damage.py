"""Kinds of damage as exports really have it: to rows and cells, to texts with a delimiter, and to workbooks.

Each kind gives the lines at which a refusal or a note of it is right. What no reader can know (a digit that became
another) is not among them. ``fuzz_structure.py`` does them to the files of the demo.
"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import openpyxl

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


def is_code_alone(heading: str, cell: str) -> bool:
    """Not in a column of answers, where numbers stand beside words."""
    return is_code(heading, cell) and not re.match(r"[0-9]+\. ", heading)


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
            number = i and cell.isascii() and cell.isdigit() and j < len(grid[0]) and is_likert(grid[0][j], cell)
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


# --- more of rows and cells -----------------------------------------------------------------------------------------

cells("amount_unit", is_amount, lambda c: c + " €", lambda c: c + " kpl", lambda c: "noin " + c, lambda c: c + "%")
cells("amount_space", is_amount, lambda c: "\u00a0" + c, lambda c: c + "\u202f", lambda c: c + ",-", lambda c: "0x" + c)
cells(
    "likert_said", is_likert, lambda c: c + "\u00a0", lambda c: "\ufeff" + c, lambda c: c + c, "Kyllä", "TRUE", "½", "①"
)
cells("id_number", is_id, lambda c: c.lstrip("0") + "E+05", lambda c: c + "e0", lambda c: f'="{c}"', lambda c: "0" + c)
cells(
    "id_typed", is_id, lambda c: c.replace("0", "O", 1) + "O", lambda c: f"{c}; {c}", lambda c: c[:-1], "NULL", "#####"
)
cells(
    "day_more",
    is_day,
    lambda c: c + " 00:00:00",
    lambda c: c + ".",
    lambda c: c.replace(".", ". "),
    lambda c: f"{c}–{c}",
)
cells(
    "day_turned",
    is_day,
    lambda c: f"{c[6:]}{c[3:5]}{c[:2]}",
    lambda c: f"32{c[2:]}",
    lambda c: f"{c[:3]}13{c[5:]}",
    "1.2.",
)
cells("day_numbered", is_day, lambda c: "36526", lambda c: "44197,5", lambda c: "1609459200", lambda c: "2021")
cells(
    "code_marked",
    is_code,
    lambda c: f"'{c}'",
    lambda c: c + "*",
    lambda c: c.replace("ö", "&ouml;") + "&nbsp;",
    "77",
    "N/A",
)
cells(
    "code_other", is_code, lambda c: c[::-1], lambda c: c + "\n" + c, lambda c: c[: len(c) // 2], lambda c: f"{c}, {c}"
)


def column_of(grid: Grid, rng: random.Random, wanted: Callable[[str, str], bool]) -> int | None:
    """A column whose cells are mostly of a kind."""
    read = [(j, heading) for j, heading in enumerate(grid[0]) if heading not in FREE]
    found = [j for j, heading in read if sum(wanted(heading, c[j]) for c in grid[1:]) > 2]
    return rng.choice(found) if found else None


def columns(name: str, wanted: Callable[[str, str], bool], *changes: Callable[[str], str]) -> None:
    """A kind of damage for each change of all cells of a column."""

    def damage(change: Callable[[str], str]) -> Damage:
        def of_grid(grid: Grid, rng: random.Random) -> Damaged | None:
            j = column_of(grid, rng, wanted)
            if j is None:
                return None
            for line in grid[1:]:
                line[j] = change(line[j]) if line[j] else ""
            return Damaged(grid, set(range(1, len(grid) + 1)))

        return of_grid

    for n, change in enumerate(changes):
        GRID[f"{name}_{n}"] = damage(change)


columns("ids", is_id, lambda c: c.lstrip("0"), lambda c: f"{float(re.sub('[^0-9]', '', c)):.2E}", lambda c: f"ID {c}")
columns(
    "days",
    is_day,
    lambda c: f"{c[3:5]}/{c[:2]}/{c[6:]}",
    lambda c: f"{c[3:5]}.{c[:2]}.{c[6:]}",
    lambda c: c[:6] + c[8:],
)
columns("days_said", is_day, lambda c: c + " 12.30", lambda c: "ma " + c, lambda c: f"{int(c[:2])}. tammikuuta {c[6:]}")
columns(
    "amounts", is_amount, lambda c: c.replace(",", "."), lambda c: f"{c} €", lambda c: f"+{c}", lambda c: f"{c},000"
)
columns("likerts", is_likert, lambda c: c + ".0", lambda c: str(int(c) - 1) if c.isdigit() else c, lambda c: f"{c}/5")
columns("codes", is_code_alone, str.swapcase, lambda c: c + " ", lambda c: f"{len(c)}", lambda c: "")


@kind(GRID)
def second_heading_of_codes(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([grid[0], [f"q{j}" for j in range(len(grid[0]))], *grid[1:]], {1, 2})


@kind(GRID)
def second_heading_of_words(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([grid[0], ["Vastaa kaikkiin"] * len(grid[0]), *grid[1:]], {1, 2})


@kind(GRID)
def heading_above_in_groups(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([["Taustatiedot", *[""] * (len(grid[0]) - 2), "Muut"], *grid], {1, 2})


@kind(GRID)
def columns_exchanged_below(grid: Grid, rng: random.Random) -> Damaged | None:
    """From a row on, the cells of two columns of different kinds stand under one another's heading."""
    kinds = [column_of(grid, rng, each) for each in (is_id, is_day, is_code_alone, is_likert, is_amount)]
    places = [j for j in kinds if j is not None]
    if len(places) < 2:
        return None
    a, b = rng.sample(places, 2)
    start = row(grid, rng)
    for line in grid[start:]:
        line[a], line[b] = line[b], line[a]
    if grid[start:] and not any(line[a] or line[b] for line in grid[start:]):
        return None
    return Damaged(grid, set(range(start + 1, len(grid) + 1)))


@kind(GRID)
def row_over_another(grid: Grid, rng: random.Random) -> Damaged | None:
    """A row pasted over the one below it."""
    i = row(grid, rng)
    if i + 1 >= len(grid) or grid[i] == grid[i + 1]:
        return None
    grid[i + 1] = list(grid[i])
    return Damaged(grid, {i + 1, i + 2})


@kind(GRID)
def row_on_two_lines(grid: Grid, rng: random.Random) -> Damaged | None:
    i, at = row(grid, rng), rng.randrange(1, len(grid[0]))
    if not any(grid[i][:at]) or not any(grid[i][at:]):
        return None  # nothing but an empty row
    line, blank = grid[i], [""] * len(grid[0])
    grid[i : i + 1] = [[*line[:at], *blank[at:]], [*blank[:at], *line[at:]]]
    return Damaged(grid, {i + 1, i + 2})


@kind(GRID)
def row_twice_the_width(grid: Grid, rng: random.Random) -> Damaged | None:
    """A line end lost: two rows are one."""
    i = row(grid, rng)
    if i + 1 >= len(grid):
        return None
    grid[i : i + 2] = [grid[i] + grid[i + 1]]
    return Damaged(grid, {i + 1})


@kind(GRID)
def footer(grid: Grid, rng: random.Random) -> Damaged:
    said = rng.choice(["Tulostettu 1.8.2021", "Rivejä 96", "Lähde: rekisteri", "* ei tietoa", "Sivu 1/1"])
    blank = [""] * len(grid[0])
    return Damaged([*grid, blank, [said, *blank[1:]]], {len(grid) + 2})


@kind(GRID)
def column_emptied(grid: Grid, rng: random.Random) -> Damaged | None:
    j = rng.randrange(len(grid[0]))
    if grid[0][j] in FREE or sum(bool(line[j]) for line in grid[1:]) < 5:
        return None
    for line in grid[1:]:
        line[j] = ""
    return Damaged(grid, ANYWHERE)


@kind(GRID)
def column_filled_down(grid: Grid, rng: random.Random) -> Damaged | None:
    """An id or a day of the first row dragged over all others."""
    j = column_of(grid, rng, is_id)
    if j is None:
        return None
    for line in grid[1:]:
        line[j] = grid[1][j]
    return Damaged(grid, set(range(1, len(grid) + 1)))


@kind(GRID)
def empty_column_first(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([["", *line] for line in grid], ANYWHERE)


@kind(GRID)
def empty_rows_first(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([*([[""] * len(grid[0])] * rng.randrange(1, 4)), *grid], ANYWHERE)


@kind(GRID)
def numbered_rows(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([["" if not i else str(i), *line] for i, line in enumerate(grid)], ANYWHERE)


@kind(GRID)
def spaces_around_everything(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged([[f" {cell}\u00a0 " if cell else cell for cell in line] for line in grid], ANYWHERE)


@kind(GRID)
def heading_spelt(grid: Grid, rng: random.Random) -> Damaged:
    change = rng.choice([str.upper, lambda h: h.replace("ä", "a\u0308"), lambda h: h + "\u200b", lambda h: f"{h} "])
    return Damaged([list(map(change, grid[0])), *grid[1:]], {1})


@kind(GRID)
def followed_by_a_second_table(grid: Grid, rng: random.Random) -> Damaged:
    blank = [""] * len(grid[0])
    more = [["Kunta", "Lukumäärä", *blank[2:]], ["Lahti", "12", *blank[2:]]]
    return Damaged([*grid, blank, *more], {len(grid) + 2, len(grid) + 3})


# --- more of texts ----------------------------------------------------------------------------------------------------

line_damage("mark_of_order_inside", lambda line, rng: "\ufeff" + line)
line_damage("line_end_doubled", lambda line, rng: line + "\r\r")
line_damage("separator_of_lines", lambda line, rng: with_(line, at_a(";", line, rng) + 1, "\u2028"))
line_damage("feed_inside", lambda line, rng: with_(line, at_a(";", line, rng) + 1, "\x0c"))
line_damage("quote_inside", lambda line, rng: with_(line, inside(line, rng), '"'))
line_damage("quotes_of_another_kind", lambda line, rng: "'" + line.replace(";", "';'") + "'")
line_damage("quotes_escaped", lambda line, rng: with_(line, at_a(";", line, rng) + 1, '\\"'))
line_damage("row_quoted", lambda line, rng: f'"{line}"')
line_damage("remark", lambda line, rng: f"# {line}")

whole("line_ends_of_both", ANYWHERE)(lambda text, rng: text.replace("\n", "\r\n", len(text.split("\n")) // 2).encode())
whole("line_ends_doubled", ANYWHERE)(lambda text, rng: text.replace("\n", "\r\r\n").encode())
whole("separator_told", ANYWHERE)(lambda text, rng: b"sep=;\n" + text.encode())
whole("remarks_above", ANYWHERE)(lambda text, rng: b"# vienti 1.8.2021\n# rivit: 96\n" + text.encode())
whole("rows_counted_below", ANYWHERE)(lambda text, rng: text.encode() + b"(96 rows affected)\n")
whole("end_of_file_mark", ANYWHERE)(lambda text, rng: text.encode() + b"\x1a")
whole("utf16_without_a_mark", ANYWHERE)(lambda text, rng: text.encode("utf-16-le"))
whole("utf32", ANYWHERE)(lambda text, rng: text.encode("utf-32"))
whole("mark_twice", ANYWHERE)(lambda text, rng: ("\ufeff\ufeff" + text).encode())
whole("twice_with_heading", ANYWHERE)(lambda text, rng: ("\ufeff" + text + "\ufeff" + text).encode())
whole("gzipped", ANYWHERE)(lambda text, rng: gzip.compress(text.encode(), mtime=0))
whole("encoded_twice", ANYWHERE)(lambda text, rng: text.encode().decode("cp1252", "replace").encode())
whole("delimiters_are_tabs", ANYWHERE)(lambda text, rng: text.replace(";", "\t").encode())
whole("spaces_at_line_ends", ANYWHERE)(lambda text, rng: text.replace("\n", "  \n").encode())
whole("blank_lines_between", ANYWHERE)(lambda text, rng: text.replace("\n", "\n\n").encode())
whole("line_ends_lost", ANYWHERE)(lambda text, rng: text.replace("\n", ";").encode())
whole("in_a_page", ANYWHERE)(lambda text, rng: b"<!DOCTYPE html>\n<pre>\n" + text.encode() + b"</pre>\n")


@kind(TEXT)
def delimiter_another_from_here(grid: Grid, rng: random.Random) -> Damaged | None:
    lines = text(grid).split("\n")
    start, other = rng.randrange(1, len(grid)), rng.choice(",\t|")
    lines[start:] = [line.replace(";", other) for line in lines[start:]]
    at = {1} if start == 1 else set()  # where no row is as wide as the heading, that is told
    return Damaged(grid, at | set(range(start + 1, len(grid) + 1)), "\n".join(lines).encode())


@kind(TEXT)
def heading_quoted_whole(grid: Grid, rng: random.Random) -> Damaged:
    first, rest = text(grid).split("\n", 1)
    return Damaged(grid, {1}, f'"{first}"\n{rest}'.encode())


@kind(TEXT)
def zipped(grid: Grid, rng: random.Random) -> Damaged:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("vienti.csv", text(grid))
    return Damaged(grid, ANYWHERE, packed.getvalue())


@kind(TEXT)
def workbook_by_another_name(grid: Grid, rng: random.Random) -> Damaged:
    return Damaged(grid, ANYWHERE, saved(book(grid)))


# --- more of workbooks ------------------------------------------------------------------------------------------------


def saved(made: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def each_cell(made: openpyxl.Workbook, wanted: Callable[[str, str], bool]) -> list:
    """Cells below the heading that fit."""
    heads = [str(cell.value or "") for cell in made.active[1]]
    rows = made.active.iter_rows(min_row=2)
    return [c for line in rows for c, head in zip(line, heads, strict=True) if c.value and wanted(head, str(c.value))]


def day_of(cell: str) -> dt.datetime:
    return dt.datetime.strptime(cell, "%d.%m.%Y")


def book_cells(name: str, wanted: Callable, change: Callable, *, all_of_them: bool) -> None:
    """A kind of damage: one cell, or all, that fit and are changed."""

    def damage(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
        found = each_cell(made, wanted)
        if found and not all_of_them:
            found = [rng.choice(found)]
        for cell in found:
            change(cell)
        return {cell.row for cell in found} or ANYWHERE

    BOOK[name] = damage


def put_day(cell: object) -> None:
    cell.value = day_of(cell.value)


def put_day_and_time(cell: object) -> None:
    cell.value = day_of(cell.value).replace(hour=23, minute=59)


def put_serial(cell: object) -> None:
    cell.value, cell.number_format = (day_of(cell.value) - dt.datetime(1899, 12, 30)).days, "General"


def put_later(cell: object) -> None:
    cell.value = day_of(cell.value) + dt.timedelta(days=1462)


def put_number(cell: object) -> None:
    cell.value = int(re.sub(r"\D", "", str(cell.value)) or 0)


def put_text(cell: object) -> None:
    cell.value, cell.data_type = str(cell.value), "s"


def put_rich(cell: object) -> None:
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    said = str(cell.value)
    cell.value = CellRichText(said[:1], TextBlock(InlineFont(b=True), said[1:])) if len(said) > 1 else said


def put_shown_as_share(cell: object) -> None:
    cell.number_format = "0.00%"


def put_truth(cell: object) -> None:
    cell.value = True


def put_hours(cell: object) -> None:
    cell.value = dt.time(3, 30)


def put_remark(cell: object) -> None:
    from openpyxl.comments import Comment

    cell.comment = Comment("tarkista", "x")


for _name, _wanted, _change, _all in (
    ("days_are_dates", is_day, put_day, True),
    ("a_day_is_a_date", is_day, put_day, False),
    ("days_have_times", is_day, put_day_and_time, True),
    ("days_without_a_format", is_day, put_serial, True),
    ("a_day_of_1904", is_day, put_later, False),
    ("a_day_is_a_time", is_day, put_hours, False),
    ("ids_are_numbers", is_id, put_number, True),
    ("an_id_is_a_number", is_id, put_number, False),
    ("numbers_are_texts", is_likert, put_text, True),
    ("rich_text", is_code, put_rich, True),
    ("shares", is_likert, put_shown_as_share, True),
    ("truth", is_likert, put_truth, False),
    ("time_of_day", is_likert, put_hours, False),
    ("remarks", anything, put_remark, False),
):
    book_cells(_name, _wanted, _change, all_of_them=_all)


@kind(BOOK)
def days_from_1904(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for cell in each_cell(made, is_day):
        put_day(cell)
    return ANYWHERE


@kind(BOOK)
def column_hidden(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    letter = openpyxl.utils.get_column_letter(rng.randrange(1, made.active.max_column + 1))
    made.active.column_dimensions[letter].hidden = True
    return ANYWHERE


@kind(BOOK)
def rows_filtered(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    sheet = made.active
    sheet.auto_filter.ref = sheet.dimensions
    sheet.auto_filter.add_filter_column(0, ["x"])
    for line in rng.sample(range(2, sheet.max_row + 1), 3):
        sheet.row_dimensions[line].hidden = True
    return ANYWHERE


@kind(BOOK)
def empty_sheet_first(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.create_sheet("Taul1", 0)
    made.active = 1
    return ANYWHERE


@kind(BOOK)
def notes_on_the_first_sheet(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    about = made.create_sheet("Ohje", 0)
    about["A1"], about["A2"] = "Täytä tiedot toiselle välilehdelle", "Yhteyshenkilö: koordinaattori"
    return ANYWHERE


@kind(BOOK)
def older_sheet_behind(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.copy_worksheet(made.active).delete_rows(2, 2)
    return ANYWHERE


@kind(BOOK)
def table_further_in(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.active.insert_cols(1)
    made.active.insert_rows(1, rng.randrange(1, 3))
    return ANYWHERE


@kind(BOOK)
def title_merged_above(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    sheet = made.active
    sheet.insert_rows(1)
    sheet["A1"] = "Raportti"
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=sheet.max_column)
    return {1, 2}


@kind(BOOK)
def formulas_with_values(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    return ANYWHERE  # see OF_BYTES


@kind(BOOK)
def sum_below(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    sheet = made.active
    last = sheet.max_row
    sheet.cell(last + 1, sheet.max_column).value = f"=SUM(A2:A{last})"
    return {last + 1}


@kind(BOOK)
def sheet_renamed(made: openpyxl.Workbook, rng: random.Random) -> set[int] | None:
    made.active.title = "Vienti 1.8."
    return ANYWHERE


# --- what is done to the bytes of a workbook --------------------------------------------------------------------------


def members(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in archive.namelist():
            made.writestr(name, change(name, archive.read(name)))
    return out.getvalue()


def in_sheet(*changes: tuple[bytes, bytes]) -> Callable[[bytes, random.Random], bytes]:
    def damage(content: bytes, rng: random.Random) -> bytes:
        def of(name: str, xml: bytes) -> bytes:
            for old, new in changes if name.endswith("sheet1.xml") else ():
                xml = re.sub(old, new, xml)
            return xml

        return members(content, of)

    return damage


OF_BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "formulas_with_values": in_sheet((rb"(<c [^>]*t=\"n\"[^>]*>)<v>", rb"\1<f>1+1</f><v>")),
    "extent_untrue": in_sheet((rb"<dimension ref=\"[^\"]*\"", rb'<dimension ref="A1:B2"')),
    "rows_without_numbers": in_sheet((rb"<row r=\"[0-9]+\"", rb"<row")),
    "cut_short": lambda content, rng: content[: rng.randrange(100, len(content) - 1)],
    "a_byte_lost": lambda content, rng: with_bytes_lost(content, rng.randrange(len(content) // 2)),
    "an_index_too_far": in_sheet((rb"t=\"s\"><v>([0-9]+)</v>", rb't="s"><v>9\g<1>99</v>')),
}


def with_bytes_lost(content: bytes, at: int) -> bytes:
    return content[:at] + content[at + 1 :]


for _name in OF_BYTES:
    BOOK.setdefault(_name, lambda made, rng: ANYWHERE)
