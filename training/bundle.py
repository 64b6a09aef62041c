"""A scorer's folder (record, adapter, heads, calibration) → the bundle that serves."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from data.splits import load_split
from rubric.conversation import Conversation
from rubric.spans import Labelled
from scoring.backend import OnnxBackend
from scoring.bundle import (
    CALIBRATION,
    FILES,
    FORMAT,
    LINKS,
    MANIFEST,
    MODEL,
    TOKENIZER,
    Manifest,
    read_manifest,
    sha256_of,
    write_manifest,
)
from scoring.calibration import read_calibration
from scoring.windows import Windower
from training import bases
from training.export import export_onnx, save_links
from training.model import ScorerModel, build
from training.parity import Parity, compare, gate
from training.record import Record, read_record
from training.torch_backend import TorchBackend
from training.weights import ADAPTER, HEADS, load_weights

# Held-out conversations that the gate compares when a shipped scorer is built; training compares all of them.
GATE_CONVERSATIONS = 24


def load_model(scorer: Path, record: Record) -> ScorerModel:
    """The torch model of a scorer's folder, its base fetched where need be."""
    config = record.config
    base = bases.resolve(config.base)
    model = build(base, config.adapter, config.heads, config.loss, bases.BASES[config.base].lora_targets)
    load_weights(model, scorer)
    return model


def export_parts(scorer: Path, record: Record, bundle: Path) -> None:
    """Write the bundle's model, tokenizer and link weights."""
    bundle.mkdir(parents=True, exist_ok=True)
    (bundle / MANIFEST).unlink(missing_ok=True)  # a bundle without a manifest is not taken for a whole one
    model = load_model(scorer, record)
    save_links(model, bundle / LINKS)
    shutil.copyfile(bases.resolve(record.config.base) / "tokenizer.json", bundle / TOKENIZER)
    export_onnx(model, bundle / MODEL)


def check_parity(scorer: Path, record: Record, bundle: Path, conversations: Sequence[Conversation]) -> Parity:
    """Hold the bundle's model against the torch model; raise BundleError where the gate does not pass."""
    windower = Windower(Tokenizer.from_file(str(bundle / TOKENIZER)), record.config.windows)
    parity = compare(
        conversations,
        windower,
        TorchBackend(load_model(scorer, record)),
        OnnxBackend(bundle / MODEL),
        read_calibration(scorer / CALIBRATION),
    )
    gate(parity, record.config.export)
    return parity


def finish(scorer: Path, record: Record, bundle: Path) -> Manifest:
    """Put the calibration beside the exported parts and seal the bundle with its manifest."""
    shutil.copyfile(scorer / CALIBRATION, bundle / CALIBRATION)
    manifest = Manifest(
        format=FORMAT,
        name=bundle_name(scorer, record),
        language=record.config.language,
        windows=record.config.windows,
        base=record.config.base,
        base_sha256=record.base_sha256,
        data_sha256=record.data_sha256,
        rubric_sha256=record.rubric_sha256,
        commit=record.commit,
        seed=record.config.seed,
        files={name: sha256_of(bundle / name) for name in FILES},
    )
    write_manifest(bundle, manifest)
    return manifest


def bundle_name(scorer: Path, record: Record) -> str:
    """The language and the first digits of the weights' and calibration's hash: en-1a2b3c4d."""
    digests = "".join(sha256_of(scorer / name) for name in (ADAPTER, HEADS, CALIBRATION))
    return f"{record.config.language}-{hashlib.sha256(digests.encode()).hexdigest()[:8]}"


def is_current(scorer: Path, record: Record, bundle: Path) -> bool:
    """Whether the bundle is whole and was built from this scorer."""
    return (bundle / MANIFEST).is_file() and read_manifest(bundle).name == bundle_name(scorer, record)


def build_bundle(scorer: Path, bundle: Path) -> tuple[Manifest, Parity]:
    """Build the bundle of a finished scorer: export, gate on held-out conversations, seal."""
    record = read_record(scorer)
    held_out: list[Labelled] = load_split(record.config.language, "calibration")[:GATE_CONVERSATIONS]
    export_parts(scorer, record, bundle)
    parity = check_parity(scorer, record, bundle, [item.conversation for item in held_out])
    return finish(scorer, record, bundle), parity
