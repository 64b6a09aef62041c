"""RTTM: who speaks when in a recording of one channel, as pyannote and other diarisation tools write it.

>>> rttm = "SPEAKER call 1 0.00 2.50 <NA> <NA> ana <NA> <NA>\\nSPEAKER call 1 2.50 1.00 <NA> <NA> bo <NA> <NA>"
>>> spoken = parse(rttm, "call.rttm")
>>> [speaker_at(spoken, second) for second in (0.1, 3.0, 9.0)]
['ana', 'bo', 'bo']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from data.readers.source import decode, read_bytes
from rubric.errors import ConversationError, refuse

MAX_FAULTS = 20


@dataclass(frozen=True)
class Spoken:
    """One stretch of one speaker's talk, in seconds of the recording."""

    start: float
    end: float
    speaker: str


def read(path: Path) -> list[Spoken]:
    """The stretches of a file, by their beginning; ConversationError with every fault where it is no RTTM."""
    return parse(decode(read_bytes(path), str(path)), str(path))


def parse(text: str, name: str) -> list[Spoken]:
    """As `read`, from text; `name` is how errors call it."""
    spoken: list[Spoken] = []
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(";;") or fields[0] == "SPKR-INFO":
            continue
        try:
            start, length = float(fields[3]), float(fields[4])
            if fields[0] != "SPEAKER" or not (isfinite(start + length) and start >= 0 and length >= 0):
                raise ValueError
            spoken.append(Spoken(start, start + length, fields[7]))
        except (ValueError, IndexError):
            faults.append(
                f"line {number}: expected SPEAKER file channel start length <NA> <NA> name, found {line[:60]!r}"
            )
            if len(faults) == MAX_FAULTS:
                break
    refuse(ConversationError, f"the diarisation {name}", faults)
    if len({one.speaker for one in spoken}) < 2:
        raise ConversationError(
            f"the diarisation {name} holds {len(spoken)} stretches of one speaker or none, expected two"
        )
    return sorted(spoken, key=lambda one: (one.start, one.end))


def speaker_at(spoken: Sequence[Spoken], second: float) -> str:
    """Who speaks at a second: of those who do the one who began last, else the one whose talk is nearest."""
    return min(spoken, key=lambda one: (max(one.start - second, second - one.end, 0.0), -one.start)).speaker
