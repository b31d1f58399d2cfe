"""The tables a study can have: their columns, the kinds of values, and the codes that carry a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a tidy table: its kind, whether a source must give it, and the code list it draws on.

    A required column has a value on every row unless ``blank`` allows it to be empty. A ``name`` serves only to mask
    names in free text and is not kept.
    """

    kind: Literal["id", "name", "text", "date", "moment", "code", "integer", "number", "flag", "multi"]
    required: bool = False
    codes: str = ""
    minimum: float | None = None
    blank: bool = False


def _code(name: str, required: bool = False) -> Column:
    return Column("code", required, name)


_PERSON = Column("id", required=True)
# of a course, a class or a teacher: words of the exports, kept as pseudonyms
_CLUSTER = Column("id")
_OF_ANSWERS = {
    "answered": Column("date"),
    "comment": Column("text"),
    "mode": _code("mode"),  # how the person was asked; the codes are ours where the study file has none
    # how long answering took stands in the file, or follows from when it began and ended; no tidy table has it
    **{"seconds": Column("number", minimum=0), "started": Column("moment"), "finished": Column("moment")},
}
MODES = ("survey", "interview", "telephone")


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
        "cluster": _CLUSTER,
        "took_part": Column("flag"),  # whether a person assigned to an arm took part in the programme
    },
    "enrolments": {
        "person": _PERSON,
        "cluster": _CLUSTER,
        "enrolment": Column("id", required=True),
        "kind": _code("kind"),
        "field": _code("field"),
        "start": Column("date", required=True),
        "end": Column("date"),
        "state": _code("state", required=True),
    },
    "start_survey": {"person": _PERSON, **_OF_ANSWERS, "cluster": _CLUSTER},
    "end_survey": {"person": _PERSON, **_OF_ANSWERS, "cluster": _CLUSTER},
    "followup": {
        "person": _PERSON,
        "cluster": _CLUSTER,
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
        "gender": _code("gender"),  # of whom a row is; all where empty
        "age_group": _code("age_group"),
        "education": _code("education"),
        "count": Column("integer", required=True, minimum=0),
        "total": Column("integer", required=True, minimum=0),
    },
}


AREAS = ("ely", "vitality_centre", "employment_area")  # code lists that follow from a person's municipality


BACKGROUND_TABLES = ("population", "employment", "barometer", "training_needs", "benchmark")


# The sections of a report that a study file may list (``sections.registry`` says what each is).
SECTIONS = ("ingestion", "background", "participants", "survey", "placement", "monitoring", "report")


ANY_GROUP = "any"  # stands for: in at least one target group


NO_THEME = "none"  # comments that touch no theme of the study's list


OF_PERSONS = ("enrolments", "start_survey", "end_survey", "followup")


# What result rows call their own breakdowns and tidy tables their own columns: no variable of a study is called so.
RESERVED = frozenset(
    {
        *("total", "target_group", "gender", "age", "age_group", "region", "language", "education", "activity"),
        *("channel", "arm", "took_part", "field", "kind", "term", "registrations", "registration", "start", "end"),
        "outcome",
        *AREAS,
        *("cluster", "role", "survey", "late", "commented", "theme", "item", "answer", "pre", "post"),
    }
)


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
