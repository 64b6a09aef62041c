"""Span F1 per label: by overlap, and strictly.

Overlap: spans of one label in one turn are matched one to one so that as many pairs as possible overlap, and among
those matchings the one that shares most characters is taken (optimal, by linear sum assignment). A gold span that two
predicted spans cover is therefore found once, and one of the two is spurious. One shared character is enough.

Strict: the bounds are the same too, once white space and punctuation at both ends are set aside, since the codebook
gives final punctuation no meaning.

nervaluate's `strict` and `ent_type` measure the same where a prediction touches one gold span; its greedy matching
depends on the order of spans and lets a span of another label use a gold span up, so the counting here is our own.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from eval.agreement import LABELS, f1, figures_by_label, precision, recall
from eval.bootstrap import Estimate, Floats, Resamples
from eval.pairs import Pair, sum_by_conversation
from rubric.codebook import Label
from rubric.spans import Span

SPAN_METRICS = ("overlap_f1", "overlap_precision", "overlap_recall", "strict_f1")


def overlap(left: Span, right: Span) -> int:
    """Characters that both spans hold; 0 in different turns."""
    return max(0, min(left.end, right.end) - max(left.start, right.start)) if left.turn == right.turn else 0


def match(gold: Sequence[Span], predicted: Sequence[Span]) -> list[tuple[int, int]]:
    """One-to-one matches of overlapping spans with the same label, as indices (gold, predicted), in gold's order."""
    groups: dict[tuple[int, Label], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, spans in enumerate((gold, predicted)):
        for index, span in enumerate(spans):
            groups[span.turn, span.label][side].append(index)
    matches: list[tuple[int, int]] = []
    for left, right in groups.values():
        if len(left) == len(right) == 1:
            matches += [(left[0], right[0])] if overlap(gold[left[0]], predicted[right[0]]) else []
        elif left and right:
            shared = np.array([[overlap(gold[i], predicted[j]) for j in right] for i in left])
            gain = np.where(shared > 0, 1 + shared / (1 + shared.sum()), 0)  # one more match outweighs all characters
            rows, columns = linear_sum_assignment(gain, maximize=True)
            matches += [(left[i], right[j]) for i, j in zip(rows, columns, strict=True) if shared[i, j]]
    return sorted(matches)


def trimmed(span: Span, text: str) -> tuple[int, int]:
    """The span's bounds without white space and punctuation at both ends; as they are where nothing else is in it.

    >>> trimmed(Span(turn=0, start=4, end=12, label=Label.ACKNOWLEDGEMENT), "Ah. Got it. So")
    (4, 10)
    """
    kept = [offset for offset in range(span.start, span.end) if not _is_ignored(text[offset])]
    return (kept[0], kept[-1] + 1) if kept else (span.start, span.end)


def _is_ignored(character: str) -> bool:
    return character.isspace() or unicodedata.category(character).startswith("P")


def span_counts(pair: Pair, *, strict: bool = False) -> Floats:
    """(n_labels, 3) spans matched, only predicted, only in gold."""
    texts = [turn.text for turn in pair.conversation.turns]
    return count_spans(pair.gold, pair.predicted, texts, strict=strict)


def count_spans(
    gold: Sequence[Span], predicted: Sequence[Span], texts: Sequence[str] | None, *, strict: bool = False
) -> Floats:
    """As `span_counts`. texts: of the turns, None where bounds are to be taken to the character."""
    if strict:
        keys = [
            {(s.turn, s.label, *(trimmed(s, texts[s.turn]) if texts else (s.start, s.end))) for s in spans}
            for spans in (gold, predicted)
        ]
        matched = [key[1] for key in keys[0] & keys[1]]
    else:
        matched = [gold[i].label for i, _ in match(gold, predicted)]
    found, guessed, wanted = (
        np.array([labels.count(label) for label in LABELS], dtype=np.float64)
        for labels in (matched, [s.label for s in predicted], [s.label for s in gold])
    )
    return np.stack([found, guessed - found, wanted - found], axis=1)


def boundary_counts(pair: Pair) -> Floats:
    """(n_labels, 2) characters by which the bounds of matched spans lie apart, mean of start and end; matched spans."""
    turns = pair.conversation.turns
    counts = np.zeros((len(LABELS), 2))
    for i, j in match(pair.gold, pair.predicted):
        left, right = (trimmed(span, turns[span.turn].text) for span in (pair.gold[i], pair.predicted[j]))
        apart = (abs(left[0] - right[0]) + abs(left[1] - right[1])) / 2
        counts[LABELS.index(pair.gold[i].label)] += apart, 1
    return counts


def span_agreement(pairs: Sequence[Pair], resamples: Resamples) -> dict[str, dict[str, Estimate]]:
    """Per label and on average: overlap F1, its precision and recall, and strict F1; n is the number of gold spans."""
    by_overlap, strictly = (
        sum_by_conversation(pairs, np.array([span_counts(pair, strict=strict) for pair in pairs]))
        for strict in (False, True)
    )
    n = [int(gold) for gold in by_overlap[:, :, (0, 2)].sum(axis=(0, 2))]
    neither = "undefined: no span of the label in either labelling"
    overlapping = {
        "overlap_f1": (f1, neither),
        "overlap_precision": (precision, "undefined: no span of the label was predicted"),
        "overlap_recall": (recall, "undefined: no span of the label is in gold"),
    }
    figures = figures_by_label(by_overlap, overlapping, n, resamples)
    strict = figures_by_label(strictly, {"strict_f1": (f1, neither)}, n, resamples)
    return {label: figures[label] | strict[label] for label in figures}
