"""The survey stage on small answers whose results can be worked out by hand."""

import datetime as dt
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from evaltools.counts import tabulation
from evaltools.disclosure import policy
from evaltools.report.charts import words
from evaltools.report.document import Figure
from evaltools.results.records import pick, value
from evaltools.sections import survey
from evaltools.sections.material import Labels, Material, middle_of
from evaltools.statistics import net_change
from evaltools.study.model import Study

DAY = dt.date(2024, 1, 1)
ABOUT = {
    **{key: key for key in ("name", "title", "organisation", "funder")},
    "start": DAY,
    "end": dt.date(2024, 12, 31),
}
ITEMS = [
    {"id": "skill", "text": {"fi": "Osaan", "en": "I can"}, "primary": True},
    {"id": "burden", "text": {"fi": "Raskasta", "en": "It is hard"}, "direction": "lower"},
    {"id": "useful", "text": {"fi": "Hyödyllistä", "en": "It was useful"}, "surveys": ["end"]},
]
SCALES = [{"id": "sum", "name": {"fi": "Summa", "en": "Sum"}, "items": ["skill", "burden"]}]


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """Figures keep their numbers and words; that they are drawn well is held by their own tests."""
    monkeypatch.setattr(words, "_drawn", lambda draw, unit, width: "<svg/>")


def study(**changes) -> Study:
    term = {"start": DAY, "end": dt.date(2024, 12, 31)}
    source = {"name": "source", "file": "x.csv", "columns": {}}
    parts = {
        "study": ABOUT,
        "terms": [{"id": "one", "name": "Term one", **term}],
        "codes": {"gender": [{"id": g, "name": g} for g in ("f", "m")]},
        "survey": {"items": ITEMS, "scales": SCALES},
        "sources": [{"table": t, **source} for t in ("participants", "start_survey", "end_survey")],
    }
    return Study(id="test", folder=Path("test"), **(parts | changes))


def answers(start: dict[str, list], end: dict[str, list]) -> pd.DataFrame:
    """Answers of persons p0, p1 ... by survey and item; None is "cannot say"."""
    rows = [
        (f"p{i}", "one", name, item, given, given is None)
        for name, items in (("start", start), ("end", end))
        for item, values in items.items()
        for i, given in enumerate(values)
    ]
    frame = pd.DataFrame(rows, columns=["person", "term", "survey", "item", "value", "cannot_say"])
    return frame.assign(value=frame["value"].astype("Float64"))


def tables(start: dict[str, list], end: dict[str, list], persons: int, **register: list) -> dict[str, pd.DataFrame]:
    given = answers(start, end)
    people = pd.DataFrame({"person": [f"p{i}" for i in range(persons)], "term": "one", "registrations": 1, **register})
    return {
        "persons": people,
        "answers": given,
        "responses": given[["person", "term", "survey"]].drop_duplicates(ignore_index=True),
    }


def material(tidy: dict[str, pd.DataFrame], edition: str = "internal", of: Study | None = None) -> Material:
    of = of or study()
    exact = tabulation.collect(of, tidy, of.terms[-1].id)
    return Material(of, of.terms[-1], edition, tidy, policy.protect(exact, of.disclosure, edition), exact)


def parts(made: Material, rows: pd.DataFrame, language: str = "en") -> dict:
    return {part.id: part for part in survey.parts(rows, Labels(made.study, made.term, language, made.edition))}


# ten pairs of "skill": six up by one, three the same, one down by one; "burden" falls in four and rises in none
SKILL = ([2] * 6 + [3] * 3 + [4], [3] * 6 + [3] * 3 + [3])
BURDEN = ([3] * 10, [2] * 4 + [3] * 6)
TEN = tables(
    {"skill": [*SKILL[0], 5, None], "burden": [*BURDEN[0], 1, 1]},
    {"skill": SKILL[1], "burden": BURDEN[1], "useful": [5] * 5 + [4] * 3 + [2, None]},
    persons=14,
    gender=["f"] * 8 + ["m"] * 6,
)


@cache
def ten_rows() -> pd.DataFrame:
    return survey.rows(material(TEN))


