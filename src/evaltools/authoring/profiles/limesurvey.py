"""LimeSurvey: headings are wordings, codes or both, an option or row in brackets; unfinished without a day."""

import re

from evaltools.authoring.profiles.types import BRACKETS, CODED, Profile, signs


def _wording(heading: str) -> tuple[str, str]:
    found = CODED.match(heading)
    if found:
        return found["code"], found["text"]
    return (heading, heading) if re.fullmatch(r"[A-Za-z]\w*(\[\w+\])?", heading) else ("", heading)


PROFILE = Profile(
    name="LimeSurvey",
    signs=signs(
        "id|submitdate|lastpage",
        "Response ID|Date submitted|Last page",
        "Vastauksen ID|Lähetyspäivä|Viimeinen sivu",
        "Vastaus ID|Lähetetty|Viimeinen sivu",
        "Svars-ID|Inskickat datum|Sista sidan",
    ),
    columns={
        "person": ("response id", "id", "vastauksen id", "vastaus id", "svars-id"),
        "answered": ("date submitted", "submitdate", "lähetyspäivä", "lähetetty", "inskickat datum"),
    },
    key=("token", "access code", "email address", "email", "avain", "sähköpostiosoite"),
    aside=(
        *("last ?page", "viimeinen sivu", "sista sidan", "start ?language", "aloituskieli", "startspråk", "seed"),
        *(
            "date started",
            "startdate",
            "date last action",
            "datestamp",
            "ip address",
            "ipaddr",
            "referrer url",
            "refurl",
        ),
        *("total time", "interviewtime", "group time.*", "grouptime.*", "question time.*", ".+time", "siemen"),
        *("aloituspäivä", "viimeisin toiminto", "ip-osoite", "first name", "last name", "firstname", "lastname"),
    ),
    no_answer={h: ("",) for h in ("date submitted", "submitdate", "lähetyspäivä", "lähetetty", "inskickat datum")},
    missing=("N/A",),
    option=(BRACKETS,),
    wording=_wording,
)
