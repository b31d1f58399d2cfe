"""Exports written as survey tools and registers write them, of synthetic persons with a seed, and what was answered.

``write(tool, folder, messy)`` gives the files and the truth: for each wave the answers of the persons whose rows count,
by wording. A messy export has responses that were not finished, previews and tests of the maker, and persons who
answered twice (the last counts).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

EN = ["I can plan my studies", "I can use digital tools", "I believe in my own future"]
FI = ["Osaan suunnitella opiskeluani", "Osaan käyttää digitaalisia välineitä", "Uskon omaan tulevaisuuteeni"]
AGREE_EN = ["Strongly disagree", "Somewhat disagree", "Neither agree nor disagree", "Somewhat agree", "Strongly agree"]
AGREE_FI = [
    *("Täysin eri mieltä", "Jokseenkin eri mieltä", "Ei samaa eikä eri mieltä", "Jokseenkin samaa mieltä"),
    "Täysin samaa mieltä",
]
HEARD_EN = ["Website", "A friend", "Employment services"]
HEARD_FI = ["Verkkosivut", "Ystävä", "Työllisyyspalvelut"]
COMMENTS = [
    "The course was well organised and useful",
    "I would have liked more time for practice",
    "Nothing to add here, thank you",
]
N = 36


@dataclass
class Answer:
    """One row: who, when, the answers 1 to 5 (0: left empty), the options chosen, what was written."""

    person: str
    moment: dt.datetime
    answers: list[int]
    heard: list[str]
    comment: str
    state: str = "whole"  # or partial, preview


@dataclass
class Truth:
    """What must be read of a wave: by person in the order of the rows that count."""

    table: str
    items: list[str]
    answers: list[list[int]] = field(default_factory=list)
    heard: list[set[str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return len(self.answers)


@dataclass
class Written:
    files: list[Path]
    truths: list[Truth]


def people(seed: int, messy: bool, heard: list[str], month: int = 3) -> list[Answer]:
    """Answers in the order of time; in a messy export with a preview first, partial ones, and two who answer again."""
    rng = random.Random(seed)

    def one(person: str, at: int, state: str = "whole") -> Answer:
        moment = dt.datetime(2026, month, 1 + at % 27, 9 + at % 9, 5 + at % 50, at % 60)
        answers = [rng.randint(1, 5) for _ in EN]
        chosen = [option for option in heard if rng.random() < 0.5] or [rng.choice(heard)]
        return Answer(person, moment, answers, chosen, rng.choice(COMMENTS), state)

    found = [one(f"p{1000 + 7 * i}", i) for i in range(N)]
    if messy:
        found.insert(0, one("maker", 0, "preview"))
        found[5].state = found[9].state = "partial"
        found[5].answers = [3, 0, 0]
        found[9].answers, found[9].heard, found[9].comment = [0, 0, 0], [], ""
        found += [one(found[12].person, N), one(found[20].person, N + 1)]
    return found


def truth(found: list[Answer], table: str, items: list[str]) -> Truth:
    """The rows that count: whole answers, of a person the last."""
    last = {a.person: a for a in found if a.state == "whole"}
    kept = [a for a in found if a.state == "whole" and last[a.person] is a]
    return Truth(table, items, [a.answers for a in kept], [set(a.heard) for a in kept])


# --- files ---------------------------------------------------------------------------------------------------------


def write_csv(
    path: Path, rows: list[list[Any]], delimiter: str = ",", quote: int = csv.QUOTE_MINIMAL, **how: str
) -> Path:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=quote, lineterminator=how.get("end", "\r\n")).writerows(rows)  # type: ignore[arg-type]
    path.write_bytes(out.getvalue().encode(how.get("encoding", "utf-8")))
    return path


def write_xlsx(path: Path, rows: list[list[Any]], title: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def ticks(answer: Answer, options: list[str], yes: Any, no: Any) -> list[Any]:
    return [yes if option in answer.heard else no for option in options]


def label(labels: list[str], answer: int) -> str:
    return labels[answer - 1] if answer else ""


# --- the tools -----------------------------------------------------------------------------------------------------


def google(folder: Path, messy: bool) -> Written:
    """The CSV that Forms itself downloads: a moment with its zone, a grid in brackets, ticks joined with ``;``."""
    found = [a for a in people(1, messy, HEARD_EN) if a.state != "preview"]
    head = ["Timestamp", "Username", *(f"How far do you agree? [{item}]" for item in EN)]
    rows: list[list[Any]] = [[*head, "Where did you hear of us?", "Anything else?"]]
    for a in found:
        moment = a.moment.strftime("%Y/%m/%d %I:%M:%S %p ").replace(" 0", " ") + (
            "GMT+2" if a.moment.day < 29 else "GMT+3"
        )
        labels = [label(AGREE_EN, v) for v in a.answers]
        rows.append([moment, f"{a.person}@example.org", *labels, ";".join(a.heard), a.comment])
    for a in (a for a in found if a.state == "partial"):
        a.state = (
            "whole" if any(a.answers) else a.state
        )  # Forms has no partial ones: a question left empty is just that
    path = write_csv(folder / "Course feedback.csv", rows, quote=csv.QUOTE_ALL)
    return Written([path], [truth(found, "start_survey", EN)])


def microsoft(folder: Path, messy: bool) -> Written:
    """A workbook with real moments, a Likert question as columns, ticks that end with ``;``; an own code links."""
    files, truths = [], []
    for name, month, seed, table in (("Alkukysely", 2, 2, "start_survey"), ("Loppukysely", 5, 3, "end_survey")):
        found = [a for a in people(seed, messy, HEARD_FI, month) if a.state == "whole"]
        head = ["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Nimi", "Oma koodi", *FI]
        rows: list[list[Any]] = [[*head, "Mistä kuulit koulutuksesta?", "Mitä muuta haluat sanoa?"]]
        for i, a in enumerate(found, start=1):
            labels = [label(AGREE_FI, v) for v in a.answers]
            heard = "".join(f"{option};" for option in a.heard)
            rows.append([i, a.moment, a.moment, "anonymous", None, a.person, *labels, heard, a.comment])
        files.append(write_xlsx(folder / f"{name}(1-{len(found)}).xlsx", rows))
        truths.append(truth(found, table, FI))
    return Written(files, truths)


def webropol(folder: Path, messy: bool) -> Written:
    """A workbook with numbered questions, numbers for answers, a column of 1 and 0 an option."""
    found = [a for a in people(4, messy, HEARD_FI) if a.state != "preview"]
    head = ["Vastaajatunnus", "Vastausaika", "Opiskelijanumero", *(f"{i}. {t}" for i, t in enumerate(FI, start=1))]
    rows: list[list[Any]] = [head + [f"4. Mistä kuulit koulutuksesta?: {o}" for o in HEARD_FI] + ["5. Vapaa palaute"]]
    for i, a in enumerate(found, start=1):
        moment = a.moment.strftime("%d.%m.%Y %H:%M")
        rows.append([i, moment, a.person, *(v or None for v in a.answers), *ticks(a, HEARD_FI, 1, 0), a.comment])
    for a in found:
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_xlsx(folder / "webropol_alku.xlsx", rows, "Raportti")], [truth(found, "start_survey", FI)])


def arvo(folder: Path, messy: bool) -> Written:
    """Text with semicolons, numbers for answers, several answers in a cell joined with a comma and a space."""
    found = [a for a in people(5, messy, HEARD_FI) if a.state != "preview"]
    rows: list[list[Any]] = [["Vastaajatunnus", "Vastausaika", *FI, "Mistä kuulit koulutuksesta?", "Palautetta"]]
    for i, a in enumerate(found):
        code = f"A{(i * 7919) % 99991:05d}X"
        rows.append([code, a.moment.strftime("%d.%m.%Y"), *(v or "" for v in a.answers), ", ".join(a.heard), a.comment])
        a.person, a.state = code, "whole" if any(a.answers) else "partial"
    path = write_csv(folder / "arvo.csv", rows, ";", encoding="utf-8-sig")
    return Written([path], [truth(found, "start_survey", FI)])


def limesurvey(folder: Path, messy: bool) -> Written:
    """CSV with wordings for headings and full answers; a response that was not sent has no day of sending."""
    found = people(6, messy, HEARD_EN)
    head = ["Response ID", "Date submitted", "Last page", "Start language", "Seed", "Access code", "Date started"]
    head += ["Date last action", *(f"How far do you agree? [{item}]" for item in EN)]
    rows: list[list[Any]] = [[*head, *(f"Where did you hear of us? [{o}]" for o in HEARD_EN), "Anything else?"]]
    for i, a in enumerate(found, start=11):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        sent = moment if a.state == "whole" else ""
        labels = [label(AGREE_EN, v) for v in a.answers]
        heard = ticks(a, HEARD_EN, "Yes", "No") if a.state == "whole" else ["N/A"] * len(HEARD_EN)
        rows.append(
            [i, sent, 3 if sent else 1, "en", 1200345 + i, a.person, moment, moment, *labels, *heard, a.comment]
        )
    path = write_csv(folder / "results-survey123456.csv", rows, quote=csv.QUOTE_ALL, encoding="utf-8-sig", end="\n")
    return Written([path], [truth(found, "start_survey", EN)])


def limesurvey_codes(folder: Path, messy: bool) -> Written:
    """CSV with codes for headings and answers, semicolons between."""
    found = people(16, messy, HEARD_EN)
    head = ["id", "submitdate", "lastpage", "startlanguage", "seed", "token", *(f"agree[SQ00{i}]" for i in (1, 2, 3))]
    rows: list[list[Any]] = [[*head, *(f"heard[SQ00{i}]" for i in (1, 2, 3))]]
    for i, a in enumerate(found, start=11):
        sent = a.moment.strftime("%Y-%m-%d %H:%M:%S") if a.state == "whole" else ""
        values = [f"{v}" if v else "" for v in a.answers]
        rows.append([i, sent, 3, "en", 99100 + i, a.person, *values, *ticks(a, HEARD_EN, "Y", "N")])
        a.heard = [f"SQ00{HEARD_EN.index(o) + 1}" for o in a.heard]
    items = [f"agree[SQ00{i}]" for i in (1, 2, 3)]
    path = write_csv(folder / "results-survey777.csv", rows, ";", csv.QUOTE_ALL)
    return Written([path], [truth(found, "start_survey", items)])


def qualtrics(folder: Path, messy: bool) -> Written:
    """Three heading rows; previews and unfinished responses stand among the rows; ticks joined with a comma."""
    found = people(7, messy, HEARD_EN)
    columns = [
        ("StartDate", "Start Date", '{"ImportId":"startDate","timeZone":"Europe/Helsinki"}'),
        ("EndDate", "End Date", '{"ImportId":"endDate","timeZone":"Europe/Helsinki"}'),
        ("Status", "Response Type", '{"ImportId":"status"}'),
        ("Progress", "Progress", '{"ImportId":"progress"}'),
        ("Duration (in seconds)", "Duration (in seconds)", '{"ImportId":"duration"}'),
        ("Finished", "Finished", '{"ImportId":"finished"}'),
        ("RecordedDate", "Recorded Date", '{"ImportId":"recordedDate","timeZone":"Europe/Helsinki"}'),
        ("ResponseId", "Response ID", '{"ImportId":"_recordId"}'),
        ("ExternalReference", "External Data Reference", '{"ImportId":"externalDataReference"}'),
        ("DistributionChannel", "Distribution Channel", '{"ImportId":"distributionChannel"}'),
        ("UserLanguage", "User Language", '{"ImportId":"userLanguage"}'),
        *((f"Q1_{i}", f"How far do you agree? - {t}", f'{{"ImportId":"QID1_{i}"}}') for i, t in enumerate(EN, start=1)),
        ("Q2", "Where did you hear of us? - Selected Choice", '{"ImportId":"QID2"}'),
        ("Q3", "Anything else?", '{"ImportId":"QID3_TEXT"}'),
    ]
    rows: list[list[Any]] = [list(row) for row in zip(*columns, strict=True)]
    for i, a in enumerate(found):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        status = "Survey Preview" if a.state == "preview" else "IP Address"
        done = a.state != "partial"
        labels = [label(AGREE_EN, v) for v in a.answers]
        meta = [moment, moment, status, 100 if done else 40, 77 + i, done, moment, f"R_{i * 104729:x}Ab", a.person]
        rows.append([*meta, "anonymous", "EN", *labels, ",".join(a.heard), a.comment])
    path = write_csv(folder / "Course+start_March+1.csv", rows, encoding="utf-8-sig", end="\n")
    return Written([path], [truth(found, "start_survey", EN)])


def redcap(folder: Path, messy: bool) -> Written:
    """Long: a row a record and event, raw codes, boxes as ``field___code``, and the data dictionary beside it."""
    start, end = people(8, False, HEARD_EN), people(9, False, HEARD_EN, 6)[: N - 6]
    head = ["record_id", "redcap_event_name", "redcap_survey_identifier", "feedback_timestamp", "plan", "digital"]
    rows: list[list[Any]] = [[*head, "future", *(f"heard___{i}" for i in (1, 2, 3)), "feedback_complete"]]
    for i, a in enumerate(start, start=1):
        for event, each in (("baseline_arm_1", a), ("end_arm_1", end[i - 1] if i <= len(end) else None)):
            if each is not None:
                moment = each.moment.strftime("%Y-%m-%d %H:%M:%S")
                ticked = ticks(each, HEARD_EN, 1, 0)
                rows.append([i, event, "", moment, *each.answers, *ticked, 2])
                each.person, each.heard = str(i), [HEARD_EN[j] for j, t in enumerate(ticked) if t]
    if messy:
        rows += [[N + 1, "screening_arm_1", "", "[not completed]", "", "", "", 0, 0, 0, 0], rows[-1]]
    fields = [["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"]]
    fields[0] += ["Choices, Calculations, OR Slider Labels", "Field Note"]
    scale = " | ".join(f"{i}, {word}" for i, word in enumerate(AGREE_EN, start=1))
    fields += [["record_id", "feedback", "", "text", "Record ID", "", ""]]
    fields += [
        [name, "feedback", "", "radio", text, scale, ""]
        for name, text in zip(("plan", "digital", "future"), EN, strict=True)
    ]
    choices = " | ".join(f"{i}, {word}" for i, word in enumerate(HEARD_EN, start=1))
    fields += [["heard", "feedback", "", "checkbox", "Where did you hear of us?", choices, ""]]
    files = [write_csv(folder / "Project_DATA_2026-07-01_1200.csv", rows, end="\n")]
    files.append(write_csv(folder / "Project_DataDictionary_2026-07-01.csv", fields, quote=csv.QUOTE_ALL))
    return Written(files, [truth(start, "start_survey", EN), truth(end, "end_survey", EN)])


def kobo(folder: Path, messy: bool) -> Written:
    """CSV with semicolons: its own columns before and behind, groups with a slash, ticks both joined and apart."""
    found = people(10, messy, ["web", "friend", "office"])
    items = ["plan", "digital", "future"]
    head = ["start", "end", "today", *(f"views/{item}" for item in items), "heard", "heard/web", "heard/friend"]
    head += ["heard/office", "comment", "_id", "_uuid", "_submission_time", "_validation_status", "_notes", "_status"]
    rows: list[list[Any]] = [[*head, "_submitted_by", "__version__", "_tags", "_index"]]
    for i, a in enumerate(found, start=1):
        local = a.moment.strftime("%Y-%m-%dT%H:%M:%S.000+03:00")
        refused = "Not approved" if a.state != "whole" else "Approved" if messy else ""
        apart = ticks(a, ["web", "friend", "office"], 1, 0)
        own = [481200000 + 37 * i, f"{i:08x}-aaaa-bbbb-cccc-{i:012x}", a.moment.strftime("%Y-%m-%dT%H:%M:%S"), refused]
        answers = [v or "" for v in a.answers]
        rows.append(
            [
                local,
                local,
                local[:10],
                *answers,
                " ".join(a.heard),
                *apart,
                a.comment,
                *own,
                "",
                "submitted_via_web",
                "",
                "vX",
                "",
                i,
            ]
        )
        a.person = str(own[0])
    path = write_csv(folder / "Course_-_all_versions.csv", rows, ";", csv.QUOTE_ALL, encoding="utf-8-sig", end="\n")
    return Written([path], [truth(found, "start_survey", items)])


def surveymonkey(folder: Path, messy: bool) -> Written:
    """Two heading rows, months first, an option that was chosen as its own words."""
    found = [a for a in people(11, messy, HEARD_EN) if a.state != "preview"]
    head = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"]
    head += [
        "Last Name",
        "Custom Data 1",
        "How far do you agree?",
        "",
        "",
        "Where did you hear of us?",
        "",
        "",
        "Anything else?",
    ]
    below = [""] * 9 + EN + HEARD_EN + ["Open-Ended Response"]
    rows: list[list[Any]] = [head, below]
    for i, a in enumerate(found):
        moment = a.moment.strftime("%m/%d/%Y %I:%M:%S %p")
        labels = [label(AGREE_EN, v) for v in a.answers]
        chosen = [o if o in a.heard else "" for o in HEARD_EN] if any(a.answers) else [""] * 3
        rows.append(
            [
                118000000000 + 31 * i,
                42,
                moment,
                moment,
                "192.0.2.1",
                "",
                "",
                "",
                a.person,
                *labels,
                *chosen,
                a.comment if any(a.answers) else "",
            ]
        )
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_csv(folder / "Course.csv", rows)], [truth(found, "start_survey", EN)])


def moodle_feedback(folder: Path, messy: bool) -> Written:
    """Answers of the feedback activity: days in words."""
    found = [a for a in people(12, messy, HEARD_EN) if a.state != "preview"]
    rows: list[list[Any]] = [
        [
            "Response",
            "Submitted on:",
            "Institution",
            "Department",
            "Course",
            "Group",
            "ID",
            "Full name",
            "Username",
            *EN,
            "Where did you hear of us?",
        ]
    ]
    for i, a in enumerate(found, start=1):
        moment = a.moment.strftime("%A, %d %B %Y, %I:%M %p").replace(" 0", " ")
        rows.append(
            [
                i,
                moment,
                "",
                "",
                "Course 1",
                "",
                200 + 3 * i,
                "",
                a.person,
                *(v or "" for v in a.answers),
                "\n".join(a.heard),
            ]
        )
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_csv(folder / "feedback.csv", rows)], [truth(found, "start_survey", EN)])


TOOLS: dict[str, Callable[[Path, bool], Written]] = {
    "Google Forms": google,
    "Microsoft Forms": microsoft,
    "Webropol": webropol,
    "Arvo": arvo,
    "LimeSurvey": limesurvey,
    "LimeSurvey, codes": limesurvey_codes,
    "Qualtrics": qualtrics,
    "REDCap": redcap,
    "KoBoToolbox": kobo,
    "SurveyMonkey": surveymonkey,
    "Moodle feedback": moodle_feedback,
}


# --- the same tools with other settings ----------------------------------------------------------------------------


def google_sheet_us(folder: Path, messy: bool) -> Written:
    """From the sheet behind a form, in American English: ticks joined with a comma, months first."""
    found = [a for a in people(21, messy, HEARD_EN) if a.state != "preview"]
    rows: list[list[Any]] = [["Timestamp", "Email Address", *EN, "Where did you hear of us?"]]
    for a in found:
        moment = f"{a.moment.month}/{a.moment.day}/{a.moment.year} {a.moment.hour}:{a.moment:%M:%S}"
        rows.append([moment, f"{a.person}@example.org", *(v or "" for v in a.answers), ", ".join(a.heard)])
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_csv(folder / "Responses.csv", rows)], [truth(found, "start_survey", EN)])


def google_sheet_fi(folder: Path, messy: bool) -> Written:
    """From the sheet behind a form, in Finnish."""
    found = [a for a in people(22, messy, HEARD_FI) if a.state != "preview"]
    rows: list[list[Any]] = [["Aikaleima", "Oma koodi", *FI, "Mistä kuulit?"]]
    for a in found:
        moment = f"{a.moment.day}.{a.moment.month}.{a.moment.year} klo {a.moment.hour}.{a.moment:%M.%S}"
        rows.append([moment, a.person, *(label(AGREE_FI, v) for v in a.answers), ", ".join(a.heard)])
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_csv(folder / "Vastaukset.csv", rows)], [truth(found, "start_survey", FI)])


def microsoft_en(folder: Path, messy: bool) -> Written:
    """In English, answers with names; moments as text, as some exports have them."""
    found = [a for a in people(23, messy, HEARD_EN) if a.state == "whole"]
    rows: list[list[Any]] = [
        ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time", *EN, "Where?"]
    ]
    for i, a in enumerate(found, start=1):
        heard = "".join(f"{o};" for o in a.heard)
        labels = [label(AGREE_EN, v) for v in a.answers]
        rows.append([i, a.moment, a.moment, f"{a.person}@example.org", f"Person {i}", None, *labels, heard])
    return Written([write_xlsx(folder / "Course evaluation(1-38).xlsx", rows)], [truth(found, "start_survey", EN)])


def qualtrics_numbers(folder: Path, messy: bool) -> Written:
    """Numeric values, several answers in columns of their own, tabs between, UTF-16."""
    found = people(24, messy, HEARD_EN)
    columns = [(c, c, f'{{"ImportId":"{c}"}}') for c in ("StartDate", "EndDate", "Status", "Progress", "Finished")]
    columns += [("RecordedDate", "Recorded Date", '{"ImportId":"recordedDate"}')]
    columns += [
        ("ResponseId", "Response ID", '{"ImportId":"_recordId"}'),
        ("RecipientEmail", "Recipient Email", '{"ImportId":"r"}'),
    ]
    columns += [
        (f"Q1_{i}", f"How far do you agree? - {t}", f'{{"ImportId":"QID1_{i}"}}') for i, t in enumerate(EN, start=1)
    ]
    for i, o in enumerate(HEARD_EN, start=1):
        columns.append(
            (f"Q2_{i}", f"Where did you hear of us? - Selected Choice - {o}", f'{{"ImportId":"QID2","choiceId":"{i}"}}')
        )
    rows: list[list[Any]] = [list(row) for row in zip(*columns, strict=True)]
    for i, a in enumerate(found):
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S")
        meta = [moment, moment, 1 if a.state == "preview" else 0, 100, 0 if a.state == "partial" else 1, moment]
        rows.append(
            [*meta, f"R_{i:x}zz", f"{a.person}@example.org", *(v or "" for v in a.answers), *ticks(a, HEARD_EN, 1, "")]
        )
    path = write_csv(folder / "Course.tsv", rows, "\t", encoding="utf-16")
    return Written([path], [truth(found, "start_survey", EN)])


def redcap_labels(folder: Path, messy: bool) -> Written:
    """One survey, exported with labels."""
    found = [a for a in people(25, messy, HEARD_EN) if a.state != "preview"]
    rows: list[list[Any]] = [["Record ID", "Survey Identifier", "Survey Timestamp", *EN]]
    rows[0] += [*(f"Where did you hear of us? (choice={o})" for o in HEARD_EN), "Complete?"]
    for i, a in enumerate(found, start=1):
        done = a.state == "whole"
        moment = a.moment.strftime("%Y-%m-%d %H:%M:%S") if done else "[not completed]"
        labels = [label(AGREE_EN, v) for v in a.answers]
        rows.append(
            [
                i,
                a.person,
                moment,
                *labels,
                *ticks(a, HEARD_EN, "Checked", "Unchecked"),
                "Complete" if done else "Incomplete",
            ]
        )
    return Written([write_csv(folder / "Project_DATA_LABELS.csv", rows)], [truth(found, "start_survey", EN)])


def kobo_labels(folder: Path, messy: bool) -> Written:
    """A workbook with wordings for headings."""
    found = people(26, messy, HEARD_EN)
    head = ["start", "end", *EN, "Where did you hear of us?", *(f"Where did you hear of us?/{o}" for o in HEARD_EN)]
    rows: list[list[Any]] = [[*head, "_id", "_uuid", "_submission_time", "_validation_status", "_index"]]
    for i, a in enumerate(found, start=1):
        refused = "Not approved" if a.state != "whole" else None
        labels = [label(AGREE_EN, v) or None for v in a.answers]
        own = [481200000 + 37 * i, f"{i:08x}-aaaa", a.moment, refused, i]
        rows.append([a.moment, a.moment, *labels, " ".join(a.heard), *ticks(a, HEARD_EN, 1, 0), *own])
        a.person = str(i)
    return Written([write_xlsx(folder / "Course - latest version.xlsx", rows)], [truth(found, "start_survey", EN)])


def surveymonkey_numbers(folder: Path, messy: bool) -> Written:
    """A workbook with numeric values: 1 to 5, and the number of each chosen option; single questions."""
    found = [a for a in people(27, messy, HEARD_EN) if a.state != "preview"]
    head = ["Respondent ID", "Collector ID", "Date Created", "Date Modified", "IP Address", "Email Address", *EN]
    rows: list[list[Any]] = [[*head, "Anything else?"], [None] * 6 + ["Response"] * 3 + ["Open-Ended Response"]]
    for i, a in enumerate(found):
        comment, a.heard = a.comment if any(a.answers) else None, []
        rows.append(
            [
                118000000000 + 31 * i,
                42,
                a.moment,
                a.moment,
                "192.0.2.1",
                f"{a.person}@example.org",
                *(v or None for v in a.answers),
                comment,
            ]
        )
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_xlsx(folder / "Course.xlsx", rows)], [truth(found, "start_survey", EN)])


def limesurvey_both(folder: Path, messy: bool) -> Written:
    """Headings of code and wording, in Finnish; several answers in columns."""
    found = people(28, messy, HEARD_FI)
    head = ["id. Vastauksen ID", "submitdate. Lähetyspäivä", "lastpage. Viimeinen sivu", "startlanguage. Aloituskieli"]
    head += ["token. Avain", *(f"G1Q1[SQ00{i}]. Mitä mieltä olet? [{t}]" for i, t in enumerate(FI, start=1))]
    rows: list[list[Any]] = [head + [f"G1Q2[SQ00{i}]. Mistä kuulit? [{o}]" for i, o in enumerate(HEARD_FI, start=1)]]
    for i, a in enumerate(found, start=1):
        sent = a.moment.strftime("%Y-%m-%d %H:%M:%S") if a.state == "whole" else ""
        rows.append(
            [i, sent, 3, "fi", a.person, *(label(AGREE_FI, v) for v in a.answers), *ticks(a, HEARD_FI, "Kyllä", "Ei")]
        )
    path = write_csv(folder / "tulokset.csv", rows, ",", csv.QUOTE_ALL, encoding="utf-8-sig")
    return Written([path], [truth(found, "start_survey", FI)])


def webropol_words(folder: Path, messy: bool) -> Written:
    """Labels for answers; chosen options as their own words; in English."""
    found = [a for a in people(29, messy, HEARD_EN) if a.state != "preview"]
    head = ["Respondent ID", "Response time", "Student number", *(f"{i}. {t}" for i, t in enumerate(EN, start=1))]
    rows: list[list[Any]] = [["Basic report"], [], head + [f"4. Where did you hear of us?: {o}" for o in HEARD_EN]]
    for i, a in enumerate(found, start=1):
        labels = [label(AGREE_EN, v) or None for v in a.answers]
        rows.append([i, a.moment, a.person, *labels, *[o if o in a.heard else None for o in HEARD_EN]])
        a.state = "whole" if any(a.answers) else "partial"
    return Written([write_xlsx(folder / "start webropol.xlsx", rows)], [truth(found, "start_survey", EN)])


VARIANTS: dict[str, Callable[[Path, bool], Written]] = {
    "Google Forms, American sheet": google_sheet_us,
    "Google Forms, Finnish sheet": google_sheet_fi,
    "Microsoft Forms, English": microsoft_en,
    "Qualtrics, numbers": qualtrics_numbers,
    "REDCap, labels": redcap_labels,
    "KoBoToolbox, labels": kobo_labels,
    "SurveyMonkey, numbers": surveymonkey_numbers,
    "LimeSurvey, codes and wordings": limesurvey_both,
    "Webropol, words": webropol_words,
}
