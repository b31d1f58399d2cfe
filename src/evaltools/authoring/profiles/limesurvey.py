"""LimeSurvey: headings are wordings, codes or both, an option or row in brackets; unfinished without a day."""

import re

from evaltools.authoring.profiles.types import BRACKETS, CODED, Profile, signs

SENT = (
    "date submitted",
    "submitdate",
    "lähetetty",
    "lähetys(päivä|päivämäärä|aika)",
    "(inskickat|inlämnings)( ?datum)",
)


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
        "Last page|Start language",
        "Viimeinen sivu|Aloituskieli",
        "Sista sidan|Startspråk",
    ),
    columns={
        "person": ("response id", "id", "vastau(s|ksen) ?-?(id|tunniste|tunnus|numero)", "svars-id"),
        "answered": SENT,
    },
    key=("token", "access code", "email address", "email", "(vastaus)?avain", "osallistumistunnus", "sähköpostiosoite"),
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
        *("total time", "interviewtime", "group time.*", "grouptime.*", "question time.*", ".+time", "siemen.*"),
        *("kokonaisaika", "(ryhmän|kysymyksen) aika.*", "startdatum", "datum för senaste.*", "total tid", "grupptid.*"),
        *(
            "aloitus(päivä|aika)",
            "viimeisin toimin(to|ta).*",
            "viimeisen toiminnon.*",
            "ip-osoite",
            "viittaava url",
            "first name",
            "last name",
            "firstname",
            "lastname",
        ),
    ),
    no_answer={heading: ("",) for heading in SENT},
    missing=("N/A",),
    option=(BRACKETS,),
    wording=_wording,
)
