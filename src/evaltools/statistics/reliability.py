"""Reliability of a scale from the covariances of its items: alpha, omega, standard error of measurement.

Reliability is computed from the number of persons and the item covariance matrix. Scales are sums of items; where a
study reports means, divide the standard error and the detectable change by the number of items.
"""

from __future__ import annotations

import math

import numpy as np
import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate

LEAST_UNIQUE = 0.005  # least unique variance of an item, as a share of its variance


def item_covariance(items: np.ndarray) -> tuple[int, np.ndarray]:
    """Number of persons who answered every item, and the covariance matrix of their answers.

    Parameters
    ----------
    items : persons x items array; NaN is no answer

    Returns
    -------
    (n, covariance) : covariance is k x k with divisor n - 1, all zero where n < 2

    Raises
    ------
    ValueError : not a two-dimensional array

    Examples
    --------
    >>> item_covariance(np.array([[1, 2], [3, 4], [5, np.nan]]))[0]
    2
    """
    items = np.asarray(items, dtype=float)
    if items.ndim != 2:
        raise ValueError(f"items must be persons x items, got {items.ndim} dimension(s)")
    complete = items[~np.isnan(items).any(axis=1)]
    n, k = complete.shape
    return n, np.atleast_2d(np.cov(complete, rowvar=False)) if n > 1 else np.zeros((k, k))


