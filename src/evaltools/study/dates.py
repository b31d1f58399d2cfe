"""How days are written: formats of Python, and what these leave open, as a source declares it.

Names of months and of days of the week may be Finnish, Swedish or English (``%B``, ``%b``, ``%A``, ``%a``). Years of
two digits (``%y``) stand for the hundred years from ``years_from``. A moment with an offset of its time zone (``%z``)
is of the day that stands there, or of the day in ``timezone``. ``serial`` is the number by which spreadsheets count
days.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

import pandas as pd

from evaltools.i18n import WRITING

ISO_DAY = "%Y-%m-%d"
SERIAL = "serial"
EPOCH = pd.Timestamp(1899, 12, 30)  # of spreadsheets' days, from March 1900 on
SERIAL_NUMBER = r"[1-9][0-9]{4}(?:[.,][0-9]+)?"  # the days of 1927 to 2173
OFFSET = r"\s*(?:Z|UTC|[+-][0-9]{2}:?[0-9]{2})$"
YEAR_FIRST = r"[0-9]{4}[^0-9]?[0-9]{2}[^0-9]?[0-9]{2}(?![0-9])"
YEAR_MONTH = r"[0-9]{4}[^0-9]?[0-9]{2}(?![0-9])"
HAS_DIGIT = r"[\s\S]*[0-9]"
SPECIAL = re.compile(r"%[AaBbyz]")
CENTURY = 100


def parse(
    texts: pd.Series, date_format: str, years_from: int | None = None, timezone: str = "", moment: bool = False
) -> pd.Series:
    """The day of each text that is written in a format, missing where it is not; a time of day is left out, unless it
    is the ``moment`` that is asked for."""
    if date_format == SERIAL:
        whole = texts.where(texts.str.fullmatch(SERIAL_NUMBER).fillna(False).astype(bool))
        days = pd.to_numeric(whole.str.replace(",", "."))
        return EPOCH + pd.to_timedelta(days if moment else days.floordiv(1), unit="D").dt.round("s")
    # years first is ISO's way, with all its digits; a day first may go without leading zeros
    digits = (YEAR_FIRST if "%d" in date_format else YEAR_MONTH) if date_format.startswith("%Y") else ""
    # and words without a digit, such as today, are no days, whatever pandas makes of them
    texts = texts.where(texts.str.match(digits or HAS_DIGIT).fillna(False).astype(bool))
    if re.search("%[AaBb]", date_format):
        texts, date_format = _in_numbers(texts, date_format)
    if "%z" in date_format and not timezone:
        texts = texts.where(texts.str.contains(OFFSET, regex=True).fillna(False).astype(bool))
        texts, date_format = texts.str.replace(OFFSET, "", regex=True), date_format.replace("%z", "").rstrip()
    found = pd.to_datetime(texts, format=date_format, errors="coerce", utc="%z" in date_format)
    if "%z" in date_format:
        found = found.dt.tz_convert(timezone)
    moments = found.dt.tz_localize(None)
    days = moments.dt.normalize().astype("datetime64[us]")
    dated = _in_century(days, years_from) if "%y" in date_format and years_from else days
    return dated + (moments - days) if moment else dated


def _in_century(days: pd.Series, years_from: int) -> pd.Series:
    """Days of two-digit years, in the hundred years from one year."""
    years = years_from + (days.dt.year - years_from) % CENTURY
    parts = pd.DataFrame({"year": years, "month": days.dt.month, "day": days.dt.day})
    return pd.to_datetime(parts, errors="coerce").astype("datetime64[us]")


@cache
def _months() -> dict[str, int]:
    """Every word for a month, in small letters and without a full stop, and its number."""
    from babel.dates import get_month_names

    found = {
        name.casefold().rstrip("."): number
        for language in WRITING
        for width in ("wide", "abbreviated")
        for form in ("format", "stand-alone")
        for number, name in get_month_names(width, form, language).items()
    }
    finnish = {name: n for name, n in found.items() if name.endswith("kuu")}
    genitive = {f"{name}n": n for name, n in finnish.items()}
    short = {name.removesuffix("uu"): n for name, n in finnish.items()}  # toukok.
    return found | genitive | short | {"sept": 9}


@cache
def _weekdays() -> frozenset[str]:
    from babel.dates import get_day_names

    return frozenset(
        name.casefold().rstrip(".")
        for language in WRITING
        for width in ("wide", "abbreviated")
        for form in ("format", "stand-alone")
        for name in get_day_names(width, form, language).values()
    ) | {"sunnuntaina"}


def _in_numbers(texts: pd.Series, date_format: str) -> tuple[pd.Series, str]:
    """Texts and format with months in numbers and without names of days."""
    months, weekdays = _months(), _weekdays()

    def number(found: re.Match[str]) -> str:
        word = found[1].casefold()
        if word in weekdays and word not in months:
            return ""
        return str(months[word]) if word in months else found[0]

    texts = texts.str.replace(r"([^\W\d_]{2,})\.?(?=[^\w.]|$|\s)", number, regex=True)
    plain_format = re.sub("%[Bb]", "%m", re.sub(r"%[Aa]\.?", "", date_format))
    return texts.str.strip(" ,"), plain_format.strip(" ,")


def example(date_format: str) -> str:
    """A day written in a format, for messages."""
    day = dt.date(2023, 7, 31)
    return str((pd.Timestamp(day) - EPOCH).days) if date_format == SERIAL else day.strftime(date_format)


def written(formats: list[str]) -> str:
    """The format in which days of files that hold real ones are written out: the first, if it keeps the whole day."""
    first = formats[0]
    return ISO_DAY if first == SERIAL or SPECIAL.search(first) else first
