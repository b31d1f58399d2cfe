"""A result is a row: every number that may be shown stands once in one tidy table.

A ``ResultSet`` collects the rows of one topic and edition and is the only way to make one, so that no rate lacks its
denominator, response rate, interval and bounds, and no p value lacks an effect with its interval.

In a protected edition a row holds only what follows from published counts. Where these are rounded, a rate is the range
of all rates that fit them, its interval the union of theirs; what is computed from exact data has no row at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import ALL
from evaltools.disclosure import policy
from evaltools.report.render import spreadsheet
from evaltools.statistics import methods, nonresponse, proportions, ranges
from evaltools.statistics.ranges import Span
from evaltools.statistics.types import Estimate
from evaltools.study.evaluation_model import Disclosure

PLACE = ("table", "measure", "scope", "item", "by", "group", "by2", "group2")
NUMBERS = (
    *("invited", "answered", "count", "response_rate", "estimate", "lower", "upper", "bound_lower", "bound_upper"),
    *("possible_lower", "possible_upper"),  # between which a number lies that rounding keeps from being exact
    *("weighted", "weighted_lower", "weighted_upper", "statistic", "df", "p", "p_adjusted"),
    *("effect", "effect_lower", "effect_upper"),
)
WORDS = ("kind", "unit", "method", "method_id", "effect_measure", "date", "status", "note")
COLUMNS = ["study", "term", "edition", "topic", *PLACE, *NUMBERS, *WORDS]
POSSIBLE = ("possible_lower", "possible_upper")
KINDS = ("count", "share", "rate", "statistic", "amount")
REPEATED = tuple(column for column in NUMBERS if column not in ("statistic", "df", "p", "p_adjusted"))
WITHHELD = "withheld"
ROUNDED = "rounded"
EXACT = "exact"
Within = int | Sequence[int | None] | None
# columns that say nothing but what the published counts say
KEPT = ("answered", "invited", "unit", "method", "bound_lower", "bound_upper", "p_adjusted", "note")
WIDEST = 0.2  # of the range of a share that is still worth printing
# of a rate whose interval needs counts of courses or classes, which a protected edition does not publish
NO_INTERVAL: dict[str, Any] = {"lower": None, "upper": None, "note": "groups_not_published"}


@dataclass
class ResultSet:
    """The rows of one topic of one report. ``settings`` and ``edition`` decide what may be shown.

    ``within`` is how far published counts of this edition can be from the true ones; where it is not given, as far as
    rounding to the next multiple leaves them.
    """

    study: str
    term: str
    edition: str
    topic: str
    settings: Disclosure
    within: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.within is None:
            self.within = policy.within(self.settings, self.edition)

    @property
    def protected(self) -> bool:
        return policy.active(self.settings, self.edition)

    def span(self, count: int, within: int | None = None) -> Span:
        """What a published count can be; ``within`` as for `count`.

        Raises ValueError for one that should be rounded and is not: disclosure control has not seen it.
        """
        if within is None:
            within = self.within or 0
        if isinstance(count, ranges.Exactly):
            within = 0
        if within and count % policy.step(self.settings):
            raise ValueError(f"a count of {self.topic} is not a multiple that disclosure control gives")
        return ranges.around(int(count), within)

    def spans(self, counts: Sequence[int], within: Within) -> list[Span]:
        """What published counts can be; one ``within`` for all, or one for each."""
        near = within if isinstance(within, Sequence) else [within] * len(counts)
        return [self.span(count, each) for count, each in zip(counts, near, strict=True)]

    def count(
        self,
        table: str,
        measure: str,
        count: int,
        of: int | None = None,
        within: Within = None,
        date: str = "",
        **where: str,
    ) -> None:
        """A count of persons from a protected count table, with its share of ``of`` where given.

        A share is of a complete register: it has no sampling error and no interval. ``within`` is how far the counts
        of this row can be from the true ones (0 for an exact figure), one for all or one for each, where that is not
        the same as elsewhere; ``date`` the term of a figure that is older than the others.
        """
        hidden = _is_withheld(count, of)
        counts = [count] if of is None else [count, of]
        spans = [] if hidden else self.spans(counts, within)
        row: dict[str, Any] = {"kind": "count" if of is None else "share", "count": _disclosed(count)}
        row |= {"answered": _disclosed(of), "invited": _disclosed(of), "date": date}
        if of is None and spans and not spans[0].exact:
            row |= {"possible_lower": spans[0].low, "possible_upper": spans[0].high}
        if of and not hidden and not self._too_few(of):
            row |= _share(*spans)
        shown = of is None or not of or row.keys() & {"estimate", "possible_lower"}
        self._add(table, measure, where, status=self._status(hidden or not shown, spans), **row)

    def difference(self, table: str, measure: str, count: float, **where: str) -> None:
        """How many more, or fewer, of exact counts."""
        self._add(table, measure, where, kind="count", count=_disclosed(count), status=self._status(count != count, []))

    def rate(
        self,
        table: str,
        measure: str,
        count: int,
        answered: int,
        invited: int,
        weighted: Estimate | None = None,
        within: Within = None,
        interval: Estimate | None = None,
        date: str = "",
        **where: str,
    ) -> None:
        """A rate from protected counts: Clopper-Pearson interval, response rate, worst and best case (Manski).

        Where the counts are rounded: the range of the rates that fit them, the union of their intervals and of their
        bounds, all of it moved outward to whole per cents; nothing where that is too wide. ``within`` and ``date`` as
        for `count`. ``weighted`` and ``interval``, one in place of Clopper and Pearson's, are computed from exact data:
        no protected edition holds them. Where it would take ``interval``, it has none: Clopper and Pearson's is too
        narrow there.
        """
        hidden = _is_withheld(count, answered, invited)
        spans = [] if hidden else self.spans((count, answered, invited), within)
        withheld = hidden or (self._too_few(answered) and answered > 0)
        row: dict[str, Any] = {"kind": "rate", "answered": _disclosed(answered), "invited": _disclosed(invited)}
        row |= {"date": date}
        if not withheld:
            made = self._rate(*spans)
            withheld = not made
            as_near = spans[0].high - spans[0].low <= 2 * (self.within or 0)
            row |= made | ({} if withheld or not as_near else {"count": _disclosed(count)})
        if weighted is not None and not self.protected:
            names = ("weighted", "weighted_lower", "weighted_upper")
            row |= dict(zip(names, (weighted.estimate, weighted.lower, weighted.upper), strict=True))
        if interval is not None:
            row |= _interval(interval) if not self.protected else NO_INTERVAL
        self._add(table, measure, where, status=self._status(withheld, spans), **row)

    def _rate(self, count: Span, answered: Span, invited: Span) -> dict[str, Any]:
        found = ranges.rate(count, answered)
        if not all(span.exact for span in (count, answered, invited)):
            if found.width > WIDEST:
                return {}
            lower, upper = ranges.outward(found.lower, found.upper)  # type: ignore[arg-type]
            worst, best = ranges.outward(*ranges.bounds(count, answered, invited))
            ends = {"lower": lower, "upper": upper, "bound_lower": worst, "bound_upper": best}
            return _point_or_range(found) | ends | {"method": found.method}
        row = _interval(proportions.clopper_pearson(count.low, answered.low))
        row |= dict(zip(("lower", "upper"), self.limits(row["lower"], row["upper"]), strict=True))
        bounds = nonresponse.manski(count.low, answered.low, invited.low)
        response = answered.low / invited.low if invited.low else None
        return row | {"bound_lower": bounds.lower, "bound_upper": bounds.upper, "response_rate": response}

    def statistic(self, table: str, measure: str, estimate: Estimate, invited: int | None = None, **rest: Any) -> None:
        """A statistic of exact data with its interval: no row in a protected edition, whatever it says.

        ``rest`` holds further columns (statistic, df, p, effect ...) and where the row stands (item, by, group ...).
        """
        if self.protected:
            return
        where = {k: rest.pop(k) for k in PLACE if k in rest}
        n = estimate.n
        row: dict[str, Any] = {"kind": "statistic", "answered": n, "invited": n if invited is None else invited}
        row["response_rate"] = n / row["invited"] if row["invited"] else None
        row |= _interval(estimate) | rest
        row["note"] = rest.get("note") or estimate.note
        self._add(table, measure, where, status=EXACT, **row)

    def derived(
        self, table: str, measure: str, function: Callable[..., Estimate], *counts: int | Span, **rest: Any
    ) -> None:
        """A statistic that is a function of published counts, monotone in each: exact, or over all that these can be.

        ``rest`` as for `statistic`, made of published counts only.
        """
        where = {k: rest.pop(k) for k in PLACE if k in rest}
        row: dict[str, Any] = {"kind": "statistic"}
        row |= {k: rest.pop(k) for k in KEPT if k in rest}
        if _is_withheld(*(c for c in counts if not isinstance(c, Span))):
            self._add(table, measure, where, status=WITHHELD, **row)
            return
        spans = [c if isinstance(c, Span) else self.span(c) for c in counts]
        if all(span.exact for span in spans):
            estimate = function(*(span.low for span in spans))
            row = _interval(estimate) | row | {"note": row.get("note") or estimate.note} | rest
            ends = self.limits(estimate.lower, estimate.upper)
            self._add(table, measure, where, status=EXACT, **row | dict(zip(("lower", "upper"), ends, strict=True)))
            return
        found = ranges.over(function, *spans)
        row |= {"method": row.get("method") or found.method}
        row |= _point_or_range(found) if found.width <= WIDEST else {}
        if found.lower is not None and found.upper is not None:
            row |= dict(zip(("lower", "upper"), ranges.outward(found.lower, found.upper), strict=True))
        shown = row.keys() & {"lower", "possible_lower"}
        self._add(table, measure, where, status=ROUNDED if shown else WITHHELD, **row)

    def limits(self, lower: float | None, upper: float | None) -> tuple[float | None, float | None]:
        """Limits as this edition prints them: where counts are rounded, moved outward to whole per cents."""
        if not self.protected or self.settings.method != "rounding" or lower is None or upper is None:
            return lower, upper
        return ranges.outward(lower, upper)

    def amount(self, table: str, measure: str, value: float | None, unit: str = "", **rest: Any) -> None:
        """A number that is not about persons of the study: money, events, published background figures."""
        where = {k: rest.pop(k) for k in PLACE if k in rest}
        row = {"kind": "amount", "estimate": value, "unit": unit, "status": EXACT} | rest
        self._add(table, measure, where, **row)

    def again(self, table: str, measure: str, row: Mapping[str, Any], **where: str) -> None:
        """A number that stands in another row, with all that is said of it there but tests; nothing is computed."""
        told = {column: row[column] for column in (*REPEATED, *WORDS) if not pd.isna(row[column])}
        self._add(table, measure, where, **{k: v for k, v in told.items() if k != "method_id"})

    def frame(self) -> pd.DataFrame:
        """All rows with every column, numbers as nullable floats, words as text.

        Raises ValueError where two rows stand in the same place or a row breaks the rules of ``check``.
        """
        frame = typed(pd.DataFrame(self.rows, columns=COLUMNS))
        check(frame)
        return frame

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

    def _status(self, withheld: bool, spans: Sequence[Span]) -> str:
        return WITHHELD if withheld else EXACT if all(span.exact for span in spans) else ROUNDED


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
        "lower": _clean(estimate.lower),
        "upper": _clean(estimate.upper),
        "method": estimate.method,
        "note": estimate.note,
    }


def _clean(limit: float | None) -> float | None:
    """Without the noise of arithmetic in the last digits."""
    return None if limit is None else round(limit, ranges.DIGITS)


def _share(part: Span, whole: Span) -> dict[str, Any]:
    return (
        {"estimate": part.low / whole.low} if part.exact and whole.exact else _point_or_range(ranges.rate(part, whole))
    )


def _point_or_range(found: ranges.Range) -> dict[str, Any]:
    """The estimate where it can be one number only; else between which whole per cents it lies, if that is narrow."""
    if found.low is None or found.high is None:
        return {}
    if found.low == found.high:
        return {"estimate": found.low}
    if found.width > WIDEST:
        return {}
    return dict(zip(("possible_lower", "possible_upper"), ranges.outward(found.low, found.high), strict=True))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns in their types: numbers float64 (missing is NaN only here, None for every reader), words str."""
    numbers = {c: pd.to_numeric(frame[c]).astype("Float64") for c in NUMBERS}
    words = {c: _words(frame[c].to_numpy(dtype=object)) for c in COLUMNS if c not in NUMBERS}
    made = {c: numbers[c].array if c in numbers else pd.array(words[c], dtype="str") for c in COLUMNS}
    return pd.DataFrame(made, index=frame.index)