def cronbach_alpha(n: int, covariance: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """Cronbach's alpha of a sum of items, with Feldt's interval.

    ``alpha = k/(k - 1) (1 - trace(C) / sum(C))``; limits ``1 - (1 - alpha) F`` with F the upper and lower quantiles
    of the F distribution on n - 1 and (n - 1)(k - 1) degrees of freedom. Reverse-keyed items must be turned first.

    Parameters
    ----------
    n : persons the covariances rest on
    covariance : k x k covariance matrix of the items (:func:`item_covariance`)
    confidence : level of the interval

    Returns
    -------
    Estimate : None with the note "one_item", "too_few" (n < 3) or "no_variance" (the sum does not vary)

    Raises
    ------
    ValueError : negative n, or a matrix that is not square and symmetric

    References
    ----------
    Cronbach (1951) Psychometrika 16:297; Feldt, Woodruff & Salih (1987) Appl Psychol Meas 11:93.

    Examples
    --------
    >>> round(cronbach_alpha(50, np.array([[1, 0.5], [0.5, 1]])).estimate, 4)
    0.6667
    """
    c = _checked(n, covariance)
    note = _why_unreliable(n, c)
    if note:
        return Estimate(None, None, None, n, "Feldt", note=note)
    k = len(c)
    alpha = float(k / (k - 1) * (1 - np.trace(c) / c.sum()))
    tail, df = (1 - confidence) / 2, (n - 1, (n - 1) * (k - 1))
    lower = 1 - (1 - alpha) * float(scipy.stats.f.isf(tail, *df))
    upper = 1 - (1 - alpha) * float(scipy.stats.f.ppf(tail, *df))
    return Estimate(alpha, lower, upper, n, "Feldt")


def omega_total(n: int, covariance: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """McDonald's omega of a sum of items under a one-factor model.

    ``omega = (Σ l)² / ((Σ l)² + Σ u)`` with loadings l and unique variances u of the maximum likelihood one-factor
    solution, on the scale of the covariances (unlike ``psych::omega``, which sums standardised items and defaults to
    three factors). Unique variances are held above 0.005 of the item's variance, as in R ``factanal``. The interval
    is by the delta method on the scale of log(1 - omega), from the expected information of the normal model.

    Parameters
    ----------
    n : persons the covariances rest on
    covariance : k x k covariance matrix of the items, k >= 3
    confidence : level of the interval

    Returns
    -------
    Estimate : None with the note "one_item", "too_few_items" (k < 3: not identified), "too_few" (n < 3),
        "no_variance" (an item does not vary) or "no_fit" (the correlations are singular, as when one item repeats
        another, or not possible ones, as pairwise ones may be) or "no_common_factor" (too few items are correlated);
        interval None with the note "improper_solution" (an item's unique variance is at its lower limit)

    Raises
    ------
    ValueError : negative n, or a matrix that is not square and symmetric

    References
    ----------
    McDonald (1999) Test Theory, ch. 6; Joreskog (1967) Psychometrika 32:443.

    Examples
    --------
    >>> round(omega_total(100, 0.5 * np.eye(4) + 0.5).estimate, 4)
    0.8
    """
    c, method = _checked(n, covariance), "one-factor ML, delta"
    note = _why_unreliable(n, c) or _why_no_factor(c)
    if note:
        return Estimate(None, None, None, n, method, note=note)
    factor = _one_factor(c)
    if factor is None:
        return Estimate(None, None, None, n, method, note="no_fit")
    loadings, unique = factor
    value = float(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()))
    if (unique <= 1.0001 * LEAST_UNIQUE * np.diag(c)).any():
        return Estimate(value, None, None, n, method, note="improper_solution")
    se = _omega_se(n, loadings, unique)
    if se is None:
        return Estimate(None, None, None, n, method, note="no_common_factor")
    width = float(scipy.stats.norm.ppf((1 + confidence) / 2)) * se / (1 - value)
    lower, upper = 1 - (1 - value) * math.exp(width), 1 - (1 - value) * math.exp(-width)
    return Estimate(value, lower, upper, n, method, se=se)


def standard_error_of_measurement(sd: float | None, reliability: float | None) -> float | None:
    """Standard error of one person's score: ``sd sqrt(1 - reliability)``.

    Parameters
    ----------
    sd : standard deviation of the scale
    reliability : alpha or omega; one below 0 counts as 0

    Returns
    -------
    float in the units of `sd`, None where either is None

    Raises
    ------
    ValueError : negative sd, or reliability above 1

    References
    ----------
    Lord & Novick (1968) Statistical Theories of Mental Test Scores, ch. 3.

    Examples
    --------
    >>> standard_error_of_measurement(4.0, 0.75)
    2.0
    """
    if sd is None or reliability is None:
        return None
    if sd < 0 or reliability > 1:
        raise ValueError(f"sd must not be negative nor reliability above 1, got {sd} and {reliability}")
    return sd * math.sqrt(1 - max(reliability, 0.0))


def minimal_detectable_change(
    sd: float | None, reliability: float | None, confidence: float = CONFIDENCE
) -> float | None:
    """Smallest change of one person that measurement error alone would rarely give: ``z sqrt(2) SEM``.

    Parameters
    ----------
    sd, reliability : as in :func:`standard_error_of_measurement`
    confidence : share of unchanged persons who stay within it

    Returns
    -------
    float in the units of `sd`, None where either is None

    References
    ----------
    Weir (2005) J Strength Cond Res 19:231.

    Examples
    --------
    >>> round(minimal_detectable_change(4.0, 0.75), 3)
    5.544
    """
    error = standard_error_of_measurement(sd, reliability)
    return None if error is None else float(scipy.stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(2) * error


def _why_unreliable(n: int, c: np.ndarray) -> str:
    if len(c) == 1:
        return "one_item"
    if n < 3:
        return "too_few"
    return "" if np.isfinite(c).all() and c.sum() > 1e-12 * np.trace(c) else "no_variance"


def _why_no_factor(c: np.ndarray) -> str:
    if len(c) < 3:
        return "too_few_items"
    return "" if np.diag(c).min() > 0 else "no_variance"


def _one_factor(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Loadings and unique variances of the maximum likelihood one-factor model; None where none fits."""
    sd = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(sd, sd)
    if np.linalg.eigvalsh(r)[0] <= 1e-10:
        return None

    def profile(unique: np.ndarray) -> tuple[float, np.ndarray]:
        values, loadings = _loadings(r, unique)
        rest = values[:-1]
        implied = loadings**2 + unique
        return float(np.sum(rest - np.log(rest))) - len(rest), (implied - 1) / unique**2

    start = np.clip((1 - 0.5 / len(r)) / np.diag(np.linalg.inv(r)), LEAST_UNIQUE, 1)
    bounds = [(LEAST_UNIQUE, 1.0)] * len(r)
    options = {"ftol": 1e-16, "gtol": 1e-11, "maxiter": 2000, "maxfun": 20000}
    fit = scipy.optimize.minimize(profile, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    loadings = _loadings(r, fit.x)[1]
    return loadings * sd, fit.x * sd**2


def _loadings(r: np.ndarray, unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the correlations in units of the unique parts, upwards, and the factor's loadings."""
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(r / np.outer(scale, scale))
    loadings = scale * vectors[:, -1] * math.sqrt(max(values[-1] - 1, 0.0))
    return values, loadings if loadings.sum() >= 0 else -loadings


def _omega_se(n: int, loadings: np.ndarray, unique: np.ndarray) -> float | None:
    """Standard error of omega from the expected information of the one-factor model, None where singular."""
    k = len(loadings)
    total, uniqueness = loadings.sum(), unique.sum()
    derivatives = np.zeros((2 * k, k, k))  # of the implied covariances: by each loading, then each unique variance
    for i in range(k):
        derivatives[i, i, :] += loadings
        derivatives[i, :, i] += loadings
        derivatives[k + i, i, i] = 1.0
    scaled = np.linalg.inv(np.outer(loadings, loadings) + np.diag(unique)) @ derivatives
    information = (n - 1) / 2 * np.einsum("iab,jba->ij", scaled, scaled)
    size = np.sqrt(np.diag(information))
    if size.min() == 0 or np.linalg.cond(information / np.outer(size, size)) > 1e12:
        return None
    gradient = np.repeat([2 * total * uniqueness, -(total**2)], k) / (total**2 + uniqueness) ** 2
    return math.sqrt(gradient @ np.linalg.solve(information, gradient))


def _checked(n: int, covariance: np.ndarray) -> np.ndarray:
    c = np.asarray(covariance, dtype=float)
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    if c.ndim != 2 or c.shape[0] != c.shape[1] or not len(c):
        raise ValueError(f"covariance must be a square matrix, got shape {c.shape}")
    if not np.allclose(c, c.T, equal_nan=True):
        raise ValueError("covariance must be symmetric")
    return c
