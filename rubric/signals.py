"""The four signals, exactly as the codebook defines them, from a conversation and its spans.

Every numerator and denominator is a list of spans, so each point of a score can be rebuilt by hand.

The codebook's own call, two days of reconciling invoices and a doubled price:

>>> from rubric.config import load_rubric
>>> from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
>>> signals = measure(CODEBOOK_CALL, CODEBOOK_SPANS, load_rubric())
>>> {name: (signal.numerator, signal.denominator) for name, signal in signals.items() if name != "discovery_density"}
{'objection_acknowledgement': (1.0, 1.0), 'value_framing': (1.0, 1.0), 'close_attempts': (1.0, None)}
>>> signals["objection_acknowledgement"].value, signals["objection_acknowledgement"].band
(1.0, None)
>>> signals["objection_acknowledgement"].reason
'too little evidence for a band: 1 distinct objection, 2 needed'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from rubric.codebook import Label
from rubric.config import SIGNALS, RubricConfig, SignalConfig
from rubric.conversation import Conversation
from rubric.spans import Span

ANSWERS = (Label.VALUE_CLAIM, Label.CLOSE_ASK)


class Signal(BaseModel):
    """One signal of one conversation.

    value: in `unit`, None where undefined. band: None where undefined or where the evidence is too thin; `reason`
    then says why. interval: the central 90 % for the value under the scorer's uncertainty, None for a person's
    labels. evidence: indices into the spans the signal was measured on, numerator and denominator together.
    note: how a number came about where that is not the rule, such as talk time estimated from words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: float | None
    numerator: float
    denominator: float | None
    unit: str
    band: str | None
    interval: tuple[float, float] | None = None
    reason: str | None = None
    note: str | None = None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class FirstHalf:
    """Where the first half ends and how long the rep talks in it. estimated: by words, for want of times."""

    conversation: Conversation
    rep_minutes: float
    estimated: bool
    midpoint: float

    def holds(self, turn_index: int, offset: int) -> bool:
        """Whether the character at `offset` of a turn is said in the first half; the midpoint itself is not."""
        return _position(self.conversation, turn_index, offset) < self.midpoint


def _position(conversation: Conversation, turn_index: int, offset: int) -> float:
    """How far into the conversation a character is said: in seconds, or in words where there are no times."""
    turn = conversation.turns[turn_index]
    if conversation.has_times:
        return turn.time_at(offset) or 0.0
    return conversation.words_before[turn_index] + len(turn.text[:offset].split())


def first_half(conversation: Conversation, words_per_minute: float) -> FirstHalf:
    """The first half of the call: by time, or by words with talk time estimated at `words_per_minute`."""
    timed = conversation.has_times
    if timed:
        starts = [turn.start or 0.0 for turn in conversation.turns]
        ends = [turn.end or 0.0 for turn in conversation.turns]
        midpoint = (min(starts) + max(ends)) / 2
    else:
        starts = [float(n) for n in conversation.words_before[:-1]]
        ends = [float(n) for n in conversation.words_before[1:]]
        midpoint = conversation.words_before[-1] / 2
    said_by_rep = sum(
        max(0.0, min(end, midpoint) - start)
        for turn, start, end in zip(conversation.turns, starts, ends, strict=True)
        if turn.role == "rep"
    )
    return FirstHalf(conversation, said_by_rep / (60 if timed else words_per_minute), not timed, midpoint)


@dataclass
class Objection:
    """One distinct objection: the spans that carry its id, and the spans that restate it before the first answer."""

    id: str
    spans: list[int] = field(default_factory=list)
    restatements: list[int] = field(default_factory=list)


def distinct_objections(spans: Sequence[Span]) -> list[Objection]:
    """The distinct objections in order of appearance, each with its restatements that precede the first answer.

    A rep turn after the objection was first raised that holds a value claim or a close ask has answered it; what is
    restated in a later turn comes too late. Within a turn the label itself says that the restatement came first.
    """
    objections: dict[str, Objection] = {}
    for index, span in enumerate(spans):
        if span.label == Label.OBJECTION and span.id:
            objections.setdefault(span.id, Objection(span.id)).spans.append(index)
    answer_turns = sorted({span.turn for span in spans if span.label in ANSWERS})
    for index, span in enumerate(spans):
        if span.label != Label.OBJECTION_RESTATEMENT:
            continue
        for reference in span.refers_to:
            objection = objections.get(reference)
            if objection is None:
                continue
            raised = min(spans[i].turn for i in objection.spans)
            if not any(raised < turn < span.turn for turn in answer_turns):
                objection.restatements.append(index)
    return sorted(objections.values(), key=lambda objection: min(objection.spans))


