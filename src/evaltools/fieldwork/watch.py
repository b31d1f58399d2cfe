"""Checks of a term's answers while the survey runs: what is too odd for chance, and how asking goes.

Every flag has the chance of what is seen if nothing is wrong (`statistics.answer_quality` says what that means for each
check), adjusted over all that the check looked at: of surveys that nothing is wrong with, a check flags at most
``LEVEL``. What is made here is exact, of single persons, and for the evaluator alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evaltools.counts.breakdowns import GROUPS, TOTAL, memberships
from evaltools.fieldwork import asking
from evaltools.ingest.ids import among
from evaltools.ingest.tidy import ANY_GROUP, Tables
from evaltools.ingest.values import CANNOT_SAY
from evaltools.statistics import answer_quality, multiplicity, proportions
from evaltools.statistics.types import Estimate, finite
from evaltools.study.evaluation_model import Term
from evaltools.study.model import Study
from evaltools.study.survey_model import Item

LEVEL = 0.05
FEWEST_ANSWERS = 4  # to questions that share a scale, from which one answer throughout and equal rows are odd
WEEKS = 8  # that the page shows
OF_PERSONS = ("pace", "straight")
NOTED = ("outlier", "date_outside_term")  # what reading the files finds odd by a rule, not by chance

Words = Mapping[str, float | str]


@dataclass(frozen=True)
class Fault:
    """One thing that is too odd for chance: the chance of it, adjusted too, and where it is.

    ``item`` is a question, ``group`` a breakdown and a group of it; ``rows`` are rows of exports, each a person's id of
    the register, a file and a line; ``words`` are numbers for the sentence.
    """

    check: str
    table: str
    p: float | None
    adjusted: float | None
    words: Words
    item: str = ""
    group: tuple[str, str] = ("", "")
    rows: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True)
class Look:
    """One check of one survey: how many it looked at, and its faults; ``why`` says why it could not look."""

    check: str
    table: str
    looked: int
    faults: list[Fault] = field(default_factory=list)
    why: str = ""


@dataclass(frozen=True)
class Question:
    """How one question was answered in the term and the one before: answered, left blank, of how many, mean."""

    table: str
    item: str
    answered: int
    cannot_say: int
    blank: int
    blank_before: float | None
    mean: float | None
    mean_before: float | None


@dataclass(frozen=True)
class Again:
    """Agreement of persons' two answers to one question."""

    table: str
    item: str
    same: Estimate


@dataclass(frozen=True)
class Reach:
    """How many of a group had their turn by the day, and answered."""

    table: str
    by: str
    group: str
    asked: int
    answered: int


@dataclass(frozen=True)
class Week:
    """A week by its Monday: whose turn came in it, and who answered in it."""

    table: str
    monday: dt.date
    asked: int
    answered: int


@dataclass(frozen=True)
class Watch:
    """What is seen of a term on a day."""

    term: Term
    day: dt.date
    looks: list[Look]
    questions: list[Question]
    again: list[Again]
    reach: list[Reach]
    weeks: list[Week]

    @property
    def faults(self) -> list[Fault]:
        return [fault for look in self.looks for fault in look.faults]


def of(study: Study, raw: Tables, tables: Tables, term: Term, day: dt.date) -> Watch:
    """All checks of a term's answers.

    Parameters
    ----------
    raw : typed exports with every answer of a person (`so_far.read` with ``repeats``)
    tables : tidy tables of the same
    """
    looks: list[Look] = []
    questions: list[Question] = []
    again: list[Again] = []
    for table in (t for t in study.surveys.values() if t in raw):
        answers = Answers.of(study, raw[table], table, term, day)
        if answers.now.empty:
            continue
        looks += answers.looks(raw.get("notes"))
        questions += answers.questions()
        again += answers.again()
    reach, weeks = _asked(study, tables, day) if "persons" in tables else ([], [])
    looks += [_slow_groups(study, table, reach) for table in dict.fromkeys(each.table for each in reach)]
    return Watch(term, day, looks, questions, again, reach, weeks)


