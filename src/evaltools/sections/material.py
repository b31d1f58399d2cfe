"""What the stages share: the material a stage works on, row_labels for codes, and tables made from result rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL, TOTAL
from evaltools.disclosure import policy
from evaltools.disclosure.cells import Cell
from evaltools.ingest.tidy import ANY_GROUP, UNKNOWN, Tables
from evaltools.report.document import Column, Table, Value
from evaltools.report.render import html
from evaltools.results.records import WITHHELD, ResultSet, pick, value
from evaltools.statistics import ranges
from evaltools.statistics.ranges import Span
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study
from evaltools.study.survey_model import Variable

NBSP = "\N{NO-BREAK SPACE}"
NEAR: Mapping[str, int | None] = {}


@dataclass(frozen=True)
class Material:
    """What a stage needs to make its rows: the study, the term, tidy tables, and counts as the edition may show them.

    ``counts`` have passed disclosure control; ``exact`` have not and serve only what no
    protected edition holds (``ResultSet.statistic``).
    """

    study: Study
    term: Term
    edition: str
    tables: Tables
    counts: Tables
    exact: Tables

    def result_set(self, topic: str) -> ResultSet:
        return ResultSet(self.study.id, self.term.id, self.edition, topic, self.study.disclosure, self._within)

    @cached_property
    def _within(self) -> int | None:
        """How far rounded counts of this edition can be from the true ones; None where no table says."""
        return int(self.counts[policy.CELLS][policy.WITHIN].max()) if policy.CELLS in self.counts else None

    def span(self, table: str, **where: str) -> Span:
        """What the count that stands there can be."""
        count = self.count(table, **where)
        return ranges.around(count, 0 if isinstance(count, ranges.Exactly) else self._within or 0)

    def count(self, table: str, **where: str) -> int:
        """The count that stands there in a count table, as this edition may show it; 0 where none does.

        NaN where it is withheld.
        """
        columns = tuple(sorted(where))
        found = self._standing(table, columns).get(tuple(where[column] for column in columns), [])
        count = as_int(sum(each for each, _ in found))
        return ranges.Exactly(count) if [exact for _, exact in found] == [True] else count

    def _standing(self, table: str, columns: tuple[str, ...]) -> dict[tuple[str, ...], list[tuple[float, bool]]]:
        """The counts of a count table by what stands in some of its columns, each with whether it is the exact one."""
        if (table, columns) not in self._indexed:
            frame, near = self.counts[table], f"{policy.WITHIN}_count"
            exact = (frame[near] == 0).tolist() if near in frame else [False] * len(frame)
            words = [frame[column].to_numpy(dtype=object) for column in columns]
            places = zip(*words, strict=True) if words else [()] * len(frame)
            index = self._indexed[table, columns] = {}
            for place, count, sure in zip(places, frame["count"].tolist(), exact, strict=True):
                index.setdefault(place, []).append((count, sure))
        return self._indexed[table, columns]

    @cached_property
    def _indexed(self) -> dict[tuple[str, tuple[str, ...]], dict[tuple[str, ...], list[tuple[float, bool]]]]:
        return {}

    def last_exact(self, *cells: Cell) -> tuple[str, list[int]] | None:
        """The term and counts of a figure that is not exact now, as it was last printed exactly; None for any other."""
        if not all(cell in self._told for cell in cells):
            return None
        counts, terms = zip(*(self._told[cell] for cell in cells), strict=True)
        return (terms[0], list(map(int, counts))) if len(set(terms)) == 1 else None

    @cached_property
    def _told(self) -> dict[tuple[str, ...], tuple[int, str]]:
        """Count and term of every figure that was last printed exactly and is not exact now, by its cell."""
        earlier = self.counts.get(policy.EARLIER)
        if earlier is None or earlier.empty:
            return {}
        names = earlier[list(Cell._fields)].itertuples(index=False, name=None)
        return dict(zip(names, earlier[["count", "term"]].itertuples(index=False, name=None), strict=True))

    @property
    def scopes(self) -> list[str]:
        terms = self.study.terms_to(self.term.id)
        return [ALL, *(t.id for t in terms)] if len(terms) > 1 else [ALL]


@dataclass(frozen=True)
class Labels:
    """How rows become words: row_labels and tables in one language."""

    study: Study
    term: Term
    language: str
    edition: str

    def say(self, key: str, **words: object) -> str:
        return i18n.say(key, self.language, **words)

    @property
    def protected(self) -> bool:
        """Whether the numbers of this edition are protected."""
        return policy.active(self.study.disclosure, self.edition)

    @property
    def share_decimals(self) -> int:
        """With how many decimals shares of persons are written: whole per cents where they are protected."""
        return 0 if self.protected else 1

    def number(self, count: float | None) -> str:
        return i18n.integer(_float(count), self.language)

    def decimal(self, number: float | None, decimals: int = 2) -> str:
        return i18n.decimal(_float(number), self.language, decimals)

    def percent(self, share: float | None, decimals: int | None = None) -> str:
        return i18n.percent(_float(share), self.language, decimals)

    def interval(self, lower: float | None, upper: float | None, decimals: int = 2) -> str:
        """Between which two numbers something lies."""
        return i18n.interval(self.decimal(lower, decimals), self.decimal(upper, decimals), self.language)

    def share_interval(self, lower: float | None, upper: float | None) -> str:
        """The same of shares, the per cent sign once; in words where there is none."""
        if _float(lower) is None and _float(upper) is None:
            return self.say("label.no_interval")
        return i18n.interval(self.percent(lower), self.percent(upper), self.language)

    def points_interval(self, lower: float | None, upper: float | None) -> str:
        """The same of differences of shares, in percentage points."""
        low, high = (i18n.points(_float(end), self.language) for end in (lower, upper))
        return self.say("html.points_said", number=i18n.interval(low, high, self.language))

    def points(self, share: float) -> str:
        """A difference of shares in percentage points, with its sign."""
        return self.say("html.points_said", number=i18n.points(_float(share), self.language))

    def p(self, p: float | None) -> str:
        """A p value for a sentence: ``p = 0.03``, ``p < 0.001``."""
        shown = i18n.p_value(_float(p), self.language)
        return f"p{NBSP}{shown}" if shown.startswith("<") else f"p{NBSP}={NBSP}{shown}"

    def share(self, row: pd.Series) -> str:
        """The share of a result row for a sentence: a percentage, between which two it lies, or a dash."""
        found = self.share_of(row)
        return found if isinstance(found, str) else self.percent(found)

    def share_of(self, row: pd.Series) -> str | float | None:
        """The share of a result row for a table: a number, or in words between which two it lies."""
        if pd.notna(row["estimate"]) or pd.isna(row["possible_lower"]):
            return _float(row["estimate"])
        return self.between(float(row["possible_lower"]), float(row["possible_upper"]))

    def between(self, lower: float, upper: float) -> str:
        """Between what a share lies: never that it is 0 or 100 per cent, which no rounded count says."""
        low, high = self.percent(lower, 0), self.percent(upper, 0)
        if lower <= 0 or upper >= 1:
            return self.say("label.at_most", share=high) if lower <= 0 else self.say("label.at_least", share=low)
        return i18n.interval(low, high, self.language)

    def formatted(self, value: Value) -> str:
        """A value as a table prints it, for a sentence."""
        return html.cell(value, Column(""), self.language)

    def absent(self, tables: Sequence[str]) -> str:
        """The one line of a section that the study has no source for, or no results yet."""
        missing = [self.say(f"source.{name}") for name in tables if not self.study.has(name)]
        if not missing:
            return self.say("note.no_results")
        return self.say("note.no_source", names=i18n.listing(missing, self.language))

    def group(self, by: str, group: str) -> str:
        """The label of a group of a breakdown: a code's name, a target group's, an age group, ``not known``."""
        if group == UNKNOWN:
            return self.say("label.unknown")
        if by == TOTAL or group == TOTAL:
            return self.say("label.total")
        if by == "target_group":
            return self.say("label.any_target_group") if group == ANY_GROUP else self.target_group(group)
        if by == "age_group" and "age_group" not in self.study.codes:
            return self.ages(group)
        if by == "benchmark":
            return next(b.called(self.language) for b in self.study.benchmarks if b.id == group)
        own = self._own(by)
        if own is not None and own.kind == "flag":
            return self.say(f"label.{group}")
        return self.study.code_name(own.codes if own else by, group, self.language)

    def _own(self, by: str) -> Variable | None:
        """The study's own variable of that name."""
        return next((variable for variable in self.study.variables if variable.id == by), None)

    def ages(self, group: str) -> str:
        """An age group by its ends: ``25–34 vuotta``, ``55 vuotta tai yli``; the id where there is no such group."""
        found = next((g for g in self.study.age_groups if g.id == group), None)
        if found is None:
            return group
        if found.max is None:
            return self.say("label.age_from", min=found.min)
        return self.say("label.age_range", ages=f"{found.min}–{found.max}")

    def target_group(self, group: str) -> str:
        return next(g.name(self.language) for g in self.study.target_groups if g.id == group)

    def short(self, group: str) -> str:
        """A target group as the heading of a column."""
        found = next(g for g in self.study.target_groups if g.id == group)
        return (found.short or found.name)(self.language)

    def inside(self, name: str) -> str:
        """A name as it stands inside a sentence (``i18n.inside``)."""
        return i18n.inside(name, self.language)

    def by(self, by: str) -> str:
        """The label of a breakdown (gender, region ...)."""
        own = self._own(by)
        return own.name(self.language) if own else self.say(f"by.{by}")

    def per(self, by: str) -> str:
        """A breakdown as a caption names it: ``maakunnittain``, ``by region``."""
        own = self._own(by)
        if own is None:
            return self.say(f"per.{by}")
        return own.per(self.language) if own.per else self.say("per.own", name=own.name(self.language))

    def table_name(self, table: str) -> str:
        """The name of a table of the study file; that of a wave of the study's own has the wave's name besides."""
        named = {t: wave for of in (self.study.wave_surveys, self.study.wave_followups) for wave, t in of.items()}
        name = self.say(f"table.{self.study.base(table)}")
        return f"{name}, {self.wave(named[table])}" if table in named else name

    def wave(self, wave: str) -> str:
        """The name of a time of asking: of the survey, or of the follow-up (``first``, and later ones)."""
        followup = self.study.followup
        if wave == "first":
            return followup.when(self.language) if followup else self.say("waves.first")
        named = {each.id: each.name for each in self.study.survey.waves}
        named |= {each.id: each.when for each in (followup.waves if followup else [])}
        return named[wave](self.language) if wave in named else self.say(f"survey.single.{wave}")

    def wave_change(self, change: str) -> str:
        """From which wave to which."""
        return " \N{RIGHTWARDS ARROW} ".join(self.wave(each) for each in change.split(">"))

    def scope(self, scope: str) -> str:
        return self.say("label.all_terms") if scope == ALL else self.study.term(scope).name(self.language)

    def term_inside(self, term: str) -> str:
        """The name of a term inside a sentence: ``kevät 2022``, ``våren 2022``; English names keep their capital."""
        name = self.study.term(term).name(self.language)
        return name if self.language == "en" else name[:1].lower() + name[1:]

    def question(self, item: str) -> str:
        """The wording of an item or the name of a scale."""
        scale = next((s for s in self.study.survey.scales if s.id == item), None)
        return scale.name(self.language) if scale else self.study.item(item).text(self.language)

    def source(self, *tables: str) -> str:
        """Where the numbers come from: the names of the sources of these tables."""
        named = [s for s in self.study.sources if s.table in tables]
        return "; ".join(
            s.name(self.language) + (f" ({s.publisher(self.language)})" if s.publisher else "") for s in named
        )

    def table(
        self,
        id: str,
        caption: str,
        rows: pd.DataFrame,
        columns: Sequence[tuple[Column, Callable[[pd.Series], Value]]],
        *,
        source: str = "",
        notes: Sequence[str] = (),
    ) -> Table:
        """A table with one line a result row; each column says how it reads a row."""
        lines = [[read(row) for _, read in columns] for _, row in rows.iterrows()]
        notes = [*notes, *([self.say("note.withheld")] if (rows["status"] == WITHHELD).any() else [])]
        return Table(id, caption, [column for column, _ in columns], lines, self.language, notes, source)


