"""A scorer's own weights, apart from the base: the adapter as PEFT writes it and the heads, as half-precision safetensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch
from peft import PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file

from rubric.errors import BundleError
from training.model import ScorerModel

ADAPTER, HEADS = "adapter.safetensors", "heads.safetensors"


def save_weights(model: ScorerModel, folder: Path) -> None:
    """Write adapter (with full fine-tuning: the encoder) and heads. Half precision: what is shipped is what is tested,
    so the model itself is rounded too."""
    folder.mkdir(parents=True, exist_ok=True)
    encoder: Any = model.encoder
    adapter = get_peft_model_state_dict(encoder) if isinstance(encoder, PeftModel) else encoder.state_dict()
    for name, tensors in ((ADAPTER, adapter), (HEADS, model.heads.state_dict())):
        halves = {key: value.detach().to(torch.float16).contiguous() for key, value in tensors.items()}
        save_file(halves, folder / name)
    load_weights(model, folder)


def load_weights(model: ScorerModel, folder: Path) -> None:
    """Read adapter and heads into a model built to the same recipe; raise BundleError where they do not fit."""
    try:
        adapter = _floats(folder / ADAPTER)
        if isinstance(model.encoder, PeftModel):
            result: Any = set_peft_model_state_dict(cast(Any, model.encoder), adapter)
            unexpected = list(result.unexpected_keys)
        else:
            unexpected = list(model.encoder.load_state_dict(adapter).unexpected_keys)
        model.heads.load_state_dict(_floats(folder / HEADS))
    except (OSError, RuntimeError) as error:
        raise BundleError(f"the weights in {folder} do not fit the recipe: {error}") from error
    if unexpected:
        raise BundleError(f"the adapter in {folder} does not fit the recipe: unknown {', '.join(unexpected[:3])}")
    model.eval()


def _floats(path: Path) -> dict[str, torch.Tensor]:
    return {key: value.to(torch.float32) for key, value in load_file(path).items()}
