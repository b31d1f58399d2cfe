"""Links by a self-made code of five parts, of which some are misremembered: pairs gained, false links, coverage.

500 persons answer a start survey; 70 % of them and 25 new persons answer the end survey. Each part of a code is
remembered otherwise with a probability of 0 to 30 %. Links are made with ``evaltools.ingest.near_links`` as ingestion
makes them: first equal codes, without those that stand twice, then codes that differ in one part. The change of a sum
of five items (5 to 25) is estimated with the paired interval of the reports. Misremembering is either independent of
the change or three times as likely for persons whose change is below the middle as for the others.

    python benchmarks/near_links.py [replications]
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from evaltools.ingest import near_links
from evaltools.statistics.paired_means import paired_t

PERSONS, RETURN, NEW = 500, 0.7, 25
RATES = (0.0, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
CHANGE, SPREAD = 1.0, 3.0
SEED = 20


def zipf(n: int) -> np.ndarray:
    weights = 1 / np.arange(1, n + 1)
    return weights / weights.sum()


# first letter of the mother's name, her day of birth, older siblings, first letter of the place, last of one's own name
PARTS = (
    zipf(22),
    np.full(31, 1 / 31),
    np.array([0.42, 0.33, 0.16, 0.06, 0.03]),
    zipf(20),
    zipf(12),
)


def codes(random: np.random.Generator, n: int) -> np.ndarray:
    return np.column_stack([random.choice(len(p), size=n, p=p) for p in PARTS])


def misremembered(random: np.random.Generator, given: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The codes with each part changed to another value with a person's probability."""
    changed = given.copy()
    for at, p in enumerate(PARTS):
        for i in np.flatnonzero(random.random(len(given)) < rate):
            others = p.copy()
            others[given[i, at]] = 0
            changed[i, at] = random.choice(len(p), p=others / others.sum())
    return changed


def unique(given: np.ndarray) -> dict[int, near_links.Code]:
    """Row number to code, without codes that stand twice."""
    texts = [tuple(map(str, code)) for code in given]
    often = Counter(texts)
    return {i: code for i, code in enumerate(texts) if often[code] == 1}


def answers(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sums at the start and at the end, and the change that the person made before sums were cut to the scale."""
    pre = np.clip(np.rint(random.normal(14, 3, n)), 5, 25)
    change = random.normal(CHANGE, SPREAD, n)
    return pre, np.clip(np.rint(pre + change), 5, 25), change


def once(random: np.random.Generator, rate: float, selective: bool) -> dict[str, float]:
    pre, post, change = answers(random, PERSONS)
    start = codes(random, PERSONS)
    back = np.flatnonzero(random.random(PERSONS) < RETURN)
    slow = change < CHANGE
    rates = rate * np.where(slow, 1.5, 0.5) if selective else np.full(PERSONS, rate)
    end = np.vstack([misremembered(random, start[back], rates[back]), codes(random, NEW)])
    who = np.concatenate([back, np.full(NEW, -1)])
    _, new_post, _ = answers(random, NEW)
    answered = np.concatenate([post[back], new_post])
    at_start, at_end = unique(start), unique(end)
    known = {code: i for i, code in at_start.items()}
    exact = {j: known[code] for j, code in at_end.items() if code in known}
    free_end = {j: code for j, code in at_end.items() if j not in exact}
    free_start = {i: code for i, code in at_start.items() if i not in set(exact.values())}
    near = near_links.links(free_end, free_start)
    false = sum(who[j] != i for j, i in near.items())
    chance = near_links.one_apart(list(at_start.values()))
    guess = near_links.expected_false(len(near), len(free_end), len(free_start), chance)
    found = {"exact": len(exact), "near": len(near), "false": false, "expected": guess, "returned": len(back)}
    found["false_exact"] = sum(who[j] != i for j, i in exact.items())
    for name, pairs in (("without", exact), ("with", exact | near)):
        d = np.array([[pre[i], answered[j]] for j, i in pairs.items()])
        estimate = paired_t(len(d), *d.sum(0), *(d * d).sum(0), (d[:, 0] * d[:, 1]).sum())
        found[f"{name}_mean"] = estimate.change.estimate
        found[f"{name}_lower"], found[f"{name}_upper"] = estimate.change.lower, estimate.change.upper
    return found


def truth(random: np.random.Generator) -> float:
    pre, post, _ = answers(random, 2_000_000)
    return float((post - pre).mean())


def main(replications: int) -> None:
    random = np.random.default_rng(SEED)
    true = truth(random)
    print(f"{replications} replications; true mean change {true:.3f}")
    print("misremembering | rate | returned | exact | near | gained % | false | estimated | coverage without | with")
    for selective in (False, True):
        for rate in RATES:
            runs = [once(random, rate, selective) for _ in range(replications)]
            mean = {name: float(np.mean([run[name] for run in runs])) for name in runs[0]}
            held = {
                name: np.mean([run[f"{name}_lower"] <= true <= run[f"{name}_upper"] for run in runs])
                for name in ("without", "with")
            }
            print(
                f"| {'of slower change' if selective else 'independent'} | {rate:.0%} | {mean['returned']:.0f} "
                f"| {mean['exact']:.0f} | {mean['near']:.1f} | {100 * mean['near'] / mean['exact']:.0f} "
                f"| {mean['false']:.2f} | {mean['expected']:.2f} | {held['without']:.3f} | {held['with']:.3f} "
                f"| bias {mean['without_mean'] - true:+.2f} | {mean['with_mean'] - true:+.2f} |"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
