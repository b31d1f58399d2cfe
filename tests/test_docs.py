"""docs/study-file.md tells every key that a study file can have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from evaltools.study import codes, model

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "study-file.md").read_text(encoding="utf-8")
OURS = {"Study": {"id", "folder", "code_files"}}
MODELS = [m for m in vars(model).values() if isinstance(m, type) and issubclass(m, BaseModel) and m.model_fields]


@pytest.mark.parametrize("each", MODELS, ids=lambda m: m.__name__)
def test_every_key_stands_on_the_page(each):
    keys = {field.alias or name for name, field in each.model_fields.items()} - OURS.get(each.__name__, set())
    assert sorted(key for key in keys if not re.search(rf"(?<!\w){key}(?!\w)", PAGE)) == []


@pytest.mark.parametrize("table", model.TABLES)
def test_every_table_and_column_stands_on_the_page(table):
    rows = PAGE.split("## Tables and their columns")[1].split("## Sources")[0].splitlines()
    [row] = [row for row in rows if row.startswith("| `") and f"`{table}`" in row.split("|")[1]]
    told = row.split("|")[2]
    assert [c for c in model.TABLES[table] if f"`{c}`" not in told] == []
    assert [c for c, spec in model.TABLES[table].items() if spec.required != (f"**`{c}`**" in told)] == []


def test_every_code_table_stands_on_the_page():
    assert [name for name in codes.names(Path("/nowhere/study")) if f"`{name}`" not in PAGE] == []
