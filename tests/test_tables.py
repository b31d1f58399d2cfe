"""Tables as CSV and XLSX: typed, safe to open, the same bytes every time."""

import csv
import datetime as dt
import io

import openpyxl
import pytest

from evaltools import i18n
from evaltools.report.document import Column, Number, Table
from evaltools.report.render import spreadsheet

COLUMNS = [
    Column("Ryhmä"),
    Column("n", "integer"),
    Column("Osuus", "percent"),
    Column("Erotus", "points"),
    Column("p", "p"),
    Column("Raha", "euro", 2),
    Column("Päivä", "date"),
]


def make(id="ryhmat", rows=None, **more):
    rows = rows or [["Yli 55-vuotiaat", 1234, 1 / 3, -0.05, 0.0004, 12.5, "2023-07-31"], ["Muut", *[None] * 6]]
    return Table(id, "Osuudet ryhmittäin", COLUMNS, rows, "fi", notes=["Selite."], source="Rekisteri", **more)


def read(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_csv_keeps_full_values_and_leaves_none_empty(tmp_path):
    spreadsheet.write([make()], tmp_path, [])
    raw = (tmp_path / "ryhmat.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, first, second = read(tmp_path / "ryhmat.csv")
    assert head == [column.label for column in COLUMNS]
    assert first == ["Yli 55-vuotiaat", "1234", repr(1 / 3), "-0.05", "0.0004", "12.5", "2023-07-31"]
    assert second == ["Muut", "", "", "", "", "", ""]


def test_xlsx_is_typed_with_formats_header_and_frozen_pane(tmp_path):
    spreadsheet.write([make()], tmp_path, ["Uusi alku, 2023K"])
    book = openpyxl.load_workbook(tmp_path / "ryhmat.xlsx")
    sheet = book["Osuudet ryhmittäin"]
    assert [c.value for c in sheet[2]] == [
        "Yli 55-vuotiaat", 1234, 1 / 3, -0.05, 0.0004, 12.5, dt.datetime(2023, 7, 31),
    ]  # fmt: skip
    assert [c.number_format for c in sheet[2]] == [
        "@", "#,##0", "0.0%", '+0.0%"-yks.";-0.0%"-yks.";0.0%"-yks."', "#,##0.000", "#,##0.00 [$€-1]", "d.m.yyyy",
    ]  # fmt: skip
    assert [c.value for c in sheet[3]][1:] == [None] * 6
    assert sheet.freeze_panes == "B2" and sheet["A1"].font.bold
    notes = [[c.value for c in row] for row in book["Selitteet"].iter_rows()]
    assert notes == [
        ["Taulukko", "Selite"],
        [None, "Uusi alku, 2023K"],
        ["Osuudet ryhmittäin", "Osuudet ryhmittäin"],
        ["Osuudet ryhmittäin", "Selite."],
        ["Osuudet ryhmittäin", "Lähde: Rekisteri"],
    ]


def test_one_workbook_lists_and_holds_all(tmp_path):
    written = spreadsheet.write([make(), make("x" * 40), make("x" * 41)], tmp_path, [])
    assert [p.name for p in written][-1] == "tables.xlsx" and all(p.exists() for p in written) and len(written) == 7
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx")
    assert book.sheetnames == [
        "Sisällys",
        "Osuudet ryhmittäin",
        "Osuudet ryhmittäin~2",
        "Osuudet ryhmittäin~3",
        "Selitteet",
    ]
    contents = book["Sisällys"]
    assert [c.value for c in contents[2]] == ["Osuudet ryhmittäin", "Osuudet ryhmittäin", "Rekisteri"]
    for row, name in zip(range(2, 5), book.sheetnames[1:4], strict=True):
        assert contents.cell(row, 1).value == name
        assert contents.cell(row, 1).hyperlink.location == f"'{name}'!A1"


@pytest.mark.parametrize("bad", ["=1+1", "+358", "-x", "@SUM(A1)", "\tx", "\r=x", "\x00=1", '=HYPERLINK("http://a")'])
def test_text_that_looks_like_a_formula_stays_text(tmp_path, bad):
    table = Table("t", bad, [Column(bad), Column("n", "integer")], [[bad, -1]], "en", notes=[bad], source=bad)
    spreadsheet.write([table], tmp_path, [bad])
    for row in read(tmp_path / "t.csv"):
        assert row[0].startswith("'")
    assert read(tmp_path / "t.csv")[1][1] == "-1"  # a negative number is a number
    for name in ("t.xlsx", "tables.xlsx"):
        for sheet in openpyxl.load_workbook(tmp_path / name):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f"
                    assert not str(cell.value).startswith(("=", "+", "@", "\t", "\r"))


def test_same_tables_same_bytes_whenever_written(tmp_path, monkeypatch):
    spreadsheet.write([make()], tmp_path / "a", ["x"])

    class AnyDate(type):
        def __instancecheck__(cls, one):
            return isinstance(one, dt.datetime)

    class Later(dt.datetime, metaclass=AnyDate):
        @classmethod
        def now(cls, tz=None):
            return dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=tz)

    monkeypatch.setattr("xlsxwriter.core.datetime", Later)
    monkeypatch.setattr("time.time", lambda: 2e9)
    spreadsheet.write([make()], tmp_path / "b", ["x"])
    for name in ("ryhmat.csv", "ryhmat.xlsx", "tables.xlsx"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert openpyxl.load_workbook(tmp_path / "b" / "tables.xlsx").properties.modified == spreadsheet.SAVED


@pytest.mark.parametrize("names", [["../x"], ["a b"], [""], ["tables"], ["a", "A"], [".x"]])
def test_ids_that_cannot_be_files_are_refused_before_anything_is_written(tmp_path, names):
    with pytest.raises(ValueError):
        spreadsheet.write([make(name) for name in names], tmp_path / "new", [])
    assert not (tmp_path / "new").exists()


def test_no_number_is_an_empty_cell(tmp_path):
    spreadsheet.write([make(rows=[["a", 1, float("nan"), float("inf"), None, None, None]])], tmp_path, [])
    assert read(tmp_path / "ryhmat.csv")[1] == ["a", "1", "", "", "", "", ""]


def test_no_tables_no_files(tmp_path):
    assert spreadsheet.write([], tmp_path, ["x"]) == [] and list(tmp_path.iterdir()) == []


def test_the_notes_sheet_says_what_the_columns_mean(tmp_path):
    span, lower = (i18n.say(f"column.{key}", "fi") for key in ("interval", "lower"))
    columns = [Column("Ryhmä"), Column(lower, "percent", span=span), Column("x", "percent")]
    spreadsheet.write([Table("a", "A", columns, [["b", 0.1, 0.2]], "fi")], tmp_path, ["Uusi alku"])
    assert read(tmp_path / "a.csv")[0] == ["Ryhmä", "95 %:n luottamusväli, alaraja", "x"]
    notes = [row[1].value for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["Selitteet"].iter_rows()]
    assert notes[:2] == ["Selite", "Uusi alku"]
    assert [note for note in notes if note.startswith("95 %:n luottamusväli: ")] == notes[2:3]
    assert not any(note.startswith(("Ryhmä:", "x:")) for note in notes)


def test_headings_in_files_hold_nothing_that_only_a_page_needs(tmp_path):
    label = i18n.say("placement.column.response", "fi")
    assert "\N{SOFT HYPHEN}" in label
    made = Table("t", "T", [Column("Ryhmä"), Column(label, "percent")], [["Muut", 0.5]], "fi")
    csv_file, book = spreadsheet.write([made], tmp_path, ["Koe"])[:2]
    assert "Vastausosuus" in csv_file.read_text(encoding="utf-8-sig")
    sheets = openpyxl.load_workbook(book).worksheets
    assert [cell.value for cell in sheets[0][1]] == ["Ryhmä", "Vastausosuus"]
    assert any(str(cell.value).startswith("Vastausosuus:") for row in sheets[-1].iter_rows() for cell in row)


def test_a_column_of_several_kinds_is_typed_cell_by_cell(tmp_path):
    rows = [["persons", Number(500, "integer")], ["share", Number(0.6, "percent")], ["none", Number(None, "percent")]]
    spreadsheet.write([Table("a", "A", [Column("x"), Column("y", "range")], rows, "en")], tmp_path, [])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["A"]
    assert [(c.value, c.number_format) for c in sheet["B"][1:]] == [(500, "#,##0"), (0.6, "0.0%"), (None, "0.0%")]
    assert [line[1] for line in read(tmp_path / "a.csv")] == ["y", "500", "0.6", ""]


def test_the_one_workbook_may_hold_more_tables_than_lie_beside_it(tmp_path):
    spreadsheet.write([make("a")], tmp_path, [], whole=[make("a"), make("b")])
    assert {"Osuudet ryhmittäin", "Osuudet ryhmittäin~2"} <= set(
        openpyxl.load_workbook(tmp_path / "tables.xlsx").sheetnames
    )
    assert not (tmp_path / "b.csv").exists()


def test_every_explained_heading_and_explanation_is_there():
    keys = i18n.catalogue()
    assert [key for key in spreadsheet.DEFINED if key not in keys] == []
    assert [name for name in spreadsheet.DEFINED.values() if f"definition.{name}" not in keys] == []


def test_a_text_longer_than_a_cell_holds_ends_in_an_ellipsis(tmp_path):
    table = make()
    table.rows[0][0] = "a" * 40_000
    spreadsheet.write([table], tmp_path, [])
    value = openpyxl.load_workbook(tmp_path / "ryhmat.xlsx")["Osuudet ryhmittäin"]["A2"].value
    assert len(value) == 32_767 and value.endswith("a…")
