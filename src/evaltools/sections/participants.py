"""Stage 03: who the participants are, target groups and their overlaps, and how they compare with the population."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, GROUPS, TOTAL, breakdowns
from evaltools.counts.roles import OUTCOMES
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table, Value
from evaltools.results.records import WITHHELD, ResultSet, pick, value
from evaltools.sections import dated, rate_tables
from evaltools.sections.material import Labels, Material, as_int, floats, is_disclosed, middle_of, number, within
from evaltools.sections.numbers import number_part, number_rows
from evaltools.statistics import proportions
from evaltools.statistics.types import Estimate
from evaltools.study.schema import SURVEYS, TABLES

NEEDS = ("participants", "enrolments", "population")


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Composition by every breakdown and term, target groups, overlaps, representation, standing of studies."""
    results = material.result_set("participants")
    counts = material.counts
    if "composition" not in counts:
        return results.frame()
    for row in counts["composition"].itertuples():
        where = {"scope": row.scope, "by": row.by, "group": row.group}
        of, columns = (None, ("count",)) if row.by == TOTAL else (row.total, ("count", "total"))
        results.count("composition", "persons", row.count, of, within(row, *columns), **where)
    for row in counts["registrations"].itertuples():
        results.count(
            "registrations",
            "persons",
            row.count,
            row.total,
            within(row, "count", "total"),
            by="registration",
            group=row.group,
        )
    if "cross" in counts:
        for row in counts["cross"].itertuples():
            where = {"by": "target_group", "group": row.target_group, "by2": row.by, "group2": row.group}
            results.count(
                "target_group_profile", "persons", row.count, row.total, within(row, "count", "total"), **where
            )
        for row in counts["overlap"].itertuples():
            where = {"by": "target_group", "group": row.group, "by2": "target_group", "group2": row.group2}
            results.count("overlap", "persons", row.count, row.total, within(row, "count", "total"), **where)
    for row in counts.get("completion", pd.DataFrame()).itertuples():
        where = {"scope": row.scope, "by": row.by, "group": row.group}
        results.count("completion", row.measure, row.count, row.invited, within(row, "count", "invited"), **where)
    if "completion" in counts:
        of = material.count("records", record="enrolments", scope=ALL)
        for measure in OUTCOMES:
            results.count("rights", measure, material.count("records", record=f"rights_{measure}"), of)
    _dated(material, results)
    _population(material, results)
    _representation(material, results)
    number_rows(material, results)
    return results.frame()


def _dated(material: Material, results: ResultSet) -> None:
    """Persons and completion that are not exact now, as they were last printed exactly."""
    for row in pick(material.counts["composition"], scope=ALL).itertuples():
        dated.count(material, results, "composition", "persons", row.by, row.group)
    for row in pick(material.counts["completion"], scope=ALL).itertuples() if "completion" in material.counts else ():
        dated.count(material, results, "completion", row.measure, row.by, row.group, of="known")


def _population(material: Material, results: ResultSet) -> None:
    """The population by age and region, where these are those that the study groups its participants by."""
    people = material.tables.get("population")
    if people is None:
        return
    ages = [group.id for group in material.study.age_groups]
    regions = [code.id for code in material.study.codes.get("region", [])]
    whole = int(people["count"].sum())
    for by, groups in (("age_group", ages), ("region", regions)):
        if by not in people or not set(people[by]) <= set(groups):
            continue
        counts = people.groupby(by)["count"].sum()
        for group in groups if by == "age_group" else [region for region in groups if region in counts.index]:
            here = int(counts.get(group, 0))
            share = here / whole if whole else None
            results.amount("population", "share", share, "share", by=by, group=group, count=here, answered=whole)


def _representation(material: Material, results: ResultSet) -> None:
    """Share of a target group among students, divided by its share of the population."""
    if "population" not in material.tables:
        return
    population = material.tables["population"]
    composition = material.counts["composition"]
    for entry in material.study.representation:
        base = _filtered(population, entry.base)
        part = int(_filtered(base, entry.part)["count"].sum())
        everybody = int(base["count"].sum())
        here = pick(composition, scope=ALL, by="target_group", group=entry.target_group).iloc[0]
        where = {"by": "target_group", "group": entry.target_group}
        share = part / everybody if everybody else None
        results.amount("representation", "population_share", share, "share", **where)
        counts, near = (as_int(here["count"]), as_int(here["total"])), within(here, "count", "total")
        group = entry.target_group
        results.count("representation", "student_share", *counts, within=near, by="target_group", group=group)
        if share and is_disclosed(*counts) and results.rows[-1]["status"] != WITHHELD:
            spans = results.spans(counts, near)
            results.derived("representation", "representation_ratio", _ratio(share), *spans, **where)


