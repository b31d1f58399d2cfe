"""Microsoft Forms: its own columns first, statements of a Likert question as columns, ticks joined and ended with ;."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="Microsoft Forms",
    signs=signs(
        "ID|Start time|Completion time",
        "Tunnus|Aloitusaika|Valmistumisaika",
        "Tunnus|Aloitusaika|Suoritusaika",
        "ID|Aloitusaika|Valmistumisaika",
        "Tunniste|Aloitusaika|Valmistumisaika",
        "ID|Starttid|Slutförandetid",
    ),
    columns={
        "person": ("id", "tunnus", "tunniste"),
        "answered": ("completion time", "valmistumisaika", "suoritusaika", "slutförandetid"),
    },
    key=("email", "sähköposti", "sähköpostiosoite", "e-post"),
    aside=(
        *("start time", "aloitusaika", "starttid", "name", "nimi", "namn", "language", "kieli", "språk"),
        *("last modified time", "viimeksi muokattu.*", "senast ändrad.*", "total points", "quiz feedback"),
        *("points - .+", "feedback - .+", "grade posted time", "pisteet yhteensä", "testin palaute"),
    ),
    note="its own ID counts rows, not persons",
)
