"""A reader's ten questions: each is answered in the first lines of a section, with the number of the results."""

import re
from pathlib import Path

import pytest
from conftest import open_demo

from evaltools import text
from evaltools.results import pick, value

ROOT = Path(__file__).parent.parent
FIRST = 3  # sentences of a section that stand on its first screen


@pytest.fixture(scope="module", params=["fi", "en"])
def report(request):
    term = open_demo("2022K", language=request.param)
    section = term.section("report")
    return term, section


def number(term, topic, column="estimate", **where):
    rows = term._rows(topic)
    return value(pick(rows, **({"scope": "all"} | where)), column)


def asked(term):
    """Section, and what its first sentences must hold: numbers of the results as the language writes them."""
    say, whole = (lambda v: text.percent(v, term.language)), (lambda v: text.integer(v, term.language))
    euro = text.euro(number(term, "monitoring", table="budget", measure="cost_per_person", by="total"), term.language)
    rate = {"table": "placement", "measure": "employed", "by": "total"}
    channels = pick(term._rows("monitoring"), table="outreach", measure="enrolled", scope="all", by="channel")
    channels = channels[channels["group"] != "unknown"]
    most = channels.loc[channels["count"].idxmax()]
    changed = pick(term._rows("report"), table="change", group2="difference")
    hidden = number(term, "report", table="hidden", measure="withheld", by="")
    items = pick(term._rows("survey"), table="item", measure="rank_biserial", scope="all")
    items = items[(items["lower"] > 0) | (items["upper"] < 0)]
    largest = items.loc[items["estimate"].abs().idxmax()]
    actual = number(term, "monitoring", "count", table="targets", measure="actual")
    return {
        "scorecard": [whole(actual), whole(number(term, "monitoring", table="targets", measure="target"))],
        "data": [whole(number(term, "survey", "count", table="responses", measure="both"))],
        "survey-results": [term.reader.question(largest["item"])],
        "placement-rates": [
            say(number(term, "placement", **rate)),
            whole(number(term, "placement", "answered", **rate)),
            say(number(term, "placement", "bound_lower", **rate)),
            say(number(term, "placement", "bound_upper", **rate)),
        ],
        "placement-benchmark": [
            say(number(term, "placement", table="benchmark", measure="employed", group="benchmark"))
        ],
        "outreach": [term.reader.group("channel", most["group"]), whole(most["count"])],
        "budget": [euro],
        "limits": [say(number(term, "placement", table="followup", measure="answered"))],
        "changes": [whole(len(changed)), whole((changed["note"] != "other").sum())],
        "hidden": [whole(hidden)],
    }


def test_each_of_ten_questions_is_answered_in_the_first_lines_of_a_section(report):
    term, section = report
    questions = asked(term)
    assert len(questions) == 10
    for id, wanted in questions.items():
        said = " ".join(section.parts[id].sentences[:FIRST])
        assert [w for w in wanted if w not in said] == [], (id, said)


def test_the_page_on_reading_names_the_section_of_every_question(report):
    term, section = report
    page = (ROOT / "docs" / "reading-the-report.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| [^|]+\?\s*\| \*[^*]+\* \(`([a-z-]+)`\)", page, flags=re.M)
    assert sorted(named) == sorted(asked(term))
    headings = dict(re.findall(r"\*([^*]+)\* \(`([a-z-]+)`\)", page))
    if term.language == "en":
        assert {id: section.parts[id].heading for id in named} == {id: h for h, id in headings.items()}
