"""The attacker against every set of counts that fits, one by one; and against a small version of the benchmark."""

from __future__ import annotations

import importlib.util
import itertools
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaltools.disclosure import audit, cells, prior_knowledge, proof, rounding, solver
from evaltools.disclosure.audit import Finding, Release
from evaltools.disclosure.cells import Cell, Relation
from evaltools.disclosure.release_log import Published
from evaltools.study.evaluation_model import Disclosure

K = 5
CELLS = [Cell("persons", by="gender", group=group) for group in "abcd"]
WHOLE = Cell("persons")


def adds_up(whole: Cell, *parts: Cell) -> Relation:
    return Relation(((whole, 1), *((part, -1) for part in parts)), True)


def within(whole: Cell, part: Cell) -> Relation:
    return Relation(((whole, 1), (part, -1)), False)


def fitting(release: Release, most: int) -> list[dict[Cell, int]]:
    """Every set of counts up to ``most`` that fits what is known, by trying them all."""
    ranges = []
    for cell in release.cells:
        value = release.published.get(cell)
        known = value is not None
        ranges.append(range(max(0, value - release.within), value + release.within + 1) if known else range(most + 1))
    sets = (dict(zip(release.cells, counts, strict=True)) for counts in itertools.product(*ranges))
    return [counts for counts in sets if all(relation.holds(counts) for relation in release.relations)]


def small_by_hand(release: Release, most: int) -> set[Finding]:
    """What follows from all fitting sets: counts and rests that are small in each."""
    sets = fitting(release, most)
    if not sets:
        return {Finding("contradiction")}
    found = set()
    for cell, whole in ((release.cells[c], release.cells[w] if w >= 0 else None) for c, w in release.targets):
        values = {counts[cell] if whole is None else counts[whole] - counts[cell] for counts in sets}
        if all(1 <= value < K for value in values):
            found.add(Finding("exact" if len(values) == 1 else "within", cell, whole))
    return found


@st.composite
def releases(draw) -> Release:
    """A whole of two to four parts, exact or rounded somehow, sometimes with a part withheld or a part of a part."""
    parts = CELLS[: draw(st.integers(2, 3))]
    counts = {part: draw(st.integers(0, 7)) for part in parts}
    counts[WHOLE] = sum(counts.values())
    relations = [adds_up(WHOLE, *parts)]
    if draw(st.booleans()):
        inner = parts[0]._replace(by2="target_group", group2="x")
        counts[inner] = draw(st.integers(0, counts[parts[0]]))
        relations.append(within(parts[0], inner))
    far = draw(st.sampled_from([0, 1, 2]))
    published = {cell: max(0, n + draw(st.integers(-far, far))) for cell, n in counts.items()}
    if draw(st.booleans()):
        published[parts[-1]] = None
    return Release(published, relations, far)


@settings(max_examples=80)
@given(releases())
def test_the_attack_finds_what_trying_every_set_of_counts_finds(release):
    most = 2 + max(value or 0 for value in release.published.values()) + release.within
    found, truly = set(audit.attack(release, K)), small_by_hand(release, most)
    assert {f[1:] for f in found} == {f[1:] for f in truly}
    assert {f for f in found if f.kind != "within"} <= truly  # one known exactly may be found as known to be small


@settings(max_examples=40)
@given(releases())
def test_narrowed_bounds_leave_no_fitting_count_out_and_bounds_are_sharp(release):
    most = 2 + max(value or 0 for value in release.published.values()) + release.within
    sets = fitting(release, most)
    if not sets:
        return
    low, high = audit.narrowed(release)
    for i, cell in enumerate(release.cells):
        values = [counts[cell] for counts in sets]
        assert low[i] <= min(values) and max(values) <= high[i]
        assert audit.bounds(release, cell) == (min(values), max(values))


def test_parts_rounded_each_by_itself_give_their_total_away():
    published = {WHOLE: 5, CELLS[0]: 0, CELLS[1]: 0}
    release = Release(published, [adds_up(WHOLE, *CELLS[:2])], 2)
    assert Finding("within", WHOLE) in audit.attack(release, K)
    controlled = Release(published | {CELLS[1]: 5}, release.relations, 4)
    assert audit.attack(controlled, K) == []


