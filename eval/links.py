"""Are restatements tied to the right objection, and claims to the right needs or to nothing?

Ids are each rater's own, so targets are compared by text: a predicted target is a gold target where a span with the
predicted id overlaps a span with the gold id. A link is right when every predicted target is a gold target and every
gold target is a predicted one; two empty sets agree. An id that lumps several objections together is thus right for
each of them; what that costs shows in the signal's own error.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.agreement import confusion_alpha
from eval.bootstrap import Estimate, Floats, Resamples, estimate, ratio
from eval.pairs import Pair, sum_by_conversation
from eval.span_metrics import match, overlap
from rubric.codebook import CODEBOOK, Label
from rubric.spans import Span

LINKED = tuple(label for label, definition in CODEBOOK.items() if definition.refers_to)
LINK_METRICS = ("accuracy", "end_to_end", "tied_accuracy", "tied_alpha")


def same_targets(pair: Pair, gold: Span, predicted: Span) -> bool:
    """Whether two spans refer to the same stretches of the conversation, "nothing" included."""
    spans_of = [
        {target: [span for span in spans if span.id == target] for target in linked.refers_to}
        for linked, spans in ((gold, pair.gold), (predicted, pair.predicted))
    ]
    gold_targets, predicted_targets = spans_of
    same = [
        {
            target
            for target, held in predicted_targets.items()
            if any(overlap(left, right) for left in held for right in wanted)
        }
        for wanted in gold_targets.values()
    ]
    return all(same) and set().union(*same) == set(predicted_targets)


def link_counts(pair: Pair, label: Label) -> Floats:
    """(7,) right links, matched spans, gold spans; then matched spans tied in both, only predicted, only gold, neither."""
    matched = [
        (pair.gold[i], pair.predicted[j]) for i, j in match(pair.gold, pair.predicted) if pair.gold[i].label == label
    ]
    right = sum(same_targets(pair, gold, predicted) for gold, predicted in matched)
    tied = [(bool(gold.refers_to), bool(predicted.refers_to)) for gold, predicted in matched]
    cells = [tied.count(cell) for cell in ((True, True), (False, True), (True, False), (False, False))]
    n_gold = sum(span.label == label for span in pair.gold)
    return np.array([right, len(matched), n_gold, *cells], dtype=np.float64)


def link_agreement(pairs: Sequence[Pair], resamples: Resamples) -> dict[str, dict[str, Estimate]]:
    """Per linked label: accuracy over matched gold spans, over all gold spans, and of tied or not.

    accuracy: targets right, of gold spans that a predicted span overlaps. end_to_end: of all gold spans, an unmatched
    one being wrong. tied_accuracy, tied_alpha: refers to something or to nothing, over matched spans.
    """
    unmatched = "undefined: no gold span is matched"
    figures: dict[str, dict[str, Estimate]] = {}
    for label in LINKED:
        counts = sum_by_conversation(pairs, np.array([link_counts(pair, label) for pair in pairs]))
        n_matched, n_gold = int(counts[:, 1].sum()), int(counts[:, 2].sum())
        figures[str(label)] = {
            "accuracy": estimate(
                counts, lambda sums: ratio(sums[..., 0], sums[..., 1]), resamples, n=n_matched, undefined=unmatched
            ),
            "end_to_end": estimate(
                counts,
                lambda sums: ratio(sums[..., 0], sums[..., 2]),
                resamples,
                n=n_gold,
                undefined="undefined: no gold span",
            ),
            "tied_accuracy": estimate(
                counts,
                lambda sums: ratio(sums[..., 3] + sums[..., 6], sums[..., 1]),
                resamples,
                n=n_matched,
                undefined=unmatched,
            ),
            "tied_alpha": estimate(
                counts[:, 3:],
                confusion_alpha,
                resamples,
                n=n_matched,
                undefined="undefined: all are tied or none",
            ),
        }
    return figures


def tie_to_nothing(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same spans with no reference: the baseline "always nothing"."""
    return tuple(span.model_copy(update={"refers_to": ()}) for span in spans)


def tie_to_latest(spans: Sequence[Span]) -> tuple[Span, ...]:
    """The same spans, each link to the latest objection or need of an earlier turn: the baseline "always the latest"."""
    return tuple(
        span.model_copy(update={"refers_to": _latest(span, spans)}) if span.label in LINKED else span for span in spans
    )


def _latest(linked: Span, spans: Sequence[Span]) -> tuple[str, ...]:
    target = CODEBOOK[linked.label].refers_to
    earlier = [span for span in spans if span.label == target and span.id and span.turn < linked.turn]
    if not earlier:
        return ()
    return (max(earlier, key=lambda span: (span.turn, span.start)).id or "",)


LINK_RULES = {"always nothing": tie_to_nothing, "always the latest": tie_to_latest}
