"""Intraclass correlations for absolute agreement: may one rater, or the mean of all, stand for any others?

ICC(A,1) and ICC(A,k) of McGraw and Wong (1996, "Forming inferences about some intraclass correlation coefficients",
Psychological Methods 1, 30-46, table 4 and, for the intervals, table 7): two-way, raters drawn from many like them.
Shrout and Fleiss call them ICC(2,1) and ICC(2,k).

Six targets by four judges (Shrout and Fleiss 1979, "Intraclass correlations", Psychological Bulletin 86, tables 2 and
4; the interval is the one that R's `psych::ICC` prints for them):

>>> judged = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
>>> found = intraclass(judged, confidence=0.95)
>>> round(found.single.value, 2), round(found.average.value, 2)
(0.29, 0.62)
>>> round(found.single.low, 3), round(found.single.high, 3)
(0.019, 0.761)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f

from eval.bootstrap import Estimate

SMALLEST = 1e-12


@dataclass(frozen=True)
class Intraclass:
    """single: ICC(A,1), of one rater's value. average: ICC(A,k), of the mean of `n_raters`. n_left_out: units that not
    every rater rated."""

    single: Estimate
    average: Estimate
    n_raters: int
    n_left_out: int


def intraclass(values: ArrayLike, confidence: float = 0.9) -> Intraclass:
    """ICC(A,1) and ICC(A,k) of values (n_units, n_raters), NaN where there is none.

    The formula takes complete rows; others are left out and counted. Undefined, with the reason, below two raters or
    two complete units, or where nothing varies.
    """
    given = np.asarray(values, dtype=np.float64)
    rows = given[~np.isnan(given).any(axis=1)]
    n, k = rows.shape
    n_left_out = len(given) - n

    def undefined(reason: str) -> Intraclass:
        found = Estimate(value=None, n=n, reason=f"undefined: {reason}")
        return Intraclass(found, found, k, n_left_out)

    if k < 2:
        return undefined(f"it takes two raters, found {k}")
    if n < 2:
        return undefined(f"it takes two conversations that every rater rated, found {n}")
    between, judges, error = mean_squares(rows)
    if between + judges + error < SMALLEST:
        return undefined("values do not vary")
    single = (between - error) / (between + (k - 1) * error + k * (judges - error) / n)
    low, high = _interval(single, between, judges, error, n, k, confidence)
    if error < SMALLEST and judges < SMALLEST:
        perfect = Estimate(value=1.0, n=n, reason="no interval: raters agree on everything")
        return Intraclass(perfect, perfect, k, n_left_out)
    average = _stepped_up(single, k)
    if average is None:
        low_average = Estimate(value=None, n=n, reason="undefined: raters agree less than by chance")
    else:
        bounds = [_stepped_up(bound, k) for bound in (low, high)]
        low_average = Estimate(value=average, low=bounds[0], high=bounds[1], n=n)
    return Intraclass(Estimate(value=single, low=low, high=high, n=n), low_average, k, n_left_out)


def mean_squares(values: ArrayLike) -> tuple[float, float, float]:
    """Mean squares of complete values (n_units, n_raters): between units, between raters, residual."""
    rows = np.asarray(values, dtype=np.float64)
    n, k = rows.shape
    away_units = rows.mean(axis=1, keepdims=True) - rows.mean()
    away_raters = rows.mean(axis=0, keepdims=True) - rows.mean()
    rest = rows - rows.mean() - away_units - away_raters
    return (
        float(k * np.sum(away_units**2) / (n - 1)),
        float(n * np.sum(away_raters**2) / (k - 1)),
        float(np.sum(rest**2) / ((n - 1) * (k - 1))),
    )


def _stepped_up(single: float, k: int) -> float | None:
    """The reliability of a mean of k by the formula of Spearman and Brown; None where the single one is too low."""
    bottom = 1 + (k - 1) * single
    return k * single / bottom if bottom > SMALLEST else None


def _interval(
    single: float, between: float, judges: float, error: float, n: int, k: int, confidence: float
) -> tuple[float, float]:
    level = 1 - (1 - confidence) / 2
    a = k * single / (n * (1 - single)) if single < 1 else 0.0
    b = 1 + k * single * (n - 1) / (n * (1 - single)) if single < 1 else 1.0
    top = (a * judges + b * error) ** 2
    bottom = (a * judges) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    freedom = top / bottom if bottom > 0 else float((n - 1) * (k - 1))
    rest = k * judges + (k * n - k - n) * error
    down, up = f.ppf(level, n - 1, freedom), f.ppf(level, freedom, n - 1)
    low = n * (between - down * error) / (down * rest + n * between)
    high = n * (up * between - error) / (rest + n * up * between)
    return float(low), float(high)
