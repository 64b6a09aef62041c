"""Rev's transcripts: `monologues` of `elements`, words with times in seconds and punctuation without."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, language_of, validate


class _Element(Shape):
    type: str = "text"
    value: str = ""
    ts: float | None = None
    end_ts: float | None = None


class _Monologue(Shape):
    speaker: int | str
    elements: list[_Element]


class _Speaker(Shape):
    id: int | str
    name: str | None = None


class _Transcript(Shape):
    monologues: list[_Monologue]
    speakers: list[_Speaker] = Field(default_factory=list)
    language: str | None = None


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "monologues")


def read(text: str, name: str) -> list[Draft]:
    """The one transcript, speakers by name where it names them; raise ConversationError where the shape is another."""
    transcript = validate(_Transcript, text, name, "Rev")
    names = {speaker.id: speaker.name for speaker in transcript.speakers if speaker.name}
    utterances = tuple(
        Utterance(
            names.get(monologue.speaker, f"Speaker {monologue.speaker}"),
            "".join(element.value for element in monologue.elements),
            min((element.ts for element in monologue.elements if element.ts is not None), default=None),
            max((element.end_ts for element in monologue.elements if element.end_ts is not None), default=None),
        )
        for monologue in transcript.monologues
    )
    return [Draft(utterances, language=language_of(transcript.language))]