def test_a_large_part_gives_the_small_rest_away():
    release = Release({WHOLE: 100, CELLS[0]: 97}, [within(WHOLE, CELLS[0])], 0)
    assert audit.attack(release, K) == [Finding("exact", CELLS[0], WHOLE)]


def test_an_attack_out_of_time_or_on_nonsense_says_so():
    release = Release({WHOLE: 5, CELLS[0]: 0, CELLS[1]: None}, [adds_up(WHOLE, *CELLS[:2])], 2)
    assert audit.attack(release, K, seconds=0.0) == [Finding("timeout")]
    assert audit.bounds(release, WHOLE, seconds=0.0) == (None, None)
    nonsense = Release({WHOLE: 0, CELLS[0]: 10}, [within(WHOLE, CELLS[0])], 2)
    assert audit.attack(nonsense, K) == [Finding("contradiction")]


# --- rounding ----------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=4), st.integers(2, 7))
def test_a_two_way_table_always_rounds_to_the_next_multiples(table, step):
    """Cox: a two-way table has a controlled rounding; ours goes to it, and errs no more than it must."""
    counts = np.array(table)
    truth, relations = {WHOLE: int(counts.sum())}, []
    for i, row in enumerate(counts):
        truth[Cell("persons", by="r", group=str(i))] = int(row.sum())
        truth |= {Cell("persons", by="r", group=str(i), by2="c", group2=str(j)): int(n) for j, n in enumerate(row)}
    for j, column in enumerate(counts.T):
        truth[Cell("persons", by="c", group=str(j))] = int(column.sum())
    places = list(np.ndindex(counts.shape))
    for axis, by in enumerate("rc"):
        groups = range(counts.shape[axis])
        relations.append(adds_up(WHOLE, *(Cell("persons", by=by, group=str(g)) for g in groups)))
        for g in groups:
            cells = [Cell("persons", "all", "r", str(i), "c", str(j)) for i, j in places if (i, j)[axis] == g]
            relations.append(adds_up(Cell("persons", by=by, group=str(g)), *cells))
    result = rounding.controlled(truth, relations, step)
    assert result.farther == []
    assert all(relation.holds(result.values) for relation in relations)
    assert all(value == truth[cell] for cell, value in result.values.items() if truth[cell] % step == 0)
    assert audit.attack(Release(result.values, relations, step - 1), step) == []


def test_rounding_errs_no_more_than_it_must():
    truth = {WHOLE: 12, CELLS[0]: 4, CELLS[1]: 4, CELLS[2]: 4}
    values = rounding.controlled(truth, [adds_up(WHOLE, *CELLS[:3])], 5).values
    assert sum(abs(values[cell] - n) for cell, n in truth.items()) == 6  # every part up by one, the whole by three
    assert values == {WHOLE: 15, CELLS[0]: 5, CELLS[1]: 5, CELLS[2]: 5}


def test_where_earlier_values_leave_no_other_way_a_count_goes_farther_and_is_named():
    truth = {WHOLE: 15, CELLS[0]: 7, CELLS[1]: 8}
    both = rounding.controlled(truth, [adds_up(WHOLE, *CELLS[:2])], 5, kept={CELLS[0]: 10, CELLS[1]: 10})
    assert both.values == {WHOLE: 20, CELLS[0]: 10, CELLS[1]: 10} and both.farther == [WHOLE]
    one = rounding.controlled(truth, [adds_up(WHOLE, *CELLS[:2])], 5, wanted={CELLS[0]: 10, CELLS[1]: 10})
    assert one.values[WHOLE] == 15 and one.farther == []
    assert rounding.controlled({WHOLE: 11}, [], 5, least={WHOLE: 15}).values == {WHOLE: 15}


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        rounding.controlled({WHOLE: -1}, [], 5)


