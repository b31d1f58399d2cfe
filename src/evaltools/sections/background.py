"""Stage 02: the operating environment, from published figures: employment, age, education, occupations, training needs.

Nothing here is about persons of the study, so nothing is rounded; every table names its source.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from evaltools import i18n
from evaltools.counts.tabulation import TOTAL
from evaltools.report import charts
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import Book, pick, value
from evaltools.sections.material import Material, Reader, number, plain
from evaltools.study.model import Study

NEEDS = ("population", "employment", "barometer", "training_needs")
DIMENSIONS = {"age_group": "population_age", "activity": "population_activity", "education": "population_education"}


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Employment by region and month, population structure, occupational outlook by field, training needs."""
    book = material.book("background")
    tables = material.tables
    if "employment" in tables:
        _employment(book, tables["employment"], pd.Timestamp(material.term.end))
    if "population" in tables:
        _population(book, material.study, tables["population"])
    if "barometer" in tables:
        _barometer(book, material.study, tables["barometer"])
    if "training_needs" in tables:
        for row in tables["training_needs"].sort_values("count", ascending=False).itertuples():
            share = row.count / row.total if row.total else None
            book.amount("training_needs", "need", share, "share", item=row.need, count=row.count, answered=row.total)
    return book.frame()


def _employment(book: Book, table: pd.DataFrame, until: pd.Timestamp) -> None:
    """Each month's total up to the term's end; by region the last month, and the same month a year before."""
    known = table[table["month"] <= until]
    if known.empty:
        return
    for month, part in known.groupby("month"):
        _employed(book, "employment_by_month", month, part, by="month", group=month.date().isoformat())
    last = known["month"].max()
    for when, month in (("latest", last), ("year_before", last - pd.DateOffset(years=1))):
        chosen = known[known["month"] == month]
        if len(chosen):
            _employed(book, "employment", month, chosen, by=TOTAL, group=TOTAL, item=when)
            for region, part in chosen.groupby("region"):
                _employed(book, "employment", month, part, by="region", group=region, item=when)


def _employed(book: Book, table: str, month: pd.Timestamp, part: pd.DataFrame, **where: str) -> None:
    employed, unemployed = int(part["employed"].sum()), int(part["unemployed"].sum())
    force = employed + unemployed
    day = month.date().isoformat()
    book.amount(table, "employed", employed, "persons", date=day, **where)
    book.amount(table, "unemployed", unemployed, "persons", date=day, **where)
    book.amount(table, "labour_force", force, "persons", date=day, **where)
    book.amount(table, "unemployment", unemployed / force if force else None, "share", date=day, **where)


def _population(book: Book, study: Study, table: pd.DataFrame) -> None:
    """Structure by one dimension at a time, and the shares the study compares its students with, by region and age."""
    whole = int(table["count"].sum())
    for by in DIMENSIONS:
        for group, part in table.groupby(by):
            _share(book, "population", "share", int(part["count"].sum()), whole, by=by, group=group)
    for entry in study.representation:
        inside = pd.Series(True, table.index)
        for column, codes in entry.part.items():
            inside &= table[column].isin(codes)
        counted = table.assign(part=table["count"].where(inside, 0))
        name = {"item": entry.target_group}
        _share(book, "population_group", "share", int(counted["part"].sum()), whole, by=TOTAL, group=TOTAL, **name)
        for by in (b for b in ("region", "age_group") if b not in entry.part):
            for group, part in counted.groupby(by):
                count, total = int(part["part"].sum()), int(part["count"].sum())
                _share(book, "population_group", "share", count, total, by=by, group=group, **name)


def _share(book: Book, table: str, measure: str, count: int, total: int, **where: str) -> None:
    share = count / total if total else None
    book.amount(table, measure, share, "share", count=count, answered=total, **where)


