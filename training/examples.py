"""Labelled conversations as tensors: windows with turn, token and link targets, augmented anew at each reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from rubric.spans import Labelled, Span
from scoring.links import RELATION_OF, TARGET_OF, Relation, candidate_targets, mention, pair_features
from scoring.tags import LABELS, OUTSIDE, begin_tag, inside_tag, label_mask
from scoring.windows import TEXT, Piece, Window, Windower
from training.config import AugmentationConfig

IGNORED = -100
# Pieces of fewer words are not split.
SHORTEST_SPLIT = 6


@dataclass(frozen=True)
class LinkTarget:
    """One source span: its candidates (indices into the example's mentions), their features, and which are right.

    right: (n_candidates + 1,) bool, the last for "none".
    """

    relation: Relation
    source: int
    candidates: list[int]
    features: NDArray[np.float32]
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Example:
    """One conversation: windows, per window (T,) tags, per window (n_pieces, n_labels) turn targets, and links.

    mention_tokens: per mention (window, token positions) of its decided tokens.
    """

    windows: list[Window]
    tags: list[NDArray[np.int64]]
    turn_targets: list[NDArray[np.float32]]
    turn_masks: list[NDArray[np.bool_]]
    mention_tokens: list[list[tuple[int, int]]]
    links: list[LinkTarget]


class Examples(Dataset[Example]):
    """The training set. Without augmentation the same conversation always gives the same example."""

    def __init__(
        self,
        labelled: Sequence[Labelled],
        windower: Windower,
        augmentation: AugmentationConfig | None = None,
    ) -> None:
        self.labelled = labelled
        self.windower = windower
        self.augmentation = augmentation
        self._pieces = [windower.pieces(item.conversation) for item in labelled]

    def __len__(self) -> int:
        return len(self.labelled)

    def __getitem__(self, index: int) -> Example:
        pieces, windower = self._pieces[index], self.windower
        if self.augmentation is not None:
            # Drawn from torch's generator, whose state a checkpoint holds: a resumed run sees what it would have seen.
            rng = np.random.default_rng(int(torch.randint(2**62, (1,))))
            pieces = self._augment(pieces, self.augmentation, rng)
            windower = _shrunk(windower, self.augmentation.window_jitter, rng)
        return make_example(self.labelled[index], windower.pack(pieces))

    def _augment(self, pieces: list[Piece], shares: AugmentationConfig, rng: np.random.Generator) -> list[Piece]:
        if rng.random() < shares.unpunctuated:
            pieces = [_keep(piece, [not self._is_punctuation(i) for i in piece.token_ids]) for piece in pieces]
        if rng.random() < shares.noised:
            pieces = [self._noise(piece, shares.token_noise, rng) for piece in pieces]
        if rng.random() < shares.split:
            pieces = [part for piece in pieces for part in _split(piece, rng)]
        return pieces

    def _is_punctuation(self, token_id: int) -> bool:
        token = self.windower.tokenizer.id_to_token(token_id)
        return token is not None and not any(character.isalnum() for character in token)

    def _noise(self, piece: Piece, rate: float, rng: np.random.Generator) -> Piece:
        """Half of the hit tokens are lost, half are misheard as a token of the vocabulary."""
        hit = rng.random(len(piece)) < rate
        lost = hit & (rng.random(len(piece)) < 0.5)
        n_vocabulary = self.windower.tokenizer.get_vocab_size()
        heard = rng.integers(
            n_vocabulary // 20, n_vocabulary, len(piece)
        )  # the first twentieth is special and single signs
        misheard = hit & ~lost
        misheard[: piece.n_marker_tokens] = False
        token_ids = [int(heard[i]) if misheard[i] else token_id for i, token_id in enumerate(piece.token_ids)]
        return _keep(Piece(piece.turn, token_ids, piece.offsets, piece.n_marker_tokens), list(~lost))


def _keep(piece: Piece, kept: list[bool]) -> Piece:
    """The piece without the text tokens that are not kept; the marker always stays."""
    indices = [i for i in range(len(piece)) if i < piece.n_marker_tokens or kept[i]]
    return Piece(
        piece.turn, [piece.token_ids[i] for i in indices], [piece.offsets[i] for i in indices], piece.n_marker_tokens
    )


def _split(piece: Piece, rng: np.random.Generator) -> list[Piece]:
    """Half of the longer pieces as two, cut between words: a recording's turns are often cut where nobody stopped."""
    n_marker = piece.n_marker_tokens
    words = [i for i in range(n_marker + 1, len(piece)) if piece.offsets[i][0] > piece.offsets[i - 1][1]]
    if len(words) < SHORTEST_SPLIT or rng.random() < 0.5:
        return [piece]
    cut = int(rng.choice(words))
    marker = range(n_marker)
    return [
        Piece(piece.turn, [piece.token_ids[i] for i in held], [piece.offsets[i] for i in held], n_marker)
        for held in (range(cut), [*marker, *range(cut, len(piece))])
    ]


def _shrunk(windower: Windower, jitter: float, rng: np.random.Generator) -> Windower:
    """The same windower with windows up to `jitter` shorter; pieces still fit, since they are cut below that."""
    longest = windower.config.max_tokens
    shrunk = int(longest * (1 - jitter * rng.random()))
    return windower.with_max_tokens(shrunk)


def make_example(labelled: Labelled, windows: list[Window]) -> Example:
    """Targets for the windows of one conversation."""
    spans_of_turn: dict[int, list[int]] = {}
    for index, span in enumerate(labelled.rating.spans):
        spans_of_turn.setdefault(span.turn, []).append(index)
    tags: list[NDArray[np.int64]] = []
    turn_targets, turn_masks = [], []
    mention_tokens: list[list[tuple[int, int]]] = [[] for _ in labelled.rating.spans]
    for window_index, window in enumerate(windows):
        window_tags = np.where(window.decided & (window.kinds == TEXT), OUTSIDE, IGNORED)
        begun: set[int] = set()
        # The turn head answers for a piece, not for its whole turn.
        pieces, roles = window.pieces, [labelled.conversation.turns[turn].role for turn in window.piece_turns]
        targets = np.zeros((len(roles), len(LABELS)), dtype=np.float32)
        for position in np.flatnonzero(window_tags != IGNORED):
            start, end = window.offsets[position]
            for index in spans_of_turn.get(int(window.turns[position]), ()):
                span = labelled.rating.spans[index]
                if start < span.end and end > span.start:
                    targets[pieces[position], LABELS.index(span.label)] = 1
                    # Spans overlap in studies of other label sets alone; the token head then learns the first.
                    if window_tags[position] == OUTSIDE:
                        window_tags[position] = inside_tag(span.label) if index in begun else begin_tag(span.label)
                        begun.add(index)
                        mention_tokens[index].append((window_index, int(position)))
        tags.append(window_tags)
        turn_targets.append(targets)
        turn_masks.append(np.array([label_mask(role) for role in roles]))
    return Example(windows, tags, turn_targets, turn_masks, mention_tokens, _links(labelled, mention_tokens))


def _links(labelled: Labelled, mention_tokens: list[list[tuple[int, int]]]) -> list[LinkTarget]:
    spans = labelled.rating.spans
    mentions = [mention(span, labelled.conversation.turns[span.turn].text) for span in spans]
    links: list[LinkTarget] = []
    for source, span in enumerate(spans):
        candidates = [index for index in candidate_targets(span, spans) if mention_tokens[index]]
        if not candidates or not mention_tokens[source]:
            continue
        wanted = _wanted_ids(span)
        right = np.array([spans[index].id in wanted for index in candidates] + [False])
        right[-1] = not right.any()
        links.append(
            LinkTarget(
                RELATION_OF[span.label],
                source,
                candidates,
                pair_features(mentions[source], [mentions[index] for index in candidates]),
                right,
            )
        )
    return links


def _wanted_ids(span: Span) -> set[str]:
    relation = RELATION_OF[span.label]
    if TARGET_OF[relation] == span.label:
        return {span.id} if span.id else set()
    return set(span.refers_to)


@dataclass(frozen=True)
class Batch:
    """Windows of several conversations, padded. W windows of at most T tokens.

    input_ids, attention_mask, tags: (W, T). pieces: (W, T) of the M pieces that are decided, -1 for none.
    turn_targets, turn_masks: (M, L). mentions: per mention the flat token positions (window * T + position).
    links: with mention indices of the batch.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    tags: torch.Tensor
    pieces: torch.Tensor
    turn_targets: torch.Tensor
    turn_masks: torch.Tensor
    mentions: list[torch.Tensor]
    links: list[LinkTarget]

    def to(self, device: torch.device) -> Batch:
        """The batch with its tensors on a device; link features stay in memory until they are used."""
        return Batch(
            self.input_ids.to(device),
            self.attention_mask.to(device),
            self.tags.to(device),
            self.pieces.to(device),
            self.turn_targets.to(device),
            self.turn_masks.to(device),
            [mention.to(device) for mention in self.mentions],
            self.links,
        )


def collate(examples: Sequence[Example], pad_id: int = 0) -> dict[str, Batch]:
    """One padded batch over all windows of the examples, under the name that the model's forward takes."""
    windows = [window for example in examples for window in example.windows]
    length = max(map(len, windows))
    input_ids = np.full((len(windows), length), pad_id, dtype=np.int64)
    attention_mask = np.zeros((len(windows), length), dtype=np.int64)
    tags = np.full((len(windows), length), IGNORED, dtype=np.int64)
    pieces = np.full((len(windows), length), -1, dtype=np.int64)
    mentions: list[torch.Tensor] = []
    links: list[LinkTarget] = []
    row, n_pieces = 0, 0
    for example in examples:
        first_mention = len(mentions)
        mentions += [torch.tensor([(row + w) * length + t for w, t in held]) for held in example.mention_tokens]
        links += [
            LinkTarget(
                link.relation,
                link.source + first_mention,
                [candidate + first_mention for candidate in link.candidates],
                link.features,
                link.right,
            )
            for link in example.links
        ]
        for window, window_tags in zip(example.windows, example.tags, strict=True):
            input_ids[row, : len(window)] = window.token_ids
            attention_mask[row, : len(window)] = 1
            tags[row, : len(window)] = window_tags
            of_window = window.pieces
            pieces[row, : len(window)] = np.where(of_window < 0, -1, of_window + n_pieces)
            n_pieces += len(window.piece_turns)
            row += 1
    batch = Batch(
        torch.from_numpy(input_ids),
        torch.from_numpy(attention_mask),
        torch.from_numpy(tags),
        torch.from_numpy(pieces),
        torch.from_numpy(np.concatenate([target for example in examples for target in example.turn_targets])),
        torch.from_numpy(np.concatenate([mask for example in examples for mask in example.turn_masks])),
        mentions,
        links,
    )
    return {"batch": batch}
