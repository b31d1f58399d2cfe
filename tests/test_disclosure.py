"""The public edition: every count of persons a multiple of the base, and no statistic of a handful."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest
from conftest import write_study
from hypothesis import given
from hypothesis import strategies as st
from test_counts import draw, tables_of

from evaltools.counts import tabulation
from evaltools.disclosure import audit, cells, policy, release_check
from evaltools.disclosure.cells import Cell
from evaltools.disclosure.policy import INNER, PERSON_COUNTS
from evaltools.disclosure.release_check import ReleaseError
from evaltools.disclosure.release_log import LEDGER, LedgerError, Published, append, load
from evaltools.ingest.tidy import Tables
from evaltools.results.records import EXACT, ROUNDED, WITHHELD, ResultSet
from evaltools.statistics.types import Estimate
from evaltools.study import loader
from evaltools.study.evaluation_model import Disclosure

ROUNDING = Disclosure()
OPEN = Disclosure(method="none", reason="published elsewhere")
MEAN = Estimate(0.5, 0.4, 0.6, 12, "paired t")


def book(edition: str = "public", settings: Disclosure = ROUNDING) -> ResultSet:
    return ResultSet("study", "T1", edition, "topic", settings)


@given(st.integers(0, 10**6), st.integers(2, 100))
def test_rounding_goes_to_the_nearest_multiple(count, base):
    shown = policy.rounded(count, base)
    assert shown % base == 0
    assert abs(shown - count) * 2 <= base
    assert shown == policy.rounded(pd.Series([count]), base)[0]


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(2, 100))
def test_rounding_keeps_order_so_that_no_part_exceeds_its_whole(one, other, base):
    low, high = sorted((one, other))
    assert policy.rounded(low, base) <= policy.rounded(high, base)


# --- tables ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return loader.load(write_study(tmp_path_factory.mktemp("disclosure") / "small"))


SEEDS = (2, 3, 5)


@pytest.fixture(scope="module")
def tables(small) -> Callable[..., Tables]:
    """Every count table of a random population of up to forty; the first term knows only those who started in it."""

    @cache
    def of(seed: int, term: str = "T2") -> Tables:
        people = [person for person in draw(seed) if term == "T2" or person["term"] == term]
        return tabulation.collect(small, tables_of(people), term)

    return of


def shown_cells(frames: Tables) -> dict[Cell, int]:
    return cells.cells({name: frame for name, frame in frames.items() if name in PERSON_COUNTS})


@pytest.mark.parametrize("settings", [ROUNDING, Disclosure(base=3), Disclosure(minimum=12)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_every_count_of_persons_goes_to_a_multiple_and_everything_adds_up(tables, seed, settings):
    exact = tables(seed)
    before = {name: frame.copy() for name, frame in exact.items()}
    truth = shown_cells(exact)
    public = release_check.published(exact, policy.protect(exact, settings, "public"), settings, "T2")
    step = policy.step(settings)
    assert step >= settings.minimum and step % settings.base == 0
    assert set(public.cells) == set(truth)
    assert all(value % step == 0 and value >= 0 for value in public.cells.values())
    relations = cells.relations(truth)
    assert len(relations) > 50 and all(relation.holds(public.cells) for relation in relations)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, exact[name])  # what came in is left alone


def test_counts_go_to_the_next_multiples_and_multiples_stay(tables):
    farther = total = 0
    for seed in SEEDS:
        truth = shown_cells(exact := tables(seed))
        public = release_check.published(exact, policy.protect(exact, ROUNDING, "public"), ROUNDING, "T2")
        farther += sum(abs(public.cells[cell] - count) >= 5 for cell, count in truth.items())
        total += len(truth)
    assert farther <= total / 200


def test_one_quantity_is_published_once(tables):
    frames = policy.protect(tables(5), ROUNDING, "public")
    everyone = frames["composition"].query("by == 'total' and scope == 'all'")["count"].item()
    assert set(frames["registrations"]["total"]) == {everyone}
    assert frames["responses"].query("scope == 'all' and step == 'participants'")["count"].item() == everyone
    sizes = frames["composition"].query("by == 'target_group' and scope == 'all'").set_index("group")["count"]
    assert (frames["cross"]["total"] == frames["cross"]["target_group"].map(sizes)).all()
    overlap = frames["overlap"].set_index(["group", "group2"])["count"]
    assert all(overlap[a, b] == overlap[b, a] and overlap[a, a] == sizes[a] for a, b in overlap.index)


def test_a_group_whose_rounded_size_is_zero_is_not_listed_and_totals_always_are(tables):
    places = [("total", "total", 20), ("target_group", "low", 0), ("gender", "f", 18), ("gender", "m", 2)]
    rows = [("all", by, group, count, 20) for by, group, count in places]
    composition = pd.DataFrame(rows, columns=["scope", "by", "group", "count", "total"])
    shown = policy.protect({"composition": composition}, ROUNDING, "public")["composition"]
    assert shown["group"].tolist() == ["total", "low", "f"]
    assert shown["count"].tolist() == [20, 0, 20]
    everyone = tables(3)
    for name, frame in policy.protect(everyone, ROUNDING, "public").items():
        if name in ("composition", "completion", "placement"):
            ever = everyone[name].query("by in ('total', 'target_group')")[["scope", "by", "group"]]
            kept = frame.query("by in ('total', 'target_group')")[["scope", "by", "group"]]
            pd.testing.assert_frame_equal(kept.reset_index(drop=True), ever.reset_index(drop=True))


def test_the_order_of_rows_does_not_matter(tables):
    exact = tables(6)
    mixed = {name: frame.sample(frac=1, random_state=1) for name, frame in exact.items()}
    mixed["composition"] = exact["composition"]  # which names the terms in their order
    one, other = (shown_cells(policy.protect(frames, ROUNDING, "public")) for frames in (exact, mixed))
    assert one == other


def test_the_internal_edition_is_exact_and_so_is_a_study_that_says_why(tables):
    exact = tables(4)
    for settings, edition in ((ROUNDING, "internal"), (OPEN, "public"), (OPEN, "internal")):
        for name, frame in policy.protect(exact, settings, edition).items():
            pd.testing.assert_frame_equal(frame, exact[name])
        assert policy.shown(3, settings, edition) == 3
        assert policy.enough(1, settings, edition)


def test_a_table_nobody_declared_does_not_pass():
    with pytest.raises(KeyError, match="new_table"):
        policy.protect({"new_table": pd.DataFrame({"count": [1]})}, ROUNDING, "public")


def test_every_table_of_persons_has_its_cells_and_none_is_both_shown_and_inner():
    assert not set(PERSON_COUNTS) & set(INNER)
    assert set(PERSON_COUNTS) == set(cells.TABLES)


# --- the gate and the ledger -------------------------------------------------------------------------------------


def test_a_protected_release_passes_the_gate_with_all_that_came_before(tables):
    for seed in (4,):
        ledger: list[Published] = []
        for term in ("T1", "T2", "T2"):
            exact = tables(seed, term)
            public = policy.protect(exact, ROUNDING, "public", ledger, term)
            now = release_check.published(exact, public, ROUNDING, term)
            release_check.gate("small", release_check.known(exact, now, ledger), ROUNDING)
            ledger.append(now)
        assert ledger[2] == ledger[1]  # the same data released again give the same numbers


@pytest.mark.parametrize("way", ["exact", "independent"])
def test_without_protection_the_gate_names_cells_and_no_counts(tables, way):
    exact = tables(7)
    truth = shown_cells(exact)
    shown = {cell: policy.rounded(n, 5) if way == "independent" else n for cell, n in truth.items()}
    held = release_check.known(exact, Published("T2", 2 if way == "independent" else 0, shown))
    with pytest.raises(ReleaseError) as refused:
        release_check.gate("small", held, ROUNDING, 3.0)
    pinned = [found for found in refused.value.findings if found.kind in ("exact", "within")]
    assert len(pinned) > 10
    assert all(1 <= truth[f.cell] <= 4 if f.whole is None else 1 <= truth[f.whole] - truth[f.cell] <= 4 for f in pinned)
    for language in ("fi", "en"):
        lines = refused.value.lines(language)
        assert lines[0].startswith("small:")
        assert any("persons" in line and "=" in line for line in lines)
        assert not any(re.search(r"\d", re.sub(r"= [^,:]+|T\d", "", line)) for line in lines)
    assert "leave out the breakdown" in str(refused.value)


def test_with_a_limit_that_nothing_is_under_the_gate_lets_everything_through(tables):
    """The test copy whose gate is taken away: what it lets through, the attack of the gate itself reads at once."""
    exact = tables(7)
    held = release_check.known(exact, Published("T2", 0, shown_cells(exact)))
    assert audit.attack(held, 0) == []
    assert len(audit.attack(held, ROUNDING.minimum)) > 10


def test_a_count_published_twice_with_two_roundings_is_found(tables):
    exact = tables(7)
    public = release_check.published(exact, policy.protect(exact, ROUNDING, "public"), ROUNDING, "T2")
    moved = next(c for c, n in shown_cells(exact).items() if n < 5 and c.by == "region" and c.scope == "T1" and n)
    other = 5 - public.cells[moved]
    past = Published("T1", 4, {moved: other, moved._replace(group="elsewhere"): 0})
    findings = audit.attack(release_check.known(exact, public, [past]), 5, 4.0)
    assert moved in {found.cell for found in findings if found.kind in ("exact", "within")}


def test_what_was_published_is_published_again(tables):
    exact = tables(7)
    truth = shown_cells(exact)
    chosen = [c for c, n in truth.items() if c.by == "gender" and c.scope == "T1" and c.measure == "persons" and n % 5]
    for value in (truth[chosen[0]] // 5 * 5, truth[chosen[0]] // 5 * 5 + 5):
        past = Published("T1", 4, {chosen[0]: value, Cell("persons", "T0"): 0})
        public = policy.protect(exact, ROUNDING, "public", [past], "T2")
        assert release_check.published(exact, public, ROUNDING, "T2").cells[chosen[0]] == value


def test_the_ledger_keeps_what_was_published(tables, tmp_path):
    path = tmp_path / "outputs" / LEDGER
    assert load(path) == []
    exact = tables(4)
    first = release_check.published(exact, policy.protect(exact, ROUNDING, "public"), ROUNDING, "T1")
    append(path, [first])
    append(path, [first])
    assert load(path) == [first]
    append(path, [first, replace(first, term="T2")])
    assert [past.term for past in load(path)] == ["T1", "T2"]
    path.write_text(path.read_text()[:-20])
    with pytest.raises(LedgerError, match="no ledger"):
        load(path)


# --- rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(15))
def test_a_statistic_of_fewer_than_five_is_withheld(n):
    public, internal = book(), book("internal")
    mean = Estimate(0.5, 0.4, 0.6, n, "paired t")
    for b in (public, internal):
        b.statistic("t", "m", mean, p=0.04, effect=0.3, effect_lower=0.1, effect_upper=0.5, statistic=3.0, df=2.0)
    shown = public.frame().iloc[0]
    numbers = shown[["estimate", "lower", "upper", "p", "effect", "effect_lower", "effect_upper"]]
    assert shown[["statistic", "df"]].isna().all()  # they would tell the exact number of persons
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
    public.statistic("t", "m", Estimate(0.5, 0.4, 0.6, 11, "paired t"), item="other")
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
    row = {"count": 15, "answered": 25, "invited": 40}
    public = book()
    public.rate("t", "rate", row["count"], row["answered"], row["invited"])
    public.count("t", "share", row["count"], row["answered"])
    rate, share = (public.frame().iloc[i] for i in range(2))
    assert (rate["count"], rate["answered"], rate["invited"]) == (15, 25, 40)
    assert rate["estimate"] == share["estimate"] == 15 / 25
    assert rate["response_rate"] == 25 / 40
    assert (rate["bound_lower"], rate["bound_upper"]) == (15 / 40, 30 / 40)
    assert rate["status"] == share["status"] == ROUNDED


def test_a_protected_number_of_persons_alone_decides_what_is_withheld():
    public = book()
    for item, (n, exact) in enumerate([(5, 9), (5, 2), (10, 6), (10, 14)]):
        public.statistic("t", "m", replace(MEAN, n=exact), answered=n, item=str(item))
    frame = public.frame()
    assert frame["answered"].tolist() == [5, 5, 10, 10]
    assert frame["estimate"].isna().tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("n", "estimate", "lower", "upper", "p"),
    [
        (640, 0.35, 0.31, 0.39, 0.042),
        (60, 0.3, 0.3, 0.4, 0.04),
        (10, 0.3, 0.3, 0.4, 0.04),
        (5, 0.0, 0.0, 1.0, 0.04),
    ],
)
def test_a_public_statistic_has_no_more_digits_than_its_persons_bear(n, estimate, lower, upper, p):
    made = book()
    exact = Estimate(0.3451, 0.3123, 0.3812, n, "paired t")
    made.statistic(
        "t", "m", exact, p=0.0423, effect=0.3451, effect_lower=0.3123, effect_upper=0.3812, statistic=2.1, df=9
    )
    row = made.frame().iloc[0]
    assert [row[c] for c in ("estimate", "lower", "upper", "p")] == pytest.approx([estimate, lower, upper, p])
    assert [row[f"effect{c}"] for c in ("", "_lower", "_upper")] == pytest.approx([estimate, lower, upper])
    assert pd.isna(row["statistic"]) and pd.isna(row["df"])


def test_large_and_shown_statistics_keep_the_digits_they_may():
    made = book()
    made.statistic("t", "earnings", Estimate(6349.14, 6100.2, 6598.1, 185, "t"))
    made.statistic("t", "of shown counts", Estimate(0.3451, 0.3123, 0.3812, 20, "t"), of_shown=True)
    made.statistic("t", "internal", Estimate(-0.3451, -0.3812, -0.3123, 185, "t"))
    rows = made.frame()
    assert rows[["estimate", "lower", "upper"]].values.tolist() == [
        [6350, 6100, 6600],
        [0.3451, 0.3123, 0.3812],
        [-0.35, -0.39, -0.31],
    ]


def test_the_sum_of_answers_does_not_follow_from_a_public_mean():
    """For every size that the rounded one allows there is a whole sum with the published mean."""
    for n, total in ((12, 41), (57, 203), (148, 512)):
        made = book()
        made.statistic("t", "mean", Estimate(total / n, None, None, n, "t"))
        row = made.frame().iloc[0]
        half = 0.5 * 10.0 ** -(len(str(int(row["answered"]))) - 1)
        possible = [
            m for m in range(n - 4, n + 5) if any(abs(s / m - row["estimate"]) <= half for s in range(1, 5 * m))
        ]
        assert len(possible) >= 8
