"""A recording's sound: its channels at 16,000 samples a second, decoded with PyAV, which brings FFmpeg along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rubric.errors import ConversationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 16_000
MAX_SECONDS = 3 * 3600
# What recordings begin with: WAV, MP3 (tagged or not), FLAC, Ogg, Matroska and WebM, AMR, AIFF, WMA; MP4 names itself later.
_MAGIC = (
    b"RIFF",
    b"ID3",
    b"\xff\xfb",
    b"\xff\xf3",
    b"\xff\xf1",
    b"fLaC",
    b"OggS",
    b"\x1aE\xdf\xa3",
    b"#!AMR",
    b"FORM",
    b"0&\xb2u",
)


def is_recording(path: Path) -> bool:
    """Whether a file begins as a recording does; what it is called is no evidence."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head.startswith(_MAGIC) or head[4:8] == b"ftyp"


def channels_of(path: Path) -> list[NDArray[np.float32]]:
    """The channels of a recording, one or two of (n_samples,), left first; ConversationError where it has others or none.

    An hour in two channels takes some 0.7 GB while it is read. Two channels that hold the same sound are one.
    """
    import av
    import numpy as np
    from faster_whisper.audio import decode_audio

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise ConversationError(f"{path} holds no sound; expected a recording of a call")
            stream = container.streams.audio[0]
            n_channels = stream.codec_context.layout.nb_channels
            seconds = (container.duration or 0) / av.time_base
        if n_channels not in (1, 2):
            raise ConversationError(
                f"{path} has {n_channels} channels, expected one, or two with the rep on one and the customer on the other"
            )
        _check_length(seconds, path)
        decoded = decode_audio(str(path), RATE, split_stereo=n_channels == 2)
    except (av.error.FFmpegError, ValueError, IndexError, TypeError) as error:
        raise ConversationError(
            f"{path} cannot be decoded as a recording: {' '.join(str(error).split())[:200]}; is it cut off, or of a kind "
            "that FFmpeg does not know? WAV, FLAC, MP3, M4A, Ogg and WebM are read"
        ) from error
    except OSError as error:
        raise ConversationError(f"cannot read {path}: {error.strerror}") from error
    channels = [np.ascontiguousarray(channel) for channel in (decoded if n_channels == 2 else [decoded])]
    if not channels[0].size:
        raise ConversationError(f"{path} is a recording of no length")
    _check_length(channels[0].size / RATE, path)
    if n_channels == 2 and np.array_equal(channels[0], channels[1]):
        return channels[:1]
    return channels


def _check_length(seconds: float, path: Path) -> None:
    if seconds > MAX_SECONDS:
        raise ConversationError(
            f"{path} lasts {seconds / 3600:.1f} hours, more than the limit of {MAX_SECONDS // 3600}; split it by call"
        )
