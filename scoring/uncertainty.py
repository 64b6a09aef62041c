"""From probabilities of spans and links to an interval on each signal, by the exact distribution of independent trials.

A trial is a possible unit of a signal's denominator that exists with one probability and, if it does, counts in the
numerator with another. For counts this is the Poisson-binomial distribution (Wang 1993, Statistica Sinica 3, 295-312),
for ratios its two-dimensional kin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Trial:
    """exists: probability that the unit is there. counts: probability that it is in the numerator if it is there."""

    exists: float
    counts: float = 1.0


def joint_distribution(trials: Sequence[Trial]) -> NDArray[np.float64]:
    """(n + 1, n + 1) probability of each [denominator, numerator] over n independent trials.

    >>> joint_distribution([Trial(0.5, 1.0)])
    array([[0.5, 0. ],
           [0. , 0.5]])
    """
    n = len(trials)
    table = np.zeros((n + 1, n + 1))
    table[0, 0] = 1.0
    for trial in trials:
        grown = table * (1 - trial.exists)
        grown[1:, :] += table[:-1, :] * trial.exists * (1 - trial.counts)
        grown[1:, 1:] += table[:-1, :-1] * trial.exists * trial.counts
        table = grown
    return table


def ratio_interval(trials: Sequence[Trial], level: float) -> tuple[float, float] | None:
    """Central interval of numerator / denominator given that the denominator is not 0; None where it surely is."""
    table = joint_distribution(trials)
    denominators, numerators = np.nonzero(table > 0)
    held = denominators > 0
    denominators, numerators = denominators[held], numerators[held]
    if not len(denominators):
        return None
    return _central(numerators / denominators, table[denominators, numerators], level)


def count_interval(trials: Sequence[Trial], level: float) -> tuple[float, float]:
    """Central interval of the number of trials that exist and count."""
    mass = joint_distribution([Trial(1.0, trial.exists * trial.counts) for trial in trials]).sum(axis=0)
    return _central(np.arange(len(mass), dtype=float), mass, level)


def _central(values: NDArray[np.float64], mass: NDArray[np.float64], level: float) -> tuple[float, float]:
    """The values at the two quantiles that leave half of 1 - level on either side."""
    order = np.argsort(values, kind="stable")
    values, cumulative = values[order], np.cumsum(mass[order]) / mass.sum()
    tail = (1 - level) / 2
    last = len(values) - 1
    low = min(int(np.searchsorted(cumulative, tail, side="right")), last)
    high = min(int(np.searchsorted(cumulative, 1 - tail - 1e-12, side="left")), last)
    return float(values[low]), float(values[high])
