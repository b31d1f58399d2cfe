"""Stage 07: the final report, in the order funders ask for. Reads result rows only.

Nothing is computed from data here: the parts are those of the other stages, made again from their rows, and what joins
them - objectives with their actions and results, established practice, conclusions, changes, what is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from evaltools.report.document import Figure, Part, Table
from evaltools.results.records import ResultSet, pick
from evaltools.sections import registry
from evaltools.sections.final import (
    appendix,
    changed,
    conclusions,
    head,
    hidden,
    indicators,
    method,
    need,
    objectives,
    practice,
    summary,
    theory,
)
from evaltools.sections.material import Labels
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study

NEEDS = ()
MOST_SENTENCES = 2  # of a part that names none for a summary
STAGES = registry.TOPICS[:-1]
Stages = Mapping[str, Mapping[str, Part]]
Made = Callable[[pd.DataFrame, Labels, Stages], Part | list[Part] | None]

# The report in its order: (id, level, where it comes from). A topic takes the part of that id from that stage, in
# brief; a function makes it. A chapter (level 2) without a source says so in one line; a section below it is left out.
SECTIONS: tuple[tuple[str, int, str | Made], ...] = (
    ("summary", 2, head.part),
    ("objectives", 2, objectives.parts),
    ("indicators", 3, indicators.part),
    ("survey-results", 2, "survey"),
    ("survey-single", 3, "survey"),
    ("survey-arms", 3, "survey"),
    ("survey-taking-part", 3, "survey"),
    ("survey-feedback", 3, "survey"),
    ("placement-rates", 2, "placement"),
    ("placement-benchmark", 3, "placement"),
    ("placement-target-groups", 3, "placement"),
    ("placement-arms", 3, "placement"),
    ("placement-taking-part", 3, "placement"),
    ("target-groups", 2, "participants"),
    ("represented", 3, "participants"),
    ("need", 3, need.part),
    ("standing", 3, "participants"),
    ("outreach", 3, "monitoring"),
    ("budget", 2, "monitoring"),
    ("actions", 3, "monitoring"),
    ("contacts", 3, "monitoring"),
    ("practice", 3, practice.part),
    ("conclusions", 2, conclusions.part),
    ("recommendations", 3, conclusions.recommendations),
    ("limits", 3, conclusions.limits),
    ("appendix", 2, appendix.part),
)
# on demand, below the appendix
APPENDIX: tuple[tuple[str, str | Made], ...] = (
    ("theory", theory.part),
    ("changes", changed.part),
    ("background", summary.background),
    ("data", summary.data),
    ("survey-answered", "survey"),
    ("survey-attrition", "survey"),
    ("placement-followup", "placement"),
    ("hidden", hidden.part),
    ("method", method.part),
)
IDS = (*(id for id, _, _ in SECTIONS), *(id for id, _ in APPENDIX))
# the heading of a chapter without a source, and what it would need
ABSENT = {
    "survey-results": ("survey.heading.results", ("start_survey", "end_survey")),
    "placement-rates": ("placement.rates_heading", ("followup",)),
    "budget": ("monitoring.budget_heading", ("budget",)),
}


def rows(
    study: Study,
    term: Term,
    edition: str,
    now: pd.DataFrame,
    before: pd.DataFrame | None,
    between: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What the report adds to the results: changes since the term before, indicators of practice, what is hidden.

    ``between`` are the counts of ``between_terms.between``, where the edition may use them.
    """
    results = ResultSet(study.id, term.id, edition, "report", study.disclosure)
    changed.rows(results, study, now, before, between)
    objectives.rows(results, study, now)
    theory.rows(results, study, now)
    practice.rows(results, study, term, now)
    indicators.rows(results, study, term, now)
    hidden.rows(results, now)
    appendix.rows(results, now)
    return results.frame()


def parts(rows: pd.DataFrame, labels: Labels, more: Mapping[str, Sequence[Part]] | None = None) -> list[Part]:
    """The sections of the report, chapters with what belongs to them; see ``made``."""
    return made(rows, labels, more)[0]


def made(
    rows: pd.DataFrame, labels: Labels, more: Mapping[str, Sequence[Part]] | None = None
) -> tuple[list[Part], list[Table]]:
    """The sections of the report, and every table of it and of the reports it reads.

    ``more`` holds by topic parts that are made of more than result rows (approved quotes).
    """
    chosen = registry.topics(labels.study.report.sections)
    stages = {topic: _stage_parts(rows, labels, topic) if topic in chosen else {} for topic in STAGES}
    for topic, added in (more or {}).items():
        stages[topic] |= {part.id: part for part in added}
    result: list[Part] = []
    for id, level, source in SECTIONS:
        found = _brief(stages[source].get(id)) if isinstance(source, str) else source(rows, labels, stages)
        asked = not isinstance(source, str) or source in chosen
        some = found if isinstance(found, list) else [found or (_absent(id, labels) if asked else None)]
        some = [_once(part, result) for part in some if part is not None]
        result += [replace(part, level=level if part.id == id else level + 1) for part in some]
    for id, source in APPENDIX:
        found = stages[source].get(id) if isinstance(source, str) else source(rows, labels, stages)
        result += [replace(part, level=3, folded=labels.say("html.open")) for part in [found] if isinstance(part, Part)]
    every = [*result, *(part for each in stages.values() for part in each.values())]
    tables = {table.id: table for part in every for table in part.tables}
    return result, list(tables.values())


def _brief(part: Part | None) -> Part | None:
    """A part of another report as the final report tells it: what it says of itself, and one figure or table.

    The other tables stand on the part's own page, and with the rest in the workbook.
    """
    if part is None:
        return None
    figures = [block for block in part.blocks if isinstance(block, Figure)]
    tables = [replace(block, first=0) for block in part.blocks if isinstance(block, Table)]
    sentences = part.summary or part.sentences[:MOST_SENTENCES]
    return replace(part, sentences=sentences, blocks=[*figures[:1]] or [*tables[:1]])


def _once(part: Part, before: Sequence[Part]) -> Part:
    """A part without the sentences that stand before it, unless it has no others."""
    said = {sentence for each in before for sentence in each.sentences}
    return replace(part, sentences=[each for each in part.sentences if each not in said] or part.sentences)


def _stage_parts(rows: pd.DataFrame, labels: Labels, topic: str) -> dict[str, Part]:
    module = registry.module(topic)
    return {part.id: part for part in module.parts(pick(rows, topic=topic), labels)}


def _absent(id: str, labels: Labels) -> Part | None:
    """One line for a chapter that the study has nothing for; nothing for a section below a chapter."""
    if id not in ABSENT:
        return None
    heading, tables = ABSENT[id]
    return Part(id, labels.say(heading), [labels.absent(tables)])
