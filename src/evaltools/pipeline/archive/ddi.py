"""The description of a study in DDI-Codebook 2.5, the XML that data archives for the social sciences exchange.

The order of elements is that of the schema (``codebook.xsd`` of the DDI Alliance). Only what the study file and the
public release say is told: what is not known is left out, not guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from evaltools import __version__, i18n
from evaltools.authoring.forms.instrument import Instrument
from evaltools.pipeline.archive.description import COUNTS, Deposit
from evaltools.report.edition import definition_of_numbers
from evaltools.study.questions import Question

SPACE = "ddi:codebook:2_5"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
SCHEMA = "https://ddialliance.org/Specification/DDI-Codebook/2.5/XMLSchema/codebook.xsd"
FILE_TYPE = "text/csv; charset=utf-8"


def document(deposit: Deposit, language: str) -> bytes:
    """The codebook as XML in one language."""
    ET.register_namespace("", SPACE)
    ET.register_namespace("xsi", XSI)
    root = ET.Element(f"{{{SPACE}}}codeBook", {"version": "2.5", LANGUAGE: language})
    root.set(f"{{{XSI}}}schemaLocation", f"{SPACE} {SCHEMA}")
    _document(_put(root, "docDscr"), deposit, language)
    _study(_put(root, "stdyDscr"), deposit, language)
    for place, file in enumerate(deposit.files, start=1):
        _file(root, deposit, file, f"F{place}", language)
    described = _put(root, "dataDscr")
    for place, file in enumerate(deposit.files, start=1):
        _columns(described, deposit, file, f"F{place}", language)
    for form in deposit.forms:
        for question in form.questions:
            _question(described, form, question, language)
    for file, name in deposit.questionnaires(language).items():
        _put(_put(root, "otherMat", type="questionnaire", level="study", URI=file), "labl", name)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _put(parent: ET.Element, tag: str, text: object = "", **attributes: str) -> ET.Element:
    """A child with a text, marked with its language where it is another than the document's."""
    child = ET.SubElement(parent, f"{{{SPACE}}}{tag}", {name: value for name, value in attributes.items() if value})
    if isinstance(text, i18n.Foreign):
        child.set(LANGUAGE, text.language)
    child.text = str(text) or None
    return child


def _day(parent: ET.Element, tag: str, day: dt.date | None) -> None:
    if day is not None:
        _put(parent, tag, day.isoformat(), date=day.isoformat())


def _document(parent: ET.Element, deposit: Deposit, language: str) -> None:
    citation = _put(parent, "citation")
    _title(citation, deposit, language)
    produced = _put(citation, "prodStmt")
    _put(produced, "producer", deposit.publisher(language))
    _day(produced, "prodDate", deposit.term.released)
    _put(produced, "software", "evaltools", version=__version__)


def _title(citation: ET.Element, deposit: Deposit, language: str) -> None:
    """The title, its parallels in other languages that the study file has, and the study's id."""
    title = deposit.study.study.title
    said = _put(citation, "titlStmt")
    _put(said, "titl", title(language))
    for other in (each for each in i18n.LANGUAGES if each != language):
        parallel = title(other)
        if not isinstance(parallel, i18n.Foreign) and parallel != title(language):
            _put(said, "parTitl", parallel).set(LANGUAGE, other)
    _put(said, "IDNo", f"{deposit.study.id}-{deposit.term.id}")


def _study(parent: ET.Element, deposit: Deposit, language: str) -> None:
    about, by = deposit.study.study, deposit.study.publisher
    citation = _put(parent, "citation")
    _title(citation, deposit, language)
    responsible = _put(citation, "rspStmt")
    for author in deposit.authors or [deposit.publisher(language)]:
        _put(responsible, "AuthEnty", author, affiliation=deposit.publisher(language) if deposit.authors else "")
    produced = _put(citation, "prodStmt")
    _put(produced, "producer", about.organisation(language))
    _put(produced, "fundAg", about.funder(language))
    if about.decision:
        _put(produced, "grantNo", about.decision)
    distributed = _put(citation, "distStmt")
    _put(distributed, "distrbtr", deposit.publisher(language), URI=by.url if by else "")
    if by and by.email:
        _put(distributed, "contact", by.email, email=by.email)
    _day(distributed, "distDate", deposit.term.released)
    _put(_put(citation, "verStmt"), "version", deposit.term.name(language), date=deposit.term.end.isoformat())
    _put(citation, "biblCit", deposit.citation(language))
    _information(_put(parent, "stdyInfo"), deposit, language)
    _method(_put(parent, "method"), deposit, language)
    _access(_put(parent, "dataAccs"), deposit, language)


