"""The shape of a study file and of the tables a study can have.

Everything that is particular to one evaluation stands in its ``study.toml``: codes, target groups, survey items,
sources, terms. The programme code knows none of it by name. ``study.load`` reads and checks the file.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from evaltools.errors import EvaltoolsError

LANGUAGES = ("fi", "en")
EDITIONS = ("public", "internal")


# --- faults ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a study file: key path, what it is (a catalogue key) and the words that fill it."""

    path: str
    what: str
    words: dict[str, str]


class StudyError(EvaltoolsError):
    """Everything that is wrong with a study file, or with what was asked of a study."""

    def __init__(self, study: str, faults: list[Fault]):
        self.study = study
        self.faults = faults
        super().__init__(study, faults)

    def lines(self, language: str) -> list[str]:
        from evaltools import i18n

        return [f"{self.study}: {f.path}: {i18n.say('fault.' + f.what, language, **f.words)}" for f in self.faults]

    def __str__(self) -> str:
        return "\n".join(self.lines("en"))


# --- the tables a study can have -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a tidy table: its kind, whether a source must give it, and the code list it draws on.

    A required column has a value on every row unless ``blank`` allows it to be empty. A ``name`` serves only to mask
    names in free text and is not kept.
    """

    kind: Literal["id", "name", "text", "date", "code", "integer", "number", "flag", "multi"]
    required: bool = False
    codes: str = ""
    minimum: float | None = None
    blank: bool = False


def _code(name: str, required: bool = False) -> Column:
    return Column("code", required, name)


_PERSON = Column("id", required=True)
_COUNT = Column("integer", minimum=0)

TABLES: dict[str, dict[str, Column]] = {
    "participants": {
        "person": _PERSON,
        "name": Column("name"),
        "birth_date": Column("date"),
        "age": Column("integer", minimum=0),
        "gender": _code("gender"),
        "municipality": _code("municipality"),
        "region": _code("region"),
        "language": _code("language"),
        "education": _code("education"),
        "activity": _code("activity"),
        "channel": _code("channel"),
        "arm": _code("arm"),
    },
    "enrolments": {
        "person": _PERSON,
        "enrolment": Column("id", required=True),
        "kind": _code("kind"),
        "field": _code("field"),
        "start": Column("date", required=True),
        "end": Column("date"),
        "state": _code("state", required=True),
    },
    "start_survey": {"person": _PERSON, "answered": Column("date"), "comment": Column("text")},
    "end_survey": {"person": _PERSON, "answered": Column("date"), "comment": Column("text")},
    "followup": {
        "person": _PERSON,
        "date": Column("date"),
        "status": Column("code", required=True, codes="placement", blank=True),
    },
    "outreach": {
        "date": Column("date", required=True),
        "channel": _code("channel", required=True),
        "place": Column("text"),
        "region": _code("region"),
        "reached": Column("integer", required=True, minimum=0),
        "applicants": Column("integer", required=True, minimum=0),
    },
    "actions": {
        "action": _code("action", required=True),
        "owner": _code("owner"),
        "planned": Column("date", required=True),
        "status": _code("action_status", required=True),
        "done": Column("date"),
    },
    "contacts": {
        "date": Column("date", required=True),
        "partner": Column("text"),
        "partner_kind": _code("partner_kind", required=True),
        "kind": _code("contact_kind", required=True),
        "outcome": _code("contact_outcome"),
    },
    "budget": {
        "date": Column("date", required=True),
        "category": _code("budget_category", required=True),
        "funding": _code("funding", required=True),
        "amount": Column("number", required=True),
    },
    "population": {
        "region": _code("region", required=True),
        "age_group": _code("population_age", required=True),
        "activity": _code("population_activity", required=True),
        "education": _code("population_education", required=True),
        "count": Column("integer", required=True, minimum=0),
    },
    "employment": {
        "month": Column("date", required=True),
        "region": _code("region", required=True),
        "employed": Column("integer", required=True, minimum=0),
        "unemployed": Column("integer", required=True, minimum=0),
    },
    "barometer": {
        "occupation": _code("occupation", required=True),
        "region": _code("region", required=True),
        "outlook": _code("outlook", required=True),
    },
    "training_needs": {
        "need": _code("training_need", required=True),
        "count": Column("integer", required=True, minimum=0),
        "total": Column("integer", required=True, minimum=0),
    },
    "benchmark": {
        "measure": Column("code", required=True, codes="benchmark_measure"),
        "count": Column("integer", required=True, minimum=0),
        "total": Column("integer", required=True, minimum=0),
    },
}
BACKGROUND_TABLES = ("population", "employment", "barometer", "training_needs", "benchmark")
ANY_GROUP = "any"  # stands for: in at least one target group
NO_THEME = "none"  # comments that touch no theme of the study's list
OF_PERSONS = ("enrolments", "start_survey", "end_survey", "followup")
SURVEYS = {"start": "start_survey", "end": "end_survey"}

# Code lists whose codes carry a role that the programme acts on.
ROLES: dict[str, tuple[str, ...]] = {
    "placement": ("employed", "employed_student", "student", "unemployed", "other"),
    "state": ("ongoing", "completed", "dropped"),
    "action_status": ("done", "open", "cancelled"),
    "funding": ("grant", "own"),
    "contact_kind": ("contact", "network", "negotiation"),
    "benchmark_measure": ("employed", "student_full_time", "student_any", "unemployed"),
}


# --- the model of study.toml -----------------------------------------------------------------------------------


def _same_in_every_language(value: Any) -> Any:
    return {"fi": value, "en": value} if isinstance(value, str) else value


def folded(words: str) -> str:
    """Words without case, with every run of white space as one space, in one Unicode form."""
    return " ".join(unicodedata.normalize("NFC", words).split()).casefold()


# what word processors make of quotation marks, apostrophes and hyphens, and what cannot be seen
TYPOGRAPHIC = str.maketrans("‘’ʼ´`“”„‐‑–—−", "'''''\"\"\"-----", "\u00ad\u200b\u200c\u200d\u2060\ufeff")
FULL_STOP = re.compile(r"(?<=[\w)])\.$")


def plain(label: str) -> str:
    """A label as compared: ``folded``, with plain quotation marks and hyphens, and no full stop at its end."""
    return FULL_STOP.sub("", folded(label.translate(TYPOGRAPHIC)))


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalText(_Model):
    """A text in the languages of the reports; a plain string in the file means the same in each."""

    fi: str
    en: str
    sv: str | None = None

    def __call__(self, language: str) -> str:
        return getattr(self, language)


Text = Annotated[LocalText, BeforeValidator(_same_in_every_language)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]


class About(_Model):
    """What is evaluated, for whom and with what money decision."""

    name: Text
    title: Text
    organisation: Text
    funder: Text
    decision: str = ""
    start: dt.date
    end: dt.date
    # shown at the head of every report, for instance that the data are synthetic
    notice: Text | None = None


class Term(_Model):
    id: Identifier
    name: Text
    start: dt.date
    end: dt.date
    extracted: dt.date | None = None  # the day on which the term's exports were made


class Target(_Model):
    """A quantitative target. ``measure`` is one of the fixed names; rates are shares from 0 to 1."""

    id: Identifier
    name: Text
    measure: Literal[
        "target_group_students", "participants", "employed", "student_full_time", "student_any", "completed"
    ]
    value: float = Field(gt=0)


class Code(_Model):
    """One code of a code list. ``role`` tells the programme how to treat it (see ``ROLES``)."""

    id: str
    name: Text
    also: list[str] = []  # other words that exports use for it
    role: str | None = None
    region: str | None = None  # of a municipality
    ely: str | None = None  # of a municipality: its Centre for Economic Development, Transport and the Environment
    fields: list[str] = []  # of an occupation: the education fields that lead to it
    value: int | None = None  # of an outlook: -2 ... 2
    tile: tuple[int, int] | None = None  # of a region: (column, row) on a map of tiles, from the upper left

    @property
    def words(self) -> list[str]:
        """Everything an export may call it: its names in every language and its other words."""
        return list(dict.fromkeys([self.name.fi, self.name.en, *filter(None, [self.name.sv]), *self.also]))


class Condition(_Model):
    """A condition on one column of ``participants`` or ``enrolments``: ``{column = "...", in = [...]}``."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    column: str
    within: list[str] | None = Field(default=None, alias="in")
    min: float | None = None
    max: float | None = None


