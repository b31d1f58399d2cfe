"""A new study: a commented study file, empty folders, and template exports with their codebook."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from evaltools import i18n
from evaltools.i18n import LANGUAGES
from evaltools.study import loader
from evaltools.study.faults import Fault, StudyError
from evaltools.study.model import Study
from evaltools.study.schema import BACKGROUND_TABLES, SURVEYS
from evaltools.study.source_model import ISO_DAY, Source

FOLDERS = ("background",)
TEMPLATES = "templates"
HEADING = re.compile(r"@([^@|]*)\|([^@|]*)\|([^@|]*)@")  # of the starter, in the order of ``LANGUAGES``
BOOK = ("table", "column", "heading", "kind", "needed", "write")
IGNORED = "raw/\ncodebook/\n"  # real exports hold personal data and stay out of a repository
SHOWN = 12


def new(folder: Path, today: dt.date | None = None, language: str = "") -> list[Path]:
    """Make a study folder: study file, folders of its terms, and for every source an empty CSV and XLSX to fill.

    The study speaks ``language``, or the default where none is given.
    The folder appears whole or not at all: it is made hidden in the nearest folder that exists, then renamed.

    Raises
    ------
    StudyError
        There is a file of that name or a folder that holds something (nothing is ever written over), or it is the
        folder one stands in.
    """
    return placed(folder, lambda there: _fill(there, today or dt.date.today(), language))


def files(folder: Path, made: Mapping[str, bytes]) -> list[Path]:
    """A new folder with files of that content, by their names below it, whole or not at all; as `placed`."""

    def fill(there: Path) -> list[Path]:
        for name, content in made.items():
            path = there / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return [there / name for name in made]

    return placed(folder, fill)


def placed(folder: Path, fill: Callable[[Path], list[Path]]) -> list[Path]:
    """What ``fill`` writes into a folder that is not there yet, in place whole or not at all; see ``new``."""
    folder = Path(os.path.abspath(folder))
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise StudyError(folder.name, [Fault("study", "not_empty", {})])
    if folder == Path.cwd():
        raise StudyError(folder.name, [Fault("study", "current_folder", {})])
    parent = next(each for each in folder.parents if each.is_dir())
    first, *_ = folder.relative_to(parent).parts
    with tempfile.TemporaryDirectory(prefix=".new.", dir=parent) as hidden:
        made = fill(Path(hidden) / folder.relative_to(parent))
        if folder.is_dir():  # empty; not every system lets a rename replace it
            folder.rmdir()
        (Path(hidden) / first).rename(parent / first)
        return [parent / path.relative_to(hidden) for path in made]


def _fill(folder: Path, today: dt.date, language: str) -> list[Path]:
    """Write a study into a folder that is not there yet; its files."""
    own = f'language = "{language}"\n' if language else ""
    name = json.dumps(folder.name, ensure_ascii=False)[1:-1]  # escaped as TOML does
    words = {"@language@\n": own, "@name@": name} | _term(today)
    text = resources.files("evaltools.authoring").joinpath("starter/study.toml").read_text(encoding="utf-8")
    for mark, word in words.items():
        text = text.replace(mark, word)
    spoken = 1 + LANGUAGES.index(language or LANGUAGES[0])
    text = HEADING.sub(lambda heading: heading[spoken], text)
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    made = loader.load(folder)
    for place in (*FOLDERS, TEMPLATES, *(f"raw/{term.id}" for term in made.terms)):
        (folder / place).mkdir(parents=True, exist_ok=True)
    return [folder / "study.toml", *templates(made, folder / TEMPLATES)]


def _term(today: dt.date) -> dict[str, str]:
    """The school term of a day: spring to the end of July, autumn from August."""
    year, spring = today.year, today.month <= 7
    start, end = (f"{year}-01-01", f"{year}-07-31") if spring else (f"{year}-08-01", f"{year}-12-31")
    name = ("Kevät", "Spring", "Våren", "K") if spring else ("Syksy", "Autumn", "Hösten", "S")
    words = {"@year@": str(year), "@next@": str(year + 1), "@start@": start, "@end@": end}
    named = {f"@term_{each}@": f"{called} {year}" for each, called in zip(LANGUAGES, name, strict=False)}
    return words | named | {"@term@": f"{year}{name[3]}"}


def templates(made: Study, folder: Path) -> list[Path]:
    """An empty file of every source of exports, as CSV and XLSX, and ``codebook.csv`` of what goes into each column."""
    written = []
    head = [i18n.say(f"form.book.{column}", made.study.language) for column in BOOK]
    book = [line for source in made.sources for line in _book(made, source)]
    for source in (s for s in made.sources if s.table not in BACKGROUND_TABLES):
        header = _header(source)
        path = folder / f"{source.table}.csv"
        _write_csv(path, [header])
        _write_xlsx(path.with_suffix(".xlsx"), header, [head, *(line for line in book if line[0] == source.table)])
        written += [path, path.with_suffix(".xlsx")]
    _write_csv(folder / "codebook.csv", [head, *book])
    return [*written, folder / "codebook.csv"]


def _header(source: Source) -> list[str]:
    return list(dict.fromkeys(heading for _, heading in _headings(source)))


def _headings(source: Source) -> list[tuple[str, str]]:
    """Every column with the heading of it that stands first in the study file."""
    keys = [("person", choice[0]) for choice in source.key]
    columns = [(column, choice[0]) for column, choice in source.columns.items()]
    options = [(v, choice[0]) for v, codes in source.options.items() for choice in codes.values()]
    return keys + columns + options


def _book(made: Study, source: Source) -> list[list[str]]:
    schema = made.schema(source.table)
    lines = []
    for column, heading in _headings(source):
        spec = schema[column]
        needed = i18n.say("form.yes", made.study.language).lower() if spec.required and not spec.blank else ""
        lines.append([source.table, column, heading, spec.kind, needed, _what(made, source, column)])
    return lines


def _what(made: Study, source: Source, column: str) -> str:
    """What may stand in a column, in words."""
    spec = made.schema(source.table)[column]
    item = next((i for i in made.survey.items if i.id == column), None)
    if item is not None and source.table in SURVEYS.values():
        labels = [f"{c.id} {c.name(made.study.language)}" for c in made.survey.labels.get(item.labels, [])]
        return "; ".join([*(labels or [f"{item.min:g}–{item.max:g}"]), *made.survey.cannot_say])
    if column in source.options:
        return "1, 0"
    if spec.codes:
        words = [f"{c.id} = {c.name(made.study.language)}" for c in made.codes[spec.codes]]
        return "; ".join(words[:SHOWN]) + (f"; … ({len(words)})" if len(words) > SHOWN else "")
    day = dt.date(2023, 7, 31)
    dates = {"date": " / ".join(day.strftime(f) for f in source.date_format or [ISO_DAY])}
    return {"flag": "1, 0", "number": f"1{source.decimal}5", "integer": "12", **dates}.get(spec.kind, "")


def _write_csv(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows)


def _write_xlsx(path: Path, header: list[str], book: list[list[str]]) -> None:
    """The first sheet to fill, the second its codebook. Cells are text, so that an id 091 stays 091."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "data"
    sheet.append(header)
    for number, cell in enumerate(sheet[1], start=1):
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        dimensions = sheet.column_dimensions[get_column_letter(number)]
        dimensions.width, dimensions.number_format = 24, "@"
    sheet.freeze_panes = "A2"
    about = workbook.create_sheet("codebook")
    for row in book:
        about.append(row)
    workbook.save(path)
