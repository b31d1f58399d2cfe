"""Tables as files: each as CSV and XLSX, and all of them in one workbook.

Values stay typed and unrounded: a share is 0.333 in both formats, and only the workbook's number format prints it
as per cent. The same tables give the same bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from evaltools import i18n
from evaltools.report.document import Column, Number, Table, Value
from evaltools.report.inert import inert
from evaltools.report.render.html import cell

ALL = "tables"  # name of the workbook with every table
SAVED = dt.datetime(2000, 1, 1)  # the date every workbook carries, so that equal tables are equal files
NUMBERS = {"integer": 0, "percent": 1, "points": 1, "decimal": 2, "p": 3, "euro": 0}  # kinds, with usual decimals
# headings that are explained on the notes sheet, and the key of the explanation
DEFINED = {
    **{f"column.{key}": key for key in ("interval", "bounds", "answered", "invited", "response_rate", "ratio")},
    **{f"survey.column.{key}": key for key in ("p_adjusted", "effect", "superiority", "d", "alpha")},
    **{f"placement.column.{key}": key for key in ("answered", "invited", "weighted")},
    "placement.column.response": "response_rate",
    "placement.column.gap": "d",
    "report.meaning": "meaning",
}
TOP = {"valign": "top"}
WRAPPED = {"valign": "top", "text_wrap": True}
HEAD = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#0B5A86", "valign": "bottom", "text_wrap": True}
LINE = {"bottom": 1, "bottom_color": "#D5DBE0"}
LINK = {"font_color": "#0B5A86", "underline": 1}
A4 = 9
WIDEST = 60  # characters
LONGEST = 32_767  # characters that a cell holds
Style = Callable[..., Format]  # properties to the one format of the workbook that has them


def write(tables: list[Table], folder: str | Path, notes: list[str], whole: list[Table] | None = None) -> list[Path]:
    """Write every table as ``<id>.csv`` and ``<id>.xlsx``, and all of them as ``tables.xlsx``.

    Parameters
    ----------
    tables : tables with ids of letters, digits, ``.``, ``_`` and ``-``, each id once
    folder : made where it is missing; other files in it stay
    notes : lines for the notes sheet of every workbook (study, term, edition); what its columns mean is added
    whole : the tables of ``tables.xlsx`` where they are not just these

    Returns
    -------
    The paths written, in order. Without tables nothing is written.

    Raises
    ------
    ValueError
        An id that is no file name or stands twice.

    Examples
    --------
    >>> write([placement], "outputs/uusi-alku/2023K/tables", ["Uusi alku, 2023K"])  # doctest: +SKIP
    """
    _check([t.id for t in tables])
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for table in tables:
        for name, content in files(table, notes).items():
            written.append(folder / name)
            written[-1].write_bytes(content)
    if tables:
        written.append(folder / f"{ALL}.xlsx")
        written[-1].write_bytes(_workbook(whole or tables, notes, contents=True))
    return written


def files(table: Table, notes: list[str]) -> dict[str, bytes]:
    """One table as CSV and XLSX, by the name of the file."""
    return {f"{table.id}.csv": _csv(table), f"{table.id}.xlsx": _workbook([table], notes)}


def _check(names: list[str]) -> None:
    seen = {ALL}
    for name in names:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"table id {name!r} is no file name: letters, digits, '.', '_' and '-' only")
        if name.lower() in seen:
            raise ValueError(f"table id {name!r} stands twice or is taken")
        seen.add(name.lower())


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """A data frame for a CSV file: its texts as ``inert`` gives them, each on one line."""
    words = frame.select_dtypes(include=["object", "str"])
    on_one_line = cache(lambda text: re.sub(r"[\r\n]+", " ", str(inert(text))))  # few texts stand in most rows

    def shown(value: str | float | int | None) -> str | float | int | None:
        return on_one_line(value) if isinstance(value, str) else inert(value)

    return frame.assign(**{column: words[column].map(shown, na_action="ignore") for column in words})


def _typed(value: Value, column: Column) -> str | float | int | dt.date | None:
    if isinstance(value, Number):
        return inert(value.value)
    if column.kind == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value[:10])
    return inert(value)


def _heading(label: str) -> str:
    """A heading as one would type it: with ordinary spaces, and no place where it may be parted."""
    return str(inert(label.replace("\N{NO-BREAK SPACE}", " ").replace("\N{SOFT HYPHEN}", "")))


def _csv(table: Table) -> bytes:
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([_heading(column.label) for column in table.columns])
    for row in table.rows:
        writer.writerow([_typed(value, column) for value, column in zip(row, table.columns, strict=True)])
    return file.getvalue().encode("utf-8-sig")


def _workbook(tables: list[Table], notes: list[str], *, contents: bool = False) -> bytes:
    file = io.BytesIO()
    # texts stay texts: nothing is read as a formula, an address or a number
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"author": "evaltools", "created": SAVED})
        style = cache(lambda **properties: book.add_format(properties))
        language = tables[0].language
        about = i18n.say("table.notes", language)
        titles = _titles([_sheet_name(table) for table in tables], taken=[about, i18n.say("table.contents", language)])
        if contents:
            _contents(book.add_worksheet(i18n.say("table.contents", language)), tables, titles, style)
        for table, title in zip(tables, titles, strict=True):
            _sheet(book.add_worksheet(title), table, style)
        _notes(book.add_worksheet(about), tables, titles, notes, style)
    return file.getvalue()


def _sheet_name(table: Table) -> str:
    """The caption without what a sheet's name may not hold; the id where nothing is left of it."""
    return re.sub(r"[\[\]:*?/\\'\x00-\x1f]+", " ", _heading(table.caption)).strip(" =+-@") or table.id


