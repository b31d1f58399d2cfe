"""Placement beside a published benchmark: as it is, at the make-up of those who answered, and what could hide there."""

from __future__ import annotations

import math

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.counts.placement import MAKEUP, benchmark_totals
from evaltools.ingest.tidy import role_map
from evaltools.report.document import Column, Part, Table, Value
from evaltools.results.records import EXACT, WITHHELD, ResultSet, pick, value
from evaltools.sections import rate_tables
from evaltools.sections.material import Labels, Material, as_int, is_disclosed, number, within
from evaltools.statistics import e_value, proportions, ranges
from evaltools.statistics.types import Estimate

COUNTS = ("count", "answered", "invited")


# --- rows ---


def rows(material: Material, results: ResultSet, placement: pd.DataFrame) -> None:
    """The benchmark's own rates; ours less them, as they are and at our make-up; how strong an unseen difference is.

    The make-up of those who answered is of persons as they are, so a protected edition does not standardise.
    """
    if "benchmark" not in material.tables:
        return
    _crude(material, results, placement)
    if "benchmark_cells" in material.exact and not results.protected:
        _standardised(material, results)


def _crude(material: Material, results: ResultSet, placement: pd.DataFrame) -> None:
    roles = role_map(material.study.codes["benchmark_measure"])
    days = {benchmark.id: benchmark.retrieved.isoformat() for benchmark in material.study.benchmarks}
    of_all = pick(placement, scope=ALL, by=TOTAL).set_index("measure")
    whole = [r for r in results.rows if r["table"] == "placement" and r["scope"] == ALL and r["by"] == TOTAL]
    hidden = {r["measure"] for r in whole if r["status"] == WITHHELD}
    for theirs in benchmark_totals(material.tables["benchmark"]).rename(columns={"count": "count_"}).itertuples():
        measure, total = roles[theirs.measure], as_int(theirs.total)
        if not total or measure not in of_all.index:
            continue
        rate = theirs.count_ / total
        where = {"item": theirs.measure, "by2": "benchmark", "group2": theirs.benchmark}
        counts = {"count": int(theirs.count_), "answered": total, "invited": total}
        day = days.get(theirs.benchmark, "")
        results.amount("benchmark", measure, rate, "share", group="benchmark", date=day, **counts, **where)
        ours = of_all.loc[measure]
        x, answered, invited = as_int(ours["count"]), as_int(ours["answered"]), as_int(ours["invited"])
        if not is_disclosed(x, answered, invited) or measure in hidden:
            continue
        spans = results.spans((x, answered, invited), within(ours, *COUNTS))
        worst, best = ranges.bounds(*spans)
        results.derived(
            "benchmark",
            measure,
            lambda x, n, rate=rate, total=total: proportions.against_benchmark(x, n, rate, total),
            *spans[:2],
            answered=answered,
            invited=invited,
            group="difference",
            **where,
            unit="share",
            **_outward(results, worst - rate, best - rate),
        )
        if results.rows[-1]["status"] == EXACT:
            _e_values(results, rate, proportions.against_benchmark(x, answered, rate, total))


def _outward(results: ResultSet, worst: float, best: float) -> dict[str, float]:
    ends = ranges.outward(worst, best) if results.protected else (worst, best)
    return dict(zip(("bound_lower", "bound_upper"), ends, strict=True))


def _standardised(material: Material, results: ResultSet) -> None:
    """Our rate less what the benchmark's would be, had it the make-up of those of ours who stand in its cells."""
    roles = role_map(material.study.codes["benchmark_measure"])
    cells = material.exact["benchmark_cells"]
    for (benchmark, item), of in cells.groupby(["benchmark", "item"], sort=False):
        n, x = int(of["answered"].sum()), int(of["count"].sum())
        if not n:
            continue
        rate = float((of["answered"] * of["rate"]).sum() / n)
        where = {"item": item, "by2": "benchmark", "group2": benchmark}
        results.amount("benchmark", roles[item], rate, "share", group="standardised", answered=n, **where)
        found = proportions.against_benchmark(x, n, rate)
        method = f"{found.method}; directly standardised by {' x '.join(of['by'].iloc[0].split('|'))}"
        results.statistic(
            "benchmark", roles[item], found, group="standardised_difference", unit="share", method=method, **where
        )
        _e_values(results, rate, found)


