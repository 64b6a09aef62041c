"""How many conversations: the formula against brute force, against simulation, against an independent alpha."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from data.splits import load_ratings
from eval.bootstrap import Floats
from eval.coefficients import krippendorff_alpha
from eval.sampling.precision import Spread, pseudo_values, spread_of
from eval.workbench.codebook import LabelDefinition
from eval.workbench.study import Units, of_labelled


def units_of(codes: Floats, conversation: list[int], **definition: object) -> Units:
    index = np.array(conversation)
    held = LabelDefinition.model_validate({"level": "nominal", **definition})
    return Units("label", held, codes, index, np.arange(len(index)), int(index.max()) + 1)


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_pseudo_values_are_those_of_an_independent_alpha(level: str) -> None:
    generator = np.random.default_rng(3)
    conversation = generator.integers(0, 6, 60).tolist()
    truth = generator.integers(0, 3, 60)
    said = [np.where(generator.random(60) < 0.7, truth, generator.integers(0, 3, 60)) for _ in range(3)]
    values = np.array(said).T * 1.0
    values[:9, 2] = np.nan
    definition = {} if level == "interval" else {"values": ["a", "b", "c"]}
    pseudo = pseudo_values(units_of(values, conversation, level=level, **definition))
    for column, pair in enumerate(combinations(range(3), 2)):
        whole = krippendorff_alpha(values[:, pair].T, level)
        for left_out in range(6):
            rest = krippendorff_alpha(values[np.array(conversation) != left_out][:, pair].T, level)
            assert pseudo[left_out, column] == pytest.approx(6 * whole - 5 * rest)


def test_the_variance_is_that_of_the_mean_over_pairs() -> None:
    generator = np.random.default_rng(1)
    shared, raters = generator.normal(size=80), generator.normal(size=(80, 4))
    pairs = [shared + raters[:, i] + raters[:, j] + generator.normal(size=80) for i, j in combinations(range(4), 2)]
    pseudo = np.array(pairs).T
    spread = spread_of("x", pseudo, 4)
    assert spread is not None
    assert 0 < spread.apart < spread.shared < spread.total
    assert spread.variance(4) == pytest.approx(pseudo.mean(axis=1).var(ddof=1))
    of_three = [pseudo[:, [0, 1, 3]], pseudo[:, [0, 2, 4]], pseudo[:, [1, 2, 5]], pseudo[:, [3, 4, 5]]]
    assert spread.variance(3) == pytest.approx(np.mean([held.mean(axis=1).var(ddof=1) for held in of_three]))


def test_what_a_pilot_cannot_tell_is_taken_to_bring_nothing() -> None:
    two = spread_of("x", np.random.default_rng(1).normal(size=(20, 1)), 2)
    assert two is not None
    assert two.variance(5) == pytest.approx(two.variance(2))
    pseudo = np.full((20, 3), np.nan)
    pseudo[:7, 0], pseudo[7:14, 1], pseudo[14:, 2] = 1.0, 0.5, np.arange(6)
    never_together = spread_of("x", pseudo, 3)
    assert never_together is not None
    assert never_together.shared == never_together.total
    assert spread_of("x", np.full((20, 3), np.nan), 3) is None


@pytest.mark.parametrize("n_raters", [2, 3, 5])
def test_the_expected_half_width_is_the_spread_of_alpha_in_simulated_studies(n_raters: int) -> None:
    """Pilots of 60 conversations and 4 raters foretell the spread of alpha over 400 studies of another size."""
    generator = np.random.default_rng(0)
    n_turns = 12

    def study(n: int, m: int) -> Units:
        trait = generator.normal(-1, 1, (n, 1, 1)) + generator.normal(0, 2, (n, n_turns, 1))
        said = (trait + generator.normal(0, 0.8, (n, n_turns, m)) > 0) * 1.0
        return units_of(said.reshape(-1, m), np.repeat(np.arange(n), n_turns).tolist())

    spreads = [spread_of("x", pseudo_values(study(60, 4)), 4) for _ in range(5)]
    expected = np.mean([spread.half_width(30, n_raters) for spread in spreads if spread])
    alphas = []
    for _ in range(400):
        values = study(30, n_raters).values
        n, ones, total = values.size, values.sum(axis=1), values.sum()
        disagreement = (2 * ones * (n_raters - ones) / (n_raters - 1)).sum()
        alphas.append(1 - (n - 1) * disagreement / (2 * total * (n - total)))
    assert expected == pytest.approx(1.699 * np.std(alphas), rel=0.15)


def test_the_needed_number_is_the_least_that_is_narrow_enough() -> None:
    spread = Spread("need", 0.8, 20, 4, total=0.5, shared=0.3, apart=0.2)
    needed = spread.conversations_needed(0.05, 3)
    assert spread.half_width(needed, 3) <= 0.05 < spread.half_width(needed - 1, 3)
    assert spread.conversations_needed(0.05, 3, assurance=0.8) > needed
    assert spread.conversations_needed(0.05, 5) < needed < spread.conversations_needed(0.05, 2)


def test_the_shipped_ratings_foretell_their_own_interval() -> None:
    """22 conversations by 3 raters: the plan's half-width against the jackknife of the three raters' own alpha."""
    units = of_labelled(load_ratings("en")).units["value_claim"]
    spread = spread_of("value_claim", pseudo_values(units), 3)
    assert spread is not None
    assert (spread.n_conversations, spread.n_raters) == (22, 3)
    whole = krippendorff_alpha(units.values.T)
    kept = [krippendorff_alpha(units.values[units.conversation != index].T) for index in range(22)]
    pseudo = 22 * whole - 21 * np.array(kept)
    assert spread.alpha == pytest.approx(pseudo.mean(), abs=0.005)
    assert np.sqrt(spread.variance(3)) == pytest.approx(pseudo.std(ddof=1), rel=0.03)
