"""Stage 05: where people are after the project: placement rates, those who did not answer, benchmark, comparison group.

Every rate stands beside its Wilson interval, the worst and best case over those who did not answer, and a weighted
estimate where the study names response cells. A measure the study's follow-up cannot record has no rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import ALL, PLACEMENT_MEASURES, TOTAL
from evaltools.disclosure import policy
from evaltools.ingest.tidy import ANY_GROUP, role_map
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import EXACT, Book, pick, value
from evaltools.sections import placement_arms, rate_tables
from evaltools.sections.material import Material, Reader, flow_rows, flow_steps, number, told, whole
from evaltools.sections.rate_tables import MAIN
from evaltools.statistics import nonresponse, proportions
from evaltools.statistics.types import Estimate
from evaltools.study.model import Study

NEEDS = ("followup", "benchmark")
SUMMARISED = (TOTAL, "target_group")  # what weighted estimates and Imbens-Manski intervals are made for
BACKGROUND = ("age_group", "gender", "education", "region")
LOW_RESPONSE = 0.6
HALF = 0.5


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
        placement_arms.rows(material, book, pick(placement, scope=ALL, by="arm"))
    return book.frame()


def _measures(study: Study) -> list[str]:
    """The measures the follow-up can record: some code of the study's list has one of their roles."""
    roles = set(role_map(study.codes.get("placement", [])).values())
    return [m for m, of in PLACEMENT_MEASURES.items() if roles & set(of)]


def _followup(material: Material, book: Book, scope: str) -> None:
    """Those who have left, were invited and answered, and the days between which they were asked."""
    total = pick(material.counts["placement"], scope=scope, by=TOTAL).iloc[0]
    invited, answered = whole(total["invited"]), whole(total["answered"])
    leavers = pick(material.counts["records"], record="leavers", scope=scope)["count"]
    left = whole(leavers.iloc[0]) if len(leavers) else None
    if left is not None:
        book.count("followup", "leavers", left, scope=scope)
    book.count("followup", "invited", invited, scope=scope)
    book.count("followup", "answered", answered, invited, scope=scope)
    book.count("followup", "unknown", invited - answered, invited, scope=scope)
    if scope == ALL:
        first = [] if left is None else [("leavers", left)]
        flow_rows(book, [*first, ("invited", invited), ("answered", answered)])
    followup = material.tables["followup"]
    those = followup if scope == ALL else followup[followup["term"] == scope]
    days = those["date"].dropna() if "date" in those else those["term"].iloc[:0]
    if len(days) and rate_tables.enough(book, answered):
        for measure, day in (("first_date", days.min()), ("last_date", days.max())):
            book.amount("followup", measure, None, date=_day(day, book), scope=scope)


def _day(day: pd.Timestamp, book: Book) -> str:
    """The day; where persons are protected its month only, since the first and the last answer are one person's."""
    return day.strftime("%Y-%m") if book.protected else day.date().isoformat()


def _weighted(material: Material) -> dict[tuple[str, str, str], Estimate]:
    """Post-stratified estimates by (by, group, measure), where enough persons answered to show one."""
    cells = material.counts.get("placement_cells")
    if cells is None:
        return {}
    estimates = {}
    for (by, group, measure), part in cells.groupby(["by", "group", "measure"], sort=False):
        answered = int(part["answered"].sum())
        if answered and policy.enough(answered, material.study.disclosure, material.edition):
            listed = part[["invited", "answered", "count"]].itertuples(index=False, name=None)
            estimates[by, group, measure] = nonresponse.poststratified([tuple(map(int, cell)) for cell in listed])
    return estimates


def _rate(book: Book, row, weighted: dict[tuple[str, str, str], Estimate]) -> None:
    """One rate; for the whole project also weighted, and with the interval that holds wherever the truth lies."""
    where = {"scope": row.scope, "by": row.by, "group": row.group}
    of = weighted.get((row.by, row.group, row.measure)) if row.scope == ALL else None
    counts = whole(row.count), whole(row.answered), whole(row.invited)
    book.rate("placement", row.measure, *counts, weighted=of, **where)
    if row.scope == ALL and row.by in SUMMARISED and row.measure in MAIN and told(*counts):
        interval = nonresponse.imbens_manski(*counts)
        least = None if rate_tables.enough(book, counts[1]) else 0
        book.statistic("imbens_manski", row.measure, interval, invited=counts[2], least=least, of_shown=True, **where)


