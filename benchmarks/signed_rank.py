"""Exact Pratt signed-rank p from counts, side by side with scipy's Monte-Carlo permutation.

    python benchmarks/signed_rank.py

Both run in this process on the same 5-point item, several times; medians are printed with their ratio. scipy
permutes the raw differences, so at n = 10^6 it gets few resamples; its time for 9999 is scaled up from them
and marked so. The last table gives our times alone, for the shapes that cost most.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from evaltools.statistics.signed_rank import signed_rank

D = np.arange(-4, 5)
SHAPES = {
    "typical": [0.002, 0.01, 0.05, 0.20, 0.43, 0.22, 0.07, 0.016, 0.002],
    "shifted": [0.002, 0.01, 0.05, 0.15, 0.40, 0.25, 0.10, 0.03, 0.008],
    "even": [1 / 9] * 9,
}
BOUNDS = {500: 0.005, 10**6: 1.0}  # seconds: what the project asks for
RESAMPLES = {500: 9999, 10**6: 2}
REPEATS = {500: 5, 10**6: 1}


def median_time(call: Callable[[], object], repeats: int) -> float:
    """Median wall-clock seconds of ``repeats`` calls; with more than one, a first call is not counted."""
    if repeats > 1:
        call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def rank_sum(d: np.ndarray, axis: int = -1) -> np.ndarray:
    """W+ - W- with Pratt zeros, the statistic scipy is to permute."""
    return np.sum(np.sign(d) * stats.rankdata(np.abs(d), axis=axis), axis=axis)


def scipy_monte_carlo(d: np.ndarray, resamples: int) -> float:
    """Two-sided p of scipy's sign-flipping permutation test."""
    batch = 1 if len(d) > 10**5 else 500
    result = stats.permutation_test(
        (d.astype(float),), rank_sum, permutation_type="samples", n_resamples=resamples, batch=batch,
        vectorized=True, rng=np.random.default_rng(1),
    )  # fmt: skip
    return float(result.pvalue)


def side_by_side() -> None:
    print("n        ours, exact   scipy permutation        time ratio   p ours      p scipy")
    rng = np.random.default_rng(2023)
    for n, resamples in RESAMPLES.items():
        count = rng.multinomial(n, SHAPES["typical"])
        d = np.repeat(D, count)
        ours = median_time(lambda count=count: signed_rank(D, count), 9)
        theirs = median_time(lambda d=d, r=resamples: scipy_monte_carlo(d, r), REPEATS[n])
        scaled = theirs * 9999 / resamples
        label = f"{theirs:9.3f} s / {resamples:4d} draws"
        p_scipy = f"{scipy_monte_carlo(d, resamples):.4g}" if resamples > 999 else "too few draws"
        p = signed_rank(D, count).p_exact
        print(f"{n:<8d} {1000 * ours:8.2f} ms   {label}   {scaled / ours:10.0f}   {p:<10.4g}  {p_scipy}")
        if resamples < 9999:
            print(f"         (ratio for 9999 draws, scaled from {resamples}: {scaled:.0f} s)")


def our_times() -> None:
    print("\nn        shape     median      bound     p exact (log10)  method")
    rng = np.random.default_rng(31)
    for n, bound in BOUNDS.items():
        for shape, share in SHAPES.items():
            count = rng.multinomial(n, share)
            seconds = median_time(lambda count=count: signed_rank(D, count), 9)
            result = signed_rank(D, count)
            verdict = "within" if seconds < bound else "OVER"
            print(
                f"{n:<8d} {shape:8s} {1000 * seconds:8.2f} ms  {verdict} {1000 * bound:g} ms"
                f"  {result.log10_p_exact:12.2f}     {result.method}"
            )


if __name__ == "__main__":
    side_by_side()
    our_times()
