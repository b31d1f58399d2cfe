"""Two independent groups: a project's students beside a comparison group, where the study names one.

Means are compared from moments (n, mean, sd), so any scale of data will do; only the regression-adjusted
difference and the balance table read rows. In every function group 1 is the project (treated), group 2 the
comparison group, and a difference is group 1 minus group 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from evaltools.statistics.attrition import standardised_difference, standardised_mean_difference
from evaltools.statistics.power import noncentrality
from evaltools.statistics.types import CONFIDENCE, Estimate, Test

COLLINEAR = 1e-9  # share of a column's variation left over that counts as none


@dataclass(frozen=True, slots=True)
class Moments:
    """Number, mean and standard deviation (divisor n - 1) of a set of values; None where undefined."""

    n: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class Balance:
    """One covariate, or one level of it, in both groups.

    ``value1`` and ``value2`` are means, or shares where ``level`` is not empty. ``n1`` and ``n2`` are the persons
    with a known value. ``variance_ratio`` (group 1 over 2) is given for numeric covariates only.
    """

    covariate: str
    level: str
    n1: int
    n2: int
    value1: float | None
    value2: float | None
    standardised_difference: float | None
    variance_ratio: float | None


def moments(values: Sequence[float]) -> Moments:
    """Number, mean and standard deviation of the values that are known.

    Parameters
    ----------
    values : sequence of float; None and NaN are left out

    Returns
    -------
    Moments : mean None where n = 0, sd None where n < 2

    Examples
    --------
    >>> moments([1, 2, 3, None])
    Moments(n=3, mean=2.0, sd=1.0)
    """
    known = pd.to_numeric(pd.Series(list(values), dtype=object)).dropna().to_numpy(dtype=float)
    n = len(known)
    if n and (known == known[0]).all():  # exactly constant, whatever the rounding of the mean
        return Moments(n, float(known[0]), 0.0 if n > 1 else None)
    return Moments(n, float(known.mean()), float(known.std(ddof=1))) if n else Moments(0, None, None)


def one_mean(n: int, mean: float | None, sd: float | None, confidence: float = CONFIDENCE) -> Estimate:
    """A mean with its t interval, from moments; without one where n < 2 (``too_few``, ``nobody_answered``).

    >>> round(one_mean(10, 3.0, 1.0).upper, 3)
    3.715
    """
    if mean is None or sd is None or n < 2:
        return Estimate(mean, None, None, n, "t", note="too_few" if n else "nobody_answered")
    reach = float(scipy.stats.t.isf((1 - confidence) / 2, n - 1)) * sd / math.sqrt(n)
    return Estimate(mean, mean - reach, mean + reach, n, "t", se=sd / math.sqrt(n))


def mean_difference(
    n1: int,
    mean1: float | None,
    sd1: float | None,
    n2: int,
    mean2: float | None,
    sd2: float | None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Difference of two means with Welch's interval.

    ``mean1 - mean2 ± t se`` with ``se² = sd1²/n1 + sd2²/n2`` and Satterthwaite's degrees of freedom
    ``se⁴ / (sd1⁴/(n1²(n1 - 1)) + sd2⁴/(n2²(n2 - 1)))``.

    Parameters
    ----------
    n1, n2 : persons in each group
    mean1, mean2 : group means; None where a group is empty
    sd1, sd2 : standard deviations, divisor n - 1; None where n < 2
    confidence : level of the interval

    Returns
    -------
    Estimate : estimate None (note "nobody_answered") with an empty group; interval None with fewer than two persons
        in a group (note "too_few") or no variation in either (note "no_variance")

    Raises
    ------
    ValueError : negative n or sd, or a mean missing from a group that is not empty

    References
    ----------
    Welch (1947) Biometrika 34:28. Same interval as R ``t.test``.

    Examples
    --------
    >>> round(mean_difference(10, 2.33, 2.0, 10, 0.75, 1.8).lower, 3)
    -0.209
    """
    return _welch((n1, mean1, sd1), (n2, mean2, sd2), confidence, "Welch")