def _weighting(material: Material, book: Book) -> None:
    """How many response cells the weights of the whole have, and how many of them nobody answered from.

    The cells are counted from persons as they are, so a public edition does not tell.
    """
    if "placement_cells" not in material.counts or material.study.followup is None or book.protected:
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
        x, answered, invited = whole(ours["count"]), whole(ours["answered"]), whole(ours["invited"])
        if not told(x, answered, invited):
            continue
        bounds = nonresponse.manski(x, answered, invited)
        book.statistic(
            "benchmark",
            measure,
            proportions.against_benchmark(x, answered, rate, total),
            invited=invited,
            least=None if rate_tables.enough(book, answered) else 0,
            of_shown=True,
            item=code,
            group="difference",
            unit="share",
            bound_lower=bounds.lower - rate,
            bound_upper=bounds.upper - rate,
        )


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """The parts: who answered, rates, groups, terms, benchmark, comparison group, what can be concluded."""
    if rows.empty:
        return []
    makers = (_asked, _rates, _target_groups, _backgrounds, _terms, _against)
    made = [part for make in makers if (part := make(rows, reader)) is not None]
    return [*made, *placement_arms.parts(rows, reader), _limits(rows, reader)]


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
    sentences.append(_known(count, rate, of_all.loc["invited", "status"] == EXACT, reader))
    if "first_date" in of_all.index:
        first, last = (of_all.loc[m, "date"] for m in ("first_date", "last_date"))
        sentences.append(_between(first, last, reader))
    low = rate is not None and rate < LOW_RESPONSE
    notes = [reader.say("placement.caution.response", rate=reader.percent(rate))] if low else []
    blocks: list[Table | Figure] = []
    if count["unknown"]:
        steps = flow_steps(rows, lambda step: reader.say(f"placement.step.{step}"))
        blocks.append(
            charts.flow(
                "placement-flow",
                reader.say("placement.flow"),
                steps,
                language=reader.language,
                source=rate_tables.source(reader),
            )
        )
    return Part("placement-followup", reader.say("placement.heading"), sentences, blocks, notes)


def _known(count: dict[str, float | None], rate: float | None, exact: bool, reader: Reader) -> str:
    """How many were asked and are known; a rounded zero is not said to be none."""
    if not count["invited"]:
        return reader.say("placement.followup.nobody" if exact else "placement.followup.few")
    words = {m: reader.number(count[m]) for m in ("invited", "answered", "unknown")}
    if not count["unknown"]:
        return reader.say(f"placement.followup.{'all_known' if exact else 'few_unknown'}", n=count["invited"])
    words = words | {"rate": reader.percent(rate), "n": count["invited"]}
    return reader.say("placement.followup.asked", **words)


def _between(first: str, last: str, reader: Reader) -> str:
    """When the follow-up was: from day to day, or from month to month where the rows have no more."""
    if len(first) == len("2023-07"):
        first, last = (i18n.month(dt.date.fromisoformat(f"{m}-01"), reader.language) for m in (first, last))
        return reader.say("placement.followup.months", first=first, last=last)
    first, last = (i18n.date(dt.date.fromisoformat(day), reader.language) for day in (first, last))
    return reader.say("placement.followup.days", first=first, last=last)


# --- parts: rates ---


def _rates(rows: pd.DataFrame, reader: Reader) -> Part | None:
    total = pick(rows, table="placement", scope=ALL, by=TOTAL)
    if not total["invited"].any():
        return None
    sentences = []
    for _, row in total[total["measure"].isin(rate_tables.told(rows))].iterrows():
        sentences += [" ".join(_rate_sentences(row, reader))]
    summary = sentences[:2]
    inside = pick(total, measure="employed_student")
    if len(inside) and pd.notna(inside["estimate"].iloc[0]):
        sentences.append(_rate_sentence(inside.iloc[0], reader))
    labels = [reader.say(f"placement.measure.{m}") for m in total["measure"]]
    caption = reader.say("placement.situations")
    blocks: list[Table | Figure] = [_situations(rows, total, labels, caption, reader)]
    if total["estimate"].notna().any():
        sentences.append(reader.say("placement.explain.interval"))
        blocks.insert(0, rate_tables.forest("placement-situations", caption, labels, total, reader, counted=False))
    if (total["bound_lower"] < total["bound_upper"]).any():
        sentences += [reader.say("placement.explain.bounds"), *_weights_explained(rows, reader)]
        blocks.append(_side_by_side(rows, total, reader))
    heading = reader.say("placement.rates_heading")
    return Part("placement-rates", heading, sentences, blocks, _half(total, reader), summary=summary)


