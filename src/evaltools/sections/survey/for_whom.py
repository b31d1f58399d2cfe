"""For whom answers changed, and whether it differs by the term of starting: one family of tests, then each group.

Of exact pairs by group: a protected edition has none of it and says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, GROUPS, of_start
from evaltools.counts.groups import STARTED
from evaltools.ingest.tidy import ANY_GROUP
from evaltools.report.document import Column, Figure, Part, Table
from evaltools.results.records import ResultSet, pick
from evaltools.sections import clustered
from evaltools.sections.material import Labels, Material, number
from evaltools.sections.placement_groups import trend_rows, trend_sentence
from evaltools.sections.rate_tables import within
from evaltools.sections.survey import net_changes
from evaltools.sections.survey.wording import source
from evaltools.statistics import attrition, comparison, heterogeneity, multiplicity, net_change, trend
from evaltools.statistics.clusters import Design
from evaltools.statistics.types import Estimate, Test

FEWEST = 5  # pairs of a group, or of the others; below it a group is not compared
Ways = tuple[int, int, int]  # better, same, worse
Made = dict[str, dict[str, dict[str, Ways]]]  # by question, breakdown and group
Designs = dict[str, Design | None]


def group_rows(material: Material, results: ResultSet, primary: Sequence[tuple[str, int]]) -> None:
    """Heterogeneity, trend over terms of starting, and each group's net change drawn towards the mean of all.

    ``primary`` are the questions that this is asked of, with 1 where higher is better and -1 where lower is.
    """
    counts = material.exact.get("group_changes")
    if counts is None or results.protected:
        return
    made = {q: _by_group(pick(counts, item=q), sign) for q, sign in primary}
    designs = {q: clustered.of_changes(material, ALL, q) for q in made}
    _heterogeneity(material, results, made, designs)
    _against_others(results, made, designs)
    _trends(material, results, made, designs)
    for q, groups in made.items():
        for by in [b.by for b in of_start(material.study) if b.by != "arm"] + [STARTED]:
            _shrunken(results, q, by, groups.get(by, {}))


def _by_group(counts: pd.DataFrame, sign: int) -> dict[str, dict[str, Ways]]:
    """Better, same and worse by breakdown and group."""
    ways = ("higher", "same", "lower") if sign > 0 else ("lower", "same", "higher")
    found: dict[str, dict[str, Ways]] = {}
    for row in counts.itertuples():
        better, same, worse = (int(getattr(row, way)) for way in ways)
        found.setdefault(str(row.by), {})[str(row.group)] = (better, same, worse)
    return found


def _heterogeneity(material: Material, results: ResultSet, made: Made, designs: Designs) -> None:
    """One test a question and background, and each target group against all others, adjusted together."""
    backgrounds = [b.by for b in of_start(material.study) if b.by != "arm"] + [STARTED]
    places = [(q, by, list(groups[by].values())) for q, groups in made.items() for by in backgrounds if by in groups]
    tests = [heterogeneity.mean_score_test(groups) for _, _, groups in places]
    raw = [_allowed(designs[q], test.p) for (q, _, _), test in zip(places, tests, strict=True)]
    adjusted = multiplicity.adjust(raw, "bh")
    for (q, by, groups), test, own, p in zip(places, tests, raw, adjusted, strict=True):
        if len([g for g in groups if sum(g)]) < 2:
            continue
        size = attrition.cramers_v([tuple(g) for g in groups if sum(g)])
        row: dict[str, Any] = {"item": q, "by": by, "method": f"{test.method}; Benjamini-Hochberg"}
        row |= {"statistic": test.statistic, "df": test.df, "p": own, "p_adjusted": p}
        row |= {"effect": size.estimate, "effect_lower": size.lower, "effect_upper": size.upper}
        note = test.note or size.note
        results.statistic("heterogeneity", "net_change", size, effect_measure="cramers_v", note=note, **row)


def _allowed(design: Design | None, p: float | None) -> float | None:
    """A p value that allows for groups of people, where the study names them."""
    return p if design is None else design.p(p)


def _against_others(results: ResultSet, made: Made, designs: Designs) -> None:
    places: list[tuple[str, str, Ways, Ways]] = []
    for q, groups in made.items():
        whole = groups.get("total", {}).get("total", (0, 0, 0))
        for group, ways in groups.get(GROUPS, {}).items():
            others = (whole[0] - ways[0], whole[1] - ways[1], whole[2] - ways[2])
            if group != ANY_GROUP and min(sum(ways), sum(others)) >= FEWEST:
                places.append((q, group, ways, others))
    tests = [comparison.mean_difference_test(*_moments(a), *_moments(b)) for _, _, a, b in places]
    p = [_allowed(designs[q], test.p) for (q, *_), test in zip(places, tests, strict=True)]
    families = zip(multiplicity.adjust(p, "holm"), net_change.decided(p, "holm"), strict=True)
    for (q, group, mine, others), test, raw, (adjusted, confidence) in zip(places, tests, p, families, strict=True):
        gap = comparison.mean_difference(*_moments(mine), *_moments(others), confidence=confidence or 0.95)
        design = designs[q]
        gap = gap if design is None else design.widened(gap)
        row: dict[str, Any] = {"item": q, "by": GROUPS, "group": group, "unit": "share"}
        row |= {"method": f"{gap.method}; Holm"}
        row |= {"p": raw, "p_adjusted": adjusted, "effect_measure": "difference of net changes"}
        row |= {"effect": gap.estimate, "effect_lower": gap.lower, "effect_upper": gap.upper}
        results.statistic("group_difference", "net_change", gap, note=test.note or gap.note, **row)


def _moments(ways: Ways) -> tuple[int, float | None, float | None]:
    """n, mean and standard deviation of 1, 0 and -1."""
    n = sum(ways)
    mean = (ways[0] - ways[2]) / n
    return n, mean, ((ways[0] + ways[2] - n * mean**2) / (n - 1)) ** 0.5 if n > 1 else None


def _trends(material: Material, results: ResultSet, made: Made, designs: Designs) -> None:
    """Whether the net change rises or falls with the term of starting."""
    order = [term.id for term in sorted(material.study.terms, key=lambda t: t.start)]
    terms = {
        q: [groups[STARTED].get(term, (0, 0, 0)) for term in order] for q, groups in made.items() if STARTED in groups
    }
    found = {q: _designed(trend.change_trend(ways), designs[q]) for q, ways in terms.items()}
    told = {q: each for q, each in found.items() if each[0].estimate is not None}
    trend_rows(results, told, item=True)


def _designed(found: tuple[Estimate, Test], design: Design | None) -> tuple[Estimate, Test]:
    slope, test = found
    return found if design is None else (design.widened(slope), replace(test, p=design.p(test.p)))


def _shrunken(results: ResultSet, q: str, by: str, groups: dict[str, Ways]) -> None:
    """Each group's own net change with its interval, and what it is when it borrows from the others."""
    told = {group: ways for group, ways in groups.items() if sum(ways)}
    if len(told) < 2:
        return
    drawn = heterogeneity.shrunken_changes(list(told.values()))
    for (group, ways), estimate in zip(told.items(), drawn.estimates, strict=True):
        where: dict[str, Any] = {"item": q, "by": by, "group": group, "unit": "share"}
        own = net_change.net_change(*ways).estimate
        results.statistic("group_change", "net_change", own, **where)
        point = Estimate(estimate, None, None, sum(ways), heterogeneity.SHRUNKEN)
        results.statistic("group_change", "shrunken", point, **where)


