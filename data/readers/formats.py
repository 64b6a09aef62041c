"""The table of transcript formats, and which one a file has by its content.

>>> detect("WEBVTT\\n"), detect('{"id": "x"}'), detect("[00:12:31] Ana: Hi\\n[00:12:33] Bo: Hello")
('webvtt', 'json', 'text')
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from data.readers import (
    assemblyai,
    call_playbook,
    convokit,
    deepgram,
    fireflies,
    foursignal_json,
    gong,
    mail,
    parquet,
    pasted_text,
    plain_text,
    rev,
    srt,
    tables,
    webvtt,
    whisperx,
)
from data.readers.draft import Draft, Reader
from data.readers.source import Source
from rubric.conversation import Conversation
from rubric.errors import ConversationError


def _of_text(read: Callable[[str, str], list[Draft] | list[Conversation]]) -> Reader:
    """The reader of a format that is text and needs no more than that."""
    return lambda source: read(source.text, source.name)


FORMATS: dict[str, Reader] = {
    "webvtt": _of_text(webvtt.read),
    "srt": _of_text(srt.read),
    "text": _of_text(plain_text.read),
    "json": _of_text(foursignal_json.parse),
    "jsonl": _of_text(foursignal_json.parse_lines),
    "pasted": _of_text(pasted_text.read),
    "gong": _of_text(gong.read),
    "assemblyai": _of_text(assemblyai.read),
    "deepgram": _of_text(deepgram.read),
    "whisperx": _of_text(whisperx.read),
    "fireflies": _of_text(fireflies.read),
    "rev": _of_text(rev.read),
    "call-playbook": _of_text(call_playbook.read),
    "csv": tables.read_csv,
    "rows": tables.read_rows,
    "parquet": parquet.read,
    "convokit": convokit.read,
    "eml": mail.read_eml,
    "mbox": mail.read_mbox,
}
WITH_COLUMNS = ("csv", "rows", "parquet")
BINARY = ("parquet",)
OF_PARTS = ("convokit", "eml")

# Tools whose JSON is known by its keys, in the order in which they are tried.
JSON_SHAPES: dict[str, Callable[[Any], bool]] = {
    "gong": gong.looks_like,
    "deepgram": deepgram.looks_like,
    "assemblyai": assemblyai.looks_like,
    "whisperx": whisperx.looks_like,
    "fireflies": fireflies.looks_like,
    "rev": rev.looks_like,
}


def detect(content: Source | str | bytes, name: str = "transcript") -> str:
    """The format by content; raise ConversationError where it fits none. The file's name is no evidence."""
    source = content if isinstance(content, Source) else Source(name, content)
    if source.parts:
        return _detect_parts(source)
    if source.data.startswith(parquet.MAGIC):
        return "parquet"
    if mail.looks_like_mbox(source.data):
        return "mbox"
    if mail.looks_like_eml(source.data):
        return "eml"
    text = source.text
    if webvtt.looks_like(text):
        return "webvtt"
    if call_playbook.looks_like(text):
        return "call-playbook"
    if foursignal_json.looks_like(text):
        return _detect_json(source)
    if srt.looks_like(text):
        return "srt"
    if tables.csv_header(text, source.columns):
        return "csv"
    if plain_text.looks_like(text):
        return "text"
    if pasted_text.looks_like(text):
        return "pasted"
    stripped = text.strip()
    found = repr(stripped.splitlines()[0][:60]) if stripped else "no text"
    raise ConversationError(
        f"{source.name}: cannot tell the format; expected WebVTT, SRT, lines of `Name: text`, names above what is said, "
        f"JSON, a table with columns such as speaker and text, or mail, found {found}. "
        f"Give the format ({', '.join(FORMATS)}) if it is one of them."
    )


def _detect_json(source: Source) -> str:
    """The tool whose JSON it is, "json" or "jsonl" for our own or what is no JSON: the reader says what is wrong with it."""
    if foursignal_json.looks_like_lines(source.text):
        try:
            first = foursignal_json.load(foursignal_json.numbered_lines(source.text)[0][1])
        except ValueError:
            return "jsonl"
        return _of_rows(first, source) or "jsonl"
    try:
        raw = foursignal_json.load(source.text)
    except ValueError:
        return "json"
    if isinstance(raw, list):
        return (_of_rows(raw[0], source) if raw else None) or "json"
    return (
        next((name for name, has_shape in JSON_SHAPES.items() if has_shape(raw)), None)
        or _of_rows(raw, source)
        or "json"
    )


def _of_rows(first: Any, source: Source) -> str | None:
    """The format of JSON with an object an utterance, by the first of them; None where it is none."""
    if convokit.looks_like(first):
        return "convokit"
    return "rows" if tables.rows_look_like(first, source.columns) else None


def _detect_parts(source: Source) -> str:
    if source.part(*convokit.UTTERANCES):
        return "convokit"
    if any(path.lower().endswith(".eml") for path in source.parts):
        return "eml"
    found = ", ".join(list(source.parts)[:5])
    raise ConversationError(
        f"{source.name}: expected a folder or zip archive of .eml files, or a ConvoKit corpus with "
        f"{convokit.UTTERANCES[0]}; found {found}. Read other files one by one."
    )
