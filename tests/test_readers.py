"""The same answers as every survey tool exports them, written by other programs, become the same table."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaltools.ingest import reading
from evaltools.ingest.formats.delimited import guess_delimiter
from evaltools.ingest.readers import read
from evaltools.ingest.reading import DataError
from evaltools.study import loader
from evaltools.study.problems import Problem
from evaltools.study.source_model import Source

HEAD = """\
[study]
name = "Trial"
title = "Trial"
organisation = "School"
funder = "Nobody"
start = 2021-01-01
end = 2021-12-31

[[terms]]
id = "T1"
name = "Spring"
start = 2021-01-01
end = 2021-07-31

[[variables]]
id = "heard"
table = "start_survey"
kind = "multi"
codes = "channel"
name = "Where heard"

[codes]
channel = [
    { id = "cafe", name = { fi = "Kahvila", en = "Café" } },
    { id = "web", name = { fi = "Verkko; some", en = "Web; social media" } },
    { id = "fair", name = { fi = "Messut, tapahtumat", en = "Fairs, events" } },
]

[survey]
cannot_say = ["En osaa sanoa", "Kan inte säga", "I don't know"]
labels.agreement = "agreement-5"
items = [
    { id = "plan", text = "I can plan", labels = "agreement" },
    { id = "hard", text = "It is hard", labels = "agreement", direction = "lower" },
    { id = "able", text = "I am able", labels = "agreement" },
    { id = "hours", text = "Hours", kind = "score", min = 0, max = 100 },
]

