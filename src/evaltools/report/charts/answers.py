"""Charts of ordered answers: who moved, how answers are spread, and how they were at the start and at the end."""

from __future__ import annotations

from collections.abc import Sequence

from evaltools import i18n
from evaltools.report.charts import words
from evaltools.report.charts.canvas import (
    BLUE,
    LEADING,
    MUTED,
    NEUTRAL,
    PAD,
    RED,
    SIZE,
    SMALL,
    Sheet,
    diverging,
    wide,
    wrap,
)
from evaltools.report.charts.marks import Scale, legend, linear, rows, segments, upright
from evaltools.report.document import Column, Figure, Value

BAR, GAP = 22, 4  # px: a bar of answers, and the room to the next


def change(
    id: str,
    caption: str,
    labels: Sequence[str],
    improved: Sequence[int | None],
    same: Sequence[int | None],
    worse: Sequence[int | None],
    *,
    language: str,
    unit: str = "",
    source: str = "",
) -> Figure:
    """Shares of improved, same and worse as bars around the middle of "same"; n in the margin. Values are counts."""
    words.same_length(id, labels, improved, same, worse)
    names = [i18n.say(f"figure.heading.{name}", language) for name in ("worse", "same", "improved")]
    colours = [RED, NEUTRAL, BLUE]
    shares, totals = words.shares(list(zip(worse, same, improved, strict=True)))
    left, right = (max((row[end] + row[1] / 2 for row in shares if row), default=1) for end in (0, 2))
    details = words.with_narrow(shares, totals, language, left + right)

    def draw(sheet: Sheet) -> float:
        top = legend(sheet, list(zip(names, colours, strict=True)))
        place = rows(sheet, labels, details, band=26, top=top)
        at = linear(-left, right, place.left, place.right)
        upright(sheet, at(0), place, MUTED, 1, under=True)
        for row, middle in zip(shares, place.middles, strict=True):
            if row:
                segments(sheet, at, -row[0] - row[1] / 2, row, middle, place.band - 4, colours, language)
        return place.bottom

    columns = [words.column("item", language), *_columns(names, language)]
    lines: list[list[Value]] = [
        [label, w, s, i, *(row if row else (None,) * 3)]
        for label, w, s, i, row in zip(labels, worse, same, improved, shares, strict=True)
    ]
    said = [*words.most(labels, names, shares, language)]
    said += [words.speak_shares(labels, names, shares, [words.counted(n, language) for n in totals], language)]
    unit = words.unit_of(unit or i18n.say("figure.unit.answers", language), "percent", language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=totals
    )


def distribution(
    id: str,
    caption: str,
    labels: Sequence[str],
    categories: Sequence[str],
    counts: Sequence[Sequence[int | None]],
    *,
    language: str,
    unit: str = "",
    source: str = "",
) -> Figure:
    """Answers to ordered categories (lowest first) as stacked 100 % bars, percentages where they fit; n in the margin.

    ``counts[row][category]``. Raises ValueError where a row has not one count a category.
    """
    words.same_length(id, labels, counts)
    words.same_length(id, categories, *counts)
    colours = diverging(len(categories))
    shares, totals = words.shares(counts)
    details = words.with_narrow(shares, totals, language)

    def draw(sheet: Sheet) -> float:
        top = legend(sheet, list(zip(categories, colours, strict=True)))
        place = rows(sheet, labels, details, band=28, top=top)
        at = linear(0, 1, place.left, place.right)
        for row, middle in zip(shares, place.middles, strict=True):
            if row:
                segments(sheet, at, 0, row, middle, place.band - 4, colours, language)
        return place.bottom

    columns = [words.column("item", language), *_columns(categories, language)]
    lines: list[list[Value]] = [
        [label, *row, *(share if share else (None,) * len(categories))]
        for label, row, share in zip(labels, counts, shares, strict=True)
    ]
    said = [*words.most(labels, categories, shares, language)]
    said += [words.speak_shares(labels, categories, shares, [words.counted(n, language) for n in totals], language)]
    unit = words.unit_of(unit or i18n.say("figure.unit.answers", language), "percent", language)
    return words.figure(
        id, caption, draw, said, columns, lines, language=language, unit=unit, source=source, values=totals
    )


