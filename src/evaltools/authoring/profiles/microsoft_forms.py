"""Microsoft Forms: its own columns first, statements of a Likert question as columns, ticks joined and ended with ;."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="Microsoft Forms",
    signs=signs(
        "Start time|Completion time",
        "Aloitusaika|Valmistumisaika",
        "Aloitusaika|Suoritusaika",
        "Aloitusaika|Päättymisaika",
        "Starttid|Slutförandetid",
        "Starttid|Sluttid",
    ),
    columns={
        "person": ("id", "tunnus", "tunniste"),
        "answered": (
            "completion time",
            "valmistumisaika",
            "suoritusaika",
            "päättymisaika",
            "slutförandetid",
            "sluttid",
        ),
    },
    key=("email", "sähköposti", "sähköpostiosoite", "e-post"),
    aside=(
        *("start time", "aloitusaika", "starttid", "name", "nimi", "namn", "language", "kieli", "språk"),
        *("last modified time", "viime(ksi|isin) muok.*", "senast ändrad.*", "tid(punkt)? för senaste.*"),
        *("total points", "quiz feedback", "grade posted time", "(points|feedback|pisteet|palaute|poäng) ?[-–] ?.+"),
        *("pisteet yhteensä", "pisteiden.*", "testin palaute", "summa poäng", "feedback på test"),
    ),
    note="its own ID counts rows, not persons",
)
