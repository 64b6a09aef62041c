"""The units on which raters differ most, to be quoted: what to talk about when the codebook is revised."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Floats, ratio
from eval.coefficients import agreement_counts, category_counts
from eval.workbench.study import WHOLE, Said, Study, Units

LONGEST_QUOTE = 360


class Disagreement(BaseModel):
    """A turn (or whole conversation, turn None) with the labels on which raters differ.

    size: sum over labels of the share of disagreeing pairs of raters; for numbers, of the raters' variance as a share
    of the variance of all ratings, at most 1 a label. votes: label, then value, to the raters who gave it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: str
    turn: int | None
    size: float
    votes: dict[str, dict[str, tuple[str, ...]]]
    role: str = ""
    text: str = ""


def widest_disagreements(study: Study, most: int = 12) -> list[Disagreement]:
    """The units with the widest disagreement, widest first; ties in the order of conversations and turns."""
    sizes: dict[tuple[int, int], float] = defaultdict(float)
    rows: dict[tuple[int, int], list[tuple[Units, int]]] = defaultdict(list)
    for units in study.units.values():
        found = disagreement_sizes(units)
        for row in np.flatnonzero(found > 0):
            key = int(units.conversation[row]), int(units.turn[row])
            sizes[key] += float(found[row])
            rows[key].append((units, int(row)))
    ranked = sorted(sizes, key=lambda key: (-round(sizes[key], 9), key))[:most]
    return [_disagreement(study, key, sizes[key], rows[key]) for key in ranked]


def disagreement_sizes(units: Units) -> Floats:
    """(n_units,) how far raters differ on each unit, 0 to 1; 0 where fewer than two judged it."""
    if units.definition.level == "interval":
        given = ~np.isnan(units.values)
        n = given.sum(axis=1).astype(np.float64)
        filled = np.where(given, units.values, 0.0)
        mean = ratio(filled.sum(axis=1), n)
        squares = (np.where(given, units.values - mean[:, None], 0.0) ** 2).sum(axis=1)
        variance = np.nan_to_num(ratio(squares, n - 1))
        total = float(np.nanvar(units.values, ddof=1)) if given.sum() > 1 else 0.0
        return np.where(n >= 2, np.minimum(variance / total, 1.0), 0.0) if total > 0 else np.zeros(len(n))
    counts = agreement_counts(category_counts(units.values, len(units.definition.categories)))
    return np.where(counts[:, 1] > 0, 1 - counts[:, 0], 0.0)


def told(found: Disagreement) -> str:
    """Who said what, as a sentence."""
    labels = (
        f"{label.replace('_', ' ')}: " + ", ".join(f"{value} ({', '.join(raters)})" for value, raters in votes.items())
        for label, votes in found.votes.items()
    )
    return "; ".join(labels)


def _disagreement(study: Study, key: tuple[int, int], size: float, rows: list[tuple[Units, int]]) -> Disagreement:
    name, turn = study.conversations[key[0]], key[1]
    said = study.said.get(name, {}).get(turn, Said("", ""))
    votes = {}
    for units, row in rows:
        given: dict[str, list[str]] = defaultdict(list)
        for rater, value in zip(study.raters, units.values[row], strict=True):
            if not np.isnan(value):
                categories = units.definition.categories
                given[categories[int(value)] if categories else f"{value:g}"].append(rater)
        votes[units.label] = {value: tuple(raters) for value, raters in sorted(given.items())}
    return Disagreement(
        conversation=name,
        turn=None if turn == WHOLE else turn,
        size=size,
        votes=votes,
        role=said.role,
        text=said.text if len(said.text) <= LONGEST_QUOTE else said.text[: LONGEST_QUOTE - 1].rstrip() + "…",
    )
