"""The final report as it is read: its length, that nothing is said twice, and that each page begins with its answer."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from html import unescape

import pytest
from conftest import open_demo, report_pages

from evaltools.report import pages
from evaltools.sections.final import objectives

WORDS = 2_500  # before the appendix
LARGEST = 400_000  # bytes of a page
ASKED = {"objectives", "recommendations", "limits", "changes", "outreach", "hidden", "appendix", "foot"}


def text(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", markup))


def shown(page: str, before: str = "") -> str:
    """What a reader sees at once, pictures aside."""
    main = page.split("<main", 1)[1].split("</main>")[0]
    main = main.split(f'id="{before}"')[0] if before else main
    return re.sub(r"<details.*?</details>|<svg.*?</svg>", "", main, flags=re.DOTALL)


@pytest.fixture(scope="module", params=["fi", "en"])
def written(request, tmp_path_factory):
    """The pages of the demo's last term."""
    term = open_demo("2023K", "public", request.param)
    folder = tmp_path_factory.mktemp("pages")
    about = pages.Edition(term.study, term.term, term.language, term.edition, run_id="0123456789ab")
    pages.write(about, report_pages(term), folder)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.html")}


def test_the_final_report_is_short(written):
    assert len(text(shown(written["07_report"], "appendix")).split()) <= WORDS


def test_no_page_is_large_or_says_anything_twice(written):
    for name, page in written.items():
        assert len(page.encode()) < LARGEST, name
        main = re.sub(r"<svg.*?</svg>", "", page.split("<main", 1)[1].split("</main>")[0], flags=re.DOTALL)
        paragraphs = re.findall(r"<(?:p|li)(?! class=\"ev-small)[^>]*>(.*?)</(?:p|li)>", main, re.DOTALL)
        said = [s.strip() for p in paragraphs for s in re.split(r"(?<=[.!?])\s+", text(p)) if len(s.strip()) > 25]
        assert [sentence for sentence, times in Counter(said).items() if times > 1] == [], name


def test_a_page_says_that_people_are_rounded_where_it_counts_people(written):
    said = {name for name, page in written.items() if re.search("multiples of 5|luvun 5 kerrannaisiksi", page)}
    assert said == set(written) - {"index", "02_background"}  # published figures are as they were published


def test_every_page_is_called_by_its_answer(written):
    titles = {name: text(re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1]) for name, page in written.items()}
    assert all(re.search(r"\d", title) for title in titles.values()), titles
    assert titles["index"] == titles["07_report"]
    assert len(set(titles.values())) == len(titles) - 2  # the target is the answer of 06, 07 and of the index


def test_a_need_is_answered_by_the_actions_for_that_group_only(written):
    need = text(re.search(r'<section[^>]*id="need">(.*?)</section>', written["07_report"], re.DOTALL)[1]).lower()
    assert re.search("study-counselling model for older|ikääntyneiden ryhmän opinto-ohjauksen malli", need)
    assert not re.search("partner network|kumppaniverkoston", need)  # for the objective's other groups


def test_why_the_actions_of_the_objectives_are_not_those_of_the_plan(written):
    said = text(written["07_report"])
    assert re.search("The plan has 19 actions.*serve more than one: 1; none: 2", said) or re.search(
        "Suunnitelmassa on 19 toimenpidettä.*useaa tavoitetta palvelee 1, ei yhtäkään 2", said
    )


def test_the_head_stands_on_the_index_and_its_links_lead_to_the_report(written):
    head = pages.HEAD.search(written["index"])[0]
    assert head.count("<dt>") == 5 and 4 <= head.count("<li>") <= 6
    said = text(head)  # each figure says of whom it is, and by how much the target was passed
    assert re.search(r"121\s?%.*\(500\)", said) and re.search(r"\((synthetic|synteettinen)\), 2022", said)
    assert re.search("autumn 2022: |syksy 2022: ", said)
    assert re.search("of participants|osallistujista", said) and re.search("both times|molemmilla kerroilla", said)
    links = re.findall(r'href="([^"]+)"', head)
    assert links and all(link.startswith("07_report.html#") for link in links)
    assert all(f'id="{link.partition("#")[2]}"' in written["07_report"] for link in links)
    assert {link.partition("#")[2] for link in links} >= ASKED


def test_what_changed_is_said_where_its_link_leads(written):
    changes = written["07_report"].split('id="changes">')[1]
    assert re.search(r"\b2\b.*\b40\b|\b40\b.*\b2\b", text(changes.partition("<details>")[0]))


def test_recommendations_are_the_evaluators(written):
    section = re.search(r'id="recommendations">.*?</section>', written["07_report"], re.DOTALL)[0]
    assert 'class="ev-prose"' in section and "ev-unwritten" not in section


def test_the_page_says_where_recommendations_are_missing():
    term = open_demo("2021S", "public", "en")
    assert 'class="ev-unwritten">The evaluator has not' in term.section("report").parts["recommendations"]._repr_html_()


def test_every_objective_has_a_verdict_and_a_legend(written):
    section = re.search(r'id="objectives">.*?</section>', written["07_report"], re.DOTALL)[0]
    assert (
        len(
            re.findall(
                r">(Toteutui|Osittain|Ei toteutunut|Ei tiedetä|Reached|Partly|Not reached|Cannot be judged)<", section
            )
        )
        == 4
    )
    assert section.count("●●●") >= 1 and "●○○" in section


def vote(said: str, evidence: int = 2) -> objectives.Vote:
    return objectives.Vote(objectives.ANY if said == "untold" else {said}, {evidence})


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (["yes", "yes"], "reached"),
        (["yes", "open"], "partly"),
        (["no", "open"], "not"),
        (["yes", "no", "untold"], "partly"),  # whatever the third says
        (["yes", "untold"], "open"),  # reached or partly
        (["no", "untold"], "open"),  # not or partly
        (["untold"], "open"),
        (["open"], "not"),  # what was planned and not done
    ],
)
def test_a_verdict_on_an_objective_stands_whatever_the_exact_numbers_are(said, verdict):
    votes = [vote(each) for each in said]
    found, evidence = objectives.judged(votes, [vote("no", 1)])
    assert found == verdict
    possible = [
        objectives.judged([vote(each) for each in some], [vote("no", 1)])
        for some in itertools.product(*(sorted(v.said) for v in votes))
    ]
    assert (len({one for one, _ in possible}) > 1) == ("untold" in said and verdict == "open")
    assert evidence in ({level for _, level in possible} if len({level for _, level in possible}) == 1 else {None})


def test_how_good_evidence_is_stands_whatever_share_answered():
    votes = [objectives.Vote({"yes"}, {1, 2})]
    assert objectives.judged(votes, []) == ("reached", None)
    assert objectives.judged([*votes, vote("no", 1)], []) == ("partly", 1)


@pytest.mark.parametrize(
    ("name", "shows"),
    [
        ("04_survey", "answered both surveys|vastasi molempiin"),
        ("05_placement", "follow-up respondents were in work|vastanneista töissä oli"),
        ("06_monitoring", "15 of 17 were late|15/17 valmistui myöhässä"),
    ],
)
def test_a_picture_is_headed_by_what_it_shows(written, name, shows):
    captions = re.findall(r'<figcaption>(.*?)<span class="ev-drawn">', written[name], re.DOTALL)
    assert any(re.search(shows, text(caption)) for caption in captions)
