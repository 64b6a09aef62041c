"""Call-playbook: snippets of real business calls, each labelled for one of five things that a seller listens for.

A label holds for a whole snippet and says nothing of where in it, so snippets are read as they are. Goals, pains and
criteria of the buyer are what the codebook calls needs; who decides, and how, has no counterpart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from data.corpora.source import Source, read_rows
from data.readers import call_playbook as snippet_text
from data.readers.draft import Draft
from rubric.codebook import Label
from rubric.errors import ConversationError, DataError, refuse

SOURCE = Source(
    name="Call-playbook",
    licence="MIT; the files are given after accepting the conditions on the data set's page",
    citation="Rotman et al., Distilling Examples into Task Instructions: Enhanced In-Context Learning for Real-World "
    "B2B Conversations, Findings of ACL 2026",
    url="https://huggingface.co/datasets/gong-io-research/call-playbook",
    file="<task>/train.csv or <task>/test.csv",
)
COVERS = frozenset({Label.NEED})
HUB = "gong-io-research/call-playbook"
# Each task, and what of the codebook a positive snippet holds.
TASKS: dict[str, Label | None] = {
    "business_goals": Label.NEED,
    "decision_criteria": Label.NEED,
    "decision_makers": None,
    "decision_making_process": None,
    "pain_points": Label.NEED,
}
_COLUMNS = ("id", "text", "label")


@dataclass(frozen=True)
class Snippet:
    """A stretch of a call with the sides of its speakers. label: what it holds where `positive`, None where the
    codebook has no such label."""

    id: str
    task: str
    draft: Draft
    positive: bool
    label: Label | None


def read(path: Path) -> list[Snippet]:
    """The snippets of one CSV file, whose folder is called like its task; raise DataError with every fault."""
    task = path.resolve().parent.name
    if task not in TASKS:
        raise DataError(
            f"{path}: expected its folder to be called like the task, one of {', '.join(TASKS)}, found {task!r}"
        )
    return _snippets(task, read_rows(path, _COLUMNS, SOURCE), str(path))


def load(task: str, split: str = "train") -> list[Snippet]:
    """The snippets of a task from the hub; raise DataError where the task is unknown or the hub cannot be reached."""
    if task not in TASKS:
        raise DataError(f"unknown task {task!r}, expected one of: {', '.join(TASKS)}")
    from datasets import load_dataset

    try:
        rows = load_dataset(HUB, task, split=split)
    except Exception as error:  # the hub's client raises many classes of its own
        raise DataError(
            f"cannot load {HUB} ({task}, {split}): {type(error).__name__}; accept the conditions at {SOURCE.url} and "
            f"log in with `hf auth login`, or fetch {SOURCE.file} there and read the file"
        ) from error
    numbered = ((f"row {number}: ", {key: str(row[key]) for key in _COLUMNS}) for number, row in enumerate(rows))
    return _snippets(task, numbered, f"{HUB}/{task}")


def group_of(snippet_id: str) -> str:
    """Every snippet is a group of its own: the source does not say which call it is from."""
    return snippet_id


def _snippets(task: str, rows: Iterable[tuple[str, Mapping[str, str]]], name: str) -> list[Snippet]:
    snippets: list[Snippet] = []
    faults: list[str] = []
    for where, row in rows:
        if row["label"] not in ("0", "1"):
            faults.append(f"{where}label: expected 0 or 1, found {row['label']!r}")
            continue
        try:
            (draft,) = snippet_text.read(row["text"], f"{where}text")
        except ConversationError as error:
            faults.append(str(error))
            continue
        snippets.append(Snippet(f"{task}-{row['id']}", task, draft, row["label"] == "1", TASKS[task]))
    refuse(DataError, name, faults)
    return snippets
