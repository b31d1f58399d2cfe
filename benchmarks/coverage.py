"""Size of the tests and coverage of the intervals at n = 5 to 500, three distributions each.

    python benchmarks/coverage.py            prints the tables
    python benchmarks/coverage.py --write    writes them to docs/coverage.md as well

Set OPENBLAS_NUM_THREADS=1: on these small matrices threads only cost.

Rates, their differences, McNemar's test and the bounds for non-response are enumerated: every outcome is weighted
with its probability, but for a tail of less than 1e-6 in all. The rest is simulated from a fixed seed; each distinct
outcome is computed once. No outside benchmark is used: the truth is the population the data are drawn from.
"""

from __future__ import annotations

import argparse
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from evaltools.statistics import (
    attrition_change,
    change_over_terms,
    comparison,
    effect_sizes,
    marginal_tests,
    net_change,
    nonresponse,
    paired_means,
    paired_proportions,
    paired_tables,
    proportions,
    ranges,
    reliability,
    signed_rank,
    weighting,
)
from evaltools.statistics.types import Estimate

SIZES = (5, 10, 20, 50, 200, 500)
NOMINAL, LEAST = 0.95, 0.94
LEVEL, MOST = 0.05, {"exact": 0.05, "mid-p": 0.055, "approximate": 0.055}
OMITTED = 1e-6
RUNS = {5: 4_000, 10: 3_000}  # where fewer distinct outcomes make runs cheap
FEWEST_RUNS, MOST_RUNS = 1_000, 3_000
DEAR_RUNS, OMEGA_RUNS = 400, 200  # of what takes several milliseconds

Reduction = Callable[[np.ndarray], np.ndarray]
Judge = Callable[[np.ndarray], dict[str, float | None]]
Outcome = tuple[float, float | None]  # weight, and 1 for covered (rejected), 0 for not, None for undefined


@dataclass(frozen=True)
class Share:
    """Share of outcomes covered (or rejected) among those defined, its standard error, share undefined."""

    value: float | None
    error: float
    undefined: float


@dataclass(frozen=True)
class Row:
    """One method on one distribution; ``family`` is "interval" or one of the keys of MOST."""

    section: str
    method: str
    distribution: str
    family: str
    shares: dict[int, Share]


# --- engine ----------------------------------------------------------------------------------------------------


def share(outcomes: Iterable[Outcome], runs: int = 0) -> Share:
    """Weighted share of the defined outcomes; `runs` is the number of simulated ones, 0 if enumerated."""
    weight, value = np.array([(w, math.nan if v is None else v) for w, v in outcomes], dtype=float).T
    defined = ~np.isnan(value)
    total = weight[defined].sum()
    if not total:
        return Share(None, 0.0, 1.0)
    p = float(weight[defined] @ value[defined] / total)
    used = runs * total / weight.sum()
    return Share(p, math.sqrt(p * (1 - p) / used) if runs else 0.0, float(weight[~defined].sum() / weight.sum()))


def covers(estimate: Estimate, truth: float) -> float | None:
    if estimate.lower is None:
        return None
    return float(estimate.lower - 1e-9 <= truth <= estimate.upper + 1e-9)


def rejects(p: float | None) -> float | None:
    return None if p is None else float(p <= LEVEL)


def likely(distribution: stats.rv_discrete) -> list[tuple[int, float]]:
    """The outcomes of a count and their probabilities, but for a tail of OMITTED."""
    low, high = (int(distribution.ppf(q)) for q in (OMITTED / 4, 1 - OMITTED / 4))
    values = range(max(low, 0), high + 1)
    return list(zip(values, distribution.pmf(np.array(values)), strict=True))


def pairs(first: stats.rv_discrete, second: Callable[[int], stats.rv_discrete]) -> Iterator[tuple[int, int, float]]:
    """Two counts, the second's distribution depending on the first, and their joint probability."""
    for x, p in likely(first):
        for y, q in likely(second(x)):
            if p * q > OMITTED**2:
                yield x, y, p * q