[[sources]]
table = "start_survey"
name = "Start survey"
file = "before.*"
"""

PLAN, HARD, ABLE, HOURS = "1. Osaan suunnitella", "2. Opiskelu on vaikeaa", "3. Pystyn", "4. Tunteja viikossa"
HEARD = "5. Mistä kuulit?"
DAYS = [dt.date(2021, 2, 1), dt.date(2021, 2, 3), dt.date(2021, 3, 12), dt.date(2021, 4, 30)]
IDS = ["091", "NA", "1E5", "None"]
# numbers; None is a blank, EOS that one cannot say
ANSWERS = [[5, 1, "EOS"], [4, None, 2], [1, 3, 3], ["EOS", 2, 5]]
SPENT = [2.5, 10.0, None, 0.25]
CHOSEN: list[set[str] | None] = [{"cafe", "web"}, {"fair"}, None, {"web", "fair"}]
FI = ["", "Täysin eri mieltä", "Jokseenkin eri mieltä", "Ei samaa eikä eri mieltä", "Jokseenkin samaa mieltä"]
FI += ["Täysin samaa mieltä"]
SV = ["", "Helt av annan åsikt", "Delvis av annan åsikt", "Varken av samma eller annan åsikt"]
SV += ["Delvis av samma åsikt", "Helt av samma åsikt"]
EN = ["", "Strongly disagree", "Somewhat disagree", "Neither agree nor disagree", "Somewhat agree", "Strongly agree"]
NAMES = {"cafe": "Kahvila", "web": "Verkko; some", "fair": "Messut, tapahtumat"}

COLUMNS = f"""
[sources.columns]
person = "Vastaajatunnus"
answered = "Vastausaika"
plan = "{PLAN}"
hard = "{HARD}"
able = "{ABLE}"
hours = "{HOURS}"
"""
JOINED = COLUMNS + f'heard = "{HEARD}"\n'
OPTIONS = COLUMNS + "[sources.options.heard]\n" + "".join(f'{c} = "{HEARD}: {n}"\n' for c, n in NAMES.items())


def expected() -> pd.DataFrame:
    """What every export below says."""
    columns: dict[str, object] = {"person": IDS, "answered": pd.to_datetime(DAYS).astype("datetime64[us]")}
    for i, item in enumerate(("plan", "hard", "able")):
        columns[item] = [None if row[i] in (None, "EOS") else float(row[i]) for row in ANSWERS]
        columns[item + ":cannot_say"] = [row[i] == "EOS" for row in ANSWERS]
    columns |= {"hours": SPENT, "hours:cannot_say": [False] * 4}
    for code in NAMES:
        columns[f"heard_{code}"] = pd.array([None if c is None else code in c for c in CHOSEN], dtype="boolean")
    return pd.DataFrame(columns)


def say(answer: object, labels: list[str] | None, cannot: str) -> object:
    if answer is None:
        return ""
    return cannot if answer == "EOS" else labels[answer] if labels else answer


def rows(
    days: object,
    labels: list[str] | None = None,
    cannot: str = "En osaa sanoa",
    *,
    spent: object = str,
    joint: str = ";",
    end: str = "",
) -> list[list[object]]:
    """Rows as a tool with one column for several answers writes them."""
    found = []
    for i, person in enumerate(IDS):
        answers = [say(a, labels, cannot) for a in ANSWERS[i]]
        hours = "" if SPENT[i] is None else spent(SPENT[i])
        heard = "" if CHOSEN[i] is None else joint.join(NAMES[c] for c in NAMES if c in CHOSEN[i]) + end
        found.append([person, days(DAYS[i]), *answers, hours, heard])
    return found


def option_rows(base: list[list[object]], on: object = 1, off: object = 0) -> list[list[object]]:
    """The same with one column an option."""
    return [
        [*row[:-1], *("" if CHOSEN[i] is None else on if c in CHOSEN[i] else off for c in NAMES)]
        for i, row in enumerate(base)
    ]


TITLE = ["Vastaajatunnus", "Vastausaika", PLAN, HARD, ABLE, HOURS]


def as_csv(header: list[str], body: list[list[object]], delimiter: str, end: str = "\n", quote: int = 0) -> str:
    """Written by joining; with ``quote`` by the csv module, every cell in quotation marks."""
    if quote:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([header, *body])
        return out.getvalue()
    guarded = [[f'"{c}"' if delimiter in str(c) else str(c) for c in row] for row in [header, *body]]
    return "".join(delimiter.join(row) + end for row in guarded)


def comma(number: float) -> str:
    return str(number).replace(".", ",")


def iso(day: dt.date) -> str:
    return day.isoformat()


def finnish(day: dt.date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def moment(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, 13, 7, 59)


def openpyxl_book(path: Path, *sheet: list[object]) -> None:
    book = openpyxl.Workbook()
    for row in sheet:
        book.active.append([None if cell == "" else cell for cell in row])
    book.save(path)


def xlsxwriter_book(path: Path, *sheet: list[object]) -> None:
    with xlsxwriter.Workbook(path) as book:
        page, days = book.add_worksheet("Vastaukset"), book.add_format({"num_format": "d.m.yyyy h:mm"})
        for r, row in enumerate(sheet):
            for c, cell in enumerate(row):
                if isinstance(cell, dt.date):
                    page.write_datetime(r, c, cell, days)
                elif isinstance(cell, str):
                    page.write_string(r, c, cell)
                elif cell is not None:
                    page.write(r, c, cell)


def write_text(path: Path, content: str, encoding: str, mark: bytes = b"") -> None:
    path.write_bytes(mark + content.encode(encoding))


# Each writes a file and gives the study file's block for it.


def csv_finnish(folder: Path) -> str:
    body = rows(finnish, spent=comma)
    write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ";", "\r\n"), "utf-8")
    return 'date_format = "%d.%m.%Y"\n' + JOINED


def csv_register(folder: Path) -> str:
    """Semicolons, cp1252, Finnish labels, each an option column."""
    header = [*TITLE, *(f"{HEARD}: {name}" for name in NAMES.values())]
    body = option_rows(rows(finnish, FI, spent=comma))
    write_text(folder / "before.csv", as_csv(header, body, ";", "\r\n", quote=1), "cp1252")
    return 'encoding = "cp1252"\ndate_format = "%d.%m.%Y"\n' + OPTIONS


def csv_guessed(folder: Path) -> str:
    """The same left to be recognised."""
    csv_register(folder)
    return 'encoding = "auto"\ndelimiter = "auto"\ndate_format = ["%Y-%m-%d", "%d.%m.%Y"]\n' + OPTIONS


def csv_english(folder: Path) -> str:
    body = rows(iso, EN, "I don't know", spent=str)
    write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ",", quote=1), "utf-8", b"\xef\xbb\xbf")
    return 'delimiter = ","\ndecimal = "."\n' + JOINED


def csv_unicode(folder: Path) -> str:
    """Tabs and UTF-16 with a byte order mark, as Excel's "Unicode text"; Swedish labels."""
    body = rows(iso, SV, "Kan inte säga", spent=comma)
    write_text(folder / "before.txt", as_csv([*TITLE, HEARD], body, "\t", "\r\n"), "utf-16")
    return 'encoding = "utf-16"\ndelimiter = "\\t"\n' + JOINED


