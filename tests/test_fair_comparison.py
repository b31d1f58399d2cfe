"""A benchmark standardised to the composition of the respondents; how strong an unseen difference would have to be."""

import json
from pathlib import Path

import pandas as pd
import pytest
from test_stage_placement import BENCHMARK, material, people, study, told

from evaltools.counts.placement import benchmark_totals
from evaltools.results.records import pick, value
from evaltools.sections import placement
from evaltools.sections.final import conclusions
from evaltools.sections.material import Labels
from evaltools.statistics.e_value import e_value, e_value_of_limit

R = json.loads((Path(__file__).parent / "reference" / "arms_r.json").read_text())["e_values"]
# 80 women of whom 44 are employed, 20 men of whom 16: in all 60 of 100
OURS = [("female", "employed", 44), ("female", "unemployed", 36), ("male", "employed", 16), ("male", "unemployed", 4)]
# of women half are employed, of men nine of ten, as many of each: in all 70 %
THEIRS = pd.DataFrame(
    {"benchmark": "table", "measure": "work", "gender": ["female", "male"], "count": [500, 900], "total": 1000}
)


def rows_of(theirs, ours=OURS, edition="internal"):
    of = study(
        target_groups=[],
        sources=[
            {"table": "followup", "name": "F", "file": "f.csv", "columns": {"person": "id"}},
            {"table": "benchmark", "name": "B", "file": "b.csv", "columns": {"gender": "g"}},
        ],
    )
    return of, placement.rows(material(of, people(ours, benchmark=theirs), edition))


def test_the_benchmark_is_standardised_directly_to_those_who_answered():
    _, rows = rows_of(THEIRS)
    of = {"table": "benchmark", "measure": "employed"}
    assert value(rows, **of, group="benchmark") == pytest.approx(0.7)  # cells alone: their sum
    assert value(rows, **of, group="standardised") == pytest.approx(0.8 * 0.5 + 0.2 * 0.9)
    row = pick(rows, **of, group="standardised_difference").iloc[0]
    assert row["estimate"] == pytest.approx(0.6 - 0.58) and row["answered"] == 100
    assert row["lower"] < 0 < row["upper"]
    assert pick(rows, **of, group="difference").iloc[0]["upper"] < 0  # as it is it says the contrary


@pytest.mark.parametrize(("language", "words"), [("en", "there is no clear difference"), ("fi", "selvää eroa näy")])
def test_the_page_and_the_conclusion_compare_like_with_like(language, words):
    of, rows = rows_of(THEIRS)
    said = told(of, rows, language)["placement-benchmark"].sentences
    assert "58.0%" in said[0].replace(",", ".").replace("\N{NO-BREAK SPACE}", "") and words in said[0]
    concluded = conclusions.benchmark(rows.assign(topic="placement"), Labels(of, of.terms[-1], language, "internal"))
    assert len(concluded) == 2 and "+2" in concluded[0]  # the second says that the benchmark is standardised


def test_who_stands_in_no_cell_of_the_table_is_left_out_and_counted():
    _, rows = rows_of(THEIRS[THEIRS["gender"] == "female"])
    row = pick(rows, table="benchmark", group="standardised_difference").iloc[0]
    assert (row["answered"], row["estimate"]) == (80, pytest.approx(44 / 80 - 0.5))


def test_a_table_that_is_not_divided_is_compared_as_it_is_and_said_to_be():
    of, rows = rows_of(BENCHMARK)
    assert pick(rows, table="benchmark", group="standardised").empty
    assert "standardised to the composition" in told(of, rows)["placement-benchmark"].sentences[-1]


def test_a_public_edition_does_not_standardise_and_says_so():
    of, rows = rows_of(THEIRS, edition="public")
    assert pick(rows, table="benchmark", group="standardised").empty
    assert "internal edition only" in told(of, rows, edition="public")["placement-benchmark"].sentences[-1]


def test_rows_of_the_whole_stand_before_the_sum_of_cells():
    whole = pd.DataFrame({"benchmark": ["table"], "measure": ["work"], "gender": [None], "count": [50], "total": [100]})
    totals = benchmark_totals(pd.concat([THEIRS, whole], ignore_index=True))
    assert totals[["count", "total"]].to_numpy().tolist() == [[50, 100]]


def test_e_values_are_those_of_their_definition_in_r():
    assert [e_value(ratio) for ratio in R["ratio"]] == pytest.approx(R["value"], abs=1e-6)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert e_value_of_limit(1.8, 8.7) == e_value(1.8) and e_value_of_limit(0.2, 0.8) == e_value(0.8)
    assert e_value_of_limit(0.9, 1.1) == 1.0
    with pytest.raises(ValueError, match="negative"):
        e_value(-1)


def test_a_clear_difference_says_how_strong_something_unseen_would_have_to_be():
    of, rows = rows_of(BENCHMARK, [("female", "employed", 80), ("male", "unemployed", 20)])
    of_ratio = {"table": "e_value", "measure": "employed", "group": "difference"}
    assert value(rows, **of_ratio, by="point") == pytest.approx(e_value(0.8 / 0.4))
    difference = pick(rows, table="benchmark", group="difference").iloc[0]
    assert value(rows, **of_ratio, by="limit") == pytest.approx(e_value((0.4 + difference["lower"]) / 0.4))
    assert "3.41" in told(of, rows)["placement-benchmark"].sentences[0]
    _, unclear = rows_of(BENCHMARK, [("female", "employed", 40), ("male", "unemployed", 60)])
    assert pick(unclear, table="e_value").empty


def test_the_public_e_value_of_an_exact_difference_is_the_internal_one_and_of_a_range_there_is_none():
    """Of limits that are printed outward to whole per cents another number would follow."""
    of, internal = rows_of(BENCHMARK, [("female", "employed", 80), ("male", "unemployed", 20)])
    tables = people([("female", "employed", 80), ("male", "unemployed", 20)], benchmark=BENCHMARK)
    public = material(of, tables, "public")
    place = {"table": "e_value", "measure": "employed", "group": "difference"}
    assert pick(placement.rows(public), table="e_value").empty
    exactly = dict.fromkeys(("within_count", "within_answered", "within_invited"), 0)
    public.counts["placement"] = public.counts["placement"].assign(**exactly)
    rows = placement.rows(public)
    assert pick(rows, table="benchmark", group="difference", measure="employed")["status"].tolist() == ["exact"]
    values = [[value(each, **place, by=by) for by in ("limit", "point")] for each in (internal, rows)]
    assert values[0] == values[1] and None not in values[0]
