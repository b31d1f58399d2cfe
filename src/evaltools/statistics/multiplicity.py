"""Adjusting the p values of one family of tests for having made several.

The family is what the caller passes: the declared primary items in one call, the remaining items in another. A
test that could not be made (p is None) is no member of the family and does not count towards its size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

METHODS = ("holm", "bh", "hochberg", "bonferroni", "by", "hommel")


def adjust(p: Sequence[float | None], method: str = "holm") -> list[float | None]:
    """Adjusted p values, in the order given.

    With the m members of the family sorted upwards, p(1) <= ... <= p(m), before capping at 1:

    - ``bonferroni``: m p(i)
    - ``holm``: max over j <= i of (m - j + 1) p(j); controls the family-wise error under any dependence
    - ``hochberg``: min over j >= i of (m - j + 1) p(j); family-wise, needs positive dependence
    - ``hommel``: the closed test built on Simes; family-wise, needs positive dependence, never above Hochberg
    - ``bh``: min over j >= i of m p(j) / j; false discovery rate, positive dependence
    - ``by``: ``bh`` times 1 + 1/2 + ... + 1/m; false discovery rate under any dependence

    Parameters
    ----------
    p : sequence of float or None, each in [0, 1]; None (or NaN) is left out of the family
    method : one of ``METHODS``; "fdr" is accepted for "bh", and case does not matter

    Returns
    -------
    list of float or None, as long as `p`, None where `p` has none

    Raises
    ------
    ValueError : unknown method, or a p outside [0, 1]

    References
    ----------
    Holm (1979) Scand J Stat 6:65; Hochberg (1988) Biometrika 75:800; Hommel (1988) Biometrika 75:383; Benjamini &
    Hochberg (1995) JRSS B 57:289; Benjamini & Yekutieli (2001) Ann Stat 29:1165. Same values as R ``p.adjust``.

    Examples
    --------
    >>> adjust([0.01, None, 0.04, 0.03], "holm")
    [0.03, None, 0.06, 0.06]
    """
    rule = _RULES.get("bh" if method.lower() == "fdr" else method.lower())
    if rule is None:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    tested = {i: float(value) for i, value in enumerate(p) if value is not None and not math.isnan(value)}
    outside = [value for value in tested.values() if not 0 <= value <= 1]
    if outside:
        raise ValueError(f"p values must lie in [0, 1], got {outside}")
    order = sorted(tested, key=lambda i: tested[i])
    result: list[float | None] = [None] * len(p)
    for i, value in zip(order, rule([tested[i] for i in order]), strict=True):
        result[i] = min(1.0, value)
    return result


def _step_up(values: Sequence[float]) -> list[float]:
    return list(accumulate(reversed(values), min))[::-1]


def _bonferroni(p: Sequence[float]) -> list[float]:
    return [len(p) * value for value in p]


def _holm(p: Sequence[float]) -> list[float]:
    return list(accumulate(((len(p) - i) * value for i, value in enumerate(p)), max))


def _hochberg(p: Sequence[float]) -> list[float]:
    return _step_up([(len(p) - i) * value for i, value in enumerate(p)])


def _benjamini_hochberg(p: Sequence[float]) -> list[float]:
    return _step_up([len(p) / (i + 1) * value for i, value in enumerate(p)])


def _benjamini_yekutieli(p: Sequence[float]) -> list[float]:
    harmonic = sum(1 / (i + 1) for i in range(len(p)))
    return _step_up([harmonic * len(p) / (i + 1) * value for i, value in enumerate(p)])


def _hommel(p: Sequence[float]) -> list[float]:
    """The largest Simes p over all intersections that hold the hypothesis, found size by size."""
    m = len(p)
    adjusted = [0.0] * m
    for size in range(1, m + 1):
        # the largest Simes p among intersections of this size that hold p(i): p(i) with the size - 1 largest
        rest = min((size * p[m - size + j] / (j + 1) for j in range(1, size)), default=math.inf)
        for i in range(m):
            adjusted[i] = max(adjusted[i], min(size * p[min(i, m - size)], rest))
    return adjusted


_RULES: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "holm": _holm,
    "bh": _benjamini_hochberg,
    "hochberg": _hochberg,
    "bonferroni": _bonferroni,
    "by": _benjamini_yekutieli,
    "hommel": _hommel,
}
