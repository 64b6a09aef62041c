"""Fits the calibration on held-out conversations, through the backend that will serve.

Per label Platt scaling (Platt 1999), of each turn's strongest candidate against whether the rater marked the label in
the turn, of its other candidates against whether they are further spans; and the thresholds at which as many turns, and
as many further spans, are found as the rater marked: counts, and so the signals, are then unbiased. For links a
temperature (Guo et al. 2017) and thresholds by the same rule. For the intervals the level that covers nine of ten
held-out calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from rubric.codebook import Label
from rubric.config import SIGNALS, RubricConfig
from rubric.conversation import Conversation
from rubric.signals import measure
from rubric.spans import Labelled, Span
from scoring.backend import Backend
from scoring.calibration import Calibration, LabelCalibration, Scaling, accept, probability
from scoring.decoding import Candidate, TurnScores, candidates, turn_scores
from scoring.intervals import interval, trials
from scoring.linking import link
from scoring.links import (
    HAS_NONE,
    RELATION_OF,
    TARGET_OF,
    LinkHead,
    Relation,
    candidate_targets,
    mention,
    pair_features,
)
from scoring.tags import LABELS
from scoring.windows import Windower

# Under this many right candidates a label keeps the heads' own mean logit, its threshold at one half.
LEAST_POSITIVES = 8
THRESHOLDS = (0.05, 0.8)
TEMPERATURES = np.geomspace(0.25, 4.0, 33)
TRIED_THRESHOLDS = np.arange(0.04, 1.0, 0.04)
LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.999)
COVERAGE = 0.9
LEAST_CALLS = 20


@dataclass(frozen=True)
class HeldOut:
    """A held-out conversation as the heads see it."""

    labelled: Labelled
    scores: dict[int, TurnScores]
    found: list[Candidate]

    @property
    def conversation(self) -> Conversation:
        return self.labelled.conversation

    @property
    def spans(self) -> tuple[Span, ...]:
        return self.labelled.rating.spans


def look(labelled: Labelled, windower: Windower, backend: Backend) -> HeldOut:
    """Run the heads over one held-out conversation."""
    windows = windower.windows(labelled.conversation)
    scores = turn_scores(labelled.conversation, windows, backend.run(windows))
    return HeldOut(labelled, scores, candidates(labelled.conversation, scores))


def calibrate(held_out: Sequence[HeldOut], head: LinkHead, rubric: RubricConfig) -> Calibration:
    """The calibration of a scorer. head: its link head, of temperature 1."""
    labels = {label: _calibrate_label(held_out, label) for label in LABELS}
    rows = _gold_links(held_out)
    temperature = _temperature(rows, head)
    scaled = LinkHead(head.weights, head.bias, temperature)
    calibration = Calibration(
        labels=labels,
        link_temperature=temperature,
        same_threshold=_link_threshold(rows, scaled, (Relation.SAME_OBJECTION, Relation.SAME_NEED)),
        tied_threshold=0.5,
        interval_levels=dict.fromkeys(SIGNALS, COVERAGE),
    )
    calibration = _unbiased_acknowledgement(held_out, scaled, calibration, rubric)
    calibration = _unbiased_framing(held_out, scaled, calibration, rubric)
    return calibration.model_copy(update={"interval_levels": _levels(held_out, scaled, calibration, rubric)})


def matches(found: Sequence[Candidate], spans: Sequence[Span], label: Label) -> list[bool]:
    """Whether each candidate of a label is a span that the rater marked: each span goes to the candidate that shares
    most characters with it."""
    taken: dict[int, int] = {}
    for span_index, span in enumerate(spans):
        if span.label != label:
            continue
        shared = [
            (min(span.end, c.end) - max(span.start, c.start), -index)
            for index, c in enumerate(found)
            if c.turn == span.turn and LABELS[c.label_index] == label and -index not in taken
        ]
        best = max(shared, default=(0, 0))
        if best[0] > 0:
            taken[best[1]] = span_index
    return [-index in taken for index in range(len(found))]


def _calibrate_label(held_out: Sequence[HeldOut], label: Label) -> LabelCalibration:
    leading, further = _Examples(), _Examples()
    for item in held_out:
        found = [c for c in item.found if LABELS[c.label_index] == label]
        marked = {span.turn for span in item.spans if span.label == label}
        leading.n_marked += len(marked)
        further.n_marked += sum(span.label == label for span in item.spans) - len(marked)
        for candidate, matched in zip(found, matches(found, item.spans, label), strict=True):
            examples = leading if candidate.leads else further
            examples.features.append(candidate.features)
            examples.right.append(candidate.turn in marked if candidate.leads else matched)
    return LabelCalibration(leading=_scaling(leading), further=_scaling(further))


@dataclass
class _Examples:
    """Candidates' features, whether each is right, and how many the rater marked, found or not."""

    features: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    n_marked: int = 0


