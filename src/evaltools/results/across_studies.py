"""Several studies taken together: rates pooled from the result rows that each has released, never from persons."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from evaltools import paths
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.statistics import nonresponse, proportions

PLACE = ["topic", "table", "measure", "by", "group"]
COLUMNS = [
    *PLACE,
    *("studies", "count", "answered", "invited", "estimate", "lower", "upper", "bound_lower", "bound_upper"),
    *("lowest", "highest"),
]


def pool(released: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rates of the whole project period summed over studies, one row a measure and group.

    ``released`` are result rows, of one term a study. Counts are summed; the rate has its Clopper-Pearson interval and
    its bounds over those who did not answer; ``lowest`` and ``highest`` are the rates of single studies. Rows that a
    study withholds, or has from rounded counts only, are left out, and ``studies`` says how many are in. Raises
    ValueError where a study is given twice.
    """
    frames = list(released)
    names = [name for frame in frames for name in frame["study"].unique()]
    if len(set(names)) < len(names):
        raise ValueError("a study can be pooled once only")
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*COLUMNS, "kind", "scope"])
    shown = rows[(rows["kind"] == "rate") & (rows["scope"] == ALL) & rows["estimate"].notna()]
    shown = shown[shown["by"].isin(["", TOTAL, "target_group"])]
    pooled = [_pooled(dict(zip(PLACE, place, strict=True)), part) for place, part in shown.groupby(PLACE, sort=True)]
    return pd.DataFrame(pooled, columns=COLUMNS)


def _pooled(place: dict[str, str], rows: pd.DataFrame) -> dict[str, object]:
    count, answered, invited = (int(rows[name].sum()) for name in ("count", "answered", "invited"))
    rate, bounds = proportions.clopper_pearson(count, answered), nonresponse.manski(count, answered, invited)
    return place | {
        "studies": rows["study"].nunique(),
        "count": count,
        "answered": answered,
        "invited": invited,
        "estimate": rate.estimate,
        "lower": rate.lower,
        "upper": rate.upper,
        "bound_lower": bounds.lower,
        "bound_upper": bounds.upper,
        "lowest": float(rows["estimate"].min()),
        "highest": float(rows["estimate"].max()),
    }


def write(editions: Iterable[Path], destination: Path, edition: str) -> Path | None:
    """Pool the releases in these folders to ``<destination>/pooled.csv``; its path, None where nothing can be pooled.

    The file appears whole or not at all.
    """
    frames = [pd.read_parquet(folder / paths.marked("results.parquet", edition)) for folder in editions]
    table = pool(frames)
    if len(frames) < 2 or table.empty:
        return None
    destination.mkdir(parents=True, exist_ok=True)
    path = destination / paths.marked("pooled.csv", edition)
    paths.replace(path, table.to_csv(index=False, lineterminator="\n"), encoding="utf-8-sig")
    return path
