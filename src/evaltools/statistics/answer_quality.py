"""How odd answers to a survey are, each as the chance of what is seen if nothing is wrong.

Rows are persons, columns questions. An answer is a whole number from 0, the place of it on its scale; -1 is none. Every
p value is of the null that its function states; where many are looked at, adjust them (`multiplicity.adjust`, ``bh``:
of a term that nothing is wrong with, at most the level's share then has any flag of that kind).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

FEWEST_TIMES = 10  # from how many times their spread is judged
FEWEST_ROWS = 10  # from how many rows an answer's usual course is judged
SHARED = 0.95  # most of an answer's variance that traits account for
TRAITS = 2  # what is asked about, and a habit of agreeing
NODES = 15
TIE = 1 + 1e-9
EXACT = 60  # persons in the smaller group up to which answers are compared exactly
Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


# --- pace ------------------------------------------------------------------------------------------------------------


def too_fast(seconds: ArrayLike) -> list[float | None]:
    """The chance of so short a time, or a shorter one, if the logarithms of times are normal.

    With m the median of the logarithms of all n times, and s the greatest of the distances from it to both quartiles
    over 0.6745 and to the first decile over 1.2816, ``t = (log time - m) / (s sqrt(1 + pi/(2n)))`` on n/3 degrees of
    freedom: quartiles tell a spread as well as a standard deviation of about a third of the persons does. A few who
    hurry move neither much.

    Parameters
    ----------
    seconds : time each person took, above 0; NaN or less is not known

    Returns
    -------
    list, None where a time is not known, everywhere where fewer than ``FEWEST_TIMES`` are or most of them are alike

    References
    ----------
    van der Linden (2006) J Educ Behav Stat 31:181 (lognormal times); Rousseeuw & Croux (1993) JASA 88:1273.

    Examples
    --------
    >>> p = too_fast([300, 310, 280, 420, 350, 260, 390, 330, 290, 370, 20])
    >>> p[10] < 0.001, min(p[:10]) > 0.1
    (True, True)
    """
    times = np.asarray(seconds, dtype=float)
    known = times > 0
    n = int(known.sum())
    if n < FEWEST_TIMES:
        return [None] * len(times)
    logs = np.log(times[known])
    middle = np.median(logs)
    shares = np.array([0.1, 0.25, 0.75])
    spread = np.max((np.quantile(logs, shares) - middle) / scipy.special.ndtri(shares))
    if spread <= 0:
        return [None] * len(times)
    t = (logs - middle) / (spread * math.sqrt(1 + math.pi / (2 * n)))
    found = iter(scipy.special.stdtr(n / 3, t))
    return [float(next(found)) if each else None for each in known]


# --- answers of careful persons --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Careful:
    """How those answer who answer with care: behind the answers two traits, which push each question in its own way.

    A question's answer is a normal variable cut at ``cuts``; ``loadings`` (questions x traits) are its correlations
    with the traits, the rest of it is the question's own.
    """

    cuts: tuple[Floats, ...]
    loadings: Floats

    @classmethod
    def of(cls, codes: Codes, sizes: Sequence[int]) -> Careful | None:
        """Fitted to all rows: each scale cut as its answers are spread (each answer counted 1/size times more, so that
        none is impossible), the loadings by principal factors of the correlations of the cut answers, each corrected
        for the cutting.

        Parameters
        ----------
        codes : persons x questions
        sizes : how many answers each question has

        Returns
        -------
        None of fewer than ``FEWEST_ROWS`` rows with an answer

        References
        ----------
        Olsson (1979) Psychometrika 44:443; Harman (1976) Modern Factor Analysis, ch. 8.
        """
        if (codes >= 0).any(axis=1).sum() < FEWEST_ROWS:
            return None
        cuts, scores, kept = [], np.full(codes.shape, np.nan), np.ones(codes.shape[1])
        for j, size in enumerate(sizes):
            given = codes[codes[:, j] >= 0, j]
            share = (np.bincount(given, minlength=size) + 1 / size) / (len(given) + 1)
            ends = np.concatenate([[-np.inf], scipy.special.ndtri(np.cumsum(share)[:-1]), [np.inf]])
            density = np.exp(-(ends**2) / 2) / math.sqrt(2 * math.pi)
            of_answer = (density[:-1] - density[1:]) / share
            cuts.append(ends)
            scores[codes[:, j] >= 0, j] = of_answer[given]
            kept[j] = share @ of_answer**2
        return cls(tuple(cuts), _principal(_correlations(scores, np.sqrt(kept))))

    def chance(self, codes: Codes) -> Floats:
        """The probability of each row's answers, of the questions that it answers (one where it answers none)."""
        points, weights = np.polynomial.hermite_e.hermegauss(NODES)
        traits = np.array(np.meshgrid(*[points] * TRAITS)).reshape(TRAITS, -1)
        weight = np.prod(np.array(np.meshgrid(*[weights] * TRAITS)).reshape(TRAITS, -1), axis=0) / (2 * math.pi)
        own = np.sqrt(1 - (self.loadings**2).sum(axis=1))
        logs = np.zeros((len(codes), traits.shape[1]))
        for j, ends in enumerate(self.cuts):
            below = scipy.special.ndtr((ends[:, None] - self.loadings[j] @ traits) / own[j])
            chances = np.log(np.maximum(np.diff(below, axis=0), 1e-300))
            logs += np.vstack([chances, np.zeros(traits.shape[1])])[codes[:, j]]  # -1: the last, which is nothing
        found: Floats = np.exp(logs) @ weight
        return found


