"""Webropol: numbered questions as headings, a column of 1 and 0 (or of its words) an option."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="Webropol",
    signs=signs(
        "Vastaajatunnus|Vastausaika",
        "Respondent ID|Response time",
        "Vastaajan ID|Vastausaika",
        "RespondentID|Submitted",
        "Respondent ID|Submitted",
        "Vastaajan tunniste|Lähetetty",
    ),
    columns={
        "person": (
            *("vastaajatunnus", "vastaajan id", "vastaajan tunniste", "respondent id", "respondentid"),
            "svarandens id",
        ),
        "answered": ("vastausaika", "lähetetty", "response time", "submitted", "svarstid"),
    },
    key=("sähköposti", "email", "e-post", "opiskelijanumero", "oppijanumero", "student number"),
    aside=("vastauskieli", "language", "kieli", "status", "tila", "ip.?osoite", "ip address", "started", "aloitettu"),
)
