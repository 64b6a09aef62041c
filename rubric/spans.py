"""Span and Rating: what one rater, person or model, marked in one conversation, and whether it obeys the codebook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation
from rubric.errors import LabelError, refuse


class Span(BaseModel):
    """A stretch of one turn's text with one label.

    start, end: character offsets in the turn's text, end excluded. id: of needs (N1) and objections (O1).
    refers_to: ids of the objections a restatement says back, or of the needs a claim serves.
    probability: the scorer's calibrated probability that a rater marks this span; None for a rater's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: int = Field(ge=0)
    start: int = Field(ge=0)
    end: int = Field(ge=1)
    label: Label
    id: str | None = None
    refers_to: tuple[str, ...] = ()
    probability: float | None = Field(default=None, ge=0, le=1)


class Rating(BaseModel):
    """All spans that one rater marked in one conversation; turn labels follow from them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: str
    rater: str
    spans: tuple[Span, ...] = ()

    def turn_labels(self, n_turns: int) -> list[set[Label]]:
        """(n_turns,) the set of labels each turn has: those of the spans in it."""
        labels: list[set[Label]] = [set() for _ in range(n_turns)]
        for span in self.spans:
            labels[span.turn].add(span.label)
        return labels


def find_faults(conversation: Conversation, spans: Sequence[Span]) -> list[str]:
    """Every way in which `spans` contradict the conversation or the codebook, as sentences; empty where none."""
    faults: list[str] = []
    first_turn_of_id: dict[str, int] = {}
    by_turn: dict[int, list[Span]] = defaultdict(list)
    for index, span in enumerate(spans):
        where = f"span {index} ({span.label} in turn {span.turn})"
        definition = CODEBOOK[span.label]
        if span.turn >= len(conversation.turns):
            faults.append(f"{where}: the conversation has turns 0 to {len(conversation.turns) - 1}")
            continue
        turn = conversation.turns[span.turn]
        if not span.start < span.end <= len(turn.text):
            faults.append(f"{where}: characters {span.start} to {span.end} do not lie in the turn's {len(turn.text)}")
        if turn.role != definition.role:
            faults.append(f"{where}: only a {definition.role} turn may carry it, this is a {turn.role} turn")
        prefix = definition.id_prefix
        if prefix and not (span.id and span.id.startswith(prefix) and span.id[1:].isdecimal()):
            faults.append(f"{where}: expected an id such as {prefix}1, found {span.id!r}")
        if not prefix and span.id:
            faults.append(f"{where}: carries the id {span.id!r}, but only needs and objections carry one")
        if span.id:
            first_turn_of_id[span.id] = min(span.turn, first_turn_of_id.get(span.id, span.turn))
        by_turn[span.turn].append(span)
    faults += _reference_faults(spans, first_turn_of_id)
    for turn_index, held in sorted(by_turn.items()):
        held.sort(key=lambda span: (span.start, span.end))
        for left, right in pairwise(held):
            if right.start < left.end:
                faults.append(f"turn {turn_index}: {left.label} and {right.label} overlap at character {right.start}")
    return faults


def _reference_faults(spans: Sequence[Span], first_turn_of_id: dict[str, int]) -> list[str]:
    faults: list[str] = []
    for index, span in enumerate(spans):
        where = f"span {index} ({span.label} in turn {span.turn})"
        target = CODEBOOK[span.label].refers_to
        if target is None and span.refers_to:
            faults.append(f"{where}: refers to {', '.join(span.refers_to)}, but a {span.label} refers to nothing")
            continue
        for reference in span.refers_to:
            prefix = CODEBOOK[target].id_prefix if target else None
            if prefix and not reference.startswith(prefix):
                faults.append(f"{where}: refers to {reference!r}, expected an id such as {prefix}1")
            elif reference not in first_turn_of_id:
                faults.append(f"{where}: refers to {reference!r}, which no span carries")
            elif first_turn_of_id[reference] >= span.turn:
                faults.append(
                    f"{where}: refers to {reference!r}, which is first said in turn {first_turn_of_id[reference]}, not earlier"
                )
    return faults


def check(conversation: Conversation, spans: Sequence[Span]) -> None:
    """Raise LabelError with every fault where `spans` contradict the conversation or the codebook."""
    refuse(LabelError, f"the labelling of {conversation.id}", find_faults(conversation, spans))


def in_order(spans: Sequence[Span]) -> list[Span]:
    """Spans by turn and position, the order of a scorecard."""
    return sorted(spans, key=lambda span: (span.turn, span.start, span.end))


@dataclass(frozen=True)
class Labelled:
    """A conversation with one rater's spans: the unit of training and of evaluation."""

    conversation: Conversation
    rating: Rating
