"""ConvoKit corpora: a folder or zip archive with `utterances.jsonl` and `speakers.json`, or `utterances.jsonl` alone.

https://convokit.cornell.edu/documentation/data_format.html, and the names of older versions: `users.json`, `user`,
`root`, `reply-to`. A conversation's utterances are put in the order of their time stamps where all have one; the stamps
are often dates or positions, so turns have no times. `meta` may hold a speaker's `name` and `role`.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationError

from data.readers.draft import Draft, Utterance, without_monologues
from data.readers.foursignal_json import describe, load, numbered_lines
from data.readers.roles import role_in_name
from data.readers.source import Source
from data.readers.vendor_json import Shape, has_keys
from rubric.codebook import Role
from rubric.errors import ConversationError, refuse

UTTERANCES = ("utterances.jsonl", "utterances.json")
SPEAKERS = ("speakers.json", "users.json")
_ROLE_KEYS = ("role", "side", "affiliation", "type")


class _Utterance(Shape):
    id: str
    speaker: str = Field(min_length=1)
    conversation_id: str | None = None
    timestamp: float | None = None
    text: str | None = None


def looks_like(raw: Any) -> bool:
    """Whether plain data is an utterance as ConvoKit writes it."""
    return (
        has_keys(raw, "text")
        and bool(raw.keys() & {"conversation_id", "root"})
        and bool(raw.keys() & {"speaker", "user"})
        and bool(raw.keys() & {"reply_to", "reply-to"})
    )


def read(source: Source) -> list[Draft]:
    """A draft a conversation; ConversationError with the faults and their lines where the shape is another."""
    utterances = source.part(*UTTERANCES) if source.parts else source
    if utterances is None:
        raise ConversationError(
            f"{source.name}: expected a ConvoKit corpus with {' or '.join(UTTERANCES)}, found neither"
        )
    speakers = _speakers(source.part(*SPEAKERS))
    conversations: dict[str, list[_Utterance]] = {}
    faults: list[str] = []
    for where, item in _items(utterances):
        try:
            said = _Utterance.model_validate(_renamed(item))
        except ValidationError as error:
            faults += [f"{where}: {fault}" for fault in describe(error, {})]
            continue
        conversations.setdefault(said.conversation_id or "", []).append(said)
    refuse(ConversationError, utterances.name, faults[:20])
    if not conversations:
        raise ConversationError(f"{utterances.name} holds no utterance")
    return without_monologues([_draft(name, said, speakers) for name, said in conversations.items()])


def _items(source: Source) -> list[tuple[str, Any]]:
    text = source.text
    try:
        if text.lstrip().startswith("["):
            return [(f"item {number}", item) for number, item in enumerate(load(text))]
        return [(f"line {number}", _line(line, number)) for number, line in numbered_lines(text)]
    except ValueError as error:
        raise ConversationError(f"{source.name}: {error}") from error


def _line(line: str, number: int) -> Any:
    try:
        return load(line)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from error


def _renamed(item: Any) -> Any:
    """An utterance with today's names for the keys of older versions; a speaker that is an object becomes its id."""
    if not isinstance(item, dict):
        return item
    speaker = item.get("speaker", item.get("user"))
    if isinstance(speaker, dict):
        speaker = speaker.get("id")
    kept = {key: item[key] for key in ("id", "text") if key in item}
    time = item.get("timestamp")
    return kept | {
        "conversation_id": item.get("conversation_id", item.get("root")),
        "speaker": speaker,
        "timestamp": time if isinstance(time, int | float) and abs(time) < 1e15 else None,
    }


def _speakers(source: Source | None) -> dict[str, dict[str, Any]]:
    """The meta data of speakers by id; empty where there are none."""
    if source is None:
        return {}
    try:
        raw = load(source.text)
    except ValueError as error:
        raise ConversationError(f"{source.name}: {error}") from error
    if not isinstance(raw, dict):
        raise ConversationError(f"{source.name}: expected an object with a key for each speaker")
    return {
        key: held.get("meta", held) if isinstance(held.get("meta", held), dict) else {}
        for key, held in raw.items()
        if isinstance(held, dict)
    }


def _draft(name: str, said: list[_Utterance], speakers: dict[str, dict[str, Any]]) -> Draft:
    times = [item.timestamp for item in said]
    notes: tuple[str, ...] = ()
    if all(time is not None for time in times):
        ordered = sorted(said, key=lambda item: item.timestamp or 0.0)
        notes = () if ordered == said else ("put in the order of the time stamps",)
        said = ordered
    names: dict[str, str] = {}
    roles: dict[str, Role] = {}
    for item in said:
        if item.speaker in names:
            continue
        meta = speakers.get(item.speaker, {})
        called = meta.get("name")
        named = called if isinstance(called, str) and called.strip() else item.speaker
        names[item.speaker] = named if named not in names.values() else f"{named} ({item.speaker})"
        role = next((found for key in _ROLE_KEYS if (found := role_in_name(str(meta.get(key, "")))) is not None), None)
        if role:
            roles[names[item.speaker]] = role
    utterances = tuple(Utterance(names[item.speaker], item.text or "") for item in said)
    return Draft(utterances, notes, id=name or None, roles=roles)
