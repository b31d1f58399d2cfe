"""Objectives one by one: whether each was reached and how good the evidence is, the results, and the actions.

A verdict is counted from what the study file reads the objective by: targets, target groups against the population,
questions, placement against the benchmark. Where none of these can be judged, it is that of the actions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import NONE, Column, Kind, Number, Part, Table, Value
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections import monitoring, rate_tables, survey
from evaltools.sections.material import Labels, number
from evaltools.study.evaluation_model import Objective
from evaltools.study.model import Study

COUNTED = ("actions", "done", "late")
VERDICTS = ("reached", "partly", "not", "open")
YES, NO, OPEN = "yes", "no", "open"
REGISTER, ANSWERS, FEW_ANSWERS = 3, 2, 1  # how good the evidence is
ENOUGH = 0.6  # of those asked who answered, for answers to be better evidence than few
SYMBOLS = {3: "●●●", 2: "●●○", 1: "●○○", 0: "○○○"}
ANY = frozenset({YES, NO, OPEN})
# what a standing, a change or the side of an interval says of an objective; of all others nothing is known
STANDS = {"reached": {YES}, "on_track": {YES}, "behind": {NO}, "missed": {NO}}
MOVES = {"improved": {YES}, "worse": {NO}, "unclear": {OPEN}, "not_judged": {OPEN}}
SIDES = {"above": {YES}, "below": {NO}, "unclear": {OPEN}}


class Vote(NamedTuple):
    """What a result says of an objective, and how good it is as evidence: all that the exact numbers may give.

    ``of`` is the result: what it is read from (``target``, ``group``, ``item``, ``placement``) and its id there.
    """

    said: Set[str]
    evidence: Set[int]
    of: tuple[str, str] = ("", "")


def rows(results: ResultSet, study: Study, now: pd.DataFrame) -> None:
    """Of each objective with actions: how many there are, how many are done, how many are open past their day."""
    plan = pick(now, topic="monitoring", table="action")
    serving = [sum(id in each.actions for each in study.objectives) for id in pick(plan, measure="planned")["item"]]
    if study.objectives and serving:
        results.amount("objective", "shared", sum(n > 1 for n in serving), "actions")
        results.amount("objective", "none", serving.count(0), "actions")
    for objective in study.objectives:
        planned = pick(plan, measure="planned")
        planned = planned[planned["item"].isin(objective.actions)]
        delays = pick(plan, measure="delay").set_index("item")["estimate"]
        late = [i for i in pick(planned, note="open")["item"] if pd.notna(delays[i]) and delays[i] > 0]
        counts = (len(planned), int((planned["note"] == "done").sum()), len(late))
        for measure, count in zip(COUNTED, counts, strict=True):
            results.amount("objective", measure, count, "actions", item=objective.id)
        votes = [*read_votes(objective, study, now, results.protected)]
        verdict, evidence = judged(votes, _of_actions(planned))
        results.amount("objective", "verdict", None, note=verdict, item=objective.id)
        results.amount("objective", "evidence", evidence, "steps", item=objective.id)


def judged(votes: Sequence[Vote], of_actions: Sequence[Vote]) -> tuple[str, int | None]:
    """The verdict on an objective, and how good the evidence is: what holds whatever the exact numbers are.

    Where votes leave several verdicts, it is open; where they leave several degrees of evidence, that is None. Where
    nothing can be judged, the actions are (``of_actions``).
    """
    sure = frozenset(said for vote in votes if len(vote.said) == 1 for said in vote.said)
    untold = sum(len(vote.said) > 1 for vote in votes)
    more = [some for n in range(1, min(untold, len(ANY)) + 1) for some in combinations(sorted(ANY), n)] or [()]
    actions = frozenset(said for vote in of_actions for said in vote.said)
    verdicts = {_verdict(said if said - {OPEN} else said | actions) for said in (sure.union(some) for some in more)}
    return verdicts.pop() if len(verdicts) == 1 else "open", _evidence(votes, of_actions)


def _verdict(said: frozenset[str]) -> str:
    """Reached where all say so; not where none does and some say no; open where nothing can be judged."""
    if YES not in said:
        return "not" if NO in said else "open"
    return "reached" if said == {YES} else "partly"


def _evidence(votes: Sequence[Vote], of_actions: Sequence[Vote]) -> int | None:
    """That of the weakest result that is judged."""
    sure, some = ([vote for vote in votes if test(vote)] for test in (_is_judged, _may_be_judged))
    if not some:
        return min((level for vote in of_actions for level in vote.evidence), default=0)
    if not sure:
        return None
    least, most = min(min(vote.evidence) for vote in some), min(max(vote.evidence) for vote in sure)
    return least if least == most else None


def _is_judged(vote: Vote) -> bool:
    return OPEN not in vote.said


def _may_be_judged(vote: Vote) -> bool:
    return vote.said != {OPEN}


def read_votes(objective: Objective, study: Study, now: pd.DataFrame, protected: bool) -> Iterator[Vote]:
    """What each result says. Of a result that a protected edition withholds, anything may be so."""
    withheld: Set[str] = ANY if protected else {OPEN}
    for target in (t for t in study.targets if t.id in objective.targets):
        here = pick(now, topic="monitoring", table="targets", item=target.id)
        if len(here):
            of_register = target.measure in monitoring.FROM_COMPOSITION
            level = {REGISTER} if of_register else _answers(now, "placement", protected)
            yield Vote(STANDS.get(monitoring.standing_of(here, target), withheld), level, ("target", target.id))
    represented = pick(now, topic="participants", table="representation")
    shares = pick(represented, measure="population_share")
    for group in shares[(shares["estimate"] > 0) & shares["group"].isin(objective.target_groups)]["group"]:
        row = pick(represented, measure="representation_ratio", group=group)
        side = rate_tables.side(row.iloc[0], 1.0) if len(row) else ""
        if len(row) or protected:
            yield Vote(SIDES.get(side, withheld), {REGISTER}, ("group", group))
    changed = pick(now, topic="survey", table="item", measure="net_change", scope=ALL)
    for _, row in changed[changed["item"].isin(objective.items)].iterrows():
        moved = MOVES.get(survey.direction_of(row), withheld)
        yield Vote(moved, _answers(now, "survey", protected), ("item", row["item"]))
    gaps = pick(now, topic="placement", table="benchmark", group="difference")
    benchmarks = pick(now, topic="placement", table="benchmark", group="benchmark")
    for _, their in benchmarks[benchmarks["measure"].isin(objective.placement)].iterrows():
        row = pick(gaps, measure=their["measure"], item=their["item"], group2=their["group2"])
        side = rate_tables.side(row.iloc[0]) if len(row) else ""
        if len(row) or protected:
            level = _answers(now, "placement", protected)
            yield Vote(SIDES.get(side, withheld), level, ("placement", their["measure"]))


def _answers(now: pd.DataFrame, topic: str, protected: bool) -> set[int]:
    """How good answers are as evidence: by how many of those asked gave them."""
    table, measure = {"survey": ("responses", "both"), "placement": ("followup", "answered")}[topic]
    place = {"topic": topic, "table": table, "measure": measure, "scope": ALL}
    share, *ends = (value(now, column, **place) for column in ("estimate", "possible_lower", "possible_upper"))
    if share is None and protected:
        low, high = (end if end is not None else other for end, other in zip(ends, (0.0, 1.0), strict=True))
        return {level for level, possible in ((FEW_ANSWERS, low < ENOUGH), (ANSWERS, high >= ENOUGH)) if possible}
    return {ANSWERS if share is not None and share >= ENOUGH else FEW_ANSWERS}


def _of_actions(planned: pd.DataFrame) -> list[Vote]:
    """What was done of what was planned, where results tell nothing: the organisation's own record."""
    kept = planned[planned["note"] != "cancelled"]
    return [Vote({YES if note == "done" else NO}, {FEW_ANSWERS}) for note in kept["note"]]


