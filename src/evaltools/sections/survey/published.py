"""The change of questions in a protected edition: what follows from published counts of better, same and worse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from evaltools.results.records import ResultSet
from evaltools.statistics import multiplicity, net_change
from evaltools.statistics.ranges import Span
from evaltools.statistics.types import Estimate

NOT_TOLD = "not_told"  # what is noted where the published counts leave open what would be concluded of the true ones

Counts = tuple[Span, Span, Span]  # better, same, worse
Family = Callable[[Sequence[float | None], Callable], list[float | None]]


def rows(
    results: ResultSet,
    named: Sequence[tuple[str, Counts]],
    fewest: int,
    family: Family,
    where: dict,
    judged: bool = True,
) -> None:
    """Net change of each question, and what may be concluded whatever the exact counts are.

    Parameters
    ----------
    named : questions with their published counts
    fewest : pairs below which a question is not tested
    family : judges p values by families of questions: takes them and a method of `multiplicity`
    judged : whether published counts decide at all: of persons in groups they do not
    """
    ends = [_p(counts, fewest) for _, counts in named]
    least, most = (family([p[end] for p in ends], multiplicity.adjust) for end in (0, 1))
    confidence = family([p[1] for p in ends], net_change.decided)
    level = net_change.LEVEL
    for place, (item, counts) in enumerate(named):
        low, high = least[place], most[place]
        decided = judged and low is not None and high is not None and (high < level or low >= level)
        rest = {"p_adjusted": high} if decided else {"note": NOT_TOLD}
        _row(results, item, counts, rest, confidence[place], ends[place][1], where)


def _p(counts: Counts, fewest: int) -> tuple[float | None, float | None]:
    """The least and the greatest p that a question can have; None where it is surely not tested."""
    if sum(span.high for span in counts) < fewest:
        return None, None
    if sum(span.low for span in counts) < fewest:
        return 0.0, 1.0
    corners = product(*({span.low, span.high} for span in counts))
    found = [net_change.net_change(*corner) for corner in corners]
    p = [change.p if change.p is not None else 1.0 for change in found]
    better, _, worse = counts
    either_way = better.low <= worse.high and worse.low <= better.high
    return min(p), 1.0 if either_way and not all(span.exact for span in counts) else max(p)


def _row(
    results: ResultSet,
    item: str,
    counts: Counts,
    rest: dict,
    confidence: float | None,
    p: float | None,
    where: dict,
) -> None:
    def change(*moved: int) -> Estimate:
        return net_change.net_change(*moved).estimate

    exact = all(span.exact for span in counts)
    if exact and rest.get("p_adjusted") is not None and confidence is not None and p is not None:
        better, same, worse = (span.low for span in counts)
        wide = net_change.net_change(better, same, worse, confidence).estimate
        lower, upper = results.limits(wide.lower, wide.upper)
        rest = rest | {"p": p, "effect": wide.estimate, "effect_lower": lower, "effect_upper": upper}
        rest["effect_measure"] = "net_change"
    results.derived("item", "net_change", change, *counts, item=item, unit="share", **where, **rest)
