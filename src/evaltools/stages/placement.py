"""Stage 05: where people are after the project: placement rates, those who did not answer, benchmark, comparison group.

Every rate stands beside its Wilson interval, the worst and best case over those who did not answer, and a weighted
estimate where the study names response cells. A measure the study's follow-up cannot record has no rows.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pandas as pd

from evaltools import comparison, disclosure, figures, nonresponse, rates
from evaltools.counts import ALL, PLACEMENT_MEASURES, TOTAL
from evaltools.estimates import Estimate, Test, finite
from evaltools.model import Study
from evaltools.present import Column, Figure, Part, Table, Value
from evaltools.results import Book, pick, value
from evaltools.stages.base import Material, Reader, number, plain
from evaltools.tidy import role_map

NEEDS = ("followup", "benchmark")
MAIN = ("employed", "student_full_time", "student_any")
SUMMARISED = (TOTAL, "target_group")  # what weighted estimates and Imbens-Manski intervals are made for
BACKGROUND = ("age_group", "gender", "education", "region")
COVARIATES = ("gender", "region", "language", "education", "activity")
LOW_RESPONSE = 0.6
HALF = 0.5
IMBALANCE = 0.1


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Follow-up, placement rates by group and term, their bounds, and comparisons with benchmark and other arm."""
    book = material.book("placement")
    if "placement" not in material.counts:
        return book.frame()
    placement = material.counts["placement"]
    placement = placement[placement["measure"].isin(_measures(material.study))]
    for scope in material.scopes:
        _followup(material, book, scope)
    weighted = _weighted(material)
    for row in placement.itertuples():
        _rate(book, row, weighted)
    _weighting(material, book)
    _benchmark(material, book, placement)
    if material.study.comparison is not None:
        _arms(material, book, pick(placement, scope=ALL, by="arm"))
    return book.frame()


def _measures(study: Study) -> list[str]:
    """The measures the follow-up can record: some code of the study's list has one of their roles."""
    roles = set(role_map(study.codes.get("placement", [])).values())
    return [m for m, of in PLACEMENT_MEASURES.items() if roles & set(of)]


def _followup(material: Material, book: Book, scope: str) -> None:
    """Those who have left, were invited and answered, and the days between which they were asked."""
    total = pick(material.counts["placement"], scope=scope, by=TOTAL).iloc[0]
    invited, answered = int(total["invited"]), int(total["answered"])
    left = _leavers(material, scope)
    if left is not None:
        book.count("followup", "leavers", material.shown(left), scope=scope)
    book.count("followup", "invited", invited, scope=scope)
    book.count("followup", "answered", answered, invited, scope=scope)
    book.count("followup", "unknown", invited - answered, invited, scope=scope)
    followup = material.tables["followup"]
    those = followup if scope == ALL else followup[followup["term"] == scope]
    days = those["date"].dropna() if "date" in those else those["term"].iloc[:0]
    if len(days) and disclosure.enough(len(days), material.study.disclosure, material.edition):
        for measure, day in (("first_date", days.min()), ("last_date", days.max())):
            book.amount("followup", measure, None, date=day.date().isoformat(), scope=scope)


def _leavers(material: Material, scope: str) -> int | None:
    """How many have left their studies (in the term, or so far); None where the study knows no enrolments."""
    persons = material.tables["persons"]
    if "outcome" not in persons:
        return None
    left = persons[persons["outcome"].isin(("completed", "dropped"))]
    if scope == ALL:
        return len(left)
    term = material.study.term(scope)
    return int(left["end"].between(pd.Timestamp(term.start), pd.Timestamp(term.end)).sum())


def _weighted(material: Material) -> dict[tuple[str, str, str], Estimate]:
    """Post-stratified estimates by (by, group, measure), where enough persons answered to show one."""
    cells = material.counts.get("placement_cells")
    if cells is None:
        return {}
    estimates = {}
    for (by, group, measure), part in cells.groupby(["by", "group", "measure"], sort=False):
        answered = int(part["answered"].sum())
        if answered and disclosure.enough(answered, material.study.disclosure, material.edition):
            listed = part[["invited", "answered", "count"]].itertuples(index=False, name=None)
            estimates[by, group, measure] = nonresponse.poststratified([tuple(map(int, cell)) for cell in listed])
    return estimates


def _rate(book: Book, row, weighted: dict[tuple[str, str, str], Estimate]) -> None:
    """One rate; for the whole project also weighted, and with the interval that holds wherever the truth lies."""
    where = {"scope": row.scope, "by": row.by, "group": row.group}
    of = weighted.get((row.by, row.group, row.measure)) if row.scope == ALL else None
    counts = int(row.count), int(row.answered), int(row.invited)
    book.rate("placement", row.measure, *counts, weighted=of, **where)
    if row.scope == ALL and row.by in SUMMARISED and row.measure in MAIN:
        interval = nonresponse.imbens_manski(*counts)
        least = None if _enough(book, counts[1]) else 0
        book.statistic("imbens_manski", row.measure, interval, invited=counts[2], least=least, **where)


