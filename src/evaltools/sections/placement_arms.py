"""The placement of a project's arm beside a comparison group's: differences, adjusted differences, and the balance.

Part of stage 05, for studies whose file names a comparison group. Microdata serve only the adjusted differences.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, covariates
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.report.document import Column, Figure, Kind, Part, Table, Value
from evaltools.results.records import EXACT, NO_INTERVAL, ResultSet, pick, value
from evaltools.sections import arm_effects, clustered, rate_tables
from evaltools.sections.material import Labels, Material, as_int, is_disclosed, number, within
from evaltools.sections.rate_tables import MAIN
from evaltools.statistics import clusters, comparison, e_value, proportions, ranges
from evaltools.statistics.types import Estimate, Test, finite
from evaltools.study.model import Study

IMBALANCE = 0.1
COUNTS = ("count", "answered", "invited")


# --- rows ---


def rows(material: Material, results: ResultSet, placement: pd.DataFrame) -> None:
    """The treated arm less the control: rates, numeric outcomes, both adjusted, and how alike the arms were."""
    pair = material.study.comparison
    named = (pair.treated, pair.control)  # type: ignore[union-attr]
    for measure in dict.fromkeys(placement["measure"]):
        of = pick(placement, measure=measure).set_index("group")
        if all(arm in of.index for arm in named):
            _rates_compared(material, results, measure, of.loc[pair.treated], of.loc[pair.control])  # type: ignore[union-attr]
    if results.protected:  # the rest is computed from persons
        return
    _means_compared(material, results, named)
    _adjusted(material, results, named, [m for m in dict.fromkeys(placement["measure"]) if m in MAIN])
    _balance(material, results, named)
    arm_effects.rows(material, results, _compared(material.study, placement))


def _compared(study: Study, placement: pd.DataFrame) -> list[arm_effects.Outcome]:
    """The outcomes of the follow-up: the main rates it can record, then its numbers."""
    rates = [m for m in dict.fromkeys(placement["measure"]) if m in MAIN]
    numbers = [v.id for v in study.variables if v.table == "followup" and v.kind == "number"]
    return [*(arm_effects.Outcome(m, m, "share") for m in rates), *(arm_effects.Outcome(v, v) for v in numbers)]


def _rates_compared(
    material: Material, results: ResultSet, measure: str, treated: pd.Series, control: pd.Series
) -> None:
    counts = [[as_int(arm[column]) for column in COUNTS] for arm in (treated, control)]
    if not is_disclosed(*counts[0], *counts[1]):
        return
    one, two = (results.spans(c, within(arm, *COUNTS)) for c, arm in zip(counts, (treated, control), strict=True))
    (low1, high1), (low2, high2) = ranges.bounds(*one), ranges.bounds(*two)
    ends = results.limits(low1 - high2, high1 - low2)
    rest: dict[str, Any] = {"invited": counts[0][2] + counts[1][2], "by": "arm"}
    bounds = dict(zip(("bound_lower", "bound_upper"), ends, strict=True)) | {"unit": "share"}
    of = (*one[:2], *two[:2])
    grouped = clustered.rates_of_arms(material, measure)
    if grouped is not None:
        _rates_in_groups(results, measure, of, grouped, bounds | rest)
        return
    results.derived("arm_difference", measure, proportions.difference, *of, item="newcombe", **bounds, **rest)
    if results.protected:
        return
    x1, n1, x2, n2 = (span.low for span in of)
    score = proportions.difference(x1, n1, x2, n2, method="miettinen-nurminen")
    test = _tested(proportions.difference_test(x1, n1, x2, n2), score, "risk difference")
    results.statistic("arm_difference", measure, score, item="miettinen-nurminen", unit="share", **test, **rest)
    ratio = _bounded(proportions.ratio(x1, n1, x2, n2))
    results.statistic("arm_ratio", measure, ratio, **rest)
    _e_values(results, measure, ratio)


def _rates_in_groups(
    results: ResultSet,
    measure: str,
    of: tuple[ranges.Span, ...],
    grouped: tuple[list[tuple[int, int]], list[tuple[int, int]]],
    rest: dict[str, Any],
) -> None:
    """The difference with an interval and a p value that allow for groups; a protected edition has neither."""
    if results.protected:
        why = NO_INTERVAL["note"]
        results.derived("arm_difference", measure, _difference_alone, *of, item="newcombe", note=why, **rest)
        return
    found = clusters.rate_difference(*grouped)
    tested: dict[str, Any] = {}
    if found.lower is not None:
        tested = {"p": clusters.rate_difference_p(*grouped), "effect_measure": "risk difference"}
        tested |= {"effect": found.estimate, "effect_lower": found.lower, "effect_upper": found.upper}
    results.statistic("arm_difference", measure, found, item="newcombe", **tested, **rest)


def _difference_alone(x1: int, n1: int, x2: int, n2: int) -> Estimate:
    """A difference of rates without the interval, which would not allow for groups."""
    return dataclasses.replace(proportions.difference(x1, n1, x2, n2), lower=None, upper=None)


def _e_values(results: ResultSet, measure: str, ratio: Estimate) -> None:
    """How strong something unseen would have to be to explain a clear ratio of rates away."""
    if ratio.estimate is None or ratio.lower is None or ratio.upper is None or ratio.lower <= 1 <= ratio.upper:
        return
    values = {"point": e_value.e_value(ratio.estimate), "limit": e_value.e_value_of_limit(ratio.lower, ratio.upper)}
    for group, found in values.items():
        if finite(found) is not None:
            results.amount("e_value", measure, found, by="arm", group=group)


def _tested(test: Test, effect: Estimate, named: str) -> dict[str, Any]:
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


def _means_compared(material: Material, results: ResultSet, named: tuple[str, str]) -> None:
    """Numeric outcomes: mean and sd in each arm, and their difference (Welch) with Hedges' g."""
    moments = material.counts.get("arm_outcomes")
    if moments is None:
        return
    for variable in dict.fromkeys(moments["variable"]):
        of = pick(moments, variable=variable).set_index("arm")
        if not all(arm in of.index for arm in named):
            continue
        both = [_moments(of.loc[arm]) for arm in named]
        for arm, (n, mean, sd) in zip(named, both, strict=True):
            for what, moment in (("mean", mean), ("sd", sd)):
                single = Estimate(moment, None, None, n, what)
                results.statistic("arm_mean", variable, single, item=what, by="arm", group=arm)
        one, two = both
        grouped = clustered.of_arms(material, variable)
        if grouped is None:
            found, test = comparison.mean_difference(*one, *two), comparison.mean_difference_test(*one, *two)
            tested = _tested(test, comparison.hedges_g(*one, *two), "Hedges g")
        else:
            found, test = clusters.mean_difference(*grouped)
            tested = _tested(test, found, "mean difference")
        results.statistic("arm_mean_difference", variable, found, by="arm", **tested)


