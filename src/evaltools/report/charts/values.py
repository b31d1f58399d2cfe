"""Charts of numbers by group: bars, bars of several series, estimates with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaltools import i18n
from evaltools.report.charts import words
from evaltools.report.charts.canvas import BLUE, BOUNDS, CARD, INK, MUTED, SERIES, SMALL, Sheet, series, wrap
from evaltools.report.charts.marks import (
    Number,
    bar,
    height,
    legend,
    marker,
    room,
    rows,
    scale,
    span,
    ticks,
    upright,
)
from evaltools.report.document import Column, Figure, Kind, Value


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
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """Horizontal bars with their values; ``target`` is a dashed line, ``n`` stands in the margin.

    ``values`` are shares for ``percent``, else numbers. ``unit`` says what they are, ``total`` of how many (as in every
    chart; without ``unit`` it follows from ``kind``). Raises ValueError where lengths differ.
    """
    words.same_length(id, labels, values, n)
    shown = words.formatted(values, kind, language)
    columns = [words.column("item", language), Column(i18n.say(f"figure.heading.{kind}", language), kind)]
    lines = [[label, value] for label, value in zip(labels, values, strict=True)]
    if n is not None:
        columns.append(Column(i18n.say("figure.heading.n", language), "integer"))
        lines = [[*row, count] for row, count in zip(lines, n, strict=True)]
    details = words.counts(n, language)
    goal = "" if target is None else i18n.say("figure.mark.target", language, value=words.show(target, kind, language))

    def draw(sheet: Sheet) -> float:
        name = wrap(goal, sheet.room, SMALL) if goal else []
        place = rows(sheet, labels, details, band=22, top=sheet.top + height(name))
        at = scale([*values, target, 0], *room(shown, place, values))
        if target is not None:
            marker(sheet, at(target), place, name)
        for middle, value, mark in zip(place.middles, values, shown, strict=True):
            bar(sheet, at, value, middle, place.band - 4, BLUE, mark, None if target is None else at(target))
        upright(sheet, at(0), place, INK, 1)
        return place.bottom

    said = [*words.extremes(labels, values, shown, language), words.speak(labels, shown, language), goal]
    unit = words.unit_of(unit, kind, language, total, n)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=values
    )


def grouped_bars(
    id: str,
    caption: str,
    labels: Sequence[str],
    sets: Mapping[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "percent",
    unit: str = "",
    source: str = "",
) -> Figure:
    """Horizontal bars, one of each set under every label, with a legend above."""
    words.same_length(id, labels, *sets.values())
    shown = {name: words.formatted(values, kind, language) for name, values in sets.items()}
    everything = [value for values in sets.values() for value in values]

    def draw(sheet: Sheet) -> float:
        top = legend(sheet, list(zip(sets, SERIES, strict=False)))
        place = rows(sheet, labels, None, band=18 * len(sets) + 4, top=top)
        at = scale([*everything, 0], *room([s for some in shown.values() for s in some], place, everything))
        for row, middle in enumerate(place.middles):
            first = middle - 18 * (len(sets) - 1) / 2
            for order, (name, values) in enumerate(sets.items()):
                bar(sheet, at, values[row], first + 18 * order, 15, series(order), shown[name][row])
        upright(sheet, at(0), place, INK, 1)
        return place.bottom

    columns = [words.column("item", language), *(Column(name, kind) for name in sets)]
    lines = [[label, *(values[row] for values in sets.values())] for row, label in enumerate(labels)]
    marks = [", ".join(f"{name} {shown[name][row]}" for name in sets) for row in range(len(labels))]
    highest = [
        f"{name}, {said[0][:1].lower()}{said[0][1:]}"
        for name, values in sets.items()
        if (said := words.extremes(labels, values, shown[name], language))
    ]
    said = [*map(words.sentence, highest), words.speak(labels, marks, language)]
    unit = words.unit_of(unit, kind, language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=everything
    )


def dumbbell(
    id: str,
    caption: str,
    labels: Sequence[str],
    first: Sequence[Number],
    second: Sequence[Number],
    *,
    names: tuple[str, str],
    language: str,
    kind: Kind = "percent",
    told: tuple[Sequence[Number | str], Sequence[Number | str]] | None = None,
    n: Sequence[int | None] | None = None,
    finding: str = "",
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """Two numbers a row, joined: a ring for the first and a dot for the second, such as the start and the end, or the
    population and the participants. ``names`` are what the two are, ``told`` what is printed of them where that is
    less than what is drawn: between what they lie. Raises ValueError where lengths differ."""
    words.same_length(id, labels, first, second, n)
    printed = told or (first, second)
    shown = [[v if isinstance(v, str) else words.show(v, kind, language) for v in values] for values in printed]
    marks = [i18n.say("head.from_to", language, start=a, end=b) for a, b in zip(*shown, strict=True)]
    counted = words.counts(n, language) or [""] * len(marks)
    details = [f"{mark}, {count}".removesuffix(", ") for mark, count in zip(marks, counted, strict=True)]

    def draw(sheet: Sheet) -> float:
        top = legend(sheet, [(names[0], "ring"), (names[1], "dot")])
        place = rows(sheet, labels, details, band=20, top=top)
        at = ticks(sheet, [*first, *second, 0], place, kind, language)
        for a, b, middle in zip(first, second, place.middles, strict=True):
            if a is not None and b is not None:
                sheet.line([at(a), at(b)], [middle] * 2, MUTED, 2.5)
            for value, fill, edge in ((a, CARD, INK), (b, BLUE, BLUE)):
                if value is not None:
                    sheet.circle(at(value), middle, 5.5, fill, edge)
        return place.bottom + 22

    columns = [words.column("item", language), *(Column(name, kind) for name in names)]
    lines: list[list[Value]] = [list(row) for row in zip(labels, *printed, strict=True)]
    if n is not None:
        columns.append(words.column("n", language, "integer"))
        lines = [[*row, count] for row, count in zip(lines, n, strict=True)]
    said = [finding, words.speak(labels, details, language)]
    unit = words.unit_of(unit, kind, language, total, n)
    return words.figure(
        id,
        caption,
        draw,
        said,
        columns,
        lines,
        language=language,
        unit=unit,
        source=source,
        values=[*first, *second],
        finding=finding,
    )


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
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """Estimates with their 95 % intervals; a paler bar behind for worst and best case, a dashed line to compare with.

    ``bounds`` are (lowest, highest) pairs. Raises ValueError where lengths differ.
    """
    words.same_length(id, labels, estimates, lower, upper, n, bounds)
    ends = [pair or (None, None) for pair in bounds or [None] * len(labels)]
    details = _with_intervals(estimates, lower, upper, n, kind, language)
    beside = ""
    if reference is not None:
        beside = f"{reference_label} {words.show(reference, kind, language)}".strip()
    reach = [*estimates, *lower, *upper, *(end for pair in ends for end in pair), reference]

    def draw(sheet: Sheet) -> float:
        keys = [(i18n.say("figure.mark.interval", language), BLUE)]
        keys += [(i18n.say("figure.mark.bounds", language), BOUNDS)] if bounds else []
        name = wrap(beside, sheet.room, SMALL) if beside else []
        place = rows(sheet, labels, details, band=22, top=legend(sheet, keys) + height(name))
        at = ticks(sheet, reach, place, kind, language)
        if reference is not None:
            marker(sheet, at(reference), place, name)
        for row, middle in enumerate(place.middles):
            span(sheet, at, *ends[row], middle, BOUNDS, 8)
            span(sheet, at, lower[row], upper[row], middle, BLUE, 3)
            if (estimate := estimates[row]) is not None:
                sheet.circle(at(estimate), middle, 5.5, BLUE, CARD)
        return place.bottom + 22

    columns, lines = _forest_table(labels, [estimates, lower, upper], ends if bounds else None, n, kind, language)
    said = [*words.extremes(labels, estimates, words.formatted(estimates, kind, language), language)]
    said += [words.speak(labels, details, language)]
    if beside:
        said.append(i18n.say("figure.alt.reference", language, reference=beside))
    unit = words.unit_of(unit, kind, language, total, n)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=estimates
    )


def _with_intervals(
    estimates: Sequence[Number],
    lower: Sequence[Number],
    upper: Sequence[Number],
    n: Sequence[int | None] | None,
    kind: Kind,
    language: str,
) -> list[str]:
    marks = []
    for value, low, high in zip(estimates, lower, upper, strict=True):
        mark = words.show(value, kind, language)
        if value is not None and low is not None and high is not None:
            mark += f" ({i18n.interval(words.show(low, kind, language), words.show(high, kind, language), language)})"
        elif low is not None and high is not None:
            mark = i18n.interval(words.show(low, kind, language), words.show(high, kind, language), language)
        marks.append(mark)
    counts = words.counts(n, language) or [""] * len(marks)
    return [f"{mark}, {count}".removesuffix(", ") for mark, count in zip(marks, counts, strict=True)]


def _forest_table(
    labels: Sequence[str],
    numbers: list[Sequence[Number]],
    ends: Sequence[tuple[Number, Number]] | None,
    n: Sequence[int | None] | None,
    kind: Kind,
    language: str,
) -> tuple[list[Column], list[list]]:
    names = ["estimate", "lower", "upper"]
    lines = [list(row) for row in zip(labels, *numbers, strict=True)]
    if ends is not None:
        names += ["lowest", "highest"]
        lines = [[*row, *pair] for row, pair in zip(lines, ends, strict=True)]
    columns = [words.column("item", language), *(words.column(name, language, kind) for name in names)]
    if n is not None:
        columns.append(words.column("n", language, "integer"))
        lines = [[*row, count] for row, count in zip(lines, n, strict=True)]
    return columns, lines
