"""Workbooks are read as they stand: text as text, numbers and dates as the source writes them, nothing guessed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from conftest import FILES, write_study
from openpyxl import Workbook, load_workbook

from evaltools.ingest import reading
from evaltools.ingest.formats import xlsx
from evaltools.ingest.formats.types import Flaw, RefusedError, widths
from evaltools.ingest.reading import DataError
from evaltools.study import loader
from evaltools.study.faults import StudyError

UNUSED = ("actions", "contacts", "population", "employment", "barometer")
SHEET = "xl/worksheets/sheet1.xml"


def save(path: Path, *sheets: list[list], names: tuple[str, ...] = ("Data",)) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in zip(names, sheets, strict=True):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def change(path: Path, member: str, content: str | bytes | None, **more: str | bytes) -> Path:
    """The workbook with one member replaced, added or (None) left out."""
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    members |= {member: content} | more
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            if data is not None:
                target.writestr(name, data)
    return path


def sheet_xml(cells: str, rows: str = '<row r="1"><c r="A1" t="inlineStr"><is><t>head</t></is></c></row>') -> str:
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return f'<?xml version="1.0"?><worksheet {space}><sheetData>{rows}{cells}</sheetData></worksheet>'


def rows_of(path: Path, **options: str) -> list[list[str]]:
    rows, flaws = xlsx.read(path, **options)
    assert flaws == []
    return [cells for _, cells in widths(rows)]


def test_values_become_text_as_the_source_writes_them(tmp_path):
    given = [
        ["text", "id", "whole", "part", "yes", "day", "moment", "blank"],
        ["091", "1E5", 3, 1.25, True, dt.date(2021, 2, 1), dt.datetime(2021, 2, 1, 3, 4), None],
        [" =1+1 ", "NA", -7, 1e-7, False, dt.datetime(2021, 12, 31), dt.time(3, 4), None],
    ]
    given[2][0] = "None"
    path = save(tmp_path / "a.xlsx", given)
    head, first, second = rows_of(path, date_format="%d.%m.%Y", decimal=",")
    assert head == given[0]
    assert first == ["091", "1E5", "3", "1,25", "true", "01.02.2021", "2021-02-01T03:04:00", ""]
    assert second == ["None", "NA", "-7", "1e-07", "false", "31.12.2021", "03:04:00", ""]


def test_whole_numbers_read_alike_however_they_are_stored(tmp_path):
    path = save(tmp_path / "a.xlsx", [["head"], [4]])
    cells = '<row r="2"><c r="A2"><v>4.0</v></c></row><row r="3"><c r="A3"><v>4E0</v></c></row>'
    change(path, SHEET, sheet_xml(cells))
    assert rows_of(path) == [["head"], ["4"], ["4"]]


def test_rows_keep_their_numbers_and_blank_ones_go(tmp_path):
    path = save(tmp_path / "a.xlsx", [[], ["head", "b"], [], ["x"], [None, None], ["y", "z"]])
    rows, _ = xlsx.read(path)
    assert [(line, cells) for line, cells in widths(rows)] == [
        (2, ["head", "b"]),
        (4, ["x", ""]),
        (6, ["y", "z"]),
    ]


def test_a_sheet_is_chosen_by_name_or_is_the_first(tmp_path):
    path = save(tmp_path / "a.xlsx", [["one"]], [["two"]], names=("A", "Tiedot"))
    assert rows_of(path) == [["one"]]
    assert rows_of(path, sheet="Tiedot") == [["two"]]
    with pytest.raises(RefusedError) as refused:
        xlsx.read(path, sheet="Muu")
    assert (refused.value.what, refused.value.words) == ("no_sheet", {"expected": "Muu"})


def test_cells_that_cannot_be_read_for_what_they_are_are_told_with_their_place(tmp_path):
    path = save(tmp_path / "a.xlsx", [["head"]])
    cells = (
        '<row r="2"><c r="A2"><f>1+1</f><v></v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'
        '<row r="3"><c r="C3" t="e"><v>#N/A</v></c><c r="AA3"><v>12345678901234567</v></c></row>'
        '<row r="4"><c r="A4" t="str"><f>IF(1,"","")</f><v></v></c><c r="B4"><f>SUM(A1)</f></c></row>'
    )
    change(path, SHEET, sheet_xml(cells))
    rows, flaws = xlsx.read(path)
    assert flaws == [
        Flaw(2, 0, "xlsx_formula"),
        Flaw(3, 2, "xlsx_error"),
        Flaw(3, 26, "xlsx_long_number"),
        Flaw(4, 1, "xlsx_formula"),
    ]
    assert rows[1] == (2, ["", "2"])


def test_formulas_of_other_sheets_are_nobodys_business(tmp_path):
    path = save(tmp_path / "a.xlsx", [["head"], [1]], [["=1+1"]], names=("Data", "Sums"))
    assert rows_of(path) == [["head"], ["1"]]
    assert xlsx.read(path, sheet="Sums")[1] == [Flaw(1, 0, "xlsx_formula")]


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', (1048576, "XFD")),
        ('<row r="2"><c r="GS2"><v>1</v></c></row>', (2, "GS")),
        ('<row r="200001"><c r="A200001"><v>1</v></c></row>', (200001, "A")),
        ('<row r="1048576"/>', (1048576, "")),
        ('<row r="2"><c r="A1048576"><v>1</v></c></row>', (1048576, "A")),
        ('<row r="2"><c r="A99999999"><v>1</v></c></row>', (None, "")),
    ],
)
def test_cells_too_far_out_are_refused(tmp_path, cell, place):
    path = change(save(tmp_path / "a.xlsx", [["head"]]), SHEET, sheet_xml(cell))
    with pytest.raises(RefusedError) as refused:
        xlsx.read(path)
    assert (refused.value.line, refused.value.column) == place


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c><c r="F2"><v>2</v></c><c r="C2"><v>3</v></c></row>', (2, "C")),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', (2, "A")),
        ('<row r="20"><c r="A2"><v>1</v></c></row>', (2, "A")),
        ('<row r="20"><c r="A20"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>', (3, "")),
    ],
)
def test_what_stands_out_of_order_is_refused(tmp_path, rows, place):
    """It would be passed over in silence."""
    path = change(save(tmp_path / "a.xlsx", [["head"]]), SHEET, sheet_xml(rows))
    with pytest.raises(RefusedError) as refused:
        xlsx.read(path)
    assert (refused.value.what, refused.value.line, refused.value.column) == ("xlsx_order", *place)


def test_the_last_cell_within_the_limits_is_read(tmp_path):
    cell = '<row r="200000"><c r="GR200000"><v>1</v></c></row>'
    path = change(save(tmp_path / "a.xlsx", [["head"]]), SHEET, sheet_xml(cell))
    rows, _ = xlsx.read(path)
    assert (rows[-1][0], len(rows[-1][1]), rows[-1][1][-1]) == (200000, 200, "1")


def test_a_sheet_under_another_name_is_watched_too(tmp_path):
    path = save(tmp_path / "a.xlsx", [["head"]])
    with zipfile.ZipFile(path) as book:
        links = book.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1.xml", b"media/image1.png")
        types = book.read("[Content_Types].xml").replace(b"worksheets/sheet1.xml", b"media/image1.png")
    far = sheet_xml('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    change(path, SHEET, None, **{"xl/_rels/workbook.xml.rels": links, "[Content_Types].xml": types})
    change(path, "xl/media/image1.png", far)
    with pytest.raises(RefusedError) as refused:
        xlsx.read(path)
    assert refused.value.what == "xlsx_far"


def test_a_picture_or_a_link_in_a_cell_does_no_harm(tmp_path):
    path = save(tmp_path / "a.xlsx", [["head"], ["x"]])
    change(path, "xl/media/image1.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert rows_of(path) == [["head"], ["x"]]


# --- as a source -----------------------------------------------------------------------------------------------------


def as_workbook(path: Path, content: str) -> None:
    head, *rows = csv.reader(io.StringIO(content), delimiter=";")
    save(path, [head, *rows])


def test_a_study_reads_workbooks_as_it_reads_csv(make_study):
    plain = reading.read(loader.load(make_study(name="plain")), "T2")
    edits = {'file = "people*.csv"': 'file = "people*.xlsx"\nformat = "xlsx"'}
    folder = make_study(edits, {f"raw/{t}/people.csv": None for t in ("T1", "T2")})
    for term in ("T1", "T2"):
        as_workbook(folder / f"raw/{term}/people.xlsx", FILES[f"raw/{term}/people.csv"])
    read = reading.read(loader.load(folder), "T2")
    for name, frame in read.items():
        same = [c for c in frame.columns if c != "file"]
        pd.testing.assert_frame_equal(frame[same], plain[name][same])


def test_faults_of_a_workbook_are_told_by_file_row_and_column(make_study):
    edits = {'file = "people*.csv"': 'file = "people*.xlsx"\nformat = "xlsx"'}
    folder = make_study(edits, {f"raw/{t}/people.csv": None for t in ("T1", "T2")})
    for term in ("T1", "T2"):
        as_workbook(folder / f"raw/{term}/people.xlsx", FILES[f"raw/{term}/people.csv"])
    head = FILES["raw/T1/people.csv"].splitlines()[0].split(";")
    wrong = ["091", "yesterday", "Woman", "091", "basic", "cafe", "yes", "1,5"]
    save(folder / "raw/T1/people.xlsx", [head, wrong, [*wrong, "beyond"]])
    save(folder / "raw/T2/people.xlsx", [head, ["=1+1"]])
    with pytest.raises(DataError) as refused:
        reading.read(loader.load(folder), "T2")
    assert {(p.file, p.line, p.column, p.what) for p in refused.value.problems} >= {
        ("raw/T1/people.xlsx", 2, "born", "bad_date"),
        ("raw/T1/people.xlsx", 3, "I", "beyond_heading"),
        ("raw/T2/people.xlsx", 2, "A", "xlsx_formula"),
    }
    assert "yesterday" not in str(refused.value)


def test_a_cell_that_will_not_do_matters_only_where_its_column_is_read(tmp_path):
    folder = write_study(tmp_path / "small", {'"people*.csv"': '"people*.xlsx"'}, without=UNUSED)
    for term in ("T1", "T2"):
        as_workbook(folder / f"raw/{term}/people.xlsx", FILES[f"raw/{term}/people.csv"])
    path = folder / "raw/T1/people.xlsx"
    book = load_workbook(path)
    book.active["I1"], book.active["I3"] = "sum", "#N/A"
    book.save(path)
    assert len(reading.read(loader.load(folder), "T2")["participants"]) == 6
    book.active["C3"] = "#N/A"
    book.save(path)
    with pytest.raises(DataError) as error:
        reading.read(loader.load(folder), "T2")
    assert [(p.file, p.line, p.column, p.what) for p in error.value.problems] == [
        ("raw/T1/people.xlsx", 3, "C", "xlsx_error")
    ]


def test_a_format_that_is_not_read_is_a_fault_of_the_study_file(tmp_path):
    folder = write_study(tmp_path / "small", {'file = "ledger.csv"': 'file = "ledger.csv"\nformat = "wks"'})
    with pytest.raises(StudyError) as error:
        reading.read(loader.load(folder), "T2")
    assert [(f.path, f.what) for f in error.value.faults] == [("sources.8.format", "unknown_reference")]
    assert "csv" in str(error.value)
