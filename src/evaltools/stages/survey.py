"""Stage 04: who answered the start and end surveys, what changed in the same persons, and what they thought of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from evaltools import disclosure, text
from evaltools.counts import ALL, BACKGROUND, TOTAL
from evaltools.pages import figures
from evaltools.pages.present import Column, Figure, Part, Table, Value
from evaltools.results import ROUNDED, Book, pick, value
from evaltools.stages.base import Material, Reader, flow_rows, flow_steps, given, number, plain, told, whole
from evaltools.statistics import comparison, multiplicity, nonresponse, paired, scales
from evaltools.statistics.estimates import CONFIDENCE, Estimate
from evaltools.study.model import Item, Study

NEEDS = ("start_survey", "end_survey")
STEPS = ("participants", "start", "asked_at_end", "end", "both")
ANSWERED = ("both", "start_only", "end_only", "neither")
FEWEST = 5  # pairs; below it an item is described and not tested
SMALL = 20  # pairs; below it a caution is printed
MOST_VALUES = 101  # distinct answers up to which the whole table of pairs is built
LARGE = 30  # persons; smaller groups are in the table of attrition and not in its sentences
NOTABLE = 0.1  # standardised difference that is commonly called an imbalance
RELIABLE = 0.7  # alpha commonly asked of a scale that compares groups
LEVEL = 0.05
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class _Asked:
    """An item or scale asked at both times: its ends, and 1 where higher is better, -1 where lower is."""

    id: str
    kind: str
    low: float
    high: float
    sign: int
    primary: bool


@dataclass(frozen=True)
class _Pairs:
    """The pairs of answers to one item: distinct (pre, post) and how many persons gave each."""

    pre: np.ndarray
    post: np.ndarray
    count: np.ndarray

    @property
    def n(self) -> int:
        return int(self.count.sum())

    @property
    def moments(self) -> tuple[int, float, float, float, float, float]:
        pre, post = self.pre, self.post
        sums = (pre, post, pre * pre, post * post, pre * post)
        return self.n, *(float((self.count * each).sum()) for each in sums)


# --- rows ---


def rows(material: Material) -> pd.DataFrame:
    """Participation, attrition, every item and scale paired, feedback, reliability, cautions and study arms."""
    book = material.book("survey")
    _responses(material, book)
    _attrition(material, book)
    if "answers" in material.exact:
        asked = _asked_twice(material.study)
        _items(material, book, asked)
        _transitions(material, book, asked)
        _summary(book, asked)
        _feedback(material, book)
        _reliability(material, book)
        _arms(material, book, asked)
    return book.frame()


def _asked_twice(study: Study) -> list[_Asked]:
    """The items asked at both times, then the scales of such items, where the study has both surveys."""
    if not all(study.has(table) for table in NEEDS):
        return []
    items = {item.id: item for item in study.survey.items if {"start", "end"} <= set(item.surveys)}
    asked = [
        _Asked(i.id, i.kind, i.min, i.max, 1 if i.direction == "higher" else -1, i.primary) for i in items.values()
    ]
    for scale in study.survey.scales:
        if all(i in items for i in scale.items):
            parts = [items[i] for i in scale.items]
            kind = "scale" if all(i.kind == "likert" for i in parts) else "score"
            low, high = sum(i.min for i in parts), sum(i.max for i in parts)
            asked.append(_Asked(scale.id, kind, low, high, 1, scale.primary))
    return asked


def _responses(material: Material, book: Book) -> None:
    for row in material.counts.get("responses", pd.DataFrame()).itertuples():
        book.count("responses", row.step, whole(row.count), whole(row.total), scope=row.scope)
    so_many = (
        pick(material.counts["responses"], scope=ALL).set_index("step")["count"]
        if "responses" in material.counts
        else ()
    )
    if len(so_many):
        flow_rows(book, [(step, whole(so_many[step])) for step in ("participants", "start", "both")])


def _attrition(material: Material, book: Book) -> None:
    """Who answered what, by register variables, all of it from counts as the edition shows them."""
    counts = material.counts.get("attrition")
    if counts is None:
        return
    everybody = pick(counts, by=TOTAL).iloc[0]
    for row in counts.itertuples():
        of = sum(whole(getattr(row, name)) for name in ANSWERED)
        for name in ANSWERED:
            book.count("attrition", name, whole(getattr(row, name)), of, by=row.by, group=row.group)
        if row.by != TOTAL:
            _standardised(book, row, whole(everybody["both"]), whole(everybody["start_only"]))
    _attrition_tests(counts, book)


def _standardised(book: Book, row, both: int, start_only: int) -> None:
    """A group's share among those who answered both surveys against those who answered the first only.

    Rests on the group's own members; where counts are rounded, a group of fewer than two rounding steps tells nothing.
    """
    if not told(row.both, row.start_only, both, start_only):
        return
    members = int(row.both) + int(row.start_only)
    d = nonresponse.standardised_difference(
        min(int(row.both), both), both, min(int(row.start_only), start_only), start_only
    )
    least = 0 if book.protected and members < disclosure.least(book.settings) else members
    d = replace(d, n=members)
    book.statistic("attrition", "standardised_difference", d, least=least, of_shown=True, by=row.by, group=row.group)


def _attrition_tests(counts: pd.DataFrame, book: Book) -> None:
    """Those who answered both against those who did not, over the categories of each variable that has no overlaps."""
    variables = [by for by in BACKGROUND if (counts["by"] == by).any()]
    variables = [by for by in variables if pick(counts, by=by)[list(ANSWERED)].notna().all(axis=None)]
    tables = []
    for by in variables:
        chosen = pick(counts, by=by)
        rest = chosen["start_only"] + chosen["end_only"] + chosen["neither"]
        tables.append(list(zip(chosen["both"].astype(int), rest.astype(int), strict=True)))
    tests = [nonresponse.attrition_test(table) for table in tables]
    adjusted = multiplicity.adjust([test.p for test in tests], "bh")
    for by, table, test, p_adjusted in zip(variables, tables, tests, adjusted, strict=True):
        size = nonresponse.cramers_v(table)
        least = min(sum(row[side] for row in table) for side in (0, 1))
        book.statistic(
            "attrition",
            "attrition_test",
            size,
            least=least,
            of_shown=True,
            by=by,
            statistic=test.statistic,
            df=test.df,
            p=test.p,
            p_adjusted=p_adjusted,
            method=f"{test.method}; Benjamini-Hochberg",
            note=test.note or size.note,
            **_effect(size, "cramers_v"),
        )


def _effect(estimate: Estimate, measure: str) -> dict[str, object]:
    return {
        "effect": estimate.estimate,
        "effect_lower": estimate.lower,
        "effect_upper": estimate.upper,
        "effect_measure": measure,
    }


# --- rows: paired items ---


def _pairs(transitions: pd.DataFrame, **where: str) -> _Pairs:
    chosen = pick(transitions, **where)
    return _Pairs(*(chosen[c].to_numpy(dtype=t) for c, t in (("pre", float), ("post", float), ("count", "int64"))))


def _items(material: Material, book: Book, asked: list[_Asked]) -> None:
    invited = {ALL: _could_answer(material)}
    for scope in material.scopes:
        pairs = [_pairs(material.exact["transitions"], scope=scope, item=q.id) for q in asked]
        tests = [_ranks(q, p) for q, p in zip(asked, pairs, strict=True)]
        p_values = [test.p if test.n >= FEWEST else None for test in tests]
        adjusted = _adjusted(asked, p_values)
        for q, those, test, p_adjusted in zip(asked, pairs, tests, adjusted, strict=True):
            n = material.count("items", measure="paired", scope=scope, item=q.id)
            where = {"scope": scope, "item": q.id, "invited": invited.get(scope), "answered": n}
            book.count("item", "paired", n, scope=scope, item=q.id)
            result = paired.paired_t(*those.moments)
            _mean_change(book, "item", result, where)
            _rank_biserial(book, q, those, test, p_adjusted, where)
            if scope == ALL:
                _directions(material, book, q, n)
                _means(book, "item", result, where)
                _cautions(book, q, result, n)
                _companions(book, q, those, where)
    _answered_once(material, book, asked)


def _could_answer(material: Material) -> int | None:
    responses = material.counts.get("responses")
    return None if responses is None else whole(pick(responses, scope=ALL, step="asked_at_end")["count"].iloc[0])


def _ranks(q: _Asked, pairs: _Pairs) -> paired.SignedRank:
    return paired.signed_rank(q.sign * (pairs.post - pairs.pre), pairs.count)


def _adjusted(asked: Sequence[_Asked], p: Sequence[float | None]) -> list[float | None]:
    """Holm over the declared primary items and scales, Benjamini-Hochberg over the rest."""
    result: list[float | None] = [None] * len(p)
    for primary, method in ((True, "holm"), (False, "bh")):
        places = [i for i, q in enumerate(asked) if q.primary is primary]
        for place, adjusted in zip(places, multiplicity.adjust([p[i] for i in places], method), strict=True):
            result[place] = adjusted
    return result


def _described(estimate: Estimate) -> Estimate:
    """Without its interval where there are too few pairs for one."""
    if estimate.n >= FEWEST:
        return estimate
    note = estimate.note or "too_few_pairs"
    return Estimate(estimate.estimate, None, None, estimate.n, estimate.method, note=note)


def _mean(n: int, mean: float | None, sd: float | None) -> Estimate:
    """A mean with its t interval, from moments."""
    if mean is None or sd is None or n < 2:
        return Estimate(mean, None, None, n, "t", note="too_few" if n else "nobody_answered")
    reach = float(scipy.stats.t.isf((1 - CONFIDENCE) / 2, n - 1)) * sd / math.sqrt(n)
    return Estimate(mean, mean - reach, mean + reach, n, "t", se=sd / math.sqrt(n))


def _mean_change(book: Book, table: str, result: paired.PairedT, where: dict) -> None:
    tested = {"p": result.p, "statistic": result.t, "df": result.df, **_effect(result.d_z, "d_z")}
    book.statistic(table, "mean_change", _described(result.change), **where, **(tested if result.n >= FEWEST else {}))


def _means(book: Book, table: str, result: paired.PairedT, where: dict) -> None:
    start = _mean(result.n, result.mean_before, result.sd_before)
    end = _mean(result.n, result.mean_after, result.sd_after)
    book.statistic(table, "mean_start", _described(start), **where)
    book.statistic(table, "mean_end", _described(end), **where)


def _rank_biserial(
    book: Book, q: _Asked, pairs: _Pairs, test: paired.SignedRank, p_adjusted: float | None, where: dict
) -> None:
    estimate = _described(paired.rank_biserial(q.sign * (pairs.post - pairs.pre), pairs.count))
    family = "Holm" if q.primary else "Benjamini-Hochberg"
    tested = {
        "statistic": test.z,
        "p": test.p,
        "p_adjusted": p_adjusted,
        "method": f"Wilcoxon-Pratt {test.method}; {family}",
        **_effect(estimate, "rank_biserial"),
    }
    book.statistic("item", "rank_biserial", estimate, **where, **(tested if test.n >= FEWEST else {}))


def _cautions(book: Book, q: _Asked, result: paired.PairedT, n: int) -> None:
    """A start mean near an end of the scale, the smallest change that could have been found, few pairs."""
    near = scales.regression_to_mean(result.mean_before, result.sd_before, q.low, q.high).near
    if near and result.n >= FEWEST:
        start = _mean(result.n, result.mean_before, result.sd_before)
        book.statistic("caution", "regression_to_mean", start, answered=n, item=q.id, note=f"near_{near}")
    detectable = scales.minimum_detectable_change(result.n, result.sd_change)
    book.statistic("caution", "detectable_change", _described(detectable), answered=n, item=q.id)
    if n < SMALL:
        book.count("caution", "few_pairs", n, item=q.id)


def _directions(material: Material, book: Book, q: _Asked, n: int) -> None:
    better, worse = ("higher", "lower") if q.sign > 0 else ("lower", "higher")
    for measure, way in (("improved", better), ("same", "same"), ("worse", worse)):
        book.count("item", measure, material.count("items", measure=way, scope=ALL, item=q.id), n, item=q.id)


def _companions(book: Book, q: _Asked, pairs: _Pairs, where: dict) -> None:
    """What stands beside the main test: superiority, pseudo-median, marginal homogeneity, share who agree."""
    if q.kind != "likert":
        moved = bool((pairs.post != pairs.pre).any())
        none = Estimate(None, None, None, pairs.n, "signed-rank inversion", note="all_unchanged")
        shift = paired.hodges_lehmann(pairs.post - pairs.pre, pairs.count) if moved or not pairs.n else none
        book.statistic("item", "hodges_lehmann", _described(shift), **where)
    table = _table(q, pairs)
    if table is None:
        return
    better = paired.marginal_superiority(table if q.sign > 0 else table[::-1, ::-1])
    book.statistic("item", "superiority", _described(better), **where)
    if q.kind == "likert" and pairs.n >= FEWEST:
        test = paired.stuart_maxwell(table)
        alike = {"statistic": test.statistic, "df": test.df, "p": test.p, **_effect(better, "superiority")}
        empty = Estimate(None, None, None, pairs.n, test.method, note=test.note)
        book.statistic("item", "marginal_homogeneity", empty, **where, **alike)
    if q.kind == "likert" and _agree(q.low, q.high) is not None:
        _agree_change(book, table, where)


def _table(q: _Asked, pairs: _Pairs) -> np.ndarray | None:
    """Pairs as a square table over every answer of the scale (those given, for scores); None with too many answers."""
    given = np.unique(np.round(np.concatenate([pairs.pre, pairs.post]), 9))
    values = given if q.kind == "score" else np.arange(q.low, q.high + 1)
    if not 0 < len(values) <= MOST_VALUES:
        return None
    table = np.zeros((len(values), len(values)), dtype="int64")
    places = [np.searchsorted(values, np.round(side, 9)) for side in (pairs.pre, pairs.post)]
    np.add.at(table, tuple(places), pairs.count)
    return table


def _agree(low: float, high: float) -> float | None:
    """The least answer that counts as agreeing: the upper two of five; None for other scales."""
    return high - 1 if high - low == 4 else None


def _agree_change(book: Book, table: np.ndarray, where: dict) -> None:
    a, b, c, d = paired.dichotomise(table, len(table) - 1)
    change = _described(paired.paired_difference(a, b, c, d))
    test = paired.mcnemar(b, c)
    tested = {"p": test.p, "method": f"Newcombe; McNemar {test.method}", **_effect(change, "paired_difference")}
    enough = change.n >= FEWEST
    book.statistic("item", "agree_change", change, unit="share", **where, **(tested if enough else {}))


def _answered_once(material: Material, book: Book, asked: list[_Asked]) -> None:
    """Those who answered an item at one time only, and those who could not say."""
    for q in asked:
        for survey in ("start", "end"):
            alone = material.count("items", measure=f"{survey}_alone", item=q.id)
            book.count("item", f"{survey}_only", alone, item=q.id)
            if q.kind != "scale":
                _cannot_say(material, book, "item", survey, q.id)


def _cannot_say(material: Material, book: Book, table: str, survey: str, item: str) -> None:
    if len(pick(material.counts["items"], measure=f"{survey}_asked", item=item)):
        unsure, everyone = (
            material.count("items", measure=f"{survey}_{what}", item=item) for what in ("cannot_say", "asked")
        )
        book.count(table, f"cannot_say_{survey}", unsure, everyone, item=item)


def _transitions(material: Material, book: Book, asked: list[_Asked]) -> None:
    shown = material.counts["item_pairs"].set_index(["item", "pre", "post"])["count"].map(whole).to_dict()
    for q in asked:
        table = _table(q, _pairs(material.exact["transitions"], scope=ALL, item=q.id)) if q.kind == "likert" else None
        if table is None:
            continue
        for i, j in np.ndindex(table.shape):
            where = {"by": "pre", "group": _code(q.low + i), "by2": "post", "group2": _code(q.low + j)}
            book.count("transition", "pairs", shown.get((q.id, q.low + i, q.low + j), 0), item=q.id, **where)


def _code(answer: float) -> str:
    return f"{answer:g}"


def _summary(book: Book, asked: list[_Asked]) -> None:
    """How many primary items and scales improved, worsened or neither, after Holm."""
    primary = {q.id for q in asked if q.primary}
    tested = [r for r in book.rows if r["measure"] == "rank_biserial" and r["scope"] == ALL and r["item"] in primary]
    found = [concluded(r.get("estimate"), r.get("p_adjusted")) for r in tested]
    for direction in ("improved", "worse", "unclear"):
        book.amount("summary", f"primary_{direction}", found.count(direction), "items")
    book.amount("summary", "primary", len(found), "items")


def concluded(effect: float | None, p_adjusted: float | None) -> str:
    """What may be concluded of an item: improved, worse, or unclear."""
    if effect is None or p_adjusted is None or p_adjusted >= LEVEL:
        return "unclear"
    return "improved" if effect > 0 else "worse"


# --- rows: feedback, reliability, cautions, arms ---


def _feedback(material: Material, book: Book) -> None:
    """Items asked at the end only: distribution, mean, share who agree."""
    if not material.study.has("end_survey"):
        return
    for item in (i for i in material.study.survey.items if i.surveys == ["end"]):
        answers = pick(material.exact["answers"], scope=ALL, survey="end", item=item.id)
        given = answers.dropna(subset=["value"])
        counts = dict(zip(given["value"].astype(float), given["count"].astype(int), strict=True))
        n = material.count("items", measure="end_given", item=item.id)
        invited = _could_answer(material)
        book.statistic("feedback", "mean_end", _mean_of(counts), invited=invited, answered=n, item=item.id)
        _cannot_say(material, book, "feedback", "end", item.id)
        if item.kind == "likert":
            given_ = pick(material.counts["item_answers"], item=item.id)
            shown = dict(zip(given_["value"].astype(float), given_["count"].map(whole), strict=True))
            for answer, count in shown.items():
                where = {"item": item.id, "by": "answer", "group": _code(answer)}
                book.count("feedback", "answers", count, n, **where)
            _agree_rate(material, book, item, shown)


def _mean_of(counts: dict[float, int]) -> Estimate:
    n = sum(counts.values())
    if n == 0:
        return _mean(0, None, None)
    mean = sum(v * c for v, c in counts.items()) / n
    spread = sum(c * (v - mean) ** 2 for v, c in counts.items())
    return _mean(n, mean, math.sqrt(spread / (n - 1)) if n > 1 else None)


def _agree_rate(material: Material, book: Book, item: Item, counts: dict[float, int]) -> None:
    least = _agree(item.min, item.max)
    if least is None:
        return
    n = sum(counts.values())
    agree = sum(c for v, c in counts.items() if v >= least)
    invited = _could_answer(material)
    book.rate("feedback", "agree", agree, n, n if invited is None else invited, item=item.id)


def _reliability(material: Material, book: Book) -> None:
    """How well the items of each scale hang together at the start, and what one person's change must exceed."""
    moments = pick(material.exact["scale_items"], survey="start")
    for scale in material.study.survey.scales:
        entries = pick(moments, scale=scale.id)
        if entries.empty:
            continue
        n = int(entries["count"].iloc[0])
        where = {"item": scale.id, "answered": material.count("items", measure="start_given", item=scale.id)}
        wide = entries.pivot(index="item", columns="item2", values="covariance")
        covariance = wide.loc[list(scale.items), list(scale.items)].to_numpy()
        alpha = scales.cronbach_alpha(n, covariance)
        sd = math.sqrt(max(float(covariance.sum()), 0.0))
        error = scales.standard_error_of_measurement(sd, alpha.estimate)
        change = scales.minimal_detectable_change(sd, alpha.estimate)
        book.statistic("scale_reliability", "alpha", alpha, **where)
        book.statistic("scale_reliability", "omega", scales.omega_total(n, covariance), **where)
        for measure, estimate in (("standard_error", error), ("detectable_change", change)):
            result = Estimate(estimate, None, None, n, "alpha at the start", note=alpha.note)
            book.statistic("scale_reliability", measure, result, **where)