def _barometer(book: Book, study: Study, table: pd.DataFrame) -> None:
    """For each field taught: in how many occupation-region pairs applicants are short, balanced or in surplus."""
    values = {code.id: code.value for code in study.codes["outlook"]}
    fields = {code.id: code.fields for code in study.codes["occupation"]}
    scored = table.assign(value=table["outlook"].map(values), field=table["occupation"].map(fields))
    by_field = scored.explode("field").dropna(subset=["field", "value"])
    for field, part in by_field.groupby("field"):
        book.amount("barometer", "mean_outlook", float(part["value"].mean()), "points", by="field", group=field)
        for outlook in values:
            count = int((part["outlook"] == outlook).sum())
            _share(book, "barometer", "pairs", count, len(part), by="field", group=field, item=outlook)


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """Employment, age, education and other groups, occupational outlook, training needs."""
    makers = (_employment_part, _population_part, _groups_part, _barometer_part, _needs_part)
    return [part for make in makers if (part := make(rows, reader)) is not None]


def _employment_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    latest = pick(rows, table="employment", item="latest", measure="unemployment")
    if latest.empty:
        return None
    source = reader.source("employment")
    total = pick(latest, by=TOTAL).iloc[0]
    at = {"table": "employment", "by": TOTAL}
    words = {
        "month": i18n.month(dt.date.fromisoformat(total["date"]), reader.language),
        "employed": reader.number(value(rows, item="latest", measure="employed", **at)),
        "unemployed": reader.number(value(rows, item="latest", measure="unemployed", **at)),
        "share": reader.percent(total["estimate"]),
    }
    sentences = [reader.say("background.employment_now", **words)]
    now = value(rows, item="latest", measure="unemployment", **at)
    before = value(rows, item="year_before", measure="unemployment", **at)
    if now is not None and before is not None:
        direction = "rose" if now > before else "fell" if now < before else "same"
        sentences.append(reader.say(f"background.employment_{direction}", before=reader.percent(before)))
    columns = [
        (Column(reader.by("region")), lambda row: reader.group(row["by"], row["group"])),
        (Column(reader.say("background.employed"), "integer"), _beside(rows, "latest", "employed")),
        (Column(reader.say("background.unemployed"), "integer"), _beside(rows, "latest", "unemployed")),
        (Column(reader.say("background.unemployment"), "percent"), number("estimate")),
        (Column(reader.say("background.unemployment_before"), "percent"), _beside(rows, "year_before", "unemployment")),
    ]
    table = reader.table("employment-by-region", reader.say("background.by_region"), latest, columns, source=source)
    series = pick(rows, table="employment_by_month", measure="unemployment")
    figure = charts.lines(
        "unemployment",
        reader.say("background.unemployment_series"),
        [dt.date.fromisoformat(day) for day in series["date"]],
        {reader.say("background.unemployment"): plain(series["estimate"])},
        kind="percent",
        unit=reader.say("figure.unit.labour_force"),
        total=value(rows, item="latest", measure="labour_force", **at),
        language=reader.language,
        source=source,
    )
    return Part("employment", reader.say("background.employment_heading"), sentences, [figure, table])


def _beside(rows: pd.DataFrame, when: str, measure: str):
    """A reader of the same group's other number."""
    where = {"table": "employment", "item": when, "measure": measure}
    return lambda row: value(rows, by=row["by"], group=row["group"], **where)


def _population_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    structure = pick(rows, table="population")
    if structure.empty:
        return None
    source = reader.source("population")
    blocks = []
    for by, codes in DIMENSIONS.items():
        chosen = pick(structure, by=by)
        order = [code.id for code in reader.study.codes[codes]]
        chosen = chosen.sort_values("group", key=lambda g, o=order: g.map(o.index), kind="stable")
        labels = [reader.study.code_name(codes, group, reader.language) for group in chosen["group"]]
        caption = reader.say("background.population_by", per=reader.per(by))
        shares = plain(chosen["estimate"])
        whole = {"unit": reader.say("figure.unit.of_population"), "total": chosen["answered"].max()}
        blocks.append(
            charts.bars(f"population-{by}", caption, labels, shares, language=reader.language, source=source, **whole)
        )
    return Part("population", reader.say("background.population_heading"), [], blocks)


