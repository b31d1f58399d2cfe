"""The public edition: every count of persons a multiple of the base, and no statistic of a handful."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import write_study
from test_counts import draw, tables_of

from evaltools import session
from evaltools.counts import tabulation
from evaltools.disclosure import (
    audit,
    cells,
    definitions,
    exact_figures,
    policy,
    release_check,
    release_log,
    release_rules,
    rounding,
)
from evaltools.disclosure.cells import Cell
from evaltools.disclosure.policy import INNER, PERSON_COUNTS
from evaltools.disclosure.release_check import ReleaseError
from evaltools.disclosure.release_log import LEDGER, LedgerError, Published, append, load
from evaltools.ingest.tidy import Tables
from evaltools.pipeline import publication
from evaltools.pipeline.job import Job
from evaltools.pipeline.options import Options
from evaltools.report import pages
from evaltools.results.records import EXACT, ROUNDED, WITHHELD, ResultSet
from evaltools.sections.material import Labels
from evaltools.statistics import nonresponse, proportions
from evaltools.statistics.types import Estimate
from evaltools.study import loader
from evaltools.study.evaluation_model import Disclosure
from evaltools.workspace import Workspace

ROUNDING = Disclosure()
OPEN = Disclosure(method="none", reason="published elsewhere")
MEAN = Estimate(0.5, 0.4, 0.6, 12, "paired t")


def book(edition: str = "public", settings: Disclosure = ROUNDING) -> ResultSet:
    return ResultSet("study", "T1", edition, "topic", settings)


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
    return cells.cells(policy.of_persons(frames))


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
    of_groups = everyone["placement"].query("scope != 'all' and by != 'total'")
    assert len(of_groups) and not of_groups.index.isin(policy.of_persons(everyone)["placement"].index).any()
    everyone = policy.of_persons(everyone)
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
        assert policy.within(settings, edition) == 0


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
    shown = {cell: (2 * n + 5) // 10 * 5 if way == "independent" else n for cell, n in truth.items()}
    held = release_check.known(exact, Published("T2", 2 if way == "independent" else 0, shown))
    with pytest.raises(ReleaseError) as refused:
        release_check.gate("small", held, ROUNDING, 3.0)
    pinned = [found for found in refused.value.findings if found.kind in ("exact", "within")]
    assert len(pinned) > 10
    assert all(1 <= truth[f.cell] <= 4 if f.whole is None else 1 <= truth[f.whole] - truth[f.cell] <= 4 for f in pinned)
    for language in ("fi", "en"):
        lines = refused.value.lines(language)
        assert lines[0].startswith("small:")
        assert any("=" in line for line in lines)
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
    with pytest.raises(LedgerError, match="not a release ledger"):
        load(path)


# --- rows --------------------------------------------------------------------------------------------------------


def test_what_is_computed_from_exact_data_has_no_row_in_a_protected_edition():
    """Means, ranks and p values of exact answers pinned up to 28 of 41 small counts."""
    for settings in (ROUNDING, Disclosure(method="suppression")):
        public, internal = book(settings=settings), book("internal", settings)
        for made in (public, internal):
            made.statistic("t", "m", MEAN, p=0.04, effect=0.3, effect_lower=0.1, effect_upper=0.5)
            made.rate("t", "rate", 50, 100, 200, weighted=MEAN)
        assert public.frame()["table"].tolist() == ["t"] and public.frame()["weighted"].isna().all()
        assert internal.frame()["weighted"].notna().any() and len(internal.frame()) == 2


def test_a_count_that_disclosure_control_has_not_seen_has_no_row():
    for made in (lambda b: b.count("t", "m", 12), lambda b: b.rate("t", "m", 5, 11, 20)):
        with pytest.raises(ValueError, match="multiple"):
            made(book())
        made(book("internal"))


@pytest.mark.parametrize(("count", "answered", "invited"), [(0, 5, 10), (5, 5, 5), (5, 5, 500)])
def test_a_rate_of_few_is_withheld_with_its_count(count, answered, invited):
    public, internal = book(), book("internal")
    for b in (public, internal):
        b.rate("t", "m", count, answered, invited, weighted=MEAN)
    shown = public.frame().iloc[0]
    hidden = ["count", "estimate", "lower", "upper", "bound_lower", "bound_upper", "weighted", "weighted_lower"]
    assert shown[hidden].isna().all() and shown["status"] == WITHHELD
    assert internal.frame().iloc[0][hidden].notna().all() and internal.frame().iloc[0]["status"] == EXACT


def test_rates_of_rounded_counts_are_ranges_that_hold_every_rate_they_can_be():
    public = book()
    public.rate("t", "rate", 150, 250, 400)
    public.count("t", "share", 150, 250)
    rate, share = (public.frame().iloc[i] for i in range(2))
    assert rate["status"] == share["status"] == ROUNDED
    assert pd.isna(rate["estimate"]) and pd.isna(share["estimate"]) and pd.isna(rate["response_rate"])
    for count, answered, invited in ((146, 254, 404), (154, 246, 396), (150, 250, 400), (147, 251, 399)):
        for row in (rate, share):
            assert row["possible_lower"] <= count / answered <= row["possible_upper"]
        exact = proportions.clopper_pearson(count, answered)
        assert rate["lower"] <= exact.lower and exact.upper <= rate["upper"]
        bounds = nonresponse.manski(count, answered, invited)
        assert rate["bound_lower"] <= bounds.lower and bounds.upper <= rate["bound_upper"]


def test_a_range_too_wide_to_tell_anything_is_withheld_and_an_exact_figure_is_a_point():
    public = book()
    public.rate("t", "wide", 10, 25, 40)
    public.rate("t", "exact", 13, 27, 41, within=0)
    wide, exact = (public.frame().iloc[i] for i in range(2))
    assert wide["status"] == WITHHELD and pd.isna(wide[["estimate", "possible_lower", "lower"]]).all()
    assert exact["status"] == EXACT and exact["estimate"] == 13 / 27 and exact["response_rate"] == 27 / 41
    assert exact["lower"] * 100 == pytest.approx(round(exact["lower"] * 100))


def test_no_rounded_count_says_none_or_all():
    public = book()
    public.rate("t", "none", 0, 250, 250)
    public.rate("t", "all", 250, 250, 250)
    none, everyone = (public.frame().iloc[i] for i in range(2))
    assert pd.isna(none["estimate"]) and none["possible_upper"] >= 4 / 250
    assert pd.isna(everyone["estimate"]) and everyone["possible_lower"] <= 246 / 250
    for language in ("fi", "en"):
        labels = Labels(None, None, language, "public")
        said = labels.share(none), labels.share(everyone)
        assert not any(re.search(r"(^|\D)(0|100)\D?%", words.replace("\u00a0", " ")) for words in said)


# --- exact figures beside rounded tables -------------------------------------------------------------------------


def population(**of) -> dict[Cell, int]:
    whole = {"persons": 100, "invited": 80, "answered": 60, "employed": 40}
    group = {"persons": 50, "invited": 40, "answered": 30, "employed": 20}
    values = {Cell(m): of.get(m, n) for m, n in whole.items()}
    return values | {Cell(m, "all", "target_group", "g"): of.get(f"g_{m}", n) for m, n in group.items()}


G_EMPLOYED = Cell("employed", "all", "target_group", "g")


def test_main_figures_are_exact_where_every_part_and_every_rest_is_large():
    exact, _ = exact_figures.chosen(population(), [], 5)
    assert exact == population()


@pytest.mark.parametrize(
    "of",
    [
        {"g_employed": 4},
        {"g_employed": 26},  # four who are not
        {"g_answered": 37},  # three who did not answer
        {"g_employed": 37, "g_answered": 44, "g_invited": 50},  # three employed outside the group
        {"employed": 0},
        {"employed": 57},
    ],
    ids=str,
)
def test_a_figure_with_a_small_part_or_rest_stays_rounded(of):
    exact, _ = exact_figures.chosen(population(**of), [], 5)
    assert G_EMPLOYED not in exact


def test_a_group_that_was_printed_without_the_whole_is_compared_by_its_own_counts():
    def of_group(values):
        return {cell: count for cell, count in values.items() if cell.group == "g"}

    for (employed, answered, invited), large in (((10, 10, 30), True), ((18, 18, 38), False)):
        before = of_group(population(g_employed=employed, g_answered=answered, g_invited=invited))
        exact, _ = exact_figures.chosen(population(), [Published("T1", 4, {}, before)], 5)
        assert (G_EMPLOYED in exact) == large


def test_a_part_that_alone_keeps_a_figure_from_being_exact_is_rounded_down():
    _, most = exact_figures.chosen(population(g_employed=4, g_answered=15, g_invited=25), [], 5)
    assert most == {G_EMPLOYED: 0}


@pytest.mark.parametrize(("now", "again"), [(100, True), (101, False), (104, False), (105, True), (97, False)])
def test_a_total_printed_exactly_is_so_again_when_all_or_nothing_changed(now, again):
    before = Published("T1", 4, {}, {Cell("persons"): 100})
    exact, _ = exact_figures.chosen({Cell("persons"): now}, [before], 5)
    assert (Cell("persons") in exact) == again


def test_no_two_exact_numbers_differ_by_a_few():
    values = population(invited=97, answered=60)  # three persons were not invited
    exact, _ = exact_figures.chosen(values, [], 5)
    assert Cell("persons") in exact and Cell("invited") not in exact


def test_numbers_of_which_neither_counts_some_of_the_other_may_be_alike():
    """Who is in a group and who is employed in all: that they differ by two tells of nobody."""
    exact, _ = exact_figures.chosen(population(g_persons=42), [], 5)
    assert Cell("persons", "all", "target_group", "g") in exact


@pytest.mark.parametrize("printed", [True, False])
def test_how_many_have_a_study_right_is_said_only_where_it_is_said_how_many_there_are(printed):
    """A reader takes the one for the other, and often rightly so."""
    of_group = {m: Cell(m, "all", "target_group", "g") for m in ("persons", "known", "completed")}
    values = population() | {Cell("known"): 100, Cell("completed"): 70}
    values |= {of_group["known"]: 50, of_group["completed"]: 35}
    exact, _ = exact_figures.chosen(values, [], 5, [] if printed else [of_group["persons"]])
    assert [cell in exact for cell in of_group.values()] == [printed] * 3


def test_an_exact_figure_that_gives_a_small_count_away_is_found():
    """The rule alone would not see what other exact numbers give: the attacker does."""
    whole, part, rest = Cell("persons"), *(Cell("persons", by="gender", group=g) for g in "fm")
    adds_up = cells.Relation(((whole, 1), (part, -1), (rest, -1)), True)
    published = {whole: 60, part: 55, rest: 5}
    held = audit.Release(published, [adds_up], 4, {whole: 60, part: 57})
    assert next((f.kind, f.cell) for f in audit.attack(held, 5)) == ("exact", rest)
    assert audit.attack(audit.Release(published, [adds_up], 4, {whole: 60}), 5) == []


def test_the_gate_takes_back_the_young_figures_at_the_place_that_it_could_not_let_pass():
    values = population()
    old = Published("T1", 4, {}, {cell: n for cell, n in values.items() if cell.by == "total"})
    back = exact_figures.to_take_back([G_EMPLOYED], values, values, [])
    assert back and {cell.group for cell in back} == {"g"}
    exact, _ = exact_figures.chosen(values, [], 5, back)
    assert G_EMPLOYED not in exact and Cell("employed") in exact
    elsewhere = Cell("paired", by="item", group="q1")
    assert exact_figures.to_take_back([elsewhere], values, values, []) != back  # all, where none stands there
    assert {c.group for c in exact_figures.to_take_back([elsewhere], values, values, [old])} == {"g"}  # known anyhow
    assert exact_figures.to_take_back([elsewhere], values, exact | {}, [Published("T1", 4, {}, exact)]) == []


@pytest.mark.parametrize("kind", ["within", "timeout"])
def test_a_release_that_does_not_pass_is_tried_without_its_figures_before_it_is_refused(
    small, tmp_path, monkeypatch, kind
):
    tried: list[set[Cell]] = []

    def gate(study, held, *_):
        tried.append(set(held.exact))
        if held.exact:
            raise ReleaseError(study, [audit.Finding(kind, min(held.exact))])

    monkeypatch.setattr(release_check, "gate", gate)
    printed = {cell: n for cell, n in population().items() if cell in (Cell("persons"), Cell("employed"))}
    monkeypatch.setattr(
        exact_figures,
        "chosen",
        lambda truth, earlier, k, back, _: ({c: n for c, n in printed.items() if c not in back}, {}),
    )
    monkeypatch.setattr(exact_figures, "to_take_back", lambda found, truth, exact, earlier: list(exact)[:1])
    term = session.OpenTerm(small, small.terms[0], "en", "public", Workspace(tmp_path))
    now = publication.decided(term).published
    assert [len(exact) for exact in tried] == [2, 1, 0] and not now.exact
    monkeypatch.setattr(exact_figures, "to_take_back", lambda *_: [])
    release_log.refuse(tmp_path, [])
    with pytest.raises(ReleaseError):
        publication.decided(session.OpenTerm(small, small.terms[0], "en", "public", Workspace(tmp_path)))


def test_where_time_runs_out_all_figures_are_taken_back_at_once(small, tmp_path, monkeypatch):
    """Each attempt with some of them fewer would take as long again."""
    printed = {Cell("persons"): 12, Cell("employed"): 6}

    def gate(study, held, settings, seconds, *_):
        raise ReleaseError(study, [audit.Finding("timeout", Cell("employed"))])

    monkeypatch.setattr(release_check, "gate", gate)
    asked: list[set[Cell]] = []
    monkeypatch.setattr(exact_figures, "to_take_back", lambda found, *_: asked.append(set(found)) or list(printed))
    with pytest.raises(ReleaseError) as refused:
        publication.audit(session.OpenTerm(small, small.terms[0], "en", "public", Workspace(tmp_path)))
    assert asked == [set()] and refused.value.take_back == list(printed)


def test_the_attempts_of_a_run_share_their_time_and_say_how_far_they_are(small, tmp_path, monkeypatch):
    clock, given, said = [0.0], [], []
    monkeypatch.setattr(publication, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def slow(term, seconds, before, tell):
        given.append(seconds)
        clock[0] += 170.0
        tell(1, 4)
        tell(2, 4)
        raise ReleaseError(term.study.id, [audit.Finding("timeout")])

    monkeypatch.setattr(publication, "OFTEN", 3.0)
    monkeypatch.setattr(publication, "audit", slow)
    monkeypatch.setattr(publication, "take_back", lambda *_: True)
    about = pages.Edition(small, small.terms[0], "en", "public")
    gate = publication.Gate(
        Job(about, [], tmp_path / "T1", Options(progress=lambda *told: said.append(told[-1]))), 180.0
    )
    for _ in range(2):
        with pytest.raises(publication.TakenBackError):
            gate.check(tmp_path)
    assert given == [180.0, publication.LAST]
    assert said == ["protecting: 1 of 4 counts tried"] * 2  # not more often than every few seconds
    # what has to pass by what was proved is neither searched for nor changed
    gate = publication.Gate(Job(about, [], tmp_path / "T1", Options(proved=True)))
    with pytest.raises(ReleaseError):
        gate.check(tmp_path)
    assert given[-1] == 0.0


def test_what_a_report_shows_of_the_term_before_is_a_release_where_it_is_not_what_was_released(small, tmp_path):
    """A row corrected since makes other numbers of it: two that differ by one person tell of that person."""
    released = Published("T1", 4, {Cell("persons"): 10, Cell("employed"): 5}, {Cell("persons"): 12})
    ledger = Workspace(tmp_path).ledger
    release_log.append(ledger, [released])
    for now, new in [
        (released, False),
        (replace(released, exact={}), False),  # less of the same
        (replace(released, exact={Cell("persons"): 13}), True),
        (replace(released, cells=released.cells | {Cell("employed"): 10}), True),
        (replace(released, term="T0"), True),
    ]:
        term = session.OpenTerm(small, small.terms[-1], "en", "public", Workspace(tmp_path))
        term.__dict__["previous"] = SimpleNamespace(publication=lambda now=now: now)
        assert term.earlier == ([released, now] if new else [released])


def test_what_groups_are_by_definition_is_known_to_the_gate(small):
    """Two cells that are the same persons by the study file, one rounded down and the other up, give their count."""
    defined = definitions.definitions(small)
    men, men_in_care = defined["gender", "m"], defined["target_group", "men_in_care"]
    assert men_in_care <= men and not men <= men_in_care
    assert men_in_care <= defined["field", "care"] and men_in_care & men <= men_in_care
    assert (men_in_care & defined["gender", "f"]).empty
    assert ("target_group", "aged_or_needing") not in defined  # of two columns' either
    low = defined["target_group", "low"]
    assert low <= defined["education", "basic"] <= low
    assert defined["age_group", "young"] <= definitions.Definition({"age": definitions.AGE_WORDS})
    whole, basic = Cell("persons", by="gender", group="m"), Cell("persons", by="education", group="basic")
    of_low = Cell("persons", by="target_group", group="low")
    men_of_low = Cell("persons", "all", "gender", "m", "target_group", "low")
    none = Cell("persons", "all", "gender", "f", "target_group", "men_in_care")
    truth = {whole: 9, basic: 4, of_low: 4, men_of_low: 3, none: 0}
    told = {whole: 10, basic: 0, of_low: 5, men_of_low: 5, none: 0}
    without, known = (
        audit.attack(audit.Release(told, cells.relations(truth, defined=of), 4), 5) for of in (None, defined)
    )
    assert not without
    assert {(found.kind, found.cell) for found in known} >= {("within", basic), ("within", of_low)}
    relations = cells.relations(truth, defined=defined)
    assert cells.Relation(((none, 1),), True) in relations
    assert all(relation.holds(truth) for relation in relations)
    rounded = rounding.controlled(truth, relations, 5).values
    assert rounded[basic] == rounded[of_low]


def test_what_has_left_was_asked_at_the_end_whatever_the_group(small):
    """Who dropped out has left; who completed one study right may go on with another. Of a field nothing follows."""
    dropped, asked = (Cell(m, "all", "target_group", "low") for m in ("dropped", "asked_at_end"))
    assert {dropped: -1, asked: 1} in [dict(r.parts) for r in cells.relations({dropped: 3, asked: 9})]
    leavers, completed, out = Cell("leavers"), Cell("completed"), Cell("dropped")
    found = [dict(relation.parts) for relation in cells.relations({leavers: 8, completed: 6, out: 3})]
    assert {leavers: -1, completed: 1, out: 1} in found and {leavers: 1, out: -1} in found
    of_field = {dropped._replace(by="field", group="care"): 3, asked._replace(by="field", group="care"): 9}
    assert cells.relations(of_field) == []


def test_the_treated_arm_is_the_project(small):
    """With a comparison group the total of a measure is the treated arm's count of it."""
    total, treated, control = (
        Cell("employed", "all", by, g) for by, g in (("total", "total"), ("arm", "t"), ("arm", "c"))
    )
    item, pairs = Cell("paired", by="item", group="q1"), Cell("paired", "all", "item", "q1", "arm", "t")
    values = {total: 12, treated: 12, control: 3, item: 7, pairs: 7}
    relations = cells.relations(values)
    for whole, part in ((total, treated), (item, pairs)):
        assert cells.Relation(tuple(sorted(((whole, 1), (part, -1)))), True) in relations
    held = audit.Release({total: 10, treated: 15, control: 5}, cells.relations({total: 12, treated: 12, control: 3}), 4)
    assert audit.bounds(held, total) == (11, 14)


