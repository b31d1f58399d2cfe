"""Charts of groups of persons: funnels, flows, age pyramids, overlaps of groups, tiles of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaltools import i18n
from evaltools.report.charts import words
from evaltools.report.charts.canvas import (
    BLUE,
    INK,
    LEADING,
    MUTED,
    PAD,
    RULE,
    SERIES,
    SIZE,
    SMALL,
    Sheet,
    on,
    ramp,
    series,
    wide,
    wrap,
)
from evaltools.report.charts.marks import Number, Rows, bar, rows, scale, upright
from evaltools.report.document import Column, Figure, Kind


def funnel(
    id: str,
    caption: str,
    labels: Sequence[str],
    stages: Mapping[str, Sequence[Number]],
    *,
    language: str,
    kind: Kind = "integer",
    unit: str = "",
    source: str = "",
) -> Figure:
    """Counts by stage (reached, applied, enrolled): a column of bars a stage, each column on its own scale."""
    words.same_length(id, labels, *stages.values())
    shown = {name: words.formatted(values, kind, language) for name, values in stages.items()}
    everything = [value for values in stages.values() for value in values]

    def draw(sheet: Sheet) -> float:
        share = 1 if sheet.phone else 0.3
        left = PAD if sheet.phone else PAD + sheet.room * share
        step = (sheet.width - PAD - left) / max(len(stages), 1)
        size = SMALL if sheet.phone else SIZE  # the longest word of a heading fits its column
        heads = [wrap(name, step - 10, size, weight="bold") for name in stages]
        top = sheet.top + max(map(len, heads), default=0) * SIZE * LEADING + 4
        place = rows(sheet, labels, None, band=20, top=top, share=share)
        for order, (name, values) in enumerate(stages.items()):
            start = place.left + order * (place.right - place.left) / len(stages)
            end = start + (place.right - place.left) / len(stages) - 14
            sheet.lines(start, top - 8, heads[order], size=size, weight="bold", above=True)
            at = scale([*values, 0], start, end - max(map(wide, shown[name]), default=0) - 5)
            for row, middle in enumerate(place.middles):
                bar(sheet, at, values[row], middle, place.band - 4, series(order), shown[name][row])
            upright(sheet, start, place, RULE, 1)
        note = wrap(i18n.say("figure.mark.scale", language), sheet.room, size=SMALL)
        return sheet.lines(PAD, place.bottom + 10, note, size=SMALL, colour=MUTED)

    columns = [words.column("item", language), *(Column(name, kind) for name in stages)]
    lines = [[label, *(values[row] for values in stages.values())] for row, label in enumerate(labels)]
    marks = [", ".join(f"{name} {shown[name][row]}" for name in stages) for row in range(len(labels))]
    last = list(stages)[-1:]
    best = [words.extremes(labels, stages[name], shown[name], language) for name in last]
    said = [f"{name}, {found[0][:1].lower()}{found[0][1:]}" for name, found in zip(last, best, strict=True) if found]
    said.append(words.speak(labels, marks, language))
    unit = words.unit_of(unit, kind, language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=everything
    )


def flow(
    id: str,
    caption: str,
    steps: Sequence[tuple[str, int | None, float | None, int | None]],
    *,
    language: str,
    unit: str = "",
    source: str = "",
) -> Figure:
    """Boxes from step to step: (label, count, share of the first step, change from the step before)."""
    labels = [label for label, *_ in steps]
    counts = [count for _, count, *_ in steps]
    shares = [share for *_, share, _ in steps]
    changes = [change for *_, change in steps]
    marks = [
        f"{i18n.integer(count, language)} ({i18n.percent(share, language)})"
        if share is not None
        else i18n.integer(count, language)
        for count, share in zip(counts, shares, strict=True)
    ]

    def draw(sheet: Sheet) -> float:
        y, room = sheet.top, sheet.room - 28
        numbers = max((wide(mark, weight="bold") for mark in marks), default=0)
        for row, label in enumerate(labels):
            if row:
                sheet.arrow(PAD + 30, y, y + 26)
                if (change := changes[row]) is not None:
                    sheet.text(PAD + 44, y + 13, _signed(change, language), size=SMALL, colour=MUTED)
                y += 28
            wrapped = wrap(label, room - numbers - 16)
            height = len(wrapped) * SIZE * LEADING + 20
            sheet.box(PAD, y, sheet.room, height)
            sheet.lines(PAD + 14, y + 10, wrapped)
            sheet.text(sheet.width - PAD - 14, y + height / 2, marks[row], align="right", weight="bold")
            y += height + 2
        return y

    columns = [
        words.column("step", language),
        words.column("integer", language, "integer"),
        words.column("percent", language, "percent"),
        words.column("change", language, "integer"),
    ]
    lines = [list(row) for row in zip(labels, counts, shares, changes, strict=True)]
    said = [words.speak(labels, marks, language)]
    unit = words.unit_of(unit or i18n.say("figure.unit.flow", language), "integer", language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=counts
    )


def _signed(value: int, language: str) -> str:
    return ("+" if value > 0 else "") + i18n.integer(value, language)


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
    unit: str = "",
    source: str = "",
) -> Figure:
    """Two sets of shares back to back, labels between; the first label (the youngest) stands lowest."""
    words.same_length(id, labels, left, right)
    shown = [words.formatted(values, kind, language) for values in (left, right)]

    def draw(sheet: Sheet) -> float:
        wrapped = [wrap(label, sheet.width * 0.3) for label in labels]
        middle = max([wide(line) for block in wrapped for line in block], default=0) / 2 + 10
        numbers = max(map(wide, shown[0] + shown[1]), default=0) + 5
        half, everything = sheet.width / 2, [*left, *right, 0]
        heads = [wrap(name, half - middle - PAD, weight="bold") for name in (left_label, right_label)]
        y = sheet.top + max(map(len, heads)) * SIZE * LEADING
        sheet.lines(half - middle, y, heads[0], align="right", weight="bold", above=True)
        sheet.lines(half + middle, y, heads[1], weight="bold", above=True)
        to_left = scale(everything, half - middle, PAD + numbers)
        to_right = scale(everything, half + middle, sheet.width - PAD - numbers)
        y += 8
        for row in reversed(range(len(labels))):
            height = max(26, len(wrapped[row]) * SIZE * LEADING + 6)
            centre = y + height / 2
            bar(sheet, to_left, left[row], centre, 20, SERIES[0], shown[0][row])
            bar(sheet, to_right, right[row], centre, 20, SERIES[1], shown[1][row])
            sheet.lines(half, centre - len(wrapped[row]) * SIZE * LEADING / 2, wrapped[row], align="center")
            y += height
        return y

    columns = [words.column("item", language), Column(left_label, kind), Column(right_label, kind)]
    lines = [list(row) for row in zip(labels, left, right, strict=True)]
    marks = [f"{left_label} {a}, {right_label} {b}" for a, b in zip(*shown, strict=True)]
    said = [*_widest(labels, left, right, marks, language), words.speak(labels, marks, language)]
    unit = words.unit_of(unit, kind, language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=[*left, *right]
    )


def _widest(
    labels: Sequence[str], left: Sequence[Number], right: Sequence[Number], marks: list[str], language: str
) -> list[str]:
    """Where the two sides differ most."""
    gaps = {
        row: abs(a - b) for row, (a, b) in enumerate(zip(left, right, strict=True)) if a is not None and b is not None
    }
    if len(gaps) < 2:
        return []
    row = max(gaps, key=lambda each: gaps[each])
    return [i18n.say("figure.alt.widest", language, label=labels[row], numbers=marks[row])]


def overlaps(
    id: str,
    caption: str,
    labels: Sequence[str],
    sizes: Sequence[Number],
    pairs: Sequence[tuple[int, int, Number]],
    *,
    language: str,
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """What groups share, as an UpSet plot: rows are groups with their sizes, columns the pairs with most in both.

    ``pairs`` are (row, row, count of those in both, whatever else they belong to). The largest pairs are drawn, as many
    as fit; all stand in the table. Raises ValueError where lengths differ.
    """
    words.same_length(id, labels, sizes)
    known = sorted((p for p in pairs if p[2] is not None), key=lambda p: (-p[2], p[0], p[1]))  # type: ignore[operator]
    shown, marks = words.formatted(sizes, "integer", language), [i18n.integer(p[2], language) for p in known]

    def draw(sheet: Sheet) -> float:
        numbered = [f"{row + 1}" for row in range(len(labels))]
        names = numbered if sheet.phone else labels
        bottom = sheet.top + 96
        place = _beside(sheet, names, bottom + 14)
        sized = 76 if sheet.phone else 130
        at = scale([*sizes, 0], place.left, place.left + sized - max(map(wide, shown), default=0) - 6)
        for middle, size, mark in zip(place.middles, sizes, shown, strict=True):
            bar(sheet, at, size, middle, place.band - 6, MUTED, mark)
        _columns(sheet, place, place.left + sized + 10, bottom, [p for p in known if p[2]], marks)
        y = place.bottom + 4
        for number, label in zip(numbered, labels, strict=True) if sheet.phone else []:
            y = sheet.lines(PAD, y + 4, wrap(f"{number} {label}", sheet.room), size=SMALL)
        return y

    columns = [words.column("pair", language), words.column("both", language, "integer")]
    named = [f"{labels[a]} – {labels[b]}" for a, b, _ in known]
    lines = [[name, count] for name, (_, _, count) in zip(named, known, strict=True)]
    said = [i18n.say("figure.alt.pairs", language, pairs=words.speak(named[:1], marks[:1], language))] if known else []
    said.append(words.speak(labels, shown, language))
    unit = words.unit_of(unit or i18n.say("figure.unit.overlaps", language), "integer", language, total)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=sizes
    )


def _beside(sheet: Sheet, names: Sequence[str], top: float) -> Rows:
    """Rows with their names at the left in both widths."""
    room = sheet.room * (0.1 if sheet.phone else 0.34)
    wrapped = [wrap(name, room) for name in names]
    column = max([wide(line) for block in wrapped for line in block], default=0)
    y, middles = top, []
    for block in wrapped:
        height = max(26.0, len(block) * SIZE * LEADING + 6)
        middles.append(y + height / 2)
        sheet.lines(PAD, y + (height - len(block) * SIZE * LEADING) / 2, block)
        y += height
    return Rows(middles, 22, PAD + column + 10, sheet.width - PAD, top, y)


def _columns(
    sheet: Sheet, place: Rows, left: float, bottom: float, pairs: Sequence[tuple[int, int, Number]], marks: list[str]
) -> None:
    """Columns of the largest pairs: a bar with its count above, two joined dots among the rows."""
    step = max([wide(mark, SMALL) for mark in marks], default=0) + 8
    step = max(step, 22)
    fitting = pairs[: int((place.right - left) // step)]
    for middle in place.middles if fitting else []:
        sheet.line([left, left + step * len(fitting)], [middle, middle], RULE, 1, under=True)
    most = max([count or 0 for *_, count in fitting], default=1) or 1
    for order, (a, b, count) in enumerate(fitting):
        x = left + (order + 0.5) * step
        tall = 74 * count / most  # type: ignore[operator]
        sheet.rect(x - 7, bottom - tall, 14, tall, BLUE)
        sheet.text(x, bottom - tall - 10, marks[order], size=SMALL, align="center")
        for row, middle in enumerate(place.middles):
            if row not in (a, b):
                sheet.circle(x, middle, 4, RULE, RULE, 1)
        ends = [place.middles[a], place.middles[b]]
        sheet.line([x, x], ends, INK, 2)
        for middle in ends:
            sheet.circle(x, middle, 5, INK, INK, 1)


def tiles(
    id: str,
    caption: str,
    labels: Sequence[str],
    places: Sequence[tuple[int, int]],
    values: Sequence[Number],
    *,
    language: str,
    kind: Kind = "percent",
    unit: str = "",
    total: float | None = None,
    source: str = "",
) -> Figure:
    """Regions as squares of a map: ``places`` are (column, row) from the upper left, larger values are stronger.

    On the narrow drawing the squares carry numbers, named below. Raises ValueError where lengths differ or two regions
    stand in the same place.
    """
    words.same_length(id, labels, places, values)
    if len(set(places)) < len(places):
        raise ValueError(f"figure {id}: two regions stand in the same place")
    shown = words.formatted(values, kind, language)
    marks = [i18n.NOTHING if value is None else mark for value, mark in zip(values, shown, strict=True)]
    most = max([value for value in values if value is not None], default=1) or 1
    first = [min((place[axis] for place in places), default=0) for axis in (0, 1)]
    across = max((place[0] for place in places), default=0) - first[0] + 1
    down = max((place[1] for place in places), default=0) - first[1] + 1

    def draw(sheet: Sheet) -> float:
        side, step = min(sheet.room / across, 124.0), SMALL * LEADING
        inside = all(wide(mark, weight="bold") <= side - 8 for mark in marks)
        names = [
            [f"{order}"] if sheet.phone else wrap(label, side - 14, SMALL) for order, label in enumerate(labels, 1)
        ]
        written = [[*name, mark] if inside else name for name, mark in zip(names, marks, strict=True)]
        tall = max([min(side, 76.0), *(len(block) * step + 12 for block in written)])
        left = PAD + (sheet.room - side * across) / 2
        for block, (column, row), value in zip(written, places, values, strict=True):
            fill = ramp(0.12 + 0.88 * value / most) if value is not None else RULE
            x, y = left + (column - first[0]) * side, sheet.top + (row - first[1]) * tall
            sheet.rect(x, y, side - 3, tall - 3, fill, rounded=5, edge=MUTED)
            start = y + (tall - 3 - len(block) * step) / 2
            sheet.lines(x + (side - 3) / 2, start, block, size=SMALL, colour=on(fill), align="center")
        y = sheet.top + down * tall
        for order, label in enumerate(labels) if sheet.phone or not inside else []:
            line = f"{order + 1} {label}" if inside else f"{order + 1} {label}: {marks[order]}"
            y = sheet.lines(PAD, y + 4, wrap(line, sheet.room), size=SMALL)
        return y

    columns = [words.column("region", language), Column(i18n.say(f"figure.heading.{kind}", language), kind)]
    lines = [[label, value] for label, value in zip(labels, values, strict=True)]
    said = [*words.extremes(labels, values, shown, language), words.speak(labels, shown, language)]
    unit = words.unit_of(unit, kind, language, total)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=values
    )
