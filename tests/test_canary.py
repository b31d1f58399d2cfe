"""Names, identity codes, e-mail addresses and telephone numbers planted in every source reach nothing that is written.

One notebook that shows every section stands for all: what is looked at is every file a run leaves, read as what it is.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docx
import nbformat
import pandas as pd
import pytest
from conftest import FILES, write_study
from openpyxl import load_workbook
from stdnum.fi import hetu

import evaltools as ev
from evaltools import paths, settings
from evaltools.cli import main as cli
from evaltools.pipeline import job, run
from evaltools.pipeline.archive import make
from evaltools.privacy import free_text, pseudonyms, screening
from evaltools.report import documents, pages
from evaltools.report.edition import Edition
from evaltools.report.render import drawing
from evaltools.study import loader

BORN = "010190"
DOT = base64.b64decode(  # a picture without text
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def code(number: int, sign: str) -> str:
    return f"{BORN}{sign}{number}{hetu._calc_checksum(f'{BORN}{number}')}"


# the ids of the small study's persons are identity codes, each in a spelling of its own
IDS = {
    "091": code(901, "-"),
    "NA": code(902, "\u2013"),
    "1E5": code(903, "Y"),
    "None": code(904, ""),
    "nan": code(905, "-").lower(),
}
RIGHTS = {right: f"OO-Kvaxnummer-{right}" for right in ("TRUE", "2", "3", "4", "5", "6", "7")}
NAMES = ["Zorblaxinen", "Kvaxander", "Yrsjälä"]
EMAIL, PHONE = "kvax.zorblax@example.com", "040 000 0000"
PLANTED = (
    f"Terveisin Zorblaxinen, Kvaxanderin ystävä Yrsjälästä; {EMAIL} tai {PHONE}, "
    f"{code(906, '-')} {code(907, chr(0x2212))} {code(908, ' - ')} {code(909, '')} {code(910, 'A')}"
)
CANARIES = [
    *(f"{BORN}{sign}{n}" for n in range(901, 911) for sign in ("-", "\u2013", "\u2212", "", "Y", "y", "A", " - ")),
    *("Zorblax", "zorblax", "Kvax", "kvax", "Yrsj", "0000000", PHONE, PHONE.replace(" ", "\u00a0")),
]
PRIVACY = """
themes = [{ id = "thanks", name = "Thanks", words = ["terveisin"] }]
privacy = { names = "names.txt" }
"""
CORRECTION = "date;term;table;key;column;old;new;reason\n2021-08-01;T1;participants;{id};points;2;3;{text}\n"
SHOW_ALL = """
import evaltools as ev
from evaltools.sections.registry import TOPICS
from evaltools.sections.section import Display
opened = ev.open_study(study).term(term, language, edition)
sections = [opened.section(topic) for topic in TOPICS]
Display([part for section in sections for part in section.parts.values()])
"""


def planted_files() -> dict[str, str]:
    """The small study's exports with the ids exchanged, and a text in every text column and one nobody asked for."""
    files = {}
    for name, content in FILES.items():
        head, *rows = csv.reader(io.StringIO(content), delimiter=";")
        lines = [[*head, "nobody asked"]]
        for row in rows:
            cells = dict(zip(head, row, strict=True))
            cells |= {"id": IDS[cells["id"]]} if "id" in cells else {}
            cells |= {"right": RIGHTS[cells["right"]]} if "right" in cells else {}
            cells |= {column: PLANTED for column in ("free", "place", "partner") if column in cells}
            lines.append([*cells.values(), PLANTED])
        out = io.StringIO()
        csv.writer(out, delimiter=";", lineterminator="\n").writerows(lines)
        files[name] = out.getvalue()
    files["corrections.csv"] = CORRECTION.format(id=IDS["NA"], text=PLANTED.replace(";", ","))
    files["names.txt"] = "\n".join(NAMES)
    return files


def project(root: Path) -> Path:
    folder = write_study(root / "data" / "small", {"targets = [{": PRIVACY + "targets = [{"}, planted_files())
    notebook(root, SHOW_ALL)
    return folder


def notebook(root: Path, *cells: str) -> None:
    parameters = "".join(f'{name}: str = ""\n' for name in job.PARAMETERS)
    first = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    about = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = nbformat.v4.new_notebook(metadata=about, cells=[first, *map(nbformat.v4.new_code_cell, cells)])
    (root / "notebooks").mkdir(exist_ok=True)
    nbformat.write(made, root / "notebooks" / "01_all.ipynb")


