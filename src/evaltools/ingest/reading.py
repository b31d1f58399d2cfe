"""Strict reading of raw exports: text first, then typed, every problem of every file collected before any is told.

``read(study, term)`` returns one typed frame a table, for all terms up to the given one, or raises ``DataError``.
Frames carry ``term``, ``file`` and ``line`` beside the tidy columns; survey items carry ``<item>:cannot_say``. The
table ``notes`` lists what to look at: rows left out, and what a check of high frequency finds odd.
No message ever holds a value from a file: what stands in a file may be personal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from evaltools import paths
from evaltools.ingest import (
    coding,
    formats,
    inspection,
    linkage,
    mixed_days,
    plausibility,
    readers,
    register_faults,
    rows,
    values,
)
from evaltools.ingest.linkage import KEYS, SOURCE
from evaltools.ingest.readers import KEEP, OPTION, OUT
from evaltools.ingest.values import CANNOT_SAY, MARKER
from evaltools.privacy import free_text
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study
from evaltools.study.problems import DataError, Note, Problem, notes_frame
from evaltools.study.schema import BACKGROUND_TABLES
from evaltools.study.source_model import Source
from evaltools.study.wording import plain

log = logging.getLogger(__name__)

CORRECTION_COLUMNS = ("date", "term", "table", "key", "column", "old", "new", "reason")
ROW = "row"  # of a correction: the line of the export, where several rows have the key
RARE, MANY = 2, 20  # rows whose word no source keeps, to be noted beside so many that are kept
QUOTES = "approved_quotes.csv"
QUOTE_COLUMNS = ("term", "theme", "text", "approved_by", "date")
NOTES = "notes"

Texts = list[tuple[Source, pd.DataFrame]]


# --- from files to tables --------------------------------------------------------------------------------------


def read(study: Study, term_id: str, inspected: bool = True, repeats: bool = False) -> dict[str, pd.DataFrame]:
    """All tables of a study up to a term, typed and checked, ``notes``, ``quotes`` where some are approved, and
    ``codings`` where people coded open answers.

    ``inspected``: whether what is odd in the term's exports is noted, too. ``repeats``: whether all answers of a person
    to a survey are given, where a source may hold several in a term or may not.

    Raises DataError listing every problem of every file.
    """
    formats.check(study)
    problems: list[Problem] = []
    notes: list[Note] = []
    called: readers.Called = {}
    terms = study.terms_to(term_id)
    texts: Texts = []
    broken = set()
    for source in study.sources:
        before = len(problems)
        texts.append((source, _read_source(study, source, terms, problems, notes, called)))
        if len(problems) > before:
            broken.add(source.table)
    _correct(study, terms, texts, broken, problems)
    texts = rows.without_totals(study, rows.without_copies(study, texts, problems, notes), broken, problems)
    tables = _typed(study, texts, problems, notes)
    rows.without_unanswered(study, tables, problems, notes)
    plausibility.check(study, tables, problems, notes)
    register_faults.tell(study, tables, broken, problems, notes)
    linkage.link(study, tables, broken, problems, notes)
    if "benchmark" in tables:
        tables["benchmark"] = _benchmarks(study, tables["benchmark"], problems)
    for table in (t for t in tables if not (repeats and t in study.surveys.values())):
        tables[table] = linkage.without_repeats(study, table, tables[table], problems, notes)
    plausibility.without_late_starts(study, tables, notes)
    notes += plausibility.other_waves(study, tables)
    tables |= _quotes(study, terms, tables, problems) | _codings(study, problems)
    if problems:
        raise DataError([replace(p, column=called.get((p.file, p.column), p.column)) for p in problems])
    _publishers_markers(study, tables, notes)
    notes += inspection.inspect(study, tables, term_id) if inspected else []
    notes = [replace(n, column=called.get((n.file, n.column), n.column)) for n in notes]
    tables = {name: frame.drop(columns=SOURCE, errors="ignore") for name, frame in tables.items()}
    return tables | {NOTES: notes_frame(notes)}


def _typed(study: Study, texts: Texts, problems: list[Problem], notes: list[Note]) -> dict[str, pd.DataFrame]:
    """One typed frame a table, of all its sources; a survey item that a source lacks is not answered there."""
    frames: dict[str, list[pd.DataFrame]] = {}
    for i, (source, frame) in enumerate(texts):
        typed = values.type_frame(study, source, frame, problems)
        notes += mixed_days.look(study, source, frame, problems)
        notes += values.merged_labels(study, source, frame)
        frames.setdefault(source.table, []).append(typed.assign(**{SOURCE: i}))
    texts.clear()
    return {table: _together(parts) for table, parts in frames.items()}


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    if len(parts) == 1:
        return parts[0]
    columns = list(dict.fromkeys(column for part in parts for column in part))
    whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    whole = whole.assign(**{c: _nothing(parts, c, len(whole)) for c in columns if c not in whole})[columns]
    unsaid = [column for column in whole if column.endswith(CANNOT_SAY)]
    return whole.assign(**{column: whole[column].fillna(False).astype(bool) for column in unsaid})


def _nothing(parts: list[pd.DataFrame], column: str, rows: int) -> pd.Series:
    """A column that only sources without rows give, such as a question of a later term: missing, in its own kind."""
    kind = next(part[column].dtype for part in parts if column in part)
    return pd.Series([False if column.endswith(CANNOT_SAY) else None] * rows, dtype=kind)


def _publishers_markers(study: Study, tables: dict[str, pd.DataFrame], notes: list[Note]) -> None:
    """Where a published table has a marker for a number: a nil is zero, anything else stays missing and is noted."""
    for table, frame in tables.items():
        for column in [c for c in frame if c.endswith(MARKER)]:
            value = column.removesuffix(MARKER)
            meanings = study.source(table).markers
            frame.loc[frame[column].map(meanings).eq("nil"), value] = 0
            for file, line in frame.loc[frame[value].isna(), ["file", "line"]].itertuples(index=False):
                notes.append(Note("not_published", table, "", file, int(line), study.source(table).heading(value)))


def input_files(study: Study, term_id: str) -> list[Path]:
    """Every file a run of that term reads: study file, corrections, exports, background."""
    beside = ["study.toml", "corrections.csv", QUOTES, coding.FILE, study.privacy.names, study.report.template]
    files = [study.folder / name for name in beside if name and (study.folder / name).is_file()]
    terms = study.terms_to(term_id)
    files += study.code_files
    files += paths.own_texts(study.folder)
    return files + [path for source in study.sources for _, path in _files(study, source, terms)]


def source_files(study: Study, source: Source, term: Term) -> list[Path]:
    """A source's files of one term: of published tables, and of exports that hold all terms, all there are."""
    return [path for _, path in _files(study, source, [term])]


