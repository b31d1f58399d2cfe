"""Exports of survey tools become a study of one's own: what is proposed passes, and the answers are those written."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pandas as pd
import pytest
import tool_exports
from tool_exports import AGREE_EN, AGREE_FI, EN, FI, TOOLS, VARIANTS, write_csv, write_xlsx

from evaltools.authoring import columns, describe, situations
from evaltools.authoring.profiles import of as profile_of
from evaltools.cli.main import OK, main
from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.model import Study

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))

import profiles

ALL = TOOLS | VARIANTS


@pytest.mark.parametrize("messy", [False, True], ids=["plain", "messy"])
@pytest.mark.parametrize("tool", ALL)
def test_a_study_is_made_of_exports_and_reads_what_was_written(tmp_path, capsys, tool, messy):
    (tmp_path / "exports").mkdir()
    written = ALL[tool](tmp_path / "exports", messy)
    folder = tmp_path / "mine"
    assert main(["new", str(folder), "--from", *map(str, written.files), "--language", "en"]) == OK
    assert f": {tool.split(',')[0]};" in capsys.readouterr().out
    if tool in TOOLS:
        assert main(["check", str(folder), "--language", "en"]) == OK, capsys.readouterr().err
    study = loader.load(folder)
    assert study.study.language == "en"
    for truth in written.truths:
        read, heard = profiles.read(study, truth)
        assert read == truth.answers
        assert heard == truth.heard or not any(truth.heard)


@pytest.mark.parametrize("export", profiles.MORE)
def test_further_exports_are_read_as_written_without_an_edit(tmp_path, export):
    """Other languages, groups, repeats, older forms and several sheets, with what real exports have besides answers."""
    edits, checked, _, different, _ = profiles.trial(export, profiles.MORE[export], True, False, tmp_path)
    assert (edits, checked, different) == ("0", "OK", "as written")


@pytest.mark.parametrize("tool", ALL)
def test_no_answer_of_a_person_is_shown(tmp_path, tool):
    written = ALL[tool](tmp_path, True)
    for path in written.files:
        block = describe.describe(path)
        assert (
            "p1007" not in block and "example.org" not in block and not any(c in block for c in tool_exports.COMMENTS)
        )
        assert tool.split(",")[0] in block.splitlines()[0]


# --- registers, and who is who -------------------------------------------------------------------------------------


def made(tmp_path: Path, files: list[Path], *more: str) -> Study:
    folder = tmp_path / "mine"
    assert main(["new", str(folder), "--from", *map(str, files), "--language", "en", *more]) == OK
    assert main(["check", str(folder), "--language", "en"]) == OK
    return loader.load(folder)


HEAD = ["Student ID", "Name", "Date of Birth", "Sex", "Level of education", "Enrolment date", "Completion status"]
STATES = ["Completed", "In progress", "Withdrawn"]


def register(path: Path, order: str, last_day: int = 28) -> list[dt.date]:
    """Forty persons; their days of birth."""
    born = [dt.date(1960 + i, 1 + i % 12, 1 + (5 * i) % last_day) for i in range(40)]
    rows: list[list[object]] = [[*HEAD]]
    for i, day in enumerate(born):
        start = dt.date(2026, 1 + i % 6, 1 + i % last_day)
        level = ["Primary", "Secondary", "Tertiary"][i % 3]
        sex, state = ["Female", "Male"][i % 2], STATES[i % 3]
        rows.append([f"S{i:03}", f"Person {i}", day.strftime(order), sex, level, start.strftime(order), state])
    write_csv(path, rows, encoding="cp1252")
    return born


@pytest.mark.parametrize("order", ["%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%d %B %Y"])
def test_a_register_gives_persons_and_study_rights_with_days_in_its_own_order(tmp_path, order):
    born = register(tmp_path / "register.csv", order)
    study = made(tmp_path, [tmp_path / "register.csv"])
    tables = reading.read(study, study.terms[-1].id)
    assert tables["participants"]["birth_date"].dt.date.tolist() == born
    assert tables["enrolments"]["start"].dt.month.tolist() == [1 + i % 6 for i in range(40)]
    roles = {code.id: code.role for code in study.codes["state"]}
    assert [roles[s] for s in tables["enrolments"]["state"]][:3] == ["completed", "ongoing", "dropped"]
    assert {"municipality", "region"} & set(study.codes) == set()  # no register of Finland where there is none


def test_days_and_months_that_cannot_be_told_apart_are_asked(tmp_path, capsys):
    born = register(tmp_path / "register.csv", "%d/%m/%Y", last_day=12)
    assert main(["new", str(tmp_path / "mine"), "--from", str(tmp_path / "register.csv"), "--language", "en"]) == 2
    said = capsys.readouterr().err
    assert (
        "--dates day-first or --dates month-first" in said and "%m/%d/%Y" in said and not (tmp_path / "mine").exists()
    )
    study = made(tmp_path, [tmp_path / "register.csv"], "--dates", "day-first")
    assert reading.read(study, study.terms[-1].id)["participants"]["birth_date"].dt.date.tolist() == born


def forms(path: Path, month: int, codes: list[str], column: str) -> Path:
    rows: list[list[object]] = [["ID", "Start time", "Completion time", "Email", "Name", column, *EN]]
    for i, code in enumerate(codes, start=1):
        moment = dt.datetime(2026, month, 1 + i % 27, 10, i % 60)
        rows.append([i, moment, moment, "anonymous", None, code, *(1 + (i + j) % 5 for j in range(3))])
    return write_xlsx(path, rows)


def test_persons_are_linked_by_a_code_of_their_own_however_they_write_it(tmp_path):
    codes = [f"ma{i:02} {'helsinki' if i % 2 else 'espoo'}" for i in range(40)]
    start = forms(tmp_path / "start.xlsx", 2, codes, "My code")
    end = forms(tmp_path / "end.xlsx", 6, [code.upper().replace(" ", "") for code in codes[10:]], "Your code, please")
    study = made(tmp_path, [end, start])
    tables = reading.read(study, study.terms[-1].id)
    shared = set(tables["start_survey"]["person"]) & set(tables["end_survey"]["person"])
    assert len(tables["start_survey"]) == 40 and len(shared) == 30


def test_persons_of_a_register_are_linked_by_the_id_that_a_survey_asks(tmp_path):
    register(tmp_path / "register.csv", "%d/%m/%Y")
    start = forms(tmp_path / "start.xlsx", 2, [f"S{i:03}" for i in range(5, 30)], "Student number")
    study = made(tmp_path, [tmp_path / "register.csv", start])
    tables = reading.read(study, study.terms[-1].id)
    assert set(tables["start_survey"]["person"]) < set(tables["participants"]["person"])
    [source] = [s for s in study.sources if s.table == "start_survey"]
    assert source.columns["person"] == ["Student number"]


def test_ids_that_a_spreadsheet_took_for_numbers_are_linked(tmp_path):
    """Leading zeros are lost in one file; the other's days and states bear short headings."""
    ids = [f"{41 + 13 * i:06d}" for i in range(30)]
    people: list[list[object]] = [["Opiskelijanro", "Syntymäpvm", "Sukupuoli", "Aloituspvm", "Päättymispvm", "Tila"]]
    for i, id_ in enumerate(ids):
        people.append([id_, f"{1 + i % 28:02}.03.1980", "NM"[i % 2], "11.08.2025", "12.12.2025", "Valmistunut"])
    asked: list[list[object]] = [["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Opiskelijanumerosi", *FI]]
    for i, id_ in enumerate(ids[::-1]):
        day = dt.datetime(2025, 8, 20, 9, i)
        asked.append([i + 1, day, day, "anonymous", int(id_), *(AGREE_FI[(i + k) % 5] for k in range(3))])
    files = [write_csv(tmp_path / "rekisteri.csv", people, ";"), write_xlsx(tmp_path / "alku.xlsx", asked)]
    study = made(tmp_path, files)
    tables = reading.read(study, study.terms[-1].id)
    assert sorted(tables["start_survey"]["person"]) == ids and len(tables["enrolments"]) == 30
    assert [(code.id, code.name.en, code.also) for code in study.codes["gender"]] == [
        ("female", "Woman", ["N"]),
        ("male", "Man", ["M"]),
    ]


