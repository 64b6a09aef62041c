from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.splits import load_split
from eval.agreement import MEAN
from eval.baselines import constant_rater, keyword_rater
from eval.stress import FILLERS, Kind, measure, stress, write_report
from rubric.errors import DataError
from rubric.spans import Labelled, find_faults

CALLS = load_split("en", "train")[:12]


def _text(item: Labelled, index: int) -> str:
    span = item.rating.spans[index]
    return item.conversation.turns[span.turn].text[span.start : span.end]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


@settings(max_examples=40)
@given(
    item=st.sampled_from(CALLS),
    kind=st.sampled_from(["plain", "word_errors", "split", "fillers"]),
    rate=st.floats(0.01, 1),
    seed=st.integers(0, 9),
)
def test_labels_obey_the_codebook_whatever_the_noise(item: Labelled, kind: Kind, rate: float, seed: int) -> None:
    changed = stress(item, kind, rate, seed)
    assert find_faults(changed.conversation, changed.rating.spans) == []
    assert stress(item, kind, rate, seed) == changed
    for before, after in zip(item.rating.spans, changed.rating.spans, strict=True):
        assert (before.label, before.id, before.refers_to) == (after.label, after.id, after.refers_to)
    assert all(_text(changed, i).strip() for i in range(len(changed.rating.spans)))


@pytest.mark.parametrize("item", CALLS)
def test_spans_keep_their_words(item: Labelled) -> None:
    plain, filled, split = (stress(item, kind, 0.4, 1) for kind in ("plain", "fillers", "split"))
    for index in range(len(item.rating.spans)):
        original = _letters(_text(item, index))
        assert original in _letters(_text(plain, index)) or _letters(_text(plain, index)) in original
        assert _letters(_text(split, index)) in _letters(" ".join(turn.text for turn in item.conversation.turns))
        without = re.sub(rf"\b(?:{'|'.join(FILLERS)})\b", "", _text(filled, index))
        assert len(_letters(without)) <= len(original) + 30
    joined = [_letters("".join(turn.text for turn in side.conversation.turns)) for side in (item, split)]
    assert joined[0] == joined[1]
    assert len(split.conversation.turns) > len(item.conversation.turns)


def test_rate_zero_changes_nothing_and_word_errors_come_at_their_rate() -> None:
    assert stress(CALLS[0], "word_errors", 0, 3) is CALLS[0]
    kept = total = 0
    for item in CALLS:
        changed = stress(item, "word_errors", 0.3, 0)
        for before, after in zip(item.conversation.turns, changed.conversation.turns, strict=True):
            total += len(before.text.split())
            kept += len(set(before.text.split()) & set(after.text.split())) and sum(
                word in after.text.split() for word in before.text.split()
            )
    assert 0.68 < kept / total < 0.9


@pytest.mark.parametrize(("kind", "rate", "message"), [("echo", 0.1, "unknown kind"), ("split", 1.5, "from 0 to 1")])
def test_wrong_use_is_told(kind: Kind, rate: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        stress(CALLS[0], kind, rate, 0)


def test_loss_is_zero_without_noise_and_shows_with_it(tmp_path: Path) -> None:
    found = measure(keyword_rater, CALLS, 50)
    assert found.loss["word errors 0 %"][MEAN].value == 0
    clean, noisy = found.alpha["word errors 0 %"][MEAN].value, found.alpha["word errors 30 %"][MEAN].value
    lost = found.loss["word errors 30 %"]["discovery_question"].value
    assert clean is not None
    assert noisy is not None
    assert lost is not None
    assert clean > noisy
    assert lost > 0
    assert write_report(found, "keywords", tmp_path).read_text(encoding="utf-8").startswith("# Robustness: keywords")
    assert (tmp_path / "stress.png").stat().st_size > 1000


def test_who_marks_nothing_has_nothing_to_lose() -> None:
    found = measure(constant_rater, CALLS[:3], 20, conditions={"fillers": ("fillers", 0.2)})
    assert found.loss["fillers"]["need"].value == pytest.approx(0)
