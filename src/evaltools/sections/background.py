"""Stage 02: the operating environment, from published figures: employment, age, education, occupations, training needs.

Nothing here is about persons of the study, so nothing is rounded; every table names its source.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import TOTAL
from evaltools.report import charts, document
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick, value
from evaltools.sections.material import Labels, Material, floats, number
from evaltools.study.model import Study

NEEDS = ("population", "employment", "barometer", "training_needs")
DIMENSIONS = {"age_group": "population_age", "activity": "population_activity", "education": "population_education"}


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Employment by region and month, population structure, occupational outlook by field, training needs."""
    results = material.result_set("background")
    tables = material.tables
    if "employment" in tables:
        _employment(results, tables["employment"], pd.Timestamp(material.term.end))
    if "population" in tables:
        _population(results, material.study, tables["population"])
    if "barometer" in tables:
        _barometer(results, material.study, tables["barometer"])
    if "training_needs" in tables:
        for row in tables["training_needs"].sort_values("count", ascending=False).itertuples():
            share = row.count / row.total if row.total else None
            results.amount("training_needs", "need", share, "share", item=row.need, count=row.count, answered=row.total)
    return results.frame()


def _employment(results: ResultSet, table: pd.DataFrame, until: pd.Timestamp) -> None:
    """Each month's total up to the term's end; by region the last month, and the same month a year before."""
    known = table[table["month"] <= until]
    if known.empty:
        return
    for month, part in known.groupby("month"):
        _employed(results, "employment_by_month", month, part, by="month", group=month.date().isoformat())
    last = known["month"].max()
    for when, month in (("latest", last), ("year_before", last - pd.DateOffset(years=1))):
        chosen = known[known["month"] == month]
        if len(chosen):
            _employed(results, "employment", month, chosen, by=TOTAL, group=TOTAL, item=when)
            for region, part in chosen.groupby("region"):
                _employed(results, "employment", month, part, by="region", group=region, item=when)


def _employed(results: ResultSet, table: str, month: pd.Timestamp, part: pd.DataFrame, **where: str) -> None:
    employed, unemployed = int(part["employed"].sum()), int(part["unemployed"].sum())
    force = employed + unemployed
    day = month.date().isoformat()
    results.amount(table, "employed", employed, "persons", date=day, **where)
    results.amount(table, "unemployed", unemployed, "persons", date=day, **where)
    results.amount(table, "labour_force", force, "persons", date=day, **where)
    results.amount(table, "unemployment", unemployed / force if force else None, "share", date=day, **where)


def _population(results: ResultSet, study: Study, table: pd.DataFrame) -> None:
    """Structure by one dimension at a time, and the shares the study compares its students with, by region and age."""
    whole = int(table["count"].sum())
    for by in DIMENSIONS:
        for group, part in table.groupby(by):
            _share(results, "population", "share", int(part["count"].sum()), whole, by=by, group=group)
    for entry in study.representation:
        inside = pd.Series(True, table.index)
        for column, codes in entry.part.items():
            inside &= table[column].isin(codes)
        counted = table.assign(part=table["count"].where(inside, 0))
        name = {"item": entry.target_group}
        _share(results, "population_group", "share", int(counted["part"].sum()), whole, by=TOTAL, group=TOTAL, **name)
        for by in (b for b in ("region", "age_group") if b not in entry.part):
            for group, part in counted.groupby(by):
                count, total = int(part["part"].sum()), int(part["count"].sum())
                _share(results, "population_group", "share", count, total, by=by, group=group, **name)


def _share(results: ResultSet, table: str, measure: str, count: int, total: int, **where: str) -> None:
    share = count / total if total else None
    results.amount(table, measure, share, "share", count=count, answered=total, **where)


def _barometer(results: ResultSet, study: Study, table: pd.DataFrame) -> None:
    """For each field taught: in how many occupation-region pairs applicants are short, balanced or in surplus."""
    values = {code.id: code.value for code in study.codes["outlook"]}
    fields = {code.id: code.fields for code in study.codes["occupation"]}
    scored = table.assign(value=table["outlook"].map(values), field=table["occupation"].map(fields))
    by_field = scored.explode("field").dropna(subset=["field", "value"])
    for field, part in by_field.groupby("field"):
        results.amount("barometer", "mean_outlook", float(part["value"].mean()), "points", by="field", group=field)
        for outlook in values:
            count = int((part["outlook"] == outlook).sum())
            _share(results, "barometer", "pairs", count, len(part), by="field", group=field, item=outlook)