def mean_difference_test(
    n1: int, mean1: float | None, sd1: float | None, n2: int, mean2: float | None, sd2: float | None
) -> Test:
    """Welch's t test that two means are equal, two-sided, from moments.

    Parameters, formula and reference as in :func:`mean_difference`.

    Returns
    -------
    Test : with no variation in either group p is 1 where the means are equal and None where they differ (note
        "no_variance"): no variation is no evidence. p None with fewer than two persons in a group.

    Examples
    --------
    >>> round(mean_difference_test(10, 2.33, 2.0, 10, 0.75, 1.8).p, 3)
    0.08
    """
    estimate = mean_difference(n1, mean1, sd1, n2, mean2, sd2)
    n, method = n1 + n2, "Welch t"
    if estimate.se is None:
        unchanged = estimate.note == "no_variance" and estimate.estimate == 0
        return Test(None, 1.0 if unchanged else None, n, method, note=estimate.note)
    sd1, sd2, gap = _defined(sd1, sd2, estimate.estimate)
    df = _satterthwaite(n1, sd1, n2, sd2)
    t = gap / estimate.se
    return Test(t, float(2 * scipy.stats.t.sf(abs(t), df)), n, method, df=df)


def difference_of_changes(
    n1: int,
    mean_change1: float | None,
    sd_change1: float | None,
    n2: int,
    mean_change2: float | None,
    sd_change2: float | None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """How much more group 1 changed than group 2: difference in differences of paired data.

    Each person's change (post - pre) is one value, so this is Welch's difference of the two mean changes; the
    pairing is in the standard deviations of the changes. It reads as an effect only if both groups would have
    changed alike without the project.

    Parameters
    ----------
    n1, n2 : pairs in each group
    mean_change1, mean_change2 : mean of post - pre
    sd_change1, sd_change2 : standard deviation of post - pre, divisor n - 1
    confidence : level of the interval

    Returns
    -------
    Estimate : notes as in :func:`mean_difference`

    References
    ----------
    Welch (1947) Biometrika 34:28; Angrist & Pischke (2009) Mostly Harmless Econometrics, ch. 5.

    Examples
    --------
    >>> difference_of_changes(50, 0.5, 1.0, 50, 0.2, 1.0).estimate
    0.3
    """
    return _welch((n1, mean_change1, sd_change1), (n2, mean_change2, sd_change2), confidence, "Welch on changes")


def hedges_g(
    n1: int,
    mean1: float | None,
    sd1: float | None,
    n2: int,
    mean2: float | None,
    sd2: float | None,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Standardised difference of two means, corrected for small samples, with its noncentral t interval.

    ``g = J (mean1 - mean2) / s`` with s the pooled standard deviation, df = n1 + n2 - 2 and
    ``J = Γ(df/2) / (sqrt(df/2) Γ((df - 1)/2))``. The interval inverts the noncentral t distribution of
    ``t = d / sqrt(1/n1 + 1/n2)`` and multiplies the limits of d by J; it assumes equal variances.

    Parameters
    ----------
    As in :func:`mean_difference`.

    Returns
    -------
    Estimate : estimate None with fewer than two persons in a group ("too_few", or "nobody_answered") or no variation
        in either ("no_variance")

    References
    ----------
    Hedges (1981) J Educ Stat 6:107; Cumming & Finch (2001) Educ Psychol Meas 61:532.

    Examples
    --------
    >>> round(hedges_g(10, 2.33, 2.0, 10, 0.75, 1.8).estimate, 3)
    0.795
    """
    _check((n1, mean1, sd1), (n2, mean2, sd2))
    n, df, method = n1 + n2, n1 + n2 - 2, "noncentral t"
    note = _why_undefined(n1, sd1, n2, sd2)
    if note:
        return Estimate(None, None, None, n, method, note=note)
    mean1, sd1, mean2, sd2 = _defined(mean1, sd1, mean2, sd2)
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    d, scale = (mean1 - mean2) / pooled, math.sqrt(1 / n1 + 1 / n2)
    correction = math.exp(scipy.special.gammaln(df / 2) - scipy.special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
    tail = (1 - confidence) / 2
    lower, upper = (noncentrality(d / scale, df, level) * scale for level in (tail, 1 - tail))
    return Estimate(d * correction, lower * correction, upper * correction, n, method)


def adjusted_difference(
    outcome: Sequence[float],
    treated: Sequence[bool],
    covariates: pd.DataFrame,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """The difference of :func:`adjusted_difference_tested`, without its test."""
    return adjusted_difference_tested(outcome, treated, covariates, confidence)[0]


def adjusted_difference_tested(
    outcome: Sequence[float],
    treated: Sequence[bool],
    covariates: pd.DataFrame,
    confidence: float = CONFIDENCE,
) -> tuple[Estimate, Test]:
    """Difference between the groups with covariates held equal, by linear regression.

    The coefficient of `treated` in an ordinary least squares fit of the outcome on a constant, `treated` and the
    covariates, with heteroscedasticity-consistent (HC2) standard error and t interval on the residual degrees of
    freedom. With a 0/1 outcome it is a risk difference: HC2 allows for the unequal variances of a linear
    probability model. Without covariates it equals the difference of means.

    Persons with any value missing are left out. Numeric covariates enter as they are, others as indicators of all
    levels but the first in sorted order. Columns that earlier columns determine are dropped (:func:`design`).
    Persons whom a column singles out (leverage 1) tell nothing about the difference and are left out of the fit.

    Parameters
    ----------
    outcome : n values
    treated : n values, true (1) for the project's group
    covariates : DataFrame of n rows, aligned by position; may have no columns
    confidence : level of the interval

    Returns
    -------
    Estimate, Test : the difference, and the t test that it is zero, p None where there is no interval.
        n is the number of persons in the fit. None with the note "one_group" (no person in one of the groups),
        "confounded" (the covariates determine the group), "too_few" (nobody left to judge the variation by) or
        "no_variance" (a perfect fit: estimate kept, interval None). Note "collinear_dropped" if columns were dropped.

    Raises
    ------
    ValueError : unequal lengths, or `treated` other than true and false

    References
    ----------
    MacKinnon & White (1985) J Econometrics 29:305; Samii & Aronow (2012) Stat Probab Lett 82:365.

    Examples
    --------
    >>> covariates = pd.DataFrame({"age": [30, 41, 52, 28, 39, 50]})
    >>> found, test = adjusted_difference_tested([1, 1, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0], covariates)
    >>> round(found.estimate, 3), round(test.p, 3)
    (0.424, 0.2)
    """
    method = "OLS, HC2"

    def untested(n: int, note: str, estimate: float | None = None) -> tuple[Estimate, Test]:
        return Estimate(estimate, None, None, n, method, note=note), Test(None, None, n, method, note=note)

    y, group, rows = _complete_rows(outcome, treated, covariates)
    if group.all() or not group.any():
        return untested(len(y), "one_group")
    columns, dropped = design(rows)
    adjusting = columns.to_numpy(dtype=float)
    if not _adds(list(adjusting.T), group):
        return untested(len(y), "confounded")
    y, group, adjusting = _without_leverage_one(y, group, adjusting)
    n, parameters = len(y), adjusting.shape[1] + 2
    if n <= parameters or not _adds(list(adjusting.T), group):
        return untested(n, "too_few")
    from statsmodels.regression.linear_model import OLS  # heavy, and needed here only

    fit = OLS(y, np.column_stack([group, np.ones(n), adjusting])).fit()
    estimate, se = float(fit.params[0]), float(fit.HC2_se[0])
    if fit.ssr <= COLLINEAR**2 * max(fit.centered_tss, np.finfo(float).tiny):
        return untested(n, "no_variance", estimate)
    df = n - parameters
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, df)) * se
    note, t = "collinear_dropped" if dropped else "", estimate / se
    found = Estimate(estimate, estimate - half, estimate + half, n, method, se=se, note=note)
    return found, Test(t, float(2 * scipy.stats.t.sf(abs(t), df)), n, method, df=df, note=note)


def design(covariates: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The regression columns of a set of covariates, and the names of those dropped.

    Columns are taken from left to right; one that is constant, or a linear combination of those before it, is
    dropped, so the result depends only on the order of the covariates. Numeric and true/false covariates are one
    column each; others are indicators ``name=level`` of all levels but the first in sorted order.

    Parameters
    ----------
    covariates : DataFrame without missing values

    Returns
    -------
    (DataFrame of floats with the same rows, list of dropped column names)

    Raises
    ------
    ValueError : missing values

    Examples
    --------
    >>> columns, dropped = design(pd.DataFrame({"age": [20, 30, 41], "months": [240, 360, 492]}))
    >>> list(columns), dropped
    (['age'], ['months'])
    """
    if covariates.isna().to_numpy().any():
        raise ValueError("covariates must have no missing values; leave those rows out first")
    candidates = _indicators(covariates)
    names = list(candidates)
    kept = [names[j] for j in _independent(list(candidates.values()))]
    frame = pd.DataFrame({name: candidates[name] for name in kept}, index=covariates.index)
    return frame, [name for name in names if name not in kept]


def balance_table(covariates: pd.DataFrame, treated: Sequence[bool]) -> list[Balance]:
    """How alike the two groups were before: standardised differences and variance ratios.

    Numeric covariates: ``(mean1 - mean2) / sqrt((sd1² + sd2²) / 2)`` and ``sd1² / sd2²``. True/false covariates and
    each level of the others: ``(p1 - p2) / sqrt((p1(1 - p1) + p2(1 - p2)) / 2)``. An absolute value above 0.1 is
    usually called imbalance. Sample size does not enter: this is a description, not a test.

    Parameters
    ----------
    covariates : DataFrame of n rows; missing values are left out covariate by covariate
    treated : n values, true (1) for the project's group

    Returns
    -------
    list of Balance, one per numeric or true/false covariate and one per level of each other, in column and level
    order; standardised difference None where neither group varies or a group is too small

    Raises
    ------
    ValueError : unequal lengths, or `treated` other than true and false

    References
    ----------
    Austin (2009) Stat Med 28:3083.

    Examples
    --------
    >>> balance_table(pd.DataFrame({"age": [30, 40, 50, 60]}), [1, 1, 0, 0])[0].value1
    35.0
    """
    group = _as_group(treated, len(covariates))
    rows: list[Balance] = []
    for name, column in covariates.items():
        known = column.notna().to_numpy()
        values, arm = column[known], group[known]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            rows.append(_numeric_balance(str(name), values.to_numpy(dtype=float), arm))
        elif pd.api.types.is_bool_dtype(values):
            rows.append(_share_balance(str(name), "", values.to_numpy(dtype=bool), arm))
        else:
            text = values.astype(str)
            rows += [_share_balance(str(name), level, (text == level).to_numpy(), arm) for level in _levels(values)]
    return rows


def _welch(
    first: tuple[int, float | None, float | None],
    second: tuple[int, float | None, float | None],
    confidence: float,
    method: str,
) -> Estimate:
    _check(first, second)
    (n1, mean1, sd1), (n2, mean2, sd2) = first, second
    n, note = n1 + n2, _why_undefined(n1, sd1, n2, sd2)
    if note == "nobody_answered":
        return Estimate(None, None, None, n, method, note=note)
    mean1, mean2 = _defined(mean1, mean2)
    difference = mean1 - mean2
    if note:
        return Estimate(difference, None, None, n, method, note=note)
    sd1, sd2 = _defined(sd1, sd2)
    se = math.sqrt(sd1**2 / n1 + sd2**2 / n2)
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, _satterthwaite(n1, sd1, n2, sd2))) * se
    return Estimate(difference, difference - half, difference + half, n, method, se=se)


