"""Differences between slices, with intervals, and with p-values that answer for how many were looked at.

A slice is compared with the rest. The interval resamples conversations within each side; p is a permutation test's, in
which conversations change sides at random (Phipson and Smyth 2010, "Permutation p-values should never be zero", for the
count that includes the data themselves). Over all comparisons of a table the false discovery rate is held by Benjamini
and Yekutieli (2001), under any dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from eval.bootstrap import Estimate, Floats, Statistic, draw, estimate

MINIMUM_CONVERSATIONS = 5
MINIMUM_DEFINED = 0.9


@dataclass(frozen=True)
class Difference:
    """A slice beside the rest. inside, outside: the figure there. difference: inside minus outside. p: of no difference,
    None where untested. n_inside, n_outside: conversations."""

    inside: Estimate
    outside: Estimate
    difference: Estimate
    p: float | None
    n_inside: int
    n_outside: int


def slice_difference(
    counts: Floats,
    inside: NDArray[np.bool_],
    statistic: Statistic,
    *,
    undefined: str,
    n_resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.9,
) -> Difference:
    """Compare a statistic inside and outside of a slice.

    counts: (n_conversations, n_counts) whose sums decide the statistic, see `eval.bootstrap.estimate`. inside:
    (n_conversations,) which are in the slice. Untested, with the reason, below five conversations on a side.
    """
    sides = counts[inside], counts[~inside]
    n = len(sides[0]), len(sides[1])
    resamples = [draw(len(side), n_resamples, seed + index, confidence) for index, side in enumerate(sides)]
    figures = [
        estimate(side, statistic, drawn, n=len(side), undefined=undefined)
        for side, drawn in zip(sides, resamples, strict=True)
    ]
    values = [figure.value for figure in figures]
    if min(n) < MINIMUM_CONVERSATIONS:
        reason = f"untested: fewer than {MINIMUM_CONVERSATIONS} conversations on a side"
        return Difference(figures[0], figures[1], Estimate(value=None, n=n[0], reason=reason), None, *n)
    if values[0] is None or values[1] is None:
        return Difference(figures[0], figures[1], Estimate(value=None, n=n[0], reason=undefined), None, *n)
    found = values[0] - values[1]
    drawn_sides = [statistic(drawn.weights @ side) for side, drawn in zip(sides, resamples, strict=True)]
    difference = _with_percentiles(found, drawn_sides[0] - drawn_sides[1], n[0], confidence)
    return Difference(
        figures[0], figures[1], difference, _permuted(counts, inside, statistic, found, n_resamples, seed), *n
    )


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted for their number by Benjamini and Yekutieli; None stays None.

    >>> adjusted([0.01, None, 0.04])
    [0.03, None, 0.06]
    """
    given = [p for p in p_values if p is not None]
    if not given:
        return [None] * len(p_values)
    changed = iter(np.round(false_discovery_control(given, method="by"), 12).tolist())
    return [None if p is None else next(changed) for p in p_values]


def _with_percentiles(value: float, resampled: Floats, n: int, confidence: float) -> Estimate:
    defined = resampled[~np.isnan(resampled)]
    if len(defined) < MINIMUM_DEFINED * len(resampled):
        return Estimate(value=value, n=n, reason="no interval: undefined in many of the resamples")
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value=value, low=float(low), high=float(high), n=n)


def _permuted(
    counts: Floats, inside: NDArray[np.bool_], statistic: Statistic, found: float, n_permutations: int, seed: int
) -> float:
    generator = np.random.default_rng(seed)
    shuffled = generator.permuted(np.tile(inside.astype(np.float64), (n_permutations, 1)), axis=1)
    total = counts.sum(axis=0)
    of_slice = shuffled @ counts
    away = np.abs(statistic(of_slice) - statistic(total - of_slice))
    away = away[~np.isnan(away)]
    return float((1 + np.sum(away >= abs(found) - 1e-12)) / (1 + len(away)))