def test_counts_of_rows_link_nobody(tmp_path):
    """Both surveys count their answers from 1; the persons behind the numbers are not the same."""
    words = ["good", "fine", "nice", "poor"]
    start = forms(tmp_path / "start.xlsx", 2, [words[i % 4] for i in range(30)], "How was it?")
    end = forms(tmp_path / "end.xlsx", 6, [words[i % 3] for i in range(30)], "How was it then?")
    study = made(tmp_path, [start, end])
    tables = reading.read(study, study.terms[-1].id)
    assert not set(tables["start_survey"]["person"]) & set(tables["end_survey"]["person"])
    assert len(tables["start_survey"]) == len(tables["end_survey"]) == 30


def completion(path: Path, finnish: bool) -> list[bool]:
    """Moodle's report of completion, days in words."""
    done, not_done = ("Suoritettu", "Ei suoritettu") if finnish else ("Completed", "Not completed")
    who = ["Nimi", "Tunnistenumero", "Sähköpostiosoite"] if finnish else ["Name", "ID number", "Email address"]
    rows: list[list[object]] = [
        [*who, "Tehtävä 1" if finnish else "Task 1", "Päivä" if finnish else "Task 1 - Completion date"]
    ]
    whole = [i % 3 != 0 for i in range(30)]
    for i, is_done in enumerate(whole):
        moment = dt.datetime(2026, 3, 2, 9, i)
        day = f"maanantai, 2. maaliskuuta 2026, 09.{i:02}" if finnish else moment.strftime("%A, %d %B %Y, %I:%M %p")
        mail = f"p{i}@example.org"
        rows.append([f"Aa{i} Bb{i}", 1000 + 7 * i, mail, done if is_done else not_done, day if is_done else ""])
    write_csv(path, rows, encoding="utf-8-sig")
    return whole


@pytest.mark.parametrize("finnish", [False, True])
def test_completion_of_moodle_is_a_variable_of_participants(tmp_path, finnish):
    whole = completion(tmp_path / "completion.csv", finnish)
    head = ["Etunimi", "Sukunimi", "Sähköpostiosoite"] if finnish else ["First name", "Last name", "Email address"]
    people = write_csv(tmp_path / "people.csv", [head, *([f"Aa{i}", f"Bb{i}", f"p{i}@example.org"] for i in range(30))])
    block = describe.describe(tmp_path / "completion.csv")
    assert "Moodle" in block and "# days" in block and "Bb1" not in block
    study = made(tmp_path, [tmp_path / "completion.csv", people])
    [variable] = study.variables
    table = reading.read(study, study.terms[-1].id)["participants"]
    assert [
        study.code_name(variable.codes, code, "en") in ("Completed", "Suoritettu") for code in table[variable.id]
    ] == whole


def test_answers_of_moodle_with_days_in_finnish_words(tmp_path):
    rows: list[list[object]] = [["Vastaus", "Lähetetty:", "Käyttäjätunnus", *FI]]
    days = [f"{day}. {month}kuuta 2026, 9.{day:02}" for month in ("maalis", "huhti") for day in range(1, 16)]
    rows += [[i, f"{day}", f"u{i}", *(1 + (i + j) % 5 for j in range(3))] for i, day in enumerate(days)]
    study = made(tmp_path, [write_csv(tmp_path / "palaute.csv", rows)])
    answered = reading.read(study, study.terms[-1].id)["start_survey"]["answered"]
    assert answered.dt.date.tolist() == [dt.date(2026, m, d) for m in (3, 4) for d in range(1, 16)]
    assert (study.terms[0].start, study.terms[0].end) == (dt.date(2026, 3, 1), dt.date(2026, 4, 30))


