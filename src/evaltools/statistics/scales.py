"""Scales made of several items: how reliable they are, and how small a change the data could have shown.

Reliability is computed from the number of persons and the item covariance matrix. Scales are sums of items; where a
study reports means, divide the standard error and the detectable change by the number of items.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate

POWER = 0.8
ALPHA = 0.05
NEAR_END = 0.2  # share of a scale's range that counts as near its end
LEAST_UNIQUE = 0.005  # least unique variance of an item, as a share of its variance


# --- reliability -----------------------------------------------------------------------------------------------


def item_covariance(items: np.ndarray) -> tuple[int, np.ndarray]:
    """Number of persons who answered every item, and the covariance matrix of their answers.

    Parameters
    ----------
    items : persons x items array; NaN is no answer

    Returns
    -------
    (n, covariance) : covariance is k x k with divisor n - 1, all zero where n < 2

    Raises
    ------
    ValueError : not a two-dimensional array

    Examples
    --------
    >>> item_covariance(np.array([[1, 2], [3, 4], [5, np.nan]]))[0]
    2
    """
    items = np.asarray(items, dtype=float)
    if items.ndim != 2:
        raise ValueError(f"items must be persons x items, got {items.ndim} dimension(s)")
    complete = items[~np.isnan(items).any(axis=1)]
    n, k = complete.shape
    return n, np.atleast_2d(np.cov(complete, rowvar=False)) if n > 1 else np.zeros((k, k))


def cronbach_alpha(n: int, covariance: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """Cronbach's alpha of a sum of items, with Feldt's interval.

    ``alpha = k/(k - 1) (1 - trace(C) / sum(C))``; limits ``1 - (1 - alpha) F`` with F the upper and lower quantiles
    of the F distribution on n - 1 and (n - 1)(k - 1) degrees of freedom. Reverse-keyed items must be turned first.

    Parameters
    ----------
    n : persons the covariances rest on
    covariance : k x k covariance matrix of the items (:func:`item_covariance`)
    confidence : level of the interval

    Returns
    -------
    Estimate : None with the note "one_item", "too_few" (n < 3) or "no_variance" (the sum does not vary)

    Raises
    ------
    ValueError : negative n, or a matrix that is not square and symmetric

    References
    ----------
    Cronbach (1951) Psychometrika 16:297; Feldt, Woodruff & Salih (1987) Appl Psychol Meas 11:93.

    Examples
    --------
    >>> round(cronbach_alpha(50, np.array([[1, 0.5], [0.5, 1]])).estimate, 4)
    0.6667
    """
    c = _checked(n, covariance)
    note = _why_unreliable(n, c)
    if note:
        return Estimate(None, None, None, n, "Feldt", note=note)
    k = len(c)
    alpha = float(k / (k - 1) * (1 - np.trace(c) / c.sum()))
    tail, df = (1 - confidence) / 2, (n - 1, (n - 1) * (k - 1))
    lower = 1 - (1 - alpha) * float(scipy.stats.f.isf(tail, *df))
    upper = 1 - (1 - alpha) * float(scipy.stats.f.ppf(tail, *df))
    return Estimate(alpha, lower, upper, n, "Feldt")


def omega_total(n: int, covariance: np.ndarray, confidence: float = CONFIDENCE) -> Estimate:
    """McDonald's omega of a sum of items under a one-factor model.

    ``omega = (Σ l)² / ((Σ l)² + Σ u)`` with loadings l and unique variances u of the maximum likelihood one-factor
    solution, on the scale of the covariances (unlike ``psych::omega``, which sums standardised items and defaults to
    three factors). Unique variances are held above 0.005 of the item's variance, as in R ``factanal``. The interval
    is by the delta method on the scale of log(1 - omega), from the expected information of the normal model.

    Parameters
    ----------
    n : persons the covariances rest on
    covariance : k x k covariance matrix of the items, k >= 3
    confidence : level of the interval

    Returns
    -------
    Estimate : None with the note "one_item", "too_few_items" (k < 3: not identified), "too_few" (n < 3),
        "no_variance" (an item does not vary) or "no_fit" (the correlations are singular, as when one item repeats
        another, or not possible ones, as pairwise ones may be) or "no_common_factor" (too few items are correlated);
        interval None with the note "improper_solution" (an item's unique variance is at its lower limit)

    Raises
    ------
    ValueError : negative n, or a matrix that is not square and symmetric

    References
    ----------
    McDonald (1999) Test Theory, ch. 6; Joreskog (1967) Psychometrika 32:443.

    Examples
    --------
    >>> round(omega_total(100, 0.5 * np.eye(4) + 0.5).estimate, 4)
    0.8
    """
    c, method = _checked(n, covariance), "one-factor ML, delta"
    note = _why_unreliable(n, c) or _why_no_factor(c)
    if note:
        return Estimate(None, None, None, n, method, note=note)
    loadings, unique = _one_factor(c)
    if loadings is None:
        return Estimate(None, None, None, n, method, note="no_fit")
    value = float(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()))
    if (unique <= 1.0001 * LEAST_UNIQUE * np.diag(c)).any():
        return Estimate(value, None, None, n, method, note="improper_solution")
    se = _omega_se(n, loadings, unique)
    if se is None:
        return Estimate(None, None, None, n, method, note="no_common_factor")
    width = float(scipy.stats.norm.ppf((1 + confidence) / 2)) * se / (1 - value)
    lower, upper = 1 - (1 - value) * math.exp(width), 1 - (1 - value) * math.exp(-width)
    return Estimate(value, lower, upper, n, method, se=se)


def standard_error_of_measurement(sd: float | None, reliability: float | None) -> float | None:
    """Standard error of one person's score: ``sd sqrt(1 - reliability)``.

    Parameters
    ----------
    sd : standard deviation of the scale
    reliability : alpha or omega; one below 0 counts as 0

    Returns
    -------
    float in the units of `sd`, None where either is None

    Raises
    ------
    ValueError : negative sd, or reliability above 1

    References
    ----------
    Lord & Novick (1968) Statistical Theories of Mental Test Scores, ch. 3.

    Examples
    --------
    >>> standard_error_of_measurement(4.0, 0.75)
    2.0
    """
    if sd is None or reliability is None:
        return None
    if sd < 0 or reliability > 1:
        raise ValueError(f"sd must not be negative nor reliability above 1, got {sd} and {reliability}")
    return sd * math.sqrt(1 - max(reliability, 0.0))


def minimal_detectable_change(
    sd: float | None, reliability: float | None, confidence: float = CONFIDENCE
) -> float | None:
    """Smallest change of one person that measurement error alone would rarely give: ``z sqrt(2) SEM``.

    Parameters
    ----------
    sd, reliability : as in :func:`standard_error_of_measurement`
    confidence : share of unchanged persons who stay within it

    Returns
    -------
    float in the units of `sd`, None where either is None

    References
    ----------
    Weir (2005) J Strength Cond Res 19:231.

    Examples
    --------
    >>> round(minimal_detectable_change(4.0, 0.75), 3)
    5.544
    """
    error = standard_error_of_measurement(sd, reliability)
    return None if error is None else float(scipy.stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(2) * error


# --- sensitivity -----------------------------------------------------------------------------------------------


def minimum_detectable_change(
    n: int,
    sd_difference: float | None = 1.0,
    power: float = POWER,
    alpha: float = ALPHA,
    method: str = "t",
) -> Estimate:
    """Smallest true mean change that a two-sided paired test on n pairs would find with the given power.

    ``normal``: ``(z(1 - alpha/2) + z(power)) sd / sqrt(n)``. ``t``: the change at which the noncentral t on n - 1
    degrees of freedom exceeds the critical value with probability `power`. The far tail is not counted as finding.

    Parameters
    ----------
    n : pairs
    sd_difference : standard deviation of the changes; 1 gives the answer in standard deviations
    power, alpha : wanted power and level of the two-sided test
    method : "t" or "normal"

    Returns
    -------
    Estimate : without interval; None with the note "too_few" (n < 3 for t, n < 1 for normal) or "no_variance"

    Raises
    ------
    ValueError : negative n or sd, unknown method, or power not between alpha/2 and 1

    References
    ----------
    Cohen (1988) Statistical Power Analysis, ch. 2. Same as R ``power.t.test(type = "paired")`` solved for delta.

    Examples
    --------
    >>> round(minimum_detectable_change(20).estimate, 4)
    0.6604
    """
    _check_power(power, alpha, n)
    if method not in ("t", "normal"):
        raise ValueError(f"method must be 't' or 'normal', not {method!r}")
    if sd_difference is not None and sd_difference < 0:
        raise ValueError(f"sd_difference must not be negative, got {sd_difference}")
    label = f"power, {method}"
    if n < (3 if method == "t" else 1) or sd_difference is None:
        return Estimate(None, None, None, n, label, note="too_few")
    if sd_difference == 0:
        return Estimate(None, None, None, n, label, note="no_variance")
    ncp = _detectable_t(n - 1, power, alpha) if method == "t" else _z_sum(power, alpha)
    return Estimate(ncp * sd_difference / math.sqrt(n), None, None, n, label)


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
        return scipy.special.ndtri(1 - alpha / 2) * null + scipy.special.ndtri(power) * real - delta

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
        return needed - delta * math.sqrt(n)

    delta = _root(shortfall, discordant)
    return Estimate(delta, None, None, n, method, note="" if delta is not None else "not_detectable")


# --- regression to the mean ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RegressionToMean:
    """Whether a change may be no more than regression to the mean.

    ``expected_shift`` is the change of the mean (post - pre) to expect with no real change; None where the
    correlation is unknown. ``near`` is "low", "high" or "" for the end of the scale the start mean lies near; ``note``
    is "regression_to_mean" where a caution should be printed.
    """

    expected_shift: float | None
    near: str
    note: str


def regression_to_mean(
    mean_pre: float | None,
    sd_pre: float | None,
    low: float,
    high: float,
    correlation: float | None = None,
    reference: float | None = None,
) -> RegressionToMean:
    """Shift to expect from regression to the mean, and a caution where the start mean lies near an end.

    ``expected_shift = (1 - correlation) (reference - mean_pre)``: what a group that starts away from the mean of the
    population it comes from moves back by. The rule of caution: the start mean lies within a fifth of the scale's
    range of an end, or nearer to it than one standard deviation, so that answers can move little but one way.

    Parameters
    ----------
    mean_pre, sd_pre : mean and standard deviation at the start; None where nobody answered
    low, high : ends of the scale
    correlation : reliability, or pre-post correlation without a project; taken as between 0 and 1
    reference : mean of the population; the middle of the scale if not given, which is a guess and to be called so

    Returns
    -------
    RegressionToMean

    Raises
    ------
    ValueError : ends in the wrong order, mean outside them, or negative sd

    References
    ----------
    Davis (1976) Am J Epidemiol 104:493; Barnett, van der Pols & Dobson (2005) Int J Epidemiol 34:215.

    Examples
    --------
    >>> regression_to_mean(4.5, 0.6, 1, 5, correlation=0.8)
    RegressionToMean(expected_shift=-0.29999999999999993, near='high', note='regression_to_mean')
    """
    if low >= high or (sd_pre is not None and sd_pre < 0):
        raise ValueError(f"low must be below high and sd not negative, got {low}, {high} and {sd_pre}")
    if mean_pre is None:
        return RegressionToMean(None, "", "nobody_answered")
    if not low <= mean_pre <= high:
        raise ValueError(f"mean {mean_pre} lies outside the scale {low} to {high}")
    middle = (low + high) / 2
    margin = max(NEAR_END * (high - low), sd_pre or 0.0)
    distance = min(mean_pre - low, high - mean_pre)
    near = "" if distance >= margin or mean_pre == middle else ("low" if mean_pre < middle else "high")
    shift = None
    if correlation is not None:
        target = middle if reference is None else reference
        shift = (1 - min(max(correlation, 0.0), 1.0)) * (target - mean_pre)
    return RegressionToMean(shift, near, "regression_to_mean" if near else "")


# --- noncentral t ----------------------------------------------------------------------------------------------

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


# --- helpers ---------------------------------------------------------------------------------------------------


def _checked(n: int, covariance: np.ndarray) -> np.ndarray:
    c = np.asarray(covariance, dtype=float)
    if n < 0:
        raise ValueError(f"n must not be negative, got {n}")
    if c.ndim != 2 or c.shape[0] != c.shape[1] or not len(c):
        raise ValueError(f"covariance must be a square matrix, got shape {c.shape}")
    if not np.allclose(c, c.T, equal_nan=True):
        raise ValueError("covariance must be symmetric")
    return c


def _why_unreliable(n: int, c: np.ndarray) -> str:
    if len(c) == 1:
        return "one_item"
    if n < 3:
        return "too_few"
    return "" if np.isfinite(c).all() and c.sum() > 1e-12 * np.trace(c) else "no_variance"


def _why_no_factor(c: np.ndarray) -> str:
    if len(c) < 3:
        return "too_few_items"
    return "" if np.diag(c).min() > 0 else "no_variance"


def _check_power(power: float, alpha: float, *sizes: float) -> None:
    if any(n < 0 for n in sizes):
        raise ValueError(f"n must not be negative, got {sizes}")
    if not 0 < alpha < 1 or not alpha / 2 < power < 1:
        raise ValueError(f"alpha must lie in (0, 1) and power in (alpha/2, 1), got {alpha} and {power}")


def _z_sum(power: float, alpha: float) -> float:
    return float(scipy.special.ndtri(1 - alpha / 2) + scipy.special.ndtri(power))


def _detectable_t(df: float, power: float, alpha: float) -> float:
    critical = float(scipy.stats.t.isf(alpha / 2, df))
    high = _z_sum(power, alpha) + 1
    while noncentral_t_sf(critical, df, high) < power:
        high *= 2
    return float(scipy.optimize.brentq(lambda ncp: noncentral_t_sf(critical, df, ncp) - power, 0, high, xtol=1e-13))


def _root(shortfall: Callable[[float], float], high: float) -> float | None:
    """Where the shortfall ends, or None where it lasts to the largest possible difference."""
    return None if high <= 0 or shortfall(high) > 0 else float(scipy.optimize.brentq(shortfall, 0, high, xtol=1e-14))


def _one_factor(covariance: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Loadings and unique variances of the maximum likelihood one-factor model, or (None, None)."""
    sd = np.sqrt(np.diag(covariance))
    r = covariance / np.outer(sd, sd)
    if np.linalg.eigvalsh(r)[0] <= 1e-10:
        return None, None

    def profile(unique: np.ndarray) -> tuple[float, np.ndarray]:
        values, loadings = _loadings(r, unique)
        rest = values[:-1]
        implied = loadings**2 + unique
        return float(np.sum(rest - np.log(rest))) - len(rest), (implied - 1) / unique**2

    start = np.clip((1 - 0.5 / len(r)) / np.diag(np.linalg.inv(r)), LEAST_UNIQUE, 1)
    bounds = [(LEAST_UNIQUE, 1.0)] * len(r)
    options = {"ftol": 1e-16, "gtol": 1e-11, "maxiter": 2000, "maxfun": 20000}
    fit = scipy.optimize.minimize(profile, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    loadings = _loadings(r, fit.x)[1]
    return loadings * sd, fit.x * sd**2


def _loadings(r: np.ndarray, unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues of the correlations in units of the unique parts, upwards, and the factor's loadings."""
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(r / np.outer(scale, scale))
    loadings = scale * vectors[:, -1] * math.sqrt(max(values[-1] - 1, 0.0))
    return values, loadings if loadings.sum() >= 0 else -loadings


def _omega_se(n: int, loadings: np.ndarray, unique: np.ndarray) -> float | None:
    """Standard error of omega from the expected information of the one-factor model, None where singular."""
    k = len(loadings)
    total, apart = loadings.sum(), unique.sum()
    derivatives = np.zeros((2 * k, k, k))  # of the implied covariances: by each loading, then each unique variance
    for i in range(k):
        derivatives[i, i, :] += loadings
        derivatives[i, :, i] += loadings
        derivatives[k + i, i, i] = 1.0
    scaled = np.linalg.inv(np.outer(loadings, loadings) + np.diag(unique)) @ derivatives
    information = (n - 1) / 2 * np.einsum("iab,jba->ij", scaled, scaled)
    size = np.sqrt(np.diag(information))
    if size.min() == 0 or np.linalg.cond(information / np.outer(size, size)) > 1e12:
        return None
    gradient = np.repeat([2 * total * apart, -(total**2)], k) / (total**2 + apart) ** 2
    return math.sqrt(gradient @ np.linalg.solve(information, gradient))
