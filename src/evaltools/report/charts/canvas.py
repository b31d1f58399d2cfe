"""A sheet to draw on: shapes and texts in px become SVG. What a text measures, and which colours are read on which.

Text is measured with the font that matplotlib brings along (a wide one), so it neither overlaps nor is cut in the
narrower fonts of browsers. Every colour with a name is a custom property with its light value as fallback: the
stylesheet of a page gives the dark ones, and in JupyterLab the fallbacks hold. What measures texts and mixes colours is
heavy, and imported by the first drawing.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties

WIDE, PHONE = 720, 340  # px
BREAK = 600  # a page narrower than this shows the drawing for phones
SIZE, SMALL = 13, 12  # px of text
PAD = 16  # px between the card's edge and what is drawn
LEADING = 1.3
FONT = "DejaVu Sans"
SHOWN_IN = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
INK, MUTED, RULE, CARD, PANEL = "#1b2430", "#4f5b68", "#d5dbe0", "#ffffff", "#eef3f7"

BLUE, GREEN, RED = "#0173b2", "#029e73", "#d55e00"  # of seaborn's palette "colorblind"
SERIES = [BLUE, RED, GREEN, "#23272e", "#8426e0", "#603000"]
NEUTRAL = "#c9cfd5"
PALE = (0.9388457363122124, 0.9439956340324122, 0.9519875096706142)  # what seaborn makes of BLUE for a light palette
BOUNDS = "#c4cbd2"  # worst and best case, behind the interval

Align = Literal["left", "center", "right"]
UNDER, PLAIN, LINES, MARKS, TOP, WORDS = range(1, 7)  # what lies on what


def dark(colour: str) -> str:
    """The colour dark enough for text on the card."""
    from matplotlib.colors import to_rgb

    hue, _, saturation = colorsys.rgb_to_hls(*to_rgb(colour))
    return _hex(colorsys.hls_to_rgb(hue, 0.25, saturation))


def _hex(colour: Any) -> str:
    from matplotlib.colors import to_hex

    return to_hex(colour)


def series(order: int) -> str:
    return SERIES[order % len(SERIES)]


def diverging(count: int) -> list[str]:
    """Colours of ordered answers, the lowest first: told apart by lightness too, so without seeing hues."""
    blended = _blended(RED, "#f3c9ae", "#e4e7ea", "#a9cbe6", BLUE)
    return [_hex(blended(place)) for place in np.linspace(0, 1, count)]


def ramp(share: float) -> str:
    """Paler to stronger blue for 0 to 1."""
    return _hex(_blended(PALE, BLUE)(share))


@cache
def _blended(*colours: str | tuple[float, ...]) -> Callable[[float], tuple[float, ...]]:
    """The colour at a place from 0 to 1, between these at even steps."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", colours)


def on(fill: str) -> str:
    """Black or white, whichever is read better on that colour (WCAG relative luminance), in both schemes the same."""
    from matplotlib.colors import to_rgb

    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(fill)]
    luminance = 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    return "#000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#fff"


@cache
def names() -> dict[str, str]:
    """The colours that a page may change with its scheme, by what the stylesheet calls them."""
    named = {INK: "ink", MUTED: "muted", RULE: "rule", CARD: "card", PANEL: "panel", BOUNDS: "bounds"}
    named |= {colour: f"series-{order}" for order, colour in enumerate(SERIES, 1)}
    return named | {dark(colour): f"series-{order}-text" for order, colour in enumerate(SERIES, 1)}


def paint(colour: str) -> str:
    """The colour as CSS: a custom property where the page may change it."""
    return f"var(--figure-{names()[colour]},{colour})" if colour in names() else colour


# --- measuring ---


def clean(words: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\ufffe\uffff]", " ", words).strip()


@cache
def wide(words: str, size: float = SIZE, weight: str = "normal") -> float:
    """Width of a line of text in px."""
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(clean(words), _font(size, weight), ismath=False)[0]


@cache
def _font(size: float, weight: str) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=FONT, size=size, weight=weight)


def wrap(words: str, width: float, size: float = SIZE, weight: str = "normal") -> list[str]:
    """Lines no wider than ``width`` px: broken at spaces and after hyphens, inside a word only where it must be."""
    lines = [""]
    for word in filter(None, clean(words).split(" ")):
        for order, piece in enumerate(re.findall(r"[^-]+-*|-+", word)):
            joined = lines[-1] + (" " if order == 0 and lines[-1] else "") + piece
            if wide(joined, size, weight) <= width:
                lines[-1] = joined
            else:
                lines += _cut(piece, width, size, weight)
    return [line for line in lines if line] or [""]


