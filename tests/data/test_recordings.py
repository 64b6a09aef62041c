"""Recordings without a model: what is refused and how, diarisations, segments. `make audio` transcribes for real."""

from __future__ import annotations

import contextlib
import itertools
import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from data.__main__ import app
from data.readers import audio, rttm, sound, speech, whisperx
from data.readers.audio import PAUSE_SECONDS, Recording, segments_of
from data.readers.sound import RATE, channels_of, is_recording
from data.readers.speech import Transcriber, Word
from rubric.errors import ConversationError, DataError, FoursignalError


def wav(path: Path, n_channels: int, n_samples: int = RATE, same: bool = False) -> Path:
    """A WAV file in which every channel but the first is twice as loud, or all are the same."""
    frame = b"".join((100 if same or not channel else 200).to_bytes(2, "little") for channel in range(n_channels))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(n_channels)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(frame * n_samples)
    return path


def refusal(recording: Recording) -> str:
    with pytest.raises(FoursignalError) as caught:
        audio.read(recording)
    return str(caught.value)


def test_two_channels_are_left_and_right(tmp_path):
    left, right = channels_of(wav(tmp_path / "call.wav", 2))
    assert (left.size, right.size) == (RATE, RATE)
    assert 0 < left.mean() < right.mean()
    assert len(channels_of(wav(tmp_path / "call.wav", 2, same=True))) == 1


def test_a_recording_is_known_by_its_content(tmp_path):
    assert is_recording(wav(tmp_path / "call.txt", 1))
    (tmp_path / "call.wav").write_text("Rep: Hi\nCustomer: Hello")
    assert not is_recording(tmp_path / "call.wav")
    assert not is_recording(tmp_path / "none.wav")


def test_without_consent_nothing_is_read(tmp_path):
    assert "agreed to be recorded and analysed" in refusal(Recording(tmp_path / "no such file"))
    result = CliRunner().invoke(app, ["convert", str(wav(tmp_path / "a.wav", 2)), str(tmp_path / "a.json")])
    assert result.exit_code == 1
    assert "call.json --consent" in result.output
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize(
    ("n_channels", "n_samples", "message"),
    [(1, RATE, "one channel, and nothing tells who speaks"), (4, RATE, "4 channels"), (2, 0, "no length")],
)
def test_recordings_that_cannot_be_used(tmp_path, n_channels, n_samples, message):
    assert message in refusal(Recording(wav(tmp_path / "call.wav", n_channels, n_samples), consent=True))


def test_what_is_no_recording_or_a_damaged_one(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF\x00\x00\x00\x00WAVEjunk" + bytes(range(256)))
    assert "cannot be decoded as a recording" in refusal(Recording(tmp_path / "a.wav", consent=True))
    assert "No such file" in refusal(Recording(tmp_path / "b.wav", consent=True))
    result = CliRunner().invoke(app, ["inspect", str(tmp_path / "a.wav"), "--consent"])
    assert result.exit_code == 1
    assert "cannot be decoded" in result.output


def test_a_recording_of_a_day_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sound, "MAX_SECONDS", 3600)
    assert "1.1 hours, more than the limit of 1" in refusal(
        Recording(wav(tmp_path / "call.wav", 1, 4000 * RATE), consent=True)
    )


def test_the_rep_is_on_one_of_two_channels(tmp_path):
    result = CliRunner().invoke(
        app, ["inspect", str(wav(tmp_path / "a.wav", 2)), "--consent", "--rep-channel", "middle"]
    )
    assert result.exit_code == 1
    assert "expected left or right, found 'middle'" in result.output


def test_without_the_extra_or_a_model_it_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"found no config.json, model.bin, tokenizer.json"):
        Transcriber(tmp_path)
    for name in speech.NEEDED:
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(DataError, match="holds no Whisper model that can be loaded"):
        Transcriber(tmp_path)
    monkeypatch.setattr(speech, "find_spec", lambda _: None)
    assert "pip install 'foursignal[audio]'" in refusal(Recording(wav(tmp_path / "a.wav", 2), consent=True))


RTTM = "SPEAKER c 1 0.0 2.0 <NA> <NA> ana <NA> <NA>\n\nSPEAKER c 1 1.5 3.0 <NA> <NA> bo <NA> <NA>\n"


def test_who_speaks_when():
    spoken = rttm.parse(RTTM, "c.rttm")
    assert [rttm.speaker_at(spoken, second) for second in (0.0, 1.4, 1.6, 4.4, 60.0)] == [
        "ana",
        "ana",
        "bo",
        "bo",
        "bo",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SPEAKER c 1 zero 2.0 <NA> <NA> ana <NA> <NA>", "line 1: expected SPEAKER file channel start length"),
        ("SPEAKER c 1 0.0 nan <NA> <NA> ana <NA> <NA>", "line 1: expected"),
        ("LEXEME c 1 0.0 1.0 hi lex ana <NA> <NA>", "line 1: expected"),
        (RTTM.splitlines()[0], "expected two"),
        ("", "expected two"),
    ],
)
def test_what_is_no_diarisation(text, message):
    with pytest.raises(ConversationError, match=message):
        rttm.parse(text, "c.rttm")


@given(st.text(max_size=200))
def test_any_text_is_a_diarisation_or_refused(text):
    with contextlib.suppress(ConversationError):
        assert len({one.speaker for one in rttm.parse(text, "c.rttm")}) > 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["Rep", "Customer"]), st.integers(0, 300), st.integers(0, 200)),
        min_size=1,
        max_size=20,
    )
)
def test_segments_keep_every_word_with_its_times(drawn):
    at = 0.0
    words: list[tuple[str, Word]] = []
    for number, (speaker, pause, length) in enumerate(drawn):
        start = round(at + pause / 100, 2)
        at = round(start + length / 100, 2)
        words.append((speaker, Word(f"w{number}", start, at, 0.5)))
    segments = segments_of(words)
    held = [
        (segment["speaker"], word["word"], word["start"], word["end"])
        for segment in segments
        for word in segment["words"]
    ]
    assert held == [(speaker, word.text, word.start, word.end) for speaker, word in words]
    for segment in segments:
        assert segment["text"] == " ".join(word["word"] for word in segment["words"])
        assert (segment["start"], segment["end"]) == (segment["words"][0]["start"], segment["words"][-1]["end"])
    for before, after in itertools.pairwise(segments):
        assert before["speaker"] != after["speaker"] or after["start"] - before["end"] >= PAUSE_SECONDS - 1e-9


def test_segments_are_whisperxs_shape():
    shaped = segments_of([("Rep", Word("Hi", 0.0, 0.4, 0.9)), ("Customer", Word("Hello.", 0.5, 1.0, 0.9))])
    assert whisperx.looks_like({"segments": shaped})
