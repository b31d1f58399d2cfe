"""Ids beside ids."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def among(ids: pd.Series, others: pd.Series) -> pd.Series:
    """Which ids stand among others: ``isin``, which makes a Python object of each of the others, in Arrow.

    Both are texts; a missing one is among others where one of them is missing.
    """
    one, other = (pa.array(of.astype("str").array).cast(pa.large_string()) for of in (ids, others))
    return pd.Series(np.asarray(pc.is_in(one, value_set=other)), index=ids.index, dtype="bool")