def _correlations(scores: Floats, kept: Floats) -> Floats:
    """Correlations of columns with gaps, over ``kept``: what cutting leaves of a standard deviation of one."""
    there = ~np.isnan(scores)
    filled = np.where(there, scores, 0.0)
    both = there.T.astype(float) @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        means = filled.T @ there / both  # of each column where the other is there too
        cross = filled.T @ filled / both - means * means.T
        squares = (filled**2).T @ there / both - means**2
        r = cross / np.sqrt(squares * squares.T) / np.outer(kept, kept)
    r[~np.isfinite(r) | (both < FEWEST_ROWS)] = 0.0
    np.fill_diagonal(r, 1.0)
    found: Floats = np.clip(r, -1, 1)
    return found


def _principal(r: Floats) -> Floats:
    """Loadings on ``TRAITS`` factors by iterated principal factors, columns of zeros where there is no such factor."""
    if len(r) == 1:
        return np.zeros((1, TRAITS))
    shared = np.abs(r - np.eye(len(r))).max(axis=1)
    loadings = np.zeros((len(r), TRAITS))
    for _ in range(50):
        values, vectors = np.linalg.eigh(r - np.diag(1 - shared))
        first = vectors[:, ::-1][:, :TRAITS] * np.sqrt(np.maximum(values[::-1][:TRAITS], 0))
        loadings = np.zeros((len(r), TRAITS))
        loadings[:, : first.shape[1]] = first
        size = np.sqrt((loadings**2).sum(axis=1))
        loadings *= np.minimum(1, math.sqrt(SHARED) / np.maximum(size, 1e-12))[:, None]
        shared = (loadings**2).sum(axis=1)
    return loadings


def same_throughout(careful: Careful, codes: Codes, fewest: int) -> list[float | None]:
    """The chance that a careful person gives one answer to every question of a scale, that answer or one that is no
    more probable.

    ``Σ P(c, c, ..., c)`` over the answers c whose run is at most as probable as the one seen, of the questions that the
    person answered.

    Parameters
    ----------
    careful : of the questions of ``codes``, which share one scale
    codes : persons x questions
    fewest : answers that a person must have given

    Returns
    -------
    list, one of who answered in more ways, None of who gave fewer answers
    """
    found: list[float | None] = []
    known: dict[tuple[bytes, int], float] = {}
    answers = len(careful.cuts[0]) - 1
    for row in codes:
        given = row >= 0
        if given.sum() < fewest:
            found.append(None)
            continue
        first = int(row[given][0])
        if (row[given] != first).any():
            found.append(1.0)
            continue
        key = (given.tobytes(), first)
        if key not in known:
            runs = careful.chance(np.where(given, np.arange(answers)[:, None], -1))
            known[key] = min(1.0, float(runs[runs <= runs[first] * TIE].sum()))
        found.append(known[key])
    return found


def alike(careful: Careful, codes: Codes, fewest: int) -> list[tuple[int, int, float]]:
    """Pairs of rows with the same answers: (row, later row, chance that one person answers just as the other did).

    The chance is that of the answers themselves: a row that many would give is no copy of another. Adjust over all
    pairs that could be, not only those that are alike.

    Parameters
    ----------
    codes : persons x questions
    fewest : answers that the rows must hold
    """
    seen: dict[bytes, list[int]] = {}
    for i in np.flatnonzero((codes >= 0).sum(axis=1) >= fewest):
        seen.setdefault(codes[i].tobytes(), []).append(int(i))
    rows = [places for places in seen.values() if len(places) > 1]
    chances = careful.chance(codes[[places[0] for places in rows]]) if rows else np.empty(0)
    return [
        (a, b, float(chance))
        for places, chance in zip(rows, chances, strict=True)
        for at, b in enumerate(places)
        for a in places[:at]
    ]


