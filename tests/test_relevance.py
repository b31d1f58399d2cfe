"""What a declared margin, a declared rule for scales, and the advice for the next term promise."""

import itertools
import math

import pandas as pd
import pytest
from test_conclusions import ONLY, of_counts
from test_net_change import brute_tail
from test_stage_survey import ITEMS, material, parts, study, tables

from evaltools.results import records
from evaltools.results.records import pick, value
from evaltools.sections import survey
from evaltools.sections.survey import equivalence
from evaltools.statistics import power
from evaltools.statistics.clusters import design
from evaltools.statistics.net_change import irrelevant, net_change

PRIMARY = [{"id": "skill", "text": {"fi": "Osaan", "en": "I can"}, "primary": True}]
DECLARED = study(survey={"no_relevant_change": 0.1, "items": PRIMARY})


def said_of_results(made):
    """Everything that the results say, with plain spaces."""
    return " ".join(parts(made, survey.rows(made))["survey-results"].sentences).replace("\xa0", " ")


# --- no relevant change --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [(5, 30, 3), (9, 20, 9), (0, 12, 0), (14, 6, 2)])
@pytest.mark.parametrize("margin", [0.1, 0.3])
def test_p_of_a_relevant_change_is_that_of_brute_force(counts, margin):
    up, same, down = counts
    by_hand = max(brute_tail(up, same, down, -margin), brute_tail(down, same, up, -margin))
    assert irrelevant(*counts, margin) == pytest.approx(by_hand, abs=1e-7)


