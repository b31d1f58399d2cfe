"""Files of other programmes: what was written comes back value for value, and what would harm is refused."""

from __future__ import annotations

import datetime as dt
import random
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import xlwt
from test_readers import HEAD
from test_workbook import change, save

from evaltools.ingest import formats, readers, reading
from evaltools.ingest.formats import excel97, statistical
from evaltools.ingest.formats.types import RefusedError, Sayer
from evaltools.study import loader
from evaltools.study.source_model import Source

NAMES = ["text", "id", "whole", "part", "yes", "day", "moment", "note"]
MOMENT = dt.datetime(2021, 2, 1, 3, 4, 5)
ROWS: list[list[object]] = [
    ["091", "1E5", 3, 1.25, True, dt.date(2021, 2, 1), MOMENT, "Ääkkönen, €"],
    ["NA", " None", -7, 1e-7, False, dt.date(2021, 12, 31), dt.datetime(2021, 1, 1), None],
    [None, "x", 123456789012, 2.5, None, None, None, "two\nlines"],
]
SAID = [
    ["091", "1E5", "3", "1,25", "true", "01.02.2021", "2021-02-01T03:04:05", "Ääkkönen, €"],
    ["NA", " None", "-7", "1e-07", "false", "31.12.2021", "01.01.2021", ""],
    ["", "x", "123456789012", "2,5", "", "", "", "two\nlines"],
]
SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
}


def source(file: str, **more: object) -> Source:
    base = {"table": "start_survey", "name": "-", "file": file, "columns": {"person": "id"}, "date_format": "%d.%m.%Y"}
    return Source.model_validate(base | more)


def rows_of(path: Path, **more: object) -> list[list[str]]:
    read = source(path.name, **more)
    opened = formats.of(path, read).open(path, read)
    assert list(opened.flaws) == []
    return [cells for _, cells in opened.rows]


def refused(path: Path, **more: object) -> str:
    with pytest.raises(RefusedError) as error:
        rows_of(path, **more)
    return error.value.what


# --- ODS -----------------------------------------------------------------------------------------------------------


def ods(path: Path, content: str, members: dict[str, str] | None = None, styles: str = "") -> Path:
    """A spreadsheet as LibreOffice packs it, with this between its tags of tables."""
    spaces = " ".join(f'xmlns:{short}="{long}"' for short, long in SPACES.items())
    body = f"<office:body><office:spreadsheet>{content}</office:spreadsheet></office:body>"
    xml = f"<office:automatic-styles>{styles}</office:automatic-styles>{body}"
    xml = f'<?xml version="1.0"?><office:document-content {spaces}>{xml}</office:document-content>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        mime = zipfile.ZipInfo("mimetype")
        file.writestr(mime, "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", xml)
        for name, text in ({"META-INF/manifest.xml": "<manifest/>"} | (members or {})).items():
            file.writestr(name, text)
    return path


def table(rows: str, name: str = "Data", style: str = "") -> str:
    return f'<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>'