def _scaling(examples: _Examples) -> Scaling:
    if sum(examples.right) < LEAST_POSITIVES or all(examples.right):
        return Scaling(weights=(0.5, 0.0, 0.5), bias=0.0, threshold=0.5)
    x = np.array(examples.features)
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(x, np.array(examples.right))
    first, second, third = (round(float(w), 5) for w in fitted.coef_[0])
    scaling = Scaling(weights=(first, second, third), bias=round(float(fitted.intercept_[0]), 5), threshold=0.5)
    threshold = break_even([probability(scaling, row) for row in x], examples.n_marked)
    return scaling.model_copy(update={"threshold": threshold})


def break_even(probabilities: Sequence[float], n_positive: int) -> float:
    """The threshold at which `n_positive` probabilities pass, kept within THRESHOLDS.

    >>> break_even([0.9, 0.6, 0.4, 0.1], 2)
    0.5
    """
    ranked = sorted(probabilities, reverse=True)
    n = min(n_positive, len(ranked))
    over = ranked[n - 1] if n else 1.0
    under = ranked[n] if n < len(ranked) else 0.0
    return round(float(np.clip((over + under) / 2, *THRESHOLDS)), 4)


@dataclass(frozen=True)
class _LinkRow:
    relation: Relation
    query: NDArray[np.float32]
    keys: NDArray[np.float32]
    features: NDArray[np.float32]
    right: NDArray[np.bool_]


def _gold_links(held_out: Sequence[HeldOut]) -> list[_LinkRow]:
    """The rater's own links, with the embeddings of the rater's own spans."""
    rows = []
    for item in held_out:
        texts = [item.conversation.turns[span.turn].text for span in item.spans]
        mentions = [mention(span, text) for span, text in zip(item.spans, texts, strict=True)]
        for source, span in enumerate(item.spans):
            targets = candidate_targets(span, item.spans)
            if not targets:
                continue
            relation = RELATION_OF[span.label]
            wanted = {span.id} if TARGET_OF[relation] == span.label else set(span.refers_to)
            right = np.array([item.spans[i].id in wanted for i in targets] + [False])
            right[-1] = not right.any()
            if right[-1] and not HAS_NONE[relation]:
                continue
            rows.append(
                _LinkRow(
                    relation,
                    _mean_state(item.scores, span, "queries"),
                    np.stack([_mean_state(item.scores, item.spans[i], "keys") for i in targets]),
                    pair_features(mentions[source], [mentions[i] for i in targets]),
                    right,
                )
            )
    return rows


def _mean_state(scores: dict[int, TurnScores], span: Span, name: str) -> NDArray[np.float32]:
    held = scores[span.turn]
    within = (held.offsets[:, 0] < span.end) & (held.offsets[:, 1] > span.start)
    states: NDArray[np.float32] = getattr(held, name)
    return np.asarray(states[within].mean(axis=0) if within.any() else states.mean(axis=0))


def _temperature(rows: Sequence[_LinkRow], head: LinkHead) -> float:
    if not rows:
        return 1.0
    losses = []
    for temperature in TEMPERATURES:
        scaled = LinkHead(head.weights, head.bias, float(temperature))
        right = [scaled.probabilities(row.relation, row.query, row.keys, row.features)[row.right].sum() for row in rows]
        losses.append(-float(np.mean(np.log(np.maximum(right, 1e-9)))))
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 4)


