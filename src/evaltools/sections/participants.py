"""Stage 03: who the participants are, target groups and their overlaps, and how they compare with the population."""

from __future__ import annotations

import math

import pandas as pd

from evaltools.counts.tabulation import ALL, TOTAL
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.report import charts
from evaltools.report.document import Column, Figure, Part, Table
from evaltools.results.records import pick, value
from evaltools.sections.material import Material, Reader, number, plain, whole
from evaltools.statistics import proportions
from evaltools.statistics.types import Estimate

NEEDS = ("participants", "enrolments", "population")
BREAKDOWNS = ("gender", "age_group", "region", "language", "education", "activity", "field", "kind", "channel", "arm")


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Composition by every breakdown and term, target groups, overlaps, representation, standing of studies."""
    book = material.book("participants")
    counts = material.counts
    if "composition" not in counts:
        return book.frame()
    for row in counts["composition"].itertuples():
        where = {"scope": row.scope, "by": row.by, "group": row.group}
        book.count("composition", "persons", row.count, None if row.by == TOTAL else row.total, **where)
    for row in counts["registrations"].itertuples():
        book.count("registrations", "persons", row.count, row.total, by="registration", group=row.group)
    if "cross" in counts:
        for row in counts["cross"].itertuples():
            where = {"by": "target_group", "group": row.target_group, "by2": row.by, "group2": row.group}
            book.count("target_group_profile", "persons", row.count, row.total, **where)
        for row in counts["overlap"].itertuples():
            where = {"by": "target_group", "group": row.group, "by2": "target_group", "group2": row.group2}
            book.count("overlap", "persons", row.count, row.total, **where)
    for row in counts.get("completion", pd.DataFrame()).itertuples():
        where = {"scope": row.scope, "by": row.by, "group": row.group}
        book.count("completion", row.measure, row.count, row.invited, **where)
    _population(material, book)
    _representation(material, book)
    return book.frame()


def _population(material: Material, book) -> None:
    """The population by age, where its ages are those that the study groups its participants by."""
    ages = [group.id for group in material.study.age_groups]
    people = material.tables.get("population")
    if people is None or "age_group" not in people or not set(people["age_group"]) <= set(ages):
        return
    whole = int(people["count"].sum())
    for group in ages:
        here = int(people.loc[people["age_group"] == group, "count"].sum())
        share = here / whole if whole else None
        book.amount("population", "share", share, "share", by="age_group", group=group, count=here, answered=whole)


def _representation(material: Material, book) -> None:
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
        book.amount("representation", "population_share", share, "share", **where)
        book.count("representation", "student_share", whole(here["count"]), whole(here["total"]), **where)
        # the ratio gives the share away: where the one is withheld, so is the other
        share_shown = book.rows[-1].get("estimate") is not None
        ratio = _ratio(whole(here["count"]), whole(here["total"]), share)
        least = len(material.tables["persons"]) if share_shown else 0
        book.statistic("representation", "representation_ratio", ratio, least=least, of_shown=True, **where)


def _ratio(count: int, total: int, share: float | None) -> Estimate:
    if not share or math.isnan(count + total):
        return Estimate(None, None, None, total, "Wilson / population share", note="no_population")
    return proportions.representation_ratio(count, total, share)


def _filtered(population: pd.DataFrame, within: dict[str, list[str]]) -> pd.DataFrame:
    for column, codes in within.items():
        population = population[population[column].isin(codes)]
    return population


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """The report's parts: overview, target groups, profile, overlaps, representation, standing of studies."""
    if rows.empty:
        return []
    makers = (_overview, _target_groups, _composition, _profile, _overlaps, _represented, _standing)
    return [part for make in makers if (part := make(rows, reader)) is not None]


def _overview(rows: pd.DataFrame, reader: Reader) -> Part:
    total = value(rows, "count", table="composition", by=TOTAL, scope=ALL)
    again = value(rows, "count", table="registrations", group="again")
    sentences = [
        reader.say("participants.total", n=total),
        reader.say("participants.again", again=reader.number(again)),
    ]
    by_term = pick(rows, table="composition", by=TOTAL)
    by_term = by_term[by_term["scope"] != ALL]
    blocks: list[Table | Figure] = []
    if len(by_term):
        labels = [reader.scope(scope) for scope in by_term["scope"]]
        blocks.append(
            charts.bars(
                "participants-by-term",
                reader.say("participants.by_term"),
                labels,
                plain(by_term["count"]),
                kind="integer",
                unit=reader.say("figure.unit.persons"),
                total=total,
                language=reader.language,
                source=reader.source("participants"),
            )
        )
    return Part("participants-overview", reader.say("participants.heading"), sentences, blocks)


