"""Microdata to counts: the only place that looks at persons. Everything after it works on the small tables made here.

``collect(study, tables, term)`` gives every count table by name. All are long: dimension columns, then whole numbers.
``scope`` is ``all`` (cumulative to the end of the term) or the id of a term. In the dimension columns ``unknown``
stands where the register does not say, so that the parts of a whole add up.
"""

from __future__ import annotations

from itertools import product

import pandas as pd

from evaltools.counts import engines
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN, Tables
from evaltools.study.model import Study
from evaltools.study.survey_model import Item, Scale

ALL = "all"
TOTAL = "total"
NO_ANSWER = "no_answer"
CANNOT_SAY = "cannot_say"
BACKGROUND = ("gender", "age_group", "region", "language", "education", "activity", "channel", "arm")
OF_ENROLMENT = ("field", "kind")
OUTCOMES = ("completed", "dropped", "ongoing")
LEFT = ("completed", "dropped")
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
    members = memberships(study, tables) if "persons" in tables else pd.DataFrame()
    if "persons" in tables:
        counts |= participants(study, tables, members, scopes)
    if "answers" in tables:
        counts |= surveys(study, tables, members, scopes)
    if "followup" in tables and "persons" in tables:
        counts["placement"] = placement(study, tables, members, scopes)
        if study.followup and study.followup.weight_by:
            counts["placement_cells"] = placement_cells(study, tables, members)
    if "outreach" in tables:
        counts["outreach"] = outreach(tables, scopes)
    if study.comparison is not None:
        counts |= arms(study, tables)
    sizes = records(study, tables, scopes)
    if len(sizes):
        counts["records"] = sizes
    return counts | (items(study, counts) if "answers" in counts else {})


def in_scope(frame: pd.DataFrame, scope: str) -> pd.DataFrame:
    return frame if scope == ALL else frame[frame["term"] == scope]


# --- breakdowns ---


def memberships(study: Study, tables: Tables) -> pd.DataFrame:
    """Which person belongs to which group of which breakdown: (person, by, group), in the order of the study file.

    Everybody belongs to the total; of target groups, fields and kinds of study a person can belong to several.
    """
    persons = tables["persons"]
    parts = [_belonging(persons["person"], TOTAL, TOTAL)]
    for group in study.target_groups:
        parts.append(_belonging(persons.loc[persons[f"tg_{group.id}"], "person"], "target_group", group.id))
    if study.target_groups:
        parts.append(_belonging(persons.loc[persons[f"tg_{ANY_GROUP}"], "person"], "target_group", ANY_GROUP))
    for by in (b for b in BACKGROUND if b in persons):
        group = persons[by].astype("object").where(persons[by].notna(), UNKNOWN)
        parts.append(_sorted(study, by, persons[["person"]].assign(by=by, group=group)))
    for by in (b for b in OF_ENROLMENT if "enrolments" in tables and b in tables["enrolments"]):
        those = tables["enrolments"].loc[lambda e: e["person"].isin(persons["person"]), ["person", by]]
        those = those.dropna().drop_duplicates().rename(columns={by: "group"}).assign(by=by)
        parts.append(_sorted(study, by, those))
    return pd.concat(parts, ignore_index=True)[["person", "by", "group"]].astype({"group": "object"})


def _belonging(persons: pd.Series, by: str, group: str) -> pd.DataFrame:
    return pd.DataFrame({"person": persons, "by": by, "group": group})