def parts(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> list[Part]:
    """A table of all objectives, then a section for each."""
    heading = labels.say("report.objectives_heading")
    if not labels.study.objectives:
        return [Part("objectives", heading, [labels.say("report.objectives_none")])]
    found = pick(rows, topic="report", table="objective")
    lines = [
        [
            each.name(labels.language),
            labels.say(f"report.verdict.{verdict_of(found, each)}"),
            _symbol(value(found, measure="evidence", item=each.id)),
            *(value(found, measure=m, item=each.id) for m in COUNTED),
        ]
        for each in labels.study.objectives
    ]
    columns = [
        Column(labels.say(f"report.{name}")) for name in ("objective", "objective_verdict", "objective_evidence")
    ]
    columns += [Column(labels.say(f"report.objective_{m}"), "integer") for m in COUNTED]
    caption, source = labels.say("report.objectives_table"), labels.source("actions")
    notes = [labels.say("report.verdict_how"), labels.say("report.evidence_how")]
    table = Table("objectives", caption, columns, lines, labels.language, notes, source)
    sentences = [labels.say("report.objectives_how"), *_counts(rows, found, labels)]
    first = Part("objectives", heading, sentences, [table])
    return [first, *(_objective(each, rows, labels) for each in labels.study.objectives)]


def _counts(rows: pd.DataFrame, found: pd.DataFrame, labels: Labels) -> Iterator[str]:
    """Why the actions of the objectives do not add up to those of the plan, where they do not."""
    shared, none = (value(found, measure=measure, item="") for measure in ("shared", "none"))
    if shared or none:
        everything = value(rows, topic="monitoring", table="actions", measure="all", by="", scope=ALL)
        words = {"all": everything, "shared": shared, "none": none}
        yield labels.say("report.objective_counts", **{word: labels.number(n) for word, n in words.items()})


def _symbol(evidence: float | None) -> Value:
    return NONE if evidence is None else SYMBOLS[int(evidence)]


def verdict_of(found: pd.DataFrame, objective: Objective) -> str:
    """The verdict on an objective, from rows of the table ``objective``."""
    row = pick(found, measure="verdict", item=objective.id)
    return str(row["note"].iloc[0]) if len(row) else "open"


def _objective(objective: Objective, rows: pd.DataFrame, labels: Labels) -> Part:
    sentences = list(_results(objective, rows, labels)) or [labels.say("report.objective_no_results")]
    plan = pick(rows, topic="report", table="objective", item=objective.id)
    if value(plan, measure="actions") and not objective.is_judged:
        counts = {word: labels.number(value(plan, measure=m)) for word, m in (("done", "done"), ("planned", "actions"))}
        sentences.append(labels.say("report.objective_by_actions", **counts))
    actions = _actions(objective, rows, labels)
    return Part(f"objectives.{objective.id}", objective.name(labels.language), sentences, actions)


def _actions(objective: Objective, rows: pd.DataFrame, labels: Labels) -> list[Table]:
    plan = pick(rows, topic="monitoring", table="action")
    planned = pick(plan, measure="planned")
    planned = planned[planned["item"].isin(objective.actions)]
    if planned.empty:
        return []
    done = pick(plan, measure="done").set_index("item")["date"]
    columns = [
        (
            Column(labels.say("monitoring.action")),
            lambda row: labels.study.code_name("action", row["item"], labels.language),
        ),
        (Column(labels.say("monitoring.planned"), "date"), lambda row: row["date"]),
        (Column(labels.say("monitoring.status")), lambda row: labels.say(f"monitoring.action_{row['note']}")),
        (Column(labels.say("monitoring.done"), "date"), lambda row: done[row["item"]] or NONE),
    ]
    caption = labels.say("report.objective_plan", name=objective.name(labels.language))
    table = labels.table(f"objective-{objective.id}", caption, planned, columns, source=labels.source("actions"))
    return [replace(table, first=0)]


# --- the concrete results ---


def _results(objective: Objective, rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    """Each result of an objective, and whether it speaks for it."""
    votes = [*read_votes(objective, labels.study, rows, labels.protected)]
    read: list[tuple[str, Sequence[str], Callable[[str, pd.DataFrame, Labels], Iterator[str]]]] = [
        ("target", objective.targets, target_sentences),
        ("group", objective.target_groups, group_sentences),
        ("item", objective.items, _item),
        ("placement", objective.placement, placed_sentences),
    ]
    for kind, ids, sentences in read:
        for id in ids:
            said = [vote.said for vote in votes if vote.of == (kind, id)]
            yield from (_marked(sentence, said, labels) for sentence in sentences(id, rows, labels))
    for kind in objective.contacts:
        count = value(rows, topic="monitoring", table="contacts", measure=kind, by="", scope=ALL)
        if count is not None:
            yield labels.say(f"report.objective_{kind}", n=count)


def _marked(sentence: str, said: Sequence[Set[str]], labels: Labels) -> str:
    """A sentence of a result with what the result says of the objective; as it is, where that has no say in it."""
    if not said:
        return sentence
    ways = {way for each in said for way in each}
    way = ways.pop() if len(ways) == 1 else OPEN
    return f"{sentence} {labels.say(f'report.speaks.{way}')}"


def target_sentences(target: str, rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    here = pick(rows, topic="monitoring", table="targets", item=target)
    actual = pick(here, measure="actual")
    if actual.empty:
        return
    kind: Kind = "integer" if (actual["kind"] == "count").any() else "percent"
    share = None if kind == "integer" else labels.share_of(actual.iloc[0])
    found = (
        share if isinstance(share, str) else Number(number("count")(actual.iloc[0]) if share is None else share, kind)
    )
    wanted = Number(value(here, measure="target"), kind)
    name = next(t.name(labels.language) for t in labels.study.targets if t.id == target)
    yield labels.say(
        "report.objective_target", name=name, actual=labels.formatted(found), target=labels.formatted(wanted)
    )


def group_sentences(group: str, rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    here = pick(rows, topic="participants", table="composition", by="target_group", group=group, scope=ALL)
    represented = pick(rows, topic="participants", table="representation", measure="population_share", group=group)
    for _, row in here.iterrows():
        words = {"group": labels.target_group(group), "n": row["count"], "share": labels.share(row)}
        population = value(represented, measure="population_share")
        if words["share"] == i18n.NOTHING:
            yield labels.say("report.objective_group_withheld", group=words["group"])
        elif population is None:
            yield labels.say("report.objective_group", **words)
        else:
            yield labels.say("report.objective_group_of", population=labels.percent(population, 0), **words)


def _item(item: str, rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    """The change of a question asked twice; agreement with one asked at the end."""
    question = labels.question(item)
    change = pick(rows, topic="survey", table="item", measure="net_change", item=item, scope=ALL)
    for _, row in change.iterrows():
        direction = survey.direction_of(row)
        if direction == "not_judged":
            yield labels.say("survey.results.too_few", question=labels.say("survey.quoted", question=question))
            continue
        if direction == "not_told":
            yield labels.say("report.objective_not_told", question=question)
            continue
        lower, upper = ("effect_lower", "effect_upper") if pd.notna(row["effect_lower"]) else ("lower", "upper")
        pairs = pick(rows, topic="survey", table="item", measure="paired", item=item, scope=ALL)
        words = {"effect": rate_tables.points_of(row, labels), "n": pairs["count"].iloc[0]}
        words["interval"] = labels.points_interval(row[lower], row[upper])
        yield labels.say(f"report.objective_{direction}", question=question, **words)
    agree = pick(rows, topic="survey", table="feedback", measure="agree", item=item).dropna(subset=["estimate"])
    for _, row in agree.iterrows():
        words = {"count": labels.number(row["count"]), "answered": labels.number(row["answered"])}
        yield labels.say("report.objective_agree", question=question, share=labels.percent(row["estimate"]), **words)


def placed_sentences(measure: str, rows: pd.DataFrame, labels: Labels) -> Iterator[str]:
    here = pick(rows, topic="placement", table="placement", measure=measure, by=TOTAL, scope=ALL)
    for _, row in here.dropna(subset=["estimate"]).iterrows():
        words = {"share": labels.percent(row["estimate"]), "n": row["answered"], "count": labels.number(row["count"])}
        words["interval"] = labels.share_interval(row["bound_lower"], row["bound_upper"])
        key = "report.objective_placed_all" if row["answered"] == row["invited"] else "report.objective_placed"
        yield labels.say(key, measure=labels.say(f"placement.share.{measure}"), **words)
