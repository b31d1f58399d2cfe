"""What a page shows as a flow of headings, paragraphs, items, tables and pictures: what documents are made of.

Read from the fragments of the page itself, so that a document says what the page says and nothing else: no number is
printed, rounded or chosen a second time. What a page shows on demand stands open here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from typing import Any, Literal

from evaltools.report.render import drawing

DRAWING = re.compile(r"<svg\b([^>]*)>.*?</svg>", re.DOTALL)
UNSEEN = re.compile("[\N{WORD JOINER}\N{SOFT HYPHEN}]")  # what a browser breaks lines by; Word would show some of it
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
LONGEST = 40  # letters of a cell that its column is made wide for; what is longer goes on several lines
BOLD, SIDES = 1.15, 2.0  # how much wider a bold letter is, and letters beside a cell
TICKED = 0.6  # how much of a line the columns to tick have
SKIPPED = ("summary", "script", "style")
REST = "-rest"  # ends the id of the rows of a table that a page shows on demand

ParagraphKind = Literal["text", "finding", "note", "small", "quote", "written", "choice"]


@dataclass(frozen=True, slots=True)
class Run:
    """Text of one kind; ``to`` is where it leads: an address, or ``#`` and the id of a heading."""

    text: str
    strong: bool = False
    emphasis: bool = False
    to: str = ""
    language: str = ""


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, level 1 the first below the title, and the id of its part."""

    level: int
    runs: Runs
    id: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``finding`` stands above the picture that shows it, ``small`` is a note below a table, ``note`` a
    caution, ``written`` what a person wrote, ``choice`` an answer with its box on a form."""

    runs: Runs
    kind: ParagraphKind = "text"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list; a numbered one bears its number."""

    runs: Runs
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as printed, whether it heads a row or column, and whether it is set right as numbers are."""

    text: str
    head: bool = False
    number: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its caption, the row of headings, and its rows. A row of one cell heads the group of those below it."""

    id: str
    caption: str
    head: list[Cell]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as SVG without colours that only a page knows, its caption and its alternative text."""

    id: str
    caption: str
    alt: str
    svg: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person writes, by the id of its part: what they wrote, or while there is nothing, what stands instead."""

    id: str
    nodes: tuple[Paragraph | Item, ...]
    unwritten: bool = False


Node = Heading | Paragraph | Item | Grid | Picture | Place


def read(fragments: Sequence[str]) -> list[Node]:
    """The nodes of a page's fragments (``pages.fragments``), in order."""
    return _joined(node for fragment in fragments for node in _of_fragment(fragment))


def plain(runs: Iterable[Run]) -> str:
    """The text of runs."""
    return "".join(run.text for run in runs)


def texts(nodes: Iterable[Node]) -> Iterator[str]:
    """Every text of nodes as a reader meets it; of a drawing what it says in words and what is written in it."""
    for node in nodes:
        if isinstance(node, Place):
            yield from texts(node.nodes)
        elif isinstance(node, Grid):
            yield node.caption
            yield from (cell.text for row in [node.head, *node.rows] for cell in row)
        elif isinstance(node, Picture):
            yield from (node.caption, node.alt, unescape(re.sub(r"<[^>]*>", "\n", node.svg)))
        else:
            yield plain(node.runs)


def shares(grid: Grid, room: float) -> list[float]:
    """How much of the line each column takes, as shares of 1: as its longest word asks and, of what is left, as its
    long cells ask. ``room`` is how many letters the line holds."""
    least, wanted = zip(*(_letters(grid, column) for column in range(len(grid.head))), strict=True)
    spare, more = max(room - sum(least), 0.0), sum(wanted) - sum(least)
    part = min(spare / more, 1.0) if more else 0.0
    asked = [low + part * (high - low) for low, high in zip(least, wanted, strict=True)]
    return [each / sum(asked) for each in asked]


