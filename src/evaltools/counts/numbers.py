"""How often each value of a number of the study's own was given: what medians, quartiles and means are made of."""

from __future__ import annotations

import pandas as pd

from evaltools.counts.breakdowns import FLAG_WORDS
from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS
from evaltools.study.survey_model import Variable

KEYS = ["table", "variable", "value"]
WORDS = ["table", "variable", "group"]


def numbers(study: Study, tables: Tables) -> Tables:
    """``numbers`` (table, variable, value, count) of the project's persons; absent where the study has none."""
    frames = []
    for variable in (v for v in study.variables if v.kind in ("number", "integer")):
        rows = rows_of(study, tables, variable.table)
        if rows is None or variable.id not in rows:
            continue
        given = rows[variable.id].dropna().astype("float64").rename("value")
        frames.append(given.to_frame().assign(table=variable.table, variable=variable.id))
    if not frames:
        return {}
    every = pd.concat(frames, ignore_index=True)
    return {"numbers": every.groupby(KEYS, sort=False).size().rename("count").reset_index()}


def wave_words(study: Study, tables: Tables) -> Tables:
    """``wave_words`` (table, variable, group, count, answered): how often each answer was given to the coded, yes-or-no
    and multi-answer questions of later waves; of persons who gave any. Absent where there are none."""
    later = (*study.wave_surveys.values(), *study.wave_followups.values())
    found = []
    for variable in (v for v in study.variables if v.table in later and v.kind in ("code", "flag", "multi")):
        rows, columns = rows_of(study, tables, variable.table), study.columns_of(variable)
        if rows is None or not set(columns) <= set(rows):
            continue
        given = rows[columns].dropna(how="all")
        for group, count in _words(variable, given):
            found.append((variable.table, variable.id, group, count, len(given)))
    return {"wave_words": pd.DataFrame(found, columns=[*WORDS, "count", "answered"])} if found else {}


def _words(variable: Variable, given: pd.DataFrame) -> list[tuple[str, int]]:
    if variable.kind == "multi":
        return [(c.removeprefix(f"{variable.id}_"), int(given[c].fillna(False).sum())) for c in given]
    counts = given[variable.id].astype("object").map(lambda code: FLAG_WORDS.get(code, code)).value_counts(sort=False)
    return [(str(group), int(count)) for group, count in counts.items()]


def rows_of(study: Study, tables: Tables, table: str) -> pd.DataFrame | None:
    """The tidy rows that a table of the study file became; None where there are none."""
    if table == "participants":
        return tables.get("persons")
    for name, waves, own in (
        ("responses", SURVEYS, "survey"),
        ("wave_responses", study.wave_surveys, "wave"),
        ("wave_followups", study.wave_followups, "wave"),
    ):
        wave = next((wave for wave, each in waves.items() if each == table), None)
        if wave is not None:
            found = tables.get(name)
            return None if found is None else found[found[own] == wave]
    return tables.get(table)
