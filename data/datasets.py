"""Labelled conversations as a Hugging Face `datasets.Dataset`, one row a conversation and rater, and back without loss.

The only module of the room that imports the `datasets` library, which is heavy: readers and labels do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datasets import Dataset, Features, List, Value
from pydantic import ValidationError

from data.readers.foursignal_json import describe
from rubric.conversation import Conversation
from rubric.errors import DataError, refuse
from rubric.spans import Labelled, Rating, find_faults

FEATURES = Features(
    {
        "id": Value("string"),
        "language": Value("string"),
        "kind": Value("string"),
        "trade": Value("string"),
        "times": Value("string"),
        "rater": Value("string"),
        "turns": List(
            {
                "speaker": Value("string"),
                "role": Value("string"),
                "text": Value("string"),
                "start": Value("float64"),
                "end": Value("float64"),
            }
        ),
        "spans": List(
            {
                "turn": Value("int32"),
                "start": Value("int32"),
                "end": Value("int32"),
                "label": Value("string"),
                "id": Value("string"),
                "refers_to": List(Value("string")),
                "probability": Value("float64"),
            }
        ),
    }
)


def to_dataset(labelled: Sequence[Labelled]) -> Dataset:
    """A Dataset with `FEATURES`: nested turns and spans, None where a conversation, turn or span has no value."""
    rows = [
        item.conversation.model_dump()
        | {"rater": item.rating.rater, "spans": [span.model_dump(mode="json") for span in item.rating.spans]}
        for item in labelled
    ]
    return Dataset.from_dict({name: [row[name] for row in rows] for name in FEATURES}, features=FEATURES)


def from_dataset(dataset: Dataset) -> list[Labelled]:
    """The labelled conversations of a Dataset that `to_dataset` made; raise DataError with the faults of every row."""
    missing = [name for name in FEATURES if name not in dataset.column_names]
    if missing:
        raise DataError(f"the dataset lacks the columns {', '.join(missing)}; expected those of data.datasets.FEATURES")
    labelled: list[Labelled] = []
    faults: list[str] = []
    for number, row in enumerate(dataset):
        item = _labelled(row, f"row {number}: ", faults)
        if item is not None:
            labelled.append(item)
    refuse(DataError, "the dataset", faults)
    return labelled


def _labelled(row: dict[str, Any], where: str, faults: list[str]) -> Labelled | None:
    try:
        conversation = Conversation.model_validate({key: row[key] for key in Conversation.model_fields})
        rating = Rating(conversation=row["id"], rater=row["rater"], spans=row["spans"])
    except ValidationError as error:
        faults += [where + fault for fault in describe(error, {})]
        return None
    faults += [where + fault for fault in find_faults(conversation, rating.spans)]
    return Labelled(conversation, rating)
