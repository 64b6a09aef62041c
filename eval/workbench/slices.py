"""For whom is the scorer worse? Slices of the conversations, each beside the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Floats, Statistic, mean_over, ratio
from eval.statistics.differences import MINIMUM_CONVERSATIONS, Difference, adjusted, slice_difference
from eval.statistics.weighted_kappa import MOST_DIFFERENCE_OF_SLICE, SMALLEST
from eval.workbench.agreement import alpha_of
from eval.workbench.conversation_values import REP
from eval.workbench.reliability_study import mean_of
from eval.workbench.study import Study, Units
from eval.workbench.versus_study import WIDTH, VersusStudy, has_order, kappa_counts

LENGTH, WRITING = "length", "transcript"
MEAN = "mean of labels"
ALPHA, ERROR, SHIFT = "alpha with raters", "mean absolute error", "standardised means differ by"
OTHER = "other"
_FULL_STOPS = ".?!\u3002\uff1f\uff01"  # the last three of Japanese and Chinese


@dataclass(frozen=True)
class SliceFigure:
    """One figure of one slice. adjusted_p: of no difference, adjusted for all figures of the study."""

    attribute: str
    level: str
    label: str
    figure: str
    found: Difference
    adjusted_p: float | None = None

    @property
    def flagged(self) -> bool:
        """Whether the slice differs from the rest beyond chance; of standardised means, by more than .10 as well."""
        if self.adjusted_p is None or self.adjusted_p > 0.05:
            return False
        value = self.found.inside.value
        return self.figure != SHIFT or (value is not None and abs(value) > MOST_DIFFERENCE_OF_SLICE)


def slice_figures(found: VersusStudy) -> list[SliceFigure]:
    """Agreement of turns, error and shift of values of whole conversations, in every slice of the study.

    All p-values are adjusted together. Slices of fewer than five conversations go into "other".
    """
    attributes = slices_of(found.study)
    measures = list(_measures(found))
    n_resamples = len(found.resamples.weights)
    figures = []
    for attribute, levels in attributes.items():
        for level in dict.fromkeys(sorted(set(levels))):
            inside = np.array([held == level for held in levels])
            if not level or inside.all():
                continue
            for label, figure, counts, statistic in measures:
                difference = slice_difference(
                    counts,
                    inside,
                    statistic,
                    undefined="undefined: values do not vary in a slice",
                    n_resamples=n_resamples,
                    seed=found.seed,
                    confidence=found.resamples.confidence,
                )
                figures.append(SliceFigure(attribute, level, label, figure, difference))
            for label, counts in _shift_counts(found):
                figures.append(SliceFigure(attribute, level, label, SHIFT, _shift(counts, inside, found)))
    p_values = adjusted([figure.found.p for figure in figures])
    return [replace(figure, adjusted_p=p) for figure, p in zip(figures, p_values, strict=True)]


def slices_of(study: Study) -> dict[str, list[str]]:
    """By attribute, each conversation's level; "" where it is not known. Attributes without two levels drop out.

    What conversations say of themselves (kind, language, trade) and a table of attributes adds (customer, rep level,
    quality); length in thirds by words; and whether the transcript has capitals and punctuation.
    """
    names = sorted({attribute for held in study.about.values() for attribute in held if attribute != REP})
    found = {name: [study.about.get(one, {}).get(name, "") for one in study.conversations] for name in names}
    texts = [" ".join(said.text for said in study.said.get(one, {}).values()) for one in study.conversations]
    if all(texts) and texts:
        found[LENGTH] = _thirds(np.array([len(text.split()) for text in texts]))
        found[WRITING] = [_writing(text) for text in texts]
    merged = {name: _merged(levels) for name, levels in found.items()}
    return {name: levels for name, levels in merged.items() if len(set(levels) - {""}) > 1}


def _thirds(words: NDArray[np.int64]) -> list[str]:
    low, high = np.quantile(words, [1 / 3, 2 / 3])
    names = f"to {low:.0f} words", f"{low:.0f} to {high:.0f} words", f"over {high:.0f} words"
    return [names[int(n > low) + int(n > high)] for n in words]


def _writing(text: str) -> str:
    """How a transcript is written: a recogniser's raw words have hardly a capital or full stop."""
    marks = sum(text.count(mark) for mark in _FULL_STOPS)
    return "punctuated" if marks * 100 >= len(text.split()) else "raw words"


