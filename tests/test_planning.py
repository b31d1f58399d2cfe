"""``evaltools plan``: what the next term promises, by counting, and what came of it."""

from __future__ import annotations

import json
import stat

import numpy as np
import pandas as pd
import pytest
import scipy
from conftest import write_study

from evaltools import i18n
from evaltools.cli import main as cli
from evaltools.fieldwork import plan, so_far
from evaltools.statistics import net_change, planning, power
from evaltools.study import loader

# --- promises, by counting --------------------------------------------------------------------------------------------


def test_a_share_that_is_known_needs_the_pairs_of_connor():
    for change, share in ((0.1, 0.5), (0.2, 0.3), (0.05, 0.6)):
        n = 10**7
        assert planning.pairs_to_find(change, round(share * n), n) == pytest.approx(
            power.pairs_needed(change, share), abs=1
        )
    few, many = planning.pairs_to_find(0.1, 3, 10), planning.pairs_to_find(0.1, 3, 10, alpha=0.01)
    assert few < many <= power.pairs_needed(0.1, 1.0, alpha=0.01)


def test_so_many_invitations_are_the_fewest():
    def likely(n: int) -> float:
        k = np.arange(40, n + 1)
        logs = scipy.special.betaln(k + 30.5, n - k + 20.5) - scipy.special.betaln(30.5, 20.5)
        return float(np.exp(logs + np.log(scipy.special.comb(n, k))).sum())

    found = planning.invitations(40, 30, 50)
    assert likely(found) >= 0.9 > likely(found - 1)
    assert planning.invitations(0, 0, 0) == 0 and planning.invitations(1000, 0, 10**6) is None
    with pytest.raises(ValueError, match="5 of 4"):
        planning.invitations(1, 5, 4)


def test_answers_that_decide_a_target_by_drawing_what_can_come():
    count, answered, silent, asked, target = 60, 100, 20, 80, 0.5
    needed = planning.answers_to_decide(target, count, answered, silent, asked)
    random, everyone = np.random.default_rng(1), answered + silent + asked
    rate = random.beta(count + 0.5, answered - count + 0.5, 20_000)

    def decided(k: int) -> float:
        got = count + random.binomial(k, rate)
        left = silent + asked - k
        return float(((got >= target * everyone) | (got + left < target * everyone)).mean())

    assert decided(needed) >= 0.9 - 0.01 and decided(needed - 3) < 0.9 + 0.01
    assert planning.answers_to_decide(0.5, 50, 100, 60, 10) is None
    assert planning.answers_to_decide(0.2, 50, 100, 10, 10) == 0
    with pytest.raises(ValueError, match="cannot be"):
        planning.answers_to_decide(0.5, 5, 4, 0, 10)


def test_the_width_is_that_of_the_widest_interval_that_is_likely():
    found = planning.width(200, 40, 100)
    at = [net_change.net_change(up, 200 - 2 * up, up).estimate for up in (40, 55)]
    assert at[0].upper - at[0].lower < found < at[1].upper - at[1].lower
    assert planning.width(0, 1, 2) is None and planning.width(50, 0, 100) > 0


# --- a study ----------------------------------------------------------------------------------------------------------

WORK = 'targets = [{ id = "work", name = "Work", measure = "employed", value = 0.8 }, {'


@pytest.fixture
def found(tmp_path):
    study = loader.load(write_study(tmp_path / "s", {"targets = [{": WORK}))
    tables = dict(so_far.read(study, "T2").tables)
    up, same, down = 30, 50, 20
    people = [f"p{i}" for i in range(up + same + down)]
    before = pd.DataFrame({"person": people, "term": "T1", "survey": "start", "item": "q1", "value": 3.0})
    after = before.assign(term="T2", survey="end", value=[4.0] * up + [3.0] * same + [2.0] * down)
    tables["answers"] = pd.concat([before, after], ignore_index=True).assign(cannot_say=False)
    primary = [item.model_copy(update={"primary": item.id == "q1"}) for item in study.survey.items]
    survey = study.survey.model_copy(update={"items": primary})
    return study.model_copy(update={"survey": survey}), tables


def test_a_plan_by_a_computation_of_its_own(found):
    study, tables = found
    made = plan.of(study, tables, "T2", group=50)
    [question] = made.questions
    assert (question.item, question.pairs, question.moved) == ("q1", 100, 50)
    assert question.needed == planning.pairs_to_find(0.1, 50, 100)
    assert question.width == planning.width(question.needed, 50, 100)
    assert made.invite == planning.invitations(question.needed - 100, made.both, made.asked)
    known = tables["followup"]["role"].dropna()
    [seen] = made.comparison
    assert seen.difference == power.minimum_detectable_difference_of_rates(len(known), 50, 0.5).estimate
    assert [(t.target, t.asked) for t in made.targets] == [("work", int((tables["followup"]["term"] == "T2").sum()))]
    assert plan.Plan.read(_file(made, study.folder)) == made


def _file(made, folder):
    path = folder / "plan.json"
    path.write_text(made.written(), encoding="utf-8")
    return path


def test_what_came_of_a_plan(found):
    study, tables = found
    made = plan.of(study, tables, "T2")
    came = {(each.what, each.of): each for each in plan.came(study, tables, made)}
    assert came["pairs", "q1"].promised == made.questions[0].needed and came["pairs", "q1"].came == 100
    assert not came["pairs", "q1"].kept and not came["width", "q1"].kept
    assert came["invited", ""].came == 0
    more = tables["answers"].assign(person="x" + tables["answers"]["person"])
    grown = {
        **tables,
        "answers": pd.concat([tables["answers"], *(more.assign(person=more["person"] + str(i)) for i in range(4))]),
    }
    now = {(each.what, each.of): each.kept for each in plan.came(study, grown, made)}
    assert now["pairs", "q1"] and now["width", "q1"]


# --- the command ------------------------------------------------------------------------------------------------------


def test_a_plan_is_kept_and_checked_after(tmp_path, capsys):
    language = "sv"
    folder = write_study(tmp_path / "s", {"targets = [{": WORK})
    assert cli.main(["plan", str(folder), "T1", "--language", language]) == 0
    kept = tmp_path / "outputs/s/plan/T1.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and json.loads(kept.read_text())["term"] == "T1"
    capsys.readouterr()
    assert cli.main(["plan", str(folder), "--comparison", "30", "--language", language]) == 0
    said = capsys.readouterr().out
    assert i18n.say("plan.column.promised", language) in said and (tmp_path / "outputs/s/plan/T2.json").is_file()
    assert "091" not in said and "1E5" not in said


def test_no_plan_where_others_read(tmp_path, capsys):
    folder = write_study(tmp_path / "s")
    assert cli.main(["plan", str(folder), "--to", str(tmp_path / "www"), "--language", "en"]) == 2
    assert not (tmp_path / "www").exists()
