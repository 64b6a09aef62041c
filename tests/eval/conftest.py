"""The three raters of the English test split, beside their majority, and a way to write tiny conversations."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.splits import load_ratings, load_split
from eval.pairs import Pair
from rubric.conversation import Conversation, Turn
from rubric.spans import Labelled, Rating


@pytest.fixture(scope="session")
def gold() -> list[Labelled]:
    return load_split("en", "test")


@pytest.fixture(scope="session")
def ratings() -> list[Rating]:
    return [item.rating for item in load_ratings("en")]


@pytest.fixture(scope="session")
def rater_a(gold: list[Labelled], ratings: list[Rating]) -> list[Pair]:
    """Rater A as if she were a scorer, against the majority."""
    spans = {rating.conversation: rating.spans for rating in ratings if rating.rater == "A"}
    return [Pair(item.conversation, gold=item.rating.spans, predicted=spans[item.conversation.id]) for item in gold]


@pytest.fixture
def talk() -> Callable[..., Conversation]:
    """talk("R: hello", "C: hi") is a conversation of two turns without times."""

    def of(*lines: str, id: str = "c1") -> Conversation:
        turns = [
            Turn(speaker=line[0], role="rep" if line[0] == "R" else "customer", text=line.partition(": ")[2])
            for line in lines
        ]
        return Conversation(id=id, language="en", turns=tuple(turns))

    return of
