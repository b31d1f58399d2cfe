"""What changed between two terms: which changes matter, in which order, and what the interval of a change promises."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaltools.counts import between_terms
from evaltools.results import changes
from evaltools.results.records import ResultSet
from evaltools.statistics.change_over_terms import RateChange, net_change_over_terms, rate_change
from evaltools.study.evaluation_model import Disclosure

RATES = between_terms.RATE
NONE = dict.fromkeys((*between_terms.RATE, *between_terms.PAIRS), 0)


def table(edition="internal", **of):
    """Result rows of a small study: a target, a rate, an item, a response share."""
    book = ResultSet("small", "T", edition, "monitoring", Disclosure())
    book.count("targets", "actual", of.get("students", 400), item="students")
    frames = [book.frame()]
    book = ResultSet("small", "T", edition, "placement", Disclosure())
    x, n, invited = of.get("employed", (100, 200, 300))
    book.rate("placement", "employed", x, n, invited, by="total", group="total")
    book.count("followup", "answered", *of.get("known", (200, 300)))
    book.amount("benchmark", "employed", x / n - 0.3 if n else None, group="difference", lower=0.01, upper=0.9)
    frames.append(book.frame())
    book = ResultSet("small", "T", edition, "survey", Disclosure())
    effect, lower, upper, p = of.get("effect", (0.1, -0.1, 0.3, 0.3))
    book.amount("item", "net_change", effect, item="q1", lower=lower, upper=upper, p_adjusted=p)
    frames.append(book.frame())
    return pd.concat(frames, ignore_index=True)


def between(**counts):
    place = {"topic": "placement", "table": "placement", "measure": "employed", "item": "", "by": "total"}
    return pd.DataFrame([{**place, "group": "total", **NONE, **counts}])


def why(now, before, counts=None, which="why"):
    found = changes.compare(now, before, {"students": 500}, counts)
    return dict(zip(zip(found["table"], found["measure"], strict=True), found[which], strict=True))


def grown(x0, n0, x1, n1):
    """Two terms, the later of which holds the earlier one's persons and new ones: the verdict on the rate."""
    counts = between(kept=n0, kept_x=x0, new=n1 - n0, new_x=x1 - x0)
    return why(table(employed=(x1, n1, n1)), table(employed=(x0, n0, n0)), counts)[("placement", "employed")]


def test_a_target_that_is_crossed_is_told_in_both_directions():
    below, above = table(students=490), table(students=510)
    assert why(above, below)[("targets", "actual")] == "target_reached"
    assert why(below, above)[("targets", "actual")] == "target_lost"


def test_a_number_of_a_complete_register_has_no_interval_and_is_never_said_not_to_matter():
    assert why(table(students=480), table(students=360))[("targets", "actual")] == "register"
    assert "other" not in changes.WHYS


def test_a_target_that_is_a_rate_and_one_that_is_a_count_are_each_followed_once():
    def both(students, employed):
        book = ResultSet("small", "T", "internal", "monitoring", Disclosure())
        book.count("targets", "actual", students, item="students")
        book.rate("targets", "actual", employed, 100, 100, item="placed")
        return book.frame()

    found = changes.compare(both(510, 60), both(490, 40), {"students": 500, "placed": 0.5})
    assert sorted(zip(found["item"], found["kind"], found["now"], strict=True)) == [
        ("placed", "percent", 0.6),
        ("students", "integer", 510),
    ]


def test_a_result_that_begins_or_ceases_to_stand_out_from_chance_is_told():
    unclear, clear = table(), table(effect=(0.2, 0.05, 0.35, 0.02))
    assert why(clear, unclear)[("item", "net_change")] == "conclusion_gained"
    assert why(unclear, clear)[("item", "net_change")] == "conclusion_lost"
    assert why(clear, clear)[("item", "net_change")] == "same"


def test_the_cases_of_the_issue():
    assert grown(8, 160, 28, 200) == "clear_rise"  # had no interval, and "does not matter"
    assert grown(100, 200, 205, 400) == "unclear"
    one_more = rate_change(RateChange(kept=1, kept_x=0, rose=0, fell=0, new=1, new_x=1))
    assert one_more.lower < 0 < one_more.upper  # 1 of 1 person was "a clear rise, +34 to +91"
    late = rate_change(RateChange(kept=150, kept_x=80, rose=2, fell=0, new=0, new_x=0))
    assert late.lower <= 0 < late.upper  # two late answers of the same persons were one, too
    direct = rate_change(RateChange(kept=160, kept_x=8, rose=0, fell=0, new=40, new_x=20))
    assert direct.estimate == pytest.approx(0.09) and (direct.lower, direct.upper) == pytest.approx(
        (0.06, 0.12), abs=0.005
    )


def test_a_rate_less_a_constant_has_the_verdict_of_the_rate():
    counts = between(kept=160, kept_x=8, new=40, new_x=20)
    found = why(table(employed=(28, 200, 200)), table(employed=(8, 160, 160)), counts)
    assert found[("benchmark", "employed")] == found[("placement", "employed")] == "clear_rise"
    ends = [
        why(table(employed=(28, 200, 200)), table(employed=(8, 160, 160)), counts, end) for end in ("lower", "upper")
    ]
    assert all(end[("benchmark", "employed")] == end[("placement", "employed")] for end in ends)


