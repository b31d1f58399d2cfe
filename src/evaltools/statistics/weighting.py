"""Weighted rates: post-stratification to known numbers of invited, with its intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from evaltools.statistics.proportions import Limits, checked_counts, critical, wilson_limits
from evaltools.statistics.types import CONFIDENCE, Estimate

Cell = tuple[int, int, int]  # invited, answered, x


def poststratified(
    cells: Sequence[Cell],
    confidence: float = CONFIDENCE,
    variance: str = "post-stratified",
    interval: str = "wilson",
) -> Estimate:
    """Post-stratified rate: each cell's rate weighted by how many of it were invited.

    ``p = sum N_h p_h / N`` with N_h invited and m_h answers in cell h, N and m in all.

    ``variance`` is linearised. ``post-stratified`` and ``weighted``: ``m / (m - 1) sum_i (w_i e_i)^2 / N^2`` with
    ``w = N_h / m_h``, respondents as drawn with replacement; ``e = y - p_h`` or, the weights taken as given,
    ``e = y - p``; df = m - 1. ``stratified``: ``sum (N_h/N)^2 (1 - m_h/N_h) p_h (1 - p_h) / (m_h - 1)``, the answers
    of a cell a simple random sample of it, with the finite correction; df = m less the cells; a cell with one
    answer borrows p (1 - p).

    ``interval``, with t on df and ``m* = p (1 - p) / variance``: ``wilson`` at min(m, m*) answers, the default,
    which holds its level at few answers and near 0 and 1 where the others do not; ``logit``; ``arcsine``; ``beta``
    (Korn-Graubard); ``wald``.

    Guards: a variance of 0 would make the interval a point; it is then Wilson's at the effective number of answers
    ``(sum w)^2 / sum w^2``, noted ``wilson_effective`` (a point only with ``stratified`` when all have answered).
    Cells nobody answered from are merged into the rest: their invited are spread over the other cells in proportion,
    noted ``cells_without_answers``.

    Parameters: ``cells`` of (invited, answered, x), in any order. Returns: n is the number of answers; nobody
    answered: estimate None, interval (0, 1). Raises: ValueError for impossible counts, no cells, an unknown choice.
    References: Holt & Smith (1979) JRSS A 142:33; Lumley (2010) Complex Surveys, chapters 2 and 7; Korn & Graubard
    (1998) Survey Methodology 24:193; Dean & Pagano (2015) J Surv Stat Methodol 3:484, for Wilson at m*.

    >>> round(poststratified([(200, 150, 105), (180, 81, 40), (120, 24, 6)]).estimate, 4)
    0.5178
    """
    _checked_choice(variance, ("post-stratified", "weighted", "stratified"))
    _checked_choice(interval, INTERVAL)
    checked = [checked_answers(x, answered, invited) for invited, answered, x in cells]
    if not checked:
        raise ValueError("no cells")
    label = f"post-stratified, {variance} variance, {interval}"
    used = np.array(sorted(c for c in checked if c[1] > 0), dtype=float).reshape(-1, 3)
    if not len(used):
        return Estimate(None, 0.0, 1.0, 0, label, note="nobody_answered")
    x, answered, invited = used.T
    invited = invited * (sum(c[2] for c in checked) / float(invited.sum()))
    weight = invited / answered
    rate = min(float(weight @ x / invited.sum()), 1.0)
    m, fpc = int(answered.sum()), 1.0
    if variance == "stratified":
        spread, df, fpc = _stratified_variance(rate, x, answered, invited), m - len(used), 1 - m / float(invited.sum())
    else:
        centre = x / answered if variance == "post-stratified" else np.full(len(used), rate)
        spread, df = _residual_variance(weight, answered, x, centre), m - 1
    note = "cells_without_answers" if any(c[1] == 0 < c[2] for c in checked) else ""
    return _weighted(_Linear(rate, spread, m, df, _kish(weight, answered), fpc), interval, confidence, label, note)


def collapsed(cells: Sequence[Cell], fewest: int = 5, heaviest: float = 5.0, enough: int = 20) -> list[Cell]:
    """Cells of weights that few answers cannot carry: thin ones joined with their neighbour in the order given.

    A cell with fewer than ``fewest`` answers, or with fewer than ``enough`` that would each weigh more than
    ``heaviest`` times the mean, is joined with the cell before it, the first with the one after. Weights then do not
    correct for what the joined cells differ in (docs/coverage.md, thin cells).

    >>> collapsed([(100, 1, 1), (100, 99, 10)])
    [(200, 100, 11)]
    """
    invited, answered = (sum(cell[i] for cell in cells) for i in (0, 1))
    mean = invited / answered if answered else 0.0

    def thin(cell: Cell) -> bool:
        return cell[1] < fewest or (cell[1] < enough and cell[0] / cell[1] > heaviest * mean)

    joined: list[Cell] = []
    for cell in cells:
        if joined and (thin(cell) or thin(joined[-1])):
            joined[-1] = (joined[-1][0] + cell[0], joined[-1][1] + cell[1], joined[-1][2] + cell[2])
        else:
            joined.append(cell)
    return joined


def effective(cells: Sequence[Cell]) -> float:
    """Kish's effective number of answers of weighted cells, (sum w)^2 / sum w^2.

    >>> effective([(60, 20, 5), (40, 40, 9)])
    45.45454545454545
    """
    used = [(invited / answered, answered) for invited, answered, _ in cells if answered]
    return sum(w * m for w, m in used) ** 2 / sum(w * w * m for w, m in used) if used else 0.0


def _residual_variance(weight: np.ndarray, answered: np.ndarray, x: np.ndarray, centre: np.ndarray) -> float:
    """Linearised variance of the weighted total over its squared size, respondents drawn with replacement."""
    m = int(answered.sum())
    squares = float(weight**2 @ (x * (1 - centre) ** 2 + (answered - x) * centre**2))
    drift = float(weight @ (x - answered * centre))
    if m < 2:
        return 0.0
    return max(squares - drift**2 / m, 0.0) * float(m / (m - 1)) / float(weight @ answered) ** 2


def _stratified_variance(rate: float, x: np.ndarray, answered: np.ndarray, invited: np.ndarray) -> float:
    p = x / answered
    single = answered == 1
    per_answer = np.where(single, rate * (1 - rate), p * (1 - p) / np.where(single, 1, answered - 1))
    return float((invited / invited.sum()) ** 2 * (1 - answered / invited) @ per_answer)


def _kish(weight: np.ndarray, answered: np.ndarray) -> float:
    return float(weight @ answered) ** 2 / float(weight**2 @ answered)


@dataclass(frozen=True, slots=True)
class _Linear:
    """A weighted rate, its linearised variance, and what an interval needs besides."""

    rate: float
    variance: float
    answers: int
    df: int
    kish: float
    fpc: float = 1.0

    @property
    def effective(self) -> float:
        return self.rate * (1 - self.rate) / self.variance


def _weighted(linear: _Linear, interval: str, confidence: float, method: str, note: str) -> Estimate:
    """The interval asked for; Wilson at Kish's effective number of answers where the variance is 0 or has no df."""
    z = critical(confidence)
    rate, m = linear.rate, linear.answers
    if linear.df < 1 or linear.variance < 1e-24 or not 0 < rate < 1:
        lower, upper = wilson_limits(rate * linear.kish, linear.kish, z * math.sqrt(linear.fpc))
        return Estimate(rate, min(lower, rate), max(upper, rate), m, method, note=note or "wilson_effective")
    lower, upper = INTERVAL[interval](linear, float(scipy.stats.t.ppf((1 + confidence) / 2, linear.df)), confidence)
    return Estimate(rate, max(lower, 0.0), min(upper, 1.0), m, method, se=math.sqrt(linear.variance), note=note)