def row(*cells: str, many: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{many}">{"".join(cells)}</table:table-row>'


def cell(text: str = "", kind: str = "string", value: str = "", more: str = "") -> str:
    if not text and not value:
        return f"<table:table-cell {more}/>"
    named = {"date": "date-value", "boolean": "boolean-value", "time": "time-value", "string": "string-value"}
    said = f'office:{named.get(kind, "value")}="{value}"' if value else ""
    return f'<table:table-cell office:value-type="{kind}" {said} {more}><text:p>{text}</text:p></table:table-cell>'


EMPTY_TAIL = row(cell(more='table:number-columns-repeated="16384"'), many=1_048_570)


def test_a_spreadsheet_of_libreoffice_is_read_value_for_value(tmp_path):
    rows = row(*map(cell, NAMES))
    rows += row(
        cell("091"),
        cell("1E5"),
        cell("3", "float", "3"),
        cell("1,3", "currency", "1.25"),
        cell("TOSI", "boolean", "true"),
        cell("1.2.", "date", "2021-02-01"),
        cell("1.2. 3:04", "date", "2021-02-01T03:04:05"),
        cell("Ääkkönen, €"),
        cell(more='table:number-columns-repeated="1016"'),
    )
    rows += row(
        cell("NA"),
        cell("<text:s/>No<text:span>ne</text:span>"),
        cell("-7", "float", "-7"),
        cell("0 %", "percentage", "0.0000001"),
        cell("EPÄTOSI", "boolean", "false"),
        cell("31.12.", "date", "2021-12-31"),
        cell("1.1.", "date", "2021-01-01T00:00:00"),
    )
    rows += row(
        cell(),
        cell("x"),
        cell("1E+11", "float", "123456789012"),
        cell("2,5", "float", "2.5"),
        cell(more='table:number-columns-repeated="3"'),
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a comment</text:p>'
        "</office:annotation><text:p>two</text:p><text:p>lines</text:p></table:table-cell>",
    )
    path = ods(tmp_path / "a.ods", table(rows + EMPTY_TAIL))
    assert rows_of(path, decimal=",") == [NAMES, *SAID]


def test_a_spreadsheet_of_pandas_is_read_value_for_value(tmp_path):
    path = tmp_path / "a.ods"
    pd.DataFrame(ROWS, columns=NAMES, dtype=object).to_excel(path, index=False, engine="odf")
    assert rows_of(path, decimal=",") == [NAMES, *SAID]


def test_of_ods_the_visible_sheet_is_read_and_a_named_one(tmp_path):
    hidden = '<style:style style:name="ta1"><style:table-properties table:display="false"/></style:style>'
    sheets = table(row(cell("old")), "Old", "ta1") + table(row(cell("new")), "New")
    path = ods(tmp_path / "a.ods", sheets, styles=hidden)
    assert rows_of(path) == [["new"]]
    assert rows_of(path, sheet="Old") == [["old"]]
    assert refused(path, sheet="Muu") == "no_sheet"


def test_repeated_rows_and_cells_of_ods_stand_as_often_as_they_are_said(tmp_path):
    rows = row(cell("a"), cell("b"), cell("c")) + row(
        cell(), cell("7", more='table:number-columns-repeated="2"'), many=3
    )
    rows += row(cell(more='table:number-columns-repeated="3"'), many=2) + row(cell("z")) + EMPTY_TAIL
    read = source("a.ods")
    path = ods(tmp_path / "a.ods", table(rows))
    lines = list(formats.of(path, read).open(path, read).rows)
    assert lines == [(1, ["a", "b", "c"]), *((i, ["", "7", "7"]) for i in (2, 3, 4)), (7, ["z", "", ""])]


def test_flaws_of_ods_are_told_with_their_place(tmp_path):
    error = 'table:formula="of:=NA()" calcext:value-type="error"'
    rows = row(cell("a"), cell("b"), cell("c"))
    rows += row(cell("#N/A", more=error), cell(more='table:formula="of:=1"'), cell("1", "float", "12345678901234567"))
    read = source("a.ods")
    path = ods(tmp_path / "a.ods", table(rows))
    found = formats.of(path, read).open(path, read).flaws
    assert [(flaw.line, flaw.column, flaw.what) for flaw in found] == [
        (2, "A", "xlsx_error"),
        (2, "B", "xlsx_formula"),
        (2, "C", "xlsx_long_number"),
    ]


def test_merged_cells_of_ods_and_xls_are_told_with_their_range(tmp_path):
    spans = 'table:number-rows-spanned="2"'
    rows = (
        row(cell("a"), cell("b"))
        + row(cell("x", more=spans), cell("y"))
        + row("<table:covered-table-cell/>", cell("z"))
    )
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    sheet.write(0, 0, "a")
    sheet.write_merge(1, 2, 0, 0, "x")
    sheet.write(2, 1, "z")
    book.save(str(tmp_path / "a.xls"))
    for path in (ods(tmp_path / "a.ods", table(rows)), tmp_path / "a.xls"):
        flaws = formats.of(path, source(path.name)).open(path, source(path.name)).flaws
        assert [(flaw.line, flaw.column, flaw.what, flaw.expected) for flaw in flaws] == [
            (3, "A", "xlsx_merged", "A2:A3")
        ]


def test_hidden_rows_and_columns_of_every_spreadsheet_are_read_and_told(tmp_path):
    rows = [["id", "x", "y"], ["p1", "1", "2"], ["p2", "3", "4"], ["p3", "5", "6"]]
    new, old = openpyxl.Workbook(), xlwt.Workbook()
    sheet = old.add_sheet("S")
    for r, cells in enumerate(rows):
        new.active.append(cells)
        for c, value in enumerate(cells):
            sheet.write(r, c, value)
    new.active.row_dimensions[3].hidden = sheet.row(2).hidden = True
    new.active.column_dimensions["C"].hidden = sheet.col(2).hidden = True
    new.save(tmp_path / "a.xlsx")
    old.save(str(tmp_path / "a.xls"))
    hidden = '<table:table-column table:number-columns-repeated="2"/><table:table-column table:visibility="collapse"/>'
    lines = [row(*map(cell, cells)) for cells in rows]
    lines[2] = lines[2].replace("<table:table-row", '<table:table-row table:visibility="filter"')
    ods(tmp_path / "a.ods", table(hidden + "".join(lines)))
    for name in ("a.xlsx", "a.xls", "a.ods"):
        read = source(name, columns={"person": "id", "plan": "x", "cope": "y"})
        problems, notes = [], []
        frame = readers.read(tmp_path / name, name, read, problems, notes)
        assert frame is not None and list(frame["cope"]) == ["2", "4", "6"] and problems == []
        assert [(note.kind, note.line, note.column) for note in notes] == [
            ("hidden_rows", 3, ""),
            ("hidden_column", 1, "y"),
        ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (table(row(cell("a"), many=4_000_000_000)), "xlsx_far"),
        (table(row(cell("a", more='table:number-columns-repeated="16384"'), many=1_000_000)), "xlsx_far"),
        (table(row(cell(more='table:number-columns-repeated="16383"'), cell("far"))), "xlsx_far"),
        (table(row(cell("x" * 50, more='table:number-columns-repeated="200"'), many=30_000)), "xlsx_far"),
        (table(row(cell("a"))) + "x" * 3_000_000, "xlsx_too_large"),
        (table("<table:table-source xlink:href='http://x/y'/>" + row(cell("a"))), "xlsx_external"),
        ("<broken", "not_ods"),
        ("", "not_ods"),
    ],
)
def test_hostile_ods_is_refused_before_it_expands(tmp_path, content, what):
    assert refused(ods(tmp_path / "a.ods", content)) == what


