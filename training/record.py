"""scorer.json: what a scorer was made from, beside its weights; the run that makes it and the shipped folder hold it."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.splits import data_sha256, split_sha256
from rubric.config import load_rubric
from rubric.errors import BundleError
from training import bases, track
from training.config import TrainConfig

RECORD = "scorer.json"


class Record(BaseModel):
    """Recipe, commit and hashes, fixed when training starts. train: the conversations that the weights were fitted on;
    data: all labelled conversations, those that calibrate included; rubric: codebook and bands; base: the base
    encoder's weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    config: TrainConfig
    quick: bool
    commit: str
    train_sha256: str
    data_sha256: str
    rubric_sha256: str
    base_sha256: str
    mlflow_run: str = ""

    def differences(self, other: Record) -> list[str]:
        """The names of what sets the weights of two runs apart, the commit and the tracking aside."""
        names = ("config", "quick", "train_sha256", "rubric_sha256", "base_sha256")
        return [name for name in names if getattr(self, name) != getattr(other, name)]


def new_record(config: TrainConfig, quick: bool) -> Record:
    """The record of a run that starts now."""
    return Record(
        config=config,
        quick=quick,
        commit=track.commit(),
        train_sha256=split_sha256(config.language, "train"),
        data_sha256=data_sha256(config.language),
        rubric_sha256=load_rubric().sha256,
        base_sha256=bases.BASES[config.base].weights_sha256,
    )


def read_record(folder: Path) -> Record:
    """Read a scorer's record; raise BundleError that says what to do where there is none."""
    path = folder / RECORD
    if not path.is_file():
        raise BundleError(f"no scorer in {folder}: expected {RECORD} there, as `make train` and scorers/en have it")
    try:
        return Record.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BundleError(f"{path} is not a scorer's record: {error}") from error


def write_record(record: Record, folder: Path) -> None:
    """Write the record into a scorer's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).write_text(record.model_dump_json(indent=1) + "\n", encoding="utf-8")
