"""Whether a rate or a change rises or falls over terms of starting: one test, and the slope with the interval that is
its inversion."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate, Test

RATE = "Cochran-Armitage trend, score"
CHANGE = "linear trend, HC2"
STEEPEST = 50.0  # log odds a term beyond which a slope has no limit


def rate_trend(terms: Sequence[tuple[int, int]], confidence: float = CONFIDENCE) -> tuple[Estimate, Test]:
    """Trend of a rate over terms in their order, one step apart: Cochran and Armitage's test and its inversion.

    The slope b is the logistic one, the change of log odds a term; it is given as ``p (1 - p) b``, the change of the
    rate a term at the rate of all, p. Its limits are the b whose score test is at the confidence.

    Parameters
    ----------
    terms : (answered, counted) by term

    Returns
    -------
    Estimate of the change a term, and the test; None with ``no_trend`` where fewer than two terms have answers, or
    where all or nobody counts. A limit, or a slope, that the answers leave open is the rate's own end: -p or 1 - p

    References
    ----------
    Armitage (1955) Biometrics 11:375; Agresti (2013) Categorical Data Analysis, 5.3.5.

    Examples
    --------
    >>> slope, test = rate_trend([(40, 12), (40, 16), (40, 22)])
    >>> round(slope.estimate, 3), round(test.p, 4)
    (0.128, 0.0233)
    """
    n, x = (np.array([term[i] for term in terms], dtype=float) for i in (0, 1))
    place = np.arange(len(n), dtype=float)
    total, counted = float(n.sum()), float(x.sum())
    if (n > 0).sum() < 2 or not 0 < counted < total:
        return Estimate(None, None, None, int(total), RATE, note="no_trend"), Test(
            None, None, int(total), RATE, note="no_trend"
        )
    p = counted / total

    def score(b: float) -> float:
        """Standardised score of the slope b, the intercept fitted: falls as b rises."""
        offset = b * (place - place @ n / total)
        fitted = _fitted(offset, n, counted)
        weight = n * fitted * (1 - fitted)
        if weight.sum() <= 0:
            return math.nan
        middle = place @ weight / weight.sum()
        spread = float(weight @ (place - middle) ** 2)
        return float((x - n * fitted) @ place) / math.sqrt(spread) if spread > 0 else math.nan

    z = float(scipy.special.ndtri((1 + confidence) / 2))
    slope, lower, upper = (_root(score, level) for level in (0.0, z, -z))
    here = score(0.0)
    scale = p * (1 - p)
    ends = [-p if lower is None else scale * lower, 1 - p if upper is None else scale * upper]
    at = scale * slope if slope is not None else ends[1] if here > 0 else ends[0]
    estimate = Estimate(at, min(ends[0], at), max(ends[1], at), int(total), RATE)
    return estimate, Test(here, float(2 * scipy.special.ndtr(-abs(here))), int(total), RATE)


def _fitted(offset: np.ndarray, n: np.ndarray, counted: float) -> np.ndarray:
    """Logistic rates with that offset whose counts add up to those counted: Newton's steps, short ones."""
    a = float(scipy.special.logit(counted / n.sum()))
    fitted: np.ndarray = scipy.special.expit(a + offset)
    for _ in range(200):
        weight = float(n @ (fitted * (1 - fitted)))
        step = (counted - float(n @ fitted)) / max(weight, 1e-300)
        a += min(max(step, -2.0), 2.0)
        fitted = scipy.special.expit(a + offset)
        if abs(step) < 1e-12:
            break
    return fitted


def _root(score: Callable[[float], float], level: float) -> float | None:
    """Where a falling function has that value; None where it has not within what can be told."""
    for reach in (1.0, 4.0, 16.0, STEEPEST):
        if score(-reach) >= level >= score(reach):
            return float(scipy.optimize.brentq(lambda b: score(b) - level, -reach, reach, xtol=1e-12))
    return None


def change_trend(terms: Sequence[tuple[int, int, int]], confidence: float = CONFIDENCE) -> tuple[Estimate, Test]:
    """Trend of a net change over terms in their order: the slope of better (1), same (0), worse (-1) a term.

    Least squares with the HC2 variance, which asks no equal spread of the terms, and t with n - 2 degrees of freedom.

    Parameters
    ----------
    terms : (better, same, worse) by term

    Returns
    -------
    Estimate of the change a term, and the test; None with ``no_trend`` where fewer than two terms have pairs, or nobody
    moved otherwise than another

    References
    ----------
    MacKinnon & White (1985) J Econom 29:305; Agresti (2010) Analysis of Ordinal Categorical Data, 7.1.

    Examples
    --------
    >>> slope, test = change_trend([(4, 10, 6), (8, 8, 4), (12, 6, 2)])
    >>> round(slope.estimate, 3), round(test.p, 4)
    (0.3, 0.0088)
    """
    counts = np.array(terms, dtype=float).reshape(-1, 3)
    place = np.repeat(np.arange(len(counts), dtype=float), 3)
    way, n = np.tile([1.0, 0.0, -1.0], len(counts)), counts.ravel()
    total = float(n.sum())
    none = (
        Estimate(None, None, None, int(total), CHANGE, note="no_trend"),
        Test(None, None, int(total), CHANGE, note="no_trend"),
    )
    if (counts.sum(axis=1) > 0).sum() < 2 or total < 3:
        return none
    place = place - place @ n / total
    spread = float(n @ place**2)
    slope = float(n @ (place * way)) / spread
    rest = way - way @ n / total - slope * place
    leverage = 1 / total + place**2 / spread
    variance = float(n @ (place**2 * rest**2 / np.where(leverage < 1, 1 - leverage, 1.0))) / spread**2
    if variance < 1e-15:
        return none
    error = math.sqrt(variance)
    half = float(scipy.stats.t.ppf((1 + confidence) / 2, total - 2)) * error
    estimate = Estimate(slope, slope - half, slope + half, int(total), CHANGE, se=error)
    p = float(2 * scipy.stats.t.sf(abs(slope) / error, total - 2))
    return estimate, Test(slope / error, p, int(total), CHANGE, df=total - 2)
