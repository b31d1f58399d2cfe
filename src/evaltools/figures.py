"""Figures in one visual language: a picture as SVG, an alternative text with its numbers, and the numbers as a table.

Every function computes nothing but positions: shares, intervals and counts come in, a :class:`present.Figure` goes out.
A picture is drawn twice, 720 px wide and 340 px wide for a phone; the ``svg`` of a figure is the two drawings one after
the other, and a style inside them shows the one that fits. Text is measured with the font that matplotlib brings along
(a wide one), so it neither overlaps nor is cut in the narrower fonts of browsers. None is never drawn: the alternative
text says how many are missing.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal
from xml.etree import ElementTree as ET

import seaborn as sns
from babel.dates import format_date
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon, Rectangle
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from evaltools import text
from evaltools.html import cell
from evaltools.present import Column, Figure, Kind, Table

WIDE, PHONE = 720, 340  # px
BREAK = 600  # a page narrower than this shows the drawing for phones
SIZE, SMALL = 13, 12  # px of text
PAD = 16  # px between the card's edge and what is drawn
LEADING = 1.3
FONT = "DejaVu Sans"
SHOWN_IN = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
INK, MUTED, RULE, CARD = "#1b2430", "#4f5b68", "#d5dbe0", "#ffffff"
SPOKEN = 8  # rows that the alternative text reads out

_blind = [to_hex(colour) for colour in sns.color_palette("colorblind")]
BLUE, ORANGE, GREEN, RED = _blind[0], _blind[1], _blind[2], _blind[3]
SERIES = [BLUE, RED, GREEN, "#7a4fa3", "#5c6670", "#8a5a00"]
NEUTRAL = "#c9cfd5"

Number = float | int | None
Align = Literal["left", "center", "right"]
Draw = Callable[[Axes, int], float]


@dataclass(frozen=True, slots=True)
class _Rows:
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


# --- charts ---------------------------------------------------------------------------------------------------------


def bars(
    id: str,
    caption: str,
    labels: Sequence[str],
    values: Sequence[Number],
    *,
    language: str,
    kind: Kind = "percent",
    n: Sequence[int | None] | None = None,
    target: float | None = None,
    source: str = "",
) -> Figure:
    """Horizontal bars with their values; ``target`` is a dashed line, ``n`` stands in the margin.

    ``values`` are shares for ``percent``, else numbers. Raises ValueError where lengths differ.
    """
    _same_length(id, labels, values, n)
    shown = _shown(values, kind, language)
    columns = [_column("item", language), Column(text.say(f"figure.heading.{kind}", language), kind)]
    rows = [[label, value] for label, value in zip(labels, values, strict=True)]
    if n is not None:
        columns.append(Column(text.say("figure.heading.n", language), "integer"))
        rows = [[*row, count] for row, count in zip(rows, n, strict=True)]
    details = _counts(n, language)

    def draw(axes: Axes, width: int) -> float:
        name = [] if target is None else _wrap(_target(target, kind, language), width - 2 * PAD, SMALL)
        place = _rows(axes, width, labels, details, band=22, top=PAD + _height(name))
        room = _room(shown, place, values)
        at = _scale([*values, target, 0], *room)
        if target is not None:
            _reference(axes, at(target), place, name, width)
        for middle, value, mark in zip(place.middles, values, shown, strict=True):
            _bar(axes, at, value, middle, place.band - 4, BLUE, mark)
        _upright(axes, at(0), place, INK, 1)
        return place.bottom

    words = _speak(labels, shown, language)
    said = [text.say("figure.alt.bars", language), words, *_extremes(labels, values, shown, language)]
    if target is not None:
        said.append(_target(target, kind, language))
    return _figure(id, caption, draw, said, columns, rows, language, source, values)


def grouped_bars(
    id: str,
    caption: str,
    labels: Sequence[str],
    series: dict[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "percent",
    source: str = "",
) -> Figure:
    """Horizontal bars, one of each series under every label, with a legend above."""
    _same_length(id, labels, *series.values())
    shown = {name: _shown(values, kind, language) for name, values in series.items()}
    everything = [value for values in series.values() for value in values]

    def draw(axes: Axes, width: int) -> float:
        top = _legend(axes, list(zip(series, SERIES, strict=False)), width)
        place = _rows(axes, width, labels, None, band=18 * len(series) + 4, top=top)
        at = _scale([*everything, 0], *_room([s for some in shown.values() for s in some], place, everything))
        for row, middle in enumerate(place.middles):
            first = middle - 18 * (len(series) - 1) / 2
            for order, (name, values) in enumerate(series.items()):
                _bar(axes, at, values[row], first + 18 * order, 15, _colour(order), shown[name][row])
        _upright(axes, at(0), place, INK, 1)
        return place.bottom

    columns = [_column("item", language), *(Column(name, kind) for name in series)]
    rows = [[label, *(values[row] for values in series.values())] for row, label in enumerate(labels)]
    marks = [", ".join(f"{name} {shown[name][row]}" for name in series) for row in range(len(labels))]
    said = [text.say("figure.alt.grouped", language), _speak(labels, marks, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, everything)


def forest(
    id: str,
    caption: str,
    labels: Sequence[str],
    estimates: Sequence[Number],
    lower: Sequence[Number],
    upper: Sequence[Number],
    *,
    language: str,
    n: Sequence[int | None] | None = None,
    bounds: Sequence[tuple[Number, Number] | None] | None = None,
    reference: float | None = None,
    reference_label: str = "",
    kind: Kind = "percent",
    source: str = "",
) -> Figure:
    """Estimates with their 95 % intervals; a paler bar behind for worst and best case, a dashed line to compare with.

    ``bounds`` are (lowest, highest) pairs. Raises ValueError where lengths differ.
    """
    _same_length(id, labels, estimates, lower, upper, n, bounds)
    extremes = [pair or (None, None) for pair in bounds or [None] * len(labels)]
    marks = _with_intervals(estimates, lower, upper, kind, language)
    counts = _counts(n, language) or [""] * len(labels)
    details = [f"{mark}, {count}".removesuffix(", ") for mark, count in zip(marks, counts, strict=True)]
    beside = "" if reference is None else f"{reference_label} {_show(reference, kind, language)}".strip()
    span = [*estimates, *lower, *upper, *(end for pair in extremes for end in pair), reference]

    def draw(axes: Axes, width: int) -> float:
        keys = [(text.say("figure.mark.interval", language), BLUE)]
        keys += [(text.say("figure.mark.bounds", language), NEUTRAL)] if bounds else []
        name = [] if reference is None else _wrap(beside, width - 2 * PAD, SMALL)
        top = _legend(axes, keys, width) + _height(name)
        place = _rows(axes, width, labels, details, band=22, top=top)
        at = _ticks(axes, span, place, width, kind, language)
        if reference is not None:
            _reference(axes, at(reference), place, name, width)
        for row, middle in enumerate(place.middles):
            _span(axes, at, *extremes[row], middle, NEUTRAL, 8)
            _span(axes, at, lower[row], upper[row], middle, BLUE, 3)
            if estimates[row] is not None:
                axes.add_artist(Circle((at(estimates[row]), middle), 5.5, fc=BLUE, ec=CARD, lw=1.5, zorder=4))
        return place.bottom + 22

    columns = [
        _column("item", language),
        *(Column(text.say(f"figure.heading.{name}", language), kind) for name in ("estimate", "lower", "upper")),
    ]
    rows = [list(row) for row in zip(labels, estimates, lower, upper, strict=True)]
    if bounds is not None:
        columns += [Column(text.say(f"figure.heading.{name}", language), kind) for name in ("lowest", "highest")]
        rows = [[*row, *pair] for row, pair in zip(rows, extremes, strict=True)]
    if n is not None:
        columns.append(Column(text.say("figure.heading.n", language), "integer"))
        rows = [[*row, count] for row, count in zip(rows, n, strict=True)]
    said = [text.say("figure.alt.forest", language), _speak(labels, details, language)]
    if reference is not None:
        said.append(text.say("figure.alt.reference", language, reference=beside))
    return _figure(id, caption, draw, said, columns, rows, language, source, estimates)


def change(
    id: str,
    caption: str,
    labels: Sequence[str],
    improved: Sequence[int | None],
    same: Sequence[int | None],
    worse: Sequence[int | None],
    *,
    language: str,
    source: str = "",
) -> Figure:
    """Shares of improved, same and worse as bars around the middle of "same"; n in the margin. Values are counts."""
    _same_length(id, labels, improved, same, worse)
    names = [text.say(f"figure.heading.{name}", language) for name in ("worse", "same", "improved")]
    colours = [RED, NEUTRAL, BLUE]
    shares, totals = _shares(list(zip(worse, same, improved, strict=True)))
    details = _counts(totals, language)

    def draw(axes: Axes, width: int) -> float:
        top = _legend(axes, list(zip(names, colours, strict=True)), width)
        place = _rows(axes, width, labels, details, band=26, top=top)
        present = [row for row in shares if row]
        reach = max([row[0] + row[1] / 2 for row in present] + [row[2] + row[1] / 2 for row in present], default=1)
        at = _linear(-reach, reach, place.left, place.right)
        _upright(axes, at(0), place, MUTED, 1, under=True)
        for row, middle in zip(shares, place.middles, strict=True):
            if row:
                _segments(axes, at, -row[0] - row[1] / 2, row, middle, place.band - 4, colours, language)
        return place.bottom

    columns = [_column("item", language), *(Column(name, "integer") for name in names)]
    columns += [Column(text.say("figure.heading.share", language, label=name), "percent") for name in names]
    rows = [
        [label, w, s, i, *(row or [None] * 3)]
        for label, w, s, i, row in zip(labels, worse, same, improved, shares, strict=True)
    ]
    said = [text.say("figure.alt.change", language), _speak_shares(labels, names, shares, details, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, totals)


def distribution(
    id: str,
    caption: str,
    labels: Sequence[str],
    categories: Sequence[str],
    counts: Sequence[Sequence[int | None]],
    *,
    language: str,
    source: str = "",
) -> Figure:
    """Answers to ordered categories (lowest first) as stacked 100 % bars, percentages where they fit; n in the margin.

    ``counts[row][category]``. Raises ValueError where a row has not one count a category.
    """
    _same_length(id, labels, counts)
    _same_length(id, categories, *counts)
    colours = _diverging(len(categories))
    shares, totals = _shares(counts)
    details = _counts(totals, language)

    def draw(axes: Axes, width: int) -> float:
        top = _legend(axes, list(zip(categories, colours, strict=True)), width)
        place = _rows(axes, width, labels, details, band=28, top=top)
        at = _linear(0, 1, place.left, place.right)
        for row, middle in zip(shares, place.middles, strict=True):
            if row:
                _segments(axes, at, 0, row, middle, place.band - 4, colours, language)
        return place.bottom

    columns = [_column("item", language), *(Column(name, "integer") for name in categories)]
    columns += [Column(text.say("figure.heading.share", language, label=name), "percent") for name in categories]
    rows = [
        [label, *row, *(share or [None] * len(categories))]
        for label, row, share in zip(labels, counts, shares, strict=True)
    ]
    said = [text.say("figure.alt.distribution", language), _speak_shares(labels, categories, shares, details, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, totals)


def lines(
    id: str,
    caption: str,
    x: Sequence[dt.date],
    series: dict[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "integer",
    source: str = "",
) -> Figure:
    """Lines over time from zero (or the lowest value where one is negative), last values beside their ends."""
    _same_length(id, x, *series.values())
    everything = [value for values in series.values() for value in values]
    days = [day.toordinal() for day in x]

    def draw(axes: Axes, width: int) -> float:
        top = _legend(axes, list(zip(series, SERIES, strict=False)), width) + 8
        ends = _line_ends(series, kind, language)
        left, right = (
            _value_axis_room(everything, kind, language),
            max([_wide(e[1], weight="bold") for e in ends], default=0),
        )
        place = _Rows([], 0, PAD + left, width - PAD - right - 8, top, top + (240 if width == WIDE else 190))
        rise = _value_axis(axes, everything, place, kind, language)
        at = _linear(min(days, default=0), max([*days, min(days, default=0) + 1]), place.left, place.right)
        _date_axis(axes, x, at, place, width, language)
        for order, values in enumerate(series.values()):
            _run(axes, [at(day) for day in days], [None if v is None else rise(v) for v in values], _colour(order))
        spots = _apart([rise(value) for value, _, _ in ends], SIZE * LEADING, place.top, place.bottom)
        for (_, label, order), y in zip(ends, spots, strict=True):
            _text(axes, place.right + 8, y, label, colour=_dark(_colour(order)), weight="bold")
        return place.bottom + 24

    columns = [_column("date", language, "date"), *(Column(name, kind) for name in series)]
    rows = [[day.isoformat(), *(values[row] for values in series.values())] for row, day in enumerate(x)]
    said = [text.say("figure.alt.lines", language), _speak_lines(x, series, kind, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, everything)


def funnel(
    id: str,
    caption: str,
    labels: Sequence[str],
    stages: dict[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "integer",
    source: str = "",
) -> Figure:
    """Counts by stage (reached, applied, enrolled): a column of bars a stage, each column on its own scale."""
    _same_length(id, labels, *stages.values())
    shown = {name: _shown(values, kind, language) for name, values in stages.items()}
    everything = [value for values in stages.values() for value in values]

    def draw(axes: Axes, width: int) -> float:
        share = 0.3 if width == WIDE else 1
        left = PAD + (width - 2 * PAD) * share if share < 1 else PAD
        step = (width - PAD - left) / max(len(stages), 1)
        heads = [_wrap(name, step - 14, weight="bold") for name in stages]
        top = PAD + max(map(len, heads), default=0) * SIZE * LEADING + 4
        place = _rows(axes, width, labels, None, band=20, top=top, share=share)
        for order, (name, values) in enumerate(stages.items()):
            start = place.left + order * (place.right - place.left) / len(stages)
            end = start + (place.right - place.left) / len(stages) - 14
            _lines_of_text(axes, start, top - 8, heads[order], weight="bold", above=True)
            at = _scale([*values, 0], start, end - max(map(_wide, shown[name]), default=0) - 5)
            for row, middle in enumerate(place.middles):
                _bar(axes, at, values[row], middle, place.band - 4, _colour(order), shown[name][row])
            _upright(axes, start, place, RULE, 1)
        note = _wrap(text.say("figure.mark.scale", language), width - 2 * PAD, size=SMALL)
        return _lines_of_text(axes, PAD, place.bottom + 10, note, size=SMALL, colour=MUTED)

    columns = [_column("item", language), *(Column(name, kind) for name in stages)]
    rows = [[label, *(values[row] for values in stages.values())] for row, label in enumerate(labels)]
    marks = [", ".join(f"{name} {shown[name][row]}" for name in stages) for row in range(len(labels))]
    said = [text.say("figure.alt.funnel", language), _speak(labels, marks, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, everything)


def flow(
    id: str,
    caption: str,
    steps: Sequence[tuple[str, int | None, float | None, int | None]],
    *,
    language: str,
    source: str = "",
) -> Figure:
    """Boxes from step to step: (label, count, share of the first step, change from the step before)."""
    labels = [label for label, *_ in steps]
    counts = [count for _, count, *_ in steps]
    shares = [share for *_, share, _ in steps]
    changes = [change for *_, change in steps]
    marks = [
        f"{text.integer(count, language)} ({text.percent(share, language)})"
        if share is not None
        else text.integer(count, language)
        for count, share in zip(counts, shares, strict=True)
    ]

    def draw(axes: Axes, width: int) -> float:
        y, room = float(PAD), width - 2 * PAD - 28
        numbers = max((_wide(mark, weight="bold") for mark in marks), default=0)
        for row, label in enumerate(labels):
            if row:
                _arrow(axes, PAD + 30, y, y + 26)
                if changes[row] is not None:
                    _text(axes, PAD + 44, y + 13, _signed(changes[row], language), size=SMALL, colour=MUTED)
                y += 28
            wrapped = _wrap(label, room - numbers - 16)
            height = len(wrapped) * SIZE * LEADING + 20
            _box(axes, PAD, y, width - 2 * PAD, height)
            _lines_of_text(axes, PAD + 14, y + 10, wrapped)
            _text(axes, width - PAD - 14, y + height / 2, marks[row], align="right", weight="bold")
            y += height + 2
        return y

    columns = [
        _column("step", language),
        Column(text.say("figure.heading.integer", language), "integer"),
        Column(text.say("figure.heading.percent", language), "percent"),
        Column(text.say("figure.heading.change", language), "integer"),
    ]
    rows = [list(row) for row in zip(labels, counts, shares, changes, strict=True)]
    said = [text.say("figure.alt.flow", language), _speak(labels, marks, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, counts)


def pyramid(
    id: str,
    caption: str,
    labels: Sequence[str],
    left: Sequence[Number],
    right: Sequence[Number],
    *,
    left_label: str,
    right_label: str,
    language: str,
    kind: Kind = "percent",
    source: str = "",
) -> Figure:
    """Two sets of shares back to back, labels between; the first label (the youngest) stands lowest."""
    _same_length(id, labels, left, right)
    shown = [_shown(values, kind, language) for values in (left, right)]

    def draw(axes: Axes, width: int) -> float:
        wrapped = [_wrap(label, width * 0.3) for label in labels]
        middle = max([_wide(line) for block in wrapped for line in block], default=0) / 2 + 10
        numbers = max(map(_wide, shown[0] + shown[1]), default=0) + 5
        heads = [_wrap(name, width / 2 - middle - PAD, weight="bold") for name in (left_label, right_label)]
        y = PAD + max(map(len, heads)) * SIZE * LEADING
        _lines_of_text(axes, width / 2 - middle, y, heads[0], align="right", weight="bold", above=True)
        _lines_of_text(axes, width / 2 + middle, y, heads[1], weight="bold", above=True)
        to_left = _scale([*left, *right, 0], width / 2 - middle, PAD + numbers)
        to_right = _scale([*left, *right, 0], width / 2 + middle, width - PAD - numbers)
        y += 8
        for row in reversed(range(len(labels))):
            height = max(26, len(wrapped[row]) * SIZE * LEADING + 6)
            centre = y + height / 2
            _bar(axes, to_left, left[row], centre, 20, SERIES[0], shown[0][row])
            _bar(axes, to_right, right[row], centre, 20, SERIES[1], shown[1][row])
            start = centre - len(wrapped[row]) * SIZE * LEADING / 2
            _lines_of_text(axes, width / 2, start, wrapped[row], align="center")
            y += height
        return y

    columns = [_column("item", language), Column(left_label, kind), Column(right_label, kind)]
    rows = [list(row) for row in zip(labels, left, right, strict=True)]
    marks = [f"{left_label} {a}, {right_label} {b}" for a, b in zip(*shown, strict=True)]
    said = [text.say("figure.alt.pyramid", language), _speak(labels, marks, language)]
    return _figure(id, caption, draw, said, columns, rows, language, source, [*left, *right])


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
    source: str = "",
) -> Figure:
    """Actions: a ring where one was planned, a dot where it was done, a red line for the time it is late.

    A cancelled action has its ring only: it is not late.
    """
    _same_length(id, labels, planned, done, cancelled)
    off = [False] * len(labels) if cancelled is None else list(cancelled)
    states = [
        text.say("figure.state.cancelled", language) if gone else _state(plan, end, today, language)
        for plan, end, gone in zip(planned, done, off, strict=True)
    ]
    days = [day for day in [*planned, *done, today] if day is not None]
    legend = [
        (text.say("figure.heading.planned", language), "ring"),
        (text.say("figure.heading.done", language), "dot"),
    ]

    def draw(axes: Axes, width: int) -> float:
        now = _wrap(text.say("figure.mark.today", language, date=text.date(today, language)), width - 2 * PAD, SMALL)
        place = _rows(axes, width, labels, states, band=22, top=_legend(axes, legend, width) + _height(now))
        at = _linear(min(days).toordinal(), max(days).toordinal() + 1, place.left + 6, place.right - 6)
        _date_axis(axes, sorted(set(days)), at, place, width, language)
        _reference(axes, at(today.toordinal()), place, now, width)
        for plan, end, gone, middle in zip(planned, done, off, place.middles, strict=True):
            _action(axes, at, plan, end, plan if gone and plan else today, middle)
        return place.bottom + 24

    columns = [
        _column("item", language),
        _column("planned", language, "date"),
        _column("done", language, "date"),
        _column("state", language),
    ]
    rows = [
        [label, plan and plan.isoformat(), end and end.isoformat(), state]
        for label, plan, end, state in zip(labels, planned, done, states, strict=True)
    ]
    said = [
        text.say("figure.alt.timeline", language, date=text.date(today, language)),
        _speak(labels, states, language),
    ]
    return _figure(id, caption, draw, said, columns, rows, language, source, planned)


def matrix(
    id: str,
    caption: str,
    labels: Sequence[str],
    values: Sequence[Sequence[Number]],
    *,
    language: str,
    kind: Kind = "integer",
    source: str = "",
) -> Figure:
    """What groups share: a square of numbers, darker where more; columns carry the numbers of the rows' groups."""
    _same_length(id, labels, values, *values)
    flat = [value for row in values for value in row if value is not None]
    ramp = sns.light_palette(BLUE, as_cmap=True)
    numbers = [f"{row + 1}" for row in range(len(labels))]

    def draw(axes: Axes, width: int) -> float:
        listed = [f"{number} {label}" for number, label in zip(numbers, labels, strict=True)]
        beside = width == WIDE
        left = PAD + (min(max(map(_wide, listed), default=0) + 12, width * 0.42) if beside else 24)
        side = (width - PAD - left) / max(len(labels), 1)
        height = max(30.0, min(side, 40.0))
        y = PAD + 18.0
        for column, number in enumerate(numbers):
            _text(axes, left + (column + 0.5) * side, y - 10, number, align="center", weight="bold")
        for row, line in enumerate(values):
            wrapped = _wrap(listed[row], left - PAD - 12) if beside else [numbers[row]]
            tall = max(height, len(wrapped) * SIZE * LEADING + 6)
            _lines_of_text(axes, PAD, y + (tall - len(wrapped) * SIZE * LEADING) / 2, wrapped)
            for column, value in enumerate(line):
                fill = to_hex(ramp(value / max([*flat, 1]))) if value is not None else CARD
                _rect(axes, left + column * side, y, side - 2, tall - 2, fill)
                _cell_text(axes, left + (column + 0.5) * side - 1, y + tall / 2 - 1, value, kind, language, fill, side)
            y += tall
        for line in [] if beside else listed:
            y = _lines_of_text(axes, PAD, y + 6, _wrap(line, width - 2 * PAD))
        return y

    columns = [_column("item", language), *(Column(label, kind) for label in labels)]
    rows = [[label, *line] for label, line in zip(labels, values, strict=True)]
    pairs = [
        (f"{labels[a]} – {labels[b]}", values[a][b])
        for a in range(len(labels))
        for b in range(a + 1, len(labels))
        if values[a][b] is not None
    ]
    pairs = sorted(pairs, key=lambda pair: -pair[1])[:SPOKEN]
    spoken = _speak([p[0] for p in pairs], [_show(p[1], kind, language) for p in pairs], language)
    said = [text.say("figure.alt.matrix", language), spoken]
    return _figure(id, caption, draw, said, columns, rows, language, source, [v for row in values for v in row])


