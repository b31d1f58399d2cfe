"""Stage 05: where people are after the project: placement rates, those who did not answer, benchmark, comparison group.

Every rate stands beside its Clopper-Pearson interval, the worst and best case over those who did not answer, and a
weighted estimate where the study names response cells. A measure the study's follow-up cannot record has no rows.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL, breakdowns
from evaltools.counts.roles import PLACEMENT_MEASURES
from evaltools.disclosure import policy
from evaltools.ingest.tidy import role_map
from evaltools.report import charts
from evaltools.report.document import NONE, Column, Figure, Part, Table, Value
from evaltools.results.records import EXACT, WITHHELD, ResultSet, pick, value
from evaltools.sections import (
    clustered,
    dated,
    placement_advice,
    placement_arms,
    placement_benchmark,
    placement_groups,
    placement_waves,
    rate_tables,
)
from evaltools.sections.material import (
    Labels,
    Material,
    as_int,
    flow_rows,
    flow_steps,
    has_value,
    is_disclosed,
    number,
    within,
)
from evaltools.sections.numbers import number_part, number_rows
from evaltools.sections.rate_tables import MAIN
from evaltools.statistics import nonresponse, weighting
from evaltools.statistics.types import Estimate
from evaltools.study.model import Study

NEEDS = ("followup", "benchmark")
SUMMARISED = (TOTAL, "target_group")  # what weighted estimates and Imbens-Manski intervals are made for
COMPARED = ("age_group", "gender", "education", "region")  # besides the study's own variables
LOW_RESPONSE = 0.6
HALF = 0.5
COUNTS = ("count", "answered", "invited")


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Follow-up, placement rates by group and term, their bounds, and comparisons with benchmark and other arm."""
    results = material.result_set("placement")
    if "placement" not in material.counts:
        return results.frame()
    placement = material.counts["placement"]
    placement = placement[placement["measure"].isin(_measures(material.study))]
    for scope in material.scopes:
        _followup(material, results, scope)
    weighted = _weighted(material)
    for row in placement.itertuples():
        _rate(material, results, row, weighted)
    _dated(material, results, placement)
    _weighting(material, results)
    clustered.rate_rows(material, results, [m for m in dict.fromkeys(placement["measure"]) if m in MAIN])
    number_rows(material, results)
    placement_waves.wave_rows(material, results, list(dict.fromkeys(placement["measure"])))
    placement_benchmark.rows(material, results, placement)
    main = [m for m in dict.fromkeys(placement["measure"]) if m in ("employed", "student_any", "student_full_time")]
    placement_groups.heterogeneity_rows(material, results, placement, main)
    placement_advice.rows(material, results, placement)
    if material.study.comparison is not None:
        placement_arms.rows(material, results, pick(placement, scope=ALL, by="arm"))
    return results.frame()


def _measures(study: Study) -> list[str]:
    """The measures the follow-up can record: some code of the study's list has one of their roles."""
    roles = set(role_map(study.codes.get("placement", [])).values())
    return [m for m, of in PLACEMENT_MEASURES.items() if roles & set(of)]


def _followup(material: Material, results: ResultSet, scope: str) -> None:
    """Those who have left, were invited and answered, and the days between which they were asked."""
    total = pick(material.counts["placement"], scope=scope, by=TOTAL).iloc[0]
    invited, answered = as_int(total["invited"]), as_int(total["answered"])
    leavers = pick(material.counts["records"], record="leavers", scope=scope)["count"]
    left = as_int(leavers.iloc[0]) if len(leavers) else None
    if left is not None:
        results.count("followup", "leavers", left, scope=scope)
    near = dict(zip(("invited", "answered"), within(total, "invited", "answered"), strict=True))
    both = (near["answered"], near["invited"])
    results.count("followup", "invited", invited, within=near["invited"], scope=scope)
    results.count("followup", "answered", answered, invited, within=both, scope=scope)
    if not results.within or not any(both):
        results.count("followup", "unknown", invited - answered, invited, within=both, scope=scope)
    if scope == ALL:
        first = [] if left is None else [("leavers", left)]
        flow_rows(results, [*first, ("invited", invited), ("answered", answered)], near)
    if not results.protected:
        _days(material, results, scope)


