"""What a reader hands on: the words of a transcript by speaker, before roles are known and turns are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rubric.codebook import Role
from rubric.conversation import Conversation


@dataclass(frozen=True)
class Utterance:
    """Some words of one speaker. Times are seconds; None where the format does not say."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None


@dataclass
class Growing:
    """An utterance that is still being read, line by line; joined once, so that time grows with length only."""

    speaker: str
    lines: list[str]
    start: float | None = None
    end: float | None = None

    def done(self) -> Utterance:
        return Utterance(self.speaker, " ".join(self.lines), self.start, self.end)


@dataclass(frozen=True)
class Draft:
    """One transcript as its format gives it; `roles` by speaker, `id` and `language` only where the format knows them.

    notes: what a caller should know of how it was read, such as words without a speaker that were left out.
    """

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()
    id: str | None = None
    language: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)


Reader = Callable[[str, str], "list[Draft] | list[Conversation]"]
"""A format's reader: text and name (for errors) to transcripts, finished where the format holds roles and turns."""
