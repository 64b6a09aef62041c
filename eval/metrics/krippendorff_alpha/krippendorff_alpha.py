"""Krippendorff's alpha of two raters, as a metric of the `evaluate` library.

From the project's folder: `evaluate.load("eval/metrics/krippendorff_alpha").compute(predictions=..., references=...)`.
"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate

from eval.coefficients import krippendorff_alpha

DESCRIPTION = "Krippendorff's alpha: agreement between predictions and references beyond what chance gives."
CITATION = "Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability."
INPUTS = """
predictions, references: lists of numbers of one length. level: nominal (default), ordinal, interval or ratio.

>>> metric = evaluate.load("eval/metrics/krippendorff_alpha")
>>> round(metric.compute(predictions=[0, 1, 1, 0], references=[0, 1, 0, 0])["krippendorff_alpha"], 3)
0.533
"""


class KrippendorffAlpha(evaluate.Metric):  # type: ignore[misc]
    """None where the values do not vary."""

    def _info(self) -> Any:
        features = datasets.Features({name: datasets.Value("float64") for name in ("predictions", "references")})
        return evaluate.MetricInfo(
            description=DESCRIPTION, citation=CITATION, inputs_description=INPUTS, features=features
        )

    def _compute(
        self, predictions: list[float], references: list[float], level: Any = "nominal"
    ) -> dict[str, float | None]:
        return {"krippendorff_alpha": krippendorff_alpha([predictions, references], level)}
