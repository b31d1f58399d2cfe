"""Conclusions follow from the evidence: edge studies, whose every sentence is read, and rules no page may break."""

import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest
from test_stage_survey import material, parts, study, tables

from evaltools.results.records import pick
from evaltools.sections import placement, placement_groups, survey
from evaltools.sections.final import conclusions
from evaltools.sections.material import Labels, Material
from evaltools.statistics import weighting
from evaltools.statistics.attrition_change import Start, weighted_net_change
from evaltools.statistics.net_change import net_change

SOMETHING_CHANGED = (
    *(
        "were more positive at the end",
        "were less positive at the end",
        ": answers became more",
        ": answers became less",
    ),
    *("olivat lopussa myönteisempiä", "olivat lopussa kielteisempiä", "eli vastaukset muuttuivat"),
)
NOTHING_CHANGED = (
    *("no question", "no main question", "none of the other", "nobody changed"),
    *("missään pääkysymyksessä", "yhdessäkään ei näy selvää muutosta"),
)


def said(made, language="en", rows=None):
    """Every sentence and note of the survey's page."""
    rows = survey.rows(made) if rows is None else rows
    return [s for part in parts(made, rows, language).values() for s in (*part.sentences, *part.notes)]


def results(made, language="en"):
    return parts(made, survey.rows(made), language)["survey-results"].sentences


def of_counts(up, same, down):
    """A study with one primary question whose pairs moved as they are counted."""
    start = [3] * (up + same + down)
    return tables({"skill": start}, {"skill": [4] * up + [3] * same + [2] * down}, persons=len(start))


ONLY = study(survey={"items": [{"id": "skill", "text": {"fi": "Osaan", "en": "I can"}, "primary": True}]})


@cache
def only(up, same, down) -> tuple[Material, pd.DataFrame]:
    """That study and its rows, which are the same in every language."""
    made = material(of_counts(up, same, down), of=ONLY)
    return made, survey.rows(made)


