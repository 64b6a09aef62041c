"""The sampling plan: from a pilot's ratings how many conversations and raters, which ones, and who rates what.

The folder that comes out holds the report, which names no conversation, and a folder for each rater's code with the tasks
of Label Studio and of doccano. The key, which says what the codes stand for, lies beside the folder, not in it.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from data.annotations.tasks import write_tasks
from eval.sampling.assignment import assign, overlap
from eval.sampling.blinding import Key, blind, codes
from eval.sampling.precision import Spread, pseudo_values, spread_of
from eval.sampling.selection import About, Choice, choose, length_bounds, slices_of, uncertainties
from eval.workbench.study import Study
from rubric.conversation import Conversation
from rubric.errors import DataError
from rubric.signals import Signal

MEAN = "mean of turn labels"
EVERY = "every turn label"
MOST_RATERS = 5
MOST_VALUES = 20
TOOLS = ("label-studio", "doccano")


class Need(BaseModel):
    """What one label takes.

    alpha: in the pilot. half_width: of its interval now, with the pilot's conversations and raters. expected, assured: the
    conversations needed, by raters a conversation, if the pilot's variance is right, and at its upper limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    alpha: float
    half_width: float
    expected: dict[int, int]
    assured: dict[int, int]


class Target(BaseModel):
    """What is to be reached. label: whose interval. half_width: of alpha, at `confidence`. assurance: see `precision`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str = MEAN  # or EVERY, or a label
    half_width: float = 0.05
    confidence: float = 0.9
    assurance: float = 0.8


@dataclass(frozen=True)
class Numbers:
    """How many. spread: of the label that decides. needed: conversations by `per_conversation` raters each; next: without
    those that the pilot holds."""

    target: Target
    needs: Sequence[Need]
    spread: Spread
    per_conversation: int
    needed: int
    next: int

    def half_width(self, n_conversations: int) -> float:
        return self.spread.half_width(n_conversations, self.per_conversation, self.target.confidence)


@dataclass(frozen=True)
class Assignment:
    """Who rates what. named: conversation id to code. raters: name to code. given: for each choice the raters' names."""

    choices: Sequence[Choice]
    named: Mapping[str, str]
    raters: Mapping[str, str]
    given: Sequence[tuple[str, ...]]

    def loads(self) -> dict[str, int]:
        """Conversations by rater's code."""
        counted = Counter(self.raters[name] for names in self.given for name in names)
        return {code: counted[code] for code in sorted(self.raters.values())}

    def shared(self) -> dict[tuple[str, str], int]:
        """Conversations that every two raters' codes share."""
        order = sorted(self.raters.values())
        found = overlap([tuple(sorted(order.index(self.raters[name]) for name in names)) for names in self.given])
        return {(order[left], order[right]): n for (left, right), n in found.items()}


def how_many(
    study: Study,
    target: Target,
    *,
    per_conversation: int | None = None,
    n_raters: int = MOST_RATERS,
    fresh: bool = False,
) -> Numbers:
    """The numbers that a pilot asks for.

    per_conversation: raters of each conversation; None for the cheapest, with the fewest ratings in all, up to n_raters.
    fresh: the pilot's own ratings will not be used. Raises DataError where the pilot says too little of the label.
    """
    options = [per_conversation] if per_conversation else list(range(2, max(2, min(n_raters, MOST_RATERS)) + 1))
    spreads = _spreads(study)
    asked = [label for label in study.of_unit("turn") if label in spreads] if target.label == EVERY else [target.label]
    if not asked or not set(asked) <= set(spreads):
        known = ", ".join(spreads) or "none, since it takes three conversations that two raters share"
        raise DataError(f"the pilot cannot foretell alpha of {target.label!r}; it can of: {known}")
    needs = [_need(label, spread, target, options) for label, spread in spreads.items()]
    assured = {m: max((need.assured[m], need.label) for need in needs if need.label in asked) for m in options}
    chosen = min(options, key=lambda m: (assured[m][0] * m, m))
    needed, deciding = assured[chosen]
    held = 0 if fresh else spreads[deciding].n_conversations
    return Numbers(target, needs, spreads[deciding], chosen, needed, max(0, needed - held))


def _need(label: str, spread: Spread, target: Target, options: Sequence[int]) -> Need:
    def needed(assurance: float) -> dict[int, int]:
        return {m: spread.conversations_needed(target.half_width, m, target.confidence, assurance) for m in options}

    return Need(
        label=label,
        alpha=spread.alpha,
        half_width=spread.half_width(spread.n_conversations, spread.n_raters, target.confidence),
        expected=needed(0.5),
        assured=needed(target.assurance),
    )


