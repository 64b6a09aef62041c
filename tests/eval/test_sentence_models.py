"""Sentence classifiers learn what is in their features and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from data.splits import load_split
from eval.agreement import MEAN, turn_agreement
from eval.bootstrap import draw
from eval.pairs import Pair, rate_with
from eval.sentence_models import SentenceModel, split, tfidf, word_counts
from rubric.codebook import Label
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import check


def test_a_sentence_has_the_label_that_covers_most_of_it() -> None:
    labelled = {sentence.text: sentence.label for sentence in split(CODEBOOK_CALL, CODEBOOK_SPANS)}
    assert labelled["Got it."] == Label.ACKNOWLEDGEMENT
    assert labelled["How was the move?"] is None
    assert labelled["Could we sit down on Thursday with your controller and scope a pilot?"] == Label.CLOSE_ASK
    assert all(sentence.label is None for sentence in split(CODEBOOK_CALL))


def test_length_is_two_numbers() -> None:
    assert word_counts(["one", "one two three"]) == pytest.approx(np.array([[1, np.log(2)], [3, np.log(4)]]))


def test_words_tell_more_than_length_and_spans_obey_the_codebook() -> None:
    train, held_out = load_split("en", "train")[:60], load_split("en", "calibration")[:12]
    judged = load_split("en", "validation")[:12]
    pairs = [Pair(item.conversation, gold=item.rating.spans, predicted=()) for item in judged]
    alphas = {}
    for name, features in (("length", word_counts), ("words", tfidf(train))):
        model = SentenceModel(features, train, held_out)
        for item in judged:
            check(item.conversation, model(item.conversation))
        found = turn_agreement(rate_with(model, pairs), draw(len(pairs), 20))
        alphas[name] = found[MEAN]["alpha"].value or 0.0
    assert alphas["words"] > alphas["length"] + 0.1