def test_koski_gives_study_rights_and_where_people_live(tmp_path):
    head = ["Opiskeluoikeuden oid", "Lähdejärjestelmä", "Oppilaitoksen nimi", "Päivitetty", "Oppijan oid", "Hetu"]
    head += ["Sukunimi", "Etunimet", "Kotikunta", "Opiskeluoikeuden alkamispäivä", "Opiskeluoikeuden päättymispäivä"]
    rows: list[list[object]] = [[*head, "Viimeisin opiskeluoikeuden tila"]]
    for i in range(30):
        start = dt.datetime(2025, 9, 1 + i % 28)
        town, state = ["Helsinki", "Espoo", "Vantaa"][i % 3], ["Läsnä", "Valmistunut", "Katsotaan eronneeksi"][i % 3]
        own = [f"1.2.246.562.15.{10000 + i}", "primus", "Opisto", start, f"1.2.246.562.24.{20000 + i // 2}", None]
        rows.append([*own, "S", "E", town, start, start + dt.timedelta(90) if i % 3 else None, state])
    study = made(tmp_path, [write_xlsx(tmp_path / "koski.xlsx", rows, "Opiskeluoikeudet")])
    tables = reading.read(study, study.terms[-1].id)
    assert len(tables["enrolments"]) == 30 and tables["participants"]["person"].nunique() == 15
    assert set(tables["participants"]["municipality"]) <= {"091", "049", "092"}
    assert [code.role for code in study.codes["state"]].count("dropped") == 1


# --- what is no export ---------------------------------------------------------------------------------------------

NO_TABLES = {
    "page.xls": (b"<html><table><tr><td>Matti</td></tr></table></html>", "HTML"),
    "data.json": (b'[{"name": "Matti", "mail": "matti@example.org"}]', "JSON"),
    "mails.csv": (b"Matti;matti@example.org;3;4\nAnna;anna@example.org;2;5\n", "first row looks like data"),
    "days.csv": (b"1;Matti;2.3.2026\n2;Anna;3.3.2026\n3;Pekka;4.3.2026\n", "first row looks like data"),
    "words.csv": (b"Matti;Nainen\nAnna;Nainen\nPekka;Mies\n", "first row looks like data"),
    "labels.csv": (b"Matti;Agree;Disagree\nAnna;Strongly agree;Agree\nPekka;x;Agree\n", "first row looks like data"),
}


@pytest.mark.parametrize("name", NO_TABLES)
def test_of_what_is_no_table_with_headings_nothing_is_repeated(tmp_path, capsys, name):
    content, said = NO_TABLES[name]
    (tmp_path / name).write_bytes(content)
    for command in (["describe", str(tmp_path / name)], ["new", str(tmp_path / "s"), "--from", str(tmp_path / name)]):
        assert main([*command, "--language", "en"]) == 2
        out = capsys.readouterr()
        assert said in out.err and "Matti" not in out.err + out.out and not (tmp_path / "s").exists()


def test_a_heading_that_an_option_repeats_is_a_heading(tmp_path):
    (tmp_path / "a.csv").write_text("Respondent ID;Web\n1;Web\n2;\n3;Web\n", encoding="utf-8")
    assert "Respondent ID" in describe.describe(tmp_path / "a.csv")


# --- questions of other kinds --------------------------------------------------------------------------------------


def test_what_people_write_under_other_is_one_option(tmp_path):
    heard = [["Website"], ["Website", "A friend"], ["A friend"], ["My neighbour Matti told me"]]
    chosen = [heard[i % 4] if i in (3, 4) or i % 4 < 3 else heard[0] for i in range(40)]
    rows: list[list[object]] = [["Timestamp", "Own code", "I can", "Where did you hear of us?"]]
    rows += [[f"3/{1 + i % 27}/2026 10:00:{i}", f"c{i}", 1 + i % 5, ", ".join(c)] for i, c in enumerate(chosen)]
    study = made(tmp_path, [write_csv(tmp_path / "a.csv", rows)])
    assert "Matti" not in (study.folder / "study.toml").read_text(encoding="utf-8")
    table = reading.read(study, study.terms[-1].id)["start_survey"]
    [variable] = study.variables
    assert table[f"{variable.id}_other"].tolist() == [c == heard[3] for c in chosen]
    assert table[f"{variable.id}_website"].tolist() == ["Website" in c for c in chosen]


def test_an_option_with_free_text_takes_every_word(tmp_path):
    head = [
        "Response ID",
        "Date submitted",
        "Last page",
        "I can",
        "Which? [Working]",
        "Which? [Studying]",
        "Which? [Other]",
    ]
    rows: list[list[object]] = [[*head]]
    for i in range(30):
        ticks = [["Yes", "No"][i % 2], ["Yes", "No"][i % 3 > 0], "with Matti" if i == 7 else ""]
        rows.append([i, f"2026-03-{1 + i % 27:02} 10:00:00", 2, 1 + i % 5, *ticks])
    study = made(tmp_path, [write_csv(tmp_path / "a.csv", rows)])
    table = reading.read(study, study.terms[-1].id)["start_survey"]
    [variable] = study.variables
    chosen = (
        table[[f"{variable.id}_other", f"{variable.id}_working"]].fillna(False).astype(bool)
    )  # no tick: not answered
    assert chosen.to_numpy().tolist() == [[i == 7, i % 2 == 0] for i in range(30)]


def test_amounts_and_choices_are_variables(tmp_path):
    rows: list[list[object]] = [["Timestamp", "Own code", "Your age", "Hours a week", "Your role", "I can"]]
    rows += [
        [
            f"3/{1 + i % 27}/2026 10:00:{i}",
            f"c{i}",
            20 + i % 30,
            f"{i % 9},5",
            ["Staff", "Student"][i % 2],
            AGREE_EN[i % 5],
        ]
        for i in range(40)
    ]
    study = made(tmp_path, [write_csv(tmp_path / "a.csv", rows)])
    table = reading.read(study, study.terms[-1].id)["start_survey"]
    kinds = {v.kind: v.id for v in study.variables}
    assert table[kinds["integer"]].tolist() == [20 + i % 30 for i in range(40)]
    assert table[kinds["number"]].tolist() == [i % 9 + 0.5 for i in range(40)]
    assert table[kinds["code"]].tolist() == [["staff", "student"][i % 2] for i in range(40)]


@pytest.mark.parametrize(
    ("words", "low"),
    [
        (["strongly_disagree", "somewhat_disagree", "somewhat_agree", "strongly_agree"], 1),
        (["A1", "A2", "A3", "A4"], 1),
    ],
)
def test_codes_of_a_tool_that_stand_for_a_scale(tmp_path, words, low):
    rows: list[list[object]] = [["id", "submitdate", "lastpage", "views[SQ1]", "views[SQ2]"]]
    rows += [[i, f"2026-03-{1 + i % 27:02} 10:00:00", 2, words[i % 4], words[(i + 1) % 4]] for i in range(30)]
    study = made(tmp_path, [write_csv(tmp_path / "a.csv", rows)])
    table = reading.read(study, study.terms[-1].id)["start_survey"]
    item = study.survey.items[0]
    order = table[item.id].tolist()[:4]
    assert order == sorted(order) and len(set(order)) == 4


