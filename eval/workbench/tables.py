"""Ratings as a table (CSV, also with semicolons or tabs), long or wide.

Long: `conversation, turn, rater, label, value`, a row for each value; without a turn it is of the whole conversation.
Wide: a row for each turn (or conversation) and rater, a column for each label; the codebook says what columns are
called. An empty cell is "not rated". `role` and `text` columns are taken along where they are.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eval.workbench.codebook import Codebook
from eval.workbench.gathered import Gathered, Known
from eval.workbench.study import Observation, Said
from rubric.errors import DataError, refuse

LABEL, VALUE = "label", "value"
DELIMITERS = (",", ";", "\t")
_MOST_FAULTS_SHOWN = 50


class Row(NamedTuple):
    """A row of a table by column, and the line of the file on which it ends."""

    line: int
    cells: dict[str, str]


def parse(text: str, name: str, known: Known) -> Gathered:
    """The ratings of a table; raise DataError with every fault and its line."""
    columns = known.codebook.columns
    heads, rows = read_rows(text, name)
    needed = [column for column in (columns.conversation, columns.rater) if column not in heads]
    is_long = LABEL in heads and VALUE in heads
    labels = {head: label for head in heads if (label := known.codebook.named(head))}
    if needed or not (is_long or labels):
        raise DataError(
            f"{name}: expected the columns {columns.conversation}, {columns.rater} and either {LABEL} and {VALUE}, or "
            f"one named after each label of the codebook {known.codebook.name} "
            f"({', '.join(definition.called or label for label, definition in known.codebook.labels.items())}); "
            f"found {', '.join(heads) or 'none'}"
        )
    reading = _Reading(name, known)
    for row in rows:
        reading.take(row, is_long=is_long, labels=labels)
    if not reading.faults and not reading.observations:
        raise DataError(f"{name}: expected at least one rating, found none")
    _refuse_some(name, reading.faults)
    return Gathered(observations=reading.observations, said=reading.said)


def headings(text: str) -> Sequence[str]:
    """The columns that a table's first line names, at the delimiter that makes the most of them."""
    return _first_line(text)[0]


def _first_line(text: str) -> tuple[list[str], str]:
    """The columns of the first line and the delimiter that makes the most of them; none where it is no CSV."""
    lines = text.lstrip("\ufeff").splitlines()[:1]
    candidates: list[tuple[list[str], str]] = []
    for delimiter in DELIMITERS:
        try:
            candidates.append(([head.strip() for head in next(csv.reader(lines, delimiter=delimiter), [])], delimiter))
        except csv.Error:
            continue
    return max(candidates, key=lambda found: len(found[0]), default=([], DELIMITERS[0]))