def _days(material: Material, results: ResultSet, scope: str) -> None:
    """Between which days the situations were asked: those of single persons, so no protected edition tells them."""
    followup = material.tables["followup"]
    those = followup if scope == ALL else followup[followup["term"] == scope]
    days = those["date"].dropna() if "date" in those else those["term"].iloc[:0]
    if len(days):
        for measure, day in (("first_date", days.min()), ("last_date", days.max())):
            results.amount("followup", measure, None, date=day.date().isoformat(), scope=scope)


def _weighted(material: Material) -> dict[tuple[str, str, str], Estimate]:
    """Post-stratified estimates by (by, group, measure); none in a protected edition: they need exact counts."""
    cells = material.counts.get("placement_cells")
    if cells is None or policy.active(material.study.disclosure, material.edition):
        return {}
    estimates = {}
    for (by, group, measure), part in cells.groupby(["by", "group", "measure"], sort=False):
        answered = int(part["answered"].sum())
        if answered:
            estimates[by, group, measure] = weighting.poststratified(_collapsed(part))
    return estimates


def _collapsed(part: pd.DataFrame) -> list[weighting.Cell]:
    """The response cells in order of their names, so that neighbours are alike, thin ones joined."""
    listed = part.sort_values("cell", kind="stable")[["invited", "answered", "count"]]
    return weighting.collapsed([(int(i), int(a), int(x)) for i, a, x in listed.itertuples(index=False, name=None)])


def _rate(material: Material, results: ResultSet, row, weighted: dict[tuple[str, str, str], Estimate]) -> None:
    """One rate; for the whole project also weighted, and with the interval that holds wherever the truth lies."""
    where = {"scope": row.scope, "by": row.by, "group": row.group}
    of = weighted.get((row.by, row.group, row.measure)) if row.scope == ALL else None
    counts = as_int(row.count), as_int(row.answered), as_int(row.invited)
    clustered_ = clustered.rate(material, row.scope, row.by, row.group, row.measure)
    results.rate(
        "placement", row.measure, *counts, weighted=of, within=within(row, *COUNTS), interval=clustered_, **where
    )
    shown = results.rows[-1]["status"] != WITHHELD
    if row.scope == ALL and row.by == TOTAL and row.measure == "employed":
        _tipping(results)
    if row.scope == ALL and row.by in SUMMARISED and row.measure in MAIN and is_disclosed(*counts) and shown:
        spans = results.spans(counts, within(row, *COUNTS))
        results.derived("worst_to_best", row.measure, nonresponse.worst_to_best, *spans, **where)


def _tipping(results: ResultSet) -> None:
    """Of the rate just made: the share of the silent that would make it one half of all invited, where they could."""
    row = results.rows[-1]
    lower, upper = row.get("bound_lower"), row.get("bound_upper")
    if row["status"] != EXACT or lower is None or upper is None or not lower < HALF < upper:
        return
    silent = row["invited"] - row["answered"]
    if silent:  # nobody invited has bounds of 0 and 1
        results.amount("tipping", row["measure"], (HALF * row["invited"] - row["count"]) / silent, "share")


def _dated(material: Material, results: ResultSet, placement: pd.DataFrame) -> None:
    """Main rates that are not exact now, as they were last printed exactly."""
    for row in pick(placement, scope=ALL).itertuples():
        dated.rate(material, results, "placement", row.measure, row.by, row.group)


def _weighting(material: Material, results: ResultSet) -> None:
    """How many response cells the weights of the whole have, and how many of them nobody answered from.

    The cells are counted from persons as they are, so a public edition does not tell.
    """
    if "placement_cells" not in material.counts or material.study.followup is None or results.protected:
        return
    cells = pick(material.counts["placement_cells"], by=TOTAL, measure="employed")
    method = "post-stratified by " + " x ".join(material.study.followup.weight_by)
    used = _collapsed(cells)
    numbers = {"cells": len(cells), "used": len(used), "smallest": min((cell[1] for cell in used), default=0)}
    for measure, amount in {**numbers, "effective": round(weighting.effective(used))}.items():
        results.amount("weighting", measure, float(amount), method=method)


