"""Coverage where persons come in groups, start in several terms, or are asked at several times: part of coverage.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from coverage import Row, Share, covers, rejects, rows, share

from evaltools.statistics import clusters, heterogeneity, net_change, proportions, trend
from evaltools.statistics.types import Estimate

GROUPS = {150: (10, 15), 400: (20, 20)}
ICC = (0.0, 0.1, 0.2)
RATES = (0.05, 0.3, 0.9)
MOVES = {"up": (0.5, 0.3, 0.2), "near the boundary": (0.6, 0.39, 0.01)}
RUNS, DEAR = 1_000, 150


def simulated(judge: Callable[[np.random.Generator], dict[str, float | None]], runs: int, seed: list[int]) -> dict:
    """Shares by method over so many runs of a judge that draws for itself."""
    rng = np.random.default_rng(seed)
    found = [judge(rng) for _ in range(runs)]
    return {method: share(((1.0, each[method]) for each in found), runs) for method in found[0]}


def probabilities(rng: np.random.Generator, shares: tuple[float, ...], icc: float, groups: int) -> np.ndarray:
    """The groups' own shares: Dirichlet, so that persons of one group are correlated by ``icc``."""
    if not icc:
        return np.tile(shares, (groups, 1))
    return rng.dirichlet(np.array(shares) * (1 - icc) / icc, groups)


def clustered_rate(n: int, icc: float, p: float, seed: int) -> dict[str, Share]:
    groups, size = GROUPS[n]

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        x = rng.binomial(size, probabilities(rng, (p, 1 - p), icc, groups)[:, 0])
        return {
            "rate, groups allowed for": covers(clusters.rate([(size, int(each)) for each in x]), p),
            "rate, groups ignored": covers(proportions.clopper_pearson(int(x.sum()), n), p),
        }

    return simulated(judge, RUNS, [seed, n])


def clustered_change(n: int, icc: float, moves: tuple[float, ...], seed: int) -> dict[str, Share]:
    groups, size = GROUPS[n]
    truth = moves[0] - moves[2]

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        drawn = np.array([rng.multinomial(size, own) for own in probabilities(rng, moves, icc, groups)])
        up, same, down = (int(each) for each in drawn.sum(axis=0))
        found = clusters.net_change(up, same, down, clusters.of_changes(drawn))
        return {
            "net change, groups allowed for": covers(found.estimate, truth),
            "net change, groups ignored": covers(net_change.net_change(up, same, down).estimate, truth),
        }

    return simulated(judge, DEAR, [seed, n])


def clustered_mean(n: int, icc: float, seed: int) -> dict[str, Share]:
    groups, size = GROUPS[n]

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        own = rng.normal(0, icc**0.5, groups)[:, None]
        values = own + rng.normal(0, (1 - icc) ** 0.5, (groups, size))
        design = clusters.design(np.full(groups, size), values.sum(axis=1), (values**2).sum(axis=1))
        mean, sd = float(values.mean()), float(values.std(ddof=1))
        half = 1.96 * sd / n**0.5
        alone = Estimate(mean, mean - half, mean + half, n, "")
        return {
            "mean change, groups allowed for": covers(clusters.mean(n, mean, sd, design), 0.0),
            "mean change, groups ignored": covers(alone, 0.0),
        }

    return simulated(judge, RUNS, [seed, n])