def within(row, *columns: str) -> tuple[int | None, ...]:
    """How far counts of a row of a count table can be from the true ones; None where the table does not say."""
    found = (getattr(row, f"{policy.WITHIN}_{column}", None) for column in columns)
    return tuple(None if each is None else int(each) for each in found)


def as_int(count: float) -> int:
    """A count of a count table as a plain number; one that is withheld stays NaN, and so does what is made of it."""
    return count if math.isnan(count) else int(count)  # type: ignore[return-value]


def is_disclosed(*counts: float) -> bool:
    """Whether none of these counts is withheld."""
    return not any(math.isnan(count) for count in counts)


def flow_rows(results: ResultSet, steps: Sequence[tuple[str, int]], within: Mapping[str, int | None] = NEAR) -> None:
    """Rows of a flow of persons: each step's count with its share of the first, and how many each step lost.

    ``within`` says of steps how far their counts can be from the true ones, where it is not as elsewhere. A difference
    of rounded counts is none: it is left out.
    """
    first, before = steps[0], steps[0]
    for step, count in steps:
        near, past, of = (_near(within.get(name), results) for name in (step, before[0], first[0]))
        results.count("flow", step, count, first[1], within=(near, of))
        if not near and not past:
            results.difference("flow", f"{step}_change", count - before[1])
        before = step, count