def test_worlds_are_a_certificate_that_adding_up_can_check():
    whole, parts = Cell("persons"), [Cell("persons", by="region", group=str(i)) for i in range(4)]
    relation = cells.Relation(((whole, 1), *((part, -1) for part in parts)), True)
    held = audit.Release({whole: 20, **dict.fromkeys(parts, 5)}, [relation], 4, {whole: 22})
    found = audit.worlds(held, 5, time.monotonic() + 10)
    low, high = held.bounds
    assert all(((low <= world) & (world <= high)).all() for world in found)
    assert all(not (held.rows.matrix @ world).any() for world in found)
    assert audit.attack(held, 5) == []


# --- by the same rules -------------------------------------------------------------------------------------------


def changed(study, **settings):
    return study.model_copy(update={"disclosure": study.disclosure.model_copy(update=settings)})


@pytest.mark.parametrize("change", [{"base": 10}, {"minimum": 6}, {"method": "suppression"}], ids=str)
def test_a_release_by_another_base_minimum_or_method_is_refused(small, change):
    past = Published("T1", 4, {}, rules=release_rules.rules(small))
    release_rules.check(small, [past])
    with pytest.raises(release_rules.RulesChangedError, match=next(iter(change))):
        release_rules.check(changed(small, **change), [past])