def _ratio(share: float) -> Callable[[int, int], Estimate]:
    return lambda count, total: proportions.representation_ratio(count, total, share)


def _filtered(population: pd.DataFrame, within: dict[str, list[str]]) -> pd.DataFrame:
    for column, codes in within.items():
        population = population[population[column].isin(codes)]
    return population


# --- parts ---


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """The report's parts: overview, target groups, profile, overlaps, representation, standing of studies."""
    if rows.empty:
        return []
    makers = (_overview, _target_groups, _composition, _profile, _overlaps, _represented, _standing, _numbers)
    return [part for make in makers if (part := make(rows, labels)) is not None]


def _numbers(rows: pd.DataFrame, labels: Labels) -> Part | None:
    return number_part(rows, labels, "participants")


def _overview(rows: pd.DataFrame, labels: Labels) -> Part:
    total = value(rows, "count", table="composition", by=TOTAL, scope=ALL)
    again = value(rows, "count", table="registrations", group="again")
    once = [labels.say("participants.once")] if labels.study.has("enrolments") and total != 1 else []
    opening = [labels.say("participants.total", n=total), *once, *dated.sentences(rows, labels, "persons", by=TOTAL)]
    sentences = [
        " ".join(opening),
        labels.say("participants.again", again=labels.number(again)),
    ]
    by_term = pick(rows, table="composition", by=TOTAL)
    by_term = by_term[by_term["scope"] != ALL]
    blocks: list[Table | Figure] = []
    if len(by_term):
        row_labels = [labels.scope(scope) for scope in by_term["scope"]]
        blocks.append(
            charts.bars(
                "participants-by-term",
                labels.say("participants.by_term"),
                row_labels,
                floats(by_term["count"]),
                kind="integer",
                unit=labels.say("figure.unit.persons"),
                total=total,
                language=labels.language,
                source=labels.source("participants"),
            )
        )
    return Part("participants-overview", labels.say("participants.heading"), sentences, blocks)


def _target_groups(rows: pd.DataFrame, labels: Labels) -> Part | None:
    groups = pick(rows, table="composition", by="target_group", scope=ALL)
    if groups.empty:
        return None
    anyone = pick(groups, group=ANY_GROUP).iloc[0]
    single = groups[groups["group"] != ANY_GROUP]
    words = {
        "n": anyone["count"],
        "total": labels.number(anyone["invited"]),
        "share": labels.share(anyone),
    }
    definitions = [f"{g.name(labels.language)}: {g.definition(labels.language)}" for g in labels.study.target_groups]
    columns = _share_columns(labels, "target_group") + dated.column(rows, labels, groups)
    caption = labels.say("participants.target_groups")
    source = labels.source("participants", "enrolments")
    blocks: list[Table | Figure] = [
        charts.bars(
            "target-groups",
            caption,
            [labels.target_group(g) for g in single["group"]],
            floats(single["count"]),
            kind="integer",
            unit=labels.say("figure.unit.persons"),
            total=floats(groups["invited"])[0],
            language=labels.language,
            source=source,
        ),
        labels.table("target-groups-table", caption, groups, columns, source=source, notes=definitions),
    ]
    is_told = words["share"] != i18n.NOTHING
    if is_told:
        finding = labels.say("participants.found", share=words["share"])
        blocks[0] = dataclasses.replace(blocks[0], finding=finding)  # type: ignore[arg-type]
    total = "target_total" if is_told else "target_total_alone"
    sentences = [labels.say(f"participants.{total}", **words), labels.say("participants.overlap_note")]
    summary, heading = sentences[:1], labels.say("participants.target_heading")
    sentences.append(labels.say("participants.estimand"))
    return Part("target-groups", heading, sentences, blocks, summary=summary)


def _share_columns(labels: Labels, by: str):
    return [
        (Column(labels.by(by)), lambda row: labels.group(row["by"], row["group"])),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("column.share"), "percent"), labels.share_of),
    ]


