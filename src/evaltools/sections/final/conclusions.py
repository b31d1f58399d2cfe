"""Conclusions and limits: what the results say together, what cannot be concluded, and why.

Each conclusion is chosen by the numbers: when the data change, so does the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.report.document import Part
from evaltools.results.records import pick, value
from evaltools.sections import monitoring, rate_tables, survey
from evaltools.sections.material import Labels, number
from evaltools.statistics.types import side

LOW_RESPONSE = 0.6
STANDINGS = ("reached", "on_track", "close", "behind", "missed", "unknown")
TOLERANCE = monitoring.TOLERANCE
# whose notes are limits of the conclusions
LIMITS = (("survey", "survey-cautions"), ("placement", "placement-limits"))


def part(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """Effect, targets, reach, change, placement and money: one conclusion each, where there are results."""
    # what an objective is read by is told with the objective
    told = (verdicts,) if labels.study.objectives else (targets, reach)
    makers = (effect, survey_effect, *told, change, placed, late, money)
    sentences = [sentence for make in makers for sentence in make(rows, labels)]
    heading = labels.say("report.conclusions_heading")
    return Part(
        "conclusions", heading, sentences or answered(stages, labels) or [labels.say("report.conclusions_none")]
    )


def answered(stages: Mapping[str, Mapping[str, Part]], labels: Labels) -> list[str]:
    """What was answered to the questions of one survey, where there is nothing else to conclude from."""
    feedback = stages.get("survey", {}).get("survey-feedback")
    said = feedback.sentences if feedback is not None else []
    return [sentence for sentence in said if sentence != labels.say("survey.feedback.estimand")]


def limits(rows: pd.DataFrame, labels: Labels, stages: Mapping[str, Mapping[str, Part]]) -> Part:
    """What the results cannot show, the weightiest first."""
    sentences = [*_no_effect(rows, labels), *_few_answers(rows, labels), *_hidden(rows, labels)]
    said = [stages[topic][id] for topic, id in LIMITS if id in stages[topic]]
    notes = [note for part in said for note in (*part.notes, *part.sentences)]
    told = labels.say("placement.limits.no_comparison")  # that there is no comparison group comes first
    sentences += [note for note in dict.fromkeys(notes) if note != told]
    return Part("limits", labels.say("report.limits_heading"), sentences or [labels.say("report.limits_none")])


# --- conclusions ---


def targets(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """How many targets are reached, and the standing of the others."""
    found: dict[str, list[str]] = {standing: [] for standing in STANDINGS}
    for target in labels.study.targets:
        here = pick(rows, topic="monitoring", table="targets", item=target.id)
        if len(here):
            words = monitoring.target_words(here, target, labels)
            words["name"] = labels.inside(words["name"])
            found[monitoring.standing_of(here, target)].append(labels.say("report.concluded.target", **words))
    return [
        labels.say(f"report.concluded.{s}", n=len(found[s]), names="; ".join(found[s])) for s in STANDINGS if found[s]
    ]


def verdicts(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """How many objectives were reached, partly reached, not reached, and cannot be told."""
    found = pick(rows, topic="report", table="objective", measure="verdict")
    if found.empty:
        return []
    counts = {verdict: int((found["note"] == verdict).sum()) for verdict in ("reached", "partly", "not", "open")}
    said = [labels.say(f"report.verdict_count.{verdict}", n=n) for verdict, n in counts.items() if n]
    return [labels.say("report.verdict_counts", n=len(found), counts=i18n.listing(said, labels.language))]


def recommendations(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part:
    """What should be done: the evaluator's own text, which no programme writes; the page says where it is missing."""
    missing = labels.say("report.recommendations_missing")
    return Part("recommendations", labels.say("report.recommendations_heading"), unwritten=missing)


def reach(rows: pd.DataFrame, labels: Labels, wanted: Sequence[str] = ("over", "under")) -> list[str]:
    """Target groups whose share of students is above, or below, their share of the population."""
    ratios = pick(rows, topic="participants", table="representation", measure="representation_ratio")
    ratios = ratios.dropna(subset=["lower", "upper"])
    sides = {"over": ratios[ratios["lower"] > 1], "under": ratios[ratios["upper"] < 1]}
    return [
        labels.say(f"report.concluded.{side}", groups=i18n.listing(_groups(some, labels), labels.language))
        for side, some in sides.items()
        if len(some) and side in wanted
    ]


