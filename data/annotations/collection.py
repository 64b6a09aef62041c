"""Collection: labels as they are read, with every fault of their file, so that a file comes in whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from data.language import guess_language
from data.readers.foursignal_json import CONVERSATION_KEYS, TURN_KEYS, describe, load, numbered_lines
from data.readers.roles import role_in_name
from rubric.codebook import Role
from rubric.conversation import Conversation
from rubric.errors import LabelError, refuse
from rubric.spans import Labelled, Rating, Span, find_faults

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Hints:
    """What a caller knows and a file of labels may not say.

    conversations: by id, for formats that hold no text. rep: speakers who sell; everybody else is a customer. language:
    ISO 639 code where the file names none, None to guess it.
    """

    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    rep: Sequence[str] = ()
    language: str | None = None

    def role_of(self, speaker: str) -> Role | None:
        """The role that the caller or the speaker's own name says; None where neither does."""
        if self.rep:
            return "rep" if speaker in self.rep else "customer"
        return role_in_name(speaker)

    def language_of(self, texts: Iterable[str]) -> str | None:
        return self.language or guess_language(" ".join(texts))


class Collection:
    """The labelled conversations of one file, and its faults. `name` is how errors call the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []
        self._labelled: list[Labelled] = []
        self._said: dict[str, tuple[Conversation, str]] = {}
        self._seen: dict[tuple[str, str], str] = {}

    def fault(self, where: str, message: str) -> None:
        """Note a fault at a place such as "line 7"."""
        self.faults.append(f"{where}: {message}")

    def validate(self, shape: type[T], raw: object, where: str) -> T | None:
        """Plain data as `shape`, or None with every fault noted."""
        if not isinstance(raw, dict):
            self.fault(where, f"expected an object, found {repr(raw)[:60]}")
            return None
        try:
            return shape.model_validate(raw)
        except ValidationError as error:
            for found in describe(error, {(): CONVERSATION_KEYS, ("turns",): TURN_KEYS}):
                self.fault(where, found.removeprefix(": "))
            return None

    def add(self, where: str, conversation: Conversation, rater: str, spans: Sequence[Span]) -> None:
        """Take one rater's spans of one conversation, and note in what they contradict the codebook or each other."""
        for found in find_faults(conversation, spans):
            self.fault(where, found)
        said, first = self._said.setdefault(conversation.id, (conversation, where))
        if said != conversation:
            self.fault(where, f"the id {conversation.id!r} stands for another text in {first}")
        key = (conversation.id, rater)
        if self._seen.setdefault(key, where) != where:
            self.fault(
                where, f"{rater!r} has labelled {conversation.id!r} in {self._seen[key]} already; keep one of them"
            )
        self._labelled.append(
            Labelled(conversation, Rating(conversation=conversation.id, rater=rater, spans=tuple(spans)))
        )

    def done(self, expected: str) -> list[Labelled]:
        """All of it; raise LabelError with every fault, or where there is nothing. `expected`: what should be there."""
        refuse(LabelError, self.name, self.faults)
        if not self._labelled:
            raise LabelError(f"{self.name} holds no labels; expected {expected}")
        return self._labelled

    def objects(self, text: str) -> Iterable[tuple[str, object]]:
        """Each line of JSONL as its place and plain data; what is no JSON becomes a fault."""
        for number, line in numbered_lines(text):
            try:
                yield f"line {number}", load(line)
            except ValueError as error:
                self.fault(f"line {number}", str(error))
