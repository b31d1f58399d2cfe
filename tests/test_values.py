"""Numbers and days as people write them: read where the source declares it, refused where it does not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from test_security import refused

from evaltools.ingest import reading
from evaltools.ingest.numbers import reader
from evaltools.study import dates, loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import DataError
from evaltools.study.source_model import Source

STUDY = """\
[study]
name = "Trial"
title = "Trial"
organisation = "School"
funder = "Nobody"
start = 2021-01-01
end = 2023-12-31
[[terms]]
id = "T1"
name = "Spring"
start = 2023-01-01
end = 2023-07-31
[codes]
gender = [{ id = "f", name = "Woman" }, { id = "m", name = "Man" }]
budget_category = [{ id = "pay", name = "Pay" }]
funding = [{ id = "grant", name = "Grant", role = "grant" }]
"""
LEDGER = """
[[sources]]
table = "budget"
name = "Ledger"
file = "b.csv"
columns = { date = "Date", category = "Cat", funding = "Fund", amount = "Eur" }
"""
REGISTER = """
[[sources]]
table = "participants"
name = "Register"
file = "reg.csv"
columns = { person = "id", birth_date = "born" }
"""


def write(folder: Path, study: str, **files: str):
    """The study of a study file and files of its one term."""
    (folder / "raw" / "T1").mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY + study, encoding="utf-8")
    for name, content in files.items():
        (folder / "raw" / "T1" / f"{name}.csv").write_text(content, encoding="utf-8")
    return loader.load(folder)


def tables(folder: Path, study: str, **files: str) -> dict[str, pd.DataFrame]:
    return reading.read(write(folder, study, **files), "T1")


def problems(folder: Path, study: str, **files: str) -> list[str]:
    read = write(folder, study, **files)
    return refused(lambda: reading.read(read, "T1"), DataError)


def number(text: str, *, whole: bool = False, **said: object) -> float | None:
    base = {"table": "budget", "name": "-", "file": "-", "columns": {"amount": "-"}}
    return reader(Source.model_validate(base | said), whole)(text)


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("1234,50", 1234.5, {}),
        ("−7", -7.0, {}),
        ("1 234,50", None, {}),
        ("1 234,50", 1234.5, {"thousands": " "}),
        ("1\u00a0234\u202f567,5", 1234567.5, {"thousands": " "}),
        ("12 34,5", None, {"thousands": " "}),
        ("1234 567", None, {"thousands": " "}),
        ("1.234.567,89", 1234567.89, {"thousands": "."}),
        ("2.385", 2385.0, {"thousands": "."}),
        ("2.38", None, {"thousands": "."}),
        ("1’234", 1234.0, {"thousands": "'"}),
        ("1,234.5", 1234.5, {"thousands": ",", "decimal": "."}),
        ("12,50 €", 12.5, {"units": ["€", "EUR"]}),
        ("€12,50", 12.5, {"units": ["€", "EUR"]}),
        ("eur 12", 12.0, {"units": ["€", "EUR"]}),
        ("12,50 $", None, {"units": ["€", "EUR"]}),
        ("45 %", 45.0, {"units": ["%"]}),
        ("-€5", -5.0, {"units": ["€"]}),
        ("-€ 5", -5.0, {"units": ["€"]}),
        ("− 8,00 €", -8.0, {"units": ["€"]}),
        ("(100)", None, {}),
        ("(100)", -100.0, {"negatives": ["(1)"]}),
        ("(1 100,50 €)", -1100.5, {"negatives": ["(1)"], "thousands": " ", "units": ["€"]}),
        ("(-100)", None, {"negatives": ["(1)"]}),
        ("100-", None, {}),
        ("100-", -100.0, {"negatives": ["1-"]}),
        ("-100-", None, {"negatives": ["1-"]}),
        ("1234567890123456", None, {}),
        ("٣", None, {}),
        ("", None, {"units": ["€"]}),
        ("€", None, {"units": ["€"]}),
    ],
)
def test_a_number_is_read_as_its_source_declares(text, value, said):
    assert number(text, **said) == value


def test_a_whole_number_has_no_decimals():
    assert number("1 200 kpl", whole=True, thousands=" ", units=["kpl"]) == 1200
    assert number("1,5", whole=True) is None


def test_marks_of_thousands_are_read_where_they_are_declared(tmp_path):
    ledger = "Date;Cat;Fund;Eur\n01.03.2023;pay;grant;1\u00a0234,50\n02.03.2023;pay;grant;12\n"
    study = LEDGER + 'date_format = "%d.%m.%Y"\n'
    assert problems(tmp_path, study, b=ledger) == [
        "raw/T1/b.csv:2:Eur: expected a number with , as decimal mark. Correct the value, or say in the source's "
        "thousands, units and negatives how numbers are written."
    ]
    read = tables(tmp_path, study + 'thousands = " "\n', b=ledger)
    assert read["budget"]["amount"].tolist() == [1234.5, 12.0]


def day(text: str, *formats: str, **said: object) -> str | None:
    found = [dates.parse(pd.Series([text], dtype="str"), f, **said)[0] for f in formats]
    return next((str(d.date()) for d in found if not pd.isna(d)), None)


@pytest.mark.parametrize(
    ("text", "date_format", "value", "said"),
    [
        ("12.03.55", "%d.%m.%y", "1955-03-12", {"years_from": 1925}),
        ("12.03.24", "%d.%m.%y", "2024-03-12", {"years_from": 1925}),
        ("12.03.25", "%d.%m.%y", "1925-03-12", {"years_from": 1925}),
        ("29.02.00", "%d.%m.%y", "2000-02-29", {"years_from": 1925}),
        ("29.02.00", "%d.%m.%y", None, {"years_from": 1900}),
        ("12.03.1955", "%d.%m.%y", None, {"years_from": 1925}),
        ("maanantai, 6. maaliskuuta 2023, 10.30", "%A, %d. %B %Y, %H.%M", "2023-03-06", {}),
        ("måndag, 6. mars 2023, 10.30", "%A, %d. %B %Y, %H.%M", "2023-03-06", {}),
        ("6 Sept. 2023", "%d %b %Y", "2023-09-06", {}),
        ("6 touko 2023", "%d %b %Y", "2023-05-06", {}),
        ("6. toukok. 2023", "%d. %b %Y", "2023-05-06", {}),
        ("May 16, 2023", "%B %d, %Y", "2023-05-16", {}),
        ("6 foo 2023", "%d %b %Y", None, {}),
        ("2023-03-27T23:30:00+03:00", "%Y-%m-%dT%H:%M:%S%z", "2023-03-27", {}),
        ("2023-03-27T22:30:00+02:00", "%Y-%m-%dT%H:%M:%S%z", "2023-03-27", {}),
        ("2023-03-27T22:30:00Z", "%Y-%m-%dT%H:%M:%S%z", "2023-03-27", {}),
        ("2023-03-27T22:30:00Z", "%Y-%m-%dT%H:%M:%S%z", "2023-03-28", {"timezone": "Europe/Helsinki"}),
        ("2023-03-27T22:30:00", "%Y-%m-%dT%H:%M:%S%z", None, {}),
        ("45001.39", "serial", "2023-03-16", {}),
        ("45001,39", "serial", "2023-03-16", {}),
        ("2023", "serial", None, {}),
        ("today", "%Y-%m-%d", None, {}),
        ("now", "%d %b %Y", None, {}),
    ],
)
def test_a_day_is_read_as_its_source_declares(text, date_format, value, said):
    assert day(text, date_format, **said) == value


def test_years_of_two_digits_need_their_first_year(tmp_path):
    register = "id;born\np1;12.03.55\n"
    with pytest.raises(StudyError) as error:
        write(tmp_path, REGISTER + 'date_format = "%d.%m.%y"\n', reg=register)
    assert "add years_from to the source" in str(error.value)
    read = tables(tmp_path, REGISTER + 'date_format = "%d.%m.%y"\nyears_from = 1930\n', reg=register)
    assert read["participants"]["birth_date"].dt.year.tolist() == [1955]


def test_a_number_in_place_of_a_day_is_named_for_what_it_is(tmp_path):
    register = "id;born\np1;20160.5\n"
    assert problems(tmp_path, REGISTER, reg=register) == [
        "raw/T1/reg.csv:2:born: the cell contains the number by which a spreadsheet counts days; expected 2023-07-31. "
        'Format the column as a date, or add "serial" to the source\'s date_format.'
    ]
    read = tables(tmp_path, REGISTER + 'date_format = ["%Y-%m-%d", "serial"]\n', reg=register)
    assert read["participants"]["birth_date"].astype(str).tolist() == ["1955-03-12"]


def test_an_unknown_time_zone_is_a_fault(tmp_path):
    with pytest.raises(StudyError) as error:
        write(tmp_path, REGISTER + 'timezone = "Helsinki"\n', reg="id;born\n")
    assert "no such time zone" in str(error.value)
