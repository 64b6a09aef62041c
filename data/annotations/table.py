"""Labels as a CSV table, a span a row; the conversations' text lies elsewhere.

Columns: `conversation`, `turn` (from 0), `start`, `end`, `label`, and where there are any `rater`, `id`, `refers_to` (ids,
a space between), `probability` and `text`, which must be what the turn reads there. A row with only a conversation and a
rater says that nothing was marked.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from data.annotations.collection import Collection, Hints
from data.annotations.document import excerpt, same_words
from data.annotations.jsonl import AUTHOR
from data.readers.foursignal_json import describe
from rubric.errors import LabelError
from rubric.spans import Labelled, Span

NEEDED = ("conversation", "turn", "start", "end", "label")
COLUMNS = ("conversation", "rater", "turn", "start", "end", "label", "id", "refers_to", "probability", "text")


def looks_like(text: str) -> bool:
    """Whether a text's first line names the columns."""
    return set(NEEDED) <= set(_columns(text))


def parse(text: str, name: str, hints: Hints) -> list[Labelled]:
    """The labels of a table, of the conversations in `hints`; raise LabelError with every fault and its line."""
    columns = _columns(text)
    if not set(NEEDED) <= set(columns) or set(columns) - set(COLUMNS) or len(set(columns)) < len(columns):
        raise LabelError(
            f"{name}: expected the columns {', '.join(NEEDED)}, and maybe "
            f"{', '.join(column for column in COLUMNS if column not in NEEDED)}, each once, found {', '.join(columns)}"
        )
    if not hints.conversations:
        raise LabelError(f"{name} holds labels without text; give the conversations that they are of (--conversations)")
    collection = Collection(name)
    spans: dict[tuple[str, str], list[Span]] = {}
    first: dict[tuple[str, str], str] = {}
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True, restval="")
    try:
        for row in reader:
            where = f"line {reader.line_num}"
            if None in row:
                collection.fault(where, f"expected {len(columns)} cells, found {len(columns) + len(row[None])}")
                continue
            key = (row["conversation"], row.get("rater") or AUTHOR)
            if key[0] not in hints.conversations:
                collection.fault(
                    where, f"no conversation has the id {key[0]!r}; give the conversations that were rated"
                )
                continue
            held = spans.setdefault(key, [])
            first.setdefault(key, where)
            if any(row[column] for column in NEEDED[1:]):
                span = _span(row, where, hints, collection)
                held += [span] if span else []
    except csv.Error as error:
        collection.fault(f"line {reader.line_num}", f"not CSV: {error}")
    for (conversation, rater), held in spans.items():
        where = f"{conversation} by {rater}, from {first[conversation, rater]} on"
        collection.add(where, hints.conversations[conversation], rater, held)
    return collection.done("a row for each span")


def render(labelled: Iterable[Labelled]) -> str:
    """The labels as a table with all columns."""
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for item in labelled:
        named = {"conversation": item.conversation.id, "rater": item.rating.rater}
        writer.writerows([named | _row(item, span) for span in item.rating.spans] or [named])
    return target.getvalue()


def _row(item: Labelled, span: Span) -> dict[str, Any]:
    return {
        "turn": span.turn,
        "start": span.start,
        "end": span.end,
        "label": str(span.label),
        "id": span.id or "",
        "refers_to": " ".join(span.refers_to),
        "probability": "" if span.probability is None else repr(span.probability),
        "text": item.conversation.turns[span.turn].text[span.start : span.end],
    }


def _columns(text: str) -> list[str]:
    line = text.partition("\n")[0].rstrip("\r")
    try:
        return next(csv.reader([line], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []


def _delimiter(text: str) -> str:
    """Comma, or what spreadsheets of other countries write: semicolon or tab."""
    line = text.partition("\n")[0]
    return max((",", ";", "\t"), key=line.count)


def _span(row: dict[str, str], where: str, hints: Hints, collection: Collection) -> Span | None:
    try:
        span = Span.model_validate(
            {column: row[column] for column in NEEDED[1:]}
            | {
                "id": row.get("id") or None,
                "refers_to": (row.get("refers_to") or "").split(),
                "probability": row.get("probability") or None,
            }
        )
    except ValidationError as error:
        for fault in describe(error, {}):
            collection.fault(where, fault)
        return None
    turns = hints.conversations[row["conversation"]].turns
    if not row.get("text") or span.turn >= len(turns):
        return span
    said = turns[span.turn].text[span.start : span.end]
    if not same_words(row["text"], said):
        collection.fault(
            where,
            f"the text is {excerpt(row['text'], 0, 80)}, but characters {span.start} to {span.end} of turn {span.turn} "
            f"read {excerpt(said, 0, 80)}",
        )
    return span
