"""Coefficients of agreement, as functions of counts that add up over units, so that a bootstrap costs nothing.

Ratings come as codes (n_units, n_raters), the index of a category or a number, NaN where a rater gave none.

Krippendorff's own example of four observers and twelve units (Krippendorff 2011, "Computing Krippendorff's
Alpha-Reliability", section E), nominal, ordinal and interval:

>>> nan = float("nan")
>>> observers = np.array([
...     [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
...     [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
...     [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
...     [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
... ])
>>> counts = category_counts(observers.T - 1, 5)
>>> pairs = coincidences(counts).sum(axis=0)
>>> round(float(nominal_alpha(pairs)), 3), round(float(ordinal_alpha(pairs)), 3)
(0.743, 0.815)
>>> round(float(interval_alpha(interval_counts(observers.T).sum(axis=0))), 3)
0.849

The same data by the other coefficients (Gwet 2014, "Handbook of Inter-Rater Reliability", 4th edition, where they are
table 2.10's, and the package irrCAC's vignette): percent agreement .818, Gwet's AC1 .775, Fleiss' kappa .761:

>>> sums = agreement_counts(counts).sum(axis=0)
>>> [round(float(f(sums)), 3) for f in (percent_agreement, gwet_ac1, fleiss_kappa)]
[0.818, 0.775, 0.761]

Fleiss' kappa, fourteen raters, ten subjects, five categories (the example of Wikipedia's "Fleiss' kappa"):

>>> table = np.array([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
...                   [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]])
>>> round(float(fleiss_kappa(agreement_counts(table).sum(axis=0))), 3)
0.21

Cohen's kappa, two readers of fifty grant applications (the example of Wikipedia's "Cohen's kappa"): both yes 20, only
the second 10, only the first 5, neither 15:

>>> round(float(cohen_kappa(np.array([[20.0, 10.0], [5.0, 15.0]]))), 3)
0.4
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.bootstrap import Floats, ratio

Level = Literal["nominal", "ordinal", "interval", "ratio"]
SMALLEST_VARIANCE = 1e-12


def krippendorff_alpha(ratings: ArrayLike, level: Level = "nominal") -> float | None:
    """Krippendorff's alpha of ratings (n_raters, n_units), NaN where a rater gave none.

    None where it is undefined: no unit has two ratings, or all ratings are one value. The package `krippendorff`
    computes it; the functions below do the same from counts.
    """
    import krippendorff

    values = np.asarray(ratings, dtype=np.float64)
    paired = values[:, (~np.isnan(values)).sum(axis=0) >= 2]
    if len(np.unique(paired[~np.isnan(paired)])) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=paired, level_of_measurement=level))


def category_counts(codes: Floats, n_categories: int) -> Floats:
    """(n_units, n_raters) codes to (n_units, n_categories): how many raters chose each category."""
    return np.stack([(codes == category).sum(axis=1) for category in range(n_categories)], axis=1).astype(np.float64)


def coincidences(counts: Floats) -> Floats:
    """(n_units, K) to (n_units, K, K): each unit's part of the coincidence matrix (Krippendorff 2011, section C).

    A unit with fewer than two ratings has none.
    """
    n = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return np.where((n >= 2)[:, None, None], ratio(pairs, (n - 1)[:, None, None]), 0.0)


def nominal_alpha(pairs: Floats) -> Floats:
    """Krippendorff's alpha of categories from summed coincidences (..., K, K); NaN where only one is used."""
    n_of = pairs.sum(axis=-1)
    n = n_of.sum(axis=-1)
    observed = n - np.trace(pairs, axis1=-2, axis2=-1)
    return 1 - ratio((n - 1) * observed, n**2 - (n_of**2).sum(axis=-1))


def ordinal_alpha(pairs: Floats) -> Floats:
    """Krippendorff's alpha of ordered categories: two differ by how many ratings lie between their middles."""
    n_of = pairs.sum(axis=-1)
    middle = np.cumsum(n_of, axis=-1) - n_of / 2
    distance = (middle[..., :, None] - middle[..., None, :]) ** 2
    n = n_of.sum(axis=-1)
    expected = (n_of[..., :, None] * n_of[..., None, :] * distance).sum(axis=(-2, -1))
    return 1 - ratio((n - 1) * (pairs * distance).sum(axis=(-2, -1)), expected)


def interval_counts(values: ArrayLike) -> Floats:
    """The numbers that raters gave a unit (..., n_raters), NaN where none, to (..., 4): disagreement, sum, squares, n.

    Sums of rows decide alpha. Disagreement is 2 (m Σx² - (Σx)²) / (m - 1) for m ratings; a unit with fewer than two
    ratings counts nothing (Krippendorff 2011, section D).
    """
    given = np.asarray(values, dtype=np.float64)
    rated = ~np.isnan(given)
    filled = np.where(rated, given, 0.0)
    m = rated.sum(axis=-1).astype(np.float64)
    total, squares = filled.sum(axis=-1), (filled**2).sum(axis=-1)
    disagreement = ratio(2 * np.maximum(m * squares - total**2, 0.0), m - 1)
    counts = np.stack([np.nan_to_num(disagreement), total, squares, m], axis=-1)
    return np.where((m >= 2)[..., None], counts, 0.0)


