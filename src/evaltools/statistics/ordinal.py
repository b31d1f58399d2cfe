"""Proportional odds for ordinal answers, before against after and arm against arm.

Notes used here: ``no_pairs``, ``one_category``, ``separation``, ``few_pairs``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaltools.statistics.exact import Counts
from evaltools.statistics.paired_tables import quantile, square
from evaltools.statistics.types import CONFIDENCE, Estimate

FEW_PAIRS = 50
"""Fewer pairs than this and the proportional-odds estimate carries the note ``few_pairs``."""


def _fit_cumulative(tables: list[NDArray[Any]], design: list[NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Cumulative logit logit P(Y <= j) = cut_j - x beta of both answers, pairing ignored in the fit.

    ``design`` holds for each table the x of the answers before (row 0) and after (row 1). Returns beta and its
    cluster-robust covariance (HC0, a person is a cluster); None where the likelihood has no maximum.
    """
    k, extra = len(tables[0]), design[0].shape[1]
    margins = [margin for t in tables for margin in (t.sum(axis=1), t.sum(axis=0))]
    rows = [x for pair in design for x in pair]
    share = np.cumsum(np.sum(margins, axis=0))[:-1] / np.sum(margins)
    theta = np.concatenate((np.log(share / (1 - share)), np.zeros(extra)))
    value, gradient, hessian, _ = _likelihood(theta, margins, rows)
    for _ in range(100):
        try:
            step = np.linalg.solve(hessian, -gradient)
        except np.linalg.LinAlgError:
            return None
        if -float(gradient @ step) > -1e-18 * np.sum(margins) and np.abs(step).max() < 1e-9:
            break
        scale = 1.0
        while (new := _likelihood(theta + scale * step, margins, rows))[0] < value and scale > 1e-10:
            scale /= 2
        theta = theta + scale * step
        value, gradient, hessian, _ = new
        if np.abs(theta[k - 1 :]).max() > 25 or not np.all(np.isfinite(theta)):
            return None
    scores = _likelihood(theta, margins, rows)[3]
    meat = np.zeros_like(hessian)
    for index, table in enumerate(tables):
        both = scores[2 * index][:, None, :] + scores[2 * index + 1][None, :, :]
        meat += np.einsum("ij,ijp,ijq->pq", table, both, both)
    bread = np.linalg.inv(hessian)
    return theta[k - 1 :], (bread @ meat @ bread)[k - 1 :, k - 1 :]


def _likelihood(theta: NDArray[Any], margins: list[NDArray[Any]], rows: list[NDArray[Any]]) -> tuple[Any, ...]:
    """Log-likelihood, gradient, Hessian and the score of every (row, category)."""
    size, k = len(theta), len(margins[0])
    value, gradient, hessian = 0.0, np.zeros(size), np.zeros((size, size))
    scores: list[NDArray[Any]] = []
    for count, x in zip(margins, rows, strict=True):
        jacobian = np.zeros((k + 1, size))  # of the edges cut_0 = -inf .. cut_k = inf
        jacobian[1:k, : k - 1] = np.eye(k - 1)
        jacobian[1:k, k - 1 :] = -x
        edge = jacobian[1:k] @ theta
        with np.errstate(over="ignore"):
            reached = np.concatenate(([0.0], 1 / (1 + np.exp(-edge)), [1.0]))
        p = np.diff(reached)
        if np.any(p <= 0):
            return -math.inf, gradient, hessian, scores
        density = reached * (1 - reached)
        slope = density * (1 - 2 * reached)
        value += float(count @ np.log(p))
        score = (density[1:, None] * jacobian[1:] - density[:-1, None] * jacobian[:-1]) / p[:, None]
        scores.append(score)
        gradient += count @ score
        bend = np.zeros(k + 1)
        bend[1:] += slope[1:] * count / p
        bend[:-1] -= slope[:-1] * count / p
        hessian += jacobian.T @ (bend[:, None] * jacobian) - score.T @ (count[:, None] * score)
    return value, gradient, hessian, scores


def _log_odds(tables: list[Counts], design: list[NDArray[Any]], confidence: float) -> list[Estimate]:
    """One estimate per column of the design, with notes where it is undefined."""
    z, columns = quantile(confidence), design[0].shape[1]
    used = sum(t.sum(axis=0) + t.sum(axis=1) for t in tables) > 0
    n, method = int(sum(t.sum() for t in tables)), "marginal cumulative logit, cluster-robust"

    def undefined(note: str) -> list[Estimate]:
        return [Estimate(None, None, None, n, method, note=note)] * columns

    if min(int(t.sum()) for t in tables) == 0:
        return undefined("no_pairs")
    if used.sum() < 2:
        return undefined("one_category")
    fit = _fit_cumulative([t[used][:, used].astype(float) for t in tables], design)
    if fit is None:
        return undefined("separation")
    out = []
    for beta, variance in zip(fit[0], np.diag(fit[1]), strict=True):
        se, note = math.sqrt(max(float(variance), 0.0)), "few_pairs" if n < FEW_PAIRS else ""
        if se < 1e-10:
            out.append(Estimate(float(beta), None, None, n, method, note="all_unchanged"))
        else:
            out.append(Estimate(float(beta), float(beta - z * se), float(beta + z * se), n, method, se, note))
    return out


def proportional_odds(table: ArrayLike, confidence: float = CONFIDENCE) -> Estimate:
    """Log cumulative odds ratio of a higher answer, after against before.

    Marginal model logit P(Y > j) = -cut_j + beta * after for all j, fitted to the two margins under working
    independence; the standard error is cluster-robust (HC0, a person is a cluster). exp(beta) is the odds
    ratio. Unused categories are dropped.

    Returns
    -------
    Estimate of beta, with note ``few_pairs`` below 50 pairs; None with ``no_pairs``, ``one_category`` or
    ``separation`` (every answer after lies above, or below, every one before)

    References
    ----------
    Agresti (2013) Categorical Data Analysis, 12.3; Liang, Zeger (1986) Biometrika 73:13.

    Examples
    --------
    >>> insomnia = [[7, 4, 1, 0], [11, 5, 2, 2], [13, 23, 3, 1], [9, 17, 13, 8]]
    >>> round(proportional_odds(insomnia).estimate, 3)
    -1.89
    """
    return _log_odds([square(table)], [np.array([[0.0], [1.0]])], confidence)[0]


def proportional_odds_arms(
    control: ArrayLike, treated: ArrayLike, confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """The same model for two groups: ``time`` (change in the control group), ``arm``, ``time:arm``.

    ``time:arm`` is the difference of the two changes, on the log odds scale. Both tables share the categories;
    raises ValueError where they do not.

    Examples
    --------
    >>> same = [[5, 3], [3, 5]]
    >>> abs(proportional_odds_arms(same, same)["time:arm"].estimate) < 1e-9
    True
    """
    tables = [square(control), square(treated)]
    if tables[0].shape != tables[1].shape:
        raise ValueError("the two tables must have the same categories")
    design = [np.array([[0.0, arm, 0.0], [1.0, arm, arm]]) for arm in (0.0, 1.0)]
    return dict(zip(("time", "arm", "time:arm"), _log_odds(tables, design, confidence), strict=True))
