"""Charts over time: lines, and actions on a timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from evaltools import i18n
from evaltools.report.charts import words
from evaltools.report.charts.canvas import (
    BLUE,
    CARD,
    INK,
    LEADING,
    PAD,
    RED,
    SERIES,
    SIZE,
    SMALL,
    Sheet,
    dark,
    series,
    wide,
    wrap,
)
from evaltools.report.charts.marks import (
    Number,
    Rows,
    Scale,
    date_axis,
    height,
    legend,
    linear,
    marker,
    rows,
    spread,
    value_axis,
    value_axis_room,
)
from evaltools.report.document import Column, Figure, Kind


def lines(
    id: str,
    caption: str,
    x: Sequence[dt.date],
    sets: Mapping[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "integer",
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """Lines over time from zero (or the lowest value where one is negative), last values beside their ends."""
    words.same_length(id, x, *sets.values())
    everything = [value for values in sets.values() for value in values]
    days = [day.toordinal() for day in x]

    def draw(sheet: Sheet) -> float:
        top = (legend(sheet, list(zip(sets, SERIES, strict=False))) if len(sets) > 1 else sheet.top) + 8
        ends = _ends(sets, kind, language)
        left = value_axis_room(everything, kind, language)
        right = max([wide(label, weight="bold") for _, label, _ in ends], default=0)
        place = Rows([], 0, PAD + left, sheet.width - PAD - right - 8, top, top + (190 if sheet.phone else 240))
        rise = value_axis(sheet, everything, place, kind, language)
        at = linear(min(days, default=0), max([*days, min(days, default=0) + 1]), place.left, place.right)
        date_axis(sheet, x, at, place, language)
        for order, values in enumerate(sets.values()):
            _run(sheet, [at(day) for day in days], [None if v is None else rise(v) for v in values], series(order))
        spots = spread([rise(value) for value, _, _ in ends], SIZE * LEADING, place.bottom)
        for (_, label, order), y in zip(ends, spots, strict=True):
            sheet.text(place.right + 8, y, label, colour=dark(series(order)), weight="bold")
        return place.bottom + 24

    columns = [words.column("date", language, "date"), *(Column(name, kind) for name in sets)]
    table = [[day.isoformat(), *(values[row] for values in sets.values())] for row, day in enumerate(x)]
    said = [_speak(x, sets, kind, language)]
    unit = words.unit_of(unit, kind, language, total)
    return words.figure(
        id, caption, draw, said, columns, table, language=language, unit=unit, source=source, values=everything
    )


def _ends(sets: Mapping[str, Sequence[Number]], kind: Kind, language: str) -> list[tuple[float, str, int]]:
    ends = []
    for order, values in enumerate(sets.values()):
        known = [value for value in values if value is not None]
        if known:
            ends.append((known[-1], words.show(known[-1], kind, language), order))
    return ends


def _run(sheet: Sheet, xs: list[float], ys: list[float | None], colour: str) -> None:
    """A line with dots, broken where a value is missing."""
    run: list[tuple[float, float]] = []
    for x, y in [*zip(xs, ys, strict=True), (0.0, None)]:
        if y is not None:
            run.append((x, y))
            continue
        if len(run) > 1:
            sheet.line([p[0] for p in run], [p[1] for p in run], colour, 2.2)
        for spot in run if len(xs) <= 12 else [*run[:1], *run[-1:]]:
            sheet.circle(*spot, 3.2, colour, CARD, 1)
        run = []


def _speak(x: Sequence[dt.date], sets: Mapping[str, Sequence[Number]], kind: Kind, language: str) -> str:
    """Each set's first and last value, and its highest and lowest with their days."""
    said = []
    for name, values in sets.items():
        known = [(day, value) for day, value in zip(x, values, strict=True) if value is not None]
        if not known:
            continue
        spots = {"first": known[0], "last": known[-1]}
        spots |= {"highest": max(known, key=lambda p: p[1]), "lowest": min(known, key=lambda p: p[1])}
        shown = {key: words.show(value, kind, language) for key, (_, value) in spots.items()}
        shown |= {f"{key}_day": i18n.date(day, language) for key, (day, _) in spots.items()}
        said.append(i18n.say("figure.alt.from_to", language, label=name, **shown))
    return " ".join(map(words.sentence, said))