def _e_values(results: ResultSet, rate: float, difference: Estimate) -> None:
    """E-values of the difference in the last row, if it is clear: of the estimate, and of the limit nearest to none.

    They are of the limits as they are: from those that a protected edition moves outward another number would follow.
    """
    row = results.rows[-1]
    lower, upper = row.get("lower"), row.get("upper")
    if lower is None or upper is None or lower <= 0 <= upper or not rate:
        return
    estimate, low, high = (
        max(0.0, (rate + (end or 0.0)) / rate) for end in (difference.estimate, difference.lower, difference.upper)
    )
    where = {key: row[key] for key in ("item", "group", "by2", "group2")}
    for by, found in (("limit", e_value.e_value_of_limit(low, high)), ("point", e_value.e_value(estimate))):
        if math.isfinite(found):
            results.amount("e_value", row["measure"], found, by=by, **where)


# --- parts ---


def part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Each rate beside the benchmark's: as it is, at the make-up of those who answered, and how sure that is."""
    gaps = pick(rows, table="benchmark", group="difference")
    if gaps.empty:
        return None
    several = gaps["group2"].nunique() > 1
    known = gaps.dropna(subset=["lower"])
    found = [_sentence(rows, row, labels) for _, row in known.iterrows()]
    sentences = rate_tables.with_e_values(found, labels)
    columns = [
        (
            Column(labels.say("placement.column.measure")),
            lambda row: labels.say(f"placement.measure.{row['measure']}"),
        ),
        (Column(labels.say("placement.column.share"), "percent"), lambda row: _ours(rows, row["measure"], labels)),
        (Column(labels.say("placement.column.benchmark"), "percent"), lambda row: _theirs(rows, row)),
        (Column(labels.say("placement.column.difference"), "points"), number("estimate")),
        *rate_tables.ends(labels, "points"),
        (Column(labels.say("column.bound_lower"), "points", span=labels.say("column.bounds")), number("bound_lower")),
        (Column(labels.say("column.bound_upper"), "points"), number("bound_upper")),
    ]
    caption = labels.say("placement.benchmark_table")
    table = labels.table("placement-benchmark", caption, gaps, columns, source=labels.source("followup", "benchmark"))
    if several:
        names = [labels.group("benchmark", group) for group in gaps["group2"]]
        table = rate_tables.within(table, labels.say("placement.column.benchmark"), names)
    fair = pick(rows, table="benchmark", group="standardised_difference")
    blocks = [table, *([_standardised_table(rows, fair, labels)] if len(fair) else [])]
    summary = [said for said, (_, row) in zip(sentences, known.iterrows(), strict=True) if row["measure"] == "employed"]
    for about in (about for about in labels.study.benchmarks if about.id in set(gaps["group2"])):
        words = {"name": about.called(labels.language), "source": about.source(labels.language)}
        date = i18n.date(about.retrieved, labels.language)
        sentences.append(labels.say("placement.benchmark.source", date=date, **words))
    sentences.append(labels.say(f"placement.benchmark.{_estimand(rows, labels)}"))
    notes = [labels.say("placement.benchmark.not_comparison")]
    return Part(
        "placement-benchmark", labels.say("placement.benchmark_heading"), sentences, blocks, notes, summary=summary
    )


def _standardised_table(rows: pd.DataFrame, fair: pd.DataFrame, labels: Labels) -> Table:
    def theirs(row: pd.Series) -> float | None:
        return value(rows, table="benchmark", group="standardised", item=row["item"], group2=row["group2"])

    def ours(row: pd.Series) -> float | None:
        rate = theirs(row)
        return None if rate is None else rate + row["estimate"]

    columns = [
        (Column(labels.say("placement.column.benchmark")), lambda row: labels.group("benchmark", row["group2"])),
        (
            Column(labels.say("placement.column.measure")),
            lambda row: labels.say(f"placement.measure.{row['measure']}"),
        ),
        (Column(labels.say("placement.column.answered"), "integer"), number("answered")),
        (Column(labels.say("placement.column.share"), "percent"), ours),
        (Column(labels.say("placement.column.standardised"), "percent"), theirs),
        (Column(labels.say("placement.column.difference"), "points"), number("estimate")),
        *rate_tables.ends(labels, "points"),
    ]
    caption = labels.say("placement.standardised_table", names=_makeup(fair.iloc[0], labels))
    source = labels.source("followup", "benchmark")
    return labels.table("placement-benchmark-standardised", caption, fair, columns, source=source)


