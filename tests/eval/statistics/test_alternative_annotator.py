from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from eval.statistics.alternative_annotator import alternative_annotator_test


def labelled(
    generator: np.random.Generator, n: int, rates: list[float], prevalence: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """A truth (n,) and raters (n, n_raters) who see it rightly at these rates."""
    truth = (generator.random(n) < prevalence).astype(float)
    right = generator.random((n, len(rates))) < np.array(rates)
    return truth, np.where(right, truth[:, None], 1 - truth[:, None])


def test_the_paper_s_procedure_written_out_by_hand_gives_the_same() -> None:
    generator = np.random.default_rng(0)
    _, raters = labelled(generator, 80, [0.9, 0.8, 0.85, 0.7])
    scorer, values = raters[:, 3], raters[:, :3]
    found = alternative_annotator_test(values, scorer, epsilon=0.15)
    for index, comparison in enumerate(found.comparisons):
        others = np.delete(values, index, axis=1)
        of_scorer = (others == scorer[:, None]).mean(axis=1)
        of_rater = (others == values[:, [index]]).mean(axis=1)
        wins, loses = (of_scorer >= of_rater).astype(float), (of_rater >= of_scorer).astype(float)
        assert comparison.advantage == pytest.approx(wins.mean())
        assert comparison.rater_advantage == pytest.approx(loses.mean())
        assert comparison.p == pytest.approx(ttest_1samp(loses - wins, 0.15, alternative="less").pvalue)


def test_numbers_are_compared_by_distance_and_gaps_are_left_out() -> None:
    generator = np.random.default_rng(1)
    truth = generator.normal(size=60)
    values = truth[:, None] + 0.3 * generator.normal(size=(60, 3))
    values[:10, 0] = np.nan
    found = alternative_annotator_test(values, truth, score="negative_rmse")
    assert found.comparisons[0].n == 50
    assert found.winning_rate == 1
    assert found.passes
    assert (found.advantage or 0) > 0.6


def test_a_bad_scorer_fails_and_so_does_a_random_one() -> None:
    generator = np.random.default_rng(2)
    _, values = labelled(generator, 100, [0.95, 0.95, 0.95])
    found = alternative_annotator_test(values, generator.integers(0, 2, 100).astype(float))
    assert found.winning_rate == 0
    assert found.passes is False


@pytest.mark.parametrize(
    ("values", "judged", "clusters", "said"),
    [
        (np.zeros((50, 1)), np.zeros(50), None, "two raters judged"),
        (np.full((50, 2), np.nan), np.zeros(50), None, "two raters judged"),
        (np.zeros((50, 2)), np.full(50, np.nan), None, "two raters judged"),
        (np.zeros((50, 0)), np.zeros(50), None, "there is no rater"),
        (np.zeros((20, 3)), np.zeros(20), None, "fewer than 30 units"),
        (np.zeros((50, 3)), np.zeros(50), np.arange(50) // 25, "fewer than 10 conversations"),
    ],
)
def test_what_cannot_be_tested_says_why(
    values: np.ndarray, judged: np.ndarray, clusters: np.ndarray | None, said: str
) -> None:
    found = alternative_annotator_test(values, judged, clusters=clusters)
    assert found.winning_rate is None
    assert found.passes is None
    assert said in (found.reason or "")


def test_units_of_one_conversation_are_not_independent() -> None:
    """The scorer is worse by exactly epsilon, conversation by conversation: as published it passes too often."""
    generator = np.random.default_rng(4)
    rejected = {"published": 0, "clustered": 0}
    n_trials, n_conversations, n_turns, epsilon = 120, 22, 20, 0.2
    for _ in range(n_trials):
        # in a share of conversations the scorer errs throughout, where the two raters agree
        bad = generator.random(n_conversations) < epsilon
        values = np.zeros((n_conversations * n_turns, 2))
        scorer = np.repeat(bad, n_turns).astype(float)
        clusters = np.repeat(np.arange(n_conversations), n_turns)
        for name, groups in (("published", None), ("clustered", clusters)):
            found = alternative_annotator_test(values, scorer, epsilon=epsilon, clusters=groups)
            rejected[name] += bool(found.winning_rate)
    assert rejected["published"] / n_trials > 0.25
    assert rejected["clustered"] / n_trials < 0.10


def test_the_error_rate_holds_where_units_are_independent() -> None:
    generator = np.random.default_rng(5)
    n_trials, epsilon, rejected = 200, 0.2, 0
    for _ in range(n_trials):
        values = np.zeros((100, 3))
        scorer = (generator.random(100) < epsilon).astype(float)  # worse than each rater by epsilon: the boundary
        rejected += bool(alternative_annotator_test(values, scorer, epsilon=epsilon).winning_rate)
    assert rejected / n_trials <= 0.08
