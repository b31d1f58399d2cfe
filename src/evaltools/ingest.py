"""Strict reading of raw exports: text first, then typed, every problem of every file collected before any is told.

``read(study, term)`` returns one typed frame a table, for all terms up to the given one, or raises ``DataError``.
Frames carry ``term``, ``file`` and ``line`` beside the tidy columns; survey items carry ``<item>:cannot_say``.
No message ever holds a value from a file: what stands in a file may be personal.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from evaltools import freetext, text, workbook
from evaltools.model import BACKGROUND_TABLES, SURVEYS, Column, Item, Source, Study, Term

# What a row of a table stands for: the column whose value may not repeat within one term's export.
KEYS = {
    "participants": "person",
    "enrolments": "enrolment",
    "start_survey": "person",
    "end_survey": "person",
    "followup": "person",
    "actions": "action",
}
OF_PERSONS = ("enrolments", "start_survey", "end_survey", "followup")
CANNOT_SAY = ":cannot_say"
SHOWN_OF_A_KIND = 20
CORRECTION_COLUMNS = ("date", "term", "table", "key", "column", "old", "new", "reason")
QUOTES = "approved_quotes.csv"
QUOTE_COLUMNS = ("term", "theme", "text", "approved_by", "date")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where (line 1 is the heading), what (a catalogue key), and its words."""

    file: str
    line: int | None
    column: str
    what: str
    words: dict[str, str] = field(default_factory=dict)

    def say(self, language: str) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part not in (None, ""))
        return f"{place}: {text.say('problem.' + self.what, language, **self.words)}"


class DataError(Exception):
    """Everything that is wrong with the data files, in order of file and line."""

    def __init__(self, problems: list[Problem]):
        self.problems = sorted(problems, key=lambda p: (p.file, p.line or 0, p.column))
        super().__init__(f"{len(problems)} problems")

    def lines(self, language: str) -> list[str]:
        """One line a problem; of each kind in a file the first twenty, then how many more there are."""
        seen: Counter[tuple[str, str]] = Counter()
        lines, rest = [], Counter[tuple[str, str]]()
        for problem in self.problems:
            kind = (problem.file, problem.what)
            seen[kind] += 1
            if seen[kind] <= SHOWN_OF_A_KIND:
                lines.append(problem.say(language))
            else:
                rest[kind] += 1
        lines += [f"{file}: {text.say('problem.more', language, n=n)}" for (file, _), n in rest.items()]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


# --- from files to text ----------------------------------------------------------------------------------------


def read(study: Study, term_id: str) -> dict[str, pd.DataFrame]:
    """All tables of a study up to a term, typed and checked, and ``quotes`` where some are approved.

    Raises DataError listing every problem of every file.
    """
    problems: list[Problem] = []
    terms = study.terms_to(term_id)
    texts, broken = {}, set()
    for source in study.sources:
        before = len(problems)
        texts[source.table] = _read_source(study, source, terms, problems)
        if len(problems) > before:
            broken.add(source.table)
    _correct(study, terms, texts, broken, problems)
    tables = {s.table: _type(study, s, texts[s.table], problems) for s in study.sources}
    for source in study.sources:
        tables[source.table] = _without_repeats(source, tables[source.table], problems)
    if "participants" not in broken:
        _check_persons(study, tables, problems)
    _check_owners(study, tables, problems)
    _check_dates(study, tables, problems)
    tables |= _quotes(study, terms, tables, problems)
    if problems:
        raise DataError(problems)
    return tables


def input_files(study: Study, term_id: str) -> list[Path]:
    """Every file a run of that term reads: study file, corrections, exports, background."""
    beside = ["study.toml", "corrections.csv", QUOTES, *([study.privacy.names] if study.privacy.names else [])]
    files = [study.folder / name for name in beside if (study.folder / name).is_file()]
    terms = study.terms_to(term_id)
    return files + [path for source in study.sources for _, path in _files(study, source, terms)]


def _folders(study: Study, source: Source, terms: list[Term]) -> list[tuple[str, Path]]:
    if source.table in BACKGROUND_TABLES:
        return [("", study.folder / "background")]
    return [(term.id, study.folder / "raw" / term.id) for term in terms]


def _files(study: Study, source: Source, terms: list[Term]) -> list[tuple[str, Path]]:
    found = []
    for term, folder in _folders(study, source, terms):
        found += [(term, path) for path in sorted(folder.glob(source.file)) if path.is_file()]
    return found


