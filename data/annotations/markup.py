r"""The codebook's written form, both ways: what annotators type, one turn a line, spans in braces.

    @call id=en-0001 lang=en kind=discovery
    R: Hi Dana. {dq|What happens when an invoice doesn't match the rate card?}
    C: {need:N1|We lose two days a month}.
    R [12.5-15]: {vc:N1|Those two days come back to your team}.

Header: `id` and `lang` are needed; `kind`, `trade`, `times` and `rater` may follow, and `R="Maya Lindqvist"` names whom
R stands for. A value runs up to the next `key=` or stands in double quotes. Turns: `R`, `C`, `R2`, `C2` ..., where
they have times with their seconds in brackets.

A backslash makes the next character literal: `\{`, `\}` and `\\`; `\n` and `\r` are a line break inside a turn. So every
text can be written, and what `render` writes `parse` reads back: text, times, names and spans. Only a scorer's
probabilities have no written form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from data.annotations.jsonl import AUTHOR
from data.readers.foursignal_json import describe
from rubric.codebook import BY_TAG, CODEBOOK
from rubric.conversation import Conversation, Turn
from rubric.errors import LabelError, refuse
from rubric.spans import Labelled, Rating, Span, check, find_faults, in_order

HEADER_KEYS = {"id": "id", "lang": "language", "kind": "kind", "trade": "trade", "times": "times", "rater": "rater"}

_CODE = re.compile(r"[RC]\d*")
# Possessive, so that long lines cost time by their length only. A value runs up to the next `key=`.
_PAIR = re.compile(r'\b([A-Za-z]\w*+)=("(?:[^"\\]|\\.)*+"(?=\s|$)|(?:\S++)?(?:\s++(?![A-Za-z]\w*+=)\S++)*+)')
_SECONDS = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
TURN = re.compile(rf"([RC]\d*)(?: \[({_SECONDS})-({_SECONDS})\])?:(?: (.*))?", re.DOTALL)
_OPENING = re.compile(r"\{([^{}|\\]*)\|")
_BARE = re.compile(r"[^\s\"=\\]+")
_ESCAPES = {"{": "{", "}": "}", "\\": "\\", "n": "\n", "r": "\r"}
_ESCAPED = {ord(character): f"\\{letter}" for letter, character in _ESCAPES.items()}


@dataclass
class _Call:
    """One call as it is being read: header, turns, spans, and the line each turn stands in."""

    line: int
    header: dict[str, str]
    names: dict[str, str]
    turns: list[dict[str, Any]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def parse(text: str, name: str = "the labels") -> list[Labelled]:
    """The labelled calls of a text; raise LabelError that lists every fault with its line. `name` is the file's."""
    faults: list[tuple[int, str]] = []
    calls: list[_Call] = []
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = raw.removesuffix("\r")
        if line.startswith("@call"):
            calls.append(_header(line, number, faults))
        elif not line.strip():
            continue
        elif not calls:
            faults.append((number, f"expected `@call id=... lang=...` before the first turn, found {_shorten(line)}"))
            break
        else:
            _read_turn(line, number, calls[-1], faults)
    labelled: list[Labelled] = []
    seen: set[tuple[str, str]] = set()
    for call in calls:
        item = _finish(call, faults)
        if item is None:
            continue
        key = (item.conversation.id, item.rating.rater)
        if key in seen:
            faults.append((call.line, f"{key[1]!r} has labelled {key[0]!r} further up already"))
        seen.add(key)
        labelled.append(item)
    if not calls and not faults:
        faults.append((1, "expected `@call id=... lang=...`, found no text"))
    refuse(LabelError, name, [f"line {number}: {fault}" for number, fault in sorted(faults)])
    return labelled


def render(labelled: Iterable[Labelled]) -> str:
    """The written form of labelled calls; raise LabelError where labels contradict the codebook."""
    return "\n".join(_render_one(item) for item in labelled)


