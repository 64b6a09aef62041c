"""Error of one of the four signals, as a metric of `evaluate`: a thin wrapper over `eval.signal_error`.

From the project's folder: `evaluate.load("eval/metrics/signal_error").compute(predictions=..., references=...)`.
"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from eval.signal_error import error_counts, figures_of_counts
from rubric.config import SIGNALS, load_rubric
from rubric.signals import Signal

DESCRIPTION = (
    "How far a signal's values are from the references', conversation by conversation: bias (also in band widths), mean "
    "absolute error, Krippendorff's interval alpha, share of conversations in the same band and two bands off."
)
CITATION = "Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability; bands of foursignal's rubric."
INPUTS = f"""
predictions, references: one value a conversation, NaN where the signal is undefined. signal: {", ".join(SIGNALS)}.
Bands are those of configs/rubric.yaml, by value alone, whatever the evidence.

>>> metric = evaluate.load("eval/metrics/signal_error")
>>> found = metric.compute(predictions=[0.5, 0.2, 1.0], references=[0.5, 0.4, 1.0], signal="value_framing")
>>> round(found["bias"], 4), round(found["absolute_error"], 4), found["n"]
(-0.0667, 0.0667, 3)
"""


class SignalError(evaluate.Metric):  # type: ignore[misc]
    """None where a figure is undefined: no two values, or values that do not vary."""

    def _info(self) -> Any:
        features = datasets.Features({name: datasets.Value("float64") for name in ("predictions", "references")})
        return evaluate.MetricInfo(
            description=DESCRIPTION, citation=CITATION, inputs_description=INPUTS, features=features
        )

    def _compute(self, predictions: list[float], references: list[float], signal: str) -> dict[str, Any]:
        if signal not in SIGNALS:
            raise ValueError(f"unknown signal {signal!r}, expected one of {', '.join(SIGNALS)}")
        config = load_rubric().signals[signal]
        gold, guesses = ([_signal(value, config.unit) for value in values] for values in (references, predictions))
        counts = [error_counts(signal, *pair, config) for pair in zip(gold, guesses, strict=True)]
        return figures_of_counts(np.sum(counts, axis=0), signal, config)


def _signal(value: float | None, unit: str) -> Signal:
    known = None if value is None or np.isnan(value) else value
    return Signal(value=known, numerator=0, denominator=None, unit=unit, band=None)