def _read_source(study: Study, source: Source, terms: list[Term], problems: list[Problem]) -> pd.DataFrame:
    """The source's rows as text under their tidy names, with term, file and line; faulty files left out."""
    for _, folder in _folders(study, source, terms):
        if source.required and not any(path.is_file() for path in folder.glob(source.file)):
            words = {"pattern": source.file}
            problems.append(Problem(_relative(study, folder), None, "", "missing_file", words))
    frames = []
    for term, path in _files(study, source, terms):
        if _leads_out(study, path, problems):
            continue
        frame = _read_file(path, _relative(study, path), source, problems)
        if frame is not None:
            frames.append(frame.assign(term=term, file=_relative(study, path)))
    if not frames:
        return pd.DataFrame(columns=[*source.columns, "line", "term", "file"], dtype="str")
    return pd.concat(frames, ignore_index=True)


def _relative(study: Study, path: Path) -> str:
    return path.relative_to(study.folder).as_posix()


def _leads_out(study: Study, path: Path, problems: list[Problem]) -> bool:
    """Whether a file is a link to a place outside the study's folder: what is read is what lies there."""
    out = not path.resolve().is_relative_to(study.folder)
    if out:
        problems.append(Problem(_relative(study, path), None, "", "leads_out"))
    return out


def _read_file(path: Path, name: str, source: Source, problems: list[Problem]) -> pd.DataFrame | None:
    """One file as text under tidy names, or None with the reason among the problems."""
    read = _read_xlsx if source.format == "xlsx" else _read_csv
    rows = read(path, name, source, problems)
    if rows is None:
        return None
    (at, header), *body = rows
    if not _header_will_do(header, name, at, source, problems):
        return None
    ragged = [(line, row) for line, row in body if len(row) != len(header)]
    for line, row in ragged:
        words = {"found": str(len(row)), "expected": str(len(header))}
        problems.append(Problem(name, line, "", "ragged_row", words))
    whole = [(line, row) for line, row in body if len(row) == len(header)]
    frame = pd.DataFrame([row for _, row in whole], columns=header, dtype="str")
    frame = pd.DataFrame({tidy: frame[raw].str.strip() for tidy, raw in source.columns.items()})
    return frame.assign(line=[line for line, _ in whole])


def _read_xlsx(path: Path, name: str, source: Source, problems: list[Problem]) -> list[workbook.Row] | None:
    try:
        rows, flaws = workbook.read(path, source.sheet, source.date_format, source.decimal)
    except workbook.WorkbookError as error:
        problems.append(Problem(name, error.line, error.column, error.what, error.words))
        return None
    problems += [Problem(name, flaw.line, flaw.column, flaw.what) for flaw in flaws]
    if not rows:
        problems.append(Problem(name, 1, "", "no_header"))
        return None
    return None if flaws else list(workbook.widths(rows))


def _read_csv(path: Path, name: str, source: Source, problems: list[Problem]) -> list[workbook.Row] | None:
    try:
        content = path.read_bytes().decode(source.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(name, line, "", "not_encoded", {"encoding": source.encoding}))
        return None
    return _records(content, name, source.delimiter, problems)


def _records(content: str, name: str, delimiter: str, problems: list[Problem]) -> list[workbook.Row] | None:
    """Rows with the line each starts on, blank lines left out; None where the file is not CSV."""
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    rows: list[workbook.Row] = []
    start = 1
    try:
        for row in reader:
            if row:
                rows.append((start, row))
            start = reader.line_num + 1
    except csv.Error:
        problems.append(Problem(name, start, "", "not_csv"))
        return None
    if "\0" in content:
        problems.append(Problem(name, content[: content.index("\0")].count("\n") + 1, "", "not_csv"))
        return None
    if not rows:
        problems.append(Problem(name, 1, "", "no_header"))
        return None
    return rows


def _header_will_do(header: list[str], name: str, line: int, source: Source, problems: list[Problem]) -> bool:
    """Whether every wanted heading stands there once. Only headings of the study file are ever named: where the
    heading line is missing, the first line is a person's."""
    header[:] = [heading.strip() for heading in header]
    wanted = list(source.columns.values())
    repeated = [h for h, n in Counter(header).items() if n > 1 and h in wanted]
    missing = [h for h in wanted if h not in header]
    problems += [Problem(name, line, heading, "repeated_header") for heading in repeated]
    known = ", ".join(h for h in header if h in wanted) or "–"
    problems += [Problem(name, line, heading, "missing_column", {"known": known}) for heading in missing]
    return not repeated and not missing


