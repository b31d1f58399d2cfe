"""How the whole pre/post and placement analysis grows with the number of persons, on each engine.

    python benchmarks/scale.py [ROWS ...]        # 100000 1000000 10000000 50000000 where none are given

Microdata of 15 columns are generated to Parquet. Each way runs in a process of its own: time from the file to the last
estimate (imports aside), and the most memory that process had. The engines count through ``evaltools.counts.engines``
and the statistics come from the counts; the plain way reads the microdata with pandas and hands them to scipy. The
results of the engines must be equal to the last digit, and agree with the plain ones as far as both have them. See
docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

ITEMS = ("a", "b", "c")
GROUPS = ("gender", "age_group", "region", "education", "target")
ROLES = ("employed", "employed_student", "student", "unemployed", "other")
MEASURES = {"employed": (1, 2), "student": (3,), "unemployed": (4,)}
ENGINES = ("pandas", "duckdb", "dask")
WAYS = (*ENGINES, "duckdb-sql", "plain")
CHUNK = 1_000_000
# what each way needs, imported before the clock starts
IMPORTED = (
    "pandas",
    "pyarrow.parquet",
    "scipy.stats",
    "evaltools.counts.engines",
    "evaltools.statistics.paired",
    "evaltools.statistics.proportions",
)
IMPORTED_BY = {
    "pandas": ("narwhals", "evaltools.statistics.nonresponse"),
    "duckdb": ("duckdb", "narwhals", "evaltools.statistics.nonresponse"),
    "dask": ("dask.dataframe", "narwhals", "evaltools.statistics.nonresponse"),
    "duckdb-sql": ("duckdb", "evaltools.statistics.nonresponse"),
    "plain": ("statsmodels.stats.proportion",),
}


# --- microdata -------------------------------------------------------------------------------------------------------


def generate(path: Path, rows: int, seed: int = 20230731) -> None:
    """Synthetic persons: groups, three items before and after (missing included), role at follow-up (0 no answer)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    random, writer = np.random.default_rng(seed), None
    for begin in range(0, rows, CHUNK):
        table = pa.table(_chunk(random, begin, min(CHUNK, rows - begin)))
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()


def _chunk(random: np.random.Generator, begin: int, n: int) -> dict[str, Any]:
    import pyarrow as pa

    def codes(*weights: float) -> np.ndarray:
        return np.searchsorted(np.cumsum(weights)[:-1] / sum(weights), random.random(n, "float32")).astype("int8")

    columns: dict[str, Any] = {"person": np.arange(begin, begin + n), "term": codes(1, 1, 1, 1, 1)}
    columns |= {"gender": codes(55, 45), "age_group": codes(2, 3, 3, 2), "region": codes(*range(1, 7))}
    columns |= {"education": codes(3, 4, 2), "target": codes(1, 3)}
    for item in ITEMS:
        pre = 1 + codes(1, 2, 3, 2, 1)
        post = np.clip(pre + codes(1, 4, 2) - 1, 1, 5).astype("int8")
        columns[f"pre_{item}"] = pa.array(pre, mask=random.random(n, "float32") < 0.1)
        columns[f"post_{item}"] = pa.array(post, mask=random.random(n, "float32") < 0.3)
    return columns | {"invited": np.ones(n, "int8"), "role": codes(30, 35, 5, 15, 10, 5)}


# --- from counts -----------------------------------------------------------------------------------------------------


def from_counts(path: Path, engine: str) -> dict[str, list[float | None]]:
    """The analysis: five small tables of counts, then exact functions of them."""
    from evaltools.counts import engines

    columns = [*(f"{when}_{item}" for item in ITEMS for when in ("pre", "post")), *GROUPS, "role"]
    frame = engines.scan(path, engine, columns)
    pairs = {item: engines.count(frame, [f"pre_{item}", f"post_{item}"], _both(item)) for item in ITEMS}
    return _statistics(pairs, engines.count(frame, [*GROUPS, "role"]))


def by_sql(path: Path) -> dict[str, list[float | None]]:
    """The same counts by DuckDB's own SQL: what the layer costs."""
    import duckdb

    def count(by: list[str], where: str = "") -> Any:
        named = ", ".join(by)
        query = (
            f"SELECT {named}, count(*) AS count FROM read_parquet('{path}') {where} GROUP BY {named} ORDER BY {named}"
        )
        return duckdb.sql(query).df()

    present = "WHERE pre_{0} IS NOT NULL AND post_{0} IS NOT NULL"
    return _statistics({i: count(_both(i), present.format(i)) for i in ITEMS}, count([*GROUPS, "role"]))


def _both(item: str) -> list[str]:
    return [f"pre_{item}", f"post_{item}"]


