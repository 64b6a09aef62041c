"""A client of the application with the shipped scorer, and conversations to post."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scoring.scorer import Scorer
from serving.app import create_app
from serving.settings import Settings, load_settings

MakeConversation = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def client(settings: Settings, english_scorer: Scorer) -> Iterator[TestClient]:
    with TestClient(create_app(settings, {"en": english_scorer})) as client:
        yield client


@pytest.fixture(scope="session")
def make_conversation() -> MakeConversation:
    """make_conversation("Hi.", "Hello."): a conversation in which rep and customer say these by turns."""

    def make(*texts: str, **more: Any) -> dict[str, Any]:
        turns = [
            {"speaker": "RC"[index % 2], "role": ("rep", "customer")[index % 2], "text": text}
            for index, text in enumerate(texts)
        ]
        return {"id": "call-1", "language": "en", "turns": turns, **more}

    return make