def test_ods_with_an_entity_a_password_or_macros_is_refused(tmp_path):
    path = ods(tmp_path / "a.ods", table(row(cell("a"))))
    with zipfile.ZipFile(path) as file:
        content = file.read("content.xml").decode()
    entity = content.replace("<office:document-content", '<!DOCTYPE a [<!ENTITY b "c">]><office:document-content', 1)
    assert refused(change(path, "content.xml", entity)) == "xlsx_doctype"
    manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    locked = ods(tmp_path / "b.ods", "", {"META-INF/manifest.xml": manifest})
    assert refused(locked) == "encrypted"
    assert refused(ods(tmp_path / "c.ods", table(row(cell("a"))), {"Basic/script-lc.xml": "<x/>"})) == "xlsx_macro"


# --- XLS -----------------------------------------------------------------------------------------------------------


def xls(path: Path, *sheets: list[list[object]], hidden: tuple[int, ...] = ()) -> Path:
    book = xlwt.Workbook()
    styles = {
        dt.datetime: xlwt.easyxf(num_format_str="D.M.YYYY hh:mm:ss"),
        dt.date: xlwt.easyxf(num_format_str="D.M.YYYY"),
    }
    for at, rows in enumerate(sheets):
        sheet = book.add_sheet(f"S{at}")
        sheet.visibility = int(at in hidden)
        for r, cells in enumerate(rows):
            for c, value in enumerate(cells):
                if value is not None:
                    sheet.write(r, c, value, styles.get(type(value), xlwt.Style.default_style))
    book.set_active_sheet(next(i for i in range(len(sheets)) if i not in hidden))
    book.save(str(path))
    return path


