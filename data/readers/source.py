"""Source: what a reader is given, a file's bytes, a text, or the files of a folder or zip archive, within the limits."""

from __future__ import annotations

import codecs
import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from data.readers import limits
from data.readers.limits import check_size
from rubric.errors import ConversationError

ZIP = b"PK\x03\x04"
_FOREIGN = {
    ZIP: "a Word, Excel or zip file; save it as text, or unpack it first",
    b"%PDF": "a PDF; save the transcript as .vtt or plain text",
    b"RIFF": "a sound file; transcribe it first: python -m data convert",
    b"ID3": "a sound file; transcribe it first: python -m data convert",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
}
_OFFICE = {
    "word/document.xml": "a Word file; save the transcript as .vtt or plain text",
    "xl/workbook.xml": "an Excel file; save the sheet as CSV",
}
# What the standard library raises over a damaged archive: one of its own, and what its parser stumbles over.
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError, LookupError, struct.error)


@dataclass(frozen=True)
class Source:
    """What is to be read. name: how errors call it. columns: the caller's mapping of a table's columns.

    parts: the files of a folder or archive by their path in it; empty for a single file or text.
    """

    name: str
    content: bytes | str = b""
    columns: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def text(self) -> str:
        """The content as text; raise ConversationError where it is none."""
        return decode(self.content, self.name)

    @cached_property
    def data(self) -> bytes:
        """The content as bytes; half a character pair, which no text holds, becomes what `text` refuses."""
        return self.content if isinstance(self.content, bytes) else self.content.encode("utf-8", "surrogatepass")

    def part(self, *names: str) -> Source | None:
        """The first file of that name, wherever in the folder or archive it lies; None where there is none."""
        for path, content in self.parts.items():
            if PurePosixPath(path).name in names:
                return Source(f"{self.name}/{path}", content, self.columns)
        return None


def open_source(path: Path, columns: Mapping[str, str] | None = None) -> Source:
    """The source of a file or folder within the limits; raise ConversationError where it cannot be read."""
    try:
        if path.is_dir():
            return Source(str(path), parts=_files_of(path), columns=columns or {})
        return source_of(read_bytes(path), str(path), columns)
    except OSError as error:
        raise ConversationError(f"cannot read {path}: {error.strerror}") from error


def source_of(content: bytes | str, name: str, columns: Mapping[str, str] | None = None) -> Source:
    """The source of bytes or text within the limits, a zip archive unpacked; raise ConversationError where it is bad."""
    check_size(len(content), name)
    if isinstance(content, bytes) and content.startswith(ZIP):
        return Source(name, parts=_unpacked(content, name), columns=columns or {})
    return Source(name, content, columns or {})


def read_bytes(path: Path) -> bytes:
    """The bytes of a file within the size limit; raise ConversationError where there is none."""
    try:
        check_size(path.stat().st_size, str(path))
        return path.read_bytes()
    except OSError as error:
        raise ConversationError(f"cannot read {path}: {error.strerror}") from error


def decode(content: str | bytes, name: str) -> str:
    """Text without its byte order mark; raise ConversationError that names the first byte that is not UTF-8."""
    check_size(len(content), name)
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    for magic, what in _FOREIGN.items():
        if content.startswith(magic):
            raise ConversationError(f"{name} is {what}")
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConversationError(
            f"{name}: expected UTF-8 text, found the byte 0x{content[error.start]:02x} at offset {error.start}; "
            "save it as UTF-8"
        ) from error


def _files_of(folder: Path) -> dict[str, bytes]:
    """The files right in a folder by name; hidden ones are passed over."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".")]
    _check_count(len(files), str(folder))
    check_size(sum(path.stat().st_size for path in files), str(folder))
    return {path.name: path.read_bytes() for path in files}


def _unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """The files of a zip archive by path; never more than the size limit is unpacked, whatever its directory says."""
    parts: dict[str, bytes] = {}
    n_bytes = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_count(len(entries), name)
            for path, what in _OFFICE.items():
                if any(entry.filename == path for entry in entries):
                    raise ConversationError(f"{name} is {what}")
            for entry in entries:
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError("other than deflated")  # the others cannot be unpacked by pieces of bounded size
                with archive.open(entry) as file:
                    unpacked = file.read(limits.MAX_BYTES - n_bytes + 1)
                n_bytes += len(unpacked)
                check_size(n_bytes, f"{name}, unpacked,")
                parts[entry.filename] = unpacked
    except _BAD_ZIP as error:
        raise ConversationError(f"{name} is a zip archive that cannot be unpacked: {error}; pack it anew") from error
    return parts


def _check_count(n_files: int, name: str) -> None:
    if n_files > limits.MAX_PARTS:
        raise ConversationError(
            f"{name} holds {n_files:,} files, more than the limit of {limits.MAX_PARTS:,}; split it"
        )
