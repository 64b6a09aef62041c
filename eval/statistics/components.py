"""Variance components: how much of a signal's variance is the rep's, the conversation's, the rater's, and noise.

Ratings are crossed with conversations, conversations nested in reps, cells may be missing. Henderson's first method
(1953, "Estimation of variance and covariance components", Biometrics 9, 226-252; Searle, Casella and McCulloch 1992,
"Variance Components", section 5.3): the uncorrected sums of squares T of mean, reps, conversations, raters and single
ratings have expectations that are linear in the components; solving for them is unbiased for any pattern of gaps, and
on complete data it is the analysis of variance. The sums add up over reps, so a resample of reps is a row of weights
and a thousand of them are one matrix product, which likelihood would not allow. Nothing here needs normal ratings.

Calcium in turnip greens, plants, leaves within plants, two determinations a leaf (Snedecor and Cochran 1967,
"Statistical Methods", p. 286; components as the SAS manual prints them for PROC NESTED, example "Variability of Calcium
Concentration in Turnip Greens": .365223, .161060, .006654). Determinations have no level of their own there, so the two
stand in as raters and what is theirs and what is left are pooled:

>>> calcium = np.array([[3.28, 3.09], [3.52, 3.48], [2.88, 2.80], [2.46, 2.44], [1.87, 1.92], [2.19, 2.19],
...                     [2.77, 2.66], [3.74, 3.44], [2.55, 2.55], [3.78, 3.87], [4.07, 4.12], [3.31, 3.31]])
>>> sums = component_counts(calcium, np.repeat([0, 1, 2, 3], 3)).sum(axis=0)
>>> [round(float(part), 6) for part in henderson(sums, ("rep", "conversation"))]
[0.365223, 0.16106, 0.006654]

Six targets by four judges without reps (Shrout and Fleiss 1979, table 3: mean squares 11.24, 32.49 and 1.02, hence
(11.24 - 1.02) / 4, (32.49 - 1.02) / 6 and 1.02):

>>> judged = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7.0]])
>>> sums = component_counts(judged).sum(axis=0)
>>> [round(float(part), 2) for part in henderson(sums, ("conversation", "rater"))]
[2.56, 5.24, 1.02]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.bootstrap import Estimate, Floats, Resamples, Statistic, draw, estimate
from rubric.generalizability import VarianceComponents

Factor = Literal["rep", "conversation", "rater"]
RESIDUAL = "residual"
SINGULAR = 1e-9

# Columns of the counts: totals of a cluster, then three for each rater (ratings, their sum, ratings squared by rep).
N, SUM, SQUARES, N_REPS, N_SQUARED, REP_SQUARES, REP_CONVERSATION, REP_RATER = range(8)
N_CONVERSATIONS, CONVERSATION_SQUARES, CONVERSATION_SQUARED = range(8, 11)
RATERS = 11
PER_RATER = 3


@dataclass(frozen=True)
class Components:
    """The components of one signal, each with its interval, in the square of the signal's unit.

    parts: by factor and "residual"; a factor that the data do not hold is missing. negative: factors whose unbiased
    estimate was below 0 and is given as 0. counts: (n_clusters, n_counts) what figures that follow from the components
    are resampled from, by `resamples`. reason: why there are none, where `parts` is empty.
    """

    factors: tuple[Factor, ...]
    parts: dict[str, Estimate]
    negative: tuple[str, ...]
    counts: Floats
    resamples: Resamples
    n_reps: int
    n_conversations: int
    n_raters: int
    reason: str | None = None

    def point(self) -> VarianceComponents:
        """The components as plain numbers, 0 for a factor that the data do not hold."""
        held = {name: part.value or 0.0 for name, part in self.parts.items()}
        return VarianceComponents(*(held.get(name, 0.0) for name in ("rep", "conversation", "rater", RESIDUAL)))

    def figure(self, statistic: Statistic, undefined: str) -> Estimate:
        """A statistic of the components (..., n_factors + 1) with its interval; NaN where undefined."""
        if not self.parts:
            return Estimate(value=None, n=self.n_conversations, reason=self.reason)
        return estimate(
            self.counts,
            lambda sums: statistic(np.maximum(henderson(sums, self.factors), 0.0)),
            self.resamples,
            n=self.n_conversations,
            undefined=undefined,
            expanded=True,
        )


def variance_components(
    values: ArrayLike,
    reps: Sequence[int] | NDArray[np.int64] | None = None,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.9,
) -> Components:
    """The components of values (n_conversations, n_raters), NaN where a rater gave none.

    reps: (n_conversations,) the rep of each conversation, None where they are not known: then the conversation is the
    only facet, and what differs between reps is in it. Intervals resample reps, or conversations without reps; raters
    are kept, so that they say nothing about other raters. With a single rater, conversation and residual cannot be told
    apart and stand together as the residual.
    """
    given = np.asarray(values, dtype=np.float64)
    counts = component_counts(given, reps)
    rated = ~np.isnan(given)
    n_conversations, n_raters = int(rated.any(axis=1).sum()), int(rated.any(axis=0).sum())
    n_reps = len(counts) if reps is not None else 0
    factors = _factors(rated, None if reps is None else np.asarray(reps))
    resamples = draw(max(1, len(counts)), n_resamples, seed, confidence)
    reason = _reason_against(factors, n_conversations, n_raters)
    solved = henderson(counts.sum(axis=0), factors) if reason is None else np.zeros(0)
    if reason is None and np.isnan(solved).any():
        reason = "undefined: the pattern of who rated what does not tell the components apart"
    elif reason is None and not _varies(given):
        reason = "undefined: values do not vary"
    found = Components(factors, {}, (), counts, resamples, n_reps, n_conversations, n_raters, reason)
    if reason is not None:
        return found
    names = (*factors, RESIDUAL)
    parts = {
        name: estimate(
            counts, _part(index, factors), resamples, n=n_conversations, undefined="undefined", expanded=True
        )
        for index, name in enumerate(names)
    }
    negative = tuple(name for name, value in zip(names, solved, strict=True) if value < 0)
    return Components(factors, parts, negative, counts, resamples, n_reps, n_conversations, n_raters)


def component_counts(values: ArrayLike, reps: Sequence[int] | NDArray[np.int64] | None = None) -> Floats:
    """(n_clusters, n_counts) what each rep, or without `reps` each conversation, adds to the sums that decide.

    values: (n_conversations, n_raters), NaN where there is none. reps: (n_conversations,) the rep of each. Clusters
    without any rating are left out.
    """
    given = np.asarray(values, dtype=np.float64)
    clusters = np.arange(len(given)) if reps is None else np.asarray(reps)
    rows = [_counts_of(given[clusters == cluster]) for cluster in np.unique(clusters)]
    held = [row for row in rows if row[N] > 0]
    return np.array(held) if held else np.zeros((0, RATERS + PER_RATER * given.shape[1]))


def _counts_of(values: Floats) -> Floats:
    rows = values[~np.isnan(values).all(axis=1)]
    there = ~np.isnan(rows)
    filled = np.where(there, rows, 0.0)
    of_rater, of_conversation = there.sum(axis=0).astype(np.float64), there.sum(axis=1).astype(np.float64)
    n = of_rater.sum()
    counts = np.zeros(RATERS + PER_RATER * values.shape[1])
    if n == 0:
        return counts
    counts[[N, SUM, SQUARES, N_REPS]] = n, filled.sum(), (filled**2).sum(), 1
    counts[[N_SQUARED, REP_SQUARES]] = n**2, filled.sum() ** 2 / n
    counts[[REP_CONVERSATION, REP_RATER]] = (of_conversation**2).sum() / n, (of_rater**2).sum() / n
    counts[N_CONVERSATIONS] = len(rows)
    counts[CONVERSATION_SQUARES] = (filled.sum(axis=1) ** 2 / of_conversation).sum()
    counts[CONVERSATION_SQUARED] = (of_conversation**2).sum()
    counts[RATERS:] = np.stack([of_rater, filled.sum(axis=0), of_rater**2], axis=1).ravel()
    return counts


def henderson(sums: Floats, factors: Sequence[Factor]) -> Floats:
    """(..., n_factors + 1) components of `factors`, in this order, and the residual, from sums of `component_counts`.

    Unbiased, so that a small component may come out below 0; NaN where the pattern of ratings cannot tell them apart.
    """
    held = {name: sums[..., index] for name, index in _COLUMNS.items()}
    by_rater = sums[..., RATERS:].reshape(*sums.shape[:-1], -1, PER_RATER)
    of_rater, of_rater_total, of_rater_by_rep = np.moveaxis(by_rater, -1, 0)
    n = held["n"]
    used = np.maximum(of_rater, 1.0)
    rater_squares = (of_rater_total**2 / used).sum(axis=-1)
    safe_n = np.maximum(n, 1.0)
    n_raters = (of_rater > 0).sum(axis=-1).astype(np.float64)
    # by sum of squares: its value, and the coefficient of each component in its expectation
    mean_row = {
        "value": held["sum"] ** 2 / safe_n,
        "rep": held["n_squared"] / safe_n,
        "conversation": held["conversation_squared"] / safe_n,
        "rater": (of_rater**2).sum(axis=-1) / safe_n,
        RESIDUAL: np.ones_like(n),
    }
    rows = {
        "rep": {
            "value": held["rep_squares"],
            "rep": n,
            "conversation": held["rep_conversation"],
            "rater": held["rep_rater"],
            RESIDUAL: held["n_reps"],
        },
        "conversation": {
            "value": held["conversation_squares"],
            "rep": n,
            "conversation": n,
            "rater": held["n_conversations"],
            RESIDUAL: held["n_conversations"],
        },
        "rater": {
            "value": rater_squares,
            "rep": (of_rater_by_rep / used).sum(axis=-1),
            "conversation": n_raters,
            "rater": n,
            RESIDUAL: n_raters,
        },
        RESIDUAL: {"value": held["squares"], "rep": n, "conversation": n, "rater": n, RESIDUAL: n},
    }
    names = (*factors, RESIDUAL)
    # Every expectation holds n times the squared mean; subtracting the mean's own row leaves the components alone.
    left = (
        np.stack([np.stack([rows[row][name] - mean_row[name] for name in names], axis=-1) for row in names], axis=-2)
        / safe_n[..., None, None]
    )
    right = np.stack([rows[row]["value"] - mean_row["value"] for row in names], axis=-1) / safe_n[..., None]
    solvable = np.abs(np.linalg.det(left)) > SINGULAR
    left = np.where(solvable[..., None, None], left, np.eye(len(names)))
    solved = np.linalg.solve(left, right[..., None])[..., 0]
    return np.where(solvable[..., None], solved, np.nan)


_COLUMNS = {
    "n": N,
    "sum": SUM,
    "squares": SQUARES,
    "n_reps": N_REPS,
    "n_squared": N_SQUARED,
    "rep_squares": REP_SQUARES,
    "rep_conversation": REP_CONVERSATION,
    "rep_rater": REP_RATER,
    "n_conversations": N_CONVERSATIONS,
    "conversation_squares": CONVERSATION_SQUARES,
    "conversation_squared": CONVERSATION_SQUARED,
}


def _part(index: int, factors: Sequence[Factor]) -> Statistic:
    return lambda sums: np.maximum(henderson(sums, factors)[..., index], 0.0)


def _factors(rated: NDArray[np.bool_], reps: NDArray[np.int64] | None) -> tuple[Factor, ...]:
    """The factors whose components the pattern of ratings can tell apart."""
    several_raters = bool((rated.sum(axis=1) > 1).any())
    found: list[Factor] = []
    if reps is not None:
        found.append("rep")
    if several_raters:
        found += ["conversation", "rater"]
    return tuple(found)


def _reason_against(factors: Sequence[Factor], n_conversations: int, n_raters: int) -> str | None:
    if not n_conversations:
        return "undefined: no rating"
    if n_conversations < 2:
        return "undefined: it takes two conversations, found 1"
    if not factors:
        return (
            "undefined: one rater and no reps: what differs between conversations cannot be told from error"
            if n_raters < 2
            else "undefined: no conversation has two raters, and reps are not known"
        )
    return None


def _varies(values: Floats) -> bool:
    given = values[~np.isnan(values)]
    return bool(np.ptp(given) > 0)
