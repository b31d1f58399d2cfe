"""A draft of the data protection impact assessment of a study (Regulation (EU) 2016/679, Article 35).

What is processed, where and how long is told from the study file; what that does not say is named with its key. Each
measure is one of the programme's own and names the tests that hold it. What a risk means for people is theirs to judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaltools import i18n
from evaltools.authoring import new_study
from evaltools.disclosure import policy
from evaltools.report import documents, flow
from evaltools.report.document import Column, Part, Point, Table
from evaltools.report.edition import definition_of_numbers
from evaltools.report.render import drawing, html, word
from evaltools.study.evaluation_model import DataProtection
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS
from evaltools.study.source_model import Source

KEPT = {"id": "ids", "name": "names", "text": "dropped"}  # what becomes of a column, by its kind; else it is a value
KEPT_OF = {"birth_date": "birth", **dict.fromkeys(("seconds", "started", "finished"), "checked")}  # by its name


# against each risk what the programme does, and the tests (``file::test`` below ``tests``) that hold it
MEASURES: dict[str, dict[str, tuple[str, ...]]] = {
    "figures": {
        "counts": (
            "test_disclosure::test_every_count_of_persons_goes_to_a_multiple_and_everything_adds_up",
            "test_suppression::test_small_counts_cannot_be_worked_out_though_all_others_are_exact",
        ),
        "gate": (
            "test_disclosure::test_a_protected_release_passes_the_gate_with_all_that_came_before",
            "test_attack::test_random_populations_give_nothing_away",
            "test_run::test_a_release_that_gives_a_count_away_is_refused_and_nothing_changes",
        ),
        "few": (
            "test_disclosure::test_a_rate_of_few_is_withheld_with_its_count",
            "test_disclosure::test_what_is_computed_from_exact_data_has_no_row_in_a_protected_edition",
        ),
        "leaves": (
            "test_publish::test_public_releases_leave_and_nothing_else",
            "test_archive::test_no_row_is_a_person_and_the_readme_says_why",
        ),
    },
    "words": {
        "masks": (
            "test_freetext::test_an_identity_code_is_found_and_masked_in_every_spelling",
            "test_freetext::test_a_name_of_the_roster_is_masked_in_its_case_forms",
            "test_freetext::test_without_a_roster_no_text_is_kept",
            "test_canary::test_the_comments_are_there_masked_in_the_internal_edition_only",
        ),
        "quotes": ("test_freetext::test_a_quote_must_be_approved_placed_and_name_nobody",),
    },
    "files": {
        "pseudonyms": (
            "test_pseudonyms::test_pseudonyms_are_stable_by_key_and_differ_by_key_and_study",
            "test_pseudonyms::test_a_new_key_is_private_and_stays",
            "test_pseudonyms::test_a_key_others_can_reach_is_refused",
        ),
        "private": (
            "test_run::test_what_is_not_for_publication_is_its_owners_alone",
            "test_due::test_no_list_where_others_read",
        ),
        "nothing_else": (
            "test_canary::test_nothing_planted_is_in_anything_written",
            "test_freetext::test_an_error_message_is_shown_if_no_word_of_it_is_in_the_data",
        ),
        "last_look": ("test_canary::test_a_code_that_would_be_published_stops_the_run",),
        "hostile": ("test_security::test_abuse",),
    },
    "errors": {
        "strict": ("test_run::test_faulty_data_stop_the_run_before_any_notebook",),
        "repeatable": ("test_fresh::test_a_release_made_anew_is_the_same_to_the_byte",),
    },
    "unaware": {
        "forms": ("test_forms::test_who_answers_is_told_why_and_that_it_is_voluntary",),
    },
}
OF_PROTECTION = ("counts", "gate", "few")  # measures that a study without disclosure control does not have
JUDGED = ("necessity", "severity", "special", "consulted", "authority", "machine")


def write(study: Study, folder: Path) -> list[Path]:
    """A page a language in a new folder, and where what it needs is installed a Word document to go on writing in.

    Raises StudyError where the folder holds something: nothing is ever written over.
    """
    made: dict[str, bytes] = {}
    for language in i18n.LANGUAGES:
        fragments = [html.part(part) for part in parts(study, language)]
        made[f"dpia-{language}.html"] = _page(study, language, fragments).encode()
        if not documents.missing():
            made[f"dpia-{language}.docx"] = _document(study, language, fragments)
    return new_study.files(folder, made)


def missing(study: Study) -> list[str]:
    """The keys of ``[data_protection]`` that the study file leaves out."""
    return [key for key in DataProtection.model_fields if not getattr(study.data_protection, key)]


def parts(study: Study, language: str) -> list[Part]:
    """The draft, section by section."""
    say = _Say(study, language)
    about = study.study
    words = {"study": about.name, "organisation": about.organisation, "funder": about.funder}
    project = say("fact.project", **{name: text(language) for name, text in words.items()})
    groups = "; ".join(i18n.inside(group.name(language), language) for group in study.target_groups)
    days = {"start": i18n.date(about.start, language), "end": i18n.date(about.end, language)}
    told = {
        "who": [say.told("controller"), say.told("officer")],
        "what": [
            say("fact.named_only"),
            *([say("fact.recipients", columns="; ".join(study.recipients))] if study.recipients else []),
            *([say("fact.groups", groups=groups)] if groups else []),
        ],
        "why": [project, say.told("purpose"), say.told("basis"), say("fact.no_decisions")],
        "where": [say("fact.local"), say.told("kept_where"), say.told("shared_with"), say("fact.cluster")],
        "long": [say.told("kept_until"), say("fact.days", **days)],
        "rights": [say.told("rights")],
        "risks": [say("fact.tests"), _protection(study, say)],
        "open": [],
    }
    blocks = {"what": [_sources(study, say)], "risks": [_measures(study, risk, say) for risk in MEASURES]}
    points = {"open": [Point(say(f"judge.{each}")) for each in JUDGED]}
    return [
        Part(id, say(f"part.{id}"), sentences, blocks.get(id, []), points=points.get(id, []))
        for id, sentences in told.items()
    ]


class _Say:
    """The words of the draft in one language."""

    def __init__(self, study: Study, language: str):
        self.study, self.language = study, language

    def __call__(self, key: str, /, **words: object) -> str:
        return i18n.say(f"dpia.{key}", self.language, **words)

    def told(self, key: str) -> str:
        """What the study file says under a key of ``[data_protection]``; else where to write it."""
        found = getattr(self.study.data_protection, key)
        if not found:
            return self(f"said.{key}", said=self("unknown", key=key))
        if key == "kept_until":
            return self(f"said.{key}", said=i18n.date(found, self.language))
        return self(f"said.{key}", said=found if isinstance(found, str) else found(self.language))


def _protection(study: Study, say: _Say) -> str:
    if policy.active(study.disclosure, "public"):
        return definition_of_numbers(study, "public", say.language)
    return say("fact.exact", reason=study.disclosure.reason)


def _sources(study: Study, say: _Say) -> Table:
    """What each source of persons holds, by what becomes of it; columns as the export calls them."""
    columns = [Column(say(f"column.{each}")) for each in ("source", "data", "kept")]
    rows = [row for source in study.sources for row in _of_source(study, source, say)]
    return Table("sources", say("kept.sources"), columns, rows, say.language)


def _of_source(study: Study, source: Source, say: _Say) -> Iterator[list[str]]:
    schema = study.schema(source.table)
    found: dict[str, list[str]] = {}
    for column in source.given:
        kept = KEPT_OF.get(column) or KEPT.get(schema[column].kind if column in schema else "", "values")
        if column == "comment" and source.table in SURVEYS.values():
            kept = "texts"
        found.setdefault(kept, []).append(source.heading(column))
    if set(found) - {"values", "checked"}:  # others tell of money, plans or regions
        for kept, headings in found.items():
            yield [source.name(say.language), "; ".join(dict.fromkeys(headings)), say(f"kept.{kept}")]


def _measures(study: Study, risk: str, say: _Say) -> Table:
    columns = [Column(say("column.measure")), Column(say("column.test"))]
    held = policy.active(study.disclosure, "public")
    rows = [
        [say(f"measure.{each}"), "; ".join(tests)]
        for each, tests in MEASURES[risk].items()
        if held or each not in OF_PROTECTION
    ]
    return Table(f"risk-{risk}", say(f"risk.{risk}"), columns, rows, say.language)


def _page(study: Study, language: str, fragments: list[str]) -> str:
    heading, name = i18n.say("dpia.title", language), study.study.name(language)
    notice = i18n.say("dpia.draft", language)
    return html.page(
        f"{heading} – {name}", fragments, language=language, heading=heading, subtitle=name, notice=notice, alarm=True
    )


def _document(study: Study, language: str, fragments: list[str]) -> bytes:
    about = study.study
    front = word.Front(
        i18n.say("dpia.title", language),
        about.name(language),
        language,
        about.organisation(language),
        study.last_term.start,
        notice=i18n.say("dpia.draft", language),
    )
    return word.document(front, flow.read(fragments), drawing.png)
