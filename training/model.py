"""One encoder, three heads: the torch side of the scorer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from torch import nn
from torch.nn import functional
from transformers import AutoConfig, AutoModel
from transformers.utils.logging import disable_progress_bar

from scoring.links import FEATURES, HAS_NONE, Relation
from scoring.tags import LABELS, TAGS
from training.config import AdapterConfig, HeadsConfig, LossConfig, Precision
from training.examples import IGNORED, Batch

# Tokens, padding included, that pass the encoder together in training: few, so that windows of like length meet.
_TOKENS_AT_ONCE = 2048


@dataclass
class Losses:
    """The three heads' mean losses, unweighted."""

    turn: torch.Tensor
    token: torch.Tensor
    link: torch.Tensor


class Heads(nn.Module):
    """Turn, token and link heads over the encoder's hidden states. H: hidden width, D: link width."""

    def __init__(self, hidden_width: int, config: HeadsConfig) -> None:
        super().__init__()
        self.dropout = nn.Dropout(config.dropout)
        self.turn = nn.Linear(hidden_width, len(LABELS))
        self.attention = nn.Linear(hidden_width, len(LABELS))
        self.token = nn.Linear(hidden_width, len(TAGS))
        self.query = nn.Linear(hidden_width, config.link_width, bias=False)
        self.key = nn.Linear(hidden_width, config.link_width, bias=False)
        # Query and key start equal and orthogonal, so that a link's first score is a similarity.
        nn.init.orthogonal_(self.query.weight)
        self.key.weight.data.copy_(self.query.weight.data)
        self.link_weights = nn.Parameter(torch.zeros(len(Relation), len(FEATURES)))
        self.link_bias = nn.Parameter(torch.zeros(len(Relation)))

    def forward(self, hidden: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(B, T, H) → turn logits and attention (B, T, n_labels), tag logits (B, T, n_tags), queries, keys (B, T, D)."""
        dropped = self.dropout(hidden)
        return tuple(head(dropped) for head in (self.turn, self.attention, self.token, self.query, self.key))


class ScorerModel(nn.Module):
    """Encoder with heads. `forward` takes a Batch and returns its loss, for HF Trainer."""

    def __init__(
        self, encoder: nn.Module, heads: Heads, loss: LossConfig, precision: torch.dtype = torch.float32
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = heads
        self.loss = loss
        self.precision = precision

    def states(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """(B, T) ids and mask → the outputs of the heads."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return tuple(self.heads(hidden))

    def forward(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The weighted loss of a batch, and each head's own."""
        batch = batch.to(self.heads.turn.weight.device)
        states = self._states_by_length(batch.input_ids, batch.attention_mask)
        turn_logits, turn_attention, tag_logits, queries, keys = states
        losses = Losses(
            self._turn_loss(attend(turn_logits, turn_attention, batch.pieces, len(batch.turn_targets)), batch),
            functional.cross_entropy(tag_logits.flatten(0, 1), batch.tags.flatten(), ignore_index=IGNORED),
            self._link_loss(queries, keys, batch),
        )
        loss = self.loss.turn * losses.turn + self.loss.token * losses.token + self.loss.link * losses.link
        return {"loss": loss, "turn": losses.turn, "token": losses.token, "link": losses.link}

    def _states_by_length(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> list[torch.Tensor]:
        """`states` of windows of like length together, so that little padding is computed; padding reads zero.

        The encoder multiplies in the recipe's precision, sums and losses stay in 32 bits.
        """
        lengths = attention_mask.sum(1)
        order = lengths.argsort(stable=True)
        parts = []
        for rows, longest in _of_like_length(order, lengths[order].tolist()):
            with torch.autocast(input_ids.device.type, self.precision, enabled=self.precision != torch.float32):
                states = self.states(input_ids[rows, :longest], attention_mask[rows, :longest])
            parts.append([functional.pad(s.float(), (0, 0, 0, input_ids.shape[1] - longest)) for s in states])
        return [torch.cat(states)[order.argsort()] for states in zip(*parts, strict=True)]

    def _turn_loss(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        weight = logits.new_full((len(LABELS),), self.loss.positive_weight)
        losses = functional.binary_cross_entropy_with_logits(
            logits, batch.turn_targets, pos_weight=weight, reduction="none"
        )
        # Summed over the labels a turn may carry, averaged over turns: a turn weighs the same whatever its role.
        return (losses * batch.turn_masks).sum() / len(batch.turn_targets)

    def _link_loss(self, queries: torch.Tensor, keys: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Mean negative log of the probability that falls on right targets."""
        if not batch.links:
            return queries.new_zeros(())
        flat_queries, flat_keys = queries.flatten(0, 1), keys.flatten(0, 1)  # (W * T, D)
        losses = []
        for link in batch.links:
            query = flat_queries[batch.mentions[link.source]].mean(0)  # (D,)
            key = torch.stack([flat_keys[batch.mentions[i]].mean(0) for i in link.candidates])  # (n, D)
            scores = key @ query / query.shape[0] ** 0.5
            scores = scores + torch.from_numpy(link.features).to(key.device) @ self.heads.link_weights[link.relation]
            scores = scores + self.heads.link_bias[link.relation]
            none = scores.new_zeros(1) if HAS_NONE[link.relation] else scores.new_full((1,), -1e4)
            log_probabilities = torch.log_softmax(torch.cat([scores, none]), dim=0)
            losses.append(-torch.logsumexp(log_probabilities[torch.from_numpy(link.right).to(key.device)], dim=0))
        return torch.stack(losses).mean()


def attend(logits: torch.Tensor, attention: torch.Tensor, pieces: torch.Tensor, n_pieces: int) -> torch.Tensor:
    """(W, T, L) tokens' logits and attention, (W, T) their pieces or -1 → (n_pieces, L), as `scoring.decoding` reads."""
    held = pieces >= 0
    piece, heard = pieces[held], attention[held]
    rows = piece[:, None].expand_as(heard)
    none = heard.new_zeros((n_pieces, heard.shape[1]))
    greatest = none.scatter_reduce(0, rows, heard.detach(), "amax", include_self=False)
    weights = torch.exp(heard - greatest[piece])
    total, weighted = (none.index_add(0, piece, part) for part in (weights, weights * logits[held]))
    return weighted / total


def _of_like_length(order: torch.Tensor, lengths: list[int]) -> Iterator[tuple[torch.Tensor, int]]:
    """Rows in groups of at most `_TOKENS_AT_ONCE` tokens, with each group's longest. lengths: ascending, of `order`."""
    begin = 0
    for end in range(1, len(lengths) + 1):
        if end == len(lengths) or (end - begin + 1) * lengths[end] > _TOKENS_AT_ONCE:
            yield order[begin:end], lengths[end - 1]
            begin = end


def build(
    base: Path,
    adapter: AdapterConfig,
    heads: HeadsConfig,
    loss: LossConfig,
    targets: tuple[str, ...],
    precision: Precision = "float32",
) -> ScorerModel:
    """A fresh model on the base in a folder; with LoRA only the adapter and the heads learn."""
    disable_progress_bar()  # type: ignore[no-untyped-call]  # it counts tensors, for a fifth of a second
    config = _with_dropout(base, adapter.encoder_dropout)
    # On a processor the fused attention's backward pass is the slower one: a step takes a fifth longer.
    encoder: Any = AutoModel.from_pretrained(base, config=config, dtype=torch.float32, attn_implementation="eager")
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    hidden_width = encoder.config.hidden_size
    if adapter.method == "lora":
        encoder = get_peft_model(
            encoder, LoraConfig(r=adapter.rank, lora_alpha=adapter.alpha, target_modules=list(targets))
        )
    return ScorerModel(encoder, Heads(hidden_width, heads), loss, _dtype(precision))


def _dtype(precision: Precision) -> torch.dtype:
    """What a precision of the recipe is on this machine."""
    if precision == "auto":
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def _with_dropout(base: Path, share: float) -> Any:
    """The base's configuration with its dropouts set to `share`, those of attention weights to 0.

    Drawing a mask over every attention weight takes a third of a training step on a CPU.
    """
    config = AutoConfig.from_pretrained(base)
    for key, value in vars(config).items():
        if "dropout" in key and isinstance(value, float):
            setattr(config, key, 0.0 if "att" in key else share)
    return config
