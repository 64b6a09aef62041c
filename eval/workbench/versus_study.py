"""The scorer as one more rater: every comparison of the scorer, and of judges that know nothing, with raters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from rich.console import Console
from rich.progress import Progress

from eval.bootstrap import Estimate, Floats, Resamples, draw, mean_over
from eval.statistics.alternative_annotator import AlternativeAnnotator, Score, alternative_annotator_test
from eval.statistics.prmse import prmse, prmse_counts
from eval.statistics.weighted_kappa import pair_counts, quadratic_weighted_kappa, standardised_mean_difference
from eval.workbench.agreement import Measure, alpha_of, why_undefined
from eval.workbench.judged import Judged
from eval.workbench.left_out import LeftOut, PairCounts, left_out, left_out_on_average, pair_counts_of
from eval.workbench.simple_models import simple_models
from eval.workbench.study import Study, Units
from rubric.errors import DataError

CONFIDENCE = 0.9
NO_ORDER = "undefined: the categories have no order"
WIDTH = 6  # of `pair_counts`


@dataclass(frozen=True)
class Flags:
    """The flags of automated scoring. kappa: quadratic-weighted, with a rater, mean over raters. degradation: raters'
    own mean kappa minus that. difference: standardised mean difference."""

    kappa: Estimate
    degradation: Estimate
    difference: Estimate
    prmse: Estimate


@dataclass(frozen=True)
class Versus:
    """One judge on one label.

    alpha_with, gained: alpha with the judge as one more rater, and what that adds to the raters' own. published,
    clustered: the alternative annotator test, with units, or conversations, taken as independent.
    """

    judge: str
    n_units: int
    alpha_with: Estimate
    gained: Estimate
    published: AlternativeAnnotator
    clustered: AlternativeAnnotator
    flags: Flags

    @property
    def test(self) -> AlternativeAnnotator:
        """The test that takes conversations as independent where it can be made, else the published one."""
        return self.clustered if self.clustered.passes is not None else self.published


@dataclass(frozen=True)
class LabelVersus:
    """One label: raters among themselves (alpha, mean kappa of pairs), the judged one, the judges that know nothing."""

    units: Units
    alpha: Estimate
    rater_kappa: Estimate
    judged: Versus
    simple: Sequence[Versus]
    left_out: Sequence[LeftOut]

    @property
    def passing_simple(self) -> list[str]:
        """The judges that pass although they know nothing: where there are any, the test proves nothing here."""
        return [held.judge for held in self.simple if held.test.passes]

    @property
    def verdict(self) -> str:
        """What the alternative annotator test says of the judged one, in a few words."""
        if self.judged.test.passes is None:
            return "untested"
        if not self.judged.test.passes:
            return "fails"
        passing = self.passing_simple
        return f"passes, and so does {' and '.join(passing)}: proves nothing" if passing else "passes"


@dataclass(frozen=True)
class VersusStudy:
    """Every label that raters and the judged one give. mean_left_out: by rater, alpha's mean over labels of turns with
    two categories. not_given: labels of raters that the judged one does not give."""

    study: Study
    judged: Judged
    labels: Sequence[LabelVersus]
    mean_left_out: Sequence[LeftOut]
    not_given: Sequence[str]
    epsilon: float
    resamples: Resamples
    seed: int


def hold_against_raters(
    study: Study,
    judged: Judged,
    *,
    epsilon: float,
    n_resamples: int = 1000,
    seed: int = 0,
    console: Console | None = None,
) -> VersusStudy:
    """Hold a judge against raters on every label that both give.

    epsilon: of the alternative annotator test. Raises DataError where raters cannot be told apart, are fewer than two,
    or never judged the same unit.
    """
    refuse_anonymous(study)
    if len(study.raters) < 2:
        raise DataError(f"expected two raters or more besides {judged.name}, found {len(study.raters)}")
    resamples = draw(study.n_conversations, n_resamples, seed, CONFIDENCE)
    simple = simple_models(study, seed)
    labels: list[LabelVersus] = []
    averaged: dict[str, tuple[Units, PairCounts]] = {}
    with Progress(console=console or Console(quiet=True), transient=True) as progress:
        for label in progress.track(list(judged.values), description="Comparing"):
            units = study.units[label]
            if not (units.n_ratings >= 2).any():
                continue
            counts = pair_counts_of(units, judged.values[label])
            if units.definition.unit == "turn" and len(units.definition.categories) == 2:
                averaged[label] = units, counts
            measure = Measure(units, resamples, why_undefined(units, study.raters))
            labels.append(
                LabelVersus(
                    units,
                    measure.figure(*alpha_of(units)),
                    _rater_kappa(units, measure),
                    _versus(judged, units, epsilon, measure),
                    [_versus(judge, units, epsilon, measure) for judge in simple if label in judge.values],
                    left_out(units, counts, study.raters, resamples),
                )
            )
    if not labels:
        raise DataError("expected units that two raters judged, found none: there is nobody to be held against")
    return VersusStudy(
        study,
        judged,
        labels,
        left_out_on_average(averaged, study.raters, resamples),
        [label for label in study.units if label not in judged.values],
        epsilon,
        resamples,
        seed,
    )


def refuse_anonymous(study: Study) -> None:
    """Raise DataError where a study says how many raters said what, and not who did."""
    if study.anonymous:
        raise DataError("expected to know which rater gave which value: these data only say how many raters said what")


def _versus(judge: Judged, units: Units, epsilon: float, measure: Measure) -> Versus:
    values = judge.values[units.label]
    counts, alpha = alpha_of(units)
    counts_with, _ = alpha_of(replace(units, values=np.column_stack([units.values, values])))
    width = counts.shape[1]

    def gained(sums: Floats) -> Floats:
        return alpha(sums[..., width:]) - alpha(sums[..., :width])

    score: Score = "negative_rmse" if units.definition.level == "interval" else "accuracy"
    return Versus(
        judge.name,
        int((~np.isnan(values) & (units.n_ratings > 0)).sum()),
        measure.figure(counts_with, alpha),
        measure.figure(np.hstack([counts, counts_with]), gained),
        alternative_annotator_test(units.values, values, epsilon=epsilon, score=score),
        alternative_annotator_test(units.values, values, epsilon=epsilon, score=score, clusters=units.conversation),
        _flags(units, values, measure),
    )


def has_order(units: Units) -> bool:
    """Whether a label's values are numbers or ordered; two categories always are."""
    return units.definition.level != "nominal" or len(units.definition.categories) == 2