def _groups_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    """The groups that the study compares its students with: how large they are, and where."""
    groups = pick(rows, table="population_group")
    if groups.empty:
        return None
    source = reader.source("population")
    sentences, blocks = [], []
    for item in dict.fromkeys(groups["item"]):
        chosen = pick(groups, item=item)
        total = pick(chosen, by=TOTAL).iloc[0]
        words = {"group": reader.target_group(item), "share": reader.percent(total["estimate"])}
        sentences.append(reader.say("background.group_share", n=total["count"], **words))
        for by in (b for b in ("region", "age_group") if b in set(chosen["by"])):
            part = pick(chosen, by=by)
            columns = [
                (Column(reader.by(by)), lambda row: _population_label(reader, row)),
                (Column(reader.say("column.persons"), "integer"), number("count")),
                (Column(reader.say("column.population_share"), "percent"), number("estimate")),
            ]
            caption = reader.say("background.group_by", group=reader.target_group(item), per=reader.per(by))
            blocks.append(reader.table(f"{item}-by-{by}", caption, part, columns, source=source))
    return Part("population-groups", reader.say("background.groups_heading"), sentences, blocks)


def _population_label(reader: Reader, row: pd.Series) -> str:
    codes = "population_age" if row["by"] == "age_group" else row["by"]
    return reader.study.code_name(codes, row["group"], reader.language)


def _barometer_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    means = pick(rows, table="barometer", measure="mean_outlook")
    if means.empty:
        return None
    means = means.sort_values("estimate", ascending=False, kind="stable")
    pairs = pick(rows, table="barometer", measure="pairs")
    steps = sorted(reader.study.codes["outlook"], key=lambda code: code.value or 0)
    counts = [
        [int(value(pairs, "count", group=field, item=step.id) or 0) for step in steps]  # a pair count is never missing
        for field in means["group"]
    ]
    source = reader.source("barometer")
    labels = [reader.group("field", field) for field in means["group"]]
    names = [step.name(reader.language) for step in steps]
    caption = reader.say("background.barometer")
    style = {"unit": reader.say("figure.unit.of_pairs"), "language": reader.language, "source": source}
    figure = charts.distribution("barometer", caption, labels, names, counts, **style)
    short = [reader.group("field", row["group"]) for _, row in means.iterrows() if row["estimate"] > 0]
    key = "background.barometer_short" if short else "background.barometer_none"
    sentences = [reader.say(key, fields="; ".join(short)), reader.say("background.barometer_how")]
    columns = [
        (Column(reader.by("field")), lambda row: reader.group("field", row["group"])),
        (Column(reader.say("background.mean_outlook"), "decimal"), number("estimate")),
    ]
    table = reader.table("barometer-mean", reader.say("background.barometer_mean"), means, columns, source=source)
    return Part("barometer", reader.say("background.barometer_heading"), sentences, [figure, table])


def _needs_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    needs = pick(rows, table="training_needs")
    if needs.empty:
        return None
    labels = [reader.study.code_name("training_need", item, reader.language) for item in needs["item"]]
    top = needs.iloc[0]
    words = {"need": labels[0], "share": reader.percent(top["estimate"]), "total": reader.number(top["answered"])}
    source = reader.source("training_needs")
    caption = reader.say("background.needs")
    shares = plain(needs["estimate"])
    style = {"unit": reader.say("figure.unit.answers"), "language": reader.language, "source": source}
    figure = charts.bars("training-needs", caption, labels, shares, total=top["answered"], **style)
    columns = [Column(reader.say("background.need")), Column(reader.say("column.persons"), "integer")]
    columns += [Column(reader.say("column.answered"), "integer"), Column(reader.say("column.share"), "percent")]
    numbers = zip(*(plain(needs[c]) for c in ("count", "answered", "estimate")), strict=True)
    lines = [[label, *line] for label, line in zip(labels, numbers, strict=True)]
    table = Table("training-needs-table", caption, columns, lines, reader.language, [], source)
    sentences = [reader.say("background.needs_top", **words)]
    return Part("training-needs", reader.say("background.needs_heading"), sentences, [figure, table])
