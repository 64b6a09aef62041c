"""Scorecard: everything that is said about one conversation, each point with its evidence and the hashes behind it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from rubric.behaviours import Behaviour
from rubric.signals import Signal
from rubric.spans import Span


class NextPractice(BaseModel):
    """The practice picked for the rep: a scenario of the library, the signal it works on, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: str
    title: str
    behaviour: str
    reason: str


class Axes(BaseModel):
    """Both axes from 0 to 100; None where too few of their components are defined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    warmth: float | None
    competence: float | None


class Hashes(BaseModel):
    """SHA-256 of what a score rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str


class BundleHashes(Hashes):
    """The bundle's own hash, and those of the labelled data and of the base model it was trained from."""

    data: str
    base: str


class Scorecard(BaseModel):
    """The scores of one conversation. `spans` are in order of appearance; evidence points into them by index."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: str
    language: str
    bundle: BundleHashes
    rubric: Hashes
    signals: dict[str, Signal]
    axes: Axes
    behaviours: tuple[Behaviour, ...]
    spans: tuple[Span, ...]
    notes: tuple[str, ...] = ()
    next_practice: NextPractice | None = None

    def to_json(self, indent: int | None = None) -> str:
        """The scorecard as JSON: the same scorecard gives the same bytes."""
        return self.model_dump_json(indent=indent)