def _sorted(study: Study, by: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows in the order of the study file's list, ``unknown`` last."""
    declared = [g.id for g in study.age_groups] if by == "age_group" else [c.id for c in study.codes.get(by, [])]
    place = {code: i for i, code in enumerate([*declared, UNKNOWN])}
    return frame.sort_values("group", key=lambda g: g.map(place), kind="stable")


def tally(study: Study, members: pd.DataFrame, values: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """Sums of ``values`` over the members of every group: (scope, by, group, *columns).

    ``values`` has one row a person: ``person``, ``term`` and whole-number columns. Persons without a row are left out.
    Target groups and the total stand in every scope, with zeros where nobody is; other groups where somebody is.
    """
    columns = [c for c in values if c not in ("person", "term")]
    joined = members.merge(values.assign(_rows=1), on="person", validate="m:1")
    places = members[["by", "group"]].drop_duplicates().itertuples(index=False, name=None)
    always = [(TOTAL, TOTAL)] + [("target_group", g.id) for g in study.target_groups]
    always += [("target_group", ANY_GROUP)] if study.target_groups else []
    order = list(dict.fromkeys([*always, *places]))
    numbers, frames = [*columns, "_rows"], []
    held = engines.hold(joined[["term", "by", "group", *numbers]], engines.chosen(study.engine, len(joined)))
    of_terms = engines.sums(held, ["term", "by", "group"], numbers)
    for scope in scopes:
        sums = in_scope(of_terms, scope).groupby(["by", "group"], sort=False)[numbers].sum()
        wanted = [place for place in order if place in sums.index or place in always]
        whole = sums.reindex(pd.MultiIndex.from_tuples(wanted, names=["by", "group"]), fill_value=0)
        frames.append(whole[columns].astype("int64").reset_index().assign(scope=scope))
    return _columns(frames, ["scope", "by", "group", *columns])


def _counted(study: Study, frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How many rows there are of each combination, on the study's engine, in the types of the frame."""
    held = engines.hold(frame[by], engines.chosen(study.engine, len(frame)))
    return engines.count(held, by).astype(frame[by].dtypes.to_dict())


def _by_measure(frame: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Columns of measures to rows: (..., measure, count), the measures of a group together."""
    keys = [c for c in frame if c not in measures]
    long = frame.reset_index(names="_place").melt(["_place", *keys], measures, "measure", "count")
    order = {measure: i for i, measure in enumerate(measures)}
    long = long.sort_values(["_place", "measure"], key=lambda c: c.map(order) if c.name == "measure" else c)
    first = [k for k in keys if k not in ("answered", "invited")]
    return long[[*first, "measure", "count", "answered", "invited"]].reset_index(drop=True)


# --- participants ---


def participants(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> Tables:
    """``composition`` (scope, by, group, count, total), ``cross``, ``overlap``, ``completion``, ``registrations``."""
    persons = tables["persons"]
    composition = tally(study, members, persons[["person", "term"]].assign(count=1), scopes)
    total = composition[composition["by"] == TOTAL].set_index("scope")["count"]
    result = {
        "composition": composition.assign(total=composition["scope"].map(total)),
        "registrations": _registrations(persons),
    }
    if study.target_groups:
        result["cross"] = _cross(study, persons, members)
        result["overlap"] = _overlap(study, persons)
    if "outcome" in persons:
        result["completion"] = _completion(study, persons, members, scopes)
    return result


def _registrations(persons: pd.DataFrame) -> pd.DataFrame:
    """How many persons were registered once, and how many in more than one term."""
    again = int((persons["registrations"] > 1).sum())
    rows = [("once", len(persons) - again, len(persons)), ("again", again, len(persons))]
    return pd.DataFrame(rows, columns=["group", "count", "total"])


def _cross(study: Study, persons: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Each target group by every other breakdown: (target_group, by, group, count, total)."""
    others = members[~members["by"].isin([TOTAL, "target_group", "arm"])]
    flags = {g.id: persons.set_index("person")[f"tg_{g.id}"].astype("int64") for g in study.target_groups}
    counted = others.assign(**{name: others["person"].map(flag) for name, flag in flags.items()})
    sums = counted.groupby(["by", "group"], sort=False)[list(flags)].sum()
    long = sums.reset_index().melt(["by", "group"], var_name="target_group", value_name="count")
    long["total"] = long["target_group"].map({name: int(flag.sum()) for name, flag in flags.items()})
    return long[["target_group", "by", "group", "count", "total"]].astype({"count": "int64", "total": "int64"})


def _overlap(study: Study, persons: pd.DataFrame) -> pd.DataFrame:
    """For each pair of target groups how many persons are in both; ``total`` is the size of the first."""
    flags = {g.id: persons[f"tg_{g.id}"] for g in study.target_groups}
    rows = [(a, b, int((flags[a] & flags[b]).sum()), int(flags[a].sum())) for a in flags for b in flags]
    return pd.DataFrame(rows, columns=["group", "group2", "count", "total"])


def _completion(study: Study, persons: pd.DataFrame, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How studies stand: (scope, by, group, measure, count, answered, invited); the register knows all who started."""
    known = persons.dropna(subset=["outcome"])
    values = known[["person", "term"]].assign(answered=1, invited=1)
    for measure in OUTCOMES:
        values[measure] = (known["outcome"] == measure).astype("int64")
    members = members[members["by"].isin([TOTAL, "target_group", *OF_ENROLMENT])]
    return _by_measure(tally(study, members, values, scopes), list(OUTCOMES))


# --- surveys ---


def surveys(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> Tables:
    """``responses`` (steps of participation), ``attrition``, ``answers`` (all values), ``transitions`` (pairs)
    and ``scale_items`` (covariances)."""
    answers = pd.concat([tables["answers"], _scales(study, tables["answers"])], ignore_index=True)
    pairs = _pairs(answers)
    pair = ["item", "pre", "post"]
    of_terms = _counted(study, pairs, ["term", *pair])
    transitions = [in_scope(of_terms, s).groupby(pair)["count"].sum().reset_index().assign(scope=s) for s in scopes]
    result = {
        "transitions": _columns(transitions, ["scope", "item", "pre", "post", "count"]),
        "answers": _answer_counts(study, tables["answers"], scopes),
        "scale_items": _scale_items(study, tables["answers"]),
    }
    if "persons" in tables:
        result |= {"responses": _responses(tables, scopes), "attrition": _attrition(study, tables, members)}
    return result


def _columns(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)[columns]


def _scales(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Sums of items for those who answered each of them; items where lower is better are turned first."""
    sums = []
    for scale in study.survey.scales:
        grouped = _turned(study, scale, answers).groupby(["person", "term", "survey"], sort=False)["value"]
        sizes = grouped.agg(["sum", "size"])
        whole = sizes.loc[sizes["size"] == len(scale.items), "sum"].rename("value").reset_index()
        sums.append(whole.assign(item=scale.id, cannot_say=False))
    return pd.concat(sums, ignore_index=True) if sums else answers.iloc[:0]


def _turned(study: Study, scale: Scale, answers: pd.DataFrame) -> pd.DataFrame:
    """The answers to a scale's items, turned so that higher is better on each."""
    turned = []
    for item in (study.item(i) for i in scale.items):
        part = answers.loc[answers["item"] == item.id, ["person", "term", "survey", "item", "value"]].dropna()
        value = part["value"] if item.direction == "higher" else item.min + item.max - part["value"]
        turned.append(part.assign(value=value))
    return pd.concat(turned)


def _scale_items(study: Study, answers: pd.DataFrame) -> pd.DataFrame:
    """Covariances of a scale's items (divisor n - 1; 0 where n < 2) over those who answered each of them:
    (scale, survey, item, item2, count, covariance)."""
    rows = []
    for scale in study.survey.scales:
        for survey, part in _turned(study, scale, answers).groupby("survey"):
            wide = part.pivot(index="person", columns="item", values="value").reindex(columns=scale.items).dropna()
            covariance = wide.cov() if len(wide) > 1 else None
            rows += [
                (scale.id, survey, a, b, len(wide), 0.0 if covariance is None else float(covariance.loc[a, b]))
                for a in scale.items
                for b in scale.items
            ]
    return pd.DataFrame(rows, columns=["scale", "survey", "item", "item2", "count", "covariance"])


def _pairs(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a person and item answered at both times: pre, post, and the term of the end survey."""
    given = answers.dropna(subset=["value"])
    start = given.loc[given["survey"] == "start", ["person", "item", "value"]].rename(columns={"value": "pre"})
    end = given.loc[given["survey"] == "end", ["person", "item", "value", "term"]].rename(columns={"value": "post"})
    return start.merge(end, on=["person", "item"], validate="1:1")


def _answer_counts(study: Study, answers: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """How often each answer was given: (scope, survey, item, value, count); ``value`` missing for the answer
    ``cannot_say`` (flag) and for blanks."""
    keys = ["survey", "item", "value", "cannot_say"]
    of_terms = _counted(study, answers, ["term", *keys])
    frames = [
        in_scope(of_terms, scope).groupby(keys, dropna=False)["count"].sum().reset_index().assign(scope=scope)
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
        left = set(chosen.loc[chosen["outcome"].isin(LEFT), "person"]) if left_known else everyone
        asked_at_end = left | (everyone & end)
        rows += [
            (scope, "participants", len(everyone), len(everyone)),
            (scope, "start", len(everyone & start), len(everyone)),
            (scope, "asked_at_end", len(asked_at_end), len(everyone)),
            (scope, "end", len(everyone & end), len(asked_at_end)),
            (scope, "both", len(everyone & start & end), len(asked_at_end)),
        ]
    return pd.DataFrame(rows, columns=["scope", "step", "count", "total"])


def _attrition(study: Study, tables: Tables, members: pd.DataFrame) -> pd.DataFrame:
    """Who answered what, by register variables: (by, group, both, start_only, end_only, neither).

    Only those who could have answered both: they have left, or answered the end survey.
    """
    persons = tables["persons"]
    who = {survey: set(part["person"]) for survey, part in tables["responses"].groupby("survey")}
    started, ended = (persons["person"].isin(who.get(s, set())) for s in ("start", "end"))
    could = persons["outcome"].isin(LEFT) | ended if "outcome" in persons else pd.Series(True, persons.index)
    answered = {
        "both": started & ended,
        "start_only": started & ~ended,
        "end_only": ~started & ended,
        "neither": ~started & ~ended,
    }
    values = persons[["person", "term"]].assign(**{name: flag.astype("int64") for name, flag in answered.items()})
    return tally(study, members, values[could], [ALL]).drop(columns="scope")


# --- placement and outreach ---


def placement(study: Study, tables: Tables, members: pd.DataFrame, scopes: list[str]) -> pd.DataFrame:
    """Follow-up: (scope, by, group, measure, count, answered, invited); a term's scope is that of its follow-up."""
    values = _placed(tables["followup"])
    return _by_measure(tally(study, members, values, scopes), list(PLACEMENT_MEASURES))


def _placed(followup: pd.DataFrame) -> pd.DataFrame:
    """One row a person asked: invited, answered, and whether each measure holds."""
    values = followup[["person", "term"]].assign(answered=followup["role"].notna().astype("int64"), invited=1)
    for measure, roles in PLACEMENT_MEASURES.items():
        values[measure] = followup["role"].isin(roles).astype("int64")
    return values


def placement_cells(study: Study, tables: Tables, members: pd.DataFrame) -> pd.DataFrame:
    """Response cells of the weighted estimates: (by, group, cell, measure, count, answered, invited)."""
    persons = tables["persons"]
    weight_by = list(study.followup.weight_by)  # type: ignore[union-attr]
    words = persons[weight_by].astype("object").where(persons[weight_by].notna(), UNKNOWN)
    cells = persons[["person"]].assign(cell=words.agg(" | ".join, axis=1))
    members = members[members["by"].isin([TOTAL, "target_group"])]
    joined = members.merge(_placed(tables["followup"]), on="person", validate="m:1").merge(cells, on="person")
    columns = [*PLACEMENT_MEASURES, "answered", "invited"]
    sums = joined.groupby(["by", "group", "cell"], sort=False)[columns].sum().reset_index()
    return _by_measure(sums, list(PLACEMENT_MEASURES))


def outreach(tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """The outreach funnel: (scope, channel, reached, applicants, enrolled, events)."""
    frames = []
    for scope in scopes:
        log = in_scope(tables["outreach"], scope)
        funnel = log.groupby("channel").agg(
            reached=("reached", "sum"), applicants=("applicants", "sum"), events=("date", "size")
        )
        if "persons" in tables and "channel" in tables["persons"]:
            channel = in_scope(tables["persons"], scope)["channel"].astype("object")
            enrolled = channel.where(channel.notna(), UNKNOWN).value_counts()
            funnel = funnel.join(enrolled.rename("enrolled"), how="outer")
            funnel.index.name = "channel"
        frames.append(funnel.fillna(0).astype("int64").reset_index().assign(scope=scope))
    columns = [c for c in ("reached", "applicants", "enrolled", "events") if c in frames[0]]
    return _columns(frames, ["scope", "channel", *columns])


# --- comparison group ---


def arms(study: Study, tables: Tables) -> Tables:
    """``arm_transitions`` (arm, item, pre, post, count), ``arm_outcomes`` and ``arm_covariates`` (moments)."""
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


# --- what stages print besides ---

RECORDS = ("enrolments", "responses", "followup")  # tidy tables with one row (or more) a person


def records(study: Study, tables: Tables, scopes: list[str]) -> pd.DataFrame:
    """Sizes: rows of tables of persons, those who have left, late answers, persons of whom the register does not say.

    (record, scope, by, group, count); ``missing`` by background variable, the others of the whole.
    """
    rows = [
        (name, scope, TOTAL, TOTAL, len(in_scope(tables[name], scope)))
        for name in RECORDS
        if name in tables
        for scope in (scopes if "term" in tables[name] else [ALL])
    ]
    if "late" in tables.get("responses", ()):
        rows.append(("late", ALL, TOTAL, TOTAL, int(tables["responses"]["late"].sum())))
    if "persons" in tables:
        persons = tables["persons"]
        rows += [
            ("missing", ALL, by, UNKNOWN, int(persons["age" if by == "age_group" else by].isna().sum()))
            for by in BACKGROUND
            if ("age" if by == "age_group" else by) in persons
        ]
        if "outcome" in persons:
            known = scopes if "end" in persons else [ALL]
            rows += [("leavers", scope, TOTAL, TOTAL, _leavers(study, persons, scope)) for scope in known]
    return pd.DataFrame(rows, columns=["record", "scope", "by", "group", "count"])


def _leavers(study: Study, persons: pd.DataFrame, scope: str) -> int:
    """How many have left their studies, so far or in the term."""
    left = persons[persons["outcome"].isin(LEFT)]
    if scope == ALL:
        return len(left)
    term = study.term(scope)
    return int(left["end"].between(pd.Timestamp(term.start), pd.Timestamp(term.end)).sum())


def items(study: Study, counts: Tables) -> Tables:
    """The survey's counts as reports print them, made of ``answers``, ``transitions`` and ``scale_items``:
    ``items`` (scope, item, measure, count), ``item_pairs`` (item, pre, post, count), ``item_answers`` (item, value,
    count) of items asked at the end only, and with study arms ``arm_items`` (arm, item, count)."""
    pairs, answers = counts["transitions"], counts["answers"]
    paired = pairs.groupby(["scope", "item"], sort=False)["count"].sum().reset_index()
    of_all = pairs[pairs["scope"] == ALL].drop(columns="scope")
    way = (of_all["post"] - of_all["pre"]).round(9)
    asked = answers[answers["scope"] == ALL]
    parts = [paired.assign(measure="paired")]
    for measure, those in (("higher", way > 0), ("same", way == 0), ("lower", way < 0)):
        chosen = of_all["count"].where(those, 0).groupby(of_all["item"], sort=False).sum()
        parts.append(chosen.reset_index().assign(measure=measure, scope=ALL))
    parts.append(_once(asked, counts["scale_items"], paired[paired["scope"] == ALL]))
    likert = [item for item in study.survey.items if item.kind == "likert"]
    result = {
        "items": _columns(parts, ["scope", "item", "measure", "count"]).astype({"count": "int64"}),
        "item_pairs": _grid(of_all, [i for i in likert if set(i.surveys) == {"start", "end"}], ["pre", "post"]),
        "item_answers": _grid(asked[asked["survey"] == "end"], [i for i in likert if i.surveys == ["end"]], ["value"]),
    }
    if "arm_transitions" in counts:
        sums = counts["arm_transitions"].groupby(["arm", "item"], sort=False)["count"].sum()
        result["arm_items"] = sums.reset_index()
    return result


def _once(asked: pd.DataFrame, scale_items: pd.DataFrame, paired: pd.DataFrame) -> pd.DataFrame:
    """By survey and item: who was asked, could not say, gave a value, and gave one at this survey only."""
    keys = ["survey", "item"]
    sums = asked.assign(
        asked=asked["count"],
        cannot_say=asked["count"].where(asked["cannot_say"], 0),
        given=asked["count"].where(asked["value"].notna(), 0),
    )
    sums = sums.groupby(keys, sort=False)[["asked", "cannot_say", "given"]].sum()
    of_scales = scale_items[["survey", "scale", "count"]].drop_duplicates(["survey", "scale"])
    scales = of_scales.rename(columns={"scale": "item", "count": "given"}).set_index(keys)
    sums = pd.concat([sums, scales])
    both = sums.index.get_level_values("item").map(paired.set_index("item")["count"]).to_numpy()
    sums["alone"] = (sums["given"] - pd.Series(both, sums.index).fillna(0)).clip(lower=0)
    long = sums.reset_index().melt(keys, var_name="what", value_name="count").dropna(subset=["count"])
    return long.assign(measure=long["survey"] + "_" + long["what"], scope=ALL)


def _grid(counted: pd.DataFrame, likert: list[Item], columns: list[str]) -> pd.DataFrame:
    """Counts of every possible answer (or pair of answers) to each item, zeros included."""
    answers = {item.id: [item.min + i for i in range(int(item.max - item.min) + 1)] for item in likert}
    rows = [(item, *place) for item, values in answers.items() for place in product(values, repeat=len(columns))]
    frame = pd.DataFrame(rows, columns=["item", *columns]).astype(dict.fromkeys(columns, "float64"))
    known = counted.dropna(subset=columns)[["item", *columns, "count"]].astype(dict.fromkeys(columns, "float64"))
    return frame.merge(known, how="left", on=["item", *columns]).fillna({"count": 0}).astype({"count": "int64"})