def simulate(
    draw: Callable[[np.random.Generator, int], np.ndarray],
    judges: Sequence[tuple[Reduction, Judge]],
    n: int,
    seed: int,
    runs: int | None = None,
) -> dict[str, Share]:
    """Shares by method.

    `draw` gives runs x features. Each judge comes with a reduction of the features to what it looks at, and sees
    every distinct reduced row once. More is drawn where a share lies near its limit, unless `runs` is given.
    """
    rng = np.random.default_rng([seed, n])
    known: list[dict[bytes, dict[str, float | None]]] = [{} for _ in judges]
    drawn = draw(rng, runs or RUNS.get(n, FEWEST_RUNS))
    while True:
        shares: dict[str, Share] = {}
        for (reduction, judge), seen in zip(judges, known, strict=True):
            distinct, count = np.unique(reduction(drawn), axis=0, return_counts=True)
            for row in distinct:
                if row.tobytes() not in seen:
                    seen[row.tobytes()] = judge(row)
            values = [seen[row.tobytes()] for row in distinct]
            shares |= {m: share(zip(count, (v[m] for v in values), strict=True), len(drawn)) for m in values[0]}
        missing = MOST_RUNS - len(drawn)
        if runs or missing <= 0 or not any(near_limit(m, s) for m, s in shares.items()):
            return shares
        drawn = np.concatenate([drawn, draw(rng, missing)])


def near_limit(method: str, s: Share) -> bool:
    """Whether more runs could turn the verdict."""
    if s.value is None:
        return False
    family = family_of(method)
    return abs(s.value - (LEAST if family == "interval" else MOST[family])) < 3 * s.error


def family_of(method: str) -> str:
    """Kind of a method, from its name: tests are called "... test, exact" and so on."""
    if " test" not in method:
        return "interval"
    return method.rsplit(", ", 1)[1] if method.endswith((", exact", ", mid-p")) else "approximate"


def rows(section: str, distribution: str, by_n: dict[int, dict[str, Share]]) -> list[Row]:
    methods = dict.fromkeys(m for shares in by_n.values() for m in shares)
    return [Row(section, m, distribution, family_of(m), {n: s[m] for n, s in by_n.items() if m in s}) for m in methods]


def enumerated(outcomes: Iterable[tuple[float, dict[str, float | None]]]) -> dict[str, Share]:
    kept = list(outcomes)
    return {m: share((w, values[m]) for w, values in kept) for m in kept[0][1]}


# --- rates, enumerated -----------------------------------------------------------------------------------------

ONE_RATE = {
    "Wilson": proportions.wilson,
    "Clopper-Pearson": proportions.clopper_pearson,
    "mid-p interval": proportions.mid_p,
    "Jeffreys": proportions.jeffreys,
    "Agresti-Coull": proportions.agresti_coull,
}


def one_rate(n: int, p: float) -> dict[str, Share]:
    def judge(x: int) -> dict[str, float | None]:
        test = proportions.rate_test(x, n, p)
        return {name: covers(f(x, n), p) for name, f in ONE_RATE.items()} | {
            "binomial test, exact": rejects(test.p_exact),
            "binomial test, mid-p": rejects(test.p_mid),
            "score test": rejects(test.p_score),
        }

    return enumerated((w, judge(x)) for x, w in likely(stats.binom(n, p)))


def cohort_rate(n: int, p: float) -> dict[str, Share]:
    """Half of a cohort of 2n answered, at random; the truth is the cohort's own rate."""
    placed = round(2 * n * p)
    answers = likely(stats.hypergeom(2 * n, placed, n))
    return {
        "Wilson, half of the cohort answered": share(
            (w, covers(proportions.wilson(x, n, cohort=2 * n), placed / (2 * n))) for x, w in answers
        )
    }


def two_rates(n: int, p1: float, p2: float) -> dict[str, Share]:
    def judge(x: int, y: int) -> dict[str, float | None]:
        values = {
            name: covers(proportions.difference(x, n, y, n, method=name.lower()), p1 - p2)
            for name in ("Newcombe", "Miettinen-Nurminen", "Agresti-Caffo")
        }
        values["ratio (score)"] = covers_ratio(proportions.ratio(x, n, y, n), p1 / p2)
        if p1 == p2:
            values["score test of a difference"] = rejects(proportions.difference_test(x, n, y, n).p)
            values["Fisher test, mid-p"] = rejects(proportions.difference_test(x, n, y, n, "fisher mid-p").p)
        return values

    second = stats.binom(n, p2)
    return enumerated((w, judge(x, y)) for x, y, w in pairs(stats.binom(n, p1), lambda _: second))


def covers_ratio(estimate: Estimate, truth: float) -> float | None:
    """A ratio may have no upper limit."""
    if estimate.lower is None:
        return None
    return float(estimate.lower <= truth and (estimate.upper is None or truth <= estimate.upper))