def _statistics(pairs: dict[str, Any], cube: Any) -> dict[str, list[float | None]]:
    from evaltools.statistics import effect_sizes, marginal_tests, nonresponse, proportions, signed_rank

    found: dict[str, list[float | None]] = {}
    for item, counted in pairs.items():
        pre, post, n = (counted[c].to_numpy().astype("int64") for c in (*_both(item), "count"))
        table = np.zeros((5, 5), dtype="int64")
        table[pre - 1, post - 1] = n
        test, effect = signed_rank.signed_rank(post - pre, n), effect_sizes.rank_biserial(post - pre, n)
        better, margins = effect_sizes.marginal_superiority(table), marginal_tests.stuart_maxwell(table)
        found[f"pairs {item}"] = [float(n.sum()), float(((post - pre) * n).sum()) / float(n.sum())]
        found[f"change {item}"] = [test.p, effect.estimate, effect.lower, effect.upper]
        found[f"margins {item}"] = [better.estimate, better.lower, better.upper, margins.statistic, margins.p]
    for by in GROUPS:
        for group, part in cube.groupby(by):
            roles = part.groupby("role")["count"].sum()
            invited, answered = int(roles.sum()), int(roles.sum() - roles.get(0, 0))
            for measure, codes in MEASURES.items():
                x = int(sum(roles.get(code, 0) for code in codes))
                rate, bounds = proportions.wilson(x, answered), nonresponse.manski(x, answered, invited)
                numbers = [rate.estimate, rate.lower, rate.upper, bounds.lower, bounds.upper]
                found[f"{measure} {by} {group}"] = [float(x), float(answered), *numbers]
    return found


# --- the plain way ---------------------------------------------------------------------------------------------------


def plain(path: Path) -> dict[str, list[float | None]]:
    """Microdata in pandas, scipy on its columns, a group-by a rate."""
    import pandas as pd
    from scipy import stats
    from statsmodels.stats.proportion import proportion_confint

    frame = pd.read_parquet(path)
    found: dict[str, list[float | None]] = {}
    for item in ITEMS:
        both = frame[_both(item)].dropna()
        change = (both[f"post_{item}"] - both[f"pre_{item}"]).to_numpy("float64")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            test = stats.wilcoxon(change, zero_method="pratt", method="asymptotic")
        ranks = stats.rankdata(np.abs(change))
        up, down = ranks[change > 0].sum(), ranks[change < 0].sum()
        found[f"pairs {item}"] = [float(len(change)), float(change.mean())]
        found[f"change {item}"] = [float(test.pvalue), float((up - down) / (up + down))]
    answered = frame[frame["role"] > 0]
    for by in GROUPS:
        for measure, codes in MEASURES.items():
            reached = answered["role"].isin(codes).groupby(answered[by]).agg(["sum", "size"])
            for group, (x, n) in reached.iterrows():
                low, high = proportion_confint(x, n, method="wilson")
                found[f"{measure} {by} {group}"] = [float(x), float(n), x / n, low, high]
    return found


# --- measuring -------------------------------------------------------------------------------------------------------


def one(way: str, path: Path) -> None:
    """One way in this process; what it took and found, as JSON."""
    for name in (*IMPORTED, *IMPORTED_BY.get(way, ())):
        import_module(name)
    warnings.simplefilter("ignore", FutureWarning)
    clock, used = time.perf_counter(), time.process_time()
    found = plain(path) if way == "plain" else by_sql(path) if way == "duckdb-sql" else from_counts(path, way)
    seconds, processor = time.perf_counter() - clock, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "processor": processor, "megabytes": peak, "found": found}))


def measured(way: str, path: Path) -> dict[str, Any] | None:
    command = [sys.executable, __file__, "--one", way, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{way}: failed, {done.stderr.splitlines()[-1] if done.stderr else done.returncode}")
        return None
    return json.loads(done.stdout.splitlines()[-1])


def compare(results: dict[str, dict[str, Any]]) -> None:
    """Raise AssertionError where engines differ at all, or the plain way by more than rounding."""
    first = next(iter(results.values()))["found"]
    for way, result in results.items():
        if way != "plain":
            assert result["found"] == first, f"{way} differs"
            continue
        assert set(result["found"]) <= set(first)
        for name, numbers in result["found"].items():
            # p values of a large sample differ in how ties and continuity are treated: their size has to agree
            assert np.allclose(numbers, first[name][: len(numbers)], rtol=1e-9, atol=1e-3), f"plain: {name}"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("rows", nargs="*", type=int, default=[100_000, 1_000_000, 10_000_000, 50_000_000])
    asked.add_argument("--ways", default=",".join(WAYS), help="default: all")
    asked.add_argument("--folder", type=Path, help="where the data are made (default: temporary)")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        print(f"{'rows':>12}  {'way':<12}{'seconds':>9}{'processor':>11}{'MB':>8}")
        for rows in given.rows:
            path = (given.folder or Path(temporary)) / f"{rows}.parquet"
            if not path.is_file():
                generate(path, rows)
            results = {way: result for way in given.ways.split(",") if (result := measured(way, path))}
            compare(results)
            for way, result in results.items():
                took = f"{result['seconds']:>9.2f}{result['processor']:>11.2f}{result['megabytes']:>8.0f}"
                print(f"{rows:>12,}  {way:<12}{took}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
