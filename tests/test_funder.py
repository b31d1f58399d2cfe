"""A funder's form: read from TOML, filled from the report and the evaluator's texts, what it lacks listed first."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import docx
import pytest
from conftest import DATA, write_study
from test_documents import PARTS, about, lines, page  # noqa: F401 - fixtures

from evaltools.authoring import written
from evaltools.report import documents, flow, funder, narrative, pages
from evaltools.report.document import Part
from evaltools.report.render import html
from evaltools.sections import final, registry
from evaltools.study import funder_form, loader
from evaltools.study.problems import DataError

FORM = """
name = "Lomake"

[[headings]]
id = "summary"
heading = "Tiivistelmä"
question = "Mitä saatiin aikaan?"
limit = 10
parts = ["summary"]

[[headings]]
id = "rates"
heading = "Luvut"
parts = ["rates"]
tables = true

[[headings]]
id = "outputs"
heading = "Tuotokset"
limit = 500

[[headings]]
id = "budget"
heading = "Talous"
parts = ["budget"]
"""


def study_with(folder, form: str = FORM, texts: str = ""):
    files = {"funders/lomake.toml": form} | ({"texts/T1.md": texts} if texts else {})
    return loader.load(write_study(folder / "small", {}, files))


# with parts that reports have
REAL = FORM.replace('["rates"]', '["placement-rates"]')


def nodes_of(study, texts: dict[str, str] | None = None) -> list[flow.Node]:
    [form] = funder_form.read(study, (*final.IDS, "rates"))
    return funder.filled(form, flow.read([html.part(part) for part in PARTS]), texts or {}, "fi")


def below(nodes: list[flow.Node], heading: str) -> list[flow.Node]:
    starts = [place for place, node in enumerate(nodes) if isinstance(node, flow.Heading)]
    at = next(place for place in starts if flow.plain(nodes[place].runs) == heading)
    return nodes[at + 1 : next((place for place in starts if place > at), None)]


def test_headings_are_filled_by_parts_of_the_report_in_the_order_of_the_form(tmp_path):
    nodes = nodes_of(study_with(tmp_path))
    headings = [flow.plain(node.runs) for node in nodes if isinstance(node, flow.Heading)]
    assert headings == ["Mitä lomakkeesta vielä puuttuu", "Tiivistelmä", "Luvut", "Tuotokset", "Talous"]
    said = list(flow.texts(below(nodes, "Tiivistelmä")))
    assert said[0] == "Mitä saatiin aikaan?" and said[-1] == "Väli on 95\xa0%:n väli."
    assert "Osuus kasvoi." in said
    kinds = [type(node) for node in below(nodes, "Luvut")]
    assert flow.Picture in kinds and flow.Grid in kinds
    assert not any(isinstance(node, flow.Grid | flow.Picture) for node in below(nodes, "Tiivistelmä"))


def test_a_part_of_parts_comes_whole_each_by_its_name(tmp_path):
    [form] = funder_form.read(study_with(tmp_path, FORM.replace('["rates"]', '["objectives"]')))
    parts = [Part("objectives", "Tavoitteet", ["Ensin."]), Part("objectives.work", "Työ", ["Työhön."], level=3)]
    report = flow.read([html.part(part) for part in [*parts, Part("budget", "Talous", ["Rahat."])]])
    nodes = funder.filled(form, report, {}, "fi")
    assert list(flow.texts(below(nodes, "Luvut"))) == ["Ensin."]
    assert list(flow.texts(below(nodes, "Työ"))) == ["Työhön."]
    assert [node.level for node in nodes if isinstance(node, flow.Heading)] == [
        1,
        1,
        1,
        2,
        1,
        1,
    ]  # no level is left out


def test_what_is_missing_or_too_long_stands_first(tmp_path):
    nodes = nodes_of(study_with(tmp_path))
    size = funder.length(below(nodes, "Tiivistelmä")[2:])
    assert list(flow.texts(below(nodes, "Mitä lomakkeesta vielä puuttuu"))) == [
        f"Tiivistelmä: {size} merkkiä, kun sallittuja on 10; lyhennettävää on {size - 10}.",
        "Tuotokset: oma teksti puuttuu.",
        "Talous: raportissa ei ole tästä mitään, eikä tekstiä ole kirjoitettu.",
    ]
    text = narrative._html("Tehtiin *opas*.", "fi")
    nodes = nodes_of(study_with(tmp_path / "b"), {"lomake.outputs": text, "lomake.budget": text})
    assert len(below(nodes, "Mitä lomakkeesta vielä puuttuu")) == 1
    length, place = below(nodes, "Tuotokset")
    assert flow.plain(length.runs) == "Pituus: 13 merkkiä, enintään 500"
    assert isinstance(place, flow.Place) and place.id == "lomake.outputs"


def test_it_is_a_document_in_which_the_evaluator_writes(tmp_path, about, page):  # noqa: F811
    study = study_with(tmp_path, REAL, "# fi\n## lomake.budget\nRahat riittivät.\n")
    of = replace(about, study=study)
    documents.write(of, [page], tmp_path, ["word", "pdf"], registry.text_places(study))
    assert (tmp_path / "07_final_report-lomake.pdf").is_file()
    made = docx.Document(str(tmp_path / "07_final_report-lomake.docx"))
    assert lines(made, "Title") == ["Lomake"] and "Rahat riittivät." in lines(made, "Normal")
    language, found = written.read(made, "lomake.docx")
    assert (language, found) == ("fi", {"lomake.outputs": "", "lomake.budget": "Rahat riittivät."})
    pages.write(of, [page], tmp_path)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert '<a href="07_final_report-lomake.docx">Lomake (Word)</a>' in index
    assert '<a href="07_final_report-summary.docx">Tiivistelmä (Word)</a>' in index


def test_what_is_written_in_the_form_is_kept_for_it(tmp_path, about, page):  # noqa: F811
    study = study_with(tmp_path, REAL)
    documents.write(replace(about, study=study), [page], tmp_path, ["word"], registry.text_places(study))
    path = tmp_path / "07_final_report-lomake.docx"
    opened = docx.Document(BytesIO(path.read_bytes()))
    for text in (t for t in opened.element.body.iter() if t.tag.endswith("}t") and t.text == "Kirjoita tähän."):
        text.text = "Opas on verkossa."
    opened.save(str(path))
    _, changed = written.keep(study, path, "T1", registry.text_places(study))
    assert changed == ["lomake.outputs"]
    texts = narrative.written(study, registry.text_places(study))
    assert texts["T1", "fi", "lomake.outputs"].strip() == "Opas on verkossa."


@pytest.mark.parametrize(
    ("form", "places"),
    [
        ('name = "x', [("", "form_toml")]),
        ('name = "x"', [("headings", "form_key")]),
        (FORM.replace("limit = 10", "limit = 0"), [("headings.0.limit", "form_key")]),
        (FORM.replace('["budget"]', '["money"]'), [("headings.3.parts", "form_part")]),
        (FORM.replace('id = "outputs"', 'id = "rates"'), [("headings.2.id", "form_twice")]),
        (FORM.replace("question =", "questions ="), [("headings.0.questions", "form_key")]),
    ],
)
def test_a_faulty_form_is_refused_with_its_place(tmp_path, form, places):
    with pytest.raises(DataError) as error:
        funder_form.read(study_with(tmp_path, form), (*final.IDS, "rates"))
    assert [(p.file, p.column, p.what) for p in error.value.problems] == [
        ("funders/lomake.toml", *place) for place in places
    ]


def test_the_forms_of_the_demo_name_parts_of_the_report_in_every_language():
    study = loader.load(DATA / "uusi-alku")
    [form] = funder_form.read(study, registry.SECTIONS[registry.FINAL].parts)
    assert [heading.id for heading in form.headings] == [
        *("summary", "implementation", "results", "evaluation", "communication", "outputs", "finances"),
    ]
    for language in ("fi", "en", "sv"):
        nodes = funder.filled(form, [], {}, language)
        assert len([node for node in nodes if isinstance(node, flow.Heading)]) == 8