# --- corrections -------------------------------------------------------------------------------------------------


def _correct(
    study: Study, terms: list[Term], texts: dict[str, pd.DataFrame], broken: set[str], problems: list[Problem]
) -> None:
    """Apply ``corrections.csv`` to the raw text; a correction that matches nothing is a problem, unless its table
    could not be read whole."""
    frame = _read_own(study, "corrections.csv", CORRECTION_COLUMNS, problems)
    if frame is None:
        return
    name = "corrections.csv"
    current = {term.id for term in terms}
    for row in frame.to_dict("records"):
        fault = _correction_fault(study, row, texts)
        if fault:
            problems.append(Problem(name, row["line"], fault, "bad_correction", {"expected": fault}))
        elif row["term"] in current and not _apply(row, texts[row["table"]]) and row["table"] not in broken:
            problems.append(Problem(name, row["line"], "", "stale_correction"))


def _read_own(study: Study, name: str, columns: tuple[str, ...], problems: list[Problem]) -> pd.DataFrame | None:
    """A CSV file of our own shape beside the study file, as text; None where there is none or it cannot be read."""
    path = study.folder / name
    if not path.is_file() or _leads_out(study, path, problems):
        return None
    source = {"table": name, "name": name, "file": name, "columns": {c: c for c in columns}}
    return _read_file(path, name, Source.model_validate(source), problems)


def _correction_fault(study: Study, row: dict[str, Any], texts: dict[str, pd.DataFrame]) -> str:
    """The column of a correction that will not do, or nothing."""
    if pd.isna(pd.to_datetime(row["date"], format="%Y-%m-%d", errors="coerce")):
        return "date"
    if row["term"] not in {term.id for term in study.terms}:
        return "term"
    if row["table"] not in texts or row["table"] not in KEYS:
        return "table"
    if row["column"] not in set(texts[row["table"]].columns) - {"term", "file", "line"}:
        return "column"
    return "" if row["reason"] else "reason"


def _apply(row: dict[str, Any], frame: pd.DataFrame) -> bool:
    hit = (
        (frame["term"] == row["term"])
        & (frame[KEYS[row["table"]]] == row["key"])
        & (frame[row["column"]] == row["old"])
    )
    frame.loc[hit, row["column"]] = row["new"]
    return bool(hit.any())


# --- names and quotes ------------------------------------------------------------------------------------------------


def _quotes(
    study: Study, terms: list[Term], tables: dict[str, pd.DataFrame], problems: list[Problem]
) -> dict[str, pd.DataFrame]:
    """Approved quotes of the terms read, each held to what a published text must be."""
    names_file = study.folder / study.privacy.names
    if study.privacy.names and (not names_file.is_file() or _leads_out(study, names_file, problems)):
        problems.append(Problem(study.privacy.names, None, "", "missing_file", {"pattern": study.privacy.names}))
        return {}
    frame = _read_own(study, QUOTES, QUOTE_COLUMNS, problems)
    if frame is None:
        return {}
    names = freetext.roster(study, tables.get("participants"))
    for row in frame.to_dict("records"):
        column = _quote_fault(study, row)
        if column:
            problems.append(Problem(QUOTES, row["line"], column, "bad_quote", {"expected": column}))
        for kind in freetext.scan(row["text"], names):
            problems.append(Problem(QUOTES, row["line"], "text", f"quote_{kind}"))
    read = frame["term"].isin([term.id for term in terms])
    return {"quotes": frame.loc[read, list(QUOTE_COLUMNS)].reset_index(drop=True)}


def _quote_fault(study: Study, row: dict[str, Any]) -> str:
    """The column of a quote that will not do, or nothing."""
    known = {"term": [t.id for t in study.terms], "theme": [t.id for t in study.themes]}
    for column, ids in known.items():
        if row[column] not in ids:
            return column
    if pd.isna(pd.to_datetime(row["date"], format="%Y-%m-%d", errors="coerce")):
        return "date"
    return next((column for column in ("text", "approved_by") if not row[column]), "")


# --- from text to values -------------------------------------------------------------------------------------------