# --- part ---


def for_whom_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """By which backgrounds the change differs, what each group's is, and whether it differs by term of starting."""
    heading = labels.say("groups.heading")
    tested = pick(rows, table="heterogeneity")
    if tested.empty:
        hidden = (rows["edition"] == "public").any() and labels.study.has("participants")
        paired = not pick(rows, table="item", measure="paired").empty
        return Part("survey-groups", heading, [labels.say("groups.withheld")]) if hidden and paired else None
    sentences = [said for item in dict.fromkeys(tested["item"]) for said in _said(rows, item, labels)]
    blocks: list[Table | Figure] = [
        block for item in dict.fromkeys(tested["item"]) for block in _blocks(rows, item, labels)
    ]
    notes = [labels.say("groups.how")]
    return Part("survey-groups", heading, sentences, blocks, notes)


def _said(rows: pd.DataFrame, item: str, labels: Labels) -> list[str]:
    question = labels.say("survey.quoted", question=labels.question(item))
    tested = pick(rows, table="heterogeneity", item=item).dropna(subset=["p_adjusted"])
    clear = _clear(rows, item)
    names = i18n.listing([labels.inside(labels.by(by)) for by in clear], labels.language)
    said = []
    if len(tested):
        if not clear:
            said.append(labels.say("groups.none", question=question, n=len(tested)))
        else:
            said.append(labels.say("groups.differs", question=question, names=names, n=len(clear), tests=len(tested)))
    others = pick(rows, table="group_difference", item=item)
    for _, row in others[(others["p_adjusted"] < net_change.LEVEL).fillna(False)].iterrows():
        words = {"question": question, "group": labels.target_group(row["group"])}
        words["points"] = labels.points(row["estimate"])
        words["interval"] = labels.points_interval(row["lower"], row["upper"])
        said.append(labels.say("groups.target_group", **words))
    slope = pick(rows, table="trend", item=item).dropna(subset=["lower"])
    what = labels.say("groups.net_change", question=question)
    return said + [trend_sentence(row, what, labels) for _, row in slope.iterrows()]


