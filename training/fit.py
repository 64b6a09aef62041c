"""Fits adapter and heads with HF Trainer: progress bars, a checkpoint an epoch, resumed after a kill."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_utils import get_last_checkpoint

from rubric.spans import Labelled
from scoring.windows import Windower
from training import bases
from training.config import TrainConfig
from training.examples import Examples, collate
from training.model import ScorerModel, build

# Validation losses are means over batches of this many conversations.
_EVALUATION_BATCH = 4
CHECKPOINTS = "checkpoints"
Report = Callable[[dict[str, float], int], None]


@dataclass(frozen=True)
class Stage:
    """A part of training with a learning-rate schedule of its own: what an epoch reads, in any order, and how many."""

    name: str
    labelled: Sequence[Labelled]
    epochs: float


class _ValidationLoss(TrainerCallback):
    """After each epoch, the three heads' losses on the validation conversations."""

    def __init__(self, validation: Examples, report: Report) -> None:
        self.validation = validation
        self.report = report

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:  # noqa: ARG002
        losses = {f"validation_{name}": value for name, value in mean_losses(kwargs["model"], self.validation).items()}
        self.report(losses, state.global_step)
        shown = "  ".join(f"{name.removeprefix('validation_')} {value:.3f}" for name, value in losses.items())
        print(f"\nepoch {state.epoch:.0f}, validation: {shown}")


class _Log(TrainerCallback):
    """Passes the Trainer's own figures (loss, learning rate) on."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:  # noqa: ARG002
        figures = {name: float(value) for name, value in (logs or {}).items() if isinstance(value, int | float)}
        self.report(figures, state.global_step)


def mean_losses(model: ScorerModel, examples: Examples) -> dict[str, float]:
    """Mean loss of each head over all examples, the model in evaluation mode meanwhile."""
    was_training = model.training
    model.eval()
    rows: list[dict[str, float]] = []
    with torch.no_grad():
        for begin in range(0, len(examples), _EVALUATION_BATCH):
            held = [examples[i] for i in range(begin, min(begin + _EVALUATION_BATCH, len(examples)))]
            rows.append({name: float(value) for name, value in model(**collate(held)).items()})
    model.train(was_training)
    return {name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}


def fit_fresh(
    config: TrainConfig,
    windower: Windower,
    stages: Sequence[Stage],
    validation: Sequence[Labelled],
    folder: Path,
    report: Report,
) -> ScorerModel:
    """A model built to the recipe and trained stage by stage, all cores used, the recipe's seed set."""
    torch.set_num_threads(os.cpu_count() or 1)
    torch.manual_seed(config.seed)
    base = bases.resolve(config.base)
    targets = bases.BASES[config.base].lora_targets
    model = build(base, config.adapter, config.heads, config.loss, targets, config.optimisation.precision)
    held_out = Examples(validation, windower)
    for number, stage in enumerate(stages):
        # A stage draws the same numbers whether the one before it ran just now or was found finished.
        torch.manual_seed(config.seed + number)
        fit(model, Examples(stage.labelled, windower, config.augmentation), held_out, stage, config, folder, report)
    return model


def fit(
    model: ScorerModel,
    train: Examples,
    validation: Examples,
    stage: Stage,
    config: TrainConfig,
    folder: Path,
    report: Report,
) -> None:
    """Train `model` in place through one stage.

    Checkpoints lie in `folder`/checkpoints/<stage>; where one is, training goes on from it: from the last one of a
    finished stage, its weights are taken and nothing is trained.
    """
    optimisation = config.optimisation
    heads = [p for p in model.heads.parameters() if p.requires_grad]
    encoder = [p for p in model.encoder.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder, "lr": optimisation.learning_rate},
            {"params": heads, "lr": optimisation.head_learning_rate},
        ],
        weight_decay=optimisation.weight_decay,
    )
    checkpoints = folder / CHECKPOINTS / stage.name
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=stage.epochs,
        per_device_train_batch_size=optimisation.conversations_per_step,
        lr_scheduler_type="linear",
        warmup_steps=optimisation.warmup_share,
        max_grad_norm=optimisation.max_grad_norm,
        logging_steps=20,
        save_strategy="epoch",
        save_total_limit=1,
        report_to="none",
        remove_unused_columns=False,
        label_names=[],
        dataloader_pin_memory=False,
        seed=config.seed,
        data_seed=config.seed,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=train,
        data_collator=collate,
        optimizers=(optimizer, None),
        callbacks=[_ValidationLoss(validation, report), _Log(report)],
    )
    last: str | None = get_last_checkpoint(str(checkpoints)) if checkpoints.is_dir() else None  # type: ignore[no-untyped-call]
    if last:
        print(f"going on from {last}")
    trainer.train(resume_from_checkpoint=last)


def discard_checkpoints(folder: Path) -> None:
    """Free the disk that the checkpoints take, once the scorer is saved."""
    shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)
