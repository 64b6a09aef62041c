"""Limits of agreement: between what bounds do two raters' values of one conversation differ, 95 times in a hundred?

Bland and Altman (1986, "Statistical methods for assessing agreement between two methods of clinical measurement",
Lancet 327, 307-310): mean difference plus and minus 1.96 standard deviations. Their intervals for the limits are
approximate and too narrow on few conversations; these are exact where differences are normal (Carkeet 2015, "Exact
parametric confidence intervals for Bland-Altman limits of agreement", Optometry and Vision Science 92, e71-e80, limits
taken singly): a limit is a percentile of a normal distribution, whose pivot is a non-central t.

Peak flow of seventeen people by two meters (Bland and Altman 1986, table 1): mean difference -2.1, limits -79.7 and
75.5 with an exact 1.96 in place of their 2 ("-2.1 - (2 x 38.8) = -79.7"):

>>> large = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
>>> mini = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
>>> found = limits_of_agreement(np.subtract(large, mini), confidence=0.95)
>>> round(found.bias.value, 1), round(found.lower.value, 1), round(found.upper.value, 1)
(-2.1, -78.1, 73.9)

The factor under an exact interval is a one-sided tolerance factor: of 43 items, 90 % of the population with 99 %
confidence, 1.8740 (NIST/SEMATECH e-Handbook of Statistical Methods, section 7.2.6.3):

>>> round(percentile_factor(43, share=0.90, confidence=0.99), 4)
1.874
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import nct, norm, t

from eval.bootstrap import Estimate

SMALLEST = 1e-12


@dataclass(frozen=True)
class Limits:
    """bias: the mean difference. lower, upper: the limits within which `share` of the differences lie."""

    bias: Estimate
    lower: Estimate
    upper: Estimate
    share: float


def percentile_factor(n: int, share: float, confidence: float) -> float:
    """k of the bound mean + k s above which, with `confidence`, the percentile `share` of a normal does not lie.

    n: the number of values behind mean and s, at least 2.
    """
    return float(nct.ppf(confidence, n - 1, norm.ppf(share) * np.sqrt(n)) / np.sqrt(n))


def limits_of_agreement(differences: ArrayLike, confidence: float = 0.9, share: float = 0.95) -> Limits:
    """Bias and limits of differences (n,), one for each conversation, NaN where there is none.

    confidence: of each interval. share: of the differences between the limits. Undefined, with the reason, below two.
    """
    given = np.asarray(differences, dtype=np.float64)
    given = given[~np.isnan(given)]
    n = len(given)
    if n < 2:
        none = Estimate(value=None, n=n, reason=f"undefined: it takes two conversations that both rated, found {n}")
        return Limits(none, none, none, share)
    bias, spread = float(given.mean()), float(given.std(ddof=1))
    if spread < SMALLEST:
        same = Estimate(value=bias, n=n, reason="no interval: all differences are the same")
        return Limits(same, same, same, share)
    tail = (1 - confidence) / 2
    wide = float(t.ppf(1 - tail, n - 1)) * spread / np.sqrt(n)
    level = (1 + share) / 2
    away = float(norm.ppf(level)) * spread
    near, far = (percentile_factor(n, level, side) * spread for side in (tail, 1 - tail))
    return Limits(
        Estimate(value=bias, low=bias - wide, high=bias + wide, n=n),
        Estimate(value=bias - away, low=bias - far, high=bias - near, n=n),
        Estimate(value=bias + away, low=bias + near, high=bias + far, n=n),
        share,
    )
