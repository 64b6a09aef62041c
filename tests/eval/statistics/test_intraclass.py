from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eval.statistics.bland_altman import limits_of_agreement, percentile_factor
from eval.statistics.components import variance_components
from eval.statistics.decision import minimal_detectable_change, standard_error
from eval.statistics.intraclass import intraclass, mean_squares

JUDGED = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_mean_squares_are_those_of_the_published_table() -> None:
    assert [round(square, 2) for square in mean_squares(JUDGED)] == [11.24, 32.49, 1.02]


def test_incomplete_rows_are_left_out_and_counted() -> None:
    holed = np.vstack([JUDGED, [5, np.nan, 3, 3]])
    assert intraclass(holed).n_left_out == 1
    assert intraclass(holed).single == intraclass(JUDGED).single


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.ones((5, 1)), "two raters, found 1"),
        (np.full((5, 2), np.nan), "two conversations that every rater rated, found 0"),
        (np.ones((5, 2)), "values do not vary"),
    ],
)
def test_what_cannot_be_said_is_said(values: np.ndarray, said: str) -> None:
    found = intraclass(values)
    assert found.single.value is None
    assert said in (found.single.reason or "")


def test_perfect_agreement_has_no_interval() -> None:
    found = intraclass([[1, 1], [2, 2], [5, 5]])
    assert found.single.value == 1
    assert found.single.reason == "no interval: raters agree on everything"


@given(arrays(np.float64, (7, 3), elements=st.floats(-5, 5).map(lambda value: round(value, 2))))
def test_never_nan_and_the_value_lies_in_its_interval(values: np.ndarray) -> None:
    for figure in (intraclass(values).single, intraclass(values).average):
        numbers = [number for number in (figure.value, figure.low, figure.high) if number is not None]
        assert np.isfinite(numbers).all()
        assert figure.value is not None or figure.reason
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert figure.low - 1e-6 <= figure.value <= figure.high + 1e-6


def test_the_interval_of_icc_covers_at_its_nominal_rate() -> None:
    generator = np.random.default_rng(1)
    truth = 4 / (4 + 0.5 + 2)
    covered = []
    for _ in range(400):
        values = (
            2 * generator.standard_normal((15, 1))
            + 0.5**0.5 * generator.standard_normal((1, 4))
            + 2**0.5 * generator.standard_normal((15, 4))
        )
        found = intraclass(values, confidence=0.9).single
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)
    assert 0.87 <= np.mean(covered) <= 0.94


def test_exact_limits_cover_on_eight_conversations_where_the_approximation_does_not() -> None:
    generator = np.random.default_rng(2)
    n, exact, rough = 8, [], []
    for _ in range(600):
        differences = generator.standard_normal(n)
        found = limits_of_agreement(differences, confidence=0.9).upper
        assert found.low is not None
        assert found.high is not None
        exact.append(found.low <= 1.96 <= found.high)
        rough_error = 1.645 * differences.std(ddof=1) * np.sqrt(3 / n)
        rough.append(abs((found.value or 0) - 1.96) <= rough_error)
    assert 0.87 <= np.mean(exact) <= 0.93
    assert np.mean(rough) < 0.86


def test_limits_need_two_that_differ() -> None:
    assert "found 1" in (limits_of_agreement([3.0, np.nan]).bias.reason or "")
    same = limits_of_agreement([0.0, 0.0, 0.0])
    assert same.upper.value == 0
    assert same.upper.reason == "no interval: all differences are the same"


def test_the_factor_tends_to_the_percentile() -> None:
    assert percentile_factor(100_000, 0.975, 0.5) == pytest.approx(1.96, abs=0.001)


def test_standard_error_is_that_of_the_analysis_of_variance() -> None:
    _, between_raters, residual = mean_squares(JUDGED)
    components = variance_components(JUDGED)
    error = standard_error(components)
    assert error.value == pytest.approx(np.sqrt((between_raters - residual) / 6 + residual))
    assert standard_error(components, absolute=False).value == pytest.approx(np.sqrt(residual))
    assert minimal_detectable_change(error).value == pytest.approx(1.96 * np.sqrt(2) * (error.value or 0))
