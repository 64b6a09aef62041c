"""Warmth and Competence, from 0 to 100, and the pace match that Warmth rests on in part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log
from statistics import fmean

from rubric.config import WARMTH, RubricConfig, score_along
from rubric.conversation import Conversation, Turn
from rubric.signals import Signal
from rubric.spans import Span

MINIMUM_WORDS = 5
MINIMUM_PAIRS = 3
MINIMUM_COMPONENTS = 2


def pace_match(conversation: Conversation) -> float | None:
    """How closely the rep speaks at the customer's rate, from 0 (twice or half as fast) to 1; None without times.

    The mean, over rep turns that follow a customer turn, of 1 - |log2(rep words a second / customer words a second)|,
    each at least 0. Turns under five words have no rate; under three such pairs the match is undefined.
    """
    if not conversation.has_times:
        return None
    matches = [
        max(0.0, 1 - abs(log(_rate(rep) / _rate(customer), 2)))
        for customer, rep in pairwise(conversation.turns)
        if customer.role == "customer" and rep.role == "rep" and _has_rate(customer) and _has_rate(rep)
    ]
    return fmean(matches) if len(matches) >= MINIMUM_PAIRS else None


def _has_rate(turn: Turn) -> bool:
    return turn.n_words >= MINIMUM_WORDS and bool(turn.seconds)


def _rate(turn: Turn) -> float:
    return turn.n_words / (turn.seconds or 1.0)


def warmth_components(conversation: Conversation, spans: Sequence[Span]) -> dict[str, float | None]:
    """Spans per customer turn of the three warmth labels, and the pace match; None where undefined."""
    n_customer_turns = sum(turn.role == "customer" for turn in conversation.turns)
    counts = Counter(str(span.label) for span in spans)
    return {
        name: pace_match(conversation)
        if name == "pace_match"
        else counts[name] / n_customer_turns
        if n_customer_turns
        else None
        for name in WARMTH
    }


def axes(
    conversation: Conversation, spans: Sequence[Span], signals: Mapping[str, Signal], config: RubricConfig
) -> dict[str, float | None]:
    """Both axes, 0 to 100, each the mean of its defined components; None where fewer than two are defined."""
    values: dict[str, dict[str, float | None]] = {
        "warmth": warmth_components(conversation, spans),
        "competence": {name: signal.value for name, signal in signals.items()},
    }
    return {axis: _axis(values[axis], config.axes[axis]) for axis in values}


def _axis(values: Mapping[str, float | None], points: Mapping[str, tuple[tuple[float, float], ...]]) -> float | None:
    scores = [score_along(points[name], value) for name, value in values.items() if value is not None]
    return round(100 * fmean(scores), 1) if len(scores) >= MINIMUM_COMPONENTS else None
