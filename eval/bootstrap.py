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
from scipy.stats import t as student

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
Item = TypeVar("Item")

MINIMUM_DEFINED = 0.9
TOO_FEW = "no interval: it takes at least two conversations"


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
        if not n_groups:
            return np.full(sums.shape[:-1], np.nan)
        values = statistic(sums.reshape(*sums.shape[:-1], n_groups, -1))
        defined = ~np.isnan(values)
        return ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1))

    return mean


@dataclass(frozen=True)
class Distribution:
    """A figure, and what it is in the resamples and with each conversation left out; NaN where it is undefined there."""

    value: float
    resampled: Floats
    left_out: Floats

    @property
    def defined(self) -> Floats:
        return self.resampled[~np.isnan(self.resampled)]

    def why_no_interval(self) -> str | None:
        """Why the resamples give no interval; None where they do."""
        defined = self.defined
        if not len(defined) or len(defined) < MINIMUM_DEFINED * len(self.resampled):
            share = 1 - len(defined) / max(1, len(self.resampled))
            return f"no interval: undefined in {share:.0%} of the resamples"
        if np.ptp(defined) == 0:
            return "no interval: all conversations say the same, so no resample differs"
        return None

    def estimate(self, n: int, confidence: float, *, expanded: bool = False) -> Estimate:
        """The value with its interval; expanded: see `expanded_tail`."""
        reason = self.why_no_interval()
        if reason:
            return Estimate(value=self.value, n=n, reason=reason)
        tail = (1 - confidence) / 2
        if expanded:
            tail = expanded_tail(tail, len(self.left_out))
        levels = np.array([tail, 1 - tail])
        correction = self._correction()
        if correction:
            bias, acceleration = correction
            shifted = bias + ndtri(levels)
            shrink = 1 - acceleration * shifted
            levels = ndtr(bias + shifted / shrink) if np.all(shrink > 0) else levels
        low, high = np.quantile(self.defined, levels)
        return Estimate(value=self.value, low=float(low), high=float(high), n=n)

    def probability_below(self, threshold: float) -> float | None:
        """How probable it is that the figure of all such conversations lies below a threshold; None without interval.

        It is the level of the one-sided BCa bound that meets the threshold, so it agrees with the interval.
        """
        if self.why_no_interval():
            return None
        share = float(np.mean(self.defined < threshold) + 0.5 * np.mean(self.defined == threshold))
        correction = self._correction()
        if not correction or not 0 < share < 1:
            return share
        bias, acceleration = correction
        shifted = ndtri(share) - bias
        return float(ndtr(shifted / (1 + acceleration * shifted) - bias)) if 1 + acceleration * shifted > 0 else share

    def _correction(self) -> tuple[float, float] | None:
        """BCa's bias and acceleration, None where they are undefined (then percentiles stand as they are)."""
        defined, left_out = self.defined, self.left_out[~np.isnan(self.left_out)]
        below = np.mean(defined < self.value) + 0.5 * np.mean(defined == self.value)
        if not 0 < below < 1 or not len(left_out):
            return None
        away = left_out.mean() - left_out
        spread = np.sum(away**2)
        return float(ndtri(below)), float(np.sum(away**3) / (6 * spread**1.5)) if spread > 0 else 0.0


def expanded_tail(tail: float, n: int) -> float:
    """The tail of resamples to cut off so that intervals over n units are as wide as Student's, not narrower.

    Resamples of n units vary by (n - 1) / n too little, and their tails are the normal's (Hesterberg 2015, "What Teachers
    Should Know About the Bootstrap", The American Statistician 69, 371-386: the "expanded percentile" interval).

    >>> [round(expanded_tail(0.05, n), 4) for n in (5, 20, 1000)]
    [0.0086, 0.038, 0.0498]
    """
    return float(ndtr(student.ppf(tail, n - 1) * np.sqrt(n / (n - 1)))) if n > 1 else tail


def distribution(counts: Floats, statistic: Statistic, resamples: Resamples, *, corrected: bool = True) -> Distribution:
    """The statistic of counts summed over conversations, over all resamples; see `estimate`."""
    total = counts.sum(axis=0)
    left_out = statistic(total - counts) if corrected else np.zeros(0)
    return Distribution(float(statistic(total)), statistic(resamples.weights @ counts), left_out)


def estimate(
    counts: Floats,
    statistic: Statistic,
    resamples: Resamples,
    *,
    n: int,
    undefined: str,
    corrected: bool = True,
    expanded: bool = False,
) -> Estimate:
    """The statistic of counts summed over conversations, with its interval.

    counts: (n_conversations, n_counts), whose sums over any set of conversations decide the statistic.
    statistic: maps sums of shape (..., n_counts) to values of shape (...), NaN where undefined.
    undefined: the reason to give where the value is undefined. corrected: BCa, or else plain percentiles.
    expanded: for skewed figures of few units, see `expanded_tail`.
    """
    value = float(statistic(counts.sum(axis=0)))
    if np.isnan(value):
        return Estimate(value=None, n=n, reason=undefined)
    if len(counts) < 2:
        return Estimate(value=value, n=n, reason=TOO_FEW)
    found = distribution(counts, statistic, resamples, corrected=corrected)
    return found.estimate(n, resamples.confidence, expanded=expanded)


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
        return Estimate(value=value, n=n, reason=TOO_FEW)
    drawn = (np.repeat(np.arange(n), times).tolist() for times in resamples.weights.astype(int))
    resampled = np.array([value_of([items[i] for i in indices]) for indices in drawn])
    left_out = np.array([value_of([*items[:i], *items[i + 1 :]]) for i in range(n)])
    return Distribution(value, resampled, left_out).estimate(n, resamples.confidence)
