"""``evaltools watch``: what is too odd for chance is flagged, with the right chance, in files for nobody else."""

from __future__ import annotations

import csv
import itertools
import stat
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from conftest import FILES, write_study

from evaltools import i18n
from evaltools.cli import main as cli
from evaltools.fieldwork import so_far, watch
from evaltools.statistics import answer_quality, multiplicity
from evaltools.study import loader

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import watch_terms

# --- chances, by counting ---------------------------------------------------------------------------------------------


def test_the_chances_of_all_possible_answers_add_up_to_one():
    random = np.random.default_rng(1)
    codes = np.clip(np.rint(random.normal(1, 1, (80, 1)) + random.normal(0, 0.7, (80, 4))), 0, 2).astype(np.int64)
    careful = answer_quality.Careful.of(codes, [3] * 4)
    every = np.array(list(itertools.product(range(3), repeat=4)))
    assert careful.chance(every).sum() == pytest.approx(1, abs=1e-6)
    # what is left out is summed over
    some = np.where(np.arange(4) == 2, -1, every[every[:, 2] == 0])
    assert careful.chance(some).sum() == pytest.approx(1, abs=1e-6)
    # one answer throughout comes as often as it does
    runs = careful.chance(np.repeat(np.arange(3)[:, None], 4, axis=1))
    seen = [(codes == answer).all(axis=1).mean() for answer in range(3)]
    assert runs == pytest.approx(seen, abs=0.06)


def test_a_run_of_one_answer_counts_those_that_are_no_more_probable():
    codes = np.array([[1, 1, 1, 1], [2, 2, -1, 2], [0, 1, 2, 1]] * 6)
    careful = answer_quality.Careful.of(codes, [3] * 4)
    runs = careful.chance(np.repeat(np.arange(3)[:, None], 4, axis=1))
    found = answer_quality.same_throughout(careful, codes, 3)
    assert found[0] == pytest.approx(runs[runs <= runs[1] * (1 + 1e-9)].sum())
    assert found[2] == 1 and found[1] < 1
    assert answer_quality.same_throughout(careful, codes[:2], 4)[1] is None


def test_two_rows_alike_have_the_chance_of_their_answers():
    random = np.random.default_rng(2)
    codes = random.integers(0, 5, (40, 6))
    codes[7] = codes[3]
    careful = answer_quality.Careful.of(codes, [5] * 6)
    assert answer_quality.alike(careful, codes, 4) == [(3, 7, pytest.approx(careful.chance(codes[[3]])[0]))]
    assert answer_quality.alike(careful, codes, 7) == []


def test_marks_that_gather_against_all_ways_of_spreading_them():
    marks = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    rows = [[np.isin(range(3), chosen) for chosen in itertools.combinations(range(3), row.sum())] for row in marks]
    counts = Counter(int(sum(row[0] for row in way)) for way in itertools.product(*rows))
    expected = sum(n for count, n in counts.items() if count >= 3) / sum(counts.values())
    assert answer_quality.gathered(marks, np.ones(marks.shape))[0] == pytest.approx(expected)


@pytest.mark.parametrize(("now", "then"), [([3, 1, 0], [0, 2, 2]), ([1, 1, 1, 0], [0, 0, 2, 2]), ([2, 2], [2, 2])])
def test_a_shift_against_all_ways_of_drawing(now, then):
    answers = np.repeat(np.arange(len(now)), np.add(now, then))
    n, seen = sum(now), abs(np.dot(now, range(len(now))) - sum(now) * answers.mean())
    draws = [abs(answers[list(d)].sum() - n * answers.mean()) for d in itertools.combinations(range(len(answers)), n)]
    assert answer_quality.shifted(now, then) == pytest.approx(np.mean(np.array(draws) >= seen - 1e-9))


def test_a_shift_of_large_groups_is_near_the_exact_one(monkeypatch):
    now, then = [10, 20, 25, 15, 10], [15, 25, 22, 12, 6]
    limit = answer_quality.shifted(now, then)
    monkeypatch.setattr(answer_quality, "EXACT", 100)
    assert answer_quality.shifted(now, then) == pytest.approx(limit, rel=0.05)
    assert answer_quality.shifted([0, 3], [0, 4]) is None and answer_quality.shifted([0, 0], [1, 4]) is None


def test_who_hurries_among_times_that_are_known():
    random = np.random.default_rng(3)
    seconds = [*np.exp(random.normal(6, 0.4, 60)), 20.0, np.nan, 0.0]
    found = answer_quality.too_fast(seconds)
    assert found[60] < 1e-4 and found[61:] == [None, None]
    assert min(multiplicity.adjust(found[:60], "bh")) > 0.05
    assert answer_quality.too_fast([30.0] * 20) == [None] * 20 == answer_quality.too_fast([*range(1, 9), *[0] * 12])


def test_the_adjustment_of_a_few_among_many_is_that_of_all():
    few = [0.0004, 0.03, 0.0001]
    everything = multiplicity.adjust([*few, *[1.0] * 47], "bh")
    assert watch._adjusted(few, 50) == pytest.approx(everything[:3])


