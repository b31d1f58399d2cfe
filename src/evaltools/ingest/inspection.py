"""What is odd in the files of a term, though nothing in it is wrong: checks of high frequency, as notes.

Each looks at one term's export, some beside the term before. A note stops nothing; the evaluator looks and decides.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study
from evaltools.study.problems import Note
from evaltools.study.schema import BACKGROUND_TABLES
from evaltools.study.survey_model import Item

MISSING_SHARE = 0.2  # of a column, from which it is told
MISSING_JUMP = 0.2  # beside the term before
FEW = 20  # rows below which shares, changes and outliers are not judged
FEWEST = 3  # rows from which a column without any value is told
FENCES = 3.0  # interquartile ranges beyond the quartiles: Tukey's outer fences
MANY_ANSWERS = 6  # items from which equal answers are odd
SHIFT = 0.25  # of a scale's width: a change of an item's mean
TIMES = 2.0  # a change of the number of rows
DATED = {
    "start_survey": "answered",
    "end_survey": "answered",
    "followup": "date",
    "outreach": "date",
    "contacts": "date",
    "budget": "date",
}
Tables = dict[str, pd.DataFrame]


def inspect(study: Study, tables: Tables, term_id: str) -> list[Note]:
    """Everything odd in the export of that term."""
    terms = study.terms_to(term_id)
    term = study.term(term_id)
    before = max((t for t in terms if t.id != term_id), key=lambda t: t.start, default=None)
    notes: list[Note] = []
    for table in (t for t in tables if t not in BACKGROUND_TABLES and study.has(t)):
        frame = tables[table]
        now = frame[frame["term"] == term_id]
        then = frame[frame["term"] == before.id] if before else frame.iloc[:0]
        for look in (_missing, _outliers, _alike, _outside, _changes):
            notes += look(study, table, now, then, term)
    return notes


def _columns(study: Study, table: str, frame: pd.DataFrame) -> list[str]:
    """The columns that come from the files: not the places, not what was made beside them."""
    return [c for c in frame if c not in ("term", "file", "line", "source", "person") and ":" not in c]


def _heading(study: Study, rows: pd.DataFrame, column: str) -> str:
    """What the first of the rows' sources that gives a column calls it."""
    sources = [study.sources[int(i)] for i in rows["source"].unique()]
    return next((source for source in sources if column in source.given), sources[0]).heading(column)


def _questions(study: Study, table: str) -> dict[str, str]:
    """Of each column of a question with several answers the question, told under its first option only."""
    found: dict[str, str] = {}
    for variable in (v for v in study.variables if v.table == table and v.kind == "multi"):
        first, *others = study.columns_of(variable)
        found |= {first: variable.id} | dict.fromkeys(others, "")
    return found


def _missing(study: Study, table: str, now: pd.DataFrame, then: pd.DataFrame, term: Term) -> Iterator[Note]:
    """Columns of which more is missing than is usual, or much more than in the term before; of few rows, all."""
    if len(now) < FEWEST:
        return
    questions, schema = _questions(study, table), study.schema(table)
    unasked = [study.unasked(study.sources[int(i)], term.id) for i in now["source"].unique()]
    absent, usual = now.isna().mean(), then.isna().mean() if len(then) >= FEW else {}
    for column in _columns(study, table, now):
        most = max(MISSING_SHARE, usual.get(column, 0.0) + MISSING_JUMP)
        if absent[column] <= most if len(now) >= FEW else absent[column] < 1:
            continue
        question = questions.get(column, column)
        spec = schema.get(column)
        if all(question in each for each in unasked):
            continue
        if column == "end" or (absent[column] < 1 and (column == "done" or (spec is not None and spec.blank))):
            continue  # what is not over has no such day, and whom nobody reached no situation; but some have
        if not question or (spec is not None and spec.kind == "text"):
            continue
        missing = now[column].isna()
        if column + ":cannot_say" in now:
            missing &= ~now[column + ":cannot_say"]
        if missing.mean() > most if len(now) >= FEW else missing.all():
            heading = _heading(study, now, question)
            file = now["file"].iloc[0] if now["file"].nunique() == 1 else ""
            yield Note("missing_share", table, term.id, file, column=heading, count=int(missing.sum()))


def _outliers(study: Study, table: str, now: pd.DataFrame, then: pd.DataFrame, term: Term) -> Iterator[Note]:
    """Numbers beyond the outer fences. Answers on a scale have ends of their own."""
    items = {item.id for item in study.survey.items}
    for column, spec in study.schema(table).items():
        if column not in now or column in items or spec.kind not in ("integer", "number"):
            continue
        values = now[column].dropna().astype("float64")
        low, high = values.quantile([0.25, 0.75]) if len(values) >= FEW else (0.0, 0.0)
        if high <= low:
            continue
        reach = FENCES * (high - low)
        for i in values.index[(values < low - reach) | (values > high + reach)]:
            yield _at(study, "outlier", table, now.loc[[i]], column)


def _at(study: Study, kind: str, table: str, rows: pd.DataFrame, column: str = "") -> Note:
    heading = _heading(study, rows, column) if column else ""
    row = rows.iloc[0]
    return Note(kind, table, row["term"], row["file"], int(row["line"]), heading)


def _alike(study: Study, table: str, now: pd.DataFrame, then: pd.DataFrame, term: Term) -> Iterator[Note]:
    """Surveys in which every item got one and the same answer, and surveys answered exactly as another was."""
    likert = _likert(study, table, now)
    if len(likert) < MANY_ANSWERS or not len(now):
        return
    answers = now[[item.id for item in likert]]
    answered = answers.notna().all(axis=1)
    straight = answered & answers.max(axis=1).eq(answers.min(axis=1))
    for i in now.index[straight]:
        yield _at(study, "straight_lining", table, now.loc[[i]])
    # on one scale answers coincide; with free text or a date too they hardly do
    rest = [c for c in _columns(study, table, now) if c not in answers]
    if rest:
        same = now[answered & ~straight].duplicated([*answers.columns, *rest], keep="first")
        for i in same.index[same]:
            yield _at(study, "same_answers", table, now.loc[[i]])


def _likert(study: Study, table: str, now: pd.DataFrame) -> list[Item]:
    if table not in study.surveys.values():
        return []
    return [item for item in study.survey.items if item.kind == "likert" and item.id in now]


def _outside(study: Study, table: str, now: pd.DataFrame, then: pd.DataFrame, term: Term) -> Iterator[Note]:
    """Days outside the term whose export they stand in."""
    column = DATED.get(study.base(table), "")
    if column in now:
        days = now[column]
        odd = days.notna() & ~days.between(pd.Timestamp(term.start), pd.Timestamp(term.end))
        for i in now.index[odd]:
            yield _at(study, "date_outside_term", table, now.loc[[i]], column)


def _changes(study: Study, table: str, now: pd.DataFrame, then: pd.DataFrame, term: Term) -> Iterator[Note]:
    """Many more or fewer rows than in the term before, and items whose mean moved far."""
    if len(then) >= FEW and not len(then) / TIMES <= len(now) <= len(then) * TIMES:
        yield Note("rows_changed", table, term.id, count=len(now))
    for item in _likert(study, table, now):
        new, old = now[item.id].dropna(), then[item.id].dropna() if item.id in then else now[item.id].iloc[:0]
        if min(len(new), len(old)) >= FEW and abs(new.mean() - old.mean()) > SHIFT * (item.max - item.min):
            yield Note("answers_changed", table, term.id, column=_heading(study, now, item.id), count=len(new))
