"""Text pasted out of Otter or Teams: the speaker on a line of their own, with or without a time, what is said below.

    Ana Ruiz  0:03
    What slows you down?

    Bo Li  0:07
    Month-end does.

With times, a line with a name and a time begins an utterance wherever it stands. Without, the text must be paragraphs,
each with the name in its first line.
"""

from __future__ import annotations

import re

from data.readers.draft import Draft, Growing, Utterance
from data.readers.speakers import is_name
from rubric.errors import ConversationError

_HEADER = re.compile(r"(\S.{0,59}?)\s+(?:(\d{1,3}):)?(\d{1,2}):(\d{2})")


def looks_like(text: str) -> bool:
    """Whether the first line names a speaker of at least two, as the module says."""
    utterances = _with_times(text) or _paragraphs(text)
    return len({utterance.speaker for utterance in utterances}) >= 2


def read(text: str, name: str) -> list[Draft]:
    """The one transcript; raise ConversationError where no line of its own names a speaker."""
    utterances = _with_times(text) or _paragraphs(text)
    if not utterances:
        found = text.strip().splitlines()[0][:60] if text.strip() else ""
        raise ConversationError(f"{name}: expected a line with a name, or a name and a time, first; found {found!r}")
    return [Draft(tuple(utterances))]


def _with_times(text: str) -> list[Utterance]:
    """Utterances under lines of name and time; none where the first line is no such line."""
    utterances: list[Growing] = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line.strip())
        if match and is_name(match[1]):
            start = int(match[2] or 0) * 3600 + int(match[3]) * 60 + int(match[4])
            utterances.append(Growing(" ".join(match[1].split()), [], float(start)))
        elif utterances:
            utterances[-1].lines.append(line.strip())
        elif line.strip():
            return []
    return [utterance.done() for utterance in utterances]


def _paragraphs(text: str) -> list[Utterance]:
    """Utterances of paragraphs whose first line is a name; none where one is different."""
    utterances: list[Utterance] = []
    for paragraph in re.split(r"\n[ \t\r]*\n", text.strip()):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        if not lines:
            continue
        if len(lines) < 2 or not is_name(lines[0]):
            return []
        utterances.append(Utterance(" ".join(lines[0].split()), " ".join(lines[1:])))
    return utterances