# --- the benchmark -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "disclosure.py"
    spec = importlib.util.spec_from_file_location("benchmark_disclosure", path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules[spec.name] = module  # type: ignore[union-attr]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def test_random_populations_give_nothing_away(benchmark):
    for seed in (1, 2):
        result = benchmark.one(seed, terms=2)
        assert result.attacked > 4000 and not result.kinds
        assert 0.5 < np.mean(result.errors) < 2.0
        assert all(low == 0 or high >= K for low, high in result.bounds)


@pytest.mark.parametrize("plain", [Disclosure(), Disclosure(base=3, minimum=5)], ids=["base 5", "base 3"])
def test_random_populations_unprotected_give_small_counts_away(benchmark, plain, monkeypatch):
    monkeypatch.setattr(benchmark, "SECONDS", 3.0)
    result = benchmark.one(3, plain, protected=False, terms=1)
    assert result.kinds["exact"] + result.kinds["within"] > 5


# --- what earlier releases gave away ------------------------------------------------------------------------------

WOMEN = Cell("persons", "T1", "gender", "f")


def published(*values: int) -> list[Published]:
    """Releases of one and the same count of a term that is over, one a value, rounded to five."""
    return [Published(f"T{number}", 4, {WOMEN: value}) for number, value in enumerate(values, start=1)]


def test_two_earlier_releases_together_give_away_what_neither_does():
    now = Published("T9", 4, {})  # what is published now says nothing of it
    both = published(5, 0)  # between 1 and 9, and between 0 and 4
    for earlier in ([both[0]], [both[1]]):
        assert not audit.attack(prior_knowledge.known_cells({WOMEN: 3}, [], now, earlier), K)
    found = audit.attack(prior_knowledge.known_cells({WOMEN: 3}, [], now, both), K)
    assert {finding.kind for finding in found} == {"within"} and found


def test_the_oldest_release_is_remembered_as_the_last_is():
    now = Published("T9", 4, {})
    for values in ((5, 0, 0), (0, 5, 5), (0, 0, 5)):
        assert audit.attack(prior_knowledge.known_cells({WOMEN: 3}, [], now, published(*values)), K)


def test_a_count_that_was_corrected_since_is_not_taken_for_the_same():
    now, earlier = Published("T9", 4, {WOMEN: 20}), published(5)
    release = prior_knowledge.known_cells({WOMEN: 22}, [], now, earlier)
    assert not release.relations and not audit.attack(release, K)


def test_counts_of_the_whole_so_far_only_grow():
    """Of those who answered twice: at most 4 by the first term, so what joins later is no less."""
    both = Cell("both")
    early = Published("T1", 4, {both: 0, Cell("persons", "T1"): 40})
    late = Published("T2", 4, {both: 10, Cell("persons", "T1"): 40, Cell("persons", "T2"): 60})
    release = prior_knowledge.known_cells({both: 12}, [], late, [early])
    (grown,) = [relation for relation in release.relations if both in dict(relation.parts)]
    assert dict(grown.parts)[both] == 1 and sorted(dict(grown.parts).values()) == [-1, 1] and not grown.equal
    release = prior_knowledge.known_cells({both: 3}, [], early, [late])  # released again, later ones known
    (grown,) = [relation for relation in release.relations if both in dict(relation.parts)]
    assert dict(grown.parts)[both] == -1 and sorted(dict(grown.parts).values()) == [-1, 1] and not grown.equal


def test_a_term_released_again_neither_grew_nor_shrank():
    """Of the same term nothing follows from growth: a count may have been corrected either way."""
    both, term = Cell("both"), Cell("persons", "T1")
    first, again = (Published("T1", 4, {both: count, term: 40}) for count in (20, 25))
    for now, past in ((again, first), (first, again)):
        release = prior_knowledge.known_cells({both: 22, term: 40}, [], now, [past])
        assert all(both not in dict(relation.parts) for relation in release.relations)


BOTH, T1, T2 = Cell("both"), Cell("persons", "T1"), Cell("persons", "T2")


def about(cell: Cell, truth: int, now: Published, past: Published) -> list[Relation]:
    """What is known between a count and what was published of it before."""
    release = prior_knowledge.known_cells({cell: truth, WHOLE: 90, Cell("enrolments"): 90}, [], now, [past])
    return [relation for relation in release.relations if cell in dict(relation.parts)]


@pytest.mark.parametrize(("truth", "known"), [(15, False), (16, True), (40, True)])
def test_growth_is_known_where_the_count_is_no_less_than_before(truth, known):
    early, late = Published("T1", 4, {BOTH: 20, T1: 40}), Published("T2", 4, {BOTH: 40, T1: 40, T2: 40})
    assert bool(about(BOTH, truth, late, early)) is known


@pytest.mark.parametrize(("truth", "known"), [(45, False), (44, True), (10, True)])
def test_growth_is_known_where_the_count_is_no_more_than_later(truth, known):
    early, late = Published("T1", 4, {BOTH: 20, T1: 40}), Published("T2", 4, {BOTH: 40, T1: 40, T2: 40})
    assert bool(about(BOTH, truth, early, late)) is known


def test_a_term_released_again_unchanged_is_the_same():
    release = Published("T1", 4, {BOTH: 20, T1: 40})
    (same,) = about(BOTH, 22, release, release)
    assert same.equal


@pytest.mark.parametrize(("truth", "known"), [(38, True), (45, False)])
def test_persons_of_a_target_group_are_the_same_in_a_later_release_as_far_as_they_can_be(truth, known):
    group = Cell("persons", "T1", "target_group", "any")
    past, now = (Published(term, 4, {group: 40, T1: 40, T2: 40}) for term in ("T2", "T3"))
    assert bool(about(group, truth, now, past)) is known


@pytest.mark.parametrize(("truth", "known"), [(22, True), (23, False)])
def test_a_figure_printed_exactly_and_corrected_since_is_not_the_same(truth, known):
    past = Published("T1", 4, {WOMEN: 20}, {WOMEN: 22})
    assert bool(about(WOMEN, truth, Published("T9", 4, {WOMEN: 20}), past)) is known


@pytest.mark.parametrize(("measure", "now", "found"), [("answered", 0, True), ("answered", 5, False)])
def test_the_follow_up_of_a_term_is_what_the_first_release_counted_in_all(measure, now, found):
    """Rounded up when the term was all there was and down when it was one of two, it would be 1 to 4."""
    women = Cell(measure, by="gender", group="f")
    of_term, of_next = women._replace(scope="T1"), women._replace(scope="T2")
    first = Published("T1", 4, {women: 5, WHOLE: 40})
    later = Published("T2", 4, {of_term: now, of_next: 20, women: 20 + now, T1: 40, T2: 40})
    truth = {of_term: 3, of_next: 21, women: 24}
    release = prior_knowledge.known_cells(truth, [adds_up(women, of_term, of_next)], later, [first])
    assert (of_term in {each.cell for each in audit.attack(release, K)}) is found


@pytest.mark.parametrize(("now", "rights", "found"), [(0, 80, True), (5, 80, False), (0, 81, False)])
def test_those_who_have_ended_their_studies_only_become_more(now, rights, found):
    """Where somebody has two study rights, who has completed one may be studying again."""
    done = Cell("completed", by="gender", group="f")
    first, later = Published("T1", 4, {done: 5, WHOLE: 40}), Published("T2", 4, {done: now, T1: 40, T2: 40})
    truth = {done: 4, WHOLE: 80, Cell("enrolments"): rights}
    release = prior_knowledge.known_cells(truth, [], later, [first])
    assert (done in {each.cell for each in audit.attack(release, K)}) is found


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        # whoever answered at the end alone answered the survey
        ({Cell("end"): 3, Cell("end_alone", by="item", group="q1"): 3}, (0, 5)),
        # whoever has completed or left is asked at the end
        (
            {
                **{Cell("asked_at_end"): 3, Cell("completed"): 2, Cell("dropped"): 1},
                **{Cell("persons"): 20, Cell("enrolments"): 20},
            },
            (0, 5, 0, 20, 20),
        ),
    ],
)
def test_what_a_reader_knows_of_the_surveys_is_known_to_the_gate(truth, told):
    release = Release(dict(zip(truth, told, strict=True)), cells.relations(truth), 4)
    assert "within" in {found.kind for found in audit.attack(release, K)}
    rounded = rounding.controlled(truth, cells.relations(truth), 5).values
    assert audit.attack(Release(rounded, cells.relations(truth), 4), K) == []


