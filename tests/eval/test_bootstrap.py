from __future__ import annotations

import time

import numpy as np
import pytest

from eval.agreement import confusion_alpha
from eval.bootstrap import bootstrap, draw, estimate, mean_over, ratio


def _mean(sums: np.ndarray) -> np.ndarray:
    return ratio(sums[..., 0], sums[..., 1])


def test_resamples_draw_as_many_conversations_as_there_are_and_repeat_with_the_seed() -> None:
    first, again, other = draw(22, 50, seed=3), draw(22, 50, seed=3), draw(22, 50, seed=4)
    assert first.weights.shape == (50, 22)
    assert (first.weights.sum(axis=1) == 22).all()
    assert np.array_equal(first.weights, again.weights)
    assert not np.array_equal(first.weights, other.weights)


def test_counts_and_lists_give_the_same_interval() -> None:
    counts = np.random.default_rng(0).integers(1, 9, size=(12, 2)).astype(float)
    resamples = draw(12, 200, seed=1)
    by_counts = estimate(counts, _mean, resamples, n=12, undefined="")
    by_list = bootstrap(list(counts), lambda rows: float(_mean(np.sum(rows, axis=0))), resamples, undefined="")
    assert by_list.model_dump() == pytest.approx(by_counts.model_dump())
    assert by_counts.low is not None
    assert by_counts.value is not None
    assert by_counts.high is not None
    assert by_counts.low < by_counts.value < by_counts.high


def test_a_90_percent_interval_of_alpha_covers_about_nine_times_in_ten() -> None:
    generator = np.random.default_rng(5)
    population = []
    for rate, error in zip(generator.beta(2, 10, 4000), generator.beta(1, 12, 4000), strict=True):
        gold = generator.random(20) < rate
        predicted = gold ^ (generator.random(20) < error)
        population.append(
            [(gold & predicted).sum(), (predicted & ~gold).sum(), (gold & ~predicted).sum(), (~gold & ~predicted).sum()]
        )
    counts = np.array(population, dtype=float)
    truth = float(confusion_alpha(counts.sum(axis=0)))
    covered = []
    for seed in range(250):
        sample = counts[generator.integers(0, len(counts), 22)]
        found = estimate(sample, confusion_alpha, draw(22, 400, seed), n=22, undefined="")
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)
    assert 0.82 <= np.mean(covered) <= 0.95  # a little under .9, as the module says


def test_a_thousand_resamples_take_no_time() -> None:
    counts = np.random.default_rng(0).integers(0, 9, size=(22, 4)).astype(float)
    started = time.process_time()
    estimate(counts, confusion_alpha, draw(22, 1000), n=22, undefined="")
    assert time.process_time() - started < 1


def test_an_undefined_value_says_why() -> None:
    found = estimate(np.zeros((5, 2)), _mean, draw(5, 20), n=0, undefined="undefined: nothing to divide by")
    assert found.value is None
    assert found.reason == "undefined: nothing to divide by"
    assert bootstrap([1, 2], lambda _: None, draw(2, 20), undefined="undefined: as told").reason == "undefined: as told"


def test_one_conversation_has_no_interval() -> None:
    found = estimate(np.array([[1.0, 2.0]]), _mean, draw(1, 20), n=2, undefined="")
    assert (found.value, found.low, found.high) == (0.5, None, None)
    assert found.reason == "no interval: it takes at least two conversations"


def test_an_interval_needs_most_resamples_defined() -> None:
    counts = np.array([[1.0, 1.0], *[[0.0, 0.0]] * 4])
    found = estimate(counts, _mean, draw(5, 200), n=1, undefined="")
    assert found.low is None
    assert found.reason is not None
    assert found.reason.startswith("no interval: undefined in ")


def test_conversations_that_all_agree_have_no_interval() -> None:
    found = estimate(np.ones((6, 2)), _mean, draw(6, 50), n=6, undefined="")
    assert found.value == 1
    assert found.low is None
    assert found.reason == "no interval: all conversations say the same, so no resample differs"


def test_a_mean_over_groups_leaves_undefined_ones_out() -> None:
    mean = mean_over(_mean, 3)
    assert float(mean(np.array([1.0, 2.0, 0.0, 0.0, 3.0, 4.0]))) == pytest.approx(0.625)
    assert np.isnan(mean(np.zeros(6)))
