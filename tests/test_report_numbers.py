"""Every number of a report is a number of ``results``: in tables and figures exactly, in sentences as printed."""

import itertools
import re

import pandas as pd
import pytest
from conftest import open_demo

from evaltools import api, html, text
from evaltools.present import Column, Figure, Number
from evaltools.results import NUMBERS

# numbers of the texts themselves: confidence levels, thresholds and scale ends that the sentences explain
SAID = {"95", "0", "1", "2", "−1", "−2", "0,1", "0.1", "30", "5", "10", "60", "50", "0,001", "0.001", "100", "−", "20"}
TOKEN = re.compile(r"−?\d[\d\s\N{NO-BREAK SPACE},.]*\d|−?\d")


@pytest.fixture(scope="module", params=itertools.product(["public", "internal"], ["fi", "en"]), ids="-".join)
def term(request):
    edition, language = request.param
    return open_demo("2022K", edition, language)


def numbers(rows: pd.DataFrame) -> set[float]:
    return {round(float(v), 9) for c in NUMBERS for v in rows[c].dropna()}


def test_every_number_of_a_table_or_figure_is_a_result(term):
    rows = term.results
    known = numbers(rows)
    missing = []
    for topic in api.TOPICS:
        for table in term.section(topic).tables:
            for line in table.rows:
                for value in line:
                    value = value.value if isinstance(value, Number) else value
                    if isinstance(value, int | float) and round(float(value), 9) not in known:
                        missing.append((topic, table.id, line[0], value))
    assert not missing, missing[:20]


def printed(rows: pd.DataFrame, language: str) -> set[str]:
    """The digits of every result in every way a sentence can print it."""
    shown = set()
    ways = [
        Column("", "integer"),
        Column("", "euro"),
        *(Column("", kind, d) for kind in ("percent", "decimal") for d in (0, 1, 2, 3)),
    ]
    for number in numbers(rows):
        shown |= {digits(html.cell(number, way, language)) for way in ways}
        shown.add(digits(text.percent(abs(number), language)))
    return shown


def is_date(bare: str, known: set[int]) -> bool:
    """Whether the digits are those of days that stand in results or in the study file."""
    return {int(d) for d in re.findall(r"\d+", bare)} <= known


def digits(shown: str) -> str:
    return re.sub(r"[^\d,.]", "", shown)


def spoken(figure: Figure) -> str:
    """The alternative text without the names of rows and columns, which may hold digits of their own."""
    texts = {cell for row in figure.data.rows for cell in row if isinstance(cell, str)}
    names = [*texts, *(column.label for column in figure.data.columns)]
    names += [part for name in names for part in name.split(": ")]
    alt = figure.alt
    for name in sorted(filter(None, names), key=len, reverse=True):
        alt = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " | ", alt)
    return alt


def test_every_number_of_a_sentence_is_a_result(term):
    known = printed(term.results, term.language)
    dates = {int(d) for d in re.findall(r"\d+", " ".join(term.results["date"]))}
    dates |= {int(d) for d in re.findall(r"\d+", str(term.study.benchmark.retrieved))}
    missing = []
    for topic in api.TOPICS:
        for part in term.section(topic).parts.values():
            if part.id in ("sources", "method"):
                continue
            pictures = [spoken(block) for block in part.blocks if isinstance(block, Figure)]
            for sentence in [*part.sentences, *part.notes, *pictures]:
                for token in TOKEN.findall(sentence):
                    bare = digits(token)
                    explained = set(token.split(", ")) <= SAID
                    if not explained and bare not in known and not is_date(bare, dates):
                        missing.append((topic, part.id, token, sentence[:90]))
    assert not missing, missing[:20]