def _clear(rows: pd.DataFrame, item: str) -> list[str]:
    """The backgrounds by which a test tells the change of a question apart."""
    tested = pick(rows, table="heterogeneity", item=item)
    return list(tested.loc[(tested["p_adjusted"] < net_change.LEVEL).fillna(False), "by"])


def _blocks(rows: pd.DataFrame, item: str, labels: Labels) -> list[Table | Figure]:
    """Every group's change as a table; a picture of those alone that a test tells apart, as it seems to rank them."""
    own, clear = pick(rows, table="group_change", measure="net_change", item=item), _clear(rows, item)
    if own.empty:
        return []
    drawn = pick(rows, table="group_change", measure="shrunken", item=item).set_index(["by", "group"])["estimate"]
    places = zip(own["by"], own["group"], strict=True)
    names = [labels.scope(group) if by == STARTED else labels.group(by, group) for by, group in places]
    caption = labels.say("groups.table", question=labels.question(item))
    named = iter(names)
    columns = [
        (Column(labels.say("column.group")), lambda row: next(named)),
        (Column("n", "integer"), number("answered")),
        (Column(labels.say("survey.column.net"), "points"), number("estimate")),
        (Column(labels.say("column.lower"), "points", span=labels.say("column.interval")), number("lower")),
        (Column(labels.say("column.upper"), "points"), number("upper")),
        (Column(labels.say("groups.shrunken"), "points"), lambda row: float(drawn[row["by"], row["group"]])),
    ]
    table = labels.table(f"survey-groups-{item}-table", caption, own, columns, source=source(labels))
    table = within(table, labels.say("survey.column.background"), [labels.by(by) for by in own["by"]])
    each = [f"{labels.by(by)}: {name}" for by, name in zip(own["by"], names, strict=True)]
    told = [by in clear for by in own["by"]]
    if not any(told):
        return [table]
    shown = list(itertools.compress(each, told))
    figure = net_changes.picture(f"survey-groups-{item}", caption, shown, own[told], ("lower", "upper"), labels)
    return [figure, table]
