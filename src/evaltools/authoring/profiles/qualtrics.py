"""Qualtrics: three heading rows (code, wording, import id), previews and unfinished responses among the rows."""

import re

from evaltools.authoring.profiles.types import BELOW, BRACKETS, OPTION, Profile, Rows, signs
from evaltools.ingest.readers import HEADING_MARK

IMPORT = '{"ImportId"'
CHOSEN = " - Selected Choice"


LEGACY = re.compile(r"V[0-9]{1,2}")  # the codes of its own columns in the older form, which has no import ids
STATEMENT = re.compile(r"^(?P<question>.+[?.:!])-(?P<option>\S.*)$", re.S)


def _heading_rows(rows: Rows) -> int:
    if len(rows) > 1 and LEGACY.fullmatch(rows[0][0].strip()) and "StartDate" in rows[1]:
        return 2
    return next((n for n, cells in enumerate(rows[:3], start=1) if any(c.startswith(IMPORT) for c in cells)), 0)


def _wording(heading: str) -> tuple[str, str]:
    code, *rest = heading.split(HEADING_MARK)
    rest = rest[:-1] if rest and rest[-1].startswith(IMPORT) else rest
    text = HEADING_MARK.join(rest).replace(CHOSEN, "")
    return (code, text or code) if rest else ("", heading)


PROFILE = Profile(
    name="Qualtrics",
    signs=signs(
        "StartDate|EndDate|Status|Finished", "StartDate|EndDate|ResponseId", "StartDate|EndDate|ResponseID|Finished"
    ),
    columns={"person": ("responseid", "response id"), "answered": ("recordeddate", "enddate")},
    key=("externalreference", "externaldatareference", "recipientemail", "emailaddress"),
    aside=(
        *("startdate", "enddate", "recordeddate", "status", "ipaddress", "progress", "duration( \\(in seconds\\))?"),
        *("finished", "recipientlastname", "recipientfirstname", "recipientemail", "externalreference"),
        *("externaldatareference", "locationlatitude", "locationlongitude", "locationaccuracy", "distributionchannel"),
        *(
            "userlanguage",
            "responseset",
            "name",
            "emailaddress",
            "q_.+",
            ".+_first click",
            ".+_last click",
            ".+_page submit",
            ".+_click count",
        ),
        *(".+_do(_.+)?", ".+_text", ".+_nps_group", "sc[0-9]+"),
    ),
    no_answer={
        "status": ("Survey Preview", "Survey Test", "Spam", "Preview", "1", "2", "4", "8", "9", "12", "17"),
        "finished": ("False", "0"),
    },
    separators=(",", ";"),
    option=(STATEMENT, BRACKETS, BELOW, OPTION),
    wording=_wording,
    heading_rows=_heading_rows,
    counts=False,
)