def webropol_text(folder: Path) -> str:
    """Two heading rows, a title above, labels, 0/1 columns, real dates with a time of day."""
    top = ["", "", PLAN, HARD, ABLE, HOURS, HEARD, "", ""]
    second = ["Vastaajatunnus", "Vastausaika", "", "", "", "", *NAMES.values()]
    body = option_rows(rows(moment, FI, spent=float))
    xlsxwriter_book(folder / "before.xlsx", ["Alkukysely"], top, second, *body)
    columns = COLUMNS + "[sources.options.heard]\n" + "".join(f'{c} = "{HEARD} / {n}"\n' for c, n in NAMES.items())
    return "skip_rows = 1\nheader_rows = 2\n" + columns


def webropol_numbers(folder: Path) -> str:
    """Numbers only; 6 is that one cannot say; a chosen option by its own name, others blank."""
    header = [*TITLE, *(f"{HEARD}:\n {name}" for name in NAMES.values())]
    body = rows(lambda day: day, None, spent=float)
    body = [[6 if cell == "En osaa sanoa" else cell for cell in row] for row in option_rows(body, off="")]
    for row in body:
        for place, name in enumerate(NAMES.values(), start=6):
            row[place] = name if row[place] == 1 else ""
    openpyxl_book(folder / "before.xlsx", header, *body)
    return 'cannot_say = ["6"]\n' + OPTIONS


def webropol_from_two(folder: Path) -> str:
    """The trap: 1 is that one cannot say, and the scale runs from 2 to 6."""
    shift = {"En osaa sanoa": 1, 1: 2, 2: 3, 3: 4, 4: 5, 5: 6}
    body = rows(lambda day: day, None, spent=float)
    body = [[*row[:2], *(shift.get(cell, cell) for cell in row[2:5]), *row[5:]] for row in body]
    openpyxl_book(folder / "before.xlsx", [*TITLE, HEARD], *body)
    answers = 'answers = { "1" = "En osaa sanoa", "2" = "1", "3" = "2", "4" = "3", "5" = "4", "6" = "5" }\n'
    return answers + JOINED


FORMS = {"en": ["ID", "Start time", "Completion time", "Email", "Name"]}
FORMS["fi"] = ["Tunnus", "Aloitusaika", "Valmistumisaika", "Sähköposti", "Nimi"]
FORMS_COLUMNS = f"""
[sources.columns]
person = "Oma tunnus"
answered = ["Completion time", "Valmistumisaika"]
plan = "{PLAN}"
hard = "{HARD}"
able = "{ABLE}"
hours = "{HOURS}"
heard = "{HEARD}"
"""


def forms(folder: Path, language: str) -> str:
    """Microsoft Forms: its own five columns, real moments, several answers each ended with a semicolon."""
    labels = {"fi": FI, "en": EN}[language]
    cannot = {"fi": "En osaa sanoa", "en": "I don't know"}[language]
    header = [*FORMS[language], "Oma tunnus", PLAN, HARD, ABLE, HOURS, HEARD]
    body = rows(moment, labels, cannot, spent=float, end=";")
    full = [
        [i, row[1] - dt.timedelta(minutes=5), row[1], "anonymous", "", row[0], *row[2:]] for i, row in enumerate(body)
    ]
    openpyxl_book(folder / "before.xlsx", header, *full)
    return FORMS_COLUMNS


def arvo(folder: Path) -> str:
    body = rows(iso, FI, spent=comma, joint=", ")
    write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ";", quote=1), "utf-8")
    return 'separator = ", "\n' + JOINED


def parquet(folder: Path) -> str:
    """Typed columns: dates, numbers, truth values."""
    body = option_rows(rows(lambda day: day, FI, spent=float), on=True, off=False)
    header = [*TITLE, *(f"{HEARD}: {name}" for name in NAMES.values())]
    columns = {h: [None if row[i] == "" else row[i] for row in body] for i, h in enumerate(header)}
    pq.write_table(pa.table(columns), folder / "before.parquet")
    return OPTIONS