# --- parts ---


def parts(rows: pd.DataFrame, labels: Labels) -> list[Part]:
    """Employment, age, education and other groups, occupational outlook, training needs."""
    makers = (_employment_part, _population_part, _groups_part, _barometer_part, _needs_part)
    with i18n.share_decimals(1), charts.words.verdicts(True):  # of official statistics, as they are published
        made = [part for make in makers if (part := make(rows, labels)) is not None]
    return [document.share_decimals(part, 1) for part in made]


def _employment_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    latest = pick(rows, table="employment", item="latest", measure="unemployment")
    if latest.empty:
        return None
    source = labels.source("employment")
    total = pick(latest, by=TOTAL).iloc[0]
    at = {"table": "employment", "by": TOTAL}
    words = {
        "month": i18n.month(dt.date.fromisoformat(total["date"]), labels.language),
        "employed": labels.number(value(rows, item="latest", measure="employed", **at)),
        "unemployed": labels.number(value(rows, item="latest", measure="unemployed", **at)),
        "share": labels.percent(total["estimate"]),
    }
    sentences = [labels.say("background.employment_now", **words)]
    now = value(rows, item="latest", measure="unemployment", **at)
    before = value(rows, item="year_before", measure="unemployment", **at)
    if now is not None and before is not None:
        direction = "rose" if now > before else "fell" if now < before else "same"
        sentences.append(labels.say(f"background.employment_{direction}", before=labels.percent(before)))
    columns = [
        (Column(labels.by("region")), lambda row: labels.group(row["by"], row["group"])),
        (Column(labels.say("background.employed"), "integer"), _beside(rows, "latest", "employed")),
        (Column(labels.say("background.unemployed"), "integer"), _beside(rows, "latest", "unemployed")),
        (Column(labels.say("background.unemployment"), "percent"), number("estimate")),
        (Column(labels.say("background.unemployment_before"), "percent"), _beside(rows, "year_before", "unemployment")),
    ]
    table = labels.table("employment-by-region", labels.say("background.by_region"), latest, columns, source=source)
    series = pick(rows, table="employment_by_month", measure="unemployment")
    figure = charts.lines(
        "unemployment",
        labels.say("background.unemployment_series"),
        [dt.date.fromisoformat(day) for day in series["date"]],
        {labels.say("background.unemployment"): floats(series["estimate"])},
        kind="percent",
        unit=labels.say("figure.unit.labour_force"),
        total=value(rows, item="latest", measure="labour_force", **at),
        language=labels.language,
        source=source,
    )
    return Part("employment", labels.say("background.employment_heading"), sentences, [figure, table])


def _beside(rows: pd.DataFrame, when: str, measure: str):
    """A reader of the same group's other number."""
    where = {"table": "employment", "item": when, "measure": measure}
    return lambda row: value(rows, by=row["by"], group=row["group"], **where)


def _population_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    structure = pick(rows, table="population")
    if structure.empty:
        return None
    source = labels.source("population")
    blocks = []
    for by, codes in DIMENSIONS.items():
        chosen = pick(structure, by=by)
        order = [code.id for code in labels.study.codes[codes]]
        chosen = chosen.sort_values("group", key=lambda g, o=order: g.map(o.index), kind="stable")
        row_labels = [labels.study.code_name(codes, group, labels.language) for group in chosen["group"]]
        caption = labels.say("background.population_by", per=labels.per(by))
        shares = floats(chosen["estimate"])
        whole = {"unit": labels.say("figure.unit.of_population"), "total": chosen["answered"].max()}
        blocks.append(
            charts.bars(
                f"population-{by}", caption, row_labels, shares, language=labels.language, source=source, **whole
            )
        )
    return Part("population", labels.say("background.population_heading"), [], blocks)


