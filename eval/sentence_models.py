"""Raters that classify sentence by sentence with logistic regression: what a user would try before training an encoder.

The features are the caller's: the sentence's length, its TF-IDF, its embedding. A sentence gets the one label of its
role whose odds stand highest over the label's threshold, and nothing where none passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from eval.baselines import joined, sentences, with_links
from rubric.codebook import Label, Role, labels_of
from rubric.conversation import Conversation
from rubric.spans import Labelled, Span

# (n sentences) → (n, n_features), dense or sparse.
Features = Callable[[Sequence[str]], Any]
ROLES: tuple[Role, ...] = ("rep", "customer")


@dataclass(frozen=True)
class Sentence:
    """Characters [start, end) of a turn, and the label of the span that covers most of it, if any covers half."""

    turn: int
    role: Role
    text: str
    start: int
    end: int
    label: Label | None


def word_counts(texts: Sequence[str]) -> NDArray[np.float64]:
    """(n, 2) the number of words, its logarithm beside it: all that a length-only model sees."""
    counts = np.array([[len(text.split())] for text in texts], dtype=np.float64)
    return np.hstack([counts, np.log1p(counts)])


def tfidf(train: Sequence[Labelled]) -> Features:
    """TF-IDF of words and word pairs, its vocabulary from the training conversations."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    vectorizer.fit([sentence.text for item in train for sentence in split(item.conversation, item.rating.spans)])
    return lambda texts: vectorizer.transform(texts)


def split(conversation: Conversation, spans: Sequence[Span] = ()) -> list[Sentence]:
    """All sentences of a conversation, labelled by the spans given."""
    found = []
    for index, turn in enumerate(conversation.turns):
        held = [span for span in spans if span.turn == index]
        for start, end in sentences(turn.text):
            shared = [(min(end, span.end) - max(start, span.start), span) for span in held]
            most, label = max(((n, span.label) for n, span in shared), key=lambda pair: pair[0], default=(0, None))
            inside = 2 * most >= end - start or any(start <= span.start and span.end <= end for span in held)
            found.append(
                Sentence(index, turn.role, turn.text[start:end], start, end, label if inside and most else None)
            )
    return found


class SentenceModel:
    """Fitted on training conversations, its thresholds on held-out ones so that as many sentences are marked as the
    rater marked."""

    def __init__(self, features: Features, train: Sequence[Labelled], held_out: Sequence[Labelled]) -> None:
        self.features = features
        self._models: dict[Role, OneVsRestClassifier] = {}
        self._thresholds: dict[Role, NDArray[np.float64]] = {}
        for role in ROLES:
            texts, targets = _rows(train, role)
            classifier = OneVsRestClassifier(LogisticRegression(C=10.0, max_iter=500))
            self._models[role] = classifier.fit(features(texts), targets)
            texts, targets = _rows(held_out, role)
            probabilities = self._models[role].predict_proba(features(texts))
            self._thresholds[role] = np.array(
                [
                    np.sort(column)[::-1][int(n)] if n < len(column) else 0.0
                    for column, n in zip(probabilities.T, targets.sum(axis=0), strict=True)
                ]
            )

    def __call__(self, conversation: Conversation) -> list[Span]:
        """The spans of a conversation, whole sentences, runs of one label joined."""
        by_turn: dict[int, list[Span]] = {}
        for role in ROLES:
            held = [sentence for sentence in split(conversation) if sentence.role == role]
            if not held:
                continue
            probabilities = self._models[role].predict_proba(self.features([sentence.text for sentence in held]))
            over = _log_odds(probabilities) - _log_odds(self._thresholds[role])
            for sentence, row in zip(held, over, strict=True):
                best = int(np.argmax(row))
                if row[best] > 0:
                    span = Span(turn=sentence.turn, start=sentence.start, end=sentence.end, label=labels_of(role)[best])
                    by_turn.setdefault(sentence.turn, []).append(span)
        turns = conversation.turns
        return with_links([span for turn in sorted(by_turn) for span in joined(by_turn[turn], turns[turn].text)])


def _rows(labelled: Sequence[Labelled], role: Role) -> tuple[list[str], NDArray[np.int64]]:
    """The role's sentences, and (n, n_labels) which label each has."""
    held = [s for item in labelled for s in split(item.conversation, item.rating.spans) if s.role == role]
    targets = [[sentence.label == label for label in labels_of(role)] for sentence in held]
    return [sentence.text for sentence in held], np.array(targets, dtype=np.int64)


def _log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    clipped = np.clip(probabilities, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(clipped / (1 - clipped)))