def mixed(folder: Path) -> str:
    """Numbers and labels of three languages in one column, a label after its number, odd spaces and case."""
    body = rows(iso, FI, spent=comma)
    body[0][2:5] = ["5 = Täysin samaa mieltä", "1", "KAN INTE SÄGA"]
    body[1][2], body[1][4] = "Somewhat agree", "jokseenkin  eri\N{NO-BREAK SPACE}mieltä "
    body[2][2:5] = ["Helt av annan åsikt", "Ei samaa eikä eri mieltä", "3"]
    write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ";"), "utf-8")
    return JOINED


def reversed_item(folder: Path) -> str:
    """An item counted from the other end."""
    body = rows(iso, spent=comma)
    for row in body:
        row[3] = 6 - row[3] if isinstance(row[3], int) else row[3]
    write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ";"), "utf-8")
    return 'reversed = ["hard"]\n' + JOINED


EXPORTS = {
    "csv_finnish": csv_finnish,
    "csv_register": csv_register,
    "csv_guessed": csv_guessed,
    "csv_english": csv_english,
    "csv_unicode": csv_unicode,
    "webropol_text": webropol_text,
    "webropol_numbers": webropol_numbers,
    "webropol_from_two": webropol_from_two,
    "forms_en": lambda folder: forms(folder, "en"),
    "forms_fi": lambda folder: forms(folder, "fi"),
    "arvo": arvo,
    "parquet": parquet,
    "mixed": mixed,
    "reversed_item": reversed_item,
}


def survey(tmp_path: Path, write: object) -> pd.DataFrame:
    folder = tmp_path / "trial"
    raw = folder / "raw" / "T1"
    raw.mkdir(parents=True)
    (folder / "study.toml").write_text(HEAD + write(raw), encoding="utf-8")
    return reading.read(loader.load(folder), "T1")["start_survey"]


@pytest.mark.parametrize("name", EXPORTS)
def test_every_export_reads_to_the_same_table(tmp_path, name):
    found = survey(tmp_path, EXPORTS[name]).drop(columns=["term", "file", "line"])
    wanted = expected()
    pd.testing.assert_frame_equal(found[wanted.columns], wanted.astype({"person": "str"}), check_exact=True)
    assert set(found) == set(wanted)