def test_it_is_small_where_and_only_where_the_interval_lies_within_the_margin():
    for n in (20, 60):
        for up in range(0, n // 2, 3):
            for down in range(0, n // 2, 3):
                found = net_change(up, n - up - down, down, 0.90).estimate
                within = found.lower > -0.2 and found.upper < 0.2
                assert within == (irrelevant(up, n - up - down, down, 0.2) < 0.05), (n, up, down)


@pytest.mark.parametrize("counts", [(40, 0, 0, 0.1), (0, 0, 9, 0.1), (6, 0, 0, 0.2)])
def test_no_p_is_above_one_for_rounding(counts):
    assert irrelevant(*counts) == 1.0


@pytest.mark.parametrize("n", [20, 40])
@pytest.mark.parametrize("moved, margin", [(0.4, 0.2), (0.6, 0.3), (0.9, 0.3)])
def test_a_change_as_large_as_the_margin_is_called_irrelevant_at_most_five_times_in_a_hundred(n, moved, margin):
    """Every outcome enumerated where the true net change is the margin itself."""
    rise, fall = (moved + margin) / 2, (moved - margin) / 2
    wrong = sum(
        math.comb(n, up) * math.comb(n - up, down) * rise**up * fall**down * (1 - moved) ** (n - up - down)
        for up in range(n + 1)
        for down in range(n + 1 - up)
        if abs(up - down) < margin * n and irrelevant(up, n - up - down, down, margin) < 0.05
    )
    assert wrong <= 0.055


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize(
    "counts, said, never",
    [
        ((20, 260, 20), "there is no relevant change in 1 main question", "cannot be ruled out"),
        ((9, 15, 0), None, "no relevant change"),
        ((30, 360, 10), "smaller than the 10 percentage points declared", "there is no relevant change"),
    ],
)
def test_the_report_says_what_the_declared_margin_makes_of_a_change(edition, counts, said, never):
    made = material(of_counts(*counts), edition, of=DECLARED)
    sentences = said_of_results(made)
    assert (said is None or said in sentences) and never not in sentences


def test_no_clear_change_that_may_still_matter_is_said_to_be_so():
    made = material(of_counts(6, 20, 4), of=DECLARED)
    sentences = said_of_results(made)
    assert "a relevant change (at least 10 percentage points) cannot be ruled out" in sentences


def test_without_a_declared_margin_nothing_is_said_of_it():
    made = material(of_counts(20, 260, 20), of=ONLY)
    assert pick(survey.rows(made), measure=equivalence.MEASURE).empty


def test_persons_in_groups_make_it_harder_to_rule_a_change_out():
    alike = design([10] * 6, [6, -6, 6, -6, 6, -6], [8] * 6)
    assert equivalence._allowed(0.01, alike) > 0.01 and equivalence._allowed(0.01, None) == 0.01


@pytest.mark.parametrize("margin", [0, 1, -0.1])
def test_a_margin_that_is_none(margin):
    with pytest.raises(ValueError, match="margin"):
        irrelevant(1, 1, 1, margin)


# --- advice --------------------------------------------------------------------------------------------------------


def found_of(n: int, moved: float, change: float, finds) -> float:
    """How often n pairs give a finding, every outcome of which more than one in a hundred million enumerated."""
    rise, fall = (moved + change) / 2, (moved - change) / 2
    total = 0.0
    for up in range(n + 1):
        for down in range(n + 1 - up):
            ways = math.lgamma(n + 1) - math.lgamma(up + 1) - math.lgamma(down + 1) - math.lgamma(n - up - down + 1)
            log = ways + up * math.log(rise) + down * math.log(fall) + (n - up - down) * math.log(1 - moved)
            if log > -18 and finds(up, n - up - down, down):
                total += math.exp(log)
    return total


def test_the_pairs_advised_find_the_change_about_eight_times_in_ten():
    n = power.pairs_needed(0.3, 0.5)
    assert found_of(n, 0.5, 0.3, lambda *counts: net_change(*counts).p < 0.05) == pytest.approx(power.POWER, abs=0.04)


def test_the_pairs_advised_rule_out_a_change_about_eight_times_in_ten():
    n = power.pairs_to_rule_out(0.3, 0.4)
    found = found_of(n, 0.4, 0.0, lambda *counts: irrelevant(*counts, 0.3) < 0.05)
    assert found == pytest.approx(power.POWER, abs=0.05)


@pytest.mark.parametrize("n, moved, alpha", [(100, 0.3, 0.05), (400, 0.5, 0.0125)])
def test_pairs_needed_is_the_inverse_of_the_smallest_change_found(n, moved, alpha):
    change = power.minimum_detectable_discordance(n, moved, alpha=alpha).estimate
    assert power.pairs_needed(change, moved, alpha=alpha) in (n, n + 1)


@pytest.mark.parametrize("change, moved", [(0, 0.5), (0.1, 1.2), (1.1, 0.5)])
def test_what_cannot_be_sought(change, moved):
    for function in (power.pairs_needed, power.pairs_to_rule_out):
        with pytest.raises(ValueError):
            function(change, moved)


def test_the_report_says_how_many_must_answer_and_be_asked_under_the_declared_family():
    items = [i | {"primary": True} for i in ITEMS[:2]]
    start = {"skill": [3] * 40, "burden": [3] * 40}
    end = {"skill": [4] * 8 + [3] * 8 + [2] * 4, "burden": [2] * 6 + [3] * 8 + [4] * 6}
    made = material(tables(start, end, persons=40), of=study(survey={"items": items}))
    rows = survey.rows(made)
    advice = pick(rows, table="advice")
    wanted = {"skill": power.pairs_needed(0.1, 0.6, alpha=0.025), "burden": power.pairs_needed(0.1, 0.6, alpha=0.025)}
    assert {q: value(advice, measure="pairs_needed", item=q) for q in wanted} == wanted
    assert value(advice, measure="asked_needed") == 2 * max(wanted.values())  # 20 of 40 answered both
    shown = parts(made, rows)["survey-advice"]
    said = [sentence.replace("\xa0", " ") for sentence in shown.sentences]
    assert f"“I can” {wanted['skill']} (now 20)" in said[0] and "50%" in said[1]


def test_before_anybody_has_answered_both_half_are_assumed_to_change():
    made = material(of_counts(3, 2, 1), of=ONLY)
    rows = survey.rows(made)
    assert value(rows, table="advice", measure="share_moved") == 0.5
    assert any("assumed" in note for table in parts(made, rows)["survey-advice"].tables for note in table.notes)


def test_of_surveys_that_nobody_can_pair_no_number_of_pairs_is_asked():
    tidy = tables({"skill": [3] * 9}, {"skill": [4] * 9}, persons=9)
    source = {"name": "source", "file": "x.csv", "columns": {}, "each_row_a_person": True}
    of = study(survey={"items": PRIMARY}, sources=[{"table": t, **source} for t in ("start_survey", "end_survey")])
    tidy["answers"].loc[tidy["answers"]["survey"] == "end", "person"] += "x"
    del tidy["persons"]
    assert pick(survey.rows(material(tidy, of=of)), table="advice").empty


def test_the_public_edition_advises_from_published_counts_alone():
    """What it prints is what the published counts allow, and holds what the internal edition says."""
    made = material(of_counts(11, 20, 6), "public", of=ONLY)
    advice = pick(survey.rows(made), table="advice")
    exact = pick(survey.rows(material(of_counts(11, 20, 6), of=ONLY)), table="advice").set_index("measure")["estimate"]
    shown = [
        tuple(row[end] if pd.isna(row["estimate"]) else row["estimate"] for end in records.POSSIBLE)
        for _, row in advice.iterrows()
    ]
    assert all(low <= exact[measure] <= high for (low, high), measure in zip(shown, advice["measure"], strict=True))
    spans = [made.span("items", measure=way, scope="all", item="skill") for way in ("higher", "same", "lower")]
    corners = itertools.product(*((span.low, span.high) for span in spans))
    shares = [(better + worse) / (better + same + worse) for better, same, worse in corners]
    assert shown[0] == pytest.approx((min(shares), max(shares)))


# --- scales with a rule for what was left out ------------------------------------------------------------------------


def with_rule(fewest):
    rule = {} if fewest is None else {"fewest": fewest}
    items = [{"id": f"q{i}", "text": f"Q{i}"} for i in range(3)]
    return study(survey={"items": items, "scales": [{"id": "sum", "name": "Sum", "items": ["q0", "q1", "q2"], **rule}]})


ANSWERS = {"q0": [1, 2, 3, 4, 5, 1], "q1": [2, 2, None, 4, None, 3], "q2": [3, None, None, 5, 4, 2]}
LATER = {"q0": [2, 3, 3, 5, 5, 2], "q1": [2, None, 4, 4, 5, 3], "q2": [3, 3, None, 5, 5, None]}


def test_a_scale_may_count_persons_who_left_a_question_out_by_the_mean_of_their_others():
    tidy = tables(ANSWERS, LATER, persons=6)
    whole, filled = (survey.rows(material(tidy, of=with_rule(fewest))) for fewest in (None, 2))
    # both times whole: persons 0 and 3; two of three both times: 0, 1, 3, 4 and 5
    assert value(whole, "count", table="item", measure="paired", item="sum") == 2
    assert value(filled, "count", table="item", measure="paired", item="sum") == 5
    start = pd.DataFrame(ANSWERS).iloc[[0, 1, 3, 4, 5]].mean(axis=1) * 3
    assert value(filled, table="item", measure="mean_start", item="sum") == pytest.approx(start.mean())
    reliability = pick(filled, table="scale_reliability")
    assert value(reliability, "answered", measure="alpha") == 3  # of those who left nothing out
    assert [value(reliability, "count", measure=f"filled_{time}") for time in ("start", "end")] == [2, 3]
    assert pick(whole, table="scale_reliability", measure="filled_start").empty


RULE = {"en": "at least 2 of 3 questions", "fi": "vähintään 2/3 osakysymykseen", "sv": "minst 2 av 3 delfrågor"}


def test_the_page_says_the_rule_and_how_many_sums_are_filled():
    made = material(tables(ANSWERS, LATER, persons=6), of=with_rule(2))
    rows = survey.rows(made)
    for language, said in RULE.items():
        sentences = " ".join(parts(made, rows, language)["survey-scales"].sentences)
        assert said in sentences and "2/5" in sentences and "3/6" in sentences


def test_questions_that_many_left_blank_are_named():
    tidy = tables({"skill": [3] * 20}, {"skill": [4] * 20}, persons=20)
    tidy["answers"].loc[:1, ["value", "cannot_say"]] = [pd.NA, False]
    made = material(tidy, of=ONLY)
    rows = survey.rows(made)
    assert value(rows, "count", table="item", measure="blank_start") == 2
    page = parts(made, rows)["survey-items"]
    assert any("left these questions blank: “I can” (start 10.0%, end 0.0%)" in s for s in page.sentences)
    assert pick(survey.rows(material(tidy, "public", of=ONLY)), measure="blank_start").empty
