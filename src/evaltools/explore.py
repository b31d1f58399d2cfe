"""For researchers: pairs of answers with background, change by group with intervals, and the reports' own pictures.

Everything here works on tidy tables, person by person and exact. What it gives has passed no disclosure control and is
not for publication.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from evaltools.errors import UnknownNameError
from evaltools.report import charts
from evaltools.report.document import Figure, Kind
from evaltools.statistics import effect_sizes, paired_means
from evaltools.statistics.types import finite

if TYPE_CHECKING:
    from evaltools.session import OpenTerm


def labelled(term: OpenTerm, table: str) -> pd.DataFrame:
    """A tidy table with headings and codes in words, in the term's language; ids stay pseudonyms.

    Parameters
    ----------
    term : an open term (``ev.open_study(...).term(...)``)
    table : name of a tidy table, such as ``"persons"``

    Returns
    -------
    DataFrame as ``term.tidy[table]``, one row the same as there.

    Raises
    ------
    UnknownNameError
        There is no such table; the names of those there are follow.

    Examples
    --------
    >>> ev.labelled(term, "persons").head()  # doctest: +SKIP
    """
    if table not in term.tidy:
        raise UnknownNameError("table", table, list(term.tidy))
    frame, reader = term.tidy[table], term.labels
    named = {v.id: v.name(term.language) for v in term.study.variables}
    named |= {f"tg_{g.id}": g.name(term.language) for g in term.study.target_groups}
    coded = {"age_group", *term.study.codes} | {v.id for v in term.study.variables if v.kind == "code"}
    shown = frame.copy()
    for column in frame:
        if column in coded:
            known = frame[column].dropna().astype(str).unique()
            words = {code: reader.group(column, code) for code in known}
            shown[column] = frame[column].astype("object").map(words, na_action="ignore")
        if column not in named and f"by.{column}" in _keys():
            named[column] = reader.by(column)
    return shown.rename(columns=named)


def _keys() -> set[str]:
    from evaltools import i18n

    return set(i18n.catalogue())


def pairs(term: OpenTerm, item: str) -> pd.DataFrame:
    """Answers of the persons who answered an item at both times, beside their background.

    Parameters
    ----------
    term : an open term
    item : id of an item asked in both surveys

    Returns
    -------
    DataFrame with one row a person: the columns of ``term.tidy["persons"]``, ``start`` and ``end`` answers as
    ``before`` and ``after``, and ``change`` (after less before, on the item's own scale).

    Raises
    ------
    UnknownNameError
        The study has no such item in both surveys.
    """
    asked = [i.id for i in term.study.survey.items if {"start", "end"} <= set(i.surveys)]
    if item not in asked:
        raise UnknownNameError("item", item, asked)
    answers = term.tidy["answers"]
    answers = answers[(answers["item"] == item) & answers["value"].notna()]
    wide = answers.pivot(index="person", columns="survey", values="value").dropna(subset=["start", "end"])
    wide = wide.rename(columns={"start": "before", "end": "after"}).rename_axis(columns=None)
    wide["change"] = wide["after"] - wide["before"]
    return term.tidy["persons"].merge(wide, left_on="person", right_index=True, validate="one_to_one")


def change_by(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """The change in each group: how many, shares up and down, rank-biserial correlation and mean with 95% intervals.

    The intervals are those of the reports (``paired.rank_biserial``, ``paired.paired_t``). Groups are looked at one by
    one: a difference between two of them is not tested by whether their intervals overlap, and with many groups some
    intervals leave zero out by chance.

    Parameters
    ----------
    frame : as ``pairs`` gives it: columns ``before``, ``after``, ``change`` and ``by``
    by : column of the groups

    Returns
    -------
    DataFrame, one row a group in order of size: group, n, up, down (shares, 0 to 1), r, r_lower, r_upper (-1 to 1;
    positive where answers rise), mean, mean_lower, mean_upper (points of the item's scale). Missing where undefined.
    """
    lines = []
    for group, part in frame.groupby(by, observed=True):
        effect = effect_sizes.rank_biserial(part["change"].to_numpy())
        mean = paired_means.paired_t(*paired_means.moments(part["before"], part["after"])).change
        shares = {"up": (part["change"] > 0).mean(), "down": (part["change"] < 0).mean()}
        r = {"r": effect.estimate, "r_lower": effect.lower, "r_upper": effect.upper}
        means = {"mean": mean.estimate, "mean_lower": mean.lower, "mean_upper": mean.upper}
        lines.append({"group": group, "n": len(part), **shares, **r, **means})
    return pd.DataFrame(lines).sort_values("n", ascending=False, kind="stable", ignore_index=True)


def likert(counts: pd.DataFrame, caption: str = "", *, language: str = "fi", source: str = "") -> Figure:
    """Answers to ordered categories as stacked bars, as in the reports.

    Parameters
    ----------
    counts : one row a question (the index is its label), one column a category, lowest first; whole numbers
    caption, language, source : what stands above and below the picture

    Returns
    -------
    present.Figure, which a notebook shows with its numbers as a table; ``.svg`` is the picture, ``.alt`` says it.

    Raises
    ------
    ValueError
        A count is missing, negative or no whole number.

    Examples
    --------
    >>> ev.likert(pd.crosstab(frame["region"], frame["after"]), "After, by region")  # doctest: +SKIP
    """
    whole = counts.astype("float64")
    if whole.isna().any(axis=None) or (whole < 0).any(axis=None) or (whole % 1 != 0).any(axis=None):
        raise ValueError("counts of answers must be whole numbers, none missing and none below zero")
    rows = [[int(n) for n in row] for row in whole.to_numpy()]
    labels, categories = [str(i) for i in counts.index], [_plain(c) for c in counts.columns]
    return charts.distribution("likert", caption, labels, categories, rows, language=language, source=source)


def forest(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    columns: Sequence[str] = ("group", "r", "r_lower", "r_upper", "n"),
    kind: Kind = "decimal",
    reference: float | None = 0.0,
    language: str = "fi",
    source: str = "",
) -> Figure:
    """Estimates with their intervals and n, one under the other, as in the reports.

    Parameters
    ----------
    frame : one row an estimate
    caption : what stands above the picture
    columns : names of the columns with label, estimate, lower end, upper end and number of persons
    kind : how estimates print: ``decimal``, ``percent`` (shares 0 to 1), ``points``, ``integer`` or ``euro``
    reference : where a line is drawn; None for none
    language, source : of what stands about the picture

    Returns
    -------
    present.Figure, which a notebook shows with its numbers as a table.

    Raises
    ------
    UnknownNameError
        The frame lacks one of the columns.

    Examples
    --------
    >>> ev.forest(ev.change_by(ev.pairs(term, "future"), "gender"))  # doctest: +SKIP
    """
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UnknownNameError("column", ", ".join(missing), list(frame.columns))
    label, *numbers, n = columns
    estimate, lower, upper = ([None if pd.isna(v) else finite(float(v)) for v in frame[c]] for c in numbers)
    counts = [int(v) for v in frame[n]]
    labels = [str(v) for v in frame[label]]
    return charts.forest(
        *("forest", caption, labels, estimate, lower, upper),
        n=counts,
        kind=kind,
        reference=reference,
        language=language,
        source=source,
    )


def _plain(category: object) -> str:
    """A category as a heading: 4.0 is answer 4."""
    return f"{category:g}" if isinstance(category, float) else str(category)
