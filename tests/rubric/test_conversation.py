"""Turns and conversations: what is refused, and derived figures that follow their fields."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from rubric.conversation import Conversation, Turn


def turn(text: str, start: float | None = None, end: float | None = None) -> Turn:
    return Turn(speaker="R", role="rep", text=text, start=start, end=end)


def test_a_copy_counts_its_own_words() -> None:
    first = turn("one two three")
    conversation = Conversation(id="x", language="en", turns=(first,))
    assert (first.n_words, conversation.words_before) == (3, (0, 3))
    shorter = first.model_copy(update={"text": "one"})
    assert shorter.n_words == 1
    assert conversation.model_copy(update={"turns": (shorter,)}).words_before == (0, 1)


def test_time_runs_evenly_through_a_turn() -> None:
    assert turn("abcd", 10, 14).time_at(2) == 12
    assert turn("abcd").time_at(2) is None


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(1.0, None, "both be given or both be missing"), (3.0, 2.0, "lies before start 3"), (-1.0, 2.0, "greater than")],
)
def test_impossible_times_are_refused(start: float, end: float | None, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        turn("abcd", start, end)


def test_a_conversation_has_turns_and_a_language_code() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        Conversation(id="x", language="en", turns=())
    with pytest.raises(ValidationError, match="pattern"):
        Conversation(id="x", language="English", turns=(turn("a"),))
