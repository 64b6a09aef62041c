"""Per rater: how severe, how consistent with the others, and who disagrees with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate, Floats, Resamples, mean_over, ratio
from eval.coefficients import rater_indices
from eval.workbench.agreement import Measure, alpha_of
from eval.workbench.study import Study, Units

NO_SEVERITY = "undefined: categories without an order have no more or less"
ALONE = "undefined: no unit was judged by another rater too"


class RaterProfile(BaseModel):
    """One rater beside the others, on what they judged both.

    severity: by label, mean difference to the others' mean on the same units: as a share of units for yes and no, in
    steps for ordinal, in the label's unit for interval labels. more_marks: yes-marks given beyond what the others
    gave to the same units, as a share of theirs, over all yes-or-no labels. agreement: alpha with each other one,
    mean over them and over labels. alpha_without: mean alpha over labels of those who remain without this rater.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rater: str
    n_conversations: int
    n_ratings: int
    severity: dict[str, Estimate]
    more_marks: Estimate
    agreement: Estimate
    alpha_without: float | None


class Profiles(BaseModel):
    """Every rater. pairs: (n_raters, n_raters) alpha of two raters, mean over labels; None where they share nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raters: tuple[RaterProfile, ...]
    labels: tuple[str, ...]
    pairs: tuple[tuple[float | None, ...], ...]
    alpha: float | None


def rater_profiles(study: Study, labels: Mapping[str, Units], resamples: Resamples) -> Profiles:
    """Profiles of all raters over `labels`, which are of one kind of unit."""
    held = [_pair_counts(units) for units in labels.values()]
    pairs = rater_indices(len(study.raters))
    matrix = _pair_matrix(held, labels, pairs, len(study.raters))
    profiles = []
    for index, rater in enumerate(study.raters):
        rated = [~np.isnan(units.values[:, index]) for units in labels.values()]
        seen = {c for mask, units in zip(rated, labels.values(), strict=True) for c in units.conversation[mask]}
        profiles.append(
            RaterProfile(
                rater=rater,
                n_conversations=len(seen),
                n_ratings=int(sum(mask.sum() for mask in rated)),
                severity={label: severity(units, index, resamples) for label, units in labels.items()},
                more_marks=_more_marks(labels, index, resamples),
                agreement=_agreement(held, labels, index, pairs, resamples),
                alpha_without=_mean_alpha(labels, without=index),
            )
        )
    return Profiles(raters=tuple(profiles), labels=tuple(labels), pairs=matrix, alpha=_mean_alpha(labels))


def differences(values: Floats, rater: int) -> tuple[Floats, Floats]:
    """(n_units,) a rater's value minus the others' mean, and the others' mean; NaN where one of both is missing."""
    others = np.delete(values, rater, axis=1)
    n = (~np.isnan(others)).sum(axis=1)
    mean = ratio(np.nansum(others, axis=1), n.astype(np.float64))
    return values[:, rater] - mean, np.where(np.isnan(values[:, rater]), np.nan, mean)


def severity(units: Units, rater: int, resamples: Resamples) -> Estimate:
    """Mean difference to the others on the same units; undefined for more than two categories without an order."""
    if units.definition.level == "nominal" and len(units.definition.categories) > 2:
        return Estimate(value=None, n=0, reason=NO_SEVERITY)
    away, _ = differences(units.values, rater)
    shared = ~np.isnan(away)
    counts = units.by_conversation(np.stack([np.where(shared, away, 0.0), shared.astype(float)], axis=1))
    measure = Measure(units, resamples, ALONE)
    found = measure.figure(counts, lambda sums: ratio(sums[..., 0], sums[..., 1]))
    return found.model_copy(update={"n": int(shared.sum())})


def _more_marks(labels: Mapping[str, Units], rater: int, resamples: Resamples) -> Estimate:
    binary = [units for units in labels.values() if len(units.definition.categories) == 2]
    if not binary:
        return Estimate(value=None, n=0, reason="undefined: no label is answered by yes or no")
    total = np.zeros((binary[0].n_conversations, 2))
    for units in binary:
        away, others = differences(units.values, rater)
        total += units.by_conversation(np.nan_to_num(np.stack([away, others], axis=1)))
    measure = Measure(binary[0], resamples, "undefined: the others marked nothing that this rater judged")
    return measure.figure(total, lambda sums: ratio(sums[..., 0], sums[..., 1]))


def _pair_counts(units: Units) -> Floats:
    """(n_pairs, n_conversations, n_counts) of alpha for each pair of raters."""
    return np.stack(
        [
            alpha_of(units.of_raters(pair))[0].reshape(units.n_conversations, -1)
            for pair in rater_indices(units.values.shape[1])
        ]
    )


def _pair_matrix(
    held: Sequence[Floats], labels: Mapping[str, Units], pairs: Sequence[tuple[int, int]], n: int
) -> tuple[tuple[float | None, ...], ...]:
    matrix: list[list[float | None]] = [[None] * n for _ in range(n)]
    for row, (left, right) in enumerate(pairs):
        alphas = [
            float(alpha_of(units)[1](counts[row].sum(axis=0)))
            for counts, units in zip(held, labels.values(), strict=True)
        ]
        defined = [alpha for alpha in alphas if not np.isnan(alpha)]
        if defined:
            matrix[left][right] = matrix[right][left] = float(np.mean(defined))
    return tuple(tuple(row) for row in matrix)


def _agreement(
    held: Sequence[Floats],
    labels: Mapping[str, Units],
    rater: int,
    pairs: Sequence[tuple[int, int]],
    resamples: Resamples,
) -> Estimate:
    """Mean over labels of the mean alpha with each other rater."""
    own = [row for row, pair in enumerate(pairs) if rater in pair]
    blocks = [np.moveaxis(counts[own], 0, 1).reshape(counts.shape[1], -1) for counts in held]
    edges = np.cumsum([0, *(block.shape[1] for block in blocks)])
    statistics = [mean_over(alpha_of(units)[1], len(own)) for units in labels.values()]

    def mean(sums: Floats) -> Floats:
        parts = np.stack([f(sums[..., a:b]) for f, a, b in zip(statistics, edges, edges[1:], strict=False)])
        defined = ~np.isnan(parts)
        return ratio(np.where(defined, parts, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))

    measure = Measure(next(iter(labels.values())), resamples, ALONE)
    return measure.figure(np.concatenate(blocks, axis=1), mean)


def _mean_alpha(labels: Mapping[str, Units], without: int | None = None) -> float | None:
    """Mean alpha over labels, of all raters or of all but one; None where it is undefined for every label."""
    alphas = []
    for units in labels.values():
        kept = [column for column in range(units.values.shape[1]) if column != without]
        if len(kept) >= 2:
            counts, statistic = alpha_of(units.of_raters(kept))
            alphas.append(float(statistic(counts.sum(axis=0))))
    defined = [alpha for alpha in alphas if not np.isnan(alpha)]
    return float(np.mean(defined)) if defined else None
