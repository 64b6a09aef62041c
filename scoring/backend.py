"""Windows through the exported encoder on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
OUTPUTS = ("turn_logits", "tag_logits", "queries", "keys")
# Tokens a run takes at most, padding included: larger batches fall out of the processor's cache and are slower.
_BATCH_TOKENS = 2048


@dataclass(frozen=True)
class WindowOutput:
    """What the heads say of one window of T tokens.

    turn_logits: (T, n_labels), read at role words. tag_logits: (T, n_tags). queries, keys: (T, link_width).
    """

    turn_logits: FloatArray
    tag_logits: FloatArray
    queries: FloatArray
    keys: FloatArray


class Backend(Protocol):
    """Whatever runs the encoder with its heads: ONNX Runtime here, torch in training."""

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order."""
        ...


class OnnxBackend:
    """ONNX Runtime on the CPU."""

    def __init__(self, model: Path, n_threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # ONNX Runtime raises half a dozen classes of its own
            raise BundleError(f"cannot load {model}: {error}; build the bundle anew with `make demo`") from error

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order; windows of like length share a batch."""
        outputs: dict[int, WindowOutput] = {}
        for held in batches(windows):
            input_ids, attention_mask = pad([windows[index] for index in held])
            arrays = self._session.run(list(OUTPUTS), {"input_ids": input_ids, "attention_mask": attention_mask})
            for row, index in enumerate(held):
                length = len(windows[index])
                outputs[index] = WindowOutput(*(array[row, :length] for array in arrays))
        return [outputs[index] for index in range(len(windows))]


def batches(windows: Sequence[Window]) -> Iterator[list[int]]:
    """Indices of windows, longest first, in batches whose padded size stays within _BATCH_TOKENS."""
    order = sorted(range(len(windows)), key=lambda index: (-len(windows[index]), index))
    while order:
        n = max(1, _BATCH_TOKENS // len(windows[order[0]]))
        yield order[:n]
        order = order[n:]


def pad(windows: Sequence[Window]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(B, T) token ids, padded with 0, and the attention mask."""
    length = max(map(len, windows))
    input_ids = np.zeros((len(windows), length), dtype=np.int64)
    attention_mask = np.zeros((len(windows), length), dtype=np.int64)
    for row, window in enumerate(windows):
        input_ids[row, : len(window)] = window.token_ids
        attention_mask[row, : len(window)] = 1
    return input_ids, attention_mask
