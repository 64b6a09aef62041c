"""Document: a conversation as one text with known places, for tools that label texts and know no turns.

The layout is the codebook's written form without marks, `@call id=... lang=...` and a turn a line, so that the text alone
gives the conversation back. Texts that somebody has laid out before, lines of `Rep: text` and `Customer: text`, are read
too. Offsets are Python string indices (Unicode code points) into the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from data.annotations import markup
from data.annotations.collection import Hints
from data.annotations.jsonl import AUTHOR
from data.readers.foursignal_json import describe
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Rating

_NAMED = re.compile(r"[ \t]*([^:\r\n]{1,60}?)[ \t]*:[ \t]*")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Document:
    """places: for each turn the document's offset of each of its characters, and of the turn's end.

    rater: whom the document names as the one who labels it, "author" where it names nobody.
    """

    text: str
    conversation: Conversation
    places: tuple[tuple[int, ...], ...]
    rater: str = AUTHOR

    def place(self, turn: int, start: int, end: int) -> tuple[int, int]:
        """The document's offsets of characters of a turn."""
        return self.places[turn][start], self.places[turn][end]

    def locate(self, start: int, end: int) -> tuple[int, int, int] | None:
        """Turn, start and end of a stretch of the document; None where it does not lie inside the words of one turn."""
        turn = bisect_right(self.places, start, key=lambda places: places[0]) - 1
        if turn < 0 or not start < end <= self.places[turn][-1]:
            return None
        # Where a stretch begins or ends between a backslash and its character, it takes both.
        return turn, bisect_right(self.places[turn], start) - 1, bisect_left(self.places[turn], end)


def lay_out(conversation: Conversation, rater: str = AUTHOR) -> Document:
    """The document of a conversation; `rater` is named in it unless they are the author."""
    item = Labelled(conversation, Rating(conversation=conversation.id, rater=rater))
    text = markup.render([item])
    return Document(text, conversation, tuple(_places(text)), rater)


def read_document(text: str, name: str, id: str, hints: Hints) -> Document:
    """The document in a text; raise LabelError with every fault.

    id: of the conversation, where the text is not in our layout and so names none. name: how errors call the text.
    """
    if not text.lstrip("\ufeff \r\n").startswith("@call"):
        return _read_named_lines(text, name, id, hints)
    labelled = markup.parse(text, name)
    if len(labelled) != 1 or labelled[0].rating.spans:
        found = f"{len(labelled)} conversations" if len(labelled) != 1 else "marks in braces"
        raise LabelError(f"{name}: expected one conversation a text, without marks in it, found {found}")
    return Document(text, labelled[0].conversation, tuple(_places(text)), labelled[0].rating.rater)


def excerpt(text: str, start: int, end: int) -> str:
    """A stretch of a text for a message, shortened."""
    held = text[max(0, start) : max(0, end)]
    return repr(held if len(held) <= 40 else f"{held[:37]}...")


def same_words(left: str, right: str) -> bool:
    """Whether two texts are one but for white space, which browsers, forms and spreadsheets change."""
    if len(left) > 10 * len(right) + 100:
        return False  # no white space is that long, and long stretches are not worth the time
    return "".join(left.split()) == "".join(right.replace("\\n", "\n").split())


def tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of each token: a word or a single sign, cut wherever a span begins or ends.

    White space is a token only at the edge of a span, inside it.

    >>> [" a-bc d "[start:end] for start, end in tokens(" a-bc d ", [(0, 4), (6, 7)])]
    [' ', 'a', '-', 'b', 'c', 'd']
    """
    cuts = sorted({edge for span in spans for edge in span})
    pieces: set[tuple[int, int]] = set()
    for match in _TOKEN.finditer(text):
        inner = cuts[bisect_right(cuts, match.start()) : bisect_left(cuts, match.end())]
        pieces |= set(zip([match.start(), *inner], [*inner, match.end()], strict=True))
    for start, end in spans:
        edges = ((start, start + 1), (end - 1, end))
        pieces |= {edge for edge in edges if text[slice(*edge)].isspace()}
    return sorted(pieces)


def _places(text: str) -> Iterator[tuple[int, ...]]:
    """The places of each turn in a text of our layout: those of its characters, escapes counted as one, and its end."""
    position = 0
    for raw in text.split("\n"):
        line = raw.removesuffix("\r")
        match = markup.TURN.fullmatch(line)
        if match and not line.startswith("@call"):
            at = match.start(4) if match[4] is not None else match.end()
            places = []
            while at < len(line):
                places.append(position + at)
                at += 2 if line[at] == "\\" else 1
            yield (*places, position + len(line))
        position += len(raw) + 1


def _read_named_lines(text: str, name: str, id: str, hints: Hints) -> Document:
    turns: list[dict[str, str]] = []
    bounds: list[list[int]] = []
    position = 0
    for line in text.split("\n"):
        match = _NAMED.match(line)
        role = hints.role_of(match[1]) if match else None
        end = position + len(line.rstrip())
        if match and role:
            turns.append({"speaker": match[1], "role": role})
            bounds.append([position + match.end(), max(end, position + match.end())])
        elif line.strip() and bounds:
            bounds[-1][1] = end
        elif line.strip():
            raise LabelError(
                f"{name}: expected `@call id=... lang=...` and a turn a line, or lines of `Rep: text` and `Customer: text`, "
                f"found {excerpt(line, 0, 80)}; where speakers have names, say who sells (rep)"
            )
        position += len(line) + 1
    said = [text[start:end] for start, end in bounds]
    language = hints.language_of(said)
    if not said or language is None:
        missing = "no turn" if not said else "a language that cannot be told; give it as an ISO 639 code, such as en"
        raise LabelError(f"{name}: expected a conversation, found {missing}")
    try:
        conversation = Conversation.model_validate(
            {
                "id": id,
                "language": language,
                "turns": [turn | {"text": words} for turn, words in zip(turns, said, strict=True)],
            }
        )
    except ValidationError as error:
        raise LabelError(f"{name}: {'; '.join(describe(error, {}))}") from error
    return Document(text, conversation, tuple(tuple(range(start, end + 1)) for start, end in bounds))
