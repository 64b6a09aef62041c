"""What would silence buy? Risk and coverage of the scorer, overall and in each slice of the conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.bootstrap import Estimate, Floats, bootstrap, draw
from eval.statistics.differences import MINIMUM_CONVERSATIONS
from eval.statistics.risk_coverage import RiskCoverage, risk_coverage
from eval.workbench.agreement import too_few
from eval.workbench.slices import slices_of
from eval.workbench.versus_study import VersusStudy

ALL = "all conversations"
COVERAGES = (1.0, 0.95, 0.9, 0.8)
N_RESAMPLES = 200  # every one sorts all decisions anew


@dataclass(frozen=True)
class Abstention:
    """One slice. n: decisions, a turn and a label each. risk: at each of `COVERAGES`, the share of raters who decide
    otherwise. gain: risk with every decision minus risk with the surest nine tenths. curve: for the plot."""

    name: str
    n_conversations: int
    n: int
    risk: dict[float, Estimate]
    gain: Estimate
    curve: RiskCoverage


def abstention(found: VersusStudy) -> list[Abstention]:
    """The scorer's decisions on turns, surest first, in all conversations and in each slice; none without confidence."""
    held = _decisions(found)
    if not any(len(sure) for sure, _ in held):
        return []
    everywhere = [_abstention(ALL, held, found.seed, found.resamples.confidence)]
    for attribute, levels in slices_of(found.study).items():
        for level in sorted(set(levels) - {""}):
            inside = [one for one, of in zip(held, levels, strict=True) if of == level]
            if any(len(sure) for sure, _ in inside):
                name = f"{attribute}: {level}"
                everywhere.append(_abstention(name, inside, found.seed, found.resamples.confidence))
    return everywhere


Decisions = tuple[Floats, Floats]  # confidence and loss, (n,) each


def _decisions(found: VersusStudy) -> list[Decisions]:
    """By conversation, the confidence and loss of every decision on a turn and a label of two categories."""
    sure: list[list[Floats]] = [[] for _ in found.study.conversations]
    lost: list[list[Floats]] = [[] for _ in found.study.conversations]
    for held in found.labels:
        units, label = held.units, held.units.label
        confidence = found.judged.confidence.get(label)
        if confidence is None or units.definition.unit != "turn" or len(units.definition.categories) != 2:
            continue
        values, n = found.judged.values[label], units.n_ratings
        there = ~np.isnan(units.values)
        otherwise = (there & (units.values != values[:, None])).sum(axis=1)
        kept = (n > 0) & ~np.isnan(confidence) & ~np.isnan(values)
        for row in range(found.study.n_conversations):
            rows = kept & (units.conversation == row)
            sure[row].append(confidence[rows])
            lost[row].append(otherwise[rows] / n[rows])
    return [
        (np.concatenate(one) if one else np.zeros(0), np.concatenate(other) if other else np.zeros(0))
        for one, other in zip(sure, lost, strict=True)
    ]


def _curve(held: Sequence[Decisions]) -> RiskCoverage:
    return risk_coverage(np.concatenate([one for one, _ in held]), np.concatenate([other for _, other in held]))


def _abstention(name: str, held: Sequence[Decisions], seed: int, confidence: float) -> Abstention:
    rated = [one for one in held if len(one[0])]
    curve = _curve(rated)

    def figure(of: float, minus: float | None = None) -> Estimate:
        def statistic(drawn: Sequence[Decisions]) -> float:
            found = _curve(drawn)
            return found.risk_at(of) - (found.risk_at(minus) if minus else 0.0)

        if len(rated) < MINIMUM_CONVERSATIONS:
            return Estimate(value=statistic(rated), n=len(curve.risk), reason=too_few(len(rated)))
        resamples = draw(len(rated), N_RESAMPLES, seed, confidence)
        return bootstrap(rated, statistic, resamples, undefined="undefined").model_copy(update={"n": len(curve.risk)})

    risk = {coverage: figure(coverage) for coverage in COVERAGES}
    return Abstention(name, len(rated), len(curve.risk), risk, figure(1.0, 0.9), curve)
