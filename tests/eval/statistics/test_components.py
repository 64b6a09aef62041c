from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.statistics.components import component_counts, henderson, variance_components
from eval.statistics.decision import (
    calls_needed,
    conversation_reliability,
    raters_needed,
    rep_reliability,
)
from rubric.generalizability import VarianceComponents, reliability
from rubric.generalizability import calls_needed as calls_needed_of

ALL = ("rep", "conversation", "rater")


def simulated(
    generator: np.random.Generator, n_reps: int, n_calls: int, n_raters: int, parts: VarianceComponents
) -> tuple[np.ndarray, np.ndarray]:
    """Ratings (n_reps * n_calls, n_raters) with the given components, and the rep of each row."""
    reps = np.repeat(np.arange(n_reps), n_calls)
    rep, call, rater = (
        np.sqrt(variance) * generator.standard_normal(size)
        for variance, size in (
            (parts.rep, n_reps),
            (parts.conversation, n_reps * n_calls),
            (parts.rater, n_raters),
        )
    )
    rest = np.sqrt(parts.residual) * generator.standard_normal((n_reps * n_calls, n_raters))
    return rep[reps][:, None] + call[:, None] + rater[None, :] + rest, reps


TRUE = VarianceComponents(rep=1.0, conversation=2.0, rater=0.5, residual=1.0)


def test_components_are_unbiased_with_missing_cells_and_uneven_reps() -> None:
    generator = np.random.default_rng(0)
    found = []
    for _ in range(250):
        values, reps = simulated(generator, 12, 5, 4, TRUE)
        values = np.where(generator.random(values.shape) < 0.4, np.nan, values)
        kept = generator.random(len(values)) < 0.8
        found.append(henderson(component_counts(values[kept], reps[kept]).sum(axis=0), ALL))
    assert np.mean(found, axis=0) == pytest.approx([1.0, 2.0, 0.5, 1.0], abs=0.12)


def test_without_reps_what_they_differ_by_is_the_conversations() -> None:
    generator = np.random.default_rng(3)
    found = []
    for _ in range(100):
        values, _ = simulated(generator, 40, 1, 3, TRUE)
        found.append(henderson(component_counts(values).sum(axis=0), ("conversation", "rater"))[0])
    assert np.mean(found) == pytest.approx(3.0, abs=0.2)


def test_one_rater_leaves_reps_and_the_rest() -> None:
    values, reps = simulated(np.random.default_rng(1), 30, 6, 1, TRUE)
    found = variance_components(values, reps, n_resamples=100)
    assert found.factors == ("rep",)
    assert set(found.parts) == {"rep", "residual"}
    assert calls_needed(found, 0.8).value is not None
    assert conversation_reliability(found, 1).value is None


@pytest.mark.parametrize(
    ("values", "reps", "said"),
    [
        (np.full((4, 2), np.nan), None, "no rating"),
        (np.array([[1.0, 2.0]]), None, "two conversations, found 1"),
        (np.array([[1.0], [2.0], [4.0]]), None, "one rater and no reps"),
        (np.array([[1.0, np.nan], [np.nan, 2.0], [4.0, np.nan]]), None, "no conversation has two raters"),
        (np.ones((6, 2)), None, "values do not vary"),
        (np.array([[1.0, 2.0], [3.0, 3.0], [2.0, 2.0]]), [0, 1, 2], "does not tell the components apart"),
    ],
)
def test_what_cannot_be_said_is_said(values: np.ndarray, reps: list[int] | None, said: str) -> None:
    found = variance_components(values, reps, n_resamples=50)
    assert not found.parts
    assert said in (found.reason or "")
    for figure in (rep_reliability(found, 3, 2), conversation_reliability(found, 2)):
        assert figure.value is None
        assert said in (figure.reason or "")
    assert said in (calls_needed(found, 0.8).reason or "")


def test_without_reps_no_number_of_calls_is_claimed() -> None:
    values, _ = simulated(np.random.default_rng(1), 20, 1, 3, TRUE)
    found = variance_components(values, n_resamples=100)
    assert "carry no rep" in (calls_needed(found, 0.8).reason or "")
    assert raters_needed(found, 0.8).value is not None


def test_a_negative_estimate_is_given_as_zero_and_named() -> None:
    values = np.array([[1.0, 4.0], [4.0, 1.0], [1.0, 4.0], [4.0, 1.0]])
    found = variance_components(values, n_resamples=50)
    assert "conversation" in found.negative
    assert found.parts["conversation"].value == 0


def test_resampled_figures_are_those_of_the_plain_formulas() -> None:
    values, reps = simulated(np.random.default_rng(5), 25, 6, 3, TRUE)
    found = variance_components(values, reps, n_resamples=200)
    for absolute in (True, False):
        shown = rep_reliability(found, 4, 2, absolute=absolute)
        assert shown.value == pytest.approx(reliability(found.point(), 4, 2, absolute=absolute))
        needed = calls_needed(found, 0.7, 2, absolute=absolute)
        assert needed.value == calls_needed_of(found.point(), 0.7, 2, absolute=absolute)
        assert needed.low is not None
        assert needed.low <= (needed.value or 10**9)


@given(
    st.builds(VarianceComponents, *[st.floats(0, 10).map(lambda value: round(value, 3))] * 4),
    st.sampled_from([0.7, 0.8, 0.9]),
    st.integers(1, 5),
    st.booleans(),
)
def test_calls_needed_is_the_least_number_that_reaches_the_target(
    parts: VarianceComponents, target: float, n_raters: int, absolute: bool
) -> None:
    needed = calls_needed_of(parts, target, n_raters, absolute=absolute)
    if needed is None:
        assert reliability(parts, 10**9, n_raters, absolute=absolute) <= target + 1e-6
        return
    assert reliability(parts, needed, n_raters, absolute=absolute) >= target - 1e-6
    if 1 < needed < 10**6:
        assert reliability(parts, needed - 1, n_raters, absolute=absolute) < target + 1e-9


def test_the_interval_of_reliability_covers() -> None:
    generator = np.random.default_rng(7)
    truth = reliability(TRUE, 5, 3, absolute=False)
    covered = []
    for seed in range(60):
        values, reps = simulated(generator, 30, 5, 3, TRUE)
        found = rep_reliability(variance_components(values, reps, n_resamples=200, seed=seed), 5, 3, absolute=False)
        assert found.low is not None
        assert found.high is not None
        covered.append(found.low <= truth <= found.high)
    assert 0.76 <= np.mean(covered) <= 0.98
