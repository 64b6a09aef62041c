"""Krippendorff's unitised alpha: do raters mark the same stretches of text, beyond what chance gives?

The unit is a stretch of characters. Observed coincidences are the lengths over which pairs of raters' sections (a span,
or the gap between spans) intersect; expected ones are what the raters' total lengths give, a section never being paired
with itself, and a gap's characters being as many units of length one (Krippendorff, Mathet, Bouvry, Widlöcher 2016, "On
the reliability of unitizing textual continua: Further developments", Quality & Quantity 50, 2347-2364: for one label it
is their binary coefficient, |u-alpha). Sums over conversations decide it, so intervals resample conversations.

By hand, three raters over sixty characters, of whom one marks 2 to 5, one 2 to 5 and 10 to 20, one 2 to 5 and 15 to 20
(ends excluded): 180 characters read, 24 marked, 28 / 2 = 14 marked by both of a pair, squares 152. Observed 2 (24 - 14) =
20, expected 2 * 180 * 24 * 156 / (180² - 152 - 156) = 42.00, alpha 1 - 20 / 42.00 = .524.

>>> counts = unitized_counts([[(2, 5)], [(2, 5), (10, 20)], [(2, 5), (15, 20)]], 60)
>>> counts.tolist(), round(float(unitized_alpha(counts)), 3)
([180.0, 24.0, 14.0, 152.0], 0.524)

Marks of nobody leave nothing to compare:

>>> float(unitized_alpha(unitized_counts([[], []], 60)))
nan
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from eval.bootstrap import Floats, ratio

Bounds = tuple[int, int]


def unitized_counts(marked: Sequence[Sequence[Bounds]], length: int) -> Floats:
    """(4,) one text's counts for one label: characters times raters, marked ones, marked by both of a pair, squares.

    marked: each rater's spans of the label as start and end in a text of `length` characters. A text that fewer than
    two raters read counts nothing. "By both" is summed over ordered pairs of raters and divided by m - 1.
    """
    m = len(marked)
    if m < 2:
        return np.zeros(4)
    lengths = [end - start for spans in marked for start, end in spans]
    shared = sum(
        max(0, min(left[1], right[1]) - max(left[0], right[0]))
        for ours, theirs in permutations(marked, 2)
        for left in ours
        for right in theirs
    )
    squares = sum(span**2 for span in lengths)
    return np.array([m * length, sum(lengths), shared / (m - 1), squares], dtype=np.float64)


def unitized_alpha(sums: Floats) -> Floats:
    """|u-alpha from sums (..., 4) of `unitized_counts`; NaN where nothing or all of the text is marked by everybody."""
    total, marked, both, squares = np.moveaxis(sums, -1, 0)
    observed = 2 * (marked - both)  # of marked with gap and of gap with marked
    pairs = total**2 - squares - (total - marked)
    expected = ratio(2 * total * marked * (total - marked), pairs)
    return 1 - ratio(observed, expected)
