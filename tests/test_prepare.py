"""Starting a study: templates that pass once filled, a block proposed for an export, the codebook, code tables."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tomllib
from pathlib import Path

import openpyxl
import pytest
from test_readers import EXPORTS, HEAD

from evaltools import paths
from evaltools.authoring import describe, new_study
from evaltools.cli.main import FAULTY, OK, main
from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import Key
from evaltools.report import codebook
from evaltools.study import codes, loader
from evaltools.study.faults import StudyError
from evaltools.study.problems import DataError, notes_of
from evaltools.study.schema import TABLES
from evaltools.study.source_model import Source

DAY = dt.date(2026, 3, 1)
LABELS = ["Täysin eri mieltä", "Täysin samaa mieltä"]


def header(folder: Path, table: str) -> list[str]:
    with (folder / "templates" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file, delimiter=";"))


def filled(folder: Path) -> None:
    """Templates filled as people do: a register in cp1252, surveys from Webropol and from Forms."""
    raw = folder / "raw" / "2026K"
    people = [
        ["001", "1.2.1970", "Nainen", "091", "2", "Työtön", "Verkko"],
        ["1E5", "3.4.1999", "Man", "049", "3", "11", ""],
    ]
    rights = [
        ["a", "001", "Tutkinto", "09", "2.2.2026", "", "lasna"],
        ["b", "1E5", "partial", "07", "3.2.2026", "1.5.2026", "Eronnut"],
    ]
    for table, rows in (("participants", people), ("enrolments", rights)):
        lines = [";".join(row) for row in [header(folder, table), *rows]]
        (raw / f"{table}.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    webropol = openpyxl.load_workbook(folder / "templates" / "start_survey.xlsx")
    webropol["data"].append(["001", dt.datetime(2026, 2, 5, 12, 1), 4, "Täysin eri mieltä", "EOS", "5", 1, 0, 0])
    webropol["data"].append(["1E5", dt.datetime(2026, 2, 6, 9, 30), *LABELS, 3, None, None, None, None])
    webropol.save(raw / "start_survey.xlsx")
    forms = openpyxl.Workbook()
    columns = [h for h in header(folder, "end_survey") if h != "Valmistumisaika"]
    forms.active.append(["ID", "Start time", "Completion time", "Email", "Name", *columns])
    moment = dt.datetime(2026, 5, 6, 9, 30)
    forms.active.append([1, moment, moment, "anonymous", None, "001", *LABELS, *LABELS])
    forms.save(raw / "end_survey.xlsx")


def test_a_new_study_passes_once_its_templates_are_filled(tmp_path, capsys):
    folder = tmp_path / "oma"
    assert main(["new", str(folder), "--language", "en"]) == OK
    assert "12 files were made" in capsys.readouterr().out
    assert (folder / "templates" / "followup.csv").read_text(
        "utf-8-sig"
    ).strip() == "Person;Date of follow-up;Situation"
    assert "Utbildningsnivå" in new_study.new(tmp_path / "uusi", DAY, "sv")[0].read_text("utf-8")
    with pytest.raises(StudyError, match="is not empty, already exists"):
        new_study.new(folder)
    other = tmp_path / "spring"
    new_study.new(other, DAY)
    assert main(["check", str(other)]) == FAULTY  # nothing in raw yet
    filled(other)
    capsys.readouterr()
    assert main(["check", str(other), "--language", "en"]) == OK, capsys.readouterr().err
    tables = reading.read(loader.load(other), "2026K")
    assert tables["participants"]["municipality"].tolist() == ["091", "049"]
    assert tables["participants"]["gender"].tolist() == ["female", "male"]
    assert tables["participants"]["activity"].tolist() == ["12", "11"]
    start = tables["start_survey"]
    assert start["plan"].tolist() == [4.0, 1.0] and start["digital:cannot_say"].tolist() == [True, False]
    assert start["heard_web"].tolist()[0] is True and start["heard_web"].isna().tolist() == [False, True]
    assert tables["end_survey"]["answered"].dt.date.tolist() == [dt.date(2026, 5, 6)]


def test_a_new_study_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    def broken(*_):
        assert not (tmp_path / "far").exists()
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(new_study, "templates", broken)
        with pytest.raises(OSError, match="disk full"):
            new_study.new(tmp_path / "far" / "oma", DAY)
    assert list(tmp_path.iterdir()) == []
    made = new_study.new(tmp_path / "far" / "oma", DAY)
    assert all(path.is_file() for path in made) and made[0] == tmp_path / "far" / "oma" / "study.toml"
    assert [path.name for path in tmp_path.iterdir()] == ["far"]


def test_a_new_study_takes_an_empty_folder_and_any_name_but_nothing_that_is_there(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("a")
    new_study.new(tmp_path / "empty", DAY)
    quoted = tmp_path / 'Hanke "Ä" 1'
    new_study.new(quoted, DAY)
    assert loader.load(quoted).study.name.fi == quoted.name
    with pytest.raises(StudyError, match="already exists"):
        new_study.new(tmp_path / "file", DAY)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(StudyError, match="name a new folder"):
        new_study.new(Path(), DAY)
    new_study.new(Path("my-study"), DAY)
    assert [path.name for path in Path().iterdir()] == ["my-study"]


def test_notebooks_are_copied_beside_a_study_and_name_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    new_study.new(Path("my-study"), DAY)
    assert main(["notebooks", "my-study", "--language", "en"]) == OK
    assert capsys.readouterr().out.splitlines()[0] == "notebooks: 8 files were made."
    own = paths.package_notebooks()
    package = [own / paths.WHILE_IT_RUNS, *paths.notebooks(own)]
    for source in package:
        copy = (tmp_path / "notebooks" / source.name).read_text(encoding="utf-8")
        assert copy.replace("my-study", "data/uusi-alku") == source.read_text(encoding="utf-8") != copy
    copies = sorted((tmp_path / "notebooks").iterdir())
    assert [path.name for path in copies] == [path.name for path in package]
    assert paths.default_notebooks(tmp_path / "my-study") == tmp_path / "notebooks"
    copies[0].write_text("{}")
    assert main(["notebooks", "my-study", "--language", "en"]) == FAULTY
    assert copies[0].read_text() == "{}"


def test_templates_tell_what_goes_into_each_column(tmp_path):
    new_study.new(tmp_path / "oma", DAY)
    with (tmp_path / "oma" / "templates" / "codebook.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *lines = csv.reader(file, delimiter=";")
    book = {(table, column): rest for table, column, *rest in lines}
    assert head == ["taulu", "sarake", "otsikko tiedostossa", "laji", "pakollinen", "mitä kirjoitetaan"]
    assert book["participants", "municipality"][-1].endswith("… (308)")
    assert "1 Täysin eri mieltä" in book["start_survey", "plan"][-1]
    assert book["participants", "person"][-2] == "kyllä"
    sheet = openpyxl.load_workbook(tmp_path / "oma" / "templates" / "participants.xlsx")
    assert [cell.value for cell in sheet["data"][1]] == header(tmp_path / "oma", "participants")
    assert sheet.sheetnames == ["data", "codebook"]
    assert sheet["data"].column_dimensions["A"].number_format == "@"  # an id 091 stays 091


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "csv_register",
            ['encoding = "cp1252"', 'delimiter = ";"', 'date_format = ["%d.%m.%Y"]', 'labels = "agreement-5"'],
        ),
        ("csv_unicode", ['encoding = "utf-16"', 'delimiter = "\\t"', "some cannot say"]),
        ("webropol_numbers", ['format = "xlsx"', "A question with several answers"]),
        ("forms_fi", ["looks like Microsoft Forms", 'answered = "Valmistumisaika"']),
        ("arvo", ["looks like Arvo", 'person = "Vastaajatunnus"']),
        ("parquet", ['format = "parquet"']),
        ("webropol_text", ["skip_rows = 1", "header_rows = 2", "multi: Mistä kuulit?"]),
        ("mixed", ['labels = "agreement-5", some cannot say, numbers among the labels']),
    ],
)
def test_a_block_is_proposed_for_an_unknown_export(tmp_path, name, words):
    EXPORTS[name](tmp_path)
    block = describe.describe(next(tmp_path.iterdir()))
    assert [word for word in words if word not in block] == []
    # what it proposes is a source that a study file takes
    [proposed] = tomllib.loads(block)["sources"]
    assert Source.model_validate(proposed).file.startswith("before")
    assert "1E5" not in block  # no id of a person


def block_of(path: Path, rows: list[list[object]], sheet: str = "Taul1") -> list[str]:
    """What is proposed for a workbook whose first sheet holds two words."""
    book = openpyxl.Workbook()
    for title, content in (("Ohje", [["Lue", "tämä"]]), (sheet, rows)):
        page = book.create_sheet(title)
        for row in content:
            page.append(row)
    del book["Sheet"]
    book.save(path)
    return describe.describe(path).splitlines()


def test_titles_other_sheets_and_empty_headings_are_seen(tmp_path):
    head = [
        "Tunnus",
        "Aloitusaika",
        "Suoritusaika",
        "Sähköposti",
        "Nimi",
        "Oma koodi",
        "Osaan",
        None,
        "Mitä opit?",
        None,
    ]
    answers = [5, "Täysin eri mieltä", "En osaa sanoa", 6]
    subjects = ["kieli, puhe", "kieli", "puhe", "puhe, luku", "luku", "kieli, puhe, luku"]
    rows: list[list[object]] = [["Loppukysely"], [], head]
    for i in range(12):
        day = dt.datetime(2026, 5, 6, 12, i)
        rows.append([i + 1, day, day, "anonymous", None, f"Ab{i}", answers[i % 4], None, subjects[i % 6]])
    block = block_of(tmp_path / "a.xlsx", rows)
    assert block[0].endswith("It looks like Microsoft Forms; its own ID counts rows, not persons.")
    for line in ('sheet = "Taul1"', "skip_rows = 2", 'separator = ", "', '# "Oma koodi"'):
        assert line in block, line
    assert any(line.startswith('answered = "Suoritusaika"') for line in block)
    assert (
        '# ... = "Osaan"  # an item: labels = "agreement-5", some cannot say, numbers among the labels; 6 is what?'
        in block
    )
    [proposed] = tomllib.loads("\n".join(block))["sources"]
    assert Source.model_validate(proposed).skip_rows == 2


def test_labels_with_a_comma_are_not_several_answers(tmp_path):
    rows = [
        ["Tunnus", "Haittaako?"],
        *([i, ["Ei, ei lainkaan", "Kyllä, vähän", "Kyllä, paljon"][i % 3]] for i in range(30)),
    ]
    block = block_of(tmp_path / "a.xlsx", rows)
    assert '# ... = "Haittaako?"  # text, 3 distinct' in block and not any("separator" in line for line in block)


@pytest.mark.parametrize(
    ("head", "table"),
    [
        (
            "Oppijan oid;Opiskeluoikeuden oid;Opiskeluoikeuden alkamispäivä;Viimeisin opiskeluoikeuden tila",
            "enrolments",
        ),
        ("Oppijanumero;Syntymäaika;Sukupuoli;Kotikunta", "participants"),
        ("Tunnus;Vastausaika;Sukupuoli;Kotikunta", "start_survey"),
        ("a;b;c;d", "start_survey"),
    ],
)
def test_the_table_is_the_one_that_has_the_columns(tmp_path, head, table):
    (tmp_path / "a.csv").write_text(f"{head}\n1;2.3.2021;x;y\n2;2.3.2021;x;z\n", encoding="utf-8")
    [proposed] = tomllib.loads(describe.describe(tmp_path / "a.csv"))["sources"]
    assert proposed["table"] == table
    assert set(proposed["columns"]) <= set(TABLES[table])


def test_what_cannot_be_read_is_told_and_nothing_proposed(tmp_path, capsys):
    broken = tmp_path / "a.csv"
    broken.write_bytes(b'id;x\n1;"open\n')
    with pytest.raises(DataError, match=r"a\.csv:2"):
        describe.describe(broken)
    assert main(["describe", str(tmp_path / "none.csv")]) == FAULTY
    assert "none.csv" in capsys.readouterr().err


# --- codebook --------------------------------------------------------------------------------------------------------


def test_the_codebook_names_every_column_and_where_it_is_from(tmp_path):
    new_study.new(tmp_path / "oma", DAY)
    filled(tmp_path / "oma")
    read = loader.load(tmp_path / "oma")
    tables = tidy.build(read, reading.read(read, "2026K"), Key(b"0" * 32))
    book = codebook.describe(read, tables).set_index(["table", "column"])
    assert len(book) == sum(len(frame.columns) for frame in tables.values())
    assert book.loc[("persons", "gender"), "codes"] == "female = Nainen; male = Mies; other = Muu"
    assert book.loc[("persons", "channel"), "source"] == "participants.*: Hakeutumiskanava"
    assert book.loc[("persons", "channel"), "missing_share"] == 0.5
    assert book.loc[("responses", "heard_web"), "name_en"] == "Where did you hear of the training?: Web"
    assert book.loc[("persons", "vitality_centre"), "type"] == "string"
    assert tables["persons"]["vitality_centre"].tolist() == ["01", "01"]
    codebook.write(read, tables, tmp_path / "book", "en")
    package = json.loads((tmp_path / "book" / "datapackage.json").read_text(encoding="utf-8"))
    fields = {r["name"]: [f["name"] for f in r["schema"]["fields"]] for r in package["resources"]}
    assert fields == {name.replace("_", "-"): list(frame.columns) for name, frame in tables.items()}
    page = (tmp_path / "book" / "codebook.html").read_text(encoding="utf-8")
    assert page.count("<table>") == len(tables) and "<script" not in page
    assert page.count('class="ev-scroll') == len(tables)  # too broad for a phone, so each moves by itself


# --- code tables -----------------------------------------------------------------------------------------------------


def table(name: str) -> list[dict]:
    return codes.rows(codes.find(name, Path("/nowhere/study")))


def test_municipalities_of_2021_are_309_and_each_has_a_region_and_an_ely():
    rows = {row["id"]: row for row in table("municipality-2021")}
    regions, elys = {r["id"] for r in table("region-2021")}, {r["id"] for r in table("ely-2021")}
    assert len(rows) == 309 and len(regions) == 19 and len(elys) == 16
    assert all(len(id_) == 3 and id_.isdigit() for id_ in rows)
    assert {r["region"] for r in rows.values()} == regions and {r["ely"] for r in rows.values()} == elys
    # what changed on 1.1.2021: Honkajoki is no more, four municipalities moved to another region
    assert "099" not in rows
    moved = {"142": ("07", "04"), "090": ("12", "09"), "152": ("14", "11"), "291": ("06", "05")}
    assert {id_: (rows[id_]["region"], rows[id_]["ely"]) for id_ in moved} == moved


def test_the_two_sets_of_main_activity_conflict_and_are_chosen_by_name():
    one = {row["id"]: row["name"]["en"] for row in table("main-activity")}
    two = {row["id"]: row["name"]["en"] for row in table("main-activity-combined")}
    assert one["99"] == "Other or unknown" and two["99"] == "Unknown"
    assert "30" in two and "30" not in one and "24" in one and "24" not in two


def test_levels_of_education_and_every_table_has_a_source_and_a_date():
    assert [row["id"] for row in table("education-level-2016")] == list("0123456789")
    assert len(table("education-field-2016")) == 12
    for name in codes.names(Path("/nowhere/study")):
        about = codes.about(name, Path("/nowhere/study"))
        assert {"title", "publisher", "source", "valid_from", "licence"} <= set(about), name
        rows = table(name)
        assert len({row["id"] for row in rows}) == len(rows) and all({"fi", "en"} <= set(r["name"]) for r in rows)


def test_an_unknown_code_table_is_a_fault_that_names_the_known(tmp_path):
    folder = tmp_path / "trial"
    folder.mkdir()
    text = HEAD.replace("[codes]", '[codes]\nmunicipality = "municipality-1821"')
    (folder / "study.toml").write_text(text + 'columns = { person = "id" }\n', encoding="utf-8")
    with pytest.raises(StudyError, match=r"codes\.municipality: there is no code table municipality-1821; .*ely-2021"):
        loader.load(folder)


# --- what looks odd --------------------------------------------------------------------------------------------------

ODD = """\
[study]
name = "Trial"
title = "Trial"
organisation = "School"
funder = "Nobody"
start = 2021-01-01
end = 2021-12-31
[[terms]]
id = "T1"
name = "Spring"
start = 2021-01-01
end = 2021-07-31
[[terms]]
id = "T2"
name = "Autumn"
start = 2021-08-01
end = 2021-12-31
[survey]
items = [ITEMS]
[[sources]]
table = "start_survey"
name = "Start"
file = "before.csv"
columns = { person = "id", answered = "day", COLUMNS }
[[sources]]
table = "budget"
name = "Ledger"
file = "ledger.csv"
columns = { date = "day", category = "cat", funding = "fund", amount = "euro" }
[codes]
budget_category = [{ id = "pay", name = "Pay" }]
funding = [{ id = "grant", name = "Grant", role = "grant" }]
"""


def test_a_question_with_several_answers_is_told_once_under_its_heading(tmp_path):
    """And each note under the heading of the source that the rows come from: the second term's file has its own."""
    items = ", ".join(f'{item} = "P"' for item in ("plan", "hard", "able", "hours"))
    sources = [
        f'[[sources]]\ntable = "start_survey"\nname = "x"\nfile = "before.csv"\nterms = ["{term}"]\n'
        f'columns = {{ person = "id", answered = "{day}", heard = "{asked}", {items} }}\n'
        for term, day, asked in (("T1", "Day", "Heard"), ("T2", "Päivä", "Kuuli"))
    ]
    folder = tmp_path / "trial"
    second = '[[terms]]\nid = "T2"\nname = "x"\nstart = 2021-08-01\nend = 2021-12-31\n\n[[variables]]'
    text = HEAD.split("[[sources]]")[0].replace("[[variables]]", second, 1) + "".join(sources)
    for term, head in (("T1", "id;Day;P;Heard"), ("T2", "id;Päivä;P;Kuuli")):
        rows = [head, *(f"{i};2021-03-01;{1 + i % 5};{'Kahvila' if i % 3 else ''}" for i in range(24))]
        (folder / "raw" / term).mkdir(parents=True)
        (folder / "raw" / term / "before.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    notes = notes_of(reading.read(loader.load(folder), "T2")["notes"])
    assert [(n.kind, n.column) for n in notes if n.line in (None, 2)] == [("date_outside_term", "Päivä")]
    notes = notes_of(reading.read(loader.load(folder), "T1")["notes"])
    assert [(n.kind, n.column) for n in notes] == [("missing_share", "Heard")]


def odd(tmp_path: Path, now: list[str], ledger: list[str]) -> list[tuple[str, int | None, str]]:
    folder = tmp_path / "trial"
    items = [f"q{i}" for i in range(1, 7)]
    text = ODD.replace("ITEMS", ", ".join(f'{{ id = "{i}", text = "{i}" }}' for i in items))
    text = text.replace("COLUMNS", ", ".join(f'{i} = "{i}"' for i in items))
    head = "id;day;" + ";".join(items)
    then = [f"c{i};2021-02-0{1 + i % 9};{1 + i % 5};2;3;4;{1 + i % 4};5" for i in range(24)]
    for term, rows, book in (("T1", then, ["2021-02-02;pay;grant;10"]), ("T2", now, ledger)):
        (folder / "raw" / term).mkdir(parents=True)
        (folder / "raw" / term / "before.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        lines = ["day;cat;fund;euro", *book]
        (folder / "raw" / term / "ledger.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    tables = reading.read(loader.load(folder), "T2")
    return [(note.kind, note.line, note.column) for note in notes_of(tables["notes"])]


USUAL = [f"a{i};2021-09-{1 + i:02d};{1 + i % 5};2;3;4;{1 + i % 4};5" for i in range(24)]
BOOKED = [f"2021-09-{1 + i:02d};pay;grant;{100 + i}" for i in range(24)]


def test_a_usual_term_has_nothing_odd(tmp_path):
    assert odd(tmp_path, USUAL, BOOKED) == []


@pytest.mark.parametrize(
    ("rows", "ledger", "expected"),
    [
        ([*USUAL, "b99;2021-09-01;3;3;3;3;3;3"], BOOKED, ("straight_lining", 26, "")),
        ([*USUAL, "b99" + USUAL[0][2:]], BOOKED, ("same_answers", 26, "")),
        ([*USUAL, "b99;2021-07-31;1;2;3;4;1;5"], BOOKED, ("date_outside_term", 26, "day")),
        (USUAL, [*BOOKED, "2021-09-30;pay;grant;9000"], ("outlier", 26, "euro")),
        (USUAL[:3], BOOKED, ("rows_changed", None, "")),
        ([row.replace(";2;3;", ";4;3;") for row in USUAL], BOOKED, ("answers_changed", None, "q2")),
        (
            [r.replace(";2;3;", ";;3;") if i % 3 else r for i, r in enumerate(USUAL)],
            BOOKED,
            ("missing_share", None, "q2"),
        ),
    ],
)
def test_what_is_odd_is_noted_in_its_place(tmp_path, rows, ledger, expected):
    assert odd(tmp_path, rows, ledger) == [expected]
