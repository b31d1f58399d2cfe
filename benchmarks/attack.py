"""An attacker on the files of public releases: random studies, released term by term, against linear programmes.

    python benchmarks/attack.py [studies] [first seed] [--to FILE.jsonl]     (install highspy: a tenth of the time)

Each study is written as exports and released in a series of two to five: the next term, the same term again, a person
registered late, a row corrected, a group added, limits moved, another base. A release that the gate refuses is not
published. The attacker reads the result rows of every release, and those that its final report compares with, and
knows how a register is built: each person is of one of 96 types (gender, age group, education, training need,
region), started in one term, stands somewhere in her studies,
in the surveys and in the follow-up. All that is printed is a sum over such types, so that every relation between two
numbers is known, whether or not the programme has declared it. How far a number can be from the truth is taken from its
row.

A count of 1 to 4 (or what a part leaves of its whole, or what came between two releases) is found where no division
of the persons over the types that fits all files puts it at 0 or below, or at 5 or above. Of the gate's code nothing
is used here. With ``--to`` each study is a line of a file, and studies that stand there are not run again.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

try:
    import highspy
except ImportError:
    highspy = None

sys.path.insert(0, str(Path(__file__).parent))
import random_studies
from random_studies import EDUCATIONS, ITEMS, REGIONS, ROLE_OF, Person, RandomStudy

from evaltools import session
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.errors import EvaltoolsError
from evaltools.pipeline import publication
from evaltools.workspace import Workspace

FEW = 30  # counts that are still open, from which each is sought by itself
SMALL = 5  # counts of 1 to one less are what is looked for
SECONDS = 300.0  # for one programme
CLOSE = 1e-6
EVENTS = ("next", "next", "next", "again", "late", "corrected", "group", "limit", "base")


# --- releases ------------------------------------------------------------------------------------------------------


class Release(NamedTuple):
    """What one release printed, and of which study it was made: the term reached, and the persons as they were."""

    study: RandomStudy
    reached: int
    event: str
    rows: pd.DataFrame


def series(seed: int, folder: Path, protect: bool = True) -> tuple[list[Release], Counter[str], float]:
    """The releases of one study, those that the gate refused (by event), and the seconds of the gate.

    With ``protect`` false numbers are printed as they are.
    """
    rng = np.random.default_rng([seed, 1])
    study = random_studies.draw(seed)
    if not protect:
        study = replace(study, settings={"method": "none", "reason": "none"})
    elif rng.random() < 0.1 and len(study.persons) < 120:
        study = replace(study, settings={"method": "suppression"})
    workspace = folder / "workspace"
    workspace.mkdir(parents=True)
    made: list[Release] = []
    refused: Counter[str] = Counter()
    reached, gate = int(rng.integers(0, max(1, study.terms - 1))), 0.0
    for number in range(int(rng.integers(2, 6))):
        event = str(rng.choice(EVENTS)) if number else "first"
        if event != "again" and reached + (number > 0) < study.terms and event not in ("late", "corrected"):
            reached += number > 0
        changed = _happens(study, event, reached, rng)
        place = folder / f"{number}" / "data" / "random"
        random_studies.write(changed, place, reached)
        started = time.perf_counter()
        try:
            rows, before = release(place, f"T{reached + 1}", workspace, protect)
        except EvaltoolsError as error:
            refused[f"{event}: {type(error).__name__}"] += 1
            gate = max(gate, time.perf_counter() - started)
            study = changed if event in ("late", "corrected") else study
            continue
        gate = max(gate, time.perf_counter() - started)
        study = changed
        if before is not None and not any(r.reached == reached - 1 and r.study == study for r in made):
            made.append(Release(study, reached - 1, event, before))
            event = "next"
        made.append(Release(study, reached, event, rows))
    return made, refused, gate


def _happens(study: RandomStudy, event: str, reached: int, rng: np.random.Generator) -> RandomStudy:
    """What changes before a release."""
    persons = list(study.persons)
    match event:
        case "late":
            term = int(rng.integers(0, reached + 1))
            born = persons[int(rng.integers(len(persons)))]
            persons.append(replace(born, id=f"late{len(persons)}", term=term, left=-1, asked=-1, end=None))
        case "corrected":
            at = int(rng.integers(len(persons)))
            persons[at] = replace(persons[at], gender="m" if persons[at].gender == "f" else "f")
        case "group":
            free = sorted(set(random_studies.GROUPS) - set(study.groups))
            return replace(study, groups=tuple(sorted((*study.groups, *free[:1]))))
        case "limit":
            return replace(study, limit=study.limit + int(rng.choice([1, 5])))
        case "base" if study.settings.get("method") is None:
            return replace(study, settings={"base": 3})
        case _:
            pass
    return study.with_persons(persons)


def release(place: Path, term: str, workspace: Path, protect: bool) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The result rows that a public release prints, once the gate has let it pass and the ledger holds it.

    With those of the term before as they are now, of which its final report prints some; None for the first term.
    """
    opened = session.open_study(place)
    read = opened.term(term, "en", "public" if protect else "internal")
    asked = session.OpenTerm(read.study, read.term, "en", read.edition, Workspace(workspace))
    if protect:
        now = publication.decided(asked, asked.exact).published
        made = asked.results
        asked.workspace.publish([*asked.earlier, now])
    else:
        made = asked.results
    (workspace / "refused.json").unlink(missing_ok=True)
    return made, asked.previous.stage_results() if asked.previous else None