def test_what_holds_within_a_scope_held_in_an_earlier_release():
    men = WOMEN._replace(group="m")
    of_term, over_terms = adds_up(T1, WOMEN, men), adds_up(Cell("persons"), T1, T2)
    past = Published("T1", 4, {T1: 40, WOMEN: 20, men: 20})
    release = prior_knowledge.known_cells({}, [of_term, over_terms], Published("T2", 4, {}), [past])
    earlier = [relation for relation in release.relations if relation not in (of_term, over_terms)]
    assert len(earlier) == 1 and {cell.scope for cell, _ in earlier[0].parts} == {"T1 (T1, 1)"}


# --- what proves it --------------------------------------------------------------------------------------------------


def held_by_a_reader() -> Release:
    """A whole of four parts, printed exactly beside its rounded parts."""
    relation = adds_up(WHOLE, *CELLS)
    return Release({WHOLE: 20, **dict.fromkeys(CELLS, 5)}, [relation], 4, {WHOLE: 22})


def test_the_worlds_of_an_attack_prove_what_it_found_and_no_search_is_needed_to_check_them(tmp_path, monkeypatch):
    held, told = held_by_a_reader(), []
    findings, worlds = audit.tried(held, K, tell=lambda done, of: told.append((done, of)))
    assert not findings and audit.proves(held, worlds, K)
    assert told[-1] == (len(held.targets), len(held.targets)) and told == sorted(told)
    proof.write(tmp_path / "records" / "worlds.json.gz", held, worlds, [WHOLE])
    kept = proof.read(tmp_path / "records" / "worlds.json.gz")
    assert kept is not None and kept.refused == [WHOLE]
    assert (tmp_path / "records" / "worlds.json.gz").stat().st_mode & 0o077 == 0
    monkeypatch.setattr(solver, "minimised", None)  # whoever searches fails
    again = audit.tried(held, K, known=kept.of(held))
    assert not again.findings and audit.proves(held, again.worlds, K)