def _columns(names: Sequence[str], language: str) -> list[Column]:
    counted = [Column(name, "integer") for name in names]
    return counted + [Column(i18n.say("figure.heading.share", language, label=name), "percent") for name in names]


def likert_flow(
    id: str,
    caption: str,
    labels: Sequence[str],
    categories: Sequence[str],
    pairs: Sequence[Sequence[Sequence[int]]],
    *,
    language: str,
    unit: str = "",
    source: str = "",
) -> Figure:
    """How the same persons answered at the start and at the end: two bars a question, one below the other.

    ``pairs[row][before][after]`` are counts of persons, categories the lowest first. Raises ValueError where a row is
    not square over the categories.
    """
    words.same_length(id, labels, pairs)
    for square in pairs:
        words.same_length(id, categories, square, *square)
    colours = diverging(len(categories))
    details = [words.counted(sum(map(sum, square)), language) for square in pairs]
    ends = [i18n.say(f"figure.mark.{when}", language) for when in ("before", "after")]

    def draw(sheet: Sheet) -> float:
        y = legend(sheet, list(zip(categories, colours, strict=True)))
        left = PAD + max(wide(end, SMALL) for end in ends) + 10
        at = linear(0, 1, left, sheet.width - PAD)
        for label, detail, square in zip(labels, details, pairs, strict=True):
            y = _question(sheet, y, label, detail) + 4
            for end, middle in zip(ends, (y + BAR / 2, y + BAR + GAP + BAR / 2), strict=True):
                sheet.text(PAD, middle, end, size=SMALL, colour=MUTED)
            if sum(map(sum, square)):
                _flow(sheet, at, y, square, colours, language)
            y += 2 * BAR + GAP + 12
        return y - 12

    columns = [words.column("item", language), Column(ends[0])]
    columns += [Column(f"{ends[1]}: {name}", "integer") for name in categories]
    lines = [
        [label, categories[before], *row]
        for label, square in zip(labels, pairs, strict=True)
        for before, row in enumerate(square)
    ]
    said = [words.speak(labels, [_largest(square, categories, language) for square in pairs], language)]
    unit = words.unit_of(unit or i18n.say("figure.unit.pairs", language), "percent", language)
    return words.figure(id, caption, draw, said, columns, lines, language=language, unit=unit, source=source)


def _question(sheet: Sheet, y: float, label: str, detail: str) -> float:
    """The question over its bars, with how many answered at the right; returns where it ends."""
    block = wrap(label, sheet.room - wide(detail, SMALL) - 16)
    sheet.text(sheet.width - PAD, y + SIZE * LEADING / 2, detail, size=SMALL, colour=MUTED, align="right")
    return sheet.lines(PAD, y, block)


def _flow(
    sheet: Sheet, at: Scale, y: float, square: Sequence[Sequence[int]], colours: Sequence[str], language: str
) -> None:
    total = sum(map(sum, square))
    before = [sum(row) / total for row in square]
    after = [sum(column) / total for column in zip(*square, strict=True)]
    segments(sheet, at, 0, before, y + BAR / 2, BAR, colours, language)
    segments(sheet, at, 0, after, y + BAR + GAP + BAR / 2, BAR, colours, language)


def _largest(square: Sequence[Sequence[int]], categories: Sequence[str], language: str) -> str:
    """The move that most made, among those who moved."""
    moves = [(count, i, j) for i, row in enumerate(square) for j, count in enumerate(row) if i != j and count]
    if not moves:
        return i18n.say("figure.alt.no_move", language)
    count, i, j = max(moves, key=lambda move: move[0])
    return i18n.say("figure.alt.move", language, before=categories[i], after=categories[j], n=count)
