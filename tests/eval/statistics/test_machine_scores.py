from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score

from eval.coefficients import cohen_kappa
from eval.statistics.differences import adjusted, slice_difference
from eval.statistics.prmse import prmse, prmse_counts
from eval.statistics.risk_coverage import risk_coverage
from eval.statistics.weighted_kappa import (
    difference_of_standardised_means,
    pair_counts,
    quadratic_weighted_kappa,
    standardised_mean_difference,
)


@given(arrays(np.int64, (2, 12), elements=st.integers(0, 4)))
def test_quadratic_weighted_kappa_is_scikit_learn_s(values: np.ndarray) -> None:
    found = float(quadratic_weighted_kappa(pair_counts(*values).sum(axis=0)))
    if len(np.unique(values)) == 1:
        assert np.isnan(found)
        return
    assert found == pytest.approx(cohen_kappa_score(*values, weights="quadratic", labels=range(5)))


@given(arrays(np.int64, (2, 12), elements=st.integers(0, 1)))
def test_of_two_categories_it_is_plain_kappa(values: np.ndarray) -> None:
    left, right = values.astype(bool)
    table = np.array([(left & right).sum(), (~left & right).sum(), (left & ~right).sum(), (~left & ~right).sum()])
    found = float(quadratic_weighted_kappa(pair_counts(*values).sum(axis=0)))
    assert found == pytest.approx(float(cohen_kappa(table.astype(float).reshape(2, 2))), nan_ok=True)


def test_standardised_mean_difference_of_a_shift() -> None:
    given_values = np.array([1.0, 2, 3, 4, 5])
    sums = pair_counts(given_values + 0.5, given_values).sum(axis=0)
    assert float(standardised_mean_difference(sums)) == pytest.approx(0.5 / given_values.std(ddof=1))


def test_standardised_means_differ_only_where_a_slice_is_treated_otherwise() -> None:
    given_values = np.array([1.0, 2, 3, 4, 5, 6])
    shifted = pair_counts(2 * given_values + 1, given_values)
    assert float(difference_of_standardised_means(shifted.sum(axis=0), shifted[:2].sum(axis=0))) == pytest.approx(0)
    unfair = pair_counts(given_values - np.array([1, 1, 0, 0, 0, 0]), given_values)
    assert float(difference_of_standardised_means(unfair.sum(axis=0), unfair[:2].sum(axis=0))) < -0.05


def test_prmse_recovers_the_share_of_true_variance_that_is_predicted() -> None:
    generator = np.random.default_rng(0)
    n, true, error = 20_000, 2.0, 1.0
    truth = np.sqrt(true) * generator.standard_normal(n)
    raters = truth[:, None] + np.sqrt(error) * generator.standard_normal((n, 3))
    raters[generator.random((n, 3)) < 0.3] = np.nan
    scorer = truth + np.sqrt(0.5) * generator.standard_normal(n)
    assert float(prmse(prmse_counts(raters, scorer).sum(axis=0))) == pytest.approx(1 - 0.5 / true, abs=0.02)


@pytest.mark.parametrize("raters", [np.ones((5, 1)), np.ones((5, 2)), np.full((5, 2), np.nan)])
def test_prmse_without_two_ratings_or_variance_is_undefined(raters: np.ndarray) -> None:
    assert np.isnan(float(prmse(prmse_counts(raters, np.arange(5)).sum(axis=0))))


def test_a_slice_that_differs_is_found_and_one_that_does_not_is_not() -> None:
    generator = np.random.default_rng(1)
    inside = np.arange(40) < 15
    low, high = generator.normal(0, 1, 40), generator.normal(0, 1, 40) + 3 * inside

    def mean(sums: np.ndarray) -> np.ndarray:
        return sums[..., 0] / sums[..., 1]

    same, other = (
        slice_difference(np.stack([values, np.ones(40)], axis=1), inside, mean, undefined="undefined")
        for values in (low, high)
    )
    assert other.p is not None
    assert same.p is not None
    assert other.p < 0.01 < same.p
    assert other.difference.low is not None
    assert other.difference.low > 0


def test_a_small_slice_is_shown_and_not_tested() -> None:
    counts = np.ones((20, 2))
    found = slice_difference(counts, np.arange(20) < 4, lambda sums: sums[..., 0] / sums[..., 1], undefined="undefined")
    assert found.inside.value == 1
    assert found.p is None
    assert "fewer than 5" in (found.difference.reason or "")


def test_permutation_p_values_are_uniform_where_nothing_differs() -> None:
    generator = np.random.default_rng(2)
    p_values = []
    for seed in range(300):
        counts = np.stack([generator.normal(size=24), np.ones(24)], axis=1)
        found = slice_difference(
            counts,
            np.arange(24) < 8,
            lambda sums: sums[..., 0] / sums[..., 1],
            undefined="",
            n_resamples=99,
            seed=seed,
        )
        p_values.append(found.p)
    assert 0.02 <= np.mean(np.array(p_values) <= 0.05) <= 0.09


def test_adjustment_leaves_gaps() -> None:
    assert adjusted([None, None]) == [None, None]
    assert adjusted([0.5, None])[1] is None


def test_confidence_that_sorts_lowers_the_area_and_a_constant_one_is_flat() -> None:
    loss = np.array([0.0, 0, 0, 1, 1])
    assert risk_coverage([5, 4, 3, 2, 1], loss).area < risk_coverage([1, 2, 3, 4, 5], loss).area
    assert risk_coverage(np.ones(5), loss).risk.tolist() == pytest.approx([0.4] * 5)
    with pytest.raises(ValueError, match="none missing"):
        risk_coverage([1.0, np.nan], [0.0, 0.0])
