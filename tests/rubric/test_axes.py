"""Axes, pace match and the ranking of behaviours."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rubric.axes import axes, pace_match
from rubric.behaviours import N_RANKED, rank
from rubric.config import load_rubric
from rubric.conversation import Conversation, Turn
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.signals import measure

RUBRIC = load_rubric()


def paced(rep_seconds: float, n_pairs: int = 4) -> Conversation:
    """Customer turns of ten words in ten seconds, rep turns of ten words in `rep_seconds`."""
    turns, now = [], 0.0
    for _ in range(n_pairs):
        for role, seconds in (("customer", 10.0), ("rep", rep_seconds)):
            text = "one two three four five six seven eight nine ten"
            turns.append(Turn(speaker=role, role=role, text=text, start=now, end=now + seconds))  # type: ignore[arg-type]
            now += seconds
    return Conversation(id="paced", language="en", turns=tuple(turns))


@pytest.mark.parametrize(("rep_seconds", "match"), [(10, 1.0), (20, 0.0), (5, 0.0), (40, 0.0), (10 * 2**0.5, 0.5)])
def test_pace_match(rep_seconds: float, match: float) -> None:
    assert pace_match(paced(rep_seconds)) == pytest.approx(match)


def test_pace_is_undefined_without_times_or_with_few_turns() -> None:
    assert pace_match(CODEBOOK_CALL) is None
    assert pace_match(paced(10, n_pairs=2)) is None


def test_axes_lie_from_0_to_100_and_skip_what_is_undefined() -> None:
    signals = measure(CODEBOOK_CALL, CODEBOOK_SPANS, RUBRIC)
    both = axes(CODEBOOK_CALL, CODEBOOK_SPANS, signals, RUBRIC)
    # Two customer turns: acknowledgement .5 and empathy .5 a turn are full marks, no listening cue is none, no pace.
    assert both["warmth"] == pytest.approx(66.7)
    # One discovery question in 25 estimated seconds, one of one restated, one of one tied, one ask of two.
    assert both["competence"] == pytest.approx(87.5)


def test_no_axis_on_one_component() -> None:
    only_customer = Conversation(
        id="x", language="en", turns=(Turn(speaker="C", role="customer", text="Hello there."),)
    )
    signals = measure(only_customer, (), RUBRIC)
    assert axes(only_customer, (), signals, RUBRIC)["competence"] is None


def test_ranking_puts_the_widest_gap_first_and_the_unseen_before_the_done() -> None:
    signals = measure(
        CODEBOOK_CALL, CODEBOOK_SPANS[1:4], RUBRIC
    )  # a question, no claim, an objection not restated, no ask
    ranked = rank(signals, RUBRIC)
    assert len(ranked) == N_RANKED
    assert [behaviour.name for behaviour in ranked] == ["objection_acknowledgement", "close_attempts", "value_framing"]
    assert [behaviour.gap for behaviour in ranked] == [1.0, 1.0, None]
    assert ranked[2].reason == "undefined: no value claim was made"


def test_importing_the_rubric_loads_no_heavy_package() -> None:
    code = "import sys, rubric.scorecard, rubric.axes, rubric.config; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "transformers", "numpy", "pandas"} & set(run.stdout.split())
