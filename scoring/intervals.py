"""The interval on each signal: every candidate span, accepted or not, with its probability, and every link with its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from rubric.codebook import Label
from rubric.config import RubricConfig
from rubric.conversation import Conversation
from rubric.signals import ANSWERS, Signal, first_half
from scoring.calibration import Calibrated
from scoring.linking import Linked
from scoring.uncertainty import Trial, count_interval, ratio_interval


def trials(
    conversation: Conversation, rated: Sequence[Calibrated], linked: Linked, config: RubricConfig
) -> dict[str, list[Trial]]:
    """Per signal, what may be in its denominator (or its count) and with which probability it counts."""
    half = first_half(conversation, config.words_per_minute)
    return {
        "discovery_density": [
            Trial(item.probability)
            for item in rated
            if item.label == Label.DISCOVERY_QUESTION and half.holds(item.candidate.turn, item.candidate.start)
        ],
        "objection_acknowledgement": _objection_trials(rated, linked),
        "value_framing": [
            Trial(item.probability, min(1.0, sum(targets.values())))
            for item, targets in zip(rated, linked.targets, strict=True)
            if item.label == Label.VALUE_CLAIM
        ],
        "close_attempts": [Trial(item.probability) for item in rated if item.label == Label.CLOSE_ASK],
    }


def _objection_trials(rated: Sequence[Calibrated], linked: Linked) -> list[Trial]:
    """One trial a distinct objection, and one for each rejected candidate, which would be a distinct one of its own."""
    restatements = [
        (item, targets)
        for item, targets in zip(rated, linked.targets, strict=True)
        if item.label == Label.OBJECTION_RESTATEMENT
    ]
    exists: dict[str, list[float]] = {}
    raised: dict[str, int] = {}
    for span in linked.spans:
        if span.label == Label.OBJECTION and span.id:
            exists.setdefault(span.id, []).append(span.probability or 0.0)
            raised.setdefault(span.id, span.turn)
    answers = [span.turn for span in linked.spans if span.label in ANSWERS]
    result = []
    for name, probabilities in exists.items():
        restated = [
            item.probability * targets.get(name, 0.0)
            for item, targets in restatements
            if not any(raised[name] < turn < item.candidate.turn for turn in answers)
        ]
        result.append(Trial(1 - prod(1 - p for p in probabilities), 1 - prod(1 - p for p in restated)))
    for item, targets in zip(rated, linked.targets, strict=True):
        if item.label == Label.OBJECTION and not item.accepted:
            answered = [r.probability for r, _ in restatements if r.candidate.turn == item.candidate.turn + 1]
            is_new = 1 - min(1.0, sum(targets.values()))
            result.append(Trial(item.probability * is_new, 1 - prod(1 - p for p in answered)))
    return result


def with_intervals(
    signals: Mapping[str, Signal], of_signal: Mapping[str, Sequence[Trial]], levels: Mapping[str, float]
) -> dict[str, Signal]:
    """The signals with their intervals, in the signals' own units; undefined signals get none."""
    return {name: _with_interval(signal, of_signal[name], levels[name]) for name, signal in signals.items()}


def _with_interval(signal: Signal, of_signal: Sequence[Trial], level: float) -> Signal:
    bounds = interval(signal, of_signal, level)
    return signal if bounds is None else signal.model_copy(update={"interval": bounds})


def interval(signal: Signal, of_signal: Sequence[Trial], level: float) -> tuple[float, float] | None:
    """Central interval of `level`, widened where need be to hold the value itself; None where undefined."""
    if signal.value is None:
        return None
    if signal.unit.startswith("share"):
        bounds = ratio_interval(of_signal, level)
    else:
        low, high = count_interval(of_signal, level)
        per = signal.denominator or 1.0
        bounds = (low / per, high / per)
    low, high = bounds or (signal.value, signal.value)
    return round(min(low, signal.value), 4), round(max(high, signal.value), 4)