def _words(values: np.ndarray) -> np.ndarray:
    return np.where(pd.isna(values), "", values)


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
    needs_none = (frame["note"] == NO_INTERVAL["note"]).to_numpy()
    lacking = np.any([lacks[c] & ~(needs_none & (c in ("lower", "upper"))) for c in needed], axis=0)
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


def surely_greatest(rows: pd.DataFrame, column: str = "estimate", sign: int = 1) -> pd.DataFrame:
    """The one row whose number is the greatest whatever the published counts leave open; none where two may be.

    ``sign`` -1 asks for the least. A row whose number is withheld may be either.
    """
    ends = [rows[end].fillna(rows[column]).to_numpy("float64", na_value=np.nan) for end in POSSIBLE]
    low, high = ends if sign > 0 else (-ends[1], -ends[0])
    if not len(low) or np.isnan(low).any():
        return rows.iloc[:0]
    place = int(low.argmax())
    return rows.iloc[[place]] if (np.delete(high, place) < low[place]).all() else rows.iloc[:0]


def write(frame: pd.DataFrame, folder: Path, name: str) -> None:
    """Rows to ``<folder>/<name>.parquet`` and, with texts that no spreadsheet takes for formulas, ``.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / f"{name}.parquet", index=False)
    spreadsheet.defused(frame).to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")


def join(folder: Path) -> pd.DataFrame:
    """All rows that stand in a folder of results, in order of file name."""
    frames = [pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))]
    return pd.concat(frames, ignore_index=True) if frames else typed(pd.DataFrame(columns=COLUMNS))
