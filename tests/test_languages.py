"""A third language can begin with one page: what it lacks is taken from another language, and the page says so."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from conftest import write_study

import evaltools as ev
from evaltools import i18n
from evaltools.report.document import Column, Part, Table
from evaltools.report.render import html, spreadsheet
from evaltools.study.loader import load


@pytest.fixture
def without_swedish(monkeypatch):
    """A catalogue as a language finds it that has no texts yet."""
    whole = i18n._entry
    monkeypatch.setattr(i18n, "_entry", lambda key: {of: said for of, said in whole(key).items() if of != "sv"})


def test_what_a_language_lacks_is_said_in_another_and_marked(without_swedish):
    said = i18n.say("participants.heading", "sv")
    assert said == i18n.say("participants.heading", "fi")
    assert isinstance(said, i18n.Foreign) and said.language == "fi"
    assert not isinstance(i18n.say("participants.heading", "fi"), i18n.Foreign)


def test_swedish_lacks_nothing():
    assert i18n.say("participants.heading", "sv") == "Deltagare"
    assert not isinstance(i18n.say("participants.heading", "sv"), i18n.Foreign)


def test_numbers_are_those_of_the_page_and_plural_forms_those_of_the_text(monkeypatch):
    entry = {"fi": {"one": "{n} henkilö", "other": "{n} henkilöä"}, "en": {"one": "{n} person", "other": "{n} persons"}}
    monkeypatch.setattr(i18n, "_entry", lambda key: entry)
    assert i18n.say("x", "sv", n=1) == "1 henkilö"
    assert i18n.say("x", "sv", n=12345) == f"{i18n.integer(12345, 'sv')} henkilöä"
    monkeypatch.setattr(i18n, "_entry", lambda key: {**entry, "sv": {"one": "{n} person", "other": "{n} personer"}})
    assert i18n.say("x", "sv", n=2) == "2 personer"
    assert not isinstance(i18n.say("x", "sv", n=2), i18n.Foreign)


def test_a_text_of_the_study_file_falls_back_too(tmp_path):
    study = load(write_study(tmp_path / "small"))
    name = study.study.name("sv")
    assert (name, name.language) == ("Koe", "fi")
    assert study.study.name("en") == "Trial"


def test_a_plain_string_is_the_same_in_every_language(tmp_path):
    edits = {'name = { fi = "Koe", en = "Trial" }': 'name = "Uusi alku"'}
    name = load(write_study(tmp_path / "small", edits)).study.name("sv")
    assert name == "Uusi alku" and not isinstance(name, i18n.Foreign)


def test_a_text_of_the_study_file_has_only_languages_that_there_are(tmp_path):
    from evaltools.study.faults import StudyError

    edits = {'title = { fi = "Kokeen arviointi", en = "Evaluation of a trial" }': 'title = { fi = "Koe", sv = "Prov" }'}
    with pytest.raises(StudyError) as caught:
        load(write_study(tmp_path / "small", edits))
    assert [(f.path, f.what) for f in caught.value.faults] == [("study.title.en", "missing_key")]
    edits = {key: 'title = { fi = "Koe", en = "Trial", xx = "?" }' for key in edits}
    with pytest.raises(StudyError) as caught:
        load(write_study(tmp_path / "other", edits))
    assert [(f.path, f.what) for f in caught.value.faults] == [("study.title.xx", "unknown_key")]


def test_a_page_says_which_texts_are_in_another_language(without_swedish):
    part = Part("p", i18n.say("participants.heading", "sv"), ["Svenska & mer", i18n.Foreign("Suomea & muuta", "fi")])
    shown = html.part(part)
    assert f'<h2><span lang="fi">{i18n.say("participants.heading", "fi")}</span></h2>' in shown
    assert "<p>Svenska &amp; mer</p>" in shown
    assert '<p><span lang="fi">Suomea &amp; muuta</span></p>' in shown


def test_a_whole_section_can_be_made_in_a_language_that_has_no_text_of_it(tmp_path, without_swedish):
    term = ev.open_study(write_study(tmp_path / "small")).term("T2", "sv", "internal")
    finnish = ev.open_study(tmp_path / "small").term("T2", "fi", "internal")
    for topic in ("participants", "survey", "placement"):
        swedish, same = (each.section(topic).parts for each in (term, finnish))
        assert swedish.keys() == same.keys()
        assert all('lang="fi"' in html.part(part) for part in swedish.values())
        assert not any('lang="' in html.part(part) for part in same.values())


def test_a_section_is_in_swedish_but_for_what_the_study_says_in_other_languages_only(tmp_path):
    term = ev.open_study(write_study(tmp_path / "small")).term("T2", "sv", "internal")
    shown = "".join(html.part(part) for part in term.section("participants").parts.values())
    assert "Projektet har haft" in shown
    foreign = re.findall(r'<span lang="fi">(.*?)</span>', shown)
    assert not {i18n.say("participants.heading", "fi"), i18n.say("column.persons", "fi")} & set(foreign)


@pytest.mark.parametrize("language", sorted(i18n.WRITING))
def test_every_language_writes_days_months_and_the_formats_of_workbooks(language):
    day = dt.date(2023, 7, 31)
    for said in (i18n.date(day, language), i18n.month(day, language), i18n.axis_month(day, language)):
        assert "2023" in said
    formats = {kind: i18n.sheet_format(kind, language, 1) for kind in ("date", "percent", "points", "euro", "decimal")}
    assert re.fullmatch(r"[dmy.\-/]+", formats["date"]) and formats["percent"] == "0.0%"
    assert formats["points"].startswith("+0.0%") and formats["euro"].startswith("#,##0.0 ")
    column = Column("x", "points")
    assert spreadsheet._format(0.1, column, Table("t", "t", [column], [[0.1]], language)) == formats["points"]