def _link_threshold(rows: Sequence[_LinkRow], head: LinkHead, relations: tuple[Relation, ...]) -> float:
    held = [row for row in rows if row.relation in relations]
    linked = [1 - float(head.probabilities(r.relation, r.query, r.keys, r.features)[-1]) for r in held]
    return break_even(linked, sum(not row.right[-1] for row in held)) if held else 0.5


def _unbiased_framing(
    held_out: Sequence[HeldOut], head: LinkHead, calibration: Calibration, rubric: RubricConfig
) -> Calibration:
    """With the threshold for ties at which value framing is, over the held-out calls, as high as the rater's.

    Fitted on found spans, not on the rater's: a need that was missed unties the claims it was served by, and the
    threshold makes up for that on average.
    """
    variants = [calibration.model_copy(update={"tied_threshold": round(float(tried), 2)}) for tried in TRIED_THRESHOLDS]
    return _least_biased(held_out, head, rubric, "value_framing", variants) or calibration


def _unbiased_acknowledgement(
    held_out: Sequence[HeldOut], head: LinkHead, calibration: Calibration, rubric: RubricConfig
) -> Calibration:
    """With the threshold for restatements at which objection acknowledgement is as high as the rater's.

    A restatement counts for the signal only where it comes before the first answer and points to its objection, so as
    many found as marked would still score too low. Left alone where too few are marked to tell.
    """
    label = Label.OBJECTION_RESTATEMENT
    if sum(span.label == label for item in held_out for span in item.spans) < LEAST_POSITIVES:
        return calibration
    variants = []
    for tried in TRIED_THRESHOLDS:
        held = calibration.labels[label]
        leading = held.leading.model_copy(update={"threshold": round(float(tried), 2)})
        moved = held.model_copy(update={"leading": leading})
        variants.append(calibration.model_copy(update={"labels": calibration.labels | {label: moved}}))
    return _least_biased(held_out, head, rubric, "objection_acknowledgement", variants) or calibration


def _least_biased(
    held_out: Sequence[HeldOut], head: LinkHead, rubric: RubricConfig, signal: str, variants: Sequence[Calibration]
) -> Calibration | None:
    """The variant whose values of a signal differ least, on average, from the rater's; None where none is defined."""
    marked = [measure(item.conversation, item.spans, rubric)[signal].value for item in held_out]
    best: tuple[float, Calibration] | None = None
    for variant in variants:
        found = [
            measure(item.conversation, link(item.conversation, accepted, head, variant).spans, rubric)[signal].value
            for item in held_out
            for accepted in [[rated for rated in accept(item.found, variant) if rated.accepted]]
        ]
        differences = [f - m for f, m in zip(found, marked, strict=True) if f is not None and m is not None]
        if differences and (best is None or abs(float(np.mean(differences))) < best[0]):
            best = abs(float(np.mean(differences))), variant
    return best[1] if best else None


def _levels(
    held_out: Sequence[HeldOut], head: LinkHead, calibration: Calibration, rubric: RubricConfig
) -> dict[str, float]:
    """Per signal the smallest level whose intervals hold the rater's value in at least nine of ten calls."""
    covered: dict[str, list[list[bool]]] = {signal: [] for signal in SIGNALS}
    for item in held_out:
        rated = accept(item.found, calibration)
        linked = link(item.conversation, rated, head, calibration)
        scored = measure(item.conversation, linked.spans, rubric)
        marked = measure(item.conversation, item.spans, rubric)
        of_signal = trials(item.conversation, rated, linked, rubric)
        for signal in SIGNALS:
            value = marked[signal].value
            if value is None or scored[signal].value is None:
                continue
            bounds = [interval(scored[signal], of_signal[signal], level) for level in LEVELS]
            covered[signal].append([b is not None and b[0] - 1e-4 <= value <= b[1] + 1e-4 for b in bounds])
    return {signal: _level(rows) for signal, rows in covered.items()}


def _level(rows: Sequence[Sequence[bool]]) -> float:
    if len(rows) < LEAST_CALLS:
        return COVERAGE
    shares = np.mean(np.array(rows, dtype=float), axis=0)
    reaching = np.flatnonzero(shares >= COVERAGE)
    return LEVELS[int(reaching[0])] if len(reaching) else LEVELS[-1]