def _type(study: Study, source: Source, texts: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The frame with every column in its kind; what will not do is a problem and missing in the frame."""
    items = {item.id: item for item in study.survey.items} if source.table in SURVEYS.values() else {}
    typed = texts[["term", "file", "line"]].copy()
    for column, spec in study.schema(source.table).items():
        if column not in source.columns:
            continue
        raw = texts[column].where(~texts[column].isin(source.missing))
        mapping = source.values.get(column, {})
        note = _Noter(texts, source.columns[column], list(mapping), problems)
        if spec.required and not spec.blank:
            note(raw.isna(), "missing_value")
        if mapping:  # a column of blanks would come back from map as numbers
            raw = raw.map(lambda v, m=mapping: m.get(v, v), na_action="ignore").astype("str")
        if column in items:
            typed[column + CANNOT_SAY] = raw.isin(study.survey.cannot_say)
            raw = raw.mask(typed[column + CANNOT_SAY])
            typed[column] = _answers(raw, items[column], source, note)
        else:
            typed[column] = _values(raw, spec, source, study, note)
    return typed


@dataclass
class _Noter:
    """Notes a problem for every row of a mask, at its file, line and raw column."""

    texts: pd.DataFrame
    heading: str
    mapped: list[str]
    problems: list[Problem]

    def __call__(self, bad: pd.Series, what: str, **words: str) -> pd.Series:
        if bad.any():
            for file, line in self.texts.loc[bad, ["file", "line"]].itertuples(index=False):
                self.problems.append(Problem(file, int(line), self.heading, what, words))
        return bad


def _values(raw: pd.Series, spec: Column, source: Source, study: Study, note: _Noter) -> pd.Series:
    match spec.kind:
        case "date":
            return _dates(raw, source.date_format, note)
        case "integer":
            return _limited(_numbers(raw, r"[+-]?[0-9]{1,15}", ".", note, "bad_integer").astype("Int64"), spec, note)
        case "number":
            return _limited(_decimal_numbers(raw, source, note), spec, note)
        case "flag":
            note(raw.notna() & ~raw.isin(["1", "0", "true", "false"]), "bad_flag")
            return raw.map({"1": True, "true": True, "0": False, "false": False}).astype("boolean")
        case "code":
            known = [code.id for code in study.codes.get(spec.codes, [])]
            seen = note.mapped or known
            bad = note(raw.notna() & ~raw.isin(known), "unknown_code", expected=_some(seen))
            return raw.mask(bad)
        case _:
            return raw


def _some(names: Iterable[str], most: int = 12) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (f", … ({len(names)})" if len(names) > most else "")


def _dates(raw: pd.Series, date_format: str, note: _Noter) -> pd.Series:
    dates = pd.to_datetime(raw, format=date_format, errors="coerce")
    sane = dates.between(pd.Timestamp(1900, 1, 1), pd.Timestamp(2100, 12, 31))
    example = dt.date(2023, 7, 31).strftime(date_format)
    note(raw.notna() & ~sane, "bad_date", expected=example)
    return dates.where(sane).astype("datetime64[us]")


def _numbers(raw: pd.Series, pattern: str, decimal: str, note: _Noter, what: str, **words: str) -> pd.Series:
    good = raw.str.fullmatch(pattern, na=False).astype(bool)
    note(raw.notna() & ~good, what, **words)
    return raw.where(good).str.replace(decimal, ".", regex=False).astype("float64")


def _decimal_numbers(raw: pd.Series, source: Source, note: _Noter) -> pd.Series:
    pattern = rf"[+-]?[0-9]{{1,15}}(?:\{source.decimal}[0-9]+)?"
    return _numbers(raw, pattern, source.decimal, note, "bad_number", expected=source.decimal)


def _limited(values: pd.Series, spec: Column, note: _Noter) -> pd.Series:
    if spec.minimum is not None:
        note((values < spec.minimum).fillna(False).astype(bool), "too_small", expected=f"{spec.minimum:g}")
    return values


def _answers(raw: pd.Series, item: Item, source: Source, note: _Noter) -> pd.Series:
    """Answers to a survey item: whole numbers (likert) or any (score) within its ends."""
    expected = f"{item.min:g}–{item.max:g}"
    pattern = r"-?[0-9]+" if item.kind == "likert" else rf"-?[0-9]+(?:\{source.decimal}[0-9]+)?"
    values = _numbers(raw, pattern, source.decimal, note, "out_of_range", expected=expected)
    outside = values.notna() & ~values.between(item.min, item.max)
    note(outside, "out_of_range", expected=expected)
    return values.mask(outside)


# --- between rows and between files --------------------------------------------------------------------------------


def _without_repeats(source: Source, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """Repeats within one term's export: refused, or the first or last kept, as the source declares."""
    if source.table in BACKGROUND_TABLES:
        dimensions = [c for c in source.columns if c not in ("count", "total", "employed", "unemployed")]
        what, keys = "duplicate_row", dimensions
    elif source.table in KEYS:
        what = "duplicate_person" if KEYS[source.table] == "person" else "duplicate_row"
        # one study right of two persons is no repeat; see _check_owners
        keys = ["term", *(["person"] if source.table == "enrolments" else []), KEYS[source.table]]
    else:
        return frame
    given = frame.dropna(subset=keys)
    if source.duplicates != "error":
        repeats = given.index[given.duplicated(keys, keep=source.duplicates)]
        return frame.drop(index=repeats)
    first = given.groupby(keys, sort=False)[["file", "line"]].transform("first")
    for i in given.index[given.duplicated(keys)]:
        heading = source.columns[keys[-1]]
        words = {"first": _place(first.loc[i], frame.loc[i])}
        problems.append(Problem(frame["file"][i], int(frame["line"][i]), heading, what, words))
    return frame


def _place(row: pd.Series, seen_from: pd.Series) -> str:
    """The line of a row, with its file where that is another."""
    return str(row["line"]) if row["file"] == seen_from["file"] else f"{row['file']}:{row['line']}"


def _heading(study: Study, table: str, column: str) -> str:
    return next(s.columns[column] for s in study.sources if s.table == table)


def _note_rows(study: Study, table: str, column: str, rows: pd.DataFrame, what: str, **words: str) -> list[Problem]:
    heading = _heading(study, table, column)
    return [
        Problem(file, int(line), heading, what, words) for file, line in rows[["file", "line"]].itertuples(index=False)
    ]


def _check_persons(study: Study, tables: dict[str, pd.DataFrame], problems: list[Problem]) -> None:
    """Every person of another file stands among the participants of that term or an earlier one.

    Nothing is said where a participant's id is missing: that fault is told, and this may follow from it.
    """
    if "participants" not in tables or tables["participants"]["person"].isna().any():
        return
    order = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda t: t.start))}
    participants = tables["participants"]
    first = participants["term"].map(order).groupby(participants["person"]).min()
    for table in OF_PERSONS:
        if table in tables:
            frame = tables[table].dropna(subset=["person"])
            since = frame["person"].map(first)
            unknown = frame[~(since <= frame["term"].map(order))]
            problems += _note_rows(study, table, "person", unknown, "unknown_person")