def _merged(levels: list[str]) -> list[str]:
    counts = Counter(level for level in levels if level)
    small = {level for level, n in counts.items() if n < MINIMUM_CONVERSATIONS}
    if len(small) < len(counts) or not counts:
        return [OTHER if level in small else level for level in levels]
    return [""] * len(levels)  # every level is too small to say anything of it


Measured = tuple[str, str, Floats, Statistic]


def _measures(found: VersusStudy) -> list[Measured]:
    """Label, figure, counts (n_conversations, n_counts) and statistic of every figure that a slice is compared by."""
    measures: list[Measured] = []
    binary: list[Measured] = []
    for held in found.labels:
        units = held.units
        values = found.judged.values[units.label]
        if units.definition.unit == "turn":
            counts, alpha = _alpha_with_raters(units, values)
            one: Measured = (units.label, ALPHA, counts, alpha)
            measures.append(one)
            if len(units.definition.categories) == 2:
                binary.append(one)
        elif units.definition.level != "nominal":
            error = np.abs(values - mean_of(units.values))
            there = ~np.isnan(error)
            counts = np.stack([np.where(there, error, 0.0), there.astype(np.float64)], axis=1)
            measures.append((units.label, ERROR, units.by_conversation(counts), _mean))
    if binary:
        joined = np.hstack([counts for _, _, counts, _ in binary])
        measures.insert(0, (MEAN, ALPHA, joined, mean_over(binary[0][3], len(binary))))
    return measures


def _mean(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def _alpha_with_raters(units: Units, values: Floats) -> tuple[Floats, Statistic]:
    """Alpha over the pairs that the judge makes with every rater."""
    total: Floats | None = None
    _, alpha = alpha_of(units)
    for column in range(units.values.shape[1]):
        counts, _ = alpha_of(replace(units, values=np.column_stack([values, units.values[:, column]])))
        total = counts if total is None else total + counts
    return (alpha_of(units)[0] if total is None else total), alpha


def _shift_counts(found: VersusStudy) -> list[tuple[str, Floats]]:
    """(n_conversations, 6) of judge and raters, for labels of whole conversations."""
    return [
        (held.units.label, counts.reshape(len(counts), -1, WIDTH).sum(axis=1))
        for held in found.labels
        if held.units.definition.unit == "conversation" and has_order(held.units)
        for counts in [kappa_counts(held.units, found.judged.values[held.units.label])]
    ]


def _shift(counts: Floats, inside: NDArray[np.bool_], found: VersusStudy) -> Difference:
    """RSMTool's difference between standardised means: inside, how much higher the slice is judged than raters put it,
    where both are standardised over all conversations."""
    n, judged, given, judged_squares, given_squares, _ = counts.sum(axis=0)
    variances = [
        (squares - total**2 / n) / (n - 1) if n > 1 else 0.0
        for total, squares in ((judged, judged_squares), (given, given_squares))
    ]
    if min(variances) > SMALLEST:
        of_judged, of_given = (
            (counts[:, column] - counts[:, 0] * total / n) / np.sqrt(variance)
            for column, total, variance in ((1, judged, variances[0]), (2, given, variances[1]))
        )
        standardised = np.stack([of_judged - of_given, counts[:, 0]], axis=1)
    else:
        standardised = np.zeros((len(counts), 2))
    return slice_difference(
        standardised,
        inside,
        _mean,
        undefined="undefined: no value in the slice, or values do not vary",
        n_resamples=len(found.resamples.weights),
        seed=found.seed,
        confidence=found.resamples.confidence,
    )