def timeline(
    id: str,
    caption: str,
    labels: Sequence[str],
    planned: Sequence[dt.date | None],
    done: Sequence[dt.date | None],
    today: dt.date,
    *,
    language: str,
    cancelled: Sequence[bool] | None = None,
    unit: str = "",
    source: str = "",
) -> Figure:
    """Actions: a ring where one was planned, a dot where it was done, a red line for the time it is late.

    A cancelled action has its ring only: it is not late.
    """
    words.same_length(id, labels, planned, done, cancelled)
    off = [False] * len(labels) if cancelled is None else list(cancelled)
    states = [
        i18n.say("figure.state.cancelled", language) if gone else _state(plan, end, today, language)
        for plan, end, gone in zip(planned, done, off, strict=True)
    ]
    days = [day for day in [*planned, *done, today] if day is not None]
    keys = [(i18n.say("figure.heading.planned", language), "ring"), (i18n.say("figure.heading.done", language), "dot")]
    keys += [(i18n.say("figure.mark.late", language), RED)]

    def draw(sheet: Sheet) -> float:
        now = wrap(i18n.say("figure.mark.today", language, date=i18n.date(today, language)), sheet.room, SMALL)
        place = rows(sheet, labels, states, band=22, top=legend(sheet, keys) + height(now))
        at = linear(min(days).toordinal(), max(days).toordinal() + 1, place.left + 6, place.right - 6)
        date_axis(sheet, sorted(set(days)), at, place, language)
        marker(sheet, at(today.toordinal()), place, now)
        for plan, end, gone, middle in zip(planned, done, off, place.middles, strict=True):
            _action(sheet, at, plan, end, plan if gone and plan else today, middle)
        return place.bottom + 24

    columns = [
        words.column("item", language),
        words.column("planned", language, "date"),
        words.column("done", language, "date"),
        words.column("state", language),
    ]
    table = [
        [label, plan and plan.isoformat(), end and end.isoformat(), state]
        for label, plan, end, state in zip(labels, planned, done, states, strict=True)
    ]
    said = [i18n.say("figure.alt.timeline", language, date=i18n.date(today, language))]
    said += [words.speak(labels, states, language)]
    unit = words.unit_of(unit or i18n.say("figure.unit.actions", language), "integer", language, len(labels))
    return words.figure(
        id, caption, draw, said, columns, table, language=language, unit=unit, source=source, values=planned
    )


def _state(plan: dt.date | None, end: dt.date | None, today: dt.date, language: str) -> str:
    if end is not None:
        late = (end - plan).days if plan else 0
        return i18n.say("figure.state.late", language, n=late) if late > 0 else i18n.say("figure.state.done", language)
    if plan is None:
        return i18n.say("figure.state.unplanned", language)
    overdue = (today - plan).days
    if overdue > 0:
        return i18n.say("figure.state.overdue", language, n=overdue)
    return i18n.say("figure.state.ahead", language)


def _action(sheet: Sheet, at: Scale, plan: dt.date | None, end: dt.date | None, today: dt.date, middle: float) -> None:
    close = end or today
    if plan is not None and close > plan:
        sheet.line([at(plan.toordinal()), at(close.toordinal())], [middle] * 2, RED, 3)
    if plan is not None:
        sheet.circle(at(plan.toordinal()), middle, 5.5, CARD, INK, 1.6)
    if end is not None:
        sheet.circle(at(end.toordinal()), middle, 5.5 if plan != end else 3, BLUE, CARD, 1)
