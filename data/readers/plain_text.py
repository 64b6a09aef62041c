# ruff: noqa: RUF001 (letters and marks of several languages)
"""Plain text, one line an utterance: `Name: text`, with or without a time, `[00:12:31] Name: text`.

The time, of beginning or of beginning and end (`[00:12 - 00:15]`), stands before the name or after it, in brackets or
not, as minutes and seconds or with hours. A line without a name goes on with the speaker before. Markdown's bold around
the name, as chat assistants write it (`**Rep:** text`), is dropped.
"""

from __future__ import annotations

import re

from data.readers.draft import Draft, Growing
from data.readers.speakers import speaker_names, split_speaker
from rubric.errors import ConversationError

_CLOCK = r"(\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?)"
_RANGE = rf"{_CLOCK}(?:\s*(?:-->|[-–—])\s*{_CLOCK})?"
_BEFORE = re.compile(rf"\s*(?:\[{_RANGE}\]|\({_RANGE}\)|{_RANGE}(?=\s|$))\s*[-–—]?\s*")
_AFTER = re.compile(rf"([^:：\s\[(][^:：\[(]{{0,59}}?)\s*(?:\[{_RANGE}\]|\({_RANGE}\))\s*([:：])")
_BOLD = re.compile(r"^\*\*([^*:]{1,60})(?::\*\*|\*\*:)\s*")


def looks_like(text: str) -> bool:
    """Whether a third of the lines, and at least two, name a speaker."""
    lines = [_split_time(line)[2] for line in text.splitlines() if line.strip()]
    names = speaker_names(lines)
    n_named = sum(split_speaker(line, names)[0] is not None for line in lines)
    return n_named >= 2 and 3 * n_named >= len(lines)


def read(text: str, name: str) -> list[Draft]:
    """The one transcript of a text; raise ConversationError where no line names a speaker."""
    split = [_split_time(line) for line in text.splitlines() if line.strip()]
    names = speaker_names(rest for _, _, rest in split)
    utterances: list[Growing] = []
    unknown: list[str] = []
    pending: tuple[float | None, float | None] = (None, None)
    for start, end, rest in split:
        if not rest.strip():
            pending = (start, end)
            continue
        if start is None:
            (start, end), pending = pending, (None, None)
        speaker, said = split_speaker(rest, names)
        if speaker is None and not utterances:
            unknown.append(rest)
        elif speaker is None and start is None:
            utterances[-1].lines.append(said)
        else:
            utterances.append(Growing(speaker or utterances[-1].speaker, [said], start, end))
    if not utterances:
        found = repr(unknown[0].strip()[:60]) if unknown else "no text"
        raise ConversationError(f"{name}: expected lines such as `Name: text`, found {found}")
    notes = (
        (f"left out before the first speaker is named ({len(unknown)} in number): {unknown[0].strip()[:60]!r}",)
        if unknown
        else ()
    )
    return [Draft(tuple(utterance.done() for utterance in utterances), notes)]


def _split_time(line: str) -> tuple[float | None, float | None, str]:
    """The times of a line in seconds, and the line without them."""
    line = _BOLD.sub(r"\1: ", line.strip())
    before = _BEFORE.match(line)
    if before:
        start, end = _of(before.groups())
        return start, end, line[before.end() :]
    after = _AFTER.match(line)
    if after:
        start, end = _of(after.groups()[1:-1])
        return start, end, f"{after[1]}{after.groups()[-1]}{line[after.end() :]}"
    return None, None, line


def _of(groups: tuple[str | None, ...]) -> tuple[float | None, float | None]:
    starts, ends = groups[0::2], groups[1::2]
    start = next((value for value in starts if value), None)
    end = next((value for value in ends if value), None)
    return _seconds(start), _seconds(end)


def _seconds(clock: str | None) -> float | None:
    """
    >>> _seconds("1:02:03.5"), _seconds("12:31"), _seconds(None)
    (3723.5, 751.0, None)
    """
    if clock is None:
        return None
    seconds = 0.0
    for part in clock.replace(",", ".").split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