def shares_of_form(grid: Grid, room: float) -> list[float]:
    """As ``shares``, of a table to tick: all columns but the first are alike, and have most of the line."""
    first, *least = (_letters(grid, column)[0] for column in range(len(grid.head)))
    ticked = [max([TICKED * room / len(least), *least])] * len(least) if least else []
    asked = [max(room - sum(ticked), first), *ticked]
    return [each / sum(asked) for each in asked]


def _letters(grid: Grid, column: int) -> tuple[float, float]:
    """Letters of a column's longest word and, up to a measure, of its longest cell; each with room at its sides."""
    cells = [row[column].text for row in grid.rows if len(row) > column]
    heads = [word for word in grid.head[column].text.split(" ") if word]
    words = [word for text in cells for word in text.split(" ")]
    least = max([len(word) for word in words] + [len(word) * BOLD for word in heads], default=1)
    return least + SIDES, max(least, min(max(map(len, cells), default=1), LONGEST)) + SIDES


def _joined(nodes: Iterable[Node]) -> list[Node]:
    """A table whose rows a page shows in two goes is one again."""
    found: list[Node] = []
    for node in nodes:
        last = next((place for place in reversed(range(len(found))) if isinstance(found[place], Grid)), None)
        before = found[last] if last is not None else None
        if last is not None and isinstance(node, Grid) and isinstance(before, Grid) and node.id == before.id + REST:
            found[last] = replace(before, rows=[*before.rows, *node.rows])
        else:
            found.append(node)
    return found


def _of_fragment(fragment: str) -> Iterator[Node]:
    from lxml import html

    drawings: list[tuple[str, str]] = []

    def set_aside(found: re.Match[str]) -> str:
        drawings.append((found[1], found[0]))
        return f'<img data-drawing="{len(drawings) - 1}">'

    tree = html.fragment_fromstring(DRAWING.sub(set_aside, fragment), create_parent="div")
    yield from _Reader(drawings).nodes(tree)