def _near(within: int | None, results: ResultSet) -> int | None:
    return results.within if within is None else within


def flow_steps(
    rows: pd.DataFrame, label: Callable[[str], str]
) -> list[tuple[str, int | None, float | None, int | None]]:
    """What ``figures.flow`` draws, from the rows of ``flow_rows``."""
    flow = pick(rows, table="flow")
    shown: list[tuple[str, int | None, float | None, int | None]] = []
    for step in [m for m in flow["measure"] if not m.endswith("_change")]:
        count, share = value(flow, "count", measure=step), value(flow, measure=step)
        change = value(flow, "count", measure=f"{step}_change") if shown else None
        shown.append((label(step), optional_int(count), share, optional_int(change)))
    return shown


def optional_int(count: float | None) -> int | None:
    """A count of a result row as a plain number; None where it is missing."""
    return None if count is None or pd.isna(count) else int(count)


def has_value(rows: pd.DataFrame) -> pd.Series:
    """Which rows have a number, or two between which it lies."""
    return rows["estimate"].notna() | rows["possible_lower"].notna()


def middle_of(row: pd.Series) -> float | None:
    """A share to draw: the number, or the middle of what it lies between."""
    if pd.notna(row["estimate"]) or pd.isna(row["possible_lower"]):
        return _float(row["estimate"])
    return (float(row["possible_lower"]) + float(row["possible_upper"])) / 2


def number(column: str) -> Callable[[pd.Series], float | None]:
    """A reader of one numeric column of a result row: a plain number, or None where it is missing."""
    return lambda row: _float(row[column])


def _float(number: float | None) -> float | None:
    return None if number is None or pd.isna(number) else float(number)


def floats(values: pd.Series) -> list[float | None]:
    """A column of numbers as plain floats and None, for figures."""
    return [_float(v) for v in values]