def test_study_rights_as_a_student_report_gives_them(tmp_path):
    """KOSKI-style: d.M.yyyy, states of the study right, a qualification type by name, fields with leading zeros."""
    folder = tmp_path / "trial"
    (folder / "raw" / "T1").mkdir(parents=True)
    lines = [
        "Oppija;Opiskeluoikeuden tunniste;Tutkintotyyppi;Koulutusala;Alkamispäivä;Päättymispäivä;Viimeisin tila",
        "091;1.2.246.562.15.00001;Ammattitutkinto;07;4.1.2021;;lasna",
        "NA;1.2.246.562.15.00002;erikoisammattitutkinto;00;11.2.2021;30.6.2021;valmistunut",
        "1E5;1.2.246.562.15.00003;06;Terveys- ja hyvinvointialat;1.3.2021;2.4.2021;eronnut",
    ]
    (folder / "raw" / "T1" / "koski.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    states = "[{id='lasna',name='On',role='ongoing'},{id='valmistunut',name='Done',role='completed'},"
    states += "{id='eronnut',name='Left',role='dropped'}]"
    text = (
        HEAD.split("[[variables]]")[0]
        + f"""
[codes]
kind = "qualification-type"
field = "education-field-2016"
state = {states}
[[sources]]
table = "enrolments"
name = "Study rights"
file = "koski.csv"
encoding = "auto"
delimiter = "auto"
date_format = "%d.%m.%Y"
[sources.columns]
person = "Oppija"
enrolment = "Opiskeluoikeuden tunniste"
kind = "Tutkintotyyppi"
field = "Koulutusala"
start = "Alkamispäivä"
end = "Päättymispäivä"
state = "Viimeisin tila"
"""
    )
    (folder / "study.toml").write_text(text, encoding="utf-8")
    found = reading.read(loader.load(folder), "T1")["enrolments"]
    assert found["person"].tolist() == ["091", "NA", "1E5"]
    assert found["kind"].tolist() == ["06", "07", "06"]
    assert found["field"].tolist() == ["07", "00", "09"]
    assert found["start"].dt.date.tolist() == [dt.date(2021, 1, 4), dt.date(2021, 2, 11), dt.date(2021, 3, 1)]
    assert found["end"].isna().tolist() == [True, False, False]
    assert found["state"].tolist() == ["lasna", "valmistunut", "eronnut"]


# --- what fits nothing declared -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        (2, "Täysin samaa", "unknown_answer"),  # a label cut short
        (2, "4 = Täysin samaa mieltä", "unknown_answer"),  # a number and a label that differ
        (2, "Täysin samaa mieltä (4)", "unknown_answer"),
        (2, "3 = En osaa sanoa", "unknown_answer"),  # a number of the scale
        (2, "55 Täysin samaa mieltä", "unknown_answer"),
        (2, "6", "out_of_range"),  # not declared as cannot say here
        (2, "5,0", "decimal_answer"),
        (2, "NA", "unknown_answer"),
        (5, "2.5", "out_of_range"),  # the other decimal mark
        (6, "Kahvila;Kirjasto", "unknown_option"),
        (6, "Kahvila;;Messut, tapahtumat", "unknown_option"),
        (6, ";", "unknown_option"),
        (1, "1.2.2021", "bad_date"),
        (1, "2021-02-01 10:00", "bad_date"),
    ],
)
def test_what_fits_nothing_declared_is_a_problem_in_its_place(tmp_path, column, value, what):
    def write(folder: Path) -> str:
        body = rows(iso, spent=comma)
        body[1][column] = f'"{value}"'
        (folder / "before.csv").write_text(
            "".join(";".join(map(str, row)) + "\n" for row in [[*TITLE, HEARD], *[_quoted(row) for row in body]]),
            encoding="utf-8",
        )
        return JOINED

    with pytest.raises(DataError) as error:
        survey(tmp_path, write)
    assert [(p.line, p.column, p.what) for p in error.value.problems] == [(3, [*TITLE, HEARD][column], what)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Täysin samaa mieltä.", 5),
        ("5 Täysin samaa mieltä", 5),
        ("5 \N{EM DASH} täysin samaa mieltä.", 5),
        ("(5) Täysin samaa mieltä", 5),
        ("5) Täysin samaa mieltä", 5),
        ("5 (täysin samaa mieltä)", 5),
        ("Täysin samaa mieltä (5)", 5),
        ("Täysin samaa mieltä = 5", 5),
        ("Täysin samaa mieltä\N{ZERO WIDTH SPACE}", 5),
        ("Ta\N{COMBINING DIAERESIS}ysin eri mieltä", 1),
        ("I don\N{RIGHT SINGLE QUOTATION MARK}t know", "EOS"),
        ("En osaa sanoa.", "EOS"),
        ("6 = En osaa sanoa", "EOS"),
        ("En osaa sanoa (0)", "EOS"),
    ],
)
def test_a_label_may_be_written_in_many_ways(tmp_path, written, meant):
    def write(folder: Path) -> str:
        body = rows(iso, spent=comma)
        body[1][2] = written
        write_text(folder / "before.csv", as_csv([*TITLE, HEARD], body, ";"), "utf-8")
        return JOINED

    row = survey(tmp_path, write).iloc[1]
    assert ("EOS" if row["plan:cannot_say"] else row["plan"]) == meant


def test_a_number_before_its_label_is_the_files_own(tmp_path):
    """Where a file counts from 2, its 6 is *strongly agree*, and what the label says must agree with that."""

    def write(folder: Path) -> str:
        block = webropol_from_two(folder)
        book = openpyxl.load_workbook(folder / "before.xlsx")
        book.active["C2"], book.active["E2"] = "6 = Täysin samaa mieltä", "1 = En osaa sanoa"
        book.active["C3"] = value
        book.save(folder / "before.xlsx")
        return block

    value = "5 - Jokseenkin samaa mieltä"
    found = survey(tmp_path, write).iloc[:2]
    assert found["plan"].tolist() == [5, 4] and found["able:cannot_say"].tolist() == [True, False]
    value = "4 - Jokseenkin samaa mieltä"
    with pytest.raises(DataError, match=f"before.xlsx:3:{PLAN}"):
        survey(tmp_path / "other", write)