# --- questions -------------------------------------------------------------------------------------------------------


def gathered(marks: ArrayLike, open_to: ArrayLike) -> list[float]:
    """The chance that so many marks, or more, gather in a column if each row's marks fell on its columns at random.

    A row with b marks on m columns marks each with b/m, so that a column's number is a sum of binomial numbers; its
    upper tail is exact.

    Parameters
    ----------
    marks : rows x columns, whether marked (left blank, say)
    open_to : rows x columns, whether it could be

    Examples
    --------
    >>> gathered([[1, 0], [1, 0], [1, 0]], [[1, 1], [1, 1], [1, 1]])
    [0.125, 1.0]
    """
    marked, can = np.asarray(marks, dtype=bool), np.asarray(open_to, dtype=bool)
    marked = marked & can
    share = marked.sum(axis=1) / np.maximum(can.sum(axis=1), 1)
    found = []
    for j in range(marked.shape[1]):
        distribution = np.ones(1)
        for value, count in zip(*np.unique(share[can[:, j]], return_counts=True), strict=True):
            part = scipy.stats.binom.pmf(np.arange(count + 1), count, value)
            distribution = np.convolve(distribution, part)
        found.append(min(1.0, float(distribution[int(marked[:, j].sum()) :].sum())))
    return found


def shifted(now: ArrayLike, then: ArrayLike) -> float | None:
    """The chance of so great a difference of mean answers, either way, if the two groups were drawn from all at once.

    Of counts of answers by their place on the scale. Exact over all ways of parting them (linear-by-linear association)
    where the smaller group has at most ``EXACT`` persons, else by its normal limit, continuity corrected.

    Parameters
    ----------
    now, then : how often each answer was given in the two groups, as many answers in both

    Returns
    -------
    float, None where a group is empty or all answers are alike

    References
    ----------
    Agresti (2013) Categorical Data Analysis, 3.4 and 16.5; Mehta & Patel (1998).

    Examples
    --------
    >>> round(shifted([0, 1, 4], [4, 1, 0]), 4)
    0.0159
    """
    a, b = np.asarray(now, dtype=np.int64), np.asarray(then, dtype=np.int64)
    a, b = (a, b) if a.sum() <= b.sum() else (b, a)
    both, places = a + b, np.arange(len(a))
    n, total = int(a.sum()), int(both.sum())
    if not n or np.count_nonzero(both) < 2:
        return None
    expected = n * (both @ places) / total
    away = float(abs(a @ places - expected))
    if n > EXACT:
        mean = both @ places / total
        variance = n * (total - n) / (total - 1) * (both @ (places - mean) ** 2) / total
        z = max(float(away) - 0.5, 0.0) / math.sqrt(float(variance))
        return float(2 * scipy.special.ndtr(-z))
    sums = np.arange(n * (len(a) - 1) + 1)
    ways = _ways(both, n)
    return min(1.0, float(ways[np.abs(sums - expected) >= away - 1e-9].sum() / ways.sum()))


def _ways(counts: Codes, n: int) -> Floats:
    """In how many ways n of the persons can be drawn with each sum of answers."""
    top = n * (len(counts) - 1)
    ways = np.zeros((n + 1, top + 1))
    ways[0, 0] = 1
    for place, count in enumerate(counts):
        more = np.zeros_like(ways)
        for drawn in range(min(int(count), n) + 1):
            up = drawn * place
            more[drawn:, up:] += math.comb(int(count), drawn) * ways[: n + 1 - drawn, : top + 1 - up]
        ways = more
    found: Floats = ways[n]
    return found


def fewer(count: int, n: int, other: int, others: int) -> float:
    """The chance of so few, or fewer, of n if all shared one rate: Fisher's exact test, one-sided.

    >>> round(fewer(1, 10, 9, 10), 5)
    0.00055
    """
    return float(scipy.stats.hypergeom.cdf(count, n + others, count + other, n))


def unlike(count: int, n: int, other: int, others: int) -> float:
    """The chance of counts that differ so much if both had one rate: Fisher's exact test, two-sided.

    >>> round(unlike(1, 10, 9, 10), 4)
    0.0011
    """
    return float(scipy.stats.fisher_exact([[count, n - count], [other, others - other]]).pvalue)
