"""Participants: what is said follows the data, in both directions, and an empty or tiny study does not break it."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from conftest import FILES, sentences, write_study

import evaltools as ev
from evaltools.results import records
from evaltools.sections import participants

UNUSED = (
    "start_survey",
    "end_survey",
    "followup",
    "outreach",
    "actions",
    "contacts",
    "budget",
    "employment",
    "barometer",
    "training_needs",
)
HEAD = "region;age;activity;education;count\n"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return ev.open_study(write_study(tmp_path_factory.mktemp("participants") / "small", without=UNUSED)).term(
        "T2", "en", "internal"
    )


def rows_and_parts(study, term="T2", language="en", edition="internal", population=None):
    """Rows and parts of a study's folder or of an opened term, with another population where one is given."""
    opened = ev.open_study(study).term(term, language, edition) if isinstance(study, Path) else study
    material = opened.material
    if population is not None:
        tables = material.tables | {"population": pd.read_csv(StringIO(population), sep=";")}
        material = replace(material, tables=tables)
    rows = participants.rows(material)
    records.check(rows)
    return rows, participants.parts(rows, opened.labels)


@pytest.mark.parametrize(
    ("basic", "upper", "said"),
    [
        (1, 999, ": over-represented"),
        (999, 1, ": under-represented"),
        (400, 600, "no clear difference from the population"),
    ],
)
def test_representation_is_said_as_the_interval_has_it(small, no_pictures, basic, upper, said):
    population = f"{HEAD}r1;old;employed;basic;{basic}\nr1;old;employed;upper;{upper}\n"
    rows, parts = rows_and_parts(small, population=population)
    words = sentences(parts)
    all_said = {": over-represented", ": under-represented", "no clear difference from the population"}
    assert {s for s in all_said if s in words} == {said}
    ratio = records.value(rows, table="representation", measure="representation_ratio")
    assert ratio == pytest.approx(2 / 5 / (basic / 1000))


def test_a_share_that_is_withheld_is_said_to_be_and_leaves_no_gap_in_a_sentence(make_study):
    words = sentences(rows_and_parts(make_study(), edition="public")[1])
    assert "belong to at least one target group. The share is not shown, to protect privacy." in words
    assert "completed, dropped out or continue are not shown, to protect privacy." in words and " .. " not in words


def test_numbers_of_the_small_study(small):
    rows, parts = rows_and_parts(small)
    words = sentences(parts)
    assert "The project has had 5 participants." in words
    assert "1 of them enrolled again in a later term." in words
    assert "4 people belong to at least one target group, 80.0% of all participants (5)." in words
    assert "Of those who started, 80.0% have completed" in words
    assert "Of the enrolments (7), 57.1% are completed, 28.6% were dropped and 14.3% are ongoing." in words
    assert [p.id for p in parts] == [
        "participants-overview", "target-groups", "composition", "profile", "overlaps", "represented", "standing",
        "participants-numbers",
    ]  # fmt: skip
    assert records.value(rows, "count", table="overlap", group="low", group2="men_in_care") == 1
    unknown = records.value(rows, "count", table="composition", scope="all", by="region", group=":unknown")
    assert unknown == 1


def test_sentences_follow_the_term(make_study, no_pictures):
    words = sentences(rows_and_parts(make_study(without=UNUSED), "T1")[1])
    assert "The project has had 3 participants." in words and "0 of them enrolled again in a later term." in words


def test_the_public_edition_withholds_what_few_stand_behind(make_study, no_pictures):
    rows, parts = rows_and_parts(make_study(without=UNUSED), edition="public")
    persons = rows[rows["kind"].isin(["count", "share"])]
    assert (persons[["count", "answered"]].stack().dropna() % 5 == 0).all()
    assert rows.loc[rows["kind"] != "amount", "estimate"].isna().all()
    assert "their share of students is" not in sentences(parts)
    assert any(".." in note for part in parts for block in part.blocks for note in getattr(block, "notes", []))


@pytest.mark.parametrize("edition", ["public", "internal"])
@pytest.mark.parametrize("persons", [0, 1])
def test_nobody_and_one_person(make_study, edition, persons):
    files = {n: "\n".join(c.splitlines()[: 1 + persons]) + "\n" for n, c in FILES.items() if "/T1/" in n}
    rows, parts = rows_and_parts(make_study(None, files, without=UNUSED), "T1", "fi", edition)
    shown = 0 if edition == "public" else persons
    assert records.value(rows, "count", table="composition", by="total") == shown
    assert f"Hankkeessa on ollut {shown} osallistuj" in sentences(parts)


def test_a_study_with_a_register_only_has_fewer_parts(make_study, no_pictures):
    folder = make_study(
        {'{ column = "enrolments.field", in = ["care"] }': '{ column = "participants.education", in = ["upper"] }'},
        without=(*UNUSED, "enrolments", "population"),
    )
    _, parts = rows_and_parts(folder)
    assert [p.id for p in parts] == [
        "participants-overview", "target-groups", "composition", "profile", "overlaps", "participants-numbers",
    ]  # fmt: skip


def test_no_register_no_parts(make_study):
    folder = make_study(
        without=("participants", "start_survey", "end_survey", "followup", "enrolments", "budget", "actions")
    )
    path = folder / "study.toml"
    content = path.read_text()
    start, end = content.index("[[target_groups]]"), content.index("[codes]")
    content = content[:start] + content[end:]
    start, end = content.index("[[representation]]"), content.index("[budget]")
    path.write_text(content[:start] + content[end:])
    rows, parts = rows_and_parts(folder)
    assert rows.empty and parts == []
