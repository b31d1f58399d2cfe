"""What charts share: where rows stand, legends, scales with their axes, bars and reference lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from evaltools import i18n
from evaltools.report.charts.canvas import (
    BLUE,
    BOUNDS,
    CARD,
    INK,
    LEADING,
    MUTED,
    PAD,
    RULE,
    SIZE,
    SMALL,
    Align,
    Sheet,
    on,
    wide,
    wrap,
)
from evaltools.report.document import Column, Kind
from evaltools.report.render.html import cell

Number = float | int | None
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Rows:
    """Where rows stand: the middle of each row's band, the band's height, and the room for the plot between.

    ``stacked`` rows have their labels above the bands, inside the plot: no line may run through those.
    """

    middles: list[float]
    band: float
    left: float
    right: float
    top: float
    bottom: float
    stacked: bool = False


def rows(
    sheet: Sheet,
    labels: Sequence[str],
    details: Sequence[str] | None,
    *,
    band: float,
    top: float,
    share: float = 0.36,
) -> Rows:
    """Write the rows' labels and details (the text in the right margin) and say where the plot's bands stand.

    On the wide drawing labels stand beside the bands, on the narrow one above them with the details.
    """
    details = details or [""] * len(labels)
    if sheet.phone:
        return _stacked(sheet, labels, details, band, top)
    beside = [[line.rstrip(",") for line in wrap(detail, sheet.width * 0.3, SMALL)] for detail in details]
    margin = max([wide(line, SMALL) for block in beside for line in block], default=0)
    room = sheet.room * share - 12
    wrapped = [wrap(label, room) for label in labels]
    column = min(max([wide(line) for block in wrapped for line in block], default=0), room) if share == 0.36 else room
    y, middles = top, []
    for block, detail in zip(wrapped, beside, strict=True):
        height = max(band, len(block) * SIZE * LEADING, len(detail) * SMALL * LEADING) + 8
        middles.append(y + height / 2)
        sheet.lines(PAD, y + (height - len(block) * SIZE * LEADING) / 2, block)
        start = y + (height - len(detail) * SMALL * LEADING) / 2
        sheet.lines(sheet.width - PAD, start, detail, size=SMALL, colour=MUTED, align="right")
        y += height
    right = sheet.width - PAD - (margin + 12 if margin else 0)
    return Rows(middles, band, PAD + column + 12, right, top, y)


def _stacked(sheet: Sheet, labels: Sequence[str], details: Sequence[str], band: float, top: float) -> Rows:
    y, middles = top, []
    for label, detail in zip(labels, details, strict=True):
        block = wrap(label, sheet.room)
        y = sheet.lines(PAD, y + 6, block)
        if detail and wide(block[-1]) + wide(detail, SMALL) + 16 > sheet.room:
            y = sheet.lines(PAD, y, wrap(detail, sheet.room, SMALL), size=SMALL, colour=MUTED)
        elif detail:
            sheet.text(sheet.width - PAD, y - SIZE * LEADING / 2, detail, size=SMALL, colour=MUTED, align="right")
        middles.append(y + 2 + band / 2)
        y += band + 6
    return Rows(middles, band, PAD, sheet.width - PAD, top, y, stacked=True)


# --- legends and lines over all rows ---


def legend(sheet: Sheet, keys: Sequence[tuple[str, str]]) -> float:
    """Swatches (a colour, ``ring`` or ``dot``) with their names, wrapped; returns where the plot may start."""
    x, y = float(PAD), sheet.top
    for name, colour in keys:
        block = wrap(name, sheet.room - 20, SMALL)
        need = 20 + max(wide(line, SMALL) for line in block)
        if x > PAD and x + need > sheet.width - PAD:
            x, y = float(PAD), y + SMALL * LEADING + 3
        spot = y + SMALL * LEADING / 2
        if colour in ("ring", "dot"):
            sheet.circle(x + 6, spot, 5, *((CARD, INK) if colour == "ring" else (BLUE, BLUE)))
        else:
            sheet.rect(x, spot - 6, 12, 12, colour, rounded=2, edge=MUTED)
        end = sheet.lines(x + 20, y, block, size=SMALL)
        y = max(y, end - SMALL * LEADING)
        x += need + 18
    return y + SMALL * LEADING + 8 if keys else sheet.top


def height(block: list[str]) -> float:
    """The room that the name of a reference line takes."""
    return len(block) * SMALL * LEADING + 8 if block else 0


def marker(sheet: Sheet, x: float, place: Rows, block: list[str]) -> None:
    """A dashed line over all rows with its name above, moved inside where it would leave the card."""
    upright(sheet, x, place, INK, 1.2, dashed=True)
    half = max(wide(line, SMALL) for line in block) / 2
    spot = min(max(x, PAD + half), sheet.width - PAD - half)
    sheet.lines(spot, place.top - 4, block, size=SMALL, align="center", above=True)


def upright(
    sheet: Sheet, x: float, place: Rows, colour: str, width: float, dashed: bool = False, under: bool = False
) -> None:
    """A line over all rows; where labels stand above the bands, only over the bands."""
    half = place.band / 2 + 2
    parts = [(m - half, m + half) for m in place.middles] if place.stacked else [(place.top - 2, place.bottom)]
    for part in parts:
        sheet.line([x, x], part, colour, width, dashed, under)


# --- bars ---


def bar(
    sheet: Sheet,
    at: Scale,
    value: Number,
    middle: float,
    height: float,
    colour: str,
    mark: str,
    line: float | None = None,
) -> None:
    """A bar from zero with its value at the end, or behind an upright ``line`` that would cut the value; only the words
    where there is no value."""
    zero = at(0)
    end = zero if value is None else at(value)
    sheet.rect(min(zero, end), middle - height / 2, abs(end - zero), height, colour)
    outward = -1 if (value is not None and value < 0) != (at(1) < zero) else 1
    size, ink = (SIZE, INK) if value is not None else (SMALL, MUTED)
    side: Align = "left" if outward > 0 else "right"
    spot = end + 5 * outward
    if line is not None and outward > 0 and spot - 5 < line < spot + wide(mark, size):
        spot = line + 5
    sheet.text(spot, middle, mark, size=size, colour=ink, align=side, halo=True)


def span(sheet: Sheet, at: Scale, low: Number, high: Number, middle: float, colour: str, height: float) -> None:
    """A bar between two values; nothing where one is missing."""
    if low is not None and high is not None:
        edge = MUTED if colour == BOUNDS else ""
        sheet.rect(at(low), middle - height / 2, max(at(high) - at(low), 1), height, colour, edge=edge)


def segments(
    sheet: Sheet,
    at: Scale,
    start: float,
    shares: Sequence[float],
    middle: float,
    height: float,
    colours: Sequence[str],
    language: str,
) -> None:
    """Shares one after another, each with its percentage where that fits inside."""
    for share, colour in zip(shares, colours, strict=True):
        x, end = at(start), at(start + share)
        if share > 0:
            sheet.rect(x, middle - height / 2, max(end - x - 1, 0.5), height, colour, edge=MUTED)
        mark = i18n.percent(share, language, 0)
        if end - x > wide(mark, SMALL) + 8:
            sheet.text((x + end - 1) / 2, middle, mark, size=SMALL, colour=on(colour), align="center")
        start += share


# --- scales and axes ---


def linear(low: float, high: float, start: float, end: float) -> Scale:
    """From values to px."""
    width = (high - low) or 1
    return lambda value: start + (value - low) / width * (end - start)


def scale(values: Sequence[Number], start: float, end: float) -> Scale:
    known = [value for value in values if value is not None]
    return linear(min(known, default=0), max(known, default=1), start, end)


def room(shown: Sequence[str], place: Rows, values: Sequence[Number]) -> tuple[float, float]:
    """The plot's ends with room for the values beside bars: right of positive ones, left of negative ones."""
    number = max(map(wide, shown), default=0) + 6
    negative = any(value is not None and value < 0 for value in values)
    return place.left + (number if negative else 0), place.right - number


