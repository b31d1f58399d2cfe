"""Whether the next term keeps what `evaltools plan` promises.

Made-up projects: of the pairs of a first term (60 to 300) a share of .3 to .7 changes, more for the better by the net
change that is to be found (.1 to .2), in one to four primary questions; .3 to .8 answer both surveys. The next term
asks as many as planned. ``pairs`` is how often as many answered as needed, where more were needed; ``found`` how often
a question was found at its share of the level by just as many pairs as needed, and ``width`` how often its interval was
at most as wide as promised; ``as planned`` how often it was found by all who answered, the questions judged together
(Holm): more often, as the question that needs most decides how many are asked, and with an assurance.

``target``: a follow-up of 60 to 400 persons, and as many asked next; as many answer as planned, and the bounds decide a
target of .15 to .9. ``comparison``: two groups whose rates differ by what the plan says that they show.

    python benchmarks/plan_terms.py [terms]
"""

from __future__ import annotations

import sys

import numpy as np

from evaltools.statistics import multiplicity, net_change, planning, power, proportions

SEED = 25
PROMISED = {"pairs": 0.9, "found": 0.8, "as planned": 0.8, "width": 0.9, "target": 0.9, "comparison": 0.8}


def questions(random: np.random.Generator) -> dict[str, list[bool]]:
    """A term and the next: whether there were pairs enough, and each question was found; with just as many pairs as
    needed whether it was found at its share of the level, and its interval was narrow."""
    family, change = int(random.integers(1, 5)), float(random.uniform(0.1, 0.2))
    shares, rate = random.uniform(0.3, 0.7, family), float(random.uniform(0.3, 0.8))
    asked = int(random.integers(150, 500))
    both = int(random.binomial(asked, rate))
    chances = [((q + change) / 2, 1 - q, (q - change) / 2) for q in shares]
    first = [random.multinomial(both, chance) for chance in chances]
    level = net_change.LEVEL / family
    needed = [planning.pairs_to_find(change, int(each[0] + each[2]), both, alpha=level) for each in first]
    invited = planning.invitations(max(max(needed) - both, 0), both, asked) or 0
    more = int(random.binomial(invited, rate))
    whole = [a + random.multinomial(more, chance) for a, chance in zip(first, chances, strict=True)]
    adjusted = multiplicity.adjust([net_change.net_change(*map(int, each)).p for each in whole], "holm")
    found: dict[str, list[bool]] = {"found": [], "width": [], "as planned": [p <= net_change.LEVEL for p in adjusted]}
    found["pairs"] = [both + more >= max(needed)] if invited else []
    for each, chance, n in zip(first, chances, needed, strict=True):
        just = net_change.net_change(*map(int, random.multinomial(n, chance)))
        width = planning.width(n, int(each[0] + each[2]), both)
        found["found"].append(just.p <= level)
        found["width"].append(just.estimate.upper - just.estimate.lower <= width + 1e-9)
    return found


def target(random: np.random.Generator) -> list[bool]:
    """Whether as many answers as planned decided a target; nothing where none could."""
    rate, wanted = random.uniform(0.3, 0.8), float(random.uniform(0.15, 0.9))
    asked, next_asked = (int(n) for n in random.integers(60, 401, 2))
    answered = int(random.binomial(asked, random.uniform(0.6, 0.95)))
    count = int(random.binomial(answered, rate))
    needed = planning.answers_to_decide(wanted, count, answered, asked - answered, next_asked)
    if not needed:  # none can, or all is decided
        return []
    count += int(random.binomial(needed, rate))
    everyone, silent = asked + next_asked, asked - answered + next_asked - needed
    return [count >= wanted * everyone - 1e-9 or count + silent < wanted * everyone - 1e-9]


def comparison(random: np.random.Generator) -> list[bool]:
    """Whether a difference that the plan says is shown was found."""
    ours, theirs = (int(n) for n in random.integers(60, 500, 2))
    difference = power.minimum_detectable_difference_of_rates(ours, theirs, 0.5).estimate
    assert difference is not None
    x, y = random.binomial(ours, 0.5), random.binomial(theirs, 0.5 + difference)
    p = proportions.difference_test(int(y), theirs, int(x), ours).p
    return [p is not None and p <= net_change.LEVEL]


def main(terms: int = 500) -> None:
    random = np.random.default_rng(SEED)
    kept: dict[str, list[bool]] = {what: [] for what in PROMISED}
    for _ in range(terms):
        found = questions(random) | {"target": target(random), "comparison": comparison(random)}
        for what, held in found.items():
            kept[what] += held
    print(f"{terms} next terms; standard error at .8: {np.sqrt(0.8 * 0.2 / terms):.3f}")
    print("| promise | at | kept | of |")
    print("| --- | --- | --- | --- |")
    for what, promised in PROMISED.items():
        print(f"| {what} | {promised} | {np.mean(kept[what]):.3f} | {len(kept[what])} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
