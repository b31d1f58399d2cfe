"""A result is a row: every number that may be shown stands once in one tidy table.

A ``Book`` collects the rows of one topic and edition and is the only way to make one, so that no rate lacks its
denominator, response rate, interval and bounds, and no p value lacks an effect with its interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.disclosure import policy
from evaltools.report.render import spreadsheet
from evaltools.statistics import methods, nonresponse, proportions
from evaltools.statistics.types import Estimate
from evaltools.study.evaluation_model import Disclosure

PLACE = ("table", "measure", "scope", "item", "by", "group", "by2", "group2")
NUMBERS = (
    *("invited", "answered", "count", "response_rate", "estimate", "lower", "upper", "bound_lower", "bound_upper"),
    *("weighted", "weighted_lower", "weighted_upper", "statistic", "df", "p", "p_adjusted"),
    *("effect", "effect_lower", "effect_upper"),
)
WORDS = ("kind", "unit", "method", "method_id", "effect_measure", "date", "status", "note")
COLUMNS = ["study", "term", "edition", "topic", *PLACE, *NUMBERS, *WORDS]
COARSE = (
    *("estimate", "lower", "upper", "weighted", "weighted_lower", "weighted_upper", "p", "p_adjusted"),
    *("effect", "effect_lower", "effect_upper"),
)
KINDS = ("count", "share", "rate", "statistic", "amount")
WITHHELD = "withheld"
# with fewer than this many on either side a Wilson interval can cover less than it says (docs/coverage.md)
FEW = 5
FEW_EVENTS = "few_events"
ROUNDED = "rounded"
EXACT = "exact"


@dataclass
class ResultSet:
    """The rows of one topic of one report. ``settings`` and ``edition`` decide what may be shown."""

    study: str
    term: str
    edition: str
    topic: str
    settings: Disclosure
    rows: list[dict[str, Any]] = field(default_factory=list)

    @property
    def protected(self) -> bool:
        return policy.active(self.settings, self.edition)

    def count(self, table: str, measure: str, count: int, of: int | None = None, **where: str) -> None:
        """A count of persons from a protected count table, with its share of ``of`` where given.

        A share is of a complete register: it has no sampling error and no interval.
        """
        hidden = _is_withheld(count, of)
        share = None if not of or hidden or self._too_few(of) else count / of
        self._add(
            table,
            measure,
            where,
            kind="count" if of is None else "share",
            count=_disclosed(count),
            answered=_disclosed(of),
            invited=_disclosed(of),
            estimate=share,
            status=self._status(hidden or (of is not None and bool(of) and share is None)),
        )

    def rate(
        self,
        table: str,
        measure: str,
        count: int,
        answered: int,
        invited: int,
        weighted: Estimate | None = None,
        **where: str,
    ) -> None:
        """A rate from protected counts: Wilson interval, response rate, and worst/best-case bounds (Manski)."""
        hidden = _is_withheld(count, answered, invited)
        withheld = hidden or (self._too_few(answered) and answered > 0)
        row: dict[str, Any] = {"kind": "rate", "answered": _disclosed(answered), "invited": _disclosed(invited)}
        row["count"] = _disclosed(count)
        row["response_rate"] = answered / invited if invited and not _is_withheld(answered, invited) else None
        if not withheld:
            row |= _interval(proportions.wilson(count, answered))
            bounds = nonresponse.manski(count, answered, invited)
            row |= {"bound_lower": bounds.lower, "bound_upper": bounds.upper}
            if answered and min(count, answered - count) < FEW:
                row["note"] = row["note"] or FEW_EVENTS
            if weighted is not None:
                names = ("weighted", "weighted_lower", "weighted_upper")
                apart = dict(zip(names, (weighted.estimate, weighted.lower, weighted.upper), strict=True))
                row |= _coarse(apart, answered) if self.protected else apart
        else:
            row["count"] = None
        self._add(table, measure, where, status=self._status(withheld), **row)

    def statistic(
        self,
        table: str,
        measure: str,
        estimate: Estimate,
        invited: int | None = None,
        least: int | None = None,
        answered: int | None = None,
        of_shown: bool = False,
        **rest: Any,
    ) -> None:
        """A statistic with its interval. ``least`` is the smallest number of persons of any group behind it.

        Where counts are protected, a statistic is given no more digits than the number of persons bears, so that nobody
        reads exact counts from it; one that was computed from the protected counts themselves (``of_shown``) keeps all.
        ``answered`` is the protected number of persons behind it: what is withheld then follows from published numbers
        alone, and tells nothing besides.
        ``rest`` holds further columns (statistic, df, p, effect ...) and where the row stands (item, by, group ...).
        """
        where = {k: rest.pop(k) for k in PLACE if k in rest}
        if answered is not None:
            n = answered
            withheld = _is_withheld(answered) or self._too_few(answered if least is None else least)
        else:
            n = policy.shown(estimate.n, self.settings, self.edition)
            withheld = _is_withheld(n) or not policy.enough(
                estimate.n if least is None else least, self.settings, self.edition
            )
        row: dict[str, Any] = {
            "kind": "statistic",
            "answered": _disclosed(n),
            "invited": _disclosed(n if invited is None else invited),
        }
        row["response_rate"] = n / row["invited"] if row["invited"] and row["answered"] is not None else None
        if not withheld:
            row |= _interval(estimate) | rest
            row["note"] = rest.get("note") or estimate.note
            row |= _coarse(row, n) if self.protected and not of_shown else {}
        self._add(table, measure, where, status=WITHHELD if withheld else EXACT, **row)

    def amount(self, table: str, measure: str, value: float | None, unit: str = "", **rest: Any) -> None:
        """A number that is not about persons of the study: money, events, published background figures."""
        where = {k: rest.pop(k) for k in PLACE if k in rest}
        self._add(table, measure, where, kind="amount", estimate=value, unit=unit, status=EXACT, **rest)

    def frame(self) -> pd.DataFrame:
        """All rows with every column, numbers as nullable floats, words as text.

        Raises ValueError where two rows stand in the same place, a row breaks the rules of ``check``, or a count of
        persons is not a rounded one though this edition rounds them.
        """
        frame = typed(pd.DataFrame(self.rows, columns=COLUMNS))
        check(frame)
        if self.protected and self.settings.method == "rounding":
            self._check_rounded(frame)
        return frame

    def _check_rounded(self, frame: pd.DataFrame) -> None:
        persons = frame[frame["kind"] != "amount"]
        for column in ("count", "answered", "invited"):
            over = persons[column].fillna(0) % policy.step(self.settings)
            _refuse(persons, over != 0, f"has {column} that disclosure control has not seen")

    def _add(self, table: str, measure: str, where: dict[str, str], **row: Any) -> None:
        unknown = set(where) - set(PLACE) | set(row) - set(NUMBERS) - set(WORDS)
        if unknown:
            raise TypeError(f"a result has no {', '.join(sorted(unknown))}")
        head = {"study": self.study, "term": self.term, "edition": self.edition, "topic": self.topic}
        place = dict.fromkeys(PLACE, "") | {"scope": ALL} | where | {"table": table, "measure": measure}
        row["method_id"] = _method_id(row["kind"], row.get("method", ""))
        self.rows.append(head | place | {k: v for k, v in row.items() if v is not None})

    def _too_few(self, n: int) -> bool:
        """Rates on fewer persons than protection asks for say more about it, or about persons, than about people."""
        return self.protected and n < policy.least(self.settings)

    def _status(self, withheld: bool) -> str:
        rounds = self.protected and self.settings.method == "rounding"
        return WITHHELD if withheld else ROUNDED if rounds else EXACT


def _method_id(kind: str, method: str) -> str:
    """The ids of a row's methods: those it names, else what its kind is; none where the number is withheld.

    Raises KeyError for a method that no reader could look up.
    """
    return methods.BETWEEN.join(methods.ids(method)) if method else kind if kind in methods.BY_ID else ""


def _is_withheld(*counts: float | None) -> bool:
    """Whether one of these counts is withheld: NaN, so that sums and differences of it are withheld, too."""
    return any(count is not None and math.isnan(count) for count in counts)


def _disclosed(count: float | None) -> int | None:
    return None if count is None or math.isnan(count) else int(count)


def _interval(estimate: Estimate) -> dict[str, Any]:
    return {
        "estimate": estimate.estimate,
        "lower": estimate.lower,
        "upper": estimate.upper,
        "method": estimate.method,
        "note": estimate.note,
    }


def _coarse(row: dict[str, Any], n: int) -> dict[str, Any]:
    """The numbers of a row as ``n`` persons bear them: 100 to 999 two decimals, three digits in all; limits outward.

    A mean of n whole numbers is a multiple of 1/n: with no more decimals than that it tells nothing of n or of the sum.
    A test statistic and its degrees of freedom are left out; of p so many digits stay as of decimals, one at least.
    """
    decimals = len(str(n)) - 1
    ways = {"lower": math.floor, "upper": math.ceil}
    coarse: dict[str, Any] = dict.fromkeys(row.keys() & {"statistic", "df"})
    for name in row.keys() & set(COARSE):
        number = row[name]
        digits = max(decimals, 1) if name.startswith("p") else decimals + 1
        most = decimals if not name.startswith("p") else None
        coarse[name] = (
            None if number is None else _rounded(number, digits, most, ways.get(name.rpartition("_")[2], round))
        )
    return coarse


def _rounded(number: float, digits: int, decimals: int | None, way: Callable[[float], int]) -> float:
    """To so many digits, and to no more than so many decimals."""
    places = digits - 1 - math.floor(math.log10(abs(number))) if number else 0
    places = places if decimals is None else min(places, decimals)
    step = 10.0**places
    return way(round(number * step, 9)) / step


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns in their types: numbers float64 (missing is NaN only here, None for every reader), words str."""
    numbers = {c: pd.to_numeric(frame[c]).astype("Float64") for c in NUMBERS}
    words = {
        c: frame[c].astype("object").where(frame[c].notna(), "").astype("str") for c in COLUMNS if c not in NUMBERS
    }
    return frame.assign(**numbers, **words)[COLUMNS]


