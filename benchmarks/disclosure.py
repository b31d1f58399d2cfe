"""Random populations, published by four terms, against an attacker with integer programmes.

    python benchmarks/disclosure.py [populations] [first seed] [processes]

Persons live in 19 regions of 5 areas, are of 6 ages and 3 genders and start in one of four terms. After each term a
report publishes every one-way and two-way table, of each term so far and of all together, protected as the programme
protects them. The attacker holds all published values of all reports so far, knows that tables add up, that counts are
whole and not negative, and that the tables are margins of one table of region by age by gender.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import numpy as np

from evaltools.counts.breakdowns import ALL
from evaltools.disclosure import audit, policy, prior_knowledge
from evaltools.disclosure.cells import Cell, Relation
from evaltools.disclosure.release_log import Published
from evaltools.study.evaluation_model import Disclosure

REGIONS, AGES, GENDERS, TERMS = 19, 6, 3, 4
AREA = np.arange(REGIONS) * 5 // REGIONS
SETTINGS = Disclosure()
SECONDS = 60.0
CHECKED = 1  # small counts of each first report whose bounds are also sought without its values as a start


class Result(NamedTuple):
    """What one population gave: cells attacked, findings by kind, errors of rounding, seconds, bounds of some cells."""

    attacked: int
    kinds: Counter[str]
    errors: list[int]
    protecting: float
    attacking: float
    bounds: list[tuple[int | None, int | None]]


def population(rng: np.random.Generator) -> np.ndarray:
    """Counts by term, region, age and gender of 100 to 2,000 persons, unevenly spread."""
    persons = int(rng.integers(100, 2001))
    shares = [rng.dirichlet(np.full(size, spread)) for size, spread in ((REGIONS, 0.8), (AGES, 2.0), (GENDERS, 1.0))]
    of_terms = rng.dirichlet(np.full(TERMS, 3.0))
    joint = np.einsum("t,r,a,g->trag", of_terms, *shares)
    return rng.multinomial(persons, joint.ravel()).reshape(joint.shape)


AXES = ("region", "age_group", "gender")


def tables(counts: np.ndarray) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Every table of up to two breakdowns, the areas as a breakdown of their own: (breakdowns, counts)."""
    by_area = np.zeros((AREA.max() + 1, *counts.shape[1:]), dtype=counts.dtype)
    np.add.at(by_area, AREA, counts)
    for whole, axes in ((counts, AXES), (by_area, ("area", *AXES[1:]))):
        for size in range(3):
            for kept in itertools.combinations(range(3), size):
                if whole is counts or 0 in kept:
                    summed = tuple(axis for axis in range(3) if axis not in kept)
                    yield tuple(axes[i] for i in kept), whole.sum(axis=summed)


def cell(scope: str, axes: tuple[str, ...], place: tuple[int, ...]) -> Cell:
    """The cell of a table; inner cells of all three breakdowns are put together in one name."""
    if len(axes) == 3:
        return Cell("persons", scope, "inner", "inner", "inner", "-".join(map(str, place)))
    named = [word for axis, i in zip(axes, place, strict=True) for word in (axis, f"{i:02d}")]
    return Cell("persons", scope, *named)


def published(counts: np.ndarray, terms: int) -> tuple[dict[Cell, int], list[Relation], list[Cell]]:
    """The cells of the report after so many terms, what holds between them, and the inner cells nobody publishes."""
    scopes = {ALL: counts[:terms].sum(axis=0)}
    if terms > 1:
        scopes |= {f"T{term + 1}": counts[term] for term in range(terms)}
    cells: dict[Cell, int] = {}
    relations: list[Relation] = []
    inner: dict[Cell, int] = {}
    for scope, whole in scopes.items():
        here = {cell(scope, axes, place): int(n) for axes, table in tables(whole) for place, n in np.ndenumerate(table)}
        cells |= here
        if scope == ALL and terms > 1:
            continue
        inner |= {cell(scope, AXES, place): int(n) for place, n in np.ndenumerate(whole)}
        relations += margins(scope)
    for whole in [c for c in cells if c.scope == ALL and terms > 1]:
        parts = ((whole._replace(scope=scope), -1) for scope in scopes if scope != ALL)
        relations.append(Relation(((whole, 1), *parts), True))
    return cells | inner, relations + between(cells), list(inner)


def margins(scope: str) -> list[Relation]:
    """Every published cell of a scope is a sum of inner cells."""
    places = list(np.ndindex(REGIONS, AGES, GENDERS))
    parts: dict[Cell, list[tuple[Cell, int]]] = {}
    for region, age, gender in places:
        inner = (cell(scope, AXES, (region, age, gender)), -1)
        for first, at in (("region", region), ("area", int(AREA[region]))):
            of = {first: at, "age_group": age, "gender": gender}
            for size in range(3):
                for axes in itertools.combinations(of, size):
                    if first == "region" or first in axes:
                        parts.setdefault(cell(scope, axes, tuple(of[a] for a in axes)), []).append(inner)
    return [Relation(((whole, 1), *inners), True) for whole, inners in parts.items()]