def _composition(rows: pd.DataFrame, labels: Labels) -> Part:
    """The pictures of ages and regions, then a table a breakdown."""
    blocks: list[Table | Figure] = [made for make in (_ages, _regions) if (made := make(rows, labels)) is not None]
    for breakdown in breakdowns(labels.study):
        by = breakdown.by
        chosen = pick(rows, table="composition", by=by, scope=ALL)
        if len(chosen) and breakdown.table not in SURVEYS.values():  # the survey's own page tells what it asked
            caption = labels.say("participants.by", per=labels.per(by))
            source = labels.source(*dict.fromkeys(("participants", breakdown.table)))
            several = "several_answers" if breakdown.own else "several"
            notes = [labels.say(f"participants.{several}")] if breakdown.overlaps else []
            blocks.append(
                labels.table(f"by-{by}", caption, chosen, _share_columns(labels, by), source=source, notes=notes)
            )
    return Part("composition", labels.say("participants.composition_heading"), [], blocks)


def _ages(rows: pd.DataFrame, labels: Labels) -> Figure | None:
    """Ages of the participants beside those of the population, where the two are grouped alike."""
    people = pick(rows, table="population", by="age_group").set_index("group")["estimate"]
    students = pick(rows, table="composition", by="age_group", scope=ALL).set_index("group")["estimate"]
    groups = [group for group in people.index if group in students.index]
    if people.empty or not groups or not students[groups].notna().any():
        return None
    total = value(rows, "count", table="composition", by=TOTAL, scope=ALL)
    return charts.pyramid(
        "age-pyramid",
        labels.say("participants.ages"),
        [labels.study.code_name("population_age", group, labels.language) for group in groups],
        floats(students[groups]),
        floats(people[groups]),
        left_label=labels.say("participants.of_students", n=total),
        right_label=labels.say("participants.of_population"),
        unit=labels.say("figure.unit.percent"),
        language=labels.language,
        source=labels.source("participants", "population"),
    )


def _regions(rows: pd.DataFrame, labels: Labels) -> Figure | None:
    """Where the participants live, where the study file says how the regions lie."""
    known = pick(rows, table="composition", by="region", scope=ALL).set_index("group")
    placed = [code for code in labels.study.codes.get("region", []) if code.tile and code.id in known.index]
    if not placed or not known["estimate"].notna().any():
        return None
    return charts.tiles(
        "region-map",
        labels.say("participants.regions"),
        [code.name(labels.language) for code in placed],
        [code.tile for code in placed if code.tile],
        floats(known.loc[[code.id for code in placed], "estimate"]),
        unit=labels.say("figure.unit.of_participants"),
        total=value(rows, "count", table="composition", by=TOTAL, scope=ALL),
        language=labels.language,
        source=labels.source("participants"),
    )


def _profile(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """Each target group by gender, age and so on: one table a breakdown, a column a group."""
    profile = pick(rows, table="target_group_profile")
    if profile.empty:
        return None
    groups = list(dict.fromkeys(profile["group"]))
    present = [b.by for b in breakdowns(labels.study) if b.by in set(profile["by2"]) and b.by != "channel"]
    blocks = [_crossed(pick(profile, by2=by), labels, by, groups) for by in present]
    sentences = [labels.say("participants.profile")]
    return Part("profile", labels.say("participants.profile_heading"), sentences, blocks)


def _crossed(chosen: pd.DataFrame, labels: Labels, by: str, groups: list[str]) -> Table:
    lines: list[list[Value]] = []
    for value2 in dict.fromkeys(chosen["group2"]):
        here = pick(chosen, group2=value2)
        of = dict(zip(here["group"], floats(here["count"]), strict=True))
        lines.append([labels.group(by, value2), *(of.get(g, 0.0) for g in groups)])
    columns = [Column(labels.by(by)), *(Column(labels.short(group), "integer") for group in groups)]
    caption = labels.say("participants.profile_by", per=labels.per(by))
    source = labels.source("participants", "enrolments")
    return Table(f"profile-{by}", caption, columns, lines, labels.language, [], source)


def _overlaps(rows: pd.DataFrame, labels: Labels) -> Part | None:
    overlap = pick(rows, table="overlap")
    if overlap.empty:
        return None
    groups = list(dict.fromkeys(overlap["group"]))
    cells = overlap.set_index(["group", "group2"])["count"]
    both = [(a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))]
    shared = floats(cells[[(groups[a], groups[b]) for a, b in both]])
    pairs = [(a, b, n) for (a, b), n in zip(both, shared, strict=True)]
    figure = charts.overlaps(
        "overlaps",
        labels.say("participants.overlaps"),
        [labels.target_group(g) for g in groups],
        floats(cells[[(g, g) for g in groups]]),
        pairs,
        total=value(rows, "count", table="composition", by=TOTAL, scope=ALL),
        language=labels.language,
        source=labels.source("participants", "enrolments"),
    )
    return Part(
        "overlaps", labels.say("participants.overlaps_heading"), [labels.say("participants.overlaps_how")], [figure]
    )