# --- words ----------------------------------------------------------------------------------------------------------


def _figure(
    id: str,
    caption: str,
    draw: Draw,
    said: list[str],
    columns: list[Column],
    rows: list[list],
    language: str,
    source: str,
    values: Sequence[object],
) -> Figure:
    missing = sum(value is None for value in values)
    if missing:
        said = [*said, text.say("figure.alt.missing", language, n=missing)]
    alt = " ".join(_sentence(words) for words in [caption, *said] if words)
    data = Table(f"{id}-data", caption, columns, rows, language, source=source)
    return Figure(id, caption, alt, _svg(draw, id), data)


def _sentence(words: str) -> str:
    return words if words.rstrip().endswith((".", "?", "!")) else words + "."


def _same_length(id: str, first: Sequence, *others: Sequence | None) -> None:
    for other in others:
        if other is not None and len(other) != len(first):
            raise ValueError(f"figure {id}: {len(first)} labels but {len(other)} values")


def _column(name: str, language: str, kind: Kind = "text") -> Column:
    return Column(text.say(f"figure.heading.{name}", language), kind)


def _show(value: Number, kind: Kind, language: str) -> str:
    return cell(value, Column("", kind), language) if value is not None else text.say("figure.mark.none", language)


def _target(value: float, kind: Kind, language: str) -> str:
    return text.say("figure.mark.target", language, value=_show(value, kind, language))