def _information(parent: ET.Element, deposit: Deposit, language: str) -> None:
    subject = _put(parent, "subject")
    for keyword in i18n.say("archive.keyword", language).split("; "):
        _put(subject, "keyword", keyword)
    for group in deposit.study.target_groups:
        _put(subject, "keyword", group.name(language))
    _put(parent, "abstract", deposit.abstract(language))
    summary = _put(parent, "sumDscr")
    about = deposit.study.study
    collected = (deposit.study.terms_to(deposit.term.id)[0].start, deposit.term.extracted or deposit.term.end)
    for tag, days in (("timePrd", (about.start, about.end)), ("collDate", collected)):
        for event, day in zip(("start", "end"), days, strict=True):
            _put(summary, tag, i18n.date(day, language), event=event, date=day.isoformat())
    for tag, key in (("anlyUnit", "unit"), ("universe", "universe"), ("dataKind", "data_kind")):
        _put(summary, tag, i18n.say(f"archive.{key}", language))


def _method(parent: ET.Element, deposit: Deposit, language: str) -> None:
    collected = _put(parent, "dataColl")
    _put(collected, "dataCollector", deposit.study.study.organisation(language))
    for name in deposit.questionnaires(language).values():
        _put(collected, "resInstru", name)
    sources = _put(collected, "sources")
    for source in deposit.study.sources:
        _put(sources, "dataSrc", source.name(language))
    _put(parent, "notes", definition_of_numbers(deposit.study, "public", language), type="confidentiality")
    rates = list(_responses(deposit, language))
    if rates:
        analysed = _put(parent, "anlyInfo")
        for rate in rates:
            _put(analysed, "respRate", rate)


def _responses(deposit: Deposit, language: str) -> Iterator[str]:
    """The response of the start and the end survey, as the report tells it of the whole project."""
    rows, labels = deposit.results, deposit.labels(language)
    told = rows[(rows["table"] == "responses") & (rows["scope"] == "all")]
    for form in deposit.forms:
        for _, row in told[told["measure"] == form.wave].iterrows():
            share = labels.share(row)
            yield i18n.say("archive.response", language, survey=form.source.name(language), share=share)


def _access(parent: ET.Element, deposit: Deposit, language: str) -> None:
    by = deposit.study.publisher
    use = _put(parent, "useStmt")
    _put(use, "confDec", deposit.confidentiality(language))
    if by and by.email:
        _put(use, "contact", by.email, email=by.email)
    _put(use, "citReq", i18n.say("archive.cite", language, citation=deposit.citation(language)))
    _put(use, "conditions", deposit.licence or i18n.say("archive.licence_unknown", language))


def _file(root: ET.Element, deposit: Deposit, file: str, id: str, language: str) -> None:
    frame = deposit.files[file]
    text = _put(_put(root, "fileDscr", ID=id, URI=file), "fileTxt")
    _put(text, "fileName", file)
    _put(text, "fileCont", i18n.say(f"archive.file.{'counts' if file == COUNTS else 'results'}", language))
    size = _put(text, "dimensns")
    _put(size, "caseQnty", len(frame))
    _put(size, "varQnty", len(frame.columns))
    _put(text, "fileType", FILE_TYPE)


def _columns(parent: ET.Element, deposit: Deposit, file: str, id: str, language: str) -> None:
    said = deposit.columns(language)
    for place, column in enumerate(deposit.files[file].columns, start=1):
        number = deposit.is_number(column)
        measured = "contin" if number else "discrete"
        variable = _put(parent, "var", ID=f"{id}V{place}", name=column, files=id, intrvl=measured)
        _put(variable, "labl", said[column])
        for value, name in deposit.codes(file, column, language).items():
            _category(variable, value, name)
        _put(variable, "varFormat", type="numeric" if number else "character")


def _category(variable: ET.Element, value: str, name: str) -> None:
    category = _put(variable, "catgry")
    _put(category, "catValu", value)
    _put(category, "labl", name)


def _question(parent: ET.Element, form: Instrument, question: Question, language: str) -> None:
    """A question of a form: a variable of no file, as its answers stand counted in the frequency table."""
    if question.kind == "key":
        return
    words = question.words[language]
    name = f"{form.wave}_{question.column}"
    variable = _put(parent, "var", ID=f"Q_{name}", name=name)
    _put(variable, "labl", words)
    _put(_put(variable, "qstn"), "qstnLit", words)
    if question.column in {item.id for item in form.study.survey.items}:
        _put(variable, "txt", i18n.say("archive.asked", language, item=question.column))
    for choice in form.choices(question):
        _category(variable, choice.id, choice.words[language])
