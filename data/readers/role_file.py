"""A file of roles: who is a rep and who a customer, by name or e-mail address, for many calls at once.

YAML, `Ana Ruiz: rep` a line, or `rep: [Ana Ruiz, Cy]` and `customer: [...]`; or CSV with the columns speaker and role.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import yaml

from data.readers.source import decode, read_bytes
from rubric.codebook import ROLES
from rubric.errors import ConversationError, refuse

MAX_BYTES = 200_000


def read_role_file(path: Path) -> dict[str, str]:
    """Speaker to rep or customer; ConversationError with every fault and its line."""
    content = read_bytes(path)
    if len(content) > MAX_BYTES:
        raise ConversationError(f"{path} has {len(content):,} bytes, more than the limit of {MAX_BYTES:,} for roles")
    text = decode(content, str(path))
    first = text.lstrip().partition("\n")[0].strip().casefold()
    pairs = _of_csv(text, path) if first in ("speaker,role", "speaker;role", "speaker\trole") else _of_yaml(text, path)
    roles: dict[str, str] = {}
    faults: list[str] = []
    for where, speaker, role in pairs:
        if role not in ROLES:
            faults.append(f"{where}: {speaker!r}: expected {' or '.join(ROLES)}, found {role!r}")
        elif roles.setdefault(speaker, role) != role:
            faults.append(f"{where}: {speaker!r} is {roles[speaker]} further up")
    refuse(ConversationError, str(path), faults)
    if not roles:
        raise ConversationError(f"{path}: expected lines such as `Ana Ruiz: rep`, found none")
    return roles


def _of_csv(text: str, path: Path) -> list[tuple[str, str, str]]:
    delimiter = text.lstrip()[len("speaker")]
    reader = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [(f"line {reader.line_num}", row) for row in reader if any(cell.strip() for cell in row)][1:]
    except csv.Error as error:
        raise ConversationError(f"{path}: line {reader.line_num}: not CSV: {error}") from error
    refuse(
        ConversationError,
        str(path),
        [f"{where}: expected a speaker and a role" for where, row in rows if len(row) != 2],
    )
    return [(where, row[0].strip(), row[1].strip().casefold()) for where, row in rows]


def _of_yaml(text: str, path: Path) -> list[tuple[str, str, str]]:
    """Pairs of a YAML mapping; its scalars are taken as texts, so that a speaker called No is one."""
    try:
        raw = yaml.load(text, Loader=yaml.BaseLoader)  # builds texts, lists and mappings alone
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConversationError(f"{path}: neither YAML nor CSV: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
        raise ConversationError(
            f"{path}: expected lines such as `Ana Ruiz: rep`, or CSV with the columns speaker and role"
        )
    pairs: list[tuple[str, str, str]] = []
    faults: list[str] = []
    for key, value in raw.items():
        if isinstance(value, str):
            pairs.append((key, key, value.strip().casefold()))
        elif isinstance(value, list) and all(isinstance(speaker, str) for speaker in value):
            pairs += [(key, speaker, key.casefold()) for speaker in value]
        else:
            faults.append(f"{key}: expected rep or customer, or a list of names, found more")
    refuse(ConversationError, str(path), faults)
    return pairs