# --- what the attacker knows of a register ---------------------------------------------------------------------------

GENDER, AGE, NEEDS = ("f", "m"), ("under", "over"), ("false", "true")
LEVELS = (*EDUCATIONS, ":unknown")
TYPES = [(g, a, e, n, r) for g in GENDER for a in AGE for e in LEVELS for n in NEEDS for r in REGIONS]
STATES = ("completed", "dropped", "ongoing", "unknown")
SURVEYED = ("both", "start_only", "end_only", "neither", "started", "not_asked")
PLACES = ("employed", "employed_student", "student", "unemployed", "other", "silent")
COUNTED = PLACEMENT_MEASURES | {"answered": PLACES[:5], "invited": PLACES}
SCALE, OF_SCALE = "s", ("q3", "q4")  # whoever has all four answers has a sum
MOVED = ("improved", "same", "worse")
ANY = ":any"
TOTAL = ("total", "total")
STEPS = {
    "start": ("both", "start_only", "started"),
    "end": ("both", "end_only"),
    "both": ("both",),
    "asked_at_end": SURVEYED[:4],
}


def belongs(kind: Sequence[str], by: str, group: str, groups: Sequence[str]) -> bool:
    """Whether persons of a type are in a group."""
    gender, age, education, needs, region = kind
    match by:
        case "total":
            return True
        case "arm":
            return group == "treat"
        case "target_group" if group in random_studies.GROUPS:
            return {
                "low": education == "basic",
                "young": age == "under",
                "needing": needs == "true",
                "men_low": gender == "m" and education == "basic",
                "in_south": region == "r1",
            }[group]
        case "target_group":
            return any(belongs(kind, by, each, groups) for each in groups)
    return {"gender": gender, "age_group": age, "education": education, "needs": needs, "region": region}[by] == group


Sum = dict[int, float]  # places of unknowns with their factors


class Subtotals:
    """Unknowns that are sums of others, each named once: rows of a few of them in place of rows of hundreds of persons'
    types, which a solver takes ten times as long for."""

    def __init__(self, truth: np.ndarray):
        self.truth = truth.tolist()
        self.summed: dict[int, Sum] = {}  # by the place of the sum
        self._known: dict[tuple[object, bytes], np.ndarray] = {}

    def over(self, block: np.ndarray) -> np.ndarray:
        """Places of the sums over the first axis."""
        if len(block) == 1:
            return np.asarray(block[0])
        key = block.shape, block.tobytes()
        if key not in self._known:
            parts = block.reshape(len(block), math.prod(block.shape[1:]))
            self._known[key] = np.array([self._add(column) for column in parts.T.tolist()]).reshape(block.shape[1:])
        return self._known[key]

    def _add(self, parts: list[int]) -> int:
        at = len(self.truth)
        self.truth.append(sum(self.truth[part] for part in parts))
        self.summed[at] = dict.fromkeys(parts, 1.0)
        return at

    def value(self, counted: Sum) -> int:
        """What a sum is in fact."""
        return round(sum(factor * self.truth[place] for place, factor in counted.items()))