def test_a_release_with_other_limits_of_age_is_refused_and_one_more_group_is_not(small):
    past = Published("T1", 4, {}, rules=release_rules.rules(small))
    groups = small.age_groups
    moved = [g.model_copy(update={"max": g.max + 1}) if g is groups[0] else g for g in groups]
    with pytest.raises(release_rules.RulesChangedError, match="age_group"):
        release_rules.check(small.model_copy(update={"age_groups": moved}), [past])
    fewer = small.model_copy(update={"target_groups": small.target_groups[1:]})
    release_rules.check(fewer, [past])


def test_a_release_that_moves_a_word_to_another_code_is_refused(small):
    past = Published("T1", 4, {}, rules=release_rules.rules(small))
    by = next(b for b, words in past.rules["words"].items() if len(set(words.values())) > 1)
    one, other = small.codes[by][:2]
    merged = [one.model_copy(update={"also": [*one.also, *other.words]}), *small.codes[by][2:]]
    with pytest.raises(release_rules.RulesChangedError, match=by):
        release_rules.check(small.model_copy(update={"codes": small.codes | {by: merged}}), [past])


def test_a_code_with_any_sign_in_it_can_be_read_back(tmp_path):
    cell = Cell("persons", "all", "region", 'a|b "c" [d]')
    append(tmp_path / LEDGER, [Published("T1", 4, {cell: 10}, {cell: 12}, {"base": 5})])
    assert load(tmp_path / LEDGER) == [Published("T1", 4, {cell: 10}, {cell: 12}, {"base": 5})]


