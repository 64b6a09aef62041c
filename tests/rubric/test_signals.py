"""The four signals on hand-made calls, each border of the codebook's definitions once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubric.codebook import Label, Role
from rubric.config import SIGNALS, load_rubric
from rubric.conversation import Conversation, Turn
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.signals import Signal, distinct_objections, first_half, measure
from rubric.spans import Span

RUBRIC = load_rubric()
TEN_WORDS = "one two three four five six seven eight nine ten"


def call(*roles: Role, seconds: float | None = 10.0, text: str = TEN_WORDS) -> Conversation:
    """Turns of equal length, timed back to back unless `seconds` is None."""
    turns = tuple(
        Turn(
            speaker=role,
            role=role,
            text=text,
            start=None if seconds is None else i * seconds,
            end=None if seconds is None else (i + 1) * seconds,
        )
        for i, role in enumerate(roles)
    )
    return Conversation(id="call", language="en", turns=turns)


def span(turn: int, label: Label, start: int = 0, id: str | None = None, refers_to: tuple[str, ...] = ()) -> Span:
    return Span(turn=turn, start=start, end=start + 3, label=label, id=id, refers_to=refers_to)


def signal(name: str, conversation: Conversation, *spans: Span) -> Signal:
    return measure(conversation, spans, RUBRIC)[name]


class TestDiscoveryDensity:
    def test_counts_questions_of_the_first_half_per_minute_of_rep_talk_there(self) -> None:
        conversation = call("rep", "customer", "rep", "customer", seconds=60)  # the half ends at 120 s
        found = signal(
            "discovery_density",
            conversation,
            span(0, Label.DISCOVERY_QUESTION),
            span(0, Label.DISCOVERY_QUESTION, start=10),
            span(2, Label.DISCOVERY_QUESTION),
        )
        assert (found.numerator, found.denominator, found.value, found.band) == (2, 1.0, 2.0, "target")
        assert found.evidence == (0, 1)
        assert found.note is None

    def test_a_turn_across_the_half_counts_up_to_it(self) -> None:
        conversation = call("customer", "rep", "customer", seconds=60)  # the half ends in the middle of the rep's turn
        late = len(TEN_WORDS) - 4
        found = signal(
            "discovery_density",
            conversation,
            span(1, Label.DISCOVERY_QUESTION),
            span(1, Label.DISCOVERY_QUESTION, start=late),
        )
        assert (found.numerator, found.denominator) == (1, 0.5)

    def test_without_times_the_half_is_by_words_and_says_so(self) -> None:
        conversation = call("rep", "customer", "rep", "customer", seconds=None, text=" ".join([TEN_WORDS] * 10))
        found = signal("discovery_density", conversation, span(0, Label.DISCOVERY_QUESTION))
        assert found.denominator == pytest.approx(100 / 155, abs=1e-4)
        assert found.note == "talk time estimated from words at 155 a minute"

    def test_a_partly_timed_call_counts_as_untimed(self) -> None:
        timed = call("rep", "customer")
        turns = (timed.turns[0], timed.turns[1].model_copy(update={"start": None, "end": None}))
        assert first_half(timed.model_copy(update={"turns": turns}), 155).estimated

    def test_undefined_where_the_rep_is_silent_in_the_first_half(self) -> None:
        found = signal("discovery_density", call("customer", "customer", "rep"))
        assert (found.value, found.band, found.reason) == (
            None,
            None,
            "undefined: the rep does not speak in the first half",
        )

    def test_no_band_on_a_few_seconds(self) -> None:
        found = signal("discovery_density", call("rep", "customer", seconds=10), span(0, Label.DISCOVERY_QUESTION))
        assert found.value == 6.0
        assert found.band is None
        assert found.reason == "too little evidence for a band: 10 seconds of rep talk in the first half, 30 needed"


class TestObjectionAcknowledgement:
    def test_undefined_without_an_objection(self) -> None:
        found = signal("objection_acknowledgement", CODEBOOK_CALL)
        assert (found.value, found.reason) == (None, "undefined: no objection was raised")

    def test_an_objection_said_twice_is_one(self) -> None:
        conversation = call("customer", "rep", "customer", "rep", "customer", "rep")
        found = signal(
            "objection_acknowledgement",
            conversation,
            span(0, Label.OBJECTION, id="O1"),
            span(1, Label.OBJECTION_RESTATEMENT, refers_to=("O1",)),
            span(2, Label.OBJECTION, id="O1"),
            span(4, Label.OBJECTION, id="O2"),
        )
        assert (found.numerator, found.denominator, found.band) == (1, 2, "middle")
        assert found.evidence == (0, 1, 2, 3)

    @pytest.mark.parametrize("answer", [Label.VALUE_CLAIM, Label.CLOSE_ASK])
    def test_a_restatement_after_the_first_answer_is_too_late(self, answer: Label) -> None:
        spans = [
            span(0, Label.OBJECTION, id="O1"),
            span(1, answer),
            span(3, Label.OBJECTION_RESTATEMENT, refers_to=("O1",)),
        ]
        assert distinct_objections(spans)[0].restatements == []

    def test_a_question_in_between_is_no_answer(self) -> None:
        spans = [
            span(0, Label.OBJECTION, id="O1"),
            span(1, Label.CLOSED_QUESTION),
            span(3, Label.OBJECTION_RESTATEMENT, refers_to=("O1",)),
        ]
        assert distinct_objections(spans)[0].restatements == [2]

    def test_a_claim_of_the_same_turn_does_not_spoil_the_restatement(self) -> None:
        spans = [
            span(0, Label.OBJECTION, id="O1"),
            span(0, Label.OBJECTION, id="O2", start=10),
            span(1, Label.OBJECTION_RESTATEMENT, refers_to=("O1",)),
            span(1, Label.VALUE_CLAIM, start=10),
            span(1, Label.OBJECTION_RESTATEMENT, start=20, refers_to=("O2",)),
        ]
        assert [bool(objection.restatements) for objection in distinct_objections(spans)] == [True, True]


class TestValueFraming:
    def test_the_codebooks_ratios(self) -> None:
        conversation = call("customer", "rep")
        need = span(0, Label.NEED, id="N1")
        tied = [span(1, Label.VALUE_CLAIM, start=4 * i, refers_to=("N1",)) for i in range(3)]
        generic = [span(1, Label.VALUE_CLAIM, start=12 + 4 * i) for i in range(4)]
        assert signal("value_framing", conversation, need, *tied).value == 1.0
        seven = signal("value_framing", conversation, need, *tied, *generic)
        assert (seven.value, seven.band) == (0.4286, "low")

    def test_undefined_without_a_claim(self) -> None:
        assert signal("value_framing", CODEBOOK_CALL).reason == "undefined: no value claim was made"


class TestCloseAttempts:
    @pytest.mark.parametrize(
        ("n_asks", "band"), [(0, "low"), (1, "low"), (2, "target"), (4, "target"), (5, "above_target")]
    )
    def test_bands(self, n_asks: int, band: str) -> None:
        asks = [span(1, Label.CLOSE_ASK, start=4 * i) for i in range(n_asks)]
        found = signal("close_attempts", call(*(["customer", "rep"] * 4)), *asks)
        assert (found.value, found.band, found.denominator) == (n_asks, band, None)

    def test_no_band_on_a_fragment(self) -> None:
        found = signal("close_attempts", CODEBOOK_CALL, *CODEBOOK_SPANS)
        assert (found.value, found.band) == (1.0, None)
        assert found.reason == "too little evidence for a band: 5 turns, 6 needed"


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(list(Label)), st.integers(0, 40)), max_size=30),
    st.booleans(),
)
def test_every_signal_is_defined_or_says_why(marks: list[tuple[int, Label, int]], timed: bool) -> None:
    conversation = call(*(["rep", "customer"] * 3), seconds=20 if timed else None)
    prefixes = {Label.NEED: "N1", Label.OBJECTION: "O1"}
    spans = [span(turn, label, start, id=prefixes.get(label)) for turn, label, start in marks]
    signals = measure(conversation, spans, RUBRIC)
    assert tuple(signals) == SIGNALS
    for found in signals.values():
        assert (found.value is None) <= (found.band is None)
        assert (found.band is None) == (found.reason is not None)
        assert all(0 <= index < len(spans) for index in found.evidence)
        if found.denominator and found.unit.startswith("share"):
            assert found.value is not None
            assert 0 <= found.numerator <= found.denominator
