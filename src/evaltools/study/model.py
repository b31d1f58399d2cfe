"""The shape of a study file and of the tables a study can have.

Everything that is particular to one evaluation stands in its ``study.toml``: codes, target groups, survey items,
sources, terms. The programme code knows none of it by name. ``study.load`` reads and checks the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from evaltools import i18n
from evaltools.study.esf_model import EsfPlus
from evaltools.study.evaluation_model import (
    About,
    AgeGroup,
    Benchmark,
    Budget,
    Code,
    Comparison,
    DataProtection,
    Disclosure,
    Followup,
    Indicator,
    Objective,
    Privacy,
    Publisher,
    Report,
    Representation,
    ResultIndicator,
    Target,
    TargetGroup,
    Term,
)
from evaltools.study.faults import Fault, StudyError
from evaltools.study.method_model import Method
from evaltools.study.schema import MODES, OF_PERSONS, SURVEYS, TABLES, Column
from evaltools.study.source_model import Background, Headings, Source
from evaltools.study.survey_model import Item, Survey, Theme, Variable
from evaltools.study.wording import Language, Model


class Study(Model):
    """The whole study file; ``folder`` is where it stands and ``id`` that folder's name."""

    id: str
    folder: Path
    code_files: list[Path] = []  # the code tables it names
    study: About
    terms: list[Term] = Field(min_length=1)
    targets: list[Target] = []
    codes: dict[str, list[Code]] = {}
    age_groups: list[AgeGroup] = []
    variables: list[Variable] = []
    target_groups: list[TargetGroup] = []
    survey: Survey = Field(default_factory=Survey)
    words: dict[Language, dict[str, str]] = {}  # its own words in place of the reports'
    representation: list[Representation] = []
    comparison: Comparison | None = None
    cluster: str = "cluster"  # the tidy column that says in which course, class or group a person was
    benchmarks: list[Benchmark] = []
    budget: Budget | None = None
    followup: Followup | None = None
    disclosure: Disclosure = Field(default_factory=Disclosure)
    themes: list[Theme] = []
    objectives: list[Objective] = []
    practice: list[Indicator] = []
    indicators: list[ResultIndicator] = []
    privacy: Privacy = Field(default_factory=Privacy)
    method: Method = Field(default_factory=Method)
    funder: Literal["", "esf-plus"] = ""  # whose table of indicators is made
    esf_plus: EsfPlus = Field(default_factory=EsfPlus)
    report: Report = Field(default_factory=Report)
    publisher: Publisher | None = None
    data_protection: DataProtection = Field(default_factory=DataProtection)
    # columns of the lists of whom to ask, and what the register's exports call them: addresses, names, languages
    recipients: dict[str, Headings] = {}
    background: list[Background] = []
    # what counts surveys and placement: ``auto`` leaves pandas for DuckDB where the data are many
    engine: Literal["auto", "pandas", "duckdb"] = "auto"
    sources: list[Source] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _modes(cls, raw: Any) -> Any:
        """Where a source tells how people were asked and no code list says otherwise, our own does."""
        codes = raw.get("codes", {}) if isinstance(raw, dict) else None
        sources = raw.get("sources") if isinstance(raw, dict) else None
        if not isinstance(codes, dict) or not isinstance(sources, list) or "mode" in codes:
            return raw
        places = [each.get(key, {}) for each in sources if isinstance(each, dict) for key in ("columns", "constants")]
        if not any("mode" in place for place in places if isinstance(place, dict)):
            return raw
        named = [{"id": id, "name": {each: i18n.say(f"mode.{id}", each) for each in i18n.LANGUAGES}} for id in MODES]
        return {**raw, "codes": {**codes, "mode": named}}

    def term(self, term_id: str) -> Term:
        """The term of that id; ``StudyError`` naming the known ones where there is none."""
        for term in self.terms:
            if term.id == term_id:
                return term
        raise StudyError(self.id, [Fault("terms", "unknown_term", {"term": term_id, "known": self.term_ids})])

    @property
    def last_term(self) -> Term:
        """The term that starts last, wherever it stands in the file."""
        return max(self.terms, key=lambda term: term.start)

    @property
    def template(self) -> Path | None:
        """The Word file whose styles documents take; None for our own."""
        return self.folder / self.report.template if self.report.template else None

    @property
    def term_ids(self) -> str:
        return ", ".join(term.id for term in self.terms)

    def terms_to(self, term_id: str) -> list[Term]:
        """All terms up to and with the given one, in order of time."""
        last = self.term(term_id)
        return [term for term in self.terms if term.start <= last.start]

    def schema(self, table: str) -> dict[str, Column]:  # type: ignore[override]
        """The columns a table can have in this study: the fixed ones, declared variables and survey items."""
        columns = dict(TABLES[self.base(table)])
        columns |= {v.id: Column(v.kind, codes=v.codes) for v in self.variables if v.table == table}
        columns |= {item.id: Column("number") for item in self.survey.items if self.may_ask(table, item)}
        return columns

    def base(self, table: str) -> str:
        """The table of the schema whose columns a table has: of waves of the study's own an end survey's or the
        follow-up's."""
        own = {"end_survey": self.wave_surveys, "followup": self.wave_followups}
        return next((base for base, waves in own.items() if table in waves.values()), table)

    @property
    def wave_surveys(self) -> dict[str, str]:
        """The tables of the study's own waves of the survey, by wave."""
        return {wave.id: f"{wave.id}_survey" for wave in self.survey.waves}

    @property
    def wave_followups(self) -> dict[str, str]:
        """The tables of later follow-ups, by wave."""
        return {wave.id: f"{wave.id}_followup" for wave in (self.followup.waves if self.followup else [])}

    @property
    def surveys(self) -> dict[str, str]:
        """The table of every wave of the survey."""
        return SURVEYS | self.wave_surveys

    @property
    def of_persons(self) -> tuple[str, ...]:
        """The tables of persons besides the register."""
        return (*OF_PERSONS, *self.wave_surveys.values(), *self.wave_followups.values())

    @property
    def wave_changes(self) -> list[tuple[str, str]]:
        """The pairs of waves between which change is shown, beside that from the start to the end survey."""
        return self.survey.changes or [("start", wave.id) for wave in self.survey.waves]

    def may_ask(self, table: str, item: Item) -> bool:
        """Whether the files of a table may hold an item."""
        wave = next((name for name, each in self.surveys.items() if each == table), "")
        return wave in item.surveys or (wave in self.wave_surveys and (item.waves is None or wave in item.waves))

    def columns_of(self, variable: Variable) -> list[str]:
        """The tidy columns of a variable: of a question with several answers one an option."""
        codes = self.codes.get(variable.codes, []) if variable.kind == "multi" else []
        return [f"{variable.id}_{code.id}" for code in codes] or [variable.id]

    def code_list(self, codes: str) -> list[Code]:
        """The codes of that name; the study's age groups where there is no list of them."""
        if codes == "age_group" and codes not in self.codes:
            return [Code(id=g.id, name=g.id, also=[g.id.replace("-", "–")]) for g in self.age_groups]  # type: ignore[arg-type]
        return self.codes.get(codes, [])

    def code_name(self, codes: str, code: str, language: str) -> str:
        """The name of a code in a language; the code itself where the list does not hold it."""
        return next((c.name(language) for c in self.codes.get(codes, []) if c.id == code), code)

    def item(self, item_id: str) -> Item:
        return next(item for item in self.survey.items if item.id == item_id)

    def unasked(self, source: Source, term_id: str) -> list[str]:
        """The tidy columns that a source's files have not in a term: ``since`` and ``until`` of it and of items."""
        if not term_id:
            return []
        dated = {column: (source.since.get(column, ""), source.until.get(column, "")) for column in source.given}
        if source.table in self.surveys.values():
            dated |= {i.id: (i.since, i.until) for i in self.survey.items if (i.since or i.until) and i.id in dated}
        here = self.term(term_id).start
        starts = {term.id: term.start for term in self.terms}
        return [
            column
            for column, (since, until) in dated.items()
            if (since and here < starts[since]) or (until and here > starts[until])
        ]

    def asks(self, table: str, column: str, term_id: str) -> bool:
        """Whether the files of a table have a column in a term."""
        sources = [s for s in self.sources if s.table == table and (not s.terms or term_id in s.terms)]
        return any(column in source.given and column not in self.unasked(source, term_id) for source in sources)

    def has(self, table: str) -> bool:
        """Whether the study has a source for that table."""
        return any(source.table == table for source in self.sources)

    def gives(self, table: str, column: str) -> bool:
        """Whether a source gives that column of that table."""
        return any(source.table == table and column in source.given for source in self.sources)

    @property
    def has_clusters(self) -> bool:
        """Whether a source tells the group that each person was in."""
        return any(self.gives(table, self.cluster) for table in ("participants", *self.of_persons))

    def source(self, table: str) -> Source:
        """The source of that table."""
        return next(source for source in self.sources if source.table == table)
