"""What an unknown export looks like, as a source block to paste into a study file and finish by hand.

Nothing of a person is shown: headings, kinds and counts, and of a column with few distinct values in every tenth or
more of its rows the values themselves only where they are numbers or labels of a known scale.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import dropwhile, islice, zip_longest
from pathlib import Path

import pandas as pd

from evaltools.ingest import formats, readers, values
from evaltools.ingest.formats import delimited
from evaltools.ingest.formats.delimited import TOP
from evaltools.ingest.formats.types import Format, RefusedError, Row
from evaltools.study import codes
from evaltools.study.evaluation_model import Code
from evaltools.study.problems import DataError, Problem
from evaltools.study.schema import TABLES
from evaltools.study.source_model import Source
from evaltools.study.survey_model import Item
from evaltools.study.wording import plain

FORMS = (
    {"ID", "Start time", "Completion time"},
    {"Tunnus", "Aloitusaika", "Valmistumisaika"},
    {"Tunnus", "Aloitusaika", "Suoritusaika"},
    {"ID", "Starttid", "Slutförandetid"},
)
KNOWN = {  # what survey tools and registers call the columns every source has
    "person": (
        "vastaajatunnus",
        "henkilötunniste",
        "oppijanumero",
        "oppijan oid",
        "opiskelijanumero",
        "tunniste",
        "opiskelijan tunniste",
        "respondent id",
        "respondentid",
        "responseid",
        "id",
        "tunnus",
        "vastaajan id",
    ),
    "answered": (
        "vastausaika",
        "completion time",
        "valmistumisaika",
        "suoritusaika",
        "slutförandetid",
        "vastauspäivä",
        "submitted",
        "timestamp",
        "aikaleima",
    ),
    "birth_date": ("syntymäaika", "date of birth"),
    "gender": ("sukupuoli", "gender", "kön"),
    "municipality": ("kotikunta", "asuinkunta", "municipality", "kunta"),
    "education": ("koulutustaso", "koulutusaste", "level of education"),
    "enrolment": ("opinto-oikeuden tunniste", "opiskeluoikeuden tunniste", "opiskeluoikeuden oid"),
    "start": ("alkamispäivä", "opiskeluoikeuden alkamispäivä", "start date"),
    "end": ("päättymispäivä", "opiskeluoikeuden päättymispäivä", "end date"),
    "kind": ("suorituksen tyyppi", "koulutuksen laji"),
    "state": ("opiskeluoikeuden tila", "viimeisin opiskeluoikeuden tila", "viimeisin tila", "state"),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
SCALES = {"agreement-5": 5, "agreement-4": 4}
FEW = 7  # distinct values of what may be a scale
JOINED = {";": "several answers joined with ;", ", ": "several answers joined with a comma"}
MOST_OPTIONS = 20
A_DATE = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}(?:[T ,]|$)"
LIKE_NUMBER = re.compile(r"[0-9.,:/ -]+")
SURVEY = "start_survey"
CANNOT = ("en osaa sanoa", "kan inte säga", "i don't know", "cannot say", "eos")
OPTION = re.compile(r"^(.{3,}?)(?:: ?| / | - | – )(.+)$")


def describe(path: Path) -> str:
    """A source block in TOML for one file, with what is to be decided as comments.

    Raises DataError with the place where the file cannot be read.
    """
    if not path.is_file():
        raise DataError([Problem(path.name, None, "", "missing_file", {"pattern": path.name})])
    try:
        how, frame = _read(path)
    except RefusedError as error:
        raise DataError([Problem(path.name, error.line, error.column, error.what, error.words)]) from None
    tool = _tool(frame.columns, "encoding" in how)
    known = _known(frame)
    table = _table(frame, known)
    known = {heading: column for heading, column in known.items() if column in TABLES[table]}
    lines = [f"# {path.name}: {len(frame)} rows, {len(frame.columns)} columns. {tool}", "[[sources]]"]
    lines += [f'table = "{table}"  # or participants, enrolments, start_survey, end_survey, followup ...']
    lines += ['name = { fi = "...", en = "..." }', f"file = {_quoted(path.name)}"]
    lines += [f"{key} = {_quoted(value) if isinstance(value, str) else value}" for key, value in how.items()]
    dates = _date_formats(frame)
    lines += [f"date_format = [{', '.join(map(_quoted, dates))}]"] if dates else []
    lines += _separator(frame)
    lines += _keys(frame, known) if table == SURVEY else []
    return "\n".join([*lines, *_columns(frame, known), ""])


def _read(path: Path) -> tuple[dict[str, str | int], pd.DataFrame]:
    """How the file is written, and its cells as text under its headings."""
    base = {"table": SURVEY, "name": "-", "file": path.name, "columns": {}}
    source = Source.model_validate(base)
    found = formats.of(path, source)
    how: dict[str, str | int] = {"format": found.name}
    if found is delimited.FORMAT:
        content, encoding = delimited.text_of(path, "auto")
        how = {"encoding": encoding, "delimiter": delimited.guess_delimiter(content)}
        rows = list(islice(delimited.csv_rows(content, str(how["delimiter"])), TOP))
    elif found.sheets is not None:
        rows, sheet = _fullest_sheet(path, found, source)
        how |= {"sheet": sheet} if sheet else {}
    else:
        rows = [next(found.open(path, source).rows)]
    how |= _above(rows)
    source = Source.model_validate(base | how)
    *_, header = readers.heading(dropwhile(lambda row: row[0] <= source.skip_rows, iter(rows)), source)
    counts: Counter[str] = Counter()
    names = []
    for heading in header:
        counts[heading] += 1
        names.append(heading if counts[heading] == 1 or not heading else f"{heading} [{counts[heading]}]")
    columns = {f"c{i}": name for i, name in enumerate(names) if name}
    problems: list[Problem] = []
    frame = readers.read(path, path.name, Source.model_validate(base | how | {"columns": columns}), problems)
    if frame is None or problems:
        raise DataError(problems)
    return how, frame.drop(columns="line").rename(columns=columns)


def _fullest_sheet(path: Path, found: Format, source: Source) -> tuple[list[Row], str]:
    """The rows of the sheet with most of them, and its name where it is not the first."""
    names = found.sheets(path) if found.sheets is not None else []
    rows = [list(found.open(path, source.model_copy(update={"sheet": name})).rows) for name in names]
    at = max(range(len(rows)), key=lambda i: len(rows[i]))
    return rows[at], names[at] if at else ""


def _above(rows: list[Row]) -> dict[str, int]:
    """Rows of a title above the heading, and whether the heading takes two rows: see ``skip_rows``, ``header_rows``."""
    given = [sum(map(bool, map(str.strip, cells))) for _, cells in rows[:TOP]]
    enough = max(given, default=0) * 0.3
    at = next((i for i, n in enumerate(given) if n > 1 and n > enough), 0)
    above = {"skip_rows": rows[at][0] - 1} if at else {}
    return above | ({"header_rows": 2} if _is_double(*(cells for _, cells in rows[at : at + 2])) else {})


def _is_double(*rows: list[str]) -> bool:
    """Whether the second of two rows has words wherever the first has nothing, and no number anywhere."""
    if len(rows) < 2:
        return False
    cells = list(zip_longest(*rows, fillvalue=""))
    under = [below.strip() for above, below in cells if not above.strip()]
    return len(under) > 1 and all(under) and not any(LIKE_NUMBER.fullmatch(below.strip()) for _, below in cells)


def _tool(headings: pd.Index, is_text: bool) -> str:
    if _is_forms(headings):
        return "It looks like Microsoft Forms; its own ID counts rows, not persons."
    if is_text and list(headings[:2]) == ["Vastaajatunnus", "Vastausaika"]:
        return "It looks like Arvo."
    if any("opiskeluoikeu" in heading.casefold() for heading in headings):
        return "It looks like a student report of KOSKI."
    if any(OPTION.match(heading) for heading in headings):
        return "It looks like Webropol or SurveyMonkey (a column an option)."
    return "The tool is not recognised."


def _is_forms(headings: pd.Index) -> bool:
    return any(wanted <= set(headings) for wanted in FORMS)


def _date_formats(frame: pd.DataFrame) -> list[str]:
    """The formats that fit every value of some column."""
    found = []
    for column in frame:
        given = frame[column][frame[column] != ""]
        if given.empty or not given.str.match(A_DATE).all():
            continue
        fit = [f for f in DATES if pd.to_datetime(given, format=f, errors="coerce").notna().all()]
        found += fit[:1]
    return list(dict.fromkeys(found))


def _known(frame: pd.DataFrame) -> dict[str, str]:
    """Headings that survey tools and registers use, and the tidy columns they stand for."""
    taken = {"person"} if _is_forms(frame.columns) else set()
    known: dict[str, str] = {}
    for heading in frame:
        column = next((c for c, names in KNOWN.items() if plain(heading) in names and c not in taken), "")
        if column:
            known[heading] = column
            taken.add(column)
    return known


def _table(frame: pd.DataFrame, known: dict[str, str]) -> str:
    """The table that has most of the known columns; a survey where there are items or the time of an answer."""
    asked = "answered" in known.values() or any(_kind(frame[heading]).startswith("an item") for heading in frame)
    if asked or _is_forms(frame.columns):
        return SURVEY
    votes = {t: len(set(known.values()) & set(TABLES[t])) for t in (SURVEY, "participants", "enrolments")}
    return max(votes, key=lambda t: votes[t] if votes[t] > 1 else 0)


def _separator(frame: pd.DataFrame) -> list[str]:
    """The mark between several answers in a cell, where some column has another than ``;``."""
    return ['separator = ", "'] if any(JOINED[", "] in _kind(frame[heading]) for heading in frame) else []


def _keys(frame: pd.DataFrame, known: dict[str, str]) -> list[str]:
    """Other columns by which persons may be known: short texts that hardly repeat."""
    found = []
    own = {"ID", "Tunnus"} if _is_forms(frame.columns) else set()
    for heading in (h for h in frame if h not in known and h not in own):
        given = frame[heading][frame[heading] != ""]
        many = len(given) > len(frame) / 2 and given.nunique() > 0.9 * len(given)
        told = _kind(frame[heading]).startswith(("text", "whole numbers,")) and not given.str.match(A_DATE).all()
        if many and told and given.str.len().max() <= 60:
            found.append(heading)
    first = (
        "# Where the tool counts its respondents itself, a column that the register has too is the person, or the key:"
    )
    return [first, *(f"# {_quoted(heading)}" for heading in found)] if found else []


def _columns(frame: pd.DataFrame, known: dict[str, str]) -> list[str]:
    lines, options = ["", "[sources.columns]"], {}
    groups = Counter(match[1] for heading in frame if (match := OPTION.match(heading)) and _is_flag(frame[heading]))
    for heading in frame:
        match = OPTION.match(heading)
        if match and groups[match[1]] > 1:
            options.setdefault(match[1], []).append(heading)
            continue
        column = known.get(heading, "")
        lines.append(f"{'' if column else '# '}{column or '...'} = {_quoted(heading)}  # {_kind(frame[heading])}")
    for question, headings in options.items():
        lines += [
            "",
            f"# A question with several answers, a variable of kind multi: {question}",
            "# [sources.options....]",
        ]
        lines += [f"# ... = {_quoted(heading)}" for heading in headings]
    return lines


def _is_flag(cells: pd.Series) -> bool:
    yes = {"", "0", "1", "true", "false", plain(_option(cells.name))}
    return cells.nunique() <= 3 and set(map(plain, cells.unique())) <= yes


def _option(heading: object) -> str:
    match = OPTION.match(str(heading))
    return match[2] if match else ""


def _kind(cells: pd.Series) -> str:
    """What a column looks like, without any value of a person."""
    given = cells[cells != ""]
    missing = f", {len(cells) - len(given)} empty" if len(given) < len(cells) else ""
    if given.empty:
        return "empty"
    words = {plain(value) for value in given.unique()}
    item = _item(words)
    if item:
        return f"an item: {item}{missing}"
    cannot = ", some cannot say" if words & set(CANNOT) else ""
    numbers = [word for word in words - set(CANNOT) if re.fullmatch(r"-?[0-9]{1,15}", word)]
    if len(numbers) == len(words - set(CANNOT)) and len(numbers) <= FEW:
        low, high = min(map(int, numbers), default=0), max(map(int, numbers), default=0)
        return f"whole numbers {low} to {high}: an item or a code{cannot}{missing}"
    if len(numbers) == len(words):
        return f"whole numbers, {len(words)} distinct{missing}"
    if given.str.fullmatch(r"[+-]?[0-9]+[.,][0-9]+|[+-]?[0-9]+").all():
        return f"numbers{missing}"
    joined = next((said for mark, said in JOINED.items() if _is_joined(given, mark)), "")
    return f"{joined or f'text, {given.nunique()} distinct'}{missing}"


def _item(words: set[str]) -> str:
    """The scale whose labels these are, with or without numbers, and what may mean that one cannot say."""
    for name, most in SCALES.items():
        judge = _answers(name, most)
        judged = {word: judge(word) for word in words}
        beside = [word for word, said in judged.items() if said is None]
        labels = [w for w, said in judged.items() if not w.isdigit() and said not in (None, values.CANNOT)]
        if labels and (not beside or (len(beside) == 1 and beside[0].isdigit())):
            cannot = ", some cannot say" if values.CANNOT in judged.values() else ""
            numbers = ", numbers among the labels" if any(map(str.isdigit, words)) else ""
            return f'labels = "{name}"{cannot}{numbers}' + (f"; {beside[0]} is what?" if beside else "")
    return ""


def _answers(name: str, most: int) -> values.Answers:
    path = codes.find(name, Path())
    labels = [Code.model_validate(row) for row in codes.rows(path)] if path else []
    item = Item.model_validate({"id": "item", "text": "-", "max": most, "labels": name})
    numbers = {word: int(id_) for word, id_ in values.unambiguous(labels).items()}
    return values.Answers(item, {}, frozenset(map(plain, CANNOT)), numbers, [], ",", False)


def _is_joined(given: pd.Series, mark: str) -> bool:
    """Whether cells hold several answers: most end with the mark, or few parts return in more combinations."""
    if mark == ";" and given.str.endswith(";").mean() > 0.5:
        return True
    parts = Counter(part.strip() for cell in given for part in cell.split(mark) if part.strip())
    return len(parts) <= MOST_OPTIONS and given.nunique() > len(parts) and min(parts.values(), default=0) > 1


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
