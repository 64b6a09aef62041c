"""The scorer is built on, trained on and exported from any encoder, not BERT alone: tiny random ones of each kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, BertConfig, ModernBertConfig, MPNetConfig, PreTrainedConfig, XLMRobertaConfig

from rubric.examples import CODEBOOK_CALL
from scoring.backend import OnnxBackend
from scoring.windows import WindowConfig, Windower
from training.config import AdapterConfig, HeadsConfig, LossConfig
from training.export import export_onnx
from training.model import build
from training.torch_backend import TorchBackend

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
ARCHITECTURES: dict[str, tuple[type[PreTrainedConfig], tuple[str, ...]]] = {
    "bert": (BertConfig, ("query", "key", "value", "dense")),
    "mpnet": (MPNetConfig, ("q", "k", "v", "o", "dense")),
    "xlm-roberta": (XLMRobertaConfig, ("query", "key", "value", "dense")),
    "modernbert": (ModernBertConfig, ("Wqkv", "Wo", "Wi")),
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_trains_and_its_export_says_what_torch_says(
    name: str, tiny_tokenizer: Tokenizer, tmp_path: Path
) -> None:
    config_class, targets = ARCHITECTURES[name]
    torch.manual_seed(0)
    config = config_class(vocab_size=tiny_tokenizer.get_vocab_size(), pad_token_id=0, **SMALL)
    AutoModel.from_config(config).save_pretrained(tmp_path)
    model = build(tmp_path, AdapterConfig(rank=4, alpha=8), HeadsConfig(link_width=16), LossConfig(), targets)
    windows = Windower(tiny_tokenizer, WindowConfig(max_tokens=48, context_tokens=16)).windows(CODEBOOK_CALL)

    token_ids = torch.from_numpy(windows[0].token_ids)[None]
    turn_logits, _, tag_logits, _, _ = model.states(token_ids, torch.ones_like(token_ids))
    (turn_logits.sum() + tag_logits.sum()).backward()
    assert any(p.grad is not None and p.grad.abs().sum() > 0 for p in model.encoder.parameters())

    expected = TorchBackend(model).run(windows)
    export_onnx(model, tmp_path / "model.onnx")
    for found, wanted in zip(OnnxBackend(tmp_path / "model.onnx").run(windows), expected, strict=True):
        np.testing.assert_allclose(found.tag_logits, wanted.tag_logits, atol=0.15)
