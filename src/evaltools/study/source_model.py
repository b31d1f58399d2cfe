"""How an export is read: its file, its headings, what its values mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr

from evaltools.study.dates import ISO_DAY
from evaltools.study.wording import Model, Text

Headings = Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v), Field(min_length=1)]


FLAGS = {"1": True, "true": True, "0": False, "false": False}


WITH_TIME = "%Y-%m-%dT%H:%M:%S"  # as readers write a moment that the first format cannot hold


SkippedRows = Annotated[int, Field(ge=0, le=100)]


class Combined(Model):
    """One value from several columns: joined with a text between them, or, without it, of the one that holds any."""

    model_config = ConfigDict(populate_by_name=True)
    of: list[str] = Field(min_length=2)
    between: str | None = Field(default=None, alias="with")


class OfForm(NamedTuple):
    """The headings that exports of our own form may have for a column, and whether they write it as a moment, or as yes
    and no. ``words`` of a question with one answer are what the study file calls choices that a tool writes otherwise;
    of one with several answers their ``codes`` by each word for them."""

    headings: list[str]
    moment: bool = False
    flag: bool = False
    words: Mapping[str, str] = {}
    codes: Sequence[str] = ()


class Source(Model):
    """A file (or files) of raw data and how its columns and values become those of a tidy table.

    ``docs/study-file.md`` tells every key. A heading may be a list of headings, of which each file has one; the second
    of two equal headings is called ``Heading [2]``.
    """

    table: str
    name: Text
    file: str
    # how the file is written
    format: str = "auto"  # a name of the registry in ingest.formats
    sheet: str = ""  # of a workbook; empty: the first
    value_labels: bool = True  # of SPSS and Stata: a labelled value is read as its label
    encoding: str = "utf-8-sig"  # or auto
    delimiter: str = Field(default=";", pattern=r"^(?s:.)$|^auto$")
    decimal: Literal[".", ","] = ","
    thousands: Literal["", " ", ".", ",", "'"] = ""  # the mark between thousands; a space stands for every kind
    units: list[Annotated[str, Field(min_length=1)]] = []  # words and signs that may stand beside a number
    negatives: list[Literal["(1)", "1-"]] = []  # how negative numbers are written besides -1
    date_format: Headings = [ISO_DAY]
    years_from: int | None = Field(default=None, ge=1900, le=2000)  # %y: in the hundred years from this one
    timezone: str = ""  # %z: moments are of the day there; empty: of the day that is written
    # rows above the heading, blank ones too; several: the first under which the headings stand
    skip_rows: SkippedRows | Annotated[list[SkippedRows], Field(min_length=1)] = 0
    header_rows: int = Field(default=1, ge=1, le=3)  # more than one: joined with " / "
    merged: Literal["error", "fill"] = "error"  # merged cells below the heading
    # what its columns and values are
    columns: dict[str, Headings] = {}
    options: dict[str, dict[str, Headings]] = {}  # of a question with several answers: the column of each option
    combine: dict[str, Combined] = {}  # tidy columns that are made of several
    constants: dict[str, str] = {}  # tidy columns that hold one value in every row of these files
    optional: list[str] = []  # tidy columns that a file may lack
    since: dict[str, str] = {}  # tidy column -> the term from which the files have it
    until: dict[str, str] = {}  # tidy column -> the last term whose files have it
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
    key: list[Headings] = []  # headings that together stand for a person where there is no id
    each_row_a_person: bool = False  # where nothing is linked
    frequency: str = ""  # a heading whose number says how many such rows there are
    term_by: str = ""  # a tidy column of days that says of which term a row is; the file lies in raw/ itself
    match: Literal["exact", "case", "loose", "near"] = "exact"
    unmatched: Literal["error", "leave_out"] = "error"
    ambiguous: Literal["error", "leave_out"] = "error"
    answered_if: list[str] = []  # tidy columns of which a row that counts as answered holds at least one
    leave_out: dict[str, list[str]] = {}  # heading -> words: rows that hold one there are left out and noted
    keep: dict[str, list[str]] = {}  # heading -> words: only rows that hold one there are read
    publisher: Text | None = None
    retrieved: dt.date | None = None
    # of a form made of the study file (`questions.headings`): how its exports call a tidy column
    _forms: dict[str, OfForm] = PrivateAttr(default_factory=dict)

    @property
    def forms(self) -> dict[str, OfForm]:
        """How exports of a form that was made of the study file call and write a tidy column."""
        return self._forms

    def heading(self, column: str) -> str:
        """What the file calls a tidy column, for messages."""
        if column == "person" and column not in self.columns:
            return " + ".join(choice[0] for choice in self.key)
        if column in self.combine:
            return " + ".join(self.combine[column].of)
        return self.columns[column][0] if column in self.columns else column

    @property
    def rows_above(self) -> int:
        """How many rows stand above the heading; of several numbers the first."""
        return self.skip_rows if isinstance(self.skip_rows, int) else self.skip_rows[0]

    @property
    def given(self) -> list[str]:
        """The tidy columns this source gives, in order."""
        unnamed = (self.key or self.each_row_a_person) and "person" not in self.columns
        made = [*self.columns, *self.options, *self.combine, *self.constants]
        return list(dict.fromkeys([*(["person"] if unnamed else []), *made]))

    def of_term(self, absent: list[str]) -> Source:
        """The source of a term's file, in which these tidy columns are not looked for."""
        gone = set(absent)
        named = {
            key: {c: v for c, v in getattr(self, key).items() if c not in gone}
            for key in ("columns", "options", "combine")
        }
        return self.model_copy(update={**named, "optional": [*self.optional, *absent]})


class Background(Model):
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
