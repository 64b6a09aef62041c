"""Conversations to be labelled, for the tools that people label in, each with its labelling interface.

A literal table: the files that each tool takes, by name. What comes back out of the tool, `read_labels` reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from data.annotations import brat, doccano, label_studio, markup, prodigy
from data.annotations.folder import write_files
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Rating

Files = Callable[[Sequence[Conversation]], dict[str, str]]


def _label_studio(conversations: Sequence[Conversation]) -> dict[str, str]:
    return {"tasks.json": label_studio.tasks(conversations), "labelling.xml": label_studio.labelling_configuration()}


def _doccano(conversations: Sequence[Conversation]) -> dict[str, str]:
    return {
        "tasks.jsonl": doccano.tasks(conversations),
        "span_types.json": doccano.span_types(),
        "relation_types.json": doccano.relation_types(),
    }


def _prodigy(conversations: Sequence[Conversation]) -> dict[str, str]:
    return {"tasks.jsonl": prodigy.tasks(conversations), "labels.txt": "\n".join(Label) + "\n"}


def _markup(conversations: Sequence[Conversation]) -> dict[str, str]:
    unlabelled = [Labelled(held, Rating(conversation=held.id, rater="author")) for held in conversations]
    return {"tasks.txt": markup.render(unlabelled)}


TOOLS: dict[str, Files] = {
    "label-studio": _label_studio,
    "doccano": _doccano,
    "prodigy": _prodigy,
    "brat": brat.tasks,
    "markup": _markup,
}


def write_tasks(folder: Path, tool: str, conversations: Sequence[Conversation]) -> list[Path]:
    """Write a tool's tasks into a new or empty folder; the files that were written.

    Raises LabelError where the tool is unknown, an id stands for two conversations, or the folder cannot be written.
    """
    if tool not in TOOLS:
        raise LabelError(f"unknown annotation tool {tool!r}, expected one of {', '.join(TOOLS)}")
    ids = [conversation.id for conversation in conversations]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise LabelError(f"the ids {', '.join(twice)} stand for several conversations; labels could not be told apart")
    files = TOOLS[tool](conversations)
    write_files(folder, files)
    return [folder / name for name in files]
