"""``evaltools status``: a term at a glance, by computations of the test's own."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import DATA, write_study

from evaltools import i18n
from evaltools.cli import main as cli
from evaltools.fieldwork import so_far, status
from evaltools.study import loader

DEMO = DATA / "uusi-alku"
DAY = dt.date(2023, 5, 15)


@pytest.fixture
def small(tmp_path) -> Path:
    return write_study(tmp_path / "small")


@pytest.fixture(scope="module")
def demo() -> status.Status:
    return status.of(loader.load(DEMO), DAY)


def exported(file: str) -> Iterator[dict[str, str]]:
    """The rows of an export of the demo, of every term in order."""
    for path in sorted((DEMO / "raw").glob(f"*/{file}"), key=lambda p: p.parent.name.replace("K", "A")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            yield from ({**row, "term": path.parent.name} for row in csv.DictReader(lines, delimiter=";"))


def test_answers_of_the_demo(demo):
    def answered(file: str) -> list[tuple[str, dt.datetime]]:
        """Who said anything but when, and when, in order."""
        rows = [r for r in exported(file) if any(r[c] for c in r if c not in ("Vastaajatunnus", "Vastausaika", "term"))]
        return [(r["Vastaajatunnus"], dt.datetime.strptime(r["Vastausaika"], "%d.%m.%Y")) for r in rows]

    first, end = dict(reversed(answered("alkukysely.csv"))), dict(answered("loppukysely.csv"))
    start = {person for person, day in first.items() if person not in end or day <= end[person]}
    people = {row["Henkilötunniste"] for row in exported("osallistujat.csv")}
    found = {each.table: each for each in demo.answers}
    assert (found["start_survey"].answered, found["start_survey"].asked) == (len(start & people), len(people))
    assert found["end_survey"].answered == len(end.keys() & people)
    assert demo.pairs is not None and demo.pairs[0] <= len(start & end.keys())
    asked = {row["Henkilötunniste"] for row in exported("sijoittumisseuranta.csv")}
    known = {row["Henkilötunniste"] for row in exported("sijoittumisseuranta.csv") if row["Tilanne"]}
    assert (found["followup"].answered, found["followup"].asked) == (len(known), len(asked))


def test_what_the_main_questions_need_is_the_reports_advice(demo):
    assert demo.pairs == (382, 782)  # results: pairs_needed of digital_tools


def test_money_of_the_demo_by_the_day(demo):
    def cents(row: dict[str, str]) -> int:
        return round(float(row["Euroa"].replace(",", ".")) * 100)

    day = [(dt.datetime.strptime(row["Kirjauspäivä"], "%d.%m.%Y").date(), row) for row in exported("talous.csv")]
    assert demo.money == (sum(cents(row) for when, row in day if when <= DAY) / 100, 110000)


def test_actions_are_late_or_soon_due(small):
    # a2 was cancelled in the second term; a3, planned for 1 June, is open
    study = loader.load(small)
    tables = so_far.read(study, "T2").tables
    found = {day: status.open_actions(study, tables, dt.date.fromisoformat(day)) for day in DAYS}
    assert {day: [(a.action, a.late) for a in actions] for day, actions in found.items()} == DAYS


DAYS = {"2021-04-30": [], "2021-05-02": [("a3", -30)], "2021-06-01": [("a3", 0)], "2021-06-11": [("a3", 10)]}


def test_what_is_missing_is_named_and_the_rest_is_counted(small):
    for name in ("after.csv", "ledger.csv"):
        (small / "raw/T2" / name).unlink()
    now = status.of(loader.load(small), dt.date(2021, 12, 1))
    assert now.term.id == "T2" and now.problems == []
    assert [each.source.file for each in now.files if each.missing] == ["after.csv", "ledger.csv"]
    rows = {each.source.file: each.rows for each in now.files}
    assert (rows["people*.csv"], rows["before.csv"], rows["after.csv"], rows["population.csv"]) == (3, 2, 0, None)
    assert {each.table: each.answered for each in now.answers} == {"start_survey": 4, "end_survey": 1, "followup": 3}
    assert now.money == (350.0, 1100.0)
    [target] = now.targets
    assert (target.actual, target.wanted) == (5, 4)


def test_a_term_of_which_nothing_is_there_yet(small):
    study = loader.load(small)
    for path in (small / "raw").glob("*/*"):
        path.unlink()
    now = status.of(study, dt.date(2020, 1, 1))
    assert now.term.id == "T1" and now.problems == []
    assert sum(each.missing for each in now.files) == 9


def test_faults_of_the_files_are_counted_and_the_check_named(small, capsys):
    (small / "raw/T2/before.csv").write_text("id;day;Q1;Q2;free\n091;yesterday;9;1;\n", encoding="utf-8")
    assert cli.main(["status", str(small), "--language", "en"]) == 0
    assert "The files have 2 errors" in capsys.readouterr().out


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_terminal_says_it_in_every_language(small, capsys, language):
    arguments = ["status", str(small), "--term", "T2", "--date", "2021-12-30", "--language", language]
    assert cli.main(arguments) == 0
    said = capsys.readouterr().out
    for words in ("missing", "none"):
        assert i18n.say(f"status.{words}", language) not in said
    assert i18n.say("status.ends_ahead", language, n=1, day=i18n.date(dt.date(2021, 12, 31), language)) in said
    assert i18n.say("status.late", language, n=212) in said and "a3 Third" in said
    assert "091" not in said  # no id of a person


def test_a_term_that_is_not_there(small, capsys):
    assert cli.main(["status", str(small), "--term", "T9", "--language", "en"]) == 2
    assert "there is no term T9" in capsys.readouterr().err
