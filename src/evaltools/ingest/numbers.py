"""Numbers as people write them: marks of thousands, units beside them, and minus signs of every kind, as declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from evaltools.study.source_model import Source

DIGITS = 15  # that a number keeps
SPACES = " \u00a0\u2007\u2009\u202f"  # a space as mark of thousands may be any of these
APOSTROPHES = "'’"
MINUS = "\u2212"


def reader(source: Source, whole: bool) -> Callable[[str], float | None]:
    """What reads a number of this source from its text, or gives None where it is none; ``whole`` takes no decimals.

    A unit that the source declares may stand before or after the number, with or without a space. Marks of thousands
    are read only where every group has three digits.
    """
    mark = {" ": SPACES, "'": APOSTROPHES}.get(source.thousands, source.thousands)
    grouped = rf"|[0-9]{{1,3}}(?:[{re.escape(mark)}][0-9]{{3}})+" if mark else ""
    decimals = "" if whole else rf"(?:{re.escape(source.decimal)}(?P<decimals>[0-9]+))?"
    number = re.compile(rf"(?P<sign>[+-]?)\s*(?P<digits>[0-9]{{1,{DIGITS}}}{grouped}){decimals}")
    words = "|".join(map(re.escape, sorted(source.units, key=len, reverse=True))) or "(?!)"
    units = re.compile(rf"(?P<before>^[+-]?)\s*(?:{words})\s*|(?:{words})$", re.I)

    plain = re.compile(rf"[+-]?[0-9]{{1,{DIGITS}}}" + ("" if whole else rf"(?:{re.escape(source.decimal)}[0-9]+)?"))

    def read(text: str) -> float | None:
        if plain.fullmatch(text):  # most are, and a million are soon read
            return float(text.replace(source.decimal, "."))
        text, negative = _unsigned(_without(text, units), source.negatives)
        found = number.fullmatch(_without(text, units))
        if not found or (negative and found["sign"]):
            return None
        digits = re.sub(r"[^0-9]", "", found["digits"])
        if len(digits) > DIGITS:
            return None
        value = float(f"{digits}.{'0' if whole else found['decimals'] or '0'}")
        return -value if negative or found["sign"] == "-" else value

    return read


def _without(text: str, units: re.Pattern[str]) -> str:
    """A text without a unit at its beginning or its end; a sign before the unit stays."""
    return units.sub(lambda found: found["before"] or "", text.replace(MINUS, "-").strip(), count=1).strip()


def _unsigned(text: str, negatives: Sequence[str]) -> tuple[str, bool]:
    """A text without brackets around it or a minus behind it, where these declare a negative number."""
    if "(1)" in negatives and text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), True
    if "1-" in negatives and text.endswith("-"):
        return text[:-1].strip(), True
    return text, False