def _check_owners(study: Study, tables: dict[str, pd.DataFrame], problems: list[Problem]) -> None:
    """A study right belongs to one person in every term's export."""
    if "enrolments" not in tables:
        return
    frame = tables["enrolments"].dropna(subset=["person", "enrolment"])
    owner = frame.groupby("enrolment", sort=False)[["person", "file", "line"]].transform("first")
    for i in frame.index[frame["person"] != owner["person"]]:
        words = {"first": _place(owner.loc[i], frame.loc[i])}
        problems += _note_rows(study, "enrolments", "enrolment", frame.loc[[i]], "two_people_one_enrolment", **words)


def _check_dates(study: Study, tables: dict[str, pd.DataFrame], problems: list[Problem]) -> None:
    """Nothing ends before it starts; nobody is born after the term."""
    if "enrolments" in tables and "end" in tables["enrolments"]:
        frame = tables["enrolments"]
        problems += _note_rows(study, "enrolments", "end", frame[frame["end"] < frame["start"]], "end_before_start")
    if "participants" in tables and "birth_date" in tables["participants"]:
        frame = tables["participants"]
        for term in study.terms:
            late = frame[(frame["term"] == term.id) & (frame["birth_date"] > pd.Timestamp(term.end))]
            problems += _note_rows(
                study, "participants", "birth_date", late, "date_in_future", expected=term.end.isoformat()
            )
    for table in ("training_needs", "benchmark"):
        if table in tables:
            frame = tables[table]
            problems += _note_rows(study, table, "count", frame[frame["count"] > frame["total"]], "count_above_total")
