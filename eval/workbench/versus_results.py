"""The scorer as one more rater, as data: the results of report.json."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate
from eval.statistics.alternative_annotator import AlternativeAnnotator
from eval.workbench.abstention import Abstention
from eval.workbench.left_out import LeftOut
from eval.workbench.slices import SliceFigure
from eval.workbench.versus_study import LabelVersus, VersusStudy


class AnnotatorTestResults(BaseModel):
    """One alternative annotator test of report.json. independent: what was taken as independent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    independent: str
    winning_rate: float | None
    advantage: float | None
    passes: bool | None
    p_values: dict[str, float | None]
    reason: str | None


class JudgeResults(BaseModel):
    """One judge on one label of report.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judge: str
    n_units: int
    alpha_with: Estimate
    gained: Estimate
    tests: tuple[AnnotatorTestResults, ...]
    kappa: Estimate
    degradation: Estimate
    standardised_mean_difference: Estimate
    prmse: Estimate


class LeftOutResults(BaseModel):
    """One rater left out, of report.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rater: str
    rater_alpha: Estimate
    judged_alpha: Estimate
    difference: Estimate


class LabelResults(BaseModel):
    """One label of report.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    alpha_of_raters: Estimate
    kappa_of_raters: Estimate
    verdict: str
    judges: tuple[JudgeResults, ...]
    left_out: tuple[LeftOutResults, ...]


class SliceResults(BaseModel):
    """One figure of one slice of report.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attribute: str
    level: str
    label: str
    figure: str
    n_conversations: int
    inside: Estimate
    outside: Estimate
    difference: Estimate
    p: float | None
    adjusted_p: float | None


class AbstentionResults(BaseModel):
    """Risk at coverages in one slice of report.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    n_conversations: int
    n: int
    risk: dict[str, Estimate]
    gain: Estimate


class VersusResults(BaseModel):
    """The part of report.json that is for programs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    judged: str
    raters: tuple[str, ...]
    n_conversations: int
    epsilon: float
    confidence: float
    n_resamples: int
    seed: int
    labels: tuple[LabelResults, ...]
    left_out_on_average: tuple[LeftOutResults, ...]
    slices: tuple[SliceResults, ...]
    abstention: tuple[AbstentionResults, ...]


def versus_results(found: VersusStudy, slices: Sequence[SliceFigure], silence: Sequence[Abstention]) -> VersusResults:
    """Everything that was found, for programs."""
    return VersusResults(
        judged=found.judged.name,
        raters=found.study.raters,
        n_conversations=found.study.n_conversations,
        epsilon=found.epsilon,
        confidence=found.resamples.confidence,
        n_resamples=len(found.resamples.weights),
        seed=found.seed,
        labels=tuple(_label_results(held, found.study.raters) for held in found.labels),
        left_out_on_average=tuple(_left_out_results(held) for held in found.mean_left_out),
        slices=tuple(
            SliceResults(
                attribute=held.attribute,
                level=held.level,
                label=held.label,
                figure=held.figure,
                n_conversations=held.found.n_inside,
                inside=held.found.inside,
                outside=held.found.outside,
                difference=held.found.difference,
                p=held.found.p,
                adjusted_p=held.adjusted_p,
            )
            for held in slices
        ),
        abstention=tuple(
            AbstentionResults(
                name=held.name,
                n_conversations=held.n_conversations,
                n=held.n,
                risk={f"{coverage:.2f}": figure for coverage, figure in held.risk.items()},
                gain=held.gain,
            )
            for held in silence
        ),
    )


def _label_results(held: LabelVersus, raters: Sequence[str]) -> LabelResults:
    return LabelResults(
        label=held.units.label,
        alpha_of_raters=held.alpha,
        kappa_of_raters=held.rater_kappa,
        verdict=held.verdict,
        judges=tuple(
            JudgeResults(
                judge=judge.judge,
                n_units=judge.n_units,
                alpha_with=judge.alpha_with,
                gained=judge.gained,
                tests=(
                    _annotator_test_results("conversations", judge.clustered, raters),
                    _annotator_test_results("units, as published", judge.published, raters),
                ),
                kappa=judge.flags.kappa,
                degradation=judge.flags.degradation,
                standardised_mean_difference=judge.flags.difference,
                prmse=judge.flags.prmse,
            )
            for judge in (held.judged, *held.simple)
        ),
        left_out=tuple(map(_left_out_results, held.left_out)),
    )


def _left_out_results(held: LeftOut) -> LeftOutResults:
    return LeftOutResults(
        rater=held.rater, rater_alpha=held.rater_alpha, judged_alpha=held.judged_alpha, difference=held.difference
    )


def _annotator_test_results(
    independent: str, test: AlternativeAnnotator, raters: Sequence[str]
) -> AnnotatorTestResults:
    return AnnotatorTestResults(
        independent=independent,
        winning_rate=test.winning_rate,
        advantage=test.advantage,
        passes=test.passes,
        p_values={raters[held.rater]: held.p for held in test.comparisons},
        reason=test.reason,
    )