# --- parts ---


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """The parts: who answered, rates, groups, terms, benchmark, comparison group, what can be concluded."""
    if rows.empty:
        return []
    makers = (
        *(_asked, _rates, _numbers, placement_waves.waves_part, _clusters, _target_groups, _backgrounds, _terms),
        placement_benchmark.part,
    )
    made = [part for make in makers if (part := make(rows, labels)) is not None]
    arms = placement_arms.parts(rows, labels)  # with a comparison group the difference comes first
    advice = placement_advice.part(rows, labels)
    return [*arms, *made, *([advice] if advice else []), _limits(rows, labels)]


def _asked(rows: pd.DataFrame, labels: Labels) -> Part:
    of_all = pick(rows, table="followup", scope=ALL).set_index("measure")
    count = {
        m: number("count")(of_all.loc[m]) for m in ("leavers", "invited", "answered", "unknown") if m in of_all.index
    }
    response = of_all.loc["answered"]
    rate = labels.share(response)
    asked = rate_tables.how_many_asked(rows, labels)
    if count["invited"] and asked != "declared":
        sentences = [labels.say(f"placement.followup.{asked}", n=count["answered"])]
    else:
        sentences = [_response(count, rate, of_all.loc["invited", "status"] == EXACT, labels)]
    if labels.study.followup is not None:
        sentences.append(labels.say("placement.followup.when", when=labels.study.followup.when(labels.language)))
    if "leavers" in count:
        sentences.append(labels.say("placement.followup.leavers", n=count["leavers"]))
    if "first_date" in of_all.index:
        first, last = (of_all.loc[m, "date"] for m in ("first_date", "last_date"))
        sentences.append(_between(first, last, labels))
    most = response["estimate"] if pd.notna(response["estimate"]) else response["possible_upper"]
    low = pd.notna(most) and most < LOW_RESPONSE
    notes = [labels.say("placement.caution.response", rate=rate)] if low else []
    blocks: list[Table | Figure] = []
    if count.get("unknown", 1) and asked == "declared":
        steps = flow_steps(rows, lambda step: labels.say(f"placement.step.{step}"))
        style = {"language": labels.language, "source": rate_tables.source(labels)}
        drawn = charts.flow("placement-flow", labels.say("placement.flow"), steps, **style)
        known = labels.say("placement.known", n=count["answered"])
        blocks.append(dataclasses.replace(drawn, finding=known))
    return Part("placement-followup", labels.say("placement.heading"), sentences, blocks, notes)


def _response(count: dict[str, float | None], rate: str, exact: bool, labels: Labels) -> str:
    """How many were asked and are known; a rounded zero is not said to be none."""
    if not count["invited"]:
        return labels.say("placement.followup.nobody" if exact else "placement.followup.few")
    if "unknown" not in count:
        about = "asked_about" if rate == labels.percent(None) else "asked_rounded"
        answered = labels.number(count["answered"])
        return labels.say(f"placement.followup.{about}", n=count["invited"], answered=answered, rate=rate)
    if not count["unknown"]:
        return labels.say(f"placement.followup.{'all_known' if exact else 'few_unknown'}", n=count["invited"])
    words = {m: labels.number(count[m]) for m in ("invited", "answered", "unknown")}
    return labels.say("placement.followup.asked", **words, rate=rate, n=count["invited"])


def _between(first: str, last: str, labels: Labels) -> str:
    """When the follow-up was: from day to day."""
    first, last = (i18n.date(dt.date.fromisoformat(day), labels.language) for day in (first, last))
    return labels.say("placement.followup.days", first=first, last=last)


# --- parts: rates ---


def _rates(rows: pd.DataFrame, labels: Labels) -> Part | None:
    total = pick(rows, table="placement", scope=ALL, by=TOTAL)
    if not total["invited"].any():
        return None
    sentences = []
    for _, row in total[total["measure"].isin(rate_tables.headline_measures(rows))].iterrows():
        before = dated.sentences(rows, labels, row["measure"], by=TOTAL, group=TOTAL)
        sentences += [" ".join([*_rate_sentences(row, labels), *before])]
    summary = sentences[:2]
    inside = pick(total, measure="employed_student")
    if len(inside) and pd.notna(inside["estimate"].iloc[0]):
        sentences.append(_rate_sentence(inside.iloc[0], labels))
    row_labels = [labels.say(f"placement.measure.{m}") for m in total["measure"]]
    caption = labels.say("placement.situations")
    blocks: list[Table | Figure] = [_situations(rows, total, row_labels, caption, labels)]
    if has_value(total).any():
        sentences += [labels.say("placement.explain.interval"), labels.say("placement.explain.estimand")]
        drawn = rate_tables.forest("placement-situations", caption, row_labels, total, labels, counted=False)
        blocks.insert(0, dataclasses.replace(drawn, finding=_in_work(total, labels)))
    if (total["bound_lower"] < total["bound_upper"]).any():
        sentences += [labels.say("placement.explain.bounds"), *_weights_explained(rows, labels)]
        blocks.append(_side_by_side(rows, total, labels))
    heading = labels.say("placement.rates_heading")
    return Part("placement-rates", heading, sentences, blocks, _half(rows, total, labels), summary=summary)


