"""Which conversations to label next: some at random, which figures may rest on, and those that tell most.

A conversation tells much where the scorer is unsure of it (wide intervals on its signals, by their rank in the pool), and
where it stands for a slice of which little is labelled yet. Both count alike. The second has diminishing returns: the n-th
conversation of a slice is worth 1 / (n + 1), and conversations are taken one by one, the best first, which is within
1 - 1/e of the best possible choice (Nemhauser, Wolsey and Fisher 1978, "An analysis of approximations for maximizing
submodular set functions", Mathematical Programming 14, 265-294).

Hard conversations are no sample: agreement on them says nothing about the pool. The random share is there for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from eval.workbench.conversation_values import REP
from rubric.conversation import Conversation
from rubric.signals import Signal

About = Mapping[str, Mapping[str, str]]
Drawn = Literal["random", "informative"]
LENGTHS = ("short", "middle", "long")


@dataclass(frozen=True)
class Choice:
    """A conversation to be labelled.

    uncertainty: the scorer's, as the mean rank of its intervals' widths in the pool from 0 (sure) to 1; None where no
    scorer was asked. slices: attribute to value. worth: what it added when it was taken, None where drawn at random.
    """

    conversation: Conversation
    drawn: Drawn
    uncertainty: float | None
    slices: Mapping[str, str]
    worth: float | None = None


def uncertainties(signals: Sequence[Mapping[str, Signal] | None]) -> list[float | None]:
    """For each conversation the mean rank, from 0 to 1, of its signals' interval widths among all conversations.

    Ranks, since signals have different units. None where no signal of it has an interval, or nothing was scored.
    """
    names = list(dict.fromkeys(name for held in signals for name in held or ()))
    ranks = np.full((len(signals), len(names)), np.nan)
    for column, name in enumerate(names):
        widths = np.array([_width(held.get(name) if held else None) for held in signals])
        known = ~np.isnan(widths)
        if known.sum() > 1:
            ranks[known, column] = (rankdata(widths[known]) - 1) / (known.sum() - 1)
        else:
            ranks[known, column] = 0.5
    return [None if np.isnan(row).all() else float(np.nanmean(row)) for row in ranks]


def length_bounds(conversations: Sequence[Conversation]) -> tuple[float, float]:
    """The words under which a third and two thirds of the conversations lie."""
    words = [conversation.words_before[-1] for conversation in conversations]
    low, high = np.quantile(words, [1 / 3, 2 / 3])
    return float(low), float(high)


def slices_of(conversation: Conversation, bounds: tuple[float, float], about: About | None = None) -> dict[str, str]:
    """The slices that a conversation belongs to: language, kind, trade, length, whether its times were measured, and what
    `about` says of it. Whose call it is counts as no slice, so that no plan names a rep."""
    words = conversation.words_before[-1]
    held = {
        "language": conversation.language,
        "kind": conversation.kind,
        "trade": conversation.trade,
        "length": LENGTHS[sum(words > bound for bound in bounds)],
        "times": "with times" if conversation.has_times else "without times",
    }
    held |= {name: value for name, value in (about or {}).get(conversation.id, {}).items() if name != REP}
    return {name: value for name, value in held.items() if value}


def choose(
    pool: Sequence[Conversation],
    n: int,
    *,
    uncertainty: Sequence[float | None],
    labelled: Sequence[Conversation] = (),
    about: About | None = None,
    random_share: float = 0.5,
    seed: int = 0,
) -> list[Choice]:
    """`n` conversations of the pool, all of it where it is smaller: first the random ones, then the most telling first.

    uncertainty: of each conversation of the pool. labelled: what is labelled already, whose slices count as covered.
    about: attributes by conversation id, slices too.
    """
    n = min(n, len(pool))
    bounds = length_bounds([*pool, *labelled]) if pool else (0.0, 0.0)
    slices = [slices_of(conversation, bounds, about) for conversation in pool]
    covered = Counter(pair for held in labelled for pair in slices_of(held, bounds, about).items())
    order = np.random.default_rng(seed).permutation(len(pool)).tolist()
    drawn = sorted(order[: round(random_share * n)])
    for index in drawn:
        covered.update(slices[index].items())
    choices = [Choice(pool[index], "random", uncertainty[index], slices[index]) for index in drawn]
    left = [index for index in range(len(pool)) if index not in set(drawn)]
    while len(choices) < n:
        worths = [_worth(uncertainty[index], slices[index], covered) for index in left]
        best = max(range(len(left)), key=lambda at: (worths[at], pool[left[at]].id))
        index = left.pop(best)
        covered.update(slices[index].items())
        choices.append(Choice(pool[index], "informative", uncertainty[index], slices[index], worths[best]))
    return choices


def _width(signal: Signal | None) -> float:
    return signal.interval[1] - signal.interval[0] if signal and signal.interval else np.nan


def _worth(uncertainty: float | None, slices: Mapping[str, str], covered: Counter[tuple[str, str]]) -> float:
    """From 0 to 1: half uncertainty, half how little its slices are covered."""
    coverage = sum(1 / (1 + covered[pair]) for pair in slices.items()) / max(1, len(slices))
    return coverage if uncertainty is None else (uncertainty + coverage) / 2
