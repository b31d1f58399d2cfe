"""Two people code open answers in a workbook: what is written, what is read back, what is refused, what is counted."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pandas as pd
import pytest
from conftest import FILES, write_study
from openpyxl import load_workbook
from test_freetext import EDITS, SAID, THEME_LIST, themed

import evaltools as ev
from evaltools.authoring import coding
from evaltools.cli import main as cli
from evaltools.counts.comments import comments
from evaltools.ingest import coding as codings
from evaltools.ingest import reading
from evaltools.privacy.pseudonyms import load_key, pseudonymise
from evaltools.results.records import pick
from evaltools.statistics.agreement import krippendorff_alpha
from evaltools.study import loader
from evaltools.study.model import Study
from evaltools.study.problems import DataError

REFERENCE = Path(__file__).parent / "reference" / "agreement_r.csv"
# what the two coders say of the end survey's answers, by a word of the answer
FIRST = {"kova": ["Pace"], "kiire": ["Pace", "Work"], "mitään": ["None of these"]}
SECOND = FIRST | {"kova": ["Pace", "Work"]}


def test_alpha_and_its_limits_against_r():
    for case in csv.DictReader(REFERENCE.open()):
        found = krippendorff_alpha(*(int(case[key]) for key in ("both", "one", "neither")))
        expected = [float(case[key]) for key in ("alpha", "lower", "upper")]
        assert [found.estimate, found.lower, found.upper] == pytest.approx(expected, abs=2e-5)  # R steps by 1e-5


def test_alpha_has_no_value_where_nothing_differs_and_no_point_for_interval_where_coders_never_do():
    assert krippendorff_alpha(0, 0, 9).note == krippendorff_alpha(9, 0, 0).note == "no_variance"
    assert krippendorff_alpha(0, 0, 0).note == "nobody_answered"
    never = krippendorff_alpha(4, 0, 6)
    assert never.estimate == never.upper == 1 and never.lower < 0.7
    with pytest.raises(ValueError, match="negative"):
        krippendorff_alpha(1, -1, 3)


# --- the workbook ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> tuple[Study, pd.DataFrame]:
    """The small study, whose start survey has no comment, and the answers of its last term."""
    silent = {name: content.replace("a word", "") for name, content in FILES.items() if name.endswith("before.csv")}
    end = "".join(f'{i};2021-10-30;5;3;8;"{text}"\n' for i, text in SAID.items())
    files = silent | {"raw/T2/after.csv": f"id;day;Q1;Q2;FB;free\n{end}", "names.txt": "Matti Virtanen\n"}
    study = loader.load(write_study(tmp_path_factory.mktemp("coding") / "data" / "small", EDITS, files))
    return study, coding.answers(study, reading.read(study, "T2"), load_key(), "T2")


@pytest.fixture
def path(home, tmp_path) -> Path:
    """A workbook to fill."""
    file = tmp_path / "T2.xlsx"
    file.write_bytes(coding.workbook(coding.Workbook(*home, "en", file.name), {}))
    return file


def read(home: tuple[Study, pd.DataFrame], path: Path) -> coding.Coded:
    return coding.read(path, *home, "fi")  # the language it was written in is found


def refused(home: tuple[Study, pd.DataFrame], path: Path) -> list[str]:
    with pytest.raises(DataError) as error:
        read(home, path)
    assert "kova" not in str(error.value)
    return error.value.lines("en")


def fill(path: Path, **sheets: dict[str, list[str]]) -> None:
    """Mark themes by a word of each answer; ``AB`` is the sheet of both."""
    opened = load_workbook(path)
    for name, marks in sheets.items():
        sheet = opened["A+B" if name == "AB" else name]
        heads = [cell.value for cell in sheet[1]]
        for row in sheet.iter_rows(min_row=2):
            for theme in next(themes for word, themes in marks.items() if word in row[2].value):
                row[heads.index(theme)].value = "x"
    opened.save(path)


def rows(path: Path, sheet: str) -> list[list[str | None]]:
    return [[cell.value for cell in row] for row in load_workbook(path)[sheet].iter_rows()]


def test_answers_are_masked_suggested_and_of_no_person(home, path):
    head, *lines = rows(path, "A")
    assert head == ["ID", "Survey", "Answer", "Suggested by the word list", "Pace", "Work", "None of these"]
    said = {line[2]: line[3] for line in lines}
    assert said["työ ja kiire; soita [phone number]"] == "Pace, Work" and not said["ei mitään"]
    assert any(text.startswith("Tahti oli kova, t. [name] [name] [identity code]") for text in said)
    ids = [line[0] for line in lines]
    assert ids == sorted(ids)  # in no person's order
    persons = pseudonymise(pd.Series([*SAID]), load_key(), home[0].id)
    assert not {*persons, *SAID} & set(ids)


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [
        ("E3", "y", "T2.xlsx [A]:3:E: the mark is not x"),
        ("H2", "x", "T2.xlsx [A]:2:H: the mark is not x"),
        ("G2", "x", "T2.xlsx [A]:2:G: both a theme"),
        ("C2", "something else", "T2.xlsx [A]:2:C: the cell has been changed"),
        ("D3", "Work, too", "T2.xlsx [A]:3:D: the cell has been changed"),
        ("E1", "Speed", "T2.xlsx [A]:1:E: the cell has been changed"),
        ("A4", "bcdfghjk", "T2.xlsx [A]:4:A: the ID belongs to no answer"),
    ],
)
def test_an_edited_workbook_is_refused_with_the_cell(home, path, cell, value, said):
    fill(path, A={word: ["Pace"] for word in FIRST}, B=FIRST)
    opened = load_workbook(path)
    opened["A"][cell].value = value
    opened.save(path)
    assert any(line.startswith(said) for line in refused(home, path))


def test_a_half_filled_workbook_is_refused_with_each_cell(home, path):
    fill(path, A=FIRST, B=FIRST | {"kova": [], "mitään": []})
    told = refused(home, path)
    assert len(told) == 2
    assert all("T2.xlsx [B]:" in line and ":E: the answer has not been coded" in line for line in told)


def test_rows_may_be_sorted_but_none_may_be_missing(home, path):
    fill(path, A=FIRST, B=FIRST)
    opened = load_workbook(path)
    turned = [[cell.value for cell in row] for row in opened["A"].iter_rows(min_row=2)][::-1]
    for line, row in enumerate(turned, start=2):
        for column, value in enumerate(row, start=1):
            opened["A"].cell(line, column).value = value
    opened.save(path)
    assert not read(home, path).differing
    opened["A"].delete_rows(3)
    opened.save(path)
    assert [line.split(". ")[0] for line in refused(home, path)] == ["T2.xlsx [A]: answers are missing"]


def test_white_space_that_a_spreadsheet_saves_otherwise_changes_no_answer(home, path):
    fill(path, A=FIRST, B=FIRST)
    opened = load_workbook(path)
    for row in opened["A"].iter_rows(min_row=2):
        row[2].value = f" {row[2].value.replace(' ', chr(10))}\r\n"
    opened.save(path)
    assert not read(home, path).differing


def test_a_column_of_ones_own_is_refused_alone(home, path):
    fill(path, A=FIRST, B=FIRST)
    opened = load_workbook(path)
    opened["A"]["H1"].value = "My notes"
    opened.save(path)
    assert [line.partition(": ")[0] for line in refused(home, path)] == ["T2.xlsx [A]:1:H"]


def test_what_is_no_workbook_of_ours_is_refused(home, path):
    path.write_bytes(b"no workbook")
    assert "T2.xlsx" in refused(home, path)[0]


def test_what_coders_differ_on_is_listed_for_them_to_settle(home, path):
    fill(path, A=FIRST, B=SECOND)
    coded = read(home, path)
    assert coded.open and [coded.counts(theme) for theme in ("pace", "work")] == [(2, 0, 1), (1, 1, 1)]
    path.write_bytes(coding.workbook(coding.Workbook(*home, "en", path.name), coded.coders, coded))
    _, *lines = rows(path, "A+B")
    assert len(lines) == 1 and lines[0][3] == "A: Pace; B: Pace, Work"
    assert ["T2.xlsx [A+B]:2:E" in line for line in refused(home, path)] == [True]
    fill(path, AB={"kova": ["Pace"]})
    coded = read(home, path)
    assert not coded.open and sorted(map(sorted, coded.agreed.values())) == [["none"], ["pace"], ["pace", "work"]]


def test_without_a_roster_or_themes_there_is_nothing_to_code(home):
    study = home[0]
    for change, what in (({"themes": []}, "no_themes"), ({"privacy": type(study.privacy)()}, "no_roster")):
        with pytest.raises(coding.CodingError) as error:
            coding.answers(study.model_copy(update=change), {}, load_key(), "T2")
        assert error.value.what == what
    with pytest.raises(coding.CodingError, match="no open answers"):
        coding.answers(study, {}, load_key(), "T1")


# --- the command, and what is counted --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done(home, tmp_path_factory) -> tuple[Path, Path]:
    """The study's folder and the workbook, coded by way of the command."""
    folder, to = home[0].folder, tmp_path_factory.mktemp("filled")
    command = ["code", str(folder), "T2", "--to", str(to), "--language", "en"]
    assert cli.main(command) == 0
    fill(to / "T2.xlsx", A=FIRST, B=SECOND)
    assert cli.main(command) == 0 and not (folder / codings.FILE).exists()
    fill(to / "T2.xlsx", AB={"kova": ["Pace"]})
    assert cli.main(command) == 0
    return folder, to / "T2.xlsx"


