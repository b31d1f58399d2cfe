"""The placement stage on small material: hand-checkable numbers, both editions, and what can be missing."""

import datetime as dt
import math
import re
from pathlib import Path

import pandas as pd
import pytest

from evaltools.counts import tabulation
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure import policy
from evaltools.report.document import Figure
from evaltools.results.records import NUMBERS, WITHHELD, pick, value
from evaltools.sections import placement, placement_arms, rate_tables
from evaltools.sections.material import Labels, Material
from evaltools.statistics import proportions
from evaltools.study.model import Study

ROLES = ("employed", "employed_student", "student", "unemployed", "other")
DAY = pd.Timestamp("2022-03-01")


def study(**more) -> Study:
    """Two terms, a target group, follow-up codes for every role."""
    base = {
        "id": "small",
        "folder": Path("small"),
        "study": {
            "name": "Small",
            "title": "Small",
            "organisation": "School",
            "funder": "Funder",
            "start": dt.date(2021, 8, 1),
            "end": dt.date(2022, 7, 31),
        },
        "terms": [
            {"id": "A", "name": "A", "start": dt.date(2021, 8, 1), "end": dt.date(2021, 12, 31)},
            {"id": "B", "name": "B", "start": dt.date(2022, 1, 1), "end": dt.date(2022, 7, 31)},
        ],
        "codes": {
            "placement": [{"id": role, "name": role, "role": role} for role in ROLES],
            "gender": [{"id": g, "name": g} for g in ("female", "male")],
            "benchmark_measure": [{"id": "work", "name": "work", "role": "employed"}],
            "arm": [{"id": a, "name": a} for a in ("with", "without")],
        },
        "target_groups": [{"id": "women", "name": "Women", "definition": "Women", "all": []}],
        "followup": {"when": "half a year later", "weight_by": ["gender"]},
        "benchmarks": [{"id": "table", "name": "Table", "source": "Office", "retrieved": dt.date(2022, 1, 2)}],
        "sources": [{"table": "followup", "name": "Follow-up", "file": "f.csv", "columns": {"person": "id"}}],
    }
    return Study(**(base | more))


def people(groups: list[tuple[str, str | None, int]], **more) -> dict[str, pd.DataFrame]:
    """Tidy tables from (gender, role or None, how many): all left on DAY, all followed up in term B."""
    genders = [g for g, _, n in groups for _ in range(n)]
    roles = [r for _, r, n in groups for _ in range(n)]
    ids = [f"p{i}" for i in range(len(roles))]
    persons = pd.DataFrame({"person": ids, "term": "A", "gender": pd.Series(genders, dtype="str"), "registrations": 1})
    persons = persons.assign(outcome="completed", end=DAY, tg_women=persons["gender"] == "female")
    persons["tg_any"] = persons["tg_women"]
    followup = pd.DataFrame({"person": ids, "term": "B", "date": DAY, "role": pd.Series(roles, dtype="str")})
    return {"persons": persons, "followup": followup} | more


def material(of: Study, tables: dict[str, pd.DataFrame], edition: str = "internal") -> Material:
    last = of.terms[-1]
    exact = tabulation.collect(of, tables, last.id)
    return Material(of, last, edition, tables, policy.protect(exact, of.disclosure, edition), exact)


def told(of: Study, rows: pd.DataFrame, language: str = "en", edition: str = "internal") -> dict:
    parts = placement.parts(rows, Labels(of, of.terms[-1], language, edition))
    return {part.id: part for part in parts}


# 100 invited, 60 answered, 33 of them employed (3 also studying), 6 full-time students
MIXED = [
    ("female", "employed", 20),
    ("female", "employed_student", 3),
    ("female", "student", 6),
    ("female", "unemployed", 11),
    ("female", None, 10),
    ("male", "employed", 10),
    ("male", "unemployed", 10),
    ("male", None, 30),
]
BENCHMARK = pd.DataFrame({"benchmark": ["table"], "measure": ["work"], "count": [40], "total": [100]})


@pytest.fixture(scope="module")
def mixed() -> tuple[Study, pd.DataFrame]:
    of = study()
    return of, placement.rows(material(of, people(MIXED, benchmark=BENCHMARK)))


