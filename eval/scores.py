"""Stored scores: a JSONL file of scorecards or of a rater's labels, one conversation a line, ready to be judged."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from eval.pairs import Pair
from rubric.conversation import Conversation
from rubric.errors import DataError, refuse
from rubric.scorecard import BundleHashes, Scorecard
from rubric.signals import Signal
from rubric.spans import Labelled, Span, find_faults

KEYS_OF_LABELS = ("id", "spans")
UNNAMED = "unnamed"


@dataclass(frozen=True)
class Scored:
    """What was said of one conversation. signals: the scorecard's, with intervals; None where spans alone are stored.

    rater: who marked the spans, "unnamed" where the line does not say. bundle: of scorecards only.
    """

    spans: tuple[Span, ...]
    signals: Mapping[str, Signal] | None = None
    rater: str = UNNAMED
    bundle: BundleHashes | None = None


class _Labels(BaseModel):
    """The keys of a line of labels that matter here."""

    spans: tuple[Span, ...]
    rater: str = UNNAMED


def of_scorecard(card: Scorecard) -> Scored:
    """What a scorecard says, as something to be judged."""
    return Scored(card.spans, card.signals, card.bundle.name, card.bundle)


def read_scores(path: Path, conversations: Iterable[Conversation], rater: str | None = None) -> dict[str, Scored]:
    """Scores by conversation id, of those in `conversations`; other lines of the file are passed over.

    A line is a scorecard as `python -m scoring` prints it, or labels: `id`, `spans`, and `rater` where the file holds
    several, of whom `rater` picks one. Raises DataError with every fault.
    """
    by_id = {conversation.id: conversation for conversation in conversations}
    scored: dict[str, dict[str, Scored]] = {}
    faults: list[str] = []
    for number, raw in _lines(path, faults):
        where = f"line {number}"
        name = _id_of(raw)
        if name is None:
            faults.append(
                f"{where}: expected a scorecard, or labels with {' and '.join(KEYS_OF_LABELS)}, found neither"
            )
            continue
        if name not in by_id or (rater and raw.get("rater", rater) != rater):
            continue
        try:
            found = _scored(raw)
        except ValidationError as error:
            faults += [f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3]]
            continue
        faults += [f"{where}: {fault}" for fault in find_faults(by_id[name], found.spans)]
        if found.rater in scored.setdefault(name, {}):
            faults.append(f"{where}: {name} is scored twice")
        scored[name][found.rater] = found
    refuse(DataError, str(path), faults)
    raters = sorted({who for held in scored.values() for who in held})
    if len(raters) > 1:
        raise DataError(f"{path} holds labels of {', '.join(raters)}: choose one with --rater")
    missing = [name for name in by_id if name not in scored]
    if missing:
        of_whom = f" of rater {rater}" if rater else ""
        raise DataError(
            f"{path} holds scores{of_whom} for {len(by_id) - len(missing)} of {len(by_id)} conversations; missing: "
            f"{', '.join(missing[:5])}{', ...' if len(missing) > 5 else ''}"
        )
    return {name: next(iter(held.values())) for name, held in scored.items()}


def pair_up(gold: Iterable[Labelled], scored: Mapping[str, Scored]) -> list[Pair]:
    """Gold labels and scores of the same conversations."""
    return [
        Pair(
            item.conversation,
            gold=item.rating.spans,
            predicted=scored[item.conversation.id].spans,
            signals=scored[item.conversation.id].signals,
        )
        for item in gold
    ]


def _lines(path: Path, faults: list[str]) -> Iterator[tuple[int, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError as error:
            faults.append(f"line {number}: not JSON: {error}")


def _id_of(raw: Any) -> str | None:
    if not isinstance(raw, dict):
        return None
    name = raw.get("conversation") if "signals" in raw else raw.get("id") if "spans" in raw else None
    return name if isinstance(name, str) else None


def _scored(raw: dict[str, Any]) -> Scored:
    if "signals" in raw:
        return of_scorecard(Scorecard.model_validate(raw))
    held = _Labels.model_validate(raw)
    return Scored(held.spans, rater=held.rater)
