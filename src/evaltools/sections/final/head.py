"""The head of the report: its answer as the title, five key figures with what to read them beside, bullets in plain
words with the bad news among them, and what cannot be said. Every number is a result row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Column, KeyFigure, KeyFigures, Part, Point, Table
from evaltools.report.render import html
from evaltools.results.records import pick, value
from evaltools.sections import answers, monitoring, rate_tables, survey
from evaltools.sections.final import conclusions
from evaltools.sections.material import Labels, floats, has_value

MOST = 6  # bullets
# what a reader asks next, linked below them, and how each is called
DOWN = {
    "objectives": "report.objectives_heading",
    "recommendations": "report.recommendations_heading",
    "limits": "report.limits_heading",
    "changes": "report.changes_heading",
    "outreach": "monitoring.outreach_heading",
    "hidden": "report.hidden_heading",
    "appendix": "report.appendix_heading",
    html.FOOT: "head.foot",
}
Stages = Mapping[str, Mapping[str, Part]]


def part(rows: pd.DataFrame, labels: Labels, stages: Stages) -> Part:
    """The head: what a reader sees on the first screen and the first sheet."""
    makers = (_target, _studies, _agreement, _employment, _money)
    figures = [figure for make in makers for figure in make(rows, labels)]
    blocks = [_figures(figures, labels)] if figures else []
    points = [Point(text, to, labels.say(f"head.to.{to}")) for text, to in _points(rows, labels)][:MOST]
    points += [Point("", to, labels.say(DOWN[to])) for to in _down(rows, labels, stages)] if points else []
    heading = labels.say("report.summary_heading")
    sentences = [] if figures or points else _unpaired(stages, labels) or [labels.say("report.summary_empty")]
    arms = any(len(pick(rows, table=table)) for table in ("arms", "arm_difference"))
    cannot = [labels.say("head.arms" if arms else "head.no_arms")] if figures or points else []
    return Part("summary", heading, sentences, blocks, cannot, answer=answer(rows, labels), points=points)


def _down(rows: pd.DataFrame, labels: Labels, stages: Stages) -> Iterator[str]:
    """The parts that answer what a reader asks next, those that have nothing to say left out."""
    some = {
        "objectives": labels.study.objectives,
        "changes": len(pick(rows, topic="report", table="change")),
        "outreach": "outreach" in stages.get("monitoring", {}),
    }
    yield from (to for to in DOWN if some.get(to, True))


def _unpaired(stages: Stages, labels: Labels) -> list[str]:
    """How surveys that nobody can pair differ, or what the only one says, where there is nothing else to tell."""
    single = stages.get("survey", {}).get("survey-single")
    if single is not None and len(single.sentences) > 1:
        return list(single.sentences)
    return conclusions.answered(stages, labels)


def answer(rows: pd.DataFrame, labels: Labels) -> str:
    """The finding that matters most: the effect where there is a comparison group, else the first target, else what
    the sections found, in their order."""
    arms = len(pick(rows, table="arm_difference")) or len(pick(rows, table="arms"))
    order = ("placement", "survey", "monitoring", "participants") if arms else ("monitoring", "survey", "placement")
    found = (answers.answer(topic, rows, labels) for topic in (*order, "participants", "ingestion"))
    return next(filter(None, found), labels.say("head.nothing"))


def _figures(figures: list[KeyFigure], labels: Labels) -> KeyFigures:
    columns = [Column(labels.say(f"head.{name}")) for name in ("figure", "now", "beside")]
    lines = [[figure.label, figure.value, figure.beside] for figure in figures]
    table = Table("key-figures", labels.say("head.figures"), columns, lines, labels.language)
    return KeyFigures("key-figures", figures, table)


# --- key figures ---


def _course(of: pd.DataFrame, column: str, labels: Labels) -> dict:
    """The course of a number over the terms, from rows that have one a term."""
    terms = [term for term in labels.study.terms_to(labels.term.id) if (of["scope"] == term.id).any()]
    numbers = [floats(pick(of, scope=term.id)[column])[0] for term in terms]
    if sum(number is not None for number in numbers) < 2:
        return {}
    show = labels.number if column == "count" else lambda n: labels.percent(n, 0)
    names = " – ".join(labels.inside(term.name(labels.language)) for term in (terms[0], terms[-1]))
    said = labels.say("head.course", terms=names, values=", ".join(map(show, numbers)))
    return {"course": tuple(numbers), "course_said": said}


def _before(rows: pd.DataFrame, labels: Labels, place: str, measure: str, **of: str) -> Iterator[str]:
    """What a number that is followed was at the end of the term before, as it is printed."""
    row = pick(rows, topic="report", table="change", group2="before", by2=place, measure=measure, **of)
    earlier = sorted(labels.study.terms_to(labels.term.id), key=lambda term: term.start)[:-1]
    for _, was in row.dropna(subset=["estimate"]).iterrows() if earlier else ():
        show = {"percent": lambda n: labels.percent(n, 0), "euro": lambda n: i18n.euro(n, labels.language)}
        term = labels.inside(earlier[-1].name(labels.language))
        yield labels.say("head.before", term=term, value=show.get(was["unit"], labels.number)(was["estimate"]))


def _target(rows: pd.DataFrame, labels: Labels) -> Iterator[KeyFigure]:
    for target in labels.study.targets[:1]:
        here = pick(rows, topic="monitoring", table="targets", item=target.id)
        if len(here):
            words = monitoring.target_words(here, target, labels)
            course = _course(pick(rows, topic="monitoring", table="progress", item=target.id), "count", labels)
            reached = value(here, measure="reached_share")
            words["reached"] = labels.percent(reached, 0)
            beside = [labels.say("head.target" if reached is None else "head.reached", **words)]
            beside += _before(rows, labels, "monitoring.targets", "actual", item=target.id)
            yield KeyFigure(words["name"], words["actual"], "; ".join(beside), **course)


def _studies(rows: pd.DataFrame, labels: Labels) -> Iterator[KeyFigure]:
    found = _studied(rows)
    if found is not None:
        beside = [labels.say("head.dropped", share=answers.whole(found["dropped"], labels))]
        beside += _before(rows, labels, "participants.completion", "completed", by=TOTAL)
        yield KeyFigure(labels.say("head.completed"), answers.whole(found["completed"], labels), "; ".join(beside))


def _studied(rows: pd.DataFrame) -> dict[str, pd.Series] | None:
    """The rows of who completed, dropped out and goes on, of all participants; None where one is not told."""
    here = pick(rows, topic="participants", table="completion", by=TOTAL, scope=ALL)
    of = {m: pick(here, measure=m) for m in ("completed", "dropped", "ongoing")}
    if not all(len(row) == 1 and has_value(row).all() for row in of.values()):
        return None
    return {measure: row.iloc[0] for measure, row in of.items()}


def _agreement(rows: pd.DataFrame, labels: Labels) -> Iterator[KeyFigure]:
    found = answers.agreed(rows, labels)
    if found is not None and labels.study.comparison is None:
        item, start, end = found
        shares = {"start": answers.whole(start, labels), "end": answers.whole(end, labels)}
        label = labels.say("head.agree", question=labels.question(item))
        beside = labels.say("head.start_end", n=labels.number(end["answered"]))
        yield KeyFigure(label, labels.say("head.from_to", **shares), beside)


def _employment(rows: pd.DataFrame, labels: Labels) -> Iterator[KeyFigure]:
    effect = _effect(rows)
    if effect is not None:
        interval = labels.points_interval(effect["lower"], effect["upper"])
        beside = labels.say("head.interval", interval=interval)
        yield KeyFigure(labels.say("head.effect"), rate_tables.points_of(effect, labels), beside)
        return
    row = _employed(rows)
    if row is None:
        return
    compared: list[str] = []
    if row["bound_lower"] < row["bound_upper"]:
        lower, upper = (labels.percent(row[f"bound_{end}"], 0) for end in ("lower", "upper"))
        ends = i18n.interval(lower, upper, labels.language)
        compared.append(labels.say("head.of_answered", interval=ends))
    theirs = pick(rows, topic="placement", table="benchmark", measure="employed", group="benchmark")
    for _, rate in theirs.dropna(subset=["estimate"])[:1].iterrows():
        name = labels.inside(labels.group("benchmark", rate["group2"]))
        compared.append(labels.say("head.benchmark", share=labels.percent(rate["estimate"], 0), name=name))
    compared += _before(rows, labels, "placement.placement", "employed", by=TOTAL)
    by_term = pick(rows, topic="placement", table="placement", measure="employed", by=TOTAL)
    course = _course(by_term[by_term["scope"] != ALL], "estimate", labels)
    label = labels.say("head.employed")
    yield KeyFigure(label, answers.whole(row, labels), "; ".join(compared), **course)


def _employed(rows: pd.DataFrame) -> pd.Series | None:
    row = pick(rows, topic="placement", table="placement", measure="employed", by=TOTAL, scope=ALL)
    return row.iloc[0] if len(row) and has_value(row).all() else None


def _effect(rows: pd.DataFrame) -> pd.Series | None:
    row = pick(rows, topic="placement", table="arm_difference", measure="employed", item="newcombe")
    row = row.dropna(subset=["lower", "upper"])
    return row.iloc[0] if len(row) else None


def _money(rows: pd.DataFrame, labels: Labels) -> Iterator[KeyFigure]:
    budget = pick(rows, topic="monitoring", table="budget", scope=ALL)
    cost = value(budget, measure="cost_per_person", by=TOTAL)
    used = value(budget, measure="spent_share", by="")
    if cost is not None:
        beside = [labels.say("head.of_budget", share=labels.percent(used, 0))] if used is not None else []
        beside += _before(rows, labels, "monitoring.budget", "cost_per_person", by=TOTAL)
        yield KeyFigure(labels.say("head.cost"), i18n.euro(cost, labels.language), "; ".join(beside))


# --- bullets ---


def _points(rows: pd.DataFrame, labels: Labels) -> Iterator[tuple[str, str]]:
    """(what happened, the part that says more), in the order of the report; what went badly stands among the rest."""
    yield from _between_arms(rows, labels)
    studied = _studied(rows)
    if studied is not None:
        shares = {measure: answers.whole(row, labels) for measure, row in studied.items()}
        yield labels.say("head.studies", **shares), "standing"
    yield from _agreed(rows, labels)
    row = _employed(rows)
    if row is not None and _effect(rows) is None:
        ends = {end: labels.percent(row[f"bound_{end}"], 0) for end in ("lower", "upper")}
        known = not row["bound_lower"] < row["bound_upper"]
        words = {"share": answers.whole(row, labels)} | ({} if known else ends)
        yield labels.say("head.placed_known" if known else "head.placed", **words), "placement-rates"
    beside = [
        labels.say(f"head.{side}", shares=i18n.listing(found, labels.language))
        for side in ("above", "below")
        if (found := _beside_benchmark(rows, side, labels))
    ]
    if beside:
        yield " ".join(beside), "placement-benchmark"
    under = conclusions.under_represented(rows, labels)
    if under:
        yield labels.say("head.under", groups=i18n.listing(under, labels.language)), "represented"
    late = conclusions.lateness(rows)
    if late is not None:
        key = "head.late_open" if late["open_late"] else "head.late"
        words = {"late": labels.number(late["done_late"]), "done": labels.number(late["done"])}
        yield (
            labels.say(key, **words, **({"open": labels.number(late["open_late"])} if late["open_late"] else {})),
            "actions",
        )
    budget = pick(rows, topic="monitoring", table="budget", scope=ALL)
    spent, share = (value(budget, measure=m, by="") for m in ("spent", "spent_share"))
    if spent is not None and share is not None:
        words = {"spent": i18n.euro(spent, labels.language), "share": labels.percent(share, 0)}
        yield labels.say("head.money", **words), "budget"


def _between_arms(rows: pd.DataFrame, labels: Labels) -> Iterator[tuple[str, str]]:
    """Employment in both arms, and how the change in each primary question differs between them."""
    compared = labels.study.comparison
    if compared is None:
        return
    rates = pick(rows, topic="placement", table="placement", measure="employed", by="arm", scope=ALL)
    told = {r["group"]: labels.share(r) for _, r in rates[has_value(rates)].iterrows()}
    if told.keys() >= {compared.treated, compared.control}:
        words = {"treated": told[compared.treated], "control": told[compared.control]}
        yield labels.say("head.arms_rates", **words), "placement-arms"
    for row in conclusions.primary_differences(rows, labels):
        words = conclusions.difference_words(row, labels)
        yield labels.say(f"head.arms_change_{words.pop('found')}", **words), "survey-arms"


def _agreed(rows: pd.DataFrame, labels: Labels) -> Iterator[tuple[str, str]]:
    found = answers.agreed(rows, labels)
    if found is None or labels.study.comparison is not None:
        return
    item, start, end = found
    net = pick(rows, topic="survey", table="item", measure="net_change", item=item, scope=ALL)
    direction = survey.direction_of(net.iloc[0]) if len(net) else "unclear"
    words = {
        "start": answers.whole(start, labels),
        "end": answers.whole(end, labels),
        "n": labels.number(end["answered"]),
    }
    key = {"improved": "agreed", "worse": "agreed", "not_told": "agreed_untold"}.get(direction, "agreed_unclear")
    said = [labels.say(f"head.{key}", question=labels.question(item), **words)]
    both = value(rows, "count", topic="survey", table="responses", measure="both", scope=ALL)
    said += [labels.say("head.both", n=labels.number(both))] if both is not None else []
    yield " ".join(said), "survey-results"


def _beside_benchmark(rows: pd.DataFrame, side: str, labels: Labels) -> list[str]:
    """The shares that are clearly above or below the benchmark."""
    gaps = pick(rows, topic="placement", table="benchmark", group="difference").dropna(subset=["lower", "upper"])
    main = [row for _, row in gaps.iterrows() if row["measure"] in rate_tables.MAIN and rate_tables.side(row) == side]
    return [labels.inside(labels.say(f"placement.share.{row['measure']}")) for row in main]
