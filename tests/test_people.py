"""Groups of people, several waves, cohorts and whom it works for: by study file only, in both editions."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import people_study
import pytest
from scipy import stats

import evaltools as ev
from evaltools.results.records import pick, value
from evaltools.sections.placement_groups import trend_sentence
from evaltools.statistics import attrition_change, clusters, heterogeneity, net_change, quantiles, trend
from evaltools.study.faults import StudyError

REFERENCE = Path(__file__).parent / "reference" / "people_r.json"
FROM_R = json.loads(REFERENCE.read_text(encoding="utf-8"))["cases"]


def from_r(method: str) -> list[dict]:
    return [case for case in FROM_R if case["method"] == method]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return people_study.write(tmp_path_factory.mktemp("people") / "courses")


def said(section) -> str:
    return " ".join(sentence for part in section.parts.values() for sentence in [*part.sentences, *part.notes])


# --- groups of people ---


def test_a_mean_of_equal_groups_is_the_t_interval_of_their_means():
    sums = np.array([9, 12, 5, 8, 10])
    found = clusters.design([15] * 5, sums, sums)
    means = sums / 15
    half = stats.t.ppf(0.975, 4) * means.std(ddof=1) / 5**0.5
    spread = (means.mean() * (1 - means.mean()) * 75 / 74) ** 0.5
    assert found.df == pytest.approx(4)
    assert found.quantile() / found.few**0.5 * spread / 75**0.5 == pytest.approx(half)


@pytest.mark.parametrize("case", from_r("clusters"))
def test_design_is_that_of_r(case):
    found = clusters.design(case["sizes"], case["sums"], case["squares"])
    assert found.effect == pytest.approx(max(case["ratio"][0], 1), rel=1e-9)
    assert found.df == pytest.approx(case["df"][0], rel=1e-9)
    assert found.icc == pytest.approx(case["icc"][0], rel=1e-9)


@pytest.mark.parametrize("case", from_r("arms"))
def test_the_difference_of_arms_in_groups_is_that_of_r(case):
    both = [clusters.Arm(*np.array(case[arm], dtype=float)) for arm in ("treated", "control")]
    found, test = clusters.mean_difference(*both)
    designs = [arm.design for arm in both]
    each = [arm.variance * of.effect for arm, of in zip(both, designs, strict=True)]
    few = sum(v * of.few for v, of in zip(each, designs, strict=True)) / sum(each)
    assert found.estimate == pytest.approx(case["difference"][0])
    if min(of.effect for of in designs) > 1 and case["variance"][0] > sum(arm.variance for arm in both):
        assert found.se**2 / few == pytest.approx(case["variance"][0], rel=1e-9)
    assert test.df <= case["df"][0] + 1e-9 or not case["shared"]
    assert (found.lower <= 0 <= found.upper) == (test.p >= 0.05)


def test_interval_and_p_of_the_difference_of_rates_in_groups_say_the_same():
    one, other = [(15, 9), (15, 12), (15, 11), (15, 13), (15, 8)], [(15, 5), (15, 4), (15, 6), (15, 3), (15, 5)]
    p = clusters.rate_difference_p(one, other)
    for aside, outside in ((-1e-4, True), (1e-4, False)):
        found = clusters.rate_difference(one, other, 1 - p + aside)
        assert (found.lower > 0) is outside
    assert clusters.rate_difference_p(one, one) == 1.0
    assert clusters.rate_difference(one[:2], other).lower is None


def test_groups_that_are_alike_narrow_nothing():
    found = clusters.of_rates([(10, 5)] * 8)
    assert found.effect == 1.0 and found.icc < 0


def test_p_and_interval_of_a_change_in_groups_say_the_same():
    groups = [(6, 3, 1), (2, 7, 1), (7, 3, 0), (1, 6, 3), (4, 5, 1), (8, 1, 1)]
    up, same, down = (sum(g[i] for g in groups) for i in range(3))
    design = clusters.of_changes(groups)
    assert design.effect > 1.5
    for confidence in (0.8, 0.9, 0.95, 0.99):
        found = clusters.net_change(up, same, down, design, confidence)
        outside = not found.estimate.lower <= 0 <= found.estimate.upper
        assert outside == (found.p < 1 - confidence)
    assert found.p > net_change.net_change(up, same, down).p


@pytest.mark.parametrize("groups", [1, 2])
def test_too_few_groups_count_as_so_many_persons(groups):
    found = clusters.rate([(20, 10)] * groups)
    assert found.note == "too_few_groups" and found.lower < 0.02 and found.upper > 0.98
    assert clusters.net_change(9, 3, 1, clusters.of_changes([(9, 3, 1)]), 0.95).p is None
    assert clusters.of_rates([(20, 10)] * groups).icc is None


@cache
def courses(folder, edition: str):
    return ev.open_study(folder).term("T3", "en", edition)


def test_a_column_of_course_groups_widens_intervals_and_the_report_says_so(folder):
    term = courses(folder, "internal")
    rows = term.rows("survey")
    here = pick(rows, table="cluster", item="skill")
    assert value(here, measure="groups") == 12
    assert value(here, measure="icc") > 0.1 and value(here, measure="design_effect") > 1.5
    net = pick(rows, table="item", measure="net_change", item="skill", scope="all").iloc[0]
    moved = [
        int(value(rows, "count", table="item", measure=m, item="skill", scope="all"))
        for m in ("improved", "same", "worse")
    ]
    alone = net_change.net_change(*moved)
    assert net["upper"] - net["lower"] > 1.2 * (alone.estimate.upper - alone.estimate.lower)
    assert net["p"] > alone.p and "clusters" in net["method_id"]
    text = said(term.section("survey"))
    assert "12 groups, and the group matters" in text and "I can" in text
    placed = pick(term.rows("placement"), table="placement", measure="employed", scope="all", by="total").iloc[0]
    assert "clusters" in placed["method_id"] and placed["lower"] < placed["estimate"] < placed["upper"]


def test_the_public_edition_tells_nothing_of_groups_but_that_it_judges_nothing(folder):
    term = courses(folder, "public")
    rows = term.results
    assert pick(rows, table="cluster").empty
    assert (pick(rows, table="item", measure="net_change")["note"] == "not_told").all()
    assert "stated in the internal edition only" in said(term.section("survey"))
    assert "Course T1" not in rows.to_csv()
    rates = pick(rows, topic="placement", table="placement")
    told = rates[rates["status"] != "withheld"]
    assert len(told) and told[["lower", "upper"]].isna().all(axis=None)  # those of Clopper and Pearson are too narrow
    assert told["bound_lower"].notna().all()
    assert "interval not known" in said(term.section("placement"))


def test_names_of_groups_are_pseudonyms(folder):
    tidy = courses(folder, "internal").tidy
    assert tidy["persons"]["cluster"].nunique() == 12
    assert not tidy["persons"]["cluster"].str.contains("Course").any()


# --- more than two times ---


def test_declared_waves_are_compared_with_the_start(folder):
    term = courses(folder, "internal")
    rows = pick(term.rows("survey"), table="wave")
    assert set(rows["group"]) == {"start>middle", "start>later"}
    answers = term.tidy["wave_answers"]
    here = answers[(answers["survey"] == "later") & (answers["item"] == "skill")]
    start = term.tidy["answers"]
    before = start[(start["survey"] == "start") & (start["item"] == "skill")].set_index("person")["value"]
    moved = (here.set_index("person")["value"] - before).dropna()
    net = pick(rows, measure="net_change", item="skill", group="start>later").iloc[0]
    assert net["answered"] == len(moved) == 96
    assert net["estimate"] == pytest.approx(((moved > 0).sum() - (moved < 0).sum()) / 96)
    assert net["effect_lower"] <= net["lower"] and net["p"] <= net["p_adjusted"]
    assert pick(rows, item="hope", group="start>later").empty  # asked at other times only
    assert "I can, Start survey \N{RIGHTWARDS ARROW} Half a year later" in said(term.section("survey"))


def test_pairs_of_waves_may_be_declared(tmp_path):
    study = people_study.STUDY.replace("[survey]", '[survey]\nchanges = [["middle", "end"], ["end", "later"]]')
    folder = people_study.write(tmp_path / "pairs", study + people_study.SOURCES + people_study.WAVES)
    rows = pick(ev.open_study(folder).term("T3", "en", "internal").rows("survey"), table="wave")
    assert set(rows["group"]) == {"middle>end", "end>later"}


def test_nothing_changes_where_waves_are_added(folder, tmp_path):
    without = people_study.write(tmp_path / "courses", people_study.STUDY + people_study.SOURCES)
    for topic in ("survey", "placement"):
        rows = courses(folder, "internal").rows(topic)
        before = ev.open_study(without).term("T3", "en", "internal").rows(topic)
        kept = rows[~rows["table"].isin(["wave", "wave_change"])].reset_index(drop=True)
        assert kept.equals(before)


def test_later_follow_ups_stand_beside_the_first_and_empty_no_term(folder):
    term = courses(folder, "internal")
    rows = term.rows("placement")
    rates = pick(rows, table="wave", measure="employed").set_index("group")
    assert dict(rates["answered"]) == {"first": 144, "year": 96}
    change = pick(rows, table="wave_change", measure="employed").iloc[0]
    assert change["answered"] == 96 and change["lower"] > 0
    of_terms = pick(rows, table="placement", measure="employed", by="total")
    assert (of_terms[of_terms["scope"] != "all"]["answered"] == 48).all()
    assert "after four months \N{RIGHTWARDS ARROW} after a year" in said(term.section("placement"))


def test_the_public_edition_says_that_other_times_are_not_in_it(folder):
    term = courses(folder, "public")
    assert pick(term.results, table="wave").empty
    assert "held at other times besides the start and the end" in said(term.section("survey"))
    assert "asked again later" in said(term.section("placement"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('id = "middle"', 'id = "start"', "survey.waves.0.id"),
        ('table = "later_survey"', 'table = "other_survey"', "sources.5.table"),
        ("[survey]", '[survey]\nchanges = [["start", "never"]]', "survey.changes.0"),
    ],
)
def test_faults_of_waves_are_named(tmp_path, old, new, fault):
    text = (people_study.STUDY + people_study.SOURCES + people_study.WAVES).replace(old, new, 1)
    folder = people_study.write(tmp_path / "faulty", text)
    with pytest.raises(StudyError) as raised:
        ev.open_study(folder)
    assert fault in {each.path for each in raised.value.faults}


# --- terms of starting, and groups of persons ---


def close(values):
    return pytest.approx(values, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("case", from_r("rate_trend"))
def test_the_trend_of_a_rate_is_that_of_r(case):
    slope, test = trend.rate_trend(list(zip(case["n"], case["x"], strict=True)))
    assert test.p == close(case["p"][0])
    assert (slope.estimate, slope.lower, slope.upper) == close(tuple(case["slope"]))
    assert (slope.lower <= 0 <= slope.upper) == (test.p >= 0.05)


@pytest.mark.parametrize("case", from_r("change_trend"))
def test_the_trend_of_a_change_is_that_of_r(case):
    slope, test = trend.change_trend(case["counts"])
    assert test.p == close(case["p"][0])
    assert (slope.estimate, slope.lower, slope.upper) == close(tuple(case["slope"]))


@pytest.mark.parametrize("case", from_r("mean_score"))
def test_the_mean_score_test_is_that_of_r(case):
    assert heterogeneity.mean_score_test(case["counts"]).p == close(case["p"][0])


@pytest.mark.parametrize("case", from_r("shrunken"))
def test_shrunken_estimates_are_those_of_r(case):
    found = heterogeneity.shrunken(case["y"], case["v"])
    assert found.tau == pytest.approx(case["tau"][0], abs=1e-5)
    assert found.estimates == pytest.approx(tuple(case["blup"]), abs=1e-5)


def test_shrunken_changes_have_the_variance_of_answers_with_half_a_person_more_in_each_way():
    groups = [(4, 10, 6), (8, 8, 4), (5, 0, 0)]
    ways = np.array([1, 0, -1])
    changes, variances = [], []
    for group in groups:
        mean = np.average(ways, weights=np.add(group, 0.5))
        variances.append(np.average((ways - mean) ** 2, weights=np.add(group, 0.5)) / sum(group))
        changes.append(np.average(ways, weights=group))
    found, expected = heterogeneity.shrunken_changes(groups), heterogeneity.shrunken(changes, variances)
    assert found.estimates == pytest.approx(expected.estimates) and found.tau == pytest.approx(expected.tau)


@pytest.mark.parametrize("case", from_r("weighted"))
def test_the_weighted_change_is_that_of_r(case):
    starts = [
        attrition_change.Start(everyone, *moved) for everyone, moved in zip(case["all"], case["counts"], strict=True)
    ]
    found = attrition_change.weighted_net_change(starts)
    assert found.estimate.estimate == close(case["net"][0])
    assert found.effective == close(case["effective"][0])


@pytest.fixture(scope="module")
def two_arms(tmp_path_factory):
    """Courses of both arms, whose later waves ask variables of their own."""
    written = people_study.write_arms(tmp_path_factory.mktemp("arms") / "arms")
    return {edition: ev.open_study(written).term("T3", "en", edition) for edition in ("internal", "public")}


def test_with_a_comparison_group_the_difference_comes_first_at_every_wave(two_arms):
    waves = two_arms["internal"].section("survey").parts["survey-waves"].sentences
    assert waves[1].startswith("I can, Start survey → Half way: no difference between the changes of F and M")
    assert waves.index(next(said for said in waves if "do not show an effect" in said)) == 4
    later = two_arms["internal"].section("placement").parts["placement-waves"].sentences
    assert later[0].startswith("Share employed, after a year: no difference between F and M")
    for topic, n in (("survey", 3), ("placement", 4)):
        rows = pick(two_arms["internal"].rows(topic), table="wave_arms")
        assert len(rows) == n and rows["method_id"].str.contains("clusters").all()
        assert rows["method_id"].str.contains("holm").all() or topic == "survey"
    assert pick(two_arms["public"].rows("placement"), table="wave_arms").empty


def test_differences_between_arms_allow_for_groups_or_have_no_interval(two_arms):
    rows = pd.concat([two_arms["internal"].rows(topic) for topic in ("survey", "placement")])
    for table in ("arm_difference", "arm_mean_difference"):
        found = pick(rows, table=table)
        assert len(found) and found["method_id"].str.contains("clusters").all() and found["lower"].notna().all()
    assert pick(rows, table="arms", measure="difference_of_changes")["method_id"].str.contains("clusters").all()
    for table in ("arm_adjusted_difference", "arm_ratio", "arm_heterogeneity"):
        assert pick(rows, table=table)["lower"].isna().all()
    assert pick(rows, table="arms", measure="adjusted_difference")["lower"].isna().all()
    assert "The interval of the difference allows for it" in said(two_arms["internal"].section("placement"))
    public = pick(two_arms["public"].rows("placement"), table="arm_difference")
    assert len(public) and public["lower"].isna().all() and (public["note"] == "groups_not_published").all()


def test_variables_that_only_a_later_wave_asks_are_shown(two_arms):
    term = two_arms["internal"]
    assert value(pick(term.rows("survey"), table="number", item="points"), measure="median") is not None
    words = pick(term.rows("placement"), table="words", item="still")
    assert words["count"].sum() == words["answered"].iloc[0] > 0
    parts = term.section("placement").parts["placement-waves"].blocks
    assert any(block.caption == "Still, after a year" for block in parts)


def test_a_trend_of_few_answers_says_that_its_interval_may_be_too_narrow(folder):
    labels = ev.open_study(folder).term("T3", "en", "internal").labels
    row = {"estimate": 0.1, "lower": -0.1, "upper": 0.3, "p_adjusted": 0.4}
    few, many = (trend_sentence(pd.Series(row | {"answered": n}), "It", labels) for n in (49, 50))
    assert "fewer than 50 answers" in few and few.startswith(many) and "fewer" not in many


def test_without_terms_or_without_a_difference_there_is_no_trend():
    none = trend.rate_trend([(9, 3)]), trend.rate_trend([(9, 0), (8, 0)]), trend.change_trend([(1, 1, 1)])
    for slope, test in none:
        assert (slope.estimate, test.p, test.note) == (None, None, "no_trend")
    slope, test = trend.rate_trend([(5, 0), (5, 5)])
    assert slope.upper == 0.5 and slope.lower > 0


def test_change_by_group_is_tested_first_and_then_drawn_together(folder):
    term = courses(folder, "internal")
    rows = term.rows("survey")
    tested = pick(rows, table="heterogeneity", item="skill")
    assert set(tested["by"]) == {"gender", "age_group", "education", "start_term"}
    own, drawn = (
        pick(rows, table="group_change", measure=m, item="skill", by="education") for m in ("net_change", "shrunken")
    )
    whole = value(rows, table="item", measure="net_change", item="skill", scope="all")
    for each, smoothed in zip(own["estimate"], drawn["estimate"], strict=True):
        assert abs(smoothed - whole) <= abs(each - whole) + 0.01
    assert drawn["lower"].isna().all()
    text = said(term.section("survey"))
    assert "does not differ clearly by any background variable tested" in text
    assert "from one starting term to the next" in text


def test_trends_over_terms_of_starting_allow_for_groups_of_people(folder, tmp_path):
    slope = pick(courses(folder, "internal").rows("survey"), table="trend", item="skill").iloc[0]
    alone = people_study.STUDY + people_study.SOURCES.replace(', cluster = "Course"', "") + people_study.WAVES
    without = people_study.write(tmp_path / "alone", alone)
    narrow = pick(ev.open_study(without).term("T3", "en", "internal").rows("survey"), table="trend", item="skill").iloc[
        0
    ]
    assert slope["estimate"] == narrow["estimate"]
    assert slope["upper"] - slope["lower"] > 2 * (narrow["upper"] - narrow["lower"]) and slope["p"] > narrow["p"]


def test_placement_by_term_of_starting(folder):
    term = courses(folder, "internal")
    rows = term.rows("placement")
    rates = pick(rows, table="start_term", measure="employed")
    assert list(rates["group"]) == ["T1", "T2", "T3"] and (rates["answered"] == 48).all()
    slope = pick(rows, table="trend", measure="employed").iloc[0]
    found, test = trend.rate_trend([(48, int(count)) for count in rates["count"]])
    assert slope["estimate"] == pytest.approx(found.estimate) and slope["p"] == pytest.approx(test.p)
    assert len(pick(rows, table="group_rate", measure="employed", by="age_group")) == 2


def test_the_public_edition_says_that_change_by_group_is_not_in_it(folder):
    term = courses(folder, "public")
    assert not {"heterogeneity", "group_change", "trend", "start_term"} & set(term.results["table"])
    assert "Change by group and by starting term is not published" in said(term.section("survey"))


# --- weighting by register variables ---


def test_a_change_is_weighted_by_start_answer_and_register(tmp_path):
    study = people_study.STUDY.replace("[survey]", '[survey]\nweight_by = ["gender"]') + people_study.SOURCES
    folder = people_study.write(tmp_path / "weighted", study)
    term = ev.open_study(folder).term("T3", "en", "internal")
    row = pick(term.rows("survey"), table="item", measure="net_change_weighted", item="hope").iloc[0]
    assert row["method"].endswith("by the answer at the start, gender")
    tables = term.tidy
    wide = tables["answers"][tables["answers"]["item"] == "hope"].pivot(
        index="person", columns="survey", values="value"
    )
    wide = wide.dropna(subset=["start"]).join(tables["persons"].set_index("person")["gender"])
    cells: list[list[float]] = []  # brute force: cells of (start answer, gender), thin ones joined with the next
    for _, part in wide.groupby(["start", "gender"]):
        moved = np.sign((part["end"] - part["start"]).dropna().astype(float))
        cell = [len(part), len(moved), moved.sum()]
        if cells and cells[-1][1] < 5:
            cells[-1] = [a + b for a, b in zip(cells[-1], cell, strict=True)]
        else:
            cells.append(cell)
    if cells[-1][1] < 5:
        cells[-2:] = [[a + b for a, b in zip(*cells[-2:], strict=True)]]
    assert row["estimate"] == pytest.approx(sum(n / m * net for n, m, net in cells) / len(wide))
    notes = [n for part in term.section("survey").parts.values() for table in part.tables for n in table.notes]
    assert "Besides the start answer, the weights allow for: gender." in notes


# --- numbers ---


@pytest.mark.parametrize("case", from_r("numbers"))
def test_median_and_quartiles_are_those_of_r(case):
    values, counts = np.unique(case["x"], return_counts=True)
    found = quantiles.median(values, counts)
    assert (found.estimate, found.lower, found.upper) == close(tuple(case["median"]))
    assert [quantiles.quantile(values, counts, share) for share in (0.25, 0.75)] == close(case["quartiles"])


@pytest.mark.parametrize(
    ("topic", "item", "n"), [("placement", "wage", None), ("survey", "hours", 144), ("participants", "years", 144)]
)
def test_every_number_of_the_study_is_shown(folder, topic, item, n):
    term = courses(folder, "internal")
    here = pick(term.rows(topic), table="number", item=item).set_index("measure")
    assert set(here.index) == {"mean", "median", "lower_quartile", "upper_quartile"}
    assert here.loc["median", "lower"] <= here.loc["median", "estimate"] <= here.loc["median", "upper"]
    assert here.loc["mean", "answered"] == (144 if item != "wage" else here.loc["median", "answered"])
    assert f"{topic}-numbers" in term.section(topic).parts
    public = courses(folder, "public")
    assert pick(public.rows(topic), table="number").empty
    assert "numbers, such as wages or hours" in said(public.section(topic))


def test_what_is_noted_of_a_wave_has_its_name(folder):
    term = courses(folder, "internal")
    assert "later_survey" in set(term.tidy["notes"]["table"])
    words = [
        cell for part in term.section("ingestion").parts.values() for t in part.tables for row in t.rows for cell in row
    ]
    assert any(str(word).endswith("Half a year later") for word in words)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return people_study.write_surveys(tmp_path_factory.mktemp("alone") / "alone")


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_without_a_register_those_who_answered_are_shown_by_what_they_said(alone, edition):
    survey = ev.open_study(alone).term("T3", "en", edition).section("survey")
    rows = survey.rows
    of = pick(rows, table="respondents", by="before")
    assert abs(of["count"].sum() - 144) <= (0 if edition == "internal" else 8) and set(of["group"]) >= {"yes", "no"}
    assert "response rates are therefore of those who answered either survey" in said(survey)
    assert ("survey-groups" in survey.parts) is (edition == "internal")


FREQUENCIES = """\
[study]
name = "Housing"
title = "Housing"
organisation = "City"
funder = "City"
start = 2020-01-01
end = 2020-12-31

