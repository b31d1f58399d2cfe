"""A small study of courses: persons in groups, terms of starting, several waves and numbers, written to a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

TERMS = ("T1", "T2", "T3")
STUDY = """\
age_groups = [{ id = "young", min = 15, max = 29 }, { id = "old", min = 30 }]

variables = [
    { id = "wage", table = "followup", kind = "number", name = "Wage", unit = "EUR" },
    { id = "hours", table = "start_survey", kind = "integer", name = "Hours" },
    { id = "years", table = "participants", kind = "number", name = "Years" },
]

[study]
name = "Courses"
title = "Evaluation of courses"
organisation = "Folk school"
funder = "Nobody"
start = 2021-01-01
end = 2022-06-30

[[terms]]
id = "T1"
name = { fi = "Kevät 2021", en = "Spring 2021" }
start = 2021-01-01
end = 2021-06-30

[[terms]]
id = "T2"
name = { fi = "Syksy 2021", en = "Autumn 2021" }
start = 2021-07-01
end = 2021-12-31

[[terms]]
id = "T3"
name = { fi = "Kevät 2022", en = "Spring 2022" }
start = 2022-01-01
end = 2022-06-30

[codes]
gender = [{ id = "f", name = { fi = "Nainen", en = "Woman" } }, { id = "m", name = { fi = "Mies", en = "Man" } }]
education = [
    { id = "basic", name = { fi = "Perusaste", en = "Basic" } },
    { id = "upper", name = { fi = "Toinen aste", en = "Upper secondary" } },
]
placement = [
    { id = "work", name = "Work", role = "employed" },
    { id = "study", name = "Study", role = "student" },
    { id = "none", name = "Neither", role = "unemployed" },
]

[followup]
when = { fi = "neljän kuukauden kuluttua", en = "after four months" }
invited = "all"

[survey]
items = [
    { id = "skill", text = { fi = "Osaan", en = "I can" }, primary = true },
    { id = "hope", text = { fi = "Uskon", en = "I hope" }, primary = true },
]
"""
SOURCES = """
[[sources]]
table = "participants"
name = "Register"
file = "people.csv"
columns = { person = "id", age = "age", gender = "sex", education = "edu", cluster = "Course", years = "years" }

[[sources]]
table = "start_survey"
name = "Start survey"
file = "start.csv"
columns = { person = "id", skill = "skill", hope = "hope", hours = "hours" }

[[sources]]
table = "end_survey"
name = "End survey"
file = "end.csv"
columns = { person = "id", skill = "skill", hope = "hope" }

[[sources]]
table = "followup"
name = "Follow-up"
file = "followup.csv"
columns = { person = "id", status = "status", wage = "wage" }
"""
# a survey half way and one half a year later, and a follow-up after a year
WAVES = """
[[sources]]
table = "middle_survey"
name = "Half way"
file = "middle.csv"
columns = { person = "id", skill = "skill", hope = "hope" }

[[sources]]
table = "later_survey"
name = "Half a year later"
file = "later.csv"
columns = { person = "id", skill = "skill" }

[[sources]]
table = "year_followup"
name = "Follow-up after a year"
file = "year.csv"
columns = { person = "id", status = "status" }

[[survey.waves]]
id = "middle"
name = { fi = "Puoliväli", en = "Half way" }

[[survey.waves]]
id = "later"
name = { fi = "Puoli vuotta myöhemmin", en = "Half a year later" }