def which(
    pool: Sequence[Conversation],
    n: int,
    signals: Sequence[Mapping[str, Signal] | None],
    labelled: Sequence[Conversation],
    *,
    random_share: float,
    seed: int,
    about: About | None = None,
) -> list[Choice]:
    """`n` conversations of the pool. signals: the scorer's of each, None where it was not asked. about: attributes of
    conversations by id."""
    uncertainty = uncertainties(signals)
    return choose(
        pool, n, uncertainty=uncertainty, labelled=labelled, about=about, random_share=random_share, seed=seed
    )


def who(choices: Sequence[Choice], raters: Sequence[str], per_conversation: int, seed: int) -> Assignment:
    """Raters for each choice, and codes for conversations and raters, so that nobody's order says what was chosen why."""
    if len(set(raters)) < len(raters):
        raise DataError(f"expected each rater once, found {', '.join(raters)}")
    order = sorted(raters)
    # The informative ones stand last in `choices`; dealt out in random order, every rater gets of both kinds.
    shuffled = np.random.default_rng([seed, 1]).permutation(len(choices)).tolist()
    dealt = [choices[index] for index in shuffled]
    assigned = assign(len(dealt), len(order), per_conversation, seed)
    return Assignment(
        dealt,
        codes([choice.conversation.id for choice in dealt], "c", seed),
        codes(order, "r", seed),
        [tuple(order[rater] for rater in raters_of_one) for raters_of_one in assigned],
    )


def slice_counts(
    choices: Sequence[Choice],
    pool: Sequence[Conversation],
    labelled: Sequence[Conversation],
    about: About | None = None,
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(labelled, pool, chosen) conversations by slice, an attribute and its value; attributes of many values left out."""
    bounds = length_bounds([*pool, *labelled])
    counts = [
        Counter(pair for held in group for pair in slices_of(held, bounds, about).items())
        for group in (labelled, pool, [choice.conversation for choice in choices])
    ]
    pairs = sorted(set().union(*counts))
    n_values = Counter(name for name, _ in pairs)
    return {
        (name, value): (counts[0][name, value], counts[1][name, value], counts[2][name, value])
        for name, value in pairs
        if n_values[name] <= MOST_VALUES
    }


def hand_out(folder: Path, assignment: Assignment, seed: int) -> Path:
    """Write each rater's tasks into a new folder, and the key beside it; the key's path.

    Each rater has an order of their own. Raises DataError where the key is there already, LabelError where a folder is.
    """
    key_path = folder.with_name(f"{folder.name}.key.json")
    if key_path.exists():
        raise DataError(f"{key_path} is there already, and codes handed out before need it; give another --output")
    blinded = {
        c.conversation.id: blind(c.conversation, assignment.named[c.conversation.id]) for c in assignment.choices
    }
    orders: dict[str, list[str]] = {}
    for number, (name, code) in enumerate(sorted(assignment.raters.items(), key=lambda item: item[1])):
        own = [
            choice.conversation.id
            for choice, names in zip(assignment.choices, assignment.given, strict=True)
            if name in names
        ]
        shuffled = np.random.default_rng([seed, 2, number]).permutation(len(own)).tolist()
        orders[code] = [own[index] for index in shuffled]
        for tool in TOOLS:
            write_tasks(folder / "raters" / code / tool, tool, [blinded[held] for held in orders[code]])
    (folder / "assignments.csv").write_bytes(_assignments(orders, assignment.named).encode())
    key = Key(
        conversations={code: name for name, code in sorted(assignment.named.items(), key=lambda item: item[1])},
        raters={code: name for name, code in sorted(assignment.raters.items(), key=lambda item: item[1])},
        drawn={assignment.named[choice.conversation.id]: choice.drawn for choice in assignment.choices},
    )
    key_path.write_text(key.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return key_path


def _assignments(orders: Mapping[str, Sequence[str]], named: Mapping[str, str]) -> str:
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(("rater", "order", "conversation"))
    writer.writerows((code, n, named[name]) for code, names in orders.items() for n, name in enumerate(names, start=1))
    return target.getvalue()


def _spreads(study: Study) -> dict[str, Spread]:
    """The variance components of every label's alpha, and first of the mean over labels of turns."""
    pseudo = {label: pseudo_values(units) for label, units in study.units.items()}
    found: dict[str, Spread] = {}
    of_turns = [pseudo[label] for label in study.of_unit("turn")]
    if len(of_turns) > 1:
        stacked = np.array(of_turns)
        known = ~np.isnan(stacked)
        counts = known.sum(axis=0)
        mean = np.where(counts > 0, np.where(known, stacked, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
        spread = spread_of(MEAN, mean, len(study.raters))
        found |= {MEAN: spread} if spread else {}
    for label, values in pseudo.items():
        spread = spread_of(label, values, len(study.raters))
        found |= {label: spread} if spread else {}
    return found