def _target_groups(rows: pd.DataFrame, reader: Reader) -> Part | None:
    groups = pick(rows, table="composition", by="target_group", scope=ALL)
    if groups.empty:
        return None
    anyone = pick(groups, group=ANY_GROUP).iloc[0]
    single = groups[groups["group"] != ANY_GROUP]
    words = {
        "n": anyone["count"],
        "total": reader.number(anyone["invited"]),
        "share": reader.percent(anyone["estimate"]),
    }
    definitions = [f"{g.name(reader.language)}: {g.definition(reader.language)}" for g in reader.study.target_groups]
    columns = _share_columns(reader, "target_group")
    caption = reader.say("participants.target_groups")
    source = reader.source("participants", "enrolments")
    blocks = [
        charts.bars(
            "target-groups",
            caption,
            [reader.target_group(g) for g in single["group"]],
            plain(single["count"]),
            kind="integer",
            unit=reader.say("figure.unit.persons"),
            total=plain(groups["invited"])[0],
            language=reader.language,
            source=source,
        ),
        reader.table("target-groups-table", caption, groups, columns, source=source, notes=definitions),
    ]
    sentences = [reader.say("participants.target_total", **words), reader.say("participants.overlap_note")]
    heading = reader.say("participants.target_heading")
    return Part("target-groups", heading, sentences, blocks, summary=sentences[:1])


def _share_columns(reader: Reader, by: str):
    return [
        (Column(reader.by(by)), lambda row: reader.group(row["by"], row["group"])),
        (Column(reader.say("column.persons"), "integer"), number("count")),
        (Column(reader.say("column.share"), "percent"), number("estimate")),
    ]


def _composition(rows: pd.DataFrame, reader: Reader) -> Part:
    """The pictures of ages and regions, then a table a breakdown."""
    blocks: list[Table | Figure] = [made for make in (_ages, _regions) if (made := make(rows, reader)) is not None]
    for by in BREAKDOWNS:
        chosen = pick(rows, table="composition", by=by, scope=ALL)
        if len(chosen):
            caption = reader.say("participants.by", per=reader.per(by))
            source = (
                reader.source("participants", "enrolments")
                if by in ("field", "kind")
                else reader.source("participants")
            )
            notes = [reader.say("participants.several")] if by in ("field", "kind") else []
            blocks.append(
                reader.table(f"by-{by}", caption, chosen, _share_columns(reader, by), source=source, notes=notes)
            )
    return Part("composition", reader.say("participants.composition_heading"), [], blocks)


def _ages(rows: pd.DataFrame, reader: Reader) -> Figure | None:
    """Ages of the participants beside those of the population, where the two are grouped alike."""
    people = pick(rows, table="population", by="age_group").set_index("group")["estimate"]
    students = pick(rows, table="composition", by="age_group", scope=ALL).set_index("group")["estimate"]
    groups = [group for group in people.index if group in students.index]
    if people.empty or not groups:
        return None
    total = value(rows, "count", table="composition", by=TOTAL, scope=ALL)
    return charts.pyramid(
        "age-pyramid",
        reader.say("participants.ages"),
        [reader.study.code_name("population_age", group, reader.language) for group in groups],
        plain(students[groups]),
        plain(people[groups]),
        left_label=reader.say("participants.of_students", n=total),
        right_label=reader.say("participants.of_population"),
        unit=reader.say("figure.unit.percent"),
        language=reader.language,
        source=reader.source("participants", "population"),
    )


def _regions(rows: pd.DataFrame, reader: Reader) -> Figure | None:
    """Where the participants live, where the study file says how the regions lie."""
    known = pick(rows, table="composition", by="region", scope=ALL).set_index("group")
    placed = [code for code in reader.study.codes.get("region", []) if code.tile and code.id in known.index]
    if not placed:
        return None
    return charts.tiles(
        "region-map",
        reader.say("participants.regions"),
        [code.name(reader.language) for code in placed],
        [code.tile for code in placed if code.tile],
        plain(known.loc[[code.id for code in placed], "estimate"]),
        unit=reader.say("figure.unit.of_participants"),
        total=value(rows, "count", table="composition", by=TOTAL, scope=ALL),
        language=reader.language,
        source=reader.source("participants"),
    )


def _profile(rows: pd.DataFrame, reader: Reader) -> Part | None:
    """Each target group by gender, age and so on: one table a breakdown, groups as numbered columns."""
    profile = pick(rows, table="target_group_profile")
    if profile.empty:
        return None
    groups = list(dict.fromkeys(profile["group"]))
    present = [b for b in BREAKDOWNS if b in set(profile["by2"]) and b != "channel"]
    blocks = [_numbered(groups, reader), *(_crossed(pick(profile, by2=by), reader, by, groups) for by in present)]
    sentences = [reader.say("participants.profile")]
    return Part("profile", reader.say("participants.profile_heading"), sentences, blocks)