def test_a_paired_item_by_hand():
    rows = ten_rows()
    here = pick(rows, table="item", item="skill")
    moved = {m: value(here, "count", measure=m) for m in ("paired", "improved", "same", "worse")}
    assert moved == {"paired": 10, "improved": 6, "same": 3, "worse": 1}
    assert value(here, "count", measure="start_only") == 1
    assert value(here, "count", measure="cannot_say_start") == 1
    assert value(here, measure="mean_start") == pytest.approx(2.5)
    assert value(here, measure="mean_change") == pytest.approx(0.5)
    # mean 0.5, sd sqrt(4.5 / 9): t = 0.5 / sqrt(0.05)
    assert value(here, "statistic", measure="mean_change") == pytest.approx(5**0.5)
    assert value(here, "df", measure="mean_change") == 9
    assert value(here, measure="rank_biserial") == pytest.approx(5 / 7)
    # seven equal ranks, six up: exact two-sided 16 / 128, mid-p 2 (1/2 * 7 + 1) / 128
    assert value(here, "p", measure="rank_biserial") == pytest.approx(9 / 128)
    assert value(here, measure="agree_change") == pytest.approx(-0.1)


def test_improvement_follows_the_direction_of_the_item():
    here = pick(ten_rows(), table="item", item="burden")
    assert value(here, measure="mean_change") == pytest.approx(-0.4)
    assert value(here, "count", measure="improved") == 4
    assert value(here, measure="rank_biserial") == 1.0
    # all answers 3 before; after 4 of 10 are better and 6 tie
    assert value(here, measure="superiority") == pytest.approx(0.4 + 0.6 / 2)


def test_transitions_hold_every_pair_and_every_answer():
    cells = pick(ten_rows(), table="transition", item="skill")
    assert len(cells) == 25 and cells["count"].sum() == 10
    assert value(cells, "count", group="2", group2="3") == 6


def test_primary_items_are_adjusted_by_holm_and_the_rest_by_benjamini_hochberg():
    items = [i | {"primary": True} if "surveys" not in i else i for i in ITEMS]
    both = material(TEN, of=study(survey={"items": items, "scales": SCALES}))
    tested = pick(survey.rows(both), table="item", measure="net_change").set_index("item")
    # skill: 6 up, 3 the same, 1 down; burden: 4 the better way, 6 the same; the smaller p is doubled
    skill, burden = net_change.net_change(6, 3, 1).p, net_change.net_change(4, 6, 0).p
    assert list(tested.loc[["skill", "burden"], "p"]) == pytest.approx([skill, burden])
    assert (
        tested.loc["burden", "p_adjusted"] == tested.loc["skill", "p_adjusted"] == pytest.approx(2 * min(skill, burden))
    )
    assert tested.loc["skill", "method"].endswith("Holm") and tested.loc["sum", "method"].endswith("Hochberg")
    alone = pick(ten_rows(), table="item", measure="net_change", item="skill").iloc[0]
    assert alone["p_adjusted"] == alone["p"]


def test_feedback_counts_rate_and_mean():
    feedback = pick(ten_rows(), table="feedback", item="useful")
    rate = pick(feedback, measure="agree").iloc[0]
    assert (rate["count"], rate["answered"], rate["invited"]) == (8, 9, 14)
    assert (rate["bound_lower"], rate["bound_upper"]) == pytest.approx((8 / 14, 13 / 14))
    assert value(feedback, measure="mean_end") == pytest.approx(39 / 9)
    assert value(feedback, "count", measure="cannot_say_end") == 1


def test_responses_and_attrition():
    rows = ten_rows()
    steps = {r["measure"]: (r["count"], r["answered"]) for _, r in pick(rows, table="responses").iterrows()}
    assert steps["start"] == (12, 14) and steps["both"] == (10, 14)
    men = pick(rows, table="attrition", by="gender", group="m")
    assert [value(men, "count", measure=m) for m in survey.ANSWERED] == [2, 2, 0, 2]
    # 2 of 10 who answered both against 2 of 2 who answered the first only
    assert value(men, measure="standardised_difference") == pytest.approx(-0.8 / (0.16 / 2) ** 0.5)
    test = pick(rows, measure="attrition_test").iloc[0]
    # both: 8 f, 2 m; not both: 0 f, 4 m: Fisher (10 choose 2 ...) = 15 / 1001 for this table and none rarer
    assert test["p"] == pytest.approx(15 / 1001)
    assert test["effect"] == pytest.approx((14 * (8 * 4) ** 2 / (8 * 6 * 10 * 4) / 14) ** 0.5)