def contents(path: Path) -> Iterator[str]:
    """What a reader of a file can see of it, by means of this test's own."""
    if path.suffix == ".docx":  # of its markup only the addresses of links: fonts are numbered
        with zipfile.ZipFile(path) as document:
            parts = {name: document.read(name).decode("utf-8", "replace") for name in document.namelist()}
        yield "\n".join(t if name.endswith(".rels") else re.sub("<[^>]*>", "", t) for name, t in parts.items())
        return
    raw = path.read_bytes()
    yield raw.decode("utf-8", "replace")
    yield html.unescape(raw.decode("utf-8", "replace"))
    if path.suffix == ".parquet":
        yield pd.read_parquet(path).astype("str").to_csv()
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        yield "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    if path.suffix == ".docx":
        yield "\n".join("".join(each.itertext()) for each in docx.Document(str(path)).element.body)
    if path.suffix in (".json", ".ipynb"):
        yield html.unescape(json.dumps(json.loads(raw), ensure_ascii=False))


def hits(folder: Path) -> list[tuple[str, str]]:
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        seen = "\n".join(contents(path))
        seen = re.sub(r"\d*\.\d{8,}(e-?\d+)?", "", seen)  # a float of many digits may hold any of them
        found += [(path.relative_to(folder).as_posix(), canary) for canary in CANARIES if canary in seen]
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A project with both editions of the small study, and everything planted."""
    root = tmp_path_factory.mktemp("canary")
    folder = project(root)
    run.run(folder, ["T2"], edition="public")
    run.run(folder, ["T2"], edition="internal")
    return root


def test_the_planted_data_are_sound_and_hold_every_canary(home):
    raw = ev.open_study(home / "data/small").term("T2").raw
    seen = "\n".join(frame.astype("str").to_csv() for frame in raw.values())
    for planted in (*IDS.values(), *RIGHTS.values(), EMAIL, PHONE, *(code(n, "") for n in (904, 909))):
        assert planted in seen
    # persons, start and end survey, two kinds of log: every table with ids or texts
    assert {table for table, frame in raw.items() if PLANTED[:20] in frame.astype("str").to_csv()} == {
        "start_survey",
        "end_survey",
        "outreach",
        "contacts",
    }


def test_nothing_planted_is_in_anything_written(home):
    written = [p for p in (home / "outputs").rglob("*") if p.is_file()]
    kinds = {path.suffix for path in written}
    assert kinds >= {".html", ".ipynb", ".csv", ".xlsx", ".parquet", ".json"}
    assert {p.parts[-2] for p in written} >= {"public-fi", "internal-fi", "tidy"}
    assert hits(home / "outputs") == []
    assert screening.unfit(home / "outputs") == []


def test_an_archive_of_the_release_holds_nothing_planted_and_its_checksums_are_right(home, tmp_path):
    study = loader.load(home / "data/small")
    names, deposit = make.archive(study, tmp_path / "archive")
    assert {"data/counts.csv", "metadata/ddi-fi.xml", "questionnaires/start/fi/form.html"} <= {*names}
    assert deposit.term.id == "T2" and len(deposit.counts) > 100
    assert hits(tmp_path) == []
    assert screening.unfit(tmp_path) == []
    sums = [line.split("  ") for line in (tmp_path / "archive" / make.SUMS).read_text().splitlines()]
    assert {name: sum for sum, name in sums} == {name: paths.digest(tmp_path / "archive" / name) for name in names}
    released = home / "outputs/small/T2/public-fi/results.csv"
    assert (tmp_path / "archive/data/results.csv").read_bytes() == released.read_bytes()


def test_the_comments_are_there_masked_in_the_internal_edition_only(home):
    place = home / "outputs/small/T2"
    internal = (place / "internal-fi" / "01_all.internal.html").read_text(encoding="utf-8")
    assert "Terveisin [nimi], [nimi] ystävä [nimi]; [sähköposti] tai [puhelinnumero]" in internal
    assert "Terveisin" not in (place / "public-fi" / "01_all.html").read_text(encoding="utf-8")
    assert "Thanks" in (place / "public-fi" / "01_all.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("edition", ["public", "internal"])
def test_documents_and_forms_of_funders_hold_nothing_planted(home, tmp_path, monkeypatch, edition):
    monkeypatch.setattr(drawing, "png", lambda svg: DOT)
    [path] = (home / "outputs/small/T2" / f"{edition}-fi" / "notebooks").glob("*.ipynb")
    page = pages.Page("07_final_report", "Kaikki", "", nbformat.read(path, 4), lead=True)
    about = Edition(loader.load(home / "data/small"), ev.open_study(home / "data/small").term("T2").term, "fi", edition)
    (tmp_path / "funders").mkdir()
    parts = '["comments", "comment-quotes", "comment-texts"]\ntables = true'
    form = f'name = "Form"\n[[headings]]\nid = "all"\nheading = "All"\nparts = {parts}\n'
    (tmp_path / "funders" / "form.toml").write_text(form, encoding="utf-8")
    about = replace(about, study=about.study.model_copy(update={"folder": tmp_path}))
    (tmp_path / "made").mkdir()
    documents.write(about, [page], tmp_path / "made", ["word", "pictures"], ["form.all"])
    made = {path.name.replace(".internal.", "."): path for path in (tmp_path / "made").glob("*.docx")}
    assert made.keys() == {f"07_final_report{part}.docx" for part in ("", "-summary", "-form")}
    assert hits(tmp_path / "made") == [] and screening.unfit(tmp_path / "made") == []
    for name in ("07_final_report.docx", "07_final_report-form.docx"):
        seen = "\n".join(contents(made[name]))
        assert ("Terveisin [nimi], [nimi] ystävä [nimi]" in seen) is (edition == "internal")
        assert "Thanks" in seen


def test_answers_to_be_coded_are_masked_in_the_workbook_and_stand_in_no_file_it_leaves(tmp_path, capfd):
    folder = project(tmp_path)
    assert cli.main(["code", str(folder), "T2"]) == 0
    path = tmp_path / "outputs/small/coding/T2.xlsx"
    assert any("Terveisin [nimi], [nimi] ystävä [nimi]" in seen for seen in contents(path))
    book = load_workbook(path)
    for sheet in (book["A"], book["B"]):
        for row in sheet.iter_rows(min_row=2):
            row[4].value = "x"
    book.save(path)
    assert cli.main(["code", str(folder), "T2"]) == 0
    assert (folder / "coding.csv").is_file() and hits(tmp_path / "outputs") == []
    said = "".join(capfd.readouterr()) + (folder / "coding.csv").read_text(encoding="utf-8")
    assert [canary for canary in CANARIES if canary in said] == []


def test_without_the_masks_the_canaries_are_found(home, tmp_path, monkeypatch):
    """What is searched is where they would be: the search and the scanner both bite."""
    monkeypatch.setattr(free_text, "sanitise", lambda text, names: text)
    section = ev.open_study(home / "data/small").term("T2", edition="internal").section("survey")
    (tmp_path / "survey.html").write_text(section._repr_html_(), encoding="utf-8")
    found = {canary for _, canary in hits(tmp_path)}
    assert {"Zorblax", "Kvax", "Yrsj", PHONE, f"{BORN}-906", f"{BORN}909", f"{BORN}A910"} <= found
    assert screening.unfit(tmp_path) == ["survey.html"]


def test_without_pseudonyms_the_ids_are_found(home, tmp_path, monkeypatch):
    monkeypatch.setattr("evaltools.ingest.tidy.pseudonyms", lambda ids, *_: {each: each for each in ids.dropna()})
    for name, frame in ev.open_study(home / "data/small").term("T2").tidy.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")
    found = {name for name, _ in hits(tmp_path)}
    assert found >= {
        "persons.parquet",
        "enrolments.parquet",
        "responses.parquet",
        "answers.parquet",
        "followup.parquet",
    }
    assert set(screening.unfit(tmp_path)) >= {"persons.parquet", "responses.parquet"}


def test_the_lists_of_whom_to_ask_are_the_only_files_with_ids_besides_the_exports(tmp_path, monkeypatch, capfd, caplog):
    folder = project(tmp_path)
    lists, elsewhere = tmp_path / "lists", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for variable in ("TMPDIR", "HOME"):
        monkeypatch.setenv(variable, str(elsewhere))
    caplog.set_level(logging.DEBUG)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert cli.main(["due", str(folder), "--date", "2021-12-31", "--to", str(lists), "--verbose"]) == 0
    assert {name for name, _ in hits(lists)} == {"start_survey.csv", "end_survey.csv"}
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert {path.parent for path in made} == {lists} and hits(elsewhere) == []
    out, err = capfd.readouterr()
    assert [canary for canary in CANARIES if canary in out + err + caplog.text] == []


def test_the_page_of_checks_names_nobody_and_its_file_lies_where_lists_may(tmp_path, monkeypatch, capfd, caplog):
    folder, to = project(tmp_path), tmp_path / "checks"
    caplog.set_level(logging.DEBUG)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert cli.main(["watch", str(folder), "--date", "2021-12-31", "--to", str(to), "--verbose"]) == 0
    assert {name for name, _ in hits(to)} <= {"faults.csv", "faults.xlsx"}
    assert {path.parent for path in {p for p in tmp_path.rglob("*") if p.is_file()} - before} == {to}
    out, err = capfd.readouterr()
    assert [canary for canary in CANARIES if canary in out + err + caplog.text] == []


# --- when a cell fails -----------------------------------------------------------------------------------------------

FAILING = """
import evaltools as ev, sys, warnings, logging
raw = ev.open_study(study).term(term).raw
secret = " ".join(str(value) for frame in raw.values() for value in frame.iloc[0] if isinstance(value, str))
print(secret)
print(secret, file=sys.stderr)
warnings.warn(secret)
logging.getLogger("x").error(secret)
try:
    raise KeyError(secret)
