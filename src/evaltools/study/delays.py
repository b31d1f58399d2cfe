"""Stretches of time as a study file writes them: ``"10 days"``, ``"4 weeks"``, ``"6 months"``, ``"1 year"``."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator

WRITTEN = re.compile(r"([0-9]{1,4}) (day|week|month|year)s?")
MONTHS = {"month": 1, "year": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """A number of days, weeks, months or years."""

    count: int
    unit: str

    def after(self, day: dt.date) -> dt.date:
        """The day that much later; the last of its month where that has no such day.

        >>> Span(1, "month").after(dt.date(2023, 1, 31)), Span(4, "week").after(dt.date(2023, 1, 31))
        (datetime.date(2023, 2, 28), datetime.date(2023, 2, 28))
        """
        if self.unit not in MONTHS:
            return day + dt.timedelta(days=self.count * {"day": 1, "week": 7}[self.unit])
        months = day.year * 12 + day.month - 1 + self.count * MONTHS[self.unit]
        year, month = months // 12, months % 12 + 1
        return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


AT_ONCE = Span(0, "day")


def parsed(written: Any) -> Any:
    """What a study file writes as a span. Raises ValueError for other words."""
    if isinstance(written, Span):
        return written
    found = WRITTEN.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError('expected a number of days, weeks, months or years, such as "4 weeks" or "6 months"')
    return Span(int(found[1]), found[2])


Delay = Annotated[Span, BeforeValidator(parsed)]
