"""Microdata to counts: the only place that looks at persons. Everything after it works on the small tables made here.

``collect(study, tables, term)`` gives every count table by name. All are long: dimension columns, then whole numbers.
``scope`` is ``all`` (cumulative to the end of the term) or the id of a term. In the dimension columns ``unknown`` stands
where the register does not say, so that the parts of a whole add up.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaltools.model import Study
from evaltools.tidy import ANY_GROUP, UNKNOWN, Tables

ALL = "all"
TOTAL = "total"
NO_ANSWER = "no_answer"
CANNOT_SAY = "cannot_say"
BACKGROUND = ("gender", "age_group", "region", "language", "education", "activity", "channel", "arm")
OF_ENROLMENT = ("field", "kind")
# which follow-up roles count towards a measure: working students are inside employed, and shown apart
PLACEMENT_MEASURES: dict[str, tuple[str, ...]] = {
    "employed": ("employed", "employed_student"),
    "employed_student": ("employed_student",),
    "student_full_time": ("student",),
    "student_any": ("student", "employed_student"),
    "unemployed": ("unemployed",),
    "other": ("other",),
}


def collect(study: Study, tables: Tables, term_id: str) -> Tables:
    """Every count table of a study up to a term; tables without a source are absent."""
    scopes = [ALL, *(term.id for term in study.terms_to(term_id))] if len(study.terms_to(term_id)) > 1 else [ALL]
    counts: Tables = {}
    if "persons" in tables:
        counts |= participants(study, tables, scopes)
    if "answers" in tables:
        counts |= surveys(study, tables, scopes)
    if "followup" in tables and "persons" in tables:
        counts["placement"] = placement(study, tables, scopes)
    if "outreach" in tables:
        counts["outreach"] = outreach(tables, scopes)
    if study.comparison is not None:
        counts |= arms(study, tables)
    return counts


def in_scope(frame: pd.DataFrame, scope: str) -> pd.DataFrame:
    return frame if scope == ALL else frame[frame["term"] == scope]


# --- participants ----------------------------------------------------------------------------------------------------


def participants(study: Study, tables: Tables, scopes: list[str]) -> Tables:
    """``composition`` (scope, by, group, count, total), ``cross``, ``overlap``, ``completion``, ``registrations``."""
    persons = tables["persons"]
    composition, cross = [], []
    for scope in scopes:
        chosen = in_scope(persons, scope)
        for by, group, members in _groups(study, tables, chosen):
            composition.append((scope, by, group, len(members), len(chosen)))
    for group in study.target_groups:
        members = persons[persons[f"tg_{group.id}"]]
        for by, value, inside in _groups(study, tables, members):
            if by not in ("target_group", TOTAL, "arm"):
                cross.append((group.id, by, value, len(inside), len(members)))
    result = {
        "composition": pd.DataFrame(composition, columns=["scope", "by", "group", "count", "total"]),
        "registrations": _registrations(persons),
    }
    if study.target_groups:
        columns = ["target_group", "by", "group", "count", "total"]
        result["cross"] = pd.DataFrame(cross, columns=columns)
        result["overlap"] = _overlap(study, persons)
    if "outcome" in persons:
        result["completion"] = _completion(study, tables, scopes)
    return result


def _groups(study: Study, tables: Tables, persons: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Every breakdown of the persons: (by, group, the persons in it), in the order of the code lists."""
    yield TOTAL, TOTAL, persons
    for group in study.target_groups:
        yield "target_group", group.id, persons[persons[f"tg_{group.id}"]]
    if study.target_groups:
        yield "target_group", ANY_GROUP, persons[persons[f"tg_{ANY_GROUP}"]]
    for by in (b for b in BACKGROUND if b in persons):
        values = persons[by].astype("object").where(persons[by].notna(), UNKNOWN)
        for value in _order(study, by, values):
            yield by, value, persons[values == value]
    for by in (b for b in OF_ENROLMENT if "enrolments" in tables and b in tables["enrolments"]):
        enrolments = tables["enrolments"]
        those = enrolments[enrolments["person"].isin(persons["person"])]
        for value in _order(study, by, those[by].dropna()):
            yield by, value, persons[persons["person"].isin(those.loc[those[by] == value, "person"])]


def _order(study: Study, by: str, values: pd.Series) -> list[str]:
    """The values that occur, in the order of the study file, ``unknown`` last."""
    present = set(values)
    declared = [g.id for g in study.age_groups] if by == "age_group" else [c.id for c in study.codes.get(by, [])]
    return [v for v in declared if v in present] + ([UNKNOWN] if UNKNOWN in present else [])


