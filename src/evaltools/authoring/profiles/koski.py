"""KOSKI, the Finnish data warehouse of study rights: student reports as workbooks, a row a study right."""

from evaltools.authoring.profiles.types import Profile, signs

PROFILE = Profile(
    name="KOSKI",
    table="enrolments",
    signs=signs("Oppijan oid|Opiskeluoikeuden oid", "Oppijan oid|Opiskeluoikeuden alkamispäivä"),
    columns={
        "person": ("oppijan oid",),
        "enrolment": ("opiskeluoikeuden oid",),
        "start": ("opiskeluoikeuden alkamispäivä",),
        "end": ("opiskeluoikeuden päättymispäivä", "päättymispäivä"),
        "state": ("(opiskeluoikeuden )?viimeisin (opiskeluoikeuden )?tila", "opiskeluoikeuden tila"),
        "kind": ("suorituksen tyyppi", "päätason suorituksen tyyppi"),
        "field": ("koulutusala",),
        "municipality": ("kotikunta",),
        "birth_date": ("syntymäaika",),
    },
    aside=(
        *("hetu", "sukunimi", "etunimet", "lähdejärjestelmä.*", "koulutustoimija.*"),
        *("oppilaito.*", "toimipiste.*", "päivitetty", "aikaleima", "yksilöity", "opiskeluoikeuden tunniste.*"),
        *("opiskeluoikeuden tilat.*", "kaikki .*tilat", "tutkin.*", "osaamisala.*", "suorituks.*", "koulutusmoduuli.*"),
        *("rahoitu.*", "opintojen rahoitus.*", "sisältyy.*", "ostettu", "perusteen.*", "koulutusvienti", "majoitus.*"),
    ),
    counts=False,
)
