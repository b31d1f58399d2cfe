"""Answers of one survey, and of two that cannot be paired: what was asked once, or of persons nobody can join.

Before there is an end survey, where only one survey is held, and where surveys are anonymous, answers are shown as they
are: how often each was given, the mean, the share who agree. Two that cannot be paired have their difference, too.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from evaltools.counts.tabulation import ALL
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material, as_int, number
from evaltools.sections.survey.wording import answer_in_words, range, signed, worded
from evaltools.statistics import comparison
from evaltools.study.survey_model import Item

SURVEYS = ("start", "end")
Moments = tuple[int, float | None, float | None]


def single_rows(material: Material, results: ResultSet) -> None:
    """Every item that stands in ``item_answers`` but is no feedback: asked at the start only, or of nobody in pairs."""
    for item in material.study.survey.items:
        if item.surveys == ["end"] or _is_paired(material, results, item):
            continue
        asked = [survey for survey in SURVEYS if _answers_rows(material, results, item, survey)]
        if not results.protected:
            _means(material, results, item, asked)


def _answers_rows(material: Material, results: ResultSet, item: Item, survey: str) -> bool:
    """How often each answer was given; whether anybody gave one, as far as the edition shows it."""
    n = material.count("items", measure=f"{survey}_given", item=item.id)
    shown = pick(material.counts["item_answers"], item=item.id, survey=survey)
    if n == 0:
        return False
    for row in shown.itertuples():
        place: dict[str, Any] = {"by": "survey", "group": survey, "by2": "answer", "group2": f"{row.value:g}"}
        results.count("single", "answers", as_int(row.count), n, item=item.id, **place)
    return len(shown) > 0


def _means(material: Material, results: ResultSet, item: Item, asked: list[str]) -> None:
    """The mean of each survey's answers, and the difference of two."""
    found: list[Moments] = []
    for survey in asked:
        given = pick(material.exact["answers"], scope=ALL, survey=survey, item=item.id).dropna(subset=["value"])
        found.append(moments(given))
        mean = comparison.one_mean(*found[-1])
        results.statistic("single", "mean", mean, item=item.id, by="survey", group=survey)
    if len(found) == len(SURVEYS):
        first, last = found
        results.statistic("single", "unpaired_difference", comparison.mean_difference(*last, *first), item=item.id)


def _is_paired(material: Material, results: ResultSet, item: Item) -> bool:
    """Whether anybody answered it at both times; in a protected edition as far as the published count says so."""
    if set(item.surveys) != set(SURVEYS):
        return False
    if results.protected:
        return material.count("items", measure="paired", scope=ALL, item=item.id) != 0
    return len(pick(material.exact["transitions"], scope=ALL, item=item.id)) > 0


def moments(given: pd.DataFrame) -> Moments:
    """Number, mean and standard deviation of answers (value, count)."""
    values, counts = given["value"].astype(float), given["count"].astype(int)
    n = int(counts.sum())
    if n == 0:
        return 0, None, None
    mean = float((values * counts).sum()) / n
    return n, mean, math.sqrt(float((counts * (values - mean) ** 2).sum()) / (n - 1)) if n > 1 else None


def single_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """What was answered once, by survey; the difference of two that cannot be paired, said to be unpaired."""
    single = pick(rows, table="single")
    means = pick(single, measure="mean")
    if single.empty:
        return None
    differences = pick(single, measure="unpaired_difference")
    sentences = [labels.say("survey.single.how" if differences.empty else "survey.single.unpaired")]
    sentences += [_difference(labels, row) for _, row in differences.iterrows()]
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.say("survey.column.survey")), lambda row: labels.say(f"survey.single.{row['group']}")),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.mean"), "decimal", 2), number("estimate")),
        (Column(labels.say("column.lower"), "decimal", 2, span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal", 2), number("upper")),
    ]
    source = labels.source("start_survey", "end_survey")
    blocks = [labels.table("survey-single-means", labels.say("survey.single.means"), means, columns, source=source)]
    blocks += [
        _answers(labels, single, item, source) for item in dict.fromkeys(pick(single, measure="answers")["item"])
    ]
    return Part("survey-single", labels.say("survey.heading.single"), sentences, [b for b in blocks if b.rows])


def _difference(labels: Labels, row: pd.Series) -> str:
    question = labels.say("survey.quoted", question=labels.question(row["item"]))
    words = {"question": question, "difference": signed(labels, row["estimate"])}
    if pd.isna(row["lower"]):
        return labels.say("survey.single.difference_alone", **words)
    return labels.say("survey.single.difference", interval=range(labels, row), **words)


def _answers(labels: Labels, single: pd.DataFrame, item: str, source: str) -> Table:
    """How often each answer was given, one column a survey that asked."""
    answers = pick(single, measure="answers", item=item)
    surveys = [survey for survey in SURVEYS if (answers["group"] == survey).any()]
    lines = [
        [
            answer_in_words(labels, item, given),
            *(value(answers, "count", group=survey, group2=given) for survey in surveys),
        ]
        for given in dict.fromkeys(answers["group2"])
    ]
    columns = [Column(labels.say("survey.column.answer"))]
    columns += [Column(labels.say(f"survey.single.{survey}"), "integer") for survey in surveys]
    caption = labels.say("survey.single.answers", question=labels.question(item))
    return Table(f"survey-single-{item}", caption, columns, lines, labels.language, [], source)
