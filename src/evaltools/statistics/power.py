"""What a number of answers could have shown: smallest detectable changes and differences at a stated power."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable

import numpy as np
import scipy

from evaltools.statistics.types import Estimate

POWER = 0.8


ALPHA = 0.05


def minimum_detectable_difference_of_rates(
    n1: float,
    n2: float,
    p0: float,
    power: float = POWER,
    alpha: float = ALPHA,
    direction: str = "up",
) -> Estimate:
    """Smallest true difference p1 - p0 of two rates that a two-sided test would find with the given power.

    Solves ``z(1 - alpha/2) sqrt(p(1 - p)(1/n1 + 1/n2)) + z(power) sqrt(p1(1 - p1)/n1 + p0(1 - p0)/n2) = |p1 - p0|``
    with p the pooled rate ``(n1 p1 + n2 p0)/(n1 + n2)``.

    Parameters
    ----------
    n1 : persons in the group whose rate may differ
    n2 : persons in the group at rate `p0`; ``math.inf`` for a benchmark known without sampling error
    p0 : rate in the second group, or the benchmark
    power, alpha : wanted power and level of the two-sided test
    direction : "up" for a rate above `p0`, "down" for one below

    Returns
    -------
    Estimate : the signed difference, without interval; None with the note "nobody_answered" (an empty group) or
        "not_detectable" (even a rate of 100 % or 0 % would be missed too often)

    Raises
    ------
    ValueError : negative n, p0 outside [0, 1], unknown direction, or power not between alpha/2 and 1

    References
    ----------
    Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, ch. 4 (without continuity correction);
    with n1 = n2 the same as R ``power.prop.test``.

    Examples
    --------
    >>> round(minimum_detectable_difference_of_rates(100, 100, 0.5).estimate, 4)
    0.1932
    """
    _check_power(power, alpha, n1, n2)
    if not 0 <= p0 <= 1 or direction not in ("up", "down"):
        raise ValueError(f"p0 must lie in [0, 1] and direction be 'up' or 'down', got {p0} and {direction!r}")
    n = int(n1 if math.isinf(n2) else n1 + n2)
    method = "power, rates"
    if not n1 or not n2:
        return Estimate(None, None, None, n, method, note="nobody_answered")
    sign = 1 if direction == "up" else -1
    base = p0 if sign == 1 else 1 - p0  # a fall of a rate is a rise of its complement

    def shortfall(delta: float) -> float:
        p1 = base + delta
        pooled = base + delta / (1 + n2 / n1)
        null = math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
        real = math.sqrt(max(p1 * (1 - p1), 0.0) / n1 + base * (1 - base) / n2)
        return float(scipy.special.ndtri(1 - alpha / 2) * null + scipy.special.ndtri(power) * real - delta)

    delta = _root(shortfall, 1 - base)
    if delta is None:
        return Estimate(None, None, None, n, method, note="not_detectable")
    return Estimate(sign * delta, None, None, n, method)


def minimum_detectable_discordance(n: int, discordant: float, power: float = POWER, alpha: float = ALPHA) -> Estimate:
    """Smallest true paired difference of two proportions that McNemar's test would find with the given power.

    Solves ``z(1 - alpha/2) sqrt(q) + z(power) sqrt(q - D²) = D sqrt(n)`` for D, the share that changed to yes minus
    the share that changed to no, given the share q that changed either way.

    Parameters
    ----------
    n : pairs
    discordant : share q of pairs that change, 0 to 1
    power, alpha : wanted power and level of the two-sided test

    Returns
    -------
    Estimate : without interval; None with the note "too_few" (n = 0), "all_unchanged" (q = 0) or "not_detectable"
        (even if all changes went one way)

    Raises
    ------
    ValueError : negative n, a share outside [0, 1], or power not between alpha/2 and 1

    References
    ----------
    Connor (1987) Biometrics 43:207.

    Examples
    --------
    >>> round(minimum_detectable_discordance(100, 0.3).estimate, 4)
    0.1516
    """
    _check_power(power, alpha, n)
    if not 0 <= discordant <= 1:
        raise ValueError(f"discordant must lie in [0, 1], got {discordant}")
    method = "power, McNemar"
    if not n or not discordant:
        return Estimate(None, None, None, n, method, note="all_unchanged" if n else "too_few")

    def shortfall(delta: float) -> float:
        spread = math.sqrt(max(discordant - delta**2, 0.0))
        needed = scipy.special.ndtri(1 - alpha / 2) * math.sqrt(discordant) + scipy.special.ndtri(power) * spread
        return float(needed - delta * math.sqrt(n))

    delta = _root(shortfall, discordant)
    return Estimate(delta, None, None, n, method, note="" if delta is not None else "not_detectable")


def answers_needed(
    difference: float, p0: float = 0.5, each: bool = False, power: float = POWER, alpha: float = ALPHA
) -> int:
    """Answers at which a rate that much above ``p0`` would be found with the given power:
    `minimum_detectable_difference_of_rates` solved for n.

    Parameters
    ----------
    difference : that is to be found, above 0
    p0 : the benchmark, or the rate in the other group; most answers are needed at one half
    each : whether ``p0`` is the rate of a second group of the same size, and the answers are of each of the two

    Returns
    -------
    int

    Raises
    ------
    ValueError : a difference not in (0, 1 - p0), or as of `minimum_detectable_difference_of_rates`

    References
    ----------
    Fleiss, Levin & Paik (2003) Statistical Methods for Rates and Proportions, ch. 4; with ``each`` as R
    ``power.prop.test``.

    Examples
    --------
    >>> answers_needed(0.1), answers_needed(0.1, each=True)
    (194, 388)
    """
    if not 0 < difference < 1 - p0:
        raise ValueError(f"difference must lie in (0, {1 - p0:g}), got {difference}")

    def found(n: int) -> bool:
        least = minimum_detectable_difference_of_rates(n, n if each else math.inf, p0, power, alpha).estimate
        return least is not None and least <= difference

    high = 2
    while not found(high):
        high *= 2
    return bisect.bisect_left(range(high), True, key=found)


def pairs_needed(change: float, moved: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Pairs at which McNemar's test would find a net change with the given power: `minimum_detectable_discordance`
    solved for n.

    Parameters
    ----------
    change : net change D that is to be found, above 0
    moved : share of pairs that change either way; where it is less than ``change``, as many as that

    Returns
    -------
    int

    Raises
    ------
    ValueError : a share outside [0, 1], no change, or power not between alpha/2 and 1

    References
    ----------
    Connor (1987) Biometrics 43:207.

    Examples
    --------
    >>> pairs_needed(0.1, 0.5), pairs_needed(0.1, 0.5, alpha=0.05 / 4)
    (391, 555)
    """
    _check_shares(change, moved)
    _check_power(power, alpha)
    moved = max(change, moved)
    spread = math.sqrt(moved - change**2)
    root = scipy.special.ndtri(1 - alpha / 2) * math.sqrt(moved) + scipy.special.ndtri(power) * spread
    return math.ceil(float(root / change) ** 2)


