"""Pair: one conversation with two labellings. Every metric of this room takes a list of them.

Several pairs may hold the same conversation (a scorer against each of three raters); bootstrap draws conversations,
so that such pairs always come together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np

from eval.bootstrap import Floats
from rubric.conversation import Conversation
from rubric.signals import Signal
from rubric.spans import Labelled, Rating, Span

RaterFunction = Callable[[Conversation], Sequence[Span]]


@dataclass(frozen=True)
class Pair:
    """A conversation, the spans taken as right, and the spans to be judged.

    signals: those of the scorecard, with intervals; None where they follow from `predicted` alone.
    """

    conversation: Conversation
    gold: tuple[Span, ...]
    predicted: tuple[Span, ...]
    signals: Mapping[str, Signal] | None = None


@dataclass(frozen=True)
class Ratings:
    """All raters' spans of one conversation, at least two raters."""

    conversation: Conversation
    spans: Mapping[str, tuple[Span, ...]]


def group_ratings(conversations: Iterable[Conversation], ratings: Iterable[Rating]) -> list[Ratings]:
    """The raters' spans by conversation, in the order of `conversations`; those with under two raters drop out."""
    spans: dict[str, dict[str, tuple[Span, ...]]] = {}
    for rating in ratings:
        spans.setdefault(rating.conversation, {})[rating.rater] = rating.spans
    return [
        Ratings(conversation, dict(sorted(spans[conversation.id].items())))
        for conversation in conversations
        if len(spans.get(conversation.id, ())) >= 2
    ]


def rater_pairs(ratings: Iterable[Ratings]) -> list[Pair]:
    """Each rater against each other one, both ways round, so that precision and recall are the same figure."""
    return [
        Pair(rated.conversation, gold=left, predicted=right)
        for rated in ratings
        for left, right in permutations(rated.spans.values(), 2)
    ]


def against_raters(pairs: Iterable[Pair], ratings: Iterable[Ratings], left_out: str | None = None) -> list[Pair]:
    """Each pair once for each rater, that rater's spans as gold; `left_out` names a rater who is judged herself."""
    rated = {ratings_of_one.conversation.id: ratings_of_one for ratings_of_one in ratings}
    return [
        replace(pair, gold=spans)
        for pair in pairs
        if pair.conversation.id in rated
        for rater, spans in rated[pair.conversation.id].spans.items()
        if rater != left_out
    ]


def rate_with(rater: RaterFunction, pairs: Iterable[Pair]) -> list[Pair]:
    """The same gold, judged against what `rater` marks."""
    return [replace(pair, predicted=tuple(rater(pair.conversation)), signals=None) for pair in pairs]


def sum_by_conversation(pairs: Sequence[Pair], counts: Floats) -> Floats:
    """(n_pairs, ...) counts to (n_conversations, ...), conversations in order of first appearance."""
    row_of: dict[str, int] = {}
    rows = [row_of.setdefault(pair.conversation.id, len(row_of)) for pair in pairs]
    summed = np.zeros((len(row_of), *counts.shape[1:]))
    np.add.at(summed, rows, counts)
    return summed


def n_conversations(pairs: Iterable[Pair]) -> int:
    return len({pair.conversation.id for pair in pairs})


def data_sha256(items: Iterable[Labelled]) -> str:
    """Hash of conversations and labels, whatever their order."""
    lines = sorted(f"{item.conversation.model_dump_json()}\n{item.rating.model_dump_json()}" for item in items)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
