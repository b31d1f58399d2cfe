"""A register of one's own, in Finnish, Swedish or English: persons, or their study rights."""

from evaltools.authoring.profiles.types import Profile

COLUMNS = {
    "person": (
        *("henkilötunniste", "oppijanumero", "oppijan oid", "opiskelijanumero", "opiskelijan tunniste", "tunniste"),
        *("student id", "student number", "learner id", "participant id", "person id", "client id", "studentnummer"),
        *("opiskelijanro", "opiskelijatunnus", "osallistujatunnus", "osallistujan tunniste", "asiakastunnus"),
        *("student no", "student no.", "student_id", "participant_id", "person_id", "elevnummer"),
        *("respondent id", "respondentid", "responseid", "vastaajatunnus", "vastaajan id", "id", "tunnus"),
    ),
    "answered": (
        *("vastausaika", "vastauspäivä", "completion time", "valmistumisaika", "suoritusaika", "slutförandetid"),
        *("submitted", "timestamp", "aikaleima", "date of response", "answered", "vastattu", "vastauksen päivämäärä"),
        *("vastauspvm", "lähetetty", "date submitted", "submission date", "response date", "besvarad"),
    ),
    "name": ("nimi", "koko nimi", "name", "full name", "namn", "sukunimi", "last name", "surname", "efternamn"),
    "birth_date": (
        *("syntymäaika", "syntymäpäivä", "syntymäpvm", "date of birth", "dob", "birth date", "birthdate", "birthday"),
        *("date_of_birth", "birth_date", "födelsedatum"),
    ),
    "age": ("ikä", "age", "ålder"),
    "gender": ("sukupuoli", "gender", "sex", "kön"),
    "municipality": ("kotikunta", "asuinkunta", "municipality", "kunta", "hemkommun", "kommun"),
    "region": ("maakunta", "region", "landskap", "county"),
    "language": ("äidinkieli", "first language", "mother tongue", "modersmål"),
    "education": (
        "koulutustaso",
        "koulutusaste",
        "level of education",
        "education",
        "highest education",
        "utbildningsnivå",
        "pohjakoulutus",
        "ylin koulutus",
        "koulutustausta",
        "education level",
    ),
    "activity": ("pääasiallinen toiminta", "main activity", "employment status", "labour market status"),
    "channel": ("hakeutumiskanava", "channel", "referral source", "mistä sai tiedon"),
    "enrolment": (
        *("opinto-oikeuden tunniste", "opiskeluoikeuden tunniste", "opiskeluoikeuden oid", "enrolment id"),
        *("enrollment id", "registration id"),
    ),
    "start": (
        *("alkamispäivä", "opiskeluoikeuden alkamispäivä", "start date", "enrolment date", "enrollment date"),
        *("date enrolled", "startdatum", "aloituspäivä", "aloituspvm", "alkamispvm", "alkupäivä", "alkupvm"),
        *("opintojen alkamispäivä", "opintojen aloituspäivä", "start_date", "date started", "enrolled on"),
    ),
    "end": (
        *("päättymispäivä", "opiskeluoikeuden päättymispäivä", "end date", "completion date", "leaving date"),
        *("date left", "slutdatum", "päättymispvm", "lopetuspäivä", "lopetuspvm", "loppupäivä", "loppupvm"),
        *("opintojen päättymispäivä", "valmistumispäivä", "eropäivä", "end_date", "left on", "date completed"),
    ),
    "kind": ("suorituksen tyyppi", "koulutuksen laji", "course type", "qualification type"),
    "field": ("koulutusala", "field of education", "subject area", "utbildningsområde"),
    "state": (
        *("opiskeluoikeuden tila", "viimeisin opiskeluoikeuden tila", "viimeisin tila", "tila", "state"),
        *("enrolment status", "enrollment status", "completion status", "opintojen tila", "opiskelijan tila", "status"),
    ),
    "status": ("tilanne", "sijoittuminen", "placement", "destination"),
}

PROFILE = Profile(
    name="",
    table="",  # told by its columns
    signs=(),
    columns=COLUMNS,
    key=(
        *("sähköposti", "sähköpostiosoite", "email", "email address", "e-mail", "e-post", "code", "koodi", "kod"),
        *("person", "token"),
        *(".*oma(ni|si)? ?(koodi|tunnus|nimimerkki).*", ".*(own|personal|secret|your|my) (code|id|nickname).*"),
        *(".*(egen|personlig) kod.*", ".*(student|learner|participant|client) ?(number|id|no\\b).*"),
        *(".*(opiskelija|oppija|osallistuja|asiakas) ?(numero|tunnus|nro|n tunniste).*", ".*(student|elev)nummer.*"),
    ),
    aside=(
        *("nimi", "etunimi", "sukunimi", "etunimet", "name", "full name", "first name", "last name", "surname", "namn"),
        *("hetu", "henkilötunnus", "puhelin.*", "phone.*", "osoite", "address", "sähköposti.*", "e-?mail.*"),
    ),
)