def test_the_ledger_of_an_earlier_version_is_read(tmp_path):
    old = {"releases": [{"term": "T1", "within": 4, "cells": {"persons|all|total|total||": 10}}]}
    (tmp_path / LEDGER).write_text(json.dumps(old))
    assert load(tmp_path / LEDGER) == [Published("T1", 4, {Cell("persons"): 10})]


def test_how_few_left_out_a_question_of_a_scale_is_not_told(small):
    """Two questions with exact pairs, and a scale that asks for both: rounded up, it says who left one out."""
    scale = small.survey.scales[0]
    first, second = scale.items[:2]
    pairs = {Cell("paired", "all", "item", q): n for q, n in ((first, 35), (second, 34), (scale.id, 33))}
    relations = cells.relations(pairs, defined=definitions.definitions(small))
    assert all(
        cells.Relation(
            tuple(sorted([(Cell("paired", "all", "item", q), 1), (Cell("paired", "all", "item", scale.id), -1)])), False
        )
        in relations
        for q in (first, second)
    )
    exact = {cell: n for cell, n in pairs.items() if cell.group != scale.id}
    most = exact_figures.most_with_all_answers(exact, relations)
    assert most == {Cell("paired", "all", "item", scale.id): 34}
    assert exact_figures.most_with_all_answers(dict.fromkeys(exact, 35), relations) == {}
    for of, safe in (({}, False), (most, True)):
        rounded = rounding.controlled(pairs, relations, 5, most=of).values
        assert (audit.attack(audit.Release(rounded, relations, 4, exact), 5) == []) is safe