# --- one survey ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """A survey's answers of a term and of the last term before it that has any, one row a person.

    ``codes`` are answers of the term by their place on the scale (`answer_quality`), ``second`` whoever answered again
    in the term: the rows of their first and last answer.
    """

    study: Study
    table: str
    term: Term
    now: pd.DataFrame
    before: pd.DataFrame
    second: tuple[pd.DataFrame, pd.DataFrame]
    items: list[Item]

    @classmethod
    def of(cls, study: Study, frame: pd.DataFrame, table: str, term: Term, day: dt.date) -> Answers:
        if "answered" in frame:
            frame = frame[~(frame["answered"] > pd.Timestamp(day))]
        earlier = [t for t in study.terms if t.start < term.start and (frame["term"] == t.id).any()]
        last = max(earlier, key=lambda t: t.start).id if earlier else ""
        every, before = frame[frame["term"] == term.id], frame[frame["term"] == last]
        named = every[every["person"].notna()] if "person" in every else every.iloc[:0]
        repeated = named[named["person"].duplicated(keep=False)] if len(named) else named
        firsts, lasts = (
            repeated.drop_duplicates("person", keep=keep).sort_values("person") if len(repeated) else repeated
            for keep in ("first", "last")
        )
        items = [i for i in study.survey.items if i.id in every and study.asks(table, i.id, term.id)]
        return cls(study, table, term, _one_each(every), _one_each(before), (firsts, lasts), items)

    @property
    def likert(self) -> list[Item]:
        return [item for item in self.items if item.kind == "likert"]

    def codes(self, frame: pd.DataFrame, items: list[Item]) -> answer_quality.Codes:
        """Answers by their place on each item's scale; -1 where there is none."""
        if not items:
            return np.empty((len(frame), 0), dtype=np.int64)
        places = frame[[item.id for item in items]].to_numpy(dtype=float) - [item.min for item in items]
        return np.where(np.isnan(places), -1, places).astype(np.int64)

    def looks(self, notes: pd.DataFrame | None) -> list[Look]:
        """Every check of the survey's answers."""
        careful = answer_quality.Careful.of(self.codes(self.now, self.likert), [_size(i) for i in self.likert])
        straight = self._straight(careful)
        alike = self._copied(careful, {row for fault in straight.faults for row in fault.rows})
        return [
            self._pace(),
            straight,
            alike,
            *(self._blank(), self._blank_more(), self._moved()),
            *(self._again(), self._again_moved()),
            self._noted(notes),
        ]

    def _look(self, check: str, chances: Sequence[float | None], words: Sequence[Words], why: str) -> Look:
        """A check of persons, one chance a row of the term, or of questions, one a question."""
        adjusted = multiplicity.adjust(chances, "bh")
        looked = sum(chance is not None for chance in chances)
        faults = [
            Fault(check, self.table, chances[i], q, words[i], **self._where(check, i))
            for i, q in enumerate(adjusted)
            if q is not None and q <= LEVEL
        ]
        return Look(check, self.table, looked, faults, "" if looked else why)

    def _where(self, check: str, i: int) -> dict[str, Any]:
        return {"rows": (_place(self.now.iloc[i]),)} if check in OF_PERSONS else {"item": self.items[i].id}

    # persons

    def _pace(self) -> Look:
        seconds = _seconds(self.now)
        if seconds is None:
            return Look("pace", self.table, 0, why="no_times")
        chances = answer_quality.too_fast(seconds)
        usual = float(np.nanmedian(seconds)) if np.isfinite(seconds).any() else 0.0
        words = [{"seconds": round(float(s)), "usual": round(usual)} if s > 0 else {} for s in seconds]
        return self._look("pace", chances, words, "too_few")

    def _straight(self, careful: answer_quality.Careful | None) -> Look:
        families: dict[tuple[float, float, str], list[int]] = {}
        for j, item in enumerate(self.likert):
            families.setdefault((item.min, item.max, item.labels), []).append(j)
        long = [js for js in families.values() if len(js) >= FEWEST_ANSWERS]
        if careful is None or not long:
            return Look("straight", self.table, 0, why="too_few" if long else "no_scale")
        codes, found = self.codes(self.now, self.likert), []
        for js in long:
            part = answer_quality.Careful(tuple(careful.cuts[j] for j in js), careful.loadings[js])
            found.append(answer_quality.same_throughout(part, codes[:, js], FEWEST_ANSWERS))
        least = [min((p for p in row if p is not None), default=None) for row in zip(*found, strict=True)]
        chances = [None if p is None else min(1.0, p * len(long)) for p in least]  # of one scale of several
        words: list[Words] = [{"n": max(int((row[js] >= 0).sum()) for js in long)} for row in codes]
        return self._look("straight", chances, words, "too_few")

    def _copied(self, careful: answer_quality.Careful | None, straight: set[tuple[str, str, int]]) -> Look:
        """Equal answers of two persons, of the term or of it and the one before."""
        enough = len(self.likert) >= FEWEST_ANSWERS
        if careful is None or not enough:
            return Look("copied", self.table, 0, why="too_few" if enough else "no_scale")
        before = self.before[~among(self.before["person"], self.now["person"].dropna())]
        every = pd.concat([before.reindex(columns=self.now.columns), self.now], ignore_index=True)
        places = [_place(row) for _, row in every[["person", "file", "line"]].iterrows()]
        usable = np.array([place not in straight for place in places])
        codes = np.where(usable[:, None], self.codes(every, self.likert), -1)
        first = len(before)
        pairs = [p for p in answer_quality.alike(careful, codes, FEWEST_ANSWERS) if p[1] >= first]
        able = (codes >= 0).sum(axis=1) >= FEWEST_ANSWERS
        here = int(able[first:].sum())
        looked = here * (here - 1) // 2 + here * int(able[:first].sum())
        adjusted = _adjusted([p for *_, p in pairs], looked)
        faults = [
            Fault("copied", self.table, p, q, {"n": int((codes[b] >= 0).sum())}, rows=(places[a], places[b]))
            for (a, b, p), q in zip(pairs, adjusted, strict=True)
            if q <= LEVEL
        ]
        return Look("copied", self.table, looked, faults, "" if looked else "too_few")

    # questions

    def _blanks(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Whether each person left each question without an answer, not even that they cannot say."""
        return pd.DataFrame({i.id: frame[i.id].isna() & ~frame[i.id + CANNOT_SAY] for i in self.items}, frame.index)

    def _blank(self) -> Look:
        marks = self._blanks(self.now)
        chances = answer_quality.gathered(marks, np.ones(marks.shape))
        words = [{"blank": int(n), "n": len(marks)} for n in marks.sum()]
        return self._look("blank", chances, words, "too_few")

    def _blank_more(self) -> Look:
        n, others = len(self.now), len(self.before)
        words: list[Words] = []
        chances: list[float | None] = []
        blanks = (map(int, self._blanks(frame).sum()) for frame in (self.now, self.before))
        for item, now, then in zip(self.items, *blanks, strict=True):
            chances.append(answer_quality.unlike(now, n, then, others) if self._asked_before(item) else None)
            words.append({"blank": now, "n": n, "before": then, "n_before": others})
        return self._look("blank_more", chances, words, "no_term_before")

    def _asked_before(self, item: Item) -> bool:
        return bool(len(self.before)) and self.study.asks(self.table, item.id, str(self.before["term"].iloc[0]))

    def _moved(self) -> Look:
        chances: list[float | None] = []
        words: list[Words] = []
        for item in self.items:
            if item.kind != "likert" or not self._asked_before(item):
                chances.append(None)
                words.append({})
                continue
            now, then = (np.bincount(c[c >= 0], minlength=_size(item)) for c in self._both(item))
            chances.append(answer_quality.shifted(now, then))
            words.append(
                {"mean": _mean(now, item.min), "before": _mean(then, item.min)} if now.sum() and then.sum() else {}
            )
        return self._look("moved", chances, words, "no_term_before")

    def _both(self, item: Item) -> Iterator[answer_quality.Codes]:
        for frame in (self.now, self.before):
            yield self.codes(frame, [item])[:, 0]

    # answers given twice

    def _pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """The values of both answers of those who answered again, NaN where there is none."""
        firsts, lasts = ([frame[i.id].to_numpy(dtype=float) for i in self.items] for frame in self.second)
        shape = (len(self.second[0]), len(self.items))
        return np.array(firsts).T.reshape(shape), np.array(lasts).T.reshape(shape)

    def _again(self) -> Look:
        first, last = self._pairs()
        if not len(first):
            return Look("again", self.table, 0, why="nobody_again")
        both = ~np.isnan(first) & ~np.isnan(last)
        chances = answer_quality.gathered(both & (first != last), both)
        words = [
            {"same": int((both & (first == last))[:, j].sum()), "n": int(both[:, j].sum())}
            for j in range(len(self.items))
        ]
        return self._look("again", chances, words, "nobody_again")

    def _again_moved(self) -> Look:
        first, last = self._pairs()
        if not len(first):
            return Look("again_moved", self.table, 0, why="nobody_again")
        up, down = (last > first).sum(axis=0), (last < first).sum(axis=0)
        chances = [
            proportions.rate_test(int(u), int(u + d), 0.5).p_exact if u + d else None
            for u, d in zip(up, down, strict=True)
        ]
        words = [{"up": int(u), "down": int(d)} for u, d in zip(up, down, strict=True)]
        return self._look("again_moved", chances, words, "nobody_again")

    def again(self) -> list[Again]:
        """Agreement of first and second answers by question."""
        first, last = self._pairs()
        both = ~np.isnan(first) & ~np.isnan(last)
        same = both & (first == last)
        return [
            Again(self.table, item.id, proportions.clopper_pearson(int(same[:, j].sum()), int(both[:, j].sum())))
            for j, item in enumerate(self.items)
            if both[:, j].any()
        ]

    # what the page shows besides

    def questions(self) -> list[Question]:
        """How each question was answered."""
        blank, blank_before = self._blanks(self.now).sum(), self._blanks(self.before).mean()
        found = []
        for id, asked in ((item.id, self._asked_before(item)) for item in self.items):
            answers, cannot = self.now[id], int(self.now[id + CANNOT_SAY].sum())
            before = (float(blank_before[id]), finite(self.before[id].mean())) if asked else (None, None)
            counts = int(answers.notna().sum()), cannot, int(blank[id])
            found.append(Question(self.table, id, *counts, before[0], finite(answers.mean()), before[1]))
        return found

    def _noted(self, notes: pd.DataFrame | None) -> Look:
        """Rows that reading the term's files found odd by a rule."""
        if notes is None:
            return Look("noted", self.table, 0)
        here = notes[(notes["table"] == self.table) & (notes["term"] == self.term.id) & notes["kind"].isin(NOTED)]
        persons = {(file, line): person for person, file, line in map(_place, _rows(self.now))}
        faults = [
            Fault(
                "noted",
                self.table,
                None,
                None,
                {"kind": row["kind"], "column": row["column"]},
                rows=((persons[row["file"], row["line"]], row["file"], int(row["line"])),),
            )
            for row in _rows(here)
            if (row["file"], row["line"]) in persons
        ]
        return Look("noted", self.table, len(self.now), faults)


def _one_each(frame: pd.DataFrame) -> pd.DataFrame:
    """The first row of each person; all rows that are of nobody known."""
    if "person" not in frame:
        return frame.assign(person=None).reset_index(drop=True)
    return frame[~(frame["person"].duplicated() & frame["person"].notna())].reset_index(drop=True)


def _rows(frame: pd.DataFrame) -> Iterator[pd.Series]:
    return (row for _, row in frame.iterrows())


def _place(row: pd.Series) -> tuple[str, str, int]:
    return ("" if pd.isna(row["person"]) else str(row["person"]), str(row["file"]), int(row["line"]))


def _size(item: Item) -> int:
    return int(item.max - item.min) + 1


def _mean(counts: np.ndarray, least: float) -> float:
    return float(counts @ np.arange(len(counts)) / counts.sum() + least)


def _adjusted(chances: list[float], looked: int) -> list[float]:
    """Benjamini and Hochberg's adjustment where all others that were looked at have a chance of one."""
    order = np.argsort(chances)
    steps = np.array([chances[i] * looked / place for place, i in enumerate(order, start=1)])
    found = np.minimum.accumulate(steps[::-1])[::-1].clip(max=1.0) if len(steps) else steps
    adjusted = [0.0] * len(chances)
    for i, q in zip(order, found, strict=True):
        adjusted[i] = float(q)
    return adjusted


def _seconds(frame: pd.DataFrame) -> np.ndarray | None:
    """How long each person took; None where no row says."""
    if "seconds" in frame and frame["seconds"].notna().any():
        return frame["seconds"].to_numpy(dtype=float)
    if {"started", "finished"} <= set(frame):
        took = (frame["finished"] - frame["started"]).dt.total_seconds()
        return took.to_numpy(dtype=float) if (took > 0).any() else None
    return None


# --- asking ----------------------------------------------------------------------------------------------------------


def _asked(study: Study, tables: Tables, day: dt.date) -> tuple[list[Reach], list[Week]]:
    """Who had their turn and who answered, by group and by week."""
    turns = asking.turns(study, tables, day)
    members = memberships(study, tables)
    reach, weeks = [], []
    for each in asking.askings(study):
        here = turns[turns["table"] == each.table]
        answered = here.set_index("person")["answered"].astype(bool)
        told = asking.known_groups(study, members, each.table)
        told = told[among(told["person"], here["person"])].drop_duplicates(["person", "by", "group"])
        counts = told.assign(answered=told["person"].map(answered).to_numpy())
        counted = counts.groupby(["by", "group"], sort=False)["answered"].agg(["size", "sum"])
        reach += [
            Reach(each.table, by, group, int(n), int(x))
            for (by, group), (n, x) in zip(counted.index, counted.to_numpy(), strict=True)
        ]
        weeks += _weeks(study, tables, each.table, here, day)
    return reach, weeks


def _weeks(study: Study, tables: Tables, table: str, turns: pd.DataFrame, day: dt.date) -> list[Week]:
    due = [each - dt.timedelta(days=each.weekday()) for each in turns["due"]]
    return [
        Week(table, monday, due.count(monday), answered)
        for monday, answered in asking.by_week(study, tables, table, day, WEEKS)
    ]


def _slow_groups(study: Study, table: str, reach: list[Reach]) -> Look:
    """Groups that answer less than the rest of those asked."""
    here = [each for each in reach if each.table == table]
    whole = next((each for each in here if each.by == TOTAL), None)
    groups = [
        each
        for each in here
        if each.by != TOTAL and (each.by, each.group) != (GROUPS, ANY_GROUP) and each.asked >= study.disclosure.minimum
    ]
    if whole is None or not groups:
        return Look("group", table, 0, why="too_few")
    rest = [(whole.answered - g.answered, whole.asked - g.asked) for g in groups]
    chances = [
        answer_quality.fewer(g.answered, g.asked, x, n) if n else None for g, (x, n) in zip(groups, rest, strict=True)
    ]
    faults = [
        Fault("group", table, p, q, {"answered": g.answered, "asked": g.asked, "rest": x / n}, group=(g.by, g.group))
        for g, (x, n), p, q in zip(groups, rest, chances, multiplicity.adjust(chances, "bh"), strict=True)
        if q is not None and q <= LEVEL
    ]
    return Look("group", table, sum(p is not None for p in chances), faults)