def test_reliability_comes_from_the_items_of_the_start_survey():
    start = {"skill": [1, 2, 3, 4, 5], "burden": [5, 4, 3, 2, 1]}
    rows = survey.rows(material(tables(start, start, 5)))
    # burden is turned, so the items agree wholly: alpha 1, no error of measurement
    assert value(rows, table="scale_reliability", measure="alpha") == pytest.approx(1)
    assert value(rows, table="scale_reliability", measure="standard_error") == pytest.approx(0, abs=1e-6)
    reversed_key = {"skill": [1, 2, 3, 4, 5], "burden": [1, 2, 3, 4, 4]}
    rows = survey.rows(material(tables(reversed_key, reversed_key, 5)))
    assert value(rows, table="scale_reliability", measure="alpha") < 0


@pytest.mark.parametrize(
    ("n", "edition"),
    [(0, "internal"), (1, "internal"), (4, "internal"), (5, "internal"), (4, "public"), (5, "public"), (12, "public")],
)
def test_few_pairs_are_described_and_not_tested(n, edition):
    few = edition == "public" or n < 5
    tidy = tables({"skill": [2] * n}, {"skill": [3] * n}, persons=12)
    made = material(tidy, edition)
    rows = survey.rows(made)
    tested = pick(rows, table="item", item="skill", measure="net_change").iloc[0]
    assert pd.isna(tested["p"]) == few
    if edition == "public":  # everybody better, which rounded counts do not say
        assert pd.isna(tested["estimate"])
    if edition == "internal" and 0 < n < 5:
        assert tested["note"] == "too_few_pairs" and tested["estimate"] == 1 and pd.isna(tested["lower"])
    assert "survey-results" in parts(made, rows, "fi")


@pytest.mark.parametrize(("alone", "missing", "said"), [(2, 30, "(no change would be enough)"), (4, 40, "(−1.00)")])
def test_the_tipping_point_is_a_change_that_the_start_answers_leave_room_for(alone, missing, said):
    made = material(
        tables({"skill": [3] * 20 + [alone] * missing}, {"skill": [5] * 20 + [None] * missing}, persons=20 + missing)
    )
    sentences = parts(made, survey.rows(made))["survey-results"].sentences
    assert any(said in sentence for sentence in sentences), sentences


def test_when_everybody_answered_both_nothing_is_said_to_be_missing():
    made = material(tables({"skill": [2] * 20}, {"skill": [3] * 20}, persons=20))
    rows = survey.rows(made)
    shown = parts(made, rows)
    assert not {"net_change_weighted", "tipping_point"} & set(rows["measure"])
    assert (
        shown["survey-attrition"].blocks == []
        and "no respondents are missing" in shown["survey-attrition"].sentences[0]
    )
    assert not any("100.0%" in note for note in shown["survey-cautions"].notes)


def test_nobody_changed_is_no_evidence():
    rows = survey.rows(material(tables({"skill": [3] * 8}, {"skill": [3] * 8}, persons=8)))
    row = pick(rows, table="item", item="skill", measure="net_change").iloc[0]
    assert row["p"] == 1 and row["estimate"] == 0 and row["lower"] < 0 < row["upper"] and row["note"] == "all_unchanged"
    assert value(rows, table="summary", measure="primary_unclear") == 1


def test_everybody_changed_alike():
    made = material(tables({"skill": [2] * 20}, {"skill": [3] * 20}, persons=20))
    rows = survey.rows(made)
    assert value(rows, table="item", measure="rank_biserial", item="skill") == 1
    assert value(rows, table="summary", measure="primary_improved") == 1


def test_who_agreed_at_the_start_and_at_the_end_is_counted_of_those_who_answered_both():
    made = material(tables({"skill": [4, 5, 3, 2, None]}, {"skill": [4, 5, 5, 4, 5]}, persons=5))
    rows = survey.rows(made)
    assert [value(rows, "count", table="item", measure=f"agree_{t}", item="skill") for t in ("start", "end")] == [2, 4]
    assert value(rows, table="item", measure="agree_start", item="skill") == 0.5


