"""Need beside supply: where the published background says that training is needed, whom the project reached there, and
which actions of the plan answer it. Every number is a result row of another section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.report.document import NONE, Column, Number, Part, Table, Value
from evaltools.results.records import pick, value
from evaltools.sections import answers
from evaltools.sections.final import conclusions
from evaltools.sections.material import Labels, has_value

Line = list[Value]


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part | None:
    """Regions by unemployment, fields by shortage of applicants, groups by their share of the population."""
    lines = [*_regions(rows, labels), *_fields(rows, labels), *_groups(rows, labels)]
    if not lines:
        return None
    sentences = [*_most_unemployed(rows, labels), *_short_fields(rows, labels), *_answered_by(rows, labels)]
    columns = [
        Column(labels.say("need.by")),
        Column(labels.say("column.group")),
        Column(labels.say("need.need"), "range"),
        Column(labels.say("column.population_share"), "percent"),
        Column(labels.say("need.reached"), "percent"),
    ]
    source = labels.source("participants", "population", "employment", "barometer")
    notes = [labels.say("need.how")]
    table = Table("need", labels.say("need.table"), columns, lines, labels.language, notes, source, first=0)
    return Part("need", labels.say("need.heading"), sentences, [table])


def _ours(rows: pd.DataFrame, by: str, group: str) -> pd.Series | None:
    """The group's row among the participants, where its share is told."""
    found = pick(rows, topic="participants", table="composition", scope=ALL, by=by, group=group)
    return found.iloc[0] if len(found) == 1 and has_value(found).all() else None


def _reached(rows: pd.DataFrame, labels: Labels, by: str, group: str) -> Value:
    found = _ours(rows, by, group)
    return None if found is None else labels.share_of(found)


def _unemployment(rows: pd.DataFrame) -> pd.DataFrame:
    """The latest unemployment by region, the highest first."""
    found = pick(rows, topic="background", table="employment", item="latest", measure="unemployment", by="region")
    return found.dropna(subset=["estimate"]).sort_values("estimate", ascending=False, kind="stable")


def _outlooks(rows: pd.DataFrame) -> pd.DataFrame:
    """Fields taught by how short they are of applicants, the shortest first."""
    found = pick(rows, topic="background", table="barometer", measure="mean_outlook")
    return found.dropna(subset=["estimate"]).sort_values("estimate", ascending=False, kind="stable")


def _regions(rows: pd.DataFrame, labels: Labels) -> Iterator[Line]:
    for _, row in _unemployment(rows).iterrows():
        people = value(rows, topic="participants", table="population", by="region", group=row["group"])
        need = Number(float(row["estimate"]), "percent")
        ours = _reached(rows, labels, "region", row["group"])
        yield [labels.say("need.unemployment"), labels.group("region", row["group"]), need, people, ours]


def _fields(rows: pd.DataFrame, labels: Labels) -> Iterator[Line]:
    for _, row in _outlooks(rows).iterrows():
        need = Number(float(row["estimate"]), "decimal", 1)
        ours = _reached(rows, labels, "field", row["group"])
        yield [labels.say("need.shortage"), labels.group("field", row["group"]), need, NONE, ours]


def _groups(rows: pd.DataFrame, labels: Labels) -> Iterator[Line]:
    shares = pick(rows, topic="participants", table="representation", measure="population_share")
    for _, row in shares.dropna(subset=["estimate"]).iterrows():
        ours = _reached(rows, labels, "target_group", row["group"])
        group = labels.target_group(row["group"])
        yield [labels.by("target_group"), group, NONE, float(row["estimate"]), ours]


# --- what follows ---


def _most_unemployed(rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    for _, row in _unemployment(rows).iloc[:1].iterrows():
        people = value(rows, topic="participants", table="population", by="region", group=row["group"])
        ours = _ours(rows, "region", row["group"])
        if people is not None and ours is not None:
            words = {"region": labels.group("region", row["group"]), "share": labels.percent(row["estimate"], 0)}
            words |= {"people": labels.percent(people, 0), "ours": answers.whole(ours, labels)}
            yield labels.say("need.most_unemployed", **words)


def _short_fields(rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    named = []
    for _, row in _outlooks(rows).iterrows():
        ours = _ours(rows, "field", row["group"])
        if row["estimate"] > 0 and ours is not None:
            words = {"field": labels.inside(labels.group("field", row["group"])), "share": answers.whole(ours, labels)}
            named.append(labels.say("need.field", **words))
    if named:
        yield labels.say("need.short_fields", fields=i18n.listing(named, labels.language))


def _answered_by(rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    """Of each group that is surely under-represented: the actions of the plan that are for it, else its objectives."""
    objectives = labels.study.objectives
    for group in conclusions.under(rows):
        name = labels.inside(labels.target_group(group))
        actions = list(dict.fromkeys(a for each in objectives for a in each.group_actions.get(group, [])))
        serving = [each.name(labels.language) for each in objectives if group in each.target_groups]
        if actions:
            named = [labels.study.code_name("action", action, labels.language) for action in actions]
            yield labels.say("need.answered", group=name, actions="; ".join(map(labels.inside, named)))
        elif serving:
            yield labels.say("need.objective_only", group=name, objectives=i18n.listing(serving, labels.language))
        else:
            yield labels.say("need.unanswered", group=name)