def as_blocks(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows for those who pick from them time and again: floats (missing is NaN) and objects, a block of each.

    Picking from many columns of types of their own takes some thirty times as long.
    """
    numbers = frame[list(NUMBERS)].to_numpy("float64", na_value=np.nan)
    named = [column for column in COLUMNS if column not in NUMBERS]
    words = frame[named].to_numpy(dtype=object)
    blocks = pd.DataFrame(numbers, columns=list(NUMBERS)), pd.DataFrame(words, columns=named, dtype=object)
    return pd.concat(blocks, axis=1)[COLUMNS].set_axis(frame.index)


def check(frame: pd.DataFrame) -> None:
    """Hold the rows to what a result must have; ValueError naming the first that does not."""
    _refuse(frame, frame.duplicated(["study", "term", "edition", "topic", *PLACE]), "stands twice")
    _refuse(frame, ~frame["kind"].isin(KINDS), "has no known kind")
    for column in NUMBERS:
        _refuse(frame, np.isinf(frame[column].to_numpy("float64", na_value=np.nan)), f"has an infinite {column}")
    lacks = {column: frame[column].isna().to_numpy() for column in NUMBERS}
    needed = ["invited", "answered", "count", "response_rate", "lower", "upper", "bound_lower", "bound_upper"]
    shown_rate = (frame["kind"] == "rate") & ~lacks["estimate"]
    lacking = np.any([lacks[column] for column in needed], axis=0)
    _refuse(frame, shown_rate & lacking, "is a rate without n, response rate, interval or bounds")
    lacking = np.any([lacks[column] for column in ("effect", "effect_lower", "effect_upper")], axis=0)
    bare = ~lacks["p"] & lacking & (frame["note"] == "")
    _refuse(frame, bare, "has a p value without an effect and its interval")


def _refuse(frame: pd.DataFrame, wrong: pd.Series | np.ndarray, why: str) -> None:
    """ValueError with the place of the first wrong row, if any."""
    places = np.flatnonzero(wrong)
    if len(places):
        first = frame.iloc[places[0]]
        place = {c: first[c] for c in ("topic", *PLACE) if first[c]}
        raise ValueError(f"result {place} {why}")


def pick(frame: pd.DataFrame, **where: str) -> pd.DataFrame:
    """The rows whose columns have these values, in their order."""
    return frame[_fits(frame, where)] if where else frame


def _fits(frame: pd.DataFrame, where: dict[str, str]) -> np.ndarray:
    fits = np.ones(len(frame), dtype=bool)
    for column, wanted in where.items():
        fits &= frame[column].to_numpy(dtype=object) == wanted
    return fits


def value(frame: pd.DataFrame, column: str = "estimate", **where: str) -> float | None:
    """The number of the one row with these values; None where it is missing or there is no such row.

    Raises ValueError where several rows fit.
    """
    places = np.flatnonzero(_fits(frame, where))
    if len(places) > 1:
        raise ValueError(f"{len(places)} results fit {where}")
    number = frame[column].iloc[places[0]] if len(places) else None
    return None if number is None or pd.isna(number) else float(number)


def write(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Rows to ``<folder>/<name>.parquet`` and, with texts that no spreadsheet takes for formulas, ``.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / f"{name}.parquet", index=False)
    spreadsheet.defused(frame).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


def join(folder: Path) -> pd.DataFrame:
    """All rows that stand in a folder of results, in order of file name."""
    frames = [pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return pd.concat(frames, ignore_index=True) if frames else typed(pd.DataFrame(columns=COLUMNS))
