"""The parity gate: the exported model against the torch model on real conversations, by probabilities and spans."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from rubric.conversation import Conversation
from rubric.errors import BundleError
from scoring.backend import Backend
from scoring.calibration import Calibrated, Calibration, accept
from scoring.scorer import find_candidates
from scoring.windows import Windower
from training.config import ExportConfig


class Parity(BaseModel):
    """flipped_spans: share of the spans of either model that the other lacks. mean_probability_gap: over spans both
    have, the mean absolute difference of probability."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_conversations: int
    n_spans: int
    flipped_spans: float
    mean_probability_gap: float


def compare(
    conversations: Sequence[Conversation],
    windower: Windower,
    reference: Backend,
    exported: Backend,
    calibration: Calibration,
) -> Parity:
    """Decode both models' outputs and count what differs."""
    n_spans, n_flipped, gaps = 0, 0, list[float]()
    for conversation in conversations:
        left, right = (
            [rated for rated in accept(find_candidates(conversation, windower, backend), calibration) if rated.accepted]
            for backend in (reference, exported)
        )
        pairs = [(a, b) for a in left for b in right if _same(a, b)]
        gaps += [abs(a.probability - b.probability) for a, b in pairs]
        n_spans += len(left) + len(right)
        n_flipped += len(left) - len({id(a) for a, _ in pairs}) + len(right) - len({id(b) for _, b in pairs})
    return Parity(
        n_conversations=len(conversations),
        n_spans=n_spans,
        flipped_spans=round(n_flipped / n_spans, 4) if n_spans else 0.0,
        mean_probability_gap=round(float(np.mean(gaps)), 4) if gaps else 0.0,
    )


def gate(parity: Parity, limits: ExportConfig) -> None:
    """Raise BundleError where the export differs more than the recipe allows."""
    if parity.flipped_spans > limits.max_flipped_spans:
        raise BundleError(
            f"the export flips {parity.flipped_spans:.1%} of {parity.n_spans} spans, "
            f"the recipe allows {limits.max_flipped_spans:.1%}: the bundle was not made"
        )
    if parity.mean_probability_gap > limits.max_mean_probability_gap:
        raise BundleError(
            f"the export moves probabilities by {parity.mean_probability_gap:.3f} on average, "
            f"the recipe allows {limits.max_mean_probability_gap:.3f}: the bundle was not made"
        )


def _same(left: Calibrated, right: Calibrated) -> bool:
    a, b = left.candidate, right.candidate
    return a.turn == b.turn and a.label_index == b.label_index and a.start < b.end and b.start < a.end