class TargetGroup(_Model):
    """A group of persons: all of ``all`` and, where given, at least one of ``any`` hold."""

    id: Identifier
    name: Text
    definition: Text
    all: list[Condition] = []
    any: list[Condition] = []


class AgeGroup(_Model):
    id: str
    min: int = Field(ge=0)
    max: int | None = None


class Variable(_Model):
    """A column of a table that the programme does not know by name (a covariate, an outcome).

    ``multi`` is a question with several answers: one column of true and false an option, ``<id>_<code>``.
    """

    id: Identifier
    table: Literal["participants", "followup", "start_survey", "end_survey"]
    kind: Literal["code", "number", "integer", "flag", "multi"]
    name: Text
    codes: str = ""
    unit: Text | None = None


class Item(_Model):
    """A survey item. ``likert`` holds whole numbers min..max, ``score`` any number between them.

    ``cannot_say`` lists answers that mean it for this item only, such as "1" on a scale of 2 to 5.
    """

    id: Identifier
    text: Text
    kind: Literal["likert", "score"] = "likert"
    min: float = 1
    max: float = 5
    direction: Literal["higher", "lower"] = "higher"
    labels: str = ""
    primary: bool = False
    cannot_say: list[str] = []
    surveys: list[Literal["start", "end"]] = ["start", "end"]