def _represented(rows: pd.DataFrame, labels: Labels) -> Part | None:
    ratios = pick(rows, table="representation", measure="representation_ratio")
    if ratios.empty:
        return None
    columns = [
        (Column(labels.by("target_group")), lambda row: labels.target_group(row["group"])),
        (Column(labels.say("column.student_share"), "percent"), _students(rows, labels)),
        (Column(labels.say("column.population_share"), "percent", 1), _other(rows, "population_share")),
        (Column(labels.say("column.ratio"), "decimal"), lambda row: _ratio_of(row, labels)),
        (Column(labels.say("column.lower"), "decimal", span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "decimal"), number("upper")),
    ]
    caption = labels.say("participants.representation")
    source = labels.source("participants", "population")
    table = labels.table("representation", caption, ratios, columns, source=source)
    sentences = [_ratio_sentence(row, labels) for _, row in ratios.iterrows() if pd.notna(row["lower"])]
    sentences += [labels.say("participants.representation_how"), labels.say("participants.representation_estimand")]
    table = dataclasses.replace(table, notes=[*table.notes, *_bases(set(ratios["group"]), labels)])
    blocks = [block for block in (_beside_population(rows, labels), table) if block is not None]
    return Part("represented", labels.say("participants.representation_heading"), sentences, blocks)


def _beside_population(rows: pd.DataFrame, labels: Labels) -> Figure | None:
    """The share of the population and of the participants, by target group, age and region."""
    of_groups = pick(rows, table="representation", measure="population_share")
    whole = pd.concat([of_groups, pick(rows, table="population", measure="share")])
    shares = pd.concat(
        [pick(rows, table="representation", measure="student_share"), pick(rows, table="composition", scope=ALL)]
    ).drop_duplicates(["by", "group"])
    ours = {(row["by"], row["group"]): row for _, row in shares.iterrows()}
    found = [(row, ours[row["by"], row["group"]]) for _, row in whole.iterrows() if (row["by"], row["group"]) in ours]
    found = [(theirs, mine) for theirs, mine in found if middle_of(mine) is not None and pd.notna(theirs["estimate"])]
    if not found:
        return None
    under = pick(rows, table="representation", measure="representation_ratio")
    under = [labels.inside(labels.target_group(group)) for group in under[under["upper"] < 1]["group"]]
    finding = labels.say("participants.reached_less", groups=i18n.listing(under, labels.language)) if under else ""
    first, second = ([middle_of(pair[side]) for pair in found] for side in (0, 1))
    return charts.dumbbell(
        "population-participants",
        labels.say("participants.beside_population"),
        [_population_label(row, labels) for row, _ in found],
        first,
        second,
        names=(labels.say("participants.of_population"), labels.say("participants.heading")),
        told=([row["estimate"] for row, _ in found], [labels.share_of(mine) for _, mine in found]),
        finding=finding,
        unit=labels.say("figure.unit.percent"),
        total=value(rows, "count", table="composition", by=TOTAL, scope=ALL),
        language=labels.language,
        source=labels.source("participants", "population"),
    )


def _population_label(row: pd.Series, labels: Labels) -> str:
    codes = {"age_group": "population_age"}.get(row["by"], row["by"])
    if codes in labels.study.codes:
        return labels.study.code_name(codes, row["group"], labels.language)
    return labels.group(row["by"], row["group"])


