"""What an unknown export looks like, as a source block to paste into a study file and finish by hand.

Nothing of a person is shown: headings, kinds and counts, and of a column with few distinct values in every tenth or
more of its rows the values themselves only where they are numbers or labels of a known scale.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd

from evaltools.ingest import delimited, readers
from evaltools.ingest.delimited import RefusedError, squeezed
from evaltools.ingest.values import unambiguous
from evaltools.study import codes
from evaltools.study.model import Code, Source, plain
from evaltools.study.problems import DataError, Problem

FORMS = ({"ID", "Start time", "Completion time"}, {"Tunnus", "Aloitusaika", "Valmistumisaika"})
KNOWN = {  # what survey tools and registers call the columns every source has
    "person": (
        "vastaajatunnus",
        "henkilötunniste",
        "oppijanumero",
        "opiskelijanumero",
        "respondent id",
        "id",
        "tunnus",
        "vastaajan id",
    ),
    "answered": ("vastausaika", "completion time", "valmistumisaika", "vastauspäivä", "submitted"),
    "birth_date": ("syntymäaika", "date of birth"),
    "gender": ("sukupuoli", "gender", "kön"),
    "municipality": ("kotikunta", "asuinkunta", "municipality", "kunta"),
    "education": ("koulutustaso", "koulutusaste", "level of education"),
    "enrolment": ("opinto-oikeuden tunniste", "opiskeluoikeuden tunniste", "opiskeluoikeuden oid"),
    "start": ("alkamispäivä", "opiskeluoikeuden alkamispäivä", "start date"),
    "end": ("päättymispäivä", "opiskeluoikeuden päättymispäivä", "end date"),
    "state": ("opiskeluoikeuden tila", "viimeisin tila", "state"),
}
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
SCALES = ("agreement-5", "agreement-4")
FEW = 7  # distinct values of what may be a scale
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
    lines = [f"# {path.name}: {len(frame)} rows, {len(frame.columns)} columns. {tool}", "[[sources]]"]
    lines += ['table = "start_survey"  # or participants, enrolments, end_survey, followup ...']
    lines += ['name = { fi = "...", en = "..." }', f"file = {_quoted(path.name)}"]
    lines += [f"{key} = {_quoted(value)}" for key, value in how.items()]
    dates = _date_formats(frame)
    lines += [f"date_format = [{', '.join(map(_quoted, dates))}]"] if dates else []
    return "\n".join([*lines, *_columns(frame), ""])


def _read(path: Path) -> tuple[dict[str, str], pd.DataFrame]:
    """How the file is written, and its cells as text under its headings."""
    how: dict[str, str] = {}
    base = {"table": "start_survey", "name": "-", "file": path.name, "columns": {}}
    if readers.kind(path, Source.model_validate(base)) == "csv":
        content, encoding = delimited.text_of(path, "auto")
        how = {"encoding": encoding, "delimiter": delimited.guess_delimiter(content)}
        header = next(delimited.csv_rows(content, how["delimiter"]), (0, []))[1]
    else:
        how = {"format": readers.kind(path, Source.model_validate(base))}
        header = _header(path, how["format"])
    header = [squeezed(heading) for heading in header]
    counts: Counter[str] = Counter()
    names = []
    for heading in header:
        counts[heading] += 1
        names.append(heading if counts[heading] == 1 else f"{heading} [{counts[heading]}]")
    columns = {f"c{i}": name for i, name in enumerate(names) if name}
    problems: list[Problem] = []
    frame = readers.read(path, path.name, Source.model_validate(base | how | {"columns": columns}), problems)
    if frame is None or problems:
        raise DataError(problems)
    return how, frame.drop(columns="line").rename(columns=columns)


def _header(path: Path, kind: str) -> list[str]:
    if kind == "parquet":
        return next(readers.parquet_rows(path))[1]
    from evaltools.ingest import workbook

    try:
        rows, _ = workbook.read(path)
    except workbook.WorkbookError as error:
        raise RefusedError(error.what, error.line, error.column, **error.words) from None
    if not rows:
        raise RefusedError("no_header", 1)
    return next(workbook.widths(rows))[1]


def _tool(headings: pd.Index, is_text: bool) -> str:
    if _is_forms(headings):
        return "It looks like Microsoft Forms; its own ID counts rows, not persons."
    if is_text and list(headings[:2]) == ["Vastaajatunnus", "Vastausaika"]:
        return "It looks like Arvo."
    if any("opiskeluoikeu" in heading.casefold() for heading in headings):
        return "It looks like a student report of KOSKI."
    if any(OPTION.match(heading) for heading in headings):
        return "It looks like Webropol (a column an option)."
    return "The tool is not recognised."


def _is_forms(headings: pd.Index) -> bool:
    return any(wanted <= set(headings) for wanted in FORMS)


def _date_formats(frame: pd.DataFrame) -> list[str]:
    """The formats that fit every value of some column."""
    found = []
    for column in frame:
        given = frame[column][frame[column] != ""]
        if given.empty or not given.str.match(r"[0-9]{1,4}[.-][0-9]{1,2}[.-][0-9]{1,4}").all():
            continue
        fit = [f for f in DATES if pd.to_datetime(given, format=f, errors="coerce").notna().all()]
        found += fit[:1]
    return list(dict.fromkeys(found))


def _columns(frame: pd.DataFrame) -> list[str]:
    lines, options, taken = ["", "[sources.columns]"], {}, {"person"} if _is_forms(frame.columns) else set()
    groups = Counter(match[1] for heading in frame if (match := OPTION.match(heading)) and _is_flag(frame[heading]))
    for heading in frame:
        match = OPTION.match(heading)
        if match and groups[match[1]] > 1:
            options.setdefault(match[1], []).append(heading)
            continue
        known = next((t for t, names in KNOWN.items() if plain(heading) in names and t not in taken), "")
        taken.add(known)
        mark = "" if known else "# "
        lines.append(f"{mark}{known or '...'} = {_quoted(heading)}  # {_kind(frame[heading])}")
    for question, headings in options.items():
        lines += [
            "",
            f"# A question with several answers, a variable of kind multi: {question}",
            "# [sources.options....]",
        ]
        lines += [f"# ... = {_quoted(heading)}" for heading in headings]
    return lines


def _is_flag(values: pd.Series) -> bool:
    return values.nunique() <= 3 and set(values) - {"", "0", "1", "true", "false"} <= {_option(values.name)}


def _option(heading: object) -> str:
    match = OPTION.match(str(heading))
    return match[2] if match else ""


def _kind(values: pd.Series) -> str:
    """What a column looks like, without any value of a person."""
    given = values[values != ""]
    missing = f", {len(values) - len(given)} empty" if len(given) < len(values) else ""
    if given.empty:
        return "empty"
    words = {plain(value) for value in given.unique()}
    scale = next((name for name in SCALES if words - set(CANNOT) <= set(_labels(name))), "")
    cannot = ", some cannot say" if words & set(CANNOT) else ""
    if scale and any(not word.isdigit() for word in words - set(CANNOT)):
        return f'an item: labels = "{scale}"{cannot}{missing}'
    numbers = [word for word in words - set(CANNOT) if re.fullmatch(r"-?[0-9]{1,15}", word)]
    if len(numbers) == len(words - set(CANNOT)) and len(numbers) <= FEW:
        low, high = min(map(int, numbers)), max(map(int, numbers))
        return f"whole numbers {low} to {high}: an item or a code{cannot}{missing}"
    if len(numbers) == len(words):
        return f"whole numbers, {len(words)} distinct{missing}"
    if given.str.fullmatch(r"[+-]?[0-9]+[.,][0-9]+|[+-]?[0-9]+").all():
        return f"numbers{missing}"
    if given.str.endswith(";").mean() > 0.5:
        return f"several answers joined with ;{missing}"
    return f"text, {given.nunique()} distinct{missing}"


def _labels(name: str) -> dict[str, str]:
    path = codes.find(name, Path())
    rows = [Code.model_validate(row) for row in codes.rows(path)] if path else []
    return unambiguous(rows) | {row.id: row.id for row in rows}


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
