"""The draft of a data protection impact assessment: what the study file says, what it lacks, and tests that exist."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest
from conftest import DATA

from evaltools import i18n
from evaltools.authoring import dpia
from evaltools.cli.main import main
from evaltools.report import documents
from evaltools.study import loader
from evaltools.study.evaluation_model import DataProtection
from evaltools.study.faults import StudyError

TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def study():
    return loader.load(DATA / "uusi-alku")


def said(study, language: str) -> str:
    parts = dpia.parts(study, language)
    cells = [cell for part in parts for table in part.tables for row in table.rows for cell in row]
    return " ".join([s for part in parts for s in (*part.sentences, *(p.text for p in part.points))] + cells)


def test_every_test_that_a_measure_names_is_there():
    named = [test for measures in dpia.MEASURES.values() for tests in measures.values() for test in tests]
    missing = []
    for file, _, name in (test.partition("::") for test in named):
        tree = ast.parse((TESTS / f"{file}.py").read_text(encoding="utf-8"))
        if name not in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{file}::{name}")
    assert missing == [] and len(named) == len(set(named)) > 20
    assert all(tests for measures in dpia.MEASURES.values() for tests in measures.values())


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_what_the_study_file_lacks_stands_there_with_its_key(study, language):
    text = said(study, language)
    assert dpia.missing(study) == list(DataProtection.model_fields)
    for key in DataProtection.model_fields:
        assert text.count(f"[data_protection] {key}.") == 1


def test_what_the_study_file_says_stands_there_instead(study):
    names = {
        "controller": "Folk school",
        "basis": "Article 6(1)(e)",
        "rights": "Write to us",
        "officer": "dpo@example.org",
    }
    own = DataProtection.model_validate(names | {"kept_until": dt.date(2030, 12, 31)})
    filled = study.model_copy(update={"data_protection": own})
    text = said(filled, "en")
    assert all(each in text for each in (*names.values(), "kept: 31 December 2030"))
    assert dpia.missing(filled) == ["purpose", "kept_where", "shared_with"]


def test_every_column_about_people_is_told_with_what_becomes_of_it(study):
    [table] = next(part for part in dpia.parts(study, "en") if part.id == "what").tables
    rows = {(source, kept): data.split("; ") for source, data, kept in table.rows}
    register = study.source("participants").name("en")
    assert rows[register, "replaced by pseudonyms as they are read"] == ["Henkilötunniste"]
    assert rows[study.source("outreach").name("en"), "dropped as they are read"] == ["Paikka"]
    told = {heading for headings in rows.values() for heading in headings}
    of_persons = ("participants", "enrolments", *study.of_persons)
    for source in (source for source in study.sources if source.table in of_persons):
        assert {source.heading(column) for column in source.given} <= told
    assert study.source("budget").name("en") not in {source for source, _ in rows}


def test_a_study_that_publishes_exact_counts_names_no_protection_of_them(study):
    exact = study.disclosure.model_copy(update={"method": "none", "reason": "Published elsewhere."})
    text = said(study.model_copy(update={"disclosure": exact}), "en")
    assert "are not protected. The reason given in the study file: Published elsewhere." in text
    assert not any(i18n.say(f"dpia.measure.{each}", "en") in text for each in dpia.OF_PROTECTION)
    assert all(i18n.say(f"dpia.measure.{each}", "en") in said(study, "en") for each in dpia.OF_PROTECTION)


def test_the_command_writes_a_page_a_language_and_never_over_something(tmp_path, capsys, study, monkeypatch):
    monkeypatch.setattr(documents, "missing", lambda: ["python-docx"])
    to = tmp_path / "draft"
    assert main(["dpia", str(study.folder), "--to", str(to), "--language", "en"]) == 0
    told = capsys.readouterr()
    assert "draft of the impact assessment" in told.out and "controller, officer, purpose" in told.err
    assert sorted(path.name for path in to.iterdir()) == sorted(f"dpia-{each}.html" for each in i18n.LANGUAGES)
    for language in i18n.LANGUAGES:
        page = (to / f"dpia-{language}.html").read_text(encoding="utf-8")
        assert f'<html lang="{language}">' in page and i18n.say("dpia.draft", language) in page
    with pytest.raises(StudyError):
        dpia.write(study, to)


@pytest.mark.skipif(bool(documents.missing()), reason="needs the extra documents")
def test_the_word_document_says_what_the_page_says(tmp_path, study, monkeypatch):
    import docx

    monkeypatch.setattr(i18n, "LANGUAGES", ("sv",))
    [_, path] = dpia.write(study, tmp_path / "draft")
    word = docx.Document(str(path))
    said = " ".join([p.text for p in word.paragraphs] + [c.text for t in word.tables for c in t._cells])
    assert all(i18n.say(f"dpia.measure.{each}", "sv") in said for of in dpia.MEASURES.values() for each in of)
    assert i18n.say("dpia.draft", "sv") in said
