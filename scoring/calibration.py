"""Calibration: from what the heads say of a candidate to the probability that a rater marks it, and what is accepted.

Fitted in training on held-out conversations through the served backend; here it is only read and applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rubric.codebook import Label
from rubric.errors import BundleError
from scoring.decoding import Candidate
from scoring.tags import LABELS

# Candidates less likely than this are dropped: many of them together would blur the intervals with noise.
LEAST_PROBABILITY = 0.02


class Scaling(BaseModel):
    """Platt scaling of a candidate's features, `sigmoid(weights · features + bias)`, and the threshold to accept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: tuple[float, float, float]
    bias: float
    threshold: float = Field(gt=0, le=1)


class LabelCalibration(BaseModel):
    """leading: for a turn's strongest candidate, whether the turn has the label. further: for its others, whether each
    is one more span."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leading: Scaling
    further: Scaling

    def of(self, candidate: Candidate) -> Scaling:
        return self.leading if candidate.leads else self.further


class Calibration(BaseModel):
    """All that is fitted on held-out conversations.

    labels: per label. link_temperature: divides link scores. same_threshold: how likely a mention must repeat an
    earlier one to share its id. tied_threshold: how likely a claim must serve a need to be tied to it.
    interval_levels: per signal the central mass of the propagated distribution that covers 90 % of held-out calls.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: dict[Label, LabelCalibration]
    link_temperature: float = Field(gt=0)
    same_threshold: float = Field(gt=0, le=1)
    tied_threshold: float = Field(gt=0, le=1)
    interval_levels: dict[str, float]


@dataclass(frozen=True)
class Calibrated:
    """A candidate with its probability, and whether it is a span of the scorecard."""

    candidate: Candidate
    probability: float
    accepted: bool

    @property
    def label(self) -> Label:
        return LABELS[self.candidate.label_index]


def read_calibration(path: Path) -> Calibration:
    """Read a bundle's calibration; raise BundleError where it does not parse."""
    try:
        return Calibration.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise BundleError(f"cannot read the calibration {path}: {error}") from error


def probability(scaling: Scaling, features: NDArray[np.float64]) -> float:
    """Probability that a rater marks a candidate with these (3,) features."""
    return float(1 / (1 + np.exp(-(np.dot(scaling.weights, features) + scaling.bias))))


def accept(candidates: Sequence[Candidate], calibration: Calibration) -> list[Calibrated]:
    """Candidates by turn and position with probability and verdict.

    Leading ones are decided first, the likeliest relative to its threshold before the others; a further one needs its
    label's leading one accepted. What overlaps an accepted one is rejected, and dropped altogether where it has the
    same label.
    """
    scalings = [calibration.labels[LABELS[c.label_index]].of(c) for c in candidates]
    rated = [(probability(s, c.features), s.threshold, c) for s, c in zip(scalings, candidates, strict=True)]
    rated = [row for row in rated if row[0] >= LEAST_PROBABILITY]
    rated.sort(key=lambda row: (not row[2].leads, -_odds_over_threshold(row[0], row[1]), row[2].turn, row[2].start))
    accepted_by_turn: dict[int, list[Candidate]] = {}
    results: list[Calibrated] = []
    for p, threshold, candidate in rated:
        accepted = accepted_by_turn.setdefault(candidate.turn, [])
        overlapping = [a for a in accepted if a.start < candidate.end and candidate.start < a.end]
        if any(other.label_index == candidate.label_index for other in overlapping):
            continue
        led = candidate.leads or any(other.label_index == candidate.label_index for other in accepted)
        passes = p >= threshold and led and not overlapping
        if passes:
            accepted.append(candidate)
        results.append(Calibrated(candidate, p, passes))
    return sorted(
        results, key=lambda r: (r.candidate.turn, r.candidate.start, r.candidate.end, r.candidate.label_index)
    )


def _odds_over_threshold(p: float, threshold: float) -> float:
    return float(np.log(max(p, 1e-9) / max(1 - p, 1e-9)) - np.log(threshold / max(1 - threshold, 1e-9)))
