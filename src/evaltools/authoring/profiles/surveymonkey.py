"""SurveyMonkey: two heading rows, the second with options, rows and "Response"; a chosen option stands as its words."""

from evaltools.authoring.profiles import types
from evaltools.authoring.profiles.types import Profile, Rows, signs
from evaltools.ingest.readers import HEADING_MARK

BELOW = {"Response", "Open-Ended Response", "Vastaus", "Avoin vastaus", "Svar", "Öppet svar"}


def _heading_rows(rows: Rows) -> int:
    ours = len(rows) > 1 and any(cell.strip() in ("Respondent ID", "Vastaajan tunnus") for cell in rows[0])
    empty = not any(cell.strip() for cell in rows[1][:1]) if ours else False
    return 2 if empty or (ours and BELOW & set(rows[1])) else 0


def _wording(heading: str) -> tuple[str, str]:
    question, _, below = heading.rpartition(HEADING_MARK)
    return "", question if below in BELOW else heading


PROFILE = Profile(
    name="SurveyMonkey",
    signs=signs(
        "Respondent ID|Collector ID|Start Date",
        "Respondent ID|Collector ID|Date Created",
        "Vastaajan tunnus|IP-osoite|Sähköpostiosoite",
        "Insamlar-ID|IP-adress|E-postadress",
    ),
    columns={
        "person": ("respondent id", "vastaajan tunnus", "(respondent|svarande)-id"),
        "answered": ("end date", "date modified", "lopetus(päivä|päivämäärä|aika)", "slutdatum"),
    },
    key=("email address", "custom data 1", "sähköpostiosoite", "e-postadress"),
    aside=(
        *("collector id", "start date", "date created", "ip address", "first name", "last name", "custom data.*"),
        *("ker\\w+ tunnus", "aloitus(päivä|päivämäärä|aika)", "ip-osoite", "etunimi", "sukunimi", "mukaute.*"),
        *("insamlar-id", "startdatum", "ip-adress", "förnamn", "efternamn", "anpassade.*"),
    ),
    option=(types.BELOW,),
    wording=_wording,
    heading_rows=_heading_rows,
    counts=False,
)