class Unknowns:
    """The unknown numbers of one release, as places in one long vector, and sums of them by what they mean."""

    def __init__(self, release: Release, first: int):
        self.release, self.groups = release, release.study.groups
        self.terms, self.first = release.reached + 1, first
        self.values = sorted(ITEMS)
        counts = release.rows[(release.rows["kind"] == "count") & release.rows["possible_upper"].notna()]
        # how far counts are said to be off: more than 4 where no rounding next to them fits what was released before
        self.within = float((counts["possible_upper"] - counts["count"]).max()) if len(counts) else SMALL - 1.0
        at, t, n = first, self.terms, len(TYPES)
        self.state = np.arange(at, at + n * t * 4).reshape(n, t, 4)
        at += n * t * 4
        self.survey = np.arange(at, at + n * 6).reshape(n, 6)
        at += n * 6
        self.place = np.arange(at, at + n * t * 6).reshape(n, t, 6)
        at += n * t * 6
        self.control = np.arange(at, at + 6)
        at += 6
        self.item: dict[str, np.ndarray] = {}
        for item in self.values:
            size = ITEMS[item] + 3  # answers, left out, not in this survey
            self.item[item] = np.arange(at, at + size * size).reshape(size, size)
            at += size * size
        self.scale = np.arange(at, at + len(MOVED))
        self.last = at + len(MOVED)
        self.subtotals: Subtotals

    def kinds(self, *places: tuple[str, str]) -> np.ndarray:
        return np.array([all(belongs(kind, by, group, self.groups) for by, group in places) for kind in TYPES])

    def persons(self, scope: str, *places: tuple[str, str], states: Sequence[str] = STATES) -> Sum:
        at = self.subtotals.over(self.state[self.kinds(*places)])
        at = at[self._terms(scope)][:, [STATES.index(s) for s in states]]
        return dict.fromkeys(at.ravel().tolist(), 1.0)

    def surveyed(self, place: tuple[str, str], *steps: str) -> Sum:
        at = self.subtotals.over(self.survey[self.kinds(place)])[[SURVEYED.index(step) for step in steps]]
        return dict.fromkeys(at.ravel().tolist(), 1.0)

    def placed(self, scope: str, place: tuple[str, str], measure: str) -> Sum:
        if place == ("arm", "control"):
            return dict.fromkeys(self.control[[PLACES.index(p) for p in COUNTED[measure]]].tolist(), 1.0)
        at = self.subtotals.over(self.place[self.kinds(place)])
        at = at[self._terms(scope)][:, [PLACES.index(p) for p in COUNTED[measure]]]
        return dict.fromkeys(at.ravel().tolist(), 1.0)

    def answered(self, item: str, measure: str) -> Sum:
        if item == SCALE:
            chosen_ways = [place for place, way in enumerate(MOVED) if measure in ("paired", way)]
            return dict.fromkeys(self.scale[chosen_ways].tolist(), 1.0)
        table = self.item[item]
        given, size = table.shape[0] - 2, table.shape[0]
        pre, post = np.indices((size, size))
        paired = (pre < given) & (post < given)
        chosen = {
            "paired": paired,
            "improved": paired & (post > pre),
            "same": paired & (post == pre),
            "worse": paired & (post < pre),
            "start_only": (pre < given) & ~(post < given),
            "end_only": (post < given) & ~(pre < given),
            "start_asked": pre < given + 1,
            "end_asked": post < given + 1,
            "agree_start": paired & (pre >= given - 2),
            "agree_end": paired & (post >= given - 2),
        }[measure]
        return dict.fromkeys(table[chosen].tolist(), 1.0)

    def given(self, item: str, survey: str, answer: int) -> Sum:
        """Who gave this answer in a survey, whatever they did in the other."""
        table = self.item[item]
        return dict.fromkeys((table[answer] if survey == "start" else table[:, answer]).tolist(), 1.0)

    def _terms(self, scope: str) -> np.ndarray:
        return np.arange(self.terms) if scope == "all" else np.array([int(scope[1:]) - 1])

    def truth(self) -> np.ndarray:
        """What the unknowns are, counted person by person."""
        x = np.zeros(self.last - self.first)
        for p in self.release.study.persons:
            if p.term < self.terms:
                self._count(x, p)
        return x

    def _count(self, x: np.ndarray, p: Person) -> None:
        over = 0 <= p.left < self.terms
        asked = 0 <= p.asked < self.terms
        role = ROLE_OF.get(p.status, "silent")
        if p.arm == "control":
            if asked:
                x[self.control[PLACES.index(role)] - self.first] += 1
            return
        limit = self.release.study.limit
        words = (p.gender, "under" if p.age < limit else "over", p.education or ":unknown")
        kind = TYPES.index((*words, "true" if p.needs == "1" else "false", p.region))
        state = {"done": "completed", "left": "dropped"}[p.state] if over else "ongoing"
        x[self.state[kind, p.term, STATES.index(state)] - self.first] += 1
        start, end = p.start is not None, over and p.end is not None
        step = {(1, 1): "both", (1, 0): "start_only", (0, 1): "end_only", (0, 0): "neither"}[int(start), int(end)]
        step = step if over else "started" if start else "not_asked"
        x[self.survey[kind, SURVEYED.index(step)] - self.first] += 1
        if asked:
            x[self.place[kind, p.asked, PLACES.index(role)] - self.first] += 1
        for item, table in self.item.items():
            most = ITEMS[item] + 1
            pre = (int(p.start[item]) if p.start[item] else most) if p.start is not None else most + 1
            post = (int(p.end[item]) if p.end[item] else most) if end and p.end is not None else most + 1
            x[table[pre, post] - self.first] += 1
        if p.start is not None and end and p.end is not None and all(p.start[i] and p.end[i] for i in OF_SCALE):
            change = sum(int(p.end[i]) - int(p.start[i]) for i in OF_SCALE)
            x[
                self.scale[MOVED.index("improved" if change > 0 else "worse" if change < 0 else "same")] - self.first
            ] += 1


