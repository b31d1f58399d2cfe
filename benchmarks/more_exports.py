"""Further exports as survey tools really write them: other languages, groups, repeats, older forms, several sheets.

As ``tests/tool_exports.py``, whose persons and truths they share; ``profiles.py`` makes a study of each and runs it.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from tool_exports import (
    AGREE_EN,
    AGREE_FI,
    EN,
    FI,
    HEARD_EN,
    HEARD_FI,
    Answer,
    Truth,
    Written,
    label,
    people,
    ticks,
    truth,
    write_csv,
    write_xlsx,
)

SV = ["Jag kan planera mina studier", "Jag kan använda digitala verktyg", "Jag tror på min framtid"]
AGREE_SV = [
    *("Helt av annan åsikt", "Delvis av annan åsikt", "Varken av samma eller annan åsikt", "Delvis av samma åsikt"),
    "Helt av samma åsikt",
]
HEARD_SV = ["Webbplatsen", "En vän", "Arbetskraftstjänsterna"]


def answered(found: list[Answer], preview: bool = False) -> list[Answer]:
    """The rows that a tool without unfinished ones has: whoever left answers empty answered the rest."""
    rows = [a for a in found if preview or a.state != "preview"]
    for a in rows:
        if a.state == "partial":
            a.state = "whole" if any(a.answers) else "partial"
    return rows


def microsoft_fi_now(folder: Path, messy: bool) -> Written:
    """Finnish headings of today, hard spaces and line ends in them; a quiz's points beside each question."""
    files, truths = [], []
    for name, seed, month, table in (("Alku", 41, 2, "start_survey"), ("Loppu", 42, 5, "end_survey")):
        found = [a for a in people(seed, messy, HEARD_FI, month) if a.state == "whole"]
        head = ["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Nimi", "Kieli", "Viimeisin muokkausaika"]
        head += ["Pisteet yhteensä", "Testin palaute", "Opiskelijanumerosi\xa0"]
        for item in FI:
            head += [f"{item}\n", f"Pisteet – {item}", f"Palaute – {item}"]
        rows: list[list[Any]] = [[*head, "Mistä kuulit koulutuksesta?"]]
        for i, a in enumerate(found, start=1):
            row: list[Any] = [i, a.moment, a.moment, "anonymous", None, "suomi\u202c", None, None, None, a.person]
            for v in a.answers:
                row += [label(AGREE_FI, v), None, None]
            rows.append([*row, "".join(f"{o};" for o in a.heard)])
        files.append(write_xlsx(folder / f"{name}.xlsx", rows))
        truths.append(truth(found, table, FI))
    return Written(files, truths)


def microsoft_sv(folder: Path, messy: bool) -> Written:
    """Swedish headings and labels."""
    found = [a for a in people(43, messy, HEARD_SV) if a.state == "whole"]
    head = ["ID", "Starttid", "Slutförandetid", "E-post", "Namn", "Tid för senaste ändring", "Studentnummer", *SV]
    rows: list[list[Any]] = [[*head, "Hur fick du veta om utbildningen?", "Något annat?"]]
    for i, a in enumerate(found, start=1):
        labels = [label(AGREE_SV, v) for v in a.answers]
        heard = "".join(f"{o};" for o in a.heard)
        rows.append([i, a.moment, a.moment, "anonymous", None, None, a.person, *labels, heard, a.comment])
    return Written([write_xlsx(folder / "Startenkät(1-36).xlsx", rows)], [truth(found, "start_survey", SV)])


def microsoft_csv(folder: Path, messy: bool) -> Written:
    """Saved from the workbook as text by a Finnish spreadsheet: semicolons, days with points."""
    found = [a for a in people(44, messy, HEARD_FI) if a.state == "whole"]
    head = ["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Nimi", "Oma koodi", *FI, "Mistä kuulit?"]
    rows: list[list[Any]] = [head]
    for i, a in enumerate(found, start=1):
        moment = f"{a.moment.day}.{a.moment.month}.{a.moment.year} {a.moment.hour}.{a.moment:%M.%S}"
        labels = [label(AGREE_FI, v) for v in a.answers]
        rows.append([i, moment, moment, "anonymous", "", a.person, *labels, "".join(f"{o};" for o in a.heard)])
    path = write_csv(folder / "Alkukysely.csv", rows, ";", encoding="cp1252")
    return Written([path], [truth(found, "start_survey", FI)])


