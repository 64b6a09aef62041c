"""Deepgram's prerecorded transcripts: `results.utterances` with a speaker or a channel each, times in seconds.

With several channels (one a side of the call) the channel tells the speakers apart, else the diarised speaker.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, validate
from rubric.errors import ConversationError


class _Utterance(Shape):
    transcript: str
    start: float
    end: float
    speaker: int | None = None
    channel: int = 0


class _Results(Shape):
    utterances: list[_Utterance] = Field(default_factory=list)


class _Metadata(Shape):
    request_id: str | None = None


class _Answer(Shape):
    metadata: _Metadata = _Metadata()
    results: _Results


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "results", "channels") or has_keys(raw, "results", "utterances")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript; raise ConversationError where the shape is another or it was not cut into utterances."""
    answer = validate(_Answer, text, name, "Deepgram")
    said = answer.results.utterances
    if not said:
        raise ConversationError(
            f"{name}: expected results.utterances, found none; transcribe it with utterances=true and diarize=true"
        )
    by_channel = len({utterance.channel for utterance in said}) > 1
    if not by_channel and any(utterance.speaker is None for utterance in said):
        raise ConversationError(f"{name}: expected a speaker in every utterance; transcribe it with diarize=true")
    utterances = tuple(
        Utterance(
            f"Channel {item.channel}" if by_channel else f"Speaker {item.speaker}",
            item.transcript,
            item.start,
            item.end,
        )
        for item in said
    )
    return [Draft(utterances, id=answer.metadata.request_id)]
