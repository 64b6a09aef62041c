"""The torch model behind the interface of scoring's backend: the reference that the export is held against."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from scoring.backend import WindowOutput
from scoring.windows import Window
from training.model import ScorerModel


class TorchBackend:
    """Runs windows through the torch model in evaluation mode."""

    def __init__(self, model: ScorerModel) -> None:
        self._model = model.eval()

    def run(self, windows: Sequence[Window]) -> list[WindowOutput]:
        """One output a window, in order."""
        return [self._run_one(window) for window in windows]

    def _run_one(self, window: Window) -> WindowOutput:
        token_ids = torch.from_numpy(window.token_ids)[None]  # (1, T)
        with torch.no_grad():
            states = self._model.states(token_ids, torch.ones_like(token_ids))
        return WindowOutput(*(state[0].numpy() for state in states))