@pytest.fixture(scope="module")
def mixed_parts(mixed) -> dict[str, dict]:
    return {"en": told(*mixed)}


def main(rows: pd.DataFrame, measure: str, **where: str) -> pd.Series:
    found = pick(rows, **({"table": "placement", "scope": ALL, "by": TOTAL} | where), measure=measure)
    assert len(found) == 1
    return found.iloc[0]


def test_both_numerators_their_denominator_and_bounds(mixed):
    rows = mixed[1]
    expected = {"employed": 33, "employed_student": 3, "student_full_time": 6, "student_any": 9, "unemployed": 21}
    for measure, count in expected.items():
        row = main(rows, measure)
        assert (row["count"], row["answered"], row["invited"]) == (count, 60, 100)
        assert row["estimate"] == pytest.approx(count / 60)
        assert (row["bound_lower"], row["bound_upper"]) == pytest.approx((count / 100, (count + 40) / 100))
        assert row["response_rate"] == 0.6


def test_weighted_rate_gives_each_cell_its_share_of_the_invited(mixed):
    row = main(mixed[1], "employed")
    assert row["weighted"] == pytest.approx(0.5 * 23 / 40 + 0.5 * 10 / 20)
    assert row["weighted_lower"] < row["weighted"] < row["weighted_upper"]
    cells = pick(mixed[1], table="weighting", measure="cells").iloc[0]
    assert (cells["estimate"], cells["method"]) == (2, "post-stratified by gender")


def test_the_interval_from_worst_to_best_is_wider_than_the_bounds(mixed):
    wide = main(mixed[1], "employed", table="worst_to_best")
    assert wide["lower"] < 0.33 and wide["upper"] > 0.73


def test_followup_facts(mixed):
    facts = pick(mixed[1], table="followup", scope=ALL).set_index("measure")
    shown = facts["count"].dropna().to_dict()
    assert shown == {"leavers": 100, "invited": 100, "answered": 60, "unknown": 40}
    assert facts.loc["first_date", "date"] == facts.loc["last_date", "date"] == "2022-03-01"
    by_term = pick(mixed[1], table="followup", measure="leavers")
    assert dict(zip(by_term["scope"], by_term["count"], strict=True)) == {ALL: 100, "A": 0, "B": 100}


def test_difference_from_the_benchmark_with_its_bounds(mixed):
    gap = main(mixed[1], "employed", table="benchmark", by="", group="difference")
    assert gap["estimate"] == pytest.approx(33 / 60 - 0.4)
    assert (gap["bound_lower"], gap["bound_upper"]) == pytest.approx((-0.07, 0.33))
    assert gap["lower"] == pytest.approx(proportions.difference(33, 60, 40, 100).lower)
    own = main(mixed[1], "employed", table="benchmark", by="", group="benchmark")
    assert (own["kind"], own["estimate"], own["date"]) == ("amount", 0.4, "2022-01-02")


def test_what_the_followup_cannot_record_has_no_row():
    of = study()
    of = of.model_copy(
        update={"codes": of.codes | {"placement": of.codes["placement"][:1] + of.codes["placement"][3:4]}}
    )
    rows = placement.rows(material(of, people([("male", "employed", 3), ("male", "unemployed", 2)])))
    assert set(pick(rows, table="placement")["measure"]) == {"employed", "unemployed"}


# --- editions ---


def test_public_rates_come_from_rounded_counts_and_small_ones_are_withheld():
    of = study()
    tables = people([("female", "employed", 23), ("female", None, 9), ("male", "employed", 2), ("male", "other", 4)])
    rows = placement.rows(material(of, tables, "public"))
    total = main(rows, "employed")
    assert pd.isna(total["estimate"]) and pd.isna(total["weighted"])
    assert total["answered"] == 30 and total["invited"] in (35, 40)  # of 29 and 38
    men = main(rows, "employed", by="gender", group="male")
    assert men["status"] == WITHHELD
    assert men[["count", "estimate", "lower", "upper", "bound_lower", "bound_upper", "weighted"]].isna().all()