def _rate_sentences(row: pd.Series, reader: Reader) -> list[str]:
    """The rate with its interval; then, where some are unknown, the bounds and the weighted estimate."""
    share = reader.say(f"placement.share.{row['measure']}")
    if pd.isna(row["estimate"]):
        return [reader.say("placement.rate." + ("nobody" if row["status"] == EXACT else "withheld"), share=share)]
    said = [_rate_sentence(row, reader)]
    if row["bound_lower"] < row["bound_upper"]:
        ends = {end: reader.percent(row[f"bound_{end}"]) for end in ("lower", "upper")}
        said.append(reader.say("placement.rate.bounds", invited=reader.number(row["invited"]), **ends))
    if pd.notna(row["weighted"]):
        interval = rate_tables.share_range(row["weighted_lower"], row["weighted_upper"], reader)
        said.append(reader.say("placement.rate.weighted", share=reader.percent(row["weighted"]), interval=interval))
    return said


def _rate_sentence(row: pd.Series, reader: Reader) -> str:
    words = {"count": reader.number(row["count"]), "answered": reader.number(row["answered"])}
    interval = rate_tables.share_range(row["lower"], row["upper"], reader)
    return reader.say(
        f"placement.rate.{row['measure']}", share=reader.percent(row["estimate"]), interval=interval, **words
    )


def _weights_explained(rows: pd.DataFrame, reader: Reader) -> list[str]:
    cells = value(rows, table="weighting", measure="cells")
    shown = pick(rows, table="placement", scope=ALL, by=TOTAL)["weighted"].notna().any()
    if cells is None or not shown or reader.study.followup is None:
        return []
    names = [
        reader.say("placement.cell.outcome") if v == "outcome" else reader.by(v).lower()
        for v in reader.study.followup.weight_by
    ]
    variables = i18n.listing(names, reader.language)
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


def _situations(rows: pd.DataFrame, total: pd.DataFrame, labels: list[str], caption: str, reader: Reader) -> Table:
    """Each situation with its count, and those whose situation is not known."""
    named = iter(labels)
    columns = [
        (Column(reader.say("placement.column.measure")), lambda row: next(named)),
        (Column(reader.say("column.persons"), "integer"), number("count")),
        (Column(reader.say("placement.column.share"), "percent"), number("estimate")),
        *rate_tables.ends(reader, "percent"),
    ]
    table = reader.table("placement-situation", caption, total, columns, source=rate_tables.source(reader))
    unknown = value(rows, "count", table="followup", measure="unknown", scope=ALL)
    rest: list[Value] = [None] * (len(columns) - 2)
    return dataclasses.replace(table, rows=[*table.rows, [reader.say("placement.measure.unknown"), unknown, *rest]])


def _side_by_side(rows: pd.DataFrame, total: pd.DataFrame, reader: Reader) -> Table:
    """Complete case, weighted, bounds, and bounds with random variation: one under the other for each main rate."""
    lines: list[list[Value]] = []
    for measure in rate_tables.told(rows):
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
        Column(reader.say("placement.column.range_lower"), "percent", span=reader.say("placement.column.range")),
        Column(reader.say("placement.column.range_upper"), "percent"),
    ]
    return Table(
        "placement-side-by-side",
        reader.say("placement.side_by_side"),
        columns,
        lines,
        reader.language,
        [],
        rate_tables.source(reader),
    )


# --- parts: groups and terms ---