def _folders(study: Study, source: Source, terms: list[Term]) -> list[tuple[str, Path]]:
    if source.table in BACKGROUND_TABLES:
        return [("", study.folder / "background")]
    if source.term_by:
        return [("", study.folder / "raw")]
    own = [term for term in terms if not source.terms or term.id in source.terms]
    return [(term.id, study.folder / "raw" / term.id) for term in own]


def _files(study: Study, source: Source, terms: list[Term]) -> list[tuple[str, Path]]:
    found = []
    for term, folder in _folders(study, source, terms):
        found += [(term, path) for path in _matching(folder, source)]
    return found


def _matching(folder: Path, source: Source) -> list[Path]:
    """The source's files in a folder, without hidden ones and those that mark a workbook as open (``~$...``)."""
    found = sorted(path for path in folder.glob(source.file) if path.is_file())
    return [path for path in found if not path.name.startswith((".", "~$"))]


def _read_source(
    study: Study,
    source: Source,
    terms: list[Term],
    problems: list[Problem],
    notes: list[Note],
    called: readers.Called,
) -> pd.DataFrame:
    """The source's rows as text under their tidy names, with term, file and line; faulty files left out."""
    for _, folder in _folders(study, source, terms):
        if source.required and not _matching(folder, source):
            words = {"pattern": source.file}
            problems.append(Problem(_relative(study, folder), None, "", "missing_file", words))
    frames = []
    files = _files(study, source, terms)
    for path, other in _twice(files):
        problems.append(Problem(_relative(study, path), None, "", "file_twice", {"first": other.name}))
    for term, path in files:
        if _leads_out(study, path, problems):
            continue
        log.info("%s: reading for the table %s", _relative(study, path), source.table)
        found: list[Note] = []
        asked = source.of_term(study.unasked(source, term))
        frame = readers.read(path, _relative(study, path), asked, problems, found, called)
        notes += [replace(note, term=term) for note in found]
        if frame is not None:
            frame["term"], frame["file"] = (readers.same(text, len(frame)) for text in (term, _relative(study, path)))
            frame = _kept(study, frame, source, notes)
            frames.append(_cut(study, source, frame, terms, problems) if source.term_by else frame)
    if not frames:
        return readers.nothing(source).assign(term="", file="").astype({"term": "str", "file": "str"})
    return pd.concat(frames, ignore_index=True)


