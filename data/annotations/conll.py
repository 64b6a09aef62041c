"""CoNLL: a token a line with an IOB2 tag in the last column, a turn a block, as sequence taggers read it.

Columns, a tab between: token, start and end in the turn's text, id, ids referred to (a comma between), probability, tag; `_`
where there is nothing. Comments before a turn carry what columns cannot: `# newdoc = {...}` the conversation without its
turns, and the rater; `# turn = {...}` the turn. A token is a word or a sign, cut where a span begins or ends, so that
every span comes back; spans come back in order of text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from data.annotations.collection import Collection, Hints
from data.annotations.document import tokens
from data.annotations.jsonl import AUTHOR
from data.readers.foursignal_json import describe, load, plain
from rubric.conversation import Conversation
from rubric.spans import Labelled, Span, in_order

EXPECTED = "`# newdoc = {...}`, `# turn = {...}` and a token a line"
NOTHING = "_"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_N_COLUMNS = 7


@dataclass
class _Reading:
    """One conversation as it is being read. open: the span whose tokens go on, as plain data."""

    where: str
    header: dict[str, Any]
    turns: list[Any] = field(default_factory=list)
    spans: list[dict[str, Any]] = field(default_factory=list)
    open: dict[str, Any] | None = None


def looks_like(text: str) -> bool:
    return text.startswith("# newdoc = {")


def parse(text: str, name: str, hints: Hints) -> list[Labelled]:  # noqa: ARG001 (readers share their arguments)
    """The labels of a CoNLL file that `render` wrote, or that a tagger has changed the tags of.

    Raises LabelError with every fault and its line.
    """
    collection = Collection(name)
    readings: list[_Reading] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line, where = raw.removesuffix("\r"), f"line {number}"
        kind, _, value = line.removeprefix("# ").partition(" = ")
        if line.startswith("# ") and kind in ("newdoc", "turn"):
            held = _object(value, where, collection)
            if kind == "newdoc":
                readings.append(_Reading(where, held))
            elif readings:
                readings[-1].turns.append(held)
                readings[-1].open = None
            else:
                collection.fault(where, "a turn before the first `# newdoc = {...}`")
        elif not line.strip() or (line.startswith("#") and not line.startswith("#\t")):
            continue
        elif not readings or not readings[-1].turns:
            collection.fault(where, f"expected {EXPECTED}, found {line[:60]!r}")
            break
        else:
            _token(line, where, readings[-1], collection)
    for reading in readings:
        _finish(reading, collection)
    return collection.done(EXPECTED)


def render(labelled: Iterable[Labelled]) -> str:
    """Labelled conversations a token a line."""
    lines: list[str] = []
    for item in labelled:
        held = plain(item.conversation)
        turns = held.pop("turns")
        lines.append(f"# newdoc = {_json(held | {'rater': item.rating.rater})}")
        by_turn: dict[int, list[Span]] = defaultdict(list)
        for span in in_order(item.rating.spans):
            by_turn[span.turn].append(span)
        for index, turn in enumerate(turns):
            lines += [f"# turn = {_json(turn)}", *_lines(turn["text"], by_turn[index]), ""]
    return "\n".join(lines) + "\n"


def _lines(text: str, spans: list[Span]) -> Iterable[str]:
    waiting = list(spans)
    for start, end in tokens(text, [(span.start, span.end) for span in spans]):
        while waiting and waiting[0].end <= start:
            waiting.pop(0)
        span = waiting[0] if waiting and waiting[0].start <= start else None
        extra, tag = [NOTHING] * 3, "O"
        if span and span.start == start:
            probability = NOTHING if span.probability is None else repr(span.probability)
            extra, tag = [span.id or NOTHING, ",".join(span.refers_to) or NOTHING, probability], f"B-{span.label}"
        elif span:
            tag = f"I-{span.label}"
        yield "\t".join([_escape(text[start:end]), str(start), str(end), *extra, tag])


def _token(line: str, where: str, reading: _Reading, collection: Collection) -> None:
    cells = line.split("\t")
    if len(cells) != _N_COLUMNS or not (cells[1].isdecimal() and cells[2].isdecimal()):
        collection.fault(where, f"expected token, start, end, id, refers_to, probability and tag, found {line[:60]!r}")
        return
    token, start, end, own_id, refers_to, probability, tag = cells
    begin, _, label = tag.partition("-")
    turn = reading.turns[-1]
    said = turn.get("text") if isinstance(turn, dict) else None
    if isinstance(said, str) and _escape(said[int(start[:9]) : int(end[:9])]) != token:
        collection.fault(
            where, f"the token is {token[:40]!r}, but there the turn reads {said[int(start[:9]) : int(end[:9])][:40]!r}"
        )
    if tag == "O":
        reading.open = None
    elif begin == "B":
        reading.open = {
            "turn": len(reading.turns) - 1,
            "start": int(start[:9]),
            "end": int(end[:9]),
            "label": label,
            "id": None if own_id == NOTHING else own_id,
            "refers_to": [] if refers_to == NOTHING else refers_to.split(","),
            "probability": None if probability == NOTHING else probability,
            "where": where,
        }
        reading.spans.append(reading.open)
    elif begin == "I" and reading.open and reading.open["label"] == label:
        reading.open["end"] = int(end[:9])
    else:
        collection.fault(where, f"expected O, B-label, or I-label that goes on with the label before, found {tag!r}")


def _finish(reading: _Reading, collection: Collection) -> None:
    rater = reading.header.pop("rater", AUTHOR)
    try:
        conversation = Conversation.model_validate({**reading.header, "turns": reading.turns})
    except ValidationError as error:
        for fault in describe(error, {}):
            collection.fault(reading.where, fault)
        return
    spans = []
    for raw in reading.spans:
        where = raw.pop("where")
        span = collection.validate(Span, raw, where)
        spans += [span] if span else []
    collection.add(reading.where, conversation, str(rater), spans)


def _object(value: str, where: str, collection: Collection) -> dict[str, Any]:
    try:
        held = load(value)
    except ValueError as error:
        collection.fault(where, str(error))
        return {}
    if not isinstance(held, dict):
        collection.fault(where, f"expected an object, found {value[:40]!r}")
        return {}
    return held


def _escape(token: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in token)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
