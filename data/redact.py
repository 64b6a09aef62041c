"""Personal data out of a conversation and its labels: stable placeholders in its place, spans moved with the text.

`[NAME_1]` is the same person all through a conversation, in what is said and as a speaker. Nothing of what was there
is kept: no key, no log. Only the id stays as it is; where it is a file's name, name files without people's names.

>>> moved = place("Hi Ana Ruiz, thanks", [(3, 11, "[NAME_1]")])
>>> moved.text, moved.span(0, 6), moved.span(13, 19)
('Hi [NAME_1], thanks', (0, 11), (13, 19))
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from data.mentions import in_all_turns, speakers_names
from data.people import numbers_of
from data.personal_data import LANGUAGE, Finder, Kind, Mention
from rubric.conversation import Conversation, Turn
from rubric.errors import ConversationError
from rubric.spans import Labelled, Rating, Span

Replacement = tuple[int, int, str]
"""Characters `start` to `end` of a text, and what stands in their place."""


@dataclass(frozen=True)
class Redacted:
    """A conversation without personal data, its ratings, and how many stretches of each kind were replaced."""

    conversation: Conversation
    ratings: tuple[Rating, ...]
    counts: Mapping[Kind, int]


def note_of(counts: Mapping[Kind, int]) -> str:
    """What a caller should know of the counts, in words."""
    found = ", ".join(f"{counts[kind]} {kind}" for kind in Kind if counts.get(kind))
    return f"personal data replaced by placeholders: {found or 'none found'}"


class Redactor:
    """Takes personal data out of English conversations. finder: Presidio with the pinned model if not given.

    Loading takes seconds: make one and use it for all conversations. Raises DataError where the extra is missing.
    """

    def __init__(self, finder: Finder | None = None) -> None:
        self._finder = finder or Finder()

    def redact(self, conversation: Conversation, ratings: Sequence[Rating] = ()) -> Redacted:
        """The conversation and all ratings of it with placeholders; ConversationError where it is not in English."""
        mentions = self.mentions(conversation)
        replacements, speakers = _placeholders(conversation, mentions)
        turns: list[Turn] = []
        moved: list[Moved] = []
        for index, turn in enumerate(conversation.turns):
            spans = [[span for span in rating.spans if span.turn == index] for rating in ratings]
            moved.append(place(turn.text, cut(turn.text, replacements[index], spans)))
            turns.append(turn.model_copy(update={"speaker": speakers[turn.speaker], "text": moved[-1].text}))
        counts = Counter(found.kind for held in mentions for found in held)
        return Redacted(
            conversation.model_copy(update={"turns": tuple(turns)}),
            tuple(
                rating.model_copy(update={"spans": tuple(_moved_span(span, moved) for span in rating.spans)})
                for rating in ratings
            ),
            {kind: counts[kind] for kind in Kind if counts[kind]},
        )

    def redact_labelled(self, labelled: Sequence[Labelled]) -> tuple[list[Labelled], Counter[Kind]]:
        """Labelled conversations with placeholders, in their order, and the counts; all raters see the same text."""
        groups: dict[str, list[Labelled]] = {}
        for item in labelled:
            groups.setdefault(item.conversation.id, []).append(item)
        counts: Counter[Kind] = Counter()
        done: dict[tuple[str, str], Labelled] = {}
        for items in groups.values():
            redacted = self.redact(items[0].conversation, [item.rating for item in items])
            counts.update(redacted.counts)
            for rating in redacted.ratings:
                done[rating.conversation, rating.rater] = Labelled(redacted.conversation, rating)
        return [done[item.rating.conversation, item.rating.rater] for item in labelled], counts

    def find(self, text: str) -> list[Mention]:
        """The personal data that one text gives away by itself, without its conversation."""
        return self._finder.find(text)

    def mentions(self, conversation: Conversation) -> list[list[Mention]]:
        """(n_turns,) the personal data in each turn's text."""
        if conversation.language != LANGUAGE:
            raise ConversationError(
                f"{conversation.id}: personal data is found in English ({LANGUAGE!r}) alone, and the conversation is in "
                f"{conversation.language!r}; read it without redaction, or correct the language"
            )
        texts = [turn.text for turn in conversation.turns]
        return in_all_turns(texts, self._finder.find_all(texts), {turn.speaker for turn in conversation.turns})