def _header(line: str, number: int, faults: list[tuple[int, str]]) -> _Call:
    call = _Call(number, {}, {})
    rest = line.removeprefix("@call")
    position = 0
    for match in _PAIR.finditer(rest):
        if rest[position : match.start()].strip():
            break
        position = match.end()
        key, value = match[1], match[2]
        if value.startswith('"'):
            try:
                value = json.loads(value)
            except ValueError:
                faults.append((number, f"{key}: expected text in double quotes, found {_shorten(value)}"))
                continue
        place = call.names if _CODE.fullmatch(key) else call.header
        if place is call.header and key not in HEADER_KEYS:
            faults.append((number, f"unknown key {key!r}, expected {', '.join(HEADER_KEYS)} or a speaker such as R2"))
        elif key in place:
            faults.append((number, f"{key} is given twice"))
        place[key] = value
    if rest[position:].strip():
        faults.append((number, f"expected `key=value`, found {_shorten(rest[position:].strip())}"))
    faults += [(number, f"`{key}=` is missing in the header") for key in ("id", "lang") if key not in call.header]
    return call


def _read_turn(line: str, number: int, call: _Call, faults: list[tuple[int, str]]) -> None:
    match = TURN.fullmatch(line)
    if not match:
        faults.append((number, f"expected a turn such as `R: ...` or `C2: ...`, found {_shorten(line)}"))
        return
    code, start, end, marked = match[1], match[2], match[3], match[4] or ""
    text = _read_spans(marked, len(line) - len(marked), number, call, faults)
    turn: dict[str, Any] = {
        "speaker": call.names.get(code, code),
        "role": "rep" if code[0] == "R" else "customer",
        "text": text,
    }
    if start is not None:
        turn |= {"start": float(start), "end": float(end)}
    call.turns.append(turn)
    call.lines.append(number)


def _read_spans(marked: str, column: int, number: int, call: _Call, faults: list[tuple[int, str]]) -> str:
    """The turn's text without markup; its spans go to the call."""
    text: list[str] = []
    opened: tuple[str, int, int] | None = None
    position = 0

    def fault(message: str, at: int) -> None:
        faults.append((number, f"column {column + at + 1}: {message}"))

    while position < len(marked):
        character = marked[position]
        if character == "\\":
            following = marked[position + 1 : position + 2]
            if following not in _ESCAPES or not following:
                fault(rf"unknown escape \{following}; write \\ for a backslash", position)
            text.append(_ESCAPES.get(following, following))
            position += 2
        elif character == "{":
            opening = _OPENING.match(marked, position)
            if opened:
                fault(r"a span inside a span; close the first, or write \{ for a brace", position)
            if not opening:
                fault(rf"expected `{{tag|text}}`, found {_shorten(marked[position:])}; write \{{ for a brace", position)
            if opened or not opening:
                position = opening.end() if opening else position + 1
                continue
            opened = (opening[1], len(text), position)
            position = opening.end()
        elif character == "}":
            if opened:
                _add_span(opened, len(text), call, fault)
            else:
                fault(r"a closing brace without an opening one; write \} for a brace", position)
            opened = None
            position += 1
        else:
            text.append(character)
            position += 1
    if opened:
        fault(f"the span {{{opened[0]}|... is not closed", opened[2])
    return "".join(text)


