"""How people were asked: read from sources, compared, told only where answers differ by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import FILES, write_study

import evaltools as ev
from evaltools.disclosure import policy
from evaltools.ingest import reading
from evaltools.results.records import pick
from evaltools.sections.material import Labels, Material
from evaltools.sections.survey import mode
from evaltools.study import loader
from evaltools.study.model import Study

BY_COLUMN = {
    'columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free" }': """\
columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free", mode = "how" }"""
}


def answers(seed: int, effect: float, n: int = 60) -> pd.DataFrame:
    """Answers of a survey and an interview to two questions at two times; ``effect`` is what an interview adds to the
    first at the end."""
    random = np.random.default_rng(seed)
    rows = []
    for survey in ("start", "end"):
        for asked, size in (("survey", n), ("interview", n // 2)):
            for item in ("q1", "q2"):
                shift = effect if (survey, asked, item) == ("end", "interview", "q1") else 0.0
                values = np.clip(np.round(random.normal(3.2 + shift, 1.0, size)), 1, 5)
                rows += [(survey, item, asked, value) for value in values]
    frame = pd.DataFrame(rows, columns=["survey", "item", "mode", "value"])
    return frame.groupby([*frame], sort=False).size().rename("count").reset_index()


def told(study: Study, seed: int, effect: float, edition: str = "internal") -> tuple[pd.DataFrame, list[str]]:
    given = answers(seed, effect)
    who = given[given["item"] == "q1"].groupby(["survey", "mode"], sort=False)["count"].sum().reset_index()
    who.loc[who["survey"] == "start", "count"] = [80, 10]
    material = Material(study, study.last_term, edition, {}, {}, {"modes": who, "mode_answers": given})
    results = material.result_set("survey")
    mode.mode_rows(material, results)
    rows = results.frame()
    return rows, mode.said(rows, Labels(study, study.last_term, "en", edition))


def mode_rows(folder: Path) -> pd.DataFrame:
    """Rows of a study in which interviews changed the answers to a question."""
    return told(small(folder), 1, 1.2)[0]


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Study:
    return small(tmp_path_factory.mktemp("mode"))


def small(home: Path) -> Study:
    files = {name: FILES[name].replace("free\n", "free;how\n") for name in FILES if name.endswith("before.csv")}
    files = {name: _with_mode(text) for name, text in files.items()}
    return loader.load(write_study(home / "small", BY_COLUMN, files))


def _with_mode(text: str) -> str:
    head, *rows = text.splitlines()
    words = ["Haastattelu", "survey", "Telephone interview"]
    return "\n".join([head, *(f"{row};{word}" for row, word in zip(rows, words, strict=False))]) + "\n"


def test_a_mode_is_read_by_code_or_word_of_any_language(study):
    given = reading.read(study, "T1")["start_survey"]
    assert given["mode"].tolist() == ["interview", "survey", "telephone"]
    tidy = ev.open_study(study.folder).term("T1").tidy
    assert "mode" in tidy["responses"]


def test_interviews_can_be_a_source_of_their_own(tmp_path):
    source = """
[[sources]]
table = "start_survey"
name = "Interviews"
file = "interviews.csv"
required = false
duplicates = "first"
constants.mode = "interview"
columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "notes" }

[[sources]]
table = "start_survey"
"""
    files = {"raw/T2/interviews.csv": "id;day;Q1;Q2;notes\n1E5;2021-08-09;3;3;Virtanen kertoi\n"}
    folder = write_study(tmp_path / "s", {'[[sources]]\ntable = "start_survey"\n': source.lstrip()}, files)
    opened = ev.open_study(folder).term("T2")
    read = opened.raw["start_survey"]
    assert read["mode"].dropna().tolist() == ["interview"]
    assert "Virtanen" not in "".join(frame.to_csv() for frame in opened.tidy.values())


def test_a_planted_effect_is_found_and_told(study):
    rows, sentences = told(study, 1, 1.2)
    found = mode.differing(rows)
    assert found[["item", "group", "group2"]].to_numpy().tolist() == [["q1", "end", "interview"]]
    assert found["estimate"].iloc[0] == pytest.approx(1.2, abs=0.5)
    assert found["lower"].iloc[0] > 0 and found["p"].iloc[0] <= found["p_adjusted"].iloc[0]
    assert sentences[0].startswith("In the end survey, answers to")
    assert sentences[1].startswith("Interview: 11.1% of respondents at the start, 33.3% at the end.")
    assert "no effect of the way of asking" in sentences[-1]


def test_without_an_effect_nothing_is_told(study):
    rows, sentences = told(study, 1, 0.0)
    assert len(pick(rows, table="mode", measure="difference")) == 4 and sentences == []
    assert mode.mode_part(rows, Labels(study, study.last_term, "en", "internal")) is None


def test_differences_are_of_exact_counts_so_the_public_edition_has_none(study):
    assert policy.active(study.disclosure, "public")
    assert told(study, 1, 1.2, "public")[0].empty


def test_where_people_were_in_groups_a_difference_is_no_evidence(study):
    grouped = study.sources[0].model_copy(update={"columns": {**study.sources[0].columns, "cluster": ["class"]}})
    rows, sentences = told(study.model_copy(update={"sources": [grouped, *study.sources[1:]]}), 1, 1.2)
    assert pick(rows, measure="difference")["p"].isna().all() and sentences == []


def test_the_part_shows_every_difference_and_who_was_asked_how(study):
    part = mode.mode_part(told(study, 1, 1.2)[0], Labels(study, study.last_term, "fi", "internal"))
    differences, who = part.tables
    assert len(differences.rows) == 4 and [row[1] for row in who.rows[:2]] == ["Kysely", "Haastattelu"]
