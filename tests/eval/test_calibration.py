from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from eval.bootstrap import draw
from eval.calibration import ALL, MAXIMUM_BINS, bin_edges, calibration
from eval.pairs import Pair
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.spans import Span


def _pairs(talk: Callable[..., Conversation], probabilities: np.ndarray, hits: np.ndarray) -> list[Pair]:
    """Ten conversations of one long turn each, a predicted span every three characters."""
    pairs = []
    for name, (chances, found) in enumerate(zip(np.split(probabilities, 10), np.split(hits, 10), strict=True)):
        spans = [
            Span(turn=0, start=3 * i, end=3 * i + 2, label=Label.VALUE_CLAIM, probability=float(chance))
            for i, chance in enumerate(chances)
        ]
        gold = [span for span, hit in zip(spans, found, strict=True) if hit]
        pairs.append(Pair(talk("R: " + "x" * 3 * len(spans), id=str(name)), tuple(gold), tuple(spans)))
    return pairs


def test_a_calibrated_scorer_errs_no_more_than_chance(talk: Callable[..., Conversation]) -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.uniform(0.4, 1, 1000)
    found = calibration(_pairs(talk, probabilities, generator.random(1000) < probabilities), draw(10, 100))[
        "value_claim"
    ]
    assert found.error.value == pytest.approx(found.error_if_calibrated, abs=0.02)
    assert found.error.low is not None
    assert found.error.high is not None
    assert found.error.low <= found.error.value <= found.error.high
    assert found.overconfidence.value == pytest.approx(0, abs=0.03)
    assert len(found.bins) == MAXIMUM_BINS
    assert {held.n for held in found.bins} == {100}  # equal mass
    assert sum(held.n for held in found.bins) == found.error.n == 1000


def test_an_overconfident_scorer_shows_by_how_much(talk: Callable[..., Conversation]) -> None:
    hits = np.arange(200) % 2 == 0
    found = calibration(_pairs(talk, np.full(200, 0.9), hits), draw(10, 100))[ALL]
    assert found.error.value == pytest.approx(0.4)
    assert found.overconfidence.value == pytest.approx(0.4)
    assert [held.model_dump() for held in found.bins] == [
        {"n": 200, "probability": pytest.approx(0.9), "confirmed": 0.5}
    ]
    assert found.error_if_calibrated is not None
    assert found.error_if_calibrated < 0.05


def test_equal_probabilities_share_a_bin_and_few_spans_share_one() -> None:
    assert bin_edges(np.array([0.2, 0.7, 0.9])).tolist() == [0.9]
    edges = bin_edges(np.r_[np.full(60, 0.5), np.linspace(0.6, 1, 40)])
    assert edges[0] == 0.5
    assert len(edges) == 5


def test_no_probabilities_no_calibration(rater_a: list[Pair]) -> None:
    found = calibration(rater_a, draw(22, 20))["empathy"]
    assert found.error.value is None
    assert found.error.reason == "undefined: no span with a probability"
    assert found.bins == ()
