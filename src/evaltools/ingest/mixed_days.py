"""Days of one column that are dates in some cells and texts in others: what a spreadsheet took for days.

A spreadsheet of another country reads 5.3. as the third of May, and leaves 25.3. as the text it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaltools.ingest.readers import DAYS
from evaltools.ingest.values import days
from evaltools.study.model import Study
from evaltools.study.problems import Note, Problem
from evaltools.study.source_model import Source

MONTHS = 12
FEWEST = 5  # different dates of either kind, from which their order shows
FEW, BESIDE = 0.2, 5  # the share of cells that are odd beside at least so many others


def look(study: Study, source: Source, texts: pd.DataFrame, problems: list[Problem]) -> Iterator[Note]:
    """Note the few cells of the other kind; where every date could be a month and no text could, it is a problem."""
    dated = [c for c, spec in study.schema(source.table).items() if spec.kind == "date" and c + DAYS in texts]
    for column in dated:
        given = texts[texts[column] != ""]
        real = given[column + DAYS].fillna(False).astype(bool)
        if real.all():
            continue
        heading = source.heading(column)
        read = days(given[column], source)
        dates, words = read[real].dropna(), read[~real].dropna()
        told = min(dates.nunique(), words.nunique()) >= FEWEST
        if told and dates.dt.day.max() <= MONTHS < words.dt.day.min():
            first = given[real].iloc[0]
            problems.append(Problem(first["file"], int(first["line"]), heading, "days_exchanged"))
            continue
        few = real if real.mean() < 1 / 2 else ~real
        if few.mean() <= FEW and (~few).sum() >= BESIDE:
            for term, file, line in given.loc[few, ["term", "file", "line"]].itertuples(index=False):
                yield Note("mixed_days", source.table, term, file, int(line), heading)