def not_answering(n: int, p: float) -> dict[str, Share]:
    """Of 2n invited half answer; of those who do not, none is placed: the truth lies at its lower bound."""

    def judge(answered: int, x: int) -> dict[str, float | None]:
        return {
            "Imbens-Manski": covers(nonresponse.imbens_manski(x, answered, 2 * n), p / 2),
            "worst to best (Wilson envelope)": covers(nonresponse.worst_to_best(x, answered, 2 * n), p / 2),
        }

    answered = stats.binom(2 * n, 0.5)
    return enumerated((w, judge(m, x)) for m, x, w in pairs(answered, lambda m: stats.binom(m, p)))


def mcnemar(n: int, discordant: float) -> dict[str, Share]:
    """No change on the whole: as many change to yes as to no."""

    def judge(changed: int, b: int) -> dict[str, float | None]:
        test = paired_proportions.mcnemar(b, changed - b)
        return {"McNemar test, exact": rejects(test.p_exact), "McNemar test, mid-p": rejects(test.p_mid)}

    changed = stats.binom(n, discordant)
    return enumerated((w, judge(m, b)) for m, b, w in pairs(changed, lambda m: stats.binom(m, 0.5)))


# --- post-stratified rate, simulated ---------------------------------------------------------------------------

CELL_SHARES, RESPONSE = (0.4, 0.36, 0.24), (0.75, 0.45, 0.3)


def poststratified(n: int, cell_rates: tuple[float, ...]) -> dict[str, Share]:
    """Three cells that answer at different rates; about n answers; the truth is the expected rate of the invited."""
    invited = np.round(np.array(CELL_SHARES) * n / np.dot(CELL_SHARES, RESPONSE)).astype(int)
    truth = float(invited @ cell_rates / invited.sum())

    def draw(rng: np.random.Generator, runs: int) -> np.ndarray:
        answered = rng.binomial(invited, RESPONSE, size=(runs, 3))
        return np.hstack([answered, rng.binomial(answered, cell_rates)])

    def judge(row: np.ndarray) -> dict[str, float | None]:
        cells = [(int(i), int(a), int(x)) for i, a, x in zip(invited, row[:3], row[3:], strict=True)]
        estimate = weighting.poststratified(cells)
        return {"post-stratified": covers(estimate, truth) if estimate.estimate is not None else None}

    return simulate(draw, [(whole, judge)], n, 11)


# --- paired items, simulated -----------------------------------------------------------------------------------

CUTS = {"spread": (-1.2, -0.4, 0.4, 1.2), "skewed": (-0.5, 0.3, 0.9, 1.5), "near ceiling": (-3.0, -2.3, -1.6, -0.5)}
CORRELATION = 0.5
POPULATION = 10**8


def item_table(cuts: tuple[float, ...], shift: float) -> np.ndarray:
    """Population table of a 5-point item cut from two correlated normals, the second moved up by `shift`."""
    edges = np.array([-12.0, *cuts, 12.0])
    law = stats.multivariate_normal([0, 0], [[1, CORRELATION], [CORRELATION, 1]])
    below = np.array([[law.cdf([a, b - shift]) for b in edges] for a in edges])
    table = np.diff(np.diff(below, axis=0), axis=1).clip(0)
    return table / table.sum() if shift else (table + table.T) / (2 * table.sum())


def item_truths(table: np.ndarray) -> dict[str, float]:
    people = np.round(table * POPULATION).astype(int)
    d, count = paired_tables.differences(people)
    return {
        "biserial": effect_sizes.rank_biserial(d, count).estimate,
        "superiority": effect_sizes.marginal_superiority(people).estimate,
        "pseudo-median": signed_rank.hodges_lehmann(d, count).estimate,
        "share": float(table[:, HIGH].sum() - table[HIGH].sum()),
    }


STEPS = np.subtract.outer(np.arange(5), np.arange(5)).T.ravel()  # after less before, cell by cell of the table
BY_CHANGE = (STEPS[:, None] == np.arange(-4, 5)).astype(int)
HIGH = np.arange(5) >= 3
BY_CUT = np.stack([np.outer(b, a).ravel() for b in (HIGH, ~HIGH) for a in (HIGH, ~HIGH)], axis=1).astype(int)


def whole(tables: np.ndarray) -> np.ndarray:
    return tables


def changes(tables: np.ndarray) -> np.ndarray:
    """Counts of the changes -4 to 4."""
    return tables @ BY_CHANGE


def yes_no(tables: np.ndarray) -> np.ndarray:
    """Counts yes-yes, yes-no, no-yes, no-no of the two highest answers."""
    return tables @ BY_CUT