class Scale(_Model):
    """A sum of items, used only for persons who answered every one of them."""

    id: Identifier
    name: Text
    items: list[str] = Field(min_length=2)
    primary: bool = False


class Survey(_Model):
    cannot_say: list[str] = []
    labels: dict[str, list[Code]] = {}
    items: list[Item] = []
    scales: list[Scale] = []


class Representation(_Model):
    """A target group's share among students beside its share of the population (``part`` of ``base``)."""

    target_group: str
    part: dict[str, list[str]]
    base: dict[str, list[str]] = {}


class Comparison(_Model):
    """Which arm (code of ``arm``) is compared with which."""

    treated: str
    control: str


class Benchmark(_Model):
    """Where the benchmark table comes from."""

    name: Text
    source: Text
    retrieved: dt.date


class BudgetCategory(_Model):
    category: str
    planned: float = Field(ge=0)


class Budget(_Model):
    """Money in EUR. ``own_share`` is a share of the grant or of the total, as ``own_share_of`` says."""

    grant: float = Field(ge=0)
    own_share: float = Field(ge=0, lt=1)
    own_share_of: Literal["grant", "total"]
    plan: list[BudgetCategory] = []

    @property
    def own(self) -> float:
        base = self.grant if self.own_share_of == "grant" else self.grant / (1 - self.own_share)
        return base * self.own_share


class Followup(_Model):
    """When placement is asked, in words for the reader (for example: six months after leaving).

    ``weight_by`` names register variables whose combinations are the response cells of the weighted estimate.
    """

    when: Text
    weight_by: list[Literal["outcome", "gender", "age_group", "region", "language", "education", "activity"]] = []


class Disclosure(_Model):
    """How the public edition protects small counts. ``none`` needs a reason: data published elsewhere.

    ``rounding`` rounds all counts to multiples of ``base``; ``suppression`` keeps them exact and withholds those below
    ``minimum`` with as many others as are needed.
    """

    method: Literal["rounding", "suppression", "none"] = "rounding"
    base: int = Field(default=5, ge=2, le=100)
    minimum: int = Field(default=5, ge=2, le=100)
    reason: str = ""


