"""Random studies written as exports: persons of 30 to 650, two to five terms, items of two, three and five answers.

A study is drawn once (``draw``); ``write`` gives the folder as it stands at the end of a term. What happens between
releases - a person registered late, a row corrected, groups or limits moved, a setting changed - is a change of the
drawn study before the next ``write``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

FIRST = dt.date(2021, 1, 1)
ROLES = ("work", "both", "study", "none", "else", "")
ITEMS = {"q1": 1, "q2": 2, "q3": 4, "q4": 4}  # the highest answer; the lowest is 0
EDUCATIONS = ("basic", "upper", "higher")
REGIONS = ("r1", "r2", "r3")


@dataclass(frozen=True)
class Person:
    """One person: what the register says, and in which term (from 0) what happened. Negative terms: never."""

    id: str
    term: int
    age: int
    gender: str
    education: str
    region: str
    needs: str
    arm: str
    left: int
    state: str
    start: Mapping[str, str] | None
    end: Mapping[str, str] | None
    asked: int
    status: str


@dataclass(frozen=True)
class RandomStudy:
    """A drawn study. ``settings`` is what ``[disclosure]`` holds, ``limit`` where the age groups part."""

    seed: int
    terms: int
    persons: tuple[Person, ...]
    arms: bool
    groups: tuple[str, ...]
    limit: int = 30
    settings: Mapping[str, Any] = field(default_factory=dict)

    def with_persons(self, persons: Sequence[Person]) -> RandomStudy:
        return replace(self, persons=tuple(persons))


def draw(seed: int, fewest: int = 30, most: int = 650) -> RandomStudy:
    """A study of a seed: its persons, unevenly spread, its terms, groups and whether it has a comparison group."""
    rng = np.random.default_rng(seed)
    size = round(float(np.exp(rng.uniform(np.log(fewest), np.log(most)))))
    terms = int(rng.integers(2, 6))
    shares = {name: rng.dirichlet(np.full(n, 1.2)) for name, n in (("education", 3), ("region", 3), ("gender", 2))}
    arms = bool(rng.random() < 0.25)
    rates = rng.uniform(0.2, 0.9, 4)
    persons = [person(rng, f"p{number}", terms, shares, arms, rates) for number in range(size)]
    chosen = rng.permutation(sorted(GROUPS))[: int(rng.integers(2, len(GROUPS) + 1))]
    return RandomStudy(seed, terms, tuple(persons), arms, tuple(sorted(map(str, chosen))))


def person(
    rng: np.random.Generator, name: str, terms: int, shares: Mapping[str, np.ndarray], arms: bool, rates: np.ndarray
) -> Person:
    """One person, drawn: the later ones have left and been asked less often."""
    term = int(rng.integers(terms))
    left = term + int(rng.integers(0, 3)) if rng.random() < rates[0] else -1
    asked = left + int(rng.integers(0, 2)) if left >= 0 and rng.random() < 0.85 else -1
    start = answers(rng, 0.0) if rng.random() < rates[1] + 0.1 else None
    return Person(
        name,
        term,
        int(rng.integers(17, 65)),
        ("f", "m")[int(rng.choice(2, p=shares["gender"]))],
        EDUCATIONS[int(rng.choice(3, p=shares["education"]))] if rng.random() < 0.97 else "",
        REGIONS[int(rng.choice(3, p=shares["region"]))],
        "1" if rng.random() < 0.2 else "0",
        ("treat" if rng.random() < 0.6 else "control") if arms else "",
        left,
        "done" if rng.random() < 0.75 else "left",
        start,
        answers(rng, 0.6) if left >= 0 and rng.random() < rates[2] else None,
        asked,
        ROLES[int(rng.choice(6, p=(0.35, 0.08, 0.15, 0.17, 0.05, 0.2)))],
    )


def answers(rng: np.random.Generator, more: float) -> dict[str, str]:
    """Answers to every item, a few left out; ``more`` shifts them up."""
    given = {}
    for item, most in ITEMS.items():
        value = int(np.clip(round(rng.normal(most * 0.5 + more, most * 0.3)), 0, most))
        given[item] = str(value) if rng.random() < 0.96 else ""
    return given


# --- the folder ----------------------------------------------------------------------------------------------------

GROUPS = {
    "low": '[{ column = "participants.education", in = ["basic"] }]',
    "young": '[{ column = "participants.age", max = 29 }]',
    "needing": '[{ column = "participants.needs", in = ["true"] }]',
    "men_low": """[
        { column = "participants.gender", in = ["m"] },
        { column = "participants.education", in = ["basic"] },
    ]""",
    "in_south": '[{ column = "participants.region", in = ["r1"] }]',
}
WORDS = {
    "gender": "fm",
    "education": EDUCATIONS,
    "region": REGIONS,
    "arm": ("treat", "control"),
    "field": ("care", "tech"),
}
ROLE_OF = {"work": "employed", "both": "employed_student", "study": "student", "none": "unemployed", "else": "other"}
STATE_OF = {"on": "ongoing", "done": "completed", "left": "dropped"}


def days(term: int) -> tuple[dt.date, dt.date]:
    year, half = 2021 + term // 2, term % 2
    return dt.date(year, 1 + 6 * half, 1), dt.date(year, 6 + 6 * half, 30 if not half else 31)


def study_file(study: RandomStudy) -> str:
    """The study file: every breakdown, item and group that the drawn study has."""
    lines = ['[study]\nname = "Random"\ntitle = "Random study"\norganisation = "School"\nfunder = "Nobody"']
    lines += [f"start = {FIRST}\nend = {days(study.terms - 1)[1]}"]
    for term in range(study.terms):
        first, last = days(term)
        lines.append(f'[[terms]]\nid = "T{term + 1}"\nname = "Term {term + 1}"\nstart = {first}\nend = {last}')
    for group in study.groups:
        lines.append(
            f'[[target_groups]]\nid = "{group}"\nname = "{group}"\ndefinition = "{group}"\nall = {GROUPS[group]}'
        )
    lines.append(f'[[age_groups]]\nid = "under"\nmin = 15\nmax = {study.limit - 1}')
    lines.append(f'[[age_groups]]\nid = "over"\nmin = {study.limit}')
    lines.append('[[variables]]\nid = "needs"\ntable = "participants"\nkind = "flag"\nname = "Needs training"')
    lines.append("[codes]")
    lines += [f"{name} = [{', '.join(_code(w) for w in words)}]" for name, words in WORDS.items()]
    lines.append(f"placement = [{', '.join(_code(w, r) for w, r in ROLE_OF.items())}]")
    lines.append(f"state = [{', '.join(_code(w, r) for w, r in STATE_OF.items())}]")
    if study.arms:
        lines.append('[comparison]\ntreated = "treat"\ncontrol = "control"')
    lines.append('[followup]\nwhen = "later"\nweight_by = ["gender"]')
    lines.append('[survey]\nscales = [{ id = "s", name = "Sum", items = ["q3", "q4"] }]')
    for item, most in ITEMS.items():
        primary = "true" if item in ("q1", "q3") else "false"
        lines.append(
            f'[[survey.items]]\nid = "{item}"\ntext = "Item {item}"\nmin = 0\nmax = {most}\nprimary = {primary}'
        )
    if study.settings:
        said = [f"{key} = {value!r}".replace("'", '"') for key, value in study.settings.items()]
        lines.append("[disclosure]\n" + "\n".join(said))
    return "\n\n".join([*lines, *_sources(study)]) + "\n"


def _code(word: str, role: str = "") -> str:
    return f'{{ id = "{word}", name = "{word}"{f", role = {chr(34)}{role}{chr(34)}" if role else ""} }}'


def _sources(study: RandomStudy) -> list[str]:
    columns = {
        "participants": {"person": "id", "age": "age"}
        | {c: c for c in ("gender", "education", "region", "needs", *(["arm"] if study.arms else []))},
        "enrolments": {"person": "id", "enrolment": "right"} | {c: c for c in ("field", "start", "end", "state")},
        "start_survey": {"person": "id"} | {item: item for item in ITEMS},
        "end_survey": {"person": "id"} | {item: item for item in ITEMS},
        "followup": {"person": "id", "status": "status"},
    }
    made = []
    for table, of in columns.items():
        said = "\n".join(f'{tidy} = "{heading}"' for tidy, heading in of.items())
        made.append(
            f'[[sources]]\ntable = "{table}"\nname = "{table}"\nfile = "{table}.csv"\n[sources.columns]\n{said}'
        )
    return made


def write(study: RandomStudy, folder: Path, reached: int) -> None:
    """Write the study file and the exports of every term up to one (from 0)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study_file(study), encoding="utf-8")
    for term in range(reached + 1):
        for table, rows in _exports(study, term).items():
            place = folder / "raw" / f"T{term + 1}" / f"{table}.csv"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("".join(";".join(row) + "\n" for row in rows), encoding="utf-8")


