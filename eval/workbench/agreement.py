"""Do raters agree on a label? Every coefficient of one label, with intervals over conversations.

>>> from eval.bootstrap import draw
>>> from eval.workbench.codebook import our_codebook
>>> from eval.workbench.study import Observation, build
>>> study = build(our_codebook(), [Observation("c1", 0, "A", "empathy", 1.0), Observation("c2", 0, "A", "empathy", 0.0)])
>>> label_agreement(study.units["empathy"], draw(2), study.raters).alpha.reason
'undefined: only one rater, A, judged it'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Distribution, Estimate, Floats, Resamples, Statistic, distribution, mean_over
from eval.coefficients import (
    agreement_counts,
    category_counts,
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    gwet_ac1,
    interval_alpha,
    interval_counts,
    nominal_alpha,
    ordinal_alpha,
    pair_tables,
    percent_agreement,
    prevalence,
    rater_indices,
    specific_agreement,
)
from eval.workbench.study import Units

LEAST, GOOD = 0.667, 0.8  # Krippendorff's limits for tentative and for firm conclusions (2019, "Content Analysis", 12)
MINIMUM_CONVERSATIONS = 5  # fewer are no sample to resample; see docs/reliability.md


class LabelAgreement(BaseModel):
    """What raters reach on one label.

    n_units: those that two raters or more judged, in n_conversations. alpha: at the label's level. below_least,
    below_good: the probability that alpha lies below .667 and .800; None where there is no interval. The others are
    None for interval labels: mean Cohen's kappa over pairs of raters (quadratic weights where ordinal), Fleiss' kappa,
    Gwet's AC1, percent agreement; specific agreement and prevalence by category.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    unit: str
    level: str
    n_units: int
    n_conversations: int
    n_raters: int
    alpha: Estimate
    below_least: float | None
    below_good: float | None
    cohen: Estimate | None = None
    fleiss: Estimate | None = None
    ac1: Estimate | None = None
    percent: Estimate | None = None
    specific: dict[str, Estimate] = {}
    prevalence: dict[str, Estimate] = {}


def label_agreement(
    units: Units, resamples: Resamples, raters: Sequence[str] = (), *, anonymous: bool = False
) -> LabelAgreement:
    """Every coefficient of one label. raters: the columns' names, for sentences. anonymous: columns are no persons."""
    paired = units.n_ratings >= 2
    measure = Measure(units, resamples, why_undefined(units, raters))
    counts, alpha = alpha_of(units)
    spread = measure.distribution(counts, alpha)
    head = {
        "label": units.label,
        "unit": units.definition.unit,
        "level": units.definition.level,
        "n_units": int(paired.sum()),
        "n_conversations": len(np.unique(units.conversation[paired])),
        "n_raters": int((~np.isnan(units.values)).any(axis=0).sum()),
        "alpha": measure.figure(counts, alpha),
        "below_least": spread.probability_below(LEAST) if spread else None,
        "below_good": spread.probability_below(GOOD) if spread else None,
    }
    categories = units.definition.categories
    if not categories:
        return LabelAgreement(**head)
    held = units.by_conversation(agreement_counts(category_counts(units.values, len(categories))))
    numbered = list(enumerate(categories))
    return LabelAgreement(
        **head,
        cohen=None if anonymous else measure.figure(*cohen_of(units)),
        fleiss=measure.figure(held, fleiss_kappa),
        ac1=measure.figure(held, gwet_ac1),
        percent=measure.figure(held, percent_agreement),
        specific={name: measure.figure(held, _by(specific_agreement, k), never(name)) for k, name in numbered},
        prevalence={name: measure.figure(held, _by(prevalence, k)) for k, name in numbered},
    )


class Measure:
    """Figures of one label: its resamples, its n, and what to say where a figure is undefined."""

    def __init__(self, units: Units, resamples: Resamples, undefined: str) -> None:
        self.resamples, self.undefined = resamples, undefined
        self.n = int((units.n_ratings >= 2).sum())
        self.n_conversations = len(np.unique(units.conversation[units.n_ratings >= 2]))

    def distribution(self, counts: Floats, statistic: Statistic) -> Distribution | None:
        """The resampled statistic; None where there is no value or too few conversations."""
        if self.n_conversations < MINIMUM_CONVERSATIONS or np.isnan(float(statistic(counts.sum(axis=0)))):
            return None
        return distribution(counts, statistic, self.resamples)

    def figure(self, counts: Floats, statistic: Statistic, undefined: str | None = None) -> Estimate:
        """The statistic with its interval, or why it has none."""
        value = float(statistic(counts.sum(axis=0)))
        if np.isnan(value):
            return Estimate(value=None, n=self.n, reason=undefined or self.undefined)
        spread = self.distribution(counts, statistic)
        if spread is None:
            return Estimate(value=value, n=self.n, reason=too_few(self.n_conversations))
        return spread.estimate(self.n, self.resamples.confidence)


def alpha_of(units: Units) -> tuple[Floats, Statistic]:
    """Counts by conversation and the statistic of their sums that is Krippendorff's alpha at the label's level."""
    if units.definition.level == "interval":
        return units.by_conversation(interval_counts(units.values)), interval_alpha
    k = len(units.definition.categories)
    pairs = units.by_conversation(coincidences(category_counts(units.values, k))).reshape(units.n_conversations, -1)
    alpha = ordinal_alpha if units.definition.level == "ordinal" else nominal_alpha
    return pairs, lambda sums: alpha(sums.reshape(*sums.shape[:-1], k, k))


def cohen_of(units: Units) -> tuple[Floats, Statistic]:
    """Counts and statistic of the mean Cohen's kappa over all pairs of raters that it is defined for."""
    k = len(units.definition.categories)
    tables = pair_tables(units.values, k, units.conversation, units.n_conversations)
    weighted = units.definition.level == "ordinal"

    def kappa(sums: Floats) -> Floats:
        return cohen_kappa(sums.reshape(*sums.shape[:-1], k, k), weighted=weighted)

    return tables.reshape(len(tables), -1), mean_over(kappa, len(rater_indices(units.values.shape[1])))


def why_undefined(units: Units, raters: Sequence[str] = ()) -> str:
    """Why agreement on a label cannot be told, as a sentence."""
    judged = np.flatnonzero((~np.isnan(units.values)).any(axis=0))
    if len(judged) < 2:
        name = f", {raters[judged[0]]}," if len(judged) and raters else ""
        return f"undefined: only one rater{name} judged it" if len(judged) else "undefined: nobody judged it"
    given = units.values[units.n_ratings >= 2]
    values = np.unique(given[~np.isnan(given)])
    if not len(values):
        return f"undefined: no {units.definition.unit} was judged by two raters"
    if len(values) == 1:
        categories = units.definition.categories
        name = repr(categories[int(values[0])]) if categories else f"{values[0]:g}"
        return f"undefined: all ratings are {name}, so chance alone agrees as much"
    return "undefined: the ratings leave nothing to compare"


def never(category: str) -> str:
    """Why the agreement on a category is undefined."""
    return f"undefined: nobody chose {category!r}"


def too_few(n_conversations: int) -> str:
    """Why there is no interval over so few conversations."""
    many = f"{n_conversations} conversation{'s' if n_conversations != 1 else ''}"
    return f"no interval: {many}, too few to resample (at least {MINIMUM_CONVERSATIONS})"


def _by(statistic: Callable[[Floats, int], Floats], category: int) -> Statistic:
    return lambda sums: statistic(sums, category)
