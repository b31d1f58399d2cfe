"""Code tables by year: what is in force in a study's years, and that areas of administration follow from them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import Key
from evaltools.study import codes, loader
from evaltools.study.faults import StudyError

NOWHERE = Path("/nowhere/study")


def table(name: str) -> dict[str, dict]:
    path = codes.find(name, NOWHERE)
    assert path is not None
    return {row["id"]: row for row in codes.rows(path)}


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        ((2021, 1, 1), (2023, 7, 31), ["municipality-2021"]),
        ((2024, 8, 1), (2025, 7, 31), ["municipality-2021", "municipality-2025"]),
        ((2026, 1, 1), (2027, 12, 31), ["municipality-2026"]),
        ((2025, 12, 31), (2025, 12, 31), ["municipality-2025"]),
    ],
)
def test_a_series_gives_the_tables_in_force_in_the_years_of_a_study(start, end, names):
    found = codes.in_force("municipality", NOWHERE, dt.date(*start), dt.date(*end))
    assert [path.stem for path in found] == names


def test_ely_centres_end_with_2025_and_vitality_centres_begin_with_2026():
    assert codes.in_force("ely", NOWHERE, dt.date(2026, 1, 1), dt.date(2026, 12, 31)) == []
    assert codes.in_force("vitality-centre", NOWHERE, dt.date(2025, 1, 1), dt.date(2025, 12, 31)) == []
    assert codes.in_force("employment-area", NOWHERE, dt.date(2024, 1, 1), dt.date(2024, 12, 31)) == []
    assert len(table("vitality-centre-2026")) == 10 and len(table("employment-area-2025")) == 46


@pytest.mark.parametrize(
    ("year", "areas"), [("2025", {"ely": "ely-2021"}), ("2026", {"vitality_centre": "vitality-centre-2026"})]
)
def test_every_municipality_lies_in_areas_that_are_in_the_tables_of_its_year(year, areas):
    municipalities = table(f"municipality-{year}")
    assert len(municipalities) == 308 and "588" not in municipalities
    for key, name in (areas | {"region": "region-2021", "employment_area": "employment-area-2025"}).items():
        assert {row[key] for row in municipalities.values()} == set(table(name))


def test_areas_of_a_known_place():
    helsinki = table("municipality-2026")["091"]
    assert table("vitality-centre-2026")[helsinki["vitality_centre"]]["name"]["fi"] == "Uudenmaan elinvoimakeskus"
    assert table("employment-area-2025")[helsinki["employment_area"]]["name"]["sv"] == "Helsingfors"


STUDY = """
[study]
name = "s"
title = "s"
organisation = "o"
funder = "f"
start = {start}-01-01
end = 2026-12-31
[[terms]]
id = "T"
name = "T"
start = 2026-01-01
end = 2026-12-31
[codes]
municipality = "municipality"
region = "region"
vitality_centre = "vitality-centre"
employment_area = "employment-area"
ely = "ely"
[[sources]]
table = "participants"
name = "Register"
file = "people.csv"
columns = {{ person = "id", municipality = "town" }}
"""


def study_from(tmp_path: Path, start: int) -> Path:
    (tmp_path / "raw" / "T").mkdir(parents=True)
    (tmp_path / "study.toml").write_text(STUDY.format(start=start), encoding="utf-8")
    (tmp_path / "raw" / "T" / "people.csv").write_text("id;town\na;091\nb;588\n", encoding="utf-8")
    return tmp_path


def test_persons_have_the_areas_of_their_municipality_also_of_one_that_is_no_more(tmp_path):
    study = loader.load(study_from(tmp_path, 2024))
    by_id = {code.id: code for code in study.codes["municipality"]}
    assert len(by_id) == 309 and by_id["588"].ely == "07" and by_id["588"].vitality_centre is None
    persons = tidy.build(study, reading.read(study, "T"), Key(b"k" * 32))["persons"].fillna("")
    assert sorted(persons[["ely", "vitality_centre", "employment_area"]].to_numpy().tolist()) == [
        ["01", "01", "08"],
        ["07", "", ""],
    ]


def test_a_series_without_a_table_in_the_years_is_a_fault(tmp_path):
    with pytest.raises(StudyError, match=r"codes\.ely"):
        loader.load(study_from(tmp_path, 2026))
