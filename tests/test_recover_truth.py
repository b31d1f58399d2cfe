"""The report finds what the generator planted: a small version of ``benchmarks/recover_truth.py``, and its arithmetic.

Margins lie some five standard errors from what the design leads to expect; at other seeds the tests hold as well.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import evaltools as ev
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.results.records import pick
from evaltools.sections import placement, survey
from evaltools.statistics import proportions

SEEDS, PERSONS = range(1, 5), 300
GROUPS = 7
FLOOR = 0.5  # share of 95 % intervals of four studies that must hold; answers of one study go together
FAR = 1.3  # half-widths, which are five standard errors of a mean over four studies
RANGE = ["estimate", "lower", "upper", "bound_lower", "bound_upper"]


def load() -> ModuleType:
    path = Path(__file__).resolve().parents[1] / "benchmarks" / "recover_truth.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up there
    spec.loader.exec_module(module)
    return module


recover_truth = load()


@pytest.fixture(scope="module")
def found() -> dict[str, pd.DataFrame]:
    return {m: recover_truth.recover(SEEDS, PERSONS, m) for m in recover_truth.MECHANISMS}


def employed(frame: pd.DataFrame, quantity: str, kind: str) -> pd.DataFrame:
    return pick(frame, quantity=quantity, kind=kind)


# --- what the report finds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", recover_truth.MECHANISMS)
def test_worst_and_best_case_hold_the_truth_every_time(found, mechanism):
    bounds = employed(found[mechanism], recover_truth.BOUNDS, recover_truth.REALISED)
    assert len(bounds) == len(SEEDS) * (1 + GROUPS)
    assert bounds["held"].all()
    overall = pick(bounds, of=recover_truth.OVERALL)
    assert ((overall["upper"] - overall["lower"]).between(0.1, 0.7)).all()  # as wide as the share that is silent


@pytest.mark.parametrize("quantity", [*recover_truth.ITEM_MEASURES.values(), recover_truth.SCALE])
def test_by_chance_intervals_hold_the_planted_answers(found, quantity):
    frame = pick(found["random"], quantity=quantity)
    assert len(frame) == len(SEEDS) * (3 if quantity == recover_truth.SCALE else 12)
    assert frame["held"].mean() > FLOOR
    lines = recover_truth.summary(frame, ["quantity", "of"])
    assert (lines["bias"].abs() < FAR * lines["half_width"]).all()


def test_by_chance_wilson_intervals_hold_the_planted_rate(found):
    rate = pick(found["random"], quantity=recover_truth.EMPLOYED)
    assert rate.loc[rate["kind"] == recover_truth.MODEL, "held"].mean() > FLOOR
    overall = pick(rate, of=recover_truth.OVERALL, kind=recover_truth.REALISED)
    assert abs(overall["bias"].mean()) < 0.07


def test_selective_answers_mislead_the_complete_case(found):
    rate = pick(found["selective"], quantity=recover_truth.EMPLOYED, of=recover_truth.OVERALL)
    realised = pick(rate, kind=recover_truth.REALISED)
    assert realised["bias"].mean() > 0.08
    assert not pick(rate, kind=recover_truth.EXPECTED)["held"].all()
    # the same persons with the same answers: only who answers is another
    change = {m: pick(frame, quantity=recover_truth.CHANGE)["bias"].mean() for m, frame in found.items()}
    assert change["selective"] - change["random"] > 0.1
    start = pick(found["selective"], quantity=recover_truth.START)
    assert start["held"].mean() > FLOOR  # ability has no part in who answers


@pytest.mark.parametrize("mechanism", recover_truth.MECHANISMS)
def test_a_range_with_the_missing_holds_the_net_change_and_no_flat_question_is_called_better(found, mechanism):
    frame = found[mechanism]
    assert pick(frame, quantity=recover_truth.RANGE)["held"].all()
    flat = recover_truth.verdicts(frame).query("abs(truth) < 0.05")
    assert len(flat) >= 2 and (flat["better"] == 0).all()


@pytest.mark.parametrize("mechanism", recover_truth.MECHANISMS)
def test_imbens_manski_intervals_hold_whoever_answers(found, mechanism):
    wide = employed(found[mechanism], recover_truth.WIDE, recover_truth.EXPECTED)
    assert wide["held"].mean() > FLOOR


def test_the_short_way_gives_the_rows_of_the_report(tmp_path, monkeypatch):
    monkeypatch.setenv("EVALTOOLS_KEY_FILE", str(tmp_path / "pseudonym.key"))
    recover_truth.demo().write(tmp_path / "uusi-alku", 1, PERSONS, "selective")
    short = recover_truth.result_rows(tmp_path / "uusi-alku")
    material = ev.open_study(tmp_path / "uusi-alku").term("2023K", edition="internal").material
    compared = ["measure", "item", "by", "group", "invited", "answered", *RANGE]
    for topic, stage in (("survey", survey), ("placement", placement)):
        long = pick(stage.rows(material), scope=ALL)
        for table in {"survey": ["item"], "placement": ["placement", "worst_to_best"]}[topic]:
            expected = pick(long, table=table)
            expected = expected[expected["by"].isin(["", TOTAL, "target_group"])]
            got = pick(short[topic], table=table)
            assert len(got) > GROUPS
            assert_frame_equal(got[compared].reset_index(drop=True), expected[compared].reset_index(drop=True))


def test_truth_about_other_persons_is_refused(monkeypatch):
    truth = {"items": {}, "scales": {}, "placement": {"invited": {"overall": {"n": 6}}}}
    place = {"table": "placement", "scope": ALL, "measure": "employed", "by": TOTAL, "group": TOTAL}
    rows = {"survey": pd.DataFrame(columns=list(place)), "placement": pd.DataFrame([place | {"invited": 5.0}])}
    monkeypatch.setattr(recover_truth, "demo", lambda: SimpleNamespace(write=lambda *arguments: truth))
    monkeypatch.setattr(recover_truth, "result_rows", lambda folder: rows)
    with pytest.raises(ValueError, match="seed 3, overall: 5 invited in the report, 6 in the truth"):
        recover_truth.findings(3)


# --- its own arithmetic --------------------------------------------------------------------------------------------


def finding(seed: int, truth: float, estimate: float | None = 0.5, sign: int = 1, **more):
    lower, upper = (None, None) if estimate is None else (estimate - 0.1, estimate + 0.1)
    place = {"quantity": recover_truth.CHANGE, "of": "q", "kind": recover_truth.EXPECTED} | more
    return recover_truth.Finding(seed, *place.values(), truth, estimate, lower, upper, sign)


def test_intervals_held_missed_and_missing_are_counted_apart():
    found = recover_truth.judged([[finding(1, 0.45), finding(1, 0.7, sign=-1)], [finding(2, 0.5, None)]])
    line = recover_truth.summary(found, ["quantity"]).iloc[0]
    assert (line["intervals"], line["held"], line["share"]) == (2, 1, 0.5)
    assert line["bias"] == pytest.approx((0.05 + 0.2) / 2)
    assert line["half_width"] == pytest.approx(0.1)


def test_intervals_of_one_seed_count_as_one_where_they_go_together():
    together = [[finding(seed, 0.5 if seed % 4 else 0.9) for _ in range(5)] for seed in range(40)]
    p, lower, upper = recover_truth.share(recover_truth.judged(together))
    assert p == 0.75
    assert (lower, upper) == pytest.approx(proportions.wilson_limits(0.75 * 39, 39, proportions.critical(0.95)))
    p, lower, upper = recover_truth.share(recover_truth.judged([[finding(seed, 0.5)] * 5 for seed in range(40)]))
    assert (p, lower, upper) == (1.0, proportions.wilson(40, 40).lower, 1.0)


def test_the_model_rate_is_the_expected_one_over_the_seeds():
    rate = {"quantity": recover_truth.EMPLOYED, "of": recover_truth.OVERALL}
    found = recover_truth.judged([[finding(1, 0.3, **rate)], [finding(2, 0.5, **rate)]])
    assert pick(found, kind=recover_truth.MODEL)["truth"].tolist() == [0.4, 0.4]
    assert pick(found, kind=recover_truth.MODEL)["held"].tolist() == [True, True]
    assert pick(found, kind=recover_truth.EXPECTED)["held"].tolist() == [False, True]


def test_the_page_has_a_line_for_every_quantity_of_each_mechanism(found):
    page = recover_truth.page(found, PERSONS, "the command")
    assert "`the command`" in page
    sections = page.split("\n## ")[1:]
    assert [s.splitlines()[0] for s in sections] == list(recover_truth.HEADING.values())
    for section in sections:
        pooled, rest = section.split("### One by one")
        single, concluded = rest.split("### What is concluded of all who started")
        assert concluded.count("\n| `") == 12
        assert all(f"| {quantity} |" in pooled for quantity in recover_truth.QUANTITIES)
        assert single.count("\n| ") == 2 + 12 + 3 + GROUPS
    bounds = f"| {recover_truth.BOUNDS} | {recover_truth.OVERALL} | realised | {len(SEEDS)} | {len(SEEDS)} | 1.000"
    assert all(bounds in section for section in sections)
