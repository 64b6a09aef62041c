"""One command from labelled conversations to a scorer: fit, export, calibrate, gate, save.

Each stage leaves its result in the run's folder, so that a killed run goes on where it stopped.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from tokenizers import Tokenizer

from data.splits import data_sha256, load_split, refuse_test
from rubric.config import load_rubric
from rubric.errors import ConfigError
from scoring.windows import Windower
from training import bases, track
from training.config import TrainConfig
from training.examples import Examples
from training.fit import discard_checkpoints, fit
from training.model import ScorerModel, build
from training.weights import load_weights, save_weights

RUNS = Path("artifacts/runs")
STATE = "run.json"


class RunState(BaseModel):
    """What a run is: written when it starts, compared when it goes on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainConfig
    quick: bool
    commit: str
    data_sha256: str
    rubric_sha256: str
    base_sha256: str
    mlflow_run: str = ""


def quick(config: TrainConfig) -> TrainConfig:
    """The recipe with what `quick` changes."""
    optimisation = config.optimisation.model_copy(update={"epochs": config.quick.epochs})
    export = config.export.model_copy(update={"max_flipped_spans": config.quick.max_flipped_spans})
    return config.model_copy(update={"optimisation": optimisation, "export": export})


def open_run(config: TrainConfig, is_quick: bool, folder: Path) -> RunState:
    """The state of the run in a folder; a new one where there is none. Raises ConfigError where the folder holds a
    run of another recipe or other data."""
    state = RunState(
        config=config,
        quick=is_quick,
        commit=track.commit(),
        data_sha256=data_sha256(config.language),
        rubric_sha256=load_rubric().sha256,
        base_sha256=bases.BASES[config.base].weights_sha256,
    )
    path = folder / STATE
    if path.exists():
        found = RunState.model_validate_json(path.read_bytes())
        differing = [
            name
            for name in ("config", "quick", "data_sha256", "rubric_sha256", "base_sha256")
            if getattr(found, name) != getattr(state, name)
        ]
        if differing:
            raise ConfigError(
                f"{folder} holds a run with another {' and '.join(differing)}: give --output another folder, "
                f"or --fresh to start anew there"
            )
        return found
    folder.mkdir(parents=True, exist_ok=True)
    _write_state(state, folder)
    return state


def _write_state(state: RunState, folder: Path) -> None:
    (folder / STATE).write_text(state.model_dump_json(indent=1) + "\n", encoding="utf-8")


def fitted_model(state: RunState, folder: Path) -> ScorerModel:
    """The run's model: trained now, or read where training is done."""
    config = state.config
    torch.manual_seed(config.seed)
    torch.set_num_threads(os.cpu_count() or 1)
    base = bases.resolve(config.base)
    model = build(base, config.adapter, config.heads, config.loss, bases.BASES[config.base].lora_targets)
    weights = folder / "weights"
    if weights.is_dir():
        load_weights(model, weights)
        return model
    windower = Windower(Tokenizer.from_file(str(base / "tokenizer.json")), config.windows)
    train, validation = load_split(config.language, "train"), load_split(config.language, "validation")
    if state.quick:
        train, validation = train[: config.quick.conversations], validation[: config.quick.conversations // 2]
    refuse_test([*train, *validation])
    with track.run(f"train-{config.language}", state.mlflow_run or None, {"commit": state.commit}) as run_id:
        if not state.mlflow_run:
            _write_state(state.model_copy(update={"mlflow_run": run_id}), folder)
            track.parameters(
                config.model_dump(mode="json") | {"data": state.data_sha256, "rubric": state.rubric_sha256}
            )
        fit(
            model,
            Examples(train, windower, config.augmentation),
            Examples(validation, windower),
            config,
            folder,
            track.figures,
        )
    save_weights(model, weights)
    discard_checkpoints(folder)
    return model
