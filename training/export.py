"""Torch model → ONNX → int8, the encoder with all heads in one graph."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from peft import PeftModel
from safetensors.numpy import save_file
from torch import nn

from scoring.backend import INPUTS, OUTPUTS
from training.model import ScorerModel

OPSET = 17


class _Graph(nn.Module):
    """What is exported: token ids and mask in, the outputs of the heads out."""

    def __init__(self, model: ScorerModel) -> None:
        super().__init__()
        encoder: Any = model.encoder
        self.encoder = encoder.merge_and_unload() if isinstance(encoder, PeftModel) else encoder
        self.encoder.set_attn_implementation("eager")
        self.heads = model.heads

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, ...]:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return tuple(self.heads(hidden))


def export_onnx(model: ScorerModel, path: Path) -> None:
    """Write the int8 model: weights per channel, activations at run time. The adapter is merged into `model`."""
    graph = _Graph(model).eval()
    config = graph.encoder.config
    with tempfile.TemporaryDirectory() as folder, _quiet():
        plain, fused = Path(folder) / "plain.onnx", Path(folder) / "fused.onnx"
        example = torch.ones((2, 16), dtype=torch.int64)
        axes = {name: {0: "windows", 1: "tokens"} for name in (*INPUTS, *OUTPUTS)}
        torch.onnx.export(
            graph,
            (example, example),
            str(plain),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )
        fusion = FusionOptions("bert")
        optimized = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=fusion,
        )
        optimized.save_model_to_file(str(fused))
        # Fused nodes are outside ONNX's own domain, so shape inference cannot type what they return.
        typed = {"DefaultTensorType": onnx.TensorProto.FLOAT}
        quantize_dynamic(fused, path, per_channel=True, weight_type=QuantType.QInt8, extra_options=typed)


def save_links(model: ScorerModel, path: Path) -> None:
    """Write the part of the link head that stays outside the graph."""
    save_file(
        {
            "weights": model.heads.link_weights.detach().numpy().copy(),
            "bias": model.heads.link_bias.detach().numpy().copy(),
        },
        path,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporters warn and log at length about what is checked afterwards by the parity gate."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
