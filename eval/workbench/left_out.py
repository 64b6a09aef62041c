"""Each rater left out in turn: does she agree with the others any better than the judge does?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eval.bootstrap import Estimate, Floats, Resamples, Statistic, mean_over
from eval.workbench.agreement import Measure, alpha_of, why_undefined
from eval.workbench.study import Units

NO_MEAN = "undefined: no label of turns with two categories"


@dataclass(frozen=True)
class LeftOut:
    """One rater beside the judge, each held against the same other raters on the same units. rater_alpha, judged_alpha:
    Krippendorff's alpha of the pairs that each makes with them. difference: judged minus rater."""

    rater: str
    rater_alpha: Estimate
    judged_alpha: Estimate
    difference: Estimate


@dataclass(frozen=True)
class PairCounts:
    """By rater left out: counts (n_conversations, 2 * n_counts) of rater, then judge, whose sums decide `alpha`."""

    by_rater: Sequence[Floats]
    alpha: Statistic


def pair_counts_of(units: Units, values: Floats) -> PairCounts:
    """The pairs that each rater, and in her place the judge with `values` (n_units,), makes with the other raters."""
    found = []
    for column in range(units.values.shape[1]):
        shared = ~np.isnan(units.values[:, column]) & ~np.isnan(values)
        others = np.where(shared[:, None], np.delete(units.values, column, axis=1), np.nan)
        found.append(np.hstack([_with(units, units.values[:, column], others), _with(units, values, others)]))
    return PairCounts(found, alpha_of(units)[1])


def left_out(units: Units, counts: PairCounts, raters: Sequence[str], resamples: Resamples) -> list[LeftOut]:
    """The comparison with each rater, on one label."""
    measure = Measure(units, resamples, why_undefined(units, raters))
    return [_compare(name, held, counts.alpha, measure) for name, held in zip(raters, counts.by_rater, strict=True)]


def left_out_on_average(
    labels: Mapping[str, tuple[Units, PairCounts]], raters: Sequence[str], resamples: Resamples
) -> list[LeftOut]:
    """The comparison with each rater over labels of the same categories: means of alpha."""
    if not labels:
        return []
    units = next(iter(labels.values()))[0]
    alpha = next(iter(labels.values()))[1].alpha
    measure = Measure(units, resamples, NO_MEAN)
    measure.n = sum(int((held.n_ratings >= 2).sum()) for held, _ in labels.values())
    found = []
    for column, name in enumerate(raters):
        held = [counts.by_rater[column] for _, counts in labels.values()]
        half = held[0].shape[1] // 2
        sides = np.hstack([one[:, :half] for one in held]), np.hstack([one[:, half:] for one in held])
        found.append(_compare(name, np.hstack(sides), mean_over(alpha, len(labels)), measure))
    return found


def _compare(name: str, counts: Floats, alpha: Statistic, measure: Measure) -> LeftOut:
    half = counts.shape[1] // 2

    def difference(sums: Floats) -> Floats:
        return alpha(sums[..., half:]) - alpha(sums[..., :half])

    return LeftOut(
        name,
        measure.figure(counts[:, :half], alpha),
        measure.figure(counts[:, half:], alpha),
        measure.figure(counts, difference),
    )


def _with(units: Units, values: Floats, others: Floats) -> Floats:
    """(n_conversations, n_counts) of alpha over the pairs that `values` makes with each of `others`, summed."""
    total = np.zeros_like(alpha_of(units)[0])
    for column in range(others.shape[1]):
        pair = np.column_stack([np.where(np.isnan(others[:, column]), np.nan, values), others[:, column]])
        total = total + alpha_of(replace(units, values=pair))[0]
    return total
