"""Study: all that raters said about some conversations, in the form that every statistic of the workbench takes.

Each label has its units (turns or whole conversations) as a table of units by raters with gaps where a rater gave no
value. Units know their conversation, so that intervals resample conversations; one `draw(study.n_conversations)`
serves all labels.

>>> study = build(our_codebook(), [Observation("c1", 0, "A", "empathy", 1.0), Observation("c1", 0, "B", "empathy", 0.0)])
>>> study.units["empathy"].values
array([[1., 0.]])
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Floats
from eval.workbench.codebook import Codebook, LabelDefinition, our_codebook
from rubric.codebook import CODEBOOK, Label
from rubric.config import RubricConfig, load_rubric
from rubric.conversation import Conversation
from rubric.signals import measure
from rubric.spans import Labelled, Span

WHOLE = -1  # the turn of a unit that is a whole conversation
About = Mapping[str, Mapping[str, str]]


class Observation(NamedTuple):
    """One rater's value of one unit. turn: its index, or None for the whole conversation. value: see `Units.values`."""

    conversation: str
    turn: int | None
    rater: str
    label: str
    value: float


class Said(NamedTuple):
    """A turn as it can be quoted."""

    role: str
    text: str


@dataclass(frozen=True)
class Units:
    """All ratings of one label.

    values: (n_units, n_raters), the category's index or, for interval labels, the number; NaN where a rater gave none.
    conversation: (n_units,) index into the study's conversations. turn: (n_units,) index of the turn, -1 where the
    unit is the whole conversation.
    """

    label: str
    definition: LabelDefinition
    values: Floats
    conversation: NDArray[np.int64]
    turn: NDArray[np.int64]
    n_conversations: int

    @property
    def n_units(self) -> int:
        return len(self.values)

    @property
    def n_ratings(self) -> NDArray[np.int64]:
        """(n_units,) how many raters judged each unit."""
        return np.asarray((~np.isnan(self.values)).sum(axis=1), dtype=np.int64)

    def of_raters(self, columns: Sequence[int]) -> Units:
        """The same units judged by these raters alone, columns by index."""
        return replace(self, values=self.values[:, list(columns)])

    def by_conversation(self, counts: Floats) -> Floats:
        """(n_units, ...) counts summed to (n_conversations, ...), what `eval.bootstrap.estimate` takes."""
        summed = np.zeros((self.n_conversations, *counts.shape[1:]))
        np.add.at(summed, self.conversation, counts)
        return summed


@dataclass(frozen=True)
class Study:
    """Everything that was brought in.

    conversations: ids, whose order the units' indices follow. raters: names, whose order the columns follow.
    units: by label, only labels that somebody rated. spans: conversation, then rater, to what that rater marked, for
    those who marked spans. said: conversation, then turn, to its words, as far as known. source: conversations in
    full, as far as known. about: conversation, then attribute (rep, kind, language ...), to its value.
    anonymous: columns are no persons: the file gives only how many raters said what, so nothing holds per rater.
    notes: what a reader of the report should know of how the data were read.
    """

    codebook: Codebook
    conversations: tuple[str, ...]
    raters: tuple[str, ...]
    units: Mapping[str, Units]
    spans: Mapping[str, Mapping[str, tuple[Span, ...]]] = field(default_factory=dict)
    said: Mapping[str, Mapping[int, Said]] = field(default_factory=dict)
    source: Mapping[str, Conversation] = field(default_factory=dict)
    about: About = field(default_factory=dict)
    anonymous: bool = False
    notes: tuple[str, ...] = ()

    @property
    def n_conversations(self) -> int:
        return len(self.conversations)

    def of_unit(self, unit: str) -> dict[str, Units]:
        """The labels of turns, or those of whole conversations, in the codebook's order."""
        return {label: units for label, units in self.units.items() if units.definition.unit == unit}

    def sha256(self) -> str:
        """Hash of every value, span and word, whatever their order in the files."""
        digest = hashlib.sha256()
        for label, units in self.units.items():
            for row, conversation, turn in zip(units.values, units.conversation, units.turn, strict=True):
                digest.update(f"{label}\t{self.conversations[conversation]}\t{turn}\t{row.tolist()}\n".encode())
        digest.update(repr(self.raters).encode())
        for conversation in self.conversations:
            for rater, spans in sorted(self.spans.get(conversation, {}).items()):
                digest.update(f"{conversation}\t{rater}\t{[span.model_dump_json() for span in spans]}\n".encode())
            digest.update(repr(sorted(self.said.get(conversation, {}).items())).encode())
        return digest.hexdigest()

    def with_about(self, about: About) -> Study:
        """The same study that also knows these attributes of conversations."""
        names = [*dict.fromkeys([*self.about, *about])]
        return replace(self, about={name: {**self.about.get(name, {}), **about.get(name, {})} for name in names})

    def overlapping(self) -> Study:
        """The conversations of which two raters or more judged the same unit, with a note on the others."""
        shared = np.zeros(self.n_conversations, dtype=bool)
        for units in self.units.values():
            shared[units.conversation[units.n_ratings >= 2]] = True
        if shared.all() or not shared.any():
            return self
        renumbered = np.cumsum(shared) - 1
        kept = {}
        for label, units in self.units.items():
            rows = shared[units.conversation]
            if rows.any():
                kept[label] = replace(
                    units,
                    values=units.values[rows],
                    conversation=renumbered[units.conversation[rows]],
                    turn=units.turn[rows],
                    n_conversations=int(shared.sum()),
                )
        names = tuple(name for name, shares in zip(self.conversations, shared, strict=True) if shares)
        rest = self.n_conversations - len(names)
        note = f"{rest} of {self.n_conversations} conversations have one rater each and say nothing about agreement."
        spans = {name: held for name, held in self.spans.items() if name in set(names)}
        return replace(self, conversations=names, units=kept, spans=spans, notes=(*self.notes, note))


