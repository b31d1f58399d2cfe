"""What is evaluated: terms, targets, groups, comparison, benchmark, money, objectives, disclosure control."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from evaltools.study.delays import Delay
from evaltools.study.wording import Identifier, Language, Model, Text

EDITIONS = ("public", "internal")


class About(Model):
    """What is evaluated, for whom and with what money decision."""

    name: Text
    title: Text
    organisation: Text
    funder: Text
    decision: str = ""
    language: Language = "fi"  # what commands, reports and open_study speak unless asked otherwise
    start: dt.date
    end: dt.date
    # shown at the head of every report, for instance that the data are synthetic
    notice: Text | None = None


class Term(Model):
    id: Identifier
    name: Text
    start: dt.date
    end: dt.date
    extracted: dt.date | None = None  # the day on which the term's exports were made
    released: dt.date | None = None  # the day on which its reports come out


class Target(Model):
    """A quantitative target. ``measure`` is one of the fixed names; rates are shares from 0 to 1."""

    id: Identifier
    name: Text
    measure: Literal[
        "target_group_students", "participants", "employed", "student_full_time", "student_any", "completed"
    ]
    value: float = Field(gt=0)


class Code(Model):
    """One code of a code list. ``role`` tells the programme how to treat it (see ``ROLES``)."""

    id: Annotated[str, Field(pattern=r"^[^:]")]  # what begins with a colon is the programme's own, such as :unknown
    name: Text
    also: list[str] = []  # other words that exports use for it
    role: str | None = None
    region: str | None = None  # of a municipality
    # of a municipality: the areas of administration it lies in
    ely: str | None = None  # Centre for Economic Development, Transport and the Environment, to 2025
    vitality_centre: str | None = None  # elinvoimakeskus, from 2026
    employment_area: str | None = None  # of the municipal employment services, from 2025
    fields: list[str] = []  # of an occupation: the education fields that lead to it
    value: int | None = None  # of an outlook: -2 ... 2
    tile: tuple[int, int] | None = None  # of a region: (column, row) on a map of tiles, from the upper left

    @property
    def words(self) -> list[str]:
        """Everything an export may call it: its names in every language and its other words."""
        return list(dict.fromkeys([*self.name.every, *self.also]))


class Condition(Model):
    """A condition on one column of ``participants`` or ``enrolments``: ``{column = "...", in = [...]}``."""

    model_config = ConfigDict(populate_by_name=True)
    column: str
    within: list[str] | None = Field(default=None, alias="in")
    min: float | None = None
    max: float | None = None


class TargetGroup(Model):
    """A group of persons: all of ``all`` and, where given, at least one of ``any`` hold.

    ``short`` is what heads a column; the name where it is not given.
    """

    id: Identifier
    name: Text
    short: Text | None = None
    definition: Text
    all: list[Condition] = []
    any: list[Condition] = []


class AgeGroup(Model):
    id: str
    min: int = Field(ge=0)
    max: int | None = None


class Representation(Model):
    """A target group's share among students beside its share of the population (``part`` of ``base``)."""

    target_group: str
    part: dict[str, list[str]]
    base: dict[str, list[str]] = {}


class Comparison(Model):
    """Which arm (code of ``arm``) is compared with which.

    ``covariates`` are the register variables that differences are adjusted for (all known before where none is named),
    ``subgroups`` the breakdowns over which the difference is compared (those of the register). Who of the assigned took
    part is the register's column ``took_part``.
    """

    treated: str
    control: str
    covariates: list[str] = []
    subgroups: list[str] = []


class Benchmark(Model):
    """A published table that placement is set beside: where it is from, and which file of the background holds it.

    ``file`` may be empty in one of them: the files of the table that no other names are its. ``year`` is the year that
    its figures are of.
    """

    id: Identifier
    name: Text
    source: Text
    retrieved: dt.date
    file: str = ""
    year: int | None = None

    def called(self, language: str) -> str:
        """Its name, and of which year it is where the study file says so."""
        return self.name(language) + (f", {self.year}" if self.year else "")


class BudgetCategory(Model):
    category: str
    planned: float = Field(ge=0)


class Budget(Model):
    """Money in EUR. ``own_share`` is a share of the grant or of the total, as ``own_share_of`` says."""

    grant: float = Field(ge=0)
    own_share: float = Field(ge=0, lt=1)
    own_share_of: Literal["grant", "total"]
    plan: list[BudgetCategory] = []

    @property
    def own(self) -> float:
        base = self.grant if self.own_share_of == "grant" else self.grant / (1 - self.own_share)
        return base * self.own_share


class FollowupWave(Model):
    """A follow-up besides the first, in words for the reader; its table is ``<id>_followup``.

    ``after`` and ``within`` are as those of `Followup`.
    """

    id: Identifier
    when: Text
    after: Delay | None = None
    within: Delay | None = None