def spread(spots: list[float], gap: float, bottom: float) -> list[float]:
    """The same spots moved as little as needed so that neighbours are ``gap`` apart."""
    order = sorted(range(len(spots)), key=lambda i: spots[i])
    moved = list(spots)
    for before, after in pairwise(order):
        moved[after] = max(moved[after], moved[before] + gap)
    over = max((moved[order[-1]] - bottom) if order else 0, 0)
    for after, before in pairwise(reversed(order)):
        if over:
            moved[after] = min(moved[after], bottom)
            moved[before] = min(moved[before], moved[after] - gap)
    return moved


def ticks(sheet: Sheet, values: Sequence[Number], place: Rows, kind: Kind, language: str) -> Scale:
    """A value axis under the rows with light lines; returns the scale from values to px."""
    known = [value for value in values if value is not None] or [0, 1]
    inset = 8
    for bins in (6, 5, 4, 3, 2, 1):
        steps = _steps(min(known), max(known), bins, kind)
        at = linear(min(known + steps), max(known + steps), place.left + inset, place.right - inset)
        labels = _tick_labels(steps, kind, language)
        widest = max(wide(label, SMALL) for label in labels)
        if len(steps) < 2 or at(steps[1]) - at(steps[0]) > widest + 12:
            break
    last = -1e9
    for step, label in zip(steps, labels, strict=True):
        half = wide(label, SMALL) / 2
        x = min(max(at(step), PAD + half), sheet.width - PAD - half)
        upright(sheet, at(step), place, RULE, 0.8, under=True)
        if x - half > last + 4:
            sheet.text(x, place.bottom + 10, label, size=SMALL, colour=MUTED, align="center")
            last = x + half
    return at


