"""Labelled conversations as JSONL, one object a line: the conversation's own keys, `spans`, and `rater` if not the author.

A ratings file keeps further raters' labels apart from the text: `{id, rater, spans}` a line. A span is `turn` (index),
`start` and `end` (character offsets in the turn's text), `label`, and `id`, `refers_to`, `probability` where it has them.
Keys without a value are left out; a claim that serves no voiced need says `"refers_to": []`. Reading what was written gives the same labels back, and the same bytes again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.readers.foursignal_json import conversation_of, describe, loaded_lines, plain
from rubric.codebook import CODEBOOK
from rubric.conversation import Conversation
from rubric.errors import ConversationError, LabelError, refuse
from rubric.spans import Labelled, Rating, Span, find_faults

AUTHOR = "author"
SPAN_KEYS = tuple(Span.model_fields)
RATING_KEYS = ("id", "rater", "spans")


def read(path: Path) -> list[Labelled]:
    """The labelled conversations of a JSONL file, in its order; the rater is "author" unless a line names another.

    Raises ConversationError where a line holds no conversation, LabelError where only labels are at fault; either
    lists every fault of the file with its line.
    """
    return parse(_text(path), str(path))


def parse(text: str, name: str) -> list[Labelled]:
    """As `read`, from text; `name` is how errors call it."""
    labelled: list[Labelled] = []
    seen: dict[tuple[str, str], int] = {}
    said: dict[str, Conversation] = {}
    conversation_faults: list[str] = []
    label_faults: list[str] = []
    for number, raw, where in _objects(text, name, conversation_faults):
        conversation, found = conversation_of(raw)
        conversation_faults += [where + fault for fault in found]
        if conversation is None:
            continue
        rating = _rating(conversation, raw, where, label_faults)
        if said.setdefault(conversation.id, conversation) != conversation:
            conversation_faults.append(f"{where}the id {conversation.id!r} stands for another text further up")
        if rating is None:
            continue
        first = seen.setdefault((conversation.id, rating.rater), number)
        if first != number:
            label_faults.append(f"{where}{rating.rater!r} has labelled {conversation.id!r} in line {first} already")
        labelled.append(Labelled(conversation, rating))
    kind = ConversationError if conversation_faults else LabelError
    refuse(kind, name, sorted(conversation_faults + label_faults, key=_line_of))
    return labelled


def read_ratings(path: Path, conversations: Iterable[Conversation]) -> list[Labelled]:
    """The ratings of a `{id, rater, spans}` file, each with its conversation out of `conversations`.

    Raises LabelError with every fault: unknown ids, a missing rater, a rater's second rating of one conversation,
    labels that contradict the codebook.
    """
    return parse_ratings(_text(path), str(path), conversations)


def parse_ratings(text: str, name: str, conversations: Iterable[Conversation]) -> list[Labelled]:
    """As `read_ratings`, from text; `name` is how errors call it."""
    by_id = {conversation.id: conversation for conversation in conversations}
    labelled: list[Labelled] = []
    seen: dict[tuple[str, str], int] = {}
    faults: list[str] = []
    for number, raw, where in _objects(text, name, faults):
        keys = ", ".join(RATING_KEYS)
        if not isinstance(raw, dict) or set(raw) != set(RATING_KEYS):
            found = f"the keys {', '.join(raw)}" if isinstance(raw, dict) else "no object"
            faults.append(f"{where}expected an object with exactly the keys {keys}, found {found}")
            continue
        conversation = by_id.get(raw["id"]) if isinstance(raw["id"], str) else None
        if conversation is None:
            faults.append(f"{where}no conversation has the id {raw['id']!r}; give the conversations that were rated")
            continue
        rating = _rating(conversation, raw, where, faults)
        if rating is None:
            continue
        first = seen.setdefault((conversation.id, rating.rater), number)
        if first != number:
            faults.append(f"{where}{rating.rater!r} has rated {conversation.id!r} in line {first} already")
        labelled.append(Labelled(conversation, rating))
    refuse(LabelError, name, faults)
    return labelled


def write(path: Path, labelled: Iterable[Labelled]) -> None:
    """Write labelled conversations, one a line; `read` gives them back."""
    path.write_bytes(render(labelled).encode())


def write_ratings(path: Path, labelled: Iterable[Labelled]) -> None:
    """Write ratings without their conversations, one a line; `read_ratings` gives them back."""
    path.write_bytes(render_ratings(labelled).encode())


def render(labelled: Iterable[Labelled]) -> str:
    """As `write`, to text."""
    return _lines(_line(item) for item in labelled)


def render_ratings(labelled: Iterable[Labelled]) -> str:
    """As `write_ratings`, to text."""
    return _lines(
        {"id": item.conversation.id, "rater": item.rating.rater, "spans": _spans(item.rating.spans)}
        for item in labelled
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise LabelError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path} is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}") from error


def _objects(text: str, name: str, faults: list[str]) -> Iterable[tuple[int, Any, str]]:
    """Line number, plain data and the words that begin a fault of the line; what is no JSON goes to `faults`."""
    if not text.strip():
        raise LabelError(f"{name} is empty; expected one JSON object a line")
    for number, raw in loaded_lines(text, faults):
        yield number, raw, f"line {number}: "


def _rating(conversation: Conversation, raw: dict[str, Any], where: str, faults: list[str]) -> Rating | None:
    if "spans" not in raw:
        faults.append(f"{where}spans is missing; give an empty list where nothing was marked")
        return None
    try:
        rating = Rating.model_validate(
            {"conversation": conversation.id, "rater": raw.get("rater", AUTHOR), "spans": raw["spans"]}
        )
    except ValidationError as error:
        faults += [where + fault for fault in describe(error, {("spans",): SPAN_KEYS})]
        return None
    faults += [where + fault for fault in find_faults(conversation, rating.spans)]
    return rating


def _line(item: Labelled) -> dict[str, Any]:
    """The keys of one line in the corpus's order, those without a value left out."""
    own = plain(item.conversation)
    turns = own.pop("turns")
    rater = {} if item.rating.rater == AUTHOR else {"rater": item.rating.rater}
    return own | rater | {"turns": turns, "spans": _spans(item.rating.spans)}


def _spans(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as plain data; `refers_to` stays where its label may refer, so that a generic claim says so by []."""
    return [
        {
            key: value
            for key, value in span.model_dump(mode="json", exclude_none=True).items()
            if key != "refers_to" or value or CODEBOOK[span.label].refers_to
        }
        for span in spans
    ]


def _lines(objects: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(held, ensure_ascii=False) + "\n" for held in objects)


def _line_of(fault: str) -> int:
    return int(fault.removeprefix("line ").partition(":")[0])
