from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.agreement import turn_agreement
from eval.baselines import constant_rater, keyword_rater
from eval.bootstrap import draw
from eval.pairs import Pair, rate_with
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.examples import CODEBOOK_CALL
from rubric.spans import Labelled, check


def test_the_constant_rater_marks_nothing() -> None:
    assert constant_rater(CODEBOOK_CALL) == []


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("And how do you handle returns today?", Label.DISCOVERY_QUESTION),
        ("Walk me through a normal Monday.", Label.DISCOVERY_QUESTION),
        ("How do you do it today, on paper or in a tool?", Label.CLOSED_QUESTION),
        ("How many seats do you have?", Label.CLOSED_QUESTION),
        ("So that must be costing you a fortune, right?", Label.CLOSED_QUESTION),
        ("Could we put thirty minutes on Thursday with your controller?", Label.CLOSE_ASK),
        ("Shall I send the order form for you to sign today?", Label.CLOSE_ASK),
        ("Got it.", Label.ACKNOWLEDGEMENT),
        ("That sounds exhausting.", Label.EMPATHY),
        ("You said earlier that month-end is when it hurts.", Label.LISTENING_CUE),
        ("Our customers saved two days a month.", Label.VALUE_CLAIM),
    ],
)
def test_what_keywords_make_of_a_rep_s_sentence(talk: Callable[..., Conversation], said: str, label: Label) -> None:
    assert [span.label for span in keyword_rater(talk(f"R: {said}"))] == [label]


@pytest.mark.parametrize("said", ["Does that make sense?", "How was your weekend?", "What time suits you?", "Okay."])
def test_what_keywords_leave_alone(talk: Callable[..., Conversation], said: str) -> None:
    assert keyword_rater(talk(f"R: {said}")) == []


def test_a_restatement_refers_to_the_latest_objection(talk: Callable[..., Conversation]) -> None:
    spans = keyword_rater(
        talk(
            "C: That is too expensive for us.",
            "R: Got it. So you're thinking of what you pay now, and the gap.",
            "C: We lose two days a month on it.",
        )
    )
    assert [(str(span.label), span.id, span.refers_to) for span in spans] == [
        ("objection", "O1", ()),
        ("acknowledgement", None, ()),
        ("objection_restatement", None, ("O1",)),
        ("need", "N1", ()),
    ]


def test_keyword_spans_obey_the_codebook_and_beat_chance(gold: list[Labelled]) -> None:
    for item in gold:
        check(item.conversation, keyword_rater(item.conversation))
    pairs = [Pair(item.conversation, item.rating.spans, ()) for item in gold]
    found = turn_agreement(rate_with(keyword_rater, pairs), draw(22, 100))
    for label, least in (("discovery_question", 0.3), ("close_ask", 0.6), ("acknowledgement", 0.5), ("need", 0.1)):
        low = found[label]["alpha"].low
        assert low is not None
        assert low > least
    assert turn_agreement(rate_with(constant_rater, pairs), draw(22, 20))["need"]["alpha"].value < 0  # type: ignore[operator]
