"""Our own JSON: one conversation as an object, several as a list, or one a line (JSONL).

A conversation has `id`, `language`, `turns` (`speaker`, `role`, `text`, and `start` and `end` in seconds or neither),
and may have `kind`, `trade` and `times`. Labels in it (`spans`, `rater`) are ignored here: a scorer must not see them.
Any other key is refused, since a misspelt `stat` would otherwise cost the times without a word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from pydantic import ValidationError

from rubric.conversation import Conversation, Turn
from rubric.errors import ConversationError, refuse

LABEL_KEYS = ("spans", "rater")
MAX_BROKEN_LINES = 1_000
CONVERSATION_KEYS = tuple(Conversation.model_fields)
TURN_KEYS = tuple(Turn.model_fields)


def load(text: str) -> Any:
    """Plain data from strict JSON; raise ValueError with the place and the fault where it is none."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        text.encode() if "\\u" not in text else json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise ValueError(f"not JSON: {error.msg} at {line}column {error.colno}") from error
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character pair (a lone \\ud800 to \\udfff), which is no text") from error
    except RecursionError as error:
        raise ValueError("not a conversation: nested too deeply") from error
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number that JSON knows; leave the times out where there are none")


def conversation_of(raw: Any) -> tuple[Conversation | None, list[str]]:
    """The conversation that plain data holds, or None and every fault of it."""
    if not isinstance(raw, dict):
        return None, [f"expected an object with {', '.join(CONVERSATION_KEYS)}, found {_kind(raw)}"]
    try:
        return Conversation.model_validate({k: v for k, v in raw.items() if k not in LABEL_KEYS}), []
    except ValidationError as error:
        return None, describe(error, {(): CONVERSATION_KEYS, ("turns",): TURN_KEYS})


def plain(conversation: Conversation) -> dict[str, Any]:
    """A conversation as plain data, keys in the order of the shipped corpus, those without a value left out."""
    held = conversation.model_dump(mode="json", exclude_none=True)
    return {key: held[key] for key in ("id", "language", "kind", "trade", "times", "turns") if key in held}


def describe(error: ValidationError, known: dict[tuple[str, ...], tuple[str, ...]]) -> list[str]:
    """One sentence for each fault pydantic found, with what was expected and what was found.

    known: the keys that each level of nesting knows, by path without indices.
    """
    faults = []
    for fault in error.errors():
        path = ".".join(str(part) for part in fault["loc"])
        if fault["type"] == "too_short" and fault["input"]:
            continue  # follows from a fault in the items, which has its own sentence
        if fault["type"] == "extra_forbidden":
            level = tuple(part for part in fault["loc"][:-1] if isinstance(part, str))
            faults.append(f"unknown key {path!r}, expected {', '.join(known.get(level, ()))}")
        elif fault["type"] == "missing":
            faults.append(f"{path} is missing")
        else:
            message = fault["msg"].removeprefix("Value error, ")
            found = "" if isinstance(fault["input"], dict | list) else f", found {_shorten(fault['input'])}"
            faults.append(f"{path}: {message[0].lower()}{message[1:]}{found}")
    return faults


def looks_like(text: str) -> bool:
    """Whether a text begins as a JSON object or a list of objects does, or an empty one."""
    head = text.lstrip()[:1]
    return head == "{" or (head == "[" and text.lstrip()[1:].lstrip()[:1] in ("{", "]"))


def looks_like_lines(text: str) -> bool:
    """Whether a text that looks like JSON has one object a line, and several of them."""
    lines = numbered_lines(text)
    if len(lines) < 2 or not lines[1][1].lstrip().startswith("{"):
        return False
    try:
        return isinstance(load(lines[0][1]), dict)
    except ValueError:
        return lines[0][1].rstrip().endswith("}")


def parse(text: str, name: str) -> list[Conversation]:
    """The conversations of a JSON text, an object or a list of objects; raise ConversationError with all faults."""
    try:
        raw = load(text)
    except ValueError as error:
        raise ConversationError(f"{name}: {error}") from error
    return _conversations(list(enumerate(raw)) if isinstance(raw, list) else [(None, raw)], name, "item")


def parse_lines(text: str, name: str) -> list[Conversation]:
    """The conversations of a JSONL text, one object a line, blank lines skipped; raise ConversationError with all faults."""
    faults: list[str] = []
    items: list[tuple[int | None, Any]] = list(loaded_lines(text, faults))
    refuse(ConversationError, name, faults)
    return _conversations(items, name, "line")


def numbered_lines(text: str) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1. Only a line feed ends a line, as JSONL has it."""
    return [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]


def loaded_lines(text: str, faults: list[str]) -> Iterator[tuple[int, Any]]:
    """The number and the plain data of each line that is not blank; what is no JSON goes to `faults`, and after
    `MAX_BROKEN_LINES` of it no more is read."""
    n_broken = 0
    for number, line in numbered_lines(text):
        try:
            yield number, load(line)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
            n_broken += 1
            if n_broken == MAX_BROKEN_LINES:
                faults.append(
                    f"line {number}: {n_broken:,} lines are no JSON, the rest was not read; is it the right file?"
                )
                return


def _conversations(items: list[tuple[int | None, Any]], name: str, unit: str) -> list[Conversation]:
    conversations: list[Conversation] = []
    faults: list[str] = []
    for number, raw in items:
        where = "" if number is None else f"{unit} {number}: "
        conversation, found = conversation_of(raw)
        faults += [where + fault for fault in found]
        if conversation is not None:
            conversations.append(conversation)
    refuse(ConversationError, name, faults)
    if not conversations:
        raise ConversationError(f"{name} holds no conversation; expected at least one with turns")
    return conversations


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _shorten(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