class Theme(_Model):
    """A theme of free text. A comment touches it where one of its words begins with one of ``words`` (stems)."""

    id: Identifier
    name: Text
    words: list[Annotated[str, Field(min_length=2)]] = Field(min_length=1)


class Objective(_Model):
    """What the project set out to do, the actions of the plan that serve it, and where its results are read.

    ``items`` are survey items and scales, ``placement`` and ``contacts`` measures of those reports.
    """

    id: Identifier
    name: Text
    actions: list[str] = []
    targets: list[str] = []
    target_groups: list[str] = []
    items: list[str] = []
    placement: list[Literal["employed", "student_full_time", "student_any"]] = []
    contacts: list[Literal["contact", "network", "negotiation"]] = []


class Indicator(_Model):
    """An indicator of established practice, read from one of three places.

    ``values`` are numbers the organisation counted itself at the end of a term (term -> number, of ``of`` at most);
    ``action`` is an action of the plan that is to be done; ``target_group`` a group whose share of those who start
    is followed from term to term (``any``: at least one group).
    """

    id: Identifier
    name: Text
    values: dict[str, Annotated[int, Field(ge=0)]] = {}
    of: int | None = Field(default=None, gt=0)
    action: str = ""
    target_group: str = ""
    source: Text | None = None


class Privacy(_Model):
    """``names``: a file in the study's folder, one name a line, whose names are masked in free text."""

    names: str = ""


Headings = Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v), Field(min_length=1)]
ISO_DAY = "%Y-%m-%d"
FLAGS = {"1": True, "true": True, "0": False, "false": False}
WITH_TIME = "%Y-%m-%dT%H:%M:%S"  # as readers write a moment that the first format cannot hold


class Source(_Model):
    """A file (or files) of raw data and how its columns and values become those of a tidy table.

    ``docs/study-file.md`` tells every key. A heading may be a list of headings, of which each file has one; the second
    of two equal headings is called ``Heading [2]``.
    """

    table: str
    name: Text
    file: str
    # how the file is written
    format: Literal["auto", "csv", "xlsx", "parquet"] = "auto"
    sheet: str = ""  # of a workbook; empty: the first
    encoding: str = "utf-8-sig"  # or auto
    delimiter: str = Field(default=";", pattern=r"^(?s:.)$|^auto$")
    decimal: Literal[".", ","] = ","
    date_format: Headings = [ISO_DAY]
    skip_rows: int = Field(default=0, ge=0, le=100)  # rows above the heading, blank ones too
    header_rows: int = Field(default=1, ge=1, le=3)  # more than one: joined with " / "
    # what its columns and values are
    columns: dict[str, Headings]
    options: dict[str, dict[str, Headings]] = {}  # of a question with several answers: the column of each option
    separator: str = Field(default=";", min_length=1)  # between several answers in one cell
    values: dict[str, dict[str, str]] = {}
    answers: dict[str, str] = {}  # of every likert item
    cannot_say: list[str] = []  # of every likert item
    reversed: list[str] = []  # items that this file counts from the other end
    missing: list[str] = [""]
    markers: dict[str, Literal["confidential", "not_available", "not_applicable", "nil"]] = {}  # in place of a number
    # rows and persons
    required: bool = True
    terms: list[str] = []  # that this source is of; empty: all
    duplicates: Literal["error", "first", "last", "most_complete"] = "error"
    key: list[str] = []  # headings that together stand for a person where there is no id
    match: Literal["exact", "case", "loose"] = "exact"
    unmatched: Literal["error", "leave_out"] = "error"
    ambiguous: Literal["error", "leave_out"] = "error"
    leave_out: dict[str, list[str]] = {}  # heading -> words: rows that hold one there are left out and noted
    publisher: Text | None = None
    retrieved: dt.date | None = None

    def heading(self, column: str) -> str:
        """What the file calls a tidy column, for messages."""
        if column == "person" and column not in self.columns:
            return " + ".join(self.key)
        return self.columns[column][0] if column in self.columns else column

    @property
    def given(self) -> list[str]:
        """The tidy columns this source gives, in order."""
        person = ["person"] if self.key and "person" not in self.columns else []
        return [*person, *self.columns, *(v for v in self.options if v not in self.columns)]


