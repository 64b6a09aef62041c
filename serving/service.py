"""What requests share: the scorers by language, the practice library, and the queue that keeps scoring within bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import HTTPException, Request

from coaching.library import Library
from data.redact import Redactor
from rubric.config import RubricConfig
from rubric.conversation import Conversation
from rubric.errors import ConfigError, ConversationError
from scoring.scorer import Scorer
from serving.settings import Settings

RETRY_AFTER_SECONDS = 2

Result = TypeVar("Result")


class ScoringQueue:
    """Runs work in threads, a few at a time, so that the event loop stays free; turns callers away when full."""

    def __init__(self, max_concurrent: int, max_waiting: int) -> None:
        self._max_waiting = max_waiting
        self._limiter = CapacityLimiter(max_concurrent)

    async def run(self, work: Callable[[], Result]) -> Result:
        """The result of `work`; HTTPException 503 where too many wait already."""
        busy = self._limiter.statistics()
        if busy.borrowed_tokens >= busy.total_tokens and busy.tasks_waiting >= self._max_waiting:
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"{busy.borrowed_tokens} conversations are being scored and {busy.tasks_waiting} wait; "
                f"try again in {RETRY_AFTER_SECONDS} seconds",
                headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
            )
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


@dataclass(frozen=True)
class Service:
    """Everything that is loaded once, at the start. redactor: None where conversations stay as they are."""

    scorers: Mapping[str, Scorer]
    library: Library
    queue: ScoringQueue
    max_turns: int
    redactor: Redactor | None = None

    def scorer_of(self, conversation: Conversation) -> Scorer:
        """The scorer of a conversation; ConversationError where there is none of its language, or it is too long."""
        n_turns, language = len(conversation.turns), conversation.language
        if n_turns > self.max_turns:
            raise ConversationError(
                f"the conversation has {n_turns:,} turns, more than this server's limit of {self.max_turns:,}; "
                "split it into calls"
            )
        if language not in self.scorers:
            raise ConversationError(
                f"the conversation is in {language!r}, this server scores {', '.join(sorted(self.scorers))}; "
                "correct the language if it was set or guessed wrongly"
            )
        return self.scorers[language]


def load_scorers(settings: Settings, rubric: RubricConfig) -> dict[str, Scorer]:
    """The scorers of all bundles; raise BundleError or ConfigError that says what to do."""
    scorers: dict[str, Scorer] = {}
    for language, folder in settings.bundles.items():
        scorer = Scorer.load(folder, rubric, settings.n_threads)
        if scorer.language != language:
            raise ConfigError(
                f"bundles.{language}: expected a bundle for {language!r}, but {folder} scores {scorer.language!r}; "
                "correct the language or the folder"
            )
        scorers[language] = scorer
    return scorers


def service_of(request: Request) -> Service:
    """The service of a running application; HTTPException 503 where it has not been started."""
    service = getattr(request.state, "service", None)
    if not isinstance(service, Service):
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the scorers are not loaded; the server starts or stops, or runs without its lifespan",
            headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
        )
    return service
