"""One command from labelled conversations to a scorer: fit, export, calibrate, gate, seal.

Each stage leaves its result in the run's folder, so that a killed run goes on where it stopped:
`checkpoints/` while it trains, then `scorer/` (what is shipped) and `bundle/` (what serves).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track as progress
from tokenizers import Tokenizer

from data.splits import Split, is_natural, load_split, refuse_test
from rubric.config import load_rubric
from rubric.errors import ConfigError
from rubric.spans import Labelled
from scoring.backend import OnnxBackend
from scoring.bundle import CALIBRATION, LINKS, MODEL, TOKENIZER, Manifest
from scoring.scorer import load_links
from scoring.windows import Windower
from training import bases, track
from training.bundle import check_parity, export_parts, finish
from training.calibrate import calibrate, look
from training.card import PARITY
from training.config import OptimisationConfig, TrainConfig
from training.fit import Stage, discard_checkpoints, fit_fresh
from training.parity import Parity
from training.record import RECORD, Record, new_record, read_record, write_record
from training.weights import HEADS, save_weights

RUNS = Path("artifacts/runs")
SCORER, BUNDLE = "scorer", "bundle"


@dataclass(frozen=True)
class Trained:
    """Where a finished run lies, and how its export compares with the torch model."""

    scorer: Path
    bundle: Path
    manifest: Manifest
    parity: Parity


def quick(config: TrainConfig) -> TrainConfig:
    """The recipe with what its `quick` part changes."""
    optimisation = config.optimisation.model_copy(update={"authored_epochs": 0, "epochs": config.quick.epochs})
    export = config.export.model_copy(update={"max_flipped_spans": config.quick.max_flipped_spans})
    return config.model_copy(update={"optimisation": optimisation, "export": export})


def run(config: TrainConfig, folder: Path, console: Console, *, is_quick: bool = False, fresh: bool = False) -> Trained:
    """Train, export, calibrate and seal in `folder`, going on from whatever is there.

    Raises ConfigError where the folder holds a run of another recipe or other data and `fresh` is not set, and
    BundleError where the export does not pass the parity gate.
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    record = open_run(quick(config) if is_quick else config, is_quick, folder)
    scorer, bundle = folder / SCORER, folder / BUNDLE
    with track.run(f"train-{config.language}", record.mlflow_run or None, {"commit": record.commit}) as run_id:
        if record.mlflow_run != run_id:
            record = record.model_copy(update={"mlflow_run": run_id})
            write_record(record, scorer)
            track.parameters(
                record.config.model_dump(mode="json") | {"data": record.data_sha256, "rubric": record.rubric_sha256}
            )
        if not (scorer / HEADS).exists():
            console.rule("Training")
            _fit(record, folder)
        console.rule("Export, calibration, parity")
        export_parts(scorer, record, bundle)
        held_out = _held_out(record)
        _calibrate(record, scorer, bundle, held_out)
        parity = check_parity(scorer, record, bundle, [item.conversation for item in held_out])
        (folder / PARITY).write_text(parity.model_dump_json(indent=1) + "\n", encoding="utf-8")
        manifest = finish(scorer, record, bundle)
        track.figures({"flipped_spans": parity.flipped_spans, "mean_probability_gap": parity.mean_probability_gap}, 0)
        track.files(scorer)
    return Trained(scorer, bundle, manifest, parity)


def open_run(config: TrainConfig, is_quick: bool, folder: Path) -> Record:
    """The record of the run in a folder, a new one where there is none.

    Weights stay as they are where only what is held out has changed since; calibration then follows the new data.
    """
    record = new_record(config, is_quick)
    if (folder / SCORER / RECORD).exists():
        found = read_record(folder / SCORER)
        differing = found.differences(record)
        if differing:
            raise ConfigError(
                f"{folder} holds a run with another {' and '.join(differing)}: give --output another folder, "
                "or --fresh to start anew there"
            )
        record = found.model_copy(update={"data_sha256": record.data_sha256})
    write_record(record, folder / SCORER)
    return record


def _windower(record: Record) -> Windower:
    tokenizer = Tokenizer.from_file(str(bases.resolve(record.config.base) / "tokenizer.json"))
    return Windower(tokenizer, record.config.windows)


def _few(labelled: Sequence[Labelled], record: Record, share: int = 1) -> Sequence[Labelled]:
    return labelled[: record.config.quick.conversations // share] if record.quick else labelled


def stages(labelled: Sequence[Labelled], optimisation: OptimisationConfig) -> list[Stage]:
    """What the recipe reads in order: the authored conversations alone, where it says so, then all of them."""
    natural = [item for item in labelled if is_natural(item.conversation.id)]
    authored = [item for item in labelled if not is_natural(item.conversation.id)]
    first = [Stage("authored", authored, optimisation.authored_epochs)] if optimisation.authored_epochs else []
    return [*first, Stage("all", [*authored, *natural * optimisation.natural_readings], optimisation.epochs)]


def _held_out(record: Record) -> Sequence[Labelled]:
    """What calibrates: the calibration split, and the validation split, whose losses are shown but choose nothing."""
    splits: tuple[Split, ...] = ("calibration", "validation")
    held_out = [item for split in splits for item in _few(load_split(record.config.language, split), record, share=4)]
    refuse_test(held_out)
    return held_out


def _fit(record: Record, folder: Path) -> None:
    """Train and save adapter and heads."""
    config = record.config
    train = _few(load_split(config.language, "train"), record)
    validation = _few(load_split(config.language, "validation"), record, share=2)
    refuse_test([*train, *validation])
    read = stages(train, config.optimisation)
    model = fit_fresh(config, _windower(record), read, validation, folder, track.figures)
    save_weights(model, folder / SCORER)
    discard_checkpoints(folder)


def _calibrate(record: Record, scorer: Path, bundle: Path, held_out: Sequence[Labelled]) -> None:
    """Calibrate on what the exported model says of the held-out conversations."""
    windower = Windower(Tokenizer.from_file(str(bundle / TOKENIZER)), record.config.windows)
    backend = OnnxBackend(bundle / MODEL)
    seen = [look(item, windower, backend) for item in progress(held_out, "reading held-out conversations")]
    calibration = calibrate(seen, load_links(bundle / LINKS, temperature=1.0), load_rubric())
    (scorer / CALIBRATION).write_text(calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
