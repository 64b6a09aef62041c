"""`make audio`: a call spoken by eSpeak NG on two channels, transcribed for real; words, roles, times, error, speed.

Not one of the tests, since it takes the model of 76 MB and a minute of processor time. It stops at the first thing that
is not as it should be.
"""

from __future__ import annotations

import ctypes
import json
import re
import sys
import tempfile
import time
import wave
from pathlib import Path

import espeakng_loader
import numpy as np
from typer.testing import CliRunner

from data.__main__ import app
from data.readers.read import read
from data.readers.sound import RATE

CALL = (
    (
        "rep",
        "Good morning. Thank you for making the time today. What happens when an invoice does not match the order?",
    ),
    ("customer", "Somebody has to look through all the emails. We lose two days every month on these invoices."),
    ("rep", "And who else in your company has to work on them?"),
    ("customer", "Only my team. But your price is nearly double what we pay today, and that worries me."),
    (
        "rep",
        "So it is the difference in price that worries you. The matching runs at night, so your team gets these days back.",
    ),
    ("customer", "That would help. How long does it take to start?"),
    ("rep", "Two weeks. Could we meet on Thursday with your manager and plan a small pilot?"),
    ("customer", "Thursday is fine. Please send me the time and the place."),
)
PAUSE_SECONDS = 0.7
MAX_WORD_ERROR = 0.25


def speak(texts: tuple[tuple[str, str], ...]) -> np.ndarray:
    """(n_samples, 2) at 16,000 a second: the rep's voice left, the customer's right, one after the other."""
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(2, 0, str(Path(espeakng_loader.get_data_path()).parent).encode(), 0)
    if rate <= 0:
        sys.exit("eSpeak NG did not start")
    heard: list[np.ndarray] = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
    def collect(samples: ctypes._Pointer[ctypes.c_short], n: int, _: int | None) -> int:
        if samples and n:
            heard.append(np.ctypeslib.as_array(samples, (n,)).copy())
        return 0

    library.espeak_SetSynthCallback(collect)
    pieces: list[np.ndarray] = []
    for role, text in texts:
        heard.clear()
        library.espeak_SetVoiceByName(b"en-us" if role == "rep" else b"en-gb")
        said = text.encode()
        library.espeak_Synth(said, len(said) + 1, 0, 0, 0, 1, None, None)
        mono = np.concatenate(heard).astype(np.float64)
        times = np.arange(0, mono.size / rate, 1 / RATE)
        at_rate = np.interp(times, np.arange(mono.size) / rate, mono).astype(np.int16)
        both = np.zeros((at_rate.size + int(PAUSE_SECONDS * RATE), 2), np.int16)
        both[: at_rate.size, 0 if role == "rep" else 1] = at_rate
        pieces.append(both)
    return np.concatenate(pieces)


def write_wav(path: Path, samples: np.ndarray) -> None:
    """samples: (n_samples, n_channels) of 16 bits."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def word_error(said: str, heard: str) -> float:
    """The word error rate: edits from what was said to what was heard, for each word said."""
    a, b = (re.findall(r"[a-z0-9']+", text.lower()) for text in (said, heard))
    row = list(range(len(b) + 1))
    for i, word in enumerate(a, start=1):
        previous, row[0] = row[0], i
        for j, other in enumerate(b, start=1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1] / len(a)


def convert(*arguments: str) -> None:
    result = CliRunner().invoke(app, ["convert", *arguments, "--consent"])
    if result.exit_code:
        sys.exit(result.output)


def expect(holds: bool, what: str) -> None:
    if not holds:
        sys.exit(f"failed: {what}")
    print(f"ok: {what}")


def main() -> None:
    samples = speak(CALL)
    seconds = len(samples) / RATE
    with tempfile.TemporaryDirectory() as folder:
        call, mono, rttm, words = (str(Path(folder) / name) for name in ("c.wav", "m.wav", "m.rttm", "w.json"))
        targets = [Path(folder) / name for name in ("1.json", "2.json", "3.json")]
        write_wav(Path(call), samples)
        write_wav(Path(mono), samples.sum(axis=1, keepdims=True).astype(np.int16))
        begin, begin_cpu = time.perf_counter(), time.process_time()
        convert(call, str(targets[0]), "--words", words)
        spent, cpu = time.perf_counter() - begin, time.process_time() - begin_cpu
        convert(call, str(targets[1]))
        expect(targets[0].read_bytes() == targets[1].read_bytes(), "the same recording gives the same bytes")
        (transcript,) = read(targets[0])
        turns = transcript.conversation.turns
        expect([turn.role for turn in turns] == [role for role, _ in CALL], "the turns alternate as they were spoken")
        errors = [word_error(said, turn.text) for (_, said), turn in zip(CALL, turns, strict=True)]
        total = word_error(" ".join(said for _, said in CALL), " ".join(turn.text for turn in turns))
        print(
            f"{seconds:.0f} s of sound, word error {total:.3f} (worst turn {max(errors):.2f}); model's loading included: "
            f"{spent:.1f} s, {spent / seconds:.2f} of its length; processor {cpu:.1f} s, {cpu / seconds:.2f} of its length"
        )
        expect(total <= MAX_WORD_ERROR, f"word error at most {MAX_WORD_ERROR}")
        segments = json.loads(Path(words).read_text())["segments"]
        times = [(word["start"], word["end"]) for segment in segments for word in segment["words"]]
        expect(
            all(0 <= start <= end <= seconds + 1 for start, end in times), f"{len(times)} words have times in the call"
        )
        lines, at = [], 0.0
        for role, turn in zip([role for role, _ in CALL], spans_of(samples), strict=True):
            lines.append(f"SPEAKER m 1 {turn[0]:.2f} {turn[1] - turn[0]:.2f} <NA> <NA> {role} <NA> <NA>")
            at = turn[1]
        expect(at <= seconds, "the diarisation ends with the call")
        Path(rttm).write_text("\n".join(lines))
        convert(mono, str(targets[2]), "--diarisation", rttm)
        (diarised,) = read(targets[2])
        expect(
            [turn.role for turn in diarised.conversation.turns] == [role for role, _ in CALL], "one channel: same roles"
        )
        heard = " ".join(turn.text for turn in diarised.conversation.turns)
        print(f"one channel with a diarisation: word error {word_error(' '.join(said for _, said in CALL), heard):.3f}")


def spans_of(samples: np.ndarray) -> list[tuple[float, float]]:
    """Begin and end, in seconds, of each turn that was spoken, by which channel is heard."""
    louder = np.abs(samples).reshape(len(samples), 2)
    block = RATE // 10
    heard = louder[: len(louder) // block * block].reshape(-1, block, 2).max(axis=1)
    side = [0 if left > 200 else 1 if right > 200 else -1 for left, right in heard]
    spans: list[tuple[int, float, float]] = []
    for index, channel in enumerate(side):
        if channel < 0:
            continue
        if spans and spans[-1][0] == channel:
            spans[-1] = (channel, spans[-1][1], (index + 1) / 10)
        else:
            spans.append((channel, index / 10, (index + 1) / 10))
    return [(start, end) for _, start, end in spans]


if __name__ == "__main__":
    main()
