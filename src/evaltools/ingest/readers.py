"""Files as text: whatever its format, a file becomes one frame of strings with the line each row stands on.

Nothing is guessed from a cell: what a file holds as text stays that text, and what it holds as a number, a date or a
truth value is written out in full. What cannot be read whole is refused with the place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile, islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.extensions import ExtensionArray

from evaltools.ingest import columns, formats, several
from evaltools.ingest.formats.delimited import TOP, squeezed
from evaltools.ingest.formats.types import Day, Flaw, Opened, RefusedError, Row, filled, letters
from evaltools.ingest.several import OPTION
from evaltools.study import questions
from evaltools.study.problems import Note, Problem
from evaltools.study.source_model import Source
from evaltools.study.wording import plain

CHUNK = 20_000  # rows made into columns at a time
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
LARGE = pa.large_string()
KEEP = "keep"  # before the number of a heading whose words keep rows
OUT = "out"  # before the number of a heading whose words leave rows out
HEADING_MARK = " / "
DAYS = ":days"  # behind the name of a column: which of its cells hold a day as a day
ROW = ":row"  # all cells of a row, those of columns that no one reads too
MOMENTS = (  # a day with a time, as tools and spreadsheets write them, and the format of the day
    (r"^(\d{4}-\d\d-\d\d)[ T]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?$", "%Y-%m-%d"),
    (r"^(\d{1,2}\.\d{1,2}\.\d{4}),?(?: klo| kl\.?)? \d{1,2}[.:]\d\d(?:[.:]\d\d)?$", "%d.%m.%Y"),
)
YES_NO = dict.fromkeys(("y", "yes", "kyllä", "ja"), "1") | dict.fromkeys(("n", "no", "ei", "nej", "n/a"), "0")
UNKEYED = ("outreach", "contacts", "budget")  # tables whose rows have nothing that may not repeat
BETWEEN = "\N{UNIT SEPARATOR}"  # between parts of a key and cells of a row


Called = dict[tuple[str, str], str]  # by file and heading as the study file has it first: the file's own


def read(
    path: Path,
    name: str,
    source: Source,
    problems: list[Problem],
    notes: list[Note] | None = None,
    called: Called | None = None,
) -> pd.DataFrame | None:
    """One file as text under tidy names, or None with the reason among the problems.

    Columns are those of ``source.columns``, ``<variable>:<code>`` of its options, ``person`` or ``key`` where it has a
    key of headings, and ``line``. Rows of another width than the heading are problems and left out. ``called`` gets the
    file's own headings where they are not the first that the source has for a column.
    """
    try:
        source = _settled(path, source)
        opened = formats.of(path, source).open(path, source)
        line, last, header = heading(dropwhile(lambda row: row[0] <= source.rows_above, opened.rows), source)
        places, faults = _places(header, source)
        flaws = _flaws(opened, source, line, last, set(places.values()), bool(faults))
        if flaws:
            problems += [Problem(name, f.line, f.column, f.what, {"expected": f.expected}) for f in flaws]
            return None
        if faults:
            rows = formats.of(path, source).open(path, source).rows
            problems += _elsewhere(name, rows, header, source) or [
                Problem(name, line, missed, what, words) for missed, what, words in faults
            ]
            return None
        if called is not None:
            called |= {(name, first): own for first, own in _called(header, places, source) if first != own}
        whole = source.table in UNKEYED or (source.each_row_a_person and not source.frequency)
        at_once = _at_once(opened, places, header, last, whole)
        days = DAYS if opened.lettered else ""
        frame, ragged, uniform = at_once or _gather(opened.rows, places, header, whole, days)
        own = {squeezed(heading) for choice in [*_wanted(source).values(), *source.key] for heading in choice}
        formed = [column for column, place in places.items() if column in source.forms and header[place] not in own]
        frame = _as_exported(frame, formed, source) if formed else frame
    except RefusedError as refusal:
        problems.append(Problem(name, refusal.line, refusal.column, refusal.what, refusal.words))
        return None
    problems += _other_widths(name, opened, line, header, ragged, bool(len(frame)))
    if notes is not None:
        notes += [Note(kind, source.table, "", name, at) for kind, at in opened.notes]
        unseen = [header[place] for place in dict.fromkeys(places.values()) if place in opened.hidden]
        notes += [Note("hidden_column", source.table, "", name, line, heading) for heading in unseen]
        notes += [Note("lone_mark", source.table, "", name, at) for at in opened.lone_marks]
        notes += [Note("wider_rows", source.table, "", name, int(frame["line"].iloc[0]))] if uniform else []
        notes += [Note("no_rows", source.table, "", name, line)] if not len(frame) and not ragged else []
        if opened.unfinished and len(frame) and filled(header) - 1 in places.values():
            notes.append(Note("unfinished", source.table, "", name, opened.unfinished, header[filled(header) - 1]))
    return columns.arranged(_joined_key(frame, source), source, name, problems)


def _other_widths(
    name: str, opened: Opened, line: int, header: list[str], ragged: list[tuple[int, int]], others: bool
) -> list[Problem]:
    """A problem for each row of another width than the heading; one, at the heading, where all rows agree but it."""
    expected = filled(header)
    if len(ragged) > 1 and not others and len({width for _, width in ragged}) == 1:
        words = {"found": str(len(header)), "expected": str(ragged[0][1])}
        return [Problem(name, line, "", "ragged_heading", words)]
    if opened.lettered:
        return [Problem(name, at, letters(width - 1), "beyond_heading") for at, width in ragged]
    words = {"expected": str(expected)}
    return [Problem(name, at, "", "ragged_row", words | {"found": str(width)}) for at, width in ragged]


def _flaws(opened: Opened, source: Source, line: int, last: int, read: set[int], lost: bool) -> list[Flaw]:
    """The flaws that matter: of columns that are read, and of the heading where a wanted one is not found in it.

    Merged cells of a heading are read as headings are: what stands above stands for the cells to its right.
    """
    heading_ends = source.rows_above if lost and source.header_rows == 1 else last
    below = [f for f in opened.flaws if f.line > (heading_ends if f.expected else source.rows_above)]
    if lost:
        return [flaw for flaw in below if line <= flaw.line <= last]
    found = [flaw for flaw in below if flaw.at in read]
    return list({flaw.expected or (flaw.line, flaw.at): flaw for flaw in reversed(found)}.values())[::-1]


def _settled(path: Path, source: Source) -> Source:
    """The source with the one number of skipped rows under which all its headings stand, else the first it names."""
    if isinstance(source.skip_rows, int):
        return source
    choices = [source.model_copy(update={"skip_rows": skip}) for skip in source.skip_rows]
    for choice in choices:
        rows = formats.of(path, choice).open(path, choice).rows
        try:
            *_, header = heading((row for row in rows if row[0] > choice.rows_above), choice)
        except RefusedError:  # fewer rows than that
            continue
        if not _places(header, choice)[1]:
            return choice
    return choices[0]


def nothing(source: Source) -> pd.DataFrame:
    """What ``read`` gives of a file without rows."""
    named = [*source.given, *_wanted(source), *(["key"] if source.key and "person" in source.columns else [])]
    return pd.DataFrame({c: pd.Series([], dtype="str") for c in named}).assign(line=np.array([], dtype="int64"))


# --- headings ------------------------------------------------------------------------------------------------------


def heading(rows: Iterator[Row], source: Source) -> tuple[int, int, list[str]]:
    """The heading with its first and last line. Of several heading rows a cell above stands for the empty cells to
    its right."""
    first = next(rows, None)
    if first is None:
        raise RefusedError("no_header", 1)
    found = [first, *islice(rows, source.header_rows - 1)]
    levels = [cells for _, cells in found]
    width = max(map(len, levels))
    levels = [[*level, *[""] * (width - len(level))] for level in levels]
    above = [_filled_right(level) for level in levels[:-1]]
    joined = [HEADING_MARK.join(filter(None, map(squeezed, cell))) for cell in zip(*above, levels[-1], strict=True)]
    return first[0], found[-1][0], joined


def _filled_right(cells: list[str]) -> list[str]:
    last, found = "", []
    for cell in cells:
        last = cell if cell.strip() else last
        found.append(last)
    return found


def _wanted(source: Source) -> dict[str, list[str]]:
    """Every column to take, by the name it gets, with the headings it may have."""
    options = {f"{v}{OPTION}{code}": h for v, codes in source.options.items() for code, h in codes.items()}
    return {**source.columns, **options, **columns.wanted(source)}


@dataclass(frozen=True)
class _Names:
    """Where each heading stands; of equal ones the second is also called ``Heading [2]``."""

    at: dict[str, int]
    counts: Counter[str]

    @classmethod
    def of(cls, header: list[str]) -> _Names:
        counts: Counter[str] = Counter()
        at: dict[str, int] = {}
        for place, heading in enumerate(header):
            counts[heading] += 1
            at[heading if counts[heading] == 1 else f"{heading} [{counts[heading]}]"] = place
        return cls(at, counts)


Fault = tuple[str, str, dict[str, str]]


def _places(header: list[str], source: Source) -> tuple[dict[str, int], list[Fault]]:
    """The place of every wanted column, or what is wrong with the heading.

    Only headings of the study file are ever named: where the heading line is missing, the first line is a person's.
    """
    names = _Names.of(header)
    wanted = {column: [squeezed(h) for h in choice] for column, choice in _wanted(source).items()}
    wanted |= {f"key{OPTION}{i}": list(map(squeezed, choice)) for i, choice in enumerate(source.key)}
    for name, chosen in ((OUT, source.leave_out), (KEEP, source.keep)):
        wanted |= {f"{name}{OPTION}{i}": [squeezed(heading)] for i, heading in enumerate(chosen)}
    named = {heading for choice in wanted.values() for heading in choice}
    numbered = {h for h in named if f"{h} [2]" in named}
    known = ", ".join(h for h in names.at if h in named) or "–"
    places: dict[str, int] = {}
    faults: list[Fault] = []
    for column, choice in wanted.items():
        found = [heading for heading in choice if heading in names.at]
        if len(found) == 1 and (names.counts[found[0]] <= 1 or found[0] in numbered):
            places[column] = names.at[found[0]]
        elif found:
            faults.append((found[0], "repeated_header" if len(found) == 1 else "two_of_a_choice", {}))
        elif column.partition(OPTION)[0] not in source.optional:
            faults.append((choice[0], "missing_column", {"known": known}))
    if faults and {what for _, what, _ in faults} == {"missing_column"}:
        of_form, lacking = _of_form(header, source, [column for column in wanted if column not in places])
        if not lacking or len(of_form) > len(lacking):
            of_forms = {"person", *(plain(h) for form in source.forms.values() for h in form.headings)}
            known = ", ".join(h for h in header if h in named or plain(h) in of_forms)
            faults = [(wanted[column][0], "missing_column", {"known": known}) for column in lacking]
            places |= of_form
    return places, list({(h, what): (h, what, words) for h, what, words in faults}.values())


def _called(header: list[str], places: dict[str, int], source: Source) -> Iterator[tuple[str, str]]:
    """What the source calls a column in messages, and what the file calls it."""
    for column, choice in _wanted(source).items():
        if column in places and column not in source.combine:
            yield choice[0], header[places[column]]
    if source.key and "person" not in source.columns:
        yield source.heading("person"), " + ".join(header[places[f"key{OPTION}{i}"]] for i in range(len(source.key)))


def _of_form(header: list[str], source: Source, absent: list[str]) -> tuple[dict[str, int], list[str]]:
    """The places of columns that an export of our own form calls as the form does, and the columns that have no place,
    or several. Of a question with several answers the export may have them joined where the source has a column an
    option, or the other way round."""
    meant = [questions.candidates(heading) for heading in header]

    def place(column: str) -> int | None:
        called = set(map(plain, source.forms[column].headings)) if column in source.forms else set()
        found = [place for place, meanings in enumerate(meant) if called & meanings]
        exact = [place for place in found if plain(header[place]) in called]
        one = exact if len(exact) == 1 else found
        return one[0] if len(one) == 1 else None

    places = {column: at for column in absent if (at := place(column)) is not None}
    lacking = [c for c in absent if c not in places and c.partition(OPTION)[0] not in source.optional]
    for variable, form in source.forms.items():
        apart, joined = [f"{variable}{OPTION}{code}" for code in form.codes], [variable]
        ours, theirs = (apart, joined) if variable in source.options else (joined, apart)
        found = {column: at for column in theirs if (at := place(column)) is not None}
        if form.codes and len(found) == len(theirs) and set(ours) <= set(absent) - set(places):
            places |= found
            lacking = [column for column in lacking if column not in ours]
    return places, lacking


def _as_exported(frame: pd.DataFrame, columns: Collection[str], source: Source) -> pd.DataFrame:
    """The frame with what tools write of their own accord as the study file has it: the day of a moment, yes and no,
    several answers in one cell or a column an option."""
    frame = frame.copy(deep=False)
    for column in columns:
        texts = frame[column]
        if source.forms[column].moment:
            moments = _moments(texts)
            real = frame[column + DAYS].fillna(False).astype(bool) if column + DAYS in frame else False
            known = moments.notna() & ~pd.Series(real, index=frame.index) & ("%" in source.date_format[0])
            frame[column] = texts.mask(known, moments.dt.strftime(source.date_format[0]))
        elif source.forms[column].flag:
            frame[column] = texts.map(lambda text: YES_NO.get(text.casefold(), text))
        elif words := {} if source.forms[column].codes else source.forms[column].words:
            frame[column] = texts.map(lambda text, words=words: words.get(plain(text), text))
    return several.as_in_source(frame, source)


def _moments(texts: pd.Series) -> pd.Series:
    """The day of each moment as tools write it, years or days first; missing where it is none."""
    found = [pd.to_datetime(texts.str.extract(moment)[0], format=day, errors="coerce") for moment, day in MOMENTS]
    return found[0].fillna(found[1])


def _elsewhere(name: str, rows: Iterator[Row], header: list[str], source: Source) -> list[Problem]:
    """Where another row near the top holds more of the wanted headings: which one."""
    wanted = {squeezed(heading) for choice in _wanted(source).values() for heading in choice}

    def held(cells: list[str]) -> int:
        return len(wanted & set(map(squeezed, cells)))

    line, cells = max(islice(rows, TOP), key=lambda row: held(row[1]), default=(0, []))
    if source.header_rows > 1 or held(cells) < 2 or held(cells) <= held(header):
        return []
    return [Problem(name, line, "", "heading_elsewhere", {"found": str(line - 1)})]


# --- columns -------------------------------------------------------------------------------------------------------


def _at_once(
    opened: Opened, places: dict[str, int], header: list[str], last: int, together: bool
) -> tuple[pd.DataFrame, list[tuple[int, int]], bool] | None:
    """What ``_gather`` gives, of a plain text read column by column; None where it is not so plain."""
    wanted = range(filled(header)) if together else sorted(set(places.values()))
    found = opened.at_once(last, len(header), wanted) if opened.at_once else None
    if found is None:
        return None
    arrays, lines = found
    parts = {column: arrays[place] for column, place in places.items()}
    if together:
        parts[ROW] = pc.binary_join_element_wise(*(arrays[place] for place in wanted), pa.scalar(BETWEEN, LARGE))
    return _framed(parts, lines), [], False


def _gather(
    rows: Iterator[Row], places: dict[str, int], header: list[str], together: bool, days: str
) -> tuple[pd.DataFrame, list[tuple[int, int]], bool]:
    """The wanted columns of the rows, as text without white space around it, and rows of another width; with
    ``together`` also all cells of a row in one, as ``ROW``; where some of a column are days as such, which ones, in a
    column of its name and ``days``.

    Empty cells at the end count for nothing only where all rows have as many (the last value says so): a row of its
    own width may have an empty cell less, or one more where a value holds the delimiter.
    """
    width, least = len(header), filled(header)
    parts: dict[str, list[pa.Array]] = {column: [] for column in [*places, *([ROW] if together else [])]}
    real: dict[str, list[bool]] = {column: [] for column in places}
    lines: list[int] = []
    ragged: list[tuple[int, int]] = []
    longer: list[tuple[int, int]] = []
    while chunk := list(islice(rows, CHUNK)):
        whole = [(line, row[:least]) for line, row in chunk if len(row) == width or len(row) >= least >= filled(row)]
        if len(whole) < len(chunk):
            kept = {line for line, _ in whole}
            ragged += [(line, len(row)) for line, row in chunk if line not in kept]
        longer += [(line, len(row)) for line, row in chunk if len(row) != width and len(row) >= least >= filled(row)]
        if not whole:
            continue
        lines += [line for line, _ in whole]
        across = list(zip(*[row for _, row in whole], strict=True))
        for column, place in places.items():
            parts[column].append(pa.array([cell.strip() for cell in across[place]], LARGE))
            real[column] += [isinstance(cell, Day) for cell in across[place]] if days else []
        if together:
            cells = [BETWEEN.join(map(str.strip, row)) for _, row in whole]
            parts[ROW].append(pa.array(cells, LARGE))
    arrays = {column: pa.chunked_array(part, LARGE) for column, part in parts.items()}
    frame = _framed(arrays, lines)
    frame = frame.assign(**{column + days: which for column, which in real.items() if any(which)})
    uniform = not ragged and 1 < len(longer) == len(lines) and len({found for _, found in longer}) == 1
    if uniform:
        return frame, [], True
    return frame[~frame["line"].isin([line for line, _ in longer])], sorted(ragged + longer), False


def _framed(texts: Mapping[str, pa.Array], lines: Sequence[int] | np.ndarray) -> pd.DataFrame:
    own = {column: TEXT.__from_arrow__(text) for column, text in texts.items()}
    return pd.DataFrame({**own, "line": np.asarray(lines, dtype="int64")})


def same(text: str, rows: int) -> ExtensionArray:
    """A text for every row of a frame."""
    return TEXT.__from_arrow__(pa.repeat(pa.scalar(text, LARGE), rows))


def _joined_key(frame: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The headings of a key as one column: ``person`` where nothing else stands for it, else ``key``."""
    if not source.key:
        return frame
    parts = [f"key{OPTION}{i}" for i in range(len(source.key))]
    name = "key" if "person" in source.columns else "person"
    joined = frame[parts[0]]
    for part in parts[1:]:
        joined = joined + BETWEEN + frame[part]
    left_out = (frame[parts] == "").sum(axis=1)
    # half a key is none, but a code may have one part that another remembers
    nothing = left_out > (1 if source.match == "near" and source.table != "participants" else 0)
    return frame.drop(columns=parts).assign(**{name: joined.mask(nothing, "")})
