"""The central entry: pairs in, every figure of the room out, for a scorer, for raters among themselves, for baselines.

>>> from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
>>> call = Pair(CODEBOOK_CALL, gold=CODEBOOK_SPANS, predicted=CODEBOOK_SPANS[:-1])
>>> found = evaluate([call])
>>> found.scorer.turns["value_claim"]["alpha"].value, found.scorer.turns["close_ask"]["recall"].value
(1.0, 0.0)
>>> found.scorer.turns["value_claim"]["alpha"].reason
'no interval: it takes at least two conversations'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from eval.agreement import rater_alpha, turn_agreement, turn_confusion
from eval.bootstrap import Estimate, Resamples, draw
from eval.calibration import Calibration, calibration
from eval.links import LINK_RULES, link_agreement
from eval.pairs import (
    Pair,
    RaterFunction,
    Ratings,
    against_raters,
    group_ratings,
    n_conversations,
    rate_with,
    rater_pairs,
)
from eval.signal_error import Point, rater_signal_alpha, signal_agreement, signal_points
from eval.span_metrics import span_agreement
from rubric.config import SIGNALS, RubricConfig, load_rubric
from rubric.errors import DataError
from rubric.spans import Rating

Against = Literal["gold", "raters"]
Figures = dict[str, dict[str, Estimate]]
CONFIDENCE = 0.9


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Frozen):
    """Every figure of one who rates. turns and spans: by label, then metric; links: by linked label; signals: by signal."""

    turns: Figures
    spans: Figures
    links: Figures
    signals: Figures


class Evaluation(_Frozen):
    """What `evaluate` found.

    against: gold, or each rater singly. judged_rater: who of `raters_named` is judged, if one of them. raters: the raters among themselves, None where there is no second one.
    link_rules: links of the scorer's spans had a rule tied them. confusion: see `eval.agreement.turn_confusion`.
    points: per signal, gold beside predicted. confidence: of all intervals.
    """

    against: Against
    languages: tuple[str, ...]
    n_conversations: int
    n_turns: int
    raters_named: tuple[str, ...]
    judged_rater: str | None
    n_resamples: int
    seed: int
    confidence: float
    scorer: Measured
    raters: Measured | None
    baselines: dict[str, Measured]
    link_rules: dict[str, Figures]
    calibration: dict[str, Calibration]
    confusion: tuple[tuple[float, ...], ...]
    points: dict[str, tuple[Point, ...]]


def evaluate(
    pairs: Sequence[Pair],
    raters: Sequence[Rating] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
    *,
    baselines: Mapping[str, RaterFunction] | None = None,
    against: Against = "gold",
    judged_rater: str | None = None,
    rubric: RubricConfig | None = None,
) -> Evaluation:
    """Measure predicted spans against gold, one pair a conversation, with 90 % intervals over conversations.

    raters: single raters' labels of the same conversations; they give the figures that raters reach among themselves
    and, with against="raters", stand in for gold one by one. judged_rater: one of the raters, where it is
    her spans that are judged; she is then not compared with herself.
    baselines: further raters to show beside. Raises DataError where there is nothing to measure.
    """
    rubric = rubric or load_rubric()
    pairs = sorted(pairs, key=lambda pair: pair.conversation.id)
    if len({pair.conversation.id for pair in pairs}) < len(pairs):
        raise DataError("expected one pair a conversation, found an id twice; name raters through `raters`")
    ratings = group_ratings([pair.conversation for pair in pairs], raters or ())
    if against == "raters":
        pairs = against_raters(pairs, ratings, judged_rater)
    if not pairs:
        raise DataError(f"expected labelled conversations to evaluate against {against}, found none")
    resamples = draw(n_conversations(pairs), n_resamples, seed, CONFIDENCE)
    return Evaluation(
        against=against,
        languages=tuple(sorted({pair.conversation.language for pair in pairs})),
        n_conversations=n_conversations(pairs),
        n_turns=sum({pair.conversation.id: len(pair.conversation.turns) for pair in pairs}.values()),
        raters_named=tuple(sorted({rater for rated in ratings for rater in rated.spans})),
        judged_rater=judged_rater,
        n_resamples=n_resamples,
        seed=seed,
        confidence=CONFIDENCE,
        scorer=measure_pairs(pairs, rubric, resamples),
        raters=measure_raters(ratings, rubric, draw(len(ratings), n_resamples, seed, CONFIDENCE)) if ratings else None,
        baselines={
            name: measure_pairs(rate_with(rater, pairs), rubric, resamples) for name, rater in (baselines or {}).items()
        },
        link_rules={
            name: link_agreement([replace(pair, predicted=tie(pair.predicted)) for pair in pairs], resamples)
            for name, tie in LINK_RULES.items()
        },
        calibration=calibration(pairs, resamples, seed),
        confusion=tuple(tuple(row) for row in turn_confusion(pairs).tolist()),
        points=signal_points(pairs, rubric),
    )


def measure_pairs(pairs: Sequence[Pair], rubric: RubricConfig, resamples: Resamples) -> Measured:
    """Turns, spans, links and signals of predicted spans against gold."""
    return Measured(
        turns=turn_agreement(pairs, resamples),
        spans=span_agreement(pairs, resamples),
        links=link_agreement(pairs, resamples),
        signals=signal_agreement(pairs, rubric, resamples),
    )


def measure_raters(ratings: Sequence[Ratings], rubric: RubricConfig, resamples: Resamples) -> Measured:
    """The same figures among raters: alphas over all raters at once, all else with each one against each other one."""
    measured = measure_pairs(rater_pairs(ratings), rubric, resamples)
    for figures, name, alphas in (
        (measured.turns, "alpha", rater_alpha(ratings, resamples)),
        (measured.signals, "interval_alpha", rater_signal_alpha(ratings, rubric, resamples)),
    ):
        for key, alpha in alphas.items():
            figures[key][name] = alpha
    for held in (measured.signals[signal] for signal in SIGNALS):
        for name in ("bias", "bias_in_bands"):
            held[name] = Estimate(value=None, n=held[name].n, reason="zero by construction")
    return measured
