"""Captions: the timed cues that WebVTT and SRT share, and the speakers in them.

Read line by line, in time that grows with the length of the text only, and without losing a word in silence: a timing
that cannot be read is a fault with its line. Zoom and others write `Name: text` in cues; a cue without a name goes on
with the speaker before. Rolling captions, where each cue repeats the line before, are freed of their repetitions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from data.readers.draft import Draft, Growing
from data.readers.speakers import speaker_names, split_speaker
from rubric.errors import ConversationError, refuse

MIN_ROLLING_SHARE = 0.25
MIN_ROLLING_CUES = 2
_TIME = r"(-?)(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_TAG = re.compile(r"</?(?:c|i|b|u|v|ruby|rt|lang|font)\b[^<>]*>|<\d[\d:.]*>|\{\\[^{}\n]*\}", re.IGNORECASE)


@dataclass(frozen=True)
class Cue:
    """One caption: lines of text as they stand in the file, and its time in seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass
class Piece:
    """The lines of a cue that one voice says; voice None where the cue names none."""

    voice: str | None
    lines: list[str]
    start: float
    end: float


def read_cues(text: str, name: str) -> list[Cue]:
    """The cues of a WebVTT or SRT text; raise ConversationError with every timing that cannot be read."""
    lines = text.splitlines()
    timings = [
        (index, match) for index, line in enumerate(lines) if "-->" in line and (match := _TIMING.fullmatch(line))
    ]
    timing_lines = {index for index, _ in timings}
    refuse(
        ConversationError,
        name,
        [
            f"line {index + 1}: expected times such as 00:00:01.000 --> 00:00:02.500, found {line.strip()[:60]!r}"
            for index, line in enumerate(lines)
            if "-->" in line and index not in timing_lines
        ],
    )
    ends = [*(index for index, _ in timings[1:]), len(lines)]
    return [
        Cue(
            _seconds(match.groups()[:5]),
            _seconds(match.groups()[5:]),
            _payload(lines, index + 1, end, end < len(lines)),
        )
        for (index, match), end in zip(timings, ends, strict=False)
    ]


def _seconds(parts: tuple[str | None, ...]) -> float:
    sign, hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    value = float(f"{whole}.{fraction or 0}")
    return -value if sign else value


def _payload(lines: list[str], start: int, end: int, another_follows: bool) -> tuple[str, ...]:
    """The text between two timings, without the next cue's identifier, comments and styles."""
    held = lines[start:end]
    last = held[-1].strip() if held and another_follows else ""
    if last.isdecimal() or (last and len(held) > 1 and not held[-2].strip()):
        held = held[:-1]  # it stands right before a timing and names the next cue
    text: list[str] = []
    after_blank, skipping = False, False
    for line in held:
        blank = not line.strip()
        if after_blank and not blank:
            skipping = line.split()[0] in ("NOTE", "STYLE", "REGION")
        if not blank and not skipping:
            text.append(line)
        after_blank = blank
    return tuple(text)


def strip_tags(text: str) -> str:
    """Text without the tags of WebVTT and SRT; a lone `<` stays."""
    return _TAG.sub("", text)


def to_draft(cues: list[Cue], name: str, split_voices: Callable[[Cue], list[Piece]]) -> Draft:
    """Utterances of cues: voices split by the format's own rule, names at the beginning of lines, rolling lines once."""
    pieces = [piece for cue in cues for piece in split_voices(cue)]
    pieces, n_rolled = _without_rolled_lines(pieces)
    names = speaker_names(line for piece in pieces if piece.voice is None for line in piece.lines)
    utterances: list[Growing] = []
    unknown: list[str] = []
    speaker: str | None = None
    for piece in pieces:
        length = sum(len(line) for line in piece.lines) or 1
        position = 0
        begun = False
        for line in piece.lines:
            named, said = (piece.voice, line) if piece.voice else split_speaker(line, names)
            speaker = named or speaker
            start = piece.start + (piece.end - piece.start) * position / length
            position += len(line)
            end = piece.start + (piece.end - piece.start) * position / length
            if speaker is None:
                unknown.append(line)
            elif begun and utterances[-1].speaker == speaker:
                utterances[-1].lines.append(said)
                utterances[-1].end = end
            else:
                utterances.append(Growing(speaker, [said], start, end))
                begun = True
    if not utterances:
        found = f"{len(cues)} cues without a name, the first {unknown[0][:60]!r}" if unknown else "no text in any cue"
        raise ConversationError(f"{name}: expected to find who speaks, `<v Name>text` or `Name: text`; found {found}")
    notes = []
    if unknown:
        notes.append(f"left out before the first speaker is named ({len(unknown)} in number): {unknown[0][:60]!r}")
    if n_rolled:
        notes.append(f"rolling captions: repeated lines left out ({n_rolled} in number)")
    return Draft(tuple(utterance.done() for utterance in utterances), tuple(notes))


def _without_rolled_lines(pieces: list[Piece]) -> tuple[list[Piece], int]:
    """Pieces without the lines that repeat the piece before, if the file has the habit; and the count of those lines."""
    pieces = [piece for piece in pieces if piece.lines]
    repeats = [_n_repeated(left, right) for left, right in pairwise(pieces)]
    n_rolling = sum(n > 0 for n, _ in repeats)
    if n_rolling < MIN_ROLLING_CUES or n_rolling < MIN_ROLLING_SHARE * len(repeats):
        return pieces, 0
    kept = pieces[:1]
    for piece, (n_lines, n_characters) in zip(pieces[1:], repeats, strict=True):
        lines = list(piece.lines)
        if n_characters:
            lines[0] = lines[0][n_characters:].strip()
        else:
            lines = lines[n_lines:]
        kept.append(Piece(piece.voice, [line for line in lines if line], piece.start, piece.end))
    return [piece for piece in kept if piece.lines], n_rolling


def _n_repeated(left: Piece, right: Piece) -> tuple[int, int]:
    """How many lines at the beginning of `right` repeat `left`, and how many characters where it is part of a line."""
    if left.voice != right.voice:
        return 0, 0
    for n in range(min(len(left.lines), len(right.lines), 4), 0, -1):
        if left.lines[-n:] == right.lines[:n]:
            return n, 0
    before = left.lines[-1]
    return (1, len(before)) if right.lines[0].startswith(before + " ") else (0, 0)