def item_intervals(n: int, table: np.ndarray, truths: dict[str, float], seed: int) -> dict[str, Share]:
    def of_change(count: np.ndarray) -> dict[str, float | None]:
        d = np.arange(-4, 5)
        return {
            "rank-biserial": covers(effect_sizes.rank_biserial(d, count), truths["biserial"]),
            "Hodges-Lehmann": covers(signed_rank.hodges_lehmann(d, count), truths["pseudo-median"]),
        }

    def of_cells(row: np.ndarray) -> dict[str, float | None]:
        cells = [int(x) for x in row]
        return {
            f"paired share, {name}": covers(
                paired_proportions.paired_difference(*cells, method=name.lower()), truths["share"]
            )
            for name in ("Newcombe", "Tango")
        }

    def of_table(row: np.ndarray) -> dict[str, float | None]:
        t = row.reshape(5, 5)
        return {"marginal superiority, logit": covers(effect_sizes.marginal_superiority(t), truths["superiority"])}

    judges = [(changes, of_change), (yes_no, of_cells), (whole, of_table)]
    return simulate(lambda rng, runs: rng.multinomial(n, table.ravel(), size=runs), judges, n, seed)


def item_tests(n: int, table: np.ndarray, seed: int) -> dict[str, Share]:
    """Exchangeable before and after: every one of these tests should reject one in twenty at most."""

    def of_change(count: np.ndarray) -> dict[str, float | None]:
        pratt, dropped = (signed_rank.signed_rank(np.arange(-4, 5), count, zeros) for zeros in ("pratt", "wilcox"))
        return {
            "signed-rank test, Pratt, exact": rejects(pratt.p_exact),
            "signed-rank test, Pratt, mid-p": rejects(pratt.p_mid),
            "signed-rank test, zeros dropped, exact": rejects(dropped.p_exact),
            "signed-rank test, zeros dropped, mid-p": rejects(dropped.p_mid),
        }

    def of_table(row: np.ndarray) -> dict[str, float | None]:
        return {"Stuart-Maxwell test": rejects(marginal_tests.stuart_maxwell(row.reshape(5, 5)).p)}

    judges = [(changes, of_change), (whole, of_table)]
    return simulate(lambda rng, runs: rng.multinomial(n, table.ravel(), size=runs), judges, n, seed)


# --- scales: sums of five items, simulated ---------------------------------------------------------------------


