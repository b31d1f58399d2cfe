"""A coded variable of a study's own, declared in the study file alone, stands wherever the built-in ones do."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import FILES, write_study

import evaltools as ev
from evaltools.counts import breakdowns
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure import cells, policy, release_check
from evaltools.disclosure.cells import Cell
from evaltools.results.records import pick, value
from evaltools.study import loader
from evaltools.study.evaluation_model import Disclosure
from evaltools.study.faults import StudyError

POINTS = '    { id = "points", table = "participants", kind = "number", name = "Points" },\n'
NEEDS = 'values.needs = { yes = "1", no = "0" }\n'
START = 'columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free" }\n'
OWN = {
    POINTS: POINTS
    + """    { id = "route", table = "participants", kind = "code", codes = "route", name = "Route here" },
    { id = "tools", table = "participants", kind = "multi", codes = "tools", name = "Tools", per = "by tool at home" },
    { id = "mood", table = "start_survey", kind = "code", codes = "mood", name = "Mood at the start" },
""",
    "[codes]\n": """[codes]
route = [{ id = "own", name = "Of one's own will" }, { id = "sent", name = "Sent by an office" }]
tools = [{ id = "phone", name = "Telephone" }, { id = "computer", name = "Computer" }]
mood = [{ id = "glad", name = "Glad" }, { id = "low", name = "Low" }]
""",
    NEEDS: NEEDS + 'columns.route = "route"\ncolumns.tools = "tools"\nseparator = "|"\n'
    'values.tools = { tel = "phone", pc = "computer" }\n',
    START: START.replace(" }", ', mood = "mood" }'),
}


def with_columns(text: str, heading: str, values: list[str]) -> str:
    first, *lines = text.splitlines()
    assert len(lines) == len(values)
    return "\n".join([f"{first};{heading}", *(f"{a};{b}" for a, b in zip(lines, values, strict=True))]) + "\n"


FILLED = {
    "raw/T1/people.csv": with_columns(FILES["raw/T1/people.csv"], "route;tools", ["own;tel|pc", "sent;tel", ";"]),
    "raw/T2/people.csv": with_columns(FILES["raw/T2/people.csv"], "route;tools", ["sent;", "own;pc", "own;"]),
    "raw/T1/before.csv": with_columns(FILES["raw/T1/before.csv"], "mood", ["glad", "low", ""]),
    "raw/T2/before.csv": with_columns(FILES["raw/T2/before.csv"], "mood", ["low", "glad"]),
}


@pytest.fixture(scope="module")
def term(tmp_path_factory):
    folder = write_study(tmp_path_factory.mktemp("own") / "small", OWN, FILLED)
    return ev.open_study(folder).term("T2", "en", "internal")


def told(rows: pd.DataFrame, column: str, **where: str) -> dict[str, float]:
    return {row["group"]: row[column] for _, row in pick(rows, scope=ALL, **where).iterrows()}


def test_persons_are_counted_by_every_variable_of_ones_own(term):
    rows = term.section("participants").rows
    of = {by: told(rows, "count", table="composition", by=by) for by in ("needs", "route", "tools", "mood")}
    assert of == {
        "needs": {"true": 1, "false": 3, ":unknown": 1},
        "route": {"own": 3, "sent": 1, ":unknown": 1},
        "tools": {"phone": 2, "computer": 2, ":unknown": 2},
        "mood": {"glad": 2, "low": 1, ":unknown": 2},
    }


def test_its_words_come_from_the_study_file(term):
    tables = {table.id: table for part in term.section("participants").parts.values() for table in part.tables}
    assert [line[0] for line in tables["by-tools"].rows] == ["Telephone", "Computer", "Not known"]
    assert tables["by-tools"].caption == "Participants by tool at home"
    assert tables["by-tools"].notes == ["A person is counted on every row whose option they chose."]
    assert tables["by-route"].caption == "Participants by “Route here”"
    assert tables["by-route"].columns[0].label == "Route here"
    assert [line[0] for line in tables["by-needs"].rows] == ["Yes", "No", "Not known"]
    assert "by-mood" not in tables  # the survey's own page tells what it asked
    assert {"profile-route", "profile-tools", "profile-mood", "profile-needs"} <= set(tables)


def test_an_answer_to_a_survey_is_a_share_of_those_who_answered(term):
    [table] = term.section("survey").parts["survey-asked"].blocks
    assert table.caption == "Mood at the start (3 answered)" and "Start survey" in table.source
    assert [line[:2] for line in table.rows] == [["Glad", 2], ["Low", 1]]
    assert [line[2] for line in table.rows] == pytest.approx([2 / 3, 1 / 3])  # of five participants two gave none


def test_it_stands_in_attrition_placement_and_what_is_missing(term):
    survey, placement, read = (term.section(topic).rows for topic in ("survey", "placement", "ingestion"))
    assert told(survey, "count", table="attrition", measure="both", by="route") == {"own": 2, "sent": 1, ":unknown": 0}
    assert {"route", "tools", "mood", "needs"} <= set(pick(survey, measure="standardised_difference")["by"])
    # one test a variable that parts the persons by what the register says
    assert {"route", "needs"} <= set(pick(survey, measure="attrition_test")["by"])
    assert not {"tools", "mood"} & set(pick(survey, measure="attrition_test")["by"])
    assert told(placement, "answered", table="placement", measure="employed", by="route") == {"own": 2, ":unknown": 1}
    shown = {t.id: t for part in term.section("placement").parts.values() for t in part.tables}
    assert {"Route here", "Tools"} <= {line[0] for line in shown["placement-background-employed"].rows}
    missing = {i: value(read, "count", table="missing", item=i) for i in ("needs", "route", "tools")}
    assert missing == {"needs": 1, "route": 1, "tools": 2}


def test_of_several_answers_no_sum_is_known_and_of_one_answer_it_is(term):
    truth = release_check.counted(term.exact)
    overlaps = breakdowns.overlapping(term.study)
    assert overlaps == {"field", "kind", "tools"}
    relations = cells.relations(truth, overlaps)
    assert all(relation.holds(truth) for relation in relations)

    def equal(by: str) -> bool:
        groups = {cell for cell in truth if cell[:3] == ("persons", ALL, by) and not cell.by2}
        wanted = {Cell("persons"): 1, **dict.fromkeys(groups, -1)}
        return any(r.equal and dict(r.parts) == wanted for r in relations)

    assert equal("route") and equal("needs") and equal("mood") and not equal("tools")
    # nobody of whom nothing is known chose an option
    phone, unknown = (Cell("persons", by="tools", group=group) for group in ("phone", ":unknown"))
    assert any(dict(r.parts) == {Cell("persons"): 1, unknown: -1, phone: -1} for r in relations)


def test_the_public_edition_protects_it(term):
    settings = Disclosure(base=3, minimum=3)
    overlaps = breakdowns.overlapping(term.study)
    public = policy.protect(term.exact, settings, "public", overlaps=overlaps)
    for by in ("route", "tools", "mood"):
        assert (pick(public["composition"], by=by)["count"] % 3 == 0).all()
    now = release_check.published(term.exact, public, settings, "T2")
    held = release_check.known(term.exact, now, overlaps=overlaps)
    assert Cell("persons", by="tools", group="phone") in held.cells


def test_a_variable_told_at_the_follow_up_is_no_group_of_it(tmp_path):
    edits = {
        POINTS: POINTS + '    { id = "contract", table = "followup", kind = "flag", name = "Permanent contract" },\n',
        'date = "day", status = "status" }': 'date = "day", status = "status", contract = "permanent" }',
    }
    files = {
        "raw/T1/later.csv": with_columns(FILES["raw/T1/later.csv"], "permanent", ["1", ""]),
        "raw/T2/later.csv": with_columns(FILES["raw/T2/later.csv"], "permanent", ["", "0", ""]),
    }
    term = ev.open_study(write_study(tmp_path / "small", edits, files)).term("T2", "en", "internal")
    composition = pick(term.exact["composition"], by="contract", scope=ALL)
    assert dict(zip(composition["group"], composition["count"], strict=True)) == {"true": 1, "false": 1, ":unknown": 3}
    assert "contract" not in set(term.exact["placement"]["by"]) | set(term.exact["attrition"]["by"])


@pytest.mark.parametrize("name", ["age_group", "target_group", TOTAL, "outcome", "gender"])
def test_no_variable_is_called_like_a_built_in_breakdown(make_study, name):
    edits = {POINTS: POINTS + f'    {{ id = "{name}", table = "start_survey", kind = "flag", name = "Mine" }},\n'}
    with pytest.raises(StudyError, match=f"{name} is already a column"):
        loader.load(make_study(edits))


def test_weights_may_use_it(tmp_path):
    edits = OWN | {'weight_by = ["gender"]': 'weight_by = ["gender", "route"]'}
    term = ev.open_study(write_study(tmp_path / "small", edits, FILLED)).term("T2", "en", "internal")
    assert "f | own" in set(term.exact["placement_cells"]["cell"])
