"""AssemblyAI's transcripts with speaker labels: `utterances` of speakers A, B ..., times in milliseconds."""

from __future__ import annotations

from typing import Any

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, language_of, validate
from rubric.errors import ConversationError


class _Utterance(Shape):
    speaker: str
    text: str
    start: float
    end: float


class _Transcript(Shape):
    id: str | None = None
    language_code: str | None = None
    utterances: list[_Utterance] | None


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "utterances") and not has_keys(raw, "results")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript; raise ConversationError where the shape is another or speakers were not told apart."""
    transcript = validate(_Transcript, text, name, "AssemblyAI")
    if not transcript.utterances:
        raise ConversationError(f"{name}: expected utterances, found none; transcribe it with speaker_labels=true")
    utterances = tuple(
        Utterance(f"Speaker {said.speaker}", said.text, said.start / 1000, said.end / 1000)
        for said in transcript.utterances
    )
    return [Draft(utterances, id=transcript.id, language=language_of(transcript.language_code))]
