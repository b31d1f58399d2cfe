"""A result is a row: what a row must have, and that it comes back from a file as it was."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from evaltools.results import records
from evaltools.results.records import COLUMNS, NUMBERS, ResultSet, surely_greatest
from evaltools.sections import material
from evaltools.sections.material import Labels
from evaltools.statistics.types import Estimate
from evaltools.study.evaluation_model import Disclosure

MEAN = Estimate(0.5, 0.4, 0.6, 12, "paired t")


def book() -> ResultSet:
    return ResultSet("study", "T1", "internal", "topic", Disclosure())


def filled() -> ResultSet:
    b = book()
    b.count("persons", "n", 12)
    b.count("persons", "share", 3, 12, by="gender", group="f")
    b.rate("placement", "employed", 6, 10, 12)
    b.rate("placement", "employed", 0, 0, 0, scope="T1")
    b.statistic("change", "mean", MEAN, p=0.03, effect=0.2, effect_lower=0.1, effect_upper=0.3, effect_measure="d")
    b.amount("money", "spent", 12.5, "EUR", date="2021-01-01")
    b.amount("money", "planned", None, "EUR")
    return b


def test_a_frame_has_every_column_in_its_type():
    frame = filled().frame()
    assert list(frame.columns) == COLUMNS
    assert {str(frame[c].dtype) for c in NUMBERS} == {"Float64"}
    assert {str(frame[c].dtype) for c in COLUMNS if c not in NUMBERS} == {"str"}
    assert frame["kind"].tolist() == ["count", "share", "rate", "rate", "statistic", "amount", "amount"]
    assert not frame[[c for c in COLUMNS if c not in NUMBERS]].isna().any(axis=None)
    assert list(book().frame().columns) == COLUMNS


def test_a_rate_has_all_that_belongs_to_it():
    row = filled().frame().iloc[2]
    assert row["estimate"] == 0.6 and row["response_rate"] == 10 / 12
    assert (row["bound_lower"], row["bound_upper"]) == (0.5, 8 / 12)
    assert row["lower"] == pytest.approx(0.2623781) and row["upper"] == pytest.approx(0.8784477)


def test_a_rate_of_nobody_is_undefined_not_zero():
    row = filled().frame().iloc[3]
    assert row[["estimate", "response_rate"]].isna().all()
    assert row["count"] == 0


def test_columns_that_are_none_are_refused():
    for words in ({"colour": "red"}, {"colour": 1.0}, {"grouping": "x"}):
        with pytest.raises(TypeError, match=next(iter(words))):
            book().amount("t", "m", 1.0, **words)
        with pytest.raises(TypeError, match=next(iter(words))):
            book().count("t", "m", 1, **words)
        with pytest.raises(TypeError, match=next(iter(words))):
            book().statistic("t", "m", MEAN, **words)


def test_a_place_holds_one_row():
    b = filled()
    b.count("persons", "n", 13)
    with pytest.raises(ValueError, match="stands twice"):
        b.frame()


@pytest.mark.parametrize(
    "column", ["lower", "upper", "bound_lower", "bound_upper", "invited", "answered", "count", "response_rate"]
)
def test_a_rate_without_interval_bounds_or_numbers_is_refused(column):
    frame = filled().frame()
    frame.loc[2, column] = pd.NA
    with pytest.raises(ValueError, match="is a rate without"):
        records.check(frame)


@pytest.mark.parametrize("column", ["effect", "effect_lower", "effect_upper"])
def test_a_p_value_without_an_effect_and_its_interval_is_refused(column):
    frame = filled().frame()
    frame.loc[4, column] = pd.NA
    with pytest.raises(ValueError, match="p value without an effect"):
        records.check(frame)
    frame.loc[4, "note"] = "few_pairs"  # unless it says why there is none
    records.check(frame)


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_infinity_is_refused(column, value):
    frame = filled().frame()
    frame.loc[5, column] = value
    with pytest.raises(ValueError, match=f"infinite {column}"):
        records.check(frame)


def test_an_unknown_kind_is_refused_and_the_place_is_named():
    frame = filled().frame()
    frame.loc[1, "kind"] = "guess"
    with pytest.raises(ValueError, match=r"'group': 'f'.* has no known kind"):
        records.check(frame)


def test_rows_come_back_from_parquet_as_they_were(tmp_path):
    frame = filled().frame()
    records.write(frame, tmp_path / "results", "one")
    records.write(frame.assign(topic="second"), tmp_path / "results", "two")
    back = records.join(tmp_path / "results")
    pd.testing.assert_frame_equal(back, pd.concat([frame, frame.assign(topic="second")], ignore_index=True))
    records.check(back)
    assert list(records.join(tmp_path / "nothing").columns) == COLUMNS


def test_the_csv_holds_the_same_numbers(tmp_path):
    frame = filled().frame()
    records.write(frame, tmp_path, "one")
    back = records.typed(pd.read_csv(tmp_path / "one.csv", encoding="utf-8-sig", keep_default_na=True))
    pd.testing.assert_frame_equal(back, frame)


def test_picking_and_reading_one_number():
    frame = filled().frame()
    assert len(records.pick(frame, table="persons")) == 2
    assert records.value(frame, "count", table="persons", measure="n") == 12.0
    assert records.value(frame, table="money", measure="planned") is None
    assert records.value(frame, table="no such table") is None
    with pytest.raises(ValueError, match="2 results fit"):
        records.value(frame, table="persons")


def test_a_rounded_count_says_between_what_it_lies_and_a_share_of_it_does_not():
    public = ResultSet("study", "T1", "public", "topic", Disclosure())
    public.count("persons", "n", 40)
    public.count("persons", "share", 100, 200)
    count, share = (public.frame().iloc[place] for place in range(2))
    assert (count["possible_lower"], count["possible_upper"]) == (36, 44) and count["status"] == records.ROUNDED
    assert 0.4 < share["possible_lower"] <= 96 / 204 and 104 / 196 <= share["possible_upper"] < 0.6
    exact = book()
    exact.count("persons", "n", 40)
    exact.count("persons", "share", 100, 200)
    frame = exact.frame()
    assert frame["possible_lower"].isna().all() and frame["estimate"].tolist()[1] == 0.5


def share(part: int, whole: int) -> Estimate:
    """A rate as ``derived`` takes it: monotone in each count, with an interval of a tenth to each side."""
    return Estimate(part / whole, part / whole - 0.1, part / whole + 0.1, whole, "Clopper-Pearson")


def test_a_statistic_of_published_counts_holds_for_every_count_that_fits():
    exact, public = book(), ResultSet("study", "T1", "public", "topic", Disclosure())
    for made in (exact, public):
        made.derived("t", "m", share, 100, 200, item="q", by="gender", group="f", unit="share")
    row = exact.frame().iloc[0]
    assert (row["item"], row["by"], row["group"], row["unit"]) == ("q", "gender", "f", "share")
    assert (row["estimate"], row["lower"], row["upper"], row["status"]) == (0.5, 0.4, 0.6, records.EXACT)
    row = public.frame().iloc[0]
    assert pd.isna(row["estimate"]) and row["status"] == records.ROUNDED and row["method"] == "Clopper-Pearson"
    assert row["possible_lower"] <= 96 / 204 and row["possible_upper"] >= 104 / 196
    assert row["lower"] <= 96 / 204 - 0.1 and row["upper"] >= 104 / 196 + 0.1
    public.derived("t", "few", share, 5, 10)  # from 1/14 to 1: too wide to say anything
    public.derived("t", "hidden", share, math.nan, 10)
    assert public.frame()["status"].tolist()[1:] == [records.ROUNDED, records.WITHHELD]
    assert public.frame()["possible_lower"].isna().tolist()[1:] == [True, True]


# --- from rows to what is drawn and said --------------------------------------------------------------------------


def test_a_flow_is_drawn_from_its_rows():
    results = ResultSet("study", "T1", "internal", "topic", Disclosure(method="none", reason="a test"))
    material.flow_rows(results, [("left", 40), ("asked", 30), ("answered", 12)])
    steps = material.flow_steps(results.frame(), str.upper)
    assert steps == [("LEFT", 40, 1.0, None), ("ASKED", 30, 0.75, -10), ("ANSWERED", 12, 0.3, -18)]
    public = ResultSet("study", "T1", "public", "topic", Disclosure())
    material.flow_rows(public, [("left", 40), ("asked", 30)], {"left": 0, "asked": 0})
    assert [step[3] for step in material.flow_steps(public.frame(), str)] == [None, -10]
    rounded = ResultSet("study", "T1", "public", "topic", Disclosure())
    material.flow_rows(rounded, [("left", 40), ("asked", 30)])  # a difference of rounded counts is none
    assert [step[3] for step in material.flow_steps(rounded.frame(), str)] == [None, None]


def test_limits_are_printed_with_one_decimal_and_differences_with_their_sign():
    labels = Labels(None, None, "en", "internal")
    assert labels.share_interval(0.12345, 0.56789) == "12.3–56.8%"
    signed = [words(labels.points(share)).split()[0] for share in (0.0512, -0.0512, 0.0)]
    assert signed == ["+5.1", "−5.1", "0.0"]
    assert words(labels.points_interval(-0.0449, 0.1551)).startswith("−4.5 to +15.5 ")
    finnish = Labels(None, None, "fi", "internal")
    assert words(finnish.share_interval(0.12345, 0.56789)) == "12,3–56,8 %"
    assert words(finnish.points_interval(-0.0449, 0.1551)).startswith("−4,5…+15,5 ")


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def counted(*counts: tuple[int, int | None]) -> pd.DataFrame:
    """Rows of counts; the second number says how far each can be from the true one."""
    results = ResultSet("s", "T1", "public", "t", Disclosure(), 4)
    for place, (count, within) in enumerate(counts):
        results.count("t", "m", count, within=within, group=str(place))
    return results.frame()


@pytest.mark.parametrize(
    ("counts", "greatest", "least"),
    [
        (((60, None), (50, None), (30, None)), ["0"], ["2"]),
        (((60, None), (55, None), (30, None)), [], ["2"]),
        (((60, 0), (55, None), (30, None)), ["0"], ["2"]),
        (((60, 0), (60, 0), (7, 0)), [], ["2"]),
        (((60, 0), (5, 0)), ["0"], ["1"]),
        ((), [], []),
    ],
    ids=str,
)
def test_the_greatest_and_the_least_are_named_only_where_they_are_so_in_every_world(counts, greatest, least):
    rows = counted(*counts)
    assert list(surely_greatest(rows, "count")["group"]) == greatest
    assert list(surely_greatest(rows, "count", -1)["group"]) == least
