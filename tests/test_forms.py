"""Forms made of the study file, filled as each tool exports them, are read back without a further line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pandas as pd
import pytest
from conftest import DATA, write_study
from docx.oxml.ns import qn
from lxml import html
from pyxform.xls2xform import convert

from evaltools.authoring import new_study
from evaltools.authoring.forms import make, tools
from evaltools.authoring.forms.instrument import Instrument
from evaltools.cli.main import main
from evaltools.ingest import readers, values
from evaltools.report import documents
from evaltools.study import loader, questions
from evaltools.study.faults import StudyError
from evaltools.study.questions import Question
from evaltools.study.source_model import Source

OWN = {  # a key of parts, an id with a hyphen, a variable of every kind, and wording that tools stumble over
    "variables = [": """
variables = [
    { id = "ride-to", table = "start_survey", kind = "code", codes = "odd", name = { fi = "Mistä; \\"mistä\\"?", en = "From?", sv = "Var?" } },
    { id = "again", table = "start_survey", kind = "flag", name = { fi = "Uudestaan?", en = "Again?", sv = "Igen?" } },
    { id = "hours", table = "start_survey", kind = "integer", name = { fi = "😀 Tunnit, noin", en = "Hours", sv = "Timmar" } },
    { id = "apart", table = "start_survey", kind = "multi", codes = "odd", name = { fi = "Mitkä? (valitse kaikki)", en = "Which? <b>all</b>", sv = "Vilka & flera?" } },
    { id = "joined", table = "start_survey", kind = "multi", codes = "odd", name = { fi = "Ja mitkä: muut?", en = "Which more? {all}", sv = "Vilka till? $[en]" } },
""",  # noqa: E501
    "[codes]": """
[codes]
odd = [
    { id = "1", name = { fi = "Yksi, kaksi; <kolme>", en = "One, two; <three>", sv = "Ett, två; <tre>" } },
    { id = "o1", name = { fi = "2", en = "2", sv = "2" } },
    { id = "x y", name = { fi = "\\"Lehti\\"", en = "'Paper' & 😀", sv = "😀" } },
    { id = "other", name = { fi = "Muu, mikä?", en = "Other, please specify", sv = "Annat, vad?" } },
]
""",
    'columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free" }': """
key = ["Äidin etunimen 1. kirjain", "2. Syntymäpäivä, päivä ja kuukausi"]
columns.answered = "day"
columns.q1 = "Q1"
columns.q2 = "Q2"
columns.comment = "free"
columns.ride-to = "R"
columns.again = "A"
columns.hours = "H"
columns.joined = "J"
options.apart = { 1 = "A1", o1 = "A2", "x y" = "A3", other = "A4" }
values.apart = { "*" = "other" }
values.joined = { "*" = "other" }
""",
    'columns.birth_date = "born"': 'key = ["id", "born"]\ncolumns.birth_date = "born"',
    'text = "I can"': 'text = { fi = "Osaan <b>&</b> \\"voin\\"; 100 %", en = "I can", sv = "Jag kan" }',
    'text = "It is hard"': """text = { fi = "On vaikeaa? 😀", en = "It is {x} \\\\ 1. isn't it", sv = "Är svårt" }""",
}
YES = {"fi": ("Kyllä", "Ei"), "en": ("Yes", "No"), "sv": ("Ja", "Nej")}
LANGUAGES = ("fi", "en", "sv")
N = 8
Row = dict[str, Any]


@pytest.fixture(scope="module", params=["demo", "starter", "small"])
def study(request, tmp_path_factory):
    if request.param == "demo":
        return loader.load(DATA / "uusi-alku")
    folder = tmp_path_factory.mktemp("forms") / request.param
    if request.param == "starter":
        new_study.new(folder)
        return loader.load(folder)
    return loader.load(write_study(folder, OWN))


def forms(study) -> list[Instrument]:
    return [Instrument.of(study, source) for source in questions.of_persons(study)]


def answers(form: Instrument, seed: int) -> list[Row]:
    """Made-up answers: by column a code, a set of codes of a question with several, or what was written."""
    rng = random.Random(seed)
    return [{q.column: answer(form, q, rng, place) for q in form.questions} for place in range(N)]


def answer(form: Instrument, question: Question, rng: random.Random, place: int) -> Any:
    if question.kind not in ("several", "key") and rng.random() < 0.1:
        return None
    if question.kind == "several":
        return {choice.id for choice in question.choices if rng.random() < 0.5} or {question.choices[0].id}
    if question.choices:
        return rng.choice(form.choices(question)).id
    if question.kind == "number":
        low = 0 if question.low is None else int(question.low)
        return str(rng.randint(low, 10 if question.high is None else int(question.high)))
    return f"K{place}a{question.column[-1]}" if question.kind == "key" else f"Sana {place}"


# --- as the tools export ---------------------------------------------------------------------------------------------


def odk(form: Instrument, given: list[Row], language: str) -> list[list[str]]:
    """Names for headings, codes for values, an option a column; read from the made workbook, not from the study."""
    book = openpyxl.load_workbook(io.BytesIO(tools.xlsform(form, form.languages)))
    head, *lines = book["survey"].iter_rows(values_only=True)
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    head, *lines = book["choices"].iter_rows(values_only=True) if book["choices"].max_row > 1 else [("list_name",)]
    lists: dict[str, list[str]] = {}
    for line in lines:
        lists.setdefault(str(line[0]), []).append(str(line[1]))
    asked = [row for row in rows if row["type"] not in ("note", "acknowledge")]
    made: list[list[str]] = [[""] * 0 for _ in range(N + 1)]
    for row, question in zip(asked, form.questions, strict=True):
        kind, _, list_name = str(row["type"]).partition(" ")
        names = lists.get(list_name, [])
        columns = [f"{row['name']}/{name}" for name in names] if kind == "select_multiple" else [str(row["name"])]
        made[0] += columns
        for line, person in zip(made[1:], given, strict=True):
            code = person[question.column]
            codes = [choice.id for choice in form.choices(question)]
            if kind == "select_multiple":
                line += ["1" if each in code else "0" for each in codes]
            else:
                line.append("" if code is None else names[codes.index(code)] if names else code)
    return moments(made, "_submission_time", "T")


def moments(made: list[list[str]], heading: str, between: str) -> list[list[str]]:
    made[0].append(heading)
    for place, line in enumerate(made[1:], start=1):
        line.append(f"2021-03-0{place}{between}10:0{place}:00")
    return made


def lime(form: Instrument, given: list[Row], language: str) -> list[list[str]]:
    """Codes for headings, full answers: read from the made structure as LimeSurvey reads it."""
    lines = csv.DictReader(io.StringIO(tools.limesurvey(form, form.languages).removeprefix("\ufeff")), delimiter="\t")
    rows = [row for row in lines if row["language"] == language and row["class"] in ("Q", "SQ", "A")]
    columns, words = [], {}
    for row in rows:
        if row["class"] == "Q":
            question, many = row, row["type/scale"] in "FM"
        elif row["class"] == "SQ":
            columns.append((f"{question['name']}[{row['name']}]", question["name"], question["type/scale"]))
        else:
            words.setdefault(question["name"], []).append(unescape(row["text"]))
        if row["class"] == "Q" and not many:
            columns.append((row["name"], row["name"], row["type/scale"]))
    made: list[list[str]] = [[""] * 0 for _ in range(N + 1)]
    cells = [cell for question in form.questions for cell in pieces(form, question, given)]
    for (heading, code, kind), cell in zip(columns, cells, strict=True):
        made[0].append(heading)
        for line, value in zip(made[1:], cell, strict=True):
            said = "" if value is None else words[code][value] if kind in "FL" else value
            line.append(YES[language][0 if value else 1] if kind == "M" else str(said))
    return moments(made, "submitdate", " ")


def pieces(form: Instrument, question: Question, given: list[Row]) -> list[list[Any]]:
    """The cells of a question: for each column, the place of the answer among the choices, true or false, or text."""
    codes = [choice.id for choice in form.choices(question)]
    if question.kind == "several":
        return [[code in person[question.column] for person in given] for code in codes]
    said = [person[question.column] for person in given]
    return [[codes.index(each) if codes and each is not None else each for each in said]]


def typed(form: Instrument, given: list[Row], language: str) -> list[list[str]]:
    """Typed by hand from paper, word for word as on the list of questions; numbered as Webropol does."""
    asked = re.findall(r"^\d+\. (.*)\n", make.paper.text(form, language), flags=re.MULTILINE)
    made: list[list[str]] = [[""] * 0 for _ in range(N + 1)]
    for number, (words, question) in enumerate(zip(asked, form.questions, strict=True), start=1):
        said = [choice.words[language] for choice in form.choices(question)]
        several = question.kind == "several"
        made[0] += [f"{number}. {words}: {each}" for each in said] if several else [f"{number}. {words}"]
        for cell in pieces(form, question, given):
            for line, value in zip(made[1:], cell, strict=True):
                line.append("" if value is None else str(int(value)) if several else said[value] if said else value)
    moment = next((c for c in ("answered", "date") if c in form.source.columns), "")
    for place, line in enumerate(made) if moment else ():
        line.append(
            dt.date(2021, 3, place).strftime(form.source.date_format[0]) if place else form.source.heading(moment)
        )
    return made


def microsoft(form: Instrument, given: list[Row], language: str) -> list[list[str]]:
    """Questions for headings; several answers in one cell, what was written for "other" as it was written; its moments
    as a Finnish spreadsheet saves them."""
    made: list[list[str]] = [["ID"], *([str(n)] for n in range(1, N + 1))]
    for question in form.questions:
        said = {choice.id: choice.words[language] for choice in form.choices(question)}
        if "*" in form.source.values.get(question.column, {}):
            said["other"] = "radio"
        made[0].append(question.words[language])
        for line, person in zip(made[1:], given, strict=True):
            answer = person[question.column]
            several = [said[code] + ";" for code in said if answer and code in answer]
            line.append("".join(several) if question.kind == "several" else said.get(answer, answer or ""))
    made[0].append("Completion time")
    for place, line in enumerate(made[1:], start=1):
        line.append(f"{place}.3.2021 10.0{place}")
    return made


Export = Callable[[Instrument, list[Row], str], list[list[str]]]
TOOLS: dict[str, Export] = {"odk": odk, "lime": lime, "typed": typed, "microsoft": microsoft}


def read(form: Instrument, rows: list[list[str]], path: Path) -> pd.DataFrame:
    source = form.source
    delimiter = ";" if source.delimiter == "auto" else source.delimiter
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    problems: list[Any] = []
    texts = readers.read(path, path.name, source, problems)
    assert texts is not None, [str(p) for p in problems]
    frame = values.type_frame(form.study, source, texts.assign(term="t", file=path.name), problems)
    assert problems == []
    return frame


def same(form: Instrument, frame: pd.DataFrame, given: list[Row]) -> None:
    for question in form.questions:
        expected = [person[question.column] for person in given]
        if question.kind == "several":
            for choice in question.choices:
                found = frame[f"{question.column}_{choice.id}"].tolist()
                assert found == [choice.id in each for each in expected], question.column
        elif question.kind in ("scale", "number"):
            found = [None if pd.isna(each) else f"{each:g}" for each in frame[question.column]]
            assert found == [None if each in (None, questions.CANNOT_SAY) else each for each in expected], (
                question.column
            )
            if question.kind == "scale":
                said = frame[question.column + values.CANNOT_SAY].tolist()
                assert said == [each == questions.CANNOT_SAY for each in expected]
        elif question.column in frame and not question.column.startswith("key"):
            flags = {"1": True, "0": False}
            flag = form.study.schema(form.source.table)[question.column].kind == "flag"
            found = [None if pd.isna(each) else each for each in frame[question.column]]
            assert found == [flags.get(each) if flag else each for each in expected]
    moment = "date" if "date" in frame else "answered" if "answered" in frame else ""
    if moment:
        days = pd.to_datetime(frame[moment]).dt.strftime("%Y-%m-%d").tolist()
        assert days == [f"2021-03-0{n}" for n in range(1, N + 1)]


@pytest.mark.parametrize("tool", TOOLS)
def test_what_was_answered_is_read_back_in_every_language(study, tool, tmp_path):
    for form in forms(study):
        for seed, language in enumerate(form.languages):
            given = answers(form, seed)
            same(form, read(form, TOOLS[tool](form, given, language), tmp_path / f"{form.wave}.csv"), given)


def test_pyxform_takes_the_workbook_without_a_warning(study):
    for form in forms(study):
        made = convert(xlsform=tools.xlsform(form, form.languages), file_type=".xlsx", validate=False)
        assert made.warnings == []
        assert made.xform.count("<translation ") == len(form.languages)


# --- what the forms hold ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo() -> Instrument:
    study = loader.load(DATA / "uusi-alku")
    return Instrument.of(study, study.source("start_survey"))


def test_the_demo_is_asked_in_three_languages_and_the_other_studies_in_theirs(demo, tmp_path):
    assert demo.languages == ["fi", "en", "sv"]
    new_study.new(tmp_path / "mine")
    starter = loader.load(tmp_path / "mine")
    assert Instrument.of(starter, starter.source("start_survey")).languages == ["fi", "en", "sv"]


def test_a_study_in_one_language_is_asked_in_that_only(make_study):
    """A plain string of a study file stands for every language: it is no translation."""
    study = loader.load(make_study({"[study]": '[study]\nlanguage = "en"'}))
    assert [form.languages for form in forms(study)] == [["en"]] * len(forms(study))


def test_a_page_names_every_field_and_every_cell(demo):
    page = html.fromstring(make.paper.page(demo, "fi"))
    assert page.get("lang") == "fi"
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for field in page.iter("input", "textarea"):
        labelled = field.get("aria-label") or field.getparent().tag == "label"
        assert labelled or page.xpath(f"//label[@for='{field.get('id')}']")
        assert field.get("aria-describedby", field.get("id")) in {*ids, field.get("id")}
    radios = {(field.get("name"), field.get("value")) for field in page.iter("input") if field.get("type") == "radio"}
    assert radios == {(q.column, c.id) for q in demo.questions for c in demo.choices(q) if q.kind != "several"}
    assert page.xpath("//th[@scope='row']") and not page.xpath("//script")


def test_a_word_form_has_the_questions_of_the_page(demo):
    day = demo.study.last_term.start
    made = make.paper.document(demo, "sv", day)
    assert made == make.paper.document(demo, "sv", day)
    word = docx.Document(io.BytesIO(made))
    [grid] = word.tables
    assert [cell.text for cell in grid.rows[0].cells][1:] == [c.words["sv"] for c in demo.choices(demo.questions[1])]
    assert len(grid.rows) == 1 + sum(q.kind == "scale" for q in demo.questions)
    assert {cell.text for row in grid.rows[1:] for cell in row.cells[1:]} == {"☐"}
    columns = [int(each.get(qn("w:w"))) for each in grid._tbl.tblGrid.gridCol_lst]
    assert len(set(columns[1:])) == 1 and columns[0] > columns[1]
    written = [(p.style.name, p.text) for p in word.paragraphs]
    assert ("Caption", "Vad anser du om följande påståenden?") in written  # of a form no table has a number
    ticked = [text for style, text in written if style == "Choice"]
    asked = [c.words["sv"] for q in demo.questions if q.kind in ("several", "choice") for c in demo.choices(q)]
    assert ticked == [f"☐\t{words}" for words in ("Jag har läst detta och vill svara.", *asked)]


def test_an_interview_sheet_has_room_for_notes_on_each_question(demo):
    sheet = docx.Document(io.BytesIO(make.paper.document(demo, "sv", demo.study.last_term.start, interview=True)))
    notes = [row.cells[0].text.strip() for table in sheet.tables if len(table.columns) == 1 for row in table.rows[1:]]
    talked = [q for q in demo.questions if q.kind != "key"]  # none about who answers
    assert [text.partition(". ")[2] for text in notes] == [question.words["sv"] for question in talked]
    page = html.fromstring(make.paper.page(demo, "sv", interview=True))
    assert len(page.xpath("//textarea[starts-with(@id, 'notes-')]")) == len(talked)


def test_who_answers_is_told_why_and_that_it_is_voluntary(demo):
    for text in (make.paper.text(demo, "en"), make.paper.page(demo, "en"), tools.limesurvey(demo, ["en"])):
        assert "Answering is voluntary" in text and "the Ministry" not in text[:0]
        assert "replaced by a pseudonym" in text
    own = demo.study.survey.model_copy(update={"introduction": demo.study.study.title})
    changed = Instrument(demo.study.model_copy(update={"survey": own}), demo.source, demo.questions)
    assert changed.opening("en")[0] == demo.study.study.title("en")


def test_lime_codes_are_short_and_unlike(demo):
    rows = list(
        csv.DictReader(io.StringIO(tools.limesurvey(demo, ["fi", "en"]).removeprefix("\ufeff")), delimiter="\t")
    )
    for row in rows:
        if row["class"] in ("Q", "SQ"):
            assert re.fullmatch("[A-Za-z][A-Za-z0-9]{0,19}", row["name"])
        if row["class"] == "A":
            assert re.fullmatch("[A-Za-z0-9]{1,5}", row["name"])
    named = [(row["class"], row["name"], row["language"]) for row in rows if row["class"] in ("Q", "SQ")]
    assert len(named) == len(set(named))
    long = [Question(f"what_they_thought_of_it_{n}", "text", {}) for n in range(12)]
    assert len(set(questions.names(long).values())) == 12 and max(map(len, questions.names(long).values())) == 20


def test_texts_are_no_markup_references_or_expressions_in_a_tool(demo):
    words = dict.fromkeys(LANGUAGES, 'A <b>${x}</b> & {y} \\"z"')
    form = Instrument(demo.study, demo.source, (Question("a", "text", words),))
    lime = tools.limesurvey(form, ["fi"])
    assert "A &lt;b&gt;$(x)&lt;/b&gt; &amp; (y) /" in lime and "{" not in lime and "\\" not in lime
    cells = [c.value for row in openpyxl.load_workbook(io.BytesIO(tools.xlsform(form, ["fi"])))["survey"] for c in row]
    assert 'A <b>$ {x}</b> & {y} \\"z"' in cells
    assert "&lt;b&gt;" in make.paper.page(form, "fi")


def test_an_edited_export_is_no_form(demo, tmp_path):
    """A column of the form that is missing, or stands twice, is a fault that names the study's own heading."""
    rows = odk(demo, answers(demo, 1), "fi")
    for wrong in ([row[:-2] + row[-1:] for row in rows], [[*row, row[1]] for row in rows]):
        path = tmp_path / "x.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=";").writerows(wrong)
        problems: list[Any] = []
        assert readers.read(path, "x.csv", demo.source, problems) is None
        assert {problem.what for problem in problems} == {"missing_column"}


def test_the_command_writes_every_form_once(tmp_path, capsys, monkeypatch):
    to = tmp_path / "forms"
    arguments = ["forms", str(DATA / "uusi-alku"), "--language", "en", "--wave", "start", "--to", str(to)]
    assert main(arguments) == 0
    made = {path.relative_to(to).as_posix() for path in to.rglob("*") if path.is_file()}
    of_language = {f"start/en/{name}.{kind}" for name in ("form", "interview") for kind in ("html", "docx")}
    assert made == of_language | {
        *("checklist-en.txt", "start/en/questions.txt", "start/limesurvey.txt", "start/xlsform.xlsx"),
    }
    assert "8 files" in capsys.readouterr().out
    assert "raw/2023K/alkukysely.csv" in (to / "checklist-en.txt").read_text(encoding="utf-8-sig")
    assert main(arguments) == 2  # nothing is written over
    assert main([*arguments[:-3], "winter", "--to", str(tmp_path / "more")]) == 2
    assert "known: start, end, followup" in capsys.readouterr().err
    monkeypatch.setattr(documents, "missing", lambda: ["python-docx"])
    assert not [name for name in make.files(loader.load(DATA / "uusi-alku"), "end", ["fi"]) if name.endswith(".docx")]


def test_forms_are_the_same_when_made_again_and_never_over_something(demo, tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "missing", lambda: ["python-docx"])
    once, again = (make.files(demo.study, "followup", ["fi"]) for _ in range(2))
    assert once == again
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(StudyError):
        make.write(demo.study, tmp_path / "mine")


def test_a_study_file_cannot_name_the_headings_of_forms_itself(tmp_path):
    with pytest.raises(StudyError, match="_forms"):
        loader.load(
            write_study(tmp_path / "small", {'table = "contacts"': 'table = "contacts"\n_forms = { date = ["x"] }'})
        )
    assert Source.model_construct().forms == {}


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["En osaa sanoa", "EOS", "Kan inte säga", "I don't know"], "I cannot say"),  # the first is Finnish
        (["Not sure", "En osaa sanoa"], "Not sure"),
        (["EOS", "I cannot say"], "I cannot say"),
    ],
)
def test_a_form_says_i_cannot_say_in_its_own_language(demo, words, printed):
    about = demo.study.study.model_copy(update={"language": "en"})
    survey = demo.study.survey.model_copy(update={"cannot_say": words})
    study = demo.study.model_copy(update={"study": about, "survey": survey})
    assert questions.cannot_say(study, "en") == printed
    assert questions.cannot_say(study, "fi") == "En osaa sanoa"


def test_a_key_that_an_export_of_a_form_lacks_is_the_only_fault(tmp_path):
    """What else the form asks is recognised all the same, and the message names the form's own heading."""
    new_study.new(tmp_path / "mine")
    made = loader.load(tmp_path / "mine")
    form = Instrument.of(made, made.source("start_survey"))
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(odk(form, answers(form, 2), "fi"))
    columns = {column: choice for column, choice in form.source.columns.items() if column != "person"}
    keyed = form.source.model_copy(update={"columns": columns, "key": [form.source.columns["person"]]})
    again = keyed.model_copy(deep=True)
    again.forms.clear()
    again.forms.update(questions.exports(made, keyed))
    problems: list[Any] = []
    assert readers.read(path, "x.csv", again, problems) is None
    [problem] = problems
    assert (problem.what, problem.column) == ("missing_column", keyed.key[0][0])
    assert "person" in problem.words["known"].split(", ")
