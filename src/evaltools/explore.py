"""For researchers: pairs of answers with background, change by group, models with covariates, and pictures.

Everything here works on tidy tables, person by person and exact. What it gives has passed no disclosure control and is
not for publication.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from evaltools import i18n
from evaltools.errors import UnknownNameError
from evaltools.report import charts
from evaltools.report.document import Figure, Kind
from evaltools.statistics import comparison, effect_sizes, entropy_balance, paired_means
from evaltools.statistics.types import CONFIDENCE, Estimate, finite

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MplFigure

    from evaltools.session import OpenTerm

SEPARATED = 20.0  # log odds beyond which the covariates tell the outcome of somebody
FEW = 30  # whole values up to which each has a bar of its own


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
        if column not in named and i18n.has(f"by.{column}"):
            named[column] = reader.by(column)
    return shown.rename(columns=named)


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


def regression(
    frame: pd.DataFrame,
    outcome: str,
    covariates: Sequence[str],
    kind: Literal["linear", "logistic"] = "linear",
    confidence: float = CONFIDENCE,
) -> pd.DataFrame:
    """What an outcome goes with, the other covariates held equal, with robust standard errors.

    Rows with any value missing are left out. Numeric and true/false covariates enter as they are, others as indicators
    of all levels but the first in sorted order (``statistics.comparison.design``, which drops what earlier columns
    determine). An association is no effect: what the covariates leave out is not held equal.

    Parameters
    ----------
    frame : one row a person, such as ``ev.pairs`` or ``term.tidy["persons"]``
    outcome : a numeric column; for ``logistic`` one of 0 and 1, or of true and false
    covariates : columns held equal; the difference between two groups is the row of the column that tells them apart
    kind : ``linear`` is ordinary least squares with HC2 errors and t intervals; ``logistic`` a logistic regression with
        sandwich (HC0) errors, told as average marginal effects, which are differences of probability
    confidence : level of the intervals

    Returns
    -------
    DataFrame, one row a column of the design: covariate, estimate, lower, upper (in the unit of the outcome; for
    ``logistic`` differences of probability, -1 to 1), p (two-sided, of the coefficient), n (rows in the fit); for
    ``logistic`` odds_ratio, odds_lower and odds_upper as well.

    Raises
    ------
    UnknownNameError
        The frame lacks one of the columns.
    ValueError
        No covariate that varies, fewer rows than parameters, an outcome of ``logistic`` other than 0 and 1, or one that
        the covariates tell exactly (separation), for which no odds ratio is finite.

    References
    ----------
    MacKinnon & White (1985) J Econometrics 29:305 (HC2); White (1982) Econometrica 50:1 (sandwich).

    Examples
    --------
    >>> ev.regression(ev.pairs(term, "future"), "after", ["before", "gender", "age_group"])  # doctest: +SKIP
    """
    from statsmodels.regression.linear_model import OLS

    _require(frame, [outcome, *covariates])
    rows = frame[[outcome, *covariates]].dropna()
    columns, _ = comparison.design(rows[list(covariates)])
    x, y = columns.assign(constant=1.0), rows[outcome].astype("float64")
    if columns.empty or len(x) <= x.shape[1]:
        raise ValueError("no covariate varies, or there are fewer rows than parameters")
    if kind == "linear":
        fit = OLS(y, x).fit(cov_type="HC2", use_t=True)
        limits = fit.conf_int(1 - confidence)
        found = {"estimate": fit.params, "lower": limits[0], "upper": limits[1], "p": fit.pvalues}
        return _of_columns(found, list(columns), len(x))
    fit = _logit(y, x)
    marginal = fit.get_margeff(dummy=True)
    limits, odds = marginal.conf_int(1 - confidence), np.exp(fit.conf_int(1 - confidence))
    found = {
        "estimate": marginal.margeff,
        "lower": limits[:, 0],
        "upper": limits[:, 1],
        "p": fit.pvalues[list(columns)],
    }
    found |= {"odds_ratio": np.exp(fit.params), "odds_lower": odds[0], "odds_upper": odds[1]}
    return _of_columns(found, list(columns), len(x))


@dataclass(frozen=True)
class FairComparison:
    """A difference between groups made alike, and how alike they could be made.

    ``overlap`` has a row a covariate: mean of the treated, of the controls before and after weighting, and the two
    differences in standard deviations of the treated. ``effective`` is how many evenly weighted controls tell as much
    as the weighted ones, of ``controls``; ``largest`` is the greatest share that one of them has.
    """

    difference: Estimate
    overlap: pd.DataFrame
    controls: int
    effective: float | None
    largest: float | None


def balance(frame: pd.DataFrame, treated: str, outcome: str, covariates: Sequence[str]) -> FairComparison:
    """The difference of an outcome between the treated and controls who are weighted to be as they were before.

    Rows with any value missing are left out. Covariates enter as in `regression`. An effect only if nothing besides the
    covariates tells apart who was treated; where no weights make the groups alike there is no difference at all.

    Parameters
    ----------
    frame : one row a person, the project's and those who came back from a register (``evaltools request``)
    treated : a column of 1 and 0, or of true and false
    outcome : a column of numbers, or of true and false
    covariates : what was known before

    Raises
    ------
    UnknownNameError
        The frame lacks one of the columns.
    ValueError
        A group is empty, or no covariate varies.

    Examples
    --------
    >>> ev.balance(back, "treated", "employed_12", ["age", "gender", "education"]).overlap  # doctest: +SKIP
    """
    _require(frame, [treated, outcome, *covariates])
    rows = frame[[treated, outcome, *covariates]].dropna()
    inside = rows[treated].astype(bool).to_numpy()
    columns, _ = comparison.design(rows[list(covariates)])
    if columns.empty or not 0 < inside.sum() < len(inside):
        raise ValueError("no covariate varies, or a group is empty")
    x, y = columns.to_numpy(dtype=float), rows[outcome].to_numpy(dtype=float)
    sides = x[inside], x[~inside]
    found = entropy_balance.balance(*sides)
    means = {"treated": sides[0].mean(axis=0), "controls": sides[1].mean(axis=0)}
    if found is not None:
        after = {"weighted": found.weights @ sides[1], "before": found.before, "after": found.after}
        means |= after
    difference = entropy_balance.difference(*sides, y[inside], y[~inside])
    overlap = pd.DataFrame({"covariate": list(columns), **means})
    kept = (None, None) if found is None else (found.effective, found.largest)
    return FairComparison(difference, overlap, len(sides[1]), *kept)


def _logit(y: pd.Series, x: pd.DataFrame) -> Any:
    """A logistic regression with sandwich errors. ValueError where there is none, as ``regression`` says."""
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

    if not y.isin((0, 1)).all():
        raise ValueError("the outcome of a logistic regression is 0 or 1")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PerfectSeparationWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            fit = Logit(y, x).fit(disp=False, maxiter=100, cov_type="HC0")
    except (PerfectSeparationError, PerfectSeparationWarning, np.linalg.LinAlgError) as error:
        raise ValueError("the covariates tell the outcome exactly") from error
    if not fit.mle_retvals["converged"] or np.abs(fit.fittedvalues).max() > SEPARATED:
        raise ValueError("the covariates tell the outcome exactly")
    return fit


def _of_columns(found: Mapping[str, Any], columns: list[str], n: int) -> pd.DataFrame:
    """One row a column of the design, without the constant, which stands last."""
    numbers = {name: np.asarray(values)[: len(columns)] for name, values in found.items()}
    return pd.DataFrame({"covariate": columns, **numbers, "n": n})


def distribution(frame: pd.DataFrame, column: str, by: str = "") -> MplFigure:
    """The shares of the values of a column, in each group by itself.

    Parameters
    ----------
    frame : one row a person
    column : a column of numbers or of categories
    by : a column of groups; none where empty

    Returns
    -------
    matplotlib Figure, drawn by seaborn; the y axis is per cent of the group's rows that have a value.

    Raises
    ------
    UnknownNameError
        The frame lacks one of the columns.

    Examples
    --------
    >>> ev.distribution(ev.labelled(term, "persons"), "Age", by="Gender")  # doctest: +SKIP
    """
    import seaborn as sns

    _require(frame, [column, by] if by else [column])
    values = frame[column].dropna()
    discrete = not pd.api.types.is_numeric_dtype(values) or bool((values % 1 == 0).all() and values.nunique() <= FEW)
    grid = sns.displot(
        frame,
        x=column,
        hue=by or None,
        discrete=discrete,
        stat="percent",
        common_norm=False,
        multiple="dodge" if by else "layer",
        shrink=0.8 if discrete else 1.0,
        palette="colorblind" if by else None,
    )
    return grid.figure


def relation(frame: pd.DataFrame, x: str, y: str, by: str = "") -> MplFigure:
    """Two numeric columns as points with a regression line in each group and its 95% confidence band.

    Points are moved by up to a fifth of a step where whole numbers lie on one another. The lines hold nothing else
    equal: that does `regression`.

    Parameters
    ----------
    frame : one row a person, such as ``ev.pairs``
    x, y : numeric columns
    by : a column of groups; none where empty

    Returns
    -------
    matplotlib Figure, drawn by seaborn.

    Raises
    ------
    UnknownNameError
        The frame lacks one of the columns.

    Examples
    --------
    >>> ev.relation(ev.pairs(term, "future"), "before", "after", by="gender")  # doctest: +SKIP
    """
    import seaborn as sns

    _require(frame, [x, y, by] if by else [x, y])
    rows = frame.dropna(subset=[x, y]).astype({x: "float64", y: "float64"})
    jitter = [0.2 if (rows[axis] % 1 == 0).all() else 0.0 for axis in (x, y)]
    grid = sns.lmplot(
        rows,
        x=x,
        y=y,
        hue=by or None,
        palette="colorblind" if by else None,
        x_jitter=jitter[0],
        y_jitter=jitter[1],
        seed=1,
    )
    return grid.figure


def _require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UnknownNameError("column", ", ".join(missing), list(frame.columns))


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
    _require(frame, columns)
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