[[followup.waves]]
id = "year"
when = { fi = "vuoden kuluttua", en = "after a year" }
"""
COURSES, SIZE = 4, 12  # courses a term, and persons a course


def write(folder: Path, study: str = STUDY + SOURCES + WAVES, between: float = 1.0, seed: int = 3) -> Path:
    """The study's folder; ``between`` is the spread of the courses' own changes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(study, encoding="utf-8")
    rng = np.random.default_rng(seed)
    for place, term in enumerate(TERMS):
        files: dict[str, list[str]] = {
            "people.csv": ["id;age;sex;edu;Course;years"],
            "start.csv": ["id;skill;hope;hours"],
            "end.csv": ["id;skill;hope"],
            "followup.csv": ["id;status;wage"],
            "middle.csv": ["id;skill;hope;fit"],
            "later.csv": ["id;skill"],
            "year.csv": ["id;status;pay"],
        }
        for course in range(COURSES):
            own = rng.normal(0.3, between)
            for seat in range(SIZE):
                _person(files, rng, f"{term}{course}x{seat}", f"Course {term} {course}", own, place)
        (folder / "raw" / term).mkdir(parents=True, exist_ok=True)
        for name, lines in files.items():
            (folder / "raw" / term / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_arms(folder: Path) -> Path:
    """The same with women as the arm that is compared with men; later waves ask variables of their own."""
    codes = '[codes]\narm = [{ id = "f", name = "F" }, { id = "m", name = "M" }]'
    arms = f'[comparison]\ntreated = "f"\ncontrol = "m"\n\n{codes}'
    own = """variables = [
    { id = "points", table = "later_survey", kind = "number", name = "Points", heading = "skill" },
    { id = "fit", table = "middle_survey", kind = "flag", name = "Fit", heading = "fit" },
    { id = "pay", table = "year_followup", kind = "number", name = "Pay", heading = "pay" },
    { id = "still", table = "year_followup", name = "Still", heading = "status", codes = [
        { id = "work", name = "At it" }, { id = "none", name = "Not" } ] },"""
    both = '    { id = "both", name = "Both", role = "employed_student" },\n    { id = "none"'
    study = STUDY.replace("[codes]", arms).replace("variables = [", own).replace('    { id = "none"', both, 1)
    sources = SOURCES.replace('gender = "sex"', 'gender = "sex", arm = "sex"', 1)
    return write(folder, study + sources + WAVES)


def write_surveys(folder: Path) -> Path:
    """The surveys alone, without a register: who answered says of themselves whether they have done it before."""
    own = """variables = [
    { id = "before", table = "start_survey", name = "Before", heading = "hours", codes = [
        { id = "yes", name = "Yes" }, { id = "no", name = "No" } ] },"""
    sources = SOURCES[
        SOURCES.index('\n[[sources]]\ntable = "start_survey"') : SOURCES.index('\n[[sources]]\ntable = "followup"')
    ]
    values = '\nvalues.before = { "*" = "no", "20" = "yes", "21" = "yes", "22" = "yes" }\n'
    sources = sources.replace(', hours = "hours" }', " }" + values)
    plain = [
        line
        for line in STUDY.splitlines()
        if not line.strip().startswith(('{ id = "wage"', '{ id = "hours"', '{ id = "years"'))
    ]
    study = "\n".join(plain).replace("variables = [", own)
    return write(folder, study + sources)


def _person(files: dict[str, list[str]], rng: np.random.Generator, id: str, course: str, own: float, term: int) -> None:
    female, basic, age = rng.random() < 0.6, rng.random() < 0.4, int(rng.integers(18, 60))
    files["people.csv"].append(
        f"{id};{age};{'f' if female else 'm'};{'basic' if basic else 'upper'};{course};{age - 15}"
    )
    start = rng.integers(1, 6, size=2)
    end = np.clip(start + np.round(rng.normal([own, 0.4], 0.8)), 1, 5).astype(int)
    files["start.csv"].append(f"{id};{start[0]};{start[1]};{age % 7 + 20}")
    if rng.random() < 0.9:
        files["end.csv"].append(f"{id};{end[0]};{end[1]}")
    placed = rng.random() < 0.4 + 0.1 * term
    situation = "work" if placed else "study" if rng.random() < 0.3 else "none"
    files["followup.csv"].append(f"{id};{situation};{1500 + 20 * age if placed else ''}")
    half = np.clip(start + np.round(rng.normal(0.2, 0.6, size=2)), 1, 5).astype(int)
    files["middle.csv"].append(f"{id};{half[0]};{half[1]};{age % 2}")
    if term < 2:  # those of the last term have not been asked again yet
        files["later.csv"].append(f"{id};{min(int(end[0]) + int(rng.random() < 0.3), 5)}")
        files["year.csv"].append(f"{id};{'work' if placed or rng.random() < 0.4 else 'none'};{1600 + 10 * age}")
