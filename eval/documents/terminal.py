"""A document's table in the terminal."""

from __future__ import annotations

from rich import box
from rich.table import Table as TerminalTable

from eval.documents.document import Table, superscript


def terminal_table(table: Table, title: str, *, words: tuple[str, ...] = (), wrapped: bool = False) -> TerminalTable:
    """The table under a title, with why a figure is missing below. words: further columns, after the first, that hold
    words and so stand to the left. wrapped: whether cells may run over several lines."""
    cells, notes = table.shown()
    shown = TerminalTable(
        title=title,
        title_justify="left",
        caption="\n".join(f"{superscript(number)} {note}" for number, note in enumerate(notes, start=1)),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
    )
    for index, heading in enumerate(table.heads):
        left = index < table.n_left or heading in words
        shown.add_column(heading, justify="left" if left else "right", no_wrap=not wrapped)
    for row in cells:
        shown.add_row(*row)
    return shown
