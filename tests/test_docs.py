"""docs/study-file.md tells every key that a study file can have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from evaltools.study import codes, evaluation_model, model, schema, source_model, survey_model, wording

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "study-file.md").read_text(encoding="utf-8")
OURS = {"Study": {"id", "folder", "code_files"}}
MODULES = (model, evaluation_model, source_model, survey_model, wording)
MODELS = {
    m.__name__: m
    for module in MODULES
    for m in vars(module).values()
    if isinstance(m, type) and issubclass(m, BaseModel) and m.model_fields
}


@pytest.mark.parametrize("each", MODELS.values(), ids=MODELS)
def test_every_key_stands_on_the_page(each):
    keys = {field.alias or name for name, field in each.model_fields.items()} - OURS.get(each.__name__, set())
    assert sorted(key for key in keys if not re.search(rf"(?<!\w){key}(?!\w)", PAGE)) == []


@pytest.mark.parametrize("table", schema.TABLES)
def test_every_table_and_column_stands_on_the_page(table):
    rows = PAGE.split("## Tables and their columns")[1].split("## Sources")[0].splitlines()
    [row] = [row for row in rows if row.startswith("| `") and f"`{table}`" in row.split("|")[1]]
    told = row.split("|")[2]
    assert [c for c in schema.TABLES[table] if f"`{c}`" not in told] == []
    assert [c for c, spec in schema.TABLES[table].items() if spec.required != (f"**`{c}`**" in told)] == []


def test_every_code_table_stands_on_the_page():
    assert [name for name in codes.names(Path("/nowhere/study")) if f"`{name}`" not in PAGE] == []
