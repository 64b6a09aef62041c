"""Do raters mark the same stretches, and tie them to the same targets? For studies of raters who marked spans."""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.agreement import LABELS, figures_by_label, units_of
from eval.bootstrap import Estimate, Floats, Resamples, Statistic, draw, ratio
from eval.links import link_agreement
from eval.pairs import Ratings, rater_pairs, sum_by_conversation
from eval.span_metrics import boundary_counts, span_agreement
from eval.unitizing import unitized_alpha, unitized_counts
from eval.workbench.study import Study

NO_SPAN = "undefined: nobody marked the label"
METRICS = {
    "overlap_f1": "F1 by overlap",
    "strict_f1": "strict F1",
    "unitized_alpha": "unitised alpha",
    "boundary_distance": "bounds apart, characters",
}


class SpanAgreement(BaseModel):
    """By label, then metric of `METRICS`, the mean over labels last; links: by linked label, then metric of `eval.links`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_conversations: int
    spans: dict[str, dict[str, Estimate]]
    links: dict[str, dict[str, Estimate]]


def agreement_on_spans(study: Study, resamples: Resamples, seed: int = 0) -> SpanAgreement | None:
    """Spans and links among raters, each one against each other one; None where under two raters marked spans.

    resamples: how many to draw; they are drawn anew over the conversations that two raters marked.
    """
    rated = [
        Ratings(study.source[name], dict(sorted(study.spans[name].items())))
        for name in study.conversations
        if len(study.spans.get(name, ())) >= 2 and name in study.source
    ]
    if not rated:
        return None
    drawn = draw(len(rated), len(resamples.weights), seed, resamples.confidence)
    pairs = rater_pairs(rated)
    figures = span_agreement(pairs, drawn)
    apart = sum_by_conversation(pairs, np.array([boundary_counts(pair) for pair in pairs]))
    distance: dict[str, tuple[Statistic, str]] = {
        "boundary_distance": (lambda sums: ratio(sums[..., 0], sums[..., 1]), "undefined: no spans overlap")
    }
    unitized: dict[str, tuple[Statistic, str]] = {"unitized_alpha": (unitized_alpha, NO_SPAN)}
    n_matched = [int(n) for n in apart[:, :, 1].sum(axis=0)]
    counts = np.array([_unitized(one) for one in rated])
    more = figures_by_label(apart, distance, n_matched, drawn)
    alphas = figures_by_label(counts, unitized, [figures[str(label)]["overlap_f1"].n for label in LABELS], drawn)
    spans = {
        label: {metric: ({**held, **more[label], **alphas[label]})[metric] for metric in METRICS}
        for label, held in figures.items()
    }
    return SpanAgreement(n_conversations=len(rated), spans=spans, links=link_agreement(pairs, drawn))


def _unitized(rated: Ratings) -> Floats:
    """(n_labels, 4) counts of one conversation, over the text of the turns whose role may carry each label."""
    turns = rated.conversation.turns
    starts = np.cumsum([0, *(len(turn.text) for turn in turns)])
    lengths = np.array([len(turn.text) for turn in turns])
    readable = lengths @ units_of(rated.conversation)
    counts = np.zeros((len(LABELS), 4))
    for index, label in enumerate(LABELS):
        marked = [
            [(int(starts[s.turn]) + s.start, int(starts[s.turn]) + s.end) for s in spans if s.label == label]
            for spans in rated.spans.values()
        ]
        counts[index] = unitized_counts(marked, int(readable[index]))
    return counts