@pytest.mark.parametrize(("n", "language"), [*itertools.product([1, 4, 9], ["fi", "en"]), (24, "en")])
def test_no_page_says_that_a_question_changed_and_that_none_did(n, language):
    for up, down in itertools.product(range(0, n + 1, max(3, n // 4)), repeat=2):
        if up + down > n:
            continue
        sentences = [s.lower() for s in parts(*only(up, n - up - down, down), language)["survey-results"].sentences]
        changed = any(word in s for s in sentences for word in SOMETHING_CHANGED)
        nothing = any(word in s for s in sentences for word in NOTHING_CHANGED)
        assert not (changed and nothing), sentences


def test_nine_better_none_worse_is_one_conclusion():
    sentences = results(material(of_counts(9, 15, 0), of=ONLY))
    assert "answers to all main questions (1 of 1) were more positive at the end" in sentences[0]
    assert "Among people who answered both surveys" in sentences[0]
    assert not any("No question or scale" in s for s in sentences)


@pytest.mark.parametrize("language", ["fi", "en"])
def test_nobody_who_answered_both_is_no_evidence_of_no_change(language):
    start, end = {"skill": [3] * 8 + [None] * 8}, {"skill": [None] * 8 + [4] * 8}
    sentences = said(material(tables(start, end, persons=16)), language)
    assert any(s.startswith(("Change cannot be judged", "Muutosta ei voi arvioida")) for s in sentences)
    lowered = [s.lower() for s in sentences]
    assert not any(word in s for s in lowered for word in (*NOTHING_CHANGED, *SOMETHING_CHANGED, " nan "))


def test_too_few_pairs_are_not_said_to_show_no_change():
    sentences = results(material(of_counts(2, 1, 0), of=ONLY))
    assert any("too few pairs" in s for s in sentences) and not any("due to chance" in s for s in sentences)


def test_what_changed_most_is_not_picked_among_scales_and_questions():
    """Scales move more by construction: nothing is ranked across kinds."""
    up = {"skill": [2] * 30, "burden": [3] * 30}, {"skill": [3] * 20 + [2] * 10, "burden": [2] * 20 + [3] * 10}
    assert not any("changed most" in s for s in said(material(tables(*up, persons=30))))


def test_a_change_for_the_worse_of_another_question_is_named_first():
    start = {"skill": [3] * 40, "burden": [2] * 40}
    end = {"skill": [3] * 20 + [4] * 20, "burden": [4] * 20 + [2] * 20}
    others = [s for s in results(material(tables(start, end, persons=40))) if "Of the other questions" in s]
    assert "less positive" in others[0] and "It is hard" in others[0]


def test_a_change_is_said_of_all_who_started_only_where_nobody_missing_could_undo_it():
    """40 answered both and improved, 45 answered at the start only: of all of them it cannot be told."""
    start = {"skill": [3] * 85}
    made = material(tables(start, {"skill": [4] * 40}, persons=85), of=ONLY)
    rows = survey.rows(made)
    sentences = parts(made, rows)["survey-results"].sentences
    assert any("We cannot say" in s and "−0.89" in s for s in sentences)  # 40 up by 1: 45 by -40/45
    wide = survey.rows(material(tables(start, {"skill": [4] * 60}, persons=85), of=ONLY))
    found = pick(wide, table="item", measure="net_change_weighted").iloc[0]
    assert (found["bound_lower"], found["bound_upper"]) == pytest.approx((35 / 85, 1.0))
    assert any("even if everyone" in s for s in parts(made, wide)["survey-results"].sentences)
    nobody_missing = results(material(of_counts(20, 4, 0), of=ONLY))
    assert not any("We cannot say" in s or "even if" in s for s in nobody_missing)


def test_the_weighted_change_covers_where_answering_depends_on_the_start_and_the_plain_one_does_not():
    random, held, plain_held, tries = np.random.default_rng(3), 0, 0, 300
    share, up, down = (
        np.array([0.1, 0.2, 0.3, 0.25, 0.15]),
        np.array([0.6, 0.5, 0.35, 0.2, 0]),
        np.array([0, 0.1, 0.15, 0.2, 0.35]),
    )
    response, truth = np.array([0.9, 0.8, 0.6, 0.3, 0.1]), float(share @ (up - down))
    for _ in range(tries):
        start, drawn = random.choice(5, 300, p=share), random.random(300)
        moved = np.where(drawn < up[start], 1, np.where(drawn < (up + down)[start], -1, 0))
        again = random.random(300) < response[start]
        cells = [
            Start(int((start == k).sum()), *(int(((start == k) & again & (moved == way)).sum()) for way in (1, 0, -1)))
            for k in range(5)
        ]
        found = weighted_net_change(cells).estimate
        held += found.lower <= truth <= found.upper
        plain = net_change(*(int((again & (moved == way)).sum()) for way in (1, 0, -1))).estimate
        plain_held += plain.lower <= truth <= plain.upper
    assert held / tries >= 0.93 and plain_held / tries < 0.7


def test_thin_cells_of_weights_are_joined_so_that_no_single_person_makes_a_rate():
    cells = weighting.collapsed([(100, 1, 1), (100, 99, 10)])
    assert weighting.poststratified(cells).estimate == pytest.approx(0.11)
    assert weighting.poststratified([(100, 1, 1), (100, 99, 10)]).estimate == pytest.approx(0.5505, abs=1e-4)
    kept = [(60, 20, 5), (40, 40, 9)]
    assert weighting.collapsed(kept) == kept and sum(c[0] for c in weighting.collapsed(kept[::-1] * 9)) == 900


def one_survey(name):
    """A study that holds one of the two surveys only."""
    source = {"name": "source", "file": "x.csv", "columns": {}}
    return study(sources=[{"table": t, **source} for t in ("participants", f"{name}_survey")])


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", ["start", "end"])
def test_answers_of_one_survey_are_shown(name, language):
    """The first term of every project has start answers and no end survey: they are shown all the same."""
    given = {"skill": [1, 2, 3, 4, 4, 5, 5, 5], "burden": [2] * 8}
    tidy = tables(given, {}, persons=8) if name == "start" else tables({}, given, persons=8)
    made = material(tidy, of=one_survey(name))
    rows = survey.rows(made)
    counted = pick(rows, table="single", measure="answers", item="skill", group=name)
    assert list(counted["count"]) == [1, 1, 1, 2, 3]
    shown = parts(made, rows, language)
    assert "survey-single" in shown and "survey-results" not in shown
    assert len(shown["survey-single"].tables) == 3


def test_surveys_that_nobody_can_pair_have_their_difference_said_to_be_unpaired():
    start, end = {"skill": [2] * 15 + [3] * 15 + [None] * 30}, {"skill": [None] * 30 + [4] * 20 + [3] * 10}
    made = material(tables(start, end, persons=60))
    rows = survey.rows(made)
    found = pick(rows, table="single", measure="unpaired_difference", item="skill").iloc[0]
    assert found["estimate"] == pytest.approx(11 / 3 - 2.5) and found["lower"] > 0
    sentences = parts(made, rows)["survey-single"].sentences
    assert "cannot be linked by person" in sentences[0] and "unpaired" in sentences[1]


def test_items_answered_in_pairs_are_not_shown_again_as_single():
    assert pick(survey.rows(material(of_counts(9, 15, 0), of=ONLY)), table="single").empty


def test_a_chapter_without_results_names_no_source_that_is_there():
    made = material(of_counts(9, 15, 0), of=ONLY)
    labels = Labels(made.study, made.term, "en", made.edition)
    assert "no source for" not in labels.absent(("start_survey", "end_survey"))


def test_groups_are_named_only_where_one_adjusted_test_tells_them_apart():
    """Six overlapping groups without any difference: one is named in no more than about 5 of 100 studies."""
    random, named, tries = np.random.default_rng(8), 0, 150
    of = study()
    made = material(of_counts(9, 15, 0), of=of)
    for _ in range(tries):
        placed = random.random(240) < 0.6
        rows = [("all", "total", "total", int(placed.sum()), 240)]
        for group in range(6):
            members = random.random(240) < 0.4
            rows.append(("all", "target_group", f"g{group}", int((placed & members).sum()), int(members.sum())))
        frame = pd.DataFrame(rows, columns=["scope", "by", "group", "count", "answered"]).assign(measure="employed")
        results = made.result_set("placement")
        placement_groups.heterogeneity_rows(made, results, frame, ["employed"])
        found = pick(results.frame(), table="group_difference")
        assert len(found) == 6
        clear = found["p_adjusted"] < 0.05
        assert (clear == ((found["effect_lower"] > 0) | (found["effect_upper"] < 0))).all()
        named += bool(clear.any())
    assert named / tries <= 0.055 + 2 * (0.05 * 0.95 / tries) ** 0.5


def test_actions_that_are_late_are_bad_news_whatever_the_rest():
    made = material(of_counts(9, 15, 0), of=ONLY)
    labels = Labels(made.study, made.term, "en", made.edition)
    results = made.result_set("monitoring")
    for measure, count in (("done", 17), ("done_late", 15), ("open_late", 0)):
        results.amount("actions", measure, count, "actions")
    assert "Actions completed late: 15 of 17." in conclusions.late(results.frame(), labels)[0]
    on_time = made.result_set("monitoring")
    on_time.amount("actions", "done", 17, "actions")
    assert conclusions.late(on_time.frame(), labels) == []


def test_who_answered_is_told_without_a_register_and_no_rate_of_100_percent_is_made_up():
    source = {"name": "source", "file": "x.csv", "columns": {}}
    of = study(sources=[{"table": t, **source} for t in ("start_survey", "end_survey")])
    tidy = tables({"skill": [3] * 12}, {"skill": [4] * 7}, persons=12)
    del tidy["persons"]
    made = material(tidy, of=of)
    sentences = parts(made, survey.rows(made))["survey-answered"].sentences
    assert "The start survey was answered by 12, the end survey by 7 and both by 7" in sentences[0]
    assert not any("100.0%" in s for s in sentences)


def test_a_file_of_those_reached_only_has_no_response_rate_unless_it_is_said_who_was_asked():
    """Every row has an answer: of whom nobody knows; declared, those who left without a row are not reached."""
    from test_stage_placement import material as placed_material
    from test_stage_placement import people
    from test_stage_placement import study as placed

    def told(**followup):
        of = placed(target_groups=[], followup={"when": "later", **followup})
        tidy = people([("female", "employed", 20), ("male", "employed", 10)])
        tidy["followup"] = tidy["followup"].iloc[:20]
        made = placed_material(of, tidy)
        rows = placement.rows(made)
        labels = Labels(of, of.terms[-1], "en", "internal")
        return " ".join(placement._asked(rows, labels).sentences), pick(rows, table="followup", scope="all")

    words, _ = told()
    assert "there is no response rate" in words and "100.0%" not in words
    words, rows = told(invited="left")
    assert rows.set_index("measure").loc["invited", "count"] == 30 and "66.7%" in words


def test_what_an_edge_study_does_not_show_is_not_said():
    """One statement is no first of several; who did not change did not change; nobody's answers are no table."""
    alone = " ".join(said(material(tables(*EDGES["all alike"][:2], persons=20))))
    assert "most agreement" not in alone and "of respondents agreed with the statement" in alone
    assert "show that answers changed" not in alone and "can show whether answers changed" in alone
    nobody = material(tables(*EDGES["nobody answered both"][:2], persons=16))
    shown = parts(nobody, survey.rows(nobody))
    assert "survey-primary" not in shown and "survey-transitions" not in shown
    assert "no confidence interval" in shown["survey-single"].sentences[1]


EDGES = {
    "nobody answered both": ({"skill": [3] * 8 + [None] * 8}, {"skill": [None] * 8 + [4] * 8}, 16),
    "one person": ({"skill": [3]}, {"skill": [4], "useful": [5]}, 1),
    "two persons": ({"skill": [3, 3]}, {"skill": [4, 2], "useful": [5, 1]}, 2),
    "all alike": (
        {"skill": [5] * 20, "burden": [1] * 20},
        {"skill": [5] * 20, "burden": [1] * 20, "useful": [5] * 20},
        20,
    ),
    "all better": ({"skill": [1] * 20}, {"skill": [5] * 20}, 20),
    "all worse": ({"skill": [5] * 20}, {"skill": [1] * 20}, 20),
    "nobody could say": ({"skill": [None] * 9}, {"skill": [None] * 9}, 9),
    "half each way": ({"skill": [3] * 20}, {"skill": [4] * 10 + [2] * 10}, 20),
    "start only": ({"skill": [3] * 12}, {}, 12),
    "end only": ({}, {"skill": [3] * 12, "useful": [4] * 12}, 12),
    "few of many": ({"skill": [3] * 60}, {"skill": [4] * 6}, 60),
    "nobody at all": ({"skill": []}, {"skill": []}, 4),
}


@cache
def edge(name: str) -> tuple[Material, pd.DataFrame]:
    """An edge study and its rows, which are the same in every language."""
    start, end, persons = EDGES[name]
    made = material(tables(start, end, persons=persons))
    return made, survey.rows(made)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize("name", EDGES)
def test_no_sentence_of_an_edge_study_contradicts_another_or_says_what_was_not_seen(name, language):
    start, end, _ = EDGES[name]
    made, rows = edge(name)
    sentences = [s.lower().replace("\u00a0", " ") for s in said(made, language, rows)]
    changed = [s for s in sentences if any(word in s for word in SOMETHING_CHANGED)]
    nothing = [s for s in sentences if any(word in s for word in NOTHING_CHANGED[:4])]
    paired = len([a for a, b in zip(start.get("skill", []), end.get("skill", []), strict=False) if a and b])
    assert not (changed and nothing)
    if paired < 5:
        assert not changed and not any("due to chance" in s or "selvää muutosta" in s for s in sentences), sentences
    assert not any(" nan" in s or "none%" in s or "for: ." in s for s in sentences)
    assert not any("do not differ clearly" in s or "eivät eroa selvästi" in s for s in sentences) or paired
    highest = [s for s in sentences if "highest" in s or "eniten samaa" in s]
    lowest = [s for s in sentences if "lowest" in s or "vähiten samaa" in s]
    assert not (highest and lowest) or highest[0].split("(")[0] != lowest[0].split("(")[0]