def test_the_workbook_is_for_its_owner_and_what_is_kept_holds_no_text(done):
    folder, book = done
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    lines = list(csv.DictReader((folder / codings.FILE).open(), delimiter=";"))
    assert sorted(line["agreed"] for line in lines) == ["none", "pace", "pace work"]
    assert sorted(line["coder_b"] for line in lines) == ["none", "pace work", "pace work"]
    assert "kova" not in (folder / codings.FILE).read_text(encoding="utf-8")


def test_answers_that_were_coded_before_are_marked_in_a_new_workbook(done, home):
    marks = coding.known(reading.read(home[0], "T2"))
    assert sorted(map(sorted, marks["B"].values())) == [["none"], ["pace", "work"], ["pace", "work"]]
    assert marks["A"].keys() == set(home[1]["id"])


def test_themes_are_counted_as_people_coded_them(done):
    opened = ev.open_study(done[0]).term("T2", "en", "internal")
    rows = opened.rows("survey")
    end = pick(rows, table="comments", measure="coded_theme", scope="all", group="end")
    assert end.set_index("group2")["count"].to_dict() == {"pace": 2, "work": 1, "none": 1}
    found = {name: of.set_index("group") for name, of in pick(rows, table="coding").groupby("measure")}
    assert found["both"]["count"].to_dict() == {"pace": 2, "work": 1}
    assert found["one"]["count"].to_dict() == {"pace": 0, "work": 1}
    assert found["alpha"]["estimate"].to_dict() == pytest.approx({"pace": 1, "work": 1 - 5 / 9})
    shown = opened.section("survey").parts["comments"]
    assert shown.sentences[-1].startswith("Two people read every comment")
    assert [table.id for table in shown.tables] == ["comment-themes", "comment-coding"]


