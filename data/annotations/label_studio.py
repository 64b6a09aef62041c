"""Label Studio: its import tasks, its labelling configuration, and its JSON export with any number of annotators.

A conversation is a Paragraphs object with `nameKey="speaker"` and `textKey="text"`; a span a paragraph label, a reference
a relation, an id the region's text `span_id`. Label Studio counts characters as JavaScript does, in UTF-16 units
(`Range.toString().length` in its HtxParagraphs), so that an emoji is two; a region's `text` shows where one does not.
https://labelstud.io/guide/task_format
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any
from xml.etree import ElementTree

from pydantic import Field, ValidationError

from data.annotations.collection import Collection, Hints
from data.annotations.document import excerpt, same_words
from data.annotations.jsonl import AUTHOR
from data.annotations.marks import COLOURS, LINK_MEANINGS, Link, Mark, links_of, spans_of
from data.readers.foursignal_json import describe, load, plain
from data.readers.vendor_json import Shape
from rubric.codebook import CODEBOOK
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Span

DIALOGUE = "dialogue"
SPAN_ID = "span_id"
EXPECTED = "Label Studio's JSON export, a list of tasks with `data` and `annotations`"


class _Value(Shape):
    start: int | None = None
    end: int | None = None
    start_offset: int | None = Field(default=None, alias="startOffset")
    end_offset: int | None = Field(default=None, alias="endOffset")
    text: str | list[str] | None = None
    paragraphlabels: tuple[str, ...] | None = None


class _Result(Shape):
    type: str
    id: str | None = None
    value: _Value | None = None
    from_id: str | None = None
    to_id: str | None = None
    score: float | None = None


class _Annotation(Shape):
    completed_by: Any = None
    result: tuple[_Result, ...] = ()
    was_cancelled: bool = False


class _Turn(Shape):
    speaker: str | None = None
    author: str | None = None
    role: str | None = None
    text: str
    start: float | None = None
    end: float | None = None


class _Data(Shape):
    conversation: str | None = None
    language: str | None = None
    kind: str | None = None
    trade: str | None = None
    times: str | None = None
    dialogue: tuple[_Turn, ...]


class _Task(Shape):
    id: str | None = None
    data: _Data
    annotations: tuple[_Annotation, ...] = ()


def looks_like(raw: Any) -> bool:
    """Whether plain data is a task of a dialogue, or a list of them."""
    first = raw[0] if isinstance(raw, list) and raw else raw
    return isinstance(first, dict) and isinstance(first.get("data"), dict) and DIALOGUE in first["data"]


def parse(text: str, name: str, hints: Hints) -> list[Labelled]:
    """Every annotation of every task, each annotator a rater; skipped ones and predictions are left out.

    Raises LabelError with every fault by task and annotator.
    """
    try:
        raw = load(text)
    except ValueError as error:
        raise LabelError(f"{name}: {error}") from error
    collection = Collection(name)
    for number, item in enumerate(raw if isinstance(raw, list) else [raw], start=1):
        known = item.get("id") if isinstance(item, dict) else None
        where = f"task {known}" if known is not None else f"item {number}"
        task = collection.validate(_Task, item, where)
        conversation = _conversation(task, number, where, hints, collection) if task else None
        if task is None or conversation is None:
            continue
        for annotation in task.annotations:
            if not annotation.was_cancelled:
                rater = _rater(annotation.completed_by)
                _read(annotation, conversation, rater, f"{where}, annotation by {rater}", collection)
    return collection.done(f"at least one annotation in {EXPECTED}")


def render(labelled: Iterable[Labelled]) -> str:
    """Labelled conversations as Label Studio exports them, a task a conversation and an annotation a rater.

    Imported as it is, each rater must be a member of the project, known by this name.
    """
    tasks: dict[str, dict[str, Any]] = {}
    for item in labelled:
        task = tasks.setdefault(item.conversation.id, _blank(item.conversation) | {"annotations": []})
        task["annotations"].append(
            {"completed_by": {"email": item.rating.rater}, "result": _results(item.conversation, item.rating.spans)}
        )
    return _dump(list(tasks.values()))


def tasks(conversations: Iterable[Conversation]) -> str:
    """Conversations to be labelled, as Label Studio imports them."""
    return _dump([_blank(conversation) for conversation in conversations])


def labelling_configuration() -> str:
    """The project's labelling interface: the codebook's labels with their definitions as hints, and the relations."""
    view = ElementTree.Element("View")
    labels = ElementTree.SubElement(view, "ParagraphLabels", name="label", toName=DIALOGUE, choice="single")
    for label, definition in CODEBOOK.items():
        hint = f"{definition.role}: {definition.meaning} Not: {definition.is_not}"
        ElementTree.SubElement(labels, "Label", value=str(label), background=COLOURS[label], hint=hint)
    relations = ElementTree.SubElement(view, "Relations")
    for kind in LINK_MEANINGS:
        ElementTree.SubElement(relations, "Relation", value=kind)
    ElementTree.SubElement(
        view,
        "TextArea",
        name=SPAN_ID,
        toName=DIALOGUE,
        perRegion="true",
        maxSubmissions="1",
        placeholder="N1, O1 ... (may stay empty: relations give the ids)",
    )
    ElementTree.SubElement(
        view, "Paragraphs", name=DIALOGUE, value=f"${DIALOGUE}", layout="dialogue", nameKey="speaker", textKey="text"
    )
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _conversation(task: _Task, number: int, where: str, hints: Hints, collection: Collection) -> Conversation | None:
    turns: list[dict[str, Any]] = []
    for index, turn in enumerate(task.data.dialogue):
        speaker = turn.speaker or turn.author
        role = turn.role or (speaker and hints.role_of(speaker))
        if not speaker or not role:
            missing = "a speaker" if not speaker else f"the role of {speaker!r} (say who sells: rep)"
            collection.fault(where, f"turn {index} lacks {missing}")
            return None
        turns.append({"speaker": speaker, "role": role, "text": turn.text, "start": turn.start, "end": turn.end})
    language = task.data.language or hints.language_of(turn.text for turn in task.data.dialogue)
    if language is None:
        collection.fault(where, "cannot tell the language; give it as an ISO 639 code, such as en")
        return None
    try:
        return Conversation.model_validate(
            {
                "id": task.data.conversation or f"task-{task.id or number}",
                "language": language,
                "kind": task.data.kind,
                "trade": task.data.trade,
                "times": task.data.times,
                "turns": turns,
            }
        )
    except ValidationError as error:
        for found in describe(error, {}):
            collection.fault(where, found)
        return None


def _rater(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        completed_by = next((completed_by[key] for key in ("email", "username", "id") if completed_by.get(key)), None)
    return AUTHOR if completed_by is None else str(completed_by)


def _read(annotation: _Annotation, conversation: Conversation, rater: str, where: str, collection: Collection) -> None:
    marks: list[Mark] = []
    ids = {
        result.id: result.value.text[0].strip()
        for result in annotation.result
        if result.type == "textarea" and result.value and isinstance(result.value.text, list) and result.value.text
    }
    for number, result in enumerate(annotation.result):
        if result.value is None or result.value.paragraphlabels is None:
            continue
        mark = _mark(result, result.value, number, conversation, ids, where, collection)
        if mark:
            marks.append(mark)
    faulty = {result.id for result in annotation.result if result.value} - {mark.key for mark in marks}
    links = [
        Link(result.from_id, result.to_id)
        for result in annotation.result
        if result.type == "relation" and result.from_id and result.to_id
        if not {result.from_id, result.to_id} & faulty
    ]
    spans, faults = spans_of(marks, links)
    for found in faults:
        collection.fault(where, found)
    collection.add(where, conversation, rater, spans)


def _mark(
    result: _Result,
    value: _Value,
    number: int,
    conversation: Conversation,
    ids: dict[str | None, str],
    where: str,
    collection: Collection,
) -> Mark | None:
    """The region as a mark, its UTF-16 offsets as code points; None where it fits no turn, which becomes a fault."""
    turn, start, end = value.start, value.start_offset, value.end_offset
    labels = value.paragraphlabels or ()
    called = f"region {result.id or number} ({', '.join(labels) or 'without a label'})"
    if turn is None or start is None or end is None:
        collection.fault(where, f"{called}: expected start, end, startOffset and endOffset")
    elif len(labels) != 1:
        collection.fault(where, f"{called}: expected one label a region, found {len(labels)}")
    elif value.end not in (None, turn):
        collection.fault(
            where, f"{called}: reaches from turn {turn} into turn {value.end}; a span lies inside one turn"
        )
    elif not 0 <= turn < len(conversation.turns):
        collection.fault(
            where, f"{called}: lies in turn {turn}, the conversation has 0 to {len(conversation.turns) - 1}"
        )
    else:
        text = conversation.turns[turn].text
        shown = value.text if isinstance(value.text, str) else None
        start, end = _code_points(text, start, end, shown)
        if shown is None or same_words(text[max(0, start) : max(0, end)], shown):
            return Mark(
                result.id or f"region {number}", turn, start, end, labels[0], ids.get(result.id) or None, result.score
            )
        collection.fault(
            where, f"{called}: marks {excerpt(shown, 0, 80)}, but there turn {turn} reads {excerpt(text, start, end)}"
        )
    return None


def _code_points(text: str, start: int, end: int, shown: str | None) -> tuple[int, int]:
    """UTF-16 offsets as code points; as they are where only so they fit the text that the region shows."""
    if text.isascii():
        return start, end
    units = _unit_starts(text)
    if not 0 <= start <= end <= units[-1]:
        return start, end
    found = bisect_left(units, start), bisect_left(units, end)
    if shown is None or same_words(text[found[0] : found[1]], shown) or not same_words(text[start:end], shown):
        return found
    return start, end


@lru_cache(maxsize=8)
def _unit_starts(text: str) -> list[int]:
    """(n + 1,) the UTF-16 units before each character, and all of them; a turn's regions come one after the other."""
    return list(accumulate((1 + (character > "\uffff") for character in text), initial=0))


