"""The rep's behaviours ranked by how much there is to gain, from signals' values."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from rubric.config import SIGNALS, RubricConfig, score_along
from rubric.signals import Signal

N_RANKED = 3


class Behaviour(BaseModel):
    """One behaviour to work on. gap: from 0 (at target) to 1; None where the conversation gave no chance to see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    gap: float | None
    reason: str


def rank(signals: Mapping[str, Signal], config: RubricConfig) -> list[Behaviour]:
    """The three behaviours with the widest gap to target, widest first.

    An undefined signal ranks below every measured one that is short of its target and above those that are there:
    what was not seen may need work. Ties keep the codebook's order.
    """
    behaviours = [
        Behaviour(name=name, gap=gap_of(name, signals[name].value, config), reason=_reason(signals[name]))
        for name in SIGNALS
    ]
    return sorted(behaviours, key=lambda behaviour: order(behaviour.gap))[:N_RANKED]


def gap_of(signal: str, value: float | None, config: RubricConfig) -> float | None:
    """1 minus the signal's score on the competence axis, 0 to 1; None where the value is undefined."""
    return None if value is None else round(1 - score_along(config.axes["competence"][signal], value), 4)


def order(gap: float | None) -> tuple[int, float]:
    """Sort key of a gap: wide before narrow, the unseen (None) after the open ones, the closed last."""
    if gap is None:
        return (1, 0.0)
    return (0, -gap) if gap > 0 else (2, 0.0)


def _reason(signal: Signal) -> str:
    if signal.value is None:
        return signal.reason or "undefined"
    if signal.denominator is None:
        found = f"{signal.numerator:g} {signal.unit}"
    else:
        found = f"{signal.value:.2f} {signal.unit} ({signal.numerator:g} of {signal.denominator:.3g})"
    return found if signal.band is None else f"{found}: {signal.band.replace('_', ' ')}"