def measure(conversation: Conversation, spans: Sequence[Span], config: RubricConfig) -> dict[str, Signal]:
    """All four signals, in the codebook's order, from one rater's spans (all of them taken as certain)."""
    measured = (
        _discovery_density(conversation, spans, config),
        _objection_acknowledgement(spans, config.signals["objection_acknowledgement"]),
        _value_framing(spans, config.signals["value_framing"]),
        _close_attempts(conversation, spans, config.signals["close_attempts"]),
    )
    return dict(zip(SIGNALS, measured, strict=True))


def _discovery_density(conversation: Conversation, spans: Sequence[Span], config: RubricConfig) -> Signal:
    half = first_half(conversation, config.words_per_minute)
    evidence = [
        index
        for index, span in enumerate(spans)
        if span.label == Label.DISCOVERY_QUESTION and half.holds(span.turn, span.start)
    ]
    note = f"talk time estimated from words at {config.words_per_minute:g} a minute" if half.estimated else None
    minutes = half.rep_minutes
    return _signal(
        config.signals["discovery_density"],
        numerator=len(evidence),
        denominator=minutes,
        undefined="undefined: the rep does not speak in the first half",
        thin=f"{minutes * 60:.0f} seconds of rep talk in the first half, {config.signals['discovery_density'].minimum_evidence * 60:.0f} needed",
        evidence=evidence,
        note=note,
    )


def _objection_acknowledgement(spans: Sequence[Span], config: SignalConfig) -> Signal:
    objections = distinct_objections(spans)
    n = len(objections)
    return _signal(
        config,
        numerator=sum(bool(objection.restatements) for objection in objections),
        denominator=n,
        undefined="undefined: no objection was raised",
        thin=f"{n} distinct objection{'s' if n != 1 else ''}, {config.minimum_evidence:g} needed",
        evidence=sorted(i for objection in objections for i in objection.spans + objection.restatements),
    )


def _value_framing(spans: Sequence[Span], config: SignalConfig) -> Signal:
    claims = [index for index, span in enumerate(spans) if span.label == Label.VALUE_CLAIM]
    n = len(claims)
    return _signal(
        config,
        numerator=sum(bool(spans[index].refers_to) for index in claims),
        denominator=n,
        undefined="undefined: no value claim was made",
        thin=f"{n} value claim{'s' if n != 1 else ''}, {config.minimum_evidence:g} needed",
        evidence=claims,
    )


def _close_attempts(conversation: Conversation, spans: Sequence[Span], config: SignalConfig) -> Signal:
    asks = [index for index, span in enumerate(spans) if span.label == Label.CLOSE_ASK]
    n_turns = len(conversation.turns)
    thin = n_turns < config.minimum_evidence
    return Signal(
        value=float(len(asks)),
        numerator=len(asks),
        denominator=None,
        unit=config.unit,
        band=None if thin else config.band_of(len(asks)),
        reason=f"too little evidence for a band: {n_turns} turns, {config.minimum_evidence:g} needed" if thin else None,
        evidence=tuple(asks),
    )


def _signal(
    config: SignalConfig,
    *,
    numerator: int,
    denominator: float,
    undefined: str,
    thin: str,
    evidence: list[int],
    note: str | None = None,
) -> Signal:
    """A ratio with its band, or why it has none."""
    value = numerator / denominator if denominator else None
    enough = denominator >= config.minimum_evidence
    reason = undefined if value is None else None if enough else f"too little evidence for a band: {thin}"
    return Signal(
        value=None if value is None else round(value, 4),
        numerator=numerator,
        denominator=round(denominator, 4),
        unit=config.unit,
        band=config.band_of(value) if value is not None and enough else None,
        reason=reason,
        note=note,
        evidence=tuple(evidence),
    )