def _moments(row: pd.Series) -> tuple[int, float | None, float | None]:
    n = int(row["count"])
    return n, finite(row["mean"]) if n else None, finite(row["sd"]) if n > 1 else None


def _joined(material: Material, named: tuple[str, str]) -> pd.DataFrame:
    """Persons of the two arms, each with what the follow-up found (missing where nothing)."""
    persons = material.tables["persons"]
    persons = persons[persons["arm"].isin(named)].drop(columns="term")
    return persons.merge(material.tables["followup"].drop(columns="term"), on="person", how="left", validate="1:1")


def _known_before(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """The study's covariates as far as anything is known of them; the age group where there is no age."""
    names = [name if name != "age" or "age" in frame else "age_group" for name in covariates(study)]
    return frame[[name for name in dict.fromkeys(names) if name in frame and frame[name].notna().any()]]


def _adjusted(material: Material, results: ResultSet, named: tuple[str, str], measures: list[str]) -> None:
    """Differences with the register variables held equal. Microdata serve here for nothing else."""
    frame = _joined(material, named)
    held, treated = _known_before(material.study, frame), frame["arm"] == named[0]
    for measure, outcome, unit in _outcomes(material.study, frame, measures):
        known = outcome.notna()
        both = comparison.adjusted_difference_tested(outcome[known].tolist(), treated[known].tolist(), held[known])
        estimate, test = both
        if material.study.has_clusters:
            estimate = clustered.without_interval(estimate, material)
            test = Test(None, None, test.n, test.method, note=estimate.note)
        method = f"{estimate.method}; adjusted for {', '.join(held.columns) or 'nothing'}"
        row = _tested(test, estimate, "adjusted difference") | {"note": estimate.note}
        results.statistic("arm_adjusted_difference", measure, estimate, by="arm", unit=unit, method=method, **row)


def _outcomes(study: Study, frame: pd.DataFrame, measures: list[str]) -> Iterator[tuple[str, pd.Series, str]]:
    """Each outcome of the follow-up: its name, its values (missing where not known), its unit."""
    for measure in measures:
        placed = frame["role"].isin(PLACEMENT_MEASURES[measure]).astype("float64")
        yield measure, placed.where(frame["role"].notna()), "share"
    for variable in study.variables:
        if variable.table == "followup" and variable.kind == "number" and variable.id in frame:
            yield variable.id, frame[variable.id].astype("float64"), ""


def _balance(material: Material, results: ResultSet, named: tuple[str, str]) -> None:
    """Register variables in both arms: mean or share, and the standardised difference."""
    persons = material.tables["persons"]
    persons = persons[persons["arm"].isin(named)]
    before, treated = _known_before(material.study, persons), (persons["arm"] == named[0]).tolist()
    lines = comparison.balance_table(before, treated)
    of_persons = {c: _is_share(lines, before[c]) for c in before}
    for line in lines:
        share = of_persons[line.covariate]
        where: dict[str, Any] = {"item": line.level, "by": "arm", "unit": "share" if share else ""}
        for arm, n, shown in ((named[0], line.n1, line.value1), (named[1], line.n2, line.value2)):
            single = Estimate(shown, None, None, n, "share" if share else "mean")
            results.statistic("arm_balance", line.covariate, single, group=arm, **where)
        gap = Estimate(line.standardised_difference, None, None, line.n1 + line.n2, "standardised difference")
        results.statistic("arm_balance", line.covariate, gap, **where)


def _is_share(lines: list[comparison.Balance], covariate: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(covariate) or any(x.level for x in lines if x.covariate == covariate.name)


# --- parts ---


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """Rates against the comparison group, numeric outcomes, and how alike the groups were before."""

    def named(row: pd.Series) -> str:
        is_rate = row["unit"] == "share"
        return labels.say(f"placement.share.{row['measure']}") if is_rate else _variable(row["measure"], labels)

    told = {*rate_tables.headline_measures(rows), *(v.id for v in labels.study.variables)}
    chosen = rows[rows["measure"].isin(told) | (rows["table"] == "arm_take_up")]
    more = [make(chosen, labels, named) for make in (arm_effects.taking_part_part, arm_effects.groups_part)]
    made = [_rates(rows, labels), _means(rows, labels), *more, _before(rows, labels)]
    return [part for part in made if part is not None]


def _rates(rows: pd.DataFrame, labels: Labels) -> Part | None:
    gaps = pick(rows, table="arm_difference", item="newcombe")
    if gaps.empty:
        return None
    headline = gaps[gaps["measure"].isin(rate_tables.headline_measures(rows))]
    sentences = rate_tables.with_e_values([_gap_sentence(rows, row, labels) for _, row in headline.iterrows()], labels)
    pair = labels.study.comparison
    names = {role: labels.group("arm", getattr(pair, role)) for role in ("treated", "control")}
    if labels.study.has_clusters and not pick(rows, table="arm_adjusted_difference").empty:
        sentences.append(labels.say("comparison.in_groups"))
    sentences += [labels.say("placement.explain.difference"), labels.say("comparison.explain.assigned", **names)]
    if pick(rows, table="arm_adjusted_difference").empty:
        sentences.append(labels.say("comparison.explain.internal"))
    of_arms = _in_order(pick(rows, table="placement", scope=ALL, by="arm"))
    main = of_arms[of_arms["measure"].isin(headline["measure"])]
    caption = labels.say("placement.arm_rates")
    arms = [labels.group("arm", arm) for arm in of_arms["group"]]
    arm_rates = rate_tables.rate_table(
        "placement-arm-rates", caption, arms, labels.say("column.group"), of_arms, labels
    )
    shares = [labels.say(f"placement.share.{measure}") for measure in of_arms["measure"]]
    blocks: list[Table | Figure] = [
        rate_tables.forest("placement-arms", caption, _named(main, labels), main, labels),
        rate_tables.within(arm_rates, labels.say("placement.column.measure"), shares),
        _gap_table(rows, labels),
    ]
    return Part("placement-arms", labels.say("placement.arms_heading"), sentences, blocks, summary=sentences[:1])


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    order = {m: i for i, m in enumerate(PLACEMENT_MEASURES)}
    return rows.sort_values("measure", key=lambda c: c.map(order), kind="stable")


def _named(chosen: pd.DataFrame, labels: Labels) -> list[str]:
    """Each row by what its share is of, and whose it is."""
    pairs = zip(chosen["measure"], chosen["group"], strict=True)
    return [
        labels.say("placement.named_group", by=labels.say(f"placement.share.{m}"), group=labels.group("arm", arm))
        for m, arm in pairs
    ]


def _gap_sentence(rows: pd.DataFrame, row: pd.Series, labels: Labels) -> tuple[str, rate_tables.EValues]:
    share = labels.say(f"placement.share.{row['measure']}")
    alone = {NO_INTERVAL["note"]: "alone", "too_few_groups": "few_groups"}.get(row["note"])
    untold = pd.isna(row["estimate"]) and pd.isna(row["possible_lower"])
    if untold or (pd.isna(row["lower"]) and alone is None):
        key = "undefined" if row["status"] == EXACT else "withheld"
        return labels.say(f"placement.arms.{key}", share=share), rate_tables.UNTOLD
    pair = labels.study.comparison
    one, two = (
        pick(rows, table="placement", scope=ALL, by="arm", group=arm, measure=row["measure"]).iloc[0]
        for arm in (pair.treated, pair.control)  # type: ignore[union-attr]
    )
    words = {
        "treated": labels.group("arm", one["group"]),
        "control": labels.group("arm", two["group"]),
        "one": labels.share(one),
        "two": labels.share(two),
        "points": rate_tables.points_of(row, labels),
    }
    counts = {
        f"{c[0]}{i}": labels.number(of[c[1]])
        for i, of in ((1, one), (2, two))
        for c in (("x", "count"), ("n", "answered"))
    }
    if pd.isna(row["lower"]):
        return labels.say(f"placement.arms.{alone}", share=share, **words, **counts), rate_tables.UNTOLD
    words["interval"] = labels.points_interval(row["lower"], row["upper"])
    said = [
        labels.say("placement.arms.rates", share=share, **words, **counts),
        labels.say(f"placement.arms.{rate_tables.side(row)}"),
    ]
    for table, key in (("arm_ratio", "ratio"), ("arm_adjusted_difference", "adjusted")):
        said += [
            _companion(other, key, labels)
            for _, other in pick(rows, table=table, measure=row["measure"]).iterrows()
            if pd.notna(other["lower"])
        ]
    place = {"table": "e_value", "measure": row["measure"], "by": "arm"}
    return " ".join(said), (value(rows, **place, group="point"), value(rows, **place, group="limit"))


def _companion(row: pd.Series, key: str, labels: Labels) -> str:
    if key == "ratio":
        interval = labels.interval(row["lower"], row["upper"])
        return labels.say("placement.arms.ratio", ratio=labels.decimal(row["estimate"]), interval=interval)
    interval = labels.points_interval(row["lower"], row["upper"])
    words = {"points": labels.points(row["estimate"]), "interval": interval, "p": labels.p(row["p"])}
    return labels.say("placement.arms.adjusted", **words)


def _gap_table(rows: pd.DataFrame, labels: Labels) -> Table:
    """Each difference by every method, with the p value where the method has a test."""
    gaps = rows[rows["table"].isin(("arm_difference", "arm_adjusted_difference")) & (rows["unit"] == "share")]
    gaps = _in_order(gaps)
    columns = [
        (
            Column(labels.say("placement.column.measure")),
            lambda row: labels.say(f"placement.measure.{row['measure']}"),
        ),
        (
            Column(labels.say("placement.column.way")),
            lambda row: labels.say(f"placement.way.{_way_of(row)}"),
        ),
        (Column(labels.say("placement.column.difference"), "points"), number("estimate")),
        *rate_tables.ends(labels, "points"),
        (Column(labels.say("placement.column.p"), "p"), number("p")),
    ]
    return labels.table(
        "placement-arm-differences",
        labels.say("placement.arm_differences"),
        gaps,
        columns,
        source=rate_tables.source(labels),
    )


def _way_of(row: pd.Series) -> str:
    if row["item"] == "newcombe" and ("clusters" in row["method_id"] or row["note"] == NO_INTERVAL["note"]):
        return "grouped"
    return {"newcombe": "newcombe", "miettinen-nurminen": "score", "": "adjusted"}[row["item"]]


def _means(rows: pd.DataFrame, labels: Labels) -> Part | None:
    gaps = pick(rows, table="arm_mean_difference")
    if gaps.empty:
        return None
    sentences = [" ".join(_mean_sentences(rows, row, labels)) for _, row in gaps.iterrows() if pd.notna(row["lower"])]
    means = pick(rows, table="arm_mean", item="mean")
    per_arm = [
        (Column(labels.say("placement.column.outcome")), lambda row: _variable(row["measure"], labels)),
        (Column(labels.say("column.group")), lambda row: labels.group("arm", row["group"])),
        (Column(labels.say("placement.column.n"), "integer"), number("answered")),
        (Column(labels.say("placement.column.mean"), "decimal"), number("estimate")),
        (Column(labels.say("placement.column.sd"), "decimal"), lambda row: _spread(rows, row)),
    ]
    both = rows[
        (rows["table"] == "arm_mean_difference") | ((rows["table"] == "arm_adjusted_difference") & (rows["unit"] == ""))
    ]
    compared = [
        (Column(labels.say("placement.column.outcome")), lambda row: _variable(row["measure"], labels)),
        (Column(labels.say("placement.column.way")), lambda row: labels.say(f"placement.way.{_way(row)}")),
        (Column(labels.say("placement.column.difference"), "decimal"), number("estimate")),
        *rate_tables.ends(labels, "decimal"),
        (Column(labels.say("placement.column.p"), "p"), number("p")),
        (Column(labels.say("placement.column.g"), "decimal"), _size),
    ]
    source = rate_tables.source(labels)
    blocks = [
        labels.table("placement-arm-means", labels.say("placement.arm_means"), means, per_arm, source=source),
        labels.table(
            "placement-arm-mean-differences",
            labels.say("placement.arm_mean_differences"),
            both,
            compared,
            source=source,
        ),
    ]
    return Part("placement-arm-means", labels.say("placement.means_heading"), sentences, blocks, level=3)


def _size(row: pd.Series) -> Value:
    """Hedges' g; an adjusted difference has none."""
    return number("effect")(row) if row["effect_measure"] == "Hedges g" else None


def _way(row: pd.Series) -> str:
    if row["table"] != "arm_mean_difference":
        return "adjusted"
    return "grouped" if "clusters" in row["method_id"] else "welch"


def _spread(rows: pd.DataFrame, row: pd.Series) -> float | None:
    return value(rows, table="arm_mean", item="sd", measure=row["measure"], group=row["group"])


def _mean_sentences(rows: pd.DataFrame, row: pd.Series, labels: Labels) -> list[str]:
    pair = labels.study.comparison
    arms = (pair.treated, pair.control)  # type: ignore[union-attr]
    one, two = (value(rows, table="arm_mean", item="mean", measure=row["measure"], group=arm) for arm in arms)
    said = labels.say(
        "placement.arms.means",
        outcome=_variable(row["measure"], labels),
        treated=labels.group("arm", arms[0]),
        control=labels.group("arm", arms[1]),
        one=_amount(one, labels),
        two=_amount(two, labels),
        **_difference_words(row, labels),
    )
    adjusted = pick(rows, table="arm_adjusted_difference", measure=row["measure"])
    adjusted = adjusted[adjusted["lower"].notna()]
    more = [
        labels.say("placement.arms.mean_adjusted", p=labels.p(a["p"]), **_difference_words(a, labels))
        for _, a in adjusted.iterrows()
    ]
    return [said, labels.say(f"placement.arms.{rate_tables.side(row)}"), *more]


def _difference_words(row: pd.Series, labels: Labels) -> dict[str, str]:
    lower, upper = (_amount(row[end], labels) for end in ("lower", "upper"))
    return {"difference": _amount(row["estimate"], labels), "interval": i18n.interval(lower, upper, labels.language)}


def _amount(value: float | None, labels: Labels) -> str:
    """A mean in words: large numbers without decimals."""
    return labels.decimal(value, 0 if value is not None and abs(value) >= 100 else 2)


def _variable(name: str, labels: Labels) -> str:
    """The name of a variable of the study file with its unit, or of a column of the register."""
    own = next((v for v in labels.study.variables if v.id == name), None)
    if own is None:
        return labels.say("placement.cell.age") if name == "age" else labels.by(name)
    if own.unit is None:
        return own.name(labels.language)
    return labels.say("placement.with_unit", name=own.name(labels.language), unit=own.unit(labels.language))


def _before(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """The balance table: how alike the arms were before."""
    gaps = pick(rows, table="arm_balance", group="")
    if gaps.empty:
        return None
    uneven = gaps[gaps["estimate"].notna() & (gaps["estimate"].abs() > IMBALANCE).fillna(False)]
    names = list(dict.fromkeys(_base_name(name, labels) for name in uneven["measure"]))
    said = "unbalanced" if names else "balanced"
    sentences = [
        labels.say(f"placement.arms.{said}", names=i18n.listing(names, labels.language)),
        labels.say("placement.explain.balance"),
    ]
    blocks = [
        _balance_table(rows, pick(gaps, unit=unit), kind, labels)
        for unit, kind in (("", "means"), ("share", "shares"))
        if len(pick(gaps, unit=unit))
    ]
    return Part("placement-balance", labels.say("placement.balance_heading"), sentences, blocks, level=3)


def _base_name(name: str, labels: Labels) -> str:
    shown = labels.say("placement.cell.age") if name == "age" else labels.by(name)
    return labels.inside(shown)


def _balance_table(rows: pd.DataFrame, gaps: pd.DataFrame, which: str, labels: Labels) -> Table:
    pair = labels.study.comparison
    kind: Kind = "percent" if which == "shares" else "decimal"
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(labels.say("placement.column.variable")), lambda row: _variable(row["measure"], labels))
    ]
    if which == "shares":
        columns.append((Column(labels.say("column.group")), lambda row: _level(row, labels)))
    for arm in (pair.treated, pair.control):  # type: ignore[union-attr]
        columns.append((Column(labels.group("arm", arm), kind), _in_arm(rows, arm)))
    columns.append((Column(labels.say("placement.column.gap"), "decimal"), number("estimate")))
    caption = labels.say(f"placement.balance_{which}")
    return labels.table(f"placement-balance-{which}", caption, gaps, columns, source=labels.source("participants"))


def _in_arm(rows: pd.DataFrame, arm: str) -> Callable[[pd.Series], Value]:
    return lambda row: value(rows, table="arm_balance", measure=row["measure"], item=row["item"], group=arm)


def _level(row: pd.Series, labels: Labels) -> str:
    return labels.group(row["measure"], row["item"]) if row["item"] else ""
