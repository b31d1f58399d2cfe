"""What was answered to the surveys' other questions, with one or several answers to choose: of those who answered."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import ALL, Breakdown, breakdowns
from evaltools.disclosure import policy
from evaltools.ingest.tidy import UNKNOWN
from evaltools.report.document import Column, Part, Table
from evaltools.results.records import ResultSet, pick
from evaltools.sections.material import Labels, Material, as_int, is_disclosed, number, within
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS


def of_surveys(study: Study) -> list[Breakdown]:
    """The breakdowns that a survey asks."""
    return [breakdown for breakdown in breakdowns(study) if breakdown.table in SURVEYS.values()]


def choice_rows(material: Material, results: ResultSet) -> None:
    """Each answer to each such question: persons, and their share of those who answered it."""
    counts = material.counts.get("composition")
    for breakdown in of_surveys(material.study) if counts is not None else ():
        here = pick(counts, scope=ALL, by=breakdown.by)
        known = _answered(here, results)
        if known is None:
            continue
        answered, far = known
        for row in here[here["group"] != UNKNOWN].itertuples():
            near = (within(row, "count")[0], far)
            results.count("asked", "persons", as_int(row.count), answered, near, by=breakdown.by, group=row.group)


def _answered(here: pd.DataFrame, results: ResultSet) -> tuple[int, int | None] | None:
    """All less those of whom no answer is known, and how far that can be from the true number; None where withheld.

    In a protected edition it is given as counts there are: as a multiple of the step, and by as much farther.
    """
    if here.empty:
        return None
    row = next(here.itertuples())
    silent = next(here[here["group"] == UNKNOWN].itertuples(), None)
    counts = [as_int(row.total), 0 if silent is None else as_int(silent.count)]
    if not is_disclosed(*counts):
        return None
    answered = counts[0] - counts[1]
    if not results.within:
        return answered, None
    near = [*within(row, "total"), *(() if silent is None else within(silent, "count"))]
    far = sum(results.within if each is None else each for each in near)
    step = policy.step(results.settings)
    shown = step * round(answered / step) if far else answered
    return shown, far + abs(shown - answered)


def choices_part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """A table for each question."""
    found = pick(rows, table="asked")
    blocks = [_table(pick(found, by=each.by), each, labels) for each in of_surveys(labels.study)]
    shown = [block for block in blocks if block.rows]
    heading = labels.say("survey.heading.asked")
    return Part("survey-asked", heading, [labels.say("survey.asked.how")], shown) if shown else None


def _table(answers: pd.DataFrame, of: Breakdown, labels: Labels) -> Table:
    columns = [
        (Column(labels.say("survey.column.answer")), lambda row: labels.group(row["by"], row["group"])),
        (Column(labels.say("column.persons"), "integer"), number("count")),
        (Column(labels.say("survey.asked.share"), "percent"), labels.share_of),
    ]
    answered = answers["answered"].dropna()
    n = labels.number(answered.iloc[0] if len(answered) else None)
    caption = labels.say("survey.asked.caption", question=labels.by(of.by), n=n)
    notes = [labels.say("survey.asked.several")] if of.overlaps else []
    return labels.table(f"asked-{of.by}", caption, answers, columns, source=labels.source(of.table), notes=notes)
