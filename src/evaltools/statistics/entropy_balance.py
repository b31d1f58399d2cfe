"""A comparison group weighted so that it is as the treated in what was known before: entropy balancing, and what its
difference is worth.

The weights are as even as weights can be whose weighted means of the covariates are those of the treated. Where no
weights do that, the groups do not overlap, and there is no comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.types import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
EXACT = 1e-8  # how far weighted means may be from those of the treated, in standard deviations
ROUNDS = 200
METHOD = "entropy balancing"


@dataclass(frozen=True)
class Balance:
    """Weights of the controls, which add up to 1, and how much is left of them.

    ``effective`` is how many evenly weighted controls tell as much (Kish), ``largest`` the greatest share of one;
    ``before`` and ``after`` are the differences of the covariates' means in standard deviations of the treated.
    """

    weights: Floats
    effective: float
    largest: float
    before: Floats
    after: Floats


def balance(treated: ArrayLike, controls: ArrayLike) -> Balance | None:
    """Entropy-balancing weights of the controls for the means of the treated.

    Least ``Σ w log(n w)`` under ``Σ w = 1`` and ``Σ w x = mean of the treated``, by Newton's method on its dual,
    ``log Σ exp(x λ) - λ mean``. Add squares or products as columns to balance more than means.

    Parameters
    ----------
    treated, controls : persons x covariates, numbers; a category is a column of 0 and 1 for each of its groups but one

    Returns
    -------
    Balance, None where the means of the treated lie outside of what weights of the controls can reach: no overlap

    Raises
    ------
    ValueError : other numbers of columns, missing values, or nobody

    References
    ----------
    Hainmueller (2012) Polit Anal 20:25; Kish (1965) Survey Sampling, 11.7 (effective number).

    Examples
    --------
    >>> found = balance([[1.0], [2.0]], [[0.0], [1.0], [2.0]])
    >>> found.weights.round(3).tolist(), round(found.effective, 2)
    ([0.116, 0.268, 0.616], 2.15)
    """
    x1, x0 = _checked(treated), _checked(controls)
    if x1.shape[1] != x0.shape[1]:
        raise ValueError(f"treated and controls have other covariates: {x1.shape[1]} and {x0.shape[1]}")
    means, scale = x1.mean(axis=0), x1.std(axis=0)
    scale = np.where(scale > 0, scale, np.maximum(x0.std(axis=0), 1e-12))
    away = (x0 - means) / scale
    weights = _weights(away)
    if weights is None:
        return None
    return Balance(weights, float(1 / (weights**2).sum()), float(weights.max()), -away.mean(axis=0), -(weights @ away))


def difference(
    treated: ArrayLike,
    controls: ArrayLike,
    outcome: ArrayLike,
    outcome_controls: ArrayLike,
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Mean outcome of the treated less that of the controls as `balance` weights them: the effect on the treated, if
    nothing but the covariates tells apart who was treated.

    The standard error is that of the influence function: with e what is left of outcomes after the weighted least
    squares of the controls' on the covariates, ``Var(e of the treated)/n + Σ w² e²`` (times n/(n - covariates) of the
    effective controls). It holds where either the outcome or the log odds of being treated is linear in them.

    Parameters
    ----------
    treated, controls : as of `balance`
    outcome, outcome_controls : of the same persons, 0 and 1 or numbers

    Returns
    -------
    Estimate; None with the note "no_overlap", or "too_few" where there are fewer effective controls than covariates + 2

    References
    ----------
    Zhao & Percival (2017) J Causal Inference 5:20160010.

    Examples
    --------
    >>> found = difference([[0.0], [1.0]] * 20, [[0.0], [0.0], [1.0]] * 20, [1, 0] * 20, [0, 1, 0] * 20)
    >>> round(found.estimate, 3)
    0.25
    """
    x1, x0 = _checked(treated), _checked(controls)
    y1, y0 = np.asarray(outcome, dtype=float), np.asarray(outcome_controls, dtype=float)
    n, columns = len(x1) + len(x0), x0.shape[1]
    found = balance(x1, x0)
    if found is None:
        return Estimate(None, None, None, n, METHOD, note="no_overlap")
    free = found.effective - columns - 1
    if free < 1:
        return Estimate(None, None, None, n, METHOD, note="too_few")
    root = np.sqrt(found.weights)
    design0, design1 = (np.column_stack([np.ones(len(x)), x]) for x in (x0, x1))
    fitted = np.linalg.lstsq(design0 * root[:, None], y0 * root, rcond=None)[0]
    left0, left1 = y0 - design0 @ fitted, y1 - design1 @ fitted
    variance = left1.var(ddof=1) / len(x1) + float(found.weights**2 @ left0**2) * found.effective / free
    estimate = float(y1.mean() - found.weights @ y0)
    wide = float(scipy.special.stdtrit(min(free, len(x1) - 1), (1 + confidence) / 2) * np.sqrt(variance))
    return Estimate(estimate, estimate - wide, estimate + wide, n, METHOD, se=float(np.sqrt(variance)))


def _checked(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=float)
    if x.ndim != 2 or not len(x) or not np.isfinite(x).all():
        raise ValueError("covariates must be persons x columns of numbers, none of them missing")
    return x


def _weights(away: Floats) -> Floats | None:
    """The weights whose weighted mean of these rows is zero, the most even ones; None where there are none."""
    at = np.zeros(away.shape[1])
    value, weights = _dual(away, at)
    for _ in range(ROUNDS):
        slope = weights @ away
        if np.abs(slope).max(initial=0.0) < EXACT:
            return weights
        spread = (away - slope).T @ ((away - slope) * weights[:, None])
        step = np.linalg.lstsq(spread + 1e-12 * np.eye(len(at)), -slope, rcond=None)[0]
        size = 1.0
        while size > 1e-10 and _dual(away, at + size * step)[0] > value + 1e-4 * size * float(slope @ step):
            size /= 2
        at = at + size * step
        value, weights = _dual(away, at)
        if value < -50 or size <= 1e-10:  # it falls without end: nothing but infinity is balanced
            return None
    return None


def _dual(away: Floats, at: Floats) -> tuple[float, Floats]:
    """``log mean exp(x λ)`` and the weights there."""
    power = away @ at
    most = power.max()
    raw = np.exp(power - most)
    return float(most + np.log(raw.mean())), raw / raw.sum()