def limesurvey_fi(folder: Path, messy: bool) -> Written:
    """Finnish headings in full, answers in full, an option "Muu" with what was written, group times."""
    found = people(45, messy, HEARD_FI)
    head = ["Vastauksen tunniste", "Lähetyspäivä", "Viimeinen sivu", "Aloituskieli", "Siemenluku", "Vastausavain"]
    head += ["Aloituspäivä", "Viimeisin toiminta", "IP-osoite", "Viittaava URL"]
    head += [f"Mitä mieltä olet seuraavista väittämistä? [{t}]" for t in FI]
    head += [*(f"Mistä kuulit koulutuksesta? [{o}]" for o in HEARD_FI), "Mistä kuulit koulutuksesta? [Muu]"]
    rows: list[list[Any]] = [[*head, "Kokonaisaika", "Ryhmän aika: Taustatiedot"]]
    for i, a in enumerate(found, start=3):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        sent = moment if a.state == "whole" else ""
        labels = [label(AGREE_FI, v) for v in a.answers]
        own = [i, sent, 4, "fi", 90000 + i, a.person, moment, moment, "192.0.2.7", ""]
        rows.append([*own, *labels, *ticks(a, HEARD_FI, "Kyllä", "Ei"), "", "123.45", "60.1"])
    path = write_csv(folder / "results-survey555.csv", rows, quote=csv.QUOTE_ALL, encoding="utf-8-sig", end="\n")
    return Written([path], [truth(found, "start_survey", FI)])


def limesurvey_codes_answers(folder: Path, messy: bool) -> Written:
    """Codes for headings, codes A1 to A5 for answers, a day of 1980 where no day is kept."""
    found = people(46, messy, HEARD_EN)
    head = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", "startdate", "datestamp", "ipaddr"]
    head += [*(f"G01Q01[SQ00{i}]" for i in (1, 2, 3)), *(f"G01Q02[SQ00{i}]" for i in (1, 2, 3)), "G01Q02[other]"]
    rows: list[list[Any]] = [[*head, "G01Q03", "interviewtime", "groupTime12", "G01Q01Time"]]
    for i, a in enumerate(found, start=1):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        sent = moment if a.state == "whole" else ""
        values = [f"A{v}" if v else "" for v in a.answers]
        row = [i, sent, 2, "en", 4000 + i, a.person, moment, moment, "", *values, *ticks(a, HEARD_EN, "Y", ""), ""]
        rows.append([*row, a.comment, "22.1", "3.2", "1.1"])
        a.heard = [f"SQ00{HEARD_EN.index(o) + 1}" for o in a.heard]
    items = [f"G01Q01[SQ00{i}]" for i in (1, 2, 3)]
    path = write_csv(folder / "survey_888_R_data_file.csv", rows, ",", csv.QUOTE_ALL)
    return Written([path], [truth(found, "start_survey", items)])


def limesurvey_xlsx(folder: Path, messy: bool) -> Written:
    """A workbook, codes and answers: "code. wording" headings, "A2. Agree" answers."""
    found = people(47, messy, HEARD_EN)
    head = ["id. Response ID", "submitdate. Date submitted", "lastpage. Last page", "startlanguage. Start language"]
    head += ["seed. Seed", "token. Access code"]
    head += [f"views[SQ00{i}]. How far do you agree? [{t}]" for i, t in enumerate(EN, start=1)]
    rows: list[list[Any]] = [head + [f"heard[SQ00{i}]. Where from? [{o}]" for i, o in enumerate(HEARD_EN, start=1)]]
    for i, a in enumerate(found, start=1):
        sent = a.moment if a.state == "whole" else None
        labels = [label(AGREE_EN, v) or None for v in a.answers]
        rows.append([i, sent, 2, "en", 4000 + i, a.person, *labels, *ticks(a, HEARD_EN, "Yes", "No")])
    return Written([write_xlsx(folder / "results.xlsx", rows, "survey_1")], [truth(found, "start_survey", EN)])