def under_represented(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """The names of the target groups of ``under``, as they stand in a sentence."""
    return [labels.inside(labels.target_group(group)) for group in under(rows)]


def under(rows: pd.DataFrame) -> list[str]:
    """The target groups that are surely a smaller share of the participants than of the population."""
    ratios = pick(rows, topic="participants", table="representation", measure="representation_ratio")
    return list(ratios[ratios["upper"] < 1]["group"])


def _groups(rows: pd.DataFrame, labels: Labels) -> list[str]:
    return [labels.inside(labels.target_group(group)) for group in rows["group"]]


def change(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """How many primary questions changed for the better and for the worse, of those that can be judged."""
    summary = pick(rows, topic="survey", table="summary")
    of = {m: value(summary, measure=f"primary_{m}") or 0 for m in survey.DIRECTIONS}
    total = value(summary, measure="primary")
    if not total:
        return []
    judged = total - of["not_judged"] - of["not_told"]
    words = {m: labels.number(n) for m, n in of.items()}
    said = [labels.say(f"report.concluded.change_{_change_key(of['improved'], of['worse'])}", n=judged, **words)]
    said = said if judged else []
    if said and labels.study.comparison is not None:
        said = [f"{labels.say('report.concluded.within_treated')} {said[0]}"]
    if said and (of["improved"] or of["worse"]) and survey.is_conditional(rows, labels):
        said.append(labels.say("report.concluded.change_unsure"))
    left = [labels.say(f"report.concluded.{key}", n=of[key]) for key in ("not_told", "not_judged") if of[key]]
    return said + left


def _change_key(improved: float, worse: float) -> str:
    if improved and worse:
        return "mixed"
    return "better" if improved else "worse" if worse else "unclear"


def placed(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Whether most of those who answered are employed, and whether that holds for all who were invited."""
    row = pick(rows, topic="placement", table="placement", measure="employed", by=TOTAL, scope=ALL)
    row = row.dropna(subset=["estimate"])
    if row.empty:
        return []
    found = row.iloc[0]
    ends = {"lower": labels.percent(found["bound_lower"]), "upper": labels.percent(found["bound_upper"])}
    declared = rate_tables.how_many_asked(pick(rows, topic="placement"), labels) != "undeclared"
    known = declared and found["bound_lower"] == found["bound_upper"]  # of all, no interval: a fact
    lower, upper = (number(f"bound_{end}" if known else end)(found) for end in ("lower", "upper"))
    most = {"above": "most", "below": "least"}.get(side(lower, upper, 0.5), "half")
    sure = found["bound_lower"] > 0.5 if most == "most" else found["bound_upper"] < 0.5
    if not declared:
        key = f"{most}_known"
    elif known:
        key = f"{most}_everyone"
    else:
        key = "half" if most == "half" else f"{most}_{'all' if sure else 'unsure'}"
    return [labels.say(f"report.concluded.employed_{key}", share=labels.percent(found["estimate"]), **ends)]


def benchmark(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Employment beside the benchmark: above, below, or not told apart; any other rate that is below it."""
    every = _beside_benchmark(rows)
    row = pick(every, measure="employed")
    said = _below_benchmark(every[every["measure"] != "employed"], labels)
    for _, found in row.iterrows():
        words = {"points": labels.points(found["estimate"])}
        words["interval"] = labels.points_interval(found["lower"], found["upper"])
        which = f"{labels.group('benchmark', found['group2'])}: " if len(row) > 1 else ""
        said.append(which + labels.say(f"report.concluded.benchmark_{rate_tables.side(found)}", **words))
    if "standardised_difference" in set(every["group"]):
        said.append(labels.say("report.concluded.benchmark_standardised"))
    return said


def _beside_benchmark(rows: pd.DataFrame) -> pd.DataFrame:
    """The differences from the benchmark that are told: at the make-up of those who answered where there is one."""
    found = pick(rows, topic="placement", table="benchmark").dropna(subset=["estimate", "lower", "upper"])
    place = ["item", "group2"]
    fair = pick(found, group="standardised_difference")
    crude = pick(found, group="difference")
    alone = ~pd.MultiIndex.from_frame(crude[place]).isin(pd.MultiIndex.from_frame(fair[place]))
    return pd.concat([crude[alone], fair])


def _below_benchmark(others: pd.DataFrame, labels: Labels) -> list[str]:
    """Rates other than employment that lie below the benchmark: bad news is told whatever rate it is of."""
    said = []
    for _, row in others.iterrows():
        if rate_tables.side(row) == "below" and row["measure"] in rate_tables.MAIN:
            words = {"share": labels.say(f"placement.share.{row['measure']}")}
            words |= {"points": labels.points(row["estimate"])}
            words["interval"] = labels.points_interval(row["lower"], row["upper"])
            said.append(labels.say("report.concluded.below_benchmark", **words))
    return said


def late(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Actions finished after their day or open past it, where more than ``TOLERANCE`` of those due are."""
    of = lateness(rows)
    if of is None:
        return []
    words = {name: labels.number(number) for name, number in of.items()}
    return [labels.say("report.concluded.actions_late", **words)]


def lateness(rows: pd.DataFrame) -> dict[str, float] | None:
    """How many actions are done, done late and overdue; None where no more than ``TOLERANCE`` of those due are late."""
    of = {
        measure: value(rows, topic="monitoring", table="actions", measure=measure, by="", scope=ALL) or 0
        for measure in ("done", "done_late", "open_late")
    }
    due, late_ones = of["done"] + of["open_late"], of["done_late"] + of["open_late"]
    return of if due and late_ones > TOLERANCE * due else None


def effect(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """The difference from the comparison group in employment, where the study has one."""
    row = pick(rows, topic="placement", table="arm_difference", measure="employed", item="newcombe")
    row = row.dropna(subset=["estimate", "lower", "upper"])
    if row.empty:
        return []
    found = row.iloc[0]
    words = {"points": labels.points(found["estimate"])}
    words["interval"] = labels.points_interval(found["lower"], found["upper"])
    return [labels.say(f"report.concluded.effect_{rate_tables.side(found)}", **words)]


def survey_effect(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """The difference from the comparison group in the primary questions, null or not."""
    said = [difference_words(row, labels) for row in primary_differences(rows, labels)]
    return [labels.say(f"report.concluded.survey_effect_{words.pop('found')}", **words) for words in said]


def primary_differences(rows: pd.DataFrame, labels: Labels) -> list[pd.Series]:
    """The rows of the difference of the changes between the arms, of each primary question that could be tested."""
    found = pick(rows, topic="survey", table="arms", measure="difference_of_changes")
    primary = {question.id for question in labels.study.survey.questions if question.primary}
    tested = found[found["item"].isin(primary)].dropna(subset=["lower", "p_adjusted"])
    return [row for _, row in tested.iterrows()]


def difference_words(row: pd.Series, labels: Labels) -> dict[str, str]:
    """What a sentence says of such a row: question, difference, interval, and whether one was ``found``."""
    return {
        "found": "unclear" if rate_tables.side(row) == "unclear" else "clear",
        "question": labels.say("survey.quoted", question=labels.question(row["item"])),
        "difference": labels.decimal(row["estimate"]),
        "interval": labels.interval(row["lower"], row["upper"]),
    }


def money(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Money spent beside the time that has passed."""
    spent = value(rows, topic="monitoring", table="budget", measure="spent_share", by="", scope=ALL)
    elapsed = pick(rows, topic="monitoring", table="targets", measure="time_elapsed")["estimate"]
    if spent is None or elapsed.empty:
        return []
    passed = float(elapsed.iloc[0])
    key = (
        "over"
        if spent > 1
        else "ahead"
        if spent > passed + TOLERANCE
        else "behind"
        if spent < passed - TOLERANCE
        else "ended"
        if passed >= 1
        else "pace"
    )
    words = {"spent": labels.percent(spent), "elapsed": labels.percent(passed, 0)}
    return [labels.say(f"report.concluded.money_{key}", **words)]


# --- limits ---


def _no_effect(rows: pd.DataFrame, labels: Labels) -> list[str]:
    arms = any(len(pick(rows, table=table)) for table in ("arms", "arm_difference"))
    return [labels.say("report.limit_arms" if arms else "report.limit_no_arms")]


def _few_answers(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """Response shares so low that those who answered may differ from the rest."""
    asked = {"survey": ("responses", "both"), "placement": ("followup", "answered")}
    said = []
    for topic, (table, measure) in asked.items():
        share = value(rows, topic=topic, table=table, measure=measure, scope=ALL)
        if share is not None and share < LOW_RESPONSE:
            said.append(labels.say(f"report.limit_{topic}", share=labels.percent(share)))
    return said


def _hidden(rows: pd.DataFrame, labels: Labels) -> list[str]:
    withheld = value(rows, topic="report", table="hidden", measure="withheld", by="")
    return [labels.say("report.limit_hidden", n=withheld)] if withheld else []