def kappa_counts(units: Units, values: Floats) -> Floats:
    """(n_conversations, n_raters * 6) of a judge's values (n_units,) with each rater's."""
    n_raters = units.values.shape[1]
    return units.by_conversation(np.hstack([pair_counts(values, units.values[:, k]) for k in range(n_raters)]))


def _rater_kappa_counts(units: Units) -> Floats:
    """(n_conversations, n_pairs * 6) of each pair of raters."""
    pairs = combinations(range(units.values.shape[1]), 2)
    return units.by_conversation(np.hstack([pair_counts(units.values[:, i], units.values[:, j]) for i, j in pairs]))


def _rater_kappa(units: Units, measure: Measure) -> Estimate:
    if not has_order(units):
        return Estimate(value=None, n=measure.n, reason=NO_ORDER)
    counts = _rater_kappa_counts(units)
    return measure.figure(counts, mean_over(quadratic_weighted_kappa, counts.shape[1] // WIDTH))


def _flags(units: Units, values: Floats, measure: Measure) -> Flags:
    if not has_order(units):
        none = Estimate(value=None, n=measure.n, reason=NO_ORDER)
        return Flags(none, none, none, none)
    counts, between = kappa_counts(units, values), _rater_kappa_counts(units)
    n_raters, split = counts.shape[1] // WIDTH, between.shape[1]
    of_judge = mean_over(quadratic_weighted_kappa, n_raters)
    of_raters = mean_over(quadratic_weighted_kappa, split // WIDTH)

    def degradation(sums: Floats) -> Floats:
        return of_raters(sums[..., :split]) - of_judge(sums[..., split:])

    unvaried = "undefined: neither judge nor raters vary"
    return Flags(
        measure.figure(counts, of_judge, unvaried),
        measure.figure(np.hstack([between, counts]), degradation, unvaried),
        measure.figure(
            counts.reshape(len(counts), n_raters, WIDTH).sum(axis=1),
            standardised_mean_difference,
            "undefined: raters' values do not vary",
        ),
        measure.figure(
            units.by_conversation(prmse_counts(units.values, values)),
            prmse,
            "undefined: raters' errors leave no variance of true values",
        ),
    )
