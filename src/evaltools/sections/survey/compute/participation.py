"""Who answered what, and how those who answered both surveys differ from the others."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL, of_register
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Material, as_int, flow_rows, within
from evaltools.sections.survey.compute.asked import effect_columns
from evaltools.statistics import attrition, multiplicity

ANSWERED = ("both", "start_only", "end_only", "neither")
FLOW = ("participants", "start", "both")


def response_rows(material: Material, results: ResultSet) -> None:
    for row in material.counts.get("responses", pd.DataFrame()).itertuples():
        near = within(row, "count", "total")
        results.count("responses", row.step, as_int(row.count), as_int(row.total), near, scope=row.scope)
    if "responses" in material.counts:
        steps = pick(material.counts["responses"], scope=ALL).set_index("step")
        of_steps = {step: within(steps.loc[step], "count")[0] for step in FLOW}
        flow_rows(results, [(step, as_int(steps.loc[step, "count"])) for step in FLOW], of_steps)


def respondent_rows(material: Material, results: ResultSet) -> None:
    """Who answered, by what they said of themselves, where there is no register to say it."""
    for row in material.counts.get("respondents", pd.DataFrame()).itertuples():
        of, columns = (None, ("count",)) if row.by == TOTAL else (row.total, ("count", "total"))
        near = within(row, *columns)
        results.count("respondents", "persons", row.count, of, near, by=row.by, group=row.group)


def attrition_rows(material: Material, results: ResultSet) -> None:
    """Who answered what, by register variables, all of it from counts as the edition shows them."""
    counts = material.counts.get("attrition")
    if counts is None:
        return
    everybody = pick(counts, by=TOTAL).iloc[0]
    for row in counts.itertuples():
        of = sum(as_int(getattr(row, name)) for name in ANSWERED)
        for name in ANSWERED:
            results.count("attrition", name, as_int(getattr(row, name)), of, by=row.by, group=row.group)
        if row.by != TOTAL and not results.protected:
            _standardised(results, row, as_int(everybody["both"]), as_int(everybody["start_only"]))
    if not results.protected:
        _attrition_tests(counts, results, [breakdown.by for breakdown in of_register(material.study)])


def _standardised(results: ResultSet, row, both: int, start_only: int) -> None:
    """A group's share among those who answered both surveys against those who answered the first only.

    Rests on the group's own members.
    """
    d = attrition.standardised_difference(int(row.both), both, int(row.start_only), start_only)
    d = replace(d, n=int(row.both) + int(row.start_only))
    results.statistic("attrition", "standardised_difference", d, by=row.by, group=row.group)


def _attrition_tests(counts: pd.DataFrame, results: ResultSet, variables: list[str]) -> None:
    """Those who answered both against those who did not, over the categories of each variable that has no overlaps."""
    variables = [by for by in variables if (counts["by"] == by).any()]
    variables = [by for by in variables if pick(counts, by=by)[list(ANSWERED)].notna().all(axis=None)]
    tables = []
    for by in variables:
        chosen = pick(counts, by=by)
        rest = chosen["start_only"] + chosen["end_only"] + chosen["neither"]
        tables.append(list(zip(chosen["both"].astype(int), rest.astype(int), strict=True)))
    tests = [attrition.attrition_test(table) for table in tables]
    adjusted = multiplicity.adjust([test.p for test in tests], "bh")
    for by, table, test, p_adjusted in zip(variables, tables, tests, adjusted, strict=True):
        size = attrition.cramers_v(table)
        results.statistic(
            "attrition",
            "attrition_test",
            size,
            by=by,
            statistic=test.statistic,
            df=test.df,
            p=test.p,
            p_adjusted=p_adjusted,
            method=f"{test.method}; Benjamini-Hochberg",
            note=test.note or size.note,
            **effect_columns(size, "cramers_v"),
        )
