"""From text to values: every column in its kind, and a problem for every cell that fits nothing declared.

Each distinct text of a column is judged once, so a million rows cost little more than their distinct texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaltools.i18n import LANGUAGES
from evaltools.ingest import several
from evaltools.ingest.numbers import reader as number_reader
from evaltools.ingest.readers import TEXT
from evaltools.ingest.several import OPTION, OTHER
from evaltools.study import dates, questions
from evaltools.study.evaluation_model import Code
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem
from evaltools.study.schema import Column
from evaltools.study.source_model import FLAGS, WITH_TIME, Source
from evaltools.study.survey_model import Item
from evaltools.study.wording import LocalText, plain, visible

CANNOT_SAY = ":cannot_say"
MARKER = ":marker"  # what stood in a published table where there is no number
LIKERT = re.compile(r"-?[0-9]+")
SPREADSHEET_ERROR = r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)|=.*|[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}"
WITH_DECIMALS = r"[0-9]+[.,]0+"  # a whole number as some exports write it
NUMBERLIKE = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
NUMBERED = (  # "5 = strongly agree", "(5) strongly agree", "5 (strongly agree)", "strongly agree (5)"
    re.compile(r"\(?(?P<number>-?[0-9]+)(?:\s*[=.:)-]\s*|\s+)(?P<label>\S.*)", re.S),
    re.compile(r"(?P<number>-?[0-9]+)\s*\((?P<label>.*)\)", re.S),
    re.compile(r"(?P<label>.*[^\s=:(-])(?:\s*[=:(-]\s*|\s+)(?P<number>-?[0-9]+)\)?", re.S),
)


def type_frame(study: Study, source: Source, texts: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    """The frame with every column in its kind; what will not do is a problem and missing in the frame.

    ``texts`` has the tidy columns as text with ``term``, ``file`` and ``line``. Survey items also get
    ``<item>:cannot_say``, numbers of tables with markers ``<column>:marker``.
    """
    items = {item.id: item for item in study.survey.items} if source.table in study.surveys.values() else {}
    typed: dict[str, pd.Series] = {column: texts[column] for column in ("term", "file", "line")}
    if "key" in texts:
        typed["key"] = texts["key"].where(texts["key"] != "")
    for column, spec in study.schema(source.table).items():
        if spec.kind == "multi" and column in source.given:
            typed |= _several(column, spec, texts, source, study, problems)
        elif column in source.given:
            raw = _given(texts[column], source, source.values.get(column, source.answers if column in items else ()))
            if spec.kind == "id":  # an empty cell names nobody, whatever else stands for a missing value
                raw = raw.where(raw != "")
            note = Noter(texts, source.heading(column), list(source.values.get(column, {})), problems)
            if spec.required and not spec.blank and not (column == "person" and source.unmatched == "leave_out"):
                note(raw.isna(), "missing_value")
            if column in items:
                typed[column], typed[column + CANNOT_SAY] = _answers(raw, items[column], source, study, note)
            else:
                raw = _mapped(raw, source.values.get(column, {}))
                typed |= _value(column, raw, spec, source, study, note)
    return pd.DataFrame(typed)


@dataclass
class Noter:
    """Notes a problem for every row of a mask, at its file, line and raw column."""

    texts: pd.DataFrame
    heading: str
    mapped: list[str]
    problems: list[Problem]

    def __call__(self, bad: pd.Series, what: str, **words: str | LocalText) -> pd.Series:
        if bad.any():
            for file, line in self.texts.loc[bad, ["file", "line"]].itertuples(index=False):
                self.problems.append(Problem(file, int(line), self.heading, what, words))
        return bad


def each(raw: pd.Series, judge: Callable[[str], object], dtype: str) -> pd.Series:
    """What ``judge`` makes of each text, called once a distinct text; missing where the text is."""
    places, distinct = pd.factorize(raw)
    judged = pd.array([*map(judge, distinct), None], dtype=dtype)
    return pd.Series(judged.take(np.where(places < 0, len(distinct), places)), index=raw.index)


def _given(texts: pd.Series, source: Source, mapped: Iterable[str] = ()) -> pd.Series:
    """The texts without those that stand for a missing value and are not mapped to another, as an empty cell may be."""
    missing = {plain(word) for word in source.missing} - set(map(plain, mapped))
    if missing == {""}:
        cells = pa.array(texts)
        return pd.Series(TEXT.__from_arrow__(pc.if_else(pc.equal(cells, ""), None, cells)), index=texts.index)
    unsaid = [text for text in texts.unique() if plain(text) in missing] if missing - {""} else []
    return texts.where(~texts.isin([*({""} & missing), *unsaid]))


def _mapped(raw: pd.Series, mapping: dict[str, str]) -> pd.Series:
    if not mapping or raw.isna().all():
        return raw
    words = {plain(word): value for word, value in mapping.items()}
    return each(raw, lambda value: words.get(plain(value), value), "str")


def _value(
    column: str, raw: pd.Series, spec: Column, source: Source, study: Study, note: Noter
) -> dict[str, pd.Series]:
    """A column in its kind; with what stood in place of numbers where the source declares markers."""
    if not source.markers or spec.kind not in ("integer", "number"):
        return {column: _values(column, raw, spec, source, study, note)}
    marker = raw.where(raw.isin(list(source.markers)))
    return {column: _values(column, raw.mask(marker.notna()), spec, source, study, note), column + MARKER: marker}


def _values(column: str, raw: pd.Series, spec: Column, source: Source, study: Study, note: Noter) -> pd.Series:
    match spec.kind:
        case "date" | "moment":
            return _dates(raw, source, note, spec.kind == "moment")
        case "integer":
            return _limited(_numbers(raw, source, note, "bad_integer").astype("Int64"), spec, note)
        case "number":
            if not source.thousands or source.table == "budget":  # no money has three decimals
                note(raw.str.contains(_thousands(source)).fillna(False).astype(bool), "maybe_thousands")
            return _limited(_numbers(raw, source, note, "bad_number"), spec, note)
        case "flag":
            flags = each(raw, lambda value: FLAGS.get(value.casefold()), "boolean")
            note(raw.notna() & flags.isna(), "bad_flag")
            return flags
        case "code":
            return _codes(raw, study.code_list(spec.codes), note, source.values.get(column, {}).get(OTHER))
        case "id":
            note(raw.str.fullmatch(SPREADSHEET_ERROR).fillna(False).astype(bool), "not_an_id")
            return _ids(raw)
        case _:
            return raw


def _ids(raw: pd.Series) -> pd.Series:
    """Ids without characters that cannot be seen, in one Unicode form: two that look the same are the same."""
    if raw.str.isascii().fillna(True).all():
        return raw
    return each(raw, lambda value: visible(value) or None, "str")


def _codes(raw: pd.Series, codes: list[Code], note: Noter, other: str | None) -> pd.Series:
    """Codes by id, or by a name or other word of theirs where that is unambiguous; ``other`` for any other word."""
    ids = {code.id for code in codes}
    names = unambiguous(codes)
    found = each(raw, lambda v: v if v in ids else names.get(plain(v), other), "str")
    seen = note.mapped or [code.id for code in codes]
    note(raw.notna() & found.isna(), "unknown_code", expected=some(seen))
    return found


def unambiguous(codes: Iterable[Code]) -> dict[str, str]:
    """Names and other words of codes to their ids, without those that two codes share."""
    found: dict[str, set[str]] = {}
    for code in codes:
        for word in code.words:
            found.setdefault(plain(word), set()).add(code.id)
    return {word: next(iter(ids)) for word, ids in found.items() if len(ids) == 1}


def some(names: Iterable[str], most: int = 12) -> str:
    """The first names of a list, with how many there are in all."""
    names = list(names)
    return ", ".join(names[:most]) + (f", … ({len(names)})" if len(names) > most else "")


def days(raw: pd.Series, source: Source, moment: bool = False) -> pd.Series:
    """The day of each text as the source writes days; missing where it is none. A time of day is left out, unless it is
    the ``moment`` that is asked for."""
    places, distinct = pd.factorize(raw)
    found = pd.Series(pd.NaT, index=range(len(distinct)), dtype="datetime64[us]")
    texts = pd.Series(distinct, dtype="str")
    real = [] if source.format == "csv" else [dates.written(source.date_format), WITH_TIME, WITH_TIME + ".%f"]
    for date_format in dict.fromkeys([*source.date_format, *real]):
        rest = found.isna()
        if not rest.any():
            break
        found[rest] = dates.parse(texts[rest], date_format, source.years_from, source.timezone, moment)
    sane = found.between(pd.Timestamp(1900, 1, 1), pd.Timestamp(2100, 12, 31))
    found = found.where(sane)
    of_each = np.append(found.to_numpy(), np.datetime64("NaT"))[places]
    return pd.Series(of_each, index=raw.index, dtype="datetime64[us]")


def _dates(raw: pd.Series, source: Source, note: Noter, moment: bool) -> pd.Series:
    read = days(raw, source, moment)
    expected = " / ".join(dict.fromkeys(map(dates.example, source.date_format)))
    bad = raw.notna() & read.isna()
    if not bad.any():
        return read
    serial = bad & raw.str.fullmatch(dates.SERIAL_NUMBER).fillna(False).astype(bool)
    note(bad & ~serial, "bad_date", expected=expected)
    note(serial, "serial_date", expected=expected)
    return read


def _numbers(raw: pd.Series, source: Source, note: Noter, what: str) -> pd.Series:
    numbers = each(raw, number_reader(source, what == "bad_integer"), "float64")
    words = {"expected": source.decimal} if what == "bad_number" else {}
    note(raw.notna() & numbers.isna(), what, **words)
    return numbers


def _thousands(source: Source) -> str:
    """Numbers of three decimals that may as well be thousands: 2,385 where the decimal mark is a comma."""
    return rf"(?<![0-9.,'\s])[1-9][0-9]{{0,2}}\{source.decimal}[0-9]{{3}}(?![0-9])"


def _limited(values: pd.Series, spec: Column, note: Noter) -> pd.Series:
    if spec.minimum is not None:
        note((values < spec.minimum).fillna(False).astype(bool), "too_small", expected=f"{spec.minimum:g}")
    return values


# --- answers to survey items ---------------------------------------------------------------------------------------

CANNOT = object()


def _answers(raw: pd.Series, item: Item, source: Source, study: Study, note: Noter) -> tuple[pd.Series, pd.Series]:
    """Answers as numbers, and which say that one cannot say; what fits no declared answer is a problem."""
    judge = Answers.of(item, source, study)
    places, distinct = pd.factorize(raw)
    judged = [*map(judge, distinct), None]  # the last is what is missing
    cannot = pd.Series(np.array([j is CANNOT for j in judged])[places], index=raw.index)
    numbers = [np.nan if j is None or j is CANNOT else j for j in judged]
    values = pd.Series(np.array(numbers, dtype="float64")[places], index=raw.index)
    if None not in judged[:-1]:
        return values, cannot
    bad = pd.Series(np.array([j is None for j in judged[:-1]] + [False])[places], index=raw.index)
    named = bad & ~raw.str.fullmatch(NUMBERLIKE, na=False).astype(bool) if judge.labels else bad & False
    decimals = bad & ~named & raw.str.fullmatch(WITH_DECIMALS, na=False).astype(bool) & (item.kind == "likert")
    note(decimals, "decimal_answer")
    note(bad & ~named & ~decimals, "out_of_range", expected=judge.expected)
    note(named, "unknown_answer", expected=judge.answers)
    return values, cannot


@dataclass(frozen=True, slots=True)
class Answers:
    """What an export may say in answer to one item, and the number each stands for."""

    item: Item
    maps: dict[str, str]
    cannot_say: frozenset[str]
    labels: dict[str, int]
    answers: LocalText  # the labels of the scale, for messages
    decimal: str
    reversed: bool

    @classmethod
    def of(cls, item: Item, source: Source, study: Study) -> Answers:
        labelled = item.kind == "likert"  # what a file says of all answers is not said of hours or points
        maps = source.values.get(item.id, source.answers if labelled else {})
        says = (*study.survey.cannot_say, *item.cannot_say, *(source.cannot_say if labelled else ()))
        says += tuple(questions.cannot_say_words()) if says else ()
        cannot = {plain(word) for word in says}
        codes = study.survey.labels.get(item.labels, [])
        codes = [code for code in codes if LIKERT.fullmatch(code.id)]
        labels = {word: int(id_) for word, id_ in unambiguous(codes).items()}
        return cls(
            item,
            {plain(word): value for word, value in maps.items()},
            frozenset(cannot),
            labels,
            LocalText(**{language: some(code.name(language) for code in codes) for language in LANGUAGES}),
            source.decimal,
            item.id in source.reversed,
        )

    @property
    def expected(self) -> str:
        return f"{self.item.min:g}–{self.item.max:g}"

    def __call__(self, value: str) -> object:
        """The number, CANNOT, or None where nothing declared fits.

        A map that names numbers names them all: a number it leaves out is no answer, since the numbers mean
        something else than ours.
        """
        word = plain(value)
        if word in self.maps:
            word = plain(self.maps[word])
        elif self._number(word) is not None and any(self._number(key) is not None for key in self.maps):
            return None
        if word in self.cannot_say:
            return CANNOT
        number: object = self._number(word)
        if number is None:
            number = self._labelled(word)
        if not isinstance(number, float | int):
            return number
        if not self.item.min <= number <= self.item.max:
            return None
        return self.item.min + self.item.max - number if self.reversed else number

    def _number(self, word: str) -> float | None:
        pattern = LIKERT if self.item.kind == "likert" else re.compile(rf"-?[0-9]+(?:\{self.decimal}[0-9]+)?")
        return float(word.replace(self.decimal, ".")) if pattern.fullmatch(word) else None

    def _labelled(self, word: str) -> object | None:
        """What a label says, alone or with its own number; where the two do not agree it says nothing."""
        if word in self.labels:
            return self.labels[word]
        for match in filter(None, (pattern.fullmatch(word) for pattern in NUMBERED)):
            label, number = (plain(self.maps.get(part, part)) for part in match.group("label", "number"))
            if label in self.cannot_say:
                return CANNOT if number in self.cannot_say or not self._on_scale(number) else None
            if label in self.labels and number == str(self.labels[label]):
                return self.labels[label]
        return None

    def _on_scale(self, number: str) -> bool:
        return LIKERT.fullmatch(number) is not None and self.item.min <= int(number) <= self.item.max


def merged_labels(study: Study, source: Source, texts: pd.DataFrame) -> Iterator[Note]:
    """Note, once a file, an item in which two words stand for one number of its labels: the scale may be a finer one.

    A word in two languages is one word.
    """
    if source.table not in study.surveys.values():
        return
    told = set()
    for item in (i for i in study.survey.items if i.labels and i.id in source.columns and i.id in texts):
        codes = study.survey.labels.get(item.labels, [])
        if not _merged(texts[item.id], codes):  # of all files, so of none
            continue
        for (term, file), cells in texts.groupby(["term", "file"], sort=False)[item.id]:
            if file not in told and _merged(cells, codes):
                told.add(file)
                yield Note("merged_labels", source.table, str(term), str(file), None, source.heading(item.id))


def _merged(cells: pd.Series, codes: list[Code]) -> bool:
    """Whether two words, or a word and the number, stand for one code, not both its names in some language."""
    numbers = unambiguous(codes) | {code.id: code.id for code in codes}
    names = {plain(code.name(language)) for code in codes for language in LANGUAGES}
    words = {plain(text) for text in cells.unique()} & set(numbers)
    of_code = [{word for word in words if numbers[word] == code.id} for code in codes]
    return any(len(same) > 1 and bool(same - names) for same in of_code)


# --- questions with several answers --------------------------------------------------------------------------------


def _several(
    variable: str, spec: Column, texts: pd.DataFrame, source: Source, study: Study, problems: list[Problem]
) -> dict[str, pd.Series]:
    """One column of true and false an option, missing where the question was not answered at all."""
    codes = study.codes.get(spec.codes, [])
    if variable in source.options:
        return _options(variable, codes, texts, source, problems)
    mapping = source.values.get(variable, {})
    raw = _given(texts[variable], source, mapping)
    note = Noter(texts, source.heading(variable), list(mapping), problems)
    words = _words(codes, mapping)
    chosen = {text: several.parts(text, source.separator, words) for text in raw.dropna().unique()}
    unknown = each(raw, lambda text: chosen[text] is None, "boolean").fillna(False).astype(bool)
    note(unknown, "unknown_option", expected=some(mapping or [code.id for code in codes]))

    def picks(code: str) -> Callable[[str], bool | None]:
        return lambda text: None if (options := chosen[text]) is None else code in options

    return {f"{variable}_{code.id}": each(raw, picks(code.id), "boolean") for code in codes}


def _words(codes: list[Code], mapping: dict[str, str]) -> dict[str, str]:
    ids = {plain(code.id): code.id for code in codes}
    return {**ids, **unambiguous(codes), **{plain(word): code for word, code in mapping.items()}}


def _options(
    variable: str, codes: list[Code], texts: pd.DataFrame, source: Source, problems: list[Problem]
) -> dict[str, pd.Series]:
    """A column an option: 1, 0, true, false, the option's own words, or empty for not chosen."""
    raws, columns, nothing = {}, {}, pd.Series("", index=texts.index, dtype="str")
    for code in codes:
        if code.id not in source.options[variable]:
            continue
        headings = source.options[variable][code.id]
        # a term whose files do not have the question has no such column
        raws[code.id] = _given(texts.get(f"{variable}{OPTION}{code.id}", nothing), source)
        judge = _option(code, headings, source.values.get(variable, {}), {code.id for code in codes})
        columns[code.id] = each(raws[code.id], judge, "boolean")
        note = Noter(texts, headings[0], [], problems)
        note(raws[code.id].notna() & columns[code.id].isna(), "bad_option")
    answered = pd.DataFrame(raws).notna().any(axis=1) if raws else pd.Series(False, index=texts.index)
    return {f"{variable}_{code}": values.fillna(False).where(answered) for code, values in columns.items()}


def _option(code: Code, headings: list[str], mapping: dict[str, str], ids: set[str]) -> Callable[[str], bool | None]:
    """What a cell of one option's column says: a map may name the option, or 1 and 0, or take every other word."""
    words = dict.fromkeys(map(plain, (*code.words, *headings, code.id)), True) | FLAGS
    for word, to in mapping.items():
        if to == code.id:
            words[plain(word)] = True
        elif to in FLAGS and to not in ids:
            words[plain(word)] = FLAGS[to]
    rest = True if mapping.get(OTHER) == code.id else None
    return lambda value: words.get(plain(value), rest)
