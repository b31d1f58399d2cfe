"""Indicators of the study's own: each a number of the reports, or one over another, against baseline and target.

An indicator's number is the result row of the other sections, told again: the same counts, interval, bounds and
protection. What a section does not show in this edition, no indicator shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure import policy
from evaltools.report.document import NONE, Column, Kind, Number, Part, Table, Value
from evaltools.results.records import EXACT, POSSIBLE, ROUNDED, ResultSet, pick, value
from evaltools.sections.material import Labels
from evaltools.statistics import ranges
from evaltools.study.evaluation_model import Changed, Counted, ResultIndicator, Situation, Term
from evaltools.study.model import Study

Standing = Literal["sure", "reached", "open", "short", "surely_short", "no_number", "no_target"]


class Place(NamedTuple):
    """Where a number stands in the results, and whether an indicator means its persons or its share."""

    topic: str
    table: str
    measure: str
    persons: bool = False


PLACES: dict[str, Place] = {
    "participants": Place("participants", "composition", "persons", True),
    **{measure: Place("participants", "completion", measure) for measure in ("completed", "dropped", "ongoing")},
    **{f"answered_{step}": Place("survey", "responses", step) for step in ("start", "end", "both")},
    **{
        measure: Place("survey", "item", measure)
        for measure in ("improved", "worse", "net_change", "agree_start", "agree_end")
    },
    **{
        measure: Place("placement", "placement", measure)
        for measure in ("employed", "employed_student", "student_full_time", "student_any", "unemployed", "other")
    },
    "asked": Place("placement", "followup", "invited", True),
    "followed_up": Place("placement", "followup", "answered", True),
    **{measure: Place("monitoring", "outreach", measure, True) for measure in ("reached", "applicants", "enrolled")},
    "events": Place("monitoring", "outreach", "events"),
    "contacts": Place("monitoring", "contacts", "contact"),
    "networks": Place("monitoring", "contacts", "network"),
    "negotiations": Place("monitoring", "contacts", "negotiation"),
    "actions": Place("monitoring", "actions", "all"),
    "actions_done": Place("monitoring", "actions", "done"),
    "spent": Place("monitoring", "budget", "spent"),
}
ANSWERS = (*get_args(Changed), *get_args(Situation))  # what is known only of those who answered
WHOLE = (
    "composition",
    "completion",
    "placement",
    "outreach",
)  # tables whose number of everybody stands under the total


# --- rows --------------------------------------------------------------------------------------------------------


def rows(results: ResultSet, study: Study, term: Term, now: pd.DataFrame) -> None:
    """Of each indicator its number, baseline, the target of the term, and how far the number is from it."""
    for indicator in study.indicators:
        scope = term.id if indicator.period == "term" and len(study.terms_to(term.id)) > 1 else ALL
        before = len(results.rows)
        _actual(results, indicator, scope, now)
        actual = results.rows[-1] if len(results.rows) > before else {}
        target = target_of(study, indicator, term)
        for measure, number in (("baseline", indicator.baseline), ("target", target)):
            if number is not None:
                results.amount("indicator", measure, number, item=indicator.id, scope=scope)
        ends = possible(actual)
        if ends is not None and target is not None:
            _amount(results, "gap", (ends[0] - target, ends[1] - target), "", item=indicator.id, scope=scope)


def target_of(study: Study, indicator: ResultIndicator, term: Term) -> float | None:
    """The target at the end of a term: that of the last term up to it that has one."""
    known = [t.id for t in sorted(study.terms_to(term.id), key=lambda t: t.start) if t.id in indicator.targets]
    return indicator.targets[known[-1]] if known else None


def possible(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The least and greatest that an indicator's number can be, by what is published; None where it is not told."""
    number = row.get("count" if row.get("kind") == "count" else "estimate")
    exactly = None if i18n.absent(number) else (float(number), float(number))  # type: ignore[arg-type]
    return _limits(row, *POSSIBLE) or exactly


def _actual(results: ResultSet, indicator: ResultIndicator, scope: str, now: pd.DataFrame) -> None:
    """The indicator's number as a row of its own; none where no section has one."""
    numerator, over = indicator.numerator, indicator.denominator
    found = _row(now, numerator, scope)
    if found is None:
        return
    where: dict[str, Any] = {"item": indicator.id, "scope": scope} | _group(numerator)
    if over is None and PLACES[numerator.measure].persons:
        span = _span(results, found, now)
        count = float("nan") if span is None else int(found["count"])
        near = 0 if span is None or span.exact else span.high - int(found["count"])
        results.count("indicator", "actual", count, within=near, **where)  # type: ignore[arg-type]
    elif over is None and found["kind"] == "share" and numerator.measure in ANSWERS:
        _rate(results, found, now, where)
    elif over is None or _is_whole(numerator, over):
        results.again("indicator", "actual", found, **where)
    else:
        below = _row(now, over, scope)
        part, whole = _ends(results, found, now), None if below is None else _ends(results, below, now)
        if part is not None and whole is not None and min(whole) > 0:
            _amount(results, "actual", (part[0] / whole[1], part[1] / whole[0]), "ratio", **where)