def test_an_old_workbook_is_read_value_for_value(tmp_path):
    assert rows_of(xls(tmp_path / "a.xls", [NAMES, *ROWS]), decimal=",") == [NAMES, *SAID]


def test_of_xls_the_visible_sheet_is_read_and_a_named_one(tmp_path):
    path = xls(tmp_path / "a.xls", [["old"]], [["new"]], hidden=(0,))
    assert rows_of(path) == [["new"]]
    assert rows_of(path, sheet="S0") == [["old"]]


def test_hostile_xls_is_refused(tmp_path):
    path = xls(tmp_path / "a.xls", [["a"], [1]])
    content = path.read_bytes()
    path.write_bytes(content + "_VBA_PROJECT_CUR".encode("utf-16-le"))
    assert refused(path) == "xlsx_macro"
    path.write_bytes(content[:512] + "EncryptedPackage".encode("utf-16-le"))
    assert refused(path) == "encrypted"
    path.write_bytes(content[:700])
    assert refused(path) == "not_xls"
    wide = xls(tmp_path / "b.xls", [["a"] * 250])
    assert refused(wide) == "xlsx_far"


def test_a_damaged_xls_is_read_or_refused_and_raises_nothing_else(tmp_path):
    content = xls(tmp_path / "a.xls", [NAMES, *ROWS] * 5).read_bytes()
    random.seed(1)
    for _ in range(60):
        broken = bytearray(content)
        for _ in range(5):
            broken[random.randrange(8, len(broken))] = random.randrange(256)
        (tmp_path / "a.xls").write_bytes(broken)
        try:
            excel97.sheets(tmp_path / "a.xls", Sayer("%Y-%m-%d", "."))
        except RefusedError:
            continue


# --- SPSS and Stata --------------------------------------------------------------------------------------------------


def spss(path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "id": ["091", "NA", "x"],
            "sex": [1.0, 2.0, np.nan],
            "q1": [5.0, 99.0, 98.0],
            "part": [1.25, np.nan, 1e-7],
            "day": [dt.date(2021, 2, 1), None, dt.date(2021, 12, 31)],
            "moment": [MOMENT, pd.NaT, dt.datetime(2021, 1, 1)],
            "note": ["Ääkkönen, €", "", "y" * 300],
        }
    )
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"q1": "I can plan"},
        variable_value_labels={"sex": {1: "Nainen", 2: "Mies"}, "q1": {5: "Samaa mieltä", 99: "EOS"}},
        missing_ranges={"q1": [{"lo": 98, "hi": 99}]},
    )
    return path


def test_spss_is_read_with_its_labels_and_what_it_calls_missing_is_kept(tmp_path):
    path = spss(tmp_path / "a.sav")
    head, *rows = rows_of(path, decimal=",")
    assert head == ["id", "sex", "q1", "part", "day", "moment", "note"]
    assert rows == [
        ["091", "Nainen", "Samaa mieltä", "1,25", "01.02.2021", "2021-02-01T03:04:05", "Ääkkönen, €"],
        ["NA", "Mies", "EOS", "", "", "", ""],
        ["x", "", "98", "1e-07", "31.12.2021", "01.01.2021", "y" * 300],
    ]
    assert [cells[1:3] for cells in rows_of(path, value_labels=False)[1:]] == [["1", "5"], ["2", "99"], ["", "98"]]
    assert statistical.read(path, "sav").wording == {"q1": "I can plan"}


def test_stata_is_read_with_its_labels(tmp_path):
    path = tmp_path / "a.dta"
    frame = pd.DataFrame(
        {
            "id": ["091", "NA", ""],
            "sex": [1, 2, 1],
            "part": [1.25, np.nan, -2.0],
            "day": pd.to_datetime(["2021-02-01", None, "2021-12-31"]),
            "moment": pd.to_datetime(["2021-02-01 03:04:05", None, "2021-01-01 00:00:00"]),
        }
    )
    frame.to_stata(
        path,
        write_index=False,
        version=118,
        convert_dates={"day": "td", "moment": "tc"},
        value_labels={"sex": {1: "Nainen", 2: "Mies"}},
        variable_labels={"sex": "Sukupuoli"},
    )
    assert rows_of(path, decimal=",") == [
        list(frame),
        ["091", "Nainen", "1,25", "01.02.2021", "2021-02-01T03:04:05"],
        ["NA", "Mies", "", "", ""],
        ["", "Nainen", "-2", "31.12.2021", "01.01.2021"],
    ]