class System:
    """Rows of ``lower <= sum <= upper`` over the unknowns of all releases."""

    def __init__(self) -> None:
        self.rows: list[Sum] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.named: list[str] = []

    def add(self, name: str, row: Sum, lower: float, upper: float) -> None:
        self.rows.append(row)
        self.lower.append(lower)
        self.upper.append(upper)
        self.named.append(name)

    def matrix(self, n: int, rows: Sequence[Sum] | None = None) -> scipy.sparse.csr_array:
        rows = self.rows if rows is None else rows
        lengths = [len(row) for row in rows]
        columns = np.concatenate([list(row) for row in rows]) if rows else np.array([], dtype=int)
        factors = np.concatenate([list(row.values()) for row in rows]) if rows else np.array([])
        at = np.repeat(np.arange(len(rows)), lengths)
        return scipy.sparse.csr_array((factors, (at, columns.astype(int))), shape=(len(rows), n))


def less(one: Sum, other: Sum) -> Sum:
    made: Sum = defaultdict(float, one)
    for place, factor in other.items():
        made[place] -= factor
    return {place: factor for place, factor in made.items() if factor}


# --- what is printed ------------------------------------------------------------------------------------------------


class Number(NamedTuple):
    """A printed number: what it sums, what it says, how far it can be off, whether it is the number itself."""

    name: str
    counted: Sum
    value: float
    within: float
    sure: bool


def printed(of: Unknowns, system: System, number: int) -> Counter[str]:
    """Enter every number of a release's file; the tables and measures of which none could be entered."""
    passed: Counter[str] = Counter()
    found: list[Number] = []
    for row in of.release.rows.to_dict("records"):
        name = f"{number} {row['topic']} {row['table']} {row['measure']} {row['scope']} {row['item']} {row['group']}"
        sums = meaning(of, row)
        if sums is None:
            passed[f"{row['topic']}.{row['table']}.{row['measure']}"] += not pd.isna(row["count"])
            continue
        found += _counts(of, row, sums, name)
        if row["kind"] in ("share", "rate") and {"count", "answered"} <= sums.keys():
            _ratios(system, row, sums, name)
    exact = {tuple(sorted(each.counted)) for each in found if each.sure}
    for each in found:
        if each.sure or tuple(sorted(each.counted)) not in exact:  # else the same number is printed exactly elsewhere
            system.add(each.name, each.counted, each.value - each.within, each.value + each.within)
    return +passed


def _counts(of: Unknowns, row: Mapping[str, object], sums: Mapping[str, Sum], name: str) -> Iterator[Number]:
    """The counts of a row with how far each can be from the truth, as the row says it."""
    exactly = of.release.study.settings.get("method") in ("suppression", "none")
    for column, counted in sums.items():
        value = row[column]
        if pd.isna(value):
            continue
        sure = exactly or value % SMALL != 0 or (column == "count" and row["status"] == "exact")
        within = 0.0 if sure else of.within
        low, high = row["possible_lower"], row["possible_upper"]
        if column == "count" and row["kind"] == "count" and not pd.isna(low) and not sure:
            within = max(value - low if low else 0, high - value)
        yield Number(name, counted, float(value), within, sure)


def _ratios(system: System, row: Mapping[str, object], sums: Mapping[str, Sum], name: str) -> None:
    """A share that is a point, and the range of one that is not."""

    def less_than(share: float) -> Sum:
        return less(sums["count"], {place: factor * share for place, factor in sums["answered"].items()})

    if not pd.isna(row["estimate"]):
        system.add(f"{name} estimate", less_than(float(row["estimate"])), -1e-6, 1e-6)
    if not pd.isna(row["possible_lower"]):
        system.add(f"{name} possible", less_than(float(row["possible_lower"])), 0.0, np.inf)
        system.add(f"{name} possible", less_than(float(row["possible_upper"])), -np.inf, 0.0)