def test_conclusions_follow_the_data():
    up = ({"skill": [2] * 20}, {"skill": [3] * 18 + [2] * 2})
    text = {}
    for name, (start, end) in {"up": up, "down": up[::-1], "same": (up[0], up[0])}.items():
        made = material(tables(start, end, persons=20))
        text[name] = " ".join(parts(made, survey.rows(made))["survey-results"].sentences)
    assert "main questions (1 of 1) were more positive" in text["up"]
    assert "main questions (1 of 1) were less positive" in text["down"]
    assert "No main question" in text["same"]


def test_without_sources_there_are_no_rows_and_no_parts():
    only_people = study(sources=[{"table": "participants", "name": "x", "file": "x", "columns": {}}])
    made = material({"persons": TEN["persons"]}, of=only_people)
    rows = survey.rows(made)
    assert rows.empty and parts(made, rows) == {}


def test_with_the_start_survey_only_nothing_is_paired():
    sources = [{"table": t, "name": "x", "file": "x", "columns": {}} for t in ("participants", "start_survey")]
    made = material(tables({"skill": [2, 3], "burden": [1, 2]}, {}, persons=3), of=study(sources=sources))
    rows = survey.rows(made)
    assert pick(rows, table="item").empty and pick(rows, table="feedback").empty
    assert "survey-answered" in parts(made, rows) and "survey-results" not in parts(made, rows)


def test_the_public_edition_rounds_counts_and_keeps_t_to_itself():
    tidy = tables({"skill": SKILL[0] * 3 + [2, 2]}, {"skill": SKILL[1] * 3 + [3, 3]}, persons=33)
    rows = survey.rows(material(tidy, "public"))
    rounded = rows[rows["kind"].isin(["count", "share", "rate"]) & (rows["status"] != "exact")]
    assert len(rounded) and (rounded["count"].dropna() % 5 == 0).all()
    exact = {"mean_change", "mean_start", "rank_biserial", "superiority", "agree_change", "alpha"}
    assert not set(rows["measure"]) & exact


def test_a_public_change_is_exact_where_its_parts_are_large_and_never_contradicts_the_internal_one():
    tidy = tables({"skill": [2] * 20 + [3] * 7 + [4] * 6}, {"skill": [3] * 20 + [3] * 7 + [2] * 6}, persons=40)
    public, internal = (
        pick(survey.rows(material(tidy, edition)), table="item", item="skill", measure="net_change").iloc[0]
        for edition in ("public", "internal")
    )
    assert public["estimate"] == internal["estimate"] == 14 / 33
    assert public["lower"] <= internal["lower"] and internal["upper"] <= public["upper"]
    assert survey.direction_of(public) == survey.direction_of(internal) == "improved"


@pytest.mark.parametrize(
    ("up", "same", "down"), [(30, 5, 1), (12, 8, 4), (6, 20, 2), (3, 9, 8), (0, 30, 2), (40, 3, 3)]
)
def test_a_public_change_from_rounded_counts_says_the_same_or_that_it_cannot_be_told(up, same, down):
    start, end = [2] * up + [3] * same + [4] * down, [3] * up + [3] * same + [2] * down
    tidy = tables({"skill": start}, {"skill": end}, persons=60)
    public, internal = (
        pick(survey.rows(material(tidy, edition)), table="item", item="skill", measure="net_change").iloc[0]
        for edition in ("public", "internal")
    )
    assert survey.direction_of(public) in (survey.direction_of(internal), "not_told")
    if pd.notna(public["lower"]):
        assert public["lower"] <= internal["lower"] and internal["upper"] <= public["upper"]


def test_arms_are_compared_by_their_changes():
    compared = study(
        comparison={"treated": "a", "control": "b"},
        codes={"arm": [{"id": "a", "name": "Group A"}, {"id": "b", "name": "Group B"}]},
    )
    start, end = [2, 3] * 12, [3, 4, 3, 3] * 3 + [2, 3, 3, 3] * 3
    tidy = tables({"skill": start}, {"skill": end}, persons=24, arm=["a"] * 12 + ["b"] * 12)
    made = material(tidy, of=compared)
    rows = survey.rows(made)
    arms = pick(rows, table="arms", item="skill")
    changes = [value(arms, measure="mean_change", group=arm) for arm in ("a", "b")]
    assert changes == pytest.approx([0.75, 0.25])
    difference = pick(arms, measure="difference_of_changes").iloc[0]
    # each arm has changes with variance 2.25 / 11; t = 0.5 / sqrt(2 * 2.25 / 11 / 12)
    assert difference["estimate"] == pytest.approx(0.5)
    assert difference["statistic"] == pytest.approx(0.5 / (2 * 2.25 / 11 / 12) ** 0.5)
    assert difference["effect"] > 0
    assert "Group A" in parts(made, rows)["survey-arms"].sentences[0]


