"""``evaltools due``: the right persons, the most telling first, in a file for nobody else."""

from __future__ import annotations

import csv
import datetime as dt
import os
import stat
from pathlib import Path

import pandas as pd
import people_study
import pytest
from conftest import DATA, FILES, write_study
from hypothesis import given, settings
from hypothesis import strategies as st
from test_status import exported

from evaltools import i18n
from evaltools.cli import main as cli
from evaltools.fieldwork import asking, due, order, so_far
from evaltools.study import delays, loader
from evaltools.study.faults import StudyError

DAY = dt.date(2023, 6, 1)
AFTER = {'when = "later"\n': 'when = "later"\nafter = "4 weeks"\nwithin = "3 months"\n'}


def finnish(day: str) -> dt.date:
    return dt.datetime.strptime(day, "%d.%m.%Y").date()


# --- spans of time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "day", "later"),
    [
        ("10 days", "2023-12-25", "2024-01-04"),
        ("4 weeks", "2024-02-01", "2024-02-29"),
        ("6 months", "2023-08-31", "2024-02-29"),
        ("1 month", "2023-01-31", "2023-02-28"),
        ("12 months", "2023-05-15", "2024-05-15"),
        ("1 year", "2024-02-29", "2025-02-28"),
        ("0 days", "2023-01-01", "2023-01-01"),
    ],
)
def test_a_span_of_time_from_a_day(written, day, later):
    assert delays.parsed(written).after(dt.date.fromisoformat(day)) == dt.date.fromisoformat(later)


@pytest.mark.parametrize("written", ["4", "four weeks", "-1 days", "4 fortnights", 4, "4weeks", ""])
def test_other_words_are_a_fault_of_the_study_file(tmp_path, written):
    quoted = f'"{written}"' if isinstance(written, str) else written
    with pytest.raises(StudyError, match=r"followup\.after"):
        loader.load(write_study(tmp_path / "s", {'when = "later"\n': f'when = "later"\nafter = {quoted}\n'}))


# --- whose turn it is -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> tuple[dict[str, due.Due], so_far.SoFar]:
    study = loader.load(DATA / "uusi-alku")
    found = so_far.read(study, study.last_term.id)
    return {each.table: each for each in due.lists(study, found.tables, DAY)}, found


def left() -> dict[str, dt.date]:
    """Who has left by the register of study rights, and on which day: the last end where no right goes on."""
    rights = {row["Opinto-oikeuden tunniste"]: row for row in exported("opinto-oikeudet.csv")}
    going_on = ("lasna", "loma", "valiaikaisestikeskeytynyt")
    ends: dict[str, list[dt.date | None]] = {}
    for row in rights.values():
        end = None if row["Opiskeluoikeuden tila"] in going_on else finnish(row["Päättymispäivä"])
        ends.setdefault(row["Henkilötunniste"], []).append(end)
    return {person: max(days) for person, days in ends.items() if None not in days}


def months_later(day: dt.date, months: int) -> dt.date:
    later = pd.Timestamp(day) + pd.DateOffset(months=months)
    return later.date()


def test_whom_to_ask_how_they_are_by_a_computation_of_its_own(demo):
    answered = {
        row["Henkilötunniste"]
        for row in exported("sijoittumisseuranta.csv")
        if row["Tilanne"] and finnish(row["Seurantapäivä"]) <= DAY
    }
    expected = {
        person: months_later(end, 4)
        for person, end in left().items()
        if months_later(end, 4) <= DAY <= months_later(months_later(end, 4), 3) and person not in answered
    }
    lists, found = demo
    people = lists["followup"].people
    assert dict(zip(people["person"].map(found.ids), people["due"], strict=True)) == expected
    assert len(expected) > 20 and (people["days"] == [(DAY - each).days for each in people["due"]]).all()


def test_whom_to_ask_at_the_end_by_a_computation_of_its_own(demo):
    answered = {
        row["Vastaajatunnus"]
        for row in exported("loppukysely.csv")
        if finnish(row["Vastausaika"]) <= DAY
        and any(row[c] for c in row if c not in ("Vastaajatunnus", "Vastausaika", "term"))
    }
    weeks = dt.timedelta(weeks=8)
    expected = {person for person, end in left().items() if end <= DAY <= end + weeks and person not in answered}
    lists, found = demo
    assert set(lists["end_survey"].people["person"].map(found.ids)) == expected
    assert len(expected) > 5


def test_the_most_telling_first(demo):
    lists, _ = demo
    for each in lists.values():
        assert each.people["narrows"].is_monotonic_decreasing
    assert lists["followup"].people["narrows"].nunique() > 10


