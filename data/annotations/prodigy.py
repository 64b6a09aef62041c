"""Prodigy: JSONL of its `spans.manual` and `rel.manual` interfaces, as `db-out` writes and recipes read it.

A line has `text`, `tokens`, `spans` (`start`, `end`, `label`, `token_start`, `token_end`), `relations` (with `head_span`
and `child_span`), `answer` and `_annotator_id`. Spans keep the extra keys `id` and `probability`. Offsets are code points.
https://prodi.gy/docs/api-interfaces
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from data.annotations.collection import Collection, Hints
from data.annotations.document import Document, excerpt, lay_out, read_document, tokens
from data.annotations.jsonl import AUTHOR
from data.annotations.marks import Link, Mark, links_of, spans_of
from data.readers.vendor_json import Shape
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Span

EXPECTED = "Prodigy's JSONL, an accepted task a line with `text`, `spans` and `relations`"


class _Region(Shape):
    start: int
    end: int
    label: str | None = None
    id: str | None = None
    probability: float | None = None


class _Relation(Shape):
    head_span: _Region
    child_span: _Region


class _Task(Shape):
    text: str
    spans: tuple[_Region, ...] = ()
    relations: tuple[_Relation, ...] = ()
    answer: Literal["accept", "reject", "ignore"] = "accept"
    annotator: str | None = None
    session: str | None = None


def looks_like(raw: Any) -> bool:
    """Whether the plain data of a line is a task of Prodigy."""
    return isinstance(raw, dict) and "text" in raw and any(key in raw for key in ("spans", "tokens"))


def parse(text: str, name: str, hints: Hints) -> list[Labelled]:
    """The labels of every accepted task; raise LabelError with every fault and its line."""
    collection = Collection(name)
    for where, raw in collection.objects(text):
        if isinstance(raw, dict):
            raw = {**raw, "annotator": raw.get("_annotator_id"), "session": raw.get("_session_id")}
        task = collection.validate(_Task, raw, where)
        if task and task.answer == "accept":
            _read(task, where, hints, collection)
    return collection.done(EXPECTED)


def render(labelled: Iterable[Labelled]) -> str:
    """Labelled conversations as Prodigy's tasks, a line a conversation and rater."""
    lines = []
    for item in labelled:
        named = {"_annotator_id": item.rating.rater, "_session_id": item.rating.rater}
        lines.append(_task(lay_out(item.conversation), item.rating.spans) | {"answer": "accept"} | named)
    return _dump(lines)


def tasks(conversations: Iterable[Conversation]) -> str:
    """Conversations to be labelled with `prodigy rel.manual`, tokens given."""
    return _dump(_task(lay_out(conversation), ()) for conversation in conversations)


def _read(task: _Task, where: str, hints: Hints, collection: Collection) -> None:
    try:
        document = read_document(task.text, where, f"prodigy-{where.removeprefix('line ')}", hints)
    except LabelError as error:
        collection.faults.append(str(error))
        return
    marks: list[Mark] = []
    faulty: set[str] = set()
    for region in task.spans:
        place = document.locate(region.start, region.end)
        if place is None or region.label is None:
            words = excerpt(task.text, region.start, region.end)
            called = f"{region.label or 'a span without a label'} at characters {region.start} to {region.end}, {words}"
            collection.fault(where, f"{called}: expected a label, and words of one turn without its beginning `R: `")
            faulty.add(_key(region))
        else:
            marks.append(Mark(_key(region), *place, region.label, region.id, region.probability))
    links = [
        Link(_key(relation.head_span), _key(relation.child_span))
        for relation in task.relations
        if not {_key(relation.head_span), _key(relation.child_span)} & faulty
    ]
    spans, faults = spans_of(marks, links)
    for found in faults:
        collection.fault(where, found)
    collection.add(where, document.conversation, task.annotator or task.session or AUTHOR, spans)


def _key(region: _Region) -> str:
    return f"characters {region.start} to {region.end}"


def _task(document: Document, spans: Sequence[Span]) -> dict[str, Any]:
    """One task; tokens end where spans do, since Prodigy lets a span begin and end at tokens only."""
    places = [document.place(span.turn, span.start, span.end) for span in spans]
    pieces = tokens(document.text, places)
    starts, ends = [start for start, _ in pieces], [end for _, end in pieces]
    regions: list[dict[str, Any]] = []
    for span, (start, end) in zip(spans, places, strict=True):
        region = {
            "start": start,
            "end": end,
            "token_start": bisect_left(starts, start),
            "token_end": bisect_right(ends, end) - 1,
            "label": str(span.label),
        }
        extra = {"id": span.id, "probability": span.probability}
        regions.append(region | {key: value for key, value in extra.items() if value is not None})
    relations = [
        {
            "head": regions[source]["token_end"],
            "child": regions[target]["token_end"],
            "head_span": regions[source],
            "child_span": regions[target],
            "label": kind,
        }
        for source, target, kind in links_of(spans)
    ]
    held = [
        {
            "text": document.text[start:end],
            "start": start,
            "end": end,
            "id": index,
            "ws": document.text[end : end + 1] == " ",
        }
        for index, (start, end) in enumerate(pieces)
    ]
    return {"text": document.text, "tokens": held, "spans": regions, "relations": relations}


def _dump(lines: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
