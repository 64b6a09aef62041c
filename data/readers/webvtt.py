"""WebVTT (.vtt), as Teams writes it (`<v Name>text</v>`) and as Zoom does (`Name: text`).

https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re

from data.readers.cues import Cue, Piece, read_cues, strip_tags, to_draft
from data.readers.draft import Draft
from data.readers.html_text import unescaped
from rubric.errors import ConversationError

_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")


def looks_like(text: str) -> bool:
    return text.lstrip().startswith("WEBVTT")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript of a WebVTT text; raise ConversationError where it is none or names no speaker."""
    if not looks_like(text):
        found = text.strip().splitlines()[0][:60] if text.strip() else ""
        raise ConversationError(f"{name}: expected WEBVTT at the beginning, found {found!r}")
    cues = read_cues(text, name)
    if not cues:
        raise ConversationError(f"{name}: expected cues such as 00:00:01.000 --> 00:00:02.500, found none")
    return [to_draft(cues, name, _voices)]


def _voices(cue: Cue) -> list[Piece]:
    """One piece for each voice of a cue; time is shared out by characters."""
    parts = _VOICE.split("\n".join(cue.lines))
    said = [
        (None, parts[0]),
        *((_plain(voice) or None, text) for voice, text in zip(parts[1::2], parts[2::2], strict=True)),
    ]
    total = sum(len(text) for _, text in said) or 1
    pieces: list[Piece] = []
    position = 0
    for voice, text in said:
        start = cue.start + (cue.end - cue.start) * position / total
        position += len(text)
        end = cue.start + (cue.end - cue.start) * position / total
        lines = [plain for line in text.split("\n") if (plain := _plain(line))]
        pieces.append(Piece(voice, lines, start, end))
    return pieces


def _plain(text: str) -> str:
    return unescaped(strip_tags(text)).strip()