def _numbered(groups: list[str], reader: Reader) -> Table:
    """What the numbers of the columns stand for."""
    columns = [Column(reader.say("participants.column")), Column(reader.by("target_group"))]
    lines = [[str(i), reader.target_group(group)] for i, group in enumerate(groups, 1)]
    return Table("profile-columns", reader.say("participants.profile_columns"), columns, lines, reader.language)


def _crossed(chosen: pd.DataFrame, reader: Reader, by: str, groups: list[str]) -> Table:
    lines = []
    for value2 in dict.fromkeys(chosen["group2"]):
        of = chosen[chosen["group2"] == value2].set_index("group")["count"]
        lines.append([reader.group(by, value2), *(_or_zero(of, g) for g in groups)])
    columns = [Column(reader.by(by)), *(Column(str(i), "integer") for i in range(1, len(groups) + 1))]
    caption = reader.say("participants.profile_by", per=reader.per(by))
    source = reader.source("participants", "enrolments")
    return Table(f"profile-{by}", caption, columns, lines, reader.language, [], source)


def _or_zero(counts: pd.Series, group: str) -> float:
    return plain(counts[[group]])[0] if group in counts else 0.0


def _overlaps(rows: pd.DataFrame, reader: Reader) -> Part | None:
    overlap = pick(rows, table="overlap")
    if overlap.empty:
        return None
    groups = list(dict.fromkeys(overlap["group"]))
    cells = overlap.set_index(["group", "group2"])["count"]
    both = [(a, b) for a in range(len(groups)) for b in range(a + 1, len(groups))]
    shared = plain(cells[[(groups[a], groups[b]) for a, b in both]])
    pairs = [(a, b, n) for (a, b), n in zip(both, shared, strict=True)]
    figure = charts.overlaps(
        "overlaps",
        reader.say("participants.overlaps"),
        [reader.target_group(g) for g in groups],
        plain(cells[[(g, g) for g in groups]]),
        pairs,
        total=value(rows, "count", table="composition", by=TOTAL, scope=ALL),
        language=reader.language,
        source=reader.source("participants", "enrolments"),
    )
    return Part(
        "overlaps", reader.say("participants.overlaps_heading"), [reader.say("participants.overlaps_how")], [figure]
    )


def _represented(rows: pd.DataFrame, reader: Reader) -> Part | None:
    ratios = pick(rows, table="representation", measure="representation_ratio")
    if ratios.empty:
        return None
    columns = [
        (Column(reader.by("target_group")), lambda row: reader.target_group(row["group"])),
        (Column(reader.say("column.student_share"), "percent"), _other(rows, "student_share")),
        (Column(reader.say("column.population_share"), "percent"), _other(rows, "population_share")),
        (Column(reader.say("column.ratio"), "decimal"), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal"), number("upper")),
    ]
    caption = reader.say("participants.representation")
    source = reader.source("participants", "population")
    table = reader.table("representation", caption, ratios, columns, source=source)
    sentences = [_ratio_sentence(row, reader) for _, row in ratios.iterrows() if pd.notna(row["estimate"])]
    sentences.append(reader.say("participants.representation_how"))
    return Part("represented", reader.say("participants.representation_heading"), sentences, [table])


def _other(rows: pd.DataFrame, measure: str):
    return lambda row: value(rows, table="representation", measure=measure, group=row["group"])


def _ratio_sentence(row: pd.Series, reader: Reader) -> str:
    """More than, less than, or not told apart from their share of the population."""
    key = "over" if row["lower"] > 1 else "under" if row["upper"] < 1 else "even"
    words = {name: reader.decimal(row[name], 2) for name in ("estimate", "lower", "upper")}
    return reader.say(f"participants.ratio_{key}", group=reader.target_group(row["group"]), **words)


def _standing(rows: pd.DataFrame, reader: Reader) -> Part | None:
    completion = pick(rows, table="completion", scope=ALL)
    if completion.empty:
        return None
    total = pick(completion, by=TOTAL)
    shares = {row["measure"]: reader.percent(row["estimate"]) for _, row in total.iterrows()}
    lines = []
    for (by, group), part in completion.groupby(["by", "group"], sort=False):
        at = part.set_index("measure")
        of = [number("estimate")(at.loc[m]) for m in ("completed", "dropped", "ongoing")]
        kind = "" if by == TOTAL else reader.by(by)
        lines.append([kind, reader.group(by, group), plain(at["invited"])[0], *of])
    columns = [
        Column(reader.say("survey.column.background")),
        Column(reader.say("column.group")),
        Column(reader.say("column.persons"), "integer"),
        *(Column(reader.say(f"measure.{m}"), "percent") for m in ("completed", "dropped", "ongoing")),
    ]
    caption = reader.say("participants.standing")
    source = reader.source("participants", "enrolments")
    table = Table("standing", caption, columns, lines, reader.language, [], source)
    return Part(
        "standing",
        reader.say("participants.standing_heading"),
        [reader.say("participants.standing_is", **shares)],
        [table],
    )