def test_what_stata_calls_missing_by_letter_is_kept(tmp_path):
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"id": ["a", "b", "c"], "q1": [5.0, "a", np.nan]})
    pyreadstat.write_dta(
        frame,
        str(path),
        variable_value_labels={"q1": {5: "Samaa mieltä", "a": "EOS"}},
        missing_user_values={"q1": ["a"]},
    )
    assert [cells[1] for cells in rows_of(path)[1:]] == ["Samaa mieltä", "EOS", ""]


def test_a_process_ended_by_its_file_is_a_refusal(tmp_path, monkeypatch):
    path = spss(tmp_path / "a.sav")
    path.write_bytes(path.read_bytes()[:300])
    assert refused(path) == "not_sav"
    killed = tmp_path / "killed.py"
    killed.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(statistical, "PROCESS", killed)
    assert refused(spss(tmp_path / "b.sav")) == "not_sav"


# --- XLSX ----------------------------------------------------------------------------------------------------------


def test_strict_open_xml_and_empty_fills_are_read(tmp_path):
    path = save(tmp_path / "a.xlsx", [["id", "day"], ["x", dt.date(2021, 2, 1)]])
    twins = {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/": "http://purl.oclc.org/ooxml/officeDocument/",
    }
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name).decode() for name in file.namelist()}
    for name in members:
        for ours, strict in twins.items():
            members[name] = members[name].replace(ours, strict)
    members["xl/styles.xml"] = re.sub("<fill><patternFill */></fill>", "<fill/>", members["xl/styles.xml"], count=1)
    assert "<fill/>" in members["xl/styles.xml"]
    change(path, "[Content_Types].xml", members.pop("[Content_Types].xml"), **members)
    assert rows_of(path) == [["id", "day"], ["x", "01.02.2021"]]


def test_what_open_xml_escapes_is_read_as_what_it_stands_for(tmp_path):
    path = save(tmp_path / "a.xlsx", [["id"], ["Strongly_x000D_\nagree"], ["a_x005F_x000D_b"], ["_x0000_ _xD800_"]])
    assert rows_of(path) == [["id"], ["Strongly\r\nagree"], ["a_x000D_b"], ["_x0000_ _xD800_"]]


def test_an_error_in_a_column_that_is_not_read_refuses_nothing(tmp_path):
    study = HEAD + '[sources.columns]\nperson = "id"\nplan = "q1"\nhard = "q2"\nable = "q3"\nhours = "h"\n'
    (tmp_path / "study.toml").write_text(study, encoding="utf-8")
    path = save(
        tmp_path / "raw" / "T1" / "before.xlsx", [["id", "q1", "q2", "q3", "h", "avg"], ["x", 1, 2, 3, 4, "#N/A"]]
    )
    with zipfile.ZipFile(path) as file:
        assert b't="e"' in file.read("xl/worksheets/sheet1.xml")
    tables = reading.read(loader.load(tmp_path), "T1")
    assert tables["start_survey"]["plan"].tolist() == [1]


# --- what is not read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b'  [{"id": "x", "q1": 4}]', "JSON"),
        (b'\xef\xbb\xbf{"data": []}', "JSON"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "HTML"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"$FL3@(#) SPSS DATA FILE", "SPSS .zsav"),
        (b"RDX3\nX\n\x00", "R .RData"),
    ],
)
def test_a_format_that_is_not_read_is_named(tmp_path, content, named):
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    with pytest.raises(RefusedError) as error:
        rows_of(path)
    assert (error.value.what, error.value.words) == ("format_unread", {"found": named})


def test_a_binary_workbook_and_a_document_are_named(tmp_path):
    for member, named in (("xl/workbook.bin", "Excel .xlsb"), ("word/document.xml", "Word .docx")):
        with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as file:
            file.writestr(member, "x")
        with pytest.raises(RefusedError) as error:
            rows_of(tmp_path / "a.xlsx")
        assert error.value.words == {"found": named}