def test_names_of_labels_have_a_middle_too(tmp_path):
    """KoBoToolbox exports names of choices, such as ei_samaa_eikä_eri_mieltä."""
    rows: list[list[object]] = [["start", "end", "views/plan", "views/digital", "_id", "_uuid", "_submission_time"]]
    for i in range(20):
        said = [AGREE_FI[(i + k) % 5].lower().replace(" ", "_") for k in (0, 2)]
        moment = f"2026-03-{1 + i:02}T10:00:00"
        rows.append([moment, moment, *said, 9000 + 7 * i, f"u{i}", moment])
    study = made(tmp_path, [write_csv(tmp_path / "alku.csv", rows, ";")])
    answers = reading.read(study, study.terms[-1].id)["start_survey"]
    assert answers["plan"].tolist() == [1 + i % 5 for i in range(20)]


def test_the_moment_of_a_redcap_form_is_the_day_of_its_answer(tmp_path):
    rows: list[list[object]] = [["record_id", "redcap_survey_identifier", "f_timestamp", "plan", "help", "f_complete"]]
    rows += [[i, "", f"2026-04-{i:02} 09:00:00", 1 + i % 5, 5 - i % 5, 2] for i in range(1, 21)]
    study = made(tmp_path, [write_csv(tmp_path / "data.csv", rows)])
    answers = reading.read(study, study.terms[-1].id)["start_survey"]
    assert answers["answered"].dt.day.tolist() == list(range(1, 21))


