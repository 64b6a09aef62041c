"""Labels of either form, told apart by content: JSONL begins with an object, the written form with `@call`."""

from __future__ import annotations

from pathlib import Path

from data.annotations import jsonl, markup
from data.readers.read import decode, read_bytes
from rubric.spans import Labelled


def read_labels(path: Path) -> list[Labelled]:
    """The labelled conversations of a JSONL or markup file.

    Raises ConversationError or LabelError that list every fault of the file with its line.
    """
    text = decode(read_bytes(path), str(path))
    return markup.parse(text, str(path)) if is_markup(text) else jsonl.parse(text, str(path))


def is_markup(text: str) -> bool:
    return text.lstrip().startswith("@call")
