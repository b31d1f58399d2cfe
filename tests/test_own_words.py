"""A study's own words stand in its reports, in every form, and nowhere else."""

from __future__ import annotations

import pytest
from test_language import ENGLISH, english  # noqa: F401 (a fixture)
from test_values import REGISTER

import evaltools as ev
from evaltools import i18n
from evaltools.study import loader, own_words
from evaltools.study.faults import StudyError

CLIENTS = '[words]\nen = { participants = "clients", participant = "client" }\n'


def test_reports_use_the_words_of_the_study_and_other_studies_do_not(english):  # noqa: F811
    plain = ev.open_study("data/trial").term().section("ingestion")._repr_html_()
    (english / "study.toml").write_text(ENGLISH + CLIENTS + REGISTER, encoding="utf-8")
    own = ev.open_study("data/trial").term().section("ingestion")._repr_html_()
    assert "articipant" in plain and "lient" not in plain
    assert "articipant" not in own and "Clients" in own
    assert "lients" not in i18n.say("table.participants", "en")


def test_what_is_filled_in_is_not_reworded():
    with i18n.own_words({"en": {"participants": "clients", "n": "m"}}):
        assert i18n._reworded("{participants} of {n} Participants", {"participants": "clients"}) == (
            "{participants} of {n} Clients"
        )
        assert "client" in i18n.say("table.participants", "en").lower()
    assert "client" not in i18n.say("table.participants", "en").lower()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('en = { participants = "clients" }', "words.en: other forms of the same word are missing: participant;"),
        ('en = { people = "clients" }', "words.en.people: no text of the reports has this word"),
        ('fi = { osallistujat = "asiakkaat" }', "osallistujien"),
    ],
)
def test_a_word_is_given_in_all_its_forms(english, words, said):  # noqa: F811
    (english / "study.toml").write_text(f"{ENGLISH}[words]\n{words}\n{REGISTER}", encoding="utf-8")
    with pytest.raises(StudyError) as error:
        loader.load(english)
    assert said in str(error.value)


def test_every_concept_has_forms_in_every_language():
    for language in i18n.LANGUAGES:
        assert all(own_words.forms(language).values())
