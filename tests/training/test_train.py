"""The whole of training on a tiny base: fit, resume, export, calibrate, gate, bundle, score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.numpy import load_file
from sklearn.datasets import make_classification
from tokenizers import Tokenizer

from rubric.codebook import Label
from rubric.errors import BundleError, ConfigError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating
from scoring.decoding import Candidate
from scoring.scorer import Scorer
from scoring.tags import LABELS
from scoring.windows import Windower
from training import bases
from training.bundle import build_bundle
from training.calibrate import THRESHOLDS, break_even, matches
from training.config import ExportConfig, TrainConfig
from training.fit import CHECKPOINTS, Stage, fit_fresh
from training.model import build
from training.parity import Parity, gate
from training.record import read_record, write_record
from training.train import run, stages
from training.weights import ADAPTER, HEADS, load_weights, save_weights


def test_labels_in_scorer_out(tiny_recipe: TrainConfig, tmp_path: Path) -> None:
    console = Console(quiet=True)
    trained = run(tiny_recipe, tmp_path / "run", console, is_quick=True)
    card = Scorer.load(trained.bundle).score(CODEBOOK_CALL)
    assert card.bundle.data == read_record(trained.scorer).data_sha256
    assert not (tmp_path / "run" / CHECKPOINTS).exists()

    weights = (trained.scorer / ADAPTER).read_bytes()
    again = run(tiny_recipe, tmp_path / "run", console, is_quick=True)
    assert (again.scorer / ADAPTER).read_bytes() == weights
    assert again.manifest == trained.manifest

    # Where only what is held out has changed since, the weights stay and calibration follows.
    record = read_record(trained.scorer)
    elsewhere = {"data_sha256": "0" * 64, "mlflow_run": "f" * 32}
    write_record(record.model_copy(update=elsewhere), trained.scorer)
    run(tiny_recipe, tmp_path / "run", console, is_quick=True)
    renewed = read_record(trained.scorer)
    assert renewed.mlflow_run not in ("f" * 32, record.mlflow_run)
    assert renewed.model_copy(update={"mlflow_run": record.mlflow_run}) == record
    assert (trained.scorer / ADAPTER).read_bytes() == weights

    rebuilt, _ = build_bundle(trained.scorer, tmp_path / "elsewhere")
    assert rebuilt.files == trained.manifest.files

    with pytest.raises(ConfigError, match="holds a run with another config: give --output another folder"):
        run(tiny_recipe.model_copy(update={"seed": 99}), tmp_path / "run", console, is_quick=True)


def test_authored_conversations_come_first_and_natural_ones_as_often_as_the_recipe_says(
    tiny_recipe: TrainConfig,
) -> None:
    plain = Labelled(CODEBOOK_CALL, Rating(conversation="en-0001", rater="author"))
    natural = Labelled(
        CODEBOOK_CALL.model_copy(update={"id": "en-n1-001"}), Rating(conversation="en-n1-001", rater="author")
    )
    given = {"authored_epochs": 2, "epochs": 3, "natural_readings": 3}
    read = stages([natural, plain], tiny_recipe.optimisation.model_copy(update=given))
    assert [(stage.name, stage.epochs) for stage in read] == [("authored", 2), ("all", 3)]
    assert [[item.conversation.id for item in stage.labelled] for stage in read] == [
        ["en-0001"],
        ["en-0001", *["en-n1-001"] * 3],
    ]
    alone = stages([natural, plain], tiny_recipe.optimisation.model_copy(update=given | {"authored_epochs": 0}))
    assert [stage.name for stage in alone] == ["all"]


def test_a_finished_stage_is_not_trained_again(tiny_recipe: TrainConfig, tmp_path: Path) -> None:
    call = Labelled(CODEBOOK_CALL, Rating(conversation=CODEBOOK_CALL.id, rater="author", spans=CODEBOOK_SPANS))
    windower = Windower(Tokenizer.from_file(str(bases.resolve("tiny") / "tokenizer.json")), tiny_recipe.windows)
    read = [Stage("first", [call] * 2, 2), Stage("second", [call] * 2, 1)]
    trained: list[int] = []

    def report(figures: dict[str, float], step: int) -> None:
        if "validation_loss" in figures:
            trained.append(step)

    fit_fresh(tiny_recipe, windower, read[:1], [call], tmp_path, report)
    assert trained == [1, 2]
    gone_on = fit_fresh(tiny_recipe, windower, read, [call], tmp_path, report)
    assert trained == [1, 2, 1]
    at_once = fit_fresh(tiny_recipe, windower, read, [call], tmp_path / "at once", report)
    for name, value in at_once.heads.state_dict().items():
        torch.testing.assert_close(gone_on.heads.state_dict()[name], value)


def test_a_killed_run_goes_on_and_ends_where_it_would_have(tiny_recipe: TrainConfig, tmp_path: Path) -> None:
    from training import fit as fitting

    console = Console(quiet=True)
    straight = run(tiny_recipe, tmp_path / "straight", console, is_quick=True)

    class KilledError(Exception):
        pass

    def killed_at_the_first_checkpoint(*_: object, **__: object) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting._ValidationLoss, "on_save", killed_at_the_first_checkpoint)
        with pytest.raises(KilledError):
            run(tiny_recipe, tmp_path / "killed", console, is_quick=True)
    assert list((tmp_path / "killed" / CHECKPOINTS).glob("*/checkpoint-*"))
    resumed = run(tiny_recipe, tmp_path / "killed", console, is_quick=True)
    left, right = load_file(straight.scorer / HEADS), load_file(resumed.scorer / HEADS)
    for name in left:
        np.testing.assert_allclose(left[name], right[name], atol=2e-3)


def test_weights_survive_the_round_trip_in_half_precision(tiny_recipe: TrainConfig, tmp_path: Path) -> None:
    def fresh(seed: int) -> torch.nn.Module:
        torch.manual_seed(seed)
        base = bases.BASES["tiny"]
        return build(bases.resolve("tiny"), tiny_recipe.adapter, tiny_recipe.heads, tiny_recipe.loss, base.lora_targets)

    left, right = fresh(1), fresh(2)
    save_weights(left, tmp_path / "w")  # type: ignore[arg-type]
    load_weights(right, tmp_path / "w")  # type: ignore[arg-type]
    for name, value in left.state_dict().items():
        assert torch.equal(value, right.state_dict()[name]), name
    (tmp_path / "w" / HEADS).write_bytes((tmp_path / "w" / ADAPTER).read_bytes())
    with pytest.raises(BundleError, match="do not fit the recipe"):
        load_weights(right, tmp_path / "w")  # type: ignore[arg-type]


def test_a_changed_base_is_refused(tiny_base: Path) -> None:
    weights = tiny_base / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    with pytest.raises(BundleError, match=r"the weights of tiny .* have sha256 .* delete the folder"):
        bases.resolve("tiny")
    with pytest.raises(BundleError, match="unknown base 'huge', expected one of"):
        bases.resolve("huge")


def test_the_gate_names_what_it_found() -> None:
    limits = ExportConfig(max_flipped_spans=0.05, max_mean_probability_gap=0.02)
    good = Parity(n_conversations=1, n_spans=100, flipped_spans=0.05, mean_probability_gap=0.02)
    gate(good, limits)
    with pytest.raises(BundleError, match=r"flips 6\.0% of 100 spans, the recipe allows 5\.0%"):
        gate(good.model_copy(update={"flipped_spans": 0.06}), limits)
    with pytest.raises(BundleError, match=r"moves probabilities by 0\.030"):
        gate(good.model_copy(update={"mean_probability_gap": 0.03}), limits)


def test_each_span_is_matched_by_one_candidate() -> None:
    span = CODEBOOK_SPANS[2]
    state = np.zeros(2, dtype=np.float32)
    index = LABELS.index(span.label)
    half = (span.start + span.end) // 2

    def candidate(start: int, end: int, label_index: int = index) -> Candidate:
        return Candidate(span.turn, start, end, label_index, False, np.zeros(3), state, state)

    found = [candidate(span.start, half), candidate(half - 5, span.end), candidate(span.start, span.end, index + 1)]
    assert matches(found, CODEBOOK_SPANS, Label.DISCOVERY_QUESTION) == [False, True, False]


def test_the_threshold_lets_as_many_pass_as_there_are() -> None:
    rng = np.random.default_rng(0)
    _, marked = make_classification(200, weights=[0.7], random_state=0)
    probabilities = np.clip(0.3 + 0.3 * marked + 0.2 * rng.random(200), 0, 1)
    threshold = break_even(list(probabilities), int(marked.sum()))
    assert (probabilities >= threshold).sum() == marked.sum()
    assert break_even([0.9, 0.95], 0) == THRESHOLDS[1]
    assert break_even([0.05], 1) == THRESHOLDS[0]
