"""The link head: which earlier objection a restatement says back, which need a claim serves, which mention repeats one.

A mention is a span with an embedding, the mean of its tokens' link states. A link's score is
`q(source) · k(target) / sqrt(width) + features(source, target) · weights[relation] + bias[relation]`, turned into
probabilities by a softmax over all earlier targets of the call and, but for restatements, "none" with score 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rubric.codebook import Label
from rubric.spans import Span

FloatArray = NDArray[np.float32]


class Relation(IntEnum):
    """What a link says of its source: it restates an objection, serves a need, or repeats an earlier mention."""

    RESTATES = 0
    SERVES = 1
    SAME_OBJECTION = 2
    SAME_NEED = 3


RELATION_OF: dict[Label, Relation] = {
    Label.OBJECTION_RESTATEMENT: Relation.RESTATES,
    Label.VALUE_CLAIM: Relation.SERVES,
    Label.OBJECTION: Relation.SAME_OBJECTION,
    Label.NEED: Relation.SAME_NEED,
}
TARGET_OF: dict[Relation, Label] = {
    Relation.RESTATES: Label.OBJECTION,
    Relation.SERVES: Label.NEED,
    Relation.SAME_OBJECTION: Label.OBJECTION,
    Relation.SAME_NEED: Label.NEED,
}
# A restatement restates something by definition: it takes the best target there is.
HAS_NONE: dict[Relation, bool] = {relation: relation != Relation.RESTATES for relation in Relation}

FEATURES = ("log_distance", "adjacent", "latest", "log_rank", "word_overlap", "stem_overlap")
# A restated need or objection shares stems more than whole words; short words say little.
_STEM, _SHORTEST = 5, 4


@dataclass(frozen=True)
class Mention:
    """A span as the link head sees it. words: its lower-cased words of four letters and more; stems: their starts."""

    span: Span
    words: frozenset[str]
    stems: frozenset[str]


def mention(span: Span, text: str) -> Mention:
    """The mention of a span in its turn's text."""
    words = re.findall(r"\w+", text[span.start : span.end].lower())
    kept = frozenset(word for word in words if len(word) >= _SHORTEST or word.isdigit())
    return Mention(span, kept, frozenset(word[:_STEM] for word in kept))


def candidate_targets(source: Span, spans: Sequence[Span]) -> list[int]:
    """Indices of the spans that `source` may link to: of the relation's target label, in an earlier turn.

    A repeated mention may stand in the same turn as the first, so there earlier in the turn is enough.
    """
    relation = RELATION_OF.get(source.label)
    if relation is None:
        return []
    repeats = relation in (Relation.SAME_OBJECTION, Relation.SAME_NEED)
    return [
        index
        for index, span in enumerate(spans)
        if span.label == TARGET_OF[relation]
        and (span.turn < source.turn or (repeats and span.turn == source.turn and span.end <= source.start))
    ]


def pair_features(source: Mention, targets: Sequence[Mention]) -> FloatArray:
    """(n_targets, n_features) what the texts and positions say of each pair; targets in order of appearance."""
    rows = np.zeros((len(targets), len(FEATURES)), dtype=np.float32)
    for row, target in enumerate(targets):
        distance = source.span.turn - target.span.turn
        rank = len(targets) - 1 - row
        rows[row] = (
            np.log1p(distance),
            distance == 1,
            rank == 0,
            np.log1p(rank),
            _overlap(source.words, target.words),
            _overlap(source.stems, target.stems),
        )
    return rows


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """Shared words as a share of the shorter side, the overlap coefficient."""
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


@dataclass(frozen=True)
class LinkHead:
    """What is left of the head outside the encoder: weights (n_relations, n_features), bias (n_relations,), and the
    temperature that divides every score."""

    weights: FloatArray
    bias: FloatArray
    temperature: float = 1.0

    def probabilities(
        self, relation: Relation, query: FloatArray, keys: FloatArray, features: FloatArray
    ) -> NDArray[np.float64]:
        """(n_targets + 1,) probability of each target and, last, of none (0 where the relation has no none).

        query: (link_width,) of the source; keys: (n_targets, link_width); features: (n_targets, n_features).
        """
        scores = keys @ query / np.sqrt(len(query)) + features @ self.weights[relation] + self.bias[relation]
        none = 0.0 if HAS_NONE[relation] else -np.inf
        logits = np.append(scores.astype(np.float64) / self.temperature, none)
        exponentials = np.exp(logits - logits.max())
        return np.asarray(exponentials / exponentials.sum())