def test_worlds_that_do_not_fit_or_leave_a_count_small_prove_nothing(tmp_path):
    held = held_by_a_reader()
    worlds = audit.tried(held, K).worlds
    assert not audit.proves(held, worlds[:-1], K) and not audit.proves(held, [], K)
    for wrong in (worlds[0] + 1, worlds[0] + 0.5, worlds[0][:-1]):
        assert not audit.proves(held, [*worlds, wrong], K)
    other = Release(held.published | {WHOLE: 25}, held.relations, 4, {WHOLE: 23})
    assert not audit.proves(other, worlds, K)
    more = Release(held.published | {Cell("known"): 5}, held.relations, 4, held.exact)
    proof.write(tmp_path / "worlds.json.gz", held, worlds, [])
    assert proof.read(tmp_path / "worlds.json.gz").of(more) == []
    (tmp_path / "worlds.json.gz").write_bytes(b"no proof")
    assert proof.read(tmp_path / "worlds.json.gz") is None is proof.read(tmp_path / "none")


def test_what_the_solver_itself_writes_stays_off_the_terminal(monkeypatch, capfd):
    monkeypatch.setattr(solver.scipy.optimize, "milp", lambda *_, **__: os.write(1, b"Presolving model\n"))
    print("before")
    solver.minimised(np.zeros(1), (np.zeros(1), np.ones(1)), None, np.ones(1))
    print("after")
    assert capfd.readouterr().out == "before\nafter\n"
