from __future__ import annotations

from collections.abc import Callable

import nervaluate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.agreement import LABELS
from eval.bootstrap import draw
from eval.pairs import Pair
from eval.span_metrics import match, span_agreement, span_counts, trimmed
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.spans import Span


def _span(start: int, end: int, label: Label = Label.VALUE_CLAIM, turn: int = 0) -> Span:
    return Span(turn=turn, start=start, end=end, label=label)


bounds = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda t: _span(t[0], t[0] + t[1])), max_size=6)


@given(bounds, bounds)
@settings(max_examples=50)
def test_a_match_is_one_to_one_overlapping_and_symmetric(gold: list[Span], predicted: list[Span]) -> None:
    matches = match(gold, predicted)
    assert len({i for i, _ in matches}) == len({j for _, j in matches}) == len(matches)
    assert all(gold[i].start < predicted[j].end and predicted[j].start < gold[i].end for i, j in matches)
    assert len(match(predicted, gold)) == len(matches)
    assert len(match(gold, gold)) == len(gold)


def test_a_match_finds_as_many_pairs_as_there_are() -> None:
    # Greedy by longest overlap would tie the long gold span to the long prediction and leave two without a partner.
    gold = [_span(0, 10), _span(10, 30)]
    predicted = [_span(8, 28), _span(25, 40)]
    assert match(gold, predicted) == [(0, 0), (1, 1)]


def test_one_gold_span_under_two_predictions_is_found_once() -> None:
    assert match([_span(0, 20)], [_span(0, 5), _span(6, 20)]) == [(0, 1)]


def test_spans_of_other_turns_and_labels_do_not_match() -> None:
    assert match([_span(0, 9)], [_span(0, 9, turn=1), _span(0, 9, Label.EMPATHY)]) == []


def test_punctuation_alone_keeps_its_bounds() -> None:
    assert trimmed(_span(0, 3), "...") == (0, 3)


def test_strict_sets_punctuation_aside_but_no_word(talk: Callable[..., Conversation]) -> None:
    conversation = talk("R: It saves two days. Really.")
    gold = (_span(0, 18),)
    pair = Pair(conversation, gold, (_span(0, 17),))
    other = Pair(conversation, gold, (_span(3, 18),))
    at = LABELS.index(Label.VALUE_CLAIM)
    assert span_counts(pair, strict=True)[at].tolist() == [1, 0, 0]
    assert span_counts(other, strict=True)[at].tolist() == [0, 1, 1]
    assert span_counts(other)[at].tolist() == [1, 0, 0]


def test_real_rater_against_nervaluate(rater_a: list[Pair]) -> None:
    """One label at a time, since nervaluate lets a span of another label use a gold span up."""
    figures = span_agreement(rater_a, draw(22, 20))
    for label in LABELS:
        true, predicted = (
            [
                [
                    {"label": str(label), "start": bounds[0], "end": bounds[1] - 1}  # nervaluate's ends are inclusive
                    for s in spans
                    if s.turn == turn and s.label == label
                    for bounds in [trimmed(s, pair.conversation.turns[turn].text)]
                ]
                for pair in rater_a
                for turn in range(len(pair.conversation.turns))
                for spans in (getattr(pair, side),)
            ]
            for side in ("gold", "predicted")
        )
        evaluator = nervaluate.Evaluator(true, predicted, tags=[str(label)], loader="dict")
        theirs = evaluator.evaluate()["entities"][str(label)]
        assert figures[label]["overlap_f1"].value == pytest.approx(theirs["ent_type"].f1)
        assert figures[label]["strict_f1"].value == pytest.approx(theirs["strict"].f1)


def test_no_spans_are_undefined_with_their_reason(talk: Callable[..., Conversation]) -> None:
    found = span_agreement([Pair(talk("R: hello", id=i), (), ()) for i in "ab"], draw(2, 20))
    assert found["empathy"]["overlap_f1"].value is None
    assert found["empathy"]["overlap_f1"].reason == "undefined: no span of the label in either labelling"
    assert found["mean of labels"]["strict_f1"].value is None
