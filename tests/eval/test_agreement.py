from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score, precision_recall_fscore_support

from eval.agreement import (
    LABELS,
    as_square,
    confusion_alpha,
    confusion_counts,
    rater_alpha,
    turn_agreement,
    turn_codes,
    turn_confusion,
    units_of,
)
from eval.bootstrap import draw
from eval.coefficients import (
    category_counts,
    cohen_kappa,
    coincidences,
    krippendorff_alpha,
    nominal_alpha,
)
from eval.pairs import Pair, group_ratings, rater_pairs
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.spans import Labelled, Rating, Span

binary_ratings = st.integers(2, 5).flatmap(
    lambda m: st.integers(1, 12).flatmap(lambda n: arrays(np.int64, (m, n), elements=st.integers(0, 1)))
)


def _alpha(codes: np.ndarray) -> float:
    """Alpha of (n_raters, n_units) of 0 and 1, from counts."""
    return float(nominal_alpha(coincidences(category_counts(codes.T.astype(float), 2)).sum(axis=0)))


tables = arrays(np.float64, 4, elements=st.integers(0, 30).map(float))


@given(binary_ratings)
@settings(max_examples=50)
def test_alpha_from_counts_is_the_package_s(codes: np.ndarray) -> None:
    found = _alpha(codes)
    expected = krippendorff_alpha(codes)
    assert (expected is None and np.isnan(found)) or found == pytest.approx(expected)


@given(binary_ratings)
@settings(max_examples=50)
def test_alpha_is_symmetric_and_at_most_one(codes: np.ndarray) -> None:
    alpha = _alpha(codes)
    for swapped in (codes[::-1], 1 - codes):
        assert _alpha(swapped) == pytest.approx(alpha, nan_ok=True)
    assert np.isnan(alpha) or alpha <= 1
    same = np.array([codes[0], codes[0]])
    identical = _alpha(same)
    assert np.isnan(identical) if len(set(codes[0])) == 1 else identical == 1


@given(tables)
@settings(max_examples=50)
def test_kappa_and_alpha_of_a_table(table: np.ndarray) -> None:
    codes = np.repeat([[1, 1], [0, 1], [1, 0], [0, 0]], table.astype(int), axis=0).T  # rows: gold, predicted
    if codes.size:
        with np.errstate(all="ignore"):
            kappa = float(cohen_kappa(as_square(table)))
        alpha = float(confusion_alpha(table))
        assert alpha == pytest.approx(_alpha(codes), nan_ok=True)
        if len({*codes[0], *codes[1]}) == 2:
            assert kappa == pytest.approx(cohen_kappa_score(codes[0], codes[1]))
            assert -1 <= kappa <= 1
    swapped = table[[0, 2, 1, 3]]
    assert float(cohen_kappa(as_square(swapped))) == pytest.approx(float(cohen_kappa(as_square(table))), nan_ok=True)


def test_alpha_is_undefined_where_nobody_varies() -> None:
    assert krippendorff_alpha([[1, 1, 1], [1, 1, 1]]) is None
    assert krippendorff_alpha([[1.0, float("nan")], [float("nan"), 0.0]]) is None


def test_units_are_turns_whose_role_may_carry_the_label(talk: Callable[..., Conversation]) -> None:
    units = units_of(talk("R: hello", "C: hi", "R: so"))
    assert units[:, LABELS.index(Label.NEED)].tolist() == [False, True, False]
    assert units[:, LABELS.index(Label.CLOSE_ASK)].tolist() == [True, False, True]


def test_real_raters_against_packages(rater_a: list[Pair]) -> None:
    figures = turn_agreement(rater_a, draw(22, 100))
    for index, label in enumerate(LABELS):
        held = [
            (turn_codes(p.conversation, spans)[units_of(p.conversation)[:, index], index])
            for spans_of in ("gold", "predicted")
            for p in rater_a
            for spans in (getattr(p, spans_of),)
        ]
        gold, predicted = np.concatenate(held[:22]), np.concatenate(held[22:])
        found = figures[label]
        precision, recall, f1, _ = precision_recall_fscore_support(gold, predicted, average="binary")
        assert found["alpha"].value == pytest.approx(krippendorff_alpha([gold, predicted]))
        assert found["kappa"].value == pytest.approx(cohen_kappa_score(gold, predicted))
        assert [found[name].value for name in ("precision", "recall", "f1")] == pytest.approx([precision, recall, f1])
        assert found["prevalence"].value == pytest.approx(gold.mean())
        assert found["alpha"].n == len(gold)


