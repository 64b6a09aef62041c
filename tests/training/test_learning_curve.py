"""The study of more conversations: shares are nested, the line through the points is the line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from benchmarks.learning_curve import MEAN, Point, judged, markdown, per_doubling, stages_of
from data.splits import is_natural, load_split
from eval.agreement import LABELS
from eval.bootstrap import Estimate
from scoring.windows import Windower
from training import bases
from training.config import TrainConfig
from training.model import build


def point(n: int, alpha: float) -> Point:
    figures = {str(label): Estimate(value=alpha, n=1) for label in LABELS}
    return Point(n=n, alpha=figures | {MEAN: Estimate(value=alpha, low=alpha - 0.1, high=alpha + 0.1, n=1)})


def test_larger_shares_hold_the_smaller_and_no_authored_conversation(tiny_recipe: TrainConfig) -> None:
    train = load_split("en", "train")
    authored, quarter = stages_of(train, 0.25, tiny_recipe, epochs=1)
    _, half = stages_of(train, 0.5, tiny_recipe, epochs=1)
    ids = [{item.conversation.id for item in stage.labelled} for stage in (authored, quarter, half)]
    assert ids[1] < ids[2]
    assert not ids[0] & ids[2]
    assert all(map(is_natural, ids[2]))
    assert len(stages_of(train, 0.0, tiny_recipe, epochs=1)) == 1


def test_the_gain_per_doubling_is_the_slope_of_the_line() -> None:
    points = [point(0, 0.1), point(16, 0.4), point(32, 0.45), point(64, 0.5)]
    gain, start = per_doubling(points)
    assert (gain, start) == pytest.approx((0.05, 0.2))
    assert "Each doubling of the natural conversations brings 0.050; by that line 256 of them" in markdown(points, 9)
    assert "0.45 [0.35, 0.55]" in markdown(points, 9)


def test_every_held_out_conversation_is_judged_with_the_others_calibration(
    tiny_base: Path, tiny_recipe: TrainConfig
) -> None:
    windower = Windower(Tokenizer.from_file(str(tiny_base / "tokenizer.json")), tiny_recipe.windows)
    base = bases.BASES["tiny"]
    model = build(tiny_base, tiny_recipe.adapter, tiny_recipe.heads, tiny_recipe.loss, base.lora_targets)
    held_out = load_split("en", "validation")[:6]
    found = judged(model, windower, held_out, resamples=50)
    n_turns = sum(turn.role == "customer" for item in held_out for turn in item.conversation.turns)
    assert found["need"].n == n_turns
    assert found[MEAN].value is not None
    assert found[MEAN].value < 0.2
