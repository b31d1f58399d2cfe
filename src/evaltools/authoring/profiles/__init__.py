"""The profiles of tools whose exports are known: a module and a line each, the more particular before the others."""

from __future__ import annotations

from collections.abc import Iterable

from evaltools.authoring.profiles import (
    arvo,
    google_forms,
    kobo,
    koski,
    limesurvey,
    microsoft_forms,
    moodle,
    qualtrics,
    redcap,
    register,
    surveymonkey,
    webropol,
)
from evaltools.authoring.profiles.types import Profile, Rows

PROFILES: tuple[Profile, ...] = (
    qualtrics.PROFILE,
    redcap.DICTIONARY,
    redcap.PROFILE,
    kobo.PROFILE,
    limesurvey.PROFILE,
    surveymonkey.PROFILE,
    microsoft_forms.PROFILE,
    koski.PROFILE,
    moodle.FEEDBACK,
    moodle.PROFILE,
    arvo.PROFILE,  # of text; the same headings in a workbook are Webropol's
    webropol.PROFILE,
    google_forms.PROFILE,
)
UNKNOWN = register.PROFILE


def of(headings: Iterable[str], is_text: bool) -> Profile:
    """The profile that knows these headings; that of a register where none does."""
    known = list(headings)
    found = (each for each in PROFILES if each.knows(known) and (is_text or each is not arvo.PROFILE))
    return next(found, UNKNOWN)


def heading_rows(rows: Rows) -> int:
    """How many rows of a file are headings, by the tool that writes such; 0 where none does."""
    return next((n for each in PROFILES if each.heading_rows and (n := each.heading_rows(rows))), 0)
