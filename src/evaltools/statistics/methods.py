"""The statistical methods by id: what results call them, and where they come from.

Names and explanations for readers stand in ``i18n/texts/method.toml`` under the same ids. The column ``method`` of a
result row is made of labels joined by ``"; "``, each with details behind it where it has some (``post-stratified by
outcome x gender``); the column ``method_id`` names them by id.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

BETWEEN = "; "  # labels of one result, which may rest on an interval, a test and an adjustment


class Method(NamedTuple):
    """A method: its id, the labels by which statistics name it, and its source."""

    id: str
    labels: tuple[str, ...]
    reference: str


METHODS = (
    # counts
    Method("count", (), ""),
    Method("share", (), ""),
    Method("amount", (), ""),
    Method("description", ("mean", "sd", "share"), ""),
    # one rate
    Method("wilson", ("Wilson",), "Wilson (1927) JASA 22, 209-212"),
    Method("clopper_pearson", ("Clopper-Pearson",), "Clopper & Pearson (1934) Biometrika 26, 404-413"),
    Method("mid_p", ("mid-p",), "Berry & Armitage (1995) Statistician 44, 417-423"),
    Method("agresti_coull", ("Agresti-Coull",), "Agresti & Coull (1998) Am Stat 52, 119-126"),
    Method("jeffreys", ("Jeffreys",), "Brown, Cai & DasGupta (2001) Stat Sci 16, 101-133"),
    Method(
        "representation", ("Clopper-Pearson over population share",), "Clopper & Pearson (1934), over a known share"
    ),
    Method("standardised_rate", ("directly standardised",), "Fay & Feuer (1997) Stat Med 16, 791-801"),
    Method("fixed_benchmark", ("Clopper-Pearson less fixed benchmark",), "Clopper & Pearson (1934), less a known rate"),
    # two rates
    Method("newcombe", ("Newcombe difference",), "Newcombe (1998) Stat Med 17, 873-890, method 10"),
    Method(
        "score",
        ("Miettinen-Nurminen difference", "Miettinen-Nurminen ratio", "score test (Miettinen-Nurminen)"),
        "Miettinen & Nurminen (1985) Stat Med 4, 213-226",
    ),
    Method("mee", ("Mee difference",), "Mee (1984) Biometrics 40, 1175-1176"),
    Method("agresti_caffo", ("Agresti-Caffo difference",), "Agresti & Caffo (2000) Am Stat 54, 280-288"),
    Method("koopman", ("Koopman ratio",), "Koopman (1984) Biometrics 40, 513-517"),
    Method("fisher", ("Fisher mid-p",), "Lancaster (1961) JASA 56, 223-234"),
    # those who did not answer
    Method("manski", ("Manski bounds",), "Manski (1989) J Hum Resour 24, 343-360"),
    Method("imbens_manski", ("Imbens-Manski",), "Imbens & Manski (2004) Econometrica 72, 1845-1857"),
    Method("worst_to_best", ("worst-to-best envelope",), "Manski (1989), widened by Clopper-Pearson limits"),
    Method("weights", ("post-stratified",), "Holt & Smith (1979) JRSS A 142, 33-46"),
    Method(
        "entropy_balance",
        ("entropy balancing",),
        "Hainmueller (2012) Polit Anal 20, 25-46; Zhao & Percival (2017) J Causal Inference 5, 20160010",
    ),
    # pairs of answers
    Method("signed_rank", ("Wilcoxon-Pratt",), "Pratt (1959) JASA 54, 655-667"),
    Method("net_change", ("net change",), "Tango (1998) Stat Med 17, 891-908; Lloyd (2008) Biometrics 64, 1146"),
    Method(
        "equivalence",
        ("two one-sided tests",),
        "Schuirmann (1987) J Pharmacokinet Biopharm 15, 657-680; Liu et al. (2002) Stat Med 21, 231-245",
    ),
    Method("over_terms", ("change over terms",), "Zou & Donner (2008) Stat Med 27, 1693-1702"),
    Method("weighted_change", ("weighted net change",), "Kish (1965) Survey Sampling, 11.7"),
    Method("tipping_point", ("tipping point",), "Yan, Lee & Li (2009) J Biopharm Stat 19, 1085-1098"),
    Method(
        "rank_biserial",
        ("atanh delta, half pseudo-count",),
        "Kerby (2014) Comprehensive Psychology 3, 11.IT.3.1",
    ),
    Method("hodges_lehmann", ("signed-rank inversion",), "Hodges & Lehmann (1963) Ann Math Stat 34, 598-611"),
    Method(
        "superiority", ("adjusted", "logit", "wald"), "Agresti (2010) Analysis of Ordinal Categorical Data, 2.1 and 8.1"
    ),
    Method(
        "stuart_maxwell",
        ("Stuart-Maxwell",),
        "Stuart (1955) Biometrika 42, 412-416; Maxwell (1970) Br J Psychiatry 116, 651-655",
    ),
    Method("newcombe_paired", ("Newcombe", "newcombe"), "Newcombe (1998) Stat Med 17, 2635-2650, method 10"),
    Method("tango", ("tango",), "Tango (1998) Stat Med 17, 891-908"),
    Method("bonett_price", ("bonett-price",), "Bonett & Price (2012) Stat Med 31, 3047-3058"),
    Method("mcnemar", ("McNemar",), "Fagerland, Lydersen & Laake (2013) BMC Med Res Methodol 13, 91"),
    # means
    Method("mean", ("t",), "Student (1908) Biometrika 6, 1-25"),
    Method("paired_t", ("paired t", "undefined"), "Student (1908) Biometrika 6, 1-25"),
    Method("effect_of_means", ("noncentral t", "delta method"), "Hedges (1981) J Educ Stat 6, 107-128"),
    Method("welch", ("Welch", "Welch on changes", "Welch t"), "Welch (1947) Biometrika 34, 28-35"),
    Method("regression", ("OLS, HC2", "adjusted for"), "MacKinnon & White (1985) J Econom 29, 305-325"),
    Method(
        "trend",
        ("Cochran-Armitage trend", "linear trend"),
        "Armitage (1955) Biometrics 11, 375-386; MacKinnon & White (1985) J Econom 29, 305-325",
    ),
    Method("order_statistics", ("order statistics",), "Conover (1999) Practical Nonparametric Statistics, 3.2"),
    Method("mean_scores", ("mean score test",), "Landis, Heyman & Koch (1978) Int Stat Rev 46, 237-254"),
    Method("shrunken", ("empirical Bayes",), "Paule & Mandel (1982) J Res Natl Bur Stand 87, 377-385"),
    Method(
        "clusters",
        ("cluster-robust",),
        "Bell & McCaffrey (2002) Surv Methodol 28, 169-181; Korn & Graubard (1998) Surv Methodol 24, 193-201",
    ),
    Method(
        "taking_part", ("Wald ratio",), "Anderson & Rubin (1949) Ann Math Stat 20, 46-63; Fieller (1954) JRSS B 16, 175"
    ),
    Method("q_profile", ("Q-profile",), "Viechtbauer (2007) Stat Med 26, 37-52"),
    Method("equal_effects", ("Welch test of equal effects",), "Welch (1951) Biometrika 38, 330-336"),
    Method("power", ("power",), "Cohen (1988) Statistical Power Analysis for the Behavioral Sciences"),
    # who is missing, and groups beside each other
    Method("standardised", ("standardised difference",), "Austin (2009) Stat Med 28, 3083-3107"),
    Method("chi_square", ("chi-square",), "Pearson (1900) Philos Mag 50, 157-175"),
    Method("freeman_halton", ("Fisher-Freeman-Halton exact",), "Freeman & Halton (1951) Biometrika 38, 141-149"),
    Method("cramers_v", ("Cramer's V", "Cramer's V, noncentral chi-square"), "Smithson (2003) Confidence Intervals"),
    # scales
    Method("alpha", ("Feldt",), "Feldt, Woodruff & Salih (1987) Appl Psychol Meas 11, 93-103"),
    Method("omega", ("one-factor ML, delta",), "McDonald (1999) Test Theory"),
    Method("measurement", ("alpha at the start",), "Lord & Novick (1968) Statistical Theories of Mental Test Scores"),
    Method(
        "krippendorff",
        ("Krippendorff's alpha",),
        "Krippendorff (2019) Content Analysis, 12; Donner & Eliasziw (1992) Stat Med 11, 1511-1519",
    ),
    # many tests at once
    Method("holm", ("Holm",), "Holm (1979) Scand J Stat 6, 65-70"),
    Method("benjamini_hochberg", ("Benjamini-Hochberg",), "Benjamini & Hochberg (1995) JRSS B 57, 289-300"),
)
BY_ID = {method.id: method for method in METHODS}
_LABELS = {label: method.id for method in METHODS for label in method.labels}


@cache
def ids(named: str) -> tuple[str, ...]:
    """The ids of the methods that a result's ``method`` names, each once, in their order.

    Raises KeyError where one of its labels is in no entry of ``METHODS``.

    >>> ids("Wilcoxon-Pratt exact mid-p; Holm")
    ('signed_rank', 'holm')
    """
    return tuple(dict.fromkeys(_id(part) for part in named.split(BETWEEN) if part))


def _id(part: str) -> str:
    """The longest label that stands whole at the start holds: details follow a comma or a space."""
    fits = [label for label in _LABELS if part == label or part.startswith((f"{label} ", f"{label},"))]
    if not fits:
        raise KeyError(f"no method {part!r} in statistics.methods.METHODS")
    return _LABELS[max(fits, key=len)]
