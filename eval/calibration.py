"""Does a span with probability .8 overlap a gold span of its label eight times in ten?

The expected calibration error (Naeini et al. 2015) over bins of equal mass (Nguyen and O'Connor 2015), which holds
where probabilities crowd near 1. Equal probabilities share a bin. The error is above 0 even for a perfectly calibrated
scorer, the more so the fewer spans there are; `error_if_calibrated` says by how much, from outcomes drawn with the
probabilities themselves (Bröcker and Smith 2007). Resampling adds to that excess, so the error's interval (plain
percentiles, since a bias correction would leave the error itself outside) leans high; that of overconfidence does not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate, Floats, Resamples, estimate, ratio
from eval.pairs import Pair, sum_by_conversation
from eval.span_metrics import overlap
from rubric.codebook import Label

ALL = "all labels"
MAXIMUM_BINS = 10
SPANS_PER_BIN = 10
N_DRAWS = 200


class Bin(BaseModel):
    """One point of a reliability diagram: n spans, their mean probability, the share of them that gold confirms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    probability: float
    confirmed: float


class Calibration(BaseModel):
    """error: the mean distance between probability and confirmed share, over bins weighted by their spans.

    overconfidence: mean probability minus confirmed share, positive where the scorer promises too much.
    error_if_calibrated: the error that chance alone would give, None where there are no spans.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    error: Estimate
    overconfidence: Estimate
    error_if_calibrated: float | None
    bins: tuple[Bin, ...]


def confirmed_spans(pair: Pair) -> list[tuple[Label, float, bool]]:
    """Each predicted span that has a probability: its label, the probability, whether a gold span overlaps it."""
    return [
        (span.label, span.probability, any(overlap(span, g) for g in pair.gold if g.label == span.label))
        for span in pair.predicted
        if span.probability is not None
    ]


def bin_edges(probabilities: Floats) -> Floats:
    """Upper edges of bins that hold about as many spans each; fewer bins where spans are few or probabilities equal.

    >>> bin_edges(np.repeat([0.5, 0.9], 10)).tolist()
    [0.5, 0.9]
    """
    n_bins = max(1, min(MAXIMUM_BINS, len(probabilities) // SPANS_PER_BIN))
    levels = np.arange(1, n_bins + 1) / n_bins
    return np.unique(np.quantile(probabilities, levels, method="inverted_cdf"))


def calibration_error(sums: Floats) -> Floats:
    """The error from sums (..., 3 n_bins): for each bin spans, probability and confirmed; NaN without spans."""
    n, probability, confirmed = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
    return ratio(np.abs(probability - confirmed).sum(axis=-1), n.sum(axis=-1))


def overconfidence(sums: Floats) -> Floats:
    """Mean probability minus confirmed share, from the same sums."""
    n, probability, confirmed = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, 3), -1, 0)
    return ratio((probability - confirmed).sum(axis=-1), n.sum(axis=-1))


def calibration(pairs: Sequence[Pair], resamples: Resamples, seed: int = 0) -> dict[str, Calibration]:
    """Per label, and over all labels, how far span probabilities can be taken at their word; n counts spans.

    Bins are laid once, over all spans, and stay where they are in the resamples.
    """
    spans = [confirmed_spans(pair) for pair in pairs]
    return {
        name: _calibration(pairs, [[s for s in held if name in (ALL, s[0])] for held in spans], resamples, seed)
        for name in (*map(str, Label), ALL)
    }


def _calibration(
    pairs: Sequence[Pair], spans: Sequence[Sequence[tuple[Label, float, bool]]], resamples: Resamples, seed: int
) -> Calibration:
    probabilities = np.array([probability for held in spans for _, probability, _ in held])
    n = len(probabilities)
    if not n:
        missing = Estimate(value=None, n=0, reason="undefined: no span with a probability")
        return Calibration(error=missing, overconfidence=missing, error_if_calibrated=None, bins=())
    edges = bin_edges(probabilities)
    counts = np.zeros((len(pairs), len(edges), 3))
    for row, held in enumerate(spans):
        for _, probability, hit in held:
            counts[row, np.searchsorted(edges, probability)] += 1, probability, hit
    total = counts.sum(axis=0)
    by_conversation = sum_by_conversation(pairs, counts.reshape(len(pairs), -1))
    return Calibration(
        error=estimate(by_conversation, calibration_error, resamples, n=n, undefined="", corrected=False),
        overconfidence=estimate(by_conversation, overconfidence, resamples, n=n, undefined=""),
        error_if_calibrated=_error_by_chance(probabilities, edges, seed),
        bins=tuple(Bin(n=int(k), probability=p / k, confirmed=c / k) for k, p, c in total),
    )


def _error_by_chance(probabilities: Floats, edges: Floats, seed: int) -> float:
    generator = np.random.default_rng(seed)
    held = np.searchsorted(edges, probabilities)
    in_bin = np.eye(len(edges))[held]  # (n_spans, n_bins)
    hits = generator.random((N_DRAWS, len(probabilities))) < probabilities
    gaps = np.abs((probabilities - hits) @ in_bin)  # (N_DRAWS, n_bins)
    return float(gaps.sum(axis=1).mean() / len(probabilities))