class Followup(Model):
    """When placement is asked, in words for the reader (for example: six months after leaving).

    ``weight_by`` names register variables (``outcome``, background, coded ones of the study's own) whose combinations
    are the response cells of the weighted estimate. ``invited`` says who was to be asked: ``all`` in the file, each
    with a row whether or not they answered; or all who ``left``, of whom those without a row were not reached. Where it
    is not said and every row has an answer, the response rate is not known. ``waves`` are later follow-ups.
    ``after`` is how long after leaving a person is to be asked, ``within`` how long from then on asking goes on;
    without an end where it is not said.
    """

    when: Text
    after: Delay | None = None
    within: Delay | None = None
    weight_by: list[str] = []
    invited: Literal["", "all", "left"] = ""
    waves: list[FollowupWave] = []


class Disclosure(Model):
    """How the public edition protects small counts. ``none`` needs a reason: data published elsewhere.

    ``rounding`` rounds all counts to multiples of ``base``; ``suppression`` keeps them exact and withholds those below
    ``minimum`` with as many others as are needed.
    """

    method: Literal["rounding", "suppression", "none"] = "rounding"
    base: int = Field(default=5, ge=3, le=100)  # multiples of 2 would say of every 1 and 3 that it is one or three
    minimum: int = Field(default=5, ge=3, le=100)
    reason: str = ""


class Objective(Model):
    """What the project set out to do, the actions of the plan that serve it, and where its results are read.

    ``items`` are survey items and scales, ``placement`` and ``contacts`` measures of those reports, ``group_actions``
    which of the actions are for one target group in particular.
    """

    id: Identifier
    name: Text
    actions: list[str] = []
    group_actions: dict[str, list[str]] = {}
    targets: list[str] = []
    target_groups: list[str] = []
    items: list[str] = []
    placement: list[Literal["employed", "student_full_time", "student_any"]] = []
    contacts: list[Literal["contact", "network", "negotiation"]] = []

    @property
    def is_judged(self) -> bool:
        """Whether a result is named that can speak for it or against it; contacts are only counted."""
        return any((self.targets, self.target_groups, self.items, self.placement))


class Indicator(Model):
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


Persons = Literal["participants", "completed", "dropped", "ongoing"]
Answered = Literal["answered_start", "answered_end", "answered_both", "asked", "followed_up"]
Changed = Literal["improved", "worse", "net_change", "agree_start", "agree_end"]
Situation = Literal["employed", "employed_student", "student_full_time", "student_any", "unemployed", "other"]
Outreached = Literal["reached", "applicants", "enrolled", "events"]
Done = Literal["contacts", "networks", "negotiations", "actions", "actions_done", "spent"]


class Counted(Model):
    """A number of the reports: what is counted, of which group, question or follow-up.

    ``group`` is one breakdown and its group (``{ target_group = "over_55" }``); everybody where it is empty.
    """

    measure: Literal[Persons, Answered, Changed, Situation, Outreached, Done]
    group: dict[str, str] = Field(default={}, max_length=1)
    item: str = ""  # of improved, worse, net_change, agree_start and agree_end: a question or a scale
    wave: str = ""  # of situations after leaving: a later follow-up


class ResultIndicator(Model):
    """An indicator of the study's own: a number of the reports, or one over another, against baseline and target.

    ``targets`` are by term: the last that has begun holds. ``period`` is the project so far, or the report's term.
    """

    id: Identifier
    name: Text
    numerator: Counted
    denominator: Counted | None = None
    period: Literal["so_far", "term"] = "so_far"
    unit: Text | None = None
    baseline: float | None = None
    targets: dict[str, float] = {}
    better: Literal["higher", "lower"] = "higher"
    source: Text | None = None  # where baseline and targets are from


class Privacy(Model):
    """``names``: a file in the study's folder, one name a line, whose names are masked in free text."""

    names: str = ""


class Publisher(Model):
    """Who publishes the reports: for the foot of every page, for citing them, and for the accessibility statement."""

    name: Text
    authors: list[str] = []
    email: str = ""
    url: Annotated[str, Field(pattern="^(https://.*)?$")] = ""
    licence: str = ""  # such as CC BY 4.0
    next_release: dt.date | None = None
    tested: dt.date | None = None  # the day on which the accessibility of the reports was last tested


class DataProtection(Model):
    """What the draft of a data protection impact assessment asks for and nothing else in the study file tells."""

    controller: Text | None = None
    officer: str = ""  # how to reach the data protection officer
    purpose: Text | None = None
    basis: Text | None = None  # of Article 6 of the General Data Protection Regulation
    kept_where: Text | None = None
    shared_with: Text | None = None
    kept_until: dt.date | None = None
    rights: Text | None = None  # how people use theirs


class Report(Model):
    """Which sections the reports have and in which order; all in the order of the flow where none is listed.

    ``sections`` are ids of the programme's sections and names of the study's own notebooks (``08_visits``).
    ``documents`` are what the final report is made into besides a page; ``template`` is a Word file in the study's
    folder whose page and styles the Word document takes. ``logo`` is a picture in that folder for the head of every
    page, ``colours`` those of links and marks of the pages in their light and in their dark look.
    """

    sections: list[str] = []
    logo: str = ""
    colours: dict[Literal["light", "dark"], Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")]] = {}
    documents: list[Literal["word", "pdf", "pictures"]] = []  # paths.DOCUMENTS
    template: str = ""