def _rate(results: ResultSet, row: pd.Series, now: pd.DataFrame, where: dict[str, Any]) -> None:
    """A share of those who answered both surveys as the rate that it is, with what the others leave open."""
    steps = pick(now, topic="survey", table="responses", measure="asked_at_end", scope=ALL)
    asked = row["answered"] if steps.empty else steps["count"].iloc[0]
    told = [row["count"], row["answered"], asked]
    reach = _reach(now) if results.within else 0
    if any(map(i18n.absent, told)) or reach is None:
        return
    count, answered, invited = (int(number) for number in told)
    near = [0 if number % policy.step(results.settings) else reach for number in (count, answered, invited)]
    results.rate("indicator", "actual", count, answered, max(answered, invited), within=near, **where)


def _is_whole(numerator: Counted, over: Counted) -> bool:
    """Whether an indicator is the share of a group of the participants: the register's own number."""
    return numerator.measure == over.measure == "participants" and not over.group


def _row(now: pd.DataFrame, counted: Counted, scope: str) -> pd.Series | None:
    """The result row of a number; None where there is none in this edition."""
    topic, table, measure, _ = PLACES[counted.measure]
    place = {"topic": topic, "table": table, "measure": measure, "scope": scope, "item": counted.item}
    if counted.wave:
        place |= {"table": "wave", "by": "wave", "group": counted.wave}
    elif table in WHOLE and not counted.group:
        place |= {"by": TOTAL, "group": TOTAL}
    else:
        place |= {"by": "", "group": ""} | _group(counted)
    if measure == "events" and not counted.group:  # the reports have them channel by channel
        channels = pick(now, topic=topic, table=table, measure=measure, scope=scope, by="channel")
        whole = {"estimate": channels["estimate"].sum()}
        return pd.Series({**channels.iloc[0].to_dict(), **whole}) if len(channels) else None
    found = pick(now, **place)
    return found.iloc[0] if len(found) else None


def _group(counted: Counted) -> dict[str, str]:
    return next(({"by": by, "group": group} for by, group in counted.group.items()), {})


def _span(results: ResultSet, row: pd.Series, now: pd.DataFrame) -> ranges.Span | None:
    """What the persons of a row can be; None where that is not told."""
    if pd.isna(row["count"]):
        return None
    count = int(row["count"])
    # one that is no multiple has not been rounded
    told = not results.within or row["status"] == EXACT or count % policy.step(results.settings)
    reach = 0 if told else _reach(now)
    return None if reach is None else results.span(count, reach)


def _reach(now: pd.DataFrame) -> int | None:
    """How far the published counts of this edition can be from the true ones: as its rounded counts say."""
    rounded = now[(now["kind"] == "count") & (now["status"] == ROUNDED)]
    told = (rounded["possible_upper"] - rounded["count"]).dropna()
    return int(told.max()) if len(told) else None


def _ends(results: ResultSet, row: pd.Series, now: pd.DataFrame) -> tuple[float, float] | None:
    """Between which numbers lies what a quotient is made of: persons, or an amount."""
    if row["kind"] == "amount":
        return possible(row)
    span = _span(results, row, now)
    return None if span is None else (float(span.low), float(span.high))


def _amount(results: ResultSet, measure: str, ends: tuple[float, float], unit: str, **where: str) -> None:
    """A number, or between which two it lies."""
    ends = (round(ends[0], ranges.DIGITS), round(ends[1], ranges.DIGITS))
    if ends[0] == ends[1]:
        results.amount("indicator", measure, ends[0], unit, **where)
    else:
        possible = dict(zip(POSSIBLE, ends, strict=True))
        results.amount("indicator", measure, None, unit, status=ROUNDED, **possible, **where)


# --- part --------------------------------------------------------------------------------------------------------


def standing(actual: Mapping[str, Any], target: float | None, better: str, complete: bool = True) -> Standing:
    """What the published numbers say of a target, whatever the exact ones are.

    ``reached`` and ``short`` where the whole interval is on one side of it (a number that is ``complete``, of a
    register or a ledger, has none); ``sure`` and ``surely_short`` where that holds whatever those who did not answer
    would have said.
    """
    if target is None:
        return "no_target"
    ends = possible(actual)
    if ends is None:
        return "no_number"
    interval = _limits(actual, "lower", "upper")
    if interval is None and not complete:
        return "open"  # of answers without an interval nothing is known but themselves
    met = _met(interval or ends, target, better)
    if met is None:
        return "open"
    bounds = _limits(actual, "bound_lower", "bound_upper")
    sure = complete if bounds is None else _met(bounds, target, better) is not None
    if not sure:
        return "reached" if met else "short"
    return "sure" if met else "surely_short"