def _check(*groups: tuple[int, float | None, float | None]) -> None:
    for n, mean, sd in groups:
        if n < 0 or (sd is not None and sd < 0):
            raise ValueError(f"n and sd must not be negative, got n = {n}, sd = {sd}")
        if n and mean is None:
            raise ValueError(f"a group of {n} must have a mean")
        if n > 1 and sd is None:
            raise ValueError(f"a group of {n} must have a standard deviation")


def _why_undefined(n1: int, sd1: float | None, n2: int, sd2: float | None) -> str:
    if not n1 or not n2:
        return "nobody_answered"
    if n1 < 2 or n2 < 2:
        return "too_few"
    return "no_variance" if sd1 == 0 and sd2 == 0 else ""


def _defined(*values: float | None) -> list[float]:
    """Values of groups that have been found to have them."""
    return [float(value) for value in values if value is not None]


def _satterthwaite(n1: int, sd1: float, n2: int, sd2: float) -> float:
    v1, v2 = sd1**2 / n1, sd2**2 / n2
    share = v1 / (v1 + v2)
    return 1 / (share**2 / (n1 - 1) + (1 - share) ** 2 / (n2 - 1))


def _as_group(treated: Sequence[bool], n: int) -> np.ndarray:
    group = np.asarray(treated, dtype=float)
    if len(group) != n:
        raise ValueError(f"treated has {len(group)} values for {n} rows")
    if not np.isin(group, (0, 1)).all():
        raise ValueError("treated must be true or false (1 or 0) for everyone")
    return group.astype(bool)


