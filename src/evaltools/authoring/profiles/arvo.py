"""Arvo, the feedback system of Finnish education: text with semicolons, several answers joined with a comma."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="Arvo",
    signs=signs("Vastaajatunnus|Vastausaika", "Svararkod|Svarstid"),
    columns={"person": ("vastaajatunnus", "svararkod"), "answered": ("vastausaika", "svarstid")},
    aside=("kysely", "kyselykerta", "vastauslinkki", "voimassa.*", "luontiaika"),
    separators=(", ", ";"),
)