def clustered_arms(n: int, icc: float, alone: bool, seed: int) -> dict[str, Share]:
    """Two arms of n each that do not differ: both in groups, or (``alone``) the treated only."""
    groups, size = GROUPS[n]

    def drawn(rng: np.random.Generator, single: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sizes, sums of changes and counts of those placed, by group."""
        k, m = (n, 1) if single else (groups, size)
        values = rng.normal(0, icc**0.5, k)[:, None] + rng.normal(0, (1 - icc) ** 0.5, (k, m))
        placed = rng.binomial(m, probabilities(rng, (0.3, 0.7), icc, k)[:, 0])
        return np.full(k, m), values, placed

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        both = [drawn(rng, False), drawn(rng, alone)]
        apart = [(0, len(both[1][0])), (len(both[0][0]), 0)]
        arms = [
            clusters.Arm(*(np.pad(each, pad) for each in (k, v.sum(axis=1), (v**2).sum(axis=1))))
            for (k, v, _), pad in zip(both, apart, strict=True)
        ]
        found, test = clusters.mean_difference(*arms)
        rates = [list(zip(k.tolist(), x.tolist(), strict=True)) for k, _, x in both]
        totals = [total for k, _, x in both for total in (int(x.sum()), int(k.sum()))]
        return {
            "difference of arms, means, groups allowed for": covers(found, 0.0),
            "difference of arms, means, test": rejects(test.p),
            "difference of arms, rates, groups allowed for": covers(clusters.rate_difference(*rates), 0.0),
            "difference of arms, rates, groups ignored": covers(proportions.difference(*totals), 0.0),
        }

    return simulated(judge, RUNS, [seed, n])


def arm_rows() -> list[Row]:
    section = "Arms of persons in groups, n each (n = 150: 10 of 15; n = 400: 20 of 20)"
    found: list[Row] = []
    for i, icc in enumerate(ICC):
        for j, alone in enumerate((False, True)):
            label = f"ICC {icc}, {'the treated only' if alone else 'both arms'} in groups"
            by_n = {n: clustered_arms(n, icc, alone, 280 + 10 * i + j) for n in GROUPS}
            found += rows(section, label, by_n)
    return found


def cluster_rows() -> list[Row]:
    section = "Persons in groups (n = 150: 10 of 15; n = 400: 20 of 20)"
    found: list[Row] = []
    for i, icc in enumerate(ICC):
        for j, p in enumerate(RATES):
            by_n = {n: clustered_rate(n, icc, p, 200 + 10 * i + j) for n in GROUPS}
            found += rows(section, f"ICC {icc}, p = {p}", by_n)
        found += rows(section, f"ICC {icc}", {n: clustered_mean(n, icc, 240 + i) for n in GROUPS})
        for j, (label, moves) in enumerate(MOVES.items()):
            by_n = {n: clustered_change(n, icc, moves, 250 + 10 * i + j) for n in GROUPS}
            found += rows(section, f"ICC {icc}, {label}", by_n)
    return found


def rate_trend(n: int, middle: float, slope: float, seed: int) -> dict[str, Share]:
    """A rate whose log odds rise by ``slope`` a term over four terms of n / 4 answers."""
    size = n // 4
    p = 1 / (1 + np.exp(-(np.log(middle / (1 - middle)) + slope * (np.arange(4) - 1.5))))

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        x = rng.binomial(size, p)
        found, test = trend.rate_trend([(size, int(each)) for each in x])
        rate = float(x.sum()) / (4 * size)
        judged = {"trend of a rate": covers(found, rate * (1 - rate) * slope)}
        return judged | ({"trend of a rate, test": rejects(test.p)} if not slope else {})

    return simulated(judge, RUNS, [seed, n])


def change_trend(n: int, rise: float, seed: int) -> dict[str, Share]:
    """A net change that rises by ``rise`` a term over four terms of n / 4 pairs."""
    moves = [(0.3 + rise * (term - 1.5) / 2, 0.4, 0.3 - rise * (term - 1.5) / 2) for term in range(4)]

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        drawn = [tuple(map(int, rng.multinomial(n // 4, each))) for each in moves]
        found, test = trend.change_trend(drawn)
        judged = {"trend of a net change": covers(found, rise)}
        return judged | ({"trend of a net change, test": rejects(test.p)} if not rise else {})

    return simulated(judge, RUNS, [seed, n])


def mean_scores(n: int, moves: tuple[float, ...], seed: int) -> dict[str, Share]:
    """Four groups of n / 4 pairs whose net change is the same."""

    def judge(rng: np.random.Generator) -> dict[str, float | None]:
        drawn = [tuple(map(int, rng.multinomial(n // 4, moves))) for _ in range(4)]
        return {"mean score test": rejects(heterogeneity.mean_score_test(drawn).p)}

    return simulated(judge, RUNS, [seed, n])


def trend_rows() -> list[Row]:
    section, sizes = "Trends over four terms, and four groups, n in all", (20, 50, 200)
    found: list[Row] = []
    for seed, (middle, slope) in enumerate(((0.1, 0.0), (0.5, 0.0), (0.5, 0.4), (0.9, 0.4))):
        label = f"p = {middle}, log odds {slope:+} a term"
        found += rows(section, label, {n: rate_trend(n, middle, slope, 300 + seed) for n in sizes})
    for seed, rise in enumerate((0.0, 0.1)):
        found += rows(section, f"{rise:+} a term", {n: change_trend(n, rise, 310 + seed) for n in sizes})
    for seed, (label, moves) in enumerate(MOVES.items()):
        found += rows(section, label, {n: mean_scores(n, moves, 320 + seed) for n in sizes})
    return found


def people_rows() -> list[Row]:
    return [*cluster_rows(), *arm_rows(), *trend_rows()]
