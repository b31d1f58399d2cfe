"""Counts of answers by how people were asked: in a survey, an interview, by telephone."""

from __future__ import annotations

from evaltools.ingest.tidy import Tables

ANSWERS = ["survey", "item", "mode", "value"]


def modes(tables: Tables) -> Tables:
    """``modes`` (survey, mode, count) and ``mode_answers`` (survey, item, mode, value, count): who answered how, and
    what. Absent where no source tells how."""
    responses = tables.get("responses")
    if responses is None or "mode" not in responses or "answers" not in tables:
        return {}
    told = responses[["person", "survey", "mode"]].dropna()
    given = tables["answers"].dropna(subset="value").merge(told, on=["person", "survey"])
    return {
        "modes": told.groupby(["survey", "mode"], sort=False).size().rename("count").reset_index(),
        "mode_answers": given.groupby(ANSWERS, sort=False).size().rename("count").reset_index(),
    }
