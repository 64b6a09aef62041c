from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.bootstrap import draw
from eval.links import LINK_RULES, link_agreement, tie_to_latest, tie_to_nothing
from eval.pairs import Pair
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.spans import Span

LINES = ("C: it is dear", "C: and it is late", "R: so it is the price", "R: saves you money", "R: and time")


def _spans(
    *, ids: tuple[str, str] = ("O1", "O2"), restated: tuple[str, ...] = (), claim: tuple[str, ...] = ()
) -> tuple[Span, ...]:
    return (
        Span(turn=0, start=0, end=10, label=Label.OBJECTION, id=ids[0]),
        Span(turn=1, start=4, end=14, label=Label.OBJECTION, id=ids[1]),
        Span(turn=2, start=0, end=18, label=Label.OBJECTION_RESTATEMENT, refers_to=restated),
        Span(turn=3, start=0, end=15, label=Label.VALUE_CLAIM, refers_to=claim),
    )


@pytest.fixture
def judge(talk: Callable[..., Conversation]) -> Callable[..., dict[str, float | None]]:
    def of(
        gold: tuple[Span, ...], predicted: tuple[Span, ...], label: str = "objection_restatement"
    ) -> dict[str, float | None]:
        found = link_agreement([Pair(talk(*LINES), gold, predicted)], draw(1, 20))
        return {name: figure.value for name, figure in found[label].items()}

    return of


def test_ids_are_compared_by_the_text_they_stand_for(judge: Callable[..., dict[str, float | None]]) -> None:
    gold = _spans(restated=("O1",))
    assert judge(gold, _spans(ids=("O7", "O3"), restated=("O7",)))["accuracy"] == 1
    assert judge(gold, _spans(ids=("O2", "O1"), restated=("O1",)))["accuracy"] == 0  # the same id, the other objection


def test_a_target_too_many_or_too_few_is_wrong(judge: Callable[..., dict[str, float | None]]) -> None:
    both = _spans(restated=("O1", "O2"))
    one = _spans(restated=("O1",))
    assert judge(one, both)["accuracy"] == judge(both, one)["accuracy"] == 0
    assert judge(both, both)["accuracy"] == 1


def test_nothing_is_a_target_too(judge: Callable[..., dict[str, float | None]]) -> None:
    assert judge(_spans(), _spans(), "value_claim")["accuracy"] == 1
    found = judge(_spans(restated=("O1",)), _spans())
    assert (found["accuracy"], found["tied_accuracy"]) == (0, 0)


def test_a_target_that_no_span_carries_is_wrong(judge: Callable[..., dict[str, float | None]]) -> None:
    assert judge(_spans(restated=("O1",)), _spans(restated=("O9",)))["accuracy"] == 0


def test_end_to_end_counts_a_missed_span_as_wrong(judge: Callable[..., dict[str, float | None]]) -> None:
    gold = (*_spans(), Span(turn=4, start=0, end=8, label=Label.VALUE_CLAIM))
    found = judge(gold, _spans(), "value_claim")
    assert (found["accuracy"], found["end_to_end"]) == (1, 0.5)


def test_no_matched_span_is_undefined_with_its_reason(talk: Callable[..., Conversation]) -> None:
    found = link_agreement([Pair(talk(*LINES), _spans(), ())], draw(1, 20))["value_claim"]
    assert found["accuracy"].reason == "undefined: no gold span is matched"
    assert found["end_to_end"].value == 0


def test_the_rules_tie_to_nothing_and_to_the_latest_earlier_objection() -> None:
    spans = (*_spans(restated=("O1",), claim=("N1",)), Span(turn=0, start=11, end=12, label=Label.NEED, id="N1"))
    nothing, latest = tie_to_nothing(spans), tie_to_latest(spans)
    assert all(not span.refers_to for span in nothing)
    assert latest[2].refers_to == ("O2",)
    assert latest[3].refers_to == ("N1",)
    early = (Span(turn=0, start=0, end=4, label=Label.OBJECTION_RESTATEMENT), *spans)
    assert tie_to_latest(early)[0].refers_to == ()  # a reference points to an earlier turn
    assert list(LINK_RULES) == ["always nothing", "always the latest"]


def test_real_rater_links_are_nearly_all_right(rater_a: list[Pair]) -> None:
    found = link_agreement(rater_a, draw(22, 100))
    assert found["value_claim"]["accuracy"].value == pytest.approx(0.991, abs=0.001)
    assert found["value_claim"]["accuracy"].n == 114
    assert found["objection_restatement"]["end_to_end"].value == 1
