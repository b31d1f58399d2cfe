"""Moodle: lists of participants and of completion, and answers of its feedback; days are written in words."""

import re

from evaltools.authoring.profiles.types import Profile, signs

PERSON = ("id number", "tunnistenumero", "id-numero", "email address", "sähköpostiosoite", "sähköposti", "e-postadress")
NAMES = (
    "first name",
    "last name",
    "surname",
    "full name",
    "name",
    "etunimi",
    "sukunimi",
    "koko nimi",
    "nimi",
    "förnamn",
)
ASIDE = (
    *("groups", "ryhmät", "grupper", "roles", "roolit", "last access to course", "viimeisin käynti kurssilla"),
    *("institution", "department", "laitos", "osasto", "username", "käyttäjätunnus", "country", "city/town"),
)

PROFILE = Profile(
    name="Moodle",
    table="participants",
    signs=signs(
        "First name|Last name|Email address",
        "First name|Surname|Email address",
        "Etunimi|Sukunimi|Sähköpostiosoite",
        "Etunimi|Sukunimi|Sähköposti",
        "Förnamn|Efternamn|E-postadress",
        "ID number|Email address",
        "Tunnistenumero|Sähköpostiosoite",
    ),
    columns={"person": PERSON, "name": ("full name", "koko nimi", "name", "nimi", "last name", "surname", "sukunimi")},
    key=PERSON,
    aside=(*NAMES, *ASIDE, "efternamn", "grade/.+", "arvosana/.+", "state", "started on", "time taken"),
    counts=False,
)

LABEL = re.compile(r"^\((?P<code>[^()]+)\) (?P<text>.+)$", re.S)


def _wording(heading: str) -> tuple[str, str]:
    found = LABEL.match(heading)
    return (found["code"], found["text"]) if found else ("", heading)


FEEDBACK = Profile(
    name="Moodle feedback",
    signs=signs(
        "Response|Submitted on:",
        "Anonymous response number|Date",
        "ID number|Email address|Submitted on:",
        "Email address|Date",
        "ID number|Date",
        "Vastaus|Lähetetty:",
        "Sähköpostiosoite|Päivämäärä",
        "Tunnistenumero|Päivämäärä",
        "E-postadress|Datum",
    ),
    columns={
        "person": ("response", "id", "id number", "anonymous response number", "vastaus"),
        "answered": ("submitted on:", "submitted on", "date", "lähetetty:", "lähetetty", "päivämäärä", "datum"),
    },
    key=(*PERSON, "username", "käyttäjätunnus"),
    aside=(*NAMES, *ASIDE, "course", "kurssi", "group", "ryhmä"),
    wording=_wording,
)
