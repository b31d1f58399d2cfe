"""Bounds, weighted rates and attrition against R, against enumeration, and their properties."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency, ncx2

from evaltools.statistics import attrition, nonresponse, proportions, weighting

REFERENCE = Path(__file__).parent / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "reference_cases.json").read_text(encoding="utf-8"))}
FROM_R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))["cases"]
VARIANCES = ["post-stratified", "weighted", "stratified"]
INTERVALS = ["wilson", "logit", "arcsine", "beta", "wald"]


def named(prefix):
    return [pytest.param(c, id=i) for i, c in CASES.items() if i.startswith(prefix)]


def from_r(method):
    return [pytest.param(c["input"], c["expected"], id=str(i)) for i, c in enumerate(FROM_R) if c["method"] == method]


def limits(estimate):
    return estimate.lower, estimate.upper


@st.composite
def cell(draw, least=0):
    invited = draw(st.integers(max(least, 1), 80))
    answered = draw(st.integers(least, invited))
    return invited, answered, draw(st.integers(0, answered))


# --- reference values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", named("manski_im_"))
def test_reference_bounds(case):
    counts = (case["input"]["success"], case["input"]["responded"], case["input"]["N"])
    assert limits(nonresponse.manski(*counts)) == pytest.approx(case["expected"]["bounds"], abs=1e-12)
    found = nonresponse.imbens_manski(*counts)
    assert limits(found) == pytest.approx(case["expected"]["im_ci"], abs=1e-9)
    low = case["expected"]["bounds"][0]
    used = (low - found.lower) / math.sqrt(low * (1 - low) / counts[2])
    assert used == pytest.approx(case["expected"]["im_crit"], abs=1e-8)


def test_reference_cells():
    case = CASES["nonresponse_cells"]
    expected = case["expected"]
    cells = [(c["N"], c["resp"], c["y"]) for c in case["input"]["cells"].values()]
    invited, answered, x = (sum(column) for column in zip(*cells, strict=True))
    bounds = nonresponse.manski(x, answered, invited)
    assert bounds.estimate == pytest.approx(expected["cc"], abs=1e-14)
    assert limits(bounds) == pytest.approx(expected["manski"], abs=1e-14)
    assert limits(proportions.wilson(x, answered)) == pytest.approx(expected["cc_wilson"], abs=1e-12)
    worst, best = (proportions.clopper_pearson(k, invited) for k in (x, x + invited - answered))
    assert limits(nonresponse.worst_to_best(x, answered, invited)) == (worst.lower, best.upper)
    weighted = weighting.poststratified(cells, variance="weighted", interval="logit")
    assert (weighted.estimate, weighted.se) == pytest.approx((expected["weighted"], expected["se_weighted"]), abs=1e-12)
    assert limits(weighted) == pytest.approx(expected["ci_logit"], abs=1e-8)
    assert weighting.poststratified(cells).se == pytest.approx(expected["se_poststrat"], abs=1e-12)


def test_reference_stratified_survey():
    """Counts of survey::apistrat by school type: schools, sampled, sch.wide == "Yes"; weights there are float32.

    Its ``likelihood`` limits are left out: R interpolates a profile and divides once more by the dispersion; they
    miss their own equation by more than the tolerance of the case.
    """
    cells = [(755, 50, 26), (1018, 50, 35), (4421, 100, 91)]
    expected = CASES["survey_svyciprop_apistrat"]["expected"]
    names = {"logit": "logit", "xlogit": "logit", "asin": "arcsine", "beta": "beta", "mean": "wald"}
    for name, interval in names.items():
        found = weighting.poststratified(cells, variance="stratified", interval=interval)
        assert (found.estimate, found.se) == pytest.approx((expected["p"], expected["se"]), abs=1e-8)
        assert limits(found) == pytest.approx(expected[name], abs=1e-8), name


@pytest.mark.parametrize(("case", "expected"), from_r("imbens_manski"))
def test_r_imbens_manski(case, expected):
    assert limits(nonresponse.imbens_manski(**case)) == pytest.approx(expected["limits"], abs=1e-12)


@pytest.mark.parametrize(("case", "expected"), from_r("poststratified"))
def test_r_poststratified(case, expected):
    cells = list(zip(case["invited"], case["answered"], case["x"], strict=True))
    for variance in VARIANCES:
        for interval in INTERVALS[1:]:
            found = weighting.poststratified(cells, variance=variance, interval=interval)
            values = expected[variance]
            assert (found.estimate, found.se) == pytest.approx((values["p"], values["se"]), abs=1e-12)
            # R's logit limits come from an iterated fit, good to its own 1e-8
            tolerance = 1e-8 if interval == "logit" else 1e-12
            assert limits(found) == pytest.approx(values[interval], abs=tolerance), (variance, interval)


@pytest.mark.parametrize(("case", "expected"), from_r("attrition"))
def test_r_attrition(case, expected):
    found = attrition.attrition_test(case["table"])
    assert found.statistic == pytest.approx(expected["x2"], rel=1e-12)
    p = expected["p_chi2"] if found.method == "chi-square" else expected["p_exact"]
    assert found.p == pytest.approx(p, abs=1e-12)
    v = attrition.cramers_v(case["table"])
    assert v.estimate == pytest.approx(expected["v"], abs=1e-12)
    lower, upper = expected["v_limits"]
    assert v.lower == pytest.approx(lower, abs=1e-6)  # R finds these by optim
    df = len(case["table"]) - 1
    assert v.upper == pytest.approx(upper, abs=1e-6) if found.statistic >= df else v.upper > upper


def test_r_attrition_covers_both_tests():
    methods = {attrition.attrition_test(c["input"]["table"]).method for c in FROM_R if c["method"] == "attrition"}
    assert methods == {"chi-square", "Fisher-Freeman-Halton exact"}


@pytest.mark.parametrize(("case", "expected"), from_r("means"))
def test_r_mean_difference(case, expected):
    assert attrition.standardised_mean_difference(**case).estimate == pytest.approx(expected["d"], abs=1e-12)


# --- bounds -----------------------------------------------------------------------------------------------------


@given(cell())
def test_bounds_hold_every_completion(counts):
    invited, answered, x = counts
    found = nonresponse.manski(x, answered, invited)
    truths = [(x + k) / invited for k in range(invited - answered + 1)]
    assert (found.lower, found.upper) == (min(truths), max(truths))
    if answered:
        assert found.lower - 1e-15 <= found.estimate <= found.upper + 1e-15


@given(cell(least=1), st.floats(0.5, 0.999))
def test_intervals_hold_the_bounds(counts, confidence):
    invited, answered, x = counts
    bounds = nonresponse.manski(x, answered, invited)
    mirror = (answered - x, answered, invited)
    for method in (nonresponse.imbens_manski, nonresponse.worst_to_best):
        found = method(x, answered, invited, confidence)
        assert 0 <= found.lower <= bounds.lower + 1e-15 and bounds.upper - 1e-15 <= found.upper <= 1
        assert found.lower < found.upper
        assert found.lower == pytest.approx(1 - method(*mirror, confidence).upper, abs=1e-12)


@given(st.integers(1, 80), st.data())
def test_everybody_answered(invited, data):
    x = data.draw(st.integers(0, invited))
    assert limits(nonresponse.manski(x, invited, invited)) == (x / invited, x / invited)
    assert limits(nonresponse.worst_to_best(x, invited, invited)) == limits(proportions.clopper_pearson(x, invited))
    assert (nonresponse.imbens_manski(x, invited, invited).note == "wilson_at_end") == (x in (0, invited))


def test_imbens_manski_between_one_and_two_sided():
    wide = nonresponse.imbens_manski(300, 600, 1000)
    assert (wide.upper - 0.7) / math.sqrt(0.7 * 0.3 / 1000) == pytest.approx(proportions.critical(0.9), abs=1e-9)


# --- weighted rates ---------------------------------------------------------------------------------------------


@given(st.lists(cell(), min_size=1, max_size=6), st.sampled_from(VARIANCES), st.sampled_from(INTERVALS), st.data())
def test_poststratified_properties(cells, variance, interval, data):
    found = weighting.poststratified(cells, variance=variance, interval=interval)
    again = weighting.poststratified(data.draw(st.permutations(cells)), variance=variance, interval=interval)
    assert again == found
    assert 0 <= found.lower <= found.upper <= 1
    if found.estimate is None:
        assert all(m == 0 for _, m, _ in cells) and limits(found) == (0, 1)
        return
    assert found.lower - 1e-9 <= found.estimate <= found.upper + 1e-9
    everybody = all(m == invited for invited, m, _ in cells)
    assert found.upper > found.lower or (variance == "stratified" and everybody)
    mirror = weighting.poststratified([(n, m, m - x) for n, m, x in cells], variance=variance, interval=interval)
    assert limits(mirror) == pytest.approx((1 - found.upper, 1 - found.lower), abs=1e-9)


@given(st.lists(cell(least=1), min_size=1, max_size=5))
def test_poststratified_is_the_weighted_rate_in_fractions(cells):
    exact = sum(Fraction(n * x, m) for n, m, x in cells) / sum(n for n, _, _ in cells)
    assert weighting.poststratified(cells).estimate == pytest.approx(float(exact), abs=1e-14)


@given(cell(least=2))
def test_one_cell_is_the_complete_case(counts):
    _, answered, x = counts
    found = weighting.poststratified([counts])
    assert found.estimate == pytest.approx(x / answered, abs=1e-15)
    if x in (0, answered):
        assert limits(found) == pytest.approx(limits(proportions.wilson(x, answered)), abs=1e-14)
    else:
        spread = x / answered * (1 - x / answered) / (answered - 1)
        assert found.se == pytest.approx(math.sqrt(spread), rel=1e-12)


def test_cells_without_answers_are_merged_into_the_rest():
    with_empty = weighting.poststratified([(40, 20, 10), (60, 30, 24), (25, 0, 0)])
    without = weighting.poststratified([(40, 20, 10), (60, 30, 24)])
    assert with_empty.note == "cells_without_answers" and without.note == ""
    assert with_empty.estimate == pytest.approx(without.estimate, abs=1e-15)
    assert limits(with_empty) == pytest.approx(limits(without), abs=1e-14)
    silent = weighting.poststratified([(10, 10, 7), (5, 0, 0)], variance="stratified")
    assert silent.upper - silent.lower > 0.1  # all of one cell answered, and still five persons are unknown


@pytest.mark.parametrize("success", [0, 1])
def test_unanimous_answers_keep_a_width(success):
    cells = [(40, 10, 10 * success), (20, 10, 10 * success)]
    found = weighting.poststratified(cells)
    effective = 60**2 / (10 * 4**2 + 10 * 2**2)
    assert found.estimate == success and found.note == "wilson_effective"
    expected = proportions.wilson_limits(success * effective, effective, proportions.critical(0.95))
    assert limits(found) == pytest.approx(expected, abs=1e-12)


def test_stratified_variance_knows_who_is_left():
    half = weighting.poststratified([(10, 5, 5), (8, 4, 4)], variance="stratified")
    assert limits(half) == pytest.approx(
        proportions.wilson_limits(9, 9, proportions.critical(0.95) * math.sqrt(0.5)), abs=1e-14
    )
    everybody = weighting.poststratified([(10, 10, 7), (5, 5, 1)], variance="stratified")
    assert limits(everybody) == pytest.approx((8 / 15, 8 / 15), abs=1e-15)


def test_coverage_of_the_poststratified_rate():
    """Wilson at the effective number holds its level over repeated answers; the logit does not at 20 invited."""
    rng = np.random.default_rng(7)
    invited, share, p = np.array([16, 14, 10]), np.array([0.75, 0.45, 0.2]), np.array([0.7, 0.5, 0.25])
    truth = float(invited @ p / invited.sum())
    answered = rng.binomial(invited, share, (1500, 3))
    x = rng.binomial(answered, p)
    held = {"wilson": 0, "logit": 0}
    for m, k in zip(answered, x, strict=True):
        for interval in held:
            found = weighting.poststratified(list(zip(invited, m, k, strict=True)), interval=interval)
            held[interval] += found.lower <= truth <= found.upper
    assert held["wilson"] / 1500 >= 0.93
    assert held["logit"] < held["wilson"]


# --- attrition --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", [[[3, 1], [0, 4]], [[2, 3], [1, 0], [4, 1]], [[0, 2], [3, 1], [1, 1], [2, 0]], [[2, 1, 4], [3, 0, 1]]]
)
def test_exact_attrition_by_enumeration(table):
    counts = np.array(table)
    columns = counts if counts.shape[1] == 2 else counts.T
    rows, first = columns.sum(axis=1), columns[:, 0]

    def weight(choice):
        return math.prod(math.comb(int(r), int(k)) for r, k in zip(rows, choice, strict=True))

    choices = [c for c in itertools.product(*(range(r + 1) for r in rows)) if sum(c) == first.sum()]
    weights = [weight(c) for c in choices]
    exact = Fraction(sum(w for w in weights if w <= weight(first)), sum(weights))
    found = attrition.attrition_test(table)
    assert found.method == "Fisher-Freeman-Halton exact"
    assert found.p == pytest.approx(float(exact), abs=1e-12)


def test_cochran_decides_which_test():
    assert attrition.attrition_test([[30, 20], [20, 30]]).method == "chi-square"
    assert attrition.attrition_test([[2, 8], [3, 9]]).method == "Fisher-Freeman-Halton exact"
    rare = attrition.attrition_test([[20, 20]] * 5 + [[1, 0]])  # 83 % expect 5 or more, but two expect half a person
    assert (rare.method, rare.note) == ("chi-square", "small_expected")  # too many tables to list
    three = attrition.attrition_test([[1, 2, 3], [2, 1, 0], [1, 0, 2]])
    assert (three.method, three.note) == ("chi-square", "small_expected")


@given(st.lists(st.lists(st.integers(1, 60), min_size=2, max_size=2), min_size=2, max_size=4))
def test_cramers_v_properties(table):
    expected = chi2_contingency(table, correction=False)
    found = attrition.cramers_v(table)
    assert found.estimate == pytest.approx(math.sqrt(expected.statistic / np.sum(table)), abs=1e-9)
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1
    turned = attrition.cramers_v(np.transpose(table)[::-1])
    assert limits(turned) == pytest.approx(limits(found), abs=1e-7)
    if found.lower not in (0.0, found.estimate):
        tail = ncx2.sf(expected.statistic, expected.dof, found.lower**2 * np.sum(table))
        assert tail == pytest.approx(0.025, abs=1e-6)
    assert attrition.attrition_test([*table, [0, 0]]).p == attrition.attrition_test(table).p


@given(cell(least=1), cell(least=1))
def test_standardised_difference_properties(first, second):
    x1, n1, x2, n2 = first[2], first[1], second[2], second[1]
    found = attrition.standardised_difference(x1, n1, x2, n2)
    turned = attrition.standardised_difference(x2, n2, x1, n1)
    if x1 in (0, n1) and x2 in (0, n2):
        assert (found.estimate, found.lower, found.note) == (None, None, "no_variation")
        return
    assert found.lower < found.estimate < found.upper
    assert limits(found) == pytest.approx((-turned.upper, -turned.lower), abs=1e-12)
    p1, p2 = x1 / n1, x2 / n2
    moments = (p1, math.sqrt(p1 * (1 - p1)), n1, p2, math.sqrt(p2 * (1 - p2)), n2)
    same = attrition.standardised_mean_difference(*moments)
    assert same.estimate == pytest.approx(found.estimate, rel=1e-9, abs=1e-12)


def test_cramers_v_of_an_even_table_keeps_a_width():
    found = attrition.cramers_v([[10, 10], [10, 10]])
    assert found.estimate == found.lower == 0
    at_mean = found.upper**2 * 40
    assert ncx2.cdf(1, 1, at_mean) == pytest.approx(0.025, abs=1e-9)


def test_nobody():
    for method in (nonresponse.manski, nonresponse.imbens_manski, nonresponse.worst_to_best):
        for invited in (0, 7):
            found = method(0, 0, invited)
            assert (found.estimate, *limits(found), found.note) == (None, 0.0, 1.0, "nobody_answered")
    found = weighting.poststratified([(5, 0, 0), (3, 0, 0)])
    assert (found.estimate, *limits(found), found.note) == (None, 0.0, 1.0, "nobody_answered")
    assert attrition.attrition_test([[0, 0], [0, 0]]).p is None
    assert attrition.attrition_test([[3, 4], [0, 0]]).p == 1.0
    assert attrition.cramers_v([[0, 0], [0, 0]]).note == "nobody_answered"
    assert attrition.cramers_v([[3, 4], [0, 0]]).note == "one_category"
    assert attrition.standardised_difference(0, 0, 3, 5).note == "nobody_answered"
    assert attrition.standardised_mean_difference(0, 0, 0, 40, 9, 8).estimate is None


def test_one_person():
    found = weighting.poststratified([(10, 1, 1)])
    assert limits(found) == pytest.approx(limits(proportions.wilson(1, 1)), abs=1e-14) and found.se is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: nonresponse.manski(3, 2, 5),
        lambda: nonresponse.manski(1, 6, 5),
        lambda: nonresponse.imbens_manski(1, 2, 5, confidence=2),
        lambda: weighting.poststratified([]),
        lambda: weighting.poststratified([(5, 6, 1)]),
        lambda: weighting.poststratified([(5, 4, 1)], variance="exact"),
        lambda: weighting.poststratified([(5, 4, 1)], interval="exact"),
        lambda: attrition.standardised_difference(3, 2, 1, 2),
        lambda: attrition.standardised_mean_difference(1, -1, 5, 1, 1, 5),
        lambda: attrition.attrition_test([[1, -1], [2, 2]]),
        lambda: attrition.cramers_v([1, 2]),
    ],
)
def test_misuse_is_refused(call):
    with pytest.raises(ValueError, match=r"must|impossible|unknown|no cells|need|totals|fewer|cannot"):
        call()