def _arms(material: Material, book: Book, asked: list[_Asked]) -> None:
    """Mean change in each arm and the difference of the changes, where the study names a comparison group."""
    compared, transitions = material.study.comparison, material.exact.get("arm_transitions")
    if compared is None or transitions is None:
        return
    names = (compared.treated, compared.control)
    arms = [[_pairs(transitions, arm=arm, item=q.id) for arm in names] for q in asked]
    results = [[paired.paired_t(*pairs.moments) for pairs in both] for both in arms]
    tests = [
        comparison.mean_difference_test(*_change(a), *_change(b)) if min(a.n, b.n) >= FEWEST else None
        for a, b in results
    ]
    adjusted = _adjusted(asked, [test.p if test else None for test in tests])
    for q, pairs, both, test, p_adjusted in zip(asked, arms, results, tests, adjusted, strict=True):
        for arm, result in zip(names, both, strict=True):
            n = material.count("arm_items", arm=arm, item=q.id)
            book.count("arms", "paired", n, item=q.id, by="arm", group=arm)
            where = {"item": q.id, "by": "arm", "group": arm, "answered": n}
            _means(book, "arms", result, where)
            _mean_change(book, "arms", result, where)
        _between_arms(book, q, pairs, both, test, p_adjusted, _of_both(material, q, names))


