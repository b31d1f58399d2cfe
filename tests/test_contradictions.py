"""Rules that no two sentences of a study may break: they find planted contradictions, and none on real pages."""

import importlib.util
import itertools
import re
import sys
from pathlib import Path

import pytest
from test_conclusions import EDGES, edge
from test_stage_survey import parts

from evaltools import i18n
from evaltools.sections import answers
from evaltools.sections.material import Labels

spec = importlib.util.spec_from_file_location(
    "contradictions", Path(__file__).parents[1] / "benchmarks" / "contradictions.py"
)
contradictions = importlib.util.module_from_spec(spec)
sys.modules["contradictions"] = contradictions
spec.loader.exec_module(contradictions)


def test_every_key_of_the_rules_is_a_text_that_has_their_words():
    rules = [(key, word) for texts in contradictions.RULES.values() for word, keys in texts for key in keys]
    rules += [place for places in contradictions.VALUES.values() for place in places]
    for key, word in rules:
        for language in contradictions.LANGUAGES:
            groups = [pattern.groupindex for pattern in contradictions.texts(key, language)]
            assert groups and all(not word or word in names for names in groups), (key, word, language)


@pytest.mark.parametrize("language", contradictions.LANGUAGES)
def test_each_rule_finds_a_planted_contradiction(language):
    """For every rule, two texts that claim different things of the same thing."""
    for about, texts in contradictions.RULES.items():
        keys = [(word, key, says) for word, of in texts for key, says in of.items() if says != "standing"]
        for (word, one, says), (other, two, contrary) in itertools.combinations(keys, 2):
            if says == contrary or bool(word) != bool(other):
                continue
            said = [filled(key, language) for key in (one, two)]
            assert contradictions.contradictions(said, language), (about, said)


def filled(key, language, **words):
    """A text with a word for each of its gaps: the same thing wherever it says of what it is, quoted in lists."""
    text = i18n.catalogue()[key][language]
    text = text if isinstance(text, str) else text["other"]
    gaps = re.findall(r"\{(\w+)\}", text)
    things = dict.fromkeys(("share", "question", "name", "outcome", "group"), "Thing")
    lists = dict.fromkeys(("items", "names", "groups"), "“Thing”")
    return text.format(**{**dict.fromkeys(gaps, "7"), **things, **lists, **words})


@pytest.mark.parametrize("language", contradictions.LANGUAGES)
def test_one_quantity_with_two_values_is_found(language):
    for about, places in contradictions.VALUES.items():
        for (one, word), (two, other) in itertools.combinations(places, 2):
            said = [filled(one, language, **{word: "61.0%"}), filled(two, language, **{other: "54.2%"})]
            assert any(w.startswith(about) for w in contradictions.contradictions(said, language)), said


@pytest.mark.parametrize("language", contradictions.LANGUAGES)
def test_what_agrees_is_let_be(language):
    same = [filled("survey.results.item_improved", language), filled("survey.results.improved", language)]
    assert contradictions.contradictions(same, language) == []
    assert contradictions.contradictions(["A share of 3%.", "A share of 4%."], language) != []


@pytest.mark.parametrize("language", contradictions.LANGUAGES)
@pytest.mark.parametrize("name", EDGES)
def test_no_two_sentences_of_an_edge_study_contradict(name, language):
    made, rows = edge(name)
    title = answers.answer("survey", rows, Labels(made.study, made.term, language, made.edition))
    page = parts(made, rows, language)
    said = [title, *(sentence for part in page.values() for sentence in (*part.sentences, *part.notes))]
    assert contradictions.contradictions(said, language) == []


def test_no_two_sentences_of_a_random_study_contradict(tmp_path):
    """One of the studies of ``benchmarks/contradictions.py``: every page, in every language."""
    assert contradictions.study(7, tmp_path) == {language: [] for language in contradictions.LANGUAGES}