def _blank(conversation: Conversation) -> dict[str, Any]:
    held = plain(conversation)
    name, turns = held.pop("id"), held.pop("turns")
    return {"data": {"conversation": name, **held, DIALOGUE: turns}}


def _results(conversation: Conversation, spans: Sequence[Span]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = []
    for index, span in enumerate(spans):
        text = conversation.turns[span.turn].text
        value = {
            "start": str(span.turn),
            "end": str(span.turn),
            "startOffset": _units(text, span.start),
            "endOffset": _units(text, span.end),
        }
        region = {"id": f"s{index}", "to_name": DIALOGUE, "origin": "manual"}
        label = {"paragraphlabels": [str(span.label)], "text": text[span.start : span.end]}
        score = {} if span.probability is None else {"score": span.probability}
        results.append({**region, "from_name": "label", "type": "paragraphlabels", "value": value | label, **score})
        if span.id:
            value_of_id = value | {"text": [span.id]}
            results.append({**region, "from_name": SPAN_ID, "type": "textarea", "value": value_of_id})
    return results + [
        {"type": "relation", "from_id": f"s{source}", "to_id": f"s{target}", "direction": "right", "labels": [kind]}
        for source, target, kind in links_of(spans)
    ]


def _units(text: str, offset: int) -> int:
    """The UTF-16 units before a character.

    >>> _units("a😀b", 2)
    3
    """
    return offset + sum(character > "\uffff" for character in text[:offset])


def _dump(tasks: list[dict[str, Any]]) -> str:
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"