def _of_both(material: Material, q: _Asked, names: tuple[str, str]) -> tuple[int, int]:
    """How many are paired in both arms together, and in the smaller, as the edition shows them."""
    each = [material.count("arm_items", arm=arm, item=q.id) for arm in names]
    return sum(each), min(each)


def _change(result: paired.PairedT) -> tuple[int, float | None, float | None]:
    return result.n, result.change.estimate, result.sd_change


def _between_arms(
    book: Book, q: _Asked, pairs: list[_Pairs], both: list[paired.PairedT], test, p_adjusted, shown: tuple[int, int]
) -> None:
    """Difference of the changes, and of the end means at equal start values; positive where the first arm rose more."""
    treated, control = both
    behind = {"answered": shown[0], "least": shown[1], "item": q.id}
    difference = comparison.difference_of_changes(*_change(treated), *_change(control))
    size = comparison.hedges_g(*_change(treated), *_change(control))
    tested = {}
    if test is not None:
        tested = {"p": test.p, "p_adjusted": p_adjusted, "statistic": test.statistic, "df": test.df}
        tested |= {"method": f"{difference.method}; {'Holm' if q.primary else 'Benjamini-Hochberg'}"}
        tested |= _effect(size, "hedges_g")
    else:
        difference = Estimate(difference.estimate, None, None, difference.n, difference.method, note="too_few_pairs")
    book.statistic("arms", "difference_of_changes", difference, **behind, **tested)
    if test is not None:
        adjusted = _adjusted_for_start(*pairs)
        book.statistic("arms", "adjusted_difference", adjusted, **behind)