def interval_alpha(sums: Floats) -> Floats:
    """Interval alpha from sums (..., 4) of `interval_counts`; NaN where the values do not vary."""
    disagreement, total, squares, n = np.moveaxis(sums, -1, 0)
    spread = n * squares - total**2
    spread = np.where(spread > SMALLEST_VARIANCE * n**2, spread, 0.0)
    return np.asarray(1 - ratio((n - 1) * disagreement, 2 * spread), dtype=np.float64)


def agreement_counts(counts: ArrayLike) -> Floats:
    """(n_units, K) category counts to (n_units, 3 + 3 K), whose sums decide the coefficients below.

    Share of agreeing pairs, 1 if two rated, 1 if one rated; share of each category; agreeing pairs in each category;
    pairs with one rating in it. A unit with fewer than two ratings adds only its shares, as Gwet (2014) has it.
    """
    of = np.asarray(counts, dtype=np.float64)
    m = of.sum(axis=1)
    agreeing = of * (of - 1)
    paired = (m >= 2).astype(np.float64)
    share = np.nan_to_num(ratio(agreeing.sum(axis=1), m * (m - 1)))
    shares = np.nan_to_num(ratio(of, m[:, None]))
    head = np.stack([share, paired, (m >= 1).astype(np.float64)], axis=1)
    return np.concatenate([head, shares, agreeing, of * np.maximum(m - 1, 0)[:, None]], axis=1)


def _parts(sums: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Percent agreement (...), and by category (..., K): prevalence, agreeing pairs, pairs."""
    k = (sums.shape[-1] - 3) // 3
    agreed = ratio(sums[..., 0], sums[..., 1])
    return agreed, ratio(sums[..., 3 : 3 + k], sums[..., 2:3]), sums[..., 3 + k : 3 + 2 * k], sums[..., 3 + 2 * k :]


def percent_agreement(sums: Floats) -> Floats:
    """The share of agreeing pairs of raters, mean over units; from sums of `agreement_counts`, as all that follow."""
    return _parts(sums)[0]


def prevalence(sums: Floats, category: int) -> Floats:
    """The share of ratings that are of the category, mean over units."""
    return _parts(sums)[1][..., category]


def specific_agreement(sums: Floats, category: int) -> Floats:
    """How often a second rater chooses the category, given that a first one has (Uebersax, "Raw Agreement Indices")."""
    _, _, agreeing, pairs = _parts(sums)
    return ratio(agreeing[..., category], pairs[..., category])


def fleiss_kappa(sums: Floats) -> Floats:
    """Fleiss' kappa (1971), with gaps as Gwet (2014) generalises it; NaN where one category has all ratings."""
    agreed, shares, _, _ = _parts(sums)
    by_chance = (shares**2).sum(axis=-1)
    by_chance = np.where(by_chance > 1 - SMALLEST_VARIANCE, 1.0, by_chance)
    return ratio(agreed - by_chance, 1 - by_chance)


def gwet_ac1(sums: Floats) -> Floats:
    """Gwet's AC1 (2008, "Computing inter-rater reliability and its variance in the presence of high agreement").

    Chance agreement is Σ p (1 - p) / (K - 1), so that rare categories do not pull it to nothing.
    """
    agreed, shares, _, _ = _parts(sums)
    by_chance = (shares * (1 - shares)).sum(axis=-1) / (shares.shape[-1] - 1)
    return ratio(agreed - by_chance, 1 - by_chance)


def pair_tables(codes: Floats, n_categories: int, groups: NDArray[np.int64], n_groups: int) -> Floats:
    """(n_units, n_raters) codes to (n_groups, n_pairs, K, K): each pair of raters' table in each group of units.

    groups: (n_units,) the group (conversation) of each unit. Pairs are in the order of `rater_indices`.
    """
    n_cells = n_categories**2
    tables = []
    for first, second in rater_indices(codes.shape[1]):
        both = ~np.isnan(codes[:, first]) & ~np.isnan(codes[:, second])
        cell = codes[both, first].astype(np.int64) * n_categories + codes[both, second].astype(np.int64)
        tables.append(np.bincount(groups[both] * n_cells + cell, minlength=n_groups * n_cells))
    shape = (len(tables), n_groups, n_categories, n_categories)
    return np.moveaxis(np.array(tables, dtype=np.float64).reshape(shape), 0, 1)


def rater_indices(n_raters: int) -> Sequence[tuple[int, int]]:
    """Every pair of raters, by index."""
    return list(combinations(range(n_raters), 2))


def cohen_kappa(table: Floats, *, weighted: bool = False) -> Floats:
    """Cohen's kappa (1960) of (..., K, K) tables, weighted by squared distance (Cohen 1968) where asked.

    NaN where chance alone already agrees on everything.
    """
    k = table.shape[-1]
    steps = np.arange(k)
    distance = (steps[:, None] - steps[None, :]) ** 2 if weighted else 1 - np.eye(k)
    n = table.sum(axis=(-2, -1))
    expected = table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :]
    return 1 - ratio(n * (table * distance).sum(axis=(-2, -1)), (expected * distance).sum(axis=(-2, -1)))
