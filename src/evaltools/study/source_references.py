"""What the sources of a study file must agree on: columns, items, date formats, patterns of files."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import pandas as pd

from evaltools.study import dates
from evaltools.study.dates import EPOCH, SERIAL
from evaltools.study.faults import Fault, fault, leads_out, listed, one_meaning
from evaltools.study.model import Study
from evaltools.study.schema import BACKGROUND_TABLES, TABLES, Column
from evaltools.study.source_model import FLAGS, Source
from evaltools.study.validation import WHOLE

ROWS_ALONE = ("start_survey", "end_survey", "followup")  # tables whose rows may be persons that nothing links
FEWEST_PARTS = 3  # of a code of which one part may differ


def sources(study: Study) -> Iterator[Fault]:
    for i, source in enumerate(study.sources):
        path = f"sources.{i}"
        if study.base(source.table) not in TABLES:
            known = listed([*TABLES, *study.wave_surveys.values(), *study.wave_followups.values()])
            yield fault(f"{path}.table", "unknown_reference", id=source.table, known=known)
            continue
        if source.table in BACKGROUND_TABLES and source.duplicates != "error":
            yield fault(f"{path}.duplicates", "duplicates_in_background")
        yield from _format(source, path)
        schema = study.schema(source.table)
        yield from _columns(study, source, schema, path)
        yield from _persons_of(study, source, path)
        yield from _items_of(study, source, path)
        yield from _values(study, source, schema, path)
        yield from _made(study, source, schema, path)
    yield from _near(study)
    yield from _together(study)


def _columns(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    given: dict[str, Iterable[str]] = {
        "columns": source.columns,
        "options": source.options,
        "combine": source.combine,
        "constants": source.constants,
    }
    for key, column in ((key, column) for key, of in given.items() for column in of):
        if column not in schema or (key == "options" and schema[column].kind != "multi"):
            words = {"column": column, "known": listed(schema)}
            yield fault(f"{path}.{key}.{column}", "no_such_column", "survey variables", **words)
    for column, spec in schema.items():
        if spec.required and column not in source.given:
            yield fault(f"{path}.columns", "column_needed", column=column, table=source.table)
        if column in source.given and spec.codes and not study.code_list(spec.codes):
            yield fault(f"{path}.columns.{column}", "no_code_list", "codes", codes=spec.codes)
    for variable, headings in source.options.items():
        known = {c.id for c in study.codes.get(schema[variable].codes, [])} if variable in schema else set()
        for code in set(headings) - known:
            yield fault(f"{path}.options.{variable}", "unknown_reference", "codes", id=code, known=listed(known))


def _persons_of(study: Study, source: Source, path: str) -> Iterator[Fault]:
    """A key stands for persons only where participants can be known by it too."""
    persons = source.table in ("participants", *study.of_persons)
    if source.key and not persons:
        yield fault(f"{path}.key", "bad_value", detail="only tables of persons have a key")
    if source.key and source.table != "participants" and "person" in source.columns:
        yield fault(f"{path}.key", "bad_value", detail="give either columns.person or key")
    registers = [s for s in study.sources if s.table == "participants"]
    if source.key and source.table in study.of_persons and registers and not all(s.key for s in registers):
        yield fault(f"{path}.key", "key_without_register", "sources")


def _made(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    """What is said of columns that a file makes or may lack, and of rows that are persons, many, or of a term."""
    often = Counter([*source.columns, *source.options, *source.combine, *source.constants])
    for column in (column for column, n in often.items() if n > 1):
        yield fault(f"{path}.columns.{column}", "repeated_id", id=column)
    for column, value in source.constants.items():
        codes = study.codes.get(schema[column].codes, []) if column in schema else []
        if codes and value not in {word for code in codes for word in (code.id, *code.words)}:
            known = listed(code.id for code in codes)
            yield fault(f"{path}.constants.{column}", "unknown_reference", "codes", id=value, known=known)
    yield from _dated(study, source, schema, path)
    yield from _row_rules(study, source, schema, path)


def _dated(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    """Columns that a file may lack, always or in some terms, are given, and not needed in every row."""
    for key in ("optional", "since", "until", "answered_if"):
        for column in getattr(source, key):
            if column not in source.given:
                yield fault(f"{path}.{key}", "no_such_column", column=column, known=listed(source.given))
            elif key != "answered_if" and column in schema and schema[column].required:
                yield fault(f"{path}.{key}", "column_needed", column=column, table=source.table)
    terms = {term.id for term in study.terms}
    for key in ("since", "until"):
        for unknown in set(getattr(source, key).values()) - terms:
            yield fault(f"{path}.{key}", "unknown_reference", "terms", id=unknown, known=listed(terms))


def _row_rules(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    if source.each_row_a_person and (
        "person" in source.columns or source.key or study.base(source.table) not in ROWS_ALONE
    ):
        yield fault(f"{path}.each_row_a_person", "rows_are_persons", known=", ".join(ROWS_ALONE))
    if source.frequency and not source.each_row_a_person:
        yield fault(f"{path}.frequency", "frequency_of_persons")
    if source.term_by and (
        source.term_by not in source.given
        or source.term_by not in schema
        or schema[source.term_by].kind != "date"
        or source.terms
    ):
        known = listed(c for c in source.given if c in schema and schema[c].kind == "date")
        yield fault(f"{path}.term_by", "no_such_column", column=source.term_by, known=known)


def _near(study: Study) -> Iterator[Fault]:
    """Codes that may differ in one part have enough parts, and as many wherever persons are known by them."""
    keyed = {i: source for i, source in enumerate(study.sources) if source.key}
    for i, source in keyed.items():
        if source.match != "near":
            continue
        path = f"sources.{i}.match"
        if len(source.key) < FEWEST_PARTS or len({len(other.key) for other in keyed.values()}) > 1:
            yield fault(path, "near_needs_parts", "sources", known=FEWEST_PARTS)
        elif not study.has("participants") and any(other.match != "near" for other in keyed.values()):
            yield fault(path, "near_in_all", "sources")


def _items_of(study: Study, source: Source, path: str) -> Iterator[Fault]:
    """What is said of answers: items that are there, and no answer that means two things."""
    items = {item.id: item for item in study.survey.items} if source.table in study.surveys.values() else {}
    for unknown in set(source.reversed) - set(items):
        known = listed(items)
        yield fault(f"{path}.reversed", "unknown_reference", "survey", id=unknown, known=known)
    for word in source.cannot_say:
        for item in (items[c] for c in source.columns if c in items and items[c].kind == "likert"):
            maps = source.values.get(item.id, source.answers)
            if WHOLE.fullmatch(word) and word not in maps and item.min <= int(word) <= item.max:
                yield fault(f"{path}.cannot_say", "cannot_say_on_scale", answer=word, item=item.id)


def _together(study: Study) -> Iterator[Fault]:
    """Several sources of one table: of different files or terms, and with one rule for repeats."""
    known = {term.id for term in study.terms}
    for i, source in enumerate(study.sources):
        for term in set(source.terms) - known:
            yield fault(f"sources.{i}.terms", "unknown_reference", "terms", id=term, known=listed(known))
    places = Counter((s.table, s.file, term) for s in study.sources for term in (s.terms or [""]))
    for table in dict.fromkeys(table for (table, _, _), n in places.items() if n > 1):
        yield fault("sources", "repeated_id", id=table)
    for table, rules in _rules(study).items():
        if len(rules) > 1:
            yield fault("sources", "rules_differ", table=table)


def _rules(study: Study) -> dict[str, set[str]]:
    rules: dict[str, set[str]] = {}
    for source in study.sources:
        rules.setdefault(source.table, set()).add(source.duplicates)
    return rules


def _format(source: Source, path: str) -> Iterator[Fault]:
    """How the file is written: what Python or the file system would refuse only when the file is read."""
    if leads_out(source.file):
        yield fault(f"{path}.file", "bad_value", detail="expected a file name or pattern inside the term's folder")
    if source.delimiter in '"\r\n':
        yield fault(f"{path}.delimiter", "bad_value", detail="a quotation mark or line end cannot be a delimiter")
    try:
        "a".encode("utf-8" if source.encoding == "auto" else source.encoding)
    except (LookupError, ValueError):
        yield fault(f"{path}.encoding", "bad_value", detail="no such encoding")
    yield from _dates(source, path)


def _dates(source: Source, path: str) -> Iterator[Fault]:
    """Every format reads back what it writes, and no two read one text as different days."""
    if source.timezone and source.timezone not in zoneinfo.available_timezones():
        yield fault(
            f"{path}.timezone", "bad_value", detail="no such time zone; expected a name such as Europe/Helsinki"
        )
        return
    if source.years_from is None and any("%y" in date_format for date_format in source.date_format):
        yield fault(f"{path}.date_format", "years_from_needed")
        return
    year = source.years_from + 50 if source.years_from else 2023
    rest = (source.years_from, source.timezone)
    for date_format in source.date_format:
        day = dt.datetime(year, 7, 31 if "%d" in date_format or date_format == SERIAL else 1)
        if _read_day(_written(dt.datetime(year, 7, 31), date_format), date_format, *rest) != day:
            yield fault(f"{path}.date_format", "bad_value", detail="a date written in this format cannot be read back")
    written = [_written(dt.datetime(year, 2, 3), date_format) for date_format in source.date_format]
    readings = {_read_day(text, date_format, *rest) for text in written for date_format in source.date_format}
    if len(readings - {None}) > 1:
        yield fault(f"{path}.date_format", "bad_value", detail="two of the formats read one text as different days")


def _written(day: dt.datetime, date_format: str) -> str:
    if date_format == SERIAL:
        return str((pd.Timestamp(day) - EPOCH).days)
    try:
        return day.replace(tzinfo=dt.UTC).strftime(date_format)
    except ValueError:
        return ""


@cache
def _read_day(text: str, date_format: str, years_from: int | None, timezone: str) -> dt.datetime | None:
    try:
        day = dates.parse(pd.Series([text], dtype="str"), date_format, years_from, timezone)[0]
    except ValueError:
        return None
    return None if pd.isna(day) else day.to_pydatetime()


def _values(study: Study, source: Source, schema: dict[str, Column], path: str) -> Iterator[Fault]:
    yield from one_meaning(f"{path}.answers", source.answers.items())
    for column, mapping in source.values.items():
        yield from one_meaning(f"{path}.values.{column}", mapping.items())
        if column not in source.given:
            known = listed(source.given)
            yield fault(f"{path}.values.{column}", "no_such_column", column=column, known=known)
        elif column in schema and schema[column].codes:
            known_codes = {c.id for c in study.codes.get(schema[column].codes, [])}
            known_codes |= set(FLAGS) if column in source.options else set()
            for unknown in set(mapping.values()) - known_codes:
                words = {"id": unknown, "known": listed(known_codes)}
                yield fault(f"{path}.values.{column}", "unknown_reference", "codes", **words)
