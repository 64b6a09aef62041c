"""The alternative annotator test: may the scorer stand in for a rater?

Calderon, Reichart and Dror (2025, "The Alternative Annotator Test for LLM-as-a-Judge: How to Statistically Justify
Replacing Human Annotators with LLMs", ACL, 16051-16081). Each rater is left out in turn; on every unit the scorer and
the rater left out are compared by how well each agrees with the raters who remain. The scorer wins against a rater
where "the rater is better more often, by epsilon or more" is refuted, with the false discovery rate over raters held by
Benjamini and Yekutieli (2001). It passes where it wins against half of the raters: winning rate omega of .5 or more.
Rho, the average advantage probability, is how often the scorer agrees as well or better; it compares scorers.

The test takes units as independent. Turns of one conversation are not, so that here the difference's variance may be
that of conversation totals (the cluster-robust variance, Liang and Zeger 1986) with conversations - 1 degrees of
freedom; `docs/reliability.md` shows the error rates of both.

A constant judge of a rare label loses against no rater, since on most units everybody says no:

>>> raters = np.zeros((60, 3))
>>> raters[:3] = [[1, 1, 1], [1, 1, 0], [0, 1, 1]]
>>> found = alternative_annotator_test(raters, np.zeros(60), epsilon=0.2)
>>> found.winning_rate, round(found.advantage, 3)
(1.0, 0.983)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control, t

from eval.bootstrap import Floats

Score = Literal["accuracy", "negative_rmse"]
MINIMUM_UNITS = 30  # the paper's: below it the mean is not yet normal
MINIMUM_CLUSTERS = 10
DISCOVERY_RATE = 0.05
EPSILON = {"experts": 0.2, "skilled": 0.15, "crowd": 0.1}  # the paper's advice, section 3.2
PASSES_AT = 0.5
SMALLEST = 1e-12


@dataclass(frozen=True)
class Comparison:
    """The scorer against one rater left out.

    rater: the column. n: the units both judged, with another rater at least. advantage: share of them on which the
    scorer agrees with the others as well or better. rater_advantage: the same of the rater. p: of "the rater is better
    by epsilon or more", None where it is not tested, for `reason`. wins: whether that is refuted.
    """

    rater: int
    n: int
    advantage: float | None
    rater_advantage: float | None
    p: float | None
    wins: bool
    reason: str | None = None


@dataclass(frozen=True)
class AlternativeAnnotator:
    """winning_rate: omega, over the raters that could be tested. advantage: rho, over all compared. passes: omega of at
    least .5. Each None where no rater could be, for `reason`."""

    comparisons: tuple[Comparison, ...]
    epsilon: float
    winning_rate: float | None
    advantage: float | None
    passes: bool | None
    reason: str | None = None


def alternative_annotator_test(
    values: ArrayLike,
    judged: ArrayLike,
    *,
    epsilon: float = EPSILON["experts"],
    score: Score = "accuracy",
    clusters: ArrayLike | None = None,
    discovery_rate: float = DISCOVERY_RATE,
    minimum_units: int = MINIMUM_UNITS,
) -> AlternativeAnnotator:
    """Test the scorer's values against raters'.

    values: (n_units, n_raters), NaN where a rater gave none. judged: (n_units,) the scorer's, NaN likewise. epsilon: by
    how much a rater may be the better one and still be replaced, for what the scorer saves. score: accuracy for
    categories, negative_rmse for numbers. clusters: (n_units,) the conversation of each unit; None takes units as
    independent, as published. minimum_units: below it a rater is compared and not tested.
    """
    raters, scorer = np.asarray(values, dtype=np.float64), np.asarray(judged, dtype=np.float64)
    groups = np.arange(len(raters)) if clusters is None else np.asarray(clusters)
    compared = [
        _compare(rater, raters, scorer, groups, epsilon, score, minimum_units, is_clustered=clusters is not None)
        for rater in range(raters.shape[1])
    ]
    tested = [found for found in compared if found.p is not None]
    shares = [found.advantage for found in compared if found.advantage is not None]
    advantage = float(np.mean(shares)) if shares else None
    if not tested:
        reasons = dict.fromkeys(found.reason for found in compared if found.reason)
        reason = "untested: " + ("; ".join(reasons) if reasons else "there is no rater")
        return AlternativeAnnotator(tuple(compared), epsilon, None, advantage, None, reason)
    adjusted = false_discovery_control([found.p for found in tested if found.p is not None], method="by")
    won = {found.rater for found, p in zip(tested, adjusted, strict=True) if p <= discovery_rate}
    comparisons = tuple(
        Comparison(
            found.rater, found.n, found.advantage, found.rater_advantage, found.p, found.rater in won, found.reason
        )
        for found in compared
    )
    rate = len(won) / len(tested)
    return AlternativeAnnotator(comparisons, epsilon, rate, advantage, rate >= PASSES_AT)


def _compare(
    rater: int,
    values: Floats,
    scorer: Floats,
    groups: NDArray[np.generic],
    epsilon: float,
    score: Score,
    minimum_units: int,
    *,
    is_clustered: bool,
) -> Comparison:
    others = np.delete(values, rater, axis=1)
    held = ~np.isnan(values[:, rater]) & ~np.isnan(scorer) & ~np.isnan(others).all(axis=1)
    n = int(held.sum())
    if n == 0:
        return Comparison(rater, 0, None, None, None, wins=False, reason="no unit that scorer and two raters judged")
    of_scorer = agreement(scorer[held], others[held], score)
    of_rater = agreement(values[held, rater], others[held], score)
    as_good = of_scorer >= of_rater - SMALLEST
    rater_as_good = of_rater >= of_scorer - SMALLEST
    shares = float(as_good.mean()), float(rater_as_good.mean())
    if n < minimum_units:
        return Comparison(
            rater, n, *shares, None, wins=False, reason=f"fewer than {minimum_units} units, the least the test is for"
        )
    difference = rater_as_good.astype(np.float64) - as_good
    n_groups = len(np.unique(groups[held]))
    if is_clustered and n_groups < MINIMUM_CLUSTERS:
        reason = f"fewer than {MINIMUM_CLUSTERS} conversations, the least for a variance between them"
        return Comparison(rater, n, *shares, None, wins=False, reason=reason)
    return Comparison(rater, n, *shares, clustered_t_test(difference, groups[held], epsilon), wins=False)


def agreement(judged: Floats, others: Floats, score: Score) -> Floats:
    """(n_units,) how well values (n_units,) agree with others' (n_units, n_others), NaN where these gave none.

    accuracy: the share of the others with the same value. negative_rmse: minus the root of the mean squared distance.
    """
    there = ~np.isnan(others)
    n = there.sum(axis=1)
    if score == "accuracy":
        return np.asarray((there & (np.abs(others - judged[:, None]) < SMALLEST)).sum(axis=1) / n, dtype=np.float64)
    squares = np.where(there, (others - judged[:, None]) ** 2, 0.0)
    return np.asarray(-np.sqrt(squares.sum(axis=1) / n), dtype=np.float64)


def clustered_t_test(values: ArrayLike, clusters: ArrayLike, mean: float) -> float:
    """One-sided p of "the mean of values (n,) is `mean` or more", with the variance of cluster totals.

    Where every cluster is one unit, it is Student's test. Without any variance it is 0 or 1.

    >>> from scipy.stats import ttest_1samp
    >>> values = [0, 1, 0, 0, -1, 0, 0, 1, -1, 0]
    >>> bool(np.isclose(clustered_t_test(values, range(10), 0.2), ttest_1samp(values, 0.2, alternative="less").pvalue))
    True
    """
    given, (_, group) = np.asarray(values, dtype=np.float64), np.unique(np.asarray(clusters), return_inverse=True)
    n_groups, centre = int(group.max()) + 1, given.mean()
    totals = np.bincount(group, weights=given - centre, minlength=n_groups)
    variance = n_groups / (n_groups - 1) * (totals**2).sum() / len(given) ** 2 if n_groups > 1 else 0.0
    if variance < SMALLEST:
        return float(centre >= mean - SMALLEST)
    return float(t.cdf((centre - mean) / np.sqrt(variance), n_groups - 1))
