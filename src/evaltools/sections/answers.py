"""The answer of each section in one line: the title of its page. Read from result rows, as every sentence is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.results.records import pick, value
from evaltools.sections import monitoring, rate_tables, survey
from evaltools.sections.material import Labels, has_value
from evaltools.sections.survey.scales_and_feedback import best_words, mean_words

Answer = Callable[[pd.DataFrame, Labels], str]


def answer(topic: str, rows: pd.DataFrame, labels: Labels) -> str:
    """What the section found, in one line; empty where there is nothing to tell."""
    make = ANSWERS.get(topic)
    return make(pick(rows, topic=topic), labels) if make is not None and len(rows) else ""


def persons(rows: pd.DataFrame) -> float | None:
    """How many took part, from rows of any section that hold it."""
    return value(rows, "count", topic="participants", table="composition", by=TOTAL, scope=ALL)


def whole(row: pd.Series, labels: Labels) -> str:
    """The share of a row in whole per cents, or between which two it lies."""
    return labels.percent(row["estimate"], 0) if pd.notna(row["estimate"]) else labels.share(row)


def agreed(rows: pd.DataFrame, labels: Labels) -> tuple[str, pd.Series, pd.Series] | None:
    """The first primary question (else the first) with the share who agreed at the start and at the end: its id, and
    the two rows. It is chosen by the study file, not by its result."""
    found = pick(rows, topic="survey", table="item", scope=ALL)
    told = found[has_value(found)]
    both = [
        i for i in pick(told, measure="agree_start")["item"] if (pick(told, measure="agree_end")["item"] == i).any()
    ]
    asked = sorted(both, key=lambda item: not survey.is_primary(labels, item))
    if not asked:
        return None
    start, end = (pick(told, measure=f"agree_{time}", item=asked[0]).iloc[0] for time in ("start", "end"))
    return asked[0], start, end


def _ingestion(rows: pd.DataFrame, labels: Labels) -> str:
    n = value(rows, "count", table="rows", item="persons", scope=ALL)
    return labels.say("answer.files") if i18n.absent(n) else labels.say("answer.ingestion", n=n)


def _background(rows: pd.DataFrame, labels: Labels) -> str:
    latest = pick(rows, table="employment", item="latest", measure="unemployment", by=TOTAL)
    if latest.empty or latest["estimate"].isna().any():
        return ""
    month = i18n.month(dt.date.fromisoformat(latest["date"].iloc[0]), labels.language)
    return labels.say("answer.background", share=labels.percent(latest["estimate"].iloc[0]), month=month)


def _participants(rows: pd.DataFrame, labels: Labels) -> str:
    n = persons(rows)
    if n is None:
        return ""
    anyone = pick(rows, table="composition", by="target_group", group=ANY_GROUP, scope=ALL)
    if anyone.empty or not has_value(anyone).all():
        return labels.say("answer.participants", n=n)
    return labels.say("answer.participants_groups", n=n, share=whole(anyone.iloc[0], labels))


def _survey(rows: pd.DataFrame, labels: Labels) -> str:
    arms = pick(rows, table="arms", measure="difference_of_changes").dropna(subset=["lower"])
    if len(arms):
        row = sorted((row for _, row in arms.iterrows()), key=lambda r: not survey.is_primary(labels, r["item"]))[0]
        side = "unclear" if rate_tables.side(row) in ("unclear", "not_told") else "clear"
        question = labels.say("survey.quoted", question=labels.question(row["item"]))
        return labels.say(f"answer.survey_arms_{side}", question=question)
    found = agreed(rows, labels)
    if found is not None:
        item, start, end = found
        shares = {"start": whole(start, labels), "end": whole(end, labels)}
        return labels.say("answer.agree", question=labels.question(item), **shares)
    if len(pick(rows, table="item")):
        return _changed(pick(rows, table="summary"), labels)
    means = pick(rows, table="feedback", measure="mean_end").dropna(subset=["estimate"])
    if len(means):
        return labels.say("answer.survey_mean", **mean_words(labels, means.iloc[0]))
    best = next(best_words(pick(rows, table="feedback"), labels), None)
    return labels.say("answer.survey_best", **best) if best else ""


def _changed(summary: pd.DataFrame, labels: Labels) -> str:
    """Whether answers to the primary questions changed, by the counts of the sentences below the title."""
    of = {m: value(summary, measure=f"primary_{m}") or 0 for m in survey.DIRECTIONS}
    total = value(summary, measure="primary")
    if not total:
        return labels.say("answer.survey_described")
    words = {m: labels.number(of[m]) for m in ("improved", "worse")} | {"total": labels.number(total)}
    if of["improved"] and of["worse"]:
        return labels.say("answer.survey_mixed", **words)
    found = next(m for m in ("improved", "worse", "not_told", "unclear", "not_judged") if of[m])
    return labels.say(f"answer.survey_{found}", n=labels.number(of[found]), total=words["total"])


def _placement(rows: pd.DataFrame, labels: Labels) -> str:
    effect = pick(rows, table="arm_difference", measure="employed", item="newcombe").dropna(subset=["lower", "upper"])
    if len(effect):
        row = effect.iloc[0]
        return labels.say(f"answer.effect_{rate_tables.side(row)}", points=rate_tables.points_of(row, labels))
    employed = pick(rows, table="placement", measure="employed", by=TOTAL, scope=ALL)
    if employed.empty:
        return ""
    if not has_value(employed).all():
        return labels.say("answer.placement_none")
    row = employed.iloc[0]
    share = whole(row, labels)
    if not row["bound_lower"] < row["bound_upper"]:
        return labels.say("answer.placement_known", share=share)
    ends = {end: labels.percent(row[f"bound_{end}"], 0) for end in ("lower", "upper")}
    return labels.say("answer.placement", share=share, **ends)


def _monitoring(rows: pd.DataFrame, labels: Labels) -> str:
    for target in labels.study.targets[:1]:
        here = pick(rows, table="targets", item=target.id)
        if len(here):
            words = monitoring.target_words(here, target, labels)
            return labels.say(f"answer.target_{monitoring.standing_of(here, target)}", **words)
    done, everything = (value(rows, table="actions", measure=m) for m in ("done", "all"))
    if everything:
        return labels.say("answer.actions", done=labels.number(done), n=labels.number(everything))
    share = value(rows, table="budget", measure="spent_share", by="", scope=ALL)
    return labels.say("answer.money", share=labels.percent(share, 0)) if share is not None else ""


ANSWERS: dict[str, Answer] = {
    "ingestion": _ingestion,
    "background": _background,
    "participants": _participants,
    "survey": _survey,
    "placement": _placement,
    "monitoring": _monitoring,
}