def meaning(of: Unknowns, row: Mapping[str, object]) -> dict[str, Sum] | None:
    """What the numbers of a result row count, by column; None where the attacker cannot say."""
    place = (str(row["by"]), str(row["group"]))
    place = place if place[0] not in ("<NA>", "nan", "None", "") else TOTAL
    second = (str(row["by2"]), str(row["group2"]))
    if "field" in (place[0], second[0]):
        return None
    if row["topic"] == "survey":
        return _of_surveys(of, row, place)
    return _of_persons(of, row, place, second)


def _of_persons(
    of: Unknowns, row: Mapping[str, object], place: tuple[str, str], second: tuple[str, str]
) -> dict[str, Sum] | None:
    table, measure, scope = (str(row[c]) for c in ("table", "measure", "scope"))
    persons = of.persons
    match table, measure:
        case "composition", _:
            return {"count": persons(scope, place), "answered": persons(scope), "invited": persons(scope)}
        case (("target_group_profile" | "overlap"), _):
            whole = persons("all", place)
            return {"count": persons("all", place, second), "answered": whole, "invited": whole}
        case "completion", _:
            known = persons(scope, place, states=STATES[:3])
            return {"count": persons(scope, place, states=(measure,)), "answered": known, "invited": known}
        case (("placement" | "benchmark"), _) if measure in COUNTED:
            return {
                column: of.placed(scope, place, counted)
                for column, counted in (("count", measure), ("answered", "answered"), ("invited", "invited"))
            }
        case "followup", ("invited" | "answered"):
            return {"count": of.placed(scope, TOTAL, measure)}
        case "rows", _ if row["item"] == "persons":
            return {"count": persons(scope)}
        case "missing", _ if row["item"] in ("education", "gender", "region", "needs"):
            return {"count": persons("all", (str(row["item"]), ":unknown")), "answered": persons("all")}
        case "followup", "leavers" if scope == "all":
            return {"count": persons("all", states=("completed", "dropped"))}
    return None


def _of_surveys(of: Unknowns, row: Mapping[str, object], place: tuple[str, str]) -> dict[str, Sum] | None:
    table, measure, scope, item = (str(row[c]) for c in ("table", "measure", "scope", "item"))
    if scope != "all":
        return None
    match table, measure:
        case "attrition", _:
            asked = of.surveyed(place, *SURVEYED[:4])
            return {"count": of.surveyed(place, measure), "answered": asked, "invited": asked}
        case (("responses" | "flow"), ("start" | "end" | "both" | "asked_at_end")):
            return {"count": of.surveyed(TOTAL, *STEPS[measure])}
        case (("responses" | "flow"), "participants"):
            return {"count": of.persons("all")}
        case "item", _ if place == TOTAL:
            return _of_item(of, measure, item)
        case "single", "answers" if item in of.item:
            return {"count": of.given(item, place[1], int(float(str(row["group2"]))))}
        case "transition", "pairs" if item in of.item:
            pre, post = int(float(str(row["group"]))), int(float(str(row["group2"])))
            return {"count": {int(of.item[item][pre, post]): 1.0}}
    return None


def _of_item(of: Unknowns, measure: str, item: str) -> dict[str, Sum] | None:
    match measure:
        case "improved" | "same" | "worse" | "agree_start" | "agree_end":
            return {"count": of.answered(item, measure), "answered": of.answered(item, "paired")}
        case "start_only" | "end_only" if item == SCALE:
            return None
        case "paired" | "start_only" | "end_only":
            return {"count": of.answered(item, measure)}
    return None


def built(of: Unknowns, system: System) -> None:
    """What holds in any register: whoever was surveyed or placed is one of the persons, and answers are of those."""
    for kind in range(len(TYPES)):
        everyone = dict.fromkeys(of.state[kind].ravel().tolist(), 1.0)
        left = dict.fromkeys(of.state[kind][:, :2].ravel().tolist(), 1.0)
        steps = dict.fromkeys(of.survey[kind].tolist(), 1.0)
        asked = dict.fromkeys(of.survey[kind][:4].tolist(), 1.0)
        placed = dict.fromkeys(of.place[kind].ravel().tolist(), 1.0)
        system.add("survey", less(everyone, steps), 0, 0)
        system.add("asked", less(asked, left), 0, np.inf)
        system.add("placed", less(everyone, placed), 0, np.inf)
    for item in of.values:
        for step in ("start", "end"):
            asked = of.surveyed(TOTAL, *STEPS[step])
            system.add("items", less(of.answered(item, f"{step}_asked"), asked), 0, 0)
        table = of.item[item]
        both = dict.fromkeys(table[:-1, :-1].ravel().tolist(), 1.0)
        system.add("items", less(both, of.surveyed(TOTAL, "both")), 0, 0)
    some = less(of.answered(SCALE, "paired"), of.answered(OF_SCALE[0], "paired"))
    some = less(less(some, of.answered(OF_SCALE[1], "paired")), dict.fromkeys(of.surveyed(TOTAL, "both"), -1.0))
    system.add("scale", some, 0, np.inf)
    for item in OF_SCALE:
        system.add("scale", less(of.answered(item, "paired"), of.answered(SCALE, "paired")), 0, np.inf)