def _in_work(total: pd.DataFrame, labels: Labels) -> str:
    """What the picture of the situations shows first; nothing where that share is not told."""
    row = pick(total, measure="employed")
    return labels.say("placement.found", share=labels.share(row.iloc[0])) if has_value(row).any() else ""


def _rate_sentences(row: pd.Series, labels: Labels) -> list[str]:
    """The rate with its interval; then, where some are unknown, the bounds and the weighted estimate."""
    share = labels.say(f"placement.share.{row['measure']}")
    if pd.isna(row["estimate"]) and pd.notna(row["possible_lower"]):
        interval = labels.share_interval(row["lower"], row["upper"])
        return [labels.say("placement.rate.between", measure=share, share=labels.share(row), interval=interval)]
    if pd.isna(row["estimate"]):
        return [labels.say("placement.rate." + ("nobody" if row["status"] == EXACT else "withheld"), share=share)]
    said = [_rate_sentence(row, labels)]
    if row["bound_lower"] < row["bound_upper"]:
        ends = {end: labels.percent(row[f"bound_{end}"]) for end in ("lower", "upper")}
        said.append(labels.say("placement.rate.bounds", invited=labels.number(row["invited"]), **ends))
    if pd.notna(row["weighted"]):
        interval = labels.share_interval(row["weighted_lower"], row["weighted_upper"])
        said.append(labels.say("placement.rate.weighted", share=labels.percent(row["weighted"]), interval=interval))
    return said


def _rate_sentence(row: pd.Series, labels: Labels) -> str:
    words = {"count": labels.number(row["count"]), "answered": labels.number(row["answered"])}
    interval = labels.share_interval(row["lower"], row["upper"])
    return labels.say(
        f"placement.rate.{row['measure']}", share=labels.percent(row["estimate"]), interval=interval, **words
    )


def _weights_explained(rows: pd.DataFrame, labels: Labels) -> list[str]:
    cells = value(rows, table="weighting", measure="cells")
    shown = pick(rows, table="placement", scope=ALL, by=TOTAL)["weighted"].notna().any()
    if cells is None or not shown or labels.study.followup is None:
        return []
    names = [
        labels.say("placement.cell.outcome") if v == "outcome" else labels.inside(labels.by(v))
        for v in labels.study.followup.weight_by
    ]
    variables = i18n.listing(names, labels.language)
    words = {m: labels.number(value(rows, table="weighting", measure=m)) for m in ("used", "smallest", "effective")}
    said = [labels.say("placement.explain.weights", variables=variables, cells=labels.number(cells))]
    said.append(labels.say("placement.explain.collapsed", **words))
    joined = (value(rows, table="weighting", measure="used") or 0) < cells
    return [*said, labels.say("placement.explain.joined")] if joined else said


def _half(rows: pd.DataFrame, total: pd.DataFrame, labels: Labels) -> list[str]:
    """Whether the silent could turn a majority of employed into a minority, and how many of them it would take."""
    tip = value(rows, table="tipping", measure="employed")
    if tip is None:
        return []
    row = pick(total, measure="employed").iloc[0]
    interval = labels.share_interval(row["bound_lower"], row["bound_upper"])
    return [labels.say("placement.caution.half", interval=interval, tip=labels.percent(tip))]


