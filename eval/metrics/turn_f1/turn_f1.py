"""F1 of turns by label, as a metric of the `evaluate` library: a thin wrapper over `eval.agreement`.

From the project's folder: `evaluate.load("eval/metrics/turn_f1").compute(predictions=..., references=...)`.
"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from eval.agreement import f1, precision, recall

DESCRIPTION = "F1, precision and recall of turns for each label, and F1's mean over labels: does a turn hold the label?"
CITATION = "van Rijsbergen, C. J. (1979). Information Retrieval, 2nd edition."
INPUTS = """
predictions, references: one list of labels a turn, in the same order of turns; an empty list where a turn has none.
labels: the labels to count, all that occur where it is left out.

>>> metric = evaluate.load("eval/metrics/turn_f1")
>>> found = metric.compute(predictions=[["need"], [], ["need"]], references=[["need"], ["need"], []])
>>> found["mean_f1"], found["need"]
(0.5, {'f1': 0.5, 'precision': 0.5, 'recall': 0.5, 'n': 2})
"""


class TurnF1(evaluate.Metric):  # type: ignore[misc]
    """None where a figure is undefined: the label is in neither, was never predicted, or is in no reference."""

    def _info(self) -> Any:
        features = datasets.Features(
            {name: datasets.List(datasets.Value("string")) for name in ("predictions", "references")}
        )
        return evaluate.MetricInfo(
            description=DESCRIPTION, citation=CITATION, inputs_description=INPUTS, features=features
        )

    def _compute(
        self, predictions: list[list[str]], references: list[list[str]], labels: list[str] | None = None
    ) -> dict[str, Any]:
        counted = labels or sorted({label for held in [*predictions, *references] for label in held})
        found: dict[str, Any] = {}
        for label in counted:
            pairs = [(label in gold, label in guess) for gold, guess in zip(references, predictions, strict=True)]
            cells = ((True, True), (False, True), (True, False), (False, False))
            table = np.array([pairs.count(cell) for cell in cells], dtype=np.float64)
            figures = {"f1": f1(table), "precision": precision(table), "recall": recall(table)}
            found[label] = {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
            found[label]["n"] = int(table[0] + table[2])
        defined = [held["f1"] for held in found.values() if held["f1"] is not None]
        return {"mean_f1": float(np.mean(defined)) if defined else None, **found}
