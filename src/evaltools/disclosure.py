"""What the public edition may show of counts of persons.

``protect`` is the one door: every count table passes it before a rate is computed or a number shown. Rounding: each
count to the nearest multiple of the base, rates from rounded counts. The tables used only inside a computation
(transitions, moments) stay exact, and what is computed from them is withheld where too few persons stand behind it.
"""

from __future__ import annotations

import pandas as pd

from evaltools.model import Disclosure
from evaltools.tidy import Tables

# Count tables of persons and the columns that hold their counts.
PERSON_COUNTS: dict[str, tuple[str, ...]] = {
    "composition": ("count", "total"),
    "registrations": ("count", "total"),
    "cross": ("count", "total"),
    "overlap": ("count", "total"),
    "completion": ("count", "answered", "invited"),
    "responses": ("count", "total"),
    "attrition": ("both", "start_only", "end_only", "neither"),
    "answers": ("count",),
    "placement": ("count", "answered", "invited"),
    "outreach": ("reached", "applicants", "enrolled"),
}
# Tables that only feed statistics and are never shown themselves.
INNER = ("placement_cells", "scale_items", "transitions", "arm_transitions", "arm_outcomes", "arm_covariates")


def active(settings: Disclosure, edition: str) -> bool:
    """Whether numbers are protected: in the public edition, unless the study file says why not."""
    return edition == "public" and settings.method != "none"


def protect(counts: Tables, settings: Disclosure, edition: str) -> Tables:
    """The count tables as this edition may show them.

    Raises KeyError for a table that is declared neither as counts of persons nor as inner: nothing passes by default.
    """
    if not active(settings, edition):
        return counts
    return {
        name: frame if name in INNER else _rounded(frame, PERSON_COUNTS[name], settings.base)
        for name, frame in counts.items()
    }


def _rounded(frame: pd.DataFrame, columns: tuple[str, ...], base: int) -> pd.DataFrame:
    return frame.assign(**{c: rounded(frame[c], base) for c in columns if c in frame})


def rounded(count, base: int):
    """To the nearest multiple of the base (a scalar or a Series of whole numbers), halves up."""
    return (2 * count + base) // (2 * base) * base


def shown(count: int, settings: Disclosure, edition: str) -> int:
    """One count as this edition may show it."""
    return int(rounded(count, settings.base)) if active(settings, edition) else count


def enough(n: int, settings: Disclosure, edition: str) -> bool:
    """Whether a statistic that rests on ``n`` persons may be shown."""
    return n >= settings.minimum or not active(settings, edition)
