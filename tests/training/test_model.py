"""The loss is the same however windows are grouped and padded, and nearly so in half the bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from data.splits import load_split
from scoring.decoding import turn_scores
from scoring.tags import label_mask
from scoring.windows import WindowConfig, Windower
from training.config import AdapterConfig, HeadsConfig, LossConfig, Precision
from training.examples import Batch, Examples, collate
from training.model import ScorerModel, attend, build
from training.torch_backend import TorchBackend

LORA = AdapterConfig(rank=4, alpha=8, encoder_dropout=0)


@pytest.fixture
def batch(tiny_tokenizer: Tokenizer) -> Batch:
    windower = Windower(tiny_tokenizer, WindowConfig(max_tokens=96, context_tokens=16))
    examples = Examples(load_split("en", "train")[:3], windower)
    return collate([examples[index] for index in range(3)])["batch"]


def model_on(base: Path, precision: Precision) -> ScorerModel:
    torch.manual_seed(0)
    heads = HeadsConfig(link_width=16, dropout=0)
    return build(base, LORA, heads, LossConfig(), ("query", "key", "value", "dense"), precision)


def test_windows_of_like_length_together_give_the_loss_of_all_together(
    tiny_base: Path, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_on(tiny_base, "float32")
    assert batch.input_ids.numel() > 2048
    found = model(batch)
    found["loss"].backward()
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    monkeypatch.setattr("training.model._TOKENS_AT_ONCE", batch.input_ids.numel())
    expected = model(batch)
    expected["loss"].backward()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value)
    for left, right in zip(gradients, (p.grad for p in model.parameters() if p.grad is not None), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-3, atol=1e-5)


def test_half_the_bits_give_nearly_the_same_loss(tiny_base: Path, batch: Batch) -> None:
    with torch.no_grad():
        half, whole = (model_on(tiny_base, precision)(batch)["loss"] for precision in ("bfloat16", "float32"))
    assert half.dtype == torch.float32
    assert half != whole
    torch.testing.assert_close(half, whole, rtol=0.02, atol=0)


def test_training_hears_a_turn_as_scoring_does(tiny_base: Path, tiny_tokenizer: Tokenizer) -> None:
    labelled = load_split("en", "train")[0]
    windower = Windower(tiny_tokenizer, WindowConfig(max_tokens=96, context_tokens=16))
    windows = windower.windows(labelled.conversation)
    model = model_on(tiny_base, "float32").eval()
    scores = turn_scores(labelled.conversation, windows, TorchBackend(model).run(windows))
    batch = collate([Examples([labelled], windower)[0]])["batch"]
    with torch.no_grad():
        logits, attention, *_ = model.states(batch.input_ids, batch.attention_mask)
        heard = torch.sigmoid(attend(logits, attention, batch.pieces, len(batch.turn_targets)))
    turns = [int(turn) for window in windows for turn in window.piece_turns]
    for turn, role in enumerate(turn.role for turn in labelled.conversation.turns):
        loudest = heard[[row for row, of in enumerate(turns) if of == turn]].amax(0).numpy()
        np.testing.assert_allclose(scores[turn].turn, np.where(label_mask(role), loudest, 0), rtol=1e-4)
