"""A cell that no spreadsheet takes for a formula: the guard of every CSV and XLSX file that is written."""

from __future__ import annotations

import re

from evaltools.statistics.types import finite

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
TELEPHONE = re.compile(r"\+[0-9 ()-]{5,}")  # it begins as a formula may, and is none


def inert(value: str | float | int | None) -> str | float | int | None:
    """A value for a spreadsheet: no control character, no NaN; text that starts like a formula gets an apostrophe."""
    if isinstance(value, float):
        return finite(value)
    if not isinstance(value, str):
        return value
    value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value)
    return "'" + value if value.startswith(FORMULA) and not TELEPHONE.fullmatch(value) else value
