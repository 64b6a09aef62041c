"""Conversation and Turn: who said what, when. Everything else in the project points into these by turn index."""

from __future__ import annotations

from functools import cached_property
from itertools import accumulate
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rubric.codebook import Role


class _Frozen(BaseModel):
    """A frozen model whose copies compute their cached properties anew: `model_copy(update=…)` changes the fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __copy__(self) -> Self:
        copied = super().__copy__()
        for name in set(copied.__dict__) - set(type(self).model_fields):
            del copied.__dict__[name]
        return copied


class Turn(_Frozen):
    """One stretch of talk by one speaker. Times are seconds from the start of the recording, or None.

    Span offsets are Python string indices (Unicode code points) into `text`.
    """

    speaker: str = Field(min_length=1)
    role: Role
    text: str
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _times_come_in_pairs(self) -> Turn:
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end must both be given or both be missing")
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ValueError(f"end {self.end:g} lies before start {self.start:g}")
        return self

    @cached_property
    def n_words(self) -> int:
        """Words, split at white space."""
        return len(self.text.split())

    @property
    def seconds(self) -> float | None:
        return None if self.start is None or self.end is None else self.end - self.start

    def time_at(self, offset: int) -> float | None:
        """The second at which the character at `offset` is said, spread evenly over the turn; None without times."""
        if self.start is None or self.end is None:
            return None
        share = offset / len(self.text) if self.text else 0.0
        return self.start + share * (self.end - self.start)


class Conversation(_Frozen):
    """A sales conversation: at least one turn, in the order in which they were said."""

    id: str = Field(min_length=1)
    language: str = Field(pattern=r"^[a-z]{2,3}$", description="ISO 639 code, such as en")
    turns: tuple[Turn, ...] = Field(min_length=1)
    kind: str | None = None
    trade: str | None = None
    times: str | None = Field(default=None, description="where times come from: measured, simulated or none")

    @cached_property
    def has_times(self) -> bool:
        """True where every turn has times; a partly timed conversation counts as untimed."""
        return all(turn.start is not None for turn in self.turns)

    @cached_property
    def words_before(self) -> tuple[int, ...]:
        """(n_turns + 1,) words said before each turn, the total last."""
        return tuple(accumulate((turn.n_words for turn in self.turns), initial=0))

    def has_role(self, role: Role) -> bool:
        return any(turn.role == role for turn in self.turns)