def _steps(low: float, high: float, bins: int, kind: Kind) -> list[float]:
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    from matplotlib.ticker import MaxNLocator

    locator = MaxNLocator(nbins=bins, steps=[1, 2, 2.5, 5, 10], integer=kind == "integer")
    return [float(step) for step in locator.tick_values(low, high)]


def _tick_labels(steps: list[float], kind: Kind, language: str) -> list[str]:
    """Labels with as few decimals as tell the steps apart."""
    if kind == "integer":
        return [i18n.integer(step, language) for step in steps]
    for decimals in range(4):
        labels = [cell(step, Column("", kind, decimals), language) for step in steps]
        factor = 100 if kind in ("percent", "points") else 1
        if all(abs(round(s * factor, decimals) - s * factor) < 1e-9 for s in steps):
            break
    return labels


def value_axis_room(values: Sequence[Number], kind: Kind, language: str) -> float:
    known = [value for value in values if value is not None] or [0, 1]
    labels = _tick_labels(_steps(min(*known, 0), max(*known, 0), 5, kind), kind, language)
    return max(wide(label, SMALL) for label in labels) + 8


def value_axis(sheet: Sheet, values: Sequence[Number], place: Rows, kind: Kind, language: str) -> Scale:
    """A value axis at the left, from zero; returns the scale from values to px."""
    known = [value for value in values if value is not None] or [0, 1]
    steps = _steps(min(*known, 0), max(*known, 0), 5, kind)
    rise = linear(steps[0], steps[-1], place.bottom, place.top)
    for step, label in zip(steps, _tick_labels(steps, kind, language), strict=True):
        sheet.line([place.left, place.right], [rise(step)] * 2, INK if step == 0 else RULE, 0.8)
        sheet.text(place.left - 8, rise(step), label, size=SMALL, colour=MUTED, align="right")
    return rise


def date_axis(sheet: Sheet, days: Sequence[dt.date], at: Scale, place: Rows, language: str) -> None:
    """Months under the plot: the given days where all fit, else the first days of months in even steps."""
    for step in (0, 1, 3, 6, 12, 24, 60):
        chosen = _months(days, step) if step else days
        labels = [i18n.axis_month(day, language) for day in chosen]
        halves = [wide(label, SMALL) / 2 for label in labels]
        spots = [
            min(max(at(day.toordinal()), PAD + half), sheet.width - PAD - half)
            for day, half in zip(chosen, halves, strict=True)
        ]
        ends = [(x - half, x + half) for x, half in zip(spots, halves, strict=True)]
        if all(end + 10 < start for (_, end), (start, _) in pairwise(ends)):
            break
    for day, x, label in zip(chosen, spots, labels, strict=True):
        sheet.line([at(day.toordinal())] * 2, [place.bottom, place.bottom + 4], MUTED, 0.8)
        sheet.text(x, place.bottom + 13, label, size=SMALL, colour=MUTED, align="center")


def _months(days: Sequence[dt.date], step: int) -> list[dt.date]:
    """First days of months between the first and the last day, so many months apart from a January on."""
    first, last = (day.year * 12 + day.month - 1 for day in (min(days), max(days)))
    starts = [dt.date(m // 12, m % 12 + 1, 1) for m in range(first, last + 1) if m % step == 0]
    return [day for day in starts if day >= min(days)] or [min(days)]