def studies(p: Person) -> str:
    """What a person studies has to do with nothing else."""
    return ("care", "tech")[sum(map(ord, p.id)) % 2]


def _exports(study: RandomStudy, term: int) -> dict[str, list[list[str]]]:
    """The rows of each export of one term, heading first."""
    register = [["id", "age", "gender", "education", "region", "needs", "arm"]]
    rights = [["right", "id", "field", "start", "end", "state"]]
    start, end = [["id", *ITEMS]], [["id", *ITEMS]]
    followup = [["id", "status"]]
    for p in study.persons:
        if p.term == term:
            register.append([p.id, str(p.age), p.gender, p.education, p.region, p.needs, p.arm])
        if p.term == term or p.left == term:
            over = p.left == term
            state, last = (p.state, str(days(term)[1])) if over else ("on", "")
            rights.append([f"e{p.id}", p.id, studies(p), str(days(p.term)[0]), last, state])
        if p.term == term and p.start is not None:
            start.append([p.id, *p.start.values()])
        if p.left == term and p.end is not None:
            end.append([p.id, *p.end.values()])
        if p.asked == term:
            followup.append([p.id, p.status])
    return {
        "participants": register,
        "enrolments": rights,
        "start_survey": start,
        "end_survey": end,
        "followup": followup,
    }
