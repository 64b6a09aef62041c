"""The torch model behind the interface of scoring's backend: the reference that the export is held against."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from scoring.backend import WindowOutput, batches, pad
from scoring.windows import Window
from training.model import ScorerModel


class TorchBackend:
    """Runs windows through the torch model in evaluation mode."""

    def __init__(self, model: ScorerModel) -> None:
        self._model = model.eval()

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order."""
        outputs: dict[int, WindowOutput] = {}
        for held in batches(windows):
            input_ids, attention_mask = pad([windows[index] for index in held])
            with torch.no_grad():
                states = self._model.states(torch.from_numpy(input_ids), torch.from_numpy(attention_mask))
            for row, index in enumerate(held):
                length = len(windows[index])
                outputs[index] = WindowOutput(*(state[row, :length].numpy() for state in states))
        return [outputs[index] for index in range(len(windows))]
