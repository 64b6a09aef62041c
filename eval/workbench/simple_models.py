"""Judges that know nothing of a conversation: constant, random, and length alone. What passes them passes for little.

They are given the raters' own labels, as a fair opponent would be, and see only other conversations' when they learn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GroupKFold

from eval.bootstrap import Floats
from eval.workbench.judged import Judged, words_of_units
from eval.workbench.study import Study, Units

CONSTANT, RANDOM, LENGTH = "constant", "random", "length alone"
MOST_FOLDS = 10


def simple_models(study: Study, seed: int = 0) -> list[Judged]:
    """The three judges on a study's units; length alone only where every text is known.

    constant: the commonest category, or the mean. random: draws from what raters gave. length alone: regression of the
    majority, or of the mean, on the logarithm of the words, fitted on other conversations.
    """
    generator = np.random.default_rng(seed)
    constant, random, length = {}, {}, {}
    for label, units in study.units.items():
        given = units.values[~np.isnan(units.values)]
        constant[label] = np.full(units.n_units, commonest(units, given))
        random[label] = generator.choice(given, units.n_units) if len(given) else np.full(units.n_units, np.nan)
        words = words_of_units(study, units)
        if words is not None:
            length[label] = _by_length(units, words)
    found = [Judged(CONSTANT, constant), Judged(RANDOM, random)]
    return [*found, Judged(LENGTH, length)] if length else found


def commonest(units: Units, given: Floats) -> float:
    """The commonest category, the lowest of those that are as common, or the mean of numbers; NaN of nothing."""
    if not len(given):
        return float("nan")
    if units.definition.level == "interval":
        return float(given.mean())
    values, counts = np.unique(given, return_counts=True)
    return float(values[np.argmax(counts)])


def _by_length(units: Units, words: Floats) -> Floats:
    predicted = np.full(units.n_units, np.nan)
    rated = units.n_ratings > 0
    target = np.array([commonest(units, row[~np.isnan(row)]) for row in units.values])
    groups = units.conversation
    n_folds = min(MOST_FOLDS, len(np.unique(groups[rated])))
    if n_folds < 2:
        return predicted
    features = np.log1p(words)[:, None]
    rows = np.flatnonzero(rated)
    for train, test in GroupKFold(n_folds).split(rows, groups=groups[rows]):
        predicted[rows[test]] = _fit(units, features[rows[train]], target[rows[train]], features[rows[test]])
    return predicted


def _fit(units: Units, features: Floats, target: Floats, asked: Floats) -> NDArray[np.float64]:
    if len(np.unique(target)) == 1:
        return np.full(len(asked), target[0])
    if units.definition.level == "interval":
        return np.asarray(LinearRegression().fit(features, target).predict(asked), dtype=np.float64)
    return np.asarray(LogisticRegression().fit(features, target.astype(int)).predict(asked), dtype=np.float64)
