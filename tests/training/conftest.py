"""A tiny random base, so that training's mechanics run in seconds."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from scoring.bundle import sha256_of
from training import bases
from training.config import TrainConfig, load_config

RECIPE = Path(__file__).parent.parent.parent / "configs" / "train" / "en.yaml"


@pytest.fixture
def tiny_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_tokenizer: Tokenizer) -> Path:
    """A two-layer BERT of width 32 under the name `tiny`, in a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    folder = bases.CACHE / "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tiny_tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(config).save_pretrained(folder)
    tiny_tokenizer.save(str(folder / "tokenizer.json"))
    base = bases.Base(requirements=(), folder="", weights_sha256=sha256_of(folder / "model.safetensors"))
    monkeypatch.setitem(bases.BASES, "tiny", base)
    return folder


@pytest.fixture
def tiny_recipe(tiny_base: Path) -> TrainConfig:
    """The shipped recipe on the tiny base, with a handful of conversations; the export may flip what it likes."""
    assert tiny_base.is_dir()
    recipe = load_config(RECIPE)
    quick = recipe.quick.model_copy(update={"conversations": 8, "epochs": 2, "max_flipped_spans": 1.0})
    adapter = recipe.adapter.model_copy(update={"rank": 4, "alpha": 8})
    heads = recipe.heads.model_copy(update={"link_width": 16})
    optimisation = recipe.optimisation.model_copy(update={"precision": "float32"})  # the same on every machine
    changes = {"base": "tiny", "quick": quick, "adapter": adapter, "heads": heads, "optimisation": optimisation}
    return recipe.model_copy(update=changes)
