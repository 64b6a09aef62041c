"""WhisperX's JSON with diarisation: `segments` of `SPEAKER_00` ..., times in seconds.

A segment whose speaker WhisperX could not tell goes to the speaker before, and the notes say how many did.
"""

from __future__ import annotations

from typing import Any

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, language_of, validate
from rubric.errors import ConversationError


class _Segment(Shape):
    start: float
    end: float
    text: str
    speaker: str | None = None


class _Transcript(Shape):
    segments: list[_Segment]
    language: str | None = None


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "segments")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript; raise ConversationError where the shape is another or no segment has a speaker."""
    transcript = validate(_Transcript, text, name, "WhisperX")
    speaker = next((segment.speaker for segment in transcript.segments if segment.speaker), None)
    if speaker is None:
        raise ConversationError(f"{name}: expected a speaker in the segments, found none; run whisperx with --diarize")
    utterances: list[Utterance] = []
    n_unknown = 0
    for segment in transcript.segments:
        n_unknown += segment.speaker is None
        speaker = segment.speaker or speaker
        utterances.append(Utterance(speaker, segment.text, segment.start, segment.end))
    notes = (f"given to the speaker before: segments without a speaker ({n_unknown} in number)",) if n_unknown else ()
    return [Draft(tuple(utterances), notes, language=language_of(transcript.language))]
