"""Columns that a source makes: of several others, of one value, of the row itself; and rows that stand for several."""

from __future__ import annotations

import pandas as pd

from evaltools.study.problems import Problem
from evaltools.study.source_model import Combined, Source
from evaltools.study.wording import plain

PART = ":part"  # before the column and the number of a heading that it is made of
FREQUENCY = ":frequency"
COUNT = r"[0-9]{1,6}"
MOST_ROWS = 10_000_000


def wanted(source: Source) -> dict[str, list[str]]:
    """The headings from which columns are made, by the name each has until then."""
    parts = {f"{PART}:{c}:{i}": [h] for c, made in source.combine.items() for i, h in enumerate(made.of)}
    return parts | ({FREQUENCY: [source.frequency]} if source.frequency else {})


def arranged(frame: pd.DataFrame, source: Source, name: str, problems: list[Problem]) -> pd.DataFrame:
    """The frame of a file with the columns that its source makes, and without those they are made of.

    What a file lacks and may lack is empty. Values of several columns of which one should hold any, and frequencies
    that are no whole numbers, are problems.
    """
    for column, made in source.combine.items():
        parts = [frame.pop(f"{PART}:{column}:{i}") for i in range(len(made.of))]
        frame[column] = (
            _joined(parts, made) if made.between is not None else _only(parts, frame, source, made, name, problems)
        )
    for column, value in source.constants.items():
        frame[column] = value
    for column in source.optional:
        for missing in [column, *(f"{column}:{code}" for code in source.options.get(column, {}))]:
            if missing not in frame and (column not in source.options or missing != column):
                frame[missing] = ""
    if source.each_row_a_person:
        frame["person"] = f"{name}:" + frame["line"].astype("str")
    return _repeated(frame, source, name, problems) if source.frequency else frame


def _joined(parts: list[pd.Series], made: Combined) -> pd.Series:
    """The parts with the text between them; nothing where all are empty."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + made.between + part
    return whole.mask(pd.concat(parts, axis=1).eq("").all(axis=1), "")


def _only(
    parts: list[pd.Series], frame: pd.DataFrame, source: Source, made: Combined, name: str, problems: list[Problem]
) -> pd.Series:
    """What the one column holds that holds any; two that differ are a problem."""
    nothing = {plain(word) for word in source.missing} | {""}
    found = pd.Series("", index=frame.index, dtype="str")
    for heading, part in zip(made.of, parts, strict=True):
        given = ~part.map(plain).isin(nothing)
        for line in frame.loc[given & (found != "") & (found != part), "line"]:
            problems.append(Problem(name, int(line), heading, "two_values"))
        found = found.mask(given & (found == ""), part)
    return found


def _repeated(frame: pd.DataFrame, source: Source, name: str, problems: list[Problem]) -> pd.DataFrame:
    """Each row as often as its frequency says, every copy a person of its own."""
    counts = frame.pop(FREQUENCY)
    bad = ~counts.str.fullmatch(COUNT).astype(bool)
    problems += [Problem(name, int(line), source.frequency, "bad_frequency") for line in frame.loc[bad, "line"]]
    often = counts.mask(bad, "0").astype("int64")
    if often.sum() > MOST_ROWS:
        problems.append(Problem(name, None, source.frequency, "file_too_large"))
        often[:] = 0
    whole = frame.loc[frame.index.repeat(often)]
    copy = whole.groupby(level=0).cumcount().astype("str")
    return whole.assign(person=whole["person"] + ":" + copy).reset_index(drop=True)