def _adjusted_for_start(treated: _Pairs, control: _Pairs) -> Estimate:
    def every(side: str) -> np.ndarray:
        return np.concatenate([np.repeat(getattr(arm, side), arm.count) for arm in (treated, control)])

    arm = np.repeat([True, False], [treated.n, control.n])
    return comparison.adjusted_difference(every("post"), arm, pd.DataFrame({"start": every("pre")}))


# --- parts ---


def parts(rows: pd.DataFrame, reader: Reader) -> list[Part]:
    """The report's parts: who answered and who did not, results, items, terms, scales, feedback, arms, cautions."""
    makers = (
        *(_answered_part, _attrition_part, _results_part, _items_part, _primary_part, _transitions_part),
        *(_terms_part, _scales_part, _feedback_part, _arms_part, _cautions_part),
    )
    return [part for make in makers if (part := make(rows, reader)) is not None]


def _of(rows: pd.DataFrame, column: str = "estimate", **where: str) -> Callable[[pd.Series], Value]:
    """A reader of another result about the same item."""

    def read(row: pd.Series) -> Value:
        return value(rows, column, scope=row["scope"], item=row["item"], **where)

    return read


def _source(reader: Reader) -> str:
    return reader.source("start_survey", "end_survey")


def _range(reader: Reader, row: pd.Series) -> str:
    return text.interval(reader.decimal(row["lower"]), reader.decimal(row["upper"]))


def _signed(reader: Reader, number: float | None) -> str:
    """A change with its sign."""
    shown = reader.decimal(number)
    return f"+{shown}" if pd.notna(number) and number > 0 and float(number) >= 0.005 else shown


def _p(reader: Reader, p: float | None) -> str:
    shown = text.p_value(None if pd.isna(p) else float(p), reader.language)
    return f"p{NBSP}{shown}" if shown.startswith("<") else f"p{NBSP}={NBSP}{shown}"


def _question(reader: Reader, item: str) -> str:
    """The wording, with a mark where a lower answer is the better one."""
    lower = any(i.id == item and i.direction == "lower" for i in reader.study.survey.items)
    question = reader.question(item)
    return reader.say("survey.lower_better", question=question) if lower else question


def _is_primary(reader: Reader, item: str) -> bool:
    survey = reader.study.survey
    return any(q.id == item and q.primary for q in (*survey.items, *survey.scales))


# --- parts: who answered ---