def is_complete(indicator: ResultIndicator) -> bool:
    """Whether an indicator is of a register or a ledger, and not of those only who answered."""
    counted = (indicator.numerator, indicator.denominator)
    return not any(each is not None and each.measure in ANSWERS for each in counted)


def _met(ends: tuple[float, float], target: float, better: str) -> bool | None:
    low, high = ends if better == "higher" else (-ends[1], -ends[0])
    return ranges.met(low, high, target if better == "higher" else -target)


def _limits(row: Mapping[str, Any], lower: str, upper: str) -> tuple[float, float] | None:
    found = row.get(lower), row.get(upper)
    return None if any(map(i18n.absent, found)) else (float(found[0]), float(found[1]))  # type: ignore[arg-type]


def part(rows: pd.DataFrame, labels: Labels, _: Mapping) -> Part | None:
    """How many indicators have reached their targets, then one table: baseline, target, actual, gap, evidence."""
    if not labels.study.indicators:
        return None
    found = pick(rows, topic="report", table="indicator")
    lines, standings = [], []
    for indicator in labels.study.indicators:
        here = pick(found, item=indicator.id)
        line, said = _line(indicator, here, labels)
        lines.append(line)
        standings.append(said)
    columns = [
        Column(labels.say("report.indicator")),
        *(Column(labels.say(f"report.indicators.{key}"), "range") for key in ("baseline", "target", "actual")),
        Column(labels.say("report.indicators.of"), "integer"),
        *(Column(labels.say(f"report.indicators.{key}"), "range") for key in ("interval", "bounds", "gap")),
        Column(labels.say("report.indicators.standing")),
    ]
    sources = [s(labels.language) for each in labels.study.indicators if (s := each.source) is not None]
    notes = [labels.say("report.indicators.how")]
    caption = labels.say("report.indicators.caption")
    source = "; ".join(dict.fromkeys(sources))
    table = Table("indicators", caption, columns, lines, labels.language, notes, source)
    return Part("indicators", labels.say("report.indicators.heading"), [_sentence(standings, labels)], [table])


def _sentence(standings: list[Standing], labels: Labels) -> str:
    aimed = [each for each in standings if each != "no_target"]
    if not aimed:
        return labels.say("report.indicators.no_targets")
    counts = {
        "reached": sum(each in ("sure", "reached") for each in aimed),
        "short": sum(each in ("short", "surely_short") for each in aimed),
        "open": sum(each in ("open", "no_number") for each in aimed),
    }
    words = {name: labels.number(count) for name, count in counts.items()}
    return labels.say("report.indicators.summary", n=len(aimed), **words)


def _line(indicator: ResultIndicator, here: pd.DataFrame, labels: Labels) -> tuple[list[Value], Standing]:
    actual = pick(here, measure="actual")
    row: Mapping[str, Any] = actual.iloc[0].to_dict() if len(actual) else {}
    kind = _kind(indicator)
    target = value(here, measure="target")
    said = standing(row, target, indicator.better, is_complete(indicator))
    gap = pick(here, measure="gap")
    unit = f" ({indicator.unit(labels.language)})" if indicator.unit else ""
    answered = row.get("answered")
    line: list[Value] = [
        f"{indicator.name(labels.language)}{unit}",
        NONE if indicator.baseline is None else Number(indicator.baseline, kind),
        NONE if target is None else Number(target, kind),
        _shown(possible(row), kind, labels),
        NONE if answered is None or pd.isna(answered) else int(answered),
        _range(_limits(row, "lower", "upper"), kind, labels),
        _range(_limits(row, "bound_lower", "bound_upper"), kind, labels),
        NONE if target is None else _shown(possible(gap.iloc[0]) if len(gap) else None, _difference(kind), labels),
        labels.say(f"report.indicators.is_{said}"),
    ]
    return line, said


def _kind(indicator: ResultIndicator) -> Kind:
    """How the numbers of an indicator print."""
    if indicator.denominator is not None and not _is_whole(indicator.numerator, indicator.denominator):
        return "decimal"
    place = PLACES[indicator.numerator.measure]
    if indicator.denominator is None and place.persons:
        return "integer"
    if place.topic == "monitoring":
        return "euro" if place.table == "budget" else "integer"
    return "percent"


def _difference(kind: Kind) -> Kind:
    return "points" if kind == "percent" else kind


def _shown(ends: tuple[float, float] | None, kind: Kind, labels: Labels) -> Value:
    """A number, or in words between which two it lies."""
    if ends is None:
        return None
    return Number(ends[0], kind) if ends[0] == ends[1] else _interval(ends, kind, labels)


def _range(ends: tuple[float, float] | None, kind: Kind, labels: Labels) -> Value:
    return NONE if ends is None else _interval(ends, kind, labels)


def _interval(ends: tuple[float, float], kind: Kind, labels: Labels) -> str:
    low, high = (labels.formatted(Number(end, kind)) for end in ends)
    return i18n.interval(low, high, labels.language)
