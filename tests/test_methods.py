"""Every method that a statistic can name is in the one registry, and the registry explains each in every language."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaltools import i18n, statistics
from evaltools.results.records import ResultSet
from evaltools.statistics import change_over_terms, clusters, heterogeneity, methods, taking_part
from evaltools.statistics.types import Estimate
from evaltools.study.evaluation_model import Disclosure

ROOT = Path(__file__).parents[1]
TABLE = [[4, 3, 1], [1, 5, 3], [0, 2, 6]]
STEPS = np.array([-2, -1, 0, 1, 2, 3])
MOMENTS = (12, 1.5, 0.8, 10, 1.1, 0.9)
COVARIANCE = np.array([[1.0, 0.5, 0.4], [0.5, 1.0, 0.6], [0.4, 0.6, 1.0]])
RATES = [(0, 0, 0, 0), (3, 10, 5, 12), (10, 10, 12, 12)]
ARM = [True, False] * 6
ONE = [(0, 0), (3, 10), (10, 10)]
IN_COURSES = clusters.Arm(*(np.array(each, float) for each in ([3, 2, 4], [5, 3, 9], [9, 5, 25])))
ALONE, IN_GROUPS = (clusters.of_changes([(3, 2, 1), (2, 1, 0), (1, 1, 1), (3, 1, 0)][:n]) for n in (1, 4))
# calls of every public statistic that gives an estimate or a test: undefined, ordinary and at the ends, each variant
CALLS: dict[str, list[tuple]] = {
    **{f"proportions.{name}": ONE for name in ("wilson", "clopper_pearson", "mid_p", "agresti_coull", "jeffreys")},
    "proportions.difference": [
        (*rates, 0.95, way) for rates in RATES for way in ("newcombe", "miettinen-nurminen", "mee", "agresti-caffo")
    ],
    "proportions.difference_test": [(*rates, way) for rates in RATES for way in ("score", "fisher mid-p")],
    "proportions.ratio": [(*rates, 0.95, way) for rates in RATES for way in ("miettinen-nurminen", "koopman")],
    "proportions.against_benchmark": [(*one, 0.4, of) for one in ONE for of in (None, 50)],
    "proportions.representation_ratio": [(*one, 0.4) for one in ONE],
    "nonresponse.manski": [(0, 0, 0), (3, 5, 9)],
    "nonresponse.imbens_manski": [(0, 0, 0), (0, 5, 9), (3, 5, 9)],
    "nonresponse.worst_to_best": [(0, 0, 0), (3, 5, 9)],
    "weighting.poststratified": [([(0, 0, 0)],), ([(20, 10, 4), (30, 12, 6)],), ([(20, 10, 0), (30, 12, 0)],)],
    "signed_rank.hodges_lehmann": [([],), ([1],), (STEPS,)],
    "signed_rank.signed_rank": [([],), (STEPS,), (STEPS, None, "wilcox"), (np.random.default_rng(1).normal(size=400),)],
    "net_change.net_change": [(0, 0, 0), (0, 9, 0), (9, 15, 2), (12_000, 9_000, 11_000)],
    "change_over_terms.rate_change": [
        (change_over_terms.RateChange(*counts),) for counts in [(0,) * 6, (9, 4, 0, 0, 0, 0), (9, 4, 2, 1, 5, 3)]
    ],
    "change_over_terms.net_change_over_terms": [((0, 0, 0), (1, 1, 1)), ((3, 2, 1), (0, 0, 0)), ((3, 2, 1), (1, 1, 1))],
    "clusters.rate": [([],), ([(9, 3)],), ([(9, 3), (8, 7), (5, 1), (6, 4)],)],
    "clusters.rate_difference": [([], []), ([(9, 3)], [(5, 1)]), ([(9, 3), (8, 7), (5, 1)], [(6, 4), (3, 1), (9, 8)])],
    "clusters.mean_difference": [(IN_COURSES, IN_COURSES)],
    "clusters.net_change": [(9, 5, 2, None), (9, 5, 2, ALONE), (9, 5, 2, IN_GROUPS)],
    "clusters.mean": [(16, 1.0, 0.5, ALONE), (16, 1.0, 0.5, IN_GROUPS)],
    "quantiles.median": [([], []), ([1], [3]), (range(9), [1] * 9)],
    "trend.rate_trend": [([],), ([(9, 3), (8, 5)],)],
    "trend.change_trend": [([],), ([(4, 10, 6), (8, 8, 4)],)],
    "heterogeneity.mean_score_test": [([],), ([(4, 10, 6), (8, 8, 4)],)],
    "effect_sizes.rank_biserial": [([],), (STEPS,)],
    "effect_sizes.marginal_superiority": [(TABLE, 0.95, way) for way in ("adjusted", "logit", "wald")],
    "marginal_tests.stuart_maxwell": [(TABLE,), (np.diag([2, 2, 2]),)],
    "paired_means.paired_t": [(0, 0, 0, 0, 0, 0), (3, 6, 9, 14, 29, 20), (2, 2, 4, 2, 8, 4)],
    "paired_proportions.paired_difference": [
        (*cells, 0.95, way) for cells in [(0, 0, 0, 0), (5, 2, 6, 4)] for way in ("newcombe", "tango", "bonett-price")
    ],
    "paired_proportions.mcnemar": [(0, 0), (2, 6)],
    "power.minimum_detectable_difference_of_rates": [(0, 0, 0.5), (40, 40, 0.5)],
    "power.minimum_detectable_discordance": [(0, 0.0), (40, 0.3)],
    "attrition.standardised_difference": [(0, 0, 0, 0), (3, 10, 5, 12)],
    "attrition.standardised_mean_difference": [(0.0, 0.0, 0, 0.0, 0.0, 0), (1.5, 0.8, 12, 1.1, 0.9, 10)],
    "attrition.cramers_v": [([[0, 0]],), ([[30, 20], [20, 30]],)],
    "attrition.attrition_test": [([[0, 0]],), ([[3, 4]],), ([[30, 20], [20, 30]],), ([[8, 2], [1, 5]],)],
    "comparison.one_mean": [(0, None, None), (1, 2.0, None), (9, 2.0, 1.0)],
    "comparison.mean_difference": [(0, None, None, 0, None, None), MOMENTS],
    "comparison.mean_difference_test": [(0, None, None, 0, None, None), (3, 1.0, 0.0, 3, 1.0, 0.0), MOMENTS],
    "comparison.difference_of_changes": [(0, None, None, 0, None, None), MOMENTS],
    "comparison.hedges_g": [(0, None, None, 0, None, None), MOMENTS],
    "comparison.adjusted_difference": [
        (list(range(12)), ARM, pd.DataFrame({"x": range(12)})),
        ([1.0, 4, 2, 6, 3, 3, 5, 2, 8, 1, 2, 4], ARM, pd.DataFrame({"x": [1, 1, 2, 5, 3, 3, 1, 2, 2, 4, 1, 6]})),
    ],
    "comparison.adjusted_difference_tested": [
        (list(range(12)), ARM, pd.DataFrame({"x": range(12)})),
        ([1.0, 4, 2, 6, 3, 3, 5, 2, 8, 1, 2, 4], ARM, pd.DataFrame({"x": [1, 1, 2, 5, 3, 3, 1, 2, 2, 4, 1, 6]})),
    ],
    "taking_part.complier_effect": [
        (taking_part.Arm(n, 0.6, took, 0.2, 0.2, 0.1), taking_part.Arm(n, 0.5, 0.1, 0.2, 0.1, 0.0))
        for n, took in [(1, 0.5), (20, 0.1), (20, 0.2), (40, 0.8)]
    ],
    "heterogeneity.equal_effects": [([],), ([heterogeneity.of_rates(3, 9, 2, 9)] * 2,)],
    "heterogeneity.spread": [([],), ([heterogeneity.of_rates(3, 9, 2, 9)] * 2,)],
    "entropy_balance.difference": [
        ([[0.0], [1.0]] * 20, [[0.0], [0.0], [1.0]] * 20, [1, 0] * 20, [0, 1, 0] * 20),
        ([[5.0], [6.0]], [[0.0], [1.0]], [1, 0], [0, 1]),
    ],
    "agreement.krippendorff_alpha": [(0, 0, 0), (0, 0, 4), (12, 3, 30)],
    "reliability.cronbach_alpha": [(0, COVARIANCE), (40, COVARIANCE)],
    "reliability.omega_total": [(0, COVARIANCE), (40, COVARIANCE), (40, np.diag([1.0, 1.0, 1.0]))],
}
# what sections put before the label of these
PREFIX = {"signed_rank.signed_rank": "Wilcoxon-Pratt ", "paired_proportions.mcnemar": "McNemar "}


def public() -> Iterator[tuple[str, object]]:
    """Every public function of the room whose result names a method."""
    for found in pkgutil.iter_modules(statistics.__path__):
        module = importlib.import_module(f"evaltools.statistics.{found.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            gives = str(inspect.signature(function).return_annotation)
            told = re.search(r"\b(Estimate|Test|PairedT|SignedRank|McNemar|NetChange)\b", gives)
            if told and function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{found.name}.{name}", function


PUBLIC = dict(public())


def named(result: object) -> Iterator[str]:
    """The methods that a result names, and those of the estimates inside it."""
    if isinstance(result, dict):
        result = list(result.values())
    for one in result if isinstance(result, list | tuple) else [result]:
        fields = {f.name: getattr(one, f.name) for f in dataclasses.fields(one)}
        yield from [fields["method"]] if "method" in fields else []
        yield from (inner.method for inner in fields.values() if isinstance(inner, Estimate))


def test_no_statistic_is_left_out():
    assert set(CALLS) == set(PUBLIC)


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.filterwarnings("ignore")
def test_every_method_that_a_statistic_names_is_registered(name):
    found = {method for call in CALLS[name] for method in named(PUBLIC[name](*call))}
    assert found
    for method in found:
        assert methods.ids(PREFIX.get(name, "") + method), method


def test_every_method_has_its_own_labels_a_name_an_explanation_and_a_source():
    labels = [label for method in methods.METHODS for label in method.labels]
    assert len(set(labels)) == len(labels) and len(methods.BY_ID) == len(methods.METHODS)
    texts = {
        (language, what): [i18n.say(f"method.{id}.{what}", language) for id in methods.BY_ID]
        for language in i18n.LANGUAGES
        for what in ("name", "what")
    }
    assert all(all(said) for said in texts.values())
    assert all(len(set(texts[language, "name"])) == len(methods.METHODS) for language in i18n.LANGUAGES)
    unsourced = {method.id for method in methods.METHODS if not method.reference}
    assert unsourced == {"count", "share", "amount", "description"}


def test_the_documentation_says_what_each_method_was_checked_against():
    told = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in told.splitlines() if re.match(r"\| `", line) and "::" in line]
    assert sorted(id for row in rows for id in re.findall(r"`(\w+)`", row[0])) == sorted(methods.BY_ID)
    for _, _, test in rows:
        file, name = test.strip(" `").split("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def test_the_longest_label_holds_and_each_part_is_named():
    assert methods.ids("Newcombe difference") == ("newcombe",)
    assert methods.ids("Newcombe; McNemar exact conditional mid-p") == ("newcombe_paired", "mcnemar")
    assert methods.ids("OLS, HC2; adjusted for age, gender") == ("regression",)
    assert methods.ids("Cramer's V, noncentral chi-square") == ("cramers_v",)
    for unknown in ("Wilsonian", "a method of my own", "Wilson; and more"):
        with pytest.raises(KeyError, match="no method"):
            methods.ids(unknown)


def test_a_row_cannot_name_a_method_that_nobody_can_look_up():
    results = ResultSet("s", "T1", "internal", "survey", Disclosure())
    results.count("table", "persons", 3)
    results.rate("table", "rate", 3, 4, 5)
    results.amount("table", "euros", 1.0)
    count, rate, amount = results.frame().to_dict("records")
    assert (count["method_id"], amount["method_id"]) == ("count", "amount")
    assert tuple(rate["method_id"].split(methods.BETWEEN)) == methods.ids(rate["method"]) != ()
    with pytest.raises(KeyError, match="no method 'my own'"):
        results.statistic("table", "x", Estimate(1.0, 0.0, 2.0, 9, "my own"))
