"""The operating environment: sentences turn with the figures, and an empty table does not break the report."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest
from conftest import FILES, sentences, write_study

import evaltools as ev
from evaltools.results import records
from evaltools.sections import background

HEAD = "month;region;employed;unemployed\n"
UNUSED = ("enrolments", "start_survey", "end_survey", "followup", "outreach", "actions", "contacts", "budget")
RULE = {'{ column = "enrolments.field", in = ["care"] }': '{ column = "participants.education", in = ["upper"] }'}


@pytest.fixture(scope="module")
def open_term(tmp_path_factory):
    """The small study with its background tables only, opened at a term; read once."""
    edits = RULE | {'weight_by = ["gender"]': "weight_by = []"}
    opened = ev.open_study(write_study(tmp_path_factory.mktemp("background") / "small", edits, without=UNUSED))
    known = {}
    return lambda *how: known.setdefault(how, opened.term(*how))


def rows_and_parts(opened, **tables: str):
    """Rows and parts, with other tables in place of those that were read."""
    material = opened.material
    for name, content in tables.items():
        frame = pd.read_csv(StringIO(content), sep=";", dtype={"occupation": "str"})
        frame = frame.assign(month=pd.to_datetime(frame["month"])) if "month" in frame else frame
        material = replace(material, tables=material.tables | {name: frame})
    rows = background.rows(material)
    records.check(rows)
    return rows, background.parts(rows, opened.labels)


def employment(before: int, now: int) -> str:
    return f"{HEAD}2020-12-01;r1;100;{before}\n2021-12-01;r1;100;{now}\n"


@pytest.mark.parametrize(("before", "now", "said"), [(10, 20, "risen"), (20, 10, "fallen"), (10, 10, "the same as")])
def test_unemployment_is_said_to_rise_fall_or_stay(open_term, no_pictures, before, now, said):
    rows, parts = rows_and_parts(open_term("T2", "en"), employment=employment(before, now))
    words = sentences(parts)
    assert {s for s in ("risen", "fallen", "the same as") if s in words} == {said}
    assert records.value(rows, table="employment", item="latest", by="total", measure="unemployment") == now / (
        100 + now
    )


def test_months_after_the_term_are_not_known_yet(open_term, no_pictures):
    rows, parts = rows_and_parts(open_term("T1", "en"))
    assert records.value(rows, table="employment", item="latest", by="total", measure="unemployed") == 20
    assert "In December 2020 the area had 180 people in work and 20 unemployed people" in sentences(parts)
    assert "a year earlier" not in sentences(parts)
    assert rows[rows["table"] == "employment_by_month"]["date"].max() == "2020-12-01"


def test_a_labour_force_of_nobody(open_term, no_pictures):
    content = f"{HEAD}2020-12-01;r1;0;0\n2021-12-01;r1;0;0\n"
    rows, parts = rows_and_parts(open_term("T2", "en"), employment=content)
    assert records.value(rows, table="employment", item="latest", by="total", measure="unemployment") is None
    assert ".. of the labour force was unemployed." in sentences(parts)


def test_structure_and_groups_of_the_population(open_term):
    rows, parts = rows_and_parts(open_term("T2", "en"))
    share = {"table": "population", "measure": "share"}
    assert records.value(rows, **share, by="age_group", group="old") == 0.8
    for by in ("age_group", "activity", "education"):
        assert rows.loc[(rows["table"] == "population") & (rows["by"] == by), "estimate"].sum() == pytest.approx(1)
    group = {"table": "population_group", "item": "low"}
    assert records.value(rows, **group, by="total") == 0.4
    assert records.value(rows, **group, by="region", group="r1") == 0.25
    assert records.value(rows, **group, by="region", group="r2") == 1.0
    assert "Low education: 200 people, 40.0% of the population." in sentences(parts)
    ids = ["employment", "population", "population-groups", "barometer", "training-needs"]
    assert [part.id for part in parts] == ids


@pytest.mark.parametrize(
    ("care", "tech", "said"),
    [
        ("shortage", "surplus", "in short supply in these fields: care."),
        ("surplus", "shortage", "in short supply in these fields: technology."),
        ("shortage", "shortage", "in short supply in these fields: care; technology."),
        ("surplus", "surplus", "In none of the fields taught"),
    ],
)
def test_fields_short_of_applicants_are_named(open_term, no_pictures, care, tech, said):
    content = f"occupation;region;outlook\n5321;r1;{care}\n7212;r1;{tech}\n"
    assert said in sentences(rows_and_parts(open_term("T2", "en"), barometer=content)[1])


@pytest.mark.parametrize(
    ("languages", "said"), [(20, "“Digital skills”, named by 30.0%"), (40, "“Languages”, named by 40.0%")]
)
def test_the_most_common_need_is_named(open_term, no_pictures, languages, said):
    content = f"need;count;total\ndigital;30;100\nlanguages;{languages};100\n"
    assert said in sentences(rows_and_parts(open_term("T2", "en"), training_needs=content)[1])


def test_background_figures_are_the_same_in_both_editions(open_term, no_pictures):
    public, internal = (rows_and_parts(open_term("T2", "en", e))[0] for e in ("public", "internal"))
    assert public.drop(columns="edition").equals(internal.drop(columns="edition"))


def test_empty_tables_give_no_parts(make_study):
    files = {n: c.splitlines()[0] + "\n" for n, c in FILES.items() if n.startswith("background")}
    edits = RULE | {'weight_by = ["gender"]': "weight_by = []"}
    opened = ev.open_study(make_study(edits, files, without=UNUSED)).term("T2", "fi")
    rows, parts = rows_and_parts(opened)
    assert "employment" not in [p.id for p in parts] and "barometer" not in [p.id for p in parts]
    assert rows["estimate"].isna().all()


def test_no_sources_no_parts(open_term):
    material = replace(open_term("T2", "en").material, tables={})
    assert background.parts(background.rows(material), open_term("T2", "en").labels) == []