def scale_scores(
    rng: np.random.Generator, runs: int, n: int, cuts: tuple[float, ...], shift: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of five 5-point items before and after, runs x n."""
    person = rng.normal(size=(runs, n, 1)) * math.sqrt(CORRELATION)

    def answers(moved: float) -> np.ndarray:
        latent = person + rng.normal(size=(runs, n, 1)) * 0.3 + rng.normal(size=(runs, n, 5)) * 0.65 + moved
        return 5 + np.searchsorted(cuts, latent.ravel()).reshape(latent.shape).sum(axis=2)

    return answers(0.0), answers(shift)


def scale_intervals(n: int, cuts: tuple[float, ...], shift: float, seed: int) -> dict[str, Share]:
    big = np.random.default_rng(seed)
    before, after = scale_scores(big, 1, 1_000_000, cuts, shift)
    change = (after - before)[0]
    mean, spread = (0.0 if not shift else change.mean()), change.std()
    middle = signed_rank.hodges_lehmann(*paired_tables.collapse(change)).estimate if shift else 0.0

    def draw(rng: np.random.Generator, runs: int) -> np.ndarray:
        return np.stack(scale_scores(rng, runs, n, cuts, shift), axis=1).reshape(runs, 2 * n)

    def change_counts(drawn: np.ndarray) -> np.ndarray:
        return ((drawn[:, n:] - drawn[:, :n])[:, :, None] == np.arange(-20, 21)).sum(axis=1)

    def of_change(count: np.ndarray) -> dict[str, float | None]:
        d = np.arange(-20, 21)[count > 0]
        values = {"Hodges-Lehmann": covers(signed_rank.hodges_lehmann(d, count[count > 0]), middle)}
        if not shift:
            test = signed_rank.signed_rank(d, count[count > 0])
            values["signed-rank test, exact"] = rejects(test.p_exact)
            values["signed-rank test, mid-p"] = rejects(test.p_mid)
        return values

    def of_pairs(row: np.ndarray) -> dict[str, float | None]:
        result = paired_means.paired_t(*paired_means.moments(row[:n], row[n:]))
        values = {"paired t": covers(result.change, mean), "d_z": covers(result.d_z, mean / spread)}
        return values if shift else values | {"paired t test": rejects(result.p)}

    cheap = simulate(draw, [(change_counts, of_change)], n, seed)
    return cheap | simulate(draw, [(whole, of_pairs)], n, seed, runs=DEAR_RUNS)


# --- two groups and reliability, simulated ---------------------------------------------------------------------


def two_groups(n: int, cuts: tuple[float, ...], shift: float, seed: int) -> dict[str, Share]:
    """n changes of a 5-point item in each group; only the first group's item moves."""
    tables = [item_table(cuts, s) for s in (shift, 0.0)]
    truth = float(sum(sign * (t.ravel() @ STEPS) for sign, t in zip((1, -1), tables, strict=True)))

    def draw(rng: np.random.Generator, runs: int) -> np.ndarray:
        sums = []
        for table in tables:
            drawn = rng.multinomial(n, table.ravel(), size=runs)
            sums += [drawn @ STEPS, drawn @ STEPS**2]
        return np.column_stack(sums)

    def judge(row: np.ndarray) -> dict[str, float | None]:
        (s1, q1, s2, q2) = (int(v) for v in row)
        groups = [(n, s / n, math.sqrt((n * q - s * s) / (n * (n - 1)))) for s, q in ((s1, q1), (s2, q2))]
        return {"difference of changes, Welch": covers(comparison.difference_of_changes(*groups[0], *groups[1]), truth)}

    return simulate(draw, [(whole, judge)], n, seed)


def adjusted(n: int, p: float, seed: int) -> dict[str, Share]:
    """Placed or not, n persons in each group, the difference 0.1 (0.02 at the ends) after adjusting for age."""
    effect = 0.02 if p in (0.02, 0.9) else 0.1
    rng = np.random.default_rng([seed, n])
    treated = np.repeat([True, False], n)

    def once() -> float | None:
        age = rng.normal(size=2 * n) + 0.3 * treated
        chance = np.clip(p + effect * treated + 0.3 * p * (1 - p) * np.clip(age, -2, 2), 0, 1)
        placed = (rng.random(2 * n) < chance).astype(float)
        return covers(comparison.adjusted_difference(placed, treated, pd.DataFrame({"age": age})), effect)

    return {"adjusted risk difference, HC2": share(((1.0, once()) for _ in range(DEAR_RUNS)), DEAR_RUNS)}


def of_reliability(n: int, loading: float, seed: int) -> dict[str, Share]:
    """Five parallel normal items, so that alpha and omega are the same number."""
    rng = np.random.default_rng([seed, n])
    truth = 5 * loading**2 / (1 + 4 * loading**2)

    def answers() -> tuple[int, np.ndarray]:
        common = rng.normal(size=(n, 1)) * loading
        return reliability.item_covariance(common + rng.normal(size=(n, 5)) * math.sqrt(1 - loading**2))

    methods = {
        "Cronbach alpha, Feldt": (reliability.cronbach_alpha, MOST_RUNS),
        "omega": (reliability.omega_total, OMEGA_RUNS),
    }
    return {
        name: share(((1.0, covers(f(*answers()), truth)) for _ in range(runs)), runs)
        for name, (f, runs) in methods.items()
    }


# --- the tables ------------------------------------------------------------------------------------------------

SHIFTS = {"no shift": ("spread", 0.0), "moderate shift": ("spread", 0.4), "near ceiling": ("near ceiling", 0.4)}


def rate_rows() -> list[Row]:
    found: list[Row] = []
    for p in (0.02, 0.3, 0.9):
        by_n = {n: one_rate(n, p) | cohort_rate(n, p) for n in SIZES}
        found += rows("One rate", f"p = {p}", by_n)
    for p1, p2 in ((0.05, 0.05), (0.3, 0.3), (0.9, 0.7)):
        found += rows("Two rates, n each", f"{p1} and {p2}", {n: two_rates(n, p1, p2) for n in SIZES})
    for p in (0.02, 0.3, 0.9):
        found += rows("Rate, half not answering", f"p = {p} of answers", {n: not_answering(n, p) for n in SIZES})
    for cells in ((0.01, 0.02, 0.04), (0.5, 0.3, 0.15), (0.95, 0.9, 0.8)):
        label = ", ".join(str(p) for p in cells) + " by cell"
        found += rows("Rate, half not answering", label, {n: poststratified(n, cells) for n in SIZES})
    for discordant in (0.1, 0.3, 0.6):
        found += rows("Paired yes/no", f"{discordant:.0%} change", {n: mcnemar(n, discordant) for n in SIZES})
    return found


def paired_rows() -> list[Row]:
    found: list[Row] = []
    for seed, (label, (cuts, shift)) in enumerate(SHIFTS.items()):
        table = item_table(CUTS[cuts], shift)
        truths = item_truths(table)
        by_n = {n: item_intervals(n, table, truths, 20 + seed) for n in SIZES}
        found += rows("Paired 5-point item: intervals", label, by_n)
    for seed, (label, cuts) in enumerate(CUTS.items()):
        by_n = {n: item_tests(n, item_table(cuts, 0.0), 30 + seed) for n in SIZES}
        found += rows("Paired 5-point item: tests, no change", label, by_n)
    for seed, (label, (cuts, shift)) in enumerate(SHIFTS.items()):
        by_n = {n: scale_intervals(n, CUTS[cuts], shift, 40 + seed) for n in SIZES}
        found += rows("Paired scale, sum of five items", label, by_n)
    return found


def group_rows() -> list[Row]:
    found: list[Row] = []
    for seed, (label, (cuts, shift)) in enumerate(SHIFTS.items()):
        by_n = {n: two_groups(n, CUTS[cuts], shift, 50 + seed) for n in SIZES}
        found += rows("Comparison group, n each", label, by_n)
    for seed, p in enumerate((0.02, 0.3, 0.9)):
        found += rows("Comparison group, n each", f"p = {p}", {n: adjusted(n, p, 60 + seed) for n in SIZES})
    for seed, loading in enumerate((0.4, 0.6, 0.8)):
        label = f"loading {loading}"
        found += rows("Reliability", label, {n: of_reliability(n, loading, 70 + seed) for n in SIZES})
    return found


# --- what conclusions rest on, simulated ------------------------------------------------------------------------

MOVES = {"balanced": (0.3, 0.4, 0.3), "few move": (0.03, 0.94, 0.03), "near the boundary": (0.55, 0.43, 0.02)}
START = np.array([0.1, 0.2, 0.3, 0.25, 0.15])  # answers at the start, and who moves up and down from each
UP, DOWN = np.array([0.6, 0.5, 0.35, 0.2, 0.0]), np.array([0.0, 0.1, 0.15, 0.2, 0.35])
AGAIN = {"the low ones answer again": (0.9, 0.8, 0.6, 0.3, 0.1), "the high ones": (0.2, 0.3, 0.4, 0.6, 0.8)}


def net_changes(n: int, share: tuple[float, float, float], seed: int) -> dict[str, Share]:
    truth = share[0] - share[2]

    def judge(row: np.ndarray) -> dict[str, float | None]:
        found = net_change.net_change(*map(int, row))
        values = {"net change": covers(found.estimate, truth)}
        return values | ({"net change test": rejects(found.p)} if not truth else {})

    return simulate(lambda rng, runs: rng.multinomial(n, share, runs), [(whole, judge)], n, seed)


def margins(n: int, share: tuple[float, float, float], seed: int) -> dict[str, Share]:
    """The true net change is the margin itself: how often it is said to be smaller."""

    def judge(row: np.ndarray) -> dict[str, float | None]:
        return {"no relevant change test": rejects(net_change.irrelevant(*map(int, row), share[0] - share[2]))}

    return simulate(lambda rng, runs: rng.multinomial(n, share, runs), [(whole, judge)], n, seed)


def over_terms(n: int, p: float, revised: float, seed: int) -> dict[str, Share]:
    """n persons answered by the term before, a quarter as many again since; nothing changes in truth."""

    def draw(rng: np.random.Generator, runs: int) -> np.ndarray:
        yes = rng.binomial(n, p, runs)
        fell, rose = rng.binomial(yes, revised * (1 - p)), rng.binomial(n - yes, revised * p)
        new = np.full(runs, max(n // 4, 1))
        return np.stack([np.full(runs, n), yes - fell + rose, rose, fell, new, rng.binomial(new, p)], axis=1)

    def judge(row: np.ndarray) -> dict[str, float | None]:
        counts = change_over_terms.RateChange(*map(int, row))
        return {"change since the last term": covers(change_over_terms.rate_change(counts), 0.0)}

    return simulate(draw, [(whole, judge)], n, seed)


def weighted_changes(n: int, again: tuple[float, ...], seed: int) -> dict[str, Share]:
    """2n answered at the start; who answers again depends on that answer."""
    truth = float(START @ (UP - DOWN))

    def draw(rng: np.random.Generator, runs: int) -> np.ndarray:
        first = rng.multinomial(2 * n, START, runs)
        answered = rng.binomial(first, again)
        better = rng.binomial(answered, UP)
        worse = rng.binomial(answered - better, DOWN / (1 - UP))
        return np.hstack([first, better, answered - better - worse, worse])

    def judge(row: np.ndarray) -> dict[str, float | None]:
        starts = [attrition_change.Start(*map(int, cells)) for cells in row.reshape(4, 5).T]
        plain = net_change.net_change(*map(int, row.reshape(4, 5)[1:].sum(axis=1))).estimate
        weighted = attrition_change.weighted_net_change(starts).estimate
        return {"net change, weighted": covers(weighted, truth), "net change, not weighted": covers(plain, truth)}

    return simulate(draw, [(whole, judge)], n, seed)


def decision_rows() -> list[Row]:
    found: list[Row] = []
    sizes = SIZES[:-1]  # the exact distribution at n = 500 is dear to simulate and like that at 200
    for seed, (label, share) in enumerate(MOVES.items()):
        found += rows("Net change of pairs", label, {n: net_changes(n, share, 80 + seed) for n in sizes})
    for seed, share in enumerate(((0.3, 0.6, 0.1), (0.4, 0.4, 0.2), (0.6, 0.1, 0.3))):
        label = f"at the margin of {share[0] - share[2]:.1f}, {1 - share[1]:.0%} move"
        found += rows("Net change of pairs", label, {n: margins(n, share, 84 + seed) for n in sizes})
    for seed, (p, revised) in enumerate(itertools.product((0.02, 0.3, 0.9), (0.0, 0.05))):
        label = f"p = {p}, {revised:.0%} revised"
        found += rows("Change since the last term", label, {n: over_terms(n, p, revised, 90 + seed) for n in sizes})
    for seed, (label, again) in enumerate(AGAIN.items()):
        by_n = {n: weighted_changes(n, again, 100 + seed) for n in sizes[1:]}
        found += rows("Selective answering", label, by_n)
    return found


# --- rates as they are published ----------------------------------------------------------------------------------

PUBLISHED_SIZES = (17, 22, 58, 100, 275)
CHANCES = np.arange(2, 99) / 100
WITHIN, BASE = 4, 5
Interval = Callable[[int, int], Iterable[tuple[float, float]]]  # of x of n persons: all that may be printed


def _internal(x: int, n: int) -> Iterable[tuple[float, float]]:
    found = proportions.clopper_pearson(x, n)
    return [(found.lower, found.upper)]


def _exact_figure(x: int, n: int) -> Iterable[tuple[float, float]]:
    return [ranges.outward(*ends) for ends in _internal(x, n)]


def _rounded(x: int, n: int) -> Iterable[tuple[float, float]]:
    """Whichever of the multiples next to them the two counts are rounded to."""
    either = [sorted({count // BASE * BASE, -(-count // BASE) * BASE}) for count in (x, n)]
    for printed in itertools.product(*either):
        found = ranges.rate(*(ranges.around(count, WITHIN) for count in printed))
        yield ranges.outward(found.lower, found.upper)


def least_coverage(intervals: Interval, n: int) -> tuple[float, float]:
    """The least coverage over the chances, and where; an outcome covers if all intervals that may be printed do."""
    printed = [np.array(list(intervals(x, n)))[:, :, None] for x in range(n + 1)]
    covered = np.array([((ends[:, 0] <= CHANCES) & (ends[:, 1] >= CHANCES)).all(axis=0) for ends in printed])
    weight = stats.binom.pmf(np.arange(n + 1)[:, None], n, CHANCES)
    found = (weight * covered).sum(axis=0)
    return float(found.min()), float(CHANCES[found.argmin()])


def published() -> str:
    """The table of the least coverage of published rates, enumerated."""
    ways = {"internal: Clopper-Pearson": _internal, "public, exact figure: to whole per cents": _exact_figure}
    ways |= {"public, rounded counts: whichever way they are rounded": _rounded}
    lines = ["## Rates as they are published: least coverage over p = 0.02, 0.03 ... 0.98, enumerated", ""]
    lines += ["| edition | " + " | ".join(f"n = {n}" for n in PUBLISHED_SIZES) + " |"]
    lines += ["| --- |" + " ---: |" * len(PUBLISHED_SIZES)]
    for name, intervals in ways.items():
        found = (least_coverage(intervals, n) for n in PUBLISHED_SIZES)
        lines.append(f"| {name} | " + " | ".join(f"{least:.4f} ({p:.2f})" for least, p in found) + " |")
    return "\n".join([*lines, ""])


def limit(row: Row) -> float:
    return LEAST if row.family == "interval" else MOST[row.family]


def beyond(row: Row, n: int) -> float:
    """How far a share lies on the wrong side of its limit; 0 or less where it does not."""
    value = row.shares[n].value if n in row.shares else None
    if value is None:
        return 0.0
    return limit(row) - value if row.family == "interval" else value - limit(row)


def remark(row: Row) -> str:
    missed = {n: beyond(row, n) > 2 * row.shares[n].error + 1e-12 for n in row.shares if beyond(row, n) > 1e-12}
    verdicts = {
        "below nominal" if row.family == "interval" else "above level": [n for n, sure in missed.items() if sure],
        "at the limit, within simulation error,": [n for n, sure in missed.items() if not sure],
    }
    parts = [f"{verdict} at n = {', '.join(map(str, where))}" for verdict, where in verdicts.items() if where]
    undefined = {n: s.undefined for n, s in row.shares.items() if s.undefined >= 0.005}
    if undefined:
        parts.append("undefined " + ", ".join(f"{u:.0%} at {n}" for n, u in undefined.items()))
    return "; ".join(parts)


def cell(row: Row, n: int) -> str:
    found = row.shares.get(n)
    if found is None or found.value is None:
        return "-"
    text = f"{found.value:.3f}"
    return f"**{text}**" if beyond(row, n) > 1e-12 else text


def markdown(found: list[Row]) -> str:
    lines: list[str] = []
    for section, rows_of in itertools.groupby(found, key=lambda r: r.section):
        group = list(rows_of)
        used = {n for row in group for n in row.shares}
        sizes = SIZES if used <= set(SIZES) else sorted(used)
        lines += [
            f"## {section}",
            "",
            "| method | distribution | " + " | ".join(f"n = {n}" for n in sizes) + " | remark |",
        ]
        lines.append("| --- | --- |" + " ---: |" * len(sizes) + " --- |")
        ordered = sorted(group, key=lambda r: r.family != "interval")
        by_method = itertools.groupby(sorted(ordered, key=lambda r: r.method), key=lambda r: r.method)
        for _, same in sorted(
            ((k, list(g)) for k, g in by_method), key=lambda kg: (kg[1][0].family != "interval", kg[0])
        ):
            lines += [
                f"| {r.method} | {r.distribution} | " + " | ".join(cell(r, n) for n in sizes) + f" | {remark(r)} |"
                for r in same
            ]
        lines.append("")
    return "\n".join(lines)


PREFACE = f"""# Size and coverage

Written by `python benchmarks/coverage.py --write`; do not edit. Intervals are at {NOMINAL:.0%}: the share of outcomes
whose interval holds the truth. Tests are at {LEVEL:.0%}, under no difference: the share rejected. Bold figures are
below {LEAST} for an interval, above {MOST["exact"]} for an exact test, above {MOST["mid-p"]} for any other, and are
named in the last column. Outcomes for which a method gives no interval or no p are left out of its share; where they
are at least 0.5 % the last column says so.

Rates, their differences, McNemar's test and the bounds are enumerated and exact to the digits shown: at one true rate
the coverage of any interval for a count jumps up and down with n. The rest is simulated with {FEWEST_RUNS} runs, more
at n = 5 and 10 and up to {MOST_RUNS} near a limit ({DEAR_RUNS} for paired t, d_z and the adjusted
difference, {OMEGA_RUNS} for omega, 150 for net changes of persons in groups);
"within simulation error" means less than two standard errors beyond the limit.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md")
    parser.add_argument("--part", help="only the tables of published, rate, paired, group, decision, people or arms")
    options = parser.parse_args()
    from coverage_arms import arms_rows
    from coverage_people import people_rows

    start = time.perf_counter()
    found = []
    for part in (rate_rows, paired_rows, group_rows, decision_rows, people_rows, arms_rows):
        if options.part in (None, part.__name__.removesuffix("_rows")):
            found += part()
    first = [published()] if options.part in (None, "published") else []
    text = "\n".join([PREFACE, *first, markdown(found)])
    print(text)
    print(f"{time.perf_counter() - start:.0f} s")
    if options.write and options.part is None:
        target = Path(__file__).resolve().parents[1] / "docs" / "coverage.md"
        target.write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
