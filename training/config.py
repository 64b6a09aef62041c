"""configs/train/*.yaml as checked data; every fault of a file is reported at once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from rubric.errors import ConfigError, refuse
from rubric.strict import Strict, faults_of, read_yaml
from scoring.windows import WindowConfig

Precision = Literal["auto", "float32", "bfloat16"]


class AdapterConfig(Strict):
    """lora: low-rank updates of all linear layers; full: all weights (for study; too large to ship)."""

    method: Literal["lora", "full"] = "lora"
    rank: int = Field(default=32, ge=1)
    alpha: int = Field(default=64, ge=1)
    encoder_dropout: float = Field(default=0.1, ge=0, lt=1)


class HeadsConfig(Strict):
    """link_width: width of the link head's query and key. dropout: before every head."""

    link_width: int = Field(default=128, ge=8)
    dropout: float = Field(default=0.1, ge=0, lt=1)


class OptimisationConfig(Strict):
    """A step sees whole conversations, since links reach across windows.

    authored_epochs: epochs over the conversations that are not natural (`data.splits.is_natural`), before the others
    are seen: they are rich in every label and easily learnt. epochs: over all of them, each natural one read
    `natural_readings` times an epoch, so that what is learnt last resembles what users score. precision: what the
    encoder multiplies in; auto is bfloat16 where the processor has instructions for it, a third faster there, and
    float32 elsewhere.
    """

    authored_epochs: float = Field(default=0, ge=0)
    epochs: float = Field(gt=0)
    natural_readings: int = Field(default=1, ge=1)
    conversations_per_step: int = Field(default=2, ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    warmup_share: float = Field(default=0.06, ge=0, lt=1)
    weight_decay: float = Field(default=0.01, ge=0)
    max_grad_norm: float = Field(default=1.0, gt=0)
    precision: Precision = "float32"


class LossConfig(Strict):
    """Weights of the three heads' losses; positive_weight multiplies a turn label's positive turns."""

    turn: float = Field(default=1.0, ge=0)
    token: float = Field(default=1.0, ge=0)
    link: float = Field(default=0.5, ge=0)
    positive_weight: float = Field(default=1.0, gt=0)


class AugmentationConfig(Strict):
    """Shares, drawn anew each epoch: conversations stripped of punctuation, tokens hit by noise in noised
    conversations, conversations whose turns are split, and how far the window length may shrink (so that turns meet
    other neighbours)."""

    unpunctuated: float = Field(default=0.0, ge=0, le=1)
    noised: float = Field(default=0.0, ge=0, le=1)
    token_noise: float = Field(default=0.05, ge=0, le=0.5)
    split: float = Field(default=0.0, ge=0, le=1)
    window_jitter: float = Field(default=0.0, ge=0, lt=0.8)


class ExportConfig(Strict):
    """The parity gate: int8 against torch on real conversations; the export fails beyond these."""

    max_flipped_spans: float = Field(default=0.05, ge=0, le=1)
    max_mean_probability_gap: float = Field(default=0.04, ge=0, le=1)


class QuickConfig(Strict):
    """What `--quick` changes: fewer conversations and epochs, for tests and for a first look."""

    epochs: float = Field(gt=0)
    conversations: int = Field(ge=2)
    max_flipped_spans: float = Field(default=0.5, ge=0, le=1)


class TrainConfig(Strict):
    """One training recipe.

    corpus: a public data set to study in `folds` instead of the shipped conversations; its file is given by --data.
    """

    language: str = Field(pattern=r"^[a-z]{2,3}$")
    base: str
    seed: int
    windows: WindowConfig
    adapter: AdapterConfig
    heads: HeadsConfig
    optimisation: OptimisationConfig
    loss: LossConfig
    augmentation: AugmentationConfig
    export: ExportConfig
    quick: QuickConfig
    corpus: Literal["annomi"] | None = None
    folds: int = Field(default=5, ge=2)


def load_config(path: Path) -> TrainConfig:
    """Read and check a recipe; raise ConfigError with all faults at once."""
    try:
        return TrainConfig.model_validate(read_yaml(path, "the recipe"))
    except ValidationError as error:
        refuse(ConfigError, f"the recipe {path}", faults_of(error))
        raise