def _quoted(row: list[object]) -> list[object]:
    return [f'"{cell}"' if ";" in str(cell) and not str(cell).startswith('"') else cell for cell in row]


def test_a_map_of_numbers_names_them_all(tmp_path):
    """A number that the map leaves out means something else than ours: 6 must not become missing, nor 5 stay 5."""

    def write(folder: Path) -> str:
        block = webropol_from_two(folder)
        return block.replace(', "6" = "5"', "")

    with pytest.raises(DataError) as error:
        survey(tmp_path, write)
    assert {(p.column, p.what) for p in error.value.problems} == {(PLAN, "out_of_range"), (ABLE, "out_of_range")}


def test_words_of_peoples_own_go_where_they_are_declared_to_go(tmp_path):
    """*Other, what?* of a survey tool: any other word is the declared code; without a declaration it is a problem."""

    def write(folder: Path) -> str:
        body = rows(iso, spent=comma)
        body[0][6] = "Kahvila;Verkko; some"  # as it is in the table
        body[1][6] = "Naapuri kertoi, hyvä juttu;Messut, tapahtumat;"
        path = folder / "before.csv"
        path.write_text(as_csv([*TITLE, HEARD], body, ";", quote=1), encoding="utf-8")
        return JOINED + '[sources.values.heard]\n"*" = "web"\n'

    found = survey(tmp_path, write)
    assert found["heard_web"].tolist()[:2] == [True, True]
    assert found["heard_fair"].tolist()[:2] == [False, True]
    assert found["heard_cafe"].tolist()[:2] == [True, False]


def _options_of(tmp_path: Path, cells: list[list[str]], values: str) -> list[list[object]]:
    """What is read where the cells of the three options are these."""

    def write(folder: Path) -> str:
        header = [*TITLE, *(f"{HEARD}: {name}" for name in NAMES.values())]
        body = [[*row[:-1], *cells[i]] for i, row in enumerate(rows(iso, spent=comma)[: len(cells)])]
        write_text(folder / "before.csv", as_csv(header, body, ";"), "utf-8")
        return OPTIONS + values

    found = survey(tmp_path, write)[[f"heard_{code}" for code in NAMES]].astype(object)
    return found.where(found.notna(), None).to_numpy().tolist()


def test_an_options_column_may_say_yes_and_no_in_words_of_its_own(tmp_path):
    cells = [["kyllä ", "Ei", "x"], ["Valittu", "", "0"], ["", "", ""], ["TRUE", "ei.", "1"]]
    values = '[sources.values.heard]\n"Kyllä" = "1"\nei = "0"\nX = "1"\nvalittu = "true"\n'
    wanted = [[True, False, True], [True, False, False], [None, None, None], [True, False, True]]
    assert _options_of(tmp_path / "declared", cells, values) == wanted
    with pytest.raises(DataError, match="such as x"):
        _options_of(tmp_path / "not", cells, "")


def test_an_option_may_be_what_people_write_of_their_own(tmp_path):
    cells = [["1", "0", "Naapuri; tuttu"], ["0", "1", ""], ["", "", "lehti"], ["0", "0", "0"]]
    wanted = [[True, False, True], [False, True, False], [False, False, True], [False, False, False]]
    assert _options_of(tmp_path / "declared", cells, '[sources.values.heard]\n"*" = "fair"\n') == wanted
    with pytest.raises(DataError):
        _options_of(tmp_path / "not", cells, "")


def test_words_of_a_map_and_of_what_is_missing_are_compared_as_labels_are(tmp_path):
    text = HEAD.replace('kind = "multi"\ncodes = "channel"', 'kind = "flag"') + (
        'missing = ["", "ei vastausta", "-"]\n' + COLUMNS + 'heard = "Kuuli"\n'
        '[sources.values.heard]\n"Kyllä" = "1"\n"ei" = "0"\n'
    )
    folder = tmp_path / "trial"
    (folder / "raw" / "T1").mkdir(parents=True)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    body = [
        [*row[:-1], word] for row, word in zip(rows(iso, spent=comma), ["kyllä", "KYLLÄ.", "Ei", "True"], strict=True)
    ]
    body[0][2], body[1][2] = "Ei vastausta.", "\N{EN DASH}"
    write_text(folder / "raw" / "T1" / "before.csv", as_csv([*TITLE, "Kuuli"], body, ";"), "utf-8")
    found = reading.read(loader.load(folder), "T1")["start_survey"]
    assert found["heard"].tolist() == [True, True, False, True]
    assert found["plan"].isna().tolist() == [True, True, False, True]