def between(one: Unknowns, two: Unknowns, system: System) -> None:
    """What stays from release to release, where nothing was corrected: the register of terms that are over."""
    if (
        two.release.event in ("late", "corrected", "limit", "group")
        or two.release.study.limit != one.release.study.limit
    ):
        return
    for kind in range(len(TYPES)):
        for term in range(min(one.terms, two.terms)):
            before, after = one.state[kind, term], two.state[kind, term]
            everyone = [dict.fromkeys(at.tolist(), 1.0) for at in (before, after)]
            system.add("same", less(everyone[1], everyone[0]), 0, 0)
            if one.terms <= two.terms:
                for state in range(2):
                    system.add("more", {int(after[state]): 1.0, int(before[state]): -1.0}, 0, np.inf)
            for place in range(6):
                at = int(two.place[kind, term, place]), int(one.place[kind, term, place])
                system.add("same", {at[0]: 1.0, at[1]: -1.0}, 0, 0)


# --- what is looked for ---------------------------------------------------------------------------------------------


def targets(of: Unknowns) -> Iterator[tuple[str, Sum]]:
    """Every count of a release, and what each group leaves of the whole."""
    places = [TOTAL, *(("gender", g) for g in GENDER), *(("age_group", a) for a in AGE)]
    places += [("education", e) for e in LEVELS] + [("needs", n) for n in NEEDS] + [("region", r) for r in REGIONS]
    groups = [("target_group", g) for g in of.groups]
    whole = _measured(of, TOTAL)
    for place in [*places, *groups, ("target_group", ANY)]:
        made = _measured(of, place)
        yield from ((f"{name} {place}", counted) for name, counted in made.items())
        yield from _rests(made, str(place))
        if place != TOTAL:
            yield from ((f"{name} not {place}", less(whole[name], counted)) for name, counted in made.items())
    for group in groups:
        for place in [*places[1:], *groups]:
            yield f"persons {group} {place}", of.persons("all", group, place)
    for item in OF_SCALE:
        yield f"{item} without the scale", less(of.answered(item, "paired"), of.answered(SCALE, "paired"))
    for measure in ("paired", *MOVED):
        yield f"scale {measure}", of.answered(SCALE, measure)
    for item in of.values:
        yield f"left out {item}", less(of.surveyed(TOTAL, "both"), of.answered(item, "paired"))
        for measure in ("paired", "improved", "same", "worse", "start_only", "end_only"):
            yield f"{item} {measure}", of.answered(item, measure)
        yield from ((f"{item} {at}", {at: 1.0}) for at in of.item[item].ravel().tolist())
    yield from ((f"control {measure}", of.placed("all", ("arm", "control"), measure)) for measure in COUNTED)


def _measured(of: Unknowns, place: tuple[str, str]) -> dict[str, Sum]:
    """All that is counted of one group."""
    scopes = ["all", *(f"T{term + 1}" for term in range(of.terms))]
    made = {f"persons {scope}": of.persons(scope, place) for scope in scopes}
    made |= {state: of.persons("all", place, states=(state,)) for state in STATES}
    made |= {measure: of.placed("all", place, measure) for measure in COUNTED}
    return made | {step: of.surveyed(place, step) for step in SURVEYED[:4]}


def _rests(made: Mapping[str, Sum], place: str) -> Iterator[tuple[str, Sum]]:
    """What parts of a group leave of it: not invited, silent, not employed."""
    yield f"not invited {place}", less(made["persons all"], made["invited"])
    yield f"silent {place}", less(made["invited"], made["answered"])
    for measure in COUNTED.keys() - {"answered", "invited"}:
        yield f"not {measure} {place}", less(made["answered"], made[measure])


