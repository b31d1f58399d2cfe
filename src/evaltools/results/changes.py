"""What changed between two terms: the followed numbers of two results tables, ranked by how much each change matters.

``compare`` is a pure function of two tables of result rows and of the counts of who answered in which term
(``counts.between_terms``), from which a change has its interval (``statistics.change_over_terms``). A number of a
complete register has none. ``revised`` lists numbers of earlier terms that are another now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaltools.counts.between_terms import RATE
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.results.records import ROUNDED, WITHHELD, pick
from evaltools.statistics import change_over_terms
from evaltools.statistics.change_over_terms import RateChange
from evaltools.statistics.types import Estimate, finite, side

QUALITY = 0.05  # how much a response share may fall, or a share of missing values rise, before it is reported
LEVEL = 0.05
# why a change matters, the weightiest first; then those shown without a verdict, or with that of no clear change
WHYS = (
    *("target_reached", "target_lost", "conclusion_gained", "conclusion_lost", "clear_rise", "clear_fall"),
    *("quality_fell", "hidden_now", "register", "unclear", "same", "unjudged"),
)
MATTERS = WHYS[:8]
COLUMNS = (
    *("topic", "table", "measure", "item", "by", "group", "kind", "before", "now"),
    *("difference", "lower", "upper", "why"),
)


@dataclass(frozen=True)
class Followed:
    """Numbers that are followed from term to term: where they stand and how they print.

    ``better`` is 1 where a higher value means better data (a response share), -1 where a lower one does, 0 where the
    number says nothing of the data's quality. ``register`` is a number of a complete register, without
    sampling error. ``like`` is the table whose counts judge it, where that is another (a rate less a constant).
    """

    topic: str
    table: str
    measure: str
    by: str = ""
    column: str = "estimate"
    kind: str = "percent"
    better: int = 0
    group: str | None = None
    register: bool = False
    like: str = ""

    @property
    def where(self) -> dict[str, str]:
        place = {"topic": self.topic, "table": self.table, "measure": self.measure, "by": self.by, "scope": ALL}
        return place | ({} if self.group is None else {"group": self.group})


FOLLOWED = (
    Followed("participants", "composition", "persons", TOTAL, "count", "integer", register=True),
    Followed("participants", "composition", "persons", "target_group", register=True),
    Followed("participants", "completion", "completed", TOTAL, register=True),
    Followed("participants", "completion", "dropped", TOTAL, register=True),
    Followed("ingestion", "missing", "missing", better=-1, register=True),
    Followed("survey", "responses", "start", better=1, register=True),
    Followed("survey", "responses", "both", better=1, register=True),
    Followed("survey", "item", "net_change", kind="points"),
    Followed("survey", "feedback", "agree"),
    Followed("placement", "followup", "answered", better=1, register=True),
    *(Followed("placement", "placement", m, TOTAL) for m in ("employed", "student_full_time", "student_any")),
    Followed("placement", "placement", "employed", "target_group"),
    Followed("placement", "benchmark", "employed", kind="points", group="difference", like="placement"),
    Followed("monitoring", "outreach", "enrolled", TOTAL, "count", "integer", register=True),
    Followed("monitoring", "actions", "open_late", kind="integer", register=True),
    Followed("monitoring", "budget", "spent_share", register=True),
    Followed("monitoring", "budget", "cost_per_person", TOTAL, kind="euro", register=True),
)
# numbers of single terms that a later extract can change, and the key of the reason that it then has
REVISED = (
    ("participants", "composition", "persons", TOTAL, "registered"),
    ("survey", "responses", "start", "", "answered_late"),
    ("survey", "responses", "end", "", "answered_late"),
    ("placement", "followup", "leavers", "", "register_corrected"),
    ("placement", "followup", "invited", "", "answered_late"),
    ("placement", "followup", "answered", "", "answered_late"),
)


def compare(
    now: pd.DataFrame, before: pd.DataFrame, targets: Mapping[str, float], between: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Every followed number that both tables have, with its change, the weightiest first.

    Parameters
    ----------
    now, before : result rows of the later and of the earlier term, of one study and edition
    targets : wanted value by id of target, as the rows of ``targets`` name them in ``item``
    between : counts of ``between_terms.between``; None where they may not be used (a protected edition), and then no
        number has an interval or a verdict that needs one

    Returns
    -------
    DataFrame with ``COLUMNS``: where the number stands, ``kind`` (how it prints), ``before``, ``now``, their
    ``difference`` with its 95% interval where it has one, and ``why`` it matters (one of ``WHYS``).
    Shares are 0 to 1. Rows are in order of ``WHYS``, then by size of the difference in units of its uncertainty.
    """
    compared = (
        _change(here, there, followed, targets, _estimate(followed, here, between))
        for followed in (*_target_rows(now), *FOLLOWED)
        for here, there in _both(now, before, followed)
    )
    found = [change for change in compared if change is not None]
    ranked = sorted(found, key=lambda change: (WHYS.index(change["why"]), -_weight(change)))
    return pd.DataFrame(ranked, columns=list(COLUMNS))


