"""Text pasted out of Otter, Teams and others: the speaker on a line of their own, what is said below.

    Ana Ruiz  0:03
    What slows you down?

    Bo Li  0:07
    Month-end does.

A line with a name and a time, in either order (`[Ana Ruiz] 10:03:12`, `0:03 - Ana Ruiz`), begins an utterance wherever
it stands. Without times the text must be paragraphs, each with the name in its first line.
"""

from __future__ import annotations

import re

from data.readers.draft import Draft, Growing, Utterance
from data.readers.speakers import is_name
from rubric.errors import ConversationError

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})"
_NAME_TIME = re.compile(rf"(\S.{{0,59}}?)\s+{_CLOCK}")
_TIME_NAME = re.compile(rf"{_CLOCK}\s+(?:-\s+)?(\S.{{0,59}})")


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
        header = _header(line.strip())
        if header:
            utterances.append(Growing(header[0], [], header[1]))
        elif utterances:
            utterances[-1].lines.append(line.strip())
        elif line.strip():
            return []
    return [utterance.done() for utterance in utterances]


def _header(line: str) -> tuple[str, float] | None:
    """The name and the seconds of a line that holds nothing else.

    >>> _header("Ana Ruiz  1:00:03"), _header("[Bo Li] 0:03"), _header("0:03 - Bo Li (Acme)"), _header("at 0:03")
    (('Ana Ruiz', 3603.0), ('Bo Li', 3.0), ('Bo Li (Acme)', 3.0), None)
    """
    if match := _NAME_TIME.fullmatch(line):
        name, *clock = match.groups()
    elif match := _TIME_NAME.fullmatch(line):
        *clock, name = match.groups()
    else:
        return None
    name = " ".join(name.removeprefix("[").removesuffix("]").split())
    hours, minutes, seconds = (int(part or 0) for part in clock)
    return (name, float(hours * 3600 + minutes * 60 + seconds)) if name and is_name(name) else None


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
