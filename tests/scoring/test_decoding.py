"""From the heads' numbers to spans, on hand-made numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubric.codebook import Label
from rubric.conversation import Conversation, Turn
from rubric.spans import Span
from scoring.calibration import Calibrated, Calibration, LabelCalibration, Scaling, accept
from scoring.decoding import Candidate, TurnScores, candidates
from scoring.linking import link
from scoring.links import FEATURES, LinkHead, Relation, candidate_targets, mention, pair_features
from scoring.tags import LABELS

TEXT = "we'd lose two days. it is too dear"
WORDS = [(0, 2), (2, 3), (3, 4), (5, 9), (10, 13), (14, 18), (18, 19), (20, 22), (23, 25), (26, 29), (30, 34)]
NEED, OBJECTION = LABELS.index(Label.NEED), LABELS.index(Label.OBJECTION)
MEAN_TOKEN = Scaling(weights=(0.0, 0.0, 1.0), bias=0.0, threshold=0.5)
CALIBRATION = Calibration(
    labels={label: LabelCalibration(leading=MEAN_TOKEN, further=MEAN_TOKEN) for label in LABELS},
    link_temperature=1.0,
    same_threshold=0.5,
    tied_threshold=0.5,
    interval_levels={},
)


def conversation(*texts: str) -> Conversation:
    turns = tuple(Turn(speaker="x", role="rep" if i % 2 else "customer", text=text) for i, text in enumerate(texts))
    return Conversation(id="x", language="en", turns=turns)


def scores(inside: dict[int, list[float]], begin: dict[int, list[float]] | None = None) -> TurnScores:
    n = len(WORDS)
    grids = []
    for rows in (inside, begin or {}):
        grid = np.zeros((n, len(LABELS)))
        for label, values in rows.items():
            grid[:, label] = values
        grids.append(grid)
    states = np.zeros((n, 4), dtype=np.float32)
    return TurnScores(np.full(len(LABELS), 0.01), grids[0], grids[1], np.array(WORDS), states, states)


def found(turn_scores: TurnScores) -> list[tuple[str, str]]:
    call = conversation(TEXT)
    return [(str(LABELS[c.label_index]), TEXT[c.start : c.end]) for c in candidates(call, {0: turn_scores})]


def test_runs_become_candidates_widened_to_words() -> None:
    need = [0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1]
    objection = [0.0] * 7 + [0.8] * 4
    assert found(scores({NEED: need, OBJECTION: objection})) == [
        ("need", "d lose two days"),
        ("objection", "it is too dear"),
    ]


def test_a_begin_tag_cuts_a_run() -> None:
    whole, begin = [0.9] * 11, [0.9] + [0.0] * 6 + [0.9] + [0.0] * 3
    assert found(scores({NEED: whole}, {NEED: begin})) == [("need", "we'd lose two days."), ("need", "it is too dear")]


def test_a_weak_label_is_still_a_candidate_and_a_dark_one_is_not() -> None:
    assert found(scores({NEED: [0.0] * 7 + [0.08, 0.1, 0.1, 0.1]})) == [("need", "it is too dear")]
    assert found(scores({NEED: [0.01] * 11})) == []


def candidate(start: int, end: int, label: Label, p: float, turn: int = 0, *, leads: bool = True) -> Candidate:
    logit = float(np.log(p / (1 - p)))
    state = np.zeros(4, dtype=np.float32)
    return Candidate(turn, start, end, LABELS.index(label), leads, np.array([logit] * 3), state, state)


def test_the_likelier_of_two_overlapping_wins_and_the_other_is_kept_as_rejected() -> None:
    rated = accept([candidate(0, 10, Label.NEED, 0.7), candidate(5, 15, Label.OBJECTION, 0.9)], CALIBRATION)
    assert [(item.label, item.accepted) for item in rated] == [(Label.NEED, False), (Label.OBJECTION, True)]
    assert rated[0].probability == pytest.approx(0.7)


def test_the_strongest_stretch_of_a_label_leads() -> None:
    call = conversation(TEXT)
    (first, second) = candidates(call, {0: scores({NEED: [0.7] * 3 + [0.1] * 4 + [0.9] * 4})})
    assert (first.leads, second.leads) == (False, True)


def test_a_further_span_needs_its_turns_leading_one() -> None:
    further = candidate(20, 30, Label.NEED, 0.9, leads=False)
    led = accept([candidate(0, 10, Label.NEED, 0.6), further], CALIBRATION)
    assert [item.accepted for item in led] == [True, True]
    alone = accept([candidate(0, 10, Label.NEED, 0.4), further], CALIBRATION)
    assert [item.accepted for item in alone] == [False, False]


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 30),
            st.integers(1, 9),
            st.sampled_from(LABELS),
            st.floats(0.01, 0.99),
            st.booleans(),
        ),
        max_size=20,
    )
)
def test_accepted_spans_never_overlap(drawn: list[tuple[int, int, int, Label, float, bool]]) -> None:
    rated = accept(
        [candidate(s, s + n, label, p, turn, leads=leads) for turn, s, n, label, p, leads in drawn], CALIBRATION
    )
    kept = [item.candidate for item in rated if item.accepted]
    for i, left in enumerate(kept):
        for right in kept[i + 1 :]:
            assert left.turn != right.turn or left.end <= right.start or right.end <= left.start
    assert all(item.probability >= 0.5 for item in rated if item.accepted)


class TestLinks:
    CALL = conversation("we lose two days a month", "so invoices take two days", "it is too dear", "too dear, you say")
    HEAD = LinkHead(
        np.zeros((len(Relation), len(FEATURES)), dtype=np.float32), np.zeros(len(Relation), dtype=np.float32)
    )

    def rated(self, *items: tuple[int, Label, float]) -> list[Calibrated]:
        return [
            Calibrated(candidate(0, len(self.CALL.turns[turn].text), label, p, turn), p, p >= 0.5)
            for turn, label, p in items
        ]

    def test_targets_lie_in_earlier_turns(self) -> None:
        spans = [
            Span(turn=0, start=0, end=5, label=Label.NEED, id="N1"),
            Span(turn=2, start=0, end=5, label=Label.NEED, id="N2"),
        ]
        assert candidate_targets(Span(turn=1, start=0, end=4, label=Label.VALUE_CLAIM), spans) == [0]
        assert candidate_targets(Span(turn=2, start=6, end=9, label=Label.NEED), spans) == [0, 1]
        assert candidate_targets(Span(turn=3, start=0, end=4, label=Label.CLOSE_ASK), spans) == []

    def test_a_restatement_takes_the_best_objection_and_a_claim_may_stay_generic(self) -> None:
        rated = self.rated(
            (0, Label.NEED, 0.9),
            (1, Label.VALUE_CLAIM, 0.9),
            (2, Label.OBJECTION, 0.9),
            (3, Label.OBJECTION_RESTATEMENT, 0.9),
        )
        untied = self.HEAD.weights.copy()
        bias = np.array([0, -2, 0, 0], dtype=np.float32)
        spans = link(self.CALL, rated, LinkHead(untied, bias), CALIBRATION).spans
        assert [(span.id, span.refers_to) for span in spans] == [("N1", ()), (None, ()), ("O1", ()), (None, ("O1",))]
        tied = link(self.CALL, rated, LinkHead(untied, -bias), CALIBRATION)
        assert tied.spans[1].refers_to == ("N1",)
        assert tied.targets[1]["N1"] == pytest.approx(1 / (1 + np.exp(-2)))

    def test_what_is_rejected_gets_no_id_but_keeps_its_links(self) -> None:
        rated = self.rated((0, Label.NEED, 0.3), (1, Label.VALUE_CLAIM, 0.4))
        linked = link(self.CALL, rated, self.HEAD, CALIBRATION)
        assert linked.spans == []
        assert linked.targets == [{}, {}]

    def test_features_see_distance_rank_and_shared_words(self) -> None:
        texts = [turn.text for turn in self.CALL.turns]
        need = mention(Span(turn=0, start=0, end=len(texts[0]), label=Label.NEED), texts[0])
        claim = mention(Span(turn=1, start=0, end=len(texts[1]), label=Label.VALUE_CLAIM), texts[1])
        (row,) = pair_features(claim, [need])
        named = dict(zip(FEATURES, row.tolist(), strict=True))
        assert named["adjacent"] == named["latest"] == 1
        assert named["word_overlap"] == pytest.approx(1 / 3)  # days, of days, lose and month on the shorter side

    def test_probabilities_sum_to_one_and_restatements_have_no_none(self) -> None:
        rng = np.random.default_rng(0)
        query, keys = rng.normal(size=4).astype(np.float32), rng.normal(size=(3, 4)).astype(np.float32)
        features = rng.normal(size=(3, len(FEATURES))).astype(np.float32)
        for relation in Relation:
            probabilities = self.HEAD.probabilities(relation, query, keys, features)
            assert probabilities.sum() == pytest.approx(1)
            assert (probabilities[-1] == 0) == (relation == Relation.RESTATES)