def _situations(rows: pd.DataFrame, total: pd.DataFrame, row_labels: list[str], caption: str, labels: Labels) -> Table:
    """Each situation with its count, and those whose situation is not known."""
    named = iter(row_labels)
    columns = [
        (Column(labels.say("placement.column.measure")), lambda row: next(named)),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("placement.column.share"), "percent"), labels.share_of),
        *rate_tables.ends(labels, "percent"),
    ]
    table = labels.table("placement-situation", caption, total, columns, source=rate_tables.source(labels))
    unknown = value(rows, "count", table="followup", measure="unknown", scope=ALL)
    rest: list[Value] = [NONE] * (len(columns) - 2)
    return dataclasses.replace(table, rows=[*table.rows, [labels.say("placement.measure.unknown"), unknown, *rest]])


def _side_by_side(rows: pd.DataFrame, total: pd.DataFrame, labels: Labels) -> Table:
    """Complete case, weighted, bounds, and bounds with random variation: one under the other for each main rate."""
    lines: list[list[Value]] = []
    for measure in rate_tables.headline_measures(rows):
        name = labels.say(f"placement.measure.{measure}")
        row = pick(total, measure=measure).iloc[0]
        wide = pick(rows, table="worst_to_best", scope=ALL, by=TOTAL, measure=measure)
        ways = [
            ("complete", row, "estimate", "lower", "upper"),
            ("bounds", row, "", "bound_lower", "bound_upper"),
        ]
        if pd.notna(row["weighted"]):
            ways.insert(1, ("weighted", row, "weighted", "weighted_lower", "weighted_upper"))
        ways += [("both", each, "", "lower", "upper") for _, each in wide.iterrows()]
        for way, of, *numbers in ways:
            share = labels.share_of(of) if way == "complete" else number(numbers[0])(of) if numbers[0] else None
            lines.append([name, labels.say(f"placement.way.{way}"), share, *(number(c)(of) for c in numbers[1:])])
    columns = [
        Column(labels.say("placement.column.measure")),
        Column(labels.say("placement.column.way")),
        Column(labels.say("column.share"), "percent"),
        Column(labels.say("placement.column.range_lower"), "percent", span=labels.say("placement.column.range")),
        Column(labels.say("placement.column.range_upper"), "percent"),
    ]
    return Table(
        "placement-side-by-side",
        labels.say("placement.side_by_side"),
        columns,
        lines,
        labels.language,
        [],
        rate_tables.source(labels),
    )