def _cut(study: Study, source: Source, frame: pd.DataFrame, terms: list[Term], problems: list[Problem]) -> pd.DataFrame:
    """The rows of the terms read, each with its term by a day of its own; a row of no term is a problem."""
    days = values.days(frame[source.term_by], source)
    of = pd.Series("", index=frame.index, dtype="str")
    for term in study.terms:
        of = of.mask(days.between(pd.Timestamp(term.start), pd.Timestamp(term.end)), term.id)
    for file, line in frame.loc[of == "", ["file", "line"]].itertuples(index=False):
        problems.append(Problem(file, int(line), source.heading(source.term_by), "of_no_term"))
    return frame.assign(term=of)[of.isin([term.id for term in terms])]


def _twice(files: list[tuple[str, Path]]) -> Iterator[tuple[Path, Path]]:
    """Files of one pattern and folder that are the same under another ending or name, each with the first of them."""
    for i, (_, path) in enumerate(files):
        for _, other in files[:i]:
            if other.parent == path.parent and (
                other.stem.casefold() == path.stem.casefold()
                or (other.stat().st_size == path.stat().st_size > 0 and other.read_bytes() == path.read_bytes())
            ):
                yield path, other
                break


def _kept(study: Study, frame: pd.DataFrame, source: Source, notes: list[Note]) -> pd.DataFrame:
    """The rows without those that the source leaves out by a word; each of them is noted, and so is a rare row that no
    source of the file keeps: its word may be misspelt."""
    for i, (heading, words) in enumerate(source.leave_out.items()):
        cells, unwanted = frame.pop(f"{OUT}{OPTION}{i}"), set(map(plain, words))
        out = cells.map(plain).isin(unwanted)
        for term, file, line in frame.loc[out, ["term", "file", "line"]].itertuples(index=False):
            notes.append(Note("left_out", source.table, term, file, int(line), heading))
        frame = frame[~out]
    for i, (heading, words) in enumerate(source.keep.items()):
        cells = frame.pop(f"{KEEP}{OPTION}{i}").map(plain)
        beside = [other for other in study.sources if other.file == source.file and heading in other.keep]
        known = {plain(word) for other in beside for word in other.keep[heading]}
        enough = source is beside[0] and cells.isin(known).sum() >= MANY
        rare = ~cells.isin(known) & (cells.map(cells.value_counts()) <= RARE) & enough
        for term, file, line in frame.loc[rare, ["term", "file", "line"]].itertuples(index=False):
            notes.append(Note("not_kept", source.table, term, file, int(line), heading))
        frame = frame[cells.isin(set(map(plain, words)))]
    return frame


def _relative(study: Study, path: Path) -> str:
    return path.relative_to(study.folder).as_posix()


def _leads_out(study: Study, path: Path, problems: list[Problem]) -> bool:
    """Whether a file is a link to a place outside the study's folder: what is read is what lies there."""
    out = not path.resolve().is_relative_to(study.folder)
    if out:
        problems.append(Problem(_relative(study, path), None, "", "leads_out"))
    return out


# --- corrections -------------------------------------------------------------------------------------------------


def _correct(study: Study, terms: list[Term], texts: Texts, broken: set[str], problems: list[Problem]) -> None:
    """Apply ``corrections.csv`` to the raw text; a correction that matches nothing is a problem, unless its table
    could not be read whole."""
    frame = own_file(study, "corrections.csv", CORRECTION_COLUMNS, problems, (ROW,))
    if frame is None:
        return
    name = "corrections.csv"
    current = {term.id for term in terms}
    for row in frame.to_dict("records"):
        fault = _correction_fault(study, row, texts)
        if fault:
            problems.append(Problem(name, row["line"], fault, "bad_correction", {"expected": fault}))
        elif row["term"] in current and not _apply(study, row, texts) and row["table"] not in broken:
            problems.append(Problem(name, row["line"], "", "stale_correction"))


