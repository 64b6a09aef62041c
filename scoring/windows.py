"""A conversation as windows of tokens: what the encoder reads, in training and in serving alike.

Each turn is led by its role word ("rep:" or "customer:"), windows are cut between turns, and the last tokens before
a window are carried into it as left context. Every turn is decided in exactly one window, the first that holds it
whole; in later ones it is context. A turn longer than a window is cut into pieces, each led by the role word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from tokenizers import Tokenizer

from rubric.codebook import Role
from rubric.conversation import Conversation

SPECIAL, LEAD, MARKER, TEXT = 0, 1, 2, 3


class WindowConfig(BaseModel):
    """max_tokens: a window's length with its special tokens. context_tokens: left context, at most.

    markers: the role word before each turn. max_turns: how many turns (or pieces of long ones) a window decides at
    most, None for as many as fit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_tokens: int = Field(ge=32, le=8192)
    context_tokens: int = Field(ge=0)
    markers: Mapping[Role, str] = {"rep": "rep:", "customer": "customer:"}
    max_turns: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _leaves_room(self) -> WindowConfig:
        if self.context_tokens > self.max_tokens // 2:
            raise ValueError(f"context_tokens {self.context_tokens} is more than half of max_tokens {self.max_tokens}")
        return self


@dataclass(frozen=True)
class Piece:
    """A turn, or a stretch of a long one: marker tokens, then text tokens with their offsets in the turn's text."""

    turn: int
    token_ids: list[int]
    offsets: list[tuple[int, int]]
    n_marker_tokens: int

    def __len__(self) -> int:
        return len(self.token_ids)

    @property
    def kinds(self) -> list[int]:
        """LEAD, MARKER or TEXT of each token."""
        return [LEAD] + [MARKER] * (self.n_marker_tokens - 1) + [TEXT] * (len(self) - self.n_marker_tokens)

    def tail(self, n_tokens: int) -> Piece:
        """The marker and the last text tokens, `n_tokens` in all."""
        n_text = n_tokens - self.n_marker_tokens
        keep = [*range(self.n_marker_tokens), *range(len(self) - n_text, len(self))]
        return Piece(
            self.turn, [self.token_ids[i] for i in keep], [self.offsets[i] for i in keep], self.n_marker_tokens
        )


@dataclass(frozen=True)
class Window:
    """(T,) arrays over the window's tokens, special tokens included.

    turns: turn index, -1 for special tokens. offsets: (T, 2) characters in the turn's text. kinds: SPECIAL, LEAD (the
    role word's first token), MARKER (its other tokens) or TEXT. decided: False for context and special tokens.
    """

    token_ids: NDArray[np.int64]
    turns: NDArray[np.int64]
    offsets: NDArray[np.int64]
    kinds: NDArray[np.int8]
    decided: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.token_ids)

    @property
    def pieces(self) -> NDArray[np.int64]:
        """(T,) which of the pieces that this window decides a token belongs to, its role word too; -1 for none."""
        return np.where(self.decided, np.cumsum(self.decided & (self.kinds == LEAD)) - 1, -1)

    @property
    def piece_turns(self) -> NDArray[np.int64]:
        """(n_pieces,) turn of each piece that this window decides."""
        turns: NDArray[np.int64] = self.turns[self.decided & (self.kinds == LEAD)]
        return turns


class Windower:
    """Cuts conversations into windows with one tokenizer and one configuration."""

    def __init__(self, tokenizer: Tokenizer, config: WindowConfig) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self.tokenizer = tokenizer
        self.config = config
        self._prefix, self._suffix = _special_tokens(tokenizer)
        self._markers: dict[Role, list[int]] = {
            role: tokenizer.encode(word, add_special_tokens=False).ids for role, word in config.markers.items()
        }

    def with_max_tokens(self, max_tokens: int) -> Windower:
        """The same tokenizer with shorter windows; never so short that this windower's pieces would not fit."""
        longest_piece = self.config.max_tokens - self.config.context_tokens
        config = self.config.model_copy(update={"max_tokens": max(max_tokens, longest_piece)})
        return Windower(self.tokenizer, config)

    def windows(self, conversation: Conversation) -> list[Window]:
        """All windows of a conversation, in order."""
        return self.pack(self.pieces(conversation))

    def pieces(self, conversation: Conversation) -> list[Piece]:
        """The conversation's turns as tokens, long ones cut so that each piece fits a window beside its context."""
        encodings = self.tokenizer.encode_batch([turn.text for turn in conversation.turns], add_special_tokens=False)
        pieces: list[Piece] = []
        for index, (turn, encoding) in enumerate(zip(conversation.turns, encodings, strict=True)):
            marker = self._markers[turn.role]
            room = self._room - self.config.context_tokens - len(marker)
            for begin in range(0, max(len(encoding.ids), 1), room):
                token_ids = marker + encoding.ids[begin : begin + room]
                offsets = [(0, 0)] * len(marker) + encoding.offsets[begin : begin + room]
                pieces.append(Piece(index, token_ids, offsets, len(marker)))
        return pieces

    def pack(self, pieces: Sequence[Piece]) -> list[Window]:
        """Windows over pieces in order, each with as much left context as its configuration allows."""
        windows: list[Window] = []
        begin = 0
        while begin < len(pieces):
            context = self._context(pieces, begin)
            room = self._room - sum(map(len, context))
            end = begin
            last = len(pieces) if self.config.max_turns is None else min(begin + self.config.max_turns, len(pieces))
            while end < last and len(pieces[end]) <= room:
                room -= len(pieces[end])
                end += 1
            windows.append(self._window(context, pieces[begin:end]))
            begin = end
        return windows

    @property
    def _room(self) -> int:
        return self.config.max_tokens - len(self._prefix) - len(self._suffix)

    def _context(self, pieces: Sequence[Piece], begin: int) -> list[Piece]:
        if begin == len(pieces):
            return []
        room = min(self.config.context_tokens, self._room - len(pieces[begin]))
        context: list[Piece] = []
        for piece in reversed(pieces[:begin]):
            if len(piece) > room:
                if room > piece.n_marker_tokens + 1:
                    context.insert(0, piece.tail(room))
                break
            context.insert(0, piece)
            room -= len(piece)
        return context

    def _window(self, context: Sequence[Piece], decided: Sequence[Piece]) -> Window:
        held = [*context, *decided]
        body = [token_id for piece in held for token_id in piece.token_ids]
        turns = [piece.turn for piece in held for _ in piece.token_ids]
        kinds = [kind for piece in held for kind in piece.kinds]
        n_context = sum(map(len, context))
        n_prefix, n_suffix = len(self._prefix), len(self._suffix)
        offsets = [offset for piece in held for offset in piece.offsets]
        return Window(
            token_ids=np.array(self._prefix + body + self._suffix, dtype=np.int64),
            turns=np.array([-1] * n_prefix + turns + [-1] * n_suffix, dtype=np.int64),
            offsets=np.array([(0, 0)] * n_prefix + offsets + [(0, 0)] * n_suffix, dtype=np.int64),
            kinds=np.array([SPECIAL] * n_prefix + kinds + [SPECIAL] * n_suffix, dtype=np.int8),
            decided=np.array([False] * (n_prefix + n_context) + [True] * (len(body) - n_context) + [False] * n_suffix),
        )


def _special_tokens(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and after a text."""
    encoding = tokenizer.encode("a")
    text = [i for i, special in enumerate(encoding.special_tokens_mask) if not special]
    return encoding.ids[: text[0]], encoding.ids[text[-1] + 1 :]
