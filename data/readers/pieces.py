"""Files too large to read at once, in pieces of whole conversations: JSONL, tables of rows and ConvoKit's utterances.

A piece is what the format's own reader takes, so nothing but the cutting is here. Memory is bounded by the size of a
piece and the ids of the conversations met.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from data.readers import columns, convokit, limits
from data.readers.formats import detect
from data.readers.foursignal_json import LABEL_KEYS, load
from data.readers.source import Source, decode, open_source
from data.readers.tables import csv_header
from rubric.errors import ConversationError

PIECE_CHARACTERS = 4_000_000
HEAD_BYTES = 100_000
STREAMED = ("jsonl", "rows", "csv", "convokit")


@dataclass(frozen=True)
class Piece:
    """Whole conversations of a file. n_bytes: about as many of the file, for a progress bar."""

    source: Source
    format: str
    n_bytes: int


@dataclass(frozen=True)
class _Record:
    """A line, or a row of a table, with the id of its conversation, and where it stands."""

    text: str
    conversation: str
    line: int


def is_large(path: Path) -> bool:
    """Whether a file, or the utterances of a ConvoKit folder, is above the limit of what is read at once."""
    return _utterances(path).is_file() and large_size(path) > limits.MAX_BYTES


def large_size(path: Path) -> int:
    """The bytes that `pieces` will read."""
    return _utterances(path).stat().st_size


def pieces(path: Path, given: Mapping[str, str], format: str | None = None) -> Iterator[Piece]:
    """The pieces of a file in order. given: the caller's mapping of a table's columns.

    Raises ConversationError where the format is none of `STREAMED`, nothing tells its conversations apart, a
    conversation's rows do not stand together, or one conversation alone is larger than a piece.
    """
    file = _utterances(path)
    found, head = _format_of(file, given, format)
    if found == "csv":
        header, records = _csv_records(file, head, given)
    else:
        header, records = "", _json_records(file, found, given)
    beside = _beside(path, file)
    for text, line in _whole(records, file):
        content, name = (header + text).encode(), f"{file} from line {line} on"
        source = (
            Source(name, parts={file.name: content, **beside})
            if beside and found == "convokit"
            else Source(name, content, given)
        )
        yield Piece(source, found, len(content))


def _utterances(path: Path) -> Path:
    """The file itself; of a ConvoKit folder the one with the utterances."""
    if not path.is_dir():
        return path
    return next((path / name for name in convokit.UTTERANCES if (path / name).is_file()), path)


def _beside(path: Path, file: Path) -> dict[str, bytes]:
    """The speakers that lie beside a ConvoKit folder's utterances."""
    if file == path:
        return {}
    held = [path / name for name in convokit.SPEAKERS if (path / name).is_file()]
    return {speakers.name: open_source(speakers).data for speakers in held}