def test_mixed_encodings_are_refused_with_the_first_line_that_does_not_fit(tmp_path):
    def write(folder: Path) -> str:
        csv_finnish(folder)
        path = folder / "before.csv"
        lines = path.read_bytes().split(b"\r\n")
        lines[2] = lines[2].replace(b"NA;", b"\xe4;")
        path.write_bytes(b"\r\n".join(lines))
        return 'encoding = "auto"\ndate_format = "%d.%m.%Y"\n' + JOINED

    with pytest.raises(DataError) as error:
        survey(tmp_path, write)
    assert [(p.line, p.what) for p in error.value.problems] == [(3, "mixed_encodings")]


def test_headings_may_change_from_term_to_term_and_repeat(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("Tunnus;Arvo;Arvo\n1;a;b\n", encoding="utf-8")
    source = _source({"person": ["Id", "Tunnus"], "first": "Arvo", "second": "Arvo [2]"})
    found: list[Problem] = []
    assert read(path, "a.csv", source, found)[["person", "first", "second"]].to_numpy().tolist() == [["1", "a", "b"]]
    path.write_text("Id;Tunnus;Arvo;Arvo\n1;1;a;b\n", encoding="utf-8")
    assert read(path, "a.csv", source, found) is None
    assert [(p.column, p.what) for p in found] == [("Id", "two_of_a_choice")]


SMALL = {"person": "Tunnus", "plan": "Osaan", "hard": "Vaikeaa"}


def small(tmp_path: Path, content: str, found: list[Problem] | None = None, **more: object) -> list[list[str]] | None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    noted: list[Problem] = [] if found is None else found
    frame = read(path, "a.csv", _source(SMALL, **more), noted)
    assert found is not None or noted == []
    return None if frame is None else frame[[*SMALL, "line"]].to_numpy().tolist()


@pytest.mark.parametrize("quoted", ["", '"'])  # column by column, and row by row
@pytest.mark.parametrize(
    "content",
    [
        "Tunnus;Osaan;Vaikeaa\n091;3;4\n;;\n ; ;\n\n092;1;x\n",  # rows without any value
        "Tunnus;Osaan;Vaikeaa;;\n091;3;4;;\n;;;;\n;;;;\n\n092;1;x;;\n",
        "Tunnus;Osaan;Vaikeaa;\n091;3;4\n;;\n\n\n092;1;x\n",  # a heading that ends with a delimiter
        "Tunnus;Osaan;Vaikeaa\n091;3;4;\n\n\n\n092;1;x; \n",  # or rows that do, all of them
    ],
)
def test_empty_rows_and_cells_at_the_end_count_for_nothing(tmp_path, content, quoted):
    wanted = [["091", "3", "4", 2], ["092", "1", "x", 6]]
    assert small(tmp_path, content.replace("x", f"{quoted}x{quoted}")) == wanted


def test_what_stands_beyond_the_heading_and_rows_that_end_early_are_refused(tmp_path):
    found: list[Problem] = []
    small(tmp_path, "Tunnus;Osaan;Vaikeaa;\n091;3;4;\n092;3\n093;3;4;;5\n", found)
    assert [(p.line, p.what, p.words["expected"]) for p in found] == [(3, "ragged_row", "3"), (4, "ragged_row", "3")]
    found.clear()  # where a row holds something beyond, an empty cell beyond may be one that moved
    assert small(tmp_path, "Tunnus;Osaan;Vaikeaa\n0;091;3;4\n0;092;3;\n", found) == []
    assert [(p.line, p.what) for p in found] == [(1, "ragged_heading")]
    found.clear()
    assert small(tmp_path, "Tunnus;Osaan;Vaikeaa\n091;3;4\n092;3;4;\n", found) == [["091", "3", "4", 2]]
    assert [(p.line, p.what) for p in found] == [(3, "ragged_row")]


@pytest.mark.parametrize("title", ["Alkukysely 2021\n\nTulostettu 1.2.2021\n", "Alkukysely;;\n;;\n;;\n", "\n\nsep=;\n"])
def test_rows_above_the_heading_are_counted_as_a_spreadsheet_shows_them(tmp_path, title):
    content = title + "Tunnus;Osaan;Vaikeaa\n091;3;4\n"
    assert small(tmp_path, content, skip_rows=3) == [["091", "3", "4", 5]]
    assert small(tmp_path, content, skip_rows=3, delimiter="auto") == [["091", "3", "4", 5]]
    found: list[Problem] = []
    assert small(tmp_path, content, found) is None
    assert [(p.line, p.what, p.words) for p in found] == [(4, "heading_elsewhere", {"found": "3"})]
    openpyxl_book(tmp_path / "a.xlsx", ["Title"], [], ["Printed"], list(SMALL.values()), ["091", 3, 4])
    assert len(read(tmp_path / "a.xlsx", "a.xlsx", _source(SMALL, skip_rows=3), [])) == 1


def test_a_fault_below_the_heading_is_told_though_the_heading_stands_elsewhere(tmp_path):
    found: list[Problem] = []
    assert small(tmp_path, 'Title\n\nTunnus;Osaan;Vaikeaa\n091;3;"4\n', found, skip_rows=2) is None
    assert [(p.line, p.what) for p in found] == [(4, "not_csv")]


def test_a_delimiter_is_known_by_the_rows_where_no_heading_is(tmp_path):
    rows = "Otsikko\n\nTunnus;Kommentti;Luku\n" + "1;yksi, kaksi, kolme, neljä;2,5\n" * 3
    assert guess_delimiter(rows.encode()) == ";"
    assert guess_delimiter(b"") == ";"
    assert guess_delimiter(rows.replace(";", "\t").encode(), ["Luku"]) == "\t"


def test_a_column_of_lists_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["1"], "many": [["a", "b"]]}), path)
    found: list[Problem] = []
    assert read(path, "a.parquet", _source({"person": "id"}), found) is None
    assert [(p.column, p.what) for p in found] == [("many", "parquet_nested")]