def test_who_is_silent_and_who_is_new(demo):
    lists, found = demo
    listed = {
        row["Henkilötunniste"]
        for row in exported("sijoittumisseuranta.csv")
        if finnish(row["Seurantapäivä"]) <= DAY and not row["Tilanne"]
    }
    people = lists["followup"].people
    states = dict(zip(people["person"].map(found.ids), people["state"], strict=True))
    assert {person for person, state in states.items() if state == asking.SILENT} == listed & states.keys()


def test_answers_by_week(demo):
    lists, _ = demo
    days = [finnish(row["Seurantapäivä"]) for row in exported("sijoittumisseuranta.csv") if row["Tilanne"]]
    for monday, n in lists["followup"].weeks:
        assert monday.weekday() == 0
        assert n == sum(monday <= day < monday + dt.timedelta(weeks=1) and day <= DAY for day in days)


class Turns:
    """Whom to ask in a study on a day, by the register's ids: table -> person -> day of the turn."""

    def __init__(self, folder: Path):
        self.study = loader.load(folder)
        self.found = so_far.read(self.study, self.study.last_term.id)

    def on(self, day: str) -> dict[str, dict[str, str]]:
        when = dt.date.fromisoformat(day)
        people = asking.silent(asking.turns(self.study, self.found.tables, when), when)
        made: dict[str, dict[str, str]] = {}
        for person, table, turn in zip(people["person"], people["table"], people["due"], strict=True):
            made.setdefault(table, {})[self.found.ids[person]] = str(turn)
        return made


def test_the_small_study_day_by_day(tmp_path):
    within = {'[survey]\ncannot_say = ["EOS"]': '[survey]\ncannot_say = ["EOS"]\nwithin = { start = "2 weeks" }'}
    turns = Turns(write_study(tmp_path / "s", AFTER | within))
    # nan left on 1 December, 1E5 on the 15th; 091 had left and was asked, NA left on 30 November
    assert turns.on("2021-12-31") == {
        "end_survey": {"1E5": "2021-12-15", "NA": "2021-11-30"},
        "followup": {"NA": "2021-12-28"},
    }
    # a start survey is asked for two weeks; nan answered on the 20th
    assert turns.on("2021-08-19")["start_survey"] == {"None": "2021-08-15", "nan": "2021-08-16"}
    assert turns.on("2021-08-29")["start_survey"] == {"None": "2021-08-15"}


def test_waves_of_the_studys_own(tmp_path):
    waves = people_study.WAVES.replace(
        'en = "Half way" }', 'en = "Half way" }\nafter = "1 month"\ncounted_from = "start"'
    ).replace('en = "after a year" }', 'en = "after a year" }\nafter = "1 year"')
    folder = people_study.write(tmp_path / "s", people_study.STUDY + people_study.SOURCES + waves)
    study = loader.load(folder)
    assert [each.table for each in asking.askings(study)] == [
        *("start_survey", "end_survey", "middle_survey", "year_followup"),
    ]
    assert asking.undated(study) == ["followup", "later_survey"]
    # no study rights: the days are those of the term; everybody has answered half way, those of T3 not after a year
    found = Turns(folder).on("2023-07-01")
    assert "middle_survey" not in found
    assert set(found["year_followup"].values()) == {"2023-06-30"}
    assert len(found["year_followup"]) == people_study.COURSES * people_study.SIZE


# --- the order --------------------------------------------------------------------------------------------------------


def mean_width(groups: list[set[str]], answered: set[str]) -> float:
    """Of the bounds of groups with two persons or more."""
    widths = [len(group - answered) / len(group) for group in groups if len(group) > 1]
    return sum(widths) / max(len(widths), 1)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), min_size=1), st.sets(st.integers(0, 20)))
def test_an_answer_narrows_by_what_it_is_worth(rows, answered):
    members = pd.DataFrame([(f"p{p}", "g", str(g)) for p, g in rows], columns=["person", "by", "group"])
    everyone = set(members["person"])
    known = {f"p{p}" for p in answered} & everyone
    worth = order.narrowing(members, members["person"], 2)
    groups = [set(of["person"]) for _, of in members.groupby("group")]
    for person in everyone - known:
        before, after = (mean_width(groups, who) for who in (known, known | {person}))
        assert before - after == pytest.approx(worth.get(person, 0.0))


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.floats(0.05, 1))
def test_the_fewest_answers_that_settle_a_target(yes, no, silent, target):
    asked = yes + no + silent
    found = order.fewest_to_decide(yes, silent, asked, target)

    def settled(count: int, unknown: int) -> bool:
        return count >= target * asked - 1e-9 or count + unknown < target * asked - 1e-9

    by_trying = next(
        (k for k in range(silent + 1) if any(settled(yes + more, silent - k) for more in (0, k))),
        None,
    )
    assert found == (by_trying or None)


