"""Do two raters, or a scorer and a rater, give the same turns the same label?

The unit is a turn whose role may carry the label; it has the label when it holds at least one span of it.
The coefficients themselves are in `coefficients.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Estimate, Floats, Resamples, Statistic, estimate, mean_over, ratio
from eval.coefficients import category_counts, cohen_kappa, coincidences, nominal_alpha
from eval.pairs import Pair, Ratings, sum_by_conversation
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation
from rubric.spans import Span

LABELS = tuple(Label)
MEAN = "mean of labels"
UNDEFINED_ALPHA = "undefined: all turns or none have the label"
NO_GOLD = "undefined: no turn has the label"
TURN_METRICS = ("alpha", "kappa", "f1", "precision", "recall", "prevalence")


def turn_codes(conversation: Conversation, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """(n_turns, n_labels) whether each turn holds a span of each label, labels in the codebook's order."""
    codes = np.zeros((len(conversation.turns), len(LABELS)), dtype=bool)
    for span in spans:
        codes[span.turn, LABELS.index(span.label)] = True
    return codes


def units_of(conversation: Conversation) -> NDArray[np.bool_]:
    """(n_turns, n_labels) whether the turn's role may carry the label."""
    roles = np.array([turn.role for turn in conversation.turns])
    return np.stack([roles == CODEBOOK[label].role for label in LABELS], axis=1)


def confusion_counts(pair: Pair) -> Floats:
    """(n_labels, 4) turns with the label in both, only in predicted, only in gold, in neither."""
    gold, predicted = (turn_codes(pair.conversation, spans) for spans in (pair.gold, pair.predicted))
    cells = (gold & predicted, ~gold & predicted, gold & ~predicted, ~gold & ~predicted)
    units = units_of(pair.conversation)
    return np.stack([(cell & units).sum(axis=0) for cell in cells], axis=1).astype(np.float64)


def confusion_alpha(table: Floats) -> Floats:
    """Alpha of two raters from (..., 4) both, only second, only first, neither."""
    square = as_square(table)
    return nominal_alpha(square + np.swapaxes(square, -1, -2))


def as_square(table: Floats) -> Floats:
    """(..., 4) both, only second, only first, neither to (..., 2, 2) of yes and no."""
    return table.reshape(*table.shape[:-1], 2, 2)


def precision(table: Floats) -> Floats:
    """Share of what was predicted that is in gold, from (..., 3 or more) both, only predicted, only gold."""
    return ratio(table[..., 0], table[..., 0] + table[..., 1])


def recall(table: Floats) -> Floats:
    """Share of gold that was predicted."""
    return ratio(table[..., 0], table[..., 0] + table[..., 2])


def f1(table: Floats) -> Floats:
    """Harmonic mean of precision and recall; NaN where neither gold nor predicted has any."""
    return ratio(2 * table[..., 0], 2 * table[..., 0] + table[..., 1] + table[..., 2])


def prevalence(table: Floats) -> Floats:
    """Share of units that have the label in gold."""
    return ratio(table[..., 0] + table[..., 2], table.sum(axis=-1))


def turn_agreement(pairs: Sequence[Pair], resamples: Resamples) -> dict[str, dict[str, Estimate]]:
    """Per label and on average: alpha, kappa, F1, precision, recall and prevalence of turns; n counts units."""
    tables = sum_by_conversation(pairs, np.array([confusion_counts(pair) for pair in pairs]))
    metrics: dict[str, tuple[Statistic, str]] = {
        "alpha": (confusion_alpha, UNDEFINED_ALPHA),
        "kappa": (lambda table: cohen_kappa(as_square(table)), UNDEFINED_ALPHA),
        "f1": (f1, "undefined: the label is in neither labelling"),
        "precision": (precision, "undefined: the label was never predicted"),
        "recall": (recall, NO_GOLD),
        "prevalence": (prevalence, "undefined: no turn has the role"),
    }
    return figures_by_label(tables, metrics, [int(n) for n in tables.sum(axis=(0, 2))], resamples)


def figures_by_label(
    counts: Floats, metrics: Mapping[str, tuple[Statistic, str]], n: Sequence[int], resamples: Resamples
) -> dict[str, dict[str, Estimate]]:
    """Each metric for each label and its mean over labels, from counts (n_conversations, n_labels, n_counts).

    metrics: the statistic of summed counts and why it may be undefined. n: the units of each label.
    """
    flat = counts.reshape(len(counts), -1)
    figures = {
        str(label): {
            name: estimate(counts[:, index], statistic, resamples, n=n[index], undefined=undefined)
            for name, (statistic, undefined) in metrics.items()
        }
        for index, label in enumerate(LABELS)
    }
    figures[MEAN] = {
        name: estimate(flat, mean_over(statistic, len(LABELS)), resamples, n=sum(n), undefined=undefined)
        for name, (statistic, undefined) in metrics.items()
    }
    return figures


def rater_alpha(ratings: Sequence[Ratings], resamples: Resamples) -> dict[str, Estimate]:
    """Per label and on average: alpha of turns among all raters at once; n counts units."""
    counts = np.zeros((len(ratings), len(LABELS), 4))
    n_units = np.zeros(len(LABELS), dtype=int)
    for row, rated in enumerate(ratings):
        codes = np.array([turn_codes(rated.conversation, spans) for spans in rated.spans.values()])
        units = units_of(rated.conversation)
        for index in range(len(LABELS)):
            held = codes[:, units[:, index], index].T.astype(np.float64)
            counts[row, index] = coincidences(category_counts(held, 2)).sum(axis=0).ravel()
        n_units += units.sum(axis=0)
    figures = figures_by_label(
        counts, {"alpha": (lambda sums: nominal_alpha(as_square(sums)), UNDEFINED_ALPHA)}, n_units.tolist(), resamples
    )
    return {label: held["alpha"] for label, held in figures.items()}


def turn_confusion(pairs: Sequence[Pair]) -> Floats:
    """(n_labels + 1, n_labels + 1) what a turn with a gold label was called; the last row and column are "none".

    Turns carry several labels. A label in both counts on the diagonal; each missed label is shared evenly among the
    labels wrongly given to that turn, or goes to "none"; what is wrongly given where nothing was missed comes from
    "none". Each row but the last therefore sums to the gold turns of its label.
    """
    matrix = np.zeros((len(LABELS) + 1, len(LABELS) + 1))
    for pair in pairs:
        gold, predicted = (turn_codes(pair.conversation, spans) for spans in (pair.gold, pair.predicted))
        matrix[np.diag_indices(len(LABELS))] += (gold & predicted).sum(axis=0)[:]
        for missed, extra in zip(gold & ~predicted, predicted & ~gold, strict=True):
            wrong = np.flatnonzero(extra)
            if not missed.any():
                matrix[-1, wrong] += 1
            elif len(wrong):
                matrix[np.ix_(np.flatnonzero(missed), wrong)] += 1 / len(wrong)
            else:
                matrix[np.flatnonzero(missed), -1] += 1
    return matrix
