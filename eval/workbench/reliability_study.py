"""How reliable are values of whole conversations, and how many of them does a trustworthy score need?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from eval.bootstrap import Estimate, Floats, ratio
from eval.statistics.bland_altman import Limits, limits_of_agreement
from eval.statistics.components import RESIDUAL, Components, variance_components
from eval.statistics.decision import (
    Needed,
    calls_needed,
    conversation_reliability,
    minimal_detectable_change,
    raters_needed,
    rep_reliability,
    standard_error,
)
from eval.statistics.intraclass import Intraclass, intraclass
from eval.workbench.conversation_values import ConversationValues, conversation_values, reps_of
from eval.workbench.study import Study
from rubric.errors import DataError
from rubric.generalizability import TARGETS

CONFIDENCE = 0.9
MOST_PAIRS = 3  # with more pairs of raters, each rater is held against the mean of the others
N_RATERS = (1, 2, 3, 5)
N_CONVERSATIONS = (1, 2, 3, 5, 8, 12, 20)
FACETS = ("rep", "conversation", "rater", RESIDUAL)


@dataclass(frozen=True)
class Reliability:
    """Everything about one signal. limits: by who is compared with whom. shares: each component's part of the variance.
    calls, raters: how many a target takes, by (target, number of raters, absolute) and (target, absolute).
    curves: reliability of a rep's mean, or without reps of a conversation, by (n_conversations, n_raters)."""

    measured: ConversationValues
    n_conversations: int
    n_raters: int
    intraclass: Intraclass
    components: Components
    shares: dict[str, Estimate]
    error: Estimate
    change: Estimate
    limits: dict[str, Limits]
    calls: dict[tuple[float, int, bool], Needed]
    raters: dict[tuple[float, bool], Needed]
    curves: dict[tuple[int, int], Estimate]


@dataclass(frozen=True)
class ReliabilityStudy:
    """Every signal of a study. n_reps: None where the conversations name none."""

    study: Study
    signals: Sequence[Reliability]
    n_reps: int | None
    n_resamples: int
    seed: int


def study_reliability(
    study: Study, n_resamples: int = 1000, seed: int = 0, console: Console | None = None
) -> ReliabilityStudy:
    """Reliability of every value of whole conversations. Raises DataError where there is nothing to compute."""
    measured = conversation_values(study)
    if not measured:
        raise DataError(
            "expected labels of whole conversations, or of turns with two categories, an order or numbers; found none"
        )
    if study.anonymous:
        raise DataError(
            "expected to know which rater gave which value: these data only say how many raters said what, so a rater's "
            "part of the variance cannot be told"
        )
    reps = reps_of(study)
    with Progress(console=console or Console(quiet=True), transient=True) as progress:
        signals = [
            _reliability(one, study.raters, reps, n_resamples, seed)
            for one in progress.track(measured, description="Taking variance apart")
        ]
    return ReliabilityStudy(study, signals, None if reps is None else len(np.unique(reps)), n_resamples, seed)


def _reliability(
    measured: ConversationValues, raters: Sequence[str], reps: NDArray[np.int64] | None, n_resamples: int, seed: int
) -> Reliability:
    rated = ~np.isnan(measured.values)
    used = np.asarray(rated.any(axis=0))
    values, names = measured.values[:, used], [name for name, there in zip(raters, used, strict=True) if there]
    components = variance_components(values, reps, n_resamples=n_resamples, seed=seed, confidence=CONFIDENCE)
    error = standard_error(components)
    return Reliability(
        measured,
        int(rated.any(axis=1).sum()),
        int(used.sum()),
        intraclass(values, CONFIDENCE),
        components,
        {name: _share(components, name) for name in FACETS},
        error,
        minimal_detectable_change(error),
        _limits(values, names),
        {
            (target, n, absolute): calls_needed(components, target, n, absolute=absolute)
            for target in TARGETS
            for n in N_RATERS
            for absolute in (True, False)
        },
        {
            (target, absolute): raters_needed(components, target, absolute=absolute)
            for target in TARGETS
            for absolute in (True, False)
        },
        _curves(components),
    )


def _share(components: Components, name: str) -> Estimate:
    names = (*components.factors, RESIDUAL)
    if components.parts and name not in names:
        reason = (
            "no reps are known" if name == "rep" else "no conversation has two raters, so that it is in the residual"
        )
        return Estimate(value=None, n=components.n_conversations, reason=reason)
    index = names.index(name) if name in names else 0

    def share(parts: Floats) -> Floats:
        total = parts.sum(axis=-1)
        return ratio(parts[..., index], np.where(total > 0, total, 0.0))

    return components.figure(share, "undefined: values do not vary")


def _limits(values: Floats, names: Sequence[str]) -> dict[str, Limits]:
    pairs = list(combinations(range(len(names)), 2))
    if len(pairs) <= MOST_PAIRS:
        return {
            f"{names[left]} minus {names[right]}": limits_of_agreement(values[:, left] - values[:, right], CONFIDENCE)
            for left, right in pairs
        }
    return {
        f"{name} minus the others' mean": limits_of_agreement(
            values[:, index] - mean_of(np.delete(values, index, axis=1)), CONFIDENCE
        )
        for index, name in enumerate(names)
    }


def mean_of(values: Floats) -> Floats:
    """(n, n_raters) to (n,): the mean of those who gave a value, NaN where none did."""
    n = (~np.isnan(values)).sum(axis=1)
    return ratio(np.nansum(values, axis=1), n)


def _curves(components: Components) -> dict[tuple[int, int], Estimate]:
    if "rep" in components.factors:
        return {(n, k): rep_reliability(components, n, k) for n in N_CONVERSATIONS for k in N_RATERS}
    return {(1, k): conversation_reliability(components, k) for k in range(1, 11)}
