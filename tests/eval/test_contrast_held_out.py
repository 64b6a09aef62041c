"""The contrast pairs stay out of the shipped corpus, and each language's own words vary."""

from __future__ import annotations

import re
from collections import Counter

from data.splits import load_split, splits_of
from eval.contrast import load_pairs

SHORTEST_TURN = 6  # words; shorter turns ("Go on.") are anybody's


def _said(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def test_no_turn_of_a_pair_is_in_the_shipped_corpus() -> None:
    shipped = {
        _said(turn.text)
        for split in splits_of("en")
        for item in load_split("en", split)
        for turn in item.conversation.turns
    }
    told = {
        _said(turn.text)
        for pair in load_pairs()
        for side in (pair.has, pair.lacks)
        for turn in side.conversation.turns
        if turn.n_words >= SHORTEST_TURN
    }
    assert len(told) > 400
    assert not told & shipped


def test_no_sentence_frame_is_seen_twenty_times() -> None:
    frames = Counter(
        frame
        for pair in load_pairs()
        for frame in {" ".join(_said(side.conversation.turns[-1].text).split()[:3]) for side in (pair.has, pair.lacks)}
    )
    assert max(frames.values()) < 20, frames.most_common(3)
