"""A recorded call to a transcript: two channels, a speaker on each, or one channel and a diarisation of it.

The words are put together as WhisperX writes them, and read by its reader, so that turns follow the same gap rule; a
speaker's talk is cut where a pause lets the other one in. Recordings are of people: the caller says that they agreed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from data.readers import rttm, whisperx
from data.readers.draft import Draft
from data.readers.sound import RATE, channels_of
from data.readers.speech import Transcriber, Word, check_installed
from rubric.codebook import Role
from rubric.errors import ConversationError

PAUSE_SECONDS = 0.5
Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
Progress = Callable[[str, float, float], None]
"""Told what is heard, and how many seconds of how many are done."""


@dataclass(frozen=True)
class Recording:
    """A recorded call and what only its owner knows of it.

    consent: the people in it agreed to be recorded and analysed. rep: the channel that the rep speaks on, of two.
    diarisation: an RTTM file for a recording of one channel. model: see `Transcriber`. language: ISO 639 code.
    """

    path: Path
    consent: bool = False
    rep: Side = "left"
    diarisation: Path | None = None
    model: Path | None = None
    language: str | None = None


def read(recording: Recording, progress: Progress = lambda *_: None) -> tuple[Draft, dict[str, Any]]:
    """The transcript, and the words with their times in WhisperX's shape (`segments` of `words`).

    Raises ConversationError where consent is not stated, or where channels and diarisation do not fit; DataError where
    the extra or the model is missing.
    """
    name = str(recording.path)
    if not recording.consent:
        raise ConversationError(
            f"{name} is a recording: it is transcribed where the people in it agreed to be recorded and analysed, and "
            "this is said (`consent`)"
        )
    check_installed()
    spoken = rttm.read(recording.diarisation) if recording.diarisation else None
    channels = channels_of(recording.path)
    if len(channels) == 1 and spoken is None:
        raise ConversationError(
            f"{name} holds one channel, and nothing tells who speaks; give a diarisation of it (RTTM, as pyannote writes "
            "it), or a recording with the rep on one channel and the customer on the other"
        )
    if len(channels) == 2 and spoken is not None:
        raise ConversationError(f"{name} has two channels, which tell who speaks; a diarisation is for one channel")
    transcriber = Transcriber(recording.model, recording.language)
    seconds = channels[0].size / RATE
    segments: list[dict[str, Any]] = []
    roles: dict[str, Role] = {}
    if spoken is None:
        for side, channel in zip(SIDES, channels, strict=True):
            speaker = "Rep" if side == recording.rep else "Customer"
            roles[speaker] = "rep" if side == recording.rep else "customer"
            told = list(transcriber.words(channel, _teller(progress, side, seconds)))
            segments += segments_of([(speaker, word) for word in told])
        segments.sort(key=lambda segment: segment["start"])
    else:
        told = list(transcriber.words(channels[0], _teller(progress, "recording", seconds)))
        segments = segments_of([(rttm.speaker_at(spoken, (word.start + word.end) / 2), word) for word in told])
    if not segments:
        raise ConversationError(
            f"{name}: no words were heard in {seconds:.0f} seconds; is it silent, or the wrong file?"
        )
    shaped = {"language": transcriber.language, "segments": segments}
    (draft,) = whisperx.read(json.dumps(shaped), name)
    return replace(draft, roles=roles), shaped


def segments_of(words: Sequence[tuple[str, Word]]) -> list[dict[str, Any]]:
    """WhisperX's segments of words, each with its speaker: cut where the speaker changes or pauses `PAUSE_SECONDS`."""
    segments: list[dict[str, Any]] = []
    for speaker, word in words:
        shaped = {"word": word.text, "start": word.start, "end": word.end, "score": round(word.probability, 3)}
        last = segments[-1] if segments else None
        if last and last["speaker"] == speaker and word.start - last["end"] < PAUSE_SECONDS:
            last["words"].append(shaped)
            last["text"] += f" {word.text}"
            last["end"] = max(last["end"], word.end)
        else:
            segments.append(
                {"start": word.start, "end": word.end, "text": word.text, "speaker": speaker, "words": [shaped]}
            )
    return segments


def _teller(progress: Progress, what: str, seconds: float) -> Callable[[float], None]:
    """Tells the progress of one channel."""
    return lambda done: progress(what, done, seconds)
