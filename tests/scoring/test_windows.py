"""Windows hold every turn, decide each token once, and never grow beyond their size."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from tokenizers import Tokenizer

from rubric.conversation import Conversation, Turn
from scoring.windows import LEAD, MARKER, SPECIAL, TEXT, WindowConfig, Windower

WORDS = ("we", "lose", "two", "days", "it", "is", "too", "dear", "unheard", ".")


def talk(n_words: list[int]) -> Conversation:
    turns = tuple(
        Turn(
            speaker="x",
            role="rep" if i % 2 else "customer",
            text=" ".join(WORDS[(i + k) % len(WORDS)] for k in range(n)),
        )
        for i, n in enumerate(n_words)
    )
    return Conversation(id="talk", language="en", turns=turns)


@settings(max_examples=60)
@given(
    n_words=st.lists(st.integers(0, 120), min_size=1, max_size=25),
    max_tokens=st.integers(32, 96),
    context_tokens=st.integers(0, 16),
    max_turns=st.none() | st.integers(1, 3),
)
def test_every_text_token_is_decided_once(
    tiny_tokenizer: Tokenizer, n_words: list[int], max_tokens: int, context_tokens: int, max_turns: int | None
) -> None:
    conversation = talk(n_words)
    config = WindowConfig(max_tokens=max_tokens, context_tokens=context_tokens, max_turns=max_turns)
    windower = Windower(tiny_tokenizer, config)
    windows = windower.windows(conversation)
    assert max_turns is None or all(len(window.piece_turns) <= max_turns for window in windows)
    decided: Counter[tuple[int, int]] = Counter()
    for window in windows:
        assert len(window) <= max_tokens
        assert window.kinds[0] == window.kinds[-1] == SPECIAL
        assert (window.piece_turns[window.pieces[window.decided]] == window.turns[window.decided]).all()
        assert (window.pieces[~window.decided] == -1).all()
        for position in np.flatnonzero(window.decided & (window.kinds == TEXT)):
            decided[int(window.turns[position]), int(window.offsets[position, 0])] += 1
    assert set(decided.values()) <= {1}
    assert sum(decided.values()) == sum(n_words)
    led = {int(turn) for window in windows for turn in window.piece_turns}
    assert led == set(range(len(n_words)))


def test_offsets_point_into_the_turns_text(tiny_tokenizer: Tokenizer) -> None:
    conversation = talk([5, 3])
    (window,) = Windower(tiny_tokenizer, WindowConfig(max_tokens=64, context_tokens=16)).windows(conversation)
    turn = conversation.turns[1]
    held = [tuple(window.offsets[i]) for i in np.flatnonzero((window.turns == 1) & (window.kinds == TEXT))]
    assert [turn.text[start:end] for start, end in held] == turn.text.split()


def test_the_last_tokens_are_carried_into_the_next_window(tiny_tokenizer: Tokenizer) -> None:
    conversation = talk([20, 20, 20])
    windows = Windower(tiny_tokenizer, WindowConfig(max_tokens=40, context_tokens=10)).windows(conversation)
    second = windows[1]
    context = np.flatnonzero(~second.decided & (second.kinds != SPECIAL))
    assert set(second.turns[context]) == {0}
    assert len(context) == 10
    assert list(second.kinds[context][:2]) == [LEAD, MARKER]
    start, end = second.offsets[context[-1]]
    assert end == len(conversation.turns[0].text)
    assert conversation.turns[0].text[start:end] == "."


def test_shorter_windows_still_fit_the_pieces(tiny_tokenizer: Tokenizer) -> None:
    windower = Windower(tiny_tokenizer, WindowConfig(max_tokens=64, context_tokens=16))
    pieces = windower.pieces(talk([200, 3, 7]))
    for max_tokens in (10, 48, 64):
        windows = windower.with_max_tokens(max_tokens).pack(pieces)
        assert sum(len(window.piece_turns) for window in windows) == len(pieces)


def test_context_must_leave_room() -> None:
    with pytest.raises(ValidationError, match="more than half of max_tokens"):
        WindowConfig(max_tokens=64, context_tokens=40)
