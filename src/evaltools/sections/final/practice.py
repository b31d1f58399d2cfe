"""Established practice: how the target groups are considered in the ordinary work, by the study's own indicators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaltools.report.document import Column, Number, Part, Table, Value
from evaltools.report.render import html
from evaltools.results.records import ROUNDED, ResultSet, pick, value
from evaltools.sections.material import Labels
from evaltools.study.evaluation_model import Indicator, Term
from evaltools.study.model import Study

ENDS = ("possible_lower", "possible_upper")


def rows(results: ResultSet, study: Study, term: Term, now: pd.DataFrame) -> None:
    """Each indicator at the end of each term it has a value for; an action's is whether it is done, and when."""
    for indicator in study.practice:
        if indicator.action:
            _action(results, indicator, now)
        elif indicator.target_group:
            _group(results, indicator, study, term, now)
        else:
            for each in study.terms_to(term.id):
                if each.id in indicator.values:
                    results.amount(
                        "practice", "value", indicator.values[each.id], "integer", item=indicator.id, scope=each.id
                    )
            if indicator.of is not None:
                results.amount("practice", "of", indicator.of, "integer", item=indicator.id)


def _action(results: ResultSet, indicator: Indicator, now: pd.DataFrame) -> None:
    plan = pick(now, topic="monitoring", table="action", item=indicator.action)
    planned, done = (pick(plan, measure=measure) for measure in ("planned", "done"))
    if len(planned):
        day = done["date"].iloc[0] if len(done) else ""
        results.amount("practice", "action", None, note=planned["note"].iloc[0], date=day, item=indicator.id)


def _group(results: ResultSet, indicator: Indicator, study: Study, term: Term, now: pd.DataFrame) -> None:
    """The group's share of those who started in each term, as the report on participants shows it."""
    place = {"topic": "participants", "table": "composition", "by": "target_group", "group": indicator.target_group}
    for each in study.terms_to(term.id):
        for _, row in pick(now, scope=each.id, **place).iterrows():
            of_term: dict[str, Any] = {"unit": "percent", "item": indicator.id, "scope": each.id}
            if pd.notna(row["estimate"]):
                results.amount("practice", "share", float(row["estimate"]), **of_term)
            elif pd.notna(row["possible_lower"]):
                near: dict[str, Any] = {end: float(row[end]) for end in ENDS}
                results.amount("practice", "share", None, status=ROUNDED, **near, **of_term)


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part:
    """One sentence an indicator: where it stands now and where it stood at first; then all values by term."""
    heading = labels.say("report.practice_heading")
    if not labels.study.practice:
        return Part("practice", heading, [labels.say("report.practice_none")])
    found = pick(rows, topic="report", table="practice")
    sentences = [_sentence(each, pick(found, item=each.id), labels) for each in labels.study.practice]
    sources = [s(labels.language) for each in labels.study.practice if (s := each.source) is not None]
    table = _table(found, labels, "; ".join(dict.fromkeys(sources)))
    return Part("practice", heading, sentences, [table] if table.rows else [])


def _sentence(indicator: Indicator, found: pd.DataFrame, labels: Labels) -> str:
    name = indicator.name(labels.language)
    if indicator.action:
        state = f"action_{found['note'].iloc[0]}" if len(found) else "unknown"
        day = found["date"].iloc[0] if len(found) else ""
        shown = html.cell(day or None, Column("", "date"), labels.language)
        return labels.say(f"report.practice_{state}", name=name, date=shown)
    values = found[found["measure"].isin(("value", "share"))]
    if values.empty:
        return labels.say("report.practice_unknown", name=name)
    first, last = values.iloc[0], values.iloc[-1]
    words = {"name": name, "now": _formatted(last, labels), "term": labels.inside(labels.scope(last["scope"]))}
    of = value(found, measure="of")
    if of is not None:
        words["now"] = labels.say("report.practice_of", value=words["now"], of=labels.number(of))
    if len(values) == 1:
        return labels.say("report.practice_one", **words)
    words |= {"before": _formatted(first, labels), "first": labels.inside(labels.scope(first["scope"]))}
    return labels.say(f"report.practice_{_way(first, last)}", **words)


def _ends(row: pd.Series) -> tuple[float, float]:
    """Between what a value lies: itself twice, or its limits."""
    lower, upper = ("estimate", "estimate") if pd.notna(row["estimate"]) else ENDS
    return float(row[lower]), float(row[upper])


def _way(first: pd.Series, last: pd.Series) -> str:
    """How a value moved, whatever the exact numbers are; ``open`` where these decide."""
    (first_low, first_high), (last_low, last_high) = _ends(first), _ends(last)
    if first_low == first_high == last_low == last_high:
        return "same"
    return "rose" if first_high < last_low else "fell" if last_high < first_low else "open"


def _formatted(row: pd.Series, labels: Labels) -> str:
    return labels.formatted(_value(row, labels))


def _value(row: pd.Series, labels: Labels) -> Value:
    """The number of a row, or in words between which two it lies."""
    return labels.share_of(row) if pd.isna(row["estimate"]) else Number(float(row["estimate"]), row["unit"])


def _table(found: pd.DataFrame, labels: Labels, source: str) -> Table:
    terms = [term for term in labels.study.terms_to(labels.term.id) if (found["scope"] == term.id).any()]
    lines = []
    for each in labels.study.practice:
        of = pick(found, item=each.id).set_index("scope")
        at = [_value(of.loc[t.id], labels) if t.id in of.index else None for t in terms]
        if any(at):
            lines.append([each.name(labels.language), *at])
    columns = [Column(labels.say("report.indicator")), *(Column(t.name(labels.language), "range") for t in terms)]
    return Table("practice", labels.say("report.practice_table"), columns, lines, labels.language, [], source)
