"""The door for notebooks and researchers: ``open_study(folder).term(id)``, then tables, results and reports' sections.

>>> import evaltools as ev                                          # doctest: +SKIP
>>> term = ev.open_study("data/uusi-alku").term("2023K")            # doctest: +SKIP
>>> term.results                                                    # doctest: +SKIP

Everything is computed from the raw exports by the same functions that the reports use, so the numbers are the same to
the last digit. Inside a run (``$EVALTOOLS_WORKSPACE`` names its folder) each section is also recorded there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from evaltools import i18n, paths, workspace
from evaltools.counts import tabulation
from evaltools.counts.breakdowns import overlapping
from evaltools.disclosure import audit, policy, release_check, release_log
from evaltools.ingest import reading, tidy
from evaltools.privacy import free_text, pseudonyms
from evaltools.report import codebook, document, narrative
from evaltools.report.document import Part, Table
from evaltools.report.render import spreadsheet
from evaltools.results import records
from evaltools.results.records import pick
from evaltools.sections import comments, final, ingestion, registry
from evaltools.sections.material import Labels, Material
from evaltools.sections.registry import TOPICS, number
from evaltools.study import loader
from evaltools.study.evaluation_model import EDITIONS, Term
from evaltools.study.faults import Fault, StudyError
from evaltools.study.model import Study
from evaltools.study.wording import LANGUAGES

WORKSPACE = "EVALTOOLS_WORKSPACE"
TIDY_OF = "tidy_of"  # a file of the workspace: of which study and term its tidy tables and counts are
EXACT, SHOWN = "counts/exact", "counts/shown"  # folders of the workspace: count tables before and after protection
FILES = "files"  # stands for the exports, where it is noted what a section read
PREVIOUS, RESULTS = "previous", "results.parquet"  # a folder of the workspace: the same of the term before


def _not_text(study_id: str, what: str, given: object) -> StudyError:
    """What is asked must be text: a tool that guesses types makes 91 of the term 091."""
    return StudyError(study_id, [Fault(what, "not_text", {"found": type(given).__name__})])


def open_study(folder: str | Path = "data/uusi-alku") -> OpenStudy:
    """A study by its folder, looked for from here upwards. Raises StudyError listing all faults of its study file."""
    if not isinstance(folder, str | Path):
        raise _not_text("study", "study", folder)
    return OpenStudy(loader.load(folder))


@dataclass(frozen=True)
class OpenStudy:
    """A study whose file has been read and found without fault."""

    study: Study

    def term(self, term: str = "", language: str = "fi", edition: str = "public") -> OpenTerm:
        """One term (the last where none is named) in a language and edition.

        Raises StudyError naming what is known where a term, language or edition is not.
        """
        for what, given in (("term", term), ("language", language), ("edition", edition)):
            if not isinstance(given, str):
                raise _not_text(self.study.id, what, given)
        for what, chosen, known in (("language", language, LANGUAGES), ("edition", edition, EDITIONS)):
            if chosen not in known:
                words = {what: chosen, "known": ", ".join(known)}
                raise StudyError(self.study.id, [Fault(what, f"unknown_{what}", words)])
        last = max(self.study.terms, key=lambda t: t.start)
        return OpenTerm(self.study, self.study.term(term) if term else last, language, edition)

    @property
    def terms(self) -> pd.DataFrame:
        """The study's terms: id, name (fi, en), start, end."""
        rows = [(t.id, t.name.fi, t.name.en, t.start, t.end) for t in self.study.terms]
        return pd.DataFrame(rows, columns=["id", "fi", "en", "start", "end"])


@dataclass
class Section:
    """One stage of a term: its result rows and the parts of its report. ``absent`` names what has no source."""

    topic: str
    rows: pd.DataFrame
    parts: dict[str, Part]
    absent: str
    # the tables of its one workbook where they are more than its own: the final report's
    whole: list[Table] | None = None

    def show(self, *ids: str) -> Shown:
        """The parts of these ids that the study has a source for, and those below them (``objectives.reach``)."""
        return Shown(
            [part for id in ids for name, part in self.parts.items() if name == id or name.startswith(f"{id}.")]
        )

    def closing(self) -> Shown:
        """One line that names what the study has no source for, if anything."""
        return Shown([Part(f"{self.topic}-absent", "", [self.absent])] if self.absent else [])

    @property
    def tables(self) -> list[Table]:
        """Every table of the section, those behind the figures included."""
        return [table for part in self.parts.values() for table in part.tables]

    def _repr_html_(self) -> str:
        return Shown(list(self.parts.values()))._repr_html_()