def revised(now: pd.DataFrame, before: pd.DataFrame, least: int = 0) -> pd.DataFrame:
    """Numbers of single earlier terms that are another now, by more than ``least``, before and now, and why."""
    rows = []
    for topic, table, measure, by, why in REVISED:
        where = {"topic": topic, "table": table, "measure": measure, "by": by}
        later = pick(now, **where).set_index("scope")["count"]
        for _, row in pick(before, **where).iterrows():
            was, scope = _number(row, "count"), row["scope"]
            is_now = finite(later.get(scope)) if scope != ALL and pd.notna(later.get(scope)) else None
            if was is not None and is_now is not None and abs(is_now - was) > least:
                rows.append((topic, measure, scope, was, is_now, why))
    return pd.DataFrame(rows, columns=["topic", "measure", "scope", "before", "now", "why"])


def _estimate(followed: Followed, here: pd.Series, between: pd.DataFrame | None) -> Estimate | None:
    """The change with its interval from the counts of both terms; None where there are none."""
    if followed.register or between is None:
        return None
    place = {"topic": followed.topic, "table": followed.like or followed.table, "measure": here["measure"]}
    place |= {"item": "" if followed.like else here["item"], "by": followed.by}
    if not followed.like:
        place["group"] = here["group"]
    counts = pick(between, **(place | ({"by": TOTAL} if followed.like else {})))
    if len(counts) != 1:
        return None
    row = counts.iloc[0]
    if followed.table != "item":
        return change_over_terms.rate_change(RateChange(**{c: int(row[c]) for c in RATE}))
    if row["revised"]:
        return None
    return change_over_terms.net_change_over_terms(_signs(row, "old"), _signs(row, "new"))


def _signs(row: pd.Series, age: str) -> tuple[int, int, int]:
    """How many pairs of the ``old`` or ``new`` persons went up, stayed and went down."""
    return int(row[f"{age}_better"]), int(row[f"{age}_same"]), int(row[f"{age}_worse"])


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
    rows = pick(now, **followed.where)
    if followed.table == "targets":  # in one table stand counts and rates
        rows = rows[(rows["kind"] == "count") == (followed.column == "count")]
    for _, row in rows.iterrows():
        if (there := earlier.get(tuple(row[where]))) is not None:
            yield row, there


def _change(
    here: pd.Series, there: pd.Series, followed: Followed, targets: Mapping[str, float], estimate: Estimate | None
) -> dict[str, object] | None:
    if ROUNDED in (here["status"], there["status"]):  # a difference of rounded numbers is none
        return None
    new, old = _number(here, followed.column), _number(there, followed.column)
    if old is None or (new is None and here["status"] != WITHHELD):
        return None
    change = {
        **{column: here[column] for column in ("topic", "table", "measure", "item", "by", "group")},
        **{"kind": followed.kind, "before": old, "now": new, "difference": None if new is None else new - old},
        **{"lower": estimate.lower if estimate else None, "upper": estimate.upper if estimate else None},
    }
    if here["by2"] == "benchmark":
        change |= {"by": here["by2"], "group": here["group2"]}
    goal = targets.get(here["item"]) if followed.table == "targets" else None
    return change | {"why": _why(change, here, there, followed, goal)}


def _why(
    change: Mapping[str, object], here: pd.Series, there: pd.Series, followed: Followed, goal: float | None
) -> str:
    tests: tuple[Callable[[], str], ...] = (
        lambda: "" if change["now"] is not None else "hidden_now",
        lambda: _crossed(change["before"], change["now"], goal),  # type: ignore[arg-type]
        lambda: _concluded(here, there),
        lambda: _clear(change["lower"], change["upper"]),  # type: ignore[arg-type]
        lambda: "quality_fell" if followed.better * (change["difference"] or 0) <= -QUALITY else "",  # type: ignore[operator]
        lambda: "" if change["difference"] else "same",
        lambda: "register" if followed.register or (followed.table, followed.column) == ("targets", "count") else "",
    )
    return next((why for test in tests if (why := test())), "unjudged")


def _crossed(before: float, now: float, goal: float | None) -> str:
    if goal is None or (before >= goal) == (now >= goal):
        return ""
    return "target_reached" if now >= goal else "target_lost"


def _concluded(here: pd.Series, there: pd.Series) -> str:
    """Whether the result tells more than chance in one term and not in the other."""
    now, before = _is_significant(here), _is_significant(there)
    if now is None or before is None or now == before:
        return ""
    return "conclusion_gained" if now else "conclusion_lost"


def _is_significant(row: pd.Series) -> bool | None:
    """Whether the row's adjusted p value is below the level; None where it has none."""
    p = _number(row, "p_adjusted")
    return None if p is None else p < LEVEL


def _clear(lower: float | None, upper: float | None) -> str:
    if lower is None or upper is None:
        return ""
    return {"above": "clear_rise", "below": "clear_fall"}.get(side(lower, upper), "unclear")


def _weight(change: Mapping[str, Any]) -> float:
    """The size of a change in units of its uncertainty; without an interval, relative to what was before."""
    difference, lower, upper = (change[key] for key in ("difference", "lower", "upper"))
    if difference is None:
        return 0.0
    if lower is not None and upper is not None:
        return float(abs(difference) / ((upper - lower) / 2))
    return min(float(abs(difference) / abs(change["before"])), 1.0) if change["before"] else 0.0
