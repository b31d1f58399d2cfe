"""The door for notebooks and researchers: ``open_study(folder).term(id)``, then load, count, estimate, show.

>>> import evaltools as ev                                          # doctest: +SKIP
>>> term = ev.open_study("data/uusi-alku").term("2023K")            # doctest: +SKIP
>>> counts = term.count("placement")                                # doctest: +SKIP
>>> section = counts.estimate()                                     # doctest: +SKIP
>>> section.show("placement-rates")                                 # doctest: +SKIP

Everything is computed from the raw exports by the same functions that the reports use, so the numbers are the same to
the last digit. Nothing is written here: what the notebooks of a run leave to each other goes through ``workspace``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from evaltools import i18n, paths, workspace
from evaltools.counts import between_terms, tabulation
from evaltools.counts.breakdowns import overlapping
from evaltools.counts.comments import comments
from evaltools.counts.selection import Selection
from evaltools.disclosure import definitions, policy, release_check, release_log, release_rules
from evaltools.errors import EvaltoolsError, UnknownNameError
from evaltools.i18n import LANGUAGES
from evaltools.ingest import reading, tidy
from evaltools.ingest.tidy import Tables
from evaltools.privacy import pseudonyms
from evaltools.report import codebook, document, narrative
from evaltools.report.charts import words as charts_words
from evaltools.report.document import Bundle, Part, Table
from evaltools.report.edition import definition_of_numbers
from evaltools.results import records
from evaltools.results.records import pick
from evaltools.sections import final, registry, section, tabular
from evaltools.sections.counted import Counts
from evaltools.sections.material import Labels, Material
from evaltools.sections.registry import FINAL, TOPICS
from evaltools.sections.section import Section
from evaltools.study import loader
from evaltools.study.evaluation_model import EDITIONS, Term
from evaltools.study.faults import Fault, StudyError
from evaltools.study.model import Study
from evaltools.workspace import EXACT, FILES, SHOWN, TIDY, Workspace

FIRST = TOPICS[0]  # the section that reads the exports and leaves tables and counts to the others


class ChangedSelectionError(EvaltoolsError):
    """Another selection than the study's was asked of an edition whose numbers are protected."""

    def lines(self, language: str) -> list[str]:
        return [i18n.say("run.why.changed_in_public", language)]


def open_study(folder: str | Path = "data/uusi-alku") -> OpenStudy:
    """A study by its folder, looked for from here upwards. Raises StudyError listing all faults of its study file."""
    if not isinstance(folder, str | Path):
        raise _not_text("study", "study", folder)
    return OpenStudy(loader.load(folder))


def _not_text(study_id: str, what: str, given: object) -> StudyError:
    """What is asked must be text: a tool that guesses types makes 91 of the term 091."""
    return StudyError(study_id, [Fault(what, "not_text", {"found": type(given).__name__})])


@dataclass(frozen=True)
class OpenStudy:
    """A study whose file has been read and found without fault."""

    study: Study

    def __repr__(self) -> str:
        return f'<Study {self.study.id}: terms {self.study.term_ids}; try .term("{self.study.last_term.id}")>'

    def term(self, term: str = "", language: str = "", edition: str = "public") -> OpenTerm:
        """One term (the last where none is named) in a language (the study's own where none is) and edition.

        Raises StudyError naming what is known where a term, language or edition is not.
        """
        for what, given in (("term", term), ("language", language), ("edition", edition)):
            if not isinstance(given, str):
                raise _not_text(self.study.id, what, given)
        language = language or self.study.study.language
        for what, chosen, known in (("language", language, LANGUAGES), ("edition", edition, EDITIONS)):
            if chosen not in known:
                words = {what: chosen, "known": ", ".join(known)}
                raise StudyError(self.study.id, [Fault(what, f"unknown_{what}", words)])
        opened = self.study.term(term) if term else self.study.last_term
        return OpenTerm(self.study, opened, language, edition)

    @property
    def terms(self) -> pd.DataFrame:
        """The study's terms: id, name in each language, start, end."""
        rows = [(t.id, *map(t.name, LANGUAGES), t.start, t.end) for t in self.study.terms]
        return pd.DataFrame(rows, columns=["id", *LANGUAGES, "start", "end"])


@dataclass
class OpenTerm:
    """One term of a study, cumulative to its end. Tables, counts and results are made on first use and kept."""

    study: Study
    term: Term
    language: str = "fi"
    edition: str = "public"
    workspace: Workspace | None = field(default_factory=workspace.of_run)
    # a term that is only compared with takes no account of the one before it
    compares: bool = True
    row_cache: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _sections: dict[str, Section] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        words = f"{self.term.id} of {self.study.id}, {self.edition} edition, {self.language}"
        return f'<Term {words}; try .tidy, .results, .count("placement"), .section("survey")>'

    # --- load ---

    @cached_property
    def raw(self) -> dict[str, pd.DataFrame]:
        """The typed exports. Raises ingest.DataError listing every problem of every file."""
        self._note(FILES)
        return reading.read(self.study, self.term.id)

    def check(self) -> None:
        """Read and check every file without keeping anything; raises ingest.DataError."""
        reading.read(self.study, self.term.id)
        narrative.read(self.study, registry.text_places(self.study))

    @cached_property
    def key(self) -> pseudonyms.Key:
        return pseudonyms.load_key()

    @cached_property
    def tidy(self) -> Tables:
        """Tidy tables by name, ids pseudonymised; in a run those that the first notebook left.

        Comments, sanitised, are in the internal edition only.
        """
        found = self._from_workspace(TIDY)
        if found is not None:
            return found
        return tidy.build(self.study, self.raw, self.key, comments=self.edition == "internal")

    @cached_property
    def exact(self) -> Tables:
        """Every count table, as it is; in a run those that the first notebook left."""
        found = self._from_workspace(EXACT)
        return found if found is not None else count_tables(self.study, self.tidy, self.term.id)

    @cached_property
    def shown(self) -> Tables:
        """Every count table as this edition may show it; in a run those that the first notebook left."""
        found = self._from_workspace(SHOWN)
        return found if found is not None else self.protect(self.exact)

    @property
    def material(self) -> Material:
        """Tables and counts for the sections; counts have passed disclosure control of this edition."""
        return Material(self.study, self.term, self.edition, self.tidy, self.shown, self.exact)

    @property
    def labels(self) -> Labels:
        return Labels(self.study, self.term, self.language, self.edition)

    @cached_property
    def previous(self) -> OpenTerm | None:
        """The term before this one, or None for the first, and where a release that withholds counts stands alone."""
        if self.protected and self.study.disclosure.method == "suppression":
            return None
        earlier = self.study.terms_to(self.term.id)[:-1]
        last = max(earlier, key=lambda t: t.start) if earlier else None
        if last is None:
            return None
        return OpenTerm(self.study, last, self.language, self.edition, self.workspace, compares=False)

    # --- disclosure control ---

    @property
    def protected(self) -> bool:
        """Whether this edition's numbers are protected."""
        return policy.active(self.study.disclosure, self.edition)

    def protect(self, exact: Tables) -> Tables:
        """Count tables as this edition may show them, given all that was published before."""
        several, settings = overlapping(self.study), self.study.disclosure
        refused = release_log.refused(self.workspace.folder) if self.workspace else ()
        defined, survey = definitions.definitions(self.study), self.study.survey
        primary = [item.id for item in survey.items if item.primary] + [s.id for s in survey.scales if s.primary]
        releases, term = self.earlier, self.term.id
        return policy.protect(exact, settings, self.edition, releases, term, several, refused, defined, primary)

    @property
    def ledger(self) -> Path:
        """The file of what was published before: the run's copy, or the one beside the study's outputs."""
        outputs = paths.project_root(self.study.folder) / "outputs" / self.study.id
        return self.workspace.ledger if self.workspace else outputs / release_log.LEDGER

    @cached_property
    def earlier(self) -> list[release_log.Published]:
        """What readers hold already, and the term before as this report shows it beside its own.

        Raises LedgerError for a file that is no ledger, RulesChangedError where earlier releases have other rules,
        SeveralReleasesError where a study that withholds counts has another release.
        """
        if not self.protected:
            return []
        before = self._before_unpublished
        releases = release_log.load(self.ledger)
        release_rules.check(self.study, releases)
        release_rules.check_alone(self.study, self.term.id, releases)
        return [*releases, *([before.publication()] if before else [])]

    @cached_property
    def _before_unpublished(self) -> OpenTerm | None:
        """The term before, where the ledger does not hold it as this report shows it beside its own.

        A row corrected since the term was released makes other numbers of it: these are a release of their own.
        """
        before = self.previous if self.compares and self.protected else None
        if before is None:
            return None
        now = before.publication()
        return None if any(now.says_no_more_than(past) for past in release_log.load(self.ledger)) else before

    def publication(self, exact: Tables | None = None, shown: Tables | None = None) -> release_log.Published:
        """What a release of this term publishes of counts of persons; of the term's own count tables or of these."""
        exact, shown = exact or self.exact, shown or self.shown
        rules = release_rules.rules(self.study)
        return release_check.published(exact, shown, self.study.disclosure, self.term.id, rules)

    # --- count, estimate, show ---

    def count(
        self,
        topic: str,
        *,
        where: Mapping[str, Any] | None = None,
        roles: Mapping[str, str] | None = None,
        items: Sequence[str] = (),
    ) -> Counts:
        """What a section rests on, counted: as the study file says, or of another group, definition or set of items.

        Parameters
        ----------
        topic : id of a section: ``participants``, ``survey``, ``placement`` ...
        where : conditions on persons, all of which hold: ``{"gender": "f"}``, ``{"region": ["r1", "r2"]}``,
            ``{"age": (55, None)}``; columns are those of ``tidy["persons"]``; ``target_group`` names target groups
        roles : how answers to the follow-up count: codes to ``employed``, ``employed_student``, ``student``,
            ``unemployed`` or ``other``
        items : ids of survey items; all where none is named. A scale stays where all its items do

        Returns
        -------
        Counts; in a public edition those that have passed disclosure control

        Raises
        ------
        UnknownNameError
            A section, column, code, role or item that the study has not, or a selection that means nothing for the
            section (``items`` of placement); the known ones follow.
        ChangedSelectionError
            Another selection than the study's in an edition whose numbers are protected: what could be worked out by
            comparing them with those published has been tried by nobody.

        Examples
        --------
        >>> term.count("placement", where={"target_group": "over_55"}).estimate()  # doctest: +SKIP
        """
        if topic not in TOPICS:
            raise UnknownNameError("section", topic, TOPICS)
        for name, chosen in (("where", where), ("roles", roles), ("items", items)):
            if chosen and name not in registry.SECTIONS[topic].selects:
                raise UnknownNameError("selection", name, registry.SECTIONS[topic].selects)
        selection = Selection(where or {}, roles or {}, tuple(items))
        if selection and self.protected:
            raise ChangedSelectionError
        material = self._selected(selection) if selection else self.material
        labels = dataclasses.replace(self.labels, study=material.study)
        make = partial(self._estimate, topic, material, labels, selection.said)
        return Counts(topic, material, labels, self.edition == "public", make)

    def _selected(self, selection: Selection) -> Material:
        """Tables and counts of another selection than the study's, exact."""
        tables, study = selection.tables(self.study, self.tidy), selection.study(self.study)
        exact = count_tables(study, tables, self.term.id)
        return Material(study, self.term, self.edition, tables, exact, exact)

    def _estimate(self, topic: str, material: Material, labels: Labels, selected: str) -> Section:
        """A section of its counts; in a run it is recorded as the study file defines it, never of another selection."""
        digits, judged = i18n.share_decimals(labels.share_decimals), charts_words.verdicts(not self.protected)
        with i18n.own_words(self.study.words), digits, judged:
            rows = section.compute(topic, material) if selected else self.rows(topic)
            parts, whole = self._present(topic, rows, labels, material.tables)
            caution = labels.say("session.changed", selection=selected) if selected else ""
            made = section.made(topic, rows, parts, labels, self.edition == "public", caution, whole)
            if not selected:
                self._record(made)
        if selected and self.workspace is not None:
            self.section(topic)
        return made

    def section(self, topic: str) -> Section:
        """A section of the report by its id; in a run its rows and tables are recorded too."""
        if topic not in self._sections:
            self._sections[topic] = self.count(topic).estimate()
        return self._sections[topic]

    @property
    def results(self) -> pd.DataFrame:
        """Every result of the term, one row each, as the reports of this edition show them."""
        return pd.concat([self.rows(topic) for topic in self.topics], ignore_index=True)

    @property
    def topics(self) -> list[str]:
        """The sections that the study's reports have, in the order of the flow."""
        return registry.topics(self.study.report.sections)

    def rows(self, topic: str) -> pd.DataFrame:
        """The result rows of one section, as the study file defines them."""
        if topic not in self.row_cache:
            if topic == FINAL:
                before = self._before()
                between = None if before is None else self._between()
                made = final.rows(self.study, self.term, self.edition, self._recorded(), before, between)
            else:
                made = section.compute(topic, self.material)
            self.row_cache[topic] = made
        return self.row_cache[topic]

    def stage_results(self) -> pd.DataFrame:
        """The results of every section but the final report."""
        return pd.concat([self.rows(topic) for topic in self.topics if topic != FINAL], ignore_index=True)

    def record_previous(self) -> None:
        """Leave the results of the term before to the final report of a run."""
        before = self._before()
        if self.workspace is not None and before is not None:
            self.workspace.record_previous(before, self._between())

    def _present(
        self, topic: str, rows: pd.DataFrame, labels: Labels, tables: Tables
    ) -> tuple[list[Part], list[Table] | None]:
        """The parts of a section, and the tables of its one workbook where they are more than its own."""
        if topic != FINAL:
            return section.present(topic, rows, labels, tables), None
        # the final report reads the results of every section, its own included
        recorded = self._recorded()
        more = {t: section.besides(t, pick(recorded, topic=t), labels, tables) for t in self.topics if t != FINAL}
        made, whole = final.made(records.as_blocks(pd.concat([recorded, rows], ignore_index=True)), labels, more)
        self._note(FILES)  # human texts beside the parts
        texts = narrative.read(self.study, registry.text_places(self.study))
        return document.beside(made, texts, self.term.id, self.language), whole

    # --- in a run ---

    @property
    def _name(self) -> str:
        return f"{self.study.id} {self.term.id}"

    def _note(self, name: str) -> None:
        if self.workspace is not None:
            self.workspace.noted.add(name)

    def _from_workspace(self, name: str) -> Tables | None:
        return self.workspace.tables(self._name, name, previous=not self.compares) if self.workspace else None

    def _before(self) -> pd.DataFrame | None:
        """The results of the term before, None for the first; in a run, what ``record_previous`` has left."""
        left = self.workspace.previous() if self.workspace else None
        if left is not None:
            return left
        self._note(FILES)
        return self.previous.stage_results() if self.previous else None

    def _between(self) -> pd.DataFrame | None:
        """Who answered in which of the two terms, as counts; None in a protected edition, which may not use them."""
        if self.protected or self.previous is None:
            return None
        left = self.workspace.between() if self.workspace else None
        return between_terms.between(self.study, self.previous.tidy, self.tidy) if left is None else left

    def _recorded(self) -> pd.DataFrame:
        """What the earlier notebooks of a run recorded; outside a run, or where one is missing, computed."""
        names = [registry.SECTIONS[topic].folder for topic in self.topics if topic != FINAL]
        left = self.workspace.recorded(names) if self.workspace else None
        return self.stage_results() if left is None else left

    def _record(self, made: Section) -> None:
        """In a run, leave a section to the others; the first also tables, counts and what is being published."""
        run = self.workspace
        if run is None:
            return
        if made.topic == FIRST:
            self._hand_on(run)
        about = self._about_tables()
        run.record(registry.SECTIONS[made.topic].folder, made.rows, made.tables, about, made.whole)

    def _hand_on(self, run: Workspace) -> None:
        if self.protected:
            if self.previous is not None:
                self.previous._leave(run)
            run.publish([*self.earlier, self.publication()])
        self._leave(run)
        codebook.write(self.study, self.tidy, run.folder / TIDY, self.language)
        run.note_key(self.key.id)

    def _leave(self, run: Workspace) -> None:
        run.hand_on(self._name, {TIDY: self.tidy, EXACT: self.exact, SHOWN: self.shown}, previous=not self.compares)

    def _about_tables(self) -> list[str]:
        """What the notes sheet of a workbook says of all its tables."""
        words = {"study": self.study.study.title(self.language), "term": self.term.name(self.language)}
        words["edition"] = i18n.say(f"definition.{self.edition}", self.language)
        about = i18n.say("definition.about", self.language, **words)
        return [about, definition_of_numbers(self.study, self.edition, self.language)]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        return tabular.card(self.labels, self.edition == "public")._repr_mimebundle_()


def count_tables(study: Study, tables: Tables, term_id: str) -> Tables:
    """Every count table of a study up to a term, exact."""
    return {**tabulation.collect(study, tables, term_id), **comments(study, tables, term_id)}


__all__ = ["ChangedSelectionError", "Counts", "OpenStudy", "OpenTerm", "Section", "open_study"]
