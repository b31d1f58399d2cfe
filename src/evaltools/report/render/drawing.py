"""A drawing of a page as a picture for documents: SVG to PNG, in the typeface that the figures are measured in."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

PIXELS = 220  # an inch
WIDTH = "160mm"
VARIABLE = re.compile(r"var\(--[\w-]+,([^()]*)\)")  # a colour that a page may change in the dark
TYPEFACE = re.compile(r"font-family:[^;\"]*")
TEMPLATE = f"""\
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: {WIDTH})
"""


def alone(svg: str) -> str:
    """A drawing by itself: in the colours of a light page, and without the style that hides it on a phone."""
    return re.sub(r"<style>.*?</style>", "", VARIABLE.sub(r"\1", svg), flags=re.DOTALL)


def png(svg: str) -> bytes:
    """The picture, ``PIXELS`` an inch at ``WIDTH``; the same bytes for the same drawing."""
    drawn = TYPEFACE.sub("font-family:DejaVu Sans", svg)
    return bytes(_compiler()[1].compile(TEMPLATE.encode(), format="png", ppi=PIXELS, sys_inputs={"svg": drawn}))


def is_available() -> bool:
    """Whether pictures can be made: the package that draws them is an extra."""
    return importlib.util.find_spec("typst") is not None


@cache
def _compiler() -> tuple[tempfile.TemporaryDirectory, Any]:
    """What draws, and its root, which is empty: nothing of this machine can be read into a picture.

    One for all pictures: looking through the typefaces takes four times as long as drawing.
    """
    import typst

    empty = tempfile.TemporaryDirectory()
    return empty, typst.Compiler(root=empty.name, font_paths=[str(fonts())], ignore_system_fonts=True)


def fonts() -> Path:
    """The folder of the typefaces that come with matplotlib."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
