"""Fireflies' transcripts: the answer of the GraphQL query `transcript`, or the transcript in it; times in seconds.

The query must ask for `sentences { text speaker_name speaker_id start_time end_time }`.
"""

from __future__ import annotations

from typing import Any

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, validate
from rubric.errors import ConversationError


class _Sentence(Shape):
    text: str
    speaker_name: str | None = None
    speaker_id: str | None = None
    start_time: float | None = None
    end_time: float | None = None


class _Transcript(Shape):
    id: str | None = None
    sentences: list[_Sentence] | None = None


class _Data(Shape):
    transcript: _Transcript


class _Answer(_Transcript):
    data: _Data | None = None


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "data", "transcript", "sentences") or has_keys(raw, "sentences")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript; raise ConversationError where the shape is another or it holds no sentences."""
    answer = validate(_Answer, text, name, "Fireflies")
    transcript = answer.data.transcript if answer.data else answer
    if not transcript.sentences:
        raise ConversationError(f"{name}: expected sentences, found none; is the meeting transcribed yet?")
    utterances = tuple(
        Utterance(
            said.speaker_name or f"Speaker {said.speaker_id or 'unknown'}", said.text, said.start_time, said.end_time
        )
        for said in transcript.sentences
    )
    return [Draft(utterances, id=transcript.id)]
