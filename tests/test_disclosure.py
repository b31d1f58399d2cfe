"""The public edition: every count of persons a multiple of the base, and no statistic of a handful."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaltools import disclosure
from evaltools.disclosure import INNER, PERSON_COUNTS
from evaltools.estimates import Estimate
from evaltools.model import Disclosure
from evaltools.results import EXACT, ROUNDED, WITHHELD, Book

ROUNDING = Disclosure()
OPEN = Disclosure(method="none", reason="published elsewhere")
MEAN = Estimate(0.5, 0.4, 0.6, 12, "some interval")


def book(edition: str = "public", settings: Disclosure = ROUNDING) -> Book:
    return Book("study", "T1", edition, "topic", settings)


@given(st.integers(0, 10**6), st.integers(2, 100))
def test_rounding_goes_to_the_nearest_multiple(count, base):
    shown = disclosure.rounded(count, base)
    assert shown % base == 0
    assert abs(shown - count) * 2 <= base
    assert shown == disclosure.rounded(pd.Series([count]), base)[0]


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(2, 100))
def test_rounding_keeps_order_so_that_no_part_exceeds_its_whole(one, other, base):
    low, high = sorted((one, other))
    assert disclosure.rounded(low, base) <= disclosure.rounded(high, base)


def table(columns: tuple[str, ...], values: list[int]) -> pd.DataFrame:
    return pd.DataFrame({c: values for c in columns}).assign(group="a", events=7)


def every_table() -> dict[str, pd.DataFrame]:
    return {name: table(columns, list(range(23))) for name, columns in PERSON_COUNTS.items()}


@pytest.mark.parametrize("base", [3, 5, 10])
def test_every_count_of_persons_is_rounded_in_the_public_edition(base):
    exact = every_table()
    shown = disclosure.protect(exact, Disclosure(base=base), "public")
    assert set(shown) == set(exact)
    for name, columns in PERSON_COUNTS.items():
        assert (shown[name][list(columns)] % base == 0).all(axis=None)
        assert (shown[name]["events"] == 7).all()  # events are no persons
        assert exact[name][columns[0]].tolist() == list(range(23))  # what came in is left alone


def test_the_internal_edition_is_exact_and_so_is_a_study_that_says_why():
    exact = every_table()
    for settings, edition in ((ROUNDING, "internal"), (OPEN, "public"), (OPEN, "internal")):
        for name, frame in disclosure.protect(exact, settings, edition).items():
            pd.testing.assert_frame_equal(frame, exact[name])
        assert disclosure.shown(3, settings, edition) == 3
        assert disclosure.enough(1, settings, edition)


def test_a_table_nobody_declared_does_not_pass():
    with pytest.raises(KeyError, match="new_table"):
        disclosure.protect({"new_table": table(("count",), [1])}, ROUNDING, "public")


def test_no_table_is_both_shown_and_inner():
    assert not set(PERSON_COUNTS) & set(INNER)


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(15))
def test_a_statistic_of_fewer_than_five_is_withheld(n):
    public, internal = book(), book("internal")
    mean = Estimate(0.5, 0.4, 0.6, n, "some interval")
    for b in (public, internal):
        b.statistic("t", "m", mean, p=0.04, effect=0.3, effect_lower=0.1, effect_upper=0.5, statistic=3.0, df=2.0)
    shown = public.frame().iloc[0]
    numbers = shown[["estimate", "lower", "upper", "p", "effect", "effect_lower", "effect_upper", "statistic", "df"]]
    assert numbers.isna().all() == (n < 5) and numbers.notna().all() == (n >= 5)
    assert (shown["status"] == WITHHELD) == (n < 5)
    assert shown["answered"] % 5 == 0
    assert internal.frame().iloc[0]["estimate"] == 0.5 and internal.frame().iloc[0]["answered"] == n


def test_the_smallest_group_behind_a_statistic_decides():
    public = book()
    public.statistic("t", "m", MEAN, least=4)
    public.statistic("t", "m", MEAN, least=5, item="other")
    assert public.frame()["estimate"].isna().tolist() == [True, False]


def test_the_least_number_is_the_studys_own():
    public = book(settings=Disclosure(minimum=12))
    public.statistic("t", "m", MEAN)
    public.statistic("t", "m", Estimate(0.5, 0.4, 0.6, 11, "some interval"), item="other")
    assert public.frame()["estimate"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("count", "answered", "invited"), [(0, 5, 10), (5, 5, 5), (5, 5, 500)])
def test_a_rate_of_few_is_withheld_with_its_count(count, answered, invited):
    public, internal = book(), book("internal")
    for b in (public, internal):
        b.rate("t", "m", count, answered, invited, weighted=MEAN)
    shown = public.frame().iloc[0]
    hidden = ["count", "estimate", "lower", "upper", "bound_lower", "bound_upper", "weighted", "weighted_lower"]
    assert shown[hidden].isna().all() and shown["status"] == WITHHELD
    assert internal.frame().iloc[0][hidden].notna().all() and internal.frame().iloc[0]["status"] == EXACT


def test_rates_and_shares_come_from_the_rounded_counts():
    counts = disclosure.protect(
        {"placement": pd.DataFrame({"count": [13], "answered": [27], "invited": [41]})}, ROUNDING, "public"
    )
    row = counts["placement"].iloc[0]
    public = book()
    public.rate("t", "rate", row["count"], row["answered"], row["invited"])
    public.count("t", "share", row["count"], row["answered"])
    rate, share = (public.frame().iloc[i] for i in range(2))
    assert (rate["count"], rate["answered"], rate["invited"]) == (15, 25, 40)
    assert rate["estimate"] == share["estimate"] == 15 / 25
    assert rate["response_rate"] == 25 / 40
    assert (rate["bound_lower"], rate["bound_upper"]) == (15 / 40, 30 / 40)
    assert rate["status"] == share["status"] == ROUNDED
