"""F1 of labelled spans, by overlap and strictly, as a metric of `evaluate`: a thin wrapper over `eval.span_metrics`.

From the project's folder: `evaluate.load("eval/metrics/span_f1").compute(predictions=..., references=...)`.
"""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from eval.agreement import LABELS, f1, precision, recall
from eval.span_metrics import count_spans
from rubric.spans import Span

DESCRIPTION = (
    "F1 of spans for each label of the codebook: matched one to one where they overlap, and strictly where their bounds "
    "are the same but for white space and punctuation."
)
CITATION = "Codebook of foursignal, version 1.1; matching by linear sum assignment."
INPUTS = """
predictions, references: one list of spans a conversation; a span is {"turn", "start", "end", "label"} with characters of
its turn's text, end excluded, and a label of the codebook. texts: one list of turns' texts a conversation; where it is
left out, strict bounds must be equal to the character.

>>> metric = evaluate.load("eval/metrics/span_f1")
>>> spans = [[{"turn": 0, "start": 0, "end": 9, "label": "need"}]]
>>> found = metric.compute(predictions=[[{**spans[0][0], "start": 4}]], references=spans)
>>> found["mean_overlap_f1"], found["mean_strict_f1"]
(1.0, 0.0)
"""


class SpanF1(evaluate.Metric):  # type: ignore[misc]
    """Labels that occur nowhere are left out; None where a figure is undefined."""

    def _info(self) -> Any:
        span = {name: datasets.Value("int32") for name in ("turn", "start", "end")}
        spans = datasets.List({**span, "label": datasets.Value("string")})
        features = datasets.Features({"predictions": spans, "references": spans})
        return evaluate.MetricInfo(
            description=DESCRIPTION, citation=CITATION, inputs_description=INPUTS, features=features
        )

    def _compute(
        self,
        predictions: list[list[dict[str, Any]]],
        references: list[list[dict[str, Any]]],
        texts: list[list[str]] | None = None,
    ) -> dict[str, Any]:
        counts = {strict: np.zeros((len(LABELS), 3)) for strict in (False, True)}
        for row, (gold, guess) in enumerate(zip(references, predictions, strict=True)):
            ours, theirs = (tuple(Span.model_validate(span) for span in spans) for spans in (gold, guess))
            for strict in counts:
                counts[strict] += count_spans(ours, theirs, texts[row] if texts else None, strict=strict)
        found: dict[str, Any] = {}
        for index, label in enumerate(LABELS):
            overlapping, strictly = counts[False][index], counts[True][index]
            if overlapping.sum():
                figures = {
                    "overlap_f1": f1(overlapping),
                    "overlap_precision": precision(overlapping),
                    "overlap_recall": recall(overlapping),
                    "strict_f1": f1(strictly),
                }
                found[str(label)] = {name: None if np.isnan(value) else float(value) for name, value in figures.items()}
                found[str(label)]["n"] = int(overlapping[0] + overlapping[2])
        means = {
            f"mean_{name}": float(np.mean([held[name] for held in found.values()])) if found else None
            for name in ("overlap_f1", "strict_f1")
        }
        return {**means, **found}
