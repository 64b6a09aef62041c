"""What commands that take recorded calls share: their flags, and the transcription with its progress on the terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from data.readers import audio
from data.readers.audio import SIDES, Recording, Side
from data.readers.draft import Draft
from rubric.errors import ConversationError

Consent = Annotated[
    bool,
    typer.Option("--consent", help="Recordings only: the people in it agreed to be recorded and analysed, on record."),
]
RepChannel = Annotated[
    str, typer.Option(help="Recordings of two channels: the one that the rep speaks on, left or right.")
]
Diarisation = Annotated[
    Path | None, typer.Option(help="Recordings of one channel: who speaks when, an RTTM file as pyannote writes it.")
]
SpeechModel = Annotated[
    Path | None, typer.Option(help="Recordings: folder of a Whisper model for faster-whisper; tiny.en if left out.")
]


def transcribe(
    path: Path,
    consent: bool,
    rep_channel: str,
    diarisation: Path | None,
    model: Path | None,
    language: str | None,
    words: Path | None = None,
) -> Draft:
    """The transcript of a recorded call. words: where to keep every word with its times, as WhisperX's JSON."""
    recording = Recording(path, consent, _side(rep_channel), diarisation, model, language)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(heard: str, done: float, seconds: float) -> None:
            if heard not in tasks:
                tasks[heard] = bar.add_task(f"transcribing {heard}", total=seconds)
            bar.update(tasks[heard], completed=done)

        try:
            draft, shaped = audio.read(recording, show)
        except ConversationError as error:
            if consent:
                raise
            raise ConversationError(
                f"{error}\nFor example: python -m data convert {path} call.json --consent"
            ) from error
    if words:
        try:
            words.write_text(json.dumps(shaped, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise ConversationError(f"cannot write {words}: {error.strerror}") from error
    return draft


def _side(given: str) -> Side:
    for side in SIDES:
        if given == side:
            return side
    raise ConversationError(f"--rep-channel: expected {' or '.join(SIDES)}, found {given!r}")
