"""Boxes joined by arrows: what leads to what, row by row; on a phone from above downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaltools import i18n
from evaltools.report.charts import words
from evaltools.report.charts.canvas import INK, LEADING, MUTED, PAD, SIZE, SMALL, Sheet, wrap
from evaltools.report.document import Column, Figure

ACROSS, DOWN = 84, 44  # px between boxes, across and down: room for what an arrow says
INNER = 8  # px between a box and its words
STEP = SIZE * LEADING


@dataclass(frozen=True, slots=True)
class Box:
    """What a box says, and below it a number or another short word."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """What an arrow says; a ``sure`` one is drawn as a full line, any other dashed."""

    label: str
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Chain:
    """A row of boxes with an arrow between each and the next. Raises ValueError where arrows are more or fewer."""

    name: str
    boxes: Sequence[Box]
    links: Sequence[Link]

    def __post_init__(self) -> None:
        if len(self.links) != len(self.boxes) - 1:
            raise ValueError(f"chain {self.name}: {len(self.boxes)} boxes but {len(self.links)} arrows")


def chains(
    id: str,
    caption: str,
    rows: Sequence[Chain],
    *,
    language: str,
    unit: str,
    said: Sequence[str] = (),
    source: str = "",
) -> Figure:
    """Chains below each other. ``said`` begins the alternative text; the boxes with their arrows are the table."""

    def draw(sheet: Sheet) -> float:
        y = sheet.top
        for chain in rows:
            y = sheet.lines(PAD, y, wrap(chain.name, sheet.room, weight="bold"), weight="bold") + 4
            y = (_downwards if sheet.phone else _across)(sheet, chain, y) + 16
        return y - 16

    columns = [words.column("item", language), words.column("step", language)]
    columns += [Column(i18n.say("figure.heading.now", language)), Column(i18n.say("figure.heading.arrow", language))]
    lines = [
        [chain.name, box.label, box.value, before.label if before else ""]
        for chain in rows
        for before, box in zip([None, *chain.links], chain.boxes, strict=True)
    ]
    alt = [*said, *("; ".join(f"{b.label} {b.value}".strip() for b in chain.boxes) for chain in rows)]
    return words.figure(id, caption, draw, alt, columns, lines, language=language, unit=unit, source=source)


def _words(box: Box, width: float) -> tuple[list[str], list[str]]:
    return wrap(box.label, width - 2 * INNER, SMALL), wrap(box.value, width - 2 * INNER, weight="bold")


def _height(box: Box, width: float) -> float:
    label, value = _words(box, width)
    return len(label) * SMALL * LEADING + (len(value) * STEP if box.value else 0) + 2 * INNER


def _box(sheet: Sheet, box: Box, x: float, y: float, width: float, height: float) -> None:
    label, value = _words(box, width)
    sheet.box(x, y, width, height)
    below = sheet.lines(x + width / 2, y + INNER, label, size=SMALL, align="center")
    sheet.lines(x + width / 2, below, value, weight="bold", align="center")


def _across(sheet: Sheet, chain: Chain, y: float) -> float:
    width = (sheet.room - ACROSS * len(chain.links)) / len(chain.boxes)
    said = [wrap(link.label, ACROSS - 8, SMALL) for link in chain.links]
    height = max([_height(box, width) for box in chain.boxes] + [2 * (len(s) * SMALL * LEADING + 4) for s in said])
    for place, box in enumerate(chain.boxes):
        x = PAD + place * (width + ACROSS)
        _box(sheet, box, x, y, width, height)
        if place:
            link, middle = chain.links[place - 1], y + height / 2
            sheet.line([x - ACROSS + 4, x - 10], [middle, middle], MUTED, 1.5, dashed=not link.sure)
            sheet.line([x - 10, x - 4, x - 10], [middle - 5, middle, middle + 5], MUTED, 1.5)
            sheet.lines(x - ACROSS / 2, middle - 4, said[place - 1], size=SMALL, colour=INK, align="center", above=True)
    return y + height


def _downwards(sheet: Sheet, chain: Chain, y: float) -> float:
    for place, box in enumerate(chain.boxes):
        if place:
            link = chain.links[place - 1]
            sheet.line([PAD + 30, PAD + 30], [y + 2, y + DOWN - 10], MUTED, 1.5, dashed=not link.sure)
            sheet.line([PAD + 25, PAD + 30, PAD + 35], [y + DOWN - 10, y + DOWN - 4, y + DOWN - 10], MUTED, 1.5)
            sheet.lines(PAD + 44, y + 6, wrap(link.label, sheet.room - 44, SMALL), size=SMALL)
            y += DOWN
        height = _height(box, sheet.room)
        _box(sheet, box, PAD, y, sheet.room, height)
        y += height
    return y