except KeyError as error:
    raise ValueError(secret) from error
"""


@pytest.mark.parametrize("options", [[], ["--debug"]])
def test_a_cell_that_fails_with_the_value_in_its_exception(tmp_path, monkeypatch, capfd, caplog, options):
    project(tmp_path)
    notebook(tmp_path, FAILING)
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.DEBUG)
    command = ["run", "--allow-notebooks", "data/small", "--language", "en", "--edition", "internal", *options]
    if options:
        with pytest.raises(run.RunError) as failure:
            cli.main(command)
        said = str(failure.value) + repr(failure.value)
    else:
        assert cli.main(command) == 1
        said = ""
    out, err = capfd.readouterr()
    said += out + err + caplog.text
    assert "01_all.ipynb, cell 2: ValueError (the message is not shown" in said
    assert [canary for canary in CANARIES if canary in said] == []
    assert hits(tmp_path / "outputs") == []
    assert [p for p in (tmp_path / "outputs").rglob("*") if p.is_file() and p.suffix != ".lock"] == []


def test_a_code_that_would_be_published_stops_the_run(tmp_path):
    folder = project(tmp_path)
    show = f"from evaltools.report.document import Part\nPart('a', 'A', ['{code(911, '-')}'], protected=True)"
    notebook(tmp_path, show)
    with pytest.raises(run.RunError) as failure:
        run.run(folder, ["T2"], language="en")
    said = failure.value.lines("en")
    assert said == [
        "the material to be published contains a personal identity code; nothing was published. "
        "Files: 01_all.html, notebooks/01_all.ipynb"
    ]
    assert not (tmp_path / "outputs/small/T2").exists()


# --- keys ------------------------------------------------------------------------------------------------------------


def test_another_key_than_before_is_refused_until_it_is_meant(home, tmp_path, monkeypatch, capsys):
    root = tmp_path / "again"
    folder = project(root)
    record = (home / "outputs/small/T2/public-fi/run.json").read_text(encoding="utf-8")
    before = json.loads(record)["key_id"]
    assert before == pseudonyms.load_key().id
    earlier = root / "outputs/small/T1/public-fi"
    earlier.mkdir(parents=True)
    (earlier / "run.json").write_text(record, encoding="utf-8")
    notebook(root, "1;")
    monkeypatch.chdir(root)
    lost = tmp_path / "lost" / "pseudonym.key"
    monkeypatch.setenv(settings.KEY_FILE.name, str(lost))
    for language, words in (("fi", "Palauta avain"), ("en", "Restore it from a backup")):
        assert cli.main(["run", "--allow-notebooks", "data/small", "--language", language]) == 2
        said = capsys.readouterr().err
        assert words in said and before in said and "--new-key" in said
    assert not lost.exists()
    other = pseudonyms.load_key(lost)
    for language, words in (("fi", "ei ole se"), ("en", "is not the one")):
        assert cli.main(["run", "--allow-notebooks", "data/small", "--language", language]) == 2
        said = capsys.readouterr().err
        assert words in said and before in said and other.id in said
    assert run.run(folder, ["T2"], new_key=True)[0].folder.is_dir()


def test_a_bad_key_file_is_said_in_both_languages(tmp_path, monkeypatch):
    path = tmp_path / "pseudonym.key"
    path.write_bytes(b"too short")
    path.chmod(0o600)
    with pytest.raises(pseudonyms.KeyFileError) as failure:
        pseudonyms.load_key(path)
    assert "avaintiedosto" in failure.value.lines("fi")[0]
    assert str(failure.value) == failure.value.lines("en")[0]


def test_ids_of_two_kinds_show_no_tie():
    key, ids = pseudonyms.Key(bytes(range(32))), pd.Series(["7"])
    persons = pseudonyms.pseudonymise(ids, key, "a")
    rights = pseudonyms.pseudonymise(ids, key, "a", "enrolment")
    assert persons[0] != rights[0]
    assert rights[0] != pseudonyms.pseudonymise(ids, key, "b", "enrolment")[0]
