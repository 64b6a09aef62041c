"""What the codebook forbids is found, all of it at once."""

from __future__ import annotations

import pytest

from rubric.codebook import Label
from rubric.errors import LabelError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Rating, Span, check, find_faults, in_order


def test_the_codebooks_example_is_clean() -> None:
    check(CODEBOOK_CALL, CODEBOOK_SPANS)


def test_turn_labels_follow_from_spans() -> None:
    labels = Rating(conversation="en-0001", rater="a", spans=CODEBOOK_SPANS).turn_labels(5)
    assert labels[0] == set()
    assert labels[2] == {Label.ACKNOWLEDGEMENT, Label.DISCOVERY_QUESTION}


@pytest.mark.parametrize(
    ("span", "fault"),
    [
        (Span(turn=9, start=0, end=1, label=Label.EMPATHY), "the conversation has turns 0 to 4"),
        (Span(turn=0, start=0, end=999, label=Label.EMPATHY), "do not lie in the turn's 54"),
        (Span(turn=1, start=0, end=7, label=Label.EMPATHY), "only a rep turn may carry it"),
        (Span(turn=1, start=0, end=7, label=Label.NEED), "expected an id such as N1, found None"),
        (Span(turn=0, start=0, end=7, label=Label.EMPATHY, id="E1"), "only needs and objections carry one"),
        (Span(turn=0, start=0, end=7, label=Label.EMPATHY, refers_to=("N1",)), "refers to nothing"),
        (Span(turn=0, start=0, end=7, label=Label.VALUE_CLAIM, refers_to=("N1",)), "first said in turn 1, not earlier"),
        (Span(turn=2, start=0, end=3, label=Label.VALUE_CLAIM, refers_to=("N7",)), "which no span carries"),
        (Span(turn=4, start=0, end=3, label=Label.VALUE_CLAIM, refers_to=("O1",)), "expected an id such as N1"),
        (Span(turn=2, start=4, end=20, label=Label.EMPATHY), "overlap at character"),
    ],
)
def test_each_fault_is_named(span: Span, fault: str) -> None:
    faults = find_faults(CODEBOOK_CALL, [*CODEBOOK_SPANS, span])
    assert any(fault in found for found in faults), faults


def test_faults_come_together() -> None:
    wrong = [Span(turn=9, start=0, end=1, label=Label.EMPATHY), Span(turn=1, start=0, end=7, label=Label.EMPATHY)]
    with pytest.raises(LabelError, match="has 2 faults"):
        check(CODEBOOK_CALL, wrong)


def test_order_is_by_position() -> None:
    assert in_order(tuple(reversed(CODEBOOK_SPANS))) == list(CODEBOOK_SPANS)