def _shown(values: Sequence[Number], kind: Kind, language: str) -> list[str]:
    return [_show(value, kind, language) for value in values]


def _with_intervals(
    estimates: Sequence[Number], lower: Sequence[Number], upper: Sequence[Number], kind: Kind, language: str
) -> list[str]:
    marks = []
    for value, low, high in zip(estimates, lower, upper, strict=True):
        mark = _show(value, kind, language)
        if value is not None and low is not None and high is not None:
            mark += f" ({text.interval(_show(low, kind, language), _show(high, kind, language))})"
        marks.append(mark)
    return marks


def _counts(n: Sequence[int | None] | None, language: str) -> list[str] | None:
    if n is None:
        return None
    return [text.say("figure.mark.n", language, n=text.integer(count, language)) for count in n]


def _shares(counts: Sequence[Sequence[int | None]]) -> tuple[list[list[float] | None], list[int | None]]:
    """Each row's counts as shares, and totals; None for a row without a full set of counts or with total 0."""
    totals = [None if any(count is None for count in row) else sum(row) for row in counts]  # type: ignore[arg-type]
    shares = [[c / total for c in row] if total else None for row, total in zip(counts, totals, strict=True)]
    return shares, totals


def _speak(labels: Sequence[str], marks: Sequence[str], language: str) -> str:
    """The first rows in words, and how many more the table has."""
    said = _sentence("; ".join(f"{label}: {mark}" for label, mark in zip(labels[:SPOKEN], marks[:SPOKEN], strict=True)))
    rest = len(labels) - SPOKEN
    return (said + " " + text.say("figure.alt.rest", language, n=rest) if rest > 0 else said) if labels else ""