def test_no_interval_or_difference_of_a_withheld_rate_in_the_public_edition():
    of = study()
    tables = people([("female", "employed", 5), ("female", "other", 2), ("male", None, 30)], benchmark=BENCHMARK)
    rows = placement.rows(material(of, tables, "public"))
    assert main(rows, "employed")["status"] == WITHHELD
    for table in ("worst_to_best", "benchmark"):
        assert pick(pick(rows, table=table), kind="statistic").empty
    parts = told(of, rows, edition="public")
    said = " ".join(parts["placement-rates"].sentences)
    assert "to protect privacy" in said and "too few" not in said  # seven of 37 did respond


# --- sentences, tables and figures ---


def test_the_main_sentence_states_number_denominator_and_interval(mixed):
    of, rows = mixed
    readers = {language: Labels(of, of.terms[-1], language, "internal") for language in ("fi", "en")}
    said = {lang: " ".join(placement._rate_sentences(main(rows, "employed"), r)) for lang, r in readers.items()}
    assert said["en"].startswith("55.0% of follow-up respondents were in work (33 of 60; 95% confidence interval 41.6")
    finnish = said["fi"].replace("\N{NO-BREAK SPACE}", " ")
    assert finnish.startswith("Seurantaan vastanneista 55,0 % oli töissä (33/60; 95 %:n luottamusväli 41,6")
    assert "at least 33.0% and at most 73.0%" in said["en"]


def test_cautions_follow_the_data(mixed_parts):
    parts = mixed_parts["en"]
    assert parts["placement-followup"].notes == []  # 60 % answered, the bound of the caution
    assert "more or less than half" in parts["placement-rates"].notes[0]
    assert "if more than 42.5% of those who did not respond" in parts["placement-rates"].notes[0]  # 17 of 40: 50 of 100
    assert "no comparison group" in parts["placement-limits"].notes[0]


@pytest.mark.parametrize(
    ("employed", "count", "key"), [(50, 40, "is above"), (10, 40, "is below"), (24, 40, "no clear difference")]
)
def test_the_benchmark_sentence_follows_the_interval(employed, count, key):
    of = study()
    table = BENCHMARK.assign(count=count)
    rows = placement.rows(
        material(of, people([("male", "employed", employed), ("male", "other", 60 - employed)], benchmark=table))
    )
    assert key in told(of, rows)["placement-benchmark"].sentences[0]


def _standing(rows: pd.DataFrame) -> set[float]:
    return {round(abs(float(v)), 10) for c in NUMBERS for v in rows[c].dropna()}


def test_every_number_of_tables_and_figures_stands_in_the_rows(mixed, mixed_parts):
    standing = _standing(mixed[1])
    seen = 0
    for part in mixed_parts["en"].values():
        for block in part.blocks:
            if block.id == "placement-flow":
                continue  # its own shares and changes are the figure's; its counts are tested with the sentences
            table = block.data if isinstance(block, Figure) else block
            for shown in (v for row in table.rows for v in row if isinstance(v, int | float)):
                assert round(abs(shown), 10) in standing, (block.id, shown)
                seen += 1
    assert seen > 100


def test_every_number_of_the_sentences_stands_in_the_rows(mixed, mixed_parts):
    standing = _standing(mixed[1])
    shares = {f"{100 * v:.1f}" for v in standing}
    whole = {f"{v:.0f}" for v in standing if v == math.floor(v)}
    for part in mixed_parts["en"].values():
        for sentence in [*part.sentences, *part.notes]:
            plain = re.sub(r"\d+ March 2022|\d+ January 2022|95%|about 80%", "", sentence)
            for shown in re.findall(r"\d+(?:\.\d+)?", plain):
                assert shown in shares | whole, (shown, sentence)


def test_terms_without_followup_are_not_shown(mixed_parts):
    table = mixed_parts["en"]["placement-terms"].blocks[-1]
    assert [row[0] for row in table.rows] == ["B"]


# --- what can be missing ---


def test_no_followup_no_rows_no_parts():
    of = study()
    tables = people(MIXED)
    del tables["followup"]
    rows = placement.rows(material(of, tables))
    assert rows.empty and told(of, rows) == {}