def _enough(book: Book, answered: int) -> bool:
    """Whether a rate on so many answers may be shown: what is computed from it follows the same rule."""
    return not book.protected or answered >= 2 * book.settings.base


def _weighting(material: Material, book: Book) -> None:
    """How many response cells the weights of the whole have, and how many of them nobody answered from."""
    if "placement_cells" not in material.counts or material.study.followup is None:
        return
    cells = pick(material.counts["placement_cells"], by=TOTAL, measure="employed")
    method = "post-stratified by " + " x ".join(material.study.followup.weight_by)
    book.amount("weighting", "cells", float(len(cells)), method=method)
    book.amount("weighting", "empty_cells", float((cells["answered"] == 0).sum()), method=method)


def _benchmark(material: Material, book: Book, placement: pd.DataFrame) -> None:
    """The benchmark's own rates, and ours less them with the interval and the worst and best case."""
    if "benchmark" not in material.tables:
        return
    roles = role_map(material.study.codes["benchmark_measure"])
    day = material.study.benchmark.retrieved.isoformat() if material.study.benchmark else ""
    of_all = pick(placement, scope=ALL, by=TOTAL).set_index("measure")
    for code, theirs in material.tables["benchmark"].groupby("measure", sort=False)[["count", "total"]].sum().iterrows():
        measure, total = roles[code], int(theirs["total"])
        if not total or measure not in of_all.index:
            continue
        rate = theirs["count"] / total
        counts = {"count": int(theirs["count"]), "answered": total, "invited": total}
        book.amount("benchmark", measure, rate, "share", item=code, group="benchmark", date=day, **counts)
        ours = of_all.loc[measure]
        x, answered, invited = int(ours["count"]), int(ours["answered"]), int(ours["invited"])
        bounds = nonresponse.manski(x, answered, invited)
        book.statistic(
            "benchmark",
            measure,
            rates.against_benchmark(x, answered, rate, total),
            invited=invited,
            least=None if _enough(book, answered) else 0,
            item=code,
            group="difference",
            unit="share",
            bound_lower=bounds.lower - rate,
            bound_upper=bounds.upper - rate,
        )


# --- rows: comparison group ---


def _arms(material: Material, book: Book, placement: pd.DataFrame) -> None:
    """The treated arm less the control: rates, numeric outcomes, both adjusted, and how alike the arms were."""
    pair = material.study.comparison
    named = (pair.treated, pair.control)  # type: ignore[union-attr]
    for measure in dict.fromkeys(placement["measure"]):
        of = pick(placement, measure=measure).set_index("group")
        if all(arm in of.index for arm in named):
            _rates_compared(book, measure, of.loc[pair.treated], of.loc[pair.control])  # type: ignore[union-attr]
    _means_compared(material, book, named)
    _adjusted(material, book, named)
    _balance(material, book, named)


def _rates_compared(book: Book, measure: str, treated: pd.Series, control: pd.Series) -> None:
    (x1, n1, k1), (x2, n2, k2) = ((int(a["count"]), int(a["answered"]), int(a["invited"])) for a in (treated, control))
    rest = {"invited": k1 + k2, "by": "arm", "least": None if _enough(book, min(n1, n2)) else 0}
    one, two = nonresponse.manski(x1, n1, k1), nonresponse.manski(x2, n2, k2)
    bounds = {"bound_lower": one.lower - two.upper, "bound_upper": one.upper - two.lower, "unit": "share"}
    newcombe = rates.difference(x1, n1, x2, n2)
    book.statistic("arm_difference", measure, newcombe, item="newcombe", **bounds, **rest)
    score = rates.difference(x1, n1, x2, n2, method="miettinen-nurminen")
    test = _tested(rates.difference_test(x1, n1, x2, n2), score, "risk difference")
    book.statistic("arm_difference", measure, score, item="miettinen-nurminen", unit="share", **test, **rest)
    book.statistic("arm_ratio", measure, _bounded(rates.ratio(x1, n1, x2, n2)), **rest)


def _tested(test: Test, effect: Estimate, named: str) -> dict:
    """The columns of a test with its effect, for a result row."""
    return {
        "statistic": test.statistic,
        "df": test.df,
        "p": test.p,
        "effect": effect.estimate,
        "effect_lower": effect.lower,
        "effect_upper": effect.upper,
        "effect_measure": named,
        "note": test.note,
    }


def _bounded(ratio: Estimate) -> Estimate:
    """A ratio whose upper limit is infinite has no interval to print; its note says why."""
    if ratio.upper is None or finite(ratio.upper) is not None:
        return ratio
    return dataclasses.replace(ratio, lower=None, upper=None, note=ratio.note or "no_upper_limit")


