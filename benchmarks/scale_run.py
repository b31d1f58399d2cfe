"""Whole runs, from raw exports to pages, by the number of participants, items, groups, terms and studies.

    python benchmarks/scale_run.py [--persons 1000 10000 100000] [--more]

Each size is a study of its own, written as exports and run by the command: seconds, seconds of processor time of all
processes, the most memory that they held together, and the size of what was written. ``--more`` multiplies, from 1,000
persons on, items by 4, groups by 20, terms by 8 and studies by 40. The slope is that of time over size on a log scale
between one line and the line it grew from: 1 is in proportion.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from run_pipeline import Peak, run

BIRTHS = 45 * 365  # days within which persons are born
STATUSES = ("work", "study", "none", "")
PLACED = {"work": "employed", "study": "student", "none": "unemployed"}


@dataclass(frozen=True)
class Shape:
    """How large a study is."""

    persons: int = 1000
    items: int = 6
    groups: int = 2
    terms: int = 1
    studies: int = 1

    @property
    def size(self) -> int:
        return self.persons * self.items * self.groups * self.terms * self.studies


def days(term: int) -> tuple[dt.date, dt.date]:
    year, half = 2021 + term // 2, term % 2
    return dt.date(year, 1 + 6 * half, 1), dt.date(year, 6 + 6 * half, 30 + half)


def study_file(shape: Shape) -> str:
    items = [f"q{number}" for number in range(shape.items)]
    groups = [f"g{number}" for number in range(shape.groups)]
    lines = ["[study]", 'language = "en"', *(f'{key} = "Scale"' for key in ("name", "title", "organisation", "funder"))]
    lines += [f"start = {days(0)[0]}", f"end = {days(shape.terms - 1)[1]}"]
    for term in range(shape.terms):
        first, last = days(term)
        lines += ["[[terms]]", f'id = "T{term}"', f'name = "Term {term}"', f"start = {first}", f"end = {last}"]
    for group in groups:
        lines += ["[[target_groups]]", f'id = "{group}"', f'name = "{group}"', f'definition = "{group}"']
        lines += [f'all = [{{ column = "participants.region", in = ["{group}"] }}]']
    lines += ["[codes]", 'gender = [{ id = "f", name = "Women" }, { id = "m", name = "Men" }]']
    named = (f'{{ id = "{group}", name = "{group}" }}' for group in groups)
    lines += [f"region = [{', '.join(named)}]"]
    placed = (f'{{ id = "{word}", name = "{word}", role = "{role}" }}' for word, role in PLACED.items())
    lines += [f"placement = [{', '.join(placed)}]"]
    lines += [
        'state = [{ id = "on", name = "On", role = "ongoing" }, { id = "done", name = "Done", role = "completed" }]'
    ]
    lines += ["[survey]"]
    for item in items:
        lines += [
            "[[survey.items]]",
            f'id = "{item}"',
            f'text = "Item {item}"',
            f"primary = {str(item == 'q0').lower()}",
        ]
    columns = {
        "participants": {"person": "id", "birth_date": "born", "gender": "gender", "region": "region"},
        "enrolments": {"person": "id", "enrolment": "right", "start": "start", "end": "end", "state": "state"},
        "start_survey": {"person": "id"} | {item: item for item in items},
        "end_survey": {"person": "id"} | {item: item for item in items},
        "followup": {"person": "id", "status": "status"},
    }
    for table, of in columns.items():
        lines += [
            "[[sources]]",
            f'table = "{table}"',
            f'name = "{table}"',
            f'file = "{table}.csv"',
            "[sources.columns]",
        ]
        lines += [f'{column} = "{heading}"' for column, heading in of.items()]
    return "\n".join(lines) + "\n"


def exports(shape: Shape, term: int, rng: np.random.Generator) -> Iterator[tuple[str, pd.DataFrame]]:
    """The files of a term: its share of the persons, who all leave in it."""
    number = shape.persons // shape.terms
    ids = pd.Series([f"p{term}-{place:07d}" for place in range(number)])
    born = pd.Timestamp("1960-01-01") + pd.to_timedelta(rng.integers(0, BIRTHS, number), unit="D")
    region = [f"g{code}" for code in rng.integers(0, shape.groups, number)]
    gender = np.array(["f", "m"])[rng.integers(0, 2, number)]
    yield (
        "participants",
        pd.DataFrame({"id": ids, "born": born.strftime("%Y-%m-%d"), "gender": gender, "region": region}),
    )
    first, last = days(term)
    rights = {"right": "e" + ids, "id": ids, "start": str(first), "end": str(last), "state": "done"}
    yield "enrolments", pd.DataFrame(rights)
    for table, more, share in (("start_survey", 0.0, 0.8), ("end_survey", 0.4, 0.5)):
        answered = ids[rng.random(number) < share]
        given = np.clip(np.round(rng.normal(3 + more, 1, (len(answered), shape.items))), 1, 5).astype(int)
        yield table, pd.DataFrame(given, columns=[f"q{i}" for i in range(shape.items)]).assign(id=answered.to_numpy())
    status = np.array(STATUSES)[rng.choice(len(STATUSES), number, p=[0.4, 0.2, 0.2, 0.2])]
    yield "followup", pd.DataFrame({"id": ids, "status": status})


def write(shape: Shape, project: Path) -> list[str]:
    """The studies of a shape in a project, and their folders."""
    folders = [f"data/scale{number}" for number in range(shape.studies)]
    for seed, folder in enumerate(folders):
        rng = np.random.default_rng(seed)
        for term in range(shape.terms):
            raw = project / folder / "raw" / f"T{term}"
            raw.mkdir(parents=True)
            for table, frame in exports(shape, term, rng):
                frame.to_csv(raw / f"{table}.csv", sep=";", index=False)
        (project / folder / "study.toml").write_text(study_file(shape), encoding="utf-8")
    return folders


def measured(shape: Shape) -> dict[str, float]:
    """What one run of a shape takes."""
    with tempfile.TemporaryDirectory() as place:
        project = Path(place).resolve()
        folders = write(shape, project)
        raw = sum(file.stat().st_size for file in (project / "data").rglob("*.csv"))
        with Peak() as peak:
            seconds = run(project, *folders, "--all-terms")
        written = sum(file.stat().st_size for file in (project / "outputs").rglob("*") if file.is_file())
        return {
            "s": seconds,
            "cpu s": peak.seconds,
            "MB held": peak.megabytes,
            "MB raw": raw / 1e6,
            "MB out": written / 1e6,
        }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--persons", type=int, nargs="+", default=[1000, 10_000, 100_000])
    asked.add_argument("--more", action="store_true", help="items, groups, terms and studies, too")
    given = asked.parse_args()
    shapes = [(Shape(persons=number), place - 1) for place, number in enumerate(given.persons)]
    if given.more:
        base = Shape(persons=given.persons[0])
        grown = ({"items": base.items * 4}, {"groups": base.groups * 20}, {"terms": 8}, {"studies": 40})
        shapes += [(replace(base, **more), 0) for more in grown]
    found: list[float] = []
    for shape, before in shapes:
        took = measured(shape)
        found.append(took["s"])
        grew = math.log(shape.size / shapes[before][0].size) if before >= 0 else 0.0
        slope = f"{math.log(took['s'] / found[before]) / grew:.2f}" if grew else "-"
        print(
            f"{shape}  " + "  ".join(f"{value:.1f} {name}" for name, value in took.items()) + f"  slope {slope}",
            flush=True,
        )


if __name__ == "__main__":
    main()
