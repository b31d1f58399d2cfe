"""A drawing of a page as a picture for documents: SVG to PNG, in the typeface that the figures are measured in."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

PIXELS = 220  # an inch
WIDTH = "160mm"
TYPEFACE = re.compile(r"font-family:[^;\"]*")
TEMPLATE = f"""\
#set page(width: auto, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: {WIDTH})
"""


def png(svg: str) -> bytes:
    """The picture, ``PIXELS`` an inch at ``WIDTH``; the same bytes for the same drawing."""
    import typst

    drawn = TYPEFACE.sub("font-family:DejaVu Sans", svg)
    with tempfile.TemporaryDirectory() as empty:
        # an empty root: nothing of this machine can be read into a picture
        compiler = typst.Compiler(root=empty, font_paths=[str(fonts())], ignore_system_fonts=True)
        made: Any = compiler.compile(TEMPLATE.encode(), format="png", ppi=PIXELS, sys_inputs={"svg": drawn})
    return bytes(made)


def fonts() -> Path:
    """The folder of the typefaces that come with matplotlib."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