@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize(
    "groups",
    [
        [("female", None, 12)],
        [("female", "employed", 1)],
        [("female", "employed", 30)],
    ],
)
def test_nobody_one_or_all_is_told_without_fault(groups, edition):
    of = study(target_groups=[])
    rows = placement.rows(material(of, people(groups, benchmark=BENCHMARK), edition))
    parts = told(of, rows, "fi", edition)
    said = " ".join(s for part in parts.values() for s in [*part.sentences, *part.notes])
    assert {"placement-followup", "placement-limits"} <= set(parts)
    assert ("placement-rates" in parts) == (main(rows, "employed")["invited"] > 0)
    assert not re.search(r"\bnan\b", said.lower()) and "<NA>" not in said


def test_a_rounded_zero_is_not_told_as_nobody_or_everybody():
    of = study(target_groups=[])
    reader = Labels(of, of.terms[-1], "en", "public")
    for groups, words in (
        ([("female", "employed", 1)], "figures are not shown"),
        (
            [("female", "employed", 29), ("female", None, 1)],
            "about 30 people is known. The published figures do not show how many were asked",
        ),
    ):
        rows = placement.rows(material(of, people(groups), "public"))
        assert words in " ".join(placement._asked(rows, reader).sentences)
        assert "They describe everyone contacted only if" in placement._limits(rows, reader).sentences[0]


def test_nobody_invited_says_so():
    of = study()
    tables = people([("female", "employed", 1)])
    tables["followup"] = tables["followup"].iloc[:0]
    parts = told(of, placement.rows(material(of, tables)))
    assert "Nobody has been contacted for the follow-up yet." in parts["placement-followup"].sentences
    assert "placement-rates" not in parts


def test_a_study_without_enrolments_dates_groups_or_weights():
    of = study(target_groups=[], followup=None, benchmarks=[])
    tables = people(MIXED)
    tables["persons"] = tables["persons"].drop(columns=["outcome", "end", "gender"])
    tables["followup"] = tables["followup"].drop(columns="date")
    rows = placement.rows(material(of, tables))
    assert "leavers" not in set(rows["measure"]) and rows["weighted"].isna().all()
    assert set(told(of, rows)) == {"placement-followup", "placement-rates", "placement-terms", "placement-limits"}


# --- comparison group ---


def arms(x1: int, n1: int, x2: int, n2: int, edition: str = "internal", **column) -> tuple[Study, pd.DataFrame]:
    """A study of two arms with so many employed of so many, and a numeric outcome where ``value`` is given."""
    variables = [
        {"id": "value", "table": "followup", "kind": "number", "name": "Value", "unit": "points"},
        {"id": "before", "table": "participants", "kind": "flag", "name": "Before"},
    ]
    of = study(
        comparison={"treated": "with", "control": "without"}, variables=variables, target_groups=[], followup=None
    )
    sizes = [
        ("with", "employed", x1),
        ("with", "other", n1 - x1),
        ("without", "employed", x2),
        ("without", "other", n2 - x2),
    ]
    tables = people([("female", role, n) for _, role, n in sizes])
    tables["persons"]["arm"] = pd.Series([arm for arm, _, n in sizes for _ in range(n)], dtype="str")
    if "value" in column:
        tables["followup"]["value"] = column["value"]
    if "before" in column:
        tables["persons"]["before"] = pd.array(column["before"], dtype="boolean")
    return of, placement.rows(material(of, tables, edition))


@pytest.mark.parametrize(
    ("counted", "difference", "lower", "upper"),
    [
        ((207, 600, 86, 299), 0.0573746, -0.0078433, 0.1194459),  # JOBS II
        ((140, 185, 168, 260), 0.1106029, 0.0238108, 0.1927079),  # NSW
    ],
)
def test_published_differences(counted, difference, lower, upper):
    _, rows = arms(*counted)
    gap = main(rows, "employed", table="arm_difference", by="arm", item="newcombe")
    assert tuple(gap[["estimate", "lower", "upper"]]) == pytest.approx((difference, lower, upper), abs=5e-8)
    score = main(rows, "employed", table="arm_difference", by="arm", item="miettinen-nurminen")
    assert (score["p"] < 0.05) == (score["lower"] > 0)
    assert score["effect"] == pytest.approx(difference, abs=5e-8)


