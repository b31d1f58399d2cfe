"""A logo and colours of one's own on the pages; a colour that is hard to read and a logo too large are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evaltools.study.faults import Fault, fault, leads_out
from evaltools.study.model import Study

# what a colour stands on: paper, ground, hovered rows and notes of the stylesheet, in its light and its dark look
GROUNDS = {
    "light": ("#ffffff", "#f6f7f5", "#f3f6f8", "#fff7e3"),
    "dark": ("#171c22", "#10141a", "#1d242c", "#2a2414"),
}
LEAST = 4.5  # contrast of text to its ground (WCAG 2.1, success criterion 1.4.3)
KINDS = {".png": "image/png", ".svg": "image/svg+xml"}
LARGEST = 50_000  # bytes of a logo: every page holds it


def check(study: Study) -> Iterator[Fault]:
    """Faults of the logo's file and of colours without enough contrast."""
    for look, colour in study.report.colours.items():
        found = min(contrast(colour, ground) for ground in GROUNDS[look])
        if found < LEAST:
            detail = f"contrast {found:.1f} : 1 to the {look} pages, {LEAST} : 1 is needed"
            yield fault(f"report.colours.{look}", "bad_value", detail=detail)
    if study.report.logo:
        yield from _logo(study)


def _logo(study: Study) -> Iterator[Fault]:
    name, path = study.report.logo, study.folder / study.report.logo
    if leads_out(name) or path.suffix.lower() not in KINDS:
        yield fault("report.logo", "bad_value", detail="expected a .png or .svg file in the study's folder")
    elif not path.is_file():
        yield fault("report.logo", "bad_value", detail=f"there is no file {name} in the study's folder")
    elif path.stat().st_size > LARGEST:
        yield fault("report.logo", "bad_value", detail=f"the file is larger than {LARGEST // 1000} kB")


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours ``#rrggbb``, 1 to 21 (WCAG 2.1).

    >>> contrast("#000000", "#ffffff"), round(contrast("#777777", "#ffffff"), 2)
    (21.0, 4.48)
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(each, 16) / 255 for each in re.findall("..", colour[1:])]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
