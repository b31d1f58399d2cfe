"""What changed between two terms: which changes matter, in which order, and what the interval of a change promises."""

import numpy as np
import pandas as pd
import pytest

from evaltools.results import changes
from evaltools.results.records import ResultSet
from evaltools.statistics import proportions
from evaltools.study.evaluation_model import Disclosure


def table(edition="internal", **of):
    """Result rows of a small study: a target, a rate, an item, a response share."""
    book = ResultSet("small", "T", edition, "monitoring", Disclosure())
    book.count("targets", "actual", of.get("students", 400), item="students")
    frames = [book.frame()]
    book = ResultSet("small", "T", edition, "placement", Disclosure())
    book.rate("placement", "employed", *of.get("employed", (100, 200, 300)), by="total", group="total")
    book.count("followup", "answered", *of.get("known", (200, 300)))
    frames.append(book.frame())
    book = ResultSet("small", "T", edition, "survey", Disclosure())
    effect, lower, upper, p = of.get("effect", (0.1, -0.1, 0.3, 0.3))
    book.amount("item", "net_change", effect, item="q1", lower=lower, upper=upper, p_adjusted=p)
    frames.append(book.frame())
    return pd.concat(frames, ignore_index=True)


def why(now, before, base=0):
    found = changes.compare(now, before, {"students": 500}, base)
    return dict(zip(found["measure"], found["why"], strict=True))


def test_a_target_that_is_crossed_is_told_in_both_directions():
    below, above = table(students=490), table(students=510)
    assert why(above, below)["actual"] == "target_reached"
    assert why(below, above)["actual"] == "target_lost"
    assert why(table(students=480), below)["actual"] == "other"


def test_a_result_that_begins_or_ceases_to_stand_out_from_chance_is_told():
    unclear, clear = table(), table(effect=(0.2, 0.05, 0.35, 0.02))
    assert why(clear, unclear)["net_change"] == "conclusion_gained"
    assert why(unclear, clear)["net_change"] == "conclusion_lost"
    assert why(clear, clear)["net_change"] == "other"


def test_a_rate_that_moves_beyond_chance_is_told_and_one_within_it_is_not():
    before = table(employed=(100, 200, 300))
    assert why(table(employed=(290, 400, 500)), before)["employed"] == "clear_rise"
    assert why(table(employed=(110, 400, 500)), before)["employed"] == "clear_fall"
    assert why(table(employed=(205, 400, 500)), before)["employed"] == "other"


def test_what_rounding_alone_can_do_is_no_change():
    now, before = (table("public", employed=counts) for counts in ((30, 40, 60), (15, 30, 60)))
    assert why(now, before, base=0)["employed"] == "clear_rise"
    assert why(now, before, base=5)["employed"] == "other"


def test_a_fall_of_the_response_is_a_fall_of_quality_and_a_rise_is_not():
    before = table(known=(200, 300))
    assert why(table(known=(240, 400)), before)["answered"] == "quality_fell"
    assert why(table(known=(380, 400)), before)["answered"] == "other"


def test_a_number_that_is_no_longer_shown_is_told():
    found = changes.compare(table("public", employed=(2, 5, 60)), table("public"), {}, 5)
    row = found[found["measure"] == "employed"].iloc[0]
    assert row["why"] == "hidden_now" and pd.isna(row["now"])


def test_the_weightiest_stand_first():
    now = table(students=510, employed=(290, 400, 500), known=(240, 400), effect=(0.2, 0.05, 0.35, 0.02))
    before = table(students=490)
    found = changes.compare(now, before, {"students": 500})
    order = ["target_reached", "conclusion_gained", "clear_rise", "quality_fell"]
    assert list(found["why"]) == order
    places = [changes.WHYS.index(why) for why in found["why"]]
    assert places == sorted(places)


def test_nothing_is_compared_with_nothing():
    assert changes.compare(table(), table().iloc[:0], {}).empty
    assert list(changes.compare(table(), table(), {})["difference"].dropna()) == [0, 0, 0, 0]


@pytest.mark.parametrize(("earlier", "later", "p"), [(100, 200, 0.5), (150, 250, 0.8), (60, 300, 0.3)])
def test_the_interval_of_a_change_on_nested_data_holds_zero_as_often_as_it_says(earlier, later, p):
    """Nothing changes in truth, the later term holds the earlier one: about 95 of 100 intervals hold zero."""
    random, held, tries = np.random.default_rng(1), 0, 2000
    first = random.binomial(earlier, p, tries)
    whole = first + random.binomial(later - earlier, p, tries)
    known = {}
    for x, y in zip(first, whole, strict=True):
        if (x, y) not in known:
            rows = [_rate(int(y), later), _rate(int(x), earlier)]
            lower, upper = changes.interval(*rows)
            known[x, y] = lower <= 0 <= upper
        held += known[x, y]
    assert 0.93 <= held / tries <= 0.98


def _rate(count, n):
    found = proportions.wilson(count, n)
    return pd.Series({"estimate": found.estimate, "lower": found.lower, "upper": found.upper})