def _numbers(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return number_part(rows, labels, "placement")


def _clusters(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return clustered.part(rows, labels, "placement")


# --- parts: groups and terms ---


def _target_groups(rows: pd.DataFrame, labels: Labels) -> Part | None:
    groups = pick(rows, table="placement", scope=ALL, by="target_group")
    if not has_value(groups).any():
        return None
    sentences: list[str] = []
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        chosen = pick(groups, measure=measure)
        share = labels.say(f"placement.share.{measure}")
        caption = labels.say("placement.by_group", share=share)
        row_labels = [labels.group("target_group", g) for g in chosen["group"]]
        blocks += [
            rate_tables.forest(f"placement-groups-{measure}", caption, row_labels, chosen, labels),
            rate_tables.rate_table(
                f"placement-groups-{measure}-table",
                caption,
                row_labels,
                labels.by("target_group"),
                chosen,
                labels,
                rows,
            ),
        ]
        sentences += placement_groups.target_group_sentences(rows, measure, labels)
    tested = len(pick(rows, table="group_difference")) > 0
    notes = [labels.say("placement.caution.groups_tested" if tested else "placement.caution.groups")]
    return Part("placement-target-groups", labels.say("placement.target_heading"), sentences, blocks, notes)


def _compared(rows: pd.DataFrame) -> list[str]:
    """Employment, and further study in its widest recorded sense."""
    measures = rate_tables.headline_measures(rows)
    return [m for m in measures if m == "employed" or m == measures[-1]]


def _backgrounds(rows: pd.DataFrame, labels: Labels) -> Part | None:
    chosen = pick(rows, table="placement", scope=ALL)
    own = [breakdown.by for breakdown in breakdowns(labels.study) if breakdown.own]
    chosen = pd.concat([pick(chosen, by=by) for by in (*COMPARED, *own)])
    if not has_value(chosen).any():
        return None
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        of = pick(chosen, measure=measure)
        caption = labels.say("placement.by_background", share=labels.say(f"placement.share.{measure}"))
        row_labels = [labels.group(by, group) for by, group in zip(of["by"], of["group"], strict=True)]
        table = rate_tables.rate_table(
            f"placement-background-{measure}", caption, row_labels, labels.say("column.group"), of, labels
        )
        table = _with_smoothed(table, rows, of, measure, labels)
        blocks.append(rate_tables.within(table, labels.say("survey.column.background"), list(map(labels.by, of["by"]))))
    sentences = [
        said for measure in _compared(rows) for said in placement_groups.breakdown_sentences(rows, measure, labels)
    ]
    sentences += [said for m in _compared(rows) for said in placement_groups.trend_sentences(rows, m, labels)]
    blocks += _start_terms(rows, labels)
    notes = [] if sentences else [labels.say("placement.caution.background")]
    return Part("placement-background", labels.say("placement.background_heading"), sentences, blocks, notes)


def _with_smoothed(table: Table, rows: pd.DataFrame, of: pd.DataFrame, measure: str, labels: Labels) -> Table:
    """The table with a last column of what each rate is where a group borrows from the others."""
    read = placement_groups.smoothed(rows, measure)
    drawn = [read(row) for _, row in of.iterrows()]
    if all(each is None for each in drawn):
        return table
    lines = [[*line, each] for line, each in zip(table.rows, drawn, strict=True)]
    columns = [*table.columns, Column(labels.say("groups.shrunken"), "percent")]
    return dataclasses.replace(table, columns=columns, rows=lines, notes=[*table.notes, labels.say("groups.smoothed")])


def _start_terms(rows: pd.DataFrame, labels: Labels) -> list[Table]:
    """The rates by the term in which persons started."""
    tables = []
    for measure in _compared(rows):
        of = pick(rows, table="start_term", measure=measure)
        if len(of) > 1:
            caption = labels.say("groups.by_start_term", share=labels.say(f"placement.share.{measure}"))
            names = [labels.scope(term) for term in of["group"]]
            heading = labels.by("start_term")
            id = f"placement-start-terms-{measure}"
            tables.append(rate_tables.rate_table(id, caption, names, heading, of, labels))
    return tables


def _terms(rows: pd.DataFrame, labels: Labels) -> Part | None:
    chosen = pick(rows, table="placement", by=TOTAL)
    chosen = chosen[(chosen["scope"] != ALL) & (chosen["invited"] > 0)]
    if chosen.empty:
        return None
    blocks: list[Table | Figure] = []
    for measure in _compared(rows):
        of = pick(chosen, measure=measure)
        caption = labels.say("placement.by_term", share=labels.say(f"placement.share.{measure}"))
        row_labels = [labels.scope(scope) for scope in of["scope"]]
        if measure == "employed" and has_value(of).any():
            blocks.append(rate_tables.forest("placement-terms", caption, row_labels, of, labels))
        blocks.append(
            rate_tables.rate_table(f"placement-terms-{measure}", caption, row_labels, labels.by("term"), of, labels)
        )
    return Part(
        "placement-terms",
        labels.say("placement.term_heading"),
        [
            labels.say("placement.caution.term"),
            *(
                said
                for measure in _compared(rows)
                for said in placement_groups.breakdown_sentences(rows, measure, labels, placement_groups.TERM)
            ),
        ],
        blocks,
    )


# --- parts: benchmark ---


# --- parts: conclusions ---


def _limits(rows: pd.DataFrame, labels: Labels) -> Part:
    """What these figures can and cannot tell."""
    of_all = pick(rows, table="followup", scope=ALL, status=EXACT)
    everyone = value(of_all, "count", measure="unknown") == 0 and value(of_all, "count", measure="invited")
    if everyone and rate_tables.how_many_asked(rows, labels) != "declared":
        sentences = [labels.say("placement.limits.undeclared")]
    else:
        sentences = [labels.say("placement.limits.everyone" if everyone else "placement.limits.complete")]
    if pick(rows, table="placement", scope=ALL)["weighted"].notna().any():
        sentences.append(labels.say("placement.limits.weighted"))
    once = "once" if pick(rows, table="wave").empty else "at_times"
    sentences += [labels.say(f"placement.limits.{once}"), *clustered.said(rows, labels, "placement")]
    compared = len(pick(rows, table="arm_difference")) > 0
    note = labels.say("placement.limits.comparison" if compared else "placement.limits.no_comparison")
    return Part("placement-limits", labels.say("placement.limits_heading"), sentences, [], [note])