def test_alpha_among_three_real_raters(gold: list[Labelled], ratings: list[Rating]) -> None:
    grouped = group_ratings([item.conversation for item in gold], ratings)
    found = rater_alpha(grouped, draw(22, 200))
    index = LABELS.index(Label.LISTENING_CUE)
    codes = np.concatenate(
        [
            np.array([turn_codes(r.conversation, spans) for spans in r.spans.values()])[
                :, units_of(r.conversation)[:, index], index
            ]
            for r in grouped
        ],
        axis=1,
    )
    assert found["listening_cue"].value == pytest.approx(krippendorff_alpha(codes))
    assert found["listening_cue"].value == pytest.approx(0.77, abs=0.01)  # the corpus says so too
    assert found["close_ask"].value == pytest.approx(0.98, abs=0.01)


def test_raters_both_ways_have_one_precision_and_recall(gold: list[Labelled], ratings: list[Rating]) -> None:
    pairs = rater_pairs(group_ratings([item.conversation for item in gold], ratings))
    assert len(pairs) == 22 * 6
    for figures in turn_agreement(pairs, draw(22, 20)).values():
        assert figures["precision"].value == pytest.approx(figures["recall"].value)


def test_a_label_nobody_uses_is_undefined_with_its_reason(talk: Callable[..., Conversation]) -> None:
    pairs = [Pair(talk("R: hello", "C: hi", id=str(i)), gold=(), predicted=()) for i in range(3)]
    found = turn_agreement(pairs, draw(3, 20))["empathy"]
    assert found["alpha"].value is None
    assert found["alpha"].reason == "undefined: all turns or none have the label"
    assert found["kappa"].value is None
    assert found["recall"].reason == "undefined: no turn has the label"
    assert found["precision"].reason == "undefined: the label was never predicted"
    assert found["prevalence"].value == 0


def test_confusion_shares_a_miss_among_what_was_said_instead(talk: Callable[..., Conversation]) -> None:
    def span(label: Label, start: int = 0) -> Span:
        return Span(turn=0, start=start, end=start + 2, label=label)

    gold = (span(Label.EMPATHY), span(Label.VALUE_CLAIM, 3))
    predicted = (span(Label.VALUE_CLAIM, 3), span(Label.LISTENING_CUE), span(Label.ACKNOWLEDGEMENT, 6))
    matrix = turn_confusion([Pair(talk("R: hello you there"), gold, predicted)])
    at = LABELS.index
    assert matrix[at(Label.VALUE_CLAIM), at(Label.VALUE_CLAIM)] == 1
    assert matrix[at(Label.EMPATHY), at(Label.LISTENING_CUE)] == 0.5
    assert matrix[at(Label.EMPATHY), at(Label.ACKNOWLEDGEMENT)] == 0.5
    assert matrix.sum() == 2
    missed = turn_confusion([Pair(talk("R: hello you there"), gold, ())])
    assert missed[:, -1].sum() == 2
    extra = turn_confusion([Pair(talk("R: hello you there"), (), predicted)])
    assert extra[-1].sum() == 3


def test_confusion_rows_sum_to_gold_turns(rater_a: list[Pair]) -> None:
    gold_turns = sum(turn_codes(p.conversation, p.gold).sum(axis=0) for p in rater_a)
    assert turn_confusion(rater_a)[:-1].sum(axis=1) == pytest.approx(gold_turns)
    assert (confusion_counts(rater_a[0]) >= 0).all()


def test_agreement_does_not_load_matplotlib() -> None:
    code = "import sys, eval.agreement, eval.evaluation; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
