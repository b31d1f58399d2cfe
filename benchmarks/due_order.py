"""Whether asking in the order of ``evaltools due`` narrows the bounds faster than asking at random.

Made-up projects: 150 to 600 persons whose turn has come, in a total, two to five target groups that overlap, of 3 to
40 % of the persons each, and three breakdowns of two to seven groups. Half of them have answered. The silent are asked
one after another, in the order and at random; whoever is asked answers with a probability of .4 (``alike``), or less
the smaller the smallest group is that they are in, in the first asking, too (``shy``: by half where it is hardly
anybody, as the others from a fifth of the persons on).

What is looked at is the mean width of the bounds of all groups of five persons or more. Both orders end at the same
width; ``gain`` is by how much lower the width is on average over the asking, as a share of the whole way, and ``half``
how many must be asked to come half of the way, as a share of the silent.

    python benchmarks/due_order.py [projects]
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from evaltools.fieldwork import order

FEWEST = 5
ANSWERS = 0.4
SEED = 25


def project(random: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Who is in which group, and the share of persons in the smallest group that each is in."""
    n = int(random.integers(150, 601))
    people = np.array([f"p{i}" for i in range(n)])
    parts = [pd.DataFrame({"person": people, "by": "total", "group": "total"})]
    for group in range(int(random.integers(2, 6))):
        inside = people[random.random(n) < random.uniform(0.03, 0.4)]
        parts.append(pd.DataFrame({"person": inside, "by": "target_group", "group": str(group)}))
    for by in range(3):
        shares = random.dirichlet(np.full(int(random.integers(2, 8)), 2.0))
        drawn = random.choice(len(shares), size=n, p=shares).astype(str)
        parts.append(pd.DataFrame({"person": people, "by": f"b{by}", "group": drawn}))
    members = pd.concat(parts, ignore_index=True)
    smallest = members.groupby(["by", "group"])["person"].transform("size").groupby(members["person"]).min()
    return members, (smallest.reindex(people) / n).to_numpy()


def mean_width(members: pd.DataFrame, asked: set[str], answered: set[str], fewest: int) -> float:
    """The mean width of the bounds of all groups (a share, 0 to 1), those of fewer than ``fewest`` asked left out."""
    here = members[members["person"].isin(asked)].drop_duplicates(["person", "by", "group"])
    silent = (~here["person"].isin(answered)).groupby([here["by"], here["group"]]).agg(["mean", "size"])
    widths = silent.loc[silent["size"] >= fewest, "mean"]
    return float(widths.mean()) if len(widths) else 0.0


def widths(members: pd.DataFrame, asked: list[str], answers: dict[str, bool], silent: set[str]) -> np.ndarray:
    """The mean width of the bounds after each asking; by sums, as every answer narrows it by what it is worth."""
    everyone = set(members["person"])
    worth = order.narrowing(members, members["person"], FEWEST)
    first = mean_width(members, everyone, everyone - silent, FEWEST)
    steps = [worth.get(person, 0.0) if answers[person] else 0.0 for person in asked]
    return first - np.concatenate([[0.0], np.cumsum(steps)])


def compare(random: np.random.Generator, shy: bool) -> tuple[float, float, float]:
    """Gain, and how many are asked until half of the way, in the order and at random (as shares of the silent)."""
    members, smallest = project(random)
    people = list(dict.fromkeys(members["person"]))
    willing = ANSWERS * (np.minimum(1.0, 0.5 + smallest / 0.4) if shy else np.ones(len(people)))
    silent = [p for p, r in zip(people, random.random(len(people)) < willing * 0.5 / ANSWERS, strict=True) if not r]
    answers = dict(zip(people, random.random(len(people)) < willing, strict=True))
    worth = order.narrowing(members, members["person"], FEWEST)
    in_order = sorted(silent, key=lambda person: -worth.get(person, 0.0))
    at_random = list(random.permutation(silent))
    ours, theirs = (widths(members, asked, answers, set(silent)) for asked in (in_order, at_random))
    assert abs(ours[-1] - theirs[-1]) < 1e-9
    whole = ours[0] - ours[-1]
    half = [int(np.argmax(found <= ours[0] - whole / 2)) / len(silent) for found in (ours, theirs)]
    return float((theirs - ours).mean() / whole), half[0], half[1]


def main(projects: int = 500) -> None:
    print(f"{projects} projects; gain: mean and 5th percentile; better: share of projects with gain above 0")
    print("| answers | gain | 5 % | better | half, in order | half, at random |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, shy in (("alike", False), ("shy", True)):
        random = np.random.default_rng(SEED)
        found = np.array([compare(random, shy) for _ in range(projects)])
        gain = found[:, 0]
        numbers = (gain.mean(), np.quantile(gain, 0.05), (gain > 0).mean(), found[:, 1].mean(), found[:, 2].mean())
        print(f"| {name} | " + " | ".join(f"{number:.3f}" for number in numbers) + " |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
