"""Stage 05: where people are after the project: placement rates, those who did not answer, benchmark, comparison group.

Every rate stands beside its Wilson interval, the worst and best case over those who did not answer, and a weighted
estimate where the study names response cells. A measure the study's follow-up cannot record has no rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator

import pandas as pd

from evaltools import comparison, disclosure, figures, nonresponse, rates, text
from evaltools.counts import ALL, PLACEMENT_MEASURES, TOTAL
from evaltools.estimates import Estimate, Test, finite
from evaltools.model import Study
from evaltools.present import Column, Figure, Kind, Part, Table, Value
from evaltools.results import WITHHELD, Book, pick, value
from evaltools.stages.base import Material, Reader, number, plain
from evaltools.tidy import ANY_GROUP, role_map

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
    for code, theirs in (
        material.tables["benchmark"].groupby("measure", sort=False)[["count", "total"]].sum().iterrows()
    ):
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
        book.statistic(
            "arm_mean_difference",
            variable,
            comparison.mean_difference(*one, *two),
            least=least,
            by="arm",
            **tested,
        )


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
        estimate = comparison.adjusted_difference(outcome[known].tolist(), treated[known].tolist(), covariates[known])
        method = f"{estimate.method}; adjusted for {', '.join(covariates.columns) or 'nothing'}"
        where = {"by": "arm", "unit": unit, "method": method}
        book.statistic("arm_adjusted_difference", measure, estimate, least=min(groups), **where)


def _outcomes(study: Study, frame: pd.DataFrame) -> Iterator[tuple[str, pd.Series, str]]:
    """Each outcome of the follow-up: its name, its values (missing where not known), its unit."""
    for measure in (m for m in _measures(study) if m in MAIN):
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


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """The parts: who answered, rates, groups, terms, benchmark, comparison group, what can be concluded."""
    if rows.empty:
        return []
    makers = (
        _asked,
        _rates,
        _target_groups,
        _backgrounds,
        _terms,
        _against,
        _arms_rates,
        _arms_means,
        _arms_before,
    )
    made = [part for make in makers if (part := make(rows, reader)) is not None]
    return [*made, _limits(rows, reader)]


def _asked(rows: pd.DataFrame, reader: Reader) -> Part:
    of_all = pick(rows, table="followup", scope=ALL).set_index("measure")
    count = {
        m: number("count")(of_all.loc[m]) for m in ("leavers", "invited", "answered", "unknown") if m in of_all.index
    }
    rate = number("estimate")(of_all.loc["answered"])
    sentences = []
    if reader.study.followup is not None:
        sentences.append(reader.say("placement.followup.when", when=reader.study.followup.when(reader.language)))
    if "leavers" in count:
        sentences.append(reader.say("placement.followup.leavers", n=count["leavers"]))
    sentences.append(_known(count, rate, reader))
    if "first_date" in of_all.index:
        first, last = (_day(of_all.loc[m, "date"], reader) for m in ("first_date", "last_date"))
        sentences.append(reader.say("placement.followup.days", first=first, last=last))
    low = rate is not None and rate < LOW_RESPONSE
    notes = [reader.say("placement.caution.response", rate=reader.percent(rate))] if low else []
    blocks: list[Table | Figure] = []
    if count["unknown"]:
        steps = [
            (reader.say(f"placement.step.{m}"), int(count[m])) for m in ("leavers", "invited", "answered") if m in count
        ]
        blocks.append(
            figures.flow(
                "placement-flow",
                reader.say("placement.flow"),
                steps,
                language=reader.language,
                source=_source(reader),
            )
        )
    return Part("placement-followup", reader.say("placement.heading"), sentences, blocks, notes)


def _known(count: dict[str, float | None], rate: float | None, reader: Reader) -> str:
    if not count["invited"]:
        return reader.say("placement.followup.nobody")
    words = {m: reader.number(count[m]) for m in ("invited", "answered", "unknown")}
    if not count["unknown"]:
        return reader.say("placement.followup.all_known", invited=words["invited"])
    words = words | {"rate": reader.percent(rate), "n": count["invited"]}
    return reader.say("placement.followup.asked", **words)


def _day(iso: str, reader: Reader) -> str:
    return text.date(dt.date.fromisoformat(iso), reader.language)


def _source(reader: Reader) -> str:
    return reader.source("participants", "followup")


# --- parts: rates ---


def _rates(rows: pd.DataFrame, reader: Reader) -> Part:
    total = pick(rows, table="placement", scope=ALL, by=TOTAL)
    sentences = []
    for _, row in total[total["measure"].isin(_told(rows))].iterrows():
        sentences += [" ".join(_rate_sentences(row, reader))]
    inside = pick(total, measure="employed_student")
    if len(inside) and pd.notna(inside["estimate"].iloc[0]):
        sentences.append(_rate_sentence(inside.iloc[0], reader))
    sentences += [reader.say("placement.explain.interval"), *_weights_explained(rows, reader)]
    labels = [reader.say(f"placement.measure.{m}") for m in total["measure"]]
    caption = reader.say("placement.situations")
    blocks: list[Table | Figure] = [
        _forest("placement-situations", caption, labels, total, reader, counted=False),
        _situations(rows, total, labels, caption, reader),
        _side_by_side(rows, total, reader),
    ]
    return Part("placement-rates", reader.say("placement.rates_heading"), sentences, blocks, _half(total, reader))


def _told(rows: pd.DataFrame) -> list[str]:
    """The main measures the rows have; further study is told once where nobody can be seen to work and study."""
    present = set(pick(rows, table="placement")["measure"])
    return [m for m in MAIN if m in present and (m != "student_any" or "employed_student" in present)]


def _rate_sentences(row: pd.Series, reader: Reader) -> list[str]:
    """The rate with its interval; then, where some are unknown, the bounds and the weighted estimate."""
    share = reader.say(f"placement.share.{row['measure']}")
    if pd.isna(row["estimate"]):
        return [reader.say("placement.rate." + ("withheld" if row["status"] == WITHHELD else "nobody"), share=share)]
    said = [_rate_sentence(row, reader)]
    if row["bound_lower"] < row["bound_upper"]:
        ends = {end: reader.percent(row[f"bound_{end}"]) for end in ("lower", "upper")}
        said.append(reader.say("placement.rate.bounds", invited=reader.number(row["invited"]), **ends))
    if pd.notna(row["weighted"]):
        interval = _range(row["weighted_lower"], row["weighted_upper"], reader)
        said.append(reader.say("placement.rate.weighted", share=reader.percent(row["weighted"]), interval=interval))
    return said


def _rate_sentence(row: pd.Series, reader: Reader) -> str:
    words = {"count": reader.number(row["count"]), "answered": reader.number(row["answered"])}
    interval = _range(row["lower"], row["upper"], reader)
    return reader.say(
        f"placement.rate.{row['measure']}", share=reader.percent(row["estimate"]), interval=interval, **words
    )


def _range(lower: float, upper: float, reader: Reader) -> str:
    """An interval of shares, the per cent sign once."""
    return text.interval(reader.decimal(lower * 100, 1), reader.percent(upper))


def _weights_explained(rows: pd.DataFrame, reader: Reader) -> list[str]:
    cells = value(rows, table="weighting", measure="cells")
    shown = pick(rows, table="placement", scope=ALL, by=TOTAL)["weighted"].notna().any()
    if cells is None or not shown or reader.study.followup is None:
        return []
    names = [
        reader.say("placement.cell.outcome") if v == "outcome" else reader.by(v).lower()
        for v in reader.study.followup.weight_by
    ]
    variables = text.listing(names, reader.language)
    said = [reader.say("placement.explain.weights", variables=variables, cells=reader.number(cells))]
    empty = value(rows, table="weighting", measure="empty_cells")
    return said + ([reader.say("placement.explain.empty", empty=reader.number(empty))] if empty else [])


def _half(total: pd.DataFrame, reader: Reader) -> list[str]:
    """Whether the silent could turn a majority of employed into a minority."""
    employed = pick(total, measure="employed")
    unclear = employed[(employed["bound_lower"] < HALF).fillna(False) & (employed["bound_upper"] > HALF).fillna(False)]
    return [
        reader.say(
            "placement.caution.half",
            lower=reader.decimal(row["bound_lower"] * 100, 1),
            upper=reader.percent(row["bound_upper"]),
        )
        for _, row in unclear.iterrows()
    ]


def _forest(
    id: str, caption: str, labels: list[str], chosen: pd.DataFrame, reader: Reader, counted: bool = True
) -> Figure:
    """Rates with interval and worst/best case; ``counted`` prints how many answered."""
    ends = zip(plain(chosen["bound_lower"]), plain(chosen["bound_upper"]), strict=True)
    return figures.forest(
        id,
        caption,
        labels,
        *(plain(chosen[c]) for c in ("estimate", "lower", "upper")),
        n=[None if n is None else int(n) for n in plain(chosen["answered"])] if counted else None,
        bounds=list(ends) if (chosen["bound_lower"] < chosen["bound_upper"]).any() else None,
        language=reader.language,
        source=_source(reader),
    )


def _situations(rows: pd.DataFrame, total: pd.DataFrame, labels: list[str], caption: str, reader: Reader) -> Table:
    """Each situation with its count, and those whose situation is not known."""
    named = iter(labels)
    columns = [
        (Column(reader.say("placement.column.measure")), lambda row: next(named)),
        (Column(reader.say("column.persons"), "integer"), number("count")),
        (Column(reader.say("placement.column.share"), "percent"), number("estimate")),
        *_ends(reader, "percent"),
    ]
    table = reader.table("placement-situation", caption, total, columns, source=_source(reader))
    unknown = value(rows, "count", table="followup", measure="unknown", scope=ALL)
    rest: list[Value] = [None] * (len(columns) - 2)
    return dataclasses.replace(table, rows=[*table.rows, [reader.say("placement.measure.unknown"), unknown, *rest]])


def _ends(reader: Reader, kind: Kind) -> list[tuple[Column, Callable[[pd.Series], Value]]]:
    return [(Column(reader.say(f"column.{end}"), kind), number(end)) for end in ("lower", "upper")]


def _side_by_side(rows: pd.DataFrame, total: pd.DataFrame, reader: Reader) -> Table:
    """Complete case, weighted, bounds, and bounds with random variation: one under the other for each main rate."""
    lines: list[list[Value]] = []
    for measure in _told(rows):
        name = reader.say(f"placement.measure.{measure}")
        row = pick(total, measure=measure).iloc[0]
        wide = pick(rows, table="imbens_manski", scope=ALL, by=TOTAL, measure=measure).iloc[0]
        ways = [
            ("complete", row, "estimate", "lower", "upper"),
            ("bounds", row, "", "bound_lower", "bound_upper"),
        ]
        if pd.notna(row["weighted"]):
            ways.insert(1, ("weighted", row, "weighted", "weighted_lower", "weighted_upper"))
        for way, of, *numbers in [*ways, ("both", wide, "", "lower", "upper")]:
            lines.append([name, reader.say(f"placement.way.{way}"), *(number(c)(of) if c else None for c in numbers)])
    columns = [
        Column(reader.say("placement.column.measure")),
        Column(reader.say("placement.column.way")),
        Column(reader.say("column.share"), "percent"),
        Column(reader.say("placement.column.range_lower"), "percent"),
        Column(reader.say("placement.column.range_upper"), "percent"),
    ]
    return Table(
        "placement-side-by-side",
        reader.say("placement.side_by_side"),
        columns,
        lines,
        reader.language,
        [],
        _source(reader),
    )


# --- parts: groups and terms ---


def _target_groups(rows: pd.DataFrame, reader: Reader) -> Part | None:
    groups = pick(rows, table="placement", scope=ALL, by="target_group")
    if groups.empty:
        return None
    sentences, blocks = [], []
    for measure in _compared(rows):
        chosen = pick(groups, measure=measure)
        share = reader.say(f"placement.share.{measure}")
        caption = reader.say("placement.by_group", share=share)
        labels = [reader.group("target_group", g) for g in chosen["group"]]
        blocks += [
            _forest(f"placement-groups-{measure}", caption, labels, chosen, reader),
            _rate_table(
                f"placement-groups-{measure}-table",
                caption,
                labels,
                reader.by("target_group"),
                chosen,
                reader,
            ),
        ]
        sentences += _extremes(chosen[chosen["group"] != ANY_GROUP], share, reader)
    notes = [reader.say("placement.caution.groups")]
    return Part("placement-target-groups", reader.say("placement.target_heading"), sentences, blocks, notes)


def _compared(rows: pd.DataFrame) -> list[str]:
    """Employment, and further study in its widest recorded sense."""
    told = _told(rows)
    return [m for m in told if m == "employed" or m == told[-1]]


def _extremes(chosen: pd.DataFrame, share: str, reader: Reader) -> list[str]:
    """The groups with the highest and lowest rate, and whether their intervals are apart."""
    known = chosen[chosen["estimate"].notna()].sort_values("estimate", kind="stable")
    if len(known) < 2:
        return []
    low, high = known.iloc[0], known.iloc[-1]
    key = "apart" if low["upper"] < high["lower"] else "overlap"
    words = {"most": reader.percent(high["estimate"]), "least": reader.percent(low["estimate"])}
    names = {"highest": reader.target_group(high["group"]), "lowest": reader.target_group(low["group"])}
    return [reader.say(f"placement.groups.{key}", share=share, **names, **words)]


def _rate_table(id: str, caption: str, labels: list[str], heading: str, chosen: pd.DataFrame, reader: Reader) -> Table:
    """Rates with all that belongs to them, one line a group."""
    named = iter(labels)
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(heading), lambda row: next(named)),
        (Column(reader.say("column.invited"), "integer"), number("invited")),
        (Column(reader.say("column.answered"), "integer"), number("answered")),
        (Column(reader.say("column.response_rate"), "percent"), number("response_rate")),
        (Column(reader.say("placement.column.share"), "percent"), number("estimate")),
        *_ends(reader, "percent"),
    ]
    if chosen["weighted"].notna().any():
        columns.append((Column(reader.say("placement.column.weighted"), "percent"), number("weighted")))
    columns += [(Column(reader.say(f"column.{c}"), "percent"), number(c)) for c in ("bound_lower", "bound_upper")]
    return reader.table(id, caption, chosen, columns, source=_source(reader))


def _backgrounds(rows: pd.DataFrame, reader: Reader) -> Part | None:
    chosen = pick(rows, table="placement", scope=ALL)
    chosen = pd.concat([pick(chosen, by=by) for by in BACKGROUND])
    if chosen.empty:
        return None
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        of = pick(chosen, measure=measure)
        caption = reader.say("placement.by_background", share=reader.say(f"placement.share.{measure}"))
        labels = [
            reader.say("placement.named_group", by=reader.by(by), group=reader.group(by, group))
            for by, group in zip(of["by"], of["group"], strict=True)
        ]
        blocks.append(
            _rate_table(f"placement-background-{measure}", caption, labels, reader.say("column.group"), of, reader)
        )
    notes = [reader.say("placement.caution.background")]
    return Part("placement-background", reader.say("placement.background_heading"), [], blocks, notes)


def _terms(rows: pd.DataFrame, reader: Reader) -> Part | None:
    chosen = pick(rows, table="placement", by=TOTAL)
    chosen = chosen[(chosen["scope"] != ALL) & (chosen["invited"] > 0)]
    if chosen.empty:
        return None
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        of = pick(chosen, measure=measure)
        caption = reader.say("placement.by_term", share=reader.say(f"placement.share.{measure}"))
        labels = [reader.scope(scope) for scope in of["scope"]]
        if measure == "employed":
            blocks.append(_forest("placement-terms", caption, labels, of, reader))
        blocks.append(_rate_table(f"placement-terms-{measure}", caption, labels, reader.by("term"), of, reader))
    return Part(
        "placement-terms",
        reader.say("placement.term_heading"),
        [reader.say("placement.caution.term")],
        blocks,
    )


# --- parts: benchmark ---


def _against(rows: pd.DataFrame, reader: Reader) -> Part | None:
    gaps = pick(rows, table="benchmark", group="difference")
    if gaps.empty:
        return None
    sentences = [_against_sentence(rows, row, reader) for _, row in gaps.iterrows() if pd.notna(row["estimate"])]
    columns = [
        (
            Column(reader.say("placement.column.measure")),
            lambda row: reader.say(f"placement.measure.{row['measure']}"),
        ),
        (Column(reader.say("placement.column.share"), "percent"), lambda row: _ours(rows, row["measure"])),
        (Column(reader.say("placement.column.benchmark"), "percent"), lambda row: _theirs(rows, row)),
        (Column(reader.say("placement.column.difference"), "points"), number("estimate")),
        *_ends(reader, "points"),
        *((Column(reader.say(f"column.{c}"), "points"), number(c)) for c in ("bound_lower", "bound_upper")),
    ]
    caption = reader.say("placement.benchmark_table")
    table = reader.table("placement-benchmark", caption, gaps, columns, source=reader.source("followup", "benchmark"))
    about = reader.study.benchmark
    if about is not None:
        words = {"name": about.name(reader.language), "source": about.source(reader.language)}
        sentences.insert(
            0,
            reader.say("placement.benchmark.source", date=text.date(about.retrieved, reader.language), **words),
        )
    notes = [reader.say("placement.benchmark.not_comparison")]
    return Part("placement-benchmark", reader.say("placement.benchmark_heading"), sentences, [table], notes)


def _ours(rows: pd.DataFrame, measure: str) -> float | None:
    return value(rows, table="placement", scope=ALL, by=TOTAL, measure=measure)


def _theirs(rows: pd.DataFrame, row: pd.Series) -> float | None:
    return value(rows, table="benchmark", group="benchmark", item=row["item"])


def _against_sentence(rows: pd.DataFrame, row: pd.Series, reader: Reader) -> str:
    """Above, below or not told apart; and whether those who did not answer could turn it round."""
    side = _side(row)
    said = reader.say(
        f"placement.benchmark.{side}",
        share=reader.say(f"placement.share.{row['measure']}"),
        ours=reader.percent(_ours(rows, row["measure"])),
        theirs=reader.percent(_theirs(rows, row)),
        points=_points(row["estimate"], reader),
        interval=_points_range(row["lower"], row["upper"], reader),
    )
    if side != "even" and row["bound_lower"] < 0 < row["bound_upper"]:
        ends = {end: _points(row[f"bound_{end}"], reader) for end in ("lower", "upper")}
        said += " " + reader.say("placement.benchmark.unsure", **ends)
    return said


def _side(row: pd.Series) -> str:
    """Where the interval lies: above zero, below it, or on both sides."""
    return "above" if row["lower"] > 0 else "below" if row["upper"] < 0 else "even"


def _points(share: float, reader: Reader) -> str:
    return reader.say("html.points", number=_signed(share, reader))


def _signed(share: float, reader: Reader) -> str:
    shown = reader.decimal(share * 100, 1)
    return "+" + shown if share > 0 and any(c in "123456789" for c in shown) else shown


def _points_range(lower: float, upper: float, reader: Reader) -> str:
    return text.interval(_signed(lower, reader), _points(upper, reader))


# --- parts: comparison group ---


def _arms_rates(rows: pd.DataFrame, reader: Reader) -> Part | None:
    gaps = pick(rows, table="arm_difference", item="newcombe")
    if gaps.empty:
        return None
    told = gaps[gaps["measure"].isin(_told(rows))]
    sentences = [" ".join(_gap_sentences(rows, row, reader)) for _, row in told.iterrows()]
    sentences.append(reader.say("placement.explain.difference"))
    of_arms = pick(rows, table="placement", scope=ALL, by="arm")
    labels = [
        reader.say(
            "placement.named_group",
            by=reader.say(f"placement.measure.{m}").lstrip("– "),
            group=reader.group("arm", arm),
        )
        for m, arm in zip(of_arms["measure"], of_arms["group"], strict=True)
    ]
    caption = reader.say("placement.arm_rates")
    heading = reader.say("column.group")
    blocks = [
        _forest("placement-arms", caption, labels, of_arms, reader),
        _rate_table("placement-arm-rates", caption, labels, heading, of_arms, reader),
        _gap_table(rows, reader),
    ]
    return Part("placement-arms", reader.say("placement.arms_heading"), sentences, blocks)


def _gap_sentences(rows: pd.DataFrame, row: pd.Series, reader: Reader) -> list[str]:
    share = reader.say(f"placement.share.{row['measure']}")
    if pd.isna(row["lower"]):
        return [reader.say("placement.arms.undefined", share=share)]
    pair = reader.study.comparison
    one, two = (
        pick(rows, table="placement", scope=ALL, by="arm", group=arm, measure=row["measure"]).iloc[0]
        for arm in (pair.treated, pair.control)  # type: ignore[union-attr]
    )
    words = {
        "treated": reader.group("arm", one["group"]),
        "control": reader.group("arm", two["group"]),
        "one": reader.percent(one["estimate"]),
        "two": reader.percent(two["estimate"]),
        "points": _points(row["estimate"], reader),
        "interval": _points_range(row["lower"], row["upper"], reader),
    }
    counts = {
        f"{c[0]}{i}": reader.number(of[c[1]])
        for i, of in ((1, one), (2, two))
        for c in (("x", "count"), ("n", "answered"))
    }
    said = [
        reader.say("placement.arms.rates", share=share, **words, **counts),
        reader.say(f"placement.arms.{_side(row)}"),
    ]
    for table, key in (("arm_ratio", "ratio"), ("arm_adjusted_difference", "adjusted")):
        said += [
            _companion(other, key, reader)
            for _, other in pick(rows, table=table, measure=row["measure"]).iterrows()
            if pd.notna(other["lower"])
        ]
    return said


def _companion(row: pd.Series, key: str, reader: Reader) -> str:
    if key == "ratio":
        interval = text.interval(reader.decimal(row["lower"]), reader.decimal(row["upper"]))
        return reader.say("placement.arms.ratio", ratio=reader.decimal(row["estimate"]), interval=interval)
    interval = _points_range(row["lower"], row["upper"], reader)
    return reader.say("placement.arms.adjusted", points=_points(row["estimate"], reader), interval=interval)


def _gap_table(rows: pd.DataFrame, reader: Reader) -> Table:
    """Each difference by every method, with the p value where the method has a test."""
    ways = {"newcombe": "newcombe", "miettinen-nurminen": "score", "": "adjusted"}
    gaps = rows[rows["table"].isin(("arm_difference", "arm_adjusted_difference")) & (rows["unit"] == "share")]
    order = {m: i for i, m in enumerate(PLACEMENT_MEASURES)}
    gaps = gaps.sort_values("measure", key=lambda c: c.map(order), kind="stable")
    columns = [
        (
            Column(reader.say("placement.column.measure")),
            lambda row: reader.say(f"placement.measure.{row['measure']}"),
        ),
        (
            Column(reader.say("placement.column.way")),
            lambda row: reader.say(f"placement.way.{ways[row['item']]}"),
        ),
        (Column(reader.say("placement.column.difference"), "points"), number("estimate")),
        *_ends(reader, "points"),
        (Column(reader.say("placement.column.p"), "p"), number("p")),
    ]
    return reader.table(
        "placement-arm-differences",
        reader.say("placement.arm_differences"),
        gaps,
        columns,
        source=_source(reader),
    )


def _arms_means(rows: pd.DataFrame, reader: Reader) -> Part | None:
    gaps = pick(rows, table="arm_mean_difference")
    if gaps.empty:
        return None
    sentences = [" ".join(_mean_sentences(rows, row, reader)) for _, row in gaps.iterrows() if pd.notna(row["lower"])]
    means = pick(rows, table="arm_mean", item="mean")
    per_arm = [
        (Column(reader.say("placement.column.outcome")), lambda row: _variable(row["measure"], reader)),
        (Column(reader.by("arm")), lambda row: reader.group("arm", row["group"])),
        (Column(reader.say("placement.column.n"), "integer"), number("answered")),
        (Column(reader.say("placement.column.mean"), "decimal"), number("estimate")),
        (Column(reader.say("placement.column.sd"), "decimal"), lambda row: _spread(rows, row)),
    ]
    both = rows[
        (rows["table"] == "arm_mean_difference") | ((rows["table"] == "arm_adjusted_difference") & (rows["unit"] == ""))
    ]
    compared = [
        (Column(reader.say("placement.column.outcome")), lambda row: _variable(row["measure"], reader)),
        (Column(reader.say("placement.column.way")), lambda row: reader.say(f"placement.way.{_way(row)}")),
        (Column(reader.say("placement.column.difference"), "decimal"), number("estimate")),
        *_ends(reader, "decimal"),
        (Column(reader.say("placement.column.p"), "p"), number("p")),
        (Column(reader.say("placement.column.g"), "decimal"), number("effect")),
    ]
    source = _source(reader)
    blocks = [
        reader.table("placement-arm-means", reader.say("placement.arm_means"), means, per_arm, source=source),
        reader.table(
            "placement-arm-mean-differences",
            reader.say("placement.arm_mean_differences"),
            both,
            compared,
            source=source,
        ),
    ]
    return Part("placement-arm-means", reader.say("placement.means_heading"), sentences, blocks, level=3)


def _way(row: pd.Series) -> str:
    return "welch" if row["table"] == "arm_mean_difference" else "adjusted"


def _spread(rows: pd.DataFrame, row: pd.Series) -> float | None:
    return value(rows, table="arm_mean", item="sd", measure=row["measure"], group=row["group"])


def _mean_sentences(rows: pd.DataFrame, row: pd.Series, reader: Reader) -> list[str]:
    pair = reader.study.comparison
    arms = (pair.treated, pair.control)  # type: ignore[union-attr]
    one, two = (value(rows, table="arm_mean", item="mean", measure=row["measure"], group=arm) for arm in arms)
    said = reader.say(
        "placement.arms.means",
        outcome=_variable(row["measure"], reader),
        treated=reader.group("arm", arms[0]),
        control=reader.group("arm", arms[1]),
        one=_amount(one, reader),
        two=_amount(two, reader),
        **_difference_words(row, reader),
    )
    adjusted = pick(rows, table="arm_adjusted_difference", measure=row["measure"])
    adjusted = adjusted[adjusted["lower"].notna()]
    more = [reader.say("placement.arms.mean_adjusted", **_difference_words(a, reader)) for _, a in adjusted.iterrows()]
    return [said, reader.say(f"placement.arms.{_side(row)}"), *more]


def _difference_words(row: pd.Series, reader: Reader) -> dict[str, str]:
    ends = (_amount(row[end], reader) for end in ("lower", "upper"))
    return {"difference": _amount(row["estimate"], reader), "interval": text.interval(*ends)}


def _amount(value: float | None, reader: Reader) -> str:
    """A mean in words: large numbers without decimals."""
    return reader.decimal(value, 0 if value is not None and abs(value) >= 100 else 2)


def _variable(name: str, reader: Reader) -> str:
    """The name of a variable of the study file with its unit, or of a column of the register."""
    own = next((v for v in reader.study.variables if v.id == name), None)
    if own is None:
        return reader.say("placement.cell.age") if name == "age" else reader.by(name)
    if own.unit is None:
        return own.name(reader.language)
    return reader.say("placement.with_unit", name=own.name(reader.language), unit=own.unit(reader.language))


def _arms_before(rows: pd.DataFrame, reader: Reader) -> Part | None:
    """The balance table: how alike the arms were before."""
    gaps = pick(rows, table="arm_balance", group="")
    if gaps.empty:
        return None
    uneven = gaps[gaps["estimate"].notna() & (gaps["estimate"].abs() > IMBALANCE).fillna(False)]
    names = list(dict.fromkeys(_plain_name(name, reader) for name in uneven["measure"]))
    said = "unbalanced" if names else "balanced"
    sentences = [
        reader.say(f"placement.arms.{said}", names=text.listing(names, reader.language)),
        reader.say("placement.explain.balance"),
    ]
    blocks = [
        _balance_table(rows, pick(gaps, unit=unit), kind, reader)
        for unit, kind in (("", "means"), ("share", "shares"))
        if len(pick(gaps, unit=unit))
    ]
    return Part("placement-balance", reader.say("placement.balance_heading"), sentences, blocks, level=3)


def _plain_name(name: str, reader: Reader) -> str:
    own = next((v for v in reader.study.variables if v.id == name), None)
    shown = own.name(reader.language) if own else _variable(name, reader)
    return shown[:1].lower() + shown[1:]


def _balance_table(rows: pd.DataFrame, gaps: pd.DataFrame, which: str, reader: Reader) -> Table:
    pair = reader.study.comparison
    kind: Kind = "percent" if which == "shares" else "decimal"
    columns: list[tuple[Column, Callable[[pd.Series], Value]]] = [
        (Column(reader.say("placement.column.variable")), lambda row: _level(row, reader))
    ]
    for arm in (pair.treated, pair.control):  # type: ignore[union-attr]
        columns.append((Column(reader.group("arm", arm), kind), _in_arm(rows, arm)))
    columns.append((Column(reader.say("placement.column.gap"), "decimal"), number("estimate")))
    caption = reader.say(f"placement.balance_{which}")
    return reader.table(f"placement-balance-{which}", caption, gaps, columns, source=reader.source("participants"))


def _in_arm(rows: pd.DataFrame, arm: str) -> Callable[[pd.Series], Value]:
    return lambda row: value(rows, table="arm_balance", measure=row["measure"], item=row["item"], group=arm)


def _level(row: pd.Series, reader: Reader) -> str:
    name = _variable(row["measure"], reader)
    if not row["item"]:
        return name
    own = next((v for v in reader.study.variables if v.id == row["measure"]), None)
    level = reader.study.code_name(own.codes if own else row["measure"], row["item"], reader.language)
    return reader.say("placement.named_group", by=name, group=level)


# --- parts: conclusions ---


def _limits(rows: pd.DataFrame, reader: Reader) -> Part:
    """What these figures can and cannot tell."""
    unknown = value(rows, "count", table="followup", measure="unknown", scope=ALL)
    sentences = [reader.say("placement.limits.complete" if unknown else "placement.limits.everyone")]
    if pick(rows, table="placement", scope=ALL)["weighted"].notna().any():
        sentences.append(reader.say("placement.limits.weighted"))
    sentences.append(reader.say("placement.limits.once"))
    compared = len(pick(rows, table="arm_difference")) > 0
    note = reader.say("placement.limits.comparison" if compared else "placement.limits.no_comparison")
    return Part("placement-limits", reader.say("placement.limits_heading"), sentences, [], [note])
