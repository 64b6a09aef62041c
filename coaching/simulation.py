"""How near the selector's rule comes to the best possible gain, on simulated reps whose true skill is known.

Each rep holds three baseline conversations, then practises one signal at a time, each time re-measured by one noisy
conversation. The rule sees the conversations only; the best possible choice sees the truth. It is a model, not a
finding about people: it says what noise alone costs a rule, if practice closes a fixed share of a signal's gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.random import Generator

from coaching.focus import DECAY, MARGIN, Observation, Standing, advance, by_urgency, credibility
from rubric.config import SIGNALS, RubricConfig
from rubric.errors import FoursignalError

# The mean true skill a rep starts with, as a share of the way to target: acknowledgement and closing lie furthest off.
START = {
    "discovery_density": 0.6,
    "objection_acknowledgement": 0.35,
    "value_framing": 0.45,
    "close_attempts": 0.4,
}
START_SD = 0.25
MEAN_CHANCES = {"objection_acknowledgement": 3.0, "value_framing": 4.0}
N_CLOSE_CHANCES = 4
N_RESAMPLES = 1000


@dataclass(frozen=True)
class World:
    """What is assumed. All draws come from `seed`.

    learning: the share of a signal's true gap that one practice closes. uneven: the SD, over a rep's signals, of the
    logarithm of that share; 0 where all four are learnt equally fast. day_sd: how much a rep's skill differs from
    conversation to conversation, on the scale where 1 is the target.
    """

    n_reps: int = 300
    n_baseline: int = 3
    n_practices: int = 24
    learning: float = 0.05
    uneven: float = 0.0
    day_sd: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {value:g}, expected {expected}"
            for name, value, holds, expected in (
                ("n_reps", self.n_reps, self.n_reps >= 2, "at least 2"),
                ("n_baseline", self.n_baseline, self.n_baseline >= 1, "at least 1"),
                ("n_practices", self.n_practices, self.n_practices >= 1, "at least 1"),
                ("learning", self.learning, 0 < self.learning <= 1, "above 0 and at most 1"),
                ("uneven", self.uneven, self.uneven >= 0, "0 or more"),
                ("day_sd", self.day_sd, self.day_sd >= 0, "0 or more"),
                ("seed", self.seed, self.seed >= 0, "0 or more"),
            )
            if not holds
        ]
        if faults:
            raise FoursignalError("this simulation cannot be run: " + "; ".join(faults))


@dataclass(frozen=True)
class View:
    """What a rule may look at. standing: after all calls, by the rule's own constants. baseline: after the first ones.

    true_gains: what a practice of each signal would truly bring, for the best possible choice only.
    """

    standing: Standing
    baseline: Standing
    n_practised: int
    true_gains: Mapping[str, float]
    rng: Generator


@dataclass(frozen=True)
class Rule:
    """A way to choose the next signal; decay and margin go into `coaching.focus`, which builds the standing."""

    name: str
    pick: Callable[[View], str]
    decay: float = DECAY
    margin: float = MARGIN


def _focus(view: View) -> str:
    return view.standing.focus


def _pair_in_turn(view: View) -> str:
    return by_urgency(view.baseline.gaps)[view.n_practised % 2]


def _at_random(view: View) -> str:
    return SIGNALS[view.rng.integers(len(SIGNALS))]


def _truest(view: View) -> str:
    """Greedy on the next practice's true gain, which is optimal since a signal's gains only ever shrink."""
    return max(SIGNALS, key=lambda name: view.true_gains[name])


BEST = Rule("best possible (knows the truth)", _truest)
RULES = (
    Rule("selector: decayed average, hysteresis", _focus),
    Rule("decayed average, no hysteresis", _focus, margin=0.0),
    Rule("plain average of all calls", _focus, decay=1.0, margin=0.0),
    Rule("last call's lowest", _focus, decay=0.0, margin=0.0),
    Rule("fixed pair from the baseline", _pair_in_turn, decay=1.0),
    Rule("random", _at_random),
)


def hold_call(skill: Mapping[str, float], world: World, config: RubricConfig, rng: Generator) -> dict[str, Observation]:
    """One noisy conversation of a rep whose true skill is known: what the rubric would have measured in it.

    Questions are Poisson in the minutes of rep talk, restated objections and tied claims binomial, objections and
    claims Poisson with means 3 and 4 (none: undefined), close asks binomial in four chances.
    """
    seen = {}
    for name in SIGNALS:
        today = max(0.0, skill[name] + world.day_sd * rng.standard_normal())
        expected = today * _target(name, config)
        minimum = config.signals[name].minimum_evidence
        if name == "discovery_density":
            minutes = rng.uniform(1.5, 5.0)
            seen[name] = Observation(rng.poisson(expected * minutes) / minutes, credibility(minutes, minimum))
        elif name == "close_attempts":
            seen[name] = Observation(float(rng.binomial(N_CLOSE_CHANCES, min(1.0, expected / N_CLOSE_CHANCES))), 1.0)
        else:
            n = int(rng.poisson(MEAN_CHANCES[name]))
            value = rng.binomial(n, min(1.0, expected)) / n if n else None
            seen[name] = Observation(value, credibility(n, minimum))
    return seen


def _target(name: str, config: RubricConfig) -> float:
    """The lowest value that scores 1."""
    return next(value for value, score in config.axes["competence"][name] if score == 1)


def follow(rule: Rule, rep: int, world: World, config: RubricConfig) -> tuple[float, int]:
    """One rep under one rule: the mean true gap closed over the four signals, and how often the focus switched.

    The rep's start, learning and baseline depend on the seed and the rep alone: every rule meets the same people.
    """
    person, chance = (np.random.default_rng([world.seed, rep, stream]) for stream in (0, 1))
    skill = {name: max(0.0, person.normal(START[name], START_SD)) for name in SIGNALS}
    learning = {name: min(1.0, world.learning * exp(world.uneven * person.standard_normal())) for name in SIGNALS}
    start = sum(skill.values())

    def measured(before: Standing | None) -> Standing:
        return advance(before, hold_call(skill, world, config, chance), config, rule.decay, rule.margin)

    standing = measured(None)
    for _ in range(world.n_baseline - 1):
        standing = measured(standing)
    baseline = standing
    previous: str | None = None
    n_switches = 0
    for n_practised in range(world.n_practices):
        gains = {name: learning[name] * max(0.0, 1 - skill[name]) for name in SIGNALS}
        picked = rule.pick(View(standing, baseline, n_practised, gains, chance))
        n_switches += previous not in (None, picked)
        previous = picked
        skill[picked] += gains[picked]
        standing = measured(standing)
    return (sum(skill.values()) - start) / len(SIGNALS), n_switches


@dataclass(frozen=True)
class Outcome:
    """One rule over all reps.

    closed: the mean true gap closed. share: that, as a share of what the best possible choice closes, with the 90 %
    bootstrap interval over reps. n_switches: the mean number of changes of focus.
    """

    rule: str
    closed: float
    share: float
    interval: tuple[float, float]
    n_switches: float


def simulate(
    world: World, config: RubricConfig, rules: Sequence[Rule] = RULES, on_rep: Callable[[], object] = lambda: None
) -> list[Outcome]:
    """The best possible choice and every rule on the same reps; the same world gives the same outcomes.

    `on_rep` is called after each rep, for a progress bar.
    """
    contenders = (BEST, *rules)
    closed = np.zeros((len(contenders), world.n_reps))
    switches = np.zeros((len(contenders), world.n_reps))
    for rep in range(world.n_reps):
        for row, rule in enumerate(contenders):
            closed[row, rep], switches[row, rep] = follow(rule, rep, world, config)
        on_rep()
    resampling = np.random.default_rng([world.seed, world.n_reps])
    resampled = resampling.integers(world.n_reps, size=(N_RESAMPLES, world.n_reps))
    totals = closed[:, resampled].sum(axis=2)  # (n_contenders, N_RESAMPLES)
    low, high = np.quantile(totals / totals[0], (0.05, 0.95), axis=1)
    return [
        Outcome(
            rule=rule.name,
            closed=float(closed[row].mean()),
            share=float(closed[row].sum() / closed[0].sum()),
            interval=(float(low[row]), float(high[row])),
            n_switches=float(switches[row].mean()),
        )
        for row, rule in enumerate(contenders)
    ]