def qualtrics_legacy(folder: Path, messy: bool) -> Written:
    """Two heading rows: V1 to V10 with names below, and places at the end."""
    found = people(48, messy, HEARD_EN)
    head = [f"V{i}" for i in range(1, 11)] + [f"Q1_{i}" for i in (1, 2, 3)] + [f"Q2_{i}" for i in (1, 2, 3)]
    below = ["ResponseID", "ResponseSet", "Name", "ExternalDataReference", "EmailAddress", "IPAddress", "Status"]
    below += ["StartDate", "EndDate", "Finished", *(f"How far do you agree?-{t}" for t in EN)]
    below += [f"Where did you hear of us?-{o}" for o in HEARD_EN]
    rows: list[list[Any]] = [
        [*head, "LocationLatitude", "LocationLongitude", "LocationAccuracy"],
        [*below, "LocationLatitude", "LocationLongitude", "LocationAccuracy"],
    ]
    for i, a in enumerate(found):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        meta = [f"R_{i:04x}Qz", "Default Response Set", "Anonymous", a.person, "", "192.0.2.1"]
        meta += [1 if a.state == "preview" else 0, moment, moment, 0 if a.state == "partial" else 1]
        answers = [v or "" for v in a.answers]
        rows.append([*meta, *answers, *ticks(a, HEARD_EN, 1, ""), "60.1699", "24.9384", -1])
    path = write_csv(folder / "Course_evaluation.csv", rows, quote=csv.QUOTE_ALL)
    return Written([path], [truth(found, "start_survey", EN)])


def qualtrics_two_waves(folder: Path, messy: bool) -> Written:
    """Start and end, labels, a question of one choice, display order, timing; Excel."""
    files, truths = [], []
    for name, seed, month, table in (("Start", 49, 2, "start_survey"), ("End", 50, 5, "end_survey")):
        found = people(seed, messy, HEARD_EN, month)
        own = [("StartDate", "Start Date"), ("EndDate", "End Date"), ("Status", "Response Type")]
        own += [("IPAddress", "IP Address"), ("Progress", "Progress"), ("Duration (in seconds)",) * 2]
        own += [("Finished", "Finished"), ("RecordedDate", "Recorded Date"), ("ResponseId", "Response ID")]
        own += [("RecipientLastName", "Recipient Last Name"), ("RecipientFirstName", "Recipient First Name")]
        own += [("RecipientEmail", "Recipient Email"), ("ExternalReference", "External Data Reference")]
        own += [("LocationLatitude", "Location Latitude"), ("LocationLongitude", "Location Longitude")]
        own += [("DistributionChannel", "Distribution Channel"), ("UserLanguage", "User Language")]
        own += [("Q0", "What is your student number?")]
        own += [(f"Q1_{i}", f"How far do you agree with the following? - {t}") for i, t in enumerate(EN, start=1)]
        own += [("Q2", "Where did you hear of us?"), ("Q9_First Click", "Timing - First Click")]
        rows: list[list[Any]] = [[a for a, _ in own], [b for _, b in own], [f'{{"ImportId":"{a}"}}' for a, _ in own]]
        for i, a in enumerate(found):
            done, status = a.state != "partial", "Survey Preview" if a.state == "preview" else "IP Address"
            meta = [a.moment, a.moment, status, "192.0.2.1", 100 if done else 30, 66, done, a.moment, f"R_{seed}{i:x}"]
            meta += [None, None, None, None, 60.1, 24.9, "anonymous", "EN", a.person]
            rows.append([*meta, *(label(AGREE_EN, v) or None for v in a.answers), ",".join(a.heard) or None, 1.5])
        files.append(write_xlsx(folder / f"{name}.xlsx", rows, "Sheet0"))
        truths.append(truth(found, table, EN))
    return Written(files, truths)


