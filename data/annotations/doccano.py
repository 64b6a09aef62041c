"""doccano: JSONL of a sequence-labelling project with relations, one document a line.

A line has `text`, `entities` (`id`, `start_offset`, `end_offset`, `label`) and `relations` (`from_id`, `to_id`, `type`),
or `label` with `[start, end, label]` as projects without relations have it. Every other key is kept by doccano as
metadata and comes back in its export: `foursignal` carries the rater, ids and probabilities there, for which doccano has
no place. Offsets are code points; a project that counts grapheme clusters must not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import Field

from data.annotations.collection import Collection, Hints
from data.annotations.document import excerpt, lay_out, read_document
from data.annotations.jsonl import AUTHOR
from data.annotations.marks import COLOURS, LINK_MEANINGS, Link, Mark, links_of, spans_of
from data.readers.vendor_json import Shape
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled

EXPECTED = "doccano's JSONL, a document a line with `text`, `entities` and `relations`"


class _Entity(Shape):
    id: str | None = None
    start_offset: int
    end_offset: int
    label: str


class _Relation(Shape):
    from_id: str
    to_id: str
    type: str = ""


class _Kept(Shape):
    """What doccano has no place for, of the span at these offsets."""

    start_offset: int
    end_offset: int
    label: str
    id: str | None = None
    probability: float | None = None


class _Metadata(Shape):
    rater: str = AUTHOR
    spans: tuple[_Kept, ...] = ()


class _Document(Shape):
    id: str | None = None
    text: str
    entities: tuple[_Entity, ...] | None = None
    label: tuple[tuple[int, int, str], ...] | None = None
    labels: tuple[tuple[int, int, str], ...] | None = None
    relations: tuple[_Relation, ...] = ()
    foursignal: _Metadata = Field(default_factory=_Metadata)


def looks_like(raw: Any) -> bool:
    """Whether the plain data of a line is a document of doccano."""
    held = isinstance(raw, dict) and "text" in raw and any(key in raw for key in ("entities", "label", "labels"))
    return held and "utterances" not in raw  # AssemblyAI's transcripts have both `text` and `entities`


def parse(text: str, name: str, hints: Hints) -> list[Labelled]:
    """Each document's labels; raise LabelError with every fault and its line."""
    collection = Collection(name)
    for where, raw in collection.objects(text):
        document = collection.validate(_Document, raw, where)
        if document:
            _read(document, where, hints, collection)
    return collection.done(EXPECTED)


def render(labelled: Iterable[Labelled]) -> str:
    """Labelled conversations as doccano imports and exports them, a line a conversation and rater."""
    lines = []
    for item in labelled:
        document = lay_out(item.conversation)
        entities, kept = [], []
        for index, span in enumerate(item.rating.spans):
            start, end = document.place(span.turn, span.start, span.end)
            place = {"start_offset": start, "end_offset": end, "label": str(span.label)}
            entities.append({"id": index} | place)
            extra = {"id": span.id, "probability": span.probability}
            if any(value is not None for value in extra.values()):
                kept.append(place | {key: value for key, value in extra.items() if value is not None})
        relations = [
            {"id": number, "from_id": source, "to_id": target, "type": kind}
            for number, (source, target, kind) in enumerate(links_of(item.rating.spans))
        ]
        lines.append(
            {
                "text": document.text,
                "entities": entities,
                "relations": relations,
                "foursignal": {"rater": item.rating.rater, "spans": kept},
            }
        )
    return _dump(lines)


def tasks(conversations: Iterable[Conversation]) -> str:
    """Conversations to be labelled, as doccano imports them into a sequence-labelling project."""
    return _dump(
        [{"text": lay_out(conversation).text, "entities": [], "relations": []} for conversation in conversations]
    )


def span_types() -> str:
    """The project's span types, as its page "Labels" imports them."""
    return _types({str(label): colour for label, colour in COLOURS.items()})


def relation_types() -> str:
    """The project's relation types, as its page "Labels" imports them."""
    return _types(dict.fromkeys(LINK_MEANINGS, "#555555"))


def _read(raw: _Document, where: str, hints: Hints, collection: Collection) -> None:
    try:
        document = read_document(raw.text, where, f"{'doccano-' + raw.id if raw.id else where}", hints)
    except LabelError as error:
        collection.faults.append(str(error))
        return
    triples = raw.label or raw.labels or ()
    entities = [
        *(raw.entities or ()),
        *(_Entity(start_offset=start, end_offset=end, label=label) for start, end, label in triples),
    ]
    kept = {(span.start_offset, span.end_offset): span for span in raw.foursignal.spans}
    marks: list[Mark] = []
    faulty: set[str] = set()
    for index, entity in enumerate(entities):
        key = f"entity {index}" if entity.id is None else entity.id
        place = document.locate(entity.start_offset, entity.end_offset)
        if place is None:
            words = excerpt(raw.text, entity.start_offset, entity.end_offset)
            called = f"{entity.label} at characters {entity.start_offset} to {entity.end_offset}"
            collection.fault(where, f"{called}, {words}: expected words of one turn, without its beginning `R: `")
            faulty.add(key)
            continue
        extra = kept.get((entity.start_offset, entity.end_offset))
        own, probability = (extra.id, extra.probability) if extra and extra.label == entity.label else (None, None)
        marks.append(Mark(key, *place, entity.label, own, probability))
    links = [Link(r.from_id, r.to_id) for r in raw.relations if not {r.from_id, r.to_id} & faulty]
    spans, faults = spans_of(marks, links)
    for found in faults:
        collection.fault(where, found)
    collection.add(where, document.conversation, raw.foursignal.rater, spans)


def _types(colours: dict[str, str]) -> str:
    held = [{"text": text, "background_color": colour, "text_color": "#ffffff"} for text, colour in colours.items()]
    return json.dumps(held, indent=1) + "\n"


def _dump(lines: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
