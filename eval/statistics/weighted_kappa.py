"""Quadratic-weighted kappa and standardised mean difference: the first flags of automated scoring.

Kappa with quadratic weights (Cohen 1968, Psychological Bulletin 70, 213-220) for any numbers, whole or not: one minus
the mean squared difference over the one that chance would give, which for whole numbers is Cohen's and otherwise Lin's
concordance coefficient with the variances' denominator n (Haberman 2019, ETS RR-19-17). For categories no and yes it is
plain kappa.

The flags are those of RSMTool (Madnani and others 2017; Williamson, Xi and Breyer 2012, "A framework for evaluation and
use of automated scoring", Educational Measurement 31, 2-13): kappa at least .70, at most .10 below raters among
themselves, standardised mean difference at most .15, and .10 in every subgroup.

Seven essays by two raters (the test of Hamner's `ml_metrics`, the reference of Kaggle's essay scoring prize):

>>> first, second = np.array([1, 2, 3, 1, 2, 2, 3]), np.array([1, 2, 3, 1, 2, 3, 2])
>>> round(float(quadratic_weighted_kappa(pair_counts(first, second).sum(axis=0))), 4)
0.75
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from eval.bootstrap import Floats, ratio

LEAST_KAPPA = 0.70
MOST_DEGRADATION = 0.10
MOST_DIFFERENCE = 0.15
MOST_DIFFERENCE_OF_SLICE = 0.10
SMALLEST = 1e-12


def pair_counts(judged: ArrayLike, given: ArrayLike) -> Floats:
    """(n_units, 6) what each unit adds: pairs, judged, given, their squares, their squared difference; 0 where either
    is NaN."""
    left, right = np.asarray(judged, dtype=np.float64), np.asarray(given, dtype=np.float64)
    there = ~np.isnan(left) & ~np.isnan(right)
    left, right = np.where(there, left, 0.0), np.where(there, right, 0.0)
    return np.stack([there.astype(np.float64), left, right, left**2, right**2, (left - right) ** 2], axis=-1)


def quadratic_weighted_kappa(sums: Floats) -> Floats:
    """Kappa from sums (..., 6) of `pair_counts`; NaN where neither side varies."""
    n, left, right, left_squares, right_squares, distance = np.moveaxis(sums, -1, 0)
    by_chance = ratio(n * (left_squares + right_squares) - 2 * left * right, n)
    return np.asarray(1 - ratio(distance, np.where(by_chance > SMALLEST * np.maximum(n, 1), by_chance, 0.0)))


def standardised_mean_difference(sums: Floats) -> Floats:
    """Mean of judged minus mean of given, in standard deviations of given; NaN where given does not vary."""
    n, left, right, _, right_squares, _ = np.moveaxis(sums, -1, 0)
    return ratio(ratio(left - right, n), _spread(n, right, right_squares))


def difference_of_standardised_means(sums: Floats, of_slice: Floats) -> Floats:
    """How much higher a slice is judged than raters put it, each side standardised over everybody.

    sums: (..., 6) of `pair_counts` over all, of_slice: over the slice. RSMTool's "difference between standardized
    means", its flag for subgroups. NaN where a side does not vary.
    """
    n, left, right, left_squares, right_squares, _ = np.moveaxis(sums, -1, 0)
    n_slice, left_slice, right_slice, _, _, _ = np.moveaxis(of_slice, -1, 0)
    judged = ratio(ratio(left_slice, n_slice) - ratio(left, n), _spread(n, left, left_squares))
    given = ratio(ratio(right_slice, n_slice) - ratio(right, n), _spread(n, right, right_squares))
    return judged - given


def _spread(n: Floats, total: Floats, squares: Floats) -> Floats:
    variance = ratio(squares - ratio(total**2, n), n - 1)
    return np.sqrt(np.where(variance > SMALLEST, variance, 0.0))