class _Reading:
    """The state of reading one table."""

    def __init__(self, name: str, known: Known) -> None:
        self.name, self.known, self.codebook = name, known, known.codebook
        self.observations: list[Observation] = []
        self.said: dict[str, dict[int, Said]] = {}
        self.faults: list[str] = []
        self._first: dict[tuple[str, int | None, str, str], int] = {}

    def take(self, row: Row, *, is_long: bool, labels: dict[str, str]) -> None:
        """The values of one row."""
        columns, where, cells = self.codebook.columns, f"line {row.line}: ", row.cells
        conversation, rater = cells.get(columns.conversation, "").strip(), cells.get(columns.rater, "").strip()
        before = len(self.faults)
        if not conversation:
            self.faults.append(f"{where}{columns.conversation} is empty; every row needs a conversation's id")
        if not rater:
            self.faults.append(f"{where}{columns.rater} is empty; every row needs a rater's name")
        turn = self._turn(conversation, cells.get(columns.turn, "").strip(), where)
        if len(self.faults) > before:
            return
        role = self._role(conversation, turn, cells)
        if turn is not None and columns.text in cells:
            self._say(conversation, turn, Said(role or "", cells[columns.text].strip()), where)
        if is_long:
            named = cells[LABEL].strip()
            label = self.codebook.named(named)
            if label is None:
                self.faults.append(f"{where}unknown label {named!r}, expected {_listed(self.codebook)}")
                return
            self._observe(row.line, conversation, turn, rater, label, cells[VALUE], role, strict=True)
            return
        for head, label in labels.items():
            definition = self.codebook.labels[label]
            if (definition.unit == "turn") == (turn is not None):
                self._observe(row.line, conversation, turn, rater, label, cells[head], role, strict=False)

    def _observe(
        self,
        line: int,
        conversation: str,
        turn: int | None,
        rater: str,
        label: str,
        found: str,
        role: str | None,
        *,
        strict: bool,
    ) -> None:
        """One value. strict: a value of a turn whose role does not carry the label is a fault, else it is no value."""
        definition = self.codebook.labels[label]
        where = f"line {line}: "
        if definition.unit == "turn" and turn is None:
            self.faults.append(f"{where}{label} is of turns; give the turn")
            return
        if definition.unit == "conversation" and turn is not None:
            self.faults.append(f"{where}{label} is of whole conversations; leave the turn empty")
            return
        if definition.role and role and role != definition.role:
            if strict and found.strip():
                self.faults.append(f"{where}only a {definition.role} turn may carry {label}, this is a {role} turn")
            return
        try:
            value = definition.code(found.strip())
        except ValueError as error:
            self.faults.append(f"{where}{label}: {error}")
            return
        if value is None:
            return
        first = self._first.setdefault((conversation, turn, rater, label), line)
        if first != line:
            of = "the conversation" if turn is None else f"turn {turn}"
            self.faults.append(
                f"{where}{rater!r} has rated {label} of {of} of {conversation!r} in line {first} already"
            )
            return
        self.observations.append(Observation(conversation, turn, rater, label, value))

    def _turn(self, conversation: str, found: str, where: str) -> int | None:
        if not found:
            return None
        if not (found.isascii() and found.isdecimal()) or len(found) > 9:
            self.faults.append(f"{where}turn: expected a whole number from 0, found {found!r}")
            return None
        held = self.known.conversations.get(conversation)
        if held and int(found) >= len(held.turns):
            self.faults.append(f"{where}turn {found}: {conversation!r} has turns 0 to {len(held.turns) - 1}")
            return None
        return int(found)

    def _role(self, conversation: str, turn: int | None, cells: dict[str, str]) -> str | None:
        held = self.known.conversations.get(conversation)
        if held and turn is not None:
            return held.turns[turn].role
        return cells.get(self.codebook.columns.role, "").strip() or None

    def _say(self, conversation: str, turn: int, said: Said, where: str) -> None:
        if self.said.setdefault(conversation, {}).setdefault(turn, said) != said:
            self.faults.append(f"{where}turn {turn} of {conversation!r} has another text or role further up")


def read_rows(text: str, name: str) -> tuple[list[str], Iterator[Row]]:
    """The columns of a table, and its rows as they are asked for; raise DataError where it is no table."""
    heads, delimiter = _first_line(text)
    repeated = sorted({head for head in heads if heads.count(head) > 1})
    if repeated:
        raise DataError(f"{name}: the column {', '.join(map(repr, repeated))} is there twice")
    return heads, _read(text, name, heads, delimiter)


def _read(text: str, name: str, heads: list[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter, strict=True)
    faults: list[str] = []
    try:
        next(reader, None)
        for cells in reader:
            if len(cells) > len(heads):
                faults.append(f"line {reader.line_num}: {len(cells)} cells, but {len(heads)} columns")
            elif any(cell.strip() for cell in cells):
                padded = [*cells, *[""] * (len(heads) - len(cells))]
                yield Row(reader.line_num, dict(zip(heads, padded, strict=True)))
    except csv.Error as error:
        raise DataError(f"{name}: line {reader.line_num}: not CSV: {error}") from error
    _refuse_some(name, faults)


def _refuse_some(name: str, faults: list[str]) -> None:
    """All faults, or the first of very many with their number: a wrong column faults every row."""
    if len(faults) > _MOST_FAULTS_SHOWN:
        more = len(faults) - _MOST_FAULTS_SHOWN
        faults = [*faults[:_MOST_FAULTS_SHOWN], f"and {more} more of the same file"]
    refuse(DataError, name, faults)


def _listed(codebook: Codebook) -> str:
    return ", ".join(definition.called or label for label, definition in codebook.labels.items())