@dataclass(frozen=True)
class Shown:
    """Parts in a row, as a notebook displays them."""

    parts: list[Part]

    def _repr_html_(self) -> str:
        return "\n".join(part._repr_html_() for part in self.parts)


@dataclass
class OpenTerm:
    """One term of a study, cumulative to its end. Tables, counts and results are made on first use and kept."""

    study: Study
    term: Term
    language: str = "fi"
    edition: str = "public"
    workspace: Path | None = field(default_factory=lambda: _workspace())
    # a term that is only compared with takes no account of the one before it
    compares: bool = True
    _sections: dict[str, Section] = field(default_factory=dict)
    _noted: set[str] = field(default_factory=set)

    @cached_property
    def raw(self) -> dict[str, pd.DataFrame]:
        """The typed exports. Raises ingest.DataError listing every problem of every file."""
        self._noted.add(FILES)
        return reading.read(self.study, self.term.id)

    def check(self) -> None:
        """Read and check every file without keeping anything; raises ingest.DataError."""
        reading.read(self.study, self.term.id)
        narrative.read(self.study, final.IDS)

    @cached_property
    def key(self) -> pseudonyms.Key:
        return pseudonyms.load_key()

    @cached_property
    def tidy(self) -> tidy.Tables:
        """Tidy tables by name, ids pseudonymised; in a run those that the first notebook wrote.

        Comments, sanitised, are in the internal edition only.
        """
        folder = self._written()
        if folder is not None:
            return self._handed(folder, "tidy")
        return tidy.build(self.study, self.raw, self.key, comments=self.edition == "internal")

    @property
    def _name(self) -> str:
        return f"{self.study.id} {self.term.id}"

    def _written(self) -> Path | None:
        """The workspace of a run whose first notebook has written the tidy tables and counts of this term."""
        folder = self.workspace
        mark = folder / self._place / TIDY_OF if folder else None
        ours = mark and mark.is_file() and mark.read_text(encoding="utf-8") == self._name
        return folder / self._place if folder and ours else None

    @property
    def _place(self) -> str:
        """Where in the workspace of a run the tables of this term lie."""
        return "" if self.compares else PREVIOUS

    def _handed(self, folder: Path, name: str) -> workspace.Tables:
        """Tables that the first notebook of a run left; what is looked at is noted."""
        place = folder.relative_to(self.workspace) / name
        return workspace.Tables(self.workspace, place.as_posix(), self._noted)

    @cached_property
    def exact(self) -> tidy.Tables:
        """Every count table, as it is; in a run those that the first notebook wrote."""
        folder = self._written()
        return self._handed(folder, EXACT) if folder is not None else self._counted()

    def _counted(self) -> tidy.Tables:
        return tabulation.collect(self.study, self.tidy, self.term.id) | free_text.collect(
            self.study, self.tidy, self.term.id
        )

    @cached_property
    def material(self) -> Material:
        """Tables and counts for the stages; counts have passed disclosure control of this edition.

        In a run what is published is noted in the run's own copy of the ledger, so that its notebooks agree.
        """
        folder = self._written()
        if folder is not None:
            shown = self._handed(folder, SHOWN)
        else:
            shown = self._protected(self.exact)
            if self._active and self.compares and self.workspace:
                now = release_check.published(self.exact, shown, self.study.disclosure, self.term.id)
                release_log.append(self.ledger, [*self.earlier, now])
        return Material(self.study, self.term, self.edition, self.tidy, shown, self.exact)

    def _protected(self, exact: tidy.Tables) -> tidy.Tables:
        return policy.protect(
            exact, self.study.disclosure, self.edition, self.earlier, self.term.id, overlapping(self.study)
        )

    # --- disclosure control ---

    @property
    def _active(self) -> bool:
        return policy.active(self.study.disclosure, self.edition)

    @property
    def ledger(self) -> Path:
        """The file of what was published before: the run's copy, or the one beside the study's outputs."""
        outputs = paths.project_root(self.study.folder) / "outputs" / self.study.id
        return (self.workspace or outputs) / release_log.LEDGER

    @cached_property
    def earlier(self) -> list[release_log.Published]:
        """What readers hold already, and the term before as this report shows it beside its own.

        Raises ledger.LedgerError for a file that is no ledger.
        """
        if not self._active:
            return []
        releases = release_log.load(self.ledger)
        before = self.previous if self.compares else None
        if before is None or any(past.term == before.term.id for past in releases):
            return releases
        shown = before.material.counts
        return [*releases, release_check.published(before.exact, shown, self.study.disclosure, before.term.id)]

    def audit(self, seconds: float = audit.SECONDS) -> audit.Release:
        """Let the attacker try what this edition publishes, with all that was published before; what he held.

        Counted and protected anew from the tidy tables. Raises gate.ReleaseError where a small count can be worked out
        or the attack does not finish in time.
        """
        exact = self._counted()
        now = release_check.published(exact, self._protected(exact), self.study.disclosure, self.term.id)
        held = release_check.known(exact, now, [past for past in self.earlier if past != now], overlapping(self.study))
        release_check.gate(
            self.study.id,
            held,
            self.study.disclosure,
            seconds,
            release_check.places(exact),
            release_check.counted(exact),
        )
        if self.workspace is not None:
            release_log.append(self.ledger, [*self.earlier, now])
        return held

    @property
    def labels(self) -> Labels:
        return Labels(self.study, self.term, self.language, self.edition)

    @cached_property
    def previous(self) -> OpenTerm | None:
        """The term before this one, or None for the first."""
        earlier = self.study.terms_to(self.term.id)[:-1]
        last = max(earlier, key=lambda t: t.start) if earlier else None
        if last is None:
            return None
        return OpenTerm(self.study, last, self.language, self.edition, self.workspace, compares=False)

    def section(self, topic: str) -> Section:
        """A stage of the report by topic; in a run its rows and tables are recorded too."""
        if topic not in TOPICS:
            raise KeyError(f"no topic {topic}; topics are {', '.join(TOPICS)}")
        if topic not in self._sections:
            rows = self._rows(topic)
            made, whole = self._made(topic, rows)
            parts = {part.id: part for part in made}
            section = Section(topic, rows, parts, self._absent(topic), whole)
            self._record(section)
            self._sections[topic] = section
        return self._sections[topic]

    def _made(self, topic: str, rows: pd.DataFrame) -> tuple[list[Part], list[Table] | None]:
        """The parts of a report, and the tables of its one workbook where they are more than its own."""
        if topic != "report":
            module = registry.module(topic)
            return [*module.parts(records.as_blocks(rows), self.labels), *self._besides(topic, rows)], None
        # the final report reads the results of every stage, its own included
        recorded = self._recorded()
        more = {t: self._besides(t, pick(recorded, topic=t)) for t in ("ingestion", comments.TOPIC)}
        made, whole = final.made(records.as_blocks(pd.concat([recorded, rows], ignore_index=True)), self.labels, more)
        self._noted.add(FILES)  # human texts beside the parts
        texts = narrative.read(self.study, final.IDS)
        return document.beside(made, texts, self.term.id, self.language), whole

    def _besides(self, topic: str, rows: pd.DataFrame) -> list[Part]:
        """Parts that are made of more than result rows: notes on the files, approved quotes."""
        if topic == "ingestion":
            return list(ingestion.noted(self.labels, self.tidy))
        return list(comments.parts(rows, self.labels, self.tidy)) if topic == comments.TOPIC else []

    @property
    def results(self) -> pd.DataFrame:
        """Every result of the term, one row each, as the reports of this edition show them."""
        return pd.concat([self._rows(topic) for topic in TOPICS], ignore_index=True)

    def _rows(self, topic: str) -> pd.DataFrame:
        cache = self.__dict__.setdefault("_row_cache", {})
        if topic not in cache:
            module = registry.module(topic)
            if topic == "report":
                cache[topic] = module.rows(self.study, self.term, self.edition, self._recorded(), self._before())
            else:
                cache[topic] = module.rows(self.material)
            if topic == comments.TOPIC:
                cache[topic] = pd.concat([cache[topic], comments.rows(self.material)], ignore_index=True)
        return cache[topic]

    def stage_results(self) -> pd.DataFrame:
        """The results of every stage but the final report."""
        return pd.concat([self._rows(topic) for topic in TOPICS[:-1]], ignore_index=True)

    def _before(self) -> pd.DataFrame | None:
        """The results of the term before, None for the first; in a run, what ``record_previous`` has recorded."""
        file = self.workspace / PREVIOUS / RESULTS if self.workspace else None
        if file is not None and file.is_file():
            self._noted.add(f"{PREVIOUS}/{RESULTS}")
            return pd.read_parquet(file)
        self._noted.add(FILES)
        return self.previous.stage_results() if self.previous else None

    def record_previous(self) -> None:
        """Hand the results of the term before on to the final report of a run."""
        before = self._before()
        if self.workspace is not None and before is not None:
            new = self.workspace / PREVIOUS / f".new.{RESULTS}"
            new.parent.mkdir(exist_ok=True)
            before.to_parquet(new, index=False)
            new.replace(new.with_name(RESULTS))

    def _recorded(self) -> pd.DataFrame:
        """What the earlier notebooks of a run recorded; outside a run, or where one is missing, computed."""
        folder = self.workspace
        files = [folder / "results" / f"{number(topic)}.parquet" for topic in TOPICS[:-1]] if folder else []
        if files and all(file.is_file() for file in files):
            self._noted.update(f"results/{file.name}" for file in files)
            return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
        return self.stage_results()

    def _absent(self, topic: str) -> str:
        names = registry.module(topic).NEEDS
        missing = [i18n.say(f"source.{name}", self.language) for name in names if not self.study.has(name)]
        return i18n.say("note.no_source", self.language, names=i18n.listing(missing, self.language)) if missing else ""

    def _record(self, section: Section) -> None:
        folder = self.workspace
        if folder is None:
            return
        (folder / "results").mkdir(parents=True, exist_ok=True)
        section.rows.to_parquet(folder / "results" / f"{number(section.topic)}.parquet", index=False)
        if section.topic == "ingestion":
            self._hand_on(folder)
            if self.previous is not None and "material" in self.previous.__dict__:
                self.previous._hand_on(folder / PREVIOUS)
            codebook.write(self.study, self.tidy, folder / "tidy", self.language)
            (folder / "key_id").write_text(self.key.id, encoding="utf-8")
        place = folder / "tables" / number(section.topic)
        spreadsheet.write(section.tables, place, self._about_tables(), section.whole)
        if FILES not in self._noted:
            workspace.note(folder, number(section.topic), self._noted)

    def _hand_on(self, folder: Path) -> None:
        """Leave tidy tables and counts to the other notebooks of a run; the mark comes last."""
        tidy.write(self.tidy, folder / "tidy")
        tidy.write(self.exact, folder / EXACT)
        tidy.write(self.material.counts, folder / SHOWN)
        (folder / TIDY_OF).write_text(self._name, encoding="utf-8")

    def _about_tables(self) -> list[str]:
        """What the notes sheet of a workbook says of all its tables."""
        words = {"study": self.study.study.title(self.language), "term": self.term.name(self.language)}
        words["edition"] = i18n.say(f"definition.{self.edition}", self.language)
        rounded = policy.active(self.study.disclosure, self.edition)
        how = "definition.rounded" if rounded else "definition.exact"
        about = i18n.say("definition.about", self.language, **words)
        return [about, i18n.say(how, self.language, base=policy.step(self.study.disclosure))]


def _workspace() -> Path | None:
    folder = os.environ.get(WORKSPACE)
    return Path(folder) if folder else None


__all__ = ["OpenStudy", "OpenTerm", "Section", "open_study"]
