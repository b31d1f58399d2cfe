"""What every statistic returns: an estimate with its interval, or a test with its p value.

Undefined is ``None`` with a note that says why - never NaN, never an exception for data that can occur
(nobody answered, all unchanged, one category). Notes are catalogue keys, not sentences (see ``text``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval.

    ``n`` is the number of persons (or pairs) it rests on; ``method`` names the interval; ``note`` is a
    catalogue key, empty when there is nothing to say. ``lower`` and ``upper`` are None together.
    """

    estimate: float | None
    lower: float | None
    upper: float | None
    n: int
    method: str
    se: float | None = None
    note: str = ""

    def __repr__(self) -> str:
        """As a researcher reads it in a cell: the number, its interval, what it rests on."""
        if self.estimate is None:
            return f"<Estimate: none ({self.note or 'undefined'}), n = {self.n}>"
        ends = "" if self.lower is None or self.upper is None else f" ({self.lower:.4g} to {self.upper:.4g})"
        return f"<Estimate {self.estimate:.4g}{ends}, n = {self.n}, {self.method}>"


@dataclass(frozen=True, slots=True)
class Test:
    """A test: its statistic, degrees of freedom where it has them, and two-sided p value.

    ``p`` is the value to report; ``method`` says which one it is (for example ``exact mid-p``).
    """

    __test__ = False  # not a pytest class

    statistic: float | None
    p: float | None
    n: int
    method: str
    df: float | None = None
    note: str = ""


def side(lower: float | None, upper: float | None, reference: float = 0.0) -> str:
    """Where an interval lies: ``above`` the reference, ``below`` it, or ``unclear``: it cannot be told.

    Every verdict of every edition is made here, whatever the limits allow for.
    """
    if lower is None or upper is None or lower <= reference <= upper:
        return "unclear"
    return "above" if lower > reference else "below"


def finite(value: float | None) -> float | None:
    """The value as a plain float, or None where it is None, NaN or infinite."""
    return None if value is None or not math.isfinite(value) else float(value)