def _estimand(rows: pd.DataFrame, labels: Labels) -> str:
    """Whether the benchmark is also at our make-up, only as it is, or at it in the internal report only."""
    if len(pick(rows, table="benchmark", group="standardised")):
        return "estimand_standardised"
    made_up = any(labels.study.gives("benchmark", column) for column in MAKEUP)
    return "estimand_internal" if made_up else "estimand"


def _ours(rows: pd.DataFrame, measure: str, labels: Labels) -> Value:
    return labels.share_of(pick(rows, table="placement", scope=ALL, by=TOTAL, measure=measure).iloc[0])


def _theirs(rows: pd.DataFrame, row: pd.Series) -> float | None:
    return value(rows, table="benchmark", group="benchmark", item=row["item"], group2=row["group2"])


def _sentence(rows: pd.DataFrame, row: pd.Series, labels: Labels) -> tuple[str, rate_tables.EValues]:
    """Above, below or not told apart, and whether those who did not answer could turn it round; and the E-values."""
    side = rate_tables.side(row)
    said = labels.say(
        f"placement.benchmark.{side}",
        share=labels.say(f"placement.share.{row['measure']}"),
        ours=labels.share(pick(rows, table="placement", scope=ALL, by=TOTAL, measure=row["measure"]).iloc[0]),
        theirs=labels.percent(_theirs(rows, row)),
        points=rate_tables.points_of(row, labels),
        interval=labels.points_interval(row["lower"], row["upper"]),
    )
    if len(labels.study.benchmarks) > 1:
        said = f"{labels.group('benchmark', row['group2'])}: {said}"
    if side in ("above", "below") and row["status"] == EXACT and row["bound_lower"] < 0 < row["bound_upper"]:
        possible = labels.points_interval(row["bound_lower"], row["bound_upper"])
        said += " " + labels.say("placement.benchmark.unsure", interval=possible)
    like = pick(rows, table="benchmark", group="standardised_difference", item=row["item"], group2=row["group2"])
    more = [_standardised_sentence(rows, each, labels) for _, each in like.dropna(subset=["lower"]).iterrows()]
    return " ".join([said, *more]), _unseen(rows, like.iloc[0] if more else row)


def _standardised_sentence(rows: pd.DataFrame, row: pd.Series, labels: Labels) -> str:
    """Against the benchmark at the make-up of our own, of those who stand in its cells."""
    rate = pick(rows, table="benchmark", item=row["item"], group2=row["group2"], group="standardised").iloc[0]
    words = {"theirs": labels.percent(rate["estimate"]), "n": labels.number(rate["answered"])}
    words |= {"names": _makeup(row, labels), "points": rate_tables.points_of(row, labels)}
    words["interval"] = labels.points_interval(row["lower"], row["upper"])
    return labels.say(f"placement.benchmark.standardised_{rate_tables.side(row)}", **words)


def _makeup(row: pd.Series, labels: Labels) -> str:
    """What a standardised row is standardised by, from the details of its method."""
    names = [labels.inside(labels.by(by)) for by in str(row["method"]).rpartition(" by ")[2].split(" x ")]
    return i18n.listing(names, labels.language)


def _unseen(rows: pd.DataFrame, row: pd.Series) -> rate_tables.EValues:
    """How strong an unseen difference would have to be to explain a clear one away."""
    place = {"table": "e_value", "group": row["group"], "item": row["item"], "group2": row["group2"]}
    return value(rows, **place, by="point"), value(rows, **place, by="limit")