def _registrations(persons: pd.DataFrame) -> pd.DataFrame:
    """How many persons were registered once, and how many in more than one term."""
    again = int((persons["registrations"] > 1).sum())
    rows = [("once", len(persons) - again, len(persons)), ("again", again, len(persons))]
    return pd.DataFrame(rows, columns=["group", "count", "total"])


def _overlap(study: Study, persons: pd.DataFrame) -> pd.DataFrame:
    """For each pair of target groups how many persons are in both; ``total`` is the size of the first."""
    flags = {g.id: persons[f"tg_{g.id}"] for g in study.target_groups}
    rows = [(a, b, int((flags[a] & flags[b]).sum()), int(flags[a].sum())) for a in flags for b in flags]
    return pd.DataFrame(rows, columns=["group", "group2", "count", "total"])


def _completion(study: Study, tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """How studies stand: (scope, by, group, measure, count, answered, invited); the register knows all who started."""
    rows = []
    persons = tables["persons"].dropna(subset=["outcome"])
    for scope in scopes:
        for by, group, members in _groups(study, tables, in_scope(persons, scope)):
            if by in (TOTAL, "target_group", "kind", "field"):
                for measure in ("completed", "dropped", "ongoing"):
                    count = int((members["outcome"] == measure).sum())
                    rows.append((scope, by, group, measure, count, len(members), len(members)))
    return pd.DataFrame(rows, columns=["scope", "by", "group", "measure", "count", "answered", "invited"])


# --- surveys ---------------------------------------------------------------------------------------------------------


def surveys(study: Study, tables: Tables, scopes: list[str]) -> Tables:
    """``responses`` (steps of participation), ``attrition``, ``answers`` (all values) and ``transitions`` (pairs)."""
    answers = pd.concat([tables["answers"], _scales(study, tables["answers"])], ignore_index=True)
    pairs = _pairs(answers)
    per_scope = [(scope, in_scope(pairs, scope)) for scope in scopes]
    transitions = [
        chosen.groupby(["item", "pre", "post"]).size().rename("count").reset_index().assign(scope=scope)
        for scope, chosen in per_scope
    ]
    result = {
        "transitions": _columns(transitions, ["scope", "item", "pre", "post", "count"]),
        "answers": _answer_counts(tables["answers"], scopes),
    }
    if "persons" in tables:
        result |= {"responses": _responses(tables, scopes), "attrition": _attrition(study, tables)}
    return result


def _columns(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)[columns]


def _scales(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Sums of items for those who answered each of them; items where lower is better are turned first."""
    sums = []
    for scale in study.survey.scales:
        turned = []
        for item in (study.item(i) for i in scale.items):
            part = answers.loc[answers["item"] == item.id, ["person", "term", "survey", "value"]].dropna()
            value = part["value"] if item.direction == "higher" else item.min + item.max - part["value"]
            turned.append(part.assign(value=value))
        grouped = pd.concat(turned).groupby(["person", "term", "survey"], sort=False)["value"].agg(["sum", "size"])
        whole = grouped.loc[grouped["size"] == len(scale.items), "sum"].rename("value").reset_index()
        sums.append(whole.assign(item=scale.id, cannot_say=False))
    return pd.concat(sums, ignore_index=True) if sums else answers.iloc[:0]


def _pairs(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a person and item answered at both times: pre, post, and the term of the end survey."""
    given = answers.dropna(subset=["value"])
    start = given.loc[given["survey"] == "start", ["person", "item", "value"]].rename(columns={"value": "pre"})
    end = given.loc[given["survey"] == "end", ["person", "item", "value", "term"]].rename(columns={"value": "post"})
    return start.merge(end, on=["person", "item"], validate="1:1")


def _answer_counts(answers: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How often each answer was given: (scope, survey, item, value, count); ``value`` missing for the answer
    ``cannot_say`` (flag) and for blanks."""
    keys = ["survey", "item", "value", "cannot_say"]
    frames = [
        in_scope(answers, scope).groupby(keys, dropna=False).size().rename("count").reset_index().assign(scope=scope)
        for scope in scopes
    ]
    return _columns(frames, ["scope", *keys, "count"])


def _responses(tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """Steps of participation of those who started in the scope: (scope, step, count, total = who could have)."""
    persons = tables["persons"]
    who = {survey: set(part["person"]) for survey, part in tables["responses"].groupby("survey")}
    start, end = who.get("start", set()), who.get("end", set())
    left_known = "outcome" in persons
    rows = []
    for scope in scopes:
        chosen = in_scope(persons, scope)
        everyone = set(chosen["person"])
        left = set(chosen.loc[chosen["outcome"] != "ongoing", "person"]) if left_known else everyone
        asked_at_end = left | (everyone & end)
        rows += [
            (scope, "participants", len(everyone), len(everyone)),
            (scope, "start", len(everyone & start), len(everyone)),
            (scope, "asked_at_end", len(asked_at_end), len(everyone)),
            (scope, "end", len(everyone & end), len(asked_at_end)),
            (scope, "both", len(everyone & start & end), len(asked_at_end)),
        ]
    return pd.DataFrame(rows, columns=["scope", "step", "count", "total"])


def _attrition(study: Study, tables: Tables) -> pd.DataFrame:
    """Who answered what, by register variables: (by, group, both, start_only, end_only, neither).

    Only those who could have answered both: they have left, or answered the end survey.
    """
    persons = tables["persons"]
    who = {survey: set(part["person"]) for survey, part in tables["responses"].groupby("survey")}
    started, ended = (persons["person"].isin(who.get(s, set())) for s in ("start", "end"))
    could = (persons["outcome"] != "ongoing") | ended if "outcome" in persons else pd.Series(True, persons.index)
    rows = []
    for by, group, members in _groups(study, tables, persons[could]):
        a, b = started[members.index], ended[members.index]
        rows.append((by, group, *(int(x.sum()) for x in (a & b, a & ~b, ~a & b, ~a & ~b))))
    return pd.DataFrame(rows, columns=["by", "group", "both", "start_only", "end_only", "neither"])


# --- placement and outreach --------------------------------------------------------------------------------------------


def placement(study: Study, tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """Follow-up: (scope, by, group, measure, count, answered, invited); a term's scope is that of its follow-up."""
    persons = tables["persons"].drop(columns=["term"])
    joined = persons.merge(tables["followup"][["person", "term", "role"]], on="person", validate="1:1")
    rows = []
    for scope in scopes:
        for by, group, members in _groups(study, tables, in_scope(joined, scope)):
            answered = int(members["role"].notna().sum())
            for measure, roles in PLACEMENT_MEASURES.items():
                rows.append((scope, by, group, measure, int(members["role"].isin(roles).sum()), answered, len(members)))
    return pd.DataFrame(rows, columns=["scope", "by", "group", "measure", "count", "answered", "invited"])


def outreach(tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """The outreach funnel: (scope, channel, reached, applicants, enrolled, events)."""
    frames = []
    for scope in scopes:
        log = in_scope(tables["outreach"], scope)
        funnel = log.groupby("channel").agg(
            reached=("reached", "sum"), applicants=("applicants", "sum"), events=("date", "size")
        )
        if "persons" in tables and "channel" in tables["persons"]:
            enrolled = in_scope(tables["persons"], scope)["channel"].value_counts()
            funnel = funnel.join(enrolled.rename("enrolled"), how="outer")
            funnel.index.name = "channel"
        frames.append(funnel.fillna(0).astype("int64").reset_index().assign(scope=scope))
    columns = [c for c in ("reached", "applicants", "enrolled", "events") if c in frames[0]]
    return _columns(frames, ["scope", "channel", *columns])


# --- comparison group --------------------------------------------------------------------------------------------------


def arms(study: Study, tables: Tables) -> Tables:
    """``arm_transitions`` (arm, item, pre, post, count), ``arm_outcomes`` and ``arm_covariates`` (counts and moments)."""
    persons = tables["persons"]
    arm = persons.set_index("person")["arm"]
    result: Tables = {"arm_covariates": _arm_moments(study, persons.assign(_arm=persons["arm"]), "participants")}
    if "answers" in tables:
        pairs = _pairs(pd.concat([tables["answers"], _scales(study, tables["answers"])], ignore_index=True))
        pairs["arm"] = pairs["person"].map(arm)
        grouped = pairs.groupby(["arm", "item", "pre", "post"]).size().rename("count")
        result["arm_transitions"] = grouped.reset_index()
    if "followup" in tables:
        followup = tables["followup"].assign(_arm=tables["followup"]["person"].map(arm))
        result["arm_outcomes"] = _arm_moments(study, followup, "followup")
    return result


def _arm_moments(study: Study, frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Numeric variables by arm as moments: (arm, variable, count, mean, sd with n - 1)."""
    numeric = [v.id for v in study.variables if v.table == table and v.kind == "number" and v.id in frame]
    numeric += ["age"] if table == "participants" and "age" in frame else []
    rows = []
    for arm, part in frame.groupby("_arm"):
        for variable in numeric:
            values = part[variable].dropna().astype("float64")
            rows.append((arm, variable, len(values), values.mean(), values.std(ddof=1)))
    return pd.DataFrame(rows, columns=["arm", "variable", "count", "mean", "sd"])
