"""Accepted candidates → spans with ids and references, each link with its probability, across the whole call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rubric.codebook import CODEBOOK
from rubric.conversation import Conversation
from rubric.spans import Span
from scoring.calibration import Calibrated, Calibration
from scoring.links import RELATION_OF, LinkHead, Mention, Relation, candidate_targets, mention, pair_features

# Of a tied claim's needs, those named that hold at least this share of the mass on needs.
SHARED_MASS = 0.3


@dataclass(frozen=True)
class Linked:
    """spans: the accepted ones, in order. targets: per candidate the probability of each id it may link to; what is
    missing to 1 is "none"."""

    spans: list[Span]
    targets: list[dict[str, float]]


def link(conversation: Conversation, rated: Sequence[Calibrated], head: LinkHead, calibration: Calibration) -> Linked:
    """Give needs and objections their ids, restatements and claims their references, in the order of the call."""
    spans: list[Span] = []
    mentions: list[Mention] = []
    keys: list[np.ndarray] = []
    targets_of: list[dict[str, float]] = []
    n_ids: dict[str, int] = {}
    for item in rated:
        candidate = item.candidate
        span = Span(
            turn=candidate.turn,
            start=candidate.start,
            end=candidate.end,
            label=item.label,
            probability=round(item.probability, 4),
        )
        source = mention(span, conversation.turns[span.turn].text)
        held = candidate_targets(span, spans)
        targets: dict[str, float] = {}
        if held:
            features = pair_features(source, [mentions[i] for i in held])
            probabilities = head.probabilities(
                RELATION_OF[span.label], candidate.query, np.stack([keys[i] for i in held]), features
            )
            for i, p in zip(held, probabilities, strict=False):
                name = spans[i].id or ""
                targets[name] = targets.get(name, 0.0) + float(p)
        targets_of.append(targets)
        if not item.accepted:
            continue
        prefix = CODEBOOK[span.label].id_prefix
        if prefix:
            repeated = _repeated(targets, calibration.same_threshold)
            if repeated is None:
                n_ids[prefix] = n_ids.get(prefix, 0) + 1
            span = span.model_copy(update={"id": repeated or f"{prefix}{n_ids[prefix]}"})
        elif targets:
            references = _references(RELATION_OF[span.label], targets, calibration.tied_threshold)
            span = span.model_copy(update={"refers_to": references})
        spans.append(span)
        mentions.append(source)
        keys.append(candidate.key)
    return Linked(spans, targets_of)


def _best(targets: dict[str, float]) -> str:
    return min(targets, key=lambda name: (-targets[name], int(name[1:])))


def _repeated(targets: dict[str, float], threshold: float) -> str | None:
    """The id that a mention repeats, None where it is new."""
    if not targets:
        return None
    best = _best(targets)
    return best if targets[best] >= threshold else None


def _references(relation: Relation, targets: dict[str, float], threshold: float) -> tuple[str, ...]:
    if relation == Relation.RESTATES:
        return (_best(targets),)
    mass = sum(targets.values())
    if mass < threshold:
        return ()
    named = [name for name, p in targets.items() if p >= SHARED_MASS * mass] or [_best(targets)]
    return tuple(sorted(named, key=lambda name: int(name[1:])))