class _Reader:
    """Reads the elements of one fragment; its drawings were set aside, as (attributes, SVG)."""

    def __init__(self, drawings: Sequence[tuple[str, str]]):
        self._drawings = drawings

    def nodes(self, element: Any, kind: ParagraphKind = "text", part: str = "") -> Iterator[Node]:
        for child in element:
            yield from self._node(child, kind, part)

    def _node(self, element: Any, kind: ParagraphKind, part: str) -> Iterator[Node]:
        tag, classes = element.tag, (element.get("class") or "").split()
        if not isinstance(tag, str) or tag in SKIPPED or "ev-down" in classes:  # links between parts of a page
            return
        if re.fullmatch("h[2-6]", tag):
            yield Heading(int(tag[1]) - 1, self._runs(element), part)
        elif tag == "p" and "ev-unwritten" in classes:
            yield Place(part, (Paragraph(self._runs(element)),), unwritten=True)
        elif tag == "div" and "ev-prose" in classes:
            yield from self._written(element, part)
        elif tag == "p":
            yield from self._paragraph(element, "small" if "ev-small" in classes and kind != "written" else kind)
        elif tag in ("ul", "ol"):
            yield from self._items(element)
        elif tag == "dl":
            yield from self._terms(element)
        elif tag == "table":
            yield self._grid(element)
        elif tag == "figure":
            yield from self._figure(element, part)
        else:
            inside: ParagraphKind = kind
            inside = "note" if "ev-note" in classes else inside
            inside = "quote" if tag == "blockquote" else inside
            yield from self.nodes(element, inside, element.get("id") or part)

    def _written(self, element: Any, part: str) -> Iterator[Node]:
        """The line that says who wrote it, then what was written."""
        first, *rest = element
        yield Paragraph(self._runs(first), "written")
        found = [node for child in rest for node in self._node(child, "written", part)]
        yield Place(part, tuple(node for node in found if isinstance(node, Paragraph | Item)))

    def _paragraph(self, element: Any, kind: ParagraphKind) -> Iterator[Node]:
        if runs := self._runs(element):
            yield Paragraph(runs, kind)

    def _items(self, element: Any) -> Iterator[Node]:
        for place, item in enumerate(element.findall("li"), start=1):
            yield Item(self._runs(item), place if element.tag == "ol" else None)

    def _terms(self, element: Any) -> Iterator[Node]:
        """Each term with what is said of it, as an item."""
        for pair in element:
            term, *said = [runs for each in pair if (runs := self._runs(each))]
            yield Item((replace(term[0], text=f"{plain(term)}: ", strong=True), *_listed(said)))

    def _grid(self, element: Any) -> Grid:
        caption = plain(self._runs(element.find("caption")))
        box = next(each for each in element.iterancestors() if (each.get("id") or "").startswith("table-"))
        head, *rest = [[self._cell(cell) for cell in row] for row in element.iter("tr")]
        return Grid(box.get("id"), caption, head, rest)

    def _cell(self, element: Any) -> Cell:
        text = plain(self._runs(element))
        return Cell(text, element.tag == "th", "ev-number" in (element.get("class") or "").split())

    def _figure(self, element: Any, part: str) -> Iterator[Node]:
        """The finding as a paragraph, the wide drawing, and the numbers drawn."""
        said = element.find("figcaption")
        drawn = said.find_class("ev-drawn")
        caption = plain(self._runs(drawn[0] if drawn else said))
        if drawn:
            drawn[0].drop_tree()
            yield from self._paragraph(said, "finding")
        for image in element.iter("img"):
            attributes, svg = self._drawings[int(image.get("data-drawing"))]
            if "ev-phone" not in attributes:
                yield Picture(element.get("id"), caption, _label(attributes), drawing.alone(svg))
        for child in element:
            if child.tag not in ("figcaption", "img"):
                yield from self._node(child, "text", part)

    def _runs(self, element: Any) -> Runs:
        return _tidied(self._texts(element, Run("")))

    def _texts(self, element: Any, now: Run) -> Iterator[Run]:
        if element.get("lang"):
            now = replace(now, language=element.get("lang"))
        if element.text:
            yield replace(now, text=element.text)
        for child in element:
            yield from self._inside(child, now)
            if child.tail:
                yield replace(now, text=child.tail)

    def _inside(self, child: Any, now: Run) -> Iterator[Run]:
        if child.tag == "br":
            yield replace(now, text=" ")
        elif child.tag == "img":
            yield replace(now, text=_label(self._drawings[int(child.get("data-drawing"))][0]))
        elif isinstance(child.tag, str) and "ev-hidden" not in (child.get("class") or ""):
            strong, emphasis = now.strong or child.tag == "strong", now.emphasis or child.tag == "em"
            to = child.get("href") if child.tag == "a" else now.to
            yield from self._texts(child, replace(now, strong=strong, emphasis=emphasis, to=to or ""))


def _listed(said: Sequence[Runs]) -> Iterator[Run]:
    """What is said of a term, one after another."""
    for place, runs in enumerate(said):
        yield from ([Run("; ")] if place else [])
        yield from runs


def _tidied(runs: Iterable[Run]) -> Runs:
    """Runs with single spaces and none at the ends, without signs that a document cannot hold or should not."""
    found: list[Run] = []
    for run in runs:
        text = re.sub(r"[ \t\r\n]+", " ", CONTROL.sub("", UNSEEN.sub("", run.text)))
        if not found or found[-1].text.endswith(" "):
            text = text.lstrip(" ")
        if text and found and replace(found[-1], text="") == replace(run, text=""):
            found[-1] = replace(run, text=found[-1].text + text)
        elif text:
            found.append(replace(run, text=text))
    if found:
        found[-1] = replace(found[-1], text=found[-1].text.rstrip(" "))
    return tuple(run for run in found if run.text)


def _label(attributes: str) -> str:
    found = re.search(r'aria-label="([^"]*)"', attributes)
    return unescape(found[1]) if found else ""