def _speak_shares(
    labels: Sequence[str],
    names: Sequence[str],
    shares: Sequence[list[float] | None],
    details: list[str] | None,
    language: str,
) -> str:
    marks = []
    for row, share in enumerate(shares):
        words = [f"{name} {text.percent(s, language, 0)}" for name, s in zip(names, share or [], strict=False)]
        none = text.say("figure.mark.none", language)
        marks.append(", ".join([*(words or [none]), *([details[row]] if details else [])]))
    return _speak(labels, marks, language)


def _speak_lines(x: Sequence[dt.date], series: dict[str, Sequence[Number]], kind: Kind, language: str) -> str:
    said = []
    for name, values in series.items():
        known = [(day, value) for day, value in zip(x, values, strict=True) if value is not None]
        if known:
            words = {"first": _show(known[0][1], kind, language), "last": _show(known[-1][1], kind, language)}
            words |= {"start": text.date(known[0][0], language), "end": text.date(known[-1][0], language)}
            said.append(text.say("figure.alt.from_to", language, label=name, **words))
    return "; ".join(said)


def _extremes(labels: Sequence[str], values: Sequence[Number], shown: list[str], language: str) -> list[str]:
    known = [row for row, value in enumerate(values) if value is not None]
    if len(known) < 3:
        return []
    highest, lowest = (choose(known, key=lambda row: values[row]) for choose in (max, min))  # type: ignore[type-var]
    words = [f"{labels[row]} {shown[row]}" for row in (highest, lowest)]
    return [text.say("figure.alt.extremes", language, highest=words[0], lowest=words[1])]


