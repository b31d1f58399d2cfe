"""What `evaltools watch` finds in terms that something is wrong with, and flags in terms that nothing is.

Made-up surveys of twelve questions on a scale of five, of which a quarter is turned, in two terms of 30 to 300 persons.
Answers come from two traits and a habit: how far a person goes to the ends of a scale differs (sd of its logarithm .2),
which the check does not know of. Times are lognormal (sd of the logarithm .45); one person in 25 leaves gaps.

In terms with faults 5 % of persons hurry (an eighth of the usual time, give or take), 5 % give one answer throughout,
which any is, 4 % answer just as another did, two questions of twelve have moved by half a standard deviation, a third
is left blank by every fifth person, and of the 10 % who answer a second time, in clean terms too, all but every tenth
answer alike, three of four agree a point more to a fourth question. ``found`` is the share of those that are flagged,
``false`` the flags of others a term; in clean terms ``any`` is the share of terms in which the check flags anything: at
most .05 is promised.

    python benchmarks/watch_terms.py [terms]
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from evaltools.fieldwork import watch
from evaltools.study import loader
from evaltools.study.model import Study

QUESTIONS = 12
MOVED, BLANK, UNSURE = ("q0", "q1"), "q2", "q3"
SEED = 25
DAY = dt.date(2024, 12, 31)
CHECKS = ("pace", "straight", "copied", "blank", "blank_more", "moved", "again", "again_moved")
STUDY = """
sources = [{ table = "end_survey", name = "Survey", file = "s.csv", columns = { person = "id", seconds = "s" } }]
study = { name = "S", title = "S", organisation = "S", funder = "S", start = 2023-01-01, end = 2024-12-31 }
terms = [
    { id = "T1", name = "T1", start = 2023-01-01, end = 2023-12-31 },
    { id = "T2", name = "T2", start = 2024-01-01, end = 2024-12-31 },
]
"""


def study() -> Study:
    items = "".join(f'[[survey.items]]\nid = "q{j}"\ntext = "Q{j}"\nheading = "q{j}"\n' for j in range(QUESTIONS))
    with tempfile.TemporaryDirectory() as folder:
        return loader.read(Path(folder), STUDY + items)


def answers(random: np.random.Generator, n: int, moved: float = 0.0) -> np.ndarray:
    """Answers of n careful persons, 1 to 5; the first questions moved by so many standard deviations."""
    load, sign = random.uniform(0.4, 0.8, QUESTIONS), np.where(np.arange(QUESTIONS) % 4 == 3, -1, 1)
    trait, habit = random.standard_normal((2, n, 1))
    own = random.standard_normal((n, QUESTIONS)) * np.sqrt(1 - load**2)
    latent = (load * sign * trait + 0.3 * habit + own) * np.exp(0.2 * random.standard_normal((n, 1)))
    latent[:, : len(MOVED)] += moved
    return np.digitize(latent, [-1.5, -0.6, 0.2, 1.2]) + 1.0


def frame(random: np.random.Generator, term: str, n: int, moved: float = 0.0) -> pd.DataFrame:
    given = answers(random, n, moved)
    given[(random.random(n) < 0.04)[:, None] & (random.random(given.shape) < 0.3)] = np.nan
    made = pd.DataFrame(given, columns=[f"q{j}" for j in range(QUESTIONS)])
    made = made.assign(person=[f"{term}-{i}" for i in range(n)], term=term, file=f"{term}.csv", line=np.arange(n) + 2)
    return made.assign(seconds=np.exp(random.normal(5.7, 0.45, n)))


def spoilt(random: np.random.Generator, now: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, set]]:
    """The term with faults, and who or what they are, by check."""
    n, columns = len(now), [f"q{j}" for j in range(QUESTIONS)]
    hasty, straight, copies, others, twice = np.split(
        random.permutation(n), np.cumsum([max(1, round(s * n)) for s in (0.05, 0.05, 0.04, 0.04)])
    )
    twice = twice[: max(1, n // 10)]
    now = now.copy()
    now.loc[hasty, "seconds"] = np.exp(random.normal(5.7 - np.log(8), 0.25, len(hasty)))
    now.loc[random.random(n) < 0.2, BLANK] = np.nan
    now.loc[straight, columns] = np.repeat(random.integers(1, 6, (len(straight), 1)), QUESTIONS, axis=1).astype(float)
    now.loc[copies, columns] = now.loc[others, columns].to_numpy()
    again = second(random, now.loc[twice], n)
    changed = again.index[random.random(len(again)) < 0.75]
    again.loc[changed, UNSURE] = np.minimum(again.loc[changed, UNSURE] + 1, 5)
    persons = now["person"]
    planted = {"pace": set(persons[hasty]), "straight": set(persons[straight])}
    planted |= {"copied": set(persons[copies]), "moved": set(MOVED), "blank": {BLANK}, "blank_more": {BLANK}}
    planted |= {"again": {UNSURE}, "again_moved": {UNSURE}}
    return pd.concat([now, again], ignore_index=True), planted


def second(random: np.random.Generator, rows: pd.DataFrame, n: int) -> pd.DataFrame:
    """The second answers of some persons, every tenth another one, as rows below the n others."""
    columns = [f"q{j}" for j in range(QUESTIONS)]
    again = rows.assign(line=rows["line"] + n)
    other = random.random((len(rows), QUESTIONS)) < 0.1
    again[columns] = np.where(other, random.integers(1, 6, other.shape).astype(float), again[columns])
    return again


def seen(of: Study, now: pd.DataFrame, before: pd.DataFrame) -> watch.Watch:
    raw = pd.concat([before, now], ignore_index=True)
    unsaid = {f"q{j}:cannot_say": False for j in range(QUESTIONS)}
    return watch.of(of, {"end_survey": raw.assign(**unsaid)}, {}, of.term("T2"), DAY)


def flagged(found: watch.Watch, check: str) -> list[set]:
    """Whom, or what, each flag of a check is of; of a copy both."""
    faults = [fault for fault in found.faults if fault.check == check]
    return [{fault.item} if fault.item else {person for person, *_ in fault.rows} for fault in faults]


def main(terms: int = 200) -> None:
    of, random = study(), np.random.default_rng(SEED)
    found, planted, false, clean, took = Counter(), Counter(), Counter(), Counter(), 0.0
    for _ in range(terms):
        n, earlier = random.integers(30, 301, 2)
        before = frame(random, "T1", int(earlier))
        calm = frame(random, "T2", int(n))
        quiet = seen(of, pd.concat([calm, second(random, calm.iloc[: n // 10], n)], ignore_index=True), before)
        clean.update(check for check in CHECKS if flagged(quiet, check))
        now, wrong = spoilt(random, frame(random, "T2", int(n), 0.5))
        loud = seen(of, now, before)
        for check in CHECKS:
            flags, there = flagged(loud, check), wrong.get(check, set())
            found[check] += len(there & set().union(*flags))
            planted[check] += len(there)
            false[check] += sum(not flag & there for flag in flags)
    many = [frame(random, term, 1000) for term in ("T1", "T2")]
    start = time.process_time()
    seen(of, many[1], many[0])
    took = time.process_time() - start
    print(f"{terms} terms with faults, {terms} without; 1,000 rows after 1,000: {took:.2f} s of processor time")
    print("| check | found | false | any, clean |")
    print("| --- | --- | --- | --- |")
    for check in CHECKS:
        share = f"{found[check] / planted[check]:.3f}" if planted[check] else "–"
        print(f"| {check} | {share} | {false[check] / terms:.3f} | {clean[check] / terms:.3f} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
