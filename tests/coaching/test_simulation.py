from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coaching.simulation import BEST, RULES, START, World, follow, hold_call, simulate
from rubric.config import SIGNALS, RubricConfig
from rubric.errors import FoursignalError

SMALL = World(n_reps=40)


def test_the_same_world_gives_the_same_outcomes_and_another_seed_does_not(config: RubricConfig) -> None:
    small = replace(SMALL, n_reps=5, n_practices=6)
    assert simulate(small, config) == simulate(small, config)
    assert simulate(small, config) != simulate(replace(small, seed=1), config)


def test_the_selector_stands_between_the_best_and_the_simple_rules(config: RubricConfig) -> None:
    n_done: list[None] = []
    outcomes = {outcome.rule: outcome for outcome in simulate(SMALL, config, on_rep=lambda: n_done.append(None))}
    selector = outcomes["selector: decayed average, hysteresis"]
    assert len(n_done) == SMALL.n_reps
    assert outcomes[BEST.name].share == 1
    assert outcomes["random"].share < selector.share < 1
    assert outcomes["last call's lowest"].share < selector.share
    assert outcomes["fixed pair from the baseline"].share < selector.share
    assert selector.n_switches < outcomes["decayed average, no hysteresis"].n_switches
    assert selector.n_switches < outcomes["last call's lowest"].n_switches / 2
    assert all(outcome.interval[0] <= outcome.share <= outcome.interval[1] for outcome in outcomes.values())


def test_a_practice_closes_the_stated_share_of_the_gap_and_no_rule_overshoots(config: RubricConfig) -> None:
    world = replace(SMALL, learning=1.0, n_practices=8)
    for rule in (BEST, *RULES):
        closed, n_switches = follow(rule, 0, world, config)
        assert 0 <= closed <= 1
        assert 0 <= n_switches < world.n_practices
    slow, _ = follow(BEST, 0, replace(world, learning=0.01), config)
    fast, _ = follow(BEST, 0, replace(world, learning=0.1), config)
    assert 0 < slow < fast


def test_calls_measure_the_true_skill_on_average(config: RubricConfig) -> None:
    rng = np.random.default_rng(0)
    calls = [hold_call(START, replace(SMALL, day_sd=0.0), config, rng) for _ in range(800)]
    targets = {
        "discovery_density": 1.2,
        "objection_acknowledgement": 0.7,
        "value_framing": 0.7,
        "close_attempts": 2.0,
    }
    for name in SIGNALS:
        values = [call[name].value for call in calls]
        defined = [value for value in values if value is not None]
        assert np.mean(defined) == pytest.approx(START[name] * targets[name], abs=0.06)
        assert (len(defined) < len(values)) == (name in ("objection_acknowledgement", "value_framing"))
        assert all(0 <= call[name].evidence <= 1 for call in calls)


def test_worlds_that_cannot_be_run_are_refused_with_all_faults() -> None:
    with pytest.raises(FoursignalError, match=r"n_reps is 1, expected at least 2; learning is 0, expected above 0"):
        World(n_reps=1, learning=0)