def _add_span(opened: tuple[str, int, int], end: int, call: _Call, fault: Callable[[str, int], None]) -> None:
    """Check what the tag says and keep the span; `fault(message, at)` reports."""
    head, start, at = opened
    tag, colon, listed = head.partition(":")
    ids = listed.split(",") if colon else []
    label = BY_TAG.get(tag)
    if label is None:
        fault(f"unknown tag {tag!r}, expected one of {', '.join(BY_TAG)}", at)
        return
    definition = CODEBOOK[label]
    prefix = definition.id_prefix or (CODEBOOK[definition.refers_to].id_prefix if definition.refers_to else None)
    wrong = [given for given in ids if not re.fullmatch(rf"{prefix}\d+", given)]
    if end == start:
        fault(f"the span {{{head}|}} is empty", at)
    elif ids and prefix is None:
        fault(f"{tag} takes no id, found {listed!r}", at)
    elif wrong or (definition.id_prefix and len(ids) != 1):
        example = f"{tag}:{prefix}1" if definition.id_prefix else f"{tag}:{prefix}1 or {tag}:{prefix}1,{prefix}2"
        fault(f"expected {example}, found {head!r}", at)
    else:
        own = ids[0] if definition.id_prefix else None
        refers_to = () if own else tuple(ids)
        call.spans.append(Span(turn=len(call.turns), start=start, end=end, label=label, id=own, refers_to=refers_to))


def _finish(call: _Call, faults: list[tuple[int, str]]) -> Labelled | None:
    header = {HEADER_KEYS[key]: value for key, value in call.header.items() if key in HEADER_KEYS}
    rater = header.pop("rater", AUTHOR)
    if not call.turns:
        faults.append((call.line, "the call has no turns"))
        return None
    if not {"id", "language"} <= set(header):
        return None
    try:
        conversation = Conversation.model_validate({**header, "turns": call.turns})
    except ValidationError as error:
        faults += [(call.line, fault) for fault in describe(error, {})]
        return None
    for fault in find_faults(conversation, call.spans):
        turn = re.search(r"turn (\d+)", fault)
        faults.append((call.lines[int(turn[1])] if turn else call.line, fault))
    return Labelled(conversation, Rating(conversation=conversation.id, rater=rater, spans=tuple(call.spans)))


def _render_one(item: Labelled) -> str:
    conversation, rating = item.conversation, item.rating
    check(conversation, rating.spans)
    codes = _codes(conversation.turns)
    header = {key: getattr(conversation, attribute) for key, attribute in HEADER_KEYS.items() if attribute != "rater"}
    header["rater"] = None if rating.rater == AUTHOR else rating.rater
    header |= {code: speaker for (speaker, _), code in codes.items() if code != speaker}
    lines = [" ".join(["@call", *(f"{key}={_value(value)}" for key, value in header.items() if value is not None)])]
    spans = in_order(rating.spans)
    for index, turn in enumerate(conversation.turns):
        times = "" if turn.start is None else f" [{turn.start!r}-{turn.end!r}]"
        marked = _mark(turn.text, [span for span in spans if span.turn == index])
        lines.append(f"{codes[turn.speaker, turn.role]}{times}: {marked}")
    return "\n".join(lines) + "\n"


def _codes(turns: Iterable[Turn]) -> dict[tuple[str, str], str]:
    """The code of each speaker and role: their own name where it is one, else the next one free."""
    people = list(dict.fromkeys((turn.speaker, turn.role) for turn in turns))
    letters = {"rep": "R", "customer": "C"}
    codes: dict[tuple[str, str], str] = {
        (speaker, role): speaker for speaker, role in people if _CODE.fullmatch(speaker) and speaker[0] == letters[role]
    }
    for speaker, role in people:
        if (speaker, role) not in codes:
            numbered = (f"{letters[role]}{number if number > 1 else ''}" for number in range(1, len(people) + 2))
            codes[speaker, role] = next(code for code in numbered if code not in codes.values())
    return codes


def _mark(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    position = 0
    for span in spans:
        ids = [span.id] if span.id else list(span.refers_to)
        tag = CODEBOOK[span.label].tag + (":" + ",".join(ids) if ids else "")
        parts += [_escape(text[position : span.start]), f"{{{tag}|{_escape(text[span.start : span.end])}}}"]
        position = span.end
    return "".join(parts) + _escape(text[position:])


def _escape(text: str) -> str:
    return text.translate(_ESCAPED)


def _value(value: str) -> str:
    return value if _BARE.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:37]}...")
