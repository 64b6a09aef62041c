"""Targets follow from spans, whatever the windows and the augmentation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from data.splits import load_split
from rubric.codebook import Label
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating
from scoring.links import Relation
from scoring.tags import LABELS, TAGS
from scoring.windows import WindowConfig, Windower
from training.config import AugmentationConfig
from training.examples import IGNORED, Examples, collate, make_example

CODEBOOK = Labelled(CODEBOOK_CALL, Rating(conversation="en-0001", rater="author", spans=CODEBOOK_SPANS))


@pytest.fixture
def windower(tiny_tokenizer: Tokenizer) -> Windower:
    return Windower(tiny_tokenizer, WindowConfig(max_tokens=96, context_tokens=16))


def test_tags_and_turn_targets_are_the_spans(windower: Windower) -> None:
    example = make_example(CODEBOOK, windower.windows(CODEBOOK_CALL))
    begun = [TAGS[tag] for tags in example.tags for tag in tags if tag != IGNORED and TAGS[tag].startswith("B-")]
    assert begun == [f"B-{span.label}" for span in CODEBOOK_SPANS]
    marked = {
        (int(turn), LABELS[label])
        for window, targets in zip(example.windows, example.turn_targets, strict=True)
        for row, turn in enumerate(window.piece_turns)
        for label in np.flatnonzero(targets[row])
    }
    assert marked == {(span.turn, span.label) for span in CODEBOOK_SPANS}


def test_links_name_the_right_targets(windower: Windower) -> None:
    links = {link.relation: link for link in make_example(CODEBOOK, windower.windows(CODEBOOK_CALL)).links}
    assert set(links) == {Relation.RESTATES, Relation.SERVES}
    served = links[Relation.SERVES]
    assert [CODEBOOK_SPANS[i].label for i in served.candidates] == [Label.NEED]
    assert list(served.right) == [True, False]


def test_augmentation_keeps_every_mention_that_has_a_word_left(windower: Windower) -> None:
    strong = AugmentationConfig(unpunctuated=1.0, noised=1.0, token_noise=0.2, window_jitter=0.3)
    labelled = load_split("en", "validation")[:3]
    plain, augmented = Examples(labelled, windower), Examples(labelled, windower, strong)
    torch.manual_seed(1)
    for index in range(len(labelled)):
        before, after = plain[index], augmented[index]
        assert sum(map(len, after.tags)) != sum(map(len, before.tags))
        kept = sum(bool(tokens) for tokens in after.mention_tokens)
        assert kept >= 0.8 * sum(bool(tokens) for tokens in before.mention_tokens)
    torch.manual_seed(1)
    again = [augmented[index] for index in range(len(labelled))]
    torch.manual_seed(1)
    for left, right in zip(again, (augmented[index] for index in range(len(labelled))), strict=True):
        assert all(np.array_equal(a.token_ids, b.token_ids) for a, b in zip(left.windows, right.windows, strict=True))


def test_a_batch_holds_its_conversations_side_by_side(windower: Windower) -> None:
    example = make_example(CODEBOOK, windower.windows(CODEBOOK_CALL))
    batch = collate([example, example])["batch"]
    assert batch.input_ids.shape == batch.tags.shape == batch.attention_mask.shape
    assert len(batch.turn_targets) == 2 * len(CODEBOOK_CALL.turns)
    assert set(batch.pieces.flatten().tolist()) == {-1, *range(len(batch.turn_targets))}
    assert len(batch.links) == 2 * len(example.links)
    width = batch.input_ids.shape[1]
    for link in batch.links:
        rows = {int(position) // width for position in batch.mentions[link.source]}
        half = batch.input_ids.shape[0] // 2
        assert all((row < half) == (link.source < len(CODEBOOK_SPANS)) for row in rows)