def test_terms_stand_beside_each_other():
    terms = [
        {"id": i, "name": i, "start": dt.date(2024, m, 1), "end": dt.date(2024, m + 5, 28)}
        for i, m in (("one", 1), ("two", 7))
    ]
    tidy = {name: frame.copy() for name, frame in TEN.items()}
    late = tidy["answers"]["person"].isin(["p0", "p1", "p2", "p3"]) & (tidy["answers"]["survey"] == "end")
    tidy["answers"].loc[late, "term"] = "two"
    made = material(tidy, of=study(terms=terms))
    rows = survey.rows(made)
    paired = {
        s: value(rows, "count", table="item", item="skill", measure="paired", scope=s) for s in ("all", "one", "two")
    }
    assert paired == {"all": 10, "one": 6, "two": 4}
    assert len(parts(made, rows)["survey-terms"].blocks[0].rows) == 2


@pytest.mark.parametrize("edition", ["public", "internal"])
def test_every_number_of_a_table_or_figure_stands_in_the_rows(edition):
    made = material(TEN, edition)
    rows = survey.rows(made)
    numeric = rows.select_dtypes("number").to_numpy(dtype=float, na_value=float("nan")).ravel()
    known = {round(float(v), 12) for v in numeric if v == v}
    seen = 0
    for part in parts(made, rows).values():
        for block in part.blocks:
            table = block.data if isinstance(block, Figure) else block
            # figures add shares of what they draw, and the flow its steps
            own = {i for i, c in enumerate(table.columns) if isinstance(block, Figure) and c.kind == "percent"}
            own |= {3} if table.id == "survey-flow-data" else set()
            for line in table.rows:
                numbers = [c for i, c in enumerate(line) if not isinstance(c, str) and c is not None and i not in own]
                assert [c for c in numbers if round(float(c), 12) not in known] == [], table.id
                seen += len(numbers)
    assert seen > 70


def test_no_picture_shows_shares_of_rounded_counts():
    for edition, drawn in (("internal", {"survey-change", "survey-likert-1"}), ("public", set())):
        made = material(TEN, edition)
        figures = {
            b.id for part in parts(made, survey.rows(made)).values() for b in part.blocks if isinstance(b, Figure)
        }
        assert figures & {"survey-change", "survey-likert-1"} == drawn


def test_sentences_say_the_numbers_of_the_rows():
    made = material(TEN)
    rows = survey.rows(made)
    sentence = parts(made, rows)["survey-results"].sentences[2].replace("\N{NO-BREAK SPACE}", " ")
    assert re.findall(r"\d+\.\d+%", sentence) == ["60.0%", "10.0%"]
    assert "n = 10" in sentence and "2.50" in sentence and "3.00" in sentence and "p = 0.087" in sentence
    assert "no clear change" in sentence


def test_cautions_apply_only_where_they_should():
    few = material(TEN)
    notes = " ".join(parts(few, survey.rows(few))["survey-cautions"].notes)
    assert "few pairs" in notes and "levelling out" in notes and "one end of the scale" not in notes
    high = material(tables({"skill": [5] * 24 + [4] * 6}, {"skill": [5] * 30}, persons=30))
    notes = " ".join(parts(high, survey.rows(high))["survey-cautions"].notes)
    assert "one end of the scale" in notes and "I can (4.80)" in notes and "I can (30)" not in notes


@pytest.mark.parametrize(
    ("known", "drawn"), [((0.4, 0.4, 0.4), 0.4), ((None, 0.2, 0.5), 0.35), ((None, None, None), None)]
)
def test_a_share_between_two_numbers_is_drawn_in_their_middle(known, drawn):
    row = pd.Series(dict(zip(("estimate", "possible_lower", "possible_upper"), known, strict=True)), dtype="float64")
    assert middle_of(row) == (drawn if drawn is None else pytest.approx(drawn))
