"""A recording's sound: its channels at 16,000 samples a second, decoded with PyAV, which brings FFmpeg along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def channels_of(path: Path) -> list[NDArray[np.int16]]:
    """The channels of a recording, one or two of (n_samples,), left first; ConversationError where it has others or none.

    Two channels that hold the same sound are one. An hour takes 0.12 GB a channel, and never more than the limit's
    length is decoded, whatever the file says of itself.
    """
    import av
    import numpy as np

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            if not container.streams.audio:
                raise ConversationError(f"{path} holds no sound; expected a recording of a call")
            n_channels = container.streams.audio[0].codec_context.layout.nb_channels
            if n_channels not in (1, 2):
                raise ConversationError(
                    f"{path} has {n_channels} channels, expected one, or two with the rep on one and the customer on the "
                    "other"
                )
            _check_length((container.duration or 0) / av.time_base, path)
            decoded = _decoded(container, n_channels, path)
    except (av.error.FFmpegError, ValueError, IndexError, TypeError) as error:
        if isinstance(error, OSError) and isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
            raise ConversationError(f"cannot read {path}: {error.strerror}") from error
        raise ConversationError(
            f"{path} cannot be decoded as a recording: {' '.join(str(error).split())[:200]}; is it cut off, or of a kind "
            "that FFmpeg does not know? WAV, FLAC, MP3, M4A, Ogg and WebM are read"
        ) from error
    samples = np.frombuffer(decoded, np.int16).reshape(-1, n_channels)
    if not samples.size:
        raise ConversationError(f"{path} is a recording of no length")
    if n_channels == 2 and np.array_equal(samples[:, 0], samples[:, 1]):
        return [samples[:, 0]]
    return [samples[:, channel] for channel in range(n_channels)]


def _decoded(container: Any, n_channels: int, path: Path) -> bytearray:
    """All samples, those of the channels side by side, two bytes each."""
    import av

    resampler = av.AudioResampler(format="s16", layout="mono" if n_channels == 1 else "stereo", rate=RATE)
    decoded = bytearray()
    frames = container.decode(audio=0)
    more = True
    while more:
        try:
            frame = next(frames, None)
        except av.error.InvalidDataError:
            continue  # a damaged frame is passed over, as players do
        more = frame is not None
        if frame is not None:
            frame.pts = None  # a gap in the time stamps would else be an error
        for piece in resampler.resample(frame):
            decoded += piece.to_ndarray().tobytes()
        _check_length(len(decoded) / (2 * n_channels * RATE), path)
    return decoded


def _check_length(seconds: float, path: Path) -> None:
    if seconds > MAX_SECONDS:
        raise ConversationError(
            f"{path} lasts {seconds / 3600:.1f} hours, more than the limit of {MAX_SECONDS // 3600}; split it by call"
        )