def _groups_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """The groups that the study compares its students with: how large they are, and where."""
    groups = pick(rows, table="population_group")
    if groups.empty:
        return None
    source = labels.source("population")
    sentences, blocks = [], []
    for item in dict.fromkeys(groups["item"]):
        chosen = pick(groups, item=item)
        total = pick(chosen, by=TOTAL).iloc[0]
        words = {"group": labels.target_group(item), "share": labels.percent(total["estimate"])}
        sentences.append(labels.say("background.group_share", n=total["count"], **words))
        for by in (b for b in ("region", "age_group") if b in set(chosen["by"])):
            part = pick(chosen, by=by)
            columns = [
                (Column(labels.by(by)), lambda row: _population_label(labels, row)),
                (Column(labels.say("column.persons"), "integer"), number("count")),
                (Column(labels.say("column.population_share"), "percent"), number("estimate")),
            ]
            caption = labels.say("background.group_by", group=labels.target_group(item), per=labels.per(by))
            blocks.append(labels.table(f"{item}-by-{by}", caption, part, columns, source=source))
    return Part("population-groups", labels.say("background.groups_heading"), sentences, blocks)


def _population_label(labels: Labels, row: pd.Series) -> str:
    codes = "population_age" if row["by"] == "age_group" else row["by"]
    return labels.study.code_name(codes, row["group"], labels.language)


def _barometer_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    means = pick(rows, table="barometer", measure="mean_outlook")
    if means.empty:
        return None
    means = means.sort_values("estimate", ascending=False, kind="stable")
    pairs = pick(rows, table="barometer", measure="pairs")
    steps = sorted(labels.study.codes["outlook"], key=lambda code: code.value or 0)
    counts = [
        [int(value(pairs, "count", group=field, item=step.id) or 0) for step in steps]  # a pair count is never missing
        for field in means["group"]
    ]
    source = labels.source("barometer")
    row_labels = [labels.group("field", field) for field in means["group"]]
    names = [step.name(labels.language) for step in steps]
    caption = labels.say("background.barometer")
    style = {"unit": labels.say("figure.unit.of_pairs"), "language": labels.language, "source": source}
    figure = charts.distribution("barometer", caption, row_labels, names, counts, **style)
    short = [labels.inside(labels.group("field", row["group"])) for _, row in means.iterrows() if row["estimate"] > 0]
    key = "background.barometer_short" if short else "background.barometer_none"
    sentences = [labels.say(key, fields="; ".join(short)), labels.say("background.barometer_how")]
    columns = [
        (Column(labels.by("field")), lambda row: labels.group("field", row["group"])),
        (Column(labels.say("background.mean_outlook"), "decimal"), number("estimate")),
    ]
    table = labels.table("barometer-mean", labels.say("background.barometer_mean"), means, columns, source=source)
    return Part("barometer", labels.say("background.barometer_heading"), sentences, [figure, table])


def _needs_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    needs = pick(rows, table="training_needs")
    if needs.empty:
        return None
    row_labels = [labels.study.code_name("training_need", item, labels.language) for item in needs["item"]]
    top = needs.iloc[0]
    words = {"need": row_labels[0], "share": labels.percent(top["estimate"]), "total": labels.number(top["answered"])}
    source = labels.source("training_needs")
    caption = labels.say("background.needs")
    shares = floats(needs["estimate"])
    unit, total = labels.say("figure.unit.answers"), top["answered"]
    figure = charts.bars(
        "training-needs", caption, row_labels, shares, total=total, unit=unit, language=labels.language, source=source
    )
    figure = replace(figure, finding=labels.say("background.found_need", need=row_labels[0]))
    columns = [Column(labels.say("background.need")), Column(labels.say("column.persons"), "integer")]
    columns += [Column(labels.say("column.answered"), "integer"), Column(labels.say("column.share"), "percent")]
    numbers = zip(*(floats(needs[c]) for c in ("count", "answered", "estimate")), strict=True)
    lines = [[label, *line] for label, line in zip(row_labels, numbers, strict=True)]
    table = Table("training-needs-table", caption, columns, lines, labels.language, [], source)
    sentences = [labels.say("background.needs_top", **words)]
    return Part("training-needs", labels.say("background.needs_heading"), sentences, [figure, table])
