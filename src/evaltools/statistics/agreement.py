"""Agreement of two coders on whether a theme is touched, from how many units both, one or neither of them marked."""

from __future__ import annotations

import scipy

from evaltools.statistics.types import CONFIDENCE, Estimate

METHOD = "Krippendorff's alpha, goodness of fit"
NEAREST = 1e-12  # to the ends of the range of a correlation, where expected counts are zero


def krippendorff_alpha(both: int, one: int, neither: int, confidence: float = CONFIDENCE) -> Estimate:
    """Krippendorff's alpha of two coders and two categories (nominal), no value missing.

    ``alpha = 1 - (2n - 1) one / (v (2n - v))`` of n units, with v = 2 both + one marks in all. Its interval is that of
    the intraclass kappa, of which alpha is ``kappa + (1 - kappa) / 2n``: the correlations that a goodness-of-fit test
    of the three counts does not reject. It is no point where the coders never differ.

    Parameters
    ----------
    both, one, neither : units that both coders marked, that only one of them did, that neither did
    confidence : level of the interval

    Returns
    -------
    Estimate : None with the note "nobody_answered" (no unit) or "no_variance" (all units are marked by both, or none)

    Raises
    ------
    ValueError : a negative count

    References
    ----------
    Krippendorff (2019) Content Analysis, 4th ed., ch. 12; Donner & Eliasziw (1992) Stat Med 11, 1511-1519.

    Examples
    --------
    >>> round(krippendorff_alpha(20, 5, 75).estimate, 4)
    0.8573
    """
    if min(both, one, neither) < 0:
        raise ValueError("counts are not negative")
    n, marks = both + one + neither, 2 * both + one
    if marks in (0, 2 * n):
        return Estimate(None, None, None, n, METHOD, note="no_variance" if n else "nobody_answered")
    share = marks / (2 * n)
    kappa = 1 - one / (2 * n * share * (1 - share))
    most = float(scipy.stats.chi2.isf(1 - confidence, 1))
    least = -min(share / (1 - share), (1 - share) / share)

    def misfit(correlation: float) -> float:
        """Chi-square of the counts at a correlation, less what the test rejects."""
        apart = share * (1 - share) * (1 - correlation)
        expected = (n * (share - apart), 2 * n * apart, n * (1 - share - apart))
        pairs = zip((both, one, neither), expected, strict=True)
        return sum((seen - of) ** 2 / of for seen, of in pairs if of) - most

    def limit(end: float) -> float:
        near = end + (kappa - end) * NEAREST
        if near == kappa or misfit(near) <= 0:
            return end
        return float(scipy.optimize.brentq(misfit, *sorted((near, kappa))))

    alpha, lower, upper = (k + (1 - k) / (2 * n) for k in (kappa, limit(least), limit(1.0)))
    return Estimate(alpha, lower, upper, n, METHOD)
