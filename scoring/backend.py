"""Windows through the exported encoder on ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from rubric.errors import BundleError
from scoring.windows import Window

FloatArray = NDArray[np.float32]
INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("turn_logits", "turn_attention", "tag_logits", "queries", "keys")


@dataclass(frozen=True)
class WindowOutput:
    """What the heads say of one window of T tokens.

    turn_logits, turn_attention: (T, n_labels), what each token says for a label of its turn and how much it is heard,
    before the softmax. tag_logits: (T, n_tags). queries, keys: (T, link_width).
    """

    turn_logits: FloatArray
    turn_attention: FloatArray
    tag_logits: FloatArray
    queries: FloatArray
    keys: FloatArray


class Backend(Protocol):
    """Whatever runs the encoder with its heads: ONNX Runtime here, torch in training."""

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order."""
        ...


class OnnxBackend:
    """ONNX Runtime on the CPU, a window a run, the windows spread over threads.

    int8 activations are scaled by what is in a run, so a window on its own gives the same numbers whatever else is
    scored beside it; and threads that never wait for one another are as fast as larger batches on several cores.
    """

    def __init__(self, model: Path, n_threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises half a dozen classes of its own
            raise BundleError(f"cannot load {model}: {error}; build the bundle anew with `make bundle`") from error
        self._pool = ThreadPoolExecutor(n_threads or os.cpu_count(), thread_name_prefix="encoder")

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order."""
        return list(self._pool.map(self._run_one, windows))

    def _run_one(self, window: Window) -> WindowOutput:
        token_ids = window.token_ids[None]  # (1, T)
        arrays = self._session.run(list(OUTPUTS), {"input_ids": token_ids, "attention_mask": np.ones_like(token_ids)})
        return WindowOutput(*(array[0] for array in arrays))
