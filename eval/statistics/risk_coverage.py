"""Risk and coverage: if the scorer kept silent where it is least sure, how much better would the rest be?

Selective prediction (El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification", Journal of
Machine Learning Research 11, 1605-1641): units in order of confidence; risk at a coverage is the mean loss over the
surest units of that share. A confidence that says nothing gives a flat curve. The area under the curve sums it up
(Geifman, Uziel and El-Yaniv 2019, ICLR).

>>> curve = risk_coverage([0.9, 0.8, 0.6, 0.4], [0, 0, 0, 1])
>>> curve.coverage.tolist(), [round(risk, 3) for risk in curve.risk.tolist()]
([0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 0.0, 0.25])
>>> round(curve.area, 4), curve.risk_at(0.75)
(0.0625, 0.0)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from eval.bootstrap import Floats


@dataclass(frozen=True)
class RiskCoverage:
    """coverage: (n_units,) share of units kept, rising to 1. risk: (n_units,) mean loss over those kept.

    Units of the same confidence are kept or left together in expectation: they share their mean loss.
    """

    coverage: Floats
    risk: Floats

    @property
    def area(self) -> float:
        """Mean risk over all coverages; the lower, the better the confidence sorts."""
        return float(self.risk.mean())

    def risk_at(self, coverage: float) -> float:
        """Mean loss over the surest share `coverage`, above 0 and at most 1."""
        return float(self.risk[max(0, int(np.ceil(coverage * len(self.risk) - 1e-9)) - 1)])


def risk_coverage(confidence: ArrayLike, loss: ArrayLike) -> RiskCoverage:
    """The curve of units' losses (n_units,), kept in order of confidence (n_units,).

    Raises ValueError where there is no unit or a value is missing.
    """
    sure, lost = np.asarray(confidence, dtype=np.float64), np.asarray(loss, dtype=np.float64)
    if not len(sure) or len(sure) != len(lost) or np.isnan(sure).any() or np.isnan(lost).any():
        raise ValueError(f"expected as many losses as confidences, none missing, found {len(lost)} and {len(sure)}")
    levels, group = np.unique(-sure, return_inverse=True)
    mean_of_level = np.bincount(group, weights=lost) / np.bincount(group, minlength=len(levels))
    order = np.argsort(-sure, kind="stable")
    kept = np.cumsum(mean_of_level[group[order]])
    n = np.arange(1, len(sure) + 1)
    return RiskCoverage(n / len(sure), kept / n)
