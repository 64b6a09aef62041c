"""A transcript of any known format to conversations: the table of formats, their detection, and `read`.

>>> (transcript,) = read_text("Rep: What slows you down?\\nCustomer: Month-end does.", language="en", name="call.txt")
>>> [(turn.role, turn.text) for turn in transcript.conversation.turns]
[('rep', 'What slows you down?'), ('customer', 'Month-end does.')]
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.language import guess_language
from data.readers import (
    assemblyai,
    deepgram,
    fireflies,
    foursignal_json,
    gong,
    pasted_text,
    plain_text,
    rev,
    srt,
    webvtt,
    whisperx,
)
from data.readers.draft import Draft, Reader
from data.readers.limits import check_scorable, check_size
from data.readers.roles import resolve_roles
from data.readers.turns import tidy, to_turns
from rubric.conversation import Conversation
from rubric.errors import ConversationError

FORMATS: dict[str, Reader] = {
    "webvtt": webvtt.read,
    "srt": srt.read,
    "text": plain_text.read,
    "json": foursignal_json.parse,
    "jsonl": foursignal_json.parse_lines,
    "pasted": pasted_text.read,
    "gong": gong.read,
    "assemblyai": assemblyai.read,
    "deepgram": deepgram.read,
    "whisperx": whisperx.read,
    "fireflies": fireflies.read,
    "rev": rev.read,
}

# Tools whose JSON is known by its keys, in the order in which they are tried.
JSON_SHAPES: dict[str, Callable[[Any], bool]] = {
    "gong": gong.looks_like,
    "deepgram": deepgram.looks_like,
    "assemblyai": assemblyai.looks_like,
    "whisperx": whisperx.looks_like,
    "fireflies": fireflies.looks_like,
    "rev": rev.looks_like,
}

_FOREIGN = {
    b"PK\x03\x04": "a Word or zip file; save the transcript as .vtt or plain text",
    b"%PDF": "a PDF; save the transcript as .vtt or plain text",
    b"RIFF": "a sound file; foursignal reads transcripts, so transcribe it first",
    b"ID3": "a sound file; foursignal reads transcripts, so transcribe it first",
}


@dataclass(frozen=True)
class Transcript:
    """A conversation, and what a caller should know of how it was read: roles guessed, times repaired, lines left out."""

    conversation: Conversation
    notes: tuple[str, ...] = ()


def read(
    path: Path,
    format: str | None = None,
    *,
    language: str | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    guess_roles: bool = False,
) -> list[Transcript]:
    """The conversations of a file: one, or several where the format holds several (JSON lists, JSONL).

    format: a key of `FORMATS`, None to detect it by content. language: ISO 639 code for formats that do not carry one;
    None to guess it. rep: names of the reps, everybody else is a customer. roles: speaker to rep or customer. Speakers
    whose names say the role (`Rep`, `C2`, `Bo (Prospect)`) need neither. guess_roles: guess the rep where nothing tells.
    Raises ConversationError, which says of every conversation that is refused what was expected, found and to be done.
    """
    content = read_bytes(path)
    return read_text(content, format, name=str(path), language=language, rep=rep, roles=roles, guess_roles=guess_roles)


def read_text(
    content: str | bytes,
    format: str | None = None,
    *,
    name: str = "transcript",
    language: str | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    guess_roles: bool = False,
) -> list[Transcript]:
    """As `read`, from text or bytes. name: how errors call it; its stem is the id of a conversation that has none."""
    transcripts: list[Transcript] = []
    refused: list[str] = []
    items = parse(content, format, name)[1]
    for item in items:
        try:
            if isinstance(item, Draft):
                called = name if len(items) == 1 else f"{name}, conversation {item.id!r}"
                transcripts.append(assemble(item, called, language, rep, roles, guess_roles))
            else:
                check_scorable(item, f"{name}, conversation {item.id!r}")
                transcripts.append(Transcript(item))
        except ConversationError as error:
            refused.append(str(error))
    if refused:
        raise ConversationError("\n".join(refused))
    return transcripts


def parse(content: str | bytes, format: str | None, name: str) -> tuple[str, list[Draft] | list[Conversation]]:
    """The format, given or detected, and what its reader finds, before roles are resolved."""
    text = decode(content, name)
    if not text.strip():
        raise ConversationError(f"{name} is empty; expected a transcript ({', '.join(FORMATS)})")
    found = format or detect(text, name)
    if found not in FORMATS:
        raise ConversationError(f"{name}: unknown format {found!r}, expected one of {', '.join(FORMATS)}")
    return found, FORMATS[found](text, name)


def read_bytes(path: Path) -> bytes:
    """The bytes of a file within the size limit; raise ConversationError where there is none."""
    try:
        check_size(path.stat().st_size, str(path))
        return path.read_bytes()
    except OSError as error:
        raise ConversationError(f"cannot read {path}: {error.strerror}") from error


def decode(content: str | bytes, name: str) -> str:
    """Text without its byte order mark; raise ConversationError that names the first byte that is not UTF-8."""
    if isinstance(content, str):
        check_size(len(content), name)
        return content.removeprefix("\ufeff")
    check_size(len(content), name)
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise ConversationError(f"{name} is {what}")
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConversationError(
            f"{name}: expected UTF-8 text, found the byte 0x{content[error.start]:02x} at offset {error.start}; "
            "save it as UTF-8"
        ) from error


def detect(text: str, name: str = "transcript") -> str:
    """The format of a text by its content; raise ConversationError where it fits none. The file's name is no evidence.

    >>> detect("WEBVTT\\n"), detect('{"id": "x"}'), detect("[00:12:31] Ana: Hi\\n[00:12:33] Bo: Hello")
    ('webvtt', 'json', 'text')
    """
    if webvtt.looks_like(text):
        return "webvtt"
    if foursignal_json.looks_like(text):
        return "jsonl" if foursignal_json.looks_like_lines(text) else _detect_json(text)
    if srt.looks_like(text):
        return "srt"
    if plain_text.looks_like(text):
        return "text"
    if pasted_text.looks_like(text):
        return "pasted"
    stripped = text.strip()
    found = repr(stripped.splitlines()[0][:60]) if stripped else "no text"
    raise ConversationError(
        f"{name}: cannot tell the format; expected WebVTT, SRT, lines of `Name: text`, names above what is said, or JSON, found {found}. "
        f"Give the format ({', '.join(FORMATS)}) if it is one of them."
    )


def _detect_json(text: str) -> str:
    """The tool whose JSON it is, "json" for our own or what is no JSON: its reader says what is wrong with it."""
    try:
        raw = foursignal_json.load(text)
    except ValueError:
        return "json"
    return next((name for name, has_shape in JSON_SHAPES.items() if has_shape(raw)), "json")


def assemble(
    draft: Draft,
    name: str,
    language: str | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    guess_roles: bool = False,
) -> Transcript:
    """A draft with its language, roles and turns, checked for scoring; options as for `read`."""
    utterances, repairs = tidy(draft.utterances)
    notes = [*draft.notes, *repairs]
    if not utterances:
        raise ConversationError(f"{name} holds no words; expected a conversation of a rep and a customer")
    said: dict[str, list[str]] = {}
    for utterance in utterances:
        said.setdefault(utterance.speaker, []).append(utterance.text)
    if len(said) == 1:
        only = next(iter(said))
        raise ConversationError(f"{name}: only one speaker found, {only!r}; scoring needs a rep and a customer")
    spoken_in = draft.language or language
    if spoken_in is None:
        spoken_in = guess_language(" ".join(utterance.text for utterance in utterances))
        if spoken_in is None:
            raise ConversationError(f"{name}: cannot tell the language; give it as an ISO 639 code, such as en")
        notes.append(f"the language was guessed: {spoken_in}")
    role_of, guesses = resolve_roles(
        said, name, known=draft.roles, rep=rep, roles=roles, guess_roles=guess_roles, language=spoken_in
    )
    turns = to_turns(utterances, role_of)
    try:
        conversation = Conversation(
            id=draft.id or Path(name).stem or "transcript",
            language=spoken_in,
            turns=tuple(turns),
            times="none" if turns[0].start is None else "measured",
        )
    except ValidationError as error:
        raise ConversationError(f"{name}: {'; '.join(foursignal_json.describe(error, {}))}") from error
    check_scorable(conversation, name)
    return Transcript(conversation, tuple(notes + guesses))