def test_without_the_counts_of_both_terms_nothing_is_concluded_of_a_rate():
    found = why(table(employed=(30, 200, 200), known=(200, 300)), table(employed=(10, 160, 160)))
    assert found[("placement", "employed")] == "unjudged"


def test_rounded_numbers_are_not_compared():
    now, before = (table("public", employed=counts) for counts in ((150, 200, 300), (75, 150, 300)))
    assert "placement" not in set(changes.compare(now, before, {})["table"])


def test_a_fall_of_the_response_is_a_fall_of_quality_and_a_rise_is_not():
    before = table(known=(200, 300))
    assert why(table(known=(240, 400)), before)[("followup", "answered")] == "quality_fell"
    assert why(table(known=(380, 400)), before)[("followup", "answered")] == "register"


def test_a_number_that_is_no_longer_shown_is_told():
    found = changes.compare(table("public", employed=(5, 5, 60)), table(), {})
    row = found[(found["table"] == "placement")].iloc[0]
    assert row["why"] == "hidden_now" and pd.isna(row["now"])


def test_the_weightiest_stand_first():
    counts = between(kept=200, kept_x=100, new=200, new_x=190)
    now = table(students=510, employed=(290, 400, 500), known=(240, 400), effect=(0.2, 0.05, 0.35, 0.02))
    found = changes.compare(now, table(students=490), {"students": 500}, counts)
    assert list(found["why"]) == ["target_reached", "conclusion_gained", *["clear_rise"] * 2, "quality_fell"]


def test_nothing_is_compared_with_nothing():
    assert changes.compare(table(), table().iloc[:0], {}).empty
    assert list(changes.compare(table(), table(), {})["difference"].dropna()) == [0] * 5


def test_numbers_of_earlier_terms_that_are_another_now_are_listed_with_why():
    def leavers(n):
        book = ResultSet("small", "T", "internal", "placement", Disclosure())
        for scope, count in (("all", n + 9), ("2021K", n)):
            book.count("followup", "leavers", count, scope=scope)
        return book.frame()

    found = changes.revised(leavers(51), leavers(62))
    assert found.to_dict("records") == [
        {
            "topic": "placement",
            "measure": "leavers",
            "scope": "2021K",
            "before": 62,
            "now": 51,
            "why": "register_corrected",
        }
    ]
    assert changes.revised(leavers(51), leavers(51)).empty and changes.revised(leavers(51), leavers(62), 20).empty


@pytest.mark.parametrize(("n0", "n1"), [(40, 45), (39, 40), (160, 200), (300, 600)])
@pytest.mark.parametrize("p", [0.02, 0.07, 0.5, 0.98])
@pytest.mark.parametrize("revised", [0.0, 0.05])
def test_the_interval_of_a_change_covers_and_false_verdicts_are_few(n0, n1, p, revised):
    """Nothing changes in truth; the later term holds the earlier one, and answers may have been revised."""
    random, held, known, tries = np.random.default_rng(5), 0, {}, 500
    for _ in range(tries):
        old, drawn = random.random(n0) < p, random.random(n0)
        now = np.where(old, drawn >= revised * (1 - p), drawn < revised * p)
        counts = (n0, int(now.sum()), int((now & ~old).sum()), int((old & ~now).sum()), n1 - n0)
        counts = (*counts, int(random.binomial(n1 - n0, p)))
        if counts not in known:
            found = rate_change(RateChange(*counts))
            known[counts] = found.lower - 1e-12 <= 0 <= found.upper + 1e-12
        held += known[counts]
    assert held / tries >= 0.935  # 0.94, less the error of 500 tries


def test_net_changes_of_two_terms():
    assert net_change_over_terms((30, 20, 10), (0, 0, 0)).note == "nothing_new"
    worse = net_change_over_terms((60, 40, 0), (0, 10, 50))
    assert worse.estimate == pytest.approx((60 - 50) / 160 - 0.6) and worse.upper < 0


def test_who_answered_in_which_term_is_counted_by_person():
    from test_stage_survey import study, tables

    before = tables({"skill": [2, 2, 2]}, {"skill": [3, 2, 1], "useful": [5, 5, 2]}, persons=6)
    now = tables({"skill": [2, 2, 2, 3]}, {"skill": [3, 3, 1, 4], "useful": [5, 2, 4, 4]}, persons=6)
    frame = between_terms.between(study(), before, now).set_index(["table", "item"])
    useful = frame.loc[("feedback", "useful"), list(RATES)].to_dict()
    assert useful == dict(kept=3, kept_x=2, rose=1, fell=1, new=1, new_x=1, gone=0, gone_x=0)
    skill = frame.loc[("item", "skill"), list(between_terms.PAIRS)].to_dict()
    assert skill == dict(old_better=2, old_same=0, old_worse=1, new_better=1, new_same=0, new_worse=0, revised=1)


R = json.loads((Path(__file__).parent / "reference" / "over_terms_r.json").read_text())["rate_change"]


@pytest.mark.parametrize("case", R, ids=lambda case: str(case["counts"]))
def test_the_change_of_a_rate_is_that_of_r(case):
    """(new / n) times the difference of new and earlier persons, and likewise of those who are gone."""
    kept, kept_x, new, new_x, gone, gone_x = map(int, case["counts"])
    found = rate_change(RateChange(kept, kept_x, 0, 0, new, new_x, gone, gone_x))
    assert [found.estimate, found.lower, found.upper] == pytest.approx(case["change"], abs=1e-9)
