"""What changed between two terms: the followed numbers of two results tables, ranked by how much each change matters.

``compare`` is a pure function of two tables of result rows, so the public edition compares protected numbers only.
Reports are cumulative: the later term holds the persons of the earlier one. For such nested data the variance of the
difference of an estimate is the variance of the earlier estimate less that of the later one (Hausman, J. A. 1978,
Econometrica 46, 1251-1271; for a mean it is exact), and that is what ``interval`` rests on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.results.records import ROUNDED, WITHHELD, pick
from evaltools.statistics.types import finite

QUALITY = 0.05  # how much a response share may fall, or a share of missing values rise, before it is told
LEVEL = 0.05
# why a change matters, the weightiest first; in ``other`` it is shown and not told apart from none
WHYS = (
    *("target_reached", "target_lost", "conclusion_gained", "conclusion_lost", "clear_rise", "clear_fall"),
    *("quality_fell", "hidden_now", "other"),
)
MATTERS = WHYS[:-1]
COLUMNS = (
    *("topic", "table", "measure", "item", "by", "group", "kind", "before", "now"),
    *("difference", "lower", "upper", "why"),
)


@dataclass(frozen=True)
class Followed:
    """Numbers that are followed from term to term: where they stand and how they print.

    ``better`` is 1 where a higher value means better data (a response share), -1 where a lower one does, 0 where the
    number says nothing of the data's quality.
    """

    topic: str
    table: str
    measure: str
    by: str = ""
    column: str = "estimate"
    kind: str = "percent"
    better: int = 0
    group: str | None = None

    @property
    def where(self) -> dict[str, str]:
        place = {"topic": self.topic, "table": self.table, "measure": self.measure, "by": self.by, "scope": ALL}
        return place | ({} if self.group is None else {"group": self.group})


FOLLOWED = (
    Followed("participants", "composition", "persons", TOTAL, "count", "integer"),
    Followed("participants", "composition", "persons", "target_group"),
    Followed("participants", "completion", "completed", TOTAL),
    Followed("participants", "completion", "dropped", TOTAL),
    Followed("ingestion", "missing", "missing", better=-1),
    Followed("survey", "responses", "start", better=1),
    Followed("survey", "responses", "both", better=1),
    Followed("survey", "item", "net_change", kind="points"),
    Followed("survey", "feedback", "agree"),
    Followed("placement", "followup", "answered", better=1),
    *(Followed("placement", "placement", m, TOTAL) for m in ("employed", "student_full_time", "student_any")),
    Followed("placement", "placement", "employed", "target_group"),
    Followed("placement", "benchmark", "employed", kind="points", group="difference"),
    Followed("monitoring", "outreach", "enrolled", TOTAL, "count", "integer"),
    Followed("monitoring", "actions", "open_late", kind="integer"),
    Followed("monitoring", "budget", "spent_share"),
    Followed("monitoring", "budget", "cost_per_person", TOTAL, kind="euro"),
)


def compare(now: pd.DataFrame, before: pd.DataFrame, targets: Mapping[str, float], base: int = 0) -> pd.DataFrame:
    """Every followed number that both tables have, with its change, the weightiest first.

    Parameters
    ----------
    now, before : result rows of the later and of the earlier term, of one study and edition
    targets : wanted value by id of target, as the rows of ``targets`` name them in ``item``
    base : rounding base of the counts, 0 where they are exact: a rate moves by up to ``base`` persons by rounding alone

    Returns
    -------
    DataFrame with ``COLUMNS``: where the number stands, ``kind`` (how it prints), ``before``, ``now``, their
    ``difference`` with the 95% interval where the rows have one, and ``why`` it matters (one of ``WHYS``).
    Shares are 0 to 1. Rows are in order of ``WHYS``, then by size of the difference in units of its uncertainty.
    """
    found = []
    for followed in (*_target_rows(now), *FOLLOWED):
        for here, there in _both(now, before, followed):
            found.append(_change(here, there, followed, targets, base))
    found = [change for change in found if change is not None]
    ranked = sorted(found, key=lambda change: (WHYS.index(change["why"]), -_weight(change)))
    return pd.DataFrame(ranked, columns=list(COLUMNS))


def interval(now: pd.Series, before: pd.Series, slack: float = 0.0) -> tuple[float | None, float | None]:
    """The 95% interval of the change of an estimate on nested data, widened by ``slack`` on both sides.

    (None, None) where a row has no interval, or the later one is no narrower than the earlier: nothing was added, or
    the data are not nested, and the rows do not tell.
    """
    reach = [_reach(row) for row in (before, now)]
    if None in reach or reach[0] <= reach[1]:  # type: ignore[operator]
        return None, None
    half = math.sqrt(reach[0] ** 2 - reach[1] ** 2) + slack  # type: ignore[operator]
    difference = float(now["estimate"]) - float(before["estimate"])
    return difference - half, difference + half


def _reach(row: pd.Series) -> float | None:
    lower, upper = _number(row, "lower"), _number(row, "upper")
    return None if lower is None or upper is None else (upper - lower) / 2


def _number(row: pd.Series, column: str) -> float | None:
    return None if pd.isna(row[column]) else finite(float(row[column]))


def _target_rows(now: pd.DataFrame) -> list[Followed]:
    """Targets are counts of persons or rates, as their rows say."""
    actual = pick(now, topic="monitoring", table="targets", measure="actual", scope=ALL)
    counted = set(actual["kind"]) & {"count"}
    rates = set(actual["kind"]) - {"count"}
    return [
        *([Followed("monitoring", "targets", "actual", "", "count", "integer")] if counted else []),
        *([Followed("monitoring", "targets", "actual")] if rates else []),
    ]


def _both(now: pd.DataFrame, before: pd.DataFrame, followed: Followed) -> Iterator[tuple[pd.Series, pd.Series]]:
    """The rows of both terms that stand in the same place."""
    where = ["item", "group", "group2"]
    earlier = {tuple(row[where]): row for _, row in pick(before, **followed.where).iterrows()}
    for _, row in pick(now, **followed.where).iterrows():
        if (there := earlier.get(tuple(row[where]))) is not None:
            yield row, there


def _change(
    here: pd.Series, there: pd.Series, followed: Followed, targets: Mapping[str, float], base: int
) -> dict[str, object] | None:
    new, old = _number(here, followed.column), _number(there, followed.column)
    if old is None or (new is None and here["status"] != WITHHELD):
        return None
    lower, upper = interval(here, there, _slack(here, there, base)) if followed.column == "estimate" else (None, None)
    difference = None if new is None else new - old
    change = {
        **{column: here[column] for column in ("topic", "table", "measure", "item", "by", "group")},
        **{"kind": followed.kind, "before": old, "now": new, "difference": difference},
        **{"lower": lower, "upper": upper},
    }
    if here["by2"] == "benchmark":
        change |= {"by": here["by2"], "group": here["group2"]}
    goal = targets.get(here["item"]) if followed.table == "targets" else None
    return change | {"why": _why(change, here, there, followed, goal)}


def _slack(here: pd.Series, there: pd.Series, base: int) -> float:
    """How far rounding alone can move the difference of two rates."""
    rounded = [row for row in (here, there) if row["status"] == ROUNDED and row["kind"] == "rate"]
    return sum(base / n for row in rounded if (n := _number(row, "answered")))


def _why(
    change: Mapping[str, object], here: pd.Series, there: pd.Series, followed: Followed, goal: float | None
) -> str:
    tests: tuple[Callable[[], str], ...] = (
        lambda: "" if change["now"] is not None else "hidden_now",
        lambda: _crossed(change["before"], change["now"], goal),  # type: ignore[arg-type]
        lambda: _concluded(here, there),
        lambda: _clear(change["lower"], change["upper"]),  # type: ignore[arg-type]
        lambda: "quality_fell" if followed.better * (change["difference"] or 0) <= -QUALITY else "",  # type: ignore[operator]
    )
    return next((why for test in tests if (why := test())), "other")


def _crossed(before: float, now: float, goal: float | None) -> str:
    if goal is None or (before >= goal) == (now >= goal):
        return ""
    return "target_reached" if now >= goal else "target_lost"


def _concluded(here: pd.Series, there: pd.Series) -> str:
    """Whether the result tells more than chance in one term and not in the other."""
    now, before = _told(here), _told(there)
    if now is None or before is None or now == before:
        return ""
    return "conclusion_gained" if now else "conclusion_lost"


def _told(row: pd.Series) -> bool | None:
    """By the adjusted p value where the row has one; a difference from the benchmark by its interval."""
    p = _number(row, "p_adjusted")
    if p is not None:
        return p < LEVEL
    if row["table"] != "benchmark" or _reach(row) is None:
        return None
    return row["lower"] > 0 or row["upper"] < 0


def _clear(lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return ""
    return "clear_rise" if lower > 0 else "clear_fall" if upper < 0 else ""


def _weight(change: Mapping[str, object]) -> float:
    """The size of a change in units of its uncertainty; without an interval, relative to what was before."""
    difference, lower, upper = (change[key] for key in ("difference", "lower", "upper"))
    if difference is None:
        return 0.0
    if lower is not None and upper is not None:
        return abs(difference) / ((upper - lower) / 2)  # type: ignore[operator, arg-type]
    return min(abs(difference) / abs(change["before"]), 1.0) if change["before"] else 0.0  # type: ignore[operator, arg-type]
