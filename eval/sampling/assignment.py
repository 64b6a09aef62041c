"""Who rates what: each conversation by the same number of raters, loads alike, every two raters together alike often."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from rubric.errors import DataError


def assign(n_conversations: int, n_raters: int, per_conversation: int, seed: int = 0) -> list[tuple[int, ...]]:
    """For each conversation the raters who rate it, as indices in ascending order.

    Loads differ by one at most. Among the raters with the smallest load, the one who has met those already chosen least
    comes next, chance deciding ties. Raises DataError where a conversation needs more raters than there are, or fewer
    than two, without whom nothing is compared.

    >>> assign(6, 4, 2)
    [(0, 2), (1, 3), (0, 1), (2, 3), (0, 3), (1, 2)]
    """
    if n_raters < 2:
        raise DataError(f"expected two raters or more, found {n_raters}; one alone can be compared with nobody")
    if not 2 <= per_conversation <= n_raters:
        raise DataError(
            f"expected 2 to {n_raters} raters a conversation, since {n_raters} take part, found {per_conversation}"
        )
    generator = np.random.default_rng(seed)
    load: Counter[int] = Counter()
    together: Counter[tuple[int, int]] = Counter()
    assigned: list[tuple[int, ...]] = []
    for _ in range(n_conversations):
        chosen: list[int] = []
        order = generator.permutation(n_raters).tolist()
        while len(chosen) < per_conversation:
            free = [rater for rater in order if rater not in chosen]
            met = {rater: sum(together[min(rater, other), max(rater, other)] for other in chosen) for rater in free}
            chosen.append(min(free, key=lambda rater: (load[rater], met[rater])))
        load.update(chosen)
        together.update(combinations(sorted(chosen), 2))
        assigned.append(tuple(sorted(chosen)))
    return assigned


def overlap(assigned: list[tuple[int, ...]]) -> dict[tuple[int, int], int]:
    """How many conversations every two raters share; pairs that share none are left out."""
    return dict(sorted(Counter(pair for raters in assigned for pair in combinations(raters, 2)).items()))