def _answered_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    responses = pick(rows, table="responses")
    if responses.empty:
        return None
    here = pick(responses, scope=ALL).set_index("measure")
    words = {step: reader.number(here.loc[step, "count"]) for step in STEPS}
    words |= {f"{step}_share": reader.percent(here.loc[step, "estimate"]) for step in ("start", "end", "both")}
    asked, everybody = (value(responses, "count", scope=ALL, measure=step) for step in ("asked_at_end", "participants"))
    end = "everyone" if asked is not None and asked == everybody else "end"
    sentences = [reader.say(f"survey.answered.{key}", **words) for key in ("start", end, "pairs")]
    steps = flow_steps(rows, lambda step: reader.say(f"survey.step.{step}"))
    caption = reader.say("survey.answered.flow")
    source = reader.source("participants", "start_survey", "end_survey")
    blocks: list[Table | Figure] = [
        figures.flow("survey-flow", caption, steps, language=reader.language, source=source)
    ]
    if responses["scope"].nunique() > 1:
        blocks.append(_responses_by_term(responses, reader, source))
    return Part("survey-answered", reader.say("survey.heading.answered"), sentences, blocks)


def _responses_by_term(responses: pd.DataFrame, reader: Reader, source: str) -> Table:
    def step(measure: str, column: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(responses, column, scope=row["scope"], measure=measure)

    def share(measure: str) -> tuple[Column, Callable[[pd.Series], Value]]:
        label = reader.say("survey.column.share", step=reader.say(f"survey.step.{measure}"))
        return Column(label, "percent"), step(measure, "estimate")

    columns = [(Column(reader.by("term")), lambda row: reader.scope(row["scope"]))]
    for measure in STEPS:
        columns.append((Column(reader.say(f"survey.step.{measure}"), "integer"), step(measure, "count")))
        columns += [share(measure)] if measure in ("start", "end", "both") else []
    lines = pick(responses, measure="participants")
    caption = reader.say("survey.answered.by_term")
    notes = [reader.say("survey.answered.shares")]
    return reader.table("survey-responses", caption, lines, columns, source=source, notes=notes)


def _attrition_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    attrition = pick(rows, table="attrition")
    if attrition.empty:
        return None
    heading = reader.say("survey.heading.attrition")
    if value(attrition, by=TOTAL, measure="both") == 1:
        return Part("survey-attrition", heading, [reader.say("survey.attrition.nobody")])
    differences = pick(attrition, measure="standardised_difference")
    clear = differences[(differences["lower"] > 0) | (differences["upper"] < 0)]
    clear = clear[(clear["estimate"].abs() >= NOTABLE) & (clear["answered"] >= LARGE)].sort_values(
        "estimate", kind="stable"
    )
    missing, present = clear[clear["estimate"] < 0], clear[clear["estimate"] > 0].iloc[::-1]
    sentences = [
        reader.say(f"survey.attrition.{key}", groups="; ".join(_difference(reader, row) for _, row in some.iterrows()))
        for key, some in (("missing", missing), ("present", present))
        if len(some)
    ]
    sentences = sentences or [reader.say("survey.attrition.alike")]
    if len(clear):
        sentences.append(reader.say("survey.attrition.selected"))
    sentences.append(reader.say("survey.attrition.how", limit=reader.decimal(NOTABLE, 1), n=reader.number(LARGE)))
    blocks = [_attrition_table(attrition, differences, reader)]
    tests = pick(attrition, measure="attrition_test")
    if len(tests):
        blocks.append(_attrition_test_table(tests, reader))
    return Part("survey-attrition", heading, sentences, blocks)


def _difference(reader: Reader, row: pd.Series) -> str:
    words = {"by": reader.by(row["by"]).lower(), "group": reader.group(row["by"], row["group"])}
    return reader.say(
        "survey.attrition.difference", **words, d=_signed(reader, row["estimate"]), interval=_range(reader, row)
    )


def _attrition_table(attrition: pd.DataFrame, differences: pd.DataFrame, reader: Reader) -> Table:
    def count(measure: str) -> Callable[[pd.Series], Value]:
        return lambda row: value(attrition, "count", by=row["by"], group=row["group"], measure=measure)

    columns = [
        (Column(reader.say("survey.column.background")), lambda row: reader.by(row["by"])),
        (Column(reader.say("column.group")), lambda row: reader.group(row["by"], row["group"])),
        *((Column(reader.say(f"survey.who.{measure}"), "integer"), count(measure)) for measure in ANSWERED),
        (Column(reader.say("survey.column.d"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
    ]
    caption = reader.say("survey.attrition.table")
    source = reader.source("participants", "start_survey", "end_survey")
    rounded = (attrition["status"] == ROUNDED).any()
    notes = [reader.say("survey.attrition.rounded")] if rounded else []
    return reader.table("survey-attrition-table", caption, differences, columns, source=source, notes=notes)


def _attrition_test_table(tests: pd.DataFrame, reader: Reader) -> Table:
    columns = [
        (Column(reader.say("survey.column.background")), lambda row: reader.by(row["by"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.v"), "decimal", 2), number("effect")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("effect_lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("effect_upper")),
        (Column("p", "p"), number("p")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
    ]
    caption = reader.say("survey.attrition.tests")
    notes = [reader.say("survey.attrition.tests_how")]
    return reader.table("survey-attrition-tests", caption, tests, columns, notes=notes)


# --- parts: results ---


def _results_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    effects = pick(rows, table="item", measure="rank_biserial", scope=ALL)
    if effects.empty:
        return None
    summary, basis = _conclusions(rows, effects, reader)
    sentences = [*summary, *basis]
    if (pick(rows, table="item", measure="improved")["status"] == ROUNDED).any():
        sentences = [*sentences, reader.say("survey.results.rounded")]
    items = list(effects["item"])
    labels = [_question(reader, item) for item in items]
    moved = {m: pick(rows, table="item", measure=m).set_index("item")["count"] for m in ("improved", "same", "worse")}
    counts = {m: [given(found[item]) for item in items] for m, found in moved.items()}
    common = {"language": reader.language, "source": _source(reader)}
    blocks: list[Table | Figure] = [
        figures.change(
            "survey-change",
            reader.say("survey.results.change"),
            labels,
            unit=reader.say("figure.unit.pairs"),
            **counts,
            **common,
        ),
        figures.forest(
            "survey-effects",
            reader.say("survey.results.effects"),
            labels,
            plain(effects["estimate"]),
            plain(effects["lower"]),
            plain(effects["upper"]),
            n=[given(n) for n in effects["answered"]],
            reference=0.0,
            reference_label=reader.say("survey.results.no_change"),
            kind="decimal",
            unit=reader.say("figure.unit.rank_biserial"),
            **common,
        ),
    ]
    return Part("survey-results", reader.say("survey.heading.results"), sentences, blocks, summary=summary)


def _conclusions(rows: pd.DataFrame, effects: pd.DataFrame, reader: Reader) -> tuple[list[str], list[str]]:
    """What may be concluded, then what it rests on: the primary items that changed and did not; each of them."""
    primary = effects[[_is_primary(reader, item) for item in effects["item"]]]
    if primary.empty:
        return [reader.say("survey.results.no_primary")], [reader.say("survey.results.effect")]
    found = {
        row["item"]: concluded(*(number(c)(row) for c in ("estimate", "p_adjusted"))) for _, row in primary.iterrows()
    }
    total = reader.number(value(rows, table="summary", measure="primary"))
    sentences = []
    for direction in ("improved", "worse", "unclear"):
        named = [reader.say("survey.quoted", question=reader.question(i)) for i, d in found.items() if d == direction]
        count = value(rows, table="summary", measure=f"primary_{direction}")
        if named and count != value(rows, table="summary", measure="primary"):
            words = {"n": count, "total": total, "items": text.listing(named, reader.language)}
            sentences.append(reader.say(f"survey.results.{direction}", **words))
        elif named:
            sentences.append(reader.say(f"survey.results.all_{direction}", total=total))
    sentences += _largest(effects, reader)
    details = [_detail(rows, item, direction, reader) for item, direction in found.items()]
    return sentences, [reader.say("survey.results.basis"), *details, reader.say("survey.results.effect")]


def _largest(effects: pd.DataFrame, reader: Reader) -> list[str]:
    """The question or scale that changed most, of those whose interval does not hold zero."""
    clear = effects[((effects["lower"] > 0) | (effects["upper"] < 0)).fillna(False)]
    if clear.empty:
        return [reader.say("survey.results.largest_none")]
    row = clear.loc[clear["estimate"].abs().idxmax()]
    words = {"question": reader.question(row["item"]), "effect": _signed(reader, row["estimate"])}
    key = "largest_better" if row["estimate"] > 0 else "largest_worse"
    return [reader.say(f"survey.results.{key}", interval=_range(reader, row), **words)]


def _detail(rows: pd.DataFrame, item: str, direction: str, reader: Reader) -> str:
    """One primary item in a sentence: who moved which way, the means, the change and what it means."""
    here = pick(rows, table="item", item=item, scope=ALL).set_index("measure")
    question = _question(reader, item)
    change, rank = here.loc["mean_change"], here.loc["rank_biserial"]
    if pd.isna(rank["p_adjusted"]) or pd.isna(change["lower"]):
        return reader.say("survey.results.too_few", question=question)
    return reader.say(
        f"survey.results.item_{direction}",
        question=question,
        n=reader.number(here.loc["paired", "count"]),
        improved=reader.percent(here.loc["improved", "estimate"]),
        worse=reader.percent(here.loc["worse", "estimate"]),
        start=reader.decimal(here.loc["mean_start", "estimate"]),
        end=reader.decimal(here.loc["mean_end", "estimate"]),
        change=_signed(reader, change["estimate"]),
        interval=_range(reader, change),
        p=_p(reader, rank["p_adjusted"]),
    )


def _items_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    items = pick(rows, table="item", scope=ALL)
    changes = pick(items, measure="mean_change")
    if changes.empty:
        return None
    blocks = [_main_table(items, changes, reader), _companion_table(items, changes, reader)]
    blocks.append(_answer_table(items, reader))
    return Part("survey-items", reader.say("survey.heading.items"), [reader.say("survey.items.how")], blocks)


def _named(reader: Reader) -> tuple[Column, Callable[[pd.Series], Value]]:
    def read(row: pd.Series) -> str:
        question = _question(reader, row["item"])
        return reader.say("survey.primary", question=question) if _is_primary(reader, row["item"]) else question

    return Column(reader.say("survey.column.item")), read


def _main_table(items: pd.DataFrame, changes: pd.DataFrame, reader: Reader) -> Table:
    columns = [
        _named(reader),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.start"), "decimal", 2), _of(items, measure="mean_start")),
        (Column(reader.say("survey.column.end"), "decimal", 2), _of(items, measure="mean_end")),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), _of(items, "p", measure="rank_biserial")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), _of(items, "p_adjusted", measure="rank_biserial")),
        (Column(reader.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    notes = [reader.say(f"survey.items.{key}") for key in ("p", "families")]
    caption = reader.say("survey.items.table")
    return reader.table("survey-items-table", caption, changes, columns, source=_source(reader), notes=notes)


def _companion_table(items: pd.DataFrame, changes: pd.DataFrame, reader: Reader) -> Table:
    agree = {column: _of(items, column, measure="agree_change") for column in ("estimate", "lower", "upper", "p")}
    columns = [
        _named(reader),
        (Column(reader.say("survey.column.superiority"), "percent"), _of(items, measure="superiority")),
        (
            Column(reader.say("column.lower"), "percent", span=reader.say("column.interval")),
            _of(items, "lower", measure="superiority"),
        ),
        (Column(reader.say("column.upper"), "percent"), _of(items, "upper", measure="superiority")),
        (Column(reader.say("survey.column.homogeneity"), "p"), _of(items, "p", measure="marginal_homogeneity")),
        (Column(reader.say("survey.column.agree_change"), "points"), agree["estimate"]),
        (Column(reader.say("column.lower"), "points", span=reader.say("column.interval")), agree["lower"]),
        (Column(reader.say("column.upper"), "points"), agree["upper"]),
        (Column(reader.say("survey.column.mcnemar"), "p"), agree["p"]),
    ]
    caption = reader.say("survey.items.companions")
    notes = [reader.say("survey.items.companions_how")]
    return reader.table("survey-companions", caption, changes, columns, source=_source(reader), notes=notes)


def _answer_table(items: pd.DataFrame, reader: Reader) -> Table:
    measures = ("start_only", "end_only", "cannot_say_start", "cannot_say_end")
    columns = [
        _named(reader),
        (Column(reader.say("survey.who.both"), "integer"), number("count")),
        *((Column(reader.say(f"survey.who.{m}"), "integer"), _of(items, "count", measure=m)) for m in measures),
    ]
    caption = reader.say("survey.items.answers")
    lines = pick(items, measure="paired")
    return reader.table("survey-item-answers", caption, lines, columns, source=_source(reader))


# --- parts: from answer to answer, and by term ---


def _primary_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    return _crossed(rows, reader, "survey-primary", True)


def _transitions_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    return _crossed(rows, reader, "survey-transitions", False)


def _crossed(rows: pd.DataFrame, reader: Reader, id: str, primary: bool) -> Part | None:
    transition = pick(rows, table="transition")
    items = [item for item in dict.fromkeys(transition["item"]) if _is_primary(reader, item) is primary]
    if not items:
        return None
    heading = reader.say(f"survey.heading.{id.removeprefix('survey-')}")
    pictures = _flows(transition, items, reader) if primary else []
    tables = [_transition_table(pick(transition, item=item), item, reader) for item in items]
    return Part(id, heading, [reader.say("survey.transitions.how")], [*pictures, *tables], level=3)


def _flows(transition: pd.DataFrame, items: list[str], reader: Reader) -> list[Figure]:
    """How answers flowed from the start to the end: one figure for each set of answers."""
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in items:
        answers = dict.fromkeys(pick(transition, item=item)["group"])
        sets.setdefault(tuple(_answer(reader, item, answer) for answer in answers), []).append(item)
    return [
        figures.likert_flow(
            f"survey-likert-{place}",
            reader.say("survey.transitions.figure"),
            [_question(reader, item) for item in those],
            list(steps),
            [_square(pick(transition, item=item)) for item in those],
            language=reader.language,
            source=_source(reader),
        )
        for place, (steps, those) in enumerate(sets.items(), start=1)
    ]


def _square(cells: pd.DataFrame) -> list[list[int]]:
    """Counts of persons by answer at the start (rows) and at the end (columns)."""
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    return [[int(found[a, b]) for b in answers] for a in answers]


def _transition_table(cells: pd.DataFrame, item: str, reader: Reader) -> Table:
    answers = list(dict.fromkeys(cells["group"]))
    found = cells.set_index(["group", "group2"])["count"]
    lines = [[_answer(reader, item, a), *(given(found[a, b]) for b in answers)] for a in answers]
    columns = [Column(reader.say("survey.transitions.corner"))]
    columns += [Column(_answer(reader, item, b), "integer") for b in answers]
    caption = reader.say("survey.transitions.caption", question=reader.question(item))
    return Table(f"survey-pairs-{item}", caption, columns, lines, reader.language, [], _source(reader))


def _answer(reader: Reader, item: str, answer: str) -> str:
    """An answer in words, after its number, where the study file names it."""
    names = reader.study.survey.labels.get(reader.study.item(item).labels, [])
    return next((f"{answer} {code.name(reader.language)}" for code in names if code.id == answer), answer)


def _terms_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    changes = pick(rows, table="item", measure="mean_change")
    by_term = changes[changes["scope"] != ALL]
    if by_term.empty:
        return None
    chosen = by_term[[_is_primary(reader, item) for item in by_term["item"]]]
    chosen = (by_term if chosen.empty else chosen).sort_values("item", kind="stable", key=lambda c: c.map(_order(c)))
    items = pick(rows, table="item")
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.by("term")), lambda row: reader.scope(row["scope"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column(reader.say("survey.column.effect"), "decimal", 2), _of(items, measure="rank_biserial")),
    ]
    caption = reader.say("survey.terms.table")
    table = reader.table("survey-terms-table", caption, chosen, columns, source=_source(reader))
    return Part("survey-terms", reader.say("survey.heading.terms"), [reader.say("survey.terms.how")], [table])


def _order(items: pd.Series) -> dict[str, int]:
    return {item: place for place, item in enumerate(dict.fromkeys(items))}


# --- parts: scales, feedback, arms, cautions ---


def _scales_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    reliability = pick(rows, table="scale_reliability")
    if reliability.empty:
        return None
    alphas = pick(reliability, measure="alpha")
    sentences = [reader.say("survey.scales.how", limit=reader.decimal(RELIABLE))]
    for _, row in alphas.dropna(subset=["estimate"]).iterrows():
        enough = "enough" if row["estimate"] >= RELIABLE else "short"
        words = {"scale": reader.question(row["item"]), "alpha": reader.decimal(row["estimate"])}
        change = value(reliability, measure="detectable_change", item=row["item"])
        words |= {"interval": _range(reader, row), "change": reader.decimal(change, 1)}
        sentences.append(reader.say(f"survey.scales.{enough}", **words))
    columns = [
        (Column(reader.say("survey.column.scale")), lambda row: reader.question(row["item"])),
        (Column("n", "integer"), number("answered")),
        (Column(reader.say("survey.column.alpha"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        *(
            (Column(reader.say(f"survey.column.{m}"), "decimal", 2), _of(reliability, measure=m))
            for m in ("omega", "standard_error", "detectable_change")
        ),
    ]
    caption = reader.say("survey.scales.table")
    table = reader.table("survey-scales-table", caption, alphas, columns, source=reader.source("start_survey"))
    return Part("survey-scales", reader.say("survey.heading.scales"), sentences, [table])


def _feedback_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    feedback = pick(rows, table="feedback")
    if feedback.empty:
        return None
    agree = pick(feedback, measure="agree").dropna(subset=["estimate"]).sort_values("estimate", kind="stable")
    chosen = {"most": agree.iloc[-1:], "least": agree.iloc[: min(1, len(agree) - 1)]} if len(agree) else {}
    sentences = [_agree_sentence(reader, key, row) for key, some in chosen.items() for _, row in some.iterrows()]
    means = pick(feedback, measure="mean_end")
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.say("column.answered"), "integer"), number("answered")),
        (Column(reader.say("column.response_rate"), "percent"), number("response_rate")),
        (Column(reader.say("survey.column.agree"), "percent"), _of(feedback, measure="agree")),
        *(
            (Column(reader.say(f"column.{c}"), "percent"), _of(feedback, c, measure="agree"))
            for c in ("lower", "upper", "bound_lower", "bound_upper")
        ),
        (Column(reader.say("survey.column.mean"), "decimal", 2), number("estimate")),
        (Column(reader.say("survey.who.cannot_say_end"), "integer"), _of(feedback, "count", measure="cannot_say_end")),
    ]
    caption, notes = reader.say("survey.feedback.table"), [reader.say("survey.feedback.bounds")]
    source = reader.source("end_survey")
    table = reader.table("survey-feedback-table", caption, means, columns, source=source, notes=notes)
    blocks = [*_distributions(feedback, reader, source), table]
    return Part("survey-feedback", reader.say("survey.heading.feedback"), sentences, blocks)


def _agree_sentence(reader: Reader, key: str, row: pd.Series) -> str:
    return reader.say(
        f"survey.feedback.{key}",
        question=reader.question(row["item"]),
        share=reader.percent(row["estimate"]),
        count=reader.number(row["count"]),
        answered=reader.number(row["answered"]),
        interval=text.interval(reader.percent(row["lower"]), reader.percent(row["upper"])),
    )


def _distributions(feedback: pd.DataFrame, reader: Reader, source: str) -> list[Figure]:
    """One figure for each set of answers: items that share their labels and steps stand in the same one."""
    answers = pick(feedback, measure="answers")
    sets: dict[tuple[str, ...], list[str]] = {}
    for item in dict.fromkeys(answers["item"]):
        steps = tuple(_answer(reader, item, answer) for answer in pick(answers, item=item)["group"])
        sets.setdefault(steps, []).append(item)
    return [
        figures.distribution(
            f"survey-feedback-{place}",
            reader.say("survey.feedback.figure"),
            [_question(reader, item) for item in items],
            list(steps),
            [[given(c) for c in pick(answers, item=item)["count"]] for item in items],
            language=reader.language,
            source=source,
        )
        for place, (steps, items) in enumerate(sets.items(), start=1)
    ]


def _arms_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    arms = pick(rows, table="arms")
    compared = reader.study.comparison
    if arms.empty or compared is None:
        return None
    differences = pick(arms, measure="difference_of_changes")
    names = {arm: reader.group("arm", arm) for arm in (compared.treated, compared.control)}
    sentences = [_arm_sentence(reader, arms, row, names) for _, row in differences.iterrows()]
    changes = pick(arms, measure="mean_change")
    change_columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.by("arm")), lambda row: names[row["group"]]),
        (Column("n", "integer"), number("answered")),
        (
            Column(reader.say("survey.column.start"), "decimal", 2),
            lambda row: value(arms, measure="mean_start", item=row["item"], group=row["group"]),
        ),
        (
            Column(reader.say("survey.column.end"), "decimal", 2),
            lambda row: value(arms, measure="mean_end", item=row["item"], group=row["group"]),
        ),
        (Column(reader.say("survey.column.change"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
    ]
    by_arm = reader.table(
        "survey-arm-changes", reader.say("survey.arms.changes"), changes, change_columns, source=_source(reader)
    )
    blocks = [by_arm, _difference_table(arms, differences, reader)]
    return Part(
        "survey-arms", reader.say("survey.heading.arms"), sentences, blocks, [reader.say("survey.arms.caution")]
    )


def _arm_sentence(reader: Reader, arms: pd.DataFrame, row: pd.Series, names: dict[str, str]) -> str:
    question = _question(reader, row["item"])
    if pd.isna(row["lower"]) or pd.isna(row["p_adjusted"]):
        return reader.say("survey.arms.too_few", question=question)
    treated, control = names
    kind = "clear" if row["p_adjusted"] < LEVEL else "unclear"
    return reader.say(
        f"survey.arms.{kind}",
        question=question,
        treated=names[treated],
        control=names[control],
        change1=_signed(reader, value(arms, measure="mean_change", item=row["item"], group=treated)),
        change2=_signed(reader, value(arms, measure="mean_change", item=row["item"], group=control)),
        difference=_signed(reader, row["estimate"]),
        interval=_range(reader, row),
        p=_p(reader, row["p_adjusted"]),
    )


def _difference_table(arms: pd.DataFrame, differences: pd.DataFrame, reader: Reader) -> Table:
    adjusted = {c: _of(arms, c, measure="adjusted_difference") for c in ("estimate", "lower", "upper")}
    columns = [
        (Column(reader.say("survey.column.item")), lambda row: _question(reader, row["item"])),
        (Column(reader.say("survey.column.difference"), "decimal", 2), number("estimate")),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), number("lower")),
        (Column(reader.say("column.upper"), "decimal", 2), number("upper")),
        (Column("p", "p"), number("p")),
        (Column(reader.say("survey.column.p_adjusted"), "p"), number("p_adjusted")),
        (Column(reader.say("survey.column.g"), "decimal", 2), number("effect")),
        (Column(reader.say("survey.column.adjusted"), "decimal", 2), adjusted["estimate"]),
        (Column(reader.say("column.lower"), "decimal", 2, span=reader.say("column.interval")), adjusted["lower"]),
        (Column(reader.say("column.upper"), "decimal", 2), adjusted["upper"]),
    ]
    caption = reader.say("survey.arms.differences")
    return reader.table("survey-arm-differences", caption, differences, columns, source=_source(reader))


def _cautions_part(rows: pd.DataFrame, reader: Reader) -> Part | None:
    """What start and end surveys alone cannot show; only the cautions that apply."""
    if pick(rows, table="item").empty:
        return None
    compared = not pick(rows, table="arms").empty
    notes = [reader.say("survey.caution.compared" if compared else "survey.caution.alone")]
    both = pick(rows, table="responses", scope=ALL, measure="both")
    if len(both) and pd.notna(both["estimate"].iloc[0]) and both["estimate"].iloc[0] < 1:
        notes.append(reader.say("survey.caution.missing", share=reader.percent(both["estimate"].iloc[0])))
    notes += _cautions_of_items(pick(rows, table="caution"), reader)
    return Part("survey-cautions", reader.say("survey.heading.cautions"), [], [], notes)


def _cautions_of_items(cautions: pd.DataFrame, reader: Reader) -> list[str]:
    """Start means near an end, few pairs, and the change that could have been found."""
    detectable = pick(cautions, measure="detectable_change").dropna(subset=["estimate"])
    primary = detectable[[_is_primary(reader, item) for item in detectable["item"]]]
    found = {
        "near": pick(cautions, measure="regression_to_mean").dropna(subset=["estimate"]),
        "few": pick(cautions, measure="few_pairs"),
        "detectable": detectable if primary.empty else primary,
    }
    shown = {"near": "estimate", "few": "count", "detectable": "estimate"}
    notes = []
    for key, some in found.items():
        decimals = 0 if key == "few" else 2
        named = [
            f"{reader.question(row['item'])} ({reader.decimal(row[shown[key]], decimals)})"
            for _, row in some.iterrows()
        ]
        if named:
            power = reader.percent(scales.POWER, 0)
            notes.append(reader.say(f"survey.caution.{key}", items="; ".join(named), power=power))
    return notes
