"""Coverage and size of what a comparison rests on: taking part, equal effects, a standardised benchmark, thin cells."""

from __future__ import annotations

import numpy as np
from coverage import DEAR_RUNS, SIZES, Row, Share, covers, rejects, rows, share

from evaltools.statistics import comparison, heterogeneity, proportions, taking_part, weighting

RUNS = 1_000
EFFECT = 0.3  # of taking part on those whom assignment leads to take part


def took_part(n: int, uptake: float, seed: int) -> dict[str, Share]:
    """n assigned to each arm; a tenth takes part anyway and fares better. An unbounded interval holds everything."""
    rng = np.random.default_rng([seed, n])

    def arm(z: np.ndarray, kind: np.ndarray) -> taking_part.Arm:
        took = np.where(kind == 0, z, kind == 1)
        placed = (rng.random(n) < np.choose(kind, [0.3, 0.7, 0.4]) + EFFECT * z * (kind == 0)).astype(float)
        both = np.cov(placed, took)
        return taking_part.Arm(n, placed.mean(), took.mean(), both[0, 0], both[1, 1], both[0, 1])

    def once() -> float:
        arms = [arm(np.full(n, z), rng.choice(3, n, p=[uptake, 0.1, 0.9 - uptake])) for z in (1, 0)]
        found = taking_part.complier_effect(*arms)
        return 1.0 if found.lower is None else covers(found, EFFECT)

    return {"effect of taking part, Anderson-Rubin": share(((1.0, once()) for _ in range(RUNS)), RUNS)}


def equal(n: int, rates: tuple[float, ...], seed: int) -> dict[str, Share]:
    """n in each arm of each group: half of them in the first, and the same difference of ten points in all groups."""
    rng = np.random.default_rng([seed, n])
    sizes = [max(n // (k + 1), 2) for k in range(len(rates))]

    def once() -> float | None:
        groups = [
            heterogeneity.of_rates(rng.binomial(m, p + 0.1), m, rng.binomial(m, p), m)
            for m, p in zip(sizes, rates, strict=True)
        ]
        return rejects(heterogeneity.equal_effects(groups).p)

    return {"equal effects test": share(((1.0, once()) for _ in range(RUNS)), RUNS)}


def standardised(n: int, seed: int) -> dict[str, Share]:
    """Our rate less the benchmark's at the make-up of our own: four cells, their rates five points above."""
    rng = np.random.default_rng([seed, n])
    theirs = np.array([0.2, 0.4, 0.6, 0.8])

    def once() -> float | None:
        cells = rng.multinomial(n, [0.4, 0.3, 0.2, 0.1])
        placed = int(rng.binomial(cells, theirs + 0.05).sum())
        return covers(proportions.against_benchmark(placed, n, float(cells @ theirs / n)), 0.05)

    return {"difference from a standardised benchmark": share(((1.0, once()) for _ in range(RUNS)), RUNS)}


def thin(n: int, seed: int) -> dict[str, Share]:
    """n answers, a few of them from a third of the invited: weighted as cells stand, and after thin ones are joined."""
    rng = np.random.default_rng([seed, n])
    rates, invited = (0.1, 0.1, 0.4), (n, n, n)

    def once() -> tuple[float | None, float | None]:
        answered = [int(rng.binomial(i, p)) for i, p in zip(invited, (0.9, 0.6, 0.04), strict=True)]
        cells = [(i, a, int(rng.binomial(a, p))) for i, a, p in zip(invited, answered, rates, strict=True)]
        if not sum(answered):
            return None, None
        truth = sum(rates) / 3
        joined = weighting.poststratified(weighting.collapsed(cells))
        return covers(weighting.poststratified(cells), truth), covers(joined, truth)

    found = [once() for _ in range(DEAR_RUNS)]
    names = ("weighted rate, cells as they stand", "weighted rate, thin cells joined")
    return {name: share(((1.0, each[k]) for each in found), DEAR_RUNS) for k, name in enumerate(names)}


def unpaired(n: int, shift: float, seed: int) -> dict[str, Share]:
    """Two surveys of n other persons each, answers 1 to 5: the difference of their means."""
    rng = np.random.default_rng([seed, n])
    start = np.array([0.1, 0.2, 0.3, 0.25, 0.15])
    end = (1 - shift) * start + shift * np.array([0, 0.1, 0.2, 0.3, 0.4])
    scale = np.arange(1, 6)

    def once() -> float | None:
        both = [comparison.moments(rng.choice(scale, n, p=p).tolist()) for p in (end, start)]
        arms = [value for m in both for value in (m.n, m.mean, m.sd)]
        return covers(comparison.mean_difference(*arms), float((end - start) @ scale))

    return {"unpaired difference, Welch": share(((1.0, once()) for _ in range(DEAR_RUNS)), DEAR_RUNS)}


def arms_rows() -> list[Row]:
    found: list[Row] = []
    for seed, uptake in enumerate((0.15, 0.6)):
        by_n = {n: took_part(n, uptake, 200 + seed) for n in SIZES}
        found += rows("Assigned and took part, n each", f"{uptake:.0%} more take part", by_n)
    for seed, rates in enumerate(((0.3, 0.5, 0.7), (0.05, 0.1, 0.05))):
        by_n = {n: equal(n, rates, 210 + seed) for n in SIZES[1:]}
        found += rows("Effect by subgroup, n each in the largest", f"rates {', '.join(map(str, rates))}", by_n)
    found += rows("Standardised benchmark", "four cells", {n: standardised(n, 220) for n in SIZES})
    found += rows("Thin cells of weights", "a cell that 4% answer from", {n: thin(n, 230) for n in SIZES[1:]})
    for seed, shift in enumerate((0.0, 0.5)):
        by_n = {n: unpaired(n, shift, 240 + seed) for n in SIZES}
        found += rows("Surveys that nobody can pair", "no change" if not shift else "a change", by_n)
    return found