def test_without_covariates_the_adjusted_difference_is_the_difference():
    _, rows = arms(30, 50, 20, 50)
    adjusted = main(rows, "employed", table="arm_adjusted_difference", by="arm")
    assert adjusted["estimate"] == pytest.approx(0.2)


def test_means_differ_by_arm_and_balance_is_shown():
    value_ = [1.0, 3.0] * 10 + [0.0, 2.0] * 10
    before = [True] * 15 + [False] * 5 + [True] * 10 + [False] * 10
    of, rows = arms(12, 20, 5, 20, value=value_, before=before)
    gap = main(rows, "value", table="arm_mean_difference", by="arm")
    assert gap["estimate"] == pytest.approx(1.0) and gap["p"] < 0.05 and gap["effect_lower"] < gap["effect"]
    assert value(rows, table="arm_mean", measure="value", item="mean", group="with") == 2.0
    balance = main(rows, "before", table="arm_balance", by="arm", group="")
    assert balance["estimate"] == pytest.approx(0.25 / math.sqrt((0.75 * 0.25 + 0.25) / 2))
    reader = Labels(of, of.terms[-1], "en", "internal")
    parts = {part.id: part for part in placement_arms.parts(rows, reader)}
    assert "wholly above zero" in " ".join(parts["placement-arms"].sentences)
    assert "before" in parts["placement-balance"].sentences[0]
    assert "randomly assigned" in placement._limits(rows, reader).notes[0]


def test_an_interval_with_zero_is_told_as_chance():
    of, rows = arms(207, 600, 86, 299)
    gap = pick(rows, table="arm_difference", measure="employed", item="newcombe").iloc[0]
    said, _ = placement_arms._gap_sentence(rows, gap, Labels(of, of.terms[-1], "en", "internal"))
    assert "No difference was found" in said and "(207 of 600)" in said and "(86 of 299)" in said


@pytest.mark.parametrize(("counted", "gaps"), [((0, 0, 3, 5), 0), ((1, 1, 0, 1), 1), ((0, 5, 0, 5), 1)])
def test_empty_and_extreme_arms_make_rows_and_parts(counted, gaps):
    of, rows = arms(*counted)
    found = pick(rows, table="arm_difference", measure="employed", item="newcombe")
    assert len(found) == gaps
    parts = placement_arms.parts(rows, Labels(of, of.terms[-1], "en", "internal"))
    assert [part.id for part in parts if part.id == "placement-arms"] == ["placement-arms"] * gaps
    assert "nan" not in " ".join(s for part in parts for s in part.sentences).lower()


def test_small_arms_are_withheld_in_the_public_edition():
    of, rows = arms(3, 6, 4, 90, "public", value=[1.0] * 3 + [2.0] * 93)
    gaps = pick(rows, table="arm_difference")
    assert gaps[["estimate", "p", "effect"]].isna().all(axis=None)
    said, _ = placement_arms._gap_sentence(rows, gaps.iloc[0], Labels(of, of.terms[-1], "en", "public"))
    assert said == "Share employed: the difference is not shown, to protect privacy."
    assert pick(rows, table="arm_ratio")["estimate"].isna().all()
    small = arms(2, 4, 4, 90, "public", value=[1.0] * 2 + [2.0] * 92)[1]
    for table in ("arm_mean_difference", "arm_adjusted_difference"):
        assert (pick(small, table=table)["status"] == WITHHELD).all()


def test_what_an_e_value_is_is_told_once():
    of, _ = arms(207, 600, 86, 299)
    said = [("One.", (1.96, 1.7)), ("Two.", rate_tables.UNTOLD), ("Three.", (3.02, 1.82))]
    first, second, third = rate_tables.with_e_values(said, Labels(of, of.terms[-1], "en", "internal"))
    assert first.startswith("One. Unmeasured differences") and "1.96" in first and "1.70" in first
    assert second == "Two." and third == "Three. The E-value is 3.02 here, and 1.82 at the limit of the interval."
