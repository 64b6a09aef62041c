"""Document: what a report says, before it is HTML, Markdown or JSON; each command of the workbench makes one.

>>> alpha = Estimate(value=None, n=12, reason="undefined: all turns or none have the label")
>>> table = Table(("label", "alpha"), (("need", alpha), ("empathy", Estimate(value=0.5, low=0.4, high=0.61, n=9))))
>>> cells, notes = table.shown()
>>> cells
[['need', 'undefined¹'], ['empathy', '0.50 [0.40, 0.61]']]
>>> notes
['undefined: all turns or none have the label']
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate

Cell = str | int | float | Estimate | None
NOTHING = "–"
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Provenance(BaseModel):
    """What a report rests on. Hashes are SHA-256.

    raters: a sentence on what kind of raters they are. data: of ratings and texts. rubric: of the codebook and what
    decides how signals are measured. bundle: of the scorer, where one takes part; bundle_data, base: of what it was trained
    on and from. commit: of this project.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    raters: str
    data: str
    rubric: str
    bundle: str | None = None
    bundle_data: str | None = None
    base: str | None = None
    commit: str | None = None

    def hashes(self) -> dict[str, str]:
        """What is known of it, by the name that reports print."""
        named = {
            "data": self.data,
            "rubric": self.rubric,
            "bundle": self.bundle,
            "bundle's training data": self.bundle_data,
            "bundle's base model": self.base,
            "commit": self.commit,
        }
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Table:
    """heads: of the columns. rows: as many cells each; an Estimate is shown with its interval. places: of decimals.

    n_left: how many columns, from the first, hold words and stand to the left; numbers stand to the right.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    caption: str = ""
    places: int = 2
    n_left: int = 1

    def shown(self) -> tuple[list[list[str]], list[str]]:
        """The cells as text, and the notes that their superscripts number: why a figure or an interval is missing."""
        notes: list[str] = []
        return [[self._cell(cell, notes) for cell in row] for row in self.rows], notes

    def _cell(self, cell: Cell, notes: list[str]) -> str:
        if cell is None:
            return NOTHING
        if isinstance(cell, str | int):
            return str(cell)
        if isinstance(cell, float):
            return rounded(cell, self.places)
        if cell.value is not None and cell.low is not None and cell.high is not None:
            low, high = rounded(cell.low, self.places), rounded(cell.high, self.places)
            return f"{rounded(cell.value, self.places)} [{low}, {high}]"
        reason = cell.reason or "undefined"
        if reason not in notes:
            notes.append(reason)
        mark = superscript(notes.index(reason) + 1)
        return f"{'undefined' if cell.value is None else rounded(cell.value, self.places)}{mark}"


@dataclass(frozen=True)
class Plot:
    """A figure. name: of its file, without an ending. caption: what it shows, also for those who do not see it."""

    name: str
    figure: Figure
    caption: str


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class Callout:
    """A sentence that nobody may miss."""

    text: str


@dataclass(frozen=True)
class Quote:
    """Words of a conversation. where: conversation, turn and speaker. note: what raters said about them."""

    text: str
    where: str
    note: str = ""


Part = str | Table | Plot | Bullets | Callout | Quote


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it: sentences (str), tables, plots, lists, callouts, quotes."""

    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Document:
    """A whole report. lead: the answer in a sentence or two. results: the figures for programs, written to the JSON."""

    title: str
    lead: str
    provenance: Provenance
    sections: Sequence[Section]
    results: BaseModel | Mapping[str, object] = field(default_factory=dict)


def superscript(number: int) -> str:
    """The mark of a note, ¹ for 1."""
    return str(number).translate(_SUPERSCRIPTS)


def rounded(value: float, places: int = 2) -> str:
    """A number as reports print it, never NaN.

    >>> rounded(-0.001), rounded(float("nan"))
    ('0.00', 'undefined')
    """
    return f"{round(value, places) + 0.0:.{places}f}" if isfinite(value) else "undefined"