def kobo_groups(folder: Path, messy: bool) -> Written:
    """A workbook with groups in groups, codes as answers, a second sheet with a repeat."""
    found = people(51, messy, ["web", "friend", "office"])
    items = [f"group_ab12/views/{name}" for name in ("plan", "digital", "future")]
    head = ["start", "end", "group_ab12/code", *items, "group_ab12/heard"]
    head += [*(f"group_ab12/heard/{o}" for o in ("web", "friend", "office")), "_id", "_uuid", "_submission_time"]
    rows: list[list[Any]] = [
        [*head, "_validation_status", "_notes", "_status", "_submitted_by", "__version__", "_tags", "_index"]
    ]
    for i, a in enumerate(found, start=1):
        refused = "Not approved" if a.state != "whole" else None
        apart = ticks(a, ["web", "friend", "office"], 1, 0)
        own = [500 + 7 * i, f"{i:08x}-a", a.moment, refused, None, "submitted_via_web", None, "v1", None, i]
        rows.append([a.moment, a.moment, a.person, *(v or None for v in a.answers), " ".join(a.heard), *apart, *own])
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Course"
    for row in rows:
        book.active.append(row)
    repeat = book.create_sheet("children")
    for row in [["age", "_index", "_parent_table_name", "_parent_index"], [3, 1, "Course", 1], [5, 2, "Course", 1]]:
        repeat.append(row)
    path = folder / "Course_-_all_versions_-_False.xlsx"
    book.save(path)
    return Written([path], [truth(found, "start_survey", [item.rpartition("/")[2] for item in items])])


def redcap_repeats(folder: Path, messy: bool) -> Written:
    """Two instruments, the survey repeated: first the start, then the end; the first row a record has no answers."""
    found = people(52, False, HEARD_EN)
    head = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", "sex", "intake_complete"]
    head += ["feedback_timestamp", "plan", "digital", "future", *(f"heard___{i}" for i in (1, 2, 3))]
    rows: list[list[Any]] = [[*head, "feedback_complete"]]
    for i, a in enumerate(found, start=1):
        moment = a.moment.strftime("%Y-%m-%d %H:%M")
        rows.append([i, "", "", 1 + i % 2, 2, *[""] * 8])
        rows.append([i, "feedback", 1, "", "", moment, *a.answers, *ticks(a, HEARD_EN, 1, 0), 2])
        if messy and i % 6 == 0:  # a form that was opened and left
            rows.append([i, "feedback", 2, "", "", "", *[""] * 3, 0, 0, 0, 0])
        a.person, a.heard = str(i), [str(HEARD_EN.index(o) + 1) for o in a.heard]
    path = write_csv(folder / "Project_DATA_2026-07-01_1200.csv", rows, end="\n")
    return Written([path], [truth(found, "start_survey", ["plan", "digital", "future"])])


def webropol_fi(folder: Path, messy: bool) -> Written:
    """A matrix with its question before each statement, ticks as words, "Avoin teksti" beside the last option."""
    files, truths = [], []
    for name, seed, month, table in (("alku", 53, 2, "start_survey"), ("loppu", 54, 5, "end_survey")):
        found = answered(people(seed, messy, HEARD_FI, month))
        head = ["Vastaajatunnus", "Vastausaika", "Vastauskieli", "1. Opiskelijanumero"]
        head += [f"2. Mitä mieltä olet seuraavista väittämistä?: {t}" for t in FI]
        head += [f"3. Mistä kuulit koulutuksesta?: {o}" for o in HEARD_FI]
        head += ["3. Mistä kuulit koulutuksesta?: Muualta, mistä?", "3. Avoin teksti: Muualta, mistä?"]
        rows: list[list[Any]] = [[*head, "4. Mitä muuta haluat sanoa?"]]
        for i, a in enumerate(found, start=1):
            labels = [label(AGREE_FI, v) or None for v in a.answers]
            chosen = [o if o in a.heard else None for o in HEARD_FI]
            own = [f"{9000 + i}", a.moment.strftime("%d.%m.%Y %H.%M.%S"), "fi", a.person]
            rows.append([*own, *labels, *chosen, None, None, a.comment if any(a.answers) else None])
        files.append(write_xlsx(folder / f"webropol_{name}.xlsx", rows, "Data"))
        truths.append(truth(found, table, FI))
    return Written(files, truths)


def webropol_codes(folder: Path, messy: bool) -> Written:
    """Numbers, title rows above, two heading rows: the question above its statements, merged."""
    found = answered(people(55, messy, HEARD_FI))
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Raportti"
    sheet.append(["STEP-koulutuksen alkukysely"])
    sheet.append([])
    sheet.append(
        ["Vastaajatunnus", "Vastausaika", "1. Oma koodi", "2. Mitä mieltä olet?", None, None, "3. Mistä kuulit?"]
    )
    sheet.append([None, None, None, *FI, *HEARD_FI])
    sheet.merge_cells("D3:F3")
    sheet.merge_cells("G3:I3")
    for i, a in enumerate(found, start=1):
        sheet.append([i, a.moment, a.person, *(v or None for v in a.answers), *ticks(a, HEARD_FI, 1, 0)])
    path = folder / "webropol.xlsx"
    book.save(path)
    return Written([path], [truth(found, "start_survey", FI)])