def _complete_rows(
    outcome: Sequence[float], treated: Sequence[bool], covariates: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    y = pd.to_numeric(pd.Series(list(outcome), dtype=object)).to_numpy(dtype=float)
    if len(y) != len(covariates):
        raise ValueError(f"outcome has {len(y)} values for {len(covariates)} rows of covariates")
    group = _as_group(treated, len(y))
    complete = ~np.isnan(y) & covariates.notna().to_numpy().all(axis=1)
    return y[complete], group[complete].astype(float), covariates[complete]


def _levels(values: pd.Series) -> list[str]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [str(level) for level in values.cat.categories]
    return sorted(values.astype(str).unique())


def _indicators(covariates: pd.DataFrame) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, values in covariates.items():
        if pd.api.types.is_numeric_dtype(values):  # true/false included
            columns[str(name)] = values.to_numpy(dtype=float)
        else:
            text = values.astype(str).to_numpy()
            columns |= {f"{name}={level}": (text == level).astype(float) for level in _levels(values)[1:]}
    return columns


def _independent(columns: Sequence[np.ndarray]) -> list[int]:
    """Places of the columns that are neither constant nor determined by those before them."""
    kept: list[int] = []
    for j, values in enumerate(columns):
        if _adds([columns[i] for i in kept], values):
            kept.append(j)
    return kept


def _adds(columns: Sequence[np.ndarray], values: np.ndarray) -> bool:
    """Whether the values vary other than as a linear combination of the columns, none of which is constant."""
    centred = values - values.mean()
    size = np.linalg.norm(centred)
    if size <= COLLINEAR * np.linalg.norm(values):
        return False
    if not len(columns):
        return True
    others = np.column_stack(columns)
    others = others - others.mean(axis=0)
    others = others / np.linalg.norm(others, axis=0)
    residual = centred - others @ np.linalg.lstsq(others, centred, rcond=None)[0]
    return bool(np.linalg.norm(residual) > COLLINEAR * size)


def _without_leverage_one(
    y: np.ndarray, group: np.ndarray, adjusting: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Leave out persons who alone determine a coefficient, and the columns that are then superfluous."""
    inside = np.zeros(len(y), dtype=bool)
    while len(y) and not inside.all():
        x = np.column_stack([np.ones(len(y)), group, adjusting])
        inside = (np.linalg.qr(x)[0] ** 2).sum(axis=1) < 1 - COLLINEAR
        y, group, adjusting = y[inside], group[inside], adjusting[inside]
        if len(y):
            adjusting = adjusting[:, _independent(list(adjusting.T))]
    return y, group, adjusting


def _numeric_balance(name: str, values: np.ndarray, group: np.ndarray) -> Balance:
    first, second = moments(values[group]), moments(values[~group])
    difference = ratio = None
    if first.sd is not None and second.sd is not None:
        mean1, mean2 = _defined(first.mean, second.mean)
        difference = standardised_mean_difference(mean1, first.sd, first.n, mean2, second.sd, second.n).estimate
        ratio = first.sd**2 / second.sd**2 if second.sd else None
    return Balance(name, "", first.n, second.n, first.mean, second.mean, difference, ratio)


def _share_balance(name: str, level: str, has: np.ndarray, group: np.ndarray) -> Balance:
    (x1, n1), (x2, n2) = ((int(has[arm].sum()), int(arm.sum())) for arm in (group, ~group))
    share1, share2 = (x / n if n else None for x, n in ((x1, n1), (x2, n2)))
    difference = standardised_difference(x1, n1, x2, n2).estimate
    return Balance(name, level, n1, n2, share1, share2, difference, None)
