"""Google Forms: a time stamp first, then the questions; the rows of a grid in brackets, ticks joined in one cell."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="Google Forms",
    signs=signs("Timestamp", "Aikaleima", "Tidstämpel"),
    columns={"answered": ("timestamp", "aikaleima", "tidstämpel")},
    key=("email address", "username", "sähköpostiosoite", "käyttäjänimi", "e-postadress", "användarnamn"),
    aside=("score", "pisteet", "poäng", ".+ \\[score\\]", ".+ \\[feedback\\]"),
)
