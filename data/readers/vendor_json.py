"""What the readers of other tools' JSON share: strict parsing, validation against the tool's shape, faults as sentences.

Only the keys that are needed are named in a shape; all others are ignored, since the tools add some now and then.
"""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from data.readers.foursignal_json import describe, load
from rubric.errors import ConversationError, refuse


class Shape(BaseModel):
    """A part of a tool's JSON of which only the named keys matter."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


T = TypeVar("T", bound=BaseModel)


def validate(shape: type[T], text: str, name: str, tool: str) -> T:
    """The JSON text as `shape`; raise ConversationError with every fault, which says what the tool's JSON should hold."""
    try:
        return shape.model_validate(load(text))
    except ValidationError as error:
        refuse(ConversationError, f"{name}, read as {tool} JSON,", describe(error, {}))
        raise
    except ValueError as error:
        raise ConversationError(f"{name}: {error}") from error


def has_keys(raw: Any, *path: str) -> bool:
    """Whether plain data is an object that holds an object that ... holds the last key of `path`."""
    for key in path:
        if not isinstance(raw, dict) or key not in raw:
            return False
        raw = raw[key]
    return True


def language_of(code: str | None) -> str | None:
    """The ISO 639 code in a tool's language code.

    >>> language_of("en_us"), language_of("pt-BR"), language_of("multi"), language_of(None)
    ('en', 'pt', None, None)
    """
    head = (code or "").replace("_", "-").partition("-")[0].lower()
    return head if head.isascii() and head.isalpha() and len(head) in (2, 3) else None
