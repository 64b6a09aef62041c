"""The decision study: how reliable a rep's mean would be with other numbers of conversations and raters, with intervals.

The formulas are those of `rubric.generalizability`, here over resampled components. How many conversations a target
needs is resampled as its reciprocal, which goes to 0 where no number suffices, so that an interval may end in "no
number".
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from eval.bootstrap import Estimate, Floats, Statistic, ratio
from eval.statistics.components import RESIDUAL, Components
from rubric.generalizability import calls_needed as calls_needed_of

NO_REPS = (
    "undefined: conversations carry no rep, so what differs between reps cannot be told from what differs between "
    "one rep's calls"
)
NO_SPREAD = "undefined: reps do not differ"
ROUNDING = 1e-9


@dataclass(frozen=True)
class Needed:
    """How many conversations (or raters) a target takes. value: None where no number does, or where undefined.

    low, high: the interval, `high` None with `bounded` False where it reaches to no number at all. reason: why there
    is no value.
    """

    target: float
    value: int | None
    low: int | None = None
    high: int | None = None
    bounded: bool = True
    reason: str | None = None

    def shown(self) -> str:
        """The number with its interval in words and figures.

        >>> Needed(0.8, 7, 4, None, bounded=False).shown()
        '7 [4, no number]'
        """
        if self.value is None and self.reason:
            return "undefined"
        value = "no number" if self.value is None else str(self.value)
        if self.low is None and self.bounded:
            return value
        low = "no number" if self.low is None else str(self.low)
        return f"{value} [{low}, {'no number' if self.high is None else self.high}]"


def rep_reliability(components: Components, n_conversations: int, n_raters: int, *, absolute: bool = True) -> Estimate:
    """Reliability of a rep's mean over `n_conversations` by `n_raters`, with its interval."""

    def reliability(parts: Floats) -> Floats:
        rep, conversation, rater, rest = _columns(parts, components)
        error = (conversation + rest / n_raters) / n_conversations + (rater / n_raters if absolute else 0.0)
        return ratio(rep, rep + error)

    return _of_reps(components, reliability)


def conversation_reliability(components: Components, n_raters: int, *, absolute: bool = True) -> Estimate:
    """Reliability of one conversation's mean over `n_raters`: can it be told from other conversations?

    With reps known, what differs between reps counts as true too.
    """

    def reliability(parts: Floats) -> Floats:
        rep, conversation, rater, rest = _columns(parts, components)
        error = rest / n_raters + (rater / n_raters if absolute else 0.0)
        return ratio(rep + conversation, rep + conversation + error)

    if components.parts and "conversation" not in components.factors:
        return Estimate(
            value=None, n=components.n_conversations, reason="undefined: it takes two raters of one conversation"
        )
    return components.figure(reliability, "undefined: nothing differs")


def calls_needed(components: Components, target: float, n_raters: int = 1, *, absolute: bool = True) -> Needed:
    """How many conversations of a rep, each rated by the same `n_raters`, a reliability of `target` takes."""

    def rate(parts: Floats) -> Floats:
        rep, conversation, rater, rest = _columns(parts, components)
        allowed = rep * (1 - target) / target - (rater / n_raters if absolute else 0.0)
        per_call = conversation + rest / n_raters
        # with no error at all one call is enough, whatever the rate
        return np.where(per_call > 0, ratio(np.maximum(allowed, 0.0), per_call), np.where(rep > 0, np.inf, np.nan))

    found = _of_reps(components, rate)
    needed = _whole(found, target)
    if needed.reason is None:
        value = calls_needed_of(components.point(), target, n_raters, absolute=absolute)
        return Needed(target, value, needed.low, needed.high, needed.bounded)
    return needed


def raters_needed(components: Components, target: float, *, absolute: bool = True) -> Needed:
    """How many raters the mean of one conversation takes to be told from other conversations with `target`."""

    def rate(parts: Floats) -> Floats:
        rep, conversation, rater, rest = _columns(parts, components)
        error = rest + (rater if absolute else 0.0)
        true = rep + conversation
        return np.where(error > 0, ratio(true * (1 - target) / target, error), np.where(true > 0, np.inf, np.nan))

    if components.parts and "conversation" not in components.factors:
        return Needed(target, None, reason="undefined: it takes two raters of one conversation")
    return _whole(components.figure(_finite(rate), "undefined: nothing differs"), target)


def standard_error(components: Components, *, absolute: bool = True) -> Estimate:
    """Standard error of measurement of one rater's value of one conversation, in the signal's unit.

    The square root of rater and residual variance, or of the residual alone where every comparison is within one rater
    (Weir 2005, "Quantifying test-retest reliability using the intraclass correlation coefficient and the SEM", Journal
    of Strength and Conditioning Research 19, 231-240).
    """

    def error(parts: Floats) -> Floats:
        _, _, rater, rest = _columns(parts, components)
        return np.sqrt(rest + (rater if absolute else 0.0))

    if components.parts and "conversation" not in components.factors:
        return Estimate(
            value=None, n=components.n_conversations, reason="undefined: it takes two raters of one conversation"
        )
    return components.figure(error, "undefined")


def minimal_detectable_change(error: Estimate) -> Estimate:
    """The change between two values that measurement error alone exceeds once in twenty times: 1.96 sqrt(2) SEM.

    (Weir 2005, there "minimal difference".)

    >>> found = minimal_detectable_change(Estimate(value=2.0, n=8))
    >>> round(found.value, 2)
    5.54
    """
    factor = 1.96 * np.sqrt(2)
    scaled = {
        side: None if value is None else float(value * factor)
        for side, value in (("value", error.value), ("low", error.low), ("high", error.high))
    }
    return error.model_copy(update=scaled)


def _of_reps(components: Components, statistic: Statistic) -> Estimate:
    if components.parts and "rep" not in components.factors:
        return Estimate(value=None, n=components.n_conversations, reason=NO_REPS)
    return components.figure(_finite(statistic), NO_SPREAD)


def _finite(statistic: Statistic) -> Statistic:
    """The same with a large number for infinity, which quantiles cannot weigh."""
    return lambda parts: np.minimum(statistic(parts), 1e12)


def _columns(parts: Floats, components: Components) -> tuple[Floats, Floats, Floats, Floats]:
    names = (*components.factors, RESIDUAL)
    none = np.zeros(parts.shape[:-1])
    held = {name: parts[..., index] for index, name in enumerate(names)}
    rep, conversation, rater, rest = (held.get(name, none) for name in ("rep", "conversation", "rater", RESIDUAL))
    return rep, conversation, rater, rest


def _whole(rate: Estimate, target: float) -> Needed:
    """Numbers from their reciprocals; the interval turns round."""
    if rate.value is None:
        return Needed(target, None, reason=rate.reason)
    value = _number(rate.value)
    if rate.low is None or rate.high is None:
        return Needed(target, value)
    high = _number(rate.low)
    return Needed(target, value, _number(rate.high), high, bounded=high is not None)


def _number(rate: float) -> int | None:
    return max(1, ceil(1 / rate - ROUNDING)) if rate > 1e-6 else None