def _cut(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in pieces that fit, a hyphen at each break."""
    pieces = []
    while wide(word, size, weight) > width and len(word) > 1:
        end = len(word) - 1
        while end > 1 and wide(word[:end] + "-", size, weight) > width:
            end -= 1
        pieces.append(word[:end] + "-")
        word = word[end:]
    return [*pieces, word]


# --- drawing ---


class Sheet:
    """Shapes on a card so many px wide; ``top`` is where a chart may start. Coordinates in px from the upper left."""

    def __init__(self, width: int):
        self.width = width
        self.top = float(PAD)
        self._shapes: list[tuple[int, str]] = []

    @property
    def phone(self) -> bool:
        return self.width != WIDE

    @property
    def room(self) -> float:
        """The width between the paddings."""
        return self.width - 2 * PAD

    def rect(
        self, x: float, y: float, width: float, height: float, colour: str, rounded: float = 0, edge: str = ""
    ) -> None:
        """A filled rectangle; with an ``edge`` where its fill alone would be too pale on the card (below 3 : 1)."""
        corner = f' rx="{_px(rounded)}"' if rounded else ""
        size = f'x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}"{corner}'
        line = f";stroke:{paint(edge)}" if edge else ""
        self._add(PLAIN, f'<rect {size} style="fill:{paint(colour)}{line}"/>')

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A rounded panel with a border, under everything else."""
        size = f'x="{_px(x)}" y="{_px(y)}" width="{_px(width)}" height="{_px(height)}"'
        self._add(UNDER, f'<rect {size} rx="6" style="fill:{paint(PANEL)};stroke:{paint(RULE)}"/>')

    def circle(self, x: float, y: float, radius: float, fill: str, edge: str, width: float = 1.5) -> None:
        style = f"fill:{paint(fill)};stroke:{paint(edge)};stroke-width:{_px(width)}"
        self._add(MARKS, f'<circle cx="{_px(x)}" cy="{_px(y)}" r="{_px(radius)}" style="{style}"/>')

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        colour: str,
        width: float,
        dashed: bool = False,
        under: bool = False,
    ) -> None:
        path = "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in zip(xs, ys, strict=True))
        style = f"fill:none;stroke:{paint(colour)};stroke-width:{_px(width)}" + (
            ";stroke-dasharray:5 4" if dashed else ""
        )
        self._add(UNDER if under else LINES, f'<path d="{path}" style="{style}"/>')

    def arrow(self, x: float, top: float, bottom: float) -> None:
        """An arrow downwards."""
        self.line([x, x], [top, bottom - 5], MUTED, 1.5)
        path = f"M{_px(x - 5)} {_px(bottom - 7)}H{_px(x + 5)}L{_px(x)} {_px(bottom)}Z"
        self._add(LINES, f'<path d="{path}" style="fill:{paint(MUTED)}"/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = SIZE,
        colour: str = INK,
        align: Align = "left",
        weight: str = "normal",
        halo: bool = False,
    ) -> None:
        """One line of text with its middle at ``y``; a ``halo`` keeps it readable where a line runs behind it."""
        shown = clean(words)
        if not shown:
            return
        anchor = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}[align]
        look = (f' font-size="{_px(size)}"' if size != SIZE else "") + (
            ' font-weight="700"' if weight == "bold" else ""
        )
        styles = [f"fill:{paint(colour)}"] if colour != INK else []
        styles += [f"paint-order:stroke;stroke:{paint(CARD)};stroke-width:4px"] if halo else []
        fill = f' style="{";".join(styles)}"' if styles else ""
        place = f'x="{_px(x)}" y="{_px(y + 0.36 * size)}"'
        self._add(WORDS, f"<text {place}{anchor}{look}{fill}>{escape(shown, quote=False)}</text>")

    def lines(
        self,
        x: float,
        y: float,
        block: Sequence[str],
        *,
        size: float = SIZE,
        colour: str = INK,
        align: Align = "left",
        weight: str = "normal",
        above: bool = False,
    ) -> float:
        """Lines of text from ``y`` down, or ending there where ``above``; returns where they end."""
        step = size * LEADING
        start = y - step * len(block) if above else y
        for order, line in enumerate(block):
            self.text(x, start + (order + 0.5) * step, line, size=size, colour=colour, align=align, weight=weight)
        return start + step * len(block)

    def svg(self, bottom: float) -> str:
        """The card with everything on it, ending below ``bottom``. Only one of the two widths is shown at a time."""
        height = round(bottom + PAD)
        name, hidden = ("phone", f"min-width:{BREAK}px") if self.phone else ("wide", f"max-width:{BREAK - 1}px")
        shapes = [shape for _, shape in sorted(self._shapes, key=lambda each: each[0])]
        head = f'class="ev-{name}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height}"'
        style = f"font-family:{SHOWN_IN};font-size:{SIZE}px;fill:{paint(INK)}"
        return "\n".join(
            [
                f'<svg {head} width="{self.width}" height="{height}" style="{style}">',
                f"<style>@media screen and ({hidden}){{.ev-{name}{{display:none}}}}"
                + ("@media print{.ev-phone{display:none}}" if self.phone else "")
                + "</style>",
                f'<rect width="{self.width}" height="{height}" rx="8" style="fill:{paint(CARD)}"/>',
                *shapes,
                "</svg>",
            ]
        )

    def _add(self, layer: int, shape: str) -> None:
        self._shapes.append((layer, shape))


def _px(number: float) -> str:
    shown = f"{number:.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown
