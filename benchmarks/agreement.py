"""What the interval of Krippendorff's alpha for two coders holds, enumerated over every outcome.

    python benchmarks/agreement.py

prints, by n answers and the share of them that touch a theme, how often the interval holds the true agreement. Outcomes
in which no coder or every coder marks every answer have no alpha and are left out.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import multinomial

from evaltools.statistics.agreement import krippendorff_alpha

SIZES, SHARES, TRUTHS = (20, 50, 100), (0.1, 0.3, 0.5), (0.4, 0.7, 0.9)


def coverage(n: int, share: float, truth: float, found: np.ndarray, cells: np.ndarray) -> float:
    """The probability that the interval holds the truth, where there is one."""
    apart = share * (1 - share) * (1 - truth)
    weight = multinomial(n, (share - apart, 2 * apart, 1 - share - apart)).pmf(cells)
    there = ~np.isnan(found[:, 0])
    held = (found[:, 0] <= truth) & (truth <= found[:, 1])
    return float(weight[there & held].sum() / weight[there].sum())


def main() -> None:
    print("| n | share | " + " | ".join(f"agreement {truth}" for truth in TRUTHS) + " |")
    print("| ---: | ---: |" + " ---: |" * len(TRUTHS))
    for n in SIZES:
        cells = np.array([(both, one, n - both - one) for both in range(n + 1) for one in range(n + 1 - both)])
        alphas = [krippendorff_alpha(*map(int, cell)) for cell in cells]
        found = np.array([(alpha.lower, alpha.upper) for alpha in alphas], dtype=float)
        for share in SHARES:
            held = [coverage(n, share, truth, found, cells) for truth in TRUTHS]
            print(f"| {n} | {share} | " + " | ".join(f"{each:.3f}" for each in held) + " |")


if __name__ == "__main__":
    main()