class Background(_Model):
    """A PxWeb table to fetch into ``background/<file>`` by ``evaltools refresh-background``.

    ``query`` names codes of each variable; ``["*"]`` takes all, ``["top 12"]`` the last twelve. ``wide`` names a
    variable whose codes become columns.
    """

    file: Annotated[str, Field(pattern=r"^[\w-][\w.-]*\.csv$")]
    url: Annotated[str, Field(pattern=r"^https?://")]
    query: dict[str, Annotated[list[str], Field(min_length=1)]]
    wide: str = ""
    publisher: str = "Statistics Finland"
    licence: str = "CC BY 4.0"


class Study(_Model):
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
    survey: Survey = Survey()
    representation: list[Representation] = []
    comparison: Comparison | None = None
    benchmark: Benchmark | None = None
    budget: Budget | None = None
    followup: Followup | None = None
    disclosure: Disclosure = Disclosure()
    themes: list[Theme] = []
    objectives: list[Objective] = []
    practice: list[Indicator] = []
    privacy: Privacy = Privacy()
    background: list[Background] = []
    # what counts surveys and placement: ``auto`` leaves pandas for DuckDB where the data are many
    engine: Literal["auto", "pandas", "duckdb"] = "auto"
    sources: list[Source] = Field(min_length=1)

    def term(self, term_id: str) -> Term:
        """The term of that id; ``StudyError`` naming the known ones where there is none."""
        for term in self.terms:
            if term.id == term_id:
                return term
        raise StudyError(self.id, [Fault("terms", "unknown_term", {"term": term_id, "known": self.term_ids})])

    @property
    def term_ids(self) -> str:
        return ", ".join(term.id for term in self.terms)

    def terms_to(self, term_id: str) -> list[Term]:
        """All terms up to and with the given one, in order of time."""
        last = self.term(term_id)
        return [term for term in self.terms if term.start <= last.start]

    def schema(self, table: str) -> dict[str, Column]:
        """The columns a table can have in this study: the fixed ones, declared variables and survey items."""
        columns = dict(TABLES[table])
        columns |= {v.id: Column(v.kind, codes=v.codes) for v in self.variables if v.table == table}
        survey = next((name for name, t in SURVEYS.items() if t == table), None)
        columns |= {item.id: Column("number") for item in self.survey.items if survey in item.surveys}
        return columns

    def columns_of(self, variable: Variable) -> list[str]:
        """The tidy columns of a variable: of a question with several answers one an option."""
        codes = self.codes.get(variable.codes, []) if variable.kind == "multi" else []
        return [f"{variable.id}_{code.id}" for code in codes] or [variable.id]

    def code_name(self, codes: str, code: str, language: str) -> str:
        """The name of a code in a language; the code itself where the list does not hold it."""
        return next((c.name(language) for c in self.codes.get(codes, []) if c.id == code), code)

    def item(self, item_id: str) -> Item:
        return next(item for item in self.survey.items if item.id == item_id)

    def has(self, table: str) -> bool:
        """Whether the study has a source for that table."""
        return any(source.table == table for source in self.sources)

    def gives(self, table: str, column: str) -> bool:
        """Whether a source gives that column of that table."""
        return any(source.table == table and column in source.given for source in self.sources)

    def source(self, table: str) -> Source:
        """The source of that table."""
        return next(source for source in self.sources if source.table == table)
