"""What researchers are given: labelled tables, pairs, change by group, pictures; the worked notebooks run."""

import ast
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import evaltools as ev
from evaltools.statistics import comparison, effect_sizes

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks" / "explore").glob("*.ipynb"))


def run(path):
    """Every code cell in one namespace, as a notebook runs them; what the last expression of each shows."""
    names, shown = {}, []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            *body, last = ast.parse(cell.source).body
            tail = isinstance(last, ast.Expr)
            exec(compile(ast.Module(body if tail else [*body, last], []), str(path), "exec"), names)
            shown.append(eval(compile(ast.Expression(last.value), str(path), "eval"), names) if tail else None)
    return names, shown


def test_the_worked_notebooks_are_stripped_and_short():
    assert [path.stem for path in NOTEBOOKS] == ["question_of_your_own", "tour_of_the_data"]
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert all(not c.outputs and c.execution_count is None for c in notebook.cells if c.cell_type == "code")
        assert not any("def " in c.source for c in notebook.cells if c.cell_type == "code")


def test_the_tour_runs_and_shows_words_and_pictures():
    names, shown = run(ROOT / "notebooks" / "explore" / "tour_of_the_data.ipynb")
    assert {"Gender", "Age group", "Region"} <= set(names["persons"])
    assert set(names["persons"]["Gender"].dropna()) <= {"Woman", "Man", "Other"}
    pictures = [each for each in shown if hasattr(each, "svg")]
    assert len(pictures) == 1 and "n = " in pictures[0].svg.replace("\N{NO-BREAK SPACE}", " ")


def test_a_question_of_ones_own_runs_and_agrees_with_the_report():
    names, shown = run(ROOT / "notebooks" / "explore" / "question_of_your_own.ipynb")
    pairs, changes, whole = names["pairs"], names["changes"], names["whole"].iloc[0]
    assert changes["n"].sum() == len(pairs) == whole["answered"]
    one = effect_sizes.rank_biserial(pairs["change"].to_numpy())
    assert (one.estimate, one.lower, one.upper) == pytest.approx((whole["estimate"], whole["lower"], whole["upper"]))
    group = changes.iloc[0]
    again = effect_sizes.rank_biserial(pairs.loc[pairs["age_group"] == group["group"], "change"].to_numpy())
    assert (group["r"], group["r_lower"]) == (again.estimate, again.lower)
    assert sum(hasattr(each, "svg") for each in shown) == 1


def synthetic() -> pd.DataFrame:
    """The data of ``reference/regression.R``."""
    i = np.arange(60)
    frame = pd.DataFrame({"treated": (i % 3 == 0).astype(int), "age": 20 + (7 * i) % 41})
    frame["score"] = 2 + 0.05 * frame["age"] + 0.8 * frame["treated"] + ((11 * i) % 13 - 6) / 4
    return frame.assign(passed=(frame["score"] + ((5 * i) % 7 - 3) / 2 > 4.4).astype(int))


@pytest.mark.parametrize(("kind", "outcome"), [("linear", "score"), ("logistic", "passed")])
def test_regression_agrees_with_r(kind, outcome):
    expected = pd.read_csv(ROOT / "tests" / "reference" / "regression.csv").query("kind == @kind")
    found = ev.regression(synthetic(), outcome, ["treated", "age"], kind)
    assert list(found["covariate"]) == ["treated", "age"] and set(found["n"]) == {60}
    for column in found.columns.drop(["covariate", "n"]):
        assert found[column].to_numpy() == pytest.approx(expected[column].to_numpy(), rel=1e-6)


def test_regression_leaves_out_what_is_missing_and_takes_groups_as_they_are():
    frame = synthetic().assign(place=lambda f: np.where(f["age"] > 40, "town", "country"))
    frame.loc[[0, 7], "age"] = np.nan
    found = ev.regression(frame, "score", ["treated", "place", "age"]).set_index("covariate")
    assert list(found.index) == ["treated", "place=town", "age"] and set(found["n"]) == {58}
    rows = frame.dropna()
    same = comparison.adjusted_difference(rows["score"].tolist(), rows["treated"].tolist(), rows[["place", "age"]])
    assert tuple(found.loc["treated", ["estimate", "lower", "upper"]]) == pytest.approx(
        (same.estimate, same.lower, same.upper)
    )


def test_regression_refuses_what_has_no_answer():
    frame = synthetic().assign(same=lambda f: f["passed"], constant=1)
    for outcome, covariates, kind, why in (
        ("score", ["constant"], "linear", "no covariate varies"),
        ("score", ["treated", "age"], "logistic", "is 0 or 1"),
        ("passed", ["same", "age"], "logistic", "tell the outcome exactly"),
    ):
        with pytest.raises(ValueError, match=why):
            ev.regression(frame, outcome, covariates, kind)
    with pytest.raises(KeyError, match="no column nothing"):
        ev.regression(frame, "score", ["nothing"])


def test_pictures_show_each_group():
    frame = synthetic().assign(group=lambda f: np.where(f["treated"] == 1, "yes", "no"))
    bars = ev.distribution(frame, "passed", by="group").axes[0]
    heights = sorted(round(bar.get_height()) for bar in bars.patches if bar.get_height() > 0)
    shares = frame.groupby("group")["passed"].mean() * 100
    assert heights == sorted(round(share) for one in shares for share in (one, 100 - one))
    lines = ev.relation(frame, "age", "score", by="group").axes[0]
    assert len(lines.lines) == 2 and lines.get_xlabel() == "age"


def test_what_is_not_there_is_named():
    with pytest.raises(KeyError, match="no column r"):
        ev.forest(pd.DataFrame({"group": ["a"]}))
    for bad in (-1, 0.5, None):
        with pytest.raises(ValueError, match="whole numbers"):
            ev.likert(pd.DataFrame({"1": [1], "2": [bad]}, index=["q"]))


def test_every_public_name_is_there_with_a_docstring():
    for name in ev.__all__:
        assert getattr(ev, name).__doc__ and name in dir(ev)
    with pytest.raises(AttributeError):
        _ = ev.no_such_name
