"""Tables of utterances, one a row: CSV and TSV, JSONL or a JSON list of objects, Parquet.

Which column holds what: `columns.py`. Rows keep their order; a conversation begins where its id is first met. A time
column that holds neither seconds nor a clock is left out with a note if its name alone made it one, else refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.readers.clock import seconds_of
from data.readers.columns import in_milliseconds, is_table, resolve
from data.readers.draft import Draft, Utterance, without_monologues
from data.readers.foursignal_json import load, loaded_lines
from data.readers.roles import role_in_name
from data.readers.source import Source
from data.readers.vendor_json import language_of
from rubric.codebook import Role
from rubric.errors import ConversationError, refuse

MAX_FAULTS = 20
MAX_COLUMNS = 1_000
DELIMITERS = ",;\t|"

Row = tuple[str, Mapping[str, Any]]
"""Where a row stands, such as "line 7", and its values by column."""


@dataclass
class _Conversation:
    utterances: list[Utterance] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    emails: dict[str, str] = field(default_factory=dict)
    language: str | None = None


def csv_header(text: str, given: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """The delimiter and the columns of a CSV text that is a table of utterances, None where it is none."""
    line = text.lstrip("\n\r").partition("\n")[0].rstrip("\r")
    if len(line) > 10_000:
        return None
    for delimiter in DELIMITERS:
        try:
            columns = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(columns) > 1 and is_table(columns, given):
            return delimiter, columns
    return None


def read_csv(source: Source) -> list[Draft]:
    """The conversations of a CSV or TSV file whose first line names the columns."""
    text = source.text
    found = csv_header(text, source.columns)
    delimiter = found[0] if found else next((sign for sign in DELIMITERS if sign in text.partition("\n")[0]), ",")
    reader = csv.DictReader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True, restval="")
    try:
        columns = list(reader.fieldnames or ())
        return to_drafts(_numbered(reader, source.name), columns, source)
    except csv.Error as error:
        raise ConversationError(f"{source.name}: line {reader.line_num + 1}: not CSV: {error}") from error


def _numbered(reader: csv.DictReader[str], name: str) -> Iterator[Row]:
    for row in reader:
        if None in row:
            raise ConversationError(
                f"{name}: line {reader.line_num}: expected {len(reader.fieldnames or ())} columns, found more; is a text with "
                "the delimiter in it not quoted?"
            )
        yield f"line {reader.line_num}", row


def rows_look_like(raw: Any, given: Mapping[str, str]) -> bool:
    """Whether plain data of JSON is a row of a table of utterances."""
    return isinstance(raw, dict) and "turns" not in raw and is_table(list(raw), given)


def read_rows(source: Source) -> list[Draft]:
    """The conversations of JSONL, or of a JSON list, with an object an utterance."""
    text, name = source.text, source.name
    rows: list[Row] = []
    faults: list[str] = []
    if text.lstrip().startswith("["):
        try:
            raw = load(text)
        except ValueError as error:
            raise ConversationError(f"{name}: {error}") from error
        items = [(f"item {number}", item) for number, item in enumerate(raw)]
    else:
        items = [(f"line {number}", item) for number, item in loaded_lines(text, faults)]
    for where, item in items:
        if isinstance(item, dict):
            rows.append((where, item))
        else:
            faults.append(f"{where}: expected an object with a speaker and a text, found {type(item).__name__}")
    refuse(ConversationError, name, _first(faults))
    columns = list(dict.fromkeys(column for _, row in rows for column in row))
    if len(columns) > MAX_COLUMNS:
        raise ConversationError(f"{name}: {len(columns):,} different keys, more than the limit of {MAX_COLUMNS:,}")
    return to_drafts(rows, columns, source)


def to_drafts(rows: Iterable[Row], columns: Sequence[str], source: Source) -> list[Draft]:
    """The drafts of a table's rows; ConversationError with the faults of rows, the first `MAX_FAULTS` of them."""
    of = resolve(columns, source.columns, source.name)
    conversations: dict[str, _Conversation] = {}
    faults: list[str] = []
    dropped: set[str] = set()
    for where, row in rows:
        speaker = _text(row.get(of.get("speaker", of.get("role", "")))).strip()
        text = _text(row.get(of["text"]))
        if not text.strip():
            continue
        if not speaker:
            faults.append(f"{where}: expected a speaker in {of.get('speaker', of.get('role'))!r}, found none")
            continue
        times: dict[str, float | None] = {}
        for key in ("start", "end"):
            value = row.get(of[key]) if key in of else None
            times[key] = seconds_of(value)
            if times[key] is None and value not in (None, ""):
                if key in source.columns:
                    faults.append(f"{where}: {of[key]}: expected seconds or 0:12.5, found {str(value)[:40]!r}")
                else:
                    dropped.add(of[key])
            elif times[key] is not None and in_milliseconds(of[key]):
                times[key] = (times[key] or 0.0) / 1000
        held = conversations.setdefault(_text(row.get(of.get("conversation", ""))).strip(), _Conversation())
        held.utterances.append(Utterance(speaker, text, times["start"], times["end"]))
        role = _role(_text(row.get(of["role"]))) if "role" in of else None
        if role and held.roles.setdefault(speaker, role) != role:
            faults.append(f"{where}: {speaker!r} is {role} here and {held.roles[speaker]} further up")
        if "email" in of and "@" in _text(row.get(of["email"])):
            held.emails.setdefault(speaker, _text(row.get(of["email"])).strip())
        if "language" in of:
            held.language = held.language or language_of(_text(row.get(of["language"])))
    refuse(ConversationError, source.name, _first(faults))
    notes = tuple(f"times left out: column {column!r} holds neither seconds nor 0:12.5" for column in sorted(dropped))
    drafts = [
        Draft(
            tuple(_untimed(held.utterances) if dropped else held.utterances),
            notes,
            id=name or None,
            language=held.language,
            roles=held.roles,
            emails=held.emails,
        )
        for name, held in conversations.items()
    ]
    if not drafts:
        raise ConversationError(f"{source.name} holds no row with a text in {of['text']!r}; expected one an utterance")
    return without_monologues(drafts)


def _untimed(utterances: list[Utterance]) -> list[Utterance]:
    return [Utterance(said.speaker, said.text) for said in utterances]


def _role(value: str) -> Role | None:
    affiliations: dict[str, Role] = {"internal": "rep", "external": "customer"}
    return affiliations.get(value.strip().casefold()) or role_in_name(value)


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _first(faults: list[str]) -> list[str]:
    more = len(faults) - MAX_FAULTS
    return [*faults[:MAX_FAULTS], f"and {more:,} more"] if more > 0 else faults