def attack(releases: Sequence[Release]) -> dict[str, object]:
    """What follows from the files of a series: small counts, how many of them were found, and which."""
    known, at = [], 0
    for each in releases:
        known.append(Unknowns(each, at))
        at = known[-1].last
    subtotals = Subtotals(np.concatenate([of.truth() for of in known]))
    system, passed = System(), Counter[str]()
    for of in known:
        of.subtotals = subtotals
    for number, of in enumerate(known):
        built(of, system)
        passed += printed(of, system, number)
        if number:
            between(known[number - 1], of, system)
    small = _small_ones(known, subtotals)
    for place, parts in subtotals.summed.items():
        system.add("subtotal", less(parts, {place: 1.0}), 0, 0)
    truth = np.array(subtotals.truth)
    matrix = system.matrix(len(truth))
    lower, upper = np.array(system.lower), np.array(system.upper)
    here = matrix @ truth
    wrong = np.flatnonzero((here < lower - CLOSE) | (here > upper + CLOSE))
    outside = [f"{system.named[i]}: {here[i]:g} not in {lower[i]:g}..{upper[i]:g}" for i in wrong[:5].tolist()]
    lower[wrong], upper[wrong] = -np.inf, np.inf
    found = _worked_out(matrix, lower, upper, small)
    words: dict[str, object] = {"unknowns": len(truth), "rows": len(lower), "small": len(small), "outside": len(wrong)}
    return words | {"found": found, "said_wrongly": outside, "passed": dict(passed)}


def _small_ones(known: Sequence[Unknowns], subtotals: Subtotals) -> dict[str, Sum]:
    """The counts that are in fact small, of each release and between two in a row."""
    small: dict[str, Sum] = {}
    before: dict[str, Sum] = {}
    for number, of in enumerate(known):
        now = dict(targets(of))
        for name, counted in now.items():
            if 1 <= subtotals.value(counted) < SMALL:
                small[f"{number} {name}"] = counted
        for name in now:
            if name not in before:
                continue
            more = less(now[name], before[name])
            if 1 <= abs(rise := subtotals.value(more)) < SMALL:
                small[f"{number} more {name}"] = more if rise > 0 else {p: -f for p, f in more.items()}
        before = now
    return small


def _worked_out(
    matrix: scipy.sparse.csr_array, lower: np.ndarray, upper: np.ndarray, small: Mapping[str, Sum]
) -> list[str]:
    """Names of the small counts that must be small, with the least and the greatest they can be."""
    n = matrix.shape[1]
    rows = System().matrix(n, list(small.values()))
    names = list(small)
    open_ones = np.arange(len(names))
    rng = np.random.default_rng(len(names))
    while len(open_ones) > FEW:  # one world in which all, each with its weight, are as large, or as small, as can be
        weights = rng.uniform(0.5, 1.5, len(open_ones)) * (1 if len(open_ones) % 2 else -1)
        left = _still_open(open_ones, rows, _solved(matrix, lower, upper, rows[open_ones].T @ weights))
        if len(left) > 0.9 * len(open_ones):
            break
        open_ones = left
    fewer, way = {1.0: True, -1.0: True}, 1.0
    while len(open_ones) and any(fewer.values()):  # as long as one world for many leaves fewer of them
        point = _world(matrix, lower, upper, rows[open_ones], way) if fewer[way] else None
        left = _still_open(open_ones, rows, point)
        fewer[way] = len(left) < len(open_ones)
        open_ones, way = left, -way
    found = []
    while len(open_ones):
        at, open_ones = int(open_ones[0]), open_ones[1:]
        cost = rows[[at]].toarray().ravel()
        ends: list[float | None] = []
        for sign in (-1.0, 1.0):
            point = _solved(matrix, lower, upper, sign * cost)
            if point is None:
                ends.append(None)
                continue
            open_ones = _still_open(open_ones, rows, point)
            ends.append(float(cost @ point))
            if not CLOSE < ends[-1] < SMALL - CLOSE:
                break
        if None in ends:
            found.append(f"{names[at]}: not decided")
        elif len(ends) == 2 and np.ceil(ends[1] - CLOSE) >= 1 and np.floor(ends[0] + CLOSE) < SMALL:
            found.append(f"{names[at]}: {ends[1]:.2f}..{ends[0]:.2f}")
    return found


def _still_open(open_ones: np.ndarray, rows: scipy.sparse.csr_array, world: np.ndarray | None) -> np.ndarray:
    """The counts that a world leaves small; all where there is none."""
    if world is None:
        return open_ones
    values = rows[open_ones] @ world
    return open_ones[(values > CLOSE) & (values < SMALL - CLOSE)]


