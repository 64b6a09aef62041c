"""A document as Markdown; its plots are files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eval.documents.document import Bullets, Callout, Document, Part, Plot, Quote, Table, superscript

_SPECIAL = re.compile(r"([\\`*_<>|]|\](?=[(\[:]))")  # brackets only where they would make a link


def markdown(document: Document) -> str:
    """The report's text."""
    hashes = [(name, f"`{value}`") for name, value in document.provenance.hashes().items()]
    parts = [
        f"# {escaped(document.title)}",
        escaped(document.lead),
        f"**{escaped(document.provenance.raters)}**",
        *(
            line
            for section in document.sections
            for line in (f"## {escaped(section.title)}", *map(_part, section.parts))
        ),
        "## What it rests on",
        table_lines(("", "SHA-256 or commit"), hashes),
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, in one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[str]], n_left: int = 1) -> str:
    """A Markdown table, the first `n_left` columns to the left and the others to the right."""
    marks = [":--"] * n_left + ["--:"] * (len(heads) - n_left)
    lines = [" | ".join(heads), " | ".join(marks), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _part(part: Part) -> str:
    if isinstance(part, str):
        return escaped(part)
    if isinstance(part, Callout):
        return f"**{escaped(part.text)}**"
    if isinstance(part, Bullets):
        return "\n".join(f"- {escaped(item)}" for item in part.items)
    if isinstance(part, Quote):
        note = f" {escaped(part.note)}" if part.note else ""
        return f"> {escaped(part.text)}\n\n{escaped(part.where)}.{note}"
    if isinstance(part, Plot):
        return f"![{escaped(part.caption)}]({part.name}.svg)"
    return _table(part)


def _table(table: Table) -> str:
    cells, notes = table.shown()
    text = table_lines(
        [escaped(head) for head in table.heads], [[escaped(cell) for cell in row] for row in cells], table.n_left
    )
    if table.caption:
        text = f"{escaped(table.caption)}\n\n{text}"
    listed = "; ".join(f"{superscript(number)} {escaped(note)}" for number, note in enumerate(notes, start=1))
    return f"{text}\n\n{listed}." if listed else text
