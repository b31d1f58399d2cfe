"""Entropy balancing against a general minimiser, and the door to it: people for a register, keys apart."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import write_study

import evaltools as ev
from evaltools.cli import main as cli
from evaltools.statistics import entropy_balance

REFERENCE = Path(__file__).parent / "reference" / "entropy_balance.txt"
TREATED = np.array([[1.2, 0], [0.4, 1], [0.9, 1], [1.6, 0], [0.1, 1]])
CONTROLS = np.array([[0.2, 0], [1.1, 1], [-0.7, 0], [1.9, 1], [0.5, 0], [0.3, 1], [1.4, 0], [-0.2, 1]])
FAR = np.array([5, 0])


def test_weights_are_those_of_a_general_minimiser_in_r():
    expected = [float(line) for line in REFERENCE.read_text(encoding="utf-8").split()]
    found = entropy_balance.balance(TREATED, CONTROLS)
    assert found.weights == pytest.approx(expected, abs=1e-6)
    assert found.weights @ CONTROLS == pytest.approx(TREATED.mean(axis=0), abs=1e-7)
    assert found.after == pytest.approx([0, 0], abs=1e-7) and abs(found.before).max() > 0.3
    assert found.effective == pytest.approx(1 / np.sum(np.square(expected)), rel=1e-5)


def test_no_even_weights_are_less_uneven():
    found, random = entropy_balance.balance(TREATED, CONTROLS).weights, np.random.default_rng(1)
    design = np.column_stack([np.ones(len(CONTROLS)), CONTROLS])
    free = np.linalg.svd(design.T)[2][design.shape[1] :]  # ways to change weights that keep every mean
    least = (found * np.log(found)).sum()
    for step in random.normal(0, 0.01, (50, len(free))):
        other = found + step @ free
        assert (other > 0).all() and (other * np.log(other)).sum() >= least


def test_groups_without_overlap_are_not_compared():
    assert entropy_balance.balance(TREATED + FAR, CONTROLS) is None
    apart = entropy_balance.difference(TREATED + FAR, CONTROLS, np.ones(5), np.ones(8))
    assert apart.estimate is None and apart.note == "no_overlap"
    few = entropy_balance.difference(TREATED, CONTROLS[:4], np.ones(5), np.ones(4))
    assert few.estimate is None and few.note in ("too_few", "no_overlap")
    for bad in (TREATED[:, :1], np.array([[np.nan, 0]]), TREATED[:0]):
        with pytest.raises(ValueError, match="covariates"):
            entropy_balance.balance(bad, CONTROLS)


def test_groups_that_are_alike_have_even_weights_and_the_plain_difference():
    x = np.repeat(CONTROLS, 5, axis=0)
    y, other = np.arange(40) % 2, np.arange(40) % 4 == 0
    found = entropy_balance.difference(x, x, y, other)
    assert entropy_balance.balance(x, x).effective == pytest.approx(40)
    assert found.estimate == pytest.approx(y.mean() - other.mean()) and found.lower < found.estimate < found.upper


def test_a_frame_of_what_came_back():
    random = np.random.default_rng(2)
    n = 200
    frame = pd.DataFrame({"age": random.normal(40, 10, n), "gender": np.where(random.random(n) < 0.5, "f", "m")})
    frame["treated"] = (random.random(n) < 1 / (1 + np.exp((40 - frame["age"]) / 10))).astype(int)
    frame["work"] = (random.random(n) < 0.3 + 0.01 * (frame["age"] - 40) + 0.2 * frame["treated"]).astype(int)
    found = ev.balance(frame, "treated", "work", ["age", "gender"])
    age = found.overlap.set_index("covariate").loc["age"]
    assert age["weighted"] == pytest.approx(age["treated"]) and abs(age["before"]) > 0.5 > 1e-6 > abs(age["after"])
    assert found.difference.lower < 0.2 < found.difference.upper and found.effective < found.controls
    far = ev.balance(frame.assign(age=frame["age"] + 100 * frame["treated"]), "treated", "work", ["age"])
    assert far.difference.note == "no_overlap" and far.effective is None
    with pytest.raises(ValueError, match="group is empty"):
        ev.balance(frame.assign(treated=1), "treated", "work", ["age"])


def test_the_request_keeps_ids_and_what_is_known_apart(tmp_path, capsys):
    folder = write_study(tmp_path / "s")
    assert cli.main(["request", str(folder), "--language", "en"]) == 0
    home = tmp_path / "outputs/s/request"
    assert "091" not in capsys.readouterr().out
    tables = {}
    for name in ("keys/keys.csv", "people/people.csv", "people/columns.csv"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
        with (home / name).open(encoding="utf-8", newline="") as lines:
            tables[name] = list(csv.DictReader(lines))
    keys, people, columns = tables.values()
    assert {row["id"] for row in keys} == {"091", "1E5", "NA", "nan", "None"}
    assert [row["number"] for row in keys] == [row["number"] for row in people] == list("12345")
    assert "id" not in people[0] and [row["column"] for row in columns] == list(people[0])[2:]
    ages = {row["number"]: row["age"] for row in people}
    assert len(set(ages.values())) > 1 and columns[0]["column"] == "age"
    assert cli.main(["request", str(folder), "--to", str(tmp_path / "public-fi"), "--language", "en"]) == 2
