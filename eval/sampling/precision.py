"""How narrow alpha's interval becomes with more conversations and more raters, from a pilot.

Alpha over m raters is close to the mean of the alphas of their m (m - 1) / 2 pairs. A pair's alpha is broken down into
one jackknife pseudo-value a conversation (Tukey 1958; Miller 1974, "The jackknife: a review", Biometrika 61, 1-15), whose
variance over conversations gives the interval. Pairs that share a rater agree more than pairs that share none, so the
variance of the mean is that of a U-statistic of degree two (Hoeffding 1948, "A class of statistics with asymptotically
normal distribution", Annals of Mathematical Statistics 19, 293-325):

    V(m) = [total + 2 (m - 2) shared + (m - 2) (m - 3) / 2 apart] / (m (m - 1) / 2)

    half-width = t(n - 1) √(V(m) / n)

Two raters in the pilot do not tell what a third would bring, nor three what a fourth would: there the plan assumes that
it brings nothing that the pilot has not seen, and errs on the side of more conversations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import inf, sqrt

import numpy as np
from scipy.stats import chi2, t

from eval.bootstrap import Floats
from eval.workbench.agreement import alpha_of
from eval.workbench.study import Units

MINIMUM_CONVERSATIONS = 3
MOST_CONVERSATIONS = 1_000_000


@dataclass(frozen=True)
class Spread:
    """How the pseudo-values of one label's alpha vary over the pilot's conversations.

    alpha: the mean over pairs. total: the variance of one pair's pseudo-values; shared, apart: the covariance of two
    pairs that share a rater, that share none; 0 <= apart <= shared <= total. n_conversations, n_raters: of the pilot.
    """

    label: str
    alpha: float
    n_conversations: int
    n_raters: int
    total: float
    shared: float
    apart: float

    def variance(self, n_raters: int) -> float:
        """V(m): the variance of one conversation's pseudo-value of alpha over `n_raters` raters, two or more.

        >>> spread = Spread("need", 0.8, 20, 4, total=0.9, shared=0.3, apart=0.1)
        >>> spread.variance(2), spread.variance(3), round(spread.variance(4), 4)
        (0.9, 0.5, 0.3667)
        """
        others = n_raters - 2
        summed = self.total + 2 * others * self.shared + others * (others - 1) / 2 * self.apart
        return summed / (n_raters * (n_raters - 1) / 2)

    def half_width(self, n_conversations: int, n_raters: int, confidence: float = 0.9) -> float:
        """The expected half-width of alpha's interval; infinite for a single conversation."""
        if n_conversations < 2:
            return inf
        return float(t.ppf((1 + confidence) / 2, n_conversations - 1)) * sqrt(self.variance(n_raters) / n_conversations)

    def conversations_needed(
        self, half_width: float, n_raters: int, confidence: float = 0.9, assurance: float = 0.5
    ) -> int:
        """The least number of conversations whose expected half-width is at most `half_width`.

        assurance: .5 takes the pilot's variance as it is; .8 takes its upper limit at 80 %, since a small pilot may have
        been lucky (Browne 1995, "On the use of a pilot sample for sample size determination", Statistics in Medicine 14,
        1933-1940). Infinity is given as `MOST_CONVERSATIONS`.
        """
        freedom = self.n_conversations - 1
        inflation = 1.0 if assurance <= 0.5 else freedom / float(chi2.ppf(1 - assurance, freedom))
        low, high = 2, MOST_CONVERSATIONS
        while low < high:
            middle = (low + high) // 2
            if self.half_width(middle, n_raters, confidence) * sqrt(inflation) <= half_width:
                high = middle
            else:
                low = middle + 1
        return low


def pseudo_values(units: Units) -> Floats:
    """(n_conversations, n_pairs) of raters, in the order of `itertools.combinations`: alpha's pseudo-values.

    NaN where a pair has not both rated the conversation, or where the pair's alpha is undefined.
    """
    pairs = list(combinations(range(units.values.shape[1]), 2))
    values = np.full((units.n_conversations, len(pairs)), np.nan)
    for column, pair in enumerate(pairs):
        of_pair = replace(units, values=units.values[:, pair])
        counts, alpha = alpha_of(of_pair)
        rated = np.unique(units.conversation[of_pair.n_ratings == 2])
        n = len(rated)
        if n >= MINIMUM_CONVERSATIONS:
            total = counts.sum(axis=0)
            values[rated, column] = n * alpha(total) - (n - 1) * alpha(total - counts[rated])
    return values


def spread_of(label: str, pseudo: Floats, n_raters: int) -> Spread | None:
    """The variance components of pseudo-values (n_conversations, n_pairs); None where the pilot holds too little."""
    kept = (~np.isnan(pseudo)).sum(axis=0) >= MINIMUM_CONVERSATIONS
    if not kept.any():
        return None
    pairs = [pair for pair, keep in zip(combinations(range(n_raters), 2), kept, strict=True) if keep]
    held = pseudo[:, kept]
    known = ~np.isnan(held)
    centred = np.where(known, held - np.nanmean(held, axis=0), 0.0)
    joint = known.astype(np.float64).T @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = np.where(joint >= MINIMUM_CONVERSATIONS, centred.T @ centred / (joint - 1), np.nan)
    in_common = np.array([[len({*left} & {*right}) for right in pairs] for left in pairs])
    total = _mean(covariance[in_common == 2], 0.0)
    shared = float(np.clip(_mean(covariance[in_common == 1], total), 0, total))
    apart = float(np.clip(_mean(covariance[in_common == 0], shared), 0, shared))
    return Spread(
        label,
        float(np.nanmean(held)),
        int(known.any(axis=1).sum()),
        len({rater for pair in pairs for rater in pair}),
        total,
        shared,
        apart,
    )


def _mean(values: Floats, otherwise: float) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else otherwise
