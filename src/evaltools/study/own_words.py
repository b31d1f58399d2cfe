"""A study's own words for its participants, students, studies and programme, in place of the catalogue's.

A word stands in every form that texts of reports use, since Finnish inflects: where one form of a word is given, all
that the catalogue uses must be, so that a report never mixes two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from evaltools import i18n
from evaltools.study.faults import Fault, fault, listed
from evaltools.study.model import Study

CONCEPTS = {  # how the forms of a word begin, language by language
    "fi": ("osallistuj", "opiskelij", "opinto(?!-)|opinno", "hank"),
    "en": ("participants?$", "students?$", "studies$", "projects?$|programmes?$"),
    "sv": ("deltagar", "studerande(?!respons)", "studier(na)?s?$", "projekt(et|en)?s?$"),
}
BESIDE = ("problem.", "fault.", "noted.", "background.error.", "background.refresh.", "new.", "run.error.", "run.say.")
FILLED = re.compile(r"\{[^}]*\}")


@cache
def forms(language: str) -> dict[str, frozenset[str]]:
    """The forms of each concept that texts of reports use, by how they begin."""
    words = {
        word.lower()
        for key, entry in i18n.catalogue().items()
        if not key.startswith(BESIDE)
        for text in _texts(entry.get(language, ""))
        for word in i18n.WORD.findall(FILLED.sub("", text))
    }
    return {start: frozenset(word for word in words if re.match(start, word)) for start in CONCEPTS[language]}


def _texts(entry: str | dict[str, str]) -> list[str]:
    return list(entry.values()) if isinstance(entry, dict) else [entry]


def check(study: Study) -> Iterator[Fault]:
    """Faults of words that no text uses, and of words of which some form is given and another not."""
    for language, given in study.words.items():
        known = forms(language)
        for unknown in set(given) - {word for each in known.values() for word in each}:
            used = listed(word for each in known.values() for word in each)
            yield fault(f"words.{language}.{unknown}", "word_unused", known=used)
        for each in known.values():
            if set(given) & each and each - set(given):
                yield fault(f"words.{language}", "word_forms", known=listed(each - set(given)))
