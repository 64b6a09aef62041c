"""PRMSE: how much of the true scores' variance a scorer predicts, where raters' scores are true scores with error.

The proportional reduction in mean squared error (Haberman 2008, "When can subscores have value?", Journal of
Educational and Behavioral Statistics 33, 204-229; with any number of ratings a unit: Loukina and others 2020, "Using
PRMSE to evaluate automated scoring systems in the presence of label noise", BEA, 18-29). 1: the scorer gives the scores
that infinitely many raters would give on average; 0: no better than their mean for everybody; below 0: worse. Unlike an
agreement with raters, it does not fall when raters are unreliable. RSMTool flags values under .80.

>>> raters = np.array([[1, 2], [3, 3], [4, 5], [2, 2], [5, 4], [3, 2.0]])
>>> sums = prmse_counts(raters, np.array([1.5, 3, 4.5, 2, 4.5, 2.5])).sum(axis=0)
>>> round(float(prmse(sums)), 2)  # scores that are the raters' own means, which hold their errors too
1.12
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from eval.bootstrap import Floats, ratio

LEAST_PRMSE = 0.80
SMALLEST = 1e-12


def prmse_counts(values: ArrayLike, judged: ArrayLike) -> Floats:
    """(n_units, 8) what each unit adds, from raters' values (n_units, n_raters) and the scorer's (n_units,), NaN where
    there is none: units, ratings, squared ratings, their sum, ratings times squared mean, spread within the unit, its
    degrees of freedom, ratings times squared distance of the scorer from their mean."""
    raters, scorer = np.asarray(values, dtype=np.float64), np.asarray(judged, dtype=np.float64)
    there = ~np.isnan(raters) & ~np.isnan(scorer)[:, None]
    n = there.sum(axis=1).astype(np.float64)
    total = np.where(there, raters, 0.0).sum(axis=1)
    mean = total / np.maximum(n, 1)
    within = np.where(there, (raters - mean[:, None]) ** 2, 0.0).sum(axis=1)
    distance = np.where(n > 0, (np.nan_to_num(scorer) - mean) ** 2, 0.0)
    counts = [n > 0, n, n**2, total, n * mean**2, within, np.maximum(n - 1, 0), n * distance]
    return np.stack([np.asarray(count, dtype=np.float64) for count in counts], axis=-1)


def prmse(sums: Floats) -> Floats:
    """PRMSE from sums (..., 8) of `prmse_counts`; NaN where no unit has two ratings, or true scores do not vary."""
    n_units, n, n_squared, total, means, within, freedom, distance = np.moveaxis(sums, -1, 0)
    error = ratio(within, freedom)
    between = means - ratio(total**2, n)
    true = ratio(between - (n_units - 1) * error, n - ratio(n_squared, n))
    missed = ratio(distance - n_units * error, n)
    return np.asarray(1 - ratio(missed, np.where(true > SMALLEST, true, 0.0)))
