"""How values of the surveys are worded: ranges, signs, p values, questions."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.report.document import Value
from evaltools.results.records import value
from evaltools.sections.material import Labels

NBSP = "\N{NO-BREAK SPACE}"


def of(rows: pd.DataFrame, column: str = "estimate", **where: str) -> Callable[[pd.Series], Value]:
    """A reader of another result about the same item."""

    def read(row: pd.Series) -> Value:
        return value(rows, column, scope=row["scope"], item=row["item"], **where)

    return read


def change(rows: pd.DataFrame) -> Callable[[pd.Series], float | None]:
    """A reader of a mean change as it is printed beside the two means: their difference as these are printed."""

    def read(row: pd.Series) -> float | None:
        place = {key: row[key] for key in ("scope", "item", "group")}
        start, end = (value(rows, measure=measure, **place) for measure in ("mean_start", "mean_end"))
        estimate = None if pd.isna(row["estimate"]) else float(row["estimate"])
        return estimate if None in (start, end, estimate) else i18n.printed_difference(end, start)  # type: ignore[arg-type]

    return read


def points_in_size(labels: Labels, share: float) -> str:
    """A difference of shares in percentage points, without a sign."""
    points = round(100 * share, 9)
    return labels.say("html.points_said", number=labels.decimal(points, 0 if points % 1 == 0 else 1))


def source(labels: Labels) -> str:
    return labels.source("start_survey", "end_survey")


def range(labels: Labels, row: pd.Series) -> str:
    return labels.interval(row["lower"], row["upper"])


def signed(labels: Labels, number: float | None) -> str:
    """A change with its sign."""
    return i18n.signed(None if pd.isna(number) else number, labels.language)


def worded(labels: Labels, item: str) -> str:
    """The wording, with a mark where a lower answer is the better one."""
    lower = any(i.id == item and i.direction == "lower" for i in labels.study.survey.items)
    question = labels.question(item)
    return labels.say("survey.lower_better", question=question) if lower else question


def is_primary(labels: Labels, item: str) -> bool:
    return any(question.id == item and question.primary for question in labels.study.survey.questions)


def answer_in_words(labels: Labels, item: str, answer: str) -> str:
    """An answer in words, after its number, where the study file names it."""
    names = labels.study.survey.labels.get(labels.study.item(item).labels, [])
    return next((f"{answer} {code.name(labels.language)}" for code in names if code.id == answer), answer)
