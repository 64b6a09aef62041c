"""Logits → candidate spans: for each turn and label the stretches that the token head lights up.

Candidates may overlap and most are unlikely: calibration gives each a probability, `accept` keeps those that pass their
label's threshold, the likeliest first, so that spans never overlap. The rejected ones still count for the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rubric.conversation import Conversation
from scoring.backend import FloatArray, WindowOutput
from scoring.tags import LABELS, begin_tag, inside_tag, label_mask, tag_mask
from scoring.windows import TEXT, Window

# A stretch is a run of tokens at or over the floor, or over half of its label's peak in the turn where that is less, so
# that weak candidates have edges too.
RUN_FLOOR = 0.4
RELATIVE_FLOOR = 0.5
# Below both, a label is not a candidate in a turn.
MINIMUM_PEAK = 0.03
MINIMUM_TURN = 0.03
# Beyond this the heads are sure, and differences of their logits are noise, not least that of int8.
SATURATED = 0.01
# A begin tag this likely inside a run starts a new span.
BEGIN = 0.5


@dataclass(frozen=True)
class TurnScores:
    """One turn's tokens, as the window that decides it sees them. n text tokens.

    turn: (n_labels,) probability that the turn has the label. inside, begin: (n, n_labels) probability that a token
    lies in, or begins, a span of the label. offsets: (n, 2) characters. queries, keys: (n, link_width).
    """

    turn: NDArray[np.float64]
    inside: NDArray[np.float64]
    begin: NDArray[np.float64]
    offsets: NDArray[np.int64]
    queries: NDArray[np.float32]
    keys: NDArray[np.float32]


@dataclass(frozen=True)
class Candidate:
    """A stretch that may be a span: characters [start, end) of a turn, with what the heads say of it.

    leads: whether it holds its label's strongest token in the turn.
    features: (3,) logits of the turn head, of the strongest token and of the mean token.
    query, key: (link_width,) the means of its tokens' link states.
    """

    turn: int
    start: int
    end: int
    label_index: int
    leads: bool
    features: NDArray[np.float64]
    query: NDArray[np.float32]
    key: NDArray[np.float32]


def turn_scores(
    conversation: Conversation, windows: Sequence[Window], outputs: Sequence[WindowOutput]
) -> dict[int, TurnScores]:
    """The scores of every turn that has text; the pieces of a long turn are put together again."""
    parts: dict[int, list[TurnScores]] = {}
    for window, output in zip(windows, outputs, strict=True):
        pieces = window.pieces
        for piece, turn in enumerate(window.piece_turns):
            role = conversation.turns[turn].role
            of_piece = pieces == piece
            held = np.flatnonzero(of_piece & (window.kinds == TEXT))
            tag_logits = np.where(tag_mask(role), output.tag_logits[held].astype(np.float64), -np.inf)
            tags = _softmax(tag_logits)  # (n, n_tags)
            begin = tags[:, [begin_tag(label) for label in LABELS]]
            inside = begin + tags[:, [inside_tag(label) for label in LABELS]]
            logits = _attend(output.turn_logits[of_piece], output.turn_attention[of_piece])
            turn_probability = np.where(label_mask(role), _sigmoid(logits), 0.0)
            parts.setdefault(int(turn), []).append(
                TurnScores(
                    turn_probability, inside, begin, window.offsets[held], output.queries[held], output.keys[held]
                )
            )
    return {turn: _join(held) for turn, held in sorted(parts.items())}


def _attend(logits: FloatArray, attention: FloatArray) -> NDArray[np.float64]:
    """(n, n_labels) each → (n_labels,): per label the tokens' mean logit, weighted by the softmax of their attention.

    Label-wise attention (Mullenbach et al. 2018): a label is heard where it is spoken, however long the turn.
    """
    weights = _softmax(attention.astype(np.float64).T).T
    return np.asarray((weights * logits).sum(axis=0))


def _join(parts: list[TurnScores]) -> TurnScores:
    if len(parts) == 1:
        return parts[0]
    return TurnScores(
        np.max([part.turn for part in parts], axis=0),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("inside", "begin", "offsets", "queries", "keys")
        ),
    )


def candidates(conversation: Conversation, scores: dict[int, TurnScores]) -> list[Candidate]:
    """All candidates of a conversation, by turn, label and position."""
    return [
        candidate
        for turn, held in scores.items()
        for label_index in range(len(LABELS))
        for candidate in _candidates_of(turn, conversation.turns[turn].text, held, label_index)
    ]


def _candidates_of(turn: int, text: str, scores: TurnScores, label_index: int) -> list[Candidate]:
    inside = scores.inside[:, label_index]
    if not len(inside):
        return []
    peak = float(inside.max())
    if peak < MINIMUM_PEAK and scores.turn[label_index] < MINIMUM_TURN:
        return []
    strongest = int(inside.argmax())
    found = []
    for first, last in _runs(inside, scores.begin[:, label_index], min(RUN_FLOOR, RELATIVE_FLOOR * peak)):
        start, end = _whole_words(text, int(scores.offsets[first, 0]), int(scores.offsets[last, 1]))
        if start >= end:
            continue
        held = slice(first, last + 1)
        found.append(
            Candidate(
                turn,
                start,
                end,
                label_index,
                first <= strongest <= last,
                np.array([_logit(scores.turn[label_index]), _logit(inside[held].max()), _logit(inside[held].mean())]),
                scores.queries[held].mean(axis=0),
                scores.keys[held].mean(axis=0),
            )
        )
    return found


def _runs(inside: NDArray[np.float64], begin: NDArray[np.float64], floor: float) -> list[tuple[int, int]]:
    """First and last token of each run at or over the floor, cut where a new span begins."""
    runs: list[tuple[int, int]] = []
    first: int | None = None
    for token in range(len(inside)):
        if inside[token] < floor:
            if first is not None:
                runs.append((first, token - 1))
            first = None
        elif first is None:
            first = token
        elif begin[token] >= BEGIN:
            runs.append((first, token - 1))
            first = token
    if first is not None:
        runs.append((first, len(inside) - 1))
    return runs


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The stretch widened to whole words of scripts that separate words, and stripped of white space."""
    while 0 < start < len(text) and _joins(text[start - 1], text[start]):
        start -= 1
    while 0 < end < len(text) and _joins(text[end - 1], text[end]):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _joins(left: str, right: str) -> bool:
    """Whether two neighbouring characters belong to one word; Chinese, Japanese and Korean signs stand alone."""
    return left.isalnum() and right.isalnum() and left < "\u2e80" and right < "\u2e80"


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True, initial=-np.inf)) if logits.size else logits
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True)) if logits.size else logits


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


def _logit(probability: float) -> float:
    clipped = min(max(float(probability), SATURATED), 1 - SATURATED)
    return float(np.log(clipped / (1 - clipped)))
