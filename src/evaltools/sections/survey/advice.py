"""Advice for the next term: how many answers are needed for what is to be told of the main questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from evaltools import i18n
from evaltools.counts.breakdowns import ALL
from evaltools.report.document import Column, Part, Value
from evaltools.results.records import POSSIBLE, ROUNDED, ResultSet, pick, value
from evaltools.sections.material import Labels, Material, as_int, is_disclosed, within
from evaltools.sections.survey.published import Counts
from evaltools.sections.survey.wording import points_in_size, source, worded
from evaltools.statistics import net_change, power
from evaltools.statistics.clusters import Design

SOUGHT = 0.1  # net change that is to be found where the study file declares none
ASSUMED = 0.5  # share who change their answer, where too few have answered both to know
ENOUGH = 20  # pairs from which on the share who change is taken from them


class Ends(NamedTuple):
    """The least and the greatest that a number can be."""

    low: float
    high: float


def rows(
    material: Material,
    results: ResultSet,
    items: Sequence[str],
    moved: Mapping[str, Counts],
    designs: Mapping[str, Design | None],
) -> None:
    """Pairs needed to find a net change that matters, and to rule it out, in each question of the declared family.

    ``items`` are the family, ``moved`` what is published of their pairs. All of it is a function of published counts.
    """
    if "responses" not in material.counts or (results.protected and material.study.has_clusters):
        return  # nobody can be paired, or what groups of people do is not published
    margin = material.study.survey.no_relevant_change
    most = Ends(0, 0)
    for item in (i for i in items if i in moved):
        share, assumed = _share_moved(moved[item])
        wider = _wider(designs.get(item))
        found = pairs_needed(moved[item], margin or SOUGHT, len(items), wider=wider)
        most = Ends(*map(max, most, found))
        _amount(results, "share_moved", share, unit="share", item=item, note="assumed" if assumed else "")
        _amount(results, "pairs_needed", found, item=item, method="power, McNemar")
        if margin is not None:
            rule_out = pairs_needed(moved[item], margin, len(items), power.pairs_to_rule_out, wider)
            _amount(results, "pairs_to_rule_out", rule_out, item=item, method="power, equivalence")
    rate = _rate_of_both(material, results)
    if rate is not None and most.high:
        _amount(results, "rate_of_both", rate, unit="share")
        _amount(results, "asked_needed", Ends(math.ceil(most.low / rate.high), math.ceil(most.high / rate.low)))


def pairs_needed(
    counts: Counts,
    change: float,
    family: int,
    needed: Callable[..., int] = power.pairs_needed,
    wider: float = 1.0,
) -> Ends:
    """How many pairs it takes to find a net change, or to rule it out, by the share who have changed so far.

    Parameters
    ----------
    counts : pairs that got better, stayed and got worse
    change : net change, a share
    family : questions that are judged together (Bonferroni, on the safe side of Holm)
    needed : `power.pairs_needed` or `power.pairs_to_rule_out`
    wider : design effect of groups
    """
    alpha = net_change.LEVEL / max(family, 1)
    return Ends(*(math.ceil(needed(change, end, alpha=alpha) * wider) for end in _share_moved(counts)[0]))


def _amount(results: ResultSet, measure: str, ends: Ends, **rest: Any) -> None:
    """A number, or between which two it lies."""
    if ends.low == ends.high:
        results.amount("advice", measure, float(ends.low), **rest)
        return
    rest |= dict(zip(POSSIBLE, map(float, ends), strict=True))
    results.amount("advice", measure, None, status=ROUNDED, **rest)


def _share_moved(counts: Counts) -> tuple[Ends, bool]:
    """The least and the greatest share of pairs that can have changed, and whether it may be assumed for want of
    pairs."""
    few, many = (sum(getattr(span, end) for span in counts) < ENOUGH for end in ("low", "high"))
    corners = product(*((span.low, span.high) for span in counts)) if not many else ()
    shares = [(better + worse) / (better + same + worse) for better, same, worse in corners if better + same + worse]
    shares += [ASSUMED] if few else []
    return Ends(min(shares), max(shares)), few


def _wider(design: Design | None) -> float:
    return 1.0 if design is None or not design.is_known else design.effect


def _rate_of_both(material: Material, results: ResultSet) -> Ends | None:
    """The share of those who could answer both surveys who did; None where it is not known, or may be nobody."""
    if "responses" not in material.counts:
        return None
    step = pick(material.counts["responses"], scope=ALL, step="both").iloc[0]
    if not is_disclosed(step["count"], step["total"]):
        return None
    counts = [as_int(step["count"]), as_int(step["total"])]
    both, asked = results.spans(counts, within(step, "count", "total"))
    if not both.low or not asked.low:
        return None
    return Ends(min(both.low / asked.high, 1.0), min(both.high / asked.low, 1.0))


def part(rows: pd.DataFrame, labels: Labels) -> Part | None:
    """How many must answer both surveys, question by question, and how many must be asked for that."""
    advice = pick(rows, table="advice")
    needed = pick(advice, measure="pairs_needed")
    if needed.empty:
        return None
    pairs = pick(rows, table="item", measure="paired", scope=ALL).set_index("item")
    paired, surely = pairs["count"], pairs["possible_lower"].fillna(pairs["count"])
    margin = labels.study.survey.no_relevant_change
    words = {"change": points_in_size(labels, margin or SOUGHT), "power": labels.percent(power.POWER, 0)}
    short = [row for _, row in needed.iterrows() if not _enough(surely.get(row["item"]), row)]
    said = [_needed(labels, row, paired) for row in short]

    def at(measure: str, row: pd.Series) -> pd.Series:
        return pick(advice, measure=measure, item=row["item"]).iloc[0]

    key = "needed" if short else "enough"
    sentences = [labels.say(f"survey.advice.{key}", items=i18n.listing(said, labels.language), **words)]
    asked, rate = (pick(advice, measure=measure) for measure in ("asked_needed", "rate_of_both"))
    if len(asked) and short and value(rate) != 1:
        words = {"rate": _share(rate.iloc[0], labels), "asked": _number(asked.iloc[0], labels)}
        sentences.append(labels.say("survey.advice.asked", **words))
    columns = [
        (Column(labels.say("survey.column.item")), lambda row: worded(labels, row["item"])),
        (Column(labels.say("survey.advice.now"), "integer"), lambda row: paired.get(row["item"])),
        (Column(labels.say("survey.advice.share"), "percent"), lambda row: _share(at("share_moved", row), labels)),
        (Column(labels.say("survey.advice.pairs"), "integer"), lambda row: _whole(row, labels)),
    ]
    if margin is not None:
        column = Column(labels.say("survey.advice.rule_out"), "integer")
        columns.append((column, lambda row: _whole(at("pairs_to_rule_out", row), labels)))
    notes = [labels.say("survey.advice.how", n=len(needed), **words)]
    if (pick(advice, measure="share_moved")["note"] == "assumed").any():
        notes.append(labels.say("survey.advice.assumed", n=labels.number(ENOUGH), share=labels.percent(ASSUMED, 0)))
    caption = labels.say("survey.advice.caption")
    table = labels.table("survey-advice-table", caption, needed, columns, source=source(labels), notes=notes)
    return Part("survey-advice", labels.say("survey.heading.advice"), sentences, [table])


def _enough(pairs: float | None, row: pd.Series) -> bool:
    most = row["estimate"] if pd.notna(row["estimate"]) else row["possible_upper"]
    return pairs is not None and pd.notna(pairs) and pairs >= most


def _whole(row: pd.Series, labels: Labels) -> Value:
    """A number of persons for a table; between which two it lies, where it is not known."""
    return float(row["estimate"]) if pd.notna(row["estimate"]) else _number(row, labels)


def _number(row: pd.Series, labels: Labels) -> str:
    if pd.notna(row["estimate"]):
        return labels.number(row["estimate"])
    low, high = (labels.number(row[end]) for end in POSSIBLE)
    return i18n.interval(low, high, labels.language)


def _share(row: pd.Series, labels: Labels) -> str:
    if pd.notna(row["estimate"]):
        return labels.percent(row["estimate"], 0)
    return labels.share_interval(*(row[end] for end in POSSIBLE))


def _needed(labels: Labels, row: pd.Series, paired: pd.Series) -> str:
    question = labels.say("survey.quoted", question=labels.question(row["item"]))
    now = paired.get(row["item"])
    words = {"question": question, "needed": _number(row, labels)}
    if now is None or pd.isna(now):
        return labels.say("survey.advice.one", **words)
    return labels.say("survey.advice.one_of", now=labels.number(now), **words)
