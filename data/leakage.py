"""Leakage: the same conversation, or a near-duplicate of one, in two splits would let a scorer be tested on what it learnt.

Two conversations are near-duplicates where the Jaccard similarity of their word 3-shingles (runs of three words, case
and punctuation aside; characters for scripts without spaces) is at least `THRESHOLD`. Copies with small edits lie far
above it, two calls by one author in one trade far below: over the shipped English corpus the greatest similarity is
0.03. It is computed exactly, through an index of shingles; 500 calls take about a second.

Broder, "On the resemblance and containment of documents", 1997, for shingles and their Jaccard similarity.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rubric.conversation import Conversation
from rubric.errors import DataError
from rubric.spans import Labelled

THRESHOLD = 0.5
SHINGLE_WORDS = 3
_WORD = re.compile(r"[぀-ヿ㐀-鿿]|\w+")


@dataclass(frozen=True)
class Pair:
    """Two conversations that are one, or nearly; similarity from `THRESHOLD` to 1."""

    left: str
    right: str
    similarity: float


def shingles(conversation: Conversation) -> frozenset[tuple[str, ...]]:
    """The set of word 3-shingles of all turns; one shorter shingle where there are fewer words."""
    words = [word for turn in conversation.turns for word in _WORD.findall(turn.text.casefold())]
    last = max(1, len(words) - SHINGLE_WORDS + 1)
    return frozenset(tuple(words[i : i + SHINGLE_WORDS]) for i in range(last))


def similar_pairs(conversations: Sequence[Conversation], threshold: float = THRESHOLD) -> list[tuple[int, int, float]]:
    """Index pairs (i, j), i below j, whose Jaccard similarity is at least `threshold`, most similar first."""
    sets = [shingles(conversation) for conversation in conversations]
    holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, held in enumerate(sets):
        for shingle in held:
            holders[shingle].append(index)
    shared = Counter(pair for holding in holders.values() for pair in combinations(holding, 2))
    scored = [(i, j, n / (len(sets[i]) + len(sets[j]) - n)) for (i, j), n in shared.items()]
    return sorted((pair for pair in scored if pair[2] >= threshold), key=lambda pair: (-pair[2], pair[0], pair[1]))


def leaks(splits: Mapping[str, Sequence[Labelled]]) -> list[Pair]:
    """Pairs across two splits that share an id or are near-duplicates, named `split/id`, most similar first."""
    held = [(split, conversation) for split, items in splits.items() for conversation in _distinct(items)]
    similarity = {(i, j): score for i, j, score in similar_pairs([conversation for _, conversation in held])}
    same_id: dict[str, list[int]] = defaultdict(list)
    for index, (_, conversation) in enumerate(held):
        same_id[conversation.id].append(index)
    for indices in same_id.values():
        similarity.update(dict.fromkeys(combinations(indices, 2), 1.0))
    pairs = [
        Pair(f"{held[i][0]}/{held[i][1].id}", f"{held[j][0]}/{held[j][1].id}", score)
        for (i, j), score in similarity.items()
        if held[i][0] != held[j][0]
    ]
    return sorted(pairs, key=lambda pair: (-pair.similarity, pair.left, pair.right))


def check_leakage(splits: Mapping[str, Sequence[Labelled]]) -> None:
    """Raise DataError that lists every pair of `leaks`, or return where there is none."""
    pairs = leaks(splits)
    if pairs:
        listed = "\n".join(f"  - {pair.left} and {pair.right}: similarity {pair.similarity:.2f}" for pair in pairs)
        raise DataError(
            f"conversations that lie in two splits: {len(pairs)} (the same id, or {SHINGLE_WORDS}-shingle similarity of at "
            f"least {THRESHOLD:g}); keep each pair in one split:\n{listed}"
        )


def _distinct(items: Sequence[Labelled]) -> list[Conversation]:
    """Each conversation once, although several raters labelled it."""
    return list({item.conversation.id: item.conversation for item in items}.values())