def own_file(
    study: Study, name: str, columns: tuple[str, ...], problems: list[Problem], optional: tuple[str, ...] = ()
) -> pd.DataFrame | None:
    """A CSV file of our own shape beside the study file, as text; None where there is none or it cannot be read."""
    path = study.folder / name
    if not path.is_file() or _leads_out(study, path, problems):
        return None
    named = {"columns": {c: c for c in (*columns, *optional)}, "optional": list(optional)}
    source = {"table": name, "name": name, "file": name, "format": "csv", **named}
    return readers.read(path, name, Source.model_validate(source), problems)


def _correction_fault(study: Study, row: dict[str, Any], texts: Texts) -> str:
    """The column of a correction that will not do, or nothing."""
    if pd.isna(pd.to_datetime(row["date"], format="%Y-%m-%d", errors="coerce")):
        return "date"
    if row["term"] not in {term.id for term in study.terms}:
        return "term"
    columns = {column for source, frame in texts if source.table == row["table"] for column in frame}
    if not columns or study.base(row["table"]) not in KEYS:
        return "table"
    if row["column"] not in columns - {"term", "file", "line"}:
        return "column"
    if row[ROW] and not row[ROW].isdecimal():
        return ROW
    return "" if row["reason"] else "reason"


def _apply(study: Study, row: dict[str, Any], texts: Texts) -> bool:
    hits = 0
    for frame in (frame for source, frame in texts if source.table == row["table"] and row["column"] in frame):
        key = frame[KEYS[study.base(row["table"])]] == row["key"]
        hit = (frame["term"] == row["term"]) & key & (frame[row["column"]] == row["old"])
        if row[ROW]:
            hit &= frame["line"] == int(row[ROW])
        frame.loc[hit, row["column"]] = row["new"]
        hits += int(hit.sum())
    return hits > 0


# --- names and quotes ------------------------------------------------------------------------------------------------


def _quotes(
    study: Study, terms: list[Term], tables: dict[str, pd.DataFrame], problems: list[Problem]
) -> dict[str, pd.DataFrame]:
    """Approved quotes of the terms read, each held to what a published text must be."""
    names_file = study.folder / study.privacy.names
    if study.privacy.names and (not names_file.is_file() or _leads_out(study, names_file, problems)):
        problems.append(Problem(study.privacy.names, None, "", "missing_file", {"pattern": study.privacy.names}))
        return {}
    frame = own_file(study, QUOTES, QUOTE_COLUMNS, problems)
    if frame is None:
        return {}
    names = free_text.roster(study, tables.get("participants"))
    for row in frame.to_dict("records"):
        column = _quote_fault(study, row)
        if column:
            problems.append(Problem(QUOTES, row["line"], column, "bad_quote", {"expected": column}))
        for kind in free_text.scan(row["text"], names):
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


def _codings(study: Study, problems: list[Problem]) -> dict[str, pd.DataFrame]:
    """What people coded of the open answers of any term, where the study has themes."""
    frame = own_file(study, coding.FILE, coding.COLUMNS, problems) if study.themes else None
    if frame is None:
        return {}
    problems += coding.faults(study, frame)
    return {coding.TABLE: frame[list(coding.COLUMNS)]}


def _benchmarks(study: Study, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The benchmark table with the benchmark that each row is of; a file of none is wrong."""
    files = {benchmark.file: benchmark.id for benchmark in study.benchmarks} or {"": "benchmark"}
    of = [files.get(PurePath(file).name, files.get("")) for file in frame["file"]]
    frame = frame.assign(benchmark=pd.Series(of, index=frame.index, dtype="str"))
    known = {"known": ", ".join(files)}
    for file in dict.fromkeys(frame.loc[frame["benchmark"].isna(), "file"]):
        problems.append(Problem(file, None, "", "no_benchmark", known))
    for name in files.keys() - {"", *(PurePath(file).name for file in frame["file"])}:
        problems.append(Problem("background", None, "", "missing_file", {"pattern": name}))
    return frame
