"""What raters said of whole conversations, as numbers: signals and scores, or else how often a label was given.

>>> from eval.workbench.codebook import our_codebook
>>> from eval.workbench.study import Observation, build
>>> said = [Observation("c1", turn, "A", "empathy", float(turn == 0)) for turn in range(4)]
>>> conversation_values(build(our_codebook(), said))[0].values.tolist()
[[0.25]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Floats
from eval.workbench.study import Study, Units

REP = "rep"


@dataclass(frozen=True)
class ConversationValues:
    """One number a conversation and rater. values: (n_conversations, n_raters), NaN where a rater gave none; rows
    follow the study's conversations. unit: what the number counts."""

    name: str
    unit: str
    values: Floats


def conversation_values(study: Study) -> list[ConversationValues]:
    """The labels of whole conversations as numbers (categories by their order); without any, the labels of turns.

    A label of turns becomes the share of judged turns that have it, or the mean where it is ordinal or a number. A
    nominal label of more than two categories has no order and is left out.
    """
    whole = study.of_unit("conversation")
    found = [_of_conversations(study, units) for units in whole.values() if _is_number(units)]
    return found or [_of_turns(units) for units in study.of_unit("turn").values() if _is_number(units)]


def reps_of(study: Study) -> NDArray[np.int64] | None:
    """(n_conversations,) the rep of each conversation as a number; None where no conversation names one.

    A conversation without a rep counts as a rep of its own.
    """
    named: Sequence[str | None] = [study.about.get(name, {}).get(REP) for name in study.conversations]
    if not any(named):
        return None
    known = sorted({name for name in named if name})
    number = {name: index for index, name in enumerate(known)}
    return np.array([number[name] if name else len(known) + index for index, name in enumerate(named)], dtype=np.int64)


def _is_number(units: Units) -> bool:
    definition = units.definition
    return definition.level != "nominal" or len(definition.categories) == 2


def _of_conversations(study: Study, units: Units) -> ConversationValues:
    values = np.full((study.n_conversations, units.values.shape[1]), np.nan)
    values[units.conversation] = units.values
    return ConversationValues(units.label, units.definition.meaning or units.definition.level, values)


def _of_turns(units: Units) -> ConversationValues:
    there = ~np.isnan(units.values)
    n = units.by_conversation(there.astype(np.float64))
    total = units.by_conversation(np.where(there, units.values, 0.0))
    values = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
    share = units.definition.level == "nominal"
    unit = f"share of turns with {units.label}" if share else f"mean {units.label} of turns"
    return ConversationValues(units.label, unit.replace("_", " "), values)
