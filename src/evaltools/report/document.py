"""What a report is made of: parts with a heading, sentences, tables and figures - values typed, not yet printed.

Everything here is made from rows of ``results`` and in one language. A notebook shows a part by naming it
(``_repr_html_``), the HTML report is the parts one after another, and tables are also written as CSV and XLSX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

PROTECTED = {"evaltools": "protected"}  # the mark in the metadata of a notebook's output
Bundle = tuple[dict[str, str], dict[str, str]]
RENDERERS: dict[str, Callable[[Any], str]] = {}  # how a notebook shows a block: filled by a module that renders

Kind = Literal["text", "range", "integer", "percent", "decimal", "p", "euro", "date", "points"]
SHARES = ("percent", "points")  # kinds whose values are shares, 0 to 1, or differences of them


@dataclass(frozen=True, slots=True)
class Number:
    """A number that carries its own way of printing, for a column that holds several kinds: persons, then a share."""

    value: float | None
    kind: Kind
    decimals: int | None = None


NONE = Number(None, "text")  # where there is no number by its nature: it prints as a dash, a missing one as two dots
Value = str | float | int | Number | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its heading and how its values are printed.

    ``points`` is a difference in percentage points; ``range`` is text, or a ``Number``, that stands among numbers.
    A column with ``span`` and the one after it are the two ends of an interval: in print they stand as one, under that
    heading.
    """

    label: str
    kind: Kind = "text"
    decimals: int | None = None
    span: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the first column names the row. Values are typed; None prints as two dots, ``NONE`` as a dash.

    ``first`` is how many rows a page shows at once, the rest on demand; None for all. Files hold them all.
    ``protected``: its numbers are those of a public edition (``protect``).
    """

    id: str
    caption: str
    columns: list[Column]
    rows: Sequence[Sequence[Value]]
    language: str
    notes: list[str] = field(default_factory=list)
    source: str = ""
    first: int | None = None
    protected: bool = False

    def _repr_html_(self) -> str | None:
        return _rendered("table", self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        return bundle(f"Table {self.id}", self._repr_html_(), self.protected)


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture (SVG text), its caption, an alternative text that states what it shows, and its numbers.

    ``finding`` is its heading, where it has one: then the caption says what is drawn, below it.
    """

    id: str
    caption: str
    alt: str
    drawn: str | Callable[[], str]
    data: Table
    protected: bool = False
    finding: str = ""

    @property
    def svg(self) -> str:
        """The picture; of one that is drawn when asked for, drawn now."""
        return self.drawn if isinstance(self.drawn, str) else self.drawn()

    def _repr_html_(self) -> str | None:
        return _rendered("figure", self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        return bundle(f"Figure {self.id}", self._repr_html_(), self.protected)


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that matters: what it is of, the number as printed, what it is to be read beside (a target, a
    benchmark), and its course over the terms, where there is one."""

    label: str
    value: str
    beside: str = ""
    course: tuple[float | None, ...] = ()
    course_said: str = ""  # the course in words


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A few key figures side by side, and the same as a table."""

    id: str
    figures: list[KeyFigure]
    data: Table
    protected: bool = False

    def _repr_html_(self) -> str | None:
        return _rendered("key_figures", self)


@dataclass(frozen=True, slots=True)
class Point:
    """A bullet of the head, and the part that says more: its id, and what it is called."""

    text: str
    to: str = ""
    label: str = ""


Block = Table | Figure | KeyFigures


@dataclass(frozen=True, slots=True)
class Part:
    """One section of a report: heading, sentences computed from results, then tables and figures.

    ``level`` 2 is a section, 3 a subsection. ``notes`` are cautions, set apart from the sentences. ``summary`` are the
    sentences that stand in a summary of the whole report too. ``prose`` is what a person wrote beside the section, as
    sanitised HTML (``narrative``), and ``unwritten`` what stands there as long as nobody has. ``answer`` is the finding
    of the whole report in one line: the title of its page. ``points`` are bullets. Of a part that is ``folded`` the
    heading and the first sentence are shown and the rest opens on demand, by these words.
    """

    id: str
    heading: str
    sentences: list[str] = field(default_factory=list)
    blocks: Sequence[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    level: int = 2
    summary: list[str] = field(default_factory=list)
    prose: str = ""
    protected: bool = False
    answer: str = ""
    points: list[Point] = field(default_factory=list)
    unwritten: str = ""
    folded: str = ""

    @property
    def tables(self) -> list[Table]:
        """Its tables, those behind the figures included."""
        return [block if isinstance(block, Table) else block.data for block in self.blocks]

    def _repr_html_(self) -> str | None:
        return _rendered("part", self)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle | None:
        return bundle(f"Part {self.id}", self._repr_html_(), publishable(self))


def _rendered(kind: str, block: Block | Part) -> str | None:
    """HTML of a block; None, which a notebook takes for "as text", while nothing that renders is imported."""
    return RENDERERS[kind](block) if kind in RENDERERS else None


def bundle(text: str, html: str | None, protected: bool) -> Bundle | None:
    """What a notebook keeps of an output: a name as text, the HTML, and in its metadata whether it may be published."""
    if html is None:
        return None
    return {"text/plain": f"<{text}>", "text/html": html}, dict(PROTECTED) if protected else {}


def publishable(block: Block | Part) -> bool:
    """Whether it, and each table and figure in it, bears the mark ``protected``."""
    return block.protected and all(map(publishable, getattr(block, "blocks", ())))


def protect(part: Part) -> Part:
    """The part with the mark ``protected`` on itself, its tables and figures.

    Only for what was made of the rows of a public edition: the mark is all that lets an output into one.
    """
    return replace(part, protected=True, blocks=[_protected(block) for block in part.blocks])


def _protected(block: Block) -> Block:
    if isinstance(block, Table):
        return replace(block, protected=True)
    return replace(block, protected=True, data=replace(block.data, protected=True))


def share_decimals(part: Part, decimals: int) -> Part:
    """The part with so many decimals of shares in its tables, where they do not say it themselves."""
    return replace(part, blocks=[_in_decimals(block, decimals) for block in part.blocks])


def _in_decimals(block: Block, decimals: int) -> Block:
    if isinstance(block, Table):
        return table_share_decimals(block, decimals)
    return replace(block, data=table_share_decimals(block.data, decimals))


def table_share_decimals(table: Table, decimals: int) -> Table:
    """The same of one table."""

    def one(each: Any) -> Any:
        return replace(each, decimals=decimals) if each.kind in SHARES and each.decimals is None else each

    rows = [[one(value) if isinstance(value, Number) else value for value in row] for row in table.rows]
    return replace(table, columns=[one(column) for column in table.columns], rows=rows)


def beside(parts: Sequence[Part], texts: Mapping[tuple[str, str, str], str], term: str, language: str) -> list[Part]:
    """The parts with a person's texts (``narrative.read``) of a term and language beside them."""
    return [replace(part, prose=texts.get((term, language, part.id), "")) for part in parts]
