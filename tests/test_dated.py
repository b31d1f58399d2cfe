"""A figure that rounding keeps from being exact now is repeated as it was last printed exactly, with its term."""

from __future__ import annotations

import pandas as pd
import pytest

from evaltools.disclosure import exact_figures, policy
from evaltools.disclosure.cells import Cell
from evaltools.disclosure.release_log import Published
from evaltools.results.records import ResultSet, pick
from evaltools.sections import dated
from evaltools.sections.material import Material
from evaltools.study.evaluation_model import Disclosure

PERSONS, LATER = Cell("persons"), Cell("persons", "T2")
GROUP = ("target_group", "g")
BEFORE = {
    **{Cell(m, "all", *GROUP): n for m, n in (("employed", 20), ("answered", 30), ("invited", 40))},
    **{Cell(m, "all", *GROUP): n for m, n in (("persons", 50), ("completed", 25), ("known", 50))},
    **{Cell(m, "all", "item", "q"): n for m, n in (("higher", 30), ("same", 15), ("lower", 5))},
}
TABLES = {"placement": "placement", "participants": "completion", "survey": "item"}


def material(figures: dict[Cell, int] = BEFORE) -> Material:
    rows = [(*cell, count, "T1") for cell, count in figures.items()]
    earlier = pd.DataFrame(rows, columns=[*Cell._fields, "count", "term"])
    return Material(None, None, "public", {}, {policy.EARLIER: earlier}, {})  # type: ignore[arg-type]


def dated_rows(figures: dict[Cell, int] = BEFORE) -> pd.DataFrame:
    """Rows of one figure of each kind, none of which is exact now."""
    frames = []
    for topic, make in {
        "placement": lambda r: dated.rate(material(figures), r, "placement", "employed", *GROUP),
        "participants": lambda r: (
            dated.count(material(figures), r, "composition", "persons", *GROUP),
            dated.count(material(figures), r, "completion", "completed", *GROUP, of="known"),
        ),
        "survey": lambda r: dated.change(material(figures), r, "q", ("higher", "same", "lower")),
    }.items():
        results = ResultSet("s", "T2", "public", topic, Disclosure())
        place = {"by": GROUP[0], "group": GROUP[1]}
        results.rate("placement", "employed", 25, 35, 45, **place)
        results.count("composition", "persons", 55, **place)
        results.count("completion", "completed", 25, 55, **place)
        results.amount("item", "net_change", None, item="q", status="rounded")
        make(results)
        frames.append(pick(results.frame(), table=dated.TABLE))
    return pd.concat(frames, ignore_index=True)


def test_rows_of_dated_figures_are_exact_and_say_their_term():
    rows = dated_rows().set_index("measure")
    assert set(rows.index) == {"employed", "persons", "completed", "net_change"}
    assert set(rows["date"]) == {"T1"} and set(rows["status"]) == {"exact"}
    assert rows.loc["employed", ["count", "answered", "invited"]].tolist() == [20, 30, 40]
    assert rows.loc["employed", "estimate"] == pytest.approx(2 / 3) and rows.loc["completed", "estimate"] == 0.5
    assert rows.loc["net_change", "estimate"] == 0.5 and rows.loc["net_change", "answered"] == 50


def test_a_figure_of_which_a_count_was_never_printed_is_not_repeated():
    rows = dated_rows({cell: n for cell, n in BEFORE.items() if cell.measure not in ("invited", "same")})
    assert set(rows["measure"]) == {"persons", "completed"}


def test_the_last_exact_count_of_a_term_up_to_this_one_is_repeated_where_it_is_not_exact_now():
    first, second = Published("T1", 4, {}, {PERSONS: 96}), Published("T2", 4, {LATER: 50}, {PERSONS: 150})
    now = {PERSONS: 152, LATER: 52}
    assert exact_figures.repeated(now, {}, [first, second]) == {PERSONS: (150, "T2")}
    assert exact_figures.repeated(now, {}, [second, first]) == {PERSONS: (96, "T1")}
    assert exact_figures.repeated(now, {PERSONS: 152}, [first, second]) == {}
    later = Published("T3", 4, {Cell("persons", "T3"): 50}, {PERSONS: 200})
    assert exact_figures.repeated(now, {}, [first, later]) == {PERSONS: (96, "T1")}