def _state(plan: dt.date | None, end: dt.date | None, today: dt.date, language: str) -> str:
    if end is not None:
        late = (end - plan).days if plan else 0
        return text.say("figure.state.late", language, n=late) if late > 0 else text.say("figure.state.done", language)
    if plan is None:
        return text.say("figure.state.unplanned", language)
    overdue = (today - plan).days
    return (
        text.say("figure.state.overdue", language, n=overdue)
        if overdue > 0
        else text.say("figure.state.ahead", language)
    )


def _signed(value: int, language: str) -> str:
    return ("+" if value > 0 else "") + text.integer(value, language)


def _month(day: dt.date, language: str) -> str:
    return format_date(day, "M/yyyy" if language == "fi" else "MMM yyyy", locale=language)


# --- measuring ------------------------------------------------------------------------------------------------------


@cache
def _wide(words: str, size: float = SIZE, weight: str = "normal") -> float:
    """Width of a line of text in px."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(_clean(words), font, ismath=False)[0]


def _wrap(words: str, width: float, size: float = SIZE, weight: str = "normal") -> list[str]:
    """Lines no wider than ``width`` px: broken at spaces and after hyphens, inside a word only where it must be."""
    lines = [""]
    for word in filter(None, _clean(words).split(" ")):
        for order, piece in enumerate(re.findall(r"[^-]+-*|-+", word)):
            joined = lines[-1] + (" " if order == 0 and lines[-1] else "") + piece
            if _wide(joined, size, weight) <= width:
                lines[-1] = joined
            else:
                lines += _cut(piece, width, size, weight)
    return [line for line in lines if line] or [""]


def _cut(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in pieces that fit, a hyphen at each break."""
    pieces = []
    while _wide(word, size, weight) > width and len(word) > 1:
        end = len(word) - 1
        while end > 1 and _wide(word[:end] + "-", size, weight) > width:
            end -= 1
        pieces.append(word[:end] + "-")
        word = word[end:]
    return [*pieces, word]