@dataclass(frozen=True)
class Moved:
    """A text with placeholders. replaced: (n, 4) start and end before, start and end after, in the text's order."""

    text: str
    replaced: tuple[tuple[int, int, int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the old text lies in the new; one that ends inside what was replaced holds all of its
        placeholder.
        """
        return self._offset(start, is_end=False), self._offset(end, is_end=True)

    def _offset(self, offset: int, is_end: bool) -> int:
        index = bisect_right([before for before, *_ in self.replaced], offset) - 1
        if index < 0:
            return offset
        start, end, new_start, new_end = self.replaced[index]
        if offset >= end:
            return offset + new_end - end
        if offset == start or not is_end:
            return new_start
        return new_end


def place(text: str, replacements: Sequence[Replacement]) -> Moved:
    """The text with its replacements, which follow each other without overlap."""
    pieces: list[str] = []
    replaced: list[tuple[int, int, int, int]] = []
    after = done = 0
    for start, end, placeholder in replacements:
        pieces += [text[done:start], placeholder]
        after += start - done
        replaced.append((start, end, after, after + len(placeholder)))
        after, done = after + len(placeholder), end
    return Moved("".join([*pieces, text[done:]]), tuple(replaced))


def cut(text: str, replacements: Sequence[Replacement], ratings: Sequence[Sequence[Span]]) -> list[Replacement]:
    """The replacements, one that two spans of a rater share cut at these spans' ends: each keeps a placeholder.

    ratings: each rater's spans in this text.
    """
    pieces: list[Replacement] = []
    for start, end, placeholder in replacements:
        cuts = {start, end}
        for spans in ratings:
            sharing = [span for span in spans if span.start < end and start < span.end]
            if len(sharing) > 1:
                cuts |= {edge for span in sharing for edge in (span.start, span.end) if start < edge < end}
        for left, right in pairwise(sorted(cuts)):
            held = re.search(r"\S(?:.*\S)?", text[left:right], re.DOTALL)
            if held:
                pieces.append((left + held.start(), left + held.end(), placeholder))
    return pieces


def _moved_span(span: Span, moved: Sequence[Moved]) -> Span:
    start, end = moved[span.turn].span(span.start, span.end)
    return span.model_copy(update={"start": start, "end": end})


def _placeholders(
    conversation: Conversation, mentions: Sequence[Sequence[Mention]]
) -> tuple[list[list[Replacement]], dict[str, str]]:
    """The replacements in each turn, and the name of each speaker; numbers count from 1 by first appearance."""
    said: dict[Kind, dict[str, None]] = {kind: {} for kind in Kind}
    speakers = {turn.speaker: speakers_names(turn.speaker) for turn in conversation.turns}
    for turn, found in zip(conversation.turns, mentions, strict=True):
        for start, end, kind in speakers[turn.speaker]:
            said[kind][turn.speaker[start:end]] = None
        for mention in found:
            said[mention.kind][_key(turn.text[mention.start : mention.end], mention.kind)] = None
    numbers = {kind: numbers_of(keys) if kind is Kind.NAME else _in_order(keys) for kind, keys in said.items()}

    def placeholder(text: str, kind: Kind) -> str:
        return f"[{kind}_{numbers[kind][_key(text, kind)]}]"

    return [
        [
            (found.start, found.end, placeholder(turn.text[found.start : found.end], found.kind))
            for found in mentions[index]
        ]
        for index, turn in enumerate(conversation.turns)
    ], {
        speaker: place(
            speaker, [(start, end, placeholder(speaker[start:end], kind)) for start, end, kind in parts]
        ).text
        for speaker, parts in speakers.items()
    }


def _key(text: str, kind: Kind) -> str:
    """What makes two mentions the same: the name as it is, of a number its digits alone, of others the lower case."""
    if kind is Kind.NAME:
        return text
    if kind in (Kind.PHONE, Kind.CARD):
        return "".join(character for character in text if character.isalnum()).casefold()
    return text.casefold()


def _in_order(keys: Mapping[str, None]) -> dict[str, int]:
    return {key: number for number, key in enumerate(keys, start=1)}