def surveymonkey_condensed(folder: Path, messy: bool) -> Written:
    """Start and end with a number asked, "Other (please specify)", days with 24 hours."""
    files, truths = [], []
    for name, seed, month, table in (("Start", 56, 2, "start_survey"), ("End", 57, 5, "end_survey")):
        found = answered(people(seed, messy, HEARD_EN, month))
        head = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"]
        head += ["Last Name", "Custom Data 1", "What is your student number?", "To what extent do you agree?", "", ""]
        head += ["Where did you hear about us? Tick all that apply.", "", "", "", "Any other comments?"]
        below = [""] * 9 + ["Open-Ended Response", *EN, *HEARD_EN, "Other (please specify)", "Open-Ended Response"]
        rows: list[list[Any]] = [head, below]
        for i, a in enumerate(found):
            labels = [label(AGREE_EN, v) for v in a.answers]
            chosen = [o if o in a.heard else "" for o in HEARD_EN] if any(a.answers) else [""] * 3
            moment = a.moment.strftime("%m/%d/%Y %H:%M:%S")
            own = [f"1180000{seed}{i:03}", 42, moment, moment, "192.0.2.1", "", "", "", "", a.person]
            other = "My neighbour" if i % 17 == 3 and any(a.answers) else ""
            rows.append([*own, *labels, *chosen, other, a.comment if any(a.answers) else ""])
        files.append(write_csv(folder / f"{name}.csv", rows, encoding="utf-8-sig"))
        truths.append(Truth(table, EN, truth(found, table, EN).answers))  # options are told apart with "Other"
    return Written(files, truths)


def moodle_fi(folder: Path, messy: bool) -> Written:
    """Answers of the feedback activity in Finnish: names, a group, labels with their numbers."""
    files, truths = [], []
    for name, seed, month, table in (("alku", 58, 2, "start_survey"), ("loppu", 59, 5, "end_survey")):
        found = answered(people(seed, messy, HEARD_FI, month))
        head = ["Koko nimi", "Käyttäjätunnus", "Tunnistenumero", "Sähköpostiosoite", "Päivämäärä", "Ryhmät", *FI]
        rows: list[list[Any]] = [head]
        months = {2: "helmikuuta", 5: "toukokuuta"}
        days = ["maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai", "sunnuntai"]
        for a in found:
            moment = f"{days[a.moment.weekday()]}, {a.moment.day}. {months[a.moment.month]} {a.moment.year}"
            moment += f", {a.moment.hour}.{a.moment:%M}"
            labels = [label(AGREE_FI, v) for v in a.answers]
            rows.append(["Aa Bb", a.person, a.person, f"{a.person}@example.org", moment, "", *labels])
        files.append(write_csv(folder / f"{name}.csv", rows, encoding="utf-8-sig"))
        truths.append(Truth(table, FI, truth(found, table, FI).answers))
    return Written(files, truths)


def google_sv(folder: Path, messy: bool) -> Written:
    """Swedish, a linear scale in numbers, options with commas inside."""
    heard = ["Webben (sociala medier, webbplats)", "En vän", "Arbetskraftstjänsterna"]
    files, truths = [], []
    for name, seed, month, table in (("Start", 60, 2, "start_survey"), ("Slut", 61, 5, "end_survey")):
        found = answered(people(seed, messy, heard, month))
        rows: list[list[Any]] = [["Tidstämpel", "E-postadress", *SV, "Hur fick du veta om oss?", "Poäng"]]
        for a in found:
            moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
            rows.append([moment, f"{a.person}@example.org", *(v or "" for v in a.answers), ", ".join(a.heard), ""])
        files.append(write_csv(folder / f"{name}.csv", rows))
        truths.append(Truth(table, SV, truth(found, table, SV).answers))  # commas inside options: answers only
    return Written(files, truths)


