"""Rates against R, against exact enumeration, and their properties."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, fisher_exact, hypergeom
from statsmodels.stats.proportion import confint_proportions_2indep

from evaltools.statistics import proportions

REFERENCE = Path(__file__).parent / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "reference_cases.json").read_text(encoding="utf-8"))}
FROM_R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))["cases"]
SINGLE = {
    "wilson": proportions.wilson,
    "clopper_pearson": proportions.clopper_pearson,
    "mid_p": proportions.mid_p,
    "agresti_coull": lambda x, n: proportions.agresti_coull(x, n, clip=False),
    "jeffreys": proportions.jeffreys,
}
CLIPPED = [
    proportions.wilson,
    proportions.clopper_pearson,
    proportions.mid_p,
    proportions.agresti_coull,
    proportions.jeffreys,
]
DIFFERENCES = ["newcombe", "miettinen-nurminen", "mee", "agresti-caffo"]
RATIOS = ["miettinen-nurminen", "koopman"]

# Reference values shown to be wrong (see test_wrong_mid_p_in_the_reference): both put x above the benchmark's mean,
# where the value given is 2 P(x) too large for its own formula, "2*min tail - pmf".
WRONG = {("benchmark_321_of_500_vs_0.6", "p_mid_central"), ("benchmark_20_of_20_vs_0.9", "p_mid_central")}
# Mislabelled: "Agresti-Caffo(unclipped)" of two_prop_diff_g, _h and _tiny is clipped at 1; the values are right.


def named(prefix):
    return [pytest.param(c, id=i) for i, c in CASES.items() if i.startswith(prefix)]


def from_r(method):
    return [pytest.param(c["input"], c["expected"], id=str(i)) for i, c in enumerate(FROM_R) if c["method"] == method]


def limits(estimate):
    return estimate.lower, estimate.upper


@st.composite
def counts(draw, smallest=1, largest=300):
    n = draw(st.integers(smallest, largest))
    return draw(st.integers(0, n)), n


# --- reference values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", named("proportion_"))
def test_reference_rate(case):
    names = {"midp": "mid_p", "agresti_coull_unclipped": "agresti_coull"}
    for method, expected in case["expected"].items():
        found = SINGLE[names.get(method, method)](**case["input"])
        assert limits(found) == pytest.approx(expected, rel=1e-9, abs=1e-14), method


@pytest.mark.parametrize("case", named("benchmark_"))
def test_reference_benchmark(case):
    found = proportions.rate_test(**case["input"])
    fields = {"p_exact": found.p_exact, "p_score": found.p_score, "p_mid_central": found.p_mid}
    for name, expected in case["expected"].items():
        if (case["id"], name) not in WRONG:
            assert fields[name] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("case", named("two_prop_diff_"))
def test_reference_difference(case):
    for method, expected in case["expected"].items():
        if method == "diff":
            assert proportions.difference(**case["input"]).estimate == pytest.approx(expected, abs=1e-14)
        else:
            found = proportions.difference(**case["input"], method=method.replace("_", "-"))
            assert limits(found) == pytest.approx(expected, abs=1e-11), method


def test_reference_nobody():
    case = CASES["edge_rate_0_of_0"]
    found = proportions.wilson(**case["input"])
    assert (found.estimate, [found.lower, found.upper]) == (case["expected"]["rate"], case["expected"]["wilson"])
    assert found.note == "nobody_answered"


@pytest.mark.parametrize("case_id", [i for i, _ in sorted(WRONG)])
def test_wrong_mid_p_in_the_reference(case_id):
    """In exact fractions: the stated formula gives our value, and the reference is above the plain central p."""
    case = CASES[case_id]
    x, n, p = case["input"]["x"], case["input"]["n"], Fraction(str(case["input"]["p0"]))
    pmf = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    central = 2 * min(sum(pmf[: x + 1]), sum(pmf[x:]))
    assert proportions.rate_test(**case["input"]).p_mid == pytest.approx(float(central - pmf[x]), rel=1e-10)
    wrong = case["expected"]["p_mid_central"]
    assert wrong == pytest.approx(float(central + pmf[x]), rel=1e-9)
    assert wrong > central


@pytest.mark.parametrize(("case", "expected"), from_r("rate"))
def test_r_rate(case, expected):
    for method, ends in expected.items():
        assert limits(SINGLE[method](**case)) == pytest.approx(ends, abs=1e-12), method


@pytest.mark.parametrize(("case", "expected"), from_r("cohort"))
def test_r_cohort(case, expected):
    assert limits(proportions.wilson(**case)) == pytest.approx(expected["wilson"], abs=1e-12)


@pytest.mark.parametrize(("case", "expected"), from_r("benchmark"))
def test_r_benchmark(case, expected):
    found = proportions.rate_test(**case)
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize(("case", "expected"), from_r("two_rates"))
def test_r_two_rates(case, expected):
    for method in DIFFERENCES:
        found = proportions.difference(**case, method=method)
        assert limits(found) == pytest.approx(expected[method.replace("-", "_")], abs=1e-12), method
    for method in RATIOS:
        lower, upper = expected["ratio_" + method.replace("-", "_")]
        found = proportions.ratio(**case, method=method)
        assert found.lower == pytest.approx(lower, rel=1e-11)
        assert found.upper == (math.inf if upper is None else pytest.approx(upper, rel=1e-11))
    assert proportions.difference_test(**case).p == pytest.approx(expected["p_score"], abs=1e-12)
    assert proportions.difference_test(**case, method="fisher mid-p").p == pytest.approx(
        expected["p_fisher_mid"], abs=1e-12
    )


# --- exact enumeration and other packages -----------------------------------------------------------------------


@pytest.mark.parametrize("n", [5, 10, 20, 50])
def test_coverage_of_one_rate(n):
    p = np.linspace(0.0005, 0.9995, 2000)
    weight = binom.pmf(np.arange(n + 1)[:, None], n, p)
    coverage = {}
    for method in CLIPPED:
        ends = np.array([limits(method(x, n)) for x in range(n + 1)])
        coverage[method.__name__] = (((ends[:, :1] <= p) & (p <= ends[:, 1:])) * weight).sum(axis=0)
    assert coverage["clopper_pearson"].min() >= 0.95
    assert coverage["mid_p"].min() >= 0.92
    assert all(c.mean() >= 0.95 for c in coverage.values())


@pytest.mark.parametrize("method", DIFFERENCES)
@pytest.mark.parametrize(("n1", "n2"), [(5, 5), (6, 9)])
def test_coverage_of_a_difference(method, n1, n2):
    p = np.linspace(0.02, 0.98, 25)
    ends = np.array(
        [[limits(proportions.difference(a, n1, b, n2, method=method)) for b in range(n2 + 1)] for a in range(n1 + 1)]
    )
    first, second = (binom.pmf(np.arange(n + 1)[:, None], n, p) for n in (n1, n2))
    truth = p[:, None] - p
    held = (ends[..., 0, None, None] <= truth + 1e-12) & (truth <= ends[..., 1, None, None] + 1e-12)
    coverage = np.einsum("abij,ai,bj->ij", held, first, second)
    assert coverage.mean() >= 0.95
    assert coverage.min() >= 0.87


@pytest.mark.parametrize(("cohort", "n"), [(12, 5), (30, 20), (60, 55), (100, 10)])
def test_coverage_in_a_finite_cohort(cohort, n):
    found = [proportions.wilson(x, n, cohort=cohort) for x in range(n + 1)]
    truths = np.arange(cohort + 1) / cohort
    weight = hypergeom.pmf(np.arange(n + 1)[:, None], cohort, np.arange(cohort + 1), n)
    held = [(f.lower - 1e-12 <= truths) & (truths <= f.upper + 1e-12) for f in found]
    assert (np.array(held) * weight).sum(axis=0).mean() >= 0.95


@pytest.mark.parametrize(("x1", "n1", "x2", "n2"), [(3, 7, 6, 8), (0, 4, 3, 5), (9, 10, 3, 10)])
def test_fisher_mid_p_in_fractions(x1, n1, x2, n2):
    events = x1 + x2
    tables = {k: math.comb(n1, k) * math.comb(n2, events - k) for k in range(max(0, events - n2), min(n1, events) + 1)}
    exact = Fraction(sum(w for w in tables.values() if w <= tables[x1]), sum(tables.values()))
    half = Fraction(tables[x1], 2 * sum(tables.values()))
    assert proportions.difference_test(x1, n1, x2, n2, "fisher mid-p").p == pytest.approx(
        float(exact - half), rel=1e-12
    )


@given(counts(), st.floats(0.01, 0.99))
def test_single_against_scipy(pair, p0):
    x, n = pair
    for method, name in ((proportions.wilson, "wilson"), (proportions.clopper_pearson, "exact")):
        interval = binomtest(x, n).proportion_ci(method=name)
        assert limits(method(x, n)) == pytest.approx((interval.low, interval.high), abs=1e-10)
    assert proportions.rate_test(x, n, p0).p_exact == pytest.approx(binomtest(x, n, p0).pvalue, abs=1e-12)


@given(counts(2), counts(2))
@settings(max_examples=50)
def test_two_rates_against_statsmodels(first, second):
    x1, n1, x2, n2 = min(max(first[0], 1), first[1] - 1), first[1], min(max(second[0], 1), second[1] - 1), second[1]
    for method, name in (("newcombe", "newcomb"), ("agresti-caffo", "agresti-caffo")):
        theirs = confint_proportions_2indep(x1, n1, x2, n2, method=name, compare="diff")
        found = proportions.difference(x1, n1, x2, n2, method=method)
        assert found.lower == pytest.approx(max(theirs[0], -1), abs=1e-10)
        assert found.upper == pytest.approx(min(theirs[1], 1), abs=1e-10)
    theirs = fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue - hypergeom.pmf(x1, n1 + n2, x1 + x2, n1) / 2
    assert proportions.difference_test(x1, n1, x2, n2, "fisher mid-p").p == pytest.approx(theirs, abs=1e-9)


# --- properties -------------------------------------------------------------------------------------------------


@given(counts(), st.sampled_from(CLIPPED), st.floats(0.5, 0.999))
def test_rate_interval_properties(pair, method, confidence):
    x, n = pair
    found = method(x, n, confidence)
    mirrored = method(n - x, n, confidence)
    assert 0 <= found.lower <= x / n + 1e-15 and x / n - 1e-15 <= found.upper <= 1
    assert found.lower < found.upper
    assert found.lower == pytest.approx(1 - mirrored.upper, abs=1e-13)
    wider = method(x, n, (1 + confidence) / 2)
    assert wider.lower <= found.lower and found.upper <= wider.upper
    if x < n:
        above = method(x + 1, n, confidence)
        assert above.lower >= found.lower and above.upper >= found.upper


@given(counts(), st.integers(0, 200))
def test_finite_cohort_lies_inside(pair, silent):
    x, n = pair
    found = proportions.wilson(x, n, cohort=n + silent)
    whole = proportions.wilson(x, n)
    assert whole.lower - 1e-15 <= found.lower <= x / n <= found.upper <= whole.upper + 1e-15
    assert x / (n + silent) <= found.lower and found.upper <= (x + silent) / (n + silent)
    if silent == 0:
        assert limits(found) == (x / n, x / n)


def test_large_cohort_is_no_cohort():
    assert limits(proportions.wilson(151, 255, cohort=10**12)) == pytest.approx(
        limits(proportions.wilson(151, 255)), abs=1e-9
    )


@given(counts())
def test_limits_solve_their_equations(pair):
    x, n = pair
    for limit in limits(proportions.wilson(x, n)):
        if 0 < limit < 1:
            assert proportions.rate_test(x, n, limit).p_score == pytest.approx(0.05, rel=1e-6)
    for limit in limits(proportions.mid_p(x, n)):
        if 0 < limit < 1:
            assert proportions.rate_test(x, n, limit).p_mid == pytest.approx(0.05, rel=1e-8)


@given(counts(largest=60), counts(largest=60), st.sampled_from(DIFFERENCES))
def test_difference_properties(first, second, method):
    found = proportions.difference(*first, *second, method=method)
    turned = proportions.difference(*second, *first, method=method)
    flipped = proportions.difference(first[1] - first[0], first[1], second[1] - second[0], second[1], method=method)
    assert -1 <= found.lower < found.upper <= 1
    if method != "agresti-caffo":  # centred on shrunken rates, it can leave the estimate out
        assert found.lower - 1e-12 <= found.estimate <= found.upper + 1e-12
    for other in (turned, flipped):
        assert found.estimate == pytest.approx(-other.estimate, abs=1e-15)
        assert limits(found) == pytest.approx((-other.upper, -other.lower), abs=1e-12)


@given(counts(largest=60), counts(largest=60))
def test_score_test_agrees_with_interval(first, second):
    p = proportions.difference_test(*first, *second).p
    found = proportions.difference(*first, *second, method="miettinen-nurminen")
    if abs(p - 0.05) > 1e-9:
        assert (p < 0.05) == (found.lower > 0 or found.upper < 0)
    assert 0 < p <= 1 and p == pytest.approx(proportions.difference_test(*second, *first).p, abs=1e-14)


@given(counts(largest=60), counts(largest=60), st.sampled_from(RATIOS))
def test_ratio_properties(first, second, method):
    found = proportions.ratio(*first, *second, method=method)
    turned = proportions.ratio(*second, *first, method=method)
    assert 0 <= found.lower < found.upper
    assert (found.lower > 0) == (first[0] > 0) and math.isfinite(found.upper) == (second[0] > 0)
    if turned.lower > 0:
        assert found.upper == pytest.approx(1 / turned.lower, rel=1e-11)
    if found.estimate is not None:
        assert found.lower <= found.estimate * (1 + 1e-12) and found.estimate <= found.upper * (1 + 1e-12)
        inside = found.lower <= 1 <= found.upper
        p = proportions.difference_test(*first, *second).p
        if method == "miettinen-nurminen" and abs(p - 0.05) > 1e-9:
            assert inside == (p > 0.05)


@given(counts(), st.floats(0.01, 0.99), st.integers(1, 10**7))
def test_benchmark_properties(pair, benchmark, size):
    x, n = pair
    fixed = proportions.against_benchmark(x, n, benchmark)
    sampled = proportions.against_benchmark(x, n, benchmark, benchmark_n=size)
    assert fixed.estimate == sampled.estimate == x / n - benchmark
    assert (fixed.lower, fixed.upper) == pytest.approx(
        [end - benchmark for end in limits(proportions.clopper_pearson(x, n))]
    )
    exact = proportions.representation_ratio(x, n, benchmark)
    assert exact.lower <= exact.estimate * (1 + 1e-12) and exact.estimate <= exact.upper * (1 + 1e-12)


def test_benchmark_with_a_whole_count_is_the_difference():
    found = proportions.against_benchmark(56, 70, 0.6, benchmark_n=80)
    assert limits(found) == pytest.approx(limits(proportions.difference(56, 70, 48, 80)), abs=1e-14)
    assert limits(proportions.against_benchmark(56, 70, 0.6)) == pytest.approx(
        [end - 0.6 for end in limits(proportions.clopper_pearson(56, 70))], abs=1e-15
    )
    assert limits(proportions.representation_ratio(56, 70, 0.4)) == pytest.approx(
        [end / 0.4 for end in limits(proportions.clopper_pearson(56, 70))], abs=1e-15
    )


# --- guarded answers --------------------------------------------------------------------------------------------


def test_nobody():
    for method in CLIPPED:
        found = method(0, 0)
        assert (found.estimate, *limits(found), found.note) == (None, 0.0, 1.0, "nobody_answered")
    assert limits(proportions.wilson(0, 0, cohort=9)) == (0.0, 1.0)
    assert proportions.rate_test(0, 0, 0.4).p_exact is None
    assert limits(proportions.representation_ratio(0, 0, 0.25)) == (0.0, 4.0)
    for found in (
        proportions.difference(0, 0, 3, 5),
        proportions.ratio(3, 5, 0, 0),
        proportions.against_benchmark(0, 0, 0.5),
    ):
        assert (found.estimate, found.lower, found.upper) == (None, None, None) and found.note
    assert proportions.difference_test(0, 0, 3, 5).p is None


def test_no_evidence_is_p_one():
    for method in ("score", "fisher mid-p"):
        assert (
            proportions.difference_test(0, 5, 0, 9, method).p
            == proportions.difference_test(5, 5, 9, 9, method).p
            == 1.0
        )
    assert proportions.difference_test(0, 5, 0, 9).note == "all_the_same"
    found = {method: proportions.difference_test(5, 5, 9, 9, method) for method in ("score", "fisher mid-p")}
    assert {method: test.statistic for method, test in found.items()} == {"score": 0.0, "fisher mid-p": 5.0}


def test_benchmark_at_an_end():
    assert proportions.rate_test(0, 5, 0.0).p_exact == proportions.rate_test(5, 5, 1.0).p_exact == 1.0
    assert proportions.rate_test(1, 5, 0.0).p_exact == 0.0  # it cannot happen under that benchmark
    assert proportions.rate_test(1, 5, 0.0).note == "benchmark_at_end"


def test_every_small_table_is_defined():
    for n1, n2 in itertools.product((1, 2, 3), repeat=2):
        for x1, x2 in itertools.product(range(n1 + 1), range(n2 + 1)):
            for method in DIFFERENCES:
                found = proportions.difference(x1, n1, x2, n2, method=method)
                assert all(math.isfinite(v) for v in (found.estimate, found.lower, found.upper))
            for method in RATIOS:
                found = proportions.ratio(x1, n1, x2, n2, method=method)
                assert not math.isnan(found.lower) and not math.isnan(found.upper)


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportions.wilson(6, 5),
        lambda: proportions.wilson(-1, 5),
        lambda: proportions.wilson(1.5, 5),
        lambda: proportions.wilson(float("nan"), 5),
        lambda: proportions.wilson(1, 5, cohort=4),
        lambda: proportions.wilson(1, 5, confidence=1),
        lambda: proportions.mid_p(1, 5, confidence=95),
        lambda: proportions.rate_test(1, 5, 1.1),
        lambda: proportions.difference(1, 5, 1, 5, method="wald"),
        lambda: proportions.ratio(1, 5, 1, 5, method="wald"),
        lambda: proportions.difference_test(1, 5, 1, 5, method="wald"),
        lambda: proportions.against_benchmark(1, 5, 0.5, benchmark_n=0),
        lambda: proportions.against_benchmark(1, 5, float("nan")),
        lambda: proportions.representation_ratio(1, 5, 0),
    ],
)
def test_misuse_is_refused(call):
    with pytest.raises(ValueError, match=r"must|impossible|unknown|no ratio"):
        call()


def test_numpy_counts_are_counts():
    assert proportions.wilson(np.int64(3), np.float64(5.0)) == proportions.wilson(3, 5)
