"""The exact distributions against enumeration and known cases."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from scoring.uncertainty import Trial, count_interval, joint_distribution, ratio_interval

PROBABILITIES = st.floats(0, 1)
TRIALS = st.lists(st.builds(Trial, exists=PROBABILITIES, counts=PROBABILITIES), max_size=5)


@settings(max_examples=50)
@given(TRIALS)
def test_the_table_is_the_enumeration(trials: list[Trial]) -> None:
    expected = np.zeros((len(trials) + 1, len(trials) + 1))
    for outcome in product(("absent", "other", "counted"), repeat=len(trials)):
        mass = 1.0
        for trial, fate in zip(trials, outcome, strict=True):
            mass *= {
                "absent": 1 - trial.exists,
                "other": trial.exists * (1 - trial.counts),
                "counted": trial.exists * trial.counts,
            }[fate]
        expected[sum(fate != "absent" for fate in outcome), outcome.count("counted")] += mass
    np.testing.assert_allclose(joint_distribution(trials), expected, atol=1e-12)


def test_equal_trials_give_the_binomial() -> None:
    trials = [Trial(0.3)] * 20
    assert count_interval(trials, 0.9) == (binom.ppf(0.05, 20, 0.3), binom.ppf(0.95, 20, 0.3))


def test_certain_trials_have_no_width() -> None:
    assert count_interval([Trial(1.0)] * 3, 0.9) == (3, 3)
    assert ratio_interval([Trial(1.0, 1.0), Trial(1.0, 0.0)], 0.9) == (0.5, 0.5)


def test_no_trial_no_ratio() -> None:
    assert ratio_interval([], 0.9) is None
    assert ratio_interval([Trial(0.0)], 0.9) is None
    assert count_interval([], 0.9) == (0, 0)


@settings(max_examples=50)
@given(TRIALS, st.floats(0.1, 0.9))
def test_a_higher_level_is_never_narrower(trials: list[Trial], level: float) -> None:
    narrow, wide = ratio_interval(trials, level), ratio_interval(trials, level + 0.09)
    if narrow is None or wide is None:
        assert narrow is wide is None
        return
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]
    assert wide[0] >= 0
    assert wide[1] <= 1