def google_grid_fi(folder: Path, messy: bool) -> Written:
    """A workbook of the sheet, a grid with its question, "Muu" written in own words."""
    found = answered(people(62, messy, HEARD_FI))
    head = ["Aikaleima", "Sähköpostiosoite", *(f"Mitä mieltä olet väittämistä? [{t}]" for t in FI)]
    rows: list[list[Any]] = [[*head, "Mistä kuulit koulutuksesta?", "Ikäsi", "Sukupuolesi", "Vapaa sana"]]
    for i, a in enumerate(found):
        labels = [label(AGREE_FI, v) or None for v in a.answers]
        own = [a.moment, f"{a.person}@example.org", *labels, ", ".join(a.heard) or None]
        rows.append([*own, 18 + i % 40, ["Nainen", "Mies", "Muu"][i % 3], a.comment])
    path = write_xlsx(folder / "Alkukysely (vastaukset).xlsx", rows, "Lomakevastaukset 1")
    return Written([path], [truth(found, "start_survey", FI)])


def arvo_fi(folder: Path, messy: bool) -> Written:
    """Background columns of Arvo before the questions, several answers in one cell, empty answers as such."""
    found = answered(people(63, messy, HEARD_FI))
    head = ["vastaajatunnus", "vastausaika", "kysely", "kyselykerta", "oppilaitos_koodi", "tutkintotunnus", "kunta"]
    rows: list[list[Any]] = [[*head, *FI, "Mistä kuulit koulutuksesta?", "Mitä muuta?"]]
    for i, a in enumerate(found):
        a.person = code = f"B{(i * 7919) % 99991:05d}Y"
        own = [code, a.moment.strftime("%Y-%m-%d"), "Alkukysely", "kevät 2026", "01901", "", "Helsinki"]
        rows.append([*own, *(v or "" for v in a.answers), ", ".join(a.heard), a.comment if any(a.answers) else ""])
    path = write_csv(folder / "vastaukset.csv", rows, ";", encoding="utf-8-sig")
    return Written([path], [truth(found, "start_survey", FI)])


def _register(rows: int = 60) -> list[tuple[str, dt.date, str, dt.date, dt.date | None, str]]:
    states = ["ongoing", "completed", "dropped"]
    return [
        (
            f"{100200 + 13 * i}",
            dt.date(1960 + i % 45, 1 + i % 12, 1 + i % 28),
            "FM"[i % 2],
            dt.date(2026, 1 + i % 5, 2 + i % 25),
            dt.date(2026, 6, 1 + i % 28) if i % 3 else None,
            states[i % 3],
        )
        for i in range(rows)
    ]


def koski_report(folder: Path, messy: bool) -> Written:
    """The report of free adult education: a title sheet, many columns, persons with two rights."""
    words = {"ongoing": "lasna", "completed": "valmistunut", "dropped": "katsotaaneronneeksi"}
    head = ["Opiskeluoikeuden oid", "Lähdejärjestelmä", "Opiskeluoikeuden tunniste lähdejärjestelmässä"]
    head += ["Koulutustoimija", "Oppilaitoksen nimi", "Toimipiste", "Päivitetty", "Oppijan oid", "Hetu", "Sukunimi"]
    head += ["Etunimet", "Kotikunta", "Opiskeluoikeuden alkamispäivä", "Opiskeluoikeuden päättymispäivä"]
    head += ["Viimeisin opiskeluoikeuden tila", "Suorituksen tyyppi", "Koulutusmoduulin tunniste"]
    rows: list[list[Any]] = [head]
    for i, (id_, _, _, start, end, state) in enumerate(_register()):
        own = [f"1.2.246.562.15.{50000 + i}", "primus", f"x{i}", "Säätiö", "Opisto", "Opisto", "2026-07-01"]
        own += [f"1.2.246.562.24.{id_}", "", "S", "E", "Vantaa (092)" if messy else "Vantaa"]
        rows.append([*own, start, end, words[state], "vstvapaatavoitteinenkoulutus", "1"])
    if messy:
        rows.append(list(rows[5]))
        rows[-1][0] = "1.2.246.562.15.99999"  # a second right of the same person
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Tietoja"
    for line in (["Raportti", "Opiskeluoikeudet"], ["Haettu", dt.date(2026, 7, 1)]):
        book.active.append(line)
    sheet = book.create_sheet("Opiskeluoikeudet")
    for row in rows:
        sheet.append(row)
    path = folder / "opiskeluoikeudet.xlsx"
    book.save(path)
    return Written([path], [Truth("enrolments", [], [[]] * (len(rows) - 1))])