# --- a term -----------------------------------------------------------------------------------------------------------


def test_faults_that_were_put_in_are_found_and_a_quiet_term_is_left_alone():
    study, random = watch_terms.study(), np.random.default_rng(8)
    before, now = watch_terms.frame(random, "T1", 150), watch_terms.frame(random, "T2", 150, 0.6)
    spoilt, planted = watch_terms.spoilt(random, now)
    found = watch_terms.seen(study, spoilt, before)
    for check, there in planted.items():
        flags = watch_terms.flagged(found, check)
        if check == "again_moved":  # fifteen answered twice: too few
            continue
        assert len(there & set().union(*flags)) >= 0.75 * len(there), check
        assert all(fault.p <= fault.adjusted <= watch.LEVEL for fault in found.faults if fault.check == check)
    quiet = watch_terms.seen(study, watch_terms.frame(random, "T2", 150), before)
    assert quiet.faults == []
    assert {look.check: look.why for look in quiet.looks}["again"] == "nobody_again"


def test_agreement_of_second_answers():
    study, random = watch_terms.study(), np.random.default_rng(5)
    now = watch_terms.frame(random, "T2", 40).fillna(3.0)
    again = now.iloc[:10].assign(line=now["line"].iloc[:10] + 40)
    again.loc[:3, "q5"] = again.loc[:3, "q5"] % 5 + 1
    found = watch_terms.seen(study, watch_terms.pd.concat([now, again]), now.iloc[:0])
    same = {each.item: (round(each.same.estimate, 3), each.same.n) for each in found.again}
    assert same["q5"] == (0.6, 10) and same["q0"] == (1.0, 10)
    assert {look.check: look.why for look in found.looks}["moved"] == "no_term_before"


# --- the command ------------------------------------------------------------------------------------------------------

TIMES = {
    'columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", comment = "free" }': """\
date_format = ["%Y-%m-%d", "%Y-%m-%d %H:%M"]
columns = { person = "id", answered = "day", q1 = "Q1", q2 = "Q2", started = "t0", finished = "t1" }"""
}


def timed() -> dict[str, str]:
    """The start surveys with times: everybody takes five minutes."""
    files = {}
    for term in ("T1", "T2"):
        head, *rows = FILES[f"raw/{term}/before.csv"].splitlines()
        lines = [f"{head};t0;t1", *(f"{row};2021-03-01 23:58;2021-03-02 00:03" for row in rows)]
        files[f"raw/{term}/before.csv"] = "\n".join(lines) + "\n"
    return files


def test_times_are_read_from_when_answering_began_and_ended(tmp_path):
    study = loader.load(write_study(tmp_path / "s", TIMES, timed()))
    raw = so_far.read(study, "T2", repeats=True).raw["start_survey"]
    assert list(watch._seconds(raw)) == [300.0] * len(raw)


def test_the_page_names_nobody_and_the_file_says_who(tmp_path, capsys):
    head, *rows = FILES["raw/T2/before.csv"].splitlines()
    people = {"raw/T2/before.csv": "\n".join([head, *rows, "091;2021-08-20;1;1;", "091;2022-03-01;1;1;"]) + "\n"}
    folder = write_study(tmp_path / "s", {}, people)
    assert cli.main(["watch", str(folder), "T2", "--today", "2022-03-02", "--language", "en"]) == 0
    said = capsys.readouterr().out
    home = tmp_path / "outputs/s/watch"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "faults.csv").stat().st_mode) == 0o600
    assert sorted(p.name for p in home.iterdir()) == [".gitignore", "faults.csv", "faults.xlsx", "watch.html"]
    page = (home / "watch.html").read_text(encoding="utf-8")
    for person in ("1E5", "nan<", ">091", "091;"):
        assert person not in said + page
    assert i18n.say("watch.heading.again", "en") in page  # 091 answered twice in the term
    with (home / "faults.csv").open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            assert row["where"].startswith("raw/T2/") and row["id"]


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_the_command_speaks_every_language(tmp_path, capsys, language):
    folder = write_study(tmp_path / "s")
    assert cli.main(["watch", str(folder), "--date", "2021-12-31", "--language", language]) == 0
    said = capsys.readouterr().out
    assert i18n.say("watch.why.no_times", language) in said and i18n.say("watch.keep", language) in said


def test_nothing_is_written_where_others_read(tmp_path, capsys):
    folder = write_study(tmp_path / "s")
    assert cli.main(["watch", str(folder), "--to", str(tmp_path / "outputs/s/T1/public-fi"), "--language", "en"]) == 2
    assert "is not written" in capsys.readouterr().err and not (tmp_path / "outputs").exists()


def test_a_group_that_answers_less_than_the_others():
    reach = [watch.Reach("end_survey", "total", "total", 100, 60), watch.Reach("end_survey", "gender", "m", 30, 6)]
    study = watch_terms.study()
    [fault] = watch._slow_groups(study, "end_survey", reach).faults
    assert fault.group == ("gender", "m") and fault.p == pytest.approx(answer_quality.fewer(6, 30, 54, 70))
