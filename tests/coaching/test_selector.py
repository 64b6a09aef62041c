from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.library import Library
from coaching.selector import N_LATELY, Practice, next_practice, standing_after
from rubric.config import SIGNALS, RubricConfig
from rubric.errors import FoursignalError
from rubric.scorecard import NextPractice, Scorecard

MakeCard = Callable[..., Scorecard]
SHARES = st.none() | st.integers(0, 20).map(lambda n: n / 20)
ROWS = st.tuples(st.none() | st.integers(0, 40).map(lambda n: n / 20), SHARES, SHARES, st.integers(0, 8).map(float))
HISTORIES = st.lists(ROWS, min_size=1, max_size=8)


def test_one_scorecard_is_enough(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    practice = next_practice([make_card(0.9, 0.6, 0.1, 2)], library, config)
    assert practice.behaviour == "value_framing"
    assert practice.scenario == library.of("value_framing", 1)[0]
    assert [b.name for b in practice.behaviours] == ["value_framing", "discovery_density", "objection_acknowledgement"]
    assert practice.reason == (
        "Value framing: 0.10 in one conversation (share of value claims tied to a voiced need; target above 0.7). "
        "Nothing lies further from its target: 86% of the way is left. "
        "“Diesel that walks at the weekend” is easy, since that lies in the low band, and has not been played yet."
    )


def test_an_empty_history_is_refused(library: Library, config: RubricConfig) -> None:
    with pytest.raises(FoursignalError, match="at least one scorecard, found none; score a conversation first"):
        next_practice([], library, config)


def test_a_scorecard_without_a_signal_is_refused(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    card = make_card(1, 1, 1, 1)
    broken = card.model_copy(update={"signals": {"close_attempts": card.signals["close_attempts"]}})
    with pytest.raises(FoursignalError, match="scorecard of call lacks discovery_density, objection_acknowledgement"):
        next_practice([broken], library, config)


def test_a_library_without_the_signal_is_refused(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    bare = library.model_copy(update={"scenarios": library.of("close_attempts")})
    with pytest.raises(FoursignalError, match=r"no scenario for value_framing; add some to value_framing\.yaml"):
        next_practice([make_card(1.5, 0.9, 0.1, 3)], bare, config)


def test_undefined_is_skipped_and_not_zero(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    history = [make_card(0.8, 0.6, 0.7, 2), make_card(0.8, None, 0.7, 2), make_card(0.8, None, 0.7, 2)]
    practice = next_practice(history, library, config)
    assert practice.behaviour == "discovery_density"
    restating = practice.behaviours[1]
    assert restating.gap == pytest.approx(1 - 0.6 / 0.7, abs=1e-4)
    assert "0.60 in the one of 3 conversations that gave a chance" in restating.reason


def test_a_signal_never_seen_waits_for_measured_gaps_and_goes_before_targets(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    waiting = next_practice([make_card(0.9, None, 0.9, 3)], library, config)
    assert [b.name for b in waiting.behaviours][:2] == ["discovery_density", "objection_acknowledgement"]
    assert waiting.behaviours[1].gap is None
    due = next_practice([make_card(1.5, None, 0.9, 3)], library, config)
    assert (due.behaviour, due.scenario.difficulty) == ("objection_acknowledgement", 1)
    assert "not seen in the one conversation" in due.reason
    assert "it may need work" in due.reason


def test_when_nothing_was_ever_seen_the_first_behaviour_comes_first(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    practice = next_practice([make_card(None, None, None, None)] * 2, library, config)
    assert (practice.behaviour, practice.scenario.difficulty) == ("discovery_density", 1)
    assert "not seen in any of 2 conversations" in practice.reason
    assert "Nothing has been seen yet" in practice.reason


def test_the_focus_stays_within_the_margin_and_says_so(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    history = [make_card(0.6, 0.4, 0.7, 2), make_card(0.6, 0.3, 0.7, 2)]
    assert next_practice(history[:1], library, config).behaviour == "discovery_density"
    practice = next_practice(history, library, config)
    assert practice.behaviour == practice.behaviours[0].name == "discovery_density"
    assert practice.behaviours[1].gap is not None
    assert practice.behaviours[0].gap is not None
    assert practice.behaviours[1].gap > practice.behaviours[0].gap
    assert "It stays the focus: objection acknowledgement lies further from its target by only 0.0" in practice.reason


def test_the_focus_moves_where_another_gap_is_clearly_wider(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    history = [make_card(0.6, 0.4, 0.7, 2), make_card(0.6, 0.0, 0.7, 2)]
    practice = next_practice(history, library, config)
    assert practice.behaviour == "objection_acknowledgement"
    assert "Nothing lies further from its target" in practice.reason


@pytest.mark.parametrize(
    ("values", "signal", "difficulty", "why"),
    [
        ((0.5, 0.7, 0.7, 2), "discovery_density", 1, "easy, since that lies in the low band"),
        ((0.9, 0.7, 0.7, 2), "discovery_density", 2, "of middle difficulty, since that is neither low nor at target"),
        ((1.5, 0.9, 0.9, 3), "discovery_density", 3, "hard, since the target is reached"),
        ((1.5, 0.9, 0.9, 1), "close_attempts", 1, "easy"),
        ((1.5, 0.9, 0.9, 1.6), "close_attempts", 2, "of middle difficulty"),
        ((1.5, 0.9, 0.9, 7), "close_attempts", 2, "of middle difficulty"),
    ],
)
def test_the_difficulty_follows_the_level(
    make_card: MakeCard,
    library: Library,
    config: RubricConfig,
    values: tuple[float, ...],
    signal: str,
    difficulty: int,
    why: str,
) -> None:
    practice = next_practice([make_card(*values)], library, config)
    assert (practice.behaviour, practice.scenario.difficulty) == (signal, difficulty)
    assert f"is {why}" in practice.reason


def test_all_at_target_holds_the_first(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    practice = next_practice([make_card(1.5, 0.9, 0.9, 3)] * 3, library, config)
    assert practice.scenario.difficulty == 3
    assert [b.gap for b in practice.behaviours] == [0, 0, 0]
    assert "this practice holds it" in practice.reason


def test_nothing_played_lately_comes_again_while_the_signal_has_another(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    history = [make_card(0.5, 0.7, 0.7, 2)]
    practised: list[str] = []
    for _ in range(20):
        practice = next_practice(history, library, config, practised)
        assert practice.behaviour == "discovery_density"
        assert practice.scenario.id not in practised[-N_LATELY:]
        practised.append(practice.scenario.id)
    easy = [scenario.id for scenario in library.of("discovery_density", 1)]
    assert practised[:3] == easy
    assert {library.scenario(played).difficulty for played in practised} == {1, 2}


def test_the_reason_says_when_a_scenario_comes_again_or_is_not_of_the_wanted_difficulty(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    history = [make_card(1.5, 0.9, 0.9, 3)]
    hard = [scenario.id for scenario in library.of("discovery_density", 3)]
    other = next_practice(history, library, config, hard)
    assert other.scenario.difficulty == 2
    assert "is of middle difficulty; what would be hard was played in the last 4" in other.reason
    again = next_practice(history, library, config, [*hard, "gone-1", "gone-2", "gone-3", "gone-4"])
    assert again.scenario.id == hard[0]
    assert "it was last played 6 practices ago" in again.reason


def test_the_only_scenario_of_a_small_library_may_come_again(
    make_card: MakeCard, library: Library, config: RubricConfig
) -> None:
    only = library.of("discovery_density", 1)[:1]
    small = library.model_copy(update={"scenarios": only})
    practice = next_practice([make_card(0.5, 0.7, 0.7, 2)], small, config, [only[0].id])
    assert practice.scenario == only[0]
    assert "it was last played as the last practice" in practice.reason


def test_the_summary_is_what_a_scorecard_carries(make_card: MakeCard, library: Library, config: RubricConfig) -> None:
    practice = next_practice([make_card(0.9, 0.6, 0.1, 2)], library, config)
    assert practice.summary() == NextPractice(
        scenario="vf-1-excavator-telematics",
        title="Diesel that walks at the weekend",
        behaviour="value_framing",
        reason=practice.reason,
    )
    assert Practice.model_validate_json(practice.model_dump_json()) == practice


def test_calls_with_more_evidence_count_more(make_card: MakeCard, config: RubricConfig) -> None:
    thin, thick = make_card(1, 0.0, 1, 2, n=1), make_card(1, 0.0, 1, 2, n=10)
    after = [make_card(1, 1.0, 1, 2, n=4)]
    low, high = (
        standing_after([card, *after], config).estimates["objection_acknowledgement"].value for card in (thick, thin)
    )
    assert low is not None
    assert high is not None
    assert low < high


@given(HISTORIES, st.lists(st.integers(0, 31), max_size=8))
@settings(max_examples=60)
def test_the_practice_works_on_the_first_of_three_ranked_behaviours_and_is_the_same_each_time(
    make_card: MakeCard,
    library: Library,
    config: RubricConfig,
    rows: list[tuple[float | None, ...]],
    played: list[int],
) -> None:
    history = [make_card(*row) for row in rows]
    practised = [library.scenarios[index].id for index in played]
    practice = next_practice(history, library, config, practised)
    names = [behaviour.name for behaviour in practice.behaviours]
    assert len(set(names)) == 3
    assert set(names) <= set(SIGNALS)
    assert practice.behaviour == practice.scenario.signal == names[0]
    assert practice.scenario.id not in practised[-N_LATELY:]
    assert next_practice(list(history), library, config, tuple(practised)) == practice


@given(ROWS, st.integers(1, 6))
@settings(max_examples=60)
def test_an_identical_scorecard_does_not_move_the_focus(
    make_card: MakeCard, config: RubricConfig, row: tuple[float | None, ...], n: int
) -> None:
    card = make_card(*row)
    assert standing_after([card] * (n + 1), config).focus == standing_after([card], config).focus


@given(HISTORIES)
@settings(max_examples=60)
def test_a_scorecard_that_shows_what_was_expected_does_not_move_the_focus(
    make_card: MakeCard, config: RubricConfig, rows: list[tuple[float | None, ...]]
) -> None:
    history = [make_card(*row) for row in rows]
    standing = standing_after(history, config)
    expected = make_card(*(standing.estimates[name].value for name in SIGNALS))
    assert standing_after([*history, expected], config).focus == standing.focus