def _bases(groups: set[str], labels: Labels) -> list[str]:
    """Of whom each group's population share is: all of the table, or the part that the study file declares."""
    said = []
    for entry in (e for e in labels.study.representation if e.target_group in groups):
        words = {"group": labels.target_group(entry.target_group)}
        lists = {column: TABLES["population"][column].codes for column in entry.base}
        names = [labels.study.code_name(lists[c], code, labels.language) for c, of in entry.base.items() for code in of]
        key = "base_of" if names else "base_all"
        said.append(labels.say(f"participants.{key}", names=i18n.listing(names, labels.language), **words))
    return said


def _other(rows: pd.DataFrame, measure: str):
    return lambda row: value(rows, table="representation", measure=measure, group=row["group"])


def _students(rows: pd.DataFrame, labels: Labels) -> Callable[[pd.Series], Value]:
    shares = pick(rows, table="representation", measure="student_share").set_index("group")
    return lambda row: labels.share_of(shares.loc[row["group"]])


def _ratio_of(row: pd.Series, labels: Labels) -> str | float | None:
    """The ratio, or between what it lies."""
    if pd.notna(row["estimate"]) or pd.isna(row["possible_lower"]):
        return floats(row[["estimate"]])[0]
    return labels.interval(row["possible_lower"], row["possible_upper"])


# of a share beside that of the population
RATIO_SIDES = {"above": "over", "below": "under", "unclear": "even", "not_told": "unclear"}


def _ratio_sentence(row: pd.Series, labels: Labels) -> str:
    """More than, less than, or no clear difference from their share of the population; or undecided."""
    key = RATIO_SIDES[rate_tables.side(row, 1.0)]
    ratio = _ratio_of(row, labels)
    words = {"interval": labels.interval(row["lower"], row["upper"])}
    words["estimate"] = ratio if isinstance(ratio, str) else labels.decimal(ratio)
    return labels.say(f"participants.ratio_{key}", group=labels.target_group(row["group"]), **words)


def _rights(rows: pd.DataFrame, labels: Labels) -> list[str]:
    """The same by study right, where somebody has several."""
    of = pick(rows, table="rights").set_index("measure")
    persons = value(rows, "answered", table="completion", measure="completed", by=TOTAL, scope=ALL)
    if of.empty or pd.isna(of.loc["completed", "answered"]) or of.loc["completed", "answered"] == persons:
        return []
    words = {measure: labels.share(of.loc[measure]) for measure in OUTCOMES}
    if i18n.NOTHING in words.values():
        return []
    return [labels.say("participants.standing_rights", n=labels.number(of.loc["completed", "answered"]), **words)]


def _standing(rows: pd.DataFrame, labels: Labels) -> Part | None:
    completion = pick(rows, table="completion", scope=ALL)
    if completion.empty:
        return None
    total = pick(completion, by=TOTAL)
    shares = {row["measure"]: labels.share(row) for _, row in total.iterrows()}
    lines = []
    earlier = dated.column(rows, labels, pick(completion, measure="completed"))
    for (by, group), part in completion.groupby(["by", "group"], sort=False):
        at = part.set_index("measure")
        of = [labels.share_of(at.loc[m]) for m in ("completed", "dropped", "ongoing")]
        kind = "" if by == TOTAL else labels.by(by)
        last = [read(pick(part, measure="completed").iloc[0]) for _, read in earlier]
        lines.append([kind, labels.group(by, group), floats(at["invited"])[0], *of, *last])
    columns = [
        Column(labels.say("survey.column.background")),
        Column(labels.say("column.group")),
        Column(labels.say("column.persons"), "integer"),
        *(Column(labels.say(f"measure.{m}"), "percent") for m in ("completed", "dropped", "ongoing")),
        *(dataclasses.replace(column, label=labels.say("column.last_completed")) for column, _ in earlier),
    ]
    caption = labels.say("participants.standing")
    source = labels.source("participants", "enrolments")
    of_studies = any(by not in (TOTAL, GROUPS) for by in completion["by"])
    notes = [labels.say(f"participants.standing_{key}") for key in (("how", "fields") if of_studies else ("how",))]
    said = "withheld" if i18n.NOTHING in shares.values() else "is"
    table = Table("standing", caption, columns, lines, labels.language, notes, source)
    return Part(
        "standing",
        labels.say("participants.standing_heading"),
        [labels.say(f"participants.standing_{said}", **shares), *_rights(rows, labels)],
        [table],
    )
