"""SubRip (.srt) with the speaker at the beginning of the text: `Name: text`."""

from __future__ import annotations

import re

from data.readers.cues import Cue, Piece, read_cues, strip_tags, to_draft
from data.readers.draft import Draft
from rubric.errors import ConversationError

_TIMING = re.compile(r"^[ \t]*-?\d[\d:,.]*[ \t]*-->[ \t]*-?\d", re.MULTILINE)


def looks_like(text: str) -> bool:
    return bool(_TIMING.search(text))


def read(text: str, name: str) -> list[Draft]:
    """The one transcript of an SRT text; raise ConversationError where it is none or names no speaker."""
    cues = read_cues(text, name)
    if not cues:
        found = text.strip().splitlines()[0][:60] if text.strip() else ""
        raise ConversationError(f"{name}: expected cues such as 00:00:01,000 --> 00:00:02,500, found {found!r}")
    return [to_draft(cues, name, _whole)]


def _whole(cue: Cue) -> list[Piece]:
    return [Piece(None, [plain for line in cue.lines if (plain := strip_tags(line).strip())], cue.start, cue.end)]
