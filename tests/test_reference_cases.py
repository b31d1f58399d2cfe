"""Every reference case is held by a test, or stands here with the reason why not."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CASES = json.loads((HERE / "reference" / "reference_cases.json").read_text(encoding="utf-8"))
# prefix of the ids -> the test file that holds them
HELD = {
    "wilcoxon_": "test_paired.py",
    "signed_rank_rational_": "test_paired.py",
    "rank_biserial_": "test_paired.py",
    "hodges_lehmann_": "test_paired.py",
    "marginal_homogeneity_": "test_paired.py",
    "marginal_superiority_": "test_paired.py",
    "mcnemar_": "test_paired.py",
    "paired_diff_": "test_paired.py",
    "edge_all_zero": "test_paired.py",
    "edge_empty": "test_paired.py",
    "edge_float_ties": "test_paired.py",
    "proportion_": "test_rates.py",
    "benchmark_": "test_rates.py",
    "two_prop_diff_": "test_rates.py",
    "edge_rate_0_of_0": "test_rates.py",
    "survey_svyciprop_apistrat": "test_nonresponse.py",
    "nonresponse_cells": "test_nonresponse.py",
    "manski_im_": "test_nonresponse.py",
    "reliability_bfi": "test_scales.py",
    "p_adjust_bh1995": "test_multiplicity.py",
}
# not offered, since no report would show them: odds of ordinal answers, and the power of a paired t test
NOT_OFFERED = ("clmm_", "polr_", "mde_means")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_case_is_held_by_one_test_file(case):
    if case["id"].startswith(NOT_OFFERED):
        return
    holders = {file for prefix, file in HELD.items() if case["id"].startswith(prefix)}
    assert len(holders) == 1


@pytest.mark.parametrize(("prefix", "file"), HELD.items())
def test_the_file_names_the_cases_it_holds(prefix, file):
    assert f'"{prefix}' in (HERE / file).read_text(encoding="utf-8")


def test_there_are_as_many_cases_as_were_given():
    assert len({case["id"] for case in CASES}) == len(CASES) == 113
