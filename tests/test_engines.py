"""The engines count alike: to the last digit, missing values and small integers included."""

import numpy as np
import pandas as pd
import pytest
from conftest import write_study

import evaltools as ev
from evaltools.counts import engines, tabulation

ENGINES = (engines.PANDAS, engines.DUCKDB, engines.DASK)
pytestmark = pytest.mark.filterwarnings("ignore:Dask support is moving:FutureWarning")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(1)
    n = 3000
    made = pd.DataFrame({"term": random.choice(["K", "S"], n), "pre": random.integers(1, 6, n).astype("int8")})
    made["post"] = pd.array(random.integers(1, 6, n), dtype="Int8")
    made.loc[::7, "post"] = pd.NA
    return made.assign(flag=np.ones(n, dtype="int8"))


@pytest.mark.parametrize("engine", ENGINES)
def test_counts_are_those_of_a_plain_group_by(frame, engine, tmp_path):
    frame.to_parquet(tmp_path / "frame.parquet", index=False)
    whole = frame.dropna(subset="post")
    wanted = whole.groupby(["term", "pre", "post"]).size()
    for held in (engines.hold(frame, engine), engines.scan(tmp_path / "frame.parquet", engine, list(frame))):
        found = engines.count(held, ["term", "pre", "post"], ["pre", "post"])
        places = [tuple(row) for row in found[["term", "pre", "post"]].itertuples(index=False, name=None)]
        assert places == list(wanted.index)
        assert found["count"].tolist() == wanted.tolist()
        assert engines.count(held, ["post"])["count"].sum() == len(frame)  # the missing are counted as such
        sums = engines.sums(held, ["term"], ["flag"])  # more than an int8 can hold
        assert sums["flag"].tolist() == frame["term"].value_counts().sort_index().tolist()


def test_the_engine_is_the_study_files_or_follows_the_size():
    assert engines.chosen("auto", 10) == engines.PANDAS
    assert engines.chosen("auto", engines.MANY) == engines.DUCKDB
    assert engines.chosen("duckdb", 10) == engines.DUCKDB
    with pytest.raises(ValueError, match="no engine other; known are pandas, duckdb, dask"):
        engines.scan("x.parquet", "other", [])


def test_a_study_has_the_same_counts_on_duckdb_as_on_pandas(tmp_path):
    found = {}
    for engine in ("pandas", "duckdb"):
        folder = write_study(tmp_path / engine, {"targets = [{": f'engine = "{engine}"\ntargets = [{{'})
        term = ev.open_study(folder).term("T2")
        found[engine] = tabulation.collect(term.study, term.tidy, "T2")
    assert found["pandas"].keys() == found["duckdb"].keys() >= {"transitions", "answers", "placement"}
    for name, table in found["pandas"].items():
        pd.testing.assert_frame_equal(table, found["duckdb"][name])
