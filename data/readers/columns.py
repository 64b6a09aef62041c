"""Which column of a table holds what: by the caller's mapping, else by the names that tools give their columns.

A table has one utterance a row. `speaker` and `text` are needed; `conversation` tells several calls apart, `role` is rep
or customer in any of the words of `roles.py`, or internal and external; times are seconds or `0:12.5`, with `_ms` or
`_milliseconds` in the column's name milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rubric.errors import ConversationError, refuse

# One literal table; names are compared in lower case with underscores. The first that a table has is taken.
COLUMNS: dict[str, tuple[str, ...]] = {
    "speaker": (
        "speaker",
        "speaker_name",
        "speaker_id",
        "who",
        "name",
        "author",
        "sender",
        "from",
        "participant",
        "user",
        "channel",
    ),
    "text": ("text", "utterance", "utterance_text", "transcript", "sentence", "message", "content", "body", "words"),
    "start": ("start", "start_time", "starttime", "start_s", "start_ms", "begin", "begin_ms", "timestamp", "time"),
    "end": ("end", "end_time", "endtime", "end_s", "end_ms", "finish", "finish_ms"),
    "conversation": (
        "conversation_id",
        "conversation",
        "call_id",
        "call",
        "dialogue_id",
        "dialog_id",
        "transcript_id",
        "meeting_id",
        "session_id",
        "thread_id",
        "ticket_id",
    ),
    "role": ("role", "speaker_role", "side", "affiliation", "speaker_type"),
    "email": ("email", "speaker_email", "email_address", "from_email"),
    "language": ("language", "lang", "language_code"),
}
_SPLIT = re.compile(r"[\s\-.]+")
_MILLISECONDS = re.compile(r"_(?:ms|millis|milliseconds)$")


def normal(column: str) -> str:
    """
    >>> normal(" Start Time-ms ")
    'start_time_ms'
    """
    return _SPLIT.sub("_", column.strip()).casefold()


def is_table(columns: Sequence[str], given: Mapping[str, str]) -> bool:
    """Whether columns of these names make a table of utterances: they hold those that are given, or a speaker and text."""
    if given:
        return all(column in columns for column in given.values())
    found = {normal(column) for column in columns}
    return bool(found & {*COLUMNS["speaker"], *COLUMNS["role"]}) and bool(found & set(COLUMNS["text"]))


def resolve(columns: Sequence[str], given: Mapping[str, str], name: str) -> dict[str, str]:
    """The column of each of `COLUMNS` that the table has, what is `given` first; ConversationError with every fault.

    >>> resolve(["Call ID", "who", "said"], {"text": "said"}, "calls.csv")
    {'speaker': 'who', 'text': 'said', 'conversation': 'Call ID'}
    """
    listed = ", ".join(map(repr, columns[:20])) + (" ..." if len(columns) > 20 else "")
    faults = [f"{key!r} is no such part, expected {', '.join(COLUMNS)}" for key in given if key not in COLUMNS]
    faults += [
        f"no column {column!r} for {key}, found {listed}" for key, column in given.items() if column not in columns
    ]
    refuse(ConversationError, f"{name}: the mapping of columns", faults)
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(normal(column), column)
    taken = set(given.values())
    found: dict[str, str] = {}
    for key, names in COLUMNS.items():
        chosen = given.get(key) or next((by_name[n] for n in names if n in by_name and by_name[n] not in taken), None)
        if chosen is not None:
            found[key] = chosen
            taken.add(chosen)
    if "text" not in found or not ("speaker" in found or "role" in found):
        missing = "what is said" if "text" not in found else "who speaks"
        raise ConversationError(
            f"{name}: expected a column for {missing}, found {listed}; map the columns, such as speaker={columns[0]!r} "
            f"and text={columns[-1]!r}"
            if columns
            else f"{name}: expected columns, found none"
        )
    return found


def in_milliseconds(column: str) -> bool:
    """Whether a column's name says that its times are milliseconds."""
    return bool(_MILLISECONDS.search(normal(column)))


def parse_mapping(given: Sequence[str]) -> dict[str, str]:
    """A mapping out of `key=column` texts, commas between several in one; ConversationError where one is none.

    >>> parse_mapping(["speaker=who,text=utterance", "start=begin"])
    {'speaker': 'who', 'text': 'utterance', 'start': 'begin'}
    """
    mapping: dict[str, str] = {}
    for item in (item for part in given for item in part.split(",")):
        key, sign, column = (part.strip() for part in item.partition("="))
        if not (key and sign and column):
            raise ConversationError(f"columns: expected speaker=NAME,text=NAME, found {item[:60]!r}")
        if key not in COLUMNS:
            raise ConversationError(f"columns: {key!r} is no such part, expected {', '.join(COLUMNS)}")
        mapping[key] = column
    return mapping