[[terms]]
id = "T"
name = "2020"
start = 2020-01-01
end = 2020-12-31

[[survey.items]]
id = "content"
text = "Content"
max = 3
heading = "Sat"
surveys = ["end"]

[[variables]]
id = "house"
table = "end_survey"
name = "House"
heading = "Type"
codes = ["tower", "terrace"]

[[sources]]
table = "end_survey"
name = "Housing survey"
file = "housing.csv"
each_row_a_person = true
frequency = "Freq"
"""


def test_a_table_of_frequencies_is_a_survey_of_so_many_that_nobody_knows_how_many_were_asked(tmp_path):
    (tmp_path / "raw" / "T").mkdir(parents=True)
    codes = 'codes = [{ id = "tower", name = "Tower" }, { id = "terrace", name = "Terrace" }]'
    (tmp_path / "study.toml").write_text(FREQUENCIES.replace('codes = ["tower", "terrace"]', codes))
    lines = [
        f"{s};{t};{n}"
        for (s, t), n in zip([(s, t) for s in (1, 2, 3) for t in ("Tower", "Terrace")], range(5, 11), strict=True)
    ]
    (tmp_path / "raw" / "T" / "housing.csv").write_text("Sat;Type;Freq\n" + "\n".join(lines) + "\n")
    term = ev.open_study(tmp_path).term("T", "en", "internal")
    survey = term.section("survey")
    assert "“Content”: mean 2.18 on a scale from 1 to 3 (respondents: 45)." in said(survey)
    assert pick(survey.rows, table="respondents", by="house")["count"].tolist() == [21, 24]
    table = next(block for block in survey.parts["survey-feedback"].blocks if block.id == "survey-feedback-table")
    assert "Response rate" not in [column.label for column in table.columns]
    summary = term.section("report").parts["summary"]
    assert summary.answer == "“Content”: mean 2.18 on a scale from 1 to 3" and summary.sentences[0].startswith(
        "“Content”"
    )


# --- nothing but who they are ---


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_a_list_that_tells_nothing_of_the_persons_but_who_they_are(tmp_path, edition):
    folder = tmp_path / "list"
    raw = folder / "raw" / "T1"
    raw.mkdir(parents=True)
    source = 'table = "participants", name = "List", file = "list.csv", columns = { person = "Id" }'
    study = people_study.STUDY.split("[[terms]]")[0].split("[study]")[1]
    term = 'terms = [{ id = "T1", name = "T1", start = 2021-01-01, end = 2021-06-30 }]'
    written = f"{term}\nsources = [{{ {source} }}]\n[study]{study}"
    (folder / "study.toml").write_text(written, encoding="utf-8")
    (raw / "list.csv").write_text("Id\n" + "".join(f"{i}\n" for i in range(101, 126)), encoding="utf-8")
    rows = ev.open_study(folder).term("T1", "en", edition=edition).section("ingestion").rows
    [read] = pick(rows, table="rows", item="persons")["count"]
    assert abs(read - 25) <= (0 if edition == "internal" else 4)