def _clean(words: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ufffe\uffff]", " ", words).strip()


def _linear(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """From values to px."""
    span = (high - low) or 1
    return lambda value: start + (value - low) / span * (end - start)


def _scale(values: Sequence[Number], start: float, end: float) -> Callable[[float], float]:
    known = [value for value in values if value is not None]
    return _linear(min(known, default=0), max(known, default=1), start, end)


def _room(shown: Sequence[str], place: _Rows, values: Sequence[Number]) -> tuple[float, float]:
    """The plot's ends with room for the values beside bars: right of positive ones, left of negative ones."""
    number = max(map(_wide, shown), default=0) + 6
    negative = any(value is not None and value < 0 for value in values)
    return place.left + (number if negative else 0), place.right - number


def _apart(spots: list[float], gap: float, top: float, bottom: float) -> list[float]:
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


# --- drawing --------------------------------------------------------------------------------------------------------


def _rows(
    axes: Axes,
    width: int,
    labels: Sequence[str],
    details: Sequence[str] | None,
    *,
    band: float,
    top: float,
    share: float = 0.36,
) -> _Rows:
    """Write the rows' labels and details (the text in the right margin) and say where the plot's bands stand.

    On the wide drawing labels stand beside the bands, on the narrow one above them with the details.
    """
    details = details or [""] * len(labels)
    if width != WIDE:
        return _stacked_rows(axes, width, labels, details, band, top)
    beside = [[line.rstrip(",") for line in _wrap(detail, width * 0.26, SMALL)] for detail in details]
    margin = max([_wide(line, SMALL) for block in beside for line in block], default=0)
    room = (width - 2 * PAD) * share - 12
    wrapped = [_wrap(label, room) for label in labels]
    column = min(max([_wide(line) for block in wrapped for line in block], default=0), room) if share == 0.36 else room
    y, middles = top, []
    for block, detail in zip(wrapped, beside, strict=True):
        height = max(band, len(block) * SIZE * LEADING, len(detail) * SMALL * LEADING) + 8
        middles.append(y + height / 2)
        _lines_of_text(axes, PAD, y + (height - len(block) * SIZE * LEADING) / 2, block)
        start = y + (height - len(detail) * SMALL * LEADING) / 2
        _lines_of_text(axes, width - PAD, start, detail, size=SMALL, colour=MUTED, align="right")
        y += height
    right = width - PAD - (margin + 12 if margin else 0)
    return _Rows(middles, band, PAD + column + 12, right, top, y)


def _stacked_rows(
    axes: Axes, width: int, labels: Sequence[str], details: Sequence[str], band: float, top: float
) -> _Rows:
    y, middles = top, []
    for label, detail in zip(labels, details, strict=True):
        block = _wrap(label, width - 2 * PAD)
        y = _lines_of_text(axes, PAD, y + 6, block)
        if detail and _wide(block[-1]) + _wide(detail, SMALL) + 16 > width - 2 * PAD:
            y = _lines_of_text(axes, PAD, y, _wrap(detail, width - 2 * PAD, SMALL), size=SMALL, colour=MUTED)
        elif detail:
            spot = y - SIZE * LEADING / 2
            _text(axes, width - PAD, spot, detail, size=SMALL, colour=MUTED, align="right")
        middles.append(y + 2 + band / 2)
        y += band + 6
    return _Rows(middles, band, PAD, width - PAD, top, y, stacked=True)


def _text(
    axes: Axes,
    x: float,
    y: float,
    words: str,
    *,
    size: float = SIZE,
    colour: str = INK,
    align: Align = "left",
    weight: str = "normal",
) -> None:
    """One line of text with its middle at ``y``."""
    if not words:
        return
    axes.text(
        x,
        y + 0.36 * size,
        _clean(words),
        size=size,
        color=colour,
        ha=align,
        va="baseline",
        weight=weight,
        family=FONT,
        parse_math=False,
        zorder=6,
    )


def _lines_of_text(
    axes: Axes,
    x: float,
    y: float,
    block: list[str],
    *,
    size: float = SIZE,
    colour: str = INK,
    align: Align = "left",
    weight: str = "normal",
    above: bool = False,
) -> float:
    """Lines from ``y`` down, or ending there where ``above``; returns where they end."""
    step = size * LEADING
    start = y - step * len(block) if above else y
    for order, line in enumerate(block):
        _text(axes, x, start + (order + 0.5) * step, line, size=size, colour=colour, align=align, weight=weight)
    return start + step * len(block)


def _rect(axes: Axes, x: float, y: float, width: float, height: float, colour: str) -> None:
    axes.add_artist(Rectangle((x, y), width, height, fc=colour, ec="none", lw=0, zorder=2))


def _line(
    axes: Axes,
    xs: Sequence[float],
    ys: Sequence[float],
    colour: str,
    width: float,
    dashed: bool = False,
    under: bool = False,
) -> None:
    order, dashes = (1 if under else 3), (0, (4, 3)) if dashed else "-"
    axes.add_artist(Line2D(xs, ys, color=colour, lw=width, ls=dashes, zorder=order, solid_capstyle="butt"))


def _box(axes: Axes, x: float, y: float, width: float, height: float) -> None:
    style = "round,pad=0,rounding_size=6"
    axes.add_artist(FancyBboxPatch((x, y), width, height, boxstyle=style, fc="#eef3f7", ec=RULE, lw=1, zorder=1))


def _arrow(axes: Axes, x: float, top: float, bottom: float) -> None:
    _line(axes, [x, x], [top, bottom - 5], MUTED, 1.5)
    axes.add_artist(Polygon([(x - 5, bottom - 7), (x + 5, bottom - 7), (x, bottom)], fc=MUTED, ec="none", lw=0))


def _bar(
    axes: Axes, at: Callable[[float], float], value: Number, middle: float, height: float, colour: str, mark: str
) -> None:
    """A bar from zero with its value at the end; only the words where there is no value."""
    zero = at(0)
    end = zero if value is None else at(value)
    _rect(axes, min(zero, end), middle - height / 2, abs(end - zero), height, colour)
    outward = -1 if (value is not None and value < 0) != (at(1) < zero) else 1
    _text(
        axes,
        end + 5 * outward,
        middle,
        mark,
        size=SIZE if value is not None else SMALL,
        colour=INK if value is not None else MUTED,
        align="left" if outward > 0 else "right",
    )


def _span(
    axes: Axes, at: Callable[[float], float], low: Number, high: Number, middle: float, colour: str, height: float
) -> None:
    if low is not None and high is not None:
        _rect(axes, at(low), middle - height / 2, max(at(high) - at(low), 1), height, colour)


def _segments(
    axes: Axes,
    at: Callable[[float], float],
    start: float,
    shares: list[float],
    middle: float,
    height: float,
    colours: list[str],
    language: str,
) -> None:
    """Shares one after another, each with its percentage where that fits inside."""
    for share, colour in zip(shares, colours, strict=True):
        x, end = at(start), at(start + share)
        if share > 0:
            _rect(axes, x, middle - height / 2, max(end - x - 1, 0.5), height, colour)
        mark = text.percent(share, language, 0)
        if end - x > _wide(mark, SMALL) + 8:
            _text(axes, (x + end - 1) / 2, middle, mark, size=SMALL, colour=_on(colour), align="center")
        start += share


def _legend(axes: Axes, keys: Sequence[tuple[str, str]], width: int) -> float:
    """Swatches with their names, wrapped; returns where the plot may start."""
    x, y = float(PAD), float(PAD)
    for name, colour in keys:
        block = _wrap(name, width - 2 * PAD - 20, SMALL)
        need = 20 + max(_wide(line, SMALL) for line in block)
        if x > PAD and x + need > width - PAD:
            x, y = float(PAD), y + SMALL * LEADING + 3
        spot = y + SMALL * LEADING / 2
        if colour in ("ring", "dot"):
            fill, edge = (CARD, INK) if colour == "ring" else (BLUE, BLUE)
            axes.add_artist(Circle((x + 6, spot), 5, fc=fill, ec=edge, lw=1.5, zorder=4))
        else:
            _rect(axes, x, spot - 6, 12, 12, colour)
        end = _lines_of_text(axes, x + 20, y, block, size=SMALL)
        y = max(y, end - SMALL * LEADING)
        x += need + 18
    return y + SMALL * LEADING + 8 if keys else PAD


def _height(block: list[str]) -> float:
    return len(block) * SMALL * LEADING + 8 if block else 0


def _reference(axes: Axes, x: float, place: _Rows, block: list[str], width: int) -> None:
    """A dashed line over all rows with its name above, moved inside where it would leave the card."""
    _upright(axes, x, place, INK, 1.2, dashed=True)
    half = max(_wide(line, SMALL) for line in block) / 2
    spot = min(max(x, PAD + half), width - PAD - half)
    _lines_of_text(axes, spot, place.top - 4, block, size=SMALL, align="center", above=True)


def _upright(
    axes: Axes, x: float, place: _Rows, colour: str, width: float, dashed: bool = False, under: bool = False
) -> None:
    """A line over all rows; where labels stand above the bands, only over the bands."""
    half = place.band / 2 + 2
    parts = [(m - half, m + half) for m in place.middles] if place.stacked else [(place.top - 2, place.bottom)]
    for part in parts:
        _line(axes, [x, x], part, colour, width, dashed, under)


def _ticks(
    axes: Axes, values: Sequence[Number], place: _Rows, width: int, kind: Kind, language: str
) -> Callable[[float], float]:
    """A value axis under the rows with light lines; returns the scale from values to px."""
    known = [value for value in values if value is not None] or [0, 1]
    inset = 8
    for bins in (6, 5, 4, 3, 2, 1):
        steps = _steps(min(known), max(known), bins, kind)
        at = _linear(min(known + steps), max(known + steps), place.left + inset, place.right - inset)
        labels = _tick_labels(steps, kind, language)
        widest = max(_wide(label, SMALL) for label in labels)
        if len(steps) < 2 or at(steps[1]) - at(steps[0]) > widest + 12:
            break
    last = -1e9
    for step, label in zip(steps, labels, strict=True):
        half = _wide(label, SMALL) / 2
        x = min(max(at(step), PAD + half), width - PAD - half)
        _upright(axes, at(step), place, RULE, 0.8, under=True)
        if x - half > last + 4:
            _text(axes, x, place.bottom + 10, label, size=SMALL, colour=MUTED, align="center")
            last = x + half
    return at


def _steps(low: float, high: float, bins: int, kind: Kind) -> list[float]:
    if low == high:
        low, high = low - (abs(low) or 1) / 2, high + (abs(high) or 1) / 2
    locator = MaxNLocator(nbins=bins, steps=[1, 2, 2.5, 5, 10], integer=kind == "integer")
    return [float(step) for step in locator.tick_values(low, high)]


def _tick_labels(steps: list[float], kind: Kind, language: str) -> list[str]:
    """Labels with as few decimals as tell the steps apart."""
    if kind == "integer":
        return [text.integer(step, language) for step in steps]
    for decimals in range(4):
        labels = [cell(step, Column("", kind, decimals), language) for step in steps]
        factor = 100 if kind in ("percent", "points") else 1
        if all(abs(round(s * factor, decimals) - s * factor) < 1e-9 for s in steps):
            break
    return labels


def _value_axis_room(values: Sequence[Number], kind: Kind, language: str) -> float:
    known = [value for value in values if value is not None] or [0, 1]
    labels = _tick_labels(_steps(min(*known, 0), max(*known, 0), 5, kind), kind, language)
    return max(_wide(label, SMALL) for label in labels) + 8


def _value_axis(
    axes: Axes, values: Sequence[Number], place: _Rows, kind: Kind, language: str
) -> Callable[[float], float]:
    known = [value for value in values if value is not None] or [0, 1]
    steps = _steps(min(*known, 0), max(*known, 0), 5, kind)
    rise = _linear(steps[0], steps[-1], place.bottom, place.top)
    for step, label in zip(steps, _tick_labels(steps, kind, language), strict=True):
        _line(axes, [place.left, place.right], [rise(step)] * 2, INK if step == 0 else RULE, 0.8)
        _text(axes, place.left - 8, rise(step), label, size=SMALL, colour=MUTED, align="right")
    return rise


def _date_axis(
    axes: Axes, days: Sequence[dt.date], at: Callable[[float], float], place: _Rows, width: int, language: str
) -> None:
    """Months under the plot: as many of the given days as fit, the first and the last before others."""
    taken: list[tuple[float, float]] = []
    for day in [*days[:1], *days[-1:], *days[1:-1]]:
        label = _month(day, language)
        half = _wide(label, SMALL) / 2
        x = min(max(at(day.toordinal()), PAD + half), width - PAD - half)
        if all(x + half + 10 < start or x - half - 10 > end for start, end in taken):
            taken.append((x - half, x + half))
            _line(axes, [at(day.toordinal())] * 2, [place.bottom, place.bottom + 4], MUTED, 0.8)
            _text(axes, x, place.bottom + 13, label, size=SMALL, colour=MUTED, align="center")


def _line_ends(series: dict[str, Sequence[Number]], kind: Kind, language: str) -> list[tuple[float, str, int]]:
    ends = []
    for order, values in enumerate(series.values()):
        known = [value for value in values if value is not None]
        if known:
            ends.append((known[-1], _show(known[-1], kind, language), order))
    return ends


def _run(axes: Axes, xs: list[float], ys: list[float | None], colour: str) -> None:
    """A line with dots, broken where a value is missing."""
    run: list[tuple[float, float]] = []
    for x, y in [*zip(xs, ys, strict=True), (0.0, None)]:
        if y is not None:
            run.append((x, y))
            continue
        if len(run) > 1:
            _line(axes, [p[0] for p in run], [p[1] for p in run], colour, 2.2)
        for spot in run if len(xs) <= 12 else [*run[:1], *run[-1:]]:
            axes.add_artist(Circle(spot, 3.2, fc=colour, ec=CARD, lw=1, zorder=4))
        run = []


def _action(
    axes: Axes,
    at: Callable[[float], float],
    plan: dt.date | None,
    end: dt.date | None,
    today: dt.date,
    middle: float,
) -> None:
    close = end or today
    if plan is not None and close > plan:
        colour = RED
        _line(axes, [at(plan.toordinal()), at(close.toordinal())], [middle] * 2, colour, 3)
    if plan is not None:
        axes.add_artist(Circle((at(plan.toordinal()), middle), 5.5, fc=CARD, ec=INK, lw=1.6, zorder=4))
    if end is not None:
        axes.add_artist(
            Circle((at(end.toordinal()), middle), 5.5 if plan != end else 3, fc=BLUE, ec=CARD, lw=1, zorder=5)
        )


def _cell_text(
    axes: Axes, x: float, y: float, value: Number, kind: Kind, language: str, fill: str, side: float
) -> None:
    mark = cell(value, Column("", kind, 0), language)
    size = next((s for s in (SIZE, SMALL, 10, 9) if _wide(mark, s) <= side - 4), 8)
    _text(axes, x, y, mark, size=size, colour=_on(fill), align="center")


def _colour(order: int) -> str:
    return SERIES[order % len(SERIES)]


def _dark(colour: str) -> str:
    """The colour dark enough for text on the card."""
    return to_hex(sns.set_hls_values(colour, l=0.25))


def _diverging(count: int) -> list[str]:
    return [to_hex(colour) for colour in sns.blend_palette([RED, "#f3c9ae", "#e4e7ea", "#a9cbe6", BLUE], count)]


def _on(fill: str) -> str:
    """Black or white, whichever is read better on that colour (WCAG relative luminance)."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(fill)]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#ffffff"


# --- SVG ------------------------------------------------------------------------------------------------------------


def _svg(draw: Draw, id: str) -> str:
    """The wide and the narrow drawing as two SVG roots, one after the other."""
    return _drawing(draw, WIDE, id) + "\n" + _drawing(draw, PHONE, id)


def _drawing(draw: Draw, width: int, id: str) -> str:
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": id, "path.simplify": False}):
        canvas = Canvas(dpi=72)
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        height = round(draw(axes, width) + PAD)
        canvas.set_size_inches(width / 72, height / 72)
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        for artist in [*axes.patches, *axes.lines, *axes.texts]:
            artist.set_clip_on(False)
        file = io.StringIO()
        canvas.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return _compact(file.getvalue(), width, height)


def _compact(svg: str, width: int, height: int) -> str:
    """Only paths and texts of matplotlib's SVG, on a light card, with the fonts of the reader's system."""
    name, hidden_at = ("wide", f"max-width:{BREAK - 1}px") if width == WIDE else ("phone", f"min-width:{BREAK}px")
    shapes = [
        f'<svg class="ev-{name}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{SHOWN_IN}">',
        f"<style>@media ({hidden_at}){{.ev-{name}{{display:none}}}}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{CARD}"/>',
    ]
    for element in ET.fromstring(svg).iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "path":
            shapes.append(f'<path d="{_short(element.get("d", ""))}" style="{_style(element)}"/>')
        elif tag == "text":
            words = (element.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            place = f'x="{_short(element.get("x", "0"))}" y="{_short(element.get("y", "0"))}"'
            shapes.append(f'<text {place} style="{_style(element)}">{words}</text>')
    return "\n".join([*shapes, "</svg>"])


def _style(element: ET.Element) -> str:
    """The element's style without the measuring font's name and without what is the default anyway."""
    kept = [part.strip() for part in element.get("style", "").split(";")]
    return ";".join(part.replace(": ", ":") for part in kept if not re.match("font-family|text-anchor: start", part))


def _short(numbers: str) -> str:
    return re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), " ".join(numbers.split()))
