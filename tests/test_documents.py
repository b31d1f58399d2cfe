"""The final report as a Word document: what the page says, with the structure that a reader's tools go by."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
import zlib
from dataclasses import replace
from html import unescape
from io import BytesIO

import docx
import matplotlib.image
import nbformat
import pikepdf
import pytest
from conftest import write_study
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.text.paragraph import Paragraph
from page import ValidationProfile, validate_pdf_bytes
from stdnum.fi import hetu

from evaltools import i18n, paths
from evaltools.authoring import written
from evaltools.cli.main import main, parser
from evaltools.paths import DOCUMENTS
from evaltools.pipeline import fingerprint
from evaltools.privacy import screening
from evaltools.report import changed_numbers, documents, flow, narrative, pages
from evaltools.report.document import Column, Figure, KeyFigure, KeyFigures, Part, Point, Table
from evaltools.report.edition import Edition
from evaltools.report.render import drawing, html, pdf, word
from evaltools.sections import final
from evaltools.study import loader

SVG = (
    '<svg class="ev-wide" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36" width="72" height="36">'
    "<style>@media screen{.ev-wide{display:none}}</style>"
    '<rect width="36" height="36" style="fill:var(--figure-ink,#1b2430)"/></svg>'
    '<svg class="ev-phone" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 34 34" width="34" height="34"></svg>'
)
RATES = Table(
    "rates",
    "Työllisten osuus",
    [Column("Ryhmä"), Column("Kohde"), Column("Osuus", "percent")],
    [["Ikä", "15–24", 0.5], ["Ikä", "25–34", 0.625], ["Alue", "Etelä", None], ["Alue", "A & < B", 1.0]],
    "fi",
    notes=["Kysyttiin kaikilta."],
    source="Seuranta",
)
LONG = Table("long", "Pitkä", [Column("Rivi"), Column("n", "integer")], [[f"r{n}", n] for n in range(9)], "fi", first=2)
FIGURE = Figure("rates", "Osuudet", "Ensin 50 %, sitten 63 %.", SVG, RATES, finding="Osuus kasvoi")
KEYS = KeyFigures("keys", [KeyFigure("Opiskelijat", "605", "tavoite 500", (1.0, 2.0), "1, 2")], RATES)
PARTS = [
    Part(
        "summary",
        "Tiivistelmä",
        ["Väli on 95 %:n väli."],
        [KEYS],
        answer="Tavoite saavutettiin",
        points=[Point("Osuus kasvoi.", "rates", "Osuudet"), Point("Muualla.", "elsewhere", "Ei täällä")],
    ),
    Part("rates", "Osuudet", ["Lause\x0b."], [FIGURE, LONG], notes=["Varo."], folded="Avaa"),
    Part("text", "Omin sanoin", level=3, prose='<div class="ev-prose"><p>Minä <em>itse</em>, '
         '<a href="https://example.org/">linkki</a>.</p><ol><li>yksi</li><li>kaksi</li></ol></div>'),
]  # fmt: skip


@pytest.fixture(scope="module")
def about(tmp_path_factory) -> Edition:
    study = loader.load(write_study(tmp_path_factory.mktemp("documents") / "small"))
    return Edition(study, study.term("T1"), "fi", "public", run_id="abc")


@pytest.fixture(scope="module")
def page() -> pages.Page:
    shown = [nbformat.v4.new_output("display_data", {"text/html": html.part(part)}) for part in PARTS]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show", outputs=shown, execution_count=1)])
    return pages.Page("07_final_report", "Loppuraportti", "", notebook, lead=True)


@pytest.fixture(scope="module")
def folder(about, page, tmp_path_factory):
    made = tmp_path_factory.mktemp("made")
    documents.write(about, [page], made, ["word", "pdf"])
    pages.write(about, [page], made)
    return made


@pytest.fixture(scope="module")
def report(folder):
    return docx.Document(str(folder / "07_final_report.docx"))


def lines(report, *styles: str) -> list[str]:
    found = (Paragraph(element, report) for element in report.element.body.iter(qn("w:p")))
    return [paragraph.text for paragraph in found if paragraph.style.name in styles]


def test_headings_lists_and_captions_are_real(report):
    assert lines(report, "Title") == ["Tavoite saavutettiin"]
    assert lines(report, "Subtitle") == ["Loppuraportti – Koe, kevät"]
    assert lines(report, "Heading 1", "Heading 2") == ["Tiivistelmä", "Osuudet", "Omin sanoin"]
    assert lines(report, "TOC 1", "TOC 2") == lines(report, "Heading 1", "Heading 2")
    assert lines(report, "Caption") == [
        "Kuvio\xa01. Osuudet",
        "Taulukko\xa01. Työllisten osuus",
        "Taulukko\xa02. Pitkä",
    ]
    assert lines(report, "List Bullet")[0] == "Opiskelijat: 605; tavoite 500; 1, 2"
    assert lines(report, "List Number") == ["yksi", "kaksi"]
    assert "Varo." in lines(report, "Caution") and lines(report, "Finding") == ["Osuus kasvoi"]
    instructions = [element.text.split()[0] for element in report.element.iter(qn("w:instrText"))]
    assert instructions == ["TOC", "SEQ", "SEQ", "SEQ"]


def test_cells_are_those_of_the_page_and_the_row_of_headings_is_repeated(report):
    groups, long = report.tables
    texts = [["".join(t.text for t in cell.iter(qn("w:t"))) for cell in row.tc_lst] for row in groups._tbl.tr_lst]
    assert texts == [
        ["Ryhmä /\xa0Kohde", "Osuus"],
        ["Ikä"],
        ["15–24", "50,0\xa0%"],
        ["25–34", "62,5\xa0%"],
        ["Alue"],
        ["Etelä", ".."],
        ["A & < B", "100,0\xa0%"],
    ]
    assert [row.cells[0].text for row in long.rows] == ["Rivi", *(f"r{n}" for n in range(9))]
    for table in report.tables:
        repeated = [row for row in table._tbl.tr_lst if row.trPr.find(qn("w:tblHeader")) is not None]
        assert repeated == [table._tbl.tr_lst[0]]
        assert table._tbl.tblPr.find(qn("w:tblLook")).get(qn("w:firstColumn")) == "1"
        assert table._tbl.tblPr.find(qn("w:tblDescription")).get(qn("w:val"))


def test_a_picture_says_what_it_shows_and_fits_the_page(report):
    [shape] = report.inline_shapes
    assert shape._inline.docPr.get("descr") == FIGURE.alt
    section = report.sections[0]
    assert shape.width == section.page_width - section.left_margin - section.right_margin
    assert (section.page_width.mm, section.page_height.mm) == pytest.approx((210, 297), abs=0.1)


def test_a_drawing_keeps_its_colours():
    [picture] = [node for node in flow.read([html.part(PARTS[1])]) if isinstance(node, flow.Picture)]
    assert "var(" not in picture.svg and "display:none" not in picture.svg
    pixels = matplotlib.image.imread(BytesIO(drawing.png(picture.svg)))
    height, width = pixels.shape[:2]
    assert pixels[height // 2, width // 4, :3] == pytest.approx([0x1B / 255, 0x24 / 255, 0x30 / 255], abs=0.01)
    assert pixels[height // 2, width - 5, :3] == pytest.approx([1, 1, 1])


# --- what a person writes --------------------------------------------------------------------------------------------

WRITTEN = """Ryhmä *vaihtui* kevään aikana, **joten** tulos on [täällä](https://example.org/a).

- yksi
- kaksi **kolme**

5 % ei ole 1. sija: a_b\\*c < d"""


def with_text(text: str, id: str = "recommendations") -> Part:
    prose = narrative._html(text, "fi") if text else ""
    return Part(id, "Suositukset", prose=prose, unwritten=i18n.say("report.recommendations_missing", "fi"))


def as_word(*parts: Part) -> bytes:
    front = word.Front("Koe", "Koe", "fi", "Koe", dt.date(2021, 7, 31))
    return word.document(front, flow.read([html.part(part) for part in parts]), drawing.png)


@pytest.mark.parametrize("text", [WRITTEN, "Yksi kappale.", "1. ensin\n1. sitten", ""])
def test_what_stands_in_a_marked_place_is_read_back_as_it_was_written(tmp_path, text):
    (tmp_path / "a.docx").write_bytes(as_word(with_text(text), Part("limits", "Rajat", ["Muuta."])))
    language, found = written.read(docx.Document(str(tmp_path / "a.docx")), "a.docx")
    assert language == "fi" and list(found) == ["recommendations"]
    assert narrative._html(found["recommendations"], "fi") == narrative._html(text, "fi")


def run(words: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


INSERTED = f'<w:ins w:id="90">{run("Lisätty")}</w:ins><w:del w:id="91"><w:r><w:delText>pois</w:delText></w:r></w:del>'
MOVED = f'<w:moveTo w:id="92">{run("Tässä")}</w:moveTo><w:moveFrom w:id="93">{run("Tässä")}</w:moveFrom>'
SIGNS = "<w:r><w:t>EU</w:t><w:noBreakHyphen/><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>1. c</w:t></w:r>"
SYMBOLS = '<w:r><w:t>a</w:t><w:sym w:font="Wingdings" w:char="F0E0"/><w:t>\uf04a</w:t></w:r>'
BOLD = run("li", "<w:b/>") + run("havoi", "<w:b/>") + run("tu") + run("kur.", "<w:i/>") + run("5 %", "<w:b/>")
FIELD = f'<w:fldSimple w:instr="DATE">{run("Eilen")}</w:fldSimple><w:smartTag>{run(" oli")}</w:smartTag>'
PASTED = {INSERTED: "Lisätty", MOVED: "Tässä", SIGNS: "EU\u2011a b\n1. c", SYMBOLS: "a→☺", BOLD: "lihavoitukur.5 %"}
PASTED |= {FIELD: "Eilen oli", run("*x* _y_ [a](b) &lt;b> &amp;amp; `c` \\"): "*x* _y_ [a](b) <b> &amp; `c` \\"}
PASTED |= {
    run(each): each for each in ("---", "===", "1. sija", "12)", "+ plus", "- - -", "~~~", "# fi", "## limits", "> a")
}


@pytest.mark.parametrize(("inside", "kept"), PASTED.items())
def test_whatever_is_pasted_into_a_marked_place_is_kept_as_text(inside, kept):
    report = docx.Document(BytesIO(as_word(with_text(""), Part("limits", "Rajat", ["Muuta."]))))
    [control] = report.element.body.iter(qn("w:sdt"))
    [paragraph] = control.iter(qn("w:p"))
    paragraph.clear_content()
    paragraph.extend(parse_xml(f"<w:p {nsdecls('w')}>{inside}</w:p>"))
    _, found = written.read(report, "a.docx")
    [place] = [
        node for node in flow.read([html.part(with_text(found["recommendations"]))]) if isinstance(node, flow.Place)
    ]
    assert "\n".join(flow.plain(node.runs) for node in place.nodes) == kept


def test_a_place_is_found_by_its_bookmarks_where_a_program_lost_the_tag_and_a_line_was_added():
    """LibreOffice 7.4 keeps a control around the first paragraph alone, without its tag; it parts a bookmark in two."""
    report = docx.Document(BytesIO(as_word(with_text("Ensin."), Part("limits", "Rajat", ["Muuta."]))))
    [control] = report.element.body.iter(qn("w:sdt"))
    [first] = control.iter(qn("w:p"))
    start = control.getprevious()
    control.addprevious(first)
    report.element.body.remove(control)
    first.insert(0, start)
    start.addnext(parse_xml(f'<w:bookmarkEnd {nsdecls("w")} w:id="{start.get(qn("w:id"))}"/>'))
    [end] = [
        each for each in first.getnext().iter(qn("w:bookmarkEnd")) if each.get(qn("w:id")) == start.get(qn("w:id"))
    ]
    end.set(qn("w:id"), "99")
    end.addprevious(parse_xml(f'<w:bookmarkStart {nsdecls("w")} w:id="99" w:name="{start.get(qn("w:name"))}"/>'))
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="9"/></w:numPr></w:pPr>'
    first.addnext(parse_xml(f"<w:p {nsdecls('w')}>{numbered}{run('Sitten.')}</w:p>"))
    assert written.read(report, "a.docx", final.IDS) == ("fi", {"recommendations": "Ensin.\n\n1. Sitten."})
    assert [type(node) for node in written._nodes(report, final.IDS)].count(flow.Place) == 1
    last = docx.Document(BytesIO(as_word(with_text("Ensin.")))).element.body
    assert [each.tag for each in last[-2].iter(qn("w:bookmarkEnd"))] and last[-2].tag == qn("w:p")


def test_texts_of_a_word_report_are_kept_for_the_next(tmp_path, capsys):
    study = loader.load(write_study(tmp_path / "small"))
    (study.folder / "texts").mkdir()
    kept = study.folder / "texts" / "T2.md"
    kept.write_text("# en\n## limits\nOld.\n# fi\n## limits\nVanha.\n", encoding="utf-8")
    report = docx.Document(BytesIO(as_word(with_text(""), with_text("Ennen.", "limits"))))
    for control, new in zip(report.element.body.iter(qn("w:sdt")), ("Kirjoitettu *itse*.", "Jälkeen."), strict=True):
        [text] = control.iter(qn("w:t"))
        text.text = new
    report.save(str(tmp_path / "edited.docx"))
    assert main(["texts", str(study.folder), "--from", str(tmp_path / "edited.docx"), "--language", "en"]) == 0
    assert "for the sections recommendations, limits" in capsys.readouterr().out
    texts = narrative.written(study, final.IDS)
    assert texts["T2", "fi", "recommendations"].strip() == r"Kirjoitettu \*itse\*."
    assert texts["T2", "fi", "limits"].strip() == "Jälkeen." and texts["T2", "en", "limits"].strip() == "Old."
    assert main(["texts", str(study.folder), "--from", str(tmp_path / "edited.docx"), "--language", "en"]) == 0
    assert "nothing that is not kept" in capsys.readouterr().out
    code = f"010190-999{hetu._calc_checksum('010190999')}"
    (tmp_path / "code.docx").write_bytes(as_word(with_text(f"Koodi {code[:5]}**{code[5:]}**")))
    assert main(["texts", str(study.folder), "--from", str(tmp_path / "code.docx"), "--language", "en"]) == 2
    assert "identity code" in capsys.readouterr().err and "Koodi" not in kept.read_text(encoding="utf-8")
    for name, content in (("no.docx", b"no Word file"), ("bare.docx", as_word(Part("a", "A", ["B."])))):
        (tmp_path / name).write_bytes(content)
        assert main(["texts", str(study.folder), "--from", str(tmp_path / name), "--language", "en"]) == 2
    said = capsys.readouterr().err
    assert "no Word file" in said and "no marked places" in said


NUMBERS = ["Työllisiä oli 61\xa0% (49 / 80).", "Väli on 95\xa0%:n väli.", "Päivä 1.2.2021."]


def told(*sentences: str, rate: float = 0.5) -> list[Part]:
    table = replace(RATES, rows=[["Ikä", "15–24", rate]])
    return [
        Part("limits", "Rajat", list(sentences), [table], prose=narrative._html("Ennen.", "fi")),
        with_text("Toinen."),
    ]


def edited(content: bytes, **texts: str) -> docx.document.Document:
    """A Word report in which a person wrote in every marked place, and elsewhere."""
    report = docx.Document(BytesIO(content))
    for control in report.element.body.iter(qn("w:sdt")):
        [text] = control.iter(qn("w:t"))
        text.text = texts[control.find(f"{qn('w:sdtPr')}/{qn('w:tag')}").get(qn("w:val")).removeprefix("text:")]
    report.paragraphs[0].add_run("Muualle kirjoitettu.")
    return report


def test_every_text_is_there_when_a_report_is_made_again_and_changed_numbers_are_marked(about, tmp_path):
    study = loader.load(write_study(tmp_path / "small"))
    front = word.Front("Koe", "Koe", "fi", "Koe", dt.date(2021, 7, 31), edition="internal")
    internal = replace(about, study=study, edition="internal")

    def made(parts: list[Part], of: Edition = internal) -> docx.document.Document:
        nodes = changed_numbers.marked(of, flow.read([html.part(part) for part in parts]))
        return docx.Document(BytesIO(word.document(front, nodes, drawing.png)))

    out = BytesIO()
    made(told(*NUMBERS)).save(out)
    new = {"limits": "Työllisiä on 61 prosenttia.", "recommendations": "Jatketaan."}
    edited(out.getvalue(), **new).save(str(tmp_path / "e.docx"))
    written.keep(study, tmp_path / "e.docx", "T1", final.IDS)
    texts = narrative.written(study, final.IDS)
    assert {section: texts["T1", "fi", section].strip() for section in new} == new

    again = [replace(part, prose=narrative._html(new[part.id], "fi")) for part in told(*NUMBERS)]
    assert lines(made(again), "Caution") == []
    other = ["Työllisiä oli 64\xa0% (49 / 77).", *NUMBERS[1:]]
    parts = [replace(part, prose=narrative._html(new[part.id], "fi")) for part in told(*other, rate=0.75)]
    report = made(parts)
    [note] = lines(report, "Caution")
    assert note.endswith("kirjoittamisen jälkeen: 61\xa0% → 64\xa0%; 80 → 77; 50,0\xa0% → 75,0\xa0%.")
    assert [text for text in lines(report, "Normal") if text in new.values()] == list(new.values())
    changed_numbers.keep(study, "T1", "fi", "public", {"limits": NUMBERS})
    [note] = lines(made(parts, replace(internal, edition="public")), "Caution")
    assert note.endswith("ja ovat nyt: 64\xa0%; 77.") and "61" not in note  # what was is no number of this release
    gone = [replace(part, prose=narrative._html(new[part.id], "fi")) for part in told(*other[1:], rate=0.5)]
    assert lines(made(gone), "Caution") == ["Osa siitä, mitä tekstin ympärillä luki, on nyt toisin."]


def test_what_stands_around_a_text_is_read_from_word_as_it_is_told_by_the_report(about, page):
    front, nodes = documents.contents(about, page)
    made = docx.Document(BytesIO(word.document(front, nodes, drawing.png)))
    assert changed_numbers.around(written._nodes(made)) == changed_numbers.around(nodes)


def test_a_number_that_a_text_cites_from_elsewhere_is_marked_when_it_changes(about, tmp_path):
    study = loader.load(write_study(tmp_path / "small"))
    of = replace(about, study=study, edition="internal")
    front = word.Front("Koe", "Koe", "fi", "Koe", dt.date(2021, 7, 31), edition="internal")
    text = "Kun 61 % on töissä, jatketaan 3 vuotta."

    def made(share: str) -> list[flow.Node]:
        rates = Part("rates", "Osuudet", [f"Töissä on {share}.", "Kursseja on 3."])
        return flow.read([html.part(part) for part in (rates, with_text(text))])

    (tmp_path / "a.docx").write_bytes(word.document(front, made("61\xa0%"), drawing.png))
    written.keep(study, tmp_path / "a.docx", "T1", final.IDS)
    assert changed_numbers.marked(of, made("61\xa0%")) == made("61\xa0%")
    [note] = [n for n in changed_numbers.marked(of, made("64\xa0%")) if n not in made("64\xa0%")]
    assert flow.plain(note.runs).endswith("61\xa0% → 64\xa0%.")


def test_pictures_are_files_of_their_own_with_titles_and_alternative_texts(about, page, tmp_path):
    documents.write(about, [page], tmp_path, ["pictures"])
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == ["01-rates.png", "01-rates.svg", "captions.txt"]
    said = (tmp_path / "pictures" / "captions.txt").read_text(encoding="utf-8")
    assert said.startswith("Loppuraportti – Koe, kevät\n\n")
    assert "01-rates.svg, 01-rates.png\nOsuus kasvoi\nOsuudet\nEnsin 50 %, sitten 63 %.\n" in said
    assert "var(" not in (tmp_path / "pictures" / "01-rates.svg").read_text(encoding="utf-8")
    pages.write(about, [page], tmp_path)
    assert 'href="pictures/captions.txt"' in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_an_edited_document_of_a_release_is_found(tmp_path, monkeypatch):
    (tmp_path / "a.docx").write_bytes(b"as made")
    record = {"state": "complete", "outputs": {"a.docx": paths.digest(tmp_path / "a.docx"), "b.docx": "gone"}}
    monkeypatch.setattr(fingerprint, "read_record", lambda folder: record)
    assert fingerprint.edited(tmp_path, ".docx") == ""
    (tmp_path / "a.docx").write_bytes(b"edited")
    assert fingerprint.edited(tmp_path, ".docx") == "a.docx"


# --- PDF -------------------------------------------------------------------------------------------------------------

PROFILES = (ValidationProfile.PDF_UA_1, ValidationProfile.PDF_A_2A)


def test_no_stream_of_a_pdf_ends_as_a_line_does():
    """Else its length would not be what it says, by chance of a checksum: one report in a hundred or so failed."""
    file = pikepdf.new()
    file.add_blank_page()
    file.pages[0].obj.Contents = file.make_stream(b"")
    stream = file.pages[0].obj.Contents
    stream.write(zlib.compress(b"\f"), filter=pikepdf.Name.FlateDecode)
    assert stream.read_raw_bytes().endswith(b"\r")
    pdf._end_streams_plainly(file)
    assert stream.read_raw_bytes().endswith(b">") and stream.read_bytes() == b"\f"


def failures(content: bytes) -> int:
    return sum(validate_pdf_bytes(content, profile=profile).rules.failed for profile in PROFILES)


def elements(file: pikepdf.Pdf, *kinds: str) -> list[pikepdf.Object]:
    """The elements of the structure that are of these kinds, in the order of reading."""
    found: list[pikepdf.Object] = []

    def walk(element: pikepdf.Object) -> None:
        for kid in pdf._kids(element):
            if str(kid.S)[1:] in kinds:
                found.append(kid)
            walk(kid)

    walk(file.Root.StructTreeRoot)
    return found


@pytest.fixture(scope="module")
def printed(folder) -> bytes:
    return (folder / "07_final_report.pdf").read_bytes()


@pytest.mark.parametrize("language", ["fi", "en", "sv"])
def test_the_pdf_passes_the_machine_checks_of_ua_1_and_a_2a(page, about, language):
    made = pdf.document(*documents.contents(replace(about, language=language), page))
    assert failures(made) == 0
    with pikepdf.open(BytesIO(made)) as file:
        assert str(file.Root.Lang).startswith(language) and file.Root.ViewerPreferences.DisplayDocTitle


def test_the_checks_of_a_pdf_find_a_fault(printed):
    with pikepdf.open(BytesIO(printed)) as file:
        [figure] = elements(file, "Figure")
        assert str(figure.Alt) == FIGURE.alt
        del figure.Alt
        out = BytesIO()
        file.save(out)
    assert failures(out.getvalue()) > 0


def test_a_pdf_has_the_structure_of_the_word_document(printed, report):
    with pikepdf.open(BytesIO(printed)) as file:
        shown = [*lines(report, "TOC Heading"), *lines(report, "Heading 1", "Heading 2")]
        assert len(elements(file, "H1", "H2")) == len(shown)
        assert len(elements(file, "Table")) == len(report.tables) and len(elements(file, "Caption")) == 3
        scopes = [
            {str(each.get("/Scope")) for each in list(cell.A) if "/Scope" in each} for cell in elements(file, "TH")
        ]
        assert scopes.count({"/Row"}) == sum(len(table.rows) - 1 for table in report.tables)
        assert scopes.count({"/Column"}) == sum(len(table.columns) for table in report.tables)
        assert len(scopes) == scopes.count({"/Row"}) + scopes.count({"/Column"})
        with file.open_outline() as outline:
            assert len(outline.root) >= 2
        assert len(elements(file, "L")) == 2


def test_a_sign_that_the_typeface_lacks_ends_no_run(about):
    front = word.Front("Koe \u4e2d", "Koe", "fi", "Koe", about.term.end)
    nodes = [flow.Heading(1, (flow.Run("Alku"),), "a"), flow.Heading(4, (flow.Run("Syvä"),), "a"), flow.Item(())]
    nodes += [flow.Paragraph((flow.Run('#read("/etc/passwd") *a* $x$ \U0001f9d1', to="javascript:alert(1)"),))]
    made = pdf.document(front, nodes)
    assert failures(made) == 0
    with pikepdf.open(BytesIO(made)) as file:
        assert "\N{REPLACEMENT CHARACTER}" in str(file.docinfo["/Title"])
        assert not elements(file, "Link")


def test_a_pdf_with_an_identity_code_is_not_made(about, page, tmp_path, monkeypatch):
    code = f"010190-999{hetu._calc_checksum('010190999')}"
    monkeypatch.setattr(flow, "read", lambda shown: [flow.Paragraph((flow.Run(code[:6]), flow.Run(code[6:])))])
    with pytest.raises(documents.DocumentError, match=r"07_final_report\.pdf"):
        documents.write(about, [page], tmp_path, ["pdf"])
    assert list(tmp_path.iterdir()) == []


def test_links_lead_to_headings_of_the_document_or_out_of_it(report, about, page, folder):
    anchors = {mark.get(qn("w:name")) for mark in report.element.iter(qn("w:bookmarkStart"))}
    links = list(report.element.iter(qn("w:hyperlink")))
    inner = [link.get(qn("w:anchor")) for link in links if link.get(qn("w:anchor"))]
    assert len(inner) == 4 and set(inner) <= anchors
    outer = [report.part.rels[link.get(qn("r:id"))].target_ref for link in links if link.get(qn("r:id"))]
    assert outer == ["https://example.org/"]
    head = docx.Document(str(folder / "07_final_report-summary.docx"))
    assert not list(head.element.iter(qn("w:hyperlink"))) and "Osuudet" not in lines(head, "Heading 1")


def test_language_and_properties_are_set_and_of_one_day(report, folder, about):
    core = report.core_properties
    assert (core.language, core.title, core.author) == ("fi-FI", "Tavoite saavutettiin", "Folk school")
    assert core.created.date() == core.modified.date() == about.term.end
    assert {e.get(qn("w:val")) for e in report.styles.element.iter(qn("w:lang"))} == {"fi-FI"}
    with zipfile.ZipFile(folder / "07_final_report.docx") as file:
        assert {entry.date_time for entry in file.infolist()} == {(2021, 7, 31, 0, 0, 0)}
        assert not [name for name in file.namelist() if "thumbnail" in name or "customXml" in name]


def test_it_is_the_same_to_the_byte_when_made_again(about, page, folder, tmp_path):
    documents.write(about, [page], tmp_path, ["word", "pdf"])
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / path.name).read_bytes()
    names = {f"07_final_report{part}.{kind}" for part in ("", "-summary") for kind in ("docx", "pdf")}
    assert {path.name for path in tmp_path.iterdir()} == names


def test_every_word_and_number_stands_on_the_pages(folder):
    """Nothing is computed or told a second time: a document is a part of what the pages show."""
    seen = unescape(re.sub(r"<[^>]+>", " ", "".join(p.read_text(encoding="utf-8") for p in folder.glob("*.html"))))
    known = set(re.findall(r"\w+", seen.replace("\N{WORD JOINER}", ""))) | {"Kuvio", "Taulukko"}
    for path in folder.glob("*.docx"):
        body = docx.Document(str(path)).element.body
        words = set(re.findall(r"\w+", " ".join(t.text or "" for t in body.iter(qn("w:t")))))
        assert words and words - known == set()


def test_the_index_leads_to_the_documents(folder):
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert '<a href="07_final_report.docx">Koko raportti (Word)</a>' in index
    assert '<a href="07_final_report-summary.docx">Tiivistelmä (Word)</a>' in index
    assert '<a href="07_final_report.pdf">Koko raportti (PDF)</a>' in index


def test_an_internal_edition_says_so_on_every_page(about, page, tmp_path):
    documents.write(replace(about, edition="internal"), [page], tmp_path, ["word"])
    internal = docx.Document(str(tmp_path / "07_final_report.internal.docx"))
    assert "Ei julkinen" in internal.sections[0].header.paragraphs[0].text
    assert "Ei julkinen" in lines(internal, "Caution")[0]


def test_the_last_look_finds_an_identity_code_parted_among_runs(tmp_path, about):
    code = f"010190-999{hetu._calc_checksum('010190999')}"
    runs = tuple(flow.Run(piece, strong=place == 1) for place, piece in enumerate((code[:4], code[4:8], code[8:])))
    front = word.Front("Koe", "Koe", "fi", "Koe", about.term.end)
    (tmp_path / "a.docx").write_bytes(word.document(front, [flow.Paragraph(runs)], drawing.png))
    (tmp_path / "b.docx").write_bytes(word.document(front, [flow.Paragraph(runs[:2])], drawing.png))
    assert screening.unfit(tmp_path) == ["a.docx"]


def test_a_template_of_ones_own_gives_page_and_styles(tmp_path, about):
    own = docx.Document()
    own.add_paragraph("Our old text")
    own.sections[0].header.paragraphs[0].text = "Kansanopisto"
    own.styles["Heading 1"].font.name = "Georgia"
    own.save(tmp_path / "own.docx")
    front = word.Front("Koe", "Koe", "fi", "Koe", about.term.end)
    made = word.document(front, [flow.Heading(1, (flow.Run("Alku"),), "a")], drawing.png, tmp_path / "own.docx")
    report = docx.Document(BytesIO(made))
    assert report.sections[0].header.paragraphs[0].text == "Kansanopisto"
    assert report.styles["Heading 1"].font.name == "Georgia"
    assert "Our old text" not in [p.text for p in report.paragraphs]


def test_what_cannot_be_made_is_said_before_a_run(tmp_path, monkeypatch):
    (tmp_path / "own.docx").write_text("no Word file")
    with pytest.raises(documents.DocumentError, match=r"own\.docx.*must be a Word file"):
        documents.check(["word"], tmp_path / "own.docx")
    documents.check([], tmp_path / "own.docx")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(documents.DocumentError, match=r"python-docx, pikepdf, typst.*evaltools\[documents\]"):
        documents.check(["word"], None)


def test_documents_are_asked_for_by_the_command_or_the_study_file(tmp_path, capsys):
    asked = parser().parse_args(["run", "data/x", "--documents", "word"])
    assert asked.documents == ["word"]
    with pytest.raises(SystemExit):
        parser().parse_args(["run", "data/x", "--documents", "papyrus"])
    assert f"known: {', '.join(DOCUMENTS)}" in capsys.readouterr().err
    folder = write_study(tmp_path / "small", {"targets = [{": 'report = { documents = ["word"] }\ntargets = [{'})
    assert loader.load(folder).report.documents == ["word"]


def test_a_release_without_the_documents_asked_for_does_not_stand(tmp_path):
    folder = write_study(tmp_path / "small")
    bare, more = (fingerprint.made_from(folder, "T1", [], chosen) for chosen in ((), ["word"]))
    assert bare != more and {**bare, "documents": ["word"]} == more