# --- any table in any format ----------------------------------------------------------------------------------------


def _source(columns: dict[str, object], **more: object) -> Source:
    base = {"table": "start_survey", "name": "x", "file": "x", "columns": columns}
    return Source.model_validate(base | more)


# what a spreadsheet can hold: no control characters, nothing that Excel would write as an escape
LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"], exclude_characters="_\ufeff"
)
WORDS = st.text(LETTERS, max_size=12).map(str.strip)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(WORDS.filter(bool), min_size=width, max_size=width, unique_by=lambda w: " ".join(w.split())),
        st.lists(st.lists(WORDS, min_size=width, max_size=width).filter(any), max_size=6),
    )
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TABLES, st.sampled_from(["csv", "xlsx", "openpyxl", "parquet"]), st.data())
def test_any_table_reads_back_equal(tmp_path, table, how, data):
    header, body = table
    more: dict[str, object] = {}
    path = tmp_path / f"table.{'xlsx' if how == 'openpyxl' else how}"
    if how == "csv":
        encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
        more = {"encoding": encoding, "delimiter": data.draw(st.sampled_from([";", ",", "\t"]))}
        end = data.draw(st.sampled_from(["\n", "\r\n"]))
        content = as_csv(header, body, more["delimiter"], end, quote=1)
        path.write_bytes(content.encode(encoding))
    elif how == "parquet":
        columns = {h: [row[i] for row in body] for i, h in enumerate(header)}
        pq.write_table(pa.table({h: pa.array(v, pa.string()) for h, v in columns.items()}), path)
    else:
        (xlsxwriter_book if how == "xlsx" else openpyxl_strings)(path, header, *body)
    source = _source({f"c{i}": h for i, h in enumerate(header)}, **more)
    found: list[Problem] = []
    frame = read(path, path.name, source, found)
    assert found == []
    assert frame[[f"c{i}" for i in range(len(header))]].to_numpy().tolist() == body


def openpyxl_strings(path: Path, *sheet: list[str]) -> None:
    """Text cells only: openpyxl would make a formula of what begins with an equals sign."""
    book = openpyxl.Workbook()
    for r, row in enumerate(sheet, start=1):
        for c, value in enumerate(row, start=1):
            if value:
                book.active.cell(r, c, value).data_type = "s"
    book.save(path)
