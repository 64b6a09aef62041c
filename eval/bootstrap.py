"""Bootstrap intervals over conversations.

Turns of one conversation resemble each other, so conversations are what is drawn. Almost every figure of this room is
a function of counts that add up over conversations; a resample is then a row of weights, all resamples are one matrix
product, and a thousand of them take milliseconds. `bootstrap` does the same for any other statistic, slowly.

Intervals are bias-corrected and accelerated (BCa; Efron 1987, "Better bootstrap confidence intervals", JASA 82,
171-185), because agreement near 1 is skewed. With about twenty conversations they still cover a little less than they
say, as every bootstrap does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
Item = TypeVar("Item")

MINIMUM_DEFINED = 0.9


class Estimate(BaseModel):
    """One figure with its interval.

    value: None where undefined. low, high: the interval over conversations, None where there is none. n: the units
    under the figure (turns, spans or conversations). reason: why value or interval is None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    reason: str | None = None


@dataclass(frozen=True)
class Resamples:
    """weights: (n_resamples, n_conversations), how often each resample draws each conversation."""

    weights: Floats
    confidence: float

    @property
    def n_conversations(self) -> int:
        return int(self.weights.shape[1])


def draw(n_conversations: int, n_resamples: int = 1000, seed: int = 0, confidence: float = 0.9) -> Resamples:
    """Resamples of `n_conversations` conversations; the same seed draws the same ones, so that figures are paired."""
    generator = np.random.default_rng(seed)
    chances = np.full(n_conversations, 1 / n_conversations) if n_conversations else np.zeros(0)
    weights = generator.multinomial(n_conversations, chances, size=n_resamples)
    return Resamples(weights.astype(np.float64), confidence)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator, NaN where the denominator is 0; the shapes are broadcast.

    >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    top, bottom = np.broadcast_arrays(np.asarray(numerator, np.float64), np.asarray(denominator, np.float64))
    quotient: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return quotient


def mean_over(statistic: Statistic, n_groups: int) -> Statistic:
    """The mean of a statistic over groups (labels), those where it is undefined left out.

    It takes sums (..., n_groups * n_counts), group by group.
    """

    def mean(sums: Floats) -> Floats:
        values = statistic(sums.reshape(*sums.shape[:-1], n_groups, -1))
        defined = ~np.isnan(values)
        return ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1))

    return mean


def estimate(
    counts: Floats, statistic: Statistic, resamples: Resamples, *, n: int, undefined: str, corrected: bool = True
) -> Estimate:
    """The statistic of counts summed over conversations, with its interval.

    counts: (n_conversations, n_counts), whose sums over any set of conversations decide the statistic.
    statistic: maps sums of shape (..., n_counts) to values of shape (...), NaN where undefined.
    undefined: the reason to give where the value is undefined. corrected: BCa, or else plain percentiles.
    """
    total = counts.sum(axis=0)
    value = float(statistic(total))
    if np.isnan(value):
        return Estimate(value=None, n=n, reason=undefined)
    if len(counts) < 2:
        return Estimate(value=value, n=n, reason="no interval: it takes at least two conversations")
    left_out = statistic(total - counts) if corrected else np.zeros(0)
    return _with_interval(value, statistic(resamples.weights @ counts), left_out, n, resamples)


def bootstrap(
    items: Sequence[Item], statistic: Callable[[Sequence[Item]], float | None], resamples: Resamples, *, undefined: str
) -> Estimate:
    """Any statistic of a list of conversations, with its interval: one call a resample, so keep it cheap."""

    def value_of(drawn: Sequence[Item]) -> float:
        value = statistic(drawn)
        return np.nan if value is None else value

    value, n = value_of(items), len(items)
    if np.isnan(value):
        return Estimate(value=None, n=n, reason=undefined)
    if n < 2:
        return Estimate(value=value, n=n, reason="no interval: it takes at least two conversations")
    drawn = (np.repeat(np.arange(n), times).tolist() for times in resamples.weights.astype(int))
    resampled = np.array([value_of([items[i] for i in indices]) for indices in drawn])
    left_out = np.array([value_of([*items[:i], *items[i + 1 :]]) for i in range(n)])
    return _with_interval(value, resampled, left_out, n, resamples)


def _with_interval(value: float, resampled: Floats, left_out: Floats, n: int, resamples: Resamples) -> Estimate:
    defined = resampled[~np.isnan(resampled)]
    if len(defined) < MINIMUM_DEFINED * len(resampled) or not len(defined):
        share = 1 - len(defined) / max(1, len(resampled))
        return Estimate(value=value, n=n, reason=f"no interval: undefined in {share:.0%} of the resamples")
    if np.ptp(defined) == 0:
        return Estimate(value=value, n=n, reason="no interval: all conversations say the same, so no resample differs")
    tail = (1 - resamples.confidence) / 2
    levels = _corrected(np.array([tail, 1 - tail]), value, defined, left_out[~np.isnan(left_out)])
    low, high = np.quantile(defined, levels)
    return Estimate(value=value, low=float(low), high=float(high), n=n)


def _corrected(levels: Floats, value: float, resampled: Floats, left_out: Floats) -> Floats:
    """The BCa levels for the percentiles `levels`; the plain ones where the correction is undefined."""
    below = np.mean(resampled < value) + 0.5 * np.mean(resampled == value)
    if not 0 < below < 1 or not len(left_out):
        return levels
    bias = ndtri(below)
    away = left_out.mean() - left_out
    spread = np.sum(away**2)
    acceleration = np.sum(away**3) / (6 * spread**1.5) if spread > 0 else 0.0
    shifted = bias + ndtri(levels)
    shrink = 1 - acceleration * shifted
    if np.any(shrink <= 0):
        return levels
    return np.asarray(ndtr(bias + shifted / shrink), dtype=np.float64)