def test_agreement_is_of_exact_counts_so_the_public_edition_has_none(done):
    public = ev.open_study(done[0]).term("T2", "en", "public")
    rows = public.rows("survey")
    assert pick(rows, table="coding").empty and len(pick(rows, table="comments", measure="coded_theme"))
    assert [table.id for table in public.section("survey").parts["comments"].tables] == ["comment-themes"]


def test_until_all_are_coded_the_word_list_counts(make_study, done):
    folder = themed(make_study)  # where somebody left a comment at the start, too
    (folder / codings.FILE).write_bytes((done[0] / codings.FILE).read_bytes())
    opened = ev.open_study(folder).term("T2", "en", "internal")
    counted = comments(opened.study, opened.tidy, "T2")["comments"]
    assert dict(counted.drop_duplicates("scope")[["scope", "coded"]].to_numpy().tolist()) == {
        "all": False,
        "T1": False,
        "T2": True,
    }
    said = opened.section("survey").parts["comments"].sentences
    assert said[-1].startswith("Some comments have been coded")


def test_a_theme_that_came_later_asks_for_coding_again(make_study, done):
    more = THEME_LIST.replace("]\nprivacy", '{ id = "food", name = "Food", words = ["ruoka"] },\n]\nprivacy')
    folder = themed(make_study, edits={"targets = [{": more + "targets = [{"})
    (folder / codings.FILE).write_bytes((done[0] / codings.FILE).read_bytes())
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T2")
    assert {(p.file, p.column, p.what) for p in error.value.problems} == {("coding.csv", "themes", "bad_coding")}
