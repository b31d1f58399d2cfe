"""An item or a variable that says its own heading needs no line in a source."""

import pytest
from conftest import FILES

from evaltools.ingest import reading
from evaltools.study import loader
from evaltools.study.faults import StudyError

ITEM = '    { id = "q2", text = "It is hard", direction = "lower" },\n'
NEW = '    { id = "q3", text = "New", heading = "Q3", since = "T2" },\n'
POINTS = '    { id = "points", table = "participants", kind = "number", name = "Points" },\n'
MINE = '    { id = "mine", table = "participants", kind = "flag", name = "Mine", heading = ["Own", "Mine"] },\n'


def with_column(name: str, heading: str, value: str) -> str:
    first, *lines = FILES[name].splitlines()
    return "\n".join([f"{first};{heading}", *(f"{line};{value}" for line in lines)]) + "\n"


def test_an_item_and_a_variable_with_a_heading_are_read(make_study):
    files = {f"raw/T2/{name}.csv": with_column(f"raw/T2/{name}.csv", "Q3", "4") for name in ("before", "after")}
    files |= {f"raw/{t}/people.csv": with_column(f"raw/{t}/people.csv", "Mine", "1") for t in ("T1", "T2")}
    study = loader.load(make_study({ITEM: ITEM + NEW, POINTS: POINTS + MINE}, files))
    read = reading.read(study, "T2")
    assert read["participants"]["mine"].all()
    later = read["end_survey"]["term"] == "T2"
    assert (read["end_survey"].loc[later, "q3"] == 4).all() and read["end_survey"].loc[~later, "q3"].isna().all()


def test_what_a_source_says_holds(make_study):
    item = NEW.replace('"Q3"', '"Elsewhere"').replace(', since = "T2"', ', surveys = ["end"]')
    columns = 'q1 = "Q1", q2 = "Q2", fb = "FB", comment = "free" }'
    edits = {ITEM: ITEM + item, columns: columns.replace("fb =", 'q3 = "Q3", fb =')}
    study = loader.load(make_study(edits))
    assert study.source("end_survey").columns["q3"] == ["Q3"] and "q3" not in study.source("start_survey").columns


@pytest.mark.parametrize(
    ("edits", "paths"),
    [
        ({ITEM: ITEM + NEW.replace('"Q3"', "5")}, ["survey.items.2.heading"]),
        ({ITEM: ITEM + NEW.replace('heading = "Q3"', "surveys = 3")}, ["survey.items.2.surveys"]),
        ({POINTS: POINTS + MINE.replace('["Own", "Mine"]', "[]")}, ["variables.2.heading"]),
    ],
)
def test_a_faulty_heading_is_one_fault(make_study, edits, paths):
    with pytest.raises(StudyError) as caught:
        loader.load(make_study(edits))
    assert [fault.path for fault in caught.value.faults] == paths


def test_a_variable_that_lists_its_codes_is_coded_by_them(make_study):
    ride = '{ id = "ride", table = "participants", name = "Ride", codes = [{ id = "bus", name = "Bus" }] },'
    edit = {'    { id = "points"': f'    {ride}\n    {{ id = "points"'}
    study = loader.load(make_study(edit))
    assert study.variables[1].kind == "code" and [code.id for code in study.codes["ride"]] == ["bus"]
    with pytest.raises(StudyError) as caught:  # two lists of one name
        loader.load(make_study({**edit, "[codes]\n": '[codes]\nride = [{ id = "tram", name = "Tram" }]\n'}))
    assert [fault.path for fault in caught.value.faults] == ["variables.1.codes"]


def test_a_coded_variable_has_the_code_list_of_its_name(make_study):
    coded = MINE.replace('"flag"', '"code"')
    codes = {"[codes]\n": '[codes]\nmine = [{ id = "1", name = "One" }]\n'}
    study = loader.load(make_study({POINTS: POINTS + coded, **codes}, name="has"))
    assert study.variables[-1].codes == "mine"
    with pytest.raises(StudyError, match="there is no code list mine"):
        loader.load(make_study({POINTS: POINTS + coded}, name="lacks"))
