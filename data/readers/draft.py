"""What a reader hands on: the words of a transcript by speaker, before roles are known and turns are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from data.readers.source import Source
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
    emails: e-mail addresses by speaker, where the format knows them. apart: each utterance is a turn of its own, as a
    mail is, even where one speaker has two in a row.
    """

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()
    id: str | None = None
    language: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    emails: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False


Reader = Callable[[Source], "list[Draft] | list[Conversation]"]
"""A format's reader: what was given to transcripts, finished where the format holds roles and turns."""


def without_monologues(drafts: list[Draft]) -> list[Draft]:
    """The drafts of a mailbox, table or corpus in which two people speak, a note on the first of them on the others.

    A file that holds nothing else is left as it is, for the error to say so.
    """
    spoken = [draft for draft in drafts if len({said.speaker for said in draft.utterances if said.text.strip()}) > 1]
    n_left = len(drafts) - len(spoken)
    if not spoken or not n_left:
        return drafts
    note = f"left out: {n_left} of {len(drafts)} conversations in which only one person speaks"
    return [replace(spoken[0], notes=(*spoken[0].notes, note)), *spoken[1:]]