def between(cells: dict[Cell, int]) -> list[Relation]:
    """What holds between published cells: each table adds up to those with one breakdown less, regions to areas."""
    found: dict[tuple[Cell, str], list[tuple[Cell, int]]] = {}
    for part in cells:
        if part.by == "total":
            continue
        if part.by2:
            found.setdefault((Cell("persons", part.scope, part.by, part.group), part.by2), []).append((part, -1))
            found.setdefault((Cell("persons", part.scope, part.by2, part.group2), part.by), []).append((part, -1))
        else:
            found.setdefault((Cell("persons", part.scope), part.by), []).append((part, -1))
        if part.by == "region":
            area = part._replace(by="area", group=f"{AREA[int(part.group)]:02d}")
            found.setdefault((area, "regions"), []).append((part, -1))
    return [Relation(((whole, 1), *parts), True) for (whole, _), parts in found.items()]


def one(seed: int, settings: Disclosure = SETTINGS, protected: bool = True, terms: int = TERMS) -> Result:
    """Publish one population term by term and attack everything published so far after each."""
    rng = np.random.default_rng(seed)
    counts = population(rng)
    earlier: list[Published] = []
    total, kinds, errors, times, bounds = 0, Counter(), [], [0.0, 0.0], []
    for reached in range(1, terms + 1):
        truth, relations, inner = published(counts, reached)
        term = f"T{reached}"
        start = time.perf_counter()
        values, within = released(truth, relations, settings, earlier, term, inner, protected)
        times[0] += time.perf_counter() - start
        now = Published(term, within, {c: v for c, v in values.items() if c not in set(inner)})
        start = time.perf_counter()
        known = prior_knowledge.known_cells(truth, relations, now, earlier)
        kinds.update(found.kind for found in audit.attack(known, settings.minimum, SECONDS))
        times[1] += time.perf_counter() - start
        total += audit.attacked(known)
        errors += [abs(now.cells[c] - truth[c]) for c in now.cells]
        earlier.append(now)
        if reached == 1 and protected:
            small = [c for c in now.cells if 1 <= truth[c] < settings.minimum]
            chosen = rng.choice(len(small), min(CHECKED, len(small)), replace=False)
            bounds += [audit.bounds(known, small[i], SECONDS) for i in chosen]
    return Result(total, kinds, errors, *times, bounds)


def released(truth, relations, settings, earlier, term, inner, protected) -> tuple[dict[Cell, int], int]:
    """What is published, and how far from the truth it can be; unprotected, each count is rounded by itself."""
    if protected:
        values = policy.protected_cells(truth, relations, settings, earlier, term, inner)
        return values, policy.step(settings) - 1
    return {
        c: (2 * n + settings.base) // (2 * settings.base) * settings.base for c, n in truth.items()
    }, settings.base // 2


def main(populations: int, first: int, processes: int) -> int:
    """Attack so many populations and print what came of it; 1 where a small count was found."""
    results = []
    with ProcessPoolExecutor(processes) as pool:
        for result in pool.map(one, range(first, first + populations)):
            results.append(result)
            print(f"\r{len(results)} of {populations}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    kinds = sum((r.kinds for r in results), Counter())
    errors = np.concatenate([r.errors for r in results])
    bounds = [b for r in results for b in r.bounds]
    narrow = sum(None in b or (b[0] >= 1 and b[1] < SETTINGS.minimum) for b in bounds)
    print(f"populations {populations}, reports {populations * TERMS}, counts and rests attacked", end=" ")
    print(sum(r.attacked for r in results))
    print(f"known exactly in 1..{SETTINGS.minimum - 1}: {kinds['exact']}; known to lie there: {kinds['within']}")
    print(f"not decided in time: {kinds['timeout']}; contradictions: {kinds['contradiction']}")
    print(f"bounds of small counts sought by integer programmes alone: {len(bounds)}, narrow or not decided: {narrow}")
    print(f"rounding error: mean {errors.mean():.3f}, greatest {errors.max()}, beyond the next multiple", end=" ")
    print(int((errors >= policy.step(SETTINGS)).sum()))
    for what, seconds in (
        ("protecting", [r.protecting for r in results]),
        ("attacking", [r.attacking for r in results]),
    ):
        print(f"seconds a population, {what}: median {statistics.median(seconds):.2f}, greatest {max(seconds):.2f}")
    return int(bool(sum(kinds.values()) or narrow))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]] + [1000, 0, os.cpu_count() or 1][len(sys.argv) - 1 :]
    sys.exit(main(*numbers))
