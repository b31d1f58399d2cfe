"""In which order to ask: by how much one more answer narrows what is not known.

Of a group of whom ``asked`` had their turn and ``silent`` have not answered, a rate can be anything between two
bounds, ``silent / asked`` apart (Manski 1989). One more answer brings them ``1 / asked`` closer: in a small group more
than in a large one. What an answer is worth is the sum of that over the groups its person is in, as a share of all
groups: by so much it narrows the mean width of their bounds, whatever the answer is.
"""

from __future__ import annotations

import math

import pandas as pd

from evaltools.ingest.ids import among


def narrowing(members: pd.DataFrame, asked: pd.Series, fewest: int) -> pd.Series:
    """By how much the answer of each person narrows the mean width of the bounds of all groups (a share, 0 to 1).

    Parameters
    ----------
    members : who is in which group: (person, by, group)
    asked : persons whose turn has come, whether they have answered or not
    fewest : a group of whom fewer were asked is not looked at: nothing is told of it

    Returns
    -------
    Series by person; persons of no such group are not in it
    """
    here = members[among(members["person"], asked)].drop_duplicates(["person", "by", "group"])
    sizes = here.groupby(["by", "group"])["person"].transform("size")
    told = here.assign(share=1 / sizes)[sizes >= fewest]
    groups = round(told["share"].sum())  # the shares of each add up to one
    return told.groupby("person")["share"].sum() / max(groups, 1)


def fewest_to_decide(count: int, silent: int, asked: int, target: float) -> int | None:
    """The least number of answers that can settle whether a rate reaches its target; None where it is settled.

    Settled is what holds whatever the silent answer: ``count`` alone is enough, or ``count + silent`` is not.

    >>> fewest_to_decide(40, 30, 100, 0.5), fewest_to_decide(50, 30, 100, 0.5), fewest_to_decide(10, 30, 100, 0.5)
    (10, None, None)
    """
    needed = math.ceil(target * asked - 1e-9)
    to_reach, to_miss = needed - count, count + silent - needed + 1
    return None if to_reach <= 0 or to_miss <= 0 else min(to_reach, to_miss)
