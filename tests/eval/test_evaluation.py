from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from eval.baselines import keyword_rater
from eval.evaluation import Evaluation, evaluate
from eval.pairs import Pair, data_sha256
from rubric.conversation import Conversation
from rubric.errors import DataError
from rubric.spans import Labelled, Rating


@pytest.fixture(scope="module")
def evaluation(rater_a: list[Pair], ratings: list[Rating]) -> Evaluation:
    return evaluate(rater_a, ratings, n_resamples=200, baselines={"keywords": keyword_rater})


def test_it_goes_through_json_and_back(evaluation: Evaluation) -> None:
    text = evaluation.model_dump_json()
    assert Evaluation.model_validate_json(text) == evaluation
    assert "NaN" not in text
    assert "Infinity" not in text


def test_the_order_of_pairs_does_not_matter(rater_a: list[Pair], ratings: list[Rating], evaluation: Evaluation) -> None:
    again = evaluate(rater_a[::-1], ratings[::-1], n_resamples=200, baselines={"keywords": keyword_rater})
    assert again.model_dump() == evaluation.model_dump()


def test_every_figure_has_a_value_or_a_reason(evaluation: Evaluation) -> None:
    sides = [evaluation.scorer, evaluation.raters, *evaluation.baselines.values()]
    for side in sides:
        assert side is not None
        for figures in (side.turns, side.spans, side.links, side.signals):
            for held in figures.values():
                for found in held.values():
                    assert (found.value is None or found.low is None) == bool(found.reason)
                    if found.low is not None:
                        assert found.high is not None
                        assert found.low <= found.high


def test_a_thousand_resamples_take_seconds(rater_a: list[Pair], ratings: list[Rating]) -> None:
    started = time.process_time()
    evaluate(rater_a, ratings)
    assert time.process_time() - started < 6


def test_without_a_second_rater_there_are_no_raters_figures(rater_a: list[Pair], ratings: list[Rating]) -> None:
    one = [rating for rating in ratings if rating.rater == "B"]
    assert evaluate(rater_a[:4], one, n_resamples=20).raters is None
    assert evaluate(rater_a[:4], n_resamples=20).raters is None


def test_against_raters_leaves_the_judged_one_out(rater_a: list[Pair], ratings: list[Rating]) -> None:
    alone = evaluate(rater_a, ratings, n_resamples=20, against="raters", judged_rater="A")
    with_herself = evaluate(rater_a, ratings, n_resamples=20, against="raters")
    figures = [found.scorer.turns["listening_cue"]["alpha"] for found in (alone, with_herself)]
    assert [found.n for found in figures] == [2 * 432, 3 * 432]
    assert figures[0].value is not None
    assert figures[1].value is not None
    assert figures[0].value < figures[1].value
    assert alone.n_conversations == 22


def test_nothing_labelled_in_a_call_that_says_nothing(talk: Callable[..., Conversation]) -> None:
    pairs = [Pair(talk("R: hello", "C: hi", id=i), (), ()) for i in "abc"]
    found = evaluate(pairs, [Rating(conversation=i, rater=r) for i in "abc" for r in "XY"], n_resamples=20)
    assert found.scorer.turns["need"]["alpha"].value is None
    assert found.scorer.signals["value_framing"]["bias"].reason == "undefined: no two values"
    assert found.raters is not None
    assert found.scorer.signals["close_attempts"]["bias"].value == 0


def test_bad_input_is_refused(rater_a: list[Pair]) -> None:
    with pytest.raises(DataError, match="expected labelled conversations to evaluate against gold, found none"):
        evaluate([])
    with pytest.raises(DataError, match="against raters, found none"):
        evaluate(rater_a, against="raters")
    with pytest.raises(DataError, match="one pair a conversation, found an id twice"):
        evaluate([rater_a[0], rater_a[0]])


def test_the_data_s_hash_knows_labels_but_no_order(gold: list[Labelled]) -> None:
    first = data_sha256(gold)
    assert data_sha256(gold[::-1]) == first
    changed = Labelled(gold[0].conversation, gold[0].rating.model_copy(update={"spans": gold[0].rating.spans[1:]}))
    assert data_sha256([changed, *gold[1:]]) != first