def _target_groups(rows: pd.DataFrame, reader: Reader) -> Part | None:
    groups = pick(rows, table="placement", scope=ALL, by="target_group")
    if not groups["estimate"].notna().any():
        return None
    sentences, blocks = [], []
    for measure in _compared(rows):
        chosen = pick(groups, measure=measure)
        share = reader.say(f"placement.share.{measure}")
        caption = reader.say("placement.by_group", share=share)
        labels = [reader.group("target_group", g) for g in chosen["group"]]
        blocks += [
            rate_tables.forest(f"placement-groups-{measure}", caption, labels, chosen, reader),
            rate_tables.rate_table(
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
    told = rate_tables.told(rows)
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


def _backgrounds(rows: pd.DataFrame, reader: Reader) -> Part | None:
    chosen = pick(rows, table="placement", scope=ALL)
    chosen = pd.concat([pick(chosen, by=by) for by in BACKGROUND])
    if not chosen["estimate"].notna().any():
        return None
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        of = pick(chosen, measure=measure)
        caption = reader.say("placement.by_background", share=reader.say(f"placement.share.{measure}"))
        labels = [reader.group(by, group) for by, group in zip(of["by"], of["group"], strict=True)]
        table = rate_tables.rate_table(
            f"placement-background-{measure}", caption, labels, reader.say("column.group"), of, reader
        )
        blocks.append(rate_tables.within(table, reader.say("survey.column.background"), list(map(reader.by, of["by"]))))
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
        if measure == "employed" and of["estimate"].notna().any():
            blocks.append(rate_tables.forest("placement-terms", caption, labels, of, reader))
        blocks.append(
            rate_tables.rate_table(f"placement-terms-{measure}", caption, labels, reader.by("term"), of, reader)
        )
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
        *rate_tables.ends(reader, "points"),
        (Column(reader.say("column.bound_lower"), "points", span=reader.say("column.bounds")), number("bound_lower")),
        (Column(reader.say("column.bound_upper"), "points"), number("bound_upper")),
    ]
    caption = reader.say("placement.benchmark_table")
    table = reader.table("placement-benchmark", caption, gaps, columns, source=reader.source("followup", "benchmark"))
    about = reader.study.benchmark
    if about is not None:
        words = {"name": about.name(reader.language), "source": about.source(reader.language)}
        date = i18n.date(about.retrieved, reader.language)
        sentences.append(reader.say("placement.benchmark.source", date=date, **words))
    notes = [reader.say("placement.benchmark.not_comparison")]
    summary = [
        _against_sentence(rows, row, reader)
        for _, row in pick(gaps, measure="employed").dropna(subset=["estimate"]).iterrows()
    ]
    return Part(
        "placement-benchmark", reader.say("placement.benchmark_heading"), sentences, [table], notes, summary=summary
    )


def _ours(rows: pd.DataFrame, measure: str) -> float | None:
    return value(rows, table="placement", scope=ALL, by=TOTAL, measure=measure)


def _theirs(rows: pd.DataFrame, row: pd.Series) -> float | None:
    return value(rows, table="benchmark", group="benchmark", item=row["item"])


def _against_sentence(rows: pd.DataFrame, row: pd.Series, reader: Reader) -> str:
    """Above, below or not told apart; and whether those who did not answer could turn it round."""
    side = rate_tables.side(row)
    said = reader.say(
        f"placement.benchmark.{side}",
        share=reader.say(f"placement.share.{row['measure']}"),
        ours=reader.percent(_ours(rows, row["measure"])),
        theirs=reader.percent(_theirs(rows, row)),
        points=rate_tables.points(row["estimate"], reader),
        interval=rate_tables.points_range(row["lower"], row["upper"], reader),
    )
    if side != "even" and row["bound_lower"] < 0 < row["bound_upper"]:
        possible = rate_tables.points_range(row["bound_lower"], row["bound_upper"], reader)
        said += " " + reader.say("placement.benchmark.unsure", interval=possible)
    return said


# --- parts: conclusions ---


def _limits(rows: pd.DataFrame, reader: Reader) -> Part:
    """What these figures can and cannot tell."""
    of_all = pick(rows, table="followup", scope=ALL, status=EXACT)
    everyone = value(of_all, "count", measure="unknown") == 0 and value(of_all, "count", measure="invited")
    sentences = [reader.say("placement.limits.everyone" if everyone else "placement.limits.complete")]
    if pick(rows, table="placement", scope=ALL)["weighted"].notna().any():
        sentences.append(reader.say("placement.limits.weighted"))
    sentences.append(reader.say("placement.limits.once"))
    compared = len(pick(rows, table="arm_difference")) > 0
    note = reader.say("placement.limits.comparison" if compared else "placement.limits.no_comparison")
    return Part("placement-limits", reader.say("placement.limits_heading"), sentences, [], [note])