def _solved(
    matrix: scipy.sparse.csr_array, lower: np.ndarray, upper: np.ndarray, cost: np.ndarray
) -> np.ndarray | None:
    if highspy is not None:
        return _inside(matrix, lower, upper, cost)
    equal, above, below = lower == upper, np.isfinite(lower), np.isfinite(upper)
    found = scipy.optimize.linprog(
        cost,
        A_ub=scipy.sparse.vstack([matrix[below & ~equal], -matrix[above & ~equal]]),
        b_ub=np.concatenate([upper[below & ~equal], -lower[above & ~equal]]),
        A_eq=matrix[equal],
        b_eq=lower[equal],
        bounds=(0, 1e5),
        method="highs-ipm",
        options={"time_limit": SECONDS},
    )
    return found.x if found.success else None


def _inside(
    matrix: scipy.sparse.csr_array, lower: np.ndarray, upper: np.ndarray, cost: np.ndarray
) -> np.ndarray | None:
    """The same by the interior point alone: without the way to a corner, which takes most of the time. That it fits is
    seen by adding up."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(len(cost)), np.full(len(cost), 1e5)
    model.row_lower_, model.row_upper_ = lower, upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    solver = highspy.Highs()
    for name, value in (("output_flag", False), ("solver", "ipm"), ("run_crossover", "off"), ("time_limit", SECONDS)):
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    found = np.array(solver.getSolution().col_value)
    if len(found) != len(cost):
        return None
    sums = matrix @ found
    fits = (sums >= lower - CLOSE).all() and (sums <= upper + CLOSE).all() and (found >= -CLOSE).all()
    return found if fits else None


def _world(
    matrix: scipy.sparse.csr_array, lower: np.ndarray, upper: np.ndarray, rows: scipy.sparse.csr_array, way: float
) -> np.ndarray | None:
    """A division of persons that fits, with as many of the small counts as can be up at 5 (or down at 0)."""
    m, n = rows.shape
    slack = scipy.sparse.eye_array(m) * way
    empty = scipy.sparse.csr_array((matrix.shape[0], m))
    both = scipy.sparse.block_array([[matrix, empty], [rows, slack]], format="csr")
    ends = (np.full(m, SMALL), np.full(m, np.inf)) if way > 0 else (np.full(m, -np.inf), np.zeros(m))
    cost = np.concatenate([np.zeros(n), np.ones(m) * np.random.default_rng(m).uniform(0.5, 1.5, m)])
    found = _solved(both, np.concatenate([lower, ends[0]]), np.concatenate([upper, ends[1]]), cost)
    return None if found is None else found[:n]


# --- many studies ---------------------------------------------------------------------------------------------------


def one(seed: int, protect: bool = True) -> dict[str, object]:
    """Release and attack one study."""
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        started = time.perf_counter()
        releases, refused, gate = series(seed, Path(folder), protect)
        made = time.perf_counter()
        persons = len(releases[-1].study.persons) if releases else 0
        words: dict[str, object] = {"seed": seed, "persons": persons, "releases": [r.event for r in releases]}
        words |= {"method": releases[0].study.settings.get("method", "rounding") if releases else ""}
        words |= {"refused": dict(refused), "seconds": round(made - started, 1), "longest": round(gate, 1)}
        words |= attack(releases) if releases else {}
        return words | {"attacking": round(time.perf_counter() - made, 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="?", type=int, default=10)
    parser.add_argument("first", nargs="?", type=int, default=1)
    parser.add_argument("--to", type=Path)
    asked = parser.parse_args()
    stood = [json.loads(line) for line in asked.to.read_text().splitlines()] if asked.to and asked.to.is_file() else []
    done = {line["seed"]: line for line in stood}
    for seed in range(asked.first, asked.first + asked.studies):
        if seed not in done:
            done[seed] = one(seed)
            print(json.dumps(done[seed]), flush=True)
            if asked.to:
                with asked.to.open("a") as file:
                    file.write(json.dumps(done[seed]) + "\n")
    print(summary(list(done.values())))


def summary(studies: Sequence[Mapping[str, object]]) -> str:
    """One line: studies, releases, what was refused, small counts and how many of them were found."""
    released = sum(len(each["releases"]) for each in studies)  # type: ignore[arg-type]
    refused = sum(sum(each["refused"].values()) for each in studies)  # type: ignore[union-attr]
    small = sum(each.get("small", 0) for each in studies)  # type: ignore[misc]
    found = sum(len(each.get("found", ())) for each in studies)  # type: ignore[arg-type]
    outside = sum(each.get("outside", 0) for each in studies)  # type: ignore[misc]
    return (
        f"{len(studies)} studies, {released} releases, {refused} refused, {small} small counts and increments, "
        f"{found} found, {outside} printed numbers outside their range"
    )


if __name__ == "__main__":
    main()
