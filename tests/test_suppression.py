"""Cell suppression: exact counts, and so many withheld that nobody works out a small one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import write_study
from test_counts import draw, tables_of

from evaltools.counts import tabulation
from evaltools.disclosure import audit, policy, prior_knowledge, release_check, release_log, release_rules, suppression
from evaltools.disclosure.cells import Cell, Relation
from evaltools.disclosure.release_log import Published
from evaltools.pipeline import publication
from evaltools.results.records import EXACT, WITHHELD
from evaltools.sections.registry import TOPICS
from evaltools.session import OpenTerm
from evaltools.study import loader
from evaltools.study.evaluation_model import Disclosure
from evaltools.workspace import Workspace

EXACTLY = Disclosure(method="suppression")
CELLS = [[Cell("persons", by="region", group=r, by2="gender", group2=g) for g in "fmx"] for r in "abcd"]


def margins(table: np.ndarray) -> tuple[dict[Cell, int], list[Relation]]:
    """A table of two breakdowns with its margins, and what holds between them."""
    truth = {
        cell: int(n) for row, counts in zip(CELLS, table, strict=True) for cell, n in zip(row, counts, strict=True)
    }
    relations = []
    for lines in (CELLS, list(zip(*CELLS, strict=True))):
        sums = []
        for line in lines:
            by, group = (line[0].by, line[0].group) if lines is CELLS else (line[0].by2, line[0].group2)
            whole = Cell("persons", by=by, group=group)
            truth[whole] = sum(truth[cell] for cell in line)
            relations.append(Relation(((whole, 1), *((cell, -1) for cell in line)), True))
            sums.append(whole)
        truth[Cell("persons")] = sum(truth[whole] for whole in sums)
        relations.append(Relation(((Cell("persons"), 1), *((whole, -1) for whole in sums)), True))
    return truth, relations


def told(truth: dict[Cell, int], hidden: set[Cell]) -> Published:
    return Published("T1", 0, {cell: None if cell in hidden else count for cell, count in truth.items()})


@pytest.mark.parametrize("seed", range(12))
def test_small_counts_cannot_be_worked_out_though_all_others_are_exact(seed):
    truth, relations = margins(np.random.default_rng(seed).negative_binomial(1, 0.06, (4, 3)))
    hidden = suppression.withheld(prior_knowledge.known_cells(truth, relations, Published("T1", 0, truth)), truth, 5)
    small = {cell for cell, count in truth.items() if 1 <= count < 5}
    assert small <= hidden
    known = prior_knowledge.known_cells(truth, relations, told(truth, hidden))
    assert audit.attack(known, 5) == []
    for cell in small:  # not even for one who knows to be among them
        low, high = audit.bounds(known, cell)
        assert low <= truth[cell] <= high and high >= 5
    if small:  # the small ones alone withheld give themselves away somewhere
        assert (
            len(hidden) > len(small)
            or audit.attack(prior_knowledge.known_cells(truth, relations, told(truth, small)), 5) == []
        )


def test_the_small_counts_alone_would_follow_from_the_margins():
    truth, relations = margins(np.array([[40, 3, 20], [30, 25, 10], [20, 50, 30], [60, 20, 15]]))
    small = {cell for cell, count in truth.items() if count == 3}
    findings = audit.attack(prior_knowledge.known_cells(truth, relations, told(truth, small)), 5)
    assert [found.kind for found in findings if found.whole is None] == ["exact"]
    hidden = suppression.withheld(prior_knowledge.known_cells(truth, relations, Published("T1", 0, truth)), truth, 5)
    assert len(hidden) == 4 and Cell("persons") not in hidden  # a rectangle of four, and no margin
    assert audit.attack(prior_knowledge.known_cells(truth, relations, told(truth, hidden)), 5) == []


def test_nobody_and_everybody_count_as_small_where_each_is_told_of():
    whole, placed = Cell("answered", by="gender", group="f"), Cell("employed", by="gender", group="f")
    part = Relation(((whole, 1), (placed, -1)), False)
    for count in (0, 12):
        truth = {whole: 12, placed: count}
        known = prior_knowledge.known_cells(truth, [part], Published("T1", 0, truth))
        assert suppression.withheld(known, truth, 5) & {whole, placed}
    truth = {whole: 12, placed: 6}
    assert (
        suppression.withheld(prior_knowledge.known_cells(truth, [part], Published("T1", 0, truth)), truth, 5) == set()
    )


def test_the_search_ends_in_its_time_and_withholds_the_more():
    truth, relations = margins(np.random.default_rng(3).negative_binomial(1, 0.06, (4, 3)))
    known = prior_knowledge.known_cells(truth, relations, Published("T1", 0, truth))
    hidden = suppression.withheld(known, truth, 5, seconds=-1.0)
    assert hidden >= suppression.withheld(known, truth, 5)
    assert hidden == {cell for cell in truth if cell.by != "total"}
    assert audit.attack(prior_knowledge.known_cells(truth, relations, told(truth, hidden)), 5) == []


# --- through the stages ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def term(tmp_path_factory) -> OpenTerm:
    small = loader.load(write_study(tmp_path_factory.mktemp("suppression") / "small"))
    exact = small.model_copy(update={"disclosure": EXACTLY})
    return OpenTerm(exact, exact.terms[-1], "en", "public", None)


def test_a_report_with_withheld_counts_passes_the_gate_and_every_stage(term, monkeypatch):
    """The audit counts and protects anew; to do so twice with the same counts is left out here."""
    protect, known = OpenTerm.protect, {}

    def once(opened: OpenTerm, exact: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        shown, of = known.setdefault(opened.term.id, (None, exact))
        assert all(exact[name].equals(of[name]) for name in exact)
        if shown is None:
            known[opened.term.id] = protect(opened, exact), exact
        return known[opened.term.id][0]

    monkeypatch.setattr(OpenTerm, "protect", once)
    publication.audit(term)
    for topic in TOPICS:
        section = term.section(topic)
        assert section._repr_html_()
        persons = section.rows[section.rows["kind"].isin(("count", "share", "rate"))]
        shown = persons[persons["status"] != WITHHELD]
        assert set(shown["status"]) <= {EXACT}
        assert str(section.rows["count"].dtype) == "Float64"
        of_persons = shown[~shown["table"].isin(("actions",))]
        assert not of_persons["count"].dropna().between(1, 4).any()


def test_one_release_of_a_study_and_no_other_is_made(term, tmp_path):
    """Exact counts of two terms tell who came between."""
    run = Workspace(tmp_path)
    assert term.previous is None  # nothing of the term before stands in the report either
    opened = OpenTerm(term.study, term.study.terms[-1], "en", "public", run)
    assert opened.earlier == []
    first = release_rules.rules(term.study)
    release_log.append(run.ledger, [Published("T2", 0, {Cell("persons"): 40}, rules=first)])
    assert len(OpenTerm(term.study, term.study.terms[-1], "en", "public", run).earlier) == 1  # the same term again
    release_log.append(run.ledger, [Published("T1", 0, {Cell("persons"): 20}, rules=first)])
    with pytest.raises(release_rules.SeveralReleasesError, match="T1 has been released already"):
        _ = OpenTerm(term.study, term.study.terms[-1], "en", "public", run).earlier


def test_published_again_while_the_counts_stay(tmp_path):
    small = loader.load(write_study(tmp_path / "small"))
    exact = tabulation.collect(small, tables_of(draw(5)), "T2")
    first = policy.protect(exact, EXACTLY, "public", [], "T2")
    now = release_check.published(exact, first, EXACTLY, "T2")
    again = policy.protect(exact, EXACTLY, "public", [now], "T2")
    for name in policy.PERSON_COUNTS.keys() & exact.keys():
        pd.testing.assert_frame_equal(first[name], again[name])
    assert now.within == 0 and None in now.cells.values()


def test_how_often_each_answer_was_given_is_withheld_where_pairs_are_exact():
    """Ten of the twelve who gave an answer at the start stand in pairs: two answered once."""
    given = Cell("start_given", "all", "item", "q1", "answer", "3")
    pair = Cell("paired", "all", "item", "q1", "pre>post", "3>4")
    values = policy.withheld_cells({given: 12, pair: 10}, [], EXACTLY)
    assert values == {given: None, pair: 10}
