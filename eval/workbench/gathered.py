"""Gathered: what a reader of the workbench found in one file, before several files make a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from eval.workbench.codebook import Codebook
from eval.workbench.study import About, Observation, Said
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.spans import Labelled


@dataclass(frozen=True)
class Gathered:
    """labelled: raters' spans with their conversations. observations: single values otherwise.

    covers: the labels that the raters of `labelled` were asked for, None for all. codebook: the one that the file
    brings along, None where it follows the one it was read with. The rest as in `Study`.
    """

    labelled: Sequence[Labelled] = ()
    observations: Sequence[Observation] = ()
    said: Mapping[str, Mapping[int, Said]] = field(default_factory=dict)
    about: About = field(default_factory=dict)
    covers: frozenset[Label] | None = None
    codebook: Codebook | None = None
    anonymous: bool = False
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Known:
    """What a reader may need to know: the codebook, whether it was chosen by the user, conversations in full by id."""

    codebook: Codebook
    chosen: bool
    conversations: Mapping[str, Conversation]
