"""What results and study file tell of what reporting checklists ask for: a sentence, and the part that reports it.

Every number is that of a result row of the edition, or counts what the study file names. A fact whose numbers the
edition does not have is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Number
from evaltools.report.edition import definition_of_numbers
from evaltools.results.records import pick, value
from evaltools.sections.final import objectives
from evaltools.sections.final.indicators import possible
from evaltools.sections.material import Labels
from evaltools.sections.rate_tables import MAIN, points_of

Told = Iterator[str]
Tell = Callable[[pd.DataFrame, Labels], Told]
WHOLE = {"by": TOTAL, "group": TOTAL}
BEFORE = 0.1  # standardised difference from which arms differ before (Austin 2009)


class Fact(NamedTuple):
    """A sentence, with the section and the part of it that report it; no part where it is the whole page."""

    id: str
    sentence: str
    section: str
    part: str


class Step(NamedTuple):
    """How many of an arm came to a step: a key below ``checklist.step`` and what the edition says."""

    name: str
    persons: int


def facts(rows: pd.DataFrame, labels: Labels) -> dict[str, list[Fact]]:
    """Every fact that the results of an edition and the study file tell, by its id."""
    return {
        id: [Fact(id, sentence, section, part) for sentence in tell(rows, labels)]
        for id, (section, part, tell) in FACTS.items()
    }


def arm_steps(rows: pd.DataFrame, labels: Labels) -> dict[str, list[Step]]:
    """How many of each arm were assigned, took part and are known at the end, the treated arm first; none without."""
    comparison = labels.study.comparison
    found = {} if comparison is None else {arm: _steps(rows, arm) for arm in (comparison.treated, comparison.control)}
    return found if all(found.values()) else {}


def _steps(rows: pd.DataFrame, arm: str) -> list[Step]:
    here = {"by": "arm", "group": arm, "scope": ALL}
    placed = pick(rows, topic="placement", table="placement", **here)
    took_part = pick(rows, table="arm_take_up", **here)
    paired = pick(rows, topic="survey", table="arms", measure="paired", **here)
    told = [
        ("assigned", placed["invited"]),
        ("took_part", took_part["count"]),
        ("paired", paired["count"]),
        ("known", placed["answered"]),
    ]
    return [Step(name, int(each.min())) for name, each in told if each.nunique() == 1]


# --- numbers of the rows ---


def _row(rows: pd.DataFrame, topic: str, table: str, measure: str, **where: str) -> pd.Series | None:
    """The one row that stands there, of the whole project and everybody unless ``where`` says otherwise."""
    place = {"topic": topic, "table": table, "measure": measure, "by": "", "group": "", "item": "", "scope": ALL}
    found = pick(rows, **(place | where))
    return found.iloc[0] if len(found) == 1 else None


def _number(labels: Labels, row: pd.Series | None, column: str = "count") -> str | None:
    return None if row is None or pd.isna(row[column]) else labels.number(row[column])


def _euro(labels: Labels, row: pd.Series | None) -> str | None:
    return None if row is None or pd.isna(row["estimate"]) else i18n.euro(row["estimate"], labels.language)


def _share(labels: Labels, row: pd.Series | None) -> str | None:
    return None if row is None or possible(row) is None else labels.share(row)


def _told(labels: Labels, fact: str, **words: str | None) -> Told:
    """The sentence of a fact where all its words are known."""
    if all(word is not None for word in words.values()):
        yield labels.say(f"checklist.fact.{fact}", **words)


def _named(labels: Labels, fact: str, names: list[str]) -> Told:
    """A sentence that names some things of the study file, and how many they are; none where there are none."""
    if names:
        yield from _told(labels, fact, count=labels.number(len(names)), names=i18n.listing(names, labels.language))


def _numbered(labels: Labels, fact: str, number: int) -> Told:
    if number:
        yield from _told(labels, fact, count=labels.number(number))


def _numbers(fact: str, topic: str, table: str, *measures: str, column: str = "count", **where: str) -> Tell:
    """A sentence of numbers of one table: each is a word called like its measure."""
    return lambda rows, labels: _told(
        labels, fact, **{m: _number(labels, _row(rows, topic, table, m, **where), column) for m in measures}
    )


def _plainly(fact: str, topic: str) -> Tell:
    """A sentence without a number, where the results have that section."""
    return lambda rows, labels: _told(labels, fact) if (rows["topic"] == topic).any() else iter(())


# --- design and people ---


def _arms(rows: pd.DataFrame, labels: Labels) -> Told:
    steps = arm_steps(rows, labels)
    said = [f"{labels.group('arm', arm)} ({labels.number(of[0].persons)})" for arm, of in steps.items()]
    if said:
        yield from _told(labels, "arms", arms=i18n.listing(said, labels.language))


def _arm_flow(rows: pd.DataFrame, labels: Labels) -> Told:
    for arm, steps in arm_steps(rows, labels).items():
        said = [f"{labels.say(f'checklist.step.{step.name}')} {labels.number(step.persons)}" for step in steps]
        yield from _told(labels, "arm_flow", arm=labels.group("arm", arm), steps=", ".join(said))


def _flow_picture(rows: pd.DataFrame, labels: Labels) -> Told:
    flows = pick(rows, table="flow", scope=ALL)
    return _told(labels, "flow_picture") if len(flows) else iter(())


def _environment(rows: pd.DataFrame, labels: Labels) -> Told:
    row = _row(rows, "background", "employment", "unemployment", item="latest", **WHOLE)
    return _told(labels, "environment", share=None if row is None else labels.percent(row["estimate"], 1))


def _period(_: pd.DataFrame, labels: Labels) -> Told:
    term, start = labels.term, min(each.start for each in labels.study.terms)
    days = i18n.interval(i18n.date(start, labels.language), i18n.date(term.end, labels.language), labels.language)
    return _told(labels, "period", days=days)


def _composition(rows: pd.DataFrame, labels: Labels) -> Told:
    shares = pick(rows, topic="participants", table="composition", scope=ALL)
    for by in ("gender", "age_group"):
        groups = [row for _, row in pick(shares, by=by).iterrows() if possible(row) is not None]
        said = [f"{labels.group(by, row['group'])} {labels.share(row)}" for row in groups if row["count"]]
        if said:
            yield from _told(labels, "composition", by=labels.by(by), groups=", ".join(said))


def _completion(rows: pd.DataFrame, labels: Labels) -> Told:
    measures = ("completed", "dropped")
    words = {m: _share(labels, _row(rows, "participants", "completion", m, **WHOLE)) for m in measures}
    return _told(labels, "completion", **words)


def _take_up(rows: pd.DataFrame, labels: Labels) -> Told:
    taken = pick(rows, table="arm_take_up", scope=ALL).drop_duplicates("group")
    said = [f"{labels.group('arm', row['group'])} {labels.share(row)}" for _, row in taken.iterrows()]
    return _told(labels, "take_up", arms=", ".join(said) or None)


def _representation(rows: pd.DataFrame, labels: Labels) -> Told:
    for each in labels.study.representation:
        yield from objectives.group_sentences(each.target_group, rows, labels)


# --- what was measured, and how ---


def _outcomes(_: pd.DataFrame, labels: Labels) -> Told:
    asked = [each for each in labels.study.survey.questions if each.primary]
    return _named(labels, "outcomes", [labels.say("survey.quoted", question=labels.question(q.id)) for q in asked])


def _placement_outcome(rows: pd.DataFrame, labels: Labels) -> Told:
    followup = labels.study.followup
    asked = followup is not None and (rows["table"] == "placement").any()
    return _told(labels, "placement_outcome", when=followup.when(labels.language) if followup and asked else None)


def _sources(_: pd.DataFrame, labels: Labels) -> Told:
    names = dict.fromkeys(source.name(labels.language) for source in labels.study.sources)
    return _named(labels, "sources", list(names))


def _reliability(rows: pd.DataFrame, labels: Labels) -> Told:
    omegas = pick(rows, table="scale_reliability", measure="omega").dropna(subset=["estimate"])
    said = [f"{labels.question(row['item'])} {labels.decimal(row['estimate'])}" for _, row in omegas.iterrows()]
    return _told(labels, "reliability", scales=", ".join(said) or None)


def _age_groups(rows: pd.DataFrame, labels: Labels) -> Told:
    shown = (rows["by"] == "age_group").any()
    return _named(labels, "age_groups", [labels.ages(group.id) for group in labels.study.age_groups if shown])


def _clusters(rows: pd.DataFrame, labels: Labels) -> Told:
    groups = pick(rows, table="cluster", measure="groups")["estimate"].dropna()
    return _told(labels, "clusters", groups=None if groups.empty else labels.number(groups.max()))


def _pairs(rows: pd.DataFrame, labels: Labels) -> Told:
    pairs = pick(rows, topic="survey", table="item", measure="paired", scope=ALL)["count"].dropna()
    if len(pairs):
        least, most = labels.number(pairs.min()), labels.number(pairs.max())
        said = least if least == most else i18n.interval(least, most, labels.language)
        yield from _told(labels, "pairs", pairs=said)


def _silence(rows: pd.DataFrame, labels: Labels) -> Told:
    """What those who did not answer leave open of the first rate that the placement section has."""
    placed = pick(rows, topic="placement", table="placement", by=TOTAL, scope=ALL).dropna(subset=["bound_lower"])
    for _, row in placed[placed["invited"] > placed["answered"]].iloc[:1].iterrows():
        measure = labels.say(f"placement.share.{row['measure']}")
        bounds = labels.share_interval(row["bound_lower"], row["bound_upper"])
        yield from _told(labels, "silence", measure=measure, bounds=bounds)


def _weighted(rows: pd.DataFrame, labels: Labels) -> Told:
    placed = pick(rows, topic="placement", table="placement", by=TOTAL, scope=ALL).dropna(subset=["weighted"])
    for _, row in placed.iloc[:1].iterrows():
        measure = labels.say(f"placement.share.{row['measure']}")
        yield from _told(labels, "weighted", measure=measure, share=labels.percent(row["weighted"]))


def _attrition(rows: pd.DataFrame, labels: Labels) -> Told:
    by = set(pick(rows, topic="survey", table="attrition")["by"]) - {TOTAL}
    return _numbered(labels, "attrition", len(by))


def _balance(rows: pd.DataFrame, labels: Labels) -> Told:
    before = pick(rows, topic="placement", table="arm_balance", group="")["estimate"].dropna().abs()
    if len(before):
        large = labels.number(int((before > BEFORE).sum()))
        limit = labels.decimal(BEFORE, 1)
        yield from _told(labels, "balance", count=labels.number(len(before)), large=large, limit=limit)


def _modes(rows: pd.DataFrame, labels: Labels) -> Told:
    for survey, answered in pick(rows, topic="survey", table="mode", measure="answered").groupby("group", sort=False):
        said = [f"{labels.group('mode', row['group2'])} {labels.share(row)}" for _, row in answered.iterrows()]
        words = {"survey": labels.say(f"survey.single.{survey}"), "modes": ", ".join(said)}
        yield from _told(labels, "modes", **words)


def _questions(rows: pd.DataFrame, labels: Labels) -> Told:
    items = labels.study.survey.items if (rows["topic"] == "survey").any() else []
    asked = {wave: [item.id for item in items if wave in item.surveys] for wave in ("start", "end")}
    said = {wave: labels.number(len(each)) for wave, each in asked.items()}
    return _told(labels, "questions", **said) if items else iter(())


def _registered(_: pd.DataFrame, labels: Labels) -> Told:
    surveys = [s for s in labels.study.sources if s.table in labels.study.surveys.values()]
    known = labels.study.has("participants") and surveys and all("person" in source.given for source in surveys)
    return _told(labels, "registered") if known else iter(())


def _duplicates(_: pd.DataFrame, labels: Labels) -> Told:
    kept = {s.duplicates for s in labels.study.sources if s.table in labels.study.surveys.values()}
    for which in sorted(kept - {"error"}):
        yield labels.say(f"checklist.fact.duplicates_{which}")


def _scales(_: pd.DataFrame, labels: Labels) -> Told:
    scales = labels.study.survey.scales
    said = [f"{s.name(labels.language)} {labels.number(s.enough)}/{labels.number(len(s.items))}" for s in scales]
    return _told(labels, "scales", scales=", ".join(said) or None)


def _answered(step: str, fact: str) -> Tell:
    return lambda rows, labels: _told(labels, fact, share=_share(labels, _row(rows, "survey", "responses", step)))


def _protection(_: pd.DataFrame, labels: Labels) -> Told:
    yield labels.say("checklist.fact.protection")
    yield definition_of_numbers(labels.study, labels.edition, labels.language)


def _missing(rows: pd.DataFrame, labels: Labels) -> Told:
    return _numbered(labels, "missing", len(pick(rows, topic="ingestion", table="missing")))


def _methods(rows: pd.DataFrame, labels: Labels) -> Told:
    return _numbered(labels, "methods", len(pick(rows, topic="report", table="methods")))


def _groups(rows: pd.DataFrame, labels: Labels) -> Told:
    by = set(pick(rows, topic="placement", table="placement", scope=ALL)["by"]) - {TOTAL, "arm"}
    return _numbered(labels, "groups", len(by))


def _arm_subgroups(rows: pd.DataFrame, labels: Labels) -> Told:
    return _numbered(labels, "arm_subgroups", len(set(pick(rows, table="arm_heterogeneity")["by"])))


def _data(rows: pd.DataFrame, labels: Labels) -> Told:
    return _numbered(labels, "data", len(rows))


# --- results ---


def _objectives(_: pd.DataFrame, labels: Labels) -> Told:
    return _named(labels, "objectives", [each.name(labels.language) for each in labels.study.objectives])


def _logic(rows: pd.DataFrame, labels: Labels) -> Told:
    return _numbered(labels, "logic", len(pick(rows, topic="report", table="theory", measure="arrow")))


def _verdicts(rows: pd.DataFrame, labels: Labels) -> Told:
    notes = list(pick(rows, topic="report", table="objective", measure="verdict")["note"])
    words = {verdict: labels.number(notes.count(verdict)) for verdict in objectives.VERDICTS}
    return _told(labels, "verdicts", count=labels.number(len(notes)), **words) if notes else iter(())


def _targets(rows: pd.DataFrame, labels: Labels) -> Told:
    for target in labels.study.targets:
        yield from objectives.target_sentences(target.id, rows, labels)


def _changes(rows: pd.DataFrame, labels: Labels) -> Told:
    names = ("primary", "primary_improved", "primary_worse", "primary_unclear", "primary_not_told")
    words = {name: _number(labels, _row(rows, "survey", "summary", name), "estimate") for name in names}
    return _told(labels, "changes", **words) if words["primary"] not in (None, "0") else iter(())


def _rates(rows: pd.DataFrame, labels: Labels) -> Told:
    for measure in MAIN:
        yield from objectives.placed_sentences(measure, rows, labels)


def _arm_rates(rows: pd.DataFrame, labels: Labels) -> Told:
    found = pick(rows, topic="placement", table="arm_difference", item="newcombe").dropna(subset=["estimate"])
    for _, row in found[found["measure"].isin(MAIN)].iterrows():
        measure = labels.say(f"placement.share.{row['measure']}")
        interval = labels.points_interval(row["lower"], row["upper"])
        yield from _told(
            labels, "arm_rates", measure=measure, difference=labels.points(row["estimate"]), interval=interval
        )


def _arm_changes(rows: pd.DataFrame, labels: Labels) -> Told:
    found = pick(rows, topic="survey", table="arms", measure="difference_of_changes").dropna(subset=["estimate"])
    for _, row in found.iterrows():
        words = {"question": labels.question(row["item"]), "difference": labels.decimal(row["estimate"])}
        yield from _told(labels, "arm_changes", interval=labels.interval(row["lower"], row["upper"]), **words)


def _arm_ratio(rows: pd.DataFrame, labels: Labels) -> Told:
    found = pick(rows, topic="placement", table="arm_ratio").dropna(subset=["estimate"])
    for _, row in found[found["measure"].isin(MAIN)].iterrows():
        words = {"measure": labels.say(f"placement.share.{row['measure']}"), "ratio": labels.decimal(row["estimate"])}
        yield from _told(labels, "arm_ratio", interval=labels.interval(row["lower"], row["upper"]), **words)


def _worse(rows: pd.DataFrame, labels: Labels) -> Told:
    primary = [each.id for each in labels.study.survey.questions if each.primary]
    found = pick(rows, topic="survey", table="item", measure="worse", scope=ALL)
    for _, row in found[found["item"].isin(primary)].iterrows():
        words = {"question": labels.question(row["item"]), "share": _share(labels, row)}
        yield from _told(labels, "worse", **words)


def _benchmark(rows: pd.DataFrame, labels: Labels) -> Told:
    table = pick(rows, topic="placement", table="benchmark")
    gaps = pick(table, group="difference").dropna(subset=["estimate"])
    for _, row in gaps[gaps["measure"].isin(MAIN)].iterrows():
        theirs = value(table, group="benchmark", measure=row["measure"], item=row["item"], group2=row["group2"])
        words = {"measure": labels.say(f"placement.share.{row['measure']}"), "difference": points_of(row, labels)}
        yield from _told(labels, "benchmark", theirs=labels.percent(theirs, 1), **words)


def _feedback(rows: pd.DataFrame, labels: Labels) -> Told:
    for _, row in pick(rows, topic="survey", table="feedback", measure="agree").iterrows():
        yield from _told(labels, "feedback", question=labels.question(row["item"]), share=_share(labels, row))


def _waves(rows: pd.DataFrame, labels: Labels) -> Told:
    waves = set(pick(rows, topic="survey", table="wave")["group"])
    return _named(labels, "waves", [labels.wave_change(wave) for wave in sorted(waves)])


def _spending(rows: pd.DataFrame, labels: Labels) -> Told:
    spent, planned = (_euro(labels, _row(rows, "monitoring", "budget", m)) for m in ("spent", "planned"))
    person = _euro(labels, _row(rows, "monitoring", "budget", "cost_per_person", **WHOLE))
    return _told(labels, "spending", spent=spent, planned=planned, person=person)


def _funding(_: pd.DataFrame, labels: Labels) -> Told:
    about, budget = labels.study.study, labels.study.budget
    yield from _told(labels, "funding", funder=about.funder(labels.language))
    if budget is not None:
        yield from _told(labels, "grant", grant=labels.formatted(Number(budget.grant, "euro")))


def _practice(_: pd.DataFrame, labels: Labels) -> Told:
    return _named(labels, "practice", [each.name(labels.language) for each in labels.study.practice])


INDEX = "index"  # the page that lists the reports
FACTS: dict[str, tuple[str, str, Tell]] = {
    "arms": ("placement", "placement-arms", _arms),
    "before_after": ("survey", "survey-answered", _numbers("before_after", "survey", "responses", "both")),
    "summary": ("report", "summary", _plainly("summary", "report")),
    "data": (INDEX, "tables", _data),
    "funding": (INDEX, "about", _funding),
    "environment": ("background", "employment", _environment),
    "objectives": ("report", "objectives", _objectives),
    "period": (INDEX, "about", _period),
    "outreach": (
        "monitoring",
        "outreach",
        _numbers("outreach", "monitoring", "outreach", "reached", "applicants", "enrolled", **WHOLE),
    ),
    "outcomes": ("survey", "survey-primary", _outcomes),
    "placement_outcome": ("placement", "placement-followup", _placement_outcome),
    "sources": ("ingestion", "sources", _sources),
    "reliability": ("survey", "survey-scales", _reliability),
    "age_groups": ("participants", "composition", _age_groups),
    "clusters": ("survey", "survey-clusters", _clusters),
    "methods": ("report", "method", _methods),
    "pairs": ("survey", "survey-items", _pairs),
    "followed": (
        "placement",
        "placement-followup",
        _numbers("followed", "placement", "followup", "invited", "answered"),
    ),
    "arm_subgroups": ("placement", "placement-arm-groups", _arm_subgroups),
    "groups": ("placement", "placement-background", _groups),
    "silence": ("placement", "placement-rates", _silence),
    "weighted": ("placement", "placement-rates", _weighted),
    "attrition": ("survey", "survey-attrition", _attrition),
    "losses": (
        "survey",
        "survey-answered",
        _numbers("losses", "survey", "responses", "participants", "start", "asked_at_end", "both"),
    ),
    "arm_flow": ("placement", "placement-arms", _arm_flow),
    "flow_picture": ("survey", "survey-answered", _flow_picture),
    "completion": ("participants", "standing", _completion),
    "take_up": ("placement", "placement-taking-part", _take_up),
    "composition": ("participants", "composition", _composition),
    "missing": ("ingestion", "missing", _missing),
    "balance": ("placement", "placement-balance", _balance),
    "rates": ("placement", "placement-rates", _rates),
    "changes": ("survey", "survey-results", _changes),
    "arm_rates": ("placement", "placement-arms", _arm_rates),
    "arm_changes": ("survey", "survey-arms", _arm_changes),
    "arm_ratio": ("placement", "placement-arms", _arm_ratio),
    "worse": ("survey", "survey-primary", _worse),
    "logic": ("report", "theory", _logic),
    "verdicts": ("report", "objectives", _verdicts),
    "targets": ("monitoring", "scorecard", _targets),
    "limits": ("report", "limits", _plainly("limits", "report")),
    "conclusions": ("report", "conclusions", _plainly("conclusions", "report")),
    "representation": ("participants", "represented", _representation),
    "registered": ("survey", "survey-answered", _registered),
    "protection": ("report", "hidden", _protection),
    "modes": ("survey", "survey-mode", _modes),
    "questions": ("survey", "survey-answered", _questions),
    "participation": ("survey", "survey-answered", _answered("start", "participation")),
    "both": ("survey", "survey-answered", _answered("both", "both")),
    "duplicates": ("ingestion", "read", _duplicates),
    "scales": ("survey", "survey-scales", _scales),
    "contacts": (
        "monitoring",
        "contacts",
        _numbers("contacts", "monitoring", "contacts", "contact", "network", "negotiation", column="estimate"),
    ),
    "spending": ("monitoring", "budget", _spending),
    "actions": (
        "monitoring",
        "actions",
        _numbers("actions", "monitoring", "actions", "all", "done", "cancelled", column="estimate"),
    ),
    "practice": ("report", "practice", _practice),
    "benchmark": ("placement", "placement-benchmark", _benchmark),
    "feedback": ("survey", "survey-feedback", _feedback),
    "waves": ("survey", "survey-waves", _waves),
}