def _titles(names: list[str], taken: list[str]) -> list[str]:
    """Sheet names: at most 31 characters, each once whatever its case."""
    seen, titles = {name.lower() for name in taken}, []
    for name in names:
        title, count = name[:31].strip(), 1
        while title.lower() in seen:
            count += 1
            title = f"{name[: 30 - len(str(count))]}~{count}"
        seen.add(title.lower())
        titles.append(title)
    return titles


def _sheet(sheet: Worksheet, table: Table, style: Style) -> None:
    _head(sheet, [column.label for column in table.columns], style)
    for number, row in enumerate(table.rows, start=1):
        for place, (value, column) in enumerate(zip(row, table.columns, strict=True)):
            how = style(**LINE, **(WRAPPED if column.kind == "text" else TOP), num_format=_format(value, column, table))
            _put(sheet, number, place, _typed(value, column), how)
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    for place, column in enumerate(table.columns):
        shown = [cell(row[place], column, table.language) for row in table.rows]
        longest = max([len(word) for word in column.label.split()] + [len(s) for s in shown], default=0)
        sheet.set_column(place, place, min(max(longest + 3, 10), WIDEST))
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)


def _put(sheet: Worksheet, row: int, place: int, value: str | float | int | dt.date | None, how: Format) -> None:
    """One cell; a text longer than a cell holds ends in an ellipsis."""
    match value:
        case None | "":
            sheet.write_blank(row, place, None, how)
        case str():
            sheet.write_string(row, place, value if len(value) <= LONGEST else value[: LONGEST - 1] + "…", how)
        case dt.date():
            sheet.write_datetime(row, place, value, how)
        case _:
            sheet.write_number(row, place, value, how)


def _own(value: Value, column: Column) -> Column:
    """The column as this value prints: a number may carry a kind of its own."""
    return Column(column.label, value.kind, value.decimals) if isinstance(value, Number) else column


def _head(sheet: Worksheet, labels: list[str], style: Style) -> None:
    for place, label in enumerate(labels):
        sheet.write_string(0, place, _heading(label), style(**HEAD))


def _format(value: Value, column: Column, table: Table) -> str:
    column = _own(value, column)
    if column.kind not in (*NUMBERS, "date"):
        return "@"
    decimals = NUMBERS.get(column.kind, 0) if column.decimals is None else column.decimals
    number = value.value if isinstance(value, Number) else value
    if column.kind == "percent" and isinstance(number, float | int):
        decimals = i18n.decimals_of_share(number, decimals)
    return i18n.sheet_format(column.kind, table.language, decimals)


def _contents(sheet: Worksheet, tables: list[Table], titles: list[str], style: Style) -> None:
    language = tables[0].language
    _head(sheet, [i18n.say(f"table.{word}", language) for word in ("sheet", "caption", "source")], style)
    for number, (table, title) in enumerate(zip(tables, titles, strict=True), start=1):
        sheet.write_url(number, 0, f"internal:'{title}'!A1", style(**LINK), title)
        sheet.write_string(number, 1, inert(table.caption), style(**WRAPPED))
        sheet.write_string(number, 2, inert(table.source), style(**WRAPPED))
    _widths(sheet, [34, WIDEST, WIDEST])


def _notes(sheet: Worksheet, tables: list[Table], titles: list[str], notes: list[str], style: Style) -> None:
    language = tables[0].language
    _head(sheet, [i18n.say("table.sheet", language), i18n.say("table.note", language)], style)
    lines = [("", note) for note in (*notes, *definitions(tables, language))]
    for table, title in zip(tables, titles, strict=True):
        source = [i18n.say("html.source", language, source=table.source)] if table.source else []
        lines += [(title, line) for line in [table.caption, *table.notes, *source]]
    for number, (title, line) in enumerate(lines, start=1):
        _put(sheet, number, 0, title, style())
        sheet.write_string(number, 1, inert(line), style(**WRAPPED))
    _widths(sheet, [34, 2 * WIDEST])


def definitions(tables: list[Table], language: str) -> list[str]:
    """What the columns of these tables mean, a line a heading that the catalogue explains."""
    headings = dict.fromkeys(label for t in tables for c in t.columns for label in (c.span, c.label) if label)
    meant = {i18n.say(key, language): name for key, name in DEFINED.items()}
    lines = [
        (_heading(label), i18n.say(f"definition.{meant[label]}", language)) for label in headings if label in meant
    ]
    return [i18n.say("definition.line", language, label=label, meaning=meaning) for label, meaning in lines]


def _widths(sheet: Worksheet, widths: list[int]) -> None:
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    sheet.freeze_panes(1, 0)