def _means_compared(material: Material, book: Book, named: tuple[str, str]) -> None:
    """Numeric outcomes: mean and sd in each arm, and their difference (Welch) with Hedges' g."""
    moments = material.counts.get("arm_outcomes")
    if moments is None:
        return
    for variable in dict.fromkeys(moments["variable"]):
        of = pick(moments, variable=variable).set_index("arm")
        if not all(arm in of.index for arm in named):
            continue
        both = [_moments(of.loc[arm]) for arm in named]
        least = min(n for n, _, _ in both)
        for arm, (n, mean, sd) in zip(named, both, strict=True):
            for what, moment in (("mean", mean), ("sd", sd)):
                single = Estimate(moment, None, None, n, what)
                book.statistic("arm_mean", variable, single, item=what, by="arm", group=arm)
        one, two = both
        test = comparison.mean_difference_test(*one, *two)
        tested = _tested(test, comparison.hedges_g(*one, *two), "Hedges g")
        book.statistic("arm_mean_difference", variable, comparison.mean_difference(*one, *two), least=least, by="arm", **tested)


def _moments(row: pd.Series) -> tuple[int, float | None, float | None]:
    n = int(row["count"])
    return n, finite(row["mean"]) if n else None, finite(row["sd"]) if n > 1 else None


def _joined(material: Material, named: tuple[str, str]) -> pd.DataFrame:
    """Persons of the two arms, each with what the follow-up found (missing where nothing)."""
    persons = material.tables["persons"]
    persons = persons[persons["arm"].isin(named)].drop(columns="term")
    return persons.merge(material.tables["followup"].drop(columns="term"), on="person", how="left", validate="1:1")


def _covariates(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """What the register knew of the persons before: age, background and the study's own variables."""
    declared = [v.id for v in study.variables if v.table == "participants"]
    age = [c for c in ("age", "age_group") if c in frame][:1]
    names = dict.fromkeys([*age, *(c for c in (*COVARIATES, *declared) if c in frame)])
    return frame[[name for name in names if frame[name].notna().any()]]


def _adjusted(material: Material, book: Book, named: tuple[str, str]) -> None:
    """Differences with the register variables held equal. Microdata serve here for nothing else."""
    frame = _joined(material, named)
    covariates, treated = _covariates(material.study, frame), frame["arm"] == named[0]
    for measure, outcome, unit in _outcomes(material.study, frame):
        known = outcome.notna()
        groups = [int((known & arm).sum()) for arm in (treated, ~treated)]
        estimate = comparison.adjusted_difference(
            outcome[known].tolist(), treated[known].tolist(), covariates[known]
        )
        method = f"{estimate.method}; adjusted for {', '.join(covariates.columns) or 'nothing'}"
        where = {"by": "arm", "unit": unit, "method": method}
        book.statistic("arm_adjusted_difference", measure, estimate, least=min(groups), **where)


def _outcomes(study: Study, frame: pd.DataFrame) -> Iterator[tuple[str, pd.Series, str]]:
    """Each outcome of the follow-up: its name, its values (missing where not known), its unit."""
    for measure in _measures(study):
        placed = frame["role"].isin(PLACEMENT_MEASURES[measure]).astype("float64")
        yield measure, placed.where(frame["role"].notna()), "share"
    for variable in study.variables:
        if variable.table == "followup" and variable.kind == "number" and variable.id in frame:
            yield variable.id, frame[variable.id].astype("float64"), ""


def _balance(material: Material, book: Book, named: tuple[str, str]) -> None:
    """Register variables in both arms: mean or share, and the standardised difference."""
    persons = material.tables["persons"]
    persons = persons[persons["arm"].isin(named)]
    covariates, treated = _covariates(material.study, persons), (persons["arm"] == named[0]).tolist()
    for line in comparison.balance_table(covariates, treated):
        share = pd.api.types.is_bool_dtype(covariates[line.covariate]) or bool(line.level)
        least = _fewest(line) if share else min(line.n1, line.n2)
        where = {"item": line.level, "by": "arm", "unit": "share" if share else ""}
        for arm, n, shown in ((named[0], line.n1, line.value1), (named[1], line.n2, line.value2)):
            single = Estimate(shown, None, None, n, "share" if share else "mean")
            book.statistic("arm_balance", line.covariate, single, least=least, group=arm, **where)
        gap = Estimate(line.standardised_difference, None, None, line.n1 + line.n2, "standardised difference")
        book.statistic("arm_balance", line.covariate, gap, least=least, **where)


def _fewest(line: comparison.Balance) -> int:
    """The fewest persons of either arm who have the level, or who do not."""
    held = [(round(v * n), n) for v, n in ((line.value1, line.n1), (line.value2, line.n2)) if v is not None]
    return min((min(x, n - x) for x, n in held), default=0)


def parts(rows, reader):
    return []