def _wilson_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    n = min(linear.effective, linear.answers)
    return wilson_limits(linear.rate * n, n, quantile)


def _logit_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    p = linear.rate
    half = quantile * math.sqrt(linear.variance) / (p * (1 - p))
    return float(scipy.special.expit(scipy.special.logit(p) - half)), float(
        scipy.special.expit(scipy.special.logit(p) + half)
    )


def _arcsine_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    angle = math.asin(math.sqrt(linear.rate))
    half = quantile / (2 * math.sqrt(linear.effective))
    return math.sin(max(angle - half, 0.0)) ** 2, math.sin(min(angle + half, math.pi / 2)) ** 2


def _beta_interval(linear: _Linear, quantile: float, confidence: float) -> Limits:
    tail = (1 - confidence) / 2
    n = linear.effective * (float(scipy.stats.t.ppf(1 - tail, linear.answers - 1)) / quantile) ** 2
    p = linear.rate
    lower = scipy.special.betaincinv(n * p, n * (1 - p) + 1, tail)
    return float(lower), float(scipy.special.betaincinv(n * p + 1, n * (1 - p), 1 - tail))


def _wald_interval(linear: _Linear, quantile: float, _: float) -> Limits:
    half = quantile * math.sqrt(linear.variance)
    return linear.rate - half, linear.rate + half


def _checked_choice(value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValueError(f"unknown choice {value!r}; one of {', '.join(choices)}")


def checked_answers(x: int, answered: int, invited: int) -> tuple[int, int, int]:
    """Whole numbers with 0 <= x <= answered <= invited; ValueError otherwise."""
    answered, invited = checked_counts(answered, invited)
    return checked_counts(x, answered)[0], answered, invited


INTERVAL: dict[str, Callable[[_Linear, float, float], Limits]] = {
    "wilson": _wilson_interval,
    "logit": _logit_interval,
    "arcsine": _arcsine_interval,
    "beta": _beta_interval,
    "wald": _wald_interval,
}
