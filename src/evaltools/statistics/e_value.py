"""How strong an unseen difference would have to be to explain an observed one away (the E-value)."""

from __future__ import annotations

import math


def e_value(ratio: float) -> float:
    """The least risk ratio that something unseen must have with both group and outcome to make a ratio of rates 1.

    ``r + sqrt(r (r - 1))`` of the ratio, or of its inverse where it is below 1; infinite at 0.

    Raises ValueError for a negative ratio.

    References
    ----------
    VanderWeele & Ding (2017) Ann Intern Med 167:268.

    Examples
    --------
    >>> round(e_value(3.9), 2), round(e_value(0.5), 2), e_value(1.0)
    (7.26, 3.41, 1.0)
    """
    if ratio < 0:
        raise ValueError(f"a ratio of rates is not negative, got {ratio}")
    if ratio == 0 or math.isinf(ratio):
        return math.inf
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))


def e_value_of_limit(lower: float, upper: float) -> float:
    """The E-value of the limit nearest to 1: 1 where the interval of the ratio holds 1 and chance alone explains it.

    >>> round(e_value_of_limit(1.8, 8.7), 2), e_value_of_limit(0.9, 1.4)
    (3.0, 1.0)
    """
    if lower <= 1 <= upper:
        return 1.0
    return e_value(lower if lower > 1 else upper)