def test_choices_of_a_data_dictionary_that_name_something_are_no_scale(tmp_path):
    fields = [
        ["Variable / Field Name", "Form Name", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels"]
    ]
    fields += [["sex", "f", "radio", "Your gender", "1, Woman | 2, Man | 3, Other"]]
    fields += [
        [
            "plan",
            "f",
            "radio",
            "I can plan",
            "1, Never | 2, Rarely | 3, Sometimes | 4, Often | 5, Always | 9, Don't know",
        ]
    ]
    rows: list[list[object]] = [["record_id", "redcap_survey_identifier", "sex", "plan", "f_complete"]]
    rows += [[i, "", 1 + i % 2, [1, 2, 3, 4, 5, 9][i % 6], 2] for i in range(1, 37)]
    files = [write_csv(tmp_path / "data.csv", rows), write_csv(tmp_path / "dictionary.csv", fields)]
    study = made(tmp_path, files)
    table = reading.read(study, study.terms[-1].id)["start_survey"]
    [variable], [item] = study.variables, study.survey.items
    assert [study.code_name(variable.codes, code, "en") for code in table[variable.id]] == [
        ["Woman", "Man"][i % 2] for i in range(1, 37)
    ]
    assert table[f"{item.id}:cannot_say"].tolist() == [i % 6 == 5 for i in range(1, 37)]
    assert item.text.en == "I can plan" and (item.min, item.max) == (1, 5)


def test_an_id_that_people_write_in_their_own_way_is_a_key_of_the_register(tmp_path):
    register(tmp_path / "register.csv", "%d/%m/%Y")
    start = forms(tmp_path / "start.xlsx", 2, [f" s{i:03}" for i in range(5, 30)], "Student number")
    end = forms(tmp_path / "end.xlsx", 6, [f"S{i:03}" for i in range(8, 40)], "Your student number")
    study = made(tmp_path, [start, tmp_path / "register.csv", end])
    tables = reading.read(study, study.terms[-1].id)
    known = set(tables["participants"]["person"])
    assert [len(tables[t]) for t in ("start_survey", "end_survey", "enrolments")] == [25, 32, 40]
    assert all(set(tables[t]["person"]) <= known for t in ("start_survey", "end_survey", "enrolments"))


@pytest.mark.parametrize(
    "heads",
    [
        ["pre1", "pre2", "pre3", "post1", "post2", "post3"],
        [f"{when}{item}" for when in ("Before: ", "After: ") for item in EN],
        [f"{item} ({when})" for when in ("alku", "loppu") for item in FI],
    ],
)
def test_a_start_and_an_end_in_one_row_are_two_surveys(tmp_path, heads):
    rows: list[list[object]] = [["Respondent ID", "Role", *heads]]
    for i in range(30):
        end = [1 + (i + j) % 4 for j in range(3)] if i % 3 else [""] * 3
        rows.append([f"p{i}", ["Staff", "Student"][i % 2], *(2 + (i + j) % 4 for j in range(3)), *end])
    study = made(tmp_path, [write_csv(tmp_path / "all.csv", rows)])
    tables = reading.read(study, study.terms[-1].id)
    items = [item.id for item in study.survey.items]
    assert len(items) == 3 and all(item.surveys == ["start", "end"] for item in study.survey.items)
    start, end = tables["start_survey"], tables["end_survey"].dropna(subset=items, how="all")
    assert start[items].to_numpy().tolist() == [[2 + (i + j) % 4 for j in range(3)] for i in range(30)]
    assert end[items].to_numpy().tolist() == [[1 + (i + j) % 4 for j in range(3)] for i in range(30) if i % 3]
    assert set(end["person"]) < set(start["person"])


def test_questions_named_like_columns_of_the_programme_get_ids_of_their_own(tmp_path):
    words = {
        "State": ["Open", "Closed"],
        "Role": ["Staff", "Student"],
        "Gender": ["F", "M"],
        "Comment": ["Yes please", "No thanks"],
    }
    rows: list[list[object]] = [["Timestamp", "Own code", *words, "Answered", "I can"]]
    rows += [
        [f"3/{1 + i % 27}/2026 10:00:{i}", f"c{i}", *(w[i % 2] for w in words.values()), 1 + i % 4, AGREE_EN[i % 5]]
        for i in range(40)
    ]
    study = made(tmp_path, [write_csv(tmp_path / "a.csv", rows)])
    assert {v.name.en for v in study.variables} == set(words)


SEVEN = ["Strongly disagree", "Disagree", "Somewhat disagree", "Neither agree nor disagree", "Somewhat agree", "Agree"]
LABELS = [
    ("agreement-7", [*SEVEN, "Strongly agree"]),
    (
        "agreement-5",
        ["Instämmer inte alls", "Instämmer delvis inte", "Varken eller", "Instämmer delvis", "Instämmer helt"],
    ),
    (
        "agreement-5",
        ["Täysin eri mieltä", "Osittain eri mieltä", "Siltä väliltä", "Osittain samaa mieltä", "Täysin samaa mieltä"],
    ),
    ("extent-5", ["Ei lainkaan", "Vähän", "Jonkin verran", "Melko paljon", "Erittäin paljon"]),
    ("likelihood-5", ["Very unlikely", "Unlikely", "Neutral", "Likely", "Very likely"]),
]


@pytest.mark.parametrize(("name", "labels"), LABELS)
def test_a_scale_is_told_by_its_labels(name, labels):
    found = columns.scale(pd.Series(labels))
    assert found is not None and (found.labels, found.high, found.odd) == (name, len(labels), "")
    assert columns.fits(name, labels)


def test_a_study_speaks_the_language_that_was_asked_for(tmp_path):
    rows = [
        ["Opiskelijanumero", "Syntymäaika", "Sukupuoli"],
        *(([f"S{i}", f"{i}.5.1990", "Nainen"]) for i in range(14, 29)),
    ]
    write_csv(tmp_path / "osallistujat.csv", rows)
    spoken = {}
    for language in ("", "fi", "en", "sv"):
        asked = ["--language", language] if language else []
        for kind, more in (("from", ["--from", str(tmp_path / "osallistujat.csv")]), ("plain", [])):
            folder = tmp_path / f"{kind}{language}"
            assert main(["new", str(folder), *more, *asked]) == OK
            study = loader.load(folder).study
            spoken[kind, language] = study.language
    assert spoken == {(kind, language): language or "fi" for kind, language in spoken}
    register(tmp_path / "participants.csv", "%d %B %Y")
    assert main(["new", str(tmp_path / "english"), "--from", str(tmp_path / "participants.csv")]) == OK
    assert loader.load(tmp_path / "english").study.language == "en"  # as its headings are


def test_describe_takes_a_key_of_people_before_the_tools_own_count(tmp_path):
    head = ["id", "submitdate", "lastpage", "startlanguage", "person", "goals"]
    rows = [[i, f"2026-01-19 09:{i:02}:00", 2, "en", f"A{100 - i}", AGREE_EN[i % 5]] for i in range(10, 40)]
    write_csv(tmp_path / "start.csv", [head, *rows])
    block = describe.describe(tmp_path / "start.csv")
    assert '\nperson = "person"' in block and '\n# ... = "id"' in block


# --- after leaving -------------------------------------------------------------------------------------------------

FOLLOW_UPS = {
    "en": (
        ["Student ID", "Date", "Current situation"],
        ["Employed", "Not working", "Studying", "Parental leave"],
        "%d/%m/%Y",
    ),
    "fi": (["Opiskelijanumero", "Pvm", "Tilanne nyt"], ["Yrittäjänä", "Työtön", "Opiskelee", "Eläkkeellä"], "%d.%m.%Y"),
    "sv": (
        ["Studentnummer", "Svarsdatum", "Din situation"],
        ["I arbete", "Arbetslös", "Studerar", "Annat"],
        "%Y-%m-%d",
    ),
}
ROLES = ["employed", "unemployed", "student", "other"]


@pytest.mark.parametrize("language", FOLLOW_UPS)
def test_a_follow_up_is_placement(tmp_path, language):
    register(tmp_path / "register.csv", "%d/%m/%Y")
    head, words, day = FOLLOW_UPS[language]
    answered = [(dt.date(2026, 9, 1) + dt.timedelta(i)).strftime(day) for i in range(20)]
    rows = [head, *([f"S{i:03}", answered[i], words[i % 4]] for i in range(20))]
    asked = write_csv(tmp_path / "asked.csv", rows)
    study = made(tmp_path, [tmp_path / "register.csv", asked])
    followup = reading.read(study, study.terms[-1].id)["followup"]
    roles = {code.id: code.role for code in study.codes["placement"]}
    assert [roles[status] for status in followup["status"]] == ROLES * 5
    assert followup["date"].dt.date.tolist()[0] == dt.date(2026, 9, 1)
    assert 'table = "followup"' in describe.describe(asked)


@pytest.mark.parametrize(("month", "table"), [(2, "start_survey"), (10, "followup")])
def test_a_survey_with_items_is_a_follow_up_where_studies_had_ended_weeks_before(tmp_path, month, table):
    head = ["Student ID", "Enrolment date", "End date", "Completion status"]
    ended = [[f"S{i:03}", f"2026-01-{1 + i % 28:02}", f"2026-06-{1 + i % 28:02}", STATES[i % 2]] for i in range(40)]
    write_csv(tmp_path / "rights.csv", [head, *ended])
    rows = [["Timestamp", "Student ID", "What do you do now?", EN[0]]]
    rows += [
        [f"2026-{month:02}-0{1 + i % 9} 10:00:00", f"S{i:03}", ["Work", "Study"][i % 2], AGREE_EN[i % 5]]
        for i in range(40)
    ]
    study = made(tmp_path, [tmp_path / "rights.csv", write_csv(tmp_path / "answers.csv", rows)])
    tables = reading.read(study, study.terms[-1].id)
    assert table in tables and len(tables[table]) == 40
    if table == "followup":
        [variable] = study.variables
        assert [code.name("en") for code in study.codes[variable.codes]] == AGREE_EN  # a scale keeps its order


def test_a_second_follow_up_and_a_third_survey_are_waves_of_their_own(tmp_path):
    words = ["Employed", "Unemployed", "Studying", "Other"]
    for file, month in (("placement_12_months", 9), ("placement_3_months", 4)):
        rows = [[f"S{i:03}", f"2027-{month:02}-15", words[(i + month) % 4]] for i in range(40)]
        write_csv(tmp_path / f"{file}.csv", [["Student ID", "Answered", "Main activity now"], *rows])
    for file, month in (("start", 1), ("half_way", 3), ("end", 5)):
        rows = [[f"2026-{month:02}-07 10:00:00", f"S{i:03}", AGREE_EN[(i + month) % 5]] for i in range(40)]
        write_csv(tmp_path / f"{file}.csv", [["Timestamp", "Student ID", EN[0]], *rows])
    study = made(tmp_path, sorted(tmp_path.glob("*.csv")))
    tables = reading.read(study, study.terms[-1].id)
    assert study.followup is not None and study.followup.when("en") == "placement 3 months"
    assert [wave.when("en") for wave in study.followup.waves] == ["placement 12 months"]
    assert [wave.name("en") for wave in study.survey.waves] == ["half way"]
    [item] = study.survey.items
    for table, month in (("start_survey", 1), (study.survey.waves[0].id + "_survey", 3), ("end_survey", 5)):
        assert list(tables[table].sort_values("person")[item.id]) == [1 + (i + month) % 5 for i in range(40)]
    names = {code.id: code.name("en") for code in study.codes["placement"]}
    for table, month in (("followup", 4), (study.followup.waves[0].id + "_followup", 9)):
        status = tables[table].sort_values("person")["status"].map(names)
        assert list(status) == [words[(i + month) % 4] for i in range(40)]


def test_files_of_other_people_are_of_one_time_of_asking(tmp_path):
    for file, first in (("placement_spring", 0), ("placement_autumn", 40)):
        rows = [[f"S{first + i:03}", "2027-04-15", ["Employed", "Unemployed"][i % 2]] for i in range(40)]
        write_csv(tmp_path / f"{file}.csv", [["Student ID", "Answered", "Main activity now"], *rows])
    study = made(tmp_path, sorted(tmp_path.glob("*.csv")))
    assert len(reading.read(study, study.terms[-1].id)["followup"]) == 80


def test_start_and_end_in_rows_of_one_form_are_two_surveys(tmp_path):
    head = ["Vastaajatunnus", "Vastausaika", "Opiskelijanumero", "Mittaus", FI[0]]
    rows = [
        [at * 100 + i, f"{1 + i % 9}.{1 + 4 * at}.2026 10:00", f"S{i:03}", wave, AGREE_FI[(i + at) % 5]]
        for at, wave in enumerate(["Alkumittaus", "Loppumittaus"])
        for i in range(30)
    ]
    study = made(tmp_path, [write_csv(tmp_path / "form.csv", [head, *rows], ";")])
    tables = reading.read(study, study.terms[-1].id)
    [item] = study.survey.items
    for at, table in enumerate(("start_survey", "end_survey")):
        assert list(tables[table].sort_values("person")[item.id]) == [1 + (i + at) % 5 for i in range(30)]
    assert set(tables["start_survey"]["person"]) == set(tables["end_survey"]["person"])


def test_student_numbers_that_follow_upon_each_other_link(tmp_path):
    head = ["Student number", "Date of birth", "Sex", "Enrolment date", "End date", "Completion status"]
    people = [
        [f"{100 + i:06}", f"1980-01-{10 + i % 20}", "Female", "2026-01-15", "2026-06-15", "Completed"]
        for i in range(20)
    ]
    answers = [[f"2026-03-{10 + i:02} 10:00:00", 100 + i, AGREE_EN[i % 5]] for i in range(20)]
    register_ = write_csv(tmp_path / "register.csv", [head, *people])
    asked = write_xlsx(tmp_path / "asked.xlsx", [["Timestamp", "Your student number", EN[0]], *answers])
    study = made(tmp_path, [register_, asked])
    tables = reading.read(study, study.terms[-1].id)
    assert set(tables["start_survey"]["person"]) == set(tables["participants"]["person"])


def test_what_stands_below_a_table_is_none_of_its_rows(tmp_path):
    rows = [["Timestamp", "Email address", EN[0], "Room"]]
    rows += [[f"2026-03-0{1 + i % 9} 10:00:00", f"p{i}@example.org", AGREE_EN[i % 5], f"{i}"] for i in range(40)]
    below = [["Total", "", "", "40"], ["Test answers were removed on 3 March."], ["Source: the course office"]]
    answers = write_csv(tmp_path / "answers.csv", [*rows, *([*row, *[""] * (4 - len(row))] for row in below)])
    study = made(tmp_path, [answers])
    read = reading.read(study, study.terms[-1].id)
    assert len(read["start_survey"]) == 40 and list(read["notes"]["kind"]) == ["left_out"] * 3
    assert study.source("start_survey").columns["person"] == ["Email address"]  # of which every answer has one


def test_answers_are_no_list_of_participants_though_they_have_names():
    finnish = ["Vastaajan tunnus", "IP-osoite", "Sähköpostiosoite", "Etunimi", "Sukunimi"]
    assert profile_of([*finnish, FI[0]], True).name == "SurveyMonkey"
    assert profile_of(finnish[2:], True).name == "Moodle"


def test_of_labels_that_no_table_knows_the_numbers_are_asked_once(tmp_path, capsys):
    labels = ["Not at all true", "Hardly true", "Moderately true", "Exactly true"]
    rows = [[f"2026-03-10 10:{i:02}:00", *[labels[(i + k) % 4] for k in range(3)]] for i in range(40)]
    answers = write_csv(tmp_path / "answers.csv", [["Timestamp", *EN], *rows])
    assert main(["new", str(tmp_path / "mine"), "--from", str(answers), "--language", "en"]) == OK
    assert main(["check", str(tmp_path / "mine"), "--language", "en"]) != OK
    assert "give each word its number on the scale" in capsys.readouterr().err
    file = tmp_path / "mine" / "study.toml"
    text = file.read_text(encoding="utf-8")
    for number, label in enumerate(labels, start=1):
        text = text.replace(f'id = "?", name = "{label}"', f'id = "{number}", name = "{label}"')
    file.write_text(text, encoding="utf-8")
    study = loader.load(tmp_path / "mine")
    read = reading.read(study, study.terms[-1].id)["start_survey"]
    assert [list(read[item.id]) for item in study.survey.items] == [
        [1 + (i + k) % 4 for i in range(40)] for k in range(3)
    ]


def test_words_for_no_answer_hide_no_scale_and_a_colon_no_statement(tmp_path):
    head = ["Timestamp", f"Please rate: - {EN[0]}", f"Please rate: - {EN[1]}", "Hours a week"]
    said = [AGREE_EN[i % 5] if i % 7 else ["-", "No answer"][i % 2] for i in range(40)]
    rows = [[f"{1 + i % 9}/03/26 10:00", said[i], AGREE_EN[i % 5], f"{i % 7}.5000000000"] for i in range(40)]
    study = made(tmp_path, [write_csv(tmp_path / "answers.csv", [head, *rows])], "--dates", "day-first")
    assert [item.text("en") for item in study.survey.items] == EN[:2]
    read = reading.read(study, study.terms[-1].id)["start_survey"]
    assert list(read[study.survey.items[0].id].fillna(0)) == [1 + i % 5 if i % 7 else 0 for i in range(40)]
    assert set(read["answered"].dt.year) == {2026} and list(read["hours_a_week"]) == [i % 7 + 0.5 for i in range(40)]


def test_a_column_that_a_table_needs_is_asked_for_in_the_study_file(tmp_path, capsys):
    head = ["Oppijan oid", "Opiskeluoikeuden oid", "Opiskeluoikeuden alkamispäivä"]
    rows = [[f"1.2.246.562.24.{i}", f"1.2.246.562.15.{i}", f"{13 + i % 9}.1.2026"] for i in range(20)]
    rights = write_csv(tmp_path / "koski.csv", [head, *rows], ";")
    assert main(["new", str(tmp_path / "mine"), "--from", str(rights), "--language", "en"]) == OK
    assert "# state = ...  # enrolments needs it" in (tmp_path / "mine" / "study.toml").read_text(encoding="utf-8")
    assert main(["check", str(tmp_path / "mine"), "--language", "en"]) != OK
    assert "table enrolments needs the column state" in capsys.readouterr().err


def test_days_that_a_spreadsheet_counted_are_read(tmp_path):
    head = ["Student ID", "Date of birth", "Enrolment date", "Completion status"]
    rows = [[f"S{i:03}", 25000 + 31 * i, 46029 + i, STATES[i % 2]] for i in range(20)]
    study = made(tmp_path, [write_csv(tmp_path / "register.csv", [head, *rows])])
    tables = reading.read(study, study.terms[-1].id)
    assert tables["enrolments"]["start"].dt.date.tolist()[0] == dt.date(2026, 1, 7)
    assert tables["participants"]["birth_date"].dt.date.tolist()[0] == dt.date(1968, 6, 11)


def test_days_may_be_headings(tmp_path):
    days = ["12.1.2026", "19.1.2026", "26.1.2026"]
    rows = [
        [f"S{i:03}", "nainen" if i % 2 else "mies", *[1 if (i + k) % 3 else "" for k in range(3)]] for i in range(20)
    ]
    study = made(tmp_path, [write_csv(tmp_path / "list.csv", [["Opiskelijanumero", "Sukupuoli", *days], *rows])])
    assert len(reading.read(study, study.terms[-1].id)["participants"]) == 20


def test_answers_in_several_languages_lie_on_one_scale(tmp_path):
    short = ["Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"]
    rows = [[f"2026-03-0{1 + i % 9} 10:00:00", (short, AGREE_FI)[i % 2][i % 5]] for i in range(40)]
    study = made(tmp_path, [write_csv(tmp_path / "answers.csv", [["Timestamp", EN[0]], *rows])])
    [item] = study.survey.items
    assert list(reading.read(study, study.terms[-1].id)["start_survey"][item.id]) == [1 + i % 5 for i in range(40)]


def test_a_data_dictionary_names_what_people_do(tmp_path):
    fields = [["plan", EN[0], "1, Never | 2, Rarely | 3, Sometimes | 4, Often"]]
    fields += [["now", "What do you do now?", "1, Working | 2, Unemployed | 3, Studying"]]
    head = ["Variable / Field Name", "Field Type", "Field Label", "Choices, Calculations, OR Slider Labels"]
    dictionary = write_csv(tmp_path / "dictionary.csv", [head, *([f[0], "radio", *f[1:]] for f in fields)])
    events = ["start_arm_1", "end_arm_1", "followup_3_months_arm_1", "followup_12_months_arm_1"]
    rows = [["record_id", "redcap_event_name", "plan", "now", "form_complete"]]
    for at, event in enumerate(events):
        rows += [[i + 1, event, *(("", 1 + (i + at) % 3) if at > 1 else (1 + (i + at) % 4, "")), 2] for i in range(30)]
    study = made(tmp_path, [write_csv(tmp_path / "data.csv", rows), dictionary])
    tables = reading.read(study, study.terms[-1].id)
    names = {code.id: code.name("en") for code in study.codes["placement"]}
    for at, table in ((2, "followup"), (3, "wave_2_followup")):
        said = [["Working", "Unemployed", "Studying"][(i + at) % 3] for i in range(30)]
        assert list(tables[table]["status"].map(names)) == said
    assert [code.role for code in study.codes["placement"] if code.name("en") == "Working"] == ["employed"]


def test_the_logs_of_a_project_are_no_answers(tmp_path, capsys):
    money = [[f"{1 + i}.3.2026", ["Palkat", "Matkat"][i % 2], f"{i},50"] for i in range(20)]
    ledger = write_csv(tmp_path / "talous.csv", [["Pvm", "Kululaji", "Summa"], *money, ["", "Yhteensä", "200,00"]], ";")
    reached = [[f"{1 + i}.3.2026", ["Messut", "Verkko"][i % 2], 40 + i, i] for i in range(20)]
    log = write_csv(tmp_path / "hakeva.csv", [["Päivä", "Kanava", "Tavoitettuja", "Hakijoita"], *reached], ";")
    study = made(tmp_path, [ledger, log])
    tables = reading.read(study, study.terms[-1].id)
    assert tables["budget"]["amount"].tolist() == [i + 0.5 for i in range(20)]
    assert tables["outreach"]["reached"].tolist() == [40 + i for i in range(20)]
    accounts = write_csv(
        tmp_path / "accounts.csv", [["Tosite", "Tili", "Debet"], *([i, 4000 + i % 3, i] for i in range(20))]
    )
    assert main(["new", str(tmp_path / "other"), "--from", str(accounts), "--language", "en"]) != OK
    assert "accounts.csv: the rows show neither people nor answers" in capsys.readouterr().err
    present = [[f"2026-0{1 + w}-12", f"L{i:03}", ["Yes", "No"][(i + w) % 2]] for w in range(3) for i in range(20)]
    sessions = write_csv(tmp_path / "sessions.csv", [["Session", "Learner ID", "Present"], *present])
    assert main(["new", str(tmp_path / "other"), "--from", str(sessions), "--language", "en"]) != OK
    assert "sessions.csv: the same people stand in several rows" in capsys.readouterr().err
    for days in (
        ["1.3.2026", "3.3.2026", "8.3.2026"],
        ["ma 2.3.", "ti 3.3.", "ke 4.3."],
        ["Week 1", "Week 2", "Week 3"],
    ):
        hours = [[f"L{i:03}", *[(i * 7 + k) % 5 for k in range(3)], i] for i in range(20)]
        wide = write_csv(tmp_path / "hours.csv", [["Learner", *days, "Total"], *hours])
        assert main(["new", str(tmp_path / "other"), "--from", str(wide), "--language", "en"]) != OK
        assert "hours.csv: the same people stand in several rows or on several days" in capsys.readouterr().err
    long = write_csv(
        tmp_path / "long.csv", [["Learner", "Day", "Hours"], *[[p, d, int(p[1:]) % 4] for d, p, _ in present]]
    )
    assert main(["new", str(tmp_path / "other"), "--from", str(long), "--language", "en"]) != OK
    assert "long.csv: the same people stand in several rows" in capsys.readouterr().err


def test_roles_of_situations():
    said = {
        "Student, not working": "student",
        "Employed and studying": "employed_student",
        "Looking for work": "unemployed",
        "Neither working nor studying": "other",
        "Työkyvyttömyyseläkkeellä": "other",
        "Teen osa-aikatyötä": "employed",
        "Jag arbetar inte": "unemployed",
        "Oppisopimuksella": "employed_student",
    }
    assert {word: situations.role(word) for word in said} == said


def test_what_is_not_read_is_said_in_the_study_file(tmp_path):
    rows = [["Student ID", "Enrolment date", "Course type", "Field of education", "Completion status", "Municipality"]]
    rows += [[f"S{i:03}", "2026-01-12", "Short course", f"Field {i}", STATES[i % 2], "-"] for i in range(40)]
    made(tmp_path, [write_csv(tmp_path / "rights.csv", rows)])
    text = (tmp_path / "mine" / "study.toml").read_text(encoding="utf-8")
    assert '\nkind = "Course type"' in text  # one word in every row
    assert '\n# field = "Field of education"  # 40 words' in text


def test_of_questions_that_have_codes_alone_the_wording_is_asked(tmp_path):
    rows = [["Timestamp", "Q1", "plan_studies", EN[0], "Motivation"]]
    rows += [[f"2026-03-0{1 + i % 9} 10:00:00", *[AGREE_EN[(i + j) % 5] for j in range(4)]] for i in range(40)]
    made(tmp_path, [write_csv(tmp_path / "answers.csv", rows)])
    text = (tmp_path / "mine" / "study.toml").read_text(encoding="utf-8")
    asked = [
        line
        for line, before in zip(text.splitlines()[1:], text.splitlines(), strict=False)
        if "has only this code" in before
    ]
    assert asked == ['text = "Q1"', 'text = "plan_studies"']


def test_a_mark_inside_an_option_is_no_mark_between_options(tmp_path):
    heard = ["Website", "Social media (Facebook, Instagram)", "Family, friends", "A poster"]
    rows = [["Timestamp", EN[0], "Where from?"]]
    for i in range(40):
        chosen = ", ".join(option for j, option in enumerate(heard) if (i + 1) >> j & 1) or heard[0]
        rows.append([f"2026-03-0{1 + i % 9} 10:00:00", AGREE_EN[i % 5], chosen])
    study = made(tmp_path, [write_csv(tmp_path / "answers.csv", rows)])
    [variable] = study.variables
    assert {code.name("en") for code in study.codes[variable.codes]} == set(heard)


def test_options_in_round_brackets_are_one_question(tmp_path):
    rows = [["Vastaajan ID", "Vastausaika", FI[0], "2. Mistä? (Netistä)", "2. Mistä? (Muualta, mistä?)"]]
    rows += [[f"{7000 + i}", f"{1 + i % 9}.3.2026 10:00", AGREE_FI[i % 5], i % 2, i % 3 // 2] for i in range(40)]
    study = made(tmp_path, [write_csv(tmp_path / "vastaukset.csv", rows, ";")])
    assert [(v.kind, v.name("fi")) for v in study.variables] == [("multi", "Mistä?")]


def test_rows_of_other_forms_are_no_answers(tmp_path):
    rows = [["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "plan", "digital", "met"]]
    for i in range(40):
        rows.append([f"{i + 1}", "", "", 1 + i % 5, 1 + i % 4, ""])
        rows += [[f"{i + 1}", "contacts", "1", "", "", 1 + i % 3]] if i % 2 else []
    study = made(tmp_path, [write_csv(tmp_path / "records.csv", rows)])
    answers = reading.read(study, study.terms[-1].id)["start_survey"]
    assert answers["plan"].tolist() == [1 + i % 5 for i in range(40)]


def test_numbers_that_name_something_are_no_scale(tmp_path):
    rows = [["Timestamp", EN[0], "What is your gender?"]]
    rows += [[f"2026-03-0{1 + i % 9} 10:00:00", 1 + i % 5, 1 + i % 3] for i in range(40)]
    study = made(tmp_path, [write_csv(tmp_path / "answers.csv", rows)])
    assert len(study.survey.items) == 1 and [v.kind for v in study.variables] == ["code"]
    assert "the export has only numbers" in (tmp_path / "mine" / "study.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("ids", [True, False], ids=["counted", "none"])
def test_answers_that_nothing_links_to_the_register_are_rows_of_their_own(tmp_path, ids):
    register(tmp_path / "register.csv", "%d/%m/%Y")
    if ids:
        rows = [["ID", "Start time", "Completion time", "Email", "Name", EN[0]]]
        rows += [[i, "2026-03-01 10:00:00", "2026-03-01 10:05:00", "anonymous", "", 1 + i % 5] for i in range(1, 41)]
    else:
        rows = [["Timestamp", EN[0]], *([f"2026-03-01 10:05:{i // 2:02}", 1 + i % 5] for i in range(1, 41))]
    study = made(tmp_path, [tmp_path / "register.csv", write_csv(tmp_path / "answers.csv", rows)])
    assert len(reading.read(study, study.terms[-1].id)["start_survey"]) == 40
