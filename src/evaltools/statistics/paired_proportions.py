"""A paired yes/no table: McNemar's test and the difference of paired proportions with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy

from evaltools.statistics.effect_sizes import clip
from evaltools.statistics.paired_tables import counts, quantile
from evaltools.statistics.types import CONFIDENCE, Estimate


@dataclass(frozen=True, slots=True)
class McNemar:
    """McNemar's test; see ``mcnemar``. ``p`` is the one to report, the mid-p."""

    b: int
    c: int
    p: float
    p_exact: float
    p_mid: float
    chi2: float | None
    p_chi2: float
    p_chi2_cc: float
    method: str = "exact conditional mid-p"
    note: str = ""


def mcnemar(b: int, c: int) -> McNemar:
    """McNemar's test of equal paired proportions from the two discordant counts.

    Given b + c, b is Binomial(b + c, 1/2): exact p = ``P(|X - m| >= |b - m|)`` with m = (b + c) / 2, mid-p
    with half the weight on equality; chi2 = (b - c)^2 / (b + c), and with continuity correction ``|b - c| - 1``
    (0 where b = c).
    With b = c = 0 every p is 1 and chi2 None (``no_discordant_pairs``).

    References
    ----------
    McNemar (1947) Psychometrika 12:153; Fagerland, Lydersen, Laake (2013) BMC Med Res Methodol 13:91.

    Examples
    --------
    >>> mcnemar(1, 7).p_mid
    0.0390625
    """
    b, c = whole_counts(b, c)
    total, gap = b + c, abs(b - c)
    if total == 0:
        return McNemar(0, 0, 1.0, 1.0, 1.0, None, 1.0, 1.0, note="no_discordant_pairs")
    at_most = float(scipy.stats.binom.cdf(min(b, c), total, 0.5))
    fewer = float(scipy.stats.binom.cdf(min(b, c) - 1, total, 0.5))
    p_exact, p_mid = (1.0, 0.5 + fewer) if gap == 0 else (2 * at_most, at_most + fewer)
    chi2 = gap**2 / total
    corrected = max(gap - 1, 0) ** 2 / total
    p_chi2, p_cc = (float(scipy.stats.chi2.sf(value, 1)) for value in (chi2, corrected))
    return McNemar(b, c, p_mid, p_exact, p_mid, chi2, p_chi2, p_cc)


def whole_counts(*cells: int) -> list[int]:
    """Each as a whole number of at least 0; ValueError otherwise."""
    return [int(cell) for cell in counts(cells, "cells")]


def _wilson(x: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's interval of a proportion."""
    centre, reach = x + z * z / 2, z * math.sqrt(x * (n - x) / n + z * z / 4)
    return (centre - reach) / (n + z * z), (centre + reach) / (n + z * z)


def _newcombe(a: int, b: int, c: int, d: int, z: float) -> tuple[float, float]:
    """Newcombe's method 10 for (c - b) / n: squared-and-added Wilson limits, with their correlation."""
    n = a + b + c + d
    before, after = (a + b) / n, (a + c) / n
    (low_1, high_1), (low_2, high_2) = _wilson(a + b, n, z), _wilson(a + c, n, z)
    product = math.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    excess = float(a * d - b * c)
    excess = max(excess - n / 2, 0.0) if excess > 0 else excess
    phi = excess / product if product else 0.0

    def root(x: float, y: float) -> float:
        return math.sqrt(max(x * x - 2 * phi * x * y + y * y, 0.0))

    gap = after - before
    return gap - root(after - low_2, high_1 - before), gap + root(high_2 - after, before - low_1)


def _tango(b: int, c: int, n: int, z: float) -> tuple[float, float]:
    """Tango's score limits for (c - b) / n."""

    def score(delta: float) -> float:
        middle = -b - c + (2 * n - c + b) * delta
        root = math.sqrt(max(middle**2 + 8 * n * b * delta * (1 - delta), 0.0))
        share = max((root - middle) / (4 * n), 0.0)
        variance = max(n * (2 * share + delta * (1 - delta)), 0.0)
        gap = c - b - n * delta
        return gap / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, gap) if gap else 0.0

    def solve(target: float, end: float) -> float:
        start = (c - b) / n
        if start == end:
            return end
        inner = end * (1 - 1e-15)
        if (score(inner) - target) * (score(start) - target) > 0:
            return end
        return float(scipy.optimize.brentq(lambda delta: score(delta) - target, start, inner, xtol=1e-14))

    return solve(z, -1.0), solve(-z, 1.0)


def paired_difference(
    a: int, b: int, c: int, d: int, confidence: float = CONFIDENCE, method: str = "newcombe",
    direction: str = "after-before",
) -> Estimate:  # fmt: skip
    """Change of a paired proportion: share of yes after less share of yes before, (c - b) / n.

    The cells are those of ``dichotomise``: a yes both times, b yes before only, c yes after only, d neither.
    ``direction="before-after"`` gives (b - c) / n and the mirrored interval, the sign of most textbooks.

    Parameters
    ----------
    method : ``newcombe`` (square-and-add, method 10), ``tango`` (score), ``bonett-price`` (adjusted Wald)

    Returns
    -------
    Estimate with n = a + b + c + d; None with ``no_pairs``, and interval -1 to 1

    Raises
    ------
    ValueError : counts other than whole numbers of at least 0, or an unknown method or direction

    References
    ----------
    Newcombe (1998) Stat Med 17:2635; Tango (1998) Stat Med 17:891; Bonett, Price (2012) JEBS 37:479.

    Examples
    --------
    >>> round(paired_difference(20, 2, 12, 16).estimate, 3)
    0.2
    """
    if direction not in ("after-before", "before-after"):
        raise ValueError(f"direction must be 'after-before' or 'before-after', not {direction!r}")
    if method not in ("newcombe", "tango", "bonett-price"):
        raise ValueError(f"method must be 'newcombe', 'tango' or 'bonett-price', not {method!r}")
    z = quantile(confidence)
    a, b, c, d = whole_counts(a, b, c, d)
    if direction == "before-after":
        b, c = c, b
    n = a + b + c + d
    if n == 0:
        return Estimate(None, -1.0, 1.0, 0, method, note="no_pairs")
    if method == "newcombe":
        low, high = _newcombe(a, b, c, d, z)
    elif method == "tango":
        low, high = _tango(b, c, n, z)
    else:
        down, up = (b + 1) / (n + 2), (c + 1) / (n + 2)
        reach = z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
        low, high = up - down - reach, up - down + reach
    note = "no_discordant_pairs" if b + c == 0 else ""
    return Estimate((c - b) / n, clip(low, -1.0, 1.0), clip(high, -1.0, 1.0), n, method, note=note)
