"""How often each value of a number of the study's own was given: what medians, quartiles and means are made of."""

from __future__ import annotations

import pandas as pd

from evaltools.ingest.tidy import Tables
from evaltools.study.model import Study
from evaltools.study.schema import SURVEYS

KEYS = ["table", "variable", "value"]


def numbers(study: Study, tables: Tables) -> Tables:
    """``numbers`` (table, variable, value, count) of the project's persons; absent where the study has none."""
    frames = []
    for variable in (v for v in study.variables if v.kind in ("number", "integer")):
        survey = next((name for name, table in SURVEYS.items() if table == variable.table), None)
        found = tables.get({"participants": "persons"}.get(variable.table, "responses" if survey else variable.table))
        if found is None or variable.id not in found:
            continue
        rows = found[found["survey"] == survey] if survey else found
        given = rows[variable.id].dropna().astype("float64").rename("value")
        frames.append(given.to_frame().assign(table=variable.table, variable=variable.id))
    if not frames:
        return {}
    every = pd.concat(frames, ignore_index=True)
    return {"numbers": every.groupby(KEYS, sort=False).size().rename("count").reset_index()}