# --- the files --------------------------------------------------------------------------------------------------------


def read_list(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_recipients_with_their_addresses(tmp_path, capsys):
    head, *rows = FILES["raw/T1/people.csv"].splitlines()
    mails = ["a@example.com;+358 40 000 0000", "=HYPERLINK(1);040", ";"]
    first = "\n".join([f"{head};mail;phone", *(f"{r};{m}" for r, m in zip(rows, mails, strict=True))]) + "\n"
    head, *rows = FILES["raw/T2/people.csv"].splitlines()
    second = "\n".join([f"{head};mail;phone", *(f"{r};b@example.com;" for r in rows)]) + "\n"
    edits = AFTER | {"targets = [{": 'recipients = { email = "mail", phone = ["tel", "phone"] }\ntargets = [{'}
    folder = write_study(tmp_path / "s", edits, {"raw/T1/people.csv": first, "raw/T2/people.csv": second})
    assert cli.main(["due", str(folder), "--date", "2022-01-10", "--language", "en"]) == 0
    home = tmp_path / "outputs/s/due"
    rows = read_list(home / "end_survey.csv")
    assert list(rows[0]) == ["id", "email", "phone", "due", "days", "state"]
    found = {row["id"]: (row["email"], row["phone"]) for row in rows}
    assert found["NA"] == ("'=HYPERLINK(1)", "040") and found["1E5"] == ("", "")
    assert stat.S_IMODE((home / "followup.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == stat.S_IMODE(home.parent.stat().st_mode) == 0o700
    assert (home / ".gitignore").read_text(encoding="utf-8") == "*\n"
    said = capsys.readouterr()
    assert not any(each in said.out + said.err for each in ("1E5", "091", "example.com", "HYPERLINK"))


def test_an_address_column_that_is_not_there(tmp_path, capsys):
    folder = write_study(tmp_path / "s", {"targets = [{": 'recipients = { email = "mail" }\ntargets = [{'})
    assert cli.main(["due", str(folder), "--language", "en"]) == 2
    assert "mail" in capsys.readouterr().err and not (tmp_path / "outputs").exists()


@pytest.mark.parametrize(
    ("place", "made"),
    [
        ("outputs/s/T1/public-fi", ""),
        ("outputs/s/T1/public-fi/deep", ""),
        ("outputs/s/T1", ""),
        ("outputs/s/T2/due", ""),
        ("public_html/lists", ""),
        ("anywhere", "run.json"),
        ("for-the-web", "CONTENTS.txt"),
        ("older", "public-sv/index.html"),
    ],
)
def test_no_list_where_others_read(tmp_path, capsys, place, made):
    folder = write_study(tmp_path / "s", AFTER)
    if made:
        (tmp_path / place / made).parent.mkdir(parents=True)
        (tmp_path / place / made).touch()
    assert cli.main(["due", str(folder), "--to", str(tmp_path / place), "--language", "en"]) == 2
    assert "a list of people is not written" in capsys.readouterr().err
    assert list(tmp_path.rglob("*.csv")) == list((tmp_path / "s").rglob("*.csv"))


@pytest.mark.skipif(os.name == "nt", reason="no such modes there")
def test_no_list_where_others_may_write(tmp_path, capsys):
    folder = write_study(tmp_path / "s", AFTER)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path / "shared")
    for place in ("shared", "shared/mine", "link"):
        assert cli.main(["due", str(folder), "--to", str(tmp_path / place), "--language", "en"]) == 2
        assert "others may write" in capsys.readouterr().err


def test_a_follow_up_without_a_day_is_named(tmp_path, capsys):
    assert cli.main(["due", str(write_study(tmp_path / "s")), "--date", "2021-12-31", "--language", "sv"]) == 0
    said = capsys.readouterr().out
    assert i18n.say("due.undated", "sv", survey="Follow-up") in said and i18n.say("due.keep", "sv") in said
    assert not (tmp_path / "outputs/s/due/followup.csv").exists()


def test_a_target_that_answers_can_settle(tmp_path):
    target = 'targets = [{ id = "work", name = "Work", measure = "employed", value = 0.8 }, {'
    study = loader.load(write_study(tmp_path / "s", AFTER | {"targets = [{": target}))
    found = so_far.read(study, "T2")
    # of 091, 1E5, NA and nan who were asked 091 and 1E5 work and nan does not: of NA it is not known
    for value, settles in ((0.8, {}), (0.75, {"work": 1}), (0.5, {})):
        wanted = [study.targets[0].model_copy(update={"value": value})]
        lists = due.lists(study.model_copy(update={"targets": wanted}), found.tables, dt.date(2022, 1, 20))
        assert next(each for each in lists if each.table == "followup").decides == settles
