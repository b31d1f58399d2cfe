"""Rows that are no record of anything: totals, forms that nobody answered, and what was exported twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from evaltools.ingest.linkage import SOURCE, place
from evaltools.ingest.readers import BETWEEN, ROW, UNKEYED
from evaltools.ingest.values import CANNOT_SAY
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem
from evaltools.study.schema import BACKGROUND_TABLES
from evaltools.study.source_model import Source
from evaltools.study.wording import plain

Texts = list[tuple[Source, pd.DataFrame]]
Tables = dict[str, pd.DataFrame]
RUN = 3  # rows of different content that repeat others in the same order: no chance, but an export pasted twice
COINCIDE = 0.05  # of the rows of a survey without persons, up to which two that are the same are one
NUMBERED = (10, 5000)  # rows from which no answers are all different, and as many as are looked at
PLACE = ["term", "file", "line"]
TOTAL_WORDS = (
    *("yhteensä", "yht", "summa", "kokonaissumma", "loppusumma", "välisumma", "kaikki", "kaikki yhteensä", "kaikkiaan"),
    *("total", "totals", "grand total", "subtotal", "sum", "overall", "all", "totalt", "summa totalt", "sammanlagt"),
    *("samtliga", "alla", "delsumma", "insgesamt", "gesamt", "kokku", "σ"),
)
TOTALS = frozenset(
    f"{spelt}{end}"
    for word in TOTAL_WORDS
    for spelt in (word, word.capitalize(), word.title(), word.upper())
    for end in ("", ":", ".")
)
MARKS = pa.array(sorted(TOTALS), pa.large_string())


# --- totals ----------------------------------------------------------------------------------------------------------


def without_totals(study: Study, texts: Texts, broken: set[str], problems: list[Problem]) -> Texts:
    """The rows without those that a word marks as totals; each is a problem, told once, and its table broken."""
    kept = [(source, _without_totals(study, source, frame, problems)) for source, frame in texts]
    broken |= {source.table for (source, was), (_, frame) in zip(texts, kept, strict=True) if len(frame) < len(was)}
    return kept


def _without_totals(study: Study, source: Source, frame: pd.DataFrame, problems: list[Problem]) -> pd.DataFrame:
    schema = study.schema(source.table) if source.table not in BACKGROUND_TABLES else {}
    named = {c: spec for c, spec in schema.items() if c in frame and spec.kind in ("id", "date", "code")}
    named = {column: spec for column, spec in named.items() if _has_total(frame[column])}
    called = source.each_row_a_person and ROW in frame
    if not named and not called:
        return frame.drop(columns=ROW, errors="ignore")
    found = pd.Series("", index=frame.index)
    totals = _called_total(frame) if called else found.ne("")
    for column, spec in named.items():
        codes = study.codes.get(spec.codes, [])
        words = [*source.values.get(column, {}), *(word for code in codes for word in (code.id, *code.words))]
        own = set(map(plain, words))
        marks = [word for word in TOTALS if plain(word) not in own]
        found[frame[column].isin(marks) & (found == "")] = source.heading(column)
    totals |= found != ""
    if not totals.any():
        return frame.drop(columns=ROW, errors="ignore")
    for (file, line), heading in zip(frame.loc[totals, PLACE[1:]].to_numpy(), found[totals], strict=True):
        problems.append(Problem(file, int(line), heading, "total_row"))
    return frame[~totals].drop(columns=ROW, errors="ignore")


def _has_total(texts: pd.Series) -> bool:
    return bool(pc.any(pc.is_in(pa.array(texts, pa.large_string()), value_set=MARKS)).as_py())


def _called_total(frame: pd.DataFrame) -> pd.Series:
    """Last rows of files whose first cell, in a column that no one reads, is the word of a total."""
    last = frame[~frame["file"].duplicated(keep="last")]
    first = last[ROW].str.lstrip(BETWEEN).str.partition(BETWEEN)[0]
    read = last.drop(columns=ROW).eq(first, axis=0).any(axis=1)
    return frame.index.to_series().isin(last.index[first.isin(TOTALS) & ~read])


# --- forms that nobody answered --------------------------------------------------------------------------------------


def without_unanswered(study: Study, tables: Tables, problems: list[Problem], notes: list[Note]) -> None:
    """Leave out rows of surveys with a person and no answer, of the follow-up those of persons who answered as well in
    that term, of the register rows with an id only of persons who have others; each is noted.

    An option that is not chosen (0, false, no) is no answer by itself: a form that nobody filled in has it too. A row
    that has a problem stays: what it holds could not be read.
    """
    for table in (t for t in study.surveys.values() if t in tables):
        answered = _answered(study, table, tables[table])
        if answered is not None:
            _leave_out(table, tables, ~answered, "no_answer", problems, notes)
    for table in (t for t in ("followup", *study.wave_followups.values()) if t in tables):
        frame = tables[table]
        answered = _answered(study, table, frame)
        assert answered is not None  # its status is always given
        also = answered.groupby([frame["term"], frame["person"]]).transform("any")
        _leave_out(table, tables, ~answered & also, "no_answer", problems, notes)
        frame = tables[table]
        given = [c for c in frame if c not in (*PLACE, SOURCE, "person")]
        notes += _noted("id_only", table, frame[frame[given].isna().all(axis=1)] if len(given) > 1 else frame.iloc[:0])
    if "participants" in tables:
        _ids_only(study, tables, problems, notes)


def _answered(study: Study, table: str, frame: pd.DataFrame) -> pd.Series | None:
    """Whether each row holds an answer; None where the table has no column that could."""
    fixed = {"status"} if study.base(table) == "followup" else {"comment"}
    items = {item.id for item in study.survey.items if study.may_ask(table, item)}
    own = {column for v in study.variables if v.table == table for column in study.columns_of(v)}
    sources = {i: source for i, source in enumerate(study.sources) if source.table == table}
    same = {column for source in sources.values() for column in source.constants}
    asked = [column for column in frame if column in (fixed | items | own) - same]
    if not asked:
        return None
    answered = _any_of(frame, asked)
    for i, source in sources.items():
        if source.answered_if:
            named = [c for v in source.answered_if for c in frame if c == v or (c.startswith(f"{v}_") and c in own)]
            answered = answered.mask(frame[SOURCE] == i, _any_of(frame, named))
    return answered


def _any_of(frame: pd.DataFrame, columns: list[str]) -> pd.Series:
    """Whether a row holds something in some of the columns; an option that is not chosen is nothing."""
    answered = np.zeros(len(frame), dtype=bool)
    for column in columns:
        values = frame[column]
        if column == "comment" and not answered.all():  # a dash is none
            values = values.where(values.str.contains(r"\w", na=False))
        given = values.notna() if values.dtype != "boolean" else values
        answered |= given.to_numpy(dtype=bool, na_value=False)
        if column + CANNOT_SAY in frame:
            answered |= frame[column + CANNOT_SAY].to_numpy(dtype=bool)
    return pd.Series(answered, index=frame.index)


def _ids_only(study: Study, tables: Tables, problems: list[Problem], notes: list[Note]) -> None:
    """A row of the register with an id and nothing else: left out where the person has another row."""
    frame = tables["participants"]
    same = {column for source in study.sources if source.table == "participants" for column in source.constants}
    given = [c for c in frame if c not in (*PLACE, SOURCE, "person", "key", *same)]
    bare = frame[given].isna().all(axis=1) & frame["person"].notna() if given else pd.Series(False, index=frame.index)
    if not bare.any():
        return
    others = (~bare).groupby(frame["person"]).transform("any").fillna(False).astype(bool)
    alone = frame[bare & ~others]
    notes += _noted("id_only", "participants", alone)
    _leave_out("participants", tables, bare & others, "id_only_again", problems, notes)


def _leave_out(
    table: str, tables: Tables, out: pd.Series, kind: str, problems: list[Problem], notes: list[Note]
) -> None:
    faulty = {(problem.file, problem.line) for problem in problems}
    rows = tables[table][out]
    places = rows[["file", "line"]].itertuples(index=False, name=None)
    rows = rows[np.array([place not in faulty for place in places], dtype=bool)]
    notes += _noted(kind, table, rows)
    if len(rows):
        tables[table] = tables[table].drop(index=rows.index).reset_index(drop=True)


def _noted(kind: str, table: str, rows: pd.DataFrame) -> list[Note]:
    return [Note(kind, table, term, file, int(line)) for term, file, line in rows[PLACE].itertuples(index=False)]


# --- the same rows twice ---------------------------------------------------------------------------------------------


def without_copies(study: Study, texts: Texts, problems: list[Problem], notes: list[Note]) -> Texts:
    """Look for rows that repeat others word for word in tables whose rows have no id.

    Several in the order of the others are a problem, a single one is noted; where the source says which of repeated
    rows to keep, one is kept and the rest noted. Of surveys without persons only where rows hardly ever coincide.
    """
    anonymous = {source.table: None for source, _ in texts if source.each_row_a_person}
    for table in (*UNKEYED, *anonymous):
        own = [(i, frame) for i, (source, frame) in enumerate(texts) if source.table == table and ROW in frame]
        frame = _ordered(study, own)
        again = frame.duplicated(ROW).to_numpy()
        if not again.any() or (table in anonymous and not _tells_apart(frame, again)):
            continue
        if study.source(table).duplicates == "error":
            _tell_copies(table, frame, again, problems, notes)
            continue
        notes += _noted("repeat_first", table, frame[again])
        for i in frame["at"].unique():
            gone = frame.index[again & (frame["at"] == i)]
            texts[i] = texts[i][0], texts[i][1].drop(index=gone)
    return texts


def _tells_apart(frame: pd.DataFrame, again: np.ndarray) -> bool:
    """Whether rows that are the same were exported twice: few others coincide, were those in runs taken away, or each
    other row has a number or a moment of its own."""
    if all(_has_own(rows[ROW].head(NUMBERED[1])) for _, rows in frame[~again].groupby("at")):
        return True
    copied = np.zeros(len(frame), dtype=bool)
    for start, end in _runs(frame, again):
        copied[start:end] = frame[ROW].iloc[start:end].nunique() >= RUN
    others = frame.loc[~copied, ROW]
    return others.duplicated().mean() <= COINCIDE


def _has_own(rows: pd.Series) -> bool:
    """Whether a column of some rows holds no value twice."""
    cells = rows.str.split(BETWEEN, expand=True)
    return len(rows) >= NUMBERED[0] and any(cells[place].ne("").all() and cells[place].is_unique for place in cells)


def _ordered(study: Study, frames: list[tuple[int, pd.DataFrame]]) -> pd.DataFrame:
    """Rows of one table by term, file and line, each with the number of its source."""
    order = {term.id: i for i, term in enumerate(sorted(study.terms, key=lambda t: t.start))}
    rows = [frame.assign(at=i, order=frame["term"].map(order)) for i, frame in frames if len(frame)]
    if not rows:
        return pd.DataFrame(columns=[ROW, "at"])
    return pd.concat(rows).sort_values(["order", "at", "file", "line"], kind="stable")


def _tell_copies(
    table: str, frame: pd.DataFrame, again: np.ndarray, problems: list[Problem], notes: list[Note]
) -> None:
    first = frame.groupby(ROW, sort=False)[["file", "line"]].transform("first")
    for start, end in _runs(frame, again):
        here = frame.iloc[start:end]
        if here[ROW].nunique() < RUN:
            notes += _noted("same_row", table, here)
            continue
        words = {"first": place(first.iloc[start], here.iloc[0]), "last": str(here["line"].iloc[-1])}
        problems.append(Problem(here["file"].iloc[0], int(here["line"].iloc[0]), "", "rows_twice", words))


def _runs(frame: pd.DataFrame, again: pd.Series) -> Iterator[tuple[int, int]]:
    """Where rows that repeat others in the order of those others begin and end."""
    row = frame[ROW].tolist()
    position: dict[str, int] = {}
    for i, text in enumerate(row):
        position.setdefault(text, i)
    files, start = frame["file"].tolist(), None
    for i in [*range(len(row)), None]:
        on = i is not None and again[i] and files[i] == files[i - 1]
        if start is not None and not (on and _next(row, position, i)):
            yield start, len(row) if i is None else i
            start = None
        if start is None and i is not None and again[i]:
            start = i


def _next(row: list[str], position: dict[str, int], i: int) -> bool:
    """Whether a row repeats the one after that which the row above repeats."""
    return position[row[i]] == position[row[i - 1]] + 1