def _format_of(file: Path, given: Mapping[str, str], format: str | None) -> tuple[str, str]:
    """The format, given or told by the file's beginning, and that beginning."""
    try:
        with file.open("rb") as opened:
            content = opened.read(HEAD_BYTES)
    except OSError as error:
        raise ConversationError(f"cannot read {file}: {error.strerror}") from error
    head = decode(content[: content.rfind(b"\n") + 1], str(file))
    found = format or (detect(Source(str(file), head, given)) if head else "")
    if found not in STREAMED:
        raise ConversationError(
            f"{file} has {file.stat().st_size / 1e6:.1f} MB, more than the limit of {limits.MAX_BYTES / 1e6:.0f} MB for "
            f"{found or 'a text without lines'!r}; split it by conversation, or give it as one of {', '.join(STREAMED)}"
        )
    return found, head


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file, from 1, without ever holding more than one; one above the size limit is refused."""
    with file.open("rb") as opened:
        for line, content in enumerate(iter(lambda: opened.readline(limits.MAX_BYTES + 1), b""), start=1):
            yield line, decode(content, f"{file}, line {line}")


def _json_records(file: Path, format: str, given: Mapping[str, str]) -> Iterator[_Record]:
    id_of: Callable[[Any, int], str] | None = None
    for line, text in _lines(file):
        if not text.strip():
            continue
        try:
            item = load(text)
        except ValueError as error:
            raise ConversationError(f"{file}: line {line}: {error}") from error
        id_of = id_of or _id_of(item, format, given, file)
        yield _Record(text if text.endswith("\n") else f"{text}\n", id_of(item, line), line)


def _id_of(first: Any, format: str, given: Mapping[str, str], file: Path) -> Callable[[Any, int], str]:
    """Where a line's conversation is found, by the first line."""
    if format == "jsonl":
        if isinstance(first, dict) and not first.keys().isdisjoint(LABEL_KEYS):
            raise ConversationError(
                f"{file} holds labels and has {file.stat().st_size / 1e6:.1f} MB, more than the limit of "
                f"{limits.MAX_BYTES / 1e6:.0f} MB for them; split it"
            )
        return lambda _item, line: f"line {line}"
    if format == "convokit":
        return lambda item, _line: str(item.get("conversation_id", item.get("root"))) if isinstance(item, dict) else ""
    column = _conversation_column(list(first) if isinstance(first, dict) else [], given, file)
    return lambda item, _line: str(item.get(column, "")) if isinstance(item, dict) else ""


def _csv_records(file: Path, head: str, given: Mapping[str, str]) -> tuple[str, Iterator[_Record]]:
    found = csv_header(head, given)
    delimiter, names = found or (",", next(csv.reader([head.partition("\n")[0]]), []))
    at = names.index(_conversation_column(names, given, file))
    return _row(names, delimiter), _csv_rows(file, delimiter, at)


def _csv_rows(file: Path, delimiter: str, at: int) -> Iterator[_Record]:
    reader = csv.reader((text for _, text in _lines(file)), delimiter=delimiter, strict=True)
    try:
        next(reader, None)
        for row in reader:
            if any(cell.strip() for cell in row):
                conversation = row[at].strip() if at < len(row) else ""
                yield _Record(_row(row, delimiter), conversation, reader.line_num)
    except csv.Error as error:
        raise ConversationError(f"{file}: line {reader.line_num}: not CSV: {error}") from error


def _whole(records: Iterator[_Record], file: Path) -> Iterator[tuple[str, int]]:
    """The text of the records in pieces that end with a conversation, and the line each begins in."""
    ended: set[str] = set()
    for _, grouped in groupby(_gathered(records, file, ended), key=lambda held: held[0]):
        held = [conversation for _, conversation in grouped]
        yield "".join(record.text for conversation in held for record in conversation), held[0][0].line


def _gathered(records: Iterator[_Record], file: Path, ended: set[str]) -> Iterator[tuple[int, list[_Record]]]:
    """Each conversation's records, after the number of the piece it goes into."""
    number, size = 1, 0
    for name, grouped in groupby(records, key=lambda record: record.conversation):
        conversation: list[_Record] = []
        length = 0
        for record in grouped:
            conversation.append(record)
            length += len(record.text)
            if length > limits.MAX_BYTES:
                raise ConversationError(
                    f"{file}: conversation {name!r}, from line {conversation[0].line}, is larger than the limit of "
                    f"{limits.MAX_BYTES / 1e6:.0f} MB; is it one?"
                )
        if name in ended:
            raise ConversationError(
                f"{file}: line {conversation[0].line}: rows of conversation {name!r} stand further up already; a file of "
                "this size is read piece by piece, so sort it by conversation"
            )
        ended.add(name)
        if size and size + length > PIECE_CHARACTERS:
            number, size = number + 1, 0
        size += length
        yield number, conversation


def _row(cells: Iterable[str], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _conversation_column(names: list[str], given: Mapping[str, str], file: Path) -> str:
    of = columns.resolve(names, given, str(file))
    if "conversation" not in of:
        raise ConversationError(
            f"{file} has {file.stat().st_size / 1e6:.1f} MB and no column that tells its conversations apart; name it "
            "with --columns conversation=NAME, or split the file"
        )
    return of["conversation"]