def pairs_to_rule_out(margin: float, moved: float, power: float = POWER, alpha: float = ALPHA) -> int:
    """Pairs at which two one-sided tests would show, with the given power, that a net change is less than ``margin``
    where there is none.

    ``moved (z(1 - alpha) + z((1 + power)/2))² / margin²``; parameters and errors as of `pairs_needed`.

    References
    ----------
    Liu et al. (2002) Stat Med 21:231.

    Examples
    --------
    >>> pairs_to_rule_out(0.1, 0.5)
    429
    """
    _check_shares(margin, moved)
    _check_power(power, alpha)
    root = scipy.special.ndtri(1 - alpha) + scipy.special.ndtri((1 + power) / 2)
    return math.ceil(float(moved) * float(root / margin) ** 2)


def _check_shares(change: float, moved: float) -> None:
    if not 0 < change <= 1 or not 0 <= moved <= 1:
        raise ValueError(f"change must lie in (0, 1] and moved in [0, 1], got {change} and {moved}")


_STEPS = np.linspace(0, 1, 4097)


def noncentral_t_sf(t: float, df: float, ncp: float) -> float:
    """P(T > t) of the noncentral t distribution, by quadrature over its chi denominator.

    ``∫ Φ(ncp - t s) f(s) ds`` with s = sqrt(chi²/df), by the trapezoidal rule over log s, where the integrand is
    smooth and vanishes at both ends; absolute error below 1e-11 for noncentralities up to 50. (scipy 1.17's ``nct``
    gives NaN at some arguments, for example df 4 and noncentrality 8.83.)

    Parameters
    ----------
    t : quantile
    df : degrees of freedom, > 0
    ncp : noncentrality

    Returns
    -------
    float

    Examples
    --------
    >>> round(noncentral_t_sf(2.0, 10, 1.0), 6)
    0.192388
    """
    ends = (scipy.special.gammaincinv(df / 2, 1e-17), scipy.special.gammainccinv(df / 2, 1e-17))
    low, high = (math.log(2 * end / df) / 2 for end in ends)
    v = low + (high - low) * _STEPS
    s = np.exp(v)
    weight = np.exp(df * (v - (s**2 - 1) / 2))  # the density of log s, but for its constant
    return float(scipy.special.ndtr(ncp - t * s) @ weight / weight.sum())


def noncentrality(t: float, df: float, tail: float) -> float:
    """The noncentrality at which P(T > t) equals `tail`: an end of an interval for a standardised mean difference.

    Parameters
    ----------
    t : observed t
    df : degrees of freedom, > 0
    tail : probability, 0 to 1; (1 - confidence)/2 gives the lower end, (1 + confidence)/2 the upper

    Returns
    -------
    float

    References
    ----------
    Cumming & Finch (2001) Educ Psychol Meas 61:532.

    Examples
    --------
    >>> round(noncentrality(2.5, 20, 0.025), 4)
    0.3673
    """

    def excess(ncp: float) -> float:
        return noncentral_t_sf(t, df, ncp) - tail

    step = 1.0
    while excess(t - step) > 0 or excess(t + step) < 0:
        step *= 2
    return float(scipy.optimize.brentq(excess, t - step, t + step, xtol=1e-13, rtol=1e-14))


def _check_power(power: float, alpha: float, *sizes: float) -> None:
    if any(n < 0 for n in sizes):
        raise ValueError(f"n must not be negative, got {sizes}")
    if not 0 < alpha < 1 or not alpha / 2 < power < 1:
        raise ValueError(f"alpha must lie in (0, 1) and power in (alpha/2, 1), got {alpha} and {power}")


def _z_sum(power: float, alpha: float) -> float:
    return float(scipy.special.ndtri(1 - alpha / 2) + scipy.special.ndtri(power))


def _root(shortfall: Callable[[float], float], high: float) -> float | None:
    """Where the shortfall ends, or None where it lasts to the largest possible difference."""
    return None if high <= 0 or shortfall(high) > 0 else float(scipy.optimize.brentq(shortfall, 0, high, xtol=1e-14))
