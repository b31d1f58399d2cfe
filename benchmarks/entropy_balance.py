"""What the interval of a difference between groups made alike by entropy balancing promises.

Treated who are older and of whom more are women than of the controls; an outcome of 0 and 1 whose log odds are linear
in three covariates, higher by .1 for the treated. ``plain`` is the difference without weights. In the last two rows the
log odds bend with a covariate that is balanced in its mean only.

    python benchmarks/entropy_balance.py [times]
"""

from __future__ import annotations

import sys

import numpy as np
import scipy

from evaltools.statistics import entropy_balance

SEED, EFFECT = 25, 0.1


def people(random: np.random.Generator, n: int, treated: bool) -> np.ndarray:
    x = random.normal(0.4 if treated else 0.0, 1, (n, 3))
    x[:, 2] = x[:, 2] > (0.0 if treated else 0.3)
    return x


def chance(x: np.ndarray, bend: float) -> np.ndarray:
    return 0.85 * scipy.special.expit(0.2 + x @ [0.6, -0.4, 0.5] + bend * x[:, 0] ** 2)


def main(times: int = 2000) -> None:
    random = np.random.default_rng(SEED)
    print(f"{times} times, nominal .950, standard error {np.sqrt(0.95 * 0.05 / times):.3f}")
    print("| treated | controls | bend | coverage | bias | bias, plain | width | effective |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for n, others, bend in ((40, 100, 0), (60, 150, 0), (150, 400, 0), (400, 400, 0), (60, 150, 0.3), (150, 400, 0.3)):
        rows = []
        for _ in range(times):
            x, z = people(random, n, True), people(random, others, False)
            y, w = random.random(n) < chance(x, bend) + EFFECT, random.random(others) < chance(z, bend)
            found, plain = entropy_balance.difference(x, z, y, w), y.mean() - w.mean()
            kept = entropy_balance.balance(x, z)
            if found.estimate is not None and kept is not None:
                held = found.lower <= EFFECT <= found.upper
                rows.append((held, found.estimate - EFFECT, plain - EFFECT, found.upper - found.lower, kept.effective))
        means = np.mean(np.array(rows, dtype=float), axis=0)
        print(f"| {n} | {others} | {bend} | " + " | ".join(f"{m:.3f}" for m in means[:4]) + f" | {means[4]:.0f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
