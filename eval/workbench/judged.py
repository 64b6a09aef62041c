"""Judged: what is held against raters, on the study's own units: a scorer's bundle, or one of the raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from eval.agreement import LABELS
from eval.bootstrap import Floats
from eval.workbench.study import Study, Units
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.errors import DataError
from rubric.scorecard import BundleHashes, Scorecard


@dataclass(frozen=True)
class Judged:
    """Values by label, on that label's units.

    values: (n_units,), NaN where it gave none. confidence: (n_units,), higher is surer, empty where it has none: of a
    label of turns the probability that the decision is a rater's, of a signal minus the width of its interval.
    """

    name: str
    values: Mapping[str, Floats]
    confidence: Mapping[str, Floats] = field(default_factory=dict)
    bundle: BundleHashes | None = None


def rater_as_judged(study: Study, rater: str) -> tuple[Study, Judged]:
    """One rater taken out of a study; raise DataError where there is no such rater."""
    if study.anonymous:
        raise DataError("expected to know which rater gave which value: these data only say how many said what")
    if rater not in study.raters:
        raise DataError(f"unknown rater {rater!r}, expected one of {', '.join(study.raters)}")
    column = study.raters.index(rater)
    values = {label: units.values[:, column] for label, units in study.units.items()}
    rest = {
        label: replace(units, values=np.delete(units.values, column, axis=1)) for label, units in study.units.items()
    }
    raters = tuple(name for name in study.raters if name != rater)
    return replace(study, units=rest, raters=raters), Judged(f"rater {rater}", values)


def scorer_as_judged(
    study: Study, bundle: Path, counted_as: Mapping[str, str] | None = None, console: Console | None = None
) -> Judged:
    """A bundle's scorer on a study's conversations.

    counted_as: a label of the scorer to the study's label that it counts as too, where raters did not tell the two
    apart. Raises DataError where the study's labels or texts are none that it can score.
    """
    from scoring.scorer import Scorer

    missing = [name for name in study.conversations if name not in study.source]
    if missing:
        raise DataError(
            f"a scorer needs the conversations in full, and {len(missing)} are not known, such as {missing[0]!r}: give "
            "them with --conversations FILE"
        )
    scorer = Scorer.load(bundle)
    known = {*map(str, LABELS), *scorer.rubric.signals}
    labels = [label for label in study.units if label in known]
    if not labels:
        raise DataError(
            f"the scorer gives {', '.join(sorted(known))}, and none of these was rated; rated: {', '.join(study.units)}"
        )
    also = _counted(counted_as or {}, labels)
    values = {label: np.full(study.units[label].n_units, np.nan) for label in labels}
    confidence = {label: np.full(study.units[label].n_units, np.nan) for label in labels}
    hashes: BundleHashes | None = None
    for row, name in enumerate(track(study.conversations, "Scoring", console=console or Console(quiet=True))):
        conversation = study.source[name]
        reading = scorer.read(conversation)
        card = scorer.scorecard(conversation, reading)
        hashes = card.bundle
        probable = np.zeros((len(conversation.turns), len(LABELS)))
        for held in reading.rated:
            cell = held.candidate.turn, held.candidate.label_index
            probable[cell] = max(probable[cell], held.probability)
        for label in labels:
            units = study.units[label]
            rows = np.flatnonzero(units.conversation == row)
            if units.definition.unit == "turn":
                given, sure = _turns(conversation, card, probable, also[label])
                values[label][rows], confidence[label][rows] = given[units.turn[rows]], sure[units.turn[rows]]
            else:
                signal = card.signals[label]
                values[label][rows] = np.nan if signal.value is None else signal.value
                if signal.interval is not None:
                    confidence[label][rows] = signal.interval[0] - signal.interval[1]
    return Judged(hashes.name if hashes else bundle.name, values, confidence, hashes)


def _counted(counted_as: Mapping[str, str], labels: Sequence[str]) -> dict[str, list[Label]]:
    ours = {str(label): label for label in Label}
    found = {label: [ours[label]] for label in labels if label in ours}
    for own, theirs in counted_as.items():
        if own not in ours or theirs not in found:
            raise DataError(
                f"cannot count {own!r} as {theirs!r}: expected one of the scorer's labels ({', '.join(ours)}), and one that "
                f"was rated and is scored ({', '.join(found)})"
            )
        found[theirs].append(ours[own])
    return found


def _turns(
    conversation: Conversation, card: Scorecard, probable: Floats, labels: Sequence[Label]
) -> tuple[Floats, Floats]:
    """(n_turns,) whether each turn has one of the labels, and how probable it is that this is right."""
    has = np.zeros(len(conversation.turns))
    has[[span.turn for span in card.spans if span.label in labels]] = 1.0
    likely = probable[:, [LABELS.index(label) for label in labels]].max(axis=1)
    return has, np.where(has > 0, likely, 1 - likely)


def words_of_units(study: Study, units: Units) -> Floats | None:
    """(n_units,) number of words of each turn, or of each whole conversation; None where not all texts are known."""
    found = np.zeros(units.n_units)
    for index, (conversation, turn) in enumerate(zip(units.conversation, units.turn, strict=True)):
        said = study.said.get(study.conversations[conversation], {})
        texts = [held.text for held in said.values()] if units.definition.unit == "conversation" else None
        if texts is None:
            held = said.get(int(turn))
            texts = [held.text] if held else []
        if not texts:
            return None
        found[index] = sum(len(text.split()) for text in texts)
    return found