def register_us(folder: Path, messy: bool) -> Written:
    """A register in American English with US days, under a title and a blank row."""
    words = {"ongoing": "In progress", "completed": "Completed", "dropped": "Withdrawn"}
    head = ["Student ID", "First Name", "Last Name", "DOB", "Gender", "Start Date", "End Date", "Enrollment Status"]
    rows: list[list[Any]] = [["Enrollment report", *[""] * 7], [""] * 8] if messy else []
    rows.append(head)
    us = "%m/%d/%Y"
    for id_, born, sex, start, end, state in _register():
        own = [id_, "A", "B", born.strftime(us), {"F": "Female", "M": "Male"}[sex], start.strftime(us)]
        rows.append([*own, end.strftime(us) if end else "", words[state]])
    path = write_csv(folder / "register.csv", rows, encoding="cp1252")
    return Written([path], [Truth("enrolments", [], [[]] * 60)])


def register_fi_with_surveys(folder: Path, messy: bool) -> Written:
    """A Finnish register with two surveys linked by the student number that people typed."""
    people_ = _register()
    rows: list[list[Any]] = [
        [
            "Opiskelijanumero",
            "Sukunimi",
            "Syntymäaika",
            "Sukupuoli",
            "Kotikunta",
            "Alkamispäivä",
            "Päättymispäivä",
            "Tila",
        ]
    ]
    words = {"ongoing": "Läsnä", "completed": "Valmistunut", "dropped": "Eronnut"}
    for id_, born, sex, start, end, state in people_:
        own = [id_, "S", born.strftime("%d.%m.%Y"), {"F": "Nainen", "M": "Mies"}[sex], "Helsinki"]
        rows.append([*own, start.strftime("%d.%m.%Y"), end.strftime("%d.%m.%Y") if end else "", words[state]])
    files = [write_csv(folder / "rekisteri.csv", rows, ";", encoding="utf-8-sig")]
    truths = [Truth("enrolments", [], [[]] * 60)]
    for name, seed, month, table in (("alkukysely", 64, 2, "start_survey"), ("loppukysely", 65, 5, "end_survey")):
        found = [a for a in people(seed, messy, HEARD_FI, month) if a.state == "whole"]
        order = {p: i for i, p in enumerate(dict.fromkeys(a.person for a in found))}
        for a in found:
            a.person = people_[order[a.person]][0]
        head = ["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Nimi", "Opiskelijanumerosi", *FI]
        table_rows: list[list[Any]] = [head]
        for i, a in enumerate(found, start=1):
            typed = f" {a.person}" if messy and i % 5 == 0 else a.person
            labels = [label(AGREE_FI, v) for v in a.answers]
            table_rows.append([i, a.moment, a.moment, "anonymous", None, typed, *labels])
        files.append(write_xlsx(folder / f"{name}.xlsx", table_rows))
        truths.append(Truth(table, FI, truth(found, table, FI).answers))
    return Written(files, truths)


MORE: dict[str, Callable[[Path, bool], Written]] = {
    "Microsoft Forms, Finnish today": microsoft_fi_now,
    "Microsoft Forms, Swedish": microsoft_sv,
    "Microsoft Forms, saved as text": microsoft_csv,
    "LimeSurvey, Finnish": limesurvey_fi,
    "LimeSurvey, codes A1 to A5": limesurvey_codes_answers,
    "LimeSurvey, workbook": limesurvey_xlsx,
    "Qualtrics, legacy": qualtrics_legacy,
    "Qualtrics, two waves": qualtrics_two_waves,
    "KoBoToolbox, groups": kobo_groups,
    "REDCap, repeats": redcap_repeats,
    "Webropol, Finnish": webropol_fi,
    "Webropol, two heading rows": webropol_codes,
    "SurveyMonkey, two waves": surveymonkey_condensed,
    "Moodle feedback, Finnish": moodle_fi,
    "Google Forms, Swedish": google_sv,
    "Google Forms, grid in Finnish": google_grid_fi,
    "Arvo, background first": arvo_fi,
    "KOSKI": koski_report,
    "Register, American": register_us,
    "Register, Finnish with surveys": register_fi_with_surveys,
}