def build(
    codebook: Codebook,
    observations: Iterable[Observation],
    *,
    spans: Mapping[str, Mapping[str, tuple[Span, ...]]] | None = None,
    said: Mapping[str, Mapping[int, Said]] | None = None,
    source: Mapping[str, Conversation] | None = None,
    about: About | None = None,
    anonymous: bool = False,
    notes: Sequence[str] = (),
) -> Study:
    """A study from single observations; a unit rated twice by one rater keeps the last value.

    Conversations and raters are sorted by name, units by conversation and turn, so the order of files is no matter.
    """
    held: dict[str, dict[tuple[str, int], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for name, turn, rater, label, value in observations:
        held[label][name, WHOLE if turn is None else turn][rater] = value
    marked = spans or {}
    raters = {rater for cells in held.values() for given in cells.values() for rater in given}
    raters |= {rater for by_rater in marked.values() for rater in by_rater}
    names = sorted({name for cells in held.values() for name, _ in cells} | set(marked))
    column = {rater: index for index, rater in enumerate(sorted(raters))}
    row = {name: index for index, name in enumerate(names)}
    units = {}
    for label, definition in codebook.labels.items():
        if label not in held:
            continue
        keys = sorted(held[label], key=lambda key: (row[key[0]], key[1]))
        values = np.full((len(keys), len(column)), np.nan)
        for index, key in enumerate(keys):
            for rater, value in held[label][key].items():
                values[index, column[rater]] = value
        units[label] = Units(
            label,
            definition,
            values,
            np.array([row[name] for name, _ in keys], dtype=np.int64),
            np.array([turn for _, turn in keys], dtype=np.int64),
            len(names),
        )
    return Study(
        codebook,
        tuple(names),
        tuple(column),
        units,
        spans=marked,
        said=said or {},
        source=source or {},
        about=about or {},
        anonymous=anonymous,
        notes=tuple(notes),
    )


def of_labelled(
    labelled: Sequence[Labelled],
    codebook: Codebook | None = None,
    *,
    covers: Iterable[Label] | None = None,
    rubric: RubricConfig | None = None,
    notes: Sequence[str] = (),
) -> Study:
    """A study of this project's labels from raters' spans: turns by role, and the signals that follow from the spans.

    covers: the labels that the raters were asked for, all where None; else only turns are compared, since signals
    need all labels and the public data sets label whole turns.
    A rater who labelled a conversation has judged every turn of it whose role may carry the label. A signal that is
    undefined for a rater (no objection was raised) is a gap.
    """
    codebook = codebook or our_codebook()
    rubric = rubric or load_rubric()
    asked = [label for label in Label if covers is None or label in set(covers)]
    observations: list[Observation] = []
    spans: dict[str, dict[str, tuple[Span, ...]]] = defaultdict(dict)
    for item in labelled:
        conversation, rating = item.conversation, item.rating
        has = rating.turn_labels(len(conversation.turns))
        for label in asked:
            role = CODEBOOK[label].role
            observations += (
                Observation(conversation.id, index, rating.rater, str(label), float(label in has[index]))
                for index, turn in enumerate(conversation.turns)
                if turn.role == role
            )
        if covers is None:
            observations += (
                Observation(conversation.id, None, rating.rater, name, signal.value)
                for name, signal in measure(conversation, rating.spans, rubric).items()
                if signal.value is not None
            )
        if covers is None:  # else the labels are of whole turns: a public data set's, mapped to ours
            spans[conversation.id][rating.rater] = rating.spans
    source = {item.conversation.id: item.conversation for item in labelled}
    return build(
        codebook,
        observations,
        spans=spans,
        said={name: said_in(conversation) for name, conversation in source.items()},
        source=source,
        about={name: attributes_of(conversation) for name, conversation in source.items()},
        notes=notes,
    )


def said_in(conversation: Conversation) -> dict[int, Said]:
    """The turns of a conversation as they can be quoted."""
    return {index: Said(turn.role, turn.text) for index, turn in enumerate(conversation.turns)}


def attributes_of(conversation: Conversation) -> dict[str, str]:
    """What a conversation says about itself, for slices."""
    found = {"language": conversation.language, "kind": conversation.kind, "trade": conversation.trade}
    return {name: value for name, value in found.items() if value}
