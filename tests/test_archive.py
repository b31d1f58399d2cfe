"""What an archive holds: the release's own numbers and no others, described in DDI, DataCite and CFF."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pandas as pd
import pytest
import yaml
from conftest import DATA, write_study

from evaltools import i18n, session
from evaltools.pipeline.archive import make
from evaltools.pipeline.archive.description import COUNTS, RESULTS, Deposit
from evaltools.results import schema
from evaltools.results.records import ResultSet
from evaltools.study import loader

SPACE = "{ddi:codebook:2_5}"
# what may stand in an element and in which order, as the schema of DDI-Codebook 2.5 has it; once each but what has a *
MODEL = {
    "codeBook": "docDscr* stdyDscr* fileDscr* dataDscr* otherMat*",
    "docDscr": "citation guide docStatus docSrc* controlledVocabUsed* notes*",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt* verStmt* biblCit holdings* notes*",
    "titlStmt": "titl subTitl* altTitl* parTitl* IDNo*",
    "rspStmt": "AuthEnty* othId*",
    "prodStmt": "producer* copyright prodDate* prodPlac* software* fundAg* grantNo*",
    "distStmt": "distrbtr* contact* depositr* depDate* distDate",
    "verStmt": "version verResp notes*",
    "stdyDscr": "citation* studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* othrStdyMat* notes*",
    "stdyInfo": "studyBudget* subject* abstract* sumDscr* qualityStatement notes* exPostEvaluation*",
    "subject": "keyword* topcClas*",
    "sumDscr": "timePrd* collDate* nation* geogCover* geogUnit* geoBndBox boundPoly anlyUnit* universe* dataKind*",
    "method": "dataColl* notes* anlyInfo stdyClas dataProcessing* codingInstructions*",
    "dataColl": "timeMeth* dataCollector* frequenc* sampProc* collMode* resInstru* sources collSitu*",
    "sources": "dataSrc* sourceCitation* srcOrig* srcChar* srcDocu* sources*",
    "anlyInfo": "respRate* EstSmpErr* dataAppr*",
    "dataAccs": "setAvail* useStmt* notes*",
    "useStmt": "confDec specPerm restrctn contact* citReq deposReq conditions disclaimer",
    "fileDscr": "fileTxt* locMap notes*",
    "fileTxt": "fileName fileCitation fileCont fileStrc dimensns fileType format filePlac dataChck*",
    "dimensns": "caseQnty* varQnty* logRecL* recPrCas* recNumTot*",
    "dataDscr": "varGrp* nCubeGrp* var* nCube* notes*",
    "var": "location* labl* imputation security embargo respUnit anlysUnit qstn* valrng* invalrng* undocCod* universe* "
    "TotlResp sumStat* txt* stdCatgry* catgryGrp* catgry* codInstr* verStmt* concept* derivation varFormat notes*",
    "qstn": "preQTxt* qstnLit* postQTxt*",
    "catgry": "catValu labl* txt* catStat* mrow",
    "otherMat": "labl* txt notes* table* citation otherMat*",
}
NEEDED = {"var": {"name"}, "otherMat": {"level"}, "codeBook": {"version"}, "citation": set()}


def released(results: pd.DataFrame) -> bytes:
    return results.to_csv(index=False).encode()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Deposit, bytes, dict[str, bytes]]:
    folder = write_study(tmp_path_factory.mktemp("archive") / "small")
    term = session.open_study(folder).term("T2", edition="public", language="en")
    results = released(pd.concat([term.rows(topic) for topic in ("participants", "survey", "placement")]))
    deposit = Deposit(term.study, term.term, make.read(results))
    with pytest.MonkeyPatch.context() as patch:  # the forms have tests of their own
        patch.setattr(make.forms, "files", lambda study: {"start/en/form.html": b"form"})
        return deposit, results, make.files(deposit, results)


# --- the data ---------------------------------------------------------------------------------------------------------


def test_the_data_are_the_released_results_and_the_frequency_table_a_part_of_them(small):
    _, results, files = small
    assert files[RESULTS] == results
    counts = pd.read_csv(io.BytesIO(files[COUNTS]), dtype=str, keep_default_na=False)
    assert len(counts) > 100 and set(counts["kind"]) == {"count", "share", "rate"}
    there = pd.read_csv(io.BytesIO(results), dtype=str, keep_default_na=False)
    for column in ("count", "possible_lower", "possible_upper", "answered", "invited"):
        there[column] = there[column].str.removesuffix(".0")
    ends = ["possible_lower", "possible_upper"]
    there.loc[there["kind"] != "count", ends] = ""
    told = set(there[list(counts.columns)].itertuples(index=False, name=None))
    assert set(counts.itertuples(index=False, name=None)) <= told


def test_a_count_that_disclosure_control_rounds_is_a_multiple_in_the_archive_too(small):
    deposit, _, files = small
    counts = pd.read_csv(io.BytesIO(files[COUNTS]), dtype=str, keep_default_na=False)
    rounded = counts.loc[(counts["status"] == "rounded") & (counts["kind"] == "count"), "count"].astype(int)
    assert len(rounded) > 20 and (rounded % deposit.study.disclosure.base == 0).all()


def test_no_row_is_a_person_and_the_readme_says_why(small):
    deposit, _, files = small
    assert "There is no file of individual persons" in files["README-en.txt"].decode()
    assert not {"person", "birth_date"} & {*deposit.counts, *deposit.results}
    exact = deposit.study.model_copy(
        update={
            "disclosure": deposit.study.disclosure.model_copy(
                update={"method": "none", "reason": "published elsewhere"}
            )
        }
    )
    said = Deposit(exact, deposit.term, deposit.results).abstract("en")
    assert "may be published: published elsewhere" in said and "worked out" not in said


# --- the descriptions -------------------------------------------------------------------------------------------------


def faults(element: ET.Element) -> Iterator[str]:
    """Where an element breaks the model, by the names of parent and child."""
    parent = element.tag.removeprefix(SPACE)
    allowed = MODEL.get(parent, "").split()
    order = [name.removesuffix("*") for name in allowed]
    found = [child.tag.removeprefix(SPACE) for child in element]
    yield from (f"{parent}: {name} does not belong here" for name in found if name not in order)
    known = [order.index(name) for name in found if name in order]
    if known != sorted(known):
        yield f"{parent}: wrong order {found}"
    yield from (f"{parent}: {name} twice" for name in order if name in allowed and found.count(name) > 1)
    yield from (f"{parent}: no {name}" for name in NEEDED.get(parent, set()) - set(element.attrib))
    for child in element:
        yield from faults(child)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_ddi_keeps_the_order_of_the_schema(small, language):
    """Validity against ``codebook.xsd`` itself was seen by hand; this holds what that schema asks of our elements."""
    root = ET.fromstring(small[2][f"metadata/ddi-{language}.xml"])
    assert list(faults(root)) == []
    ids = [each.get("ID") for each in root.iter() if each.get("ID")]
    assert len(ids) == len(set(ids))
    assert {each.get("files") for each in root.iter(f"{SPACE}var")} <= {*ids, None}
    assert not [each.tag for each in root.iter() if not len(each) and not (each.text or "").strip() and not each.attrib]


def test_a_wrong_order_would_be_found(small):
    root = ET.fromstring(small[2]["metadata/ddi-en.xml"])
    title = root.find(f".//{SPACE}titlStmt")
    title.append(title[0])
    title.remove(title[0])
    root.append(ET.SubElement(root, f"{SPACE}wrong"))
    assert any("wrong order" in each for each in faults(root)) and any("belong" in each for each in faults(root))


def test_every_column_and_every_question_is_described_in_each_language(small):
    deposit, _, files = small
    assert deposit.columns("en") == schema.columns()
    for language in i18n.LANGUAGES:
        root = ET.fromstring(files[f"metadata/ddi-{language}.xml"])
        variables = list(root.iter(f"{SPACE}var"))
        for place, frame in enumerate(deposit.files.values(), start=1):
            named = [each.get("name") for each in variables if each.get("files") == f"F{place}"]
            assert named == list(frame.columns)
        asked = {each.findtext(f"{SPACE}qstn/{SPACE}qstnLit") for each in variables} - {None}
        assert {item.text(language) for item in deposit.study.survey.items} <= asked
        sizes = [each.text for each in root.iter(f"{SPACE}caseQnty")]
        assert sizes == [str(len(frame)) for frame in deposit.files.values()]


def test_the_demo_is_described_by_what_its_study_file_says():
    study = loader.load(DATA / "uusi-alku")
    rows = ResultSet(study.id, "2021K", "public", "survey", study.disclosure)
    for wave, answered in (("start", 85), ("end", 60)):
        rows.count("responses", wave, answered, 95)
    deposit = Deposit(study, study.term("2021K"), make.read(released(rows.frame())))
    root = ET.fromstring(make.ddi.document(deposit, "en"))
    assert root.findtext(f".//{SPACE}grantNo") == "296/522/2020"
    assert root.findtext(f".//{SPACE}conditions") == "CC BY 4.0"
    rates = [each.text for each in root.iter(f"{SPACE}respRate")]
    assert rates[0] == "Start survey: 81–98% of those who could have answered" and len(rates) == 2
    cited = yaml.safe_load(make.metadata.citation_file(deposit))
    assert (cited["type"], cited["license"], cited["version"]) == ("dataset", "CC-BY-4.0", "2021K")
    assert "date-released" not in cited  # the study file does not say when the term came out
    found = make.metadata.datacite(deposit)
    assert found["rightsList"][0]["rightsUri"] == "https://creativecommons.org/licenses/by/4.0/"
    assert [title["lang"] for title in found["titles"]] == ["fi", "en", "sv"]
    assert found["fundingReferences"][0]["awardNumber"] == "296/522/2020"


@pytest.mark.parametrize(
    ("licence", "url"),
    [
        ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"),
        ("cc-by-nc-sa 3.0", "https://creativecommons.org/licenses/by-nc-sa/3.0/"),
        ("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("Ask us", ""),
        ("", ""),
    ],
)
def test_a_creative_commons_licence_has_its_address(licence, url):
    study = loader.load(DATA / "uusi-alku")
    publisher = study.publisher.model_copy(update={"licence": licence})
    deposit = Deposit(study.model_copy(update={"publisher": publisher}), study.last_term, pd.DataFrame())
    assert deposit.licence_url == url and bool(deposit.spdx) == bool(url)


def test_what_the_study_file_lacks_is_named_with_its_key(small):
    deposit, _, files = small
    assert deposit.study.publisher is None
    for language in i18n.LANGUAGES:
        said = files[f"README-{language}.txt"].decode()
        for key in ("[publisher]", "licence", "authors", "email", "released"):
            assert key in said
    assert "license" not in json.loads(files["metadata/schema-org.jsonld"])
    assert "ask the publisher" in files["metadata/ddi-en.xml"].decode()
