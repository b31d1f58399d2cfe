"""The exact null distribution of a signed-rank sum, from counts, at any number of pairs.

Under the null hypothesis each pair that changed adds its rank with probability one half, so the sum is that of
independent binomial numbers, one a distinct rank. Its tails are had by meeting in the middle while the partial sums
are few, else from the exponentially tilted characteristic function; both keep their relative accuracy far out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

_DROP = 42.0  # terms below exp(-42) = 6e-19 are left out of the exact distribution, in the tilted measure
_FAINT = -36.0  # log of the tilted probability below which a number of a group is left out
_MAX_SUMS = 30_000  # most partial sums held by the meet-in-the-middle method
_MAX_WORK = 60_000_000  # most (point, group) evaluations the Fourier method may need
_BLOCK = 2_000_000  # evaluations held in memory at once
_NODES = 32_768  # intervals looked at together

Counts = NDArray[np.int64]


# T = sum over groups of score * Binomial(size, 1/2). P(T >= t) is wanted with a small relative error however
# far t lies in the tail, so the distribution is tilted until its mean reaches t.


@dataclass(frozen=True, slots=True)
class _Tilted:
    """The groups under the tilted law: group g is Binomial(size, share), exp(log_factor) leads back."""

    score: Counts
    size: Counts
    at: Counts  # observed number of each group in T, so t = sum(score * at)
    theta: float
    share: NDArray[Any]
    lead: float  # mean of T under the tilt, less t
    log_factor: float  # log E[exp(theta (T - t))]


def _tilt(score: Counts, size: Counts, at: Counts, least: float) -> _Tilted:
    """Tilt so that the mean of T is t, or further (theta of at least ``least``)."""
    a, m, b = score.astype(float), size.astype(float), at.astype(float)

    def lead(theta: float) -> float:
        return float(np.sum(a * (m / (1 + np.exp(-theta * a)) - b)))

    high = 1.0 / a.max()
    while lead(high) < 0:
        high *= 2
    theta = scipy.optimize.brentq(lead, 0.0, high, xtol=1e-300, rtol=1e-12) if lead(0.0) < 0 else 0.0
    theta = max(theta, least)
    share = 1 / (1 + np.exp(-theta * a))
    shift, rest = np.tanh(theta * a / 2), np.exp(-theta * a)
    # (1 + shift) log(1 + shift) + (1 - shift) log(1 - shift), where 1 - shift = 2 rest / (1 + rest)
    down = 2 * rest / (1 + rest)
    entropy = ((1 + shift) * np.log1p(shift) + down * np.log(np.maximum(down, 1e-300))) / 2
    return _Tilted(score, size, at, theta, share, lead(theta), theta * lead(theta) - float(np.sum(m * entropy)))


def _support(law: _Tilted, g: int) -> tuple[Counts, NDArray[Any]]:
    """Numbers of group g that matter, with the log of their tilted probabilities (Bernstein's bound)."""
    m, p = int(law.size[g]), float(law.share[g])
    reach = _DROP / 3 + math.sqrt(_DROP**2 / 9 + 2 * _DROP * m * p * (1 - p))
    low, high = max(0, math.floor(m * p - reach)), min(m, math.ceil(m * p + reach))
    b = np.arange(low, high + 1)
    step = np.log((m - b[:-1]) / (b[:-1] + 1.0)) + law.theta * float(law.score[g])
    mode = min(max(int(m * p) - low, 0), len(b) - 1)
    log_p = np.concatenate((-np.cumsum(step[:mode][::-1])[::-1], [0.0], np.cumsum(step[mode:])))
    log_p -= math.log(np.exp(log_p).sum())
    kept = log_p > _FAINT
    return b[kept] - int(law.at[g]), log_p[kept]


def _halves(law: _Tilted) -> list[list[tuple[int, Counts, NDArray[Any]]]] | None:
    """The groups in two halves with about equally many partial sums; None where those are too many."""
    groups = [(int(a), *_support(law, g)) for g, a in enumerate(law.score)] if len(law.score) <= 40 else []
    halves: list[list[tuple[int, Counts, NDArray[Any]]]] = [[], []]
    sums = [1, 1]
    for group in sorted(groups, key=lambda group: -len(group[1])):
        side = 0 if sums[0] <= sums[1] else 1
        halves[side].append(group)
        sums[side] *= len(group[1])
    return halves if groups and max(sums) <= _MAX_SUMS else None


def _sums(half: list[tuple[int, Counts, NDArray[Any]]], theta: float) -> tuple[Counts, NDArray[Any]]:
    """All partial sums of score * (number - observed number), with the log of their untilted weights."""
    total, log_w = np.zeros(1, dtype=np.int64), np.zeros(1)
    for score, b, log_p in half:
        total = np.add.outer(total, score * b).ravel()
        log_w = np.add.outer(log_w, log_p - theta * (score * b)).ravel()
    return total, log_w


def _log_sum(values: NDArray[Any]) -> float:
    """log(sum(exp(values))), minus infinity for none."""
    top = float(values.max(initial=-math.inf))
    if not math.isfinite(top):
        return -math.inf
    return top + math.log(float(np.exp(values[values > top - 745] - top).sum()))


def _tails_by_halves(law: _Tilted, halves: list[Any]) -> tuple[float, float]:
    """log P(T >= t), log P(T > t) by meeting in the middle: sort one half, look the other up in it."""
    (x, log_x), (y, log_y) = (_sums(half, law.theta) for half in halves)
    order = np.argsort(x)
    x, log_x = x[order], log_x[order]
    above = np.append(np.logaddexp.accumulate(log_x[::-1])[::-1], -np.inf)
    at_least, more = (log_y + above[np.searchsorted(x, -y, side=side)] for side in ("left", "right"))
    return law.log_factor + _log_sum(at_least), law.log_factor + _log_sum(more)


def _reach(law: _Tilted) -> float:
    """Distance from the tilted mean beyond which less than exp(-_DROP) lies (Hoeffding, Bernstein)."""
    a, m = law.score.astype(float), law.size.astype(float)
    variance = float(np.sum(a * a * m * law.share * (1 - law.share)))
    step = _DROP * float(a.max()) / 3
    return min(math.sqrt(_DROP * float(np.sum(m * a * a)) / 2), step + math.sqrt(step**2 + 2 * _DROP * variance))


def _turns(law: _Tilted, j: Counts, length: int) -> NDArray[Any]:
    """Fractional part, in [-1/2, 1/2), of j * score / length for every point and group, without rounding."""
    part = (j[:, None] * (law.score[None, :] % length)) % length
    return np.where(2 * part >= length, part - length, part) / length


def _alive(law: _Tilted, centre: Counts, half: int, length: int) -> NDArray[Any]:
    """Whether |characteristic function| may reach exp(-_DROP) somewhere in centre - half .. centre + half."""
    weight = 2 * law.size * law.share * (1 - law.share)
    order = np.argsort(-weight)
    rate, weight = law.score[order] / length, weight[order]
    out = np.zeros(len(centre), dtype=bool)
    for start in range(0, len(centre), _NODES):
        index = np.arange(start, min(start + _NODES, len(centre)))
        decay = np.zeros(len(index))
        group = 0
        while group < len(rate) and len(index):
            part = slice(group, group + max(1, 4 * _NODES // len(index)))
            turn = centre[index, None] * rate[part]
            near = np.maximum(np.abs(turn - np.rint(turn)) - half * rate[part] - 1e-9, 0.0)
            square = (math.pi * near) ** 2
            decay += (square * (1 - square / 3)) @ weight[part]  # sin^2 x >= x^2 - x^4 / 3
            index, decay = index[decay < _DROP], decay[decay < _DROP]
            group = part.stop
        out[index] = True
    return out


def _points(law: _Tilted, length: int) -> Counts | None:
    """Points 0..length//2 at which the characteristic function matters, by halving intervals; None: too many."""
    last, groups = length // 2, len(law.score)
    half = max(8, (last + 1) // 512)
    low = np.arange(0, last + 1, 2 * half)
    spent = 0
    while len(low):
        spent += len(low) * groups
        if spent > _MAX_WORK:
            return None
        low = low[_alive(law, low + half, half, length)]
        if half <= 8:
            break
        quarter = -(-half // 4)
        low = (low[:, None] + 2 * quarter * np.arange(4)[None, :])[:, : -(-half // quarter)].ravel()
        half = quarter
    if len(low) * 2 * half * groups > _MAX_WORK:
        return None
    points = np.unique((low[:, None] + np.arange(2 * half + 1)[None, :]).ravel())
    return points[points <= last]


def _tails_by_fourier(law: _Tilted) -> tuple[float, float] | None:
    """log P(T >= t), log P(T > t) by inverting the tilted characteristic function; None: too much work.

    With T wrapped at ``length`` the inversion is a finite sum. What wraps round and what is left out of the
    sum is below 1e-17 of the tilted mass, whatever the groups.
    """
    reach = _reach(law)
    window = math.ceil(reach + law.lead) + 1
    length = 2 * (math.ceil(reach) + window) + 1
    points = _points(law, length)
    if points is None:
        return None
    block = max(1, _BLOCK // len(law.score))
    sums = np.zeros(2)
    for i in range(0, len(points), block):
        j = points[i : i + block]
        turn = _turns(law, j, length)
        x = 2 * math.pi * turn
        size = law.size * np.log1p(-4 * law.share * (1 - law.share) * np.sin(x / 2) ** 2) / 2
        phase = law.size * np.arctan2(law.share * np.sin(x), 1 - law.share + law.share * np.cos(x)) - law.at * x
        value = np.exp(size.sum(axis=1) + 1j * phase.sum(axis=1)) * np.where(j == 0, 1, 2)
        rate = -(law.theta + 2j * math.pi * j / length)
        kernel = np.expm1(rate * window) / np.expm1(rate)
        sums += [(value * kernel).real.sum(), (value * (kernel - 1)).real.sum()]
    at_least, more = (math.log(s / length) if s > 0 else -math.inf for s in sums)
    return law.log_factor + at_least, law.log_factor + more


def tails(score: Counts, size: Counts, at: Counts) -> tuple[float, float, str] | None:
    """log P(T >= t), log P(T > t) and the method, for t = sum(score * at) of at least the mean of T.

    T is the sum of ``score`` times binomial counts of ``size`` at 1/2; all three arrays have one entry a distinct rank.
    None where the exact distribution would cost too much (tens of thousands of distinct ranks).
    """
    score = score // int(np.gcd.reduce(score))
    if np.array_equal(at, size):
        return -float(size.sum()) * math.log(2), -math.inf, "exact"
    law = _tilt(score, size, at, 0.0)
    halves = _halves(law)
    if halves is not None:
        return *_tails_by_halves(law, halves), "exact"
    spread = math.sqrt(float(np.sum(size * score.astype(float) ** 2))) / 2
    tails = _tails_by_fourier(_tilt(score, size, at, 1 / spread))
    return None if tails is None else (*tails, "exact, Fourier inversion, relative error below 1e-9")
